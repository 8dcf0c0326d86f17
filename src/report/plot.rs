//! Small charts as SVG text for pages: axes that fit their numbers, lines, steps, bands, bars, dots.

use std::fmt::Write;

use jiff::ToSpan;

use super::html::escaped;
use crate::history::calendar::{date_of, day_of};

/// Size of a chart unless it is another, and the room around its frame, in units of the chart.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// Room that a name along the horizontal axis takes.
const NAME: f64 = 62.0;
/// Units of a chart in the height of a letter of the text around it.
pub(super) const LETTER: f64 = 12.5;

/// A chart that is being drawn.
pub(super) struct Plot {
    width: f64,
    height: f64,
    x: Axis,
    y: Axis,
    marks: String,
}

/// An axis: from where to where, and what is written along it.
pub(super) struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
    name: String,
}

impl Axis {
    /// From `low` to at least `high`, with round numbers, written by `write`.
    pub(super) fn new(name: &str, low: f64, high: f64, write: impl Fn(f64) -> String) -> Axis {
        let (low, high) = if low.is_finite() && high.is_finite() && high > low {
            (low, high)
        } else {
            (0.0, 1.0)
        };
        let step = round_step((high - low) / 5.0);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let ticks = (first..=last).map(|n| n as f64 * step);
        Axis {
            low: first as f64 * step,
            high: last as f64 * step,
            ticks: ticks.map(|at| (at, write(at))).collect(),
            name: name.to_owned(),
        }
    }

    /// Of amounts above 0 with equal room for equal ratios; what is drawn are their decimal logarithms.
    pub(super) fn of_logs(name: &str, low: f64, high: f64, write: impl Fn(f64) -> String) -> Axis {
        let (low, high) = (low.max(1e-6).log10(), high.max(1e-6).log10());
        let (low, high) = (low - 0.05, high.max(low + 0.1) + 0.05);
        let factors: &[f64] = if high - low < 2.5 {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let powers = low.floor() as i32..=high.ceil() as i32;
        let ticks = powers.flat_map(|power| factors.iter().map(move |f| f * 10_f64.powi(power)));
        let ticks = ticks.map(|at| (at.log10(), write(at)));
        Axis {
            ticks: ticks.filter(|(at, _)| (low..=high).contains(at)).collect(),
            low,
            high,
            name: name.to_owned(),
        }
    }

    /// Days since 1970-01-01, written as months.
    pub(super) fn of_days(low: f64, high: f64) -> Axis {
        let (first, last) = (date_of(low as i32), date_of(high.ceil() as i32));
        let months = (high - low).max(1.0) / 30.4;
        let every = [1, 2, 3, 6, 12, 24, 60].into_iter();
        let every = every
            .clone()
            .find(|every| months / f64::from(*every) <= 7.0)
            .unwrap_or(120);
        let mut ticks = Vec::new();
        let mut month = first.first_of_month();
        while month <= last && ticks.len() < 100 {
            let is_due = (i32::from(month.year()) * 12 + i32::from(month.month()) - 1) % every == 0;
            if is_due && month >= first {
                let name = month.strftime("%b %Y").to_string();
                ticks.push((f64::from(day_of(month)), name));
            }
            let next = month.saturating_add(1.month());
            if next == month {
                break;
            }
            month = next;
        }
        if ticks.is_empty() {
            ticks.push((low, first.to_string()));
        }
        Axis {
            low,
            high: high.max(low + 1.0),
            ticks,
            name: String::new(),
        }
    }

    /// Names in the middle of `[0, 1)`, `[1, 2)`, …; of many, every fifth.
    pub(super) fn of_names(names: &[String]) -> Axis {
        let every = if names.len() > 12 { 5 } else { 1 };
        let ticks = names.iter().enumerate().step_by(every);
        Axis {
            low: 0.0,
            high: names.len().max(1) as f64,
            ticks: ticks
                .map(|(index, name)| (index as f64 + 0.5, name.clone()))
                .collect(),
            name: String::new(),
        }
    }

    /// Where 0 is the lower and 1 the upper end.
    fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(-0.01, 1.01)
    }
}

/// 1, 2 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10_f64.powi(step.log10().floor().clamp(-12.0, 15.0) as i32);
    let factors = [1.0, 2.0, 5.0, 10.0].into_iter();
    let factor = factors
        .clone()
        .find(|factor| factor * power >= 0.999 * step);
    factor.unwrap_or(10.0) * power
}

impl Plot {
    pub(super) fn new(x: Axis, y: Axis) -> Plot {
        Plot::of_size(WIDTH, HEIGHT, x, y)
    }

    /// In units in which letters are 12 high.
    pub(super) fn of_size(width: f64, height: f64, x: Axis, y: Axis) -> Plot {
        Plot {
            width,
            height,
            x,
            y,
            marks: String::new(),
        }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            LEFT + self.x.place(x) * (self.width - LEFT - RIGHT),
            self.height - BOTTOM - self.y.place(y) * (self.height - TOP - BOTTOM),
        )
    }

    fn path(&self, points: impl IntoIterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        for point in points {
            let (x, y) = self.at(point);
            let _ = write!(path, "{x:.1},{y:.1} ");
        }
        path.trim_end().to_owned()
    }

    pub(super) fn line(&mut self, class: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        let path = self.path(points);
        let _ = write!(
            self.marks,
            "<polyline class=\"{class}\" points=\"{path}\"/>"
        );
    }

    /// A line that is level over each of `pieces`: from, to, value.
    pub(super) fn steps(&mut self, class: &str, pieces: &[(f64, f64, f64)]) {
        let points = pieces
            .iter()
            .flat_map(|&(from, to, y)| [(from, y), (to, y)]);
        self.line(class, points.collect::<Vec<_>>());
    }

    /// The area between two values, level over each of `pieces`: from, to, lower, upper.
    pub(super) fn band(&mut self, class: &str, pieces: &[(f64, f64, f64, f64)]) {
        let upper = pieces
            .iter()
            .flat_map(|&(from, to, _, y)| [(from, y), (to, y)]);
        let lower = pieces.iter().rev();
        let lower = lower.flat_map(|&(from, to, y, _)| [(to, y), (from, y)]);
        let path = self.path(upper.chain(lower).collect::<Vec<_>>());
        let _ = write!(self.marks, "<polygon class=\"{class}\" points=\"{path}\"/>");
    }

    pub(super) fn dots(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        for point in points {
            let (x, y) = self.at(point);
            let _ = write!(
                self.marks,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.2\"/>"
            );
        }
    }

    /// A vertical range at `x`.
    pub(super) fn range(&mut self, x: f64, low: f64, high: f64) {
        let ((x, low), (_, high)) = (self.at((x, low)), self.at((x, high)));
        let _ = write!(
            self.marks,
            "<line class=\"range\" x1=\"{x:.1}\" y1=\"{low:.1}\" x2=\"{x:.1}\" y2=\"{high:.1}\"/>"
        );
    }

    /// A vertical line over the whole height.
    pub(super) fn upright(&mut self, class: &str, x: f64) {
        let (x, _) = self.at((x, 0.0));
        let (top, bottom) = (TOP, self.height - BOTTOM);
        let _ = write!(
            self.marks,
            "<line class=\"{class}\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>"
        );
    }

    /// The room over `[from, to)` that stands for a row of the figure's table.
    pub(super) fn hit(&mut self, from: f64, to: f64, row: usize) {
        let ((left, _), (right, _)) = (self.at((from, 0.0)), self.at((to, 0.0)));
        let (width, height) = (right - left, self.height - TOP - BOTTOM);
        let _ = write!(
            self.marks,
            "<rect class=\"hit\" data-row=\"{row}\" x=\"{left:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\"/>"
        );
    }

    /// A bar from 0 up over `[from, to)`.
    pub(super) fn bar(&mut self, class: &str, from: f64, to: f64, value: f64) {
        let ((left, top), (right, bottom)) = (self.at((from, value)), self.at((to, 0.0)));
        let (width, height) = ((right - left - 1.0).max(0.5), (bottom - top).max(0.0));
        let _ = write!(
            self.marks,
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        );
    }

    /// The chart, with what it shows in words for whoever cannot see it.
    pub(super) fn svg(&self, title: &str) -> String {
        let (width, height) = (self.width, self.height);
        let mut frame = String::new();
        for (y, name) in &self.y.ticks {
            let (_, y) = self.at((self.x.low, *y));
            let (right, text) = (width - RIGHT, LEFT - 6.0);
            let _ = write!(
                frame,
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
                 <text class=\"faint\" x=\"{text}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                y + 4.0,
                escaped(name)
            );
        }
        let mut free = 0.0;
        for (index, (x, name)) in self.x.ticks.iter().enumerate() {
            // Every other name gives way on a narrow screen.
            let odd = if index % 2 == 1 { " odd" } else { "" };
            let (x, _) = self.at((*x, self.y.low));
            let (bottom, text) = (height - BOTTOM, height - BOTTOM + 20.0);
            // A name at an end would leave the chart, or run into what stands beside.
            let (at, anchor, left) = match x {
                x if x > width - 2.5 * RIGHT => (width - 2.0, "end", width - 2.0 - NAME),
                x if x < LEFT + 0.5 * NAME => (x.max(LEFT) - 4.0, "start", x.max(LEFT) - 4.0),
                x => (x, "middle", x - 0.5 * NAME),
            };
            let name = if left < free { "" } else { name };
            if !name.is_empty() {
                free = left + NAME;
            }
            let _ = write!(
                frame,
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{}\"/>\
                 <text class=\"faint{odd}\" x=\"{at:.1}\" y=\"{text}\" text-anchor=\"{anchor}\">{}</text>",
                bottom + 4.0,
                escaped(name)
            );
        }
        let (middle, base) = (0.5 * (LEFT + width - RIGHT), height - 6.0);
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" style=\"max-width:{:.1}rem\" role=\"img\" aria-label=\"{}\">{frame}{}\
             <text class=\"faint\" x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\">{}</text></svg>",
            width / LETTER,
            escaped(title),
            self.marks,
            escaped(&self.x.name)
        )
    }
}

/// A dot with its range beside a mark at `middle`, for a row of a table; all rows share `[0, high]`.
pub(super) fn dot_in_row(low: f64, dot: f64, top: f64, middle: f64, high: f64) -> String {
    let x = |value: f64| 4.0 + 136.0 * (value / high.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    format!(
        "<svg viewBox=\"0 0 144 16\" aria-hidden=\"true\">\
         <line class=\"grid\" x1=\"{m:.1}\" y1=\"0\" x2=\"{m:.1}\" y2=\"16\"/>\
         <line class=\"range\" x1=\"{:.1}\" y1=\"8\" x2=\"{:.1}\" y2=\"8\"/>\
         <circle class=\"dot\" cx=\"{:.1}\" cy=\"8\" r=\"3\"/></svg>",
        x(low),
        x(top),
        x(dot),
        m = x(middle),
    )
}

/// A bar of a part of `high`, for a row of a table.
pub(super) fn bar_in_row(value: f64, high: f64) -> String {
    let width = 140.0 * (value / high.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    format!(
        "<svg viewBox=\"0 0 144 16\" aria-hidden=\"true\">\
         <rect class=\"bar\" x=\"0\" y=\"3\" width=\"{width:.1}\" height=\"10\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_numbers_around_its_values() {
        let axis = Axis::new("", 0.0, 37.0, |value| value.to_string());
        let names: Vec<&str> = axis.ticks.iter().map(|(_, name)| &name[..]).collect();
        assert_eq!(names, ["0", "10", "20", "30", "40"]);
    }

    /// Values that cannot be drawn leave a chart without a NaN in it.
    #[test]
    fn a_chart_of_nothing_is_a_frame() {
        for (low, high) in [(f64::NAN, 1.0), (1.0, 1.0), (0.0, f64::INFINITY)] {
            let axis = || Axis::new("x", low, high, |value| value.to_string());
            let svg = Plot::new(axis(), axis()).svg("nothing");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn days_are_written_as_months() {
        let axis = Axis::of_days(19_000.0, 19_400.0);
        assert!((3..=8).contains(&axis.ticks.len()));
        assert!(axis.ticks.iter().all(|(day, _)| *day >= 19_000.0));
    }
}
