//! The report of `sweep` on a terminal: what each value brings, and where the next one stops paying.

use anstyle::Style;

use super::Swept;
use super::paper::{FAINT, PLAIN, Paper, STRONG};
use super::table::{Table, shown};
use super::terminal::NAMED_WIDTH;
use super::view;
use crate::decide::{Answer, Marginal, Point, Stop};
use crate::forecast::Metric;
use crate::scenario::Axis;

/// Widest value of a key in a table.
const VALUE_WIDTH: usize = 18;
/// Most points that a sentence names.
const MAX_NAMED: usize = 5;
/// A metric has done most of its way where it is this share of it from its end.
const REST_OF_WAY: f64 = 0.05;

/// The report of `sweep`.
pub fn sweep(swept: &Swept, paper: Paper) -> String {
    let page = Page::new(swept, paper);
    let mut text = paper.strong(&page.headline());
    text += &page.told();
    for metric in 0..swept.sweep.metrics.len() {
        text += "\n";
        text += &match swept.grid.axes() {
            [axis] => page.table(axis, metric),
            axes => page.matrix(axes, metric),
        };
    }
    text + &page.legend()
}

struct Page<'a> {
    swept: &'a Swept<'a>,
    style: view::Style<'a>,
    paper: Paper,
}

impl<'a> Page<'a> {
    fn new(swept: &'a Swept<'a>, paper: Paper) -> Self {
        Page {
            swept,
            style: view::Style {
                currency: &swept.scenario.currency,
            },
            paper,
        }
    }

    fn points(&self) -> &'a [Point] {
        &self.swept.sweep.points
    }

    /// The margin, the last of the metrics.
    fn net(&self) -> &'static Metric {
        let metrics = &self.swept.sweep.metrics;
        metrics[metrics.len() - 1]
    }

    fn headline(&self) -> String {
        let Swept {
            scenario,
            grid,
            sweep,
            ..
        } = self.swept;
        let best = &self.points()[sweep.best];
        let time = view::time_of(scenario, sweep.window);
        let unit = self.net().unit;
        let worth = self.style.estimate(unit, &best.net().estimate);
        let place = self.named(sweep.best);
        let more = self
            .style
            .difference_estimate(unit, &best.net().above_baseline);
        let baseline = self.named(grid.baseline());
        let against = match (sweep.best == grid.baseline(), grid.baseline_stands()) {
            (true, true) => ", which is how it stands".to_owned(),
            (true, false) => String::new(),
            (false, true) => format!(", {more} against {baseline}, as it stands"),
            (false, false) => format!(", {more} against {baseline}"),
        };
        format!(
            "Margin of {} is highest at {place}: {worth} in {time}{against}. {}",
            self.paper.cut(&scenario.name, NAMED_WIDTH),
            self.certainty()
        )
    }

    /// How sure it is which point is best.
    fn certainty(&self) -> String {
        let sweep = self.swept.sweep;
        let Some(chance) = self.points()[sweep.best].probability_best else {
            return "There are too few replications to know how sure that is.".to_owned();
        };
        let tied = sweep.not_behind().filter(|point| *point != sweep.best);
        let tied: Vec<String> = tied.map(|point| self.short(point)).collect();
        let tied = match tied.len() {
            0 => "every other point is behind it beyond the 95 % interval".to_owned(),
            n if n + 1 == self.points().len() => "no other point is told apart from it".to_owned(),
            _ => format!("not told apart from it: {}", listed(&tied)),
        };
        let chance = view::percent(chance);
        let interval = match self.swept.grid.axes() {
            [_] => sweep.best_interval().map_or(String::new(), |[low, high]| {
                let ends = [low, high].map(|point| self.short(point));
                match low == high {
                    true => ", so that the 95 % interval of the best is that one alone".to_owned(),
                    false => format!(", the 95 % interval of the best {} to {}", ends[0], ends[1]),
                }
            }),
            _ => String::new(),
        };
        format!("The chance that it is the best of them is {chance}{interval}; {tied}.")
    }

    /// What else is to be said before the tables: a paragraph for what pays, one for what the metrics do.
    fn told(&self) -> String {
        let Swept { grid, sweep, .. } = self.swept;
        let stops = match grid.axes() {
            [_] => vec![self.stop_sentence(&sweep.stops[0][0])],
            axes => (0..axes.len()).map(|axis| self.stops_along(axis)).collect(),
        };
        let asked = 0..sweep.metrics.len() - 1;
        let ways: Vec<String> = match grid.axes() {
            [axis] => asked.filter_map(|metric| self.way(axis, metric)).collect(),
            _ => Vec::new(),
        };
        let paragraphs = stops.into_iter().chain(ways);
        paragraphs
            .map(|paragraph| self.paper.wrapped(&paragraph))
            .collect()
    }

    /// Up to where steps pay on the only line of a sweep.
    fn stop_sentence(&self, stop: &Stop) -> String {
        let key = self.swept.grid.axes()[0].name();
        let after = self.short(stop.after);
        let Some(next) = stop.next else {
            return format!("Steps of {key} pay up to the last value, {after}: look beyond it.");
        };
        let step = self.points()[next].net().marginals[0];
        let step = step.map(|marginal| marginal.step).unwrap_or_default();
        let verdict = match step.ci95() {
            Some([_, high]) if high < 0.0 => "a loss",
            Some([low, _]) if low > 0.0 => "past the best",
            _ => "not told apart from nothing",
        };
        let step = self.style.difference_estimate(self.net().unit, &step);
        let next = self.short(next);
        let (pay, which) = match stop.after {
            0 => (format!("No step of {key} pays up to the best"), "first"),
            _ => (format!("Steps of {key} pay up to {after}"), "next"),
        };
        format!(
            "{pay}: the {which}, from {after} to {next}, changes the margin by {step}, {verdict}."
        )
    }

    /// `Along sales.reps the next stops paying after 16 (at levers.nurture.adoption = 0), …`
    fn stops_along(&self, axis: usize) -> String {
        let axes = self.swept.grid.axes();
        let other = &axes[1 - axis];
        let stop = |(place, stop): (usize, &Stop)| {
            let after = self.value(axis, stop.after);
            let end = if stop.next.is_none() {
                ", the last"
            } else {
                ""
            };
            format!(
                "{after}{end} (at {})",
                self.paper.cut(&other.value(place), VALUE_WIDTH)
            )
        };
        let stops: Vec<String> = self.swept.sweep.stops[axis]
            .iter()
            .enumerate()
            .map(stop)
            .collect();
        let (key, other) = (axes[axis].name(), other.name());
        format!(
            "Along {key}, the next stops paying after {}, by {other}.",
            listed_all(&stops)
        )
    }

    /// `mean_wait_days falls from 21.3 d to 0.2 d, 95 % of that by 28.`, where it goes one way and both ends
    /// are told apart.
    fn way(&self, axis: &Axis, metric: usize) -> Option<String> {
        let answers: Vec<&Answer> = self
            .points()
            .iter()
            .map(|point| &point.answers[metric])
            .collect();
        let (first, last) = (answers.first()?, answers.last()?);
        let [from, to] = [first.estimate.ci95()?, last.estimate.ci95()?];
        let verb = match () {
            () if from[1] < to[0] => "rises",
            () if to[1] < from[0] => "falls",
            () => return None,
        };
        let (start, end) = (first.estimate.mean?, last.estimate.mean?);
        let done = |answer: &&Answer| {
            answer
                .estimate
                .mean
                .map(|mean| (mean - start) / (end - start))
        };
        let shares: Option<Vec<f64>> = answers.iter().map(done).collect();
        let shares = shares?;
        let near = |share: &f64| (share - 1.0).abs() <= REST_OF_WAY;
        let there = shares.iter().rposition(|share| !near(share))? + 1;
        let of = self.swept.sweep.metrics[metric];
        let [start, end] = [start, end].map(|value| self.style.value(of.unit, value));
        if there + 1 >= answers.len()
            || shares
                .iter()
                .any(|share| !(-REST_OF_WAY..=1.0 + REST_OF_WAY).contains(share))
        {
            return Some(format!("{} {verb} from {start} to {end}.", of.name));
        }
        let value = axis.value(there);
        Some(format!(
            "{} {verb} from {start} to {end}, 95 % of that by {value}.",
            of.name
        ))
    }

    /// A point by its values alone: `24`, `24, 10%`.
    /// `sales.reps = 8`; of a long name only its beginning, never without the value.
    fn named(&self, point: usize) -> String {
        let words = self.swept.grid.words(point);
        if shown(&words) <= NAMED_WIDTH {
            return words;
        }
        let axes = self.swept.grid.axes();
        let of_axis = |(index, axis): (usize, &Axis)| {
            let value = self.value(index, point);
            let room = (NAMED_WIDTH / axes.len()).saturating_sub(shown(&value) + 3);
            format!("{} = {value}", self.paper.cut(&axis.name(), room.max(1)))
        };
        let words: Vec<String> = axes.iter().enumerate().map(of_axis).collect();
        words.join(", ")
    }

    fn short(&self, point: usize) -> String {
        let axes = 0..self.swept.grid.axes().len();
        let values: Vec<String> = axes.map(|axis| self.value(axis, point)).collect();
        values.join(", ")
    }

    fn value(&self, axis: usize, point: usize) -> String {
        let place = self.swept.grid.places(point)[axis];
        self.paper
            .cut(&self.swept.grid.axes()[axis].value(place), VALUE_WIDTH)
    }

    fn baseline(&self) -> String {
        self.swept.grid.words(self.swept.grid.baseline())
    }

    /// One metric by the values of one key; what does not fit into the width is named below.
    fn table(&self, axis: &Axis, metric: usize) -> String {
        let name = self.swept.sweep.metrics[metric].name;
        let title = self
            .paper
            .cut(&format!("{name} by {}", axis.name()), self.paper.width);
        let columns = self.columns(axis, metric);
        let table = self.table_of(&columns, metric);
        format!("{STRONG}{title}{STRONG:#}\n{table}")
    }

    fn table_of(&self, columns: &[Column], metric: usize) -> String {
        let mut table = Table::default();
        table.row(STRONG, columns.iter().map(|column| column.head.clone()));
        for point in 0..self.points().len() {
            let cells = columns.iter().map(|column| (column.cell)(point));
            table.row(self.row_style(metric, point), cells);
        }
        table.text(self.paper)
    }

    /// The best is strong, what is behind it faint, in the table of what pays.
    fn row_style(&self, metric: usize, point: usize) -> Style {
        match metric + 1 == self.swept.sweep.metrics.len() {
            true if point == self.swept.sweep.best => STRONG,
            true if self.points()[point].is_behind() => FAINT,
            _ => PLAIN,
        }
    }

    /// The columns of the table of a metric, the most important first.
    fn columns(&'a self, axis: &Axis, metric: usize) -> Vec<Column<'a>> {
        let unit = self.swept.sweep.metrics[metric].unit;
        let of = move |point: usize| &self.points()[point].answers[metric];
        let adds = match axis.scale() {
            Some(scale) => format!("each {} adds ± 95 %", scale.words),
            None => "the step adds ± 95 %".to_owned(),
        };
        let marginal = move |marginal: Marginal| {
            let estimate = marginal.per_unit.unwrap_or(marginal.step);
            self.style.difference_estimate(unit, &estimate)
        };
        let range = Column::new("P10 to P90", move |point| {
            let spread = &of(point).distribution;
            let ends = spread.quantile(0.10).zip(spread.quantile(0.90));
            self.style.range(unit, ends.map(|(low, high)| [low, high]))
        });
        let mut columns = vec![
            Column::new("", |point| self.short(point)),
            Column::new("mean ± 95 %", move |point| {
                self.style.estimate(unit, &of(point).estimate)
            }),
            Column::new(&adds, move |point| {
                of(point).marginals[0].map_or(String::new(), marginal)
            }),
        ];
        if metric + 1 == self.swept.sweep.metrics.len() {
            columns.push(Column::new("chance", |point| {
                let chance = self.points()[point].probability_best;
                chance.map_or(view::NOTHING.to_owned(), view::percent)
            }));
            columns.push(Column::new("", |point| self.marks(point)));
            columns.push(range);
            return columns;
        }
        let against = format!("against {} ± 95 %", self.short(self.swept.grid.baseline()));
        columns.push(range);
        columns.push(Column::new(&against, move |point| {
            self.style
                .difference_estimate(unit, &of(point).above_baseline)
        }));
        columns
    }

    fn marks(&self, index: usize) -> String {
        let point = &self.points()[index];
        let sweep = self.swept.sweep;
        let stop = sweep.stops[0][0];
        let best = match index {
            _ if index == sweep.best => Some("best"),
            _ if point.is_behind() => None,
            _ => Some("tied"),
        };
        let last = (index == stop.after && index > 0).then_some("last to pay");
        let marks: Vec<&str> = best.into_iter().chain(last).collect();
        marks.join(", ")
    }

    /// One metric by the values of two keys, in as many blocks as the width takes.
    fn matrix(&self, axes: &[Axis], metric: usize) -> String {
        let [down, across] = [&axes[0], &axes[1]];
        let of = self.swept.sweep.metrics[metric];
        let is_net = metric + 1 == self.swept.sweep.metrics.len();
        let title = format!(
            "{}: {} down, {} across",
            of.name,
            down.name(),
            across.name()
        );
        let mut text = format!(
            "{STRONG}{}{STRONG:#}\n",
            self.paper.cut(&title, self.paper.width)
        );
        let cell = |point: usize| {
            let Point { answers, .. } = &self.points()[point];
            let mean = self.style.maybe(of.unit, answers[metric].estimate.mean);
            match is_net {
                true if point == self.swept.sweep.best => format!("{mean} *"),
                true if !self.points()[point].is_behind() => format!("{mean} ~"),
                true => format!("{mean}  "),
                false => mean,
            }
        };
        let head = |place: usize| {
            self.paper.cut(&across.value(place), VALUE_WIDTH) + if is_net { "  " } else { "" }
        };
        let columns: Vec<Vec<String>> = (0..across.len())
            .map(|place| {
                let rows = (0..down.len()).map(|row| cell(row * across.len() + place));
                [head(place)].into_iter().chain(rows).collect()
            })
            .collect();
        let names: Vec<String> = [String::new()]
            .into_iter()
            .chain((0..down.len()).map(|place| self.paper.cut(&down.value(place), VALUE_WIDTH)))
            .collect();
        let blocks: Vec<String> = blocks(&names, &columns, self.paper.width)
            .into_iter()
            .map(|block| matrix_text(&names, block, self.paper))
            .collect();
        text += &blocks.join("\n");
        let half = |point: &Point| point.answers[metric].estimate.half_width;
        let largest = self.points().iter().filter_map(half).fold(0.0, f64::max);
        text + &self.paper.faint(&format!(
            "Means; their 95 % half-width is at most {}.",
            self.style.value(of.unit, largest)
        ))
    }

    fn legend(&self) -> String {
        let grid = self.swept.grid;
        let why = match grid.baseline_stands() {
            true => "as the scenario stands",
            false => "the first point, for the scenario's own value is not among them",
        };
        let marks = match grid.axes() {
            [_] => {
                "Tied: not told apart from the best at 95 %; faint: behind it. Last to pay: the last step up to the \
                 best that adds to the margin beyond its 95 % interval ends here."
            }
            _ => {
                "*: the best. ~: not told apart from it at 95 %. The next stops paying where a step up to the best \
                 no longer adds to the margin beyond its 95 % interval."
            }
        };
        self.paper.faint(&format!(
            "Baseline: {}, {why}. All points have the same luck. ± is half the 95 % confidence interval, the \
             Monte Carlo error, which shrinks with more replications; so does what the chance leaves open: \
             how often a point is the best when the replications are drawn again. P10 to P90 is the \
             prediction interval: 8 of 10 futures lie in it, however many are run. {marks}",
            self.baseline()
        ))
    }
}

/// A column of the table of a metric.
struct Column<'a> {
    head: String,
    /// By the number of the point.
    cell: Box<dyn Fn(usize) -> String + 'a>,
}

impl<'a> Column<'a> {
    fn new(head: &str, cell: impl Fn(usize) -> String + 'a) -> Self {
        Column {
            head: head.to_owned(),
            cell: Box::new(cell),
        }
    }
}

/// As many of the columns at a time as stand beside the names within the width; at least one.
fn blocks<'a>(
    names: &[String],
    columns: &'a [Vec<String>],
    paper_width: usize,
) -> Vec<&'a [Vec<String>]> {
    let width = |cells: &[String]| cells.iter().map(|cell| shown(cell)).max().unwrap_or(0);
    let (mut blocks, mut start, mut used) = (Vec::new(), 0, width(names));
    for (index, column) in columns.iter().enumerate() {
        let more = 2 + width(column);
        if used + more > paper_width && index > start {
            blocks.push(&columns[start..index]);
            (start, used) = (index, width(names));
        }
        used += more;
    }
    blocks.push(&columns[start..]);
    blocks
}

fn matrix_text(names: &[String], columns: &[Vec<String>], paper: Paper) -> String {
    let mut table = Table::default();
    for (row, name) in names.iter().enumerate() {
        let cells = columns.iter().map(|column| column[row].clone());
        let style = if row == 0 { STRONG } else { PLAIN };
        table.row(style, [name.clone()].into_iter().chain(cells));
    }
    table.text(paper)
}

/// `20, 24 and 28`; of many, the first.
fn listed(names: &[String]) -> String {
    match names.len() {
        n if n > MAX_NAMED => format!(
            "{} and {} more",
            names[..MAX_NAMED].join("; "),
            n - MAX_NAMED
        ),
        _ => listed_all(names),
    }
}

fn listed_all(names: &[String]) -> String {
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join("; ")),
        _ => names.concat(),
    }
}
