//! What an import found wrong with an export: every repair and rejection, counted by kind, with its rows.

use std::collections::BTreeMap;

/// What was done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Treatment {
    /// The row is not used.
    Rejected,
    /// The row is used, a part of it put right.
    Repaired,
    /// The row is used without the cell.
    Withheld,
    /// Nothing was done.
    Noted,
}

impl Treatment {
    /// As files and reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Treatment::Rejected => "rejected",
            Treatment::Repaired => "repaired",
            Treatment::Withheld => "withheld",
            Treatment::Noted => "noted",
        }
    }
}

/// The kinds of what can be wrong with a row, with their name, their treatment and words that follow a number of rows.
macro_rules! kinds {
    ($($kind:ident $name:literal $treatment:ident $words:literal;)*) => {
        /// A kind of what can be wrong with a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $words] $kind,)*
        }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];

            /// As files call it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }

            pub fn treatment(self) -> Treatment {
                match self {
                    $(Kind::$kind => Treatment::$treatment,)*
                }
            }

            /// Whether the row is not used.
            pub fn rejects(self) -> bool {
                self.treatment() == Treatment::Rejected
            }

            /// What it is and what was done about it.
            pub fn words(self) -> &'static str {
                match self {
                    $(Kind::$kind => $words,)*
                }
            }
        }
    };
}

kinds! {
    BlankRow "blank_row" Rejected "no cell holds anything";
    SurplusCells "surplus_cells" Rejected "more cells than the header, so that columns cannot be told";
    MissingKey "missing_key" Rejected "no key";
    Duplicate "duplicate" Rejected "a key that an earlier row has; the first one is used";
    UnknownStage "unknown_stage" Rejected "a stage that the map does not name";
    OpenWithoutDate "open_without_date" Rejected "an open record without a date";
    ChangeWithoutDate "change_without_date" Rejected "a change of stage without a date";
    ClosedWithoutCreation "closed_without_creation" Rejected "a closed record without the date of its creation";
    ClosedWithoutCloseDate "closed_without_close_date" Rejected "a closed record without the date of its close";
    ClosedWithoutStage "closed_without_stage" Rejected "a close before the record entered any stage";
    UnreadableDate "unreadable_date" Rejected "a date that cannot be read in the order of the map";
    AfterAsOf "after_as_of" Rejected "a date after the as-of day";
    ChangeAfterClose "change_after_close" Rejected "a change of stage after the record was closed";
    NoPartner "no_partner" Rejected "a key that no used record has";
    CloseBeforeCreation "close_before_creation" Repaired "a close before the creation; the record begins at its close";
    CloseAfterAsOf "close_after_as_of" Repaired "a close after the as-of day; the record is open";
    DateBesideTime "date_beside_time" Repaired "a close dated without a time on the day of the creation; closed at its creation";
    EarlierStage "earlier_stage" Repaired "a step back; the record stays in the later stage";
    StageAgain "stage_again" Repaired "the stage that the record is in already; it stays in it";
    SpelledOtherwise "spelled_otherwise" Repaired "a name spelled otherwise than its only match";
    MissingCells "missing_cells" Repaired "fewer cells than the header; the last are empty";
    Windows1252 "windows_1252" Noted "not UTF-8; read as Windows-1252";
    TimeZone "time_zone" Noted "a time put from its zone into that of the history";
    PlannedDate "planned_date" Noted "a close dated for an open record: a plan, not used";
    NegativeValue "negative_value" Withheld "a value below 0";
    ZeroValue "zero_value" Withheld "a value of 0 for a closed record";
    UnreadableValue "unreadable_value" Withheld "a value that is no amount";
    OtherCurrency "other_currency" Withheld "a value in another currency";
    PartnerMissing "partner_missing" Withheld "a name without a row in the joined file";
    SaidMissing "said_missing" Noted "a word that the map takes for nothing";
    Differs "differs" Withheld "a field that an earlier row of the record states otherwise";
    LeftWithoutNext "left_without_next" Noted "a stage left for no other; the record stays in it";
    VeryLongCell "very_long_cell" Noted "a row of more than 64 kB: was a quote left open?";
}

/// Most rows of a finding that are listed; all are counted.
const MAX_LISTED: usize = 1_000;
/// Most characters of a value that are kept.
const MAX_VALUE: usize = 60;

/// Where a finding was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    pub kind: Kind,
    /// Index into [`Quality::files`].
    pub file: usize,
    /// Empty where no column is at fault.
    pub column: String,
}

/// The rows in which something was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// \[≥ 1\]
    pub count: u64,
    /// The first of them with what they hold; the header is row 1.
    pub rows: Vec<(u32, String)>,
}

/// A file and its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileRows {
    pub name: String,
    pub rows: u64,
    /// Of them, those whose content is part of the history.
    pub used: u64,
}

/// The kind of warning of a channel, segment or owner that tells how a record ends.
pub const LEAK: &str = "leak";

/// Something about a column, a day or a file that a reader of the history should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// As files call it, such as `leak`.
    pub kind: &'static str,
    pub message: String,
}

/// Everything that an import has to tell of the export. In each file, rows = used + rejected.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quality {
    pub files: Vec<FileRows>,
    pub findings: BTreeMap<Spot, Finding>,
    pub warnings: Vec<Warning>,
    /// Records in the history.
    pub n_records: u64,
    /// The as-of day, and whether the map states it; else it is the last day with a date.
    pub as_of: Option<jiff::civil::Date>,
    pub as_of_is_stated: bool,
}

impl Quality {
    /// Counts a row of a file in which `kind` was found.
    pub(super) fn add(&mut self, kind: Kind, file: usize, column: &str, row: u32, value: &str) {
        let spot = Spot {
            kind,
            file,
            column: column.to_owned(),
        };
        let finding = self.findings.entry(spot).or_default();
        finding.count += 1;
        if finding.rows.len() < MAX_LISTED {
            finding
                .rows
                .push((row, value.chars().take(MAX_VALUE).collect()));
        }
    }

    pub(super) fn warn(&mut self, kind: &'static str, message: String) {
        self.warnings.push(Warning { kind, message });
    }

    /// Rows of a file that are not used, by any kind.
    pub fn rejected(&self, file: usize) -> u64 {
        let findings = self.findings.iter();
        findings
            .filter(|(spot, _)| spot.file == file && spot.kind.rejects())
            .map(|(_, finding)| finding.count)
            .sum()
    }

    /// What speaks against using the export as it is: kinds of what was not only noted, with their counts, and leaks.
    pub fn objections(&self) -> Vec<String> {
        let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
        for (spot, finding) in &self.findings {
            if spot.kind.treatment() != Treatment::Noted {
                *counts.entry(spot.kind).or_default() += finding.count;
            }
        }
        let leaks = self.warnings.iter().filter(|warning| warning.kind == LEAK);
        let leaks = leaks.map(|warning| warning.kind.to_owned());
        let counts = counts.into_iter();
        let counts = counts.map(|(kind, count)| format!("{} ({count})", kind.name()));
        counts.chain(leaks).collect()
    }
}
