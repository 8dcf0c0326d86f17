//! Contact falls with the response time otherwise than the curve says, or leads mature and fade at the wrong rates.
//!
//! Values: with `D` exponential of mean `m`, `E[(1 + D/d)^-k] = e^z z^k Gamma(1 - k, z)`, `z = d/m` (Abramowitz and Stegun,
//! 6.5.3); competing exponential risks (D. R. Cox and D. Oakes, Analysis of Survival Data, 1984, chapter 9).

mod common;

use common::*;
use funnelcast::funnel::{Count, Funnel};

/// Leads of day 0 only, and all the time they need.
fn burst(days: u32, rest: &str) -> Funnel {
    funnel(&format!(
        r#"
start_date = 2025-01-01
horizon = "{days} days"
periods = {days}
[channels.inbound]
leads_per_day = 0
[channels.inbound.pulses.launch]
start = 2025-01-01
days = 1
leads_per_day = 2_000
{rest}
[closing]
win = 0.2
[deal]
size = 1
"#
    ))
}

/// Routing takes an exponential time, sales touch at once: P(contact) = .69096348 after a day, .77963893 after 6 hours,
/// .89104247 after 1.2 hours on average. Seeds 61 to 63; 1,000 replications of 2,000 leads; |z| <= 4, p 6e-5 each.
#[test]
fn contact_decays_with_the_response_time() {
    for (seed, (mean, exact)) in (61..).zip([
        (1.0, 0.690_963_48),
        (0.25, 0.779_638_93),
        (0.05, 0.891_042_47),
    ]) {
        let rest = format!(
            "[handoff]\nrouting = {{ exponential = {{ mean = {mean} }} }}\n\
             [handoff.contact_decay]\nfloor = 0.55\ndays = 0.05\npower = 0.5"
        );
        let seen = replicate(&burst(60, &rest), seed, 1_000, |record| {
            vec![
                count(record, Count::Touched),
                count(record, Count::Sals),
                count(record, Count::Unreached),
            ]
        });
        let [touched, contacted, unreached] = [0, 1, 2].map(|i| column(&seen, i));
        assert_ratio("P(contact)", &contacted, &touched, exact);
        assert_ratio("P(unreached)", &unreached, &touched, 1.0 - exact);
    }
}

/// The same curve on top of a contact probability of .85. Seed 64; 1,000 replications; |z| <= 4, p 6e-5.
#[test]
fn contact_at_once_is_the_top_of_the_curve() {
    let rest = "[handoff]\ncontact = 0.85\nrouting = { exponential = { mean = 1 } }\n\
                [handoff.contact_decay]\nfloor = 0.55\ndays = 0.05\npower = 0.5";
    let seen = replicate(&burst(60, rest), 64, 1_000, |record| {
        vec![count(record, Count::Touched), count(record, Count::Sals)]
    });
    assert_ratio(
        "P(contact)",
        &column(&seen, 1),
        &column(&seen, 0),
        0.85 * 0.690_963_48,
    );
}

/// Half of the leads neither ready nor never so: they mature at .0025 a day and fade at .005, so a third matures; within t
/// days a share 1 - e^(-.0075 t) has done either. The others: .3 ready after 5 days, .2 never. Arrivals are spread over
/// day 0, so the share by day 201 is that of 200.5 days, within 1e-5. Seed 66; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn leads_mature_or_fade() {
    let nurturing = "[nurturing]\nready = 0.3\nnever = 0.2\ndelay = 5\nmaturation_per_day = 0.0025\ndecay_per_day = 0.005";
    let seen = replicate(&burst(201, nurturing), 66, 1_000, |record| {
        [Count::Leads, Count::Mqls, Count::Faded, Count::Unqualified]
            .map(|which| count(record, which))
            .to_vec()
    });
    let [leads, mqls, faded, never] = [0, 1, 2, 3].map(|i| column(&seen, i));
    let done = 1.0 - (-0.0075f64 * 200.5).exp();
    assert_ratio("never", &never, &leads, 0.2);
    assert_ratio("matured", &mqls, &leads, 0.3 + 0.5 * done / 3.0);
    assert_ratio("faded", &faded, &leads, 0.5 * done * 2.0 / 3.0);
}

/// A hazard that changes while leads wait: maturation .01 a day until day 50 and .04 from then on, no fading. By day 80 a
/// share 1 - e^-(.01 * 49.5 + .04 * 30) has matured, arrivals being spread over day 0. Seed 67; 1,000 replications.
#[test]
fn a_hazard_changes_while_leads_wait() {
    let nurturing =
        "[nurturing]\nready = 0\nmaturation_per_day = { initially = 0.01, 2025-02-20 = 0.04 }";
    let seen = replicate(&burst(80, nurturing), 67, 1_000, |record| {
        vec![count(record, Count::Leads), count(record, Count::Mqls)]
    });
    // The mean of e^(.01 a) over arrival times a in (0, 1), to second order.
    let spread = (0.01f64.exp() - 1.0) / 0.01;
    let left = (-(0.01f64 * 50.0 + 0.04 * 30.0)).exp() * spread;
    assert_ratio("matured", &column(&seen, 1), &column(&seen, 0), 1.0 - left);
}
