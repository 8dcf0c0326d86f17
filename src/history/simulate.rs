//! The history that a CRM would have kept of a simulated future.

use jiff::civil::{Date, date};

use super::{About, End, History, Known, NONE, Record, Stay};
use crate::forecast::{Event, FailedReplication, Journey, Plan, journeys};
use crate::scenario::{OpenStage, Scenario};

/// What a record of the history is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A lead, with one stay from its arrival to its end.
    Leads(EarlyLosses),
    /// An opportunity, with one stay from its opening to its close.
    Opportunities,
    /// A lead, with a stay as lead, MQL, SAL, and in each closing stage by its name.
    Stages(EarlyLosses),
}

/// Whether the CRM records the end of leads that come to nothing before they are an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlyLosses {
    /// As lost, when it happens. A lead that is recycled is a lead again.
    Recorded,
    /// Never: they stay open for ever.
    Unrecorded,
}

impl Of {
    /// The stage of all stays, where there is one.
    const LEAD: &str = "lead";
    const OPPORTUNITY: &str = "opportunity";
    /// The stages of a lead before it is an opportunity.
    const BEFORE_CLOSING: [&str; 3] = [Self::LEAD, "mql", "sal"];

    fn stages(self, scenario: &Scenario) -> Vec<String> {
        let closing = &scenario.process.closing.stages;
        let closing = closing.iter().map(|stage| stage.name.as_str());
        let stages: Vec<&str> = match self {
            Of::Leads(_) => vec![Self::LEAD],
            Of::Opportunities => vec![Self::OPPORTUNITY],
            Of::Stages(_) => Self::BEFORE_CLOSING.into_iter().chain(closing).collect(),
        };
        stages.into_iter().map(str::to_owned).collect()
    }
}

/// The history of replication number `plan.range.start`, kept from the first day of the warm-up to the last day of
/// the horizon, in UTC.
///
/// Times are exact; day 0 is the scenario's start date. A record of the pipeline is first seen when it entered the
/// stage in which it stands at day 0. The values of deals won are known once they are won; no owner is. Channels and
/// segments are those that a record has, in order of name.
///
/// # Errors
/// If the replication follows too many customers.
pub fn simulate(scenario: &Scenario, plan: &Plan, of: Of) -> Result<History, FailedReplication> {
    let day_0 = days_since_1970(scenario.start);
    let horizon = i32::try_from(scenario.horizon_days).unwrap_or(i32::MAX);
    let about = About {
        as_of: day_0.saturating_add(horizon) - 1,
        currency: scenario.currency.clone(),
        value_known: Known::AtClose,
        ..About::default()
    };
    let mut history = History::new(about, of.stages(scenario));
    let end = history.end();
    // Adding the days of half a century may round up to midnight.
    let time = |t: f64| (f64::from(day_0) + t).min(end.next_down());
    journeys(scenario, plan, |journey| {
        let stays = of.stays(&journey, time);
        if !stays.is_empty() {
            let record = Record {
                channel: journey.channel as u32,
                segment: journey.segment as u32,
                owner: NONE,
                first_stay: 0,
                value: value(&journey),
            };
            history.push(&journey.id, record, stays);
        }
    })?;
    let channels = scenario.process.channels.iter();
    let channels: Vec<&str> = channels.map(|channel| channel.name.as_str()).collect();
    let segments = scenario.process.segments.iter();
    let segments: Vec<&str> = segments.map(|segment| segment.name.as_str()).collect();
    let records = &mut history.records;
    history.channels = in_order_of_name(&channels, records, |record| &mut record.channel);
    history.segments = in_order_of_name(&segments, records, |record| &mut record.segment);
    Ok(by_first_entry(history))
}

fn days_since_1970(day: Date) -> i32 {
    (day.duration_since(date(1970, 1, 1)).as_hours() / 24) as i32
}

/// The size of the deal, if it is won.
fn value(journey: &Journey) -> f64 {
    let value = journey.events.iter().find_map(|(_, event)| match event {
        Event::Won(value) => Some(*value),
        _ => None,
    });
    value.unwrap_or(f64::NAN)
}

impl Of {
    /// The stays of a lead; none if it never becomes what the history is of.
    fn stays(self, journey: &Journey, time: impl Fn(f64) -> f64) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        for &(t, event) in &journey.events {
            let t = time(match event {
                Event::Standing(_) => journey.arrived,
                _ => t,
            });
            if let (Event::Recycled, Some(last)) = (event, stays.last_mut()) {
                // It was given up a moment before.
                (last.left, last.end) = (f64::INFINITY, End::Open);
            }
            if let Some(stage) = self.entered(event) {
                enter(&mut stays, stage, t);
            }
            if let (Some(end), Some(last)) = (self.end(event), stays.last_mut()) {
                (last.left, last.end) = (t, end);
            }
        }
        stays
    }

    /// Index of the stage that a lead enters.
    fn entered(self, event: Event) -> Option<u32> {
        use Event::{Accepted, Advanced, Arrived, Mql, Opportunity, Recycled, Referred, Standing};
        match (self, event) {
            (Of::Opportunities, Opportunity | Standing(OpenStage::Closing(_)))
            | (Of::Leads(_) | Of::Stages(_), Arrived | Referred)
            | (Of::Leads(_), Standing(_))
            | (Of::Stages(EarlyLosses::Recorded), Recycled) => Some(0),
            (Of::Stages(_), Standing(stage)) => Some(Self::place_of(stage)),
            (Of::Stages(_), Mql) => Some(1),
            (Of::Stages(_), Accepted) => Some(2),
            (Of::Stages(_), Opportunity) => Some(Self::place_of(OpenStage::Closing(0))),
            (Of::Stages(_), Advanced(stage)) => Some(Self::place_of(OpenStage::Closing(stage))),
            _ => None,
        }
    }

    /// Where a state of the funnel stands among the stages of [`Of::Stages`].
    fn place_of(stage: OpenStage) -> u32 {
        match stage {
            OpenStage::Nurturing | OpenStage::Recycled => 0,
            OpenStage::Routing | OpenStage::Queue => 1,
            OpenStage::SalQueue | OpenStage::Working => 2,
            OpenStage::Closing(index) => (Self::BEFORE_CLOSING.len() + index) as u32,
        }
    }

    /// How an event ends a record, if the CRM records that.
    fn end(self, event: Event) -> Option<End> {
        match event {
            Event::Won(_) => Some(End::Won),
            Event::Lost(_) => Some(End::Lost),
            Event::NoDecision => Some(End::NoDecision),
            Event::Unqualified
            | Event::Faded
            | Event::Leaked
            | Event::Expired
            | Event::Unreached
            | Event::Rejected(_)
            | Event::Disqualified(_) => match self {
                Of::Leads(EarlyLosses::Recorded) | Of::Stages(EarlyLosses::Recorded) => {
                    Some(End::Lost)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Adds a stay, unless the record is in that stage already.
fn enter(stays: &mut Vec<Stay>, stage: u32, t: f64) {
    if let Some(last) = stays.last_mut() {
        if last.stage == stage {
            return;
        }
        (last.left, last.end) = (t, End::Advanced);
    }
    stays.push(Stay {
        entered: t,
        left: f64::INFINITY,
        stage,
        end: End::Open,
    });
}

/// Those of `names` that records have, in order; `of` is changed from a place among `names` to one among them.
fn in_order_of_name(
    names: &[&str],
    records: &mut [Record],
    of: impl Fn(&mut Record) -> &mut u32,
) -> Vec<String> {
    let mut is_used = vec![false; names.len()];
    for record in records.iter_mut() {
        is_used[*of(record) as usize] = true;
    }
    let mut used: Vec<usize> = (0..names.len()).filter(|&name| is_used[name]).collect();
    used.sort_by_key(|&name| names[name]);
    let mut places = vec![NONE; names.len()];
    for (place, &name) in used.iter().enumerate() {
        places[name] = place as u32;
    }
    for record in records {
        let name = of(record);
        *name = places[*name as usize];
    }
    used.into_iter()
        .map(|name| names[name].to_owned())
        .collect()
}

/// The same history with its records by first entry, then by id.
fn by_first_entry(history: History) -> History {
    let key = |record: usize| (history.stays_of(record)[0].entered, history.id(record));
    let in_order = |a: usize, b: usize| {
        let ((time_a, id_a), (time_b, id_b)) = (key(a), key(b));
        time_a.total_cmp(&time_b).then_with(|| id_a.cmp(id_b))
    };
    let n = history.records.len();
    if (1..n).all(|record| in_order(record - 1, record).is_le()) {
        return history;
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_unstable_by(|&a, &b| in_order(a, b));
    let mut sorted = History {
        channels: history.channels.clone(),
        segments: history.segments.clone(),
        ..History::new(history.about.clone(), history.stages.clone())
    };
    for record in order {
        let stays = history.stays_of(record).iter().copied();
        sorted.push(history.id(record), history.records[record], stays);
    }
    sorted
}
