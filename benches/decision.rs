//! Cost of a keyed decision, in the funnel's pattern of use, beside other ways to give a lead its luck.
//!
//! ```text
//! cargo bench --bench decision
//! ```
//!
//! Days of 1,000 leads; each lead takes 1, 3 or 8 decisions: reach its key, draw a uniform number, compare it with a
//! threshold. CPU time, median of 9. SplitMix64 and xoshiro256++ kept running are the floor: they are sequential,
//! so a lead's numbers would depend on everything drawn before. The re-seeded ones give what the key gives.

use cpu_time::ProcessTime;
use funnelcast::random::{Decision, Entity, EventId, Key, Kind};
use rand::rngs::{StdRng, Xoshiro256PlusPlus};
use rand::{Rng, SeedableRng};
use std::hint::black_box;

const N_DAYS: i32 = 2_000;
const LEADS_PER_DAY: u32 = 1_000;
const N_SOURCES: usize = 8;
const THRESHOLD: f64 = 0.3;
const DECISIONS: [Decision; 8] = [
    Decision::ArrivalTime,
    Decision::Quality,
    Decision::Qualification,
    Decision::Leak,
    Decision::Contact,
    Decision::Outcome,
    Decision::StageDays,
    Decision::DealSize,
];

/// The same map to (0, 1) for all contestants.
#[inline(always)]
fn uniform(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

#[inline(always)]
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Sums the thresholds passed by every lead; `number` gives the uniform number of (source, day, ordinal, decision).
#[inline(always)]
fn leads<const N_DECISIONS: usize>(
    n_days: i32,
    mut number: impl FnMut(usize, i32, u32, usize) -> f64,
) -> u64 {
    let mut n_passed = 0;
    for day in 0..n_days {
        let source = black_box(day as usize % N_SOURCES);
        for ordinal in 0..LEADS_PER_DAY {
            for decision in 0..N_DECISIONS {
                n_passed += u64::from(number(source, day, ordinal, decision) < THRESHOLD);
            }
        }
    }
    n_passed
}

/// Median nanoseconds of CPU time per decision.
fn nanoseconds(n_decisions: usize, n_days: i32, run: impl Fn(i32) -> u64) -> f64 {
    let n = f64::from(n_days) * f64::from(LEADS_PER_DAY) * n_decisions as f64;
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            let start = ProcessTime::now();
            let n_passed = run(black_box(n_days)) as f64;
            let nanoseconds = start.elapsed().as_secs_f64() * 1e9 / n;
            let error = (n * THRESHOLD * (1.0 - THRESHOLD)).sqrt();
            assert!(
                (n_passed - n * THRESHOLD).abs() < 6.0 * error,
                "not uniform numbers"
            );
            nanoseconds
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A counter of (day, ordinal, decision) for those who have none.
#[inline(always)]
fn counter(day: i32, ordinal: u32, decision: usize) -> u64 {
    (day as u64) << 44 | u64::from(ordinal) << 20 | (decision as u64) << 7
}

fn row<const N: usize>(keys: &[Key]) -> [f64; 6] {
    // What seeds the others, as long as a key.
    let seeds: Vec<[u64; 2]> = keys.iter().map(|key| [key.bits(0), key.bits(1)]).collect();
    let seeds = &seeds[..];
    [
        nanoseconds(N, N_DAYS, |n_days| {
            leads::<N>(n_days, |source, day, ordinal, decision| {
                keys[source].uniform(EventId::new(day, ordinal), DECISIONS[decision])
            })
        }),
        nanoseconds(N, N_DAYS, |n_days| {
            let mut state = black_box(1);
            leads::<N>(n_days, |_, _, _, _| uniform(splitmix(&mut state)))
        }),
        nanoseconds(N, N_DAYS, |n_days| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(black_box(1));
            leads::<N>(n_days, |_, _, _, _| uniform(rng.next_u64()))
        }),
        nanoseconds(N, N_DAYS / 4, |n_days| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
            leads::<N>(n_days, |source, day, ordinal, decision| {
                if decision == 0 {
                    rng = Xoshiro256PlusPlus::seed_from_u64(
                        seeds[source][0] ^ counter(day, ordinal, 0),
                    );
                }
                uniform(rng.next_u64())
            })
        }),
        nanoseconds(N, N_DAYS / 4, |n_days| {
            leads::<N>(n_days, |source, day, ordinal, decision| {
                let seed = seeds[source][0] ^ counter(day, ordinal, decision);
                uniform(Xoshiro256PlusPlus::seed_from_u64(seed).next_u64())
            })
        }),
        nanoseconds(N, N_DAYS / 40, |n_days| {
            leads::<N>(n_days, |source, day, ordinal, decision| {
                let mut seed = [0; 32];
                seed[..8].copy_from_slice(&seeds[source][0].to_le_bytes());
                seed[8..16].copy_from_slice(&seeds[source][1].to_le_bytes());
                seed[16..24].copy_from_slice(&counter(day, ordinal, decision).to_le_bytes());
                uniform(StdRng::from_seed(seed).next_u64())
            })
        }),
    ]
}

fn main() {
    let names: [&[&str]; N_SOURCES] = [
        &["web"],
        &["ads"],
        &["events"],
        &["partners"],
        &["web", "a"],
        &["ads", "a"],
        &["mail"],
        &["phone"],
    ];
    let keys = names.map(|names| Entity::new(Kind::Leads, names).key(1, 0));
    let columns = [
        (1, row::<1>(&keys)),
        (3, row::<3>(&keys)),
        (8, row::<8>(&keys)),
    ];
    let what = [
        "keyed (funnelcast)",
        "SplitMix64, sequential",
        "xoshiro256++, sequential",
        "xoshiro256++, re-seeded per lead",
        "xoshiro256++, re-seeded per decision",
        "ChaCha12 (StdRng), re-seeded per decision",
    ];
    println!(
        "{:<42}{:>12}{:>12}{:>12}",
        "ns per decision; decisions per lead:", 1, 3, 8
    );
    for (i, what) in what.iter().enumerate() {
        print!("{what:<42}");
        for (_, nanoseconds) in &columns {
            print!("{:>12.2}", nanoseconds[i]);
        }
        println!();
    }
}
