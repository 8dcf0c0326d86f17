//! What `compare` adds to a report: the difference in revenue of each alternative, split over its changes.

use super::Failure;
use super::disk::{Disk, Loaded};
use super::options::Order;
use super::progress::Progress;
use crate::decide::{Attribution, Coalitions};
use crate::forecast::{METRICS, Plan, REVENUE};
use crate::report::Bridge;
use crate::scenario::{Changes, Faults};

/// Most replications of each coalition: the split of a difference is paired, and there are many coalitions.
const MOST_REPLICATIONS: u64 = 100;
/// Orders that are sampled of more changes than can all be combined.
const PERMUTATIONS: u32 = 64;

/// The bridge of each alternative of `loaded` from its first scenario, over the first futures of the run.
///
/// # Errors
/// If a replication panics, which is a defect of the engine.
pub(super) fn bridges(
    loaded: &[Loaded],
    order: &Order,
    progress: &Progress,
) -> Result<Vec<Bridge>, Failure> {
    let Some((baseline, alternatives)) = loaded.split_first() else {
        return Ok(Vec::new());
    };
    let range = &order.plan.range;
    let plan = Plan {
        range: range.start..range.end.min(range.start + MOST_REPLICATIONS),
        ..order.plan.clone()
    };
    let bridge = |alternative| bridge(baseline, alternative, &plan, order, progress);
    alternatives.iter().map(bridge).collect()
}

fn bridge(
    baseline: &Loaded,
    alternative: &Loaded,
    plan: &Plan,
    order: &Order,
    progress: &Progress,
) -> Result<Bridge, Failure> {
    let coalitions = match coalitions(baseline, alternative, plan, order) {
        Ok(Some(coalitions)) => coalitions,
        Ok(None) => {
            return Ok(Bridge::None(
                "the two differ in nothing that acts on leads".to_owned(),
            ));
        }
        Err(faults) => return Ok(Bridge::None(faults.to_string())),
    };
    let metric = &METRICS[REVENUE];
    let attribution = Attribution::new(&coalitions, metric, plan, &order.workers, progress)?;
    Ok(match attribution.range.is_empty() {
        true => Bridge::None("the run was interrupted before it".to_owned()),
        false => Bridge::Split {
            attribution,
            exact: coalitions.is_exact(),
        },
    })
}

/// Every combination of the changes; none where nothing differs.
///
/// # Errors
/// If some make no sense.
fn coalitions(
    baseline: &Loaded,
    alternative: &Loaded,
    plan: &Plan,
    order: &Order,
) -> Result<Option<Coalitions>, Faults> {
    let changes = Changes::between(&baseline.tree, &alternative.tree, &Disk::default())?;
    if changes.groups().is_empty() {
        return Ok(None);
    }
    let (seed, disk) = (plan.seed, Disk::default());
    Coalitions::build(&changes, PERMUTATIONS, seed, &disk, &order.workers).map(Some)
}
