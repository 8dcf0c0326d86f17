//! Where leads wait for reps: a team, its queue, and what is counted of both.

use std::ops::{Index, IndexMut};

use super::tally::{Count, Stock, Sum};
use crate::random::Decision;

/// A team and the leads that wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(super) enum Station {
    /// SDRs touch leads first, and pass those that they accept on.
    Sdr,
    /// Account executives work what SDRs have accepted; where there are none, reps touch leads too.
    Sales,
}

impl Station {
    /// How many there are.
    pub const N: usize = 2;

    /// All, in the order in which a lead meets them.
    pub const ALL: [Station; Station::N] = [Station::Sdr, Station::Sales];

    /// Leads that reach its queue.
    pub const fn queued(self) -> Count {
        match self {
            Station::Sdr => Count::SdrQueued,
            Station::Sales => Count::Queued,
        }
    }

    /// Leads that leave it.
    pub const fn left_queue(self) -> Count {
        match self {
            Station::Sdr => Count::LeftSdrQueue,
            Station::Sales => Count::LeftQueue,
        }
    }

    /// Leads in it.
    pub const fn backlog(self) -> Stock {
        match self {
            Station::Sdr => Stock::SdrBacklog,
            Station::Sales => Stock::Backlog,
        }
    }

    /// Their waits, the capacity used and that which there was.
    pub const fn sums(self) -> [Sum; 3] {
        match self {
            Station::Sdr => [Sum::SdrWaitDays, Sum::SdrBusy, Sum::SdrAvailable],
            Station::Sales => [Sum::WaitDays, Sum::Busy, Sum::Available],
        }
    }

    /// What decides for how long a lead holds one of its reps.
    pub const fn hold(self) -> Decision {
        match self {
            Station::Sdr => Decision::SdrHold,
            Station::Sales => Decision::Hold,
        }
    }
}

/// One of each station.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct PerStation<T>([T; Station::N]);

impl<T> PerStation<T> {
    /// What `each` makes of every station.
    pub fn of(each: impl FnMut(Station) -> T) -> Self {
        Self(Station::ALL.map(each))
    }

    pub fn map<U>(&self, each: impl Fn(&T) -> U) -> PerStation<U> {
        PerStation::of(|station| each(&self[station]))
    }
}

impl<T> Index<Station> for PerStation<T> {
    type Output = T;

    #[inline(always)]
    fn index(&self, station: Station) -> &T {
        &self.0[station as usize]
    }
}

impl<T> IndexMut<Station> for PerStation<T> {
    #[inline(always)]
    fn index_mut(&mut self, station: Station) -> &mut T {
        &mut self.0[station as usize]
    }
}
