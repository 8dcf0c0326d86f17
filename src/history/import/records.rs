//! From an export and its map to a history: rows become records, and what is wrong with them is told.

use super::changes::{Changes, Step};
use super::drafts::{Draft, Drafts, Labels, Told};
use super::leaks::{self, Filled, class};
use super::map::{Column, Field, Map, Shape};
use super::moment::{self, Moment};
use super::names::folded;
use super::partner::{Hit, Partner, read_value};
use super::quality::{Kind, Quality};
use super::source::{self, Line, Source};
use super::table::Input;
use super::warnings::{ToldByColumns, warn_of, warn_of_cells};
use super::{End, History, Known, NONE};
use crate::scenario::Faults;

/// A history and what was wrong with the export that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    pub history: History,
    pub quality: Quality,
}

/// Makes a history of the rows of an export. Memory: the records, and joined files by key.
///
/// A row that cannot be used is reported with its kind; in each file, rows = used + rejected. The history is as it
/// was known at the end of the as-of day: the map's, else the last day with a date.
///
/// # Errors
/// If a file of the map is not given, cannot be read, or has no column that the map names; all such at once.
pub fn import(map: &Map, inputs: Vec<Input>) -> Result<Imported, Faults> {
    let mut quality = Quality::default();
    let sources = source::open(map, inputs, &mut quality)?;
    let mut sources: Vec<Option<Source>> = sources.into_iter().map(Some).collect();
    let mut read: Vec<Source> = Vec::new();
    let mut partners = Vec::new();
    for file in order(map) {
        let Some(source) = sources[file].take() else {
            continue;
        };
        let (partner, source) = Partner::read(map, file, source, &mut quality)?;
        partners.push(partner);
        read.push(source);
    }
    let Some(mut first) = sources[map.first].take() else {
        return Ok(Imported {
            history: History::default(),
            quality,
        });
    };
    let mut import = Import::new(map, &first, partners);
    first.read(&mut quality, |line, quality| import.take(line, quality))?;
    for partner in &import.partners {
        partner.report(&mut quality);
    }
    let told = import.told_by_columns(&first);
    read.push(first);
    let history = import.history(&mut quality);
    for source in &read {
        warn_of_cells(source, &mut quality);
    }
    warn_of(&history, map, &told, &mut quality);
    Ok(Imported { history, quality })
}

/// Joined files, each behind the file that it joins.
fn order(map: &Map) -> Vec<usize> {
    let mut order = vec![map.first];
    let mut at = 0;
    while at < order.len() {
        let joined = order[at];
        let joins = |file: &usize| {
            let of = map.files[*file].joins.as_ref();
            of.map_or(map.first, |(other, _)| *other) == joined
        };
        let new: Vec<usize> = (0..map.files.len())
            .filter(|file| !order.contains(file) && joins(file))
            .collect();
        order.extend(new);
        at += 1;
    }
    order.split_off(1)
}

/// Where a field of a record is found.
struct Place<'m> {
    column: &'m Column,
    /// Index into the partners; none: the first file.
    partner: Option<usize>,
    /// Index into the needed columns of its file.
    needed: usize,
}

/// An import under way.
struct Import<'m> {
    map: &'m Map,
    partners: Vec<Partner>,
    /// Where each partner's key is found: in which partner (none: the first file) and needed column.
    keys: Vec<(Option<usize>, usize)>,
    places: Vec<Place<'m>>,
    /// `[partner]`, of the row at hand
    hits: Vec<Hit>,
    /// Folded stages and outcomes of the map.
    stages: Vec<(String, Step)>,
    drafts: Drafts,
    changes: Changes,
    labels: Labels,
    /// By table of the first file and column, records in which the column is filled; by class.
    filled: Vec<Vec<Filled>>,
    classes: Filled,
    /// Times that were read, and those of them with a time of day, by field.
    times: [(Field, u64, u64); 4],
}

impl<'m> Import<'m> {
    fn new(map: &'m Map, first: &Source, partners: Vec<Partner>) -> Self {
        let partner_of = |file: usize| partners.iter().position(|p| p.file == file);
        let position = |file: usize, column: &str| needed_position(map, file, column);
        let keys = partners.iter().map(|partner| {
            let (file, column) = &partner.from;
            (partner_of(*file), position(*file, column))
        });
        let keys = keys.collect();
        let places = map.columns.iter().map(|column| Place {
            column,
            partner: partner_of(column.file),
            needed: position(column.file, &column.column),
        });
        let places = places.collect();
        let mut stages = Vec::new();
        if let Shape::StageChange { stages: names } = &map.shape {
            let names = names.iter().enumerate();
            stages.extend(names.map(|(index, name)| (folded(name), Step::Stage(index as u32))));
        }
        let outcomes = map.outcomes.iter();
        stages.extend(outcomes.map(|(name, end)| (folded(name), Step::End(*end))));
        let filled = first
            .tables
            .iter()
            .map(|t| vec![[0; 4]; t.table.header.len()]);
        Import {
            map,
            hits: vec![Hit::Nothing; partners.len()],
            partners,
            keys,
            places,
            stages,
            drafts: Drafts::default(),
            changes: Changes::default(),
            labels: Labels::default(),
            filled: filled.collect(),
            classes: [0; 4],
            times: [Field::Created, Field::Closed, Field::Entered, Field::Left]
                .map(|field| (field, 0, 0)),
        }
    }

    /// Takes a row of the first file.
    fn take(&mut self, line: Line<'_>, quality: &mut Quality) {
        let key = line.cell(0);
        if key.is_empty() {
            line.report(quality, Kind::MissingKey, "", "");
            return;
        }
        self.find_partners(line);
        let taken = match self.map.shape {
            Shape::Record { .. } => self.take_record(key, line, quality),
            Shape::StageChange { .. } => self.take_change(key, line, quality),
        };
        match taken {
            Err((kind, column, value)) => line.report(quality, kind, column, &value),
            Ok(()) => self.report_partners(line, quality),
        }
    }

    /// Looks for the row's partners, each behind the one that holds its key.
    fn find_partners(&mut self, line: Line<'_>) {
        for index in 0..self.partners.len() {
            let (from, needed) = self.keys[index];
            let key = match from {
                None => line.cell(needed),
                Some(partner) => match self.hits[partner].key() {
                    Some(key) => self.partners[partner].text(needed, key),
                    None => "",
                },
            };
            self.hits[index] = self.partners[index].find(key);
        }
    }

    /// Tells of keys that were spelled otherwise or not found, and marks what was found as used.
    fn report_partners(&mut self, line: Line<'_>, quality: &mut Quality) {
        for index in 0..self.partners.len() {
            let hit = self.hits[index];
            if let Some(key) = hit.key() {
                self.partners[index].mark(key);
            }
            let (from, needed) = self.keys[index];
            let partner = &self.partners[index];
            let column = &partner.from.1;
            match hit {
                Hit::Loose(key) => {
                    let (found, stated) = (partner.key(key), self.key_text(index, line));
                    let value = format!("{stated} = {found}");
                    line.report(quality, Kind::SpelledOtherwise, column, &value);
                }
                Hit::Missing if partner.is_name() && from.is_none() => {
                    line.report(quality, Kind::PartnerMissing, column, line.cell(needed));
                }
                _ => {}
            }
        }
    }

    /// The key by which a partner was looked for.
    fn key_text<'a>(&'a self, partner: usize, line: Line<'a>) -> &'a str {
        let (from, needed) = self.keys[partner];
        match from {
            None => line.cell(needed),
            Some(from) => {
                let key = self.hits[from].key();
                key.map_or("", |key| self.partners[from].text(needed, key))
            }
        }
    }

    fn place(&self, field: Field) -> Option<&Place<'m>> {
        self.places.iter().find(|place| place.column.field == field)
    }

    /// What a field's column holds for the row at hand; empty where the map takes it for nothing.
    fn text<'a>(&'a self, field: Field, line: Line<'a>) -> &'a str {
        let text = self.stated(field, line);
        match self.place(field) {
            Some(place) if !place.column.missing.is_empty() => {
                let is_nothing = place.column.missing.contains(&folded(text));
                if is_nothing { "" } else { text }
            }
            _ => text,
        }
    }

    fn stated<'a>(&'a self, field: Field, line: Line<'a>) -> &'a str {
        let Some(place) = self.place(field) else {
            return "";
        };
        match place.partner {
            None => line.cell(place.needed),
            Some(partner) => {
                let key = self.hits[partner].key();
                key.map_or("", |key| self.partners[partner].text(place.needed, key))
            }
        }
    }

    fn column_name(&self, field: Field) -> &'m str {
        self.place(field).map_or("", |place| &place.column.label)
    }

    /// Reads a time. None if there is none.
    fn time(&mut self, field: Field, line: Line<'_>) -> Result<Option<Moment>, Rejection<'m>> {
        let text = self.text(field, line);
        let Some(place) = self.place(field).filter(|_| !text.is_empty()) else {
            return Ok(None);
        };
        let column = place.column;
        let read = moment::read(text, self.map.dates, &column.time_zone, &self.map.time_zone);
        let Some(moment) = read else {
            return Err((Kind::UnreadableDate, &column.label, text.to_owned()));
        };
        if let Some(times) = self.times.iter_mut().find(|times| times.0 == field) {
            times.1 += 1;
            times.2 += u64::from(moment.has_time);
        }
        Ok(Some(moment))
    }

    fn is_after_as_of(&self, moment: Moment) -> bool {
        let as_of = self.map.as_of;
        as_of.is_some_and(|day| moment.days >= f64::from(day) + 1.0)
    }

    /// What the stage of the row means.
    fn means(&self, line: Line<'_>) -> Result<(Step, bool), Rejection<'m>> {
        let text = self.text(Field::Stage, line);
        let folded_text = folded(text);
        let known = self.stages.iter().find(|(name, _)| *name == folded_text);
        match known {
            Some((_, means)) => {
                let names = self.map.outcomes.iter().map(|(name, _)| &name[..]);
                let is_exact = match (&self.map.shape, means) {
                    (Shape::StageChange { stages }, Step::Stage(index)) => {
                        stages[*index as usize] == text
                    }
                    _ => names.into_iter().any(|name| name == text),
                };
                Ok((*means, is_exact))
            }
            None => {
                let column = self.column_name(Field::Stage);
                Err((Kind::UnknownStage, column, text.to_owned()))
            }
        }
    }

    fn take_record(
        &mut self,
        key: &str,
        line: Line<'_>,
        quality: &mut Quality,
    ) -> Result<(), Rejection<'m>> {
        let (end, is_exact) = self.end(line)?;
        let created = self.created(line, end)?;
        let mut span = Span {
            entered: created.days,
            left: f64::INFINITY,
            end,
            repair: None,
            moved: [created.moved, false],
        };
        if end != End::Open {
            self.close(&mut span, line)?;
        }
        if !self.drafts.add(key) {
            return Err((Kind::Duplicate, "", key.to_owned()));
        }
        quality.files[line.file].used += 1;
        if !is_exact {
            self.report(Kind::SpelledOtherwise, Field::Stage, line, quality);
        }
        if end == End::Open && !self.text(Field::Closed, line).is_empty() {
            self.report(Kind::PlannedDate, Field::Closed, line, quality);
        }
        if let Some(kind) = span.repair {
            self.report(kind, Field::Closed, line, quality);
        }
        for (moved, field) in span.moved.into_iter().zip([Field::Created, Field::Closed]) {
            if moved {
                self.report(Kind::TimeZone, field, line, quality);
            }
        }
        self.count_filled(line, span.end);
        let told = self.told(line, span.end, quality);
        self.drafts.set(Draft {
            entered: span.entered,
            left: span.left,
            end: span.end,
            told,
        });
        Ok(())
    }

    /// How the record of a row ends, and whether its stage is spelled as in the map.
    fn end(&self, line: Line<'_>) -> Result<(End, bool), Rejection<'m>> {
        let has_stage = self.place(Field::Stage).is_some();
        match has_stage {
            true => self.means(line).map(|(step, is_exact)| match step {
                Step::End(end) => (end, is_exact),
                Step::Stage(_) => (End::Open, is_exact),
            }),
            false if self.text(Field::Closed, line).is_empty() => Ok((End::Open, true)),
            false => Ok((End::Won, true)),
        }
    }

    /// When the record of a row came.
    fn created(&mut self, line: Line<'_>, end: End) -> Result<Moment, Rejection<'m>> {
        let column = self.column_name(Field::Created);
        let Some(created) = self.time(Field::Created, line)? else {
            let kind = match end {
                End::Open => Kind::OpenWithoutDate,
                _ => Kind::ClosedWithoutCreation,
            };
            return Err((kind, column, String::new()));
        };
        match self.is_after_as_of(created) {
            true => {
                let text = self.text(Field::Created, line).to_owned();
                Err((Kind::AfterAsOf, column, text))
            }
            false => Ok(created),
        }
    }

    /// Closes the record of a row, as far as that was known on the as-of day.
    fn close(&mut self, span: &mut Span, line: Line<'_>) -> Result<(), Rejection<'m>> {
        let Some(closed) = self.time(Field::Closed, line)? else {
            let column = self.column_name(Field::Closed);
            return Err((Kind::ClosedWithoutCloseDate, column, String::new()));
        };
        span.moved[1] = closed.moved;
        span.left = closed.days;
        if self.is_after_as_of(closed) {
            (span.end, span.left) = (End::Open, f64::INFINITY);
            span.repair = Some(Kind::CloseAfterAsOf);
        } else if span.left < span.entered && !closed.has_time && span.left == span.entered.floor()
        {
            span.left = span.entered;
            span.repair = Some(Kind::DateBesideTime);
        } else if span.left < span.entered {
            span.entered = span.left;
            span.repair = Some(Kind::CloseBeforeCreation);
        }
        Ok(())
    }

    /// Reports what a field holds in a row.
    fn report(&self, kind: Kind, field: Field, line: Line<'_>, quality: &mut Quality) {
        let text = self.stated(field, line);
        line.report(quality, kind, self.column_name(field), text);
    }

    fn take_change(
        &mut self,
        key: &str,
        line: Line<'_>,
        quality: &mut Quality,
    ) -> Result<(), Rejection<'m>> {
        let (step, is_exact) = self.means(line)?;
        let column = self.column_name(Field::Entered);
        let Some(entered) = self.time(Field::Entered, line)? else {
            return Err((Kind::ChangeWithoutDate, column, String::new()));
        };
        if self.is_after_as_of(entered) {
            let text = self.text(Field::Entered, line).to_owned();
            return Err((Kind::AfterAsOf, column, text));
        }
        let left = self.time(Field::Left, line)?;
        let left = left.filter(|left| !self.is_after_as_of(*left));
        if !is_exact {
            self.report(Kind::SpelledOtherwise, Field::Stage, line, quality);
        }
        if entered.moved {
            self.report(Kind::TimeZone, Field::Entered, line, quality);
        }
        let end = match step {
            Step::End(end) => end,
            Step::Stage(_) => End::Open,
        };
        let told = self.told(line, end, quality);
        let left = left.map_or(f64::NAN, |left| left.days);
        self.changes.add(key, line, step, entered.days, left, told);
        Ok(())
    }

    /// Counts which columns of the first file are filled.
    fn count_filled(&mut self, line: Line<'_>, end: End) {
        let class = class(end);
        self.classes[class] += 1;
        let Some(filled) = self.filled.get_mut(line.table) else {
            return;
        };
        for (column, filled) in filled.iter_mut().enumerate() {
            filled[class] += u64::from(!line.row.cell(column).is_empty());
        }
    }

    /// What the row tells of channel, segment, owner and value.
    fn told(&mut self, line: Line<'_>, end: End, quality: &mut Quality) -> Told {
        let mut numbers = [NONE; 3];
        let fields = [Field::Channel, Field::Segment, Field::Owner];
        let is_closed = end != End::Open;
        for (number, field) in numbers.iter_mut().zip(fields) {
            let text = self.text(field, line);
            if text.is_empty() && !self.stated(field, line).is_empty() {
                self.report(Kind::SaidMissing, field, line, quality);
            }
            if text.is_empty() {
                continue;
            }
            let text = text.to_owned();
            *number = self.labels.of(field).add(&text).0;
        }
        let [channel, segment, owner] = numbers;
        let is_known = is_closed || self.map.value_known == Known::AtCreation;
        let follows_changes = matches!(self.map.shape, Shape::StageChange { .. });
        let value = match is_known || follows_changes {
            true => self.value(line, is_closed, quality),
            false => None,
        };
        Told {
            channel,
            segment,
            owner,
            value: value.unwrap_or(f64::NAN),
        }
    }

    /// The value of the row at hand, if it can be used.
    fn value(&self, line: Line<'_>, is_closed: bool, quality: &mut Quality) -> Option<f64> {
        let place = self.place(Field::Value)?;
        let column = &place.column.label;
        if place.column.sum {
            let partner = place.partner?;
            let sum = self.partners[partner].sum(self.hits[partner].key()?)?;
            return Some(sum).filter(|sum| *sum > 0.0);
        }
        let text = self.text(Field::Value, line);
        let currency = self.text(Field::Currency, line);
        match read_value(self.map, text, currency) {
            Ok(None) => None,
            Ok(Some(0.0)) => {
                if is_closed {
                    line.report(quality, Kind::ZeroValue, column, text);
                }
                None
            }
            Ok(value) => value,
            Err(kind) => {
                line.report(quality, kind, column, text);
                None
            }
        }
    }

    /// Columns of the first file that tell how a record ends by being filled, and how.
    fn told_by_columns(&self, first: &Source) -> ToldByColumns {
        let mut all: Vec<(String, Filled)> = Vec::new();
        for (opened, filled) in first.tables.iter().zip(&self.filled) {
            for (name, filled) in opened.table.header.iter().zip(filled) {
                match all.iter_mut().find(|(other, _)| other == name) {
                    Some((_, sum)) => sum.iter_mut().zip(filled).for_each(|(s, f)| *s += f),
                    None => all.push((name.clone(), *filled)),
                }
            }
        }
        let told = all.into_iter().filter_map(|(name, filled)| {
            let how = leaks::telling(&filled, &self.classes)?;
            Some((name, how))
        });
        ToldByColumns {
            columns: told.collect(),
            times: self.times,
        }
    }

    fn history(self, quality: &mut Quality) -> History {
        let (map, labels) = (self.map, &self.labels);
        let history = match &map.shape {
            Shape::Record { stage } => self.drafts.history(map, stage, labels),
            Shape::StageChange { stages } => {
                self.changes.history(map, stages.clone(), labels, quality)
            }
        };
        quality.n_records = history.records.len() as u64;
        let is_dated = map.as_of.is_some() || quality.n_records > 0;
        quality.as_of = moment::date(history.about.as_of).filter(|_| is_dated);
        quality.as_of_is_stated = self.map.as_of.is_some();
        history
    }
}

/// From when to when a record lasts, as far as its row tells.
struct Span {
    entered: f64,
    left: f64,
    end: End,
    repair: Option<Kind>,
    /// Whether creation and close were put from another zone into that of the history.
    moved: [bool; 2],
}

/// Kind, column and value of what keeps a row from being used.
type Rejection<'m> = (Kind, &'m str, String);

/// Where a column stands among those that are needed of its file.
fn needed_position(map: &Map, file: usize, column: &str) -> usize {
    let mut needed = source::needed(map, file).into_iter();
    needed.position(|(name, _)| name == column).unwrap_or(0)
}
