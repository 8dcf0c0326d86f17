//! Waits for reps differ from what queueing theory says, or backlog and waits disagree.
//!
//! Values: Erlang's formula for M/M/c, Pollaczek and Khinchine's for M/G/1, Palm's Erlang A for impatient leads, Jackson's
//! theorem for feedback, Little's law (D. Gross et al., Fundamentals of Queueing Theory, 4th ed., 2008). Waits within a
//! replication are correlated, so every error is taken over replications.

mod common;

use common::*;
use funnelcast::funnel::{Count, Record, Stock, Sum};

/// A queue alone: all leads reach it as they come, and only the wait matters.
fn queue(leads_per_day: f64, warm_up: u32, horizon: u32, handoff: &str, sales: &str) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = "{horizon} days"
periods = 1
warm_up = "{warm_up} days"
[channels.inbound]
leads_per_day = {leads_per_day}
{handoff}
[sales]
{sales}
[closing]
win = 0.22
[deal]
size = 1
"#
    )
}

/// What the first `days` days of a replication say of the queue.
struct Seen {
    queued: f64,
    touched: f64,
    sla_met: f64,
    expired: f64,
    wait_days: f64,
    busy: f64,
    /// Mean backlog at the ends of the days.
    backlog: f64,
}

fn see(record: &Record, days: usize) -> Seen {
    let days = &record.periods[..days];
    let of = |count: Count| {
        days.iter()
            .map(|day| f64::from(day.counts[count as usize]))
            .sum()
    };
    let total = |sum: Sum| days.iter().map(|day| day.sums[sum as usize]).sum();
    let backlog: f64 = days
        .iter()
        .map(|day| f64::from(day.stocks[Stock::Backlog as usize]))
        .sum();
    Seen {
        queued: of(Count::Queued),
        touched: of(Count::Touched),
        sla_met: of(Count::SlaMet),
        expired: of(Count::Expired),
        wait_days: total(Sum::WaitDays),
        busy: total(Sum::Busy),
        backlog: backlog / days.len() as f64,
    }
}

fn of(seen: &[Seen], f: impl Fn(&Seen) -> f64) -> Vec<f64> {
    seen.iter().map(f).collect()
}

/// Checks mean wait, backlog and Little's law over the first `days` days; what follows lets the last waits end.
fn check_waits(what: &str, seen: &[Seen], days: usize, rate: f64, wait: f64) {
    assert_ratio(
        &format!("{what}: mean wait"),
        &of(seen, |s| s.wait_days),
        &of(seen, |s| s.queued),
        wait,
    );
    assert_mean(
        &format!("{what}: backlog"),
        &of(seen, |s| s.backlog),
        rate * wait,
    );
    let days = days as f64;
    let little = of(seen, |s| s.backlog - s.wait_days / days);
    assert_mean(
        &format!("{what}: backlog less arrivals times wait"),
        &little,
        0.0,
    );
}

const HOLD: &str = "hold = { exponential = { mean = 0.8 } }";

/// M/M/9 at load 8/9: Wq = .5226615426, Lq = 5.22661543, P(W > .1) = .57655899, load 8. The queue forgets its empty
/// start at 1/27 per day: after 160 days 0.3 % of it is left. Seed 21; 1,500 replications; |z| <= 4, p 6e-5 each.
#[test]
fn erlang_c_of_the_small_team() {
    let text = queue(
        10.0,
        160,
        385,
        "[handoff]\nsla = 0.1",
        &format!("reps = 9\n{HOLD}"),
    );
    let seen = replicate(&funnel(&text), 21, 1_500, |record| see(record, 365));
    check_waits("M/M/9", &seen, 365, 10.0, 0.522_661_542_6);
    assert_mean("M/M/9: reps held", &of(&seen, |s| s.busy / 365.0), 8.0);
    assert_ratio(
        "P(W <= .1)",
        &of(&seen, |s| s.sla_met),
        &of(&seen, |s| s.touched),
        1.0 - 0.576_558_99,
    );
}

/// The 90th percentile of the same wait is 1.501526 days. Seed 22; 1,000 replications; |z| <= 4, p 6e-5.
#[test]
fn ninety_percent_of_waits_are_below_the_ninetieth_percentile() {
    let text = queue(
        10.0,
        160,
        385,
        "[handoff]\nsla = 1.501526",
        &format!("reps = 9\n{HOLD}"),
    );
    let seen = replicate(&funnel(&text), 22, 1_000, |record| see(record, 365));
    assert_ratio(
        "P(W <= p90)",
        &of(&seen, |s| s.sla_met),
        &of(&seen, |s| s.touched),
        0.9,
    );
}

/// M/M/5 with 9 leads a day held .4 days: Wq = .1172553736. Seed 23; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn erlang_c_of_five_reps() {
    let hold = "reps = 5\nhold = { exponential = { mean = 0.4 } }";
    let text = queue(9.0, 60, 375, "", hold);
    let seen = replicate(&funnel(&text), 23, 1_000, |record| see(record, 365));
    check_waits("M/M/5", &seen, 365, 9.0, 0.117_255_373_6);
}

/// M/G/1 at load .8 and mean hold 1: Wq = .8 E[S^2] / (2 * .2), so 2.8666588291 for a lognormal with sigma .6, 4 for the
/// exponential, 2 for a fixed hold. Long runs: the slowest of them forgets at 1/90 per day, so 1,100 days of warm-up.
/// Seeds 24 to 26; 400 replications of 4,000 days; |z| <= 4, p 6e-5 each.
#[test]
fn pollaczek_khinchine() {
    let laws = [
        (
            "M/LN/1",
            "{ lognormal = { mean = 1, sigma = 0.6 } }",
            2.866_658_829_1,
        ),
        ("M/M/1", "{ exponential = { mean = 1 } }", 4.0),
        ("M/D/1", "1", 2.0),
    ];
    for (seed, (what, hold, wait)) in (24..).zip(laws) {
        let text = queue(0.8, 1_100, 4_300, "", &format!("reps = 1\nhold = {hold}"));
        let seen = replicate(&funnel(&text), seed, 400, |record| see(record, 4_000));
        check_waits(what, &seen, 4_000, 0.8, wait);
    }
}

/// Serving by score changes who waits, not how long they wait on average, as the hold does not depend on the score:
/// M/M/9 again. Seed 27; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn the_mean_wait_does_not_depend_on_the_order_of_service() {
    let sales = format!("reps = 9\norder = \"score\"\n{HOLD}");
    let text = queue(
        10.0,
        160,
        400,
        "[nurturing.score]\naccuracy = 0.5\nthreshold = -9",
        &sales,
    );
    let seen = replicate(&funnel(&text), 27, 1_000, |record| see(record, 365));
    assert_mean(
        "M/M/9 by score: backlog",
        &of(&seen, |s| s.backlog),
        5.226_615_43,
    );
}

/// Erlang A: 9 reps, 12 leads a day, mean hold .8, exponential expiry of mean 10 days: P(expire) = .08867449, mean wait
/// of all leads .88674493, Lq = 10.64093913. Seed 28; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn erlang_a_of_impatient_leads() {
    let handoff = "[handoff]\nexpiry = { exponential = { mean = 10 } }";
    let text = queue(12.0, 160, 425, handoff, &format!("reps = 9\n{HOLD}"));
    let seen = replicate(&funnel(&text), 28, 1_000, |record| see(record, 365));
    check_waits("M/M/9+M", &seen, 365, 12.0, 0.886_744_93);
    assert_mean(
        "expired per day",
        &of(&seen, |s| s.expired / 365.0),
        12.0 * 0.088_674_49,
    );
}

/// Jackson: 30 leads a day reach 5 reps who hold them 1/9 day and accept .55; half of the rejected come back after 30 to
/// 60 days. Passes per lead 1/(1 - .225), so 38.70967742 a day, Wq = .10745531, and 391.93548 leads are on their way
/// back. Only the mean of the way back matters. Seed 29; 800 replications; |z| <= 4, p 6e-5 each.
#[test]
fn jackson_network_with_recycling() {
    let handoff = "[handoff]\nacceptance = 0.55\n[handoff.recycling]\nshare = 0.5\nlimit = 30\nof = [\"rejected\"]\n\
                   delay = { uniform = { low = 30, high = 60 } }";
    let hold = format!(
        "reps = 5\nhold = {{ exponential = {{ mean = {} }} }}",
        1.0 / 9.0
    );
    let text = queue(30.0, 400, 210, handoff, &hold);
    let rate = 30.0 / (1.0 - 0.225);
    let seen = replicate(&funnel(&text), 29, 800, |record| {
        (
            see(record, 200),
            f64::from(*record.open.last().expect("the recycled come last")),
        )
    });
    let (seen, recycled): (Vec<Seen>, Vec<f64>) = seen.into_iter().unzip();
    check_waits("Jackson", &seen, 200, rate, 0.107_455_31);
    assert_mean("touched per day", &of(&seen, |s| s.touched / 200.0), rate);
    assert_mean("on their way back", &recycled, 391.935_48);
    assert_variance("on their way back", &recycled, 391.935_48, 1.0 / 391.935_48);
}

/// The reference workload with 180 reps: waits are shorter than .0032 days, so wins lie between 12,906.036 (mean
/// wait for all) and 12,906.175 (none). Seed 31; 120 replications; 4 standard errors beyond the bracket, p 6e-5.
#[test]
fn wins_behind_a_large_team() {
    check_bracket(1000, 180, 31, 120, (12_906.036, 12_906.175));
}

/// The same with 50 leads a day and 9 reps: between 644.159 (the stationary wait from day 0) and 645.309 (no wait).
/// Seed 32; 2,500 replications; 4 standard errors beyond the bracket, p 6e-5.
#[test]
fn wins_behind_a_small_team() {
    check_bracket(50, 9, 32, 2_500, (644.159, 645.309));
}

fn check_bracket(leads_per_day: u32, reps: u32, seed: u64, n: u64, (low, high): (f64, f64)) {
    let text = format!(
        r#"
start_date = 2025-01-01
horizon = "365 days"
periods = 365
[channels.inbound]
leads_per_day = {leads_per_day}
[nurturing]
delay = {{ gamma = {{ shape = 2, mean = 21 }} }}
qualification = 0.25
[handoff]
leak = 0.20
routing = {{ exponential = {{ mean = 2 }} }}
[sales]
reps = {reps}
{HOLD}
[closing]
win = 0.22
cycle = {{ lognormal = {{ median = 40, sigma = 0.6 }} }}
[deal]
size = {{ lognormal = {{ mean = 25_000, sigma = 0.8 }} }}
"#
    );
    let wins = replicate(&funnel(&text), seed, n, |record| count(record, Count::Won));
    let (mean, variance) = mean_and_variance(&wins);
    let standard_error = (variance / n as f64).sqrt();
    println!("wins: {mean:.3} ± {standard_error:.3} in [{low}, {high}]");
    assert!(
        mean > low - 4.0 * standard_error && mean < high + 4.0 * standard_error,
        "{mean} ± {standard_error}"
    );
}

/// Pathwise, whatever the luck: the wait added up over all leads is the area under the backlog, so it lies between the
/// areas under its lowest and highest possible course between two midnights; and no rep is idle on a day on which
/// somebody waits all day. Twice as many leads as can be served, so that the two areas are 2 % apart.
/// Tolerance: times are counted in 2^-30 days.
#[test]
fn waits_are_the_area_under_the_backlog_and_no_rep_idles_while_leads_wait() {
    let text = queue(
        10.0,
        0,
        600,
        "",
        "reps = 4\nhold = { gamma = { shape = 3, mean = 0.8 } }",
    );
    let brackets = replicate(&funnel(&text), 33, 20, |record| {
        let (mut low, mut high, mut wait, mut before) = (0.0, 0.0, 0.0, 0.0);
        for (day, tally) in record.periods.iter().enumerate() {
            let of = |count: Count| f64::from(tally.counts[count as usize]);
            let never_below = before - of(Count::LeftQueue);
            low += never_below.max(0.0);
            high += before + of(Count::Queued);
            wait += tally.sums[Sum::WaitDays as usize];
            before = f64::from(tally.stocks[Stock::Backlog as usize]);
            let (busy, available) = (
                tally.sums[Sum::Busy as usize],
                tally.sums[Sum::Available as usize],
            );
            assert!(busy <= available + 1e-6, "day {day}: {busy} of {available}");
            if never_below > 0.0 {
                assert!(
                    (busy - available).abs() < 1e-6,
                    "day {day}: {busy} of {available} while leads wait"
                );
            }
        }
        assert!(
            low - 1e-5 <= wait && wait <= high + 1e-5,
            "{low} <= {wait} <= {high}"
        );
        (low, high)
    });
    assert!(
        brackets.iter().all(|(low, high)| high / low < 1.02),
        "{brackets:?}"
    );
}
