//! Reps or hours are spent otherwise than a calculation by hand says.
//!
//! Every case is small and certain: leads stand in the queue at day 0, holds and hours are fixed numbers. When each lead is
//! touched is read off the number of touches within an agreed response time, for one such time after the other.

mod common;

use common::*;
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Sum};

/// `n` leads in the queue at midnight of day 0, and no others.
fn run(n: u32, horizon: u32, rest: &str) -> Record {
    run_with_sla(n, horizon, rest, 1_000.0)
}

fn run_with_sla(n: u32, horizon: u32, rest: &str, sla: f64) -> Record {
    let rows: String = (0..n).map(|i| format!("{i},queue,0\n")).collect();
    run_rows(
        &format!("id,stage,age_days\n{rows}"),
        horizon,
        &format!("handoff.sla = {sla}\n{rest}"),
    )
}

fn run_rows(csv: &str, horizon: u32, rest: &str) -> Record {
    let text = format!(
        "start_date = 2025-01-01\nhorizon = {horizon}\nperiods = 1\nstart.pipeline = \"open.csv\"\n\
         channels.inbound.leads_per_day = 0\ndeal.size = 1\n{rest}\n"
    );
    let scenario = scenario_with(&text, &[("open.csv", csv)]);
    Funnel::new(&scenario, &[]).run(1, 0, &mut Scratch::default())
}

/// Fails unless leads are touched at `times`, in order, to a millionth of a day.
#[track_caller]
fn assert_touched_at(times: &[f64], n: u32, horizon: u32, rest: &str) {
    for &time in times {
        let by = |limit: f64| times.iter().filter(|&&time| time <= limit).count() as f64;
        for limit in [time - 1e-6, time + 1e-6] {
            if limit > 0.0 {
                let met = count(&run_with_sla(n, horizon, rest, limit), Count::SlaMet);
                assert_eq!(met, by(limit), "touched within {limit}");
            }
        }
    }
    let record = run(n, horizon, rest);
    assert_eq!(count(&record, Count::Touched), times.len() as f64);
    let by_day: Vec<f64> = (0..horizon)
        .map(|day| {
            times
                .iter()
                .filter(|&&time| time.floor() == f64::from(day))
                .count() as f64
        })
        .collect();
    assert_eq!(counts(&record, Count::Touched), by_day);
}

const WIN: &str = "closing.win = 1";

/// A rep with 8 hours, half of them selling, has 4 hours a day; a lead takes .75 and 3 if accepted, as all are. Day 0 takes
/// one lead, .25 hours are left and carried over; so is .25 more each day, until on day 14 there are 4 + 3.5 = 7.5 hours,
/// two leads. The second is touched when 3.75 hours are spent, 3.5 of which were carried: at 14 + .25 / 4. Then all
/// begins anew.
#[test]
fn hours_left_over_add_up_to_another_lead() {
    let rest = format!(
        "{WIN}\nsales.reps = 1\nsales.pool = {{ selling_share = 0.5, triage_hours = 0.75, acceptance_hours = 3 }}"
    );
    let mut times: Vec<f64> = (0..=14).map(f64::from).collect();
    times.extend([14.0625, 15.0, 16.0]);
    assert_touched_at(&times, 40, 17, &rest);
}

/// At most half a rep's day, 4 hours, is carried over. 1 rep with 3 hours a day and leads of 7 hours: 3, 6, then 4 carried
/// of 6 make 7 on day 2; nothing is left, so one lead every third day: days 2, 5 and 8. With leads of 7.5 hours nobody is
/// ever touched.
#[test]
fn at_most_half_a_day_is_carried_over() {
    let rest = |hours: f64| {
        format!(
            "{WIN}\nsales.reps = 1\nsales.pool = {{ selling_share = 0.375, triage_hours = {hours} }}"
        )
    };
    assert_touched_at(&[2.0, 5.0, 8.0], 40, 10, &rest(7.0));
    assert_touched_at(&[], 40, 30, &rest(7.5));
}

/// 2 reps of 4 hours and leads of 2 hours: four a day, at 0, 1/4, 1/2 and 3/4 of the day; nothing is left over.
#[test]
fn a_pool_that_fits_exactly_four_leads_a_day() {
    let rest =
        format!("{WIN}\nsales.reps = 2\nsales.pool = {{ selling_share = 0.5, triage_hours = 2 }}");
    let times: Vec<f64> = (0..10).map(|i| f64::from(i) / 4.0).collect();
    assert_touched_at(&times, 10, 5, &rest);
    let record = run(10, 5, &rest);
    let of = |which: Sum| -> Vec<f64> {
        record
            .periods
            .iter()
            .map(|day| day.sums[which as usize])
            .collect()
    };
    assert_eq!(of(Sum::Available), [8.0; 5]);
    assert_eq!(of(Sum::Busy), [8.0, 8.0, 4.0, 0.0, 0.0]);
}

/// Opportunities open at the start of a day are paid first. 10 of them, half a day old, close after 5 days, at 4.5; each
/// takes .5 hours a day, 5 of the 4 there are. So the queue gets nothing on days 0 to 4, and on day 5 four leads of 1 hour
/// at each quarter.
#[test]
fn open_opportunities_are_paid_first() {
    let deals: String = (0..10)
        .map(|i| format!("deal-{i},opportunity,0.5\n"))
        .collect();
    let leads: String = (0..6).map(|i| format!("lead-{i},queue,0\n")).collect();
    let csv = format!("id,stage,age_days\n{deals}{leads}");
    let rest = "closing.win = 0\nclosing.cycle = 5\nhandoff.acceptance = 0\nsales.reps = 1\n\
                sales.pool = { selling_share = 0.5, triage_hours = 1, hours_per_open_opportunity = 0.5 }";
    let record = run_rows(&csv, 8, rest);
    assert_eq!(
        counts(&record, Count::Touched),
        [0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 2.0, 0.0]
    );
    assert_eq!(
        counts(&record, Count::Lost),
        [0.0, 0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0]
    );
    for (sla, met) in [(5.2499, 1.0), (5.2501, 2.0), (5.7499, 3.0), (5.7501, 4.0)] {
        let record = run_rows(&csv, 8, &format!("{rest}\nhandoff.sla = {sla}"));
        assert_eq!(count(&record, Count::SlaMet), met, "touched within {sla}");
    }
}

/// Opportunities paid in part leave the rest of the day: 4 opportunities at .5 hours take half of the 4 hours, so leads of
/// 1 hour are touched at 1/2 and 3/4 of each day.
#[test]
fn the_rest_of_the_day_begins_after_the_opportunities() {
    let deals: String = (0..4)
        .map(|i| format!("deal-{i},opportunity,0\n"))
        .collect();
    let leads: String = (0..4).map(|i| format!("lead-{i},queue,0\n")).collect();
    let csv = format!("id,stage,age_days\n{deals}{leads}");
    let rest = "closing.win = 0\nclosing.cycle = 50\nhandoff.acceptance = 0\nsales.reps = 1\n\
                sales.pool = { selling_share = 0.5, triage_hours = 1, hours_per_open_opportunity = 0.5 }";
    for (sla, met) in [
        (0.4999, 0.0),
        (0.5001, 1.0),
        (0.7499, 1.0),
        (0.7501, 2.0),
        (1.4999, 2.0),
        (1.5001, 3.0),
    ] {
        let record = run_rows(&csv, 4, &format!("{rest}\nhandoff.sla = {sla}"));
        assert_eq!(count(&record, Count::SlaMet), met, "touched within {sla}");
    }
}

/// A lead that comes while hours are left is touched as it comes: with hours to spare nobody waits. And no wait is
/// negative: when hours are short, waits of every day are 0 or more. Seed 111; any luck.
#[test]
fn nobody_is_touched_before_arriving() {
    let text = |reps: u32| {
        format!(
            "start_date = 2025-01-01\nhorizon = 60\nperiods = 1\nchannels.inbound.leads_per_day = 8\ndeal.size = 1\n\
             {WIN}\nsales.reps = {reps}\nsales.pool = {{ selling_share = 0.5, triage_hours = 0.5 }}\n"
        )
    };
    for record in replicate(&funnel(&text(1)), 111, 50, Record::clone) {
        assert!(
            record
                .periods
                .iter()
                .all(|day| day.sums[Sum::WaitDays as usize] >= 0.0)
        );
    }
    // 400 hours a day: the share used before the 30th lead of a day is below .04.
    for record in replicate(&funnel(&text(100)), 111, 50, Record::clone) {
        let (waits, touched) = (sum(&record, Sum::WaitDays), count(&record, Count::Touched));
        assert!(
            waits <= 0.002 * touched && touched == count(&record, Count::Leads),
            "{waits} of {touched}"
        );
    }
}

/// One rep, each lead held 2 days, two more reps from day 3 on: touches at 0, 2, 4, 6 and twice at 3, 5, 7.
#[test]
fn reps_join_on_their_date() {
    let rest = format!(
        "{WIN}\nsales.reps = 1\nsales.hold = 2\nsales.hires.spring = {{ reps = 2, start = 2025-01-04 }}"
    );
    assert_touched_at(
        &[0.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 7.0],
        10,
        9,
        &rest,
    );
    let available: Vec<f64> = run(10, 9, &rest)
        .periods
        .iter()
        .map(|day| day.sums[Sum::Available as usize])
        .collect();
    assert_eq!(available, [1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
}

/// The same by a schedule of reps.
#[test]
fn a_schedule_of_reps_grows() {
    let rest = format!("{WIN}\nsales.reps = {{ initially = 1, 2025-01-04 = 3 }}\nsales.hold = 2");
    assert_touched_at(
        &[0.0, 2.0, 3.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 7.0],
        10,
        9,
        &rest,
    );
}

/// Three reps, two of whom leave on day 3, each lead held 2 days: three touches at 0 and 2; who is held on day 3 finishes;
/// from 4 on one rep is left.
#[test]
fn reps_leave_when_they_have_finished() {
    let rest = format!("{WIN}\nsales.reps = {{ initially = 3, 2025-01-04 = 1 }}\nsales.hold = 2");
    assert_touched_at(&[0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 4.0, 6.0, 8.0], 20, 9, &rest);
}

/// All leave on day 2 and one comes back on day 6.
#[test]
fn nobody_is_there_for_a_while() {
    let rest = format!(
        "{WIN}\nsales.reps = {{ initially = 1, 2025-01-03 = 0, 2025-01-07 = 1 }}\nsales.hold = \"12 hours\""
    );
    assert_touched_at(&[0.0, 0.5, 1.0, 1.5, 6.0, 6.5], 6, 9, &rest);
}

/// A hire works at productivity 1 - .5 e^(-a / 10) at age a, so a lead of 2 days takes 4 from day 3, at age 4 it takes 2 /
/// (1 - .5 e^-.4) and so on.
#[test]
fn a_hire_takes_longer_at_first() {
    let rest = format!(
        "{WIN}\nsales.reps = 0\nsales.hold = 2\nsales.hires.spring = {{ reps = 1, start = 2025-01-04 }}\n\
         sales.ramp = {{ start = 0.5, days = 10 }}"
    );
    let mut times = vec![3.0];
    for _ in 0..4 {
        let t: f64 = times[times.len() - 1];
        times.push(t + 2.0 / (1.0 - 0.5 * (-(t - 3.0) / 10.0).exp()));
    }
    let horizon = times[4].ceil() as u32;
    assert_touched_at(&times[..5], 20, horizon, &rest);
}

/// Hours of a hire over the first 180 days at .15 and a time constant of 60 days: 4 a day times the integral of
/// 1 - .85 e^(-a / 60), whose mean is .73077300.
#[test]
fn hours_of_a_hire_rise() {
    let rest = format!(
        "{WIN}\nsales.reps = 0\nsales.pool = {{ selling_share = 0.5, triage_hours = 1 }}\n\
         sales.hires.spring = {{ reps = 1, start = 2025-01-01 }}\nsales.ramp = {{ start = 0.15, days = 60 }}"
    );
    let hours = sum(&run(1, 180, &rest), Sum::Available);
    let lost = 0.85 * 60.0 * (1.0 - (-3.0f64).exp());
    assert!((hours - 4.0 * (180.0 - lost)).abs() < 1e-9, "{hours}");
    assert!((hours / (4.0 * 180.0) - 0.730_773_00).abs() < 5e-9);
}

/// By score, the best of those waiting is taken first, equal ones in order of arrival: five records, one rep, one day
/// each. Values tell them apart.
#[test]
fn the_best_score_is_served_first() {
    let csv = "id,stage,age_days,value,score\na,queue,0,1,0.3\nb,queue,0,10,1.5\nc,queue,0,100,-1\n\
               d,queue,0,1000,0.9\ne,queue,0,10000,2.5\n";
    let rest = format!(
        "{WIN}\nsales.reps = 1\nsales.hold = 1\nsales.order = \"score\"\n\
                        nurturing.score = {{ accuracy = 0.5, threshold = -2 }}"
    );
    let record = run_rows(csv, 7, &rest);
    let revenue: Vec<f64> = record
        .periods
        .iter()
        .map(|day| day.sums[Sum::NewRevenue as usize].round())
        .collect();
    assert_eq!(revenue, [0.0, 10_000.0, 10.0, 1_000.0, 1.0, 100.0, 0.0]);
}

/// A lead that nobody takes expires when its time is over; one that is taken before does not: one rep, leads of 2 days,
/// patience of 3 days: touches at 0 and 2, the other four expire on day 3.
#[test]
fn leads_expire_in_the_queue() {
    let rest = format!("{WIN}\nsales.reps = 1\nsales.hold = 2\nhandoff.expiry = 3");
    let csv =
        "id,stage,age_days\na,queue,0\nb,queue,0\nc,queue,0\nd,queue,0\ne,queue,0\nf,queue,0\n";
    let record = run_rows(csv, 6, &rest);
    assert_eq!(
        counts(&record, Count::Touched),
        [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(
        counts(&record, Count::Expired),
        [0.0, 0.0, 0.0, 4.0, 0.0, 0.0]
    );
}

/// A lead that sales always rejects and always returns is touched once and as often more as the limit says, one day after
/// the other; a limit that would run into the luck of other leads, as passes are counted in 6 bits, is refused.
#[test]
fn a_lead_returns_as_often_as_the_limit_says() {
    for limit in [1, 5, 63] {
        let rest = format!(
            "{WIN}\nhandoff.acceptance = 0\nhandoff.recycling = {{ share = 1, delay = 1, limit = {limit} }}"
        );
        let record = run(3, 150, &rest);
        assert_eq!(count(&record, Count::Touched), 3.0 * f64::from(limit + 1));
        assert_eq!(count(&record, Count::Rejected), 3.0);
    }
    let too_often = "start_date = 2025-01-01\nhorizon = 9\nchannels.inbound.leads_per_day = 1\nclosing.win = 1\ndeal.size = 1\n\
                     handoff.recycling = { share = 1, delay = 1, limit = 64 }";
    let fault = try_scenario(too_often, &[]).expect_err("64 is too often");
    assert!(fault.contains("handoff.recycling.limit"), "{fault}");
}
