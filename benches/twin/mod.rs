//! Hand-written twins of the reference workloads: what one model costs without an engine.
//!
//! A twin knows its two models by heart. It has one sequential generator per replication, takes
//! leads in the order of their arrival, in chunks that stay in the nearest cache, and counts
//! everything the model can be asked for. Chunks flow through the funnel like water through a
//! mill: each stage works on full chunks, and what survives is packed for the next one.
//!
//! The models, days 0 to 365 from an empty start:
//!
//! ```text
//! Poisson(leads_per_day), uniform within the day
//!   -> nurture Gamma(2, mean 21 d) -> 75 % unqualified | 25 % MQL -> 20 % of MQLs leak
//!   -> hand-off Exponential(mean 2 d) -> SAL
//!   -> [capacity_limited: first come, first served by reps, held Exponential(mean 0.8 d)]
//!   -> opportunity -> cycle LogNormal(median 45 d | 40 d, 0.6) -> 22 % won | lost
//!   -> deal LogNormal(mean 25,000, 0.8), booked on the day it closes
//! ```

mod line;
mod stream;

use line::{Reps, days, sort_day, ticks};
use stream::{
    Poisson, Stream, Ziggurat, below, coin, exp, flag_if_below, neg_ln, one_to_two, open_zero,
};

pub const HORIZON_DAYS: usize = 365;
pub const DAYS_PER_PERIOD: usize = 30;
/// 30-day periods that start before the horizon; the last has 5 days.
pub const N_PERIODS: usize = HORIZON_DAYS.div_ceil(DAYS_PER_PERIOD);

const NURTURE_SCALE_DAYS: f64 = 21.0 / 2.0;
const MQL_RATE: f64 = 0.25;
const LEAK_RATE: f64 = 0.20;
const HANDOFF_DELAY_DAYS: f64 = 2.0;
const SERVICE_DAYS: f64 = 0.8;
const CYCLE_SIGMA: f64 = 0.6;
const WIN_RATE: f64 = 0.22;
const DEAL_MEAN: f64 = 25_000.0;
const DEAL_SIGMA: f64 = 0.8;
const OPEN_CYCLE_MEDIAN_DAYS: f64 = 45.0;
const QUEUE_CYCLE_MEDIAN_DAYS: f64 = 40.0;

/// Leads worked on at a time; a chunk of everything fits the nearest cache.
const CHUNK: usize = 256;

/// Events are counted in bins of 5 days, of which 6 make a period and 73 the horizon.
const BIN_DAYS: usize = 5;
const N_BINS: u64 = (HORIZON_DAYS / BIN_DAYS) as u64;

/// What happened in one 30-day period, by the date of each event.
#[derive(Clone, Copy, Debug, Default)]
pub struct Period {
    pub leads: u64,
    pub unqualified: u64,
    pub mqls: u64,
    /// MQLs that no one took over.
    pub leaked: u64,
    pub sals: u64,
    /// Equal to `sals` in the open funnel; in the other when the rep is done with the lead.
    pub opportunities: u64,
    pub won: u64,
    pub lost: u64,
    /// Deals won in this period \[currency\].
    pub revenue: f64,
}

/// The record of one replication.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    pub periods: [Period; N_PERIODS],
    /// Leads that a rep took up before the horizon.
    pub n_taken_up: u64,
    /// Sum of their waits for a rep \[days\].
    pub wait_days: f64,
}

impl Totals {
    pub fn sum(&self) -> Period {
        let mut sum = Period::default();
        for period in &self.periods {
            sum.leads += period.leads;
            sum.unqualified += period.unqualified;
            sum.mqls += period.mqls;
            sum.leaked += period.leaked;
            sum.sals += period.sals;
            sum.opportunities += period.opportunities;
            sum.won += period.won;
            sum.lost += period.lost;
            sum.revenue += period.revenue;
        }
        sum
    }
}

/// Tables and buffers, taken once and used for one replication after another.
pub struct Scratch {
    arrivals: Poisson,
    normal: Ziggurat,
    tally: Tally,
    mqls: Packed<f64>,
    won: Packed<u64>,
    /// `[day]`: who joins the line that day, in ticks.
    joined: Vec<Vec<u64>>,
}

impl Scratch {
    pub fn new(leads_per_day: f64) -> Self {
        Self {
            arrivals: Poisson::new(leads_per_day),
            normal: Ziggurat::new(),
            tally: Tally::new(),
            mqls: Packed::new(),
            won: Packed::new(),
            joined: vec![Vec::new(); HORIZON_DAYS + 1],
        }
    }

    fn prepare(&mut self, leads_per_day: f64) {
        if self.arrivals.mean != leads_per_day {
            self.arrivals = Poisson::new(leads_per_day);
        }
        self.tally = Tally::new();
        self.joined.iter_mut().for_each(Vec::clear);
    }
}

/// One replication of a funnel without limits.
pub fn open_funnel(seed: u64, leads_per_day: f64, scratch: &mut Scratch) -> Totals {
    scratch.prepare(leads_per_day);
    let mut run = Run::new(seed, OPEN_CYCLE_MEDIAN_DAYS, scratch);
    run.mqls(|run, mqls, n| {
        let handed_off = run.handed_off(mqls);
        run.close(&handed_off, n);
    });
    run.book_rest();
    let mut totals = scratch.tally.totals();
    for period in &mut totals.periods {
        period.sals = period.opportunities;
    }
    totals
}

/// One replication of a funnel whose SALs wait for one of `n_reps` reps.
pub fn capacity_limited(
    seed: u64,
    leads_per_day: f64,
    n_reps: usize,
    scratch: &mut Scratch,
) -> Totals {
    scratch.prepare(leads_per_day);
    let mut run = Run::new(seed, QUEUE_CYCLE_MEDIAN_DAYS, scratch);
    run.mqls(|run, mqls, n| {
        let handed_off = run.handed_off(mqls);
        run.join(&handed_off[..n]);
    });
    let (n_taken_up, wait_days) = run.work_off(n_reps);
    run.book_rest();
    let mut totals = scratch.tally.totals();
    for (day, joined) in scratch.joined[..HORIZON_DAYS].iter().enumerate() {
        totals.periods[day / DAYS_PER_PERIOD].sals += joined.len() as u64;
    }
    Totals {
        n_taken_up,
        wait_days,
        ..totals
    }
}

/// Survivors of a stage, packed until they fill a chunk for the next.
struct Packed<T> {
    values: [T; 2 * CHUNK],
    n: usize,
}

impl<T: Copy + Default> Packed<T> {
    fn new() -> Self {
        Self {
            values: [T::default(); 2 * CHUNK],
            n: 0,
        }
    }

    /// Writes `value`, and keeps it if `keep`: a store and an addition, no branch.
    #[inline(always)]
    fn push_if(&mut self, value: T, keep: bool) {
        self.values[self.n % (2 * CHUNK)] = value;
        self.n += usize::from(keep);
    }

    /// A full chunk, if there is one.
    #[inline(always)]
    fn take_chunk(&mut self) -> Option<[T; CHUNK]> {
        if self.n < CHUNK {
            return None;
        }
        let chunk = std::array::from_fn(|i| self.values[i]);
        self.values.copy_within(CHUNK..self.n, 0);
        self.n -= CHUNK;
        Some(chunk)
    }

    /// The last chunk and how much of it counts.
    fn take_rest(&mut self) -> ([T; CHUNK], usize) {
        let n = std::mem::take(&mut self.n);
        (std::array::from_fn(|i| self.values[i]), n)
    }
}

/// Key of an event: its 5-day bin, with flags above.
const BIN_BITS: u32 = 8;
const BIN_MASK: u64 = (1 << BIN_BITS) - 1;
const QUALIFIED: u64 = 1 << BIN_BITS;
const KEPT: u64 = 2 << BIN_BITS;
const WON: u64 = 1 << BIN_BITS;

/// The 5-day bin of `t` \[days, 0 ≤ t < 1,280\]; bins from [`N_BINS`] on are past the horizon.
#[inline(always)]
fn bin(t: f64) -> u64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    ((t * (1.0 / BIN_DAYS as f64) - 0.5) + ROUND).to_bits() & BIN_MASK
}

/// Counts of one replication, as the stages find it fastest to keep them.
struct Tally {
    /// `[day]`
    leads: [u32; HORIZON_DAYS],
    /// `[key]`, with the flags `QUALIFIED` and `KEPT`.
    nurtured: [u32; 4 << BIN_BITS],
    /// `[bin]`
    opened: [u32; 1 << BIN_BITS],
    /// `[key]`, with the flag `WON`.
    closed: [u32; 2 << BIN_BITS],
    /// `[bin]`
    revenue: [f64; 1 << BIN_BITS],
}

impl Tally {
    fn new() -> Self {
        Self {
            leads: [0; HORIZON_DAYS],
            nurtured: [0; 4 << BIN_BITS],
            opened: [0; 1 << BIN_BITS],
            closed: [0; 2 << BIN_BITS],
            revenue: [0.0; 1 << BIN_BITS],
        }
    }

    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for (day, &n) in self.leads.iter().enumerate() {
            totals.periods[day / DAYS_PER_PERIOD].leads += u64::from(n);
        }
        for bin in 0..N_BINS as usize {
            let period = &mut totals.periods[bin * BIN_DAYS / DAYS_PER_PERIOD];
            let nurtured = |flags: u64| u64::from(self.nurtured[bin | flags as usize]);
            period.unqualified += nurtured(0);
            period.leaked += nurtured(QUALIFIED);
            period.mqls += nurtured(QUALIFIED) + nurtured(QUALIFIED | KEPT);
            period.opportunities += u64::from(self.opened[bin]);
            period.lost += u64::from(self.closed[bin]);
            period.won += u64::from(self.closed[bin | WON as usize]);
            period.revenue += self.revenue[bin];
        }
        totals
    }
}

/// One replication under way.
struct Run<'a> {
    stream: Stream,
    cycle_mu: f64,
    scratch: &'a mut Scratch,
}

impl<'a> Run<'a> {
    fn new(seed: u64, cycle_median_days: f64, scratch: &'a mut Scratch) -> Self {
        Self {
            stream: Stream::new(seed),
            cycle_mu: cycle_median_days.ln(),
            scratch,
        }
    }

    /// Takes every lead to its MQL and gives those that did not leak to `next`, by the chunk.
    #[inline(always)]
    fn mqls(&mut self, mut next: impl FnMut(&mut Self, &[f64; CHUNK], usize)) {
        let mut day_before = [0.0; CHUNK];
        let mut n = 0;
        for day in 0..HORIZON_DAYS {
            let mut left = self.scratch.arrivals.draw(&mut self.stream);
            self.scratch.tally.leads[day] = left as u32;
            while left > 0 {
                let now = left.min(CHUNK - n);
                day_before[n..n + now].fill(day as f64 - 1.0);
                n += now;
                left -= now;
                if n == CHUNK {
                    self.nurture(&day_before, n);
                    n = 0;
                    if let Some(mqls) = self.scratch.mqls.take_chunk() {
                        next(self, &mqls, CHUNK);
                    }
                }
            }
        }
        self.nurture(&day_before, n);
        while let Some(mqls) = self.scratch.mqls.take_chunk() {
            next(self, &mqls, CHUNK);
        }
        let (mqls, n) = self.scratch.mqls.take_rest();
        next(self, &mqls, n);
    }

    /// Nurtures the first `n` leads of a chunk: when, and with what result.
    #[inline(always)]
    fn nurture(&mut self, day_before: &[f64; CHUNK], n: usize) {
        let mut arrival = [0; CHUNK];
        let mut delay = [[0; CHUNK]; 2];
        self.stream.fill(&mut arrival);
        self.stream.fill(&mut delay[0]);
        self.stream.fill(&mut delay[1]);
        let mut time = [0.0; CHUNK];
        let mut key = [0; CHUNK];
        for i in 0..CHUNK {
            let arrived = day_before[i] + one_to_two(arrival[i]);
            let product = open_zero(delay[0][i]) * open_zero(delay[1][i]);
            time[i] = arrived + NURTURE_SCALE_DAYS * neg_ln(product);
            let coin = coin(arrival[i]);
            key[i] = bin(time[i])
                | flag_if_below(coin, below(MQL_RATE), QUALIFIED)
                | flag_if_below(coin, below(MQL_RATE * (1.0 - LEAK_RATE)), KEPT);
        }
        let Scratch { tally, mqls, .. } = &mut *self.scratch;
        for (&key, &time) in key[..n].iter().zip(&time[..n]) {
            tally.nurtured[key as usize % (4 << BIN_BITS)] += 1;
            mqls.push_if(time, key.wrapping_sub(QUALIFIED | KEPT) < N_BINS);
        }
    }

    /// When sales has them.
    #[inline(always)]
    fn handed_off(&mut self, mqls: &[f64; CHUNK]) -> [f64; CHUNK] {
        let mut raw = [0; CHUNK];
        self.stream.fill(&mut raw);
        std::array::from_fn(|i| mqls[i] + HANDOFF_DELAY_DAYS * neg_ln(open_zero(raw[i])))
    }

    /// Opens opportunities at `opened` and takes them to their close.
    #[inline(always)]
    fn close(&mut self, opened: &[f64; CHUNK], n: usize) {
        let Scratch {
            normal, tally, won, ..
        } = &mut *self.scratch;
        let mut z = [0.0; CHUNK];
        for z in &mut z[..n] {
            *z = normal.draw(&mut self.stream);
        }
        let mut raw = [0; CHUNK];
        self.stream.fill(&mut raw);
        let mut open_bin = [0; CHUNK];
        let mut key = [0; CHUNK];
        for i in 0..CHUNK {
            let closed = opened[i] + exp(self.cycle_mu + CYCLE_SIGMA * z[i]);
            let closed = if closed < 1_000.0 { closed } else { 1_000.0 };
            open_bin[i] = bin(opened[i]);
            key[i] = bin(closed) | flag_if_below(coin(raw[i]), below(WIN_RATE), WON);
        }
        for (&open_bin, &key) in open_bin[..n].iter().zip(&key[..n]) {
            tally.opened[open_bin as usize % (1 << BIN_BITS)] += 1;
            tally.closed[key as usize % (2 << BIN_BITS)] += 1;
            won.push_if(key & BIN_MASK, key.wrapping_sub(WON) < N_BINS);
        }
        if let Some(won) = won.take_chunk() {
            self.book(&won, CHUNK);
        }
    }

    /// Books the first `n` deals of a chunk in their bins.
    #[inline(always)]
    fn book(&mut self, won: &[u64; CHUNK], n: usize) {
        let Scratch { normal, tally, .. } = &mut *self.scratch;
        let mu = DEAL_MEAN.ln() - 0.5 * DEAL_SIGMA * DEAL_SIGMA;
        let mut deal = [0.0; CHUNK];
        for deal in &mut deal[..n] {
            *deal = normal.draw(&mut self.stream);
        }
        for deal in &mut deal {
            *deal = exp(mu + DEAL_SIGMA * *deal);
        }
        for (&bin, &deal) in won[..n].iter().zip(&deal[..n]) {
            tally.revenue[bin as usize % (1 << BIN_BITS)] += deal;
        }
    }

    fn book_rest(&mut self) {
        let (won, n) = self.scratch.won.take_rest();
        self.book(&won, n);
    }

    /// Notes the day on which each lead joins the line for a rep.
    #[inline(always)]
    fn join(&mut self, handed_off: &[f64]) {
        let joined = &mut self.scratch.joined;
        for &t in handed_off {
            joined[(t as i32 as usize).min(HORIZON_DAYS)].push(ticks(t));
        }
    }

    /// Works off the line, day by day, and takes what is done to its close.
    ///
    /// - Returns (leads taken up before the horizon, sum of their waits \[days\])
    #[inline(always)]
    fn work_off(&mut self, n_reps: usize) -> (u64, f64) {
        let mut reps = Reps::new(n_reps);
        let (mut n_taken_up, mut wait_days) = (0, 0.0);
        let mut line = Vec::new();
        for day in 0..HORIZON_DAYS {
            let joined = &self.scratch.joined[day];
            let n_before = line.len();
            line.resize(n_before + joined.len(), 0);
            sort_day(joined, &mut line[n_before..]);
            let is_last_day = day + 1 == HORIZON_DAYS;
            let mut head = 0;
            while line.len() - head >= CHUNK || (is_last_day && head < line.len()) {
                let n = CHUNK.min(line.len() - head);
                let (n_started, waits) = self.serve(&mut reps, &line[head..head + n]);
                n_taken_up += n_started as u64;
                wait_days += waits;
                head += n;
            }
            line.drain(..head);
        }
        (n_taken_up, wait_days)
    }

    #[inline(always)]
    fn serve(&mut self, reps: &mut Reps, arrivals: &[u64]) -> (usize, f64) {
        let mut raw = [0; CHUNK];
        self.stream.fill(&mut raw);
        let services: [u64; CHUNK] =
            std::array::from_fn(|i| ticks(SERVICE_DAYS * neg_ln(open_zero(raw[i]))));
        let mut done = [0.0; CHUNK];
        let horizon = ticks(HORIZON_DAYS as f64);
        let (n_started, waits) = reps.serve(arrivals, &services, horizon, &mut done);
        self.close(&done, n_started);
        (n_started, days_of_sum(waits))
    }
}

/// Days of a sum of ticks, which may exceed what a single time can be.
fn days_of_sum(ticks: u64) -> f64 {
    ticks as f64 / (1_u64 << line::DAY_BITS) as f64
}

/// Compares the tournament with the plain rule, lead by lead.
///
/// # Panics
///
/// When a lead is served at another time.
pub fn check_line(n_reps: usize) {
    let mut stream = Stream::new(n_reps as u64);
    let mut reps = Reps::new(n_reps);
    let mut free = vec![0.0_f64; n_reps];
    let load = 0.95 * n_reps as f64 / SERVICE_DAYS;
    let mut t = 0.0;
    while t < 100.0 {
        t += neg_ln(open_zero(stream.next())) / load;
        let service = SERVICE_DAYS * neg_ln(open_zero(stream.next()));
        let mut done = [0.0];
        reps.serve(&[ticks(t)], &[ticks(service)], ticks(365.0), &mut done);
        let first = free
            .iter_mut()
            .min_by(|a, b| a.total_cmp(b))
            .expect("there is a rep");
        *first = t.max(*first) + service;
        assert!(
            (*first - done[0]).abs() < 1e-6,
            "{first} by the rule, {} by the tournament",
            done[0]
        );
        assert!((days(ticks(t)) - t).abs() < 1e-12);
    }
}
