//! Windows: half-open, of the days they name, and growth from one to another.

mod common;
mod forecast_synthetic;

use funnelcast::forecast::{Replications, Study, Views, Workers};
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Stock, Sum, Tally};
use funnelcast::scenario::{Scenario, Stretch};
use funnelcast::units::Window;

/// A queue, recycling, costs and a recorded warm-up.
const PLAN: &str = r#"
start_date = 2026-01-31
horizon = "6 months"
warm_up = "90 days"
record_warm_up = true
channels.website = { leads_per_day = 12, cost_per_lead = 40 }
nurturing.delay = { exponential = { mean = "9 days" } }
handoff = { acceptance = 0.6, sla = "1 day", expiry = "20 days", recycling = { share = 0.5, delay = 10 } }
sales = { reps = 3, hold = { exponential = { mean = "8 hours" } } }
closing = { win = 0.3, cycle = { exponential = { mean = "25 days" } } }
deal.size = { lognormal = { mean = "$20k", sigma = 0.7 } }
costs.fixed_per_month.tools = "$3,333"
"#;

fn window(start_day: i32, end_day: i32) -> Window {
    Window { start_day, end_day }
}

fn record(scenario: &Scenario, windows: &[Window]) -> Record {
    let funnel = Funnel::new(scenario, &[]).recording(windows.iter().copied());
    funnel.run(5, 3, &mut Scratch::default())
}

/// Flows are summed, stocks are those of the last.
fn together(tallies: &[Tally]) -> Tally {
    let mut sum = Tally::ZERO;
    for tally in tallies {
        for (total, n) in sum.counts.iter_mut().zip(tally.counts) {
            *total += n;
        }
        for (total, value) in sum.sums.iter_mut().zip(tally.sums) {
            *total += value;
        }
        sum.stocks = tally.stocks;
    }
    sum
}

/// Costs are added in another order.
#[track_caller]
fn assert_same(a: &Tally, b: &Tally) {
    assert_eq!((a.counts, a.stocks), (b.counts, b.stocks));
    for (a, b) in a.sums.iter().zip(b.sums) {
        assert!((a - b).abs() <= 1e-12 * a.abs(), "{a} {b}");
    }
}

#[test]
fn a_window_is_the_sum_of_the_periods_in_it() {
    let scenario = common::scenario(PLAN);
    let periods: Vec<Window> = [&scenario.warm_up_periods[..], &scenario.periods].concat();
    for (first, last) in [(0, 2), (1, 5), (3, 8), (4, 4)] {
        let whole = window(periods[first].start_day, periods[last].end_day);
        let record = record(&scenario, &[whole]);
        assert_same(&record.windows[0], &together(&record.periods[first..=last]));
        assert!(record.windows[0].counts[Count::Won as usize] > 0);
        assert!(record.windows[0].stocks[Stock::Pipeline as usize] > 0);
    }
}

#[test]
fn windows_that_meet_share_no_day_and_leave_none_out() {
    let scenario = common::scenario(PLAN);
    let days: Vec<Window> = (-90..181).map(|day| window(day, day + 1)).collect();
    let all = window(-90, 181);
    let record = record(&scenario, &[&days[..], &[all]].concat());
    let (all, days) = record.windows.split_last().unwrap();
    assert_same(all, &together(days));
}

#[test]
fn looking_changes_nothing() {
    let scenario = common::scenario(PLAN);
    let plain = record(&scenario, &[]);
    let mut watched = record(&scenario, &[window(-5, 7), window(0, 100)]);
    watched.windows = Box::new([]);
    assert_eq!(watched, plain);
}

#[test]
fn days_that_are_not_simulated_are_in_no_window() {
    let scenario = common::scenario(PLAN);
    let outside = [
        window(-900, -90),
        window(181, 182),
        window(9, 3),
        window(i32::MIN, i32::MAX),
    ];
    let record = record(&scenario, &outside);
    assert!(
        record.windows[..3]
            .iter()
            .all(|tally| *tally == Tally::ZERO)
    );
    assert_same(&record.windows[3], &together(&record.periods));
}

#[test]
fn months_are_those_of_the_calendar() {
    let scenario = common::scenario(PLAN);
    let of = |text: &str| scenario.window(text.parse::<Stretch>().unwrap()).unwrap();
    // From 31 January: to 28 February, to 31 March, to 30 April.
    assert_eq!(of("month 1"), window(0, 28));
    assert_eq!(of("months 2-3"), window(28, 89));
    assert_eq!(of("2 months before day 0"), window(-62, 0));
    assert_eq!(of("months 1-6"), window(0, 181));
    assert_eq!(of("days -90-181"), window(-90, 181));
    for outside in [
        "days -91-0",
        "days 0-182",
        "months 6-7",
        "1 year before day 0",
    ] {
        let fault = scenario.window(outside.parse().unwrap()).unwrap_err();
        assert!(
            fault.message.contains("only days -90 to 181 are simulated"),
            "{fault}"
        );
        assert!(fault.help.unwrap().contains("\"days -90 to 181\""));
    }
    for far in ["days -2147483648-2147483647", "months 1-2147483647"] {
        assert!(scenario.window(far.parse().unwrap()).is_err());
    }
}

/// Ten days against five: wins 1 and 3 before, 4 and 8 now; deals of 5 before, of 10 now.
///
/// Wins per day: 12 / 10 over 4 / 5 is 1.5. Without the first replication 8 / 10 over 3 / 5 is 4/3, without
/// the second 4 / 10 over 1 / 5 is 2; the jackknife makes (2 - 4/3) / 2 = 1/3 of it.
#[test]
fn growth_is_per_day_where_things_add_up() {
    use forecast_synthetic::{cases, certain, position, record, scenario, tally, with_pipeline};
    let seen = |won: u32, deal: f64, open: u32| {
        let revenue = f64::from(won) * deal;
        with_pipeline(
            tally(
                &[(Count::Won, won)],
                &[(Sum::NewRevenue, revenue), (Sum::Bookings, revenue)],
            ),
            open,
        )
    };
    let records = [(1, 4), (3, 8)].map(|(before, now)| {
        let mut record = record(vec![Tally::ZERO]);
        record.windows = Box::new([seen(now, 10.0, 6), seen(before, 5.0, 4)]);
        record
    });
    let views = Views {
        window: Some(window(10, 20)),
        against: Some(window(0, 5)),
    };
    let scenario = scenario("growing", 1, 0);
    let growth = |sets: &[Replications]| {
        let study = Study::new(&cases(&scenario, sets), None, &Workers::new(Some(1)));
        study.forecasts[0].growth.clone().unwrap()
    };
    let single = certain(records.to_vec()).with_views(views);
    let growth_of = growth(&[single]);
    let close = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-12;
    let won = growth_of[position("won")];
    assert!(
        close(won.mean, 0.5) && close(won.standard_error, 1.0 / 3.0),
        "{won:?}"
    );
    let mean_deal = growth_of[position("mean_deal")];
    assert!(close(mean_deal.mean, 1.0) && mean_deal.standard_error == Some(0.0));
    assert!(close(growth_of[position("pipeline_count")].mean, 0.5));
    assert!(close(growth_of[position("revenue")].mean, 2.0));
    for undefined in ["leads", "sla_met_share", "utilisation"] {
        assert_eq!(growth_of[position(undefined)].mean, None, "{undefined}");
    }

    // Pairs that share a draw are left out together.
    let pairs: Vec<Record> = records
        .iter()
        .flat_map(|r| [r.clone(), r.clone()])
        .collect();
    let doubtful = forecast_synthetic::in_doubt(0, pairs).with_views(views);
    let won = growth(&[doubtful])[position("won")];
    assert!(
        close(won.mean, 0.5) && close(won.standard_error, 1.0 / 3.0),
        "{won:?}"
    );
}

#[test]
fn sets_with_other_windows_do_not_join() {
    use forecast_synthetic::{certain, revenue};
    let views = Views {
        window: Some(window(0, 5)),
        against: None,
    };
    let mut plain = certain(vec![revenue(1.0)]);
    let later = Replications::new(1, vec![revenue(1.0)], None);
    assert!(plain.join(later.clone().with_views(views)).is_err());
    assert!(plain.join(later).is_ok());
}
