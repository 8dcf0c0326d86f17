//! Where a value was written: a text and a span in it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Longest stretch of one line that is shown or underlined \[bytes\].
const SHOWN: usize = 160;

/// A text that was read, and what to call it.
#[derive(PartialEq, Eq)]
pub(crate) struct Source {
    /// As messages call it: the path as the user gave it, or `--set`.
    pub name: String,
    /// Directory against which paths in the text are resolved.
    pub directory: PathBuf,
    pub text: String,
    /// Whether it is an argument of the command line, where line and column say nothing.
    pub is_argument: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Source").field(&self.name).finish()
    }
}

impl Source {
    pub(crate) fn file(path: &Path, text: String) -> Arc<Source> {
        Arc::new(Source {
            name: path.display().to_string(),
            directory: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            text,
            is_argument: false,
        })
    }

    /// An argument of the command line, as messages call it: `--set`, `sweep`.
    pub(crate) fn argument(name: &str, text: &str) -> Arc<Source> {
        Arc::new(Source {
            name: name.into(),
            directory: PathBuf::new(),
            text: text.into(),
            is_argument: true,
        })
    }
}

/// A span of a text: the place of a key or a value.
///
/// Displays as `file.toml:3:7`, line and column counted from 1, or as `--set`.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    pub(crate) source: Arc<Source>,
    pub(crate) span: Range<usize>,
}

impl Place {
    /// `span` is brought into the text and onto borders between characters.
    pub(crate) fn new(source: &Arc<Source>, span: Range<usize>) -> Place {
        let text = &source.text;
        let start = floor_char(text, span.start);
        let end = floor_char(text, span.end).max(start);
        Place {
            source: source.clone(),
            span: start..end,
        }
    }

    /// Start of the text.
    pub(crate) fn top(source: &Arc<Source>) -> Place {
        Place::new(source, 0..0)
    }

    /// Name of the file, or `--set`.
    pub fn file(&self) -> &str {
        &self.source.name
    }

    /// Line of its first character, from 1.
    pub fn line(&self) -> usize {
        1 + self.source.text[..self.span.start].matches('\n').count()
    }

    /// Column of its first character, counted in characters from 1.
    pub fn column(&self) -> usize {
        1 + self.source.text[self.line_start()..self.span.start]
            .chars()
            .count()
    }

    /// The text at this place.
    pub fn text(&self) -> &str {
        &self.source.text[self.span.clone()]
    }

    /// A part of this place, counted in bytes from its start.
    pub(crate) fn part(&self, part: Range<usize>) -> Place {
        let start = self.span.start;
        Place::new(&self.source, start + part.start..start + part.end)
    }

    /// Index of the first byte of its line.
    pub(crate) fn line_start(&self) -> usize {
        let before = &self.source.text[..self.span.start];
        before.rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self) -> usize {
        let after = &self.source.text[self.span.start..];
        let length = after.find(['\n', '\r']).unwrap_or(after.len());
        self.span.start + length
    }

    /// The part of the span on its first line, at most `SHOWN` long.
    pub(crate) fn underlined(&self) -> Range<usize> {
        let end = self.span.end.min(self.line_end());
        let end = end.min(self.span.start + SHOWN / 2);
        self.span.start..floor_char(&self.source.text, end).max(self.span.start)
    }

    /// The stretch of its line to show: all of it unless it is long.
    pub(crate) fn shown(&self) -> Range<usize> {
        let (start, end) = (self.line_start(), self.line_end());
        if end - start <= SHOWN {
            return start..end;
        }
        let from = self.span.start.saturating_sub(SHOWN / 4).max(start);
        let text = &self.source.text;
        floor_char(text, from)..floor_char(text, (from + SHOWN).min(end))
    }
}

/// The last border between characters at or before `index`.
fn floor_char(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.source.is_argument {
            return f.write_str(&self.source.name);
        }
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl miette::SourceCode for Place {
    /// The line of the place, or a stretch of it if it is long; where no line around is asked for,
    /// the place itself, from which miette takes line and column of its heading.
    fn read_span<'a>(
        &'a self,
        _span: &miette::SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let around = lines_before + lines_after > 0;
        let shown = if around {
            self.shown()
        } else {
            self.underlined()
        };
        let before = &self.source.text[self.line_start()..shown.start];
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.file().to_string(),
            &self.source.text.as_bytes()[shown.clone()],
            (shown.start, shown.len()).into(),
            self.line() - 1,
            before.chars().count(),
            1,
        )))
    }
}
