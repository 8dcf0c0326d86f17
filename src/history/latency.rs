//! Laws of the days to an end, and their maximum-likelihood step from ends that were seen, come later, or came earlier.

use crate::math;

/// A log-normal law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    /// Mean of the logarithm \[ln days\].
    pub mu: f64,
    /// Standard deviation of the logarithm \[> 0\].
    pub sigma: f64,
}

/// A Weibull law: `P(T > t) = exp(-(t / scale)^shape)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weibull {
    /// \[days, > 0\]
    pub scale: f64,
    /// \[> 0\]: above 1 an end gets likelier with age.
    pub shape: f64,
}

/// Which law of time to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    LogNormal,
    Weibull,
}

/// The law of the days to an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Latency {
    LogNormal(LogNormal),
    Weibull(Weibull),
}

/// What is known of an end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// \[days, > 0\]
    pub age: f64,
    pub when: When,
    /// How many spells it stands for \[≥ 0\].
    pub weight: f64,
}

/// When the end was, by an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Then,
    Later,
    Earlier,
}

/// A law is no narrower than this \[ln days\], or a few equal ages would make an infinite likelihood.
const NARROWEST: f64 = 0.05;
/// A Weibull law has no smaller shape.
const FLATTEST: f64 = 0.05;
/// Newton steps of a Weibull law; more would be undone by the next expectation.
const NEWTON_STEPS: usize = 3;

impl LogNormal {
    /// Standard score of the logarithm of `days`.
    fn score(&self, days: f64) -> f64 {
        (math::ln(days) - self.mu) / self.sigma
    }

    /// The maximum of the expected likelihood: moments of the logarithms, of those not seen in expectation.
    fn improved(self, evidence: &[Evidence]) -> LogNormal {
        let (mut n, mut x, mut xx) = (0.0, 0.0, 0.0);
        for Evidence { age, when, weight } in evidence {
            let z = self.score(*age);
            let (mean, square) = match when {
                When::Then => (z, z * z),
                When::Later => {
                    let mills = mills(z);
                    (mills, 1.0 + z * mills)
                }
                When::Earlier => {
                    let mills = mills(-z);
                    (-mills, 1.0 - z * mills)
                }
            };
            n += weight;
            x += weight * mean;
            xx += weight * square;
        }
        let (mean, square) = (x / n, xx / n);
        let variance = square - mean * mean;
        LogNormal {
            mu: self.mu + self.sigma * mean,
            sigma: (self.sigma * math::sqrt(variance.max(0.0))).max(NARROWEST),
        }
    }
}

/// The ratio of the normal density to its upper tail; beyond 37 standard deviations its limit.
fn mills(z: f64) -> f64 {
    let tail = math::normal_sf(z);
    if tail > 0.0 {
        math::normal_pdf(z) / tail
    } else {
        z
    }
}

/// A Weibull law as a line: `P(T > t) = exp(-exp(slope ln t + rise))`. The log-likelihood is concave in the two.
#[derive(Debug, Clone, Copy)]
struct Line {
    slope: f64,
    rise: f64,
}

/// A log-likelihood with its first and second derivatives by slope and rise.
#[derive(Debug, Clone, Copy, Default)]
struct Bend {
    value: f64,
    first: [f64; 2],
    /// By slope twice, by both, by rise twice.
    second: [f64; 3],
}

impl Line {
    fn likelihood(self, evidence: &[Evidence]) -> Bend {
        let mut sum = Bend::default();
        for Evidence { age, when, weight } in evidence {
            let y = math::ln(*age);
            // Beyond, the likelihood is practically 0 and must stay finite.
            let z = (self.slope * y + self.rise).min(100.0);
            let hazard = math::exp(z);
            let (value, first, second) = match when {
                When::Then => (z - hazard + math::ln(self.slope), 1.0 - hazard, -hazard),
                When::Later => (-hazard, -hazard, -hazard),
                When::Earlier => {
                    let odds = math::exp_m1(hazard);
                    let first = if odds > 0.0 { hazard / odds } else { 1.0 };
                    let ended = -math::exp_m1(-hazard);
                    let value = if ended > 0.0 { math::ln(ended) } else { z };
                    (value, first, (first * (1.0 - first - hazard)).min(0.0))
                }
            };
            sum.value += weight * value;
            sum.first[0] += weight * first * y;
            sum.first[1] += weight * first;
            sum.second[0] += weight * second * y * y;
            sum.second[1] += weight * second * y;
            sum.second[2] += weight * second;
            if *when == When::Then {
                sum.first[0] += weight / self.slope;
                sum.second[0] -= weight / (self.slope * self.slope);
            }
        }
        sum
    }

    /// A Newton step, halved until it gains; where none does, the line itself.
    fn improved(self, evidence: &[Evidence]) -> Line {
        let bend = self.likelihood(evidence);
        let ([gx, gy], [xx, xy, yy]) = (bend.first, bend.second);
        let determinant = xx * yy - xy * xy;
        let (dx, dy) = (
            (xy * gy - yy * gx) / determinant,
            (xy * gx - xx * gy) / determinant,
        );
        let steps = (0..20).map(|halvings| 1.0 / f64::from(1 << halvings));
        let lines = steps.map(|step| Line {
            slope: (self.slope + step * dx).clamp(FLATTEST, 1.0 / NARROWEST),
            rise: self.rise + step * dy,
        });
        let mut lines = lines.filter(|line| line.rise.is_finite());
        lines
            .find(|line| line.likelihood(evidence).value > bend.value)
            .unwrap_or(self)
    }
}

impl Weibull {
    fn improved(self, evidence: &[Evidence]) -> Weibull {
        let start = Line {
            slope: self.shape,
            rise: -self.shape * math::ln(self.scale),
        };
        let line = (0..NEWTON_STEPS).fold(start, |line, _| line.improved(evidence));
        Weibull {
            scale: math::exp(-line.rise / line.slope),
            shape: line.slope,
        }
    }
}

impl Latency {
    /// From ends that were seen: the moments of their logarithms.
    pub(super) fn start(family: Family, ended: &[Evidence]) -> Latency {
        let standard = LogNormal {
            mu: 0.0,
            sigma: 1.0,
        };
        let normal = standard.improved(ended);
        match family {
            Family::LogNormal => Latency::LogNormal(normal),
            // The logarithm of a Weibull time has mean ln scale - γ / shape and standard deviation π / (shape √6).
            Family::Weibull => {
                let shape = 1.282_549_830_161_864 / normal.sigma.max(NARROWEST);
                let scale = math::exp(normal.mu + 0.577_215_664_901_532_9 / shape);
                Latency::Weibull(Weibull { scale, shape })
            }
        }
    }

    /// A law under which the evidence is likelier, what it misses being expected under this one.
    pub(super) fn improved(self, evidence: &[Evidence]) -> Latency {
        match self {
            Latency::LogNormal(law) => Latency::LogNormal(law.improved(evidence)),
            Latency::Weibull(law) => Latency::Weibull(law.improved(evidence)),
        }
    }

    /// P(T > `days`).
    pub fn sf(&self, days: f64) -> f64 {
        match self {
            _ if days <= 0.0 => 1.0,
            Latency::LogNormal(law) => math::normal_sf(law.score(days)),
            Latency::Weibull(law) => math::exp(-math::pow(days / law.scale, law.shape)),
        }
    }

    /// P(T ≤ `days`).
    pub fn cdf(&self, days: f64) -> f64 {
        match self {
            _ if days <= 0.0 => 0.0,
            Latency::LogNormal(law) => math::normal_cdf(law.score(days)),
            Latency::Weibull(law) => -math::exp_m1(-math::pow(days / law.scale, law.shape)),
        }
    }

    /// Density at `days` \[> 0\].
    pub fn density(&self, days: f64) -> f64 {
        match self {
            Latency::LogNormal(law) => math::normal_pdf(law.score(days)) / (law.sigma * days),
            Latency::Weibull(law) => {
                let hazard = math::pow(days / law.scale, law.shape);
                law.shape / days * hazard * math::exp(-hazard)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence() -> Vec<Evidence> {
        let one = |age, when, weight| Evidence { age, when, weight };
        vec![
            one(3.0, When::Then, 1.0),
            one(8.0, When::Then, 2.0),
            one(5.0, When::Later, 1.5),
            one(4.0, When::Earlier, 0.7),
            one(30.0, When::Then, 1.0),
        ]
    }

    /// Slopes of the likelihood by differences; what is below 1e-6 is rounding.
    #[test]
    fn derivatives_are_those_of_the_likelihood() {
        let at = |slope, rise| Line { slope, rise }.likelihood(&evidence());
        let (slope, rise, d) = (1.3, -2.5, 1e-5);
        let here = at(slope, rise);
        let by_slope = (at(slope + d, rise), at(slope - d, rise));
        let by_rise = (at(slope, rise + d), at(slope, rise - d));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
        close(
            here.first[0],
            (by_slope.0.value - by_slope.1.value) / (2.0 * d),
        );
        close(
            here.first[1],
            (by_rise.0.value - by_rise.1.value) / (2.0 * d),
        );
        close(
            here.second[0],
            (by_slope.0.first[0] - by_slope.1.first[0]) / (2.0 * d),
        );
        close(
            here.second[1],
            (by_slope.0.first[1] - by_slope.1.first[1]) / (2.0 * d),
        );
        close(
            here.second[2],
            (by_rise.0.first[1] - by_rise.1.first[1]) / (2.0 * d),
        );
    }

    /// Repeated steps of both laws lead to where the likelihood of ends, later and earlier ones is largest.
    #[test]
    fn steps_lead_to_the_largest_likelihood() {
        let likelihood = |law: &Latency| -> f64 {
            let of = |one: &Evidence| match one.when {
                When::Then => law.density(one.age),
                When::Later => law.sf(one.age),
                When::Earlier => law.cdf(one.age),
            };
            evidence()
                .iter()
                .map(|one| one.weight * math::ln(of(one)))
                .sum()
        };
        for family in [Family::LogNormal, Family::Weibull] {
            let start = Latency::start(family, &evidence()[..2]);
            let best = (0..500).fold(start, |law, _| law.improved(&evidence()));
            for (x, y) in [(1.02, 1.0), (0.98, 1.0), (1.0, 1.02), (1.0, 0.98)] {
                let near = match best {
                    Latency::LogNormal(LogNormal { mu, sigma }) => Latency::LogNormal(LogNormal {
                        mu: mu * x,
                        sigma: sigma * y,
                    }),
                    Latency::Weibull(Weibull { scale, shape }) => Latency::Weibull(Weibull {
                        scale: scale * x,
                        shape: shape * y,
                    }),
                };
                assert!(likelihood(&near) < likelihood(&best), "{near:?} {best:?}");
            }
        }
    }

    #[test]
    fn laws_are_their_formulas() {
        let law = Latency::Weibull(Weibull {
            scale: 10.0,
            shape: 2.0,
        });
        assert!((law.sf(5.0) - f64::exp(-0.25)).abs() < 1e-15);
        assert!((law.sf(5.0) + law.cdf(5.0) - 1.0).abs() < 1e-15);
        let slope = (law.cdf(5.0 + 1e-5) - law.cdf(5.0 - 1e-5)) / 2e-5;
        assert!((law.density(5.0) - slope).abs() < 1e-9);
        assert_eq!((law.sf(0.0), law.cdf(-1.0)), (1.0, 0.0));
    }
}
