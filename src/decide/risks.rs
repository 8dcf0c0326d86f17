//! What the worst futures have in common: which assumptions, and which parts of the funnel, set them apart.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::forecast::{Case, METRICS, Metric, Plan, REVENUE, draw_of};
use crate::math;

/// Share of all futures that are called the worst.
const WORST: f64 = 0.1;
/// Fewest futures among the worst of which anything is said.
const FEWEST: usize = 10;
/// Chance that anything is said of futures that have nothing in common (Bonferroni).
const FALSE_ALARMS: f64 = 0.05;
/// Parts of the funnel in which the worst futures may differ, in the order in which a lead meets them.
const SYMPTOMS: [&str; 10] = [
    "leads",
    "lead_to_mql_period",
    "mql_to_sal_period",
    "sal_to_opportunity_period",
    "win_rate",
    "mean_deal",
    "cycle_days",
    "mean_wait_days",
    "utilisation",
    "existing_revenue",
];

/// The futures with the lowest revenue in the window, against all.
#[derive(Debug, Clone, PartialEq)]
pub struct Risks {
    /// Share of futures that are called the worst.
    pub share: f64,
    /// How many these are.
    pub n_worst: usize,
    /// Mean revenue of all and of the worst.
    pub revenue: [f64; 2],
    /// Doubts that set them apart, the strongest first: what may turn out so.
    pub causes: Vec<Shift>,
    /// Metrics that set them apart, the strongest first: how it would show.
    pub symptoms: Vec<Shift>,
}

/// A number that is another in the worst futures.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// Path of a doubt, or name of a metric.
    pub name: String,
    /// Mean over all futures and over the worst.
    pub means: [f64; 2],
    /// By how many of its standard deviations the worst differ; never within what luck alone would do.
    pub shift: f64,
}

impl Risks {
    /// Of a case run by `plan`; none for fewer than 100 replications.
    ///
    /// O(replications × (doubts + log replications)).
    pub fn new(case: Case, plan: &Plan) -> Option<Risks> {
        let futures = Futures::new(case);
        let is_worst = futures.worst()?;
        let doubts = doubts(case, plan);
        let symptoms: Vec<(String, Vec<f64>)> = futures.symptoms().collect();
        let n_asked = doubts.len() + symptoms.len();
        let revenue = Split::new(&futures.revenue, &is_worst);
        let found = |asked: &[(String, Vec<f64>)], cluster| {
            let shifts = asked.iter().filter_map(|(name, values)| {
                Split::new(values, &is_worst).shift(name, cluster, n_asked)
            });
            let mut shifts: Vec<Shift> = shifts.collect();
            shifts.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()));
            shifts
        };
        // Both replications of a draw may be among the worst.
        let n_draws = match plan.certain {
            true => 1.0,
            false => 2.0,
        };
        Some(Risks {
            share: WORST,
            n_worst: is_worst.iter().filter(|is| **is).count(),
            revenue: revenue.means,
            causes: found(&doubts, n_draws),
            symptoms: found(&symptoms, 1.0),
        })
    }
}

/// Values of every doubt that differ between draws. `[replication]`
fn doubts(case: Case, plan: &Plan) -> Vec<(String, Vec<f64>)> {
    if plan.certain {
        return Vec::new();
    }
    let range = case.replications.range();
    let draws: Vec<Vec<f64>> = range.map(|at| draw_of(case.scenario, plan, at)).collect();
    let doubts = case.scenario.doubts.iter().enumerate();
    // Those of the past have the luck of today's.
    let doubts = doubts.filter(|(_, doubt)| !doubt.of_past);
    let values = |index: usize| draws.iter().map(|draw| draw[index]).collect();
    doubts
        .map(|(index, doubt)| (doubt.path.clone(), values(index)))
        .collect()
}

struct Futures<'a> {
    case: Case<'a>,
    /// `[replication]`
    revenue: Vec<f64>,
}

impl<'a> Futures<'a> {
    fn new(case: Case<'a>) -> Futures<'a> {
        let revenue = values(case, &METRICS[REVENUE]).unwrap_or_default();
        Futures { case, revenue }
    }

    /// Which are the worst: of equals, the first.
    fn worst(&self) -> Option<Vec<bool>> {
        let n = self.revenue.len();
        let n_worst = (WORST * n as f64) as usize;
        if n_worst < FEWEST {
            return None;
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.revenue[a].total_cmp(&self.revenue[b]));
        let mut is_worst = vec![false; n];
        for &row in &order[..n_worst] {
            is_worst[row] = true;
        }
        Some(is_worst)
    }

    fn symptoms(&self) -> impl Iterator<Item = (String, Vec<f64>)> {
        let metrics = SYMPTOMS.iter().filter_map(|name| Metric::named(name));
        let metrics = metrics.filter(|metric| metric.applies(self.case.scenario));
        metrics.filter_map(|metric| Some((metric.name.to_owned(), values(self.case, metric)?)))
    }
}

/// A metric in every replication; none if it is undefined in any.
fn values(case: Case, metric: &Metric) -> Option<Vec<f64>> {
    let columns = case.replications.records().columns(case.span());
    let rows = 0..case.replications.len();
    rows.map(|row| metric.formula.value(&columns.amounts(row)))
        .collect()
}

/// Values of all futures and of the worst.
struct Split {
    means: [f64; 2],
    sd: f64,
    n: f64,
    n_worst: f64,
}

impl Split {
    fn new(values: &[f64], is_worst: &[bool]) -> Split {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values
            .iter()
            .map(|value| (value - mean) * (value - mean))
            .sum();
        let worst = values.iter().zip(is_worst).filter(|(_, is)| **is);
        let n_worst = worst.clone().count() as f64;
        let of_worst = worst.map(|(value, _)| value).sum::<f64>() / n_worst;
        Split {
            means: [mean, of_worst],
            sd: math::sqrt(squares / (n - 1.0)),
            n,
            n_worst,
        }
    }

    /// The shift, if it is more than luck would do to any of `n_asked` numbers. The mean of `n_worst` of `n`
    /// values, drawn without return in groups of up to `cluster` equal ones, has a standard error of at most
    /// `sd sqrt(cluster (1 / n_worst - 1 / n))`.
    fn shift(&self, name: &str, cluster: f64, n_asked: usize) -> Option<Shift> {
        let shift = (self.means[1] - self.means[0]) / self.sd;
        let error = math::sqrt(cluster * (1.0 / self.n_worst - 1.0 / self.n));
        let level = 1.0 - 0.5 * FALSE_ALARMS / n_asked as f64;
        let limit = Normal::standard().inverse_cdf(level);
        (shift.is_finite() && shift.abs() > limit * error).then(|| Shift {
            name: name.to_owned(),
            means: self.means,
            shift,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sets_the_worst_apart_is_found_and_nothing_else() {
        let n = 400;
        let is_worst: Vec<bool> = (0..n).map(|row| row % 10 == 0).collect();
        let same: Vec<f64> = (0..n).map(|row| f64::from(row / 10 % 7)).collect();
        assert_eq!(Split::new(&same, &is_worst).shift("same", 1.0, 20), None);
        let lower: Vec<f64> = (0..n)
            .map(|row| f64::from(row % 7) - if row % 10 == 0 { 3.0 } else { 0.0 })
            .collect();
        let shift = Split::new(&lower, &is_worst).shift("lower", 2.0, 20);
        let shift = shift.expect("three of two standard deviations");
        assert!(shift.shift < -1.0 && shift.means[1] < shift.means[0]);
        let constant = vec![1.0; n as usize];
        assert_eq!(
            Split::new(&constant, &is_worst).shift("constant", 1.0, 20),
            None
        );
    }
}
