//! What hazards by age mean: their intervals, and which share of stays ends how by an age.

use super::fit::StageFit;
use super::hazards::{Hazard, Piece};
use super::ratios::{Ratio, Ratios};
use crate::distribution::Law;
use crate::math;

/// A rate and its 80 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

/// A rate between two ages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateOfAge {
    /// \[days\]
    pub from_age: f64,
    /// \[days\]; infinity for the last.
    pub to_age: f64,
    /// Of a day, at the average level of the history.
    pub per_day: Rate,
}

impl Rate {
    /// That of a Gamma posterior.
    fn of_gamma(shape: f64, per: f64) -> Rate {
        let law = Law::gamma(shape, 1.0 / per).ok();
        let at = |u: f64| law.as_ref().map_or(0.0, |law| law.quantile(u));
        Rate {
            mean: shape / per,
            low: at(0.1),
            high: at(0.9),
        }
    }
}

impl Hazard {
    /// The posterior of each piece, with the prior that the scenario states: half an event at the rate of all ages.
    pub fn by_age(&self) -> Vec<RateOfAge> {
        let days: f64 = self.pieces.iter().map(|piece| piece.days).sum();
        let overall = self.n_events() / days.max(f64::MIN_POSITIVE);
        let of_piece = |(index, piece): (usize, &Piece)| RateOfAge {
            from_age: piece.from_age,
            to_age: self.to_age(index),
            per_day: Rate::of_gamma(0.5 + piece.events, 0.5 / overall + piece.days),
        };
        self.pieces.iter().enumerate().map(of_piece).collect()
    }

    fn to_age(&self, piece: usize) -> f64 {
        let next = self.pieces.get(piece + 1);
        next.map_or(f64::INFINITY, |next| next.from_age)
    }

    /// Of a day, at an age \[days\], at the level of the history's last day.
    fn rate(&self, age: f64) -> f64 {
        let piece = self.pieces.iter().rfind(|piece| piece.from_age <= age);
        let piece = piece.filter(|piece| piece.days > 0.0);
        piece.map_or(0.0, |piece| {
            piece.events / piece.days * math::exp(self.pace.level.end.mean)
        })
    }
}

impl Ratios {
    /// A group's ratio with its interval.
    pub fn interval(&self, ratio: &Ratio) -> Rate {
        match self.shape.is_finite() {
            true => Rate::of_gamma(self.shape + ratio.events, self.shape + ratio.expected),
            false => Rate {
                mean: 1.0,
                low: 1.0,
                high: 1.0,
            },
        }
    }
}

impl StageFit {
    /// The share of stays that ends in each way by each of `ages` \[days, ascending from 0\], all ways competing at the level
    /// of the last day.
    /// `[hazard][age]`; O(hazards × pieces × ages).
    ///
    /// Between two ages the hazards are those of their middle, so ages should not be far apart.
    pub fn incidence(&self, ages: &[f64]) -> Vec<Vec<f64>> {
        let mut ended = vec![0.0; self.hazards.len()];
        let mut by_hazard = vec![Vec::with_capacity(ages.len()); self.hazards.len()];
        let mut open = 1.0;
        let mut before = 0.0;
        for &age in ages {
            let middle = 0.5 * (before + age);
            let rates: Vec<f64> = self
                .hazards
                .iter()
                .map(|hazard| hazard.rate(middle))
                .collect();
            let all: f64 = rates.iter().sum();
            let left = open * math::exp(-all * (age - before));
            for (index, rate) in rates.iter().enumerate() {
                if all > 0.0 {
                    ended[index] += (open - left) * rate / all;
                }
                by_hazard[index].push(ended[index]);
            }
            (open, before) = (left, age);
        }
        by_hazard
    }
}

#[cfg(test)]
mod tests {
    use super::super::End;
    use super::super::level::Level;
    use super::super::pace::Pace;
    use super::*;

    fn hazard(end: End, pieces: &[(f64, f64, f64)]) -> Hazard {
        let piece = |&(from_age, events, days): &(f64, f64, f64)| Piece {
            from_age,
            events,
            days,
            plain_days: days,
        };
        Hazard {
            end,
            pieces: pieces.iter().map(piece).collect(),
            pace: Pace {
                rhythms: Vec::new(),
                level: Level::steady(7),
                by_day: Vec::new(),
                expected_by_day: Vec::new(),
            },
            channels: Ratios::new(&[], &[]),
            segments: Ratios::new(&[], &[]),
            from_day: 0,
            missing: 0.0,
        }
    }

    /// Two constant hazards share what ends in proportion: `h/H (1 - exp(-H t))`.
    #[test]
    fn constant_hazards_share_what_ends() {
        let stage = StageFit {
            name: "offer".into(),
            n_stays: 40,
            hazards: vec![
                hazard(End::Won, &[(0.0, 10.0, 1000.0)]),
                hazard(End::Lost, &[(0.0, 15.0, 1000.0), (50.0, 15.0, 1000.0)]),
            ],
        };
        let ages: Vec<f64> = (0..=100).map(f64::from).collect();
        let incidence = stage.incidence(&ages);
        let all = 1.0 - math::exp(-0.025 * 100.0);
        assert!((incidence[0][100] - 0.4 * all).abs() < 1e-12);
        assert!((incidence[1][100] - 0.6 * all).abs() < 1e-12);
        assert_eq!(incidence[0][0], 0.0);
    }

    /// Of a Gamma law of shape 400, 80 % lies within 1.2816 sd of the mean to a few thousandths.
    #[test]
    fn an_interval_narrows_with_events() {
        let many = hazard(End::Won, &[(0.0, 400.0, 20_000.0)]).by_age();
        let Rate { mean, low, high } = many[0].per_day;
        assert!((mean - 0.02).abs() < 1e-12);
        let half = 1.2816 * mean / 20.0;
        assert!((low - (mean - half)).abs() < 0.005 * mean);
        assert!((high - (mean + half)).abs() < 0.005 * mean);
        let few = hazard(End::Won, &[(0.0, 4.0, 200.0)]).by_age();
        assert!(few[0].per_day.high > high && few[0].to_age.is_infinite());
    }
}
