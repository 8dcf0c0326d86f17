//! What a scenario says of the funnel itself: plain, validated values in the order a lead meets them.
//!
//! Rates are probabilities, times are days, money is in the scenario's currency. A value that a
//! scenario leaves out stands here as its default, so that the funnel has no missing cases.

use super::demand::{Brand, MarketShift, Outreach, Overlap, Promotion, Response};
use super::hazards::Hazards;
use super::levers::Levers;
use super::quantity::{LawSpec, Quantity, Timed};

/// Everything that acts on a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// Where leads come from, by name order of the file.
    pub channels: Vec<Channel>,
    /// The kinds of customer; a scenario that names none has one, called `all`.
    pub segments: Vec<Segment>,
    /// None: what is spent on it is part of other numbers.
    pub brand: Option<Brand>,
    pub overlaps: Vec<Overlap>,
    pub promotions: Vec<Promotion>,
    pub market: Vec<MarketShift>,
    pub rhythms: Rhythms,
    pub nurturing: Nurturing,
    pub handoff: Handoff,
    /// Sales development reps, who touch leads and accept them for those of `sales`; capacity is
    /// unlimited where there are none.
    pub sdr: Team,
    /// Account executives where SDRs touch leads, else those who do both.
    pub sales: Team,
    pub closing: Closing,
    pub costs: Costs,
    /// One pot that feeds media and reps; none: each has what is stated for it.
    pub pot: Option<Pot>,
    /// What customers of before day 0 bring; none: not stated, they bring nothing.
    pub base: Option<Base>,
    /// What becomes of deals won; none: they are not followed.
    pub customers: Option<Customers>,
    /// What aligns marketing and sales.
    pub levers: Levers,
}

impl Process {
    /// Whether SDRs touch leads before account executives work them.
    pub fn has_sdrs(&self) -> bool {
        self.sdr.capacity != Capacity::Unlimited
    }
}

/// A channel that brings leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    pub name: String,
    /// Mean leads per day \[≥ 0\], before rhythms, beside those that media or outreach bring.
    pub leads_per_day: Timed<Quantity>,
    /// What its media bring; none: they are a cost only.
    pub response: Option<Response>,
    pub outreach: Option<Outreach>,
    /// In place of the brand's.
    pub brand_elasticity: Option<Quantity>,
    pub hazard_ratios: HazardRatios,
    /// Mean latent quality of its leads \[standard deviations\].
    pub quality: Timed<Quantity>,
    /// Shape of the Gamma factor of mean 1 by which a day's rate varies \[> 0\]; none: Poisson.
    pub dispersion: Option<Timed<Quantity>>,
    /// Rate at which its leads qualify, in place of the scenario's.
    pub qualification: Option<Timed<Quantity>>,
    /// \[money per lead\]
    pub cost_per_lead: Timed<Quantity>,
    /// \[money per month of 365.25 / 12 days\]
    pub media_per_month: Timed<Quantity>,
    /// Whether content brings its leads.
    pub is_inbound: bool,
    pub pulses: Vec<Pulse>,
}

/// A scheduled burst of extra leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulse {
    pub name: String,
    /// First day \[days from day 0\].
    pub start_day: i32,
    /// Length \[days, ≥ 1\].
    pub days: u32,
    /// Extra leads per day while it lasts \[≥ 0\].
    pub leads_per_day: Timed<Quantity>,
}

/// A kind of customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub name: String,
    /// Share of each channel's leads; the shares of all segments sum to 1.
    pub share: Timed<Quantity>,
    /// Added to the channel's mean latent quality \[standard deviations\].
    pub quality: Timed<Quantity>,
    /// In place of `closing.deal_size`.
    pub deal_size: Option<Timed<LawSpec>>,
    /// In place of the last closing stage's `win`.
    pub win: Option<Timed<Quantity>>,
    /// In place of `closing.cycle`; only where closing is one cycle.
    pub cycle: Option<Timed<LawSpec>>,
    pub hazard_ratios: HazardRatios,
}

/// Multipliers of the hazards of the last closing stage \[≥ 0\]; 1 where it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HazardRatios {
    pub won: Quantity,
    pub lost: Quantity,
}

impl HazardRatios {
    /// No other than those of everybody.
    pub const NONE: HazardRatios = HazardRatios {
        won: Quantity::Known(1.0),
        lost: Quantity::Known(1.0),
    };
}

/// Multipliers of a rate by calendar day; each table is normalised to mean 1 by the funnel.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythms {
    /// Monday first.
    pub weekday: [Quantity; 7],
    pub annual: Option<AnnualRhythm>,
    pub day_of_month: [Quantity; 31],
    /// First, second, third month of a calendar quarter.
    pub month_of_quarter: [Quantity; 3],
}

/// `1 + amplitude * cos(2 pi (day - peak) / 365.25)`, averaged over each day.
#[derive(Debug, Clone, PartialEq)]
pub struct AnnualRhythm {
    /// \[0 to 1\]
    pub amplitude: Quantity,
    /// Day of the year at which the cosine peaks \[0 = midnight at the start of 1 January\].
    pub peak_day: f64,
}

/// Readiness, maturing and qualification.
#[derive(Debug, Clone, PartialEq)]
pub struct Nurturing {
    /// Share of leads that is ready on arrival.
    pub ready: Timed<Quantity>,
    /// Share of leads that never becomes ready; the rest is nurturable.
    pub never: Timed<Quantity>,
    /// Time from arrival to qualification of a ready lead \[days\]; none: at once.
    pub delay: Option<Timed<LawSpec>>,
    /// Hazard at which a nurturable lead matures \[per day\].
    pub maturation_per_day: Timed<Quantity>,
    /// Hazard at which a nurturable lead fades \[per day\].
    pub decay_per_day: Timed<Quantity>,
    pub qualification: Qualification,
}

/// Whether a mature lead becomes an MQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Qualification {
    /// A plain rate.
    Rate(Timed<Quantity>),
    /// `accuracy * q + sqrt(1 - accuracy^2) * e > threshold`, `e` standard normal.
    Score {
        accuracy: ScoreAccuracy,
        /// Before the volume bias is taken off.
        threshold: Timed<Quantity>,
        /// By how much the threshold lies lower because marketing is paid by the number of MQLs.
        volume_bias: Timed<Quantity>,
    },
}

/// Correlation of marketing's score with quality.
#[derive(Debug, Clone, PartialEq)]
pub enum ScoreAccuracy {
    Stated(Timed<Quantity>),
    /// `cos(angle) * reliability`.
    Emergent {
        /// Between marketing's idea of a good lead and that of sales \[degrees, 0 to 90\].
        angle_degrees: Timed<Quantity>,
        /// By how much it grows from day 0 on while the teams do not talk \[degrees per year of 365.25 days\].
        drift_per_year: Timed<Quantity>,
        /// How well data show what marketing looks for \[0 to 1\].
        data_reliability: Timed<Quantity>,
    },
}

/// From MQL to the first touch of sales and its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Handoff {
    /// Share of MQLs that is never routed.
    pub leak: Timed<Quantity>,
    /// Time from MQL to the queue of sales \[days\]; none: at once.
    pub routing: Option<Timed<LawSpec>>,
    /// Agreed limit of the response time \[days from MQL\]; it is counted, it changes nothing.
    pub sla: Option<Timed<Quantity>>,
    /// Longest wait in the queue before a lead expires \[days\]; none: it waits for ever.
    pub expiry: Option<Timed<LawSpec>>,
    /// Probability that a touched lead is contacted, at response time 0.
    pub contact: Timed<Quantity>,
    pub contact_decay: Option<ContactDecay>,
    pub acceptance: Acceptance,
    /// Shares of the reasons for which sales rejects; they sum to 1; may be empty.
    pub reasons: Vec<Reason>,
    pub recycling: Option<Recycling>,
    pub trust: Option<Trust>,
}

/// How past acceptance changes the leak: by the factor `exp(-strength * (A - usual))`, where `A` is a
/// moving average of the share of touched leads that sales accepts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trust {
    /// \[≥ 0\]
    pub strength: Quantity,
    /// Acceptance at which the leak is as stated; where the average starts \[0 to 1\].
    pub usual_acceptance: Quantity,
    /// Touches that the average remembers \[≥ 1\].
    pub memory_touches: Quantity,
}

/// Contact probability falls with the response time `d` by the factor
/// `floor + (1 - floor) * (1 + d / days) ^ -power`.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactDecay {
    /// \[0 to 1\]
    pub floor: Timed<Quantity>,
    /// \[days, > 0\]
    pub days: Timed<Quantity>,
    /// \[≥ 0\]
    pub power: Timed<Quantity>,
}

/// Whether sales accepts a contacted lead.
#[derive(Debug, Clone, PartialEq)]
pub enum Acceptance {
    /// A plain rate.
    Rate(Timed<Quantity>),
    /// `accuracy * q + sqrt(1 - accuracy^2) * e > threshold`, `e` standard normal.
    Judgement {
        accuracy: Timed<Quantity>,
        threshold: Timed<Quantity>,
    },
}

/// What a lead came to where a scenario may state reasons for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// Rejected by sales at the first touch: `handoff.reasons`.
    Rejected,
    /// No opportunity: the first of `closing.gates` that it failed.
    Disqualified,
    /// An opportunity that was lost: `closing.loss_reasons`.
    Lost,
}

impl ReasonKind {
    /// In the order in which a lead meets them.
    pub const ALL: [ReasonKind; 3] = [Self::Rejected, Self::Disqualified, Self::Lost];

    /// As files and reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Disqualified => "disqualified",
            Self::Lost => "lost",
        }
    }
}

impl Process {
    /// Names of the reasons of a kind; gates in order, all others by name.
    pub fn reasons_of(&self, kind: ReasonKind) -> Vec<&str> {
        match kind {
            ReasonKind::Rejected => names(&self.handoff.reasons),
            ReasonKind::Disqualified => match &self.closing.opening {
                Opening::Rate(_) => Vec::new(),
                Opening::Gates(gates) => gates.iter().map(|gate| &gate.name[..]).collect(),
            },
            ReasonKind::Lost => names(&self.closing.loss_reasons),
        }
    }

    /// All reasons that are stated, kind by kind.
    pub fn reasons(&self) -> impl Iterator<Item = (ReasonKind, &str)> {
        let kinds = ReasonKind::ALL.into_iter();
        kinds.flat_map(|kind| {
            self.reasons_of(kind)
                .into_iter()
                .map(move |name| (kind, name))
        })
    }
}

fn names(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| &reason.name[..]).collect()
}

/// A named reason and its share.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    pub name: String,
    pub share: Timed<Quantity>,
}

/// Leads that sales returns to nurture.
#[derive(Debug, Clone, PartialEq)]
pub struct Recycling {
    /// Share of eligible leads that is recycled.
    pub share: Timed<Quantity>,
    /// Time until a recycled lead is qualified again \[days\].
    pub delay: Timed<LawSpec>,
    /// How often one lead may be recycled \[≥ 1\].
    pub limit: u32,
    pub rejected: bool,
    pub expired: bool,
    pub unreached: bool,
}

/// A team of sales and how its time is spent.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    pub capacity: Capacity,
    /// Reps on the team, fully ramped \[whole, ≥ 0\]; none: not stated, capacity is unlimited.
    pub reps: Option<Timed<Quantity>>,
    pub hires: Vec<Hire>,
    /// None: nobody leaves.
    pub attrition: Option<Attrition>,
    pub ramp: Option<Ramp>,
    pub order: Timed<QueueOrder>,
    /// \[money per rep and year of 365.25 days\]
    pub quota_per_rep_per_year: Option<Timed<Quantity>>,
}

/// What limits how many leads the reps can work.
#[derive(Debug, Clone, PartialEq)]
pub enum Capacity {
    Unlimited,
    /// Each touched lead holds one rep for a law \[days\].
    Reps {
        hold: Timed<LawSpec>,
    },
    /// A daily pool of hours.
    Hours(HoursPool),
}

/// A pool of selling hours, `reps * hours_per_day * selling_share` a day.
#[derive(Debug, Clone, PartialEq)]
pub struct HoursPool {
    /// Working hours of one rep \[hours per day, > 0\].
    pub hours_per_day: Timed<Quantity>,
    /// Share of working hours spent selling.
    pub selling_share: Timed<Quantity>,
    /// First touch of a lead \[hours\].
    pub triage_hours: Timed<Quantity>,
    /// Further work on an accepted lead \[hours\].
    pub acceptance_hours: Timed<Quantity>,
    /// Paid first, each day, for each opportunity open at its start \[hours\].
    pub hours_per_open_opportunity: Timed<Quantity>,
}

/// Reps that join on a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Hire {
    pub name: String,
    /// \[whole, ≥ 0\]
    pub reps: Quantity,
    /// First day at work, or, with a lead time, the day of the decision \[days from day 0\].
    pub start_day: i32,
    /// Time from the decision to the first day at work, for each rep \[days\]; by the day of the decision.
    pub lead_time: Option<Timed<LawSpec>>,
}

/// Reps leave, and their seats are filled again.
#[derive(Debug, Clone, PartialEq)]
pub struct Attrition {
    /// Hazard at which each rep leaves \[per year of 365 days, 0 to 12\].
    pub per_year: Timed<Quantity>,
    /// Time from then to the first day at work of whoever comes next \[days\].
    ///
    /// Unless stated, an assumption: gamma of shape 4 and mean 60 days.
    pub replacement: Timed<LawSpec>,
}

/// Productivity of a hire or replacement of age `a`: `1 - (1 - start) * exp(-a / days)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ramp {
    /// \[0 to 1\]
    pub start: Quantity,
    /// \[days, > 0\]
    pub days: Quantity,
}

/// Who is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueueOrder {
    FirstCome,
    /// Highest score first among the leads waiting; ties by arrival, then by lead.
    Score,
}

/// From an accepted lead to won, lost or no decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    pub opening: Opening,
    /// Whether an SQL is counted at the opportunity or already at acceptance.
    pub sql_at: SqlAt,
    /// In order; one named `opportunity` where closing is one cycle. The last one's advance is the win.
    pub stages: Vec<ClosingStage>,
    /// Shares of the reasons for which opportunities are lost; they sum to 1; may be empty.
    pub loss_reasons: Vec<Reason>,
    pub deal_size: Timed<LawSpec>,
    /// Correlation of the normal scores of deal size and quality \[-1 to 1\].
    pub deal_quality_correlation: Quantity,
    /// Correlation of the normal scores of deal size and cycle length \[-1 to 1\].
    pub deal_cycle_correlation: Quantity,
}

/// What makes an opportunity of a SAL; who does not become one is disqualified.
#[derive(Debug, Clone, PartialEq)]
pub enum Opening {
    Rate(QualityRate),
    /// In order: a SAL must pass all, and the first that it fails is the reason.
    Gates(Vec<Gate>),
}

/// A question of qualification, such as need, budget, authority or timing.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    pub name: String,
    pub pass: QualityRate,
    /// Whether a SAL that fails it may return to nurture, as `Handoff::recycling` says.
    pub recycles: bool,
}

/// A rate that may depend on quality.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityRate {
    /// At quality 0.
    pub rate: Timed<Quantity>,
    /// Change of its log-odds per standard deviation of quality.
    pub quality_effect: Timed<Quantity>,
}

/// Where an SQL is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlAt {
    Opportunity,
    Acceptance,
}

/// One stage of an opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosingStage {
    pub name: String,
    /// Change of the log-odds of advancing, or of being won in the last stage, per standard deviation of quality.
    pub quality_effect: Timed<Quantity>,
    pub ends: StageEnds,
}

/// How and when opportunities leave a stage.
#[derive(Debug, Clone, PartialEq)]
pub enum StageEnds {
    Shares(Box<Shares>),
    Hazards(Box<Hazards>),
}

/// Shares of the outcomes, and the time to each. `lost` is what `advance` and `no_decision` leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Shares {
    /// Share that moves on, or is won in the last stage, at quality 0.
    pub advance: Timed<Quantity>,
    /// Share that ends without a decision, at quality 0.
    pub no_decision: Timed<Quantity>,
    /// Time in the stage by outcome \[days\].
    pub advance_days: Timed<LawSpec>,
    pub lost_days: Timed<LawSpec>,
    pub no_decision_days: Timed<LawSpec>,
}

/// What the plan costs beyond media and cost per lead, and what is left of revenue.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// \[money per rep and year of 365.25 days\]
    pub rep_salary_per_year: Timed<Quantity>,
    /// \[money per SDR and year of 365.25 days\]
    pub sdr_salary_per_year: Timed<Quantity>,
    /// Share of a deal's size that is paid on the day won \[0 to 1\].
    pub commission: Timed<Quantity>,
    /// \[money per month of 365.25 / 12 days\]
    pub content_per_month: Timed<Quantity>,
    /// Share of revenue that delivering it leaves \[0 to 1\].
    pub gross_margin: Timed<Quantity>,
    /// By how much money a year later is worth less \[> 0\].
    pub discount_per_year: Quantity,
    /// \[money per month of 365.25 / 12 days\]
    pub fixed_per_month: Vec<FixedCost>,
}

/// Money that marketing and sales share: what marketing does not get pays reps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pot {
    /// \[money per month of 365.25 / 12 days\]
    pub per_month: Timed<Quantity>,
    /// Marketing's part \[0 to 1\].
    pub marketing_share: Timed<Quantity>,
    /// Channels whose media have equal parts of marketing's, beside what they state of their own.
    pub channels: Vec<String>,
}

/// A named cost that falls due evenly over time.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedCost {
    pub name: String,
    pub per_month: Timed<Quantity>,
}

/// Revenue of existing customers: `annual_revenue / 365` a day up to day 0, then growing every day by
/// the factor `exp((expansion - churn) / 365)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// \[money per year of 365 days, ≥ 0\]
    pub annual_revenue: Quantity,
    /// \[per year, 0 to 1\]
    pub churn_per_year: Timed<Quantity>,
    /// \[per year, 0 to 1\]
    pub expansion_per_year: Timed<Quantity>,
}

/// What becomes of a customer after the deal is won.
#[derive(Debug, Clone, PartialEq)]
pub struct Customers {
    /// Length of a contract \[days, ≥ [`Customers::SHORTEST_TERM`]\].
    pub term_days: u32,
    /// Probability that a customer does not renew, by customer: a law on \[0, 1\], in force on the day won.
    pub churn: Timed<LawSpec>,
    /// Change of its log-odds per standard deviation of quality.
    pub churn_quality_effect: Quantity,
    /// Factor on the value of a contract that is renewed; none: it stays.
    pub expansion: Option<Timed<LawSpec>>,
    pub recognition: Recognition,
    /// Purchases beside the contract \[per year of 365 days, ≥ 0\].
    pub upsells_per_year: Quantity,
    /// Size of each, as a share of the contract \[≥ 0\].
    pub upsell_size: Quantity,
    /// Leads that a customer refers \[per year of 365 days, ≥ 0\].
    pub referrals_per_year: Quantity,
}

impl Customers {
    /// \[days\]; in 100 years it ends less than 8,192 times, to which the terms of a customer can be numbered.
    pub const SHORTEST_TERM: u32 = 5;
    /// The channel of referred leads.
    pub const CHANNEL: &'static str = "referral";
}

/// When the revenue of a contract counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recognition {
    /// All of it on the day won or renewed.
    Booking,
    /// A like part on each day of the term.
    Ratable,
}
