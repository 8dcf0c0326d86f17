//! Values as they stand in a file, each with its place.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::path::quoted;
use super::place::{Place, Source};

/// Deepest nesting of tables and lists, and most names in one dotted key.
const MAX_DEPTH: usize = 24;

/// Most errors of syntax of one file that are reported.
const MAX_SYNTAX_FAULTS: usize = 300;

/// A value and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub kind: ValueKind,
    pub place: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum ValueKind {
    Text(String),
    Integer(i128),
    Float(f64),
    Flag(bool),
    Date(toml::value::Datetime),
    List(Vec<Value>),
    /// In the order of the file.
    Table(Vec<Entry>),
}

/// A key of a table and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub name: String,
    pub place: Place,
    pub value: Value,
}

impl Value {
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self.kind {
            ValueKind::Integer(number) => Some(number as f64),
            ValueKind::Float(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn table(&self) -> Option<&[Entry]> {
        match &self.kind {
            ValueKind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    pub(crate) fn list(&self) -> Option<&[Value]> {
        match &self.kind {
            ValueKind::List(values) => Some(values),
            _ => None,
        }
    }

    /// Whether it is the word that removes what is inherited.
    pub(crate) fn removes(&self) -> bool {
        self.text() == Some("none")
    }

    /// What it is, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self.kind {
            ValueKind::Text(_) => "a text",
            ValueKind::Integer(_) | ValueKind::Float(_) => "a number",
            ValueKind::Flag(_) => "true or false",
            ValueKind::Date(_) => "a date",
            ValueKind::List(_) => "a list",
            ValueKind::Table(_) => "a table",
        }
    }

    /// The value as TOML, on one line.
    pub(crate) fn to_toml(&self) -> String {
        match &self.kind {
            ValueKind::Text(text) => toml::Value::String(text.clone()).to_string(),
            ValueKind::Integer(number) => number.to_string(),
            ValueKind::Float(number) => toml::Value::Float(*number).to_string(),
            ValueKind::Flag(flag) => flag.to_string(),
            ValueKind::Date(date) => date.to_string(),
            ValueKind::List(values) => {
                let values: Vec<String> = values.iter().map(Value::to_toml).collect();
                format!("[{}]", values.join(", "))
            }
            ValueKind::Table(entries) => {
                let entry = |e: &Entry| format!("{} = {}", quoted(&e.name), e.value.to_toml());
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }
}

/// Equal in what it says, wherever it was written.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        use ValueKind::*;
        match (&self.kind, &other.kind) {
            (Text(a), Text(b)) => a == b,
            (Flag(a), Flag(b)) => a == b,
            (Date(a), Date(b)) => a == b,
            (List(a), List(b)) => a == b,
            (Table(a), Table(b)) => a == b,
            (Integer(a), Integer(b)) => a == b,
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b || (a.is_nan() && b.is_nan()),
                _ => false,
            },
        }
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.name == other.name && self.value == other.value
    }
}

/// Reads a TOML document as far as it can be read.
pub(crate) fn parse_document(source: &Arc<Source>, faults: &mut Vec<Fault>) -> Vec<Entry> {
    if let Some(fault) = too_deep(source) {
        faults.push(fault);
        return Vec::new();
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let mut broken = None;
    for error in errors.iter().take(MAX_SYNTAX_FAULTS) {
        let fault = syntax_fault(source, error);
        let line = fault.place.as_ref().map(Place::line_start);
        if line != broken {
            broken = line;
            faults.push(fault);
        }
    }
    let mut reader = Reader {
        source,
        offset: 0,
        faults,
    };
    reader.entries(table.get_ref(), 1)
}

/// Reads the text from `offset` on as one TOML value.
pub(crate) fn parse_value(source: &Arc<Source>, offset: usize) -> Option<Value> {
    if too_deep(source).is_some() {
        return None;
    }
    let value = DeValue::parse(&source.text[offset..]).ok()?;
    let mut faults = Vec::new();
    let mut reader = Reader {
        source,
        offset,
        faults: &mut faults,
    };
    let value = reader.value(value.get_ref(), value.span(), 1);
    faults.is_empty().then_some(value)
}

fn syntax_fault(source: &Arc<Source>, error: &toml::de::Error) -> Fault {
    let end = source.text.len();
    let place = Place::new(source, error.span().unwrap_or(end..end));
    let message = match error.message() {
        "duplicate key" => format!("`{}` is stated twice in this table", place.text().trim()),
        message => format!("this is not TOML: {message}"),
    };
    let text = place.text().trim();
    let quote = error.message().starts_with("string values must be quoted");
    let help = format!("put it in quotes: \"{text}\"");
    let short = quote && text.len() < 60;
    Fault::new(&place, "", message).help_if(short.then_some(help))
}

/// Turns values as parsed into ours.
struct Reader<'a> {
    source: &'a Arc<Source>,
    offset: usize,
    faults: &'a mut Vec<Fault>,
}

impl Reader<'_> {
    fn place(&self, span: std::ops::Range<usize>) -> Place {
        Place::new(
            self.source,
            span.start + self.offset..span.end + self.offset,
        )
    }

    fn entries(&mut self, table: &DeTable<'_>, depth: usize) -> Vec<Entry> {
        let entries = table.iter().map(|(name, value)| Entry {
            name: name.get_ref().to_string(),
            place: self.place(name.span()),
            value: self.value(value.get_ref(), value.span(), depth),
        });
        entries.collect()
    }

    fn value(&mut self, value: &DeValue<'_>, span: std::ops::Range<usize>, depth: usize) -> Value {
        let place = self.place(span);
        if depth > MAX_DEPTH {
            self.faults.push(deep_fault(&place));
            let kind = ValueKind::Table(Vec::new());
            return Value { kind, place };
        }
        let kind = match value {
            DeValue::String(text) => ValueKind::Text(text.to_string()),
            DeValue::Integer(number) => {
                match i128::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => ValueKind::Integer(number),
                    Err(_) => ValueKind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
                }
            }
            DeValue::Float(number) => ValueKind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => ValueKind::Flag(*flag),
            DeValue::Datetime(date) => ValueKind::Date(*date),
            DeValue::Array(values) => {
                let values = values.iter();
                let values = values.map(|v| self.value(v.get_ref(), v.span(), depth + 1));
                ValueKind::List(values.collect())
            }
            DeValue::Table(table) => ValueKind::Table(self.entries(table, depth + 1)),
        };
        Value { kind, place }
    }
}

fn deep_fault(place: &Place) -> Fault {
    let message = format!("tables and lists are nested more than {MAX_DEPTH} deep");
    Fault::new(place, "", message)
        .label("too deep from here on")
        .help("a scenario needs five levels; was a bracket left open?")
}

/// Refuses a text whose brackets nest too deeply, or that has a key of too many names, before it
/// is parsed. O(length), no recursion.
fn too_deep(source: &Arc<Source>) -> Option<Fault> {
    let text = source.text.as_bytes();
    let (mut depth, mut dots, mut at) = (0_usize, 0_usize, 0_usize);
    while at < text.len() {
        match text[at] {
            b'"' | b'\'' => {
                at = end_of_string(text, at);
                continue;
            }
            b'#' => {
                at = find(text, at, b"\n");
                continue;
            }
            b'[' | b'{' => (depth, dots) = (depth + 1, 0),
            b']' | b'}' => (depth, dots) = (depth.saturating_sub(1), 0),
            b'\n' | b',' | b'=' => dots = 0,
            b'.' => dots += 1,
            _ => {}
        }
        if depth > MAX_DEPTH || dots > MAX_DEPTH {
            return Some(deep_fault(&Place::new(source, at..at + 1)));
        }
        at += 1;
    }
    None
}

/// Index after the string that opens at `start`, the end of its line if it is left open.
fn end_of_string(text: &[u8], start: usize) -> usize {
    let quote = text[start];
    if text[start..].starts_with(&[quote; 3]) {
        let mut at = start + 3;
        while at < text.len() && !text[at..].starts_with(&[quote; 3]) {
            at += 1 + usize::from(quote == b'"' && text[at] == b'\\');
        }
        return (at + 3).min(text.len());
    }
    let mut at = start + 1;
    while at < text.len() && text[at] != quote && text[at] != b'\n' {
        at += 1 + usize::from(quote == b'"' && text[at] == b'\\');
    }
    (at + 1).min(text.len())
}

fn find(text: &[u8], from: usize, what: &[u8]) -> usize {
    let rest = &text[from..];
    let found = rest.windows(what.len()).position(|window| window == what);
    found.map_or(text.len(), |at| from + at)
}
