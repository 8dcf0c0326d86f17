//! A table of results: every column described once, for all formats and for the dictionary.

use std::borrow::Cow;

use jiff::civil::Date;

/// What is in a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    /// Undefined, or it does not apply.
    Nothing,
    Integer(i64),
    Number(f64),
    Text(Cow<'a, str>),
    Date(Date),
    Flag(bool),
}

/// What all cells of a column are, unless there is nothing in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Number,
    Text,
    Date,
    Flag,
}

impl Kind {
    /// As the dictionary calls it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Text => "text",
            Kind::Date => "date",
            Kind::Flag => "true or false",
        }
    }
}

/// What must be known of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct About {
    pub name: String,
    pub kind: Kind,
    /// `count`, `currency`, `share`, `days`; empty where there is none.
    pub unit: String,
    pub meaning: String,
}

/// A column, and how its cell is made of a row.
pub(super) struct Column<'a, R> {
    about: About,
    cell: Box<dyn Fn(&R) -> Cell<'a> + 'a>,
}

impl<'a, R> Column<'a, R> {
    fn new(kind: Kind, name: &str, cell: impl Fn(&R) -> Cell<'a> + 'a) -> Self {
        Column {
            about: About {
                name: name.to_owned(),
                kind,
                unit: String::new(),
                meaning: String::new(),
            },
            cell: Box::new(cell),
        }
    }

    pub fn integer(name: &str, of: impl Fn(&R) -> Option<i64> + 'a) -> Self {
        Self::new(Kind::Integer, name, move |row| {
            of(row).map_or(Cell::Nothing, Cell::Integer)
        })
    }

    pub fn number(name: &str, of: impl Fn(&R) -> Option<f64> + 'a) -> Self {
        // Adding 0 turns -0 into 0.
        Self::new(Kind::Number, name, move |row| {
            of(row).map_or(Cell::Nothing, |value| Cell::Number(value + 0.0))
        })
    }

    pub fn text(name: &str, of: impl Fn(&R) -> Option<Cow<'a, str>> + 'a) -> Self {
        Self::new(Kind::Text, name, move |row| {
            of(row).map_or(Cell::Nothing, Cell::Text)
        })
    }

    pub fn date(name: &str, of: impl Fn(&R) -> Option<Date> + 'a) -> Self {
        Self::new(Kind::Date, name, move |row| {
            of(row).map_or(Cell::Nothing, Cell::Date)
        })
    }

    pub fn flag(name: &str, of: impl Fn(&R) -> Option<bool> + 'a) -> Self {
        Self::new(Kind::Flag, name, move |row| {
            of(row).map_or(Cell::Nothing, Cell::Flag)
        })
    }

    /// Measured in `unit`.
    pub fn in_unit(mut self, unit: impl ToString) -> Self {
        self.about.unit = unit.to_string();
        self
    }

    /// What it means, in a line.
    pub fn means(mut self, meaning: impl Into<String>) -> Self {
        self.about.meaning = meaning.into();
        self
    }
}

/// A table: what its columns are, and its rows, each made when it is asked for.
pub(super) struct Table<'a> {
    /// Of its files, without the end that tells their format.
    pub name: &'static str,
    pub columns: Vec<About>,
    pub rows: Box<dyn Iterator<Item = Vec<Cell<'a>>> + 'a>,
}

impl<'a> Table<'a> {
    pub fn new<R: 'a>(
        name: &'static str,
        columns: Vec<Column<'a, R>>,
        rows: impl Iterator<Item = R> + 'a,
    ) -> Self {
        let about = columns.iter().map(|column| column.about.clone()).collect();
        let cells = move |row: R| columns.iter().map(|column| (column.cell)(&row)).collect();
        Table {
            name,
            columns: about,
            rows: Box::new(rows.map(cells)),
        }
    }
}
