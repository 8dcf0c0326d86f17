//! The stories that ship as scenarios: each meets the claim that it retells, and the figures beside them in
//! `scenarios/results.md` are those of this version.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use funnelcast::scenario::{Scenario, Stretch};
use funnelcast::{
    Case, Estimate, Metric, Plan, Replications, Study, Unwatched, Views, Workers, replicate,
};

/// One figure of one story.
struct Headline {
    story: &'static str,
    metric: &'static str,
    reading: Reading,
    /// What is claimed \[%\], and how far from it the story may be \[points\].
    claim: Option<(f64, f64)>,
}

/// How a figure is read off a forecast.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// Change against the typical firm in a window, all 18 months without one.
    AgainstTypical(Option<&'static str>),
    /// Growth from one window to another.
    Growth {
        window: &'static str,
        against: &'static str,
    },
}

const IN_18_MONTHS: Reading = Reading::AgainstTypical(None);
const IN_THE_LAST_6: Reading = Reading::AgainstTypical(Some("months 13-18"));
const YEAR_ON_YEAR: Reading = Reading::Growth {
    window: "months 7-18",
    against: "12 months before day 0",
};

const fn headline(
    story: &'static str,
    metric: &'static str,
    reading: Reading,
    claim: Option<(f64, f64)>,
) -> Headline {
    Headline {
        story,
        metric,
        reading,
        claim,
    }
}

const HEADLINES: [Headline; 10] = [
    headline("tech_solutions", "sals", IN_18_MONTHS, Some((20.0, 3.0))),
    headline("tech_solutions", "revenue", IN_18_MONTHS, Some((15.0, 3.0))),
    headline(
        "automation_content",
        "mqls",
        IN_THE_LAST_6,
        Some((45.0, 6.0)),
    ),
    headline(
        "alignment_leader",
        "revenue",
        YEAR_ON_YEAR,
        Some((20.0, 4.0)),
    ),
    headline(
        "alignment_laggard",
        "revenue",
        YEAR_ON_YEAR,
        Some((-4.0, 4.0)),
    ),
    headline("typical", "revenue", YEAR_ON_YEAR, None),
    headline("aligned", "sals", IN_18_MONTHS, None),
    headline("aligned", "revenue", IN_18_MONTHS, None),
    headline("misaligned", "sals", IN_18_MONTHS, None),
    headline("misaligned", "revenue", IN_18_MONTHS, None),
];

fn load(name: &str) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = [name, "typical"].map(|name| PathBuf::from(format!("scenarios/{name}.toml")));
    let read = |path: PathBuf| (path.clone(), fs::read(root.join(path)).expect("it ships"));
    let files: BTreeMap<PathBuf, Vec<u8>> = paths.clone().map(read).into();
    match Scenario::load(&paths[0], &[], &files) {
        Ok((scenario, _, _)) => scenario,
        Err(faults) => panic!("{}", faults.plain()),
    }
}

/// What one figure is.
struct Figure {
    /// With its Monte Carlo error.
    estimate: Estimate,
    /// P10 and P90 of the difference as a share of the typical firm's mean.
    interval: Option<[f64; 2]>,
}

/// Every headline, in `replications` futures of `seed`.
fn figures(seed: u64, replications: u64, certain: bool) -> Vec<Figure> {
    let mut by_reading: Vec<(Reading, BTreeMap<&str, Study>)> = Vec::new();
    let figure = |headline: &Headline| {
        let known = by_reading.iter().position(|(r, _)| *r == headline.reading);
        let at = known.unwrap_or_else(|| {
            let studies = studies(headline.reading, seed, replications, certain);
            by_reading.push((headline.reading, studies));
            by_reading.len() - 1
        });
        figure(headline, &by_reading[at].1[headline.story])
    };
    HEADLINES.iter().map(figure).collect()
}

/// The typical firm and each story that has a headline of this reading, by the story's name.
fn studies(
    reading: Reading,
    seed: u64,
    replications: u64,
    certain: bool,
) -> BTreeMap<&'static str, Study> {
    let mut names: Vec<&str> = HEADLINES
        .iter()
        .filter(|headline| headline.reading == reading)
        .map(|headline| headline.story)
        .collect();
    names.insert(0, "typical");
    names[1..].sort_unstable();
    names.dedup();
    let scenarios: Vec<Scenario> = names.iter().map(|name| load(name)).collect();
    let window = |text: &str| {
        let stretch: Stretch = text.parse().expect("a window");
        scenarios[0].window(stretch).expect("it is simulated")
    };
    let views = match reading {
        Reading::AgainstTypical(within) => Views {
            window: within.map(window),
            against: None,
        },
        Reading::Growth { window: w, against } => Views {
            window: Some(window(w)),
            against: Some(window(against)),
        },
    };
    let plan = Plan {
        seed,
        range: 0..replications,
        certain,
        views,
    };
    let workers = Workers::new(None);
    let references: Vec<&Scenario> = scenarios.iter().collect();
    let sets = replicate(&references, &plan, &workers, &Unwatched).expect("no replication fails");
    let case = |index: usize| Case {
        scenario: &scenarios[index],
        replications: &sets[index] as &Replications,
    };
    let study = |(index, name): (usize, &&'static str)| {
        (*name, Study::new(&[case(0), case(index)], None, &workers))
    };
    names.iter().enumerate().map(study).collect()
}

fn figure(headline: &Headline, study: &Study) -> Figure {
    let metric = Metric::position(headline.metric).expect("a metric");
    if let Reading::Growth { .. } = headline.reading {
        let growth = study.forecasts[1].growth.as_ref().expect("growth");
        return Figure {
            estimate: growth[metric],
            interval: None,
        };
    }
    let difference = study.comparisons[0].differences[metric];
    let baseline = study.forecasts[0].metrics[metric]
        .estimate
        .mean
        .expect("a mean");
    let quantiles = difference.distribution.quantiles.expect("quantiles");
    Figure {
        estimate: difference.relative,
        interval: Some([quantiles[1], quantiles[5]].map(|end| end / baseline)),
    }
}

/// Headlines that are further from their claims than they may be.
fn far_off(figures: &[Figure]) -> Vec<String> {
    let claimed = HEADLINES
        .iter()
        .zip(figures)
        .filter_map(|(headline, figure)| {
            let (claim, within) = headline.claim?;
            let percent = 100.0 * figure.estimate.mean?;
            let told = format!(
                "{} {}: {percent:+.1} %, claimed {claim:+} %",
                headline.story, headline.metric
            );
            println!("{told}");
            ((percent - claim).abs() > within).then_some(told)
        });
    claimed.collect()
}

/// Every parameter at its middle: the standard error of 60 replications is at most 1.3 points of growth and a
/// third of a point of the rest. Seed 4 was not used to choose any adoption.
#[test]
fn each_story_meets_its_claim() {
    let far = far_off(&figures(4, 60, true));
    assert!(far.is_empty(), "{}", far.join("\n"));
}

const REPLICATIONS: u64 = 1_000;

/// What is written beside the scenarios.
fn results() -> String {
    let [in_doubt, certain] = [false, true].map(|certain| figures(1, REPLICATIONS, certain));
    let far = [far_off(&in_doubt), far_off(&certain)].concat();
    assert!(far.is_empty(), "{}", far.join("\n"));
    let mut text = String::from(
        "# What the stories come to\n\n\
         Each story against the typical firm, in the same 1,000 futures (seed 1). *In doubt*: as `funnelcast \
         compare` shows it, every parameter drawn from its range; *certain*: every parameter at its middle \
         (`--certain`). ± is half the 95 % confidence interval, the Monte Carlo error, which shrinks with more \
         futures; *P10 to P90* is the prediction interval of the difference, which does not. The claims are \
         stories, not evidence: each file says whose, and how weak.\n\n\
         | story | figure | claimed | in doubt | P10 to P90 | certain | P10 to P90 |\n\
         |---|---|---:|---:|---:|---:|---:|\n",
    );
    for ((headline, in_doubt), certain) in HEADLINES.iter().zip(&in_doubt).zip(&certain) {
        let claimed = headline.claim.map_or("—".to_owned(), |(claim, _)| {
            format!("{claim:+} %").replace('-', "−")
        });
        text += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            headline.story,
            headline.in_words(),
            claimed,
            in_doubt.value(),
            in_doubt.range(),
            certain.value(),
            certain.range(),
        );
    }
    text
}

impl Headline {
    fn in_words(&self) -> String {
        match self.reading {
            Reading::AgainstTypical(None) => format!("{} in 18 months", self.metric),
            Reading::AgainstTypical(Some(window)) => format!("{} in {window}", self.metric),
            Reading::Growth { window, against } => {
                format!("growth of {}, {window} against {against}", self.metric)
            }
        }
    }
}

impl Figure {
    fn value(&self) -> String {
        let percent = |share: Option<f64>| 100.0 * share.expect("it is defined");
        let (mean, half) = (
            percent(self.estimate.mean),
            percent(self.estimate.half_width),
        );
        format!("{mean:+.1} ± {half:.1} %").replace('-', "−")
    }

    fn range(&self) -> String {
        self.interval.map_or("—".to_owned(), |interval| {
            let [low, high] = interval.map(|end| 100.0 * end);
            format!("{low:+.0} to {high:+.0} %").replace('-', "−")
        })
    }
}

/// After a change that moves numbers: `UPDATE_GOLDEN=1 cargo test --release --test stories -- --ignored`.
#[test]
#[ignore = "slow tier: 1,000 replications of every story, twice"]
fn the_results_beside_the_scenarios_are_those_of_this_version() {
    common::assert_golden("scenarios/results.md", &results());
}
