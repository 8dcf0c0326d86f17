//! ONE future: a scenario at one draw of its doubts, and the run of one replication.
//!
//! Leads move through the stages in continuous time, in days. The whole horizon is one block of time
//! unless what happens acts back on the run (recycling, a pool of hours): then a block is a day, and
//! within it a lead goes as far as the block allows. Forcing days on a scenario that needs none
//! changes no byte.

mod alignment;
mod arriving;
mod awareness;
mod blocks;
mod clock;
mod closing;
mod cohort;
mod customers;
mod demand;
mod fate;
mod feedback;
mod handoff;
mod hazards;
mod journey;
mod lead;
mod ledger;
mod lifetime;
mod money;
mod nurturing;
mod observe;
mod parameters;
mod plain;
mod pot;
mod queue;
mod reasons;
mod retained;
mod roster;
mod run;
mod siblings;
mod start;
mod station;
mod tally;
mod team;
mod trace;

use std::ops::Range;

use alignment::{Alignment, LeverLuck};
use awareness::{ArrivalKeys, Channel, Days, Source, Span};
pub use cohort::Cohort;
pub use customers::MOST_FOLLOWED;
use customers::{Customers, Followed};
use demand::Demand;
pub use fate::Fate;
pub use journey::{Journey, Journeys};
use ledger::Frame;
use money::Books;
pub use money::{Account, AccountKind};
pub use observe::{Event, Reading};
use observe::{Nobody, Observer};
use plain::{PlainRules, PlainSales};
pub use retained::Retained;
use run::{Run, State};
pub use siblings::Siblings;
use station::{PerStation, Station};
pub use tally::{Count, Record, Stock, Sum, Tally};
pub use trace::{Entry, Story, Traced, Wanted, What};

use crate::random::Entity;
use crate::scenario::{OpenStage, Process, Scenario};
use crate::units::Window;

/// A scenario at one draw of its doubts: all numbers fixed, ready to run replications.
#[derive(Debug, Clone)]
pub struct Funnel {
    first_day: i32,
    horizon_days: i32,
    /// Recorded warm-up periods, then periods.
    periods: Vec<Window>,
    /// What else is recorded; none of it for a window of which no day is simulated.
    windows: Vec<Option<Window>>,
    /// None: the whole horizon is one block.
    blocks_per_day: Option<u32>,
    channels: Vec<Channel>,
    sources: Vec<Source>,
    nurturing: nurturing::Parameters,
    handoff: handoff::Parameters,
    teams: PerStation<queue::Parameters>,
    /// Where leads are touched.
    first_station: Station,
    closing: closing::Parameters,
    books: Books,
    customers: Customers,
    followed: Followed,
    levers: alignment::Parameters,
    pipeline: Vec<start::Record>,
    reasons: reasons::Numbers,
    /// Whether quality is needed beyond the score that qualifies.
    quality_matters_after_score: bool,
    /// Of each source; none where they are not plain.
    plain_rules: Vec<Option<PlainRules>>,
    plain_sales: Option<PlainSales>,
    shares_scaled: bool,
    /// Money per unit of the ledger's revenue.
    quantum: f64,
}

/// Memory that one thread reuses from replication to replication; it holds no result.
#[derive(Debug, Default)]
pub struct Scratch {
    arrivals: ArrivalKeys,
    state: State,
}

impl Funnel {
    const OPEN_NURTURING: usize = 0;
    const OPEN_ROUTING: usize = 1;
    const OPEN_QUEUE: usize = 2;
    const OPEN_SAL_QUEUE: usize = 3;
    const OPEN_WORKING: usize = 4;
    const OPEN_CLOSING: usize = 5;

    /// The stage of open stage number `index`.
    fn open_stage(&self, index: usize) -> OpenStage {
        match index {
            Self::OPEN_NURTURING => OpenStage::Nurturing,
            Self::OPEN_ROUTING => OpenStage::Routing,
            Self::OPEN_QUEUE => OpenStage::Queue,
            Self::OPEN_SAL_QUEUE => OpenStage::SalQueue,
            Self::OPEN_WORKING => OpenStage::Working,
            _ if index == self.open_recycled() => OpenStage::Recycled,
            _ => OpenStage::Closing(index - Self::OPEN_CLOSING),
        }
    }

    fn open_recycled(&self) -> usize {
        Self::OPEN_CLOSING + self.closing.stages.len()
    }

    /// Fixes every doubt of `scenario` at `draw`, `[Scenario::doubts]`. O(days × sources).
    pub fn new(scenario: &Scenario, draw: &[f64]) -> Funnel {
        let process = &scenario.process;
        let past = scenario.past.as_deref();
        let first_day = -(scenario.warm_up_days as i32);
        let horizon_days = scenario.horizon_days as i32;
        let demand = Demand::new(scenario, draw);
        let span = |process, first_day, end_day| Span {
            process,
            demand: &demand,
            draw,
            start: scenario.start,
            first_day,
            end_day,
        };
        let sources = match past {
            None => awareness::sources(span(process, first_day, horizon_days)),
            Some(past) => {
                let own = awareness::sources(span(process, 0, horizon_days));
                let past = awareness::sources(span(past, first_day, 0));
                own.into_iter()
                    .map(|own| {
                        let past = past.iter().find(|past| past.name == own.name);
                        own.after(
                            past.expect("both have the same channels and segments")
                                .clone(),
                        )
                    })
                    .collect()
            }
        };
        let mut sources = sources;
        let followed = Followed::new(scenario, draw);
        sources.iter_mut().for_each(Source::tabulate_usual_count);
        let days = Days {
            start: scenario.start,
            first: first_day,
            end: horizon_days,
        };
        let own = Stages::new(process, days, draw);
        let past_stages = past.map(|past| Stages::new(past, days, draw));
        let Stages {
            nurturing,
            handoff,
            teams,
            closing,
            shares_scaled,
        } = past_stages.map_or(own.clone(), |past| own.after(&past));
        let levers =
            alignment::Parameters::new(&process.levers, past.map(|past| &past.levers), draw);
        let quantum = closing.deal_quantum();
        let funnel = Funnel {
            first_day,
            horizon_days,
            windows: Vec::new(),
            periods: scenario
                .warm_up_periods
                .iter()
                .chain(&scenario.periods)
                .copied()
                .collect(),
            blocks_per_day: (handoff.recycles()
                || Station::ALL
                    .iter()
                    .any(|&station| teams[station].has_pool())
                || handoff.trust.iter().any(Option::is_some)
                || levers.learn_from_verdicts()
                || followed.is_stated())
            .then_some(1),
            channels: awareness::channels(process, past, &demand, draw),
            books: Books::new(scenario, draw, &demand, &levers, quantum),
            customers: Customers::new(scenario, draw),
            followed,
            pipeline: start::records(scenario),
            reasons: reasons::Numbers::new(process, past),
            quality_matters_after_score: handoff.judges_quality() || closing.uses_quality(),
            quantum,
            shares_scaled,
            levers,
            sources,
            nurturing,
            handoff,
            first_station: match teams[Station::Sdr].is_unlimited() {
                true => Station::Sales,
                false => Station::Sdr,
            },
            teams,
            closing,
            plain_rules: Vec::new(),
            plain_sales: None,
        };
        funnel.with_plain_rules()
    }

    /// The same funnel, which knows what of it is plain.
    fn with_plain_rules(mut self) -> Self {
        let sources = 0..self.sources.len();
        self.plain_rules = sources
            .map(|source| self.find_plain_rules(source))
            .collect();
        self.plain_sales = self.find_plain_sales();
        self
    }

    /// The stations that there are, in the order in which a lead meets them.
    fn stations(&self) -> &'static [Station] {
        &Station::ALL[self.first_station as usize..]
    }

    /// The same funnel, run in `per_day` blocks a day \[≥ 1\], whether it needs them or not.
    ///
    /// Where nothing feeds back, no byte changes. Where something does, shorter blocks see it sooner: by
    /// how much that changes results is the error of the step of a day.
    pub fn in_blocks(mut self, per_day: u32) -> Self {
        self.blocks_per_day = Some(per_day.max(1));
        self.with_plain_rules()
    }

    /// The same funnel, whose records have a tally of each of `windows` too.
    ///
    /// A window may lie before day 0; days that are not simulated are in no window.
    pub fn recording(mut self, windows: impl IntoIterator<Item = Window>) -> Self {
        let simulated = Window {
            start_day: self.first_day,
            end_day: self.horizon_days,
        };
        let windows = windows.into_iter();
        self.windows = windows.map(|window| window.within(simulated)).collect();
        self
    }

    /// Names of the states in which a lead can be open, in the order of `Record::open`.
    pub fn open_stages(scenario: &Scenario) -> Vec<String> {
        let process = &scenario.process;
        let outside = OpenStage::outside_closing(process).map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = outside.collect();
        let recycled = names.pop();
        let closing = process.closing.stages.iter();
        names.extend(closing.map(|stage| stage.name.clone()));
        names.extend(recycled);
        names
    }

    /// The accounts of a scenario's books, in the order of [`Tally::accounts`].
    pub fn accounts(scenario: &Scenario) -> Vec<Account> {
        money::accounts(scenario)
    }

    /// Days of the warm-up and of the horizon.
    fn n_days(&self) -> usize {
        (self.horizon_days - self.first_day) as usize
    }

    /// An amount in the ledger's units.
    #[inline(always)]
    fn units(&self, money: f64) -> i64 {
        (money / self.quantum + 0.5) as i64
    }

    /// Runs replication number `replication` with the luck of `seed`.
    ///
    /// The result depends on nothing else: `scratch` only lends memory. O(leads).
    pub fn run(&self, seed: u64, replication: u64, scratch: &mut Scratch) -> Record {
        self.run_observed(seed, replication, scratch, &mut Nobody)
    }

    fn run_observed(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
        observer: &mut impl Observer,
    ) -> Record {
        let alignment = self.alignment(seed, replication);
        self.reset(scratch, seed, replication);
        let days = self.first_day..self.horizon_days;
        self.run_days(scratch, &alignment, days, false, observer);
        self.finish(scratch, &alignment, observer)
    }

    /// What the levers do in one replication.
    fn alignment(&self, seed: u64, replication: u64) -> Alignment {
        let luck = LeverLuck::new(seed, replication);
        let days = self.first_day..self.horizon_days;
        self.levers.practise(
            days,
            &self.nurturing.maturation_per_day,
            &self.followed.referrals_per_day,
            &luck,
        )
    }

    fn reset(&self, scratch: &mut Scratch, seed: u64, replication: u64) {
        scratch.arrivals.reset(self, seed, replication);
        let state = &mut scratch.state;
        let entities = self.sources.iter().map(|source| &source.leads);
        let records = self.pipeline.iter().map(|record| &record.entity);
        let key = |entity: &Entity| entity.key(seed, replication);
        state.keys.clear();
        state.keys.extend(entities.chain(records).map(key));
        state.ledger.reset(&Frame {
            first_day: self.first_day,
            days: self.n_days(),
            n_sources: self.sources.len(),
            stations: self.stations(),
            n_open_stages: self.open_recycled() + 1,
            n_reasons: self.reasons.n,
            sql_at_acceptance: self.closing.sql_at_acceptance,
        });
        let per_day = self.blocks_per_day.unwrap_or(0);
        let n_blocks = self.n_days() * per_day as usize;
        state.calendar.reset(self.first_day, n_blocks, per_day);
        if self.followed.is_stated() {
            let book = &mut state.customers;
            book.reset(self.first_day, n_blocks, per_day, &self.periods);
        }
        let days = self.first_day..self.horizon_days;
        let plain_sales = self.plain_sales.as_ref();
        let days_together = plain_sales.map_or(1, |sales| sales.days_together);
        for &station in self.stations() {
            let (team, roster) = (&self.teams[station], &mut state.rosters[station]);
            match team.team_is_drawn() {
                true => roster.draw(station, team, days.clone(), [seed, replication]),
                false => roster.clear(),
            }
            state.queues[station].reset(team, self.first_day, roster, days_together);
        }
        state.feedback.reset(self.handoff.trust);
    }

    /// The run under way in `state`, up to `block_end`.
    fn under_way<'a, O: Observer>(
        &'a self,
        state: &'a mut State,
        alignment: &'a Alignment,
        block_end: f64,
        is_shared: bool,
        observer: &'a mut O,
    ) -> Run<'a, O> {
        Run {
            funnel: self,
            keys: &mut state.keys,
            ledger: &mut state.ledger,
            calendar: &mut state.calendar,
            customers: &mut state.customers,
            queues: &mut state.queues,
            feedback: &mut state.feedback,
            rosters: &state.rosters,
            crowd: &mut state.crowd,
            alignment,
            observer,
            block_end,
            is_shared,
            horizon: f64::from(self.horizon_days),
        }
    }

    /// Runs days one by one, several together where sales follows plain rules.
    fn run_days<O: Observer>(
        &self,
        scratch: &mut Scratch,
        alignment: &Alignment,
        days: Range<i32>,
        is_shared: bool,
        observer: &mut O,
    ) {
        let Scratch { arrivals, state } = scratch;
        let horizon = f64::from(self.horizon_days);
        let mut run = self.under_way(state, alignment, horizon, is_shared, observer);
        let together = run.days_together();
        let mut day = days.start;
        while day < days.end {
            let next = (day.div_euclid(together) + 1) * together;
            run.run_block_by_block(arrivals, day..next.min(days.end));
            day = next;
        }
    }

    fn finish(
        &self,
        scratch: &mut Scratch,
        alignment: &Alignment,
        observer: &mut impl Observer,
    ) -> Record {
        let horizon = f64::from(self.horizon_days);
        let state = &mut scratch.state;
        let mut run = self.under_way(state, alignment, horizon, false, observer);
        if self.followed.is_stated() {
            run.close_book();
        }
        run.close_queues();
        run.ledger.recognise();
        let existing_revenue = self
            .customers
            .revenue_by_day(|day| alignment.churn_factor(day));
        let mut record =
            state
                .ledger
                .record(&self.periods, &self.windows, &self.books, &existing_revenue);
        record.shares_scaled = self.shares_scaled;
        if self.first_station == Station::Sales {
            record.open = without(Self::OPEN_SAL_QUEUE, &record.open);
        }
        if self.followed.is_stated() {
            record.is_cut_short = state.customers.is_overfull();
            record.customers = state.customers.cohorts.retained(self.quantum);
        }
        record
    }
}

/// All but the stage that is not there.
fn without(stage: usize, open: &[u32]) -> Box<[u32]> {
    [&open[..stage], &open[stage + 1..]].concat().into()
}

impl<O: Observer> Run<'_, O> {
    /// Runs a day block by block, or in one block days whose leads go together: who waits for it, who stands open,
    /// who arrives, who is served.
    fn run_block_by_block(&mut self, arrivals: &ArrivalKeys, days: Range<i32>) {
        debug_assert!(days.len() == 1 || self.funnel.blocks_per_day.is_none());
        let first = days.start;
        for day in days.clone() {
            self.feedback.start_day(day);
            self.open_day(day);
        }
        for nth in 0..self.funnel.blocks_per_day.unwrap_or(1) {
            let is_last = match self.funnel.blocks_per_day {
                Some(per_day) => {
                    self.block_end = f64::from(first) + f64::from(nth + 1) / f64::from(per_day);
                    self.take_due(first, nth);
                    if self.funnel.followed.is_stated() {
                        self.serve_customers(first, nth);
                    }
                    nth + 1 == per_day
                }
                None => true,
            };
            if nth == 0 {
                if first == 0 {
                    self.start_with_pipeline();
                }
                self.arrive(arrivals, days.clone());
            }
            self.serve(first, is_last);
            self.feedback
                .end_block(self.ledger, self.ledger.row_of_day(first));
        }
        for day in days {
            self.close_day(day);
        }
    }

    /// Enters the day's team.
    fn open_day(&mut self, day: i32) {
        let row = self.ledger.row_of_day(day);
        for &station in self.funnel.stations() {
            let reps = self.staff_on(station, day).reps;
            let available = self.capacity_on(station, day);
            self.ledger.team(station, row, reps, available);
            if station == Station::Sales {
                let quota = self.funnel.teams[station].quota_of_rep(day) * reps;
                self.ledger.quota(row, quota);
            }
        }
    }

    /// Leads that have waited for this block go on.
    fn take_due(&mut self, day: i32, nth: u32) {
        let due = self.calendar.start(day, nth);
        for &(stage, lead) in &due {
            self.go(lead, stage);
        }
        self.calendar.finish(due);
    }

    /// What was learned on the day is used from tomorrow on.
    fn close_day(&mut self, day: i32) {
        let row = self.ledger.row_of_day(day);
        self.feedback.end_day(self.ledger, self.alignment, row, day);
    }
}

/// The stages at one draw.
#[derive(Debug, Clone)]
struct Stages {
    nurturing: nurturing::Parameters,
    handoff: handoff::Parameters,
    teams: PerStation<queue::Parameters>,
    closing: closing::Parameters,
    shares_scaled: bool,
}

impl Stages {
    fn new(process: &Process, days: Days, draw: &[f64]) -> Self {
        let (nurturing, readiness_scaled) = nurturing::Parameters::new(&process.nurturing, draw);
        let (closing, outcomes_scaled) = closing::Parameters::new(&process.closing, days, draw);
        Self {
            nurturing,
            handoff: handoff::Parameters::new(&process.handoff, draw),
            teams: PerStation::of(|station| {
                let team = match station {
                    Station::Sdr => &process.sdr,
                    Station::Sales => &process.sales,
                };
                let paid_by_pot = match station {
                    Station::Sdr => None,
                    Station::Sales => pot::reps(process, draw),
                };
                queue::Parameters::new(station, team, paid_by_pot, draw)
            }),
            closing,
            shares_scaled: readiness_scaled || outcomes_scaled,
        }
    }

    fn after(&self, past: &Self) -> Self {
        Self {
            nurturing: self.nurturing.after(&past.nurturing),
            handoff: self.handoff.after(&past.handoff),
            teams: PerStation::of(|station| self.teams[station].after(&past.teams[station])),
            closing: self.closing.after(&past.closing),
            shares_scaled: self.shares_scaled || past.shares_scaled,
        }
    }
}
