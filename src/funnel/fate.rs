//! What becomes of each record of the pipeline by the horizon.

use super::lead::Lead;
use super::observe::{Event, Observer};
use super::{Funnel, Record, Scratch};

/// What a record of the pipeline has come to, with the time \[days from day 0\].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    /// Still open at the horizon.
    Open,
    Won(f64),
    /// Lost, without a decision, or at an end before it was an opportunity.
    Ended(f64),
}

impl Funnel {
    /// Runs one replication and tells what becomes of each record of the pipeline, in the order of
    /// [`Scenario::pipeline`](crate::Scenario::pipeline). The record is what [`Funnel::run`] returns too.
    pub fn fates(&self, seed: u64, replication: u64, scratch: &mut Scratch) -> (Record, Vec<Fate>) {
        let mut watcher = Watcher {
            first: self.sources.len(),
            fates: vec![Fate::Open; self.pipeline.len()],
        };
        let record = self.run_observed(seed, replication, scratch, &mut watcher);
        (record, watcher.fates)
    }
}

/// Watches the records of the pipeline.
struct Watcher {
    /// Luck of the first record.
    first: usize,
    fates: Vec<Fate>,
}

impl Observer for Watcher {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        let record = (lead.luck as usize).checked_sub(self.first);
        let Some(fate) = record.and_then(|record| self.fates.get_mut(record)) else {
            return;
        };
        *fate = match event {
            Event::Won(_) => Fate::Won(t),
            Event::Lost(_)
            | Event::NoDecision
            | Event::Unqualified
            | Event::Faded
            | Event::Leaked
            | Event::Expired
            | Event::Unreached
            | Event::Rejected(_)
            | Event::Disqualified(_) => Fate::Ended(t),
            // It was given up a moment before.
            Event::Recycled => Fate::Open,
            _ => return,
        };
    }
}
