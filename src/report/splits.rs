//! What each channel and segment costs and brings, as a table.

use super::paper::{PLAIN, Paper, STRONG};
use super::table::Table;
use super::view::Style;
use crate::forecast::{Metric, SPLIT_METRICS, Split};

/// One row per channel or segment, means only; nothing where there is but one.
pub(super) fn table(what: &str, splits: &[Split], style: Style, paper: Paper) -> String {
    if splits.len() < 2 {
        return String::new();
    }
    let metrics = SPLIT_METRICS.iter().filter_map(|name| Metric::named(name));
    let metrics: Vec<&Metric> = metrics.collect();
    let mut table = Table::default();
    let head = metrics.iter().map(|metric| metric.name.to_owned());
    table.row(STRONG, std::iter::once(format!("by {what}")).chain(head));
    for split in splits {
        let cells = metrics.iter().zip(&split.estimates);
        let cells = cells.map(|(metric, estimate)| style.maybe(metric.unit, estimate.mean));
        table.row(
            PLAIN,
            std::iter::once(paper.cut(&split.name, paper.name_width() * 4 / 3)).chain(cells),
        );
    }
    let note = format!(
        "What belongs to no {what} is left out of cost; rounded numbers need not add up to their totals."
    );
    format!("\n{}{}", table.text(paper), paper.faint(&note))
}
