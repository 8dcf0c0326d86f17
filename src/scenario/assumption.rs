//! What a scenario assumes: every value with the comment that says where it comes from, and how good that is.

use std::collections::BTreeSet;

use super::path::KeyPath;
use super::schema::{Domain, Key, Kind, Unit, key_at};
use super::{Place, Tree};

/// A value that a scenario states, with what its author says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// Path of its key, such as `handoff.leak`.
    pub path: String,
    /// As TOML.
    pub value: String,
    /// Where it was written.
    pub place: Place,
    /// The comment above it, in one line; empty where there is none.
    pub comment: String,
    pub grade: Grade,
}

/// How good the source of a number is, by the words of its comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// An experiment or a study with data.
    PeerReviewed,
    /// Records of a software vendor's customers.
    VendorLog,
    /// The firm's own records: a fit says how many events.
    OwnRecords,
    /// What people said of themselves, or a correlation.
    Survey,
    /// Quoted widely, origin unclear.
    Unsourced,
    /// Somebody's judgement.
    Assumption,
    /// Nothing is said of it.
    NotStated,
}

impl Grade {
    /// Grades and the words that name them in a comment; where there are several, the weakest holds.
    const WORDS: [(Grade, &str); 6] = [
        (Grade::Assumption, "assumption"),
        (Grade::Unsourced, "unsourced"),
        (Grade::Survey, "survey"),
        (Grade::OwnRecords, "events in"),
        (Grade::VendorLog, "vendor log"),
        (Grade::PeerReviewed, "peer-reviewed"),
    ];

    /// In words: `vendor log`.
    pub fn words(self) -> &'static str {
        match self {
            Grade::OwnRecords => "own records",
            Grade::NotStated => "not stated",
            graded => Grade::WORDS
                .iter()
                .find(|(grade, _)| *grade == graded)
                .map_or("", |(_, words)| words),
        }
    }

    fn of(comment: &str) -> Grade {
        let comment = comment.to_lowercase();
        let named = Grade::WORDS
            .iter()
            .find(|(_, words)| comment.contains(words));
        named.map_or(Grade::NotStated, |(grade, _)| *grade)
    }
}

impl Tree {
    /// Every value that the scenario states, in order of path.
    pub fn assumptions(&self) -> Vec<Assumption> {
        let stated = self.leaves.iter().map(|(path, value)| {
            let comment = comment_above(&value.place);
            Assumption {
                path: path.to_string(),
                value: value.to_toml(),
                place: value.place.clone(),
                grade: Grade::of(&comment),
                comment,
            }
        });
        stated.collect()
    }

    /// Name and text of every file and argument that the scenario was made from: its own file first, then
    /// what it extends, in order of name.
    pub fn texts(&self) -> Vec<(&str, &str)> {
        let places = self.leaves.values().map(|value| &value.place);
        let others: BTreeSet<(&str, &str)> = places
            .chain(self.tables.values())
            .map(|place| (&place.source.name[..], &place.source.text[..]))
            .collect();
        let own = (&self.file.name[..], &self.file.text[..]);
        let others = others.into_iter().filter(|other| *other != own);
        std::iter::once(own).chain(others).collect()
    }
}

/// The comment above the line of `place`, which values in the lines between share; empty if there is none.
fn comment_above(place: &Place) -> String {
    if place.source.is_argument {
        return String::new();
    }
    let above = &place.source.text[..place.line_start()];
    let is_comment = |line: &&str| line.starts_with('#');
    let is_value = |line: &&str| !line.is_empty() && !line.starts_with(['#', '[']);
    let lines = above.lines().rev().map(str::trim).skip_while(is_value);
    let mut comment: Vec<&str> = lines
        .take_while(is_comment)
        .map(|line| line.trim_start_matches('#').trim())
        .collect();
    comment.reverse();
    comment.join(" ")
}

/// What a number at `path` counts, and what its key means; a parameter of a law counts what the law does, but for
/// its shape. None where no key stands there.
pub fn meaning(path: &str) -> Option<(Unit, &'static str)> {
    const SHAPES: [&str; 3] = ["sigma", "shape", "cv"];
    let mut path = KeyPath::parse(path)?;
    let last = path.names().last()?.clone();
    let mut within = false;
    loop {
        if let Some(key) = key_at(&path) {
            let is_shape = within && SHAPES.contains(&&last[..]);
            let unit = if is_shape { Unit::Plain } else { unit_of(key) };
            return Some((unit, key.doc));
        }
        if path.names().len() < 2 {
            return None;
        }
        (path, within) = (path.parent(), true);
    }
}

fn unit_of(key: &Key) -> Unit {
    match key.kind {
        Kind::Number(Domain { unit, .. })
        | Kind::Steady(Domain { unit, .. })
        | Kind::Certain(Domain { unit, .. })
        | Kind::Law(Domain { unit, .. }) => unit,
        _ => Unit::Plain,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    fn tree(text: &str) -> Tree {
        let files: BTreeMap<PathBuf, Vec<u8>> = [("a.toml".into(), text.into())].into();
        Tree::load("a.toml", &files).unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn a_value_has_the_comment_above_it_and_its_grade() {
        let tree = tree(
            "# About the file.\n\nseed = 1\n[handoff]\n# source: a survey of\n# 40 firms\nleak = 0.1\n\n\
             expiry = \"9 days\"\n[closing]\n# assumption: x\nwin = 0.2\ncycle = \"3 days\"\n",
        );
        let of = |path: &str| {
            let all = tree.assumptions();
            let it = all.into_iter().find(|of| of.path == path);
            it.map(|of| (of.comment, of.grade))
        };
        let leak = ("source: a survey of 40 firms".to_owned(), Grade::Survey);
        assert_eq!(of("handoff.leak"), Some(leak));
        assert_eq!(
            of("handoff.expiry"),
            Some((String::new(), Grade::NotStated))
        );
        let shared = ("assumption: x".to_owned(), Grade::Assumption);
        assert_eq!(of("closing.cycle"), Some(shared));
    }

    #[test]
    fn a_number_is_known_by_its_key() {
        assert_eq!(meaning("handoff.leak").map(|of| of.0), Some(Unit::Share));
        let of = |path| meaning(path).map(|of| of.0);
        assert_eq!(of("closing.cycle.lognormal.median"), Some(Unit::Days));
        assert_eq!(of("closing.cycle.lognormal.sigma"), Some(Unit::Plain));
        assert_eq!(of("no.such.key"), None);
    }
}
