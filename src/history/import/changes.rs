//! Changes of stage as they are read, until they are the stays of records.

use super::drafts::{Labels, Told, about, order};
use super::map::Map;
use super::names::Names;
use super::quality::{Kind, Quality};
use super::source::Line;
use super::{End, History, NONE, Stay};

/// A row that says that a record entered a stage, or ended.
#[derive(Debug, Clone, Copy)]
struct Change {
    key: u32,
    row: u32,
    at: f64,
    /// When the record left the stage again; NaN where it is not said.
    left: f64,
    told: Told,
    step: Step,
    /// Index into [`Quality::files`].
    file: u16,
}

/// Where a change leads; of those at one time the later stage is the later change, and an end the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Stage(u32),
    End(End),
}

/// All changes, by record.
#[derive(Debug, Default)]
pub(super) struct Changes {
    keys: Names,
    changes: Vec<Change>,
}

/// What became of a record.
struct Path {
    stays: Vec<Stay>,
    told: Told,
}

impl Changes {
    pub fn add(&mut self, key: &str, line: Line<'_>, step: Step, at: f64, left: f64, told: Told) {
        self.changes.push(Change {
            key: self.keys.add(key).0,
            row: line.row.number,
            at,
            left,
            told,
            step,
            file: line.file as u16,
        });
    }

    /// The history of these changes; what does not fit into it is reported.
    pub fn history(
        mut self,
        map: &Map,
        stages: Vec<String>,
        labels: &Labels,
        quality: &mut Quality,
    ) -> History {
        self.changes.sort_unstable_by(|a, b| {
            let by_time = a.at.total_cmp(&b.at);
            let place = |change: &Change| (change.step, change.file, change.row);
            a.key
                .cmp(&b.key)
                .then(by_time)
                .then(place(a).cmp(&place(b)))
        });
        let paths: Vec<Option<Path>> = self
            .changes
            .chunk_by(|a, b| a.key == b.key)
            .map(|changes| self.path(changes, quality))
            .collect();
        let times = paths.iter().flatten().flat_map(|path| &path.stays);
        let times = times.flat_map(|stay| [stay.entered, stay.left]);
        let mut history = History::new(about(map, times), stages);
        let entered = |index: usize| {
            let path = paths[index].as_ref();
            path.map_or(0.0, |path| path.stays[0].entered)
        };
        for index in order(&self.keys, entered) {
            let Some(path) = &paths[index as usize] else {
                continue;
            };
            let end = path.stays[path.stays.len() - 1].end;
            let record = path.told.record(end, &history.about);
            history.push(self.keys.get(index), record, path.stays.iter().copied());
        }
        labels.settle(&mut history);
        history
    }

    /// The stays of a record, from its changes in order of time; none if it never entered a stage.
    fn path(&self, changes: &[Change], quality: &mut Quality) -> Option<Path> {
        let mut path = Path {
            stays: Vec::new(),
            told: Told {
                channel: NONE,
                segment: NONE,
                owner: NONE,
                value: f64::NAN,
            },
        };
        let mut latest_left = None;
        let mut before: Option<&Change> = None;
        for change in changes {
            let is_repeated = before.is_some_and(|b| (b.at, b.step) == (change.at, change.step));
            before = Some(change);
            let kind = match is_repeated {
                true => Some(Kind::Duplicate),
                false => path.follow(change),
            };
            if let Some(kind) = kind {
                self.report(kind, change, quality);
            }
            let is_used = kind.is_none_or(|kind| !kind.rejects());
            if is_used {
                quality.files[change.file as usize].used += 1;
                latest_left = (!change.left.is_nan()).then_some(change);
                if path.tell(&change.told) {
                    self.report(Kind::Differs, change, quality);
                }
            }
        }
        let last = path.stays.last()?;
        if let (End::Open, Some(change)) = (last.end, latest_left) {
            self.report(Kind::LeftWithoutNext, change, quality);
        }
        Some(path)
    }

    fn report(&self, kind: Kind, change: &Change, quality: &mut Quality) {
        let key = self.keys.get(change.key);
        quality.add(kind, change.file as usize, "", change.row, key);
    }
}

impl Path {
    /// Goes where the change leads, if it leads on; else what is odd about it.
    fn follow(&mut self, change: &Change) -> Option<Kind> {
        let Some(stay) = self.stays.last_mut() else {
            return match change.step {
                Step::Stage(stage) => {
                    self.enter(stage, change.at);
                    None
                }
                Step::End(_) => Some(Kind::ClosedWithoutStage),
            };
        };
        match change.step {
            _ if stay.end != End::Open => Some(Kind::ChangeAfterClose),
            Step::End(end) => {
                (stay.left, stay.end) = (change.at, end);
                None
            }
            Step::Stage(stage) if stage == stay.stage => Some(Kind::StageAgain),
            Step::Stage(stage) if stage < stay.stage => Some(Kind::EarlierStage),
            Step::Stage(stage) => {
                (stay.left, stay.end) = (change.at, End::Advanced);
                self.enter(stage, change.at);
                None
            }
        }
    }

    fn enter(&mut self, stage: u32, at: f64) {
        self.stays.push(Stay {
            entered: at,
            left: f64::INFINITY,
            stage,
            end: End::Open,
        });
    }

    /// Adds what a row tells: of channel and segment the first word counts, of owner and value the last. Whether it
    /// says otherwise than an earlier one.
    fn tell(&mut self, told: &Told) -> bool {
        let mut differs = false;
        let own = [&mut self.told.channel, &mut self.told.segment];
        for (own, new) in own.into_iter().zip([told.channel, told.segment]) {
            differs |= *own != NONE && new != NONE && *own != new;
            if *own == NONE {
                *own = new;
            }
        }
        if told.owner != NONE {
            self.told.owner = told.owner;
        }
        if !told.value.is_nan() {
            self.told.value = told.value;
        }
        differs
    }
}
