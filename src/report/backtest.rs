//! The report of `backtest` on a terminal: how good the forecasts of past days were, beside baselines.

use super::Backtested;
use super::outlook::{WIDTH, held, ratio, unit};
use super::paper::{FAINT, PLAIN, Paper};
use super::table::Table;
use super::view::{NOTHING, Style, n_windows, percent};
use crate::forecast::Unit;
use crate::history::score::Test;
use crate::history::{Accuracy, BaselineAccuracy, Scores, Target};

/// The report of `backtest`.
pub fn backtest(found: &Backtested, paper: Paper) -> String {
    let paper = paper.at_most(WIDTH);
    let style = Style {
        currency: &found.history.about.currency,
    };
    let all = scores(found);
    let mut text = paper.strong(&headline(found, &all));
    for scores in &all {
        let page = Page { scores, style };
        text += &format!("\n{}", page.accuracy().text(paper));
        text += &format!("\n{}", page.baselines().text(paper));
        text += &paper.wrapped(&verdict(scores));
    }
    text += "\n";
    text += &paper.faint(
        "CRPS: mean distance of forecast and outcome, in the unit of the target; the interval score adds to the width \
         of the 80 % interval what lay outside, tenfold; pinball: mean loss of five quantiles. Recalibrated: the \
         spread set right by windows that were over by then. PIT: chance of places of the outcomes among the futures \
         as uneven as these. Ratio: CRPS over the baseline's, below 1 better.",
    );
    for refused in &found.backtest.refused {
        let days = refused.days;
        let why = format!("{days} days cannot be tested: {}.", refused.why);
        text += &paper.wrapped(&why);
    }
    text
}

/// The scores of each horizon and target that could be tested, in order.
pub(super) fn scores(found: &Backtested) -> Vec<Scores> {
    let windows = found.settings.horizons.iter();
    let windows = windows.flat_map(|&days| Target::ALL.map(|target| (days, target)));
    windows
        .filter_map(|(days, target)| found.backtest.scores(days, target))
        .collect()
}

/// How many forecasts were tested, and for how many of the targets a baseline was better.
pub(super) fn headline(found: &Backtested, all: &[Scores]) -> String {
    let beaten: Vec<String> = all
        .iter()
        .filter(|scores| scores.better_baseline().is_some())
        .map(|scores| format!("{} in {} days", scores.target.name(), scores.days))
        .collect();
    let result = match beaten.as_slice() {
        [] => "No baseline was better.".to_owned(),
        beaten => format!("A baseline was better for {}.", beaten.join(", ")),
    };
    let days = match found.backtest.n_origins() {
        1 => "1 day".to_owned(),
        n => format!("{n} days"),
    };
    format!("Forecasts from {days} of the past against what came. {result}")
}

/// What is best, in a sentence.
pub(super) fn verdict(scores: &Scores) -> String {
    let what = format!("{} in {} days", scores.target.name(), scores.days);
    match (scores.better_baseline(), scores.best_baseline()) {
        (Some((baseline, _)), _) => {
            format!(
                "For {what} \"{}\" was better; rather take it.",
                baseline.name()
            )
        }
        (None, Some((baseline, _))) => format!(
            "For {what} the forecast was best; the best baseline was \"{}\".",
            baseline.name()
        ),
        (None, None) => format!("For {what} no baseline had enough of a past to compare."),
    }
}

/// `0.41 (D 0.22)`: the chance, and the statistic.
pub(super) fn uniformity(test: Option<Test>) -> String {
    test.map_or(NOTHING.to_owned(), |test| {
        format!("{} (D {:.2})", percent(test.p), test.statistic)
    })
}

/// How a measure of accuracy is told.
type Told<'a> = &'a dyn Fn(&Accuracy) -> String;

/// Each measure of accuracy: its name, its value as simulated and recalibrated.
pub(super) fn told(scores: &Scores, style: Style) -> Vec<[String; 3]> {
    let unit = unit(scores.target);
    let errors = |of: &Accuracy| of.errors;
    let wape = |of: &Accuracy| errors(of).and_then(|errors| errors.wape);
    let rows: [(&str, Told); 8] = [
        ("80 % interval held", &|of| held(of.coverage)),
        ("CRPS", &|of| style.value(unit, of.crps)),
        ("interval score", &|of| style.value(unit, of.interval_score)),
        ("pinball", &|of| style.value(unit, of.pinball)),
        ("bias", &|of| {
            style.maybe_difference(unit, errors(of).map(|of| of.bias))
        }),
        ("mean absolute error", &|of| {
            style.maybe(unit, errors(of).map(|of| of.mae))
        }),
        ("WAPE", &|of| style.maybe(Unit::Share, wape(of))),
        ("PIT uniform", &|of| uniformity(of.uniformity)),
    ];
    let row = |(name, told): (&str, Told)| {
        [
            name.to_owned(),
            told(&scores.as_simulated),
            told(&scores.recalibrated),
        ]
    };
    rows.into_iter().map(row).collect()
}

struct Page<'a> {
    scores: &'a Scores,
    style: Style<'a>,
}

impl Page<'_> {
    fn value(&self, value: f64) -> String {
        self.style.value(unit(self.scores.target), value)
    }

    fn accuracy(&self) -> Table {
        let Scores {
            days,
            target,
            windows,
            apart,
            ..
        } = self.scores;
        let mut table = Table::default();
        let head = [
            format!(
                "{} in {days} days: {}, {apart} apart",
                target.name(),
                n_windows(*windows)
            ),
            "as simulated".to_owned(),
            "recalibrated".to_owned(),
        ];
        table.row(FAINT, head);
        for row in told(self.scores, self.style) {
            table.row(PLAIN, row);
        }
        table
    }

    fn baselines(&self) -> Table {
        let mut table = Table::default();
        let head = ["baseline", "CRPS", "bias", "WAPE", "ratio"];
        table.row(FAINT, head.map(str::to_owned));
        for of in &self.scores.baselines {
            table.row(PLAIN, self.baseline(of));
        }
        let best = ratio(self.scores.against_best_so_far);
        let cells = ["the best until then", "", "", "", &best];
        table.row(PLAIN, cells.map(str::to_owned));
        table
    }

    fn baseline(&self, of: &BaselineAccuracy) -> [String; 5] {
        let bias = of.errors.map(|errors| errors.bias);
        let wape = of.errors.and_then(|errors| errors.wape);
        [
            of.baseline.name().to_owned(),
            self.value(of.crps),
            self.style.maybe_difference(unit(self.scores.target), bias),
            self.style.maybe(Unit::Share, wape),
            ratio(of.ratio),
        ]
    }
}
