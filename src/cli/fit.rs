//! `funnelcast fit HISTORY -o SCENARIO`

use std::path::{Path, PathBuf};

use clap::Args;

use super::Outcome;
use super::disk::load;
use super::failure::{Failure, print, tell};
use super::paper::paper;
use super::past::{PastOptions, Places};
use super::progress::Progress;
use crate::forecast::Watch;
use crate::history::Fit as Fitted;
use crate::report::{Destination, fit, fit_page, write_all};
use crate::scenario::Faults;

/// Learn a scenario from a history: arrivals, hazards of every stage, deals, and the open pipeline
///
/// Writes the scenario and, beside it, the records open on the last day. What no export can show is
/// marked in the scenario as an assumption.
#[derive(Debug, Args)]
#[command(after_help = "Example: funnelcast fit history.parquet -o fitted.toml --report fit.html")]
pub(super) struct Fit {
    #[command(flatten)]
    past: PastOptions,

    /// Where the scenario goes; the pipeline goes beside it, as NAME.open.csv
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Write what was learned, with charts, as a page of HTML
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// No summary and no progress; files and errors only
    #[arg(long, short)]
    quiet: bool,
}

impl Fit {
    pub fn run(self) -> Result<Outcome, Failure> {
        let pipeline = beside(&self.output)?;
        let mut places = Places::beside([self.past.path().to_owned()]);
        let scenario_place = places.claim("--output", &self.output)?;
        let pipeline_place = places.claim("--output", &pipeline)?;
        let report_place = places.maybe("--report", self.report.as_deref())?;
        let progress = Progress::waiting(self.quiet, "learning from the history");
        let history = self.past.read()?;
        let fitted = Fitted::new(&history)?;
        let name = pipeline.file_name().unwrap_or_default().to_string_lossy();
        let draft = fitted.draft(&name);
        let page = report_place.is_some().then(|| fit_page(&history, &fitted));
        progress.finish();
        if progress.cancelled() {
            return Err(Failure::Interrupted);
        }
        let mut files: Vec<(&Destination, &[u8])> = vec![
            (&scenario_place, draft.scenario.as_bytes()),
            (&pipeline_place, draft.pipeline.as_bytes()),
        ];
        if let (Some(place), Some(page)) = (&report_place, &page) {
            files.push((place, page.as_bytes()));
        }
        write_all(&files)?;
        self.check()?;
        if !self.quiet {
            print(&fit(&fitted, paper()))?;
            tell(&format!(
                "wrote {} and {}",
                self.output.display(),
                pipeline.display()
            ));
        }
        Ok(Outcome::Done)
    }

    /// Reads the scenario back as any command would.
    fn check(&self) -> Result<(), Faults> {
        load(std::slice::from_ref(&self.output), &[]).map(drop)
    }
}

/// The pipeline's file, beside the scenario's.
fn beside(scenario: &Path) -> Result<PathBuf, Failure> {
    match scenario.file_stem() {
        Some(stem) => {
            let mut name = stem.to_owned();
            name.push(".open.csv");
            Ok(scenario.with_file_name(name))
        }
        None => Err(Failure::Options(format!(
            "--output {} names no file",
            scenario.display()
        ))),
    }
}
