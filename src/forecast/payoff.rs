//! When a change pays: its margin against the baseline's over time, and when loss turns to gain or gain to loss.

use super::compare::sample;
use super::estimate::{Clustering, Desk, Distribution, Estimate, Sample, jackknife, of_values};
use super::metric::{
    COST, Formula, GROSS_PROFIT, Item, MARGIN, MARKETING, METRICS, NEW_GROSS_PROFIT, Span,
};
use super::study::Case;
use crate::random;
use crate::units::Window;

/// Alternative less baseline in margin, from day 0 to the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Payoff {
    pub periods: Vec<PeriodPayoff>,
    /// When the difference within a period turns.
    pub turn: Option<Turn>,
    /// When the difference summed up from day 0 on turns; to a gain, that is the break-even.
    pub summed_turn: Option<Turn>,
    /// Gross profit more over cost more, less 1; undefined where the change costs no more.
    pub roi: Estimate,
    /// The same of new gross profit and marketing's cost.
    pub romi: Estimate,
}

/// Alternative less baseline in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodPayoff {
    pub window: Window,
    pub difference: PairedMargin,
    /// From day 0 to the period's end.
    pub summed: PairedMargin,
}

/// Paired difference in margin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedMargin {
    pub estimate: Estimate,
    /// Over replications: the prediction interval.
    pub distribution: Distribution,
}

/// The first period from which on a mean difference keeps the sign that it has in the last one, having had the other before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub to_gain: bool,
    /// Its place among the periods.
    pub period: usize,
    /// 95 % interval of `period`, by the bootstrap over clusters of replications (B. Efron, 1979,
    /// doi:10.1214/aos/1176344552); the number of periods stands for "not within the horizon". `None` for fewer
    /// than two clusters.
    pub ci95: Option<[usize; 2]>,
}

/// Resamples of the bootstrap: an end of the interval then stands at about the 25th of them.
const N_RESAMPLES: usize = 1000;

/// Of the bootstrap's luck, which no forecast depends on.
const BOOTSTRAP_SEED: u64 = 1;

/// O(periods × (replications + resamples × clusters)).
pub(super) fn payoff(
    baseline: Case,
    alternative: Case,
    clustering: Clustering,
    desk: &mut Desk,
) -> Payoff {
    let windows = &baseline.scenario.periods;
    let differences: Vec<Vec<f64>> = (0..windows.len())
        .map(|period| margin_differences(baseline, alternative, period, desk))
        .collect();
    let summed = running_sums(&differences);
    let range = baseline.replications.range();
    let mut paired = |values: &[f64]| {
        let end = range.start + values.len() as u64;
        let (estimate, distribution) = of_values(values, range.start..end, clustering, desk);
        PairedMargin {
            estimate,
            distribution,
        }
    };
    let periods = windows.iter().zip(differences.iter().zip(&summed));
    let periods: Vec<PeriodPayoff> = periods
        .map(|(&window, (difference, summed))| PeriodPayoff {
            window,
            difference: paired(difference),
            summed: paired(summed),
        })
        .collect();
    let clusters = |values: &[Vec<f64>]| -> Vec<Vec<f64>> {
        let start = range.start;
        let sums = values.iter().map(|of| clustering.sums(start, of));
        sums.collect()
    };
    Payoff {
        turn: turn(&clusters(&differences)),
        summed_turn: turn(&clusters(&summed)),
        roi: return_on(
            baseline,
            alternative,
            [GROSS_PROFIT, COST],
            clustering,
            desk,
        ),
        romi: return_on(
            baseline,
            alternative,
            [NEW_GROSS_PROFIT, MARKETING],
            clustering,
            desk,
        ),
        periods,
    }
}

/// Alternative less baseline in the margin of a period, in each replication that both have.
fn margin_differences(
    baseline: Case,
    alternative: Case,
    period: usize,
    desk: &mut Desk,
) -> Vec<f64> {
    let mut margins = |case: Case| {
        let span = Span::Tally(case.scenario.warm_up_periods.len() + period);
        let sample = Sample::new(case.replications, span, Clustering::Single);
        sample.values(&METRICS[MARGIN].formula, &mut desk.values);
        desk.values.clone()
    };
    let (baseline, alternative) = (margins(baseline), margins(alternative));
    let pairs = alternative.iter().zip(&baseline);
    pairs
        .map(|(alternative, baseline)| alternative - baseline)
        .collect()
}

/// Sums over this period and those before, `[period][replication]`.
fn running_sums(differences: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut sums: Vec<Vec<f64>> = Vec::with_capacity(differences.len());
    for period in differences {
        let sum = match sums.last() {
            Some(before) => before.iter().zip(period).map(|(a, b)| a + b).collect(),
            None => period.clone(),
        };
        sums.push(sum);
    }
    sums
}

/// When the mean of the differences turns, given their sums by cluster, `[period][cluster]`.
fn turn(clusters: &[Vec<f64>]) -> Option<Turn> {
    let n_clusters = clusters.first()?.len();
    let totals = |weights: &[f64]| -> Vec<f64> {
        let total = |period: &Vec<f64>| period.iter().zip(weights).map(|(sum, w)| sum * w).sum();
        clusters.iter().map(total).collect()
    };
    let means = totals(&vec![1.0; n_clusters]);
    let to_gain = *means.last()? > 0.0;
    let period = turns_at(&means, to_gain);
    let is_other = |mean: &f64| if to_gain { *mean < 0.0 } else { *mean > 0.0 };
    // What is the same at first and different later has not turned.
    if period == means.len() || !means[..period].iter().any(is_other) {
        return None;
    }
    let mut weights = Vec::new();
    let resampled = (0..N_RESAMPLES).map(|resample| {
        random::resample(BOOTSTRAP_SEED, resample as u64, n_clusters, &mut weights);
        turns_at(&totals(&weights), to_gain)
    });
    let ci95 = (n_clusters >= 2).then(|| {
        let mut resampled: Vec<usize> = resampled.collect();
        resampled.sort_unstable();
        let tail = N_RESAMPLES / 40;
        [resampled[tail], resampled[N_RESAMPLES - 1 - tail]]
    });
    Some(Turn {
        to_gain,
        period,
        ci95,
    })
}

/// The first place from which on all are above 0, or below it; their number if the last is not.
fn turns_at(means: &[f64], to_gain: bool) -> usize {
    let keeps = |mean: &f64| if to_gain { *mean > 0.0 } else { *mean < 0.0 };
    let last_other = means.iter().rposition(|mean| !keeps(mean));
    last_other.map_or(0, |place| place + 1)
}

/// More profit over more cost, less 1, in the window of the forecast.
fn return_on(
    baseline: Case,
    alternative: Case,
    [profit, cost]: [&'static [Item]; 2],
    clustering: Clustering,
    desk: &mut Desk,
) -> Estimate {
    let baseline = sample(baseline, clustering);
    let alternative = sample(alternative, clustering);
    let mut more = |items| more_of(&baseline, &alternative, &Formula::Total(items), desk);
    let ((profit, profit_without), (cost, cost_without)) = (more(profit), more(cost));
    let of = |profit: f64, cost: f64| profit / cost - 1.0;
    let value = profit.zip(cost).filter(|(_, cost)| *cost > 0.0);
    let left_out = profit_without.iter().zip(&cost_without);
    jackknife(
        value.map(|(profit, cost)| of(profit, cost)),
        left_out.map(|(profit, cost)| of(*profit, *cost)),
    )
}

/// How much more the alternative has, and how much without each cluster.
fn more_of(
    baseline: &Sample,
    alternative: &Sample,
    formula: &Formula,
    desk: &mut Desk,
) -> (Option<f64>, Vec<f64>) {
    let both = alternative.value(formula).zip(baseline.value(formula));
    let Desk { values, others, .. } = desk;
    alternative.left_out(formula, values);
    baseline.left_out(formula, others);
    let without = values.iter().zip(others).map(|(a, b)| *a - *b);
    (both.map(|(a, b)| a - b), without.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_for_good() {
        let at = |means: &[f64]| turns_at(means, *means.last().unwrap() > 0.0);
        assert_eq!(at(&[1.0, 2.0, -1.0, -2.0]), 2);
        assert_eq!(at(&[1.0, -2.0, 1.0, -2.0]), 3);
        assert_eq!(at(&[-1.0, 0.0, 3.0]), 2);
        assert_eq!(at(&[1.0, 2.0]), 0);
        assert_eq!(turns_at(&[1.0, -1.0], true), 2);
    }

    #[test]
    fn without_noise_the_interval_is_the_turn() {
        let clusters = [1.0, 0.5, -0.5, -1.0].map(|sum| vec![sum; 50]);
        let found = turn(&clusters).unwrap();
        assert_eq!(
            (found.to_gain, found.period, found.ci95),
            (false, 2, Some([2, 2]))
        );
        assert_eq!(turn(&[vec![1.0; 9], vec![2.0; 9]]), None);
        assert_eq!(turn(&[vec![-1.0], vec![2.0]]).unwrap().ci95, None);
        assert_eq!(turn(&[]), None);
        assert_eq!(turn(&[vec![0.0; 9], vec![-1.0; 9]]), None);
    }

    /// Two periods of which the second is a gain of 1 ± 1 (standard error 1 / 8): the turn is never
    /// in doubt; of 0.05 ± 1 it is, and the interval reaches the horizon.
    #[test]
    fn noise_widens_the_interval() {
        let noisy = |mean: f64| -> Vec<f64> {
            let sign = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
            (0..64).map(|i| mean + sign(i)).collect()
        };
        let of = |mean: f64| turn(&[vec![-1.0; 64], noisy(mean)]).unwrap().ci95;
        assert_eq!(of(1.0), Some([1, 1]));
        assert_eq!(of(0.05), Some([1, 2]));
    }
}
