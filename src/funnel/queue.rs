//! Capacity of a team: who is served when, by reps in continuous time or from a daily pool of hours.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use super::alignment::Alignment;
use super::arriving::{Arriving, arrival_order};
use super::handoff::Verdict;
use super::lead::{Lead, Row};
use super::ledger::floor;
use super::observe::{Event, Observer, Reading};
use super::parameters::{LawAt, delay, known, law, optional, zip};
use super::plain::{Crowd, PlainLead, PlainSales};
use super::roster::{self, Roster, Staff, Turnover};
use super::run::{Run, Stage};
use super::station::Station;
use super::team::{Stay, Team};
use crate::distribution::Sampler;
use crate::math;
use crate::random::{Decision, Entity};
use crate::scenario::{self, QueueOrder, Timed};

/// Share of one rep's day that may be carried over to the next.
const MOST_CARRIED: f64 = 0.5;

/// Days in a year, for yearly salaries and quotas.
pub(super) const DAYS_PER_YEAR: f64 = 365.25;

/// A team and its capacity, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    pub capacity: Capacity,
    /// Reps by date, hires apart; none where the scenario states no team.
    reps: Option<Timed<f64>>,
    pub hires: Vec<Hire>,
    pub turnover: Option<Turnover>,
    pub ramp: Option<Ramp>,
    order: Timed<QueueOrder>,
    quota_per_rep_per_day: Timed<Option<f64>>,
}

/// What limits the leads that reps can work.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Capacity {
    Unlimited,
    Reps { hold: Timed<LawAt> },
    Hours(Timed<Pool>),
}

/// Hours of one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pool {
    /// Of one rep.
    hours: f64,
    selling_share: f64,
    triage: f64,
    acceptance: f64,
    per_open_opportunity: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hire {
    pub seats: Entity,
    pub reps: f64,
    /// First day at work, or of the decision where there is a lead time.
    pub start_day: i32,
    pub lead_time: Option<LawAt>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ramp {
    start: f64,
    days: f64,
}

impl Ramp {
    /// Productivity `age` days after joining.
    fn productivity(self, age: f64) -> f64 {
        1.0 - (1.0 - self.start) * math::exp(-age / self.days)
    }

    /// Days of full productivity that are worth the `days` from `age` on.
    pub fn work(self, age: f64, days: f64) -> f64 {
        let [from, to] = [age, age + days].map(|age| math::exp(-age / self.days));
        days - (1.0 - self.start) * self.days * (from - to)
    }
}

impl Parameters {
    /// Reps are those stated, or else `paid_by_pot`.
    pub fn new(
        station: Station,
        team: &scenario::Team,
        paid_by_pot: Option<Timed<f64>>,
        draw: &[f64],
    ) -> Self {
        use scenario::Capacity as Stated;
        Self {
            capacity: match &team.capacity {
                Stated::Unlimited => Capacity::Unlimited,
                Stated::Reps { hold } => Capacity::Reps {
                    hold: law(hold, draw),
                },
                Stated::Hours(pool) => Capacity::Hours(Pool::at(pool, draw)),
            },
            reps: team
                .reps
                .as_ref()
                .map(|reps| known(reps, draw))
                .or(paid_by_pot),
            hires: team
                .hires
                .iter()
                .map(|hire| Hire {
                    seats: roster::hired_seats(station, &hire.name),
                    reps: hire.reps.at(draw),
                    start_day: hire.start_day,
                    lead_time: hire
                        .lead_time
                        .as_ref()
                        .map(|law| LawAt::new(law.at(f64::from(hire.start_day)), draw)),
                })
                .collect(),
            turnover: team
                .attrition
                .as_ref()
                .map(|attrition| Turnover::new(attrition, draw)),
            ramp: team.ramp.as_ref().map(|ramp| Ramp {
                start: ramp.start.at(draw),
                days: ramp.days.at(draw),
            }),
            order: team.order.clone(),
            quota_per_rep_per_day: optional(team.quota_per_rep_per_year.as_ref(), draw)
                .map(|quota| quota.map(|quota| quota / DAYS_PER_YEAR)),
        }
    }

    /// These from day 0 on, `past` before. Both have capacity of one kind.
    pub fn after(&self, past: &Self) -> Self {
        Self {
            capacity: match (&self.capacity, &past.capacity) {
                (Capacity::Reps { hold }, Capacity::Reps { hold: past }) => Capacity::Reps {
                    hold: hold.after(past),
                },
                (Capacity::Hours(pool), Capacity::Hours(past)) => Capacity::Hours(pool.after(past)),
                (own, _) => own.clone(),
            },
            reps: match (&self.reps, &past.reps) {
                (Some(own), Some(past)) => Some(own.after(past)),
                (own, _) => own.clone(),
            },
            hires: past
                .hires
                .iter()
                .filter(|hire| hire.start_day < 0)
                .chain(self.hires.iter().filter(|hire| hire.start_day >= 0))
                .cloned()
                .collect(),
            turnover: Turnover::after(self.turnover.as_ref(), past.turnover.as_ref()),
            ramp: self.ramp,
            order: self.order.after(&past.order),
            quota_per_rep_per_day: self
                .quota_per_rep_per_day
                .after(&past.quota_per_rep_per_day),
        }
    }

    /// Whether its capacity has no limit, so that nobody waits.
    pub fn is_unlimited(&self) -> bool {
        self.capacity == Capacity::Unlimited
    }

    /// Whether both are the same before day 0. Reps that hold one lead each are put to work for all
    /// days at once, and so is a team that is drawn, so that they must be the same after it too.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        let at_once =
            |sales: &Self| matches!(sales.capacity, Capacity::Reps { .. }) || sales.team_is_drawn();
        let staffed_alike = || {
            self.reps == other.reps && self.hires == other.hires && self.turnover == other.turnover
        };
        (!at_once(self) && !at_once(other) || staffed_alike())
            && self.after(self) == self.after(other)
            && self.ramp == other.ramp
    }

    /// The law of holding a rep that is the same at all times, where reps are alike, stay, and serve whoever comes
    /// first; or that capacity is unlimited.
    pub fn plain_hold(&self) -> Option<Option<&LawAt>> {
        let hold = match &self.capacity {
            Capacity::Unlimited => return Some(None),
            Capacity::Reps { hold } => hold.constant()?,
            Capacity::Hours(_) => return None,
        };
        let sizes = self.reps.iter().flat_map(Timed::steps);
        let nobody_goes = sizes.map(|(_, reps)| reps).is_sorted();
        let are_alike = self.ramp.is_none() && !self.team_is_drawn() && nobody_goes;
        let first_come = self.order.constant()? == &QueueOrder::FirstCome;
        (are_alike && first_come).then_some(Some(hold))
    }

    /// Whether what is open at the start of a day limits the day.
    pub fn has_pool(&self) -> bool {
        matches!(self.capacity, Capacity::Hours(_))
    }

    /// Reps on the team on a day, fully ramped ones and hires.
    pub fn reps_on(&self, day: i32) -> f64 {
        let staff = self
            .reps
            .as_ref()
            .map_or(0.0, |reps| *reps.at(f64::from(day)));
        let hires = self.hires.iter().filter(|hire| hire.start_day <= day);
        staff + hires.map(|hire| hire.reps).sum::<f64>()
    }

    /// The team on a day, where dates alone say who is on it.
    pub fn staff_on(&self, day: i32) -> Staff {
        let reps = self.reps_on(day);
        let lost = |ramp: Ramp| -> f64 {
            let hires = self.hires.iter().filter(|hire| hire.start_day <= day);
            let work = |hire: &Hire| ramp.work(f64::from(day - hire.start_day), 1.0);
            hires.map(|hire| hire.reps * (1.0 - work(hire))).sum()
        };
        Staff {
            reps,
            productive: reps - self.ramp.map_or(0.0, lost),
        }
    }

    /// Whether luck has a part in who is on the team: somebody may leave, or comes late.
    pub fn team_is_drawn(&self) -> bool {
        self.turnover.as_ref().is_some_and(Turnover::acts)
            || self.hires.iter().any(|hire| hire.lead_time.is_some())
    }

    /// The most seats that the team has at any time, hires apart.
    pub fn most_seats(&self) -> u32 {
        let sizes = self.reps.iter().flat_map(Timed::steps);
        sizes.fold(0, |most, (_, &reps)| most.max(reps as u32))
    }

    /// When the team has the seat of this rank.
    pub fn seat_is_open(&self, rank: u32) -> Vec<Range<f64>> {
        let mut open: Vec<Range<f64>> = Vec::new();
        let steps = || self.reps.iter().flat_map(Timed::steps);
        let ends = steps().skip(1).map(|(day, _)| day).chain([f64::INFINITY]);
        let stated = steps()
            .zip(ends)
            .filter(|((_, reps), _)| **reps > f64::from(rank));
        for ((start, _), end) in stated {
            match open.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => open.push(start..end),
            }
        }
        open
    }

    /// Quota of one rep on a day \[money\]; 0 where none is stated.
    pub fn quota_of_rep(&self, day: i32) -> f64 {
        self.quota_per_rep_per_day.at(f64::from(day)).unwrap_or(0.0)
    }

    /// What a team can do on a day \[rep-days, or hours of the pool\]; 0 where it is unlimited.
    fn capacity_of(&self, staff: Staff, day: i32, alignment: &Alignment) -> f64 {
        match &self.capacity {
            Capacity::Unlimited => 0.0,
            Capacity::Reps { .. } => staff.reps,
            Capacity::Hours(pool) => {
                let pool = pool.at(f64::from(day));
                let selling = (pool.selling_share + alignment.more_selling(day)).clamp(0.0, 1.0);
                pool.hours * selling * staff.productive * alignment.rep_time_left(day)
            }
        }
    }
}

impl Pool {
    fn at(pool: &scenario::HoursPool, draw: &[f64]) -> Timed<Pool> {
        let selling = zip(
            &known(&pool.hours_per_day, draw),
            &known(&pool.selling_share, draw),
            |&hours, &selling_share| Pool {
                hours,
                selling_share,
                triage: 0.0,
                acceptance: 0.0,
                per_open_opportunity: 0.0,
            },
        );
        let triage = zip(
            &selling,
            &known(&pool.triage_hours, draw),
            |&pool, &triage| Pool { triage, ..pool },
        );
        let acceptance = zip(
            &triage,
            &known(&pool.acceptance_hours, draw),
            |&pool, &acceptance| Pool { acceptance, ..pool },
        );
        zip(
            &acceptance,
            &known(&pool.hours_per_open_opportunity, draw),
            |&pool, &hours| Pool {
                per_open_opportunity: hours,
                ..pool
            },
        )
    }
}

/// A waiting lead in order of score: highest first, then arrival in the queue, then its name.
#[derive(Debug, Clone, Copy)]
struct ByScore(Lead);

impl PartialEq for ByScore {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ByScore {}

impl Ord for ByScore {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0
            .score
            .total_cmp(&other.0.score)
            .then_with(|| arrival_order(&other.0, &self.0))
    }
}

impl PartialOrd for ByScore {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Leads that wait for a team, and its reps.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    /// Leads that reach the queue, by day.
    arriving: Arriving<Lead>,
    /// The same under plain rules, by days that go together.
    arriving_plainly: Arriving<PlainLead>,
    /// Waiting, first come first.
    waiting: VecDeque<Lead>,
    /// Waiting, while order is by score.
    ranked: BinaryHeap<ByScore>,
    team: Team,
    /// Reps to leave: from when, how many.
    leaving: VecDeque<(f64, u32)>,
    /// Hours left over from the day before.
    carried: f64,
    /// Opportunities open at the start of the day.
    open_opportunities: u32,
}

impl Queue {
    /// Empties the queue and puts the team of the first day to work. Under plain rules the leads of `days_together`
    /// days, a power of 2, go together.
    pub fn reset(
        &mut self,
        team: &Parameters,
        first_day: i32,
        roster: &Roster,
        days_together: u32,
    ) {
        self.arriving.reset(first_day, 1);
        self.arriving_plainly.reset(first_day, days_together);
        self.waiting.clear();
        self.ranked.clear();
        self.leaving.clear();
        self.carried = 0.0;
        self.open_opportunities = 0;
        if let Capacity::Reps { .. } = team.capacity {
            match roster.stays() {
                None => self.staff(team, f64::from(first_day)),
                Some(stays) => self.team.reset(stays.to_vec()),
            }
        }
    }

    /// Puts reps to work from the day they join; marks those who leave.
    fn staff(&mut self, parameters: &Parameters, first_day: f64) {
        let mut reps = Vec::new();
        let mut team = 0.0;
        for (day, &n) in parameters.reps.iter().flat_map(Timed::steps) {
            let free = day.max(first_day);
            let more = (n - team).max(0.0) as usize;
            reps.resize(reps.len() + more, Stay::for_good(f64::NEG_INFINITY, free));
            if n < team {
                self.leaving.push_back((free, (team - n) as u32));
            }
            team = n;
        }
        for hire in &parameters.hires {
            let day = f64::from(hire.start_day);
            let n = reps.len() + hire.reps as usize;
            reps.resize(n, Stay::for_good(day, day.max(first_day)));
        }
        self.team.reset(reps);
    }

    /// Lines up those who wait at day 0, who came first first.
    pub fn line_up(&mut self) {
        self.waiting
            .make_contiguous()
            .sort_unstable_by(arrival_order);
    }

    /// An opportunity stands open at the start of day 0.
    pub fn add_open_opportunity(&mut self) {
        self.open_opportunities += 1;
    }

    /// A rep is held until `end` from day 0 on.
    pub fn occupy_rep(&mut self, end: f64) {
        let free = self.team.first_free();
        self.team.hold_first_until(|_| free.max(end));
    }

    /// Whether the next rep to be free at or after `t` has left by then; forgets them if so.
    fn next_rep_has_left(&mut self, t: f64) -> bool {
        match self.leaving.front_mut() {
            Some((day, n)) if *day <= t => {
                *n -= 1;
                if *n == 0 {
                    self.leaving.pop_front();
                }
                self.team.dismiss_first();
                true
            }
            _ => self.team.first_has_left(t),
        }
    }

    /// Whether a rep is free at `t`.
    #[inline(always)]
    fn rep_is_free(&mut self, t: f64) -> bool {
        while self.team.first_free() <= t {
            if !self.next_rep_has_left(t) {
                return true;
            }
        }
        false
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.ranked.is_empty()
    }

    fn push(&mut self, lead: Lead, order: QueueOrder) {
        match order {
            QueueOrder::FirstCome => self.waiting.push_back(lead),
            QueueOrder::Score => self.ranked.push(ByScore(lead)),
        }
    }

    fn put_back(&mut self, lead: Lead, order: QueueOrder) {
        match order {
            QueueOrder::FirstCome => self.waiting.push_front(lead),
            QueueOrder::Score => self.ranked.push(ByScore(lead)),
        }
    }

    fn pop(&mut self) -> Option<Lead> {
        self.waiting
            .pop_front()
            .or_else(|| self.ranked.pop().map(|ByScore(lead)| lead))
    }

    /// Moves those who wait into the structure of the order that holds from now on.
    fn reorder(&mut self, order: QueueOrder) {
        match order {
            QueueOrder::FirstCome if !self.ranked.is_empty() => {
                let mut leads: Vec<Lead> = self.ranked.drain().map(|ByScore(lead)| lead).collect();
                leads.sort_unstable_by(arrival_order);
                self.waiting.extend(leads);
            }
            QueueOrder::Score if !self.waiting.is_empty() => {
                self.ranked.extend(self.waiting.drain(..).map(ByScore));
            }
            _ => {}
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// A lead reaches the queue of those who touch it, at its time.
    #[inline(always)]
    pub fn reach_queue(&mut self, mut lead: Lead) {
        lead.queued = lead.t;
        self.observer.event(&lead, Event::Queued, lead.t);
        let station = self.funnel.first_station;
        if let Capacity::Unlimited = self.funnel.teams[station].capacity {
            return self.touch_at_once(lead);
        }
        self.wait_at(station, lead);
    }

    /// A SAL reaches the queue of account executives at its time. Not inlined, so that the way of a lead
    /// that meets one station stays as short as it is.
    #[inline(never)]
    pub fn reach_sal_queue(&mut self, mut lead: Lead) {
        lead.queued = lead.t;
        self.observer.event(&lead, Event::SalQueued, lead.t);
        if let Capacity::Unlimited = self.funnel.teams[Station::Sales].capacity {
            return self.take_over(lead, lead.t, lead.t);
        }
        self.wait_at(Station::Sales, lead);
    }

    /// A lead joins the queue of a station.
    #[inline(always)]
    fn wait_at(&mut self, station: Station, lead: Lead) {
        if self.plain_sales().is_some() {
            return self.wait_plainly(lead.into());
        }
        self.ledger.count(self.ledger.row(lead.t), station.queued());
        self.queues[station].arriving.put(lead);
    }

    /// A lead joins the queue of sales under plain rules, at its time.
    #[inline(always)]
    pub fn wait_plainly(&mut self, lead: PlainLead) {
        let station = Station::Sales;
        self.ledger.count(self.ledger.row(lead.t), station.queued());
        self.queues[station].arriving_plainly.put(lead);
    }

    /// A record of the pipeline stands in the queue of a station at day 0; of unknown age where leads
    /// expire, its age is that of a patience found running.
    pub fn stand_in_queue(&mut self, mut lead: Lead, station: Station, age: Option<f64>) {
        if let Capacity::Unlimited = self.funnel.teams[station].capacity {
            self.ledger.opened_with(None);
            return match self.is_first(station) {
                true => self.touch_at_once(lead),
                false => self.take_over(lead, lead.t, lead.t),
            };
        }
        self.ledger.opened_with(Some(station.backlog()));
        let patience = self.funnel.handoff.expiry.at(0.0).as_ref();
        let age = match (age, patience.filter(|_| self.is_first(station))) {
            (Some(age), _) => age,
            (None, Some(patience)) => {
                let u = self.decide(&lead, Decision::Age);
                let age = patience.law.equilibrium_age(u);
                self.observer
                    .read(&lead, Decision::Age, lead.t, u, Reading::Days(age));
                age
            }
            (None, None) => 0.0,
        };
        // It came before day 0, if only by a moment.
        lead.queued = -age.max(f64::MIN_POSITIVE);
        lead.since = lead.queued;
        let order = *self.funnel.teams[station].order.at(0.0);
        self.queues[station].push(lead, order);
    }

    /// Whether leads meet this station first: they are touched here and judged, or expire.
    #[inline(always)]
    fn is_first(&self, station: Station) -> bool {
        station == self.funnel.first_station
    }

    /// Whether the lead reached the queue before the run began: a record of the pipeline.
    #[inline(always)]
    fn queued_before_the_run(&self, lead: &Lead) -> bool {
        lead.queued < f64::from(self.funnel.first_day)
    }

    /// Row in which the wait of a lead is entered.
    #[inline(always)]
    pub fn row_of_wait(&self, lead: &Lead) -> Row {
        if self.queued_before_the_run(lead) {
            self.ledger.row_before()
        } else {
            self.ledger.row(lead.queued)
        }
    }

    /// A lead need not wait.
    #[inline(always)]
    fn touch_at_once(&mut self, lead: Lead) {
        let verdict = self.verdict(&lead, lead.t);
        self.touch(lead, lead.t, verdict, lead.t);
    }

    /// What the team of a station can do on a day \[rep-days, or hours of the pool\]; 0 where it is unlimited.
    pub fn capacity_on(&self, station: Station, day: i32) -> f64 {
        let team = &self.funnel.teams[station];
        team.capacity_of(self.staff_on(station, day), day, self.alignment)
    }

    /// The team of a station on a day.
    pub fn staff_on(&self, station: Station, day: i32) -> Staff {
        let drawn = self.rosters[station].on(self.ledger.row_of_day(day) as usize);
        drawn.unwrap_or_else(|| self.funnel.teams[station].staff_on(day))
    }

    /// What reps make of a lead at `t`; what SDRs have accepted is not judged again.
    #[inline(always)]
    fn verdict_of(&mut self, station: Station, lead: &Lead, t: f64) -> Verdict {
        match self.is_first(station) {
            true => self.verdict(lead, t),
            false => Verdict::Accepted,
        }
    }

    /// A rep takes a lead out of the queue at `t`, with this verdict, and is done with it at `done`.
    #[inline(always)]
    fn work(&mut self, lead: Lead, station: Station, t: f64, verdict: Verdict, done: f64) {
        self.leave_queue(&lead, station, t);
        match self.is_first(station) {
            true => self.touch(lead, t, verdict, done),
            false => self.take_over(lead, t, done),
        }
    }

    /// An account executive takes a SAL over at `t`, until `done`.
    fn take_over(&mut self, mut lead: Lead, t: f64, done: f64) {
        self.observer.event(&lead, Event::TakenOver, t);
        lead.t = done;
        self.pass_on(lead, Stage::Open);
    }

    /// Serves the queues on `day`, or on it and the days that go with it, once all who reach the first in the block,
    /// or on the days, are known: it tells who reaches the next. A pool of hours is spent when the day's last block
    /// ends.
    pub fn serve(&mut self, day: i32, is_last: bool) {
        if let Some(sales) = self.plain_sales() {
            if let Some(hold) = &sales.hold {
                self.serve_plainly(hold, sales);
            }
            return;
        }
        for &station in self.funnel.stations() {
            match &self.funnel.teams[station].capacity {
                Capacity::Unlimited => {}
                Capacity::Reps { hold } => self.serve_by_reps(hold, station, day, is_last),
                Capacity::Hours(pool) if is_last => {
                    self.serve_from_pool(*pool.at(f64::from(day)), station, day);
                }
                Capacity::Hours(_) => {}
            }
        }
    }

    /// The deadline of a lead that waits at a station; infinity where leads do not expire.
    #[inline(always)]
    fn deadline(&mut self, station: Station, lead: &Lead) -> f64 {
        match self.funnel.handoff.expiry.at(lead.queued) {
            None => f64::INFINITY,
            Some(_) if !self.is_first(station) => f64::INFINITY,
            Some(law) => {
                let u = lead.uniform(self.keys, Decision::Expiry);
                let (from, days) = match self.queued_before_the_run(lead) {
                    true => (0.0, law.law.residual(-lead.queued, u)),
                    false => {
                        let factor = self.alignment.expiry_factor(lead.queued);
                        (lead.queued, delay(law, u) * factor)
                    }
                };
                self.observer
                    .read(lead, Decision::Expiry, from, u, Reading::Days(days));
                from + days
            }
        }
    }

    /// The order of a station's queue in force at `t`; an agreed handoff orders that of the first.
    #[inline(always)]
    fn order(&self, station: Station, t: f64) -> QueueOrder {
        match *self.funnel.teams[station].order.at(t) {
            QueueOrder::FirstCome
                if self.alignment.orders_by_score(t) && self.is_first(station) =>
            {
                QueueOrder::Score
            }
            order => order,
        }
    }

    /// Reps serve in continuous time: who waits is taken by the next rep to be free.
    fn serve_by_reps(&mut self, hold: &Timed<LawAt>, station: Station, day: i32, is_last: bool) {
        let due = self.queues[station].arriving.take();
        for lead in due.in_turn() {
            let order = self.order(station, lead.queued);
            self.serve_waiting(hold, station, lead.queued);
            let queue = &mut self.queues[station];
            queue.reorder(order);
            if queue.is_empty() && queue.rep_is_free(lead.queued) {
                self.serve_now(lead, station, lead.queued, hold);
            } else {
                queue.push(lead, order);
            }
        }
        self.queues[station].arriving.give_back(due, is_last);
        let until = self.block_end.min(f64::from(day) + 1.0);
        self.serve_waiting(hold, station, until);
        if until == self.block_end {
            self.drop_expired(station, until);
        }
    }

    /// Reps serve under plain rules: whoever comes first is taken by the next rep to be free, whenever that is.
    fn serve_plainly(&mut self, hold: &Sampler, sales: &PlainSales) {
        let station = Station::Sales;
        let mut crowd = std::mem::take(self.crowd);
        let Crowd {
            u,
            starts,
            holds,
            sals,
            ..
        } = &mut crowd;
        let queue = &mut self.queues[station];
        let due = queue.arriving_plainly.take();
        let luck = |lead: PlainLead| lead.uniform(self.keys, station.hold());
        u.clear();
        u.extend(due.in_turn().map(luck));
        holds.clear();
        holds.resize(u.len(), 0.0);
        hold.add_quantiles(u, holds);
        starts.clear();
        starts.extend(due.times().zip(&*holds).map(|(queued, hold)| {
            let start = queued.max(queue.team.first_free());
            queue.team.hold_first_until(|_| start + hold);
            start
        }));
        for ((lead, &start), &hold) in due.in_turn().zip(&*starts).zip(&*holds) {
            if start >= self.horizon {
                let lead = self.one_by_one(&lead);
                self.queues[station].waiting.push_back(lead);
                continue;
            }
            let done = start + hold;
            self.ledger.held(station, start, done.min(self.horizon));
            self.ledger
                .count(self.ledger.row(start), station.left_queue());
            let queued = self.ledger.row(lead.t);
            self.ledger.waited(station, queued, start - lead.t);
            let lead = PlainLead { t: done, ..lead };
            sals.extend(self.touch_plainly(lead, start, &sales.touch));
        }
        self.queues[station].arriving_plainly.give_back(due, true);
        self.close_plainly(&sales.closing, &mut crowd);
        *self.crowd = crowd;
    }

    /// Serves those who wait, as long as a rep is free before `until`.
    #[inline(always)]
    fn serve_waiting(&mut self, hold: &Timed<LawAt>, station: Station, until: f64) {
        while !self.queues[station].is_empty() {
            let free = self.queues[station].team.first_free();
            if free >= until {
                return;
            }
            if self.queues[station].next_rep_has_left(free) {
                continue;
            }
            let order = self.order(station, free);
            let queue = &mut self.queues[station];
            queue.reorder(order);
            let lead = queue.pop().expect("the queue is not empty");
            let deadline = self.deadline(station, &lead);
            if deadline <= free {
                self.expire(lead, station, deadline);
            } else {
                self.serve_now(lead, station, free.max(lead.queued), hold);
            }
        }
    }

    /// The rep who is free first takes the lead at `t` and is held.
    #[inline(always)]
    fn serve_now(&mut self, lead: Lead, station: Station, t: f64, hold: &Timed<LawAt>) {
        let u = self.decide(&lead, station.hold());
        let mut days =
            delay(hold.at(t), u) / self.alignment.rep_time_left(floor(t)).max(f64::EPSILON);
        let ramp = self.funnel.teams[station].ramp;
        self.queues[station].team.hold_first_until(|joined| {
            if let Some(ramp) = ramp {
                days /= ramp.productivity(t - joined);
            }
            t + days
        });
        self.observer
            .read(&lead, station.hold(), t, u, Reading::Days(days));
        self.ledger.held(station, t, (t + days).min(self.horizon));
        let verdict = self.verdict_of(station, &lead, t);
        self.work(lead, station, t, verdict, t + days);
    }

    /// Ends the wait of those whose deadline lies before `until`.
    fn drop_expired(&mut self, station: Station, until: f64) {
        if self.queues[station].is_empty()
            || !self.is_first(station)
            || self
                .funnel
                .handoff
                .expiry
                .steps()
                .all(|(_, law)| law.is_none())
        {
            return;
        }
        let waiting = std::mem::take(&mut self.queues[station].waiting);
        let ranked = std::mem::take(&mut self.queues[station].ranked);
        for lead in waiting {
            if !self.expired_before(&lead, station, until) {
                self.queues[station].waiting.push_back(lead);
            }
        }
        for ByScore(lead) in ranked {
            if !self.expired_before(&lead, station, until) {
                self.queues[station].ranked.push(ByScore(lead));
            }
        }
    }

    fn expired_before(&mut self, lead: &Lead, station: Station, until: f64) -> bool {
        let deadline = self.deadline(station, lead);
        let expired = deadline < until;
        if expired {
            self.expire(*lead, station, deadline);
        }
        expired
    }

    /// The day's hours are spent on open opportunities first, then over the queue in its order.
    fn serve_from_pool(&mut self, pool: Pool, station: Station, day: i32) {
        let order = self.order(station, f64::from(day));
        let hours = self.capacity_on(station, day);
        let queue = &mut self.queues[station];
        queue.reorder(order);
        let due = queue.arriving.take();
        for lead in due.in_turn() {
            queue.push(lead, order);
        }
        queue.arriving.give_back(due, true);

        let row = self.ledger.row_of_day(day);
        let on_opportunities =
            (pool.per_open_opportunity * f64::from(queue.open_opportunities)).min(hours);
        let carried = std::mem::take(&mut queue.carried);
        let for_leads = hours - on_opportunities + carried;
        let mut spent = 0.0;
        while let Some(lead) = self.queues[station].pop() {
            let share = (on_opportunities + (spent - carried).max(0.0)) / hours;
            let contact = (f64::from(day) + share)
                .max(lead.queued)
                .min((f64::from(day) + 1.0).next_down());
            let deadline = self.deadline(station, &lead);
            if deadline <= contact {
                self.expire(lead, station, deadline);
                continue;
            }
            let verdict = self.verdict_of(station, &lead, contact);
            let accepted = f64::from(u8::from(verdict == Verdict::Accepted));
            let cost = pool.triage + accepted * pool.acceptance;
            if spent + cost > for_leads || hours <= 0.0 {
                let turn = contact.max(f64::from(day));
                self.observer.event(&lead, Event::PutBack, turn);
                let queue = &mut self.queues[station];
                queue.carried = (for_leads - spent).min(pool.hours * MOST_CARRIED);
                queue.put_back(lead, order);
                break;
            }
            spent += cost;
            self.work(lead, station, contact, verdict, contact);
        }
        self.ledger.used(station, row, on_opportunities + spent);
        self.drop_expired(station, f64::from(day) + 1.0);
        if let Station::Sales = station {
            let queue = &mut self.queues[station];
            queue.open_opportunities += self.ledger.opportunities_opened(row);
            queue.open_opportunities -= self.ledger.opportunities_closed(row);
        }
    }

    /// Who still waits at the horizon stays open, their wait counted until then.
    pub fn close_queues(&mut self) {
        for &station in self.funnel.stations() {
            let stage = match self.is_first(station) {
                true => super::Funnel::OPEN_QUEUE,
                false => super::Funnel::OPEN_SAL_QUEUE,
            };
            // They came so late on the last day that it was over.
            let queue = &mut self.queues[station];
            queue.waiting.extend(queue.arriving.drain());
            while let Some(lead) = self.queues[station].pop() {
                let row = self.row_of_wait(&lead);
                self.ledger.waited(station, row, self.horizon - lead.queued);
                self.be_open(&lead, stage);
            }
        }
    }
}
