//! From the amounts of many replications to estimates and distributions.

use std::ops::Range;

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::metric::{Amounts, Formula, Item, METRICS, Metric, Span};
use super::records::{Columns, Lanes};
use super::replicate::Replications;
use crate::funnel::Sum;
use crate::scenario::Scenario;

/// Levels of the quantiles of a [`Distribution`], in order.
pub const LEVELS: [f64; 7] = [0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95];

/// An estimate with its Monte Carlo error, which shrinks with more replications.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Estimate {
    /// Of a ratio: the ratio of sums. `None` where undefined.
    pub mean: Option<f64>,
    /// Delete-one-cluster jackknife; `None` for fewer than two clusters.
    pub standard_error: Option<f64>,
    /// Half the width of the 95 % confidence interval, by Student's t with clusters − 1 degrees of freedom.
    pub half_width: Option<f64>,
}

impl Estimate {
    /// A value with its standard error, known from so many clusters \[≥ 2\].
    pub fn new(mean: f64, standard_error: f64, n_clusters: u32) -> Estimate {
        let half_width = standard_error * t_quantile(n_clusters.max(2) - 1);
        Estimate {
            mean: Some(mean),
            standard_error: Some(standard_error),
            half_width: Some(half_width).filter(|half| half.is_finite()),
        }
    }

    /// The 95 % confidence interval.
    pub fn ci95(&self) -> Option<[f64; 2]> {
        let (mean, half) = (self.mean?, self.half_width?);
        Some([mean - half, mean + half]).filter(|ends| ends.iter().all(|end| end.is_finite()))
    }

    /// The same value without error, if it had one: rounding in the jackknife leaves a trace of it.
    pub(super) fn without_error(self) -> Estimate {
        let none = self.standard_error.map(|_| 0.0);
        Estimate {
            mean: self.mean,
            standard_error: none,
            half_width: none,
        }
    }

    /// What it is of one of so many equal parts; their number may be below 0.
    pub fn per(self, parts: f64) -> Estimate {
        Estimate {
            mean: self.mean.map(|mean| mean / parts),
            standard_error: self.standard_error.map(|error| error / parts.abs()),
            half_width: self.half_width.map(|half| half / parts.abs()),
        }
    }
}

/// The spread of outcomes over replications, which does not shrink with more of them.
///
/// Over the replications in which the metric is defined; quantiles interpolate linearly between
/// order statistics (Hyndman and Fan's type 7, doi:10.1080/00031305.1996.10473566).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Distribution {
    /// With n − 1 in the denominator; `None` for fewer than two values.
    pub sd: Option<f64>,
    /// At [`LEVELS`]; `None` without a value.
    pub quantiles: Option<[f64; LEVELS.len()]>,
}

/// All that is said of one metric in one window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MetricForecast {
    pub estimate: Estimate,
    /// Process and doubt together.
    pub distribution: Distribution,
    /// Share of the variance that is luck of the process: half the mean squared difference within
    /// complete pairs, over the variance over all replications.
    ///
    /// Both are estimates, so their quotient may leave \[0, 1\]; it is clipped to it. 1 where nothing
    /// is in doubt, `None` where nothing varies.
    pub process_share: Option<f64>,
    /// Process alone: the same streams with every doubt at its median.
    pub process: Distribution,
    /// Of a cohort metric: the share of the cohort that is still open at the horizon.
    pub open_share: Option<f64>,
}

impl MetricForecast {
    /// Whether more than 10 % of the cohort is still open, so that its conversion may yet rise.
    pub fn immature(&self) -> Option<bool> {
        self.open_share.map(|share| share > 0.10)
    }
}

/// The mean of a count, one number per replication of `range`.
pub(super) fn mean_count(counts: &[u32], range: Range<u64>, clustering: Clustering) -> Estimate {
    let clusters = clustering.clusters(range);
    let sum = |counts: &[u32]| counts.iter().map(|&n| u64::from(n)).sum::<u64>();
    let (n, total) = (counts.len(), sum(counts));
    let left_out = clusters.iter().map(|cluster| {
        let left = n - cluster.len();
        (total - sum(&counts[cluster])) as f64 / left as f64
    });
    let mean = (n > 0).then(|| total as f64 / n as f64);
    jackknife(mean, left_out)
}

/// The mean of one number per replication of `range`, and their spread. O(n log n).
pub(super) fn of_values(
    values: &[f64],
    range: Range<u64>,
    clustering: Clustering,
    desk: &mut Desk,
) -> (Estimate, Distribution) {
    // Any item will do to hold the numbers.
    const ITEM: Item = Item::Sum(Sum::NewRevenue);
    let columns = Columns::of(values.len(), [(ITEM, values)].into_iter());
    Sample::of(columns, range, clustering).forecast(&Formula::Total(&[ITEM]), desk)
}

/// Which replications make one cluster of the jackknife.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clustering {
    /// Those that share a parameter draw: `2k` and `2k + 1`.
    Draws,
    /// Each on its own: nothing is in doubt.
    Single,
}

impl Clustering {
    pub(super) fn when_in_doubt(in_doubt: bool) -> Self {
        if in_doubt { Self::Draws } else { Self::Single }
    }

    /// Sums over each cluster of the replications from number `start` on, one value each.
    pub(super) fn sums(self, start: u64, values: &[f64]) -> Vec<f64> {
        let clusters = self.clusters(start..start + values.len() as u64);
        let sum = |cluster: Range<usize>| values[cluster].iter().sum();
        clusters.iter().map(sum).collect()
    }

    fn clusters(self, range: Range<u64>) -> Clusters {
        let size = match self {
            Clustering::Draws => 2,
            Clustering::Single => 1,
        };
        Clusters {
            n: (range.end - range.start) as usize,
            size,
            lead: (range.start % size as u64) as usize,
        }
    }
}

/// Clusters of a range of replications. A pair cut by the range is a cluster of one.
#[derive(Debug, Clone, Copy)]
struct Clusters {
    /// Replications.
    n: usize,
    /// Of a whole cluster.
    size: usize,
    /// How many replications of the first cluster lie before the range.
    lead: usize,
}

impl Clusters {
    fn len(self) -> usize {
        (self.n + self.lead).div_ceil(self.size)
    }

    /// As positions from the range's start.
    fn iter(self) -> impl Iterator<Item = Range<usize>> {
        let Clusters { n, size, lead } = self;
        (0..self.len()).map(move |cluster| {
            let start = cluster * size;
            start.saturating_sub(lead)..(start + size - lead).min(n)
        })
    }
}

/// Memory that one thread reuses from metric to metric.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub values: Vec<f64>,
    pub others: Vec<f64>,
    keys: Vec<i64>,
}

/// The amounts of one window in every replication, with the means that leave a cluster out.
pub(super) struct Sample<'a> {
    rows: Columns<'a>,
    clusters: Clusters,
    /// Sums over each cluster, where it is more than a replication.
    sums: Option<Columns<'static>>,
    /// Replications outside of each cluster.
    left: Vec<f64>,
    total: Amounts,
    mean: Amounts,
}

impl<'a> Sample<'a> {
    pub(super) fn new(
        replications: &'a Replications,
        span: Span,
        clustering: Clustering,
    ) -> Sample<'a> {
        let rows = replications.records().columns(span);
        Sample::of(rows, replications.range(), clustering)
    }

    /// Of the replications of `range`, one per row.
    pub(super) fn of(rows: Columns<'a>, range: Range<u64>, clustering: Clustering) -> Sample<'a> {
        let clusters = clustering.clusters(range);
        let outside = |cluster: Range<usize>| (clusters.n - cluster.len()) as f64;
        let total = rows.sum();
        Sample {
            sums: (clusters.size == 2).then(|| rows.pairs(clusters.len(), clusters.lead)),
            left: clusters.iter().map(outside).collect(),
            mean: total.mean(clusters.n as f64),
            total,
            clusters,
            rows,
        }
    }

    /// The formula of the mean amounts: a ratio of sums.
    pub(super) fn value(&self, formula: &Formula) -> Option<f64> {
        formula.value(&self.mean)
    }

    /// The formula of the means that leave each cluster out; not finite where it is undefined.
    pub(super) fn left_out(&self, formula: &Formula, into: &mut Vec<f64>) {
        let sums = self.sums.as_ref().unwrap_or(&self.rows);
        fill(into, self.left.len(), |cluster| {
            let left = Lanes::load(&self.left, cluster, |n| n);
            formula.of(|item| {
                let total = Lanes([self.total.get(item); Lanes::N]);
                (total - sums.lanes(item, cluster)) / left
            })
        });
    }

    /// The formula in each replication; not finite where it is undefined.
    pub(super) fn values(&self, formula: &Formula, into: &mut Vec<f64>) {
        values(&self.rows, formula, into);
    }

    /// The formula of the sums over each cluster, of a formula that adds up.
    pub(super) fn cluster_sums(&self, formula: &Formula) -> Vec<f64> {
        let mut sums = Vec::new();
        values(self.sums.as_ref().unwrap_or(&self.rows), formula, &mut sums);
        sums
    }

    /// Whether the formula has one value in all replications in which it is defined.
    pub(super) fn is_constant(&self, formula: &Formula, desk: &mut Desk) -> bool {
        self.values(formula, &mut desk.values);
        let mut values = desk.values.iter().filter(|value| value.is_finite());
        let first = values.next();
        values.all(|value| Some(value) == first)
    }

    pub(super) fn estimate(&self, formula: &Formula, desk: &mut Desk) -> Estimate {
        self.left_out(formula, &mut desk.values);
        jackknife(self.value(formula), desk.values.iter().copied())
    }

    /// A formula's estimate, and the spread of its outcomes. O(n log n).
    pub(super) fn forecast(&self, formula: &Formula, desk: &mut Desk) -> (Estimate, Distribution) {
        self.values(formula, &mut desk.values);
        let distribution = desk.distribution();
        let estimate = self.estimate(formula, desk);
        (exact_where_constant(estimate, &distribution), distribution)
    }

    /// Probability that the formula is at least `limit`.
    pub(super) fn probability_of(
        &self,
        formula: &Formula,
        limit: f64,
        desk: &mut Desk,
    ) -> Estimate {
        self.values(formula, &mut desk.values);
        let values = &desk.values[..];
        let reached = |value: &&f64| value.is_finite() && **value >= limit;
        let n_reached = |values: &[f64]| values.iter().filter(reached).count();
        let (n, hits) = (values.len(), n_reached(values));
        let left_out = self.clusters.iter().zip(&self.left);
        let left_out =
            left_out.map(|(cluster, left)| (hits - n_reached(&values[cluster])) as f64 / left);
        let mean = (n > 0).then(|| hits as f64 / n as f64);
        jackknife(mean, left_out)
    }

    /// Half the mean squared difference within complete pairs, of the values in each replication.
    fn process_variance(&self, values: &[f64]) -> Option<f64> {
        let (mut squares, mut n) = (0.0, 0u32);
        for pair in self.clusters.iter().filter(|cluster| cluster.len() == 2) {
            let (a, b) = (values[pair.start], values[pair.start + 1]);
            if a.is_finite() && b.is_finite() {
                squares += (a - b) * (a - b);
                n += 1;
            }
        }
        (n > 0).then(|| squares / (2.0 * f64::from(n)))
    }
}

/// The formula in each replication; not finite where it is undefined.
fn values(rows: &Columns, formula: &Formula, into: &mut Vec<f64>) {
    fill(into, rows.len(), |row| {
        formula.of(|item| rows.lanes(item, row))
    });
}

/// `n` numbers, some at a time from the given position on.
#[inline(always)]
fn fill(into: &mut Vec<f64>, n: usize, from: impl Fn(usize) -> Lanes) {
    into.clear();
    for start in (0..n).step_by(Lanes::N) {
        into.extend_from_slice(&from(start).0);
    }
    into.truncate(n);
}

/// All metrics of one window, `[METRICS]`.
pub(super) fn window(
    scenario: &Scenario,
    replications: &Replications,
    span: Span,
    desk: &mut Desk,
) -> Vec<MetricForecast> {
    let clustering = Clustering::when_in_doubt(replications.in_doubt());
    let sample = Sample::new(replications, span, clustering);
    let median = replications.median().map(|median| median.columns(span));
    let forecast = |metric: &Metric| {
        if metric.applies(scenario) {
            metric_forecast(metric, &sample, median.as_ref(), desk)
        } else {
            MetricForecast::default()
        }
    };
    METRICS.iter().map(forecast).collect()
}

fn metric_forecast(
    metric: &Metric,
    sample: &Sample,
    median: Option<&Columns>,
    desk: &mut Desk,
) -> MetricForecast {
    let formula = &metric.formula;
    sample.values(formula, &mut desk.values);
    let within_pairs = sample.process_variance(&desk.values);
    let distribution = desk.distribution();
    let process = median.map(|rows| {
        values(rows, formula, &mut desk.values);
        desk.distribution()
    });
    let process_variance = match median {
        Some(_) => within_pairs,
        None => distribution.variance(),
    };
    MetricForecast {
        estimate: exact_where_constant(sample.estimate(formula, desk), &distribution),
        process_share: share(process_variance, distribution.variance()),
        process: process.unwrap_or(distribution),
        distribution,
        open_share: metric.open_share.and_then(|open| sample.value(&open)),
    }
}

fn share(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let share = part? / whole.filter(|whole| *whole > 0.0)?;
    share.is_finite().then(|| share.clamp(0.0, 1.0))
}

/// A value that never varies has no error.
pub(super) fn exact_where_constant(estimate: Estimate, values: &Distribution) -> Estimate {
    match values.sd {
        Some(0.0) => estimate.without_error(),
        _ => estimate,
    }
}

impl Desk {
    /// Of the finite ones of the values, which are put in order; O(n log n).
    pub(super) fn distribution(&mut self) -> Distribution {
        let Desk { values, keys, .. } = self;
        values.retain(|value| value.is_finite());
        sort(values, keys);
        Distribution {
            sd: sd(values),
            quantiles: (!values.is_empty()).then(|| LEVELS.map(|level| quantile(values, level))),
        }
    }
}

impl Distribution {
    /// The quantile at one of [`LEVELS`].
    pub fn quantile(&self, level: f64) -> Option<f64> {
        let index = LEVELS.iter().position(|known| *known == level)?;
        self.quantiles.map(|quantiles| quantiles[index])
    }

    fn variance(&self) -> Option<f64> {
        self.sd.map(|sd| sd * sd)
    }
}

/// Sorts finite values; integers in their order sort about twice as fast as the values themselves.
fn sort(values: &mut [f64], keys: &mut Vec<i64>) {
    let flip = |bits: i64| bits ^ ((bits >> 63) as u64 >> 1) as i64;
    keys.clear();
    keys.extend(values.iter().map(|value| flip(value.to_bits() as i64)));
    keys.sort_unstable();
    for (value, key) in values.iter_mut().zip(keys) {
        *value = f64::from_bits(flip(*key) as u64);
    }
}

/// Standard deviation of ascending values; exactly 0 where all are equal.
fn sd(sorted: &[f64]) -> Option<f64> {
    let n = sorted.len();
    if n < 2 {
        return None;
    }
    if sorted[0] == sorted[n - 1] {
        return Some(0.0);
    }
    let mean = sorted.iter().sum::<f64>() / n as f64;
    let square = |value: &f64| (value - mean) * (value - mean);
    let squares: f64 = sorted.iter().map(square).sum();
    Some((squares / (n - 1) as f64).sqrt()).filter(|sd| sd.is_finite())
}

/// Quantile of ascending values, at least one, by Hyndman and Fan's type 7: linear between them.
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * level;
    let below = sorted[place as usize];
    let above = sorted[place.ceil() as usize];
    if below == above || place.fract() == 0.0 {
        return below;
    }
    (below + place.fract() * (above - below)).clamp(below, above)
}

/// An estimate from its value and the values that leave each cluster out in turn, which are not
/// finite where they are undefined.
///
/// `variance = (G - 1) / G * sum over clusters of (value_without - their mean)^2`
/// (Efron and Stein 1981, doi:10.1214/aos/1176345462). An estimate that is undefined without one
/// of the clusters has no standard error.
pub fn jackknife(value: Option<f64>, left_out: impl Iterator<Item = f64>) -> Estimate {
    let undefined = Estimate {
        mean: value,
        ..Estimate::default()
    };
    let Some(centre) = value else {
        return undefined;
    };
    debug_assert!(centre.is_finite());
    let (mut n, mut sum, mut squares) = (0u32, 0.0, 0.0);
    for left_out in left_out {
        if !left_out.is_finite() {
            return undefined;
        }
        let deviation = left_out - centre;
        n += 1;
        sum += deviation;
        squares += deviation * deviation;
    }
    let clusters = f64::from(n);
    let spread = (squares - sum * sum / clusters).max(0.0);
    let error = ((clusters - 1.0) / clusters * spread).sqrt();
    if n < 2 || !error.is_finite() {
        return undefined;
    }
    Estimate::new(centre, error, n)
}

/// The 0.975 quantile of Student's t.
fn t_quantile(degrees_of_freedom: u32) -> f64 {
    thread_local! {
        static LAST: std::cell::Cell<(u32, f64)> = const { std::cell::Cell::new((0, f64::NAN)) };
    }
    let (known, value) = LAST.get();
    if known == degrees_of_freedom {
        return value;
    }
    let law = StudentsT::new(0.0, 1.0, f64::from(degrees_of_freedom));
    let value = law.map_or(f64::NAN, |law| law.inverse_cdf(0.975));
    LAST.set((degrees_of_freedom, value));
    value
}
