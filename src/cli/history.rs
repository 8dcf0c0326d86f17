//! `funnelcast history guess FILE…` and `funnelcast history import --map MAP FILE…`

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::failure::{print, tell};
use super::paper::paper;
use super::{Failure, Outcome};
use crate::history::{self, Imported, Input, Map};
use crate::report::{HistoryFiles, quality};
use crate::scenario::{Fault, Faults, MAX_SCENARIO_BYTES};

/// Learn from the past: make a clean history of a CRM's export
#[derive(Debug, Args)]
pub(super) struct History {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Guess(Guess),
    Import(Import),
}

/// Propose a map of an export: which column is what, why, and what is in doubt
///
/// Files are CSV or Parquet. The map is to be read and corrected before `history import` uses it.
#[derive(Debug, Args)]
#[command(after_help = "Example: funnelcast history guess leads.csv deals.csv -o map.toml")]
pub(super) struct Guess {
    /// The files of the export
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// A file that does not exist yet; else the standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Make a history of an export, and say what was wrong with it
///
/// Files are CSV (any delimiter, UTF-8, UTF-16 or Windows-1252) or Parquet. The map says which column is
/// what. Beside the history in Parquet stand the same as CSV, and every repair and rejection with its row.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: funnelcast history import --map map.toml leads.csv deals.csv -o history.parquet")]
pub(super) struct Import {
    /// The files of the export
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Which column is what, in TOML
    #[arg(long, value_name = "FILE")]
    map: PathBuf,

    /// Where the history goes: FILE.parquet, FILE.csv and FILE.quality.csv
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Refuse instead of repairing, rejecting or leaving out anything
    #[arg(long)]
    strict: bool,

    /// Print no report
    #[arg(short, long)]
    quiet: bool,
}

impl History {
    pub fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Guess(guess) => guess.run(),
            Command::Import(import) => import.run(),
        }
    }
}

impl Guess {
    fn run(self) -> Result<Outcome, Failure> {
        let reading = Reading::begin(&self.files, false)?;
        let map = history::guess(reading.inputs)?;
        reading.bar.finish_and_clear();
        match self.output {
            None => print(&map)?,
            Some(path) => write_new(&path, &map)?,
        }
        Ok(Outcome::Done)
    }
}

/// Writes a map, never over a file that is there: it may have been corrected.
fn write_new(path: &Path, map: &str) -> Result<(), Failure> {
    let refuse = |error| Failure::Options(format!("cannot write {}: {error}", path.display()));
    let mut file = File::create_new(path).map_err(refuse)?;
    file.write_all(map.as_bytes()).map_err(refuse)?;
    let path = path.display();
    tell(&format!(
        "wrote {path}; read and correct it, then: funnelcast history import --map {path} …"
    ));
    Ok(())
}

impl Import {
    fn run(self) -> Result<Outcome, Failure> {
        let map = Map::parse(&self.map, read_text(&self.map)?)?;
        let files = HistoryFiles::claim(&self.output)?;
        let inputs = self.files.iter().chain([&self.map]);
        keep_inputs(inputs, &files.paths())?;
        let reading = Reading::begin(&self.files, self.quiet)?;
        let imported = history::import(&map, reading.inputs)?;
        if !self.quiet {
            reading
                .bar
                .suspend(|| print(&quality::quality(&imported, paper())))?;
        }
        if self.strict {
            refuse(&imported)?;
        }
        reading.bar.set_message("writing");
        files.write(&imported)?;
        reading.bar.finish_and_clear();
        if !self.quiet {
            let names = files.paths().map(|path| path.display().to_string());
            tell(&format!("wrote {}", names.join(", ")));
        }
        Ok(Outcome::Done)
    }
}

/// Refuses an import in which anything was repaired, rejected or left out, or that knows the future.
fn refuse(imported: &Imported) -> Result<(), Failure> {
    match imported.quality.objections() {
        objections if objections.is_empty() => Ok(()),
        objections => Err(Failure::Options(format!(
            "refused because of {}; nothing was written\n  = help: without --strict they are dealt with as the \
             report says",
            objections.join(", ")
        ))),
    }
}

/// Refuses to write over what is read.
fn keep_inputs<'a>(
    mut inputs: impl Iterator<Item = &'a PathBuf>,
    outputs: &[&Path],
) -> Result<(), Failure> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let outputs: Vec<PathBuf> = outputs.iter().filter_map(|path| real(path)).collect();
    match inputs.find(|input| real(input).is_some_and(|real| outputs.contains(&real))) {
        None => Ok(()),
        Some(input) => Err(Failure::Options(format!(
            "--output would replace {}, which is read; name another",
            input.display()
        ))),
    }
}

/// The text of a map.
fn read_text(path: &Path) -> Result<String, Faults> {
    let refuse = |reason: String| {
        let path = path.display();
        Faults::one(Fault::nowhere(format!("cannot read {path}: {reason}")))
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let mut file = file.take(MAX_SCENARIO_BYTES + 1);
    file.read_to_end(&mut bytes)
        .map_err(|error| refuse(error.to_string()))?;
    if bytes.len() as u64 > MAX_SCENARIO_BYTES {
        return Err(refuse("it is longer than any map".into()));
    }
    String::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8".into()))
}

/// Files that are read, with a bar that shows how far.
struct Reading {
    inputs: Vec<Input>,
    bar: ProgressBar,
}

impl Reading {
    /// Opens all files; what cannot be opened comes together.
    fn begin(paths: &[PathBuf], silent: bool) -> Result<Reading, Faults> {
        let bar = if silent {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style = ProgressStyle::with_template(
            "{bar:32} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left {msg}",
        );
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        bar.enable_steady_tick(Duration::from_millis(200));
        let (mut inputs, mut faults) = (Vec::new(), Vec::new());
        for path in paths {
            match Counted::open(path, &bar) {
                Ok(content) => inputs.push(Input {
                    name: path.display().to_string(),
                    content: Box::new(content),
                }),
                Err(error) => {
                    let message = format!("cannot read {}: {error}", path.display());
                    faults.push(Faults::one(Fault::nowhere(message)));
                }
            }
        }
        Faults::join(faults).map_or(Ok(Reading { inputs, bar }), Err)
    }
}

/// A file that tells a bar how much of it was read.
struct Counted {
    file: File,
    bar: ProgressBar,
}

impl Counted {
    fn open(path: &Path, bar: &ProgressBar) -> io::Result<Counted> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        bar.inc_length(metadata.len());
        let bar = bar.clone();
        Ok(Counted { file, bar })
    }
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(out)?;
        self.bar.inc(n as u64);
        Ok(n)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
