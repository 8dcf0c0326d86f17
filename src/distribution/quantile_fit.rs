//! Laws from two quantiles: "between 18 % and 26 %, nine times in ten" made into a law.

use super::gamma_beta::{Beta, Gamma, gamma_log_point};
use super::solve::{Tail, find_root};
use super::{Law, LawError};
use crate::math;

/// The statement "the `p1` quantile is `x1`, the `p2` quantile is `x2`", checked.
#[derive(Clone, Copy)]
struct TwoQuantiles {
    law: &'static str,
    p1: f64,
    x1: f64,
    p2: f64,
    x2: f64,
}

impl TwoQuantiles {
    /// Checks 0 < p1 < p2 < 1 and low < x1 < x2 < high; `allowed` names the range.
    fn new(
        law: &'static str,
        (p1, x1, p2, x2): (f64, f64, f64, f64),
        (low, high): (f64, f64),
        allowed: &'static str,
    ) -> Result<Self, LawError> {
        for (parameter, value) in [("p1", p1), ("p2", p2)] {
            if !(value > 0.0 && value < 1.0) {
                let allowed = "a probability above 0 and below 1";
                return Err(LawError::OutOfRange {
                    law,
                    parameter,
                    value,
                    allowed,
                });
            }
        }
        for (parameter, value) in [("x1", x1), ("x2", x2)] {
            if !(value > low && value < high) {
                return Err(LawError::OutOfRange {
                    law,
                    parameter,
                    value,
                    allowed,
                });
            }
        }
        for (lesser, lesser_value, greater, greater_value) in
            [("p1", p1, "p2", p2), ("x1", x1, "x2", x2)]
        {
            if !(lesser_value < greater_value) {
                return Err(LawError::NotIncreasing {
                    law,
                    lesser,
                    lesser_value,
                    greater,
                    greater_value,
                });
            }
        }
        Ok(TwoQuantiles {
            law,
            p1,
            x1,
            p2,
            x2,
        })
    }

    fn no_solution(self, hint: &'static str) -> LawError {
        LawError::NoSuchQuantiles {
            law: self.law,
            p1: self.p1,
            x1: self.x1,
            p2: self.p2,
            x2: self.x2,
            hint,
        }
    }

    /// The ratio x2 / x1 on the log scale, without loss for close values.
    fn log_ratio(self) -> f64 {
        math::ln_1p((self.x2 - self.x1) / self.x1)
    }
}

const TOO_NARROW_OR_WIDE: &str = "move the two values apart or closer together";
const POSITIVE: ((f64, f64), &str) = ((1e-100, 1e100), "a positive number (1e-100 to 1e100)");

impl Law {
    /// The normal law whose `p1` quantile is `x1` and whose `p2` quantile is `x2`.
    ///
    /// # Errors
    /// Unless 0 < p1 < p2 < 1 and x1 < x2; or if the values are too close together to tell apart.
    pub fn normal_from_quantiles(p1: f64, x1: f64, p2: f64, x2: f64) -> Result<Law, LawError> {
        let two = TwoQuantiles::new(
            "normal law",
            (p1, x1, p2, x2),
            (-1e100, 1e100),
            "a number within ±1e100",
        )?;
        let (z1, z2) = (math::normal_quantile(p1), math::normal_quantile(p2));
        let sd = (x2 - x1) / (z2 - z1);
        Law::normal(x1 - sd * z1, sd).map_err(|_| two.no_solution(TOO_NARROW_OR_WIDE))
    }

    /// The lognormal law whose `p1` quantile is `x1` and whose `p2` quantile is `x2`.
    ///
    /// # Errors
    /// Unless 0 < p1 < p2 < 1 and 0 < x1 < x2; or if sigma would leave the range of [`Law::lognormal_median_sigma`].
    pub fn lognormal_from_quantiles(p1: f64, x1: f64, p2: f64, x2: f64) -> Result<Law, LawError> {
        let two = TwoQuantiles::new("lognormal law", (p1, x1, p2, x2), POSITIVE.0, POSITIVE.1)?;
        let (z1, z2) = (math::normal_quantile(p1), math::normal_quantile(p2));
        let sigma = two.log_ratio() / (z2 - z1);
        Law::lognormal(math::ln(x1) - sigma * z1, sigma)
            .map_err(|_| two.no_solution(TOO_NARROW_OR_WIDE))
    }

    /// The Weibull law whose `p1` quantile is `x1` and whose `p2` quantile is `x2`.
    ///
    /// # Errors
    /// Unless 0 < p1 < p2 < 1 and 0 < x1 < x2; or if the shape would leave the range of [`Law::weibull`].
    pub fn weibull_from_quantiles(p1: f64, x1: f64, p2: f64, x2: f64) -> Result<Law, LawError> {
        let two = TwoQuantiles::new("Weibull law", (p1, x1, p2, x2), POSITIVE.0, POSITIVE.1)?;
        let (h1, h2) = (-math::ln_1p(-p1), -math::ln_1p(-p2));
        let shape = math::ln(h2 / h1) / two.log_ratio();
        let scale = x1 / math::pow(h1, 1.0 / shape);
        Law::weibull(shape, scale).map_err(|_| two.no_solution(TOO_NARROW_OR_WIDE))
    }

    /// The gamma law whose `p1` quantile is `x1` and whose `p2` quantile is `x2`.
    ///
    /// The ratio of the two quantiles falls from infinity to 1 as the shape grows: one root, found on the log scale.
    ///
    /// # Errors
    /// Unless 0 < p1 < p2 < 1 and 0 < x1 < x2; or if the shape would leave the range of [`Law::gamma`].
    pub fn gamma_from_quantiles(p1: f64, x1: f64, p2: f64, x2: f64) -> Result<Law, LawError> {
        let two = TwoQuantiles::new("gamma law", (p1, x1, p2, x2), POSITIVE.0, POSITIVE.1)?;
        let (low, high) = Gamma::SHAPES;
        let (t1, t2) = (Tail::from_cdf(p1), Tail::from_cdf(p2));
        let log_shape = find_root(math::ln(low), math::ln(high), |log_shape| {
            let shape = math::exp(log_shape).clamp(low, high);
            gamma_log_point(shape, t2) - gamma_log_point(shape, t1) - two.log_ratio()
        });
        let shape = log_shape.map(|log| math::exp(log).clamp(low, high));
        let law = shape.and_then(|shape| {
            let scale = math::exp(math::ln(x1) - gamma_log_point(shape, t1));
            Law::gamma(shape, scale).ok()
        });
        law.ok_or_else(|| two.no_solution(TOO_NARROW_OR_WIDE))
    }

    /// The beta law whose `p1` quantile is `x1` and whose `p2` quantile is `x2`.
    ///
    /// For each `a` one `b` puts the first quantile at `x1`; along that curve the law narrows as `a` grows, so
    /// P(X ≤ x2) rises from p1 to 1 and passes p2 once. Both roots are found on the log scale, about 200 evaluations.
    ///
    /// # Errors
    /// Unless 0 < p1 < p2 < 1 and 0 < x1 < x2 < 1; or if `a` or `b` would leave the range of [`Law::beta`].
    pub fn beta_from_quantiles(p1: f64, x1: f64, p2: f64, x2: f64) -> Result<Law, LawError> {
        let two = TwoQuantiles::new(
            "beta law",
            (p1, x1, p2, x2),
            (0.0, 1.0),
            "above 0 and below 1",
        )?;
        beta_through(two).ok_or_else(|| two.no_solution(TOO_NARROW_OR_WIDE))
    }
}

/// How far a beta law's probability up to `x` is above `p`, on the log scale of the smaller side.
fn beta_miss(a: f64, b: f64, x: f64, p: f64) -> f64 {
    let tails = math::IncompleteBeta::new(a, b).tails(x);
    if p <= 0.5 {
        math::ln(tails.lower.max(1e-300) / p)
    } else {
        -math::ln(tails.upper.max(1e-300) / (1.0 - p))
    }
}

fn beta_through(two: TwoQuantiles) -> Option<Law> {
    let (low, high) = Beta::SHAPES;
    let (log_low, log_high) = (math::ln(low), math::ln(high));
    let shape = |log: f64| math::exp(log).clamp(low, high);
    // P(X ≤ x1) rises with b.
    let b_for = |a: f64| {
        find_root(log_low, log_high, |log_b| {
            beta_miss(a, shape(log_b), two.x1, two.p1)
        })
        .map(shape)
    };
    let miss_at = |log_a: f64| {
        let a = shape(log_a);
        b_for(a).map(|b| beta_miss(a, b, two.x2, two.p2))
    };
    // The range of a for which such a b exists within bounds: shrink from both ends until it does.
    let (from, to) = feasible_range(log_low, log_high, |log_a| {
        let a = shape(log_a);
        let at = |b: f64| beta_miss(a, b, two.x1, two.p1);
        if at(high) < 0.0 {
            1
        } else if at(low) > 0.0 {
            -1
        } else {
            0
        }
    })?;
    let log_a = find_root(from, to, |log_a| miss_at(log_a).unwrap_or(f64::NAN))?;
    let a = shape(log_a);
    let b = b_for(a)?;
    Law::beta(a, b).ok()
}

/// The part of [`low`, `high`] where `side` is 0, given that it is -1 before and 1 after.
fn feasible_range(low: f64, high: f64, side: impl Fn(f64) -> i32) -> Option<(f64, f64)> {
    let edge = |is_past: &dyn Fn(i32) -> bool| {
        let (mut before, mut after) = (low, high);
        for _ in 0..60 {
            let middle = 0.5 * (before + after);
            if is_past(side(middle)) {
                after = middle
            } else {
                before = middle
            }
        }
        (before, after)
    };
    let from = if side(low) >= 0 {
        low
    } else {
        edge(&|s| s >= 0).1
    };
    let to = if side(high) <= 0 {
        high
    } else {
        edge(&|s| s > 0).0
    };
    (from < to).then_some((from, to))
}
