//! The story of single leads: every event, and every uniform number with what it was read as.

use super::lead::Lead;
use super::observe::{Event, Observer, Reading};
use super::{Funnel, Scratch};
use crate::random::{Decision, EventId};

/// Whose story is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Number `ordinal` of those that a source brings on `day`.
    Lead {
        /// Index into [`Funnel::source_names`].
        source: usize,
        day: i32,
        ordinal: u32,
    },
    /// A record of the pipeline, by its number in the file, from 0.
    Record(usize),
    /// The first leads from day 0 on: records of the pipeline, then by day, source and number.
    First(usize),
}

/// One lead's story.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// `channel/segment/day/ordinal`, or `pipeline/number`.
    pub lead: String,
    /// In the order in which things came to pass.
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

    /// Stories of one replication, in order of arrival; the run is the same as if nobody watched.
    ///
    /// Empty if the lead that is wanted does not arrive in this replication.
    pub fn trace(
        &self,
        seed: u64,
        replication: u64,
        scratch: &mut Scratch,
        wanted: Wanted,
    ) -> Vec<Story> {
        let mut recorder = Recorder {
            n_sources: self.sources.len() as u32,
            stories: Vec::new(),
            wanted,
        };
        self.run_observed(seed, replication, scratch, &mut recorder);
        let stories = recorder.stories.into_iter();
        stories
            .map(|(who, entries)| Story {
                lead: self.name_of(who),
                entries,
            })
            .collect()
    }

    fn name_of(&self, who: Who) -> String {
        match (who.luck as usize).checked_sub(self.sources.len()) {
            Some(record) => format!("pipeline/{}", record + 1),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Who {
    luck: u32,
    id: EventId,
}

/// Writes down what is wanted.
struct Recorder {
    n_sources: u32,
    wanted: Wanted,
    stories: Vec<(Who, Vec<Entry>)>,
}

impl Recorder {
    fn wants(&self, lead: &Lead) -> bool {
        let record = lead.luck.checked_sub(self.n_sources);
        match self.wanted {
            Wanted::Lead {
                source,
                day,
                ordinal,
            } => {
                lead.luck as usize == source && lead.id.day() == day && lead.id.ordinal() == ordinal
            }
            Wanted::Record(number) => record == Some(number as u32),
            Wanted::First(n) => lead.id.day() >= 0 && self.stories.len() < n,
        }
    }

    fn story(&mut self, lead: &Lead) -> Option<&mut Vec<Entry>> {
        let who = Who {
            luck: lead.luck,
            id: lead.id.first_pass(),
        };
        let known = self.stories.iter().position(|(of, _)| *of == who);
        let place = match known {
            Some(place) => place,
            None if self.wants(lead) => {
                self.stories.push((who, Vec::new()));
                self.stories.len() - 1
            }
            None => return None,
        };
        Some(&mut self.stories[place].1)
    }
}

impl Observer for Recorder {
    const WATCHES: bool = true;

    fn event(&mut self, lead: &Lead, event: Event, t: f64) {
        let pass = lead.id.pass();
        if let Some(story) = self.story(lead) {
            let what = What::Event(event);
            story.push(Entry { t, pass, what });
        }
    }

    /// What is read again before anything happens replaces what was read before: a lead that the
    /// day's hours do not suffice for is looked at again the next day.
    fn read(&mut self, lead: &Lead, decision: Decision, u: f64, reading: Reading) {
        let (t, pass) = (lead.t, lead.id.pass());
        if let Some(story) = self.story(lead) {
            let last_event = story
                .iter()
                .rposition(|entry| matches!(entry.what, What::Event(_)));
            let since = last_event.map_or(0, |place| place + 1);
            let is_same = |entry: &Entry| matches!(entry.what, What::Read { decision: read, .. } if read == decision);
            let what = What::Read {
                decision,
                u,
                reading,
            };
            let entry = Entry { t, pass, what };
            match story[since..].iter().position(is_same) {
                Some(place) if decision != Decision::Outcome && decision != Decision::StageDays => {
                    story[since + place] = entry;
                }
                _ => story.push(entry),
            }
        }
    }
}
