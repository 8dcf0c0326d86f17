//! Statistics by period: a row per scenario, period and metric.

use super::super::json::QUANTILE_NAMES;
use super::super::{Findings, view};
use super::PERIODS;
use super::table::{Column, Table};
use crate::forecast::{
    Case, Distribution, LEVELS, METRICS, Metric, MetricForecast, PeriodForecast,
};
use crate::units::Window;

/// A metric of a period of a scenario.
struct Row<'a> {
    case: &'a Case<'a>,
    period: &'a PeriodForecast,
    metric: &'static Metric,
    of: &'a MetricForecast,
}

/// What is measured as its metric is.
const AS_THE_METRIC: &str = "that of the metric";

pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Table<'a> {
    let cases = findings.cases.iter().zip(&findings.study.forecasts);
    let rows = cases.flat_map(|(case, forecast)| {
        let periods = forecast.warm_up_periods.iter().chain(&forecast.periods);
        periods.flat_map(move |period| {
            let metrics = METRICS.iter().zip(&period.metrics);
            metrics.map(move |(metric, of)| Row {
                case,
                period,
                metric,
                of,
            })
        })
    });
    let mut columns = Vec::from(place(|row: &Row<'a>| (row.case, row.period.window)));
    columns.extend([
        Column::text("metric", |row: &Row| Some(row.metric.name.into()))
            .means("its name, as in the JSON"),
        Column::number("mean", |row: &Row| row.of.estimate.mean)
            .in_unit(AS_THE_METRIC)
            .means("over replications; of a ratio, the ratio of sums"),
        Column::number("standard_error", |row: &Row| row.of.estimate.standard_error)
            .in_unit(AS_THE_METRIC)
            .means("Monte Carlo error of the mean; shrinks with more replications"),
    ]);
    columns.extend(spread("", "outcomes", |of| &of.distribution));
    columns.push(
        Column::number("process_share", |row: &Row| row.of.process_share)
            .in_unit("share")
            .means(
                "of the variance of outcomes: what is luck of the process, the rest being doubt",
            ),
    );
    columns.extend(spread(
        "process_",
        "outcomes with every doubt at its median",
        |of| &of.process,
    ));
    columns.extend([
        Column::number("open_share", |row: &Row| row.of.open_share)
            .in_unit("share")
            .means("of the cohort: what is still open at the horizon; empty for other metrics"),
        Column::flag("immature", |row: &Row| row.of.immature()).means(
            "whether more than a tenth of the cohort is still open, so that the share may yet rise",
        ),
    ]);
    Table::new(PERIODS, columns, rows)
}

/// The scenario and its days.
pub(super) fn place<'a, R: 'a>(
    of: impl Fn(&R) -> (&'a Case<'a>, Window) + Copy + 'a,
) -> [Column<'a, R>; 4] {
    [
        Column::text("scenario", move |row| {
            let scenario = of(row).0.scenario;
            Some(scenario.name[..].into())
        })
        .means("its name"),
        Column::integer("start_day", move |row| Some(of(row).1.start_day.into()))
            .in_unit("day")
            .means("first day of the period; before day 0 it is negative"),
        Column::integer("end_day", move |row| Some(of(row).1.end_day.into()))
            .in_unit("day")
            .means("first day after the period"),
        Column::date("start_date", move |row| {
            let (case, window) = of(row);
            Some(view::date(case.scenario.start, window.start_day))
        })
        .means("calendar day of start_day"),
    ]
}

/// Standard deviation and quantiles.
fn spread<'a>(
    prefix: &'a str,
    what: &'a str,
    of: fn(&MetricForecast) -> &Distribution,
) -> impl Iterator<Item = Column<'a, Row<'a>>> {
    let sd = Column::number(&format!("{prefix}sd"), move |row: &Row| of(row.of).sd)
        .in_unit(AS_THE_METRIC)
        .means(format!("standard deviation of {what} over replications"));
    let quantiles = QUANTILE_NAMES.iter().zip(LEVELS);
    let quantiles = quantiles.map(move |(name, level)| {
        Column::number(&format!("{prefix}{name}"), move |row: &Row| {
            of(row.of).quantile(level)
        })
        .in_unit(AS_THE_METRIC)
        .means(format!("{:.0} % of {what} are no greater", 100.0 * level))
    });
    std::iter::once(sd).chain(quantiles)
}
