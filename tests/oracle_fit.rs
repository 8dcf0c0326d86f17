//! Estimators of the history against exact answers, and against what was planted in simulated data.

use funnelcast::history::latency::{Family, Latency};
use funnelcast::history::mixture::Mixture;
use funnelcast::history::score::{crps, wilson};
use funnelcast::history::shrink::{BetaBinomial, Events, GammaPoisson, Trials};
use funnelcast::history::survival::{Spell, aalen_johansen, naive};
use funnelcast::math;
use funnelcast::random::permutation_uniform;

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

/// Number `nth` of the uniform numbers of a test.
fn uniform(test: u64, nth: usize) -> f64 {
    permutation_uniform(1, test, nth as u64)
}

fn normal(test: u64, nth: usize) -> f64 {
    math::normal_quantile(uniform(test, nth))
}

const WIN_SHARE: f64 = 0.22;
const WIN: (f64, f64) = (45.0, 0.6);
const LOSS: (f64, f64) = (70.0, 0.8);

/// P(days ≤ `days`) under a log-normal law of this median and sigma.
fn cdf((median, sigma): (f64, f64), days: f64) -> f64 {
    math::normal_cdf(math::ln(days / median) / sigma)
}

/// Records that begin evenly on days `[first, 0)`, as a firm sees them that looks from day `since` on and up to day `until`.
fn records(test: u64, n: usize, first: f64, since: f64, until: f64) -> Vec<Spell> {
    let record = |nth: usize| {
        let began = first * uniform(test, 3 * nth);
        let cause = usize::from(uniform(test, 3 * nth + 1) > WIN_SHARE);
        let (median, sigma) = [WIN, LOSS][cause];
        let days = median * math::exp(sigma * normal(test, 3 * nth + 2));
        let (entry, last) = ((since - began).max(0.0), until - began);
        let spell = Spell {
            entry,
            exit: days.min(last),
            cause: (days <= last).then_some(cause),
        };
        (days > entry).then_some(spell)
    };
    (0..n).filter_map(record).collect()
}

/// All records began within 150 days: the share of wins is naively wrong by many standard errors, in both directions; ours is
/// within 4.
#[test]
fn young_cohorts_bias_naive_shares_only() {
    let spells = records(1, 20_000, -150.0, -150.0, 0.0);
    let error = f64::sqrt(WIN_SHARE * (1.0 - WIN_SHARE) / 20_000.0);
    let wrong = naive(&spells, 0);
    assert!(
        wrong.of_all.unwrap() < WIN_SHARE - 20.0 * error,
        "{wrong:?}"
    );
    assert!(
        wrong.of_ended.unwrap() > WIN_SHARE + 10.0 * error,
        "{wrong:?}"
    );
    let all = aalen_johansen(&spells, 2);
    for (age, law, share, cause) in [
        (30.0, WIN, WIN_SHARE, 0),
        (120.0, WIN, WIN_SHARE, 0),
        (120.0, LOSS, 1.0 - WIN_SHARE, 1),
    ] {
        let (estimate, variance) = all.at(cause, age);
        close(
            "incidence",
            estimate,
            share * cdf(law, age),
            4.0 * variance.sqrt(),
        );
        assert!(variance > 0.0 && variance.sqrt() < 0.02);
    }
    mixture_is_recovered(&spells);
}

/// The firm looks from day -200 on at records of three years: those that ended before are not in its books, so that slow ends, which are
/// losses, are too many.
#[test]
fn late_entry_biases_naive_shares_only() {
    let spells = records(2, 60_000, -1095.0, -200.0, 0.0);
    let late: Vec<Spell> = spells
        .iter()
        .copied()
        .filter(|spell| spell.entry > 0.0)
        .collect();
    assert!(late.len() > 2_000);
    let wrong = naive(&late, 0).of_ended.unwrap();
    let error = f64::sqrt(WIN_SHARE * (1.0 - WIN_SHARE) / late.len() as f64);
    assert!(wrong < WIN_SHARE - 5.0 * error, "{wrong}");
    let (estimate, variance) = aalen_johansen(&spells, 2).at(0, 120.0);
    close(
        "incidence",
        estimate,
        WIN_SHARE * cdf(WIN, 120.0),
        4.0 * variance.sqrt(),
    );
    mixture_is_recovered(&spells);
}

/// Young records that end by Weibull laws: shape, scale and share come back, and of both families it is the likelier.
#[test]
fn a_weibull_law_is_recovered() {
    let (scale, shape) = (40.0, 1.8);
    let spell = |nth: usize| {
        let won = uniform(10, 3 * nth) < 0.6;
        let days = if won {
            scale * math::pow(-math::ln(uniform(10, 3 * nth + 1)), 1.0 / shape)
        } else {
            90.0 * math::pow(-math::ln(uniform(10, 3 * nth + 1)), 1.0 / 1.2)
        };
        let last = 120.0 * uniform(10, 3 * nth + 2);
        Spell {
            entry: 0.0,
            exit: days.min(last),
            cause: (days <= last).then_some(usize::from(!won)),
        }
    };
    let spells: Vec<Spell> = (0..10_000).map(spell).collect();
    let fit = Mixture::fit(&spells, 2, Family::Weibull).unwrap();
    let other = Mixture::fit(&spells, 2, Family::LogNormal).unwrap();
    assert!(fit.converged && fit.log_likelihood > other.log_likelihood + 5.0);
    let Some(Latency::Weibull(law)) = fit.laws[0] else {
        panic!("{fit:?}");
    };
    // Errors by the root of about 3,000 seen wins: 0.01 of a share, 2 % of shape and scale; 4 of them.
    close("share", fit.shares[0], 0.6, 0.04);
    close("shape", law.shape, shape, 0.15);
    close("scale", law.scale, scale, 3.2);
}

/// A seventh of the records is never closed, and all are followed for years: that share is found within 4 standard errors, and so are the wins.
#[test]
fn what_never_ends_is_told_by_a_plateau() {
    let never = 1.0 / 7.0;
    let mut spells = records(11, 7_000, -2_000.0, -2_000.0, 1_200.0);
    for (nth, spell) in spells.iter_mut().enumerate() {
        if uniform(12, nth) < never {
            spell.cause = None;
            spell.exit = 1_200.0 + 2_000.0 * uniform(13, nth);
        }
    }
    let fit = Mixture::fit(&spells, 2, Family::LogNormal).unwrap();
    let error = |share: f64| f64::sqrt(share * (1.0 - share) / spells.len() as f64);
    close("never", fit.never, never, 4.0 * error(never));
    let won = WIN_SHARE * (1.0 - never);
    close("won", fit.shares[0], won, 4.0 * error(won));
    close("sum", fit.shares[0] + fit.shares[1] + fit.never, 1.0, 1e-12);
    let young = records(1, 20_000, -150.0, -150.0, 0.0);
    let none = Mixture::fit(&young, 2, Family::LogNormal).unwrap();
    assert_eq!(none.never, 0.0);
}

/// Tolerances: 4 standard errors of the share by its effective n, doubled since the laws are estimated too; 0.1 of the laws'
/// parameters, several of their errors.
fn mixture_is_recovered(spells: &[Spell]) {
    let fit = Mixture::fit(spells, 2, Family::LogNormal).unwrap();
    let n = fit.effective_n[0];
    assert!(n > 1_000.0 && n < spells.len() as f64, "{n}");
    let error = f64::sqrt(WIN_SHARE * (1.0 - WIN_SHARE) / n);
    close("share", fit.shares[0], WIN_SHARE, 8.0 * error);
    for (law, (median, sigma)) in fit.laws.iter().zip([WIN, LOSS]) {
        let Some(Latency::LogNormal(law)) = law else {
            panic!("{law:?}");
        };
        close("mu", law.mu, math::ln(median), 0.1);
        close("sigma", law.sigma, sigma, 0.1);
    }
}

/// Samples of 3 score a calibrated normal forecast as its exact expectation 1 / √π, within 4 standard errors.
#[test]
fn fair_crps_of_small_samples_is_unbiased() {
    let n = 20_000;
    let score = |nth: usize| {
        let sample = [0, 1, 2].map(|i| normal(3, 4 * nth + i));
        crps(&sample, normal(3, 4 * nth + 3)).unwrap()
    };
    let scores: Vec<f64> = (0..n).map(score).collect();
    let mean = scores.iter().sum::<f64>() / n as f64;
    let variance = scores
        .iter()
        .map(|score| (score - mean) * (score - mean))
        .sum::<f64>()
        / n as f64;
    close(
        "CRPS",
        mean,
        0.564_189_58,
        4.0 * f64::sqrt(variance / n as f64),
    );
}

/// The exact coverage of Wilson's interval, averaged over probabilities, is near its level.
#[test]
fn wilson_covers_about_as_often_as_it_says() {
    let n = 40_u64;
    let shares: Vec<_> = (0..=n).map(|hits| wilson(hits, n, 0.9).unwrap()).collect();
    let coverage = |p: f64| -> f64 {
        let ln_choose = |k: f64| {
            math::ln_gamma(n as f64 + 1.0)
                - math::ln_gamma(k + 1.0)
                - math::ln_gamma(n as f64 - k + 1.0)
        };
        let covering = shares
            .iter()
            .filter(|share| share.low <= p && p <= share.high);
        let chance =
            |k: f64| math::exp(ln_choose(k) + k * math::ln(p) + (n as f64 - k) * math::ln(1.0 - p));
        covering.map(|share| chance(share.hits as f64)).sum()
    };
    let ps = (1..100).map(|i| f64::from(i) / 100.0);
    close("coverage", ps.map(coverage).sum::<f64>() / 99.0, 0.9, 0.01);
}

/// The count at `u` of a negative binomial law, by adding up its probabilities.
fn negative_binomial(mean: f64, k: f64, u: f64) -> u64 {
    let (share, mut count) = (mean / (k + mean), 0);
    let mut p = math::exp(k * math::ln(k / (k + mean)));
    let mut cumulative = p;
    while cumulative < u && count < 10_000 {
        p *= share * (k + count as f64) / (count as f64 + 1.0);
        count += 1;
        cumulative += p;
    }
    count
}

/// Mean and variance of counts, with the dispersion that was fitted at `expected`.
fn dispersion(counts: &[u64], expected: f64) -> (f64, f64, f64) {
    let n = counts.len() as f64;
    let mean = counts.iter().sum::<u64>() as f64 / n;
    let variance = counts
        .iter()
        .map(|count| (*count as f64 - mean) * (*count as f64 - mean))
        .sum::<f64>()
        / (n - 1.0);
    let events: Vec<Events> = counts
        .iter()
        .map(|observed| Events {
            observed: *observed as f64,
            expected,
        })
        .collect();
    (mean, variance, GammaPoisson::fit(&events).unwrap().strength)
}

/// Mean 40 and k = 25; thinned to a quarter mean 10, variance 14 and the same k. Of k the relative error is about (1 + k / mean) √(2 / n), of a
/// variance √(2 / n) and somewhat more; 4 of them are allowed.
#[test]
fn thinning_keeps_the_dispersion() {
    let n = 8_000;
    let whole: Vec<u64> = (0..n)
        .map(|nth| negative_binomial(40.0, 25.0, uniform(4, nth)))
        .collect();
    let kept = |nth: usize| {
        (0..whole[nth] as usize)
            .filter(|event| uniform(5, 1_000 * nth + event) < 0.25)
            .count()
    };
    let thinned: Vec<u64> = (0..n).map(|nth| kept(nth) as u64).collect();
    let unit = f64::sqrt(2.0 / n as f64);
    for (counts, mean, variance) in [(&whole, 40.0, 104.0), (&thinned, 10.0, 14.0)] {
        let (ours, spread, k) = dispersion(counts, mean);
        close("mean", ours, mean, 4.0 * f64::sqrt(variance / n as f64));
        close("variance", spread, variance, 5.0 * unit * variance);
        close("k", k, 25.0, 4.0 * unit * (1.0 + 25.0 / mean) * 25.0);
    }
}

/// Probabilities of 500 groups are third smallest of 14 uniform numbers, which is Beta(3, 12). Its mean is found within 4 standard errors, its
/// strength within 4 times √(2 / groups) and half of that for the noise of 40 trials, and shrunken shares are nearer to the truth than
/// the groups' own by what theory says: a variance of p (1 - p) / 40 is cut to 40 / 55 of it.
#[test]
fn shrinkage_recovers_the_law_of_groups() {
    let n_groups = 500;
    let truth = |group: usize| {
        let mut drawn: Vec<f64> = (0..14).map(|i| uniform(6, 14 * group + i)).collect();
        drawn.sort_by(f64::total_cmp);
        drawn[2]
    };
    let truths: Vec<f64> = (0..n_groups).map(truth).collect();
    let hits = |group: usize| {
        (0..40)
            .filter(|i| uniform(7, 40 * group + i) < truths[group])
            .count() as u64
    };
    let groups: Vec<Trials> = (0..n_groups)
        .map(|group| Trials {
            hits: hits(group),
            n: 40,
        })
        .collect();
    let fit = BetaBinomial::fit(&groups).unwrap();
    let error = f64::sqrt(0.2 * 0.8 * (1.0 / 16.0 + 1.0 / 40.0) / n_groups as f64);
    close("mean", fit.mean, 0.2, 4.0 * error);
    close(
        "strength",
        fit.strength,
        15.0,
        15.0 * 6.0 * f64::sqrt(2.0 / n_groups as f64),
    );
    let miss = |estimate: &dyn Fn(&Trials) -> f64| -> f64 {
        let misses = groups
            .iter()
            .zip(&truths)
            .map(|(group, truth)| estimate(group) - truth);
        misses.map(|miss| miss * miss).sum()
    };
    let own = miss(&|group| group.hits as f64 / 40.0);
    let shrunken = miss(&|group| fit.posterior_mean(*group));
    close("gain", shrunken / own, 40.0 / 55.0, 0.08);
}
