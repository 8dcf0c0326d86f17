//! What a run feeds back to itself: what happened up to a day moves parameters from the next day on.
//!
//! Common random numbers stay common: each lead keeps its luck. But once two scenarios accept different
//! leads, their leaks and the quality of their later leads differ too, so that a difference spreads to
//! leads which the change itself never touched. That is the effect of feedback, not noise; it makes
//! paired differences vary a little more.

use super::alignment::Alignment;
use super::ledger::Ledger;
use super::tally::Count;
use crate::math;
use crate::scenario;

/// How past acceptance changes the leak, at one draw; as [`scenario::Trust`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Trust {
    strength: f64,
    usual_acceptance: f64,
    memory_touches: f64,
}

/// Most of the moving average that one block may replace. Assumption.
const MOST_REPLACED: f64 = 0.2;
/// Most that distrust makes of the leak. Assumption.
const MOST_BY_DISTRUST: f64 = 0.95;
/// Days over which verdicts are counted.
const DAYS_OF_VERDICTS: u16 = 28;

impl Trust {
    pub fn at(trust: &scenario::Trust, draw: &[f64]) -> Self {
        Self {
            strength: trust.strength.at(draw),
            usual_acceptance: trust.usual_acceptance.at(draw),
            memory_touches: trust.memory_touches.at(draw),
        }
    }
}

/// The state of the loops in one replication.
#[derive(Debug, Clone, Default)]
pub(super) struct Feedback {
    trust: Option<Trust>,
    /// What acts before day 0, and from then on.
    by_time: [Option<Trust>; 2],
    /// Moving average of the share of touched leads that sales accepts.
    acceptance: f64,
    /// Factor on the leak while the block runs.
    leak_factor: f64,
    /// Touches and acceptances that the average has seen.
    seen: [u32; 2],
    /// Gain of quality by what targeting has learned, `[day]` up to the running one.
    learned: Vec<f64>,
}

impl Feedback {
    /// Before anything has happened.
    pub fn reset(&mut self, by_time: [Option<Trust>; 2]) {
        self.trust = None;
        self.by_time = by_time;
        self.leak_factor = 1.0;
        self.seen = [0; 2];
        self.learned.clear();
        self.learned.push(0.0);
    }

    /// What acts on a day takes over; where nothing did before, acceptance starts from what is usual.
    pub fn start_day(&mut self, day: i32) {
        let acting = self.by_time[usize::from(day >= 0)];
        if acting == self.trust {
            return;
        }
        if let (None, Some(trust)) = (self.trust, acting) {
            self.acceptance = trust.usual_acceptance;
        }
        self.trust = acting;
        self.answer();
    }

    /// The leak as trust, or the lack of it, changes it. Distrust alone never makes it more than 95 %: a team
    /// that sees no lead at all could not learn better.
    #[inline(always)]
    pub fn distrusted(&self, leak: f64) -> f64 {
        (leak * self.leak_factor).min(leak.max(MOST_BY_DISTRUST))
    }

    /// The leak answers to acceptance.
    fn answer(&mut self) {
        self.leak_factor = self.trust.map_or(1.0, |trust| {
            math::exp(trust.strength * (trust.usual_acceptance - self.acceptance))
        });
    }

    /// By how much the quality of the leads of a day has gained.
    #[inline]
    pub fn learned(&self, row: u16) -> f64 {
        self.learned.get(usize::from(row)).copied().unwrap_or(0.0)
    }

    /// Takes in what sales did in the block of the day in `row` that ends.
    pub fn end_block(&mut self, ledger: &Ledger, row: u16) {
        let Some(trust) = self.trust else { return };
        let now = [Count::Touched, Count::Sals].map(|count| ledger.on(row, count));
        let touched = f64::from(now[0] - self.seen[0]);
        let accepted = f64::from(now[1] - self.seen[1]);
        self.seen = now;
        if touched > 0.0 {
            let weight = (touched / trust.memory_touches).min(MOST_REPLACED);
            self.acceptance += (accepted / touched - self.acceptance) * weight;
            self.answer();
        }
    }

    /// The day in `row` is over: what was learned on it is used from tomorrow on.
    pub fn end_day(&mut self, ledger: &Ledger, alignment: &Alignment, row: u16, day: i32) {
        self.seen = [0; 2];
        let verdicts_per_day = || {
            let first = (row + 1).saturating_sub(DAYS_OF_VERDICTS);
            let touched: u32 = (first..=row)
                .map(|row| ledger.on(row, Count::Touched))
                .sum();
            f64::from(touched) / f64::from(row + 1 - first)
        };
        let learned = alignment.learn(self.learned(row), day, verdicts_per_day);
        self.learned.push(learned);
    }
}
