//! Who may watch leads pass by, without touching them.

use super::lead::Lead;
use crate::random::Decision;

/// Something that happened to a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Arrived,
    Unqualified,
    Faded,
    Mql,
    Leaked,
    Queued,
    Expired,
    Touched,
    Unreached,
    /// For reason number `0` of the scenario, if it states reasons.
    Rejected(Option<usize>),
    Recycled,
    Accepted,
    Disqualified,
    Opportunity,
    /// On to closing stage number `0`.
    Advanced(usize),
    Won,
    Lost,
    NoDecision,
    /// Still open at the horizon, in open stage number `0`.
    Open(usize),
}

/// What a uniform number was read as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Below this probability means yes.
    Below(f64),
    /// The value that it makes; above the threshold means yes.
    Above { value: f64, threshold: f64 },
    /// A time \[days\].
    Days(f64),
    /// Latent quality \[standard deviations\].
    Quality(f64),
    /// A deal size \[money\].
    Money(f64),
    /// A unit exponential, to be used up by a hazard.
    Exponential(f64),
    /// A reason for rejection, by number.
    Reason(usize),
}

/// Watches leads. Nothing it does can reach the run.
pub(super) trait Observer {
    /// Whether it watches at all; if not, leads may be worked on together.
    const WATCHES: bool;
    /// Something happened at time `t`.
    #[inline(always)]
    fn event(&mut self, _lead: &Lead, _event: Event, _t: f64) {}
    /// A lead's uniform number `u` for a decision was read.
    #[inline(always)]
    fn read(&mut self, _lead: &Lead, _decision: Decision, _u: f64, _reading: Reading) {}
}

/// Watches nothing, at no cost.
pub(super) struct Nobody;

impl Observer for Nobody {
    const WATCHES: bool = false;
}
