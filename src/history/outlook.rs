//! What comes of the open pipeline and of new leads: wins and revenue of the days after a history, in many futures.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::Date;

use super::calendar::date_of;
use super::daily::Target;
use super::draft::Draft;
use crate::forecast::{
    FailedReplication, LEVELS, Metric, Plan, Records, Span, Watch, Workers, quantile,
    replicate_reduced,
};
use crate::scenario::{Faults, Scenario};

/// Every future of a scenario, day by day.
#[derive(Debug, Clone, PartialEq)]
pub struct Futures {
    /// Day 0.
    pub start: Date,
    /// `[quantity][day][replication]`
    days: [Vec<Vec<f64>>; QUANTITIES.len()],
}

/// The metrics that are kept of each day.
const QUANTITIES: [&str; 4] = [
    "won",
    "won_from_pipeline",
    "revenue",
    "revenue_from_pipeline",
];

/// A forecast of some windows, each from day 0 on, and of the months that they touch.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The last day that is known.
    pub as_of: Date,
    pub replications: usize,
    pub horizons: Vec<WindowOutlook>,
    pub months: Vec<MonthOutlook>,
}

/// A forecast of `[0, days)`, or of a part of a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowOutlook {
    /// \[days\]
    pub days: usize,
    pub won: Spread,
    pub revenue: Spread,
    /// Means of what records bring that are open at day 0.
    pub from_pipeline: Brought,
    /// Means of what leads bring that come later.
    pub from_new_leads: Brought,
}

/// A forecast of those days of a calendar month that lie within the longest window.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthOutlook {
    /// `2026-07`
    pub month: String,
    pub window: WindowOutlook,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Brought {
    pub won: f64,
    /// \[money\]
    pub revenue: f64,
}

/// What a number may come to: process noise, doubt and drift together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub mean: f64,
    /// Monte Carlo error of the mean, which more replications make smaller.
    pub standard_error: f64,
    /// At [`LEVELS`].
    pub quantiles: [f64; LEVELS.len()],
}

impl Draft {
    /// The scenario as one that runs for so many days and counts each of them.
    ///
    /// # Errors
    /// If the draft is no valid scenario, which is a defect.
    pub fn scenario(&self, days: usize) -> Result<Scenario, Faults> {
        let files: BTreeMap<PathBuf, Vec<u8>> = [
            ("fitted.toml".into(), self.scenario.clone().into_bytes()),
            (Draft::PIPELINE.into(), self.pipeline.clone().into_bytes()),
        ]
        .into();
        let (scenario, ..) = Scenario::load("fitted.toml", &day_by_day(days), &files)?;
        Ok(scenario)
    }
}

/// What must be set of a scenario for its futures to be seen day by day.
pub fn day_by_day(days: usize) -> [String; 2] {
    [format!("horizon={days}"), "periods=1".to_owned()]
}

impl Futures {
    /// Runs replications of a scenario whose periods are days. Cancelled, it has fewer, without gaps.
    ///
    /// # Errors
    /// If a replication fails, which is a defect of the engine.
    pub fn run(
        scenario: &Scenario,
        plan: &Plan,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Futures, FailedReplication> {
        let metrics: Vec<&Metric> = QUANTITIES
            .iter()
            .filter_map(|name| Metric::named(name))
            .collect();
        let n_days = scenario.periods.len();
        let mut days: [Vec<Vec<f64>>; QUANTITIES.len()] =
            std::array::from_fn(|_| vec![Vec::new(); n_days]);
        replicate_reduced(
            &[scenario],
            plan,
            workers,
            watch,
            |_, records| {
                let n = records.len();
                let records = Records::from(records);
                let of_day = |day: usize| {
                    let columns = records.columns(Span::Tally(day));
                    let row = |row: usize| {
                        let amounts = columns.amounts(row);
                        metrics
                            .iter()
                            .map(|metric| metric.formula.value(&amounts).unwrap_or(0.0))
                            .collect::<Vec<f64>>()
                    };
                    (0..n).map(row).collect::<Vec<_>>()
                };
                (0..n_days).map(of_day).collect::<Vec<_>>()
            },
            |_, _| (),
            |_, of_scenarios, ()| {
                for (day, rows) in of_scenarios.into_iter().flatten().enumerate() {
                    for values in rows {
                        for (quantity, value) in days.iter_mut().zip(values) {
                            quantity[day].push(value);
                        }
                    }
                }
            },
        )?;
        Ok(Futures {
            start: scenario.start,
            days,
        })
    }

    /// How many replications there are.
    pub fn len(&self) -> usize {
        self.days[0].first().map_or(0, Vec::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What each future brings in a window of days.
    pub fn sample(&self, target: Target, days: Range<usize>) -> Vec<f64> {
        match target {
            Target::Won => self.sums(0, days),
            Target::Revenue => self.sums(2, days),
        }
    }

    fn sums(&self, quantity: usize, days: Range<usize>) -> Vec<f64> {
        let mut sums = vec![0.0; self.len()];
        for day in days {
            let values = self.days[quantity].get(day).into_iter().flatten();
            sums.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += value);
        }
        sums
    }

    /// The forecast of the windows up to each of `horizons` \[days\].
    pub fn outlook(&self, horizons: &[usize]) -> Outlook {
        let longest = horizons.iter().copied().max().unwrap_or(0);
        Outlook {
            as_of: self.start.yesterday().unwrap_or(self.start),
            replications: self.len(),
            horizons: horizons.iter().map(|&days| self.window(0..days)).collect(),
            months: self.months(longest),
        }
    }

    fn window(&self, days: Range<usize>) -> WindowOutlook {
        let mean = |quantity: usize| mean(&self.sums(quantity, days.clone()));
        let [won, old_won, revenue, old_revenue] = [mean(0), mean(1), mean(2), mean(3)];
        WindowOutlook {
            days: days.len(),
            won: Spread::of(self.sample(Target::Won, days.clone())),
            revenue: Spread::of(self.sample(Target::Revenue, days.clone())),
            from_pipeline: Brought {
                won: old_won,
                revenue: old_revenue,
            },
            from_new_leads: Brought {
                won: won - old_won,
                revenue: revenue - old_revenue,
            },
        }
    }

    fn months(&self, longest: usize) -> Vec<MonthOutlook> {
        let first = super::calendar::day_of(self.start);
        let month = |day: usize| date_of(first + day as i32).strftime("%Y-%m").to_string();
        let mut months: Vec<MonthOutlook> = Vec::new();
        let mut begun = 0;
        for day in 1..=longest {
            if day == longest || month(day) != month(begun) {
                months.push(MonthOutlook {
                    month: month(begun),
                    window: self.window(begun..day),
                });
                begun = day;
            }
        }
        months
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Spread {
    /// The spread of a sample whose neighbours `2k` and `2k + 1` share their doubts; 0 without a value. O(n log n).
    pub fn of(mut sample: Vec<f64>) -> Spread {
        let mean = mean(&sample);
        let pairs: Vec<f64> = sample.chunks(2).map(self::mean).collect();
        let squares: f64 = pairs.iter().map(|pair| (pair - mean) * (pair - mean)).sum();
        let n = pairs.len() as f64;
        sample.sort_by(f64::total_cmp);
        Spread {
            mean,
            standard_error: (squares / (n * (n - 1.0)).max(1.0)).sqrt(),
            quantiles: match sample.is_empty() {
                true => [0.0; LEVELS.len()],
                false => LEVELS.map(|level| quantile(&sample, level)),
            },
        }
    }
}

/// The sample with the distance from its median multiplied; not below 0.
pub(super) fn stretched(sample: &[f64], factor: f64) -> Vec<f64> {
    let median = Spread::of(sample.to_vec()).quantiles[3];
    sample
        .iter()
        .map(|value| (median + factor * (value - median)).max(0.0))
        .collect()
}
