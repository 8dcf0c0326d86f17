//! The history of a simulated future tells something else than the engine counted, or knows what came later.

mod common;

use common::*;
use funnelcast::forecast::{Event, Journey, Plan, draw_of, journeys};
use funnelcast::funnel::{Count, Funnel, Record as Tallied, Scratch};
use funnelcast::history::{
    About, EarlyLosses, End, History, Known, NONE, Of, Record, Stay, simulate, write_changes,
    write_records,
};
use funnelcast::scenario::Scenario;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Two stations, leads that come back, gates, closing stages, segments, a doubt.
const BUSY: &str = r#"
start_date = 2025-01-01
horizon = 200
periods = 200
warm_up = 120
[channels.web]
leads_per_day = 9
[channels.events]
leads_per_day = 4
[segments.small]
share = 0.7
[segments.large]
share = 0.3
[nurturing]
ready = 0.3
never = 0.2
maturation_per_day = 0.05
decay_per_day = 0.03
[handoff]
leak = 0.1
acceptance = 0.6
expiry = 6
recycling = { share = 0.5, delay = 7, limit = 5, of = ["rejected", "expired"] }
[sdr]
reps = 2
hold = { exponential = { mean = 0.4 } }
[sales]
reps = 4
hold = { exponential = { mean = 1.2 } }
[closing]
sequence = ["demo", "offer"]
[closing.stages.demo]
advance = 0.6
days = { exponential = { mean = 15 } }
[closing.stages.offer]
advance = "30% to 60%"
no_decision = 0.2
days = { exponential = { mean = 20 } }
[deal]
size = { lognormal = { mean = 10_000, sigma = 0.7 } }
"#;

/// Customers who refer leads, and who are referred themselves.
const REFERRED: &str = r#"
start_date = 2025-01-01
horizon = 300
warm_up = 200
[channels.web]
leads_per_day = 2
[closing]
win = 0.5
cycle = 10
[deal]
size = 1000
[customers]
term = 90
churn = 0.3
referrals = { per_year = 3 }
"#;

/// Records open at day 0, of known age and of unknown.
const OPEN: &str = r#"
start_date = 2025-01-01
horizon = 120
start.pipeline = "open.csv"
[channels.web]
leads_per_day = 3
[handoff]
routing = 2
acceptance = 0.5
[closing]
win = 0.4
cycle = { exponential = { mean = 40 } }
[deal]
size = 1000
"#;
const OPEN_CSV: &str = "id,stage,age_days,value\n9,opportunity,30,777\n10,opportunity,,\nq,queue,1.5,\n\
     n,nurturing,12,\nr,routing,0.5,\nw,working,3,\n";

fn scenarios() -> [Scenario; 3] {
    [
        scenario(BUSY),
        scenario(REFERRED),
        scenario_with(OPEN, &[("open.csv", OPEN_CSV)]),
    ]
}

fn plan(replication: u64) -> Plan {
    Plan {
        seed: 11,
        range: replication..replication + 1,
        ..Plan::default()
    }
}

fn all(scenario: &Scenario, plan: &Plan) -> (Tallied, Vec<Journey>) {
    let mut all = Vec::new();
    let record = journeys(scenario, plan, |journey| all.push(journey)).unwrap();
    (record, all)
}

/// The record of the replication, run by itself.
fn record(scenario: &Scenario, plan: &Plan) -> Tallied {
    let number = plan.range.start;
    let funnel = Funnel::new(scenario, &draw_of(scenario, plan, number));
    funnel.run(plan.seed, number, &mut Scratch::default())
}

/// How many events of a kind there are from day 0 on.
fn n_events(journeys: &[Journey], is: impl Fn(Event) -> bool) -> f64 {
    let events = journeys.iter().flat_map(|journey| &journey.events);
    events.filter(|(t, event)| *t >= 0.0 && is(*event)).count() as f64
}

#[test]
fn journeys_are_what_the_engine_counts() {
    for scenario in scenarios() {
        for replication in [0, 5] {
            let plan = plan(replication);
            let (told, journeys) = all(&scenario, &plan);
            let alone = record(&scenario, &plan);
            assert_eq!(told, alone);
            let arrived = |event| matches!(event, Event::Arrived | Event::Referred);
            assert_eq!(n_events(&journeys, arrived), count(&told, Count::Leads));
            for (of, is) in [
                (
                    Count::Mqls,
                    (|event| event == Event::Mql) as fn(Event) -> bool,
                ),
                (Count::Sals, |event| event == Event::Accepted),
                (Count::Opportunities, |event| event == Event::Opportunity),
                (Count::Won, |event| matches!(event, Event::Won(_))),
                (Count::Lost, |event| matches!(event, Event::Lost(_))),
                (Count::NoDecision, |event| event == Event::NoDecision),
                (Count::Referred, |event| event == Event::Referred),
                (Count::Churned, |event| event == Event::Churned),
            ] {
                assert_eq!(n_events(&journeys, is), count(&told, of), "{of:?}");
            }
            let open = journeys.iter().flat_map(|journey| journey.events.last());
            let open = open.filter(|(_, event)| matches!(event, Event::Open(_)));
            assert_eq!(open.count() as u32, told.open.iter().sum::<u32>());
            let total = told.arrived.iter().sum::<u32>() as usize + scenario.pipeline.len();
            assert_eq!(journeys.len(), total, "warm-up and pipeline included");
        }
    }
}

#[test]
fn journeys_come_in_order_under_names_of_their_own() {
    for scenario in scenarios() {
        let (_, journeys) = all(&scenario, &plan(3));
        let key = |journey: &Journey| (journey.arrived, journey.id.clone());
        assert!(journeys.is_sorted_by_key(key));
        let mut ids: Vec<&str> = journeys.iter().map(|journey| journey.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), journeys.len());
        for Journey { id, events, .. } in &journeys {
            assert!(events.is_sorted_by_key(|(t, _)| *t), "{id}: {events:?}");
        }
    }
}

#[test]
fn a_referred_lead_is_named_after_its_customer() {
    let (_, journeys) = all(&scenario(REFERRED), &plan(0));
    let referred = journeys.iter().filter(|journey| journey.id.contains('+'));
    let referred: Vec<&Journey> = referred.collect();
    assert!(
        referred
            .iter()
            .any(|journey| journey.id.matches('+').count() == 2)
    );
    for journey in referred {
        let (customer, nth) = journey.id.rsplit_once('+').unwrap();
        let customer = journeys.iter().find(|of| of.id == customer).unwrap();
        let is_referral = |(_, event): &&(f64, Event)| *event == Event::Refers;
        let referrals = customer.events.iter().filter(is_referral);
        let (t, _) = referrals.clone().nth(nth.parse().unwrap()).unwrap();
        assert_eq!(*t, journey.arrived);
    }
}

#[test]
fn a_record_of_the_pipeline_begins_where_its_age_says() {
    let scenario = scenario_with(OPEN, &[("open.csv", OPEN_CSV)]);
    let (_, journeys) = all(&scenario, &plan(0));
    let arrived = |id: &str| {
        let named = journeys.iter().find(|journey| journey.id == id);
        named.expect("a journey").arrived
    };
    assert_eq!(arrived("pipeline/9"), -30.0);
    assert_eq!(arrived("pipeline/q"), -1.5);
    assert_eq!(arrived("pipeline/10").to_bits(), 0.0f64.to_bits());
    let history = simulate(&scenario, &plan(0), Of::Stages(EarlyLosses::Recorded)).unwrap();
    let stages = ["lead", "mql", "sal", "opportunity"];
    assert_eq!(history.stages, stages);
    let first = |id: &str| {
        let record = (0..history.records.len()).find(|&record| history.id(record) == id);
        let stay = history.stays_of(record.expect("a record"))[0];
        (stages[stay.stage as usize], stay.entered)
    };
    let day_0 = 20_089.0;
    assert_eq!(first("pipeline/9"), ("opportunity", day_0 - 30.0));
    assert_eq!(first("pipeline/n"), ("lead", day_0 - 12.0));
    assert_eq!(first("pipeline/r"), ("mql", day_0 - 0.5));
    assert_eq!(first("pipeline/w"), ("sal", day_0 - 3.0));
}

/// Records whose last stay ends so, from day 0 on.
fn n_ended(history: &History, day_0: f64, end: End) -> f64 {
    let last = |record| history.stays_of(record).last().copied();
    let lasts = (0..history.records.len()).filter_map(last);
    let ended = lasts.filter(|stay| stay.end == end && (stay.left >= day_0 || end == End::Open));
    ended.count() as f64
}

#[test]
fn a_history_has_the_ends_that_the_engine_counts() {
    for scenario in scenarios() {
        let plan = plan(2);
        let counted = record(&scenario, &plan);
        let day_0 = 20_089.0;
        let closed = [
            (End::Won, Count::Won),
            (End::NoDecision, Count::NoDecision),
            (End::Lost, Count::Lost),
        ];
        let early: f64 = Count::ENDS[3..]
            .iter()
            .map(|&end| count(&counted, end))
            .sum();
        let open = f64::from(counted.open.iter().sum::<u32>());
        for of in [
            Of::Leads(EarlyLosses::Recorded),
            Of::Leads(EarlyLosses::Unrecorded),
            Of::Opportunities,
            Of::Stages(EarlyLosses::Recorded),
            Of::Stages(EarlyLosses::Unrecorded),
        ] {
            let history = simulate(&scenario, &plan, of).unwrap();
            let is_recorded = matches!(
                of,
                Of::Leads(EarlyLosses::Recorded) | Of::Stages(EarlyLosses::Recorded)
            );
            for (end, of_end) in closed {
                let early = if is_recorded && end == End::Lost {
                    early
                } else {
                    0.0
                };
                let expected = count(&counted, of_end) + early;
                assert_eq!(n_ended(&history, day_0, end), expected, "{of:?} {end:?}");
            }
            if is_recorded {
                assert_eq!(n_ended(&history, day_0, End::Open), open, "{of:?}");
            }
            let values = history.records.iter().map(|record| record.value);
            let known = values.filter(|value| !value.is_nan()).count();
            assert_eq!(known as f64, n_ended(&history, f64::NEG_INFINITY, End::Won));
            assert_eq!(
                history.about.as_of,
                20_089 + scenario.horizon_days as i32 - 1
            );
            assert_sound(&history);
        }
    }
}

/// Records in order, each with stays that follow each other, and nothing behind the history's end.
fn assert_sound(history: &History) {
    let key = |record: usize| (history.stays_of(record)[0].entered, history.id(record));
    let n = history.records.len();
    assert!((1..n).all(|record| key(record - 1) <= key(record)));
    for record in 0..n {
        let stays = history.stays_of(record);
        for (nth, stay) in stays.iter().enumerate() {
            let is_last = nth + 1 == stays.len();
            assert_eq!(stay.end == End::Advanced, !is_last, "{stays:?}");
            assert_eq!(stay.end == End::Open, stay.left == f64::INFINITY);
            assert!(stay.entered <= stay.left && stay.entered < history.end());
            assert!(stay.end == End::Open || stay.left < history.end());
        }
        assert!(stays.windows(2).all(|pair| pair[0].left == pair[1].entered));
        assert!(stays.windows(2).all(|pair| pair[0].stage != pair[1].stage));
    }
    assert!(describe(&history.as_of(history.about.as_of)) == describe(history));
    assert!(history.channels.is_sorted() && history.segments.is_sorted());
}

#[test]
fn exports_have_a_row_for_each_record_and_each_change() {
    let history = simulate(&scenario(BUSY), &plan(1), Of::Stages(EarlyLosses::Recorded)).unwrap();
    let (mut records, mut changes) = (Vec::new(), Vec::new());
    write_records(&history, &mut records).unwrap();
    write_changes(&history, &mut changes).unwrap();
    let [records, changes] = [records, changes].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_eq!(records.lines().count(), 1 + history.records.len());
    let closed = history.stays.iter();
    let closed = closed.filter(|stay| !matches!(stay.end, End::Open | End::Advanced));
    let n_closed = closed.count();
    assert_eq!(changes.lines().count(), 1 + history.stays.len() + n_closed);
    let won = |text: &str| text.lines().filter(|line| line.contains(",won,")).count();
    let n_won = n_ended(&history, f64::NEG_INFINITY, End::Won) as usize;
    assert_eq!([won(&records), won(&changes)], [n_won; 2]);
}

#[test]
fn an_export_is_written_as_it_is_read() {
    let about = About {
        as_of: 20_100,
        ..About::default()
    };
    let mut history = History::new(about, vec!["lead".into(), "call, first".into()]);
    history.channels = vec!["web".into()];
    let record = |channel, value| Record {
        channel,
        segment: NONE,
        owner: NONE,
        first_stay: 0,
        value,
    };
    let stay = |stage, entered, left, end| Stay {
        entered,
        left,
        stage,
        end,
    };
    let stays = [
        stay(0, 20_089.25, 20_090.5, End::Advanced),
        stay(1, 20_090.5, 20_092.0, End::Won),
    ];
    history.push("a", record(0, 1250.5), stays);
    let open = [stay(1, 20_091.0, f64::INFINITY, End::Open)];
    history.push("b", record(NONE, f64::NAN), open);
    let (mut records, mut changes) = (Vec::new(), Vec::new());
    write_records(&history, &mut records).unwrap();
    write_changes(&history, &mut changes).unwrap();
    assert_eq!(
        String::from_utf8(records).unwrap(),
        "id,channel,segment,created,closed,stage,value,owner\n\
         a,web,,2025-01-01T06:00:00,2025-01-04T00:00:00,won,1250.5,\n\
         b,,,2025-01-03T00:00:00,,\"call, first\",,\n"
    );
    assert_eq!(
        String::from_utf8(changes).unwrap(),
        "id,stage,entered,value,channel,segment\n\
         a,lead,2025-01-01T06:00:00,,web,\n\
         a,\"call, first\",2025-01-02T12:00:00,,web,\n\
         a,won,2025-01-04T00:00:00,1250.5,web,\n\
         b,\"call, first\",2025-01-03T00:00:00,,,\n"
    );
}

/// A record in plain form: `(entered, days in each stage, how it ends, value, owner)`.
type Plain = (f64, Vec<f64>, End, f64, u32);

fn plain() -> impl Strategy<Value = Plain> {
    let end = prop_oneof![
        Just(End::Open),
        Just(End::Won),
        Just(End::Lost),
        Just(End::NoDecision)
    ];
    let days = prop::collection::vec(0.0..20.0f64, 1..4);
    (0.0..60.0f64, days, end, 1.0..9.0f64, 0..3u32)
}

fn history_of(records: &[Plain], known: Known) -> History {
    let about = About {
        as_of: 200,
        value_known: known,
        owner_known: known,
        ..About::default()
    };
    let mut history = History::new(about, ["a", "b", "c"].map(str::to_owned).to_vec());
    history.channels = vec!["web".into(), "events".into()];
    history.owners = ["x", "y", "z"].map(str::to_owned).to_vec();
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by(|&a, &b| records[a].0.total_cmp(&records[b].0));
    for place in order {
        let (entered, days, end, value, owner) = &records[place];
        let mut t = *entered;
        let stays = days.iter().enumerate().map(|(stage, days)| {
            let entered = t;
            t += days;
            let is_last = stage + 1 == records[place].1.len();
            let end = if is_last { *end } else { End::Advanced };
            let left = if end == End::Open { f64::INFINITY } else { t };
            let stage = stage as u32;
            Stay {
                entered,
                left,
                stage,
                end,
            }
        });
        let record = Record {
            channel: (place % 2) as u32,
            segment: NONE,
            owner: *owner,
            first_stay: 0,
            value: *value,
        };
        history.push(&place.to_string(), record, stays.collect::<Vec<_>>());
    }
    history
}

/// The record with everything changed that happens from `end` on and is not known before it.
fn otherwise_later(record: &Plain, end: f64, known: Known) -> Plain {
    let (entered, days, how, value, owner) = record.clone();
    let mut t = entered;
    let mut kept = Vec::new();
    for days in &days {
        if t >= end {
            break;
        }
        kept.push(*days);
        t += days;
    }
    if t < end || kept.is_empty() {
        return (entered, days, how, value, owner);
    }
    let last = kept.len() - 1;
    kept[last] += 7.0;
    let (value, owner) = match known {
        Known::AtCreation => (value, owner),
        Known::AtClose => (value + 1.0, (owner + 1) % 3),
    };
    (entered, kept, End::NoDecision, value, owner)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// Nothing that happens after a day is in what was known at its end, whoever comes later, whatever they bring.
    #[test]
    fn what_was_known_on_a_day_knows_nothing_later(
        records in prop::collection::vec(plain(), 1..12),
        more in prop::collection::vec(plain(), 0..4),
        day in 0..90i32,
        at_close in any::<bool>(),
    ) {
        let known = if at_close { Known::AtClose } else { Known::AtCreation };
        let end = f64::from(day) + 1.0;
        let mut other: Vec<Plain> =
            records.iter().map(|record| otherwise_later(record, end, known)).collect();
        other.extend(more.into_iter().map(|record| (end + record.0, record.1, record.2, record.3, record.4)));
        let [seen, other] = [&records, &other].map(|records| history_of(records, known).as_of(day));
        prop_assert_eq!(describe(&seen), describe(&other));
        for stay in &seen.stays {
            prop_assert!(stay.entered < end && (stay.left < end || stay.end == End::Open));
        }
        let earlier = seen.as_of(day / 2);
        prop_assert_eq!(describe(&earlier), describe(&history_of(&records, known).as_of(day / 2)));
    }
}

/// All of a history as text: values that are not known are equal.
fn describe(history: &History) -> String {
    format!("{history:?}")
}

#[test]
fn a_simulated_history_cut_on_a_day_is_that_of_a_shorter_horizon() {
    let shorter = BUSY.replace("horizon = 200", "horizon = 80");
    let shorter = shorter.replace("periods = 200", "periods = 80");
    let [long, short] = [BUSY, &shorter].map(scenario);
    for of in [
        Of::Leads(EarlyLosses::Recorded),
        Of::Opportunities,
        Of::Stages(EarlyLosses::Unrecorded),
    ] {
        let [long, short] = [&long, &short].map(|of_it| simulate(of_it, &plan(4), of).unwrap());
        let cut = long.as_of(short.about.as_of);
        assert!(describe(&cut) == describe(&short), "{of:?}");
    }
}
