//! What each channel and segment costs and brings, as a table.

use super::table::{Table, cut};
use super::terminal::{PLAIN, STRONG, faint};
use super::view::Style;
use crate::forecast::{Metric, SPLIT_METRICS, Split};

/// Widest name of a channel or segment.
const NAME_WIDTH: usize = 24;

/// One row per channel or segment, means only; nothing where there is but one.
pub(super) fn table(what: &str, splits: &[Split], style: Style) -> String {
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
            std::iter::once(cut(&split.name, NAME_WIDTH)).chain(cells),
        );
    }
    let note = format!(
        "What belongs to no {what} is left out of cost; rounded numbers need not add up to their totals."
    );
    format!("\n{}{}", table.text(), faint(&note))
}
