//! What each scenario states: key, value, where it is written, and what the file says of it.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Page, Row};
use super::{ASSUMPTIONS, Book};
use crate::scenario::Assumption;

const HEADS: [&str; 7] = [
    "scenario",
    "key",
    "value",
    "differs from the baseline",
    "place",
    "grade",
    "source",
];
const WIDTHS: [f64; 7] = [24.0, 38.0, 44.0, 12.0, 34.0, 14.0, 80.0];

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, ASSUMPTIONS)?;
    page.widths(&WIDTHS)?;
    page.freeze(1, 0)?;
    page.heads(0, 0, HEADS)?;
    let trees = book.findings.trees;
    let baseline = trees.first().map_or(Vec::new(), |tree| tree.assumptions());
    let mut row = 1;
    for ((case, _), tree) in book.cases().zip(trees) {
        for of in tree.assumptions() {
            page.text(row, 0, &case.scenario.name)?;
            let same = |other: &Assumption| other.path == of.path && other.value == of.value;
            assumption(&mut page, row, &of, baseline.iter().any(same))?;
            row += 1;
        }
    }
    page.sheet
        .autofilter(0, 0, row - 1, HEADS.len() as u16 - 1)?;
    Ok(page.sheet)
}

fn assumption(page: &mut Page, row: Row, of: &Assumption, is_same: bool) -> Result<(), XlsxError> {
    page.text(row, 1, &of.path)?;
    page.wrapped(row, 2, &of.value)?;
    if !is_same {
        page.text(row, 3, "yes")?;
    }
    page.text(row, 4, &of.place.to_string())?;
    page.text(row, 5, of.grade.words())?;
    page.wrapped(row, 6, &of.comment)
}
