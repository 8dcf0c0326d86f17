//! `funnelcast forecast HISTORY`

use std::path::PathBuf;

use clap::Args;
use jiff::ToSpan;

use super::Outcome;
use super::disk::{Loaded, load};
use super::failure::{Failure, print, tell};
use super::options::Json;
use super::paper::paper;
use super::past::{FuturesOptions, Horizons, PastOptions, Places};
use super::progress::Progress;
use super::simulate::{effort_of, interrupted};
use crate::forecast::{OpenRecords, Plan, Watch, Workers, open_records};
use crate::history::calendar::date_of;
use crate::history::{
    Backtest, Calibrated, Draft, Fit, Futures, History, Settings, Untestable, day_by_day,
};
use crate::report::{Destination, Forecasted, forecast_page, json, outlook, records_csv};
use crate::scenario::Scenario;

/// Futures unless stated.
const REPLICATIONS: u64 = 1000;
/// The back-test beside the forecast.
const ORIGINS: usize = 8;
const TEST_REPLICATIONS: u64 = 200;

/// Forecast wins and revenue of the days after a history, beside how good such forecasts were
///
/// Fits the history, runs its open pipeline and its arrivals on, and makes the same forecast on days of
/// the past, where what came is known: the width of today's intervals is set right by those errors.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast forecast history.parquet --horizons 30,90 --records open.csv"
)]
pub(super) struct Forecast {
    #[command(flatten)]
    past: PastOptions,

    /// Run this scenario, of a `fit` of the same day, in place of a new fit
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,

    /// Days ahead
    #[arg(long, value_name = "DAYS", default_value = "30,60,90")]
    horizons: Horizons,

    #[command(flatten)]
    futures: FuturesOptions,

    /// Write everything as JSON; `-` for the standard output, in place of the report
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,

    /// Write a page that tells everything, to be opened, mailed or printed: HTML in one file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Option<PathBuf>,

    /// Write what becomes of each open record as CSV
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    records: Option<PathBuf>,

    /// No report and no progress; files and errors only
    #[arg(long, short, help_heading = "Output")]
    quiet: bool,
}

impl Forecast {
    pub fn run(self) -> Result<Outcome, Failure> {
        let loaded = self.loaded()?;
        let mut places = Places::beside(
            loaded
                .iter()
                .flat_map(|loaded| loaded.files.iter().cloned())
                .chain([self.past.path().to_owned()]),
        );
        let json = places.json(self.json.as_deref())?;
        let records = places.maybe("--records", self.records.as_deref())?;
        let report = places.maybe("--report", self.report.as_deref())?;
        let replications = self.futures.replications(REPLICATIONS);
        let n_tested = ORIGINS as u64 * TEST_REPLICATIONS;
        let progress = Progress::of(self.quiet, 2 * replications + n_tested);
        let history = self.past.read()?;
        let is_fit = loaded.is_none();
        let scenario = match loaded {
            Some(loaded) => of_the_same_day(loaded.scenario, &history)?,
            None => self.fitted(&history)?,
        };
        let plan = Plan {
            seed: self.futures.seed(),
            range: 0..replications,
            ..Plan::default()
        };
        let run = Run {
            horizons: &self.horizons,
            scenario: &scenario,
            plan: &plan,
            workers: &self.futures.workers(),
            progress: &progress,
        };
        let (futures, open) = run.futures()?;
        let backtest = run.backtest(&history)?;
        let applied = is_fit.then_some(&backtest);
        let calibrated = Calibrated::new(&history, &futures, &self.horizons.0, applied);
        let (leads, time) = progress.finish();
        let found = Forecasted {
            history: &history,
            scenario: &scenario,
            calibrated: &calibrated,
            open: &open,
            backtest: &backtest,
            is_fit,
            plan: &plan,
        };
        Results {
            json,
            records,
            report,
            quiet: self.quiet,
        }
        .write(&found)?;
        if !self.quiet {
            let runs = format!("{} replications", futures.len());
            tell(&effort_of(&runs, leads, time.as_secs_f64()));
        }
        match progress.cancelled() {
            true => Ok(interrupted(&(0..futures.len() as u64), &plan)),
            false => Ok(Outcome::Done),
        }
    }

    fn loaded(&self) -> Result<Option<Loaded>, Failure> {
        let sets = day_by_day(self.horizons.longest());
        let loaded = self.scenario.iter().cloned().collect::<Vec<_>>();
        Ok(load(&loaded, &sets)?.pop())
    }

    fn fitted(&self, history: &History) -> Result<Scenario, Failure> {
        let draft = Fit::new(history)?.draft(Draft::PIPELINE);
        Ok(draft.scenario(self.horizons.longest())?)
    }
}

/// The scenario, which must begin on the day after the history.
fn of_the_same_day(scenario: Scenario, history: &History) -> Result<Scenario, Failure> {
    let last = date_of(history.about.as_of);
    let due = last.saturating_add(1.day());
    match scenario.start == due {
        true => Ok(scenario),
        false => Err(Failure::Options(format!(
            "the scenario starts on {}, and the history ends on {last}: a scenario of this day starts on {due}\n  \
             = help: `funnelcast fit` with the same --as-of writes it",
            scenario.start
        ))),
    }
}

/// What is run.
struct Run<'a> {
    horizons: &'a Horizons,
    scenario: &'a Scenario,
    plan: &'a Plan,
    workers: &'a Workers,
    progress: &'a Progress,
}

impl Run<'_> {
    fn futures(&self) -> Result<(Futures, OpenRecords), Failure> {
        let Run {
            scenario,
            plan,
            workers,
            progress,
            ..
        } = *self;
        let futures = Futures::run(scenario, plan, workers, progress)?;
        if futures.is_empty() {
            return Err(Failure::Interrupted);
        }
        let days: Vec<f64> = self.horizons.0.iter().map(|&days| days as f64).collect();
        let open = open_records(scenario, plan, &days, workers, progress)?;
        Ok((futures, open))
    }

    /// How good such forecasts were; without a single window where it was interrupted.
    fn backtest(&self, history: &History) -> Result<Backtest, Untestable> {
        let settings = Settings {
            horizons: self.horizons.0.clone(),
            origins: ORIGINS,
            seed: self.plan.seed,
            replications: TEST_REPLICATIONS,
        };
        Backtest::run(history, &settings, self.workers, self.progress)
    }
}

/// Where the results go.
struct Results {
    json: Option<Json>,
    records: Option<Destination>,
    report: Option<Destination>,
    quiet: bool,
}

impl Results {
    fn write(&self, found: &Forecasted) -> Result<(), Failure> {
        if let Some(records) = &self.records {
            records.write(&records_csv(found))?;
        }
        if let Some(report) = &self.report {
            report.write(forecast_page(found).as_bytes())?;
        }
        if let Some(json) = &self.json {
            json.write(&json::forecast(found))?;
        }
        if !self.quiet && !matches!(self.json, Some(Json::Printed)) {
            print(&outlook(found, paper()))?;
        }
        Ok(())
    }
}
