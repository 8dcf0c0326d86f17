//! Many values of one or two keys with the same luck: what each brings, and where the next one stops paying.
//!
//! All points of a grid run side by side, so that neighbours are compared as precisely as a paired
//! difference. What pays is margin. Memory holds a few sums per replication and point.

use std::ops::Range;

use crate::forecast::{
    Distribution, Estimate, Excerpt, Excerpts, FailedReplication, MARGIN, METRICS, Metric, Plan,
    Watch, Workers,
};
use crate::random;
use crate::scenario::{Axis, Fault, Faults, Loader, Scenario, Tree};
use crate::units::Window;

/// How often the replications are drawn again to see which point is best.
const N_RESAMPLES: usize = 2000;

/// Every combination of the values of one or two axes, each a valid scenario.
#[derive(Debug, Clone)]
pub struct Grid {
    axes: Vec<Axis>,
    /// The last axis moves fastest.
    scenarios: Vec<Scenario>,
    baseline: usize,
    baseline_stands: bool,
}

impl Grid {
    /// Most points of a grid.
    pub const MOST_POINTS: usize = 400;

    /// Builds every point: `tree` with the values of `axes`, set as by `--set`. `name` is what the
    /// scenario is called.
    ///
    /// The baseline is the point that says what `tree` says at every key; if no value of the grid
    /// does, it is the first point.
    ///
    /// # Errors
    /// If there are more than [`Grid::MOST_POINTS`], or everything that is wrong with any of them.
    pub fn build(
        tree: &Tree,
        name: &str,
        axes: Vec<Axis>,
        loader: &(dyn Loader + Sync),
        workers: &Workers,
    ) -> Result<Grid, Faults> {
        if let [one, other] = &axes[..]
            && let Some(key) = one.key_shared_with(other)
        {
            let message = format!("`{key}` is swept twice; name it once, with all its values");
            return Err(Faults::one(Fault::nowhere(message)));
        }
        let n: usize = axes.iter().map(Axis::len).product();
        if n > Self::MOST_POINTS {
            return Err(too_many(n));
        }
        let places = |point: usize| places(&axes, point);
        let build = |(): &mut (), point: usize| -> Result<(Scenario, bool), Faults> {
            let tree_there = tree_at(tree, &axes, &places(point))?;
            let (mut scenario, _) = Scenario::from_tree(&tree_there, loader)?;
            scenario.name = format!("{name} with {}", words(&axes, &places(point)));
            let stands = axes.iter().all(|axis| axis.agrees(tree, &tree_there));
            Ok((scenario, stands))
        };
        let (mut built, mut faults) = (Vec::with_capacity(n), Vec::new());
        for point in workers.map(n, || (), build) {
            point.map_or_else(|wrong| faults.push(wrong), |point| built.push(point));
        }
        if let Some(faults) = Faults::join_alike(faults) {
            return Err(faults);
        }
        let as_it_stands = built.iter().position(|(_, stands)| *stands);
        Ok(Grid {
            axes,
            scenarios: built.into_iter().map(|(scenario, _)| scenario).collect(),
            baseline: as_it_stands.unwrap_or(0),
            baseline_stands: as_it_stands.is_some(),
        })
    }

    /// One or two.
    pub fn axes(&self) -> &[Axis] {
        &self.axes
    }

    /// In the order of points: the last axis moves fastest.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The point that others are measured against.
    pub fn baseline(&self) -> usize {
        self.baseline
    }

    /// Whether the baseline is the scenario as it stands; else it is the first point.
    pub fn baseline_stands(&self) -> bool {
        self.baseline_stands
    }

    /// Which value a point has on each axis.
    pub fn places(&self, point: usize) -> Vec<usize> {
        places(&self.axes, point)
    }

    /// A point in words: `sales.reps = 16, handoff.leak = 10%`.
    pub fn words(&self, point: usize) -> String {
        words(&self.axes, &self.places(point))
    }

    /// Points along an axis, at one value of the other each.
    pub fn lines(&self, axis: usize) -> Vec<Vec<usize>> {
        let stride = self.stride(axis);
        let n = self.axes[axis].len();
        let starts = (0..self.scenarios.len()).filter(|point| self.places(*point)[axis] == 0);
        let line = |start: usize| (0..n).map(|place| start + place * stride).collect();
        starts.map(line).collect()
    }

    /// The neighbour before a point on an axis.
    fn before(&self, point: usize, axis: usize) -> Option<usize> {
        (self.places(point)[axis] > 0).then(|| point - self.stride(axis))
    }

    /// How far neighbours on an axis are apart in the order of points.
    fn stride(&self, axis: usize) -> usize {
        self.axes[axis + 1..].iter().map(Axis::len).product()
    }
}

fn places(axes: &[Axis], point: usize) -> Vec<usize> {
    let mut rest = point;
    let mut places: Vec<usize> = axes
        .iter()
        .rev()
        .map(|axis| {
            let place = rest % axis.len();
            rest /= axis.len();
            place
        })
        .collect();
    places.reverse();
    places
}

fn words(axes: &[Axis], places: &[usize]) -> String {
    let of_axis =
        |(axis, place): (&Axis, &usize)| format!("{} = {}", axis.name(), axis.value(*place));
    let words: Vec<String> = axes.iter().zip(places).map(of_axis).collect();
    words.join(", ")
}

fn tree_at(tree: &Tree, axes: &[Axis], places: &[usize]) -> Result<Tree, Faults> {
    let mut tree = tree.clone();
    let pairs = axes.iter().zip(places);
    let settings = pairs.flat_map(|(axis, place)| axis.settings(*place));
    let refused: Vec<Faults> = settings
        .filter_map(|setting| tree.set(&setting).err())
        .collect();
    Faults::join(refused).map_or(Ok(tree), Err)
}

fn too_many(n: usize) -> Faults {
    let most = Grid::MOST_POINTS;
    let message = format!("the sweep has {n} points; at most {most} are run");
    Faults::one(Fault::nowhere(message).help("take longer steps, or fewer values of one key"))
}

/// What a grid yields. Every error is a delete-one-cluster jackknife over parameter draws.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// Those that were asked for, then the margin.
    pub metrics: Vec<&'static Metric>,
    /// What the metrics are of.
    pub window: Window,
    /// Numbers of the replications; empty if it was cancelled before the first pair was done.
    pub range: Range<u64>,
    /// In the order of the grid.
    pub points: Vec<Point>,
    /// The point of the highest mean margin.
    pub best: usize,
    /// Where the next value stops paying: `[axis][line]`, lines as [`Grid::lines`] gives them.
    pub stops: Vec<Vec<Stop>>,
}

/// What one point of a grid yields.
#[derive(Debug, Clone)]
pub struct Point {
    /// `[metric]`, as in [`Sweep::metrics`].
    pub answers: Vec<Answer>,
    /// How far its margin is below that of the best point.
    pub behind_best: Estimate,
    /// Share of resamples of the replications in which it is the best; none of fewer than two
    /// clusters. It tells how sure the estimate of the best is, not how many futures it is best in.
    pub probability_best: Option<f64>,
}

/// One metric at one point.
#[derive(Debug, Clone)]
pub struct Answer {
    pub estimate: Estimate,
    /// Of outcomes: it does not shrink with more replications.
    pub distribution: Distribution,
    /// Above the baseline, with the same luck.
    pub above_baseline: Estimate,
    /// `[axis]`; none at the first value.
    pub marginals: Vec<Option<Marginal>>,
}

/// What the step from the neighbour before changes, with the same luck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marginal {
    pub step: Estimate,
    /// The same per unit of the axis, where it has a scale.
    pub per_unit: Option<Estimate>,
}

/// Where the next value of an axis stops paying, on a line of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// The best point on the line.
    pub best: usize,
    /// The last point up to the best whose step from the neighbour before adds to margin
    /// beyond its 95 % interval; the first point if no step does.
    pub after: usize,
    /// The point after it, to which the step is no longer told to pay; none if the line ends.
    pub next: Option<usize>,
}

impl Point {
    /// Whether it is told apart from the best: behind it beyond the 95 % interval.
    pub fn is_behind(&self) -> bool {
        self.behind_best.ci95().is_some_and(|[low, _]| low > 0.0)
    }

    /// The answer in margin.
    pub fn net(&self) -> &Answer {
        &self.answers[self.answers.len() - 1]
    }
}

impl Sweep {
    /// The 95 % interval of the best point of one axis, as its first and last point: which is best when the
    /// replications are drawn again lies outside of it with a chance of 2.5 % on either side at most. None for
    /// fewer than two clusters.
    pub fn best_interval(&self) -> Option<[usize; 2]> {
        let shares: Option<Vec<f64>> = self.points.iter().map(|of| of.probability_best).collect();
        let shares = shares?;
        let beyond = |points: &mut dyn Iterator<Item = &f64>| {
            let mut sum = 0.0;
            points
                .take_while(|share| {
                    sum += **share;
                    sum <= 0.025
                })
                .count()
        };
        let before = beyond(&mut shares.iter());
        let after = beyond(&mut shares.iter().rev());
        Some([before, shares.len() - 1 - after])
    }

    /// Runs `plan` for all points with the same luck. Cancelled, it is the sweep of the pairs done.
    ///
    /// `metrics` are those asked for. Time grows with points × replications.
    ///
    /// # Errors
    /// If a replication panics, which is a defect of the engine.
    pub fn new(
        grid: &Grid,
        metrics: &[&'static Metric],
        plan: &Plan,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Sweep, FailedReplication> {
        let metrics: Vec<&'static Metric> = metrics
            .iter()
            .copied()
            .filter(|metric| metric.name != METRICS[MARGIN].name)
            .chain([&METRICS[MARGIN]])
            .collect();
        let scenarios: Vec<&Scenario> = grid.scenarios.iter().collect();
        let excerpts = Excerpts::run(&scenarios, &metrics, plan, workers, watch)?;
        let n = scenarios.len();
        let of: Vec<Excerpt> = workers.map(n, || (), |(), point| excerpts.of(point));
        let answers = |(): &mut (), point: usize| answers(grid, &of, &metrics, point);
        let answers = workers.map(n, || (), answers);
        let net = |point: &usize| answers[*point].last().and_then(|net| net.estimate.mean);
        let best = highest(0..n, net);
        let shares = shares_best(&of, plan.seed, workers);
        let points = answers
            .iter()
            .cloned()
            .enumerate()
            .map(|(point, answers)| Point {
                answers,
                behind_best: of[best].above(&of[point], &METRICS[MARGIN]),
                probability_best: shares.as_ref().map(|shares| shares[point]),
            });
        let points: Vec<Point> = points.collect();
        let stops = (0..grid.axes.len()).map(|axis| {
            let lines = grid.lines(axis).into_iter();
            lines.map(|line| stop(&points, &line, axis)).collect()
        });
        Ok(Sweep {
            metrics,
            window: plan.views.window_within(scenarios[0].horizon_days),
            range: excerpts.range(),
            stops: stops.collect(),
            points,
            best,
        })
    }

    /// Points that are not told apart from the best, itself among them, in order.
    pub fn not_behind(&self) -> impl Iterator<Item = usize> {
        let points = self.points.iter().enumerate();
        points
            .filter(|(_, point)| !point.is_behind())
            .map(|(index, _)| index)
    }
}

fn answers(grid: &Grid, of: &[Excerpt], metrics: &[&Metric], point: usize) -> Vec<Answer> {
    let marginal = |axis: usize, metric: &Metric| {
        let step = of[point].above(&of[grid.before(point, axis)?], metric);
        let scale = grid.axes[axis].scale();
        let units = scale.map(|scale| scale.units(grid.places(point)[axis]));
        Some(Marginal {
            step,
            per_unit: units.map(|units| step.per(units)),
        })
    };
    let answer = |metric: &&Metric| {
        let (estimate, distribution) = of[point].forecast(metric);
        Answer {
            estimate,
            distribution,
            above_baseline: of[point].above(&of[grid.baseline], metric),
            marginals: (0..grid.axes.len())
                .map(|axis| marginal(axis, metric))
                .collect(),
        }
    };
    metrics.iter().map(answer).collect()
}

/// The point of the highest value; the first of equals.
fn highest(points: impl Iterator<Item = usize>, value: impl Fn(&usize) -> Option<f64>) -> usize {
    let key = |point: &usize| value(point).unwrap_or(f64::NEG_INFINITY);
    points
        .reduce(|best, point| match key(&point) > key(&best) {
            true => point,
            false => best,
        })
        .unwrap_or(0)
}

fn stop(points: &[Point], line: &[usize], axis: usize) -> Stop {
    let best = highest(line.iter().copied(), |point| {
        points[*point].net().estimate.mean
    });
    let pays = |point: &&usize| {
        let marginal = points[**point].net().marginals[axis];
        let ends = marginal.and_then(|marginal| marginal.step.ci95());
        ends.is_some_and(|[low, _]| low > 0.0)
    };
    let mut paying = line.iter().filter(|point| **point <= best).filter(pays);
    let after = paying.next_back().copied().unwrap_or(line[0]);
    let place = line.iter().position(|point| *point == after);
    Stop {
        best,
        after,
        next: place.and_then(|place| line.get(place + 1).copied()),
    }
}

/// How often each point has the highest mean margin when clusters of replications are drawn
/// again, with replacement and as many (B. Efron, 1979, doi:10.1214/aos/1176344552). The luck follows
/// from `seed`; all points share it. O(resamples × clusters × points).
fn shares_best(of: &[Excerpt], seed: u64, workers: &Workers) -> Option<Vec<f64>> {
    let sums: Vec<Vec<f64>> = of.iter().map(|of| of.clusters(&METRICS[MARGIN])).collect();
    let n = sums.first().map_or(0, Vec::len);
    if n < 2 {
        return None;
    }
    let best = |weights: &mut Vec<f64>, resample: usize| {
        random::resample(seed, resample as u64, n, weights);
        let sum = |point: &usize| {
            let terms = sums[*point].iter().zip(&*weights);
            Some(terms.map(|(sum, weight)| sum * weight).sum())
        };
        highest(0..sums.len(), sum)
    };
    let mut counts = vec![0_u32; sums.len()];
    for best in workers.map(N_RESAMPLES, Vec::new, best) {
        counts[best] += 1;
    }
    let share = |count: &u32| f64::from(*count) / N_RESAMPLES as f64;
    Some(counts.iter().map(share).collect())
}
