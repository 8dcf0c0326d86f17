//! Every replication: what it came to, and what was drawn for it.

use super::super::Findings;
use super::super::files::distinct;
use super::table::{Column, Table};
use super::{REPLICATIONS, REPLICATIONS_MEDIAN};
use crate::forecast::{
    Amounts, Case, Columns, Item, METRICS, Metric, Plan, Records, Unit, draw_of,
};
use crate::scenario::ReasonKind;

/// Which runs a table of replications tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// Each with the parameters of its draw.
    Drawn,
    /// With every doubt at its median.
    AtMedian,
}

impl Runs {
    fn table(self) -> &'static str {
        match self {
            Runs::Drawn => REPLICATIONS,
            Runs::AtMedian => REPLICATIONS_MEDIAN,
        }
    }

    /// What is kept of them. None where there were no such runs.
    fn records<'a>(self, case: &Case<'a>) -> Option<&'a Records> {
        match self {
            Runs::Drawn => Some(case.replications.records()),
            Runs::AtMedian => case.replications.median(),
        }
    }
}

/// A replication of a scenario.
struct Row<'a> {
    case: &'a Case<'a>,
    replication: u64,
    amounts: Amounts,
    /// How often for each reason; none where the scenario does not state it. `[Heads::reasons]`
    reasons: Vec<Option<u32>>,
    /// None where the scenario has no such doubt. `[Heads::doubts]`
    draws: Vec<Option<f64>>,
}

/// What only some scenarios have, each a column.
struct Heads<'a> {
    /// Every reason of any scenario, in order of first appearance.
    reasons: Vec<(ReasonKind, &'a str)>,
    /// Every number in doubt in any scenario, likewise.
    doubts: Vec<String>,
}

pub(super) fn table<'a>(findings: &'a Findings<'a>, runs: Runs) -> Table<'a> {
    let heads = Heads {
        reasons: distinct(findings.cases.iter().flat_map(reasons_of)),
        doubts: distinct(findings.cases.iter().flat_map(doubts_of)),
    };
    let mut columns = vec![
        Column::integer("replication", |row: &Row| Some(row.replication as i64))
            .means("its number: 2k and 2k + 1 share parameter draw k"),
        Column::text("scenario", |row: &Row<'a>| {
            Some(row.case.scenario.name[..].into())
        })
        .means("its name"),
    ];
    columns.extend(
        Item::names()
            .enumerate()
            .map(|(place, name)| item(place, name)),
    );
    let composed = METRICS.iter().filter(|of| of.formula.item().is_none());
    columns.extend(composed.map(composed_metric));
    let reasons = heads.reasons.iter().enumerate();
    columns.extend(reasons.map(|(place, (kind, reason))| {
        let name = format!("{}:{reason}", kind.name());
        Column::integer(&name, move |row: &Row| row.reasons[place].map(i64::from))
            .in_unit("count")
            .means("how often for this reason, from day 0 to the horizon")
    }));
    let doubts = heads.doubts.iter().enumerate();
    columns.extend(doubts.map(|(place, path)| {
        Column::number(&format!("draw:{path}"), move |row: &Row| row.draws[place])
            .in_unit("that of the key")
            .means("what was drawn for this number in doubt; past. stands before a key of the past")
    }));
    Table::new(runs.table(), columns, rows(findings, heads, runs))
}

/// A count, stock or sum.
fn item<'a>(place: usize, name: &str) -> Column<'a, Row<'a>> {
    let (unit, meaning) = Item::described(name);
    let value = move |row: &Row| row.amounts.values()[place];
    let column = match unit == Unit::Count.to_string() {
        true => Column::integer(name, move |row| Some(value(row) as i64)),
        false => Column::number(name, move |row| Some(value(row))),
    };
    column.in_unit(unit).means(meaning)
}

/// A metric that is more than one of the counts and sums.
fn composed_metric<'a>(metric: &'static Metric) -> Column<'a, Row<'a>> {
    let value = move |row: &Row| {
        let applies = metric.applies(row.case.scenario);
        applies
            .then(|| metric.formula.value(&row.amounts))
            .flatten()
    };
    Column::number(metric.name, value)
        .in_unit(metric.unit)
        .means(metric.meaning())
}

/// Replication by replication, and in each the scenarios in their order.
fn rows<'a>(
    findings: &'a Findings<'a>,
    heads: Heads<'a>,
    runs: Runs,
) -> impl Iterator<Item = Row<'a>> {
    let plan = Plan {
        certain: findings.plan.certain || runs == Runs::AtMedian,
        ..findings.plan.clone()
    };
    let cases = findings.cases.iter();
    let cases: Vec<(&Case, &Records, Columns)> = cases
        .filter_map(|case| {
            let records = runs.records(case)?;
            Some((case, records, records.columns(case.span())))
        })
        .collect();
    findings.cases[0]
        .replications
        .range()
        .flat_map(move |replication| {
            let with = |(case, records, columns): &(&'a Case<'a>, &Records, Columns)| {
                let range = case.replications.range();
                let index = replication.checked_sub(range.start)? as usize;
                range.contains(&replication).then(|| Row {
                    case,
                    replication,
                    amounts: columns.amounts(index),
                    reasons: heads.reasons(case, records, index),
                    draws: heads.draws(case, &plan, replication),
                })
            };
            cases.iter().filter_map(with).collect::<Vec<_>>()
        })
}

impl Heads<'_> {
    fn reasons(&self, case: &Case, records: &Records, index: usize) -> Vec<Option<u32>> {
        let count = |reason: &(ReasonKind, &str)| {
            let place = reasons_of(case).position(|own| own == *reason)?;
            Some(records.reason(place, index))
        };
        self.reasons.iter().map(count).collect()
    }

    fn draws(&self, case: &Case, plan: &Plan, replication: u64) -> Vec<Option<f64>> {
        let draw = draw_of(case.scenario, plan, replication);
        let own: Vec<(String, f64)> = doubts_of(case).zip(draw).collect();
        let value = |path: &String| {
            let of = own.iter().find(|(name, _)| name == path);
            of.map(|(_, value)| *value)
        };
        self.doubts.iter().map(value).collect()
    }
}

/// A scenario's reasons, in order.
fn reasons_of<'a>(case: &Case<'a>) -> impl Iterator<Item = (ReasonKind, &'a str)> + use<'a> {
    let scenario = case.scenario;
    scenario.process.reasons()
}

/// Names of a scenario's doubts, in order; those of the past are told apart from today's.
fn doubts_of<'a>(case: &Case<'a>) -> impl Iterator<Item = String> + use<'a> {
    let scenario = case.scenario;
    scenario.doubts.iter().map(|doubt| {
        let of = if doubt.of_past { "past." } else { "" };
        format!("{of}{}", doubt.path)
    })
}
