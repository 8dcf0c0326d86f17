//! Results as files: written beside their place and moved there, so that none is ever half there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::json::QUANTILE_NAMES;
use super::view;
use super::{Findings, Forecasted, Swept};
use crate::decide::Grid;
use crate::forecast::{
    Account, Amounts, Balance, Case, Columns, Distribution, Estimate, Item, METRICS, Metric,
    MetricForecast, PeriodForecast, Plan, Records, Span, accounts_of, balances, draw_of,
};
use crate::scenario::{Axis, ReasonKind, Scenario};
use crate::units::Window;

/// Statistics by period.
const PERIODS: &str = "periods.csv";
/// Every account of the books by period.
const ACCOUNTS: &str = "accounts.csv";
/// One row per replication and scenario.
const REPLICATIONS: &str = "replications.csv";
/// The same with every doubt at its median.
const REPLICATIONS_MEDIAN: &str = "replications_median.csv";
/// Why leads came to nothing, where a scenario states reasons.
const REASONS: &str = "reasons.csv";
/// Customers by period of winning, where any are followed.
const CUSTOMERS: &str = "customers.csv";
/// How every [`PERIODS`] of ours begins.
const MARK: &str = "scenario,start_day,end_day,start_date,metric,";

/// What keeps a result from being written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {reason}", path.display())]
pub struct Unwritable {
    path: PathBuf,
    reason: String,
}

impl Unwritable {
    /// `path` cannot be written for `reason`.
    pub(super) fn new(path: &Path, reason: impl ToString) -> Unwritable {
        Unwritable {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// A file that is not there yet, found writable before the work begins.
#[derive(Debug)]
pub struct Destination {
    path: PathBuf,
}

impl Destination {
    /// Tries whether a file can be written at `path`, and leaves nothing behind.
    ///
    /// # Errors
    /// If it cannot.
    pub fn check(path: &Path) -> Result<Destination, Unwritable> {
        // A link is followed, so that it stays one.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let destination = Destination { path };
        let path = &destination.path;
        if path.is_dir() {
            return Err(Unwritable::new(path, "it is a directory"));
        }
        let probe = if destination.is_special() {
            File::options().write(true).open(path).map(drop)
        } else {
            let beside = beside(path);
            File::create(&beside).and_then(|_| fs::remove_file(&beside))
        };
        probe.map_err(|error| Unwritable::new(path, error))?;
        Ok(destination)
    }

    /// A device or a pipe: written as it is.
    fn is_special(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file())
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// If it cannot be written; then what stood there before still stands there.
    pub fn write(&self, content: &[u8]) -> Result<(), Unwritable> {
        let write = || {
            if self.is_special() {
                return File::options()
                    .write(true)
                    .open(&self.path)?
                    .write_all(content);
            }
            let mut files = Batch::default();
            files.add(&self.path, |file| file.write_all(content))?;
            files.commit()
        };
        write().map_err(|error| Unwritable::new(&self.path, error))
    }
}

/// Writes files that appear together.
///
/// # Errors
/// If any cannot be written; then what stood there before still stands there.
pub fn write_all(files: &[(&Destination, &[u8])]) -> Result<(), Unwritable> {
    let mut batch = Batch::default();
    for (destination, content) in files {
        let path = &destination.path;
        match destination.is_special() {
            true => destination.write(content)?,
            false => batch
                .add(path, |file| file.write_all(content))
                .map_err(|error| Unwritable::new(path, error))?,
        }
    }
    let written = batch.commit();
    let first = files.first().map(|(destination, _)| &*destination.path);
    written.map_err(|error| Unwritable::new(first.unwrap_or(Path::new("")), error))
}

/// Where a file grows until it is whole: in the same directory, so that it can be moved.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{}.{name}", std::process::id()))
}

/// Files that appear together; none if any fails.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Where each grows and where it belongs.
    grown: Vec<(PathBuf, PathBuf)>,
}

impl Batch {
    /// Writes what will be the file at `path`.
    pub(super) fn add(
        &mut self,
        path: &Path,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> io::Result<()> {
        let beside = self.grow(path);
        let mut file = BufWriter::new(File::create(beside)?);
        write(&mut file)?;
        file.flush()
    }

    /// Where to write what will be the file at `path`.
    pub(super) fn grow(&mut self, path: &Path) -> PathBuf {
        let beside = beside(path);
        self.grown.push((beside.clone(), path.to_owned()));
        beside
    }

    /// Moves every file to its place.
    pub(super) fn commit(mut self) -> io::Result<()> {
        for (beside, path) in self.grown.drain(..) {
            fs::rename(&beside, &path)?;
        }
        Ok(())
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for (beside, _) in &self.grown {
            // It may never have been made.
            let _ = fs::remove_file(beside);
        }
    }
}

/// A directory for output: one that was made for it is removed again if nothing came into it.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) path: PathBuf,
    /// Whether it was not there before.
    made: bool,
}

impl Room {
    /// The directory at `path`, made if it is not there, found writable.
    pub(super) fn open(path: &Path) -> Result<Room, Unwritable> {
        let unwritable = |error: io::Error| Unwritable::new(path, error);
        if path.exists() && !path.is_dir() {
            return Err(Unwritable::new(path, "it is not a directory"));
        }
        let made = !path.exists();
        fs::create_dir_all(path).map_err(unwritable)?;
        let room = Room {
            path: path.to_owned(),
            made,
        };
        let probe = beside(&path.join("probe"));
        let tried = File::create(&probe).and_then(|_| fs::remove_file(&probe));
        tried.map_err(unwritable)?;
        Ok(room)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.made {
            // Only an empty directory can be removed in this way.
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// The directory of the data files.
#[derive(Debug)]
pub struct DataFiles {
    room: Room,
}

impl DataFiles {
    /// Claims the directory at `path` before the work begins.
    ///
    /// # Errors
    /// If it cannot be written, or holds files but no earlier output.
    pub fn claim(path: &Path) -> Result<DataFiles, Unwritable> {
        let room = Room::open(path)?;
        let unwritable = |error: io::Error| Unwritable::new(path, error);
        let empty = fs::read_dir(path).map_err(unwritable)?.next().is_none();
        if !empty && !holds_our_output(path) {
            let reason =
                "the directory holds files that are no earlier output; name a new or empty one";
            return Err(Unwritable::new(path, reason));
        }
        Ok(DataFiles { room })
    }

    /// Writes all files, in place of those of an earlier run.
    ///
    /// # Errors
    /// If any cannot be written; those of an earlier run then still stand.
    pub fn write(&self, findings: &Findings) -> Result<(), Unwritable> {
        let directory = &self.room.path;
        let rows = Rows::new(findings);
        let write = || {
            let mut files = Batch::default();
            files.add(&directory.join(PERIODS), |file| periods(findings, file))?;
            files.add(&directory.join(ACCOUNTS), |file| accounts(findings, file))?;
            files.add(&directory.join(REPLICATIONS), |file| {
                rows.write(file, Runs::Drawn)
            })?;
            let customers = directory.join(CUSTOMERS);
            if findings.cases.iter().any(|case| case.customers().is_some()) {
                files.add(&customers, |file| write_customers(findings, file))?;
            } else if customers.exists() {
                fs::remove_file(&customers)?;
            }
            let median = directory.join(REPLICATIONS_MEDIAN);
            if findings
                .cases
                .iter()
                .any(|case| case.replications.in_doubt())
            {
                files.add(&median, |file| rows.write(file, Runs::AtMedian))?;
            } else if median.exists() {
                fs::remove_file(&median)?;
            }
            let why = directory.join(REASONS);
            if !rows.reasons.is_empty() {
                files.add(&why, |file| reasons(findings, file))?;
            } else if why.exists() {
                fs::remove_file(&why)?;
            }
            files.commit()
        };
        write().map_err(|error| Unwritable::new(directory, error))
    }
}

/// Why leads came to nothing, from day 0 to the horizon.
fn reasons(findings: &Findings, file: &mut BufWriter<File>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record([
        "scenario",
        "kind",
        "reason",
        "mean",
        "standard_error",
        "share",
    ])?;
    for (case, forecast) in findings.cases.iter().zip(&findings.study.forecasts) {
        for of in &forecast.reasons {
            let [mean, standard_error] = mean_and_error(Some(&of.mean));
            let share = number(of.share);
            let (kind, reason) = (of.kind.name(), &of.reason[..]);
            let scenario = &case.scenario.name;
            csv.write_record([scenario, kind, reason, &mean, &standard_error, &share])?;
        }
    }
    csv.flush()
}

/// The open records of a forecast as CSV: where each stands, and how likely it is won by when.
pub fn records_csv(found: &Forecasted) -> Vec<u8> {
    let horizons = found.calibrated.outlook.horizons.iter();
    let within: Vec<usize> = horizons.map(|window| window.days).collect();
    let mut csv = csv::Writer::from_writer(Vec::new());
    let header = ["id", "stage", "age_days"].map(str::to_owned).into_iter();
    let header = header.chain(within.iter().map(|days| format!("won_within_{days}_days")));
    let header = header.chain(["won", "expected_close_date"].map(str::to_owned));
    // Writing into memory cannot fail.
    let _ = csv.write_record(header);
    for (record, of) in found.scenario.pipeline.iter().zip(&found.open.records) {
        let row = [
            record.id.clone(),
            view::stage_name(found.scenario, record.stage).to_owned(),
            number(record.age_days),
        ];
        let row = row.into_iter();
        let row = row.chain(of.won_within.iter().map(|&share| number(Some(share))));
        let close = of.median_close_day;
        let close = close.map(|day| view::date(found.scenario.start, day as i32).to_string());
        let row = row.chain([number(Some(of.won)), close.unwrap_or_default()]);
        let _ = csv.write_record(row);
    }
    csv.into_inner().unwrap_or_default()
}

fn holds_our_output(directory: &Path) -> bool {
    fs::read(directory.join(PERIODS)).is_ok_and(|content| content.starts_with(MARK.as_bytes()))
}

/// A number as its shortest text that reads back the same; nothing where it is undefined.
fn number(value: Option<f64>) -> String {
    // Adding 0 turns -0 into 0.
    value.map_or(String::new(), |value| (value + 0.0).to_string())
}

fn periods(findings: &Findings, file: &mut BufWriter<File>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    let process = QUANTILE_NAMES.iter().map(|name| format!("process_{name}"));
    let header = MARK.trim_end_matches(',').split(',').map(str::to_owned);
    let header = header.chain(["mean", "standard_error", "sd"].map(str::to_owned));
    let header = header.chain(QUANTILE_NAMES.map(str::to_owned));
    let header = header.chain(["process_share", "process_sd"].map(str::to_owned));
    let header = header.chain(process);
    csv.write_record(header.chain(["open_share", "immature"].map(str::to_owned)))?;
    for (case, forecast) in findings.cases.iter().zip(&findings.study.forecasts) {
        for period in forecast.warm_up_periods.iter().chain(&forecast.periods) {
            for (metric, of) in METRICS.iter().zip(&period.metrics) {
                csv.write_record(period_row(case, period, metric, of))?;
            }
        }
    }
    csv.flush()
}

/// A row for each account in each period, but for those that never hold anything.
fn accounts(findings: &Findings, file: &mut BufWriter<File>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record([
        "scenario",
        "start_day",
        "end_day",
        "start_date",
        "account",
        "name",
        "channel",
        "segment",
        "mean",
        "standard_error",
        "sd",
    ])?;
    for case in findings.cases {
        let Scenario {
            warm_up_periods,
            periods,
            ..
        } = &case.scenario;
        let periods: Vec<&Window> = warm_up_periods.iter().chain(periods).collect();
        let balances: Vec<Vec<Balance>> = (0..periods.len())
            .map(|period| balances(*case, Span::Tally(period)))
            .collect();
        let accounts = accounts_of(case.scenario);
        let holds = |account: usize| {
            let mut of = balances.iter().map(|period| period[account].estimate.mean);
            of.any(|mean| mean != Some(0.0))
        };
        let held: Vec<usize> = (0..accounts.len())
            .filter(|&account| holds(account))
            .collect();
        for (window, balances) in periods.iter().zip(&balances) {
            for &account in &held {
                let row = account_row(case, window, &accounts[account], &balances[account]);
                csv.write_record(row)?;
            }
        }
    }
    csv.flush()
}

fn write_customers(findings: &Findings, file: &mut BufWriter<File>) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record([
        "scenario",
        "won_start_day",
        "won_end_day",
        "won_start_date",
        "end_day",
        "customers",
        "annual_contract_value",
    ])?;
    for case in findings.cases {
        for of in case.customers().into_iter().flatten() {
            let won = |cell: fn(Window) -> i32| of.won_in.map(cell);
            let text = |day: Option<i32>| day.map_or(String::new(), |day| day.to_string());
            let start = won(|window| window.start_day);
            let date = start.map(|day| view::date(case.scenario.start, day).to_string());
            csv.write_record([
                case.scenario.name.clone(),
                text(start),
                text(won(|window| window.end_day)),
                date.unwrap_or_default(),
                of.period.end_day.to_string(),
                number(Some(of.customers)),
                number(Some(of.annual_value)),
            ])?;
        }
    }
    csv.flush()
}

fn account_row(case: &Case, window: &Window, account: &Account, balance: &Balance) -> [String; 11] {
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    let start = case.scenario.start;
    [
        case.scenario.name.clone(),
        window.start_day.to_string(),
        window.end_day.to_string(),
        view::date(start, window.start_day).to_string(),
        account.kind.name().to_owned(),
        name(&account.name),
        name(&account.channel),
        name(&account.segment),
        number(balance.estimate.mean),
        number(balance.estimate.standard_error),
        number(balance.sd),
    ]
}

fn period_row(
    case: &Case,
    period: &PeriodForecast,
    metric: &Metric,
    of: &MetricForecast,
) -> Vec<String> {
    let window = period.window;
    let mut row = vec![
        case.scenario.name.clone(),
        window.start_day.to_string(),
        window.end_day.to_string(),
        view::date(case.scenario.start, window.start_day).to_string(),
        metric.name.to_owned(),
        number(of.estimate.mean),
        number(of.estimate.standard_error),
    ];
    row.extend(spread(&of.distribution));
    row.push(number(of.process_share));
    row.extend(spread(&of.process));
    row.push(number(of.open_share));
    row.push(of.immature().map_or(String::new(), |is| is.to_string()));
    row
}

/// The sd, then the quantiles.
fn spread(of: &Distribution) -> Vec<String> {
    let quantiles = of.quantiles.map(|values| values.map(Some));
    let mut cells = vec![number(of.sd)];
    cells.extend(quantiles.unwrap_or_default().map(number));
    cells
}

/// Which runs a file of replications tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    /// Each with the parameters of its draw.
    Drawn,
    /// With every doubt at its median.
    AtMedian,
}

impl Runs {
    /// What is kept of them. None where there were no such runs.
    fn records<'a>(self, case: &Case<'a>) -> Option<&'a Records> {
        match self {
            Runs::Drawn => Some(case.replications.records()),
            Runs::AtMedian => case.replications.median(),
        }
    }

    /// What they had in the window that the forecast is of.
    fn columns<'a>(self, case: &Case<'a>) -> Option<Columns<'a>> {
        self.records(case)
            .map(|records| records.columns(case.span()))
    }
}

/// What `replications.csv` has in each row.
struct Rows<'a> {
    findings: &'a Findings<'a>,
    /// Metrics that are more than one of the counts and sums.
    composed: Vec<&'static Metric>,
    /// Every number in doubt in any scenario, in order of first appearance.
    doubts: Vec<String>,
    /// Every reason of any scenario, likewise.
    reasons: Vec<(ReasonKind, &'a str)>,
}

impl<'a> Rows<'a> {
    fn new(findings: &'a Findings<'a>) -> Self {
        let doubts = distinct(findings.cases.iter().flat_map(doubts_of));
        let reasons = distinct(findings.cases.iter().flat_map(reasons_of));
        let composed = METRICS
            .iter()
            .filter(|metric| metric.formula.item().is_none());
        Rows {
            findings,
            composed: composed.collect(),
            doubts,
            reasons,
        }
    }

    fn header(&self) -> impl Iterator<Item = String> {
        let ids = ["replication", "scenario"].into_iter();
        let composed = self.composed.iter().map(|metric| metric.name);
        let names = ids.chain(Item::names()).chain(composed).map(str::to_owned);
        let reasons = self.reasons.iter();
        names
            .chain(reasons.map(|(kind, reason)| format!("{}:{reason}", kind.name())))
            .chain(self.doubts.iter().map(|path| format!("draw:{path}")))
    }

    fn write(&self, file: &mut BufWriter<File>, runs: Runs) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(file);
        csv.write_record(self.header())?;
        let cases = self.findings.cases.iter();
        let cases = cases.filter_map(|case| Some((case, runs.columns(case)?)));
        let cases: Vec<(&Case, Columns)> = cases.collect();
        for replication in self.findings.cases[0].replications.range() {
            for (case, columns) in &cases {
                let range = case.replications.range();
                if range.contains(&replication) {
                    let amounts = columns.amounts((replication - range.start) as usize);
                    csv.write_record(self.row(case, replication, &amounts, runs))?;
                }
            }
        }
        csv.flush()
    }

    fn row(&self, case: &Case, replication: u64, amounts: &Amounts, runs: Runs) -> Vec<String> {
        let composed = self.composed.iter().map(|metric| {
            let applies = metric.applies(case.scenario);
            number(applies.then(|| metric.formula.value(amounts)).flatten())
        });
        let mut row = vec![replication.to_string(), case.scenario.name.clone()];
        row.extend(amounts.values().iter().map(|&value| number(Some(value))));
        row.extend(composed);
        row.extend(self.reasons(case, replication, runs));
        row.extend(self.draws(case, replication, runs));
        row
    }

    /// One cell per reason; empty where the scenario does not state it.
    fn reasons(&self, case: &Case, replication: u64, runs: Runs) -> Vec<String> {
        let row = (replication - case.replications.range().start) as usize;
        let records = runs.records(case);
        let cell = |reason: &(ReasonKind, &str)| {
            let index = reasons_of(case).position(|own| own == *reason);
            let counts = index.zip(records);
            counts.map_or(String::new(), |(index, records)| {
                records.reason(index, row).to_string()
            })
        };
        self.reasons.iter().map(cell).collect()
    }

    /// One cell per doubt; empty where the scenario has no such doubt.
    fn draws(&self, case: &Case, replication: u64, runs: Runs) -> Vec<String> {
        let plan = Plan {
            certain: self.findings.plan.certain || runs == Runs::AtMedian,
            ..self.findings.plan.clone()
        };
        let draw = draw_of(case.scenario, &plan, replication);
        let own: Vec<(String, f64)> = doubts_of(case).zip(draw).collect();
        let cell = |path: &String| {
            let value = own.iter().find(|(name, _)| name == path);
            number(value.map(|(_, value)| *value))
        };
        self.doubts.iter().map(cell).collect()
    }
}

/// A sweep as CSV: a row per point and metric, in order.
pub fn sweep_csv(swept: &Swept) -> Vec<u8> {
    let Swept { grid, sweep, .. } = swept;
    let mut rows = vec![sweep_header(grid)];
    for (index, point) in sweep.points.iter().enumerate() {
        let places = grid.axes().iter().zip(grid.places(index));
        let values: Vec<String> = places.map(|(axis, place)| axis.value(place)).collect();
        for (metric, answer) in sweep.metrics.iter().zip(&point.answers) {
            let mut row = values.clone();
            row.push(metric.name.to_owned());
            row.extend(mean_and_error(Some(&answer.estimate)));
            row.extend(spread(&answer.distribution));
            row.extend(mean_and_error(Some(&answer.above_baseline)));
            for marginal in &answer.marginals {
                row.extend(mean_and_error(marginal.as_ref().map(|of| &of.step)));
                let per_unit = marginal.as_ref().and_then(|of| of.per_unit.as_ref());
                row.extend(mean_and_error(per_unit));
            }
            row.push(number(point.probability_best));
            rows.push(row);
        }
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| csv.write_record(row));
    written.expect("memory takes what is written, and all rows have the same cells");
    csv.into_inner().expect("memory takes what is written")
}

fn sweep_header(grid: &Grid) -> Vec<String> {
    let keys = grid.axes().iter().map(Axis::name);
    let fixed = ["metric", "mean", "standard_error", "sd"].into_iter();
    let fixed = fixed.chain(QUANTILE_NAMES);
    let fixed = fixed.chain(["from_baseline", "from_baseline_standard_error"]);
    let marginals = grid.axes().iter().flat_map(|axis| {
        let name = axis.name();
        let ends = ["", "_standard_error"];
        let of = move |what: &str| ends.map(|end| format!("{what}:{name}{end}"));
        of("step").into_iter().chain(of("per_unit"))
    });
    let header = keys.chain(fixed.map(str::to_owned)).chain(marginals);
    header.chain(["probability_best".to_owned()]).collect()
}

fn mean_and_error(estimate: Option<&Estimate>) -> [String; 2] {
    [
        number(estimate.and_then(|of| of.mean)),
        number(estimate.and_then(|of| of.standard_error)),
    ]
}

/// Each of `names` once, in order of first appearance.
pub(super) fn distinct<T: PartialEq>(names: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// A scenario's reasons, in order.
fn reasons_of<'a>(case: &Case<'a>) -> impl Iterator<Item = (ReasonKind, &'a str)> + use<'a> {
    let scenario = case.scenario;
    scenario.process.reasons()
}

/// Names of a scenario's doubts, in order; those of the past are told apart from today's.
fn doubts_of<'a>(case: &Case<'a>) -> impl Iterator<Item = String> + use<'a> {
    let scenario = case.scenario;
    scenario.doubts.iter().map(|doubt| {
        let of = if doubt.of_past { "past." } else { "" };
        format!("{of}{}", doubt.path)
    })
}
