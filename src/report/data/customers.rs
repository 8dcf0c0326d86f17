//! Customers by period of winning: a row per scenario, period in which they were won and later period.

use super::super::{Findings, view};
use super::CUSTOMERS;
use super::table::{Column, Table};
use crate::forecast::{Case, MeanRetained};

struct Row<'a> {
    case: &'a Case<'a>,
    of: MeanRetained,
}

pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Table<'a> {
    let rows = findings.cases.iter().flat_map(|case| {
        let all = case.customers().into_iter().flatten();
        all.map(move |of| Row { case, of })
    });
    let columns = vec![
        Column::text("scenario", |row: &Row<'a>| {
            Some(row.case.scenario.name[..].into())
        })
        .means("its name"),
        Column::integer("won_start_day", |row: &Row| {
            row.of.won_in.map(|window| window.start_day.into())
        })
        .in_unit("day")
        .means("first day of the period in which they were won; empty for those won before"),
        Column::integer("won_end_day", |row: &Row| {
            row.of.won_in.map(|window| window.end_day.into())
        })
        .in_unit("day")
        .means("first day after that period"),
        Column::date("won_start_date", |row: &Row| {
            let start = row.of.won_in?.start_day;
            Some(view::date(row.case.scenario.start, start))
        })
        .means("calendar day of won_start_day"),
        Column::integer("end_day", |row: &Row| Some(row.of.period.end_day.into()))
            .in_unit("day")
            .means("day on which they are counted"),
        Column::number("customers", |row: &Row| Some(row.of.customers))
            .in_unit("count")
            .means("how many of them have not left by then, a mean over replications"),
        Column::number("annual_contract_value", |row: &Row| {
            Some(row.of.annual_value)
        })
        .in_unit("currency")
        .means("what their contracts are worth in a year, a mean over replications"),
    ];
    Table::new(CUSTOMERS, columns, rows)
}
