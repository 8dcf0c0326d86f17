//! How much more there is in one window than in another, of the same futures.

use super::compare::contrast;
use super::estimate::{Clustering, Desk, Estimate, Sample};
use super::metric::{METRICS, Metric, Span};
use super::study::Case;
use crate::units::Window;

/// A window and where the records have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub window: Window,
    pub span: Span,
}

/// Growth of every metric since `against`, `[METRICS]`: its value in the window that the forecast is
/// of over its value there, less 1.
///
/// What adds up over time (counts of events, money) is taken per day; ratios and stocks as they are.
/// A ratio of sums, with the error of the jackknife; undefined where there was nothing to grow from.
pub(super) fn growth(case: Case, against: Seen, desk: &mut Desk) -> Vec<Estimate> {
    let clustering = Clustering::when_in_doubt(case.replications.in_doubt());
    let sample = |span| Sample::new(case.replications, span, clustering);
    let (before, now) = (sample(against.span), sample(case.span()));
    let days = |window: Window| f64::from(window.days());
    let per_day = days(against.window) / days(case.window());
    let growth = |metric: &Metric| {
        if !metric.applies(case.scenario) {
            return Estimate::default();
        }
        let scale = if metric.is_flow() { per_day } else { 1.0 };
        let formula = &metric.formula;
        let growth = contrast(&before, &now, formula, |a, b| scale * b / a - 1.0, desk);
        let is_certain = [&before, &now]
            .iter()
            .all(|sample| sample.is_constant(formula, desk));
        match is_certain {
            true => growth.without_error(),
            false => growth,
        }
    };
    METRICS.iter().map(growth).collect()
}
