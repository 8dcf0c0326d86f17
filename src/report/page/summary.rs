//! The executive summary: two printed pages that are complete by themselves.

use super::Writer;
use super::chart::{self, Step};
use super::doc::{Form, Verdict};
use super::parts::{Figure, Table, name, whole_name};
use crate::forecast::{METRICS, REVENUE, Unit};
use crate::report::Bridge;
use crate::report::html::escaped;
use crate::report::view;
use crate::scenario::{meaning, schema};

const MONEY: Form = Form::Value(Unit::Money);
const DIFFERENCE: Form = Form::Difference(Unit::Money);
/// Most risks that the summary names.
const MOST_RISKS: usize = 3;

impl Writer<'_> {
    pub(super) fn summary(&mut self) {
        self.body += "<div class=\"summary\">\n";
        self.heading();
        self.answer();
        self.target();
        self.fan(self.subject());
        match self.is_comparison() {
            true => {
                self.lift(1);
                self.second_page();
                self.bridge(1);
            }
            false => {
                self.second_page();
                self.spread_of_revenue();
            }
        }
        self.three_risks();
        self.reading_in_short();
        self.body += "</div>\n";
    }

    /// Of the print.
    fn second_page(&mut self) {
        self.body += "<div class=\"page\"></div>\n";
    }

    fn heading(&mut self) {
        let whole = |case: usize| whole_name(&view::capitalised(&self.scenario(case).name));
        let title = match self.is_comparison() {
            true => format!(
                "{} against {}",
                whole(1),
                whole_name(&self.scenario(0).name)
            ),
            false => whole(0),
        };
        let start = view::date(
            self.scenario(0).start,
            self.findings.cases[0].window().start_day,
        );
        let n = self
            .doc
            .number(Form::Whole, &format!("{}/replications", self.result(0)));
        let time = self.time();
        self.body += &format!("<h1>{title}</h1>\n");
        let futures = match self.is_one_future() {
            true => "future",
            false => "futures",
        };
        self.body.note(&format!(
            "A forecast of {time} from <time>{start}</time>: every lead simulated in {n} possible {futures}."
        ));
    }

    fn answer(&mut self) {
        if !self.is_comparison() {
            self.body += &format!("<p class=\"answer\">{}</p>\n", self.earnings());
        }
        for index in self.alternatives() {
            let class = if index == 1 { "answer" } else { "other-answer" };
            self.body += &format!("<p class=\"{class}\">{}</p>\n", self.worth(index));
            let margin = self.margin(index);
            self.body.paragraph(&margin);
        }
    }

    /// Whether there is nothing that could differ between futures.
    fn is_one_future(&self) -> bool {
        self.findings.cases[0].replications.len() == 1
    }

    /// What a scenario that stands alone earns.
    fn earnings(&self) -> String {
        let key = self.metric(0, "revenue");
        let (mean, time) = (self.doc.number(MONEY, &format!("{key}/mean")), self.time());
        let spread = match self.is_one_future() {
            true => ", in the one future simulated".to_owned(),
            false => format!("; in 8 of 10 futures {}", self.doc.spread(MONEY, &key)),
        };
        format!("{} earns {mean} in {time}{spread}.", self.capital(0))
    }

    /// What an alternative is worth, in a sentence; what luck cannot tell from nothing is called unproven.
    fn worth(&self, index: usize) -> String {
        let key = self.difference(index, "revenue");
        let (alternative, baseline) = (self.capital(index), self.name(0));
        let (time, interval) = (self.time(), self.doc.interval(DIFFERENCE, &key));
        let mean = self.doc.number(DIFFERENCE, &format!("{key}/mean"));
        let (verb, often) = match self.doc.verdict(&key) {
            Verdict::Same => {
                return format!("{alternative} and {baseline} earn the same in every future.");
            }
            Verdict::Unproven => {
                let interval = match interval.contains("<data") {
                    true => format!("its 95 % confidence interval, {interval}, spans zero"),
                    false => "there are too few futures to know its error".to_owned(),
                };
                return format!(
                    "Unproven: {} against {baseline} is worth {mean} in {time}; {interval}.",
                    self.name(index)
                );
            }
            Verdict::Greater => ("earns more than", "probability_positive"),
            Verdict::Less => ("earns less than", "probability_negative"),
        };
        let often = self
            .doc
            .number(Form::Probability, &format!("{key}/{often}"));
        let relative = self
            .doc
            .number(Form::Relative, &format!("{key}/relative/mean"));
        format!(
            "{alternative} {verb} {baseline} in {often} of futures; in {time} that is worth {mean} of revenue (95 % \
             confidence interval {interval}), {relative} of the baseline's."
        )
    }

    /// What is left of the lift of an alternative after its costs, and what margin it then has.
    fn margin(&self, index: usize) -> String {
        let key = self.difference(index, "margin");
        let cost = format!("{}/mean", self.metric(index, "cost"));
        if self.doc.value(&cost).is_none_or(|cost| cost == 0.0) {
            return "The scenarios state no cost, so nothing is said of margin.".to_owned();
        }
        let mean = self.doc.number(DIFFERENCE, &format!("{key}/mean"));
        let interval = self.doc.in_brackets(DIFFERENCE, &key);
        let proof = match self.doc.verdict(&key) {
            Verdict::Unproven => "; a difference is unproven",
            _ => "",
        };
        let often = self
            .doc
            .number(Form::Probability, &format!("{key}/probability_positive"));
        let of = |case: usize| {
            self.doc
                .number(MONEY, &format!("{}/mean", self.metric(case, "margin")))
        };
        format!(
            "After all stated costs {} has a margin of {} on average, {} of {}: a difference of {mean}{interval}{proof}. \
             It has the higher margin in {often} of futures.",
            self.name(index),
            of(index),
            self.name(0),
            of(0)
        )
    }

    fn target(&mut self) {
        self.body.section("Will we hit the target?");
        let Some(_) = self.findings.target_revenue else {
            self.body.note(
                "No target is stated; <code>[target] revenue</code> in the baseline sets one.",
            );
            return;
        };
        let cases = (0..self.findings.cases.len()).rev();
        let sentences: Vec<String> = cases.map(|case| self.reaching(case)).collect();
        self.body.paragraph(&sentences.join(" "));
        if self.is_windowed() {
            self.body.note(&format!(
                "The target is held against revenue in {} alone, though scenarios state it for the whole horizon.",
                self.time()
            ));
        }
        if let Some(levers) = self.closing_the_gap() {
            self.body.paragraph(&levers);
        }
    }

    /// How often a case reaches the target, and how far it is from it on average.
    fn reaching(&self, case: usize) -> String {
        let key = format!("{}/target", self.result(case));
        let target = self.doc.number(MONEY, &format!("{key}/revenue"));
        let probability = self
            .doc
            .number(Form::Probability, &format!("{key}/probability"));
        let interval = self.doc.in_brackets(Form::Probability, &key);
        let gap = self.doc.value(&format!("{key}/gap/mean")).unwrap_or(0.0);
        let way = if gap > 0.0 { "short of" } else { "above" };
        let gap = self
            .doc
            .number(Form::Size(Unit::Money), &format!("{key}/gap/mean"));
        format!(
            "{} reaches {target} in {probability} of futures{interval}; its mean revenue \
             lies {gap} {way} it.",
            self.capital(case)
        )
    }

    /// What each lever of the bridge alone would bring towards the baseline's gap.
    fn closing_the_gap(&self) -> Option<String> {
        let gap = format!("{}/target/gap/mean", self.result(0));
        let is_short = self.doc.value(&gap)? > 0.0;
        let terms = self.terms(1, "alone");
        if !is_short || terms.is_empty() {
            return None;
        }
        let brings: Vec<String> = terms
            .iter()
            .map(|(name_of, key)| format!("{} {}", name(name_of), self.doc.number(DIFFERENCE, key)))
            .collect();
        Some(format!(
            "Of the {} that {} is short of, each change made alone would bring: {}.",
            self.doc.number(MONEY, &gap),
            self.name(0),
            brings.join(", ")
        ))
    }

    /// Changes of the bridge to alternative `index` with the key of a number of theirs, the largest first.
    pub(super) fn terms(&self, index: usize, number: &str) -> Vec<(String, String)> {
        if !self.is_comparison() {
            return Vec::new();
        }
        let terms = format!("{}/bridge/terms", self.alternative(index));
        let keys = (0..self.doc.count(&terms)).map(|term| format!("{terms}/{term}"));
        let mut terms: Vec<(String, String)> = keys
            .map(|key| {
                (
                    self.doc.text(&format!("{key}/name")).to_owned(),
                    format!("{key}/{number}"),
                )
            })
            .collect();
        let size = |key: &str| self.doc.value(key).unwrap_or(f64::NEG_INFINITY);
        terms.sort_by(|a, b| size(&b.1).total_cmp(&size(&a.1)));
        terms
    }

    /// Revenue over time of the baseline and a case.
    pub(super) fn fan(&mut self, case: usize) {
        let figure = self.fan_of(case);
        self.body.section("Revenue over time");
        self.figure(figure);
    }

    pub(super) fn fan_of(&self, case: usize) -> Figure {
        let cases = self.beside_baseline(case);
        let courses: Vec<_> = cases
            .iter()
            .map(|&case| self.course(case, "revenue"))
            .collect();
        let title = self.fan_title(case);
        let drawn = "Revenue by period";
        let charts = chart::fans(&courses, drawn, self.write(Unit::Money));
        let in_doubt = self.findings.cases[case].replications.in_doubt();
        let bands = match in_doubt {
            true => {
                "Light band: in 8 of 10 futures revenue of the period lies here. Dark band: the same by luck alone, \
                     if every doubtful number were known. Line: mean."
            }
            false => {
                "Band: in 8 of 10 futures revenue of the period lies here, by luck alone. Line: mean."
            }
        };
        Figure {
            title,
            legend: self.legend(&cases),
            charts,
            caption: format!(
                "Revenue booked in each period{}. {bands}",
                self.of_the_horizon()
            ),
            table: self.period_table(
                &format!("revenue-{case}"),
                "revenue by period",
                &cases,
                &METRICS[REVENUE],
                in_doubt,
            ),
        }
    }

    fn fan_title(&self, case: usize) -> String {
        if case == 0 {
            return format!("What {} earns, period by period", self.name(0));
        }
        let (alternative, baseline) = (self.capital(case), self.name(0));
        match self.doc.verdict(&self.difference(case, "revenue")) {
            Verdict::Greater => format!("{alternative} earns more than {baseline}"),
            Verdict::Less => format!("{alternative} earns less than {baseline}"),
            Verdict::Same => format!("{alternative} earns what {baseline} earns"),
            Verdict::Unproven => {
                format!(
                    "Revenue of {} and {baseline} cannot be told apart",
                    self.name(case)
                )
            }
        }
    }

    /// The baseline and a case, or the case that stands alone.
    pub(super) fn beside_baseline(&self, case: usize) -> Vec<usize> {
        match case {
            0 => vec![0],
            case => vec![0, case],
        }
    }

    fn lift(&mut self, index: usize) {
        let figure = self.lift_of(index);
        self.body.section("What the change is worth");
        self.figure(figure);
    }

    pub(super) fn lift_of(&self, index: usize) -> Figure {
        let key = self.difference(index, "revenue");
        let often = self
            .doc
            .number(Form::Probability, &format!("{key}/probability_positive"));
        let spread = self.doc.spread(DIFFERENCE, &key);
        Figure {
            title: format!(
                "The lift of {} is positive in {often} of futures",
                self.name(index)
            ),
            caption: format!(
                "Each future of {} less the same future of {}, with the same leads and the same luck; in 8 of 10 it lies \
                 between {}. Height: share of futures. Grey: {} earns less.",
                self.name(index),
                self.name(0),
                spread.replace(" to ", " and "),
                self.name(index)
            ),
            ..self.histogram(
                &format!("{}/lift_histogram", self.alternative(index)),
                "lift",
                index,
                DIFFERENCE,
            )
        }
    }

    fn spread_of_revenue(&mut self) {
        let spread = self.doc.spread(MONEY, &self.metric(0, "revenue"));
        let title = match self.is_one_future() {
            true => format!("One future of {} has no range", self.name(0)),
            false => format!("In 8 of 10 futures {} earns {spread}", self.name(0)),
        };
        let figure = Figure {
            title,
            caption: "Revenue of each future. Height: share of futures.".to_owned(),
            ..self.histogram(
                &format!("{}/revenue_histogram", self.result(0)),
                "revenue",
                0,
                MONEY,
            )
        };
        self.body.section("How far futures lie apart");
        self.figure(figure);
    }

    /// The figure of a histogram in the JSON, without words.
    fn histogram(&self, key: &str, what: &str, index: usize, form: Form) -> Figure {
        let keys: Vec<String> = (0..self.doc.count(key))
            .map(|bin| format!("{key}/{bin}"))
            .collect();
        let number = |key: &str, of: &str| self.doc.value(&format!("{key}/{of}")).unwrap_or(0.0);
        let bins = keys
            .iter()
            .map(|key| (number(key, "from"), number(key, "to"), number(key, "share")));
        let bins: Vec<(f64, f64, f64)> = bins.collect();
        let row = |key: &String| {
            let [from, to, share] = ["from", "to", "share"].map(|of| format!("{key}/{of}"));
            vec![
                self.doc.range(form, &from, &to),
                self.doc.number(Form::Value(Unit::Share), &share),
            ]
        };
        Figure {
            title: String::new(),
            legend: Vec::new(),
            charts: vec![chart::histogram(
                &bins,
                &format!("Distribution of the {what}"),
                |amount| chart::short(self.doc.write(form, amount)),
            )],
            caption: String::new(),
            table: Table {
                id: format!("{what}-{index}-distribution"),
                caption: format!("distribution of the {what}"),
                head: vec![format!("{what} from … to"), "share of futures".to_owned()],
                rows: keys.iter().map(row).collect(),
            },
        }
    }

    fn bridge(&mut self, index: usize) {
        self.body.section("Which change does it");
        match self.bridge_of(index) {
            Ok(figure) => self.figure(figure),
            Err(reason) => self.body.note(&reason),
        }
    }

    /// The bridge from the baseline to an alternative by its changes, or why there is none.
    pub(super) fn bridge_of(&self, index: usize) -> Result<Figure, String> {
        if let Some(Bridge::None(reason)) = self.findings.bridges.get(index - 1) {
            return Err(format!(
                "The lift is not split over changes: {}",
                escaped(reason)
            ));
        }
        let bridge = format!("{}/bridge", self.alternative(index));
        let terms = self.terms(index, "shapley");
        let steps: Vec<Step> = terms
            .iter()
            .map(|(name, key)| Step {
                name,
                key: key.clone(),
            })
            .collect();
        let chart = chart::waterfall(&self.doc, self.ends(index), &steps, "Lift by change");
        let leads = terms
            .first()
            .filter(|(_, key)| self.is_told(key, "shapley"));
        let title = match leads {
            Some((of, key)) if self.doc.value(key) > Some(0.0) => {
                format!(
                    "{} brings the largest part on average",
                    name(&view::capitalised(of))
                )
            }
            _ => "No single change is told apart from nothing".to_owned(),
        };
        let n = self
            .doc
            .number(Form::Whole, &format!("{bridge}/replications"));
        Ok(Figure {
            title,
            legend: Vec::new(),
            charts: vec![chart],
            caption: format!(
                "Mean revenue from {} to {}, change by change: each averaged over every order in which the changes could \
                 be made (Shapley), so that they sum to the whole. Over {n} futures, so the ends may differ a little from \
                 the numbers above. The scale does not begin at zero.",
                self.name(0),
                self.name(index)
            ),
            table: self.terms_table(index, &terms),
        })
    }

    pub(super) fn ends(&self, index: usize) -> [Step<'_>; 2] {
        let bridge = format!("{}/bridge", self.alternative(index));
        let end = |case: usize, side: &str| Step {
            name: &self.scenario(case).name,
            key: format!("{bridge}/ends/{side}"),
        };
        [end(0, "baseline"), end(index, "alternative")]
    }

    /// Whether the interval of the element that a number at `key` belongs to leaves out 0.
    pub(super) fn is_told(&self, key: &str, number: &str) -> bool {
        let element = key.trim_end_matches(number);
        let end = |end: usize| self.doc.value(&format!("{element}ci95/{end}"));
        end(0) > Some(0.0) || end(1).is_some_and(|high| high < 0.0)
    }

    fn terms_table(&self, index: usize, terms: &[(String, String)]) -> Table {
        let row = |(of, key): &(String, String)| {
            let element = key.trim_end_matches("shapley");
            let number = |of: &str| self.doc.number(DIFFERENCE, &format!("{element}{of}"));
            vec![
                name(of),
                number("alone"),
                number("last_in"),
                number("shapley"),
                self.doc.interval(DIFFERENCE, element.trim_end_matches('/')),
            ]
        };
        let mut rows: Vec<Vec<String>> = terms.iter().map(row).collect();
        let bridge = format!("{}/bridge", self.alternative(index));
        rows.push(vec![
            "all together".to_owned(),
            String::new(),
            String::new(),
            self.doc.number(DIFFERENCE, &format!("{bridge}/total")),
            self.doc.interval(DIFFERENCE, &bridge),
        ]);
        let head = [
            "change",
            "made alone",
            "made last",
            "Shapley",
            "95 % confidence interval",
        ];
        Table {
            id: format!("bridge-{index}"),
            caption: "lift by change".to_owned(),
            head: head.map(str::to_owned).to_vec(),
            rows,
        }
    }

    fn three_risks(&mut self) {
        self.body.section("What could go wrong");
        let subject = self.subject();
        let risks = format!("{}/risks", self.result(subject));
        if self.doc.value(&format!("{risks}/share")).is_none() {
            self.body
                .note("Too few futures to say what the worst of them have in common.");
            return;
        }
        let revenue = |of: &str| self.doc.number(MONEY, &format!("{risks}/revenue/{of}"));
        self.body.paragraph(&format!(
            "In the worst tenth of its futures {} earns {} on average, against {} in all. What sets these futures apart \
             most:",
            self.name(subject),
            revenue("worst"),
            revenue("all")
        ));
        let mut items = self.risks(subject, "causes");
        items.extend(self.risks(subject, "symptoms"));
        items.truncate(MOST_RISKS);
        match items.is_empty() {
            true => self.body.note("Nothing that is told apart from luck."),
            false => self.body.list(&items),
        }
    }

    /// One sentence per shift of a kind, the strongest first.
    fn risks(&self, case: usize, kind: &str) -> Vec<String> {
        let shifts = format!("{}/risks/{kind}", self.result(case));
        let keys = (0..self.doc.count(&shifts)).map(|shift| format!("{shifts}/{shift}"));
        keys.map(|key| {
            let of = self.doc.text(&format!("{key}/name"));
            let at = |which: &str| self.doc.number(form_of(of), &format!("{key}/{which}"));
            let is_lower = self.doc.value(&format!("{key}/shift_in_sd")) < Some(0.0);
            let way = if is_lower { "lower" } else { "higher" };
            let name = match meaning(of) {
                Some((_, doc)) => format!("<b><code>{}</code></b> ({})", escaped(of), escaped(doc)),
                None => format!(
                    "<b>{}</b>",
                    escaped(&view::capitalised(&of.replace('_', " ")))
                ),
            };
            format!(
                "{name} {way}: {} in the worst tenth, {} in all",
                at("worst"),
                at("all")
            )
        })
        .collect()
    }

    fn reading_in_short(&mut self) {
        self.body.section("How to read this");
        let n = self
            .doc
            .number(Form::Whole, &format!("{}/replications", self.result(0)));
        let mut items = vec![
            format!(
                "<b>Range of futures</b> (8 of 10, P10 to P90): how differently things may turn out. It does not shrink \
                 with more simulation ({n} here). One future in ten lies below it and one in ten above."
            ),
            "<b>95 % confidence interval</b>: how well this simulation knows an average. It shrinks with more futures and \
             says nothing about how good the assumptions are."
                .to_owned(),
        ];
        if self.is_comparison() {
            items.push(
                "<b>Same luck</b>: in each future all scenarios meet the same leads with the same luck, so that a difference \
                 is due to the change alone."
                    .to_owned(),
            );
        }
        self.body.list(&items);
    }
}

/// How the value of a doubt or metric of that name is written.
pub(super) fn form_of(of: &str) -> Form {
    use crate::forecast::Metric;
    if let Some(metric) = Metric::named(of) {
        return Form::Value(metric.unit);
    }
    match meaning(of).map(|(unit, _)| unit) {
        Some(schema::Unit::Share) => Form::Value(Unit::Share),
        Some(schema::Unit::Money) => Form::Value(Unit::Money),
        Some(schema::Unit::Days) => Form::Value(Unit::Days),
        _ => Form::Plain,
    }
}
