//! Files of scenarios, read from disk.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::failure::tell;
use crate::scenario::{Faults, LoadError, Loader, Scenario, Tree};

/// Reads files as they are named, and knows afterwards which.
#[derive(Debug, Default)]
pub(super) struct Disk {
    read: Mutex<Vec<PathBuf>>,
}

impl Loader for Disk {
    fn load(&self, path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
        // `.` is resolved to nothing.
        let here = path.as_os_str().is_empty();
        let path = if here { Path::new(".") } else { path };
        let metadata = fs::metadata(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.extend(fs::canonicalize(path));
        drop(read);
        if metadata.is_dir() {
            return Err(LoadError::Directory);
        }
        if metadata.len() > limit {
            let bytes = metadata.len();
            return Err(LoadError::TooLarge { bytes, limit });
        }
        // A pipe does not know its length: read one byte more than allowed.
        let mut content = Vec::new();
        File::open(path)?
            .take(limit + 1)
            .read_to_end(&mut content)?;
        match content.len() as u64 {
            bytes if bytes > limit => Err(LoadError::TooLarge { bytes, limit }),
            _ => Ok(content),
        }
    }
}

impl Disk {
    /// Every file that was read.
    fn files(self) -> Vec<PathBuf> {
        let read = self.read.into_inner();
        read.unwrap_or_else(PoisonError::into_inner)
    }
}

/// A scenario with the text that it was made from.
#[derive(Debug)]
pub(super) struct Loaded {
    pub scenario: Scenario,
    pub tree: Tree,
    pub notes: Vec<String>,
    /// Every file that was read for it.
    pub files: Vec<PathBuf>,
}

/// Says on the standard error that there are notes, and how to read them.
pub(super) fn tell_of_notes(loaded: &[Loaded]) {
    for Loaded {
        notes,
        files,
        scenario,
        ..
    } in loaded.iter().filter(|loaded| !loaded.notes.is_empty())
    {
        let file = files
            .first()
            .map_or(String::new(), |file| format!(" {}", file.display()));
        let (notes, show) = match notes.len() {
            1 => ("a note".to_owned(), "shows it"),
            n => (format!("{n} notes"), "shows them"),
        };
        tell(&format!(
            "{notes} on {}: `funnelcast check{file}` {show}",
            scenario.name
        ));
    }
}

/// Reads every scenario, changed by the `--set` arguments; the faults of all come together.
pub(super) fn load(paths: &[PathBuf], sets: &[String]) -> Result<Vec<Loaded>, Faults> {
    let mut all = Vec::new();
    let mut faults = Vec::new();
    for path in paths {
        let disk = Disk::default();
        match Scenario::load(path, sets, &disk) {
            Ok((scenario, tree, notes)) => all.push(Loaded {
                scenario,
                tree,
                notes: notes.iter().map(ToString::to_string).collect(),
                files: disk.files(),
            }),
            Err(wrong) => faults.push(wrong),
        }
    }
    match Faults::join(faults) {
        Some(faults) => Err(faults),
        None => Ok(all),
    }
}
