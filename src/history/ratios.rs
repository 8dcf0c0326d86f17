//! Rates of groups beside the rate of all: each by its own events as far as they go, else by the others'.

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

/// Most and least that groups differ: Gamma shapes, a factor of 1.19 apart.
const SHAPES: i32 = 52;

impl Ratios {
    /// The ratios behind `events` where `expected` were expected, group by group, by empirical Bayes: the shape
    /// has the greatest marginal likelihood (negative binomial), over a grid from 1 to 7,500 and infinity.
    pub fn new(events: &[f64], expected: &[f64]) -> Ratios {
        let alike: f64 = log_likelihood(events, expected, f64::INFINITY);
        let shapes = (0..SHAPES).map(|i| math::exp(0.175 * f64::from(i)));
        let best = shapes
            .map(|shape| (shape, log_likelihood(events, expected, shape)))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        match best {
            Some((shape, log)) if log > alike => Ratios {
                shape,
                groups: ratios(events, expected, shape),
                gain: log - alike,
            },
            _ => Ratios {
                shape: f64::INFINITY,
                groups: ratios(events, expected, f64::INFINITY),
                gain: 0.0,
            },
        }
    }

    /// The mean ratio of each group.
    pub fn means(&self) -> Vec<f64> {
        self.groups.iter().map(|group| group.mean).collect()
    }
}

fn ratios(events: &[f64], expected: &[f64], shape: f64) -> Vec<Ratio> {
    let ratio = |(&events, &expected): (&f64, &f64)| {
        let (mean, sd) = match shape.is_finite() {
            true => (
                (shape + events) / (shape + expected),
                (shape + events).sqrt() / (shape + expected),
            ),
            false => (1.0, 0.0),
        };
        Ratio {
            events,
            expected,
            mean,
            sd,
        }
    };
    events.iter().zip(expected).map(ratio).collect()
}

/// Of the events, up to what does not depend on the shape.
fn log_likelihood(events: &[f64], expected: &[f64], shape: f64) -> f64 {
    let of_group = |(&o, &e): (&f64, &f64)| match shape.is_finite() {
        _ if e <= 0.0 => 0.0,
        true => {
            math::ln_gamma(shape + o) - math::ln_gamma(shape) - shape * math::ln_1p(e / shape)
                + o * math::ln(1.0 / (shape + e))
        }
        false => -e,
    };
    events.iter().zip(expected).map(of_group).sum()
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
