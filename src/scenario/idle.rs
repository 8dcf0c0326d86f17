//! Notes on levers and trust that can do nothing as the scenario stands.

use super::fault::Note;
use super::levers::{Lever, Levers, Programme};
use super::path::KeyPath;
use super::process::{Acceptance, Capacity, Opening, Process, Qualification, ScoreAccuracy};
use super::quantity::{Quantity, Timed};
use super::tree::Tree;

/// Notes every lever that is adopted in vain, or that acts otherwise than its start date says.
///
/// `is_new` says that another scenario acts before day 0.
pub(super) fn notes(tree: &Tree, process: &Process, horizon_days: u32, is_new: bool) -> Vec<Note> {
    let adopted = Lever::ALL.iter().filter_map(|&lever| {
        let programme = process.levers.programme(lever)?;
        (programme.ceiling != Quantity::Known(0.0)).then_some((lever, programme))
    });
    let of_levers = adopted.filter_map(|(lever, programme)| {
        let message = out_of_time(programme, horizon_days, is_new)
            .or_else(|| nothing_to_act_on(lever, process).map(str::to_owned))
            .or_else(|| wins_too_rarely(lever, &process.levers).map(str::to_owned))?;
        Some((format!("levers.{}", lever.name()), message))
    });
    let trust = process.handoff.trust.is_some() && is_none(&process.handoff.leak);
    let of_trust = trust.then(|| {
        let message = "has nothing to act on: it changes `handoff.leak`, which is 0";
        ("handoff.trust".to_owned(), message.to_owned())
    });
    let note = |(key, message): (String, String)| {
        let path = KeyPath::from(key.as_str());
        Note {
            message: format!("`{key}` {message}"),
            place: tree.place_of(&path),
            path: key,
        }
    };
    of_levers.chain(of_trust).map(note).collect()
}

fn out_of_time(programme: &Programme, horizon_days: u32, is_new: bool) -> Option<String> {
    let start = programme.start_day;
    if i64::from(start) >= i64::from(horizon_days) {
        return Some("does nothing: it starts after the horizon".to_owned());
    }
    (is_new && start < 0).then(|| {
        "starts before day 0, when `start.warm_up_under` acts: it acts from day 0 on as if it had begun on \
         its date, and what it cost before is not counted"
            .to_owned()
    })
}

/// What a lever would change, if the scenario has none of it.
fn nothing_to_act_on(lever: Lever, process: &Process) -> Option<&'static str> {
    let handoff = &process.handoff;
    let (has_angle, has_bias) = match &process.nurturing.qualification {
        Qualification::Rate(_) => (false, false),
        Qualification::Score {
            accuracy,
            volume_bias,
            ..
        } => (
            matches!(accuracy, ScoreAccuracy::Emergent { .. }),
            !is_none(volume_bias),
        ),
    };
    let leaks = !is_none(&handoff.leak);
    let idle = match lever {
        Lever::SharedGoals => !has_angle && !has_bias,
        Lever::FeedbackLoop => !sees_quality(process),
        Lever::IntegratedCrm => {
            let teams = [&process.sdr, &process.sales];
            let has_pool = teams
                .iter()
                .any(|team| matches!(team.capacity, Capacity::Hours(_)));
            let teaches = process.levers.programme(Lever::FeedbackLoop).is_some();
            !has_angle && !leaks && handoff.routing.is_none() && !has_pool && !teaches
        }
        Lever::HandoffSla => {
            let queues = process.has_sdrs() || process.sales.capacity != Capacity::Unlimited;
            !leaks && handoff.recycling.is_none() && !(queues && handoff.expiry.is_some())
        }
        Lever::CustomerJourney => {
            let base = process.base.as_ref();
            process.customers.is_none() && base.is_none_or(|base| is_none(&base.churn_per_year))
        }
        Lever::Enablement | Lever::Nurture | Lever::AbTesting => false,
    };
    idle.then_some(match lever {
        Lever::SharedGoals => {
            "has nothing to act on: it moves `nurturing.score.definition_angle` and `.volume_bias`"
        }
        Lever::FeedbackLoop => {
            "has nothing to act on: it makes leads better, and nothing here depends on their quality"
        }
        Lever::IntegratedCrm => {
            "has nothing to act on: it moves `nurturing.score.data_reliability`, `handoff.leak`, \
             `handoff.routing` and `sales.pool.selling_share`"
        }
        Lever::HandoffSla => {
            "has nothing to act on: it moves `handoff.leak`, `handoff.expiry` and `handoff.recycling`"
        }
        _ => "has nothing to act on: it moves `base.churn_per_year`, `customers.churn` and \
              `customers.referrals.per_year`",
    })
}

/// Where variants that win by luck take away what better ones bring, tests cannot gain what is stated.
fn wins_too_rarely(lever: Lever, levers: &Levers) -> Option<&'static str> {
    let (Quantity::Known(wins), Quantity::Known(by_luck)) =
        (levers.effects.true_wins, levers.effects.false_wins)
    else {
        return None;
    };
    let nets_nothing = wins - 0.25 * (1.0 - wins) * by_luck < 0.01;
    (lever == Lever::AbTesting && nets_nothing).then_some(
        "gains less than stated: what variants lose that won by luck outweighs what better ones bring",
    )
}

/// Whether anything that happens to a lead depends on its quality.
fn sees_quality(process: &Process) -> bool {
    let closing = &process.closing;
    let scored = matches!(process.nurturing.qualification, Qualification::Score { .. });
    let judged = matches!(process.handoff.acceptance, Acceptance::Judgement { .. });
    let in_stages = closing
        .stages
        .iter()
        .any(|stage| !is_none(&stage.quality_effect));
    scored
        || judged
        || in_stages
        || opens_by_quality(&closing.opening)
        || closing.deal_quality_correlation != Quantity::Known(0.0)
}

fn opens_by_quality(opening: &Opening) -> bool {
    match opening {
        Opening::Rate(rate) => !is_none(&rate.quality_effect),
        Opening::Gates(gates) => gates.iter().any(|gate| !is_none(&gate.pass.quality_effect)),
    }
}

/// Whether it is 0 at all times.
fn is_none(number: &Timed<Quantity>) -> bool {
    number
        .steps()
        .all(|(_, value)| *value == Quantity::Known(0.0))
}
