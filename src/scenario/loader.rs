//! Where the texts of a scenario come from: handed in, so that the library opens no files.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Largest scenario file that is read \[bytes\].
pub const MAX_SCENARIO_BYTES: u64 = 1 << 20;
/// Largest file of data (an open pipeline, an empirical law) that is read \[bytes\].
pub const MAX_DATA_BYTES: u64 = 64 << 20;

/// Gives the content of a file by its path.
pub trait Loader {
    /// The content of the file at `path`, a path as [`resolve`] makes it.
    ///
    /// # Errors
    /// Why the file cannot be read. A file longer than `limit` bytes need not be read to the end:
    /// [`LoadError::TooLarge`] then says how long it is.
    fn load(&self, path: &Path, limit: u64) -> Result<Vec<u8>, LoadError>;
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Nothing is at the path.
    #[error("there is no such file")]
    Missing,
    /// A directory is at the path.
    #[error("it is a directory")]
    Directory,
    /// The file is longer than what is read \[bytes\].
    #[error("it is {} long, more than the {} that are read", size(*bytes), size(*limit))]
    TooLarge { bytes: u64, limit: u64 },
    /// Any other reason, in words that continue "cannot read the file:".
    #[error("{0}")]
    Other(String),
}

/// A number of bytes in words.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} kB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

impl From<std::io::Error> for LoadError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => LoadError::Missing,
            std::io::ErrorKind::IsADirectory => LoadError::Directory,
            _ => LoadError::Other(error.to_string()),
        }
    }
}

/// Files in memory.
impl Loader for BTreeMap<PathBuf, Vec<u8>> {
    fn load(&self, path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
        match self.get(path) {
            None => Err(LoadError::Missing),
            Some(content) if content.len() as u64 > limit => Err(LoadError::TooLarge {
                bytes: content.len() as u64,
                limit,
            }),
            Some(content) => Ok(content.clone()),
        }
    }
}

/// `path` as stated in a file of `directory`, without `.` and without `..` after a name.
///
/// Purely by name: no file is looked at.
pub fn resolve(directory: &Path, path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in directory.join(path).components() {
        let after_a_name = matches!(
            resolved.components().next_back(),
            Some(Component::Normal(_))
        );
        match component {
            Component::CurDir => {}
            Component::ParentDir if after_a_name => {
                resolved.pop();
            }
            other => resolved.push(other),
        }
    }
    resolved
}
