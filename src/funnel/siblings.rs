//! Funnels that act alike before day 0 share one warm-up: its state at day 0 is copied.
//!
//! Sharing changes no byte. What would be decided before day 0 but counts only after it (a deal won
//! then, a lead that matures then) is left to the funnel that acts then.

use super::observe::Nobody;
use super::{Funnel, Record, Scratch};

/// Funnels that are run with the same luck, side by side.
#[derive(Debug)]
pub struct Siblings<'a> {
    funnels: &'a [Funnel],
    /// Positions of funnels that act alike before day 0, in order.
    families: Vec<Vec<usize>>,
}

impl<'a> Siblings<'a> {
    /// Finds out which of `funnels` can share a warm-up. O(funnels × families × days).
    pub fn new(funnels: &'a [Funnel]) -> Self {
        let mut families: Vec<Vec<usize>> = Vec::new();
        for (position, funnel) in funnels.iter().enumerate() {
            let family = families
                .iter_mut()
                .find(|family| funnels[family[0]].acts_alike_before_day_0(funnel));
            match family {
                Some(family) => family.push(position),
                None => families.push(vec![position]),
            }
        }
        Self { funnels, families }
    }

    /// How many warm-ups it takes to run all.
    pub fn n_warm_ups(&self) -> usize {
        self.families.len()
    }

    /// Runs one replication of each: the records of [`Funnel::run`], in the order of the funnels.
    /// `begins` is told the position of the funnel that acts next.
    pub fn run(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
        begins: impl Fn(usize),
    ) -> Vec<Record> {
        let mut records: Vec<(usize, Record)> = Vec::with_capacity(self.funnels.len());
        for family in &self.families {
            begins(family[0]);
            match family[..] {
                [only] => {
                    records.push((only, self.funnels[only].run(seed, replication, scratch)));
                }
                _ => self.run_family(family, [seed, replication], scratch, &begins, &mut records),
            }
        }
        records.sort_by_key(|(position, _)| *position);
        records.into_iter().map(|(_, record)| record).collect()
    }

    /// How many leads it took to get `records`, one of each funnel: a shared warm-up counts once.
    pub fn leads(&self, records: &[Record]) -> u64 {
        let leads = |of: &[usize], when: usize| -> u64 {
            let arrived = of.iter().map(|&position| records[position].arrived[when]);
            arrived.map(u64::from).sum()
        };
        let families = self.families.iter();
        families
            .map(|family| leads(&family[..1], 0) + leads(family, 1))
            .sum()
    }

    fn run_family(
        &self,
        family: &[usize],
        [seed, replication]: [u64; 2],
        scratch: &mut Scratch,
        begins: &impl Fn(usize),
        records: &mut Vec<(usize, Record)>,
    ) {
        self.funnels[family[0]].warm_up(seed, replication, scratch);
        let at_day_0 = scratch.state.clone();
        for (nth, &position) in family.iter().enumerate() {
            if nth > 0 {
                scratch.state = at_day_0.clone();
            }
            begins(position);
            let record = self.funnels[position].run_from_day_0(seed, replication, scratch);
            records.push((position, record));
        }
    }
}

impl Funnel {
    /// Runs the days before day 0 and leaves the state at day 0 in `scratch`, with nothing decided that
    /// day 0 and later may decide otherwise.
    fn warm_up(&self, seed: u64, replication: u64, scratch: &mut Scratch) {
        let alignment = self.alignment(seed, replication);
        self.reset(scratch, seed, replication);
        let days = self.first_day..0;
        self.run_days(scratch, &alignment, days, true, &mut Nobody);
    }

    /// Goes on from the state at day 0 in `scratch`.
    fn run_from_day_0(&self, seed: u64, replication: u64, scratch: &mut Scratch) -> Record {
        let alignment = self.alignment(seed, replication);
        let days = 0..self.horizon_days;
        self.run_days(scratch, &alignment, days, false, &mut Nobody);
        self.finish(scratch, &alignment, &mut Nobody)
    }

    /// Whether both bring every lead to the same state at day 0, whatever the luck.
    ///
    /// Errs on the side of no. Where the whole horizon is one block, decisions of later days are taken
    /// early, and nothing can be shared.
    fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        let day_0 = -self.first_day as usize;
        let same_frame = day_0 > 0
            && self.blocks_per_day.is_some()
            && self.blocks_per_day == other.blocks_per_day
            && self.first_day == other.first_day
            && self.horizon_days == other.horizon_days
            && self.reasons == other.reasons
            && self.quality_matters_after_score == other.quality_matters_after_score
            && self.quantum == other.quantum
            && self.followed.acts_alike_before_day_0(&other.followed)
            && (!self.followed.is_stated() || self.periods == other.periods)
            && self.pipeline.is_empty()
            && other.pipeline.is_empty();
        same_frame
            && self.levers.act_alike_before_day_0(&other.levers)
            && self.channels.len() == other.channels.len()
            && self.sources.len() == other.sources.len()
            && self
                .channels
                .iter()
                .zip(&other.channels)
                .all(|(a, b)| a.acts_alike_before_day_0(b, day_0))
            && self
                .sources
                .iter()
                .zip(&other.sources)
                .all(|(a, b)| a.acts_alike_before_day_0(b, day_0))
            && self.nurturing.acts_alike_before_day_0(&other.nurturing)
            && self.handoff.acts_alike_before_day_0(&other.handoff)
            && self.first_station == other.first_station
            && self
                .stations()
                .iter()
                .all(|&station| self.teams[station].acts_alike_before_day_0(&other.teams[station]))
            && self.closing.acts_alike_before_day_0(&other.closing)
    }
}
