//! From values read one by one to the process that they describe, stage by stage.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::demand;
use super::fault::{Fault, Note};
use super::path::KeyPath;
use super::place::Place;
use super::process::*;
use super::quantity::{LawSpec, Quantity, Timed};
use super::read::{Item, days_between};
use super::schema::{self, Kind, Need};
use super::tree::{Tree, list};
use crate::distribution::Law;

/// Names of the days of the week as keys.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// Keys of `closing` that describe one cycle, beside its shares.
const ONE_CYCLE: [&str; 2] = ["win_quality_effect", "hazards"];
/// Keys of `closing` in whose place hazards stand.
const SHARES: [&str; 6] = [
    "win",
    "no_decision",
    "cycle",
    "won_cycle",
    "lost_cycle",
    "no_decision_cycle",
];
/// Keys of a stage in whose place hazards stand.
const SHARES_OF_STAGE: [&str; 6] = [
    "advance",
    "no_decision",
    "days",
    "advance_days",
    "lost_days",
    "no_decision_days",
];
/// The stage that one cycle becomes.
const ONE_STAGE: &str = "opportunity";

/// Puts the values of one tree together.
pub(super) struct Assembler<'a> {
    pub tree: &'a Tree,
    pub items: &'a BTreeMap<KeyPath, Item>,
    pub start: Option<Date>,
    pub faults: &'a mut Vec<Fault>,
    pub notes: &'a mut Vec<Note>,
}

/// The values of one table.
pub(super) struct Section<'a> {
    path: KeyPath,
    tree: &'a Tree,
    items: &'a BTreeMap<KeyPath, Item>,
    start: Option<Date>,
}

impl<'a> Section<'a> {
    pub(super) fn at(&self, name: &str) -> KeyPath {
        self.path.child(name)
    }

    pub(super) fn inner(&self, name: &str) -> Section<'a> {
        Section {
            path: self.at(name),
            ..*self
        }
    }

    /// The inner table, if it is stated.
    pub(super) fn stated(&self, name: &str) -> Option<Section<'a>> {
        let inner = self.inner(name);
        self.tree.has(&inner.path).then_some(inner)
    }

    /// Names of inner tables or keys and their sections.
    pub(super) fn each(&self) -> impl Iterator<Item = (String, Section<'a>)> + '_ {
        let names = self.tree.names_in(&self.path).into_iter();
        names.map(|name| {
            let inner = self.inner(&name);
            (name, inner)
        })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tree.has(&self.at(name))
    }

    pub(super) fn item(&self, name: &str) -> Option<&'a Item> {
        self.items.get(&self.at(name))
    }

    /// What the schema puts in place of a number that is not stated.
    fn default(&self, name: &str) -> f64 {
        match schema::key_at(&self.at(name)).map(|key| key.need) {
            Some(Need::Default(value)) => value,
            _ => 0.0,
        }
    }

    pub(super) fn maybe_number(&self, name: &str) -> Option<Timed<Quantity>> {
        match self.item(name) {
            Some(Item::Number(number)) => Some(number.clone()),
            _ => None,
        }
    }

    pub(super) fn number(&self, name: &str) -> Timed<Quantity> {
        let default = || Timed::always(Quantity::Known(self.default(name)));
        self.maybe_number(name).unwrap_or_else(default)
    }

    pub(super) fn steady(&self, name: &str) -> Quantity {
        *self.number(name).at(0.0)
    }

    fn law(&self, name: &str) -> Option<Timed<LawSpec>> {
        match self.item(name) {
            Some(Item::Law(law)) => Some(law.clone()),
            _ => None,
        }
    }

    fn law_or_at_once(&self, name: &str) -> Timed<LawSpec> {
        self.law(name).unwrap_or_else(at_once)
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        match self.item(name) {
            Some(Item::Count(count)) => *count,
            _ => self.default(name) as u64,
        }
    }

    fn choice(&self, name: &str) -> Timed<usize> {
        match self.item(name) {
            Some(Item::Choice(choice)) => choice.clone(),
            _ => Timed::always(0),
        }
    }

    /// Day of a date from day 0.
    pub(super) fn day(&self, name: &str) -> i32 {
        match (self.item(name), self.start) {
            (Some(Item::Date(date)), Some(start)) => days_between(start, *date) as i32,
            _ => 0,
        }
    }

    pub(super) fn place(&self, name: &str) -> Place {
        let stated = self.tree.place_of(&self.at(name));
        let around = || self.tree.place_of(&self.path);
        stated
            .or_else(around)
            .unwrap_or_else(|| Place::top(&self.tree.file))
    }
}

/// A law of no delay.
fn at_once() -> Timed<LawSpec> {
    known_law(0.0)
}

fn known_law(value: f64) -> Timed<LawSpec> {
    // Any finite number makes a point law.
    let law = Law::point(value).or_else(|_| Law::point(0.0));
    match law {
        Ok(law) => Timed::always(LawSpec::Known(law)),
        Err(_) => unreachable!("0 makes a point law"),
    }
}

/// The time that it takes to fill a seat again unless a scenario says otherwise: an assumption.
fn usual_replacement() -> Timed<LawSpec> {
    let law = Law::gamma(4.0, 15.0);
    Timed::always(LawSpec::Known(law.expect("shape and scale are above 0")))
}

pub(super) fn always(value: f64) -> Timed<Quantity> {
    Timed::always(Quantity::Known(value))
}

impl<'a> Assembler<'a> {
    pub(super) fn section(&self, name: &str) -> Section<'a> {
        Section {
            path: KeyPath::from(name),
            tree: self.tree,
            items: self.items,
            start: self.start,
        }
    }

    pub(super) fn fault(&mut self, section: &Section<'_>, name: &str, message: String, help: &str) {
        let fault = Fault::new(&section.place(name), section.at(name), message);
        self.faults.push(fault.help(help));
    }

    pub(super) fn note(&mut self, section: &Section<'_>, name: &str, message: String) {
        self.notes.push(Note {
            path: section.at(name).to_string(),
            message,
            place: Some(section.place(name)),
        });
    }

    /// Everything that acts on a lead.
    pub(super) fn process(&mut self) -> Process {
        self.missing();
        let channels = self.channels();
        Process {
            brand: self.brand(),
            overlaps: self.overlaps(&channels),
            promotions: self.promotions(&channels),
            pot: self.pot(&channels),
            market: self.market(),
            channels,
            segments: self.segments(),
            rhythms: self.rhythms(&self.section("rhythms")),
            nurturing: self.nurturing(),
            handoff: self.handoff(),
            sdr: self.sdr(),
            sales: self.sales(),
            closing: self.closing(),
            costs: self.costs(),
            base: self.base(),
            customers: self.customers(),
            levers: self.levers(),
        }
    }

    /// Reports required keys that are not stated.
    fn missing(&mut self) {
        if self.tree.incomplete {
            return;
        }
        for key in schema::KEYS {
            let names: Vec<&str> = key.path.split('.').collect();
            let tables = match key.need {
                Need::Always => vec![KeyPath(
                    names[..names.len() - 1]
                        .iter()
                        .map(|n| n.to_string())
                        .collect(),
                )],
                Need::InTable => self.tree.instances(&names[..names.len() - 1]),
                _ => continue,
            };
            for table in tables {
                let path = table.child(names[names.len() - 1]);
                if !self.tree.has(&path) {
                    self.faults.push(missing(self.tree, &path, key));
                }
            }
        }
    }

    fn channels(&mut self) -> Vec<Channel> {
        let channels = self.section("channels");
        let each: Vec<(String, Section<'_>)> = channels.each().collect();
        for (_, channel) in &each {
            self.some_source(channel);
        }
        let mut channels: Vec<Channel> = each
            .into_iter()
            .map(|(name, channel)| Channel {
                leads_per_day: channel.number("leads_per_day"),
                response: self.response(&channel),
                outreach: demand::outreach(&channel),
                brand_elasticity: channel
                    .maybe_number("brand_elasticity")
                    .map(|elasticity| *elasticity.at(0.0)),
                hazard_ratios: hazard_ratios(&channel),
                quality: channel.number("quality"),
                dispersion: channel.maybe_number("dispersion"),
                qualification: channel.maybe_number("qualification"),
                cost_per_lead: channel.number("cost_per_lead"),
                media_per_month: channel.number("media_per_month"),
                is_inbound: matches!(channel.item("inbound"), Some(Item::Flag(true))),
                pulses: pulses(&channel),
                name,
            })
            .collect();
        if channels.is_empty() && !self.tree.incomplete {
            let removed = self.tree.place_of(&KeyPath::from("channels"));
            let place = removed.unwrap_or_else(|| Place::top(&self.tree.file));
            let fault = Fault::new(
                &place,
                "channels",
                "there is no channel, so no lead ever arrives",
            );
            self.faults
                .push(fault.help("add a table such as [channels.webinar] with leads_per_day = 12"));
        }
        if let Some(referral) = self.referral_channel() {
            channels.push(referral);
            channels.sort_by(|a, b| a.name.cmp(&b.name));
        }
        channels
    }

    /// The channel of referred leads, where referrals are stated and it is not.
    fn referral_channel(&self) -> Option<Channel> {
        let referrals = self.section("customers").stated("referrals")?;
        let is_stated = self.section("channels").has(Customers::CHANNEL);
        (!is_stated).then(|| Channel {
            name: Customers::CHANNEL.into(),
            leads_per_day: always(0.0),
            response: None,
            outreach: None,
            brand_elasticity: None,
            hazard_ratios: HazardRatios::NONE,
            quality: Timed::always(referrals.steady("quality")),
            dispersion: None,
            qualification: None,
            cost_per_lead: always(0.0),
            media_per_month: always(0.0),
            is_inbound: false,
            pulses: Vec::new(),
        })
    }

    fn segments(&mut self) -> Vec<Segment> {
        let segments = self.section("segments");
        let named: Vec<Segment> = segments
            .each()
            .map(|(name, segment)| Segment {
                share: segment.number("share"),
                quality: segment.number("quality"),
                deal_size: segment.law("deal_size"),
                win: segment.maybe_number("win"),
                cycle: segment.law("cycle"),
                hazard_ratios: hazard_ratios(&segment),
                name,
            })
            .collect();
        if !named.is_empty() {
            return named;
        }
        vec![Segment {
            name: "all".into(),
            share: always(1.0),
            quality: always(0.0),
            deal_size: None,
            win: None,
            cycle: None,
            hazard_ratios: HazardRatios::NONE,
        }]
    }

    /// The multipliers by calendar day in a table.
    pub(super) fn rhythms(&mut self, rhythms: &Section<'_>) -> Rhythms {
        let weekday = rhythms.inner("weekday");
        let of_quarter = rhythms.inner("month_of_quarter");
        let of_month = rhythms.inner("day_of_month");
        let days: Vec<String> = (1..=31).map(|day: u32| day.to_string()).collect();
        for (name, _) in of_month.each() {
            if !days.contains(&name) {
                let message = format!("`{}` is no day of a month", of_month.at(&name));
                self.fault(&of_month, &name, message, "days of a month are 1 to 31");
            }
        }
        let annual = rhythms.stated("annual").map(|annual| AnnualRhythm {
            amplitude: annual.steady("amplitude"),
            peak_day: match annual.item("peak") {
                Some(Item::DayOfYear(day)) => *day,
                _ => 0.0,
            },
        });
        let rhythms = Rhythms {
            weekday: WEEKDAYS.map(|day| weekday.steady(day)),
            annual,
            day_of_month: std::array::from_fn(|day| of_month.steady(&(day + 1).to_string())),
            month_of_quarter: ["first", "second", "third"].map(|month| of_quarter.steady(month)),
        };
        self.some_multiplier(&weekday, &rhythms.weekday);
        self.some_multiplier(&of_month, &rhythms.day_of_month);
        self.some_multiplier(&of_quarter, &rhythms.month_of_quarter);
        rhythms
    }

    /// Refuses a rhythm without any beat.
    fn some_multiplier(&mut self, section: &Section<'_>, multipliers: &[Quantity]) {
        if multipliers.iter().all(|m| *m == Quantity::Known(0.0)) {
            let place = section.place("");
            let fault = Fault::new(
                &place,
                &section.path,
                format!("`{}` is 0 throughout", section.path),
            );
            self.faults.push(fault.help("leave one multiplier above 0"));
        }
    }

    fn nurturing(&mut self) -> Nurturing {
        let section = self.section("nurturing");
        let never = section.number("never");
        let ready = section.maybe_number("ready");
        let ready = ready.unwrap_or_else(|| self.ready_by_default(&section, &never));
        self.either(&section, "score", "qualification");
        let qualification = match section.stated("score") {
            Some(score) => Qualification::Score {
                accuracy: self.score_accuracy(&score),
                threshold: score.number("threshold"),
                volume_bias: score.number("volume_bias"),
            },
            None => Qualification::Rate(section.number("qualification")),
        };
        let matures = section.has("maturation_per_day");
        if !matures && section.has("decay_per_day") && !section.has("ready") {
            self.note(
                &section,
                "decay_per_day",
                "`nurturing.decay_per_day` acts on no lead: all are ready or never will be".into(),
            );
        }
        Nurturing {
            ready,
            never,
            delay: section.law("delay"),
            maturation_per_day: section.number("maturation_per_day"),
            decay_per_day: section.number("decay_per_day"),
            qualification,
        }
    }

    /// What the score knows of quality: stated, or what definitions and data make of it.
    fn score_accuracy(&mut self, score: &Section<'_>) -> ScoreAccuracy {
        let of_two = ["definition_angle", "data_reliability"];
        for name in of_two {
            self.either(score, "accuracy", name);
        }
        let stated = of_two.map(|name| score.maybe_number(name));
        if let [Some(angle_degrees), Some(data_reliability)] = stated {
            return ScoreAccuracy::Emergent {
                angle_degrees,
                drift_per_year: score.number("definition_drift_per_year"),
                data_reliability,
            };
        }
        if !score.has("accuracy") && !self.tree.incomplete {
            let lacking = match of_two.map(|name| score.has(name)) {
                [true, false] => "data_reliability",
                [false, true] => "definition_angle",
                _ => "accuracy",
            };
            let message = format!("`{}` is missing", score.at(lacking));
            let help = "state accuracy, or definition_angle and data_reliability";
            self.fault(score, lacking, message, help);
        }
        ScoreAccuracy::Stated(score.number("accuracy"))
    }

    /// Without maturation, all leads that are not never ready are ready.
    fn ready_by_default(
        &mut self,
        section: &Section<'_>,
        never: &Timed<Quantity>,
    ) -> Timed<Quantity> {
        if section.has("ready") {
            return always(1.0);
        }
        let help = "state `ready`, the share of leads that is ready on arrival";
        if section.has("maturation_per_day") {
            let message =
                "`nurturing.ready` is not stated, so no lead would be left to mature".to_string();
            self.fault(section, "maturation_per_day", message, help);
        }
        if never
            .steps()
            .any(|(_, share)| matches!(share, Quantity::Doubt(_)))
        {
            let message =
                "`nurturing.never` is in doubt, so `nurturing.ready` must be stated".to_string();
            self.fault(section, "never", message, help);
        }
        never.map(|share| match share {
            Quantity::Known(share) => Quantity::Known(1.0 - share),
            doubt => *doubt,
        })
    }

    /// Refuses two ways to say one thing.
    pub(super) fn either(&mut self, section: &Section<'_>, one: &str, other: &str) {
        if !(section.has(one) && section.has(other)) {
            return;
        }
        let (a, b) = (section.at(one), section.at(other));
        let outer = self.tree.outermost([&b, &a]).unwrap_or(&a);
        let (here, there) = if *outer == a {
            (one, other)
        } else {
            (other, one)
        };
        let message = format!(
            "`{}` and `{}` are both stated, but exclude each other; the latter stands at {}",
            section.at(here),
            section.at(there),
            section.place(there)
        );
        let help = format!("leave one out, or remove what is inherited with {there} = \"none\"");
        self.fault(section, here, message, &help);
    }

    fn handoff(&mut self) -> Handoff {
        let section = self.section("handoff");
        self.either(&section, "judgement", "acceptance");
        let acceptance = match section.stated("judgement") {
            Some(judgement) => Acceptance::Judgement {
                accuracy: judgement.number("accuracy"),
                threshold: judgement.number("threshold"),
            },
            None => Acceptance::Rate(section.number("acceptance")),
        };
        Handoff {
            leak: section.number("leak"),
            routing: section.law("routing"),
            sla: section.maybe_number("sla"),
            expiry: section.law("expiry"),
            contact: section.number("contact"),
            contact_decay: section.stated("contact_decay").map(|decay| ContactDecay {
                floor: decay.number("floor"),
                days: decay.maybe_number("days").unwrap_or_else(|| always(1.0)),
                power: decay.number("power"),
            }),
            acceptance,
            reasons: reasons(&section.inner("reasons")),
            recycling: section.stated("recycling").map(|r| self.recycling(&r)),
            trust: section.stated("trust").map(|trust| Trust {
                strength: trust.steady("strength"),
                usual_acceptance: trust.steady("usual_acceptance"),
                memory_touches: trust.steady("memory"),
            }),
        }
    }

    fn recycling(&mut self, section: &Section<'_>) -> Recycling {
        let of = match section.item("of") {
            Some(Item::Choices(of)) => of.clone(),
            _ => vec![0, 1, 2],
        };
        if of.is_empty() {
            let message = format!("`{}` is empty, so no lead is recycled", section.at("of"));
            self.fault(section, "of", message, "remove [handoff.recycling] instead");
        }
        Recycling {
            share: section.number("share"),
            delay: section.law_or_at_once("delay"),
            limit: section.count("limit") as u32,
            rejected: of.contains(&0),
            expired: of.contains(&1),
            unreached: of.contains(&2),
        }
    }

    /// The SDRs; without any, a team of unlimited capacity.
    fn sdr(&mut self) -> Team {
        let section = self.section("sdr");
        self.either(&section, "pool", "hold");
        let is_stated = self.tree.has(&section.path);
        let limits = section.has("hold") || section.has("pool");
        if is_stated && !limits && !self.tree.incomplete {
            let message = "`sdr.hold` is missing: nothing says how many leads SDRs can touch";
            let help = "add hold = { exponential = { mean = \"1 hour\" } } to [sdr], or a table [sdr.pool]";
            self.fault(&section, "hold", message.into(), help);
        }
        self.team(&section)
    }

    fn sales(&mut self) -> Team {
        let section = self.section("sales");
        self.either(&section, "pool", "hold");
        let has_team = section.has("reps") || self.section("pot").has("per_month");
        for name in [
            "pool",
            "hold",
            "hires",
            "attrition",
            "quota_per_rep_per_year",
        ] {
            if section.has(name) && !has_team {
                let message = format!("`{}` is stated, but `sales.reps` is not", section.at(name));
                self.fault(
                    &section,
                    name,
                    message,
                    "state `reps` in [sales], the size of the team",
                );
            }
        }
        if section.has("order") && !section.has("pool") && !section.has("hold") {
            self.note(
                &section,
                "order",
                "`sales.order` has no effect: without `hold` or [sales.pool] nobody waits".into(),
            );
        }
        self.team(&section)
    }

    fn team(&mut self, section: &Section<'_>) -> Team {
        let capacity = match (section.stated("pool"), section.law("hold")) {
            (Some(pool), _) => Capacity::Hours(HoursPool {
                hours_per_day: pool.number("hours_per_day"),
                selling_share: pool.number("selling_share"),
                triage_hours: pool.number("triage_hours"),
                acceptance_hours: pool.number("acceptance_hours"),
                hours_per_open_opportunity: pool.number("hours_per_open_opportunity"),
            }),
            (None, Some(hold)) => Capacity::Reps { hold },
            (None, None) => Capacity::Unlimited,
        };
        if section.has("ramp") && !section.has("hires") && !section.has("attrition") {
            let [ramp, hires, attrition] = ["ramp", "hires", "attrition"].map(|n| section.at(n));
            let message = format!("`{ramp}` has no effect without [{hires}] or [{attrition}]");
            self.note(section, "ramp", message);
        }
        let ramp = section.stated("ramp");
        let starts_at_0 = |ramp: &Section<'_>| ramp.steady("start") == Quantity::Known(0.0);
        if let (Some(ramp), Capacity::Reps { .. }) = (&ramp, &capacity)
            && starts_at_0(ramp)
        {
            let message = format!(
                "`{}` is 0: whoever takes a lead at once never gets done with it",
                ramp.at("start")
            );
            let help = format!(
                "state a productivity above 0, or [{}] in place of `hold`",
                section.at("pool")
            );
            self.fault(ramp, "start", message, &help);
        }
        let hires = section.inner("hires");
        let hire = |(name, hire): (String, Section<'_>)| Hire {
            reps: hire.steady("reps"),
            start_day: hire.day("start"),
            lead_time: hire.law("lead_time"),
            name,
        };
        Team {
            capacity,
            reps: section.maybe_number("reps"),
            hires: hires.each().map(hire).collect(),
            attrition: section.stated("attrition").map(|attrition| Attrition {
                per_year: attrition.number("per_year"),
                replacement: attrition
                    .law("replacement")
                    .unwrap_or_else(usual_replacement),
            }),
            ramp: ramp.map(|ramp| Ramp {
                start: ramp.steady("start"),
                days: match ramp.item("days") {
                    Some(Item::Number(days)) => *days.at(0.0),
                    _ => Quantity::Known(1.0),
                },
            }),
            order: section.choice("order").map(|&order| match order {
                0 => QueueOrder::FirstCome,
                _ => QueueOrder::Score,
            }),
            quota_per_rep_per_year: section.maybe_number("quota_per_rep_per_year"),
        }
    }

    fn closing(&mut self) -> Closing {
        let section = self.section("closing");
        let staged = section.has("sequence") || section.has("stages");
        let stages = match staged {
            true => self.stages(&section),
            false => self.one_cycle(&section),
        };
        if section.choice("sql").steps().count() > 1 {
            self.fault(
                &section,
                "sql",
                "`closing.sql` cannot change by date".into(),
                "write one word",
            );
        }
        let deal = self.section("deal");
        Closing {
            opening: self.opening(&section),
            sql_at: match section.choice("sql").at(0.0) {
                0 => SqlAt::Opportunity,
                _ => SqlAt::Acceptance,
            },
            stages,
            loss_reasons: reasons(&section.inner("loss_reasons")),
            deal_size: deal.law("size").unwrap_or_else(|| known_law(1.0)),
            deal_quality_correlation: deal.steady("quality_correlation"),
            deal_cycle_correlation: deal.steady("cycle_correlation"),
        }
    }

    fn opening(&mut self, section: &Section<'_>) -> Opening {
        if !section.has("gates") && !section.has("gate_sequence") {
            return Opening::Rate(QualityRate {
                rate: section.number("opportunity_rate"),
                quality_effect: section.number("opportunity_quality_effect"),
            });
        }
        for name in ["opportunity_rate", "opportunity_quality_effect"] {
            self.either(section, name, "gates");
        }
        let gates = section.inner("gates");
        let sequence = self.sequence(section, "gate", ["gate_sequence", "gates"], |_| false);
        let recycling = self.section("handoff").has("recycling");
        let gate = |name: String| {
            let gate = gates.inner(&name);
            let recycles = matches!(gate.item("recycles"), Some(Item::Flag(true)));
            if recycles && !recycling {
                let message = format!(
                    "`{}` is true, but nothing says how leads return",
                    gate.at("recycles")
                );
                let help = "add [handoff.recycling] with share and delay, or leave it out";
                self.fault(&gate, "recycles", message, help);
            }
            Gate {
                pass: QualityRate {
                    rate: gate.number("pass"),
                    quality_effect: gate.number("quality_effect"),
                },
                recycles,
                name,
            }
        };
        Opening::Gates(sequence.into_iter().map(gate).collect())
    }

    fn one_cycle(&mut self, section: &Section<'_>) -> Vec<ClosingStage> {
        vec![ClosingStage {
            name: ONE_STAGE.into(),
            quality_effect: section.number("win_quality_effect"),
            ends: match section.has("hazards") {
                true => StageEnds::Hazards(self.hazards(section, "won", SHARES).into()),
                false => StageEnds::Shares(self.shares_of_cycle(section).into()),
            },
        }]
    }

    fn shares_of_cycle(&mut self, section: &Section<'_>) -> Shares {
        if !section.has("win") && !self.tree.incomplete {
            let message =
                "`closing.win` is missing: nothing says how many opportunities are won".to_string();
            self.fault(
                section,
                "win",
                message,
                "add win = \"20%\" to [closing], or a `sequence` of stages",
            );
        }
        let common = section.law_or_at_once("cycle");
        let cycle = |name: &str| section.law(name).unwrap_or_else(|| common.clone());
        Shares {
            advance: section.number("win"),
            no_decision: section.number("no_decision"),
            advance_days: cycle("won_cycle"),
            lost_days: cycle("lost_cycle"),
            no_decision_days: cycle("no_decision_cycle"),
        }
    }

    fn stages(&mut self, section: &Section<'_>) -> Vec<ClosingStage> {
        let order = if section.has("sequence") {
            "sequence"
        } else {
            "stages"
        };
        for name in SHARES.into_iter().chain(ONE_CYCLE) {
            self.either(section, name, order);
        }
        for (name, segment) in self.section("segments").each() {
            if segment.has("cycle") {
                let message =
                    format!("`segments.{name}.cycle` is for one cycle, but closing has stages");
                self.fault(&segment, "cycle", message, "remove it");
            }
        }
        let stages = section.inner("stages");
        for (_, stage) in stages.each() {
            self.some_ends(&stage);
        }
        let sequence = self.sequence(
            section,
            "stage",
            ["sequence", "stages"],
            super::OpenStage::is_reserved,
        );
        let stage = |name: String| {
            let stage = stages.inner(&name);
            ClosingStage {
                quality_effect: stage.number("quality_effect"),
                ends: match stage.has("hazards") {
                    true => {
                        StageEnds::Hazards(self.hazards(&stage, "advance", SHARES_OF_STAGE).into())
                    }
                    false => StageEnds::Shares(shares_of_stage(&stage).into()),
                },
                name,
            }
        };
        sequence.into_iter().map(stage).collect()
    }

    /// Refuses a stage of which nothing says how many move on.
    fn some_ends(&mut self, stage: &Section<'_>) {
        let advance = stage.at("advance");
        if stage.has("advance") || stage.has("hazards") || self.tree.incomplete {
            return;
        }
        if let Some(key) = schema::key_at(&advance) {
            self.faults.push(missing(self.tree, &advance, key));
        }
    }

    /// Names of the stages or gates in order, each stated once and in the sequence once: those of the tables
    /// in `tables`, in the order that the key `order` says.
    fn sequence(
        &mut self,
        section: &Section<'_>,
        what: &str,
        [order, tables]: [&str; 2],
        is_reserved: fn(&str) -> bool,
    ) -> Vec<String> {
        let each = section.inner(tables);
        let stated: Vec<String> = each.each().map(|(name, _)| name).collect();
        let [order_path, tables_path] = [order, tables].map(|name| section.at(name));
        let named = match section.item(order) {
            Some(Item::Names(named)) => named.clone(),
            _ if section.has(order) => return Vec::new(),
            _ => {
                let message = format!("`{tables_path}` are stated without their order");
                let example: Vec<String> = stated.iter().map(|name| format!("{name:?}")).collect();
                let help = format!(
                    "add {order} = [{}] to [closing], in the right order",
                    example.join(", ")
                );
                self.fault(section, tables, message, &help);
                return Vec::new();
            }
        };
        let mut sequence: Vec<String> = Vec::new();
        for (name, place) in named {
            let fault = |message: String| Fault::new(&place, order_path.clone(), message);
            if is_reserved(&name) {
                let message =
                    format!("a {what} cannot be called `{name}`: a lead is there before closing");
                self.faults.push(fault(message));
            } else if !stated.contains(&name) {
                let near = schema::nearest(&name, stated.iter().map(String::as_str));
                let near = near.map_or(String::new(), |near| format!("did you mean {near:?}?"));
                let message = format!("`{order_path}` has a {what} {name:?} that is not stated");
                let help = format!(
                    "add [{tables_path}.{name}]; stated are {}",
                    list(stated.iter().map(String::as_str))
                );
                self.faults.push(fault(message).label(near).help(help));
            } else if sequence.contains(&name) {
                let message = format!("`{order_path}` has the {what} {name:?} twice");
                self.faults.push(fault(message));
            } else {
                sequence.push(name);
            }
        }
        for name in stated.iter().filter(|name| !sequence.contains(name)) {
            let message = format!("the {what} `{name}` is not in `{order_path}`");
            self.fault(
                &each,
                name,
                message,
                "add its name to the sequence, or remove the table",
            );
        }
        sequence
    }

    fn costs(&mut self) -> Costs {
        let section = self.section("costs");
        let fixed = section.inner("fixed_per_month");
        let fixed_cost = |(name, _): (String, Section<'_>)| FixedCost {
            per_month: fixed.number(&name),
            name,
        };
        Costs {
            rep_salary_per_year: section.number("rep_salary_per_year"),
            sdr_salary_per_year: section.number("sdr_salary_per_year"),
            commission: section.number("commission"),
            content_per_month: section.number("content_per_month"),
            gross_margin: section.number("gross_margin"),
            discount_per_year: section.steady("discount_per_year"),
            fixed_per_month: fixed.each().map(fixed_cost).collect(),
        }
    }

    fn customers(&mut self) -> Option<Customers> {
        let section = self.section("customers");
        if !self.tree.has(&section.path) {
            return None;
        }
        let term_days = section.count("term") as u32;
        if term_days < Customers::SHORTEST_TERM {
            let message = format!("`customers.term` is {term_days} days");
            let help = format!("a term has at least {} days", Customers::SHORTEST_TERM);
            self.fault(&section, "term", message, &help);
        }
        if section.choice("recognition").constant().is_none() {
            let message = "`customers.recognition` cannot change by date".into();
            self.fault(&section, "recognition", message, "write one word");
        }
        let referrals = section.inner("referrals");
        if referrals.has("quality") && self.section("channels").has(Customers::CHANNEL) {
            let message =
                "`customers.referrals.quality` has no effect: [channels.referral] is stated";
            let help = "state channels.referral.quality in its place";
            self.fault(&referrals, "quality", message.into(), help);
        }
        Some(Customers {
            term_days: term_days.max(Customers::SHORTEST_TERM),
            churn: section.law_or_at_once("churn"),
            churn_quality_effect: section.steady("churn_quality_effect"),
            expansion: section.law("expansion"),
            recognition: match section.choice("recognition").at(0.0) {
                0 => Recognition::Booking,
                _ => Recognition::Ratable,
            },
            upsells_per_year: section.inner("upsell").steady("per_year"),
            upsell_size: section.inner("upsell").steady("size"),
            referrals_per_year: section.inner("referrals").steady("per_year"),
        })
    }

    fn base(&self) -> Option<Base> {
        let section = self.section("base");
        self.tree.has(&section.path).then(|| Base {
            annual_revenue: section.steady("annual_revenue"),
            churn_per_year: section.number("churn_per_year"),
            expansion_per_year: section.number("expansion_per_year"),
        })
    }
}

fn shares_of_stage(stage: &Section<'_>) -> Shares {
    let common = stage.law_or_at_once("days");
    let days = |outcome: &str| stage.law(outcome).unwrap_or_else(|| common.clone());
    Shares {
        advance: stage.number("advance"),
        no_decision: stage.number("no_decision"),
        advance_days: days("advance_days"),
        lost_days: days("lost_days"),
        no_decision_days: days("no_decision_days"),
    }
}

fn hazard_ratios(section: &Section<'_>) -> HazardRatios {
    HazardRatios {
        won: section.steady("win_hazard_ratio"),
        lost: section.steady("loss_hazard_ratio"),
    }
}

fn reasons(section: &Section<'_>) -> Vec<Reason> {
    let reason = |(name, _): (String, Section<'_>)| Reason {
        share: section.number(&name),
        name,
    };
    section.each().map(reason).collect()
}

fn pulses(channel: &Section<'_>) -> Vec<Pulse> {
    let pulses = channel.inner("pulses");
    let pulse = |(name, pulse): (String, Section<'_>)| Pulse {
        start_day: pulse.day("start"),
        days: pulse.count("days") as u32,
        leads_per_day: pulse.number("leads_per_day"),
        name,
    };
    pulses.each().map(pulse).collect()
}

/// The fault of a required key that is not stated.
pub(super) fn missing(tree: &Tree, path: &KeyPath, key: &schema::Key) -> Fault {
    let example = match key.kind {
        Kind::Date => "2026-01-01",
        Kind::Horizon => "\"18 months\"",
        Kind::Law(domain) | Kind::Number(domain) | Kind::Steady(domain) | Kind::Certain(domain) => {
            domain.example()
        }
        _ => "..",
    };
    let name = path.names().last().map_or("", String::as_str);
    let help = match path.names().len() {
        1 => format!("add {name} = {example} ({})", key.doc),
        _ => format!(
            "add {name} = {example} to [{}] ({})",
            path.parent(),
            key.doc
        ),
    };
    let removal = (1..=path.names().len())
        .rev()
        .find_map(|depth| tree.removed.get(&KeyPath(path.names()[..depth].to_vec())));
    if let Some(place) = removal {
        let fault = Fault::new(
            place,
            path,
            format!("`{path}` must be stated, but is removed here"),
        );
        return fault.label("required").help(help);
    }
    let table = tree.tables.get(&path.parent()).cloned();
    let place = table.unwrap_or_else(|| Place::top(&tree.file));
    Fault::new(&place, path, format!("`{path}` is missing")).help(help)
}

impl Tree {
    /// Tables stated that the names fit, `*` standing for any.
    fn instances(&self, names: &[&str]) -> Vec<KeyPath> {
        let mut found = vec![KeyPath::default()];
        for name in names {
            found = match *name {
                "*" => found
                    .iter()
                    .flat_map(|path| {
                        let inner = self.names_in(path).into_iter();
                        inner.map(|name| path.child(&name)).collect::<Vec<_>>()
                    })
                    .collect(),
                name => found
                    .iter()
                    .map(|path| path.child(name))
                    .filter(|path| self.is_table(path))
                    .collect(),
            };
        }
        found
    }

    /// Whether a table is stated at the path, by a heading or by a key in it.
    fn is_table(&self, path: &KeyPath) -> bool {
        self.tables.contains_key(path) || self.leaves_in(path).next().is_some()
    }
}
