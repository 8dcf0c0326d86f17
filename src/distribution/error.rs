//! What is wrong with the parameters of a law.

use thiserror::Error;

/// Why a law cannot be built.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LawError {
    /// A parameter is not a number, or outside its range.
    #[error("{parameter} of {law} is {}; it must be {allowed}", short(*.value))]
    OutOfRange {
        law: &'static str,
        parameter: &'static str,
        value: f64,
        allowed: &'static str,
    },
    /// Two parameters that must increase do not.
    #[error(
        "{law} needs {lesser} below {greater}, but they are {lesser_value} and {greater_value}"
    )]
    NotIncreasing {
        law: &'static str,
        lesser: &'static str,
        lesser_value: f64,
        greater: &'static str,
        greater_value: f64,
    },
    /// A mixture without laws, or an empirical law without values.
    #[error("{law} needs at least one {of}")]
    Empty { law: &'static str, of: &'static str },
    /// A truncation that leaves nothing.
    #[error("{law} has no mass between {low} and {high}")]
    NoMass { law: String, low: f64, high: f64 },
    /// No member of the family has both quantiles (within the shapes supported).
    #[error("no {law} has its {p1} quantile at {x1} and its {p2} quantile at {x2}; {hint}")]
    NoSuchQuantiles {
        law: &'static str,
        p1: f64,
        x1: f64,
        p2: f64,
        x2: f64,
        hint: &'static str,
    },
}

/// A number without long rows of zeros.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 | 1e-6..1e15 => value.to_string(),
        _ => format!("{value:e}"),
    }
}
