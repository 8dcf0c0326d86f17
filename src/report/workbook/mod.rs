//! `--xlsx`: a workbook for planners, with every number of the JSON that they ask for and a sheet that adds up again.
//!
//! Texts of users are written as texts and never as formulas; names of sheets and of series are ours. The bytes follow from
//! the findings alone.

mod assumptions;
mod bridge;
mod check;
mod comparison;
mod dictionary;
mod page;
mod periods;
mod summary;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::files::{Destination, Unwritable};
use super::{Findings, view};
use crate::forecast::{Case, Forecast};
use crate::scenario::Scenario;

/// Names of the sheets.
const SUMMARY: &str = "Summary";
const COMPARISON: &str = "Comparison";
const PERIODS: &str = "Periods";
const BRIDGE: &str = "Bridge";
const ASSUMPTIONS: &str = "Assumptions";
const CHECK: &str = "Check";
const DICTIONARY: &str = "Dictionary";

/// Writes the workbook.
///
/// # Errors
/// If it cannot be written, or has more scenarios or periods than a sheet has columns or rows.
pub fn write_workbook(findings: &Findings, to: &Destination) -> Result<(), Unwritable> {
    let bytes = bytes(findings).map_err(|error| to.unwritable(error))?;
    to.write(&bytes)
}

fn bytes(findings: &Findings) -> Result<Vec<u8>, XlsxError> {
    let book = Book { findings };
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties()?);
    for sheet in book.sheets()? {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer()
}

/// The date is always the same, so that equal runs are equal files.
fn properties() -> Result<DocProperties, XlsxError> {
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    Ok(DocProperties::new()
        .set_title("Forecast")
        .set_author("funnelcast")
        .set_comment(concat!("funnelcast ", env!("CARGO_PKG_VERSION")))
        .set_creation_datetime(&created))
}

/// What all sheets share.
#[derive(Clone, Copy)]
struct Book<'a> {
    findings: &'a Findings<'a>,
}

impl<'a> Book<'a> {
    fn sheets(self) -> Result<Vec<Worksheet>, XlsxError> {
        let mut sheets = vec![summary::sheet(self)?];
        if self.findings.cases.len() > 1 {
            sheets.push(comparison::sheet(self)?);
        }
        sheets.push(periods::sheet(self)?);
        if !self.findings.bridges.is_empty() {
            sheets.push(bridge::sheet(self)?);
        }
        sheets.push(assumptions::sheet(self)?);
        sheets.push(check::sheet(self)?);
        sheets.push(dictionary::sheet(self)?);
        Ok(sheets)
    }

    /// Every scenario with its forecast, the baseline first.
    fn cases(self) -> impl Iterator<Item = (&'a Case<'a>, &'a Forecast)> {
        self.findings
            .cases
            .iter()
            .zip(&self.findings.study.forecasts)
    }

    fn baseline(self) -> &'a Scenario {
        self.findings.cases[0].scenario
    }

    fn currency(self) -> &'a str {
        &self.baseline().currency
    }

    /// `18 months`, or a window such as `months 13-18`.
    fn time(self) -> String {
        view::time(&self.findings.cases[0])
    }
}
