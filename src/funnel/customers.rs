//! Customers of before day 0: what they bring, day by day.

use std::ops::Range;

use crate::math;
use crate::scenario::{Base, Scenario};

/// Days of a year of revenue and of its rates.
const DAYS_PER_YEAR: f64 = 365.0;

/// Revenue of existing customers on each day from the start of the warm-up to the horizon, at one
/// `draw` of the doubts \[money per day\]; empty where the scenario states none.
///
/// `annual_revenue / 365` up to day 0; from then on each day, day 0 included, multiplies it by
/// `exp((expansion - churn_factor(day) * churn) / 365)`. `churn_factor` \[≥ 0; 1 leaves churn as it is\]
/// is what acts on churn on a day. Before day 0 the base is that of the scenario which acts then.
/// O(days).
pub(super) fn existing_revenue_by_day(
    scenario: &Scenario,
    draw: &[f64],
    churn_factor: impl Fn(i32) -> f64,
) -> Vec<f64> {
    let own = scenario.process.base.as_ref();
    let before = match &scenario.past {
        Some(past) => past.base.as_ref(),
        None => own,
    };
    if own.is_none() && before.is_none() {
        return Vec::new();
    }
    let warm_up = -(scenario.warm_up_days as i32)..0;
    let mut days = by_day(before, draw, warm_up, &churn_factor);
    days.extend(by_day(
        own,
        draw,
        0..scenario.horizon_days as i32,
        &churn_factor,
    ));
    days
}

/// What `base` brings on `days`, which have day 0 as their first or end before it.
fn by_day(
    base: Option<&Base>,
    draw: &[f64],
    days: Range<i32>,
    churn_factor: impl Fn(i32) -> f64,
) -> Vec<f64> {
    let Some(base) = base else {
        return vec![0.0; days.len()];
    };
    let on_day_0 = base.annual_revenue.at(draw) / DAYS_PER_YEAR;
    let rate = |day: i32| {
        let [expansion, churn] = [&base.expansion_per_year, &base.churn_per_year]
            .map(|rate| rate.at(f64::from(day)).at(draw));
        expansion - churn_factor(day) * churn
    };
    let mut growth = 0.0;
    let revenue = days.map(|day| {
        if day >= 0 {
            growth += rate(day) / DAYS_PER_YEAR;
        }
        on_day_0 * math::exp(growth)
    });
    revenue.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Quantity, Timed};

    #[test]
    fn what_acts_on_churn_acts_on_its_days() {
        let known = Quantity::Known;
        let base = Base {
            annual_revenue: known(365.0),
            churn_per_year: Timed::always(known(0.3)),
            expansion_per_year: Timed::always(known(0.1)),
        };
        let factor = |day| if day < 2 { 1.0 } else { 0.8 };
        let days = by_day(Some(&base), &[], 0..4, factor);
        let growth = [-0.2, -0.4, -0.54, -0.68];
        for (revenue, growth) in days.iter().zip(growth) {
            assert!((revenue - (growth / 365.0f64).exp()).abs() < 1e-14);
        }
        assert_eq!(by_day(Some(&base), &[], -2..0, factor), [1.0, 1.0]);
        assert_eq!(by_day(None, &[], -2..0, factor), [0.0, 0.0]);
    }
}
