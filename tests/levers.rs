//! What each lever does in the typical firm: it moves what it should in the right direction, moves
//! nothing upstream of it, and does nothing at all where it is not adopted.
//!
//! Pairs of futures share their luck and every doubt stands at its median, so that a difference of exactly
//! 0 in every replication is a claim about the mechanism and not about statistics. A direction is taken for
//! told where the mean lies 4 standard errors from 0: each would be told wrongly with probability 3e-5
//! if there were no effect, all 190 of both tables with probability 0.6 %. Seeds are fixed: a test that
//! passes, passes.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use funnelcast::funnel::{Count, Funnel, Record, Sum, Tally};
use funnelcast::scenario::{Lever, Scenario};
use funnelcast::{Case, Metric, Plan, Study, Unwatched, Workers, replicate};

use common::{count, mean_and_variance, sum};

const SEED: u64 = 1;
const REPLICATIONS: u64 = 300;

/// What is looked at, in the order in which a lead meets it: a sum over 18 months, or a ratio of two.
#[derive(Clone, Copy)]
struct Observable {
    name: &'static str,
    part: Item,
    whole: Option<Item>,
}

#[derive(Clone, Copy)]
enum Item {
    Counted(&'static [Count]),
    Summed(Sum),
    Cost,
}

impl Item {
    fn of(self, record: &Record) -> f64 {
        match self {
            Item::Counted(counts) => counts.iter().map(|&what| count(record, what)).sum(),
            Item::Summed(what) => sum(record, what),
            Item::Cost => record.periods.iter().map(Tally::cost).sum(),
        }
    }
}

const fn total(name: &'static str, part: Item) -> Observable {
    Observable {
        name,
        part,
        whole: None,
    }
}

const fn ratio(name: &'static str, part: Item, whole: Item) -> Observable {
    Observable {
        name,
        part,
        whole: Some(whole),
    }
}

const CLOSED: Item = Item::Counted(&[Count::Won, Count::Lost, Count::NoDecision]);

const fn counted(what: &'static [Count]) -> Item {
    Item::Counted(what)
}

static OBSERVABLES: [Observable; 17] = [
    total("leads", counted(&[Count::Leads])),
    ratio(
        "lead to MQL",
        counted(&[Count::LeadsThatReachedMql]),
        counted(&[Count::Leads]),
    ),
    total("MQLs", counted(&[Count::Mqls])),
    ratio(
        "leaked, of MQLs",
        counted(&[Count::Leaked]),
        counted(&[Count::Mqls]),
    ),
    ratio(
        "wait for sales",
        Item::Summed(Sum::WaitDays),
        counted(&[Count::Queued]),
    ),
    ratio(
        "accepted, of touched",
        counted(&[Count::Sals]),
        counted(&[Count::Touched]),
    ),
    total("returned from nurture", counted(&[Count::RepeatedMqls])),
    total("SALs", counted(&[Count::Sals])),
    ratio(
        "SALs of MQLs",
        counted(&[Count::Sals]),
        counted(&[Count::Mqls]),
    ),
    ratio(
        "SAL to opportunity",
        counted(&[Count::Opportunities]),
        counted(&[Count::Sals]),
    ),
    ratio(
        "utilisation",
        Item::Summed(Sum::Busy),
        Item::Summed(Sum::Available),
    ),
    ratio("win rate", counted(&[Count::Won]), CLOSED),
    ratio(
        "sales cycle",
        Item::Summed(Sum::CycleDays),
        counted(&[Count::Won]),
    ),
    ratio(
        "mean deal",
        Item::Summed(Sum::NewRevenue),
        counted(&[Count::Won]),
    ),
    total("new revenue", Item::Summed(Sum::NewRevenue)),
    total("existing revenue", Item::Summed(Sum::ExistingRevenue)),
    total("cost", Item::Cost),
];

/// Levers × observables at high adoption, trust switched off: `+` more, `-` less, `0` the same in every
/// replication, `.` nothing is claimed.
///
/// What feeds back is not upstream: recycled leads are MQLs again, and hours spent on opportunities are
/// missing for leads.
const SIGNS: [(Lever, &str); Lever::N] = [
    // Fewer and better leads are handed over.
    (Lever::SharedGoals, "0 - - . . + . . + + - + . . + 0 +"),
    // Better leads come.
    (Lever::FeedbackLoop, "0 + + . . + . + + + + + . . + 0 +"),
    // Fewer leak, routing is faster, and a better score hands over better leads.
    (Lever::IntegratedCrm, "0 . . - + + . + + . + . . . + 0 +"),
    // Fewer leak, and who is called first is worth it.
    (Lever::HandoffSla, "0 0 . - + . + + + . + . . . + 0 +"),
    // More inbound leads in the long run, and more of what sales touches is won, sooner.
    (Lever::Enablement, "+ . + . . . . + . + . + - . + 0 +"),
    // More leads mature, which keeps sales busier; those who buy buy more.
    (Lever::Nurture, "0 + + . + . + + - . + . . + + 0 +"),
    // More leads. They wait longer, but a few futures with a long queue make up nearly all of that.
    (Lever::AbTesting, "+ . + . . . + + . . + . . . + 0 +"),
    // Fewer customers lost, which no lead knows of.
    (Lever::CustomerJourney, "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 + +"),
];

/// The typical firm with `changes`, text of a scenario.
fn scenario(changes: &str) -> Scenario {
    let typical = Path::new("scenarios/typical.toml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = format!("extends = \"scenarios/typical.toml\"\n{changes}");
    let files: BTreeMap<PathBuf, Vec<u8>> = [
        ("plan.toml".into(), own.into_bytes()),
        (
            typical.into(),
            fs::read(root.join(typical)).expect("it ships"),
        ),
    ]
    .into();
    match Scenario::load("plan.toml", &[], &files) {
        Ok((scenario, _, _)) => scenario,
        Err(faults) => panic!("{}\n{changes}", faults.plain()),
    }
}

fn adopted(lever: Lever, adoption: f64) -> String {
    format!("levers.{}.adoption = {adoption}\n", lever.name())
}

/// Part and whole of every observable, by replication.
struct Futures(Vec<[(f64, f64); OBSERVABLES.len()]>);

impl Futures {
    fn of(changes: &str, replications: u64) -> Futures {
        let scenario = scenario(changes);
        let funnel = Funnel::new(&scenario, &scenario.median_draw());
        Futures(common::replicate(&funnel, SEED, replications, |record| {
            OBSERVABLES.map(|observable| {
                let whole = observable.whole.map_or(1.0, |whole| whole.of(record));
                (observable.part.of(record), whole)
            })
        }))
    }

    fn ratio(&self, observable: usize) -> (f64, f64) {
        let sum =
            |of: fn(&(f64, f64)) -> f64| self.0.iter().map(|row| of(&row[observable])).sum::<f64>();
        let (parts, wholes) = (sum(|pair| pair.0), sum(|pair| pair.1));
        (parts / wholes, wholes / self.0.len() as f64)
    }
}

/// Relative change of one observable.
#[derive(Clone, Copy)]
struct Change {
    relative: f64,
    /// By the delta method on paired replications.
    standard_error: f64,
    /// Whether it is the same in every replication.
    is_none: bool,
}

impl Change {
    fn of(typical: &Futures, changed: &Futures, observable: usize) -> Change {
        let ((before, whole_before), (after, whole_after)) =
            (typical.ratio(observable), changed.ratio(observable));
        let pairs = typical.0.iter().zip(&changed.0);
        let residuals = pairs.clone().map(|(a, b)| {
            let (a, b) = (a[observable], b[observable]);
            let residual_before = (a.0 - before * a.1) / whole_before;
            let residual_after = (b.0 - after * b.1) / whole_after;
            residual_after / before - residual_before * after / (before * before)
        });
        let residuals: Vec<f64> = residuals.collect();
        let (_, variance) = mean_and_variance(&residuals);
        Change {
            relative: after / before - 1.0,
            standard_error: (variance / residuals.len() as f64).sqrt(),
            is_none: pairs.clone().all(|(a, b)| a[observable] == b[observable]),
        }
    }

    /// What is wrong with it, if it should be as `sign` says.
    fn contradicts(self, sign: &str) -> bool {
        let z = self.relative / self.standard_error;
        match sign {
            "+" => z.is_nan() || z < 4.0,
            "-" => z.is_nan() || z > -4.0,
            "0" => !self.is_none,
            _ => false,
        }
    }

    /// In per cent, with its standard error where it shows.
    fn in_words(self) -> String {
        if self.is_none {
            return "0".to_owned();
        }
        let [change, error] =
            [self.relative, self.standard_error].map(|x| format!("{:.1}", 100.0 * x));
        let change = match change.as_str() {
            "0.0" | "-0.0" => "0.0".to_owned(),
            other if other.starts_with('-') => other.replace('-', "−"),
            other => format!("+{other}"),
        };
        match error.as_str() {
            "0.0" => change,
            error => format!("{change} ± {error}"),
        }
    }
}

/// Changes by every lever alone: `[lever][observable]`.
fn changes(adoption: f64, others: &str, replications: u64) -> Vec<Vec<Change>> {
    let typical = Futures::of(others, replications);
    let alone = Lever::ALL.iter().map(|&lever| {
        let changed = Futures::of(&(adopted(lever, adoption) + others), replications);
        let all = 0..OBSERVABLES.len();
        all.map(|observable| Change::of(&typical, &changed, observable))
            .collect()
    });
    alone.collect()
}

/// Fails unless the changes are as `sign_of` says.
#[track_caller]
fn assert_signs(changes: &[Vec<Change>], sign_of: impl Fn(&'static str, &str) -> &'static str) {
    let mut wrong = Vec::new();
    for ((lever, signs), changes) in SIGNS.iter().zip(changes) {
        let signs: Vec<&'static str> = signs.split(' ').collect();
        assert_eq!(signs.len(), OBSERVABLES.len());
        for ((observable, change), sign) in OBSERVABLES.iter().zip(changes).zip(signs) {
            let sign = sign_of(sign, observable.name);
            let (name, lever, found) = (observable.name, lever.name(), change.in_words());
            let z = change.relative / change.standard_error;
            println!("{lever:16} {sign} {name:22} {found:>14} z {z:+.1}");
            if change.contradicts(sign) {
                wrong.push(format!(
                    "{lever}: {name} should be `{sign}` and is {found} (z {z:+.1})"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const WITHOUT_TRUST: &str = "handoff.trust = \"none\"\n";

#[test]
fn each_lever_alone_moves_what_it_should_and_nothing_upstream() {
    let changes = changes(0.8, WITHOUT_TRUST, REPLICATIONS);
    assert_signs(&changes, |sign, _| sign);
}

/// Decay is free, so that cost follows the leads alone; and the fewer new deals there are, the more of those
/// won are slow and large, which hides that deals shrink.
#[test]
fn practice_that_decays_does_the_opposite() {
    let changes = changes(-0.5, WITHOUT_TRUST, REPLICATIONS);
    assert_signs(&changes, |sign, observable| match (sign, observable) {
        ("+" | "-", "cost" | "mean deal") => ".",
        ("+", _) => "-",
        ("-", _) => "+",
        (same, _) => same,
    });
}

#[test]
fn a_practice_not_adopted_changes_no_bit() {
    let plan = Plan {
        seed: SEED,
        range: 0..12,
        ..Plan::default()
    };
    let workers = Workers::new(Some(2));
    // Doubts of levers that are not there are not drawn, and nobody else's luck knows.
    let scenarios = ["", "levers = \"none\"\n"].map(scenario);
    let [stated, absent] = &scenarios;
    let sets =
        replicate(&[stated, absent], &plan, &workers, &Unwatched).expect("no replication fails");
    assert!(stated.doubts.len() > absent.doubts.len());
    assert_eq!(sets[0], sets[1]);

    let metrics = |scenario, replications| {
        let case = Case {
            scenario,
            replications,
        };
        Study::new(&[case], None, &workers)
            .forecasts
            .remove(0)
            .metrics
    };
    let [stated, absent] = [metrics(stated, &sets[0]), metrics(absent, &sets[1])];
    let revenue = Metric::position("revenue").expect("a metric");
    assert!(stated[revenue].estimate.mean.is_some_and(|mean| mean > 0.0));
    assert_eq!(format!("{stated:?}"), format!("{absent:?}"));
}

/// The README's table of what each lever does.
fn table(changes: &[Vec<Change>]) -> String {
    let names = Lever::ALL.map(|lever| format!("`{}`", lever.name()));
    let mut table = format!(
        "| | {} |\n|---{}|\n",
        names.join(" | "),
        "|---:".repeat(Lever::N)
    );
    for (index, observable) in OBSERVABLES.iter().enumerate() {
        let cells = changes.iter().map(|changes| changes[index].in_words());
        let cells: Vec<String> = cells.collect();
        table += &format!("| {} | {} |\n", observable.name, cells.join(" | "));
    }
    table
}

/// After a change that moves numbers: `README_UPDATE=1 cargo test --release --test levers -- --ignored`.
#[test]
#[ignore = "slow tier: 2,000 replications for each lever"]
fn the_table_shown_is_the_table_measured() {
    const BORDERS: [&str; 2] = ["<!-- levers -->\n", "<!-- /levers -->"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("a README");
    let (before, rest) = readme.split_once(BORDERS[0]).expect("a table of levers");
    let (shown, after) = rest.split_once(BORDERS[1]).expect("its end");
    let measured = table(&changes(0.8, "", 2_000));
    if std::env::var_os("README_UPDATE").is_some() {
        let [first, last] = BORDERS;
        fs::write(&path, format!("{before}{first}{measured}{last}{after}")).unwrap();
        return;
    }
    assert_eq!(shown, measured);
}
