//! A sweep as a chart: a line with its band for one key, a heat map for two; a panel per metric.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::files::Unwritable;
use super::super::{Swept, view};
use super::{
    AXIS, Area, BANDS, Charts, Drawing, Drawn, FAINT_INK, INK, LEAST_PANEL, NAME_HEIGHT,
    PANEL_HEIGHT, Panels, TITLE_HEIGHT, TOLD_HEIGHT, WIDTH, fitted, headed, key, named, plain,
    quiet, tell, text, text_width, write,
};
use crate::decide::{Answer, Point};
use crate::forecast::Metric;
use crate::scenario::Axis;

/// Heights of what stands below a panel, and of a row of a heat map, at least and where nobody asks.
const FOOT_HEIGHT: u32 = 64;
const LEAST_ROW: u32 = 28;
const ROW_HEIGHT: u32 = 40;
/// The narrowest column of a heat map.
const LEAST_COLUMN: u32 = 76;
/// Room left and right of what is drawn.
const LEFT: u32 = 130;
const RIGHT: u32 = 48;
/// The lightest and the darkest shade of a heat map.
const LIGHT: RGBColor = RGBColor(236, 242, 248);
const DARK: RGBColor = BANDS[2];

struct SweepChart<'a> {
    swept: &'a Swept<'a>,
    style: view::Style<'a>,
}

impl Charts {
    /// Draws a sweep, in place of that of an earlier run.
    ///
    /// # Errors
    /// If it cannot be written; that of an earlier run then still stands.
    pub fn write_sweep(&self, swept: &Swept) -> Result<(), Unwritable> {
        let currency = &swept.scenario.currency;
        let style = view::Style { currency };
        self.write_all(&[SweepChart { swept, style }])
    }
}

impl SweepChart<'_> {
    fn points(&self) -> &[Point] {
        &self.swept.sweep.points
    }

    fn answers(&self, metric: usize) -> impl Iterator<Item = &Answer> + Clone {
        self.points()
            .iter()
            .map(move |point| &point.answers[metric])
    }

    fn is_net(&self, metric: usize) -> bool {
        metric + 1 == self.swept.sweep.metrics.len()
    }

    /// Writes what a metric is called above its panel; the room below.
    fn headed<'a, B: DrawingBackend>(
        &self,
        panel: &Area<'a, B>,
        metric: &Metric,
    ) -> Result<Area<'a, B>, Box<dyn std::error::Error>>
    where
        B::ErrorType: 'static,
    {
        let time = view::time_of(self.swept.scenario, self.swept.sweep.window);
        let name = plain(&self.swept.scenario.name);
        named(
            panel,
            &format!("{} of {name}", metric.name),
            &format!(" in {time}"),
        )
    }

    fn lines<B: DrawingBackend>(&self, panel: &Area<B>, axis: &Axis, metric: usize) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let of = self.swept.sweep.metrics[metric];
        let plot = self.headed(panel, of)?;
        let x = places(axis);
        let (low, high) = self.span(metric);
        let (left, right) = ends(&x);
        let mut chart = ChartBuilder::on(&plot)
            .margin_left(LEFT - 100)
            .margin_top(6)
            .margin_right(RIGHT)
            .x_label_area_size(FOOT_HEIGHT)
            .y_label_area_size(100)
            .build_cartesian_2d(left..right, low..high)?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .x_labels(0)
            .y_labels(5)
            .y_label_formatter(&|value| self.style.value(of.unit, *value))
            .draw()?;
        let points = || x.iter().copied().zip(self.answers(metric));
        let end = |level: f64| {
            points().filter_map(move |(x, of)| Some((x, of.distribution.quantile(level)?)))
        };
        let band = end(0.10).chain(end(0.90).collect::<Vec<_>>().into_iter().rev());
        chart.draw_series([Polygon::new(band.collect::<Vec<_>>(), BANDS[0].filled())])?;
        for (point, shade) in [
            (self.swept.sweep.stops[0][0].after, FAINT_INK),
            (self.swept.sweep.best, INK),
        ] {
            let mark = vec![(x[point], low), (x[point], high)];
            chart.draw_series([PathElement::new(mark, shade.stroke_width(1))])?;
        }
        let means = points().filter_map(|(x, of)| Some((x, of.estimate.mean?)));
        chart.draw_series(LineSeries::new(means.clone(), BANDS[2].stroke_width(3)))?;
        for (colour, width) in [(WHITE, 5), (INK, 2)] {
            let whiskers = points().filter_map(|(x, of)| {
                let [from, to] = of.estimate.ci95()?;
                Some(PathElement::new(
                    vec![(x, from), (x, to)],
                    colour.stroke_width(width),
                ))
            });
            chart.draw_series(whiskers)?;
        }
        chart.draw_series(means.map(|middle| Circle::new(middle, 5, BANDS[2].filled())))?;
        let (across, down) = panel.get_pixel_range();
        let place = |x: f64, y: f64| {
            let (x, y) = chart.backend_coord(&(x, y));
            (x - across.start, y - down.start)
        };
        if self.is_net(metric) {
            self.marks(panel, &|point| place(x[point], high))?;
        }
        let columns: Vec<i32> = x.iter().map(|x| place(*x, low).0).collect();
        let below = place(left, low).1;
        columns_named(panel, axis, &axis.name(), &columns, below)
    }

    /// Names the best point and the last to pay, above the plot.
    fn marks<B: DrawingBackend>(&self, panel: &Area<B>, top: &dyn Fn(usize) -> (i32, i32)) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let sweep = self.swept.sweep;
        let stop = sweep.stops[0][0].after;
        let marks = match stop == sweep.best {
            true => vec![(stop, "best, last to pay")],
            false => vec![(stop, "last to pay"), (sweep.best, "best")],
        };
        for (nth, (point, words)) in marks.into_iter().enumerate() {
            let (x, y) = top(point);
            // The earlier mark stands left of its line, so that neighbours do not overlap.
            let room = text_width(panel, words, &text(AXIS))? + 12;
            let is_first = nth == 0 && x - room > LEFT as i32 && stop != sweep.best;
            let left = is_first || x + room > panel.dim_in_pixel().0 as i32;
            let (x, side) = if left {
                (x - 6, HPos::Right)
            } else {
                (x + 6, HPos::Left)
            };
            write(panel, words, (x, y + 12), text(AXIS).color(&INK), side)?;
        }
        Ok(())
    }

    /// What the axis of a metric spans: bands and intervals.
    fn span(&self, metric: usize) -> (f64, f64) {
        let values = self.answers(metric).flat_map(|of| {
            let spread = &of.distribution;
            let band = [
                spread.quantile(0.10),
                spread.quantile(0.90),
                of.estimate.mean,
            ];
            let interval = of.estimate.ci95().map(|ends| ends.map(Some));
            band.into_iter().chain(interval.unwrap_or_default())
        });
        ends(&values.flatten().collect::<Vec<_>>())
    }

    fn heat<B: DrawingBackend>(&self, panel: &Area<B>, axes: [&Axis; 2], metric: usize) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let [down, across] = axes;
        let of = self.swept.sweep.metrics[metric];
        let body = self.headed(panel, of)?;
        let (body_width, body_height) = body.dim_in_pixel();
        let width = (body_width - LEFT - RIGHT) / across.len() as u32;
        let height = body_height.saturating_sub(FOOT_HEIGHT) / down.len() as u32;
        let corner = |row: usize, column: usize| {
            let (x, y) = (LEFT + column as u32 * width, row as u32 * height);
            (x as i32, y as i32)
        };
        let means = || self.answers(metric).filter_map(|of| of.estimate.mean);
        let (low, high) = (
            means().fold(f64::INFINITY, f64::min),
            means().fold(f64::NEG_INFINITY, f64::max),
        );
        for (index, answer) in self.answers(metric).enumerate() {
            let (row, column) = (index / across.len(), index % across.len());
            let Some(mean) = answer.estimate.mean else {
                continue;
            };
            let share = if high > low {
                (mean - low) / (high - low)
            } else {
                0.0
            };
            let (from, to) = (corner(row, column), corner(row + 1, column + 1));
            body.draw(&Rectangle::new([from, to], shade(share).filled()))?;
            let words = self.style.value(of.unit, mean);
            let words = fitted(&body, &words, &text(AXIS), width.saturating_sub(8))?;
            let ink = if share > 0.55 { WHITE } else { INK };
            let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
            write(&body, &words, middle, text(AXIS).color(&ink), HPos::Center)?;
        }
        if self.is_net(metric) {
            self.frames(&body, across.len(), &corner)?;
        }
        for row in 0..down.len() {
            let name = fitted(&body, &down.value(row), &text(AXIS), LEFT - 40)?;
            let (x, y) = corner(row, 0);
            let place = (x - 10, y + height as i32 / 2);
            write(&body, &name, place, text(AXIS).color(&INK), HPos::Right)?;
        }
        let columns: Vec<i32> = (0..across.len())
            .map(|column| corner(0, column).0 + width as i32 / 2)
            .collect();
        let names = format!("{} down, {} across", down.name(), across.name());
        columns_named(&body, across, &names, &columns, corner(down.len(), 0).1)
    }

    /// Frames the best cell, and thinly those that are not told apart from it.
    fn frames<B: DrawingBackend>(
        &self,
        body: &Area<B>,
        n_across: usize,
        corner: &dyn Fn(usize, usize) -> (i32, i32),
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let sweep = self.swept.sweep;
        for point in sweep.not_behind() {
            let (row, column) = (point / n_across, point % n_across);
            let width = if point == sweep.best { 4 } else { 1 };
            let (from, to) = (corner(row, column), corner(row + 1, column + 1));
            let ([left, top], [right, bottom]) = ([from.0 + 2, from.1 + 2], [to.0 - 2, to.1 - 2]);
            let sides = [
                [(left, top), (right, top + width)],
                [(left, bottom - width), (right, bottom)],
                [(left, top), (left + width, bottom)],
                [(right - width, top), (right, bottom)],
            ];
            for side in sides {
                body.draw(&Rectangle::new(side, ORANGE.filled()))?;
            }
        }
        Ok(())
    }
}

/// The mark of the best, which is no shade of the map.
const ORANGE: RGBColor = RGBColor(214, 96, 20);

/// Where the values of an axis stand: at their numbers, or one after the other.
fn places(axis: &Axis) -> Vec<f64> {
    match axis.scale() {
        Some(scale) => scale.numbers.clone(),
        None => (0..axis.len()).map(|place| place as f64).collect(),
    }
}

/// The ends of values, with some room.
fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let room = 0.05 * (high - low);
    match room > 0.0 && room.is_finite() {
        true => (low - room, high + room),
        false if low.is_finite() => (low - 1.0, low + 1.0),
        false => (0.0, 1.0),
    }
}

fn shade(share: f64) -> RGBColor {
    let mix = |light: u8, dark: u8| {
        (f64::from(light) + share * (f64::from(dark) - f64::from(light))).round() as u8
    };
    RGBColor(
        mix(LIGHT.0, DARK.0),
        mix(LIGHT.1, DARK.1),
        mix(LIGHT.2, DARK.2),
    )
}

/// What is what in the panels of lines.
fn legend<B: DrawingBackend>(told: &Area<B>) -> Drawn
where
    B::ErrorType: 'static,
{
    let x = super::LEFT;
    told.draw(&Rectangle::new([(x, 3), (x + 18, 21)], BANDS[0].filled()))?;
    let x = key(told, "P10 to P90 of outcomes", x + 26)?;
    let line = [(x, 12), (x + 18, 12)];
    told.draw(&PathElement::new(line, BANDS[2].stroke_width(3)))?;
    let x = key(told, "mean", x + 26)?;
    let whisker = [(x + 9, 3), (x + 9, 21)];
    told.draw(&PathElement::new(whisker, INK.stroke_width(2)))?;
    key(told, "95 % confidence interval", x + 22)?;
    Ok(())
}

/// Writes the values of an axis and its name below columns; of many values, some.
fn columns_named<B: DrawingBackend>(
    area: &Area<B>,
    axis: &Axis,
    name: &str,
    columns: &[i32],
    below: i32,
) -> Drawn
where
    B::ErrorType: 'static,
{
    let width = area.dim_in_pixel().0;
    let spacing = columns
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .min();
    let spacing = spacing.unwrap_or(width as i32).max(1);
    // Short labels stand in full where every second or third of them does; long ones are cut.
    let wanted = 76.max(spacing);
    let every = (wanted + spacing - 1) / spacing;
    let room = (every * spacing - 10).max(30) as u32;
    for (place, column) in columns.iter().enumerate().step_by(every as usize) {
        let value = fitted(area, &axis.value(place), &text(AXIS), room)?;
        let place = (*column, below + 18);
        write(area, &value, place, text(AXIS).color(&INK), HPos::Center)?;
    }
    let name = fitted(area, &plain(name), &text(AXIS), width - LEFT - RIGHT)?;
    let place = ((LEFT + width - RIGHT) as i32 / 2, below + 44);
    write(
        area,
        &name,
        place,
        text(AXIS).color(&FAINT_INK),
        HPos::Center,
    )
}

impl Drawing for SweepChart<'_> {
    fn name(&self) -> &'static str {
        "sweep"
    }

    fn natural(&self) -> (u32, u32) {
        let Panels { n, head, least } = self.panels();
        let height = match self.swept.grid.axes() {
            [_] => PANEL_HEIGHT,
            axes => least.1 + (ROW_HEIGHT - LEAST_ROW) * axes[0].len() as u32,
        };
        (WIDTH, head + n as u32 * height)
    }

    fn panels(&self) -> Panels {
        let least = match self.swept.grid.axes() {
            [down, across] => {
                let rows = LEAST_ROW * down.len() as u32;
                let columns = LEAST_COLUMN * across.len() as u32;
                (
                    LEFT + RIGHT + columns.max(360),
                    NAME_HEIGHT + rows + FOOT_HEIGHT,
                )
            }
            _ => LEAST_PANEL,
        };
        Panels {
            n: self.swept.sweep.metrics.len(),
            least,
            head: TITLE_HEIGHT + TOLD_HEIGHT,
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let best = self.swept.grid.words(self.swept.sweep.best);
        let (told, body) = headed(area, &format!("Margin is highest at {best}"))?;
        let is_line = self.swept.grid.axes().len() == 1;
        match is_line {
            true => legend(&told)?,
            false => tell(
                &told,
                "Means, the highest darkest. Framed: the best, and thinly what is not told apart from it.",
            )?,
        }
        for (metric, panel) in self.panels().divide(&body).iter().enumerate() {
            match self.swept.grid.axes() {
                [axis] => self.lines(panel, axis, metric)?,
                axes => self.heat(panel, [&axes[0], &axes[1]], metric)?,
            }
        }
        Ok(())
    }
}
