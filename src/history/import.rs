//! From an export and its map to a history: rows become records, and what is wrong with them is told.

use super::changes::{Changes, Step};
use super::drafts::{Draft, Drafts, Labels, Told};
use super::leaks::{self, Filled, class};
use super::map::{Column, Field, Map, Shape};
use super::moment::{self, Moment};
use super::names::folded;
use super::partner::{Hit, Partner, read_value};
use super::quality::{Kind, LEAK, Quality};
use super::source::{self, Line, Source};
use super::table::Input;
use super::{End, History, Known, NONE, Record};
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
        self.place(field).map_or("", |place| &place.column.column)
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
            return Err((Kind::UnreadableDate, &column.column, text.to_owned()));
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
        let has_stage = self.place(Field::Stage).is_some();
        let closed_text = self.text(Field::Closed, line);
        let (mut end, is_exact) = match has_stage {
            true => match self.means(line)? {
                (Step::End(end), is_exact) => (end, is_exact),
                (Step::Stage(_), is_exact) => (End::Open, is_exact),
            },
            false if closed_text.is_empty() => (End::Open, true),
            false => (End::Won, true),
        };
        let is_planned = end == End::Open && !closed_text.is_empty();
        let created_column = self.column_name(Field::Created);
        let Some(created) = self.time(Field::Created, line)? else {
            let kind = match end {
                End::Open => Kind::OpenWithoutDate,
                _ => Kind::ClosedWithoutCreation,
            };
            return Err((kind, created_column, String::new()));
        };
        if self.is_after_as_of(created) {
            let text = self.text(Field::Created, line).to_owned();
            return Err((Kind::AfterAsOf, created_column, text));
        }
        let closed_column = self.column_name(Field::Closed);
        let (mut entered, mut left) = (created.days, f64::INFINITY);
        let mut repair = None;
        let mut closed_moved = false;
        if end != End::Open {
            let Some(closed) = self.time(Field::Closed, line)? else {
                return Err((Kind::ClosedWithoutCloseDate, closed_column, String::new()));
            };
            closed_moved = closed.moved;
            left = closed.days;
            if self.is_after_as_of(closed) {
                (end, left) = (End::Open, f64::INFINITY);
                repair = Some(Kind::CloseAfterAsOf);
            } else if left < entered && !closed.has_time && left == entered.floor() {
                left = entered;
                repair = Some(Kind::DateBesideTime);
            } else if left < entered {
                entered = left;
                repair = Some(Kind::CloseBeforeCreation);
            }
        }
        if !self.drafts.add(key) {
            return Err((Kind::Duplicate, "", key.to_owned()));
        }
        quality.files[line.file].used += 1;
        if !is_exact {
            let text = self.text(Field::Stage, line);
            let column = self.column_name(Field::Stage);
            line.report(quality, Kind::SpelledOtherwise, column, text);
        }
        let closed_text = self.text(Field::Closed, line);
        if is_planned {
            line.report(quality, Kind::PlannedDate, closed_column, closed_text);
        }
        if let Some(kind) = repair {
            line.report(quality, kind, closed_column, closed_text);
        }
        if created.moved {
            let text = self.text(Field::Created, line);
            line.report(quality, Kind::TimeZone, created_column, text);
        }
        if closed_moved {
            line.report(quality, Kind::TimeZone, closed_column, closed_text);
        }
        self.count_filled(line, end);
        let told = self.told(line, end, quality);
        self.drafts.set(Draft {
            entered,
            left,
            end,
            told,
        });
        Ok(())
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
            let text = self.text(Field::Stage, line);
            let column = self.column_name(Field::Stage);
            line.report(quality, Kind::SpelledOtherwise, column, text);
        }
        if entered.moved {
            let text = self.text(Field::Entered, line);
            line.report(quality, Kind::TimeZone, column, text);
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
            let stated = self.stated(field, line);
            let text = self.text(field, line);
            if text.is_empty() && !stated.is_empty() {
                let column = self.column_name(field);
                line.report(quality, Kind::SaidMissing, column, stated);
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
        let column = &place.column.column;
        if place.column.sum {
            let partner = place.partner?;
            let sum = self.partners[partner].sum(self.hits[partner].key()?)?;
            return Some(sum).filter(|sum| *sum > 0.0);
        }
        let text = self.text(Field::Value, line);
        let currency = self.text(Field::Currency, line);
        match read_value(self.map, text, currency, "") {
            Ok(None) => None,
            Ok(Some(0.0)) => {
                if is_closed {
                    line.report(quality, Kind::ZeroValue, column, text);
                }
                None
            }
            Ok(value) => value,
            Err((kind, _)) => {
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

/// Kind, column and value of what keeps a row from being used.
type Rejection<'m> = (Kind, &'m str, String);

/// What the columns of the first file tell by being filled.
struct ToldByColumns {
    /// Names and how they tell it.
    columns: Vec<(String, String)>,
    /// Times that were read, and those with a time of day, by field.
    times: [(Field, u64, u64); 4],
}

/// Where a column stands among those that are needed of its file.
fn needed_position(map: &Map, file: usize, column: &str) -> usize {
    let mut needed = source::needed(map, file).into_iter();
    needed.position(|(name, _)| name == column).unwrap_or(0)
}

/// Warns of what single cells of a column hold.
fn warn_of_cells(source: &Source, quality: &mut Quality) {
    for opened in &source.tables {
        let file = quality.files[opened.file].name.clone();
        for (name, profile) in opened.table.header.iter().zip(&opened.profiles) {
            if let Some((example, count)) = profile.two_in_one() {
                let message = format!(
                    "{file}: `{name}` holds two values in one cell in {count} rows, such as \"{example}\"; they are \
                     taken for names of their own"
                );
                quality.warn("two_values_in_a_cell", message);
            }
            if let Some((word, count, n_empty)) = profile.nothing_beside_empty() {
                let message = format!(
                    "{file}: `{name}` says \"{word}\" in {count} rows and is empty in {n_empty}; `missing = \
                     [\"{word}\"]` makes them one"
                );
                quality.warn("unknown_beside_empty", message);
            }
        }
    }
}

/// Warns of what the history or its columns tell of the future, and of what looks like bookkeeping.
fn warn_of(history: &History, map: &Map, told: &ToldByColumns, quality: &mut Quality) {
    warn_of_leaks(history, map, told, quality);
    for (day, end, count) in leaks::mass_closings(history) {
        let (date, end) = (day_text(day), end.name());
        let message = format!(
            "{count} records were closed as {end} on {date}, many times as many as on other days: was the list cleared?"
        );
        quality.warn("mass_closing", message);
    }
    let (closed, zero) = leaks::zero_day_cycles(history);
    if zero > 0 {
        let message = format!(
            "{zero} of {closed} closed records end on the day on which they begin: were they entered when they closed?"
        );
        quality.warn("zero_day_cycle", message);
    }
    if let Some([first, close]) = leaks::late_entry(history) {
        let [first, close] = [first, close].map(day_text);
        let message = format!(
            "records begin on {first}, but none is closed before {close}: earlier closes are missing from the export, \
             so that durations are known only for those that lasted (late entry)"
        );
        quality.warn("late_entry", message);
    }
    if let Some((old, open, longest)) = leaks::older_than_any_close(history) {
        let message = format!(
            "{old} of {open} open records are older than any record was at its close, {longest:.0} days: they may be \
             dead and never closed"
        );
        quality.warn("old_open_records", message);
    }
    if !quality.as_of_is_stated
        && let Some([before, last]) = leaks::last_day_apart(history)
    {
        let [before, last] = [before, last].map(day_text);
        let message = format!(
            "the last day with a date, {last}, stands alone: the one before it is {before}; state `as_of` if it is a slip"
        );
        quality.warn("last_day_apart", message);
    }
    warn_of_times(told, quality);
}

fn day_text(day: i32) -> String {
    moment::text(f64::from(day))
}

fn warn_of_leaks(history: &History, map: &Map, told: &ToldByColumns, quality: &mut Quality) {
    type Name = fn(&Record) -> u32;
    let names: [(Field, Name); 3] = [
        (Field::Channel, |record| record.channel),
        (Field::Segment, |record| record.segment),
        (Field::Owner, |record| record.owner),
    ];
    for (field, name) in names {
        let knows = field != Field::Owner || map.owner_known == Known::AtCreation;
        let Some(column) = map.column(field).filter(|_| knows) else {
            continue;
        };
        let (filled, all) = leaks::known(history, name);
        if let Some(how) = leaks::telling(&filled, &all) {
            let of = format!("{}.{}", map.files[column.file].name, column.column);
            let field = field.name();
            let message = format!(
                "`{field}` tells how a record ends: {of} is {how}; do not use it as {field}, as a forecast cannot know it"
            );
            quality.warn(LEAK, message);
        }
    }
    let is_usual = |column: &str| {
        let fields = [Field::Closed, Field::Value, Field::Owner];
        let mut mapped = fields.iter().filter_map(|field| map.column(*field));
        mapped.any(|of| of.file == map.first && of.column == column)
    };
    for (column, how) in told.columns.iter().filter(|(column, _)| !is_usual(column)) {
        let message = format!("`{column}` is {how}: it is known only after the outcome");
        quality.warn("known_after_outcome", message);
    }
}

/// Warns where dates stand beside times.
fn warn_of_times(told: &ToldByColumns, quality: &mut Quality) {
    let read = told.times.iter().filter(|(_, n, _)| *n > 0);
    let exact = read.clone().any(|(_, _, with_time)| *with_time > 0);
    let rough: Vec<&str> = read
        .filter(|(_, n, with_time)| with_time < n)
        .map(|(field, _, _)| field.name())
        .collect();
    if exact && !rough.is_empty() {
        let message = format!(
            "dates stand beside times: {} holds dates without a time, taken for midnight; durations are exact to a day",
            rough.join(" and ")
        );
        quality.warn("dates_beside_times", message);
    }
}
