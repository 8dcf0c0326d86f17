//! The ways in which a law can be written: family, parameters, and what they make.

use super::quantity::LawForm;
use super::schema::{Domain, Unit};
use crate::distribution::{Law, LawError};

/// One way to write a law of a family.
#[derive(Debug)]
pub(crate) struct Form {
    pub family: &'static str,
    /// Names of the parameters and what each may be, in the order of `build`.
    pub parameters: &'static [(&'static str, Parameter)],
    /// Set where parameters may be in doubt.
    pub form: Option<LawForm>,
    pub build: fn(&[f64]) -> Result<Law, LawError>,
}

/// What a parameter of a law may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Parameter {
    /// In the unit of the key.
    Value,
    /// A value that the key may take.
    Inside,
    /// In the unit of the key, above 0.
    Positive,
    /// Without unit, above 0.
    Shape,
    /// Whole, from 1.
    Count,
}

impl Parameter {
    /// The numbers that it may take, for a law of the key.
    pub(crate) fn domain(self, key: Domain) -> Domain {
        let (unit, infinity, plain) = (key.unit, f64::INFINITY, Unit::Plain);
        match self {
            Parameter::Value => Domain::new(unit, -infinity, infinity),
            Parameter::Inside => Domain {
                whole: false,
                ..key
            },
            Parameter::Positive => Domain {
                above_low: true,
                ..Domain::new(unit, 0.0, infinity)
            },
            Parameter::Shape => Domain {
                above_low: true,
                ..Domain::new(plain, 0.0, infinity)
            },
            Parameter::Count => Domain {
                whole: true,
                ..Domain::new(plain, 1.0, 1000.0)
            },
        }
    }
}

use Parameter::{Count, Inside, Positive, Shape, Value};

const fn form(
    family: &'static str,
    parameters: &'static [(&'static str, Parameter)],
    form: Option<LawForm>,
    build: fn(&[f64]) -> Result<Law, LawError>,
) -> Form {
    Form {
        family,
        parameters,
        form,
        build,
    }
}

/// All forms of the families that are written by parameters.
#[rustfmt::skip]
pub(crate) static FORMS: &[Form] = &[
    form("exponential", &[("mean", Positive)], Some(LawForm::Exponential), |p| Law::exponential(p[0])),
    form("gamma", &[("shape", Shape), ("scale", Positive)], Some(LawForm::GammaShapeScale), |p| Law::gamma(p[0], p[1])),
    form("gamma", &[("shape", Shape), ("mean", Positive)], Some(LawForm::GammaShapeMean), |p| Law::gamma(p[0], p[1] / p[0])),
    form("gamma", &[("mean", Positive), ("sd", Positive)], Some(LawForm::GammaMeanSd), |p| Law::gamma_mean_sd(p[0], p[1])),
    form("erlang", &[("shape", Count), ("mean", Positive)], Some(LawForm::ErlangShapeMean), |p| Law::erlang(p[0].round() as u32, p[1])),
    form("lognormal", &[("median", Positive), ("sigma", Shape)], Some(LawForm::LognormalMedianSigma), |p| Law::lognormal_median_sigma(p[0], p[1])),
    form("lognormal", &[("mean", Positive), ("sigma", Shape)], Some(LawForm::LognormalMeanSigma), |p| Law::lognormal_mean_sigma(p[0], p[1])),
    form("lognormal", &[("mean", Positive), ("sd", Positive)], Some(LawForm::LognormalMeanSd), |p| Law::lognormal_mean_sd(p[0], p[1])),
    form("weibull", &[("shape", Shape), ("scale", Positive)], Some(LawForm::WeibullShapeScale), |p| Law::weibull(p[0], p[1])),
    form("weibull", &[("mean", Positive), ("sd", Positive)], None, |p| Law::weibull_mean_sd(p[0], p[1])),
    form("beta", &[("a", Shape), ("b", Shape)], None, |p| Law::beta(p[0], p[1])),
    form("beta", &[("mean", Positive), ("sd", Positive)], None, |p| Law::beta_mean_sd(p[0], p[1])),
    form("normal", &[("mean", Inside), ("sd", Positive)], Some(LawForm::NormalMeanSd), |p| Law::normal(p[0], p[1])),
    form("uniform", &[("low", Value), ("high", Value)], None, |p| Law::uniform(p[0], p[1])),
    form("triangular", &[("low", Value), ("mode", Value), ("high", Value)], None, |p| Law::triangular(p[0], p[1], p[2])),
];

/// A law fitted to two quantiles `p1, x1, p2, x2`.
type Fit = fn(f64, f64, f64, f64) -> Result<Law, LawError>;

/// Families that two quantiles determine.
pub(crate) static FITS: &[(&str, Fit)] = &[
    ("beta", Law::beta_from_quantiles),
    ("lognormal", Law::lognormal_from_quantiles),
    ("normal", Law::normal_from_quantiles),
    ("gamma", Law::gamma_from_quantiles),
    ("weibull", Law::weibull_from_quantiles),
];

/// Families that are not written by parameters.
pub(crate) const OTHER_FAMILIES: [&str; 3] = ["point", "mixture", "empirical"];

/// Every name of a family, once.
pub(crate) fn families() -> Vec<&'static str> {
    let mut names: Vec<&str> = FORMS.iter().map(|form| form.family).collect();
    names.dedup();
    names.extend(OTHER_FAMILIES);
    names
}

/// How a family may be written, such as "{ median, sigma } or { mean, sd }".
pub(crate) fn spellings(family: &str) -> String {
    let forms = FORMS.iter().filter(|form| form.family == family);
    let mut spellings: Vec<String> = forms
        .map(|form| {
            let names: Vec<&str> = form.parameters.iter().map(|(name, _)| *name).collect();
            format!("{{ {} }}", names.join(", "))
        })
        .collect();
    if FITS.iter().any(|(name, _)| *name == family) {
        spellings.push("two quantiles such as { p05, p95 }".into());
    }
    spellings.join(" or ")
}
