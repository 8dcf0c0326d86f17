//! Where along the funnel a difference in revenue arises, by log-mean weights.
//!
//! New revenue by the leads that arrived in a window is
//!
//! `leads × product over stages (share of entrants that has left the stage × share of those that moves on) × mean deal`
//!
//! by counts summed over all replications. The logarithms of the factors sum to that of the revenue, so
//! the log-mean of both revenues, `(b - a) / (ln b - ln a)`, times the change in each logarithm splits
//! `b - a` without a rest (additive LMDI I; B. W. Ang, The LMDI approach to decomposition analysis,
//! Energy Policy 33, 2005, doi:10.1016/j.enpol.2003.10.010).
//!
//! **Zeros.** Where a factor is 0 on one side, the limit of a vanishing value holds (Ang and Liu, Energy
//! Policy 35, 2007, doi:10.1016/j.enpol.2006.11.002): its term takes the whole difference. The factors behind
//! it are then 0 / 0 on that side, count as unchanged and take nothing. Where both sides are 0 every term is 0.

use crate::forecast::{Estimate, Followed, jackknife};
use crate::math;

/// A part of the difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub name: &'static str,
    pub value: Estimate,
}

/// Names of the terms: seven factors of the revenue of the window's leads, then the rest.
const NAMES: [&str; N] = [
    "leads",
    "lead to MQL",
    "MQL to SAL",
    "SAL to opportunity",
    "opportunity to won",
    "mean deal",
    "timing",
    "opening pipeline",
    "existing revenue",
];
const N: usize = 9;
const LEADS: usize = 0;
const MEAN_DEAL: usize = 5;
const TIMING: usize = 6;
const OPENING_PIPELINE: usize = 7;
const EXISTING_REVENUE: usize = 8;

/// Splits the difference in revenue, or in new revenue alone, between the baseline and the
/// alternative of each cluster of replications.
pub(super) fn split(clusters: &[[Followed; 2]], with_existing_revenue: bool) -> Vec<Step> {
    let mut total = [Followed::default(); 2];
    for cluster in clusters {
        total[0] += cluster[0];
        total[1] += cluster[1];
    }
    let values = terms(total);
    let left_out: Vec<[f64; N]> = clusters
        .iter()
        .map(|[a, b]| terms([total[0] - *a, total[1] - *b]))
        .collect();
    let names = NAMES.iter().enumerate();
    let names = names.filter(|(term, _)| with_existing_revenue || *term != EXISTING_REVENUE);
    let step = |(term, name): (usize, &&'static str)| Step {
        name,
        value: jackknife(
            Some(values[term]).filter(|value| value.is_finite()),
            left_out.iter().map(|values| values[term]),
        ),
    };
    names.map(step).collect()
}

/// The terms by name, per replication; not finite where there is no replication.
fn terms([a, b]: [Followed; 2]) -> [f64; N] {
    let mut terms = [0.0; N];
    let per_replication = |value: fn(&Followed) -> f64| value(&b) / b.n - value(&a) / a.n;
    terms[OPENING_PIPELINE] = per_replication(|side| side.earlier_revenue);
    terms[EXISTING_REVENUE] = per_replication(|side| side.existing_revenue);
    let revenues = [a, b].map(|side| side.revenue / side.n);
    let factors = [a, b].map(|side| factors(&side));
    if let Some(term) = vanished(&factors) {
        terms[term] += revenues[1] - revenues[0];
        return terms;
    }
    let [before, after] = factors;
    let logs = before.iter().zip(&after).map(|((term, x), (_, y))| {
        let changed = (y - x) / x;
        (
            *term,
            if changed.is_finite() {
                math::ln_1p(changed)
            } else {
                0.0
            },
        )
    });
    let logs: Vec<(usize, f64)> = logs.collect();
    let weight = log_mean(revenues, logs.iter().map(|(_, log)| log).sum());
    for (term, log) in logs {
        terms[term] += weight * log;
    }
    terms
}

/// The factors of the revenue of the window's leads, each with its term, in the order of the funnel.
fn factors(side: &Followed) -> Vec<(usize, f64)> {
    let mut factors = vec![(LEADS, side.reached[0] / side.n)];
    for (stage, left) in side.left.iter().enumerate() {
        factors.push((TIMING, left / side.reached[stage]));
        factors.push((LEADS + 1 + stage, side.reached[stage + 1] / left));
    }
    let won = side.reached[side.left.len()];
    factors.push((MEAN_DEAL, side.revenue / won));
    factors
}

/// The term of the first factor that is 0 on one side and not on the other.
fn vanished(factors: &[Vec<(usize, f64)>; 2]) -> Option<usize> {
    let mut pairs = factors[0].iter().zip(&factors[1]);
    let vanishes = |((_, x), (_, y)): &(&(usize, f64), &(usize, f64))| (*x == 0.0) != (*y == 0.0);
    let (pair, _) = pairs.find(vanishes)?;
    Some(pair.0)
}

/// The log-mean of two positive values, given the difference of their logarithms as a sum of parts, so
/// that parts and whole agree; the mean where it vanishes.
fn log_mean([a, b]: [f64; 2], logs: f64) -> f64 {
    if logs.abs() < 1e-6 {
        return 0.5 * (a + b);
    }
    (b - a) / logs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(reached: [f64; 5], left: [f64; 4], revenue: f64) -> Followed {
        Followed {
            n: 2.0,
            reached,
            left,
            revenue,
            earlier_revenue: 40.0,
            existing_revenue: 8.0,
        }
    }

    const FULL: [f64; 5] = [1000.0, 300.0, 100.0, 60.0, 15.0];
    const LEFT: [f64; 4] = [900.0, 280.0, 90.0, 50.0];

    fn sum(terms: &[f64; N]) -> f64 {
        terms.iter().sum()
    }

    #[test]
    fn terms_sum_to_the_difference() {
        let a = side(FULL, LEFT, 300.0);
        let b = Followed {
            earlier_revenue: 60.0,
            existing_revenue: 7.0,
            ..side(
                [1200.0, 350.0, 150.0, 80.0, 25.0],
                [1100.0, 300.0, 140.0, 70.0],
                520.0,
            )
        };
        let terms = terms([a, b]);
        assert!((sum(&terms) - (110.0 + 10.0 - 0.5)).abs() < 1e-12);
        assert_eq!(terms[OPENING_PIPELINE], 10.0);
        assert_eq!(terms[EXISTING_REVENUE], -0.5);
        assert!(terms[LEADS] > 0.0 && terms[TIMING] != 0.0);
    }

    /// A deal 5 % larger, all else equal: everything is its doing, exactly.
    #[test]
    fn one_factor_takes_all_that_it_changes() {
        let terms = terms([side(FULL, LEFT, 300.0), side(FULL, LEFT, 315.0)]);
        assert!((terms[MEAN_DEAL] - 7.5).abs() < 1e-12);
        assert_eq!(sum(&terms) - terms[MEAN_DEAL], 0.0);
    }

    #[test]
    fn what_vanishes_takes_all_and_nothing_is_undefined() {
        let full = side(FULL, LEFT, 300.0);
        let nobody_wins = side([1000.0, 300.0, 100.0, 60.0, 0.0], LEFT, 0.0);
        let nobody_comes = side([0.0; 5], [0.0; 4], 0.0);
        let nobody_left = side(
            [1000.0, 300.0, 100.0, 60.0, 0.0],
            [900.0, 280.0, 90.0, 0.0],
            0.0,
        );
        for (other, term) in [
            (nobody_wins, LEADS + 4),
            (nobody_comes, LEADS),
            (nobody_left, TIMING),
        ] {
            for (pair, sign) in [([full, other], -1.0), ([other, full], 1.0)] {
                let terms = terms(pair);
                assert_eq!(terms[term], sign * 150.0);
                assert_eq!(sum(&terms), sign * 150.0);
            }
        }
        assert_eq!(terms([nobody_comes, nobody_comes]), [0.0; N]);
        assert_eq!(terms([nobody_wins, nobody_left]), [0.0; N]);
        let steps = split(&[[nobody_comes, full]], true);
        assert!(steps.iter().all(|step| step.value.mean.is_some()));
    }

    #[test]
    fn nearly_equal_sides_are_split_too() {
        let a = side(FULL, LEFT, 300.0);
        let terms = terms([a, side(FULL, LEFT, 300.0 * (1.0 + 1e-13))]);
        assert!((terms[MEAN_DEAL] / 1.5e-11 - 1.0).abs() < 1e-2);
    }
}
