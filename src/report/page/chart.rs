//! Charts of a page: fans over time, histograms, waterfalls, the flow of leads.

use std::fmt::Write;

use super::doc::{Doc, Form};
use super::parts::Series;
use crate::forecast::Unit;
use crate::report::html::escaped;
use crate::report::plot::{Axis, LETTER, Plot};
use crate::report::table::cut;
use crate::report::view::digits;

/// Size of a chart beside another, and of one alone, in units of which a letter has 12.
const HALF: (f64, f64) = (430.0, 230.0);
const WHOLE: (f64, f64) = (560.0, 230.0);

/// A metric over periods, with its bands.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub series: Series,
    /// First and last day of each period \[days since 1970-01-01\].
    pub days: Vec<(f64, f64)>,
    /// `[period]`
    pub mean: Vec<Option<f64>>,
    /// P10 and P90 of all, and by luck alone; empty where not shown. `[period]`
    pub bands: Vec<[Option<(f64, f64)>; 2]>,
}

impl Course {
    /// Every amount that is drawn.
    fn amounts(&self) -> impl Iterator<Item = f64> {
        let bands = self.bands.iter().flatten().flatten();
        let bands = bands.flat_map(|&(low, high)| [low, high]);
        bands.chain(self.mean.iter().copied().flatten())
    }

    fn draw(&self, plot: &mut Plot, with_bands: bool) {
        if with_bands {
            for (kind, class) in [self.series.band(), self.series.core()]
                .into_iter()
                .enumerate()
            {
                for run in runs(self.days.iter().zip(&self.bands), |bands| bands[kind]) {
                    let pieces: Vec<_> = run
                        .iter()
                        .map(|&((from, to), (low, high))| (from, to, low, high))
                        .collect();
                    plot.band(class, &pieces);
                }
            }
        }
        for run in runs(self.days.iter().zip(&self.mean), |mean| *mean) {
            let pieces: Vec<_> = run
                .iter()
                .map(|&((from, to), mean)| (from, to, mean))
                .collect();
            plot.steps(self.series.line(), &pieces);
        }
    }
}

/// A period's days and what is there of it.
type Piece<T> = ((f64, f64), T);

/// Stretches without a gap.
fn runs<'a, T: 'a, V>(
    periods: impl Iterator<Item = (&'a (f64, f64), &'a T)>,
    of: impl Fn(&T) -> Option<V>,
) -> Vec<Vec<Piece<V>>> {
    let mut runs = vec![Vec::new()];
    for (days, value) in periods {
        match (of(value), runs.last_mut()) {
            (Some(value), Some(run)) => run.push((*days, value)),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// One chart per course on one scale, the first course drawn into the others as a line too.
pub(super) fn fans(courses: &[Course], name: &str, write: impl Fn(f64) -> String) -> Vec<String> {
    let size = if courses.len() > 1 { HALF } else { WHOLE };
    let (low, high) = ends(courses);
    let charts = courses.iter().enumerate().map(|(index, course)| {
        let mut plot = over_time(size, course, low, high, &write);
        course.draw(&mut plot, true);
        if let (Some(first), 1..) = (courses.first(), index) {
            first.draw(&mut plot, false);
        }
        hits(&mut plot, course);
        plot.svg(name)
    });
    charts.collect()
}

/// All courses in one chart.
pub(super) fn lines(courses: &[Course], name: &str, write: impl Fn(f64) -> String) -> String {
    let (low, high) = ends(courses);
    let Some(first) = courses.first() else {
        return String::new();
    };
    let mut plot = over_time(HALF, first, low, high, &write);
    for course in courses {
        course.draw(&mut plot, true);
    }
    hits(&mut plot, first);
    plot.svg(name)
}

fn ends(courses: &[Course]) -> (f64, f64) {
    let amounts = || courses.iter().flat_map(Course::amounts);
    (amounts().fold(0.0, f64::min), amounts().fold(0.0, f64::max))
}

fn over_time(
    (width, height): (f64, f64),
    course: &Course,
    low: f64,
    high: f64,
    write: &impl Fn(f64) -> String,
) -> Plot {
    let first = course.days.first().map_or(0.0, |days| days.0);
    let last = course.days.last().map_or(1.0, |days| days.1);
    let high = if high > low { high } else { low + 1.0 };
    let mut plot = Plot::of_size(
        width,
        height,
        Axis::of_days(first, last),
        Axis::new("", low, high, write),
    );
    if low < 0.0 {
        plot.line("axis", [(first, 0.0), (last, 0.0)]);
    }
    plot
}

fn hits(plot: &mut Plot, course: &Course) {
    for (row, (from, to)) in course.days.iter().enumerate() {
        plot.hit(*from, *to, row);
    }
}

/// Shares of futures by amount of money, losses apart from gains.
pub(super) fn histogram(
    bins: &[(f64, f64, f64)],
    name: &str,
    write: impl Fn(f64) -> String,
) -> String {
    let low = bins.first().map_or(0.0, |bin| bin.0).min(0.0);
    let high = bins.last().map_or(1.0, |bin| bin.1).max(0.0);
    let most = bins.iter().map(|bin| bin.2).fold(0.0, f64::max);
    let x = Axis::new("", low, high, write);
    let y = Axis::new("", 0.0, most, |share| {
        short(format!("{} %", digits(100.0 * share)))
    });
    let mut plot = Plot::of_size(WHOLE.0, WHOLE.1, x, y);
    for (row, &(from, to, share)) in bins.iter().enumerate() {
        let class = if to <= 0.5 * (to - from) {
            "loss"
        } else {
            "bar"
        };
        plot.bar(class, from, to, share);
        plot.hit(from, to, row);
    }
    plot.upright("axis", 0.0);
    plot.svg(name)
}

/// `$2M` for `$2.00M`.
pub(super) fn short(text: String) -> String {
    let Some(point) = text.find('.') else {
        return text;
    };
    let is_digit = |letter: char| letter.is_ascii_digit();
    let end = text[point + 1..].find(|letter| !is_digit(letter));
    let end = end.map_or(text.len(), |end| point + 1 + end);
    let digits = text[..end].trim_end_matches('0').trim_end_matches('.');
    digits.to_owned() + &text[end..]
}

/// A step of a waterfall.
pub(super) struct Step<'a> {
    pub name: &'a str,
    /// Where the amount stands in the JSON.
    pub key: String,
}

/// From one amount to another in steps, as rows: ends are marks, since the scale does not begin at 0.
pub(super) fn waterfall(doc: &Doc, ends: [Step; 2], steps: &[Step], name: &str) -> String {
    const WIDTH: f64 = 560.0;
    const ROW: f64 = 24.0;
    const LEFT: f64 = 170.0;
    const RIGHT: f64 = 90.0;
    let value = |step: &Step| doc.value(&step.key).unwrap_or(0.0);
    let mut at = value(&ends[0]);
    let mut bars = Vec::new();
    for step in steps {
        bars.push((at, at + value(step)));
        at += value(step);
    }
    let all = || {
        bars.iter()
            .flat_map(|bar| [bar.0, bar.1])
            .chain([value(&ends[0]), value(&ends[1])])
    };
    let (low, high) = (
        all().fold(f64::INFINITY, f64::min),
        all().fold(f64::NEG_INFINITY, f64::max),
    );
    let room = (high - low).max(f64::MIN_POSITIVE);
    let x = |amount: f64| LEFT + (WIDTH - LEFT - RIGHT) * (amount - low) / room;
    let height = ROW * (steps.len() + 2) as f64;
    let mut marks = String::new();
    let mut row = |index: usize, step: &Step, form: Form, mark: String| {
        let base = ROW * (index as f64 + 0.65);
        let (label, right) = (escaped(&cut(step.name, 22, "…")), WIDTH - 2.0);
        let (key, amount) = (escaped(&step.key), value(step));
        let written = escaped(&doc.written(form, &step.key));
        let _ = write!(
            marks,
            "{mark}<text x=\"0\" y=\"{base:.1}\">{label}</text>\
             <text x=\"{right}\" y=\"{base:.1}\" text-anchor=\"end\" data-key=\"{key}\" data-value=\"{amount}\">{written}</text>"
        );
    };
    let tick = |index: usize, amount: f64| {
        let (x, top) = (x(amount), ROW * index as f64);
        let (from, to) = (top + 3.0, top + ROW - 3.0);
        format!(
            "<line class=\"line\" x1=\"{x:.1}\" y1=\"{from:.1}\" x2=\"{x:.1}\" y2=\"{to:.1}\"/>"
        )
    };
    let money = Form::Value(Unit::Money);
    row(0, &ends[0], money, tick(0, value(&ends[0])));
    for (index, (step, &(from, to))) in steps.iter().zip(&bars).enumerate() {
        let index = index + 1;
        let class = if to >= from { "bar" } else { "loss" };
        let (left, width) = (
            x(from.min(to)),
            (x(from.max(to)) - x(from.min(to))).max(1.0),
        );
        let (top, end) = (ROW * index as f64 + 5.0, x(to));
        let (base, below) = (top + ROW - 10.0, top + ROW);
        let mark = format!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\"/>\
             <line class=\"axis\" x1=\"{end:.1}\" y1=\"{base:.1}\" x2=\"{end:.1}\" y2=\"{below:.1}\"/>",
            ROW - 10.0
        );
        row(index, step, Form::Difference(Unit::Money), mark);
    }
    let last = steps.len() + 1;
    row(last, &ends[1], money, tick(last, value(&ends[1])));
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" style=\"max-width:{:.1}rem\" role=\"img\" aria-label=\"{}\">{marks}</svg>",
        WIDTH / LETTER,
        escaped(name)
    )
}

/// A part of the funnel in a flow of leads: what goes on, and what leaves or stays, with keys of the JSON.
pub(super) struct Part<'a> {
    pub name: &'a str,
    pub entered: String,
    pub passed: String,
    /// Names and keys, and whether the leads are still open.
    pub out: Vec<(&'a str, String, bool)>,
}

/// Leads from left to right; what leaks out or is open at the horizon branches off downwards.
pub(super) fn flow(doc: &Doc, parts: &[Part], last: &str, name: &str) -> String {
    const WIDTH: f64 = 760.0;
    const STEP: f64 = 215.0;
    const BAR: f64 = 10.0;
    const TALL: f64 = 190.0;
    const TOP: f64 = 40.0;
    const LINE: f64 = 16.0;
    let value = |key: &str| doc.value(key).unwrap_or(0.0).max(0.0);
    let all = parts
        .first()
        .map_or(1.0, |part| value(&part.entered))
        .max(f64::MIN_POSITIVE);
    let tall = |key: &str| TALL * value(key) / all;
    // Branches of a part lie below all that lies to its right.
    let mut bottom = TOP;
    let mut lanes = vec![0.0; parts.len()];
    for (index, part) in parts.iter().enumerate().rev() {
        lanes[index] = bottom.max(TOP + tall(&part.passed)) + 10.0;
        let heights = part.out.iter().map(|(_, key, _)| tall(key).max(LINE) + 4.0);
        bottom = lanes[index] + heights.sum::<f64>();
    }
    let mut marks = String::new();
    let ribbon = |class: &str, x: f64, [a, b]: [f64; 2], to: f64, [c, d]: [f64; 2]| {
        let middle = 0.5 * (x + to);
        format!(
            "<path class=\"{class}\" d=\"M{x:.1},{a:.1} C{middle:.1},{a:.1} {middle:.1},{c:.1} {to:.1},{c:.1} \
             L{to:.1},{d:.1} C{middle:.1},{d:.1} {middle:.1},{b:.1} {x:.1},{b:.1} Z\"/>"
        )
    };
    let label = |x: f64, y: f64, name: &str, key: &str| {
        format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\">{} <tspan class=\"strong\" data-key=\"{}\" data-value=\"{}\">{}</tspan></text>",
            escaped(&cut(&name.replace('_', " "), 22, "…")),
            escaped(key),
            doc.value(key).unwrap_or(0.0),
            escaped(&doc.written(Form::Value(Unit::Count), key))
        )
    };
    for (index, part) in parts.iter().enumerate() {
        let x = STEP * index as f64;
        let high = tall(&part.entered).max(1.0);
        let passed = tall(&part.passed);
        let _ = write!(
            marks,
            "{}<rect class=\"end\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{BAR}\" height=\"{high:.1}\"/>",
            ribbon(
                "second-core",
                x + BAR,
                [TOP, TOP + passed],
                x + STEP,
                [TOP, TOP + passed]
            ),
        );
        marks += &label(x, TOP - 10.0, part.name, &part.entered);
        let (mut from, mut lane) = (TOP + passed, lanes[index]);
        for (name, key, open) in &part.out {
            let high = tall(key);
            let class = if *open { "second-band" } else { "loss" };
            let (to, room) = (x + 0.5 * STEP, high.max(LINE));
            let centre = lane + 0.5 * (room - high);
            marks += &ribbon(
                class,
                x + BAR,
                [from, from + high],
                to,
                [centre, centre + high],
            );
            marks += &label(to + 5.0, lane + 0.5 * room + 4.0, name, key);
            from += high;
            lane += room + 4.0;
        }
    }
    if let Some(part) = parts.last() {
        let (x, high) = (STEP * parts.len() as f64, tall(&part.passed).max(1.0));
        let _ = write!(
            marks,
            "<rect class=\"end\" x=\"{x:.1}\" y=\"{TOP}\" width=\"{BAR}\" height=\"{high:.1}\"/>"
        );
        marks += &label(x, TOP - 10.0, last, &part.passed);
    }
    format!(
        "<svg class=\"flow\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}\">{marks}</svg>",
        bottom + 4.0,
        escaped(name)
    )
}

/// Bars of two amounts, one above the other, for a row of a table.
pub(super) fn pair_in_row(amounts: [Option<f64>; 2], most: f64) -> String {
    let bar = |(index, amount): (usize, &Option<f64>)| {
        let share = amount.unwrap_or(0.0) / most.max(f64::MIN_POSITIVE);
        let width = (140.0 * share.clamp(0.0, 1.0)).max(if share > 0.0 { 1.0 } else { 0.0 });
        let (class, top) = [("loss", 1), ("bar", 9)][index];
        format!("<rect class=\"{class}\" x=\"0\" y=\"{top}\" width=\"{width:.1}\" height=\"6\"/>")
    };
    let bars: String = amounts.iter().enumerate().map(bar).collect();
    format!("<svg viewBox=\"0 0 144 16\" aria-hidden=\"true\">{bars}</svg>")
}
