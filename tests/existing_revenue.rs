//! Revenue of existing customers: its closed form, its past, and that nothing else notices it.

mod common;

use common::{scenario, scenario_with, sum};
use funnelcast::funnel::{Funnel, Record, Scratch, Sum};
use funnelcast::scenario::Scenario;
use funnelcast::units::Window;

const PLAN: &str = r#"
start_date = 2026-01-01
horizon = "18 months"
channels.website.leads_per_day = 5
closing = { win = 0.2, cycle = { exponential = { mean = "30 days" } } }
deal.size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

const BASE: &str = r#"
[base]
annual_revenue = "$2M"
churn_per_year = "12%"
expansion_per_year = 0.2
"#;

fn run(scenario: &Scenario, draw: &[f64]) -> Record {
    let windows =
        [(-30, 0), (0, 1), (100, 200)].map(|(start_day, end_day)| Window { start_day, end_day });
    let funnel = Funnel::new(scenario, draw).recording(windows);
    funnel.run(1, 0, &mut Scratch::default())
}

fn existing(record: &Record) -> f64 {
    sum(record, Sum::ExistingRevenue)
}

/// Sum over days `first..end` of `exp(rate * (day + 1) / 365)`, the first of which is day 0.
fn growing(rate: f64, first: i32, end: i32) -> f64 {
    let q = (rate / 365.0).exp();
    let power = |days: i32| q.powi(days);
    match rate {
        0.0 => f64::from(end - first),
        _ => (power(end + 1) - power(first + 1)) / (q - 1.0),
    }
}

#[track_caller]
fn assert_close(value: f64, expected: f64) {
    let error = (value / expected - 1.0).abs();
    assert!(error < 1e-12, "{value} {expected}");
}

const DAILY: f64 = 2e6 / 365.0;

#[test]
fn it_grows_day_by_day_from_day_0_on() {
    let scenario = scenario(&format!("warm_up = 60\n{PLAN}{BASE}"));
    let record = run(&scenario, &[]);
    assert_close(existing(&record), DAILY * growing(0.08, 0, 546));
    let windows = record.windows.iter();
    let windows: Vec<f64> = windows
        .map(|tally| tally.sums[Sum::ExistingRevenue as usize])
        .collect();
    assert_close(windows[0], DAILY * 30.0);
    assert_close(windows[1], DAILY * (0.08f64 / 365.0).exp());
    assert_close(windows[2], DAILY * growing(0.08, 100, 200));
}

#[test]
fn without_rates_it_stands_still() {
    let record = run(&scenario(&format!("{PLAN}base.annual_revenue = 730")), &[]);
    assert_close(existing(&record), 2.0 * 546.0);
}

#[test]
fn rates_may_change_by_date_and_be_in_doubt() {
    let base = r#"
[base]
annual_revenue = "$1.5M to $2.5M"
churn_per_year = { initially = 0, 2026-04-11 = "40% to 60%" }
"#;
    let scenario = scenario(&format!("{PLAN}{base}"));
    let paths: Vec<&str> = scenario
        .doubts
        .iter()
        .map(|doubt| doubt.path.as_str())
        .collect();
    assert_eq!(
        paths,
        ["base.annual_revenue", "base.churn_per_year.2026-04-11"]
    );
    let record = run(&scenario, &[2e6, 0.5]);
    let later = growing(-0.5, 0, 446);
    assert_close(existing(&record), DAILY * (100.0 + later));
}

#[test]
fn nothing_else_notices_it() {
    let strip = |mut record: Record| {
        for tally in record.periods.iter_mut().chain(&mut record.windows) {
            tally.sums[Sum::ExistingRevenue as usize] = 0.0;
            tally.sums[Sum::ExistingGrossProfit as usize] = 0.0;
            tally.sums[Sum::LifetimeValue as usize] = 0.0;
            tally.accounts.clear();
        }
        record
    };
    let with = run(&scenario(&format!("{PLAN}{BASE}")), &[]);
    let without = run(&scenario(PLAN), &[]);
    assert!(existing(&with) > 0.0);
    assert_eq!(strip(with), strip(without));
}

#[test]
fn before_day_0_it_is_that_of_the_past() {
    let past = format!("warm_up = 60\n{PLAN}{BASE}");
    let of = |base: &str| {
        let own = format!("warm_up = 60\nstart.warm_up_under = \"past.toml\"\n{PLAN}{base}");
        let record = run(&scenario_with(&own, &[("past.toml", &past)]), &[]);
        let before = record.windows[0].sums[Sum::ExistingRevenue as usize];
        (before, existing(&record))
    };
    let (before, own) = of("base = { annual_revenue = 365 }");
    assert_close(before, DAILY * 30.0);
    assert_close(own, 546.0);
    let (before, own) = of("");
    assert_close(before, DAILY * 30.0);
    assert_eq!(own, 0.0);
}

/// The largest amounts overflow to what is undefined, and do not panic.
#[test]
fn absurd_amounts_do_no_harm() {
    let absurd = format!("{PLAN}base = {{ annual_revenue = 1e308, expansion_per_year = 1 }}");
    assert!(existing(&run(&scenario(&absurd), &[])) > 1e308);
}
