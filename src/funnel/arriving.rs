//! Who reaches a queue later: lists by span of days, put in order when it is their time.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Range;

use super::lead::Lead;
use super::ledger::floor;
use super::plain::PlainLead;
use crate::random::EventId;

/// What can stand in a queue.
pub(super) trait Arrival: Copy {
    /// When it reaches the queue \[days\].
    fn queued(&self) -> f64;

    /// Tells it from those who reach the queue at the same time.
    fn name(&self) -> (u32, EventId);
}

impl Arrival for Lead {
    #[inline(always)]
    fn queued(&self) -> f64 {
        self.queued
    }

    #[inline(always)]
    fn name(&self) -> (u32, EventId) {
        (self.luck, self.id)
    }
}

impl Arrival for PlainLead {
    #[inline(always)]
    fn queued(&self) -> f64 {
        self.t
    }

    #[inline(always)]
    fn name(&self) -> (u32, EventId) {
        (self.source, self.id)
    }
}

/// By arrival in the queue, then by name: never by the order in which they were found.
#[inline(always)]
pub(super) fn arrival_order(a: &impl Arrival, b: &impl Arrival) -> Ordering {
    let queued = a.queued().total_cmp(&b.queued());
    queued.then_with(|| a.name().cmp(&b.name()))
}

/// Who reaches a queue, in any order, by spans of days.
#[derive(Debug, Clone)]
pub(super) struct Arriving<T> {
    /// Days of a span: a power of 2, so that a time's span is exact.
    days: i32,
    spans_per_day: f64,
    /// The span that runs.
    now: i32,
    /// `[spans from now]`
    lists: VecDeque<Vec<T>>,
    /// Emptied lists, to use their memory again.
    spare: Vec<Vec<T>>,
    sorting: Sorting,
}

/// Those who reach the queue in one span.
#[derive(Debug)]
pub(super) struct Due<T> {
    leads: Vec<T>,
    sorting: Sorting,
}

impl<T: Arrival> Due<T> {
    /// All in order of arrival.
    #[inline(always)]
    pub fn in_turn(&self) -> impl Iterator<Item = T> {
        let places = self.sorting.places.iter();
        places.map(|place| self.leads[place.index as usize])
    }

    /// The times at which they arrive, ascending \[days\].
    #[inline(always)]
    pub fn times(&self) -> impl Iterator<Item = f64> {
        self.sorting.places.iter().map(|place| place.queued)
    }
}

impl<T> Default for Arriving<T> {
    fn default() -> Self {
        Self {
            days: 1,
            spans_per_day: 1.0,
            now: 0,
            lists: VecDeque::new(),
            spare: Vec::new(),
            sorting: Sorting::default(),
        }
    }
}

impl<T: Arrival> Arriving<T> {
    /// Empties the lists, from now on of spans of so many days \[a power of 2\]; that of `first_day` runs.
    pub fn reset(&mut self, first_day: i32, days: u32) {
        self.days = days as i32;
        self.spans_per_day = 1.0 / f64::from(days);
        self.now = first_day.div_euclid(self.days);
        self.spare.extend(self.lists.drain(..));
        self.spare.iter_mut().for_each(Vec::clear);
    }

    /// Takes someone who reaches the queue in the running span or later.
    #[inline(always)]
    pub fn put(&mut self, who: T) {
        let span = floor(who.queued() * self.spans_per_day);
        let ahead = (span - self.now).max(0) as usize;
        while self.lists.len() <= ahead {
            self.lists.push_back(self.spare.pop().unwrap_or_default());
        }
        self.lists[ahead].push(who);
    }

    /// Who has reached the queue in the running span and was not handed over yet; give them back. O(n).
    pub fn take(&mut self) -> Due<T> {
        let leads = self.lists.pop_front().unwrap_or_default();
        let mut sorting = std::mem::take(&mut self.sorting);
        let [start, end] = [self.now, self.now + 1].map(|span| f64::from(span * self.days));
        sorting.sort(&leads, start..end);
        Due { leads, sorting }
    }

    /// Takes back their lists, with which the span ends unless more may come.
    pub fn give_back(&mut self, due: Due<T>, is_over: bool) {
        let Due { mut leads, sorting } = due;
        leads.clear();
        self.sorting = sorting;
        if !is_over {
            return self.lists.push_front(leads);
        }
        self.now += 1;
        // A span without arrivals has no list to give back; keeping empty ones would pile them up.
        if leads.capacity() > 0 {
            self.spare.push(leads);
        }
    }

    /// Whoever was not handed over; nobody is left.
    pub fn drain(&mut self) -> impl Iterator<Item = T> {
        self.lists.drain(..).flatten()
    }
}

/// The order of arrival.
#[derive(Debug, Clone, Default)]
struct Sorting {
    places: Vec<Place>,
    /// Scratch: the places by number of lead, and how many fall before each cell.
    unsorted: Vec<Place>,
    cells: Vec<u32>,
}

/// Where a lead stands in its list, beside the time at which it reaches the queue.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    queued: f64,
    index: u32,
}

impl Sorting {
    /// Fewer are put in order by insertion alone.
    const MANY: usize = 24;

    /// Sorts `leads`, nearly all of which reach the queue within `span`.
    ///
    /// Scattered into one cell of the span per lead, then put right by insertion. O(n).
    fn sort(&mut self, leads: &[impl Arrival], span: Range<f64>) {
        let places = leads.iter().enumerate().map(|(index, lead)| Place {
            queued: lead.queued(),
            index: index as u32,
        });
        self.places.clear();
        self.places.extend(places);
        if leads.len() >= Self::MANY {
            self.scatter(span);
        }
        let places = &mut self.places[..];
        for i in 1..places.len() {
            let (place, mut hole) = (places[i], i);
            while hole > 0 && comes_before(place, places[hole - 1], leads) {
                places[hole] = places[hole - 1];
                hole -= 1;
            }
            places[hole] = place;
        }
    }

    fn scatter(&mut self, span: Range<f64>) {
        let n = self.places.len();
        let per_day = n as f64 / (span.end - span.start);
        let cell = |place: &Place| (((place.queued - span.start) * per_day) as usize).min(n - 1);
        self.cells.clear();
        self.cells.resize(n, 0);
        for place in &self.places {
            self.cells[cell(place)] += 1;
        }
        let mut before = 0;
        for count in &mut self.cells {
            before += std::mem::replace(count, before);
        }
        self.unsorted.clone_from(&self.places);
        for place in &self.unsorted {
            let next = &mut self.cells[cell(place)];
            self.places[*next as usize] = *place;
            *next += 1;
        }
    }
}

/// Whether `a` comes before `b` in order of arrival.
#[inline(always)]
fn comes_before(a: Place, b: Place, leads: &[impl Arrival]) -> bool {
    a.queued < b.queued
        || a.queued == b.queued && leads[a.index as usize].name() < leads[b.index as usize].name()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number `n` of the leads of a source, at the queue at `t`.
    fn lead(source: u32, n: u32, t: f64) -> PlainLead {
        PlainLead::new(EventId::new(0, n), t, source)
    }

    /// Whatever the span, all come span by span and in order: also those on a border of two spans, by a moment before
    /// and after it, at once, before day 0, and too late for their span.
    #[test]
    fn all_come_in_order() {
        let border = |t: f64| [t.next_down(), t, t.next_up()];
        let times = [-17.0, -16.0, -1.0, 0.0, 1.0, 8.0, 16.0, 40.0].map(border);
        let too_late = [-18.5, -40.0];
        let between = (0..400).map(|i| f64::from(i * 7919 % 400) * 0.149 - 18.0);
        let times = times.into_iter().flatten();
        let times: Vec<f64> = times.chain(too_late).chain(between).collect();
        let leads: Vec<PlainLead> = (0..2 * times.len())
            .map(|i| lead(i as u32 % 3, i as u32, times[i % times.len()]))
            .collect();
        let mut sorted = leads.clone();
        sorted.sort_unstable_by(arrival_order);
        for days in [1, 2, 8, 16] {
            let mut arriving = Arriving::default();
            arriving.reset(-18, days);
            leads.iter().for_each(|&lead| arriving.put(lead));
            let mut came: Vec<PlainLead> = Vec::new();
            for _ in 0..60 {
                let due = arriving.take();
                assert!(due.times().is_sorted());
                came.extend(due.in_turn());
                arriving.give_back(due, true);
            }
            let names = |leads: &[PlainLead]| -> Vec<(u64, (u32, EventId))> {
                let name = |lead: &PlainLead| (lead.t.to_bits(), lead.name());
                leads.iter().map(name).collect()
            };
            assert_eq!(names(&came), names(&sorted), "spans of {days} days");
        }
    }

    #[test]
    fn who_comes_late_is_handed_over_next() {
        let mut arriving = Arriving::default();
        arriving.reset(0, 1);
        arriving.put(lead(0, 0, 0.5));
        let due = arriving.take();
        assert_eq!(due.times().collect::<Vec<_>>(), [0.5]);
        arriving.give_back(due, false);
        arriving.put(lead(0, 1, 0.25));
        let due = arriving.take();
        assert_eq!(due.times().collect::<Vec<_>>(), [0.25]);
        arriving.give_back(due, true);
        arriving.put(lead(0, 2, 0.75));
        assert_eq!(arriving.drain().count(), 1);
        assert_eq!(arriving.take().times().count(), 0);
    }

    #[test]
    fn days_without_arrivals_leave_nothing_behind() {
        let mut arriving = Arriving::<Lead>::default();
        for _ in 0..1000 {
            let due = arriving.take();
            arriving.give_back(due, true);
        }
        assert!(arriving.spare.is_empty());
    }
}
