//! The journeys of all leads through one replication.

use super::parallel::FailedReplication;
use super::replicate::{Plan, draw_of, funnel};
pub use crate::funnel::Journey;
use crate::funnel::{Record, Scratch};
use crate::scenario::Scenario;

/// Runs replication number `plan.range.start` and shows every lead's journey to `visit`, by arrival, then by id.
///
/// All leads are shown: those of the warm-up, the records of the pipeline, and those still open at the horizon. The
/// record is that of the same replication in [`replicate`](fn@super::replicate).
/// It takes about 32 bytes a lead and 16 bytes an event until all are shown: half a gigabyte for five million leads.
///
/// # Errors
/// If the replication follows too many customers; then nothing is shown.
pub fn journeys(
    scenario: &Scenario,
    plan: &Plan,
    visit: impl FnMut(Journey),
) -> Result<Record, FailedReplication> {
    let number = plan.range.start;
    let funnel = funnel(scenario, plan, &draw_of(scenario, plan, number));
    let (record, journeys) = funnel.journeys(plan.seed, number, &mut Scratch::default());
    if record.is_cut_short {
        let name = scenario.name.clone();
        return Err(FailedReplication::too_many(name, plan.seed, number));
    }
    journeys.in_order().for_each(visit);
    Ok(record)
}
