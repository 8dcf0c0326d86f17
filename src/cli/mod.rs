//! Commands: what was typed becomes what is meant, and is done.

mod backtest;
mod bridge;
mod check;
mod compare;
mod disk;
mod explain;
mod failure;
mod fit;
mod forecast;
mod history;
mod init;
mod options;
mod past;
mod progress;
mod run;
mod simulate;
mod sweep;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use failure::{Failure, complain};

/// Simulates every lead of a marketing and sales funnel, and forecasts what a change is worth.
#[derive(Debug, Parser)]
#[command(
    name = "funnelcast",
    version,
    max_term_width = 100,
    propagate_version = true
)]
#[command(after_help = "\
Exit status: 0 done; 1 ran, but the precision was not reached or it was interrupted (what there is was written); 2 bad input.

Example: funnelcast init > plan.toml && funnelcast run plan.toml")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Compare(compare::Compare),
    Explain(explain::Explain),
    Sweep(sweep::Sweep),
    Check(check::Check),
    Init(init::Init),
    Trace(trace::TraceLeads),
    History(history::History),
    Fit(fit::Fit),
    Forecast(forecast::Forecast),
    Backtest(backtest::Backtest),
}

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// The precision was not reached, or the run was interrupted; what there is was written.
    Partial,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Partial => ExitCode::from(1),
        }
    }
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// If the input is bad or a result cannot be written.
    pub fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Run(run) => run.run(),
            Command::Compare(compare) => compare.run(),
            Command::Explain(explain) => explain.run(),
            Command::Sweep(sweep) => sweep.run(),
            Command::Check(check) => check.run(),
            Command::Init(init) => init.run(),
            Command::Trace(trace) => trace.run(),
            Command::History(history) => history.run(),
            Command::Fit(fit) => fit.run(),
            Command::Forecast(forecast) => forecast.run(),
            Command::Backtest(backtest) => backtest.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
