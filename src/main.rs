//! The command line: parse, dispatch, report what went wrong, exit.

use std::process::ExitCode;

use clap::Parser;
use funnelcast::cli::{Cli, complain};

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            complain(&failure);
            failure.exit_code()
        }
    }
}
