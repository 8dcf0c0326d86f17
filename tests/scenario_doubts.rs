//! Ranges, evidence and laws become doubts with the quantiles that were written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::distribution::Law;
use funnelcast::scenario::{Doubt, LawForm, LawSpec, Note, OpenStage, Quantity, Scenario};

fn load_with(text: &str, more: &[(&str, &str)]) -> (Scenario, Vec<Note>) {
    let base = "start_date = 2026-01-15\nhorizon = \"3 months\"\n[channels.web]\nleads_per_day = 10\n[deal]\nsize = 100\n[closing]\nwin = 0.2\n";
    let text = format!("extends = \"base.toml\"\n{text}");
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for (name, text) in [("base.toml", base), ("plan.toml", text.as_str())]
        .iter()
        .chain(more)
    {
        files.insert(name.into(), text.as_bytes().to_vec());
    }
    let read = Scenario::load("plan.toml", &[], &files);
    let (scenario, _, notes) = read.map_err(|faults| faults.plain()).unwrap();
    (scenario, notes)
}

fn load(text: &str) -> Scenario {
    load_with(text, &[]).0
}

fn only_doubt(scenario: &Scenario) -> &Doubt {
    assert_eq!(scenario.doubts.len(), 1);
    &scenario.doubts[0]
}

fn assert_quantiles(law: &Law, low: f64, high: f64) {
    assert!(
        (law.cdf(low) - 0.05).abs() < 1e-6,
        "{law}: {}",
        law.cdf(low)
    );
    assert!(
        (law.cdf(high) - 0.95).abs() < 1e-6,
        "{law}: {}",
        law.cdf(high)
    );
}

#[test]
fn a_range_has_its_ends_at_5_and_95_percent() {
    let rate = load("[closing]\nwin = \"18% to 26%\"");
    assert_quantiles(&only_doubt(&rate).law, 0.18, 0.26);
    assert_eq!(only_doubt(&rate).law.support(), (0.0, 1.0));
    let money = load("[channels.web]\ncost_per_lead = \"$20 to $45\"");
    assert_quantiles(&only_doubt(&money).law, 20.0, 45.0);
    assert_eq!(only_doubt(&money).law.support(), (0.0, f64::INFINITY));
    let signed = load("[channels.web]\nquality = \"-0.5 to 1\"");
    assert_quantiles(&only_doubt(&signed).law, -0.5, 1.0);
    let whole = load("[sales]\nreps = \"14 to 18\"");
    assert!(only_doubt(&whole).whole);
    let size = load("[deal]\nsize = \"$20k to $30k\"");
    assert_quantiles(&only_doubt(&size).law, 20e3, 30e3);
    let LawSpec::Doubtful { form, .. } = size.process.closing.deal_size.at(0.0) else {
        panic!("in doubt")
    };
    assert_eq!(*form, LawForm::Point);
}

#[test]
fn evidence_is_a_beta_posterior() {
    let jeffreys = load("[closing]\nwin = { wins = 110, of = 500 }");
    assert_eq!(only_doubt(&jeffreys).law, Law::beta(110.5, 390.5).unwrap());
    let informed = load("[closing]\nwin = { wins = 3, of = 10, prior = { wins = 2, of = 8 } }");
    assert_eq!(only_doubt(&informed).law, Law::beta(5.0, 13.0).unwrap());
}

#[test]
fn doubts_are_in_order_of_path_and_named_by_it() {
    let scenario = load(
        "[handoff]\nleak = { initially = \"10% to 20%\", 2026-02-01 = \"5% to 9%\" }\nrouting = { gamma = { shape = \"1.5 to 2.5\", mean = \"2 to 4 days\" } }\n[closing]\nwin = { normal = { mean = 0.2, sd = 0.01 } }",
    );
    let paths: Vec<&str> = scenario.doubts.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "closing.win",
            "handoff.leak.2026-02-01",
            "handoff.leak.initially",
            "handoff.routing.gamma.mean",
            "handoff.routing.gamma.shape",
        ]
    );
    let leak = &scenario.process.handoff.leak;
    assert_eq!(*leak.at(0.0), Quantity::Doubt(2));
    assert_eq!(*leak.at(17.0), Quantity::Doubt(1));
    let routing = scenario.process.handoff.routing.as_ref().unwrap().at(0.0);
    let LawSpec::Doubtful {
        form, parameters, ..
    } = routing
    else {
        panic!("in doubt")
    };
    assert_eq!(*form, LawForm::GammaShapeMean);
    assert_eq!(*parameters, [Quantity::Doubt(4), Quantity::Doubt(3)]);
    let law = routing.at(&scenario.median_draw());
    assert!((law.mean() - 8.0_f64.sqrt()).abs() < 1e-6);
}

#[test]
fn what_leaves_the_domain_is_cut_and_noted() {
    let (scenario, notes) = load_with(
        "[closing]\nwin = { normal = { mean = 0.2, sd = 0.2 } }\n[handoff]\nrouting = { normal = { mean = 2, sd = 1 } }",
        &[],
    );
    assert_eq!(only_doubt(&scenario).law.support(), (0.0, 1.0));
    let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].starts_with("plan.toml:3:18: `closing.win`: normal"),
        "{}",
        notes[0]
    );
    let LawSpec::Known(routing) = scenario.process.handoff.routing.as_ref().unwrap().at(0.0) else {
        panic!("certain")
    };
    assert_eq!(routing.support().0, 0.0);
}

/// What a lever, or trust, could change is not there, or not yet.
#[test]
fn what_acts_in_vain_is_noted() {
    let vain = "[levers]\nshared_goals.adoption = 0.5\nfeedback_loop.adoption = 0.5\nintegrated_crm.adoption = 0.5\n\
                handoff_sla.adoption = 0.5\ncustomer_journey.adoption = 0.5\nnurture.adoption = 0.5\n\
                nurture.start = 2099-01-01\n[handoff.trust]\nstrength = 1\nusual_acceptance = 0.5\n";
    let keys = |text: &str| -> Vec<String> {
        let (_, notes) = load_with(text, &[]);
        notes.into_iter().map(|note| note.path).collect()
    };
    let all = [
        "shared_goals",
        "feedback_loop",
        "handoff_sla",
        "nurture",
        "customer_journey",
    ];
    let all: Vec<String> = all.iter().map(|lever| format!("levers.{lever}")).collect();
    assert_eq!(
        keys(vain),
        [&all[..], &["handoff.trust".to_owned()]].concat()
    );
    assert_eq!(keys(&vain.replace("= 0.5\n", "= 0\n")), ["handoff.trust"]);
    let leaks = vain.replace("[handoff.trust]", "[handoff]\nleak = 0.2\n[handoff.trust]");
    assert_eq!(
        keys(&leaks),
        [
            "shared_goals",
            "feedback_loop",
            "nurture",
            "customer_journey"
        ]
        .map(|l| format!("levers.{l}"))
    );
}

#[test]
fn correlations_are_sorted_with_their_matrix() {
    let doubts = "[closing]\nwin = \"18% to 26%\"\n[handoff]\nleak = \"5% to 10%\"\ncontact = \"80% to 90%\"\n";
    let group = "[correlations.g]\nmembers = [\"handoff.leak\", \"closing.win\", \"handoff.contact\"]\nmatrix = [[1, -0.5, 0.1], [-0.5, 1, 0.3], [0.1, 0.3, 1]]\n";
    let scenario = load(&format!("{doubts}{group}"));
    let [group] = scenario.correlations.as_slice() else {
        panic!("one group")
    };
    assert_eq!(group.members, [0, 1, 2]);
    let rebuilt = |i: usize, j: usize| -> f64 {
        let (a, b) = (&group.cholesky[i], &group.cholesky[j]);
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    };
    // closing.win, handoff.contact, handoff.leak
    assert!((rebuilt(0, 1) - 0.3).abs() < 1e-12);
    assert!((rebuilt(0, 2) + 0.5).abs() < 1e-12);
    assert!((rebuilt(1, 2) - 0.1).abs() < 1e-12);
    let certain = "[closing]\nwin = \"18% to 26%\"\n[correlations.g]\nmembers = [\"handoff.leak\", \"closing.win\"]\ncorrelation = 0.5\n";
    let (scenario, notes) = load_with(certain, &[]);
    assert!(scenario.correlations.is_empty());
    assert_eq!(notes.len(), 2);
}

#[test]
fn calendar_months_are_counted_from_the_start() {
    let scenario = load("");
    let days: Vec<i32> = scenario.periods.iter().map(|w| w.end_day).collect();
    assert_eq!(days, [31, 59, 90]);
    let end_of_month = load("start_date = 2026-01-31\nhorizon = 70");
    let days: Vec<i32> = end_of_month.periods.iter().map(|w| w.end_day).collect();
    assert_eq!(days, [28, 59, 70]);
}

#[test]
fn records_of_an_open_pipeline() {
    let rows = "stage,age_days,channel,value,id\nopportunity,12.5,web,$25k,\"a,1\"\nqueue,,,,\n\nrecycled,3,,,x\n";
    let (scenario, _) = load_with("[start]\npipeline = \"open.csv\"", &[("open.csv", rows)]);
    let open = &scenario.pipeline;
    let ids: Vec<&str> = open.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["2", "x", "a,1"], "in order of id, short ones first");
    assert_eq!(open[2].stage, OpenStage::Closing(0));
    assert_eq!(
        (open[2].age_days, open[2].value, open[2].channel),
        (Some(12.5), Some(25e3), Some(0))
    );
    assert_eq!(open[0].age_days, None);
    assert_eq!(open[1].stage, OpenStage::Recycled);
}
