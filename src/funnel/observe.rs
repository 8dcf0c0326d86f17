//! Who may watch leads pass by, without touching them.

use super::lead::Lead;
use crate::random::Decision;
use crate::scenario::OpenStage;

/// Something that happened to a lead.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event {
    Arrived,
    /// A record of the pipeline, open here at day 0.
    Standing(OpenStage),
    Unqualified,
    Faded,
    Mql,
    Leaked,
    Queued,
    /// It was its turn, but the day had no hours left for it.
    PutBack,
    Expired,
    Touched,
    Unreached,
    /// For reason number `0` of the scenario, if it states reasons.
    Rejected(Option<usize>),
    Recycled,
    Accepted,
    /// A SAL waits for an account executive.
    SalQueued,
    /// An account executive takes it up.
    TakenOver,
    /// At gate number `0`, where the scenario has gates.
    Disqualified(Option<usize>),
    Opportunity,
    /// On to closing stage number `0`.
    Advanced(usize),
    /// A deal of this size \[money\].
    Won(f64),
    /// For loss reason number `0` of the scenario, if it states any.
    Lost(Option<usize>),
    NoDecision,
    /// The customer renews for this much \[money\].
    Renewed(f64),
    /// The customer does not renew.
    Churned,
    /// The customer buys for this much beside its contract \[money\].
    Upsold(f64),
    /// The customer refers a lead.
    Refers,
    /// A lead arrives that a customer refers.
    Referred,
    /// Still open at the horizon.
    Open(OpenStage),
}

/// What a uniform number `u` was read as.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Reading {
    /// Below this probability means yes.
    Below(f64),
    /// `u` lies from `low` up to `high`, the share of choice number `choice`.
    ///
    /// Readiness: ready, nurturable, never. Outcome: advance, lost, no decision. Reason: as the
    /// scenario lists them.
    Choice { choice: usize, low: f64, high: f64 },
    /// Below `pass` it passes gate number `gate`.
    Gate { gate: usize, pass: f64 },
    /// The value that it makes with the lead's quality; above the threshold means yes.
    Above { value: f64, threshold: f64 },
    /// A time \[days\]; infinity: it never comes.
    Days(f64),
    /// Latent quality \[standard deviations\].
    Quality(f64),
    /// A deal size \[money\].
    Money(f64),
    /// A share or a factor.
    Factor(f64),
}

/// Watches leads. Nothing it does can reach the run.
pub(super) trait Observer {
    /// Whether it watches at all; if not, leads may be worked on together.
    const WATCHES: bool;
    /// Something happened at time `t`.
    #[inline(always)]
    fn event(&mut self, _lead: &Lead, _event: Event, _t: f64) {}
    /// A lead's uniform number `u` for a decision was read at time `t`.
    #[inline(always)]
    fn read(&mut self, _lead: &Lead, _decision: Decision, _t: f64, _u: f64, _reading: Reading) {}
}

/// Watches nothing, at no cost.
pub(super) struct Nobody;

impl Observer for Nobody {
    const WATCHES: bool = false;
}
