//! `funnelcast run SCENARIO`

use std::path::PathBuf;

use clap::Args;

use super::disk::{load, tell_of_notes};
use super::options::Options;
use super::simulate::{Telling, simulate};
use super::{Failure, Outcome};
use crate::report::{json, terminal};

/// Forecast one scenario
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast run plan.toml --replications 2000 --set closing.win=25%"
)]
pub(super) struct Run {
    /// The scenario's file
    scenario: PathBuf,

    #[command(flatten)]
    options: Options,
}

impl Run {
    pub fn run(self) -> Result<Outcome, Failure> {
        let loaded = load(&[self.scenario], &self.options.luck.set)?;
        if !self.options.output.quiet {
            tell_of_notes(&loaded);
        }
        let order = self.options.resolve(&loaded)?;
        let telling = Telling {
            json: json::run,
            report: terminal::run,
        };
        simulate(&loaded, &order, &telling)
    }
}
