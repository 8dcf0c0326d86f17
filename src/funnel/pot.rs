//! One pot for marketing and sales: what one gets, the other lacks.

use super::awareness::DAYS_PER_MONTH;
use super::parameters::{known, zip};
use super::queue::DAYS_PER_YEAR;
use crate::scenario::{Pot, Process, Timed};

/// Media of each of the pot's channels on a day \[money per month\].
pub(super) fn media(pot: &Pot, day: i32, draw: &[f64]) -> f64 {
    let at = f64::from(day);
    let marketing = pot.per_month.at(at).at(draw) * pot.marketing_share.at(at).at(draw);
    marketing / pot.channels.len() as f64
}

/// Reps that the pot pays, part-time ones too; none without a pot.
pub(super) fn reps(process: &Process, draw: &[f64]) -> Option<Timed<f64>> {
    let pot = process.pot.as_ref()?;
    let share = known(&pot.marketing_share, draw);
    let per_day = zip(&known(&pot.per_month, draw), &share, |pot, share| {
        pot * (1.0 - share) / DAYS_PER_MONTH
    });
    let salary = known(&process.costs.rep_salary_per_year, draw);
    let reps = |per_day: &f64, salary: &f64| match *salary > 0.0 {
        true => per_day * DAYS_PER_YEAR / salary,
        false => 0.0,
    };
    Some(zip(&per_day, &salary, reps))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Quantity;

    #[test]
    fn an_empty_share_buys_nothing() {
        let always = |value| Timed::always(Quantity::Known(value));
        let pot = |share| Pot {
            per_month: always(9000.0),
            marketing_share: always(share),
            channels: vec!["a".into(), "b".into()],
        };
        assert_eq!(media(&pot(0.0), 3, &[]), 0.0);
        assert_eq!(media(&pot(1.0), 3, &[]), 4500.0);
    }
}
