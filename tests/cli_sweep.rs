//! `sweep` from outside: what it prints and writes, and what it says of input that it cannot run.

#[path = "common/stage.rs"]
mod stage;

use std::ops::Deref;

use assert_cmd::assert::Assert;
use serde_json::Value;
use stage::{Stage, stdout};

/// Two reps are too few, and each costs more than the fourth brings.
const PLAN: &str = r#"
start_date = 2026-01-01
horizon = "6 months"
replications = 40
[channels.website]
leads_per_day = "6 to 9"
[nurturing]
qualification = "60%"
[handoff]
leak = "10%"
expiry = "5 days"
[sales]
reps = 3
hold = { exponential = { mean = "1 day" } }
[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }
[deal]
size = { lognormal = { mean = "$1.5k", sigma = 0.3 } }
[costs]
rep_salary_per_year = "$60k"
"#;

/// A directory with a scenario in it.
struct Place(Stage);

impl Deref for Place {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Place {
    fn new() -> Place {
        Place(Stage::new(&[("plan.toml", PLAN)]))
    }

    fn sweep(&self, line: &str) -> Assert {
        self.run(&format!("sweep plan.toml {line}"))
    }

    fn json(&self, line: &str) -> Value {
        let assert = self.run(&format!("{line} --json -")).code(0);
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    /// Exits with 2, says all of `words` once each, and leaves no file behind.
    fn refuses(&self, line: &str, words: &[&str]) {
        let message = self.refusal(&format!("sweep plan.toml {line}"));
        for word in words {
            let n = message.matches(word).count();
            assert_eq!(n, 1, "{line}: {word:?} in\n{message}");
        }
    }
}

fn keys(value: &Value) -> String {
    let keys = value.as_object().unwrap().keys().map(String::as_str);
    keys.collect::<Vec<_>>().join(" ")
}

fn near(a: &Value, b: f64) -> bool {
    (a.as_f64().unwrap() - b).abs() <= 1e-9 * b.abs().max(1.0)
}

#[test]
fn the_json_has_these_fields() {
    let json = Place::new().json("sweep plan.toml sales.reps=2..6/2");
    assert_eq!(
        keys(&json),
        "funnelcast method scenario seed replications window keys baseline points best stops_paying"
    );
    assert_eq!(keys(&json["keys"][0]), "key values numbers unit");
    assert_eq!(
        json["keys"][0]["numbers"],
        serde_json::json!([2.0, 4.0, 6.0])
    );
    assert_eq!(keys(&json["baseline"]), "values as_it_stands");
    let point = &json["points"][1];
    assert_eq!(keys(point), "values metrics behind_best probability_best");
    assert_eq!(keys(&point["metrics"]), "revenue margin");
    assert_eq!(
        keys(&point["metrics"]["revenue"]),
        "mean standard_error sd p05 p10 p25 p50 p75 p90 p95 from_baseline marginal"
    );
    assert_eq!(
        keys(&point["metrics"]["revenue"]["marginal"][0]),
        "step per_unit"
    );
    assert_eq!(
        keys(&json["best"]),
        "values probability_best interval not_told_apart"
    );
    assert_eq!(
        keys(&json["stops_paying"][0]),
        "key at after next step best"
    );
    assert_eq!(
        json["points"][0]["metrics"]["revenue"]["marginal"][0],
        Value::Null
    );
    let chances = json["points"].as_array().unwrap().iter();
    let sum: f64 = chances
        .map(|point| point["probability_best"].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-12);
}

/// To the last bit: a point is that scenario, and the luck is that of the run.
#[test]
fn a_point_is_the_run_of_the_same_set() {
    let place = Place::new();
    let line =
        "sales.reps=2,5 handoff.leak=0%..30%/15% --metric revenue,mean_wait_days,win_rate,cost";
    let swept = place.json(&format!("sweep plan.toml {line}"));
    for (point, set) in [(0, ["2", "0%"]), (4, ["5", "15%"])] {
        let [reps, leak] = set;
        let run = place.json(&format!(
            "run plan.toml --set sales.reps={reps} --set handoff.leak={leak}"
        ));
        for metric in ["revenue", "mean_wait_days", "win_rate", "cost"] {
            let [a, b] = [&swept["points"][point], &run].map(|of| &of["metrics"][metric]);
            for field in ["mean", "standard_error", "sd", "p10", "p90"] {
                assert_eq!(a[field], b[field], "{set:?} {metric} {field}");
            }
        }
    }
}

#[test]
fn a_marginal_is_the_paired_difference_of_compare() {
    let place = Place::new();
    place
        .write("four.toml", "extends = \"plan.toml\"\nsales.reps = 4\n")
        .write("six.toml", "extends = \"plan.toml\"\nsales.reps = 6\n");
    let swept = place.json("sweep plan.toml sales.reps=2..6/2 --metric revenue,mean_wait_days");
    let compared = place.json("compare four.toml six.toml");
    for metric in ["revenue", "mean_wait_days"] {
        let marginal = &swept["points"][2]["metrics"][metric]["marginal"][0];
        let difference = &compared["alternatives"][0]["difference"][metric];
        for field in ["mean", "standard_error"] {
            assert_eq!(
                marginal["step"][field], difference[field],
                "{metric} {field}"
            );
            let half = difference[field].as_f64().unwrap() / 2.0;
            assert!(near(&marginal["per_unit"][field], half));
        }
    }
}

#[test]
fn what_is_left_is_margin_and_the_best_of_it_is_named() {
    let place = Place::new();
    let json = place.json("sweep plan.toml sales.reps=2..7/1 --metric revenue,cost");
    let points = json["points"].as_array().unwrap();
    let mean = |point: &Value, metric: &str| point["metrics"][metric]["mean"].as_f64().unwrap();
    let net: Vec<f64> = points.iter().map(|point| mean(point, "margin")).collect();
    for (point, net) in points.iter().zip(&net) {
        assert!((mean(point, "revenue") - mean(point, "cost") - net).abs() < 1e-6 * net.abs());
    }
    let best = (0..net.len())
        .max_by(|a, b| net[*a].total_cmp(&net[*b]))
        .unwrap();
    assert_eq!(json["best"]["values"], points[best]["values"]);
    assert_eq!(points[best]["behind_best"]["mean"], 0.0);
    let stop = &json["stops_paying"][0];
    let after = points
        .iter()
        .position(|point| point["values"][0] == stop["after"])
        .unwrap();
    assert!(
        0 < after && after <= best && best < net.len() - 1,
        "{after} {best} {net:?}"
    );
    let low = |point: &Value| {
        let step = &point["metrics"]["margin"]["marginal"][0]["step"];
        step["ci95"][0].as_f64().unwrap()
    };
    assert!(low(&points[after]) > 0.0);
    assert!(low(&points[after + 1]) <= 0.0);
    let text = stdout(&place.sweep("sales.reps=2..7/1").code(0));
    let headline = format!("Margin of plan is highest at sales.reps = {}", best + 2);
    assert!(text.starts_with(&headline), "{text}");
    let stop = format!("Steps of sales.reps pay up to {}: the next", after + 2);
    assert!(text.contains(&stop), "{text}");
    assert!(
        text.contains("Baseline: sales.reps = 3, as the scenario stands."),
        "{text}"
    );
}

/// 10 % is 0.1 is the scenario's own value; 0.15 is not.
#[test]
fn the_baseline_is_the_scenario_as_it_stands_or_the_first_point() {
    let place = Place::new();
    let baseline = |line: &str| {
        let json = place.json(&format!("sweep plan.toml {line} --replications 2"));
        let of = &json["baseline"];
        (
            of["values"].to_string(),
            of["as_it_stands"].as_bool().unwrap(),
        )
    };
    assert_eq!(baseline("handoff.leak=0,0.1"), ("[\"0.1\"]".into(), true));
    assert_eq!(
        baseline("handoff.leak=5%..15%/5%"),
        ("[\"10%\"]".into(), true)
    );
    assert_eq!(baseline("handoff.leak=5%,15%"), ("[\"5%\"]".into(), false));
    assert_eq!(
        baseline("closing.no_decision=0,0.1"),
        ("[\"0\"]".into(), true)
    );
    assert_eq!(
        baseline("sales.reps=2,3 handoff.leak=0,0.1"),
        ("[\"3\",\"0.1\"]".into(), true)
    );
    assert_eq!(
        baseline("handoff.leak=5%,15% --set handoff.leak=0.15"),
        ("[\"15%\"]".into(), true)
    );
}

#[test]
fn keys_move_together() {
    let place = Place::new();
    let line = "sales.reps+handoff.leak=2..4/1+20%..0%/10% --replications 4";
    let json = place.json(&format!("sweep plan.toml {line}"));
    assert_eq!(json["keys"][0]["key"], "sales.reps + handoff.leak");
    assert_eq!(json["points"][2]["values"][0], "4 + 0%");
    let run = place.json("run plan.toml --set sales.reps=4 --set handoff.leak=0% --replications 4");
    let [a, b] = [&json["points"][2], &run].map(|of| &of["metrics"]["revenue"]["mean"]);
    assert_eq!(a, b);
}

#[test]
fn equal_runs_are_equal_bytes() {
    let on = |threads: u32| {
        let place = Place::new();
        let line = format!(
            "sales.reps=2..4/1 handoff.leak=0%,20% --threads {threads} --csv t.csv --json t.json"
        );
        let text = stdout(&place.sweep(&line).code(0));
        (text, place.read("t.csv"), place.read("t.json"))
    };
    let alone = on(1);
    assert!(on(2) == alone && on(7) == alone);
}

#[test]
fn the_csv_has_a_row_per_point_and_metric() {
    let place = Place::new();
    place
        .sweep("sales.reps=2,3 handoff.leak=0%,20% --metric revenue,won --csv t.csv -q")
        .code(0);
    let csv = place.read("t.csv");
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 1 + 4 * 3);
    assert!(rows[0].starts_with("sales.reps,handoff.leak,metric,mean,standard_error,sd,p05"));
    assert!(rows[0].ends_with("per_unit:handoff.leak_standard_error,probability_best"));
    assert!(rows[5].starts_with("2,20%,won,"), "{}", rows[5]);
}

#[test]
fn reports_fit_and_charts_are_drawn() {
    let long =
        "a programme with a name that no table could ever show from its beginning to its end";
    let plan = PLAN
        .replace('$', "")
        .replace("replications = 40", "replications = 6");
    let plan = format!("name = \"{long}\"\ncurrency = \"EUR\"\n{plan}");
    let place = Place::new();
    place.write("plan.toml", &plan);
    for (nth, line) in [
        "sales.reps=2..6/1 --metric revenue,mean_wait_days,win_rate",
        "sales.reps=2..4/1 handoff.leak=0%..30%/1%",
        "closing.win=20%,18%~to~26%,{wins=110,of=500}",
        "closing.win+handoff.leak=18%~to~26%,20%~to~22%+10%~to~30%,0%",
        "sales.reps=2,3 --replications 1",
        "sales.reps=2,3 handoff.leak=0%,1% --certain --window months~1-2",
    ]
    .into_iter()
    .enumerate()
    {
        let text = stdout(&place.sweep(&format!("{line} --charts {nth}")).code(0));
        assert!(text.starts_with("Margin of a programme"), "{text}");
        for shown in text.lines() {
            assert!(shown.chars().count() <= 100, "{line}: {shown}");
        }
        let svg = place.read(&format!("{nth}/sweep.svg"));
        assert!(svg.contains("Margin is highest at"), "{line}");
        assert!(place.path(&format!("{nth}/sweep.png")).exists());
    }
}

#[test]
fn bad_input_is_told() {
    let place = Place::new();
    place.refuses("sales.reps", &["has no `=`"]);
    place.refuses("sales.reps=2..8", &["has no step"]);
    place.refuses(
        "sales.reps=2,3 handoff.leak=0..1/0",
        &["needs a step above 0"],
    );
    place.refuses(
        "sales.reps=2..3/x handoff.leak=0..1/0",
        &["is no range", "a step above 0", "2 faults"],
    );
    place.refuses(
        "sales.rep=2,3",
        &[
            "there is no key `sales.rep`",
            "did you mean `reps`?",
            "1 fault",
        ],
    );
    place.refuses(
        "sales.reps=2,3 sales.reps=4,5",
        &["`sales.reps` is swept twice"],
    );
    place.refuses("horizon=100,200", &["cannot be swept"]);
    place.refuses(
        "sales.reps=1..100/1 handoff.leak=0..1/0.2",
        &["600 points; at most 400"],
    );
    place.refuses(
        "sales.reps=2,3 --metric revenu",
        &["did you mean `revenue`?"],
    );
    place.refuses(
        "sales.reps=2,3 --metric sla_met_share",
        &["`sla_met_share` does not apply to"],
    );
    place.refuses("sales.reps=2,3 --window months~7-9", &["7-9"]);
    place.refuses(
        "sales.reps=2,3 --csv plan.toml",
        &["--csv plan.toml would replace a file"],
    );
    place.refuses(
        "sales.reps=2,3 --json plan.toml",
        &["--json plan.toml would replace a file"],
    );
    place.refuses(
        "sales.reps=2,3 --json nowhere/x",
        &["cannot write nowhere/x"],
    );
}

/// Of all points, before the first run; each once, though several points have it.
#[test]
fn the_faults_of_all_points_come_at_once() {
    let place = Place::new();
    place.refuses(
        "sales.reps=2,-1,3 handoff.leak=0%,120%,140%",
        &[
            "`sales.reps` is -1",
            "is \"120%\"",
            "is \"140%\"",
            "3 faults in --set",
        ],
    );
}

/// The result of an interrupted sweep is that of fewer replications.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_keeps_what_is_done() {
    let place = Place::new();
    let line = "sweep plan.toml sales.reps=2,3 -q --replications 2000000 --json cut.json";
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("funnelcast"))
        .current_dir(place.path(""))
        .args(line.split(' '))
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let cut = place.read("cut.json");
    let n = serde_json::from_str::<Value>(&cut).unwrap()["replications"].as_u64();
    let n = n.unwrap();
    assert!(n > 0 && n < 2_000_000, "{n}");
    let whole = format!("sales.reps=2,3 -q --replications {n} --json whole.json");
    place.sweep(&whole).code(0);
    assert_eq!(place.read("whole.json"), cut);
}
