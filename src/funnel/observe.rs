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

/// Watches leads. Nothing it does can reach the run.
pub(super) trait Observer {
    /// Whether it watches at all; if not, leads may be worked on together.
    const WATCHES: bool;
    /// Something happened at time `t`.
    #[inline(always)]
    fn event(&mut self, _lead: &Lead, _event: Event, _t: f64) {}
    /// A uniform number was drawn.
    #[inline(always)]
    fn drawn(&mut self, _lead: &Lead, _decision: Decision, _u: f64) {}
    /// It was compared with `threshold`: below means yes.
    #[inline(always)]
    fn threshold(&mut self, _lead: &Lead, _decision: Decision, _u: f64, _threshold: f64) {}
    /// A value made from it was compared with `threshold`: above means yes.
    #[inline(always)]
    fn compared(
        &mut self,
        _lead: &Lead,
        _decision: Decision,
        _u: f64,
        _value: f64,
        _threshold: f64,
    ) {
    }
    /// A deal was won.
    #[inline(always)]
    fn deal(&mut self, _lead: &Lead, _value: f64) {}
}

/// Watches nothing, at no cost.
pub(super) struct Nobody;

impl Observer for Nobody {
    const WATCHES: bool = false;
}
