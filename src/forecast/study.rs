//! A forecast of each scenario and its comparison with the first, from their replications.

use super::compare::{Comparison, compare};
use super::estimate::{self, Clustering, Desk, Estimate, MetricForecast, Sample};
use super::flow::{Flow, flow};
use super::growth::{Seen, growth};
use super::metric::{Item, METRICS, REVENUE, Span};
use super::parallel::Workers;
use super::records::MeanRetained;
use super::replicate::Replications;
use super::split::{self, Split};
use crate::funnel::{Count, Funnel};
use crate::scenario::{ReasonKind, Scenario};
use crate::units::Window;

/// A scenario and its replications.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub replications: &'a Replications,
}

impl Case<'_> {
    /// What the forecast is of: from day 0 to the horizon, unless the replications have a window.
    pub fn window(&self) -> Window {
        let views = self.replications.views();
        views.window_within(self.scenario.horizon_days)
    }

    /// Where the records have that window.
    pub fn span(&self) -> Span {
        let n_warm_up = self.scenario.warm_up_periods.len();
        self.replications.views().window_span(n_warm_up)
    }

    /// Customers by the period in which they were won, at the end of each period; none where the scenario follows
    /// nobody, or has more than 120 periods.
    pub fn customers(&self) -> Option<Vec<MeanRetained>> {
        self.scenario.process.customers.as_ref()?;
        let Scenario {
            warm_up_periods,
            periods,
            ..
        } = self.scenario;
        let periods = [&warm_up_periods[..], periods].concat();
        let customers = self.replications.records().customers(&periods);
        (!customers.is_empty()).then_some(customers)
    }
}

/// What is known of one scenario's future.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// In [`Case::window`]. `[METRICS]`
    pub metrics: Vec<MetricForecast>,
    /// Growth since the window that was asked for, if one was. `[METRICS]`
    pub growth: Option<Vec<Estimate>>,
    /// Probability that revenue in [`Case::window`] reaches the target, if there is one.
    pub target: Option<Estimate>,
    /// The target less mean revenue, if there is a target \[money\].
    pub gap: Option<Estimate>,
    /// Where leads ended, from day 0 to the horizon whatever the window.
    pub states: States,
    /// The same as a flow through the funnel, in leads per future.
    pub flow: Vec<Flow>,
    /// Why leads came to nothing, from day 0 to the horizon whatever the window. `[Process::reasons]`
    pub reasons: Vec<ReasonForecast>,
    /// By channel, in [`Case::window`].
    pub channels: Vec<Split>,
    /// By segment, in [`Case::window`].
    pub segments: Vec<Split>,
    /// From day 0 to the horizon.
    pub periods: Vec<PeriodForecast>,
    /// Recorded periods before day 0.
    pub warm_up_periods: Vec<PeriodForecast>,
    /// Share of parameter draws in which outcome shares above 1 were scaled to 1.
    pub scaled_share: f64,
}

/// One period's metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct PeriodForecast {
    pub window: Window,
    /// `[METRICS]`
    pub metrics: Vec<MetricForecast>,
}

/// Where every lead ended, over all replications:
/// `opening + arrived` is the sum of everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// Open at day 0.
    pub opening: u64,
    /// From day 0 on.
    pub arrived: u64,
    /// Final states by name.
    pub closed: [(&'static str, u64); 10],
    /// Open at the horizon, by stage.
    pub open: Vec<(String, u64)>,
}

/// How often leads came to nothing for one reason, from day 0 to the horizon.
///
/// Every time counts, also of a lead that recycling brought back, whereas [`States`] counts leads that
/// came to an end so; without recycling the two agree.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasonForecast {
    pub kind: ReasonKind,
    /// Its name in the scenario.
    pub reason: String,
    /// In a replication.
    pub mean: Estimate,
    /// Share of all of its kind, over all replications; none if there was none of the kind.
    pub share: Option<f64>,
}

/// Forecasts of scenarios that had the same luck, and what each is worth against the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// `[case]`
    pub forecasts: Vec<Forecast>,
    /// `[case - 1]`
    pub comparisons: Vec<Comparison>,
}

impl Study {
    /// Computes everything from `cases`, the first of which is the baseline.
    ///
    /// O(metrics × windows × replications), plus a sort each; spread over `workers`.
    pub fn new(cases: &[Case], target_revenue: Option<f64>, workers: &Workers) -> Study {
        let tasks = Task::all(cases);
        let run = |desk: &mut Desk, index: usize| tasks[index].run(cases, desk);
        let answers = workers.map(tasks.len(), Desk::default, run);
        let mut windows = vec![Vec::new(); cases.len()];
        let mut growths = vec![None; cases.len()];
        let mut comparisons = Vec::new();
        for answer in answers {
            match answer {
                Answer::Window(case, metrics) => windows[case].push(metrics),
                Answer::Growth(case, growth) => growths[case] = Some(growth),
                Answer::Comparison(comparison) => comparisons.push(comparison),
            }
        }
        let forecasts = cases.iter().zip(windows).zip(growths);
        Study {
            forecasts: forecasts
                .map(|((case, windows), growth)| {
                    Forecast::new(*case, windows, growth, target_revenue)
                })
                .collect(),
            comparisons,
        }
    }
}

/// What one thread does at a time. The longest come first.
enum Task {
    Compare { alternative: usize },
    Growth { case: usize, against: Seen },
    Window { case: usize, span: Span },
}

enum Answer {
    Window(usize, Vec<MetricForecast>),
    Growth(usize, Vec<Estimate>),
    Comparison(Comparison),
}

impl Task {
    fn all(cases: &[Case]) -> Vec<Task> {
        let comparisons = (1..cases.len()).map(|alternative| Task::Compare { alternative });
        let windows = cases.iter().enumerate().flat_map(|(case, this)| {
            let spans = spans(this);
            spans.map(move |span| Task::Window { case, span })
        });
        let growths = cases.iter().enumerate().filter_map(|(case, this)| {
            let against = this.replications.views().seen_before()?;
            Some(Task::Growth { case, against })
        });
        comparisons.chain(growths).chain(windows).collect()
    }

    fn run(&self, cases: &[Case], desk: &mut Desk) -> Answer {
        match *self {
            Task::Compare { alternative } => {
                let in_doubt = cases.iter().any(|case| case.replications.in_doubt());
                let clustering = Clustering::when_in_doubt(in_doubt);
                Answer::Comparison(compare(cases[0], cases[alternative], clustering, desk))
            }
            Task::Growth { case, against } => {
                Answer::Growth(case, growth(cases[case], against, desk))
            }
            Task::Window { case, span } => {
                let Case {
                    scenario,
                    replications,
                } = cases[case];
                let metrics = estimate::window(scenario, replications, span, desk);
                Answer::Window(case, metrics)
            }
        }
    }
}

/// What the forecast is of, then each period of a record.
fn spans(case: &Case) -> impl Iterator<Item = Span> + use<> {
    let tallies = case.scenario.warm_up_periods.len() + case.scenario.periods.len();
    std::iter::once(case.span()).chain((0..tallies).map(Span::Tally))
}

impl Forecast {
    /// `windows` are those of [`spans`].
    fn new(
        case: Case,
        windows: Vec<Vec<MetricForecast>>,
        growth: Option<Vec<Estimate>>,
        target: Option<f64>,
    ) -> Forecast {
        let scenario = case.scenario;
        let mut windows = windows.into_iter();
        let metrics = windows.next().unwrap_or_default();
        let mut periods = |windows_of: &[Window]| -> Vec<PeriodForecast> {
            let pairs = windows_of.iter().zip(windows.by_ref());
            pairs
                .map(|(&window, metrics)| PeriodForecast { window, metrics })
                .collect()
        };
        let states = States::new(case);
        Forecast {
            gap: target.and_then(|target| gap(&metrics[REVENUE].estimate, target)),
            flow: flow(&states, case.replications.len()),
            metrics,
            growth,
            warm_up_periods: periods(&scenario.warm_up_periods),
            periods: periods(&scenario.periods),
            target: target.map(|target| probability_of_target(case, target)),
            states,
            reasons: reasons(case),
            channels: split::by_channel(case),
            segments: split::by_segment(case),
            scaled_share: scaled_share(case.replications),
        }
    }
}

/// None where mean revenue is undefined.
fn gap(revenue: &Estimate, target: f64) -> Option<Estimate> {
    let mean = revenue.mean?;
    Some(Estimate {
        mean: Some(target - mean),
        ..*revenue
    })
}

fn probability_of_target(case: Case, target: f64) -> Estimate {
    let clustering = Clustering::when_in_doubt(case.replications.in_doubt());
    let sample = Sample::new(case.replications, case.span(), clustering);
    sample.probability_of(&METRICS[REVENUE].formula, target, &mut Desk::default())
}

fn reasons(case: Case) -> Vec<ReasonForecast> {
    let replications = case.replications;
    let records = replications.records();
    let clustering = Clustering::when_in_doubt(replications.in_doubt());
    let stated: Vec<(ReasonKind, &str)> = case.scenario.process.reasons().collect();
    let by_replication = |reason| (0..records.len()).map(move |row| records.reason(reason, row));
    let counts: Vec<Vec<u32>> = (0..stated.len())
        .map(|reason| by_replication(reason).collect())
        .collect();
    let total = |counts: &[u32]| counts.iter().map(|&n| u64::from(n)).sum::<u64>();
    let total_of = |kind: ReasonKind| {
        let of_kind = stated
            .iter()
            .zip(&counts)
            .filter(|((of, _), _)| *of == kind);
        of_kind.map(|(_, counts)| total(counts)).sum::<u64>()
    };
    let forecast = |(&(kind, reason), counts): (&(ReasonKind, &str), &Vec<u32>)| ReasonForecast {
        kind,
        reason: reason.to_owned(),
        mean: estimate::mean_count(counts, replications.range(), clustering),
        share: match total_of(kind) {
            0 => None,
            all => Some(total(counts) as f64 / all as f64),
        },
    };
    stated.iter().zip(&counts).map(forecast).collect()
}

/// Counted by replication: those of one draw agree.
fn scaled_share(replications: &Replications) -> f64 {
    let records = replications.records();
    records.n_scaled() as f64 / records.len().max(1) as f64
}

impl States {
    fn new(case: Case) -> States {
        let records = case.replications.records();
        let span = Span::Total(case.scenario.warm_up_periods.len());
        let total = records.columns(span).sum();
        let count = |count| total.get(Item::Count(count)) as u64;
        let stages = Funnel::open_stages(case.scenario).into_iter().enumerate();
        States {
            opening: records.opening(),
            arrived: count(Count::Leads),
            closed: Count::ENDS.map(|end| (Item::Count(end).name(), count(end))),
            open: stages
                .map(|(stage, name)| (name, records.open(stage)))
                .collect(),
        }
    }
}
