//! The sum of a random number of deals has the wrong law.
//!
//! Compound Poisson: N deals of law X have mean E[N] E[X], and for Poisson N variance E[N] E[X^2], skewness
//! E[X^3] / (E[N]^(1/2) E[X^2]^(3/2)), excess kurtosis E[X^4] / (E[N] E[X^2]^2); with a Gamma-distributed rate of shape k,
//! var N = L + L^2 / k (H. H. Panjer and G. E. Willmot, Insurance Risk Models, 1992). Quantiles by fast Fourier transform
//! on a grid of 250, so right to about 300.

mod common;

use common::*;
use funnelcast::funnel::{Count, Sum};

/// Deals won at once, `leads_per_day` a day on average.
fn deals(leads_per_day: f64, days: u32, dispersion: &str) -> String {
    format!(
        r#"
start_date = 2025-01-01
horizon = "{days} days"
periods = {days}
[channels.inbound]
leads_per_day = {leads_per_day}
{dispersion}
[closing]
win = 1
[deal]
size = {{ lognormal = {{ mean = 25_000, sigma = 0.8 }} }}
"#
    )
}

struct Seen {
    deals: Vec<f64>,
    revenue: Vec<f64>,
}

fn see(text: &str, seed: u64, n: u64) -> Seen {
    let both = replicate(&funnel(text), seed, n, |record| {
        (count(record, Count::Won), sum(record, Sum::NewRevenue))
    });
    let (deals, revenue) = both.into_iter().unzip();
    Seen { deals, revenue }
}

/// Checks a quantile by the number of sums below it, which is binomial.
fn check_quantile(sums: &[f64], p: f64, quantile: f64) {
    let n = sums.len() as f64;
    let below = sums.iter().filter(|&&sum| sum < quantile).count() as f64;
    let z = (below - n * p) / (n * p * (1.0 - p)).sqrt();
    println!("below the {p} quantile: {:.5}, z = {z:.2}", below / n);
    assert!(
        z.abs() <= 4.0,
        "{below} of {n} below the {p} quantile {quantile}, z = {z}"
    );
}

/// Skewness and excess kurtosis of a sample, each with what every value adds to its error (its influence).
fn shape(sample: &[f64]) -> [(f64, Vec<f64>); 2] {
    let (mean, _) = mean_and_variance(sample);
    let moment =
        |k: i32| sample.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / sample.len() as f64;
    let (m2, m3, m4) = (moment(2), moment(3), moment(4));
    let skewness = m3 / m2.powf(1.5);
    let kurtosis = m4 / (m2 * m2);
    let of_skewness = |d: f64| {
        (d.powi(3) - m3 - 3.0 * m2 * d) / m2.powf(1.5) - 1.5 * skewness * (d * d - m2) / m2
    };
    let of_kurtosis =
        |d: f64| (d.powi(4) - m4 - 4.0 * m3 * d) / (m2 * m2) - 2.0 * kurtosis * (d * d - m2) / m2;
    [
        (
            skewness,
            sample.iter().map(|x| of_skewness(x - mean)).collect(),
        ),
        (
            kurtosis - 3.0,
            sample.iter().map(|x| of_kurtosis(x - mean)).collect(),
        ),
    ]
}

fn check_shape(what: &str, (value, influences): &(f64, Vec<f64>), exact: f64) {
    let (_, variance) = mean_and_variance(influences);
    let z = (value - exact) / (variance / influences.len() as f64).sqrt();
    println!("{what}: {value:.5} against {exact:.5}, z = {z:.2}");
    assert!(z.abs() <= 4.0, "{what}: {value} against {exact}, z = {z}");
}

/// 100 deals on average. Seed 41; 150,000 replications; each |z| <= 4, p 6e-5. The error of the kurtosis is taken from
/// the sample (delta method) and a little too small in so heavy a tail.
#[test]
fn compound_poisson() {
    let seen = see(&deals(100.0, 1, ""), 41, 150_000);
    assert_mean("deals", &seen.deals, 100.0);
    assert_variance("deals", &seen.deals, 100.0, 0.01);
    assert_mean("revenue", &seen.revenue, 2_500_000.0);
    assert_variance(
        "revenue",
        &seen.revenue,
        344_281.941f64.powi(2),
        0.129_358_16,
    );
    let [skewness, kurtosis] = shape(&seen.revenue);
    check_shape("skewness", &skewness, 0.261_169_65);
    check_shape("excess kurtosis", &kurtosis, 0.129_358_16);
    check_quantile(&seen.revenue, 0.1, 2_069_671.0);
    check_quantile(&seen.revenue, 0.5, 2_485_166.0);
    check_quantile(&seen.revenue, 0.9, 2_948_755.0);
}

/// The same on one day whose rate varies by a Gamma factor of shape 20: var N = 100 + 100^2 / 20. The excess kurtosis of
/// N is 6 / 20 + 1 / var N; that of the sum is no larger. Seed 42; 100,000 replications; each |z| <= 4, p 6e-5.
#[test]
fn compound_gamma_poisson() {
    let seen = see(&deals(100.0, 1, "dispersion = 20"), 42, 100_000);
    assert_mean("deals", &seen.deals, 100.0);
    assert_variance("deals", &seen.deals, 600.0, 6.0 / 20.0 + 1.0 / 600.0);
    assert_mean("revenue", &seen.revenue, 2_500_000.0);
    assert_variance("revenue", &seen.revenue, 656_528.79f64.powi(2), 0.35);
    check_quantile(&seen.revenue, 0.1, 1_698_241.0);
    check_quantile(&seen.revenue, 0.5, 2_448_487.0);
    check_quantile(&seen.revenue, 0.9, 3_367_631.0);
}

/// The factor belongs to a day: over 10 days of 10 leads, var N = 100 + 10 * 10^2 / 20 = 150; and counts of two days are
/// uncorrelated. Seed 43; 60,000 replications; p 6e-5 and 1e-5.
#[test]
fn the_factor_of_a_day_belongs_to_that_day() {
    let text = deals(10.0, 10, "dispersion = 20").replace("periods = 10", "periods = 5");
    let halves = replicate(&funnel(&text), 43, 60_000, |record| {
        counts(record, Count::Leads)
    });
    let total: Vec<f64> = halves.iter().map(|halves| halves.iter().sum()).collect();
    assert_mean("leads", &total, 100.0);
    assert_variance("leads", &total, 150.0, 0.05);
    let z = z_of_correlation(&column(&halves, 0), &column(&halves, 1));
    println!("correlation of both halves: z = {z:.2}");
    assert!(z.abs() <= 4.0, "correlation of both halves: z = {z}");
}

/// A shape below 1 too, where the factor is drawn in another way: var N = 20 + 20^2 / .5 = 820, P(N = 0) =
/// (1 + 20 / .5)^-.5. Seed 44; 60,000 replications; the excess kurtosis of a negative binomial is 6 / k + 1 / var N.
#[test]
fn a_factor_of_small_shape() {
    let seen = see(&deals(20.0, 1, "dispersion = 0.5"), 44, 60_000);
    assert_mean("leads", &seen.deals, 20.0);
    assert_variance("leads", &seen.deals, 820.0, 12.0 + 1.0 / 820.0);
    let none: Vec<f64> = seen
        .deals
        .iter()
        .map(|&deals| f64::from(u8::from(deals == 0.0)))
        .collect();
    assert_mean("days without a lead", &none, 41f64.powf(-0.5));
}

/// Segments of one channel share its day's factor, channels do not: with two segments of half the leads each, the
/// covariance of their wins is (L/2)^2 / k; between channels it is 0. Seen by letting only some of them win:
/// var(won) = m + m^2 / k with m = 50 deals of one segment; of both, 600 as if they were one. Seed 45; 40,000
/// replications; p 1e-5 each.
#[test]
fn segments_share_the_factor_of_their_channel_and_channels_do_not() {
    let segments =
        "dispersion = 20\n[segments.small]\nshare = 0.5\n[segments.large]\nshare = 0.5\n";
    let both = see(&deals(100.0, 1, segments), 45, 40_000);
    assert_variance("both segments", &both.deals, 600.0, 0.302);
    let channels = "dispersion = 20\n[channels.other]\nleads_per_day = 50\ndispersion = 20\n";
    let both = see(&deals(50.0, 1, channels), 45, 40_000);
    // Two independent negative binomials of mean 50: 2 (50 + 125); excess kurtosis half that of one.
    assert_variance(
        "both channels",
        &both.deals,
        350.0,
        (0.3 + 1.0 / 175.0) / 2.0,
    );
}
