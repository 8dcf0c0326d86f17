//! A scenario: text in a file, merged over what it extends, checked once, plain values ever after.

mod amount;
mod assemble;
mod assumption;
mod axis;
mod build;
mod changes;
mod check;
mod correlate;
mod demand;
mod doubt;
mod fault;
mod forms;
mod groups;
mod hazards;
mod idle;
mod law;
mod levers;
mod loader;
mod past;
mod path;
mod pipeline;
mod place;
mod plain;
mod process;
mod quantity;
mod read;
mod referral;
pub mod schema;
mod tree;
mod value;
mod window;

use jiff::civil::Date;

use crate::distribution::Law;
use crate::units::Window;

pub use assumption::{Assumption, Grade, meaning};
pub use axis::{Axis, Scale};
pub use changes::{Changes, Coalition, Group};
pub use demand::{
    Brand, CarryOver, Delay, MarketShift, Outreach, Overlap, Promotion, Response, Retention,
};
pub use fault::{Fault, Faults, Note};
pub use hazards::{Hazard, Hazards};
pub use levers::{Champion, Dip, Effects, Lever, Levers, Programme};
pub use loader::{LoadError, Loader, MAX_DATA_BYTES, MAX_SCENARIO_BYTES, resolve};
pub use place::Place;
pub use process::*;
pub use quantity::{LawForm, LawSpec, Quantity, Timed};
pub use tree::Tree;
pub use window::{InvalidWindow, Stretch};

// A map of an export tells of its faults as a scenario does.
#[cfg(feature = "cli")]
pub(crate) use place::Source;
#[cfg(feature = "cli")]
pub(crate) use schema::nearest;
#[cfg(feature = "cli")]
pub(crate) use value::{Entry, Value, ValueKind, parse_document};

/// Longest time that is simulated, warm-up and horizon together \[days\]: 100 years.
const MAX_DAYS: f64 = 36_525.0;

/// A validated scenario: what to simulate, how long, how often.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    pub description: String,
    /// Day 0.
    pub start: Date,
    /// Simulated days that count, from day 0 \[≥ 1\].
    pub horizon_days: u32,
    /// Reporting periods: contiguous, from day 0 to the horizon; the last may be shorter.
    pub periods: Vec<Window>,
    /// Days simulated before day 0.
    pub warm_up_days: u32,
    /// Recorded periods of the warm-up: contiguous up to day 0; empty unless asked for.
    pub warm_up_periods: Vec<Window>,
    pub seed: u64,
    /// \[≥ 1\]
    pub replications: u32,
    /// Sign or code that stands before amounts, such as `$` or `EUR `.
    pub currency: String,
    /// Revenue to reach from day 0 to the horizon.
    pub target_revenue: Option<f64>,
    /// What acts from day 0 on, and before it too unless `past` says otherwise.
    pub process: Process,
    /// What acts before day 0, where `[start] warm_up_under` names another scenario.
    pub past: Option<Box<Process>>,
    /// Records open at day 0, in order of id whatever the order of rows; ties in the queue go by it.
    pub pipeline: Vec<OpenRecord>,
    /// Numbers in doubt, those of `process` in order of path, then those of `past`.
    pub doubts: Vec<Doubt>,
    /// Doubts drawn together.
    pub correlations: Vec<Correlation>,
}

impl Scenario {
    /// Whether revenue is recognised over the terms of contracts, at any time.
    pub fn spreads_revenue(&self) -> bool {
        let processes = self.past.as_deref().into_iter().chain([&self.process]);
        let mut customers = processes.filter_map(|process| process.customers.as_ref());
        customers.any(|customers| customers.recognition == Recognition::Ratable)
    }
}

/// A number in doubt: a parameter that one draw fixes for a pair of replications.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// Path of its key, such as `handoff.leak` or `closing.cycle.lognormal.median`.
    pub path: String,
    /// Whether it belongs to `Scenario::past`. Its luck is that of the same path in `process`.
    pub of_past: bool,
    /// Already truncated to the domain of its key.
    pub law: Law,
    /// Whether a draw is rounded to a whole number.
    pub whole: bool,
}

/// A Gaussian copula over some doubts.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    pub name: String,
    /// Indices into `Scenario::doubts`, in order of path.
    pub members: Vec<usize>,
    /// Lower triangular Cholesky factor of the correlation matrix, row by row: `[i][0..=i]`.
    pub cholesky: Vec<Vec<f64>>,
}

/// One record of an open pipeline, as of day 0.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenRecord {
    /// Names its luck; unique in the file.
    pub id: String,
    /// Where it stands: a key of `states.open`.
    pub stage: OpenStage,
    /// Days since it entered that stage; none: unknown.
    pub age_days: Option<f64>,
    /// Index into `Process::channels`; none: drawn by the channels' mean leads.
    pub channel: Option<usize>,
    /// Index into `Process::segments`; none: drawn by the segments' shares.
    pub segment: Option<usize>,
    /// Deal size if won; none: drawn.
    pub value: Option<f64>,
    /// Marketing score; none: drawn.
    pub score: Option<f64>,
}

/// A state in which a lead is open, named in files as each says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpenStage {
    /// `nurturing`: not yet qualified.
    Nurturing,
    /// `routing`: an MQL on its way to the queue of sales.
    Routing,
    /// `queue`: waiting for its first touch.
    Queue,
    /// `sal_queue`: accepted by an SDR, waiting for an account executive.
    SalQueue,
    /// `working`: accepted, held by a rep, not yet an opportunity.
    Working,
    /// An opportunity in `Closing::stages[index]`, by that stage's name.
    Closing(usize),
    /// `recycled`: returned to nurture, waiting to be qualified again.
    Recycled,
}

impl OpenStage {
    /// Those outside closing and their names; no closing stage may have one of these.
    const OUTSIDE_CLOSING: [(&str, OpenStage); 6] = [
        ("nurturing", OpenStage::Nurturing),
        ("routing", OpenStage::Routing),
        ("queue", OpenStage::Queue),
        ("sal_queue", OpenStage::SalQueue),
        ("working", OpenStage::Working),
        ("recycled", OpenStage::Recycled),
    ];

    /// Whether a closing stage cannot have this name.
    pub(crate) fn is_reserved(name: &str) -> bool {
        let mut outside = Self::OUTSIDE_CLOSING.iter();
        outside.any(|(reserved, _)| *reserved == name)
    }

    /// Those outside closing that `process` has, with their names.
    pub(crate) fn outside_closing(
        process: &Process,
    ) -> impl Iterator<Item = (&'static str, OpenStage)> {
        let has_sal_queue = process.has_sdrs();
        let all = Self::OUTSIDE_CLOSING.into_iter();
        all.filter(move |(_, stage)| *stage != OpenStage::SalQueue || has_sal_queue)
    }
}
