//! A forecast as it is told: its spread set right by the errors of past forecasts, beside what forecast them better.

use std::ops::Range;

use super::History;
use super::backtest::{Backtest, Scores};
use super::baseline::Baseline;
use super::daily::{Daily, Target};
use super::outlook::{Futures, Outlook, Spread, stretched};

/// An outlook with what a back-test says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// As simulated.
    pub outlook: Outlook,
    /// In order of `outlook.horizons`.
    pub horizons: Vec<CalibratedWindow>,
    /// In order of `outlook.months`.
    pub months: Vec<CalibratedWindow>,
    /// Where a baseline was better, in order of horizon and target.
    pub recommended: Vec<Recommended>,
}

/// The forecast of a window, its spread set right. Means are those of the simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibratedWindow {
    pub won: Calibration,
    pub revenue: Calibration,
}

/// A spread and by what the distances from its median were multiplied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    pub spread: Spread,
    pub factor: f64,
}

/// A baseline that forecast the tested windows better, and what it says of the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recommended {
    /// \[days\]
    pub days: usize,
    pub target: Target,
    pub baseline: Baseline,
    /// Windows that it was better in, on average, and how many of them do not overlap.
    pub windows: usize,
    pub apart: usize,
    /// Mean CRPS of the baseline.
    pub crps: f64,
    /// Mean CRPS of the recalibrated forecast.
    pub own_crps: f64,
    /// None if the history is too short for it today.
    pub forecast: Option<Spread>,
}

impl CalibratedWindow {
    pub fn of(&self, target: Target) -> &Calibration {
        match target {
            Target::Won => &self.won,
            Target::Revenue => &self.revenue,
        }
    }
}

impl Calibrated {
    /// The outlook of `futures` for each of `horizons` \[days, ascending\], set right by a back-test of the same
    /// `history`, if there is one, and the baselines that were better in it, with what they say of the days to come.
    ///
    /// A window takes the factor of the tested horizon nearest to its length, the shorter of two, and 1 where none
    /// was tested.
    pub fn new(
        history: &History,
        futures: &Futures,
        horizons: &[usize],
        backtest: Option<&Backtest>,
    ) -> Calibrated {
        let scores: Vec<Scores> = backtest
            .into_iter()
            .flat_map(|backtest| all_scores(backtest, horizons))
            .collect();
        let factors = Factors::new(&scores);
        let outlook = futures.outlook(horizons);
        let window = |days: Range<usize>| CalibratedWindow {
            won: factors.calibrated(futures, Target::Won, days.clone()),
            revenue: factors.calibrated(futures, Target::Revenue, days),
        };
        let mut begun = 0;
        let months = outlook.months.iter().map(|month| {
            let start = begun;
            begun += month.window.days;
            window(start..begun)
        });
        Calibrated {
            months: months.collect(),
            horizons: horizons.iter().map(|&days| window(0..days)).collect(),
            recommended: recommended(history, &scores),
            outlook,
        }
    }
}

/// In order of horizon and target.
fn all_scores(backtest: &Backtest, horizons: &[usize]) -> Vec<Scores> {
    let windows = horizons
        .iter()
        .flat_map(|&days| Target::ALL.map(|target| (days, target)));
    windows
        .filter_map(|(days, target)| backtest.scores(days, target))
        .collect()
}

/// The baselines that were better, and what they say of the days after `history`.
fn recommended(history: &History, scores: &[Scores]) -> Vec<Recommended> {
    let daily = Daily::new(history);
    let better = |scores: &Scores| {
        let (baseline, crps) = scores.better_baseline()?;
        let said = baseline.predict_from(&daily, scores.days as u32, scores.target);
        Some(Recommended {
            days: scores.days,
            target: scores.target,
            baseline,
            windows: scores.windows,
            apart: scores.apart,
            crps,
            own_crps: scores.recalibrated.crps,
            forecast: said.ok().map(|said| Spread {
                mean: said.mean,
                ..Spread::of(said.sample)
            }),
        })
    };
    scores.iter().filter_map(better).collect()
}

impl Scores {
    /// The baseline whose mean CRPS is least and less than that of the recalibrated forecast, with it.
    pub fn better_baseline(&self) -> Option<(Baseline, f64)> {
        let best = self.best_baseline()?;
        (best.1 < self.recalibrated.crps).then_some(best)
    }

    /// The baseline whose mean CRPS is least, with it.
    pub fn best_baseline(&self) -> Option<(Baseline, f64)> {
        let all = self.baselines.iter().map(|said| (said.baseline, said.crps));
        all.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// The factor of each tested horizon.
struct Factors(Vec<(usize, Target, f64)>);

impl Factors {
    fn new(scores: &[Scores]) -> Factors {
        let factor = |of: &Scores| (of.days, of.target, of.spread_factor);
        Factors(scores.iter().map(factor).collect())
    }

    fn nearest(&self, target: Target, days: usize) -> f64 {
        let own = self.0.iter().filter(|(_, of, _)| *of == target);
        let nearest = own.min_by_key(|(tested, ..)| tested.abs_diff(days));
        nearest.map_or(1.0, |(.., factor)| *factor)
    }

    fn calibrated(&self, futures: &Futures, target: Target, days: Range<usize>) -> Calibration {
        let factor = self.nearest(target, days.len());
        let sample = futures.sample(target, days);
        let as_simulated = Spread::of(sample.clone());
        let quantiles = Spread::of(stretched(&sample, factor)).quantiles;
        Calibration {
            spread: Spread {
                quantiles,
                ..as_simulated
            },
            factor,
        }
    }
}
