//! How far a forecast can be trusted: made again on days of the past, from what was known then, and held against
//! what came.

use std::collections::BTreeSet;
use std::ops::Range;

use super::History;
use super::baseline::{Baseline, TooShort};
use super::daily::{Daily, Target};
use super::fit::{Fit, Unfit};
use super::outlook::{Futures, stretched};
use super::score::{self, Outcome, PointErrors, ScoreRatio, Share, Test};
use crate::forecast::{FailedReplication, Plan, Watch, Workers, quantile};
use crate::math;

/// What to go back to, and how to forecast there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Windows `[0, days)` after each origin, ascending \[days, ≥ 1\].
    pub horizons: Vec<usize>,
    /// Most days to go back to.
    pub origins: usize,
    pub seed: u64,
    pub replications: u64,
}

/// The forecasts of a history's past days and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// In order of horizon, target and origin.
    pub windows: Vec<BacktestWindow>,
    /// Horizons that the history is too short for, and why.
    pub refused: Vec<Refused>,
}

/// A horizon that cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// \[days\]
    pub days: usize,
    pub why: String,
}

/// One forecast of the past.
#[derive(Debug, Clone, PartialEq)]
pub struct BacktestWindow {
    /// The last day that was known \[days since 1970-01-01\].
    pub origin: i32,
    /// \[days\]
    pub days: usize,
    pub target: Target,
    pub observed: f64,
    /// The futures that were forecast.
    pub sample: Vec<f64>,
    /// The same after their spread was set right by the windows that were over by then.
    pub recalibrated: Vec<f64>,
    /// In order of [`Baseline::ALL`].
    pub baselines: Vec<Result<BaselineScore, TooShort>>,
}

/// What a baseline said of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineScore {
    pub mean: f64,
    pub crps: f64,
}

/// The scores of one horizon and target.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    pub days: usize,
    pub target: Target,
    pub windows: usize,
    /// Windows of which none overlaps another.
    pub apart: usize,
    pub as_simulated: Accuracy,
    pub recalibrated: Accuracy,
    /// Those that could forecast every window.
    pub baselines: Vec<BaselineAccuracy>,
    /// Mean CRPS of the recalibrated forecasts over that of the baseline that had been best at earlier origins.
    pub against_best_so_far: Option<ScoreRatio>,
    /// By what spreads of today's forecast are multiplied.
    pub spread_factor: f64,
}

/// How good some forecasts were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    pub crps: f64,
    /// Share of windows within the 80 % interval.
    pub coverage: Option<Share>,
    /// Of the 80 % interval.
    pub interval_score: f64,
    /// Mean pinball loss of the quantiles at 10, 25, 50, 75 and 90 %.
    pub pinball: f64,
    pub errors: Option<PointErrors>,
    /// Whether the places of what came among the futures are uniform.
    pub uniformity: Option<Test>,
}

/// How good a baseline was, and how the forecast compares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaselineAccuracy {
    pub baseline: Baseline,
    pub crps: f64,
    pub errors: Option<PointErrors>,
    /// Mean CRPS of the recalibrated forecasts over the baseline's; below 1 the forecast is better.
    pub ratio: Option<ScoreRatio>,
}

/// Why a history cannot be tested.
#[derive(Debug, thiserror::Error)]
pub enum Untestable {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("the fitted scenario is not valid, which is a defect of funnelcast:\n{0}")]
    Invalid(String),
    #[error(transparent)]
    Failed(#[from] FailedReplication),
}

/// Days since the first close before which nothing is forecast: what is learned from less is chance.
const LEARNING_DAYS: usize = 56;
/// The same as a share of the days since the first close: a forecast today has all of them behind it.
const LEARNING_SHARE: f64 = 0.4;
/// Wins before which nothing is forecast.
const LEARNING_WINS: f64 = 10.0;
/// The interval that coverage is of.
const INTERVAL: (f64, f64) = (0.1, 0.9);
/// Levels of the pinball loss.
const PINBALL: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// Assumption: what is known of a forecast's spread before it is tested is worth so many windows.
const WINDOWS_BEFORE: f64 = 4.0;

impl Backtest {
    /// Fits and forecasts at days of the past, evenly spaced from the first that has enough behind it. Cancelled, it
    /// has fewer.
    ///
    /// # Errors
    /// If a history of the past cannot be fitted or run.
    pub fn run(
        history: &History,
        settings: &Settings,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Backtest, Untestable> {
        let daily = Daily::new(history);
        let (origins, refused) = origins(&daily, settings);
        let mut windows = Vec::new();
        for &origin in &origins {
            if watch.cancelled() {
                break;
            }
            windows.extend(at_origin(
                history, &daily, origin, settings, workers, watch,
            )?);
        }
        windows.sort_by_key(|window: &BacktestWindow| (window.days, window.target, window.origin));
        let mut backtest = Backtest { windows, refused };
        backtest.recalibrate();
        Ok(backtest)
    }

    /// Sets each window's spread right by those of its kind that were over at its origin.
    fn recalibrate(&mut self) {
        for at in 0..self.windows.len() {
            let window = &self.windows[at];
            let over = |past: &&BacktestWindow| {
                past.is_like(window) && past.origin + past.days as i32 <= window.origin
            };
            let factor = spread_factor(self.windows.iter().filter(over));
            self.windows[at].recalibrated = stretched(&window.sample, factor);
        }
    }

    /// How many days of the past were forecast from.
    pub fn n_origins(&self) -> usize {
        let origins: BTreeSet<i32> = self.windows.iter().map(|window| window.origin).collect();
        origins.len()
    }

    /// The windows of one horizon and target, in order of time.
    pub fn windows_of(&self, days: usize, target: Target) -> impl Iterator<Item = &BacktestWindow> {
        self.windows
            .iter()
            .filter(move |window| window.days == days && window.target == target)
    }

    /// The scores of one horizon and target; none if there is no window.
    pub fn scores(&self, days: usize, target: Target) -> Option<Scores> {
        let windows: Vec<&BacktestWindow> = self.windows_of(days, target).collect();
        let first = windows.first()?;
        let overlap = overlap(&windows);
        let last = windows[windows.len() - 1];
        let span = (last.origin - first.origin) as usize + days;
        let baselines = Baseline::ALL.iter().enumerate();
        let recalibrated_crps: Vec<f64> = windows
            .iter()
            .map(|window| crps(&window.recalibrated, window.observed))
            .collect();
        let accuracy_of = |(index, &baseline): (usize, &Baseline)| {
            let said: Option<Vec<BaselineScore>> = windows
                .iter()
                .map(|window| window.baselines[index].as_ref().ok().copied())
                .collect();
            let said = said?;
            let outcomes = said.iter().zip(&windows).map(|(said, window)| Outcome {
                forecast: said.mean,
                observed: window.observed,
            });
            let pairs: Vec<(f64, f64)> = recalibrated_crps
                .iter()
                .zip(&said)
                .map(|(own, said)| (*own, said.crps))
                .collect();
            Some(BaselineAccuracy {
                baseline,
                crps: mean(said.iter().map(|said| said.crps)),
                errors: score::point_errors(&outcomes.collect::<Vec<_>>()),
                ratio: score::score_ratio(&pairs, overlap),
            })
        };
        let best_so_far: Vec<(f64, f64)> = windows
            .iter()
            .zip(&recalibrated_crps)
            .filter_map(|(window, own)| Some((*own, self.best_so_far(window)?)))
            .collect();
        Some(Scores {
            days,
            target,
            windows: windows.len(),
            apart: span / days,
            as_simulated: Accuracy::new(&windows, |window| &window.sample),
            recalibrated: Accuracy::new(&windows, |window| &window.recalibrated),
            baselines: baselines.filter_map(accuracy_of).collect(),
            against_best_so_far: score::score_ratio(&best_so_far, overlap),
            spread_factor: spread_factor(windows.iter().copied()),
        })
    }

    /// The CRPS, in a window, of the baseline whose CRPS was least in the windows of its kind that were over by then.
    fn best_so_far(&self, window: &BacktestWindow) -> Option<f64> {
        let over = |past: &&BacktestWindow| {
            past.is_like(window) && past.origin + past.days as i32 <= window.origin
        };
        let past: Vec<&BacktestWindow> = self.windows.iter().filter(over).collect();
        let of = |index: usize| {
            let scores: Option<Vec<f64>> = past
                .iter()
                .map(|past| past.baselines[index].as_ref().ok().map(|said| said.crps))
                .collect();
            let now = window.baselines[index].as_ref().ok()?.crps;
            let scores = scores.filter(|scores| !scores.is_empty())?;
            Some((mean(scores.into_iter()), now))
        };
        let best = (0..Baseline::ALL.len())
            .filter_map(of)
            .min_by(|a, b| a.0.total_cmp(&b.0));
        best.map(|(_, now)| now)
    }
}

impl BacktestWindow {
    fn is_like(&self, other: &BacktestWindow) -> bool {
        self.days == other.days && self.target == other.target
    }

    /// The place of what came among the futures, as a normal score.
    fn normal_score(&self) -> f64 {
        math::normal_quantile(self.place_among(&self.sample).clamp(1e-4, 1.0 - 1e-4))
    }

    /// The place of what came among `futures`, in (0, 1): uniform where the forecast is calibrated.
    pub fn place_among(&self, futures: &[f64]) -> f64 {
        let seed = u64::from(self.origin.unsigned_abs());
        score::randomised_pit(futures, self.observed, seed, self.days as u64)
    }
}

impl Accuracy {
    fn new<'a>(
        windows: &[&'a BacktestWindow],
        sample: impl Fn(&'a BacktestWindow) -> &'a Vec<f64>,
    ) -> Accuracy {
        let spreads: Vec<(Vec<f64>, f64)> = windows
            .iter()
            .map(|window| {
                let mut sorted = sample(window).clone();
                sorted.sort_by(f64::total_cmp);
                (sorted, window.observed)
            })
            .collect();
        let interval =
            |sorted: &[f64]| (quantile(sorted, INTERVAL.0), quantile(sorted, INTERVAL.1));
        let outcomes: Vec<Outcome> = windows
            .iter()
            .map(|window| Outcome {
                forecast: mean(sample(window).iter().copied()),
                observed: window.observed,
            })
            .collect();
        let places = windows.iter().enumerate().map(|(nth, window)| {
            score::randomised_pit(
                sample(window),
                window.observed,
                u64::from(window.origin.unsigned_abs()),
                nth as u64,
            )
        });
        Accuracy {
            crps: mean(
                spreads
                    .iter()
                    .map(|(sorted, observed)| crps(sorted, *observed)),
            ),
            coverage: score::coverage(spreads.iter().map(|(sorted, observed)| {
                let (low, high) = interval(sorted);
                (low, high, *observed)
            })),
            interval_score: mean(spreads.iter().map(|(sorted, observed)| {
                score::interval_score(INTERVAL.1 - INTERVAL.0, interval(sorted), *observed)
            })),
            pinball: mean(spreads.iter().flat_map(|(sorted, observed)| {
                PINBALL
                    .iter()
                    .map(move |&level| score::pinball(level, quantile(sorted, level), *observed))
            })),
            errors: score::point_errors(&outcomes),
            uniformity: score::uniformity(&places.collect::<Vec<_>>()),
        }
    }
}

/// The days to go back to, ascending, and the horizons that none of them leaves room for.
fn origins(daily: &Daily, settings: &Settings) -> (Vec<i32>, Vec<Refused>) {
    let learned = daily.first_close.and_then(|first| {
        let enough_wins = (1..=daily.days).find(|&day| daily.won.before(day) >= LEARNING_WINS)?;
        let share = (LEARNING_SHARE * (daily.days - first) as f64) as usize;
        Some((first + LEARNING_DAYS.max(share)).max(enough_wins))
    });
    let day_of = |known: usize| daily.first_day + known as i32 - 1;
    let mut refused = Vec::new();
    let mut room: Vec<usize> = Vec::new();
    for &days in &settings.horizons {
        match learned {
            Some(learned) if learned + days <= daily.days => room.push(days),
            Some(learned) => refused.push(Refused {
                days,
                why: format!(
                    "a first forecast needs {LEARNING_DAYS} days after the first close, two fifths of all that there are, and {LEARNING_WINS} wins, which leaves {} days to score it on",
                    daily.days.saturating_sub(learned)
                ),
            }),
            None => refused.push(Refused {
                days,
                why: format!("fewer than {LEARNING_WINS} wins"),
            }),
        }
    }
    let (Some(learned), Some(shortest)) = (learned, room.iter().min()) else {
        return (Vec::new(), refused);
    };
    let span = daily.days - shortest - learned;
    let n = settings.origins.min(span + 1).max(1);
    let origin = |i: usize| match n {
        1 => learned + span,
        _ => learned + i * span / (n - 1),
    };
    ((0..n).map(|i| day_of(origin(i))).collect(), refused)
}

/// The forecasts at one day of the past, of every horizon that is over.
fn at_origin(
    history: &History,
    daily: &Daily,
    origin: i32,
    settings: &Settings,
    workers: &Workers,
    watch: &dyn Watch,
) -> Result<Vec<BacktestWindow>, Untestable> {
    let known = (origin - daily.first_day + 1) as usize;
    let horizons = settings
        .horizons
        .iter()
        .copied()
        .filter(|days| known + days <= daily.days);
    let horizons: Vec<usize> = horizons.collect();
    let past = history.as_of(origin);
    let longest = horizons.iter().copied().max().unwrap_or(1);
    let draft = Fit::new(&past)?.draft(super::Draft::PIPELINE);
    let scenario = draft
        .scenario(longest)
        .map_err(|faults| Untestable::Invalid(faults.to_string()))?;
    let plan = Plan {
        seed: settings.seed,
        range: 0..settings.replications,
        ..Plan::default()
    };
    let futures = Futures::run(&scenario, &plan, workers, watch)?;
    if (futures.len() as u64) < settings.replications {
        // Cancelled: fewer futures are no fair test.
        return Ok(Vec::new());
    }
    let past_daily = Daily::new(&past);
    let mut windows = Vec::new();
    for &days in &horizons {
        for target in targets(daily) {
            let observed = daily.total(target, known, known + days);
            let said = |baseline: &Baseline| {
                let prediction = baseline.predict_from(&past_daily, days as u32, target)?;
                Ok(BaselineScore {
                    mean: prediction.mean,
                    crps: crps(&prediction.sample, observed),
                })
            };
            windows.push(BacktestWindow {
                origin,
                days,
                target,
                observed,
                sample: futures.sample(
                    target,
                    Range {
                        start: 0,
                        end: days,
                    },
                ),
                recalibrated: Vec::new(),
                baselines: Baseline::ALL.iter().map(said).collect(),
            });
        }
    }
    Ok(windows)
}

/// What there is to score: revenue only where values are known.
fn targets(daily: &Daily) -> Vec<Target> {
    let has_values = daily.valued.before(daily.days) > 0.0;
    let scored = |target: &Target| has_values || *target == Target::Won;
    Target::ALL.into_iter().filter(scored).collect()
}

/// CRPS of a sample; the distance to its one value if there is but one.
fn crps(sample: &[f64], observed: f64) -> f64 {
    score::crps(sample, observed).unwrap_or_else(|| {
        sample
            .first()
            .map_or(f64::NAN, |only| (only - observed).abs())
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + value));
    if n > 0.0 { sum / n } else { 0.0 }
}

/// How many windows in a row overlap, at least 1.
fn overlap(windows: &[&BacktestWindow]) -> usize {
    let steps = windows
        .windows(2)
        .map(|pair| (pair[1].origin - pair[0].origin).max(1) as usize);
    steps
        .min()
        .map_or(1, |step| windows[0].days.div_ceil(step).max(1))
}

/// By what the spread of a forecast must be multiplied, by past windows in order of time: the root mean square of the
/// normal scores of what came. Windows that overlap count as many as would fit side by side, and so many more are
/// taken to have been right.
fn spread_factor<'a>(past: impl Iterator<Item = &'a BacktestWindow>) -> f64 {
    const MOST_SCORE: f64 = 3.0;
    let past: Vec<&BacktestWindow> = past.collect();
    let weight = 1.0 / overlap(&past) as f64;
    let squares: f64 = past
        .iter()
        .map(|window| {
            let score = window.normal_score().clamp(-MOST_SCORE, MOST_SCORE);
            weight * score * score
        })
        .sum();
    let n = weight * past.len() as f64;
    ((WINDOWS_BEFORE + squares) / (WINDOWS_BEFORE + n)).sqrt()
}
