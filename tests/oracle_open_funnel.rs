//! The funnel without a queue thins and delays Poisson arrivals wrongly.
//!
//! Leads that arrive as a Poisson process of rate `lambda`, survive with probability `p` and take the sum `S` of
//! independent delays reach a stage by `T` in number Poisson(lambda p E[(T - S)^+]), independently over disjoint
//! periods: the infinite-server queue (W. Feller, An Introduction to Probability Theory, vol. 2; R. W. Wolff, Stochastic
//! Modeling and the Theory of Queues, 1989, section 2-5). The values are numerical integrals of that formula.

mod common;

use common::*;
use funnelcast::funnel::{Count, Stock, Sum};

const DEAL_MEAN: f64 = 25_000.0;

/// The reference workload at a number of leads per day.
fn open_funnel(leads_per_day: u32) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = "365 days"
periods = 30
[channels.inbound]
leads_per_day = {leads_per_day}
[nurturing]
delay = {{ gamma = {{ shape = 2, mean = "21 days" }} }}
qualification = 0.25
[handoff]
leak = 0.20
routing = {{ exponential = {{ mean = "2 days" }} }}
[closing]
win = 0.22
cycle = {{ lognormal = {{ median = "45 days", sigma = 0.6 }} }}
[deal]
size = {{ lognormal = {{ mean = 25_000, sigma = 0.8 }} }}
"#
    )
}

/// Leads, MQLs and wins by period, and survivors, revenue and open opportunities in total.
struct Seen {
    leads: f64,
    mqls: Vec<f64>,
    wins: Vec<f64>,
    matured: f64,
    opportunities: f64,
    revenue: f64,
    pipeline: f64,
    nurturing: f64,
}

fn see(leads_per_day: u32, seed: u64, n: u64) -> Vec<Seen> {
    replicate(&funnel(&open_funnel(leads_per_day)), seed, n, |record| {
        Seen {
            leads: count(record, Count::Leads),
            mqls: counts(record, Count::Mqls),
            wins: counts(record, Count::Won),
            matured: count(record, Count::Mqls) + count(record, Count::Unqualified),
            opportunities: count(record, Count::Opportunities),
            revenue: sum(record, Sum::NewRevenue),
            pipeline: *stocks(record, Stock::Pipeline)
                .last()
                .expect("there are periods"),
            nurturing: f64::from(record.open[0]),
        }
    })
}

fn of(seen: &[Seen], f: impl Fn(&Seen) -> f64) -> Vec<f64> {
    seen.iter().map(f).collect()
}

const WINS_BY_PERIOD: [f64; 13] = [
    8.337, 249.077, 746.060, 1074.983, 1219.767, 1277.507, 1300.920, 1310.925, 1315.455, 1317.620,
    1318.703, 1319.269, 219.913,
];
const MQLS_BY_PERIOD: [f64; 13] = [
    2982.266, 6834.529, 7438.462, 7495.127, 7499.643, 7499.975, 7499.998, 7500.0, 7500.0, 7500.0,
    7500.0, 7500.0, 1250.0,
];

/// Means of the large workload. Seed 11; 160 replications; |z| <= 4 each, p 6e-5. The values by period are rounded
/// to 0.001, a hundredth of their standard error at most.
#[test]
fn means_of_the_open_funnel() {
    let seen = see(1000, 11, 160);
    assert_mean("leads", &of(&seen, |s| s.leads), 365_000.0);
    assert_mean("matured", &of(&seen, |s| s.matured), 344_000.0);
    assert_mean("MQLs", &of(&seen, |s| s.mqls.iter().sum()), 86_000.0);
    assert_mean("opportunities", &of(&seen, |s| s.opportunities), 68_400.0);
    assert_mean("wins", &of(&seen, |s| s.wins.iter().sum()), 12_678.536_6);
    assert_mean("revenue", &of(&seen, |s| s.revenue), 316_963_414.0);
    assert_mean(
        "open opportunities",
        &of(&seen, |s| s.pipeline),
        10_770.288_4,
    );
    assert_mean("open in nurture", &of(&seen, |s| s.nurturing), 21_000.0);
    let wins: Vec<Vec<f64>> = seen.iter().map(|s| s.wins.clone()).collect();
    let mqls: Vec<Vec<f64>> = seen.iter().map(|s| s.mqls.clone()).collect();
    assert_mean_vector("wins by period", &wins, &WINS_BY_PERIOD);
    assert_mean_vector("MQLs by period", &mqls, &MQLS_BY_PERIOD);
    // sd of revenue: m sqrt(wins e^(s^2)); excess kurtosis e^(4 s^2) / wins is negligible.
    assert_variance(
        "revenue",
        &of(&seen, |s| s.revenue),
        3_876_580.0f64.powi(2),
        0.001,
    );
}

/// The small workload: means, and laws beyond the mean. Seed 12; 4,000 replications; |z| <= 4 for means (p 6e-5),
/// variances at p 1e-5, correlations of all 13 * 12 / 2 pairs of periods at 1e-4 together.
#[test]
fn counts_of_the_small_open_funnel_are_poisson_and_independent_over_periods() {
    let seen = see(50, 12, 4_000);
    assert_mean("wins", &of(&seen, |s| s.wins.iter().sum()), 633.926_828);
    assert_mean("revenue", &of(&seen, |s| s.revenue), 15_848_170.7);
    let wins_total = 633.926_828;
    let kurtosis = (4.0f64 * 0.64).exp() / wins_total;
    assert_variance(
        "revenue",
        &of(&seen, |s| s.revenue),
        866_829.75_f64.powi(2),
        kurtosis,
    );
    // Poisson: variance = mean, excess kurtosis 1 / mean.
    let poisson =
        |what: &str, sample: &[f64], mean: f64| assert_variance(what, sample, mean, 1.0 / mean);
    poisson("leads", &of(&seen, |s| s.leads), 18_250.0);
    poisson("MQLs", &of(&seen, |s| s.mqls.iter().sum()), 4_300.0);
    poisson("wins", &of(&seen, |s| s.wins.iter().sum()), wins_total);
    poisson("open opportunities", &of(&seen, |s| s.pipeline), 538.514_42);
    let mut z = Vec::new();
    for (i, mean) in WINS_BY_PERIOD.iter().enumerate() {
        let mean = mean * 0.05;
        z.push(z_of_variance(&of(&seen, |s| s.wins[i]), mean, 1.0 / mean));
        for j in 0..i {
            z.push(z_of_correlation(
                &of(&seen, |s| s.wins[i]),
                &of(&seen, |s| s.wins[j]),
            ));
        }
    }
    assert_all_z("variances and correlations of wins by period", &z);
}

/// A deal is worth what its law says, whatever else happens: revenue / (mean deal) - wins has mean 0.
/// Seed 13; 400 replications; |z| <= 4, p 6e-5.
#[test]
fn the_mean_deal_is_that_of_its_law() {
    let seen = see(50, 13, 400);
    let (revenue, wins) = (of(&seen, |s| s.revenue), of(&seen, |s| s.wins.iter().sum()));
    assert_ratio("mean deal", &revenue, &wins, DEAL_MEAN);
}
