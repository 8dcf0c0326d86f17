//! `funnelcast compare BASELINE ALTERNATIVE…`

use std::path::PathBuf;

use clap::Args;

use super::disk::{Loaded, load, tell_of_notes};
use super::options::Options;
use super::simulate::{Telling, simulate};
use super::{Failure, Outcome};
use crate::report::{json, terminal};
use crate::scenario::{Fault, Faults, Scenario};

/// Tell what changes are worth: every scenario with the same luck, replication by replication
///
/// Seed, replications and target are the baseline's. Start date, horizon, periods and currency
/// must agree.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast compare today.toml more_reps.toml --precision '1% of lift' --charts charts"
)]
pub(super) struct Compare {
    /// The scenario that the others are measured against
    baseline: PathBuf,

    /// The scenarios with a change
    #[arg(required = true, value_name = "ALTERNATIVE")]
    alternatives: Vec<PathBuf>,

    #[command(flatten)]
    options: Options,
}

impl Compare {
    pub fn run(self) -> Result<Outcome, Failure> {
        let mut paths = vec![self.baseline];
        paths.extend(self.alternatives);
        let mut loaded = load(&paths, &self.options.luck.set)?;
        agree(&loaded)?;
        tell_names_apart(&mut loaded);
        if !self.options.output.quiet {
            tell_of_notes(&loaded);
        }
        let order = self.options.resolve(&loaded)?;
        let telling = Telling {
            json: json::compare,
            report: terminal::compare,
        };
        simulate(&loaded, &order, &telling)
    }
}

/// A key in which all scenarios must agree.
struct Shared {
    key: &'static str,
    /// Its value in words; equal words for equal values.
    words: fn(&Scenario) -> String,
}

const SHARED: [Shared; 4] = [
    Shared {
        key: "start_date",
        words: |scenario| scenario.start.to_string(),
    },
    Shared {
        key: "horizon",
        words: |scenario| format!("{} days", scenario.horizon_days),
    },
    Shared {
        key: "periods",
        words: periods_in_words,
    },
    Shared {
        key: "currency",
        words: |scenario| format!("`{}`", scenario.currency),
    },
];

/// `18 periods that end on day 31, 59, 90, …`
fn periods_in_words(scenario: &Scenario) -> String {
    let ends = scenario
        .periods
        .iter()
        .map(|window| window.end_day.to_string());
    let shown: Vec<String> = ends.take(3).collect();
    let n = scenario.periods.len();
    let more = if n > shown.len() { ", …" } else { "" };
    format!("{n} that end on day {}{more}", shown.join(", "))
}

/// Every key in which an alternative differs from the baseline but must not.
pub(super) fn agree(loaded: &[Loaded]) -> Result<(), Faults> {
    let Some((baseline, alternatives)) = loaded.split_first() else {
        return Ok(());
    };
    let faults = alternatives.iter().flat_map(|alternative| {
        let differing = SHARED
            .iter()
            .filter_map(|shared| shared.fault(baseline, alternative));
        // The horizon and the start decide the periods too; one fault is enough.
        let differing: Vec<Fault> = differing.collect();
        differing.into_iter()
    });
    let faults: Vec<Faults> = faults.map(Faults::one).collect();
    Faults::join(faults).map_or(Ok(()), Err)
}

impl Shared {
    fn fault(&self, baseline: &Loaded, alternative: &Loaded) -> Option<Fault> {
        let of = |loaded: &Loaded| (self.words)(&loaded.scenario);
        let (expected, given) = (of(baseline), of(alternative));
        if expected == given {
            return None;
        }
        let key = self.key;
        let place = alternative.tree.place(key);
        let there = match baseline.tree.place(key) {
            Some(place) => format!("at {place}"),
            None => format!("in the baseline, `{}`", baseline.scenario.name),
        };
        let here = match &place {
            Some(place) => format!("at {place}"),
            None => format!("in `{}`", alternative.scenario.name),
        };
        let message = format!(
            "`{key}` must be that of the baseline: it is {given} {here}, but {expected} {there}"
        );
        let fault = match &place {
            Some(place) => Fault::new(place, key, message).label("differs from the baseline"),
            None => Fault::nowhere(message),
        };
        Some(fault.help("scenarios are compared day by day: let them share start, horizon, periods and currency"))
    }
}

/// The second scenario of a name gets `#2` appended, and so on.
pub(super) fn tell_names_apart(loaded: &mut [Loaded]) {
    let mut taken: Vec<String> = Vec::new();
    for loaded in loaded {
        let name = &mut loaded.scenario.name;
        let numbered = (2u32..).map(|number| format!("{name}#{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| !taken.contains(name));
        if let Some(free) = free {
            *name = free;
        }
        taken.push(name.clone());
    }
}
