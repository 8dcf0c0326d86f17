//! Why leads come to nothing: the reasons that a scenario states, counted in one list, kind by kind.

use super::lead::Lead;
use super::observe::{Observer, Reading};
use super::parameters::{known, zip};
use super::run::Run;
use crate::random::Decision;
use crate::scenario::{Process, Reason, ReasonKind, Timed};

/// Where each kind stands in the list of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    /// `[ReasonKind]`
    first: [usize; ReasonKind::ALL.len()],
    /// How many there are in all.
    pub n: usize,
    /// Whether there are any, in the past too.
    pub are_stated: bool,
}

impl Numbers {
    pub fn new(process: &Process, past: Option<&Process>) -> Self {
        let mut n = 0;
        let first = ReasonKind::ALL.map(|kind| {
            let first = n;
            n += process.reasons_of(kind).len();
            first
        });
        let before = past.map_or(0, |past| past.reasons().count());
        Self {
            first,
            n,
            are_stated: n + before > 0,
        }
    }
}

/// Upper ends of the reasons' shares on (0, 1), normalised; none where none are stated.
pub(super) fn ends_of_shares(stated: &[Reason], draw: &[f64]) -> Timed<Vec<f64>> {
    let none = Timed::always(Vec::new());
    let ends = stated.iter().fold(none, |ends, reason| {
        zip(&ends, &known(&reason.share, draw), |ends, share| {
            let mut ends = ends.clone();
            ends.push(ends.last().unwrap_or(&0.0) + share);
            ends
        })
    });
    ends.map(|ends| {
        let total = *ends.last().unwrap_or(&1.0);
        ends.iter().map(|end| end / total).collect()
    })
}

impl<O: Observer> Run<'_, O> {
    /// Why a lead is rejected or lost at `t`, drawn by the shares of the reasons and counted; none where none
    /// are stated.
    #[inline(always)]
    pub fn reason(&mut self, lead: Lead, t: f64, kind: ReasonKind) -> Option<usize> {
        match self.funnel.reasons.are_stated {
            true => self.draw_reason(lead, t, kind),
            false => None,
        }
    }

    /// Kept out of the way of those who state no reasons; so is the lead, by a copy.
    #[inline(never)]
    fn draw_reason(&mut self, lead: Lead, t: f64, kind: ReasonKind) -> Option<usize> {
        let funnel = self.funnel;
        let (decision, ends) = match kind {
            ReasonKind::Lost => (Decision::LossReason, &funnel.closing.loss_reasons),
            _ => (Decision::Reason, &funnel.handoff.reasons),
        };
        let ends = ends.at(t);
        if ends.is_empty() {
            return None;
        }
        let u = self.decide(&lead, decision);
        let reason = ends.partition_point(|&end| end <= u).min(ends.len() - 1);
        let reading = Reading::Choice {
            choice: reason,
            low: reason.checked_sub(1).map_or(0.0, |before| ends[before]),
            high: ends[reason],
        };
        self.observer.read(&lead, decision, t, u, reading);
        self.count_reason(t, kind, reason);
        Some(reason)
    }

    /// Counts reason number `reason` of a kind at `t`.
    pub fn count_reason(&mut self, t: f64, kind: ReasonKind, reason: usize) {
        let number = self.funnel.reasons.first[kind as usize] + reason;
        self.ledger.reason(self.ledger.row(t), number);
    }
}
