//! How good forecasts were: scores of single forecasts, their calibration, and comparisons of two forecasters.
//!
//! What is undefined (no cases, a value that is not finite) is `None`.

use crate::{math, random};

/// A point forecast and what came of it, in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    pub forecast: f64,
    pub observed: f64,
}

/// The fair continuous ranked probability score of a forecast given by equally likely values.
///
/// `mean |x_i - y| - Σ_{i<j} |x_i - x_j| / (m (m - 1))`, in the unit of the values; smaller is better. For a sample
/// of size one and more it would be the absolute error; fair means that its expectation does not depend on `m`.
///
/// - `sample` \[finite, at least 2, in any order\]; O(m log m)
/// - Source: C. Ferro, Q. J. R. Meteorol. Soc. 140 (2014) 1917.
pub fn crps(sample: &[f64], observed: f64) -> Option<f64> {
    let m = sample.len() as f64;
    let mut errors: Vec<f64> = sample.iter().map(|x| x - observed).collect();
    if errors.len() < 2 || !errors.iter().all(|error| error.is_finite()) {
        return None;
    }
    errors.sort_unstable_by(f64::total_cmp);
    let distance: f64 = errors.iter().map(|error| error.abs()).sum();
    // In order, x_(i) is the larger one of i pairs and the smaller one of m - 1 - i.
    let ranks = (0..errors.len()).map(|i| 2.0 * i as f64 - (m - 1.0));
    let spread: f64 = errors.iter().zip(ranks).map(|(x, rank)| rank * x).sum();
    Some(distance / m - spread / (m * (m - 1.0)))
}

/// The pinball loss of a quantile: `level` times what the observation lies above it, `1 - level` times what it lies below.
///
/// - `level` \[0 to 1\]; in the unit of the values; smaller is better, in expectation least at the true quantile
pub fn pinball(level: f64, quantile: f64, observed: f64) -> f64 {
    let above = observed - quantile;
    (level * above).max((level - 1.0) * above)
}

/// The interval score: the width, and `2 / (1 - level)` times what the observation lies outside.
///
/// - `level` \[0 to 1, exclusive\]: the coverage that the interval claims; smaller is better
/// - Source: T. Gneiting and A. Raftery, J. Am. Stat. Assoc. 102 (2007) 359, eq. 43.
pub fn interval_score(level: f64, (lower, upper): (f64, f64), observed: f64) -> f64 {
    let outside = (lower - observed).max(0.0) + (observed - upper).max(0.0);
    (upper - lower) + 2.0 / (1.0 - level) * outside
}

/// A share with its Wilson interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub hits: u64,
    pub n: u64,
    /// `hits / n`
    pub share: f64,
    /// Lower end of the interval \[probability\].
    pub low: f64,
    /// Upper end of the interval \[probability\].
    pub high: f64,
}

/// The share of `hits` in `n` independent trials with its Wilson interval.
///
/// - `level` \[0 to 1, exclusive\]: coverage of the interval, such as 0.95
/// - `None` if `n` is 0 or smaller than `hits`
/// - Source: E. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
pub fn wilson(hits: u64, n: u64, level: f64) -> Option<Share> {
    if n == 0 || hits > n {
        return None;
    }
    let (count, share) = (n as f64, hits as f64 / n as f64);
    let z = -math::normal_quantile((1.0 - level) / 2.0);
    let z2 = z * z / count;
    let centre = (share + z2 / 2.0) / (1.0 + z2);
    let half = z / (1.0 + z2) * math::sqrt(share * (1.0 - share) / count + z2 / (4.0 * count));
    Some(Share {
        hits,
        n,
        share,
        low: if hits == 0 { 0.0 } else { centre - half },
        high: if hits == n { 1.0 } else { centre + half },
    })
}

/// How often the observation lay in its interval, ends included, with the Wilson interval of that share at 95 %.
///
/// - `cases`: (lower, upper, observed)
/// - The Wilson interval takes cases as independent; windows that overlap make it too narrow.
pub fn coverage(cases: impl IntoIterator<Item = (f64, f64, f64)>) -> Option<Share> {
    let (mut hits, mut n) = (0, 0);
    for (lower, upper, observed) in cases {
        n += 1;
        hits += u64::from(lower <= observed && observed <= upper);
    }
    wilson(hits, n, 0.95)
}

/// Where the observation stands in its forecast, in (0, 1): uniform if it is drawn like the values of the sample.
///
/// `(#{x < y} + v (#{x = y} + 1)) / (m + 1)`, where `v` is uniform: the randomised probability integral transform of the
/// rank of `y` among all `m + 1` values, exact for counts and for samples of any size.
///
/// - `sample` \[any size, in any order\]; `nth` tells forecasts of one `seed` apart
/// - Source: C. Czado, T. Gneiting, L. Held, Biometrics 65 (2009) 1254.
pub fn randomised_pit(sample: &[f64], observed: f64, seed: u64, nth: u64) -> f64 {
    let below = sample.iter().filter(|x| **x < observed).count() as f64;
    let equal = sample.iter().filter(|x| **x == observed).count() as f64;
    let v = random::rank_uniform(seed, nth);
    (below + v * (equal + 1.0)) / (sample.len() as f64 + 1.0)
}

/// A statistic and how often it would be as extreme by chance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    pub statistic: f64,
    /// \[probability\]
    pub p: f64,
}

/// Kolmogorov–Smirnov test of the law of `values` against the uniform law on (0, 1).
///
/// - The statistic is the largest distance of the distribution functions.
/// - `p` is asymptotic with Stephens' correction for few values, and takes them as independent.
/// - Source: M. Stephens, J. R. Stat. Soc. B 32 (1970) 115.
pub fn uniformity(values: &[f64]) -> Option<Test> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distances = sorted.iter().enumerate().map(|(i, u)| {
        let (before, after) = (i as f64 / n, (i + 1) as f64 / n);
        (u - before).max(after - u)
    });
    let statistic = distances.fold(0.0, f64::max);
    let root = math::sqrt(n);
    let p = kolmogorov_sf((root + 0.12 + 0.11 / root) * statistic);
    Some(Test { statistic, p })
}

/// Survival function of Kolmogorov's law: `2 Σ (-1)^(k-1) exp(-2 k² x²)`.
fn kolmogorov_sf(x: f64) -> f64 {
    // Below, the sum is 1 to 12 digits and converges slowly.
    if x < 0.2 {
        return 1.0;
    }
    let term = |k: f64| math::exp(-2.0 * k * k * x * x);
    let pairs = (0..20).map(|k| term(2.0 * f64::from(k) + 1.0) - term(2.0 * f64::from(k) + 2.0));
    (2.0 * pairs.sum::<f64>()).clamp(0.0, 1.0)
}

/// Errors of point forecasts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointErrors {
    /// Mean of forecast less observed.
    pub bias: f64,
    /// Mean absolute error.
    pub mae: f64,
    /// Sum of absolute errors over the sum of what was observed; `None` where that is not above 0.
    pub wape: Option<f64>,
}

/// Bias, mean absolute error and weighted absolute percentage error of point forecasts.
pub fn point_errors(outcomes: &[Outcome]) -> Option<PointErrors> {
    let n = outcomes.len() as f64;
    let error = |outcome: &Outcome| outcome.forecast - outcome.observed;
    let absolute: f64 = outcomes.iter().map(|outcome| error(outcome).abs()).sum();
    let observed: f64 = outcomes.iter().map(|outcome| outcome.observed.abs()).sum();
    (n > 0.0 && absolute.is_finite()).then(|| PointErrors {
        bias: outcomes.iter().map(error).sum::<f64>() / n,
        mae: absolute / n,
        wape: (observed > 0.0).then(|| absolute / observed),
    })
}

/// Newey–West estimate with Bartlett weights; never negative.
fn long_run_variance(values: &[f64], lag: usize) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let autocovariance = |k: usize| {
        let pairs = values.iter().zip(values.iter().skip(k));
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n
    };
    let weight = |k: usize| 1.0 - k as f64 / (lag as f64 + 1.0);
    let later = (1..=lag.min(values.len())).map(|k| 2.0 * weight(k) * autocovariance(k));
    (autocovariance(0) + later.sum::<f64>()).max(0.0)
}

/// A ratio of mean scores with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreRatio {
    /// Mean score of the one over that of the other; below 1 the one is better.
    pub ratio: f64,
    pub standard_error: f64,
}

/// The mean score of one forecaster over that of another on the same windows, in order of time.
///
/// The standard error is that of a ratio of means by linearisation (delta method): that of the mean of `a - ratio b`, with Newey and
/// West's long-run variance at lag `horizon - 1`, so that windows which overlap do not count as independent.
///
/// - `scores`: (of the one, of the other); `horizon` \[≥ 1\]: in how many successive windows one day can lie; 1 where windows do not overlap
/// - `None` with fewer than 2 windows, or no more than `horizon`, or if the other's mean is not above 0
pub fn score_ratio(scores: &[(f64, f64)], horizon: usize) -> Option<ScoreRatio> {
    let n = scores.len() as f64;
    let (one, other) = scores
        .iter()
        .fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    if horizon == 0 || scores.len() < 2 || scores.len() <= horizon {
        return None;
    }
    let ratio = one / other;
    if !(other > 0.0 && ratio.is_finite()) {
        return None;
    }
    let rest: Vec<f64> = scores.iter().map(|(a, b)| a - ratio * b).collect();
    let variance = long_run_variance(&rest, horizon - 1) / (n - 1.0);
    Some(ScoreRatio {
        ratio,
        standard_error: math::sqrt(variance) / (other / n),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    fn normal_grid(m: usize) -> Vec<f64> {
        let level = |i: usize| (i as f64 + 0.5) / m as f64;
        (0..m).map(|i| math::normal_quantile(level(i))).collect()
    }

    #[test]
    fn crps_is_its_formula() {
        let (sample, observed) = ([3.0, -1.0, 4.5, 0.0, 3.0], 1.25);
        let m = sample.len();
        let mut pairs = 0.0;
        for i in 0..m {
            for j in 0..i {
                pairs += f64::abs(sample[i] - sample[j]);
            }
        }
        let distance: f64 = sample.iter().map(|x| f64::abs(x - observed)).sum();
        let direct = distance / m as f64 - pairs / (m * (m - 1)) as f64;
        close(crps(&sample, observed).unwrap(), direct, 1e-14);
        assert_eq!(crps(&[2.0], 1.0), None);
        assert_eq!(crps(&[2.0, f64::NAN], 1.0), None);
        assert_eq!(crps(&[2.0, 2.0], 1.0), Some(1.0));
    }

    /// The grid misses the law's spread by about 1/m.
    #[test]
    fn crps_of_a_normal_law() {
        close(crps(&normal_grid(20_000), 1.0).unwrap(), 0.602_441_36, 1e-4);
    }

    /// The mean over all samples of size 2 and all observations from the same values, equal ones apart, is that of size 5.
    #[test]
    fn fair_crps_does_not_depend_on_the_size() {
        let values = [0.0, 1.0, 4.0, 9.0, 16.0];
        let mut two = Vec::new();
        for i in 0..5 {
            for j in 0..i {
                two.push(crps(&[values[i], values[j]], 5.0).unwrap());
            }
        }
        let mean = two.iter().sum::<f64>() / two.len() as f64;
        close(mean, crps(&values, 5.0).unwrap(), 1e-14);
    }

    #[test]
    fn pinball_and_interval_score_by_hand() {
        close(pinball(0.9, 12.0, 15.0), 2.7, 1e-15);
        close(pinball(0.9, 12.0, 8.0), 0.4, 1e-15);
        close(interval_score(0.8, (2.0, 6.0), 3.0), 4.0, 1e-15);
        close(interval_score(0.8, (2.0, 6.0), 7.0), 14.0, 1e-12);
        close(interval_score(0.8, (2.0, 6.0), 1.5), 9.0, 1e-12);
    }

    /// Reference values: roots of (p - share)^2 = z^2 p (1 - p) / n.
    #[test]
    fn wilson_interval_solves_its_equation() {
        let z = 1.959_963_984_540_054;
        for (hits, n) in [(1, 10), (7, 9), (95, 100), (3, 1000)] {
            let share = wilson(hits, n, 0.95).unwrap();
            for p in [share.low, share.high] {
                let left = (p - share.share) * (p - share.share);
                close(left, z * z * p * (1.0 - p) / n as f64, 1e-12);
            }
            assert!(share.low < share.share && share.share < share.high);
        }
        let none = wilson(0, 10, 0.95).unwrap();
        assert_eq!(none.low, 0.0);
        close(none.high, 0.277_532_8, 1e-6);
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(2, 1, 0.95), None);
    }

    #[test]
    fn coverage_counts_the_ends() {
        let cases = [
            (0.0, 1.0, 1.0),
            (0.0, 1.0, 0.0),
            (0.0, 1.0, 1.5),
            (0.0, 1.0, f64::NAN),
        ];
        let share = coverage(cases).unwrap();
        assert_eq!((share.hits, share.n), (2, 4));
    }

    /// 500 counts ranked in samples of 19 of the same law are uniform; in samples of half the mean they are not.
    #[test]
    fn pit_is_uniform_only_if_calibrated() {
        let count = |mean: f64, nth: u64| {
            let u = random::permutation_uniform(7, 1, nth);
            (0..40)
                .filter(|k| math::gamma_q(f64::from(k + 1), mean) < u)
                .count() as f64
        };
        let pits = |mean: f64| -> Vec<f64> {
            let pit = |nth: u64| {
                let sample: Vec<f64> = (1..20).map(|i| count(mean, 20 * nth + i)).collect();
                randomised_pit(&sample, count(3.0, 20 * nth), 1, nth)
            };
            (0..500).map(pit).collect()
        };
        assert!(uniformity(&pits(3.0)).unwrap().p > 0.01);
        assert!(uniformity(&pits(1.5)).unwrap().p < 1e-6);
    }

    /// Quantiles of Kolmogorov's law: 1.3581 at 5 %, 1.6276 at 1 %.
    #[test]
    fn kolmogorov_law() {
        close(kolmogorov_sf(1.358_1), 0.05, 1e-5);
        close(kolmogorov_sf(1.627_6), 0.01, 1e-5);
        assert_eq!(kolmogorov_sf(0.1), 1.0);
        assert_eq!(uniformity(&[]), None);
    }

    #[test]
    fn errors_of_points_by_hand() {
        let outcome = |forecast, observed| Outcome { forecast, observed };
        let errors = point_errors(&[outcome(3.0, 1.0), outcome(2.0, 7.0)]).unwrap();
        close(errors.bias, -1.5, 1e-15);
        close(errors.mae, 3.5, 1e-15);
        close(errors.wape.unwrap(), 7.0 / 8.0, 1e-15);
        assert_eq!(point_errors(&[outcome(1.0, 0.0)]).unwrap().wape, None);
        assert_eq!(point_errors(&[]), None);
    }

    /// Autocovariances of 1, 2, 3, 4 at lags 0, 1: 5/4 and 5/16; weights 1 and 1/2.
    #[test]
    fn overlap_widens_the_error() {
        close(
            long_run_variance(&[1.0, 2.0, 3.0, 4.0], 1),
            1.25 + 0.3125,
            1e-15,
        );
        let trend: Vec<(f64, f64)> = (1..20).map(|i| (f64::from(i), 10.0)).collect();
        let alone = score_ratio(&trend, 1).unwrap();
        let overlapping = score_ratio(&trend, 4).unwrap();
        close(alone.ratio, 1.0, 1e-15);
        // The error of the mean of 1 to 19, over 10.
        close(alone.standard_error, f64::sqrt(30.0 / 18.0) / 10.0, 1e-12);
        assert!(overlapping.standard_error > 1.5 * alone.standard_error);
    }
}
