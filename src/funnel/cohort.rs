//! How far the leads that arrived in a window got by its end, and the revenue that they brought.

use super::lead::{Lead, Row};
use super::observe::{Event, Observer};
use super::{Funnel, Record, Scratch};
use crate::units::Window;

/// The leads that arrived in a window, as they stand at its end, and deals won in it.
///
/// A lead counts once per stage, however often it was recycled. It has left a stage when it moved on
/// or when its last pass ended, and has not while it waits to be qualified again. Records of the
/// pipeline arrived before every window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cohort {
    /// How many came to be: leads, MQLs, SALs, opportunities, won.
    pub reached: [u32; Cohort::STAGES + 1],
    /// How many of them have left the stage, whether they moved on or not: leads, MQLs, SALs, opportunities.
    pub left: [u32; Cohort::STAGES],
    /// New revenue of the window that they brought \[money\].
    pub revenue: f64,
    /// New revenue of the window by leads that arrived before it \[money\].
    pub earlier_revenue: f64,
}

impl Cohort {
    /// Stages that a lead can leave: as a lead, an MQL, a SAL, an opportunity.
    pub const STAGES: usize = 4;
}

impl Funnel {
    /// Runs one replication and follows the leads that arrive in `window`, which must lie within the
    /// days of the funnel. The record is what [`Funnel::run`] returns too.
    pub fn follow(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
        window: Window,
    ) -> (Record, Cohort) {
        let mut follower = Follower {
            rows: [window.start_day, window.end_day].map(|day| (day - self.first_day) as Row),
            window,
            quantum: self.quantum,
            cohort: Cohort::default(),
            units: [0; 2],
        };
        let record = self.run_observed(seed, replication, scratch, &mut follower);
        let [revenue, earlier_revenue] = follower.units.map(|units| units as f64 * self.quantum);
        let cohort = Cohort {
            revenue,
            earlier_revenue,
            ..follower.cohort
        };
        (record, cohort)
    }
}

/// Watches the leads of a window.
struct Follower {
    window: Window,
    /// The window's ends as rows of the ledger.
    rows: [Row; 2],
    quantum: f64,
    cohort: Cohort,
    /// Deals won in the window, in units of the quantum: by its leads, by earlier ones.
    units: [i64; 2],
}

impl Follower {
    fn has(&self, lead: &Lead) -> bool {
        (self.rows[0]..self.rows[1]).contains(&lead.arrival)
    }

    fn win(&mut self, is_member: bool, value: f64) {
        let units = &mut self.units[usize::from(!is_member)];
        *units = units.saturating_add((value / self.quantum + 0.5) as i64);
    }

    fn reach(&mut self, stage: usize) {
        self.cohort.reached[stage] += 1;
    }

    fn leave(&mut self, stage: usize) {
        self.cohort.left[stage] += 1;
    }
}

/// The furthest stage before closing that a lead has reached: as a lead, an MQL, a SAL.
fn furthest(lead: &Lead) -> usize {
    match (lead.mql, lead.sal) {
        (Lead::NOT_YET, _) => 0,
        (_, Lead::NOT_YET) => 1,
        _ => 2,
    }
}

impl Observer for Follower {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        if t >= f64::from(self.window.end_day) {
            return;
        }
        let is_member = self.has(lead);
        if let Event::Won(value) = event
            && t >= f64::from(self.window.start_day)
        {
            self.win(is_member, value);
        }
        if !is_member {
            return;
        }
        match event {
            Event::Arrived | Event::Referred => self.reach(0),
            Event::Mql if lead.id.pass() == 0 => {
                self.leave(0);
                self.reach(1);
            }
            Event::Unqualified
            | Event::Faded
            | Event::Leaked
            | Event::Expired
            | Event::Unreached
            | Event::Rejected(_)
            | Event::Disqualified(_) => self.leave(furthest(lead)),
            // It was given up a moment before.
            Event::Recycled => self.cohort.left[furthest(lead)] -= 1,
            Event::Accepted if furthest(lead) == 1 => {
                self.leave(1);
                self.reach(2);
            }
            Event::Opportunity => {
                self.leave(2);
                self.reach(3);
            }
            Event::Lost(_) | Event::NoDecision => self.leave(3),
            Event::Won(_) => {
                self.leave(3);
                self.reach(4);
            }
            _ => {}
        }
    }
}
