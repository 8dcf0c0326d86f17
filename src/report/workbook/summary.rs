//! The answer, the main numbers of each scenario, and what its funnel lets through.

use rust_xlsxwriter::{Chart, ChartDataLabel, ChartSolidFill, Format, Worksheet, XlsxError};

use super::super::table::cut;
use super::super::terminal;
use super::page::{COLOURS, Column, Page, Row, Show, title_font, unit_name};
use super::{Book, SUMMARY, periods};
use crate::forecast::{Forecast, METRICS, Metric, MetricForecast, Unit};

/// Metrics that are shown, where they are defined; the other sheets have all.
const MAIN: [&str; 18] = [
    "revenue",
    "new_revenue",
    "existing_revenue",
    "won",
    "opportunities",
    "sals",
    "mqls",
    "leads",
    "mean_deal",
    "win_rate",
    "lead_to_won_cohort",
    "cycle_days",
    "cost",
    "gross_profit",
    "margin",
    "cac",
    "ltv_to_cac",
    "roi",
];
/// Stages of the funnel, from top to bottom.
const STAGES: [&str; 6] = ["leads", "mqls", "sals", "sqls", "opportunities", "won"];
const WIDTHS: [f64; 9] = [34.0, 22.0, 12.0, 16.0, 16.0, 16.0, 16.0, 16.0, 16.0];
/// Longest name at the head of a column, and so in the legend of a chart.
const NAME_WIDTH: usize = 40;
/// Rows that a chart covers.
pub(super) const CHART_ROWS: Row = 18;

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let places = Places::new(book);
    let mut page = Page::new(book, SUMMARY)?;
    page.widths(&WIDTHS)?;
    let last = WIDTHS.len() as Column - 1;
    let width: f64 = WIDTHS.iter().sum();
    let bold = Format::new().set_bold().set_font_size(12.0);
    for (row, answer) in (0..).zip(terminal::answers(book.findings)) {
        page.paragraph(row, last, 0.8 * width, &answer, &bold)?;
    }
    page.freeze(places.facts - 1, 0)?;
    facts(&mut page, book, places.facts)?;
    main_numbers(&mut page, book, places.numbers)?;
    funnel(&mut page, book, places.funnel)?;
    // The funnel and the charts go on a page of their own.
    page.sheet.set_page_breaks(&[places.funnel])?;
    let (charts, right) = (places.charts, 4);
    page.sheet
        .insert_chart(charts, 0, &funnel_chart(book, places.funnel))?;
    page.sheet
        .insert_chart(charts, right, &periods::revenue_chart(book))?;
    Ok(page.sheet)
}

/// The first row of each part.
struct Places {
    facts: Row,
    numbers: Row,
    /// Its head names the scenarios.
    funnel: Row,
    charts: Row,
}

impl Places {
    fn new(book: Book) -> Self {
        let has_target = usize::from(book.findings.target_revenue.is_some());
        let numbers = book
            .cases()
            .map(|(_, of)| main_metrics(of).count() + has_target);
        let facts = terminal::answers(book.findings).len() + 1;
        let first_number = facts + 5 + has_target;
        let funnel = first_number + 2 + numbers.sum::<usize>();
        let charts = funnel + 2 + STAGES.len();
        Places {
            facts: facts as Row,
            numbers: first_number as Row,
            funnel: funnel as Row,
            charts: charts as Row,
        }
    }
}

/// Where the row stands whose second cell on names the scenarios.
pub(super) fn names_row(book: Book) -> Row {
    Places::new(book).funnel
}

/// What was run.
fn facts(page: &mut Page, book: Book, mut row: Row) -> Result<(), XlsxError> {
    let findings = book.findings;
    let replications = findings.cases[0].replications.len();
    page.text(row, 0, "time that the numbers are of")?;
    page.text(row, 1, &book.time())?;
    page.text(row + 1, 0, "replications")?;
    page.integer(row + 1, 1, replications as i64)?;
    page.text(row + 2, 0, "seed")?;
    // A seed may have more digits than a number of a spreadsheet.
    page.text(row + 2, 1, &findings.plan.seed.to_string())?;
    row += 3;
    if let Some(target) = findings.target_revenue {
        page.text(row, 0, "target of revenue")?;
        page.number(row, 1, Unit::Money, Some(target), Show::Value)?;
        row += 1;
    }
    page.faint(
        row,
        0,
        "95 % interval: Monte Carlo error of the mean, which shrinks with more replications. P10 to P90: 8 of 10 futures lie in it.",
    )
}

/// A table of the main metrics of each scenario.
fn main_numbers(page: &mut Page, book: Book, mut row: Row) -> Result<(), XlsxError> {
    page.heads(row, 0, ["scenario", "metric", "unit"])?;
    let heads = ["mean", "95 % low", "95 % high", "P10", "P50", "P90"];
    page.number_heads(row, 3, heads)?;
    row += 1;
    for (case, forecast) in book.cases() {
        let name = &case.scenario.name;
        for (metric, of) in main_metrics(forecast) {
            page.text(row, 0, name)?;
            page.text(row, 1, metric.name)?;
            page.text(row, 2, &unit_name(metric.unit, book.currency()))?;
            page.numbers(row, 3, metric.unit, told(of), Show::Value)?;
            row += 1;
        }
        if let Some(target) = forecast.target {
            page.text(row, 0, name)?;
            page.text(row, 1, "target reached")?;
            page.text(row, 2, &Unit::Share.to_string())?;
            let [low, high] = ends(target.ci95());
            page.numbers(row, 3, Unit::Share, [target.mean, low, high], Show::Value)?;
            row += 1;
        }
    }
    Ok(())
}

fn main_metrics(forecast: &Forecast) -> impl Iterator<Item = (&'static Metric, &MetricForecast)> {
    let places = MAIN.iter().filter_map(|name| Metric::position(name));
    let metrics = places.map(|place| (&METRICS[place], &forecast.metrics[place]));
    metrics.filter(|(_, of)| of.estimate.mean.is_some())
}

/// Mean, ends of its 95 % interval, P10, P50, P90.
pub(super) fn told(of: &MetricForecast) -> [Option<f64>; 6] {
    let [low, high] = ends(of.estimate.ci95());
    let [p10, p50, p90] = [0.10, 0.50, 0.90].map(|level| of.distribution.quantile(level));
    [of.estimate.mean, low, high, p10, p50, p90]
}

pub(super) fn ends(interval: Option<[f64; 2]>) -> [Option<f64>; 2] {
    interval.map_or([None; 2], |ends| ends.map(Some))
}

/// A table of the means by stage, the scenarios side by side.
fn funnel(page: &mut Page, book: Book, row: Row) -> Result<(), XlsxError> {
    let names = book
        .cases()
        .map(|(case, _)| cut(&case.scenario.name, NAME_WIDTH, "…"));
    page.heads(row, 0, ["funnel, mean count"])?;
    page.number_heads(row, 1, names)?;
    let stages = STAGES.iter().filter_map(|name| Metric::position(name));
    for (row, place) in (row + 1..).zip(stages) {
        page.text(row, 0, METRICS[place].name)?;
        let means = book.cases().map(|(_, of)| of.metrics[place].estimate.mean);
        page.numbers(row, 1, Unit::Count, means, Show::Value)?;
    }
    Ok(())
}

fn funnel_chart(book: Book, head: Row) -> Chart {
    let mut chart = Chart::new_column();
    let lowest = book.cases().flat_map(|(_, of)| {
        let places = STAGES.iter().filter_map(|name| Metric::position(name));
        places.filter_map(|place| of.metrics[place].estimate.mean)
    });
    let lowest = lowest.fold(f64::INFINITY, f64::min);
    // Below 1 a logarithm would turn columns upside down.
    let title = match lowest >= 1.0 {
        true => "Mean count by stage (logarithmic)",
        false => "Mean count by stage",
    };
    if lowest >= 1.0 {
        chart.y_axis().set_log_base(10);
    }
    chart.title().set_name(title).set_font(&title_font());
    let stages = (SUMMARY, head + 1, 0, head + STAGES.len() as Row, 0);
    for (at, colour) in (1..).zip(COLOURS.iter()).take(book.cases().count()) {
        chart
            .add_series()
            .set_name((SUMMARY, head, at))
            .set_categories(stages)
            .set_values((SUMMARY, head + 1, at, head + STAGES.len() as Row, at))
            .set_format(ChartSolidFill::new().set_color(*colour))
            .set_data_label(ChartDataLabel::new().show_value().set_num_format("#,##0"));
    }
    chart.y_axis().set_num_format("#,##0");
    chart
        .legend()
        .set_position(rust_xlsxwriter::ChartLegendPosition::Bottom);
    chart.set_width(620).set_height(20 * CHART_ROWS);
    chart.set_alt_text(title);
    chart
}
