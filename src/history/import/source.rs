//! The files of an export, each found for its table of the map, with the places of the columns that are needed.

use super::map::{Map, MappedFile, matches};
use super::profile::Profile;
use super::quality::{FileRows, Kind, Quality};
use super::table::{Input, Row, Table};
use crate::scenario::{Fault, Faults, Place, nearest};

/// Longest row that raises no doubt \[bytes\].
const LONG_ROW: usize = 1 << 16;

/// The files that one table of the map stands for.
pub(super) struct Source {
    /// Columns that are needed, each once; the key is the first.
    pub needed: Vec<String>,
    pub tables: Vec<Opened>,
}

/// A file with its header read.
pub(super) struct Opened {
    /// Index into [`Quality::files`].
    pub file: usize,
    /// Where each of the needed columns stands.
    pub columns: Vec<usize>,
    /// `[column]`
    pub profiles: Vec<Profile>,
    pub table: Table,
}

/// A row with the file that it is of.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub row: &'a Row,
    /// Index into [`Quality::files`].
    pub file: usize,
    /// Index into [`Source::tables`].
    pub table: usize,
    columns: &'a [usize],
}

impl<'a> Line<'a> {
    /// The cell of a column that is needed.
    pub fn cell(&self, needed: usize) -> &'a str {
        self.row.cell(self.columns[needed])
    }

    pub fn report(&self, quality: &mut Quality, kind: Kind, column: &str, value: &str) {
        quality.add(kind, self.file, column, self.row.number, value);
    }
}

/// Opens every file for its table of the map, in the order of the map's files.
///
/// # Errors
/// If a table has no file, a file cannot be read or lacks a column.
pub(super) fn open(
    map: &Map,
    inputs: Vec<Input>,
    quality: &mut Quality,
) -> Result<Vec<Source>, Faults> {
    let mut faults = Vec::new();
    let given: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
    let short = short_names(&given);
    for file in &map.files {
        if !given.iter().any(|name| matches(&file.pattern, name)) {
            faults.push(no_file(file, &given));
        }
    }
    let mut sources: Vec<Source> = (0..map.files.len())
        .map(|file| Source {
            needed: needed(map, file)
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
            tables: Vec::new(),
        })
        .collect();
    for (input, name) in inputs.into_iter().zip(short) {
        let mut meant =
            (0..map.files.len()).filter(|f| matches(&map.files[*f].pattern, &input.name));
        let Some(index) = meant.next() else {
            let message = format!("{name} is in no table of [files]; it was not read");
            quality.warn("file_not_named", message);
            continue;
        };
        if let Some(other) = meant.next() {
            let [one, other] = [index, other].map(|file| &map.files[file]);
            let message = format!("{name} is meant by `{}` and by `{}`", one.name, other.name);
            faults.push(Fault::new(&other.pattern_place, "files", message));
            continue;
        }
        match Table::open(input.content) {
            Err(error) => faults.push(Fault::nowhere(format!("cannot read {name}: {error}"))),
            Ok(table) => {
                let columns = locate(map, index, &name, &table.header, &mut faults);
                quality.files.push(FileRows {
                    name,
                    ..FileRows::default()
                });
                sources[index].tables.push(Opened {
                    file: quality.files.len() - 1,
                    columns,
                    profiles: table.header.iter().map(|_| Profile::default()).collect(),
                    table,
                });
            }
        }
    }
    Faults::from_all(faults).map_or(Ok(sources), Err)
}

/// The names of files without their directories, unless two would be the same.
fn short_names(given: &[String]) -> Vec<String> {
    let short = |name: &String| {
        let last = name.rsplit(['/', '\\']).next();
        last.unwrap_or_default().to_owned()
    };
    let names: Vec<String> = given.iter().map(short).collect();
    let is_alone = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let chosen = given.iter().zip(&names);
    chosen
        .map(|(given, name)| {
            if is_alone(name) {
                name.clone()
            } else {
                given.clone()
            }
        })
        .collect()
}

fn no_file(file: &MappedFile, given: &[String]) -> Fault {
    let message = format!("no file given is \"{}\"", file.pattern);
    let near = nearest(&file.pattern, given.iter().map(|name| &name[..]));
    let help = match (near, given) {
        (Some(near), _) => Some(format!("did you mean \"{near}\"?")),
        (None, []) => None,
        (None, given) => Some(format!("given are {}", given.join(", "))),
    };
    Fault::new(&file.pattern_place, "files", message)
        .label("the name of a file, or the end of its path")
        .help_if(help)
}

/// Columns of a file that the map needs, and where it says so; the key first.
pub(super) fn needed(map: &Map, file: usize) -> Vec<(String, &Place)> {
    let of = &map.files[file];
    let mut needed = vec![(of.key.clone(), &of.places[1])];
    let columns = map.columns.iter().filter(|column| column.file == file);
    needed.extend(columns.map(|column| (column.column.clone(), &column.place)));
    for other in &map.files {
        if let Some((joined, column)) = &other.joins
            && *joined == file
        {
            needed.push((column.clone(), &other.places[2]));
        }
    }
    let mut once: Vec<(String, &Place)> = Vec::new();
    for (name, place) in needed {
        if once.iter().all(|(other, _)| *other != name) {
            once.push((name, place));
        }
    }
    once
}

/// Where the needed columns stand in a header.
fn locate(
    map: &Map,
    file: usize,
    name: &str,
    header: &[String],
    faults: &mut Vec<Fault>,
) -> Vec<usize> {
    let mut columns = Vec::new();
    for (column, place) in needed(map, file) {
        match header.iter().position(|other| *other == column) {
            Some(position) => columns.push(position),
            None => {
                let names = header.iter().map(|name| &name[..]);
                let help = match nearest(&column, names) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("its columns are {}", header.join(", ")),
                };
                let message = format!("{name} has no column `{column}`");
                faults.push(Fault::new(place, "columns", message).help(help));
            }
        }
    }
    columns
}

impl Source {
    /// Where a column stands among those that are needed.
    pub fn position(&self, column: &str) -> usize {
        let mut needed = self.needed.iter();
        needed.position(|other| other == column).unwrap_or(0)
    }

    /// Hands every row that can be taken apart to `take`, with the table that it is of.
    ///
    /// # Errors
    /// If a file cannot be read to its end.
    pub fn read(
        &mut self,
        quality: &mut Quality,
        mut take: impl FnMut(Line<'_>, &mut Quality),
    ) -> Result<(), Faults> {
        for (table, opened) in self.tables.iter_mut().enumerate() {
            let mut row = Row::default();
            let width = opened.table.header.len();
            loop {
                let file = opened.file;
                let more = opened.table.read(&mut row).map_err(|error| {
                    let name = &quality.files[file].name;
                    let message = format!("cannot read {name} at row {}: {error}", row.number);
                    Faults::one(Fault::nowhere(message))
                })?;
                if !more {
                    break;
                }
                quality.files[file].rows += 1;
                let line = Line {
                    row: &row,
                    file,
                    table,
                    columns: &opened.columns,
                };
                if row.is_blank() {
                    line.report(quality, Kind::BlankRow, "", "");
                    continue;
                }
                if row.len() > width {
                    let cells = format!("{} cells", row.len());
                    line.report(quality, Kind::SurplusCells, "", &cells);
                    continue;
                }
                if row.len() < width {
                    let cells = format!("{} cells", row.len());
                    line.report(quality, Kind::MissingCells, "", &cells);
                }
                if row.was_windows_1252 {
                    line.report(quality, Kind::Windows1252, "", "");
                }
                if row.length() > LONG_ROW {
                    line.report(quality, Kind::VeryLongCell, "", "");
                }
                for (column, profile) in opened.profiles.iter_mut().enumerate() {
                    profile.add(row.cell(column));
                }
                take(line, quality);
            }
        }
        Ok(())
    }
}
