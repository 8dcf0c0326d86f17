//! Stays in one stage as a fit sees them: from when a record is watched, until when, and how it ends.

use super::{End, History, NONE, Stay};

/// A stay in a stage. Times are days from the first midnight of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spell {
    pub entered: f64,
    /// When it left, or when the history ends.
    pub left: f64,
    pub end: End,
    pub channel: u32,
    pub segment: u32,
}

/// All stays in a stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spells {
    /// The first midnight \[days since 1970-01-01\].
    pub first_day: i32,
    /// How many days the history has from there.
    pub n_days: usize,
    pub spells: Vec<Spell>,
}

/// A stay that ends on the day on which it began, where only dates are known: on average a third of a day, which is
/// the mean distance of two uniform times.
const WITHIN_A_DAY: f64 = 1.0 / 3.0;

/// A stage that a record passes over: half an hour.
const PASSED_OVER: f64 = 1.0 / 48.0;

impl Spells {
    /// The stays in stage number `stage`. Dates without a time stand for noon. O(records).
    ///
    /// Who passes over a stage on the way to a later one, or to a win, is in it for half an hour.
    pub fn of(history: &History, stage: u32) -> Spells {
        let reader = Reader {
            start: f64::from(first_day(history)),
            end: n_days(history) as f64,
            last_stage: history.stages.len() as u32 - 1,
            entries_are_dates: are_dates(history.stays.iter().map(|stay| stay.entered)),
            exits_are_dates: are_dates(
                history
                    .stays
                    .iter()
                    .map(|stay| stay.left)
                    .filter(|left| left.is_finite()),
            ),
        };
        let mut spells = Vec::new();
        for (index, record) in history.records.iter().enumerate() {
            for (entered, left, end) in reader.stays_in(stage, history.stays_of(index)) {
                spells.push(Spell {
                    entered,
                    left,
                    end,
                    channel: record.channel,
                    segment: record.segment,
                });
            }
        }
        Spells {
            first_day: first_day(history),
            n_days: n_days(history),
            spells,
        }
    }

    /// The day on which a stay ends, from the first.
    pub fn last_day(&self, spell: &Spell) -> usize {
        (spell.left.max(0.0) as usize).min(self.n_days.saturating_sub(1))
    }
}

/// Reads stays as days of the history.
struct Reader {
    start: f64,
    end: f64,
    last_stage: u32,
    entries_are_dates: bool,
    exits_are_dates: bool,
}

impl Reader {
    /// The record's stays in a stage: when entered, when left, how.
    fn stays_in(&self, stage: u32, stays: &[Stay]) -> Vec<(f64, f64, End)> {
        let own: Vec<_> = stays
            .iter()
            .filter(|stay| stay.stage == stage)
            .map(|stay| self.read(stay))
            .collect();
        if !own.is_empty() {
            return own;
        }
        let later = stays.iter().find(|stay| stay.stage > stage);
        let passed_over = |t: f64, end| (t, (t + PASSED_OVER).min(self.end.max(t)), end);
        if let Some(later) = later {
            return vec![passed_over(self.read(later).0, End::Advanced)];
        }
        match stays.last() {
            Some(stay) if stay.end == End::Won => {
                let end = if stage == self.last_stage {
                    End::Won
                } else {
                    End::Advanced
                };
                vec![passed_over(self.read(stay).1, end)]
            }
            _ => Vec::new(),
        }
    }

    fn read(&self, stay: &Stay) -> (f64, f64, End) {
        let noon = |is_date| if is_date { 0.5 } else { 0.0 };
        let entered = stay.entered - self.start + noon(self.entries_are_dates);
        let on_one_day = stay.left.floor() <= stay.entered.floor()
            && (self.entries_are_dates || self.exits_are_dates);
        let left = match stay.end {
            End::Open => self.end,
            _ if on_one_day => entered + WITHIN_A_DAY,
            _ => stay.left - self.start + noon(self.exits_are_dates),
        };
        let end = match stay.end {
            End::Won if stay.stage < self.last_stage => End::Advanced,
            end => end,
        };
        (entered, left.clamp(entered, self.end.max(entered)), end)
    }
}

/// The first midnight of a history \[days since 1970-01-01\].
pub(super) fn first_day(history: &History) -> i32 {
    let first = history.records.first().map(|_| history.stays[0].entered);
    first.map_or(history.about.as_of, |entered| entered.floor() as i32)
}

/// How many days a history has, from the first record's to the last one known.
pub(super) fn n_days(history: &History) -> usize {
    usize::try_from(history.about.as_of + 1 - first_day(history)).unwrap_or(0)
}

/// Whether all times are midnights: dates, of which the time is not known.
pub(super) fn are_dates(times: impl Iterator<Item = f64>) -> bool {
    times.into_iter().all(|time| time.fract() == 0.0)
}

/// The index of a group, with one more for whoever is in none.
pub(super) fn group(index: u32, n: usize) -> usize {
    if index == NONE { n } else { index as usize }
}
