//! Scenarios from text, many replications of them, and the judgement of what they say.
//!
//! **The rule for means.** A sample of R replications with mean x and standard deviation s agrees with
//! an exact value v if |z| <= 4, z = (x - v) / (s / sqrt R): a false alarm has probability 6e-5. Where
//! one test compares m means, the limit is the normal quantile of 1 - 1e-4 / (2 m), so that the whole
//! test raises a false alarm with probability 1e-4 at most. Seeds are fixed: a test that passes, passes.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use funnelcast::funnel::{Account, AccountKind, Count, Funnel, Record, Scratch, Stock, Sum, Tally};
use funnelcast::math::normal_quantile;
use funnelcast::scenario::Scenario;

/// The scenario that `text` states.
pub fn scenario(text: &str) -> Scenario {
    scenario_with(text, &[])
}

/// The scenario that `text` states, beside other files that it may name.
pub fn scenario_with(text: &str, others: &[(&str, &str)]) -> Scenario {
    try_scenario(text, others).unwrap_or_else(|faults| panic!("{faults}\n{text}"))
}

/// The scenario that `text` states, or what is wrong with it.
pub fn try_scenario(text: &str, others: &[(&str, &str)]) -> Result<Scenario, String> {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for (name, text) in others.iter().chain(&[("plan.toml", text)]) {
        files.insert(PathBuf::from(name), text.as_bytes().to_vec());
    }
    match Scenario::load("plan.toml", &[], &files) {
        Ok((scenario, _, _)) => Ok(scenario),
        Err(faults) => Err(faults.plain()),
    }
}

/// The funnel of `text`, every doubt at its median.
pub fn funnel(text: &str) -> Funnel {
    let scenario = scenario(text);
    Funnel::new(&scenario, &scenario.median_draw())
}

/// What `look` sees in replications 0 to `n` of `funnel`, in their order, run on two threads.
pub fn replicate<T: Send>(
    funnel: &Funnel,
    seed: u64,
    n: u64,
    look: impl Fn(&Record) -> T + Sync,
) -> Vec<T> {
    on_two_threads(n, |range| {
        let mut scratch = Scratch::default();
        range
            .map(|replication| look(&funnel.run(seed, replication, &mut scratch)))
            .collect()
    })
}

/// The results of `work` on both halves of `0..n`, in order.
pub fn on_two_threads<T: Send>(
    n: u64,
    work: impl Fn(std::ops::Range<u64>) -> Vec<T> + Sync,
) -> Vec<T> {
    thread::scope(|scope| {
        let first = scope.spawn(|| work(0..n / 2));
        let second = work(n / 2..n);
        let mut results = first.join().expect("the first half does not panic");
        results.extend(second);
        results
    })
}

/// A count over the whole horizon.
pub fn count(record: &Record, count: Count) -> f64 {
    record
        .periods
        .iter()
        .map(|period| f64::from(period.counts[count as usize]))
        .sum()
}

/// A sum over the whole horizon.
pub fn sum(record: &Record, sum: Sum) -> f64 {
    record
        .periods
        .iter()
        .map(|period| period.sums[sum as usize])
        .sum()
}

/// A count by period.
pub fn counts(record: &Record, count: Count) -> Vec<f64> {
    record
        .periods
        .iter()
        .map(|period| f64::from(period.counts[count as usize]))
        .collect()
}

/// A stock at the end of each period.
pub fn stocks(record: &Record, stock: Stock) -> Vec<f64> {
    record
        .periods
        .iter()
        .map(|period| f64::from(period.stocks[stock as usize]))
        .collect()
}

/// Mean, and variance with n - 1 in the denominator.
pub fn mean_and_variance(sample: &[f64]) -> (f64, f64) {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let squares = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    (mean, squares / (n - 1.0))
}

/// How many standard errors the sample's mean lies from `value`.
pub fn z_of_mean(sample: &[f64], value: f64) -> f64 {
    let (mean, variance) = mean_and_variance(sample);
    let standard_error = (variance / sample.len() as f64).sqrt();
    if standard_error == 0.0 && mean == value {
        0.0
    } else {
        (mean - value) / standard_error
    }
}

/// Fails unless the sample's mean agrees with `value`.
#[track_caller]
pub fn assert_mean(what: &str, sample: &[f64], value: f64) {
    let z = z_of_mean(sample, value);
    let (mean, _) = mean_and_variance(sample);
    println!("{what}: {mean:.8} against {value:.8}, z = {z:.2}");
    assert!(z.abs() <= 4.0, "{what}: {mean} against {value}, z = {z}");
}

/// Fails unless the ratio of the sums of `parts` and `wholes` agrees with `value`.
///
/// The mean of part - value * whole is 0 if it does, which is tested as a mean.
#[track_caller]
pub fn assert_ratio(what: &str, parts: &[f64], wholes: &[f64], value: f64) {
    let ratio = parts.iter().sum::<f64>() / wholes.iter().sum::<f64>();
    let rests: Vec<f64> = parts
        .iter()
        .zip(wholes)
        .map(|(part, whole)| part - value * whole)
        .collect();
    let z = z_of_mean(&rests, 0.0);
    println!("{what}: {ratio:.8} against {value:.8}, z = {z:.2}");
    assert!(z.abs() <= 4.0, "{what}: {ratio} against {value}, z = {z}");
}

/// The limit of |z| where `m` values are tested at once.
pub fn limit_of(m: usize) -> f64 {
    normal_quantile(1.0 - 1e-4 / (2.0 * m as f64))
}

/// Fails unless all `z` of a test lie within its limit.
#[track_caller]
pub fn assert_all_z(what: &str, z: &[f64]) {
    let worst = z.iter().copied().fold(
        0.0,
        |worst: f64, z| if z.abs() > worst.abs() { z } else { worst },
    );
    let limit = limit_of(z.len());
    println!(
        "{what}: largest of {} is z = {worst:.2}, limit {limit:.2}",
        z.len()
    );
    assert!(
        z.iter().all(|z| z.abs() <= limit),
        "{what}: {z:.2?}, limit {limit:.2}"
    );
}

/// Fails unless the mean vector of `samples`, `[replication][entry]`, agrees with `values`.
#[track_caller]
pub fn assert_mean_vector(what: &str, samples: &[Vec<f64>], values: &[f64]) {
    assert_eq!(samples[0].len(), values.len(), "{what}");
    let z: Vec<f64> = values
        .iter()
        .enumerate()
        .map(|(i, &value)| z_of_mean(&column(samples, i), value))
        .collect();
    assert_all_z(what, &z);
}

/// Entry `i` of every replication.
pub fn column(samples: &[Vec<f64>], i: usize) -> Vec<f64> {
    samples.iter().map(|sample| sample[i]).collect()
}

/// How many standard errors the sample's variance lies from `variance`, for a law of excess kurtosis `kurtosis`.
///
/// The chi-square statistic (R - 1) s^2 / sigma^2 has mean R - 1 and, for R above some hundreds, is as good as
/// normal with variance (R - 1) (2 + kurtosis): at 4.42 standard errors that is chi-square's p of 1e-5.
pub fn z_of_variance(sample: &[f64], variance: f64, kurtosis: f64) -> f64 {
    let n = sample.len() as f64;
    let (_, observed) = mean_and_variance(sample);
    (observed / variance - 1.0) / ((2.0 + kurtosis) / (n - 1.0)).sqrt()
}

/// Fails unless the sample's variance agrees with `variance`, at a false-alarm rate of 1e-5.
#[track_caller]
pub fn assert_variance(what: &str, sample: &[f64], variance: f64, kurtosis: f64) {
    let z = z_of_variance(sample, variance, kurtosis);
    let (_, observed) = mean_and_variance(sample);
    println!(
        "{what}: sd {:.4} against {:.4}, z = {z:.2}",
        observed.sqrt(),
        variance.sqrt()
    );
    assert!(
        z.abs() <= 4.42,
        "{what}: sd {} against {}, z = {z}",
        observed.sqrt(),
        variance.sqrt()
    );
}

/// How many standard errors the correlation of two independent samples lies from 0.
pub fn z_of_correlation(a: &[f64], b: &[f64]) -> f64 {
    let ((mean_a, var_a), (mean_b, var_b)) = (mean_and_variance(a), mean_and_variance(b));
    let products = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b));
    let covariance = products.sum::<f64>() / (a.len() as f64 - 1.0);
    covariance / (var_a * var_b).sqrt() * (a.len() as f64).sqrt()
}

/// The integral of `f` from `low` to `high` by Simpson's rule on `2 * halves` steps.
pub fn integral(f: impl Fn(f64) -> f64, low: f64, high: f64, halves: usize) -> f64 {
    let step = (high - low) / (2 * halves) as f64;
    let inner =
        (1..2 * halves).map(|i| f(low + i as f64 * step) * if i % 2 == 1 { 4.0 } else { 2.0 });
    (f(low) + inner.sum::<f64>() + f(high)) * step / 3.0
}

/// Balances of the accounts of a kind in a tally.
pub fn held(accounts: &[Account], tally: &Tally, kind: AccountKind) -> Vec<f64> {
    let pairs = accounts.iter().zip(&tally.accounts);
    let of_kind = pairs.filter(|(account, _)| account.kind == kind);
    of_kind.map(|(_, balance)| *balance).collect()
}

/// Fails unless every total is the sum of its accounts, in their order, to the last bit.
pub fn assert_books_balance(scenario: &Scenario, record: &Record) {
    let accounts = Funnel::accounts(scenario);
    let mut kinds: Vec<AccountKind> = accounts.iter().map(|account| account.kind).collect();
    kinds.dedup();
    for tally in &record.periods {
        assert_eq!(accounts.len(), tally.accounts.len());
        for &kind in &kinds {
            let held = held(&accounts, tally, kind);
            let found = held.iter().fold(0.0, |sum, balance| sum + balance);
            let total = match (kind, kind.sum()) {
                (_, Some(sum)) => tally.sums[sum as usize],
                (AccountKind::Won, None) => f64::from(tally.counts[Count::Won as usize]),
                (_, None) => f64::from(tally.counts[Count::Leads as usize]),
            };
            assert_eq!(
                found.to_bits(),
                total.to_bits(),
                "{kind:?}: {held:?}, not {total}"
            );
        }
        let cost = Sum::COSTS.map(|cost| tally.sums[cost as usize]);
        assert_eq!(cost.iter().fold(0.0, |sum, cost| sum + cost), tally.cost());
    }
}

/// Fails unless a file that ships holds this text; writes it there first if `UPDATE_GOLDEN` is set.
#[track_caller]
pub fn assert_golden(file: &str, now: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, now).expect("it can be written");
    }
    let golden = fs::read_to_string(&path).expect("it ships");
    assert_eq!(golden.replace("\r\n", "\n"), now);
}
