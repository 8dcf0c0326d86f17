//! A scenario file becomes the values that it states.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::scenario::{Faults, LawSpec, Note, Quantity, Scenario, Tree};

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
    let stage = &process.closing.stages[0];
    assert_eq!(*stage.advance.at(0.0), Quantity::Known(0.22));
    let LawSpec::Known(cycle) = stage.advance_days.at(0.0) else {
        panic!("certain")
    };
    assert!((cycle.median() - 45.0).abs() < 1e-9);
}

#[test]
fn fault_sample() {
    let faults = load(
        "start_date = 2025-01-01\nhorizn = 3\n[handoff]\nleak = 1.3\nroutng=3\nrouting=\"4 kg\"\n",
    )
    .unwrap_err();
    println!("{}", faults.plain());
}
