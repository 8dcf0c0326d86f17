//! Numbers as people write them: `22%`, `$25k`, `3 days`, `18% to 26%`.

use std::ops::Range;

use super::schema::{Unit, nearest};

/// Mean days of a calendar month.
pub(crate) const DAYS_PER_MONTH: f64 = 365.25 / 12.0;
/// Mean days of a calendar year.
const DAYS_PER_YEAR: f64 = 365.25;

/// Units of time and their length \[days\].
const TIMES: &[(&[&str], f64)] = &[
    (&["minutes", "minute", "min"], 1.0 / 1440.0),
    (&["hours", "hour", "h"], 1.0 / 24.0),
    (&["days", "day", "d"], 1.0),
    (&["weeks", "week"], 7.0),
    (&["months", "month"], DAYS_PER_MONTH),
    (&["quarters", "quarter"], 3.0 * DAYS_PER_MONTH),
    (&["years", "year"], DAYS_PER_YEAR),
];

/// Signs of currencies and their codes.
const CURRENCIES: &[(&str, &str)] = &[("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY")];

/// A number as written: one value, or a range between its 5 and 95 % quantiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Amount {
    One(f64),
    Between(f64, f64),
}

/// Why a text is not the number that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unreadable {
    /// The part of the text at fault \[bytes\].
    pub part: Range<usize>,
    /// A sentence without its full stop.
    pub why: String,
    pub help: Option<String>,
}

/// Reads a number, or a range, of the unit wanted.
pub(crate) fn parse_amount(text: &str, unit: Unit, currency: &str) -> Result<Amount, Unreadable> {
    let reader = AmountReader { unit, currency };
    let Some((low, high)) = split_range(text) else {
        let term = reader.term(text, 0..text.len())?;
        return Ok(Amount::One(reader.value(&term, &term)?));
    };
    let (low, high) = (reader.term(text, low)?, reader.term(text, high)?);
    if low.suffix != high.suffix && (low.suffix.is_none() || high.suffix.is_none()) {
        let bare = if low.suffix.is_none() { &low } else { &high };
        return Err(Unreadable {
            part: bare.part.clone(),
            why: format!(
                "`{}` lacks the k, M or B of the other end",
                &text[bare.part.clone()]
            ),
            help: Some("write both ends the same way, such as \"$20k to $30k\"".into()),
        });
    }
    let low_value = reader.value(&low, &high)?;
    Ok(Amount::Between(low_value, reader.value(&high, &high)?))
}

/// The two ends of "a to b".
fn split_range(text: &str) -> Option<(Range<usize>, Range<usize>)> {
    let to = text.find(" to ")?;
    Some((0..to, to + 4..text.len()))
}

/// One number with what stands before and after it.
#[derive(Debug, Clone)]
struct Term {
    /// Where it stands in the text.
    part: Range<usize>,
    number: f64,
    /// Sign or code of a currency.
    currency: Option<String>,
    /// What k, M or B multiplies by.
    suffix: Option<f64>,
    /// The word after it and where it stands; `%` is one.
    unit: Option<(String, Range<usize>)>,
}

/// Reads the terms of a text for one unit.
struct AmountReader<'a> {
    unit: Unit,
    currency: &'a str,
}

impl AmountReader<'_> {
    fn term(&self, text: &str, part: Range<usize>) -> Result<Term, Unreadable> {
        let part = trimmed(text, part);
        let given = &text[part.clone()];
        let fail = |why: &str, help: Option<String>| Unreadable {
            part: part.clone(),
            why: format!("`{given}` {why}"),
            help,
        };
        let example = || Some(format!("write {}", self.unit.example()));
        let (currency, rest) = take_currency(given);
        let (digits, rest) = take_number(rest);
        if digits.is_empty() {
            return Err(fail(&format!("is not {}", self.unit.words()), example()));
        }
        let Some(number) = parse_digits(digits) else {
            let help =
                "write a point before decimals and commas only between thousands, such as 1,200.5";
            return Err(fail("is not a number", Some(help.into())));
        };
        let (suffix, rest) = match self.unit {
            Unit::Money | Unit::PerDay | Unit::Plain => take_suffix(rest),
            Unit::Share | Unit::Days | Unit::Hours => (None, rest),
        };
        let rest = rest.trim();
        let (currency, rest) = match currency {
            None if is_currency(rest, self.currency) => (Some(rest.to_string()), ""),
            currency => (currency, rest),
        };
        let unit_start = part.end - rest.len();
        if rest.starts_with(['-', '–', '—']) || rest.starts_with("..") {
            let help = "write a range with \"to\", such as \"18% to 26%\"";
            return Err(fail("is not one number", Some(help.into())));
        }
        Ok(Term {
            unit: (!rest.is_empty()).then(|| (rest.to_string(), unit_start..part.end)),
            part,
            number,
            currency,
            suffix,
        })
    }

    /// The value of a term in the unit wanted; where it has no unit, that of the other end holds.
    fn value(&self, term: &Term, other: &Term) -> Result<f64, Unreadable> {
        let number = term.number * term.suffix.unwrap_or(1.0);
        let fail = |part: &Range<usize>, why: String, help: Option<String>| Unreadable {
            part: part.clone(),
            why,
            help,
        };
        if let Some(currency) = &term.currency {
            if self.unit != Unit::Money {
                let wanted = self.unit.words();
                let why = format!("this is an amount of money, where {wanted} is wanted");
                return Err(fail(
                    &term.part,
                    why,
                    Some(format!("write {}", self.unit.example())),
                ));
            }
            if !same_currency(currency, self.currency) {
                let own = self.currency.trim();
                let why = format!("the amount is in {currency}, but the scenario counts in {own}");
                return Err(fail(
                    &term.part,
                    why,
                    Some("set `currency`, or convert the amount".into()),
                ));
            }
        }
        let Some((unit, part)) = term.unit.as_ref().or(other.unit.as_ref()) else {
            return Ok(number);
        };
        match self.unit_value(unit) {
            Some(factor) => Ok(number * factor),
            None => Err(fail(
                part,
                self.wrong_unit(unit),
                Some(self.right_units(unit)),
            )),
        }
    }

    /// What one of the unit written is in the unit wanted.
    fn unit_value(&self, unit: &str) -> Option<f64> {
        match self.unit {
            Unit::Share => (unit == "%").then_some(0.01),
            Unit::Money | Unit::Plain => None,
            Unit::Days => days_of(unit),
            Unit::Hours => Some(days_of(unit)? * 24.0),
            Unit::PerDay => {
                let (percent, unit) = match unit.strip_prefix('%') {
                    Some(unit) => (0.01, unit.trim_start()),
                    None => (1.0, unit),
                };
                let unit = unit.strip_prefix("leads").unwrap_or(unit).trim_start();
                let per = ["per ", "a ", "/"]
                    .iter()
                    .find_map(|per| unit.strip_prefix(per));
                match (unit, per) {
                    ("", _) => Some(percent),
                    (_, Some(time)) => Some(percent / days_of(time.trim())?),
                    _ => None,
                }
            }
        }
    }

    fn wrong_unit(&self, unit: &str) -> String {
        let what = match self.unit {
            Unit::Share => "is no unit of a share; its only unit is %",
            Unit::Money => "is no unit of money",
            Unit::Days | Unit::Hours => "is no unit of time",
            Unit::PerDay => "is no unit of a number per day",
            Unit::Plain => "is a unit, where a number without one is wanted",
        };
        format!("`{unit}` {what}")
    }

    fn right_units(&self, unit: &str) -> String {
        if !matches!(self.unit, Unit::Days | Unit::Hours) {
            return format!("write {}", self.unit.example());
        }
        let words = TIMES.iter().flat_map(|(names, _)| names.iter().copied());
        match nearest(unit, words.filter(|word| word.len() > 1)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "units of time are minutes, hours, days, weeks, months and years".into(),
        }
    }
}

/// Days of one unit of time.
pub(crate) fn days_of(unit: &str) -> Option<f64> {
    let unit = unit.to_lowercase();
    let found = TIMES
        .iter()
        .find(|(names, _)| names.contains(&unit.as_str()));
    found.map(|(_, days)| *days)
}

/// A whole number of one unit, such as "18 months".
pub(crate) fn parse_count_of(text: &str) -> Option<(u64, String)> {
    let (digits, unit) = take_number(text.trim());
    let count = parse_digits(digits).filter(|n| n.fract() == 0.0 && (0.0..1e9).contains(n))?;
    Some((count as u64, unit.trim().to_lowercase()))
}

/// The range without the white space at its ends.
fn trimmed(text: &str, part: Range<usize>) -> Range<usize> {
    let given = &text[part.clone()];
    let start = part.start + given.len() - given.trim_start().len();
    start..(part.end - (given.len() - given.trim_end().len())).max(start)
}

/// A sign or a code of capital letters that stands before a number.
pub(super) fn take_currency(text: &str) -> (Option<String>, &str) {
    if let Some((sign, _)) = CURRENCIES.iter().find(|(sign, _)| text.starts_with(sign)) {
        return (Some(sign.to_string()), text[sign.len()..].trim_start());
    }
    let letters = text.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(0);
    match letters {
        2..=4 => (
            Some(text[..letters].to_string()),
            text[letters..].trim_start(),
        ),
        _ => (None, text),
    }
}

/// Whether a word after a number is a currency.
fn is_currency(word: &str, own: &str) -> bool {
    let known = CURRENCIES
        .iter()
        .any(|(sign, code)| word == *sign || word == *code);
    !word.is_empty() && (known || word == own.trim())
}

fn same_currency(given: &str, own: &str) -> bool {
    let code = |text: &str| {
        let found = CURRENCIES.iter().find(|(sign, _)| *sign == text);
        found.map_or(text.to_string(), |(_, code)| code.to_string())
    };
    code(given) == code(own.trim())
}

/// The digits at the start of a text, with sign, separators and exponent.
pub(super) fn take_number(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let point = bytes.get(end) == Some(&b'.') && digit(end + 1);
    if !(digit(end) || point) {
        return ("", text);
    }
    while digit(end) || (matches!(bytes.get(end), Some(b'.' | b',' | b'_')) && digit(end + 1)) {
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if digit(end + 1 + sign) {
            end += 1 + sign;
            while digit(end) {
                end += 1;
            }
        }
    }
    text.split_at(end)
}

/// The number that the digits say; commas only between thousands.
fn parse_digits(digits: &str) -> Option<f64> {
    let (whole, _) = digits.split_once('.').unwrap_or((digits, ""));
    let mut groups = whole.trim_start_matches(['+', '-']).split(',');
    let first = groups.next()?;
    let mut rest = groups.peekable();
    if rest.peek().is_some() && (first.is_empty() || first.len() > 3) {
        return None;
    }
    if !rest.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    if digits[whole.len()..].contains(',') {
        return None;
    }
    let plain: String = digits.chars().filter(|c| !matches!(c, ',' | '_')).collect();
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// k, M or B right after a number.
fn take_suffix(text: &str) -> (Option<f64>, &str) {
    let factor = match text.chars().next() {
        Some('k' | 'K') => 1e3,
        Some('m' | 'M') => 1e6,
        Some('b' | 'B') => 1e9,
        _ => return (None, text),
    };
    match text[1..].chars().next() {
        Some(next) if next.is_alphabetic() => (None, text),
        _ => (Some(factor), &text[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        let one = |text: &str, unit| match parse_amount(text, unit, "$") {
            Ok(Amount::One(number)) => number,
            other => panic!("{text}: {other:?}"),
        };
        let table = [
            ("22%", Unit::Share, 0.22),
            ("22 %", Unit::Share, 0.22),
            ("0.22", Unit::Share, 0.22),
            (".5", Unit::Share, 0.5),
            ("$25k", Unit::Money, 25e3),
            ("$ 1.2M", Unit::Money, 1.2e6),
            ("USD 1.2M", Unit::Money, 1.2e6),
            ("25k USD", Unit::Money, 25e3),
            ("$2B", Unit::Money, 2e9),
            ("1,200", Unit::Money, 1200.0),
            ("1,234,567.5", Unit::Money, 1_234_567.5),
            ("1_200", Unit::Money, 1200.0),
            ("2e3", Unit::Money, 2000.0),
            ("3 days", Unit::Days, 3.0),
            ("1 day", Unit::Days, 1.0),
            ("4 hours", Unit::Days, 4.0 / 24.0),
            ("45 minutes", Unit::Days, 45.0 / 1440.0),
            ("2 weeks", Unit::Days, 14.0),
            ("18 months", Unit::Days, 18.0 * 30.4375),
            ("45 minutes", Unit::Hours, 0.75),
            ("1 day", Unit::Hours, 24.0),
            ("40 per day", Unit::PerDay, 40.0),
            ("280 leads per week", Unit::PerDay, 40.0),
            ("0.25% per day", Unit::PerDay, 0.0025),
            ("1.2k", Unit::PerDay, 1200.0),
            ("-0.5", Unit::Plain, -0.5),
        ];
        for (text, unit, value) in table {
            let read = one(text, unit);
            assert!(
                (read - value).abs() <= 1e-12 * value.abs(),
                "{text}: {read}"
            );
        }
    }

    #[test]
    fn ranges_share_the_unit_of_their_end() {
        let table = [
            ("18% to 26%", Unit::Share, 0.18, 0.26),
            ("18 to 26%", Unit::Share, 0.18, 0.26),
            ("2 to 4 days", Unit::Days, 2.0, 4.0),
            ("4 hours to 2 days", Unit::Days, 1.0 / 6.0, 2.0),
            ("$20k to $30k", Unit::Money, 20e3, 30e3),
            ("$500k to 1.2M", Unit::Money, 500e3, 1.2e6),
            ("-1 to 0.5", Unit::Plain, -1.0, 0.5),
        ];
        for (text, unit, low, high) in table {
            let read = parse_amount(text, unit, "$");
            let Ok(Amount::Between(a, b)) = read else {
                panic!("{text}: {read:?}");
            };
            assert!((a - low).abs() < 1e-12 && (b - high).abs() < 1e-9, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let table = [
            ("", Unit::Share),
            ("%", Unit::Share),
            ("twenty", Unit::Share),
            ("22%%", Unit::Share),
            ("1,5", Unit::Plain),
            ("1.5,5", Unit::Plain),
            ("12,34", Unit::Money),
            ("1.2.3", Unit::Plain),
            ("inf", Unit::Plain),
            ("1e999", Unit::Plain),
            ("€25k", Unit::Money),
            ("25k days", Unit::Money),
            ("$3", Unit::Days),
            ("30m", Unit::Days),
            ("4 kg", Unit::Days),
            ("3 days", Unit::Share),
            ("20% - 30%", Unit::Share),
            ("20 to 30k", Unit::Money),
            ("1 to 2 to 3", Unit::Plain),
            ("to 3", Unit::Plain),
        ];
        for (text, unit) in table {
            let read = parse_amount(text, unit, "$");
            let unreadable = read.expect_err(text);
            assert!(unreadable.part.end <= text.len(), "{text}");
        }
    }
}
