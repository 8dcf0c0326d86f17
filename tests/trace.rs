//! Watching a lead changes nothing, and its story adds up.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::forecast::{Event, Plan, Reading, Trace, Wanted, What};
use funnelcast::funnel::{Count, Funnel, Scratch};
use funnelcast::scenario::Scenario;

const PLAN: &str = r#"
start_date = 2026-01-05
horizon = "120 days"
warm_up = 30
[channels.inbound]
leads_per_day = 6
[channels.events]
leads_per_day = 2
qualification = 0.5
[nurturing]
delay = { gamma = { shape = 2, mean = "5 days" } }
qualification = "40%"
[handoff]
leak = 0.1
routing = { exponential = { mean = "1 day" } }
acceptance = 0.6
reasons = { fit = 0.7, timing = 0.3 }
recycling = { share = 0.5, delay = { exponential = { mean = "10 days" } } }
[closing]
opportunity_rate = 0.8
win = 0.3
cycle = { lognormal = { median = "20 days", sigma = 0.5 } }
[deal]
size = { lognormal = { mean = "$10k", sigma = 0.7 } }
"#;

fn scenario() -> Scenario {
    let files = BTreeMap::from([(PathBuf::from("plan.toml"), PLAN.as_bytes().to_vec())]);
    let loaded = Scenario::load("plan.toml", &[], &files);
    loaded.map_err(|faults| faults.plain()).unwrap().0
}

fn trace(scenario: &Scenario, replication: u64) -> Trace {
    let plan = Plan {
        seed: 7,
        range: replication..replication + 1,
        certain: false,
    };
    Trace::new(scenario, &plan)
}

/// The stories of all leads of a replication, told one by one without the shortcuts of a run that
/// nobody watches, count up to the record of that run.
#[test]
fn all_stories_together_are_the_record() {
    let scenario = scenario();
    let funnel = Funnel::new(&scenario, &[]);
    for replication in 0..4 {
        let record = funnel.run(7, replication, &mut Scratch::default());
        let stories = trace(&scenario, replication).stories(Wanted::First(usize::MAX));
        let told = |event: Event| {
            let entries = stories.iter().flat_map(|story| &story.entries);
            entries
                .filter(|entry| entry.t >= 0.0 && entry.what == What::Event(event))
                .count() as u32
        };
        let total = |count: Count| {
            record
                .periods
                .iter()
                .map(|period| period.counts[count as usize])
                .sum::<u32>()
        };
        assert_eq!(told(Event::Arrived), total(Count::Leads));
        assert!(told(Event::Mql) > 100 && told(Event::Mql) <= total(Count::Mqls));
        assert!(told(Event::Won) > 10 && told(Event::Won) <= total(Count::Won));
    }
}

/// Each number that decides is compared as the story says, and the lead can be found by its name.
#[test]
fn a_story_shows_what_decided() {
    let scenario = scenario();
    let trace = trace(&scenario, 0);
    let first = trace.stories(Wanted::First(40));
    assert_eq!(first.len(), 40);
    for story in &first {
        let wanted = trace.wanted(&story.lead).unwrap();
        assert_eq!(trace.stories(wanted), std::slice::from_ref(story));
        for (read, next) in story.entries.iter().zip(&story.entries[1..]) {
            if let What::Read {
                u,
                reading: Reading::Below(p),
                ..
            } = read.what
            {
                let leaks = next.what == What::Event(Event::Leaked);
                let qualifies = next.what == What::Event(Event::Mql);
                assert!(!(leaks || qualifies) || u < p);
            }
        }
    }
    assert!(trace.wanted("inbound/all/3").is_err());
    assert!(trace.wanted("nobody/all/3/1").is_err());
}
