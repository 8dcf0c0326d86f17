//! Plain rules: rates and laws that no date, lever, score, quality or feedback changes.
//!
//! Leads under plain rules go together, stage by stage, in short loops that ask nothing of each lead which is the same
//! for all, and in which what one lead waits for does not hold up the next. They do what the stages make of them one
//! by one, to the byte: luck is keyed, and counts have no order.

use super::Funnel;
use super::closing::Outcome;
use super::lead::Lead;
use super::observe::Observer;
use super::run::Run;
use super::station::Station;
use crate::distribution::Sampler;
use crate::random::EventId;

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
    pub advance_days: Sampler,
    pub lost_days: Sampler,
    pub no_decision_days: Sampler,
}

/// Memory for leads that go together.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowd {
    /// Time of the next event of each newcomer \[days\].
    pub t: Vec<f64>,
    /// Uniform number of each for one decision.
    pub u: Vec<f64>,
    /// New MQLs, and when they qualified.
    pub mqls: Vec<(EventId, f64)>,
    /// Accepted leads, at the time at which work on them is done; then opportunities.
    pub sals: Vec<Lead>,
    /// How each opportunity leaves its stage, and its uniform number for the time that takes.
    pub outcomes: Vec<(Outcome, f64)>,
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
        })
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
}
