//! What every column and every metric means, with its unit and its formula.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Page, Row, unit_name};
use super::{ASSUMPTIONS, BRIDGE, Book, CHECK, COMPARISON, DICTIONARY, PERIODS, SUMMARY, periods};
use crate::forecast::METRICS;

const HEADS: [&str; 5] = [
    "metric",
    "unit",
    "formula",
    "note",
    "column on the sheet Periods",
];
const WIDTHS: [f64; 5] = [30.0, 18.0, 70.0, 80.0, 16.0];
const COLUMN_HEADS: [&str; 4] = ["column", "unit", "on the sheets", "meaning"];
const OF_THE_METRIC: &str = "of the metric";

/// Columns that are no metrics: name, unit, sheets, meaning.
const COLUMNS: [(&str, &str, &[&str], &str); 30] = [
    (
        "mean",
        OF_THE_METRIC,
        &[SUMMARY, COMPARISON],
        "over replications; of a ratio, the ratio of sums",
    ),
    (
        "95 % low, 95 % high",
        OF_THE_METRIC,
        &[SUMMARY, COMPARISON, BRIDGE],
        "ends of the 95 % confidence interval of the number to the left: its Monte Carlo error, which shrinks with more replications",
    ),
    (
        "P10, P50, P90",
        OF_THE_METRIC,
        &[SUMMARY, COMPARISON],
        "10 %, half, 90 % of futures are no greater: what does not shrink with more replications; on Comparison, of the difference",
    ),
    (
        "target reached",
        "share",
        &[SUMMARY],
        "of futures in which revenue reaches the target",
    ),
    (
        "difference",
        OF_THE_METRIC,
        &[COMPARISON],
        "alternative less baseline, with the same luck; of shares, in percentage points",
    ),
    (
        "relative",
        "share",
        &[COMPARISON],
        "difference over the baseline's mean",
    ),
    (
        "probability positive",
        "share",
        &[COMPARISON],
        "of futures in which the alternative is strictly greater",
    ),
    (
        "probability equal",
        "share",
        &[COMPARISON],
        "of futures in which the two are equal",
    ),
    (
        "scenario",
        "",
        &[SUMMARY, PERIODS, ASSUMPTIONS, CHECK],
        "its name",
    ),
    ("period", "", &[PERIODS], "month, or first day"),
    (
        "start_day, end_day",
        "day",
        &[PERIODS],
        "first day, and first day after it; day 0 is the start date",
    ),
    (
        "start_date, last_date",
        "date",
        &[PERIODS],
        "first and last day",
    ),
    (
        "revenue P10, revenue P90",
        "currency",
        &[PERIODS],
        "10 % and 90 % of futures are no greater in that period",
    ),
    ("part", "", &[BRIDGE], "a change, or a step of the funnel"),
    (
        "Shapley value",
        OF_THE_METRIC,
        &[BRIDGE],
        "what a change is worth, averaged over all orders in which the changes can be made; of a step of the funnel, its part of the difference",
    ),
    (
        "alone",
        OF_THE_METRIC,
        &[BRIDGE],
        "what a change is worth made first, against the baseline",
    ),
    (
        "last in",
        OF_THE_METRIC,
        &[BRIDGE],
        "what a change is worth made last, when all others are",
    ),
    (
        "sum of the parts",
        OF_THE_METRIC,
        &[BRIDGE],
        "a live formula; equals the total",
    ),
    (
        "from, to, below, gain, loss",
        OF_THE_METRIC,
        &[BRIDGE],
        "live formulas from which the charts are drawn",
    ),
    ("key", "", &[ASSUMPTIONS], "path of a key of the scenario"),
    ("value", "", &[ASSUMPTIONS], "as stated"),
    (
        "differs from the baseline",
        "",
        &[ASSUMPTIONS],
        "yes, where the baseline states something else or nothing",
    ),
    (
        "place",
        "",
        &[ASSUMPTIONS],
        "file, line and column, or the option of the command line",
    ),
    (
        "grade",
        "",
        &[ASSUMPTIONS],
        "how good the source is, by the words of the comment; of several the weakest",
    ),
    (
        "source",
        "",
        &[ASSUMPTIONS],
        "the comment above the key, which the lines below it share",
    ),
    (
        "from the periods",
        OF_THE_METRIC,
        &[CHECK],
        "a live formula over the sheet Periods",
    ),
    (
        "as the forecast states it",
        OF_THE_METRIC,
        &[CHECK],
        "the mean, as on the other sheets and in the JSON",
    ),
    (
        "difference (of a check)",
        OF_THE_METRIC,
        &[CHECK],
        "the one less the other; of rounding",
    ),
    (
        "verdict",
        "",
        &[CHECK],
        "OK, or differs by more than a billionth",
    ),
    ("how it is computed", "", &[CHECK], "the formula in words"),
];

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, DICTIONARY)?;
    page.widths(&WIDTHS)?;
    page.freeze(1, 1)?;
    page.heads(0, 0, HEADS)?;
    for (row, (at, metric)) in (1..).zip(METRICS.iter().enumerate()) {
        page.text(row, 0, metric.name)?;
        page.text(row, 1, &unit_name(metric.unit, book.currency()))?;
        page.wrapped(row, 2, &metric.formula.to_string())?;
        page.wrapped(row, 3, metric.note)?;
        let hidden = if periods::is_shown(book, at) {
            ""
        } else {
            " (hidden)"
        };
        page.text(row, 4, &format!("{}{hidden}", periods::letters(at)))?;
    }
    columns(&mut page, METRICS.len() as Row + 2)?;
    Ok(page.sheet)
}

fn columns(page: &mut Page, row: Row) -> Result<(), XlsxError> {
    page.heads(row, 0, COLUMN_HEADS)?;
    for (row, (name, unit, sheets, meaning)) in (row + 1..).zip(COLUMNS) {
        page.text(row, 0, name)?;
        page.text(row, 1, unit)?;
        page.text(row, 2, &sheets.join(", "))?;
        page.wrapped(row, 3, meaning)?;
    }
    Ok(())
}
