//! Files that extend one another merge leaf by leaf, and every leaf keeps its place.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::scenario::{Quantity, Scenario, StageEnds, Tree};

type Files = BTreeMap<PathBuf, Vec<u8>>;

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "6 months"
name = "Base"
[channels.webinar]
leads_per_day = 40
[channels.event]
leads_per_day = 5
cost_per_lead = "$30"
[handoff]
leak = "10% to 20%"
[handoff.recycling]
share = 0.2
delay = { exponential = { mean = 90 } }
[closing]
win = { wins = 110, of = 500 }
cycle = { lognormal = { median = "40 to 50 days", sigma = 0.6 } }
[deal]
size = { empirical = "sizes.csv" }
"#;

const MIDDLE: &str = r#"
extends = "../base.toml"
[handoff]
leak = 0.1
[channels.partner]
leads_per_day = 2
"#;

const TOP: &str = r#"
extends = "more/middle.toml"
[handoff]
recycling = "none"
[channels.event]
cost_per_lead = "none"
[channels.webinar]
leads_per_day = { initially = 40, 2026-03-01 = 60 }
"#;

fn files() -> Files {
    let texts = [
        ("base.toml", BASE),
        ("more/middle.toml", MIDDLE),
        ("top.toml", TOP),
        ("sizes.csv", "size\n20000\n$25k\n\"30,000\"\n"),
    ];
    let entry = |(name, text): (&str, &str)| (PathBuf::from(name), text.as_bytes().to_vec());
    texts.into_iter().map(entry).collect()
}

fn tree(name: &str) -> Tree {
    Tree::load(name, &files()).unwrap()
}

fn scenario(tree: &Tree) -> Scenario {
    let read = Scenario::from_tree(tree, &files());
    read.map_err(|faults| faults.plain()).unwrap().0
}

#[test]
fn tables_merge_and_leaves_are_replaced() {
    let top = tree("top.toml");
    let read = scenario(&top);
    let names: Vec<&str> = read
        .process
        .channels
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    assert_eq!(names, ["event", "partner", "webinar"]);
    assert_eq!(*read.process.handoff.leak.at(0.0), Quantity::Known(0.1));
    assert!(read.process.handoff.recycling.is_none());
    let event = &read.process.channels[0];
    assert_eq!(*event.cost_per_lead.at(0.0), Quantity::Known(0.0));
    let webinar = &read.process.channels[2].leads_per_day;
    assert_eq!(*webinar.at(58.9), Quantity::Known(40.0));
    assert_eq!(*webinar.at(59.0), Quantity::Known(60.0));
    assert_eq!(read.name, "top");
    assert_eq!(scenario(&tree("base.toml")).name, "Base");
}

#[test]
fn places_are_those_of_the_file_that_states() {
    let top = tree("top.toml");
    let place = |path: &str| top.place(path).unwrap().to_string();
    assert_eq!(place("handoff.leak"), "more/middle.toml:4:8");
    assert_eq!(place("closing.win"), "base.toml:16:7");
    assert_eq!(place("handoff.recycling"), "top.toml:4:13");
    assert_eq!(place("channels.partner"), "more/middle.toml:5:11");
    assert!(top.place("handoff.contact").is_none());
}

#[test]
fn a_set_value_is_toml_or_text_and_shown_as_set() {
    let mut top = tree("top.toml");
    top.set("handoff.leak=12%").unwrap();
    top.set("closing.win = { wins = 3, of = 40 }").unwrap();
    top.set("start_date=2026-02-01").unwrap();
    top.set("channels.\"trade show\".leads_per_day=3").unwrap();
    assert_eq!(top.place("handoff.leak").unwrap().to_string(), "--set");
    let read = scenario(&top);
    assert_eq!(*read.process.handoff.leak.at(0.0), Quantity::Known(0.12));
    assert_eq!(read.doubts.len(), 2);
    assert_eq!(read.process.channels[2].name, "trade show");
}

#[test]
fn differences_are_leaves() {
    let (base, top) = (tree("base.toml"), tree("top.toml"));
    let expected = [
        "channels.event.cost_per_lead",
        "channels.partner.leads_per_day",
        "channels.webinar.leads_per_day",
        "handoff.leak",
        "handoff.recycling.delay",
        "handoff.recycling.share",
    ];
    assert_eq!(base.diff(&top), expected);
    assert_eq!(top.diff(&base), expected);
    assert!(top.diff(&top).is_empty());
}

#[test]
fn with_all_differences_is_the_other_scenario() {
    let (base, top) = (tree("base.toml"), tree("top.toml"));
    for (from, to) in [(&base, &top), (&top, &base)] {
        let mixed = from.with(to, from.diff(to));
        assert!(mixed.diff(to).is_empty());
        let (mixed, to) = (scenario(&mixed), scenario(to));
        assert_eq!(mixed.process, to.process);
        assert_eq!(mixed.doubts, to.doubts);
        let none = from.with(from, Vec::<String>::new());
        assert!(none.diff(from).is_empty());
    }
    let one = base.with(&top, ["handoff.leak"]);
    assert_eq!(one.diff(&base), ["handoff.leak"]);
    assert_eq!(
        one.place("handoff.leak").unwrap().file(),
        "more/middle.toml"
    );
}

#[test]
fn a_tree_written_and_read_again_differs_nowhere() {
    for name in ["base.toml", "top.toml", "more/middle.toml"] {
        let tree = tree(name);
        let mut files = files();
        files.insert("again.toml".into(), tree.to_string().into_bytes());
        let again = Tree::load("again.toml", &files).unwrap();
        assert_eq!(tree.diff(&again), Vec::<String>::new(), "{tree}");
        assert_eq!(
            scenario(&tree).process,
            Scenario::from_tree(&again, &files).unwrap().0.process
        );
    }
}

#[test]
fn a_file_named_in_a_value_is_relative_to_the_file_that_states_it() {
    let mut files = files();
    let again = "extends = \"../base.toml\"\n[deal]\nsize = { empirical = \"sizes.csv\" }\n";
    files.insert("more/again.toml".into(), again.into());
    let tree = Tree::load("more/again.toml", &files).unwrap();
    assert_eq!(
        tree.diff(&Tree::load("base.toml", &files).unwrap()),
        ["deal.size"]
    );
    let faults = Scenario::from_tree(&tree, &files).unwrap_err();
    assert!(
        faults
            .plain()
            .contains("more/sizes.csv, but there is no such file")
    );
}

#[test]
fn the_past_shares_channels_and_keeps_its_own_doubts() {
    let mut files = files();
    let changed = "extends = \"top.toml\"\nwarm_up = \"60 days\"\nrecord_warm_up = true\n[start]\nwarm_up_under = \"base.toml\"\n";
    files.insert("changed.toml".into(), changed.into());
    let (read, _, _) = Scenario::load("changed.toml", &[], &files)
        .map_err(|f| f.plain())
        .unwrap();
    let past = read.past.unwrap();
    let names = |channels: &[funnelcast::scenario::Channel]| -> Vec<String> {
        channels.iter().map(|c| c.name.clone()).collect()
    };
    assert_eq!(names(&past.channels), names(&read.process.channels));
    assert_eq!(
        *past.channels[1].leads_per_day.at(0.0),
        Quantity::Known(0.0)
    );
    let doubts: Vec<(&str, bool)> = read
        .doubts
        .iter()
        .map(|d| (d.path.as_str(), d.of_past))
        .collect();
    assert_eq!(
        doubts,
        [
            ("closing.cycle.lognormal.median", false),
            ("closing.win", false),
            ("closing.cycle.lognormal.median", true),
            ("closing.win", true),
            ("handoff.leak", true),
        ]
    );
    assert_eq!(*past.handoff.leak.at(0.0), Quantity::Doubt(4));
    let StageEnds::Shares(shares) = &past.closing.stages[0].ends else {
        panic!("by shares")
    };
    assert_eq!(*shares.advance.at(0.0), Quantity::Doubt(3));
    let days: Vec<(i32, i32)> = read
        .warm_up_periods
        .iter()
        .map(|w| (w.start_day, w.end_day))
        .collect();
    assert_eq!(days, [(-60, -31), (-31, 0)]);
}
