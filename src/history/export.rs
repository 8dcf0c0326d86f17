//! A history as a CRM exports it: a CSV of one row a record, or of one row a change of stage.

use std::io::{self, Write};

use jiff::Span;
use jiff::civil::date;

use super::text::cell;
use super::{End, History, NONE, Stay};

/// Writes one row a record: `id,channel,segment,created,closed,stage,value,owner`.
///
/// `stage` is where an open record stands, and how a closed one ended (`won`, `lost`, `no_decision`). What is not
/// known is an empty cell. Times are rounded down to the second.
///
/// # Errors
/// If `to` cannot be written to.
pub fn write_records(history: &History, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "id,channel,segment,created,closed,stage,value,owner")?;
    for (index, record) in history.records.iter().enumerate() {
        let stays = history.stays_of(index);
        let (Some(first), Some(last)) = (stays.first(), stays.last()) else {
            continue;
        };
        let closed = is_closed(last).then(|| moment(last.left));
        let stage = match is_closed(last) {
            true => last.end.name(),
            false => name(&history.stages, last.stage),
        };
        let cells = [
            cell(history.id(index)),
            cell(name(&history.channels, record.channel)),
            cell(name(&history.segments, record.segment)),
            moment(first.entered),
            closed.unwrap_or_default(),
            cell(stage),
            money(record.value),
            cell(name(&history.owners, record.owner)),
        ];
        writeln!(to, "{}", cells.join(","))?;
    }
    Ok(())
}

/// Writes one row a change of stage: `id,stage,entered,value,channel,segment`.
///
/// A record that is closed enters `won`, `lost` or `no_decision`, and only that row has its value. Times are rounded
/// down to the second.
///
/// # Errors
/// If `to` cannot be written to.
pub fn write_changes(history: &History, to: &mut impl Write) -> io::Result<()> {
    writeln!(to, "id,stage,entered,value,channel,segment")?;
    for (index, record) in history.records.iter().enumerate() {
        let id = cell(history.id(index));
        let channel = cell(name(&history.channels, record.channel));
        let segment = cell(name(&history.segments, record.segment));
        for stay in history.stays_of(index) {
            let stage = cell(name(&history.stages, stay.stage));
            let entered = moment(stay.entered);
            writeln!(to, "{id},{stage},{entered},,{channel},{segment}")?;
            if is_closed(stay) {
                let (stage, entered) = (stay.end.name(), moment(stay.left));
                let value = money(record.value);
                writeln!(to, "{id},{stage},{entered},{value},{channel},{segment}")?;
            }
        }
    }
    Ok(())
}

fn is_closed(stay: &Stay) -> bool {
    !matches!(stay.end, End::Open | End::Advanced)
}

/// The name at a place; an empty cell for none.
fn name(names: &[String], place: u32) -> &str {
    match place {
        NONE => "",
        _ => names.get(place as usize).map_or("", String::as_str),
    }
}

fn money(value: f64) -> String {
    match value.is_finite() {
        true => value.to_string(),
        false => String::new(),
    }
}

/// A date and time of the day, such as `2026-01-31T09:30:00`, of a time \[days since 1970-01-01\].
fn moment(days: f64) -> String {
    let midnight = days.floor();
    let second = ((days - midnight) * 86_400.0).min(86_399.0) as i64;
    let span = Span::new().try_days(midnight as i64).unwrap_or_default();
    let moment = date(1970, 1, 1).at(0, 0, 0, 0).saturating_add(span);
    let moment = moment.saturating_add(Span::new().seconds(second));
    moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_and_a_time() {
        assert_eq!(moment(0.0), "1970-01-01T00:00:00");
        assert_eq!(moment(20_454.75), "2026-01-01T18:00:00");
        assert_eq!(moment(-0.5), "1969-12-31T12:00:00");
        assert_eq!(moment(1f64.next_down()), "1970-01-01T23:59:59");
    }
}
