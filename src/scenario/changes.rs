//! What separates two scenarios, in groups whose effects can be told apart.

use std::collections::BTreeMap;

use super::Scenario;
use super::fault::{Fault, Faults};
use super::groups::{Named, grouped};
use super::loader::{Loader, resolve};
use super::path::KeyPath;
use super::tree::{Tree, list};

/// Keys and tables that change no lead's fate: what a scenario is called, how often it is run, how it is reported.
pub(super) const ACTS_ON_NOBODY: [&str; 8] = [
    "start_date",
    "horizon",
    "periods",
    "record_warm_up",
    "seed",
    "replications",
    "currency",
    "target",
];
/// The table of what `explain` does, which is no change either.
const EXPLAIN: &str = "explain";
const WARM_UP_UNDER: &str = "start.warm_up_under";

/// Some of the groups of changes, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Coalition(u64);

impl Coalition {
    /// None of them: the baseline.
    pub const NONE: Coalition = Coalition(0);
    /// Most groups that are told apart.
    pub const MAX_GROUPS: usize = u64::BITS as usize;

    /// The first `n` groups \[0 to [`Coalition::MAX_GROUPS`]\].
    pub fn first(n: usize) -> Coalition {
        Coalition(u64::MAX.checked_shr(u64::BITS - n as u32).unwrap_or(0))
    }

    /// Whether group number `group` is one of them.
    pub fn has(self, group: usize) -> bool {
        self.0 >> group & 1 == 1
    }

    /// With group number `group` where it was not in, without it where it was.
    pub fn toggled(self, group: usize) -> Coalition {
        Coalition(self.0 ^ 1 << group)
    }

    /// With the groups of `other` too.
    pub fn with(self, other: Coalition) -> Coalition {
        Coalition(self.0 | other.0)
    }

    /// How many they are.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether it is none.
    pub fn is_empty(self) -> bool {
        self == Coalition::NONE
    }

    /// Its place among [`Coalition::all`].
    pub fn number(self) -> usize {
        self.0 as usize
    }

    /// All coalitions of `n` groups, each after all of its parts. O(2^n).
    pub fn all(n: usize) -> impl Iterator<Item = Coalition> {
        (0..=Coalition::first(n).0).map(Coalition)
    }
}

/// Differing keys that count as one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What reports call it.
    pub name: String,
    /// Tables and keys that it was made of, as `[explain.groups]` would state them.
    pub members: Vec<String>,
    /// Paths of the leaves that differ, in order.
    pub paths: Vec<String>,
}

/// Two scenarios and all that separates them.
#[derive(Debug, Clone)]
pub struct Changes {
    baseline: Tree,
    alternative: Tree,
    groups: Vec<Group>,
}

impl Changes {
    /// Finds the leaves in which the two differ, and puts them into groups: those that
    /// `[explain.groups]` of the alternative (else of the baseline) names; every other lever on its
    /// own, every other channel on its own, and the rest by table.
    ///
    /// Groups come in the order in which a lead meets their keys, whatever they are called. An
    /// alternative whose past is the baseline itself does not differ in `start.warm_up_under`.
    ///
    /// # Errors
    /// If a named group names what neither has, or there are more than [`Coalition::MAX_GROUPS`].
    pub fn between(
        baseline: &Tree,
        alternative: &Tree,
        loader: &dyn Loader,
    ) -> Result<Changes, Faults> {
        let baseline = with_own_past(baseline, alternative, loader);
        let named = Named::of([alternative, &baseline]);
        let faults = named.unknown([alternative, &baseline]);
        if let Some(faults) = Faults::from_all(faults) {
            return Err(faults);
        }
        let groups = grouped(&differing(&baseline, alternative), &named);
        if groups.len() > Coalition::MAX_GROUPS {
            return Err(Faults::one(too_many(groups.len())));
        }
        Ok(Changes {
            baseline,
            alternative: alternative.clone(),
            groups,
        })
    }

    /// In the order in which a lead meets their keys.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The baseline with the changes of a coalition.
    pub fn tree(&self, coalition: Coalition) -> Tree {
        let chosen = self.groups.iter().enumerate();
        let chosen = chosen.filter(|(group, _)| coalition.has(*group));
        let paths = chosen.flat_map(|(_, group)| &group.paths);
        self.baseline.with(&self.alternative, paths)
    }

    /// The scenario of a coalition.
    ///
    /// # Errors
    /// If some of its changes make no sense without the others; [`Changes::parted`] says which.
    pub fn scenario(&self, coalition: Coalition, loader: &dyn Loader) -> Result<Scenario, Faults> {
        let built = Scenario::from_tree(&self.tree(coalition), loader);
        built.map(|(scenario, _)| scenario)
    }

    /// What is wrong with coalitions that make no sense: once for each set of groups that must not be
    /// parted, with the first reason found, and how to join them. None if there are no such coalitions.
    ///
    /// Builds about as many scenarios per reason as there are groups.
    pub fn parted(&self, senseless: &[(Coalition, Faults)], loader: &dyn Loader) -> Option<Faults> {
        let mut reasons: Vec<(Coalition, &Fault)> = Vec::new();
        for (coalition, faults) in senseless {
            for fault in faults.iter() {
                if !reasons.iter().any(|(_, known)| *known == fault) {
                    reasons.push((*coalition, fault));
                }
            }
        }
        let mut told: BTreeMap<Coalition, Fault> = BTreeMap::new();
        for (coalition, fault) in reasons {
            let together = self.must_not_be_parted(fault, coalition, loader);
            told.entry(together)
                .or_insert_with(|| self.told(fault, together));
        }
        Faults::from_all(told.into_values().collect())
    }

    fn has_fault(&self, fault: &Fault, coalition: Coalition, loader: &dyn Loader) -> bool {
        let scenario = self.scenario(coalition, loader);
        scenario.is_err_and(|faults| faults.iter().any(|other| other == fault))
    }

    /// The groups of which one must not act without the others, as `coalition` and its `fault` show:
    /// those that end the fault by coming or going.
    fn must_not_be_parted(
        &self,
        fault: &Fault,
        coalition: Coalition,
        loader: &dyn Loader,
    ) -> Coalition {
        let groups = 0..self.groups.len();
        let ends = |group: &usize| !self.has_fault(fault, coalition.toggled(*group), loader);
        let mut together = Coalition::NONE;
        for group in groups.clone().filter(ends) {
            together = together.toggled(group);
        }
        // Where no one of them ends it alone, all that are missing do in the end.
        let mut grown = coalition;
        for group in groups.filter(|&group| !coalition.has(group)) {
            if together.len() > 1 || !self.has_fault(fault, grown, loader) {
                break;
            }
            grown = grown.toggled(group);
            together = together.with(Coalition::NONE.toggled(group));
        }
        together
    }

    /// What is wrong with some groups apart from each other, and how to join them.
    fn told(&self, fault: &Fault, together: Coalition) -> Fault {
        let groups = self.groups.iter().enumerate();
        let groups: Vec<&Group> = groups
            .filter(|(group, _)| together.has(*group))
            .map(|(_, group)| group)
            .collect();
        let names: Vec<String> = groups.iter().map(|g| format!("`{}`", g.name)).collect();
        let joined: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        let members = groups.iter().flat_map(|group| &group.members);
        let members: Vec<String> = members.map(|member| toml_text(member)).collect();
        let message = format!(
            "{} cannot act apart from each other: {}",
            list(names.iter().map(String::as_str)),
            fault.message
        );
        let help = format!(
            "join them in the alternative: under [explain.groups] write {} = [{}]",
            toml_text(&joined.join(" and ")),
            members.join(", ")
        );
        Fault {
            message,
            help: Some(help),
            ..fault.clone()
        }
    }
}

/// A text as TOML writes it.
fn toml_text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn too_many(n: usize) -> Fault {
    let message = format!(
        "the scenarios differ in {n} groups of keys; {} can be told apart",
        Coalition::MAX_GROUPS
    );
    Fault::nowhere(message).help(
        "join some in the alternative: under [explain.groups] write \"media\" = [\"channels\"]",
    )
}

/// `baseline` under the past that `alternative` names, where that is the baseline itself: both
/// then act on the same leads at day 0, whatever else is changed.
fn with_own_past(baseline: &Tree, alternative: &Tree, loader: &dyn Loader) -> Tree {
    let path = KeyPath::from(WARM_UP_UNDER);
    let stated = alternative.leaves.get(&path);
    let file = stated.and_then(|value| Some((value.text()?, &value.place.source.directory)));
    let (Some((file, directory)), false) = (file, baseline.leaves.contains_key(&path)) else {
        return baseline.clone();
    };
    let warm_up = KeyPath::from("warm_up");
    let differs = |other: &Tree| differing(baseline, other);
    let same_past = Tree::load(resolve(directory, file.as_ref()), loader).is_ok_and(|past| {
        let start = KeyPath::from("start");
        differs(&past).iter().all(|path| path.is_in(&start))
    });
    if !same_past || differs(alternative).contains(&warm_up) {
        return baseline.clone();
    }
    baseline.with(alternative, [WARM_UP_UNDER])
}

/// Leaves in which the two act on leads differently.
fn differing(baseline: &Tree, alternative: &Tree) -> Vec<KeyPath> {
    let paths = baseline.diff(alternative).into_iter();
    let paths = paths.filter_map(|path| KeyPath::parse(&path));
    let acts = |path: &KeyPath| {
        let mut on_nobody = ACTS_ON_NOBODY.iter().chain(&[EXPLAIN]);
        !on_nobody.any(|outer| path.is_in(&KeyPath::from(*outer)))
    };
    paths.filter(acts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coalitions_are_sets() {
        assert_eq!(Coalition::first(0), Coalition::NONE);
        assert_eq!(Coalition::first(64).len(), 64);
        assert_eq!(Coalition::all(3).count(), 8);
        let first_and_third = Coalition::NONE.toggled(0).toggled(2);
        assert!(first_and_third.has(0) && !first_and_third.has(1));
        assert_eq!(
            first_and_third.with(Coalition::first(2)),
            Coalition::first(3)
        );
    }
}
