//! The past of a funnel, as its records tell it: who came when, from where, and what became of them.
//!
//! A [`History`] is what an import makes of a CRM's export and what a fit learns from. Times are days since
//! 1970-01-01 in the zone that the mapping names; a date without a time is its midnight.

pub mod arrivals;
mod backtest;
pub mod baseline;
pub mod calendar;
mod calibrated;
pub mod daily;
pub mod deals;
mod draft;
mod export;
pub mod fit;
pub mod hazards;
#[cfg(feature = "cli")]
mod import;
pub mod incidence;
pub mod latency;
pub mod level;
pub mod mixture;
pub mod observed;
mod outlook;
pub mod pace;
pub mod ratios;
pub mod score;
pub mod shrink;
mod simulate;
mod spells;
pub mod survival;
mod text;

use std::collections::BTreeMap;

pub use backtest::{
    Accuracy, Backtest, BacktestWindow, BaselineAccuracy, BaselineScore, Refused, Scores, Settings,
    Untestable,
};
pub use baseline::Baseline;
pub use calibrated::{Calibrated, CalibratedWindow, Calibration, Recommended};
pub use daily::Target;
pub use draft::Draft;
pub use export::{write_changes, write_records};
pub use fit::{Fit, Unfit};
#[cfg(feature = "cli")]
pub use import::{
    Content, Imported, Input, Map, Quality, Unreadable, guess, import, quality, read_parquet,
    write_csv, write_parquet,
};
pub use outlook::{Futures, MonthOutlook, Outlook, Spread, WindowOutlook, day_by_day};
pub use simulate::{EarlyLosses, Of, simulate};

/// The records of one funnel up to a day, each with its stays in stages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    pub about: About,
    /// In the order in which a record meets them.
    pub stages: Vec<String>,
    /// By name; a record without one has [`NONE`].
    pub channels: Vec<String>,
    /// By name; a record without one has [`NONE`].
    pub segments: Vec<String>,
    /// By name; a record without one has [`NONE`].
    pub owners: Vec<String>,
    /// By first entry, then by id.
    pub records: Vec<Record>,
    /// Those of each record together, in order of records and of time.
    pub stays: Vec<Stay>,
    ids: Ids,
}

/// Index of a channel, segment or owner that is not known.
pub const NONE: u32 = u32::MAX;

/// What holds for all records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The last day of which everything is known \[days since 1970-01-01\]; nothing later is part of a history.
    pub as_of: i32,
    /// Sign or code of all values.
    pub currency: String,
    /// Zone of all times, such as `UTC` or `America/Sao_Paulo`.
    pub time_zone: String,
    /// From when on the value of a record is known.
    pub value_known: Known,
    /// From when on the owner of a record is known.
    pub owner_known: Known,
}

impl Default for About {
    fn default() -> Self {
        Self {
            as_of: 0,
            currency: "$".into(),
            time_zone: "UTC".into(),
            value_known: Known::AtClose,
            owner_known: Known::AtClose,
        }
    }
}

/// From when on a field of a record is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    AtCreation,
    /// On the day on which the record is closed; while it is open, it is not.
    AtClose,
}

/// A lead or an opportunity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// Index into `History::channels`, or [`NONE`].
    pub channel: u32,
    /// Index into `History::segments`, or [`NONE`].
    pub segment: u32,
    /// Index into `History::owners`, or [`NONE`].
    pub owner: u32,
    /// Index of its first stay; those up to the next record's first are its own.
    pub first_stay: u32,
    /// Money in the history's currency \[> 0\]; NaN where it is not known.
    pub value: f64,
}

/// A record's time in a stage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stay {
    /// \[days since 1970-01-01\]
    pub entered: f64,
    /// \[days since 1970-01-01, at least `entered`\]; infinity while it lasts.
    pub left: f64,
    /// Index into `History::stages`.
    pub stage: u32,
    pub end: End,
}

/// How a stay ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// Not yet.
    Open,
    /// The record goes on to another stage.
    Advanced,
    Won,
    Lost,
    NoDecision,
}

impl End {
    pub const ALL: [End; 5] = [
        End::Open,
        End::Advanced,
        End::Won,
        End::Lost,
        End::NoDecision,
    ];

    /// As files and reports call it.
    pub fn name(self) -> &'static str {
        match self {
            End::Open => "open",
            End::Advanced => "advanced",
            End::Won => "won",
            End::Lost => "lost",
            End::NoDecision => "no_decision",
        }
    }
}

/// The ids of all records, in one text.
#[derive(Debug, Clone, PartialEq, Default)]
struct Ids {
    text: String,
    /// `[record]`
    ends: Vec<usize>,
}

impl History {
    /// A history without records.
    pub fn new(about: About, stages: Vec<String>) -> Self {
        Self {
            about,
            stages,
            ..Self::default()
        }
    }

    /// Adds a record behind all others. `record.first_stay` is set here.
    ///
    /// Records come by first entry, then by id; `stays` is not empty and in order of time.
    pub fn push(&mut self, id: &str, record: Record, stays: impl IntoIterator<Item = Stay>) {
        let first_stay = u32::try_from(self.stays.len()).expect("fewer than 2^32 stays");
        self.records.push(Record {
            first_stay,
            ..record
        });
        self.stays.extend(stays);
        self.ids.text.push_str(id);
        self.ids.ends.push(self.ids.text.len());
    }

    /// The id of a record.
    pub fn id(&self, record: usize) -> &str {
        let start = record
            .checked_sub(1)
            .map_or(0, |before| self.ids.ends[before]);
        &self.ids.text[start..self.ids.ends[record]]
    }

    /// The stays of a record, in order of time.
    pub fn stays_of(&self, record: usize) -> &[Stay] {
        let first = self.records[record].first_stay as usize;
        let next = self.records.get(record + 1);
        let end = next.map_or(self.stays.len(), |next| next.first_stay as usize);
        &self.stays[first..end]
    }

    /// Midnight after the last day of which everything is known \[days since 1970-01-01\].
    pub fn end(&self) -> f64 {
        f64::from(self.about.as_of) + 1.0
    }

    /// What was known at the end of `day`: records that came later are absent, what ended later is open, and
    /// what was not known then is not known; names that nothing has any more are gone. O(records).
    ///
    /// A later `day` than the history's own changes nothing.
    pub fn as_of(&self, day: i32) -> History {
        let about = About {
            as_of: day.min(self.about.as_of),
            ..self.about.clone()
        };
        let mut past = History::new(about, self.stages.clone());
        let end = past.end();
        let mut names = [const { BTreeMap::<u32, u32>::new() }; 3];
        for (index, record) in self.records.iter().enumerate() {
            let stays: Vec<Stay> = self
                .stays_of(index)
                .iter()
                .filter_map(|stay| stay.as_of(end))
                .collect();
            let Some(last) = stays.last() else { continue };
            let is_closed = !matches!(last.end, End::Open | End::Advanced);
            let knows = |known| is_closed || known == Known::AtCreation;
            let record = Record {
                value: if knows(self.about.value_known) {
                    record.value
                } else {
                    f64::NAN
                },
                owner: if knows(self.about.owner_known) {
                    record.owner
                } else {
                    NONE
                },
                ..*record
            };
            for (names, name) in
                names
                    .iter_mut()
                    .zip([record.channel, record.segment, record.owner])
            {
                names.insert(name, NONE);
            }
            past.push(self.id(index), record, stays);
        }
        let [channels, segments, owners] = &mut names;
        past.channels = kept(&self.channels, channels);
        past.segments = kept(&self.segments, segments);
        past.owners = kept(&self.owners, owners);
        for record in &mut past.records {
            record.channel = channels[&record.channel];
            record.segment = segments[&record.segment];
            record.owner = owners[&record.owner];
        }
        past
    }
}

/// The names that are used, and in `used` where each of them now stands.
fn kept(names: &[String], used: &mut BTreeMap<u32, u32>) -> Vec<String> {
    let mut kept = Vec::new();
    for (old, new) in used.iter_mut().filter(|(old, _)| **old != NONE) {
        *new = kept.len() as u32;
        kept.push(names[*old as usize].clone());
    }
    kept
}

impl Stay {
    /// What was known of it just before `end`.
    fn as_of(&self, end: f64) -> Option<Stay> {
        match self.entered < end {
            false => None,
            true if self.left < end => Some(*self),
            true => Some(Stay {
                left: f64::INFINITY,
                end: End::Open,
                ..*self
            }),
        }
    }
}
