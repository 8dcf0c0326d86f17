//! Shows what a study found: terminal, JSON, CSV, charts. Nothing here computes a statistic.

#[cfg(feature = "cli")]
pub mod bridge;
#[cfg(feature = "cli")]
mod chart;
#[cfg(feature = "cli")]
mod files;
pub mod json;
#[cfg(feature = "cli")]
mod payoff;
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
pub use chart::Charts;
#[cfg(feature = "cli")]
pub use files::{DataFiles, Destination, Unwritable, sweep_csv};
#[cfg(feature = "cli")]
pub use quality::HistoryFiles;
#[cfg(feature = "cli")]
pub use story::stories;

use crate::decide::{Attribution, Grid, Sweep};
use crate::forecast::{Case, Plan, Study};
use crate::scenario::Scenario;

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
