//! When a change pays: its margin against the baseline's, period by period and summed up.

use plotters::prelude::*;

use super::{
    Area, BANDS, Chart, Drawn, INK, Page, Periods, TITLE, bold, fitted, framed, headed, keys,
    named, quiet,
};
use crate::forecast::{PairedMargin, Payoff, PeriodPayoff, Turn, Unit};

/// Colour of what lies within the interval of the turn.
const TURN: RGBColor = RGBColor(246, 232, 205);

/// What a panel shows of each period.
#[derive(Debug, Clone, Copy)]
enum Of {
    Period,
    Sum,
}

impl Of {
    fn margin(self, period: &PeriodPayoff) -> PairedMargin {
        match self {
            Of::Period => period.difference,
            Of::Sum => period.summed,
        }
    }

    fn turn(self, payoff: &Payoff) -> Option<Turn> {
        match self {
            Of::Period => payoff.turn,
            Of::Sum => payoff.summed_turn,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Of::Period => "within each period",
            Of::Sum => "summed up since day 0",
        }
    }
}

impl Page<'_> {
    /// Two panels per alternative.
    pub(super) fn payoff<B: DrawingBackend>(&self, area: &Area<B>) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let baseline = fitted(area, &self.name(0), &bold(TITLE), area.dim_in_pixel().0 / 3)?;
        let words = format!("When a change pays: its margin less that of {baseline}");
        let (told, body) = headed(area, &words)?;
        let names = ["P10 to P90", "95 % interval of the mean", "turn, 95 %"];
        keys(&told, &names, &[BANDS[0], BANDS[2], TURN])?;
        let comparisons = &self.findings.study.comparisons;
        let panels = Chart::Payoff.panels(self).divide(&body);
        let kinds = comparisons.iter().enumerate();
        let kinds = kinds.flat_map(|(index, of)| [(index, of, Of::Period), (index, of, Of::Sum)]);
        for (panel, (index, comparison, of)) in panels.iter().zip(kinds) {
            self.payoff_panel(panel, index + 1, &comparison.payoff, of)?;
        }
        Ok(())
    }

    fn payoff_panel<B: DrawingBackend>(
        &self,
        panel: &Area<B>,
        index: usize,
        payoff: &Payoff,
        of: Of,
    ) -> Drawn
    where
        B::ErrorType: 'static,
    {
        let scenario = self.findings.cases[index].scenario;
        let plot = named(panel, &self.name(index), &format!(", {}", of.words()))?;
        let margins: Vec<PairedMargin> = payoff.periods.iter().map(|p| of.margin(p)).collect();
        let [low, high] = span(&margins);
        let n_periods = margins.len();
        let mut chart =
            framed(&plot).build_cartesian_2d(Periods::below(&plot, scenario), low..high)?;
        if let Some([from, to]) = of.turn(payoff).and_then(|turn| turn.ci95) {
            let to = (to + 1).min(n_periods);
            let corners = [(from as f64, low), (to as f64, high)];
            chart.draw_series([Rectangle::new(corners, TURN.filled())])?;
        }
        let mut mesh = chart.configure_mesh();
        quiet(&mut mesh);
        mesh.disable_x_mesh()
            .y_labels(5)
            .y_label_formatter(&|value| self.style.difference(Unit::Money, *value))
            .x_desc("start of the period")
            .draw()?;
        let boxes = |ends: fn(&PairedMargin) -> Option<[f64; 2]>, shade: RGBColor| {
            let margins = margins.iter().enumerate();
            let boxes = margins.filter_map(move |(period, margin)| {
                let [low, high] = ends(margin)?;
                let corners = [(period as f64, low), (period as f64 + 1.0, high)];
                Some(Rectangle::new(corners, shade.filled()))
            });
            boxes.collect::<Vec<_>>()
        };
        chart.draw_series(boxes(prediction, BANDS[0]))?;
        chart.draw_series(boxes(|margin| margin.estimate.ci95(), BANDS[2]))?;
        let steps = margins.iter().enumerate().filter_map(|(period, margin)| {
            let mean = margin.estimate.mean?;
            let ends = vec![(period as f64, mean), (period as f64 + 1.0, mean)];
            Some(PathElement::new(ends, BANDS[2].stroke_width(3)))
        });
        chart.draw_series(steps)?;
        let zero = vec![(0.0, 0.0), (n_periods as f64, 0.0)];
        chart.draw_series([PathElement::new(zero, INK.stroke_width(2))])?;
        Ok(())
    }
}

fn prediction(margin: &PairedMargin) -> Option<[f64; 2]> {
    let spread = &margin.distribution;
    Some([spread.quantile(0.10)?, spread.quantile(0.90)?])
}

/// What the axis spans: every interval, and 0.
fn span(margins: &[PairedMargin]) -> [f64; 2] {
    let ends = margins.iter().filter_map(prediction).flatten();
    let means = margins.iter().filter_map(|margin| margin.estimate.mean);
    let [low, high] = ends
        .chain(means)
        .fold([0.0, 0.0], |[low, high]: [f64; 2], end| {
            [low.min(end), high.max(end)]
        });
    let room = 0.06 * (high - low);
    match room > 0.0 {
        true => [low - room, high + room],
        false => [-1.0, 1.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_never_empty() {
        assert_eq!(span(&[]), [-1.0, 1.0]);
        let flat = PairedMargin {
            estimate: Default::default(),
            distribution: Default::default(),
        };
        assert_eq!(span(&[flat]), [-1.0, 1.0]);
    }
}
