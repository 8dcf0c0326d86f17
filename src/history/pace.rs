//! What of a rate is the calendar's doing: its rhythms, and how its level has moved.

use super::calendar::Rhythm;
use super::level::Level;
use super::ratios::Ratios;

/// Events and exposure by piece (of age) and by day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// The first day \[days since 1970-01-01\].
    pub first_day: i32,
    /// `[piece]`
    pub events_of_piece: Vec<f64>,
    /// `[day]`
    pub events_of_day: Vec<f64>,
    /// `[piece][day]`: record-days at risk.
    pub exposure: Vec<Vec<f64>>,
}

/// A rate's rhythms and level.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Those that there are, with the multiplier of each beat, of mean 1.
    pub rhythms: Vec<(Rhythm, Vec<f64>)>,
    pub level: Level,
    /// `[day]`: rhythms and level together.
    pub by_day: Vec<f64>,
    /// `[day]`: events expected at the rate of all days alike.
    pub expected_by_day: Vec<f64>,
}

/// A gain of log-likelihood that chance alone reaches in about one case of a hundred, with a few beats.
const TELLING: f64 = 4.0;
/// Events per block that show how a level moves.
const EVENTS_PER_BLOCK: f64 = 6.0;
/// More blocks than this tell no more of how a level moves from month to month.
const MOST_BLOCKS: usize = 104;

impl Table {
    fn n_days(&self) -> usize {
        self.events_of_day.len()
    }

    fn n_events(&self) -> f64 {
        self.events_of_day.iter().sum()
    }

    /// Exposure of each piece, each day weighted.
    pub fn exposures(&self, weights: &[f64]) -> Vec<f64> {
        let of_piece = |days: &Vec<f64>| days.iter().zip(weights).map(|(e, w)| e * w).sum();
        self.exposure.iter().map(of_piece).collect()
    }

    /// Events that each day would see at the rates of the pieces, if all days were alike in their pace.
    fn expected(&self, weights: &[f64]) -> Vec<f64> {
        let mut expected = vec![0.0; self.n_days()];
        for ((piece, events), exposure) in self
            .exposure
            .iter()
            .zip(&self.events_of_piece)
            .zip(self.exposures(weights))
        {
            if exposure > 0.0 {
                let rate = events / exposure;
                for (day, at_risk) in expected.iter_mut().zip(piece) {
                    *day += rate * at_risk;
                }
            }
        }
        expected
    }

    /// The pace behind the events. O(pieces × days).
    pub fn pace(&self) -> Pace {
        let mut pace = Pace {
            rhythms: Vec::new(),
            level: Level::steady(7),
            by_day: vec![1.0; self.n_days()],
            expected_by_day: Vec::new(),
        };
        // The level is found with the rhythms of before, and the rhythms with the level.
        for _ in 0..2 {
            pace.expected_by_day = self.expected(&pace.by_day);
            self.find_rhythms(&mut pace);
            self.find_level(&mut pace);
        }
        self.adjusted(pace)
    }

    /// A pace of nearly these events, set right for them.
    pub fn adjusted(&self, mut pace: Pace) -> Pace {
        pace.expected_by_day = self.expected(&pace.by_day);
        self.adjust_rhythms(&mut pace);
        self.find_level(&mut pace);
        pace.expected_by_day = self.expected(&pace.by_day);
        pace
    }

    fn find_rhythms(&self, pace: &mut Pace) {
        pace.rhythms.clear();
        self.spread(pace);
        for rhythm in Rhythm::ALL {
            if self.n_days() < rhythm.needs_days() {
                continue;
            }
            let beats = self.beats(rhythm, pace);
            let tells = match rhythm {
                // It may be the level that moves: then the level explains it better.
                Rhythm::MonthOfQuarter => self.level_gain(rhythm, &beats.means(), pace) > TELLING,
                Rhythm::Weekday | Rhythm::DayOfMonth => beats.gain > TELLING,
            };
            if tells {
                pace.rhythms.push((rhythm, normalised(beats.means())));
            }
        }
        self.spread(pace);
    }

    fn adjust_rhythms(&self, pace: &mut Pace) {
        for i in 0..pace.rhythms.len() {
            let (rhythm, old) = pace.rhythms[i].clone();
            let change = self.beats(rhythm, pace).means();
            let new = old
                .iter()
                .zip(change)
                .map(|(old, change)| old * change)
                .collect();
            pace.rhythms[i].1 = normalised(new);
            self.spread(pace);
        }
    }

    /// By how much the beats of a rhythm still differ.
    fn beats(&self, rhythm: Rhythm, pace: &Pace) -> Ratios {
        let mut events = vec![0.0; rhythm.n_beats()];
        let mut expected = vec![0.0; rhythm.n_beats()];
        for day in 0..self.n_days() {
            let beat = rhythm.beat(self.first_day + day as i32);
            events[beat] += self.events_of_day[day];
            expected[beat] += pace.expected_by_day[day] * pace.by_day[day];
        }
        let dispersion = self.dispersion(pace);
        let total: f64 = expected.iter().sum();
        let scale = if total > 0.0 {
            self.n_events() / total
        } else {
            0.0
        };
        let less = |values: &[f64], by: f64| -> Vec<f64> {
            values.iter().map(|value| value * by).collect()
        };
        Ratios::new(
            &less(&events, 1.0 / dispersion),
            &less(&expected, scale / dispersion),
        )
    }

    /// Variance of a day's events over their mean, at least 1.
    fn dispersion(&self, pace: &Pace) -> f64 {
        let mut squares = 0.0;
        let mut n = 0.0;
        for day in 0..self.n_days() {
            let mean = pace.expected_by_day[day] * pace.by_day[day];
            if mean > 0.05 {
                let off = self.events_of_day[day] - mean;
                squares += off * off / mean;
                n += 1.0;
            }
        }
        if n > 10.0 {
            f64::max(squares / n, 1.0)
        } else {
            1.0
        }
    }

    /// Log-likelihood of the level with these beats less that without.
    fn level_gain(&self, rhythm: Rhythm, beats: &[f64], pace: &Pace) -> f64 {
        let without = Pace {
            level: Level::steady(7),
            ..pace.clone()
        };
        let mut with = without.clone();
        with.rhythms.push((rhythm, normalised(beats.to_vec())));
        let log_likelihood = |pace: &Pace| self.level(pace).log_likelihood;
        log_likelihood(&with) - log_likelihood(&without)
    }

    fn find_level(&self, pace: &mut Pace) {
        pace.level = self.level(pace);
        self.spread(pace);
    }

    fn level(&self, pace: &Pace) -> Level {
        let block_days = self.block_days();
        let n_blocks = self.n_days().div_ceil(block_days);
        let mut events = vec![0.0; n_blocks];
        let mut expected = vec![0.0; n_blocks];
        for day in 0..self.n_days() {
            let block = block_of(day, self.n_days(), block_days);
            events[block] += self.events_of_day[day];
            expected[block] +=
                pace.expected_by_day[day] * rhythms_on(&pace.rhythms, self.first_day + day as i32);
        }
        Level::new(&events, &expected, block_days as u32)
    }

    /// A week, or more where a week sees few events.
    fn block_days(&self) -> usize {
        let per_day = self.n_events() / self.n_days().max(1) as f64;
        let is_enough = |days: usize| {
            per_day * days as f64 >= EVENTS_PER_BLOCK && self.n_days() / days <= MOST_BLOCKS
        };
        let enough = [7, 14, 28, 56].into_iter().find(|&days| is_enough(days));
        enough.unwrap_or(91)
    }

    /// Makes days of rhythms and level.
    fn spread(&self, pace: &mut Pace) {
        for day in 0..self.n_days() {
            let rhythms = rhythms_on(&pace.rhythms, self.first_day + day as i32);
            let blocks = &pace.level.blocks;
            let level = match blocks.is_empty() {
                true => 0.0,
                false => blocks[block_of(day, self.n_days(), pace.level.block_days as usize)].mean,
            };
            pace.by_day[day] = rhythms * crate::math::exp(level);
        }
    }
}

/// The multiplier of a day \[days since 1970-01-01\].
fn rhythms_on(rhythms: &[(Rhythm, Vec<f64>)], day: i32) -> f64 {
    rhythms
        .iter()
        .map(|(rhythm, beats)| beats[rhythm.beat(day)])
        .product()
}

/// The block of a day, where blocks end with the last day and the first may be shorter.
fn block_of(day: usize, n_days: usize, block_days: usize) -> usize {
    n_days.div_ceil(block_days) - 1 - (n_days - 1 - day) / block_days
}

/// The same with mean 1.
fn normalised(beats: Vec<f64>) -> Vec<f64> {
    let mean = beats.iter().sum::<f64>() / beats.len() as f64;
    beats.iter().map(|beat| beat / mean).collect()
}
