//! Laws made of other laws or of observed values: mixtures, empirical laws and truncations.

use std::sync::Arc;

use super::Law;
use super::family::Family;
use super::solve::{Tail, integrate_unit};

/// One of several laws, chosen with the given probabilities (they sum to 1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mixture {
    pub parts: Arc<[Part]>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub weight: f64,
    pub law: Law,
}

impl Mixture {
    fn average(&self, f: impl Fn(&dyn Family) -> f64) -> f64 {
        self.parts
            .iter()
            .map(|part| part.weight * f(part.law.family()))
            .sum()
    }

    /// Whether `x` is at or above the point sought, and by how much its probability misses it.
    fn miss(&self, tail: Tail, x: f64) -> (bool, f64) {
        let (excess, target) = match tail {
            Tail::Lower(p) => (self.cdf(x) - p, p),
            Tail::Upper(q) => (q - self.sf(x), q),
        };
        (excess >= 0.0, excess / target)
    }
}

impl Family for Mixture {
    fn cdf(&self, x: f64) -> f64 {
        self.average(|law| law.cdf(x))
    }
    fn sf(&self, x: f64) -> f64 {
        self.average(|law| law.sf(x))
    }
    /// Lies between the points of the parts; Newton's method inside the bracket, bisection where the law jumps or is flat.
    fn point(&self, tail: Tail) -> f64 {
        let points = || self.parts.iter().map(|part| part.law.family().point(tail));
        let mut low = points().fold(f64::INFINITY, f64::min);
        let mut high = points().fold(f64::NEG_INFINITY, f64::max);
        if self.miss(tail, low).0 {
            return low;
        }
        let target = match tail {
            Tail::Lower(p) | Tail::Upper(p) => p,
        };
        let mut x = 0.5 * low + 0.5 * high;
        for round in 0..400 {
            if !(x > low && x < high) {
                break;
            }
            let (is_above, miss) = self.miss(tail, x);
            if is_above {
                high = x
            } else {
                low = x
            }
            let density = self.density(x);
            if density > 0.0 && miss.abs() < 4e-16 {
                return x;
            }
            let next = x - miss * target / density;
            x = if next > low && next < high && round % 4 != 3 {
                next
            } else {
                0.5 * low + 0.5 * high
            };
        }
        high
    }
    fn density(&self, x: f64) -> f64 {
        self.average(|law| law.density(x))
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        let slope = |law: &dyn Family| {
            let density = law.density(x);
            if density > 0.0 {
                density * law.log_density_slope(x)
            } else {
                0.0
            }
        };
        self.average(slope) / self.density(x)
    }
    fn mean(&self) -> f64 {
        self.average(|law| law.mean())
    }
    fn sd(&self) -> f64 {
        let mean = self.mean();
        let variance = self.average(|law| {
            let (sd, gap) = (law.sd(), law.mean() - mean);
            sd * sd + gap * gap
        });
        variance.sqrt()
    }
    fn support(&self) -> (f64, f64) {
        let supports = || self.parts.iter().map(|part| part.law.support());
        (
            supports().fold(f64::INFINITY, |low, s| low.min(s.0)),
            supports().fold(f64::NEG_INFINITY, |high, s| high.max(s.1)),
        )
    }
    fn is_continuous(&self) -> bool {
        self.parts
            .iter()
            .all(|part| part.law.family().is_continuous())
    }
    fn limited_mean(&self, x: f64) -> f64 {
        self.average(|law| law.limited_mean(x))
    }
}

/// Each of the given values with the same probability.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Empirical {
    /// Sorted, at least one.
    pub values: Arc<[f64]>,
}

impl Empirical {
    fn n(&self) -> f64 {
        self.values.len() as f64
    }
    fn n_up_to(&self, x: f64) -> usize {
        self.values.partition_point(|value| *value <= x)
    }
    /// The order statistic `rank`, counted from 1.
    fn ranked(&self, rank: f64) -> f64 {
        self.values[(rank as usize).clamp(1, self.values.len()) - 1]
    }
    fn average(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.values.iter().map(|value| f(*value) / self.n()).sum()
    }
}

impl Family for Empirical {
    fn cdf(&self, x: f64) -> f64 {
        self.n_up_to(x) as f64 / self.n()
    }
    fn sf(&self, x: f64) -> f64 {
        (self.values.len() - self.n_up_to(x)) as f64 / self.n()
    }
    fn point(&self, tail: Tail) -> f64 {
        match tail {
            Tail::Lower(p) => self.ranked((self.n() * p).ceil()),
            Tail::Upper(q) => self.ranked(self.n() - (self.n() * q).floor()),
        }
    }
    fn density(&self, _: f64) -> f64 {
        0.0
    }
    fn log_density_slope(&self, _: f64) -> f64 {
        0.0
    }
    fn mean(&self) -> f64 {
        self.average(|value| value)
    }
    fn sd(&self) -> f64 {
        let mean = self.mean();
        self.average(|value| (value - mean) * (value - mean)).sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (self.values[0], self.values[self.values.len() - 1])
    }
    fn is_continuous(&self) -> bool {
        false
    }
    fn residual(&self, age: f64, u: f64) -> f64 {
        let n_gone = self.n_up_to(age);
        let n_left = (self.values.len() - n_gone) as f64;
        if n_left == 0.0 {
            0.0
        } else {
            self.ranked(n_gone as f64 + (n_left * u).ceil().max(1.0)) - age
        }
    }
    fn limited_mean(&self, x: f64) -> f64 {
        self.average(|value| value.max(0.0).min(x))
    }
}

/// A continuous law kept to an interval, its probability scaled up to 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Truncated {
    pub law: Arc<Law>,
    pub low: f64,
    pub high: f64,
    /// Probability of the law below `low`, above `high`, and between.
    pub below: f64,
    pub above: f64,
    pub mass: f64,
}

impl Truncated {
    /// `law` between `low` and `high`, or nothing if it has no mass there.
    pub(super) fn new(law: Law, low: f64, high: f64) -> Option<Truncated> {
        let family = law.family();
        let (below, above) = (family.cdf(low), family.sf(high));
        let mass = if below > 0.5 {
            family.sf(low) - above
        } else {
            family.cdf(high) - below
        };
        let (law_low, law_high) = family.support();
        let (low, high) = (low.max(law_low), high.min(law_high));
        (mass > 0.0).then(|| Truncated {
            law: Arc::new(law),
            low,
            high,
            below,
            above,
            mass,
        })
    }

    /// Integral of `f` of the value over the law.
    fn integrate(&self, f: impl Fn(f64) -> f64) -> f64 {
        integrate_unit(|p, q| {
            f(self.point(if p <= q {
                Tail::Lower(p)
            } else {
                Tail::Upper(q)
            }))
        })
    }
}

impl Family for Truncated {
    fn cdf(&self, x: f64) -> f64 {
        if x < self.low {
            return 0.0;
        }
        if x >= self.high {
            return 1.0;
        }
        let family = self.law.family();
        let part = if self.below > 0.5 {
            family.sf(self.low) - family.sf(x)
        } else {
            family.cdf(x) - self.below
        };
        (part / self.mass).clamp(0.0, 1.0)
    }
    fn sf(&self, x: f64) -> f64 {
        if x < self.low {
            return 1.0;
        }
        if x >= self.high {
            return 0.0;
        }
        let family = self.law.family();
        let part = if self.above > 0.5 {
            family.cdf(self.high) - family.cdf(x)
        } else {
            family.sf(x) - self.above
        };
        (part / self.mass).clamp(0.0, 1.0)
    }
    fn point(&self, tail: Tail) -> f64 {
        let (p, q) = match tail {
            Tail::Lower(p) => (p, 1.0 - p),
            Tail::Upper(q) => (1.0 - q, q),
        };
        let (below, above) = (self.below + p * self.mass, self.above + q * self.mass);
        let point = if below <= above {
            Tail::Lower(below)
        } else {
            Tail::Upper(above)
        };
        self.law.family().point(point).clamp(self.low, self.high)
    }
    fn density(&self, x: f64) -> f64 {
        if x < self.low || x > self.high {
            0.0
        } else {
            self.law.family().density(x) / self.mass
        }
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        self.law.family().log_density_slope(x)
    }
    fn mean(&self) -> f64 {
        self.integrate(|x| x)
    }
    fn sd(&self) -> f64 {
        let mean = self.mean();
        self.integrate(|x| (x - mean) * (x - mean)).sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}
