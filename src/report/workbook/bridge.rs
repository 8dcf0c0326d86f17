//! How the difference of each alternative splits: by change, and along the funnel, each with a waterfall.

use rust_xlsxwriter::{Chart, ChartFormat, ChartSolidFill, ChartType, Worksheet, XlsxError};

use super::super::bridge::sorted;
use super::super::{Bridge, Explained};
use super::page::{
    Column, GAIN, LOSS, Page, Row, Show, TOTAL, cell, number_format, range, title_font,
};
use super::summary::{CHART_ROWS, ends};
use super::{BRIDGE, Book};
use crate::forecast::{Estimate, Metric};

const WIDTHS: [f64; 7] = [34.0, 16.0, 16.0, 16.0, 16.0, 16.0, 3.0];
/// Where charts stand.
const CHART: Column = 7;
const CHART_COLUMNS: Column = 12;
/// What charts are drawn from, beyond what is printed.
const DRAWN: Column = 22;
const DRAWN_HEADS: [&str; 8] = [
    "part",
    "from",
    "to",
    "below",
    "gain",
    "gain under 0",
    "loss",
    "loss under 0",
];
/// Where the whole difference stands among what is drawn.
const WHOLE: Column = DRAWN + DRAWN_HEADS.len() as Column;

pub(super) fn sheet(book: Book) -> Result<Worksheet, XlsxError> {
    let mut page = Page::new(book, BRIDGE)?;
    page.widths(&WIDTHS)?;
    page.heads(0, 0, ["part"])?;
    let heads = ["Shapley value", "95 % low", "95 % high", "alone", "last in"];
    page.number_heads(0, 1, heads)?;
    page.freeze(1, 0)?;
    page.faint(0, DRAWN, "from here on: what the charts are drawn from")?;
    let mut row = 2;
    let alternatives = book.cases().skip(1).zip(book.findings.bridges);
    for ((case, _), bridge) in alternatives {
        let (name, baseline) = (&case.scenario.name, &book.baseline().name);
        page.strong(row, 0, &format!("{name} against {baseline}"))?;
        row = match bridge {
            Bridge::None(reason) => {
                page.text(row + 1, 0, &format!("not split: {reason}"))?;
                row + 3
            }
            Bridge::Split { attribution, exact } => {
                let explained = Explained {
                    baseline: book.baseline(),
                    alternative: case.scenario,
                    attribution,
                    exact: *exact,
                    plan: book.findings.plan,
                };
                told(&mut page, row + 1, &explained)?;
                splits(&mut page, book, row + 3, &explained)?
            }
        };
    }
    let last = CHART + CHART_COLUMNS;
    page.sheet.set_print_area(0, 0, row, last)?;
    Ok(page.sheet)
}

/// What was split, in a line.
fn told(page: &mut Page, row: Row, explained: &Explained) -> Result<(), XlsxError> {
    let of = explained.attribution;
    let n = of.range.end - of.range.start;
    let how = match explained.exact {
        true => "all combinations of the changes were run",
        false => "orders of the changes were sampled",
    };
    let name = of.metric.name;
    page.faint(row, 0, &format!("difference in {name}, {n} replications of each combination; {how}; the parts of either split sum to the total"))
}

/// Both splits of a difference. The row after them.
fn splits(page: &mut Page, book: Book, row: Row, explained: &Explained) -> Result<Row, XlsxError> {
    let attribution = explained.attribution;
    let metric = attribution.metric;
    let none = Estimate::default();
    let terms = sorted(explained).into_iter().map(|of| Part {
        name: &of.name,
        value: of.shapley,
        alone: of.alone,
        last_in: of.last_in,
    });
    let by_change = Split {
        title: "by what was changed",
        parts: terms.collect(),
        total: attribution.total,
        metric,
    };
    let row = by_change.write(page, book, row)?;
    let Some(steps) = &attribution.along_the_funnel else {
        return Ok(row);
    };
    let steps = steps.iter().map(|of| Part {
        name: of.name,
        value: of.value,
        alone: none,
        last_in: none,
    });
    let along = Split {
        title: "along the funnel",
        parts: steps.collect(),
        total: attribution.total,
        metric,
    };
    along.write(page, book, row)
}

/// A part of a difference.
struct Part<'a> {
    name: &'a str,
    value: Estimate,
    alone: Estimate,
    last_in: Estimate,
}

/// Parts that sum to a difference.
struct Split<'a> {
    title: &'a str,
    parts: Vec<Part<'a>>,
    total: Estimate,
    metric: &'static Metric,
}

impl Split<'_> {
    /// Writes the table and its waterfall. The row after both.
    fn write(&self, page: &mut Page, book: Book, row: Row) -> Result<Row, XlsxError> {
        page.strong(row, 0, self.title)?;
        let first = row + 1;
        for (row, part) in (first..).zip(&self.parts) {
            page.text(row, 0, part.name)?;
            self.estimate(page, row, &part.value)?;
            let others = [part.alone.mean, part.last_in.mean];
            page.numbers(row, 4, self.metric.unit, others, Show::Difference)?;
        }
        let total = first + self.parts.len() as Row;
        page.strong(total, 0, "total")?;
        self.estimate(page, total, &self.total)?;
        if !self.parts.is_empty() {
            self.sum(page, first..=total - 1)?;
        }
        self.drawn(page, first..=total)?;
        let chart = self.chart(book, first..=total);
        page.sheet.insert_chart(row, CHART, &chart)?;
        Ok((total + 3).max(row + CHART_ROWS + 1))
    }

    fn estimate(&self, page: &mut Page, row: Row, of: &Estimate) -> Result<(), XlsxError> {
        let [low, high] = ends(of.ci95());
        let values = [of.mean, low, high];
        page.numbers(row, 1, self.metric.unit, values, Show::Difference)
    }

    /// What the parts sum to, as a formula below the total.
    fn sum(&self, page: &mut Page, parts: std::ops::RangeInclusive<Row>) -> Result<(), XlsxError> {
        let row = parts.end() + 2;
        let values = self.parts.iter().filter_map(|part| part.value.mean);
        let formula = format!("=SUM({})", range(1, &parts));
        page.faint(row, 0, "sum of the parts")?;
        page.formula(
            row,
            1,
            self.metric.unit,
            &formula,
            values.sum(),
            Show::Difference,
        )
    }

    /// Ends of the bars, as formulas: each begins where the one before it ends, the total at 0.
    fn drawn(&self, page: &mut Page, rows: std::ops::RangeInclusive<Row>) -> Result<(), XlsxError> {
        page.heads(rows.start() - 1, DRAWN, DRAWN_HEADS)?;
        page.heads(rows.start() - 1, WHOLE, ["total"])?;
        let mut from = 0.0;
        for (row, part) in rows.clone().zip(&self.parts) {
            let value = part.value.mean.unwrap_or(0.0);
            self.bar(page, row, row == *rows.start(), part.name, from, value)?;
            from += value;
        }
        let total = *rows.end();
        page.text(total, DRAWN, "total")?;
        let formula = format!("={}", cell(total, 1));
        let value = self.total.mean.unwrap_or(0.0);
        page.formula(
            total,
            WHOLE,
            self.metric.unit,
            &formula,
            value,
            Show::Difference,
        )
    }

    fn bar(
        &self,
        page: &mut Page,
        row: Row,
        is_first: bool,
        name: &str,
        from: f64,
        value: f64,
    ) -> Result<(), XlsxError> {
        page.text(row, DRAWN, name)?;
        let at = |column: Column| cell(row, DRAWN + column);
        let (begin, end, part) = (at(1), at(2), cell(row, 1));
        let before = match is_first {
            true => "=0".to_owned(),
            false => format!("={}", cell(row - 1, DRAWN + 2)),
        };
        let to = from + value;
        let (low, high) = (from.min(to), from.max(to));
        let (above, under) = (high.max(0.0) - low.max(0.0), low.min(0.0) - high.min(0.0));
        let [gain, loss] = [value >= 0.0, value < 0.0].map(f64::from);
        let (lower, upper) = (format!("MIN({begin},{end})"), format!("MAX({begin},{end})"));
        let above_text = format!("MAX({upper},0)-MAX({lower},0)");
        let under_text = format!("MIN({lower},0)-MIN({upper},0)");
        let cells = [
            (before, from),
            (format!("={begin}+{part}"), to),
            (
                format!("=MAX({lower},0)+MIN({upper},0)"),
                low.max(0.0) + high.min(0.0),
            ),
            (format!("=IF({part}>=0,{above_text},0)"), gain * above),
            (format!("=IF({part}>=0,{under_text},0)"), gain * under),
            (format!("=IF({part}<0,{above_text},0)"), loss * above),
            (format!("=IF({part}<0,{under_text},0)"), loss * under),
        ];
        for (column, (formula, result)) in (DRAWN + 1..).zip(cells) {
            page.formula(row, column, self.metric.unit, &formula, result, Show::Value)?;
        }
        Ok(())
    }

    fn chart(&self, book: Book, rows: std::ops::RangeInclusive<Row>) -> Chart {
        let mut chart = Chart::new(ChartType::ColumnStacked);
        let title = format!("Difference in {}, {}", self.metric.name, self.title);
        chart.title().set_name(&title).set_font(&title_font());
        let cells = |column: Column| (BRIDGE, *rows.start(), column, *rows.end(), column);
        let bars = [(4, GAIN), (5, GAIN), (6, LOSS), (7, LOSS), (8, TOTAL)];
        let mut unseen = ChartFormat::new();
        unseen.set_no_fill();
        chart
            .add_series()
            .set_categories(cells(DRAWN))
            .set_values(cells(DRAWN + 3))
            .set_gap(40)
            .set_format(&mut unseen);
        for (column, colour) in bars {
            chart
                .add_series()
                .set_categories(cells(DRAWN))
                .set_values(cells(DRAWN + column))
                .set_format(ChartSolidFill::new().set_color(colour));
        }
        chart.legend().set_hidden();
        let large = self.total.mean.unwrap_or(0.0);
        let format = number_format(self.metric.unit, large, book.currency(), Show::Value);
        chart.y_axis().set_num_format(format);
        let low = rust_xlsxwriter::ChartAxisLabelPosition::Low;
        chart.x_axis().set_label_position(low);
        chart.set_width(720).set_height(20 * CHART_ROWS);
        chart.set_alt_text(&title);
        chart
    }
}
