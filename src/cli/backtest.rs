//! `funnelcast backtest HISTORY`

use std::path::PathBuf;

use clap::Args;

use super::Outcome;
use super::failure::{Failure, print, tell};
use super::options::Json;
use super::paper::paper;
use super::past::{FuturesOptions, Horizons, PastOptions, Places};
use super::progress::Progress;
use super::simulate::effort_of;
use crate::forecast::Watch;
use crate::history::{Backtest as Test, Settings};
use crate::report::{Backtested, Destination, backtest, backtest_page, json};

/// Futures of each forecast unless stated.
const REPLICATIONS: u64 = 400;

/// Make the forecast again on days of the past, from what was known then, and score it beside baselines
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast backtest history.parquet --origins 12 --report test.html"
)]
pub(super) struct Backtest {
    #[command(flatten)]
    past: PastOptions,

    /// Most days of the past to forecast from
    #[arg(long, value_name = "N", default_value = "12")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1000))]
    origins: u16,

    /// Days ahead
    #[arg(long, value_name = "DAYS", default_value = "30,60,90")]
    horizons: Horizons,

    #[command(flatten)]
    futures: FuturesOptions,

    /// Write everything, with every window, as JSON; `-` for the standard output, in place of the report
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,

    /// Write the scores, with charts, as a page of HTML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Option<PathBuf>,

    /// No report and no progress; files and errors only
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
}

impl Backtest {
    pub fn run(self) -> Result<Outcome, Failure> {
        let mut places = Places::beside([self.past.path().to_owned()]);
        let results = Results {
            json: places.json(self.json.as_deref())?,
            page: places.maybe("--report", self.report.as_deref())?,
            quiet: self.quiet,
        };
        let settings = Settings {
            horizons: self.horizons.0.clone(),
            origins: usize::from(self.origins),
            seed: self.futures.seed(),
            replications: self.futures.replications(REPLICATIONS),
        };
        let planned = u64::from(self.origins) * settings.replications;
        let progress = Progress::of(self.quiet, planned);
        let history = self.past.read()?;
        let test = Test::run(&history, &settings, &self.futures.workers(), &progress)?;
        let (leads, time) = progress.finish();
        if test.windows.is_empty() {
            return Err(nothing(&test, progress.cancelled()));
        }
        results.write(&Backtested {
            history: &history,
            backtest: &test,
            settings: &settings,
        })?;
        if !self.quiet {
            let n = test.n_origins();
            let runs = format!("{} replications from {n} days", settings.replications);
            tell(&effort_of(&runs, leads, time.as_secs_f64()));
        }
        match progress.cancelled() {
            true => {
                tell("interrupted: these are the first windows only");
                Ok(Outcome::Partial)
            }
            false => Ok(Outcome::Done),
        }
    }
}

/// Why there is not a single window.
fn nothing(test: &Test, is_cancelled: bool) -> Failure {
    if is_cancelled {
        return Failure::Interrupted;
    }
    let why = test.refused.iter();
    let why: Vec<String> = why
        .map(|refused| format!("\n  {} days: {}", refused.days, refused.why))
        .collect();
    Failure::Options(format!(
        "the history is too short to test a forecast on{}",
        why.concat()
    ))
}

/// Where the results go.
struct Results {
    json: Option<Json>,
    page: Option<Destination>,
    quiet: bool,
}

impl Results {
    fn write(&self, found: &Backtested) -> Result<(), Failure> {
        if let Some(page) = &self.page {
            page.write(backtest_page(found).as_bytes())?;
        }
        if let Some(json) = &self.json {
            json.write(&json::backtest(found))?;
        }
        if !self.quiet && !matches!(self.json, Some(Json::Printed)) {
            print(&backtest(found, paper()))?;
        }
        Ok(())
    }
}
