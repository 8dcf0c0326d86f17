//! One lead on its way through the funnel: a cache line.

use crate::random::{Decision, EventId, Key};

/// Row of the ledger in which a lead first entered a stage; [`Lead::NOT_YET`] before that.
pub(super) type Row = u16;

/// A lead between two events.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    /// Names its luck, together with its key.
    pub id: EventId,
    /// Time of its next event \[days\].
    pub t: f64,
    /// Time it entered the phase it is in: MQL until sales touches it, opportunity after \[days\].
    pub since: f64,
    /// Time it reached the queue of sales \[days\].
    pub queued: f64,
    /// Latent quality \[standard deviations\]; set once it is needed.
    pub quality: f64,
    /// Marketing score, where the scenario scores leads.
    pub score: f64,
    /// Index of its source, whose parameters it follows.
    pub source: u32,
    /// Index of its key.
    pub luck: u32,
    /// First entries, as rows of the ledger: arrival, MQL, SAL, opportunity.
    pub arrival: Row,
    pub mql: Row,
    pub sal: Row,
    pub opportunity: Row,
}

const _: () = assert!(size_of::<Lead>() == 64);

impl Lead {
    /// It has not entered that stage.
    pub const NOT_YET: Row = Row::MAX;

    /// A lead that arrives at `t`.
    #[inline(always)]
    pub fn arriving(id: EventId, t: f64, source: u32, luck: u32, arrival: Row) -> Self {
        Self {
            id,
            t,
            since: t,
            queued: t,
            quality: 0.0,
            score: 0.0,
            source,
            luck,
            arrival,
            mql: Self::NOT_YET,
            sal: Self::NOT_YET,
            opportunity: Self::NOT_YET,
        }
    }

    /// Its uniform number for `decision` in this pass.
    #[inline(always)]
    pub fn uniform(&self, keys: &[Key], decision: Decision) -> f64 {
        keys[self.luck as usize].uniform(self.id, decision)
    }

    /// Its uniform number for `decision` in whatever pass: what it is, not what befalls it.
    pub fn lasting_uniform(&self, keys: &[Key], decision: Decision, draw: u64) -> f64 {
        keys[self.luck as usize].uniform_draw(self.id.first_pass(), decision, draw)
    }
}
