//! The report on a terminal: one sentence that says it all, a table, a small fan.
//!
//! Styled text; whoever prints it strips the styles where they do not belong.

use std::iter;

use anstyle::Style;

use super::Findings;
use super::files::distinct;
use super::paper::{FAINT, PLAIN, Paper, STRONG, WARNING};
use super::table::Table;
use super::view::{self, NOTHING};
use super::{fan, funnel, payoff, splits};
use crate::forecast::{
    Comparison, Difference, Estimate, Forecast, METRICS, Metric, MetricForecast, REVENUE,
    ReasonForecast, Unit,
};
use crate::scenario::{ReasonKind, Scenario};

/// Widest name in a sentence.
pub(super) const NAMED_WIDTH: usize = 60;

/// Metrics that the tables show; the JSON has all of them.
const SHOWN: [&str; 44] = [
    "leads",
    "mqls",
    "sals",
    "sqls",
    "opportunities",
    "won",
    "won_from_pipeline",
    "new_revenue",
    "revenue_from_pipeline",
    "existing_revenue",
    "revenue",
    "new_business_share",
    "mean_deal",
    "win_rate",
    "lead_to_mql_cohort",
    "mql_to_sal_cohort",
    "sal_to_opportunity_cohort",
    "opportunity_to_won_cohort",
    "lead_to_won_cohort",
    "cycle_days",
    "sdr_mean_wait_days",
    "sdr_utilisation",
    "sdr_backlog",
    "mean_wait_days",
    "utilisation",
    "sla_met_share",
    "backlog",
    "pipeline_value",
    "pipeline_coverage",
    "marketing_cost",
    "sales_cost",
    "cost",
    "margin",
    "cost_per_lead",
    "cac",
    "payback_months",
    "ltv",
    "ltv_to_cac",
    "quota_attainment",
    "customers",
    "churned",
    "referred_leads",
    "gross_revenue_retention",
    "net_revenue_retention",
];

/// Metrics whose growth is shown; the JSON has that of all.
const GROWING: [&str; 10] = [
    "leads",
    "mqls",
    "sals",
    "opportunities",
    "won",
    "revenue",
    "mean_deal",
    "win_rate",
    "cost",
    "cac",
];

/// The report of `run`.
pub fn run(findings: &Findings, paper: Paper) -> String {
    let page = Page::new(findings, paper);
    let forecast = &findings.study.forecasts[0];
    let mut text = paper.strong(&page.run_headline(forecast));
    text += "\n";
    text += &funnel::text(findings, paper);
    text += "\n";
    text += &page.run_table(forecast).text(paper);
    text += &page.reason_table(&[0]);
    text += &paper.faint(
        "± is half the 95 % confidence interval: the Monte Carlo error of the mean, which shrinks with \
         more replications. P10 to P90 is the prediction interval: 8 of 10 futures lie in it, however \
         many are run.",
    );
    text += &page.effort(&forecast.metrics[REVENUE].estimate, None);
    text += &page.growth(&[0]);
    text += &splits::table("channel", &forecast.channels, page.style, paper);
    text += &splits::table("segment", &forecast.segments, page.style, paper);
    text += "\n";
    text += &fan::text(findings, paper);
    text + &page.warnings(&[0])
}

/// The report of `compare`.
pub fn compare(findings: &Findings, paper: Paper) -> String {
    let page = Page::new(findings, paper);
    let comparisons = findings.study.comparisons.iter().enumerate();
    let mut text = String::new();
    for (index, comparison) in comparisons.clone() {
        text += &paper.strong(&page.headline(index + 1, comparison));
        let payoff = page.payoff(index + 1, comparison);
        if !payoff.is_empty() {
            text += &paper.wrapped(&payoff);
        }
    }
    text += "\n";
    text += &funnel::text(findings, paper);
    for (index, comparison) in comparisons {
        text += "\n";
        text += &page.comparison_table(index + 1, comparison).text(paper);
        text += &page.reason_table(&[0, index + 1]);
    }
    text += &paper.faint(
        "± is half the 95 % confidence interval: the Monte Carlo error, which shrinks with more \
         replications. P10 to P90 is the prediction interval of the difference: it lies there in 8 of \
         10 futures, however many are run. Faint: not told apart from no difference.",
    );
    for comparison in &findings.study.comparisons {
        let lift = &comparison.differences[REVENUE];
        text += &page.effort(&lift.estimate, lift.pairing_variance_ratio);
    }
    for (index, _) in findings.study.comparisons.iter().enumerate() {
        text += &page.growth(&[0, index + 1]);
    }
    text += "\n";
    text += &fan::text(findings, paper);
    let all: Vec<usize> = (0..findings.cases.len()).collect();
    text + &page.warnings(&all)
}

/// What was found: of one scenario, or what each alternative is worth, in a few sentences each.
pub(super) fn answers(findings: &Findings) -> Vec<String> {
    let page = Page::new(findings, Paper::new(100, true));
    let comparisons = findings.study.comparisons.iter().enumerate();
    if findings.cases.len() == 1 {
        return vec![page.run_headline(&findings.study.forecasts[0])];
    }
    comparisons
        .map(|(index, comparison)| page.headline(index + 1, comparison))
        .collect()
}

/// What all parts of a report share.
struct Page<'a> {
    findings: &'a Findings<'a>,
    style: view::Style<'a>,
    paper: Paper,
}

impl<'a> Page<'a> {
    fn new(findings: &'a Findings<'a>, paper: Paper) -> Self {
        let currency = &findings.cases[0].scenario.currency;
        Page {
            findings,
            style: view::Style { currency },
            paper,
        }
    }

    fn scenario(&self, index: usize) -> &'a Scenario {
        self.findings.cases[index].scenario
    }

    /// A scenario's name as a sentence has it.
    fn name(&self, index: usize) -> String {
        self.paper.cut(&self.scenario(index).name, NAMED_WIDTH)
    }

    /// A scenario's name as the head of a column.
    fn column(&self, index: usize) -> String {
        let name = &self.scenario(index).name;
        self.paper.cut(name, self.paper.name_width())
    }

    /// `18 months`, or a window such as `months 13-18`.
    fn time(&self) -> String {
        view::time(&self.findings.cases[0])
    }

    /// ` in months 13-18`, where the report is of a window.
    fn in_window(&self) -> String {
        let window = view::window_of(&self.findings.cases[0]);
        window.map_or(String::new(), |_| format!(" in {}", self.time()))
    }

    fn run_headline(&self, forecast: &Forecast) -> String {
        let revenue = &forecast.metrics[REVENUE];
        let name = view::capitalised(&self.name(0));
        let mean = self.style.estimate(Unit::Money, &revenue.estimate);
        let range = self.style.range(Unit::Money, p10_to_p90(revenue));
        let time = self.time();
        let mut text = match self.findings.cases[0].replications.len() {
            1 => format!("{name} earns {mean} in {time}, in the one future simulated."),
            _ => format!(
                "{name} earns {mean} in {time}; in 8 of 10 futures {range} (prediction interval)."
            ),
        };
        if let Some(target) = self.target(0) {
            text += &format!(" It {target}.");
        }
        text
    }

    /// `reaches the target of $10.0M in 73 % of futures`
    fn target(&self, index: usize) -> Option<String> {
        let reached = self.findings.study.forecasts[index].target?;
        let target = self.style.value(Unit::Money, self.findings.target_revenue?);
        let probability = view::percent(reached.mean?);
        let rounded = !(0.01..=0.99).contains(&reached.mean?);
        let error = reached.half_width.filter(|_| !rounded);
        let error = error.map(|half| format!(" ± {:.1} points", 100.0 * half));
        let error = error.unwrap_or_default();
        let within = view::window_of(&self.findings.cases[0]);
        let within = within.map_or("", |_| " within the window");
        Some(format!(
            "reaches the target of {target}{within} in {probability}{error} of futures"
        ))
    }

    /// What the alternative is worth, in a sentence; what the luck of the replications cannot
    /// tell from nothing is called unproven.
    fn headline(&self, index: usize, comparison: &Comparison) -> String {
        let lift = &comparison.differences[REVENUE];
        let (name, baseline) = (self.name(index), self.name(0));
        let verdict = match Verdict::of(lift) {
            Verdict::Same => {
                return format!(
                    "{} and {baseline} earn the same{} in every future.",
                    view::capitalised(&name),
                    self.in_window()
                );
            }
            Verdict::Unproven => return self.unproven(index, lift),
            Verdict::Better => "beats",
            Verdict::Worse => "falls behind",
        };
        let probability = lift.probability_positive.unwrap_or(0.0);
        let futures = match verdict {
            "beats" => view::percent(probability),
            _ => view::percent(1.0 - probability - lift.probability_zero.unwrap_or(0.0)),
        };
        let worth = lift.estimate.mean.unwrap_or(0.0);
        let worth = self.style.difference(Unit::Money, worth);
        let relative = view::relative(&lift.relative);
        let new_business = self.new_business();
        let new_business = new_business.map(|share| format!(" ({share} new business)"));
        let new_business = new_business.unwrap_or_default();
        let relative = relative.map(|text| format!(", {text} of baseline revenue{new_business},"));
        let mut text = format!(
            "{} {verdict} {baseline} in {futures} of futures; worth {worth}{} in {}.",
            view::capitalised(&name),
            relative.unwrap_or_default(),
            self.time(),
        );
        text += &self.targets(index);
        text
    }

    fn unproven(&self, index: usize, lift: &Difference) -> String {
        let worth = self.style.difference_estimate(Unit::Money, &lift.estimate);
        let why = match lift.estimate.half_width {
            Some(_) => "its 95 % confidence interval spans zero; more replications narrow it",
            None => "there are too few replications to know its error",
        };
        let (name, baseline) = (self.name(index), self.name(0));
        let (time, targets) = (self.time(), self.targets(index));
        let new_business = self.new_business();
        let new_business = new_business
            .map(|share| format!(", where {share} of baseline revenue is new business"));
        let new_business = new_business.unwrap_or_default();
        format!(
            "Unproven: {name} against {baseline} is worth {worth} in {time}{new_business}; {why}.{targets}"
        )
    }

    /// `68 %`: the share of new business in the baseline's revenue, where it has any other.
    fn new_business(&self) -> Option<String> {
        let baseline = &self.findings.study.forecasts[0];
        let share = baseline.metrics[Metric::position("new_business_share")?];
        let share = share
            .estimate
            .mean
            .filter(|_| has_existing_revenue(baseline));
        share.map(view::percent)
    }

    /// When the alternative pays, and what its cost returns; nothing for a window, whose margin is in the table.
    fn payoff(&self, index: usize, comparison: &Comparison) -> String {
        if view::window_of(&self.findings.cases[0]).is_some() {
            return String::new();
        }
        let (scenario, baseline) = (self.scenario(index), self.name(0));
        payoff::words(comparison, scenario, &baseline, &self.time(), self.style)
    }

    /// How often the alternative and the baseline reach the target.
    fn targets(&self, index: usize) -> String {
        let of_baseline = self.findings.study.forecasts[0].target;
        let of_baseline = of_baseline.and_then(|target| target.mean);
        match (self.target(index), of_baseline) {
            (Some(target), Some(baseline)) => {
                let baseline = view::percent(baseline);
                format!(" It {target}; {} in {baseline}.", self.name(0))
            }
            _ => String::new(),
        }
    }

    /// What a precision of 1 % of the baseline's revenue takes, and what pairing has saved.
    fn effort(&self, estimate: &Estimate, pairing_variance_ratio: Option<f64>) -> String {
        let revenue = self.findings.study.forecasts[0].metrics[REVENUE].estimate;
        let n = self.findings.cases[0].replications.len() as f64;
        let wanted = revenue.mean.map(|mean| 0.01 * mean.abs());
        let needed = estimate
            .half_width
            .zip(wanted)
            .map(|(half, wanted)| (n * (half / wanted).powi(2)).ceil().max(4.0))
            .filter(|needed| needed.is_finite());
        let Some(needed) = needed else {
            return String::new();
        };
        let needed = view::grouped(needed);
        let mut text = format!("± 1 % of baseline revenue takes about {needed} replications.");
        if let Some(ratio) = pairing_variance_ratio {
            let ratio = self.style.value(Unit::Count, ratio);
            text += &format!(" Unpaired it would take {ratio} times as many for the difference.");
        }
        self.paper.faint(&text)
    }

    fn run_table(&self, forecast: &Forecast) -> Table {
        let in_doubt = self.findings.cases[0].replications.in_doubt();
        let levels: &[(&str, f64)] = match self.paper.is_roomy() {
            true => &[
                ("P10", 0.10),
                ("P25", 0.25),
                ("P50", 0.50),
                ("P75", 0.75),
                ("P90", 0.90),
            ],
            false => &[("P10", 0.10), ("P50", 0.50), ("P90", 0.90)],
        };
        let mut table = Table::default();
        let head = ["", "mean ± 95 %"].into_iter();
        let head = head.chain(levels.iter().map(|(name, _)| *name));
        let head = head.chain(in_doubt.then_some("luck's share"));
        table.row(STRONG, head.map(str::to_owned));
        for (metric, of) in shown_metrics(&[forecast]) {
            let of = of[0];
            let quantile = |level| {
                self.style
                    .maybe(metric.unit, of.distribution.quantile(level))
            };
            let mut cells = vec![
                metric.name.to_owned(),
                self.style.estimate(metric.unit, &of.estimate),
            ];
            cells.extend(levels.iter().map(|(_, level)| quantile(*level)));
            if in_doubt {
                cells.push(of.process_share.map_or(NOTHING.to_owned(), view::percent));
            }
            table.row(PLAIN, cells);
        }
        let [luck, median] = [levels.len() + 2, 2 + levels.len() / 2];
        table.dispensable(&[luck, median]);
        table
    }

    /// Both sides and their difference; where there is room, its quantiles one by one and its share of the baseline.
    fn comparison_table(&self, index: usize, comparison: &Comparison) -> Table {
        let mut table = Table::default();
        let head = [
            "",
            &self.column(0),
            &self.column(index),
            "difference ± 95 %",
        ]
        .map(str::to_owned);
        let more: &[&str] = match self.paper.is_roomy() {
            true => &["of baseline ± 95 %", "P10", "P50", "P90"],
            false => &["P10 to P90"],
        };
        let more = more.iter().map(|&name| name.to_owned());
        table.row(STRONG, head.into_iter().chain(more));
        let forecasts = &self.findings.study.forecasts;
        for (metric, of) in shown_metrics(&[&forecasts[0], &forecasts[index]]) {
            let difference = Metric::position(metric.name).map(|at| comparison.differences[at]);
            let difference = difference.unwrap_or_default();
            let mean = |side: usize| self.style.maybe(metric.unit, of[side].estimate.mean);
            let cells = [
                metric.name.to_owned(),
                mean(0),
                mean(1),
                self.style
                    .difference_estimate(metric.unit, &difference.estimate),
            ];
            let cells =
                cells
                    .into_iter()
                    .chain(self.spread(metric.unit, of[0].estimate.mean, &difference));
            table.row(Verdict::of(&difference).style(), cells);
        }
        const BASELINE: usize = 1;
        table.dispensable(&[4, BASELINE]);
        table
    }

    /// How a difference from `baseline` is distributed.
    fn spread(&self, unit: Unit, baseline: Option<f64>, difference: &Difference) -> Vec<String> {
        let quantile = |level| difference.distribution.quantile(level);
        if !self.paper.is_roomy() {
            let ends = quantile(0.10)
                .zip(quantile(0.90))
                .map(|(low, high)| [low, high]);
            return vec![self.style.difference_range(unit, ends)];
        }
        // Of less than nothing there is no share.
        let relative = (baseline > Some(0.0)).then(|| view::relative(&difference.relative));
        let relative = relative.flatten().unwrap_or(NOTHING.to_owned());
        let quantiles =
            [0.10, 0.50, 0.90].map(|level| self.style.maybe_difference(unit, quantile(level)));
        [relative.replace(" points", "")]
            .into_iter()
            .chain(quantiles)
            .collect()
    }

    /// Why leads come to nothing, with the share of each reason in its kind; nothing where none is stated.
    fn reason_table(&self, cases: &[usize]) -> String {
        let of_case = |&case: &usize| &self.findings.study.forecasts[case].reasons[..];
        let reasons: Vec<&[ReasonForecast]> = cases.iter().map(of_case).collect();
        let mut table = Table::default();
        for kind in ReasonKind::ALL {
            let of_kind = reasons.iter().flat_map(|of| of.iter());
            let of_kind = of_kind.filter(|of| of.kind == kind);
            let named = distinct(of_kind.map(|of| &of.reason[..]));
            if named.is_empty() {
                continue;
            }
            let names = cases.iter().map(|&case| self.column(case));
            let names = names.flat_map(|name| [name, "share".to_owned()]);
            // Reasons are counted over the whole horizon, whatever the window.
            let of_window = self.findings.cases[0].replications.views().window.is_some();
            let head = match of_window {
                true => format!("{}, whole horizon", kind.name()),
                false => format!("{} for", kind.name()),
            };
            table.row(STRONG, iter::once(head).chain(names));
            for reason in named {
                let cells = reasons.iter().flat_map(|of| self.reason(of, kind, reason));
                let reason = self.paper.cut(reason, self.paper.name_width() * 3 / 2);
                table.row(PLAIN, iter::once(reason).chain(cells));
            }
        }
        let shares = (1..=cases.len()).map(|case| 2 * case);
        table.dispensable(&shares.collect::<Vec<_>>());
        match table.text(self.paper) {
            text if text.is_empty() => text,
            text => format!("\n{text}"),
        }
    }

    /// How often in a future, and which share of its kind.
    fn reason(&self, all: &[ReasonForecast], kind: ReasonKind, reason: &str) -> [String; 2] {
        let is_it = |of: &&ReasonForecast| of.kind == kind && of.reason == reason;
        let Some(of) = all.iter().find(is_it) else {
            return [NOTHING.to_owned(), NOTHING.to_owned()];
        };
        [
            self.style.estimate(Unit::Count, &of.mean),
            of.share.map_or(NOTHING.to_owned(), view::percent),
        ]
    }

    /// Growth of the main metrics since the window that was asked for, if one was.
    fn growth(&self, cases: &[usize]) -> String {
        let case = &self.findings.cases[0];
        let Some(against) = case.replications.views().against else {
            return String::new();
        };
        let against = view::window_name(case.scenario.start, against);
        let mut table = Table::default();
        let names = cases.iter().map(|&case| self.column(case));
        table.row(STRONG, iter::once(String::new()).chain(names));
        for at in GROWING.iter().filter_map(|name| Metric::position(name)) {
            let forecasts = cases
                .iter()
                .map(|&case| &self.findings.study.forecasts[case]);
            let growths = forecasts.map(|of| view::relative(of.growth.as_ref()?.get(at)?));
            let growths: Vec<Option<String>> = growths.collect();
            if growths.iter().any(Option::is_some) {
                let cells = growths
                    .into_iter()
                    .map(|of| of.unwrap_or(NOTHING.to_owned()));
                let name = METRICS[at].name.to_owned();
                table.row(PLAIN, iter::once(name).chain(cells));
            }
        }
        let title = format!("Growth in {} against {against}", self.time());
        let note = "Growth of counts and of money is per day, that of ratios is of their values.";
        let paper = self.paper;
        format!(
            "\n{}{}{}",
            paper.strong(&title),
            table.text(paper),
            paper.faint(note)
        )
    }

    fn warnings(&self, cases: &[usize]) -> String {
        let mut text = String::new();
        for &case in cases {
            let name = self.name(case);
            let forecast = &self.findings.study.forecasts[case];
            for warning in warnings(forecast) {
                text += &self.paper.styled(WARNING, &format!("{name}: {warning}"));
            }
        }
        if text.is_empty() {
            text
        } else {
            format!("\n{text}")
        }
    }
}

/// What can be said of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Equal in every replication.
    Same,
    /// The confidence interval spans zero, or is unknown.
    Unproven,
    Better,
    Worse,
}

impl Verdict {
    fn of(difference: &Difference) -> Verdict {
        match difference.estimate.ci95() {
            _ if difference.probability_zero == Some(1.0) => Verdict::Same,
            Some([low, _]) if low > 0.0 => Verdict::Better,
            Some([_, high]) if high < 0.0 => Verdict::Worse,
            _ => Verdict::Unproven,
        }
    }

    fn style(self) -> Style {
        match self {
            Verdict::Same | Verdict::Unproven => FAINT,
            Verdict::Better | Verdict::Worse => PLAIN,
        }
    }
}

/// The shown metrics that are defined in any of `forecasts`, each with its value in all of them.
fn shown_metrics<'a>(
    forecasts: &[&'a Forecast],
) -> Vec<(&'static Metric, Vec<&'a MetricForecast>)> {
    let shown = SHOWN.iter().filter_map(|name| Metric::position(name));
    let rows = shown.map(|at| {
        let of: Vec<_> = forecasts.iter().map(|of| &of.metrics[at]).collect();
        (&METRICS[at], of)
    });
    rows.filter(|(metric, of)| {
        let defined = of.iter().any(|of| of.estimate.mean.is_some());
        let tells = match metric.name {
            "sqls" => !sqls_are_opportunities(forecasts),
            "new_revenue" | "existing_revenue" | "new_business_share" => {
                forecasts.iter().any(|of| has_existing_revenue(of))
            }
            "marketing_cost" | "sales_cost" | "cost" | "margin" | "cost_per_lead" | "cac"
            | "payback_months" | "ltv_to_cac" => forecasts.iter().any(|of| costs(of)),
            _ => true,
        };
        defined && tells
    })
    .collect()
}

fn has_existing_revenue(forecast: &Forecast) -> bool {
    let at = Metric::position("existing_revenue");
    let existing = at.and_then(|at| forecast.metrics[at].estimate.mean);
    existing.is_some_and(|existing| existing > 0.0)
}

/// Whether the plan costs anything: what is not stated is not free.
fn costs(forecast: &Forecast) -> bool {
    let at = Metric::position("cost");
    let cost = at.and_then(|at| forecast.metrics[at].estimate.mean);
    cost.is_some_and(|cost| cost > 0.0)
}

fn sqls_are_opportunities(forecasts: &[&Forecast]) -> bool {
    let at = |name| Metric::position(name).unwrap_or(0);
    let (sqls, opportunities) = (at("sqls"), at("opportunities"));
    let same = |of: &&Forecast| of.metrics[sqls].estimate == of.metrics[opportunities].estimate;
    forecasts.iter().all(same)
}

fn p10_to_p90(of: &MetricForecast) -> Option<[f64; 2]> {
    let spread = &of.distribution;
    Some([spread.quantile(0.10)?, spread.quantile(0.90)?])
}

/// What a reader must know before trusting the numbers.
fn warnings(forecast: &Forecast) -> Vec<String> {
    let mut warnings = Vec::new();
    let cohorts = METRICS.iter().zip(&forecast.metrics);
    let immature: Vec<String> = cohorts
        .filter(|(_, of)| of.immature() == Some(true))
        .map(|(metric, of)| {
            format!(
                "{} {}",
                metric.name,
                view::percent(of.open_share.unwrap_or(0.0))
            )
        })
        .collect();
    if !immature.is_empty() {
        warnings.push(format!(
            "still open at the horizon, so these conversions may yet rise: {}",
            immature.join(", ")
        ));
    }
    if forecast.scaled_share > 0.0 {
        let share = view::percent(forecast.scaled_share);
        warnings.push(format!(
            "outcome shares summed to more than 1 and were scaled to 1 in {share} of parameter draws"
        ));
    }
    warnings
}
