//! How many leads get how far, as bars in proportion.

use super::Findings;
use super::paper::{PLAIN, Paper, STRONG};
use super::table::shown;
use super::view::Style;
use crate::forecast::{Forecast, Metric, Unit};

/// A stage of the funnel.
pub(super) struct Stage {
    /// What it is called.
    pub label: &'static str,
    /// The metric that counts it.
    pub count: &'static str,
    /// The metric of how many of the stage before get there.
    pub conversion: Option<&'static str>,
}

pub(super) const STAGES: [Stage; 5] = [
    Stage::new("leads", "leads", None),
    Stage::new("MQLs", "mqls", Some("lead_to_mql_cohort")),
    Stage::new("SALs", "sals", Some("mql_to_sal_cohort")),
    Stage::new(
        "opportunities",
        "opportunities",
        Some("sal_to_opportunity_cohort"),
    ),
    Stage::new("won", "won", Some("opportunity_to_won_cohort")),
];

/// Longest bar \[columns\].
const MAX_BAR: usize = 100;
const GAP: &str = "  ";

impl Stage {
    const fn new(
        label: &'static str,
        count: &'static str,
        conversion: Option<&'static str>,
    ) -> Self {
        Stage {
            label,
            count,
            conversion,
        }
    }
}

/// Mean of the metric `name`.
pub(super) fn mean(forecast: &Forecast, name: &str) -> Option<f64> {
    forecast.metrics[Metric::position(name)?].estimate.mean
}

/// A line per stage and scenario: a bar in proportion to how many get there, how many, and the share of those before.
pub(super) fn text(findings: &Findings, paper: Paper) -> String {
    let forecasts = &findings.study.forecasts;
    let style = Style {
        currency: &findings.cases[0].scenario.currency,
    };
    let means = STAGES.iter().flat_map(|stage| {
        let counts = forecasts.iter();
        counts.filter_map(|forecast| mean(forecast, stage.count))
    });
    let largest = means.fold(0.0, f64::max);
    if largest <= 0.0 {
        return String::new();
    }
    let names = names(findings, paper);
    let name_width = names.iter().map(|name| shown(name)).max().unwrap_or(0);
    let mut lines = vec![Line {
        stage: "funnel".to_owned(),
        count: "mean".to_owned(),
        conversion: "of stage before".to_owned(),
        ..Line::default()
    }];
    for stage in &STAGES {
        for (nth, (forecast, name)) in forecasts.iter().zip(&names).enumerate() {
            let count = mean(forecast, stage.count);
            let conversion = stage.conversion.map(|name| mean(forecast, name));
            lines.push(Line {
                stage: if nth == 0 { stage.label } else { "" }.to_owned(),
                name: name.clone(),
                share: count.unwrap_or(0.0) / largest,
                count: style.maybe(Unit::Count, count),
                conversion: conversion.map_or(String::new(), |of| style.maybe(Unit::Share, of)),
            });
        }
    }
    let widths = Widths::new(&lines, name_width, paper);
    let lines = lines.iter().enumerate().map(|(nth, line)| {
        let style = if nth == 0 { STRONG } else { PLAIN };
        format!("{style}{}{style:#}\n", line.text(&widths, paper).trim_end())
    });
    let legend = "Bars are in proportion to the means; what is there at all has a sliver. Of stage before: the share \
                  of those who entered it in this time that has got on by the horizon.";
    lines.collect::<String>() + &paper.faint(legend)
}

/// What the scenarios are called, where there are several.
fn names(findings: &Findings, paper: Paper) -> Vec<String> {
    let names = findings
        .cases
        .iter()
        .map(|case| match findings.cases.len() {
            1 => String::new(),
            _ => paper.cut(&case.scenario.name, paper.name_width()),
        });
    names.collect()
}

#[derive(Debug, Default)]
struct Line {
    stage: String,
    name: String,
    /// Of the longest bar.
    share: f64,
    count: String,
    conversion: String,
}

/// Columns of the parts of a line.
struct Widths {
    stage: usize,
    name: usize,
    bar: usize,
    count: usize,
    conversion: usize,
}

impl Widths {
    fn new(lines: &[Line], name: usize, paper: Paper) -> Widths {
        let widest = |part: fn(&Line) -> &String| {
            let parts = lines.iter().map(|line| shown(&paper.clean(part(line))));
            parts.max().unwrap_or(0)
        };
        let (stage, count) = (widest(|line| &line.stage), widest(|line| &line.count));
        let conversion = widest(|line| &line.conversion);
        let n_gaps = if name > 0 { 4 } else { 3 };
        let others = stage + name + count + conversion + n_gaps * GAP.len();
        let bar = paper.width.saturating_sub(others).min(MAX_BAR);
        Widths {
            stage,
            name,
            bar,
            count,
            conversion,
        }
    }
}

impl Line {
    fn text(&self, widths: &Widths, paper: Paper) -> String {
        let left = |text: &str, width: usize| paper.padded(text, width);
        let right = |text: &str, width: usize| {
            let text = paper.clean(text);
            " ".repeat(width.saturating_sub(shown(&text))) + &text
        };
        let mut parts = vec![left(&self.stage, widths.stage)];
        if widths.name > 0 {
            parts.push(left(&self.name, widths.name));
        }
        parts.push(left(&bar(self.share, widths.bar, paper), widths.bar));
        parts.push(right(&self.count, widths.count));
        parts.push(right(&self.conversion, widths.conversion));
        parts.join(GAP)
    }
}

/// A bar that fills `share` of `width` columns, at least with a sliver where `share` is not 0.
fn bar(share: f64, width: usize, paper: Paper) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let steps = if paper.unicode { 8 } else { 1 };
    let filled = (share * (width * steps) as f64).round() as usize;
    let filled = if share > 0.0 { filled.max(1) } else { 0 };
    match paper.unicode {
        true => "█".repeat(filled / 8) + EIGHTHS[filled % 8],
        false => "#".repeat(filled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let (unicode, ascii) = (Paper::new(100, true), Paper::new(100, false));
        assert_eq!(bar(1.0, 4, unicode), "████");
        assert_eq!(bar(0.5, 5, unicode), "██▌");
        assert_eq!(bar(0.5, 5, ascii), "###");
        for paper in [unicode, ascii] {
            assert_eq!(bar(0.0, 50, paper), "");
            assert_eq!(shown(&bar(1e-9, 50, paper)), 1);
        }
    }
}
