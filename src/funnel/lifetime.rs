//! How long a customer stays: the discounted value of a contract and its renewals, as a multiple of the first.

use crate::distribution::Law;
use crate::math;
use crate::scenario::{Process, Timed};

/// Days in a year of churn and of the discount.
const DAYS_PER_YEAR: f64 = 365.0;

/// Steps of the integral over churn: the multiple of a smooth law is then right to four digits.
const STEPS: usize = 400;

/// Of a deal won at a time; 0 where no churn is stated. Levers, quality and expansion are left aside.
///
/// Customers that are followed leave with the churn of `[customers]` at the end of a term; else with that of
/// `[base]` at the end of a year, a deal being a year's contract (assumption).
pub(super) fn multiples(process: &Process, draw: &[f64]) -> Timed<f64> {
    let discount = process.costs.discount_per_year.at(draw);
    match (&process.customers, &process.base) {
        (Some(customers), _) => {
            let per_term = math::pow(1.0 + discount, 1.0 / terms_per_year(process)) - 1.0;
            (customers.churn).map(|churn| expected_multiple(&churn.at(draw), per_term))
        }
        (None, Some(base)) => {
            // A rate, day by day, of which a year leaves the exponential.
            let lost = |churn: f64| 1.0 - math::exp(-churn);
            (base.churn_per_year).map(|churn| multiple(lost(churn.at(draw)), discount))
        }
        (None, None) => Timed::always(0.0),
    }
}

/// Contracts in a year: a deal is one of a year unless customers are followed (assumption).
pub(super) fn terms_per_year(process: &Process) -> f64 {
    let customers = process.customers.as_ref();
    customers.map_or(1.0, |customers| {
        DAYS_PER_YEAR / f64::from(customers.term_days)
    })
}

/// `sum over t from 0 of ((1 - churn) / (1 + discount))^t`, both per term: the first payment is made at once.
fn multiple(churn: f64, discount: f64) -> f64 {
    (1.0 + discount) / (discount + churn)
}

/// Its mean over customers whose churn follows a law on \[0, 1\]: with a Beta law the discounted expected
/// lifetime of the shifted-beta-geometric model (Fader and Hardie 2010, doi:10.1287/mksc.1090.0549).
///
/// By parts, `E f(X) = f(1) - integral of f' F`, with `ln(discount + x)` as the variable; Simpson's rule.
/// Where the law has jumps, the multiple is right to two digits.
fn expected_multiple(churn: &Law, discount: f64) -> f64 {
    let (least, most) = churn.support();
    if least == most {
        return multiple(least, discount);
    }
    let (low, high) = (math::ln(discount), math::ln(1.0 + discount));
    let step = (high - low) / STEPS as f64;
    let integrand = |i: usize| {
        let shifted = math::exp(low + i as f64 * step);
        churn.cdf((shifted - discount).max(0.0)) / shifted
    };
    let inner = (1..STEPS).map(|i| if i % 2 == 1 { 4.0 } else { 2.0 } * integrand(i));
    let sum = integrand(0) + inner.sum::<f64>() + integrand(STEPS);
    (1.0 + discount) * (1.0 / (1.0 + discount) + sum * step / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `2F1(1, b; a + b; 1 / (1 + d))` with a = 1.2, b = 5.8, d = 0.1.
    #[test]
    fn a_beta_law_has_its_closed_form() {
        let law = Law::beta(1.2, 5.8).unwrap();
        let found = expected_multiple(&law, 0.1);
        assert!((found / 5.043_043_78 - 1.0).abs() < 1e-4, "{found}");
    }

    /// Retained at 88 % a year, discounted by 10 %: 20,000 a year is worth 100,000.
    #[test]
    fn a_constant_churn_has_its_closed_form() {
        assert!((20_000.0 * multiple(0.12, 0.1) - 100_000.0).abs() < 1e-9);
        let law = Law::point(0.12).unwrap();
        assert!((expected_multiple(&law, 0.1) / 5.0 - 1.0).abs() < 1e-12);
        assert!((multiple(1.0, 0.1) - 1.0).abs() < 1e-15);
    }
}
