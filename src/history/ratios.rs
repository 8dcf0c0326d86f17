//! Rates of groups beside the rate of all: each by its own events as far as they go, else by the others'.

use super::shrink::{Events, GammaPoisson};
use crate::math;

/// How the rates of groups differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    /// Shape of the Gamma law of mean 1 that the groups' ratios follow; infinity where they do not differ.
    pub shape: f64,
    /// `[group]`
    pub groups: Vec<Ratio>,
    /// Log-likelihood that the differences gain over none.
    pub gain: f64,
}

/// A group's rate as a multiple of that of all: the posterior `Gamma(shape + events, shape + expected)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    pub events: f64,
    /// Events at the rate of all.
    pub expected: f64,
    pub mean: f64,
    pub sd: f64,
}

impl Ratios {
    /// The ratios behind `events` where `expected` were expected, group by group, by empirical Bayes. O(groups).
    pub fn new(events: &[f64], expected: &[f64]) -> Ratios {
        let groups = events.iter().zip(expected);
        let groups: Vec<Events> = groups
            .map(|(&observed, &expected)| Events { observed, expected })
            .collect();
        let law = GammaPoisson::fit(&groups).unwrap_or(GammaPoisson::ALIKE);
        let ratio = |&group: &Events| {
            let (mean, variance) = law.posterior(group);
            Ratio {
                events: group.observed,
                expected: group.expected,
                mean,
                sd: math::sqrt(variance),
            }
        };
        Ratios {
            shape: law.strength,
            gain: law.gain(&groups),
            groups: groups.iter().map(ratio).collect(),
        }
    }

    /// The mean ratio of each group.
    pub fn means(&self) -> Vec<f64> {
        self.groups.iter().map(|group| group.mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_differ_by_chance_are_alike() {
        let ratios = Ratios::new(&[103.0, 96.0, 108.0, 93.0], &[100.0; 4]);
        assert!(ratios.means().iter().all(|mean| (mean - 1.0).abs() < 0.03));
    }

    #[test]
    fn many_events_speak_for_themselves_and_few_do_not() {
        let ratios = Ratios::new(&[400.0, 50.0, 0.0, 100.0], &[200.0, 100.0, 0.5, 100.0]);
        let means = ratios.means();
        assert!((means[0] - 2.0).abs() < 0.05 && (means[1] - 0.5).abs() < 0.05);
        assert!(means[2] > 0.5 && ratios.gain > 10.0);
    }

    #[test]
    fn nothing_says_nothing() {
        assert_eq!(Ratios::new(&[0.0, 0.0], &[0.0, 0.0]).means(), [1.0, 1.0]);
        assert!(Ratios::new(&[], &[]).groups.is_empty());
    }
}
