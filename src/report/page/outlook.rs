//! The page of `forecast`: what the days after a history bring, and how good such forecasts were.

use super::chart::{self, Course};
use super::doc::{Doc, Form};
use super::parts::{Body, Figure, Series, Table, name};
use super::sheet;
use crate::forecast::Unit;
use crate::history::Target;
use crate::history::calendar::day_of;
use crate::report::html::escaped;
use crate::report::view::{NOTHING, Style, capitalised};
use crate::report::{Forecasted, json};

/// The page of a forecast.
pub fn forecast_page(found: &Forecasted) -> String {
    let style = Style {
        currency: &found.scenario.currency,
    };
    let mut writer = Writer {
        found,
        doc: Doc::new(json::forecast_value(found), style),
        body: Body::default(),
    };
    writer.answer();
    writer.horizons();
    writer.months();
    writer.trust();
    writer.recommendations();
    writer.reading();
    let title = format!("Forecast after {}", found.calibrated.outlook.as_of);
    sheet(&title, &writer.body.0)
}

struct Writer<'a> {
    found: &'a Forecasted<'a>,
    doc: Doc<'a>,
    body: Body,
}

/// How amounts of a target are written.
fn form(target: Target) -> Form {
    match target {
        Target::Won => Form::Value(Unit::Count),
        Target::Revenue => Form::Value(Unit::Money),
    }
}

impl Writer<'_> {
    fn whole(&self, key: &str) -> String {
        self.doc.number(Form::Whole, key)
    }

    /// An amount, and where it lies in 8 of 10 futures.
    fn told(&self, target: Target, window: &str) -> [String; 2] {
        let key = format!("{window}/{}", target.name());
        let mean = self.doc.number(form(target), &format!("{key}/mean"));
        [mean, self.doc.spread(form(target), &key)]
    }

    fn answer(&mut self) {
        let last = self.doc.count("/horizons").saturating_sub(1);
        let window = format!("/horizons/{last}");
        let as_of = &self.found.calibrated.outlook.as_of;
        self.body += &format!("<h1>Forecast after <time>{as_of}</time></h1>\n");
        let n = self.whole("/replications");
        let open = self.whole("/open_records");
        self.body.note(&format!(
            "{}: {open} open records and all that will arrive, simulated in {n} possible futures.",
            name(&capitalised(&self.found.scenario.name))
        ));
        let days = self.whole(&format!("{window}/days"));
        let revenue = match self.found.targets() {
            [Target::Won] => String::new(),
            _ => {
                let [mean, spread] = self.told(Target::Revenue, &window);
                format!(", for {mean} of revenue ({spread})")
            }
        };
        let [mean, spread] = self.told(Target::Won, &window);
        self.body += &format!(
            "<p class=\"answer\">In the next {days} days {mean} deals are won (8 of 10 futures: {spread}){revenue}.</p>\n"
        );
        if self.found.targets().len() < Target::ALL.len() {
            self.body.note(
                "No win of the history has a value, so that there is no revenue to forecast.",
            );
        }
    }

    fn horizons(&mut self) {
        self.body.section("By horizon");
        let windows = (0..self.doc.count("/horizons")).map(|at| format!("/horizons/{at}"));
        let windows: Vec<String> = windows.collect();
        for &target in self.found.targets() {
            let row = |window: &String| {
                let part = |of: &str| {
                    self.doc
                        .number(form(target), &format!("{window}/{of}/{}", target.name()))
                };
                let key = format!("{window}/{}", target.name());
                vec![
                    format!("{} days", self.whole(&format!("{window}/days"))),
                    self.doc.number(form(target), &format!("{key}/mean")),
                    self.doc.spread(form(target), &key),
                    part("from_pipeline"),
                    part("from_new_leads"),
                ]
            };
            let table = Table {
                id: format!("horizons-{}", target.name()),
                caption: format!("{} in the days to come", target.name()),
                head: [
                    "within",
                    "mean",
                    "8 of 10 futures",
                    "from what is open",
                    "from what will arrive",
                ]
                .map(str::to_owned)
                .to_vec(),
                rows: windows.iter().map(row).collect(),
            };
            self.body += &table.html();
        }
        self.body.note(
            "The range is as wide as the errors of past forecasts say, where there were any.",
        );
    }

    fn months(&mut self) {
        if self.found.calibrated.outlook.months.is_empty() {
            return;
        }
        self.body.section("Month by month");
        for &target in self.found.targets() {
            let figure = self.month_figure(target);
            self.body += &figure.html();
            self.body += &figure.table.folded();
        }
    }

    fn month_figure(&self, target: Target) -> Figure {
        let months = &self.found.calibrated.outlook.months;
        let keys = (0..months.len()).map(|at| format!("/months/{at}/{}", target.name()));
        let keys: Vec<String> = keys.collect();
        let value = |key: &str, of: &str| self.doc.value(&format!("{key}/{of}"));
        let mut day = f64::from(day_of(self.found.scenario.start));
        let days = months.iter().map(|month| {
            let from = day;
            day += month.window.days as f64;
            (from, day)
        });
        let course = Course {
            series: Series::Second,
            days: days.collect(),
            mean: keys.iter().map(|key| value(key, "mean")).collect(),
            bands: keys
                .iter()
                .map(|key| [value(key, "p10").zip(value(key, "p90")), None])
                .collect(),
        };
        let style = self.doc.style;
        let unit = match target {
            Target::Won => Unit::Count,
            Target::Revenue => Unit::Money,
        };
        let write = |amount| chart::short(style.value(unit, amount));
        let rows = months.iter().zip(&keys).map(|(month, key)| {
            vec![
                format!("<time>{}</time>", escaped(&month.month)),
                self.doc.number(form(target), &format!("{key}/mean")),
                self.doc.spread(form(target), key),
            ]
        });
        Figure {
            title: format!(
                "{} by month, the part of it that lies ahead",
                capitalised(target.name())
            ),
            legend: Vec::new(),
            charts: chart::fans(&[course], &format!("{} by month", target.name()), write),
            caption: "Band: 8 of 10 futures. Line: mean.".to_owned(),
            table: Table {
                id: format!("months-{}", target.name()),
                caption: format!("{} by month", target.name()),
                head: ["month", "mean", "8 of 10 futures"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: rows.collect(),
            },
        }
    }

    fn trust(&mut self) {
        self.body.section("How good such forecasts were");
        self.body.paragraph(
            "The same forecast was made on days of the past, from what was known then, and held against what came.",
        );
        let mut rows = Vec::new();
        let mut untested = Vec::new();
        for at in 0..self.doc.count("/horizons") {
            let window = format!("/horizons/{at}");
            let days = self.whole(&format!("{window}/days"));
            match self.doc.text(&format!("{window}/no_score_because")) {
                "" => rows.extend(
                    self.found
                        .targets()
                        .iter()
                        .map(|&target| self.score(&window, &days, target)),
                ),
                // The reason counts days and windows in words of its own.
                why => untested.push(format!(
                    "{days} days are not tested: <time>{}</time>.",
                    escaped(why)
                )),
            }
        }
        let head = [
            "forecast",
            "windows",
            "that do not overlap",
            "range held",
            "CRPS",
            "best baseline",
            "its CRPS",
            "ratio ± standard error",
        ];
        let table = Table {
            id: "trust".to_owned(),
            caption: "forecasts of the past against what came".to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows,
        };
        if !table.rows.is_empty() {
            self.body += &table.html();
            self.body.note(
                "Range held: windows in which what came lay in the range of 8 of 10 futures. CRPS: mean distance of forecast \
                 and outcome, in the unit forecast. Ratio: our CRPS over that of the baseline that was best until then; \
                 below one the forecast is better.",
            );
        }
        for reason in untested {
            self.body.paragraph(&reason);
        }
        if !self.found.is_fit {
            self.body.note("The back-test is of fits of the history, not of this scenario, and changes no range.");
        }
    }

    fn score(&self, window: &str, days: &str, target: Target) -> Vec<String> {
        let score = format!("{window}/score/{}", target.name());
        let whole = |of: &str| self.whole(&format!("{score}/{of}"));
        let amount = |of: &str| self.doc.number(form(target), &format!("{score}/{of}"));
        let plain = |of: &str| {
            self.doc
                .number(Form::Plain, &format!("{score}/against_best_so_far/{of}"))
        };
        let ratio = match self
            .doc
            .value(&format!("{score}/against_best_so_far/ratio"))
        {
            Some(_) => format!("{} ± {}", plain("ratio"), plain("standard_error")),
            None => NOTHING.to_owned(),
        };
        vec![
            format!("{}, {days} days", target.name()),
            whole("windows"),
            whole("apart"),
            format!("{} of {}", whole("coverage80/hits"), whole("coverage80/n")),
            amount("crps"),
            escaped(self.doc.text(&format!("{score}/best_baseline/name"))),
            amount("best_baseline/crps"),
            ratio,
        ]
    }

    fn recommendations(&mut self) {
        let all = "/recommendation/windows";
        let told = (0..self.doc.count(all)).map(|at| {
            let key = format!("{all}/{at}");
            let target = match self.doc.text(&format!("{key}/target")) {
                "won" => Target::Won,
                _ => Target::Revenue,
            };
            let amount = |of: &str| self.doc.number(form(target), &format!("{key}/{of}"));
            let says = match self.doc.value(&format!("{key}/forecast/mean")) {
                Some(_) => format!(
                    "; it says {} (8 of 10: {})",
                    amount("forecast/mean"),
                    self.doc.spread(form(target), &format!("{key}/forecast"))
                ),
                None => String::new(),
            };
            format!(
                "For {} in {} days rather take “{}”, whose CRPS was {} against {} here in {} windows, {} of them \
                 apart{says}.",
                target.name(),
                self.whole(&format!("{key}/days")),
                escaped(self.doc.text(&format!("{key}/baseline"))),
                amount("crps"),
                amount("own_crps"),
                self.whole(&format!("{key}/windows")),
                self.whole(&format!("{key}/apart"))
            )
        });
        let told: Vec<String> = told.collect();
        if !told.is_empty() {
            self.body.section("Where a simple baseline was better");
        }
        for sentence in told {
            self.body.paragraph(&sentence);
        }
    }

    fn reading(&mut self) {
        self.body.section("How to read this");
        self.body.paragraph(
            "<b>8 of 10 futures</b>: what may happen; one in ten lies below, one in ten above. <b>From what is open</b>: \
             records in the pipeline today. <b>From what will arrive</b>: records that come from tomorrow on.",
        );
        let seed = self.doc.text_of("/seed");
        self.body.note(&format!(
            "funnelcast <code>{}</code>, seed <code>{seed}</code>. The same history, options and version write this page again, \
             byte for byte.",
            env!("CARGO_PKG_VERSION")
        ));
    }
}
