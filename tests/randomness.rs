//! The random numbers: statistics of the function, and numbers that may never change.
//!
//! Every statistic is taken on keys and counters as the funnel makes them: few bits vary, most are zero.
//! Seeds are fixed, so a result is either always reached or never: the false-alarm rates say how likely
//! a *perfect* function would have failed when these tests were first run, or will after a change of values.
//!
//! Two-sided tests at [`ALPHA`] = 1e-7 per p-value; 4,286 p-values, so 4e-4 in all; two tests
//! state their own rates on top.

use funnelcast::math::{gamma_q, normal_cdf, normal_quantile, normal_sf};
use funnelcast::random::{Decision, Entity, EventId, Key, Kind, parameter_uniform};
use std::fmt::Write;

/// Tail probability on either side at which a p-value fails.
const ALPHA: f64 = 0.5e-7;

const DECISIONS: [Decision; 26] = [
    Decision::ArrivalTime,
    Decision::Quality,
    Decision::Readiness,
    Decision::NurturingDelay,
    Decision::Maturation,
    Decision::Fading,
    Decision::Qualification,
    Decision::Leak,
    Decision::Routing,
    Decision::Expiry,
    Decision::Contact,
    Decision::Acceptance,
    Decision::Reason,
    Decision::Hold,
    Decision::Recycling,
    Decision::RecyclingDelay,
    Decision::Opportunity,
    Decision::Outcome,
    Decision::StageDays,
    Decision::DealSize,
    Decision::Channel,
    Decision::Segment,
    Decision::Age,
    Decision::DayCount,
    Decision::DayFactor,
    Decision::Parameter,
];

// ---------------------------------------------------------------------------------------------------------
// Numbers of the axes
// ---------------------------------------------------------------------------------------------------------

fn web_leads() -> Entity {
    Entity::new(Kind::Leads, &["web", "mid-market"])
}

/// The 52 bits behind a uniform number.
fn bits_52(uniform: f64) -> u64 {
    (uniform * (1u64 << 52) as f64) as u64
}

/// The counter of (day, ordinal, pass, decision, draw), packed as documented in `random`.
fn counter(day: i32, ordinal: u64, pass: u64, decision: u64, draw: u64) -> u64 {
    ((i64::from(day) + (1 << 19)) as u64) << 44 | ordinal << 20 | pass << 14 | decision << 7 | draw
}

/// The name of source number `i`: a, b, … z, ba, bb, …
fn short_name(i: u64) -> String {
    let mut letters = Vec::new();
    let mut rest = i;
    loop {
        letters.push(b'a' + (rest % 26) as u8);
        rest /= 26;
        if rest == 0 {
            break;
        }
    }
    letters.reverse();
    letters.iter().map(|&letter| char::from(letter)).collect()
}

/// A stream of numbers: successive ones differ along one axis.
struct Axis {
    name: &'static str,
    values: Vec<u64>,
}

fn axis(name: &'static str, n: u64, number: impl FnMut(u64) -> u64) -> Axis {
    Axis {
        name,
        values: (0..n).map(number).collect(),
    }
}

/// Every axis along which a funnel takes numbers, `n` of them each.
fn axes(n: u64) -> Vec<Axis> {
    let key = web_leads().key(1, 0);
    let qualification = Decision::Qualification as u64;
    let param = Entity::new(Kind::Parameter, &["stages.sal.rate"]);
    vec![
        axis("ordinals of one day", n, |i| {
            key.bits(counter(12, i, 0, qualification, 0))
        }),
        axis("ordinals of 1,000 a day", n, |i| {
            key.bits(counter((i / 1_000) as i32, i % 1_000, 0, qualification, 0))
        }),
        axis("days", n, |i| {
            key.bits(counter(
                (i % 1_460) as i32 - 365,
                i / 1_460,
                0,
                qualification,
                0,
            ))
        }),
        axis("first leads of days", n.min(1 << 20), |i| {
            key.bits(counter(i as i32 - (1 << 19), 0, 0, qualification, 0))
        }),
        axis("decisions", n, |i| {
            key.bits(counter((i / 26_000) as i32, i / 26 % 1_000, 0, i % 26, 0))
        }),
        axis("draws", n, |i| {
            key.bits(counter(
                (i / 8_000) as i32,
                i / 8 % 1_000,
                0,
                Decision::StageDays as u64,
                i % 8,
            ))
        }),
        axis("passes", n, |i| {
            key.bits(counter(
                (i / 4_000) as i32,
                i / 4 % 1_000,
                i % 4,
                qualification,
                0,
            ))
        }),
        axis("replications", n, |i| {
            web_leads()
                .key(1, i)
                .bits(counter(0, 0, 0, qualification, 0))
        }),
        axis("replications, day counts", n, |i| {
            let day_count = Entity::new(Kind::DayCount, &["web", "mid-market"]);
            day_count.key(1, i % 4_096).bits(counter(
                (i / 4_096) as i32,
                0,
                0,
                Decision::DayCount as u64,
                0,
            ))
        }),
        axis("seeds", n, |i| {
            web_leads()
                .key(i, 0)
                .bits(counter(0, 0, 0, qualification, 0))
        }),
        axis("parameter draws", n, |i| {
            param
                .key(1, i)
                .bits(counter(0, 0, 0, Decision::Parameter as u64, 0))
        }),
        axis("names", n, |i| {
            let entity = Entity::new(Kind::Leads, &[&short_name(i % 4_096), "x"]);
            entity
                .key(1, 0)
                .bits(counter(0, i / 4_096, 0, qualification, 0))
        }),
        axis("sources of a lead", n, {
            let keys: Vec<Key> = (0..26)
                .map(|i| Entity::new(Kind::Leads, &[&short_name(i)]).key(1, 0))
                .collect();
            move |i| keys[(i % 26) as usize].bits(counter(0, i / 26, 0, qualification, 0))
        }),
    ]
}

// ---------------------------------------------------------------------------------------------------------
// Statistics: each a p-value, uniform if the numbers are independent and uniform
// ---------------------------------------------------------------------------------------------------------

/// Probability of at least this chi-square by chance.
fn chi_square_p(statistic: f64, degrees: f64) -> f64 {
    gamma_q(degrees / 2.0, statistic / 2.0)
}

/// p-value of counts whose cells are equally likely.
fn even_p(counts: &[u32]) -> f64 {
    let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let expected = n / counts.len() as f64;
    let statistic: f64 = counts
        .iter()
        .map(|&count| (f64::from(count) - expected).powi(2) / expected)
        .sum();
    chi_square_p(statistic, (counts.len() - 1) as f64)
}

/// p-value of counts that fall into cells with these probabilities, which add up to 1.
fn uneven_p(counts: &[u32], probabilities: &[f64]) -> f64 {
    let n: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    let statistic: f64 = counts
        .iter()
        .zip(probabilities)
        .map(|(&count, probability)| {
            (f64::from(count) - n * probability).powi(2) / (n * probability)
        })
        .sum();
    chi_square_p(statistic, (counts.len() - 1) as f64)
}

/// p-value of `count` heads in `n` throws.
fn heads_p(count: u64, n: u64) -> f64 {
    normal_sf((count as f64 - n as f64 / 2.0) / (n as f64 / 4.0).sqrt())
}

/// p-values of a Poisson count: of at least this many, of at most this many.
fn poisson_p(count: u64, mean: f64) -> (f64, f64) {
    let below = if count == 0 {
        0.0
    } else {
        gamma_q(count as f64, mean)
    };
    (1.0 - below, gamma_q(count as f64 + 1.0, mean))
}

/// The bits `low .. low + width` of a value.
fn field(value: u64, low: u32, width: u32) -> usize {
    (value >> low & ((1 << width) - 1)) as usize
}

/// How evenly the bits `low .. low + 12` are spread.
fn spread_p(values: &[u64], low: u32) -> f64 {
    let mut counts = vec![0; 4_096];
    for &value in values {
        counts[field(value, low, 12)] += 1;
    }
    even_p(&counts)
}

/// How evenly pairs of 6 bits are spread over 64 × 64 cells.
fn pairs_p(pairs: impl Iterator<Item = (u64, u64)>, low: u32) -> f64 {
    let mut counts = vec![0; 4_096];
    for (a, b) in pairs {
        counts[field(a, low, 6) << 6 | field(b, low, 6)] += 1;
    }
    even_p(&counts)
}

/// How evenly triples of 4 bits are spread over 16 × 16 × 16 cells.
fn triples_p(values: &[u64], low: u32) -> f64 {
    let mut counts = vec![0; 4_096];
    for triple in values.chunks_exact(3) {
        let cell = field(triple[0], low, 4) << 8
            | field(triple[1], low, 4) << 4
            | field(triple[2], low, 4);
        counts[cell] += 1;
    }
    even_p(&counts)
}

/// Of one bit plane: how many ones, how many changes, how long the runs.
fn plane_ps(values: &[u64], plane: u32) -> [f64; 3] {
    let bit = |value: u64| value >> plane & 1;
    let n_ones: u64 = values.iter().map(|&value| bit(value)).sum();
    let mut n_changes = 0;
    let mut lengths = [0u32; 12];
    let mut length = 0;
    for pair in values.windows(2) {
        if bit(pair[0]) == bit(pair[1]) {
            length += 1;
        } else {
            lengths[length.min(11)] += 1;
            n_changes += 1;
            length = 0;
        }
    }
    let probabilities: Vec<f64> = (1..=12).map(|i: i32| 0.5f64.powi(i.min(11))).collect();
    let n = values.len() as u64;
    [
        heads_p(n_ones, n),
        heads_p(n_changes, n - 1),
        uneven_p(&lengths, &probabilities),
    ]
}

/// How long it takes for a number in a sixteenth of (0, 1) to come again.
fn gap_p(values: &[u64], sixteenth: u64) -> f64 {
    const LONGEST: usize = 96;
    let mut gaps = vec![0; LONGEST + 1];
    let mut gap = 0;
    for &value in values {
        if value >> 60 == sixteenth {
            gaps[gap.min(LONGEST)] += 1;
            gap = 0;
        } else {
            gap += 1;
        }
    }
    let probabilities: Vec<f64> = (0..=LONGEST)
        .map(|i| (15.0 / 16.0f64).powi(i as i32) * if i == LONGEST { 1.0 } else { 1.0 / 16.0 })
        .collect();
    uneven_p(&gaps, &probabilities)
}

/// p-value of the correlation between normal scores of numbers and their successors.
fn successor_correlation_p(values: &[u64]) -> f64 {
    let score = |value: u64| normal_quantile(((value >> 12) as f64 + 0.5) / (1u64 << 52) as f64);
    let scores: Vec<f64> = values.iter().map(|&value| score(value)).collect();
    let sum: f64 = scores.chunks_exact(2).map(|pair| pair[0] * pair[1]).sum();
    normal_sf(sum / ((values.len() / 2) as f64).sqrt())
}

/// All p-values of one stream.
fn battery(axis: &Axis) -> Vec<(String, f64)> {
    let values = &axis.values;
    let pairs = || values.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let mut ps = Vec::new();
    let mut note = |what: String, p: f64| ps.push((format!("{}: {what}", axis.name), p));
    for low in [0, 12, 26, 40, 52] {
        note(format!("spread of bits from {low}"), spread_p(values, low));
    }
    for low in [0, 12, 29, 46, 58] {
        note(format!("pairs of bits from {low}"), pairs_p(pairs(), low));
        note(
            format!("triples of bits from {low}"),
            triples_p(values, low),
        );
    }
    note(
        "top bits against low bits".into(),
        pairs_p(values.iter().map(|&v| (v, v >> 46)), 12),
    );
    note(
        "top bits against low bits of the successor".into(),
        pairs_p(pairs().map(|(a, b)| (a >> 46, b)), 12),
    );
    for sixteenth in [0, 7, 15] {
        note(
            format!("gaps of sixteenth {sixteenth}"),
            gap_p(values, sixteenth),
        );
    }
    note(
        "correlation of successors".into(),
        successor_correlation_p(values),
    );
    for plane in 0..64 {
        let [ones, changes, runs] = plane_ps(values, plane);
        note(format!("ones of plane {plane}"), ones);
        note(format!("changes of plane {plane}"), changes);
        note(format!("runs of plane {plane}"), runs);
    }
    ps
}

fn failures(ps: &[(String, f64)]) -> Vec<String> {
    ps.iter()
        .filter(|(_, p)| !(ALPHA..=1.0 - ALPHA).contains(p))
        .map(|(what, p)| format!("{what}: p = {p:.2e}"))
        .collect()
}

fn assert_no_failure(ps: &[(String, f64)]) {
    let failures = failures(ps);
    assert!(
        failures.is_empty(),
        "{} of {} p-values fail:\n{}",
        failures.len(),
        ps.len(),
        failures.join("\n")
    );
}

/// Probability of at least this Kolmogorov–Smirnov distance of uniform p-values by chance.
fn uniform_p(mut ps: Vec<f64>) -> f64 {
    ps.sort_by(f64::total_cmp);
    let n = ps.len() as f64;
    let distance = ps
        .iter()
        .enumerate()
        .map(|(i, p)| (p - i as f64 / n).abs().max(((i + 1) as f64 / n - p).abs()))
        .fold(0.0, f64::max);
    let scaled = (n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance;
    let series: f64 = (1..=100)
        .map(|k: i32| (-1f64).powi(k - 1) * (-2.0 * (f64::from(k) * scaled).powi(2)).exp())
        .sum();
    (2.0 * series).clamp(0.0, 1.0)
}

// ---------------------------------------------------------------------------------------------------------
// Tests
// ---------------------------------------------------------------------------------------------------------

#[test]
fn a_uniform_number_is_its_documented_counter() {
    let key = web_leads().key(7, 3);
    for (day, ordinal, n_passes, decision, draw) in [
        (0, 0, 0, Decision::ArrivalTime, 0),
        (-365, 12, 1, Decision::Leak, 0),
        (1_094, 9_999, 5, Decision::StageDays, 127),
        (
            (1 << 19) - 1,
            EventId::MAX_PER_DAY - 1,
            63,
            Decision::Parameter,
            1,
        ),
    ] {
        let event = (0..n_passes).fold(EventId::new(day, ordinal), |event, _| event.next_pass());
        let bits = key.bits(counter(
            day,
            u64::from(ordinal),
            n_passes,
            decision as u64,
            draw,
        ));
        assert_eq!(bits_52(key.uniform_draw(event, decision, draw)), bits >> 12);
    }
}

/// 13 axes, 213 p-values each.
#[test]
fn numbers_are_uniform_and_independent_along_every_axis() {
    let ps: Vec<_> = axes(1 << 19).iter().flat_map(battery).collect();
    assert_no_failure(&ps);
}

/// The battery has teeth: it finds what one multiplication leaves behind, and what a poor key does.
#[test]
fn weaker_functions_are_found_out() {
    let weak = |name, number: fn(u64) -> u64| {
        let along = [
            axis(name, 3 << 17, |i| number(counter(12, i, 0, 6, 0))),
            axis(name, 3 << 17, |i| number(counter(0, i / 26, 0, i % 26, 0))),
            axis(name, 3 << 17, |i| {
                number(counter((i % 1_460) as i32, i / 1_460, 0, 6, 0))
            }),
        ];
        let ps: Vec<_> = along.iter().flat_map(battery).collect();
        failures(&ps).len()
    };
    const ODD: u64 = 0x8bb8_4b93_962e_acc9;
    let one_fold = |x: u64| {
        let product = u128::from(x ^ 0x2d35_8dcc_aa6c_78a5) * u128::from(ODD);
        product as u64 ^ (product >> 64) as u64
    };
    assert!(weak("product", |x| x.wrapping_mul(ODD)) > 30);
    assert!(weak("one fold", one_fold) > 30);
    assert!(
        weak("xorshift of product", |x| (x ^ x >> 32).wrapping_mul(ODD)
            ^ x >> 29)
            > 30
    );
}

/// 325 pairs of decisions of one lead: top bits, lowest bits in use, correlation of normal scores.
#[test]
fn decisions_of_one_lead_are_independent() {
    const N_LEADS: u64 = 1 << 17;
    let keys = ["a", "b"].map(|name| Entity::new(Kind::Leads, &["web", name]).key(1, 0));
    let columns: Vec<Vec<u64>> = DECISIONS
        .iter()
        .map(|&decision| {
            (0..N_LEADS)
                .map(|i| {
                    let event = EventId::new((i / 1_000) as i32, (i % 500) as u32);
                    bits_52(keys[(i / 500 % 2) as usize].uniform(event, decision))
                })
                .collect()
        })
        .collect();
    let scores: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            column
                .iter()
                .map(|&bits| normal_quantile((bits as f64 + 0.5) / (1u64 << 52) as f64))
                .collect()
        })
        .collect();
    let mut ps = Vec::new();
    let mut sum_of_squares = 0.0;
    for b in 1..DECISIONS.len() {
        for a in 0..b {
            let pairs = || columns[a].iter().copied().zip(columns[b].iter().copied());
            let name = format!("{:?} and {:?}", DECISIONS[a], DECISIONS[b]);
            ps.push((format!("{name}: top bits"), pairs_p(pairs(), 46)));
            ps.push((format!("{name}: low bits"), pairs_p(pairs(), 0)));
            let product: f64 = scores[a].iter().zip(&scores[b]).map(|(x, y)| x * y).sum();
            let z = product / (N_LEADS as f64).sqrt();
            sum_of_squares += z * z;
            ps.push((format!("{name}: correlation"), normal_cdf(z)));
        }
    }
    ps.push((
        "all correlations".into(),
        chi_square_p(sum_of_squares, 325.0),
    ));
    assert_no_failure(&ps);
}

/// Three adjacent counter bits vary, all else is one lead: eight numbers, over many keys.
#[test]
fn few_varying_bits_suffice() {
    const N_KEYS: u64 = 1 << 16;
    let mut ps = Vec::new();
    for (name, shift) in [
        ("draws", 0),
        ("decisions", 7),
        ("passes", 14),
        ("ordinals", 20),
        ("days", 44),
    ] {
        let eights: Vec<[u64; 8]> = (0..N_KEYS)
            .map(|i| {
                let key = web_leads().key(i / 256, i % 256);
                let base = counter(0, 0, 0, 0, 0);
                std::array::from_fn(|j| key.bits(base ^ (j as u64) << shift))
            })
            .collect();
        for low in [12, 35, 58] {
            for b in 1..8 {
                for a in 0..b {
                    let p = pairs_p(eights.iter().map(|eight| (eight[a], eight[b])), low);
                    ps.push((format!("{name} {a} and {b}, bits from {low}"), p));
                }
            }
            // Differences of the second and third order are what a function of low degree would betray.
            for (order, n_corners) in [(2, 4), (3, 8)] {
                let p = |combine: fn(u64, u64) -> u64| {
                    let combined: Vec<u64> = eights
                        .iter()
                        .map(|eight| eight[..n_corners].iter().copied().reduce(combine).unwrap())
                        .collect();
                    spread_p(&combined, low.min(52))
                };
                ps.push((
                    format!("{name}: xor of order {order}, bits from {low}"),
                    p(|x, y| x ^ y),
                ));
                ps.push((
                    format!("{name}: sum of order {order}, bits from {low}"),
                    p(u64::wrapping_add),
                ));
            }
            let signed: Vec<u64> = eights
                .iter()
                .map(|e| {
                    e[0].wrapping_sub(e[1])
                        .wrapping_sub(e[2])
                        .wrapping_add(e[3])
                })
                .collect();
            ps.push((
                format!("{name}: second difference, bits from {low}"),
                spread_p(&signed, low.min(52)),
            ));
        }
    }
    assert_no_failure(&ps);
}

/// Flipping any one input bit flips each of 64 output bits half of the time.
///
/// 13,184 counts of n = 4,096 flips beyond 6 standard deviations, each by chance 2e-9: 2.6e-5 in all. The chi-square
/// of all counts of one input at ALPHA.
#[test]
fn every_input_bit_flips_every_output_bit() {
    const N: u64 = 4_096;
    // Leads, decisions and replications as they occur: nearly all bits are zero.
    let sample = |i: u64| {
        let counter = counter((i % 400) as i32 - 30, i % 7, i % 3 / 2, i % 26, i % 5 / 4);
        (1 + i % 3, i, counter)
    };
    let bits = |(seed, replication, counter): (u64, u64, u64)| {
        web_leads().key(seed, replication).bits(counter)
    };
    let mut ps = Vec::new();
    let mut check = |name: &str, n_inputs: u32, flipped: &dyn Fn(u64, u32) -> (u64, u64)| {
        let mut statistic = 0.0;
        for input in 0..n_inputs {
            let mut n_flips = [0u64; 64];
            for i in 0..N {
                let (before, after) = flipped(i, input);
                let difference = before ^ after;
                for (output, n) in n_flips.iter_mut().enumerate() {
                    *n += difference >> output & 1;
                }
            }
            for (output, &n) in n_flips.iter().enumerate() {
                let z = (n as f64 - N as f64 / 2.0) / (N as f64 / 4.0).sqrt();
                assert!(
                    z.abs() < 6.0,
                    "{name} bit {input} flips bit {output} in {n} of {N} cases"
                );
                statistic += z * z;
            }
        }
        ps.push((
            format!("{name}: all flips"),
            chi_square_p(statistic, f64::from(n_inputs) * 64.0),
        ));
    };
    check("counter", 64, &|i, input| {
        let (seed, replication, counter) = sample(i);
        (
            bits((seed, replication, counter)),
            bits((seed, replication, counter ^ 1 << input)),
        )
    });
    check("seed", 64, &|i, input| {
        let (seed, replication, counter) = sample(i);
        (
            bits((seed, replication, counter)),
            bits((seed ^ 1 << input, replication, counter)),
        )
    });
    check("replication", 64, &|i, input| {
        let (seed, replication, counter) = sample(i);
        (
            bits((seed, replication, counter)),
            bits((seed, replication ^ 1 << input, counter)),
        )
    });
    // The lowest bit of each of 14 letters in two names: beyond one word, so that all absorbing counts.
    check("names", 14, &|i, input| {
        let name = |flip: Option<usize>| {
            let mut letters = *b"paidsearchroad";
            if let Some(place) = flip {
                letters[place] ^= 1;
            }
            let text = String::from_utf8(letters.to_vec()).unwrap();
            let entity = Entity::new(Kind::Leads, &[&text[..10], &text[10..]]);
            let (seed, replication, counter) = sample(i);
            entity.key(seed, replication).bits(counter)
        };
        (name(None), name(Some(input as usize)))
    });
    assert_no_failure(&ps);
}

/// Equal values come as often as the birthday law says: among 2^22 values 5e-7 times in 64 bits,
/// 0.002 times in 52, 8 times in 40 of them.
#[test]
fn values_repeat_as_often_as_the_birthday_law_says() {
    const N: u64 = 1 << 22;
    let everything = |i: u64| {
        // 4 replications of 2 sources, 64 days of 256 leads each, 32 numbers per lead.
        let key =
            Entity::new(Kind::Leads, &[["web", "events"][(i >> 19 & 1) as usize]]).key(1, i >> 20);
        key.bits(counter(
            (i >> 13 & 63) as i32,
            i >> 5 & 255,
            0,
            i & 15,
            i >> 4 & 1,
        ))
    };
    let streams = [
        axis("a run", N, everything),
        axis("replications", N, |i| {
            web_leads().key(1, i).bits(counter(0, 0, 0, 6, 0))
        }),
        axis("ordinals", N, |i| {
            web_leads().key(1, 0).bits(counter(0, i, 0, 6, 0))
        }),
    ];
    let mut ps = Vec::new();
    for Axis { name, values } in &streams {
        for (low, width) in [(0, 64), (12, 52), (0, 40), (12, 40), (24, 40)] {
            let mut sorted: Vec<u64> = values
                .iter()
                .map(|value| value >> low & u64::MAX >> (64 - width))
                .collect();
            sorted.sort_unstable();
            let n_repeats = sorted.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
            let expected = (N as f64).powi(2) / 2.0 / 2f64.powi(width);
            let (at_least, at_most) = poisson_p(n_repeats, expected);
            ps.push((
                format!("{name}: {n_repeats} repeats in {width} bits from {low}, too many"),
                at_least.min(0.5),
            ));
            ps.push((
                format!("{name}: {n_repeats} repeats in {width} bits from {low}, too few"),
                at_most.min(0.5),
            ));
        }
        // Marsaglia's birthday spacings: 512 birthdays in a year of 2^24 days, 2 equal spacings expected a year.
        for low in [0, 12, 20, 40] {
            let mut n_equal = 0;
            let mut n_years = 0;
            for year in values.chunks_exact(512) {
                let mut birthdays: Vec<u64> =
                    year.iter().map(|value| value >> low & 0xff_ffff).collect();
                birthdays.sort_unstable();
                let mut spacings: Vec<u64> =
                    birthdays.windows(2).map(|pair| pair[1] - pair[0]).collect();
                spacings.sort_unstable();
                n_equal += spacings
                    .windows(2)
                    .filter(|pair| pair[0] == pair[1])
                    .count() as u64;
                n_years += 1;
            }
            let expected = f64::from(n_years) * 512f64.powi(3) / 4.0 / 2f64.powi(24);
            let z = (n_equal as f64 - expected) / expected.sqrt();
            ps.push((
                format!("{name}: equal spacings in bits from {low}, {n_equal} of {expected}"),
                normal_sf(z),
            ));
        }
    }
    assert_no_failure(&ps);
}

/// First-level p-values of 1,000 seeds are uniform: Kolmogorov–Smirnov at alpha = 0.001, four times, so 0.004 in all.
#[test]
fn p_values_over_seeds_are_uniform() {
    const N_SEEDS: u64 = 1_000;
    let mut spreads = Vec::new();
    let mut pairs = Vec::new();
    let mut correlations = Vec::new();
    let mut replications = Vec::new();
    for seed in 0..N_SEEDS {
        let key = web_leads().key(seed, 0);
        let lead = |i: u64, decision| {
            key.uniform(EventId::new((i / 50) as i32, (i % 50) as u32), decision)
        };
        let mut counts = vec![0; 256];
        let mut cells = vec![0; 256];
        let mut product = 0.0;
        for i in 0..1 << 14 {
            let [leak, contact, size] = [Decision::Leak, Decision::Contact, Decision::DealSize]
                .map(|decision| lead(i, decision));
            counts[(leak * 256.0) as usize] += 1;
            cells[(leak * 16.0) as usize * 16 + (contact * 16.0) as usize] += 1;
            product += (contact - 0.5) * (size - 0.5) * 12.0;
        }
        spreads.push(even_p(&counts));
        pairs.push(even_p(&cells));
        correlations.push(normal_cdf(product / f64::from(1 << 14).sqrt()));
        let mut counts = vec![0; 256];
        for replication in 0..1 << 14 {
            let key = web_leads().key(seed, replication);
            counts[(key.uniform(EventId::new(0, 0), Decision::Leak) * 256.0) as usize] += 1;
        }
        replications.push(even_p(&counts));
    }
    for (name, ps) in [
        ("spread", spreads),
        ("pairs", pairs),
        ("correlation", correlations),
        ("replications", replications),
    ] {
        let p = uniform_p(ps);
        assert!(p > 0.001, "p-values of {name} are not uniform: p = {p:.2e}");
    }
}

/// Lines of `tests/golden/random_bits.txt`: what is drawn, and the bits of the uniform number.
fn golden_lines() -> String {
    let mut text = String::from(
        "# Uniform numbers that may never change: (kind, names, seed, replication, day, ordinal, pass, decision, draw).\n\
         # A change here changes every result. Only on purpose: UPDATE_GOLDEN=1 cargo test --test randomness golden\n",
    );
    let kinds = [
        Kind::Leads,
        Kind::DayCount,
        Kind::DayFactor,
        Kind::OpenRecord,
        Kind::Parameter,
    ];
    let names: [&[&str]; 8] = [
        &[],
        &[""],
        &["web", "smb"],
        &["smb", "web"],
        &["webs", "mb"],
        &["Empfehlung über Partner", "Großkunden"],
        &["紹介", "大企業"],
        &["exactly8", "exactly8exactly8", "nine.byte"],
    ];
    let events = [
        (0, 0, 0),
        (0, 1, 0),
        (1, 0, 0),
        (-1, 0, 0),
        (-365, 12, 1),
        (1_094, 9_999, 2),
        (-(1 << 19), 0, 0),
        (
            (1 << 19) - 1,
            EventId::MAX_PER_DAY - 1,
            EventId::MAX_PASSES - 1,
        ),
    ];
    let seeds = [0, 1, 2, 42, 20_261_123, u64::MAX];
    for i in 0..60usize {
        let kind = kinds[i % kinds.len()];
        let names = names[i % names.len()];
        let (seed, replication) = (
            seeds[i % seeds.len()],
            [0, 1, 2, 999, 65_536, 1 << 40, u64::MAX][i % 7],
        );
        let (day, ordinal, pass) = events[(i / 2 + i / 16) % events.len()];
        let (decision, draw) = (
            DECISIONS[i * 7 % DECISIONS.len()],
            [0, 0, 1, 5, 127][i / 3 % 5],
        );
        let event = (0..pass).fold(EventId::new(day, ordinal), |event, _| event.next_pass());
        let u = Entity::new(kind, names)
            .key(seed, replication)
            .uniform_draw(event, decision, draw);
        writeln!(
            text,
            "{kind:?} {names:?} seed {seed} replication {replication} day {day} ordinal {ordinal} pass {pass} \
             {decision:?} draw {draw}: {:016x} {u:.6}",
            u.to_bits()
        )
        .unwrap();
    }
    for (seed, draw, path) in [
        (1, 0, "stages.sal.rate"),
        (1, 1, "stages.sal.rate"),
        (2, 0, "stages.sal.rate"),
        (1, 0, "größe"),
    ] {
        let u = parameter_uniform(seed, draw, path);
        writeln!(
            text,
            "parameter_uniform seed {seed} draw {draw} {path:?}: {:016x} {u:.6}",
            u.to_bits()
        )
        .unwrap();
    }
    text
}

#[test]
fn golden_numbers_have_not_changed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/random_bits.txt");
    let now = golden_lines();
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(path, &now).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    for (golden, now) in golden.lines().zip(now.lines()) {
        assert_eq!(
            golden, now,
            "a number changed: see the head of tests/golden/random_bits.txt"
        );
    }
    assert_eq!(golden.lines().count(), now.lines().count());
}
