//! What a reader of a history should know of the export: what tells the future, what looks like bookkeeping.

use super::leaks;
use super::map::{Field, Map};
use super::moment;
use super::quality::{LEAK, Quality};
use super::source::Source;
use super::{History, Known, Record};

/// What the columns of the first file tell by being filled.
pub(super) struct ToldByColumns {
    /// Names and how they tell it.
    pub columns: Vec<(String, String)>,
    /// Times that were read, and those with a time of day, by field.
    pub times: [(Field, u64, u64); 4],
}

/// Warns of what single cells of a column hold.
pub(super) fn warn_of_cells(source: &Source, quality: &mut Quality) {
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
pub(super) fn warn_of(history: &History, map: &Map, told: &ToldByColumns, quality: &mut Quality) {
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
