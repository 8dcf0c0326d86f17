//! A row per scenario and period, a column per metric.

use std::ops::RangeInclusive;

use rust_xlsxwriter::{
    Chart, ChartEmptyCells, ChartLegendPosition, ChartLine, ChartLineDashType, Worksheet, XlsxError,
};

use super::super::view;
use super::page::{COLOURS, Column, Page, Row, Show, cell, number_format, title_font};
use super::summary::{CHART_ROWS, names_row};
use super::{Book, PERIODS, SUMMARY};
use crate::forecast::{Forecast, METRICS, PeriodForecast, REVENUE, Unit};
use crate::scenario::Scenario;
use crate::units::Window;

/// Scenario, name of the period, its days and dates.
const FIXED: [&str; 6] = [
    "scenario",
    "period",
    "start_day",
    "end_day",
    "start_date",
    "last_date",
];
const START_DATE: Column = 4;
/// Stand behind the mean revenue.
const BAND: [(&str, f64); 2] = [("revenue P10", 0.10), ("revenue P90", 0.90)];
/// One row of heads.
const FIRST: Row = 1;

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, PERIODS)?;
    // All metrics on one page's width could not be read.
    page.sheet.set_print_fit_to_pages(6, 0);
    page.freeze(FIRST, 2)?;
    heads(&mut page)?;
    let mut row = FIRST;
    for (case, forecast) in book.cases() {
        for period in all(forecast) {
            write(&mut page, row, case.scenario, period)?;
            row += 1;
        }
    }
    for at in (0..METRICS.len()).filter(|at| !is_shown(book, *at)) {
        page.sheet.set_column_hidden(column(at))?;
    }
    // Repeated columns would cut pieces out of a chart in print.
    page.sheet
        .set_print_area(0, 0, row - 1, column(METRICS.len() - 1))?;
    page.sheet.insert_chart(row + 2, 0, &revenue_chart(book))?;
    Ok(page.sheet)
}

/// Whether a metric is defined in any period of any scenario; else its column is hidden.
pub(super) fn is_shown(book: Book, metric: usize) -> bool {
    let mut periods = book.cases().flat_map(|(_, forecast)| all(forecast));
    periods.any(|of| of.metrics[metric].estimate.mean.is_some())
}

fn heads(page: &mut Page) -> Result<(), XlsxError> {
    page.widths(&[24.0, 12.0, 9.0, 9.0, 12.0, 12.0])?;
    page.heads(0, 0, &FIXED[..2])?;
    page.number_heads(0, 2, &FIXED[2..])?;
    for (at, metric) in METRICS.iter().enumerate() {
        let column = column(at);
        page.width(column, 16.0)?;
        page.number_heads(0, column, [metric.name])?;
    }
    for (column, (head, _)) in (column(REVENUE) + 1..).zip(BAND) {
        page.width(column, 16.0)?;
        page.number_heads(0, column, [head])?;
    }
    Ok(())
}

/// Periods before day 0, and those of the forecast.
pub(super) fn all(forecast: &Forecast) -> impl Iterator<Item = &PeriodForecast> {
    forecast.warm_up_periods.iter().chain(&forecast.periods)
}

fn write(
    page: &mut Page,
    row: Row,
    scenario: &Scenario,
    period: &PeriodForecast,
) -> Result<(), XlsxError> {
    let Window { start_day, end_day } = period.window;
    page.text(row, 0, &scenario.name)?;
    page.text(row, 1, &view::period_name(scenario.start, period.window))?;
    page.integer(row, 2, start_day.into())?;
    page.integer(row, 3, end_day.into())?;
    page.date(row, START_DATE, view::date(scenario.start, start_day))?;
    page.date(row, START_DATE + 1, view::date(scenario.start, end_day - 1))?;
    for (at, (metric, of)) in METRICS.iter().zip(&period.metrics).enumerate() {
        page.number(row, column(at), metric.unit, of.estimate.mean, Show::Value)?;
    }
    let spread = &period.metrics[REVENUE].distribution;
    let band = BAND.map(|(_, level)| spread.quantile(level));
    page.numbers(row, column(REVENUE) + 1, Unit::Money, band, Show::Value)
}

/// The column of the metric at a place of [`METRICS`].
pub(super) fn column(metric: usize) -> Column {
    let behind_band = if metric > REVENUE { BAND.len() } else { 0 };
    (FIXED.len() + metric + behind_band) as Column
}

/// The letters of that column.
pub(super) fn letters(metric: usize) -> String {
    cell(0, column(metric)).trim_end_matches('1').to_owned()
}

/// The rows of the periods that make up `window` of the scenario at a place; none where no whole periods do.
pub(super) fn rows(book: Book, case: usize, window: Window) -> Option<RangeInclusive<Row>> {
    let periods = |case: usize| all(&book.findings.study.forecasts[case]);
    let before: usize = (0..case).map(|case| periods(case).count()).sum();
    let first = periods(case).position(|of| of.window.start_day == window.start_day)?;
    let last = periods(case).position(|of| of.window.end_day == window.end_day)?;
    let row = |period: usize| FIRST + (before + period) as Row;
    Some(row(first)..=row(last))
}

/// Revenue by period of each scenario: its mean, and thinner its P10 and P90.
pub(super) fn revenue_chart(book: Book) -> Chart {
    let mut chart = Chart::new_line();
    let title = "Revenue by period: mean, and dotted P10 and P90";
    chart.title().set_name(title).set_font(&title_font());
    let names = names_row(book);
    let horizon = |case: usize| Window {
        start_day: 0,
        end_day: book.findings.cases[case].scenario.horizon_days as i32,
    };
    let mut bands = Vec::new();
    for (case, colour) in COLOURS.iter().enumerate().take(book.cases().count()) {
        let Some(rows) = rows(book, case, horizon(case)) else {
            continue;
        };
        let cells = |column: Column| (PERIODS, *rows.start(), column, *rows.end(), column);
        for (line, column) in (column(REVENUE)..).take(1 + BAND.len()).enumerate() {
            let mut style = ChartLine::new();
            style
                .set_color(*colour)
                .set_width(if line == 0 { 2.25 } else { 1.0 });
            if line > 0 {
                style.set_dash_type(ChartLineDashType::RoundDot);
                bands.push(3 * case + line);
            }
            chart
                .add_series()
                .set_name((SUMMARY, names, 1 + case as Column))
                .set_categories(cells(START_DATE))
                .set_values(cells(column))
                .set_format(&mut style);
        }
    }
    chart.legend().set_position(ChartLegendPosition::Bottom);
    chart.legend().delete_entries(&bands);
    let format = number_format(Unit::Money, 1e6, book.currency(), Show::Value);
    chart.y_axis().set_num_format(format);
    chart
        .x_axis()
        .set_num_format("mmm yyyy")
        .set_date_axis(true);
    chart.show_empty_cells_as(ChartEmptyCells::Gaps);
    chart.set_width(760).set_height(20 * CHART_ROWS);
    chart.set_alt_text(title);
    chart
}
