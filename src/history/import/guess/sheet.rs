//! The first rows of a file, and what kind of thing each of its columns holds.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::super::amount;
use super::super::moment::{self, DateOrder};
use super::super::table::{Input, Row, Table};
use super::folded;
use crate::scenario::Fault;

/// Rows of a file that are looked at whatever they say.
pub(super) const MAX_ROWS: usize = 50_000;
/// A column of no more different values than this holds words, such as stages: a new one is worth a look.
const MOST_WORDS: usize = 64;
/// Most letters of a cell that are looked at.
const MAX_LETTERS: usize = 200;
/// A column is of a kind if at least this share of its filled cells is.
const MOST: f64 = 0.9;

/// The first rows of a file, and later ones that say a new word.
pub(super) struct Sheet {
    /// As the user gave it.
    pub path: String,
    /// What the map calls it.
    pub name: String,
    /// What the names of its files have in common, with `*` for the rest.
    pub pattern: String,
    pub columns: Vec<Column>,
    pub n_rows: usize,
    /// Whether there are more rows than were looked at for their own sake.
    pub is_cut: bool,
}

/// A column of a file.
pub(super) struct Column {
    pub name: String,
    /// `[row]`
    pub cells: Vec<String>,
    /// Different values, the empty one not counted.
    pub distinct: BTreeSet<String>,
    pub n_filled: usize,
    /// Cells that are dates or times, by order of their parts.
    pub dates: [usize; 3],
    /// Cells with a time of day.
    pub n_times: usize,
    /// Times that state their zone.
    pub n_zoned: usize,
    /// Cells that are amounts with a point, and with a comma.
    pub amounts: [usize; 2],
}

impl Sheet {
    /// Reads a file, of which it keeps the first rows and later ones that say a new word; its name in the map is one that
    /// no other of `sheets` has.
    pub fn read(input: Input, sheets: &[Sheet]) -> Result<Sheet, Fault> {
        let path = input.name;
        let refuse =
            |error: &dyn std::fmt::Display| Fault::nowhere(format!("cannot read {path}: {error}"));
        let mut table = Table::open(input.content).map_err(|error| refuse(&error))?;
        let mut cells: Vec<Vec<String>> = vec![Vec::new(); table.header.len()];
        let (mut row, mut n_rows) = (Row::default(), 0);
        let mut words: Option<Vec<Words>> = None;
        while table.read(&mut row).map_err(|error| refuse(&error))? {
            if row.is_blank() || row.len() > table.header.len() {
                continue;
            }
            if n_rows == MAX_ROWS && words.is_none() {
                words = Some(cells.iter().map(|cells| Words::of(cells)).collect());
            }
            let says_nothing_new = words.as_mut().is_some_and(|words| {
                let columns = words.iter_mut().enumerate();
                // Every column learns, whatever the others say.
                !columns.fold(false, |new, (column, words)| {
                    words.learn(row.cell(column)) | new
                })
            });
            if says_nothing_new {
                continue;
            }
            n_rows += 1;
            for (column, cells) in cells.iter_mut().enumerate() {
                cells.push(row.cell(column).chars().take(MAX_LETTERS).collect());
            }
        }
        let is_cut = words.is_some();
        let columns = table.header.iter().zip(cells);
        let columns = columns.map(|(name, cells)| Column::new(name, cells));
        Ok(Sheet {
            name: short_name(&path, sheets),
            pattern: base_name(&path).to_owned(),
            columns: columns.collect(),
            path,
            n_rows,
            is_cut,
        })
    }
}

/// The words of a column; none if it holds too many to be words.
struct Words(Option<BTreeSet<String>>);

impl Words {
    fn of(cells: &[String]) -> Words {
        let mut words = Words(Some(BTreeSet::new()));
        for cell in cells {
            words.learn(cell);
        }
        words
    }

    /// Whether a cell says a new word.
    fn learn(&mut self, cell: &str) -> bool {
        let Some(words) = &mut self.0 else {
            return false;
        };
        if words.contains(cell) {
            return false;
        }
        words.insert(cell.to_owned());
        if words.len() > MOST_WORDS {
            self.0 = None;
        }
        true
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// What two names have in common: their start, `*`, their end.
fn common_pattern(a: &str, b: &str) -> String {
    let start = a.chars().zip(b.chars()).take_while(|(x, y)| x == y);
    let start: String = start.map(|(x, _)| x).collect();
    let rest = |name: &str| -> Vec<char> { name[start.len()..].chars().rev().collect() };
    let (a, b) = (rest(a), rest(b));
    let end = a
        .iter()
        .zip(&b)
        .take_while(|(x, y)| x == y)
        .map(|(x, _)| *x);
    let end: Vec<char> = end.collect();
    start + "*" + &end.iter().rev().collect::<String>()
}

/// The name of a file as a key of TOML that no other file of the map has.
fn short_name(path: &str, sheets: &[Sheet]) -> String {
    let stem = base_name(path).split('.').next().unwrap_or_default();
    let letters = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let stem: String = letters.collect::<String>().to_lowercase();
    let stem = stem.trim_matches('_');
    let stem = if stem.is_empty() { "file" } else { stem };
    let mut name = stem.to_owned();
    let mut number = 2;
    while sheets.iter().any(|sheet| sheet.name == name) {
        name = format!("{stem}_{number}");
        number += 1;
    }
    name
}

impl Sheet {
    fn has_columns_of(&self, other: &Sheet) -> bool {
        let names = |sheet: &Sheet| -> Vec<String> {
            sheet
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect()
        };
        names(self) == names(other)
    }

    /// Puts the rows of `other` behind its own, if both have the same columns; else gives it back.
    pub fn absorb(&mut self, other: Sheet) -> Option<Sheet> {
        if !self.has_columns_of(&other) {
            return Some(other);
        }
        self.pattern = common_pattern(&self.pattern, &other.pattern);
        self.n_rows += other.n_rows;
        self.is_cut |= other.is_cut;
        for (column, other) in self.columns.iter_mut().zip(other.columns) {
            let mut cells = std::mem::take(&mut column.cells);
            cells.extend(other.cells);
            *column = Column::new(&column.name, cells);
        }
        None
    }
}

impl Column {
    fn new(name: &str, cells: Vec<String>) -> Column {
        let mut column = Column {
            name: name.to_owned(),
            distinct: cells
                .iter()
                .filter(|cell| !cell.is_empty())
                .cloned()
                .collect(),
            n_filled: cells.iter().filter(|cell| !cell.is_empty()).count(),
            cells,
            dates: [0; 3],
            n_times: 0,
            n_zoned: 0,
            amounts: [0; 2],
        };
        for cell in column.cells.iter().filter(|cell| !cell.is_empty()) {
            let mut time = None;
            for (n, order) in column.dates.iter_mut().zip(DateOrder::ALL) {
                let read = moment::read(cell, order, &TimeZone::UTC, &TimeZone::UTC);
                *n += usize::from(read.is_some());
                time = time.or(read);
            }
            column.n_times += usize::from(time.is_some_and(|time| time.has_time));
            column.n_zoned += usize::from(time.is_some_and(|time| time.states_zone));
            for (n, decimal) in column.amounts.iter_mut().zip(['.', ',']) {
                *n += usize::from(amount::read(cell, decimal).is_some());
            }
        }
        column
    }

    fn is_most(&self, n: usize) -> bool {
        self.n_filled > 0 && n as f64 >= MOST * self.n_filled as f64
    }

    pub fn is_date(&self) -> bool {
        let best = self.dates.into_iter().max().unwrap_or(0);
        let has_marks = |cell: &String| cell.contains(|c: char| !c.is_ascii_digit());
        self.is_most(best) && self.distinct.iter().any(has_marks)
    }

    /// The order of parts in which most of its dates can be read.
    pub fn order(&self) -> DateOrder {
        let orders = DateOrder::ALL.into_iter().zip(self.dates);
        // The first of equals.
        let best = orders.rev().max_by_key(|(_, n)| *n);
        best.map_or(DateOrder::Ymd, |(order, _)| order)
    }

    pub fn is_amount(&self) -> bool {
        let best = self.amounts[0].max(self.amounts[1]);
        self.is_most(best) && !self.is_date()
    }

    /// Whether every row has a value of its own.
    pub fn is_unique(&self) -> bool {
        self.n_filled == self.cells.len()
            && self.distinct.len() == self.n_filled
            && self.n_filled > 0
    }

    /// Whether it holds a few names that come again and again.
    pub fn is_category(&self) -> bool {
        let n = self.distinct.len();
        let repeats = n * 2 <= self.n_filled || n <= 10;
        (2..=300).contains(&n) && repeats && !self.is_date()
    }

    /// Whether it may hold keys: texts that are neither dates nor amounts with marks, nor yes and no.
    pub fn is_key_like(&self) -> bool {
        let is_fraction =
            |value: &String| value.contains('.') && amount::read(value, '.').is_some();
        self.distinct.len() >= 3 && !self.is_date() && !self.distinct.iter().any(is_fraction)
    }

    /// How well its name fits one of `words`, the best first: 0 if not at all.
    pub fn fits(&self, words: &[&str]) -> usize {
        let own = folded(&self.name);
        let parts = words_of(&self.name);
        let score = |(place, word): (usize, &&str)| {
            let rest = words.len() - place;
            let pattern = words_of(word);
            if own == folded(word) {
                1_000 + rest
            } else if parts.ends_with(&pattern) {
                500 + rest
            } else if parts
                .windows(pattern.len().max(1))
                .any(|part| part == pattern)
            {
                100 + rest
            } else {
                0
            }
        };
        words.iter().enumerate().map(score).max().unwrap_or(0)
    }
}

/// The words of a name, small: `CreatedDate`, `created_date` and `Created Date` have the same.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            let last = words.last_mut().expect("there is one word from the start");
            last.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_kind_have_a_pattern() {
        assert_eq!(
            common_pattern("leads_2025.csv", "leads_2026.csv"),
            "leads_202*.csv"
        );
        assert_eq!(common_pattern("aa", "a"), "a*");
    }

    #[test]
    fn names_are_taken_apart() {
        for name in [
            "CreatedDate",
            "created_date",
            "Created Date",
            "created-date",
        ] {
            assert_eq!(words_of(name), ["created", "date"]);
        }
    }

    #[test]
    fn kinds_of_columns_are_told() {
        let column = |cells: &[&str]| {
            let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
            Column::new("x", cells)
        };
        assert!(column(&["2026-01-02", "", "2026-03-04T05:06:07Z"]).is_date());
        assert!(!column(&["20260102", "20260304"]).is_date());
        assert!(column(&["$1,200.50", "3", ""]).is_amount());
        assert!(column(&["a", "b", "c"]).is_unique());
        assert!(!column(&["a", "b", ""]).is_unique());
        assert!(column(&["a", "b", "a", "b"]).is_category());
        assert_eq!(column(&["2026-03-04T05:06:07+02:00"]).n_zoned, 1);
        assert_eq!(column(&["2026-03-04T05:06:07"]).n_zoned, 0);
    }
}
