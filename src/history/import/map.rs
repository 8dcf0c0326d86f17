//! The map of an export: which file and column holds what, as the user wrote it, checked.

use std::ops::Range;
use std::path::Path;

use jiff::tz::TimeZone;

use super::moment::{self, DateOrder};
use super::names::folded;
use super::{End, Known};
use crate::scenario::{
    Entry, Fault, Faults, Place, Source, Value, ValueKind, nearest, parse_document,
};

/// What a column may say of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// When the record came.
    Created,
    /// When it was closed.
    Closed,
    /// The stage that it is in, or that it entered.
    Stage,
    /// When it entered the stage.
    Entered,
    /// When it left the stage.
    Left,
    Channel,
    Segment,
    Owner,
    Value,
    /// Sign or code of the value's currency.
    Currency,
}

impl Field {
    pub const ALL: [Field; 10] = [
        Field::Created,
        Field::Closed,
        Field::Stage,
        Field::Entered,
        Field::Left,
        Field::Channel,
        Field::Segment,
        Field::Owner,
        Field::Value,
        Field::Currency,
    ];

    /// As a map calls it.
    pub fn name(self) -> &'static str {
        match self {
            Field::Created => "created",
            Field::Closed => "closed",
            Field::Stage => "stage",
            Field::Entered => "entered",
            Field::Left => "left",
            Field::Channel => "channel",
            Field::Segment => "segment",
            Field::Owner => "owner",
            Field::Value => "value",
            Field::Currency => "currency",
        }
    }

    fn is_time(self) -> bool {
        matches!(
            self,
            Field::Created | Field::Closed | Field::Entered | Field::Left
        )
    }

    /// Keys that a column of this field may have beside `column`.
    fn settings(self) -> &'static [&'static str] {
        match self {
            Field::Value => &["column", "known", "missing", "sum"],
            Field::Owner => &["column", "known", "missing"],
            field if field.is_time() => &["column", "missing", "time_zone"],
            _ => &["column", "missing"],
        }
    }

    /// Fields of a shape.
    fn of(shape: &Shape) -> &'static [Field] {
        use Field::*;
        match shape {
            Shape::Record { .. } => &[
                Created, Closed, Stage, Channel, Segment, Owner, Value, Currency,
            ],
            Shape::StageChange { .. } => &[
                Stage, Entered, Left, Channel, Segment, Owner, Value, Currency,
            ],
        }
    }
}

/// What a row of the first file is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A record, in this stage until it is closed.
    Record { stage: String },
    /// A change of stage; the stages in their order.
    StageChange { stages: Vec<String> },
}

/// A file of the map.
#[derive(Debug, Clone)]
pub(super) struct MappedFile {
    pub name: String,
    /// Name, or end of the path, of the files that it stands for; `*` stands for any letters.
    pub pattern: String,
    pub key: String,
    /// Index of another file and its column that holds the key; none: as the first file's key.
    pub joins: Option<(usize, String)>,
    /// Of the table, the key and `joins`.
    pub places: [Place; 3],
    pub pattern_place: Place,
}

/// A column of the map.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub field: Field,
    /// Index of its file.
    pub file: usize,
    pub column: String,
    /// File and column, as the map has them.
    pub label: String,
    pub place: Place,
    /// Zone of its times that state none.
    pub time_zone: TimeZone,
    /// Folded words that mean nothing is known.
    pub missing: Vec<String>,
    /// Whether all rows of a key are added up.
    pub sum: bool,
}

/// A checked map.
#[derive(Debug, Clone)]
pub struct Map {
    pub(super) shape: Shape,
    pub(super) time_zone: TimeZone,
    pub(super) time_zone_name: String,
    pub(super) currency: String,
    pub(super) dates: DateOrder,
    pub(super) decimal: char,
    pub(super) as_of: Option<i32>,
    pub(super) value_known: Known,
    pub(super) owner_known: Known,
    pub(super) files: Vec<MappedFile>,
    /// Index of the file that holds a record, or a change, in each row.
    pub(super) first: usize,
    pub(super) columns: Vec<Column>,
    /// Stages, as the column has them, that mean an end; none for a record without a stage.
    pub(super) outcomes: Vec<(String, End)>,
}

const KEYS: [&str; 11] = [
    "shape",
    "time_zone",
    "currency",
    "dates",
    "decimal",
    "stage",
    "stages",
    "as_of",
    "files",
    "columns",
    "outcomes",
];
const OUTCOMES: [(&str, End); 4] = [
    ("won", End::Won),
    ("lost", End::Lost),
    ("no_decision", End::NoDecision),
    ("open", End::Open),
];

impl Map {
    /// Reads a map from its text; `path` is what messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with it, at its place.
    pub fn parse(path: &Path, text: String) -> Result<Map, Faults> {
        let source = Source::file(path, text);
        let mut reader = Reader {
            top: Place::top(&source),
            faults: Vec::new(),
        };
        let entries = parse_document(&source, &mut reader.faults);
        let map = match reader.faults.is_empty() {
            true => reader.map(&entries),
            false => None,
        };
        match (Faults::from_all(reader.faults), map) {
            (None, Some(map)) => Ok(map),
            (Some(faults), _) => Err(faults),
            (None, None) => Err(Faults::one(Fault::nowhere("the map cannot be read"))),
        }
    }

    pub(super) fn column(&self, field: Field) -> Option<&Column> {
        self.columns.iter().find(|column| column.field == field)
    }
}

/// Reads what a map says and gathers what is wrong.
struct Reader {
    top: Place,
    faults: Vec<Fault>,
}

/// A reference `file.column`.
type Reference = (String, String);

impl Reader {
    fn map(&mut self, entries: &[Entry]) -> Option<Map> {
        self.know(entries, &KEYS, "");
        let shape = self.shape(entries);
        let zone_name = self
            .text(entries, "time_zone")
            .unwrap_or(("UTC".into(), self.top.clone()));
        let time_zone = self.zone(&zone_name.0, &zone_name.1, "time_zone");
        let currency = self.text(entries, "currency").map_or("$".into(), |t| t.0);
        let orders = DateOrder::ALL.map(|order| (order.name(), order));
        let dates = self.choice(entries, "dates", "dates", &orders);
        let marks = [(".", '.'), (",", ',')];
        let decimal = self.choice(entries, "decimal", "decimal", &marks);
        let as_of = self.as_of(entries);
        let files = self.files(entries);
        let read = self.columns(entries, shape.as_ref(), &files, &time_zone);
        let outcomes = self.outcomes(entries);
        let shape = shape?;
        let [value_known, owner_known] = read.known;
        let map = Map {
            first: self.first(entries, &shape, &read.columns),
            shape,
            time_zone,
            time_zone_name: zone_name.0,
            currency,
            dates: dates.unwrap_or(DateOrder::Ymd),
            decimal: decimal.unwrap_or('.'),
            as_of,
            value_known,
            owner_known,
            files,
            columns: read.columns,
            outcomes,
        };
        self.check(&map, entries);
        Some(map)
    }

    fn fault(&mut self, place: &Place, path: &str, message: String) -> &mut Fault {
        self.faults.push(Fault::new(place, path, message));
        self.faults.last_mut().expect("one was just pushed")
    }

    /// Complains of every key that is none of `known`.
    fn know(&mut self, entries: &[Entry], known: &[&str], table: &str) {
        for entry in entries {
            if !known.contains(&&entry.name[..]) {
                let near = nearest(&entry.name, known.iter().copied());
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", listed(known)),
                };
                let message = format!("`{table}{}` is no key of a map", entry.name);
                let path = format!("{table}{}", entry.name);
                self.fault(&entry.place, &path, message).help = Some(help);
            }
        }
    }

    /// A text of a table and its place.
    fn text(&mut self, entries: &[Entry], name: &str) -> Option<(String, Place)> {
        let entry = entry(entries, name)?;
        self.text_of(&entry.value, name)
            .map(|text| (text, entry.value.place.clone()))
    }

    fn text_of(&mut self, value: &Value, path: &str) -> Option<String> {
        match value.text() {
            Some(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Some(_) => {
                self.fault(&value.place, path, format!("`{path}` is empty"));
                None
            }
            None => {
                let message = format!("`{path}` is {}, not a text", value.words());
                self.fault(&value.place, path, message).label = "a text in quotes".into();
                None
            }
        }
    }

    fn choice<T: Copy>(
        &mut self,
        entries: &[Entry],
        name: &str,
        path: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let (text, place) = self.text(entries, name)?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let near = nearest(&text, words.iter().copied());
            let fault = self.fault(&place, path, format!("`{path}` cannot be \"{text}\""));
            fault.label = format!("one of {}", listed(&words));
            fault.help = near.map(|near| format!("did you mean \"{near}\"?"));
        }
        chosen.map(|(_, value)| *value)
    }

    fn zone(&mut self, name: &str, place: &Place, path: &str) -> TimeZone {
        TimeZone::get(name).unwrap_or_else(|_| {
            let message = format!("\"{name}\" is no time zone");
            self.fault(place, path, message).label =
                "a name such as UTC, Europe/Berlin or America/Sao_Paulo".into();
            TimeZone::UTC
        })
    }

    fn shape(&mut self, entries: &[Entry]) -> Option<Shape> {
        let shapes = [("record", true), ("stage_change", false)];
        if entry(entries, "shape").is_none() {
            let top = self.top.clone();
            self.fault(&top, "shape", "`shape` is missing".into()).help = Some(
                "write `shape = \"record\"` where a row is a record, `shape = \"stage_change\"` where it is a change of stage".into(),
            );
        }
        match self.choice(entries, "shape", "shape", &shapes)? {
            true => {
                self.not_in_shape(entries, "stages", "stage_change");
                let stage = self.text(entries, "stage");
                let stage = stage.map_or("opportunity".to_owned(), |(text, _)| text);
                Some(Shape::Record { stage })
            }
            false => {
                self.not_in_shape(entries, "stage", "record");
                let Some(of) = entry(entries, "stages") else {
                    let top = self.top.clone();
                    self.fault(&top, "stages", "`stages` is missing".into())
                        .help = Some(
                        "name the stages in their order: `stages = [\"Lead\", \"Demo\"]`".into(),
                    );
                    return None;
                };
                let stages = self.words(&of.value, "stages");
                if stages.is_empty() {
                    self.fault(&of.value.place, "stages", "`stages` names no stage".into());
                    return None;
                }
                Some(Shape::StageChange { stages })
            }
        }
    }

    fn not_in_shape(&mut self, entries: &[Entry], key: &str, shape: &str) {
        if let Some(entry) = entry(entries, key) {
            let message = format!("`{key}` belongs to the shape \"{shape}\"");
            self.fault(&entry.place, key, message);
        }
    }

    fn as_of(&mut self, entries: &[Entry]) -> Option<i32> {
        let value = &entry(entries, "as_of")?.value;
        let date = match &value.kind {
            ValueKind::Date(stated) => stated.to_string().parse().ok(),
            ValueKind::Text(text) => text.trim().parse::<jiff::civil::Date>().ok(),
            _ => None,
        };
        if date.is_none() {
            let message = format!("`as_of` is {}", value.to_toml());
            self.fault(&value.place, "as_of", message).label = "a date such as 2026-03-31".into();
        }
        date.map(moment::day)
    }

    /// The texts of a list, each once.
    fn words(&mut self, value: &Value, path: &str) -> Vec<String> {
        let Some(values) = value.list() else {
            let message = format!("`{path}` is {}, not a list", value.words());
            self.fault(&value.place, path, message).label =
                "a list of texts: [\"…\", \"…\"]".into();
            return Vec::new();
        };
        let mut words: Vec<String> = Vec::new();
        for value in values {
            let Some(text) = value.text() else {
                let message = format!("`{path}` holds {}, not a text", value.words());
                self.fault(&value.place, path, message);
                continue;
            };
            if words.iter().any(|word| folded(word) == folded(text)) {
                let message = format!("`{path}` names \"{text}\" twice");
                self.fault(&value.place, path, message);
                continue;
            }
            words.push(text.trim().to_owned());
        }
        words
    }

    fn table<'a>(&mut self, entries: &'a [Entry], name: &str) -> &'a [Entry] {
        let Some(of) = entry(entries, name) else {
            return &[];
        };
        of.value.table().unwrap_or_else(|| {
            let message = format!("`{name}` is {}, not a table", of.value.words());
            self.fault(&of.value.place, name, message);
            &[]
        })
    }

    fn files(&mut self, entries: &[Entry]) -> Vec<MappedFile> {
        let tables = self.table(entries, "files");
        if tables.is_empty() {
            let top = self.top.clone();
            self.fault(&top, "files", "the map names no file".into())
                .help = Some(
                "begin with `[files.leads]`, `file = \"leads.csv\"`, `key = \"Lead ID\"`".into(),
            );
        }
        let names: Vec<&str> = tables.iter().map(|table| &table.name[..]).collect();
        let mut files = Vec::new();
        for table in tables {
            let path = format!("files.{}", table.name);
            if table.name.contains('.') {
                let message = format!("the name `{}` has a dot in it", table.name);
                self.fault(&table.place, &path, message);
            }
            let inner = self.table(tables, &table.name);
            self.know(inner, &["file", "key", "joins"], &format!("{path}."));
            let mut stated = |key: &str| {
                let stated = self.text(inner, key);
                if stated.is_none() && entry(inner, key).is_none() {
                    let message = format!("`{path}` has no `{key}`");
                    self.fault(&table.place, &path, message);
                }
                stated.unwrap_or((String::new(), table.place.clone()))
            };
            let (pattern, pattern_place) = stated("file");
            let (key, key_place) = stated("key");
            let joins = self.text(inner, "joins");
            let joins_place = joins.as_ref().map_or(table.place.clone(), |j| j.1.clone());
            let joins = joins.and_then(|(text, place)| {
                let (file, column) = self.reference(&text, &place, &format!("{path}.joins"))?;
                let file = self.file(&file, &place, &names)?;
                Some((file, column))
            });
            files.push(MappedFile {
                name: table.name.clone(),
                pattern,
                key,
                joins,
                places: [table.place.clone(), key_place, joins_place],
                pattern_place,
            });
        }
        files
    }

    /// The parts of `file.column`.
    fn reference(&mut self, text: &str, place: &Place, path: &str) -> Option<Reference> {
        match text.split_once('.') {
            Some((file, column)) if !file.is_empty() && !column.is_empty() => {
                Some((file.trim().to_owned(), column.trim().to_owned()))
            }
            _ => {
                let message = format!("`{path}` is \"{text}\"");
                self.fault(place, path, message).label =
                    "a file of [files], a dot, a column: \"leads.Created Date\"".into();
                None
            }
        }
    }

    /// The index of a file by its name in the map.
    fn file(&mut self, name: &str, place: &Place, names: &[&str]) -> Option<usize> {
        let index = names.iter().position(|other| *other == name);
        if index.is_none() {
            let near = nearest(name, names.iter().copied());
            let message = format!("[files] has no `{name}`");
            let fault = self.fault(place, "columns", message);
            fault.label = format!("one of {}", listed(names));
            fault.help = near.map(|near| format!("did you mean `{near}`?"));
        }
        index
    }

    fn columns(
        &mut self,
        entries: &[Entry],
        shape: Option<&Shape>,
        files: &[MappedFile],
        zone: &TimeZone,
    ) -> Columns {
        let table = self.table(entries, "columns");
        let fields = shape.map_or(&Field::ALL[..], Field::of);
        let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
        self.know(table, &names, "columns.");
        let mut columns = Vec::new();
        let mut known = [Known::AtClose; 2];
        for field in fields {
            let Some(of) = entry(table, field.name()) else {
                continue;
            };
            let path = format!("columns.{}", field.name());
            let inner = match &of.value.kind {
                ValueKind::Table(inner) => {
                    self.know(inner, field.settings(), &format!("{path}."));
                    inner.as_slice()
                }
                _ => &[],
            };
            let stated = match of.value.table() {
                None => self.text_of(&of.value, &path),
                Some(_) if entry(inner, "column").is_none() => {
                    let message = format!("`{path}` names no `column`");
                    self.fault(&of.value.place, &path, message);
                    None
                }
                Some(_) => self.text(inner, "column").map(|(text, _)| text),
            };
            let place = entry(inner, "column").map_or(&of.value.place, |e| &e.value.place);
            let words = [("creation", Known::AtCreation), ("close", Known::AtClose)];
            let when = self.choice(inner, "known", &format!("{path}.known"), &words);
            match field {
                Field::Value => known[0] = when.unwrap_or(Known::AtClose),
                Field::Owner => known[1] = when.unwrap_or(Known::AtClose),
                _ => {}
            }
            let missing = entry(inner, "missing").map_or(Vec::new(), |of| {
                self.words(&of.value, &format!("{path}.missing"))
            });
            let time_zone = self
                .text(inner, "time_zone")
                .map_or(zone.clone(), |(name, place)| {
                    self.zone(&name, &place, &format!("{path}.time_zone"))
                });
            let sum = self.flag(inner, "sum", &path);
            let Some(stated) = stated else { continue };
            let Some((file, column)) = self.reference(&stated, place, &path) else {
                continue;
            };
            let names: Vec<&str> = files.iter().map(|file| &file.name[..]).collect();
            let Some(file) = self.file(&file, place, &names) else {
                continue;
            };
            columns.push(Column {
                field: *field,
                file,
                column,
                label: stated,
                place: place.clone(),
                time_zone,
                missing: missing.iter().map(|word| folded(word)).collect(),
                sum,
            });
        }
        Columns { columns, known }
    }

    fn flag(&mut self, entries: &[Entry], name: &str, path: &str) -> bool {
        let Some(of) = entry(entries, name) else {
            return false;
        };
        match of.value.kind {
            ValueKind::Flag(flag) => flag,
            _ => {
                let message = format!("`{path}.{name}` is {}", of.value.words());
                self.fault(&of.value.place, path, message).label = "true or false".into();
                false
            }
        }
    }

    fn outcomes(&mut self, entries: &[Entry]) -> Vec<(String, End)> {
        let table = self.table(entries, "outcomes");
        let names = OUTCOMES.map(|(name, _)| name);
        self.know(table, &names, "outcomes.");
        let mut outcomes: Vec<(String, End)> = Vec::new();
        for (name, end) in OUTCOMES {
            let Some(of) = entry(table, name) else {
                continue;
            };
            let path = format!("outcomes.{name}");
            for word in self.words(&of.value, &path) {
                let earlier = outcomes
                    .iter()
                    .find(|(other, _)| folded(other) == folded(&word));
                if let Some((_, other)) = earlier {
                    let message = format!("\"{word}\" is both {} and {name}", other.name());
                    self.fault(&of.value.place, &path, message);
                    continue;
                }
                outcomes.push((word, end));
            }
        }
        outcomes
    }

    /// The file of which a row is a record or a change.
    fn first(&mut self, entries: &[Entry], shape: &Shape, columns: &[Column]) -> usize {
        let time = match shape {
            Shape::Record { .. } => Field::Created,
            Shape::StageChange { .. } => Field::Entered,
        };
        let mut of = columns.iter().filter(|column| column.field == time);
        if let Some(column) = of.next() {
            return column.file;
        }
        let table = entry(entries, "columns");
        let is_stated = table.and_then(|table| entry(table.value.table()?, time.name()));
        if is_stated.is_none() {
            let place = table.map_or(self.top.clone(), |table| table.place.clone());
            let path = format!("columns.{}", time.name());
            let message = format!("`{path}` is missing");
            self.fault(&place, &path, message).help =
                Some("without the time at which a record came there is no history".into());
        }
        0
    }

    /// What must go together.
    fn check(&mut self, map: &Map, entries: &[Entry]) {
        let outcomes = entry(entries, "outcomes").map(|entry| entry.place.clone());
        let stage = map.column(Field::Stage);
        let top = self.top.clone();
        match (&map.shape, stage, outcomes) {
            (Shape::Record { .. }, Some(stage), None) => {
                let message = "`columns.stage` needs [outcomes]".to_owned();
                self.fault(&stage.place, "columns.stage", message).help =
                    Some("say which of its values mean won, lost, no_decision and open".into());
            }
            (Shape::Record { .. }, None, Some(place)) => {
                let message = "[outcomes] needs `columns.stage`".to_owned();
                self.fault(&place, "outcomes", message);
            }
            (Shape::StageChange { .. }, None, _) => {
                let message = "`columns.stage` is missing".to_owned();
                self.fault(&top, "columns.stage", message);
            }
            _ => {}
        }
        let is_record = matches!(map.shape, Shape::Record { .. });
        if is_record && map.column(Field::Closed).is_none() && map.column(Field::Created).is_some()
        {
            let message = "`columns.closed` is missing".to_owned();
            self.fault(&top, "columns.closed", message).help =
                Some("without it nobody can learn how long a record takes".into());
        }
        if let Shape::StageChange { stages } = &map.shape {
            self.check_stages(map, stages, entries);
        }
        self.check_joins(map);
    }

    fn check_stages(&mut self, map: &Map, stages: &[String], entries: &[Entry]) {
        let Some(of) = entry(entries, "stages") else {
            return;
        };
        let place = of.value.place.clone();
        for (word, end) in &map.outcomes {
            if *end == End::Open {
                let message =
                    format!("\"{word}\" is open: of a change of stage it would end nothing");
                self.fault(&place, "outcomes.open", message).help =
                    Some("leave out `open`; what is no end is one of `stages`".into());
            }
            let is_stage = stages.iter().any(|stage| folded(stage) == folded(word));
            if is_stage {
                let message = format!("\"{word}\" is both a stage and {}", end.name());
                self.fault(&place, "stages", message);
            }
        }
        for column in &map.columns {
            let of_rows = matches!(column.field, Field::Stage | Field::Left);
            if of_rows && column.file != map.first {
                let name = column.field.name();
                let message = format!("`columns.{name}` must be of the file of `columns.entered`");
                self.fault(&column.place, name, message);
            }
        }
    }

    fn check_joins(&mut self, map: &Map) {
        for (index, file) in map.files.iter().enumerate() {
            let [table, _, joins] = &file.places;
            if index == map.first && file.joins.is_some() {
                let message = format!(
                    "`{}` is the file that others join; it joins none",
                    file.name
                );
                self.fault(joins, "joins", message);
            }
            let mut at = index;
            let mut steps = 0;
            while let Some((next, _)) = &map.files[at].joins
                && steps <= map.files.len()
            {
                at = *next;
                steps += 1;
            }
            if steps > map.files.len() {
                let message = format!("`{}` joins in a circle", file.name);
                self.fault(table, "joins", message);
            }
        }
        for column in map.columns.iter().filter(|column| column.sum) {
            if column.file == map.first {
                let message = "`sum` adds up the rows of a joined file".to_owned();
                self.fault(&column.place, "columns.value", message);
            }
        }
    }
}

/// What `[columns]` says.
struct Columns {
    columns: Vec<Column>,
    /// Of the value and of the owner.
    known: [Known; 2],
}

fn entry<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.name == name)
}

fn listed(words: &[&str]) -> String {
    words.join(", ")
}

/// Whether `name`, a path, is meant by `pattern`: it equals it or ends with it behind a slash.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let name = name.replace('\\', "/");
    let starts = std::iter::once(0).chain(name.match_indices('/').map(|(at, _)| at + 1));
    starts
        .into_iter()
        .any(|start| fits(pattern, &name[start..]))
}

/// Whether `text` is `pattern`, in which `*` stands for any letters but a slash.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|head| text.strip_prefix(head)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    if rest.contains('/') && !pattern.contains('/') {
        return false;
    }
    for part in middle {
        let Range { end, .. } = match rest.find(part) {
            Some(at) => at..at + part.len(),
            None => return false,
        };
        rest = &rest[end..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_the_end_of_a_path() {
        for (pattern, name) in [
            ("leads.csv", "leads.csv"),
            ("leads.csv", "export/leads.csv"),
            ("leads*.csv", "export/leads_2026.csv"),
            ("export/*.csv", "a/export/leads.csv"),
            ("*", "leads"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("leads.csv", "old_leads.csv"),
            ("leads*.csv", "leads/deals.csv"),
            ("leads*.csv", "leads.txt"),
            ("", "leads"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
