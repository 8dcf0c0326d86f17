//! What a run feeds back to itself: trust and learning against their equations, blocks shorter than a
//! day, warm-ups that are shared.

mod common;

use common::{count, funnel};
use funnelcast::funnel::{Count, Funnel, Record, Scratch, Siblings};

/// A funnel in which trust changes the leak and nothing else changes trust: nobody waits.
fn trusting(strength: f64, acceptance: f64) -> String {
    format!(
        r#"
        start_date = 2026-01-01
        horizon = "400 days"
        channels.web.leads_per_day = 400
        handoff.leak = 0.30
        handoff.acceptance = {acceptance}
        closing.win = 0.25
        deal.size = 1000
        [handoff.trust]
        strength = {strength}
        usual_acceptance = 0.45
        memory = 400
        "#
    )
}

/// Share of the MQLs of the last three months that leaked.
fn late_leak(record: &Record) -> f64 {
    let late = &record.periods[record.periods.len() - 4..];
    let sum = |count: Count| -> f64 {
        late.iter()
            .map(|tally| f64::from(tally.counts[count as usize]))
            .sum()
    };
    sum(Count::Leaked) / sum(Count::Mqls)
}

/// Acceptance that work does not change settles the leak at `0.30 * exp(-strength * (A - 0.45))`.
///
/// Some 40,000 MQLs: the standard error of the share is 0.0023; the moving average of 400 touches adds
/// noise of the leak of 0.0006. Four standard errors: a false alarm in 15,000 runs.
#[test]
fn trust_settles_the_leak() {
    for (strength, acceptance) in [(0.0, 0.7), (1.0, 0.7), (1.0, 0.2), (3.0, 0.6)] {
        let funnel = funnel(&trusting(strength, acceptance));
        let record = funnel.run(11, 0, &mut Scratch::default());
        let exact = 0.30 * (-strength * (acceptance - 0.45f64)).exp();
        let seen = late_leak(&record);
        assert!((seen - exact).abs() < 4.0 * 0.0025, "{seen} is not {exact}");
    }
}

/// `d ln(worked) / dA = strength * leak / (1 - leak)`: the gain of the loop per unit of acceptance.
///
/// A central difference over 0.1 of acceptance, whose own error is below 2 %; the noise of each side is
/// 0.0035, so of the slope 0.05, a tenth of it. Four standard errors.
#[test]
fn trust_answers_to_acceptance_by_its_gain() {
    let strength = 2.0;
    let worked = |acceptance: f64| {
        let funnel = funnel(&trusting(strength, acceptance));
        1.0 - late_leak(&funnel.run(12, 0, &mut Scratch::default()))
    };
    let slope = (worked(0.50).ln() - worked(0.40).ln()) / 0.1;
    let gain = strength * 0.30 / 0.70;
    assert!((slope - gain).abs() < 4.0 * 0.05, "{slope} is not {gain}");
}

/// Blocks of a quarter of a day see acceptance sooner by less than a day, while the average remembers
/// 400 touches, about two days: what that changes in 400 days is far below 1 %.
#[test]
fn shorter_blocks_change_results_as_little_as_the_step_should() {
    let funnel = funnel(&trusting(2.0, 0.7));
    let mut scratch = Scratch::default();
    let worked = |funnel: &Funnel, scratch: &mut Scratch| {
        let runs = (0..10).map(|number| count(&funnel.run(13, number, scratch), Count::Sals));
        runs.sum::<f64>()
    };
    let by_day = worked(&funnel, &mut scratch);
    let by_quarter = worked(&funnel.clone().in_blocks(4), &mut scratch);
    assert!(by_day != by_quarter, "trust acts within the day");
    let change = (by_quarter / by_day - 1.0).abs();
    assert!(change < 0.002, "{change}");
}

/// Without feedback the length of blocks changes no byte.
#[test]
fn without_feedback_blocks_of_any_length_give_the_same_record() {
    let text = trusting(0.0, 0.7);
    let (without_trust, _) = text.split_once("[handoff.trust]").expect("it is stated");
    let funnel = funnel(without_trust);
    let mut scratch = Scratch::default();
    let whole = funnel.run(14, 0, &mut scratch);
    for per_day in [1, 2, 4, 8] {
        let record = funnel.clone().in_blocks(per_day).run(14, 0, &mut scratch);
        assert_eq!(record, whole, "{per_day} blocks a day");
    }
}

/// Every stage with a delay, recycling, trust, a pool of hours: all that a state at day 0 can hold.
const FIRM: &str = r#"
    start_date = 2026-01-01
    horizon = "200 days"
    warm_up = "300 days"
    [channels.web]
    leads_per_day = 12
    quality = 0.1
    inbound = true
    dispersion = 20
    [nurturing]
    ready = 0.3
    never = 0.2
    delay = { gamma = { shape = 2, mean = "10 days" } }
    maturation_per_day = 0.004
    decay_per_day = 0.005
    [nurturing.score]
    definition_angle = 55
    data_reliability = 0.7
    threshold = 0.1
    volume_bias = 0.3
    [handoff]
    leak = 0.25
    routing = { exponential = { mean = "1 day" } }
    expiry = "20 days"
    contact = 0.85
    [handoff.judgement]
    accuracy = 0.75
    threshold = 0.1
    [handoff.recycling]
    share = 0.3
    delay = { exponential = { mean = "40 days" } }
    [handoff.trust]
    strength = 1
    usual_acceptance = 0.45
    [sales]
    reps = 3
    [sales.pool]
    selling_share = 0.35
    triage_hours = 0.75
    acceptance_hours = 2
    hours_per_open_opportunity = 0.15
    [closing]
    opportunity_rate = 0.5
    opportunity_quality_effect = 0.6
    win = 0.25
    win_quality_effect = 0.5
    no_decision = 0.3
    won_cycle = { lognormal = { median = "60 days", sigma = 0.6 } }
    lost_cycle = { lognormal = { median = "40 days", sigma = 0.6 } }
    [deal]
    size = { lognormal = { mean = 20000, sigma = 0.8 } }
    quality_correlation = 0.25
    cycle_correlation = 0.2
    [base]
    annual_revenue = 500000
    churn_per_year = 0.12
    [levers.shared_goals]
    adoption = 0
    [levers.feedback_loop]
    adoption = 0
    [levers.integrated_crm]
    adoption = 0
    [levers.handoff_sla]
    adoption = 0
    [levers.enablement]
    adoption = 0
    [levers.nurture]
    adoption = 0
    [levers.ab_testing]
    adoption = 0
    [levers.customer_journey]
    adoption = 0
"#;

const LEVERS: [&str; 8] = [
    "shared_goals",
    "feedback_loop",
    "integrated_crm",
    "handoff_sla",
    "enablement",
    "nurture",
    "ab_testing",
    "customer_journey",
];

/// The firm with these levers adopted to these ceilings.
fn with(levers: &[(&str, f64)]) -> String {
    levers
        .iter()
        .fold(FIRM.to_owned(), |text, (lever, adoption)| {
            let table = format!("[levers.{lever}]\n    adoption = ");
            text.replace(&format!("{table}0\n"), &format!("{table}{adoption}\n"))
        })
}

/// A warm-up that is shared is the warm-up that each would have had, whatever acts from day 0 on.
#[test]
fn sharing_a_warm_up_changes_no_byte() {
    let all: Vec<(&str, f64)> = LEVERS.iter().map(|lever| (*lever, 0.9)).collect();
    let mut texts = vec![FIRM.to_owned(), with(&all)];
    texts.extend(LEVERS.iter().map(|lever| with(&[(*lever, -0.5)])));
    let from_day_0 = "win = { initially = 0.25, 2026-01-01 = 0.40 }\n    win_quality";
    texts.push(FIRM.replace("win = 0.25\n    win_quality", from_day_0));
    texts.push(FIRM.replace(
        "size = { lognormal = { mean = 20000",
        "size = { lognormal = { mean = 21000",
    ));
    let funnels: Vec<Funnel> = texts.iter().map(|text| funnel(text)).collect();
    let siblings = Siblings::new(&funnels);
    assert_eq!(
        siblings.n_warm_ups(),
        2,
        "a deal law of its own has a past of its own"
    );
    let mut scratch = Scratch::default();
    for replication in 0..3 {
        let shared = siblings.run(15, replication, &mut scratch, |_| {});
        for (funnel, shared) in funnels.iter().zip(shared) {
            assert_eq!(funnel.run(15, replication, &mut scratch), shared);
        }
    }
}

/// Adoption 0 is the baseline, bit for bit, and so is a lever that is not there.
#[test]
fn adoption_0_is_the_baseline() {
    let none = LEVERS.iter().fold(FIRM.to_owned(), |text, lever| {
        text.replace(&format!("[levers.{lever}]\n    adoption = 0\n"), "\n")
    });
    let zeros: Vec<(&str, f64)> = LEVERS.iter().map(|lever| (*lever, 0.0)).collect();
    let mut scratch = Scratch::default();
    let mut run = |text: &str| funnel(text).run(16, 1, &mut scratch);
    let baseline = run(&none);
    assert_eq!(run(FIRM), baseline);
    assert_eq!(run(&with(&zeros)), baseline);
    assert_ne!(run(&with(&[("nurture", 0.5)])), baseline);
}

/// The notes of a scenario whose trust has this strength and whose targeting needs verdicts.
fn notes_on_trust(strength: &str) -> usize {
    let text = FIRM
        .replace("strength = 1", &format!("strength = {strength}"))
        .replace(
            "[levers.feedback_loop]\n    adoption = 0\n",
            "[levers.feedback_loop]\n    adoption = 0.5\n    effects.verdicts_per_day = 8\n",
        );
    let files = [("firm.toml".into(), text.into_bytes())].into();
    let files: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> = files;
    let (_, _, notes) = funnelcast::Scenario::load("firm.toml", &[], &files).expect("it is valid");
    notes
        .iter()
        .filter(|note| note.message.contains("two equilibria"))
        .count()
}

/// `strength * 1/3 * (0.85 * 0.75 * 0.399 * 0.30 / e)` reaches 1 at a strength of 107.
#[test]
fn a_loop_whose_gain_reaches_1_is_noted() {
    assert_eq!(notes_on_trust("100"), 0);
    assert_eq!(notes_on_trust("115"), 1);
}
