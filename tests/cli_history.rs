//! `fit`, `forecast` and `backtest` from outside: what they print and write, what they know of the future, and what they
//! say of input that they cannot use.

mod common;
#[path = "common/page.rs"]
mod page;
#[path = "common/stage.rs"]
mod stage;

use std::fs;
use std::ops::Deref;
use std::path::Path;

use common::*;
use funnelcast::forecast::Plan;
use funnelcast::history::{EarlyLosses, History, Of, simulate, write_parquet};
use serde_json::Value;
use stage::{Stage, stdout};

/// Short sales, so that half a year tells enough; few leads, so that a fit is quick.
const FIRM: &str = r#"
start_date = 2025-01-01
horizon = 240
periods = 240
[channels.web]
leads_per_day = 1.2
[channels."Fairs & <visits>"]
leads_per_day = 0.6
[segments.small]
share = 0.7
[segments.large]
share = 0.3
[nurturing]
ready = 1
[closing]
win = 0.3
cycle = { exponential = { mean = 15 } }
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
"#;

/// The last day of the history.
const LAST: &str = "2025-08-28";

fn history() -> History {
    let plan = Plan {
        seed: 3,
        range: 0..1,
        ..Plan::default()
    };
    simulate(&scenario(FIRM), &plan, Of::Opportunities).unwrap()
}

/// A directory with a history in it.
struct Place(Stage);

impl Deref for Place {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Place {
    fn new() -> Place {
        let place = Place(Stage::new(&[]));
        place.store("history.parquet", &history());
        place
    }

    fn store(&self, name: &str, history: &History) {
        let mut bytes = Vec::new();
        write_parquet(history, &mut bytes).unwrap();
        self.write(name, bytes);
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }
}

/// Lines of a report fit on a terminal.
fn assert_narrow(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// A page stands alone and its text is text.
fn assert_alone(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"));
    for wrong in ["<script", "http:", "https:", "NaN", "<visits>", "infinity"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert!(page.matches("<svg").count() == page.matches("</svg>").count());
}

#[test]
fn a_fit_writes_a_scenario_that_runs() {
    let place = Place::new();
    let run = place.run("fit history.parquet -o fitted.toml --report fit.html");
    let text = stdout(&run.success());
    assert_narrow(&text);
    for word in [
        "records over 240 days",
        "Arrivals",
        "wins have a value",
        "handoff.leak",
    ] {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert_eq!(
        place.names(),
        [
            "fit.html",
            "fitted.open.csv",
            "fitted.toml",
            "history.parquet"
        ]
    );
    assert_alone(&place.read("fit.html"));
    place.run("run fitted.toml --replications 2").success();
}

#[test]
fn a_forecast_tells_horizons_months_and_records() {
    let place = Place::new();
    let run = "forecast history.parquet --horizons 60,30 --replications 60 --threads 1";
    let text = stdout(
        &place
            .run(&format!(
                "{run} --json a.json --records open.csv --report page.html"
            ))
            .success(),
    );
    assert_narrow(&text);
    assert!(text.contains("In the 60 days after 2025-08-28"), "{text}");

    let told = place.json("a.json");
    let shown = page::check(&place.read("page.html"), &told);
    for headline in [
        "horizons/1/won/mean",
        "horizons/1/revenue/p10",
        "horizons/0/score/won/crps",
        "months/0/won/p90",
    ] {
        assert!(shown.contains_key(&format!("/{headline}")), "{headline}");
    }
    assert_eq!(told["as_of"], LAST);
    assert_eq!(told["replications"], 60);
    let horizons = told["horizons"].as_array().unwrap();
    let days: Vec<_> = horizons
        .iter()
        .map(|of| of["days"].as_u64().unwrap())
        .collect();
    assert_eq!(days, [30, 60]);
    for of in horizons.iter().chain(told["months"].as_array().unwrap()) {
        for target in ["won", "revenue"] {
            let quantile = |name: &str| of[target][name].as_f64().unwrap();
            let names = ["p05", "p10", "p25", "p50", "p75", "p90", "p95"];
            assert!(names.map(quantile).is_sorted(), "{of}");
            let parts = ["from_pipeline", "from_new_leads"];
            let sum: f64 = parts
                .map(|part| of[part][target].as_f64().unwrap())
                .iter()
                .sum();
            assert!(
                (sum - quantile("mean")).abs() <= 1e-9 * sum.max(1.0),
                "{of}"
            );
            assert!(of["spread_factor"][target].as_f64().unwrap() > 0.0);
        }
    }
    let months = told["months"].as_array().unwrap().iter();
    let days: u64 = months.map(|of| of["days"].as_u64().unwrap()).sum();
    assert_eq!(days, 60);
    assert!(horizons[0]["score"]["won"]["windows"].as_u64().unwrap() > 0);

    let records = place.read("open.csv");
    let mut lines = records.lines();
    let head = "id,stage,age_days,won_within_30_days,won_within_60_days,won,expected_close_date";
    assert_eq!(lines.next(), Some(head));
    assert_eq!(lines.count() as u64, told["open_records"].as_u64().unwrap());

    for threads in [2, 7] {
        let run = run.replace("--threads 1", &format!("--threads {threads}"));
        place.run(&format!("{run} --json b.json --quiet")).success();
        assert_eq!(
            place.read("a.json"),
            place.read("b.json"),
            "{threads} threads"
        );
    }
    let printed = stdout(&place.run(&format!("{run} --json -")).success());
    assert_eq!(printed, place.read("a.json"));
}

/// What comes after the day of a forecast changes nothing of it.
#[test]
fn a_forecast_does_not_know_the_future() {
    let place = Place::new();
    let whole = history();
    let day = whole.about.as_of - 40;
    let mut other = whole.as_of(day);
    other.about.as_of += 3;
    place.store("other.parquet", &other);
    let date = "2025-07-19";
    let run = |name: &str| {
        let luck = "--horizons 30 --replications 20 --json -";
        stdout(
            &place
                .run(&format!("forecast {name} --as-of {date} {luck}"))
                .success(),
        )
    };
    assert_eq!(run("history.parquet"), run("other.parquet"));
    let fit = |name: &str| {
        place
            .run(&format!("fit {name} --as-of {date} -o x.toml -q"))
            .success();
        (place.read("x.toml"), place.read("x.open.csv"))
    };
    assert_eq!(fit("history.parquet"), fit("other.parquet"));
}

#[test]
fn a_scenario_of_the_day_is_run_in_place_of_a_fit() {
    let place = Place::new();
    place.run("fit history.parquet -o fitted.toml -q").success();
    let run = "forecast history.parquet --horizons 30 --replications 20 --scenario fitted.toml";
    place.run(&format!("{run} --json a.json -q")).success();
    let told = place.json("a.json");
    assert_eq!(told["is_fit"], false);
    let horizon = &told["horizons"][0];
    assert_eq!(horizon["won"], horizon["won_as_simulated"]);
    let text = place.refusal(&format!("{run} --as-of 2025-08-01"));
    assert!(
        text.contains("starts on 2025-08-29") && text.contains("2025-08-02"),
        "{text}"
    );
}

#[test]
fn a_backtest_scores_every_window() {
    let place = Place::new();
    let run = "backtest history.parquet --origins 3 --horizons 30,200 --replications 40";
    let report = format!("{run} --threads 1 --json a.json --report test.html");
    let text = stdout(&place.run(&report).success());
    assert_narrow(&text);
    assert!(text.contains("200 days cannot be tested"), "{text}");
    assert_alone(&place.read("test.html"));
    let told = place.json("a.json");
    assert_eq!(told["origins"], 3);
    assert_eq!(told["scores"].as_array().unwrap().len(), 2);
    assert_eq!(told["windows"].as_array().unwrap().len(), 6);
    assert_eq!(told["refused"][0]["days"], 200);
    for threads in [2, 7] {
        place
            .run(&format!("{run} --threads {threads} --json b.json -q"))
            .success();
        assert_eq!(
            place.read("a.json"),
            place.read("b.json"),
            "{threads} threads"
        );
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    let place = Place::new();
    fs::write(place.path("torn.parquet"), "PAR1 and no more").unwrap();
    let cases = [
        (
            "fit history.parquet -o x.toml --as-of 2026-01-01",
            "later than the history, which ends on 2025-08-28",
        ),
        (
            "fit history.parquet -o x.toml --as-of 2020-01-01",
            "no records",
        ),
        ("fit history.parquet -o x.toml --as-of tomorrow", "--as-of"),
        (
            "fit history.parquet -o x.toml --as-of 2025-02-30",
            "--as-of",
        ),
        ("fit none.parquet -o x.toml", "cannot read none.parquet"),
        ("fit torn.parquet -o x.toml", "cannot read torn.parquet"),
        ("fit . -o x.toml", "it is a directory"),
        ("fit history.parquet -o history.parquet", "would replace"),
        (
            "fit history.parquet -o x.toml --report x.open.csv",
            "would replace",
        ),
        ("fit history.parquet -o none/x.toml", "cannot write"),
        ("forecast history.parquet --horizons 0", "write days"),
        ("forecast torn.parquet", "cannot read torn.parquet"),
        ("forecast history.parquet --scenario none.toml", "none.toml"),
        (
            "forecast history.parquet --replications 0",
            "--replications",
        ),
        ("backtest history.parquet --horizons 200,300", "200 days: "),
        ("backtest history.parquet --origins 0", "--origins"),
        (
            "backtest history.parquet --json a --report a",
            "would replace",
        ),
    ];
    for (arguments, word) in cases {
        let text = place.refusal(arguments);
        assert!(text.contains(word), "{arguments}: {text}");
    }
}

/// A history in which nothing was won tells nothing of wins.
#[test]
fn a_history_without_wins_is_refused() {
    let place = Place::new();
    place.store("none.parquet", &history().as_of(history_start()));
    for command in ["fit none.parquet -o x.toml", "forecast none.parquet"] {
        let text = place.refusal(command);
        assert!(text.contains("won"), "{text}");
    }
    assert!(!Path::new("x.toml").exists());
}

/// The day of the first record.
fn history_start() -> i32 {
    history().stays[0].entered.floor() as i32
}

/// A history of changes of stage: each stage is fitted, the open records stand in theirs, and all can be run.
#[test]
fn stages_are_fitted_one_by_one() {
    let place = Place::new();
    let plan = Plan {
        seed: 4,
        range: 0..1,
        ..Plan::default()
    };
    let firm = format!("{FIRM}[nurturing.delay]\nexponential = {{ mean = 6 }}\n")
        .replace("[nurturing]\nready = 1\n", "");
    let of = Of::Stages(EarlyLosses::Recorded);
    place.store(
        "stages.parquet",
        &simulate(&scenario(&firm), &plan, of).unwrap(),
    );
    place
        .run("fit stages.parquet -o stages.toml --quiet")
        .code(0);
    place.run("check stages.toml").code(0);
    let fitted = place.read("stages.toml");
    for stage in ["lead", "mql", "sal", "opportunity"] {
        let table = format!("closing.stages.\"{stage}\".hazards.advance.ages");
        assert!(fitted.contains(&table), "no {table}");
    }
    let open = place.read("stages.open.csv");
    assert!(
        open.contains(",lead,") && open.contains(",opportunity,"),
        "{open}"
    );
    place
        .run("forecast stages.parquet --horizons 30 --json f.json --replications 200 --quiet")
        .code(0);
    let won = &place.json("f.json")["horizons"][0]["won"];
    // 1.8 leads a day, of which 0.3 are won: 16 in 30 days.
    assert!(
        (10.0..24.0).contains(&won["mean"].as_f64().unwrap()),
        "{won}"
    );
}
