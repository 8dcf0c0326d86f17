//! `funnelcast trace SCENARIO`

use std::path::PathBuf;

use clap::Args;

use super::disk::load;
use super::failure::print;
use super::{Failure, Outcome};
use crate::forecast::{BadName, Plan, Trace, Wanted};
use crate::report::story;

/// Tell the story of single leads: every event, its time, the uniform number drawn, the threshold met
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast trace plan.toml --replication 7 --lead webinar/all/12/3\n\nA lead is named channel/segment/day/number: number 3 (from 0) of those that arrive on day 12. A record of the pipeline is pipeline/row."
)]
pub(super) struct TraceLeads {
    /// The scenario's file
    scenario: PathBuf,

    /// Number of the replication
    #[arg(long, value_name = "R", default_value_t = 0)]
    replication: u64,

    /// The lead to tell of: channel/segment/day/number
    #[arg(
        long,
        value_name = "ID",
        conflicts_with = "first",
        allow_hyphen_values = true
    )]
    lead: Option<String>,

    /// Tell of the first N leads from day 0 on
    #[arg(long, value_name = "N", default_value_t = 3)]
    first: usize,

    /// Seed, in place of the scenario's
    #[arg(long)]
    seed: Option<u64>,

    /// Every number in doubt at its median
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
        let Some(end) = self.replication.checked_add(1) else {
            let text = format!(
                "--replication is {}, more than there can be",
                self.replication
            );
            return Err(Failure::Options(text));
        };
        let plan = Plan {
            seed: self.seed.unwrap_or(scenario.seed),
            range: self.replication..end,
            certain: self.certain,
        };
        let trace = Trace::new(scenario, &plan);
        let wanted = match &self.lead {
            Some(name) => trace
                .wanted(name)
                .map_err(|bad| unknown(name, &bad, &trace))?,
            None => Wanted::First(self.first),
        };
        let stories = trace.stories(wanted);
        if let (Some(name), true) = (&self.lead, stories.is_empty()) {
            let text = format!(
                "--lead is {name:?}, but no such lead arrives in replication {}: days run from {} to {}, numbers from 0",
                self.replication,
                -i64::from(scenario.warm_up_days),
                i64::from(scenario.horizon_days) - 1,
            );
            return Err(Failure::Options(text));
        }
        let texts: Vec<String> = stories.iter().map(|of| story(of, scenario)).collect();
        print(&texts.join("\n"))?;
        Ok(Outcome::Done)
    }
}

fn unknown(name: &str, bad: &BadName, trace: &Trace) -> Failure {
    let sources = trace.sources().join(", ");
    Failure::Options(match bad {
        BadName::Form => format!(
            "--lead is {name:?}, not channel/segment/day/number such as {}/12/3, nor pipeline/row",
            trace.sources().first().unwrap_or(&"channel/segment"),
        ),
        BadName::Source(source) => {
            format!(
                "--lead is {name:?}, but there is no {source:?}; channels and segments are {sources}"
            )
        }
    })
}
