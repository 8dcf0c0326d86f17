//! `funnelcast init [FILE]`

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::failure::{print, tell};
use super::{Failure, Outcome};

/// A scenario to begin with, every key explained.
const STARTER: &str = include_str!("starter.toml");

/// Print a commented scenario to begin with, or write it to a new file
#[derive(Debug, Args)]
#[command(after_help = "Example: funnelcast init plan.toml && funnelcast run plan.toml")]
pub(super) struct Init {
    /// A file that does not exist yet; else the standard output
    file: Option<PathBuf>,
}

impl Init {
    pub fn run(self) -> Result<Outcome, Failure> {
        match self.file {
            None => print(STARTER)?,
            Some(file) => write(&file)?,
        }
        Ok(Outcome::Done)
    }
}

/// Never over a file that is there.
fn write(file: &Path) -> Result<(), Failure> {
    let refuse = |error| Failure::Options(format!("cannot write {}: {error}", file.display()));
    let mut new = File::create_new(file).map_err(refuse)?;
    new.write_all(STARTER.as_bytes()).map_err(refuse)?;
    let file = file.display();
    tell(&format!("wrote {file}; next: funnelcast run {file}"));
    Ok(())
}
