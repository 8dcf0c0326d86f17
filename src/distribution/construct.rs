//! Building laws: every constructor checks its parameters, so that no invalid law exists.

use super::composite::{Empirical, Mixture, Part, Truncated};
use super::family::{
    Exponential, Lognormal, Normal, Point, Triangular, Uniform, Weibull, weibull_cv,
};
use super::gamma_beta::{Beta, Gamma};
use super::solve::find_root;
use super::{Kind, Law, LawError};
use crate::math;

impl Weibull {
    const SHAPES: (f64, f64) = (0.02, 1e4);
}

/// Looks at one parameter of one law and lets it pass or not.
struct Check(&'static str);

impl Check {
    fn within(
        &self,
        parameter: &'static str,
        value: f64,
        (low, high): (f64, f64),
        allowed: &'static str,
    ) -> Result<f64, LawError> {
        if value >= low && value <= high {
            Ok(value)
        } else {
            Err(LawError::OutOfRange {
                law: self.0,
                parameter,
                value,
                allowed,
            })
        }
    }

    fn number(&self, parameter: &'static str, value: f64) -> Result<f64, LawError> {
        self.within(parameter, value, (-1e100, 1e100), "a number within ±1e100")
    }

    fn positive(&self, parameter: &'static str, value: f64) -> Result<f64, LawError> {
        self.within(
            parameter,
            value,
            (1e-100, 1e100),
            "a positive number (1e-100 to 1e100)",
        )
    }

    fn increasing(
        &self,
        (lesser, lesser_value): (&'static str, f64),
        (greater, greater_value): (&'static str, f64),
    ) -> Result<(), LawError> {
        if lesser_value < greater_value {
            Ok(())
        } else {
            Err(LawError::NotIncreasing {
                law: self.0,
                lesser,
                lesser_value,
                greater,
                greater_value,
            })
        }
    }

    fn lognormal_centre(&self, parameter: &'static str, value: f64) -> Result<f64, LawError> {
        self.within(
            parameter,
            value,
            (1e-99, 1e99),
            "a positive number (1e-99 to 1e99)",
        )
    }
}

/// Constructors: each checks its parameters and says which one is wrong.
impl Law {
    /// Always `value` \[within ±1e100\].
    ///
    /// # Errors
    /// If `value` is not a number within ±1e100.
    pub fn point(value: f64) -> Result<Law, LawError> {
        let value = Check("point law").number("value", value)?;
        Ok(Law {
            kind: Kind::Point(Point { value }),
        })
    }

    /// The memoryless law with this mean \[> 0\].
    ///
    /// # Errors
    /// If `mean` is not a positive number.
    pub fn exponential(mean: f64) -> Result<Law, LawError> {
        let mean = Check("exponential law").positive("mean", mean)?;
        Ok(Law {
            kind: Kind::Exponential(Exponential { mean }),
        })
    }

    /// The gamma law; mean `shape * scale`, sd `√shape * scale`.
    ///
    /// # Errors
    /// If `shape` is outside 1e-3 to 1e6 or `scale` is not positive.
    pub fn gamma(shape: f64, scale: f64) -> Result<Law, LawError> {
        let check = Check("gamma law");
        let shape = check.within("shape", shape, Gamma::SHAPES, "between 0.001 and 1e6")?;
        let scale = check.positive("scale", scale)?;
        Ok(Law {
            kind: Kind::Gamma(Gamma::new(shape, scale)),
        })
    }

    /// The gamma law with this mean and standard deviation.
    ///
    /// # Errors
    /// If either is not positive, or `sd / mean` is outside 0.001 to 31.6.
    pub fn gamma_mean_sd(mean: f64, sd: f64) -> Result<Law, LawError> {
        let check = Check("gamma law");
        let (mean, sd) = (check.positive("mean", mean)?, check.positive("sd", sd)?);
        let cv = check.within(
            "sd / mean",
            sd / mean,
            (1e-3, 31.6),
            "between 0.001 and 31.6",
        )?;
        let shape = (1.0 / cv / cv).clamp(Gamma::SHAPES.0, Gamma::SHAPES.1);
        Law::gamma(shape, mean / shape)
    }

    /// The sum of `k` exponential steps, `mean` in total.
    ///
    /// # Errors
    /// If `k` is 0 or above 1,000,000, or `mean` is not positive.
    pub fn erlang(k: u32, mean: f64) -> Result<Law, LawError> {
        let check = Check("Erlang law");
        let shape = check.within("k", f64::from(k), (1.0, 1e6), "between 1 and 1,000,000")?;
        let mean = check.positive("mean", mean)?;
        Law::gamma(shape, mean / shape)
    }

    /// exp of a normal law with mean `mu` and standard deviation `sigma`.
    ///
    /// # Errors
    /// If `mu` is outside ±230 or `sigma` outside 1e-9 to 20.
    pub fn lognormal(mu: f64, sigma: f64) -> Result<Law, LawError> {
        let check = Check("lognormal law");
        let mu = check.within("mu", mu, (-230.0, 230.0), "between -230 and 230")?;
        let sigma = check.within("sigma", sigma, (1e-9, 20.0), "between 1e-9 and 20")?;
        Ok(Law {
            kind: Kind::Lognormal(Lognormal { mu, sigma }),
        })
    }

    /// The lognormal law with this median, and `sigma` the standard deviation of its logarithm.
    ///
    /// # Errors
    /// If `median` is not positive (1e-99 to 1e99) or `sigma` is outside 1e-9 to 20.
    pub fn lognormal_median_sigma(median: f64, sigma: f64) -> Result<Law, LawError> {
        let median = Check("lognormal law").lognormal_centre("median", median)?;
        Law::lognormal(math::ln(median), sigma)
    }

    /// The lognormal law with this mean, and `sigma` the standard deviation of its logarithm.
    ///
    /// # Errors
    /// If `mean` is not positive (1e-99 to 1e99) or `sigma` is outside 1e-9 to 20.
    pub fn lognormal_mean_sigma(mean: f64, sigma: f64) -> Result<Law, LawError> {
        let mean = Check("lognormal law").lognormal_centre("mean", mean)?;
        Law::lognormal(math::ln(mean) - 0.5 * sigma * sigma, sigma)
    }

    /// The lognormal law with this mean and standard deviation (of the value itself, not of its logarithm).
    ///
    /// # Errors
    /// If either is not positive (mean 1e-99 to 1e99), or `sd / mean` is outside 1e-9 to 1e21.
    pub fn lognormal_mean_sd(mean: f64, sd: f64) -> Result<Law, LawError> {
        let check = Check("lognormal law");
        let (mean, sd) = (
            check.lognormal_centre("mean", mean)?,
            check.positive("sd", sd)?,
        );
        let cv = check.within(
            "sd / mean",
            sd / mean,
            (1e-9, 1e21),
            "between 1e-9 and 1e21",
        )?;
        let variance = math::ln_1p(cv * cv);
        Law::lognormal(math::ln(mean) - 0.5 * variance, variance.sqrt().max(1e-9))
    }

    /// The Weibull law: P(X > x) = exp(-(x / scale)^shape).
    ///
    /// # Errors
    /// If `shape` is outside 0.02 to 10,000 or `scale` is not positive.
    pub fn weibull(shape: f64, scale: f64) -> Result<Law, LawError> {
        let check = Check("Weibull law");
        let shape = check.within("shape", shape, Weibull::SHAPES, "between 0.02 and 10,000")?;
        let scale = check.positive("scale", scale)?;
        Ok(Law {
            kind: Kind::Weibull(Weibull { shape, scale }),
        })
    }

    /// The Weibull law with this mean and standard deviation.
    ///
    /// # Errors
    /// If either is not positive, or `sd / mean` is out of reach for shapes between 0.02 and 10,000.
    pub fn weibull_mean_sd(mean: f64, sd: f64) -> Result<Law, LawError> {
        let check = Check("Weibull law");
        let (mean, sd) = (check.positive("mean", mean)?, check.positive("sd", sd)?);
        let (cv, (low, high)) = (sd / mean, Weibull::SHAPES);
        let log_shape = find_root(math::ln(low), math::ln(high), |log| {
            math::ln(weibull_cv(math::exp(log)) / cv)
        });
        let Some(log_shape) = log_shape else {
            let allowed = "reachable by a shape between 0.02 and 10,000 (0.00013 to 4e14)";
            return Err(LawError::OutOfRange {
                law: "Weibull law",
                parameter: "sd / mean",
                value: cv,
                allowed,
            });
        };
        let shape = math::exp(log_shape).clamp(low, high);
        Law::weibull(shape, mean / math::exp(math::ln_gamma_1p(1.0 / shape)))
    }

    /// The beta law on (0, 1), density proportional to `x^(a-1) (1-x)^(b-1)`.
    ///
    /// # Errors
    /// If `a` or `b` is outside 1e-3 to 1e8.
    pub fn beta(a: f64, b: f64) -> Result<Law, LawError> {
        let check = Check("beta law");
        let a = check.within("a", a, Beta::SHAPES, "between 0.001 and 1e8")?;
        let b = check.within("b", b, Beta::SHAPES, "between 0.001 and 1e8")?;
        Ok(Law {
            kind: Kind::Beta(Beta::new(a, b)),
        })
    }

    /// The beta law with this mean and standard deviation.
    ///
    /// # Errors
    /// If `mean` is not inside (0, 1), `sd` is not positive, or no beta law (with `a`, `b` from 1e-3 to 1e8) has both: the
    /// sd must be below √(mean (1 - mean)).
    pub fn beta_mean_sd(mean: f64, sd: f64) -> Result<Law, LawError> {
        let check = Check("beta law");
        let mean = check.within("mean", mean, (1e-12, 1.0 - 1e-12), "above 0 and below 1")?;
        let sd = check.positive("sd", sd)?;
        let n = mean * (1.0 - mean) / (sd * sd) - 1.0;
        let allowed = "positive and well below √(mean (1 - mean))";
        Law::beta(mean * n, (1.0 - mean) * n).map_err(|_| LawError::OutOfRange {
            law: "beta law",
            parameter: "sd",
            value: sd,
            allowed,
        })
    }

    /// The normal law.
    ///
    /// # Errors
    /// If `mean` is not a number or `sd` is not positive.
    pub fn normal(mean: f64, sd: f64) -> Result<Law, LawError> {
        let check = Check("normal law");
        let (mean, sd) = (check.number("mean", mean)?, check.positive("sd", sd)?);
        Ok(Law {
            kind: Kind::Normal(Normal { mean, sd }),
        })
    }

    /// All values from `low` to `high` equally likely.
    ///
    /// # Errors
    /// Unless low < high.
    pub fn uniform(low: f64, high: f64) -> Result<Law, LawError> {
        let check = Check("uniform law");
        let (low, high) = (check.number("low", low)?, check.number("high", high)?);
        check.increasing(("low", low), ("high", high))?;
        Ok(Law {
            kind: Kind::Uniform(Uniform { low, high }),
        })
    }

    /// From `low` to `high`, most likely around `mode`.
    ///
    /// # Errors
    /// Unless low ≤ mode ≤ high and low < high.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Law, LawError> {
        let check = Check("triangular law");
        let (low, high) = (check.number("low", low)?, check.number("high", high)?);
        check.increasing(("low", low), ("high", high))?;
        let mode = check.within("mode", mode, (low, high), "between low and high")?;
        Ok(Law {
            kind: Kind::Triangular(Triangular { low, mode, high }),
        })
    }

    /// One of several laws, chosen with probabilities proportional to the weights; laws of weight 0 are dropped.
    ///
    /// # Errors
    /// If a weight is negative or not a number, or all are 0.
    pub fn mixture(parts: Vec<(f64, Law)>) -> Result<Law, LawError> {
        let check = Check("mixture");
        let mut total = 0.0;
        for (weight, _) in &parts {
            total += check.within("weight", *weight, (0.0, 1e100), "a number from 0 to 1e100")?;
        }
        let parts: Vec<Part> = parts
            .into_iter()
            .map(|(weight, law)| Part {
                weight: weight / total,
                law,
            })
            .filter(|part| part.weight > 0.0)
            .collect();
        match parts.as_slice() {
            [] => Err(LawError::Empty {
                law: "mixture",
                of: "law of positive weight",
            }),
            [only] => Ok(only.law.clone()),
            _ => Ok(Law {
                kind: Kind::Mixture(Mixture {
                    parts: parts.into(),
                }),
            }),
        }
    }

    /// Each of the values with the same probability, in any order. Cost of building: one sort.
    ///
    /// # Errors
    /// If there are none, or one is not a number within ±1e100.
    pub fn empirical(mut values: Vec<f64>) -> Result<Law, LawError> {
        let check = Check("empirical law");
        if values.is_empty() {
            return Err(LawError::Empty {
                law: "empirical law",
                of: "value",
            });
        }
        for value in &values {
            check.number("value", *value)?;
        }
        values.sort_by(f64::total_cmp);
        Ok(Law {
            kind: Kind::Empirical(Empirical {
                values: values.into(),
            }),
        })
    }

    /// `law` given that it lies between `low` and `high`, both included; either may be infinite.
    ///
    /// # Errors
    /// Unless low < high, or if the law has no mass between them.
    pub fn truncated(law: Law, low: f64, high: f64) -> Result<Law, LawError> {
        Check("truncated law").increasing(("low", low), ("high", high))?;
        match law.truncated_with_mass(low, high) {
            Some((law, _)) => Ok(law),
            None => Err(LawError::NoMass {
                law: law.to_string(),
                low,
                high,
            }),
        }
    }

    /// This law, truncated to `low` .. `high` only if it reaches beyond.
    ///
    /// # Errors
    /// If the law has no mass between them.
    pub fn within(self, low: f64, high: f64) -> Result<Law, LawError> {
        let (lowest, highest) = self.support();
        if lowest >= low && highest <= high {
            Ok(self)
        } else {
            Law::truncated(self, low, high)
        }
    }

    /// The law between two values and the mass it has there.
    fn truncated_with_mass(&self, low: f64, high: f64) -> Option<(Law, f64)> {
        let is_inside = |value: &f64| *value >= low && *value <= high;
        match &self.kind {
            Kind::Point(point) => is_inside(&point.value).then(|| (self.clone(), 1.0)),
            Kind::Empirical(all) => {
                let values: Vec<f64> = all.values.iter().copied().filter(is_inside).collect();
                let mass = values.len() as f64 / all.values.len() as f64;
                Law::empirical(values).ok().map(|law| (law, mass))
            }
            Kind::Mixture(mixture) => {
                let parts: Vec<(f64, Law)> = mixture
                    .parts
                    .iter()
                    .filter_map(|part| {
                        part.law
                            .truncated_with_mass(low, high)
                            .map(|(law, mass)| (part.weight * mass, law))
                    })
                    .collect();
                let mass = parts.iter().map(|part| part.0).sum();
                Law::mixture(parts).ok().map(|law| (law, mass))
            }
            _ => Truncated::new(self.clone(), low, high).map(|truncated| {
                let mass = truncated.mass;
                (
                    Law {
                        kind: Kind::Truncated(truncated),
                    },
                    mass,
                )
            }),
        }
    }
}
