//! From the amounts of many replications to estimates and distributions.

use std::ops::Range;

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::metric::{Amounts, Formula, METRICS, Metric, Span};
use super::replicate::Replications;
use crate::funnel::Record;
use crate::scenario::Process;

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
    /// The 95 % confidence interval.
    pub fn ci95(&self) -> Option<[f64; 2]> {
        let (mean, half) = (self.mean?, self.half_width?);
        Some([mean - half, mean + half]).filter(|ends| ends.iter().all(|end| end.is_finite()))
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

    /// Clusters of `range`, as positions from its start. A pair cut by the range is a cluster of one.
    fn clusters(self, range: Range<u64>) -> impl Iterator<Item = Range<usize>> {
        let n = (range.end - range.start) as usize;
        let size = match self {
            Clustering::Draws => 2,
            Clustering::Single => 1,
        };
        let lead = (range.start % size as u64) as usize;
        (0..(n + lead).div_ceil(size)).map(move |cluster| {
            let start = cluster * size;
            start.saturating_sub(lead)..(start + size - lead).min(n)
        })
    }
}

/// The amounts of one window in every replication, with the means that leave a cluster out.
pub(super) struct Sample {
    /// `[replication]`
    rows: Vec<Amounts>,
    mean: Amounts,
    /// `[cluster]`
    without: Vec<Amounts>,
    clusters: Vec<Range<usize>>,
}

impl Sample {
    pub(super) fn new(replications: &Replications, span: Span, clustering: Clustering) -> Sample {
        let rows = rows(replications.records(), span);
        let total = sum(&rows);
        let clusters: Vec<_> = clustering.clusters(replications.range()).collect();
        let leave_out = |cluster: &Range<usize>| {
            let left = rows.len() - cluster.len();
            total.mean_without(&sum(&rows[cluster.clone()]), left as f64)
        };
        let without = clusters.iter().map(leave_out).collect();
        let mean = total.mean(rows.len() as f64);
        Sample {
            rows,
            mean,
            without,
            clusters,
        }
    }

    /// The formula of the mean amounts: a ratio of sums.
    pub(super) fn value(&self, formula: &Formula) -> Option<f64> {
        formula.value(&self.mean)
    }

    /// The formula of the means that leave each cluster out.
    pub(super) fn left_out(&self, formula: &Formula) -> impl Iterator<Item = Option<f64>> {
        self.without.iter().map(|mean| formula.value(mean))
    }

    /// The formula in each replication.
    pub(super) fn values(&self, formula: &Formula) -> impl Iterator<Item = Option<f64>> {
        self.rows.iter().map(|row| formula.value(row))
    }

    pub(super) fn estimate(&self, formula: &Formula) -> Estimate {
        jackknife(self.value(formula), self.left_out(formula))
    }

    /// Probability that the formula is at least `limit`.
    pub(super) fn probability_of(&self, formula: &Formula, limit: f64) -> Estimate {
        let reached = |row: &Amounts| formula.value(row).is_some_and(|value| value >= limit);
        let n_reached = |rows: &[Amounts]| rows.iter().filter(|row| reached(row)).count();
        let (n, hits) = (self.rows.len(), n_reached(&self.rows));
        let left_out = self.clusters.iter().map(|cluster| {
            let left = n - cluster.len();
            let hits = hits - n_reached(&self.rows[cluster.clone()]);
            (left > 0).then(|| hits as f64 / left as f64)
        });
        let mean = (n > 0).then(|| hits as f64 / n as f64);
        jackknife(mean, left_out)
    }

    /// Half the mean squared difference within complete pairs.
    fn process_variance(&self, formula: &Formula) -> Option<f64> {
        let (mut squares, mut n) = (0.0, 0u32);
        for pair in self.clusters.iter().filter(|cluster| cluster.len() == 2) {
            let value = |index: usize| formula.value(&self.rows[index]);
            if let (Some(a), Some(b)) = (value(pair.start), value(pair.start + 1)) {
                squares += (a - b) * (a - b);
                n += 1;
            }
        }
        (n > 0).then(|| squares / (2.0 * f64::from(n)))
    }
}

fn rows(records: &[Record], span: Span) -> Vec<Amounts> {
    records.iter().map(|r| Amounts::of(r, span)).collect()
}

fn sum(rows: &[Amounts]) -> Amounts {
    let mut total = Amounts::ZERO;
    rows.iter().for_each(|row| total.add(row));
    total
}

/// All metrics of one window, `[METRICS]`.
pub(super) fn window(
    process: &Process,
    replications: &Replications,
    span: Span,
) -> Vec<MetricForecast> {
    let clustering = Clustering::when_in_doubt(replications.in_doubt());
    let sample = Sample::new(replications, span, clustering);
    let median = replications.median().map(|median| rows(median, span));
    let forecast = |metric: &Metric| {
        if metric.applies(process) {
            metric_forecast(metric, &sample, median.as_deref())
        } else {
            MetricForecast::default()
        }
    };
    METRICS.iter().map(forecast).collect()
}

fn metric_forecast(metric: &Metric, sample: &Sample, median: Option<&[Amounts]>) -> MetricForecast {
    let formula = &metric.formula;
    let distribution = Distribution::of(sample.values(formula).flatten().collect());
    let process = median.map(|rows| {
        let values = rows.iter().filter_map(|row| formula.value(row));
        Distribution::of(values.collect())
    });
    let process_variance = match median {
        Some(_) => sample.process_variance(formula),
        None => distribution.variance(),
    };
    MetricForecast {
        estimate: exact_where_constant(sample.estimate(formula), &distribution),
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

/// A value that never varies has no error; rounding in the jackknife would leave it a trace.
pub(super) fn exact_where_constant(estimate: Estimate, values: &Distribution) -> Estimate {
    if values.sd != Some(0.0) || estimate.standard_error.is_none() {
        return estimate;
    }
    Estimate {
        standard_error: Some(0.0),
        half_width: Some(0.0),
        ..estimate
    }
}

impl Distribution {
    /// Of finite values in any order; O(n log n).
    pub(super) fn of(mut values: Vec<f64>) -> Distribution {
        sort(&mut values);
        Distribution {
            sd: sd(&values),
            quantiles: (!values.is_empty()).then(|| LEVELS.map(|level| quantile(&values, level))),
        }
    }

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
fn sort(values: &mut [f64]) {
    let flip = |bits: i64| bits ^ ((bits >> 63) as u64 >> 1) as i64;
    let mut keys: Vec<i64> = values
        .iter()
        .map(|value| flip(value.to_bits() as i64))
        .collect();
    keys.sort_unstable();
    for (value, key) in values.iter_mut().zip(keys) {
        *value = f64::from_bits(flip(key) as u64);
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

/// Quantile of ascending values, at least one, by type 7.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * level;
    let below = sorted[place as usize];
    let above = sorted[place.ceil() as usize];
    if below == above || place.fract() == 0.0 {
        return below;
    }
    (below + place.fract() * (above - below)).clamp(below, above)
}

/// An estimate from its value and the values that leave each cluster out in turn.
///
/// `variance = (G - 1) / G * sum over clusters of (value_without - their mean)^2`
/// (Efron and Stein 1981, doi:10.1214/aos/1176345462). An estimate that is undefined without one
/// of the clusters has no standard error.
pub(super) fn jackknife(
    value: Option<f64>,
    left_out: impl Iterator<Item = Option<f64>>,
) -> Estimate {
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
        let Some(left_out) = left_out else {
            return undefined;
        };
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
    Estimate {
        mean: value,
        standard_error: Some(error),
        half_width: Some(error * t_quantile(n - 1)).filter(|half| half.is_finite()),
    }
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
