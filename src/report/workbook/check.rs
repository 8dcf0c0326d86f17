//! What a planner can verify: totals and ratios computed again, by live formulas, from the rows of the periods.

use std::ops::RangeInclusive;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::page::{Column, Page, Row, Show, cell, range, unit_name};
use super::{Book, CHECK, PERIODS, periods};
use crate::forecast::{Forecast, Formula, Item, METRICS, PeriodForecast};
use crate::units::Window;

const HEADS: [&str; 8] = [
    "scenario",
    "metric",
    "unit",
    "from the periods",
    "as the forecast states it",
    "difference",
    "verdict",
    "how it is computed",
];
const WIDTHS: [f64; 8] = [28.0, 26.0, 12.0, 20.0, 22.0, 14.0, 12.0, 70.0];
const AGAIN: Column = 3;
const STATED: Column = 4;
const DIFFERENCE: Column = 5;
const VERDICT: Column = 6;
/// What may differ: rounding.
const TOLERANCE: f64 = 1e-9;
/// Two rows of heads.
const FIRST: Row = 2;

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, CHECK)?;
    page.widths(&WIDTHS)?;
    page.freeze(FIRST, 0)?;
    page.heads(1, 0, HEADS)?;
    page.number_heads(1, AGAIN, &HEADS[AGAIN as usize..VERDICT as usize])?;
    let mut row = FIRST;
    let mut agreements = Vec::new();
    for case in 0..book.findings.cases.len() {
        row = scenario(&mut page, book, case, row, &mut agreements)?;
    }
    overall(&mut page, FIRST..=row, &agreements)?;
    Ok(page.sheet)
}

/// One verdict for all; `agreements` has what each check comes to.
fn overall(
    page: &mut Page,
    rows: RangeInclusive<Row>,
    agreements: &[bool],
) -> Result<(), XlsxError> {
    page.strong(0, 0, "all of it")?;
    let verdicts = range(VERDICT, &rows);
    let formula = format!(
        "=IF(COUNTIF({verdicts},\"differs\")>0,\"differs\",IF(COUNTIF({verdicts},\"OK\")>0,\"OK\",\"nothing to check\"))"
    );
    let result = match agreements {
        [] => "nothing to check",
        _ => verdict(agreements.iter().all(|agrees| *agrees)),
    };
    page.verdict(0, 1, &formula, result)?;
    page.faint(
        0,
        2,
        "Every number in the column \"from the periods\" is a live formula over the sheet Periods; change a row there and see.",
    )
}

fn verdict(agrees: bool) -> &'static str {
    if agrees { "OK" } else { "differs" }
}

/// The rows of a scenario. The row after them.
fn scenario(
    page: &mut Page,
    book: Book,
    case: usize,
    row: Row,
    agreements: &mut Vec<bool>,
) -> Result<Row, XlsxError> {
    let name = &book.findings.cases[case].scenario.name;
    let window = book.findings.cases[case].window();
    let Some(rows) = periods::rows(book, case, window) else {
        page.text(row, 0, name)?;
        let why = format!(
            "nothing to add up: {} is not made of whole periods",
            book.time()
        );
        page.text(row, 1, &why)?;
        return Ok(row + 1);
    };
    let forecast = &book.findings.study.forecasts[case];
    let ledger = Ledger::new(forecast, window, rows, row);
    for (row, again) in (row..).zip(&ledger.checks) {
        page.text(row, 0, name)?;
        check(page, book, row, again)?;
        agreements.push(again.agrees());
    }
    Ok(row + ledger.checks.len() as Row)
}

fn check(page: &mut Page, book: Book, row: Row, again: &Check) -> Result<(), XlsxError> {
    let metric = &METRICS[again.metric];
    page.text(row, 1, metric.name)?;
    page.text(row, 2, &unit_name(metric.unit, book.currency()))?;
    page.formula(
        row,
        AGAIN,
        metric.unit,
        &again.formula,
        again.result,
        Show::Value,
    )?;
    page.number(row, STATED, metric.unit, Some(again.stated), Show::Value)?;
    let (found, stated) = (cell(row, AGAIN), cell(row, STATED));
    let difference = again.result - again.stated;
    let formula = format!("={found}-{stated}");
    page.rest(row, DIFFERENCE, &formula, difference)?;
    let formula = format!(
        "=IF(ABS({})<={TOLERANCE:E}*MAX(1,ABS({stated})),\"OK\",\"differs\")",
        cell(row, DIFFERENCE)
    );
    page.verdict(row, VERDICT, &formula, verdict(again.agrees()))?;
    page.faint(row, VERDICT + 1, &again.how)
}

/// A metric computed again.
struct Check {
    /// Its place in [`METRICS`].
    metric: usize,
    formula: String,
    /// What the formula comes to.
    result: f64,
    stated: f64,
    /// The formula in words.
    how: String,
}

impl Check {
    /// As the verdict on the sheet.
    fn agrees(&self) -> bool {
        let difference = self.result - self.stated;
        difference.abs() <= TOLERANCE * self.stated.abs().max(1.0)
    }
}

/// What can be computed again for a scenario, in the order of the rows.
struct Ledger<'a> {
    forecast: &'a Forecast,
    /// Those of the window.
    periods: Vec<&'a PeriodForecast>,
    /// Where they stand on the sheet of periods.
    rows: RangeInclusive<Row>,
    /// Where the first check will stand.
    first: Row,
    checks: Vec<Check>,
}

/// A formula with what it comes to, and in words.
type Computed = (String, f64, String);

impl<'a> Ledger<'a> {
    fn new(forecast: &'a Forecast, window: Window, rows: RangeInclusive<Row>, first: Row) -> Self {
        let periods =
            periods::all(forecast).filter(|of| of.window.within(window) == Some(of.window));
        let mut ledger = Ledger {
            forecast,
            periods: periods.collect(),
            rows,
            first,
            checks: Vec::new(),
        };
        let (totals, ratios): (Vec<usize>, Vec<usize>) =
            (0..METRICS.len()).partition(|&metric| METRICS[metric].formula.is_additive());
        for metric in totals {
            ledger.add(metric, Some(ledger.total(metric)));
        }
        for metric in ratios {
            ledger.add(metric, ledger.ratio(metric));
        }
        ledger
    }

    /// A check of a metric, where the forecast states it and it can be computed.
    fn add(&mut self, metric: usize, computed: Option<Computed>) {
        let stated = self.forecast.metrics[metric].estimate.mean;
        if let (Some(stated), Some((formula, result, how))) = (stated, computed) {
            self.checks.push(Check {
                metric,
                formula,
                result,
                stated,
                how,
            });
        }
    }

    /// What adds up is summed, a stock is that of the last period.
    fn total(&self, metric: usize) -> Computed {
        if METRICS[metric].is_flow() {
            let formula = format!("=SUM({})", self.range(metric));
            return (formula, self.sum(metric), "sum of the periods".to_owned());
        }
        let formula = format!(
            "={PERIODS}!{}",
            cell(*self.rows.end(), periods::column(metric))
        );
        let last = self.values(metric).last();
        let how = "at the end of the last period".to_owned();
        (formula, last.unwrap_or(0.0), how)
    }

    /// A ratio of totals above, or of what the periods' ratios and one of their totals let follow.
    fn ratio(&self, metric: usize) -> Option<Computed> {
        match METRICS[metric].formula {
            Formula::Ratio(over, under) => match (self.checked(over), self.checked(under)) {
                (Some(over), Some(under)) => Some(self.quotient(over, under)),
                (None, Some(under)) => Some(self.weighted(metric, under)),
                (Some(over), None) => self.harmonic(metric, over),
                (None, None) => None,
            },
            Formula::Return(over, under) => {
                let (over, under) = (self.checked(over)?, self.checked(under)?);
                let (formula, ratio, how) = self.quotient(over, under);
                Some((formula + "-1", ratio - 1.0, how + " - 1"))
            }
            _ => None,
        }
    }

    fn quotient(&self, over: usize, under: usize) -> Computed {
        let at = |check: usize| cell(self.first + check as Row, AGAIN);
        let name = |check: usize| METRICS[self.checks[check].metric].name;
        (
            format!("={}/{}", at(over), at(under)),
            self.checks[over].result / self.checks[under].result,
            format!("{} / {}, both from above", name(over), name(under)),
        )
    }

    fn weighted(&self, metric: usize, weight: usize) -> Computed {
        let weight = self.checks[weight].metric;
        let (ratios, weights) = (self.range(metric), self.range(weight));
        let pairs = self.pairs(metric, weight);
        let sum: f64 = pairs
            .map(|(ratio, weight)| ratio.unwrap_or(0.0) * weight)
            .sum();
        (
            format!("=SUMPRODUCT({ratios},{weights})/SUM({weights})"),
            sum / self.sum(weight),
            format!("mean of the periods, weighted by {}", METRICS[weight].name),
        )
    }

    /// None where a period's ratio is 0 or undefined, so that what it is told of cannot be known.
    fn harmonic(&self, metric: usize, over: usize) -> Option<Computed> {
        let over = self.checks[over].metric;
        let (ratios, overs) = (self.range(metric), self.range(over));
        let under = self.pairs(metric, over).map(|(ratio, over)| {
            let ratio = ratio.filter(|ratio| *ratio > 0.0)?;
            Some(over / ratio)
        });
        let under: Option<Vec<f64>> = under.collect();
        let (over_name, name) = (METRICS[over].name, METRICS[metric].name);
        Some((
            format!("=SUM({overs})/SUMPRODUCT({overs}/{ratios})"),
            self.sum(over) / under?.iter().sum::<f64>(),
            format!("sum of {over_name} over the sum of {over_name} / {name}"),
        ))
    }

    /// The check above of what sums these items.
    fn checked(&self, items: &'static [Item]) -> Option<usize> {
        let total = Formula::Total(items);
        self.checks
            .iter()
            .position(|of| METRICS[of.metric].formula == total)
    }

    /// The means of a metric and of another one by period; one of the other that is undefined counts as 0.
    fn pairs(&self, metric: usize, other: usize) -> impl Iterator<Item = (Option<f64>, f64)> {
        let mean = |of: &PeriodForecast, metric: usize| of.metrics[metric].estimate.mean;
        let periods = self.periods.iter();
        periods.map(move |of| (mean(of, metric), mean(of, other).unwrap_or(0.0)))
    }

    fn values(&self, metric: usize) -> impl Iterator<Item = f64> {
        let periods = self.periods.iter();
        periods.filter_map(move |of| of.metrics[metric].estimate.mean)
    }

    fn sum(&self, metric: usize) -> f64 {
        self.values(metric).sum()
    }

    /// `Periods!H2:H19`
    fn range(&self, metric: usize) -> String {
        format!("{PERIODS}!{}", range(periods::column(metric), &self.rows))
    }
}
