//! Opportunities close otherwise, or at other times, than their hazards say.
//!
//! Under hazards `h_c(a, t)` an opportunity of age `a` on day `t` ends in `c` with the density `h_c S`, `S` the
//! exponential of minus the integral of all hazards since it was opened (competing risks; J. D. Kalbfleisch and R. L.
//! Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. 2002, section 8.2).

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::*;
use funnelcast::distribution::Law;
use funnelcast::forecast::{Plan, Unwatched, Workers, replicate as run_all};
use funnelcast::funnel::{Count, Event, Funnel, Reading, Record, Scratch, Stock, Wanted, What};
use funnelcast::random::Decision;
use funnelcast::scenario::Scenario;

/// Leads that all come on day 0, a Wednesday, and are opportunities at once.
fn burst(leads: u32, horizon: u32, rest: &str) -> String {
    format!(
        "start_date = 2025-01-01\nhorizon = {horizon}\nperiods = 1\n[channels.inbound]\nleads_per_day = 0\n\
         pulses.burst = {{ start = 2025-01-01, days = 1, leads_per_day = {leads} }}\n[deal]\nsize = 1\n{rest}"
    )
}

/// `n` records open in the one stage for `age` days, and nothing else.
fn records(n: u32, age: &str, horizon: u32, rest: &str) -> Funnel {
    let rows: String = (0..n)
        .map(|i| format!("deal-{i},opportunity,{age}\n"))
        .collect();
    let text = format!(
        "start_date = 2025-01-01\nhorizon = {horizon}\n[start]\npipeline = \"open.csv\"\n[channels.inbound]\n\
         leads_per_day = 0\n[deal]\nsize = 1\n{rest}"
    );
    let csv = format!("id,stage,age_days\n{rows}");
    let scenario = scenario_with(&text, &[("open.csv", &csv)]);
    Funnel::new(&scenario, &scenario.median_draw())
}

fn run(text: &str) -> Record {
    funnel(text).run(5, 0, &mut Scratch::default())
}

/// Won, lost and undecided, `[outcome][replication]`, and opportunities.
fn see(funnel: &Funnel, seed: u64, n: u64) -> ([Vec<f64>; 3], Vec<f64>) {
    let which = [Count::Won, Count::Lost, Count::NoDecision];
    let seen = replicate(funnel, seed, n, |record| {
        let mut seen = which.map(|which| count(record, which)).to_vec();
        seen.push(count(record, Count::Opportunities));
        seen
    });
    let outcomes = std::array::from_fn(|i| column(&seen, i));
    (outcomes, column(&seen, 3))
}

const CONSTANT: &str = "[closing.hazards]\nwon.ages = { 0 = 0.02 }\nlost.ages = { 0 = 0.05 }\n\
                        no_decision.ages = { 0 = 0.01 }\n";

/// Constant hazards: the share that ends in `c` within `t` days is h_c / h (1 - exp(-h t)), here averaged over the time
/// of day at which leads come. Seed 1; 100 replications of 2,000 leads; |z| <= 4, p 6e-5 each.
#[test]
fn constant_hazards_divide_what_they_end() {
    let total: f64 = 0.08;
    let closed = 1.0 - ((-29.0 * total).exp() - (-30.0 * total).exp()) / total;
    let (outcomes, opened) = see(&funnel(&burst(2_000, 30, CONSTANT)), 1, 100);
    for (seen, hazard) in outcomes.iter().zip([0.02, 0.05, 0.01]) {
        assert_ratio("share", seen, &opened, hazard / total * closed);
    }
}

const BY_AGE_AND_DAY: &str = "[closing.hazards.won]\nages = { 0 = 0.004, 4 = 0.06, '11.5' = 0.015 }\n\
     rhythm.weekday = { sat = 0, sun = 0.5 }\nrhythm.day_of_month = { 31 = 4 }\n\
     level = { initially = 1, 2025-01-09 = 0.4, 2025-01-20 = 1.7 }\n\
     [closing.hazards.lost]\nages = { 0 = 0.03, 20 = 0.01 }\nrhythm.month_of_quarter = { second = 3 }\n";

/// The two hazards of `BY_AGE_AND_DAY`, told anew. Weekdays sum to 5.5; days of the month to 365.25 + 3 * 7 a year;
/// months of the quarter to 5.
fn hazards_by_hand(age: f64, day: usize) -> [f64; 2] {
    let week = match (day + 2) % 7 {
        5 => 0.0,
        6 => 0.5,
        _ => 1.0,
    } * 7.0
        / 5.5;
    let month = if day == 30 { 4.0 } else { 1.0 } * 365.25 / (365.25 + 21.0);
    let level = match day {
        0..8 => 1.0,
        8..19 => 0.4,
        _ => 1.7,
    };
    let won = match age {
        ..4.0 => 0.004,
        4.0..11.5 => 0.06,
        _ => 0.015,
    };
    let quarter = if day >= 31 { 3.0 } else { 1.0 } * 3.0 / 5.0;
    let lost = if age < 20.0 { 0.03 } else { 0.01 };
    [won * week * month * level, lost * quarter]
}

/// Shares of the leads of day 0 that are won and lost on each day, by steps of a 200th of a day for each of 200 times of
/// arrival: a step in which a hazard changes is wrong by half of it, 1e-4 of a day's wins.
fn by_day_by_hand(days: usize) -> [Vec<f64>; 2] {
    const STEPS: usize = 200;
    let mut ends = [vec![0.0; days], vec![0.0; days]];
    for arrival in 0..STEPS {
        let mut open = 1.0 / STEPS as f64;
        for step in arrival..days * STEPS {
            let age = (step - arrival) as f64 / STEPS as f64;
            let day = step / STEPS;
            let hazards = hazards_by_hand(age, day);
            let total = hazards[0] + hazards[1];
            let closed = open * (1.0 - (-total / STEPS as f64).exp());
            for (ends, hazard) in ends.iter_mut().zip(hazards) {
                ends[day] += if total > 0.0 {
                    closed * hazard / total
                } else {
                    0.0
                };
            }
            open -= closed;
        }
    }
    ends
}

/// Hazards that change by age, weekday, day of the month, quarter and date: wins and losses of each day. Seed 2; 100
/// replications of 3,000 leads, 40 days; false alarms at most 1e-4 for each outcome.
#[test]
fn ages_and_the_calendar_act_together() {
    const DAYS: usize = 40;
    let by_hand = by_day_by_hand(DAYS);
    let funnel = funnel(&burst(3_000, DAYS as u32, BY_AGE_AND_DAY));
    for (which, by_hand) in [Count::Won, Count::Lost].into_iter().zip(by_hand) {
        let seen = replicate(&funnel, 2, 100, |record| counts(record, which));
        let by_hand: Vec<f64> = by_hand.iter().map(|share| 3_000.0 * share).collect();
        assert_mean_vector("by day", &seen, &by_hand);
    }
    let won = replicate(&funnel, 2, 10, |record| counts(record, Count::Won));
    assert_eq!(column(&won, 3).iter().sum::<f64>(), 0.0, "a Saturday");
}

const TWO_AGES: &str = "[closing.hazards]\nwon.ages = { 0 = 0.01, 20 = 0.03 }\n\
                        lost.ages = { 0 = 0.04, 20 = 0.02 }\n";

/// P(won within 30 days | open for `age`) under `TWO_AGES`: in each stretch h_won / h of what ends in it.
fn won_in_30(age: f64) -> f64 {
    let young: f64 = (20.0 - age).clamp(0.0, 30.0);
    let grown = (-0.05 * young).exp();
    0.2 * (1.0 - grown) + 0.6 * grown * (1.0 - (-0.05 * (30.0 - young)).exp())
}

/// Records of known age go on from it. Seeds 3 to 6; 100 replications of 2,000 records; |z| <= 4, p 6e-5 each.
#[test]
fn open_records_go_on_from_their_age() {
    for (seed, age) in (3..).zip(["0", "12.5", "20", "400"]) {
        let ([won, ..], _) = see(&records(2_000, age, 30, TWO_AGES), seed, 100);
        let exact = won_in_30(age.parse().unwrap());
        assert_mean(&format!("won, open for {age}"), &won, 2_000.0 * exact);
    }
}

/// Unknown ages have the density of survival, here exp(-.05 a) * .05, for both ages' hazards sum to the same. Seed 7; 100
/// replications of 2,000 records; |z| <= 4, p 6e-5.
#[test]
fn unknown_ages_are_those_of_a_lasting_stock() {
    let ([won, ..], _) = see(&records(2_000, "", 30, TWO_AGES), 7, 100);
    let density = |age: f64| 0.05 * (-0.05 * age).exp();
    let young = integral(|age| density(age) * won_in_30(age), 0.0, 20.0, 500);
    let exact = young + (-1.0f64).exp() * won_in_30(20.0);
    assert_mean("won, open for unknown", &won, 2_000.0 * exact);
}

/// Where nothing ends the last age, ages are those before it: uniform on 0 to 8 with the hazard from 5 on that ends
/// nothing here. Seed 8; 100 replications of 2,000 records; |z| <= 4, p 6e-5.
#[test]
fn a_stock_that_nothing_ends_is_cut_off() {
    let hazards = "[closing.hazards.won]\nages = { 0 = 0, 8 = 1000, 9 = 0 }\n";
    let ([won, ..], _) = see(&records(2_000, "", 4, hazards), 8, 100);
    // Ages have weight 8 before 8 and 1 / 1000 from there on; those above 4 are won when they reach 8.
    assert_mean("won", &won, 2_000.0 * 4.001 / 8.001);
    let ([won, lost, _], _) = see(
        &records(50, "", 40, "[closing.hazards]\nwon.ages = { 0 = 0 }\n"),
        8,
        2,
    );
    assert_eq!((won, lost), (vec![0.0; 2], vec![0.0; 2]));
}

/// A share w after exponential times of mean m is hazards w / m and (1 - w) / m: both ways are told apart by nothing.
/// Seeds 9 and 10; 100 replications of 2,000 leads, 30 days of wins; false alarms at most 1e-4.
#[test]
fn shares_of_exponential_times_are_hazards() {
    let shares = "[closing]\nwin = 0.3\ncycle = { exponential = { mean = 12 } }\n";
    let hazards =
        "[closing.hazards]\nwon.ages = { 0 = 0.025 }\nlost.ages = { 0 = 0.058333333333333334 }\n";
    let [one, other] = [(9, shares), (10, hazards)].map(|(seed, rest)| {
        let funnel = funnel(&burst(2_000, 30, rest));
        replicate(&funnel, seed, 100, |record| counts(record, Count::Won))
    });
    let z: Vec<f64> = (0..30)
        .map(|day| {
            let samples = [&one, &other].map(|sample| mean_and_variance(&column(sample, day)));
            let [(a, va), (b, vb)] = samples;
            (a - b) / ((va + vb) / 100.0).sqrt()
        })
        .collect();
    assert_all_z("wins by day", &z);
}

/// When each lead is won, infinity if it is not.
fn wins(text: &str) -> Vec<(String, f64)> {
    let traced = funnel(text).trace(5, 0, &mut Scratch::default(), Wanted::First(2_000));
    let mut wins: Vec<(String, f64)> = traced
        .stories
        .into_iter()
        .map(|story| {
            let is_won = |what: What| matches!(what, What::Event(Event::Won(_)));
            let won = story.entries.iter().find(|entry| is_won(entry.what));
            (story.lead, won.map_or(f64::INFINITY, |entry| entry.t))
        })
        .collect();
    wins.sort_by(|a, b| a.0.cmp(&b.0));
    wins
}

/// The same luck under a larger hazard of winning: no win is lost, none comes later.
#[test]
fn a_larger_hazard_only_brings_wins_forward() {
    let base = burst(1_500, 60, BY_AGE_AND_DAY);
    let larger = [
        base.replace("4 = 0.06", "4 = 0.09"),
        base.replace("2025-01-09 = 0.4", "2025-01-09 = 0.6"),
        format!("{base}[market.up]\nstart = 2025-01-01\nwin_log_odds = 0.5\n"),
        base.replace("pulses", "win_hazard_ratio = 1.3\npulses"),
    ];
    let before = wins(&base);
    for text in larger {
        let after = wins(&text);
        assert_eq!(before.len(), after.len());
        let pairs = || before.iter().zip(&after);
        assert!(pairs().all(|(a, b)| a.0 == b.0 && b.1 <= a.1), "{text}");
        assert!(pairs().filter(|(a, b)| b.1 < a.1).count() > 50, "{text}");
    }
}

/// Log-odds of winning, ratios by channel and segment, and the cycle lever multiply hazards: the same run as with hazards
/// that are stated so. A power of 2 multiplies without rounding; log-odds of ln 2 and times may differ in the last bits,
/// which moves no event across midnight here.
#[test]
fn shifts_and_ratios_multiply_hazards() {
    let plain = |won: f64, lost: f64| {
        burst(
            2_000,
            40,
            &format!(
                "[closing.hazards]\nwon.ages = {{ 0 = {won}, 9 = {} }}\nlost.ages = {{ 0 = {lost} }}\n",
                2.0 * won
            ),
        )
    };
    let base = plain(0.02, 0.03);
    let market = "[market.up]\nstart = 2025-01-01\nwin_log_odds = 0.6931471805599453\n";
    assert_eq!(run(&format!("{base}{market}")), run(&plain(0.04, 0.03)));
    let ratios = "[channels.other]\nleads_per_day = 0\nwin_hazard_ratio = 9\n[segments.one]\nshare = 1\nwin_hazard_ratio = 4\n\
                  loss_hazard_ratio = 0.5\n";
    let of_channel = "win_hazard_ratio = 0.5\npulses";
    let by_ratio = format!("{base}{ratios}").replace("pulses", of_channel);
    let neutral = "[channels.other]\nleads_per_day = 0\n[segments.one]\nshare = 1\n";
    let stated = format!("{}{neutral}", plain(0.04, 0.015));
    assert_eq!(run(&by_ratio), run(&stated));
    let lever = "[levers.enablement]\nadoption = 1\nstart = 2000-01-01\n\
                 effects = { win = 0, opportunity = 0, cycle = 0.5, leads = 0 }\n";
    assert_eq!(run(&format!("{base}{lever}")), run(&plain(0.04, 0.06)));
}

/// A stage with hazards before one with shares, and a hazard that never comes: whoever is not lost stays open.
#[test]
fn a_hazard_of_nothing_never_comes() {
    let text = burst(
        500,
        400,
        "[closing]\nsequence = [\"demo\", \"offer\"]\n[closing.stages.demo.hazards]\nadvance.ages = { 0 = 1 }\n\
         [closing.stages.offer.hazards]\nadvance.ages = { 0 = 0.5, 2 = 0 }\nlost.ages = { 0 = 0, 1 = 0 }\n",
    );
    let record = run(&text);
    let [won, lost] = [Count::Won, Count::Lost].map(|which| count(&record, which));
    let opened = count(&record, Count::Opportunities);
    assert_eq!(lost, 0.0);
    // One e-th stays open: 6 standard deviations, p 2e-9.
    let open = opened - won;
    let expected = opened / std::f64::consts::E;
    assert!(
        (open - expected).abs() < 6.0 * (0.24 * opened).sqrt(),
        "{open} of {opened}"
    );
    assert_eq!(stocks(&record, Stock::Pipeline)[399], open);
}

/// Numbers beyond all measure neither hang nor break a run.
#[test]
fn extremes_are_survived() {
    for hazard in ["1e308", "1e-308", "{ events = 0, days = 1e15 }"] {
        for ratio in ["1e308", "0", "1e-300"] {
            let text = burst(
                20,
                9,
                &format!(
                    "[closing.hazards.won]\nages = {{ 0 = {hazard}, 1e-9 = {hazard}, 1e300 = 1 }}\nlevel = {ratio}\n\
                     rhythm.weekday = {{ mon = {ratio}, tue = 0 }}\n[segments.all]\nshare = 1\nwin_hazard_ratio = {ratio}\n"
                ),
            );
            let record = run(&text);
            let won = count(&record, Count::Won);
            assert!(won <= count(&record, Count::Opportunities));
        }
    }
}

/// Under another past, who entered before day 0 keeps the ages of then, and the calendar is that of each day. Hazards .05
/// before, .01 after, with a level of 3 from day 0 on: of those of day -10 who are open, .15 a day go. Seed 11; 100
/// replications of 2,000 leads; |z| <= 4, p 6e-5.
#[test]
fn the_past_ends_at_day_0() {
    let plan = "start_date = 2025-01-01\nhorizon = 5\nwarm_up = 20\nperiods = 5\nrecord_warm_up = true\n\
                [channels.inbound]\nleads_per_day = 0\n\
                pulses.burst = { start = 2024-12-22, days = 1, leads_per_day = 2_000 }\n[deal]\nsize = 1\n";
    let past = format!("{plan}[closing.hazards.won.ages]\n0 = 0.05\n");
    let text = format!(
        "{plan}[start]\nwarm_up_under = \"past.toml\"\n[closing.hazards.won]\nages = {{ 0 = 0.01 }}\nlevel = 3\n"
    );
    let scenario = scenario_with(&text, &[("past.toml", &past)]);
    let funnel = Funnel::new(&scenario, &scenario.median_draw());
    let seen = replicate(&funnel, 11, 100, |record| {
        let [.., before, since] = &record.periods[..] else {
            panic!("four periods before day 0 and one since")
        };
        let won = since.counts[Count::Won as usize];
        [won, before.stocks[Stock::Pipeline as usize]]
            .map(f64::from)
            .to_vec()
    });
    let exact = 1.0 - (-0.75f64).exp();
    assert_ratio(
        "won of those open",
        &column(&seen, 0),
        &column(&seen, 1),
        exact,
    );
}

/// Every uniform number is told with the time that it makes, and the first of the times is what happens.
#[test]
fn a_story_tells_the_time_of_each_outcome() {
    let text = burst(300, 30, BY_AGE_AND_DAY);
    let traced = funnel(&text).trace(5, 0, &mut Scratch::default(), Wanted::First(300));
    let mut seen = [0; 3];
    for story in &traced.stories {
        let times = story.entries.iter().filter_map(|entry| match entry.what {
            What::Read {
                decision: Decision::AdvanceTime | Decision::LossTime,
                reading: Reading::Days(days),
                ..
            } => Some(entry.t + days),
            _ => None,
        });
        let times: Vec<f64> = times.collect();
        let [won, lost] = times[..] else {
            panic!("two times")
        };
        let end = story.entries.last().unwrap();
        let (outcome, when) = match end.what {
            What::Event(Event::Won(_)) => (0, won),
            What::Event(Event::Lost(_)) => (1, lost),
            _ => (2, 30.0),
        };
        seen[outcome] += 1;
        assert!((end.t - when).abs() < 1e-9 && when <= won && when <= lost);
    }
    assert!(seen.iter().all(|&n| n > 20), "{seen:?}");
}

#[test]
fn threads_change_nothing() {
    let scenario = scenario(&burst(50, 40, BY_AGE_AND_DAY));
    let plan = Plan {
        seed: 1,
        range: 0..24,
        ..Plan::default()
    };
    let of = |threads| {
        let workers = Workers::new(Some(threads));
        run_all(&[&scenario], &plan, &workers, &Unwatched).expect("nothing fails")
    };
    assert_eq!(of(1), of(2));
    assert_eq!(of(1), of(7));
}

/// Events in time make a Gamma posterior, half an event and no time before unless a prior is stated.
#[test]
fn events_in_time_are_evidence() {
    let law = |evidence: &str| {
        let text = burst(
            1,
            9,
            &format!("[closing.hazards.won.ages]\n\"0\" = {evidence}\n"),
        );
        let scenario = scenario(&text);
        let [doubt] = &scenario.doubts[..] else {
            panic!("one doubt")
        };
        assert_eq!(doubt.path, "closing.hazards.won.ages.0");
        doubt.law.clone()
    };
    let jeffreys = law("{ events = 406, days = 30210 }");
    assert_eq!(jeffreys, Law::gamma(406.5, 1.0 / 30_210.0).unwrap());
    let informed = law("{ events = 0.25, days = 5_210, prior = { events = 0.5, days = 900 } }");
    assert_eq!(informed, Law::gamma(0.75, 1.0 / 6_110.0).unwrap());
}

/// Steps of a level and the market's demand are doubts like any other.
#[test]
fn levels_and_demand_are_drawn_together() {
    let text = burst(
        1,
        9,
        "[closing.hazards.won]\nages = { 0 = 0.1 }\n\
         level = { initially = 1, 2025-01-03 = { lognormal = { median = 1, sigma = 0.1 } }, \
         2025-01-05 = { lognormal = { median = 1, sigma = 0.2 } } }\n\
         [market.step]\nstart = 2025-01-03\ndemand = { lognormal = { median = 1, sigma = 0.1 } }\n\
         [correlations.walk]\n\
         members = [\"closing.hazards.won.level.2025-01-03\", \"closing.hazards.won.level.2025-01-05\", \"market.step.demand\"]\n\
         matrix = [[1, 0.7, 0.2], [0.7, 1, 0], [0.2, 0, 1]]\n",
    );
    let scenario = scenario(&text);
    assert_eq!(scenario.correlations[0].members.len(), 3);
}

/// What `check` says of referrals that feed on themselves is the same for a share of .3 and for hazards that make one.
#[test]
fn the_estimate_of_a_loop_knows_of_hazards() {
    let customers = "[customers]\nterm = 30\nchurn = 0\nreferrals = { per_year = 12 }\n";
    let notes = |closing: &str| {
        let text = burst(1, 300, &format!("{closing}{customers}"));
        let files = BTreeMap::from([(PathBuf::from("plan.toml"), text.into_bytes())]);
        let (_, _, notes) = Scenario::load("plan.toml", &[], &files).expect("no fault");
        let notes: Vec<String> = notes.into_iter().map(|note| note.message).collect();
        notes
    };
    let by_share = notes("[closing]\nwin = 0.3\n");
    assert_eq!(by_share.len(), 1);
    let by_hazard = notes(
        "[closing.hazards]\nwon.ages = { 0 = 0.03, 4 = 0.3 }\nlost.ages = { 0 = 0.05, 4 = 0.5, 5 = 0.7 }\n\
         no_decision.ages = { 0 = 0.02, 4 = 0.2, 5 = 0 }\n",
    );
    assert_eq!(by_hazard, by_share);
}

#[test]
fn what_makes_no_hazard_is_refused() {
    let hazards = "[closing.hazards]\nwon.ages = { 0 = 0.1 }\n";
    let refused = [
        (
            "[closing]\nwin = 0.2\nhazards.won.ages = { 0 = 0.1 }\n",
            "`closing.win` and `closing.hazards` are both stated",
        ),
        (
            "[closing]\nlost_cycle = 9\nhazards.won.ages = { 0 = 0.1 }\n",
            "`closing.lost_cycle` and `closing.hazards` are both stated",
        ),
        (
            "[closing]\nsequence = [\"demo\"]\nstages.demo = { days = 3, hazards = { advance = { ages = { 0 = 1 } } } }\n",
            "`closing.stages.demo.days` and `closing.stages.demo.hazards` are both stated",
        ),
        (
            "[closing.hazards]\nwon.ages = { 1 = 0.1, 2 = 0.2 }\n",
            "the ages of a hazard begin at 1, not at 0",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = 0.1, 7 = 0.2, \"7.0\" = 0.3 }\n",
            "`closing.hazards.won.ages.\"7.0\"` states the age 7 again",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = 0.1, soon = 0.2 }\n",
            "`closing.hazards.won.ages.soon` is no age",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = 0.1, -3 = 0.2, nan = 1, inf = 1 }\n",
            "`closing.hazards.won.ages.-3` is no age",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = -0.1 }\n",
            "outside what it may be",
        ),
        (
            "[closing.hazards]\nlost.ages = { 0 = 0.1 }\n",
            "`closing.hazards.won.ages` is missing",
        ),
        (
            "[closing.hazards]\nwon.level = 2\n",
            "`closing.hazards.won.ages` is missing",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = 0.1 }\ngone.ages = { 0 = 0.1 }\n",
            "`closing.hazards.gone` is the hazard of no outcome",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = { events = 3, days = 0 } }\n",
            "has evidence of no time",
        ),
        (
            "[closing.hazards]\nwon.ages = { 0 = { events = 0, days = 9, prior = { events = 0, days = 0 } } }\n",
            "has evidence that makes no law",
        ),
        (
            "[closing]\nwin = { events = 3, days = 90 }\n",
            "which is for numbers per day only",
        ),
        (
            "[closing]\nwin = 0.2\n[segments.one]\nshare = 1\nwin_hazard_ratio = 2\n",
            "`segments.one.win_hazard_ratio` has no effect: the last stage of closing has no hazards",
        ),
    ];
    for (rest, message) in refused {
        let faults = try_scenario(&burst(1, 9, rest), &[]).expect_err(rest);
        assert!(faults.contains(message), "{rest}{faults}");
    }
    let beside = [
        (
            "[segments.one]\nshare = 1\nwin = 0.2\n",
            "`segments.one.win` has no effect: the last stage of closing has hazards",
        ),
        (
            "[segments.one]\nshare = 1\ncycle = 2\n",
            "`segments.one.cycle` has no effect",
        ),
        (
            "[segments.one]\nshare = 1\nloss_hazard_ratio = 2\n",
            "the last stage of closing has no hazard of being lost",
        ),
    ];
    for (rest, message) in beside {
        let faults = try_scenario(&burst(1, 9, &format!("{hazards}{rest}")), &[]).expect_err(rest);
        assert!(faults.contains(message), "{rest}{faults}");
    }
    let by_cycle = burst(1, 9, hazards).replace("size = 1", "size = 1\ncycle_correlation = 0.5");
    let faults = try_scenario(&by_cycle, &[]).expect_err("no law of the cycle");
    assert!(faults.contains("`deal.cycle_correlation` needs laws of the cycle"));
    let by_shares =
        burst(1, 9, "[closing]\nwin = 0.2\n").replace("horizon = 9", "horizon = 9\nwarm_up = 9");
    let other_past = format!("{by_shares}[start]\nwarm_up_under = \"past.toml\"\n")
        .replace("[closing]\nwin = 0.2\n", hazards);
    let faults = try_scenario(&other_past, &[("past.toml", &by_shares)]).expect_err("mixed");
    assert!(
        faults.contains("differ in what ends the stages of closing"),
        "{faults}"
    );
}
