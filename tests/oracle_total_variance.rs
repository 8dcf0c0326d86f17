//! Doubt about a parameter and luck within a future are split wrongly.
//!
//! Law of total variance: Var Y = E[Var(Y | p)] + Var(E[Y | p]). 5,000 leads on average, won at once with probability
//! p ~ Beta(20, 980), deals LogN(mean 25,000, sigma .8). Given p, revenue is compound Poisson of mean 5,000 p m and
//! variance 5,000 p m^2 e^(.64); so the process has the variance 5,000 E[p] m^2 e^(.64) and the parameter (5,000 m)^2
//! Var p: shares .27923977 and .72076023, sd 651,516.78 together.

mod common;

use common::*;
use funnelcast::funnel::{Funnel, Scratch, Sum};
use funnelcast::random::parameter_uniform;

const TEXT: &str = r#"
start_date = 2025-01-01
horizon = "1 day"
[channels.inbound]
leads_per_day = 5_000
[closing]
win = { beta = { a = 20, b = 980 } }
[deal]
size = { lognormal = { mean = 25_000, sigma = 0.8 } }
"#;

/// Two replications share each draw of p: half the squared difference within a pair estimates the process variance, the
/// product of their deviations from the known mean the variance by the parameter. Seed 91; 5,000 pairs; |z| <= 4 for
/// each, p 6e-5; the sd of 10,000 at p 1e-5.
#[test]
fn process_and_parameter_variance() {
    let scenario = scenario(TEXT);
    assert_eq!(
        scenario
            .doubts
            .iter()
            .map(|doubt| doubt.path.as_str())
            .collect::<Vec<_>>(),
        ["closing.win"]
    );
    let pairs = on_two_threads(5_000, |draws| {
        let mut scratch = Scratch::default();
        let pair = |draw| {
            let funnel = Funnel::new(
                &scenario,
                &scenario.draw(|path| parameter_uniform(91, draw, path)),
            );
            [2 * draw, 2 * draw + 1].map(|r| sum(&funnel.run(91, r, &mut scratch), Sum::NewRevenue))
        };
        draws.map(pair).collect()
    });
    let mean = 5_000.0 * 0.02 * 25_000.0;
    let process = 5_000.0 * 0.02 * 25_000.0f64.powi(2) * 0.64f64.exp();
    let parameter = (5_000.0 * 25_000.0f64).powi(2) * 0.02 * 0.98 / 1_001.0;
    assert!((process / (process + parameter) - 0.279_239_77).abs() < 1e-8);
    assert!(((process + parameter).sqrt() - 651_516.78).abs() < 0.01);

    let of = |f: &dyn Fn(&[f64; 2]) -> f64| -> Vec<f64> { pairs.iter().map(f).collect() };
    assert_mean("revenue", &of(&|pair| (pair[0] + pair[1]) / 2.0), mean);
    assert_mean(
        "process variance",
        &of(&|pair| (pair[0] - pair[1]).powi(2) / 2.0),
        process,
    );
    assert_mean(
        "parameter variance",
        &of(&|pair| (pair[0] - mean) * (pair[1] - mean)),
        parameter,
    );
    assert_mean(
        "total variance",
        &of(&|pair| (pair[0] - mean).powi(2)),
        process + parameter,
    );
}

/// Draws of one path are independent of each other and of another path's, and follow the stated law: mean of p .02,
/// variance .02 * .98 / 1001. Seed 92; 20,000 draws; |z| <= 4, p 6e-5 each.
#[test]
fn draws_follow_the_law_of_the_doubt() {
    let text = TEXT.replace(
        "leads_per_day = 5_000",
        "leads_per_day = 5_000\nqualification = { beta = { a = 20, b = 980 } }",
    );
    let scenario = scenario(&text);
    let draws: Vec<Vec<f64>> = (0..20_000)
        .map(|k| scenario.draw(|path| parameter_uniform(92, k, path)))
        .collect();
    let (a, b) = (column(&draws, 0), column(&draws, 1));
    for sample in [&a, &b] {
        assert_mean("mean of p", sample, 0.02);
        let squares: Vec<f64> = sample.iter().map(|p| (p - 0.02).powi(2)).collect();
        assert_mean("variance of p", &squares, 0.02 * 0.98 / 1_001.0);
    }
    let between = [
        z_of_correlation(&a, &b),
        z_of_correlation(&a[1..], &a[..19_999]),
        z_of_correlation(&a[1..], &b[..19_999]),
    ];
    assert_all_z("correlations", &between);
}
