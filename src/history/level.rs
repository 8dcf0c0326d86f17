//! How a rate has moved against its expectation, month by month: a random walk of the log-level, seen through Poisson counts.

use super::shrink::Events;
use crate::math;

/// Mean and variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    pub mean: f64,
    pub variance: f64,
}

/// The log-level of a rate: 0 where counts are as expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// `[month]`: the log-level, given the counts of all months.
    pub months: Vec<Moments>,
    /// Standard deviation of a month's step of the log-level.
    pub tau: f64,
    /// What the log-level rises by in a month beside its steps.
    pub slope: Moments,
    /// Covariance of the slope and the last month's log-level.
    slope_with_end: f64,
}

/// Older months are left out.
const MOST_MONTHS: usize = 120;
/// Prior standard deviation of the first log-level (assumption): expectations are right within a factor of 3.
const START_SD: f64 = 1.0;
/// Steps that are tried, each half as large again as the one before: up to 0.29.
const SMALLEST_TAU: f64 = 0.005;
const N_TAUS: i32 = 11;
/// Scale of the half-normal prior of a step (assumption): rates rarely move by more than a fifth from month to month.
const TAU_SCALE: f64 = 0.1;
/// Months for which slope and steps go on in a forecast: what lies beyond is not told by extrapolation.
const LONGEST_AHEAD: usize = 12;
/// The largest change of the mean log-level in a forecast: a factor of 2.
const LARGEST_CHANGE: f64 = std::f64::consts::LN_2;

impl Level {
    /// The level of events by month against what was expected of each month.
    ///
    /// `O_m ~ Poisson(E_m exp(x_m))`, `x_m = x_(m-1) + b + N(0, τ²)`, `x_0 ~ N(0, 1)`, `b ~ N(0, slope_sd²)`. The mode of all `x` and `b` given `τ` is
    /// Newton's, the same as that of an iterated Kalman smoother; their covariance is the inverse curvature there. `τ` is the best
    /// of 11 between 0.005 and 0.29 by Laplace's marginal likelihood and a half-normal prior of scale 0.1. A month of which nothing
    /// is expected (`E` not above 0) tells nothing; a month without events tells that the level is low.
    ///
    /// - `slope_sd` \[per month, ≥ 0\]: 0 for no slope
    /// - `None` if no month tells anything; only the last 120 months are looked at. O(months³)
    pub fn fit(months: &[Events], slope_sd: f64) -> Option<Level> {
        let months = &months[months.len().saturating_sub(MOST_MONTHS)..];
        let tells = |month: &Events| month.expected > 0.0 && month.expected.is_finite();
        if !months.iter().any(tells) {
            return None;
        }
        let nothing = Events {
            observed: 0,
            expected: 0.0,
        };
        let months: Vec<Events> = months
            .iter()
            .map(|month| if tells(month) { *month } else { nothing })
            .collect();
        let mut best: Option<(f64, Walk)> = None;
        let mut state = vec![0.0; months.len() + 1];
        let mut tau = SMALLEST_TAU;
        for _ in 0..N_TAUS {
            let walk = Walk {
                tau,
                slope_sd: slope_sd.max(1e-6),
                state,
            };
            let walk = walk.settled(&months);
            state = walk.state.clone();
            let score = walk.log_marginal(&months) - 0.5 * (tau / TAU_SCALE) * (tau / TAU_SCALE);
            if best.as_ref().is_none_or(|(least, _)| score > *least) {
                best = Some((score, walk));
            }
            tau *= 1.5;
        }
        best.map(|(_, walk)| walk.level(&months))
    }

    /// The last month's log-level.
    pub fn end(&self) -> Moments {
        self.months[self.months.len() - 1]
    }

    /// Means and covariances of the log-levels of the next months, `[ahead]` and `[ahead][ahead]`.
    ///
    /// Slope and steps go on for 12 months and rest from then on; the mean stays within a factor of 2 of the last level.
    pub fn forecast(&self, months_ahead: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
        let end = self.end();
        let steps = |ahead: usize| (ahead + 1).min(LONGEST_AHEAD) as f64;
        let change =
            |ahead| (steps(ahead) * self.slope.mean).clamp(-LARGEST_CHANGE, LARGEST_CHANGE);
        let mean = (0..months_ahead)
            .map(|ahead| end.mean + change(ahead))
            .collect();
        let covariance = |a: usize, b: usize| {
            let (a, b) = (steps(a), steps(b));
            let slope = (a + b) * self.slope_with_end + a * b * self.slope.variance;
            end.variance + slope + self.tau * self.tau * a.min(b)
        };
        let rows = 0..months_ahead;
        let covariance = rows
            .map(|a| (0..months_ahead).map(|b| covariance(a, b)).collect())
            .collect();
        (mean, covariance)
    }
}

/// The log-levels of all months and, last, the slope, under one size of step.
struct Walk {
    tau: f64,
    slope_sd: f64,
    state: Vec<f64>,
}

impl Walk {
    /// Step of month `m` \[≥ 1\] beside the slope.
    fn step(&self, state: &[f64], m: usize) -> f64 {
        state[m] - state[m - 1] - state[state.len() - 1]
    }

    /// Log-density of state and counts, but for constants.
    fn log_density(&self, state: &[f64], months: &[Events]) -> f64 {
        let counts = months
            .iter()
            .zip(state)
            .map(|(month, x)| month.observed as f64 * x - month.expected * math::exp(*x));
        let steps = (1..months.len()).map(|m| {
            let z = self.step(state, m) / self.tau;
            -0.5 * z * z
        });
        let start = state[0] / START_SD;
        let slope = state[state.len() - 1] / self.slope_sd;
        counts.sum::<f64>() + steps.sum::<f64>() - 0.5 * (start * start + slope * slope)
    }

    fn gradient(&self, months: &[Events]) -> Vec<f64> {
        let n = months.len();
        let mut gradient = vec![0.0; n + 1];
        gradient[0] -= self.state[0] / (START_SD * START_SD);
        gradient[n] -= self.state[n] / (self.slope_sd * self.slope_sd);
        for (m, month) in months.iter().enumerate() {
            gradient[m] += month.observed as f64 - month.expected * math::exp(self.state[m]);
        }
        for m in 1..n {
            let pull = self.step(&self.state, m) / (self.tau * self.tau);
            gradient[m] -= pull;
            gradient[m - 1] += pull;
            gradient[n] += pull;
        }
        gradient
    }

    /// Negative second derivatives; positive definite.
    fn curvature(&self, months: &[Events]) -> Vec<Vec<f64>> {
        let n = months.len();
        let mut curvature = vec![vec![0.0; n + 1]; n + 1];
        curvature[0][0] += 1.0 / (START_SD * START_SD);
        curvature[n][n] += 1.0 / (self.slope_sd * self.slope_sd);
        for (m, month) in months.iter().enumerate() {
            curvature[m][m] += month.expected * math::exp(self.state[m]);
        }
        let precision = 1.0 / (self.tau * self.tau);
        for m in 1..n {
            let parts = [(m, 1.0), (m - 1, -1.0), (n, -1.0)];
            for (row, a) in parts {
                for (column, b) in parts {
                    curvature[row][column] += a * b * precision;
                }
            }
        }
        curvature
    }

    /// At the mode. The log-density is concave, so steps that are halved until they gain lead there.
    fn settled(mut self, months: &[Events]) -> Walk {
        let mut density = self.log_density(&self.state, months);
        for _ in 0..100 {
            let root = cholesky(self.curvature(months));
            let step = solve(&root, self.gradient(months));
            let mut scale = 1.0;
            let next = loop {
                let moved = self.state.iter().zip(&step).map(|(x, dx)| x + scale * dx);
                let moved: Vec<f64> = moved.collect();
                let there = self.log_density(&moved, months);
                if there > density {
                    break Some((moved, there));
                }
                scale *= 0.5;
                if scale < 1e-6 {
                    break None;
                }
            };
            let Some((moved, there)) = next else { break };
            let gain = there - density;
            (self.state, density) = (moved, there);
            if gain < 1e-10 {
                break;
            }
        }
        self
    }

    /// Laplace's approximation of the log-likelihood of the step's size, but for constants.
    fn log_marginal(&self, months: &[Events]) -> f64 {
        let root = cholesky(self.curvature(months));
        let half_ln_det: f64 = (0..root.len()).map(|i| math::ln(root[i][i])).sum();
        let ln_prior = (months.len() - 1) as f64 * math::ln(self.tau);
        self.log_density(&self.state, months) - ln_prior - half_ln_det
    }

    fn level(&self, months: &[Events]) -> Level {
        let n = months.len();
        let root = cholesky(self.curvature(months));
        let column = |at: usize| {
            let mut unit = vec![0.0; n + 1];
            unit[at] = 1.0;
            solve(&root, unit)
        };
        let moments = |at: usize| Moments {
            mean: self.state[at],
            variance: column(at)[at],
        };
        Level {
            months: (0..n).map(moments).collect(),
            tau: self.tau,
            slope: moments(n),
            slope_with_end: column(n)[n - 1],
        }
    }
}

/// The lower triangular root of a positive definite matrix.
fn cholesky(mut a: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for j in 0..a.len() {
        for i in j..a.len() {
            let dot: f64 = (0..j).map(|k| a[i][k] * a[j][k]).sum();
            let rest = a[i][j] - dot;
            // Rounding can leave the last diagonal at 0 or below.
            a[i][j] = if i == j {
                math::sqrt(rest.max(1e-12))
            } else {
                rest / a[j][j]
            };
        }
    }
    a
}

/// The solution of `root rootᵀ x = b`.
fn solve(root: &[Vec<f64>], mut b: Vec<f64>) -> Vec<f64> {
    let n = root.len();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| root[i][k] * b[k]).sum();
        b[i] = (b[i] - dot) / root[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| root[k][i] * b[k]).sum();
        b[i] = (b[i] - dot) / root[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(counts: &[(u64, f64)]) -> Vec<Events> {
        let month = |(observed, expected): &(u64, f64)| Events {
            observed: *observed,
            expected: *expected,
        };
        counts.iter().map(month).collect()
    }

    /// One month: the mode of `O x - E e^x - x² / 2`, and the inverse of its curvature.
    #[test]
    fn one_month_by_hand() {
        let level = Level::fit(&months(&[(40, 20.0)]), 0.02).unwrap();
        let (x, variance) = (level.end().mean, level.end().variance);
        assert!((40.0 - 20.0 * x.exp() - x).abs() < 1e-6);
        assert!((variance - 1.0 / (20.0 * x.exp() + 1.0)).abs() < 1e-9);
        assert_eq!(level.slope.mean, 0.0);
        assert!((level.slope.variance - 0.0004).abs() < 1e-9);
    }

    /// Slopes of the log-density by differences, and slopes of those: what is below 1e-6 is rounding.
    #[test]
    fn derivatives_are_those_of_the_density() {
        let months = months(&[(3, 2.0), (0, 1.5), (4, 0.0), (2, 3.0)]);
        let at = |state: Vec<f64>| Walk {
            tau: 0.3,
            slope_sd: 0.2,
            state,
        };
        let state = vec![0.3, -0.2, 0.1, 0.4, 0.05];
        let walk = at(state.clone());
        for i in 0..5 {
            let moved = |by: f64| {
                let mut moved = state.clone();
                moved[i] += by;
                moved
            };
            let (up, down) = (at(moved(1e-4)), at(moved(-1e-4)));
            let density = |walk: &Walk| walk.log_density(&walk.state, &months);
            let slope = (density(&up) - density(&down)) / 2e-4;
            assert!((walk.gradient(&months)[i] - slope).abs() < 1e-6);
            for j in 0..5 {
                let bend = (up.gradient(&months)[j] - down.gradient(&months)[j]) / 2e-4;
                assert!((walk.curvature(&months)[i][j] + bend).abs() < 1e-6);
            }
        }
    }

    /// Twice what was expected throughout: no steps, no slope, and all counts tell the level. Its prior draws by ln 2 / 4800.
    #[test]
    fn a_steady_level_is_known_from_all_months() {
        let level = Level::fit(&months(&[(200, 100.0); 24]), 0.0).unwrap();
        assert_eq!(level.tau, SMALLEST_TAU);
        for month in &level.months {
            assert!((month.mean - std::f64::consts::LN_2).abs() < 5e-4);
            assert!(month.variance < 1.3 / 4800.0 + 24.0 * SMALLEST_TAU * SMALLEST_TAU);
        }
    }

    /// Months without events, without expectation, and with neither: all finite, and low where counts are.
    #[test]
    fn zeros_and_few_months_stay_finite() {
        let cases: [&[(u64, f64)]; 6] = [
            &[(0, 5.0), (0, 5.0), (0, 5.0)],
            &[(0, 0.0), (7, 0.0), (3, 2.0)],
            &[(0, 1e-9), (5, 1e-9), (0, 1e9)],
            &[(1_000_000, 1.0), (0, 1.0)],
            &[(3, f64::NAN), (3, f64::INFINITY), (3, 3.0)],
            &[(1, 0.3); 200],
        ];
        for case in cases {
            let level = Level::fit(&months(case), 0.05).unwrap();
            let (mean, covariance) = level.forecast(40);
            for (ahead, mean) in mean.iter().enumerate() {
                assert!((mean - level.end().mean).abs() <= LARGEST_CHANGE + 1e-12);
                assert!(
                    covariance[ahead][ahead] > 0.0 && covariance[ahead][ahead] < 20.0,
                    "{level:?}"
                );
            }
        }
        let none = Level::fit(&months(cases[0]), 0.05).unwrap();
        assert!(none.end().mean < -1.0 && none.end().mean > -4.0);
        assert_eq!(Level::fit(&months(&[(0, 0.0)]), 0.05), None);
        assert_eq!(Level::fit(&[], 0.05), None);
    }

    /// Moments of the months ahead: of level + k (slope) + k steps.
    #[test]
    fn forecasts_add_slope_and_steps() {
        let level = Level {
            months: vec![Moments {
                mean: 0.1,
                variance: 0.04,
            }],
            tau: 0.1,
            slope: Moments {
                mean: 0.02,
                variance: 0.0001,
            },
            slope_with_end: 0.001,
        };
        let (mean, covariance) = level.forecast(14);
        assert!((mean[1] - 0.14).abs() < 1e-15);
        assert!((covariance[0][1] - (0.04 + 3.0 * 0.001 + 2.0 * 0.0001 + 0.01)).abs() < 1e-15);
        assert_eq!(mean[11], mean[13]);
        assert_eq!(covariance[11][11], covariance[13][13]);
    }
}
