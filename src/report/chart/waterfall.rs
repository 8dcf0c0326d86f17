//! Waterfalls: how the difference between two scenarios builds up, step by step.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::bridge::sorted;
use super::super::files::Unwritable;
use super::super::paper::Paper;
use super::super::{Explained, view};
use super::{
    Area, BANDS, Charts, Drawing, Drawn, FAINT_INK, INK, Panels, SHADES, TEXT, TITLE_HEIGHT,
    TOLD_HEIGHT, WIDTH, fitted, headed, n_labels, plain, quiet, tell, text, write,
};
use crate::forecast::{Estimate, Unit};

/// Heights of a bar with its gap, at least and where nobody asks, and of the axis.
const LEAST_ROW: u32 = 30;
const ROW_HEIGHT: u32 = 44;
const AXIS_HEIGHT: u32 = 60;
const MARGIN: u32 = 14;
/// Room for names and for values beside the bars.
const NAMES_WIDTH: u32 = 270;
const VALUES_WIDTH: u32 = 250;

/// Widest name in a sentence \[columns of text\].
const NAMED_WIDTH: usize = 30;

/// A waterfall, ready to draw.
struct Waterfall<'a> {
    file: &'static str,
    title: String,
    /// What stands below the title.
    told: String,
    rows: Vec<Row<'a>>,
    style: view::Style<'a>,
    unit: Unit,
}

/// A bar.
struct Row<'a> {
    name: &'a str,
    value: Estimate,
    from: f64,
    to: f64,
    is_total: bool,
}

impl Charts {
    /// Draws the waterfalls of a split, in place of those of an earlier run: by change, and along the funnel
    /// where there is such a split.
    ///
    /// # Errors
    /// If any cannot be written; those of an earlier run then still stand.
    pub fn write_bridge(&self, explained: &Explained) -> Result<(), Unwritable> {
        let by_change = sorted(explained).into_iter();
        let by_change = by_change.map(|term| (term.name.as_str(), term.shapley));
        let mut waterfalls = vec![Waterfall::new(
            explained,
            "explain_changes",
            "by change",
            by_change,
        )];
        if let Some(steps) = &explained.attribution.along_the_funnel {
            let steps = steps.iter().map(|step| (step.name, step.value));
            waterfalls.push(Waterfall::new(
                explained,
                "explain_funnel",
                "along the funnel",
                steps,
            ));
        }
        self.write_all(&waterfalls)
    }
}

impl<'a> Waterfall<'a> {
    fn new(
        explained: &Explained<'a>,
        file: &'static str,
        how: &str,
        steps: impl Iterator<Item = (&'a str, Estimate)>,
    ) -> Self {
        let Explained {
            baseline,
            alternative,
            attribution,
            ..
        } = explained;
        let (style, unit) = (
            view::Style {
                currency: &baseline.currency,
            },
            attribution.metric.unit,
        );
        let mut level = 0.0;
        let mut rows: Vec<Row> = steps
            .map(|(name, value)| {
                let from = level;
                level += value.mean.unwrap_or(0.0);
                Row {
                    name,
                    value,
                    from,
                    to: level,
                    is_total: false,
                }
            })
            .collect();
        rows.push(Row {
            name: "total",
            value: attribution.total,
            from: 0.0,
            to: attribution.total.mean.unwrap_or(0.0),
            is_total: true,
        });
        let value = |of: &Estimate| style.maybe(unit, of.mean);
        let named = |name: &str| Paper::new(0, true).cut(&plain(name), NAMED_WIDTH);
        let time = view::time_of(baseline, attribution.window);
        Waterfall {
            file,
            title: format!("What changes {} in {time}, {how}", attribution.metric.name),
            told: format!(
                "from {} ({}) to {} ({}), with 95 % confidence intervals",
                named(&baseline.name),
                value(&attribution.baseline),
                named(&alternative.name),
                value(&attribution.alternative)
            ),
            rows,
            style,
            unit,
        }
    }

    /// Left and right end of the axis: all bars, all whiskers and 0.
    fn shown(&self) -> (f64, f64) {
        let ends = self.rows.iter().flat_map(|row| {
            let half = row.value.half_width.unwrap_or(0.0);
            [row.from, row.to - half, row.to + half]
        });
        let (low, high) = ends.fold((0.0, 0.0), |(low, high): (f64, f64), end| {
            (low.min(end), high.max(end))
        });
        let room = 0.03 * (high - low);
        let room = if room > 0.0 && room.is_finite() {
            room
        } else {
            1.0
        };
        (low - room, high + room)
    }

    fn bars<B: DrawingBackend>(&self, body: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let n = self.rows.len() as f64;
        let (low, high) = self.shown();
        let mut chart = ChartBuilder::on(body)
            .margin_left(NAMES_WIDTH)
            .margin_right(VALUES_WIDTH)
            .margin_bottom(MARGIN)
            .x_label_area_size(AXIS_HEIGHT)
            .build_cartesian_2d(low..high, n..0.0)?;
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_y_mesh()
            .disable_y_axis()
            .x_labels(n_labels(body).min(6))
            .x_label_formatter(&|value| self.style.difference(self.unit, *value))
            .x_desc("difference from the baseline, added up from top to bottom")
            .draw()?;
        let bars = self.rows.iter().enumerate().map(|(index, row)| {
            let (top, bottom) = (index as f64 + 0.18, index as f64 + 0.82);
            Rectangle::new([(row.from, top), (row.to, bottom)], row.shade().filled())
        });
        chart.draw_series(bars)?;
        let joints = self.rows.iter().enumerate().map(|(index, row)| {
            let (from, to) = (index as f64 + 0.18, index as f64 + 1.18);
            PathElement::new(vec![(row.to, from), (row.to, to.min(n))], FAINT_INK)
        });
        chart.draw_series(joints.take(self.rows.len() - 1))?;
        for (colour, width) in [(WHITE, 4), (INK, 2)] {
            let whiskers = self.rows.iter().enumerate().filter_map(|(index, row)| {
                let (half, middle) = (row.value.half_width?, index as f64 + 0.5);
                let ends = vec![(row.to - half, middle), (row.to + half, middle)];
                Some(PathElement::new(ends, colour.stroke_width(width)))
            });
            chart.draw_series(whiskers)?;
        }
        let zero = PathElement::new(vec![(0.0, 0.0), (0.0, n)], INK.stroke_width(1));
        chart.draw_series([zero])?;
        Ok(())
    }

    fn labels<B: DrawingBackend>(&self, body: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (width, height) = body.dim_in_pixel();
        let rows = f64::from(height.saturating_sub(AXIS_HEIGHT + MARGIN));
        let row_height = rows / self.rows.len() as f64;
        for (index, row) in self.rows.iter().enumerate() {
            let y = ((index as f64 + 0.5) * row_height).round() as i32;
            let name = fitted(body, &plain(row.name), &text(TEXT), NAMES_WIDTH - 40)?;
            let place = (NAMES_WIDTH as i32 - 14, y);
            write(body, &name, place, text(TEXT).color(&INK), HPos::Right)?;
            let value = self.style.difference_estimate(self.unit, &row.value);
            let value = fitted(body, &value, &text(TEXT), VALUES_WIDTH - 30)?;
            let place = ((width - VALUES_WIDTH) as i32 + 14, y);
            write(body, &value, place, text(TEXT).color(&INK), HPos::Left)?;
        }
        Ok(())
    }
}

impl Row<'_> {
    /// Gains are dark, losses light, the total is grey in between.
    fn shade(&self) -> RGBColor {
        match self {
            Row { is_total: true, .. } => SHADES[3],
            _ if self.to < self.from => SHADES[0],
            _ => BANDS[2],
        }
    }
}

impl Drawing for Waterfall<'_> {
    fn name(&self) -> &'static str {
        self.file
    }

    fn natural(&self) -> (u32, u32) {
        let rows = ROW_HEIGHT * self.rows.len() as u32;
        (WIDTH, self.panels().head + rows + AXIS_HEIGHT + MARGIN)
    }

    fn panels(&self) -> Panels {
        let rows = LEAST_ROW * self.rows.len() as u32;
        Panels {
            n: 1,
            least: (WIDTH, rows + AXIS_HEIGHT + MARGIN),
            head: TITLE_HEIGHT + TOLD_HEIGHT,
        }
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (told, body) = headed(area, &self.title)?;
        tell(&told, &self.told)?;
        self.bars(&body)?;
        self.labels(&body)
    }
}
