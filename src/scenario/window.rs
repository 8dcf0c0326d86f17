//! Windows as people say them: `months 13-18`, `days 0-90`, `12 months before day 0`.

use std::fmt;
use std::str::FromStr;

use super::Scenario;
use super::amount::parse_count_of;
use super::build::boundary;
use super::fault::Fault;
use super::read::Span;
use crate::units::Window;

/// A window as people say it; which days it has depends on the date of day 0 ([`Scenario::window`]).
///
/// - `months 13-18`: from the start of the 13th to the end of the 18th calendar month, counted from
///   day 0 as month 1. `month 13` is one alone.
/// - `days 0-90`: half-open, so that day 90 is the first one outside; before day 0, days are
///   negative. `day 0` is one alone.
/// - `12 months before day 0`: up to day 0; days, weeks, quarters and years likewise.
///
/// A range may be written with `to` in place of the dash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// What is counted.
    step: Span,
    /// How many steps after day 0 it starts and ends \[start < end\].
    start: i32,
    end: i32,
}

/// Text that says no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` {why}; write \"months 13-18\" (month 1 begins on day 0), \"days 0-90\" (day 90 is the \
     first one outside) or \"12 months before day 0\""
)]
pub struct InvalidWindow {
    text: String,
    why: &'static str,
}

const MONTH: Span = Span::Months(1);
const DAY: Span = Span::Days(1);

impl FromStr for Stretch {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(&text.trim().to_lowercase()).map_err(|why| InvalidWindow {
            text: text.to_owned(),
            why,
        })
    }
}

/// The stretch that `words` say, or why they say none.
fn read(words: &str) -> Result<Stretch, &'static str> {
    const NO_WINDOW: &str = "is no window";
    if let Some(length) = words.strip_suffix("before day 0") {
        return before(length).ok_or(NO_WINDOW);
    }
    let stretch = match words.strip_prefix("month") {
        Some(months) => {
            let (first, last) = ends(months).ok_or(NO_WINDOW)?;
            let last = last.unwrap_or(first);
            if first < 1 {
                return Err("begins before month 1");
            }
            Stretch {
                step: MONTH,
                start: first - 1,
                end: last,
            }
        }
        None => {
            let days = words.strip_prefix("day").ok_or(NO_WINDOW)?;
            let (start, end) = ends(days).ok_or(NO_WINDOW)?;
            Stretch {
                step: DAY,
                start,
                end: end.unwrap_or(start.saturating_add(1)),
            }
        }
    };
    match stretch.start.cmp(&stretch.end) {
        std::cmp::Ordering::Less => Ok(stretch),
        std::cmp::Ordering::Equal if stretch.step == DAY => Err("has no day in it"),
        _ => Err("ends before it begins"),
    }
}

/// `12 months `, `90 days `
fn before(length: &str) -> Option<Stretch> {
    let (count, unit) = parse_count_of(length)?;
    let (step, each) = match unit.strip_suffix('s').unwrap_or(&unit) {
        "day" => (DAY, 1),
        "week" => (DAY, 7),
        "month" => (MONTH, 1),
        "quarter" => (MONTH, 3),
        "year" => (MONTH, 12),
        _ => return None,
    };
    let steps = i32::try_from(count.checked_mul(each)?).ok()?;
    (steps > 0).then_some(Stretch {
        step,
        start: -steps,
        end: 0,
    })
}

/// The numbers of `s 13-18`, ` 13` or `s -90 to 0`.
fn ends(range: &str) -> Option<(i32, Option<i32>)> {
    let range = range.strip_prefix('s').unwrap_or(range);
    let (start, rest) = number(range.strip_prefix(' ')?)?;
    if rest.is_empty() {
        return Some((start, None));
    }
    let separators = ["-", "–", "to"];
    let end = separators.iter().find_map(|word| rest.strip_prefix(word))?;
    match number(end)? {
        (end, "") => Some((start, Some(end))),
        _ => None,
    }
}

/// The whole number that `text` begins with, and the rest; blanks around both do not matter.
fn number(text: &str) -> Option<(i32, &str)> {
    let text = text.trim_start();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let n_digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(text.len() - digits.len() + n_digits);
    Some((number.parse().ok()?, rest.trim_start()))
}

/// As one would type it.
impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stretch { step, start, end } = *self;
        match step {
            Span::Months(_) if start < 0 => write!(f, "{} months before day 0", -start),
            Span::Months(_) => write!(f, "months {}-{end}", start + 1),
            Span::Days(_) if start < 0 => write!(f, "days {start} to {end}"),
            Span::Days(_) => write!(f, "days {start}-{end}"),
        }
    }
}

impl Scenario {
    /// The days of `stretch`.
    ///
    /// # Errors
    /// If the scenario does not simulate all of them: between the start of its warm-up and its
    /// horizon.
    pub fn window(&self, stretch: Stretch) -> Result<Window, Fault> {
        let day = |steps| boundary(self.start, stretch.step, steps);
        let window = Window {
            start_day: day(stretch.start),
            end_day: day(stretch.end),
        };
        let simulated = Window {
            start_day: -(self.warm_up_days as i32),
            end_day: self.horizon_days as i32,
        };
        match window.within(simulated) {
            Some(within) if within == window => Ok(window),
            _ => Err(self.outside(stretch, window, simulated)),
        }
    }

    fn outside(&self, stretch: Stretch, window: Window, simulated: Window) -> Fault {
        let name = &self.name;
        let Window { start_day, end_day } = simulated;
        let message = format!(
            "{name}: the window \"{stretch}\" is days {} to {}, but only days {start_day} to {end_day} \
             are simulated: from the start of the warm-up to the horizon",
            window.start_day, window.end_day
        );
        let mut help = format!(
            "choose days from {start_day} to {end_day}, such as \"days {start_day} to {end_day}\""
        );
        if window.start_day < start_day {
            let needed = window.start_day.unsigned_abs();
            help += &format!("; or state warm_up = \"{needed} days\"");
        }
        if window.end_day > end_day {
            help += "; or state a longer `horizon`";
        }
        Fault::nowhere(message).help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_may_say_it_in_several_ways() {
        for (text, same) in [
            ("months 13-18", "months 13-18"),
            ("Months 13 to 18", "months 13-18"),
            (" month 1 ", "months 1-1"),
            ("days 0-90", "days 0-90"),
            ("days 0 – 90", "days 0-90"),
            ("day 4", "days 4-5"),
            ("days -90-0", "days -90 to 0"),
            ("days -90--30", "days -90 to -30"),
            ("12 months before day 0", "12 months before day 0"),
            ("1 year before day 0", "12 months before day 0"),
            ("2 quarters before day 0", "6 months before day 0"),
            ("2 weeks before day 0", "days -14 to 0"),
        ] {
            let stretch: Stretch = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(stretch.to_string(), same, "{text}");
            assert_eq!(same.parse(), Ok(stretch), "{text}");
        }
    }

    #[test]
    fn what_is_no_window_is_refused_with_its_reason() {
        for (text, why) in [
            ("", "is no window"),
            ("months", "is no window"),
            ("months13-18", "is no window"),
            ("months 13-", "is no window"),
            ("months 13-18 please", "is no window"),
            ("month 1.5", "is no window"),
            ("mnoths 13-18", "is no window"),
            ("weeks 1-2", "is no window"),
            ("days 99999999999-5", "is no window"),
            ("0 months before day 0", "is no window"),
            ("3 fortnights before day 0", "is no window"),
            ("999999999 years before day 0", "is no window"),
            ("before day 0", "is no window"),
            ("days é-5", "is no window"),
            ("months 0-6", "begins before month 1"),
            ("months -3-6", "begins before month 1"),
            ("months 18-13", "ends before it begins"),
            ("days 90-0", "ends before it begins"),
            ("days 5-5", "has no day in it"),
        ] {
            let error = text.parse::<Stretch>().expect_err(text).to_string();
            assert!(error.starts_with(&format!("`{text}` {why}; ")), "{error}");
            assert!(error.contains("\"months 13-18\""), "{error}");
        }
    }
}
