//! Who is on the team when, where that is luck: reps leave, seats are filled again, hires come late.
//!
//! A seat is named by its group (the team, or a hire) and its rank there, so that one seat more moves nobody
//! else's luck. Each of its holders in turn draws one unit exponential number, which the hazard uses up.
//! The team is complete and fully ramped on the first simulated day; hires and replacements start anew.

use std::ops::Range;

use super::nurturing::when_used_up;
use super::parameters::{LawAt, delay, known, law};
use super::queue::{Hire, Parameters, Ramp};
use super::station::Station;
use super::team::Stay;
use crate::math;
use crate::random::{Decision, Entity, EventId, Key, Kind};
use crate::scenario::{self, Timed};

/// Days in a year of the hazard at which reps leave.
const DAYS_PER_YEAR: f64 = 365.0;

/// How seats become empty and are filled again, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turnover {
    leaving_per_day: Timed<f64>,
    replacement: Timed<LawAt>,
}

/// The team over a day \[rep-days\].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Staff {
    pub reps: f64,
    /// Of full productivity.
    pub productive: f64,
}

/// Everyone who is ever on the team in one replication; empty where dates alone say who is.
#[derive(Debug, Clone, Default)]
pub(super) struct Roster {
    stays: Vec<Stay>,
    /// `[day]`
    days: Vec<Staff>,
}

/// A seat and the luck of its group.
#[derive(Debug, Clone, Copy)]
struct Seat {
    luck: Key,
    rank: u32,
}

/// The group of seats that `reps` of a station states.
fn team_seats(station: Station) -> Entity {
    match station {
        Station::Sales => Entity::new(Kind::Seat, &["reps"]),
        Station::Sdr => Entity::new(Kind::Seat, &["sdr", "reps"]),
    }
}

/// The group of seats of one hire.
pub(super) fn hired_seats(station: Station, name: &str) -> Entity {
    match station {
        Station::Sales => Entity::new(Kind::Seat, &["hires", name]),
        Station::Sdr => Entity::new(Kind::Seat, &["sdr", "hires", name]),
    }
}

impl Turnover {
    pub fn new(attrition: &scenario::Attrition, draw: &[f64]) -> Self {
        Self {
            leaving_per_day: known(&attrition.per_year, draw).map(|rate| rate / DAYS_PER_YEAR),
            replacement: law(&attrition.replacement, draw),
        }
    }

    /// This from day 0 on, `past` before; where one of them is missing, nobody leaves.
    pub fn after(own: Option<&Self>, past: Option<&Self>) -> Option<Self> {
        let stated = own.or(past)?;
        let nobody_leaves = Self {
            leaving_per_day: Timed::always(0.0),
            ..stated.clone()
        };
        let (own, past) = (
            own.unwrap_or(&nobody_leaves),
            past.unwrap_or(&nobody_leaves),
        );
        Some(Self {
            leaving_per_day: own.leaving_per_day.after(&past.leaving_per_day),
            replacement: own.replacement.after(&past.replacement),
        })
    }

    /// Whether anybody may leave at some time.
    pub fn acts(&self) -> bool {
        self.leaving_per_day.steps().any(|(_, &rate)| rate > 0.0)
    }
}

impl Seat {
    fn uniform(self, holder: i32, decision: Decision) -> f64 {
        self.luck.uniform(EventId::new(holder, self.rank), decision)
    }

    /// When holder number `holder`, who comes at `from`, leaves of their own accord.
    fn leaves(self, turnover: Option<&Turnover>, holder: i32, from: f64) -> f64 {
        turnover.map_or(f64::INFINITY, |turnover| {
            let patience = -math::ln(self.uniform(holder, Decision::Attrition));
            when_used_up(&turnover.leaving_per_day, from, patience)
        })
    }

    /// How long it takes to hire holder number `holder` \[days\].
    fn hiring_days(self, law: &LawAt, holder: i32) -> f64 {
        delay(law, self.uniform(holder, Decision::HiringTime))
    }
}

impl Roster {
    /// Everyone's stays; none where dates alone say who is on the team.
    pub fn stays(&self) -> Option<&[Stay]> {
        (!self.days.is_empty()).then_some(&self.stays)
    }

    /// The team over a day; none where dates alone say who is on it.
    pub fn on(&self, row: usize) -> Option<Staff> {
        self.days.get(row).copied()
    }

    pub fn clear(&mut self) {
        self.stays.clear();
        self.days.clear();
    }

    /// Draws who is on the team on `days`. O(reps × days).
    pub fn draw(
        &mut self,
        station: Station,
        team: &Parameters,
        days: Range<i32>,
        [seed, replication]: [u64; 2],
    ) {
        self.clear();
        self.days.resize(days.len(), Staff::default());
        let run = f64::from(days.start)..f64::from(days.end);
        let luck = team_seats(station).key(seed, replication);
        for rank in 0..team.most_seats() {
            let seat = Seat { luck, rank };
            let mut holder = 0;
            for open in team.seat_is_open(rank) {
                let from = open.start.max(run.start);
                let open = from..open.end.min(run.end);
                holder = self.fill(seat, team, f64::NEG_INFINITY, open, holder);
            }
        }
        for hire in &team.hires {
            let luck = hire.seats.key(seed, replication);
            for rank in 0..hire.reps as u32 {
                let seat = Seat { luck, rank };
                let joined = hired_on(seat, hire);
                self.fill(seat, team, joined, joined..run.end, 0);
            }
        }
        self.stays.retain(|stay| stay.until > run.start);
        for stay in &mut self.stays {
            stay.from = stay.from.max(run.start);
            enter(&mut self.days, stay, team.ramp, run.start);
        }
    }

    /// Fills a seat while it is `open`, first by holder number `holder`, whose productivity has risen since
    /// `joined`; the number of the holder after the last one.
    fn fill(
        &mut self,
        seat: Seat,
        team: &Parameters,
        mut joined: f64,
        open: Range<f64>,
        mut holder: i32,
    ) -> i32 {
        let mut from = open.start;
        while from < open.end {
            let leaves = seat.leaves(team.turnover.as_ref(), holder, from);
            let until = leaves.min(open.end);
            self.stays.push(Stay {
                joined,
                from,
                until,
            });
            holder += 1;
            let Some(turnover) = team.turnover.as_ref().filter(|_| leaves < open.end) else {
                break;
            };
            from = leaves + seat.hiring_days(turnover.replacement.at(leaves), holder);
            joined = from;
        }
        holder
    }
}

/// Enters a stay day by day.
fn enter(days: &mut [Staff], stay: &Stay, ramp: Option<Ramp>, first_day: f64) {
    let ramp = ramp.filter(|_| stay.joined.is_finite());
    let mut t = stay.from;
    while t < stay.until {
        let midnight = t.floor() + 1.0;
        let part = midnight.min(stay.until) - t;
        let staff = &mut days[(t.floor() - first_day) as usize];
        staff.reps += part;
        staff.productive += ramp.map_or(part, |ramp| ramp.work(t - stay.joined, part));
        t = midnight;
    }
}

/// The first day at work of a seat's first holder.
fn hired_on(seat: Seat, hire: &Hire) -> f64 {
    let decided = f64::from(hire.start_day);
    match &hire.lead_time {
        Some(law) => decided + seat.hiring_days(law, 0),
        None => decided,
    }
}
