//! Estimators of the history against exact answers, and against what was planted in simulated data.

use funnelcast::history::shrink::{BetaBinomial, Events, GammaPoisson, Trials};
use funnelcast::history::survival::{Spell, aalen_johansen, naive};

fn close(what: &str, ours: f64, exact: f64, tolerance: f64) {
    let off = (ours - exact).abs();
    assert!(off <= tolerance, "{what}: {ours}, exact {exact}");
}

/// Ten records, days and cause, 0 won and 1 lost; exact values as fractions.
#[test]
fn competing_risks_by_hand() {
    let ends = [
        (5.0, Some(1)),
        (8.0, Some(0)),
        (12.0, None),
        (15.0, Some(1)),
        (20.0, Some(0)),
        (20.0, None),
        (30.0, Some(1)),
        (41.0, Some(0)),
        (50.0, None),
        (60.0, Some(1)),
    ];
    let spells = ends.map(|(exit, cause)| Spell {
        entry: 0.0,
        exit,
        cause,
    });
    let all = aalen_johansen(&spells, 2);
    close("won", all.last(0).0, 5.0 / 14.0, 1e-15);
    close("lost", all.last(1).0, 9.0 / 14.0, 1e-15);
    let wrong = naive(&spells, 0);
    close("won of closed", wrong.of_ended.unwrap(), 3.0 / 7.0, 1e-15);
    close("won of all", wrong.of_all.unwrap(), 0.3, 1e-15);
    close("1 - KM", wrong.one_less_kaplan_meier, 0.506_172_84, 5e-9);
}

#[test]
fn beta_binomial_of_five_groups() {
    let groups = [(5, 100), (30, 180), (10, 40), (62, 250), (9, 120)];
    let groups = groups.map(|(hits, n)| Trials { hits, n });
    let fit = BetaBinomial::fit(&groups).unwrap();
    close("a", fit.a(), 3.104_97, 5e-6);
    close("b", fit.b(), 16.875_48, 5e-5);
    close("nll", fit.nll, 302.760_528, 5e-7);
    let stated = BetaBinomial {
        mean: 12.0 / 80.0,
        strength: 80.0,
        nll: 0.0,
    };
    let means = [
        0.094_444_44,
        0.161_538_46,
        0.183_333_33,
        0.224_242_42,
        0.105,
    ];
    for (group, mean) in groups.into_iter().zip(means) {
        close("posterior", stated.posterior_mean(group), mean, 5e-9);
    }
}
