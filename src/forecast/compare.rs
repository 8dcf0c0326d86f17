//! What a change is worth: paired differences between two scenarios that had the same luck.

use super::estimate::{
    Clustering, Distribution, Estimate, Sample, exact_where_constant, jackknife,
};
use super::metric::{Formula, METRICS, Metric, Span};
use super::study::Case;

/// An alternative against the baseline, from day 0 to the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// `[METRICS]`
    pub differences: Vec<Difference>,
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

/// Compares `alternative` with `baseline` in every metric.
///
/// Only replications that both have are paired; the two must begin with the same one.
pub(super) fn compare(baseline: Case, alternative: Case, clustering: Clustering) -> Comparison {
    let pair = Pair {
        baseline: sample(baseline, clustering),
        alternative: sample(alternative, clustering),
    };
    let both = [&baseline.scenario.process, &alternative.scenario.process];
    let difference = |metric: &Metric| {
        if both.iter().all(|process| metric.applies(process)) {
            pair.difference(&metric.formula)
        } else {
            Difference::default()
        }
    };
    Comparison {
        differences: METRICS.iter().map(difference).collect(),
    }
}

/// Alternative less baseline in each replication in which both are defined.
pub fn paired_differences(baseline: Case, alternative: Case, metric: &Metric) -> Vec<f64> {
    let pair = Pair {
        baseline: sample(baseline, Clustering::Single),
        alternative: sample(alternative, Clustering::Single),
    };
    let values = pair.values(&metric.formula);
    values.iter().map(|(a, b)| b - a).collect()
}

fn sample(case: Case, clustering: Clustering) -> Sample {
    let span = Span::Total(case.scenario.warm_up_periods.len());
    Sample::new(case.replications, span, clustering)
}

/// Estimate of the difference of one metric alone.
pub(super) fn difference(baseline: &Sample, alternative: &Sample, formula: &Formula) -> Estimate {
    let less = |a: Option<f64>, b: Option<f64>| Some(b? - a?).filter(|d| d.is_finite());
    let left_out = baseline
        .left_out(formula)
        .zip(alternative.left_out(formula));
    jackknife(
        less(baseline.value(formula), alternative.value(formula)),
        left_out.map(|(a, b)| less(a, b)),
    )
}

struct Pair {
    baseline: Sample,
    alternative: Sample,
}

impl Pair {
    fn difference(&self, formula: &Formula) -> Difference {
        let values = self.values(formula);
        let differences: Vec<f64> = values.iter().map(|(a, b)| b - a).collect();
        let share = |is: fn(f64) -> bool| {
            let n = differences.iter().filter(|value| is(**value)).count();
            (!differences.is_empty()).then(|| n as f64 / differences.len() as f64)
        };
        let (probability_positive, probability_zero) = (share(|d| d > 0.0), share(|d| d == 0.0));
        let distribution = Distribution::of(differences);
        let estimate = difference(&self.baseline, &self.alternative, formula);
        let estimate = match formula {
            Formula::Total(_) => exact_where_constant(estimate, &distribution),
            _ => estimate,
        };
        Difference {
            estimate,
            relative: self.relative(formula),
            probability_positive,
            probability_zero,
            pairing_variance_ratio: pairing_variance_ratio(&values, &distribution),
            distribution,
        }
    }

    /// Baseline and alternative in the replications in which both are defined.
    fn values(&self, formula: &Formula) -> Vec<(f64, f64)> {
        let both = self.baseline.values(formula);
        let both = both.zip(self.alternative.values(formula));
        let both = both.filter_map(|(a, b)| Some((a?, b?)));
        both.filter(|(a, b)| (b - a).is_finite()).collect()
    }

    fn relative(&self, formula: &Formula) -> Estimate {
        let change = |a: Option<f64>, b: Option<f64>| {
            let (a, b) = (a?, b?);
            Some((b - a) / a).filter(|change| change.is_finite())
        };
        let (a, b) = (&self.baseline, &self.alternative);
        let left_out = a.left_out(formula).zip(b.left_out(formula));
        jackknife(
            change(a.value(formula), b.value(formula)),
            left_out.map(|(a, b)| change(a, b)),
        )
    }
}

fn pairing_variance_ratio(values: &[(f64, f64)], difference: &Distribution) -> Option<f64> {
    let variance = |sd: f64| sd * sd;
    let of = |side: fn(&(f64, f64)) -> f64| {
        let values = values.iter().map(side).collect();
        Distribution::of(values).sd.map(variance)
    };
    let ratio = (of(|pair| pair.0)? + of(|pair| pair.1)?) / variance(difference.sd?);
    ratio.is_finite().then_some(ratio)
}
