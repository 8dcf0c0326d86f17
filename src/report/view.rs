//! Numbers ready to show: three significant digits, signs and units as people write them.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use crate::forecast::{Case, Estimate, Unit};
use crate::scenario::{OpenStage, Scenario};
use crate::units::Window;

/// What stands where nothing is defined.
pub(super) const NOTHING: &str = "–";

/// How the numbers of one scenario are written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'a> {
    /// Stands before amounts of money.
    pub currency: &'a str,
}

impl Style<'_> {
    /// A value in its unit: `$1.24M`, `12,680`, `21.5 %`, `38.2 d`.
    pub(super) fn value(&self, unit: Unit, value: f64) -> String {
        let sign = if shown_negative(value) { "-" } else { "" };
        let size = value.abs();
        match unit {
            Unit::Money => format!("{sign}{}{}", self.currency, scaled(size)),
            Unit::Count => format!("{sign}{}", counted(size)),
            Unit::Share => format!("{sign}{} %", digits(100.0 * size)),
            Unit::Days => format!("{sign}{} d", digits(size)),
            Unit::Months => format!("{sign}{} mo", digits(size)),
            Unit::Times => format!("{sign}{}x", digits(size)),
            Unit::MoneyPerDay => format!("{sign}{}{}/d", self.currency, scaled(size)),
        }
    }

    /// A value, or a dash.
    pub(super) fn maybe(&self, unit: Unit, value: Option<f64>) -> String {
        value.map_or(NOTHING.to_owned(), |value| self.value(unit, value))
    }

    /// A difference with its sign; that of two shares is in points.
    pub(super) fn difference(&self, unit: Unit, value: f64) -> String {
        let plus = if shown_negative(-value) { "+" } else { "" };
        let text = match unit {
            Unit::Share => {
                let sign = if shown_negative(value) { "-" } else { "" };
                format!("{sign}{} pt", digits(100.0 * value.abs()))
            }
            _ => self.value(unit, value),
        };
        format!("{plus}{text}")
    }

    /// A difference, or a dash.
    pub(super) fn maybe_difference(&self, unit: Unit, value: Option<f64>) -> String {
        value.map_or(NOTHING.to_owned(), |value| self.difference(unit, value))
    }

    /// A value with its Monte Carlo error: `$1.24M ± $31.2k`.
    pub(super) fn estimate(&self, unit: Unit, estimate: &Estimate) -> String {
        let Some(mean) = estimate.mean else {
            return NOTHING.to_owned();
        };
        with_error(self.value(unit, mean), self.error(unit, estimate))
    }

    /// A difference with its Monte Carlo error.
    pub(super) fn difference_estimate(&self, unit: Unit, estimate: &Estimate) -> String {
        let Some(mean) = estimate.mean else {
            return NOTHING.to_owned();
        };
        with_error(self.difference(unit, mean), self.error(unit, estimate))
    }

    /// The 95 % half-width, without a unit where the value before it has the same.
    fn error(&self, unit: Unit, estimate: &Estimate) -> Option<String> {
        let half = estimate.half_width?;
        Some(match unit {
            Unit::Share => digits(100.0 * half),
            Unit::Days | Unit::Months => digits(half),
            Unit::Money | Unit::Count | Unit::Times | Unit::MoneyPerDay => self.value(unit, half),
        })
    }

    /// `$0.9M to $1.5M`
    pub(super) fn range(&self, unit: Unit, ends: Option<[f64; 2]>) -> String {
        ends.map_or(NOTHING.to_owned(), |[low, high]| {
            format!("{} to {}", self.value(unit, low), self.value(unit, high))
        })
    }

    /// `+$0.9M to +$1.5M`
    pub(super) fn difference_range(&self, unit: Unit, ends: Option<[f64; 2]>) -> String {
        ends.map_or(NOTHING.to_owned(), |[low, high]| {
            let end = |value| self.difference(unit, value);
            format!("{} to {}", end(low), end(high))
        })
    }
}

fn with_error(value: String, error: Option<String>) -> String {
    match error {
        Some(error) => format!("{value} ± {error}"),
        None => value,
    }
}

/// Below this size a number is written as 0: it is rounding, or of no interest.
const TINY: f64 = 5e-7;

/// Whether a minus is due: not for what is written as 0.
fn shown_negative(value: f64) -> bool {
    value <= -TINY
}

/// Three significant digits with `k`, `M`, `B` or `T`.
fn scaled(size: f64) -> String {
    const SCALES: [(f64, &str); 4] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    // From 999.5 on, three digits would read 1000.
    let scale = SCALES.iter().find(|(scale, _)| size >= 0.9995 * scale);
    match scale {
        Some((scale, letter)) => digits(size / scale) + letter,
        None => digits(size),
    }
}

/// Three significant digits; thousands are grouped; what is tiny is written with an exponent.
pub(super) fn digits(size: f64) -> String {
    match size {
        _ if size < TINY => "0".to_owned(),
        _ if size < 0.000_995 => format!("{size:.1e}"),
        _ if size < 0.0995 => format!("{size:.3}"),
        _ if size < 9.995 => format!("{size:.2}"),
        _ if size < 99.95 => format!("{size:.1}"),
        _ => grouped(size),
    }
}

/// `1 window`, `8 windows`
pub(super) fn n_windows(n: usize) -> String {
    match n {
        1 => "1 window".to_owned(),
        n => format!("{n} windows"),
    }
}

/// Counts are whole to the eye from 1,000 on.
pub(super) fn counted(size: f64) -> String {
    if size.fract() == 0.0 || size >= 999.5 {
        grouped(size)
    } else {
        digits(size)
    }
}

/// Rounded to a whole number, `12,680`.
pub(super) fn grouped(size: f64) -> String {
    if size >= 1e15 {
        return format!("{size:.2e}");
    }
    let digits = format!("{size:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A probability in whole percent, never rounded to a certainty that it is not.
pub(super) fn percent(probability: f64) -> String {
    match 100.0 * probability {
        0.0 => "0 %".to_owned(),
        percent if percent < 1.0 => "under 1 %".to_owned(),
        100.0 => "100 %".to_owned(),
        percent if percent > 99.0 => "over 99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// `+14.8 % ± 0.3 points`
pub(super) fn relative(estimate: &Estimate) -> Option<String> {
    let percent = 100.0 * estimate.mean?;
    let sign = if percent > 0.0 { "+" } else { "" };
    let decimals = estimate
        .half_width
        .map_or(1, |half| decimals_for(100.0 * half));
    let error = estimate
        .half_width
        .map(|half| format!(" ± {:.decimals$} points", 100.0 * half));
    Some(format!(
        "{sign}{percent:.decimals$} %{}",
        error.unwrap_or_default()
    ))
}

/// Decimals that show an error with at least one significant digit.
fn decimals_for(error: f64) -> usize {
    match error {
        _ if error <= 0.0 => 1,
        _ if error < 0.0095 => 3,
        _ if error < 0.095 => 2,
        _ => 1,
    }
}

/// The days that a forecast is of, in words that may follow "in": the length of the whole horizon,
/// or the window.
pub(super) fn time(case: &Case) -> String {
    time_of(case.scenario, case.window())
}

/// The days of a window of a scenario, in such words.
pub(super) fn time_of(scenario: &Scenario, window: Window) -> String {
    let Scenario {
        start,
        horizon_days,
        ..
    } = *scenario;
    match is_whole(scenario, window) {
        true => length(start, horizon_days),
        false => window_name(start, window),
    }
}

/// Whether a window is that from day 0 to the horizon.
fn is_whole(scenario: &Scenario, window: Window) -> bool {
    window.start_day == 0 && window.days() == scenario.horizon_days
}

/// The window that a forecast is of, if that is not the whole horizon.
pub(super) fn window_of(case: &Case) -> Option<Window> {
    let window = case.window();
    (!is_whole(case.scenario, window)).then_some(window)
}

/// The time from day 0 to the horizon in words: `18 months`, `365 days`.
fn length(start: Date, horizon_days: u32) -> String {
    match months_to(start, i64::from(horizon_days)) {
        Some(1) => "1 month".to_owned(),
        Some(months) => format!("{months} months"),
        None if horizon_days == 1 => "1 day".to_owned(),
        None => format!("{horizon_days} days"),
    }
}

/// A window as one would ask for it: `months 13-18`, `the 12 months before day 0`, `days 0-90`.
pub(super) fn window_name(start: Date, window: Window) -> String {
    let Window { start_day, end_day } = window;
    let months = [start_day, end_day].map(|day| months_to(start, i64::from(day)));
    match months {
        [Some(-1), Some(0)] => "the month before day 0".to_owned(),
        [Some(first), Some(0)] => format!("the {} months before day 0", -first),
        [Some(first @ 0..), Some(last)] if first + 1 == last => format!("month {last}"),
        [Some(first @ 0..), Some(last)] => format!("months {}-{last}", first + 1),
        _ if start_day < 0 => format!("days {start_day} to {end_day}"),
        _ => format!("days {start_day}-{end_day}"),
    }
}

/// The calendar months from `start` to a day, where it is so many of them away.
fn months_to(start: Date, day: i64) -> Option<i32> {
    (-1200..=1200i32).find(|&months| {
        let end = start.checked_add(months.months());
        let days = end
            .and_then(|end| start.until(end))
            .map(|span| i64::from(span.get_days()));
        days.is_ok_and(|days| days == day)
    })
}

/// The calendar day of a day number; the start where that leaves the calendar.
pub(super) fn date(start: Date, day: i32) -> Date {
    let span = Span::new().try_days(day);
    let date = span.and_then(|span| start.checked_add(span));
    date.unwrap_or(start)
}

/// A period's name: its month where it is one, else its first day.
pub(super) fn period_name(start: Date, window: Window) -> String {
    let first = date(start, window.start_day);
    if first.day() == 1 && date(start, window.end_day) == first.saturating_add(1.month()) {
        return first.strftime("%b %Y").to_string();
    }
    first.to_string()
}

/// The name of a stage in which a record can be open.
pub(super) fn stage_name(scenario: &Scenario, stage: OpenStage) -> &str {
    match stage {
        OpenStage::Nurturing => "nurturing",
        OpenStage::Routing => "routing",
        OpenStage::Queue => "queue",
        OpenStage::SalQueue => "sal_queue",
        OpenStage::Working => "working",
        OpenStage::Recycled => "recycled",
        OpenStage::Closing(index) => {
            let stage = scenario.process.closing.stages.get(index);
            stage.map_or("", |stage| &stage.name)
        }
    }
}

/// The first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let style = Style { currency: "$" };
        let money = |value| style.value(Unit::Money, value);
        assert_eq!(money(0.0), "$0");
        assert_eq!(money(12.0), "$12.0");
        assert_eq!(money(999.6), "$1.00k");
        assert_eq!(money(1_244_000.0), "$1.24M");
        assert_eq!(money(-31_200.0), "-$31.2k");
        assert_eq!(money(316_963_414.0), "$317M");
        assert_eq!(style.value(Unit::Count, 12_678.54), "12,679");
        assert_eq!(style.value(Unit::Count, 15.0), "15");
        assert_eq!(style.value(Unit::Share, 0.215), "21.5 %");
        assert_eq!(style.difference(Unit::Share, -0.0231), "-2.31 pt");
        assert_eq!(style.difference(Unit::Money, 1.5e6), "+$1.50M");
        assert_eq!(
            Style { currency: "EUR " }.value(Unit::Money, -2e3),
            "-EUR 2.00k"
        );
    }

    #[test]
    fn probabilities_are_not_rounded_to_certainty() {
        assert_eq!(percent(0.9999), "over 99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.001), "under 1 %");
        assert_eq!(percent(0.974), "97 %");
    }

    #[test]
    fn a_length_is_in_months_where_it_is_one() {
        assert_eq!(length(date(2026, 1, 1), 365), "12 months");
        assert_eq!(length(date(2026, 1, 1), 546), "18 months");
        assert_eq!(length(date(2026, 1, 1), 100), "100 days");
    }

    #[test]
    fn a_window_is_named_as_one_would_ask_for_it() {
        let start = date(2026, 1, 1);
        let name = |start_day, end_day| window_name(start, Window { start_day, end_day });
        assert_eq!(name(365, 546), "months 13-18");
        assert_eq!(name(0, 31), "month 1");
        assert_eq!(name(-365, 0), "the 12 months before day 0");
        assert_eq!(name(-31, 0), "the month before day 0");
        assert_eq!(name(-62, -31), "days -62 to -31");
        assert_eq!(name(0, 91), "days 0-91");
    }

    #[test]
    fn periods_are_named_by_month_or_first_day() {
        let start = date(2026, 1, 1);
        let window = |start_day, end_day| Window { start_day, end_day };
        assert_eq!(period_name(start, window(31, 59)), "Feb 2026");
        assert_eq!(period_name(start, window(30, 60)), "2026-01-31");
        assert_eq!(period_name(start, window(-31, 0)), "Dec 2025");
    }
}
