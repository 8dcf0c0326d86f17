//! Simulate a marketing and sales funnel lead by lead, and forecast what a change is worth.

#[cfg(feature = "cli")]
pub mod cli;
pub mod distribution;
pub mod forecast;
pub mod funnel;
pub mod math;
pub mod random;
pub mod report;
pub mod scenario;
pub mod units;
