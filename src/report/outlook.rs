//! The report of `forecast` on a terminal: what the days to come bring, how good such forecasts were, and which open
//! records are likeliest to be won.

use super::Forecasted;
use super::paper::{FAINT, PLAIN, Paper};
use super::table::Table;
use super::view::{self, NOTHING, Style, n_windows, percent};
use crate::forecast::{RecordOutlook, Unit};
use crate::history::score::{ScoreRatio, Share};
use crate::history::{CalibratedWindow, Recommended, Scores, Spread, Target, WindowOutlook};
use crate::scenario::OpenRecord;

/// Widest line.
pub(super) const WIDTH: usize = 80;
/// Open records that are named.
const N_NAMED: usize = 10;
/// Widest id and stage.
const ID_WIDTH: usize = 24;
const STAGE_WIDTH: usize = 18;

/// The report of `forecast`.
pub fn outlook(found: &Forecasted, paper: Paper) -> String {
    let paper = paper.at_most(WIDTH);
    let page = Page {
        found,
        style: Style {
            currency: &found.scenario.currency,
        },
        paper,
    };
    let mut text = paper.strong(&page.headline());
    for &target in found.targets() {
        text += "\n";
        text += &page.table(target).text(paper);
    }
    if found.targets().len() < Target::ALL.len() {
        text += &paper
            .faint("No win of the history has a value, so that there is no revenue to forecast.");
    }
    text += &paper.faint(
        "80 %: 8 of 10 futures lie in it, as wide as the errors of past forecasts say. Pipeline: what is open today; \
         new: what arrives from tomorrow on.",
    );
    text += "\n";
    text += &page.scores();
    text += &page.recommendations();
    text + &page.records()
}

/// The unit of a target.
pub(super) fn unit(target: Target) -> Unit {
    match target {
        Target::Won => Unit::Count,
        Target::Revenue => Unit::Money,
    }
}

/// `9 of 12 (47 to 91 %)`
pub(super) fn held(share: Option<Share>) -> String {
    share.map_or(NOTHING.to_owned(), |of| {
        let ends = [of.low, of.high].map(|end| format!("{:.0}", 100.0 * end));
        format!("{} of {} ({} to {} %)", of.hits, of.n, ends[0], ends[1])
    })
}

/// `0.83 ± 0.10`
pub(super) fn ratio(ratio: Option<ScoreRatio>) -> String {
    ratio.map_or(NOTHING.to_owned(), |of| {
        format!("{:.2} ± {:.2}", of.ratio, of.standard_error)
    })
}

/// `370 to 455`: the 80 % interval.
pub(super) fn interval(style: Style, unit: Unit, of: &Spread) -> String {
    style.range(unit, Some([of.quantiles[1], of.quantiles[5]]))
}

struct Page<'a> {
    found: &'a Forecasted<'a>,
    style: Style<'a>,
    paper: Paper,
}

impl Page<'_> {
    fn headline(&self) -> String {
        let calibrated = self.found.calibrated;
        let outlook = &calibrated.outlook;
        let mut windows = outlook.horizons.iter().zip(&calibrated.horizons);
        let Some((window, of)) = windows.next_back() else {
            return String::new();
        };
        let told = |target: Target| {
            let spread = &of.of(target).spread;
            format!(
                "{} (80 %: {})",
                self.style.value(unit(target), spread.mean),
                interval(self.style, unit(target), spread)
            )
        };
        let revenue = match self.found.targets() {
            [Target::Won] => String::new(),
            _ => format!(", {}", told(Target::Revenue)),
        };
        format!(
            "In the {} days after {}: {} won{revenue}. {} records are open.",
            window.days,
            outlook.as_of,
            told(Target::Won),
            view::grouped(self.found.scenario.pipeline.len() as f64),
        )
    }

    fn table(&self, target: Target) -> Table {
        let mut table = Table::default();
        let head = [target.name(), "mean", "80 %", "pipeline", "new"];
        table.row(FAINT, head.map(str::to_owned));
        let calibrated = self.found.calibrated;
        let outlook = &calibrated.outlook;
        for (window, of) in outlook.horizons.iter().zip(&calibrated.horizons) {
            let name = format!("{} days", window.days);
            table.row(PLAIN, self.row(target, name, window, of));
        }
        for (month, of) in outlook.months.iter().zip(&calibrated.months) {
            let name = format!("{}, {} days", month.month, month.window.days);
            table.row(PLAIN, self.row(target, name, &month.window, of));
        }
        table
    }

    fn row(
        &self,
        target: Target,
        name: String,
        window: &WindowOutlook,
        of: &CalibratedWindow,
    ) -> [String; 5] {
        let spread = &of.of(target).spread;
        let parts = [window.from_pipeline, window.from_new_leads].map(|part| match target {
            Target::Won => part.won,
            Target::Revenue => part.revenue,
        });
        let value = |value: f64| self.style.value(unit(target), value);
        [
            name,
            value(spread.mean),
            interval(self.style, unit(target), spread),
            value(parts[0]),
            value(parts[1]),
        ]
    }

    fn scores(&self) -> String {
        let mut table = Table::default();
        let head = [
            "back-test",
            "windows",
            "apart",
            "80 % interval held",
            "CRPS ratio",
        ];
        table.row(FAINT, head.map(str::to_owned));
        let mut is_tested = false;
        for window in &self.found.calibrated.outlook.horizons {
            for target in Target::ALL {
                if let Some(scores) = self.found.backtest.scores(window.days, target) {
                    table.row(PLAIN, score_row(&scores));
                    is_tested = true;
                }
            }
        }
        let mut text = String::new();
        if is_tested {
            text += &table.text(self.paper);
            text += &self.paper.faint(
                "The same forecast made on days of the past. Apart: windows that do not overlap. CRPS: mean distance of \
                 forecast and outcome; its ratio to that of the baseline that was best until then, below 1 better.",
            );
            if !self.found.is_fit {
                text += &self.paper.wrapped(
                    "The back-test is of fits of the history, not of this scenario, and changes no interval.",
                );
            }
        }
        for refused in &self.found.backtest.refused {
            let days = refused.days;
            let why = format!("{days} days cannot be tested: {}.", refused.why);
            text += &self.paper.wrapped(&why);
        }
        text
    }

    fn recommendations(&self) -> String {
        let told = self.found.calibrated.recommended.iter();
        told.map(|of| self.paper.wrapped(&self.recommendation(of)))
            .collect()
    }

    fn recommendation(&self, of: &Recommended) -> String {
        let unit = unit(of.target);
        let says = of.forecast.as_ref().map_or(String::new(), |said| {
            format!(
                "; it says {} ({})",
                self.style.value(unit, said.mean),
                interval(self.style, unit, said)
            )
        });
        format!(
            "For {} in {} days rather take \"{}\", whose CRPS was {} against {} here in {} ({} apart){says}.",
            of.target.name(),
            of.days,
            of.baseline.name(),
            self.style.value(unit, of.crps),
            self.style.value(unit, of.own_crps),
            n_windows(of.windows),
            of.apart,
        )
    }

    fn records(&self) -> String {
        let open = self.found.scenario.pipeline.iter();
        let mut records: Vec<(&OpenRecord, &RecordOutlook)> =
            open.zip(&self.found.open.records).collect();
        if records.is_empty() {
            return String::new();
        }
        let longest = |of: &RecordOutlook| of.won_within.last().copied().unwrap_or(of.won);
        // Stable: ties stay in the order of the pipeline.
        records.sort_by(|a, b| longest(b.1).total_cmp(&longest(a.1)));
        let mut table = Table::default();
        let within = self.found.calibrated.outlook.horizons.last();
        let within = within.map_or(0, |window| window.days);
        let head = [
            "likeliest".to_owned(),
            "stage".to_owned(),
            "age".to_owned(),
            format!("won in {within} d"),
            "closes about".to_owned(),
        ];
        table.row(FAINT, head);
        for (record, of) in records.iter().take(N_NAMED) {
            let close = of.median_close_day;
            let close = close.map(|day| view::date(self.found.scenario.start, day as i32));
            table.row(
                PLAIN,
                [
                    self.paper.cut(&record.id, ID_WIDTH),
                    self.paper.cut(
                        view::stage_name(self.found.scenario, record.stage),
                        STAGE_WIDTH,
                    ),
                    self.style.maybe(Unit::Days, record.age_days),
                    percent(longest(of)),
                    close.map_or(NOTHING.to_owned(), |date| date.to_string()),
                ],
            );
        }
        format!("\n{}", table.text(self.paper))
    }
}

fn score_row(scores: &Scores) -> [String; 5] {
    [
        format!("{} days, {}", scores.days, scores.target.name()),
        scores.windows.to_string(),
        scores.apart.to_string(),
        held(scores.recalibrated.coverage),
        ratio(scores.against_best_so_far),
    ]
}
