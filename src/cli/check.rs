//! `funnelcast check FILE…`

use std::path::PathBuf;

use clap::Args;

use super::disk::{Loaded, load};
use super::failure::print;
use super::{Failure, Outcome};

/// Say what is wrong with scenarios, all at once
#[derive(Debug, Args)]
#[command(after_help = "Example: funnelcast check scenarios/*.toml")]
pub(super) struct Check {
    /// Files of scenarios
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Change a key of every scenario, after `extends`: `handoff.leak=0.1`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Check {
    pub fn run(self) -> Result<Outcome, Failure> {
        let loaded = load(&self.files, &self.set)?;
        let told = self.files.iter().zip(&loaded);
        let text: String = told
            .map(|(file, loaded)| describe(&file.display().to_string(), loaded))
            .collect();
        print(&text)?;
        Ok(Outcome::Done)
    }
}

/// `plan.toml is valid: 540 days from 2026-01-01, 3 channels, 12 numbers in doubt`, then notes.
fn describe(file: &str, loaded: &Loaded) -> String {
    let scenario = &loaded.scenario;
    let n = |n: usize, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    let mut text = format!(
        "{file} is valid: {} from {}, {}, {}\n",
        n(scenario.horizon_days as usize, "day", "days"),
        scenario.start,
        n(scenario.process.channels.len(), "channel", "channels"),
        n(scenario.doubts.len(), "number in doubt", "numbers in doubt"),
    );
    for note in &loaded.notes {
        text += &format!("  note: {note}\n");
    }
    text
}
