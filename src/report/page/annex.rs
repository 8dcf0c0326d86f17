//! The annex: the funnel, waits, money, risks and assumptions behind the summary.

use super::Writer;
use super::chart::{self, Course, Part, Step};
use super::doc::{Form, Verdict, step};
use super::parts::{Figure, Table, name, words};
use super::summary::form_of;
use crate::forecast::{METRICS, Metric, Unit};
use crate::report::funnel::{STAGES, Stage};
use crate::report::html::escaped;
use crate::report::{payoff, view};
use crate::scenario::meaning;

const DIFFERENCE: Form = Form::Difference(Unit::Money);
/// What is looked at over time beside revenue: metric, and what it is in words.
const COURSES: [(&str, &str); 6] = [
    ("sdr_mean_wait_days", "Mean wait for an SDR"),
    ("mean_wait_days", "Mean wait for a first touch"),
    ("sdr_utilisation", "Utilisation of SDRs"),
    ("utilisation", "Utilisation of reps"),
    ("sdr_backlog", "Leads that wait for SDRs at the end"),
    ("backlog", "Leads that wait for reps at the end"),
];
/// Money per lead, deal and customer.
const UNIT_ECONOMICS: [&str; 15] = [
    "cost_per_lead",
    "cost_per_mql",
    "cost_per_sql",
    "cac",
    "mean_deal",
    "win_rate",
    "cycle_days",
    "sales_velocity",
    "payback_months",
    "ltv",
    "ltv_to_cac",
    "quota_attainment",
    "pipeline_coverage",
    "gross_revenue_retention",
    "net_revenue_retention",
];
/// What is spent and what is left.
const COSTS: [&str; 15] = [
    "media_cost",
    "lead_cost",
    "content_cost",
    "fixed_cost",
    "salary_cost",
    "sdr_salary_cost",
    "commission_cost",
    "programme_cost",
    "marketing_cost",
    "sales_cost",
    "cost",
    "gross_profit",
    "margin",
    "roi",
    "romi",
];

impl Writer<'_> {
    pub(super) fn annex(&mut self) {
        self.body += "<div class=\"annex\">\n";
        self.funnel();
        self.along_the_funnel();
        self.flows();
        self.waits();
        self.unit_economics();
        self.cost_and_payback();
        self.all_risks();
        self.other_alternatives();
        self.assumptions();
        self.reading();
        self.provenance();
        self.figure_tables();
        self.body += "</div>\n";
    }

    /// Every case side by side.
    fn cases(&self) -> std::ops::Range<usize> {
        0..self.findings.cases.len()
    }

    fn mean(&self, case: usize, metric: &str) -> Option<f64> {
        self.doc
            .value(&format!("{}/mean", self.metric(case, metric)))
    }

    fn is_defined(&self, metric: &str) -> bool {
        self.cases().any(|case| self.mean(case, metric).is_some())
    }

    /// Whether any case has something of it.
    fn tells(&self, metric: &str) -> bool {
        self.cases()
            .any(|case| self.mean(case, metric).is_some_and(|mean| mean != 0.0))
    }

    fn funnel(&mut self) {
        let subject = self.subject();
        let share_of = |stage: &Stage| stage.conversion.and_then(|of| self.mean(subject, of));
        let pairs = STAGES.iter().zip(&STAGES[1..]);
        let pairs = pairs.filter_map(|(from, to)| Some((share_of(to)?, from, to)));
        let weakest = pairs.min_by(|a, b| a.0.total_cmp(&b.0));
        self.body.section("The funnel");
        if let Some((_, from, to)) = weakest {
            let conversion = self.metric(subject, to.conversion.unwrap_or_default());
            let share = self
                .doc
                .number(Form::Value(Unit::Share), &format!("{conversion}/mean"));
            self.body += &format!(
                "<h3>Fewest get from {} to {}: {share} with {}</h3>\n",
                from.label,
                to.label,
                self.name(subject)
            );
        }
        let table = self.funnel_table();
        self.body += &table.html();
        self.body.note(
            "By cohort: of those that entered the stage before within this time, the share that moved on by the horizon; \
             some are still open. By period: events of this stage over events of the stage before. Bars are on one scale; of \
             two or more scenarios they show the first in grey above the second.",
        );
    }

    fn funnel_table(&self) -> Table {
        let mut head = vec!["stage".to_owned()];
        for case in self.cases() {
            let name = self.name(case);
            head.extend([
                name.clone(),
                format!("{name}: by cohort"),
                format!("{name}: by period"),
            ]);
        }
        head.push(String::new());
        let (first, second) = (0, self.subject());
        let most = STAGES
            .iter()
            .flat_map(|stage| [first, second].map(|case| self.mean(case, stage.count)));
        let most = most.flatten().fold(0.0, f64::max);
        let row = |stage: &Stage| {
            let mut cells = vec![stage.label.to_owned()];
            for case in self.cases() {
                let number = |form: Form, of: &str| {
                    self.doc
                        .number(form, &format!("{}/mean", self.metric(case, of)))
                };
                cells.push(number(Form::Value(Unit::Count), stage.count));
                let shares = match stage.conversion {
                    Some(cohort) => [cohort, &cohort.replace("_cohort", "_period")]
                        .map(|of| number(Form::Value(Unit::Share), of)),
                    None => Default::default(),
                };
                cells.extend(shares);
            }
            let second = if second == first {
                None
            } else {
                self.mean(second, stage.count)
            };
            let bars = match second {
                None => [None, self.mean(first, stage.count)],
                second => [self.mean(first, stage.count), second],
            };
            cells.push(chart::pair_in_row(bars, most));
            cells
        };
        Table {
            id: "funnel".to_owned(),
            caption: "events within this time, and conversion from the stage before".to_owned(),
            head,
            rows: STAGES.iter().map(row).collect(),
        }
    }

    /// The bridge of the first alternative by the stages that it acts on.
    fn along_the_funnel(&mut self) {
        if let Some(figure) = self.along_of(self.subject()) {
            self.figure_with_table(&figure);
        }
    }

    fn along_of(&self, index: usize) -> Option<Figure> {
        if index == 0 {
            return None;
        }
        let steps = format!("{}/bridge/along_the_funnel", self.alternative(index));
        let keys: Vec<String> = (0..self.doc.count(&steps))
            .map(|at| format!("{steps}/{at}"))
            .collect();
        let of: Vec<(&str, String)> = keys
            .iter()
            .map(|key| {
                (
                    self.doc.text(&format!("{key}/name")),
                    format!("{key}/value"),
                )
            })
            .collect();
        let largest = of.iter().max_by(|a, b| {
            let size = |key: &str| self.doc.value(key).unwrap_or(f64::NEG_INFINITY);
            size(&a.1).total_cmp(&size(&b.1))
        })?;
        let title =
            match self.is_told(&largest.1, "value") && self.doc.value(&largest.1) > Some(0.0) {
                true => format!(
                    "The largest part of the lift arises at: {}",
                    escaped(largest.0)
                ),
                false => "No stage's part of the lift is told apart from nothing".to_owned(),
            };
        let rows = of.iter().map(|(name, key)| {
            vec![
                escaped(name),
                self.doc.number(DIFFERENCE, key),
                self.doc
                    .interval(DIFFERENCE, key.trim_end_matches("/value")),
            ]
        });
        let table = Table {
            id: format!("along-{index}"),
            caption: "lift along the funnel".to_owned(),
            head: ["stage", "part of the lift", "95 % confidence interval"]
                .map(str::to_owned)
                .to_vec(),
            rows: rows.collect(),
        };
        let steps: Vec<Step> = of
            .iter()
            .map(|(name, key)| Step {
                name,
                key: key.clone(),
            })
            .collect();
        Some(Figure {
            title,
            legend: Vec::new(),
            charts: vec![chart::waterfall(&self.doc, self.ends(index), &steps, "Lift along the funnel")],
            caption: "The same lift by the stage at which it arises, for leads that arrive within this time; timing is how \
                      many have left each stage by its end, opening pipeline is what earlier leads bring."
                .to_owned(),
            table,
        })
    }

    fn flows(&mut self) {
        self.body.section("Where leads go");
        for case in [self.subject(), 0].into_iter().take(1 + self.subject()) {
            let figure = self.flow(case);
            self.figure_with_table(&figure);
        }
    }

    fn flow(&self, case: usize) -> Figure {
        let flow = format!("{}/flow", self.result(case));
        let parts: Vec<Part> = (0..self.doc.count(&flow))
            .map(|part| self.flow_part(&format!("{flow}/{part}")))
            .collect();
        let out = parts
            .iter()
            .flat_map(|part| part.out.iter().map(move |of| (part, of)));
        let value = |key: &str| self.doc.value(key).unwrap_or(0.0);
        let leaks = out.clone().filter(|(_, of)| !of.2);
        let largest = leaks.max_by(|a, b| value(&a.1.1).total_cmp(&value(&b.1.1)));
        let title = match largest {
            Some((part, (of, key, _))) => format!(
                "The largest leak of {} is in {}: {} {} of {}",
                self.name(case),
                part.name,
                self.doc.number(Form::Value(Unit::Count), key),
                escaped(&of.replace('_', " ")),
                self.doc
                    .number(Form::Value(Unit::Count), &format!("{flow}/0/entered"))
            ),
            None => format!("Where leads of {} go", self.name(case)),
        };
        let row = |(part, (of, key, open)): (&Part, &(&str, String, bool))| {
            vec![
                part.name.to_owned(),
                escaped(&of.replace('_', " ")),
                if *open {
                    "open at the horizon"
                } else {
                    "ended"
                }
                .to_owned(),
                self.doc.number(Form::Value(Unit::Count), key),
            ]
        };
        let mut rows: Vec<Vec<String>> = out.map(row).collect();
        if let Some(part) = parts.last() {
            let won = self.doc.number(Form::Value(Unit::Count), &part.passed);
            rows.push(vec![
                part.name.to_owned(),
                "won".to_owned(),
                "ended".to_owned(),
                won,
            ]);
        }
        Figure {
            title,
            legend: Vec::new(),
            charts: vec![chart::flow(&self.doc, &parts, "won", "Flow of leads")],
            caption: "Leads of one future on average, from day 0 to the horizon, those open at day 0 among them; each counted \
                      once, where it ended (grey) or stands at the horizon (light). Lengths of bars are proportional."
                .to_owned(),
            table: Table {
                id: format!("flow-{case}"),
                caption: "where leads end".to_owned(),
                head: ["part", "what", "", "leads per future"].map(str::to_owned).to_vec(),
                rows,
            },
        }
    }

    fn flow_part(&self, key: &str) -> Part<'_> {
        let out = |of: &str, open: bool| {
            let names = self.doc.names(&format!("{key}/{of}")).into_iter();
            let out = names.map(move |name| (name, format!("{key}/{of}/{}", step(name)), open));
            let out = out.filter(|(_, key, _)| self.doc.value(key) > Some(0.0));
            out.collect::<Vec<_>>()
        };
        let mut all = out("left", false);
        all.extend(out("open", true));
        Part {
            name: self.doc.text(&format!("{key}/part")),
            entered: format!("{key}/entered"),
            passed: format!("{key}/passed"),
            out: all,
        }
    }

    fn waits(&mut self) {
        let defined: Vec<(&Metric, &str)> = COURSES
            .iter()
            .filter(|(metric, _)| self.tells(metric))
            .filter_map(|(metric, words)| Some((Metric::named(metric)?, *words)))
            .collect();
        self.body
            .section("Waits, utilisation and backlog over time");
        if defined.is_empty() {
            self.body
                .note("No capacity is stated that leads could wait for.");
        }
        self.body += "<div class=\"figures\">\n";
        for (metric, of) in defined {
            let figure = self.course_figure(metric, of);
            self.body += "<div>\n";
            self.figure_with_table(&figure);
            self.body += "</div>\n";
        }
        self.body += "</div>\n";
    }

    fn course_figure(&self, metric: &'static Metric, of: &str) -> Figure {
        let subject = self.subject();
        let cases = self.beside_baseline(subject);
        let course = |&case: &usize| Course {
            bands: Vec::new(),
            ..self.course(case, metric.name)
        };
        let courses: Vec<Course> = cases.iter().map(course).collect();
        let drawn = chart::lines(&courses, of, self.write(metric.unit));
        let form = Form::Value(metric.unit);
        let mean = |case: usize| {
            self.doc
                .number(form, &format!("{}/mean", self.metric(case, metric.name)))
        };
        let title = match subject {
            0 => format!("{of}: {}", mean(0)),
            subject => {
                let (alternative, baseline) = (self.name(subject), self.name(0));
                let way = match self.doc.verdict(&self.difference(subject, metric.name)) {
                    Verdict::Greater => "more",
                    Verdict::Less => "less",
                    Verdict::Same => "as much",
                    Verdict::Unproven => "not told apart",
                };
                format!(
                    "{of}: {} with {alternative}, {} with {baseline} ({way})",
                    mean(subject),
                    mean(0)
                )
            }
        };
        let cut = match metric.unit {
            Unit::Days => {
                " The horizon cuts waits off, so that the last periods look shorter than they are."
            }
            _ => "",
        };
        Figure {
            title,
            legend: self.legend(&cases),
            charts: vec![drawn],
            caption: format!(
                "<code>{}</code> by period{}, mean over futures: {}.{cut}",
                metric.name,
                self.of_the_horizon(),
                escaped(metric.note)
            ),
            table: self.period_table(
                metric.name,
                &format!("{} by period", escaped(of).to_lowercase()),
                &cases,
                metric,
                false,
            ),
        }
    }

    /// Metrics side by side: each case, and what the first alternative differs by.
    fn metric_table(&self, id: &str, caption: &str, metrics: &[&Metric]) -> Table {
        let subject = self.subject();
        let mut head = vec!["metric".to_owned()];
        match subject {
            0 => head
                .extend(["mean", "95 % confidence interval", "8 of 10 futures"].map(str::to_owned)),
            subject => {
                head.extend(self.cases().map(|case| self.name(case)));
                let name = self.name(subject);
                head.push(format!("difference of {name}"));
                head.push("95 % confidence interval".to_owned());
                head.push("8 of 10 futures".to_owned());
            }
        }
        let row = |metric: &&Metric| {
            let mut cells = vec![format!("<code>{}</code>", metric.name)];
            let form = Form::Value(metric.unit);
            for case in self.cases() {
                let key = self.metric(case, metric.name);
                cells.push(self.doc.number(form, &format!("{key}/mean")));
            }
            let (form, key) = match subject {
                0 => (form, self.metric(0, metric.name)),
                subject => {
                    let key = self.difference(subject, metric.name);
                    let form = Form::Difference(metric.unit);
                    cells.push(self.doc.number(form, &format!("{key}/mean")));
                    (form, key)
                }
            };
            cells.extend([self.doc.interval(form, &key), self.doc.spread(form, &key)]);
            cells
        };
        Table {
            id: id.to_owned(),
            caption: caption.to_owned(),
            head,
            rows: metrics.iter().map(row).collect(),
        }
    }

    fn named(&self, names: &[&str]) -> Vec<&'static Metric> {
        let metrics = names.iter().filter_map(|name| Metric::named(name));
        metrics.filter(|metric| self.tells(metric.name)).collect()
    }

    fn unit_economics(&mut self) {
        self.body.section("Unit economics");
        let metrics = self.named(&UNIT_ECONOMICS);
        let table = self.metric_table(
            "unit-economics",
            "per lead, deal and customer, within this time",
            &metrics,
        );
        self.body += &table.html();
    }

    fn cost_and_payback(&mut self) {
        self.body.section("Cost and payback");
        let metrics = self.named(&COSTS);
        if !self.tells("cost") {
            self.body
                .note("The scenario states no cost: what is not stated is not free.");
            return;
        }
        let table = self.metric_table("cost", "cost and what is left, within this time", &metrics);
        self.body += &table.html();
        if self.is_comparison() {
            self.payback(1);
        }
    }

    /// When the change pays: margin against the baseline's, summed up.
    fn payback(&mut self, index: usize) {
        let comparison = &self.findings.study.comparisons[index - 1];
        let baseline = &self.scenario(0).name;
        let time = view::time(&self.findings.cases[0]);
        let words = payoff::words(
            comparison,
            self.scenario(index),
            baseline,
            &time,
            self.doc.style,
        );
        if !words.is_empty() {
            self.body += &format!("<p><time>{}</time></p>\n", escaped(&words));
        }
        let periods = format!("{}/payoff/periods", self.alternative(index));
        let key = |period: usize| format!("{periods}/{period}/summed_margin");
        let n = self.doc.count(&periods);
        let value = |period: usize, of: &str| self.doc.value(&format!("{}/{of}", key(period)));
        let course = Course {
            series: self.series(index),
            days: self.days(),
            mean: (0..n).map(|period| value(period, "mean")).collect(),
            bands: (0..n)
                .map(|period| [value(period, "p10").zip(value(period, "p90")), None])
                .collect(),
        };
        let rows = (0..n).map(|period| {
            let key = key(period);
            vec![
                self.period_name(period),
                self.doc.number(DIFFERENCE, &format!("{key}/mean")),
                self.doc.interval(DIFFERENCE, &key),
                self.doc.spread(DIFFERENCE, &key),
            ]
        });
        let last = key(n.saturating_sub(1));
        let end = self.doc.number(DIFFERENCE, &format!("{last}/mean"));
        let title = match self.doc.verdict(&last) {
            Verdict::Greater => format!(
                "By the horizon {} is {end} ahead in margin",
                self.name(index)
            ),
            Verdict::Less => format!(
                "By the horizon {} is {end} behind in margin",
                self.name(index)
            ),
            _ => format!(
                "By the horizon it is unproven that {} pays: {end} in margin",
                self.name(index)
            ),
        };
        let figure = Figure {
            title,
            legend: Vec::new(),
            charts: chart::fans(
                &[course],
                "Margin against the baseline, summed up",
                self.write(Unit::Money),
            ),
            caption: format!(
                "Margin of {} less that of {}, summed up since day 0. Band: 8 of 10 futures. Line: mean.",
                self.name(index),
                self.name(0)
            ),
            table: Table {
                id: format!("payoff-{index}"),
                caption: "margin against the baseline, summed up".to_owned(),
                head: [
                    "until the end of",
                    "mean",
                    "95 % confidence interval",
                    "8 of 10 futures",
                ]
                .map(str::to_owned)
                .to_vec(),
                rows: rows.collect(),
            },
        };
        self.figure_with_table(&figure);
    }

    fn all_risks(&mut self) {
        self.body
            .section("Risks: what the worst tenth of futures have in common");
        for case in self.cases() {
            let risks = format!("{}/risks", self.result(case));
            if self.doc.value(&format!("{risks}/share")).is_none() {
                continue;
            }
            let n = self
                .doc
                .number(Form::Whole, &format!("{risks}/replications"));
            let table = Table {
                id: format!("risks-{case}"),
                caption: format!(
                    "{}: the {n} futures with the lowest revenue against all",
                    self.name(case)
                ),
                head: [
                    "what",
                    "in the worst tenth",
                    "in all",
                    "shift in standard deviations",
                    "meaning",
                ]
                .map(str::to_owned)
                .to_vec(),
                rows: ["causes", "symptoms"]
                    .iter()
                    .flat_map(|kind| self.risk_rows(&format!("{risks}/{kind}")))
                    .collect(),
            };
            match table.rows.is_empty() {
                true => self.body.note(&format!(
                    "{}: nothing that is told apart from luck.",
                    self.name(case)
                )),
                false => self.body += &table.html(),
            }
        }
        self.body.note(
            "Only what luck alone would show in less than one of twenty such reports is listed. Assumptions are possible \
             causes; metrics are how it would show.",
        );
    }

    fn risk_rows(&self, key: &str) -> Vec<Vec<String>> {
        let rows = (0..self.doc.count(key)).map(|at| {
            let key = format!("{key}/{at}");
            let of = self.doc.text(&format!("{key}/name"));
            let form = form_of(of);
            let number = |which: &str| self.doc.number(form, &format!("{key}/{which}"));
            let means = match (Metric::named(of), meaning(of)) {
                (Some(metric), _) => format!("metric; {}", metric.note),
                (None, Some((_, doc))) => format!("assumption; {doc}"),
                (None, None) => "assumption".to_owned(),
            };
            vec![
                format!("<code>{}</code>", escaped(of)),
                number("worst"),
                number("all"),
                self.doc.number(Form::Plain, &format!("{key}/shift_in_sd")),
                words(&means),
            ]
        });
        rows.collect()
    }

    /// What the summary shows of the first alternative, for the others.
    fn other_alternatives(&mut self) {
        for index in self.alternatives().skip(1) {
            self.body
                .section(&format!("{} against {}", self.capital(index), self.name(0)));
            let mut figures = vec![self.fan_of(index), self.lift_of(index)];
            match self.bridge_of(index) {
                Ok(figure) => figures.push(figure),
                Err(reason) => self.body.note(&reason),
            }
            figures.extend(self.along_of(index));
            for figure in &figures {
                self.figure_with_table(figure);
            }
        }
    }

    /// Folded tables of the summary's figures, and of every metric.
    fn figure_tables(&mut self) {
        self.body.section("Tables of the summary");
        for table in std::mem::take(&mut self.tables) {
            self.body += &table.folded();
        }
        let metrics: Vec<&Metric> = METRICS
            .iter()
            .filter(|metric| self.is_defined(metric.name))
            .collect();
        let table = self.metric_table("metrics", "every metric, within this time", &metrics);
        self.body += &table.folded();
        let channels = self.splits("channels", "channel");
        let segments = self.splits("segments", "segment");
        for table in channels.into_iter().chain(segments) {
            self.body += &table.folded();
        }
    }

    /// What each channel or segment costs and brings in each case.
    fn splits(&self, key: &str, what: &str) -> Option<Table> {
        use crate::forecast::SPLIT_METRICS;
        let metrics: Vec<&Metric> = SPLIT_METRICS
            .iter()
            .filter_map(|name| Metric::named(name))
            .collect();
        let head = [what.to_owned(), "scenario".to_owned()].into_iter();
        let head = head.chain(
            metrics
                .iter()
                .map(|metric| format!("<code>{}</code>", metric.name)),
        );
        let mut rows = Vec::new();
        for case in self.cases() {
            let splits = format!("{}/{key}", self.result(case));
            for of in self.doc.names(&splits) {
                let number = |metric: &&Metric| {
                    let key = format!("{splits}/{}/{}/mean", step(of), metric.name);
                    self.doc.number(Form::Value(metric.unit), &key)
                };
                let cells = [name(of), self.name(case)].into_iter();
                rows.push(cells.chain(metrics.iter().map(number)).collect());
            }
        }
        (!rows.is_empty()).then(|| Table {
            id: key.to_owned(),
            caption: format!("by {what}, mean within this time"),
            head: head.collect(),
            rows,
        })
    }
}
