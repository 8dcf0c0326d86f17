//! From a scenario's quantities to numbers and samplers at one draw.

use crate::distribution::{Law, Sampler};
use crate::scenario::{LawSpec, Quantity, Timed};

/// A sum of shares beyond this is more than 1, not 1 rounded.
pub(super) const ABOVE_ONE: f64 = 1.0 + 1e-9;

/// A law of the process at one draw, ready to be drawn from.
#[derive(Debug, Clone)]
pub(super) struct LawAt {
    pub law: Law,
    pub sampler: Sampler,
}

impl PartialEq for LawAt {
    fn eq(&self, other: &Self) -> bool {
        self.law == other.law
    }
}

impl LawAt {
    pub fn new(spec: &LawSpec, draw: &[f64]) -> Self {
        let law = spec.at(draw);
        let sampler = match spec {
            LawSpec::Known(law) => law.sampler(),
            LawSpec::Doubtful { .. } => law.exact_sampler(),
        };
        Self { law, sampler }
    }
}

/// A delay at the uniform number `u`.
#[inline(always)]
pub(super) fn delay(law: &LawAt, u: f64) -> f64 {
    law.sampler.quantile(u)
}

/// Numbers at one draw.
pub(super) fn known(quantity: &Timed<Quantity>, draw: &[f64]) -> Timed<f64> {
    quantity.map(|quantity| quantity.at(draw))
}

/// A law at one draw.
pub(super) fn law(spec: &Timed<LawSpec>, draw: &[f64]) -> Timed<LawAt> {
    spec.map(|spec| LawAt::new(spec, draw))
}

/// A law that a scenario may leave out, at one draw.
pub(super) fn optional_law(spec: Option<&Timed<LawSpec>>, draw: &[f64]) -> Timed<Option<LawAt>> {
    spec.map_or(Timed::always(None), |spec| {
        spec.map(|spec| Some(LawAt::new(spec, draw)))
    })
}

/// A number that a scenario may leave out, at one draw.
pub(super) fn optional(quantity: Option<&Timed<Quantity>>, draw: &[f64]) -> Timed<Option<f64>> {
    quantity.map_or(Timed::always(None), |quantity| {
        quantity.map(|quantity| Some(quantity.at(draw)))
    })
}

/// Two values that change by date as one.
pub(super) fn zip<A, B, C>(a: &Timed<A>, b: &Timed<B>, f: impl Fn(&A, &B) -> C) -> Timed<C> {
    let mut days: Vec<f64> = a
        .steps()
        .map(|(day, _)| day)
        .chain(b.steps().map(|(day, _)| day))
        .collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    let mut steps = days.into_iter().map(|day| (day, f(a.at(day), b.at(day))));
    let (_, first) = steps.next().expect("a step function has a first step");
    Timed::stepping(first, steps.collect())
}
