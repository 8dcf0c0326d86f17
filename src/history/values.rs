//! What deals are worth: log-normal laws of their values, whether one is enough, and how heavy the tail is.
//!
//! Values that are not above 0 and finite are passed over.

use super::latency::LogNormal;
use crate::math;

/// A log-normal law fitted to values, with the standard errors of its parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    pub law: LogNormal,
    /// Values that it was fitted to.
    pub n: usize,
    /// Standard error of `law.mu`: `σ / √n`.
    pub mu_error: f64,
    /// Standard error of `law.sigma`: `σ / √(2n)`.
    pub sigma_error: f64,
}

/// The maximum-likelihood log-normal law: mean and standard deviation (over n) of logarithms.
///
/// `None` with fewer than 2 different values.
pub fn lognormal(values: &[f64]) -> Option<Fitted> {
    let logs = logarithms(values);
    let n = logs.len() as f64;
    let law = weighted(&logs, |_| 1.0);
    (law.sigma > 0.0).then(|| Fitted {
        law,
        n: logs.len(),
        mu_error: law.sigma / math::sqrt(n),
        sigma_error: law.sigma / math::sqrt(2.0 * n),
    })
}

fn logarithms(values: &[f64]) -> Vec<f64> {
    let there = values
        .iter()
        .filter(|value| **value > 0.0 && value.is_finite());
    there.map(|value| math::ln(*value)).collect()
}

/// The law of logarithms that count by a weight; NaN without weight.
fn weighted(logs: &[f64], weight: impl Fn(usize) -> f64) -> LogNormal {
    let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
        logs.iter()
            .enumerate()
            .map(|(at, log)| weight(at) * of(*log))
            .sum()
    };
    let n = sum(&|_| 1.0);
    let mu = sum(&|log| log) / n;
    let variance = sum(&|log| (log - mu) * (log - mu)) / n;
    LogNormal {
        mu,
        sigma: math::sqrt(variance),
    }
}

/// Hill's estimate of the tail index `α` of `P(X > x) ~ x^-α`, from the `k` largest values.
///
/// `α = k / Σ ln(x_(i) / x_(k+1))`, standard error `α / √k`; below 2 the variance is infinite, below 1 the mean.
///
/// - `None` unless more than `k` values are there and the `k` \[≥ 1\] largest are not all equal to the next
/// - Source: B. Hill, Ann. Stat. 3 (1975) 1163.
pub fn hill(values: &[f64], k: usize) -> Option<f64> {
    let mut logs = logarithms(values);
    logs.sort_unstable_by(|a, b| b.total_cmp(a));
    let next = *logs.get(k)?;
    let sum: f64 = logs[..k].iter().map(|log| log - next).sum();
    (sum > 0.0).then(|| k as f64 / sum)
}

/// Two log-normal laws, and whether they tell more than one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoLaws {
    /// By `mu`.
    pub laws: [LogNormal; 2],
    /// Share of the second, of larger values \[probability\].
    pub share_of_large: f64,
    /// Bayesian information criterion of the two, `5 ln n - 2 ln L` of logarithms; less is better.
    pub bic: f64,
    /// That of one law, `2 ln n - 2 ln L`.
    pub bic_of_one: f64,
}

/// Values below this number tell no two laws.
const FEWEST_VALUES: usize = 20;
/// Neither law is narrower than this share of one law's sigma, or a few equal values would make an infinite likelihood.
const NARROWEST: f64 = 0.1;
const MOST_STEPS: usize = 1_000;
/// Gain of log-likelihood that ends the climb.
const LEAST_GAIN: f64 = 1e-7;

/// Two log-normal laws by expectation–maximisation from the halves below and above the median.
///
/// `None` with fewer than 20 values, with all of them equal, or where a law rules a value out. The likelihood can have several peaks; this is the one that the
/// halves lead to. O(values) a step, 1,000 steps at most.
pub fn two_lognormals(values: &[f64]) -> Option<TwoLaws> {
    let one = lognormal(values)?;
    if one.n < FEWEST_VALUES {
        return None;
    }
    let mut logs = logarithms(values);
    logs.sort_unstable_by(f64::total_cmp);
    let (mut large, half) = (vec![0.0; one.n], one.n / 2);
    large[half..].fill(1.0);
    let mut before = f64::NEG_INFINITY;
    let mut two = TwoLaws::of(&logs, &large, NARROWEST * one.law.sigma);
    for _ in 0..MOST_STEPS {
        let likelihood = two.expect(&logs, &mut large);
        if likelihood - before < LEAST_GAIN {
            break;
        }
        before = likelihood;
        two = TwoLaws::of(&logs, &large, NARROWEST * one.law.sigma);
    }
    let ln_n = math::ln(one.n as f64);
    two.bic = 5.0 * ln_n - 2.0 * two.expect(&logs, &mut large);
    two.bic_of_one = 2.0 * ln_n - 2.0 * log_likelihood(&logs, one.law);
    two.bic.is_finite().then(|| two.in_order())
}

impl TwoLaws {
    /// From the probabilities that each value is of the second law.
    fn of(logs: &[f64], large: &[f64], narrowest: f64) -> TwoLaws {
        let wide = |law: LogNormal| LogNormal {
            sigma: law.sigma.max(narrowest),
            ..law
        };
        TwoLaws {
            laws: [
                wide(weighted(logs, |at| 1.0 - large[at])),
                wide(weighted(logs, |at| large[at])),
            ],
            share_of_large: large.iter().sum::<f64>() / logs.len() as f64,
            bic: f64::NAN,
            bic_of_one: f64::NAN,
        }
    }

    /// Sets these probabilities; the log-likelihood.
    fn expect(&self, logs: &[f64], large: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for (log, large) in logs.iter().zip(large) {
            let small = (1.0 - self.share_of_large) * density(*log, self.laws[0]);
            let big = self.share_of_large * density(*log, self.laws[1]);
            *large = big / (small + big);
            sum += math::ln(small + big);
        }
        sum
    }

    fn in_order(mut self) -> TwoLaws {
        if self.laws[0].mu > self.laws[1].mu {
            self.laws.reverse();
            self.share_of_large = 1.0 - self.share_of_large;
        }
        self
    }
}

/// Density of a logarithm.
fn density(log: f64, law: LogNormal) -> f64 {
    math::normal_pdf((log - law.mu) / law.sigma) / law.sigma
}

fn log_likelihood(logs: &[f64], law: LogNormal) -> f64 {
    logs.iter().map(|log| math::ln(density(*log, law))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` midpoint quantiles of a log-normal law.
    fn grid(n: usize, mu: f64, sigma: f64) -> Vec<f64> {
        let level = |i: usize| (i as f64 + 0.5) / n as f64;
        (0..n)
            .map(|i| math::exp(mu + sigma * math::normal_quantile(level(i))))
            .collect()
    }

    #[test]
    fn lognormal_is_moments_of_logarithms() {
        let values = [1.0, f64::exp(2.0), f64::NAN, 0.0, -3.0, f64::INFINITY];
        let fit = lognormal(&values).unwrap();
        assert!((fit.law.mu - 1.0).abs() < 1e-12 && (fit.law.sigma - 1.0).abs() < 1e-12);
        assert_eq!(fit.n, 2);
        assert!((fit.sigma_error - 0.5).abs() < 1e-12);
        assert_eq!(lognormal(&[3.0, 3.0]), None);
        assert_eq!(lognormal(&[]), None);
    }

    /// Quantiles of a Pareto law of index 1.5: the k largest are near its exact tail.
    #[test]
    fn hill_finds_the_index_of_a_pareto_law() {
        let pareto = |i: u32| math::pow((f64::from(i) + 0.5) / 10_000.0, -1.0 / 1.5);
        let values: Vec<f64> = (0..10_000).map(pareto).collect();
        let index = hill(&values, 500).unwrap();
        assert!((index - 1.5).abs() < 0.01, "{index}");
        assert_eq!(hill(&values, 10_000), None);
        assert_eq!(hill(&[2.0, 2.0], 1), None);
        assert_eq!(hill(&[2.0, 2.0], 0), None);
    }

    #[test]
    fn two_laws_are_found_where_there_are_two() {
        let mut values = grid(700, 2.0, 0.4);
        values.extend(grid(300, 5.0, 0.6));
        let two = two_lognormals(&values).unwrap();
        assert!((two.share_of_large - 0.3).abs() < 0.01, "{two:?}");
        assert!((two.laws[0].mu - 2.0).abs() < 0.02 && (two.laws[1].sigma - 0.6).abs() < 0.03);
        assert!(two.bic < two.bic_of_one - 100.0);
        let one = two_lognormals(&grid(1000, 2.0, 0.4)).unwrap();
        assert!(one.bic > one.bic_of_one, "{one:?}");
    }

    /// Nearly all values equal, far apart, and too few.
    #[test]
    fn odd_values_do_no_harm() {
        let mut values = vec![1.0; 99];
        values.push(1e300);
        let two = two_lognormals(&values).unwrap();
        assert!(two.laws.iter().all(|law| law.sigma > 0.0), "{two:?}");
        assert_eq!(two_lognormals(&[1.0; 50]), None);
        assert_eq!(two_lognormals(&grid(19, 0.0, 1.0)), None);
    }
}
