//! How the level of a rate has moved, where it stands, and how far it may go: a random walk seen through counts.
//!
//! The history is cut into blocks of equal length that end with it. Block `m` has `O_m` events where `E_m` were
//! expected at a constant level; `O_m` is negative binomial of mean `E_m exp(x_m)` and variance
//! `mean + noise * mean^2`, and the log level `x_m` is a random walk with drift. The walk is integrated out by
//! Laplace's method, exact in the limit of many events; the standard deviations of walk and noise and the slope
//! are averaged over a grid, weighted by likelihood and prior. So a short history falls back on the prior and a
//! long one on itself.

use crate::math;

/// A mean and a variance.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    pub mean: f64,
    pub variance: f64,
}

/// The level of a rate, on the log scale, where 0 is the average of the history's events.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// \[days\]
    pub block_days: u32,
    /// Of each block, in order of time.
    pub blocks: Vec<Moments>,
    /// Of the last block.
    pub end: Moments,
    /// Change per day.
    pub slope: Moments,
    /// Variance that the walk gains in a day.
    pub walk_per_day: f64,
    /// Variance of a block's own deviation, which the next block knows nothing of.
    pub noise: f64,
    /// Logarithm of the likelihood, all else averaged out.
    pub log_likelihood: f64,
}

/// Standard deviations of the walk over 28 days that are averaged over.
const WALKS: [f64; 8] = [0.004, 0.02, 0.05, 0.09, 0.14, 0.21, 0.32, 0.5];
/// Standard deviations of a block's own deviation.
const NOISES: [f64; 7] = [0.0, 0.05, 0.1, 0.17, 0.27, 0.4, 0.6];
/// Slopes per 28 days.
const SLOPES: [f64; 7] = [-0.09, -0.06, -0.03, 0.0, 0.03, 0.06, 0.09];
/// Assumption: half of all rates wander less than this in a month.
const USUAL_WALK: f64 = 0.06;
/// Assumption: half of all blocks are off by themselves by less than this.
const USUAL_NOISE: f64 = 0.1;
/// Assumption: standard deviation of growth, 1.5 % a month either way.
const USUAL_SLOPE: f64 = 0.015;
/// Assumption: a slope fades, on average after half a year.
const SLOPE_LASTS: f64 = 182.0;
/// Log levels are confined to this many e-foldings: a factor of 400 either way.
const WIDEST: f64 = 6.0;

impl Level {
    /// The level behind `events` where `expected` were expected, block by block.
    ///
    /// Blocks in which nothing was expected say nothing. O(blocks).
    pub fn new(events: &[f64], expected: &[f64], block_days: u32) -> Level {
        let months = f64::from(block_days) / 28.0;
        let counts = Counts::new(events, expected);
        let mut average = Average::new(counts.len());
        // What one set of parameters found is where the next begins to look.
        let mut found = vec![0.0; counts.len()];
        for (i, &walk) in WALKS.iter().enumerate() {
            for (j, &noise) in NOISES.iter().enumerate() {
                for &slope in &SLOPES {
                    let prior = log_half_cauchy(walk / USUAL_WALK)
                        + log_half_cauchy(noise / USUAL_NOISE)
                        - 0.5 * (slope / USUAL_SLOPE) * (slope / USUAL_SLOPE)
                        + math::ln(width(&WALKS, i) * width(&NOISES, j));
                    let step = Step {
                        mean: slope * months,
                        variance: walk * walk * months,
                    };
                    let smoothed = counts.smoothed(step, noise * noise, &mut found);
                    let values = [slope / 28.0, walk * walk / 28.0, noise * noise];
                    average.add(prior, values, smoothed);
                }
            }
        }
        average.level(block_days)
    }

    /// A level that is known never to move.
    pub fn steady(block_days: u32) -> Level {
        Level {
            block_days,
            blocks: Vec::new(),
            end: Moments::default(),
            slope: Moments::default(),
            walk_per_day: 0.0,
            noise: 0.0,
            log_likelihood: 0.0,
        }
    }

    /// Mean of the level over days `start` to `end` after the history, on the log scale.
    pub fn mean(&self, start: f64, end: f64) -> f64 {
        self.end.mean + self.slope.mean * lasting(0.5 * (start + end))
    }

    /// Covariance of the levels of two stretches of days after the history; they are the same one or do not overlap.
    pub fn covariance(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        let middle = |(start, end): (f64, f64)| 0.5 * (start + end);
        let (first, second) = (middle(a).min(middle(b)), middle(a).max(middle(b)));
        // The mean of a walk over a stretch has a third of the variance that it gains there; a half stands at its middle.
        let length = a.1 - a.0;
        let (walked, own) = match a == b {
            true => (
                a.0 + length / 3.0,
                self.noise * f64::from(self.block_days) / length.max(1.0),
            ),
            false => (first, 0.0),
        };
        let half_block = 0.5 * f64::from(self.block_days);
        let slopes = self.slope.variance * lasting(first) * lasting(second);
        self.end.variance + self.walk_per_day * (half_block + walked) + slopes + own
    }

    /// Standard deviation of the walk in 28 days.
    pub fn walk_per_month(&self) -> f64 {
        (28.0 * self.walk_per_day).sqrt()
    }
}

/// Days for which a slope acts within the next `days`.
fn lasting(days: f64) -> f64 {
    SLOPE_LASTS * (1.0 - math::exp(-days / SLOPE_LASTS))
}

/// Logarithm of the half-Cauchy density, up to a constant: its heavy tail lets the data speak where they are clear
/// (Gelman 2006, Bayesian Analysis 1: 515).
fn log_half_cauchy(x: f64) -> f64 {
    -math::ln_1p(x * x)
}

/// Length of the part of a grid that a point stands for.
fn width(grid: &[f64], i: usize) -> f64 {
    let low = if i == 0 { grid[0] } else { grid[i - 1] };
    let high = grid.get(i + 1).copied().unwrap_or(grid[i]);
    0.5 * (high - low)
}

/// A step of the walk from one block to the next.
#[derive(Debug, Clone, Copy)]
struct Step {
    mean: f64,
    variance: f64,
}

/// Events of each block and how many were expected, scaled so that both have the same sum.
struct Counts {
    events: Vec<f64>,
    expected: Vec<f64>,
}

/// What one set of parameters makes of the counts.
struct Smoothed {
    log_likelihood: f64,
    blocks: Vec<Moments>,
    /// Of the last block less the average, by events, of all.
    end: Moments,
}

impl Counts {
    fn new(events: &[f64], expected: &[f64]) -> Counts {
        let of_both = |values: &[f64]| -> f64 {
            let seen = values.iter().zip(expected).filter(|(_, e)| **e > 0.0);
            seen.map(|(v, _)| v).sum()
        };
        let (n, e) = (of_both(events), of_both(expected));
        let scale = if n > 0.0 && e > 0.0 { n / e } else { 0.0 };
        Counts {
            events: events.to_vec(),
            expected: expected.iter().map(|e| e * scale).collect(),
        }
    }

    fn len(&self) -> usize {
        self.events.len()
    }

    /// First and minus second derivative, in the log level, of the log-likelihood of a block, and itself.
    fn slope_of(&self, m: usize, x: f64, noise: f64) -> [f64; 3] {
        let (o, e) = (self.events[m], self.expected[m]);
        if e <= 0.0 {
            return [0.0; 3];
        }
        let mean = e * math::exp(x.clamp(-WIDEST, WIDEST));
        if noise == 0.0 {
            let log = o * math::ln(mean) - mean - math::ln_gamma(o + 1.0);
            return [o - mean, mean, log];
        }
        let k = 1.0 / noise;
        let share = mean / (k + mean);
        let log = math::ln_gamma(o + k) - math::ln_gamma(k) - math::ln_gamma(o + 1.0)
            + o * math::ln(share)
            - k * math::ln_1p(mean / k);
        [o - (o + k) * share, (o + k) * share * (1.0 - share), log]
    }

    /// The walk given the counts, by Newton's method on a band of three, from `x` on.
    fn smoothed(&self, step: Step, noise: f64, x: &mut [f64]) -> Smoothed {
        const FIRST: f64 = 1.0; // variance of the first block's level: the counts say where it is
        const ROUNDS: usize = 30;
        let n = self.len();
        let bond = 1.0 / step.variance;
        let mut band = Band::default();
        for _ in 0..ROUNDS {
            let mut gradient = vec![0.0; n];
            let mut diagonal = vec![0.0; n];
            for m in 0..n {
                let [first, second, _] = self.slope_of(m, x[m], noise);
                gradient[m] += first;
                diagonal[m] += second;
            }
            if n > 0 {
                gradient[0] -= x[0] / FIRST;
                diagonal[0] += 1.0 / FIRST;
            }
            for m in 1..n {
                let miss = bond * (x[m] - x[m - 1] - step.mean);
                gradient[m] -= miss;
                gradient[m - 1] += miss;
                diagonal[m] += bond;
                diagonal[m - 1] += bond;
            }
            band = Band::new(&diagonal, -bond);
            let change = band.solve(&gradient);
            let largest = change.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
            let part = if largest > 1.0 { 1.0 / largest } else { 1.0 };
            for (x, change) in x.iter_mut().zip(&change) {
                *x = (*x + part * change).clamp(-WIDEST, WIDEST);
            }
            if largest < 1e-7 {
                break;
            }
        }
        let of_walk = |m: usize| {
            let (miss, variance) = match m {
                0 => (x[0], FIRST),
                _ => (x[m] - x[m - 1] - step.mean, step.variance),
            };
            -0.5 * (miss * miss / variance + math::ln(variance))
        };
        let log_joint: f64 = (0..n)
            .map(|m| self.slope_of(m, x[m], noise)[2] + of_walk(m))
            .sum();
        let log_likelihood = log_joint - 0.5 * band.log_determinant();
        let variances = band.variances();
        let total: f64 = self
            .events
            .iter()
            .zip(&self.expected)
            .filter(|(_, e)| **e > 0.0)
            .map(|(o, _)| o)
            .sum();
        let weight = |m: usize| match total > 0.0 && self.expected[m] > 0.0 {
            true => self.events[m] / total,
            false => 0.0,
        };
        let contrast: Vec<f64> = (0..n)
            .map(|m| f64::from(u8::from(m + 1 == n)) - weight(m))
            .collect();
        let spread = band.solve(&contrast);
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let average: f64 = (0..n).map(|m| weight(m) * x[m]).sum();
        let moments = |(x, variance): (&f64, f64)| Moments {
            mean: x - average,
            variance,
        };
        Smoothed {
            log_likelihood,
            end: Moments {
                mean: dot(&contrast, x),
                variance: dot(&contrast, &spread).max(0.0),
            },
            blocks: x.iter().zip(variances).map(moments).collect(),
        }
    }
}

/// A symmetric matrix with `off` beside its diagonal, decomposed as `L D L^T`.
#[derive(Default)]
struct Band {
    pivots: Vec<f64>,
    /// Below the diagonal of `L`; the first is not used.
    factors: Vec<f64>,
}

impl Band {
    fn new(diagonal: &[f64], off: f64) -> Band {
        let mut band = Band::default();
        for (m, &d) in diagonal.iter().enumerate() {
            let before = m.checked_sub(1).map(|m| band.pivots[m]);
            let factor = before.map_or(0.0, |pivot| off / pivot);
            band.factors.push(factor);
            band.pivots
                .push((d - factor * factor * before.unwrap_or(0.0)).max(f64::MIN_POSITIVE));
        }
        band
    }

    fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut x = right.to_vec();
        for m in 1..x.len() {
            x[m] -= self.factors[m] * x[m - 1];
        }
        for (x, pivot) in x.iter_mut().zip(&self.pivots) {
            *x /= pivot;
        }
        for m in (1..x.len()).rev() {
            x[m - 1] -= self.factors[m] * x[m];
        }
        x
    }

    fn log_determinant(&self) -> f64 {
        self.pivots.iter().map(|&pivot| math::ln(pivot)).sum()
    }

    /// Diagonal of the inverse.
    fn variances(&self) -> Vec<f64> {
        let n = self.pivots.len();
        let mut variances = vec![0.0; n];
        let mut after = 0.0;
        for m in (0..n).rev() {
            let factor = self.factors.get(m + 1).copied().unwrap_or(0.0);
            after = 1.0 / self.pivots[m] + factor * factor * after;
            variances[m] = after;
        }
        variances
    }
}

/// What has been found under all parameters so far, weighted.
struct Average {
    found: Vec<(f64, [f64; 3], Smoothed)>,
    n: usize,
}

impl Average {
    fn new(n: usize) -> Average {
        Average {
            found: Vec::new(),
            n,
        }
    }

    fn add(&mut self, prior: f64, values: [f64; 3], smoothed: Smoothed) {
        self.found.push((prior, values, smoothed));
    }

    fn level(&self, block_days: u32) -> Level {
        let log_weight =
            |(prior, _, smoothed): &(f64, [f64; 3], Smoothed)| prior + smoothed.log_likelihood;
        let most = self
            .found
            .iter()
            .map(log_weight)
            .fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = self
            .found
            .iter()
            .map(|found| math::exp(log_weight(found) - most))
            .collect();
        let total: f64 = weights.iter().sum();
        let priors: f64 = self
            .found
            .iter()
            .map(|(prior, _, _)| math::exp(*prior))
            .sum();
        let mix = |of: &dyn Fn(&[f64; 3], &Smoothed) -> Moments| {
            let mut mixed = Moments::default();
            let parts = || {
                weights
                    .iter()
                    .zip(&self.found)
                    .map(|(w, (_, values, smoothed))| (w / total, of(values, smoothed)))
            };
            mixed.mean = parts().map(|(w, part)| w * part.mean).sum();
            mixed.variance = parts()
                .map(|(w, part)| {
                    let off = part.mean - mixed.mean;
                    w * (part.variance + off * off)
                })
                .sum();
            mixed
        };
        let known = |mean| Moments {
            mean,
            variance: 0.0,
        };
        Level {
            block_days,
            blocks: (0..self.n)
                .map(|m| mix(&|_, smoothed| smoothed.blocks[m]))
                .collect(),
            end: mix(&|_, smoothed| smoothed.end),
            slope: mix(&|values, _| known(values[0])),
            walk_per_day: mix(&|values, _| known(values[1])).mean,
            noise: mix(&|values, _| known(values[2])).mean,
            log_likelihood: most + math::ln(total) - math::ln(priors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_stays_where_it_is() {
        let level = Level::new(&[100.0; 52], &[50.0; 52], 7);
        assert!(level.end.mean.abs() < 0.02, "{:?}", level.end);
        assert!(level.end.variance.sqrt() < 0.03, "{:?}", level.end);
        assert!(level.walk_per_month() < 0.05, "{}", level.walk_per_month());
        assert!(level.noise.sqrt() < 0.06);
        assert!(level.slope.mean.abs() * 28.0 < 0.01);
    }

    #[test]
    fn a_step_is_followed() {
        let events: Vec<f64> = (0..52)
            .map(|m| if m < 40 { 100.0 } else { 150.0 })
            .collect();
        let level = Level::new(&events, &[100.0; 52], 7);
        let before = level.blocks[20].mean;
        assert!(
            (level.end.mean - before - math::ln(1.5)).abs() < 0.06,
            "{level:?}"
        );
    }

    #[test]
    fn few_counts_fall_back_on_the_prior() {
        let level = Level::new(&[0.0, 1.0, 0.0], &[1.0; 3], 28);
        assert!((0.02..0.2).contains(&level.walk_per_month()));
        assert!(level.end.variance.is_finite() && level.end.mean.abs() < 1.0);
        let nothing = Level::new(&[], &[], 28);
        assert_eq!(nothing.end, Moments::default());
        let none = Level::new(&[0.0, 0.0], &[0.0, 0.0], 28);
        assert!(none.end.mean.abs() < 1e-9 && none.end.variance.is_finite());
    }

    #[test]
    fn noise_is_not_taken_for_a_walk() {
        let events: Vec<f64> = (0..60)
            .map(|m| if m % 2 == 0 { 70.0 } else { 130.0 })
            .collect();
        let level = Level::new(&events, &[100.0; 60], 7);
        assert!(level.noise.sqrt() > 0.2, "{}", level.noise.sqrt());
        assert!(level.end.mean.abs() < 0.1, "{:?}", level.end);
    }

    #[test]
    fn what_is_further_off_is_less_certain() {
        let level = Level::new(&[100.0; 30], &[100.0; 30], 7);
        let (near, far) = ((0.0, 30.0), (60.0, 90.0));
        assert!(level.covariance(far, far) > level.covariance(near, near));
        assert!(level.covariance(near, far) <= level.covariance(far, far));
    }
}
