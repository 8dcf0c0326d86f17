//! Customers: what those of before day 0 bring, day by day; how those won since renew, leave and refer.
//!
//! `[base]` states the customers of day 0 as one sum. Those won in the warm-up are part of it then and
//! are not followed; without it they are.

use super::Run;
use super::alignment::ChangedHazard;
use super::blocks::Calendar;
use super::closing::QualifiedRate;
use super::lead::Lead;
use super::ledger::{Contract, floor};
use super::nurturing::when_used_up;
use super::observe::{Event, Observer, Reading};
use super::parameters::{LawAt, law, optional_law};
use super::retained::Cohorts;
use super::tally::Count;
use crate::math;
use crate::random::{Decision, EventId, Key};
use crate::scenario::{self, Base, Quantity, Recognition, Scenario, Timed};
use crate::units::Window;

/// Most customers, and leads referred by them, that one replication follows; so many take about 300 MB.
pub const MOST_FOLLOWED: u32 = 2_000_000;

/// Days of a year of revenue and of its rates.
const DAYS_PER_YEAR: f64 = 365.0;

/// The customers of day 0 at one draw: what they bring, and what that grows by.
#[derive(Debug, Clone, Default)]
pub(super) struct Customers {
    /// `[day]`, from the first day of the warm-up on; empty where the scenario states none.
    days: Vec<Day>,
    first_day: i32,
}

#[derive(Debug, Clone, Copy)]
struct Day {
    /// Revenue a day of the base as it stood up to day 0 \[money\].
    before: f64,
    /// Of what they bring \[per year\]; 0 before day 0.
    expansion: f64,
    churn: f64,
}

impl Customers {
    /// Before day 0 the base is that of the scenario which acts then. O(days).
    pub fn new(scenario: &Scenario, draw: &[f64]) -> Self {
        let own = scenario.process.base.as_ref();
        let before = match &scenario.past {
            Some(past) => past.base.as_ref(),
            None => own,
        };
        let first_day = -(scenario.warm_up_days as i32);
        if own.is_none() && before.is_none() {
            return Self::default();
        }
        let past = (first_day..0).map(|day| Day::of(before, draw, day));
        let future = (0..scenario.horizon_days as i32).map(|day| Day::of(own, draw, day));
        Self {
            days: past.chain(future).collect(),
            first_day,
        }
    }

    /// Revenue on each day from the start of the warm-up to the horizon \[money per day\]; empty where
    /// the scenario states none.
    ///
    /// `annual_revenue / 365` up to day 0; from then on each day, day 0 included, multiplies it by
    /// `exp((expansion - churn_factor(day) * churn) / 365)`. `churn_factor` \[≥ 0; 1 leaves churn as it
    /// is\] is what acts on churn on a day. O(days).
    pub fn revenue_by_day(&self, churn_factor: impl Fn(i32) -> f64) -> Vec<f64> {
        let mut growth = 0.0;
        let revenue = self.days.iter().zip(self.first_day..).map(|(of, day)| {
            growth += (of.expansion - churn_factor(day) * of.churn) / DAYS_PER_YEAR;
            of.before * math::exp(growth)
        });
        revenue.collect()
    }
}

impl Day {
    fn of(base: Option<&Base>, draw: &[f64], day: i32) -> Self {
        let rate = |rate: &Timed<Quantity>| match day {
            ..0 => 0.0,
            _ => rate.at(f64::from(day)).at(draw),
        };
        base.map_or(
            Self {
                before: 0.0,
                expansion: 0.0,
                churn: 0.0,
            },
            |base| Self {
                before: base.annual_revenue.at(draw) / DAYS_PER_YEAR,
                expansion: rate(&base.expansion_per_year),
                churn: rate(&base.churn_per_year),
            },
        )
    }
}

/// What becomes of deals won, at one draw.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    terms: Timed<Option<Terms>>,
    pub referrals_per_day: Timed<f64>,
    upsells_per_day: Timed<f64>,
    /// Whether anybody is followed at any time.
    is_stated: bool,
    /// Whether the customers of day 0 are stated as one sum.
    has_base: bool,
    /// By source of a customer, the source of the leads that it refers.
    referred: Vec<Option<u32>>,
}

/// The rules for customers that act at a time.
#[derive(Debug, Clone, PartialEq)]
struct Terms {
    days: u32,
    churn: Timed<LawAt>,
    churn_quality_effect: f64,
    expansion: Timed<Option<LawAt>>,
    /// Share of the contract.
    upsell_size: f64,
    is_ratable: bool,
}

/// A customer between two events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Customer {
    /// The lead that it was; its luck and its source are the customer's.
    lead: Lead,
    /// When it was won \[days\].
    won: f64,
    term_ends: f64,
    terms: u16,
    /// What its contract is worth for a term \[money\].
    contract: f64,
    /// The same for a year, in units of the ledger.
    annual_units: i64,
    cohort: u16,
    /// What it has bought beside since the term began \[money\].
    bought: f64,
    referrals: Stream,
    upsells: Stream,
}

/// What happens to a customer again and again: how often it has, and since when the next time is awaited.
#[derive(Debug, Clone, Copy)]
struct Stream {
    n: u16,
    since: f64,
}

impl Stream {
    fn happened(&mut self, t: f64) {
        self.n += 1;
        self.since = t;
    }
}

/// What a customer does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    EndOfTerm,
    Referral,
    Upsell,
}

/// The customers of a replication.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    calendar: Calendar<Customer>,
    pub cohorts: Cohorts,
    /// Leads that have just been referred.
    referred: Vec<Lead>,
    /// How many have been followed, and leads referred.
    n: u32,
}

impl Book {
    /// Empties the book for `n_blocks` blocks from `first_day` on, of which a day has `per_day`; one more takes
    /// those who come in while the last one runs.
    pub fn reset(&mut self, first_day: i32, n_blocks: usize, per_day: u32, periods: &[Window]) {
        self.calendar.reset(first_day, n_blocks + 1, per_day);
        self.cohorts.reset(periods);
        self.referred.clear();
        self.n = 0;
    }

    /// Whether there is room for one more, who takes it.
    fn has_room(&mut self) -> bool {
        self.n = self.n.saturating_add(1);
        !self.is_overfull()
    }

    /// Whether somebody found no room, so that the replication is not what the scenario says.
    pub fn is_overfull(&self) -> bool {
        self.n > MOST_FOLLOWED
    }
}

impl Followed {
    /// The rules of the scenario that acts before day 0 hold there. O(sources).
    pub fn new(scenario: &Scenario, draw: &[f64]) -> Self {
        let of = |customers: Option<&scenario::Customers>| {
            let per_day = |per_year: fn(&scenario::Customers) -> Quantity| {
                customers.map_or(0.0, |c| per_year(c).at(draw) / DAYS_PER_YEAR)
            };
            (
                Timed::always(customers.map(|customers| Terms::new(customers, draw))),
                Timed::always(per_day(|customers| customers.referrals_per_year)),
                Timed::always(per_day(|customers| customers.upsells_per_year)),
            )
        };
        let own = of(scenario.process.customers.as_ref());
        let past = scenario.past.as_ref();
        let past = past.map_or(own.clone(), |past| of(past.customers.as_ref()));
        let terms = own.0.after(&past.0);
        let is_stated = terms.steps().any(|(_, terms)| terms.is_some());
        Self {
            terms,
            is_stated,
            referrals_per_day: own.1.after(&past.1),
            upsells_per_day: own.2.after(&past.2),
            has_base: scenario.process.base.is_some(),
            referred: referred_by(&scenario.process),
        }
    }

    /// Whether anybody is followed at any time.
    #[inline(always)]
    pub fn is_stated(&self) -> bool {
        self.is_stated
    }

    /// Whether both are the same before day 0.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        let follows_nobody = !self.is_stated && !other.is_stated;
        follows_nobody
            || self.is_stated == other.is_stated
                && self.has_base == other.has_base
                && self.terms.is_same_before_day_0(&other.terms)
                && (self.referrals_per_day).is_same_before_day_0(&other.referrals_per_day)
                && (self.upsells_per_day).is_same_before_day_0(&other.upsells_per_day)
    }

    /// The rules for a deal won at `t`, if its customer is followed.
    fn begin_at(&self, t: f64) -> Option<&Terms> {
        let is_in_base = self.has_base && t < 0.0;
        self.terms.at(t).as_ref().filter(|_| !is_in_base)
    }
}

/// By source of a customer, the source of the leads that it refers: the channel of referrals, if there is one, in the
/// customer's segment.
fn referred_by(process: &scenario::Process) -> Vec<Option<u32>> {
    let (channels, n_segments) = (&process.channels, process.segments.len());
    let is_referral = |channel: &scenario::Channel| channel.name == scenario::Customers::CHANNEL;
    let referral = channels.iter().position(is_referral);
    let sources = 0..channels.len() * n_segments;
    sources
        .map(|source| Some((referral? * n_segments + source % n_segments) as u32))
        .collect()
}

impl Terms {
    fn new(customers: &scenario::Customers, draw: &[f64]) -> Self {
        Self {
            days: customers.term_days,
            churn: law(&customers.churn, draw),
            churn_quality_effect: customers.churn_quality_effect.at(draw),
            expansion: optional_law(customers.expansion.as_ref(), draw),
            upsell_size: customers.upsell_size.at(draw),
            is_ratable: customers.recognition == Recognition::Ratable,
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// A deal of this value is won: from now on its customer is followed, where customers are.
    pub fn begin_contract(&mut self, lead: &Lead, value: f64) {
        let t = lead.t;
        let Some(terms) = self.funnel.followed.begin_at(t) else {
            return;
        };
        if !self.customers.has_room() {
            return;
        }
        let row = self.ledger.row(t);
        self.ledger.count(row, Count::NewCustomers);
        if terms.is_ratable {
            let units = self.funnel.units(value);
            self.ledger
                .spread(Contract::New, lead, row, units, terms.days);
        }
        let nothing = Stream { n: 0, since: t };
        let customer = Customer {
            lead: Lead {
                id: lead.id.first_pass(),
                ..*lead
            },
            won: t,
            term_ends: t + f64::from(terms.days),
            terms: 0,
            contract: value,
            annual_units: self.annual_units(value, terms),
            cohort: self.customers.cohorts.of(t),
            bought: 0.0,
            referrals: nothing,
            upsells: nothing,
        };
        let Customer {
            cohort,
            annual_units,
            ..
        } = customer;
        self.customers.cohorts.change(cohort, t, 1, annual_units);
        let (t, _) = self.next_of(&customer);
        self.await_customer(customer, t);
    }

    /// What a contract is worth for a year, in units of the ledger.
    fn annual_units(&self, contract: f64, terms: &Terms) -> i64 {
        self.funnel
            .units(contract * DAYS_PER_YEAR / f64::from(terms.days))
    }

    /// Customers who have waited for this block go on, unless there are too many of them, and the leads that they
    /// refer come.
    pub fn serve_customers(&mut self, day: i32, nth: u32) {
        let due = self.customers.calendar.start(day, nth);
        for customer in &due {
            if !self.customers.is_overfull() {
                self.serve_customer(*customer);
            }
        }
        self.customers.calendar.finish(due);
        self.take_in_referred();
    }

    /// A customer does all that it does before the block ends.
    fn serve_customer(&mut self, mut customer: Customer) {
        loop {
            let (t, next) = self.next_of(&customer);
            if t >= self.block_end {
                return self.await_customer(customer, t);
            }
            customer.lead.t = t;
            match next {
                Next::Referral => self.refer(&mut customer),
                Next::Upsell => self.buy_more(&mut customer),
                Next::EndOfTerm => match self.renews(&mut customer) {
                    true => {}
                    false => return,
                },
            }
        }
    }

    /// The customer's next event is at `t`; behind the horizon nobody waits for it.
    fn await_customer(&mut self, customer: Customer, t: f64) {
        if self.is_open_until_day_0(t) {
            self.customers.calendar.put_on_day_0(customer);
        } else if t < self.horizon && self.customers.calendar.has_next() {
            self.customers.calendar.put(t, customer);
        } else if t < self.horizon {
            self.serve_customer(customer);
        }
    }

    /// What a customer does next, and when.
    fn next_of(&self, customer: &Customer) -> (f64, Next) {
        let followed = &self.funnel.followed;
        let refers = self.next_in(
            customer,
            customer.referrals,
            Decision::Referral,
            &followed.referrals_per_day,
            self.alignment.referrals(),
        );
        let buys = self.next_in(
            customer,
            customer.upsells,
            Decision::Upsell,
            &followed.upsells_per_day,
            None,
        );
        match refers < buys {
            _ if customer.term_ends <= refers.min(buys) => (customer.term_ends, Next::EndOfTerm),
            true => (refers, Next::Referral),
            false => (buys, Next::Upsell),
        }
    }

    /// When what happens at a rate, or at what a lever makes of it, happens to a customer for the next time.
    fn next_in(
        &self,
        customer: &Customer,
        so_far: Stream,
        decision: Decision,
        per_day: &Timed<f64>,
        changed: Option<&ChangedHazard>,
    ) -> f64 {
        if per_day.constant() == Some(&0.0) || u32::from(so_far.n) > Key::LAST_NTH {
            return f64::INFINITY;
        }
        let u = self.nth(customer, decision, so_far.n);
        let patience = -math::ln(u);
        let as_stated = when_used_up(per_day, so_far.since, patience);
        changed.map_or(as_stated, |changed| {
            changed.when_used_up(so_far.since, patience, as_stated)
        })
    }

    /// The term of a customer ends: whether it renews.
    fn renews(&mut self, customer: &mut Customer) -> bool {
        let t = customer.lead.t;
        let Some(terms) = self.funnel.followed.terms.at(t) else {
            return false;
        };
        let row = self.ledger.row(t);
        let old = self.funnel.units(customer.contract);
        self.ledger.due(row, old);
        if self.leaves(customer, terms) {
            self.ledger.count(row, Count::Churned);
            let (cohort, lost) = (customer.cohort, -customer.annual_units);
            self.customers.cohorts.change(cohort, t, -1, lost);
            self.observer.event(&customer.lead, Event::Churned, t);
            return false;
        }
        self.expand(customer, terms);
        let new = self.funnel.units(customer.contract);
        let beside = self.funnel.units(customer.bought);
        let source = customer.lead.source;
        self.ledger.renewed(source, row, old, new, beside);
        if terms.is_ratable {
            self.ledger
                .spread(Contract::Renewed, &customer.lead, row, new, terms.days);
        }
        let event = Event::Renewed(customer.contract);
        self.observer.event(&customer.lead, event, t);
        let annual_units = self.annual_units(customer.contract, terms);
        let more = annual_units.saturating_sub(customer.annual_units);
        self.customers.cohorts.change(customer.cohort, t, 0, more);
        customer.annual_units = annual_units;
        customer.bought = 0.0;
        customer.terms += 1;
        customer.term_ends = t + f64::from(terms.days);
        true
    }

    /// Whether the customer leaves at its time.
    fn leaves(&mut self, customer: &Customer, terms: &Terms) -> bool {
        let Customer { lead, won, .. } = customer;
        let u = lead.lasting_uniform(self.keys, Decision::ChurnPropensity, 0);
        let rate = terms.churn.at(*won).sampler.quantile(u).clamp(0.0, 1.0);
        let reading = Reading::Factor(rate);
        self.observer
            .read(lead, Decision::ChurnPropensity, lead.t, u, reading);
        let effect = terms.churn_quality_effect;
        let quality = if effect == 0.0 {
            0.0
        } else {
            self.quality(lead)
        };
        let churn = QualifiedRate { rate, effect }.at(quality, 0.0)
            * self.alignment.churn_factor(floor(lead.t));
        let luck = self.nth(customer, Decision::Renewal, customer.terms);
        let reading = Reading::Below(churn);
        self.observer
            .read(lead, Decision::Renewal, lead.t, luck, reading);
        luck < churn
    }

    /// The contract of a customer who renews becomes larger, or smaller.
    fn expand(&mut self, customer: &mut Customer, terms: &Terms) {
        let t = customer.lead.t;
        let Some(law) = terms.expansion.at(t) else {
            return;
        };
        let u = self.nth(customer, Decision::Expansion, customer.terms);
        let factor = law.sampler.quantile(u);
        customer.contract *= factor;
        let reading = Reading::Factor(factor);
        self.observer
            .read(&customer.lead, Decision::Expansion, t, u, reading);
    }

    /// The customer buys something beside its contract.
    fn buy_more(&mut self, customer: &mut Customer) {
        let t = customer.lead.t;
        customer.upsells.happened(t);
        let Some(terms) = self.funnel.followed.terms.at(t) else {
            return;
        };
        let value = customer.contract * terms.upsell_size;
        customer.bought += value;
        let units = self.funnel.units(value);
        let row = self.ledger.row(t);
        self.ledger.upsold(customer.lead.source, row, units);
        self.observer.event(&customer.lead, Event::Upsold(value), t);
    }

    /// The customer refers a lead, which arrives at once.
    fn refer(&mut self, customer: &mut Customer) {
        let parent = customer.lead;
        let nth = u32::from(customer.referrals.n);
        customer.referrals.happened(parent.t);
        let Some(source) = self.funnel.followed.referred[parent.source as usize] else {
            return;
        };
        if !self.customers.has_room() {
            return;
        }
        self.observer.event(&parent, Event::Refers, parent.t);
        let key = self.keys[parent.luck as usize].descendant(parent.id, nth);
        let luck = self.keys.len() as u32;
        self.keys.push(key);
        let row = self.ledger.row(parent.t);
        let lead = Lead::arriving(EventId::new(0, 0), parent.t, source, luck, row);
        self.ledger.arrived(row, source, 1);
        self.ledger.count(row, Count::Referred);
        self.observer.event(&lead, Event::Referred, lead.t);
        self.customers.referred.push(lead);
    }

    /// Referred leads enter nurture. Nothing that a lead does leads here, which keeps its way straight.
    fn take_in_referred(&mut self) {
        while let Some(lead) = self.customers.referred.pop() {
            let u = self.decide(&lead, Decision::Readiness);
            self.nurture(lead, u);
        }
    }

    /// A customer's uniform number for a decision that it takes over and over.
    fn nth(&self, customer: &Customer, decision: Decision, nth: u16) -> f64 {
        let lead = &customer.lead;
        self.keys[lead.luck as usize].uniform_nth(lead.id, decision, u32::from(nth))
    }

    /// Who came in while the last block ran does what it does before the horizon.
    pub fn close_book(&mut self) {
        self.serve_customers(self.funnel.horizon_days, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_churn_acts_on_its_days() {
        let known = Quantity::Known;
        let base = Base {
            annual_revenue: known(365.0),
            churn_per_year: Timed::always(known(0.3)),
            expansion_per_year: Timed::always(known(0.1)),
        };
        let customers = |base: Option<&Base>| Customers {
            days: (-2..4).map(|day| Day::of(base, &[], day)).collect(),
            first_day: -2,
        };
        let factor = |day| if day < 2 { 1.0 } else { 0.8 };
        let days = customers(Some(&base)).revenue_by_day(factor);
        let growth = [0.0, 0.0, -0.2, -0.4, -0.54, -0.68];
        for (revenue, growth) in days.iter().zip(growth) {
            assert!((revenue - (growth / 365.0f64).exp()).abs() < 1e-14);
        }
        assert_eq!(customers(None).revenue_by_day(factor), [0.0; 6]);
    }
}
