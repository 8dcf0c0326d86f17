//! Charts as SVG and PNG: revenue over time, the distribution of the lift, the funnel by stage.
//!
//! Text is set in a font that comes with the programme, shades differ in lightness so that they
//! can be told apart in grey, and each title says the one thing that its chart shows.

mod payoff;
mod scaled;
mod sweep;
mod waterfall;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::sync::Once;

use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use self::scaled::Scaled;
use super::Findings;
use super::files::{Batch, Room, Unwritable};
use super::funnel::{STAGES, Stage, mean};
use super::paper::Paper;
use super::view;
use crate::forecast::{Forecast, Histogram, REVENUE, Unit};
use crate::scenario::Scenario;

// Lengths are in points; of a chart whose size nobody asked for, a point is a pixel.

/// Width of a chart, and the height that it is made for where a size is asked for.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 675;
/// Heights of the title, of the line below it and of a panel's name.
const TITLE_HEIGHT: u32 = 68;
const TOLD_HEIGHT: u32 = 36;
const NAME_HEIGHT: u32 = 36;
const PANEL_HEIGHT: u32 = 360;
/// Left of titles and names.
const LEFT: i32 = 24;
/// The smallest panel in which axes and names have room.
const LEAST_PANEL: (u32, u32) = (560, 270);
/// Width over height that a panel is best at.
const BEST_RATIO: f64 = 2.0;
/// Sizes of text.
const TITLE: u32 = 30;
const NAME: u32 = 22;
const TEXT: u32 = 19;
const AXIS: u32 = 17;

const INK: RGBColor = RGBColor(33, 37, 41);
const FAINT_INK: RGBColor = RGBColor(105, 110, 115);
const GRID: RGBColor = RGBColor(228, 230, 232);
/// P10 to P90, P25 to P75, and the line in the middle.
const BANDS: [RGBColor; 3] = [
    RGBColor(205, 220, 236),
    RGBColor(140, 175, 210),
    RGBColor(16, 62, 110),
];
/// Scenarios side by side, the baseline first.
const SHADES: [RGBColor; 4] = [
    RGBColor(188, 192, 196),
    RGBColor(16, 62, 110),
    RGBColor(110, 155, 200),
    RGBColor(80, 80, 80),
];
/// Pixels are set by the box of a line, which stands higher than its letters.
const SINK: f64 = 0.15;
const FONT: &str = "sans-serif";

type Drawn = Result<(), Box<dyn Error>>;
type Area<'a, B> = DrawingArea<B, Shift>;

/// The size of a chart \[pixels\], as asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartSize {
    width: u32,
    height: u32,
}

impl FromStr for ChartSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SIDES: std::ops::RangeInclusive<u32> = 400..=8000;
        let side = |text: &str| text.trim().parse().ok().filter(|side| SIDES.contains(side));
        let sides = text.split_once(['x', '×']);
        let sides = sides.and_then(|(width, height)| side(width).zip(side(height)));
        let (width, height) = sides
            .ok_or("write width and height in pixels, each from 400 to 8000, such as 1600x900")?;
        Ok(ChartSize { width, height })
    }
}

/// The directory of the charts.
#[derive(Debug)]
pub struct Charts {
    room: Room,
    size: Option<ChartSize>,
}

impl Charts {
    /// Claims the directory at `path` before the work begins. Without a size every chart has that of its content.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn claim(path: &Path, size: Option<ChartSize>) -> Result<Charts, Unwritable> {
        let room = Room::open(path)?;
        Ok(Charts { room, size })
    }

    /// Draws every chart, in place of those of an earlier run.
    ///
    /// # Errors
    /// If any cannot be written; those of an earlier run then still stand.
    pub fn write(&self, findings: &Findings) -> Result<(), Unwritable> {
        let page = Page::new(findings);
        let charts = Chart::ALL
            .iter()
            .filter(|chart| chart.has_subject(findings));
        let charts = charts.map(|&chart| OnPage { chart, page: &page });
        self.write_all(&charts.collect::<Vec<_>>())
    }

    /// Draws all or none.
    fn write_all(&self, drawings: &[impl Drawing]) -> Result<(), Unwritable> {
        register_font();
        let mut files = Batch::default();
        for drawing in drawings {
            self.draw(drawing, &mut files)
                .map_err(|error| Unwritable::new(&self.room.path, error))?;
        }
        let written = files.commit();
        written.map_err(|error| Unwritable::new(&self.room.path, error))
    }

    fn draw(&self, drawing: &impl Drawing, files: &mut Batch) -> Drawn {
        let (size, scale) = match self.size {
            None => (drawing.natural(), 1.0),
            Some(ChartSize { width, height }) => {
                ((width, height), drawing.panels().scale(width, height))
            }
        };
        let path = |extension| {
            self.room
                .path
                .join(drawing.name())
                .with_extension(extension)
        };
        let png = files.grow(&path("png"));
        draw_on(
            Scaled::new(BitMapBackend::new(&png, size), scale, SINK),
            drawing,
        )?;
        let mut svg = String::new();
        let backend = SVGBackend::with_string(&mut svg, size);
        draw_on(Scaled::new(backend, scale, 0.0), drawing)?;
        fs::write(files.grow(&path("svg")), svg)?;
        Ok(())
    }
}

fn draw_on<B: DrawingBackend>(backend: Scaled<B>, drawing: &impl Drawing) -> Drawn
where
    B::ErrorType: 'static,
{
    let area = backend.into_drawing_area();
    area.fill(&WHITE)?;
    drawing.draw(&area)?;
    area.present()?;
    Ok(())
}

/// Makes text independent of the fonts of the machine.
fn register_font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let register = plotters::style::register_font;
        // Both are parsed once in a test; a font that fails would leave a chart without text.
        let _ = register(FONT, FontStyle::Normal, dejavu::sans::regular());
        let _ = register(FONT, FontStyle::Bold, dejavu::sans::bold());
    });
}

/// Something that is drawn into a file of each kind.
trait Drawing {
    /// Of the file, without extension.
    fn name(&self) -> &'static str;

    /// Its size where none is asked for.
    fn natural(&self) -> (u32, u32);

    /// What it is made of below its head.
    fn panels(&self) -> Panels;

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static;
}

/// Panels of one size, below a head.
#[derive(Debug, Clone, Copy)]
struct Panels {
    n: usize,
    /// The least size of each.
    least: (u32, u32),
    /// Height of the head.
    head: u32,
}

impl Panels {
    /// Pixels per point at which all has its room on so many pixels: text is as large as it can be.
    fn scale(&self, width: u32, height: u32) -> f64 {
        let of = |n_columns: usize| {
            let (columns, rows) = (n_columns as u32, self.n.div_ceil(n_columns) as u32);
            let needed = (columns * self.least.0, self.head + rows * self.least.1);
            let across = f64::from(width) / f64::from(needed.0.max(WIDTH));
            across.min(f64::from(height) / f64::from(needed.1.max(HEIGHT)))
        };
        (1..=self.n.max(1)).map(of).fold(0.0, f64::max)
    }

    /// `body` divided into panels, side by side or below each other as their shape is best.
    fn divide<'a, B: DrawingBackend>(&self, body: &Area<'a, B>) -> Vec<Area<'a, B>> {
        let (width, height) = body.dim_in_pixel();
        let n_rows = |n_columns: usize| self.n.div_ceil(n_columns);
        let has_room = |n_columns: &usize| {
            // A point is lost where pixels do not divide.
            1 + width >= *n_columns as u32 * self.least.0
                && 1 + height >= n_rows(*n_columns) as u32 * self.least.1
        };
        let distance = |n_columns: &usize| {
            let ratio = f64::from(width) * n_rows(*n_columns) as f64
                / (f64::from(height.max(1)) * *n_columns as f64);
            (ratio / BEST_RATIO).max(BEST_RATIO / ratio)
        };
        let all = (1..=self.n).filter(has_room);
        let best = all.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        let n_columns = best.unwrap_or(1);
        let mut panels = body.split_evenly((n_rows(n_columns), n_columns));
        panels.truncate(self.n);
        panels
    }
}

/// A chart of what a page is about.
struct OnPage<'a> {
    chart: Chart,
    page: &'a Page<'a>,
}

impl Drawing for OnPage<'_> {
    fn name(&self) -> &'static str {
        self.chart.name()
    }

    fn natural(&self) -> (u32, u32) {
        let Panels { n, head, .. } = self.panels();
        let height = match self.chart {
            Chart::Funnel => self.panels().least.1 * 5 / 4,
            Chart::Revenue | Chart::Lift | Chart::Payoff => n as u32 * PANEL_HEIGHT,
        };
        (WIDTH, head + height)
    }

    fn panels(&self) -> Panels {
        self.chart.panels(self.page)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        self.chart.draw(self.page, area)
    }
}

#[derive(Debug, Clone, Copy)]
enum Chart {
    Revenue,
    Lift,
    Payoff,
    Funnel,
}

impl Chart {
    const ALL: [Chart; 4] = [Chart::Revenue, Chart::Lift, Chart::Payoff, Chart::Funnel];

    fn name(self) -> &'static str {
        match self {
            Chart::Revenue => "revenue",
            Chart::Lift => "lift",
            Chart::Payoff => "payoff",
            Chart::Funnel => "funnel",
        }
    }

    fn has_subject(self, findings: &Findings) -> bool {
        match self {
            Chart::Lift | Chart::Payoff => !findings.study.comparisons.is_empty(),
            Chart::Revenue | Chart::Funnel => true,
        }
    }

    fn panels(self, page: &Page) -> Panels {
        let n = page.findings.cases.len();
        let (n, least) = match self {
            Chart::Revenue => (n, LEAST_PANEL),
            Chart::Lift => (n - 1, LEAST_PANEL),
            Chart::Payoff => (2 * (n - 1), LEAST_PANEL),
            Chart::Funnel => (1, (WIDTH, page.least_funnel())),
        };
        let head = TITLE_HEIGHT + TOLD_HEIGHT;
        Panels { n, least, head }
    }

    fn draw<B: DrawingBackend>(self, page: &Page, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        match self {
            Chart::Revenue => page.revenue(area),
            Chart::Lift => page.lift(area),
            Chart::Payoff => page.payoff(area),
            Chart::Funnel => page.funnel(area),
        }
    }
}

/// What all charts share.
struct Page<'a> {
    findings: &'a Findings<'a>,
    style: view::Style<'a>,
}

impl<'a> Page<'a> {
    fn new(findings: &'a Findings<'a>) -> Self {
        let currency = &findings.cases[0].scenario.currency;
        Page {
            findings,
            style: view::Style { currency },
        }
    }

    fn name(&self, index: usize) -> String {
        plain(&self.findings.cases[index].scenario.name)
    }

    /// A scenario alone has the shade of what stands out.
    fn shade(&self, index: usize) -> RGBColor {
        match self.findings.cases.len() {
            1 => BANDS[2],
            _ => SHADES[index % SHADES.len()],
        }
    }

    fn money(&self, value: f64) -> String {
        self.style.value(Unit::Money, value)
    }

    /// One panel per scenario, all on one scale: median and ranges of the revenue of each period.
    fn revenue<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let words = "Revenue by period: the median and where 8 of 10 futures lie";
        let (told, body) = headed(area, words)?;
        keys(&told, &["P10 to P90", "P25 to P75", "median"], &BANDS)?;
        let forecasts = &self.findings.study.forecasts;
        let highest = forecasts.iter().flat_map(|forecast| &forecast.periods);
        let highest =
            highest.filter_map(|period| period.metrics[REVENUE].distribution.quantile(0.90));
        let highest = highest.fold(0.0, f64::max);
        let highest = if highest > 0.0 { 1.08 * highest } else { 1.0 };
        let panels = Chart::Revenue.panels(self).divide(&body);
        for (index, panel) in panels.iter().enumerate() {
            self.revenue_panel(panel, index, &forecasts[index], highest)?;
        }
        Ok(())
    }

    fn revenue_panel<B: DrawingBackend>(
        &self,
        panel: &Area<B>,
        index: usize,
        forecast: &Forecast,
        highest: f64,
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let scenario = self.findings.cases[index].scenario;
        let plot = named(panel, &self.name(index), "")?;
        let mut chart =
            framed(&plot).build_cartesian_2d(Periods::below(&plot, scenario), 0.0..highest)?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .y_labels(5)
            .y_label_formatter(&|value| self.money(*value))
            .x_desc("start of the period in which it is booked")
            .draw()?;
        for (shade, [low, high]) in [(0, [0.10, 0.90]), (1, [0.25, 0.75])] {
            let periods = forecast.periods.iter().enumerate();
            let boxes = periods.filter_map(|(index, period)| {
                let spread = &period.metrics[REVENUE].distribution;
                let ends = [spread.quantile(low)?, spread.quantile(high)?];
                let corners = [(index as f64, ends[0]), (index as f64 + 1.0, ends[1])];
                Some(Rectangle::new(corners, BANDS[shade].filled()))
            });
            chart.draw_series(boxes)?;
        }
        let periods = forecast.periods.iter().enumerate();
        let steps = periods.filter_map(|(index, period)| {
            let middle = period.metrics[REVENUE].distribution.quantile(0.50)?;
            Some(PathElement::new(
                vec![(index as f64, middle), (index as f64 + 1.0, middle)],
                BANDS[2].stroke_width(3),
            ))
        });
        chart.draw_series(steps)?;
        Ok(())
    }

    /// One panel per alternative: how often each size of the lift occurs.
    fn lift<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let window = view::window_of(&self.findings.cases[0]);
        let in_window = window.map_or(String::new(), |_| {
            format!(" in {}", view::time(&self.findings.cases[0]))
        });
        let baseline = fitted(area, &self.name(0), &bold(TITLE), area.dim_in_pixel().0 / 3)?;
        let words = format!("What a change adds to the revenue of {baseline}");
        let (told, body) = headed(area, &words)?;
        let words = format!(
            "Share of futures by revenue of the alternative less that of the baseline{in_window}, in the same future"
        );
        tell(&told, &words)?;
        let panels = Chart::Lift.panels(self).divide(&body);
        for (index, panel) in panels.iter().enumerate() {
            self.lift_panel(panel, index + 1)?;
        }
        Ok(())
    }

    fn lift_panel<B: DrawingBackend>(&self, panel: &Area<B>, index: usize) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let cases = self.findings.cases;
        let histogram = Histogram::of_lift(cases[0], cases[index]);
        let lift = &self.findings.study.comparisons[index - 1].differences[REVENUE];
        let more = lift
            .probability_positive
            .map(view::percent)
            .unwrap_or_default();
        let told = format!(
            ": {}, more in {more} of futures",
            self.style.difference_estimate(Unit::Money, &lift.estimate)
        );
        let plot = named(panel, &self.name(index), &told)?;
        let highest = histogram.shares.iter().fold(0.0, |a: f64, b| a.max(*b));
        let (low, high) = span_of(&histogram);
        let mut chart =
            framed(&plot).build_cartesian_2d(low..high, 0.0..100.0 * 1.08 * highest.max(1e-9))?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .x_labels(n_labels(&plot))
            .y_labels(5)
            .x_label_formatter(&|value| self.style.difference(Unit::Money, *value))
            .y_label_formatter(&|share| format!("{share:.1} %"))
            .draw()?;
        let bars = filled(&histogram).map(|(from, to, share)| {
            let shade = if from + to < 0.0 { SHADES[0] } else { BANDS[2] };
            Rectangle::new([(from, 0.0), (to, 100.0 * share)], shade.filled())
        });
        chart.draw_series(bars)?;
        let edges = filled(&histogram).map(|(from, to, share)| {
            Rectangle::new([(from, 0.0), (to, 100.0 * share)], WHITE.stroke_width(1))
        });
        chart.draw_series(edges)?;
        let top = 100.0 * 1.08 * highest.max(1e-9);
        let zero = PathElement::new(vec![(0.0, 0.0), (0.0, top)], INK.stroke_width(2));
        chart.draw_series([zero])?;
        Ok(())
    }

    /// Height that the bars of the funnel need at least.
    fn least_funnel(&self) -> u32 {
        let n = self.findings.cases.len() as u32;
        legend_height(n as usize) + STAGES.len() as u32 * (n * 26 + 20) + 10
    }

    /// Bars by stage, scenarios below each other.
    fn funnel<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let time = view::time(&self.findings.cases[0]);
        let (told, body) = headed(area, &format!("How many leads get how far in {time}"))?;
        let n = self.findings.cases.len();
        let what = match n {
            1 => format!("Means over all futures of {}", self.name(0)),
            _ => "Means over all futures, and what they are more or less than the baseline's"
                .to_owned(),
        };
        tell(&told, &what)?;
        let (legend, bars) = body.split_vertically(legend_height(n));
        self.legend(&legend)?;
        let (_, height) = bars.dim_in_pixel();
        let block = height.saturating_sub(10) / STAGES.len() as u32;
        let gap = (block / 5).max(20);
        let bar = (block.saturating_sub(gap) / n as u32).clamp(20, 130);
        for (nth, stage) in STAGES.iter().enumerate() {
            let top = nth as u32 * block + gap / 2;
            self.stage(&bars, stage, nth, top as i32, bar as i32)?;
        }
        Ok(())
    }

    /// Which shade is which scenario, two in a row.
    fn legend<B: DrawingBackend>(&self, legend: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let n = self.findings.cases.len();
        if n == 1 {
            return Ok(());
        }
        for (index, cell) in legend
            .split_evenly((n.div_ceil(2), 2))
            .iter()
            .take(n)
            .enumerate()
        {
            let shade = self.shade(index);
            cell.draw(&Rectangle::new(
                [(LEFT, 8), (LEFT + 20, 28)],
                shade.filled(),
            ))?;
            let room = cell.dim_in_pixel().0.saturating_sub(80);
            let name = fitted(cell, &self.name(index), &text(TEXT), room)?;
            write(
                cell,
                &name,
                (LEFT + 30, 18),
                text(TEXT).color(&INK),
                HPos::Left,
            )?;
        }
        Ok(())
    }

    /// The bars of a stage from `top` on, each `bar` high with its gap.
    fn stage<B: DrawingBackend>(
        &self,
        area: &Area<B>,
        stage: &Stage,
        nth: usize,
        top: i32,
        bar: i32,
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        /// Room for names on the left and for values on the right of the bars.
        const BESIDE: (i32, i32) = (190, 260);
        let forecasts = &self.findings.study.forecasts;
        let count = |of: &Forecast, stage: &Stage| mean(of, stage.count).unwrap_or(0.0);
        let all = STAGES
            .iter()
            .flat_map(|stage| forecasts.iter().map(move |of| count(of, stage)));
        let longest = all.fold(0.0, f64::max).max(1e-9);
        let full = f64::from(area.dim_in_pixel().0 as i32 - BESIDE.0 - BESIDE.1);
        let middle = top + bar * forecasts.len() as i32 / 2 - 2;
        let place = (BESIDE.0 - 16, middle);
        write(
            area,
            stage.label,
            place,
            text(NAME).color(&INK),
            HPos::Right,
        )?;
        for (index, forecast) in forecasts.iter().enumerate() {
            let value = count(forecast, stage);
            let y = top + bar * index as i32;
            let end = BESIDE.0 + (full * value / longest).round() as i32;
            if value > 0.0 {
                let corners = [(BESIDE.0, y), (end.max(BESIDE.0 + 2), y + bar - 4)];
                area.draw(&Rectangle::new(corners, self.shade(index).filled()))?;
            }
            let words = match index {
                0 => self.conversion(stage, nth, forecast),
                _ => relative(value, count(&forecasts[0], stage)),
            };
            let words = self.style.value(Unit::Count, value) + &words;
            let place = (end.max(BESIDE.0 + 2) + 10, y + bar / 2 - 2);
            let room = area.dim_in_pixel().0 as i32 - place.0 - 20;
            let words = fitted(area, &words, &text(TEXT), room.max(0) as u32)?;
            write(area, &words, place, text(TEXT).color(&INK), HPos::Left)?;
        }
        Ok(())
    }

    /// `  23.4 % of MQLs`: what a scenario alone makes of the stage before.
    fn conversion(&self, stage: &Stage, nth: usize, forecast: &Forecast) -> String {
        let is_alone = self.findings.cases.len() == 1;
        let share = stage.conversion.filter(|_| is_alone);
        let share = share.and_then(|name| mean(forecast, name));
        let before = nth.checked_sub(1).map(|before| STAGES[before].label);
        let words = share.zip(before).map(|(share, before)| {
            format!("  {} of {before}", self.style.value(Unit::Share, share))
        });
        words.unwrap_or_default()
    }
}

/// `  +12.3 %`, where there is a baseline.
fn relative(value: f64, baseline: f64) -> String {
    if baseline <= 0.0 {
        return String::new();
    }
    // Adding 0 after rounding turns -0.0 into +0.0.
    let change = (1000.0 * (value / baseline - 1.0)).round() / 10.0 + 0.0;
    format!("  {change:+.1} %")
}

/// Height of the names of `n` scenarios.
fn legend_height(n: usize) -> u32 {
    match n {
        1 => 0,
        n => 36 * n.div_ceil(2) as u32,
    }
}

/// The room that a panel's plot leaves for its axes.
fn framed<'a, 'b, B: DrawingBackend>(plot: &'a Area<B>) -> ChartBuilder<'a, 'b, B> {
    let mut chart = ChartBuilder::on(plot);
    chart
        .margin_left(LEFT)
        .margin_right(48)
        .margin_bottom(14)
        .margin_top(6)
        .x_label_area_size(60)
        .y_label_area_size(96);
    chart
}

/// Labels that stand side by side below a plot.
fn n_labels<B: DrawingBackend>(plot: &Area<B>) -> usize {
    (plot.dim_in_pixel().0.saturating_sub(170) as usize / 110).clamp(2, 10)
}

/// An axis of periods, a unit long each, of which as many are named as have room.
struct Periods {
    range: RangedCoordf64,
    names: Vec<String>,
    /// One of how many is named.
    step: usize,
}

impl Periods {
    /// The periods of a scenario below a plot.
    fn below<B: DrawingBackend>(plot: &Area<B>, scenario: &Scenario) -> Periods {
        let names = scenario.periods.iter();
        let names = names.map(|period| view::period_name(scenario.start, *period));
        let names: Vec<String> = names.collect();
        let step = names.len().div_ceil(n_labels(plot)).max(1);
        // Months are named by the quarter, or half, or whole year.
        let whole = [1, 2, 3, 6, 12].into_iter().find(|&whole| whole >= step);
        Periods {
            range: (0.0..names.len() as f64).into(),
            names,
            step: whole.unwrap_or(step),
        }
    }
}

impl Ranged for Periods {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.range.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let named = (0..self.names.len()).step_by(self.step);
        named.map(|period| period as f64).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.range.range()
    }
}

impl ValueFormatter<f64> for Periods {
    fn format_ext(&self, value: &f64) -> String {
        let name = self.names.get(*value as usize);
        name.cloned().unwrap_or_default()
    }
}

/// Lines and text of all axes alike.
fn quiet<X: Ranged, Y: Ranged, B: DrawingBackend>(mesh: &mut MeshStyle<X, Y, B>) {
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT_INK)
        .label_style(text(AXIS).color(&INK))
        .axis_desc_style(text(AXIS).color(&FAINT_INK));
}

/// Writes the title; the line below it, and the rest.
fn headed<'a, B: DrawingBackend>(
    area: &Area<'a, B>,
    words: &str,
) -> Result<(Area<'a, B>, Area<'a, B>), Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let (head, rest) = area.split_vertically(TITLE_HEIGHT);
    let room = head.dim_in_pixel().0 - 2 * LEFT as u32;
    let words = fitted(&head, words, &bold(TITLE), room)?;
    let place = (LEFT, TITLE_HEIGHT as i32 / 2 + 4);
    write(&head, &words, place, bold(TITLE).color(&INK), HPos::Left)?;
    Ok(rest.split_vertically(TOLD_HEIGHT))
}

/// A sentence below the title.
fn tell<B: DrawingBackend>(told: &Area<B>, words: &str) -> Drawn
where
    B::ErrorType: 'static,
{
    let room = told.dim_in_pixel().0 - 2 * LEFT as u32;
    let words = fitted(told, words, &text(TEXT), room)?;
    write(
        told,
        &words,
        (LEFT, 12),
        text(TEXT).color(&FAINT_INK),
        HPos::Left,
    )
}

/// Writes whom a panel is of, and what is said of it; the room below.
fn named<'a, B: DrawingBackend>(
    panel: &Area<'a, B>,
    name: &str,
    told: &str,
) -> Result<Area<'a, B>, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let (head, plot) = panel.split_vertically(NAME_HEIGHT);
    let room = head.dim_in_pixel().0 - 2 * LEFT as u32;
    let told_width = text_width(&head, told, &text(NAME))? as u32;
    let name = fitted(
        &head,
        name,
        &text(NAME),
        room.saturating_sub(told_width).max(90),
    )?;
    let words = fitted(&head, &(name + told), &text(NAME), room)?;
    write(
        &head,
        &words,
        (LEFT, 16),
        text(NAME).color(&INK),
        HPos::Left,
    )?;
    Ok(plot)
}

/// What the shades of the panels stand for.
fn keys<B: DrawingBackend>(told: &Area<B>, names: &[&str], shades: &[RGBColor]) -> Drawn
where
    B::ErrorType: 'static,
{
    let mut x = LEFT;
    for (name, shade) in names.iter().zip(shades) {
        told.draw(&Rectangle::new([(x, 3), (x + 18, 21)], shade.filled()))?;
        x = key(told, name, x + 26)?;
    }
    Ok(())
}

/// The name of a shade at `x`; where the next may begin.
fn key<B: DrawingBackend>(told: &Area<B>, name: &str, x: i32) -> Result<i32, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    write(
        told,
        name,
        (x, 12),
        text(TEXT).color(&FAINT_INK),
        HPos::Left,
    )?;
    Ok(x + text_width(told, name, &text(TEXT))? + 30)
}

fn text(size: u32) -> TextStyle<'static> {
    TextStyle::from((FONT, size).into_font())
}

fn bold(size: u32) -> TextStyle<'static> {
    TextStyle::from((FONT, size).into_font().style(FontStyle::Bold))
}

/// A name without what acts on text in place of being shown, and without what joins signs that no font joins here.
fn plain(name: &str) -> String {
    let clean = Paper::new(0, true).clean(name);
    clean.replace(['\u{200d}', '\u{fe0e}', '\u{fe0f}'], "")
}

/// Writes `words` vertically centred at a place.
fn write<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    place: (i32, i32),
    style: TextStyle,
    anchor: HPos,
) -> Drawn
where
    B::ErrorType: 'static,
{
    let style = style.pos(Pos::new(anchor, VPos::Center));
    area.draw(&Text::new(words.to_owned(), place, style))?;
    Ok(())
}

/// Width of `words`.
fn text_width<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    style: &TextStyle,
) -> Result<i32, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let (width, _) = area.estimate_text_size(words, style)?;
    Ok(width as i32)
}

/// `words`, cut with an ellipsis if wider than `room`.
fn fitted<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    style: &TextStyle,
    room: u32,
) -> Result<String, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let room = room as i32;
    if text_width(area, words, style)? <= room {
        return Ok(words.to_owned());
    }
    let mut letters: Vec<char> = words.chars().collect();
    while letters.pop().is_some() {
        let cut = letters.iter().collect::<String>() + "…";
        if text_width(area, &cut, style)? <= room {
            return Ok(cut);
        }
    }
    Ok(String::new())
}

/// Edges and share of each bin that holds anything.
fn filled(of: &Histogram) -> impl Iterator<Item = (f64, f64, f64)> {
    of.bins().filter(|(_, _, share)| *share > 0.0)
}

/// What the axis spans: every bar, and 0.
fn span_of(of: &Histogram) -> (f64, f64) {
    let end = filled(of).map(|(_, to, _)| to).fold(of.start, f64::max);
    let (low, high) = (of.start.min(0.0), end.max(0.0));
    (low - of.width, high + of.width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_can_be_used() {
        let register = plotters::style::register_font;
        assert!(register("a", FontStyle::Normal, dejavu::sans::regular()).is_ok());
        assert!(register("a", FontStyle::Bold, dejavu::sans::bold()).is_ok());
    }

    #[test]
    fn a_size_is_a_width_and_a_height() {
        let size = |width, height| Ok(ChartSize { width, height });
        assert_eq!("1600x900".parse(), size(1600, 900));
        assert_eq!("400 × 8000".parse(), size(400, 8000));
        for wrong in [
            "",
            "1600",
            "1600x",
            "399x900",
            "1600x8001",
            "1e3x900",
            "-1x900",
            "900x900x900",
        ] {
            assert!(wrong.parse::<ChartSize>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn panels_have_their_room_at_any_size() {
        for n in 1..20 {
            let panels = Panels {
                n,
                least: LEAST_PANEL,
                head: TITLE_HEIGHT + TOLD_HEIGHT,
            };
            for (width, height) in [
                (400, 400),
                (1600, 900),
                (400, 8000),
                (8000, 400),
                (1080, 1080),
            ] {
                let scale = panels.scale(width, height);
                let mut svg = String::new();
                let backend = SVGBackend::with_string(&mut svg, (width, height));
                let area = Scaled::new(backend, scale, 0.0).into_drawing_area();
                let (_, body) = area.split_vertically(panels.head);
                let divided = panels.divide(&body);
                assert_eq!(divided.len(), n);
                for panel in divided {
                    let (width, height) = panel.dim_in_pixel();
                    assert!(width + 2 >= LEAST_PANEL.0 && height + 2 >= LEAST_PANEL.1);
                }
            }
        }
    }
}
