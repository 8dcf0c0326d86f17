//! Many scenarios with the same luck, of which only what some metrics need is kept.

use std::ops::Range;

use super::compare::exact_difference;
use super::estimate::{Clustering, Desk, Distribution, Estimate, Sample};
use super::metric::{Item, Metric};
use super::parallel::{FailedReplication, Watch, Workers};
use super::records::{Columns, Records};
use super::replicate::{Plan, replicate_reduced};
use crate::scenario::Scenario;

/// What some metrics need of one window, in every replication of many scenarios.
///
/// A few numbers per scenario and replication: hundreds of scenarios fit where their records would not.
#[derive(Debug, Clone)]
pub struct Excerpts {
    range: Range<u64>,
    clustering: Clustering,
    items: Vec<Item>,
    /// `[scenario][item][replication]`
    columns: Vec<Vec<Vec<f64>>>,
}

impl Excerpts {
    /// Runs `plan` for all scenarios, replication by replication with the same luck, and keeps what
    /// `metrics` are made of. Cancelled, every scenario has the same shorter range, without gaps.
    ///
    /// # Errors
    /// If a replication panics, which is a defect of the engine.
    pub fn run(
        scenarios: &[&Scenario],
        metrics: &[&Metric],
        plan: &Plan,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Excerpts, FailedReplication> {
        let mut items: Vec<Item> = Vec::new();
        for item in metrics.iter().flat_map(|metric| metric.formula.items()) {
            if !items.contains(&item) {
                items.push(item);
            }
        }
        let in_doubt = !plan.certain && scenarios.iter().any(|scenario| scenario.has_doubts());
        let mut excerpts = Excerpts {
            range: plan.range.start..plan.range.start,
            clustering: Clustering::when_in_doubt(in_doubt),
            columns: vec![vec![Vec::new(); items.len()]; scenarios.len()],
            items: items.clone(),
        };
        replicate_reduced(
            scenarios,
            plan,
            workers,
            watch,
            |scenario, records| {
                let records = Records::from(records);
                let columns = records.columns(plan.span(scenarios[scenario]));
                let rows = (0..records.len()).map(|row| columns.amounts(row));
                let rows: Vec<_> = rows.collect();
                let of_item = |item: &Item| rows.iter().map(|row| row.get(*item)).collect();
                items.iter().map(of_item).collect::<Vec<Vec<f64>>>()
            },
            |_, _| (),
            |numbers, kept, ()| {
                let columns = excerpts.columns.iter_mut().flatten();
                let pairs = columns.zip(kept.into_iter().flatten());
                pairs.for_each(|(column, more)| column.extend(more));
                excerpts.range.end = numbers.end;
            },
        )?;
        Ok(excerpts)
    }

    /// Numbers of the replications; empty if it was cancelled before the first pair was done.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// What one of the scenarios yields.
    pub fn of(&self, scenario: usize) -> Excerpt<'_> {
        let columns = self.items.iter().zip(&self.columns[scenario]);
        let columns = columns.map(|(item, values)| (*item, &values[..]));
        let n = (self.range.end - self.range.start) as usize;
        let rows = Columns::of(n, columns);
        Excerpt(Sample::of(rows, self.range(), self.clustering))
    }
}

/// What one scenario yields. Only the metrics that the excerpt was made for can be asked.
pub struct Excerpt<'a>(Sample<'a>);

impl Excerpt<'_> {
    /// A metric's mean with its Monte Carlo error, and the spread of its outcomes: those of
    /// [`MetricForecast`](super::MetricForecast), to the last bit. O(replications log replications).
    pub fn forecast(&self, metric: &Metric) -> (Estimate, Distribution) {
        self.0.forecast(&metric.formula, &mut Desk::default())
    }

    /// How much a metric is above that of `other`, with the same luck. O(replications).
    pub fn above(&self, other: &Excerpt, metric: &Metric) -> Estimate {
        exact_difference(&other.0, &self.0, &metric.formula, &mut Desk::default())
    }

    /// A metric in each cluster of the jackknife, all replications of one parameter draw added up; for
    /// a metric that adds up. In order of replication.
    pub fn clusters(&self, metric: &Metric) -> Vec<f64> {
        debug_assert!(metric.formula.is_additive());
        self.0.cluster_sums(&metric.formula)
    }
}
