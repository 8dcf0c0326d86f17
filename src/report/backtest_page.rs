//! The page of `backtest`: forecasts of the past against what came, and how good they were beside baselines.

use super::Backtested;
use super::backtest::{headline, scores, told, verdict};
use super::html::{Cell, Page};
use super::outlook::{ratio, unit};
use super::plot::{Axis, Plot, bar_in_row};
use super::view::{Style, capitalised, digits, n_windows};
use crate::forecast::Unit;
use crate::history::calendar::date_of;
use crate::history::{BacktestWindow, Scores, Spread};

/// Parts of a histogram of places.
const N_BINS: usize = 10;

/// The page of `backtest`.
pub fn backtest_page(found: &Backtested) -> String {
    let last = date_of(found.history.about.as_of);
    let mut page = Page::new(&format!("Back-test of a history up to {last}"));
    let all = scores(found);
    page.paragraph(&headline(found, &all));
    page.note(
        "Each forecast is made from what was known on its day. Recalibrated: the spread set right by the windows that \
         were over by then. CRPS: mean distance of forecast and outcome. Ratio: our CRPS over the baseline's, ± its \
         standard error; below 1 the forecast is better.",
    );
    for refused in &found.backtest.refused {
        page.paragraph(&format!(
            "{} days cannot be tested: {}.",
            refused.days, refused.why
        ));
    }
    let mut writer = Writer {
        found,
        page,
        style: Style {
            currency: &found.history.about.currency,
        },
    };
    for scores in &all {
        writer.scores(scores);
    }
    writer.page.text()
}

struct Writer<'a> {
    found: &'a Backtested<'a>,
    page: Page,
    style: Style<'a>,
}

impl Writer<'_> {
    fn scores(&mut self, scores: &Scores) {
        let name = capitalised(scores.target.name());
        self.page
            .section(&format!("{name} in {} days", scores.days));
        self.page.paragraph(&verdict(scores));
        self.page.paragraph(&format!(
            "{}, {} that do not overlap. Today's spread is multiplied by {}.",
            n_windows(scores.windows),
            scores.apart,
            digits(scores.spread_factor)
        ));
        let windows: Vec<&BacktestWindow> = self
            .found
            .backtest
            .windows_of(scores.days, scores.target)
            .collect();
        self.fan(scores, &windows);
        self.places(&windows);
        self.accuracy(scores);
        self.baselines(scores);
    }

    /// Forecasts and outcomes by the day of the forecast.
    fn fan(&mut self, scores: &Scores, windows: &[&BacktestWindow]) {
        let told = windows.iter().map(|window| {
            let spread = Spread::of(window.recalibrated.clone());
            (f64::from(window.origin), spread.quantiles, window.observed)
        });
        let told: Vec<_> = told.collect();
        let highest = told.iter().map(|(_, of, observed)| of[5].max(*observed));
        let highest = highest.fold(1.0, f64::max);
        let days = || told.iter().map(|(day, ..)| *day);
        let (first, last) = (
            days().fold(f64::INFINITY, f64::min),
            days().fold(0.0, f64::max),
        );
        let x = Axis::of_days(first - 7.0, last + 7.0);
        let value = |value: f64| self.style.value(unit(scores.target), value);
        let mut plot = Plot::new(x, Axis::new("", 0.0, highest, value));
        for (day, of, _) in &told {
            plot.range(*day, of[1], of[5]);
        }
        plot.line("line", told.iter().map(|(day, of, _)| (*day, of[3])));
        plot.dots(told.iter().map(|(day, _, observed)| (*day, *observed)));
        let caption = "Forecasts by the day on which they were made: bars hold 8 of 10 futures, the line joins the \
             medians; dots are what came.";
        self.page.figure(&plot.svg(caption), caption);
    }

    /// Where outcomes stand among the futures.
    fn places(&mut self, windows: &[&BacktestWindow]) {
        let mut counts = [0.0; N_BINS];
        for window in windows {
            let place = window.place_among(&window.recalibrated);
            counts[((place * N_BINS as f64) as usize).min(N_BINS - 1)] += 1.0;
        }
        let highest = counts.iter().copied().fold(1.0, f64::max);
        let x = Axis::new("share of futures below what came", 0.0, 1.0, digits);
        let mut plot = Plot::new(x, Axis::new("", 0.0, highest, digits));
        for (bin, count) in counts.iter().enumerate() {
            let edge = |bin: usize| bin as f64 / N_BINS as f64;
            plot.bar("bar", edge(bin), edge(bin + 1), *count);
        }
        let even = windows.len() as f64 / N_BINS as f64;
        plot.line("other", [(0.0, even), (1.0, even)]);
        let caption = "Places of what came among the recalibrated futures (PIT): level with the dashed line where the \
             forecast is calibrated; a hill is too wide a forecast, a bowl too narrow a one.";
        self.page.figure(&plot.svg("Histogram of places"), caption);
    }

    fn accuracy(&mut self, scores: &Scores) {
        let rows: Vec<Vec<Cell>> = told(scores, self.style)
            .into_iter()
            .map(|row| row.into_iter().map(Cell::from).collect())
            .collect();
        let head = ["", "as simulated", "recalibrated"];
        self.page.table(&head, rows);
    }

    fn baselines(&mut self, scores: &Scores) {
        let own = scores.recalibrated.crps;
        let highest = scores
            .baselines
            .iter()
            .map(|of| of.crps)
            .fold(own, f64::max);
        let unit = unit(scores.target);
        let mut rows = vec![vec![
            Cell::from("this forecast"),
            self.style.value(unit, own).into(),
            self.style
                .maybe(
                    Unit::Share,
                    scores.recalibrated.errors.and_then(|of| of.wape),
                )
                .into(),
            "".into(),
            Cell::Svg(bar_in_row(own, highest)),
        ]];
        rows.extend(scores.baselines.iter().map(|of| {
            vec![
                Cell::from(of.baseline.name()),
                self.style.value(unit, of.crps).into(),
                self.style
                    .maybe(Unit::Share, of.errors.and_then(|errors| errors.wape))
                    .into(),
                ratio(of.ratio).into(),
                Cell::Svg(bar_in_row(of.crps, highest)),
            ]
        }));
        rows.push(vec![
            Cell::from("the best until then"),
            "".into(),
            "".into(),
            ratio(scores.against_best_so_far).into(),
            "".into(),
        ]);
        self.page.table(&["", "CRPS", "WAPE", "ratio", ""], rows);
    }
}
