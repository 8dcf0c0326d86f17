//! What parses but makes no sense together.

use super::Doubt;
use super::fault::{Fault, Note};
use super::levers::Lever;
use super::path::KeyPath;
use super::place::Place;
use super::process::{
    Acceptance, Capacity, Closing, ClosingStage, Process, Qualification, QueueOrder, Reason,
    StageEnds, Team,
};
use super::quantity::{LawSpec, Quantity, Timed};
use super::tree::Tree;

/// Most leads per day that all channels may bring together.
const MAX_LEADS_PER_DAY: f64 = 1e7;
/// Most reps that a team may have.
const MAX_REPS: f64 = 1e6;
/// How far shares that should sum to 1 may be from it.
const ROUNDING: f64 = 1e-6;

/// Checks a process against itself; its numbers in doubt are those of `doubts`.
pub(super) fn process(tree: &Tree, process: &Process, doubts: &[Doubt], faults: &mut Vec<Fault>) {
    let mut checker = Checker {
        tree,
        doubts,
        faults,
    };
    checker.leads(process);
    checker.teams(process);
    let shares: Vec<_> = process
        .segments
        .iter()
        .map(|s| {
            (
                format!("segments.{}.share", super::path::quoted(&s.name)),
                &s.share,
            )
        })
        .collect();
    checker.sums_to_one("segments", &shares);
    checker.reasons("handoff.reasons", &process.handoff.reasons);
    checker.reasons("closing.loss_reasons", &process.closing.loss_reasons);
    let nurturing = &process.nurturing;
    checker.at_most_one(
        "nurturing.ready",
        &nurturing.ready,
        "nurturing.never",
        &nurturing.never,
    );
    checker.outcomes(&process.closing, process);
    checker.hazards(process);
    checker.expiry(process);
    checker.order(process);
    checker.deal(&process.closing);
}

/// Checks how the state at day 0 comes about.
pub(super) fn start_state(
    tree: &Tree,
    warm_up_days: u32,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<Note>,
) {
    let mut checker = Checker {
        tree,
        doubts: &[],
        faults,
    };
    if warm_up_days == 0 {
        let help = "state warm_up, such as \"180 days\", or leave warm_up_under out";
        let message = "`start.warm_up_under` has no effect: the warm-up is 0 days";
        checker.fault_if_stated("start.warm_up_under", message, help);
        let flag = KeyPath::from("record_warm_up");
        if let Some(place) = tree
            .place_of(&flag)
            .filter(|_| tree.leaves.contains_key(&flag))
        {
            let message = "`record_warm_up` has no effect: the warm-up is 0 days".to_string();
            notes.push(Note {
                path: flag.to_string(),
                message,
                place: Some(place),
            });
        }
    } else {
        let message =
            "`start.pipeline` gives the records open at day 0, but a warm-up brings its own";
        checker.fault_if_stated(
            "start.pipeline",
            message,
            "leave `warm_up` out, or remove the pipeline",
        );
    }
}

/// Refuses a brand that starts from nothing, for it acts by its ratio to that of the first simulated day.
pub(super) fn brand(
    tree: &Tree,
    process: &Process,
    past: Option<&Process>,
    warm_up_days: u32,
    faults: &mut Vec<Fault>,
) {
    let before = past.and_then(|past| past.brand.as_ref());
    let (brand, path) = match before {
        Some(before) => (Some(before), "start.warm_up_under"),
        None => (process.brand.as_ref(), "brand.media_per_month"),
    };
    let first_day = -f64::from(warm_up_days);
    if brand.is_some_and(|brand| known(&brand.media_per_month, first_day) == Some(0.0)) {
        let mut checker = Checker {
            tree,
            doubts: &[],
            faults,
        };
        let message = "nothing is spent on the brand on the first simulated day, so that nothing is known of its size";
        let help = "a brand is told by its ratio to what the media of that day keep up: state an amount above 0 to begin with";
        checker.fault(path, message.into(), help);
    }
}

/// Notes work on a lead for which no day ever has the hours: nobody behind it is served.
pub(super) fn pool(tree: &Tree, process: &Process, doubts: &[Doubt], notes: &mut Vec<Note>) {
    for (name, team) in teams(process) {
        pool_of(tree, name, team, doubts, notes);
    }
}

fn pool_of(tree: &Tree, name: &str, team: &Team, doubts: &[Doubt], notes: &mut Vec<Note>) {
    let Capacity::Hours(pool) = &team.capacity else {
        return;
    };
    let hours_per_day = most(&pool.hours_per_day, doubts);
    let a_day = most_reps(team, doubts) * hours_per_day * most(&pool.selling_share, doubts);
    let carried = hours_per_day / 2.0;
    let work = least(&pool.triage_hours, doubts) + least(&pool.acceptance_hours, doubts);
    if a_day > 0.0 && work > a_day + carried {
        let path = KeyPath::from(name).child("pool");
        notes.push(Note {
            path: path.to_string(),
            message: format!(
                "an accepted lead takes {} hours of `{path}`, which has at most {} a day and {} carried over: \
                 it is never served, nor is anybody behind it",
                rounded(work),
                rounded(a_day),
                rounded(carried)
            ),
            place: tree.place_of(&path),
        });
    }
}

/// Notes a loop of trust that can feed on itself.
///
/// Leads worked teach targeting, better leads are accepted, acceptance builds trust, trust stops the
/// leak, and so more leads are worked. `d ln(worked) / dA = strength * leak / (1 - leak)`; `dA / d ln(worked)`
/// is at most what one standard deviation of quality adds to acceptance, times what a relative change of
/// the verdicts adds to the quality learned, `L_max / e` for a learning curve `1 - exp(-x)`. Where the
/// product reaches 1 there are two equilibria. Without `verdicts_per_day` the loop is open: more work only
/// means longer waits, which is stable.
pub(super) fn trust(tree: &Tree, process: &Process, doubts: &[Doubt], notes: &mut Vec<Note>) {
    let (handoff, effects) = (&process.handoff, &process.levers.effects);
    let (Some(trust), Some(_)) = (&handoff.trust, effects.verdicts_per_day) else {
        return;
    };
    let talks = process.levers.programme(Lever::FeedbackLoop);
    if talks.is_none_or(|programme| typical(&programme.ceiling, doubts) <= 0.0) {
        return;
    }
    let accuracy = match &handoff.acceptance {
        Acceptance::Judgement { accuracy, .. } => most(accuracy, doubts),
        Acceptance::Rate(_) => return,
    };
    let leak = most(&handoff.leak, doubts).min(1.0 - ROUNDING);
    let steepest = accuracy / std::f64::consts::TAU.sqrt();
    let learned = typical(&effects.quality_gain, doubts) / std::f64::consts::E;
    let acceptance_per_log_worked = most(&handoff.contact, doubts) * steepest * learned;
    let strength = typical(&trust.strength, doubts);
    let gain = strength * leak / (1.0 - leak) * acceptance_per_log_worked;
    if gain >= 1.0 {
        let path = KeyPath::from("handoff.trust.strength");
        notes.push(Note {
            path: path.to_string(),
            message: format!(
                "trust can feed on itself: the gain of its loop reaches {}, and at 1 there are two equilibria, \
                 one in which sales works leads and learns to trust them, and one in which it does neither",
                rounded(gain)
            ),
            place: tree.place_of(&path),
        });
    }
}

struct Checker<'a> {
    tree: &'a Tree,
    doubts: &'a [Doubt],
    faults: &'a mut Vec<Fault>,
}

/// Days on which any of the numbers takes another value, the first from ever.
fn moments<'a>(numbers: impl IntoIterator<Item = &'a Timed<Quantity>>) -> Vec<f64> {
    let steps = numbers
        .into_iter()
        .flat_map(|number| number.steps().map(|(day, _)| day));
    let mut days: Vec<f64> = steps.collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    days
}

/// The value, or one that its doubt hardly exceeds.
fn typical(number: &Quantity, doubts: &[Doubt]) -> f64 {
    match number {
        Quantity::Known(value) => *value,
        Quantity::Doubt(index) => doubts
            .get(*index)
            .map_or(0.0, |doubt| doubt.law.quantile(0.99)),
    }
}

/// The value, or the median of its doubt.
fn middling(number: &Quantity, doubts: &[Doubt]) -> f64 {
    match number {
        Quantity::Known(value) => *value,
        Quantity::Doubt(index) => doubts.get(*index).map_or(0.0, |doubt| doubt.law.median()),
    }
}

/// The largest value over time.
fn most(number: &Timed<Quantity>, doubts: &[Doubt]) -> f64 {
    let values = number.steps().map(|(_, value)| typical(value, doubts));
    values.fold(0.0, f64::max)
}

/// The smallest value over time, or one that its doubt hardly falls below.
fn least(number: &Timed<Quantity>, doubts: &[Doubt]) -> f64 {
    let values = number.steps().map(|(_, value)| match value {
        Quantity::Known(value) => *value,
        Quantity::Doubt(index) => doubts
            .get(*index)
            .map_or(0.0, |doubt| doubt.law.quantile(0.01)),
    });
    values.fold(f64::INFINITY, f64::min)
}

/// The teams and their tables.
fn teams(process: &Process) -> [(&'static str, &Team); 2] {
    [("sdr", &process.sdr), ("sales", &process.sales)]
}

/// The most reps that a team may ever have.
fn most_reps(team: &Team, doubts: &[Doubt]) -> f64 {
    let reps = team.reps.as_ref();
    let hires = team.hires.iter();
    let hired: f64 = hires.map(|hire| typical(&hire.reps, doubts)).sum();
    reps.map_or(0.0, |reps| most(reps, doubts)) + hired
}

fn known(number: &Timed<Quantity>, day: f64) -> Option<f64> {
    match number.at(day) {
        Quantity::Known(value) => Some(*value),
        Quantity::Doubt(_) => None,
    }
}

impl Checker<'_> {
    fn place(&self, path: &str) -> Place {
        let path = KeyPath::parse(path).unwrap_or_default();
        let stated = self.tree.place_of(&path);
        stated.unwrap_or_else(|| Place::top(&self.tree.file))
    }

    fn fault(&mut self, path: &str, message: String, help: &str) {
        let fault = Fault::new(&self.place(path), path, message);
        self.faults.push(fault.help(help));
    }

    fn fault_if_stated(&mut self, path: &str, message: &str, help: &str) {
        if self.tree.leaves.contains_key(&KeyPath::from(path)) {
            self.fault(path, message.to_string(), help);
        }
    }

    fn is_stated(&self, path: &str) -> bool {
        KeyPath::parse(path).is_some_and(|path| self.tree.has(&path))
    }

    /// Whether `a` is stated further out than `b`, or `b` not at all.
    fn is_outer(&self, a: &str, b: &str) -> bool {
        let paths = [b, a].map(|path| KeyPath::parse(path).unwrap_or_default());
        let outer = self.tree.outermost(&paths);
        outer.is_some_and(|outer| *outer == paths[1])
    }

    fn leads(&mut self, process: &Process) {
        let channels = process.channels.iter();
        let pulses = process.channels.iter().flat_map(|c| &c.pulses);
        let rates = channels.map(|c| &c.leads_per_day);
        let rates = rates.chain(pulses.map(|p| &p.leads_per_day));
        let stated: f64 = rates.map(|rate| most(rate, self.doubts)).sum();
        let total = (stated + self.leads_brought(process)) * self.demand_at_most(process);
        if total > MAX_LEADS_PER_DAY {
            let message = match total {
                0.0..1e15 => format!("the channels bring up to {total} leads per day together"),
                _ => format!("the channels bring up to {total:e} leads per day together"),
            };
            let help = "10 million leads per day is the most that is simulated";
            self.fault("channels", message, help);
        }
    }

    /// Most leads per day that media and outreach may bring.
    fn leads_brought(&self, process: &Process) -> f64 {
        let channels = process.channels.iter();
        let brought = channels.map(|channel| {
            let response = channel.response.as_ref();
            let outreach = channel.outreach.as_ref();
            response.map_or(0.0, |r| typical(&r.leads_per_day_at_most, self.doubts))
                + outreach.map_or(0.0, |o| {
                    most(&o.contacts_per_day, self.doubts) * most(&o.reply_rate, self.doubts)
                })
        });
        brought.sum()
    }

    /// The most by which promotions, all at once, and the market may multiply leads.
    fn demand_at_most(&self, process: &Process) -> f64 {
        let at_most = |factor: &Quantity| typical(factor, self.doubts).max(1.0);
        let promotions = process.promotions.iter().map(|p| at_most(&p.leads_factor));
        let on = |day: i32| -> f64 {
            let shifts = process.market.iter().filter(|shift| shift.lasts(day));
            shifts.map(|shift| at_most(&shift.demand)).product()
        };
        let market = process.market.iter().map(|shift| on(shift.start_day));
        promotions.product::<f64>() * market.fold(1.0, f64::max)
    }

    fn teams(&mut self, process: &Process) {
        for (name, team) in teams(process) {
            let reps = most_reps(team, self.doubts);
            if reps > MAX_REPS {
                let message = format!("the team has up to {reps} reps");
                self.fault(
                    &format!("{name}.reps"),
                    message,
                    "a million reps is the most that is simulated",
                );
            }
        }
    }

    /// Refuses certain shares that do not sum to 1, at any time.
    fn sums_to_one(&mut self, table: &str, shares: &[(String, &Timed<Quantity>)]) {
        for day in moments(shares.iter().map(|(_, share)| *share)) {
            let values: Option<Vec<f64>> =
                shares.iter().map(|(_, share)| known(share, day)).collect();
            let Some(values) = values else {
                continue;
            };
            let sum: f64 = values.iter().sum();
            if (sum - 1.0).abs() > ROUNDING {
                let message = format!("the shares in `{table}` sum to {}, not to 1", rounded(sum));
                let paths: Vec<KeyPath> = shares
                    .iter()
                    .filter_map(|(path, _)| KeyPath::parse(path))
                    .collect();
                let outer = self.tree.outermost(&paths);
                let path = outer.map_or(table.to_string(), KeyPath::to_string);
                let parts: Vec<String> = values.iter().map(|value| rounded(*value)).collect();
                return self.fault(&path, message, &format!("they are {}", parts.join(" + ")));
            }
        }
    }

    fn reasons(&mut self, table: &str, reasons: &[Reason]) {
        let path = |name: &str| format!("{table}.{}", super::path::quoted(name));
        let shares: Vec<_> = reasons.iter().map(|r| (path(&r.name), &r.share)).collect();
        if !shares.is_empty() {
            self.sums_to_one(table, &shares);
        }
    }

    /// Refuses two shares that exceed 1 together, at any time: certain ones, or doubtful ones at their medians.
    fn at_most_one(&mut self, a: &str, share: &Timed<Quantity>, b: &str, other: &Timed<Quantity>) {
        for day in moments([share, other]) {
            let [x, y] = [share, other].map(|share| middling(share.at(day), self.doubts));
            if x + y > 1.0 + ROUNDING {
                let message = format!(
                    "`{a}` and `{b}` are {} together: {} + {}",
                    rounded(x + y),
                    rounded(x),
                    rounded(y)
                );
                let (path, beside) = if self.is_outer(b, a) { (b, a) } else { (a, b) };
                let mut help = "shares of one whole are at most 1 together".to_string();
                if self.is_stated(beside) {
                    help += &format!("; `{beside}` stands at {}", self.place(beside));
                }
                return self.fault(path, message, &help);
            }
        }
    }

    fn outcomes(&mut self, closing: &Closing, process: &Process) {
        let staged = self.is_stated("closing.sequence");
        for stage in &closing.stages {
            let StageEnds::Shares(shares) = &stage.ends else {
                continue;
            };
            let table = match staged {
                true => format!("closing.stages.{}", super::path::quoted(&stage.name)),
                false => "closing".to_string(),
            };
            let win = if staged { "advance" } else { "win" };
            let (a, b) = (format!("{table}.{win}"), format!("{table}.no_decision"));
            self.at_most_one(&a, &shares.advance, &b, &shares.no_decision);
        }
        let Some(last) = closing.stages.last() else {
            return;
        };
        let StageEnds::Shares(shares) = &last.ends else {
            return;
        };
        let table = match staged {
            true => format!("closing.stages.{}", super::path::quoted(&last.name)),
            false => "closing".to_string(),
        };
        for segment in &process.segments {
            if let Some(win) = &segment.win {
                let a = format!("segments.{}.win", super::path::quoted(&segment.name));
                self.at_most_one(
                    &format!("{table}.no_decision"),
                    &shares.no_decision,
                    &a,
                    win,
                );
            }
        }
    }

    /// Refuses what changes shares where the last stage has hazards, and the other way round.
    fn hazards(&mut self, process: &Process) {
        let Some(last) = process.closing.stages.last() else {
            return;
        };
        let hazards = match &last.ends {
            StageEnds::Shares(_) => None,
            StageEnds::Hazards(hazards) => Some(hazards),
        };
        let table = |table: &str, name: &str| format!("{table}.{}", super::path::quoted(name));
        let channels = process.channels.iter();
        let channels = channels.map(|channel| table("channels", &channel.name));
        let segments = process.segments.iter();
        let segments: Vec<String> = segments.map(|s| table("segments", &s.name)).collect();
        if hazards.is_some() {
            for segment in &segments {
                for key in ["win", "cycle"] {
                    self.fault_of_other_ends(&format!("{segment}.{key}"), "has hazards");
                }
            }
        }
        for one in channels.chain(segments) {
            if hazards.is_none() {
                self.fault_of_other_ends(&format!("{one}.win_hazard_ratio"), "has no hazards");
            }
            if hazards.is_none_or(|hazards| hazards.lost.is_none()) {
                let key = format!("{one}.loss_hazard_ratio");
                self.fault_of_other_ends(&key, "has no hazard of being lost");
            }
        }
    }

    fn fault_of_other_ends(&mut self, key: &str, why: &str) {
        if self.is_stated(key) {
            let message = format!("`{key}` has no effect: the last stage of closing {why}");
            self.fault(key, message, "leave it out");
        }
    }

    /// Refuses leads that expire before the response that was agreed on is late.
    fn expiry(&mut self, process: &Process) {
        let handoff = &process.handoff;
        let (Some(sla), Some(expiry)) = (&handoff.sla, &handoff.expiry) else {
            return;
        };
        let mut days = moments([sla]);
        days.extend(expiry.steps().map(|(day, _)| day));
        for day in days {
            let LawSpec::Known(law) = expiry.at(day) else {
                continue;
            };
            let (Some(limit), typical) = (known(sla, day), law.median()) else {
                continue;
            };
            if typical < limit {
                let message = format!(
                    "leads expire after {}, before the SLA of {} is over",
                    in_days(typical),
                    in_days(limit)
                );
                let (path, beside) = match self.is_outer("handoff.sla", "handoff.expiry") {
                    true => ("handoff.sla", "handoff.expiry"),
                    false => ("handoff.expiry", "handoff.sla"),
                };
                let help = format!(
                    "let them wait longer, or agree on less; `{beside}` stands at {}",
                    self.place(beside)
                );
                return self.fault(path, message, &help);
            }
        }
    }

    /// Refuses a queue by score where leads have none.
    fn order(&mut self, process: &Process) {
        let by_score = |(_, order): (f64, &QueueOrder)| *order == QueueOrder::Score;
        let is_scored = matches!(process.nurturing.qualification, Qualification::Score { .. });
        for (name, team) in teams(process) {
            if team.order.steps().any(by_score) && !is_scored {
                let message =
                    "the queue is in order of score, but leads are not scored".to_string();
                let help = "state [nurturing.score] with accuracy and threshold, or order = \"first_come\"";
                self.fault(&format!("{name}.order"), message, help);
            }
        }
    }

    fn deal(&mut self, closing: &Closing) {
        let has_hazards = |stage: &ClosingStage| matches!(stage.ends, StageEnds::Hazards(_));
        let by_cycle = closing.deal_cycle_correlation != Quantity::Known(0.0);
        if by_cycle && closing.stages.iter().any(has_hazards) {
            let message =
                "`deal.cycle_correlation` needs laws of the cycle, but closing has hazards";
            let help = "leave it out, or state shares and cycles";
            self.fault("deal.cycle_correlation", message.into(), help);
        }
        let value = |number: &Quantity| match number {
            Quantity::Known(value) => *value,
            Quantity::Doubt(_) => 0.0,
        };
        let (quality, cycle) = (
            value(&closing.deal_quality_correlation),
            value(&closing.deal_cycle_correlation),
        );
        let sum = quality * quality + cycle * cycle;
        if sum > 1.0 + ROUNDING {
            let message = format!(
                "the correlations of deal size with quality and cycle are {quality} and {cycle}; their squares sum to {}",
                rounded(sum)
            );
            let path = if self.is_stated("deal.cycle_correlation") {
                "deal.cycle_correlation"
            } else {
                "deal.quality_correlation"
            };
            self.fault(path, message, "squares may sum to 1 at most");
        }
    }
}

/// A number without the noise of binary fractions.
fn in_days(number: f64) -> String {
    match rounded(number).as_str() {
        "1" => "1 day".to_string(),
        days => format!("{days} days"),
    }
}

fn rounded(number: f64) -> String {
    format!("{}", (number * 1e6).round() / 1e6)
}
