//! Marketing's score and sales' judgement of one latent quality agree more or less than they should.
//!
//! Quality `q`, score `rho q + sqrt(1 - rho^2) e` and judgement `r q + sqrt(1 - r^2) e'` are standard normal, so score
//! and judgement are bivariate normal with correlation `rho r` (Y. L. Tong, The Multivariate Normal Distribution, 1990).

mod common;

use common::*;
use funnelcast::funnel::{Count, Sum};
use funnelcast::math::{normal_cdf, normal_pdf, normal_sf};

/// Leads of one day, scored, and what follows.
fn scored(accuracy: f64, threshold: f64, rest: &str) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = "1 day"
[channels.inbound]
leads_per_day = 2_000
[nurturing.score]
accuracy = {accuracy}
threshold = {threshold}
{rest}
"#
    )
}

const DEAL: &str = "[closing]\nwin = 1\n[deal]\nsize = 1\n";

/// (accuracy, threshold, P(MQL), P(accepted given MQL), joint) with judgement of accuracy .75 above .10.
const ROWS: [(f64, f64, f64, f64, f64); 3] = [
    (0.35, -0.20, 0.579_259_71, 0.531_111_51, 0.307_651_50),
    (
        0.492_209_86,
        -0.1016,
        0.540_462_91,
        0.570_108_46,
        0.308_122_48,
    ),
    (0.687_709_87, 0.04, 0.484_046_56, 0.637_430_41, 0.308_546_00),
];

/// P(MQL), P(accepted | MQL) and their product for three pairs of teams. Seeds 51 to 53; 1,000 replications of 2,000 leads;
/// |z| <= 4, p 6e-5 each.
#[test]
fn score_and_judgement_are_bivariate_normal() {
    let judgement = format!("[handoff.judgement]\naccuracy = 0.75\nthreshold = 0.10\n{DEAL}");
    for (seed, (accuracy, threshold, qualified, accepted, joint)) in (51..).zip(ROWS) {
        let text = scored(accuracy, threshold, &judgement);
        let seen = replicate(&funnel(&text), seed, 1_000, |record| {
            vec![
                count(record, Count::Leads),
                count(record, Count::Mqls),
                count(record, Count::Sals),
            ]
        });
        let [leads, mqls, sals] = [0, 1, 2].map(|i| column(&seen, i));
        assert_ratio("P(MQL)", &mqls, &leads, qualified);
        assert_ratio("P(accepted | MQL)", &sals, &mqls, accepted);
        assert_ratio("P(MQL and accepted)", &sals, &leads, joint);
    }
}

/// The quality of those who qualify, through opportunities whose log-odds rise by .6 per standard deviation:
/// P(opportunity | MQL) = E[logistic(.6 q) | score above threshold], by Simpson's rule. Seeds 54 to 56; 1,000 replications.
#[test]
fn quality_of_the_qualified_makes_opportunities() {
    let rest = format!(
        "[closing]\nopportunity_rate = 0.5\nopportunity_quality_effect = 0.6\n{}",
        &DEAL["[closing]\n".len()..]
    );
    for (seed, (accuracy, threshold, qualified, ..)) in (54..).zip(ROWS) {
        let passes =
            |q: f64| normal_sf((threshold - accuracy * q) / (1.0 - accuracy * accuracy).sqrt());
        let odds = |q: f64| normal_pdf(q) * passes(q) / (1.0 + (-0.6 * q).exp());
        let exact = integral(odds, -9.0, 9.0, 2_000) / qualified;
        let seen = replicate(
            &funnel(&scored(accuracy, threshold, &rest)),
            seed,
            1_000,
            |record| {
                vec![
                    count(record, Count::Mqls),
                    count(record, Count::Opportunities),
                ]
            },
        );
        assert_ratio(
            "P(opportunity | MQL)",
            &column(&seen, 1),
            &column(&seen, 0),
            exact,
        );
    }
}

/// Quality in the price: where size and quality correlate by .25, the mean deal of those who qualify is
/// m Phi(a rho - tau) / Phi(-tau) with a = .25 * .8, the mean of a lognormal under selection by a correlated normal.
/// Seeds 57 to 59; 1,000 replications; |z| <= 4, p 6e-5 each.
#[test]
fn quality_of_the_qualified_raises_deals() {
    let rest = "[closing]\nwin = 1\n[deal]\nsize = { lognormal = { mean = 25_000, sigma = 0.8 } }\nquality_correlation = 0.25\n";
    for (seed, (accuracy, threshold, ..)) in (57..).zip(ROWS) {
        let exact = 25_000.0 * normal_cdf(0.2 * accuracy - threshold) / normal_cdf(-threshold);
        let seen = replicate(
            &funnel(&scored(accuracy, threshold, rest)),
            seed,
            1_000,
            |record| vec![count(record, Count::Won), sum(record, Sum::NewRevenue)],
        );
        assert_ratio("mean deal", &column(&seen, 1), &column(&seen, 0), exact);
    }
}

/// A channel's mean quality shifts the score: P(MQL) = Phi(rho mu - tau). And the effect of quality on winning moves the
/// log-odds of the win alone, the split of the rest between lost and no decision stays. Seed 60; 1,000 replications.
#[test]
fn a_better_channel_qualifies_and_wins_more_often() {
    let text = scored(
        0.5,
        0.3,
        "[closing]\nwin = 0.2\nno_decision = 0.4\nwin_quality_effect = 0.5\n[deal]\nsize = 1\n",
    )
    .replace(
        "leads_per_day = 2_000",
        "leads_per_day = 2_000\nquality = 0.8",
    );
    let seen = replicate(&funnel(&text), 60, 1_000, |record| {
        [Count::Leads, Count::Mqls, Count::Won, Count::NoDecision]
            .map(|which| count(record, which))
            .to_vec()
    });
    let passes = |q: f64| normal_sf((0.3 - 0.5 * q) / 0.75f64.sqrt());
    let wins = |q: f64| 0.2 * (0.5 * q).exp() / (0.8 + 0.2 * (0.5 * q).exp());
    let exact = integral(
        |q| normal_pdf(q - 0.8) * passes(q) * wins(q),
        -8.0,
        10.0,
        2_000,
    );
    let [leads, mqls, won, undecided] = [0, 1, 2, 3].map(|i| column(&seen, i));
    let qualified = normal_cdf(0.5 * 0.8 - 0.3);
    assert_ratio("P(MQL)", &mqls, &leads, qualified);
    assert_ratio("P(won)", &won, &leads, exact);
    assert_ratio(
        "P(no decision)",
        &undecided,
        &leads,
        (qualified - exact) / 2.0,
    );
}
