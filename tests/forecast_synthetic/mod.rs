//! Scenarios and records made by hand, so that forecasts can be tested without a funnel.
#![allow(dead_code, reason = "each test file uses its own part")]

use funnelcast::forecast::{
    Case, METRICS, Metric, MetricForecast, Plan, Replications, Study, Workers,
};
use funnelcast::funnel::{Count, Record, Stock, Sum, Tally};
use funnelcast::report::Findings;
use funnelcast::scenario::*;
use funnelcast::units::Window;

fn known(value: f64) -> Timed<Quantity> {
    Timed::always(Quantity::Known(value))
}

/// `n_periods` periods of 30 days, after `n_warm_up` recorded ones.
pub fn scenario(name: &str, n_periods: usize, n_warm_up: usize) -> Scenario {
    let window = |index: i32| Window {
        start_day: 30 * index,
        end_day: 30 * (index + 1),
    };
    Scenario {
        name: name.to_owned(),
        description: String::new(),
        start: jiff::civil::date(2026, 1, 1),
        horizon_days: 30 * n_periods as u32,
        periods: (0..n_periods as i32).map(window).collect(),
        warm_up_days: 30 * n_warm_up as u32,
        warm_up_periods: (-(n_warm_up as i32)..0).map(window).collect(),
        seed: 1,
        replications: 1000,
        currency: "$".to_owned(),
        target_revenue: None,
        process: process(),
        past: None,
        pipeline: Vec::new(),
        doubts: Vec::new(),
        correlations: Vec::new(),
    }
}

fn process() -> Process {
    let share = Quantity::Known(1.0);
    Process {
        brand: None,
        overlaps: Vec::new(),
        promotions: Vec::new(),
        market: Vec::new(),
        channels: Vec::new(),
        segments: Vec::new(),
        rhythms: Rhythms {
            weekday: [share; 7],
            annual: None,
            day_of_month: [share; 31],
            month_of_quarter: [share; 3],
        },
        nurturing: Nurturing {
            ready: known(1.0),
            never: known(0.0),
            delay: None,
            maturation_per_day: known(0.0),
            decay_per_day: known(0.0),
            qualification: Qualification::Rate(known(1.0)),
        },
        handoff: Handoff {
            leak: known(0.0),
            routing: None,
            sla: None,
            expiry: None,
            contact: known(1.0),
            contact_decay: None,
            acceptance: Acceptance::Rate(known(1.0)),
            reasons: Vec::new(),
            recycling: None,
            trust: None,
        },
        sdr: no_team(),
        sales: no_team(),
        closing: Closing {
            opening: Opening::Rate(QualityRate {
                rate: known(1.0),
                quality_effect: known(0.0),
            }),
            sql_at: SqlAt::Opportunity,
            stages: Vec::new(),
            loss_reasons: Vec::new(),
            deal_size: Timed::always(LawSpec::Doubtful {
                form: LawForm::Point,
                parameters: vec![Quantity::Known(1.0)],
                domain: (0.0, f64::INFINITY),
            }),
            deal_quality_correlation: Quantity::Known(0.0),
            deal_cycle_correlation: Quantity::Known(0.0),
        },
        costs: Costs {
            rep_salary_per_year: known(0.0),
            sdr_salary_per_year: known(0.0),
            commission: known(0.0),
            content_per_month: known(0.0),
            gross_margin: known(1.0),
            discount_per_year: Quantity::Known(0.1),
            fixed_per_month: Vec::new(),
        },
        pot: None,
        base: None,
        customers: None,
        levers: no_levers(),
    }
}

fn no_team() -> Team {
    Team {
        capacity: Capacity::Unlimited,
        reps: None,
        hires: Vec::new(),
        attrition: None,
        ramp: None,
        order: Timed::always(QueueOrder::FirstCome),
        quota_per_rep_per_year: None,
    }
}

fn no_levers() -> Levers {
    let none = Quantity::Known(0.0);
    Levers {
        programmes: [const { None }; Lever::N],
        effects: Effects {
            angle: none,
            volume_bias: none,
            learning_per_year: none,
            quality_gain: none,
            verdicts_per_day: None,
            data_reliability: none,
            crm_leak: none,
            routing: none,
            selling_share: none,
            sla_leak: none,
            expiry: none,
            recycling: none,
            score_order_above: none,
            win: none,
            opportunity: none,
            cycle: none,
            content_leads: none,
            maturation: none,
            deal_size: none,
            tested_leads: none,
            tests_per_month: none,
            true_wins: none,
            false_wins: none,
            churn: none,
            referrals: none,
        },
    }
}

/// A tally of some counts and sums.
pub fn tally(counts: &[(Count, u32)], sums: &[(Sum, f64)]) -> Tally {
    let mut tally = Tally::ZERO;
    for &(count, n) in counts {
        tally.counts[count as usize] = n;
    }
    for &(sum, value) in sums {
        tally.sums[sum as usize] = value;
    }
    tally
}

/// `tally` with this many opportunities open at its end.
pub fn with_pipeline(mut tally: Tally, open: u32) -> Tally {
    tally.stocks[Stock::Pipeline as usize] = open;
    tally
}

pub fn record(periods: Vec<Tally>) -> Record {
    Record {
        periods: periods.into(),
        windows: Box::new([]),
        arrived: [0; 2],
        opening: 0,
        open: Box::new([]),
        reasons: Box::new([]),
        customers: Box::new([]),
        shares_scaled: false,
        is_cut_short: false,
    }
}

/// A record of one period with this revenue and nothing else.
pub fn revenue(value: f64) -> Record {
    record(vec![tally(&[], &[(Sum::NewRevenue, value)])])
}

/// Replications from 0 on without doubt.
pub fn certain(records: Vec<Record>) -> Replications {
    Replications::new(0, records, None)
}

/// Replications whose pairs share a draw; what happens at the median is the same.
pub fn in_doubt(first: u64, records: Vec<Record>) -> Replications {
    Replications::new(first, records.clone(), Some(records))
}

/// A study of these sets in scenarios of one period.
pub fn study(sets: &[Replications]) -> Study {
    let scenario = scenario("synthetic", 1, 0);
    let cases = cases(&scenario, sets);
    Study::new(&cases, None, &Workers::new(Some(1)))
}

pub fn cases<'a>(scenario: &'a Scenario, sets: &'a [Replications]) -> Vec<Case<'a>> {
    let case = |replications| Case {
        scenario,
        replications,
    };
    sets.iter().map(case).collect()
}

/// The first scenario's metric over the whole horizon.
pub fn metric<'a>(study: &'a Study, name: &str) -> &'a MetricForecast {
    &study.forecasts[0].metrics[position(name)]
}

pub fn position(name: &str) -> usize {
    Metric::position(name).unwrap_or_else(|| panic!("no metric {name} among {}", METRICS.len()))
}

/// Hands `tell` the findings of `sets`.
pub fn with_findings<T>(
    scenario: &Scenario,
    sets: &[Replications],
    target_revenue: Option<f64>,
    tell: impl FnOnce(&Findings) -> T,
) -> T {
    let cases = cases(scenario, sets);
    let study = Study::new(&cases, target_revenue, &Workers::new(Some(1)));
    let plan = Plan {
        seed: 1,
        range: sets[0].range(),
        ..Plan::default()
    };
    tell(&Findings {
        cases: &cases,
        study: &study,
        plan: &plan,
        target_revenue,
        bridges: &[],
        risks: &[],
        trees: &[],
        stories: &[],
        sets: &[],
    })
}
