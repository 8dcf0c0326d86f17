//! The forecasts that a user would otherwise make of a history, each with its own past errors.
//!
//! All look at a window `[0, days)` after the history's last day, and at nothing that was not known then.

use augurs_core::{Fit, Predict};
use augurs_ets::{AutoETS, AutoSpec};

use super::History;
use super::daily::{Daily, Target};
use crate::distribution::poisson_quantile;
use crate::math;

/// A rule of thumb, or a textbook method, that needs no model of the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Baseline {
    /// The total of the days just past, as many as the window has.
    LastPeriod,
    /// The total of the same window a quarter (91 days) ago; for longer windows, of the latest multiple of it that is over.
    LastQuarter,
    /// The total of the same window a year (364 days: same days of the week) ago; for longer windows likewise.
    LastYear,
    /// The mean per day since the first close.
    MeanRate,
    /// Open records × closed per open record and day over the last year × days × share won of those closed in that year.
    OpenTimesWinRate,
    /// Open records of each stage × share won of those closed that had ever been in it, spread evenly over the mean days from
    /// entry to win.
    StageWeighted,
    /// The rate of the last 364 days × how much the same windows of earlier years were above the 364 days before them.
    Seasonal,
    /// Exponential smoothing of weekly totals, with or without a trend, damped or not, by corrected AIC.
    Smoothing,
}

/// A forecast of a total.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The method's point forecast \[≥ 0\].
    pub mean: f64,
    /// Equally likely values, ascending \[≥ 0\]; see [`Baseline::predict`].
    pub sample: Vec<f64>,
}

/// Why a history yields no forecast.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TooShort {
    #[error("nothing was closed yet")]
    NothingClosed,
    #[error("needs {needed} days since the first close, and there are {there}")]
    Days { needed: usize, there: usize },
    #[error("nothing was won yet")]
    NothingWon,
    #[error("the value of no won record is known")]
    NoValue,
    #[error("exponential smoothing finds no model")]
    NoModel,
}

const QUARTER: usize = 91;
/// Whole weeks, so that days of the week stand where they stood.
const YEAR: usize = 364;
const WEEK: usize = 7;
/// Fewer days tell no rate.
const FEWEST_DAYS: usize = 28;
/// Fewer weeks fit no smoothing with a damped trend.
const FEWEST_WEEKS: usize = 20;
/// What is longer ago than five years tells the smoothing nothing more.
const MOST_WEEKS: usize = 260;
/// Past windows that are looked at: the latest.
const MOST_ERRORS: usize = 52;
/// With fewer past errors than this the spread is Poisson noise alone.
const FEWEST_ERRORS: usize = 5;
/// They must stretch over so many windows that do not overlap.
const FEWEST_WINDOWS: usize = 2;
/// Values of a sample of Poisson noise.
const GRID: usize = 99;

impl Baseline {
    pub const ALL: [Baseline; 8] = [
        Baseline::LastPeriod,
        Baseline::LastQuarter,
        Baseline::LastYear,
        Baseline::MeanRate,
        Baseline::OpenTimesWinRate,
        Baseline::StageWeighted,
        Baseline::Seasonal,
        Baseline::Smoothing,
    ];

    /// As reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Baseline::LastPeriod => "last period again",
            Baseline::LastQuarter => "same window a quarter ago",
            Baseline::LastYear => "same window a year ago",
            Baseline::MeanRate => "mean rate so far",
            Baseline::OpenTimesWinRate => "open records times win rate",
            Baseline::StageWeighted => "stage-weighted pipeline",
            Baseline::Seasonal => "yearly rate with seasonal factor",
            Baseline::Smoothing => "exponential smoothing",
        }
    }

    /// The total of `target` over the `days` \[≥ 1\] days after the history's last one.
    ///
    /// The sample is the point forecast plus the errors that the method would have made at earlier windows of the history, each
    /// from what was known then: up to 52 windows, begun every week or every quarter of a window. Errors count in units of the
    /// root of their forecast (assumption: between noise of counts and noise of rates); their bias makes the sample wider, it does
    /// not move it. Where they are smaller than Poisson noise they are stretched to it; with fewer than 5, or fewer than 2 windows apart, the sample is Poisson noise
    /// around the point, for revenue in steps of the mean square of a value over its mean, which has the variance of a compound
    /// Poisson law.
    ///
    /// # Errors
    /// If the history is too short for the method. Records whose value is not known bring none.
    pub fn predict(
        self,
        history: &History,
        days: u32,
        target: Target,
    ) -> Result<Prediction, TooShort> {
        self.predict_from(&Daily::new(history), days, target)
    }

    /// [`Baseline::predict`] from the history's daily totals.
    ///
    /// # Errors
    /// As there.
    pub fn predict_from(
        self,
        daily: &Daily,
        days: u32,
        target: Target,
    ) -> Result<Prediction, TooShort> {
        let window = (days as usize).max(1);
        let now = Known::new(daily, daily.days, target)?;
        let mean = self.point(&now, window)?;
        let step = now.step()?;
        let errors = self.past_errors(daily, window, target);
        let sample = spread(mean, step, errors).unwrap_or_else(|| poisson_noise(mean, step));
        Ok(Prediction { mean, sample })
    }

    /// The point forecast for `window` days.
    fn point(self, known: &Known<'_>, window: usize) -> Result<f64, TooShort> {
        let point = match self {
            Baseline::LastPeriod => known.ago(window, window)?,
            Baseline::LastQuarter => known.ago(window.div_ceil(QUARTER) * QUARTER, window)?,
            Baseline::LastYear => known.ago(window.div_ceil(YEAR) * YEAR, window)?,
            Baseline::MeanRate => known.mean_rate(window)?,
            Baseline::OpenTimesWinRate => known.open_times_win_rate(window)?,
            Baseline::StageWeighted => known.stage_weighted(window)?,
            Baseline::Seasonal => known.seasonal(window)?,
            Baseline::Smoothing => known.smoothing(window)?,
        };
        Ok(point.max(0.0))
    }

    /// Observed less forecast at earlier windows, over the root of the forecast; none if they do not stretch far enough.
    fn past_errors(self, daily: &Daily, window: usize, target: Target) -> Vec<f64> {
        let stride = WEEK.max(window.div_ceil(4));
        let mut errors = Vec::new();
        let mut end = daily.days.checked_sub(window);
        while let Some(at) = end
            && errors.len() < MOST_ERRORS
            && let Ok(then) = Known::new(daily, at, target)
            && let Ok(point) = self.point(&then, window)
            && let Ok(step) = then.step()
        {
            let observed = daily.total(target, at, at + window);
            errors.push((observed - point) / math::sqrt(point.max(step)));
            end = at.checked_sub(stride);
        }
        let windows = errors.len().saturating_sub(1) * stride / window + 1;
        if errors.len() < FEWEST_ERRORS || windows < FEWEST_WINDOWS {
            errors.clear();
        }
        errors
    }
}

/// The point with its errors, ascending: around it, as wide as they were large. `None` without errors, or if all are the same.
fn spread(mean: f64, step: f64, errors: Vec<f64>) -> Option<Vec<f64>> {
    let n = errors.len() as f64;
    let bias = errors.iter().sum::<f64>() / n;
    let squares = |off: f64| -> f64 {
        errors
            .iter()
            .map(|error| (error - off) * (error - off))
            .sum()
    };
    let sd = math::sqrt(squares(bias) / n);
    let size = math::sqrt(squares(0.0) / n);
    let unit = math::sqrt(mean.max(step));
    // Poisson noise has variance mean × step.
    let floor = math::sqrt(mean * step) / unit;
    let stretch = size.max(floor) / sd;
    if errors.is_empty() || !stretch.is_finite() {
        return None;
    }
    let values = errors
        .iter()
        .map(|error| mean + unit * stretch * (error - bias));
    let mut sample: Vec<f64> = values.map(|value| value.max(0.0)).collect();
    sample.sort_unstable_by(f64::total_cmp);
    Some(sample)
}

/// Quantiles of a Poisson law of this mean whose counts are worth `step` each.
fn poisson_noise(mean: f64, step: f64) -> Vec<f64> {
    let levels = (0..GRID).map(|i| (i as f64 + 0.5) / GRID as f64);
    levels
        .map(|level| poisson_quantile(mean / step, level) as f64 * step)
        .collect()
}

/// Daily totals of which only the days before `end` are known.
struct Known<'a> {
    daily: &'a Daily,
    end: usize,
    target: Target,
    /// Index of the first day on which something was closed.
    first: usize,
}

impl<'a> Known<'a> {
    fn new(daily: &'a Daily, end: usize, target: Target) -> Result<Self, TooShort> {
        let closed = daily.first_close.filter(|first| *first < end);
        Ok(Self {
            daily,
            end,
            target,
            first: closed.ok_or(TooShort::NothingClosed)?,
        })
    }

    /// Index of the day `days` before the end, if it is not before the first close.
    fn back(&self, days: usize) -> Result<usize, TooShort> {
        let there = self.end - self.first;
        if there < days {
            return Err(TooShort::Days {
                needed: days,
                there,
            });
        }
        Ok(self.end - days)
    }

    /// What was won in the `window` days that began `days` before the end.
    fn ago(&self, days: usize, window: usize) -> Result<f64, TooShort> {
        let from = self.back(days)?;
        Ok(self.daily.total(self.target, from, from + window))
    }

    fn mean_rate(&self, window: usize) -> Result<f64, TooShort> {
        self.back(FEWEST_DAYS)?;
        let total = self.daily.total(self.target, self.first, self.end);
        Ok(total / (self.end - self.first) as f64 * window as f64)
    }

    /// The first day of the last year, or of what there is of it.
    fn last_year(&self) -> Result<usize, TooShort> {
        self.back(FEWEST_DAYS)?;
        Ok(self.first.max(self.end.saturating_sub(YEAR)))
    }

    fn open_times_win_rate(&self, window: usize) -> Result<f64, TooShort> {
        let from = self.last_year()?;
        let closed = self.daily.closed.over(from, self.end);
        let record_days = self.daily.open.over(from, self.end);
        if closed == 0.0 || record_days == 0.0 {
            return Ok(0.0);
        }
        let win_rate = self.daily.won.over(from, self.end) / closed;
        let closing = closed / record_days * window as f64;
        let open = self.daily.open.last_before(self.end);
        Ok(open * closing * win_rate * self.worth()?)
    }

    fn stage_weighted(&self, window: usize) -> Result<f64, TooShort> {
        self.back(FEWEST_DAYS)?;
        let won = self.daily.won.before(self.end);
        if won == 0.0 {
            return Err(TooShort::NothingWon);
        }
        let cycle = self.daily.won_cycle.before(self.end) / won;
        let due = (window as f64 / cycle).min(1.0);
        let stages = self.daily.stages.iter().map(|stage| {
            let closed = stage.closed.before(self.end).max(1.0);
            stage.open.last_before(self.end) * stage.won.before(self.end) / closed
        });
        Ok(stages.sum::<f64>() * due * self.worth()?)
    }

    fn seasonal(&self, window: usize) -> Result<f64, TooShort> {
        let ago = window.div_ceil(YEAR) * YEAR;
        self.back(ago + YEAR)?;
        let level = |end: usize| {
            let year = self.daily.total(self.target, end - YEAR, end);
            year * window as f64 / YEAR as f64
        };
        let years = (1..).map_while(|year| self.back(year * ago + YEAR).ok());
        let (mut seen, mut levels) = (0.0, 0.0);
        for from in years.map(|before| before + YEAR) {
            seen += self.daily.total(self.target, from, from + window);
            levels += level(from);
        }
        let factor = if levels > 0.0 { seen / levels } else { 1.0 };
        Ok(level(self.end) * factor)
    }

    fn smoothing(&self, window: usize) -> Result<f64, TooShort> {
        // No further ahead than back.
        self.back(window.max(FEWEST_WEEKS * WEEK))?;
        let weeks = ((self.end - self.first) / WEEK).min(MOST_WEEKS);
        let begin = self.end - weeks * WEEK;
        let starts = (0..weeks).map(|week| begin + week * WEEK);
        let totals: Vec<f64> = starts
            .map(|from| self.daily.total(self.target, from, from + WEEK))
            .collect();
        let ahead = smoothed(&totals, window.div_ceil(WEEK))?;
        let shares = (0..ahead.len()).map(|week| {
            let left = window - week * WEEK;
            left.min(WEEK) as f64 / WEEK as f64
        });
        Ok(ahead
            .iter()
            .zip(shares)
            .map(|(total, share)| total.max(0.0) * share)
            .sum())
    }

    /// The mean value of a won record so far, where values are the target; else 1.
    fn worth(&self) -> Result<f64, TooShort> {
        self.over_valued(self.daily.revenue.before(self.end))
    }

    /// What one step of the target's noise is worth: the variance of a compound Poisson total over its mean.
    fn step(&self) -> Result<f64, TooShort> {
        let squares = self.daily.squared_value.before(self.end);
        Ok(self.over_valued(squares)? / self.worth()?)
    }

    fn over_valued(&self, sum: f64) -> Result<f64, TooShort> {
        let valued = self.daily.valued.before(self.end);
        match self.target {
            Target::Won => Ok(1.0),
            Target::Revenue if valued > 0.0 && sum > 0.0 => Ok(sum / valued),
            Target::Revenue => Err(TooShort::NoValue),
        }
    }
}

/// The next `horizon` totals by exponential smoothing with additive errors: levels, trends and damped trends by corrected AIC.
fn smoothed(totals: &[f64], horizon: usize) -> Result<Vec<f64>, TooShort> {
    let largest = totals.iter().copied().fold(0.0, f64::max);
    // Without variance the likelihood is infinite and the simplex has no size.
    if totals.iter().all(|total| *total == totals[0]) {
        return Ok(vec![totals[0]; horizon]);
    }
    let spec: AutoSpec = "AZN".parse().map_err(|_| TooShort::NoModel)?;
    let scaled: Vec<f64> = totals.iter().map(|total| total / largest).collect();
    let fitted = AutoETS::from_spec(1, spec).fit(&scaled);
    let ahead = fitted.and_then(|model| model.predict(horizon, None));
    let points = ahead.map_err(|_| TooShort::NoModel)?.point;
    let finite = points.iter().all(|point| point.is_finite());
    finite
        .then(|| points.iter().map(|point| point * largest).collect())
        .ok_or(TooShort::NoModel)
}

#[cfg(test)]
mod tests {
    use super::super::{About, End, NONE, Record, Stay};
    use super::*;

    /// Two records a day and `extra` ones, for `days` days, each open 10 days: the first is lost, the others are won at 100.
    fn steady(days: i32, extra: impl Fn(i32) -> usize) -> History {
        let about = About {
            as_of: days - 1,
            ..About::default()
        };
        let mut history = History::new(about, vec!["deal".into()]);
        for day in 0..days {
            for nth in 0..2 + extra(day) {
                let left = f64::from(day) + 10.5;
                let open = left >= f64::from(days);
                let end = if nth == 0 { End::Lost } else { End::Won };
                let stay = Stay {
                    entered: f64::from(day) + 0.5,
                    left: if open { f64::INFINITY } else { left },
                    stage: 0,
                    end: if open { End::Open } else { end },
                };
                let record = Record {
                    channel: NONE,
                    segment: NONE,
                    owner: NONE,
                    first_stay: 0,
                    value: 100.0,
                };
                history.push("x", record, [stay]);
            }
        }
        history
    }

    /// One win a day, of two records a day that stay 10 days: all methods know it.
    #[test]
    fn all_methods_agree_on_a_steady_past() {
        let daily = Daily::new(&steady(1100, |_| 0));
        for baseline in Baseline::ALL {
            for (target, unit) in [(Target::Won, 1.0), (Target::Revenue, 100.0)] {
                let prediction = baseline.predict_from(&daily, 30, target).unwrap();
                // Stage-weighted: 20 open, half of them won, due whole within the 10 days of a cycle.
                let expected = match baseline {
                    Baseline::StageWeighted => 10.0 * unit,
                    _ => 30.0 * unit,
                };
                let off = (prediction.mean / expected - 1.0).abs();
                assert!(off < 0.01, "{}: {}", baseline.name(), prediction.mean);
                assert!(prediction.sample.is_sorted());
            }
        }
    }

    /// A past without errors leaves Poisson noise: a sample of mean 30 and variance 30, less what 99 quantiles cut off.
    #[test]
    fn noise_is_poisson_at_least() {
        let history = steady(1100, |_| 0);
        for (target, unit) in [(Target::Won, 1.0), (Target::Revenue, 100.0)] {
            let sample = Baseline::LastPeriod
                .predict(&history, 30, target)
                .unwrap()
                .sample;
            let n = sample.len() as f64;
            let mean = sample.iter().sum::<f64>() / n / unit;
            let variance =
                sample.iter().map(|x| x * x).sum::<f64>() / n / unit / unit - mean * mean;
            assert!(
                (mean - 30.0).abs() < 0.2 && (variance - 30.0).abs() < 1.5,
                "{mean} {variance}"
            );
        }
    }

    /// Twice as many wins in every other quarter: the quarter before is wrong by half or double, the year before is right, and
    /// the spread of the wrong one says so.
    #[test]
    fn errors_of_the_past_make_the_spread() {
        let history = steady(1120, |day| usize::from((day / 91) % 2 == 0));
        let width = |baseline: Baseline| {
            let sample = baseline.predict(&history, 28, Target::Won).unwrap().sample;
            sample[sample.len() * 9 / 10] - sample[sample.len() / 10]
        };
        assert!(width(Baseline::LastQuarter) > 2.0 * width(Baseline::LastYear));
        let seasonal = Baseline::Seasonal
            .predict(&history, 28, Target::Won)
            .unwrap();
        let year = Baseline::LastYear
            .predict(&history, 28, Target::Won)
            .unwrap();
        assert!((seasonal.mean / year.mean - 1.0).abs() < 0.1);
    }

    /// What comes after the cut changes no forecast.
    #[test]
    fn no_forecast_knows_the_future() {
        let whole = steady(900, |day| (day % 5) as usize);
        let cut = whole.as_of(799);
        let same = steady(900, |day| if day < 800 { (day % 5) as usize } else { 9 }).as_of(799);
        for baseline in Baseline::ALL {
            let of = |history: &History| baseline.predict(history, 30, Target::Won);
            assert_eq!(of(&cut), of(&same));
        }
        let daily = Daily::new(&whole);
        let then = Known::new(&daily, 800, Target::Won).unwrap();
        for baseline in Baseline::ALL {
            let mean = baseline.predict(&cut, 30, Target::Won).unwrap().mean;
            assert_eq!(baseline.point(&then, 30), Ok(mean), "{}", baseline.name());
        }
    }

    #[test]
    fn short_histories_say_why() {
        let predict = |baseline: Baseline, history: &History| {
            baseline.predict(history, 30, Target::Won).map(|_| ())
        };
        let none = History::new(About::default(), vec![]);
        for baseline in Baseline::ALL {
            assert_eq!(predict(baseline, &none), Err(TooShort::NothingClosed));
            for days in 1..80 {
                let _ = predict(baseline, &steady(days, |_| 0));
            }
        }
        let short = steady(200, |_| 0);
        let days = |needed| Err(TooShort::Days { needed, there: 190 });
        assert_eq!(predict(Baseline::LastYear, &short), days(364));
        assert_eq!(predict(Baseline::Seasonal, &short), days(728));
        assert_eq!(predict(Baseline::Smoothing, &short), Ok(()));
        let mut worthless = short.clone();
        worthless
            .records
            .iter_mut()
            .for_each(|record| record.value = f64::NAN);
        let revenue = Baseline::MeanRate.predict(&worthless, 30, Target::Revenue);
        assert_eq!(revenue, Err(TooShort::NoValue));
    }

    /// Growth from 10 to 30 a week is smoothed with a trend.
    #[test]
    fn smoothing_follows_a_trend() {
        let totals: Vec<f64> = (0..100)
            .map(|week| 10.0 + 0.2 * f64::from(week) + f64::from(week % 3))
            .collect();
        let ahead = smoothed(&totals, 4).unwrap();
        assert!(
            ahead.iter().all(|total| (29.0..34.0).contains(total)),
            "{ahead:?}"
        );
    }
}
