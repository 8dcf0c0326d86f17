//! Estimates, intervals and comparisons against values known by hand or by theory.

mod forecast_synthetic;

use forecast_synthetic::*;
use funnelcast::forecast::{Case, REVENUE, Replications, Study, Workers};
use funnelcast::funnel::{Count, Record, Sum};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Beta, Distribution, LogNormal, Normal, Poisson};

fn close(got: Option<f64>, expected: f64) {
    let got = got.expect("a value");
    let tolerance = 1e-9 * expected.abs().max(1.0);
    assert!(
        (got - expected).abs() < tolerance,
        "{got} is not {expected}"
    );
}

fn revenues(values: &[f64]) -> Vec<Record> {
    values.iter().copied().map(revenue).collect()
}

#[test]
fn a_mean_without_doubt_has_the_textbook_error() {
    let study = study(&[certain(revenues(&[1.0, 2.0, 4.0, 9.0]))]);
    let revenue = metric(&study, "revenue");
    close(revenue.estimate.mean, 4.0);
    // sd^2 = (9 + 4 + 0 + 25) / 3; standard error = sd / 2; t(3) = 3.182446305284263.
    let sd = (38.0f64 / 3.0).sqrt();
    close(revenue.distribution.sd, sd);
    close(revenue.estimate.standard_error, sd / 2.0);
    close(revenue.estimate.half_width, 3.182446305284263 * sd / 2.0);
    // Type 7: place (4 - 1) * level between the order statistics.
    close(revenue.distribution.quantile(0.05), 1.15);
    close(revenue.distribution.quantile(0.50), 3.0);
    close(revenue.distribution.quantile(0.90), 7.5);
    assert_eq!(revenue.process_share, Some(1.0));
    assert_eq!(revenue.process, revenue.distribution);
}

#[test]
fn pairs_that_share_a_draw_are_one_cluster() {
    let study = study(&[in_doubt(0, revenues(&[1.0, 3.0, 5.0, 7.0, 9.0, 5.0]))]);
    let revenue = metric(&study, "revenue");
    // Cluster means 2, 6, 7: mean 5, variance 7, standard error sqrt(7 / 3).
    close(revenue.estimate.mean, 5.0);
    close(revenue.estimate.standard_error, (7.0f64 / 3.0).sqrt());
    close(
        revenue.estimate.half_width,
        4.302652729911275 * (7.0f64 / 3.0).sqrt(),
    );
    // Half the mean squared difference: (4 + 4 + 16) / 6 = 4; total variance 40 / 5 = 8.
    close(revenue.process_share, 0.5);
}

#[test]
fn a_range_that_cuts_a_pair_makes_clusters_of_one() {
    let study = study(&[in_doubt(3, revenues(&[1.0, 3.0, 5.0, 7.0]))]);
    let revenue = metric(&study, "revenue");
    // Replication 3 | 4, 5 | 6: means without each are 5, 4, 3.
    close(revenue.estimate.mean, 4.0);
    close(revenue.estimate.standard_error, (2.0f64 / 3.0 * 2.0).sqrt());
    // One complete pair: (5 - 3)^2 / 2 = 2, of 20 / 3.
    close(revenue.process_share, 0.3);
}

#[test]
fn fewer_than_two_clusters_have_no_error() {
    for set in [
        certain(revenues(&[5.0])),
        in_doubt(0, revenues(&[5.0, 6.0])),
    ] {
        let study = study(&[set]);
        let estimate = metric(&study, "revenue").estimate;
        assert!(estimate.mean.is_some());
        assert_eq!(estimate.standard_error, None);
        assert_eq!(estimate.ci95(), None);
    }
}

#[test]
fn what_never_varies_has_no_error_and_no_process_share() {
    let study = study(&[certain(revenues(&[0.1; 7]))]);
    let revenue = metric(&study, "revenue");
    assert_eq!(revenue.distribution.sd, Some(0.0));
    assert_eq!(revenue.estimate.standard_error, Some(0.0));
    assert_eq!(revenue.process_share, None);
    assert_eq!(revenue.distribution.quantile(0.95), Some(0.1));
}

#[test]
fn quantiles_and_sd_are_over_the_replications_where_a_metric_is_defined() {
    let deal = |won, sum| record(vec![tally(&[(Count::Won, won)], &[(Sum::Bookings, sum)])]);
    let study = study(&[certain(vec![deal(0, 0.0), deal(1, 10.0), deal(3, 60.0)])]);
    let mean_deal = metric(&study, "mean_deal");
    close(mean_deal.estimate.mean, 17.5);
    close(mean_deal.distribution.quantile(0.5), 15.0);
    close(mean_deal.distribution.sd, 50f64.sqrt());
    let attainment = metric(&study, "quota_attainment");
    assert_eq!(attainment.estimate.mean, None);
    assert_eq!(attainment.distribution.quantiles, None);
}

/// `Var(sum y / sum x) = Var(y - r x) / (n mean(x)^2)`, to first order (Cochran 1977, 2.11).
#[test]
fn the_jackknife_of_a_ratio_agrees_with_the_delta_method() {
    let mut rng = StdRng::seed_from_u64(11);
    let pairs: Vec<(u32, f64)> = (0..4000)
        .map(|_| {
            let won: f64 = Poisson::new(40.0).unwrap().sample(&mut rng);
            (won as u32, won * 25.0 + 30.0 * rng.random::<f64>())
        })
        .collect();
    let records = pairs
        .iter()
        .map(|&(won, sum)| record(vec![tally(&[(Count::Won, won)], &[(Sum::Bookings, sum)])]));
    let study = study(&[certain(records.collect())]);
    let mean_deal = metric(&study, "mean_deal").estimate;

    let n = pairs.len() as f64;
    let mean_won = pairs.iter().map(|(won, _)| f64::from(*won)).sum::<f64>() / n;
    let ratio = pairs.iter().map(|(_, sum)| sum).sum::<f64>() / n / mean_won;
    let residual = |(won, sum): &(u32, f64)| (sum - ratio * f64::from(*won)).powi(2);
    let variance = pairs.iter().map(residual).sum::<f64>() / (n - 1.0);
    let delta = (variance / n).sqrt() / mean_won;
    let error = mean_deal.standard_error.unwrap();
    // Second-order terms are of relative size 1 / n.
    assert!(
        (error / delta - 1.0).abs() < 1e-3,
        "{error} against {delta}"
    );
}

/// 2,000 experiments of 20 draws; each interval covers with probability 0.95 exactly, so the share
/// lies within 3.3 binomial standard deviations (0.016) in 999 of 1,000 seeds.
#[test]
fn intervals_cover_the_truth_in_95_of_100_experiments() {
    let mut rng = StdRng::seed_from_u64(5);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let n = 2000;
    let covered = (0..n).filter(|_| {
        let values: Vec<f64> = (0..20)
            .flat_map(|_| {
                let draw = 100.0 + 3.0 * normal.sample(&mut rng);
                [
                    draw + normal.sample(&mut rng),
                    draw + normal.sample(&mut rng),
                ]
            })
            .collect();
        let study = study(&[in_doubt(0, revenues(&values))]);
        let [low, high] = metric(&study, "revenue").estimate.ci95().unwrap();
        low <= 100.0 && 100.0 <= high
    });
    let share = covered.count() as f64 / f64::from(n);
    assert!((share - 0.95).abs() < 0.016, "{share}");
}

/// MODEL O14: 5,000 leads, p ~ Beta(20, 980), wins Poisson(5000 p), deal LogN(mean 25k, sigma .8).
/// Exact: mean 2.5 M, sd 651,516.78, process share .27923977. Over 20,000 draws the standard
/// errors are about 0.2 % of the mean, 0.6 % of the sd and 1.2 % of the share; bounds are 4 of each.
#[test]
fn total_variance_splits_into_process_and_doubt() {
    let mut rng = StdRng::seed_from_u64(14);
    let rate = Beta::new(20.0, 980.0).unwrap();
    let deal = LogNormal::new(25_000f64.ln() - 0.32, 0.8).unwrap();
    let mut records = Vec::new();
    for _ in 0..20_000 {
        let wins = Poisson::new(5000.0 * rate.sample(&mut rng)).unwrap();
        for _ in 0..2 {
            let won = wins.sample(&mut rng) as usize;
            records.push(revenue((0..won).map(|_| deal.sample(&mut rng)).sum()));
        }
    }
    let study = study(&[in_doubt(0, records)]);
    let revenue = metric(&study, "revenue");
    let off = |got: Option<f64>, expected: f64| (got.unwrap() / expected - 1.0).abs();
    assert!(off(revenue.estimate.mean, 2.5e6) < 0.008);
    assert!(off(revenue.distribution.sd, 651_516.78) < 0.024);
    assert!(off(revenue.process_share, 0.27923977) < 0.048);
}

#[test]
fn paired_differences_by_hand() {
    let study = study(&[
        certain(revenues(&[10.0, 20.0, 30.0, 40.0])),
        certain(revenues(&[11.0, 20.0, 33.0, 39.0])),
    ]);
    let revenue = &study.comparisons[0].differences[REVENUE];
    // Differences 1, 0, 3, -1: mean 0.75, variance 35 / 12.
    let variance = 35.0 / 12.0;
    close(revenue.estimate.mean, 0.75);
    close(revenue.estimate.standard_error, f64::sqrt(variance / 4.0));
    assert_eq!(revenue.probability_positive, Some(0.5));
    assert_eq!(revenue.probability_zero, Some(0.25));
    close(revenue.distribution.quantile(0.5), 0.5);
    close(revenue.distribution.quantile(0.1), -0.7);
    close(revenue.relative.mean, 0.03);
    // Variances 500 / 3 and (14.75^2 + 5.75^2 + 7.25^2 + 13.25^2) / 3.
    let squares = 217.5625 + 33.0625 + 52.5625 + 175.5625;
    close(
        revenue.pairing_variance_ratio,
        (500.0 + squares) / 3.0 / variance,
    );
}

#[test]
fn equal_scenarios_differ_by_exactly_nothing() {
    let set = in_doubt(0, revenues(&[0.1, 0.7, 1.3, 2.9, 3.1]));
    let study = study(&[set.clone(), set]);
    let revenue = &study.comparisons[0].differences[REVENUE];
    assert_eq!(revenue.estimate.mean, Some(0.0));
    assert_eq!(revenue.estimate.standard_error, Some(0.0));
    assert_eq!(revenue.relative.standard_error, Some(0.0));
    assert_eq!(revenue.probability_zero, Some(1.0));
    assert_eq!(revenue.pairing_variance_ratio, None);
}

#[test]
fn the_cluster_of_a_difference_is_the_draw_if_either_scenario_is_in_doubt() {
    let baseline = certain(revenues(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]));
    let alternative = in_doubt(0, revenues(&[2.0, 4.0, 6.0, 8.0, 10.0, 6.0]));
    let study = study(&[baseline, alternative]);
    let revenue = &study.comparisons[0].differences[REVENUE];
    close(revenue.estimate.mean, 5.0);
    close(revenue.estimate.standard_error, (7.0f64 / 3.0).sqrt());
}

#[test]
fn the_probability_of_the_target_counts_replications_that_reach_it() {
    let set = in_doubt(0, revenues(&[5.0, 4.0, 6.0, 7.0, 1.0, 5.0]));
    let scenario = scenario("synthetic", 1, 0);
    let cases = [Case {
        scenario: &scenario,
        replications: &set,
    }];
    let study = Study::new(&cases, Some(5.0), &Workers::new(Some(1)));
    let target = study.forecasts[0].target.unwrap();
    close(target.mean, 4.0 / 6.0);
    // Cluster means 0.5, 1, 0.5: variance 1 / 12, standard error 1 / 6.
    close(target.standard_error, 1.0 / 6.0);
}

#[test]
fn joined_ranges_equal_one_run() {
    let values: Vec<f64> = (0..20).map(|r| f64::from(r * r % 7)).collect();
    let whole = in_doubt(0, revenues(&values));
    for cut in [1, 6, 7, 19] {
        let mut joined = in_doubt(0, revenues(&values[..cut]));
        joined
            .join(in_doubt(cut as u64, revenues(&values[cut..])))
            .unwrap();
        assert_eq!(joined, whole);
    }
    let mut part = in_doubt(0, revenues(&values[..4]));
    assert!(part.join(in_doubt(5, revenues(&values[5..]))).is_err());
}

#[test]
fn estimates_do_not_depend_on_the_number_of_threads() {
    let scenario = scenario("synthetic", 6, 2);
    let mut rng = StdRng::seed_from_u64(3);
    let mut set = || -> Replications {
        let mut period = || {
            tally(
                &[(Count::Won, rng.random_range(0..9))],
                &[(Sum::NewRevenue, rng.random())],
            )
        };
        in_doubt(
            0,
            (0..51)
                .map(|_| record((0..8).map(|_| period()).collect()))
                .collect(),
        )
    };
    let sets = [set(), set(), set()];
    let study = |threads| {
        Study::new(
            &cases(&scenario, &sets),
            Some(3.0),
            &Workers::new(Some(threads)),
        )
    };
    let alone = study(1);
    assert_eq!(alone.forecasts[0].periods.len(), 6);
    assert_eq!(alone.forecasts[0].warm_up_periods.len(), 2);
    for threads in [2, 7] {
        assert_eq!(study(threads), alone);
    }
}
