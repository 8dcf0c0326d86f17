//! The commands from outside: exit codes, messages, files that appear and files that must not.

#[path = "common/stage.rs"]
mod stage;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use stage::{Stage, stderr, stdout};

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "3 months"
replications = 24

[target]
revenue = "$400k"

[channels.website]
leads_per_day = "8 to 12"

[nurturing]
delay = { exponential = { mean = "5 days" } }
qualification = "40%"

[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }

[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

const BETTER: &str = r#"
extends = "base.toml"
[closing]
win = "30% to 40%"
"#;

/// A directory with scenarios in it.
fn place() -> Stage {
    Stage::new(&[("base.toml", BASE), ("better.toml", BETTER)])
}

/// `line` exits with 2, says all of `words`, and leaves no file behind.
fn refused(place: &Stage, line: &str, words: &[&str]) {
    let message = place.refusal(line);
    for word in words {
        assert!(message.contains(word), "{line}: no {word:?} in\n{message}");
    }
}

#[test]
fn the_starter_is_valid_and_runs() {
    let place = place();
    place.run("init plan.toml").code(0);
    place.run("check plan.toml").code(0);
    place.run("run plan.toml --replications 4").code(0);
    refused(&place, "init plan.toml", &["cannot write plan.toml"]);
    assert_eq!(stdout(&place.run("init").code(0)), place.read("plan.toml"));
}

#[test]
fn the_headline_comes_first_and_the_table_fits() {
    let place = place();
    let report = stdout(
        &place
            .run("compare base.toml better.toml --replications 200")
            .code(0),
    );
    assert!(report.starts_with("Better beats base in "), "{report}");
    assert!(!report.contains('\u{1b}'), "no colour without a terminal");
    assert!(report.contains("prediction interval") && report.contains("Monte Carlo error"));
    for line in report.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn quiet_says_nothing() {
    let place = place();
    let assert = place
        .run("run base.toml --quiet --json result.json")
        .code(0);
    assert_eq!(
        (stdout(&assert), stderr(&assert)),
        (String::new(), String::new())
    );
}

#[test]
fn json_on_the_standard_output_stands_alone() {
    let place = place();
    let text = stdout(&place.run("compare base.toml better.toml --json -").code(0));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["baseline"]["replications"], 24);
    assert_eq!(value["alternatives"][0]["name"], "better");
    assert!(
        value["alternatives"][0]["difference"]["won"]["mean"]
            .as_f64()
            .unwrap()
            > 0.0
    );
}

#[test]
fn the_bytes_do_not_depend_on_threads() {
    let place = place();
    let team = "[sales]\nreps = 4\nhold = 0.5\nattrition = { per_year = \"1 to 3\" }\n";
    place.write("reasons.toml", format!("{REASONS}{team}"));
    for threads in [1, 2, 7] {
        let outputs = format!("--threads {threads} --json {threads}.json --out out{threads}");
        let windows = "--window days~20-50 --against days~0-20";
        place
            .run(&format!(
                "compare base.toml better.toml reasons.toml {outputs} {windows}"
            ))
            .code(0);
    }
    for threads in [2, 7] {
        assert_eq!(place.read(&format!("{threads}.json")), place.read("1.json"));
        for file in [
            "periods.csv",
            "replications.csv",
            "replications_median.csv",
            "reasons.csv",
        ] {
            assert_eq!(
                place.read(&format!("out{threads}/{file}")),
                place.read(&format!("out1/{file}"))
            );
        }
    }
}

#[test]
fn ranges_joined_equal_one_run() {
    let place = place();
    for (range, out) in [("0..7", "a"), ("7..20", "b"), ("20", "all")] {
        place
            .run(&format!("run base.toml --replications {range} --out {out}"))
            .code(0);
    }
    for file in ["replications.csv", "replications_median.csv"] {
        let of = |out: &str| place.read(&format!("{out}/{file}"));
        let (_, later) = of("b")
            .split_once('\n')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        assert_eq!(of("a") + &later, of("all"));
    }
}

#[test]
fn csv_files_have_their_shape() {
    let place = place();
    place.run("compare base.toml better.toml --out out").code(0);
    let mut periods = csv::Reader::from_path(place.path("out/periods.csv")).unwrap();
    assert!(periods.headers().unwrap().iter().take(6).eq([
        "scenario",
        "start_day",
        "end_day",
        "start_date",
        "metric",
        "mean"
    ]));
    let n_metrics = funnelcast::forecast::METRICS.len();
    assert_eq!(periods.records().count(), 2 * 3 * n_metrics);
    let mut replications = csv::Reader::from_path(place.path("out/replications.csv")).unwrap();
    let headers = replications.headers().unwrap().clone();
    let mut names: Vec<&str> = headers.iter().collect();
    for metric in &funnelcast::forecast::METRICS {
        assert!(names.contains(&metric.name), "{}", metric.name);
    }
    assert!(
        names.contains(&"draw:closing.win")
            && names.contains(&"draw:channels.website.leads_per_day")
    );
    let n = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), n, "no column twice");
    let rows: Vec<csv::StringRecord> = replications.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 48);
    assert_eq!(
        (&rows[2][0], &rows[2][1], &rows[3][1]),
        ("1", "base", "better")
    );
    let draw = headers
        .iter()
        .position(|name| name == "draw:closing.win")
        .unwrap();
    assert_eq!(
        rows[0][draw], rows[2][draw],
        "replications 0 and 1 share a draw"
    );
    assert_ne!(rows[0][draw], rows[4][draw]);
    let utilisation = headers
        .iter()
        .position(|name| name == "utilisation")
        .unwrap();
    assert_eq!(&rows[0][utilisation], "", "undefined is empty");
}

const REASONS: &str = r#"
extends = "base.toml"
[handoff]
acceptance = "50%"
[handoff.reasons]
timing = "40%"
fit = "60%"
[closing]
gate_sequence = ["need", "budget"]
[closing.gates]
need.pass = "90%"
budget.pass = "80%"
[closing.loss_reasons]
product = "50%"
price = "50%"
"#;

/// Without recycling everyone rejected, disqualified or lost comes to an end, so reasons sum to the final states.
#[test]
fn reasons_are_told_by_kind() {
    let place = place();
    place.write("reasons.toml", REASONS);
    let text = stdout(&place.run("run reasons.toml --json -").code(0));
    let result: Value = serde_json::from_str(&text).unwrap();
    let replications = result["replications"].as_f64().unwrap();
    let told: Vec<(&str, &str)> = result["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["kind"].as_str().unwrap(), of["reason"].as_str().unwrap()))
        .collect();
    let (rejected, disqualified, lost) = ("rejected", "disqualified", "lost");
    let stated = [
        (rejected, "fit"),
        (rejected, "timing"),
        (disqualified, "need"),
        (disqualified, "budget"),
        (lost, "price"),
        (lost, "product"),
    ];
    assert_eq!(told, stated);
    let total = |kind: &str, what: &str| -> f64 {
        let all = result["reasons"].as_array().unwrap().iter();
        let of_kind = all.filter(|of| of["kind"] == kind);
        of_kind.map(|of| of[what].as_f64().unwrap()).sum()
    };
    for kind in [rejected, disqualified, lost] {
        let state = result["states"][kind].as_f64().unwrap();
        assert!((total(kind, "mean") * replications - state).abs() < 1e-6 * state);
        assert!((total(kind, "share") - 1.0).abs() < 1e-12);
    }
    let fit = &result["reasons"][0];
    assert!((fit["share"].as_f64().unwrap() - 0.6).abs() < 0.02, "{fit}");
    let fit = (fit["mean"].as_f64().unwrap() * replications).round() as u64;

    let report = stdout(
        &place
            .run("compare base.toml reasons.toml --out out")
            .code(0),
    );
    let row = report
        .lines()
        .find(|line| line.starts_with("fit "))
        .unwrap();
    assert!(
        row.contains('–') && row.contains("±") && row.ends_with(" %"),
        "{row}"
    );
    let mut rows = csv::Reader::from_path(place.path("out/replications.csv")).unwrap();
    let headers = rows.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|of| of == name).unwrap();
    let (reason, scenario) = (column("rejected:fit"), column("scenario"));
    let cells: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let total = cells.iter().map(|row| match &row[scenario] {
        "base" => {
            assert_eq!(&row[reason], "", "a reason that is not stated");
            0
        }
        _ => row[reason].parse::<u64>().unwrap(),
    });
    assert_eq!(total.sum::<u64>(), fit);
    let table = fs::read_to_string(place.path("out/reasons.csv")).unwrap();
    let head = "scenario,kind,reason,mean,standard_error,share\nreasons,rejected,fit,";
    assert!(
        table.starts_with(head) && table.lines().count() == 7,
        "{table}"
    );

    let result = stdout(&place.run("run base.toml --out out --json -").code(0));
    assert!(result.contains("\"reasons\": [],"));
    assert!(!place.path("out/reasons.csv").exists(), "none are stated");
}

/// Before day 0 the reasons are those of the past.
#[test]
fn a_trace_names_the_reasons_of_its_time() {
    let place = place();
    let nobody = "warm_up = 20\n[nurturing]\ndelay = \"none\"\nqualification = \"none\"\n[handoff]\nacceptance = 0\n";
    let past = format!("extends = \"base.toml\"\n{nobody}[handoff.reasons]\nold = 1\n");
    let now = "extends = \"past.toml\"\n[start]\nwarm_up_under = \"past.toml\"\n\
               [handoff.reasons]\nold = \"none\"\nnew = 1\n";
    place.write("past.toml", &past).write("now.toml", now);
    for (day, reason) in [(-9, "rejected: old"), (9, "rejected: new")] {
        let story = stdout(
            &place
                .run(&format!("trace now.toml --lead website/all/{day}/0"))
                .code(0),
        );
        assert!(story.contains(reason), "{story}");
    }
}

#[test]
fn one_future_has_no_interval() {
    let place = place();
    let report = stdout(&place.run("run base.toml --replications 1").code(0));
    let headline = report.split("\n\n").next().unwrap().replace('\n', " ");
    assert!(
        headline.contains("in the one future simulated."),
        "{headline}"
    );
    let help = stdout(&place.run("run --help").code(0));
    assert!(!help.contains('\\'), "{help}");
}

/// A lead that no day has the hours for blocks the queue for ever.
#[test]
fn a_pool_too_small_for_a_lead_is_noted() {
    let place = place();
    let team = "check base.toml --set sales.reps=1 --set sales.pool.selling_share=0.1 --set";
    let told = |hours: &str| {
        let line = format!("{team} sales.pool.acceptance_hours={hours}");
        stdout(&place.run(&line).code(0))
    };
    let note = told("5");
    assert!(
        note.contains("takes 5 hours") && note.contains("at most 0.8 a day and 4 carried over"),
        "{note}"
    );
    assert!(!told("4.5").contains("note"));
}

#[test]
fn names_are_lines() {
    let place = place();
    refused(&place, "run base.toml --set name=", &["`name` is blank"]);
    refused(
        &place,
        "run base.toml --set currency=",
        &["`currency` is blank"],
    );
    place.write(
        "bell.toml",
        "extends = \"base.toml\"\nname = \"a\\u0007\"\n",
    );
    refused(
        &place,
        "check bell.toml",
        &["`name` has a control character"],
    );
}

#[test]
fn no_input_is_written_over() {
    let place = place();
    for input in ["base.toml", "better.toml", "./base.toml"] {
        let line = format!("run better.toml --json {input}");
        refused(&place, &line, &[input, "would replace a file"]);
    }
    assert_eq!(place.read("base.toml"), BASE);
    place
        .run("run base.toml --quiet --json better.toml")
        .code(0);
}

#[test]
fn output_goes_only_where_nothing_of_others_is() {
    let place = place();
    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/letter.txt", "dear");
    refused(
        &place,
        "run base.toml --out mine",
        &["cannot write mine", "new or empty"],
    );
    place.run("run base.toml --out new").code(0);
    assert!(place.path("new/replications_median.csv").exists());
    place.run("run base.toml --out new --certain").code(0);
    assert!(
        !place.path("new/replications_median.csv").exists(),
        "nothing stale is left"
    );
}

#[test]
fn a_bad_path_fails_before_the_run() {
    let place = place();
    refused(
        &place,
        "run base.toml --json nowhere/result.json",
        &["cannot write nowhere/result.json"],
    );
    refused(&place, "run base.toml --json .", &["it is a directory"]);
    refused(
        &place,
        "run base.toml --out base.toml",
        &["it is not a directory"],
    );
    refused(
        &place,
        "run base.toml --charts new --json nowhere/x",
        &["cannot write nowhere/x"],
    );
}

#[test]
fn charts_are_drawn_in_both_formats() {
    let place = place();
    place
        .run("compare base.toml better.toml --replications 8 --charts charts")
        .code(0);
    for name in ["revenue", "lift", "payoff", "funnel"] {
        let png = fs::read(place.path(&format!("charts/{name}.png"))).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        assert!(
            place
                .read(&format!("charts/{name}.svg"))
                .starts_with("<svg")
        );
    }
    assert_eq!(fs::read_dir(place.path("charts")).unwrap().count(), 8);
}

#[test]
fn faults_of_all_files_come_together() {
    let place = place();
    place.write("a.toml", BASE.replace("40%", "140%"));
    place.write("b.toml", BASE.replace("qualification", "qualifcation"));
    for command in ["check", "compare"] {
        let words = ["a.toml:", "b.toml:", "qualifcation", "qualification"];
        refused(&place, &format!("{command} a.toml b.toml"), &words);
    }
    refused(&place, "run base.toml --set closing.win=1.2", &["--set"]);
    refused(&place, "run nosuch.toml", &["nosuch.toml"]);
    refused(&place, "run .", &["directory"]);
}

#[test]
fn scenarios_that_cannot_be_compared_name_both_places() {
    let place = place();
    place.write(
        "longer.toml",
        "extends = \"base.toml\"\nhorizon = \"4 months\"\nperiods = 30\n",
    );
    let words = ["longer.toml:2:", "base.toml:3:", "`horizon`", "`periods`"];
    refused(&place, "compare base.toml longer.toml", &words);
}

#[test]
fn equal_names_are_numbered() {
    let place = place();
    let text = stdout(
        &place
            .run("compare base.toml base.toml base.toml --json -")
            .code(0),
    );
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["alternatives"][0]["name"], "base#2");
    assert_eq!(value["alternatives"][1]["name"], "base#3");
    assert_eq!(
        value["alternatives"][1]["difference"]["revenue"]["mean"],
        0.0
    );
}

#[test]
fn a_precision_ends_at_a_plain_run() {
    let place = place();
    place
        .run("run base.toml --precision 8% --json precise.json")
        .code(0);
    let precise = place.read("precise.json");
    let value: Value = serde_json::from_str(&precise).unwrap();
    let n = value["replications"].as_u64().unwrap();
    assert!(n > 24, "{n}");
    place
        .run(&format!(
            "run base.toml --replications {n} --json plain.json"
        ))
        .code(0);
    assert_eq!(place.read("plain.json"), precise);
}

#[test]
fn a_precision_that_is_not_reached_is_exit_1_with_its_result() {
    let place = place();
    let line = "compare base.toml better.toml --precision 0.1% --max-replications 30 --json r.json";
    let assert = place.run(line).code(1);
    assert!(stderr(&assert).contains("precision not reached"));
    let value: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    assert_eq!(value["baseline"]["replications"], 30);
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    let place = place();
    refused(
        &place,
        "run base.toml --precision 1% --replications 5..10",
        &["takes no range"],
    );
    let mut command = Command::cargo_bin("funnelcast").unwrap();
    let of_lift = ["run", "base.toml", "--precision", "1% of lift"];
    command
        .current_dir(place.path(""))
        .args(of_lift)
        .assert()
        .code(2);
    refused(
        &place,
        "run base.toml --replications 9..3",
        &["--replications"],
    );
    refused(
        &place,
        "run base.toml --max-replications 9",
        &["--precision"],
    );
    refused(&place, "run base.toml --threads 0", &["--threads"]);
    refused(&place, "compare base.toml", &["ALTERNATIVE"]);
}

#[test]
fn without_doubt_process_is_everything() {
    let place = place();
    let text = stdout(&place.run("run base.toml --certain --json -").code(0));
    let value: Value = serde_json::from_str(&text).unwrap();
    let revenue = &value["metrics"]["revenue"];
    assert_eq!(revenue["process_share"], 1.0);
    assert_eq!(revenue["process"]["sd"], revenue["sd"]);
    let states = value["states"].as_object().unwrap();
    let number = |value: &Value| value.as_u64().unwrap();
    let ended: u64 = states
        .iter()
        .filter(|(key, _)| !["opening", "arrived", "open"].contains(&key.as_str()))
        .map(|(_, n)| number(n))
        .sum();
    let open: u64 = states["open"]
        .as_object()
        .unwrap()
        .values()
        .map(number)
        .sum();
    assert_eq!(
        number(&states["opening"]) + number(&states["arrived"]),
        ended + open
    );
}

/// Half the replications, then Ctrl-C: the result equals a run of that many.
#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_is_done() {
    let place = place();
    let program = assert_cmd::cargo::cargo_bin("funnelcast");
    let arguments = [
        "run",
        "base.toml",
        "--replications",
        "5000000",
        "--certain",
        "--quiet",
        "--json",
        "cut.json",
    ];
    let mut child = std::process::Command::new(program)
        .current_dir(place.path(""))
        .args(arguments)
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(400));
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(signal.success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let cut = place.read("cut.json");
    let n = serde_json::from_str::<Value>(&cut).unwrap()["replications"]
        .as_u64()
        .unwrap();
    assert!(n > 0 && n < 5_000_000, "{n}");
    place
        .run(&format!(
            "run base.toml --replications {n} --certain --json whole.json"
        ))
        .code(0);
    assert_eq!(place.read("whole.json"), cut);
    assert!(!Path::new(&place.path(".cut.json")).exists());
}

#[test]
fn a_trace_tells_of_leads() {
    let place = place();
    let told = stdout(&place.run("trace base.toml --certain --first 2").code(0));
    let mut lines = told.lines();
    let headline = "base, replication 0, seed 1, every doubt at its median";
    assert_eq!(lines.next(), Some(headline));
    assert_eq!(lines.next(), Some(""));
    let name = lines.next().unwrap().split("  ").next().unwrap();
    assert!(name.starts_with("website/all/0/"), "{told}");
    let line = format!("trace base.toml --certain --lead {name}");
    let alone = stdout(&place.run(&line).code(0));
    let story = alone.split_once("\n\n").unwrap().1;
    assert!(
        story.starts_with(name) && story.contains("  u 0."),
        "{alone}"
    );
    assert_eq!(
        told.lines()
            .filter(|line| line.contains("  arrived on day 0."))
            .count(),
        2
    );
}

#[test]
fn a_trace_of_nobody_is_refused() {
    let place = place();
    let refused = |options: &str, words: &[&str]| {
        refused(&place, &format!("trace base.toml {options}"), words);
    };
    refused("--lead websit/all/3/0", &["did you mean `website/all`?"]);
    refused(
        "--lead website",
        &["write channel/segment/day/number, such as website/all/12/0"],
    );
    refused(
        "--lead website/all/3/900",
        &["in replication 0", "numbers 0 to"],
    );
    refused("--lead website/all/900/0", &["days go from 0 to 89"]);
    refused("--lead website/all/3/0 --first 2", &["cannot be used with"]);
    refused("--first 0", &["--first"]);
    refused("--set handoff.leek=1", &["handoff.leek"]);
}

/// The JSON that `line` prints.
fn json(place: &Stage, line: &str) -> Value {
    let text = stdout(&place.run(&format!("{line} --json -")).code(0));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_window_is_what_the_metrics_are_of() {
    let place = place();
    let line = "compare base.toml better.toml --set target.revenue=600000";
    let of_window = json(
        &place,
        &format!("{line} --window months~2-3 --against month~1"),
    );
    let plain = json(&place, line);
    let window = serde_json::json!({ "start_day": 31, "end_day": 90 });
    let against = serde_json::json!({ "start_day": 0, "end_day": 31 });
    for result in [&of_window, &of_window["baseline"]] {
        assert_eq!((&result["window"], &result["against"]), (&window, &against));
    }
    let results = [
        (&of_window["baseline"], &plain["baseline"]),
        (
            &of_window["alternatives"][0]["result"],
            &plain["alternatives"][0]["result"],
        ),
    ];
    for (result, plain) in results {
        for key in ["horizon_days", "states", "periods", "warm_up_periods"] {
            assert_eq!(result[key], plain[key], "{key}");
        }
        let reached = |of: &Value| of["target"]["probability"].as_f64().unwrap();
        assert!(reached(result) <= reached(plain));
        let mean = |period: usize| plain["periods"][period]["metrics"]["won"]["mean"].as_f64();
        let won = result["metrics"]["won"]["mean"].as_f64().unwrap();
        let (first, rest) = (mean(0).unwrap(), mean(1).unwrap() + mean(2).unwrap());
        assert!((won - rest).abs() < 1e-9);
        let growth = result["growth"]["won"]["mean"].as_f64().unwrap();
        let by_hand = (rest / 59.0) / (first / 31.0) - 1.0;
        assert!((growth - by_hand).abs() < 1e-9, "{growth}, {by_hand}");
        assert!(result["growth"]["won"]["standard_error"].as_f64().unwrap() > 0.0);
        assert_eq!(result["growth"]["utilisation"]["mean"], Value::Null);
        assert!(plain.get("growth").is_none() && plain.get("against").is_none());
    }
    assert_ne!(of_window["baseline"]["target"], plain["baseline"]["target"]);
    let difference = |value: &Value| value["alternatives"][0]["difference"]["won"]["mean"].clone();
    assert_ne!(difference(&of_window), difference(&plain));
}

#[test]
fn a_report_of_a_window_names_it() {
    let place = place();
    let told = |line: &str| stdout(&place.run(line).code(0)).replace('\n', " ");
    let report = told("run base.toml --window months~2-3 --against month~1");
    assert!(
        report.contains(" in months 2-3; in 8 of 10 futures "),
        "{report}"
    );
    assert!(report.contains(" within the window in "), "{report}");
    assert!(
        report.contains("Growth in months 2-3 against month 1"),
        "{report}"
    );
    let report = told("compare base.toml better.toml --window days~10-90");
    assert!(report.contains(" in days 10-90."), "{report}");
    assert!(!report.contains("Growth"), "{report}");
    let report = told("compare base.toml base.toml --window month~1");
    assert!(
        report.starts_with("Base#2 and base earn the same in month 1 in every"),
        "{report}"
    );
    let whole = told("run base.toml --window days~0-90");
    assert!(
        whole.contains(" in 3 months; in 8 of 10 futures "),
        "{whole}"
    );
    assert_eq!(whole, told("run base.toml"));
}

#[test]
fn replications_of_a_window_are_those_of_its_periods() {
    let place = place();
    place
        .run("run base.toml --out months --window months~2-3")
        .code(0);
    place.run("run base.toml --out whole").code(0);
    place
        .run("run base.toml --out first --window month~1")
        .code(0);
    let column = |out: &str, name: &str| -> Vec<f64> {
        let path = place.path(&format!("{out}/replications.csv"));
        let mut file = csv::Reader::from_path(path).unwrap();
        let at = file
            .headers()
            .unwrap()
            .iter()
            .position(|head| head == name)
            .unwrap();
        let rows = file.records().map(|row| row.unwrap()[at].parse().unwrap());
        rows.collect()
    };
    for name in ["leads", "won", "leads_that_reached_won"] {
        let sum = column("first", name)
            .into_iter()
            .zip(column("months", name));
        let sum: Vec<f64> = sum.map(|(a, b)| a + b).collect();
        assert_eq!(sum, column("whole", name), "{name}");
    }
    assert_eq!(
        place.read("months/periods.csv"),
        place.read("whole/periods.csv")
    );
}

#[test]
fn a_window_may_lie_before_day_0_where_the_warm_up_is() {
    let place = place();
    place.write(
        "warm.toml",
        "extends = \"base.toml\"\nwarm_up = \"100 days\"",
    );
    let value = json(&place, "run warm.toml --window 3~months~before~day~0");
    assert_eq!(
        value["window"],
        serde_json::json!({ "start_day": -92, "end_day": 0 })
    );
    assert!(value["metrics"]["won"]["mean"].as_f64().unwrap() > 0.0);
    let line = "compare warm.toml better.toml --against 3~months~before~day~0";
    refused(
        &place,
        line,
        &[
            "better: the window \"3 months before day 0\" is days -92 to 0, but only days 0 to 90",
            "such as \"days 0 to 90\"; or state warm_up = \"92 days\"",
            "1 fault",
        ],
    );
}

#[test]
fn a_window_that_is_none_is_refused() {
    let place = place();
    for (window, why) in [
        ("months~3-2", "ends before it begins"),
        ("days~7-7", "has no day in it"),
        ("mnoths~1-2", "is no window"),
        ("months~0-2", "begins before month 1"),
    ] {
        let words = [why, "--window", "write \"months 13-18\""];
        refused(&place, &format!("run base.toml --window {window}"), &words);
        let words = [why, "--against"];
        refused(&place, &format!("run base.toml --against {window}"), &words);
    }
    refused(
        &place,
        "compare base.toml better.toml --window months~3-4 --against days~-5~to~0 --json r.json",
        &[
            "base: the window \"months 3-4\" is days 59 to 120, but only days 0 to 90",
            "better: the window \"months 3-4\"",
            "base: the window \"days -5 to 0\"",
            "better: the window \"days -5 to 0\"",
            "or state a longer `horizon`",
            "4 faults",
        ],
    );
}

#[test]
fn a_precision_is_that_of_the_window() {
    let place = place();
    let n = |value: &Value| value["replications"].as_u64().unwrap();
    let whole = json(&place, "run base.toml --precision 8%");
    let month = json(&place, "run base.toml --precision 8% --window days~0-12");
    assert!(n(&month) > n(&whole));
    let revenue = &month["metrics"]["revenue"];
    let of = |field: &str| revenue[field].as_f64().unwrap();
    assert!(1.96 * of("standard_error") <= 0.08 * of("mean"));
}

#[test]
fn the_share_of_new_business_stands_beside_every_lift() {
    let place = place();
    let line = "compare base.toml better.toml --set base.annual_revenue=1000000";
    let share = |of: &Value| {
        of["metrics"]["new_business_share"]["mean"]
            .as_f64()
            .unwrap()
    };
    let value = json(&place, line);
    let baseline = &value["baseline"];
    let mean = |name: &str| baseline["metrics"][name]["mean"].as_f64().unwrap();
    assert!((mean("existing_revenue") - 1e6 * 90.0 / 365.0).abs() < 1e-6);
    assert!((mean("revenue") - mean("new_revenue") - mean("existing_revenue")).abs() < 1e-6);
    assert!((share(baseline) - mean("new_revenue") / mean("revenue")).abs() < 1e-12);
    let told = |line: &str| stdout(&place.run(line).code(0)).replace('\n', " ");
    let percent = format!("({:.0} % new business)", 100.0 * share(baseline));
    let report = told(line);
    assert!(report.contains(&percent), "{percent} in {report}");
    assert!(report.contains(" new_business_share "), "{report}");

    let unproven = told(&format!("{line} --replications 2"));
    assert!(unproven.starts_with("Unproven: "), "{unproven}");
    assert!(
        unproven.contains(" of baseline revenue is new business; "),
        "{unproven}"
    );

    let without = told("compare base.toml better.toml");
    assert!(!without.contains("new business") && !without.contains("new_business"));
    let line = "run base.toml --set channels.website.leads_per_day=0";
    let nothing = json(&place, line);
    assert_eq!(
        nothing["metrics"]["new_business_share"]["mean"],
        Value::Null
    );
}
