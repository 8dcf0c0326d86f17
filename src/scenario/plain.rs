//! Values that are certain: counts, dates, words, lists.

use jiff::civil::Date;

use super::MAX_DAYS;
use super::amount::{days_of, parse_count_of};
use super::fault::Fault;
use super::path::KeyPath;
use super::read::{Reader, Span};
use super::schema::{self, Domain, Unit};
use super::tree::list;
use super::value::{Value, ValueKind};

impl Reader<'_> {
    pub(super) fn count(
        &mut self,
        path: &KeyPath,
        value: &Value,
        low: u64,
        high: u64,
    ) -> Option<u64> {
        let count = match &value.kind {
            ValueKind::Integer(number) => u64::try_from(*number).ok(),
            ValueKind::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some(*number as u64).filter(|_| *number >= 0.0)
            }
            ValueKind::Text(text) => match parse_count_of(text) {
                Some((count, unit)) if unit.is_empty() => Some(count),
                _ => None,
            },
            _ => None,
        };
        match count {
            Some(count) if (low..=high).contains(&count) => Some(count),
            _ => {
                let range = match high {
                    u64::MAX => format!("{low} or more"),
                    _ => format!("from {low} to {high}"),
                };
                let message = format!(
                    "`{path}` is {}, not a whole number {range}",
                    value.to_toml()
                );
                self.faults.push(
                    Fault::new(&value.place, path, message)
                        .label(format!("allowed: whole, {range}")),
                );
                None
            }
        }
    }

    pub(super) fn whole_days(&mut self, path: &KeyPath, value: &Value, low: u32) -> Option<u64> {
        let domain = Domain::new(Unit::Days, f64::from(low), MAX_DAYS);
        let days = self.certain(path, value, domain)?;
        Some(days.round() as u64)
    }

    /// "18 months", "365 days", "month", or a number of days.
    pub(super) fn span(&mut self, path: &KeyPath, value: &Value) -> Option<Span> {
        let text = value.text().map(|text| text.trim().to_lowercase());
        let months = |unit: &str| match unit {
            "month" | "months" => Some(1),
            "quarter" | "quarters" => Some(3),
            "year" | "years" => Some(12),
            _ => None,
        };
        let counted = text
            .as_deref()
            .and_then(|text| match (months(text), days_of(text)) {
                (None, None) => parse_count_of(text),
                _ => Some((1, text.to_string())),
            });
        match counted
            .as_ref()
            .map(|(n, unit)| (*n, months(unit), unit.as_str()))
        {
            Some((n, Some(length), _)) => {
                let n_months = n.saturating_mul(length);
                if !(1..=1200).contains(&n_months) {
                    return self.too_long(path, value);
                }
                return Some(Span::Months(n_months as u32));
            }
            Some((1, None, "day")) => return Some(Span::Days(1)),
            Some((1, None, "week")) => return Some(Span::Days(7)),
            _ => {}
        }
        let domain = Domain::new(Unit::Days, f64::NEG_INFINITY, f64::INFINITY);
        let days = self.certain(path, value, domain)?;
        if days.fract() != 0.0 || !(1.0..=MAX_DAYS).contains(&days) {
            return self.too_long(path, value);
        }
        Some(Span::Days(days as u32))
    }

    pub(super) fn too_long<T>(&mut self, path: &KeyPath, value: &Value) -> Option<T> {
        let message = format!("`{path}` is {}, outside what it may be", value.to_toml());
        let fault = Fault::new(&value.place, path, message);
        let fault = fault.label("allowed: whole days, from 1 day to 100 years");
        self.faults
            .push(fault.help("write a number of days, or a time such as \"18 months\""));
        None
    }

    pub(super) fn date(&mut self, path: &KeyPath, value: &Value) -> Option<Date> {
        let date = read_date(value).filter(|date| (1900..=2900).contains(&date.year()));
        if date.is_none() {
            let why = format!("is {}, which is no date", value.to_toml());
            return self.fail(path, &value.place, &why, "write a date such as 2026-07-01");
        }
        date
    }

    /// Days from the start of an ordinary year.
    pub(super) fn day_of_year(&mut self, path: &KeyPath, value: &Value) -> Option<f64> {
        let date = value
            .text()
            .and_then(|text| format!("2023-{}", text.trim()).parse::<Date>().ok());
        match date {
            Some(date) => Some(f64::from(date.day_of_year() - 1)),
            None => {
                let why = format!("is {}, which is no day of the year", value.to_toml());
                self.fail(
                    path,
                    &value.place,
                    &why,
                    "write month and day, such as \"10-15\"",
                )
            }
        }
    }

    pub(super) fn text(&mut self, path: &KeyPath, value: &Value) -> Option<String> {
        match value.text() {
            Some(text) => Some(text.to_string()),
            None => self.wrong_kind(path, value, "a text in quotes"),
        }
    }

    pub(super) fn title(&mut self, path: &KeyPath, value: &Value) -> Option<String> {
        let text = self.text(path, value)?;
        let why = match text.trim() {
            "" => "is blank",
            line if line.chars().any(char::is_control) => "has a control character",
            _ => return Some(text),
        };
        let help = "write a line of text, or leave it out";
        self.fail(path, &value.place, why, help)
    }

    pub(super) fn flag(&mut self, path: &KeyPath, value: &Value) -> Option<bool> {
        match value.kind {
            ValueKind::Flag(flag) => Some(flag),
            _ => self.wrong_kind(path, value, "true or false"),
        }
    }

    pub(super) fn choice(
        &mut self,
        path: &KeyPath,
        value: &Value,
        words: &[&str],
    ) -> Option<usize> {
        let text = self.text(path, value)?;
        if let Some(chosen) = words.iter().position(|word| *word == text) {
            return Some(chosen);
        }
        let message = format!(
            "`{path}` is {}, which is not one of its words",
            value.to_toml()
        );
        let near = schema::nearest(&text, words.iter().copied());
        let label = near.map_or(String::new(), |near| format!("did you mean \"{near}\"?"));
        let fault = Fault::new(&value.place, path, message).label(label);
        self.faults
            .push(fault.help(format!("its words are {}", list(words.iter().copied()))));
        None
    }

    pub(super) fn values<'v>(&mut self, path: &KeyPath, value: &'v Value) -> Option<&'v [Value]> {
        match value.list() {
            Some(values) => Some(values),
            None => self.wrong_kind(path, value, "a list in [ ]"),
        }
    }

    pub(super) fn matrix(&mut self, path: &KeyPath, value: &Value) -> Option<Vec<Vec<f64>>> {
        let correlation = Domain::new(Unit::Plain, -1.0, 1.0);
        let rows = self.values(path, value)?;
        let mut matrix = Vec::with_capacity(rows.len());
        for row in rows {
            let numbers = self.values(path, row)?;
            let numbers: Vec<_> = numbers
                .iter()
                .map(|n| self.certain(path, n, correlation))
                .collect();
            matrix.push(numbers.into_iter().collect::<Option<Vec<f64>>>()?);
        }
        Some(matrix)
    }
}

/// The date that a value says, as a TOML date or in quotes.
pub(crate) fn read_date(value: &Value) -> Option<Date> {
    match &value.kind {
        ValueKind::Text(text) => text.trim().parse().ok(),
        ValueKind::Date(stamp) if stamp.time.is_none() => {
            let date = stamp.date?;
            let year = i16::try_from(date.year).ok()?;
            Date::new(
                year,
                i8::try_from(date.month).ok()?,
                i8::try_from(date.day).ok()?,
            )
            .ok()
        }
        _ => None,
    }
}
