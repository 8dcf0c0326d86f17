//! Watching changes the run, or a story tells what did not happen.

mod common;

use common::{scenario, scenario_with};
use funnelcast::forecast::{Decision, Entry, Event, Plan, Reading, Story, Trace, Wanted, What};
use funnelcast::funnel::{Count, Funnel, Record, Scratch};
use funnelcast::scenario::Scenario;

const HEAD: &str = "
start_date = 2026-01-05
horizon = \"120 days\"
";

/// Plain rates alone: unwatched, its leads are qualified and handed off together.
const OPEN: &str = "
[channels.inbound]
leads_per_day = 9
[channels.events]
leads_per_day = 3
qualification = 0.5
[nurturing]
delay = { gamma = { shape = 2, mean = 5 } }
qualification = 0.4
[handoff]
leak = 0.1
routing = { exponential = { mean = 1 } }
[closing]
win = 0.3
no_decision = 0.2
loss_reasons = { price = 0.6, product = 0.4 }
cycle = { lognormal = { median = 12, sigma = 0.5 } }
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
";

const NURTURED: &str = "
[channels.inbound]
leads_per_day = 9
quality = 0.3
[nurturing]
ready = 0.4
never = 0.2
maturation_per_day = 0.05
decay_per_day = 0.02
[nurturing.score]
accuracy = 0.6
threshold = -0.2
[handoff]
judgement = { accuracy = 0.7, threshold = 0.1 }
reasons = { fit = 0.7, timing = 0.3 }
[closing]
sequence = [\"demo\", \"offer\"]
[closing.stages.demo]
advance = 0.6
days = { exponential = { mean = 3 } }
[closing.stages.offer]
advance = 0.5
no_decision = 0.3
lost_days = 1
advance_days = 5
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
quality_correlation = 0.5
";

const RECYCLED: &str = "
acceptance = 0.5
contact_decay = { floor = 0.3, days = 0.2, power = 0.5 }
expiry = { exponential = { mean = 4 } }
recycling = { share = 0.7, delay = { exponential = { mean = 6 } }, limit = 3 }
";

const GATES: &str = "
[closing.gates]
need.pass = 0.8
timing = { pass = 0.6, quality_effect = 0.5, recycles = true }
";

const REPS: &str = "
[sales]
reps = 2
hold = { exponential = { mean = 0.5 } }
[sales.hires.new]
reps = 1
start = 2026-02-10
[sales.ramp]
start = 0.2
days = 20
";

const POOL: &str = "
[sales]
reps = 2
order = \"score\"
[sales.pool]
selling_share = 0.4
triage_hours = 1
acceptance_hours = 3
hours_per_open_opportunity = 0.05
";

const SDRS: &str = "
[sdr]
reps = 2
hold = { exponential = { mean = 0.15 } }
";

const SDR_POOL: &str = "
[sdr]
reps = 1
order = \"score\"
[sdr.pool]
selling_share = 0.5
triage_hours = 0.8
";

const PIPELINE: &str = "
[start]
pipeline = \"open.csv\"
";

const RECORDS: &str = "id,stage,age_days,value
n,nurturing,5,
r,routing,0.1,
q,queue,2,
u,queue,,
deal,demo,3,7500
last,offer,,
back,recycled,2,
";

/// Scenarios that between them take every path through the funnel.
fn scenarios() -> Vec<(&'static str, Scenario)> {
    let with = |parts: &[&str]| scenario(&(HEAD.to_owned() + &parts.concat()));
    let recycled = NURTURED.replace("[handoff]\n", &format!("[handoff]\n{RECYCLED}"));
    let recycled = recycled.replace("acceptance = 0.5\n", "");
    let gated = "[closing]\ngate_sequence = [\"need\", \"timing\"]\n";
    let recycled_open = OPEN.replace("[handoff]\n", &format!("[handoff]\n{RECYCLED}"));
    let piped = HEAD.to_owned() + &recycled + POOL + PIPELINE;
    let piped_sdrs = HEAD.to_owned() + &recycled + SDRS + POOL + PIPELINE;
    let records = RECORDS.to_owned() + "s,sal_queue,1,\nw,working,1,\n";
    vec![
        ("open", with(&[OPEN])),
        ("open with warm-up", with(&["warm_up = 40\n", OPEN])),
        ("open with reps", with(&[OPEN, REPS])),
        ("nurtured", with(&[NURTURED])),
        ("recycled", with(&[&recycled_open])),
        ("recycled with reps", with(&[&recycled_open, REPS])),
        (
            "gated",
            with(&[&recycled_open.replace("[closing]\n", gated), REPS, GATES]),
        ),
        ("pool", with(&[&recycled, POOL])),
        ("SDRs", with(&[OPEN, SDRS])),
        ("SDRs with reps", with(&[OPEN, SDRS, REPS])),
        (
            "SDRs recycled with reps",
            with(&[&recycled_open, SDRS, REPS]),
        ),
        (
            "SDRs from a pool with reps",
            with(&[&recycled, SDR_POOL, REPS]),
        ),
        ("SDRs with a pool", with(&[&recycled, SDRS, POOL])),
        (
            "pipeline with SDRs",
            scenario_with(&piped_sdrs, &[("open.csv", &records)]),
        ),
        ("pipeline", scenario_with(&piped, &[("open.csv", RECORDS)])),
    ]
}

type Test = fn(Event) -> bool;

const EVERYBODY: usize = 100_000;

fn everybody(scenario: &Scenario, replication: u64) -> (Vec<Story>, Record) {
    let funnel = Funnel::new(scenario, &scenario.median_draw());
    let traced = funnel.trace(
        7,
        replication,
        &mut Scratch::default(),
        Wanted::First(EVERYBODY),
    );
    (traced.stories, traced.record)
}

fn trace(scenario: &Scenario) -> Trace {
    let plan = Plan {
        seed: 7,
        range: 0..1,
        ..Plan::default()
    };
    Trace::new(scenario, &plan)
}

fn is_event(entry: &Entry, test: impl Fn(Event) -> bool) -> bool {
    matches!(entry.what, What::Event(event) if test(event))
}

fn reading(entry: &Entry, of: Decision) -> Option<(f64, Reading)> {
    match entry.what {
        What::Read {
            decision,
            u,
            reading,
        } if decision == of => Some((u, reading)),
        _ => None,
    }
}

#[test]
fn watching_changes_nothing() {
    for (name, scenario) in scenarios() {
        let funnel = Funnel::new(&scenario, &scenario.median_draw());
        let mut scratch = Scratch::default();
        for replication in 0..3 {
            let run = funnel.run(7, replication, &mut scratch);
            for wanted in [
                Wanted::First(0),
                Wanted::First(EVERYBODY),
                Wanted::Lead {
                    source: 0,
                    day: 3,
                    ordinal: 1,
                },
            ] {
                let traced = funnel.trace(7, replication, &mut scratch, wanted);
                assert_eq!(traced.record, run, "{name}, replication {replication}");
            }
        }
    }
}

#[test]
fn blocks_of_a_day_change_no_story() {
    for name in [
        "open",
        "nurtured",
        "open with reps",
        "SDRs",
        "SDRs with reps",
    ] {
        let mut all = scenarios().into_iter();
        let (_, scenario) = all.find(|(of, _)| *of == name).unwrap();
        let funnel = Funnel::new(&scenario, &scenario.median_draw());
        let stories = |funnel: &Funnel| {
            let mut scratch = Scratch::default();
            funnel.trace(7, 0, &mut scratch, Wanted::First(300)).stories
        };
        assert_eq!(
            stories(&funnel),
            stories(&funnel.clone().in_blocks(1)),
            "{name}"
        );
    }
}

/// Without a warm-up or a pipeline, all stories together are the record.
#[test]
fn stories_count_up_to_the_record() {
    for (name, scenario) in scenarios() {
        if name == "open with warm-up" || name.starts_with("pipeline") {
            continue;
        }
        let (stories, record) = everybody(&scenario, 1);
        let told = |test: Test| {
            let entries = stories.iter().flat_map(|story| &story.entries);
            entries.filter(|entry| is_event(entry, test)).count() as u32
        };
        let counted = |count: Count| {
            let periods = record.periods.iter();
            periods
                .map(|period| period.counts[count as usize])
                .sum::<u32>()
        };
        assert!(counted(Count::Won) > 5, "{name}");
        let all: [(Count, Test); 9] = [
            (Count::Leads, |event| event == Event::Arrived),
            (Count::Mqls, |event| event == Event::Mql),
            (Count::Leaked, |event| event == Event::Leaked),
            (Count::Touched, |event| event == Event::Touched),
            (Count::Sals, |event| event == Event::Accepted),
            (Count::Opportunities, |event| event == Event::Opportunity),
            (Count::Won, |event| matches!(event, Event::Won(_))),
            (Count::Lost, |event| matches!(event, Event::Lost(_))),
            (Count::NoDecision, |event| event == Event::NoDecision),
        ];
        for (count, test) in all {
            assert_eq!(told(test), counted(count), "{name}: {count:?}");
        }
        let open = told(|event| matches!(event, Event::Open(_)));
        assert_eq!(open, record.open.iter().sum::<u32>(), "{name}");
    }
}

/// Time does not run backwards, and each story has one beginning and one end, which is its last event.
#[test]
fn stories_are_whole_and_in_order() {
    let ends = |event| {
        matches!(
            event,
            Event::Unqualified
                | Event::Faded
                | Event::Leaked
                | Event::Disqualified(None)
                | Event::Won(_)
                | Event::Lost(_)
                | Event::NoDecision
                | Event::Open(_)
        )
    };
    for (name, scenario) in scenarios() {
        let (stories, _) = everybody(&scenario, 0);
        assert!(
            stories
                .windows(2)
                .all(|two| two[0].entries[0].t <= two[1].entries[0].t)
        );
        for story in &stories {
            let told = format!("{name}: {story:#?}");
            let entries = &story.entries;
            assert!(
                is_event(&entries[0], |event| event == Event::Arrived),
                "{told}"
            );
            assert!(entries.windows(2).all(|two| two[0].t <= two[1].t), "{told}");
            assert!(
                entries.windows(2).all(|two| two[0].pass <= two[1].pass),
                "{told}"
            );
            let n_ends = entries.iter().filter(|entry| is_event(entry, ends)).count();
            let gives_up = |event| {
                matches!(
                    event,
                    Event::Expired
                        | Event::Unreached
                        | Event::Rejected(_)
                        | Event::Disqualified(Some(_))
                )
            };
            let mut last_first = entries.iter().rev();
            let last = last_first.find(|entry| is_event(entry, |_| true)).unwrap();
            match is_event(last, gives_up) {
                true => assert_eq!(n_ends, 0, "{told}"),
                false => assert!(n_ends == 1 && is_event(last, ends), "{told}"),
            }
        }
    }
}

/// What a story says of a decision is what the next lines show.
#[test]
fn readings_are_what_happens() {
    let mut seen = [0; 8];
    for (_, scenario) in scenarios() {
        for story in everybody(&scenario, 2).0 {
            for (place, entry) in story.entries.iter().enumerate() {
                let rest = &story.entries[place + 1..];
                let comes =
                    |test: fn(Event) -> bool| rest.first().is_some_and(|next| is_event(next, test));
                let later = rest.iter().find(|next| matches!(next.what, What::Event(_)));
                if let Some((u, Reading::Below(p))) = reading(entry, Decision::Leak) {
                    assert_eq!(u < p, comes(|event| event == Event::Leaked));
                    seen[0] += 1;
                }
                if let Some((u, Reading::Below(p))) = reading(entry, Decision::Contact) {
                    let unreached =
                        later.is_some_and(|next| is_event(next, |event| event == Event::Unreached));
                    assert_eq!(u >= p, unreached);
                    seen[1] += 1;
                }
                if let Some((_, Reading::Above { value, threshold })) =
                    reading(entry, Decision::Acceptance)
                {
                    let accepted =
                        later.is_some_and(|next| is_event(next, |event| event == Event::Accepted));
                    assert_eq!(value > threshold, accepted);
                    seen[2] += 1;
                }
                if let Some((u, Reading::Choice { choice, low, high })) =
                    reading(entry, Decision::Reason)
                {
                    assert!((low..high).contains(&u));
                    assert_eq!(
                        later.unwrap().what,
                        What::Event(Event::Rejected(Some(choice)))
                    );
                    seen[3] += 1;
                }
                if let Some((u, Reading::Gate { gate, pass })) = reading(entry, Decision::Gate) {
                    let fails = |event| event == Event::Disqualified(Some(gate));
                    assert_eq!(
                        u >= pass,
                        rest.first().is_some_and(|next| is_event(next, fails))
                    );
                    seen[6] += 1;
                }
                if let Some((u, Reading::Choice { choice, low, high })) =
                    reading(entry, Decision::LossReason)
                {
                    assert!((low..high).contains(&u));
                    let next = later.unwrap();
                    assert_eq!(next.what, What::Event(Event::Lost(Some(choice))));
                    seen[7] += 1;
                }
                if let Some((_, Reading::Days(days))) = reading(entry, Decision::StageDays) {
                    let next = later.unwrap();
                    let open = is_event(next, |event| matches!(event, Event::Open(_)));
                    assert!(open || (next.t - entry.t - days).abs() < 1e-9);
                    seen[4] += 1;
                }
                if let Some((_, Reading::Days(days))) = reading(entry, Decision::Expiry) {
                    let end = rest.iter().find(|next| {
                        is_event(next, |event| {
                            matches!(event, Event::Touched | Event::Expired | Event::Open(_))
                        })
                    });
                    let end = end.unwrap();
                    let patience_ends = entry.t + days;
                    match end.what {
                        What::Event(Event::Expired) => assert_eq!(end.t, patience_ends),
                        _ => assert!(end.t < patience_ends),
                    }
                    seen[5] += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|&n| n > 100), "{seen:?}");
}

#[test]
fn who_is_put_back_has_no_verdict_yet() {
    let mut n_put_back = 0;
    for (_, scenario) in scenarios() {
        for story in everybody(&scenario, 0).0 {
            for two in story.entries.windows(2) {
                if is_event(&two[1], |event| event == Event::PutBack) {
                    n_put_back += 1;
                    assert!(reading(&two[0], Decision::Contact).is_none());
                    assert!(reading(&two[0], Decision::Acceptance).is_none());
                    assert!(two[0].what != two[1].what);
                }
            }
        }
    }
    assert!(n_put_back > 20, "{n_put_back}");
}

/// Who is accepted by an SDR waits for an account executive when the SDR is done with them, and holds one from the time on
/// at which they are taken over.
#[test]
fn both_touches_are_told() {
    let (mut n, mut waits) = (0, 0.0);
    let all = scenarios().into_iter();
    for (name, scenario) in all.filter(|(name, _)| *name == "SDRs with reps") {
        for story in everybody(&scenario, 0).0 {
            let events: Vec<&Entry> = story.entries.iter().collect();
            let at = |test: Test| events.iter().position(|entry| is_event(entry, test));
            let Some(taken) = at(|event| event == Event::TakenOver) else {
                continue;
            };
            let days = |of: Decision| {
                let mut readings = events.iter().filter_map(|entry| reading(entry, of));
                match readings.next() {
                    Some((_, Reading::Days(days))) => days,
                    other => panic!("{name}: {other:?}"),
                }
            };
            let touched = at(|event| event == Event::Touched).unwrap();
            let accepted = at(|event| event == Event::Accepted).unwrap();
            let queued = at(|event| event == Event::SalQueued).unwrap();
            assert!(touched < accepted && accepted < queued && queued + 1 == taken);
            let t = |place: usize| events[place].t;
            assert!((t(queued) - t(touched) - days(Decision::SdrHold)).abs() < 1e-9);
            if let Some(opened) = at(|event| event == Event::Opportunity) {
                assert!((t(opened) - t(taken) - days(Decision::Hold)).abs() < 1e-9);
            }
            waits += t(taken) - t(queued);
            n += 1;
        }
    }
    assert!(n > 100 && waits > 1.0, "{n} of them waited {waits} days");
}

#[test]
fn a_lead_is_found_by_its_name() {
    for (name, scenario) in scenarios() {
        let trace = trace(&scenario);
        for story in trace.first(30) {
            assert_eq!(trace.lead(&story.lead).as_ref(), Ok(&story), "{name}");
        }
    }
}

#[test]
fn a_lead_of_the_warm_up_is_not_among_the_first_but_has_a_name() {
    let (_, scenario) = scenarios().swap_remove(1);
    let trace = trace(&scenario);
    assert!(
        trace
            .first(20)
            .iter()
            .all(|story| story.entries[0].t >= 0.0)
    );
    let early = trace.lead("inbound/all/-40/0").unwrap();
    assert!(early.entries[0].t < -39.0);
}

#[test]
fn a_record_of_the_pipeline_is_found_by_its_id() {
    let mut all = scenarios().into_iter();
    let (_, scenario) = all.find(|(name, _)| *name == "pipeline").unwrap();
    let trace = trace(&scenario);
    for id in ["n", "r", "q", "u", "deal", "last", "back"] {
        let story = trace.lead(&format!("pipeline/{id}")).unwrap();
        assert!(is_event(&story.entries[0], |event| matches!(
            event,
            Event::Standing(_)
        )));
        assert!(story.entries.len() > 2, "{story:#?}");
        assert!(
            story.entries.windows(2).all(|two| two[0].t <= two[1].t),
            "{story:#?}"
        );
    }
    let has_luck = |story: &Story| {
        story
            .entries
            .iter()
            .any(|entry| reading(entry, Decision::DealSize).is_some())
    };
    assert!(
        !has_luck(&trace.lead("pipeline/deal").unwrap()),
        "its value is stated"
    );
}

#[test]
fn names_of_nobody_are_refused_with_what_there_is() {
    let all = scenarios();
    let open = trace(&all[1].1);
    for (name, words) in [
        (
            "",
            "write channel/segment/day/number, such as events/all/12/0",
        ),
        ("inbound", "is not the name of a lead"),
        ("inbound/all/x/0", "is not the name of a lead"),
        ("inbound/all/3/-1", "is not the name of a lead"),
        ("inbound/all/3/99999999999", "is not the name of a lead"),
        (
            "inbond/all/3/0",
            "there are events/all, inbound/all; did you mean `inbound/all`?",
        ),
        ("pipeline/7", "is not the name of a lead"),
        ("inbound/all/120/0", "days go from -40 to 119"),
        ("inbound/all/-41/0", "days go from -40 to 119"),
        (
            "inbound/all/3/9999",
            "in replication 0: on day 3, inbound/all brings",
        ),
        ("inbound/all/3/99999999", "numbers 0 to"),
    ] {
        let refused = open.lead(name).unwrap_err().to_string();
        assert!(refused.contains(words), "{name}: {refused}");
    }
    let piped = trace(&all.last().unwrap().1);
    let refused = piped.lead("pipeline/dael").unwrap_err().to_string();
    assert!(refused.contains("did you mean `deal`?"), "{refused}");
    let refused = piped.lead("x").unwrap_err().to_string();
    assert!(refused.contains(", or pipeline/id"), "{refused}");
}
