//! From uniform numbers to one draw of a scenario's doubts.

use super::{LawForm, LawSpec, Scenario};
use crate::distribution::Law;
use crate::math;

impl Scenario {
    /// One draw of the doubts, `[Scenario::doubts]`.
    ///
    /// `uniform` gives a path its number in (0, 1). A doubt outside every group depends on the
    /// number of its own path alone; members of a group share normal scores through its factor.
    pub fn draw(&self, uniform: impl Fn(&str) -> f64) -> Vec<f64> {
        let mut uniforms: Vec<f64> = self
            .doubts
            .iter()
            .map(|doubt| uniform(&doubt.path))
            .collect();
        for group in &self.correlations {
            let scores: Vec<f64> = group
                .members
                .iter()
                .map(|&i| math::normal_quantile(uniforms[i]))
                .collect();
            for (row, &i) in group.cholesky.iter().zip(&group.members) {
                let score: f64 = row
                    .iter()
                    .zip(&scores)
                    .map(|(factor, score)| factor * score)
                    .sum();
                uniforms[i] = math::normal_cdf(score);
            }
        }
        let values = self.doubts.iter().zip(&uniforms);
        values.map(|(doubt, &u)| doubt.value(u)).collect()
    }

    /// The draw that has every doubt at its median.
    pub fn median_draw(&self) -> Vec<f64> {
        self.doubts.iter().map(|doubt| doubt.value(0.5)).collect()
    }

    /// Whether any number is in doubt.
    pub fn has_doubts(&self) -> bool {
        !self.doubts.is_empty()
    }
}

impl super::Doubt {
    /// The value at the quantile `u` of its law.
    fn value(&self, u: f64) -> f64 {
        let value = self.law.quantile(u);
        if self.whole { value.round() } else { value }
    }
}

impl super::LawSpec {
    /// The law at one draw of the doubts.
    ///
    /// Parameters in doubt lie in their own domains, so that every draw makes a law.
    pub fn at(&self, draw: &[f64]) -> Law {
        match self {
            LawSpec::Known(law) => law.clone(),
            LawSpec::Doubtful {
                form,
                parameters,
                domain,
            } => {
                let of = |i: usize| parameters[i].at(draw);
                let law = match form {
                    LawForm::Point => Law::point(of(0)),
                    LawForm::Exponential => Law::exponential(of(0)),
                    LawForm::GammaShapeScale => Law::gamma(of(0), of(1)),
                    LawForm::GammaShapeMean => Law::gamma(of(0), of(1) / of(0)),
                    LawForm::GammaMeanSd => Law::gamma_mean_sd(of(0), of(1)),
                    LawForm::ErlangShapeMean => Law::erlang(of(0) as u32, of(1)),
                    LawForm::LognormalMedianSigma => Law::lognormal_median_sigma(of(0), of(1)),
                    LawForm::LognormalMeanSigma => Law::lognormal_mean_sigma(of(0), of(1)),
                    LawForm::LognormalMeanSd => Law::lognormal_mean_sd(of(0), of(1)),
                    LawForm::WeibullShapeScale => Law::weibull(of(0), of(1)),
                    LawForm::NormalMeanSd => Law::normal(of(0), of(1)),
                };
                let (lowest, highest) = *domain;
                law.and_then(|law| law.within(lowest, highest))
                    .expect("a parameter's doubt is truncated to what its law allows")
            }
        }
    }
}
