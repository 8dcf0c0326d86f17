//! Tables as CSV: UTF-8, a header, numbers as their shortest text that reads back the same.

use std::io::{self, Write};

use super::super::files::{inert, number};
use super::table::{About, Cell};

/// A file that grows row by row.
pub(super) struct Csv<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> Csv<W> {
    pub fn new(columns: &[About], to: W) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(columns.iter().map(|column| &column.name))?;
        Ok(Csv { writer })
    }

    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        Ok(self.writer.write_record(cells.iter().map(text))?)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Integer(value) => value.to_string(),
        Cell::Number(value) => number(Some(*value)),
        Cell::Text(text) => inert(text),
        Cell::Date(date) => date.to_string(),
        Cell::Flag(is) => is.to_string(),
    }
}
