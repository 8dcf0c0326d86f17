//! What new revenue is made of: the leads that arrived in a window, followed to its end.

use std::ops::{AddAssign, Range, Sub};

use super::metric::Item;
use super::records::Records;
use super::replicate::{Plan, draw_of, funnel};
use crate::funnel::{Cohort, Funnel, Record, Scratch, Sum};
use crate::scenario::Scenario;
use crate::units::Window;

/// Sums over some replications of one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Followed {
    /// How many replications.
    pub n: f64,
    /// Of the leads that arrived in the window: how many came to be leads, MQLs, SALs, opportunities,
    /// won by its end.
    pub reached: [f64; Cohort::STAGES + 1],
    /// How many of them have left the stage by then: leads, MQLs, SALs, opportunities.
    pub left: [f64; Cohort::STAGES],
    /// New revenue of the window that they brought \[money\].
    pub revenue: f64,
    /// New revenue of the window by earlier leads \[money\].
    pub earlier_revenue: f64,
    /// Revenue of existing customers in the window \[money\].
    pub existing_revenue: f64,
}

impl Followed {
    fn each(self, other: Followed, of: impl Fn(f64, f64) -> f64) -> Followed {
        Followed {
            n: of(self.n, other.n),
            reached: std::array::from_fn(|i| of(self.reached[i], other.reached[i])),
            left: std::array::from_fn(|i| of(self.left[i], other.left[i])),
            revenue: of(self.revenue, other.revenue),
            earlier_revenue: of(self.earlier_revenue, other.earlier_revenue),
            existing_revenue: of(self.existing_revenue, other.existing_revenue),
        }
    }

    fn of(cohort: &Cohort, existing_revenue: f64) -> Followed {
        Followed {
            n: 1.0,
            reached: cohort.reached.map(f64::from),
            left: cohort.left.map(f64::from),
            revenue: cohort.revenue,
            earlier_revenue: cohort.earlier_revenue,
            existing_revenue,
        }
    }
}

impl AddAssign for Followed {
    fn add_assign(&mut self, other: Followed) {
        *self = self.each(other, |a, b| a + b);
    }
}

impl Sub for Followed {
    type Output = Followed;

    fn sub(self, other: Followed) -> Followed {
        self.each(other, |a, b| a - b)
    }
}

/// Follows the leads of two scenarios, the baseline and an alternative, with the same luck.
#[derive(Debug)]
pub struct Followers<'a> {
    plan: &'a Plan,
    windows: [Window; 2],
    scenarios: [&'a Scenario; 2],
    /// The funnel of all replications, where nothing is in doubt.
    fixed: [Option<Funnel>; 2],
}

impl<'a> Followers<'a> {
    /// Follows the leads that arrive in the window that the plan looks at.
    pub fn new(scenarios: [&'a Scenario; 2], plan: &'a Plan) -> Followers<'a> {
        let fixed = scenarios.map(|scenario| {
            let is_fixed = plan.certain || !scenario.has_doubts();
            is_fixed.then(|| funnel(scenario, plan, &scenario.median_draw()))
        });
        Followers {
            plan,
            windows: scenarios.map(|scenario| plan.views.window_within(scenario.horizon_days)),
            scenarios,
            fixed,
        }
    }

    /// Runs `numbers`, which share one draw: of each replication, the baseline and the alternative.
    pub fn run(&self, numbers: Range<u64>, scratch: &mut Scratch) -> Vec<[Followed; 2]> {
        let [baseline, alternative] = [0, 1].map(|side| {
            let drawn;
            let at_draw = match &self.fixed[side] {
                Some(fixed) => fixed,
                None => {
                    let draw = draw_of(self.scenarios[side], self.plan, numbers.start);
                    drawn = funnel(self.scenarios[side], self.plan, &draw);
                    &drawn
                }
            };
            let seed = self.plan.seed;
            let follow = |number| at_draw.follow(seed, number, scratch, self.windows[side]);
            let followed = numbers.clone().map(follow);
            let followed: Vec<Followed> = followed
                .map(|(record, cohort)| Followed::of(&cohort, self.existing_revenue(side, record)))
                .collect();
            followed
        });
        let pairs = baseline.into_iter().zip(alternative);
        pairs
            .map(|(baseline, alternative)| [baseline, alternative])
            .collect()
    }

    fn existing_revenue(&self, side: usize, record: Record) -> f64 {
        let span = self.plan.span(self.scenarios[side]);
        let records = Records::from(&[record][..]);
        let total = records.columns(span).amounts(0);
        total.get(Item::Sum(Sum::ExistingRevenue))
    }
}
