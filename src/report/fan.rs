//! Revenue by period: the mean and where 8 of 10 futures lie, as bars on one scale.

use super::Findings;
use super::paper::{PLAIN, Paper, STRONG};
use super::table::shown;
use super::view::{self, NOTHING, Style};
use crate::forecast::{Forecast, MetricForecast, REVENUE, Unit};

/// Most periods that are shown.
const MAX_PERIODS: usize = 24;
/// Columns of the shortest scale that says anything.
const MIN_SCALE: usize = 24;
/// Between scenarios, and between a mean and its scale.
const GAP: &str = "   ";
const BESIDE: &str = "  ";

/// Every scenario's fan: as many side by side as the width takes, the others below.
pub(super) fn text(findings: &Findings, paper: Paper) -> String {
    let fans: Vec<Fan> = (0..findings.cases.len())
        .map(|index| Fan::new(findings, index))
        .collect();
    let highest = fans.iter().flat_map(|fan| fan.bands.iter().flatten());
    let highest = highest.fold(0.0, |highest: f64, band| {
        highest.max(band.high).max(band.mean)
    });
    if highest <= 0.0 {
        return String::new();
    }
    let style = Style {
        currency: &findings.cases[0].scenario.currency,
    };
    let frame = Frame::new(&fans, highest, style, paper);
    let blocks = fans.chunks(frame.n_abreast).map(|fans| frame.block(fans));
    let blocks: Vec<String> = blocks.collect();
    blocks.join("\n") + &paper.faint(&frame.legend())
}

/// The periods of one scenario.
struct Fan {
    name: String,
    /// By period, of those that are shown.
    periods: Vec<String>,
    bands: Vec<Option<Band>>,
    /// One period of how many is shown.
    step: usize,
}

/// A period's revenue.
#[derive(Debug, Clone, Copy)]
struct Band {
    /// P10.
    low: f64,
    mean: f64,
    /// P90.
    high: f64,
}

impl Band {
    fn of(metric: &MetricForecast) -> Option<Band> {
        Some(Band {
            low: metric.distribution.quantile(0.10)?,
            mean: metric.estimate.mean?,
            high: metric.distribution.quantile(0.90)?,
        })
    }
}

impl Fan {
    fn new(findings: &Findings, index: usize) -> Fan {
        let scenario = findings.cases[index].scenario;
        let forecast: &Forecast = &findings.study.forecasts[index];
        let step = forecast.periods.len().div_ceil(MAX_PERIODS).max(1);
        let shown = forecast.periods.iter().step_by(step);
        let names = shown
            .clone()
            .map(|period| view::period_name(scenario.start, period.window));
        Fan {
            name: scenario.name.clone(),
            periods: names.collect(),
            bands: shown
                .map(|period| Band::of(&period.metrics[REVENUE]))
                .collect(),
            step,
        }
    }
}

/// What all fans share.
struct Frame<'a> {
    paper: Paper,
    style: Style<'a>,
    /// The right end of every scale; the left end is 0.
    highest: f64,
    /// Columns of the periods' names, of means and of scales.
    period: usize,
    mean: usize,
    scale: usize,
    n_abreast: usize,
    step: usize,
}

impl<'a> Frame<'a> {
    fn new(fans: &[Fan], highest: f64, style: Style<'a>, paper: Paper) -> Frame<'a> {
        let periods = fans.iter().flat_map(|fan| &fan.periods);
        let period = periods.map(|name| shown(name)).max().unwrap_or(0);
        let period = period.max(TITLE.len());
        let means = fans.iter().flat_map(|fan| fan.bands.iter().flatten());
        let means = means.map(|band| shown(&style.value(Unit::Money, band.mean)));
        let mean = means.max().unwrap_or(0).max(MEAN.len());
        let room = paper.width.saturating_sub(period);
        let n_abreast =
            (room / (GAP.len() + mean + BESIDE.len() + MIN_SCALE)).clamp(1, fans.len().max(1));
        let scale = (room / n_abreast).saturating_sub(GAP.len() + mean + BESIDE.len());
        let step = fans.first().map_or(1, |fan| fan.step);
        Frame {
            paper,
            style,
            highest,
            period,
            mean,
            scale,
            n_abreast,
            step,
        }
    }

    /// Fans side by side.
    fn block(&self, fans: &[Fan]) -> String {
        let heads: String = fans.iter().map(|fan| self.head(fan)).collect();
        let head = self.paper.padded(TITLE, self.period) + &heads;
        let mut text = format!("{STRONG}{}{STRONG:#}\n", head.trim_end());
        for (row, period) in fans[0].periods.iter().enumerate() {
            let cells: String = fans.iter().map(|fan| self.cell(fan.bands[row])).collect();
            let line = self.paper.padded(period, self.period) + &cells;
            text += &format!("{PLAIN}{}{PLAIN:#}\n", line.trim_end());
        }
        text
    }

    /// Who it is of, and the ends of the scale.
    fn head(&self, fan: &Fan) -> String {
        let top = self.style.value(Unit::Money, self.highest);
        let ends = self.paper.clean(&format!("0 … {top}"));
        let name = self
            .paper
            .cut(&fan.name, self.scale.saturating_sub(shown(&ends) + 1));
        let name = self
            .paper
            .padded(&name, self.scale.saturating_sub(shown(&ends)));
        format!("{GAP}{MEAN:>width$}{BESIDE}{name}{ends}", width = self.mean)
    }

    fn cell(&self, band: Option<Band>) -> String {
        let mean = band.map_or(NOTHING.to_owned(), |band| {
            self.style.value(Unit::Money, band.mean)
        });
        let mean = self.paper.clean(&mean);
        let blanks = " ".repeat(self.mean.saturating_sub(shown(&mean)));
        let bar = band.map_or(String::new(), |band| self.bar(band));
        format!(
            "{GAP}{blanks}{mean}{BESIDE}{}",
            self.paper.padded(&bar, self.scale)
        )
    }

    /// `   ├──●───┤` on the scale.
    fn bar(&self, band: Band) -> String {
        let last = self.scale.saturating_sub(1);
        let place =
            |value: f64| ((value / self.highest).clamp(0.0, 1.0) * last as f64).round() as usize;
        let [low, mean, high] = [band.low, band.mean, band.high].map(place);
        let [from, to, between, middle] = self.signs();
        let sign = |column: usize| match column {
            _ if column == mean => middle,
            _ if column == low => from,
            _ if column == high => to,
            _ if column > low && column < high => between,
            _ => ' ',
        };
        (0..=high.max(mean)).map(sign).collect()
    }

    /// P10, P90, what lies between them, the mean.
    fn signs(&self) -> [char; 4] {
        match self.paper.unicode {
            true => ['├', '┤', '─', '●'],
            false => ['|', '|', '-', 'o'],
        }
    }

    fn legend(&self) -> String {
        let [from, to, _, middle] = self.signs();
        let some = match self.step {
            1 => String::new(),
            step => format!(" One period of {step} is shown."),
        };
        format!(
            "By period: {from} P10, {middle} mean, {to} P90 of the revenue booked in it (prediction interval).{some}"
        )
    }
}

const TITLE: &str = "revenue";
const MEAN: &str = "mean";
