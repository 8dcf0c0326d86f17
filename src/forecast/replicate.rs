//! Runs replications of scenarios side by side and keeps one small record of each.

use std::cell::Cell;
use std::ops::Range;

use super::growth::Seen;
use super::metric::Span;
use super::parallel::{FailedReplication, Panicked, Watch, Workers};
use super::records::Records;
use crate::funnel::{Funnel, Record, Scratch, Siblings};
use crate::random;
use crate::scenario::Scenario;
use crate::units::Window;

/// Which replications to run, with whose luck, and which windows to keep of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    pub seed: u64,
    /// Numbers of the replications, half-open. Replication `r` uses parameter draw `r / 2`.
    pub range: Range<u64>,
    /// Every doubt at its median.
    pub certain: bool,
    pub views: Views,
}

/// What a forecast looks at beside the periods; they cost one small tally each and change nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Views {
    /// What the forecast is of; none: day 0 to the horizon.
    pub window: Option<Window>,
    /// What its growth is measured against.
    pub against: Option<Window>,
}

impl Views {
    /// Those that there are, in the order in which a record has them.
    fn windows(self) -> impl Iterator<Item = Window> {
        self.window.into_iter().chain(self.against)
    }

    /// Where records have what the forecast is of; they begin with `n_warm_up` periods of the warm-up.
    pub fn window_span(self, n_warm_up: usize) -> Span {
        match self.window {
            Some(_) => Span::Window(0),
            None => Span::Total(n_warm_up),
        }
    }

    /// The days that the forecast is of, for a horizon of so many days.
    pub fn window_within(self, horizon_days: u32) -> Window {
        self.window.unwrap_or(Window {
            start_day: 0,
            end_day: i32::try_from(horizon_days).unwrap_or(i32::MAX),
        })
    }

    /// What growth is measured against, and where records have it.
    pub(super) fn seen_before(self) -> Option<Seen> {
        let span = Span::Window(usize::from(self.window.is_some()));
        self.against.map(|window| Seen { window, span })
    }
}

impl Plan {
    /// Where the records of `scenario` have what the plan is about.
    pub fn span(&self, scenario: &Scenario) -> Span {
        self.views.window_span(scenario.warm_up_periods.len())
    }
}

/// Consecutive replications of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Replications {
    first: u64,
    /// Row `r` is replication `first + r`.
    records: Records,
    /// The same streams with every doubt at its median, where anything is in doubt.
    median: Option<Records>,
    views: Views,
}

/// Two sets of replications that do not follow each other, or are not of one kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("replications {second:?} do not continue {first:?}")]
pub struct NotAdjacent {
    first: Range<u64>,
    second: Range<u64>,
}

impl Replications {
    /// Records of replications `first`, `first + 1` …; `median` are those of the same numbers with
    /// every doubt at its median, and are given if and only if anything was in doubt.
    ///
    /// If the two are not equally long, what is too long is cut off.
    pub fn new(first: u64, mut records: Vec<Record>, mut median: Option<Vec<Record>>) -> Self {
        if let Some(median) = &mut median {
            median.truncate(records.len());
            records.truncate(median.len());
        }
        Self {
            first,
            records: Records::from(&records[..]),
            median: median.map(|median| Records::from(&median[..])),
            views: Views::default(),
        }
    }

    /// The same replications, whose records have the windows of `views`.
    pub fn with_views(self, views: Views) -> Self {
        Self { views, ..self }
    }

    /// Which windows the records have.
    pub fn views(&self) -> Views {
        self.views
    }

    /// Numbers of the replications.
    pub fn range(&self) -> Range<u64> {
        self.first..self.first + self.records.len() as u64
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// In order of replication.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// The same streams with every doubt at its median; `None` where nothing was in doubt.
    pub fn median(&self) -> Option<&Records> {
        self.median.as_ref()
    }

    /// Whether replications `2k` and `2k + 1` share a parameter draw.
    pub fn in_doubt(&self) -> bool {
        self.median.is_some()
    }

    /// Appends the replications that follow; the result equals a run of both at once.
    ///
    /// # Errors
    /// If `later` does not begin where `self` ends, only one of them was in doubt, or they have not the
    /// same windows.
    pub fn join(&mut self, later: Replications) -> Result<(), NotAdjacent> {
        let adjacent = later.first == self.range().end;
        let alike = later.in_doubt() == self.in_doubt() && later.views == self.views;
        if !adjacent || !alike {
            return Err(NotAdjacent {
                first: self.range(),
                second: later.range(),
            });
        }
        self.records.append(later.records);
        if let (Some(median), Some(more)) = (&mut self.median, later.median) {
            median.append(more);
        }
        Ok(())
    }

    /// Leads in all recorded windows of all replications, process-only ones included.
    pub fn recorded_leads(&self) -> u64 {
        self.records.leads() + self.median.as_ref().map_or(0, Records::leads)
    }

    fn keep(&mut self, batch: &Batch) {
        self.records.extend(&batch.records);
        if let Some(median) = &mut self.median {
            median.extend(&batch.median);
        }
    }
}

/// The draw of `scenario`'s doubts that replication `replication` uses, `[Scenario::doubts]`.
pub fn draw_of(scenario: &Scenario, plan: &Plan, replication: u64) -> Vec<f64> {
    if plan.certain {
        return scenario.median_draw();
    }
    scenario.draw(|path| random::parameter_uniform(plan.seed, replication / 2, path))
}

/// Runs `plan` for each scenario, replication by replication with the same luck.
///
/// Cancelled, every scenario has the same shorter range, without gaps.
///
/// # Errors
/// If a replication panics, which is a defect of the engine, or follows too many customers: the first that does.
pub fn replicate(
    scenarios: &[&Scenario],
    plan: &Plan,
    workers: &Workers,
    watch: &dyn Watch,
) -> Result<Vec<Replications>, FailedReplication> {
    watch.planned(plan.range.end.saturating_sub(plan.range.start));
    let plants: Vec<Plant> = scenarios.iter().map(|s| Plant::new(s, plan)).collect();
    let pairs = Pairs(plan.range.clone());
    let work = |scratch: &mut Scratch, index| {
        let numbers = pairs.get(index);
        let (batches, leads) = run_side_by_side(&plants, plan, numbers.clone(), scratch);
        watch.advanced(numbers.end - numbers.start, leads);
        batches
    };
    let empty = |plant: &Plant| {
        let median = plant.median.as_ref().map(|_| Vec::new());
        Replications::new(plan.range.start, Vec::new(), median).with_views(plan.views)
    };
    let mut sets: Vec<Replications> = plants.iter().map(empty).collect();
    let keep = |batches: Vec<Batch>| {
        let pairs = sets.iter_mut().zip(batches);
        pairs.for_each(|(set, batch)| set.keep(&batch));
    };
    let cancelled = || watch.cancelled();
    let done = workers.each(pairs.len(), &cancelled, Scratch::default, work, keep);
    done.map_or_else(|panicked| Err(panicked.failed()), |()| Ok(sets))
}

/// Runs `plan` for each scenario as [`replicate`] does, but keeps no record: of a scenario's records
/// of a pair of replications (one where the range cuts it) only what `reduce` makes of them, given
/// the scenario's position. Doubts are drawn; nothing is run at the median.
///
/// `beside` does what else is to be done for the pair's numbers. `keep` is given pair by pair, in
/// order; cancelled, the first pairs without gaps.
///
/// # Errors
/// If a replication panics, which is a defect of the engine, or follows too many customers: the first that does.
pub fn replicate_reduced<T: Send, B: Send>(
    scenarios: &[&Scenario],
    plan: &Plan,
    workers: &Workers,
    watch: &dyn Watch,
    reduce: impl Fn(usize, &[Record]) -> T + Sync,
    beside: impl Fn(Range<u64>, &mut Scratch) -> B + Sync,
    mut keep: impl FnMut(Range<u64>, Vec<T>, B) + Send,
) -> Result<(), FailedReplication> {
    watch.planned(plan.range.end.saturating_sub(plan.range.start));
    let plants = scenarios.iter().map(|scenario| Plant {
        median: None,
        ..Plant::new(scenario, plan)
    });
    let plants: Vec<Plant> = plants.collect();
    let pairs = Pairs(plan.range.clone());
    let work = |scratch: &mut Scratch, index| {
        let numbers = pairs.get(index);
        let (batches, leads) = run_side_by_side(&plants, plan, numbers.clone(), scratch);
        watch.advanced(0, leads);
        let batches = batches.iter().enumerate();
        let reduced = batches.map(|(scenario, batch)| reduce(scenario, &batch.records));
        let reduced = reduced.collect();
        let beside = beside(numbers.clone(), scratch);
        watch.advanced(numbers.end - numbers.start, 0);
        (numbers, reduced, beside)
    };
    let keep = |(numbers, reduced, beside)| keep(numbers, reduced, beside);
    let cancelled = || watch.cancelled();
    let done = workers.each(pairs.len(), &cancelled, Scratch::default, work, keep);
    done.map_err(Panicked::failed)
}

/// The replications of a plan, cut where the parameter draw changes.
pub(super) struct Pairs(pub Range<u64>);

impl Pairs {
    pub fn len(&self) -> usize {
        if self.0.is_empty() {
            return 0;
        }
        usize::try_from(self.0.end.div_ceil(2) - self.0.start / 2).unwrap_or(usize::MAX)
    }

    /// The replications of the plan in its pair number `index`: one or two.
    pub fn get(&self, index: usize) -> Range<u64> {
        let draw = self.0.start / 2 + index as u64;
        self.0.start.max(2 * draw)..self.0.end.min((2 * draw).saturating_add(2))
    }
}

/// A scenario with what can be built of it once.
struct Plant<'a> {
    scenario: &'a Scenario,
    /// The funnel of all replications, where nothing is in doubt.
    fixed: Option<Funnel>,
    /// The funnel at the median, where anything is.
    median: Option<Funnel>,
}

/// The funnel of `scenario` at one draw, recording what the plan looks at.
pub(super) fn funnel(scenario: &Scenario, plan: &Plan, draw: &[f64]) -> Funnel {
    Funnel::new(scenario, draw).recording(plan.views.windows())
}

/// What a plant yields for consecutive replications.
struct Batch {
    records: Vec<Record>,
    median: Vec<Record>,
}

impl<'a> Plant<'a> {
    fn new(scenario: &'a Scenario, plan: &Plan) -> Self {
        let in_doubt = scenario.has_doubts() && !plan.certain;
        let median = Some(funnel(scenario, plan, &scenario.median_draw()));
        let (fixed, median) = if in_doubt {
            (None, median)
        } else {
            (median, None)
        };
        Self {
            scenario,
            fixed,
            median,
        }
    }

    /// The funnel of replications that share the draw of `number`.
    fn funnel(&self, plan: &Plan, number: u64) -> Funnel {
        let draw = || draw_of(self.scenario, plan, number);
        match &self.fixed {
            Some(funnel) => funnel.clone(),
            None => self.named(plan, number, || funnel(self.scenario, plan, &draw())),
        }
    }

    /// Does some work of a replication; if it panics, the panic names it.
    fn named<T>(&self, plan: &Plan, number: u64, work: impl FnOnce() -> T) -> T {
        let name = || self.scenario.name.clone();
        FailedReplication::or_panic(name, plan.seed, number, work)
    }
}

/// Runs `numbers`, which share one draw, of every plant: with the same luck, and with one warm-up where
/// they act alike before day 0. How many leads that took, those of the warm-up included, stands beside.
fn run_side_by_side(
    plants: &[Plant],
    plan: &Plan,
    numbers: Range<u64>,
    scratch: &mut Scratch,
) -> (Vec<Batch>, u64) {
    let mut leads = 0;
    let mut run = |funnels: &[Funnel], of: &[&Plant]| -> Vec<Vec<Record>> {
        let siblings = Siblings::new(funnels);
        let mut records = vec![Vec::new(); funnels.len()];
        for number in numbers.clone() {
            let running = Cell::new(0);
            let name = || of[running.get()].scenario.name.clone();
            let of_number = FailedReplication::or_panic(name, plan.seed, number, || {
                siblings.run(plan.seed, number, scratch, |position| running.set(position))
            });
            if let Some(position) = of_number.iter().position(|record| record.is_cut_short) {
                let name = of[position].scenario.name.clone();
                FailedReplication::of_too_many(name, plan.seed, number);
            }
            leads += siblings.leads(&of_number);
            let pairs = records.iter_mut().zip(of_number);
            pairs.for_each(|(records, record)| records.push(record));
        }
        records
    };
    let drawn = plants.iter().map(|plant| plant.funnel(plan, numbers.start));
    let all: Vec<&Plant> = plants.iter().collect();
    let records = run(&drawn.collect::<Vec<_>>(), &all);
    let in_doubt = |plant: &&Plant| plant.median.is_some();
    let in_doubt: Vec<&Plant> = plants.iter().filter(in_doubt).collect();
    let at_median = in_doubt.iter().filter_map(|plant| plant.median.clone());
    let mut median = run(&at_median.collect::<Vec<_>>(), &in_doubt).into_iter();
    let batch = |(plant, records): (&Plant, Vec<Record>)| Batch {
        records,
        median: match plant.median {
            Some(_) => median.next().unwrap_or_default(),
            None => Vec::new(),
        },
    };
    (plants.iter().zip(records).map(batch).collect(), leads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_cover_a_range_that_cuts_them() {
        let cut = |range: Range<u64>| -> Vec<Range<u64>> {
            let pairs = Pairs(range);
            (0..pairs.len()).map(|index| pairs.get(index)).collect()
        };
        assert_eq!(cut(0..4), [0..2, 2..4]);
        assert_eq!(cut(3..8), [3..4, 4..6, 6..8]);
        assert_eq!(cut(3..4), vec![3..4]);
        assert_eq!(cut(2..5), [2..4, 4..5]);
        assert!(cut(5..5).is_empty());
    }

    #[test]
    fn a_replication_that_panics_is_named() {
        use crate::forecast::Unwatched;
        use crate::units::Window;
        let text = "start_date = 2026-01-01\nhorizon = 3\nperiods = 3\nclosing.win = \"20% to 30%\"\n\
                    channels.a.leads_per_day = 1\ndeal.size = 1\n";
        let files = std::collections::BTreeMap::from([("plan.toml".into(), text.into())]);
        let loaded = Scenario::load("plan.toml", &[], &files);
        let (mut scenario, ..) = loaded.unwrap_or_else(|faults| panic!("{faults}"));
        // No scenario file leads here: a period after the horizon.
        let late = Window {
            start_day: 90,
            end_day: 99,
        };
        scenario.periods.push(late);
        let plan = Plan {
            seed: 3,
            range: 5..20,
            ..Plan::default()
        };
        for threads in [1, 2, 7] {
            let workers = Workers::new(Some(threads));
            let failed = replicate(&[&scenario], &plan, &workers, &Unwatched).unwrap_err();
            assert_eq!((failed.seed, failed.replication), (3, 5));
            assert_eq!(failed.scenario, "plan");
        }
    }
}
