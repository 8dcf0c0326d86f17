//! What a history says of its funnel: arrivals, hazards of each stage, deals, and the records open at its end.

use super::arrivals::{Arrivals, complete_from};
use super::deals::Deals;
use super::hazards::Hazard;
use super::spells::{Spells, are_dates, first_day, group, n_days};
use super::{About, End, History};
use crate::math;

/// What is learned from a history.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub about: About,
    /// The first midnight of the history \[days since 1970-01-01\], and how many days it has from there.
    pub first_day: i32,
    pub n_days: usize,
    pub n_records: usize,
    pub channels: Vec<String>,
    pub segments: Vec<String>,
    /// In the order in which a record meets them.
    pub stages: Vec<StageFit>,
    pub arrivals: Arrivals,
    /// `[segment]`, one more for none: how many arrivals, the recent ones weighted more as in the channels.
    pub segment_counts: Vec<f64>,
    pub deals: Deals,
    /// In order of the history.
    pub open: Vec<OpenRecord>,
}

/// How stays in a stage end.
#[derive(Debug, Clone, PartialEq)]
pub struct StageFit {
    pub name: String,
    pub n_stays: usize,
    /// Each way in which one has ended: advanced or won first, then lost, then no decision.
    pub hazards: Vec<Hazard>,
}

/// A record that is open at the end of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRecord {
    pub id: String,
    /// Index into `Fit::stages`.
    pub stage: usize,
    /// Time in the stage so far \[days\].
    pub age_days: f64,
    /// Index into the channels; as many as there are for none.
    pub channel: usize,
    /// Index into the segments; as many as there are for none.
    pub segment: usize,
    /// \[money\]
    pub value: Option<f64>,
}

/// Why nothing can be learned from a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the history has no records up to its last day")]
    Empty,
    #[error("of {records} records none was won up to the last day: nothing tells how many will be")]
    NoWins { records: usize },
}

impl Fit {
    /// Learns from a history. O(records × pieces of age).
    ///
    /// # Errors
    /// If there are no records or no wins.
    pub fn new(history: &History) -> Result<Fit, Unfit> {
        if history.records.is_empty() {
            return Err(Unfit::Empty);
        }
        let stages: Vec<StageFit> = (0..history.stages.len())
            .map(|stage| StageFit::new(history, stage))
            .collect();
        let wins = stages.last().and_then(|stage| stage.hazard(End::Won));
        if wins.is_none() {
            let records = history.records.len();
            return Err(Unfit::NoWins { records });
        }
        let ends = stages.iter().flat_map(|stage| {
            stage
                .hazards
                .iter()
                .filter(|hazard| hazard.end != End::Advanced)
        });
        let from_day = complete_from(ends);
        let arrivals = Arrivals::new(history, from_day);
        Ok(Fit {
            about: history.about.clone(),
            first_day: first_day(history),
            n_days: n_days(history),
            n_records: history.records.len(),
            channels: history.channels.clone(),
            segments: history.segments.clone(),
            segment_counts: segment_counts(history, &arrivals),
            deals: Deals::new(history),
            open: open_records(history),
            arrivals,
            stages,
        })
    }
}

impl StageFit {
    fn new(history: &History, stage: usize) -> StageFit {
        let spells = Spells::of(history, stage as u32);
        let (n_channels, n_segments) = (history.channels.len(), history.segments.len());
        let ways = [End::Advanced, End::Won, End::Lost, End::NoDecision].into_iter();
        StageFit {
            name: history.stages[stage].clone(),
            n_stays: spells.spells.len(),
            hazards: ways
                .filter_map(|end| Hazard::new(&spells, end, n_channels, n_segments))
                .collect(),
        }
    }

    /// The hazard of one way to end.
    pub fn hazard(&self, end: End) -> Option<&Hazard> {
        self.hazards.iter().find(|hazard| hazard.end == end)
    }
}

/// Arrivals of each segment, weighted as those of channels.
fn segment_counts(history: &History, arrivals: &Arrivals) -> Vec<f64> {
    let n_segments = history.segments.len();
    let first = f64::from(first_day(history));
    let end = n_days(history) as f64;
    let mut counts = vec![0.0; n_segments + 1];
    for record in &history.records {
        let day = history.stays[record.first_stay as usize].entered - first;
        if day >= arrivals.from_day as f64 {
            let weight = math::exp(-math::ln(2.0) * (end - day) / arrivals.half_life);
            counts[group(record.segment, n_segments)] += weight;
        }
    }
    counts
}

fn open_records(history: &History) -> Vec<OpenRecord> {
    let entries_are_dates = are_dates(history.stays.iter().map(|stay| stay.entered));
    let noon = if entries_are_dates { 0.5 } else { 0.0 };
    let open = |index: usize| {
        let record = &history.records[index];
        let last = history
            .stays_of(index)
            .last()
            .filter(|stay| stay.end == End::Open)?;
        Some(OpenRecord {
            id: history.id(index).to_owned(),
            stage: last.stage as usize,
            age_days: history.end() - last.entered - noon,
            channel: group(record.channel, history.channels.len()),
            segment: group(record.segment, history.segments.len()),
            value: Some(record.value).filter(|value| *value > 0.0),
        })
    };
    (0..history.records.len()).filter_map(open).collect()
}
