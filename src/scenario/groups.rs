//! Which keys count as one change: what a scenario names, and what is usual.

use std::collections::BTreeMap;

use super::changes::Group;
use super::fault::Fault;
use super::levers::Lever;
use super::path::KeyPath;
use super::place::Place;
use super::read::Item;
use super::schema::{self, Spot};
use super::tree::{Tree, list};
use super::value::Value;

/// Where groups are named.
const NAMED: &str = "explain.groups";

/// What a leaf is grouped by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Label {
    /// Number of a named group.
    Named(usize),
    /// A table, or a key at the top.
    Table(KeyPath),
}

pub(super) fn grouped(paths: &[KeyPath], named: &Named) -> Vec<Group> {
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

/// The table that a leaf is grouped by unless it is named: a lever, channel, promotion or market shift of
/// its own, else the outermost. The length of the warm-up belongs to the start.
fn table_of(path: &KeyPath) -> KeyPath {
    let names = path.names();
    let depth = match names[0].as_str() {
        "levers" | "channels" | "promotions" | "market" => names.len().min(2),
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
pub(super) struct Named {
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
    pub(super) fn of(trees: [&Tree; 2]) -> Named {
        let path = KeyPath::from(NAMED);
        let naming = trees
            .into_iter()
            .find(|tree| tree.leaves_in(&path).next().is_some());
        let groups = naming.into_iter().flat_map(|tree| {
            tree.leaves_in(&path).filter_map(|leaf| {
                let members = tree.leaves.get(leaf)?.list()?.iter();
                let member =
                    |value: &Value| Some((KeyPath::parse(value.text()?)?, value.place.clone()));
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
    pub(super) fn unknown(&self, trees: [&Tree; 2]) -> Vec<Fault> {
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
        if table == KeyPath::from("levers") && !Lever::ALL.iter().any(|lever| lever.name() == name)
        {
            let names = Lever::ALL.iter().map(|lever| lever.name());
            return Err(no_such(place, &path, &table, name, names));
        }
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
