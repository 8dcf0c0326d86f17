//! Reps leave, come late or work less than they should, or are paid while nobody sits there.
//!
//! A seat whose holders stay for an exponential time of rate a and are replaced after a mean time L is filled for a share
//! 1 / (1 + a L) of the time (renewal theory, D. R. Cox, 1962). Productivity 1 - (1 - y) e^(-age / tau) with instant
//! replacement has the stationary mean 1 - (1 - y) a / (a + 1 / tau). A quota of 365.25 a year makes the quota of a day the
//! rep-time of that day.

mod common;

use common::*;
use funnelcast::funnel::{Count, Funnel, Scratch, Siblings, Sum};

/// A team, and leads as they may come.
fn team(leads_per_day: f64, warm_up: u32, horizon: u32, sales: &str) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = {horizon}
periods = 1
warm_up = {warm_up}
channels.inbound.leads_per_day = {leads_per_day}
closing.win = 0.5
deal.size = 100
costs.rep_salary_per_year = 36_525
sales.quota_per_rep_per_year = 365.25
{sales}
"#
    )
}

/// Hours of a pool and rep-time of every replication.
fn hours_and_reps(text: &str, seed: u64, n: u64) -> [Vec<f64>; 2] {
    let seen = replicate(&funnel(text), seed, n, |record| {
        vec![sum(record, Sum::Available), sum(record, Sum::Quota)]
    });
    [0, 1].map(|i| column(&seen, i))
}

const POOL: &str = "sales.pool = { selling_share = 0.5, triage_hours = 1 }";
const RAMP: &str = "sales.ramp = { start = 0.15, days = 60 }";

/// Attrition of .25 a year and instant replacement: mean productivity .96644737 of all rep-time, which is complete. A team
/// that begins fully ramped has forgotten that after 900 days, to e^-15. Seed 71; 1,000 replications; |z| <= 4, p 6e-5.
#[test]
fn a_team_that_is_always_replaced_at_once() {
    let sales = format!(
        "sales.reps = 12\nsales.attrition = {{ per_year = \"25%\", replacement = 0 }}\n{POOL}\n{RAMP}"
    );
    let [hours, reps] = hours_and_reps(&team(0.01, 900, 365, &sales), 71, 1_000);
    assert!(reps.iter().all(|&reps| (reps - 12.0 * 365.0).abs() < 1e-6));
    let productivity: Vec<f64> = hours
        .iter()
        .zip(&reps)
        .map(|(h, r)| h / (4.0 * r))
        .collect();
    assert_mean("productivity", &productivity, 0.966_447_37);
}

/// Unless stated, a seat is empty for a gamma time of shape 4 and mean 60 days: of the time, 1460 / (1460 + 60) is worked,
/// by reps who hold one lead as by a pool. Seed 72; 1,000 replications; |z| <= 4, p 6e-5.
#[test]
fn a_seat_is_empty_for_the_usual_time() {
    for capacity in ["sales.hold = 0.1", POOL, ""] {
        let sales = format!("sales.reps = 12\nsales.attrition.per_year = 0.25\n{capacity}");
        let [_, reps] = hours_and_reps(&team(0.01, 900, 365, &sales), 72, 1_000);
        let filled: Vec<f64> = reps.iter().map(|reps| reps / (12.0 * 365.0)).collect();
        assert_mean("filled", &filled, 1460.0 / 1520.0);
    }
}

/// Ten reps decided on on day 30 come after a gamma time of mean 60 days, each their own: of 365 days they are there for
/// 275, and the first is there long before the last. Seed 73; 1,000 replications; |z| <= 4, p 6e-5.
#[test]
fn hires_come_late() {
    let sales = "sales.reps = 0\nsales.hold = 1\nsales.hires.spring = { reps = 10, start = 2025-01-31, \
                 lead_time = { gamma = { shape = 4, mean = 60 } } }";
    let text = team(0.01, 0, 365, sales);
    let [available, reps] = hours_and_reps(&text, 73, 1_000);
    assert_mean("rep-time", &reps, 10.0 * 275.0);
    assert_eq!(available, reps);
    let record = funnel(&text).run(73, 0, &mut Scratch::default());
    let partly = record.periods.iter().filter(|day| {
        let reps = day.sums[Sum::Quota as usize];
        reps > 0.0 && reps < 10.0
    });
    assert!(partly.count() > 20);
}

/// Whoever has left takes no lead: a rep who is never replaced touches L / a (1 - e^(-a T)) leads of L a day. Seed 74;
/// 2,000 replications; |z| <= 4, p 6e-5.
#[test]
fn who_has_left_takes_no_lead() {
    let sales =
        "sales.reps = 1\nsales.hold = 0\nsales.attrition = { per_year = 12, replacement = 36_500 }";
    let touched = replicate(&funnel(&team(5.0, 0, 60, sales)), 74, 2_000, |record| {
        count(record, Count::Touched)
    });
    let a = 12.0 / 365.0;
    assert_mean("touched", &touched, 5.0 / a * (1.0 - (-a * 60.0f64).exp()));
}

/// A hazard and a time to fill seats by date: nobody leaves before day 30, and from day 60 on nobody is replaced, so that
/// every seat is worth less than the day before on average. Seed 75; 400 replications; |z| <= limit.
#[test]
fn attrition_may_change_by_date() {
    let sales = "sales.reps = 8\nsales.attrition = { per_year = { initially = 0, 2025-01-31 = 6 }, \
                 replacement = { initially = 0, 2025-03-02 = 36_500 } }";
    let rep_time = replicate(&funnel(&team(0.01, 0, 120, sales)), 75, 400, |record| {
        record
            .periods
            .iter()
            .map(|day| day.sums[Sum::Quota as usize])
            .collect::<Vec<f64>>()
    });
    let a: f64 = 6.0 / 365.0;
    let left = |day: usize| match day {
        0..60 => 8.0,
        _ => 8.0 * (-a * (day as f64 - 60.0)).exp() * (1.0 - (-a).exp()) / a,
    };
    assert!(
        rep_time
            .iter()
            .all(|days| days[..60].iter().all(|&reps| (reps - 8.0).abs() < 1e-9))
    );
    let later: Vec<Vec<f64>> = rep_time.iter().map(|days| days[60..].to_vec()).collect();
    assert_mean_vector(
        "rep-time",
        &later,
        &(60..120).map(left).collect::<Vec<f64>>(),
    );
}

/// A seat that is empty has no quota and no salary: cost is 100 a day and 1 of quota, quota_attainment is revenue over
/// quota per rep and rep-time, day by day.
#[test]
fn quota_and_salary_follow_rep_time() {
    let attrition = "sales.attrition = { per_year = 4, replacement = 20 }";
    for capacity in ["sales.hold = 0.3", POOL] {
        let sales = format!("sales.reps = 5\n{attrition}\n{capacity}\n{RAMP}");
        let record = funnel(&team(3.0, 30, 200, &sales)).run(76, 1, &mut Scratch::default());
        let mut vacant = 0;
        for day in &record.periods {
            let [cost, reps] = [Sum::SalaryCost, Sum::Quota].map(|which| day.sums[which as usize]);
            assert!((cost - 100.0 * reps).abs() < 1e-9 && (0.0..=5.0 + 1e-9).contains(&reps));
            vacant += usize::from(reps < 4.5);
        }
        assert!(vacant > 20, "{vacant} days");
    }
}

/// One seat more adds that seat and moves nobody else's luck, nor does a hire.
#[test]
fn a_seat_more_leaves_the_luck_of_the_others_alone() {
    let rep_time = |sales: &str| -> Vec<f64> {
        let sales = format!("{sales}\nsales.attrition = {{ per_year = 5, replacement = 25 }}");
        let record = funnel(&team(0.01, 40, 200, &sales)).run(77, 3, &mut Scratch::default());
        record
            .periods
            .iter()
            .map(|day| day.sums[Sum::Quota as usize])
            .collect()
    };
    let hire = "sales.hires.a = { reps = 2, start = 2025-02-01, lead_time = { exponential = { mean = 20 } } }";
    let [five, six] = [5, 6].map(|n| rep_time(&format!("sales.reps = {n}")));
    let hired = rep_time(&format!("sales.reps = 0\n{hire}"));
    let both = rep_time(&format!("sales.reps = 5\n{hire}"));
    assert!(five.iter().any(|&reps| reps < 4.5) && hired.iter().any(|&reps| reps > 1.5));
    for day in 0..200 {
        let more = six[day] - five[day];
        assert!((-1e-9..1.0 + 1e-9).contains(&more), "{more} on day {day}");
        assert!((both[day] - five[day] - hired[day]).abs() < 1e-9);
    }
}

/// At a hazard of 0 nobody leaves, to the bit; a lead time of 0 is none, but for how sums are taken.
#[test]
fn nobody_leaves_at_a_hazard_of_0() {
    let hire = "sales.hires.a = { reps = 2, start = 2025-02-01 }";
    for capacity in ["sales.hold = 0.3", POOL] {
        let run = |more: &str| {
            let sales = format!("sales.reps = 3\n{capacity}\n{RAMP}\n{more}");
            funnel(&team(6.0, 20, 100, &sales)).run(78, 2, &mut Scratch::default())
        };
        let plain = run(hire);
        assert_eq!(plain, run(&format!("{hire}\nsales.attrition.per_year = 0")));
        let drawn = run(&hire.replace(" }", ", lead_time = 0 }"));
        assert_eq!(counts(&plain, Count::Won), counts(&drawn, Count::Won));
        for (a, b) in plain.periods.iter().zip(&drawn.periods) {
            assert!(
                a.sums
                    .iter()
                    .zip(&b.sums)
                    .all(|(a, b)| (a - b).abs() < 1e-6)
            );
        }
    }
}

/// A team that is drawn is drawn for all days, so that scenarios whose teams differ from day 0 on only share no warm-up;
/// under another past, nobody leaves before day 0.
#[test]
fn teams_that_differ_later_have_their_own_past() {
    let text = |later: &str| {
        let sales = format!(
            "sales.reps = 4\n{POOL}\nsales.attrition = {{ replacement = 9, per_year = {{ initially = 3, {later} }} }}"
        );
        team(4.0, 60, 90, &sales)
    };
    let funnels: Vec<Funnel> = ["2025-02-01 = 0", "2025-02-01 = 12", "2025-02-01 = 0"]
        .map(|later| funnel(&text(later)))
        .to_vec();
    let siblings = Siblings::new(&funnels);
    assert_eq!(siblings.n_warm_ups(), 2);
    let mut scratch = Scratch::default();
    let alone: Vec<_> = funnels
        .iter()
        .map(|funnel| funnel.run(79, 0, &mut scratch))
        .collect();
    assert_eq!(siblings.run(79, 0, &mut scratch, |_| ()), alone);

    let past = team(4.0, 60, 90, &format!("sales.reps = 4\n{POOL}"));
    let more = "start.warm_up_under = \"past.toml\"\nrecord_warm_up = true\n";
    let own = scenario_with(&(text("2025-02-01 = 12") + more), &[("past.toml", &past)]);
    let record = Funnel::new(&own, &[]).run(79, 0, &mut scratch);
    let (before, after) = record.periods.split_at(60);
    assert!(
        before
            .iter()
            .all(|day| day.sums[Sum::Quota as usize] == 4.0)
    );
    assert!(after.iter().any(|day| day.sums[Sum::Quota as usize] < 3.0));
}
