//! What is wrong with a scenario: every problem at once, each with its place.

use std::collections::BTreeSet;
use std::fmt;

use super::place::Place;

/// One thing that is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct Fault {
    /// Path of the key at fault, such as `handoff.leak`; empty where no key is.
    pub path: String,
    /// What was given and why it cannot be.
    pub message: String,
    /// What is allowed, in a few words, to stand beside the place.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where it was written; none: nothing was written at all.
    pub place: Option<Place>,
}

impl Fault {
    pub(crate) fn new(place: &Place, path: impl fmt::Display, message: impl Into<String>) -> Fault {
        Fault {
            path: path.to_string(),
            message: message.into(),
            label: String::new(),
            help: None,
            place: Some(place.clone()),
        }
    }

    /// A fault of no text, such as a file that is not there.
    pub(crate) fn nowhere(message: impl Into<String>) -> Fault {
        Fault {
            path: String::new(),
            message: message.into(),
            label: String::new(),
            help: None,
            place: None,
        }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Fault {
        self.label = label.into();
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn help_if(mut self, help: Option<String>) -> Fault {
        self.help = help.or(self.help);
        self
    }

    /// Writes it as text: message, place, the line with the place underlined, help.
    fn write_plain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.message)?;
        if let Some(place) = &self.place {
            writeln!(f, "  --> {place}")?;
            write_snippet(f, place, &self.label)?;
        }
        if let Some(help) = &self.help {
            write_wrapped(f, "  = help:", help)?;
        }
        Ok(())
    }
}

/// Writes a heading and words in lines that a terminal shows whole, unless one word is longer.
fn write_wrapped(f: &mut fmt::Formatter<'_>, heading: &str, text: &str) -> fmt::Result {
    const WIDTH: usize = 98;
    let (mut column, indent) = (heading.len(), heading.len());
    f.write_str(heading)?;
    for word in text.split(' ') {
        let length = word.chars().count() + 1;
        if column + length > WIDTH && column > indent {
            write!(f, "\n{:indent$}", "")?;
            column = indent;
        }
        write!(f, " {word}")?;
        column += length;
    }
    writeln!(f)
}

/// Writes the line of a place and underlines the place in it.
fn write_snippet(f: &mut fmt::Formatter<'_>, place: &Place, label: &str) -> fmt::Result {
    let (shown, mark) = (place.shown(), place.underlined());
    let text = &place.source.text;
    if shown.is_empty() || place.span.end == 0 {
        return Ok(());
    }
    let number = place.line().to_string();
    let gutter = number.len();
    let blank = text[shown.start..mark.start]
        .chars()
        .map(|c| if c == '\t' { '\t' } else { ' ' });
    let blank: String = blank.collect();
    let marks = "^".repeat(text[mark].chars().count().max(1));
    writeln!(f, " {:gutter$} |", "")?;
    writeln!(f, " {number} | {}", &text[shown])?;
    let pointer = format!("{blank}{marks} {label}");
    writeln!(f, " {:gutter$} | {}", "", pointer.trim_end())
}

impl miette::Diagnostic for Fault {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        let place = self.place.as_ref()?;
        Some(place)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let label = (!self.label.is_empty()).then(|| self.label.clone());
        let mark = place.underlined();
        let label = miette::LabeledSpan::new(label, mark.start, mark.len());
        Some(Box::new(std::iter::once(label)))
    }
}

/// Most faults that are kept.
const MAX_FAULTS: usize = 200;

/// Everything that is wrong, in the order of file and place.
///
/// A diagnostic for miette with one related diagnostic per fault; [`Faults::plain`] is plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults {
    faults: Vec<Fault>,
    /// How many more there are than are kept.
    n_more: usize,
}

impl Faults {
    /// None if there are none. Repetitions are dropped.
    pub(crate) fn from_all(mut faults: Vec<Fault>) -> Option<Faults> {
        if faults.is_empty() {
            return None;
        }
        let key = |fault: &Fault| {
            let place = fault.place.as_ref();
            place.map(|place| (place.file().to_string(), place.span.start))
        };
        faults.sort_by_cached_key(key);
        let mut kept: Vec<Fault> = Vec::new();
        for fault in faults {
            let mut beside = kept.iter().rev();
            let same_place = |other: &&Fault| other.place == fault.place;
            if !beside
                .by_ref()
                .take_while(same_place)
                .any(|other| *other == fault)
            {
                kept.push(fault);
            }
        }
        let n_more = kept.len().saturating_sub(MAX_FAULTS);
        kept.truncate(MAX_FAULTS);
        Some(Faults {
            faults: kept,
            n_more,
        })
    }

    /// One fault alone.
    pub fn one(fault: Fault) -> Faults {
        Faults {
            faults: vec![fault],
            n_more: 0,
        }
    }

    /// The faults of several scenarios together; what two share is said once.
    pub fn join(all: impl IntoIterator<Item = Faults>) -> Option<Faults> {
        let (mut faults, mut n_more) = (Vec::new(), 0);
        for some in all {
            faults.extend(some.faults);
            n_more += some.n_more;
        }
        let mut joined = Faults::from_all(faults)?;
        joined.n_more += n_more;
        Some(joined)
    }

    /// The faults of scenarios made from one text; what several say in the same words is said once,
    /// for the first of them.
    pub fn join_alike(all: impl IntoIterator<Item = Faults>) -> Option<Faults> {
        let mut said = BTreeSet::new();
        let faults = all.into_iter().flat_map(|some| some.faults);
        let new = faults.filter(|fault| said.insert(fault.message.clone()));
        Faults::from_all(new.collect())
    }

    /// Each fault, in the order of file and place.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.faults.iter()
    }

    /// How many there are \[≥ 1\]; of very many, only the first hundreds are kept.
    pub fn count(&self) -> usize {
        self.faults.len() + self.n_more
    }

    /// All of them as plain text: no colour, no drawing characters.
    pub fn plain(&self) -> String {
        struct Plain<'a>(&'a Faults);
        impl fmt::Display for Plain<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for fault in self.0.iter() {
                    fault.write_plain(f)?;
                    writeln!(f)?;
                }
                if self.0.n_more > 0 {
                    writeln!(f, "... and {} more\n", self.0.n_more)?;
                }
                writeln!(f, "{}", self.0)
            }
        }
        Plain(self).to_string()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files: Vec<&str> = Vec::new();
        for place in self.faults.iter().filter_map(|fault| fault.place.as_ref()) {
            if !files.contains(&place.file()) {
                files.push(place.file());
            }
        }
        match self.count() {
            1 => f.write_str("1 fault")?,
            n => write!(f, "{n} faults")?,
        }
        match files.as_slice() {
            [] => Ok(()),
            [file] => write!(f, " in {file}"),
            [first @ .., last] => write!(f, " in {} and {last}", first.join(", ")),
        }
    }
}

impl std::error::Error for Faults {}

impl miette::Diagnostic for Faults {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let faults = self.faults.iter();
        Some(Box::new(
            faults.map(|fault| fault as &dyn miette::Diagnostic),
        ))
    }
}

/// Something worth knowing about a scenario that is nevertheless valid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// Path of the key it is about.
    pub path: String,
    /// What is worth knowing.
    pub message: String,
    /// Where the key was written.
    pub place: Option<Place>,
}

/// `file.toml:3:7: message`
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}
