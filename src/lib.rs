//! Simulate a marketing and sales funnel lead by lead, and forecast what a change is worth.
//!
//! A [`Scenario`] is read from text and checked once. [`Funnel::run`] simulates one possible future of it;
//! [`replicate`] simulates many, for several scenarios with the same luck; a [`Study`] turns them into estimates with
//! their Monte Carlo error, distributions of outcomes, and paired differences; an [`Attribution`] splits a difference over
//! the [`Changes`] that make it; a [`Sweep`] runs many values of a key and finds where the next one stops paying. The library opens no files, prints
//! nothing and reads no clock: texts come in through a [`Loader`], progress goes out through a [`Watch`].
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::path::PathBuf;
//!
//! use funnelcast::{Case, Metric, Plan, Scenario, Study, Unwatched, Workers, replicate};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A map of files in memory is a loader; so is whatever implements `Loader`.
//! let plan = r#"
//!     start_date = 2026-01-01
//!     horizon = "12 months"
//!     channels.website.leads_per_day = "18 to 22"
//!     nurturing.qualification = { wins = 110, of = 500 }
//!     closing.win = "18% to 26%"
//!     closing.cycle = { lognormal = { median = "45 days", sigma = 0.6 } }
//!     deal.size = { lognormal = { mean = "$25k", sigma = 0.8 } }
//! "#;
//! let better = r#"
//!     extends = "plan.toml"
//!     closing.win = "20% to 28%"
//! "#;
//! let files: BTreeMap<PathBuf, Vec<u8>> =
//!     [("plan.toml".into(), plan.into()), ("better.toml".into(), better.into())].into();
//!
//! let (plan, _, _) = Scenario::load("plan.toml", &[], &files)?;
//! let (better, _, _) = Scenario::load("better.toml", &[], &files)?;
//!
//! let luck = Plan { seed: 1, range: 0..100, ..Plan::default() };
//! let workers = Workers::new(None);
//! let futures = replicate(&[&plan, &better], &luck, &workers, &Unwatched)?;
//! let cases = [
//!     Case { scenario: &plan, replications: &futures[0] },
//!     Case { scenario: &better, replications: &futures[1] },
//! ];
//! let study = Study::new(&cases, plan.target_revenue, &workers);
//!
//! let lift = &study.comparisons[0].differences[Metric::position("revenue").unwrap()];
//! assert!(lift.estimate.mean.unwrap() > 0.0);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "cli")]
pub mod cli;
pub mod decide;
pub mod distribution;
pub mod forecast;
pub mod funnel;
pub mod history;
pub mod math;
pub mod random;
pub mod report;
pub mod scenario;
pub mod units;

#[doc(inline)]
pub use decide::{Attribution, Coalitions, Grid, Sweep};
#[doc(inline)]
pub use forecast::{
    Case, Comparison, Difference, Distribution, Estimate, FailedReplication, Forecast, METRICS,
    Metric, Plan, Precision, Replications, Study, Unwatched, Views, Watch, Workers, replicate,
    replicate_until,
};
#[doc(inline)]
pub use funnel::{Funnel, Record, Scratch};
#[doc(inline)]
pub use scenario::{Axis, Changes, Faults, LoadError, Loader, Scenario, Stretch, Tree};
#[doc(inline)]
pub use units::Window;

/// The README's example runs too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
