//! What a change is worth: paired differences between two scenarios that had the same luck.

use super::estimate::{
    Clustering, Desk, Distribution, Estimate, Sample, exact_where_constant, jackknife,
};
use super::metric::{Formula, METRICS, Metric};
use super::payoff::{Payoff, payoff};
use super::study::Case;

/// An alternative against the baseline, in the window that the forecast is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// `[METRICS]`
    pub differences: Vec<Difference>,
    pub payoff: Payoff,
}

/// Alternative less baseline, in one metric.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Difference {
    /// Difference of the two means.
    pub estimate: Estimate,
    /// Of the paired differences over replications: a prediction interval of the difference.
    pub distribution: Distribution,
    /// The difference over the baseline's mean: a ratio of sums. Undefined where that is 0.
    pub relative: Estimate,
    /// Share of replications in which the alternative is strictly greater.
    pub probability_positive: Option<f64>,
    /// Share of replications in which the two are equal.
    pub probability_zero: Option<f64>,
    /// `(s_A^2 + s_B^2) / s_D^2`, over the replications in which both are defined: how many
    /// times more independent replications the same error would take. `None` where `s_D` is 0.
    pub pairing_variance_ratio: Option<f64>,
}

impl Difference {
    /// Share of replications in which the alternative is strictly less.
    pub fn probability_negative(&self) -> Option<f64> {
        let rest = 1.0 - self.probability_positive? - self.probability_zero?;
        // Less than one of the most replications that there can be is rounding.
        Some(if rest > 1e-9 { rest } else { 0.0 })
    }
}

/// Compares `alternative` with `baseline` in every metric.
///
/// Only replications that both have are paired; the two must begin with the same one.
pub(super) fn compare(
    baseline: Case,
    alternative: Case,
    clustering: Clustering,
    desk: &mut Desk,
) -> Comparison {
    let pair = Pair {
        baseline: sample(baseline, clustering),
        alternative: sample(alternative, clustering),
    };
    let both = [baseline.scenario, alternative.scenario];
    let difference = |metric: &Metric| {
        if both.iter().all(|scenario| metric.applies(scenario)) {
            pair.difference(&metric.formula, desk)
        } else {
            Difference::default()
        }
    };
    Comparison {
        differences: METRICS.iter().map(difference).collect(),
        payoff: payoff(baseline, alternative, clustering, desk),
    }
}

/// Alternative less baseline in each replication in which both are defined.
pub fn paired_differences(baseline: Case, alternative: Case, metric: &Metric) -> Vec<f64> {
    let pair = Pair {
        baseline: sample(baseline, Clustering::Single),
        alternative: sample(alternative, Clustering::Single),
    };
    let mut desk = Desk::default();
    let values = pair.values(&metric.formula, &mut desk);
    values.iter().map(|(a, b)| b - a).collect()
}

pub(super) fn sample(case: Case, clustering: Clustering) -> Sample {
    Sample::new(case.replications, case.span(), clustering)
}

/// Estimate of the difference of one metric alone.
pub(super) fn difference(
    baseline: &Sample,
    alternative: &Sample,
    formula: &Formula,
    desk: &mut Desk,
) -> Estimate {
    contrast(baseline, alternative, formula, |a, b| b - a, desk)
}

/// The same; without error if the two differ by one and the same amount in all replications.
pub(super) fn exact_difference(
    baseline: &Sample,
    alternative: &Sample,
    formula: &Formula,
    desk: &mut Desk,
) -> Estimate {
    let estimate = difference(baseline, alternative, formula, desk);
    let Desk { values, others, .. } = desk;
    baseline.values(formula, values);
    alternative.values(formula, others);
    let mut differences = values.iter().zip(others).map(|(a, b)| *b - *a);
    let first = differences.next();
    let is_constant = differences.all(|difference| Some(difference) == first);
    match formula.is_additive() && is_constant {
        true => estimate.without_error(),
        false => estimate,
    }
}

/// Estimate of what `of` makes of the baseline's value and the alternative's.
pub(super) fn contrast(
    baseline: &Sample,
    alternative: &Sample,
    formula: &Formula,
    of: impl Fn(f64, f64) -> f64,
    desk: &mut Desk,
) -> Estimate {
    let both = baseline.value(formula).zip(alternative.value(formula));
    let value = both
        .map(|(a, b)| of(a, b))
        .filter(|value| value.is_finite());
    let Desk { values, others, .. } = desk;
    baseline.left_out(formula, values);
    alternative.left_out(formula, others);
    // What is not finite stays so.
    let left_out = values.iter().zip(others);
    jackknife(value, left_out.map(|(a, b)| of(*a, *b)))
}

struct Pair<'a> {
    baseline: Sample<'a>,
    alternative: Sample<'a>,
}

impl Pair<'_> {
    fn difference(&self, formula: &Formula, desk: &mut Desk) -> Difference {
        let values = self.values(formula, desk);
        let mut distribution_of = |of: fn(&(f64, f64)) -> f64| {
            desk.values.clear();
            desk.values.extend(values.iter().map(of));
            desk.distribution()
        };
        let distribution = distribution_of(|(a, b)| b - a);
        let sds = [
            distribution_of(|pair| pair.0),
            distribution_of(|pair| pair.1),
        ]
        .map(|d| d.sd);
        let share = |is: fn(f64) -> bool| {
            let n = values.iter().filter(|(a, b)| is(b - a)).count();
            (!values.is_empty()).then(|| n as f64 / values.len() as f64)
        };
        let (a, b) = (&self.baseline, &self.alternative);
        let estimate = difference(a, b, formula, desk);
        let estimate = match formula.is_additive() {
            true => exact_where_constant(estimate, &distribution),
            false => estimate,
        };
        Difference {
            estimate,
            relative: contrast(a, b, formula, |a, b| (b - a) / a, desk),
            probability_positive: share(|d| d > 0.0),
            probability_zero: share(|d| d == 0.0),
            pairing_variance_ratio: pairing_variance_ratio(sds, distribution.sd),
            distribution,
        }
    }

    /// Baseline and alternative in the replications in which both are defined.
    fn values(&self, formula: &Formula, desk: &mut Desk) -> Vec<(f64, f64)> {
        let Desk { values, others, .. } = desk;
        self.baseline.values(formula, values);
        self.alternative.values(formula, others);
        let both = values.iter().copied().zip(others.iter().copied());
        both.filter(|(a, b)| (b - a).is_finite()).collect()
    }
}

fn pairing_variance_ratio(sds: [Option<f64>; 2], sd: Option<f64>) -> Option<f64> {
    let [a, b] = sds;
    let variance = |sd: f64| sd * sd;
    let ratio = (variance(a?) + variance(b?)) / variance(sd?);
    ratio.is_finite().then_some(ratio)
}
