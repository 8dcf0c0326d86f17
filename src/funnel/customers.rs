//! Customers of before day 0: what they bring, day by day.

use crate::math;
use crate::scenario::{Base, Quantity, Scenario, Timed};

/// Days of a year of revenue and of its rates.
const DAYS_PER_YEAR: f64 = 365.0;

/// The customers of day 0 at one draw: what they bring, and what that grows by.
#[derive(Debug, Clone, Default)]
pub(super) struct Customers {
    /// `[day]`, from the first day of the warm-up on; empty where the scenario states none.
    days: Vec<Day>,
    first_day: i32,
}

#[derive(Debug, Clone, Copy)]
struct Day {
    /// Revenue a day of the base as it stood up to day 0 \[money\].
    before: f64,
    /// Of what they bring \[per year\]; 0 before day 0.
    expansion: f64,
    churn: f64,
}

impl Customers {
    /// Before day 0 the base is that of the scenario which acts then. O(days).
    pub fn new(scenario: &Scenario, draw: &[f64]) -> Self {
        let own = scenario.process.base.as_ref();
        let before = match &scenario.past {
            Some(past) => past.base.as_ref(),
            None => own,
        };
        let first_day = -(scenario.warm_up_days as i32);
        if own.is_none() && before.is_none() {
            return Self::default();
        }
        let past = (first_day..0).map(|day| Day::of(before, draw, day));
        let future = (0..scenario.horizon_days as i32).map(|day| Day::of(own, draw, day));
        Self {
            days: past.chain(future).collect(),
            first_day,
        }
    }

    /// Revenue on each day from the start of the warm-up to the horizon \[money per day\]; empty where
    /// the scenario states none.
    ///
    /// `annual_revenue / 365` up to day 0; from then on each day, day 0 included, multiplies it by
    /// `exp((expansion - churn_factor(day) * churn) / 365)`. `churn_factor` \[≥ 0; 1 leaves churn as it
    /// is\] is what acts on churn on a day. O(days).
    pub fn revenue_by_day(&self, churn_factor: impl Fn(i32) -> f64) -> Vec<f64> {
        let mut growth = 0.0;
        let revenue = self.days.iter().zip(self.first_day..).map(|(of, day)| {
            growth += (of.expansion - churn_factor(day) * of.churn) / DAYS_PER_YEAR;
            of.before * math::exp(growth)
        });
        revenue.collect()
    }
}

impl Day {
    fn of(base: Option<&Base>, draw: &[f64], day: i32) -> Self {
        let rate = |rate: &Timed<Quantity>| match day {
            ..0 => 0.0,
            _ => rate.at(f64::from(day)).at(draw),
        };
        base.map_or(
            Self {
                before: 0.0,
                expansion: 0.0,
                churn: 0.0,
            },
            |base| Self {
                before: base.annual_revenue.at(draw) / DAYS_PER_YEAR,
                expansion: rate(&base.expansion_per_year),
                churn: rate(&base.churn_per_year),
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_churn_acts_on_its_days() {
        let known = Quantity::Known;
        let base = Base {
            annual_revenue: known(365.0),
            churn_per_year: Timed::always(known(0.3)),
            expansion_per_year: Timed::always(known(0.1)),
        };
        let customers = |base: Option<&Base>| Customers {
            days: (-2..4).map(|day| Day::of(base, &[], day)).collect(),
            first_day: -2,
        };
        let factor = |day| if day < 2 { 1.0 } else { 0.8 };
        let days = customers(Some(&base)).revenue_by_day(factor);
        let growth = [0.0, 0.0, -0.2, -0.4, -0.54, -0.68];
        for (revenue, growth) in days.iter().zip(growth) {
            assert!((revenue - (growth / 365.0f64).exp()).abs() < 1e-14);
        }
        assert_eq!(customers(None).revenue_by_day(factor), [0.0; 6]);
    }
}
