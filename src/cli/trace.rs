//! `funnelcast trace SCENARIO`

use std::path::PathBuf;

use clap::Args;

use super::disk::load;
use super::failure::print;
use super::paper::paper;
use super::{Failure, Outcome};
use crate::forecast::{Plan, Trace};
use crate::report;
use crate::scenario::Scenario;

/// Tell the story of single leads: every event, its time, the uniform number drawn, the threshold met
///
/// Where no number is drawn, as for most probabilities of 0 or 1, there is nothing to tell.
#[derive(Debug, Args)]
#[command(after_help = "\
A lead is named channel/segment/day/number: number 3, from 0, of those that arrive on day 12. Days of the warm-up are negative. A segment that is not stated is `all`. A record of the pipeline is pipeline/id.

Example: funnelcast trace plan.toml --replication 7 --lead webinar/all/12/3")]
pub(super) struct TraceLeads {
    /// The scenario's file
    scenario: PathBuf,

    /// Number of the replication, as in `run`
    #[arg(long, value_name = "R", default_value_t = 0)]
    replication: u64,

    /// The lead to tell of, such as `webinar/all/12/3`
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "first",
        allow_hyphen_values = true
    )]
    lead: Option<String>,

    /// Tell of the first so many that arrive from day 0 on
    #[arg(long, value_name = "N", default_value_t = 3)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    first: u32,

    /// What all luck follows from; else as the scenario says
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Put every doubt at its median
    #[arg(long)]
    certain: bool,

    /// Change a key, after `extends`: `handoff.leak=0.1`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl TraceLeads {
    pub fn run(self) -> Result<Outcome, Failure> {
        let loaded = load(&[self.scenario], &self.set)?;
        let scenario = &loaded[0].scenario;
        let plan = Plan {
            seed: self.seed.unwrap_or(scenario.seed),
            range: self.replication..self.replication.saturating_add(1),
            certain: self.certain,
            ..Plan::default()
        };
        let trace = Trace::new(scenario, &plan);
        let stories = match &self.lead {
            Some(name) => vec![trace.lead(name)?],
            None => trace.first(self.first as usize),
        };
        let mut text = report::stories(&headline(scenario, &plan), &stories, scenario, paper());
        if stories.is_empty() {
            text += "no lead arrives from day 0 on\n";
        }
        print(&text)?;
        Ok(Outcome::Done)
    }
}

/// `typical, replication 7, seed 1, draw 3 of its doubts`
fn headline(scenario: &Scenario, plan: &Plan) -> String {
    let replication = plan.range.start;
    let doubts = match (scenario.has_doubts(), plan.certain) {
        (false, _) => String::new(),
        (true, true) => ", every doubt at its median".to_owned(),
        (true, false) => format!(", draw {} of the doubts", replication / 2),
    };
    format!(
        "{}, replication {replication}, seed {}{doubts}",
        scenario.name, plan.seed
    )
}
