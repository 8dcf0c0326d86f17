//! Customers by the period in which they were won: how many are left at the end of each, and on what contracts.

use crate::units::Window;

/// Most periods for which this is kept: it grows with their square.
const MOST_PERIODS: usize = 120;

/// The customers of one cohort as they stand at the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Retained {
    pub customers: u32,
    /// Value of their contracts, per year of 365 days \[money\].
    pub annual_value: f64,
}

impl Retained {
    /// Cohorts and periods in the order in which a record has them: at the end of each period the customers won
    /// before the first period (none), then those won in each up to it.
    pub fn order(periods: &[Window]) -> impl Iterator<Item = (Option<Window>, Window)> {
        periods.iter().enumerate().flat_map(|(n, &period)| {
            let cohorts = periods[..=n].iter().copied().map(Some);
            std::iter::once(None)
                .chain(cohorts)
                .map(move |of| (of, period))
        })
    }
}

/// Cohorts of one replication, by what changes in each period.
#[derive(Debug, Clone, Default)]
pub(super) struct Cohorts {
    /// Starts and ends of the periods, in order \[days\]; none where nothing is kept.
    bounds: Vec<f64>,
    /// In the order of [`Retained::order`].
    changes: Vec<Change>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Change {
    customers: i32,
    annual_units: i64,
}

impl Cohorts {
    /// No customers, for contiguous `periods`.
    pub fn reset(&mut self, periods: &[Window]) {
        self.bounds.clear();
        self.changes.clear();
        if periods.len() <= MOST_PERIODS {
            let starts = periods.first().map(|first| f64::from(first.start_day));
            self.bounds.extend(starts);
            self.bounds
                .extend(periods.iter().map(|period| f64::from(period.end_day)));
            let n = first_of(periods.len());
            self.changes.resize(n, Change::default());
        }
    }

    /// The cohort of customers won at `t`: 0 before the first period, then the period's number from 1.
    pub fn of(&self, t: f64) -> u16 {
        self.bounds.partition_point(|&bound| bound <= t) as u16
    }

    /// Something changes in a cohort at `t`, before the horizon; what does before the first period, does in it.
    pub fn change(&mut self, cohort: u16, t: f64, customers: i32, annual_units: i64) {
        let period = usize::from(self.of(t)).max(1) - 1;
        if let Some(change) = self.changes.get_mut(first_of(period) + usize::from(cohort)) {
            change.customers += customers;
            change.annual_units = change.annual_units.saturating_add(annual_units);
        }
    }

    /// How they stand at the end of each period, in the order of [`Retained::order`].
    pub fn retained(&self, quantum: f64) -> Box<[Retained]> {
        let n_periods = self.bounds.len().saturating_sub(1);
        let mut now = vec![Change::default(); n_periods + 1];
        let mut retained = Vec::with_capacity(self.changes.len());
        for period in 0..n_periods {
            let changes = &self.changes[first_of(period)..first_of(period + 1)];
            for (now, change) in now.iter_mut().zip(changes) {
                now.customers += change.customers;
                now.annual_units = now.annual_units.saturating_add(change.annual_units);
                retained.push(Retained {
                    customers: now.customers as u32,
                    annual_value: now.annual_units as f64 * quantum,
                });
            }
        }
        retained.into()
    }
}

/// Place of the first cohort of a period: each period before has one cohort per period up to it, and one more.
fn first_of(period: usize) -> usize {
    period * (period + 3) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cohorts_stand_as_their_changes_sum_up() {
        let window = |start_day, end_day| Window { start_day, end_day };
        let periods = [window(0, 31), window(31, 59), window(59, 90)];
        let mut cohorts = Cohorts::default();
        cohorts.reset(&periods);
        for (won, leaves) in [
            (-3.0, 40.0),
            (-0.5, 80.0),
            (0.0, 30.9),
            (31.0, 89.0),
            (60.0, 99.0),
        ] {
            let cohort = cohorts.of(won);
            cohorts.change(cohort, won, 1, 8);
            if leaves < 90.0 {
                cohorts.change(cohort, leaves, -1, -8);
            }
        }
        let retained = cohorts.retained(0.5);
        let customers: Vec<u32> = retained.iter().map(|of| of.customers).collect();
        assert_eq!(customers, [2, 0, 1, 0, 1, 0, 0, 0, 1]);
        assert_eq!(retained[0].annual_value, 8.0);
        let order: Vec<_> = Retained::order(&periods).collect();
        assert_eq!(order.len(), retained.len());
        assert_eq!(order[8], (Some(periods[2]), periods[2]));
        assert_eq!(order[2], (None, periods[1]));
    }
}
