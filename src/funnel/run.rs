//! The run of one replication: leads move as far as the block of time allows, stage by stage.

use super::Funnel;
use super::alignment::Alignment;
use super::blocks::Calendar;
use super::customers::Book;
use super::feedback::Feedback;
use super::lead::Lead;
use super::ledger::Ledger;
use super::observe::{Event, Observer, Reading};
use super::parameters::{LawAt, delay};
use super::plain::Crowd;
use super::queue::Queue;
use super::roster::Roster;
use super::station::PerStation;
use super::tally::Count;
use crate::distribution::normal_quantile_fast;
use crate::random::{Decision, Key};

/// What happens to a lead at its time `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It stands in nurture since its time, and either matures or fades.
    Mature,
    /// It has matured, or comes back recycled: it is qualified.
    Qualify,
    /// It reaches the queue of those who touch it.
    Queue,
    /// Accepted by an SDR who is done with it, it reaches the queue of account executives.
    SalQueue,
    /// Work on the accepted lead is done: it becomes an opportunity or is disqualified.
    Open,
    /// It enters this closing stage.
    Closing(u32),
    /// The deal is won.
    Win,
}

/// Everything about one replication that changes while it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Keys of the sources, then of the pipeline's records, then of referred leads.
    pub keys: Vec<Key>,
    pub ledger: Ledger,
    pub calendar: Calendar<(Stage, Lead)>,
    pub customers: Book,
    pub queues: PerStation<Queue>,
    pub feedback: Feedback,
    pub rosters: PerStation<Roster>,
    pub crowd: Crowd,
}

/// One replication under way.
pub(super) struct Run<'a, O> {
    pub funnel: &'a Funnel,
    pub keys: &'a mut Vec<Key>,
    pub ledger: &'a mut Ledger,
    pub calendar: &'a mut Calendar<(Stage, Lead)>,
    pub customers: &'a mut Book,
    pub queues: &'a mut PerStation<Queue>,
    pub feedback: &'a mut Feedback,
    pub rosters: &'a PerStation<Roster>,
    pub crowd: &'a mut Crowd,
    pub alignment: &'a Alignment,
    pub observer: &'a mut O,
    /// End of the running block \[days\]: what happens later waits.
    pub block_end: f64,
    /// Whether nothing may be decided yet that happens from day 0 on: what decides then may still be chosen.
    pub is_shared: bool,
    pub horizon: f64,
}

impl<O: Observer> Run<'_, O> {
    /// The lead's uniform number for a decision.
    #[inline(always)]
    pub fn decide(&mut self, lead: &Lead, decision: Decision) -> f64 {
        lead.uniform(self.keys, decision)
    }

    /// The time that a law gives the lead for a decision at `t`, times `factor` \[days\].
    #[inline(always)]
    pub fn time(
        &mut self,
        lead: &Lead,
        law: &LawAt,
        decision: Decision,
        t: f64,
        factor: f64,
    ) -> f64 {
        let u = self.decide(lead, decision);
        let days = delay(law, u) * factor;
        self.observer
            .read(lead, decision, t, u, Reading::Days(days));
        days
    }

    /// Whether the lead's uniform number for a decision at `t` lies below `probability`; not drawn at 1 or 0.
    #[inline(always)]
    pub fn happens(&mut self, lead: &Lead, decision: Decision, t: f64, probability: f64) -> bool {
        if probability >= 1.0 {
            return true;
        }
        if probability <= 0.0 {
            return false;
        }
        let u = self.decide(lead, decision);
        self.observer
            .read(lead, decision, t, u, Reading::Below(probability));
        u < probability
    }

    /// Whether what happens at `t` must be left to those who decide from day 0 on.
    #[inline(always)]
    pub fn is_open_until_day_0(&self, t: f64) -> bool {
        self.is_shared && t >= 0.0
    }

    /// The lead's latent quality.
    pub fn quality(&mut self, lead: &Lead) -> f64 {
        if self.funnel.is_record(lead) {
            return lead.quality;
        }
        let u = lead.lasting_uniform(self.keys, Decision::Quality, 0);
        let quality = self.mean_quality(lead) + normal_quantile_fast(u);
        self.observer.read(
            lead,
            Decision::Quality,
            lead.t,
            u,
            Reading::Quality(quality),
        );
        quality
    }

    /// Mean quality of the leads that came from the lead's source on its day.
    pub fn mean_quality(&self, lead: &Lead) -> f64 {
        let source = &self.funnel.sources[lead.source as usize];
        if self.funnel.is_record(lead) {
            return *source.quality.at(0.0);
        }
        let day = self.ledger.day(lead.arrival);
        source.quality.at(f64::from(day)) + self.feedback.learned(lead.arrival)
    }

    /// Lets the lead go on now if its time lies in the block; else it waits, or is open at the horizon.
    #[inline(always)]
    pub fn pass_on(&mut self, lead: Lead, stage: Stage) {
        if lead.t < self.block_end {
            self.go(lead, stage);
        } else if lead.t < self.horizon {
            self.calendar.put(lead.t, (stage, lead));
        } else {
            self.stay_open(&lead, stage);
        }
    }

    /// The lead's event at its time, which lies in the block.
    #[inline(always)]
    pub fn go(&mut self, lead: Lead, stage: Stage) {
        match stage {
            Stage::Mature => self.mature(lead),
            Stage::Qualify => self.qualify(lead),
            Stage::Queue => self.reach_queue(lead),
            Stage::SalQueue => self.reach_sal_queue(lead),
            Stage::Open => self.open_opportunity(lead),
            Stage::Closing(index) => self.enter_closing(lead, index),
            Stage::Win => self.win(&lead),
        }
    }

    /// The lead comes to an end at `t`, before the horizon.
    #[inline(always)]
    pub fn end(&mut self, lead: &Lead, t: f64, end: Count, event: Event) {
        self.ledger.count(self.ledger.row(t), end);
        self.observer.event(lead, event, t);
    }

    /// The lead is open at the horizon, on its way to `stage`.
    pub fn stay_open(&mut self, lead: &Lead, stage: Stage) {
        let open = match stage {
            Stage::Qualify if lead.id.pass() > 0 => self.funnel.open_recycled(),
            Stage::Mature | Stage::Qualify => Funnel::OPEN_NURTURING,
            Stage::Queue => Funnel::OPEN_ROUTING,
            Stage::SalQueue | Stage::Open => Funnel::OPEN_WORKING,
            Stage::Closing(index) => Funnel::OPEN_CLOSING + index as usize - 1,
            Stage::Win => Funnel::OPEN_CLOSING + self.funnel.closing.stages.len() - 1,
        };
        self.be_open(lead, open);
    }

    /// The lead is open at the horizon, in open stage number `open`.
    pub fn be_open(&mut self, lead: &Lead, open: usize) {
        self.ledger.open(lead, open);
        if O::WATCHES {
            let stage = self.funnel.open_stage(open);
            self.observer.event(lead, Event::Open(stage), self.horizon);
        }
    }
}
