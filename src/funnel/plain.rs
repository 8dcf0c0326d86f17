//! Plain rules: rates and laws that no date, lever, score, quality or feedback changes.
//!
//! Leads under plain rules go together, stage by stage, in short loops that ask nothing of each lead which is the same
//! for all, and in which what one lead waits for does not hold up the next. Where a day brings few and the rules of sales
//! are plain, those of several days go together. They do what the stages make of them one by one, to the byte: luck is keyed, and counts have no
//! order.

use super::Funnel;
use super::awareness::Source;
use super::closing::Outcome;
use super::lead::{Lead, Row};
use super::observe::Observer;
use super::run::Run;
use super::station::Station;
use crate::distribution::Sampler;
use crate::random::{Decision, EventId, Key};

/// What all leads of a source meet on their way to sales.
#[derive(Debug, Clone)]
pub(super) struct PlainRules {
    pub nurturing_delay: Option<Sampler>,
    pub qualification: f64,
    pub leak: f64,
    pub routing: Option<Sampler>,
}

/// What all leads meet in sales: rates, and the time by outcome.
#[derive(Debug, Clone)]
pub(super) struct PlainSales {
    pub touch: PlainTouch,
    pub closing: PlainClosing,
    /// For how long a lead holds a rep; none where capacity is unlimited.
    pub hold: Option<Sampler>,
    /// How many days' leads go together at most: a power of 2.
    pub days_together: u32,
}

/// The first touch.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainTouch {
    pub contact: f64,
    pub acceptance: f64,
    pub sla: Option<f64>,
}

/// From the accepted lead to the close, in one stage.
#[derive(Debug, Clone)]
pub(super) struct PlainClosing {
    pub opportunity: f64,
    pub advance: f64,
    pub no_decision: f64,
    /// `[Outcome]`
    pub days: [Sampler; Outcome::N],
    /// Whether the time is of one law whatever the outcome.
    pub days_are_alike: bool,
}

/// A lead under plain rules: what there is to know of it that its source does not tell, in half a cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainLead {
    pub id: EventId,
    /// Time of its next event \[days\].
    pub t: f64,
    /// Time it entered the phase it is in: MQL until sales touches it, opportunity after \[days\].
    pub since: f64,
    /// Index of its source and of its key.
    pub source: u32,
    /// First entries, as rows of the ledger.
    pub mql: Row,
    pub sal: Row,
}

const _: () = assert!(size_of::<PlainLead>() == 32);

impl PlainLead {
    /// A lead that is not qualified yet, at its time `t`.
    #[inline(always)]
    pub fn new(id: EventId, t: f64, source: u32) -> Self {
        Self {
            id,
            t,
            since: t,
            source,
            mql: Lead::NOT_YET,
            sal: Lead::NOT_YET,
        }
    }

    /// Its uniform number for `decision`.
    #[inline(always)]
    pub fn uniform(&self, keys: &[Key], decision: Decision) -> f64 {
        keys[self.source as usize].uniform(self.id, decision)
    }

    /// Whether its uniform number for a decision lies below `probability`; not drawn at 1 or 0.
    #[inline(always)]
    pub fn happens(&self, keys: &[Key], decision: Decision, probability: f64) -> bool {
        probability >= 1.0 || probability > 0.0 && self.uniform(keys, decision) < probability
    }
}

impl From<Lead> for PlainLead {
    fn from(lead: Lead) -> Self {
        Self {
            id: lead.id,
            t: lead.t,
            since: lead.since,
            source: lead.source,
            mql: lead.mql,
            sal: lead.sal,
        }
    }
}

/// Memory for leads that go together.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowd {
    /// Factor of a channel on each day.
    pub day_factors: Vec<f64>,
    /// Newcomers of a source.
    pub ids: Vec<EventId>,
    /// Time of the next event of each \[days\].
    pub t: Vec<f64>,
    /// Uniform number of each for one decision.
    pub u: Vec<f64>,
    /// When each who stands in the queue is served, and for how long \[days\].
    pub starts: Vec<f64>,
    pub holds: Vec<f64>,
    /// New MQLs, and when they qualified.
    pub mqls: Vec<(EventId, f64)>,
    /// Accepted leads, at the time at which work on them is done; then opportunities, then those that are won.
    pub sals: Vec<PlainLead>,
}

impl Funnel {
    /// The plain rules of a source's way to sales, if they are plain.
    pub(super) fn find_plain_rules(&self, source: usize) -> Option<PlainRules> {
        let delay = self.nurturing.plain_delay()?;
        let qualification = self.constant_rate(source)?;
        let (leak, routing) = self.handoff.plain_handoff()?;
        let one_block = self.blocks_per_day.is_none();
        (one_block && !self.quality_matters_after_score).then(|| PlainRules {
            nurturing_delay: delay.map(|law| law.sampler.clone()),
            qualification,
            leak,
            routing: routing.map(|law| law.sampler.clone()),
        })
    }

    /// The plain rules of sales, if they are plain for all sources.
    pub(super) fn find_plain_sales(&self) -> Option<PlainSales> {
        let sales = &self.teams[Station::Sales];
        let are_alike = self
            .sources
            .iter()
            .enumerate()
            .all(|(index, source)| source.closing.is_as_stated() && self.market_is_idle(index));
        let nothing_else = self.blocks_per_day.is_none()
            && self.first_station == Station::Sales
            && self.pipeline.is_empty()
            && !self.quality_matters_after_score
            && !self.reasons.are_stated;
        if !are_alike || !nothing_else {
            return None;
        }
        Some(PlainSales {
            touch: self.handoff.plain_touch()?,
            closing: self.closing.plain()?,
            hold: sales.plain_hold()?.map(|law| law.sampler.clone()),
            days_together: self.find_days_together(),
        })
    }

    /// How many days' leads go together at most where plain rules hold: a power of 2.
    fn find_days_together(&self) -> u32 {
        /// Leads of a source for whom it is worth starting a loop.
        const MANY: f64 = 512.0;
        const MOST_DAYS: f64 = 16.0;
        let leads_per_day: f64 = self.sources.iter().map(Source::leads_per_day).sum();
        let days = MANY * self.sources.len() as f64 / leads_per_day;
        (days.clamp(1.0, MOST_DAYS) as u32).next_power_of_two()
    }
}

impl<'a, O: Observer> Run<'a, O> {
    /// Whether rules that are plain as stated are so in this run, for now.
    #[inline]
    fn follows_plain_rules(&self) -> bool {
        !O::WATCHES && self.alignment.is_idle() && !self.is_shared
    }

    /// The plain rules of a source's way to sales, where they hold.
    #[inline]
    pub fn plain_rules(&self, source: usize) -> Option<&'a PlainRules> {
        let rules = self.funnel.plain_rules[source].as_ref();
        rules.filter(|_| self.follows_plain_rules())
    }

    /// The plain rules of sales, where they hold.
    #[inline]
    pub fn plain_sales(&self) -> Option<&'a PlainSales> {
        let rules = self.funnel.plain_sales.as_ref();
        rules.filter(|_| self.follows_plain_rules())
    }

    /// How many days' leads go together at most in this run: those of the days that have the same quotient by it.
    pub fn days_together(&self) -> i32 {
        self.plain_sales()
            .map_or(1, |sales| sales.days_together as i32)
    }

    /// The same lead for stages that take leads one by one.
    #[inline(always)]
    pub fn one_by_one(&self, lead: &PlainLead) -> Lead {
        let arrival = self.ledger.row_of_day(lead.id.day());
        Lead {
            since: lead.since,
            mql: lead.mql,
            sal: lead.sal,
            ..Lead::arriving(lead.id, lead.t, lead.source, lead.source, arrival)
        }
    }
}
