//! The JSON of `run`, `compare`, `explain`, `sweep`, `forecast` and `backtest`: a contract, and a pure function of what was found.
//!
//! Every metric and every field is always present; what is undefined or does not apply is `null`.

mod history;
mod sweep;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
#[cfg(feature = "cli")]
use serde_json::Value;

use super::{Bridge, Explained, Findings};
use crate::decide::{Attribution, Interaction, Risks, Shift, Step, Term};
use crate::forecast::{
    Comparison, Difference, Distribution, Estimate, Flow, Forecast, Histogram, LEVELS, METRICS,
    MeanRetained, Metric, MetricForecast, PairedMargin, Payoff, PeriodForecast, ReasonForecast,
    SPLIT_METRICS, Split, States, Turn,
};
use crate::units::Window;

#[cfg(feature = "cli")]
pub(super) use history::forecast_value;
pub use history::{backtest, forecast};
pub use sweep::sweep;

/// The result of `run`, for the first scenario; ends with a newline.
pub fn run(findings: &Findings) -> String {
    text(&RunResult::new(findings, 0))
}

/// The result of `compare`; ends with a newline.
pub fn compare(findings: &Findings) -> String {
    text(&comparison(findings))
}

/// The result of `compare`, or of `run` where a scenario stands alone, as data.
#[cfg(feature = "cli")]
pub(super) fn value(findings: &Findings) -> Value {
    let value = match findings.cases {
        [_] => serde_json::to_value(RunResult::new(findings, 0)),
        _ => serde_json::to_value(comparison(findings)),
    };
    value.expect("keys are strings and values are plain data")
}

fn comparison<'a>(findings: &Findings<'a>) -> CompareResult<'a> {
    let comparisons = findings.study.comparisons.iter().enumerate();
    CompareResult {
        baseline: RunResult::new(findings, 0),
        alternatives: comparisons
            .map(|(index, comparison)| Alternative {
                name: &findings.cases[index + 1].scenario.name,
                result: RunResult::new(findings, index + 1),
                difference: ByMetric(difference_fields(comparison)),
                payoff: PayoffFields::from(&comparison.payoff),
                lift_histogram: bins(&Histogram::of_lift(
                    findings.cases[0],
                    findings.cases[index + 1],
                )),
                bridge: bridge(findings, index),
            })
            .collect(),
        window: findings.cases[0].window(),
        against: findings.cases[0].replications.views().against,
    }
}

/// The result of `explain`; ends with a newline.
pub fn explain(explained: &Explained) -> String {
    text(&ExplainResult::new(explained))
}

fn text(result: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(result);
    text.expect("keys are strings and values are plain data") + "\n"
}

#[derive(Serialize)]
struct CompareResult<'a> {
    baseline: RunResult<'a>,
    alternatives: Vec<Alternative<'a>>,
    window: Window,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Window>,
}

#[derive(Serialize)]
struct Alternative<'a> {
    name: &'a str,
    result: RunResult<'a>,
    difference: ByMetric<DifferenceFields>,
    payoff: PayoffFields,
    lift_histogram: Vec<BinFields>,
    bridge: Option<ExplainResult<'a>>,
}

/// The share of replications in `[from, to)`.
#[derive(Serialize)]
struct BinFields {
    from: f64,
    to: f64,
    share: f64,
}

fn bins(of: &Histogram) -> Vec<BinFields> {
    let fields = of
        .bins()
        .map(|(from, to, share)| BinFields { from, to, share });
    fields.collect()
}

/// What splits the difference of alternative `index`.
fn bridge<'a>(findings: &Findings<'a>, index: usize) -> Option<ExplainResult<'a>> {
    let bridges: &'a [Bridge] = findings.bridges;
    match bridges.get(index)? {
        Bridge::None(_) => None,
        Bridge::Split { attribution, exact } => Some(ExplainResult::new(&Explained {
            baseline: findings.cases[0].scenario,
            alternative: findings.cases[index + 1].scenario,
            attribution,
            exact: *exact,
            plan: findings.plan,
        })),
    }
}

#[derive(Serialize)]
struct PayoffFields {
    roi: EstimateFields,
    romi: EstimateFields,
    turn: Option<TurnFields>,
    summed_turn: Option<TurnFields>,
    periods: Vec<PeriodPayoffFields>,
}

/// `period` counts from 1.
#[derive(Serialize)]
struct TurnFields {
    to: &'static str,
    period: usize,
    ci95: Option<[Option<usize>; 2]>,
}

#[derive(Serialize)]
struct PeriodPayoffFields {
    start_day: i32,
    end_day: i32,
    margin: PairedMarginFields,
    summed_margin: PairedMarginFields,
}

#[derive(Serialize)]
struct PairedMarginFields {
    #[serde(flatten)]
    estimate: EstimateFields,
    p10: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
}

impl From<&Payoff> for PayoffFields {
    fn from(payoff: &Payoff) -> Self {
        let n_periods = payoff.periods.len();
        let turn = |turn: &Turn| TurnFields {
            to: if turn.to_gain { "gain" } else { "loss" },
            period: turn.period + 1,
            ci95: turn
                .ci95
                .map(|ends| ends.map(|end| (end < n_periods).then_some(end + 1))),
        };
        let margin = |of: &PairedMargin| PairedMarginFields {
            estimate: EstimateFields::from(&of.estimate),
            p10: of.distribution.quantile(0.10),
            p50: of.distribution.quantile(0.50),
            p90: of.distribution.quantile(0.90),
        };
        let periods = payoff.periods.iter().map(|period| PeriodPayoffFields {
            start_day: period.window.start_day,
            end_day: period.window.end_day,
            margin: margin(&period.difference),
            summed_margin: margin(&period.summed),
        });
        PayoffFields {
            roi: EstimateFields::from(&payoff.roi),
            romi: EstimateFields::from(&payoff.romi),
            turn: payoff.turn.as_ref().map(turn),
            summed_turn: payoff.summed_turn.as_ref().map(turn),
            periods: periods.collect(),
        }
    }
}

/// What each channel or segment costs and brings, as an object by name.
struct SplitFields<'a>(&'a [Split]);

impl Serialize for SplitFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let splits = self.0.iter();
        serializer.collect_map(splits.map(|of| (&of.name, SplitEstimates(&of.estimates))))
    }
}

/// `[SPLIT_METRICS]`
struct SplitEstimates<'a>(&'a [Estimate]);

impl Serialize for SplitEstimates<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = self.0.iter().map(EstimateFields::from);
        serializer.collect_map(SPLIT_METRICS.iter().zip(fields))
    }
}

#[derive(Serialize)]
struct RunResult<'a> {
    funnelcast: &'static str,
    method: &'static str,
    scenario: &'a str,
    seed: u64,
    replications: usize,
    horizon_days: u32,
    window: Window,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Window>,
    metrics: ByMetric<MetricFields>,
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: Option<ByMetric<EstimateFields>>,
    target: Option<Target>,
    states: StateFields<'a>,
    reasons: Vec<ReasonFields<'a>>,
    channels: SplitFields<'a>,
    segments: SplitFields<'a>,
    periods: Vec<Period>,
    warm_up_periods: Vec<Period>,
    customers: Option<Vec<CustomerFields>>,
    revenue_histogram: Vec<BinFields>,
    flow: Vec<FlowFields<'a>>,
    risks: Option<RiskFields<'a>>,
}

/// Customers won in a period, and how many of them are left on a day.
#[derive(Serialize)]
struct CustomerFields {
    won_start_day: Option<i32>,
    won_end_day: Option<i32>,
    end_day: i32,
    customers: f64,
    annual_contract_value: f64,
}

impl From<MeanRetained> for CustomerFields {
    fn from(of: MeanRetained) -> Self {
        CustomerFields {
            won_start_day: of.won_in.map(|window| window.start_day),
            won_end_day: of.won_in.map(|window| window.end_day),
            end_day: of.period.end_day,
            customers: of.customers,
            annual_contract_value: of.annual_value,
        }
    }
}

#[derive(Serialize)]
struct Target {
    revenue: f64,
    probability: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
    gap: Option<EstimateFields>,
}

/// Leads per future.
#[derive(Serialize)]
struct FlowFields<'a> {
    part: &'static str,
    entered: f64,
    left: Counts<'a, &'static str>,
    open: Counts<'a, String>,
    passed: f64,
}

impl<'a> From<&'a Flow> for FlowFields<'a> {
    fn from(of: &'a Flow) -> Self {
        FlowFields {
            part: of.part,
            entered: of.entered,
            left: Counts(&of.left),
            open: Counts(&of.open),
            passed: of.passed,
        }
    }
}

/// Counts as an object by name.
struct Counts<'a, Name>(&'a [(Name, f64)]);

impl<Name: Serialize> Serialize for Counts<'_, Name> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, n)| (name, n)))
    }
}

#[derive(Serialize)]
struct RiskFields<'a> {
    share: f64,
    replications: usize,
    revenue: Means,
    causes: Vec<ShiftFields<'a>>,
    symptoms: Vec<ShiftFields<'a>>,
}

/// Over all futures and over the worst.
#[derive(Serialize)]
struct Means {
    all: f64,
    worst: f64,
}

impl From<[f64; 2]> for Means {
    fn from([all, worst]: [f64; 2]) -> Self {
        Means { all, worst }
    }
}

#[derive(Serialize)]
struct ShiftFields<'a> {
    name: &'a str,
    #[serde(flatten)]
    means: Means,
    shift_in_sd: f64,
}

impl<'a> From<&'a Shift> for ShiftFields<'a> {
    fn from(of: &'a Shift) -> Self {
        ShiftFields {
            name: &of.name,
            means: Means::from(of.means),
            shift_in_sd: of.shift,
        }
    }
}

impl<'a> From<&'a Risks> for RiskFields<'a> {
    fn from(of: &'a Risks) -> Self {
        RiskFields {
            share: of.share,
            replications: of.n_worst,
            revenue: Means::from(of.revenue),
            causes: of.causes.iter().map(ShiftFields::from).collect(),
            symptoms: of.symptoms.iter().map(ShiftFields::from).collect(),
        }
    }
}

#[derive(Serialize)]
struct Period {
    start_day: i32,
    end_day: i32,
    metrics: ByMetric<MetricFields>,
}

impl<'a> RunResult<'a> {
    fn new(findings: &Findings<'a>, index: usize) -> Self {
        let case = &findings.cases[index];
        let forecast: &'a Forecast = &findings.study.forecasts[index];
        let risks: &'a [Option<Risks>] = findings.risks;
        let periods = |of: &[PeriodForecast]| of.iter().map(Period::new).collect();
        RunResult {
            funnelcast: env!("CARGO_PKG_VERSION"),
            method: "per_lead",
            scenario: &case.scenario.name,
            seed: findings.plan.seed,
            replications: case.replications.len(),
            horizon_days: case.scenario.horizon_days,
            window: case.window(),
            against: case.replications.views().against,
            metrics: ByMetric(metric_fields(&forecast.metrics)),
            growth: forecast.growth.as_ref().map(|growth| {
                let fields = growth.iter().map(EstimateFields::from);
                ByMetric(fields.collect())
            }),
            revenue_histogram: bins(&Histogram::of_revenue(*case)),
            target: findings.target_revenue.map(|revenue| Target {
                revenue,
                probability: forecast.target.and_then(|target| target.mean),
                standard_error: forecast.target.and_then(|target| target.standard_error),
                // The interval is symmetric; no probability lies beyond these ends.
                ci95: forecast
                    .target
                    .and_then(|target| target.ci95())
                    .map(|ends| ends.map(|end| end.clamp(0.0, 1.0))),
                gap: forecast.gap.as_ref().map(EstimateFields::from),
            }),
            states: StateFields(&forecast.states),
            flow: forecast.flow.iter().map(FlowFields::from).collect(),
            risks: risks
                .get(index)
                .and_then(Option::as_ref)
                .map(RiskFields::from),
            reasons: forecast.reasons.iter().map(ReasonFields::new).collect(),
            channels: SplitFields(&forecast.channels),
            segments: SplitFields(&forecast.segments),
            periods: periods(&forecast.periods),
            warm_up_periods: periods(&forecast.warm_up_periods),
            customers: case
                .customers()
                .map(|of| of.into_iter().map(CustomerFields::from).collect()),
        }
    }
}

impl Period {
    fn new(period: &PeriodForecast) -> Period {
        Period {
            start_day: period.window.start_day,
            end_day: period.window.end_day,
            metrics: ByMetric(metric_fields(&period.metrics)),
        }
    }
}

/// One value per metric, `[METRICS]`, as an object with the metrics' names.
struct ByMetric<T>(Vec<T>);

impl<T: Serialize> Serialize for ByMetric<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = METRICS.iter().map(|metric| metric.name).zip(&self.0);
        serializer.collect_map(named)
    }
}

#[derive(Serialize)]
struct MetricFields {
    mean: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
    #[serde(flatten)]
    total: Spread,
    process_share: Option<f64>,
    process: Spread,
    #[serde(flatten)]
    cohort: Option<CohortFields>,
}

#[derive(Serialize)]
struct CohortFields {
    open_share: Option<f64>,
    immature: Option<bool>,
}

fn metric_fields(forecasts: &[MetricForecast]) -> Vec<MetricFields> {
    let pairs = METRICS.iter().zip(forecasts);
    let fields = pairs.map(
        |(metric, forecast): (&Metric, &MetricForecast)| MetricFields {
            mean: forecast.estimate.mean,
            standard_error: forecast.estimate.standard_error,
            ci95: forecast.estimate.ci95(),
            total: Spread(forecast.distribution),
            process_share: forecast.process_share,
            process: Spread(forecast.process),
            cohort: metric.open_share.map(|_| CohortFields {
                open_share: forecast.open_share,
                immature: forecast.immature(),
            }),
        },
    );
    fields.collect()
}

/// `sd`, `p05` … `p95`.
struct Spread(Distribution);

/// Keys of the quantiles, in the order of [`LEVELS`].
pub(super) const QUANTILE_NAMES: [&str; LEVELS.len()] =
    ["p05", "p10", "p25", "p50", "p75", "p90", "p95"];

impl Serialize for Spread {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + LEVELS.len()))?;
        map.serialize_entry("sd", &self.0.sd)?;
        for (name, level) in QUANTILE_NAMES.iter().zip(LEVELS) {
            map.serialize_entry(name, &self.0.quantile(level))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct DifferenceFields {
    mean: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
    p10: Option<f64>,
    p50: Option<f64>,
    p90: Option<f64>,
    relative: EstimateFields,
    probability_positive: Option<f64>,
    probability_zero: Option<f64>,
    probability_negative: Option<f64>,
    pairing_variance_ratio: Option<f64>,
}

#[derive(Serialize)]
struct EstimateFields {
    mean: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
}

impl From<&Estimate> for EstimateFields {
    fn from(estimate: &Estimate) -> Self {
        EstimateFields {
            mean: estimate.mean,
            standard_error: estimate.standard_error,
            ci95: estimate.ci95(),
        }
    }
}

fn difference_fields(comparison: &Comparison) -> Vec<DifferenceFields> {
    let fields = |difference: &Difference| DifferenceFields {
        mean: difference.estimate.mean,
        standard_error: difference.estimate.standard_error,
        ci95: difference.estimate.ci95(),
        p10: difference.distribution.quantile(0.10),
        p50: difference.distribution.quantile(0.50),
        p90: difference.distribution.quantile(0.90),
        relative: EstimateFields::from(&difference.relative),
        probability_positive: difference.probability_positive,
        probability_zero: difference.probability_zero,
        probability_negative: difference.probability_negative(),
        pairing_variance_ratio: difference.pairing_variance_ratio,
    };
    comparison.differences.iter().map(fields).collect()
}

struct StateFields<'a>(&'a States);

impl Serialize for StateFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let states = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("opening", &states.opening)?;
        map.serialize_entry("arrived", &states.arrived)?;
        for (name, n) in states.closed {
            map.serialize_entry(name, &n)?;
        }
        map.serialize_entry("open", &OpenFields(&states.open))?;
        map.end()
    }
}

struct OpenFields<'a>(&'a [(String, u64)]);

impl Serialize for OpenFields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(stage, n)| (stage, n)))
    }
}

#[derive(Serialize)]
struct ReasonFields<'a> {
    kind: &'static str,
    reason: &'a str,
    mean: Option<f64>,
    standard_error: Option<f64>,
    share: Option<f64>,
}

impl<'a> ReasonFields<'a> {
    fn new(of: &'a ReasonForecast) -> Self {
        ReasonFields {
            kind: of.kind.name(),
            reason: &of.reason,
            mean: of.mean.mean,
            standard_error: of.mean.standard_error,
            share: of.share,
        }
    }
}

#[derive(Serialize)]
struct ExplainResult<'a> {
    funnelcast: &'static str,
    method: &'static str,
    baseline: &'a str,
    alternative: &'a str,
    seed: u64,
    replications: u64,
    metric: &'static str,
    window: Window,
    total: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
    ends: Ends,
    terms: Vec<TermFields<'a>>,
    interactions: Vec<InteractionFields<'a>>,
    along_the_funnel: Option<Vec<StepFields>>,
}

/// The metric without the changes and with all of them, over the replications of the bridge.
#[derive(Serialize)]
struct Ends {
    baseline: Option<f64>,
    alternative: Option<f64>,
}

#[derive(Serialize)]
struct TermFields<'a> {
    name: &'a str,
    shapley: Option<f64>,
    alone: Option<f64>,
    last_in: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct InteractionFields<'a> {
    groups: [&'a str; 2],
    value: Option<f64>,
    standard_error: Option<f64>,
}

#[derive(Serialize)]
struct StepFields {
    name: &'static str,
    value: Option<f64>,
    standard_error: Option<f64>,
    ci95: Option<[f64; 2]>,
}

impl<'a> ExplainResult<'a> {
    fn new(explained: &Explained<'a>) -> Self {
        let attribution: &'a Attribution = explained.attribution;
        let steps = attribution.along_the_funnel.as_ref();
        ExplainResult {
            funnelcast: env!("CARGO_PKG_VERSION"),
            method: match explained.exact {
                true => "exact_shapley",
                false => "sampled_shapley",
            },
            baseline: &explained.baseline.name,
            alternative: &explained.alternative.name,
            seed: explained.plan.seed,
            replications: attribution.range.end - attribution.range.start,
            metric: attribution.metric.name,
            window: attribution.window,
            total: attribution.total.mean,
            standard_error: attribution.total.standard_error,
            ci95: attribution.total.ci95(),
            ends: Ends {
                baseline: attribution.baseline.mean,
                alternative: attribution.alternative.mean,
            },
            terms: attribution.terms.iter().map(TermFields::new).collect(),
            interactions: attribution
                .interactions
                .iter()
                .map(|of| InteractionFields::new(of, &attribution.terms))
                .collect(),
            along_the_funnel: steps.map(|steps| steps.iter().map(StepFields::new).collect()),
        }
    }
}

impl<'a> TermFields<'a> {
    fn new(term: &'a Term) -> Self {
        TermFields {
            name: &term.name,
            shapley: term.shapley.mean,
            alone: term.alone.mean,
            last_in: term.last_in.mean,
            standard_error: term.shapley.standard_error,
            ci95: term.shapley.ci95(),
        }
    }
}

impl<'a> InteractionFields<'a> {
    fn new(interaction: &Interaction, terms: &'a [Term]) -> Self {
        InteractionFields {
            groups: interaction.groups.map(|group| &terms[group].name[..]),
            value: interaction.value.mean,
            standard_error: interaction.value.standard_error,
        }
    }
}

impl StepFields {
    fn new(step: &Step) -> Self {
        StepFields {
            name: step.name,
            value: step.value.mean,
            standard_error: step.value.standard_error,
            ci95: step.value.ci95(),
        }
    }
}
