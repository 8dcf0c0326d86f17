//! The laws that a delay, a size or an uncertain parameter may follow.
//!
//! A [`Law`] is always valid: its constructors check. One uniform number through [`Law::quantile`] is one draw; a
//! [`Sampler`] does the same fast enough for the kernel.

#![allow(
    clippy::neg_cmp_op_on_partial_ord,
    reason = "`!(x > 0.0)` is how a guard stops NaN too"
)]

mod composite;
mod construct;
mod error;
mod family;
mod gamma_beta;
mod poisson;
mod quantile_fit;
mod sampler;
mod solve;
mod table;

use std::fmt;

use composite::{Empirical, Mixture, Truncated};
pub use error::LawError;
use family::{
    Exponential, Family, Lognormal, Normal, Point, Triangular, Uniform, Weibull, equilibrium_point,
};
use gamma_beta::{Beta, Gamma};
pub use poisson::{PoissonTable, poisson_quantile};
pub use sampler::{Sampler, normal_quantile_fast};
use solve::Tail;

use crate::math;

/// A probability law on the real line, with valid parameters.
///
/// Cheap to clone. Probabilities are exact to about 1e-13; units are those of the parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Law {
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Point(Point),
    Exponential(Exponential),
    Gamma(Gamma),
    Lognormal(Lognormal),
    Weibull(Weibull),
    Beta(Beta),
    Normal(Normal),
    Uniform(Uniform),
    Triangular(Triangular),
    Mixture(Mixture),
    Empirical(Empirical),
    Truncated(Truncated),
}

/// Questions to a law.
impl Law {
    fn family(&self) -> &dyn Family {
        match &self.kind {
            Kind::Point(law) => law,
            Kind::Exponential(law) => law,
            Kind::Gamma(law) => law,
            Kind::Lognormal(law) => law,
            Kind::Weibull(law) => law,
            Kind::Beta(law) => law,
            Kind::Normal(law) => law,
            Kind::Uniform(law) => law,
            Kind::Triangular(law) => law,
            Kind::Mixture(law) => law,
            Kind::Empirical(law) => law,
            Kind::Truncated(law) => law,
        }
    }

    /// P(X ≤ x). NaN only for NaN.
    pub fn cdf(&self, x: f64) -> f64 {
        if x.is_nan() { x } else { self.family().cdf(x) }
    }

    /// P(X > x), without loss far in the upper tail. NaN only for NaN.
    pub fn sf(&self, x: f64) -> f64 {
        if x.is_nan() { x } else { self.family().sf(x) }
    }

    /// The smallest value that the law stays at or below with probability `u`: one uniform number makes one draw.
    ///
    /// - `u` \[probability\]; the ends of the support at 0 and 1 and beyond; NaN for NaN; increasing
    /// - Exact to 1e-12 in `u`, as far as doubles near the value allow. Gamma and beta take about a microsecond, mixtures
    ///   several; [`Law::sampler`] is for the kernel.
    pub fn quantile(&self, u: f64) -> f64 {
        if u > 0.0 && u < 1.0 {
            return self.family().point(Tail::from_cdf(u));
        }
        let (low, high) = self.support();
        if u <= 0.0 {
            low
        } else if u >= 1.0 {
            high
        } else {
            u
        }
    }

    /// Expected value. For a truncated law by numerical integration.
    pub fn mean(&self) -> f64 {
        self.family().mean()
    }

    /// Standard deviation. For a truncated law by numerical integration.
    pub fn sd(&self) -> f64 {
        self.family().sd()
    }

    /// The value at probability one half.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Smallest and largest possible value; may be infinite.
    pub fn support(&self) -> (f64, f64) {
        self.family().support()
    }

    /// The value, if the law has only one.
    pub fn as_point(&self) -> Option<f64> {
        let (low, high) = self.support();
        (low == high).then_some(low)
    }

    /// What is left after `age` of a duration known to last longer: the `u` quantile of X - age given X > age.
    ///
    /// - `age` \[same unit\]; `u` \[inside (0, 1)\]; returns ≥ 0, increasing in `u`
    /// - Computed from the survival function, so it stays accurate far in the tail. Where the law has no mass beyond `age`
    ///   (or less than a double can hold), returns 0: the duration ends at once.
    pub fn residual(&self, age: f64, u: f64) -> f64 {
        if u > 0.0 && u < 1.0 && !age.is_nan() {
            return self.family().residual(age, u);
        }
        if age.is_nan() || u.is_nan() {
            return f64::NAN;
        }
        let (low, high) = self.support();
        if u <= 0.0 {
            (low - age).max(0.0)
        } else {
            (high - age).max(0.0)
        }
    }

    /// The age of a duration found running in the long run: the `u` quantile of the density P(X > x) / E\[X\].
    ///
    /// Of a process that has renewed itself for a long time; negative values count as 0. Numerical inverse, tens of
    /// microseconds. Source: D. R. Cox, Renewal Theory, 1962, section 5.
    pub fn equilibrium_age(&self, u: f64) -> f64 {
        if u > 0.0 && u < 1.0 {
            return equilibrium_point(self.family(), u);
        }
        if u <= 0.0 {
            0.0
        } else if u >= 1.0 {
            self.support().1.max(0.0)
        } else {
            u
        }
    }

    /// What is left of a duration found running in the long run; it has the same law as [`Law::equilibrium_age`].
    ///
    /// Age and rest of one duration are not independent: for both, draw the age here and the rest by [`Law::residual`].
    pub fn equilibrium_residual(&self, u: f64) -> f64 {
        self.equilibrium_age(u)
    }

    /// The fast evaluator, a few nanoseconds a draw.
    ///
    /// For gamma, Weibull and beta laws, mixtures and truncations it builds a table: 0.2 to 8 ms for a new shape, up to 50 ms
    /// for a rough mixture or a very large shape. The process keeps the last 64 tables (72 to 300 kB each) and finds them
    /// again whatever the scale; which are kept never changes a result.
    pub fn sampler(&self) -> Sampler {
        Sampler::tabled(self)
    }

    /// The evaluator that builds no table: for laws whose shape changes with every draw of an uncertain parameter.
    ///
    /// Gamma and beta laws, mixtures and truncations then cost what [`Law::quantile`] costs, 0.5 to 5 µs a draw, Weibull
    /// laws 50 ns; the others are as fast as ever. A table pays from a few thousand draws per shape on.
    pub fn exact_sampler(&self) -> Sampler {
        Sampler::exact(self)
    }
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Point(law) => write!(f, "always {}", Short(law.value)),
            Kind::Exponential(law) => write!(f, "exponential (mean {})", Short(law.mean)),
            Kind::Gamma(law) => write!(
                f,
                "gamma (mean {}, sd {})",
                Short(law.mean()),
                Short(law.sd())
            ),
            Kind::Lognormal(law) => {
                write!(
                    f,
                    "lognormal (median {}, sigma {})",
                    Short(math::exp(law.mu)),
                    Short(law.sigma)
                )
            }
            Kind::Weibull(law) => write!(
                f,
                "Weibull (shape {}, scale {})",
                Short(law.shape),
                Short(law.scale)
            ),
            Kind::Beta(law) => write!(f, "beta (a {}, b {})", Short(law.a), Short(law.b)),
            Kind::Normal(law) => {
                write!(f, "normal (mean {}, sd {})", Short(law.mean), Short(law.sd))
            }
            Kind::Uniform(law) => write!(f, "uniform ({} to {})", Short(law.low), Short(law.high)),
            Kind::Triangular(law) => {
                write!(
                    f,
                    "triangular ({} to {}, mode {})",
                    Short(law.low),
                    Short(law.high),
                    Short(law.mode)
                )
            }
            Kind::Mixture(law) => {
                for (i, part) in law.parts.iter().enumerate() {
                    let joint = if i == 0 { "" } else { " + " };
                    write!(f, "{joint}{} % {}", Short(100.0 * part.weight), part.law)?;
                }
                Ok(())
            }
            Kind::Empirical(law) => {
                write!(
                    f,
                    "empirical ({} values, median {})",
                    law.values.len(),
                    Short(self.median())
                )
            }
            Kind::Truncated(law) => write!(
                f,
                "{} from {} to {}",
                law.law,
                Short(law.low),
                Short(law.high)
            ),
        }
    }
}

/// A number in at most six significant digits.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded: f64 = format!("{:.5e}", self.0).parse().unwrap_or(self.0);
        if rounded == 0.0 || (1e-5..1e12).contains(&rounded.abs()) {
            write!(f, "{rounded}")
        } else {
            write!(f, "{rounded:e}")
        }
    }
}
