//! A joined file: what it holds by key, and which of it found a record.

use std::collections::BTreeMap;

use super::amount;
use super::map::{Field, Map};
use super::names::{Names, folded};
use super::quality::{Kind, Quality};
use super::source::{Line, Source};
use crate::scenario::Faults;

/// A joined file in memory, of which only the needed columns are kept.
pub(super) struct Partner {
    /// Index of the file in the map.
    pub file: usize,
    /// The file that it joins, as an index in the map, and the column there that holds the key.
    pub from: (usize, String),
    /// Whether the key is a name that may be spelled otherwise.
    is_name: bool,
    keys: Names,
    /// Folded keys; none for those that several keys share.
    folded: BTreeMap<String, Option<u32>>,
    /// Of every row: the key, the row and its file.
    rows: Vec<(u32, u32, u16)>,
    /// `[key]`
    used: Vec<bool>,
    texts: Names,
    /// `[needed][key]`, numbers of `texts`
    cells: Vec<Vec<u32>>,
    /// `[key]`; NaN where nothing was added. Empty unless a column is added up.
    sums: Vec<f64>,
}

/// How a key was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    Exact(u32),
    Loose(u32),
    Missing,
    /// There was no key to look for.
    Nothing,
}

impl Hit {
    pub fn key(self) -> Option<u32> {
        match self {
            Hit::Exact(key) | Hit::Loose(key) => Some(key),
            _ => None,
        }
    }
}

impl Partner {
    /// Reads a joined file whole.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(
        map: &Map,
        file: usize,
        mut source: Source,
        quality: &mut Quality,
    ) -> Result<(Partner, Source), Faults> {
        let own_key = (map.first, map.files[map.first].key.clone());
        let joins = map.files[file].joins.clone();
        let mut partner = Partner {
            file,
            is_name: joins.is_some(),
            from: joins.unwrap_or(own_key),
            keys: Names::default(),
            folded: BTreeMap::new(),
            rows: Vec::new(),
            used: Vec::new(),
            texts: Names::default(),
            cells: vec![Vec::new(); source.needed.len()],
            sums: Vec::new(),
        };
        let column = |field| map.column(field).filter(|column| column.file == file);
        let sum = column(Field::Value).filter(|column| column.sum);
        let sum = sum.map(|column| (&column.label, source.position(&column.column)));
        let currency = column(Field::Currency);
        let currency = currency.map(|column| source.position(&column.column));
        source.read(quality, |line, quality| {
            let Some((key, is_new)) = partner.take(line, sum.is_some(), quality) else {
                return;
            };
            if let Some((label, sum)) = sum {
                let stated = currency.map_or("", |column| line.cell(column));
                match read_value(map, line.cell(sum), stated) {
                    Ok(Some(value)) => partner.add_up(key, value),
                    Ok(None) => {}
                    Err(kind) => line.report(quality, kind, label, line.cell(sum)),
                }
            }
            if is_new {
                for (needed, cells) in partner.cells.iter_mut().enumerate() {
                    cells.push(partner.texts.add(line.cell(needed)).0);
                }
            }
        })?;
        partner.used = vec![false; partner.keys.len()];
        if partner.is_name {
            for (number, key) in partner.keys.iter().enumerate() {
                partner
                    .folded
                    .entry(folded(key))
                    .and_modify(|number| *number = None)
                    .or_insert(Some(number as u32));
            }
        }
        Ok((partner, source))
    }

    /// The key of a row, and whether it is new; none if the row is rejected.
    fn take(&mut self, line: Line, adds_up: bool, quality: &mut Quality) -> Option<(u32, bool)> {
        let key = line.cell(0);
        if key.is_empty() {
            line.report(quality, Kind::MissingKey, "", "");
            return None;
        }
        let (number, is_new) = self.keys.add(key);
        if !is_new && !adds_up {
            line.report(quality, Kind::Duplicate, "", key);
            return None;
        }
        self.rows.push((number, line.row.number, line.file as u16));
        if adds_up && is_new {
            self.sums.push(f64::NAN);
        }
        Some((number, is_new))
    }

    fn add_up(&mut self, key: u32, value: f64) {
        let sum = &mut self.sums[key as usize];
        *sum = if sum.is_nan() { value } else { *sum + value };
    }

    /// Looks for a key, as it is written and then as it may be meant.
    pub fn find(&self, key: &str) -> Hit {
        if key.is_empty() {
            return Hit::Nothing;
        }
        if let Some(number) = self.keys.find(key) {
            return Hit::Exact(number);
        }
        if !self.is_name {
            return Hit::Missing;
        }
        let folded = folded(key);
        match self.folded.get(&folded) {
            Some(Some(number)) if !folded.is_empty() => Hit::Loose(*number),
            _ => Hit::Missing,
        }
    }

    pub fn key(&self, number: u32) -> &str {
        self.keys.get(number)
    }

    /// Whether a key that is not found deserves a word: it is a name, not the key of a record.
    pub fn is_name(&self) -> bool {
        self.is_name
    }

    /// What the first row of a key holds in a needed column.
    pub fn text(&self, needed: usize, key: u32) -> &str {
        self.texts.get(self.cells[needed][key as usize])
    }

    /// The sum of a key, if anything was added up.
    pub fn sum(&self, key: u32) -> Option<f64> {
        let sum = self.sums.get(key as usize).copied();
        sum.filter(|sum| !sum.is_nan())
    }

    /// Marks the rows of a key as part of the history.
    pub fn mark(&mut self, key: u32) {
        self.used[key as usize] = true;
    }

    /// Counts the rows that found a record and reports the others.
    pub fn report(&self, quality: &mut Quality) {
        for (key, row, file) in &self.rows {
            let file = *file as usize;
            match self.used[*key as usize] {
                true => quality.files[file].used += 1,
                false => quality.add(Kind::NoPartner, file, "", *row, self.keys.get(*key)),
            }
        }
    }
}

/// Reads a value of the map's currency; none if the cell is empty.
///
/// # Errors
/// The kind of what keeps it from being used.
pub(super) fn read_value(map: &Map, text: &str, currency: &str) -> Result<Option<f64>, Kind> {
    if text.is_empty() {
        return Ok(None);
    }
    let amount = amount::read(text, map.decimal).ok_or(Kind::UnreadableValue)?;
    let is_other =
        |stated: &str| !stated.is_empty() && !amount::same_currency(stated, &map.currency);
    match amount.value {
        _ if is_other(amount.currency) || is_other(currency) => Err(Kind::OtherCurrency),
        value if value < 0.0 => Err(Kind::NegativeValue),
        value => Ok(Some(value)),
    }
}
