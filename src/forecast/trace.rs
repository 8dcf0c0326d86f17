//! Single leads of one replication: their stories, and how they are named.

use crate::funnel::{Funnel, Scratch};
use crate::scenario::Scenario;

use super::{Plan, draw_of};
pub use crate::funnel::{Entry, Event, Reading, Story, Wanted, What};
pub use crate::random::Decision;

/// One replication, ready to be told of.
#[derive(Debug)]
pub struct Trace {
    funnel: Funnel,
    seed: u64,
    replication: u64,
}

/// Why a name is not that of a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadName {
    /// It has not the form of a lead's name.
    Form,
    /// There is no source of this name.
    Source(String),
}

impl Trace {
    /// Replication number `plan.range.start` of a scenario.
    pub fn new(scenario: &Scenario, plan: &Plan) -> Self {
        let replication = plan.range.start;
        let draw = draw_of(scenario, plan, replication);
        Self {
            funnel: Funnel::new(scenario, &draw),
            seed: plan.seed,
            replication,
        }
    }

    /// The stories that are wanted, in order of arrival.
    pub fn stories(&self, wanted: Wanted) -> Vec<Story> {
        let mut scratch = Scratch::default();
        self.funnel
            .trace(self.seed, self.replication, &mut scratch, wanted)
    }

    /// Names of the sources, `channel/segment`.
    pub fn sources(&self) -> Vec<&str> {
        self.funnel.source_names().collect()
    }

    /// The lead of this name: `channel/segment/day/ordinal`, or `pipeline/row`.
    ///
    /// # Errors
    /// If the name has another form, or names no source.
    pub fn wanted(&self, name: &str) -> Result<Wanted, BadName> {
        if let Some(row) = name.strip_prefix("pipeline/")
            && let Ok(row @ 1..) = row.parse::<usize>()
        {
            return Ok(Wanted::Record(row - 1));
        }
        let mut parts = name.rsplitn(3, '/');
        let (ordinal, day, source) = (parts.next(), parts.next(), parts.next());
        let ordinal = ordinal.and_then(|ordinal| ordinal.parse().ok());
        let day = day.and_then(|day| day.parse().ok());
        let (Some(ordinal), Some(day), Some(source)) = (ordinal, day, source) else {
            return Err(BadName::Form);
        };
        match self.funnel.source_names().position(|of| of == source) {
            Some(source) => Ok(Wanted::Lead {
                source,
                day,
                ordinal,
            }),
            None => Err(BadName::Source(source.to_string())),
        }
    }
}

/// Name of open stage number `index` of a scenario; empty if there is none.
pub fn open_stage(scenario: &Scenario, index: usize) -> String {
    let mut names = Funnel::open_stages(scenario);
    if index < names.len() {
        names.swap_remove(index)
    } else {
        String::new()
    }
}
