//! What each scenario states: key, value, where it is written, and what the file says of it.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Page, Row};
use super::{ASSUMPTIONS, Book};
use crate::scenario::{Place, Tree};

const HEADS: [&str; 6] = [
    "scenario",
    "key",
    "value",
    "differs from the baseline",
    "place",
    "source",
];
const WIDTHS: [f64; 6] = [24.0, 38.0, 44.0, 12.0, 34.0, 80.0];

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, ASSUMPTIONS)?;
    page.widths(&WIDTHS)?;
    page.freeze(1, 0)?;
    page.heads(0, 0, HEADS)?;
    let trees = book.findings.trees;
    let mut row = 1;
    for ((case, _), tree) in book.cases().zip(trees) {
        for path in tree.paths() {
            page.text(row, 0, &case.scenario.name)?;
            assumption(&mut page, row, tree, trees[0], &path)?;
            row += 1;
        }
    }
    page.sheet
        .autofilter(0, 0, row - 1, HEADS.len() as u16 - 1)?;
    Ok(page.sheet)
}

fn assumption(
    page: &mut Page,
    row: Row,
    tree: &Tree,
    baseline: &Tree,
    path: &str,
) -> Result<(), XlsxError> {
    let value = tree.value(path);
    page.text(row, 1, path)?;
    page.wrapped(row, 2, value.as_deref().unwrap_or_default())?;
    if value != baseline.value(path) {
        page.text(row, 3, "yes")?;
    }
    if let Some(place) = tree.place(path) {
        page.text(row, 4, &written(&place))?;
        page.wrapped(row, 5, &comment_above(&place))?;
    }
    Ok(())
}

/// `plan.toml:12`, or `--set`.
fn written(place: &Place) -> String {
    match place.source.is_argument {
        true => place.file().to_owned(),
        false => format!("{}:{}", place.file(), place.line()),
    }
}

/// The lines of comment that stand directly above the line of a place.
fn comment_above(place: &Place) -> String {
    if place.source.is_argument {
        return String::new();
    }
    let above = &place.source.text[..place.line_start()];
    let lines = above.lines().rev().map(str::trim);
    let comment: Vec<&str> = lines.map_while(|line| line.strip_prefix('#')).collect();
    let lines = comment.iter().rev().map(|line| line.trim());
    lines.collect::<Vec<_>>().join("\n")
}
