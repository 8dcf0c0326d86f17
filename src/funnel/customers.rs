//! Customers: what those of before day 0 bring, day by day; how those won since renew, leave and refer.
//!
//! `[base]` states the customers of day 0 as one sum. Those won in the warm-up are part of it then and
//! are not followed; without it they are.

use super::Run;
use super::awareness::{Newcomers, Source};
use super::lead::Lead;
use super::ledger::{Contract, floor};
use super::nurturing::when_used_up;
use super::observe::{Event, Observer, Reading};
use super::parameters::{LawAt, law, optional_law};
use super::run::Stage;
use super::tally::Count;
use crate::math;
use crate::random::{Decision, EventId, Key};
use crate::scenario::{self, Base, Quantity, Recognition, Scenario, Timed};

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
    referrals_per_day: Timed<f64>,
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
    is_ratable: bool,
}

/// What a customer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// To be found from its time on.
    Unknown,
    Referral,
    EndOfTerm,
}

/// What a customer has behind it: it numbers its luck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Past {
    terms: u16,
    referrals: u16,
}

impl Followed {
    /// The rules of the scenario that acts before day 0 hold there. O(sources²).
    pub fn new(scenario: &Scenario, draw: &[f64], sources: &[Source]) -> Self {
        let of = |customers: Option<&scenario::Customers>| {
            let terms = Timed::always(customers.map(|customers| Terms::new(customers, draw)));
            let per_year = customers.map_or(0.0, |c| c.referrals_per_year.at(draw));
            (terms, Timed::always(per_year / DAYS_PER_YEAR))
        };
        let own = of(scenario.process.customers.as_ref());
        let (terms, referrals_per_day) = match &scenario.past {
            None => own,
            Some(past) => {
                let past = of(past.customers.as_ref());
                (own.0.after(&past.0), own.1.after(&past.1))
            }
        };
        let referred = sources.iter().map(|source| {
            let segment = source
                .name
                .split_once('/')
                .map_or("", |(_, segment)| segment);
            let name = format!("{}/{segment}", scenario::Customers::CHANNEL);
            let place = sources.iter().position(|source| source.name == name);
            place.map(|place| place as u32)
        });
        Self {
            referred: referred.collect(),
            has_base: scenario.process.base.is_some(),
            terms,
            referrals_per_day,
        }
    }

    /// Whether anybody is followed at any time.
    pub fn is_stated(&self) -> bool {
        self.terms.steps().any(|(_, terms)| terms.is_some())
    }

    /// Whether both are the same before day 0.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        let follows_nobody = !self.is_stated() && !other.is_stated();
        follows_nobody
            || self.has_base == other.has_base
                && self.terms.is_same_before_day_0(&other.terms)
                && (self.referrals_per_day).is_same_before_day_0(&other.referrals_per_day)
    }

    /// The rules for a deal won at `t`, if its customer is followed.
    fn begin_at(&self, t: f64) -> Option<&Terms> {
        let is_in_base = self.has_base && t < 0.0;
        self.terms.at(t).as_ref().filter(|_| !is_in_base)
    }

    /// Days over which the revenue of a deal won at `t` is recognised; none: at once.
    #[inline]
    pub fn spreads_new_revenue(&self, t: f64) -> Option<u32> {
        let terms = self.begin_at(t)?;
        terms.is_ratable.then_some(terms.days)
    }
}

impl Terms {
    fn new(customers: &scenario::Customers, draw: &[f64]) -> Self {
        Self {
            days: customers.term_days,
            churn: law(&customers.churn, draw),
            churn_quality_effect: customers.churn_quality_effect.at(draw),
            expansion: optional_law(customers.expansion.as_ref(), draw),
            is_ratable: customers.recognition == Recognition::Ratable,
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// A deal of this value is won: from now on its customer is followed, where customers are.
    pub fn begin_contract(&mut self, lead: &Lead, value: f64) {
        let Some(terms) = self.funnel.followed.begin_at(lead.t) else {
            return;
        };
        let row = self.ledger.row(lead.t);
        let customer = Lead {
            id: lead.id.first_pass(),
            since: lead.t,
            queued: lead.t + f64::from(terms.days),
            score: value,
            ..*lead
        };
        self.ledger.count(row, Count::NewCustomers);
        let nothing = Past {
            terms: 0,
            referrals: 0,
        };
        self.wait_for_next(customer, nothing);
    }

    /// What a customer has waited for happens at its time. Of a customer, `since` is when it was won,
    /// `queued` when its term ends, `score` what its contract is worth.
    pub fn serve_customer(&mut self, customer: Lead, next: Next, past: Past) {
        match next {
            Next::Unknown => self.wait_for_next(customer, past),
            Next::Referral => self.refer(customer, past),
            Next::EndOfTerm => self.end_term(customer, past),
        }
    }

    /// Finds out whether the customer first refers a lead or comes to the end of its term.
    fn wait_for_next(&mut self, mut customer: Lead, past: Past) {
        let followed = &self.funnel.followed;
        let mut refers = f64::INFINITY;
        let may_refer = u32::from(past.referrals) < Key::LAST_NTH;
        if may_refer && followed.referrals_per_day.constant() != Some(&0.0) {
            let u = self.nth(&customer, Decision::Referral, past.referrals);
            refers = when_used_up(&followed.referrals_per_day, customer.t, -math::ln(u));
        }
        let (t, next) = match refers < customer.queued {
            true => (refers, Next::Referral),
            false => (customer.queued, Next::EndOfTerm),
        };
        if self.is_open_until_day_0(t) {
            return (self.calendar).put_on_day_0(customer, Stage::Customer(Next::Unknown, past));
        }
        customer.t = t;
        let stage = Stage::Customer(next, past);
        if t < self.block_end && !self.is_serving {
            self.go(customer, stage);
        } else if t < self.horizon && self.calendar.has_next() {
            self.calendar.put(customer, stage);
        }
    }

    /// The customer renews or leaves.
    fn end_term(&mut self, mut customer: Lead, past: Past) {
        let t = customer.t;
        let Some(terms) = self.funnel.followed.terms.at(t) else {
            return;
        };
        let leaves = self.churn_probability(&customer, terms);
        let luck = self.nth(&customer, Decision::Renewal, past.terms);
        let reading = Reading::Below(leaves);
        self.observer
            .read(&customer, Decision::Renewal, t, luck, reading);
        let row = self.ledger.row(t);
        if luck < leaves {
            self.ledger.count(row, Count::Churned);
            return self.observer.event(&customer, Event::Churned, t);
        }
        if let Some(law) = terms.expansion.at(t) {
            let u = self.nth(&customer, Decision::Expansion, past.terms);
            let factor = law.sampler.quantile(u);
            customer.score *= factor;
            let reading = Reading::Factor(factor);
            self.observer
                .read(&customer, Decision::Expansion, t, u, reading);
        }
        let units = self.funnel.units(customer.score);
        let days = if terms.is_ratable { terms.days } else { 1 };
        self.ledger.recognise(Contract::Renewed, row, units, days);
        self.ledger.count(row, Count::Renewals);
        self.observer
            .event(&customer, Event::Renewed(customer.score), t);
        customer.queued = t + f64::from(terms.days);
        let past = Past {
            terms: past.terms + 1,
            ..past
        };
        self.wait_for_next(customer, past);
    }

    /// Probability that the customer leaves at its time.
    fn churn_probability(&mut self, customer: &Lead, terms: &Terms) -> f64 {
        let u = customer.lasting_uniform(self.keys, Decision::ChurnPropensity, 0);
        let law = terms.churn.at(customer.since);
        let mut churn = law.sampler.quantile(u).clamp(0.0, 1.0);
        let reading = Reading::Factor(churn);
        self.observer
            .read(customer, Decision::ChurnPropensity, customer.t, u, reading);
        if terms.churn_quality_effect != 0.0 {
            let effect = terms.churn_quality_effect * self.quality(customer);
            let odds = churn * math::exp(effect);
            churn = odds / (1.0 - churn + odds);
        }
        churn * self.alignment.churn_factor(floor(customer.t))
    }

    /// The customer refers a lead, which arrives at once.
    fn refer(&mut self, customer: Lead, past: Past) {
        let t = customer.t;
        self.observer.event(&customer, Event::Referred, t);
        if let Some(source) = self.funnel.followed.referred[customer.source as usize] {
            let name = self.nth(&customer, Decision::ReferredLead, past.referrals);
            let ordinal = (name * f64::from(EventId::MAX_PER_DAY)) as u32;
            let row = self.ledger.row(t);
            let id = EventId::new(floor(t), ordinal);
            let mut referred = Newcomers::one(self.keys[source as usize], id, t, source, row);
            self.ledger.count(row, Count::Leads);
            self.ledger.count(row, Count::Referred);
            self.observer.event(&referred.lead(0), Event::Arrived, t);
            self.nurture(&mut referred);
        }
        let past = Past {
            referrals: past.referrals + 1,
            ..past
        };
        self.wait_for_next(customer, past);
    }

    /// A customer's uniform number for a decision that it takes over and over.
    fn nth(&self, customer: &Lead, decision: Decision, nth: u16) -> f64 {
        self.keys[customer.luck as usize].uniform_nth(customer.id, decision, u32::from(nth))
    }

    /// Enters what referred leads cost: day by day, so that the order in which they came cannot matter.
    pub fn pay_for_referred(&mut self) {
        let followed = &self.funnel.followed;
        let Some(source) = followed.referred.iter().flatten().next() else {
            return;
        };
        let cost = &self.funnel.sources[*source as usize].cost_per_lead;
        for day in self.funnel.first_day..self.funnel.horizon_days {
            let row = self.ledger.row_of_day(day);
            let referred = self.ledger.on(row, Count::Referred);
            if referred > 0 {
                self.ledger
                    .spend(row, f64::from(referred) * cost.at(f64::from(day)));
            }
        }
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
