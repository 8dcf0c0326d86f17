//! The numerical work behind the laws: root finding, tail inversion and integration over a law.

use crate::math::{self, Tails};

/// A point of a law, named by the probability on its smaller side.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tail {
    /// P(X ≤ x) is this.
    Lower(f64),
    /// P(X > x) is this.
    Upper(f64),
}

impl Tail {
    /// The point with P(X ≤ x) = `u`, seen from the nearer end.
    pub(super) fn from_cdf(u: f64) -> Tail {
        if u <= 0.5 {
            Tail::Lower(u)
        } else {
            Tail::Upper(1.0 - u)
        }
    }

    /// The standard normal score of the point.
    pub(super) fn normal_score(self) -> f64 {
        match self {
            Tail::Lower(p) => math::normal_quantile(p),
            Tail::Upper(q) => -math::normal_quantile(q),
        }
    }

    /// The same probability at the other end: the point of the mirrored law.
    pub(super) fn mirrored(self) -> Tail {
        match self {
            Tail::Lower(p) => Tail::Upper(p),
            Tail::Upper(q) => Tail::Lower(q),
        }
    }
}

/// Finds the `x` in [`low`, `high`] (both > 0) where a tail probability takes its value.
///
/// Newton's method for ln(tail) against ln(x), where both tails of the gamma and beta laws are nearly straight, kept
/// inside a shrinking bracket.
pub(super) fn solve_tail(
    target: Tail,
    start: f64,
    (mut low, mut high): (f64, f64),
    tails: impl Fn(f64) -> Tails,
) -> f64 {
    /// Newton's error squares with each step, so a step this small is the last.
    const LAST_STEP: f64 = 1e-10;
    // Not the root of the product: it would underflow.
    let middle = |low: f64, high: f64| low.sqrt() * high.sqrt();
    let mut x = if start > low && start < high {
        start
    } else {
        middle(low, high)
    };
    for _ in 0..200 {
        let at = tails(x);
        // How far x is too far right: by ln(value / goal), or its negative in the upper tail.
        let (value, excess) = match target {
            Tail::Lower(p) => (at.lower, math::ln(at.lower / p)),
            Tail::Upper(q) => (at.upper, -math::ln(at.upper / q)),
        };
        let step = excess * value / at.density_times_x;
        let next = x * math::exp(-step);
        if step.abs() <= LAST_STEP {
            return next.clamp(low, high);
        }
        if excess > 0.0 {
            high = x
        } else {
            low = x
        }
        x = if next > low && next < high {
            next
        } else {
            middle(low, high)
        };
        if !(x > low && x < high) {
            return x;
        }
    }
    x
}

/// Finds a root of `f` between `low` and `high`, where it has opposite signs, to the last bits of `x`.
///
/// Source: T. Chandrupatla, Adv. Eng. Software 28 (1997) 145; bisection with inverse quadratic steps where they are safe.
pub(super) fn find_root(low: f64, high: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut b, mut a) = (low, high);
    let (mut fb, mut fa) = (f(b), f(a));
    if !((fa <= 0.0 && fb >= 0.0) || (fa >= 0.0 && fb <= 0.0)) {
        return None;
    }
    let (mut c, mut fc);
    let mut t = 0.5;
    for _ in 0..200 {
        let x = a + t * (b - a);
        let fx = f(x);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, b, fc, fb) = (b, a, fb, fa);
        }
        (a, fa) = (x, fx);
        let (best, f_best) = if fa.abs() < fb.abs() {
            (a, fa)
        } else {
            (b, fb)
        };
        let t_min = 2e-16 * best.abs().max(1e-290) / (b - a).abs();
        if t_min > 0.5 || f_best == 0.0 {
            return Some(best);
        }
        let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb));
        t = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            fa / (fb - fa) * (fc / (fb - fc))
                + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb))
        } else {
            0.5
        };
        t = if t.is_nan() {
            0.5
        } else {
            t.clamp(t_min, 1.0 - t_min)
        };
    }
    Some(a)
}

/// Integral of `f` over (0, 1), `f` given the distance from both ends; the double exponential rule, exact to about 1e-13 for
/// smooth `f`, whatever happens at the ends.
pub(super) fn integrate_unit(f: impl Fn(f64, f64) -> f64) -> f64 {
    const STEPS: i32 = 140;
    const STEP: f64 = 1.0 / 32.0;
    let mut sum = 0.0;
    for i in -STEPS..=STEPS {
        let growth = math::exp(i as f64 * STEP);
        let odds = math::exp(std::f64::consts::PI * 0.5 * (growth - 1.0 / growth));
        let (p, q) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        let weight = std::f64::consts::PI * 0.5 * (growth + 1.0 / growth) * p * q * STEP;
        if weight > 0.0 {
            sum += weight * f(p, q);
        }
    }
    sum
}
