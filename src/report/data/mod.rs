//! What `--out` writes: tables, each as CSV and as Parquet, and a dictionary of all their columns.
//!
//! A table is described once ([`table`]); both formats and the dictionary follow from that.

mod accounts;
mod as_csv;
mod as_parquet;
mod bridge;
mod customers;
mod dictionary;
mod periods;
mod reasons;
mod replications;
mod table;
mod traces;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use as_csv::Csv;
use as_parquet::Parquet;
use dictionary::Entry;
use replications::Runs;
use table::Table;

use super::Findings;
use super::files::{Batch, Room, Unwritable};

/// Every table that may be written, in the order of the dictionary.
const TABLES: [&str; 8] = [
    PERIODS,
    ACCOUNTS,
    REPLICATIONS,
    REPLICATIONS_MEDIAN,
    REASONS,
    CUSTOMERS,
    BRIDGE,
    TRACES,
];
/// Statistics by period.
const PERIODS: &str = "periods";
/// Every account of the books by period.
const ACCOUNTS: &str = "accounts";
/// One row per replication and scenario.
const REPLICATIONS: &str = "replications";
/// The same with every doubt at its median.
const REPLICATIONS_MEDIAN: &str = "replications_median";
/// Why leads came to nothing, where a scenario states reasons.
const REASONS: &str = "reasons";
/// Customers by period of winning, where any are followed.
const CUSTOMERS: &str = "customers";
/// How the difference of each alternative splits over its changes, where it does.
const BRIDGE: &str = "bridge";
/// The stories of single leads, where they are asked for.
const TRACES: &str = "traces";
/// Ends of file names, by format.
const FORMATS: [&str; 2] = ["csv", "parquet"];
/// Every column of every file.
const DICTIONARY: &str = "dictionary.csv";
/// How the CSV of every [`PERIODS`] of ours begins.
const MARK: &str = "scenario,start_day,end_day,start_date,metric,";

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
        let written = write(tables(findings), directory);
        written.map_err(|error| Unwritable::new(directory, error))
    }
}

fn holds_our_output(directory: &Path) -> bool {
    let periods = file_name(PERIODS, FORMATS[0]);
    fs::read(directory.join(periods)).is_ok_and(|content| content.starts_with(MARK.as_bytes()))
}

fn file_name(table: &str, format: &str) -> String {
    format!("{table}.{format}")
}

/// The tables that there is anything to tell in.
fn tables<'a>(findings: &'a Findings<'a>) -> Vec<Table<'a>> {
    let mut tables = vec![periods::table(findings), accounts::table(findings)];
    tables.push(replications::table(findings, Runs::Drawn));
    let cases = || findings.cases.iter();
    if cases().any(|case| case.replications.in_doubt()) {
        tables.push(replications::table(findings, Runs::AtMedian));
    }
    if cases().any(|case| case.scenario.process.reasons().next().is_some()) {
        tables.push(reasons::table(findings));
    }
    if cases().any(|case| case.customers().is_some()) {
        tables.push(customers::table(findings));
    }
    tables.extend(bridge::table(findings));
    if !findings.stories.is_empty() {
        tables.push(traces::table(findings));
    }
    tables
}

/// Writes `tables` and their dictionary into `directory`; all files appear together, and what an earlier run
/// wrote beside them is gone.
fn write(tables: Vec<Table>, directory: &Path) -> io::Result<()> {
    let mut files = Batch::default();
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let mut entries = Vec::new();
    for table in tables {
        for format in FORMATS {
            let file = file_name(table.name, format);
            entries.extend(table.columns.iter().map(|of| Entry::new(&file, of)));
        }
        write_table(table, directory, &mut files)?;
    }
    let dictionary = dictionary::table(entries);
    files.add(&directory.join(DICTIONARY), |file| {
        let mut csv = Csv::new(&dictionary.columns, file)?;
        for row in dictionary.rows {
            csv.row(&row)?;
        }
        csv.finish()
    })?;
    files.commit()?;
    let stale = TABLES.iter().filter(|name| !names.contains(name));
    let stale = stale.flat_map(|name| FORMATS.map(|format| file_name(name, format)));
    remove(stale.map(|name| directory.join(name)))
}

/// Writes a table in every format, row by row.
fn write_table(table: Table, directory: &Path, files: &mut Batch) -> io::Result<()> {
    let mut grow = |format: &str| {
        let path = directory.join(file_name(table.name, format));
        File::create(files.grow(&path)).map(BufWriter::new)
    };
    let mut csv = Csv::new(&table.columns, grow("csv")?)?;
    let mut parquet_file = grow("parquet")?;
    let mut parquet = Parquet::new(&table.columns, &mut parquet_file)?;
    for row in table.rows {
        csv.row(&row)?;
        parquet.row(row)?;
    }
    csv.finish()?;
    parquet.finish()?;
    parquet_file.flush()
}

/// Removes the files that are there.
fn remove(mut paths: impl Iterator<Item = std::path::PathBuf>) -> io::Result<()> {
    paths.try_for_each(|path| match path.exists() {
        true => fs::remove_file(path),
        false => Ok(()),
    })
}
