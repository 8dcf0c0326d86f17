//! What a win is worth, by segment, with tails as heavy as they are.

use super::{End, History};
use crate::distribution::Law;
use crate::forecast::quantile;
use crate::math;

/// The values of the deals won.
#[derive(Debug, Clone, PartialEq)]
pub struct Deals {
    /// Of all segments.
    pub all: Option<DealSize>,
    /// `[segment]`: where a segment has enough of its own.
    pub segments: Vec<Option<DealSize>>,
    /// Wins whose value is known, and wins.
    pub known: usize,
    pub won: usize,
}

/// The size of a deal: a law, as a mixture of lognormals.
#[derive(Debug, Clone, PartialEq)]
pub struct DealSize {
    pub n: usize,
    /// \[money\]
    pub mean: f64,
    /// Standard error of the mean \[money\].
    pub mean_error: f64,
    /// Weight, median and sigma of each lognormal.
    pub parts: Vec<Part>,
    /// The values at 1, 2, …, 99 % of those observed \[money\].
    pub observed: Vec<f64>,
    /// By how much BIC prefers two lognormals to one, where they were tried.
    pub evidence: Option<f64>,
    /// Hill's tail index of the largest tenth: below 2 a variance does not exist.
    pub tail_index: Option<f64>,
}

/// One lognormal of a mixture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    pub weight: f64,
    /// \[money\]
    pub median: f64,
    pub sigma: f64,
}

/// Deals from which on a segment speaks for itself.
const ENOUGH: usize = 8;
/// Deals from which on two lognormals are tried.
const ENOUGH_FOR_TWO: usize = 60;
/// Evidence against one lognormal that counts as very strong (Kass and Raftery 1995).
const VERY_STRONG: f64 = 10.0;

impl Deals {
    /// The deals of a history. O(records).
    pub(super) fn new(history: &History) -> Deals {
        let mut all = Vec::new();
        let mut by_segment = vec![Vec::new(); history.segments.len()];
        let mut won = 0;
        for (index, record) in history.records.iter().enumerate() {
            let is_won = history
                .stays_of(index)
                .last()
                .is_some_and(|stay| stay.end == End::Won);
            won += usize::from(is_won);
            if is_won && record.value > 0.0 {
                all.push(record.value);
                if let Some(values) = by_segment.get_mut(record.segment as usize) {
                    values.push(record.value);
                }
            }
        }
        let known = all.len();
        let all = DealSize::new(&all);
        let shrunk = |values: Vec<f64>| {
            (values.len() >= ENOUGH)
                .then(|| DealSize::new(&values))
                .flatten()
        };
        Deals {
            segments: by_segment.into_iter().map(shrunk).collect(),
            all,
            known,
            won,
        }
    }
}

impl DealSize {
    /// The law behind values above 0, if there are any.
    fn new(values: &[f64]) -> Option<DealSize> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let logs: Vec<f64> = values.iter().map(|&value| math::ln(value)).collect();
        let one = Mixture::one(&logs);
        let (mixture, evidence) = match n >= ENOUGH_FOR_TWO {
            false => (one, None),
            true => {
                let two = Mixture::two(&logs);
                let evidence = one.bic(n) - two.bic(n);
                let best = if evidence > VERY_STRONG { two } else { one };
                (best, Some(evidence))
            }
        };
        let parts: Vec<Part> = mixture.parts.iter().map(Part::of).collect();
        let mean: f64 = parts.iter().map(Part::mean).sum();
        let square: f64 = parts
            .iter()
            .map(|part| part.mean() * part.median * math::exp(1.5 * part.sigma * part.sigma))
            .sum();
        let variance = (square - mean * mean).max(0.0);
        Some(DealSize {
            n,
            mean,
            mean_error: (variance / n as f64).sqrt(),
            parts,
            observed: observed_quantiles(values),
            evidence,
            tail_index: hill(values),
        })
    }
}

/// The quantiles of values at whole percents.
fn observed_quantiles(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let level = |percent: i32| f64::from(percent) / 100.0;
    (1..100)
        .map(|percent| quantile(&sorted, level(percent)))
        .collect()
}

impl DealSize {
    /// The fitted law; none if its numbers are beyond all laws.
    pub fn law(&self) -> Option<Law> {
        let parts = self.parts.iter();
        let parts = parts.map(|part| {
            let law = Law::lognormal_median_sigma(part.median, part.sigma);
            law.map(|law| (part.weight, law))
        });
        Law::mixture(parts.collect::<Result<_, _>>().ok()?).ok()
    }
}

impl Part {
    fn of(&(weight, mean, sd): &(f64, f64, f64)) -> Part {
        Part {
            weight,
            median: math::exp(mean),
            sigma: sd,
        }
    }

    /// Its part in the mean \[money\].
    fn mean(&self) -> f64 {
        self.weight * self.median * math::exp(0.5 * self.sigma * self.sigma)
    }
}

/// A mixture of normal laws: weight, mean and standard deviation of each.
#[derive(Clone)]
struct Mixture {
    parts: Vec<(f64, f64, f64)>,
    log_likelihood: f64,
}

/// A standard deviation of logs below this is no spread at all: prices are equal to the cent.
const LEAST_SPREAD: f64 = 0.01;
/// Assumption: with fewer than two deals, their spread is a usual one.
const USUAL_SPREAD: f64 = 0.8;

impl Mixture {
    fn one(logs: &[f64]) -> Mixture {
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let squares: f64 = logs.iter().map(|x| (x - mean) * (x - mean)).sum();
        let sd = match logs.len() {
            1 => USUAL_SPREAD,
            _ => (squares / (n - 1.0)).sqrt().max(LEAST_SPREAD),
        };
        let mut mixture = Mixture {
            parts: vec![(1.0, mean, sd)],
            log_likelihood: 0.0,
        };
        mixture.log_likelihood = mixture.log_likelihood(logs);
        mixture
    }

    /// Two normal laws by expectation-maximisation, begun at the lower and the upper half.
    fn two(logs: &[f64]) -> Mixture {
        const ROUNDS: usize = 200;
        let mut sorted = logs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = sorted.split_at(sorted.len() / 2);
        let half = |logs: &[f64]| {
            let (_, mean, sd) = Mixture::one(logs).parts[0];
            (0.5, mean, sd)
        };
        let mut mixture = Mixture {
            parts: vec![half(low), half(high)],
            log_likelihood: f64::NEG_INFINITY,
        };
        for _ in 0..ROUNDS {
            mixture.improve(logs);
            let log_likelihood = mixture.log_likelihood(logs);
            let gained = log_likelihood - mixture.log_likelihood;
            mixture.log_likelihood = log_likelihood;
            if gained < 1e-6 {
                break;
            }
        }
        mixture
    }

    fn improve(&mut self, logs: &[f64]) {
        let mut sums = vec![(0.0, 0.0, 0.0); self.parts.len()];
        for &x in logs {
            let densities: Vec<f64> = self.parts.iter().map(|part| density(part, x)).collect();
            let total: f64 = densities.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            for (sum, density) in sums.iter_mut().zip(densities) {
                let share = density / total;
                *sum = (sum.0 + share, sum.1 + share * x, sum.2 + share * x * x);
            }
        }
        let n = logs.len() as f64;
        for (part, (weight, first, second)) in self.parts.iter_mut().zip(sums) {
            let weight = weight.max(1e-9);
            let mean = first / weight;
            let variance = (second / weight - mean * mean).max(0.0);
            *part = (weight / n, mean, variance.sqrt().max(LEAST_SPREAD));
        }
    }

    fn log_likelihood(&self, logs: &[f64]) -> f64 {
        let of_one = |&x: &f64| {
            math::ln(
                self.parts
                    .iter()
                    .map(|part| density(part, x))
                    .sum::<f64>()
                    .max(f64::MIN_POSITIVE),
            )
        };
        logs.iter().map(of_one).sum()
    }

    fn bic(&self, n: usize) -> f64 {
        let parameters = 3.0 * self.parts.len() as f64 - 1.0;
        parameters * math::ln(n as f64) - 2.0 * self.log_likelihood
    }
}

fn density(&(weight, mean, sd): &(f64, f64, f64), x: f64) -> f64 {
    weight * math::normal_pdf((x - mean) / sd) / sd
}

/// Hill's estimate of the tail index from the largest tenth of the values (Hill 1975).
fn hill(values: &[f64]) -> Option<f64> {
    const FEWEST: usize = 10;
    let k = values.len() / 10;
    if k < FEWEST {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let excess: f64 = sorted[..k]
        .iter()
        .map(|&value| math::ln(value / sorted[k]))
        .sum();
    (excess > 0.0).then(|| k as f64 / excess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lognormal_is_found_and_two_are_told_from_it() {
        let quantiles = |median: f64, sigma: f64, n: i32| -> Vec<f64> {
            let quantile = |i: i32| {
                median
                    * math::exp(sigma * math::normal_quantile((f64::from(i) + 0.5) / f64::from(n)))
            };
            (0..n).map(quantile).collect()
        };
        let one = DealSize::new(&quantiles(1000.0, 0.5, 400)).unwrap();
        assert_eq!(one.parts.len(), 1);
        assert!((one.mean / (1000.0 * math::exp(0.125)) - 1.0).abs() < 0.01);
        let mixed = [quantiles(50.0, 0.1, 200), quantiles(5000.0, 0.1, 100)].concat();
        let two = DealSize::new(&mixed).unwrap();
        assert_eq!(two.parts.len(), 2);
        assert!(
            (two.parts[0].median - 50.0).abs() < 0.5
                && (two.parts[0].weight - 2.0 / 3.0).abs() < 0.01
        );
    }

    #[test]
    fn a_heavy_tail_shows() {
        let pareto: Vec<f64> = (0..2000)
            .map(|i| math::pow((f64::from(i) + 0.5) / 2000.0, -1.0 / 1.5))
            .collect();
        let index = DealSize::new(&pareto).unwrap().tail_index.unwrap();
        assert!((index - 1.5).abs() < 0.1, "{index}");
    }
}
