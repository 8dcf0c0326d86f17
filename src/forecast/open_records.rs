//! What becomes of each record that is open at day 0: how likely it is won, and by when.

use std::ops::Range;

use super::parallel::{FailedReplication, Panicked, Watch, Workers};
use super::replicate::{Pairs, Plan, draw_of, funnel};
use crate::funnel::{Fate, Funnel, Scratch};
use crate::scenario::Scenario;

/// The outlook of all records of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRecords {
    /// Numbers of the replications that they are from.
    pub range: Range<u64>,
    /// In the order of [`Scenario::pipeline`]; none if no replication was run.
    pub records: Vec<RecordOutlook>,
}

/// What becomes of a record, as shares of replications.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordOutlook {
    pub id: String,
    /// Won before so many days had passed, of each horizon that was asked for. `[horizon]`
    pub won_within: Vec<f64>,
    /// Won before the scenario's horizon.
    pub won: f64,
    /// Come to nothing before it.
    pub ended: f64,
    /// Open at it. The three add up to 1.
    pub open: f64,
    /// Mean time of winning, of the replications in which it is won \[days from day 0\].
    pub mean_close_day: Option<f64>,
    /// Median of the same \[days from day 0\], exact to a day, or to a 256th of the horizon where that is longer.
    pub median_close_day: Option<f64>,
}

/// Runs `plan` as [`replicate`](fn@super::replicate) does and keeps of it what becomes of each record of the pipeline:
/// by the scenario's horizon, and within each of `horizons` \[days\]. One longer than the scenario's counts as that.
///
/// Cancelled, it tells of a shorter range, without gaps. Takes about a kilobyte a record, however many replications.
///
/// # Errors
/// If a replication panics, which is a defect of the engine, or follows too many customers: the first that does.
pub fn open_records(
    scenario: &Scenario,
    plan: &Plan,
    horizons: &[f64],
    workers: &Workers,
    watch: &dyn Watch,
) -> Result<OpenRecords, FailedReplication> {
    watch.planned(plan.range.end.saturating_sub(plan.range.start));
    let is_fixed = plan.certain || !scenario.has_doubts();
    let fixed = is_fixed.then(|| funnel(scenario, plan, &scenario.median_draw()));
    let pairs = Pairs(plan.range.clone());
    let work = |scratch: &mut Scratch, index| {
        let numbers = pairs.get(index);
        let (fates, leads) = run_pair(scenario, plan, fixed.as_ref(), numbers.clone(), scratch);
        watch.advanced(numbers.end - numbers.start, leads);
        (numbers, fates)
    };
    let n_records = scenario.pipeline.len();
    let mut tallies = vec![Tally::new(horizons, scenario.horizon_days); n_records];
    let mut range = plan.range.start..plan.range.start;
    let keep = |(numbers, fates): (Range<u64>, Vec<Vec<Fate>>)| {
        range.end = numbers.end;
        for fates in fates {
            let pairs = tallies.iter_mut().zip(fates);
            pairs.for_each(|(tally, fate)| tally.add(fate, horizons));
        }
    };
    let cancelled = || watch.cancelled();
    let done = workers.each(pairs.len(), &cancelled, Scratch::default, work, keep);
    done.map_err(Panicked::failed)?;
    let records = match range.is_empty() {
        true => Vec::new(),
        false => {
            let pairs = scenario.pipeline.iter().zip(&tallies);
            pairs
                .map(|(record, tally)| tally.outlook(record.id.clone()))
                .collect()
        }
    };
    Ok(OpenRecords { range, records })
}

/// The fates of all records in each of `numbers`, which share one draw, and how many leads it took.
fn run_pair(
    scenario: &Scenario,
    plan: &Plan,
    fixed: Option<&Funnel>,
    numbers: Range<u64>,
    scratch: &mut Scratch,
) -> (Vec<Vec<Fate>>, u64) {
    let name = || scenario.name.clone();
    let mut drawn = None;
    let mut leads = 0;
    let fates = numbers.map(|number| {
        let (record, fates) = FailedReplication::or_panic(name, plan.seed, number, || {
            let draw = || draw_of(scenario, plan, number);
            let funnel = fixed
                .unwrap_or_else(|| drawn.get_or_insert_with(|| funnel(scenario, plan, &draw())));
            funnel.fates(plan.seed, number, scratch)
        });
        if record.is_cut_short {
            FailedReplication::of_too_many(name(), plan.seed, number);
        }
        leads += record.arrived.iter().copied().map(u64::from).sum::<u64>();
        fates
    });
    (fates.collect(), leads)
}

/// How often a record came to what.
#[derive(Debug, Clone)]
struct Tally {
    /// `[horizon]`
    won_within: Vec<u64>,
    ended: u64,
    open: u64,
    /// Wins by time: the days of the horizon in equal bins.
    wins: Vec<u32>,
    bin_days: f64,
    /// Sum over wins.
    close_days: f64,
}

impl Tally {
    const MAX_BINS: u32 = 256;

    fn new(horizons: &[f64], horizon_days: u32) -> Self {
        let n_bins = horizon_days.clamp(1, Self::MAX_BINS);
        Self {
            won_within: vec![0; horizons.len()],
            ended: 0,
            open: 0,
            wins: vec![0; n_bins as usize],
            bin_days: f64::from(horizon_days) / f64::from(n_bins),
            close_days: 0.0,
        }
    }

    fn add(&mut self, fate: Fate, horizons: &[f64]) {
        match fate {
            Fate::Open => self.open += 1,
            Fate::Ended(_) => self.ended += 1,
            Fate::Won(t) => {
                for (n, horizon) in self.won_within.iter_mut().zip(horizons) {
                    *n += u64::from(t < *horizon);
                }
                let bin = ((t / self.bin_days) as usize).min(self.wins.len() - 1);
                self.wins[bin] += 1;
                self.close_days += t;
            }
        }
    }

    fn n_won(&self) -> u64 {
        self.wins.iter().copied().map(u64::from).sum()
    }

    /// What it says, of one replication at least.
    fn outlook(&self, id: String) -> RecordOutlook {
        let won = self.n_won();
        let n = (won + self.ended + self.open) as f64;
        let share = |of: u64| of as f64 / n;
        RecordOutlook {
            id,
            won_within: self.won_within.iter().map(|&of| share(of)).collect(),
            won: share(won),
            ended: share(self.ended),
            open: share(self.open),
            mean_close_day: (won > 0).then(|| self.close_days / won as f64),
            median_close_day: self.median(),
        }
    }

    /// Where half of the wins lie before, as if those of a bin were spread over it.
    fn median(&self) -> Option<f64> {
        let half = self.n_won() as f64 / 2.0;
        let mut before = 0.0;
        for (bin, &wins) in self.wins.iter().enumerate() {
            let wins = f64::from(wins);
            if wins > 0.0 && before + wins >= half {
                return Some((bin as f64 + (half - before) / wins) * self.bin_days);
            }
            before += wins;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_the_halves() {
        let tally = |times: &[f64], horizon_days| {
            let mut tally = Tally::new(&[], horizon_days);
            times.iter().for_each(|&t| tally.add(Fate::Won(t), &[]));
            tally.median()
        };
        assert_eq!(tally(&[], 100), None);
        assert_eq!(tally(&[7.2], 100), Some(7.5));
        assert_eq!(tally(&[1.5, 7.2], 100), Some(2.0));
        assert_eq!(tally(&[1.5, 7.2, 9.0], 100), Some(7.5));
        assert_eq!(tally(&[700.0], 1024), Some(702.0), "bins of four days");
    }
}
