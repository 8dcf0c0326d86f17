//! What a change of scale or of head count must do to a firm with a queue, trust and levers, whatever its
//! numbers are.

mod common;

use common::{count, funnel, mean_and_variance, replicate, sum};
use funnelcast::funnel::{Count, Record, Sum};

const SEED: u64 = 31;
const REPLICATIONS: u64 = 40;

/// A firm with so many times the leads and so many reps, which work nearly all of their time.
fn firm(times: f64, reps: u32) -> String {
    format!(
        r#"
        start_date = 2026-01-01
        horizon = "360 days"
        warm_up = "180 days"
        channels.web = {{ leads_per_day = {leads}, inbound = true }}
        sales.reps = {reps}

        [nurturing]
        ready = 0.4
        maturation_per_day = 0.004
        decay_per_day = 0.01
        [nurturing.score]
        definition_angle = 55
        data_reliability = 0.7
        threshold = 0.1
        volume_bias = 0.3

        [handoff]
        leak = 0.2
        expiry = "20 days"
        contact = 0.85
        contact_decay = {{ floor = 0.4, days = 0.2, power = 0.6 }}
        judgement = {{ accuracy = 0.75, threshold = 0 }}
        trust = {{ strength = 1, usual_acceptance = 0.45 }}

        [sales.pool]
        selling_share = 0.35
        triage_hours = 0.75
        acceptance_hours = 3
        hours_per_open_opportunity = 0.2

        [closing]
        opportunity_rate = 0.6
        win = 0.25
        cycle = {{ lognormal = {{ median = "40 days", sigma = 0.6 }} }}

        [deal]
        size = 20_000

        [levers]
        shared_goals.adoption = 0.5
        integrated_crm.adoption = 0.5
        handoff_sla.adoption = 0.4
        enablement.adoption = 0.5
        "#,
        leads = 20.0 * times,
    )
}

/// What is looked at: a ratio of two sums.
type Ratio = (f64, f64);

/// Lead to MQL, acceptance of those reached, win rate, contact, and wait \[days\], by replication.
fn ratios(text: &str) -> Vec<[Ratio; 5]> {
    replicate(&funnel(text), SEED, REPLICATIONS, |record| {
        let n = |what| count(record, what);
        let reached = n(Count::Touched) - n(Count::Unreached);
        let closed = n(Count::Won) + n(Count::Lost) + n(Count::NoDecision);
        [
            (n(Count::Mqls), n(Count::Leads)),
            (n(Count::Sals), reached),
            (n(Count::Won), closed),
            (reached, n(Count::Touched)),
            (sum(record, Sum::WaitDays), n(Count::Queued)),
        ]
    })
}

/// Mean of the replications' ratios with its standard error.
fn mean(ratios: &[[Ratio; 5]], which: usize) -> (f64, f64) {
    let values: Vec<f64> = ratios.iter().map(|r| r[which].0 / r[which].1).collect();
    let (mean, variance) = mean_and_variance(&values);
    (mean, (variance / values.len() as f64).sqrt())
}

/// Four times the leads for four times the reps: a share of leads or deals stays, within 4 standard errors
/// and the half per cent by which faster answers change who is worked; a large team's queue is shorter.
#[test]
fn a_larger_firm_of_the_same_kind_has_the_same_rates_and_shorter_waits() {
    let [small, large] = [(1.0, 8), (4.0, 32)].map(|(times, reps)| ratios(&firm(times, reps)));
    for (which, name) in ["lead to MQL", "acceptance", "win rate"].iter().enumerate() {
        let ((a, error_a), (b, error_b)) = (mean(&small, which), mean(&large, which));
        println!("{name}: {a:.4} ± {error_a:.4}, {b:.4} ± {error_b:.4}");
        assert!(
            (a - b).abs() < 4.0 * error_a.hypot(error_b) + 0.005 * a,
            "{name}: {a} and {b}"
        );
    }
    let ((short, error_short), (long, error_long)) = (mean(&large, 4), mean(&small, 4));
    println!("waits {long:.3} ± {error_long:.3}, {short:.3} ± {error_short:.3}");
    assert!(
        long - short > 4.0 * error_short.hypot(error_long),
        "{long} and {short} days"
    );
}

/// With the same luck, each rep more reaches a larger share of leads on average, or the same.
#[test]
fn more_reps_never_reach_fewer() {
    let teams = [5, 6, 7, 8, 10, 16].map(|reps| ratios(&firm(1.0, reps)));
    for (fewer, more) in teams.iter().zip(&teams[1..]) {
        let gains: Vec<f64> = fewer
            .iter()
            .zip(more)
            .map(|(fewer, more)| more[3].0 / more[3].1 - fewer[3].0 / fewer[3].1)
            .collect();
        let (gain, variance) = mean_and_variance(&gains);
        let error = (variance / gains.len() as f64).sqrt();
        println!("{gain:+.5} ± {error:.5}");
        assert!(gain > -4.0 * error, "{gain} ± {error}");
    }
    let gain = mean(&teams[5], 3).0 - mean(&teams[0], 3).0;
    assert!(
        gain > 0.05,
        "from 5 to 16 reps the share reached grows by {gain}"
    );
}

/// A time is a time, in whatever unit it is written: here every one of them in another.
#[test]
fn units_of_time_do_not_matter() {
    let plain = firm(1.0, 12)
        + "[sdr]\nreps = 8\nhold = 0.25\n[sales.attrition]\nper_year = 1\nreplacement = 14\n\
           [customers]\nterm = 28\nchurn = 0.2\nreferrals = { per_year = 2 }\n";
    let other = [
        ("horizon = \"360 days\"", "horizon = 360"),
        ("warm_up = \"180 days\"", "warm_up = 180"),
        ("expiry = \"20 days\"", "expiry = \"480 hours\""),
        ("days = 0.2", "days = \"4.8 hours\""),
        ("median = \"40 days\"", "median = \"960 hours\""),
        ("triage_hours = 0.75", "triage_hours = \"45 minutes\""),
        ("hold = 0.25", "hold = \"6 hours\""),
        ("replacement = 14", "replacement = \"2 weeks\""),
        ("term = 28", "term = \"4 weeks\""),
    ];
    let other = other.iter().fold(plain.clone(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    let run = |text: &str| replicate(&funnel(text), SEED, 2, Record::clone);
    assert_eq!(run(&plain), run(&other));
}
