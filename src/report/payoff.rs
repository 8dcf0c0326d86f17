//! When a change pays, in words.

use super::view::{self, Style};
use crate::forecast::{Estimate, Payoff, Turn, Unit};
use crate::scenario::Scenario;

/// When the alternative's margin against the baseline's turns, and what its cost returns; empty where it
/// costs no more and never turns.
pub(super) fn words(payoff: &Payoff, scenario: &Scenario, baseline: &str, style: Style) -> String {
    let by_period = payoff.turn.map(|turn| {
        let (first, then) = match turn.to_gain {
            true => ("behind", "ahead"),
            false => ("ahead", "behind"),
        };
        let from = from(&turn, payoff, scenario);
        format!("Period by period it is {first} in margin at first, and {then} from {from}.")
    });
    let summed = payoff.summed_turn.map(|turn| {
        let from = from(&turn, payoff, scenario);
        match turn.to_gain {
            true => format!("Summed up since day 0 it breaks even: ahead from {from}."),
            false => format!("Summed up since day 0, what it gained is used up from {from}."),
        }
    });
    let summed = summed.or_else(|| by_period.as_ref().and_then(|_| still(payoff, style)));
    let roi = payoff.roi.mean.map(|roi| {
        let error = half_width(&payoff.roi);
        let roi = style.difference(Unit::Share, roi).replace(" pt", " %");
        format!("What it costs more than {baseline} returns {roi}{error} in gross profit (roi).")
    });
    let parts: Vec<String> = [by_period, summed, roi].into_iter().flatten().collect();
    parts.join(" ")
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
    let summed = &payoff.periods.last()?.summed.estimate;
    let at = style.difference_estimate(Unit::Money, summed);
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
