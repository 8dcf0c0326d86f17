//! The story of single leads: every event, and every uniform number with what it was read as.
//!
//! Not told: what no number is drawn for, as for most probabilities of 0 or 1, and how many leads a
//! day brings, which is the luck of the day.

use std::collections::{BTreeMap, BTreeSet};

use super::lead::Lead;
use super::observe::{Event, Observer, Reading};
use super::{Funnel, Record, Scratch};
use crate::random::{Decision, EventId};

/// Whose story is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Number `ordinal` of those that a source brings on `day`, which may lie in the warm-up.
    Lead {
        /// Index into [`Funnel::source_names`].
        source: usize,
        day: i32,
        ordinal: u32,
    },
    /// A record of the pipeline, by its number in the file, from 0.
    Record(usize),
    /// The first leads to arrive from day 0 on, in order of time; the warm-up's leads and the
    /// pipeline's records have arrived before.
    First(usize),
}

/// A replication that was watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// What [`Funnel::run`] returns too.
    pub record: Record,
    /// In order of arrival; none if a lead that is wanted does not arrive in this replication.
    pub stories: Vec<Story>,
    /// How many leads the wanted lead's source brings on its day.
    pub n_that_day: u32,
}

/// One lead's story.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// `channel/segment/day/ordinal`, or `pipeline/id`.
    pub lead: String,
    /// In order of time.
    pub entries: Vec<Entry>,
}

/// A line of a story.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// When \[days from day 0\].
    pub t: f64,
    /// Pass of the lead, 0 for the first.
    pub pass: u32,
    pub what: What,
}

/// What a line of a story tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum What {
    Event(Event),
    /// The uniform number of a decision, and what it was read as.
    Read {
        decision: Decision,
        u: f64,
        reading: Reading,
    },
}

impl Funnel {
    /// Names of the sources, `channel/segment`.
    pub fn source_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.sources.iter().map(|source| source.name.as_str())
    }

    /// Ids of the pipeline's records, in the order of the file.
    pub fn record_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.pipeline.iter().map(|record| record.id.as_str())
    }

    /// Stories of one replication; the run is the same as if nobody watched.
    ///
    /// The first leads take a run of their own to be found.
    pub fn trace(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
        wanted: Wanted,
    ) -> Traced {
        let counted = match wanted {
            Wanted::Lead { source, day, .. } => Some((source as u32, day)),
            _ => None,
        };
        let who = match wanted {
            Wanted::Lead {
                source,
                day,
                ordinal,
            } => self.lead(source, day, ordinal).into_iter().collect(),
            Wanted::Record(number) => vec![self.pipeline_record(number)],
            Wanted::First(n) => {
                let mut firsts = Firsts::new(n);
                self.run_observed(seed, replication, scratch, &mut firsts);
                firsts.in_order()
            }
        };
        let mut recorder = Recorder::of(&who, counted);
        let record = self.run_observed(seed, replication, scratch, &mut recorder);
        let mut told = recorder.stories;
        let stories = who.iter().filter_map(|who| {
            let entries = told.remove(who)?;
            (!entries.is_empty()).then(|| Story {
                lead: self.name_of(*who),
                entries,
            })
        });
        Traced {
            record,
            stories: stories.collect(),
            n_that_day: recorder.n_that_day,
        }
    }

    /// The lead of these numbers, if they are numbers that a lead can have.
    fn lead(&self, source: usize, day: i32, ordinal: u32) -> Option<Who> {
        let days = self.first_day..self.horizon_days;
        (days.contains(&day) && ordinal < EventId::MAX_PER_DAY).then(|| Who {
            luck: source as u32,
            id: EventId::new(day, ordinal),
        })
    }

    fn pipeline_record(&self, number: usize) -> Who {
        Who {
            luck: (self.sources.len() + number) as u32,
            id: EventId::new(0, 0),
        }
    }

    /// The name of a lead that nobody refers.
    pub(super) fn name_of(&self, who: Who) -> String {
        match (who.luck as usize).checked_sub(self.sources.len()) {
            Some(record) => format!("pipeline/{}", self.pipeline[record].id),
            None => format!(
                "{}/{}/{}",
                self.sources[who.luck as usize].name,
                who.id.day(),
                who.id.ordinal()
            ),
        }
    }
}

/// A lead, whatever its pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    pub luck: u32,
    pub id: EventId,
}

impl Who {
    pub fn is(lead: &Lead) -> Self {
        Self {
            luck: lead.luck,
            id: lead.id.first_pass(),
        }
    }
}

/// Finds out who arrives first from day 0 on.
struct Firsts {
    n: usize,
    /// By time: the bits of positive numbers are in their order.
    arrivals: BTreeSet<(u64, Who)>,
}

impl Firsts {
    fn new(n: usize) -> Self {
        Self {
            n,
            arrivals: BTreeSet::new(),
        }
    }

    fn in_order(self) -> Vec<Who> {
        self.arrivals.into_iter().map(|(_, who)| who).collect()
    }
}

impl Observer for Firsts {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        if event != Event::Arrived || t < 0.0 {
            return;
        }
        self.arrivals.insert((t.to_bits(), Who::is(lead)));
        if self.arrivals.len() > self.n {
            self.arrivals.pop_last();
        }
    }
}

/// Writes down what befalls some leads.
struct Recorder {
    stories: BTreeMap<Who, Vec<Entry>>,
    /// Source and day of the one lead that is wanted, and how many leads come then.
    counted: Option<(u32, i32)>,
    n_that_day: u32,
}

impl Recorder {
    fn of(wanted: &[Who], counted: Option<(u32, i32)>) -> Self {
        Self {
            stories: wanted.iter().map(|&who| (who, Vec::new())).collect(),
            counted,
            n_that_day: 0,
        }
    }

    fn count_arrival(&mut self, lead: &Lead) {
        let is_counted = self.counted == Some((lead.luck, lead.id.day()));
        self.n_that_day += u32::from(is_counted);
    }
}

impl Observer for Recorder {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        if event == Event::Arrived {
            self.count_arrival(lead);
        }
        let Some(story) = self.stories.get_mut(&Who::is(lead)) else {
            return;
        };
        let what = What::Event(event);
        let entry = Entry {
            t,
            pass: lead.id.pass(),
            what,
        };
        let verdict = start_of_verdict(story);
        match event {
            // Verdict and hold are known before the touch that brings them.
            Event::Touched | Event::TakenOver => story.insert(verdict, entry),
            // The verdict will be looked at again, on another day.
            Event::PutBack => {
                story.truncate(verdict);
                if story.last().is_none_or(|last| last.what != what) {
                    story.push(entry);
                }
            }
            _ => story.push(entry),
        }
    }

    fn read(&mut self, lead: &Lead, decision: Decision, t: f64, u: f64, reading: Reading) {
        let Some(story) = self.stories.get_mut(&Who::is(lead)) else {
            return;
        };
        let pass = lead.id.pass();
        let what = What::Read {
            decision,
            u,
            reading,
        };
        let place = match decision {
            // What a lead is, it is once.
            Decision::Quality if story.iter().any(|entry| is(entry, Decision::Quality)) => return,
            // Patience is looked at when it may have ended; it runs from the queue on.
            Decision::Expiry => {
                let this_pass = |entry: &&Entry| entry.pass == pass;
                if story
                    .iter()
                    .filter(this_pass)
                    .any(|entry| is(entry, Decision::Expiry))
                {
                    return;
                }
                start_of_wait(story)
            }
            _ => story.len(),
        };
        story.insert(place, Entry { t, pass, what });
    }
}

fn is(entry: &Entry, of: Decision) -> bool {
    matches!(entry.what, What::Read { decision, .. } if decision == of)
}

/// Where the readings begin that end a story so far and belong to a touch.
fn start_of_verdict(story: &[Entry]) -> usize {
    let of_verdict = |entry: &Entry| {
        let verdict = [
            Decision::SdrHold,
            Decision::Hold,
            Decision::Contact,
            Decision::Acceptance,
        ];
        verdict.iter().any(|&decision| is(entry, decision))
    };
    story
        .iter()
        .rposition(|entry| !of_verdict(entry))
        .map_or(0, |last| last + 1)
}

/// Behind the last arrival in the queue.
fn start_of_wait(story: &[Entry]) -> usize {
    let begins = |entry: &Entry| {
        matches!(
            entry.what,
            What::Event(Event::Queued | Event::Standing(_))
                | What::Read {
                    decision: Decision::Age,
                    ..
                }
        )
    };
    story
        .iter()
        .rposition(begins)
        .map_or(story.len(), |place| place + 1)
}
