//! The open pipeline: a CSV file of the records open at day 0.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use super::amount::{Amount, parse_amount};
use super::fault::Fault;
use super::loader::MAX_DATA_BYTES;
use super::path::KeyPath;
use super::place::{Place, Source};
use super::process::Process;
use super::read::Context;
use super::schema::{self, Domain, Unit};
use super::tree::{Tree, list};
use super::{OpenRecord, OpenStage};

/// Columns that the file may have.
const COLUMNS: [&str; 7] = [
    "id", "stage", "age_days", "channel", "segment", "value", "score",
];
/// Most faults of one file that are listed.
const MAX_FAULTS: usize = 50;

/// Reads all records, in order of id, or reports every row that is wrong.
pub(super) fn read(
    tree: &Tree,
    file: &Path,
    process: &Process,
    context: &Context<'_>,
    faults: &mut Vec<Fault>,
) -> Vec<OpenRecord> {
    let path = KeyPath::from("start.pipeline");
    let place = tree
        .place_of(&path)
        .unwrap_or_else(|| Place::top(&tree.file));
    let bytes = match context.loader.load(file, MAX_DATA_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => {
            let message = format!("`{path}` names {}, but {error}", file.display());
            faults.push(
                Fault::new(&place, &path, message)
                    .help("paths in a file are relative to that file"),
            );
            return Vec::new();
        }
    };
    let Ok(text) = String::from_utf8(bytes) else {
        let message = format!("`{path}` names {}, which is not UTF-8 text", file.display());
        faults.push(Fault::new(&place, &path, message));
        return Vec::new();
    };
    let source = Source::file(file, text);
    let mut reader = PipelineReader {
        source: &source,
        process,
        context,
        faults: Vec::new(),
        columns: Vec::new(),
    };
    let mut records = reader.records();
    records.sort_by(|a, b| id_order(&a.id, &b.id));
    let n_more = reader.faults.len().saturating_sub(MAX_FAULTS);
    reader.faults.truncate(MAX_FAULTS);
    faults.append(&mut reader.faults);
    if n_more > 0 {
        let message = format!("{} has {n_more} more faults", file.display());
        faults.push(Fault::new(&place, &path, message));
    }
    records
}

/// Shorter ids first, then by letter, so that numbers stand in their order: the order of rows in a
/// file says nothing of a record and decides no tie.
fn id_order(a: &str, b: &str) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

/// A cell and where it stands \[bytes\].
#[derive(Debug, Clone)]
struct Cell {
    text: String,
    start: usize,
    end: usize,
}

struct PipelineReader<'a> {
    source: &'a Arc<Source>,
    process: &'a Process,
    context: &'a Context<'a>,
    faults: Vec<Fault>,
    /// Index into `COLUMNS` by position.
    columns: Vec<usize>,
}

impl PipelineReader<'_> {
    fn fail<T>(&mut self, cell: &Cell, message: String, label: &str) -> Option<T> {
        let place = Place::new(self.source, cell.start..cell.end);
        self.faults
            .push(Fault::new(&place, "start.pipeline", message).label(label));
        None
    }

    fn records(&mut self) -> Vec<OpenRecord> {
        let mut rows = split_rows(&self.source.text).into_iter();
        let top = Cell {
            text: String::new(),
            start: 0,
            end: 0,
        };
        let Some(heading) = rows.next() else {
            self.fail::<()>(
                &top,
                "the pipeline is empty, without even a heading".into(),
                "",
            );
            return Vec::new();
        };
        self.heading(&heading);
        if !self.faults.is_empty() {
            return Vec::new();
        }
        let mut records: Vec<OpenRecord> = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        let id_column = self.columns.iter().position(|column| *column == 0);
        for (number, row) in rows.enumerate() {
            let record = self.record(&row, number + 1);
            let stated = id_column
                .and_then(|at| row.get(at))
                .filter(|id| !id.text.is_empty());
            let id = stated.map_or_else(|| (number + 1).to_string(), |id| id.text.clone());
            if !ids.insert(id.clone()) {
                let message = format!("the id `{id}` stands in an earlier row too");
                self.fail::<()>(
                    stated.unwrap_or(&row[0]),
                    message,
                    "ids name a record's luck: each once",
                );
            }
            records.extend(record);
        }
        records
    }

    fn heading(&mut self, heading: &[Cell]) {
        for cell in heading {
            let name = cell.text.trim();
            match COLUMNS.iter().position(|column| *column == name) {
                Some(column) if self.columns.contains(&column) => {
                    self.fail::<()>(cell, format!("the column `{name}` stands twice"), "");
                }
                Some(column) => self.columns.push(column),
                None => {
                    let near = schema::nearest(name, COLUMNS);
                    let label =
                        near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
                    let message = format!(
                        "there is no column `{name}`; columns are {}",
                        list(COLUMNS.into_iter())
                    );
                    self.fail::<()>(cell, message, &label);
                }
            }
        }
        let has_stage = self.columns.contains(&1) || !self.faults.is_empty();
        if let (Some(first), false) = (heading.first(), has_stage) {
            self.fail::<()>(first, "the pipeline has no column `stage`".into(), "");
        }
    }

    fn record(&mut self, row: &[Cell], number: usize) -> Option<OpenRecord> {
        if row.len() != self.columns.len() {
            let message = format!(
                "a row of {} cells under {} columns",
                row.len(),
                self.columns.len()
            );
            return self.fail(&row[0], message, "");
        }
        let cell = |column: &str| {
            let wanted = COLUMNS.iter().position(|name| *name == column)?;
            let at = self.columns.iter().position(|column| *column == wanted)?;
            Some(row[at].clone()).filter(|cell| !cell.text.is_empty())
        };
        let (id, stage) = (cell("id"), cell("stage"));
        let (age, value, score) = (cell("age_days"), cell("value"), cell("score"));
        let (channel, segment) = (cell("channel"), cell("segment"));
        let n_faults = self.faults.len();
        let infinity = f64::INFINITY;
        let money = Domain {
            above_low: true,
            ..Domain::new(Unit::Money, 0.0, infinity)
        };
        let process = self.process;
        let channels: Vec<&str> = process.channels.iter().map(|c| c.name.as_str()).collect();
        let segments: Vec<&str> = process.segments.iter().map(|s| s.name.as_str()).collect();
        let record = OpenRecord {
            id: id.map_or_else(|| number.to_string(), |cell| cell.text),
            stage: match stage {
                Some(stage) => self.stage(&stage).unwrap_or(OpenStage::Queue),
                None => {
                    self.fail::<()>(&row[0], "a record without a stage".into(), "");
                    OpenStage::Queue
                }
            },
            age_days: age.and_then(|cell| {
                self.number(&cell, "age_days", Domain::new(Unit::Days, 0.0, infinity))
            }),
            channel: channel.and_then(|cell| self.name(&cell, "channel", &channels)),
            segment: segment.and_then(|cell| self.name(&cell, "segment", &segments)),
            value: value.and_then(|cell| self.number(&cell, "value", money)),
            score: score.and_then(|cell| {
                self.number(
                    &cell,
                    "score",
                    Domain::new(Unit::Plain, -infinity, infinity),
                )
            }),
        };
        (self.faults.len() == n_faults).then_some(record)
    }

    fn stage(&mut self, cell: &Cell) -> Option<OpenStage> {
        let closing: Vec<&str> = self
            .process
            .closing
            .stages
            .iter()
            .map(|s| s.name.as_str())
            .collect();
        let (mut names, mut stages): (Vec<&str>, Vec<OpenStage>) =
            OpenStage::outside_closing(self.process).unzip();
        stages.extend((0..closing.len()).map(OpenStage::Closing));
        names.extend(closing);
        self.name(cell, "stage", &names).map(|index| stages[index])
    }

    fn name(&mut self, cell: &Cell, what: &str, names: &[&str]) -> Option<usize> {
        let found = names.iter().position(|name| *name == cell.text);
        if found.is_none() {
            let near = schema::nearest(&cell.text, names.iter().copied());
            let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
            let message = format!(
                "there is no {what} `{}`; there are {}",
                cell.text,
                list(names.iter().copied())
            );
            return self.fail(cell, message, &label);
        }
        found
    }

    fn number(&mut self, cell: &Cell, what: &str, domain: Domain) -> Option<f64> {
        match parse_amount(&cell.text, domain.unit, &self.context.currency) {
            Ok(Amount::One(number)) if domain.contains(number) => Some(number),
            Err(unreadable) => {
                let message = format!("`{what}` is {:?}: {}", cell.text, unreadable.why);
                self.fail(cell, message, &unreadable.help.unwrap_or_default())
            }
            Ok(_) => {
                let label = format!("allowed: {}, {}", domain.unit.words(), domain.words());
                self.fail(
                    cell,
                    format!("`{what}` is {:?}, outside what it may be", cell.text),
                    &label,
                )
            }
        }
    }
}

/// Rows of cells; a cell may stand in double quotes, doubled inside. Empty lines are passed over.
fn split_rows(text: &str) -> Vec<Vec<Cell>> {
    let bytes = text.as_bytes();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut row: Vec<Cell> = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < bytes.len() {
        let (cell, end) = take_cell(text, at);
        row.push(cell);
        at = end + 1;
        if bytes.get(end) != Some(&b',') {
            let blank = row.len() == 1 && row[0].text.is_empty();
            let row = std::mem::take(&mut row);
            if !blank {
                rows.push(row);
            }
        } else if at == bytes.len() {
            row.push(Cell {
                text: String::new(),
                start: at,
                end: at,
            });
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

/// The cell at `start` and the index of the comma or line end after it.
fn take_cell(text: &str, start: usize) -> (Cell, usize) {
    let end_from = |from: usize| {
        text[from..]
            .find([',', '\n'])
            .map_or(text.len(), |at| from + at)
    };
    if !text[start..].starts_with('"') {
        let end = end_from(start);
        let cell = text[start..end].trim().to_string();
        return (
            Cell {
                text: cell,
                start,
                end,
            },
            end,
        );
    }
    let mut close = start + 1;
    while let Some(quote) = text[close..].find('"') {
        close += quote;
        match text[close + 1..].starts_with('"') {
            true => close += 2,
            false => break,
        }
    }
    if !text[close..].starts_with('"') {
        close = text.len();
    }
    let inner = text[start + 1..close].replace("\"\"", "\"");
    let end = end_from((close + 1).min(text.len()));
    (
        Cell {
            text: inner.trim().to_string(),
            start,
            end,
        },
        end,
    )
}
