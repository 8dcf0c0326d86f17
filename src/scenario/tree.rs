//! A scenario as text: files merged over what they extend, every leaf with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fault::{Fault, Faults};
use super::loader::{LoadError, Loader, MAX_SCENARIO_BYTES, resolve};
use super::path::KeyPath;
use super::place::{Place, Source};
use super::schema::{self, Kind, Spot};
use super::value::{Entry, Value, ValueKind, parse_document, parse_value};

/// Longest chain of files that extend one another.
const MAX_CHAIN: usize = 16;
/// Longest name of a channel, segment or the like \[bytes\].
const MAX_NAME: usize = 100;
/// Keys that describe a file and are neither inherited nor compared.
const OF_THE_FILE: [&str; 2] = ["name", "description"];

/// A scenario before it is checked: leaves by path, as merged from a file and all that it extends.
///
/// A leaf is a quantity, a text or a list; it is replaced whole. What was found wrong while reading
/// is kept and reported by [`Scenario::from_tree`](super::Scenario::from_tree) with everything else.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The file that the scenario is named after.
    pub(crate) file: Arc<Source>,
    pub(crate) leaves: BTreeMap<KeyPath, Value>,
    /// Tables stated, with or without a leaf, and where.
    pub(crate) tables: BTreeMap<KeyPath, Place>,
    /// What was removed by `"none"` and not stated since, and where.
    pub(crate) removed: BTreeMap<KeyPath, Place>,
    pub(crate) faults: Vec<Fault>,
    /// Whether part of the text could not be read, so that nothing can be called missing.
    pub(crate) incomplete: bool,
}

/// What one file says by itself.
#[derive(Debug, Default)]
struct Layer {
    leaves: Vec<(KeyPath, Value)>,
    tables: Vec<(KeyPath, Place)>,
    removals: Vec<(KeyPath, Place)>,
    extends: Option<Value>,
}

impl Tree {
    /// Reads the scenario at `path` and all that it extends.
    ///
    /// # Errors
    /// If the file itself cannot be read as text. What is wrong inside it, and any file that it
    /// extends in vain, is kept for [`Scenario::from_tree`](super::Scenario::from_tree).
    pub fn load(path: impl AsRef<Path>, loader: &dyn Loader) -> Result<Tree, Faults> {
        let path = resolve(Path::new(""), path.as_ref());
        let file = read(&path, loader).map_err(|error| {
            let message = format!("cannot read {}: {error}", path.display());
            Faults::one(error.fault(None, message))
        })?;
        let mut tree = Tree {
            file: file.clone(),
            leaves: BTreeMap::new(),
            tables: BTreeMap::new(),
            removed: BTreeMap::new(),
            faults: Vec::new(),
            incomplete: false,
        };
        let layers = tree.read_chain(path, file, loader);
        for (level, layer) in layers.into_iter().rev().enumerate() {
            if level > 0 {
                tree.leaves
                    .retain(|path, _| !OF_THE_FILE.map(KeyPath::from).contains(path));
            }
            tree.apply(layer);
        }
        Ok(tree)
    }

    /// The layers of the file and of what it extends, outermost first.
    fn read_chain(&mut self, path: PathBuf, file: Arc<Source>, loader: &dyn Loader) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut chain = vec![path];
        let mut next = Some(file);
        while let Some(source) = next.take() {
            let layer = self.read_layer(&source);
            if let Some(extends) = &layer.extends {
                next = self.follow(extends, &mut chain, loader);
                self.incomplete |= next.is_none();
            }
            layers.push(layer);
        }
        layers
    }

    /// The file that `extends` names.
    fn follow(
        &mut self,
        extends: &Value,
        chain: &mut Vec<PathBuf>,
        loader: &dyn Loader,
    ) -> Option<Arc<Source>> {
        let fault = |message: String| Fault::new(&extends.place, "extends", message);
        let Some(stated) = extends.text() else {
            let message = format!("`extends` is {}, not the path of a file", extends.words());
            self.faults.push(fault(message));
            return None;
        };
        let path = resolve(&extends.place.source.directory, Path::new(stated));
        let seen = chain.iter().position(|earlier| *earlier == path);
        chain.push(path.clone());
        if let Some(seen) = seen {
            let names: Vec<String> = chain[seen..]
                .iter()
                .map(|p| p.display().to_string())
                .collect();
            let message = format!("`extends` goes in a circle: {}", names.join(" extends "));
            self.faults
                .push(fault(message).label("this closes the circle"));
            return None;
        }
        if chain.len() > MAX_CHAIN {
            let message = format!("more than {MAX_CHAIN} files extend one another");
            self.faults.push(fault(message));
            return None;
        }
        match read(&path, loader) {
            Ok(source) => Some(source),
            Err(error) => {
                let message = format!("`extends` names {}, but {error}", path.display());
                self.faults.push(error.fault(Some(&extends.place), message));
                None
            }
        }
    }

    fn read_layer(&mut self, source: &Arc<Source>) -> Layer {
        let before = self.faults.len();
        let entries = parse_document(source, &mut self.faults);
        self.incomplete |= self.faults.len() > before;
        let mut layer = Layer::default();
        self.sort_out(&entries, &KeyPath::default(), &mut layer);
        layer
    }

    /// Divides the entries of the table at `path` into leaves, tables and removals.
    fn sort_out(&mut self, entries: &[Entry], path: &KeyPath, layer: &mut Layer) {
        for entry in entries {
            let inner = path.child(&entry.name);
            if let Some(fault) = bad_name(&entry.name, &entry.place, &inner) {
                self.faults.push(fault);
                continue;
            }
            match (schema::spot(&inner), entry.value.table()) {
                (Spot::Unknown, _) => self.faults.push(unknown_key(entry, path)),
                _ if entry.value.removes() => {
                    layer.removals.push((inner, entry.value.place.clone()))
                }
                (Spot::Key(_), _) if inner == KeyPath::from("extends") => {
                    layer.extends = Some(entry.value.clone());
                }
                (Spot::Key(_), _) => layer.leaves.push((inner, entry.value.clone())),
                (Spot::Table, Some(entries)) => {
                    layer.tables.push((inner.clone(), entry.place.clone()));
                    self.sort_out(entries, &inner, layer);
                }
                (Spot::Table, None) => self.faults.push(not_a_table(&entry.value, &inner)),
            }
        }
    }

    /// Lays a layer over what there is.
    fn apply(&mut self, layer: Layer) {
        for (path, place) in layer.removals {
            self.remove(path, place);
        }
        for (path, place) in layer.tables {
            self.removed.remove(&path);
            self.tables.insert(path, place);
        }
        for (path, value) in layer.leaves {
            self.removed.remove(&path);
            self.leaves.insert(path, value);
        }
    }

    fn remove(&mut self, path: KeyPath, place: Place) {
        let n_before = self.leaves.len() + self.tables.len();
        self.leaves.retain(|leaf, _| !leaf.is_in(&path));
        self.tables.retain(|table, _| !table.is_in(&path));
        if self.leaves.len() + self.tables.len() == n_before && !self.incomplete {
            let message =
                format!("`{path}` is removed here, but nothing is inherited under that name");
            let fault = Fault::new(&place, &path, message).label("nothing to remove");
            self.faults.push(
                fault.help(
                    "\"none\" only removes what the file extended states; leave the line out",
                ),
            );
        }
        self.removed.insert(path, place);
    }

    /// Changes one key as `--set key.path=value` does; the value is TOML if it parses as TOML,
    /// else plain text. `"none"` removes.
    ///
    /// # Errors
    /// If the argument has no `=`, or names no key. Whether the value makes sense is found by
    /// [`Scenario::from_tree`](super::Scenario::from_tree).
    pub fn set(&mut self, argument: &str) -> Result<(), Faults> {
        let source = Source::argument("--set", argument);
        let whole = Place::new(&source, 0..argument.len());
        let Some(equals) = argument.find('=') else {
            let fault = Fault::new(&whole, "", format!("`{argument}` has no `=`"));
            return Err(Faults::one(fault.help("write --set key.path=value")));
        };
        let name = Place::new(&source, 0..equals);
        let Some(path) = KeyPath::parse(&argument[..equals]) else {
            let message = format!("`{}` is not the path of a key", name.text());
            let fault = Fault::new(&name, "", message);
            return Err(Faults::one(
                fault.help("write names divided by dots, such as handoff.leak=0.1"),
            ));
        };
        let start = argument.len() - argument[equals + 1..].trim_start().len();
        let value = parse_value(&source, start).unwrap_or_else(|| Value {
            kind: ValueKind::Text(argument[start..].trim_end().to_string()),
            place: Place::new(&source, start..argument.len()),
        });
        self.set_value(&path, name, value)
    }

    fn set_value(&mut self, path: &KeyPath, name: Place, value: Value) -> Result<(), Faults> {
        if *path == KeyPath::from("extends") {
            let message = "`extends` cannot be set: it is a matter of the file".to_string();
            return Err(Faults::one(Fault::new(&name, path, message)));
        }
        for depth in 1..path.names().len() {
            let outer = KeyPath(path.names()[..depth].to_vec());
            if let Spot::Key(_) = schema::spot(&outer) {
                let message = format!("`{path}` lies inside the value of `{outer}`");
                let fault = Fault::new(&name, path, message);
                return Err(Faults::one(fault.help(format!("set `{outer}` whole"))));
            }
        }
        let n_faults = self.faults.len();
        let mut layer = Layer::default();
        self.sort_out(&nested(path, name, value), &KeyPath::default(), &mut layer);
        if self.faults.len() == n_faults {
            let removes = !layer.removals.is_empty();
            layer
                .tables
                .retain(|(table, _)| !removes && !self.tables.contains_key(table));
            self.apply(layer);
        }
        match Faults::from_all(self.faults.split_off(n_faults)) {
            Some(faults) => Err(faults),
            None => Ok(()),
        }
    }

    /// Paths of the leaves in which `other` differs: other value, only here, or only there.
    ///
    /// The name and the description of a scenario are not compared.
    pub fn diff(&self, other: &Tree) -> Vec<String> {
        let here = self.leaves.keys();
        let only_there = other
            .leaves
            .keys()
            .filter(|path| !self.leaves.contains_key(path));
        let mut paths: Vec<&KeyPath> = here.chain(only_there).collect();
        paths.sort();
        let differs = |path: &&KeyPath| {
            let compared = !OF_THE_FILE.map(KeyPath::from).contains(path);
            compared && !same(path, self.leaves.get(*path), other.leaves.get(*path))
        };
        paths
            .into_iter()
            .filter(differs)
            .map(KeyPath::to_string)
            .collect()
    }

    /// This scenario with the leaves of `other` at `paths`: a leaf that `other` lacks is removed,
    /// one that it alone has is added. A table left without any leaf is gone.
    pub fn with<P: AsRef<str>>(&self, other: &Tree, paths: impl IntoIterator<Item = P>) -> Tree {
        let mut mixed = self.clone();
        for path in paths {
            let Some(path) = KeyPath::parse(path.as_ref()) else {
                continue;
            };
            match other.leaves.get(&path) {
                Some(value) => mixed.leaves.insert(path.clone(), value.clone()),
                None => mixed.leaves.remove(&path),
            };
            mixed.settle_tables(&path, other);
        }
        mixed
    }

    /// Makes the tables around `path` agree with the leaves in them.
    fn settle_tables(&mut self, path: &KeyPath, other: &Tree) {
        for depth in (1..path.names().len()).rev() {
            let table = KeyPath(path.names()[..depth].to_vec());
            if self.leaves_in(&table).next().is_none() {
                self.tables.remove(&table);
            } else if let (false, Some(place)) =
                (self.tables.contains_key(&table), other.tables.get(&table))
            {
                self.tables.insert(table, place.clone());
            }
        }
    }

    /// Where the leaf or table at `path` was written, or removed.
    pub fn place(&self, path: &str) -> Option<Place> {
        self.place_of(&KeyPath::parse(path)?)
    }

    pub(crate) fn place_of(&self, path: &KeyPath) -> Option<Place> {
        let leaf = self.leaves.get(path).map(|value| &value.place);
        let stated = leaf.or_else(|| self.tables.get(path));
        stated.or_else(|| self.removed.get(path)).cloned()
    }

    /// Of some paths that are stated, one stated in the outermost place: by `--set`, else in the
    /// scenario's own file, else in a file that it extends. That is the one to change.
    pub(crate) fn outermost<'p>(
        &self,
        paths: impl IntoIterator<Item = &'p KeyPath>,
    ) -> Option<&'p KeyPath> {
        let rank = |path: &&KeyPath| {
            let source = self.place_of(path).map(|place| place.source);
            source.map_or(0, |source| match source {
                _ if source.is_argument => 3,
                _ if Arc::ptr_eq(&source, &self.file) => 2,
                _ => 1,
            })
        };
        let stated = paths.into_iter().filter(|path| self.has(path));
        stated.max_by_key(rank)
    }

    /// The value at `path` as TOML; none if it is not a leaf of this scenario.
    pub fn value(&self, path: &str) -> Option<String> {
        let value = self.leaves.get(&KeyPath::parse(path)?)?;
        Some(value.to_toml())
    }

    /// Paths of all leaves, in order.
    pub fn paths(&self) -> impl Iterator<Item = String> + '_ {
        self.leaves.keys().map(KeyPath::to_string)
    }

    /// Whether the table or leaf at `path` is stated.
    pub(crate) fn has(&self, path: &KeyPath) -> bool {
        self.tables.contains_key(path) || self.leaves.contains_key(path)
    }

    /// Leaves in the table at `path`, in order.
    pub(crate) fn leaves_in(&self, path: &KeyPath) -> impl Iterator<Item = &KeyPath> {
        let from = self.leaves.range(path.clone()..).map(|(leaf, _)| leaf);
        from.take_while(|leaf| leaf.is_in(path))
    }

    /// Names stated directly in the table at `path`, in order. O(what the table holds).
    pub(crate) fn names_in(&self, path: &KeyPath) -> Vec<String> {
        let tables = self.tables.range(path.clone()..).map(|(table, _)| table);
        let tables = tables.take_while(|table| table.is_in(path));
        let inside = self.leaves_in(path).chain(tables);
        let names = inside.filter_map(|inner| inner.names().get(path.names().len()));
        let names: std::collections::BTreeSet<&String> = names.collect();
        names.into_iter().cloned().collect()
    }
}

/// The merged scenario as one TOML text without `extends`. Paths of files stay as written.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, value) in &self.leaves {
            writeln!(f, "{path} = {}", value.to_toml())?;
        }
        for table in self.tables.keys() {
            if self.leaves_in(table).next().is_none() {
                writeln!(f, "[{table}]")?;
            }
        }
        Ok(())
    }
}

/// A value inside the tables that its path names.
fn nested(path: &KeyPath, place: Place, value: Value) -> Vec<Entry> {
    let entry = |inner: Value, name: &String| Entry {
        name: name.clone(),
        place: place.clone(),
        value: inner,
    };
    let mut names = path.names().iter().rev();
    let innermost = names.next().map(|name| entry(value, name));
    let outermost = names.fold(innermost, |inner, name| {
        let table = Value {
            kind: ValueKind::Table(inner.into_iter().collect()),
            place: place.clone(),
        };
        Some(entry(table, name))
    });
    outermost.into_iter().collect()
}

/// Whether two leaves say the same. Paths of files count from where each was written.
fn same(path: &KeyPath, a: Option<&Value>, b: Option<&Value>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_none() && b.is_none();
    };
    let (here, there) = (&a.place.source.directory, &b.place.source.directory);
    let is_path = schema::key_at(path).is_some_and(|key| key.kind == Kind::File);
    if let (true, Some(a), Some(b)) = (is_path, a.text(), b.text()) {
        return resolve(here, Path::new(a)) == resolve(there, Path::new(b));
    }
    a == b && (here == there || !names_a_file(a))
}

/// Whether a law in the value is read from a file.
fn names_a_file(value: &Value) -> bool {
    let entries = value.table().unwrap_or_default().iter();
    let mut inner = value.list().unwrap_or_default().iter();
    inner.any(names_a_file)
        || entries
            .clone()
            .any(|e| e.name == "empirical" && e.value.text().is_some())
        || entries.clone().any(|e| names_a_file(&e.value))
}

impl LoadError {
    fn fault(&self, place: Option<&Place>, message: String) -> Fault {
        let fault = match place {
            Some(place) => Fault::new(place, "extends", message),
            None => Fault::nowhere(message),
        };
        fault.help_if(match self {
            LoadError::Missing => {
                Some("paths in a file are relative to that file".into()).filter(|_| place.is_some())
            }
            LoadError::TooLarge { .. } => {
                Some("a scenario is a page of text; is this the right file?".into())
            }
            _ => None,
        })
    }
}

/// Reads a scenario file as text.
fn read(path: &Path, loader: &dyn Loader) -> Result<Arc<Source>, LoadError> {
    let bytes = loader.load(path, MAX_SCENARIO_BYTES)?;
    if bytes.len() as u64 > MAX_SCENARIO_BYTES {
        return Err(LoadError::TooLarge {
            bytes: bytes.len() as u64,
            limit: MAX_SCENARIO_BYTES,
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|&&byte| byte == b'\n').count();
        LoadError::Other(format!(
            "it is not UTF-8 text: line {line} has a byte that belongs to no character"
        ))
    })?;
    Ok(Source::file(path, text))
}

fn bad_name(name: &str, place: &Place, path: &KeyPath) -> Option<Fault> {
    let message = if name.trim().is_empty() {
        "a name is empty".to_string()
    } else if name.len() > MAX_NAME {
        format!("a name is longer than {MAX_NAME} bytes")
    } else if name.chars().any(char::is_control) {
        "a name has a control character".to_string()
    } else if name.contains('\'') && name.contains(['"', '\\']) {
        "a name has quotes of both kinds, or a quote and a backslash".to_string()
    } else {
        return None;
    };
    Some(Fault::new(place, path, message))
}

fn not_a_table(value: &Value, path: &KeyPath) -> Fault {
    let names = schema::names_in(path);
    let message = format!("`{path}` is a table, but {} is given", value.words());
    let help = match names.as_slice() {
        ["*"] => format!("write [{path}.NAME], or \"none\" to remove what is inherited"),
        names => format!(
            "write [{path}] with the keys {}",
            list(names.iter().copied())
        ),
    };
    Fault::new(&value.place, path, message).help(help)
}

fn unknown_key(entry: &Entry, table: &KeyPath) -> Fault {
    let path = table.child(&entry.name);
    let names = schema::names_in(table);
    let fault = Fault::new(&entry.place, &path, format!("there is no key `{path}`"));
    let elsewhere = schema::elsewhere(&entry.name).map(|other| format!("there is a key `{other}`"));
    let all = || match table.names().is_empty() {
        true => format!("keys of a scenario are {}", list(names.iter().copied())),
        false => format!("keys of [{table}] are {}", list(names.iter().copied())),
    };
    match schema::nearest(&entry.name, names.iter().copied()) {
        Some(near) => fault.label(format!("did you mean `{near}`?")).help(all()),
        None => fault
            .label("unknown key")
            .help(elsewhere.unwrap_or_else(all)),
    }
}

/// Words with commas, the last with "and".
pub(crate) fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.as_slice() {
        [] => "none".to_string(),
        [one] => one.to_string(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
