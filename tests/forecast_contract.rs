//! The JSON that others build on: its keys, and that no number in it is ever unfit.

mod forecast_synthetic;

use forecast_synthetic::*;
use funnelcast::forecast::{METRICS, Views};
use funnelcast::funnel::{Count, Record, Stock, Sum, Tally};
use funnelcast::report::json;
use funnelcast::units::Window;
use proptest::prelude::*;
use serde_json::Value;

const VIEWS: Views = Views {
    window: Some(Window {
        start_day: 10,
        end_day: 30,
    }),
    against: Some(Window {
        start_day: -5,
        end_day: 5,
    }),
};

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn keys_stand_in_the_order_of_the_contract() {
    let scenario = scenario("plain", 2, 1);
    let records = vec![record(vec![Tally::ZERO; 3]); 3];
    let sets = [certain(records.clone()), certain(records)];
    let text = with_findings(&scenario, &sets, Some(1.0), json::compare);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(keys(&value), ["baseline", "alternatives", "window"]);
    let run = &value["baseline"];
    let expected = [
        "funnelcast",
        "method",
        "scenario",
        "seed",
        "replications",
        "horizon_days",
        "window",
        "metrics",
        "target",
        "states",
        "reasons",
        "channels",
        "segments",
        "periods",
        "warm_up_periods",
        "customers",
        "revenue_histogram",
        "flow",
        "risks",
    ];
    assert_eq!(keys(run), expected);
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(keys(&run["metrics"]), names);
    let spread = ["sd", "p05", "p10", "p25", "p50", "p75", "p90", "p95"];
    let leads = &run["metrics"]["leads"];
    let mut expected = vec!["mean", "standard_error", "ci95"];
    expected.extend(spread);
    expected.extend(["process_share", "process"]);
    assert_eq!(keys(leads), expected);
    assert_eq!(keys(&leads["process"]), spread);
    expected.extend(["open_share", "immature"]);
    assert_eq!(keys(&run["metrics"]["lead_to_won_cohort"]), expected);
    assert_eq!(
        keys(&run["target"]),
        ["revenue", "probability", "standard_error", "ci95", "gap"]
    );
    assert_eq!(run["periods"].as_array().unwrap().len(), 2);
    assert_eq!(run["warm_up_periods"][0]["start_day"], -30);
    assert_eq!(
        keys(&run["periods"][0]),
        ["start_day", "end_day", "metrics"]
    );
    let alternative = &value["alternatives"][0];
    assert_eq!(
        keys(alternative),
        [
            "name",
            "result",
            "difference",
            "payoff",
            "lift_histogram",
            "bridge"
        ]
    );
    let expected = [
        "mean",
        "standard_error",
        "ci95",
        "p10",
        "p50",
        "p90",
        "relative",
        "probability_positive",
        "probability_zero",
        "probability_negative",
        "pairing_variance_ratio",
    ];
    assert_eq!(keys(&alternative["difference"]), names);
    let leads = &alternative["difference"]["leads"];
    assert_eq!(keys(leads), expected);
    assert_eq!(keys(&leads["relative"]), ["mean", "standard_error", "ci95"]);
    let states = [
        "opening",
        "arrived",
        "won",
        "lost",
        "no_decision",
        "disqualified",
        "rejected",
        "unreached",
        "expired",
        "leaked",
        "unqualified",
        "faded",
        "open",
    ];
    assert_eq!(keys(&run["states"]), states);
}

#[test]
fn growth_and_what_it_is_against_are_there_if_asked_for() {
    let scenario = scenario("plain", 1, 0);
    let sets = [certain(vec![record(vec![Tally::ZERO]); 3]).with_views(VIEWS)];
    let text = with_findings(&scenario, &sets, None, json::run);
    let value: Value = serde_json::from_str(&text).unwrap();
    let order = [
        "horizon_days",
        "window",
        "against",
        "metrics",
        "growth",
        "target",
    ];
    assert_eq!(keys(&value)[5..11], order);
    let days = |start: i32, end: i32| serde_json::json!({ "start_day": start, "end_day": end });
    assert_eq!(
        (&value["window"], &value["against"]),
        (&days(10, 30), &days(-5, 5))
    );
    let names: Vec<&str> = METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(keys(&value["growth"]), names);
    let nothing = serde_json::json!({ "mean": null, "standard_error": null, "ci95": null });
    assert_eq!(value["growth"]["leads"], nothing);
}

#[test]
fn what_does_not_apply_is_null() {
    let scenario = scenario("plain", 1, 0);
    let sets = [certain(vec![record(vec![Tally::ZERO]); 3])];
    let text = with_findings(&scenario, &sets, None, json::run);
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["target"], Value::Null);
    for name in [
        "utilisation",
        "sla_met_share",
        "quota_attainment",
        "mean_wait_days",
        "win_rate",
    ] {
        assert_eq!(value["metrics"][name]["mean"], Value::Null, "{name}");
        assert_eq!(
            value["metrics"][name]["process"]["p50"],
            Value::Null,
            "{name}"
        );
    }
    assert_eq!(value["metrics"]["leads"]["mean"], 0.0);
    assert_eq!(value["metrics"]["leads"]["process_share"], Value::Null);
}

prop_compose! {
    /// Often all zero, else anything that a funnel could count.
    fn any_tally()(
        counts in prop::collection::vec(prop_oneof![Just(0u32), 0..5u32, any::<u32>()], Count::N),
        stocks in prop::collection::vec(prop_oneof![Just(0u32), any::<u32>()], Stock::N),
        sums in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e9f64, Just(f64::MAX)], Sum::N),
    ) -> Tally {
        Tally {
            counts: counts.try_into().unwrap(),
            stocks: stocks.try_into().unwrap(),
            sums: sums.try_into().unwrap(),
            accounts: Vec::new(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// `serde_json` writes NaN as null, so means that should be numbers are looked at too.
    #[test]
    fn no_number_is_ever_nan(
        tallies in prop::collection::vec((any_tally(), any_tally()), 1..6),
        doubt in any::<bool>(),
        looking in any::<bool>(),
    ) {
        let (a, b): (Vec<_>, Vec<_>) = tallies
            .into_iter()
            .map(|(a, b)| {
                let seen = |tally: Tally, before: &Tally| {
                    let windows = Box::new([tally.clone(), before.clone()]);
                    Record { windows, ..record(vec![tally]) }
                };
                (seen(a.clone(), &b), seen(b, &a))
            })
            .unzip();
        let set = |records| if doubt { in_doubt(1, records) } else { certain(records) };
        let set = |records| if looking { set(records).with_views(VIEWS) } else { set(records) };
        let scenario = scenario("any", 1, 0);
        let sets = [set(a), set(b)];
        let text = with_findings(&scenario, &sets, Some(1e6), |findings| {
            for forecast in &findings.study.forecasts {
                assert_eq!(forecast.growth.is_some(), looking);
                let growths = forecast.growth.iter().flatten();
                for value in growths.flat_map(|of| [of.mean, of.standard_error, of.half_width]) {
                    assert!(value.is_none_or(f64::is_finite));
                }
                for metric in &forecast.metrics {
                    let spreads = [metric.distribution, metric.process];
                    let values = spreads.iter().flat_map(|s| s.quantiles).flatten();
                    let values = values.chain(metric.estimate.mean).chain(metric.estimate.half_width);
                    let values = values.chain(metric.distribution.sd).chain(metric.process_share);
                    for value in values {
                        assert!(value.is_finite());
                    }
                }
            }
            for difference in &findings.study.comparisons[0].differences {
                let estimates = [difference.estimate, difference.relative];
                let values = estimates.iter().flat_map(|e| [e.mean, e.standard_error, e.half_width]);
                let values = values.flatten().chain(difference.pairing_variance_ratio);
                let values = values.chain(difference.distribution.quantiles.into_iter().flatten());
                for value in values {
                    assert!(value.is_finite());
                }
            }
            json::compare(findings)
        });
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
    }
}
