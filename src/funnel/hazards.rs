//! Closing by hazards: each outcome draws a unit exponential number, and the one whose hazard uses it up first happens.
//!
//! The hazard of an outcome `c` at age `a` on day `t` is `ratio_c * level_c(t) * rhythm_c(t) * per_day_c(a) / f`: a
//! proportional-hazards model (D. R. Cox, J. R. Stat. Soc. B 34, 1972) with one baseline per cause. What is added to
//! the log-odds of winning multiplies the hazard of winning by its exponential, so that at every age the odds of won
//! against lost change by that factor; `f` is the factor on the cycle. Both are those of the day on which the stage
//! is entered, as are the ages; level and rhythm are those of each day.

use super::awareness::{Days, rhythm_by_day};
use super::clock::Clock;
use super::closing::{MOST_LOG_ODDS, Outcome};
use super::lead::Lead;
use super::observe::{Observer, Reading};
use super::parameters::known;
use super::run::Run;
use crate::math;
use crate::random::Decision;
use crate::scenario::{self, Quantity, Timed};

/// More than this a day is at once; sums of it are still numbers.
const MOST_PER_DAY: f64 = 1e12;

/// The hazards of a stage at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hazards {
    /// Advance, lost, no decision: of two that come at once, the first happens.
    causes: [Cause; 3],
    quality_effect: Timed<f64>,
}

/// The hazard of one outcome.
#[derive(Debug, Clone, PartialEq)]
struct Cause {
    /// By the day of entry; none of it: never.
    ages: Timed<Vec<Age>>,
    first_day: i32,
    /// Level times rhythm, `[day]` from the first day on.
    factors: Vec<f64>,
    /// Of the factors.
    clock: Clock,
}

/// The hazard from an age on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Age {
    from: f64,
    per_day: f64,
}

/// The outcomes in the order of the causes, with the decision that draws the time of each.
const OUTCOMES: [(Outcome, Decision); 3] = [
    (Outcome::Advance, Decision::AdvanceTime),
    (Outcome::Lost, Decision::LossTime),
    (Outcome::NoDecision, Decision::NoDecisionTime),
];

impl Hazards {
    pub fn new(
        hazards: &scenario::Hazards,
        quality_effect: &Timed<Quantity>,
        days: Days,
        draw: &[f64],
    ) -> Self {
        let causes = [
            Some(&hazards.advance),
            hazards.lost.as_ref(),
            hazards.no_decision.as_ref(),
        ];
        Self {
            causes: causes.map(|cause| match cause {
                Some(hazard) => Cause::new(hazard, days, draw),
                None => Cause::never(days),
            }),
            quality_effect: known(quality_effect, draw),
        }
    }

    /// These from day 0 on, `past` before: whoever entered before keeps the ages of then.
    pub fn after(&self, past: &Self) -> Self {
        let [advance, lost, no_decision] = &self.causes;
        Self {
            causes: [
                advance.after(&past.causes[0]),
                lost.after(&past.causes[1]),
                no_decision.after(&past.causes[2]),
            ],
            quality_effect: self.quality_effect.after(&past.quality_effect),
        }
    }

    /// Whether quality changes a hazard.
    pub fn uses_quality(&self) -> bool {
        self.quality_effect
            .steps()
            .any(|(_, effect)| *effect != 0.0)
    }

    /// The age of a record of unknown age, at the uniform number `u`: as in a stock that has long been filled and
    /// emptied alike, of a density in proportion to the survival under these ratios, whatever the calendar.
    ///
    /// Where nothing ends the last age, that density has no integral: it is cut off where that age begins.
    fn age_in_stock(&self, t: f64, ratios: [f64; 3], u: f64) -> f64 {
        let pieces = self.survival(t, ratios);
        let mut left = u * pieces.iter().map(Piece::area).sum::<f64>();
        for piece in &pieces {
            let area = piece.area();
            if left < area {
                return piece.from + piece.days_of(left);
            }
            left -= area;
        }
        pieces.last().map_or(0.0, |last| last.from)
    }

    /// The survival of who enters at `t`, in pieces of constant hazard.
    fn survival(&self, t: f64, ratios: [f64; 3]) -> Vec<Piece> {
        let ages = self.causes.iter().map(|cause| cause.ages.at(t));
        let mut starts: Vec<f64> = ages.flatten().map(|age| age.from).collect();
        starts.sort_by(f64::total_cmp);
        starts.dedup();
        let mut open = 1.0;
        let piece = |(nth, &from): (usize, &f64)| {
            let causes = self.causes.iter().zip(ratios);
            let piece = Piece {
                from,
                days: starts.get(nth + 1).map_or(f64::INFINITY, |end| end - from),
                open,
                per_day: causes.map(|(cause, ratio)| ratio * cause.at(t, from)).sum(),
            };
            open = piece.open_at_end();
            piece
        };
        starts.iter().enumerate().map(piece).collect()
    }
}

/// A stretch of ages of constant hazard.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: f64,
    /// Its length; infinity for the last.
    days: f64,
    /// Survival at its beginning.
    open: f64,
    per_day: f64,
}

impl Piece {
    fn open_at_end(&self) -> f64 {
        match self.per_day > 0.0 {
            true => self.open * math::exp(-self.per_day * self.days),
            false => self.open,
        }
    }

    /// The integral of survival; 0 where it has none.
    fn area(&self) -> f64 {
        match self.per_day > 0.0 {
            true => -self.open * math::exp_m1(-self.per_day * self.days) / self.per_day,
            false if self.days.is_finite() => self.open * self.days,
            false => 0.0,
        }
    }

    /// The days from its beginning on over which survival has this integral, less than all of it.
    fn days_of(&self, area: f64) -> f64 {
        let days = match self.per_day > 0.0 {
            true => {
                let gone = (area * self.per_day / self.open).min(1.0 - f64::EPSILON);
                -math::ln_1p(-gone) / self.per_day
            }
            false => area / self.open,
        };
        days.min(self.days)
    }
}

impl Cause {
    fn new(hazard: &scenario::Hazard, days: Days, draw: &[f64]) -> Self {
        let ages = hazard.per_day.iter().map(|&(from, per_day)| Age {
            from,
            per_day: per_day.at(draw).min(MOST_PER_DAY),
        });
        let ages: Vec<Age> = ages.collect();
        let level = known(&hazard.level, draw);
        let rhythm = rhythm_by_day(&hazard.rhythm, days, draw);
        let by_day = (days.first..days.end).zip(rhythm);
        let factor = |(day, rhythm): (i32, f64)| {
            let level = level.at(f64::from(day));
            (level * rhythm).min(MOST_PER_DAY)
        };
        match ages.iter().any(|age| age.per_day > 0.0) {
            true => Self::of(
                Timed::always(ages),
                days.first,
                by_day.map(factor).collect(),
            ),
            false => Self::never(days),
        }
    }

    fn never(days: Days) -> Self {
        let factors = (days.first..days.end).map(|_| 1.0);
        Self::of(Timed::always(Vec::new()), days.first, factors.collect())
    }

    fn of(ages: Timed<Vec<Age>>, first_day: i32, factors: Vec<f64>) -> Self {
        let rates = factors.iter().map(|&factor| [factor; 2]);
        Self {
            ages,
            first_day,
            clock: Clock::new(first_day, rates),
            factors,
        }
    }

    fn after(&self, past: &Self) -> Self {
        let day_0 = (-self.first_day).max(0) as usize;
        let before = past.factors.iter().take(day_0);
        let since = self.factors.iter().skip(day_0);
        let factors = before.chain(since).copied().collect();
        Self::of(self.ages.after(&past.ages), self.first_day, factors)
    }

    /// At an age, for who enters at `t`, without level and rhythm.
    fn at(&self, t: f64, age: f64) -> f64 {
        let reached = |step: &&Age| step.from <= age;
        let last = self.ages.at(t).iter().rev().find(reached);
        last.map_or(0.0, |step| step.per_day)
    }

    /// When the hazard uses up `left` of who is of this age at `t`; infinity if it never does. O(ages).
    fn comes(&self, t: f64, age: f64, mut left: f64) -> f64 {
        if !left.is_finite() {
            return f64::INFINITY;
        }
        let ages = self.ages.at(t);
        let current = ages.partition_point(|step| step.from <= age);
        let mut ages = ages.iter().skip(current.saturating_sub(1)).peekable();
        let (mut start, mut used) = (t, self.clock.used_by(t));
        while let Some(step) = ages.next() {
            let end = ages.peek().map(|next| t + (next.from - age));
            let used_by_end = end.map_or(f64::INFINITY, |end| self.clock.used_by(end));
            if step.per_day > 0.0 {
                let uses = step.per_day * (used_by_end - used);
                if uses > left {
                    let end = self.clock.time_of(used + left / step.per_day);
                    return end.max(start);
                }
                left -= uses;
            }
            start = end.unwrap_or(f64::INFINITY);
            used = used_by_end;
        }
        f64::INFINITY
    }
}

impl super::Funnel {
    /// Multipliers of the hazards of an opportunity of this source and quality in a stage, with `win_shift` added to
    /// the log-odds of winning.
    fn hazard_ratios(
        &self,
        hazards: &Hazards,
        lead: &Lead,
        index: u32,
        win_shift: f64,
    ) -> [f64; 3] {
        let by_quality = hazards.quality_effect.at(lead.t) * lead.quality;
        let of = |log_ratio: f64| match log_ratio {
            0.0 => 1.0,
            log_ratio => math::exp(log_ratio.min(MOST_LOG_ODDS)),
        };
        if !self.is_last(index) {
            return [of(by_quality).min(MOST_PER_DAY), 1.0, 1.0];
        }
        let source = &self.sources[lead.source as usize].closing;
        let [won, lost] = *source.hazard_ratios.at(lead.t);
        [won * of(by_quality + win_shift), lost, 1.0].map(|ratio| ratio.min(MOST_PER_DAY))
    }
}

impl<O: Observer> Run<'_, O> {
    /// When an opportunity that enters a stage leaves it, and how: `factor` times as late as stated, with `win_shift`
    /// added to the log-odds of winning. Kept out of the way of those that close by shares.
    #[inline(never)]
    pub fn first_to_come(
        &mut self,
        hazards: &Hazards,
        lead: &Lead,
        index: u32,
        win_shift: f64,
        factor: f64,
    ) -> (f64, Outcome) {
        let ratios = self.funnel.hazard_ratios(hazards, lead, index, win_shift);
        self.first_of(
            hazards,
            lead,
            index,
            0.0,
            ratios.map(|ratio| ratio / factor),
        )
    }

    /// The same for a record of the pipeline, which has stayed in the stage for `age` days, if that is known.
    pub fn first_to_come_of(
        &mut self,
        hazards: &Hazards,
        lead: &Lead,
        index: u32,
        win_shift: f64,
        age: Option<f64>,
    ) -> (f64, Outcome) {
        let ratios = self.funnel.hazard_ratios(hazards, lead, index, win_shift);
        let age = age.unwrap_or_else(|| {
            let u = self.decide(lead, Decision::Age);
            let age = hazards.age_in_stock(lead.t, ratios, u);
            let reading = Reading::Days(age);
            self.observer.read(lead, Decision::Age, lead.t, u, reading);
            age
        });
        self.first_of(hazards, lead, index, age, ratios)
    }

    /// When a lead of this age in a stage leaves it, and how, with its hazards multiplied by `ratios`.
    fn first_of(
        &mut self,
        hazards: &Hazards,
        lead: &Lead,
        index: u32,
        age: f64,
        ratios: [f64; 3],
    ) -> (f64, Outcome) {
        let key = self.keys[lead.luck as usize];
        let mut first = (f64::INFINITY, Outcome::NoDecision);
        for ((cause, ratio), (outcome, decision)) in hazards.causes.iter().zip(ratios).zip(OUTCOMES)
        {
            if ratio <= 0.0 || cause.ages.at(lead.t).is_empty() {
                continue;
            }
            let u = key.uniform_draw(lead.id, decision, u64::from(index));
            let t = cause.comes(lead.t, age, -math::ln(1.0 - u) / ratio);
            let reading = Reading::Days(t - lead.t);
            self.observer.read(lead, decision, lead.t, u, reading);
            if t < first.0 {
                first = (t, outcome);
            }
        }
        first
    }
}
