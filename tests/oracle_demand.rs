//! Spend brings other leads, brand, promotions and the market act otherwise than their equations say, or something is
//! not as it was where they are not used.
//!
//! Means by day against closed forms, by the rule of `common`; costs are no matter of luck and must be exact.

mod common;

use common::*;
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Siblings, Stock, Sum, Tally};
use funnelcast::scenario::Scenario;

/// Days of a month of money.
const MONTH: f64 = 365.25 / 12.0;

/// A scenario from 1 January 2025, a Wednesday, by day; every lead is an opportunity at once, a fifth of them is won.
fn text(days: u32, rest: &str) -> String {
    format!(
        "start_date = 2025-01-01\nhorizon = {days}\nperiods = 1\nrecord_warm_up = true\nclosing.win = 0.2\n\
         deal.size = 1\n{rest}"
    )
}

fn leads(funnel: &Funnel, seed: u64, n: u64) -> Vec<Vec<f64>> {
    replicate(funnel, seed, n, |record| counts(record, Count::Leads))
}

fn cost_by_day(funnel: &Funnel) -> Vec<f64> {
    let record = funnel.run(1, 0, &mut Scratch::default());
    let costs = record.periods.iter().map(Tally::cost);
    costs.collect()
}

#[track_caller]
fn assert_close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (day, (found, expected)) in found.iter().zip(expected).enumerate() {
        let slack = 1e-9 * expected.abs().max(1.0);
        assert!(
            (found - expected).abs() <= slack,
            "{what}, day {day}: {found}, not {expected}"
        );
    }
}

// -- Spend

/// Retention .6 a day and spend 10, 10, 10, 0, 0 make the adstock 10, 16, 19.6, 11.76, 7.056; the engine tells it as
/// spend, that is times .4. Where 4 of it bring half of 100 leads, it brings 100 a / (4 + a). Seed 401; 4,000
/// replications; 1e-4 for all days.
#[test]
fn adstock_through_the_engine() {
    let rest = "warm_up = 1\n[channels.paid]\nmedia_per_month = { initially = 0, 2025-01-01 = 10, 2025-01-04 = 0 }\n\
                response = { leads_per_day_at_most = 100, half_at_per_month = 4 }\n\
                carry_over.half_life = 1.35691545";
    let seen = leads(&funnel(&text(5, rest)), 401, 4_000);
    let adstock = [0.0, 10.0, 16.0, 19.6, 11.76, 7.056].map(|a| 0.4 * a);
    assert_mean_vector(
        "leads by day",
        &seen,
        &adstock.map(|a| 100.0 * a / (4.0 + a)),
    );
}

/// Two Michaelis channels (300, 50) and (200, 20) with a budget of 100: the split of equal marginal yields brings
/// 297.10627421, equal halves 292.85714286. Seed 402; 4,000 paired replications of one day; |z| <= 4 each.
#[test]
fn the_best_split_of_a_budget() {
    let yields = |x: f64, y: f64| {
        let rest = format!(
            "[channels.one]\nmedia_per_month = {x}\nresponse = {{ leads_per_day_at_most = 300, half_at_per_month = 50 }}\n\
             [channels.two]\nmedia_per_month = {y}\nresponse = {{ leads_per_day_at_most = 200, half_at_per_month = 20 }}"
        );
        column(&leads(&funnel(&text(1, &rest)), 402, 4_000), 0)
    };
    let (best, halves) = (yields(62.10778748, 37.89221252), yields(50.0, 50.0));
    assert_mean("best split", &best, 297.10627421);
    assert_mean("halves", &halves, 292.85714286);
    let gain: Vec<f64> = best.iter().zip(&halves).map(|(a, b)| a - b).collect();
    assert_mean("gain", &gain, 297.10627421 - 292.85714286);
}

/// A cut for three weeks, by forms of carry-over and of the response, against sums over all earlier days written out here.
/// Seed 403; 500 replications of 90 days each; 1e-4 for all days of a form.
#[test]
fn a_cut_and_the_recovery() {
    let spent = |day: i32| if (10..31).contains(&day) { 5.0 } else { 30.0 };
    let geometric = |ago: i32| 0.5f64.powf(1.0 / 7.0).powi(ago);
    let delayed = |ago: i32| {
        let weeks = f64::from(ago - 9) / 7.0;
        if ago < 40 {
            0.6f64.powf(weeks * weeks)
        } else {
            0.0
        }
    };
    let forms: [(&str, &dyn Fn(i32) -> f64); 3] = [
        ("carry_over = { half_life = \"1 week\" }", &geometric),
        ("carry_over = { retention_per_week = \"50%\" }", &geometric),
        (
            "carry_over = { retention_per_week = 0.6, peak = 9, length = 40 }",
            &delayed,
        ),
    ];
    for (form, weight) in forms {
        for shape in [1.0, 2.5] {
            let rest = format!(
                "[channels.paid]\nleads_per_day = 10\n\
                 media_per_month = {{ initially = 30, 2025-01-11 = 5, 2025-02-01 = 30 }}\n\
                 response = {{ leads_per_day_at_most = 80, half_at_per_month = 20, shape = {shape} }}\n{form}"
            );
            let seen = leads(&funnel(&text(90, &rest)), 403, 500);
            let total: f64 = (0..2_000).map(weight).sum();
            let expected: Vec<f64> = (0..90)
                .map(|day| {
                    let sum: f64 = (0..2_000).map(|ago| weight(ago) * spent(day - ago)).sum();
                    let acting = (sum / total).powf(shape);
                    10.0 + 80.0 * acting / (20f64.powf(shape) + acting)
                })
                .collect();
            assert!(expected[30] < 0.8 * expected[0]);
            assert_mean_vector(form, &seen, &expected);
        }
    }
}

/// Constant spend acts as what it is, whatever carries over, from the first day on: to the bit.
#[test]
fn constant_spend_is_at_rest() {
    let record = |carry_over: &str| {
        let rest = format!(
            "warm_up = 20\n[channels.paid]\nmedia_per_month = 777.7\n\
             response = {{ leads_per_day_at_most = 80, half_at_per_month = 543.2, shape = 1.3 }}\n{carry_over}"
        );
        funnel(&text(60, &rest)).run(3, 1, &mut Scratch::default())
    };
    let plain = record("");
    for carry_over in [
        "carry_over.half_life = 0",
        "carry_over.half_life = 40",
        "carry_over.retention_per_week = 0",
        "carry_over.retention_per_week = 0.99",
        "carry_over = { retention_per_week = 0.6, peak = 11 }",
        "carry_over = { half_life = 0, peak = 11 }",
        "carry_over = { half_life = 5, peak = 300, length = 20 }",
    ] {
        assert_eq!(plain, record(carry_over), "{carry_over}");
    }
}

/// Media that overlap by .4: of 60 and 20 leads 8 are the same people, taken from both in proportion. Outreach: 50
/// contacts a day of whom 10 % reply, until a list of 120 is used up. Seed 404; 4,000 replications of 4 days; 1e-4.
#[test]
fn overlaps_waste_and_lists_end() {
    let rest = "[channels.a]\nmedia_per_month = 30\nresponse = { leads_per_day_at_most = 80, half_at_per_month = 10 }\n\
                [channels.b]\nleads_per_day = 7\nmedia_per_month = 30\n\
                response = { leads_per_day_at_most = 80, half_at_per_month = 90 }\n\
                [channels.calls]\noutreach = { contacts_per_day = 50, reply_rate = 0.1, cost_per_contact = 3, list_size = 120 }\n\
                [overlaps.web]\nchannels = [\"b\", \"a\"]\nshare = 0.4";
    let funnel = funnel(&text(4, rest));
    let contacts = [50.0, 50.0, 20.0, 0.0];
    let seen = leads(&funnel, 404, 4_000);
    assert_mean_vector(
        "leads",
        &seen,
        &contacts.map(|n| 60.0 + 20.0 + 7.0 - 8.0 + 0.1 * n),
    );
    let cost = contacts.map(|contacts| 60.0 / MONTH + 3.0 * contacts);
    assert_close("cost", &cost_by_day(&funnel), &cost);
}

// -- Brand, promotions, market

/// The brand's ratio to day 0, media cut to a quarter for 100 days: towards .5 (square root), back to 1.
fn brand_ratio(day: f64) -> f64 {
    let fallen = |days: f64| 0.5 + 0.5 * (-days / 80.0).exp();
    if day <= 100.0 {
        fallen(day)
    } else {
        1.0 + (fallen(100.0) - 1.0) * (-(day - 100.0) / 80.0).exp()
    }
}

/// The solution of dB/dt = build x^.5 - B / 80: stated leads go by its ratio to the power .3, log-odds of winning by .4
/// times its logarithm, and what media bring does not know of it. Seed 405; 1,500 replications of 300 days; 1e-4 for all.
#[test]
fn the_brand_is_a_stock() {
    let rest = "warm_up = 10\n[channels.content]\nleads_per_day = 50\n[channels.other]\nleads_per_day = 20\n\
                brand_elasticity = 0\n[channels.paid]\nmedia_per_month = 10\n\
                response = { leads_per_day_at_most = 20, half_at_per_month = 10 }\n\
                [brand]\nmedia_per_month = { initially = 400, 2025-01-01 = 100, 2025-04-11 = 400 }\nmemory = 80\n\
                lead_elasticity = 0.3\nwin_effect = 0.4";
    let funnel = funnel(&text(300, rest));
    let seen = replicate(&funnel, 405, 1_500, |record| {
        [counts(record, Count::Leads), counts(record, Count::Won)].concat()
    });
    let ratio = |day: i32| brand_ratio(f64::from(day.max(0)));
    let leads = |day: i32| 50.0 * ratio(day).powf(0.3) + 20.0 + 10.0;
    let won = |day: i32| {
        let odds = 0.25 * (0.4 * ratio(day).ln()).exp();
        leads(day) * odds / (1.0 + odds)
    };
    let expected: Vec<f64> = (-10..300).map(leads).chain((-10..300).map(won)).collect();
    assert_mean_vector("leads and wins by day", &seen, &expected);
    let media = |day: i32| {
        if (0..100).contains(&day) {
            110.0
        } else {
            410.0
        }
    };
    let cost: Vec<f64> = (-10..300).map(|day| media(day) / MONTH).collect();
    assert_close("cost", &cost_by_day(&funnel), &cost);
}

/// A calendar: twice the media and half as many leads more on days 2 and 3 in one channel, with better odds there and 500
/// once; a shift of the market on days 3 and 4 for all. Factors multiply, log-odds add. Seed 406; 6,000 replications.
#[test]
fn promotions_and_the_market_act_on_their_days() {
    let rest = "[channels.a]\nleads_per_day = 30\nmedia_per_month = 10\n\
                response = { leads_per_day_at_most = 60, half_at_per_month = 10 }\n\
                [channels.b]\nleads_per_day = 40\npulses.fair = { start = 2025-01-05, days = 1, leads_per_day = 10 }\n\
                [promotions.spring]\nstart = 2025-01-03\ndays = 2\nchannels = [\"a\"]\nmedia_factor = 2\n\
                media_per_month = 20\nleads_factor = 1.5\nwin_log_odds = 0.7\ncost_once = 500\n\
                [market.recession]\nstart = 2025-01-04\nend = 2025-01-06\ndemand = 0.8\nwin_log_odds = -0.3";
    let funnel = funnel(&text(7, rest));
    let seen = replicate(&funnel, 406, 6_000, |record| {
        [counts(record, Count::Leads), counts(record, Count::Won)].concat()
    });
    let by_channel = |day: i32| {
        let (promoted, shifted) = ([2, 3].contains(&day), [3, 4].contains(&day));
        let media = if promoted { 40.0 } else { 10.0 };
        let a = (30.0 + 60.0 * media / (10.0 + media)) * if promoted { 1.5 } else { 1.0 };
        let b = 40.0 + if day == 4 { 10.0 } else { 0.0 };
        let demand = if shifted { 0.8 } else { 1.0 };
        let win = |log_odds: f64| {
            let odds = 0.25 * (log_odds - if shifted { 0.3 } else { 0.0 }).exp();
            odds / (1.0 + odds)
        };
        [
            (a * demand, win(if promoted { 0.7 } else { 0.0 })),
            (b * demand, win(0.0)),
        ]
    };
    let leads = (0..7).map(|day| by_channel(day).iter().map(|(n, _)| n).sum());
    let won = (0..7).map(|day| by_channel(day).iter().map(|(n, p)| n * p).sum());
    let expected: Vec<f64> = leads.chain(won).collect();
    assert_mean_vector("leads and wins by day", &seen, &expected);
    let mut cost = [10.0 / MONTH; 7];
    (cost[2], cost[3]) = (40.0 / MONTH + 500.0, 40.0 / MONTH);
    assert_close("cost", &cost_by_day(&funnel), &cost);
}

/// What is stated but changes nothing changes no bit.
#[test]
fn what_is_neutral_is_not_there() {
    let base = text(90, "").replace("closing.win = 0.2\n", "")
        + "warm_up = 30\n[channels.a]\nleads_per_day = 20\nquality = 0.2\ndispersion = 9\n\
           [channels.b]\nleads_per_day = { initially = 3.3, 2025-01-20 = 7 }\n\
           [channels.c]\nleads_per_day = 1\nmedia_per_month = 44\n\
           [nurturing]\ndelay = { gamma = { shape = 2, mean = 9 } }\n\
           [closing]\nwin = 0.2\nwin_quality_effect = 0.5\ncycle = { exponential = { mean = 20 } }\n\
           [rhythms.weekday]\nsat = 0.2\nsun = 0.2\n";
    let record = |more: &str| {
        let more = format!("extends = \"base.toml\"\n{more}");
        let scenario = scenario_with(&more, &[("base.toml", &base)]);
        Funnel::new(&scenario, &scenario.median_draw()).run(5, 2, &mut Scratch::default())
    };
    let plain = record("");
    for neutral in [
        "channels.b.response = { leads_per_day_at_most = 20, half_at_per_month = 7 }",
        "channels.c.response = { leads_per_day_at_most = 0, half_at_per_month = 7, shape = 2 }\n\
         channels.c.carry_over = { half_life = 9, peak = 3 }",
        "channels.a.outreach = { contacts_per_day = 0, reply_rate = 0.4, cost_per_contact = 9 }",
        "channels.a.outreach = { contacts_per_day = 20, reply_rate = 0 }",
        "channels.b.response = { leads_per_day_at_most = 20, half_at_per_month = 7 }\n\
         channels.c.response = { leads_per_day_at_most = 0, half_at_per_month = 7 }\n\
         overlaps.web = { channels = [\"b\", \"c\"], share = 1 }",
        "promotions.spring = { start = 2025-02-01, days = 9 }",
        "promotions.later = { start = 2026-02-01, days = 9, leads_factor = 3, media_factor = 2, win_log_odds = 1 }",
        "market.calm = { start = 2024-02-01 }",
        "market.over = { start = 2020-02-01, end = 2024-12-01, demand = 0.1, win_log_odds = 1 }",
    ] {
        assert_eq!(plain, record(neutral), "{neutral}");
    }
    // A brand that is kept up costs money and does nothing else; a share of 0 wastes nothing.
    let without_cost = |mut record: Record| {
        for period in &mut record.periods {
            period.sums[Sum::MediaCost as usize] = 0.0;
            period.accounts.clear();
        }
        record
    };
    let brand = record("brand = { media_per_month = 1234.5, exponent = 0.7, memory = 33 }");
    assert_eq!(without_cost(plain), without_cost(brand));
    let bought = "channels.b.response = { leads_per_day_at_most = 20, half_at_per_month = 7 }\n\
                  channels.b.media_per_month = 5\n\
                  channels.c.response = { leads_per_day_at_most = 30, half_at_per_month = 7 }\n";
    let overlap = "overlaps.web = { channels = [\"b\", \"c\"], share = 0 }";
    assert_eq!(record(bought), record(&format!("{bought}{overlap}")));
}

// -- Before day 0

fn load(plan: &str, past: &str) -> Scenario {
    scenario_with(plan, &[("past.toml", past)])
}

/// What the past spent carries over, what it cost is the past's, and what it did not know is the scenario's own.
/// Seed 407; 4,000 replications of 10 and 6 days; 1e-4 each.
#[test]
fn the_past_carries_over() {
    let channel = |media: &str, rest: &str| {
        text(
            6,
            &format!(
                "warm_up = 10\n[channels.paid]\nleads_per_day = 5\nmedia_per_month = {media}\n{rest}"
            ),
        )
    };
    let response = "response = { leads_per_day_at_most = 90, half_at_per_month = 10 }\ncarry_over.half_life = 3";
    let under = "\n[start]\nwarm_up_under = \"past.toml\"";
    let own = channel(
        "{ initially = 10, 2025-01-01 = 2 }",
        &format!("{response}{under}"),
    );
    let acting = |before: f64, day: i32| match day {
        ..0 => before,
        _ => 2.0 + (before - 2.0) * 0.5f64.powf(f64::from(day + 1) / 3.0),
    };
    let yields = |a: f64| 5.0 + 90.0 * a / (10.0 + a);
    // The past spends 40 and knows what that brings; or it spends 7 and knows nothing, then 10 acted.
    for (spent, knows) in [(40.0, true), (7.0, false)] {
        let rest = if knows { response } else { "" };
        let scenario = load(&own, &channel(&format!("{spent}"), rest));
        let funnel = Funnel::new(&scenario, &scenario.median_draw());
        let before = if knows { spent } else { 10.0 };
        let expected: Vec<f64> = (-10..6)
            .map(|day| match day {
                ..0 if !knows => 5.0,
                _ => yields(acting(before, day)),
            })
            .collect();
        assert_mean_vector("leads by day", &leads(&funnel, 407, 4_000), &expected);
        let cost: Vec<f64> = (-10..6)
            .map(|day| if day < 0 { spent / MONTH } else { 2.0 / MONTH })
            .collect();
        assert_close("cost", &cost_by_day(&funnel), &cost);
    }
}

/// A channel that is new on day 0 has carried nothing over; one given up brings leads until it is forgotten.
/// Seed 408; 4,000 replications of 3 and 6 days; 1e-4.
#[test]
fn a_channel_may_be_new_or_given_up() {
    let channel = |name: &str| {
        format!(
            "[channels.{name}]\nmedia_per_month = 30\nresponse = {{ leads_per_day_at_most = 100, half_at_per_month = 10 }}\n\
             carry_over.half_life = 2\n"
        )
    };
    let own = text(
        6,
        &format!(
            "warm_up = 3\n{}[start]\nwarm_up_under = \"past.toml\"",
            channel("new")
        ),
    );
    let scenario = load(&own, &text(6, &channel("old")));
    let funnel = Funnel::new(&scenario, &scenario.median_draw());
    let yields = |a: f64| 100.0 * a / (10.0 + a);
    let expected: Vec<f64> = (-3..6)
        .map(|day| match day {
            ..0 => yields(30.0),
            _ => {
                let left = 0.5f64.powf(f64::from(day + 1) / 2.0);
                yields(30.0 * left) + yields(30.0 * (1.0 - left))
            }
        })
        .collect();
    assert_mean_vector("leads", &leads(&funnel, 408, 4_000), &expected);
}

/// A brand that the past does not know acts from day 0 on; one that it knows goes on. To the bit where nothing changes.
#[test]
fn the_brand_of_the_past() {
    let plan = |media: &str, rest: &str| {
        let brand = match media {
            "" => String::new(),
            media => {
                format!("[brand]\nmedia_per_month = {media}\nmemory = 20\nlead_elasticity = 1\n")
            }
        };
        text(
            40,
            &format!("warm_up = 20\n[channels.a]\nleads_per_day = 100\n{brand}{rest}"),
        )
    };
    let under = "[start]\nwarm_up_under = \"past.toml\"";
    let run = |scenario: &Scenario| {
        Funnel::new(scenario, &scenario.median_draw()).run(7, 1, &mut Scratch::default())
    };
    let of = |record: &Record| counts(record, Count::Leads);
    let bare = run(&scenario(&plan("", "")));
    let steady = run(&load(&plan("9", under), &plan("", "")));
    assert_eq!(of(&bare), of(&steady));
    let cut = run(&load(
        &plan("{ initially = 9, 2025-01-01 = 1 }", under),
        &plan("", ""),
    ));
    assert_eq!(of(&bare)[..20], of(&cut)[..20]);
    let whole = run(&scenario(&plan("{ initially = 9, 2025-01-01 = 1 }", "")));
    let known = run(&load(&plan("1", under), &plan("9", "")));
    assert_eq!(of(&whole), of(&cut));
    assert_eq!(of(&whole), of(&known));
    let late = |record: &Record| of(record)[50..].iter().sum::<f64>();
    assert!(late(&cut) < 0.6 * late(&bare));
}

/// Changes of demand from day 0 on leave the past alone, so that one warm-up does for all; changes before it do not.
#[test]
fn demand_that_changes_on_day_0_shares_the_warm_up() {
    let funnel = |media: &str, rest: &str| {
        let rest = format!(
            "warm_up = 40\n[channels.a]\nleads_per_day = 9\nmedia_per_month = {media}\n\
             response = {{ leads_per_day_at_most = 20, half_at_per_month = 10 }}\ncarry_over.half_life = 9\n{rest}\n\
             [handoff.recycling]\nshare = 0.5\ndelay = {{ exponential = {{ mean = 9 }} }}\n[handoff]\nacceptance = 0.5\n"
        );
        common::funnel(&text(30, &rest))
    };
    let brand = "[brand]\nmedia_per_month = { initially = 9, 2025-01-01 = 1 }\nmemory = 20";
    let funnels = [
        funnel("10", ""),
        funnel("{ initially = 10, 2025-01-01 = 0 }", ""),
        funnel(
            "10",
            "[promotions.p]\nstart = 2025-01-03\ndays = 9\nleads_factor = 2\nwin_log_odds = 1",
        ),
        funnel(
            "10",
            "[market.m]\nstart = 2025-01-01\ndemand = 0.5\nwin_log_odds = -1",
        ),
        funnel("10", brand),
        funnel("11", ""),
        funnel("10", "[market.m]\nstart = 2024-12-20\nwin_log_odds = -1"),
    ];
    let siblings = Siblings::new(&funnels);
    // The brand costs something before day 0, but nobody notices there and then.
    assert_eq!(siblings.n_warm_ups(), 3);
    let mut scratch = Scratch::default();
    let shared = siblings.run(9, 4, &mut scratch, |_| ());
    let alone: Vec<Record> = funnels.iter().map(|f| f.run(9, 4, &mut scratch)).collect();
    assert_eq!(alone, shared);
}

// -- Days that vary, and demand that swings

/// Counts of mean 40 and shape 25 are negative binomial of variance 104; thinned to a quarter, of mean 10 and variance
/// 14, the same shape. Their excess kurtosis is 6 / k + 1 / variance. Seed 409; 400 replications of 100 days.
#[test]
fn thinning_keeps_the_dispersion() {
    let rest =
        "[channels.a]\nleads_per_day = 40\ndispersion = 25\n[nurturing]\nqualification = 0.25";
    let funnel = funnel(&text(100, rest));
    let days = |what: Count| replicate(&funnel, 409, 400, |record| counts(record, what)).concat();
    let (leads, mqls) = (days(Count::Leads), days(Count::Mqls));
    assert_mean("leads a day", &leads, 40.0);
    assert_variance("leads a day", &leads, 104.0, 6.0 / 25.0 + 1.0 / 104.0);
    assert_mean("MQLs a day", &mqls, 10.0);
    assert_variance("MQLs a day", &mqls, 14.0, 6.0 / 25.0 + 1.0 / 14.0);
}

/// M_t/M/inf (Eick, Massey and Whitt 1993): lambda (1 + .3 sin w t) and stays of mean m have 120 + 12.53272694
/// sin(w (t - lag)) in service where lambda m = 120 and w m = 6 pi / 7, with amplitude 36 / sqrt(1 + (w m)^2); the lag is
/// 1.35385717 where the period is 7. Here the yearly wave is the period, which makes the day a step of no account; it
/// starts anew each 1 January, which moves it by a quarter of a day a year, .05 at most. Seed 410; 4,000 replications,
/// standard errors .17; 1e-4 for all months.
#[test]
fn demand_that_swings_fills_the_pipeline_late() {
    let scale = 365.25 / 7.0;
    let text = format!(
        "start_date = 2026-01-01\nhorizon = \"12 months\"\nperiods = 30\nwarm_up = 1826\n\
         [channels.a]\nleads_per_day = {}\n[rhythms.annual]\namplitude = 0.3\npeak = \"04-02\"\n\
         [closing]\nwin = 0.5\ncycle = {{ exponential = {{ mean = {} }} }}\n[deal]\nsize = 1",
        40.0 / scale,
        3.0 * scale
    );
    let ends: Vec<f64> = (1..=12).map(|n| f64::from(30 * n)).collect();
    let seen = replicate(&funnel(&text), 410, 4_000, |record| {
        stocks(record, Stock::Pipeline)[..12].to_vec()
    });
    // The sine has its top a quarter of a year after it is 0: on day 91 of the year, 2 April at midnight.
    let zero = 91.0 - 365.25 / 4.0;
    let omega = std::f64::consts::TAU / 365.25;
    let amplitude = 36.0 / (1.0 + (omega * 3.0 * scale).powi(2)).sqrt();
    assert!((amplitude - 12.53272694).abs() < 1e-6);
    let expected: Vec<f64> = ends
        .iter()
        .map(|t| 120.0 + amplitude * (omega * (t - zero - 1.35385717 * scale)).sin())
        .collect();
    assert_mean_vector("in service", &seen, &expected);
}

/// The same by weekday, in whole days: with rate l(d) on day d and stays of mean 3, what is there at midnight is last
/// midnight's times e^(-1/3) and 3 l (1 - e^(-1/3)) of the day's. Seed 411; 2,000 replications of 14 days; 1e-4 for all.
#[test]
fn a_week_that_swings_in_whole_days() {
    let weekday = ["wed", "thu", "fri", "sat", "sun", "mon", "tue"];
    let rate = |day: usize| {
        let omega = std::f64::consts::TAU / 7.0;
        let cos = |t: f64| (omega * t).cos();
        1.0 + 0.3 * (cos(day as f64) - cos(day as f64 + 1.0)) / omega
    };
    let rhythm: String = weekday
        .iter()
        .enumerate()
        .map(|(day, name)| format!("{name} = {}\n", rate(day)))
        .collect();
    let text = format!(
        "start_date = 2025-01-01\nhorizon = 14\nperiods = 1\nwarm_up = 70\n[channels.a]\nleads_per_day = 40\n\
         [rhythms.weekday]\n{rhythm}[closing]\nwin = 0.5\ncycle = {{ exponential = {{ mean = 3 }} }}\n[deal]\nsize = 1"
    );
    let seen = replicate(&funnel(&text), 411, 2_000, |record| {
        stocks(record, Stock::Pipeline)
    });
    let kept = (-1.0f64 / 3.0).exp();
    let mut there = 0.0;
    let mut expected = Vec::new();
    for day in 0..84 {
        there = there * kept + 3.0 * 40.0 * rate(day % 7) * (1.0 - kept);
        if day >= 70 {
            expected.push(there);
        }
    }
    assert_mean_vector("in service", &seen, &expected);
}
