//! What separates two scenarios, in groups whose effects can be told apart.

use std::collections::BTreeMap;

use super::Scenario;
use super::fault::{Fault, Faults};
use super::loader::{Loader, resolve};
use super::path::KeyPath;
use super::place::Place;
use super::read::Item;
use super::schema::{self, Spot};
use super::tree::{Tree, list};

/// Keys and tables that change no lead's fate: what a scenario is called, how often it is run, how it is reported.
const ACTS_ON_NOBODY: [&str; 8] = [
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
/// Where groups are named.
const NAMED: &str = "explain.groups";
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

    /// The scenario of each coalition, in their order.
    ///
    /// # Errors
    /// If some make no sense: once for each set of groups that must not be parted, with the first
    /// reason found, and how to join them. Takes a few scenarios more per reason.
    pub fn scenarios(
        &self,
        coalitions: &[Coalition],
        loader: &dyn Loader,
    ) -> Result<Vec<Scenario>, Faults> {
        let mut scenarios = Vec::with_capacity(coalitions.len());
        let mut reasons: Vec<(Fault, Coalition)> = Vec::new();
        for &coalition in coalitions {
            match Scenario::from_tree(&self.tree(coalition), loader) {
                Ok((scenario, _)) => scenarios.push(scenario),
                Err(faults) => {
                    for fault in faults.iter() {
                        if !reasons.iter().any(|(known, _)| known == fault) {
                            reasons.push((fault.clone(), coalition));
                        }
                    }
                }
            }
        }
        let mut told: BTreeMap<Coalition, Fault> = BTreeMap::new();
        for (fault, coalition) in &reasons {
            let together = self.must_not_be_parted(fault, *coalition, loader);
            told.entry(together)
                .or_insert_with(|| self.parted(fault, together));
        }
        match Faults::from_all(told.into_values().collect()) {
            Some(faults) => Err(faults),
            None => Ok(scenarios),
        }
    }

    fn has_fault(&self, fault: &Fault, coalition: Coalition, loader: &dyn Loader) -> bool {
        let scenario = Scenario::from_tree(&self.tree(coalition), loader);
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
    fn parted(&self, fault: &Fault, together: Coalition) -> Fault {
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
            "join them in the alternative: [explain.groups] {} = [{}]",
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
    Fault::nowhere(message)
        .help("join some in the alternative: [explain.groups] \"media\" = [\"channels\"]")
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

/// What a leaf is grouped by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    /// Number of a named group.
    Named(usize),
    /// A table, or a key at the top.
    Table(KeyPath),
}

fn grouped(paths: &[KeyPath], named: &Named) -> Vec<Group> {
    let mut by_label: BTreeMap<Label, Vec<&KeyPath>> = BTreeMap::new();
    for path in paths {
        let label = named.position(path).map(Label::Named);
        let label = label.unwrap_or_else(|| Label::Table(table_of(path)));
        by_label.entry(label).or_default().push(path);
    }
    let mut groups: Vec<(&Label, &Vec<&KeyPath>)> = by_label.iter().collect();
    groups.sort_by_key(|(_, paths)| {
        paths
            .iter()
            .map(|path| (schema::position(path), *path))
            .min()
    });
    let mut taken: Vec<String> = named
        .groups
        .iter()
        .map(|group| group.name.clone())
        .collect();
    let group = |(label, paths): (&Label, &Vec<&KeyPath>)| Group {
        name: match label {
            Label::Named(group) => named.groups[*group].name.clone(),
            Label::Table(table) => free_name(table, &mut taken),
        },
        members: match label {
            Label::Named(group) => named.groups[*group].texts(),
            Label::Table(table) => members_of(table),
        },
        paths: paths.iter().map(|path| path.to_string()).collect(),
    };
    groups.into_iter().map(group).collect()
}

/// The table that a leaf is grouped by unless it is named: a lever or a channel of its own, else the
/// outermost. The length of the warm-up belongs to the start.
fn table_of(path: &KeyPath) -> KeyPath {
    let names = path.names();
    let depth = match names[0].as_str() {
        "levers" | "channels" => names.len().min(2),
        "warm_up" => return KeyPath::from("start"),
        _ => 1,
    };
    KeyPath(names[..depth].to_vec())
}

fn members_of(table: &KeyPath) -> Vec<String> {
    let mut members = vec![table.to_string()];
    if *table == KeyPath::from("start") {
        members.push("warm_up".into());
    }
    members
}

/// A name for the group of a table that no other group bears.
fn free_name(table: &KeyPath, taken: &mut Vec<String>) -> String {
    let short = match table.names() {
        [levers, lever] if levers == "levers" => lever.clone(),
        _ => table.to_string(),
    };
    let long = [table.to_string(), format!("other {table}")];
    let numbered = (2u32..).map(|n| format!("other {table} {n}"));
    let mut names = std::iter::once(short).chain(long).chain(numbered);
    let name = names.find(|name| !taken.contains(name)).unwrap_or_default();
    taken.push(name.clone());
    name
}

/// The groups that a scenario names.
struct Named {
    groups: Vec<NamedGroup>,
}

struct NamedGroup {
    name: String,
    members: Vec<(KeyPath, Place)>,
}

impl NamedGroup {
    fn texts(&self) -> Vec<String> {
        self.members
            .iter()
            .map(|(path, _)| path.to_string())
            .collect()
    }
}

impl Named {
    /// Those of the first tree that names any. Only what is well formed.
    fn of(trees: [&Tree; 2]) -> Named {
        let path = KeyPath::from(NAMED);
        let naming = trees
            .into_iter()
            .find(|tree| tree.leaves_in(&path).next().is_some());
        let groups = naming.into_iter().flat_map(|tree| {
            tree.leaves_in(&path).filter_map(|leaf| {
                let members = tree.leaves.get(leaf)?.list()?.iter();
                let member = |value: &super::value::Value| {
                    Some((KeyPath::parse(value.text()?)?, value.place.clone()))
                };
                Some(NamedGroup {
                    name: leaf.names().last()?.clone(),
                    members: members.filter_map(member).collect(),
                })
            })
        });
        Named {
            groups: groups.collect(),
        }
    }

    /// Number of the group that a leaf lies in.
    fn position(&self, leaf: &KeyPath) -> Option<usize> {
        let holds = |group: &NamedGroup| group.members.iter().any(|(path, _)| leaf.is_in(path));
        self.groups.iter().position(holds)
    }

    /// Members with a name that a scenario gives, such as that of a channel, but none of the two does.
    fn unknown(&self, trees: [&Tree; 2]) -> Vec<Fault> {
        let members = self.groups.iter().flat_map(|group| &group.members);
        let faults = members.filter_map(|(path, place)| {
            let (table, name) = first_given_name(path)?;
            let names: Vec<String> = trees
                .iter()
                .flat_map(|tree| tree.names_in(&table))
                .collect();
            let known = names.iter().map(String::as_str);
            (!names.contains(name)).then(|| no_such(place, path, &table, name, known))
        });
        faults.collect()
    }
}

/// The first name in `path` that is not the schema's but the scenario's own, and the table it stands in.
fn first_given_name(path: &KeyPath) -> Option<(KeyPath, &String)> {
    let tables = (0..path.names().len()).map(|depth| KeyPath(path.names()[..depth].to_vec()));
    let mut names = tables.zip(path.names());
    names.find(|(table, _)| schema::names_in(table) == ["*"])
}

fn no_such<'a>(
    place: &Place,
    path: &KeyPath,
    table: &KeyPath,
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Fault {
    let fault = Fault::new(place, NAMED, format!("there is no key or table `{path}`"));
    let all = match table.names().is_empty() {
        true => format!("keys of a scenario are {}", list(known.clone())),
        false => format!("in [{table}] there are {}", list(known.clone())),
    };
    match schema::nearest(name, known) {
        Some(near) => fault.label(format!("did you mean `{}`?", table.child(near))),
        None => fault.label("unknown key"),
    }
    .help(all)
}

/// Checks the groups that a scenario names: every member is a key or a table, and none is named twice.
pub(super) fn check_named(items: &BTreeMap<KeyPath, Item>, faults: &mut Vec<Fault>) {
    let named = KeyPath::from(NAMED);
    let mut seen: Vec<(KeyPath, String)> = Vec::new();
    for (group, item) in items.iter().filter(|(path, _)| path.is_in(&named)) {
        let Item::Names(members) = item else { continue };
        for (text, place) in members {
            match member(text, place) {
                Ok(path) => {
                    faults.extend(named_twice(&path, group, place, &seen));
                    seen.push((path, group.to_string()));
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
}

/// The key or table that `text` names.
fn member(text: &str, place: &Place) -> Result<KeyPath, Fault> {
    let Some(path) = KeyPath::parse(text) else {
        let message = format!("`{text}` is not the path of a key");
        let fault = Fault::new(place, NAMED, message);
        return Err(fault.help("write names divided by dots, such as closing.win"));
    };
    for depth in 0..path.names().len() {
        let table = KeyPath(path.names()[..depth].to_vec());
        if let Spot::Key(_) = schema::spot(&table) {
            let message = format!("`{path}` lies inside the value of `{table}`");
            let fault = Fault::new(place, NAMED, message);
            return Err(fault.help(format!("name `{table}` whole")));
        }
        let name = &path.names()[depth];
        if schema::spot(&table.child(name)) == Spot::Unknown {
            let names = schema::names_in(&table);
            return Err(no_such(place, &path, &table, name, names.iter().copied()));
        }
    }
    Ok(path)
}

/// The fault of a member that is, holds, or lies in one that was named before.
fn named_twice(
    path: &KeyPath,
    group: &KeyPath,
    place: &Place,
    seen: &[(KeyPath, String)],
) -> Option<Fault> {
    let overlaps = |(other, _): &&(KeyPath, String)| path.is_in(other) || other.is_in(path);
    let (other, of) = seen.iter().find(overlaps)?;
    let message = match other == path {
        true => format!("`{path}` is named twice, before in `{of}`"),
        false => format!("`{path}` and `{other}`, named in `{of}`, overlap"),
    };
    let fault = Fault::new(place, group, message);
    Some(fault.help("let each key belong to one group"))
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
