//! What every family of laws can do, and the families with closed forms.

use std::fmt::Debug;

use super::solve::{Tail, find_root, integrate_unit};
use crate::math;

/// One family of laws. All probabilities passed in are inside (0, 1).
pub(super) trait Family: Debug {
    /// P(X ≤ x).
    fn cdf(&self, x: f64) -> f64;
    /// P(X > x), without loss in the upper tail.
    fn sf(&self, x: f64) -> f64;
    /// The smallest `x` with P(X ≤ x) ≥ p, or with P(X > x) ≤ q.
    fn point(&self, tail: Tail) -> f64;
    /// Density; 0 for laws made of single values.
    fn density(&self, x: f64) -> f64;
    /// Derivative of the logarithm of the density.
    fn log_density_slope(&self, x: f64) -> f64;
    fn mean(&self) -> f64;
    fn sd(&self) -> f64;
    /// Smallest and largest value; may be infinite.
    fn support(&self) -> (f64, f64);

    /// Whether the law has a density everywhere.
    fn is_continuous(&self) -> bool {
        true
    }

    /// What is left of X - age, given X > age; see [`super::Law::residual`].
    fn residual(&self, age: f64, u: f64) -> f64 {
        let survival = self.sf(age);
        if !(survival > 0.0) {
            return 0.0;
        }
        let rest = survival * (1.0 - u);
        let lower = self.cdf(age) + u * survival;
        let tail = if rest > 0.5 {
            Tail::Lower(lower.min(0.5))
        } else {
            Tail::Upper(rest)
        };
        (self.point(tail) - age).max(0.0)
    }

    /// E[min(max(X, 0), x)], the integral of P(X > t) from 0 to `x`.
    fn limited_mean(&self, x: f64) -> f64 {
        let low = self.support().0.clamp(0.0, x.max(0.0));
        let x = x.min(self.support().1).max(low);
        low + (x - low) * integrate_unit(|p, _| self.sf(low + (x - low) * p))
    }
}

/// The point where the limited mean reaches the share `u` of its limit; see [`super::Law::equilibrium_age`].
pub(super) fn equilibrium_point(law: &dyn Family, u: f64) -> f64 {
    let far = law.point(Tail::Upper(1e-18)).max(0.0);
    let total = law.limited_mean(far);
    if !(total > 0.0) {
        return 0.0;
    }
    find_root(0.0, far, |x| law.limited_mean(x) - u * total).unwrap_or(far)
}

/// Always the same value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub value: f64,
}

impl Family for Point {
    fn cdf(&self, x: f64) -> f64 {
        if x >= self.value { 1.0 } else { 0.0 }
    }
    fn sf(&self, x: f64) -> f64 {
        1.0 - self.cdf(x)
    }
    fn point(&self, _: Tail) -> f64 {
        self.value
    }
    fn density(&self, _: f64) -> f64 {
        0.0
    }
    fn log_density_slope(&self, _: f64) -> f64 {
        0.0
    }
    fn mean(&self) -> f64 {
        self.value
    }
    fn sd(&self) -> f64 {
        0.0
    }
    fn support(&self) -> (f64, f64) {
        (self.value, self.value)
    }
    fn is_continuous(&self) -> bool {
        false
    }
    fn limited_mean(&self, x: f64) -> f64 {
        self.value.max(0.0).min(x)
    }
}

/// Constant hazard 1 / mean.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exponential {
    pub mean: f64,
}

impl Family for Exponential {
    fn cdf(&self, x: f64) -> f64 {
        if x > 0.0 {
            -math::exp_m1(-x / self.mean)
        } else {
            0.0
        }
    }
    fn sf(&self, x: f64) -> f64 {
        if x > 0.0 {
            math::exp(-x / self.mean)
        } else {
            1.0
        }
    }
    fn point(&self, tail: Tail) -> f64 {
        self.mean * exponential_score(tail)
    }
    fn density(&self, x: f64) -> f64 {
        if x >= 0.0 {
            math::exp(-x / self.mean) / self.mean
        } else {
            0.0
        }
    }
    fn log_density_slope(&self, _: f64) -> f64 {
        -1.0 / self.mean
    }
    fn mean(&self) -> f64 {
        self.mean
    }
    fn sd(&self) -> f64 {
        self.mean
    }
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn residual(&self, age: f64, u: f64) -> f64 {
        // Memoryless, also where exp(-age / mean) underflows.
        (self.mean * -math::ln_1p(-u) + (-age).max(0.0)).max(0.0)
    }
    fn limited_mean(&self, x: f64) -> f64 {
        self.mean * self.cdf(x)
    }
}

/// The point of the exponential law with mean 1.
fn exponential_score(tail: Tail) -> f64 {
    match tail {
        Tail::Lower(p) => -math::ln_1p(-p),
        Tail::Upper(q) => -math::ln(q),
    }
}

/// The normal law.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Normal {
    pub mean: f64,
    pub sd: f64,
}

impl Normal {
    fn score(&self, x: f64) -> f64 {
        (x - self.mean) / self.sd
    }
}

impl Family for Normal {
    fn cdf(&self, x: f64) -> f64 {
        math::normal_cdf(self.score(x))
    }
    fn sf(&self, x: f64) -> f64 {
        math::normal_sf(self.score(x))
    }
    fn point(&self, tail: Tail) -> f64 {
        self.mean + self.sd * tail.normal_score()
    }
    fn density(&self, x: f64) -> f64 {
        math::normal_pdf(self.score(x)) / self.sd
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        -self.score(x) / self.sd
    }
    fn mean(&self) -> f64 {
        self.mean
    }
    fn sd(&self) -> f64 {
        self.sd
    }
    fn support(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
    fn limited_mean(&self, x: f64) -> f64 {
        // ∫ S from -∞ to x is m - (E[X - x]+); the part below 0 is taken off.
        let beyond =
            |x: f64| self.sd * math::normal_pdf(self.score(x)) - (x - self.mean) * self.sf(x);
        if x > 0.0 {
            beyond(0.0) - beyond(x)
        } else {
            0.0
        }
    }
}

/// exp of a normal law with mean `mu` and standard deviation `sigma`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lognormal {
    pub mu: f64,
    pub sigma: f64,
}

impl Lognormal {
    fn score(&self, x: f64) -> f64 {
        (math::ln(x) - self.mu) / self.sigma
    }
}

impl Family for Lognormal {
    fn cdf(&self, x: f64) -> f64 {
        if x > 0.0 {
            math::normal_cdf(self.score(x))
        } else {
            0.0
        }
    }
    fn sf(&self, x: f64) -> f64 {
        if x > 0.0 {
            math::normal_sf(self.score(x))
        } else {
            1.0
        }
    }
    fn point(&self, tail: Tail) -> f64 {
        math::exp(self.mu + self.sigma * tail.normal_score())
    }
    fn density(&self, x: f64) -> f64 {
        if x > 0.0 {
            math::normal_pdf(self.score(x)) / (self.sigma * x)
        } else {
            0.0
        }
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        -(1.0 + self.score(x) / self.sigma) / x
    }
    fn mean(&self) -> f64 {
        math::exp(self.mu + 0.5 * self.sigma * self.sigma)
    }
    fn sd(&self) -> f64 {
        self.mean() * math::exp_m1(self.sigma * self.sigma).sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn limited_mean(&self, x: f64) -> f64 {
        if !(x > 0.0) {
            return 0.0;
        }
        self.mean() * math::normal_cdf(self.score(x) - self.sigma) + x * self.sf(x)
    }
}

/// P(X > x) = exp(-(x / scale)^shape).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weibull {
    pub shape: f64,
    pub scale: f64,
}

impl Weibull {
    /// The cumulative hazard at `x` > 0.
    fn hazard(&self, x: f64) -> f64 {
        math::pow(x / self.scale, self.shape)
    }
}

impl Family for Weibull {
    fn cdf(&self, x: f64) -> f64 {
        if x > 0.0 {
            -math::exp_m1(-self.hazard(x))
        } else {
            0.0
        }
    }
    fn sf(&self, x: f64) -> f64 {
        if x > 0.0 {
            math::exp(-self.hazard(x))
        } else {
            1.0
        }
    }
    fn point(&self, tail: Tail) -> f64 {
        self.scale * math::pow(exponential_score(tail), 1.0 / self.shape)
    }
    fn density(&self, x: f64) -> f64 {
        if x > 0.0 {
            let hazard = self.hazard(x);
            self.shape / x * hazard * math::exp(-hazard)
        } else {
            0.0
        }
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        (self.shape - 1.0 - self.shape * self.hazard(x)) / x
    }
    fn mean(&self) -> f64 {
        self.scale * math::exp(math::ln_gamma_1p(1.0 / self.shape))
    }
    fn sd(&self) -> f64 {
        self.mean() * weibull_cv(self.shape)
    }
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn residual(&self, age: f64, u: f64) -> f64 {
        if !(age > 0.0) {
            return (self.point(Tail::from_cdf(u)) - age).max(0.0);
        }
        // Adding hazards needs no survival probability, so nothing underflows; written as a growth factor of the age.
        let growth = -math::ln_1p(-u) / self.hazard(age);
        let gain = age * math::exp_m1(math::ln_1p(growth) / self.shape);
        if gain.is_finite() {
            gain
        } else {
            (self.point(Tail::from_cdf(u)) - age).max(0.0)
        }
    }
    fn limited_mean(&self, x: f64) -> f64 {
        if !(x > 0.0) {
            return 0.0;
        }
        self.mean() * math::gamma_p(1.0 + 1.0 / self.shape, self.hazard(x)) + x * self.sf(x)
    }
}

/// Standard deviation over mean of the Weibull law; falls from infinity to 0 as the shape grows.
pub(super) fn weibull_cv(shape: f64) -> f64 {
    let e = 1.0 / shape;
    if e > 0.02 {
        return math::exp_m1(math::ln_gamma_1p(2.0 * e) - 2.0 * math::ln_gamma_1p(e)).sqrt();
    }
    // ln Γ(1 + 2e) - 2 ln Γ(1 + e) = Σ (-e)^k ζ(k) (2^k - 2) / k, whose terms would cancel otherwise.
    const C: [f64; 7] = [
        1.644_934_066_848_226_4,
        -2.404_113_806_319_188_6,
        3.788_131_317_988_961,
        -6.221_566_530_860_222,
        10.513_211_293_603_45,
        -18.150_288_498_890_17,
        31.879_479_885_880_45,
    ];
    let sum = C.iter().rev().fold(0.0, |sum, c| sum * e + c);
    e * (math::exp_m1(e * e * sum) / (e * e)).sqrt()
}

/// All values between `low` and `high` equally likely.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Uniform {
    pub low: f64,
    pub high: f64,
}

impl Family for Uniform {
    fn cdf(&self, x: f64) -> f64 {
        ((x - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
    fn sf(&self, x: f64) -> f64 {
        ((self.high - x) / (self.high - self.low)).clamp(0.0, 1.0)
    }
    fn point(&self, tail: Tail) -> f64 {
        let width = self.high - self.low;
        match tail {
            Tail::Lower(p) => self.low + p * width,
            Tail::Upper(q) => self.high - q * width,
        }
    }
    fn density(&self, x: f64) -> f64 {
        if x >= self.low && x <= self.high {
            1.0 / (self.high - self.low)
        } else {
            0.0
        }
    }
    fn log_density_slope(&self, _: f64) -> f64 {
        0.0
    }
    fn mean(&self) -> f64 {
        0.5 * (self.low + self.high)
    }
    fn sd(&self) -> f64 {
        (self.high - self.low) / 12f64.sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

/// Density rising in a straight line from `low` to `mode` and falling to `high`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Triangular {
    pub low: f64,
    pub mode: f64,
    pub high: f64,
}

impl Family for Triangular {
    fn cdf(&self, x: f64) -> f64 {
        if x <= self.mode {
            self.below(x)
        } else {
            1.0 - self.above(x)
        }
    }
    fn sf(&self, x: f64) -> f64 {
        if x <= self.mode {
            1.0 - self.below(x)
        } else {
            self.above(x)
        }
    }
    fn point(&self, tail: Tail) -> f64 {
        let width = self.high - self.low;
        let (rise, fall) = (self.mode - self.low, self.high - self.mode);
        let (p, q) = match tail {
            Tail::Lower(p) => (p, 1.0 - p),
            Tail::Upper(q) => (1.0 - q, q),
        };
        if p * width <= rise {
            (self.low + (p * width * rise).sqrt()).min(self.mode)
        } else {
            (self.high - (q * width * fall).sqrt()).max(self.mode)
        }
    }
    fn density(&self, x: f64) -> f64 {
        let width = self.high - self.low;
        if x < self.low || x > self.high {
            0.0
        } else if x < self.mode {
            2.0 * (x - self.low) / (width * (self.mode - self.low))
        } else if self.high > self.mode {
            2.0 * (self.high - x) / (width * (self.high - self.mode))
        } else {
            2.0 / width
        }
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        if x < self.mode {
            1.0 / (x - self.low)
        } else {
            -1.0 / (self.high - x)
        }
    }
    fn mean(&self) -> f64 {
        (self.low + self.mode + self.high) / 3.0
    }
    fn sd(&self) -> f64 {
        let (rise, fall) = (self.mode - self.low, self.high - self.mode);
        ((rise * rise + rise * fall + fall * fall) / 18.0).sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (self.low, self.high)
    }
}

impl Triangular {
    /// P(X ≤ x) for x ≤ mode.
    fn below(&self, x: f64) -> f64 {
        let rise = self.mode - self.low;
        if x <= self.low {
            0.0
        } else {
            (x - self.low) / (self.high - self.low) * ((x - self.low) / rise)
        }
    }
    /// P(X > x) for x > mode.
    fn above(&self, x: f64) -> f64 {
        let fall = self.high - self.mode;
        if x >= self.high {
            0.0
        } else {
            (self.high - x) / (self.high - self.low) * ((self.high - x) / fall)
        }
    }
}
