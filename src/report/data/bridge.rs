//! How the difference of each alternative splits: a row per part, by change and along the funnel.

use super::super::{Bridge, Findings};
use super::BRIDGE;
use super::table::{Column, Table};
use crate::decide::{Attribution, Step, Term};
use crate::forecast::Estimate;

/// A part of a difference, or the whole.
struct Row<'a> {
    baseline: &'a str,
    alternative: &'a str,
    attribution: &'a Attribution,
    split: &'static str,
    part: &'a str,
    value: Estimate,
    alone: Estimate,
    last_in: Estimate,
}

/// None where nothing was split.
pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Option<Table<'a>> {
    let alternatives = findings.cases.iter().skip(1).zip(findings.bridges);
    let rows = alternatives.filter_map(|(case, bridge)| match bridge {
        Bridge::Split { attribution, .. } => Some(rows(findings, &case.scenario.name, attribution)),
        Bridge::None(_) => None,
    });
    let rows: Vec<Row> = rows.flatten().collect();
    (!rows.is_empty()).then(|| Table::new(BRIDGE, columns(), rows.into_iter()))
}

fn rows<'a>(
    findings: &'a Findings<'a>,
    alternative: &'a str,
    attribution: &'a Attribution,
) -> Vec<Row<'a>> {
    let row = |split, part, value| Row {
        baseline: &findings.cases[0].scenario.name,
        alternative,
        attribution,
        split,
        part,
        value,
        alone: Estimate::default(),
        last_in: Estimate::default(),
    };
    let total = row("total", "total", attribution.total);
    let terms = attribution.terms.iter().map(|of: &'a Term| Row {
        alone: of.alone,
        last_in: of.last_in,
        ..row("change", &of.name, of.shapley)
    });
    let steps = attribution.along_the_funnel.iter().flatten();
    let steps = steps.map(|of: &'a Step| row("funnel", of.name, of.value));
    std::iter::once(total).chain(terms).chain(steps).collect()
}

fn columns<'a>() -> Vec<Column<'a, Row<'a>>> {
    let unit = "that of the metric";
    let number = |name: &str, of: fn(&Row) -> Option<f64>| Column::number(name, of).in_unit(unit);
    vec![
        Column::text("baseline", |row: &Row<'a>| Some(row.baseline.into()))
            .means("name of the scenario that is measured against"),
        Column::text("alternative", |row: &Row<'a>| Some(row.alternative.into()))
            .means("name of the scenario with the changes"),
        Column::text("metric", |row: &Row| Some(row.attribution.metric.name.into()))
            .means("what the difference is in"),
        Column::text("split", |row: &Row| Some(row.split.into()))
            .means("total: the difference; change: its parts by what was changed; funnel: its parts by where they arise"),
        Column::text("part", |row: &Row<'a>| Some(row.part.into()))
            .means("name of the change, or of the step of the funnel"),
        number("value", |row| row.value.mean)
            .means("of a change, its Shapley value; the parts of either split sum to the total"),
        number("standard_error", |row| row.value.standard_error)
            .means("Monte Carlo error of the value"),
        number("ci95_low", |row| row.value.ci95().map(|[low, _]| low))
            .means("lower end of the 95 % confidence interval of the value"),
        number("ci95_high", |row| row.value.ci95().map(|[_, high]| high))
            .means("upper end of the same"),
        number("alone", |row| row.alone.mean)
            .means("of a change: what it is worth made first, against the baseline"),
        number("last_in", |row| row.last_in.mean)
            .means("of a change: what it is worth made last, when all others are"),
        Column::integer("replications", |row: &Row| {
            let range = &row.attribution.range;
            Some((range.end - range.start) as i64)
        })
        .in_unit("count")
        .means("of the split, which may be fewer than those of the run; the total is of them too"),
    ]
}
