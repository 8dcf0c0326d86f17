//! Every column of every file: type, unit, meaning.

use super::DICTIONARY;
use super::table::{About, Column, Table};

/// A column of a file.
pub(super) struct Entry {
    file: String,
    about: About,
}

impl Entry {
    pub fn new(file: &str, about: &About) -> Entry {
        Entry {
            file: file.to_owned(),
            about: about.clone(),
        }
    }
}

/// `entries`, and then the columns of the dictionary itself.
pub(super) fn table(entries: Vec<Entry>) -> Table<'static> {
    let own = Table::new(DICTIONARY, columns(), std::iter::empty()).columns;
    let own: Vec<Entry> = own.iter().map(|of| Entry::new(DICTIONARY, of)).collect();
    Table::new(DICTIONARY, columns(), entries.into_iter().chain(own))
}

fn columns() -> Vec<Column<'static, Entry>> {
    let text = |name, of: fn(&Entry) -> &str| {
        Column::text(name, move |entry: &Entry| {
            Some(of(entry).to_owned().into()).filter(|_| !of(entry).is_empty())
        })
    };
    vec![
        text("file", |entry| &entry.file).means("name of the file in this directory"),
        text("column", |entry| &entry.about.name).means("its name in the header"),
        text("type", |entry| entry.about.kind.name()).means(
            "integer, number, text, date or true or false; INT64, DOUBLE, STRING, DATE and BOOLEAN in Parquet",
        ),
        text("unit", |entry| &entry.about.unit).means(
            "what it is measured in; currency is the scenario's, days are counted from day 0 where the unit is day",
        ),
        text("meaning", |entry| &entry.about.meaning).means("what it tells; empty cells are undefined or do not apply"),
    ]
}
