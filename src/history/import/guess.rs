//! A first map of an export, proposed from names and values of its columns, with its doubts as comments.

mod roles;
mod sheet;
mod write;

use super::map::Field;
use super::names::folded;
use super::table::Input;
use crate::scenario::Faults;

use roles::Roles;
use sheet::Sheet;

/// Proposes a map for the files of an export, as TOML with comments. Of each file, the first rows are looked at.
///
/// # Errors
/// If a file cannot be read.
pub fn guess(inputs: Vec<Input>) -> Result<String, Faults> {
    let (mut sheets, mut faults) = (Vec::new(), Vec::new());
    for input in inputs {
        match Sheet::read(input, &sheets) {
            Ok(sheet) => add(&mut sheets, sheet),
            Err(fault) => faults.push(Faults::one(fault)),
        }
    }
    match Faults::join(faults) {
        Some(faults) => Err(faults),
        None => Ok(write::map(&sheets, &Roles::find(&sheets))),
    }
}

/// Adds a file; those with the same columns are parts of one.
fn add(sheets: &mut Vec<Sheet>, sheet: Sheet) {
    let mut left = Some(sheet);
    for known in sheets.iter_mut() {
        left = left.and_then(|sheet| known.absorb(sheet));
    }
    sheets.extend(left);
}
