//! Shows what a study found: terminal, JSON, CSV, charts. Nothing here computes a statistic.

#[cfg(feature = "cli")]
mod backtest;
#[cfg(feature = "cli")]
mod backtest_page;
#[cfg(feature = "cli")]
pub mod bridge;
#[cfg(feature = "cli")]
mod chart;
#[cfg(feature = "cli")]
mod data;
#[cfg(feature = "cli")]
mod fan;
#[cfg(feature = "cli")]
mod files;
#[cfg(feature = "cli")]
mod fit;
#[cfg(feature = "cli")]
mod fit_page;
#[cfg(feature = "cli")]
mod funnel;
#[cfg(feature = "cli")]
mod html;
pub mod json;
#[cfg(feature = "cli")]
mod outlook;
#[cfg(feature = "cli")]
mod page;
#[cfg(feature = "cli")]
mod paper;
#[cfg(feature = "cli")]
mod payoff;
#[cfg(feature = "cli")]
mod plot;
#[cfg(feature = "cli")]
pub mod quality;
#[cfg(feature = "cli")]
mod splits;
#[cfg(feature = "cli")]
mod story;
#[cfg(feature = "cli")]
pub mod sweep;
#[cfg(feature = "cli")]
mod table;
#[cfg(feature = "cli")]
pub mod terminal;
#[cfg(feature = "cli")]
mod view;
#[cfg(feature = "cli")]
mod workbook;

#[cfg(feature = "cli")]
pub use backtest::backtest;
#[cfg(feature = "cli")]
pub use backtest_page::backtest_page;
#[cfg(feature = "cli")]
pub use chart::{ChartSize, Charts};
#[cfg(feature = "cli")]
pub use data::DataFiles;
#[cfg(feature = "cli")]
pub use files::{Destination, Unwritable, records_csv, sweep_csv, write_all};
#[cfg(feature = "cli")]
pub use fit::fit;
#[cfg(feature = "cli")]
pub use fit_page::fit_page;
#[cfg(feature = "cli")]
pub use outlook::outlook;
#[cfg(feature = "cli")]
pub use page::{forecast_page, page};
#[cfg(feature = "cli")]
pub use paper::Paper;
#[cfg(feature = "cli")]
pub use quality::HistoryFiles;
#[cfg(feature = "cli")]
pub use story::stories;
#[cfg(feature = "cli")]
pub use workbook::write_workbook;

use crate::decide::{Attribution, Grid, Risks, Sweep};
use crate::forecast::{Case, OpenRecords, Plan, Story, Study};
#[cfg(feature = "cli")]
use crate::history::Target;
use crate::history::{Backtest, Calibrated, History, Settings};
use crate::scenario::{Scenario, Tree};

/// A study with all that is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Findings<'a> {
    /// The first is the baseline.
    pub cases: &'a [Case<'a>],
    pub study: &'a Study,
    /// Seed and certainty of the run; its range is that of the replications.
    pub plan: &'a Plan,
    /// Revenue to reach.
    pub target_revenue: Option<f64>,
    /// How the difference of each alternative splits over its changes; empty where nobody asked. `[case - 1]`
    pub bridges: &'a [Bridge],
    /// What the worst futures of each scenario have in common; none of few futures. `[case]`
    pub risks: &'a [Option<Risks>],
    /// What each scenario was made from. `[case]`
    pub trees: &'a [&'a Tree],
    /// Stories of the first leads of the first replication; empty where nobody asked. `[case]`
    pub stories: &'a [Vec<Story>],
    /// Arguments that changed every scenario, such as `handoff.leak=0.1`; the trees have them.
    pub sets: &'a [String],
}

/// A difference in revenue, split over what separates two scenarios.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one per alternative")]
pub enum Bridge {
    Split {
        attribution: Attribution,
        /// Whether all coalitions of the changes were run; else orders were sampled.
        exact: bool,
    },
    /// There is none, for this reason.
    None(String),
}

/// A difference that was split, with all that is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    pub baseline: &'a Scenario,
    pub alternative: &'a Scenario,
    pub attribution: &'a Attribution,
    /// Whether all coalitions of the changes were run; else orders were sampled.
    pub exact: bool,
    /// Seed and certainty of the run; its range is that of the attribution.
    pub plan: &'a Plan,
}

/// A sweep with all that is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Swept<'a> {
    /// The scenario as it stands.
    pub scenario: &'a Scenario,
    pub grid: &'a Grid,
    pub sweep: &'a Sweep,
    /// Seed and certainty of the run; its range is that of the sweep.
    pub plan: &'a Plan,
}

/// A forecast after a history, with all that is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Forecasted<'a> {
    pub history: &'a History,
    /// What was run.
    pub scenario: &'a Scenario,
    pub calibrated: &'a Calibrated,
    /// What becomes of the records of its pipeline, by the same horizons.
    pub open: &'a OpenRecords,
    /// Of fits of the history.
    pub backtest: &'a Backtest,
    /// Whether the scenario is the history's own fit, so that the back-test is of forecasts like this one.
    pub is_fit: bool,
    pub plan: &'a Plan,
}

impl Forecasted<'_> {
    /// What there is to tell: of a fit, revenue only where the history knows values.
    #[cfg(feature = "cli")]
    fn targets(&self) -> &'static [Target] {
        let mut records = self.history.records.iter();
        match self.is_fit && !records.any(|record| record.value > 0.0) {
            true => &[Target::Won],
            false => &Target::ALL,
        }
    }
}

/// A back-test with all that is needed to tell of it.
#[derive(Debug, Clone, Copy)]
pub struct Backtested<'a> {
    pub history: &'a History,
    pub backtest: &'a Backtest,
    pub settings: &'a Settings,
}
