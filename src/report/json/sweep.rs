//! The JSON of `sweep`.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{EstimateFields, Spread, text};
use crate::decide::{Answer, Grid, Marginal, Point, Stop};
use crate::forecast::{Estimate, Metric};
use crate::report::Swept;
use crate::scenario::Axis;
use crate::units::Window;

/// The result of `sweep`; ends with a newline.
pub fn sweep(swept: &Swept) -> String {
    let Swept { grid, sweep, .. } = swept;
    let points = sweep.points.iter().enumerate();
    text(&SweepResult {
        funnelcast: env!("CARGO_PKG_VERSION"),
        method: "per_lead",
        scenario: &swept.scenario.name,
        seed: swept.plan.seed,
        replications: sweep.range.end - sweep.range.start,
        window: sweep.window,
        keys: grid.axes().iter().map(KeyFields::new).collect(),
        baseline: BaselineFields {
            values: values(grid, grid.baseline()),
            as_it_stands: grid.baseline_stands(),
        },
        points: points
            .map(|(index, point)| PointFields::new(swept, index, point))
            .collect(),
        best: BestFields {
            values: values(grid, sweep.best),
            probability_best: sweep.points[sweep.best].probability_best,
            interval: match grid.axes() {
                [axis] => {
                    let ends = sweep.best_interval();
                    ends.map(|ends| ends.map(|point| axis.value(point)))
                }
                _ => None,
            },
            not_told_apart: sweep
                .not_behind()
                .map(|point| values(grid, point))
                .collect(),
        },
        stops_paying: stops(swept),
    })
}

#[derive(Serialize)]
struct SweepResult<'a> {
    funnelcast: &'static str,
    method: &'static str,
    scenario: &'a str,
    seed: u64,
    replications: u64,
    window: Window,
    keys: Vec<KeyFields<'a>>,
    baseline: BaselineFields,
    points: Vec<PointFields<'a>>,
    best: BestFields,
    stops_paying: Vec<StopFields>,
}

#[derive(Serialize)]
struct KeyFields<'a> {
    key: String,
    values: Vec<String>,
    numbers: Option<&'a [f64]>,
    unit: Option<&'a str>,
}

#[derive(Serialize)]
struct BaselineFields {
    values: Vec<String>,
    as_it_stands: bool,
}

#[derive(Serialize)]
struct PointFields<'a> {
    values: Vec<String>,
    metrics: ByName<'a>,
    behind_best: EstimateFields,
    probability_best: Option<f64>,
}

#[derive(Serialize)]
struct AnswerFields {
    mean: Option<f64>,
    standard_error: Option<f64>,
    #[serde(flatten)]
    spread: Spread,
    from_baseline: EstimateFields,
    marginal: Vec<Option<MarginalFields>>,
}

#[derive(Serialize)]
struct MarginalFields {
    step: EstimateFields,
    per_unit: Option<EstimateFields>,
}

#[derive(Serialize)]
struct BestFields {
    values: Vec<String>,
    probability_best: Option<f64>,
    /// Of one key: the 95 % interval.
    interval: Option<[String; 2]>,
    not_told_apart: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct StopFields {
    key: String,
    at: Option<String>,
    after: String,
    next: Option<String>,
    step: Option<EstimateFields>,
    best: String,
}

/// The values of a point, one per key.
fn values(grid: &Grid, point: usize) -> Vec<String> {
    let pairs = grid.axes().iter().zip(grid.places(point));
    pairs.map(|(axis, place)| axis.value(place)).collect()
}

/// One per line of the grid; along the first key first.
fn stops(swept: &Swept) -> Vec<StopFields> {
    let Swept { grid, sweep, .. } = swept;
    let axes = 0..grid.axes().len();
    let of_axis = |axis: usize| {
        let value = move |point: usize| grid.axes()[axis].value(grid.places(point)[axis]);
        let other = (0..grid.axes().len()).find(|other| *other != axis);
        let fields = move |stop: &Stop| StopFields {
            key: grid.axes()[axis].name(),
            at: other.map(|other| grid.axes()[other].value(grid.places(stop.best)[other])),
            after: value(stop.after),
            next: stop.next.map(value),
            step: stop.next.and_then(|next| {
                let marginal = sweep.points[next].net().marginals[axis]?;
                Some(EstimateFields::from(&marginal.step))
            }),
            best: value(stop.best),
        };
        sweep.stops[axis].iter().map(fields)
    };
    axes.flat_map(of_axis).collect()
}

impl<'a> KeyFields<'a> {
    fn new(axis: &'a Axis) -> Self {
        KeyFields {
            key: axis.name(),
            values: (0..axis.len()).map(|index| axis.value(index)).collect(),
            numbers: axis.scale().map(|scale| &scale.numbers[..]),
            unit: axis.scale().map(|scale| &scale.words[..]),
        }
    }
}

impl<'a> PointFields<'a> {
    fn new(swept: &'a Swept, index: usize, point: &'a Point) -> Self {
        PointFields {
            values: values(swept.grid, index),
            metrics: ByName {
                metrics: &swept.sweep.metrics,
                answers: &point.answers,
            },
            behind_best: EstimateFields::from(&point.behind_best),
            probability_best: point.probability_best,
        }
    }
}

/// Answers as an object with the metrics' names.
struct ByName<'a> {
    metrics: &'a [&'static Metric],
    answers: &'a [Answer],
}

impl Serialize for ByName<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.metrics.len()))?;
        for (metric, answer) in self.metrics.iter().zip(self.answers) {
            map.serialize_entry(metric.name, &AnswerFields::from(answer))?;
        }
        map.end()
    }
}

impl From<&Answer> for AnswerFields {
    fn from(answer: &Answer) -> Self {
        let Estimate {
            mean,
            standard_error,
            ..
        } = answer.estimate;
        let marginals = answer.marginals.iter();
        AnswerFields {
            mean,
            standard_error,
            spread: Spread(answer.distribution),
            from_baseline: EstimateFields::from(&answer.above_baseline),
            marginal: marginals
                .map(|of| of.as_ref().map(MarginalFields::from))
                .collect(),
        }
    }
}

impl From<&Marginal> for MarginalFields {
    fn from(marginal: &Marginal) -> Self {
        MarginalFields {
            step: EstimateFields::from(&marginal.step),
            per_unit: marginal.per_unit.as_ref().map(EstimateFields::from),
        }
    }
}
