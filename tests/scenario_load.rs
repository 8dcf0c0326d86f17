//! A scenario file becomes the values that it states.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::scenario::{Faults, LawSpec, Note, Quantity, Scenario, StageEnds, Tree};

fn files(texts: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
    let entry = |(name, text): &(&str, &str)| (PathBuf::from(name), text.as_bytes().to_vec());
    texts.iter().map(entry).collect()
}

fn load(text: &str) -> Result<(Scenario, Tree, Vec<Note>), Faults> {
    Scenario::load("plan.toml", &[], &files(&[("plan.toml", text)]))
}

const OPEN_FUNNEL: &str = r#"
start_date = 2025-01-01
horizon = "365 days"
periods = 30

[channels.inbound]
leads_per_day = 1_000

[nurturing]
delay = { gamma = { shape = 2, mean = "21 days" } }
qualification = "25%"

[handoff]
leak = 0.20
routing = { exponential = { mean = "2 days" } }

[closing]
win = 0.22
cycle = { lognormal = { median = "45 days", sigma = 0.6 } }

[deal]
size = { lognormal = { mean = "$25k", sigma = 0.8 } }
"#;

#[test]
fn the_open_funnel_loads() {
    let (scenario, _, notes) = load(OPEN_FUNNEL).map_err(|f| f.plain()).unwrap();
    assert_eq!(scenario.name, "plan");
    assert_eq!(scenario.horizon_days, 365);
    assert_eq!(scenario.periods.len(), 13);
    assert!(notes.is_empty());
    assert!(scenario.doubts.is_empty());
    let process = &scenario.process;
    assert_eq!(*process.handoff.leak.at(0.0), Quantity::Known(0.2));
    let StageEnds::Shares(shares) = &process.closing.stages[0].ends else {
        panic!("by shares")
    };
    assert_eq!(*shares.advance.at(0.0), Quantity::Known(0.22));
    let LawSpec::Known(cycle) = shares.advance_days.at(0.0) else {
        panic!("certain")
    };
    assert!((cycle.median() - 45.0).abs() < 1e-9);
}

#[test]
fn what_the_reference_runs_set_is_read() {
    let sets = [
        "warm_up=150 days",
        "closing.win=0.231",
        "horizon=18 months",
        "sales.reps=9",
    ];
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    let read = Scenario::load("plan.toml", &sets, &files(&[("plan.toml", OPEN_FUNNEL)]));
    let (scenario, _, _) = read.map_err(|faults| faults.plain()).unwrap();
    assert_eq!((scenario.warm_up_days, scenario.horizon_days), (150, 546));
    assert!(scenario.process.sales.reps.is_some());
}
