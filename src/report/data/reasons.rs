//! Why leads came to nothing, from day 0 to the horizon: a row per scenario and reason.

use super::super::Findings;
use super::REASONS;
use super::table::{Column, Table};
use crate::forecast::{Case, ReasonForecast};

struct Row<'a> {
    case: &'a Case<'a>,
    of: &'a ReasonForecast,
}

pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Table<'a> {
    let cases = findings.cases.iter().zip(&findings.study.forecasts);
    let rows = cases.flat_map(|(case, forecast)| {
        let reasons = forecast.reasons.iter();
        reasons.map(move |of| Row { case, of })
    });
    let columns = vec![
        Column::text("scenario", |row: &Row<'a>| {
            Some(row.case.scenario.name[..].into())
        })
        .means("its name"),
        Column::text("kind", |row: &Row| Some(row.of.kind.name().into()))
            .means("rejected by sales, disqualified at a gate, or lost"),
        Column::text("reason", |row: &Row<'a>| Some(row.of.reason[..].into()))
            .means("its name in the scenario"),
        Column::number("mean", |row: &Row| row.of.mean.mean)
            .in_unit("count")
            .means("how often in a replication, from day 0 to the horizon"),
        Column::number("standard_error", |row: &Row| row.of.mean.standard_error)
            .in_unit("count")
            .means("Monte Carlo error of the mean; shrinks with more replications"),
        Column::number("share", |row: &Row| row.of.share)
            .in_unit("share")
            .means("of all of its kind, over all replications"),
    ];
    Table::new(REASONS, columns, rows)
}
