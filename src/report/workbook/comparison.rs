//! Every metric of the baseline, and of each alternative beside it with what it is worth.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Column, Page, Row, Show, unit_name};
use super::summary::ends;
use super::{Book, COMPARISON};
use crate::forecast::{Difference, METRICS, MetricForecast, Unit};

/// Metric, unit, the baseline's mean.
const FIXED: Column = 3;
/// What stands under the name of each alternative.
const HEADS: [&str; 9] = [
    "mean",
    "difference",
    "95 % low",
    "95 % high",
    "P10",
    "P90",
    "relative",
    "probability positive",
    "probability equal",
];
const N_HEADS: Column = HEADS.len() as Column;
/// Two rows of heads.
const FIRST: Row = 2;

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, COMPARISON)?;
    page.freeze(FIRST, 2)?;
    heads(&mut page, book)?;
    let forecasts = &book.findings.study.forecasts;
    for (at, metric) in METRICS.iter().enumerate() {
        let row = FIRST + at as Row;
        page.text(row, 0, metric.name)?;
        page.text(row, 1, &unit_name(metric.unit, book.currency()))?;
        let mean = forecasts[0].metrics[at].estimate.mean;
        page.number(row, 2, metric.unit, mean, Show::Value)?;
        let comparisons = book.findings.study.comparisons.iter();
        for (index, comparison) in comparisons.enumerate() {
            let of = &forecasts[index + 1].metrics[at];
            let difference = &comparison.differences[at];
            alternative(&mut page, row, first(index), metric.unit, of, difference)?;
        }
    }
    let note = "Differences of shares are in percentage points. Relative: the difference over the baseline's mean. P10 to P90: 8 of 10 futures have their difference in it.";
    page.faint(FIRST + 1 + METRICS.len() as Row, 0, note)?;
    Ok(page.sheet)
}

/// The first column of an alternative; beyond the last one of a sheet where there are too many.
fn first(index: usize) -> Column {
    let index = Column::try_from(index).unwrap_or(Column::MAX);
    FIXED.saturating_add(index.saturating_mul(N_HEADS))
}

fn heads(page: &mut Page, book: Book) -> Result<(), XlsxError> {
    page.widths(&[30.0, 14.0, 18.0])?;
    page.heads(0, 0, ["", ""])?;
    page.band(0, 2, 2, &book.baseline().name)?;
    page.heads(1, 0, ["metric", "unit"])?;
    page.number_heads(1, 2, ["mean"])?;
    for (index, (case, _)) in book.cases().skip(1).enumerate() {
        let first = first(index);
        for column in first..first.saturating_add(N_HEADS) {
            page.width(column, 14.0)?;
        }
        let name = format!("{} against {}", case.scenario.name, book.baseline().name);
        page.band(0, first, first.saturating_add(N_HEADS - 1), &name)?;
        page.number_heads(1, first, HEADS)?;
    }
    Ok(())
}

fn alternative(
    page: &mut Page,
    row: Row,
    column: Column,
    unit: Unit,
    of: &MetricForecast,
    difference: &Difference,
) -> Result<(), XlsxError> {
    page.number(row, column, unit, of.estimate.mean, Show::Value)?;
    let [low, high] = ends(difference.estimate.ci95());
    let [p10, p90] = [0.10, 0.90].map(|level| difference.distribution.quantile(level));
    let worth = [difference.estimate.mean, low, high, p10, p90];
    page.numbers(row, column + 1, unit, worth, Show::Difference)?;
    let relative = difference.relative.mean;
    page.number(row, column + 6, Unit::Share, relative, Show::Difference)?;
    let odds = [difference.probability_positive, difference.probability_zero];
    page.numbers(row, column + 7, Unit::Share, odds, Show::Value)
}
