//! When a change pays, in words.

use super::view::{self, Style};
use crate::forecast::{Comparison, Difference, Estimate, Metric, PairedMargin, Payoff, Turn, Unit};
use crate::scenario::Scenario;

/// When the alternative's margin against the baseline's turns over the whole horizon, and what its cost returns in
/// `time`. Empty where nothing of that is told apart from noise.
pub(super) fn words(
    comparison: &Comparison,
    scenario: &Scenario,
    baseline: &str,
    time: &str,
    style: Style,
) -> String {
    let payoff = &comparison.payoff;
    let by_period = told(payoff.turn, payoff).map(|turn| {
        let from = from(&turn, payoff, scenario);
        let (first, then) = match turn.to_gain {
            true => ("behind", "ahead"),
            false => ("ahead", "behind"),
        };
        match turns_once(&turn, payoff) {
            true => format!(
                "Period by period it is {first} in margin at first, and {then} from {from}."
            ),
            false => format!(
                "Period by period its margin changes sides, and is {then} for good from {from}."
            ),
        }
    });
    let summed = told(payoff.summed_turn, payoff).map(|turn| {
        let from = from(&turn, payoff, scenario);
        match turn.to_gain {
            true => format!("Summed up since day 0 it breaks even: ahead from {from}."),
            false => format!("Summed up since day 0, what it gained is used up from {from}."),
        }
    });
    let summed = summed.or_else(|| by_period.as_ref().and_then(|_| still(payoff, style)));
    let roi = returns(comparison).map(|roi| {
        let mean = roi.mean.unwrap_or_default();
        let mean = style.difference(Unit::Share, mean).replace(" pt", " %");
        let error = half_width(&roi);
        format!("What it costs more than {baseline} in {time} returns {mean}{error} in gross profit (roi).")
    });
    let parts: Vec<String> = [by_period, summed, roi].into_iter().flatten().collect();
    parts.join(" ")
}

/// A turn that is not noise: its interval lies within the horizon, and the end is told apart from nothing.
fn told(turn: Option<Turn>, payoff: &Payoff) -> Option<Turn> {
    let turn = turn?;
    let [low, high] = turn.ci95?;
    (low > 0 && high < payoff.periods.len()).then_some(turn)
}

/// Whether every period before the turn is on the other side, or the same.
fn turns_once(turn: &Turn, payoff: &Payoff) -> bool {
    let before = payoff.periods.iter().take(turn.period);
    let mut means = before.filter_map(|period| period.difference.estimate.mean);
    means.all(|mean| {
        if turn.to_gain {
            mean <= 0.0
        } else {
            mean >= 0.0
        }
    })
}

/// What the cost of the change returns, where both are told apart from nothing.
fn returns(comparison: &Comparison) -> Option<Estimate> {
    let cost: &Difference = &comparison.differences[Metric::position("cost")?];
    let costs_more = cost.estimate.ci95().is_some_and(|[low, _]| low > 0.0);
    let roi = comparison.payoff.roi;
    let is_told = |[low, high]: [f64; 2]| low > 0.0 || high < 0.0;
    (costs_more && roi.ci95().is_some_and(is_told)).then_some(roi)
}

/// `Nov 2026 on (95 % interval: Sep 2026 to Jan 2027)`
fn from(turn: &Turn, payoff: &Payoff, scenario: &Scenario) -> String {
    let name = |period: usize| match payoff.periods.get(period) {
        Some(of) => view::period_name(scenario.start, of.window),
        None => "after the horizon".to_owned(),
    };
    let at = name(turn.period);
    match turn.ci95 {
        Some([low, high]) if low == high => format!("{at} on (95 % interval: that one alone)"),
        Some([low, high]) => format!("{at} on (95 % interval: {} to {})", name(low), name(high)),
        None => format!("{at} on"),
    }
}

/// Where the sum stands at the horizon, if it never turns.
fn still(payoff: &Payoff, style: Style) -> Option<String> {
    let PairedMargin { estimate, .. } = &payoff.periods.last()?.summed;
    let at = style.difference_estimate(Unit::Money, estimate);
    Some(format!(
        "Summed up since day 0 it stands at {at} at the horizon."
    ))
}

fn half_width(estimate: &Estimate) -> String {
    let half = estimate.half_width;
    half.map_or(String::new(), |half| {
        format!(" ± {} points", view::digits(100.0 * half))
    })
}
