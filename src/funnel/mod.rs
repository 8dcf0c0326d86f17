//! ONE future: a scenario at one draw of its doubts, and the run of one replication.

mod tally;

pub use tally::{Calendar, Count, Record, Stock, Sum, Tally};

use crate::scenario::Scenario;

/// A scenario at one draw of its doubts: all numbers fixed, ready to run replications.
#[derive(Debug)]
pub struct Funnel {}

/// Memory that one thread reuses from replication to replication; it holds no result.
#[derive(Debug, Default)]
pub struct Scratch {}

impl Funnel {
    /// Fixes every doubt of `scenario` at `draw`, `[Scenario::doubts]`.
    pub fn new(_scenario: &Scenario, _draw: &[f64]) -> Funnel {
        Funnel {}
    }

    /// Runs replication number `replication` with the luck of `seed`.
    pub fn run(&self, _seed: u64, _replication: u64, _scratch: &mut Scratch) -> Record {
        Record {
            periods: Box::new([]),
            opening: 0,
            open: Box::new([]),
            reasons: Box::new([]),
            shares_scaled: false,
        }
    }

    /// Names of the stages in which a lead can be open, in the order of `Record::open`.
    pub fn open_stages(_scenario: &Scenario) -> Vec<String> {
        Vec::new()
    }
}
