//! The gamma and beta laws, whose quantiles need a numerical solution.

use super::family::Family;
use super::solve::{Tail, solve_tail};
use crate::math::{self, IncompleteBeta, IncompleteGamma};

/// Below this a quantile counts as 0 and its leading term as exact.
const TINY: f64 = 1e-290;

/// The gamma law: `shape` exponential steps of mean `scale` in a row, for any positive shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gamma {
    pub shape: f64,
    pub scale: f64,
    function: IncompleteGamma,
}

impl Gamma {
    /// The shapes supported; inside, every function of the law is accurate.
    pub(super) const SHAPES: (f64, f64) = (1e-3, 1e6);

    pub(super) fn new(shape: f64, scale: f64) -> Gamma {
        Gamma {
            shape,
            scale,
            function: IncompleteGamma::new(shape),
        }
    }
}

impl Family for Gamma {
    fn cdf(&self, x: f64) -> f64 {
        self.function.tails(x / self.scale).lower
    }
    fn sf(&self, x: f64) -> f64 {
        self.function.tails(x / self.scale).upper
    }
    fn point(&self, tail: Tail) -> f64 {
        self.scale * gamma_point(self.shape, &self.function, tail)
    }
    fn density(&self, x: f64) -> f64 {
        self.function.density(x / self.scale) / self.scale
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        (self.shape - 1.0) / x - 1.0 / self.scale
    }
    fn mean(&self) -> f64 {
        self.shape * self.scale
    }
    fn sd(&self) -> f64 {
        self.shape.sqrt() * self.scale
    }
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }
    fn limited_mean(&self, x: f64) -> f64 {
        if !(x > 0.0) {
            return 0.0;
        }
        self.mean() * math::gamma_p(self.shape + 1.0, x / self.scale) + x * self.sf(x)
    }
}

/// The point of the gamma law of unit scale; 0 where it is too small for a double.
fn gamma_point(shape: f64, function: &IncompleteGamma, tail: Tail) -> f64 {
    let log_start = gamma_log_start(shape, tail);
    let start = math::exp(log_start);
    if start < TINY {
        return start;
    }
    solve_tail(tail, start, (TINY, 4.0 * shape + 4000.0), |x| {
        function.tails(x)
    })
}

/// Logarithm of [`gamma_point`], also where the point itself underflows.
pub(super) fn gamma_log_point(shape: f64, tail: Tail) -> f64 {
    let log_start = gamma_log_start(shape, tail);
    if log_start < -660.0 {
        log_start
    } else {
        math::ln(gamma_point(shape, &IncompleteGamma::new(shape), tail))
    }
}

/// A first guess: the leading term `x^a / Γ(1 + a)` for small shapes or far down, else Wilson and Hilferty's cube.
fn gamma_log_start(shape: f64, tail: Tail) -> f64 {
    let log_p = match tail {
        Tail::Lower(p) => math::ln(p),
        Tail::Upper(q) => math::ln_1p(-q),
    };
    let log_leading = (log_p + math::ln_gamma_1p(shape)) / shape;
    if log_leading < -4.0 {
        return log_leading;
    }
    if let (Tail::Upper(q), true) = (tail, shape < 1.0) {
        let far = -math::ln(q) - math::ln_gamma(shape);
        let x = if far > 1.0 {
            (far - (1.0 - shape) * math::ln(far)).max(0.5)
        } else {
            0.5
        };
        return math::ln(x).max(log_leading);
    }
    let w = 1.0 / (9.0 * shape);
    let root = 1.0 - w + tail.normal_score() * w.sqrt();
    if root > 0.1 {
        math::ln(shape) + 3.0 * math::ln(root)
    } else {
        log_leading
    }
}

/// The beta law on (0, 1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beta {
    pub a: f64,
    pub b: f64,
    function: IncompleteBeta,
}

impl Beta {
    /// The shapes supported; inside, every function of the law is accurate.
    pub(super) const SHAPES: (f64, f64) = (1e-3, 1e8);

    pub(super) fn new(a: f64, b: f64) -> Beta {
        Beta {
            a,
            b,
            function: IncompleteBeta::new(a, b),
        }
    }
    fn mirrored(&self) -> Beta {
        Beta {
            a: self.b,
            b: self.a,
            function: self.function.mirrored(),
        }
    }
}

impl Family for Beta {
    fn cdf(&self, x: f64) -> f64 {
        self.function.tails(x).lower
    }
    fn sf(&self, x: f64) -> f64 {
        self.function.tails(x).upper
    }
    /// Solved from the end the point lies closer to.
    fn point(&self, tail: Tail) -> f64 {
        let middle = self.function.tails(0.5);
        let is_in_lower_half = match tail {
            Tail::Lower(p) => p <= middle.lower,
            Tail::Upper(q) => q >= middle.upper,
        };
        if is_in_lower_half {
            beta_point_below_half(self, tail)
        } else {
            1.0 - beta_point_below_half(&self.mirrored(), tail.mirrored())
        }
    }
    fn density(&self, x: f64) -> f64 {
        self.function.density(x)
    }
    fn log_density_slope(&self, x: f64) -> f64 {
        (self.a - 1.0) / x - (self.b - 1.0) / (1.0 - x)
    }
    fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }
    fn sd(&self) -> f64 {
        let n = self.a + self.b;
        (self.a / n * (self.b / n) / (n + 1.0)).sqrt()
    }
    fn support(&self) -> (f64, f64) {
        (0.0, 1.0)
    }
    fn limited_mean(&self, x: f64) -> f64 {
        let x = x.clamp(0.0, 1.0);
        self.mean() * math::beta_inc(self.a + 1.0, self.b, x) + x * self.sf(x)
    }
}

fn beta_point_below_half(law: &Beta, tail: Tail) -> f64 {
    let (a, b) = (law.a, law.b);
    let start = beta_start(a, b, tail);
    if let (Tail::Lower(p), true) = (tail, start < TINY) {
        // The leading term x^a / (a B(a, b)) alone.
        return math::exp(
            (math::ln(p) + math::ln_gamma_1p(a) + math::ln_gamma(b) - math::ln_gamma(a + b)) / a,
        );
    }
    solve_tail(tail, start, (TINY, 0.5 * (1.0 + 1e-15)), |x| {
        law.function.tails(x)
    })
}

/// A first guess, as in Abramowitz and Stegun 26.5.22 for shapes above 1, else from the leading powers at both ends.
fn beta_start(a: f64, b: f64, tail: Tail) -> f64 {
    let n = a + b;
    if a > 1.0 && b > 1.0 {
        let z = -tail.normal_score();
        let (ra, rb) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
        let (lambda, h) = ((z * z - 3.0) / 6.0, 2.0 / (ra + rb));
        let w = z * (lambda + h).max(0.0).sqrt() / h
            - (rb - ra) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
        return a / (a + b * math::exp(2.0 * w));
    }
    let (p, q) = match tail {
        Tail::Lower(p) => (p, 1.0 - p),
        Tail::Upper(q) => (1.0 - q, q),
    };
    let low_part = math::exp(a * math::ln(a / n)) / a;
    let high_part = math::exp(b * math::ln(b / n)) / b;
    let sum = low_part + high_part;
    if p * sum < low_part {
        math::pow(a * sum * p, 1.0 / a)
    } else {
        1.0 - math::pow(b * sum * q, 1.0 / b)
    }
}
