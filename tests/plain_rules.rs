//! Leads that go together under plain rules do what they do one by one, to the byte.
//!
//! A scenario forced into daily blocks goes lead by lead, so that both ways can be run and compared.

mod common;

use common::{count, funnel, stocks};
use funnelcast::funnel::{Count, Record, Scratch, Stock};

/// A funnel in which leads meet every rate there is, each of them plain; capacity is unlimited.
const PLAIN: &str = r#"
    start_date = 2026-01-01
    horizon = "150 days"
    warm_up = "40 days"
    periods = "30 days"
    channels.web = { leads_per_day = 30, qualification = 0.5 }
    channels.fair = { leads_per_day = 12, dispersion = 4 }
    nurturing.delay = { gamma = { shape = 2, mean = "9 days" } }
    nurturing.qualification = 0.4
    handoff.leak = 0.1
    handoff.routing = { exponential = { mean = "1.5 days" } }
    handoff.sla = "2 days"
    handoff.contact = 0.9
    handoff.acceptance = 0.8
    closing.opportunity_rate = 0.7
    closing.win = 0.3
    closing.no_decision = 0.2
    closing.cycle = { lognormal = { median = "20 days", sigma = 0.6 } }
    deal.size = { lognormal = { mean = "$25k", sigma = 0.8 } }
"#;

const REPS: &str = r#"
    [sales]
    reps = 9
    hold = { exponential = { mean = "0.4 days" } }
"#;

/// The record of one replication, which is the same lead by lead.
fn both_ways(text: &str) -> Record {
    let funnel = funnel(text);
    let mut scratch = Scratch::default();
    let together = funnel.run(7, 1, &mut scratch);
    let one_by_one = funnel.in_blocks(1).run(7, 1, &mut scratch);
    assert_eq!(together, one_by_one, "{text}");
    together
}

#[test]
fn with_unlimited_capacity() {
    let record = both_ways(PLAIN);
    for met in [
        Count::Unqualified,
        Count::Leaked,
        Count::SlaMet,
        Count::Unreached,
        Count::Rejected,
        Count::Disqualified,
        Count::NoDecision,
        Count::Lost,
        Count::Won,
    ] {
        assert!(count(&record, met) > 0.0, "nobody met {met:?}");
    }
}

/// So few that many days go together, more, and so many that each day goes on its own.
#[test]
fn with_any_number_of_leads_a_day() {
    for (per_day, reps) in [(1, 1), (20, 4), (100, 9), (200, 18), (400, 37), (1000, 99)] {
        let reps = REPS.replace("reps = 9", &format!("reps = {reps}"));
        for more in ["", &reps] {
            let text = [PLAIN, more].concat();
            let text = text
                .replace("leads_per_day = 30", &format!("leads_per_day = {per_day}"))
                .replace("leads_per_day = 12", &format!("leads_per_day = {per_day}"));
            let leads = count(&both_ways(&text), Count::Leads);
            assert!(leads > 200.0 * f64::from(per_day), "{leads}");
        }
    }
}

/// A time to the close of its own for each outcome.
#[test]
fn with_times_by_outcome() {
    let cycle = r#"closing.cycle = { lognormal = { median = "20 days", sigma = 0.6 } }"#;
    let by_outcome = r#"
        closing.won_cycle = { lognormal = { median = "20 days", sigma = 0.6 } }
        closing.lost_cycle = { gamma = { shape = 2, mean = "30 days" } }
        closing.no_decision_cycle = "45 days"
    "#;
    for more in ["", REPS] {
        assert!(PLAIN.contains(cycle));
        both_ways(&[&PLAIN.replace(cycle, by_outcome), more].concat());
    }
}

/// Enough reps; too few, so that most are left in the queue at the horizon; none at all; enough from a day on.
#[test]
fn with_reps() {
    let by_date = "{ initially = 3, 2026-02-01 = 18 }";
    for (reps, many_are_left) in [("9", false), ("3", true), ("0", true), (by_date, false)] {
        let text = [PLAIN, &REPS.replace("reps = 9", &format!("reps = {reps}"))].concat();
        let backlog = stocks(&both_ways(&text), Stock::Backlog);
        let left = backlog.last().expect("there are periods");
        assert_eq!(*left > 500.0, many_are_left, "{reps} reps leave {left}");
    }
}

/// One rule after another that is not plain: those who meet it go one by one, others together before it.
#[test]
fn with_some_rules_that_are_not_plain() {
    let plain = [PLAIN, REPS].concat();
    for (rule, other) in [
        ("leak = 0.1", "leak = { initially = 0.1, 2026-02-01 = 0.3 }"),
        (
            "contact = 0.9",
            "contact = { initially = 0.9, 2026-02-01 = 0.5 }",
        ),
        (
            "opportunity_rate = 0.7",
            "opportunity_rate = 0.7\nclosing.opportunity_quality_effect = 0.4",
        ),
        (
            "acceptance = 0.8",
            "acceptance = 0.8\nhandoff.expiry = '3 days'",
        ),
        ("reps = 9", "reps = { initially = 9, 2026-02-01 = 4 }"),
    ] {
        assert!(plain.contains(rule), "{rule}");
        both_ways(&plain.replace(rule, other));
    }
}
