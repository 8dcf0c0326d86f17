//! Simulate a marketing and sales funnel lead by lead, and forecast what a change is worth.

pub mod distribution;
pub mod math;
