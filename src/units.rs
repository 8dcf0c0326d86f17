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
}
