//! MANY futures: replications of scenarios, estimates from them, paired comparison.
//!
//! A forecast is a pure function of the ordered records of its replications: it depends neither
//! on the number of threads nor on how the replications were batched. Two kinds of uncertainty
//! are kept apart everywhere: the Monte Carlo error of an [`Estimate`] shrinks with more
//! replications, the spread of a [`Distribution`] of outcomes does not.

mod cohort;
mod compare;
mod estimate;
mod excerpt;
mod flow;
mod growth;
mod histogram;
mod journey;
mod metric;
mod open_records;
mod parallel;
mod payoff;
mod precision;
mod records;
mod replicate;
mod split;
mod study;
mod trace;

pub use cohort::{Followed, Followers};
pub use compare::{Comparison, Difference, paired_differences};
pub use estimate::{Distribution, Estimate, LEVELS, MetricForecast, jackknife, quantile};
pub use excerpt::{Excerpt, Excerpts};
pub use flow::Flow;
pub use histogram::Histogram;
pub use journey::{Journey, journeys};
pub use metric::{Amounts, Formula, Item, MARGIN, METRICS, Metric, REVENUE, Span, Unit, markdown};
pub use open_records::{OpenRecords, RecordOutlook, open_records};
pub use parallel::{FailedReplication, Unwatched, Watch, Workers};
pub use payoff::{PairedMargin, Payoff, PeriodPayoff, Turn};
pub use precision::{InvalidPrecision, Precision, Reached, Yardstick, replicate_until};
pub use records::{Columns, MeanRetained, Records};
pub use replicate::{
    NotAdjacent, Plan, Replications, Views, draw_of, replicate, replicate_reduced,
};
pub use split::{Account, AccountKind, Balance, SPLIT_METRICS, Split, accounts_of, balances};
pub use study::{Case, Forecast, PeriodForecast, ReasonForecast, States, Study};
pub use trace::{Decision, Entry, Event, NoSuchLead, Reading, Story, Trace, Traced, Wanted, What};
