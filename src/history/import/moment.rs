//! Dates and times as exports write them, as days in one zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

/// In what order the parts of a date stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateOrder {
    /// `2026-03-31`; read in every order, as it cannot be mistaken.
    Ymd,
    /// `31/03/2026`
    Dmy,
    /// `03/31/2026`
    Mdy,
}

impl DateOrder {
    pub const ALL: [DateOrder; 3] = [DateOrder::Ymd, DateOrder::Dmy, DateOrder::Mdy];

    /// As a map calls it.
    pub fn name(self) -> &'static str {
        match self {
            DateOrder::Ymd => "ymd",
            DateOrder::Dmy => "dmy",
            DateOrder::Mdy => "mdy",
        }
    }
}

/// A date or a time that was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// \[days since 1970-01-01 in the zone asked for\]
    pub days: f64,
    /// Whether a time of day was written; a date alone is its midnight.
    pub has_time: bool,
    /// Whether it was put from another zone into the one asked for.
    pub moved: bool,
    /// Whether the text states its zone.
    pub states_zone: bool,
}

/// Years that a funnel can have; others stand for "never", for nothing (the start of 1970), or are slips.
const YEARS: std::ops::RangeInclusive<i16> = 1971..=2199;
const MICROSECONDS_PER_DAY: f64 = 86_400e6;

/// Reads `text` as a date or a time of zone `written` and puts it into `zone`.
///
/// A date without a time is not moved. None if it cannot be read.
pub(super) fn read(
    text: &str,
    order: DateOrder,
    written: &TimeZone,
    zone: &TimeZone,
) -> Option<Moment> {
    let stated = Stated::parse(text.trim(), order)?;
    if !YEARS.contains(&stated.civil.year()) {
        return None;
    }
    let timestamp = match stated.offset {
        _ if !stated.has_time => None,
        Some(offset) => Some(offset.to_timestamp(stated.civil).ok()?),
        None if written == zone => None,
        None => Some(written.to_timestamp(stated.civil).ok()?),
    };
    let civil = timestamp.map_or(stated.civil, |time| zone.to_datetime(time));
    Some(Moment {
        days: days(civil),
        has_time: stated.has_time,
        moved: civil != stated.civil,
        states_zone: stated.offset.is_some(),
    })
}

/// Days since 1970-01-01, to the microsecond.
fn days(civil: DateTime) -> f64 {
    let time = Offset::UTC.to_timestamp(civil);
    time.map_or(f64::NAN, |time| {
        time.as_microsecond() as f64 / MICROSECONDS_PER_DAY
    })
}

/// Microseconds since 1970-01-01 of a number of days.
pub(super) fn microseconds(days: f64) -> i64 {
    (days * MICROSECONDS_PER_DAY).round() as i64
}

/// Days of a number of microseconds since 1970-01-01; undoes [`microseconds`].
pub(super) fn from_microseconds(microseconds: i64) -> f64 {
    microseconds as f64 / MICROSECONDS_PER_DAY
}

/// `days` as text: `2026-03-31`, with its time of day unless it is midnight.
pub(super) fn text(days: f64) -> String {
    let Ok(time) = Timestamp::from_microsecond(microseconds(days)) else {
        return String::new();
    };
    let civil = Offset::UTC.to_datetime(time);
    match civil.time() == jiff::civil::Time::midnight() {
        true => civil.date().to_string(),
        false => civil.to_string(),
    }
}

/// The day on which `days` lies, as a date.
pub(super) fn date(day: i32) -> Option<Date> {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch
        .checked_add(SignedDuration::from_hours(24 * i64::from(day)))
        .ok()
}

/// The day of a date \[days since 1970-01-01\].
pub(super) fn day(date: Date) -> i32 {
    days(date.to_datetime(jiff::civil::Time::midnight())) as i32
}

/// What a text states.
struct Stated {
    civil: DateTime,
    has_time: bool,
    offset: Option<Offset>,
}

impl Stated {
    fn parse(text: &str, order: DateOrder) -> Option<Stated> {
        if let Some(stated) = Self::running(text) {
            return Some(stated);
        }
        let mut reader = Reader { rest: text };
        let date = reader.date(order)?;
        reader.skip(&[' ', 'T', 't', ',', '\u{a0}', '\u{202f}']);
        if reader.rest.is_empty() {
            return Some(Stated {
                civil: date.to_datetime(jiff::civil::Time::midnight()),
                has_time: false,
                offset: None,
            });
        }
        let civil = date.to_datetime(reader.time()?);
        let offset = reader.offset()?;
        Some(Stated {
            civil,
            has_time: true,
            offset,
        })
    }

    /// Digits alone: `20260331`, or seconds or milliseconds since 1970-01-01 UTC.
    fn running(text: &str) -> Option<Stated> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i64 = text.parse().ok()?;
        let time = match text.len() {
            8 => {
                let [year, rest] = [number / 10_000, number % 10_000];
                let date = Date::new(year as i16, (rest / 100) as i8, (rest % 100) as i8);
                return Some(Stated {
                    civil: date.ok()?.to_datetime(jiff::civil::Time::midnight()),
                    has_time: false,
                    offset: None,
                });
            }
            10 => Timestamp::from_second(number).ok()?,
            13 => Timestamp::from_millisecond(number).ok()?,
            _ => return None,
        };
        Some(Stated {
            civil: Offset::UTC.to_datetime(time),
            has_time: true,
            offset: Some(Offset::UTC),
        })
    }
}

/// What is left of a text to read.
struct Reader<'a> {
    rest: &'a str,
}

/// A part of a date.
#[derive(Clone, Copy)]
enum Part {
    /// A number and how many digits it has.
    Number(i16, usize),
    Month(i8),
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

impl<'a> Reader<'a> {
    fn skip(&mut self, signs: &[char]) {
        self.rest = self.rest.trim_start_matches(signs);
    }

    fn take(&mut self, is_part: fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn digits(&mut self) -> Option<(i16, usize)> {
        let digits = self.take(|c| c.is_ascii_digit());
        Some((digits.parse().ok()?, digits.len()))
    }

    fn part(&mut self) -> Option<Part> {
        if self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            let (number, n_digits) = self.digits()?;
            return Some(Part::Number(number, n_digits));
        }
        let word = self.take(char::is_alphabetic).to_lowercase();
        let month = MONTHS.iter().position(|month| word.starts_with(month))?;
        Some(Part::Month(month as i8 + 1))
    }

    fn date(&mut self, order: DateOrder) -> Option<Date> {
        use Part::{Month, Number};
        let mut parts = [Month(0); 3];
        for (index, part) in parts.iter_mut().enumerate() {
            if index > 0 {
                self.skip(&['-', '/', '.', ' ', ',']);
            }
            *part = self.part()?;
        }
        let month = |number: i16| i8::try_from(number).ok();
        let (year, month, day) = match (parts, order) {
            ([Number(year, 4), Number(m, _), Number(day, _)], _) => ((year, 4), month(m)?, day),
            ([Number(year, 4), Month(m), Number(day, _)], _) => ((year, 4), m, day),
            ([Number(day, _), Month(m), Number(year, n)], _) => ((year, n), m, day),
            ([Month(m), Number(day, _), Number(year, n)], _) => ((year, n), m, day),
            ([Number(day, 1 | 2), Number(m, _), Number(year, n)], DateOrder::Dmy) => {
                ((year, n), month(m)?, day)
            }
            ([Number(m, 1 | 2), Number(day, _), Number(year, n)], DateOrder::Mdy) => {
                ((year, n), month(m)?, day)
            }
            _ => return None,
        };
        let year = match year {
            (year, 4) => year,
            (year, 2) if year < 70 => 2000 + year,
            (year, 2) => 1900 + year,
            _ => return None,
        };
        Date::new(year, month, i8::try_from(day).ok()?).ok()
    }

    /// `7:05`, `07:05:09.25`, `7:05 PM`.
    fn time(&mut self) -> Option<jiff::civil::Time> {
        let (hour, _) = self.digits()?;
        self.rest = self.rest.strip_prefix(':')?;
        let (minute, _) = self.digits()?;
        let second = match self.rest.strip_prefix(':') {
            Some(rest) => {
                self.rest = rest;
                self.digits()?.0
            }
            None => 0,
        };
        let nanosecond = match self.rest.strip_prefix(['.', ',']) {
            Some(rest) => {
                self.rest = rest;
                let digits = self.take(|c| c.is_ascii_digit());
                let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
                // A history keeps microseconds.
                nine.parse::<i32>().ok()? / 1_000 * 1_000
            }
            None => 0,
        };
        self.skip(&[' ', '\u{a0}', '\u{202f}']);
        let hour = match self.half_of_day() {
            Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
            Some(_) => return None,
            None => hour,
        };
        let small = |number: i16| i8::try_from(number).ok();
        jiff::civil::Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()
    }

    /// 0 for `AM`, 12 for `PM`.
    fn half_of_day(&mut self) -> Option<i16> {
        for (word, hours) in [("am", 0), ("a.m.", 0), ("pm", 12), ("p.m.", 12)] {
            let head = self.rest.get(..word.len());
            if head.is_some_and(|head| head.eq_ignore_ascii_case(word)) {
                self.rest = self.rest[word.len()..].trim_start();
                return Some(hours);
            }
        }
        None
    }

    /// The end of the text: nothing, `Z`, `UTC` or an offset; None if it is anything else.
    fn offset(&mut self) -> Option<Option<Offset>> {
        let sign = match self.rest {
            "" => return Some(None),
            "Z" | "z" | "UTC" | "GMT" => return Some(Some(Offset::UTC)),
            rest if rest.starts_with('+') => 1,
            rest if rest.starts_with('-') => -1,
            _ => return None,
        };
        self.rest = &self.rest[1..];
        let (hours, minutes) = match self.digits()? {
            (hours, 2) if self.rest.is_empty() => (hours, 0),
            (both, 4) if self.rest.is_empty() => (both / 100, both % 100),
            (hours, 2) => {
                self.rest = self.rest.strip_prefix(':')?;
                (hours, self.digits()?.0)
            }
            _ => return None,
        };
        let seconds = sign * (i32::from(hours) * 3600 + i32::from(minutes) * 60);
        (self.rest.is_empty() && minutes < 60).then_some(())?;
        Offset::from_seconds(seconds).ok().map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_utc(text: &str, order: DateOrder) -> Option<String> {
        let moment = read(text, order, &TimeZone::UTC, &TimeZone::UTC)?;
        Some(super::text(moment.days))
    }

    #[test]
    fn dates_are_read_as_exports_write_them() {
        use DateOrder::{Dmy, Mdy, Ymd};
        let day = "2026-03-04";
        for (text, order) in [
            ("2026-03-04", Ymd),
            ("2026/3/4", Dmy),
            ("20260304", Ymd),
            ("04/03/2026", Dmy),
            ("4.3.26", Dmy),
            ("03/04/2026", Mdy),
            ("Mar 4, 2026", Ymd),
            ("4-March-2026", Ymd),
            ("2026-03-04 00:00:00", Ymd),
            ("2026-03-04T00:00:00Z", Ymd),
            ("3/4/2026, 12:00 AM", Mdy),
            ("1772582400000", Ymd),
            ("1772582400", Ymd),
        ] {
            assert_eq!(in_utc(text, order).as_deref(), Some(day), "{text}");
        }
        let time = in_utc("03/04/2026 7:05:09.25 PM", Mdy);
        assert_eq!(time.as_deref(), Some("2026-03-04T19:05:09.25"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        use DateOrder::{Dmy, Mdy, Ymd};
        for (text, order) in [
            ("", Ymd),
            ("n/a", Ymd),
            ("03/04/2026", Ymd),
            ("2026-02-30", Ymd),
            ("31/04/2026", Dmy),
            ("04/31/2026", Mdy),
            ("9999-12-31", Ymd),
            ("1970-01-01T00:00:00Z", Ymd),
            ("2026-03-04 25:00", Ymd),
            ("2026-03-04 10:00 Mars", Ymd),
            ("2026-03-04 13:00 PM", Ymd),
            ("12", Ymd),
            ("2026-03-04 10:00:00.é", Ymd),
        ] {
            assert_eq!(in_utc(text, order), None, "{text}");
        }
    }

    #[test]
    fn times_are_put_into_the_zone_and_dates_are_not() {
        let sao_paulo = TimeZone::get("America/Sao_Paulo").unwrap();
        let read = |text| read(text, DateOrder::Ymd, &TimeZone::UTC, &sao_paulo).unwrap();
        let night = read("2018-03-27 01:30:00");
        assert_eq!(text(night.days), "2018-03-26T22:30:00");
        assert!(night.moved && night.has_time);
        let stated = read("2018-03-27T01:30:00-03:00");
        assert_eq!(text(stated.days), "2018-03-27T01:30:00");
        assert!(!stated.moved);
        let date = read("2018-03-27");
        assert_eq!(text(date.days), "2018-03-27");
        assert!(!date.has_time);
    }

    #[test]
    fn microseconds_survive() {
        for microseconds_before in [0, 1, 1_772_582_400_000_001, 4_102_444_799_999_999] {
            let days = from_microseconds(microseconds_before);
            assert_eq!(microseconds(days), microseconds_before);
        }
    }
}
