//! The Poisson law, for how many leads a day brings.

use crate::math;

/// Mean up to which probabilities are added up from 0; beyond, the search starts near the answer.
const SMALL_MEAN: f64 = 32.0;

/// The smallest count whose cumulative probability reaches `u`, for a Poisson law.
///
/// - `mean` \[≥ 0\]; anything else counts as 0; `u` \[inside (0, 1)\]
/// - Increasing in `u` and in `mean`: more demand only adds leads.
/// - O(mean) up to a mean of 32, O(1) beyond: a Cornish-Fisher guess put right by the exact probabilities.
pub fn poisson_quantile(mean: f64, u: f64) -> u64 {
    if !(mean > 0.0) {
        0
    } else if mean <= SMALL_MEAN {
        search_up(0, mean, u, math::exp(-mean), 0.0)
    } else {
        search_near(mean, u)
    }
}

/// The quantile at or above `k`, of probability `p`, with cumulative probability `below` under it.
fn search_up(mut k: u64, mean: f64, u: f64, mut p: f64, below: f64) -> u64 {
    let mut cumulative = below + p;
    while cumulative < u && p > f64::MIN_POSITIVE {
        k += 1;
        p *= mean / k as f64;
        cumulative += p;
    }
    k
}

fn search_near(mean: f64, u: f64) -> u64 {
    let z = math::normal_quantile(u);
    let sd = mean.sqrt();
    let guess = mean + sd * z + (z * z - 1.0) / 6.0 + (z - z * z * z) / (72.0 * sd);
    let mut k = guess.max(0.0) as u64;
    let cumulative = math::gamma_q(k as f64 + 1.0, mean);
    let mut p = math::gamma_density(k as f64 + 1.0, mean);
    if cumulative < u {
        return search_up(k, mean, u, p, cumulative - p);
    }
    let mut below = cumulative - p;
    while k > 0 && below >= u {
        p *= k as f64 / mean;
        k -= 1;
        below -= p;
    }
    k
}
