//! Runs on until the Monte Carlo error is small enough.

use std::str::FromStr;

use super::compare;
use super::estimate::{Clustering, Desk, Sample};
use super::metric::{METRICS, REVENUE};
use super::parallel::{Watch, Workers};
use super::replicate::{Plan, Replications, replicate};
use crate::scenario::Scenario;

/// The 95 % half-width that is asked of mean revenue, or of its mean difference, in the window that
/// the forecast is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// \[share of the yardstick, > 0\]
    pub share: f64,
    pub of: Yardstick,
}

/// What a precision is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yardstick {
    /// The baseline's mean revenue.
    Baseline,
    /// The smaller of the baseline's mean revenue and the size of the mean difference.
    Lift,
}

/// A precision that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no precision; write a share of the baseline's revenue such as `1%`, or `1% of lift`"
)]
pub struct InvalidPrecision(String);

impl FromStr for Precision {
    type Err = InvalidPrecision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPrecision(text.to_owned());
        let (number, of) = match text.trim().strip_suffix("of lift") {
            Some(number) => (number.trim(), Yardstick::Lift),
            None => (text.trim(), Yardstick::Baseline),
        };
        let (number, scale) = match number.strip_suffix('%') {
            Some(percent) => (percent.trim(), 100.0),
            None => (number, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| invalid())? / scale;
        if !(share > 0.0 && share < 1.0) {
            return Err(invalid());
        }
        Ok(Precision { share, of })
    }
}

/// How a run to a precision ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reached {
    Yes,
    /// The half-width is still this share of the yardstick; unknown for fewer than two clusters.
    No {
        share: Option<f64>,
    },
}

/// Runs replications from 0 on until `precision` is met by every alternative (the scenarios after
/// the first), or `max` are done, or `watch` cancels.
///
/// It looks at `plan.range.end` replications, then at half as many again, rounded up to even, and
/// so on; what it has then equals a plain run of that many. `plan.range` must begin at 0.
pub fn replicate_until(
    precision: Precision,
    max: u64,
    scenarios: &[&Scenario],
    plan: &Plan,
    workers: &Workers,
    watch: &dyn Watch,
) -> (Vec<Replications>, Reached) {
    let mut end = plan.range.end.min(max);
    let mut batch = Plan {
        range: plan.range.start..end,
        ..plan.clone()
    };
    let mut sets = replicate(scenarios, &batch, workers, watch);
    loop {
        let share = precision.worst_share(scenarios, &sets);
        if share.is_some_and(|share| share <= precision.share) {
            return (sets, Reached::Yes);
        }
        let done = sets.first().map_or(0, |set| set.range().end);
        if done < end || end >= max {
            return (sets, Reached::No { share });
        }
        end = next_look(end).min(max);
        batch.range = done..end;
        let more = replicate(scenarios, &batch, workers, watch);
        for (set, more) in sets.iter_mut().zip(more) {
            set.join(more)
                .expect("a batch begins where the last one ended");
        }
    }
}

/// Half as many again, rounded up to even; always more.
fn next_look(n: u64) -> u64 {
    (n + n.div_ceil(2)).next_multiple_of(2).max(n + 1)
}

impl Precision {
    /// Half-width over yardstick: of the baseline alone, else the greatest of the alternatives.
    fn worst_share(self, scenarios: &[&Scenario], sets: &[Replications]) -> Option<f64> {
        let revenue = &METRICS[REVENUE].formula;
        let in_doubt = sets.iter().any(Replications::in_doubt);
        let clustering = Clustering::when_in_doubt(in_doubt);
        let mut samples = scenarios.iter().zip(sets).map(|(scenario, set)| {
            let span = set.views().window_span(scenario.warm_up_periods.len());
            Sample::new(set, span, clustering)
        });
        let mut desk = Desk::default();
        let baseline = samples.next()?;
        let mean = baseline.value(revenue)?;
        let share = |half_width: f64, yardstick: f64| {
            // No error at all is precise enough, even for a yardstick of 0.
            if half_width == 0.0 {
                0.0
            } else {
                half_width / yardstick
            }
        };
        if sets.len() == 1 {
            return Some(share(
                baseline.estimate(revenue, &mut desk).half_width?,
                mean.abs(),
            ));
        }
        let mut worst: f64 = 0.0;
        for alternative in samples {
            let lift = compare::difference(&baseline, &alternative, revenue, &mut desk);
            let yardstick = match self.of {
                Yardstick::Baseline => mean.abs(),
                Yardstick::Lift => mean.abs().min(lift.mean?.abs()),
            };
            worst = worst.max(share(lift.half_width?, yardstick));
        }
        Some(worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_grow_by_half_rounded_up_to_even() {
        let looks: Vec<u64> = std::iter::successors(Some(1000), |n| Some(next_look(*n)))
            .take(5)
            .collect();
        assert_eq!(looks, [1000, 1500, 2250, 3376, 5064]);
        assert_eq!(next_look(1), 2);
        assert_eq!(next_look(2), 4);
        assert_eq!(next_look(3), 6);
    }

    #[test]
    fn precision_reads_what_people_write() {
        let of = |text: &str| text.parse::<Precision>();
        let baseline = |share| {
            Ok(Precision {
                share,
                of: Yardstick::Baseline,
            })
        };
        assert_eq!(of("1%"), baseline(0.01));
        assert_eq!(of(" 0.5 % "), baseline(0.005));
        assert_eq!(of("0.02"), baseline(0.02));
        assert_eq!(
            of("1% of lift"),
            Ok(Precision {
                share: 0.01,
                of: Yardstick::Lift
            })
        );
        for wrong in ["", "0", "-1%", "100%", "one", "NaN", "1% of revenue"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
