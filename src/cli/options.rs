//! Options shared by commands that simulate: as typed, then as meant.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::disk::Loaded;
use super::failure::{Failure, print};
use crate::forecast::{METRICS, Metric, Plan, Precision, Views, Workers, Yardstick};
use crate::report::{ChartSize, Charts, DataFiles, Destination};
use crate::scenario::schema::nearest;
use crate::scenario::{Faults, Scenario, Stretch};
use crate::units::Window;

/// Most replications that a precision may take, unless stated.
const MAX_REPLICATIONS: u64 = 100_000;

/// What the user typed.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    pub luck: LuckOptions,

    /// Run on until the 95 % half-width is at most this share of baseline revenue: `1%`, `1% of lift`
    #[arg(long, value_name = "SHARE", help_heading = "Simulation")]
    precision: Option<Precision>,

    /// Where a run to a precision gives up: after 100,000 unless stated
    #[arg(
        long,
        value_name = "N",
        requires = "precision",
        help_heading = "Simulation"
    )]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    max_replications: Option<u64>,

    /// Tell the growth of every metric since this window, per day
    #[arg(long, value_name = "WINDOW", help_heading = "Simulation")]
    against: Option<Stretch>,

    /// Write statistics, replications, accounts and more into this directory, as CSV and Parquet
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    out: Option<PathBuf>,

    /// Add the stories of the first so many leads of each scenario's first replication to `--out`
    #[arg(long, value_name = "N", requires = "out", help_heading = "Output")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    trace_leads: Option<u32>,

    /// Write a workbook with everything, to be calculated on: Excel in one file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    xlsx: Option<PathBuf>,

    /// Write a page that tells everything, to be opened, mailed or printed: HTML in one file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    report: Option<PathBuf>,

    #[command(flatten)]
    pub output: OutputOptions,
}

impl Order {
    /// Whether an output tells how the difference of each alternative splits over its changes.
    pub fn wants_bridges(&self) -> bool {
        self.report.is_some() || self.data_files.is_some() || self.workbook.is_some()
    }
}

/// Which futures, which days of them, of which scenario, by how many threads.
#[derive(Debug, Args)]
pub(super) struct LuckOptions {
    /// How many futures, or which: `1000`, `500..1000`; else as the scenario says
    #[arg(long, value_name = "N|A..B", help_heading = "Simulation")]
    replications: Option<Numbers>,

    /// What all luck follows from; else as the scenario says
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    seed: Option<u64>,

    /// Put every doubt at its median: what is left is the luck of the process
    #[arg(long, help_heading = "Simulation")]
    certain: bool,

    /// What the result is of, in place of the whole horizon: `months 13-18`, `days 0-90`, `12 months
    /// before day 0`
    #[arg(long, value_name = "WINDOW", help_heading = "Simulation")]
    window: Option<Stretch>,

    /// Change a key of every scenario, after `extends`: `handoff.leak=0.1`
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Simulation")]
    pub set: Vec<String>,

    /// Threads, one per core unless stated; the result does not depend on them
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

/// Where a result goes.
#[derive(Debug, Args)]
pub(super) struct OutputOptions {
    /// Write everything as JSON; `-` for the standard output, in place of the report
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    json: Option<PathBuf>,

    /// Draw charts, SVG and PNG, into this directory
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    charts: Option<PathBuf>,

    /// Pixels of each chart: `1600x900`; else as its content needs
    #[arg(
        long,
        value_name = "WIDTHxHEIGHT",
        requires = "charts",
        help_heading = "Output"
    )]
    chart_size: Option<ChartSize>,

    /// No report and no progress; files and errors only
    #[arg(long, short, help_heading = "Output")]
    pub quiet: bool,
}

/// The metric of that name.
pub(super) fn named_metric(name: &str) -> Result<&'static Metric, String> {
    let names = || METRICS.iter().map(|metric| metric.name);
    Metric::named(name).ok_or_else(|| match nearest(name, names()) {
        Some(near) => format!("there is no such metric; did you mean `{near}`?"),
        None => format!(
            "there is no such metric; metrics are {}",
            names().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// Refuses a metric that means nothing for one of `scenarios`.
pub(super) fn applies<'a>(
    metric: &Metric,
    mut scenarios: impl Iterator<Item = &'a Scenario>,
) -> Result<(), Failure> {
    let lacking = scenarios.find(|scenario| !metric.applies(scenario));
    match lacking {
        None => Ok(()),
        Some(Scenario { name, .. }) => Err(Failure::Options(format!(
            "`{}` does not apply to `{name}`, which has no {}",
            metric.name,
            metric.needs()
        ))),
    }
}

/// Replications as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Numbers {
    /// The first so many.
    First(u64),
    /// Half-open.
    Range(Range<u64>),
}

/// Most replications of one run.
const MOST: u64 = 10_000_000;
/// Where a range must end: far beyond any use, and far from the end of numbers.
const LAST: u64 = 1 << 53;

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
        let numbers = match text.split_once("..") {
            None => number(text).map(Numbers::First),
            Some((start, end)) => number(start)
                .zip(number(end))
                .map(|(a, b)| Numbers::Range(a..b)),
        };
        let numbers = numbers.ok_or("write a number such as 1000, or a range such as 500..1000")?;
        let range = numbers.range();
        match range.end.saturating_sub(range.start) {
            0 => Err("that is no replication; a range ends before its end, 0..2 is 0 and 1".into()),
            n if n > MOST => Err(format!("at most {MOST} replications in one run")),
            _ if range.end > LAST => Err(format!("replications are numbered up to {LAST}")),
            _ => Ok(numbers),
        }
    }
}

impl Numbers {
    fn range(&self) -> Range<u64> {
        match self {
            Numbers::First(n) => 0..*n,
            Numbers::Range(range) => range.clone(),
        }
    }
}

/// What the user means: resolved against the baseline, outputs found writable.
#[derive(Debug)]
pub(super) struct Order {
    pub plan: Plan,
    /// A precision and the most replications that it may take.
    pub precision: Option<(Precision, u64)>,
    pub workers: Workers,
    pub json: Option<Json>,
    pub data_files: Option<DataFiles>,
    /// Of how many leads the data files tell the story.
    pub trace_leads: Option<u32>,
    pub workbook: Option<Destination>,
    pub charts: Option<Charts>,
    pub report: Option<Destination>,
    /// Arguments that changed every scenario.
    pub sets: Vec<String>,
    /// No report on the terminal.
    pub quiet: bool,
    /// No progress bar and no closing line either.
    pub silent: bool,
}

/// Where the JSON goes.
#[derive(Debug)]
pub(super) enum Json {
    Printed,
    File(Destination),
}

impl Options {
    /// Resolves the options for `loaded`, the first of which is the baseline.
    ///
    /// # Errors
    /// If options contradict each other, a window is not simulated, or an output cannot be written
    /// or would replace an input.
    pub fn resolve(self, loaded: &[Loaded]) -> Result<Order, Failure> {
        let scenarios: Vec<&Scenario> = loaded.iter().map(|loaded| &loaded.scenario).collect();
        let precision = self.checked_precision(scenarios.len() - 1)?;
        let plan = self.luck.plan(&scenarios, self.against)?;
        let json = self.output.json(loaded)?;
        Ok(Order {
            plan,
            precision,
            workers: self.luck.workers(),
            quiet: self.output.quiet || matches!(json, Some(Json::Printed)),
            silent: self.output.quiet,
            json,
            report: self
                .report
                .as_deref()
                .map(|path| destination("--report", path, loaded))
                .transpose()?,
            workbook: self
                .xlsx
                .as_deref()
                .map(|path| destination("--xlsx", path, loaded))
                .transpose()?,
            data_files: self.out.as_deref().map(DataFiles::claim).transpose()?,
            trace_leads: self.trace_leads,
            charts: self.output.charts()?,
            sets: self.luck.set,
        })
    }

    fn checked_precision(
        &self,
        n_alternatives: usize,
    ) -> Result<Option<(Precision, u64)>, Failure> {
        let Some(precision) = self.precision else {
            return Ok(None);
        };
        let refuse = |text: &str| Err(Failure::Options(text.to_owned()));
        if matches!(self.luck.replications, Some(Numbers::Range(_))) {
            return refuse(
                "--precision decides how many replications to run, so it takes no range; \
                 write --replications N for the first look",
            );
        }
        if n_alternatives == 0 && precision.of == Yardstick::Lift {
            return refuse("`run` has no lift; write --precision 1%, or use `compare`");
        }
        Ok(Some((
            precision,
            self.max_replications.unwrap_or(MAX_REPLICATIONS),
        )))
    }
}

/// A path that is the name of a file: a dash means the standard output, which only JSON is written to.
///
/// # Errors
/// If it is that dash.
pub(super) fn named<'a>(option: &str, path: &'a Path) -> Result<&'a Path, Failure> {
    match path.as_os_str() == "-" {
        true => Err(Failure::Options(format!(
            "{option} takes the name of a file; only --json writes to the standard output"
        ))),
        false => Ok(path),
    }
}

/// A place for a result at `path`, as `option` says, found writable.
///
/// # Errors
/// If it cannot be written there, or would replace a file that `loaded` was read from.
pub(super) fn destination(
    option: &str,
    path: &Path,
    loaded: &[Loaded],
) -> Result<Destination, Failure> {
    let path = named(option, path)?;
    let real = fs::canonicalize(path);
    let is_input = |real| loaded.iter().any(|loaded| loaded.files.contains(&real));
    match real.is_ok_and(is_input) {
        true => Err(Failure::Options(format!(
            "{option} {} would replace a file that the scenario is read from; name another",
            path.display()
        ))),
        false => Ok(Destination::check(path)?),
    }
}

/// The windows that are meant, which every scenario must simulate; all have the same start.
///
/// # Errors
/// Each scenario and window for which that is not so.
fn views(
    scenarios: &[&Scenario],
    window: Option<Stretch>,
    against: Option<Stretch>,
) -> Result<Views, Faults> {
    let mut faults = Vec::new();
    let mut days_of = |stretch: Stretch| -> Option<Window> {
        let days: Vec<Window> = scenarios
            .iter()
            .map(|scenario| scenario.window(stretch))
            .filter_map(|window| window.map_err(|fault| faults.push(Faults::one(fault))).ok())
            .collect();
        days.first().copied()
    };
    let views = Views {
        window: window.and_then(&mut days_of),
        against: against.and_then(&mut days_of),
    };
    Faults::join(faults).map_or(Ok(views), Err)
}

impl Json {
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        match self {
            Json::File(destination) => Ok(destination.write(text.as_bytes())?),
            Json::Printed => print(text),
        }
    }
}

impl LuckOptions {
    /// Seed and replications are the baseline's, the first of `scenarios`, unless stated.
    ///
    /// # Errors
    /// Each scenario and window that it does not simulate.
    pub fn plan(&self, scenarios: &[&Scenario], against: Option<Stretch>) -> Result<Plan, Failure> {
        let baseline = scenarios[0];
        Ok(Plan {
            seed: self.seed.unwrap_or(baseline.seed),
            range: match &self.replications {
                Some(numbers) => numbers.range(),
                None => 0..u64::from(baseline.replications),
            },
            certain: self.certain,
            views: views(scenarios, self.window, against)?,
        })
    }

    pub fn workers(&self) -> Workers {
        Workers::new(self.threads.map(usize::from))
    }
}

impl OutputOptions {
    /// Where the JSON goes, found writable.
    ///
    /// # Errors
    /// If it cannot be written there, or would replace a file that `loaded` was read from.
    pub fn json(&self, loaded: &[Loaded]) -> Result<Option<Json>, Failure> {
        Ok(match &self.json {
            None => None,
            Some(path) if path.as_os_str() == "-" => Some(Json::Printed),
            Some(path) => Some(Json::File(destination("--json", path, loaded)?)),
        })
    }

    /// Where the charts go, found writable.
    pub fn charts(&self) -> Result<Option<Charts>, Failure> {
        let claim = |path: &Path| Charts::claim(path, self.chart_size);
        Ok(self.charts.as_deref().map(claim).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replications_are_a_number_or_a_range() {
        assert_eq!("1_000".parse(), Ok(Numbers::First(1000)));
        assert_eq!("500..1000".parse(), Ok(Numbers::Range(500..1000)));
        for wrong in [
            "",
            "0",
            "-3",
            "5..5",
            "9..3",
            "..4",
            "1e3",
            "99999999999",
            "18446744073709551613..18446744073709551615",
        ] {
            assert!(wrong.parse::<Numbers>().is_err(), "{wrong}");
        }
    }
}
