//! Records as they are read, in the order of rows, until they stand in the order of a history.

use super::map::{Field, Map};
use super::names::Names;
use super::{About, End, History, Known, NONE, Record, Stay};

/// What a row tells of channel, segment, owner and value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    pub channel: u32,
    pub segment: u32,
    pub owner: u32,
    pub value: f64,
}

/// A record and its one stay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    pub entered: f64,
    pub left: f64,
    pub told: Told,
    pub end: End,
}

/// Names of channels, segments and owners, in the order of rows.
#[derive(Debug, Default)]
pub(super) struct Labels {
    channels: Names,
    segments: Names,
    owners: Names,
}

/// Records by key.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    keys: Names,
    /// `[key]`
    drafts: Vec<Draft>,
}

impl Labels {
    /// The names of channels, segments or owners.
    pub fn of(&mut self, field: Field) -> &mut Names {
        match field {
            Field::Channel => &mut self.channels,
            Field::Segment => &mut self.segments,
            _ => &mut self.owners,
        }
    }

    /// Gives a history whose records have numbers of these names its own names: those in use, in order.
    pub fn settle(&self, history: &mut History) {
        let records = &mut history.records;
        history.channels = settled(&self.channels, records, |record| &mut record.channel);
        history.segments = settled(&self.segments, records, |record| &mut record.segment);
        history.owners = settled(&self.owners, records, |record| &mut record.owner);
    }
}

/// The names that records use, in order; their numbers are made places among them.
fn settled(
    names: &Names,
    records: &mut [Record],
    number: impl Fn(&mut Record) -> &mut u32,
) -> Vec<String> {
    let mut places = vec![NONE; names.len()];
    for record in &mut *records {
        if let Some(place) = places.get_mut(*number(record) as usize) {
            *place = 0;
        }
    }
    let is_used = |name: &u32| places[*name as usize] != NONE;
    let mut used: Vec<u32> = (0..names.len() as u32).filter(is_used).collect();
    used.sort_unstable_by_key(|name| names.get(*name));
    for (place, name) in used.iter().enumerate() {
        places[*name as usize] = place as u32;
    }
    for record in records {
        let number = number(record);
        *number = places.get(*number as usize).copied().unwrap_or(NONE);
    }
    used.iter()
        .map(|name| names.get(*name).to_owned())
        .collect()
}

impl Told {
    /// A record of which this is told and known.
    pub fn record(&self, end: End, about: &About) -> Record {
        let knows = |known| end != End::Open || known == Known::AtCreation;
        Record {
            channel: self.channel,
            segment: self.segment,
            owner: if knows(about.owner_known) {
                self.owner
            } else {
                NONE
            },
            first_stay: 0,
            value: if knows(about.value_known) {
                self.value
            } else {
                f64::NAN
            },
        }
    }
}

impl Drafts {
    /// Makes room for a record; false if there is one of that key.
    pub fn add(&mut self, key: &str) -> bool {
        self.keys.add(key).1
    }

    /// The record of the key that was added last.
    pub fn set(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }

    /// The history of these records, each in one stage.
    pub fn history(mut self, map: &Map, stage: &str, labels: &Labels) -> History {
        self.keys.close();
        let times = || {
            self.drafts
                .iter()
                .flat_map(|draft| [draft.entered, draft.left])
        };
        let mut history = History::new(about(map, times()), vec![stage.to_owned()]);
        for index in order(&self.keys, |index| self.drafts[index].entered) {
            let draft = &self.drafts[index as usize];
            let stay = Stay {
                entered: draft.entered,
                left: draft.left,
                stage: 0,
                end: draft.end,
            };
            let record = draft.told.record(draft.end, &history.about);
            history.push(self.keys.get(index), record, [stay]);
        }
        labels.settle(&mut history);
        history
    }
}

/// What holds for all records whose finite times are among `times`.
pub(super) fn about(map: &Map, times: impl Iterator<Item = f64>) -> About {
    let last = times.filter(|time| time.is_finite()).fold(0.0, f64::max);
    About {
        as_of: map.as_of.unwrap_or(last as i32),
        currency: map.currency.clone(),
        time_zone: map.time_zone_name.clone(),
        value_known: map.value_known,
        owner_known: map.owner_known,
    }
}

/// The numbers of all keys by time, then by key. O(n log n).
pub(super) fn order(keys: &Names, time: impl Fn(usize) -> f64) -> Vec<u32> {
    let shared = shared_start(keys);
    // Eight letters behind those that all keys share decide nearly always.
    let letters = |key: &str| {
        let rest = &key.as_bytes()[shared.min(key.len())..];
        let mut letters = [0; 8];
        let n = rest.len().min(8);
        letters[..n].copy_from_slice(&rest[..n]);
        u64::from_be_bytes(letters)
    };
    let mut order: Vec<(u64, u64, u32)> = (0..keys.len())
        .map(|index| {
            let key = keys.get(index as u32);
            // Times are not negative, so that their bits are in their order.
            (time(index).to_bits(), letters(key), index as u32)
        })
        .collect();
    order.sort_unstable_by(|a, b| {
        let by_key = || keys.get(a.2).cmp(keys.get(b.2));
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(by_key)
    });
    order.into_iter().map(|(_, _, index)| index).collect()
}

/// Bytes with which all keys begin.
fn shared_start(keys: &Names) -> usize {
    let mut names = keys.iter();
    let Some(first) = names.next() else { return 0 };
    names.fold(first.len(), |shared, name| {
        let pairs = first.bytes().zip(name.bytes()).take(shared);
        pairs.take_while(|(a, b)| a == b).count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_by_time_then_by_key() {
        let mut keys = Names::default();
        for key in [
            "key-b",
            "key-abcdefgh2",
            "key-",
            "key-a",
            "key-abcdefgh1",
            "key-c",
        ] {
            keys.add(key);
        }
        let times = [2.0, 2.0, 2.0, 2.0, 2.0, 1.5];
        assert_eq!(order(&keys, |index| times[index]), [5, 2, 3, 4, 1, 0]);
        assert_eq!(order(&Names::default(), |_| 0.0), [0; 0]);
    }
}
