//! Time blocks: who reaches a stage in a later block, and when it is their turn.
//!
//! The whole horizon is one block unless what happens in a run acts back on it (recycling, a pool of
//! hours, trust, targeting that needs verdicts); then a block is a day, and what happened up to its
//! start is what its decisions see.

use super::lead::Lead;
use super::run::Stage;

/// Leads waiting for a later block, by the block of their next event.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    first_day: i32,
    per_day: u32,
    /// The block that runs; nothing can be put before the one after it.
    now: usize,
    /// `[block]`
    blocks: Vec<Vec<(Stage, Lead)>>,
}

impl Calendar {
    /// Empties the calendar for `days` days from `first_day` on, of `per_day` blocks each.
    pub fn reset(&mut self, first_day: i32, days: usize, per_day: u32) {
        self.first_day = first_day;
        self.per_day = per_day;
        self.now = 0;
        self.blocks.iter_mut().for_each(Vec::clear);
        self.blocks.resize_with(days * per_day as usize, Vec::new);
    }

    /// Number of the block that begins a day, from the first day on.
    fn first_of(&self, day: i32) -> usize {
        (day - self.first_day) as usize * self.per_day as usize
    }

    /// Takes a lead until the block of its time, or until the next one if that block has begun.
    pub fn put(&mut self, lead: Lead, stage: Stage) {
        let midnight = lead.t.floor();
        let part = (lead.t - midnight) * f64::from(self.per_day);
        let block = self.first_of(midnight as i32) + part as usize;
        self.blocks[block.max(self.now + 1)].push((stage, lead));
    }

    /// Takes a lead until day 0, before which this may be done only.
    pub fn put_on_day_0(&mut self, lead: Lead, stage: Stage) {
        let block = self.first_of(0);
        self.blocks[block].push((stage, lead));
    }

    /// Whether a block follows the one that runs.
    pub fn has_next(&self) -> bool {
        self.now + 1 < self.blocks.len()
    }

    /// Starts block number `nth` of `day` and hands over its leads; give the emptied list back with
    /// `finish`.
    pub fn start(&mut self, day: i32, nth: u32) -> Vec<(Stage, Lead)> {
        self.now = self.first_of(day) + nth as usize;
        std::mem::take(&mut self.blocks[self.now])
    }

    /// Takes back the list of the running block, to use its memory again.
    pub fn finish(&mut self, mut leads: Vec<(Stage, Lead)>) {
        leads.clear();
        self.blocks[self.now] = leads;
    }
}
