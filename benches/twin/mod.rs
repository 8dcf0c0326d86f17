//! A hand-written twin of the reference workloads: what their model costs without an engine.
//!
//! It serves no other purpose: one sequential generator, `f64`, one lead at a time, draws straight
//! through, sorting only where the queue needs it, and each draw by the fastest scalar method known
//! here. Days 0 to 365 from an empty start:
//!
//! ```text
//! Poisson(leads_per_day), uniform within the day
//!   -> nurture Gamma(2, mean 21 d) -> 75 % unqualified | 25 % MQL -> 20 % of MQLs leak
//!   -> hand-off Exponential(mean 2 d) -> SAL
//!   -> [capacity_limited: first come, first served by reps, held Exponential(mean 0.8 d)]
//!   -> opportunity -> cycle LogNormal(median 45 d | 40 d, 0.6) -> 22 % won | lost
//!   -> deal LogNormal(mean 25,000, 0.8), booked on the day it closes
//! ```
//!
//! What limits it: 4 random numbers and a logarithm for each lead, 8 and more numbers for those who
//! reach sales, and a wrong guess of the processor for most of the fifth of them that do. A variant
//! with chunks of 256 leads per stage, which the compiler can vectorise, reached 122 M (open) and
//! 74 M (queue) leads per CPU-second; it is not one lead at a time, so it is not the definition.

mod draws;
mod line;

use draws::{Stream, Tables, exp, whole};
use line::{Reps, sort_day};

pub use line::check;

const HORIZON_DAYS: usize = 365;
const HORIZON: f64 = HORIZON_DAYS as f64;
const PERIOD_DAYS: usize = 30;
/// Periods that start before the horizon; the last has 5 days.
const N_PERIODS: usize = 13;

const NURTURE_SCALE: f64 = 21.0 / 2.0;
const HANDOFF_MEAN: f64 = 2.0;
const HOLD_MEAN: f64 = 0.8;
const OPEN_CYCLE_MEDIAN: f64 = 45.0;
const QUEUE_CYCLE_MEDIAN: f64 = 40.0;
const CYCLE_SIGMA: f64 = 0.6;
const DEAL_MEAN: f64 = 25_000.0;
const DEAL_SIGMA: f64 = 0.8;

/// Bounds below which 64 random bits fall with the probability of an MQL, of an MQL that does not
/// leak, and of a win.
const MQL: u64 = below(0.25);
const MQL_KEPT: u64 = below(0.25 * 0.80);
const WIN: u64 = below(0.22);

const fn below(probability: f64) -> u64 {
    (probability * 18_446_744_073_709_551_616.0) as u64
}

/// What is counted in each period, by the date of the event.
#[derive(Clone, Copy)]
pub enum Count {
    Unqualified,
    Leaked,
    Mqls,
    Lost,
    Won,
    Leads,
    Sals,
    /// SALs that a rep took up, by the date when they joined the line.
    TakenUp,
    Opportunities,
}

/// The record of one replication.
#[derive(Clone, Default)]
pub struct Totals {
    /// `[period][Count]`
    counts: [[u64; 9]; N_PERIODS],
    /// `[period]`: deals won \[currency\].
    revenue: [f64; N_PERIODS],
    /// `[period]`: waits for a rep by those taken up who joined the line then \[days\].
    waits: [f64; N_PERIODS],
}

impl Totals {
    pub fn sum(&self, count: Count) -> f64 {
        let periods = self.counts.iter();
        periods.map(|counts| counts[count as usize]).sum::<u64>() as f64
    }

    pub fn revenue(&self) -> f64 {
        self.revenue.iter().sum()
    }

    pub fn wait_days(&self) -> f64 {
        self.waits.iter().sum()
    }

    /// Leads without an outcome at the horizon.
    pub fn open(&self) -> f64 {
        let ends = [Count::Unqualified, Count::Leaked, Count::Lost, Count::Won];
        self.sum(Count::Leads) - ends.map(|end| self.sum(end)).iter().sum::<f64>()
    }

    #[inline(always)]
    fn add(&mut self, count: usize, t: f64) {
        self.counts[period(t)][count] += 1;
    }
}

/// The period of `t` \[days, 0 ≤ t < horizon\].
#[inline(always)]
fn period(t: f64) -> usize {
    whole(t * (1.0 / PERIOD_DAYS as f64))
}

/// Tables and buffers of a workload, for one replication after another.
pub struct Twin {
    tables: Tables,
    /// `[day]`: who joins the line on that day.
    joining: Vec<Vec<f64>>,
}

impl Twin {
    pub fn new(leads_per_day: f64) -> Self {
        Self {
            tables: Tables::new(leads_per_day),
            joining: vec![Vec::new(); HORIZON_DAYS],
        }
    }

    /// One replication of a funnel without limits.
    pub fn open_funnel(&mut self, seed: u64) -> Totals {
        let mut run = Run::new(&self.tables, seed, OPEN_CYCLE_MEDIAN);
        for day in 0..HORIZON_DAYS {
            for _ in 0..run.arrivals(day) {
                if let Some(sal) = run.nurture(day) {
                    run.totals.add(Count::Sals as usize, sal);
                    run.close(sal);
                }
            }
        }
        run.finish()
    }

    /// One replication of a funnel whose SALs wait for one of `n_reps` reps.
    pub fn capacity_limited(&mut self, seed: u64, n_reps: usize) -> Totals {
        let mut run = Run::new(&self.tables, seed, QUEUE_CYCLE_MEDIAN);
        let mut reps = Reps::new(n_reps);
        let mut line = Vec::new();
        for day in 0..HORIZON_DAYS {
            for _ in 0..run.arrivals(day) {
                if let Some(sal) = run.nurture(day) {
                    self.joining[whole(sal)].push(sal);
                }
            }
            // Who joins on this day is now complete.
            sort_day(&self.joining[day], &mut line);
            self.joining[day].clear();
            run.totals.counts[day / PERIOD_DAYS][Count::Sals as usize] += line.len() as u64;
            let (mut n_taken_up, mut wait_days) = (0, 0.0);
            for &joined in &line {
                let start = joined.max(reps.first_free());
                if start >= HORIZON {
                    break;
                }
                n_taken_up += 1;
                wait_days += start - joined;
                let end = start + HOLD_MEAN * run.tables.exponential(&mut run.stream);
                reps.hold_until(end);
                if end < HORIZON {
                    run.totals.add(Count::Opportunities as usize, end);
                    run.close(end);
                }
            }
            run.totals.counts[day / PERIOD_DAYS][Count::TakenUp as usize] += n_taken_up;
            run.totals.waits[day / PERIOD_DAYS] += wait_days;
        }
        run.finish()
    }
}

/// One replication under way.
struct Run<'a> {
    tables: &'a Tables,
    stream: Stream,
    cycle_mu: f64,
    totals: Totals,
}

impl<'a> Run<'a> {
    fn new(tables: &'a Tables, seed: u64, cycle_median: f64) -> Self {
        Self {
            tables,
            stream: Stream::new(seed),
            cycle_mu: cycle_median.ln(),
            totals: Totals::default(),
        }
    }

    /// How many leads come on `day`.
    #[inline(always)]
    fn arrivals(&mut self, day: usize) -> usize {
        let n = self.tables.count(&mut self.stream);
        self.totals.counts[day / PERIOD_DAYS][Count::Leads as usize] += n as u64;
        n
    }

    /// Takes a lead of `day` to sales: when, if it gets there.
    #[inline(always)]
    fn nurture(&mut self, day: usize) -> Option<f64> {
        let arrival = day as f64 + self.stream.uniform();
        let product = self.stream.uniform() * self.stream.uniform();
        let t = arrival + NURTURE_SCALE * self.tables.neg_ln(product);
        let bits = self.stream.bits();
        if t >= HORIZON {
            return None;
        }
        // Unqualified, leaked or kept as an MQL, without a branch.
        let outcome = usize::from(bits < MQL) + usize::from(bits < MQL_KEPT);
        self.totals.add(outcome, t);
        if bits >= MQL_KEPT {
            return None;
        }
        let sal = t + HANDOFF_MEAN * self.tables.exponential(&mut self.stream);
        (sal < HORIZON).then_some(sal)
    }

    /// Takes an opportunity to its close.
    #[inline(always)]
    fn close(&mut self, opened: f64) {
        let cycle = exp(self.cycle_mu + CYCLE_SIGMA * self.tables.normal(&mut self.stream));
        let bits = self.stream.bits();
        let closed = opened + cycle;
        if closed >= HORIZON {
            return;
        }
        let is_won = bits < WIN;
        let outcome = Count::Lost as usize + usize::from(is_won);
        self.totals.add(outcome, closed);
        if is_won {
            let mu = DEAL_MEAN.ln() - 0.5 * DEAL_SIGMA * DEAL_SIGMA;
            let deal = exp(mu + DEAL_SIGMA * self.tables.normal(&mut self.stream));
            self.totals.revenue[period(closed)] += deal;
        }
    }

    /// Adds what follows from other counts: leaked leads were MQLs; without a line, SALs are
    /// taken up and opportunities at once.
    fn finish(mut self) -> Totals {
        let has_line = self.totals.sum(Count::TakenUp) > 0.0;
        for counts in &mut self.totals.counts {
            counts[Count::Mqls as usize] += counts[Count::Leaked as usize];
            if !has_line {
                counts[Count::TakenUp as usize] = counts[Count::Sals as usize];
                counts[Count::Opportunities as usize] = counts[Count::Sals as usize];
            }
        }
        self.totals
    }
}
