//! Arrivals follow the calendar otherwise than its rhythms say.
//!
//! Arrivals with rate `lambda m(t)` are Poisson with mean `lambda` times the integral of `m` (thinned and added Poisson
//! processes stay Poisson). Every table of multipliers counts relative to its mean.

mod common;

use common::*;
use funnelcast::funnel::{Count, Funnel};

/// 40 leads a day from a Monday in a leap year on, with these rhythms and whatever else.
fn arrivals(days: u32, periods: &str, rest: &str) -> Funnel {
    funnel(&format!(
        r#"
start_date = 2024-01-01
horizon = "{days} days"
periods = {periods}
[channels.inbound]
leads_per_day = 40
{rest}
[closing]
win = 0.2
[deal]
size = 1
"#
    ))
}

fn leads(funnel: &Funnel, seed: u64, n: u64) -> Vec<Vec<f64>> {
    replicate(funnel, seed, n, |record| counts(record, Count::Leads))
}

/// A yearly wave of .08 with its top at midnight of 1 February (day 31): the first 90 days bring 40 (90 + .08 / w
/// (sin w 59 + sin w 31)), w = 2 pi / 365.25; counts stay Poisson, and periods independent. Seed 101; 4,000
/// replications; means |z| <= 4, p 6e-5; variance p 1e-5.
#[test]
fn yearly_wave() {
    let funnel = arrivals(
        90,
        "30",
        "[rhythms.annual]\namplitude = 0.08\npeak = \"02-01\"",
    );
    let seen = leads(&funnel, 101, 4_000);
    let omega = std::f64::consts::TAU / 365.25;
    let by =
        |t: f64| 40.0 * (t + 0.08 / omega * ((omega * (t - 31.0)).sin() + (omega * 31.0).sin()));
    assert_mean_vector(
        "by 30 days",
        &seen,
        &[by(30.0), by(60.0) - by(30.0), by(90.0) - by(60.0)],
    );
    let total: Vec<f64> = seen.iter().map(|periods| periods.iter().sum()).collect();
    assert_mean("90 days", &total, by(90.0));
    assert_variance("90 days", &total, by(90.0), 1.0 / by(90.0));
}

/// The wave goes on over the years: of 1,461 days, four years with one leap day, the wave sums to nothing, but for the
/// day of the year starting anew each 1 January, which moves it by less than one day: 40 * .5 * 4 at most in 58,440.
/// Seed 102; 200 replications.
#[test]
fn the_wave_sums_to_nothing_over_four_years() {
    let funnel = arrivals(
        1_461,
        "1461",
        "[rhythms.annual]\namplitude = 0.5\npeak = \"10-15\"",
    );
    let total = column(&leads(&funnel, 102, 200), 0);
    let (mean, variance) = mean_and_variance(&total);
    let bound = 80.0 + 4.0 * (variance / 200.0).sqrt();
    assert!((mean - 58_440.0).abs() < bound, "{mean} ± {bound}");
}

/// Weekdays 2 and weekends 0 mean 1.4 on weekdays, as 2024 begins on a Monday. Seed 103; 2,000 replications of two
/// weeks; 1e-4 for all 14 days; weekends are exactly empty.
#[test]
fn weekdays() {
    let weekday =
        "[rhythms.weekday]\nmon = 2\ntue = 2\nwed = 2\nthu = 2\nfri = 2\nsat = 0\nsun = 0";
    let seen = leads(&arrivals(14, "1", weekday), 103, 2_000);
    let expected: Vec<f64> = (0..14)
        .map(|day| if day % 7 < 5 { 56.0 } else { 0.0 })
        .collect();
    assert_mean_vector("leads by day", &seen, &expected);
}

/// Months of a quarter .5, 1 and 2.1 have the mean 1.2. Seed 104; 1,000 replications of six months (31, 29, 31, 30, 31,
/// 30 days); 1e-4 for all.
#[test]
fn months_of_the_quarter() {
    let rest = "[rhythms.month_of_quarter]\nfirst = 0.5\nsecond = 1\nthird = 2.1";
    let seen = leads(&arrivals(182, "\"month\"", rest), 104, 1_000);
    let months = [
        (31.0, 0.5),
        (29.0, 1.0),
        (31.0, 2.1),
        (30.0, 0.5),
        (31.0, 1.0),
        (30.0, 2.1),
    ];
    assert_mean_vector(
        "leads by month",
        &seen,
        &months.map(|(days, multiplier)| 40.0 * days * multiplier / 1.2),
    );
}

/// Ten times as many on the 1st and none on the 31st: relative to the mean of a year of 365.25 days, in which a 31st
/// comes 7 times. Seed 105; 2,000 replications of January and 1 February; 1e-4 for all days.
#[test]
fn days_of_the_month() {
    let seen = leads(
        &arrivals(32, "1", "[rhythms.day_of_month]\n1 = 10\n31 = 0"),
        105,
        2_000,
    );
    let mean = (12.0 * 10.0 + 365.25 - 12.0 - 7.0) / 365.25;
    let multiplier = |day: usize| match day {
        0 | 31 => 10.0,
        30 => 0.0,
        _ => 1.0,
    };
    let expected: Vec<f64> = (0..32).map(|day| 40.0 * multiplier(day) / mean).collect();
    assert_mean_vector("leads by day", &seen, &expected);
}

/// Rhythms multiply, and a pulse adds to the rate before they do: from Saturday 6 January 5 days of 60 more, weekends at
/// .5 and weekdays 1.2 (mean 1). Seed 106; 2,000 replications; 1e-4 for all days.
#[test]
fn a_pulse_adds_to_the_rate() {
    let rest = "[channels.inbound.pulses.fair]\nstart = 2024-01-06\ndays = 5\nleads_per_day = 60\n\
                [rhythms.weekday]\nmon = 1.2\ntue = 1.2\nwed = 1.2\nthu = 1.2\nfri = 1.2\nsat = 0.5\nsun = 0.5";
    let seen = leads(&arrivals(14, "1", rest), 106, 2_000);
    let expected: Vec<f64> = (0..14)
        .map(|day| {
            let rate = if (5..10).contains(&day) { 100.0 } else { 40.0 };
            rate * if day % 7 < 5 { 1.2 } else { 0.5 }
        })
        .collect();
    assert_mean_vector("leads by day", &seen, &expected);
}

/// A rate that changes by date holds from the morning of that date on; and in a warm-up the calendar runs backwards from
/// day 0: 25 December 2023 was a Monday. Seed 107; 2,000 replications; 1e-4 for all days.
#[test]
fn a_schedule_holds_from_its_date_on_and_the_warm_up_has_its_own_days() {
    let funnel = funnel(
        r#"
start_date = 2024-01-01
horizon = 7
periods = 1
warm_up = 7
record_warm_up = true
[channels.inbound]
leads_per_day = { initially = 20, 2023-12-28 = 40, 2024-01-03 = 80 }
[rhythms.weekday]
mon = 7
tue = 0
[closing]
win = 0.2
[deal]
size = 1
"#,
    );
    let seen = leads(&funnel, 107, 2_000);
    let weekday = [7.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0].map(|multiplier| multiplier * 7.0 / 12.0);
    let rate = [
        20.0, 20.0, 20.0, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 80.0, 80.0, 80.0, 80.0, 80.0,
    ];
    let expected: Vec<f64> = (0..14).map(|day| rate[day] * weekday[day % 7]).collect();
    assert_mean_vector("leads by day", &seen, &expected);
}

/// Within a day leads come evenly: of those that take exactly half a day to qualify, half do on the day they came.
/// Seed 108; 1,000 replications of one day; |z| <= 4, p 6e-5.
#[test]
fn leads_come_evenly_over_the_day() {
    let seen = replicate(
        &arrivals(1, "1", "[nurturing]\ndelay = \"6 hours\""),
        108,
        1_000,
        |record| vec![count(record, Count::Leads), count(record, Count::Mqls)],
    );
    assert_ratio(
        "qualified on day 0",
        &column(&seen, 1),
        &column(&seen, 0),
        0.75,
    );
}
