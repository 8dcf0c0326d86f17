//! The page of `run` and `compare` says what the JSON of the same run does not, or leaves out what it must say.

#[path = "common/page.rs"]
mod page;
#[path = "common/stage.rs"]
mod stage;

use page::check;
use serde_json::Value;
use stage::Stage;

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "5 months"
periods = "month"
replications = 200
[target]
revenue = "$1.2M"
[channels.website]
# source: our own log
leads_per_day = "8 to 12"
cost_per_lead = "$40"
[nurturing]
qualification = "40%"
[handoff]
# assumption: nobody has counted
leak = "15% to 25%"
[sales]
reps = 3
[sales.pool]
hours_per_day = 8
selling_share = "60%"
triage_hours = "1 hours"
acceptance_hours = "3 hours"
[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }
[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;
const BETTER: &str = r#"
extends = "base.toml"
[handoff]
leak = "5% to 15%"
[closing]
win = "30% to 40%"
"#;
const NAMELESS: &str = r#"
extends = "base.toml"
[deal]
size = { lognormal = { mean = "$10.1k", sigma = 0.5 } }
"#;

fn told(line: &str, files: &[(&str, &str)]) -> (String, Value) {
    let stage = Stage::new(files);
    stage
        .run(&format!("{line} --report r.html --json r.json --quiet"))
        .success();
    let json = serde_json::from_str(&stage.read("r.json")).unwrap();
    (stage.read("r.html"), json)
}

#[test]
fn every_number_of_a_comparison_is_that_of_its_key_and_headlines_are_there() {
    let files = [("base.toml", BASE), ("better.toml", BETTER)];
    let (page, json) = told("compare base.toml better.toml", &files);
    let found = check(&page, &json);
    let mut headlines = vec![
        "/baseline/target/revenue".to_owned(),
        "/baseline/target/gap/mean".to_owned(),
    ];
    for case in ["/baseline", "/alternatives/0/result"] {
        headlines.push(format!("{case}/target/probability"));
        for of in ["mean", "p10", "p90"] {
            headlines.push(format!("{case}/periods/0/metrics/revenue/{of}"));
        }
        for metric in ["revenue", "won", "leads", "cost", "margin", "cac"] {
            headlines.push(format!("{case}/metrics/{metric}/mean"));
        }
    }
    for of in [
        "mean",
        "ci95/0",
        "ci95/1",
        "p10",
        "p90",
        "probability_positive",
        "relative/mean",
    ] {
        headlines.push(format!("/alternatives/0/difference/revenue/{of}"));
    }
    headlines.extend(
        ["total", "ci95/0", "terms/0/shapley", "terms/1/alone"]
            .map(|of| format!("/alternatives/0/bridge/{of}")),
    );
    for headline in headlines {
        assert!(
            found.contains_key(&headline),
            "{headline} is not on the page"
        );
    }
}

#[test]
fn every_number_of_a_run_is_that_of_its_key() {
    let (page, json) = told("run base.toml", &[("base.toml", BASE)]);
    let found = check(&page, &json);
    for of in ["mean", "p10", "p90"] {
        assert!(
            found.contains_key(&format!("/metrics/revenue/{of}")),
            "{of}"
        );
    }
}

/// Two deal sizes that 200 futures cannot tell apart once each has its own luck of few deals.
#[test]
fn a_lift_whose_interval_spans_zero_is_called_unproven() {
    let same = NAMELESS
        .replace("$10.1k", "$10k")
        .replace("sigma = 0.5", "sigma = 0.52");
    let files = [("base.toml", BASE), ("same.toml", &same[..])];
    let (page, json) = told("compare base.toml same.toml --replications 40", &files);
    check(&page, &json);
    let interval = &json["alternatives"][0]["difference"]["revenue"]["ci95"];
    assert!(
        interval[0].as_f64() < Some(0.0) && interval[1].as_f64() > Some(0.0),
        "{interval}"
    );
    assert!(page.contains("Unproven: "), "no word of it");
    assert!(!page.contains(" earns more than "));
}

#[test]
fn names_are_shown_and_do_nothing() {
    let name = |of: &str| format!("name = '''{of}'''\n");
    let long = "<script>document.title='x'</script> \"&' مرحبا 🚀 ".repeat(6);
    let long: String = long.chars().take(200).collect();
    let base = name(&long) + BASE;
    let better = name("=SUM(A1) \u{202e}evil") + BETTER;
    let files = [("base.toml", &base[..]), ("better.toml", &better[..])];
    let (page, json) = told("compare base.toml better.toml", &files);
    check(&page, &json);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;script&gt;document"));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_page_is_the_same_for_any_number_of_threads_and_needs_nothing_from_outside() {
    let stage = Stage::new(&[("base.toml", BASE), ("better.toml", BETTER)]);
    for threads in [1, 2] {
        let line = format!(
            "compare base.toml better.toml --replications 20 --threads {threads} --report {threads}.html --quiet"
        );
        stage.run(&line).success();
    }
    let page = stage.read("1.html");
    assert_eq!(page, stage.read("2.html"));
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.len() < 5_000_000);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_work() {
    let stage = Stage::new(&[("base.toml", BASE)]);
    let said = stage.refusal("run base.toml --report no/such/place.html");
    assert!(said.contains("place.html"), "{said}");
    let said = stage.refusal("run base.toml --report base.toml");
    assert!(said.contains("--report"), "{said}");
}
