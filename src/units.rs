//! Checked quantities and the days they are counted in.

use serde::Serialize;

/// A half-open span of whole days, `[start_day, end_day)`; day 0 is the scenario's start date.
///
/// Days before day 0 (the warm-up) are negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    /// First day of the window \[days from the start date, may be negative\].
    pub start_day: i32,
    /// First day after the window \[days from the start date, > `start_day`\].
    pub end_day: i32,
}

impl Window {
    /// Number of days in the window.
    pub fn days(self) -> u32 {
        self.end_day.abs_diff(self.start_day)
    }

    /// Whether the whole day `day` lies in the window.
    pub fn contains(self, day: i32) -> bool {
        (self.start_day..self.end_day).contains(&day)
    }

    /// The days that both have; `None` where there are none.
    pub fn within(self, other: Window) -> Option<Window> {
        let both = Window {
            start_day: self.start_day.max(other.start_day),
            end_day: self.end_day.min(other.end_day),
        };
        (both.start_day < both.end_day).then_some(both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_share_the_days_that_both_have() {
        let window = |start_day, end_day| Window { start_day, end_day };
        let year = window(-30, 365);
        assert_eq!(window(-60, 10).within(year), Some(window(-30, 10)));
        assert_eq!(window(360, 400).within(year), Some(window(360, 365)));
        assert_eq!(window(365, 400).within(year), None);
        assert_eq!(window(9, 3).within(year), None);
    }
}
