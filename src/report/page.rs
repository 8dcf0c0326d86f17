//! The page of `run` and `compare`: one file of HTML from which a board understands what a change is worth.
//!
//! It is written from the JSON of the same run: every number on it carries the key where it stands there. Charts
//! are SVG in the page and complete without script; what a screen reader or a printer cannot show of them is in
//! tables. Nothing is fetched.

mod annex;
mod chart;
mod doc;
mod outlook;
mod parts;
mod provenance;
mod summary;

use self::chart::Course;
use self::doc::{Doc, Form};
use self::parts::{Body, Figure, Series, Table, name};
use super::html::{document, escaped};
use super::view::{self, Style};
use super::{Findings, json};
use crate::forecast::{Metric, Unit};
use crate::history::calendar::day_of;
use crate::scenario::Scenario;
use crate::units::Window;

pub use outlook::forecast_page;

const SCRIPT: &str = include_str!("page/script.js");
/// SHA-256 of [`SCRIPT`]: what else a browser may find on the page it does not run.
const SCRIPT_HASH: &str = "OpIEcP1ISCOTR2GqHFgaAACqJBYXELXQkIYpeoqT2yk=";

/// The page of a forecast or a comparison.
pub fn page(findings: &Findings) -> String {
    let mut writer = Writer::new(findings);
    writer.summary();
    writer.annex();
    writer.text()
}

struct Writer<'a> {
    findings: &'a Findings<'a>,
    doc: Doc<'a>,
    body: Body,
    /// Tables of the figures of the summary, which stand in the annex.
    tables: Vec<Table>,
}

impl<'a> Writer<'a> {
    fn new(findings: &'a Findings<'a>) -> Writer<'a> {
        let currency = &findings.cases[0].scenario.currency;
        Writer {
            findings,
            doc: Doc::new(json::value(findings), Style { currency }),
            body: Body::default(),
            tables: Vec::new(),
        }
    }

    fn scenario(&self, index: usize) -> &'a Scenario {
        self.findings.cases[index].scenario
    }

    fn is_comparison(&self) -> bool {
        self.findings.cases.len() > 1
    }

    /// Positions of the alternatives.
    fn alternatives(&self) -> std::ops::Range<usize> {
        1..self.findings.cases.len()
    }

    /// The case that the page is about: the first alternative, or the scenario that stands alone.
    fn subject(&self) -> usize {
        usize::from(self.is_comparison())
    }

    /// Where the result of a case stands in the JSON.
    fn result(&self, index: usize) -> String {
        match index {
            0 if !self.is_comparison() => String::new(),
            0 => "/baseline".to_owned(),
            index => format!("/alternatives/{}/result", index - 1),
        }
    }

    /// Where alternative `index` is compared with the baseline.
    fn alternative(&self, index: usize) -> String {
        format!("/alternatives/{}", index - 1)
    }

    fn metric(&self, index: usize, metric: &str) -> String {
        format!("{}/metrics/{metric}", self.result(index))
    }

    fn difference(&self, index: usize, metric: &str) -> String {
        format!("{}/difference/{metric}", self.alternative(index))
    }

    fn name(&self, index: usize) -> String {
        name(&self.scenario(index).name)
    }

    /// At the beginning of a sentence.
    fn capital(&self, index: usize) -> String {
        name(&view::capitalised(&self.scenario(index).name))
    }

    /// `18 months`, or a window such as `months 13-18`, in words that may follow "in".
    fn time(&self) -> String {
        format!(
            "<time>{}</time>",
            escaped(&view::time(&self.findings.cases[0]))
        )
    }

    /// Whether the numbers are of a part of the horizon.
    fn is_windowed(&self) -> bool {
        view::window_of(&self.findings.cases[0]).is_some()
    }

    /// What a chart over time must say of its days, where the numbers beside it are of a window.
    fn of_the_horizon(&self) -> String {
        match self.is_windowed() {
            true => format!(" of the whole horizon, not only of {}", self.time()),
            false => String::new(),
        }
    }

    /// A figure of the summary: its table stands in the annex.
    fn figure(&mut self, figure: Figure) {
        self.body += &figure.html();
        self.tables.push(figure.table);
    }

    /// A figure of the annex with its table.
    fn figure_with_table(&mut self, figure: &Figure) {
        self.body += &figure.html();
        self.body += &figure.table.folded();
    }

    /// The baseline's series is the first; that of a scenario alone is drawn as strong as an alternative's.
    fn series(&self, index: usize) -> Series {
        match index {
            0 if self.is_comparison() => Series::First,
            _ => Series::Second,
        }
    }

    fn legend(&self, cases: &[usize]) -> Vec<(Series, String)> {
        match cases {
            [_] => Vec::new(),
            cases => cases
                .iter()
                .map(|&case| (self.series(case), self.name(case)))
                .collect(),
        }
    }

    fn periods(&self) -> &'a [Window] {
        &self.scenario(0).periods
    }

    fn period_name(&self, period: usize) -> String {
        let name = view::period_name(self.scenario(0).start, self.periods()[period]);
        format!("<time>{}</time>", escaped(&name))
    }

    /// First and last day of each period \[days since 1970-01-01\].
    fn days(&self) -> Vec<(f64, f64)> {
        let start = day_of(self.scenario(0).start);
        let day = |day: i32| f64::from(start + day);
        let periods = self.periods().iter();
        periods
            .map(|of| (day(of.start_day), day(of.end_day)))
            .collect()
    }

    /// Where a metric of a period stands in the JSON.
    fn in_period(&self, case: usize, period: usize, metric: &str) -> String {
        format!("{}/periods/{period}/metrics/{metric}", self.result(case))
    }

    /// A metric over the periods, with its bands.
    fn course(&self, case: usize, metric: &str) -> Course {
        let keys = (0..self.periods().len()).map(|period| self.in_period(case, period, metric));
        let keys: Vec<String> = keys.collect();
        let value = |key: &str, end: &str| self.doc.value(&format!("{key}/{end}"));
        let band = |key: &str, of: &str| {
            value(key, &format!("{of}p10")).zip(value(key, &format!("{of}p90")))
        };
        Course {
            series: self.series(case),
            days: self.days(),
            mean: keys.iter().map(|key| value(key, "mean")).collect(),
            bands: keys
                .iter()
                .map(|key| [band(key, ""), band(key, "process/")])
                .collect(),
        }
    }

    /// A table of a metric by period: for each case its mean and where 8 of 10 futures lie.
    fn period_table(
        &self,
        id: &str,
        caption: &str,
        cases: &[usize],
        metric: &Metric,
        with_luck: bool,
    ) -> Table {
        let mut head = vec!["period".to_owned()];
        for &case in cases {
            let name = self.name(case);
            head.extend([format!("{name}: mean"), format!("{name}: 8 of 10 futures")]);
            if with_luck {
                head.push(format!("{name}: 8 of 10 by luck alone"));
            }
        }
        let form = Form::Value(metric.unit);
        let row = |period: usize| {
            let mut cells = vec![self.period_name(period)];
            for &case in cases {
                let key = self.in_period(case, period, metric.name);
                cells.push(self.doc.number(form, &format!("{key}/mean")));
                cells.push(self.doc.spread(form, &key));
                if with_luck {
                    cells.push(self.doc.spread(form, &format!("{key}/process")));
                }
            }
            cells
        };
        Table {
            id: id.to_owned(),
            caption: caption.to_owned(),
            head,
            rows: (0..self.periods().len()).map(row).collect(),
        }
    }

    fn write(&self, unit: Unit) -> impl Fn(f64) -> String {
        let style = self.doc.style;
        move |value| chart::short(style.value(unit, value))
    }

    /// The whole file.
    fn text(&self) -> String {
        let title = match self.is_comparison() {
            true => format!(
                "{} against {}",
                view::capitalised(&self.scenario(1).name),
                self.scenario(0).name
            ),
            false => view::capitalised(&self.scenario(0).name),
        };
        sheet(&title, &self.body.0)
    }
}

/// The whole file of a page with our script.
fn sheet(title: &str, body: &str) -> String {
    let head = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'sha256-{SCRIPT_HASH}'\">\n"
    );
    let body = format!("<main>\n{body}</main>\n<script>{SCRIPT}</script>\n");
    document(&escaped(title), &head, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_cannot_end_early() {
        assert!(!SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
