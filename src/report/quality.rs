//! What an import made of an export, and what was wrong with it: on a terminal and as files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::files::{Batch, Destination, Unwritable, distinct};
use super::paper::{FAINT, PLAIN, Paper, STRONG};
use super::table::Table;
use super::view;
use crate::history::quality::{Finding, Quality, Spot};
use crate::history::{self, Imported};

/// Most rows that a line of the report names.
const MAX_ROWS: usize = 5;
/// Widest name of a file.
const FILE_WIDTH: usize = 40;

/// The report of `history import`.
pub fn quality(imported: &Imported, paper: Paper) -> String {
    let quality = &imported.quality;
    let mut text = paper.strong(&headline(imported));
    text += &files(quality, paper).text(paper);
    if !quality.findings.is_empty() {
        text += "\n";
        text += &findings(quality, paper);
    }
    text + &warnings(quality, paper)
}

fn headline(imported: &Imported) -> String {
    let Imported { history, quality } = imported;
    let count = |n: usize, one: &str, many: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{} {many}", view::grouped(n as f64)),
    };
    let as_of = quality
        .as_of
        .map_or(String::new(), |day| match quality.as_of_is_stated {
            true => format!(", as of {day}"),
            false => format!(", as of {day}, the last day with a date"),
        });
    let ends = [
        (history::End::Won, "won"),
        (history::End::Lost, "lost"),
        (history::End::NoDecision, "without decision"),
    ];
    let ends = ends.map(|(end, words)| {
        let n = history.stays.iter().filter(|stay| stay.end == end).count();
        (n, words)
    });
    let closed: usize = ends.iter().map(|(n, _)| n).sum();
    let open = history.records.len().saturating_sub(closed);
    let ends = ends.iter().filter(|(n, _)| *n > 0);
    let ends: Vec<String> = ends
        .map(|(n, words)| format!("{} {words}", view::grouped(*n as f64)))
        .chain([format!("{} open", view::grouped(open as f64))])
        .collect();
    format!(
        "{}{as_of}: {}.",
        count(history.records.len(), "record", "records"),
        ends.join(", ")
    )
}

fn files(quality: &Quality, paper: Paper) -> Table {
    let mut table = Table::default();
    table.row(FAINT, ["", "rows", "used", "rejected"].map(str::to_owned));
    for (index, file) in quality.files.iter().enumerate() {
        let counts = [file.rows, file.used, quality.rejected(index)];
        let counts = counts.map(|count| view::grouped(count as f64));
        table.row(
            PLAIN,
            [paper.cut(&file.name, FILE_WIDTH)]
                .into_iter()
                .chain(counts),
        );
    }
    table
}

/// A line per finding: how many rows, what was found and done, and the first of them.
fn findings(quality: &Quality, paper: Paper) -> String {
    let mut text = String::new();
    let mut spots: Vec<(&Spot, &Finding)> = quality.findings.iter().collect();
    spots.sort_by_key(|(spot, _)| spot.kind.treatment());
    let mut before = None;
    for (spot, finding) in spots {
        let treatment = spot.kind.treatment();
        if before != Some(treatment) {
            text += &format!("{STRONG}{}{STRONG:#}\n", treatment.name());
            before = Some(treatment);
        }
        let column = match &spot.column[..] {
            "" => String::new(),
            column => format!(", `{column}`"),
        };
        text += &paper.indented(
            "  ",
            &format!(
                "{} {} of {}{column}: {} ({})",
                view::grouped(finding.count as f64),
                if finding.count == 1 { "row" } else { "rows" },
                quality.files[spot.file].name,
                spot.kind.words(),
                rows(finding, paper),
            ),
        );
    }
    text
}

/// What a reader should know, those of one kind together in the order of their first.
fn warnings(quality: &Quality, paper: Paper) -> String {
    let mut text = String::new();
    let kinds = distinct(quality.warnings.iter().map(|warning| warning.kind));
    for kind in kinds {
        text += &format!("\n{STRONG}{kind}{STRONG:#}\n");
        let of = quality
            .warnings
            .iter()
            .filter(|warning| warning.kind == kind);
        text += &of
            .map(|warning| paper.indented("  ", &warning.message))
            .collect::<String>();
    }
    text
}

/// `row 17 "x"`, `rows 2, 17 "x", …`
fn rows(finding: &Finding, paper: Paper) -> String {
    let shown = finding.rows.iter().take(MAX_ROWS).map(|(row, value)| {
        match value.replace(['\n', '\r'], " ") {
            value if value.is_empty() => row.to_string(),
            value => format!("{row} \"{}\"", paper.cut(&value, FILE_WIDTH)),
        }
    });
    let shown: Vec<String> = shown.collect();
    let more = if finding.count > MAX_ROWS as u64 {
        ", …"
    } else {
        ""
    };
    let word = if finding.count == 1 { "row" } else { "rows" };
    format!("{word} {}{more}", shown.join(", "))
}

/// Where a history goes: Parquet, CSV and what was wrong, side by side.
#[derive(Debug)]
pub struct HistoryFiles {
    parquet: PathBuf,
    csv: PathBuf,
    quality: PathBuf,
}

impl HistoryFiles {
    /// The files of the history at `path`, found writable: `x.parquet`, `x.csv`, `x.quality.csv`.
    ///
    /// # Errors
    /// If one of them cannot be written.
    pub fn claim(path: &Path) -> Result<HistoryFiles, Unwritable> {
        let files = HistoryFiles {
            parquet: path.with_extension("parquet"),
            csv: path.with_extension("csv"),
            quality: path.with_extension("quality.csv"),
        };
        for path in files.paths() {
            Destination::check(path)?;
        }
        Ok(files)
    }

    /// All of them.
    pub fn paths(&self) -> [&Path; 3] {
        [&self.parquet, &self.csv, &self.quality]
    }

    /// Writes all of them.
    ///
    /// # Errors
    /// If any cannot be written; those that stood there then still stand.
    pub fn write(&self, imported: &Imported) -> Result<(), Unwritable> {
        let Imported { history, quality } = imported;
        let write = || {
            let mut files = Batch::default();
            files.add(&self.parquet, |file| history::write_parquet(history, file))?;
            files.add(&self.csv, |file| history::write_csv(history, file))?;
            files.add(&self.quality, |file| quality_csv(quality, file))?;
            files.commit()
        };
        write().map_err(|error| Unwritable::new(&self.parquet, error))
    }
}

/// A row per file, per row in which something was found, and per warning.
fn quality_csv(quality: &Quality, file: impl Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record([
        "treatment",
        "kind",
        "file",
        "column",
        "count",
        "row",
        "value",
        "message",
    ])?;
    for (index, file) in quality.files.iter().enumerate() {
        let counts = [
            ("rows", file.rows),
            ("used", file.used),
            ("rejected", quality.rejected(index)),
        ];
        for (kind, count) in counts {
            let count = count.to_string();
            csv.write_record(["total", kind, &file.name, "", &count, "", "", ""])?;
        }
    }
    for (spot, finding) in &quality.findings {
        for (row, value) in &finding.rows {
            csv.write_record([
                spot.kind.treatment().name(),
                spot.kind.name(),
                &quality.files[spot.file].name,
                &spot.column,
                &finding.count.to_string(),
                &row.to_string(),
                value,
                spot.kind.words(),
            ])?;
        }
    }
    for warning in &quality.warnings {
        csv.write_record([
            "warning",
            warning.kind,
            "",
            "",
            "",
            "",
            "",
            &warning.message,
        ])?;
    }
    csv.flush()
}
