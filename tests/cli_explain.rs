//! `explain` from outside: what it prints and writes, and what it says of input that it cannot explain.

#[path = "common/stage.rs"]
mod stage;

use std::fs;
use std::ops::Deref;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use stage::{Stage, stdout};

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "3 months"
replications = 12
[channels.website]
leads_per_day = "8 to 12"
[nurturing]
qualification = "40%"
[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }
[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

const BETTER: &str = r#"
extends = "base.toml"
[channels.website]
leads_per_day = "10 to 14"
[closing]
win = "30% to 40%"
[costs.fixed_per_month]
programme = 2_000
"#;

/// A directory with scenarios in it.
struct Place(Stage);

impl Deref for Place {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Place {
    fn new() -> Place {
        Place(Stage::new(&[("base.toml", BASE), ("better.toml", BETTER)]))
    }

    /// Runs `funnelcast explain` with a line divided at blanks.
    fn explain(&self, line: &str) -> Assert {
        self.run(&format!("explain {line}"))
    }

    fn json(&self, line: &str) -> Value {
        let assert = self.explain(&format!("{line} --json -")).code(0);
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    /// Exits with 2, says all of `words` and nothing twice, and leaves no file behind.
    fn refuses(&self, line: &str, words: &[&str]) {
        let message = self.refusal(&format!("explain {line}"));
        for word in words {
            let n = message.matches(word).count();
            assert_eq!(n, 1, "{line}: {word:?} in\n{message}");
        }
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_json_has_these_fields() {
    let json = Place::new().json("base.toml better.toml");
    let wanted = "funnelcast method baseline alternative seed replications metric window total \
                  standard_error ci95 ends terms interactions along_the_funnel";
    assert_eq!(keys(&json).join(" "), wanted);
    assert_eq!(
        keys(&json["terms"][0]).join(" "),
        "name shapley alone last_in standard_error ci95"
    );
    assert_eq!(
        keys(&json["interactions"][0]).join(" "),
        "groups value standard_error"
    );
    assert_eq!(
        keys(&json["along_the_funnel"][0]).join(" "),
        "name value standard_error ci95"
    );
    let names: Vec<&Value> = json["along_the_funnel"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["name"])
        .collect();
    assert_eq!(
        names,
        [
            "leads",
            "lead to MQL",
            "MQL to SAL",
            "SAL to opportunity",
            "opportunity to won",
            "mean deal",
            "timing",
            "opening pipeline",
            "existing revenue"
        ]
    );
    let sum = |part: &str, field: &str| -> f64 {
        let values = json[part].as_array().unwrap().iter();
        values.map(|term| term[field].as_f64().unwrap()).sum()
    };
    let total = json["total"].as_f64().unwrap();
    for sum in [sum("terms", "shapley"), sum("along_the_funnel", "value")] {
        assert!((sum / total - 1.0).abs() < 1e-9);
    }
    assert_eq!(json["method"], "exact_shapley");
    assert_eq!(json["window"]["end_day"], 90);
    assert_eq!(json["replications"], 12);
    let other = Place::new().json("base.toml better.toml --metric win_rate");
    assert_eq!(other["along_the_funnel"], Value::Null);
    assert_eq!(other["metric"], "win_rate");
}

/// Of sums, and of ratios too: a ratio of sums over replications.
#[test]
fn the_total_is_that_of_compare() {
    let place = Place::new();
    let mut command = Command::cargo_bin("funnelcast").unwrap();
    let line = ["compare", "base.toml", "better.toml", "--json", "-"];
    let compared = command
        .current_dir(place.path(""))
        .args(line)
        .assert()
        .code(0);
    let compared: Value = serde_json::from_slice(&compared.get_output().stdout).unwrap();
    for metric in ["revenue", "won", "win_rate", "cac", "pipeline_value"] {
        let explained = place.json(&format!("base.toml better.toml --metric {metric}"));
        let difference = &compared["alternatives"][0]["difference"][metric];
        for (one, other) in [
            (&explained["total"], &difference["mean"]),
            (&explained["standard_error"], &difference["standard_error"]),
        ] {
            let ratio = one.as_f64().unwrap() / other.as_f64().unwrap();
            assert!((ratio - 1.0).abs() < 1e-9, "{metric}: {ratio}");
        }
        let terms = explained["terms"].as_array().unwrap().iter();
        let sum: f64 = terms.map(|term| term["shapley"].as_f64().unwrap()).sum();
        assert!((sum / explained["total"].as_f64().unwrap() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn equal_runs_are_equal_bytes() {
    let place = Place::new();
    let on = |threads: u32| {
        let line = format!("base.toml better.toml --threads {threads}");
        (
            place.json(&line).to_string(),
            stdout(&place.explain(&line).code(0)),
        )
    };
    let alone = on(1);
    assert_eq!(on(2), alone);
    assert_eq!(on(7), alone);
}

#[test]
fn the_headline_comes_first_and_the_tables_fit() {
    let place = Place::new();
    let long =
        "a programme with a name that no table could ever show from its beginning to its end";
    let better = format!(
        "{BETTER}\n[explain.groups]\n\"{long}\" = [\"closing\"]\n\"{long} 計画\" = [\"channels\"]\n"
    );
    place.write(
        "better.toml",
        format!("name = \"{long}\"\ncurrency = \"EUR\"\n{better}"),
    );
    place.write(
        "base.toml",
        format!("currency = \"EUR\"\n{}", BASE.replace('$', "")),
    );
    let text = stdout(&place.explain("base.toml better.toml").code(0));
    assert!(text.starts_with("A programme with a name"), "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
    for words in [
        "alone",
        "last in",
        "Shapley",
        "along the funnel",
        "timing",
        "opening pipeline",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

/// Costs move no revenue, and two futures prove little.
#[test]
fn nothing_and_little_are_called_so() {
    let place = Place::new();
    let costs = "extends = \"base.toml\"\n[costs.fixed_per_month]\ncrm = 5\n";
    place.write("costs.toml", costs);
    let text = stdout(&place.explain("base.toml costs.toml").code(0));
    let wanted = "Nothing to split: costs and base have the same revenue in 3 months.";
    assert!(text.starts_with(wanted), "{text}");
    let text = stdout(
        &place
            .explain("base.toml better.toml --replications 1")
            .code(0),
    );
    assert!(text.starts_with("Unproven: better against base"), "{text}");
}

#[test]
fn waterfalls_are_drawn() {
    let place = Place::new();
    place
        .explain("base.toml better.toml --charts charts -q")
        .code(0);
    place
        .explain("base.toml better.toml --charts other -q --metric sals")
        .code(0);
    let files = |directory: &str| {
        let entries = fs::read_dir(place.path(directory)).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names.join(" ")
    };
    assert_eq!(
        files("charts"),
        "explain_changes.png explain_changes.svg explain_funnel.png explain_funnel.svg"
    );
    assert_eq!(files("other"), "explain_changes.png explain_changes.svg");
    let svg = fs::read_to_string(place.path("charts/explain_changes.svg")).unwrap();
    for words in ["channels.website", "closing", "costs", "total"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn bad_input_is_told() {
    let place = Place::new();
    place.write(
        "longer.toml",
        "extends = \"base.toml\"\nhorizon = \"4 months\"\n",
    );
    place.write(
        "renamed.toml",
        "extends = \"base.toml\"\nname = \"x\"\nseed = 7\n[target]\nrevenue = 1\n",
    );
    place.refuses(
        "base.toml base.toml",
        &["there is nothing to explain: `base` and `base#2` differ in nothing that acts on leads"],
    );
    place.refuses("base.toml renamed.toml", &["there is nothing to explain"]);
    place.refuses(
        "base.toml longer.toml",
        &["`horizon` must be that of the baseline"],
    );
    place.refuses(
        "base.toml better.toml --metric revenu",
        &["did you mean `revenue`?"],
    );
    place.refuses(
        "base.toml better.toml --metric ☃",
        &["metrics are leads, mqls"],
    );
    place.refuses(
        "base.toml better.toml --metric mean_wait_days",
        &["`mean_wait_days` does not apply to `base`, which has no limited capacity of sales"],
    );
    place.refuses(
        "base.toml better.toml --permutations 1",
        &["--permutations"],
    );
    place.refuses("base.toml missing.toml", &["there is no such file"]);
    place.refuses(
        "base.toml better.toml --charts base.toml",
        &["it is not a directory"],
    );
    place.refuses(
        "base.toml better.toml --json nowhere/x.json",
        &["cannot write nowhere/x.json"],
    );
}

#[test]
fn groups_that_cannot_be_are_told_all_at_once() {
    let place = Place::new();
    let groups = r#"
[explain.groups]
a = ["closing.wim", "deal", "closing.cycle.exponential"]
b = ["deal.size", "closing win", "closing.cycle"]
c = ["closing.cycle"]
d = "deal"
"#;
    place.write("better.toml", format!("{BETTER}{groups}"));
    place.refuses(
        "base.toml better.toml",
        &[
            "there is no key or table `closing.wim`",
            "did you mean `closing.win`?",
            "`deal.size` and `deal`, named in `explain.groups.a`, overlap",
            "`closing win` is not the path of a key",
            "`closing.cycle.exponential` lies inside the value of `closing.cycle`",
            "`closing.cycle` is named twice, before in `explain.groups.b`",
            "`explain.groups.d`",
            "better.toml:11:6",
            "6 faults in better.toml",
        ],
    );
    let groups = "[explain.groups]\nmedia = [\"channels.websit\"]\n";
    place.write("better.toml", format!("{BETTER}{groups}"));
    place.refuses(
        "base.toml better.toml",
        &[
            "there is no key or table `channels.websit`",
            "did you mean `channels.website`?",
        ],
    );
}

/// A queue by score without scores: the two must come together. Joined, they can be explained.
#[test]
fn changes_that_cannot_act_apart_are_told_with_the_way_to_join_them() {
    let place = Place::new();
    let base = BASE.replace(
        "qualification = \"40%\"",
        "qualification = \"40%\"\n[sales]\nreps = 2\nhold = { exponential = { mean = 1 } }",
    );
    let scored = r#"
extends = "base.toml"
[nurturing]
qualification = "none"
[nurturing.score]
accuracy = 0.5
threshold = 0.2
[sales]
order = "score"
[closing]
win = "30% to 40%"
"#;
    place.write("base.toml", &base).write("better.toml", scored);
    place.refuses(
        "base.toml better.toml",
        &[
            "`nurturing` and `sales` cannot act apart from each other: the queue is in order of score",
            "join them in the alternative: under [explain.groups] write \"nurturing and sales\"",
            "better.toml:9:9",
            "1 fault in",
        ],
    );
    let joined = "[explain.groups]\n\"nurturing and sales\" = [\"nurturing\", \"sales\"]\n";
    place.write("better.toml", format!("{scored}{joined}"));
    let json = place.json("base.toml better.toml");
    let names: Vec<&Value> = json["terms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|term| &term["name"])
        .collect();
    assert_eq!(names, ["nurturing and sales", "closing"]);
}
