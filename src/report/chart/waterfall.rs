//! Waterfalls: how the difference between two scenarios builds up, step by step.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::super::bridge::sorted;
use super::super::files::Unwritable;
use super::super::{Explained, view};
use super::{
    Area, BANDS, Charts, Drawing, Drawn, FAINT_INK, INK, SHADES, TITLE_HEIGHT, WIDTH, fitted,
    quiet, text, title, write,
};
use crate::forecast::{Estimate, Unit};

/// Heights of the line below the title, of a bar with its gap, and of the axis \[pixels\].
const TOLD_HEIGHT: u32 = 34;
const ROW_HEIGHT: u32 = 40;
const AXIS_HEIGHT: u32 = 48;
const MARGIN: u32 = 14;
/// Room for names and for values beside the bars \[pixels\].
const NAMES_WIDTH: u32 = 260;
const VALUES_WIDTH: u32 = 240;

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
        let time = view::time_of(baseline, attribution.window);
        Waterfall {
            file,
            title: format!("What changes {} in {time}, {how}", attribution.metric.name),
            told: format!(
                "from {} ({}) to {} ({}), with 95 % confidence intervals",
                baseline.name,
                value(&attribution.baseline),
                alternative.name,
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
            .x_labels(6)
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
        for (index, row) in self.rows.iter().enumerate() {
            let y = (ROW_HEIGHT * index as u32 + ROW_HEIGHT / 2) as i32;
            let name = fitted(body, row.name, 17, NAMES_WIDTH - 40)?;
            let place = (NAMES_WIDTH as i32 - 14, y);
            write(body, &name, place, text(17).color(&INK), HPos::Right)?;
            let value = self.style.difference_estimate(self.unit, &row.value);
            let value = fitted(body, &value, 16, VALUES_WIDTH - 30)?;
            let place = ((WIDTH - VALUES_WIDTH) as i32 + 14, y);
            write(body, &value, place, text(16).color(&INK), HPos::Left)?;
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

    fn size(&self) -> (u32, u32) {
        let rows = ROW_HEIGHT * self.rows.len() as u32;
        let height = TITLE_HEIGHT + TOLD_HEIGHT + rows + AXIS_HEIGHT + MARGIN;
        (WIDTH, height)
    }

    fn draw<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let (head, rest) = area.split_vertically(TITLE_HEIGHT);
        title(&head, &self.title)?;
        let (below, body) = rest.split_vertically(TOLD_HEIGHT);
        let told = fitted(&below, &self.told, 16, WIDTH - 60)?;
        write(
            &below,
            &told,
            (24, 4),
            text(16).color(&FAINT_INK),
            HPos::Left,
        )?;
        self.bars(&body)?;
        self.labels(&body)
    }
}
