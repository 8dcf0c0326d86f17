//! Records open at day 0 are won more often, or earlier, in their own outlook than in the forecast.

mod common;

use std::sync::atomic::{AtomicU64, Ordering};

use common::{scenario_with, sum};
use funnelcast::forecast::{
    Item, Metric, OpenRecords, Plan, RecordOutlook, Span, Unwatched, Watch, Workers, open_records,
    replicate,
};
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Sum};
use funnelcast::scenario::Scenario;

/// Doubts, and reps who are short: what becomes of records depends on new leads.
const BUSY: &str = r#"
start_date = 2025-01-01
horizon = 120
start.pipeline = "open.csv"
[channels.web]
leads_per_day = "2 to 4"
[handoff]
acceptance = 0.7
expiry = 20
recycling = { share = 0.5, delay = 7, limit = 3, of = ["rejected", "expired"] }
[sales]
reps = 2
hold = { exponential = { mean = 1 } }
[closing]
win = "20% to 60%"
no_decision = 0.1
cycle = { exponential = { mean = 40 } }
[deal]
size = { lognormal = { mean = 1000, sigma = 0.5 } }
"#;
const OPEN_CSV: &str = "id,stage,age_days,value\n9,opportunity,30,777\n10,opportunity,,\nq,queue,1.5,\n\
     n,nurturing,12,\nr,recycled,0.5,\nw,working,3,\n";

fn busy() -> Scenario {
    scenario_with(BUSY, &[("open.csv", OPEN_CSV)])
}

fn plan(certain: bool) -> Plan {
    Plan {
        seed: 5,
        range: 3..160,
        certain,
        ..Plan::default()
    }
}

fn outlook(scenario: &Scenario, plan: &Plan, horizons: &[f64], threads: usize) -> OpenRecords {
    let workers = Workers::new(Some(threads));
    open_records(scenario, plan, horizons, &workers, &Unwatched).unwrap()
}

#[test]
fn records_are_won_as_often_as_the_forecast_says() {
    let scenario = busy();
    for certain in [false, true] {
        let plan = plan(certain);
        let found = outlook(&scenario, &plan, &[30.0, 120.0, 1e9], 2);
        assert_eq!(found.range, plan.range);
        let n = (plan.range.end - plan.range.start) as f64;
        let futures = replicate(&[&scenario], &plan, &Workers::new(Some(2)), &Unwatched).unwrap();
        let columns = futures[0].records().columns(Span::Total(0));
        let total = |item| -> f64 {
            let rows = 0..futures[0].len();
            rows.map(|row| columns.amounts(row).get(item)).sum()
        };
        let won = total(Item::Count(Count::WonFromPipeline));
        let sum_of = |share: fn(&RecordOutlook) -> f64| -> f64 {
            found.records.iter().map(|record| share(record) * n).sum()
        };
        // Shares are whole numbers over n: the rest is rounding.
        assert!((sum_of(|record| record.won) - won).abs() < 1e-9);
        assert!(won > 0.0);
        for record in &found.records {
            assert_eq!(record.won_within[1..], [record.won; 2]);
            assert!(record.won_within[0] <= record.won);
            assert!((record.won + record.ended + record.open - 1.0).abs() < 1e-12);
            let mean = record.mean_close_day.unwrap();
            let median = record.median_close_day.unwrap();
            assert!(mean > 0.0 && mean < 120.0 && median > 0.0 && median < 120.0);
        }
        let ids: Vec<&str> = found
            .records
            .iter()
            .map(|record| record.id.as_str())
            .collect();
        assert_eq!(ids, ["9", "n", "q", "r", "w", "10"]);
    }
}

#[test]
fn the_outlook_does_not_depend_on_threads() {
    let scenario = busy();
    let [one, two, seven] =
        [1, 2, 7].map(|threads| outlook(&scenario, &plan(false), &[10.0, 60.0], threads));
    assert_eq!(one, two);
    assert_eq!(one, seven);
}

/// Cancels once so many replications are done.
struct Impatient {
    patience: u64,
    done: AtomicU64,
}

impl Watch for Impatient {
    fn advanced(&self, replications: u64, _leads: u64) {
        self.done.fetch_add(replications, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.patience
    }
}

#[test]
fn a_cancelled_outlook_is_that_of_a_shorter_range() {
    let scenario = busy();
    let cut = |patience| {
        let watch = Impatient {
            patience,
            done: AtomicU64::new(0),
        };
        let workers = Workers::new(Some(2));
        open_records(&scenario, &plan(false), &[30.0], &workers, &watch).unwrap()
    };
    let found = cut(20);
    assert!((23..30).contains(&found.range.end), "{:?}", found.range);
    let shorter = Plan {
        range: found.range.clone(),
        ..plan(false)
    };
    assert_eq!(found, outlook(&scenario, &shorter, &[30.0], 1));
    let nothing = cut(0);
    assert_eq!((nothing.range, nothing.records), (3..3, Vec::new()));
}

/// A cycle of 40 days that is 30 days old has 10 to go; without an age, on average 20 and half within 20.
#[test]
fn records_close_when_their_age_says() {
    let text = r#"
start_date = 2025-01-01
horizon = 100
start.pipeline = "open.csv"
channels.web.leads_per_day = 0
closing = { win = 1, cycle = 40 }
deal.size = 1000
"#;
    let csv = "id,stage,age_days\naged,opportunity,30\nlate,opportunity,\n";
    let scenario = scenario_with(text, &[("open.csv", csv)]);
    let plan = Plan {
        seed: 2,
        range: 0..1000,
        ..Plan::default()
    };
    let found = outlook(&scenario, &plan, &[10.0, 10.5, f64::NAN, -1.0], 2);
    let [aged, late] = &found.records[..] else {
        panic!("two records");
    };
    assert_eq!((aged.id.as_str(), aged.won, aged.open), ("aged", 1.0, 0.0));
    assert_eq!(aged.won_within, [0.0, 1.0, 0.0, 0.0]);
    assert!((aged.mean_close_day.unwrap() - 10.0).abs() < 1e-9);
    assert_eq!(aged.median_close_day, Some(10.5));
    // Uniform over 40 days: the standard error of the mean is 40 / sqrt(12 n), of a share 0.43 / sqrt n, of the
    // median 20 / sqrt n; four of them have p 6e-5.
    let root_n = 1000f64.sqrt();
    assert!((late.mean_close_day.unwrap() - 20.0).abs() < 4.0 * 40.0 / 12f64.sqrt() / root_n);
    assert!((late.won_within[0] - 0.25).abs() < 4.0 * 0.433 / root_n);
    assert!((late.median_close_day.unwrap() - 20.0).abs() < 4.0 * 20.0 / root_n);
}

#[test]
fn no_pipeline_has_no_outlook() {
    let text = BUSY.replace("start.pipeline = \"open.csv\"\n", "");
    let scenario = scenario_with(&text, &[]);
    assert_eq!(outlook(&scenario, &plan(true), &[30.0], 2).records, []);
    for name in ["won_from_pipeline", "revenue_from_pipeline"] {
        let metric = Metric::named(name).unwrap();
        assert!(!metric.applies(&scenario) && metric.applies(&busy()));
    }
}

/// Customers who renew, and whose revenue may be spread over their terms.
fn subscription(leads_per_day: u32, recognition: &str) -> Scenario {
    let text = format!(
        r#"
start_date = 2025-01-01
horizon = 300
periods = 50
start.pipeline = "open.csv"
channels.web.leads_per_day = {leads_per_day}
closing = {{ win = 0.5, cycle = {{ exponential = {{ mean = 40 }} }} }}
deal.size = {{ lognormal = {{ mean = 1000, sigma = 0.5 }} }}
customers = {{ term = 90, churn = 0.2, recognition = "{recognition}" }}
"#
    );
    let rows = (0..40).map(|row| format!("{row},opportunity,{}\n", row % 7));
    let csv = format!("id,stage,age_days\n{}", rows.collect::<String>());
    scenario_with(&text, &[("open.csv", &csv)])
}

fn run(scenario: &Scenario) -> Record {
    Funnel::new(scenario, &scenario.median_draw()).run(9, 1, &mut Scratch::default())
}

#[test]
fn all_new_revenue_is_the_pipelines_where_no_lead_arrives() {
    for recognition in ["booking", "ratable"] {
        let record = run(&subscription(0, recognition));
        assert!(sum(&record, Sum::RevenueFromPipeline) > 0.0);
        for period in &record.periods {
            let count = |count: Count| period.counts[count as usize];
            assert_eq!(count(Count::WonFromPipeline), count(Count::Won));
            let [all, of_pipeline] =
                [Sum::NewRevenue, Sum::RevenueFromPipeline].map(|sum| period.sums[sum as usize]);
            assert_eq!(all, of_pipeline, "one source, the same units");
        }
    }
}

/// No queue, no feedback: what else there is cannot reach the records, renewals and their referrals included.
#[test]
fn what_the_pipeline_brings_does_not_depend_on_leads() {
    for recognition in ["booking", "ratable"] {
        let of_pipeline = |scenario: &Scenario| -> Vec<(u32, f64)> {
            let periods = run(scenario).periods;
            let of_period = periods.iter().map(|period| {
                let won = period.counts[Count::WonFromPipeline as usize];
                (won, period.sums[Sum::RevenueFromPipeline as usize])
            });
            of_period.collect()
        };
        let alone = of_pipeline(&subscription(0, recognition));
        assert_eq!(of_pipeline(&subscription(9, recognition)), alone);
    }
}
