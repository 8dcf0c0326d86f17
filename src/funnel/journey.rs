//! The journeys of all leads through one replication, kept as events.

use super::lead::Lead;
use super::observe::{Event, Observer};
use super::trace::Who;
use super::{Funnel, Record, Scratch};

/// A lead's way through the funnel, from its arrival to its end or the horizon.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey {
    /// `channel/segment/day/ordinal`, or `pipeline/id`; a lead that a customer refers has the customer's and `+n`,
    /// for the customer's referral number `n`, from 0.
    pub id: String,
    /// Index into `Process::channels`.
    pub channel: usize,
    /// Index into `Process::segments`.
    pub segment: usize,
    /// \[days from day 0, negative in the warm-up\] A record of the pipeline: when it entered the stage in which it
    /// stands at day 0; day 0 if its age is not known.
    pub arrived: f64,
    /// With their times \[days from day 0\], in order of time: those of its customer after it is won, too.
    pub events: Vec<(f64, Event)>,
}

/// All leads of one replication. About 32 bytes a lead, 16 bytes an event and 16 more a deal.
#[derive(Debug)]
pub struct Journeys<'a> {
    funnel: &'a Funnel,
    travellers: Vec<Traveller>,
    steps: Vec<Step>,
    /// Those of all steps: each that holds money, and of the others those that differ.
    events: Vec<Event>,
    /// Places in `events` of those without money.
    without_money: Vec<u32>,
    /// Of each source, the number of its first lead of each day: `[day][source]`.
    firsts: Vec<u32>,
    /// Numbers of the pipeline's records.
    records: Vec<u32>,
    /// In the order of their luck.
    referred: Vec<Referred>,
    /// Number of the lead that last referred another.
    referrer: u32,
}

/// A lead under way, by number in the order of arrivals as they are entered.
#[derive(Debug, Clone, Copy)]
struct Traveller {
    who: Who,
    arrived: f64,
    source: u32,
    /// Index of its last step.
    last: u32,
}

/// An event of a lead.
#[derive(Debug, Clone, Copy)]
struct Step {
    t: f64,
    /// Index into `Journeys::events`.
    event: u32,
    /// Index of the lead's step before it, or [`NONE`].
    before: u32,
}

const NONE: u32 = u32::MAX;

/// A lead that a customer refers.
#[derive(Debug, Clone, Copy)]
struct Referred {
    number: u32,
    /// Number of the lead that became the customer.
    parent: u32,
    /// Which of the customer's referrals it is, from 0.
    nth: u32,
}

impl Funnel {
    /// Runs one replication and keeps every lead's journey. The record is what [`Funnel::run`] returns too.
    pub fn journeys(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
    ) -> (Record, Journeys<'_>) {
        let mut journeys = Journeys {
            funnel: self,
            travellers: Vec::new(),
            steps: Vec::new(),
            events: Vec::new(),
            without_money: Vec::new(),
            firsts: vec![0; self.n_days() * self.sources.len()],
            records: vec![0; self.pipeline.len()],
            referred: Vec::new(),
            referrer: 0,
        };
        let record = self.run_observed(seed, replication, scratch, &mut journeys);
        (record, journeys)
    }
}

impl Journeys<'_> {
    /// All journeys, by arrival, then by id. O(leads log leads).
    pub fn in_order(&self) -> impl Iterator<Item = Journey> + '_ {
        let mut order: Vec<u32> = (0..self.travellers.len() as u32).collect();
        let arrived = |number: u32| self.travellers[number as usize].arrived;
        order.sort_unstable_by(|&a, &b| {
            let by_time = arrived(a).total_cmp(&arrived(b));
            by_time.then_with(|| self.id(a).cmp(&self.id(b)))
        });
        order.into_iter().map(|number| self.journey(number))
    }

    fn journey(&self, number: u32) -> Journey {
        let traveller = &self.travellers[number as usize];
        let n_segments = self.funnel.sources.len() / self.funnel.channels.len();
        let steps = self.steps_back(number);
        let mut events: Vec<(f64, Event)> =
            steps.map(|step| (step.t, self.event_of(step))).collect();
        events.reverse();
        Journey {
            id: self.id(number),
            channel: traveller.source as usize / n_segments,
            segment: traveller.source as usize % n_segments,
            arrived: traveller.arrived,
            events,
        }
    }

    /// The steps of a lead, the last one first.
    fn steps_back(&self, number: u32) -> impl Iterator<Item = &Step> {
        let mut at = self.travellers[number as usize].last;
        std::iter::from_fn(move || {
            let step = self.steps.get(at as usize)?;
            at = step.before;
            Some(step)
        })
    }

    fn event_of(&self, step: &Step) -> Event {
        self.events[step.event as usize]
    }

    /// Where an event stands in `events`, after it is entered there if need be.
    fn place_of(&mut self, event: Event) -> u32 {
        let is_it = |place: &&u32| self.events[**place as usize] == event;
        if let Some(place) = self.without_money.iter().find(is_it) {
            return *place;
        }
        let place = self.events.len() as u32;
        self.events.push(event);
        if !matches!(event, Event::Won(_) | Event::Renewed(_) | Event::Upsold(_)) {
            self.without_money.push(place);
        }
        place
    }

    fn id(&self, number: u32) -> String {
        let Traveller { who, .. } = self.travellers[number as usize];
        match self.place_among_referred(who) {
            Some(place) => {
                let Referred { parent, nth, .. } = self.referred[place];
                format!("{}+{nth}", self.id(parent))
            }
            None => self.funnel.name_of(who),
        }
    }

    fn place_among_referred(&self, who: Who) -> Option<usize> {
        let others = self.funnel.sources.len() + self.records.len();
        (who.luck as usize).checked_sub(others)
    }

    /// Where the number of the first lead of a lead's source and day stands.
    fn place_of_first(&self, who: Who) -> usize {
        let day = (who.id.day() - self.funnel.first_day) as usize;
        day * self.funnel.sources.len() + who.luck as usize
    }

    fn number_of(&self, who: Who) -> u32 {
        let n_sources = self.funnel.sources.len();
        match (who.luck as usize).checked_sub(n_sources) {
            None => self.firsts[self.place_of_first(who)] + who.id.ordinal(),
            Some(record) if record < self.records.len() => self.records[record],
            Some(other) => self.referred[other - self.records.len()].number,
        }
    }

    /// Enters a lead that has not been seen before.
    fn enter(&mut self, lead: &Lead, arrived: f64) {
        let who = Who::is(lead);
        let number = self.travellers.len() as u32;
        self.travellers.push(Traveller {
            who,
            arrived,
            source: lead.source,
            last: NONE,
        });
        let n_sources = self.funnel.sources.len();
        match (who.luck as usize).checked_sub(n_sources) {
            None if who.id.ordinal() == 0 => {
                let place = self.place_of_first(who);
                self.firsts[place] = number;
            }
            None => {}
            Some(record) if record < self.records.len() => self.records[record] = number,
            Some(_) => {
                let steps = self.steps_back(self.referrer);
                let referrals = steps.filter(|step| self.event_of(step) == Event::Refers);
                let nth = (referrals.count() as u32).saturating_sub(1);
                self.referred.push(Referred {
                    number,
                    parent: self.referrer,
                    nth,
                });
            }
        }
    }
}

impl Observer for Journeys<'_> {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        match event {
            Event::Arrived | Event::Referred => self.enter(lead, t),
            // The sum makes no negative zero of no age.
            Event::Standing(_) => self.enter(lead, lead.since + 0.0),
            _ => {}
        }
        let number = self.number_of(Who::is(lead));
        if event == Event::Refers {
            self.referrer = number;
        }
        let event = self.place_of(event);
        let place = self.steps.len() as u32;
        let last = &mut self.travellers[number as usize].last;
        let before = std::mem::replace(last, place);
        self.steps.push(Step { t, event, before });
    }
}
