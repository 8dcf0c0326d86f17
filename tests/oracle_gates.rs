//! Gates let more or fewer leads through than they say, or reasons are counted in other shares than stated.
//!
//! Gates are independent given quality, so a SAL passes all with the product of their rates, and fails gate k first with
//! (1 - p_k) times the product of those before it.

mod common;

use common::*;
use funnelcast::funnel::Count;
use funnelcast::math::normal_pdf;

/// SALs of a day, and what becomes of them.
fn sals(rest: &str) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = "1 day"
[channels.inbound]
leads_per_day = 2_000
{rest}
[deal]
size = 1
"#
    )
}

const GATES: &str = r#"
[closing]
win = 0
no_decision = 0.2
gate_sequence = ["need", "budget", "timing"]
loss_reasons = { price = 0.5, product = 0.3, silence = 0.2 }
[closing.gates]
need.pass = 0.9
budget.pass = 0.7
timing.pass = 0.8
"#;

/// P(opportunity) = .9 * .7 * .8, the first gate failed has probabilities .1, .27 and .126, and lost opportunities, .8 of
/// all, have reasons as stated. Seed 61; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn gates_multiply_and_the_first_failed_is_the_reason() {
    let seen = replicate(&funnel(&sals(GATES)), 61, 1_000, |record| {
        let counts = [
            Count::Sals,
            Count::Opportunities,
            Count::Lost,
            Count::Disqualified,
        ];
        let reasons = record.reasons.iter().map(|&n| f64::from(n));
        counts
            .map(|which| count(record, which))
            .into_iter()
            .chain(reasons)
            .collect()
    });
    let [sals, opportunities, lost, disqualified] = [0, 1, 2, 3].map(|i| column(&seen, i));
    assert_ratio("P(opportunity)", &opportunities, &sals, 0.504);
    let failed = [("need", 0.1), ("budget", 0.27), ("timing", 0.126)];
    for (i, (gate, share)) in failed.into_iter().enumerate() {
        assert_ratio(gate, &column(&seen, 4 + i), &sals, share);
    }
    for (i, (reason, share)) in [("price", 0.5), ("product", 0.3), ("silence", 0.2)]
        .into_iter()
        .enumerate()
    {
        assert_ratio(reason, &column(&seen, 7 + i), &lost, share);
    }
    for row in &seen {
        assert_eq!(row[4..7].iter().sum::<f64>(), row[3]);
        assert_eq!(row[7..].iter().sum::<f64>(), row[2]);
    }
    assert!(disqualified.iter().sum::<f64>() > 0.0);
}

/// With quality, P(opportunity) = E[prod logistic(logit p_k + b_k q)], by Simpson's rule; a rate by date counts on its day.
/// Seed 62; 1,000 replications.
#[test]
fn gates_see_quality() {
    let text = sals(GATES)
        .replace(
            "need.pass = 0.9",
            "need = { pass = 0.9, quality_effect = 0.8 }",
        )
        .replace(
            "budget.pass = 0.7",
            "budget = { pass = { initially = 0.1, 2025-01-01 = 0.7 }, quality_effect = -0.5 }",
        );
    let seen = replicate(&funnel(&text), 62, 1_000, |record| {
        [Count::Sals, Count::Opportunities]
            .map(|which| count(record, which))
            .to_vec()
    });
    let gate = |p: f64, effect: f64, q: f64| {
        let odds = p / (1.0 - p) * (effect * q).exp();
        odds / (1.0 + odds)
    };
    let passes = |q: f64| normal_pdf(q) * gate(0.9, 0.8, q) * gate(0.7, -0.5, q) * 0.8;
    let exact = integral(passes, -9.0, 9.0, 2_000);
    assert_ratio(
        "P(opportunity)",
        &column(&seen, 1),
        &column(&seen, 0),
        exact,
    );
}

/// A gate that recycles sends a share r of those who fail it back, n times at most: with one gate p and everybody else let
/// through, opportunities per lead are p (1 + x + x^2) with x = (1 - p) r and n = 2. A lead that comes back is the same SAL
/// in the cohort, another one in the count. Seed 63; 1,000 replications.
#[test]
fn a_gate_may_return_leads_to_nurture() {
    let text = sals(
        "[handoff.recycling]\nshare = 0.5\ndelay = 1\nlimit = 2\nof = [\"expired\"]\n\
         [closing]\nwin = 1\ngate_sequence = [\"timing\"]\n[closing.gates]\ntiming = { pass = 0.4, recycles = true }\n",
    )
    .replace("1 day", "5 days")
    .replace("leads_per_day = 2_000", "leads_per_day = { initially = 2_000, 2025-01-02 = 0 }");
    let seen = replicate(&funnel(&text), 63, 1_000, |record| {
        let counts = [
            Count::Leads,
            Count::Sals,
            Count::Opportunities,
            Count::FirstSals,
        ];
        let counts = counts.map(|which| count(record, which));
        [
            counts[0],
            counts[1],
            counts[2],
            counts[3],
            f64::from(record.reasons[0]),
        ]
        .to_vec()
    });
    let [leads, sals, opportunities, first_sals, failed] =
        [0, 1, 2, 3, 4].map(|i| column(&seen, i));
    let passes = 1.0 + 0.3 + 0.09;
    assert_ratio("SALs of a lead", &sals, &leads, passes);
    assert_ratio(
        "opportunities of a lead",
        &opportunities,
        &leads,
        0.4 * passes,
    );
    assert_ratio("failures of a lead", &failed, &leads, 0.6 * passes);
    assert_eq!(first_sals, leads);
}

/// Luck belongs to the names of gates: one put in front, or the order changed, changes nobody's luck at the others, so
/// that whoever passes all of three passed both of two.
#[test]
fn a_gate_more_leaves_the_luck_of_the_others_alone() {
    let two = GATES
        .replace(
            "[\"need\", \"budget\", \"timing\"]",
            "[\"budget\", \"timing\"]",
        )
        .replace("need.pass = 0.9\n", "");
    let turned = GATES.replace(
        "[\"need\", \"budget\", \"timing\"]",
        "[\"timing\", \"need\", \"budget\"]",
    );
    let with_certain = GATES.replace("need.pass = 0.9", "need.pass = 1");
    let opportunities = |gates: &str| {
        replicate(&funnel(&sals(gates)), 64, 20, |record| {
            count(record, Count::Opportunities)
        })
    };
    assert_eq!(opportunities(&two), opportunities(&with_certain));
    assert_eq!(opportunities(GATES), opportunities(&turned));
}
