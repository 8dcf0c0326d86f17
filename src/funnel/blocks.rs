//! Time blocks: who reaches a stage in a later block, and when it is their turn.
//!
//! The whole horizon is one block unless what happens in a run acts back on it (recycling, a pool of
//! hours); then a block is a day, and what happened up to its start is what its decisions see.

use super::lead::Lead;
use super::run::Stage;

/// Leads waiting for a later block, by the day of their next event.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar {
    first_day: i32,
    /// The day that runs; nothing can be put before the one after it.
    today: usize,
    /// `[day]`
    days: Vec<Vec<(Stage, Lead)>>,
}

impl Calendar {
    /// Empties the calendar for `days` days from `first_day` on.
    pub fn reset(&mut self, first_day: i32, days: usize) {
        self.first_day = first_day;
        self.today = 0;
        self.days.iter_mut().for_each(Vec::clear);
        self.days.resize_with(days, Vec::new);
    }

    /// Takes a lead until the day of its time, or until tomorrow if that day has begun.
    pub fn put(&mut self, lead: Lead, stage: Stage) {
        let day = (lead.t.floor() as i32 - self.first_day) as usize;
        self.days[day.max(self.today + 1)].push((stage, lead));
    }

    /// Takes a lead until day 0, before which this may be done only.
    pub fn put_on_day_0(&mut self, lead: Lead, stage: Stage) {
        self.days[-self.first_day as usize].push((stage, lead));
    }

    /// Whether a day follows the one that runs.
    pub fn has_tomorrow(&self) -> bool {
        self.today + 1 < self.days.len()
    }

    /// Starts `day` and hands over its leads; give the emptied list back with `finish`.
    pub fn start(&mut self, day: i32) -> Vec<(Stage, Lead)> {
        self.today = (day - self.first_day) as usize;
        std::mem::take(&mut self.days[self.today])
    }

    /// Takes back the list of the running day, to use its memory again.
    pub fn finish(&mut self, mut leads: Vec<(Stage, Lead)>) {
        leads.clear();
        self.days[self.today] = leads;
    }
}
