//! The scenarios about money: each decides what it is about, and the figures beside them in `scenarios/forecasts.md`
//! are those of this version.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use funnelcast::scenario::Scenario;
use funnelcast::{
    Case, Comparison, Forecast, Metric, Plan, Replications, Study, Unwatched, Workers, replicate,
};

/// All shipped scenarios that are not reference workloads, by name.
fn shipped() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let files = fs::read_dir(root).expect("it ships");
    let names = files.filter_map(|file| {
        let path = file.expect("it is readable").path();
        let is_scenario = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        is_scenario.then(|| path.file_stem().unwrap().to_string_lossy().into_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn load(name: &str, settings: &[&str]) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names = shipped();
    let paths = names
        .iter()
        .map(|name| PathBuf::from(format!("scenarios/{name}.toml")));
    let read = |path: PathBuf| (path.clone(), fs::read(root.join(path)).expect("it ships"));
    let files: BTreeMap<PathBuf, Vec<u8>> = paths.map(read).collect();
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    let path = PathBuf::from(format!("scenarios/{name}.toml"));
    match Scenario::load(&path, &settings, &files) {
        Ok((scenario, _, _)) => scenario,
        Err(faults) => panic!("{}", faults.plain()),
    }
}

/// The scenarios side by side in `n` futures.
fn study(scenarios: &[Scenario], n: u64, certain: bool, seed: u64) -> Study {
    let plan = Plan {
        seed,
        range: 0..n,
        certain,
        ..Plan::default()
    };
    let workers = Workers::new(None);
    let references: Vec<&Scenario> = scenarios.iter().collect();
    let sets = replicate(&references, &plan, &workers, &Unwatched).expect("no replication fails");
    let pairs = scenarios.iter().zip(&sets);
    let cases: Vec<Case> = pairs
        .map(
            |(scenario, replications): (&Scenario, &Replications)| Case {
                scenario,
                replications,
            },
        )
        .collect();
    Study::new(&cases, None, &workers)
}

/// 95 % interval of the paired difference, as a share of the baseline's mean.
fn relative(comparison: &Comparison, metric: &str) -> [f64; 2] {
    let at = Metric::position(metric).expect("a metric");
    comparison.differences[at]
        .relative
        .ci95()
        .expect("an interval")
}

/// 95 % interval of the paired difference.
fn difference(comparison: &Comparison, metric: &str) -> [f64; 2] {
    let at = Metric::position(metric).expect("a metric");
    comparison.differences[at]
        .estimate
        .ci95()
        .expect("an interval")
}

fn mean(forecast: &Forecast, metric: &str) -> f64 {
    let at = Metric::position(metric).expect("a metric");
    forecast.metrics[at].estimate.mean.expect("it is defined")
}

/// Month by month: a gain at first, a loss from the first winter on.
#[test]
fn the_brand_cut_turns_from_gain_to_loss() {
    let found = study(
        &[load("typical", &[]), load("brand_cut", &[])],
        200,
        true,
        4,
    );
    let payoff = &found.comparisons[0].payoff;
    let turn = payoff.turn.expect("it turns");
    assert!(!turn.to_gain);
    let [low, high] = turn.ci95.expect("an interval");
    assert!(
        (6..=16).contains(&low) && (low..=17).contains(&high),
        "{turn:?}"
    );
    let first = payoff.periods[0].difference.estimate.ci95().unwrap();
    let last = payoff.periods[17].difference.estimate.ci95().unwrap();
    assert!(first[0] > 0.0 && last[1] < 0.0, "{first:?} {last:?}");
}

/// Neither starved marketing nor starved sales earns as much as a share between.
#[test]
fn a_small_business_divides_its_pot() {
    let shares = ["20%", "5%", "45%"].map(|share| format!("pot.marketing_share={share}"));
    let scenarios = shares
        .each_ref()
        .map(|share| load("small_business", &[share]));
    let found = study(&scenarios, 400, true, 4);
    for comparison in &found.comparisons {
        let [_, high] = difference(comparison, "margin");
        assert!(high < 0.0, "{high}");
    }
}

/// Ten reps more find nobody to talk to; three practices that make people talk find a tenth more revenue.
#[test]
fn an_enterprise_needs_talk_and_no_reps() {
    let talk = ["feedback_loop", "integrated_crm", "handoff_sla"];
    let talk = talk.map(|lever| format!("levers.{lever}.adoption=0.6"));
    let talk: Vec<&str> = talk.iter().map(|setting| &setting[..]).collect();
    let scenarios = [
        load("enterprise", &[]),
        load("enterprise", &["sales.reps=70"]),
        load("enterprise", &talk),
    ];
    let found = study(&scenarios, 20, true, 4);
    let [low, high] = relative(&found.comparisons[0], "revenue");
    assert!(low > -0.01 && high < 0.01, "{low} {high}");
    let [low, _] = relative(&found.comparisons[1], "revenue");
    assert!(low > 0.10, "{low}");
}

/// Of the same money, some for reps and some for the campaign beats all for either, if three are missing.
#[test]
fn hire_and_advertise() {
    let point = |reps: u32, media: u32| {
        let reps = format!("sales.hires.more.reps={reps}");
        let media = format!("channels.campaign.media_per_month={media}");
        load("hire_or_advertise", &[&reps, &media, "sales.reps=13"])
    };
    let found = study(
        &[point(2, 27_000), point(0, 54_000), point(4, 0)],
        150,
        true,
        4,
    );
    for comparison in &found.comparisons {
        let [_, high] = difference(comparison, "margin");
        assert!(high < 0.0, "{high}");
    }
    let waits = found.forecasts.iter().map(|of| mean(of, "mean_wait_days"));
    let waits: Vec<f64> = waits.collect();
    assert!(waits[1] > 3.0 * waits[2], "{waits:?}");
}

/// More customers are kept, each buys more, and more leads come by referral.
#[test]
fn a_referral_engine_keeps_and_brings() {
    let names = ["subscription", "referral_engine"];
    let found = study(&names.map(|name| load(name, &[])), 20, true, 4);
    let engine = &found.comparisons[0];
    for metric in [
        "customers",
        "referred_leads",
        "net_revenue_retention",
        "existing_revenue",
        "margin",
    ] {
        let [low, _] = difference(engine, metric);
        assert!(low > 0.0, "{metric}: {low}");
    }
    let [_, high] = difference(engine, "churned");
    assert!(high < 0.0, "{high}");
}

const REPLICATIONS: u64 = 200;
const SHOWN: [&str; 9] = [
    "leads",
    "sals",
    "won",
    "revenue",
    "cost",
    "margin",
    "cac",
    "mean_wait_days",
    "utilisation",
];

/// What is written beside the scenarios.
fn forecasts() -> String {
    let mut text = String::from(
        "# What the scenarios forecast\n\n\
         Each by itself, in 200 futures of its own seed, every parameter drawn from its range: mean ± half the 95 % \
         confidence interval, which is the Monte Carlo error and shrinks with more futures. `funnelcast run` shows the \
         range of futures beside it. Money is in the currency of the scenario, time is its whole horizon.\n\n",
    );
    text += &format!(
        "| scenario | {} |\n|---|{}\n",
        SHOWN.join(" | "),
        "---:|".repeat(SHOWN.len())
    );
    for name in shipped() {
        let scenario = load(&name, &[]);
        let seed = scenario.seed;
        let found = study(&[scenario], REPLICATIONS, false, seed);
        let cell = |metric: &&str| {
            let at = Metric::position(metric).expect("a metric");
            let estimate = &found.forecasts[0].metrics[at].estimate;
            match (estimate.mean, estimate.half_width) {
                (Some(mean), Some(half)) => format!("{} ± {}", short(mean), short(half)),
                _ => "—".to_owned(),
            }
        };
        let cells: Vec<String> = SHOWN.iter().map(cell).collect();
        text += &format!("| `{name}` | {} |\n", cells.join(" | "));
    }
    text
}

/// Four significant digits.
fn short(value: f64) -> String {
    let digits = value.abs().max(1e-9).log10().floor() as i32;
    let unit = 10f64.powi((digits - 3).max(-4));
    let decimals = (3 - digits).clamp(0, 4) as usize;
    format!("{:.decimals$}", (value / unit).round() * unit)
}

/// After a change that moves numbers: `UPDATE_GOLDEN=1 cargo test --release --test plans -- --ignored`.
#[test]
#[ignore = "slow tier: 200 replications of every scenario"]
fn the_forecasts_beside_the_scenarios_are_those_of_this_version() {
    common::assert_golden("scenarios/forecasts.md", &forecasts());
}
