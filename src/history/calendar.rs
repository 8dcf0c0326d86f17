//! The days of a history: which weekday, day of the month and month of the quarter each is.

use jiff::civil::{Date, date};

/// Day 0 of all times of a history.
const EPOCH: Date = date(1970, 1, 1);

/// The date of a day \[days since 1970-01-01\]; days out of all calendars are the nearest in them.
pub fn date_of(day: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().days(day.clamp(-700_000, 2_900_000)))
}

/// The day of a date \[days since 1970-01-01\].
pub fn day_of(date: Date) -> i32 {
    EPOCH.until(date).map_or(0, |span| span.get_days())
}

/// A rhythm that a rate may have: the days of each of its beats are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Monday first.
    Weekday,
    /// First, second, third month of a calendar quarter.
    MonthOfQuarter,
    /// 1 to 31.
    DayOfMonth,
}

impl Rhythm {
    /// In the order in which they are looked for.
    pub const ALL: [Rhythm; 3] = [Rhythm::Weekday, Rhythm::MonthOfQuarter, Rhythm::DayOfMonth];

    /// How many beats it has.
    pub fn n_beats(self) -> usize {
        match self {
            Rhythm::Weekday => 7,
            Rhythm::MonthOfQuarter => 3,
            Rhythm::DayOfMonth => 31,
        }
    }

    /// The beat of a day \[days since 1970-01-01\].
    pub fn beat(self, day: i32) -> usize {
        let date = date_of(day);
        match self {
            Rhythm::Weekday => date.weekday().to_monday_zero_offset() as usize,
            Rhythm::MonthOfQuarter => (date.month() as usize - 1) % 3,
            Rhythm::DayOfMonth => date.day() as usize - 1,
        }
    }

    /// The names of its beats, as scenarios call them.
    pub fn beat_names(self) -> Vec<String> {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match self {
            Rhythm::Weekday => words(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            Rhythm::MonthOfQuarter => words(&["first", "second", "third"]),
            Rhythm::DayOfMonth => (1..=31).map(|day: i32| day.to_string()).collect(),
        }
    }

    /// Its table in a scenario.
    pub fn name(self) -> &'static str {
        match self {
            Rhythm::Weekday => "weekday",
            Rhythm::MonthOfQuarter => "month_of_quarter",
            Rhythm::DayOfMonth => "day_of_month",
        }
    }

    /// Days that a history must span for it to be told from chance and change \[days\]: several turns.
    pub fn needs_days(self) -> usize {
        match self {
            Rhythm::Weekday => 28,
            Rhythm::MonthOfQuarter => 182,
            Rhythm::DayOfMonth => 120,
        }
    }
}
