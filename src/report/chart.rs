//! Charts as SVG and PNG: revenue over time, the distribution of the lift, the funnel by stage.
//!
//! Text is set in a font that comes with the programme, shades differ in lightness so that they
//! can be told apart in grey, and each title says the one thing that its chart shows.

mod payoff;
mod sweep;
mod waterfall;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Once;

use jiff::civil::Date;
use plotters::chart::MeshStyle;
use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Findings;
use super::files::{Batch, Room, Unwritable};
use super::view;
use crate::forecast::{Forecast, METRICS, Metric, REVENUE, Unit, paired_differences};
use crate::units::Window;

/// Size of a chart \[pixels\].
const WIDTH: u32 = 1200;
const PANEL_HEIGHT: u32 = 360;
const TITLE_HEIGHT: u32 = 64;

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
const FONT: &str = "sans-serif";
const STAGES: [(&str, &str); 5] = [
    ("leads", "leads"),
    ("mqls", "MQLs"),
    ("sals", "SALs"),
    ("opportunities", "opportunities"),
    ("won", "won"),
];
const N_BINS: usize = 48;

type Drawn = Result<(), Box<dyn Error>>;
type Area<'a, B> = DrawingArea<B, Shift>;

/// The directory of the charts.
#[derive(Debug)]
pub struct Charts {
    room: Room,
}

impl Charts {
    /// Claims the directory at `path` before the work begins.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn claim(path: &Path) -> Result<Charts, Unwritable> {
        let room = Room::open(path)?;
        Ok(Charts { room })
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
        let size = drawing.size();
        let path = |extension| {
            self.room
                .path
                .join(drawing.name())
                .with_extension(extension)
        };
        let png = files.grow(&path("png"));
        let area = BitMapBackend::new(&png, size).into_drawing_area();
        area.fill(&WHITE)?;
        drawing.draw(&area)?;
        area.present()?;
        let mut svg = String::new();
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE)?;
        drawing.draw(&area)?;
        area.present()?;
        drop(area);
        fs::write(files.grow(&path("svg")), svg)?;
        Ok(())
    }
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

    /// \[pixels\]
    fn size(&self) -> (u32, u32);

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static;
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

    fn size(&self) -> (u32, u32) {
        self.chart.size(self.page)
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

    fn size(self, page: &Page) -> (u32, u32) {
        let n = page.findings.cases.len() as u32;
        let height = match self {
            Chart::Revenue => n * PANEL_HEIGHT,
            Chart::Lift => (n - 1) * PANEL_HEIGHT,
            Chart::Payoff => 2 * (n - 1) * PANEL_HEIGHT,
            Chart::Funnel => 30 * n + STAGES.len() as u32 * (34 * n + 26) + 40,
        };
        (WIDTH, TITLE_HEIGHT + height)
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

    fn name(&self, index: usize) -> &'a str {
        &self.findings.cases[index].scenario.name
    }

    fn money(&self, value: f64) -> String {
        self.style.value(Unit::Money, value)
    }

    /// One panel per scenario, all on one scale: median and ranges of the revenue of each period.
    fn revenue<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (head, body) = area.split_vertically(TITLE_HEIGHT);
        title(
            &head,
            "Revenue by period: the median and where 8 of 10 futures lie",
        )?;
        let forecasts = &self.findings.study.forecasts;
        let highest = forecasts.iter().flat_map(|forecast| &forecast.periods);
        let highest =
            highest.filter_map(|period| period.metrics[REVENUE].distribution.quantile(0.90));
        let highest = highest.fold(0.0, f64::max);
        let highest = if highest > 0.0 { 1.08 * highest } else { 1.0 };
        for (index, panel) in body.split_evenly((forecasts.len(), 1)).iter().enumerate() {
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
        let (name, plot) = panel.split_vertically(30);
        write(
            &name,
            self.name(index),
            (24, 15),
            text(18).color(&INK),
            HPos::Left,
        )?;
        let n_periods = forecast.periods.len();
        let mut chart = framed(&plot).build_cartesian_2d(0.0..n_periods as f64, 0.0..highest)?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .x_labels(n_periods.clamp(2, 10))
            .y_labels(5)
            .x_label_formatter(&|index| period_label(scenario.start, &scenario.periods, *index))
            .y_label_formatter(&|value| self.money(*value))
            .x_desc("start of the period in which it is booked")
            .y_desc(format!("revenue per period [{}]", scenario.currency.trim()))
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
        let names = ["P10 to P90", "P25 to P75", "median"];
        keys(&name, names, BANDS)?;
        Ok(())
    }

    /// One panel per alternative: how often each size of the lift occurs.
    fn lift<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (head, body) = area.split_vertically(TITLE_HEIGHT);
        let baseline = fitted(&head, self.name(0), 20, WIDTH / 3)?;
        title(
            &head,
            &format!("What a change adds to the revenue of {baseline}"),
        )?;
        let n = self.findings.study.comparisons.len();
        for (index, panel) in body.split_evenly((n, 1)).iter().enumerate() {
            self.lift_panel(panel, index + 1)?;
        }
        Ok(())
    }

    fn lift_panel<B: DrawingBackend>(&self, panel: &Area<B>, index: usize) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let cases = self.findings.cases;
        let values = paired_differences(cases[0], cases[index], &METRICS[REVENUE]);
        let (head, plot) = panel.split_vertically(30);
        let lift = &self.findings.study.comparisons[index - 1].differences[REVENUE];
        let more = lift
            .probability_positive
            .map(view::percent)
            .unwrap_or_default();
        let told = format!(
            "mean {}, more in {more} of futures",
            self.style.difference_estimate(Unit::Money, &lift.estimate)
        );
        let room = (WIDTH - 80).saturating_sub(text_width(&head, &told, 15)? as u32);
        let name = fitted(&head, self.name(index), 18, room)?;
        write(&head, &name, (24, 15), text(18).color(&INK), HPos::Left)?;
        write(
            &head,
            &told,
            (WIDTH as i32 - 32, 15),
            text(15).color(&FAINT_INK),
            HPos::Right,
        )?;
        let window = view::window_of(&cases[0]).map(|_| view::time(&cases[0]));
        let in_window = window.map_or(String::new(), |window| format!(" in {window}"));
        let bins = Bins::of(&values);
        let highest = bins.shares.iter().fold(0.0, |a: f64, b| a.max(*b));
        let (low, high) = bins.shown();
        let mut chart =
            framed(&plot).build_cartesian_2d(low..high, 0.0..100.0 * 1.08 * highest.max(1e-9))?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .x_labels(9)
            .y_labels(5)
            .x_label_formatter(&|value| self.style.difference(Unit::Money, *value))
            .y_label_formatter(&|share| format!("{share:.1} %"))
            .x_desc(format!(
                "revenue of the alternative less that of the baseline{in_window}, in the same future"
            ))
            .y_desc("share of futures")
            .draw()?;
        let bars = bins.bars().map(|(from, to, share)| {
            let shade = if from + to < 0.0 { SHADES[0] } else { BANDS[2] };
            Rectangle::new([(from, 0.0), (to, 100.0 * share)], shade.filled())
        });
        chart.draw_series(bars)?;
        let edges = bins.bars().map(|(from, to, share)| {
            Rectangle::new([(from, 0.0), (to, 100.0 * share)], WHITE.stroke_width(1))
        });
        chart.draw_series(edges)?;
        let top = 100.0 * 1.08 * highest.max(1e-9);
        let zero = PathElement::new(vec![(0.0, 0.0), (0.0, top)], INK.stroke_width(2));
        chart.draw_series([zero])?;
        Ok(())
    }

    /// Bars by stage, scenarios side by side.
    fn funnel<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let time = view::time(&self.findings.cases[0]);
        let (head, body) = area.split_vertically(TITLE_HEIGHT);
        title(
            &head,
            &format!("How many leads get how far in {time} (mean over all futures)"),
        )?;
        let forecasts = &self.findings.study.forecasts;
        let n = forecasts.len() as i32;
        for index in 0..forecasts.len() {
            let y = 15 + 30 * index as i32;
            let shade = SHADES[index % SHADES.len()];
            body.draw(&Rectangle::new(
                [(180, y - 9), (198, y + 9)],
                shade.filled(),
            ))?;
            let name = fitted(&body, self.name(index), 16, WIDTH - 260)?;
            write(&body, &name, (208, y), text(16).color(&INK), HPos::Left)?;
        }
        let mean = |forecast: &Forecast, stage: &str| {
            let metric = Metric::position(stage).map(|at| &forecast.metrics[at]);
            metric
                .and_then(|metric| metric.estimate.mean)
                .unwrap_or(0.0)
        };
        let all = STAGES
            .iter()
            .flat_map(|(stage, _)| forecasts.iter().map(move |of| mean(of, stage)));
        let longest = all.fold(0.0, f64::max).max(1e-9);
        let (left, full) = (180, f64::from(WIDTH) - 180.0 - 190.0);
        let mut y = 30 * n + 14;
        for (stage, label) in STAGES {
            let middle = y + 34 * n / 2 - 2;
            write(
                &body,
                label,
                (left - 14, middle),
                text(17).color(&INK),
                HPos::Right,
            )?;
            for (index, forecast) in forecasts.iter().enumerate() {
                let value = mean(forecast, stage);
                let end = left + (full * value / longest).round() as i32;
                let shade = SHADES[index % SHADES.len()];
                let corners = [(left, y), (end.max(left + 1), y + 28)];
                body.draw(&Rectangle::new(corners, shade.filled()))?;
                let mut shown = self.style.value(Unit::Count, value);
                let base = mean(&forecasts[0], stage);
                if index > 0 && base > 0.0 {
                    // Adding 0 after rounding turns -0.0 into +0.0.
                    let change = (1000.0 * (value / base - 1.0)).round() / 10.0 + 0.0;
                    shown += &format!("  {change:+.1} %");
                }
                write(
                    &body,
                    &shown,
                    (end + 10, y + 14),
                    text(15).color(&INK),
                    HPos::Left,
                )?;
                y += 34;
            }
            y += 26;
        }
        Ok(())
    }
}

/// Name of the period that begins at a place of the axis.
fn period_label(start: Date, periods: &[Window], index: f64) -> String {
    let period = (index.fract() == 0.0).then(|| periods.get(index as usize));
    let window = period.flatten().copied();
    window.map_or(String::new(), |window| view::period_name(start, window))
}

/// The room that a panel's plot leaves for its axes.
fn framed<'a, 'b, B: DrawingBackend>(plot: &'a Area<B>) -> ChartBuilder<'a, 'b, B> {
    let mut chart = ChartBuilder::on(plot);
    chart
        .margin_left(24)
        .margin_right(56)
        .margin_bottom(14)
        .x_label_area_size(48)
        .y_label_area_size(96);
    chart
}

/// Lines and text of all axes alike.
fn quiet<X: Ranged, Y: Ranged, B: DrawingBackend>(mesh: &mut MeshStyle<X, Y, B>) {
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(FAINT_INK)
        .label_style(text(14).color(&INK))
        .axis_desc_style(text(14).color(&INK));
}

/// What the shades of a panel stand for, at the right end of its head; where that begins \[pixels\].
fn keys<B: DrawingBackend>(
    head: &Area<B>,
    names: [&str; 3],
    shades: [RGBColor; 3],
) -> Result<i32, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let mut x = WIDTH as i32 - 32;
    for (name, shade) in names.iter().zip(shades).rev() {
        x -= 12 + text_width(head, name, 14)?;
        write(head, name, (x, 15), text(14).color(&INK), HPos::Left)?;
        x -= 22;
        head.draw(&Rectangle::new([(x, 8), (x + 16, 22)], shade.filled()))?;
    }
    Ok(x)
}

fn text(size: u32) -> TextStyle<'static> {
    TextStyle::from((FONT, size).into_font())
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

fn title<B: DrawingBackend>(area: &Area<B>, words: &str) -> Drawn
where
    B::ErrorType: 'static,
{
    let style = TextStyle::from((FONT, 24).into_font().style(FontStyle::Bold)).color(&INK);
    write(
        area,
        words,
        (24, TITLE_HEIGHT as i32 / 2),
        style,
        HPos::Left,
    )
}

/// Width of `words` \[pixels\].
fn text_width<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    size: u32,
) -> Result<i32, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let (width, _) = area.estimate_text_size(words, &text(size))?;
    Ok(width as i32)
}

/// `words`, cut with an ellipsis if wider than `room` \[pixels\].
fn fitted<B: DrawingBackend>(
    area: &Area<B>,
    words: &str,
    size: u32,
    room: u32,
) -> Result<String, Box<dyn Error>>
where
    B::ErrorType: 'static,
{
    let room = room as i32;
    if text_width(area, words, size)? <= room {
        return Ok(words.to_owned());
    }
    let mut letters: Vec<char> = words.chars().collect();
    while letters.pop().is_some() {
        let cut = letters.iter().collect::<String>() + "…";
        if text_width(area, &cut, size)? <= room {
            return Ok(cut);
        }
    }
    Ok(String::new())
}

/// A histogram whose bins have an edge at 0, so that gains and losses are never mixed.
struct Bins {
    /// Left edge of the first \[money\].
    start: f64,
    width: f64,
    /// Share of all values in each.
    shares: Vec<f64>,
}

impl Bins {
    fn of(values: &[f64]) -> Bins {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = high - low;
        let width = if spread > 0.0 {
            spread / N_BINS as f64
        } else {
            low.abs().max(1.0) / 8.0
        };
        let first = (low / width).floor();
        if !first.is_finite() || !width.is_finite() {
            return Bins {
                start: 0.0,
                width: 1.0,
                shares: vec![0.0],
            };
        }
        let mut shares = vec![0.0; N_BINS + 2];
        for value in values {
            let bin = ((value / width).floor() - first) as usize;
            shares[bin.min(N_BINS + 1)] += 1.0 / values.len() as f64;
        }
        Bins {
            start: first * width,
            width,
            shares,
        }
    }

    /// Edges and share of each bin that holds anything.
    fn bars(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let bins = self.shares.iter().enumerate();
        bins.filter(|(_, share)| **share > 0.0).map(|(bin, share)| {
            let from = self.start + bin as f64 * self.width;
            (from, from + self.width, *share)
        })
    }

    /// What the axis spans: every bar, and 0.
    fn shown(&self) -> (f64, f64) {
        let end = self.bars().map(|(_, to, _)| to).fold(self.start, f64::max);
        let (low, high) = (self.start.min(0.0), end.max(0.0));
        (low - self.width, high + self.width)
    }
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
    fn bins_hold_every_value_and_never_mix_signs() {
        for values in [
            vec![-1.0, 2.0, 5.0],
            vec![3.0; 4],
            vec![0.0],
            vec![-1e-9, 1e12],
            vec![],
        ] {
            let bins = Bins::of(&values);
            let total: f64 = bins.shares.iter().sum();
            assert!((total - f64::from(u8::from(!values.is_empty()))).abs() < 1e-12);
            for (from, to, _) in bins.bars() {
                assert!(from >= -1e-9 * bins.width || to <= 1e-9 * bins.width);
            }
        }
    }
}
