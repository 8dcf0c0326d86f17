//! Records open at day 0 end otherwise, or later, than their age says.
//!
//! A record open for `a` days under outcomes of shares `w_j` and time laws `F_j` ends in `j` with probability
//! `w_j S_j(a) / sum w S(a)` and by `t` more days with `(F_j(a + t) - F_j(a)) / S_j(a)` of those. At an unknown age the
//! remaining time has the density `S(x) / E[T]` (D. R. Cox, Renewal Theory, 1962, section 5).

mod common;

use common::*;
use funnelcast::distribution::Law;
use funnelcast::funnel::{Count, Funnel, Record, Stock, Sum};
use funnelcast::math::normal_cdf;

/// `n` records of one stage and age, named by `name`, and nothing else.
fn pipeline(n: u32, stage: &str, age: &str, horizon: u32, rest: &str) -> Funnel {
    let rows: String = (0..n)
        .map(|i| format!("deal-{i},{stage},{age}\n"))
        .collect();
    of_rows(&format!("id,stage,age_days\n{rows}"), horizon, rest)
}

fn of_rows(csv: &str, horizon: u32, rest: &str) -> Funnel {
    let text = format!(
        r#"
start_date = 2025-01-01
horizon = {horizon}
periods = {horizon}
[start]
pipeline = "open.csv"
[channels.inbound]
leads_per_day = 0
[deal]
size = 1
{rest}
"#
    );
    let scenario = scenario_with(&text, &[("open.csv", csv)]);
    Funnel::new(&scenario, &scenario.median_draw())
}

/// Counts of every replication.
fn see<const N: usize>(funnel: &Funnel, seed: u64, n: u64, which: [Count; N]) -> [Vec<f64>; N] {
    let seen = replicate(funnel, seed, n, |record| {
        which.map(|which| count(record, which)).to_vec()
    });
    std::array::from_fn(|i| column(&seen, i))
}

/// One cycle law, LogN(75, .6), age 60: P(T <= 90 | T > 60) = .40991814, whatever the outcome. Seed 71; 200 replications
/// of 3,000 records; |z| <= 4, p 6e-5.
#[test]
fn residual_time_of_one_law() {
    let closing = "[closing]\nwin = 0.3\nno_decision = 0.2\ncycle = { lognormal = { median = 75, sigma = 0.6 } }";
    let funnel = pipeline(3_000, "opportunity", "60", 30, closing);
    let [won, lost, undecided] = see(
        &funnel,
        71,
        200,
        [Count::Won, Count::Lost, Count::NoDecision],
    );
    let closed: Vec<f64> = (0..won.len())
        .map(|i| won[i] + lost[i] + undecided[i])
        .collect();
    assert_mean("P(closed)", &closed, 3_000.0 * 0.409_918_14);
    assert_mean("P(won)", &won, 3_000.0 * 0.409_918_14 * 0.3);
}

const TWO_LAWS: &str = "[closing]\nwin = 0.22\nwon_cycle = { lognormal = { median = 45, sigma = 0.6 } }\n\
                        lost_cycle = { lognormal = { median = 70, sigma = 0.8 } }";

/// Wins after LogN(45, .6), losses after LogN(70, .8): P(win | open at 0, 30, 60, 120) = .22, .19838530, .13384867,
/// .05441407. Losses beyond 5,000 days have probability 1e-7. Seeds 72 to 75; 200 replications of 3,000 records;
/// |z| <= 4, p 6e-5 each.
#[test]
fn the_odds_of_a_deal_fall_with_its_age() {
    let exact = [
        ("0", 0.22),
        ("30", 0.198_385_30),
        ("60", 0.133_848_67),
        ("120", 0.054_414_07),
    ];
    for (seed, (age, exact)) in (72..).zip(exact) {
        let [won] = see(
            &pipeline(3_000, "opportunity", age, 5_000, TWO_LAWS),
            seed,
            200,
            [Count::Won],
        );
        assert_mean(&format!("P(won | open at {age})"), &won, 3_000.0 * exact);
    }
}

/// P(won in the next 30 days | open at 60) = .08129498. Seed 76; 200 replications of 3,000 records; |z| <= 4, p 6e-5.
#[test]
fn wins_of_the_next_month() {
    let [won] = see(
        &pipeline(3_000, "opportunity", "60", 30, TWO_LAWS),
        76,
        200,
        [Count::Won],
    );
    assert_mean(
        "P(won in 30 days | open at 60)",
        &won,
        3_000.0 * 0.081_294_98,
    );
}

/// A won deal's cycle counts from its opening: E[T | T > 60] = 60 + 56.16173023 under LogN(75, .6). Seed 77; 100
/// replications of 2,000 records; |z| <= 4, p 6e-5.
#[test]
fn the_cycle_of_an_old_deal_has_begun_before_day_0() {
    let closing = "[closing]\nwin = 1\ncycle = { lognormal = { median = 75, sigma = 0.6 } }";
    let mean_cycle = |record: &Record| sum(record, Sum::CycleDays) / count(record, Count::Won);
    let cycles = replicate(
        &pipeline(2_000, "opportunity", "60", 5_000, closing),
        77,
        100,
        mean_cycle,
    );
    assert_mean("cycle", &cycles, 116.161_730_23);
}

/// Unknown ages: mean remaining time E[T^2] / (2 E[T]) = 37.5 e^(.54) under LogN(75, .6), and P(closed by t) =
/// (t S(t) + E[T; T <= t]) / E[T] at t = 30. Seed 78 and 79; 60 replications of 400 records; |z| <= 4, p 6e-5 each.
#[test]
fn unknown_ages_follow_the_equilibrium_law() {
    let closing = "[closing]\nwin = 1\ncycle = { lognormal = { median = 75, sigma = 0.6 } }";
    let left = |record: &Record| sum(record, Sum::CycleDays) / count(record, Count::Won);
    let remaining = replicate(
        &pipeline(400, "opportunity", "", 6_000, closing),
        78,
        60,
        left,
    );
    assert_mean("remaining time", &remaining, 37.5 * 0.54f64.exp());
    let score = (30.0f64 / 75.0).ln() / 0.6;
    let mean = 75.0 * 0.18f64.exp();
    let by_30 = (30.0 * normal_cdf(-score) + mean * normal_cdf(score - 0.6)) / mean;
    let [closed] = see(
        &pipeline(400, "opportunity", "", 30, closing),
        79,
        60,
        [Count::Won],
    );
    assert_mean("P(closed by 30)", &closed, 400.0 * by_30);
}

/// Unknown ages weigh outcomes by share times mean time: P(win) = w E[T_w] / (w E[T_w] + (1 - w) E[T_l]). Seed 80;
/// 60 replications of 400 records; |z| <= 4, p 6e-5.
#[test]
fn slow_outcomes_prevail_among_deals_of_unknown_age() {
    let (win, loss) = (0.22 * 45.0 * 0.18f64.exp(), 0.78 * 70.0 * 0.32f64.exp());
    let [won] = see(
        &pipeline(400, "opportunity", "", 9_000, TWO_LAWS),
        80,
        60,
        [Count::Won],
    );
    assert_mean("P(won | open)", &won, 400.0 * win / (win + loss));
}

/// A stay of 15 days under LogN(20, .6) ends within 10 more with one probability, whatever the stage it is a stay in.
/// Seed 81; 100 replications of 500 records; |z| <= limit for the four stages together, p 1e-4.
#[test]
fn every_stage_gives_residual_times() {
    const LAW: &str = "{ lognormal = { median = 20, sigma = 0.6 } }";
    let law = Law::lognormal_median_sigma(20.0, 0.6).expect("a law");
    let exact = 500.0 * (law.cdf(25.0) - law.cdf(15.0)) / law.sf(15.0);
    let win = "[closing]\nwin = 0.5";
    let stages = [
        (
            "nurturing",
            Count::Mqls,
            format!("[nurturing]\ndelay = {LAW}\n{win}"),
        ),
        (
            "routing",
            Count::Touched,
            format!("[handoff]\nrouting = {LAW}\n{win}"),
        ),
        (
            "working",
            Count::Opportunities,
            format!("[sales]\nreps = 600\nhold = {LAW}\n{win}"),
        ),
        (
            "recycled",
            Count::Mqls,
            format!("[handoff.recycling]\nshare = 1\ndelay = {LAW}\n{win}"),
        ),
    ];
    let z = stages.map(|(stage, which, rest)| {
        let [left] = see(&pipeline(500, stage, "15", 10, &rest), 81, 100, [which]);
        println!(
            "{stage}: {:.2} against {exact:.2}",
            mean_and_variance(&left).0
        );
        z_of_mean(&left, exact)
    });
    assert_all_z("residual times", &z);
}

/// A nurturable record matures at its hazard, and of records in nurture for 20 days fewer are ready ones with a law of
/// 15 days: shares .5 ready (all gone by then), .3 nurturable, .2 never. Seed 82; 200 replications of 500 records.
#[test]
fn old_records_in_nurture_are_those_that_were_not_ready() {
    let rest = "[nurturing]\nready = 0.5\nnever = 0.2\ndelay = 15\nmaturation_per_day = 0.02\ndecay_per_day = 0.01\n\
                [closing]\nwin = 0.5";
    let [mqls, faded] = see(
        &pipeline(500, "nurturing", "20", 40, rest),
        82,
        200,
        [Count::Mqls, Count::Faded],
    );
    let done = 1.0 - (-0.03f64 * 40.0).exp();
    assert_mean("matured", &mqls, 500.0 * done * 2.0 / 3.0);
    assert_mean("faded", &faded, 500.0 * done / 3.0);
}

/// Who has waited longer is served first, wherever they stand in the file: three records, one rep who holds each for 2
/// days, deals of 100, 10 and 1 in order of age. Exact.
#[test]
fn records_in_the_queue_are_served_by_age() {
    let rest = "[sales]\nreps = 1\nhold = 2\n[closing]\nwin = 1";
    let csv = "id,stage,age_days,value\nyoung,queue,1,1\nold,queue,9,100\nmiddle,queue,4,10\n";
    let funnel = {
        let text = format!(
            "start_date = 2025-01-01\nhorizon = 7\nperiods = 1\n[start]\npipeline = \"open.csv\"\n\
             [channels.inbound]\nleads_per_day = 0\n[deal]\nsize = 1\n{rest}\n"
        );
        let scenario = scenario_with(&text, &[("open.csv", csv)]);
        Funnel::new(&scenario, &scenario.median_draw())
    };
    for record in replicate(&funnel, 83, 4, Record::clone) {
        let revenue: Vec<f64> = record
            .periods
            .iter()
            .map(|day| day.sums[Sum::NewRevenue as usize].round())
            .collect();
        assert_eq!(revenue, [0.0, 0.0, 100.0, 0.0, 10.0, 0.0, 1.0]);
        assert_eq!(
            stocks(&record, Stock::Backlog),
            [2.0, 2.0, 1.0, 1.0, 0.0, 0.0, 0.0]
        );
    }
}

/// A record that has waited 25 of 30 days expires on day 5, one that has waited 5 on day 25. Exact.
#[test]
fn a_record_in_the_queue_has_used_up_part_of_its_patience() {
    let rest = "[handoff]\nexpiry = 30\n[sales]\nreps = 0\nhold = 2\n[closing]\nwin = 1";
    let csv = "id,stage,age_days\nold,queue,25.5\nyoung,queue,5.5\n";
    let funnel = of_rows(csv, 30, rest);
    for record in replicate(&funnel, 84, 2, Record::clone) {
        assert_eq!(count(&record, Count::Expired), 2.0);
    }
    let funnel = of_rows(csv, 20, rest);
    for record in replicate(&funnel, 84, 2, Record::clone) {
        assert_eq!(count(&record, Count::Expired), 1.0);
    }
}

/// Waits are those of leads that reached the queue in the window; a record reached it before. Exact.
#[test]
fn waits_of_records_belong_to_no_window() {
    let rest = "[sales]\nreps = 1\nhold = 2\n[closing]\nwin = 1";
    for record in replicate(&pipeline(10, "queue", "3", 9, rest), 85, 2, Record::clone) {
        assert_eq!(count(&record, Count::Touched), 5.0);
        assert_eq!(count(&record, Count::Queued), 0.0);
        assert_eq!(sum(&record, Sum::WaitDays), 0.0);
    }
}

/// Records of equal age and score go by id: rows in another order are the same pipeline. Exact.
#[test]
fn the_order_of_rows_decides_nothing() {
    let row = |i: u32| {
        let (stage, age) = (["queue", "queue", "working"][i as usize % 3], 3 + i % 2);
        format!("r{i},{stage},{age},{}\n", 100 + i)
    };
    let csv = |order: &[u32]| {
        let rows: String = order.iter().map(|&i| row(i)).collect();
        format!("id,stage,age_days,value\n{rows}")
    };
    let forward: Vec<u32> = (0..40).collect();
    let shuffled: Vec<u32> = (0..40).map(|i| i * 27 % 40).collect();
    let scored = "[nurturing.score]\naccuracy = 0.5\nthreshold = 0\n";
    for order in ["first_come", "score"] {
        let rest = format!(
            "{scored}[sales]\nreps = 2\norder = \"{order}\"\nhold = {{ exponential = {{ mean = 1 }} }}\n\
             [handoff]\nexpiry = 9\n[closing]\nwin = 0.5"
        );
        let records = |rows: &[u32]| {
            let funnel = of_rows(&csv(rows), 12, &rest);
            replicate(&funnel, 86, 20, Record::clone)
        };
        assert_eq!(records(&forward), records(&shuffled), "{order}");
    }
}

/// Records without an id are called by the number of their row, and served in that order. Exact.
#[test]
fn records_without_an_id_are_served_in_the_order_of_their_rows() {
    let rows: String = (0..12).map(|i| format!("queue,5,{}\n", 1 << i)).collect();
    let rest = "[sales]\nreps = 1\nhold = 1\n[closing]\nwin = 1";
    let text = format!("stage,age_days,value\n{rows}");
    for record in replicate(&of_rows(&text, 11, rest), 87, 2, Record::clone) {
        assert_eq!(sum(&record, Sum::NewRevenue).round(), 1_023.0);
    }
}
