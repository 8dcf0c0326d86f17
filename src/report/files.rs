//! Results as files: written beside their place and moved there, so that none is ever half there.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::json::QUANTILE_NAMES;
use super::view;
use super::{Forecasted, Swept};
use crate::decide::Grid;
use crate::forecast::{Distribution, Estimate};
use crate::scenario::Axis;

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

    /// What keeps it from being written.
    pub(super) fn unwritable(&self, reason: impl ToString) -> Unwritable {
        Unwritable::new(&self.path, reason)
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
            inert(&record.id),
            inert(view::stage_name(found.scenario, record.stage)),
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

/// What no spreadsheet takes for a formula: a text that begins with one of [`ACTIVE`] gets an apostrophe before it.
///
/// Whoever takes one apostrophe off the front of each text has what it was.
pub(super) fn inert(text: &str) -> String {
    match text.starts_with(ACTIVE) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// What begins a formula in some spreadsheet, or is skipped before one; and the apostrophe that tells that it does not.
const ACTIVE: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\'', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A number as its shortest text that reads back the same; nothing where it is undefined.
pub(super) fn number(value: Option<f64>) -> String {
    // Adding 0 turns -0 into 0.
    value.map_or(String::new(), |value| (value + 0.0).to_string())
}

/// The sd, then the quantiles.
fn spread(of: &Distribution) -> Vec<String> {
    let quantiles = of.quantiles.map(|values| values.map(Some));
    let mut cells = vec![number(of.sd)];
    cells.extend(quantiles.unwrap_or_default().map(number));
    cells
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
