//! Options shared by the commands that look at a history: as typed, then as meant.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use jiff::civil::Date;

use super::failure::Failure;
use super::options::{Json, named};
use crate::forecast::Workers;
use crate::history::calendar::{date_of, day_of};
use crate::history::{History, read_parquet};
use crate::report::Destination;

/// Longest window that is forecast \[days\].
const LONGEST: usize = 730;
/// Seed unless stated.
const SEED: u64 = 1;

/// Which history, up to which day.
#[derive(Debug, Args)]
pub(super) struct PastOptions {
    /// The history, in Parquet, as `history import` writes it
    history: PathBuf,

    /// The last day that counts as known; else the history's own
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

impl PastOptions {
    pub fn path(&self) -> &Path {
        &self.history
    }

    /// The history as it was known.
    ///
    /// # Errors
    /// If it cannot be read, or ends before the day that was asked for.
    pub fn read(&self) -> Result<History, Failure> {
        let path = self.history.display();
        let refuse = |reason: String| Failure::Options(format!("cannot read {path}: {reason}"));
        if self.history.is_dir() {
            return Err(refuse("it is a directory".to_owned()));
        }
        let file = File::open(&self.history).map_err(|error| refuse(error.to_string()))?;
        let history = read_parquet(Box::new(file)).map_err(|error| refuse(error.to_string()))?;
        let Some(date) = self.as_of else {
            return Ok(history);
        };
        let last = date_of(history.about.as_of);
        if date > last {
            return Err(Failure::Options(format!(
                "--as-of {date} is later than the history, which ends on {last}"
            )));
        }
        Ok(history.as_of(day_of(date)))
    }
}

/// Which futures, by how many threads.
#[derive(Debug, Args)]
pub(super) struct FuturesOptions {
    /// What all luck follows from; 1 unless stated
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    seed: Option<u64>,

    /// How many futures of each forecast
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    #[arg(value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    replications: Option<u64>,

    /// Threads, one per core unless stated; the result does not depend on them
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl FuturesOptions {
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(SEED)
    }

    pub fn replications(&self, unless_stated: u64) -> u64 {
        self.replications.unwrap_or(unless_stated)
    }

    pub fn workers(&self) -> Workers {
        Workers::new(self.threads.map(usize::from))
    }
}

/// Lengths of windows \[days\], ascending, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Horizons(pub Vec<usize>);

impl FromStr for Horizons {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = |text: &str| match text.trim().parse::<usize>() {
            Ok(days @ 1..=LONGEST) => Ok(days),
            _ => Err(format!(
                "write days from 1 to {LONGEST}, such as 30,60,90, and not `{}`",
                text.trim()
            )),
        };
        let mut horizons = text.split(',').map(days).collect::<Result<Vec<_>, _>>()?;
        horizons.sort_unstable();
        horizons.dedup();
        Ok(Horizons(horizons))
    }
}

impl Horizons {
    pub fn longest(&self) -> usize {
        self.0.last().copied().unwrap_or(1)
    }
}

/// Places for results, each found writable, none of them an input or named twice.
pub(super) struct Places {
    taken: Vec<PathBuf>,
}

impl Places {
    /// Nothing may replace any of `inputs`.
    pub fn beside(inputs: impl IntoIterator<Item = PathBuf>) -> Places {
        let inputs = inputs.into_iter();
        Places {
            taken: inputs.map(|path| real_place(&path)).collect(),
        }
    }

    /// The place at `path`, as `option` says.
    ///
    /// # Errors
    /// If it cannot be written, is read from or was claimed before.
    pub fn claim(&mut self, option: &str, path: &Path) -> Result<Destination, Failure> {
        let place = real_place(named(option, path)?);
        if self.taken.contains(&place) {
            return Err(Failure::Options(format!(
                "{option} {} would replace a file that is read or written besides; name another",
                path.display()
            )));
        }
        self.taken.push(place);
        Ok(Destination::check(path)?)
    }

    /// Like [`Places::claim`] where the option was given.
    ///
    /// # Errors
    /// As there.
    pub fn maybe(
        &mut self,
        option: &str,
        path: Option<&Path>,
    ) -> Result<Option<Destination>, Failure> {
        path.map(|path| self.claim(option, path)).transpose()
    }

    /// The place of the JSON; `-` is the standard output.
    ///
    /// # Errors
    /// As for [`Places::claim`].
    pub fn json(&mut self, path: Option<&Path>) -> Result<Option<Json>, Failure> {
        Ok(match path {
            Some(path) if path.as_os_str() == "-" => Some(Json::Printed),
            path => self.maybe("--json", path)?.map(Json::File),
        })
    }
}

/// Where a file is or would be, through all links of its directory.
fn real_place(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let directory = fs::canonicalize(directory.unwrap_or(Path::new("."))).unwrap_or_default();
    directory.join(path.file_name().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizons_are_days_in_order() {
        assert_eq!("90, 30,60,30".parse(), Ok(Horizons(vec![30, 60, 90])));
        for wrong in ["", "0", "-1", "30,", "1e2", "731", "99999999999999999999"] {
            assert!(wrong.parse::<Horizons>().is_err(), "{wrong}");
        }
    }
}
