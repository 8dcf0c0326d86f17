//! Every key that a scenario may have: its path, what it holds, its default, what it means.
//!
//! The one table that leaf detection, checks of single values, unknown-key messages and the
//! documentation of keys are made from. To add a key: one line here, one line in `assemble`.

use super::path::KeyPath;
use crate::random::EventId;

/// One key, or all keys of one pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Its path; `*` stands for a name that the scenario gives.
    pub path: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether it must be stated, and what holds if it is not.
    pub need: Need,
    /// What it means, in a line.
    pub doc: &'static str,
}

/// What the value of a key may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number that may be in doubt and may be scheduled by date.
    Number(Domain),
    /// A number that may be in doubt, the same at all times.
    Steady(Domain),
    /// A number that is certain.
    Certain(Domain),
    /// A law of the process; may be scheduled by date.
    Law(Domain),
    /// A whole number that is certain \[lowest, highest\].
    Count(u64, u64),
    /// A whole number of days that is certain, from 0.
    Days,
    /// The same, from 1.
    DaysFrom1,
    /// A length of calendar time, from the start on.
    Horizon,
    /// Calendar months or a number of days.
    Periods,
    /// A date such as `2026-07-01`.
    Date,
    /// Month and day, such as `10-15`.
    DayOfYear,
    /// Any text.
    Text,
    /// A line of text that is not blank.
    Title,
    /// `true` or `false`.
    Flag,
    /// One of these words; may be scheduled by date.
    Choice(&'static [&'static str]),
    /// A list of these words.
    Choices(&'static [&'static str]),
    /// A list of texts.
    Names,
    /// Rows of numbers.
    Matrix,
    /// Path of a file, relative to the file that states it.
    File,
}

/// Whether a key must be stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Need {
    /// Always.
    Always,
    /// Where the table that it stands in is stated.
    InTable,
    /// No, and nothing holds in its place.
    Optional,
    /// No; this holds in its place.
    Default(f64),
}

/// The numbers that a key may take, and the unit that they are counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Domain {
    pub unit: Unit,
    pub low: f64,
    pub high: f64,
    /// Whether `low` itself is left out.
    pub above_low: bool,
    /// Whether a draw is rounded to a whole number.
    pub whole: bool,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Share or probability: `0.22` or `22%`.
    Share,
    Money,
    /// Time \[days\].
    Days,
    /// Time \[hours\].
    Hours,
    /// \[per day\]
    PerDay,
    /// A number without a unit.
    Plain,
}

impl Domain {
    pub(crate) const fn new(unit: Unit, low: f64, high: f64) -> Domain {
        Domain {
            unit,
            low,
            high,
            above_low: false,
            whole: false,
        }
    }

    const fn above(self) -> Domain {
        Domain {
            above_low: true,
            ..self
        }
    }

    const fn whole(self) -> Domain {
        Domain {
            whole: true,
            ..self
        }
    }

    pub(crate) fn contains(&self, value: f64) -> bool {
        let above = if self.above_low {
            value > self.low
        } else {
            value >= self.low
        };
        above && value <= self.high && (!self.whole || value.fract() == 0.0)
    }

    /// A spelling that is right.
    pub(crate) fn example(&self) -> &'static str {
        match self.whole {
            true => "3",
            false => self.unit.example(),
        }
    }

    /// In words, such as "from 0 to 1" or "above 0".
    pub(crate) fn words(&self) -> String {
        let whole = if self.whole { "a whole number, " } else { "" };
        let range = match (self.low.is_finite(), self.high.is_finite()) {
            (true, true) if self.above_low => format!("above {}, to {}", self.low, self.high),
            (true, true) => format!("from {} to {}", self.low, self.high),
            (true, false) if self.above_low => format!("above {}", self.low),
            (true, false) => format!("{} or more", self.low),
            _ => "any number".to_string(),
        };
        format!("{whole}{range}")
    }
}

impl Unit {
    /// In words, to say what a value is.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Unit::Share => "a share",
            Unit::Money => "an amount of money",
            Unit::Days => "a time in days",
            Unit::Hours => "a time in hours",
            Unit::PerDay => "a number per day",
            Unit::Plain => "a number",
        }
    }

    /// A spelling that is right.
    pub(crate) fn example(self) -> &'static str {
        match self {
            Unit::Share => "0.22 or \"22%\"",
            Unit::Money => "25000 or \"$25k\"",
            Unit::Days => "3, \"3 days\", \"4 hours\" or \"2 weeks\"",
            Unit::Hours => "0.75 or \"45 minutes\"",
            Unit::PerDay => "40 or \"40 per day\"",
            Unit::Plain => "0.5",
        }
    }
}

const INFINITY: f64 = f64::INFINITY;
/// What a customer does at most once a month on average.
const A_YEAR: Domain = Domain::new(Unit::Plain, 0.0, 12.0);
const SHARE: Domain = Domain::new(Unit::Share, 0.0, 1.0);
const MONEY: Domain = Domain::new(Unit::Money, 0.0, INFINITY);
const PER_DAY: Domain = Domain::new(Unit::PerDay, 0.0, INFINITY);
const DAYS: Domain = Domain::new(Unit::Days, 0.0, INFINITY);
const HOURS: Domain = Domain::new(Unit::Hours, 0.0, INFINITY);
const WORKING_HOURS: Domain = Domain {
    above_low: true,
    ..Domain::new(Unit::Hours, 0.0, 24.0)
};
const ANY: Domain = Domain::new(Unit::Plain, f64::NEG_INFINITY, INFINITY);
const FACTOR: Domain = Domain::new(Unit::Plain, 0.0, INFINITY);
const CORRELATION: Domain = Domain::new(Unit::Plain, -1.0, 1.0);
const DEGREES: Domain = Domain::new(Unit::Plain, 0.0, 90.0);
const ADOPTION: Domain = Domain::new(Unit::Share, -1.0, 1.0);
const CHANGE: Domain = Domain::new(Unit::Share, -1.0, 1.0);
/// At most one ends a day.
const TESTS: Domain = Domain::new(Unit::Plain, 0.0, 30.0);
const AT_LEAST_1: Domain = Domain::new(Unit::Plain, 1.0, INFINITY);
const RETENTION: Domain = Domain::new(Unit::Share, 0.0, 0.99);
/// At most one rep a month leaves each seat.
const ATTRITION: Domain = Domain::new(Unit::Share, 0.0, 12.0);
const REPS: Domain = Domain::new(Unit::Plain, 0.0, INFINITY).whole();

const RATE: Kind = Kind::Number(SHARE);
const AMOUNT: Kind = Kind::Number(MONEY);
const NUMBER: Kind = Kind::Number(ANY);
const WORK: Kind = Kind::Number(HOURS);
const DELAY: Kind = Kind::Law(DAYS);
const SIZE: Kind = Kind::Law(MONEY.above());
const MULTIPLIER: Kind = Kind::Steady(FACTOR);
const LOG_ODDS: Kind = NUMBER;

const fn key(path: &'static str, kind: Kind, need: Need, doc: &'static str) -> Key {
    Key {
        path,
        kind,
        need,
        doc,
    }
}

use Need::{Always, Default, InTable, Optional};

/// All keys, in the order in which a lead meets them.
#[rustfmt::skip]
pub static KEYS: &[Key] = &[
    key("extends", Kind::File, Optional, "The file whose tables this one changes"),
    key("name", Kind::Title, Optional, "What reports call it; else the name of its file; never inherited"),
    key("description", Kind::Text, Optional, "What it is, in a sentence; never inherited"),
    key("start_date", Kind::Date, Always, "Day 0"),
    key("horizon", Kind::Horizon, Always, "Time that counts, such as \"18 months\" or 365 days"),
    key("periods", Kind::Periods, Optional, "Reporting periods: \"month\" (the default) or a number of days"),
    key("warm_up", Kind::Days, Default(0.0), "Days simulated before day 0"),
    key("record_warm_up", Kind::Flag, Default(0.0), "Whether periods of the warm-up are reported"),
    key("seed", Kind::Count(0, u64::MAX), Default(1.0), "What all luck follows from"),
    key("replications", Kind::Count(1, 10_000_000), Default(1000.0), "How many futures"),
    key("currency", Kind::Title, Optional, "Sign or code of all amounts; else $"),
    key("target.revenue", Kind::Certain(MONEY), InTable, "Revenue to reach by the horizon"),
    // Awareness
    key("channels.*.leads_per_day", Kind::Number(PER_DAY), Optional, "Mean leads per day, before rhythms"),
    key("channels.*.quality", NUMBER, Default(0.0), "Mean latent quality of its leads [standard deviations]"),
    key("channels.*.dispersion", Kind::Number(FACTOR.above()), Optional, "Shape of the Gamma factor of mean 1 by which a day's leads vary; else Poisson"),
    key("channels.*.qualification", RATE, Optional, "Rate at which its leads qualify, in place of nurturing.qualification"),
    key("channels.*.cost_per_lead", AMOUNT, Default(0.0), "Cost of each lead"),
    key("channels.*.media_per_month", AMOUNT, Default(0.0), "Media cost per month; what it brings, `response` says"),
    key("channels.*.inbound", Kind::Flag, Default(0.0), "Whether content brings its leads: enablement then adds to them"),
    key("channels.*.pulses.*.start", Kind::Date, InTable, "First day of the burst"),
    key("channels.*.pulses.*.days", Kind::DaysFrom1, InTable, "How long it lasts"),
    key("channels.*.pulses.*.leads_per_day", Kind::Number(PER_DAY), InTable, "Extra leads per day while it lasts"),
    key("channels.*.response.leads_per_day_at_most", Kind::Steady(PER_DAY), InTable, "Leads per day, beside leads_per_day, that no media spend exceeds"),
    key("channels.*.response.half_at_per_month", Kind::Steady(MONEY.above()), InTable, "Media per month that bring half of them"),
    key("channels.*.response.shape", Kind::Steady(FACTOR.above()), Default(1.0), "Exponent of the Hill curve; above 1, small amounts bring little"),
    key("channels.*.carry_over.half_life", Kind::Steady(DAYS), Optional, "Time after which half of the effect of media is left"),
    key("channels.*.carry_over.retention_per_week", Kind::Steady(RETENTION), Optional, "Share of it that is left a week later, in place of half_life"),
    key("channels.*.carry_over.peak", Kind::Steady(DAYS), Optional, "Time from the spend to the peak of its effect; else the effect is greatest at once"),
    key("channels.*.carry_over.length", Kind::DaysFrom1, Default(91.0), "Days on which a delayed effect acts"),
    key("channels.*.outreach.contacts_per_day", Kind::Number(PER_DAY), InTable, "People contacted a day who did not ask"),
    key("channels.*.outreach.reply_rate", RATE, InTable, "Share of contacts that becomes a lead"),
    key("channels.*.outreach.cost_per_contact", AMOUNT, Default(0.0), "Cost of each contact"),
    key("channels.*.outreach.list_size", Kind::Steady(FACTOR), Optional, "People who can be contacted from day 0 on, each once; else no end of them"),
    key("channels.*.brand_elasticity", Kind::Steady(FACTOR), Optional, "In place of brand.lead_elasticity"),
    key("channels.*.win_hazard_ratio", MULTIPLIER, Default(1.0), "Multiplier of the hazard at which its opportunities are won in the last closing stage"),
    key("channels.*.loss_hazard_ratio", MULTIPLIER, Default(1.0), "Multiplier of the hazard at which they are lost there"),
    key("brand.media_per_month", AMOUNT, InTable, "Media per month that build the brand"),
    key("brand.exponent", Kind::Steady(FACTOR.above()), Default(0.5), "Power of media by which the brand is built; below 1, each further amount builds less"),
    key("brand.memory", Kind::Steady(DAYS.above()), Default(365.0), "Time constant at which the brand is forgotten"),
    key("brand.lead_elasticity", Kind::Steady(FACTOR), Default(0.2), "leads_per_day of every channel is multiplied by the brand's ratio to its first day to this power"),
    key("brand.win_effect", Kind::Steady(ANY), Default(0.05), "Added to the log-odds of winning, times the logarithm of that ratio"),
    key("overlaps.*.channels", Kind::Names, InTable, "Channels whose media reach the same people"),
    key("overlaps.*.share", Kind::Steady(SHARE), InTable, "Share of the leads that media bring to all but the best of them that are the same people, and wasted"),
    key("promotions.*.start", Kind::Date, InTable, "First day of the promotion"),
    key("promotions.*.days", Kind::DaysFrom1, InTable, "How long it lasts"),
    key("promotions.*.channels", Kind::Names, Optional, "Channels that it acts on; else all"),
    key("promotions.*.media_per_month", Kind::Steady(MONEY), Default(0.0), "Added to the media per month of each of them"),
    key("promotions.*.media_factor", Kind::Steady(FACTOR), Default(1.0), "Multiplier of their scheduled media"),
    key("promotions.*.leads_factor", Kind::Steady(FACTOR), Default(1.0), "Multiplier of their leads"),
    key("promotions.*.win_log_odds", Kind::Steady(ANY), Default(0.0), "Added to the log-odds of winning what comes from them"),
    key("promotions.*.cost_once", Kind::Steady(MONEY), Default(0.0), "Cost on the first day"),
    key("market.*.start", Kind::Date, InTable, "First day of the shift"),
    key("market.*.end", Kind::Date, Optional, "First day on which it is over; else it lasts"),
    key("market.*.demand", Kind::Steady(FACTOR), Default(1.0), "Multiplier of all leads"),
    key("market.*.win_log_odds", Kind::Steady(ANY), Default(0.0), "Added to the log-odds of winning"),
    key("segments.*.share", RATE, InTable, "Share of every channel's leads"),
    key("segments.*.quality", NUMBER, Default(0.0), "Added to the channel's quality [standard deviations]"),
    key("segments.*.deal_size", SIZE, Optional, "In place of deal.size"),
    key("segments.*.win", RATE, Optional, "In place of the win rate"),
    key("segments.*.cycle", DELAY, Optional, "In place of closing.cycle, where closing is one cycle"),
    key("segments.*.win_hazard_ratio", MULTIPLIER, Default(1.0), "Multiplier of the hazard at which its opportunities are won in the last closing stage"),
    key("segments.*.loss_hazard_ratio", MULTIPLIER, Default(1.0), "Multiplier of the hazard at which they are lost there"),
    key("rhythms.weekday.mon", MULTIPLIER, Default(1.0), "Multiplier of Mondays"),
    key("rhythms.weekday.tue", MULTIPLIER, Default(1.0), "Multiplier of Tuesdays"),
    key("rhythms.weekday.wed", MULTIPLIER, Default(1.0), "Multiplier of Wednesdays"),
    key("rhythms.weekday.thu", MULTIPLIER, Default(1.0), "Multiplier of Thursdays"),
    key("rhythms.weekday.fri", MULTIPLIER, Default(1.0), "Multiplier of Fridays"),
    key("rhythms.weekday.sat", MULTIPLIER, Default(1.0), "Multiplier of Saturdays"),
    key("rhythms.weekday.sun", MULTIPLIER, Default(1.0), "Multiplier of Sundays"),
    key("rhythms.annual.amplitude", Kind::Steady(SHARE), InTable, "Height of the yearly wave"),
    key("rhythms.annual.peak", Kind::DayOfYear, InTable, "Month and day of its top, such as \"10-15\""),
    key("rhythms.day_of_month.*", MULTIPLIER, Default(1.0), "Multiplier of a day of the month, 1 to 31"),
    key("rhythms.month_of_quarter.first", MULTIPLIER, Default(1.0), "Multiplier of a quarter's first month"),
    key("rhythms.month_of_quarter.second", MULTIPLIER, Default(1.0), "Multiplier of a quarter's second month"),
    key("rhythms.month_of_quarter.third", MULTIPLIER, Default(1.0), "Multiplier of a quarter's third month"),
    // Nurturing
    key("nurturing.ready", RATE, Optional, "Share of leads ready on arrival; else all that may become ready, or none with maturation"),
    key("nurturing.never", RATE, Default(0.0), "Share of leads that never becomes ready"),
    key("nurturing.delay", DELAY, Optional, "Time from arrival to qualification of a ready lead; else at once"),
    key("nurturing.maturation_per_day", Kind::Number(PER_DAY), Default(0.0), "Hazard at which a lead that is neither matures"),
    key("nurturing.decay_per_day", Kind::Number(PER_DAY), Default(0.0), "Hazard at which it fades"),
    key("nurturing.qualification", RATE, Default(1.0), "Share of mature leads that becomes an MQL"),
    key("nurturing.score.accuracy", RATE, Optional, "Correlation of marketing's score with quality"),
    key("nurturing.score.definition_angle", Kind::Number(DEGREES), Optional, "Angle between the two teams' ideas of a good lead [degrees]; with data_reliability in place of accuracy, which is then cos(angle) * reliability"),
    key("nurturing.score.definition_drift_per_year", Kind::Number(DEGREES), Default(0.0), "By how much the definition angle grows from day 0 on while the teams do not talk [degrees per year]"),
    key("nurturing.score.data_reliability", RATE, Optional, "How well data show what marketing looks for"),
    key("nurturing.score.threshold", NUMBER, InTable, "Score above which a lead is an MQL, less the volume bias"),
    key("nurturing.score.volume_bias", NUMBER, Default(0.0), "By how much the threshold is lowered because marketing is paid by the number of MQLs"),
    // Handoff
    key("handoff.leak", RATE, Default(0.0), "Share of MQLs that is never routed"),
    key("handoff.routing", DELAY, Optional, "Time from MQL to the queue of sales; else at once"),
    key("handoff.sla", Kind::Number(DAYS.above()), Optional, "Agreed limit of the response time; counted only"),
    key("handoff.expiry", DELAY, Optional, "Longest wait in the queue; else for ever"),
    key("handoff.contact", RATE, Default(1.0), "Probability that a lead touched at once is contacted"),
    key("handoff.contact_decay.floor", RATE, Default(0.0), "What is left of the chance of contact after a long response time, as a share"),
    key("handoff.contact_decay.days", Kind::Number(DAYS.above()), InTable, "Response time by which it has begun to fall"),
    key("handoff.contact_decay.power", Kind::Number(FACTOR), InTable, "How steeply it falls"),
    key("handoff.acceptance", RATE, Default(1.0), "Share of contacted leads that sales accepts"),
    key("handoff.judgement.accuracy", RATE, InTable, "Correlation of sales' judgement with quality"),
    key("handoff.judgement.threshold", NUMBER, InTable, "Judgement above which sales accepts"),
    key("handoff.reasons.*", RATE, Optional, "Share of a reason for rejection"),
    key("handoff.recycling.share", RATE, InTable, "Share of eligible leads that returns to nurture"),
    key("handoff.recycling.delay", DELAY, InTable, "Time until such a lead is qualified again"),
    key("handoff.recycling.limit", Kind::Count(1, EventId::MAX_PASSES as u64 - 1), Default(1.0), "How often one lead may return"),
    key("handoff.recycling.of", Kind::Choices(&["rejected", "expired", "unreached"]), Optional, "Which leads are eligible; else all three"),
    key("handoff.trust.strength", Kind::Steady(FACTOR), InTable, "How much past acceptance lowers the leak: factor exp(-strength * (acceptance - usual))"),
    key("handoff.trust.usual_acceptance", Kind::Steady(SHARE), InTable, "Accepted share of touched leads at which the leak is as stated"),
    key("handoff.trust.memory", Kind::Steady(AT_LEAST_1), Default(400.0), "Touches that the moving average of acceptance remembers"),
    // Sales
    key("sales.reps", Kind::Number(REPS), Optional, "Reps on the team, fully ramped; with attrition, the seats that they leave and others fill"),
    key("sales.hold", Kind::Law(DAYS), Optional, "Time for which a lead holds one rep; makes reps the capacity"),
    key("sales.order", Kind::Choice(&["first_come", "score"]), Optional, "Who is served first: first_come (the default) or score"),
    key("sales.quota_per_rep_per_year", AMOUNT, Optional, "New revenue expected of a rep in a year"),
    key("sales.pool.hours_per_day", Kind::Number(WORKING_HOURS), Default(8.0), "Working hours of one rep"),
    key("sales.pool.selling_share", RATE, InTable, "Share of them spent selling"),
    key("sales.pool.triage_hours", WORK, Default(0.0), "First touch of a lead"),
    key("sales.pool.acceptance_hours", WORK, Default(0.0), "Further work on an accepted lead"),
    key("sales.pool.hours_per_open_opportunity", WORK, Default(0.0), "Paid first, each day, for each open opportunity"),
    key("sales.hires.*.reps", Kind::Steady(REPS), InTable, "Reps that join"),
    key("sales.hires.*.start", Kind::Date, InTable, "Their first day at work"),
    key("sales.hires.*.lead_time", DELAY, Optional, "Time until then from `start`, which is the day of the decision if this is stated"),
    key("sales.attrition.per_year", Kind::Number(ATTRITION), InTable, "Hazard at which each rep leaves, per year of 365 days"),
    key("sales.attrition.replacement", DELAY, Optional, "Time until the seat is filled again; else gamma of shape 4 and mean 60 days"),
    key("sales.ramp.start", Kind::Steady(SHARE), InTable, "Productivity of a hire on the first day"),
    key("sales.ramp.days", Kind::Steady(DAYS.above()), InTable, "Time constant of its rise"),
    key("sdr.reps", Kind::Number(REPS), InTable, "Sales development reps, fully ramped, who touch leads and accept them; those of [sales] then work on what is accepted"),
    key("sdr.hold", Kind::Law(DAYS), Optional, "Time for which a lead holds one SDR, whatever the verdict"),
    key("sdr.order", Kind::Choice(&["first_come", "score"]), Optional, "Who is touched first: first_come (the default) or score"),
    key("sdr.pool.hours_per_day", Kind::Number(WORKING_HOURS), Default(8.0), "Working hours of one SDR, in place of hold"),
    key("sdr.pool.selling_share", RATE, InTable, "Share of them spent on leads"),
    key("sdr.pool.triage_hours", WORK, Default(0.0), "First touch of a lead"),
    key("sdr.pool.acceptance_hours", WORK, Default(0.0), "Further work on a lead that is accepted"),
    key("sdr.hires.*.reps", Kind::Steady(REPS), InTable, "SDRs that join"),
    key("sdr.hires.*.start", Kind::Date, InTable, "Their first day at work"),
    key("sdr.hires.*.lead_time", DELAY, Optional, "Time until then from `start`, which is the day of the decision if this is stated"),
    key("sdr.attrition.per_year", Kind::Number(ATTRITION), InTable, "Hazard at which each SDR leaves, per year of 365 days"),
    key("sdr.attrition.replacement", DELAY, Optional, "Time until the seat is filled again; else gamma of shape 4 and mean 60 days"),
    key("sdr.ramp.start", Kind::Steady(SHARE), InTable, "Productivity of a hire on the first day"),
    key("sdr.ramp.days", Kind::Steady(DAYS.above()), InTable, "Time constant of its rise"),
    // Closing
    key("closing.opportunity_rate", RATE, Default(1.0), "Share of SALs that becomes an opportunity"),
    key("closing.opportunity_quality_effect", LOG_ODDS, Default(0.0), "Change of its log-odds per standard deviation of quality"),
    key("closing.gate_sequence", Kind::Names, Optional, "Names of the gates in the order in which a SAL meets them"),
    key("closing.gates.*.pass", RATE, InTable, "Share of SALs that passes; one that passes all gates becomes an opportunity, in place of opportunity_rate"),
    key("closing.gates.*.quality_effect", LOG_ODDS, Default(0.0), "Change of the log-odds of passing per standard deviation of quality"),
    key("closing.gates.*.recycles", Kind::Flag, Default(0.0), "Whether a SAL that fails here may return to nurture, as handoff.recycling says"),
    key("closing.sql", Kind::Choice(&["opportunity", "acceptance"]), Optional, "Where an SQL is counted: at the opportunity (the default) or at acceptance"),
    key("closing.win", RATE, Optional, "Share of opportunities that is won"),
    key("closing.no_decision", RATE, Default(0.0), "Share that ends without a decision"),
    key("closing.win_quality_effect", LOG_ODDS, Default(0.0), "Change of the log-odds of winning per standard deviation of quality"),
    key("closing.cycle", DELAY, Optional, "Time from opened to closed, whatever the outcome; else at once"),
    key("closing.won_cycle", DELAY, Optional, "Time to won, in place of closing.cycle"),
    key("closing.lost_cycle", DELAY, Optional, "Time to lost, in place of closing.cycle"),
    key("closing.no_decision_cycle", DELAY, Optional, "Time to no decision, in place of closing.cycle"),
    key("closing.hazards.*.ages.*", Kind::Steady(PER_DAY), Optional, "Hazard of an outcome (won, lost, no_decision) from this age of the opportunity on [days], the first from 0; hazards stand in place of shares and cycles"),
    key("closing.hazards.*.level", Kind::Number(FACTOR), Default(1.0), "Multiplier of this hazard by calendar date"),
    key("closing.hazards.*.rhythm.weekday.mon", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Mondays"),
    key("closing.hazards.*.rhythm.weekday.tue", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Tuesdays"),
    key("closing.hazards.*.rhythm.weekday.wed", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Wednesdays"),
    key("closing.hazards.*.rhythm.weekday.thu", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Thursdays"),
    key("closing.hazards.*.rhythm.weekday.fri", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Fridays"),
    key("closing.hazards.*.rhythm.weekday.sat", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Saturdays"),
    key("closing.hazards.*.rhythm.weekday.sun", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Sundays"),
    key("closing.hazards.*.rhythm.day_of_month.*", MULTIPLIER, Default(1.0), "Multiplier of this hazard on a day of the month, 1 to 31"),
    key("closing.hazards.*.rhythm.month_of_quarter.first", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's first month"),
    key("closing.hazards.*.rhythm.month_of_quarter.second", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's second month"),
    key("closing.hazards.*.rhythm.month_of_quarter.third", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's third month"),
    key("closing.loss_reasons.*", RATE, Optional, "Share of a reason for which opportunities are lost"),
    key("closing.sequence", Kind::Names, Optional, "Names of the stages in order, where closing is not one cycle"),
    key("closing.stages.*.advance", RATE, Optional, "Share that moves on; in the last stage, that is won"),
    key("closing.stages.*.no_decision", RATE, Default(0.0), "Share that ends there without a decision"),
    key("closing.stages.*.quality_effect", LOG_ODDS, Default(0.0), "Change of the log-odds of advance per standard deviation of quality"),
    key("closing.stages.*.days", DELAY, Optional, "Time in the stage, whatever the outcome; else none"),
    key("closing.stages.*.advance_days", DELAY, Optional, "Time in the stage of those that move on"),
    key("closing.stages.*.lost_days", DELAY, Optional, "Time in the stage of those that are lost"),
    key("closing.stages.*.no_decision_days", DELAY, Optional, "Time in the stage of those without a decision"),
    key("closing.stages.*.hazards.*.ages.*", Kind::Steady(PER_DAY), Optional, "Hazard of an outcome (advance, lost, no_decision) from this age in the stage on [days], the first from 0; hazards stand in place of shares and times"),
    key("closing.stages.*.hazards.*.level", Kind::Number(FACTOR), Default(1.0), "Multiplier of this hazard by calendar date"),
    key("closing.stages.*.hazards.*.rhythm.weekday.mon", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Mondays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.tue", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Tuesdays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.wed", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Wednesdays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.thu", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Thursdays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.fri", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Fridays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.sat", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Saturdays"),
    key("closing.stages.*.hazards.*.rhythm.weekday.sun", MULTIPLIER, Default(1.0), "Multiplier of this hazard on Sundays"),
    key("closing.stages.*.hazards.*.rhythm.day_of_month.*", MULTIPLIER, Default(1.0), "Multiplier of this hazard on a day of the month, 1 to 31"),
    key("closing.stages.*.hazards.*.rhythm.month_of_quarter.first", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's first month"),
    key("closing.stages.*.hazards.*.rhythm.month_of_quarter.second", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's second month"),
    key("closing.stages.*.hazards.*.rhythm.month_of_quarter.third", MULTIPLIER, Default(1.0), "Multiplier of this hazard in a quarter's third month"),
    key("deal.size", SIZE, Always, "Revenue of a deal won"),
    key("deal.quality_correlation", Kind::Steady(CORRELATION), Default(0.0), "Correlation of the normal scores of size and quality"),
    key("deal.cycle_correlation", Kind::Steady(CORRELATION), Default(0.0), "Correlation of the normal scores of size and cycle length"),
    // Alignment
    key("levers.*.adoption", Kind::Steady(ADOPTION), InTable, "Share of best practice reached in the end; below 0, practice decays"),
    key("levers.*.start", Kind::Date, Optional, "First day of the programme; else day 0"),
    key("levers.*.midpoint", Kind::Steady(DAYS), Optional, "Time from there to the steepest point of adoption; else 75 to 180 days by lever"),
    key("levers.*.width", Kind::Steady(DAYS.above()), Default(35.0), "Time scale of adoption around the midpoint"),
    key("levers.*.cost_once", Kind::Steady(MONEY), Default(0.0), "Cost on the first day, where adoption is above 0"),
    key("levers.*.cost_per_month", Kind::Steady(MONEY), Default(0.0), "Cost per month from the first day on, where adoption is above 0"),
    key("levers.*.rep_time", Kind::Steady(SHARE), Default(0.0), "Share of the reps' hours that it takes at full adoption"),
    key("levers.*.failure", Kind::Steady(SHARE), Default(0.0), "Probability that the practice is not adopted at all"),
    key("levers.*.champion.leaves_per_year", Kind::Steady(FACTOR), InTable, "Hazard at which the person who carries the programme leaves"),
    key("levers.*.champion.keeps", Kind::Steady(SHARE), Default(0.5), "Share of the adoption that stays after that"),
    key("levers.*.champion.fades", Kind::Steady(DAYS.above()), Default(180.0), "Time constant at which the rest is lost"),
    key("levers.*.dip.rep_hours", Kind::Steady(SHARE), InTable, "Share of the reps' hours lost while it is rolled out"),
    key("levers.*.dip.days", Kind::Steady(DAYS), InTable, "How long that lasts, from the first day on"),
    key("levers.shared_goals.effects.angle", Kind::Steady(SHARE), Default(0.45), "Share of the definition angle that closes at full adoption"),
    key("levers.shared_goals.effects.volume_bias", Kind::Steady(SHARE), Default(0.80), "Share of the volume bias that goes"),
    key("levers.feedback_loop.effects.learning_per_year", Kind::Steady(FACTOR), Default(1.5), "Rate at which targeting learns, with all data"),
    key("levers.feedback_loop.effects.quality_gain", Kind::Steady(FACTOR), Default(0.30), "Most that the quality of new leads can gain [standard deviations]"),
    key("levers.feedback_loop.effects.verdicts_per_day", Kind::Steady(FACTOR.above()), Optional, "Touches by sales a day that it takes to learn at that rate, fewer teach less; else any number will do"),
    key("levers.integrated_crm.effects.data_reliability", Kind::Steady(SHARE), Default(0.12), "Added to the reliability of data"),
    key("levers.integrated_crm.effects.leak", Kind::Steady(SHARE), Default(0.40), "Share of the leak that closes"),
    key("levers.integrated_crm.effects.routing", Kind::Steady(SHARE), Default(0.75), "Share of the routing time that is saved"),
    key("levers.integrated_crm.effects.selling_share", Kind::Steady(CHANGE), Default(0.03), "Added to the share of hours spent selling"),
    key("levers.handoff_sla.effects.leak", Kind::Steady(SHARE), Default(0.50), "Share of the leak that closes"),
    key("levers.handoff_sla.effects.expiry", Kind::Steady(SHARE), Default(2.0 / 3.0), "Share of the longest wait that is cut, from an adoption of 0.8 on"),
    key("levers.handoff_sla.effects.recycling", Kind::Steady(SHARE), Default(0.45), "Added to the share recycled, times the adoption of nurture"),
    key("levers.handoff_sla.effects.score_order_above", Kind::Steady(SHARE), Default(0.5), "Adoption above which the queue is in order of score"),
    key("levers.enablement.effects.win", Kind::Steady(ANY), Default(0.20), "Added to the log-odds of winning"),
    key("levers.enablement.effects.opportunity", Kind::Steady(ANY), Default(0.12), "Added to the log-odds that a SAL becomes an opportunity"),
    key("levers.enablement.effects.cycle", Kind::Steady(CHANGE), Default(0.08), "Share of the cycle that is saved"),
    key("levers.enablement.effects.leads", Kind::Steady(FACTOR), Default(0.15), "Gain of inbound leads in the long run"),
    key("levers.nurture.effects.maturation", Kind::Steady(FACTOR), Default(2.0), "Added to the maturation hazard, as a multiple of it"),
    key("levers.nurture.effects.deal_size", Kind::Steady(CHANGE), Default(0.03), "Gain of the deal size"),
    key("levers.ab_testing.effects.leads", Kind::Steady(FACTOR), Default(0.10), "Gain of all leads in the long run"),
    key("levers.ab_testing.effects.tests_per_month", Kind::Steady(TESTS.above()), Default(1.0), "Tests a month at full adoption"),
    key("levers.ab_testing.effects.true_wins", Kind::Steady(SHARE.above()), Default(0.20), "Share of tests whose variant is better indeed"),
    key("levers.ab_testing.effects.false_wins", Kind::Steady(SHARE), Default(0.05), "Share of the other tests whose variant wins by luck; rolled out, it loses a quarter of what a better one gains"),
    key("levers.customer_journey.effects.referrals", Kind::Steady(FACTOR), Default(0.20), "Added to the rate at which customers refer leads, as a share of it"),
    key("levers.customer_journey.effects.churn", Kind::Steady(SHARE), Default(0.20), "Share of existing customers' churn that is prevented"),
    key("costs.rep_salary_per_year", AMOUNT, Default(0.0), "Cost of a rep in a year"),
    key("costs.sdr_salary_per_year", AMOUNT, Default(0.0), "Cost of an SDR in a year"),
    key("costs.commission", RATE, Default(0.0), "Share of a deal's size that is paid for winning it, on the day won"),
    key("costs.content_per_month", AMOUNT, Default(0.0), "Cost of content and of those who make it"),
    key("costs.fixed_per_month.*", AMOUNT, Optional, "A fixed cost by name, of neither team alone"),
    key("costs.discount_per_year", Kind::Steady(SHARE.above()), Default(0.10), "By how much less money is worth a year later; acts on `ltv` alone"),
    key("costs.gross_margin", RATE, Default(1.0), "Share of revenue that delivering it leaves"),
    key("pot.per_month", AMOUNT, InTable, "Money that marketing and sales share; stands for `sales.reps`"),
    key("pot.marketing_share", RATE, InTable, "Marketing's part; the rest pays reps, part-time ones too"),
    key("pot.channels", Kind::Names, InTable, "Channels whose media have equal parts of marketing's, beside media of their own"),
    // Customers
    key("base.annual_revenue", Kind::Steady(MONEY), InTable, "Revenue of the customers of day 0 in the year before it; a 365th of it a day"),
    key("base.churn_per_year", RATE, Default(0.0), "Rate at which it shrinks from day 0 on, day by day, for customers lost"),
    key("base.expansion_per_year", RATE, Default(0.0), "Rate at which it grows from day 0 on, day by day, for customers that buy more"),
    key("customers.term", Kind::DaysFrom1, Default(365.0), "Length of a contract, 5 days or more; deals won are renewed at its end, or not"),
    key("customers.churn", Kind::Law(SHARE), InTable, "Probability that a customer does not renew: a share, or a law of how customers differ"),
    key("customers.churn_quality_effect", Kind::Steady(ANY), Default(0.0), "Change of its log-odds per standard deviation of quality"),
    key("customers.expansion", Kind::Law(FACTOR), Optional, "Law of the factor on a contract's value at renewal; else it stays"),
    key("customers.recognition", Kind::Choice(&["booking", "ratable"]), Optional, "When revenue counts: booking (the default), or ratable, a like part on each day of the term"),
    key("customers.upsell.per_year", Kind::Steady(A_YEAR), InTable, "Purchases of a customer beside its contract in a year; their revenue is recognised at once"),
    key("customers.upsell.size", MULTIPLIER, InTable, "Size of each, as a share of the contract"),
    key("customers.referrals.per_year", Kind::Steady(A_YEAR), InTable, "Leads that a customer refers in a year"),
    key("customers.referrals.quality", Kind::Steady(ANY), Default(0.5), "Mean quality of referred leads, unless [channels.referral] is stated"),
    // Start and doubts
    key("start.warm_up_under", Kind::File, Optional, "Scenario that acts before day 0"),
    key("start.pipeline", Kind::File, Optional, "Records open at day 0, a CSV file"),
    key("correlations.*.members", Kind::Names, InTable, "Paths of doubts that are drawn together"),
    key("correlations.*.correlation", Kind::Certain(CORRELATION), Optional, "Correlation of every pair of them"),
    key("correlations.*.matrix", Kind::Matrix, Optional, "Correlations in the order of members"),
    // Reports
    key("explain.groups.*", Kind::Names, Optional, "Paths of keys and tables that `explain` takes for one change"),
];

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Spot {
    Key(&'static Key),
    Table,
    Unknown,
}

/// What stands at `path`: a key, a table that holds keys, or nothing.
pub(crate) fn spot(path: &KeyPath) -> Spot {
    let names = path.names();
    let mut spot = Spot::Unknown;
    for key in KEYS {
        if let Some(rest) = remainder(key.path, names) {
            match rest {
                "" => return Spot::Key(key),
                _ => spot = Spot::Table,
            }
        }
    }
    spot
}

/// The key at `path`, if one stands there.
pub(crate) fn key_at(path: &KeyPath) -> Option<&'static Key> {
    match spot(path) {
        Spot::Key(key) => Some(key),
        _ => None,
    }
}

/// Where the key at `path` stands among all keys; behind the last if none stands there.
pub(crate) fn position(path: &KeyPath) -> usize {
    let stands_at = |key: &Key| remainder(key.path, path.names()) == Some("");
    KEYS.iter().position(stands_at).unwrap_or(KEYS.len())
}

/// What `pattern` has beyond `names`, if it begins with them.
fn remainder<'a>(pattern: &'a str, names: &[String]) -> Option<&'a str> {
    let mut rest = pattern;
    for name in names {
        let (first, after) = rest.split_once('.').unwrap_or((rest, ""));
        if first.is_empty() || (first != "*" && first != name) {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

/// Names that may stand in the table at `path`; `*` for any.
pub(crate) fn names_in(path: &KeyPath) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for key in KEYS {
        if let Some(rest) = remainder(key.path, path.names()) {
            let name = rest.split('.').next().unwrap_or_default();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// The word of `words` nearest to `given`, if any is near.
pub(crate) fn nearest<'a>(
    given: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let given = given.to_lowercase();
    let closeness = |word: &str| {
        let word = word.to_lowercase();
        let is_one_slip_away = strsim::osa_distance(&given, &word) <= 1;
        strsim::jaro_winkler(&given, &word) + f64::from(u8::from(is_one_slip_away))
    };
    let near = words.into_iter().map(|word| (closeness(word), word));
    let near = near.filter(|(closeness, _)| *closeness > 0.78);
    near.max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// Where a key of this name stands elsewhere, as a path pattern.
pub(crate) fn elsewhere(name: &str) -> Option<&'static str> {
    let last = |key: &&Key| key.path.rsplit('.').next() == Some(name);
    KEYS.iter().find(last).map(|key| key.path)
}
