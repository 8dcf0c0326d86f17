//! The Poisson law, for how many leads a day brings.

use crate::math;

/// Mean up to which probabilities are added up from 0; beyond, the search starts near the answer.
const SMALL_MEAN: f64 = 256.0;

/// `1 / k`, `[k]`; the first is not used.
static RECIPROCALS: [f64; 512] = {
    let mut reciprocals = [0.0; 512];
    let mut k = 1;
    while k < 512 {
        reciprocals[k] = 1.0 / k as f64;
        k += 1;
    }
    reciprocals
};

/// The smallest count whose cumulative probability reaches `u`, for a Poisson law.
///
/// - `mean` \[≥ 0\]; anything else counts as 0; `u` \[inside (0, 1)\]
/// - Increasing in `u` and in `mean`: more demand only adds leads.
/// - O(mean) up to a mean of 256, O(1) beyond: a Cornish-Fisher guess put right by the exact probabilities.
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
        p *= mean
            * RECIPROCALS
                .get(k as usize)
                .copied()
                .unwrap_or_else(|| 1.0 / k as f64);
        cumulative += p;
    }
    k
}

fn search_near(mean: f64, u: f64) -> u64 {
    let z = math::normal_quantile(u);
    let sd = mean.sqrt();
    let guess = mean + sd * z + (z * z - 1.0) / 6.0 + (z - z * z * z) / (72.0 * sd);
    let mut k = guess.max(0.0) as u64;
    let gamma = math::IncompleteGamma::new(k as f64 + 1.0);
    let tails = gamma.tails(mean);
    let cumulative = tails.upper;
    let mut p = tails.density_times_x / mean;
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

/// A Poisson law that is drawn from often: its cumulative probabilities, to look up.
#[derive(Debug, Clone)]
pub struct PoissonTable {
    mean: f64,
    first: u64,
    /// Of `first`, `first + 1`, …
    cumulative: Vec<f64>,
    /// Where to begin to look, by parts of (0, 1): the place of the first that reaches the part's start.
    ///
    /// H.-C. Chen and Y. Asau, "On generating random variates from an empirical distribution", AIIE Transactions 6(2), 1974.
    guide: [u32; PARTS],
}

const PARTS: usize = 256;

impl PoissonTable {
    /// Tabulates the law of this mean \[≥ 0\]. O(root of the mean).
    pub fn new(mean: f64) -> Self {
        let first = poisson_quantile(mean, 1e-15);
        let last = poisson_quantile(mean, 1.0 - 1e-15);
        let shape = |k: u64| k as f64 + 1.0;
        let cumulative = (first..=last).map(|k| {
            if mean > 0.0 {
                math::gamma_q(shape(k), mean)
            } else {
                1.0
            }
        });
        let cumulative: Vec<f64> = cumulative.collect();
        let guide = std::array::from_fn(|part| {
            let start = part as f64 / PARTS as f64;
            cumulative.partition_point(|&reached| reached < start) as u32
        });
        Self {
            mean,
            first,
            cumulative,
            guide,
        }
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The same count as [`poisson_quantile`], but for rounding in the last digit of a probability. `u` \[inside (0, 1)\].
    #[inline]
    pub fn quantile(&self, u: f64) -> u64 {
        let part = (u * PARTS as f64) as usize;
        let mut place = self.guide[part.min(PARTS - 1)] as usize;
        while place + 1 < self.cumulative.len() && self.cumulative[place] < u {
            place += 1;
        }
        self.first + place as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At numbers between and on the borders of the parts, and far out.
    #[test]
    fn looked_up_counts_are_those_searched_for() {
        let mut u: Vec<f64> = (1..4 * PARTS)
            .map(|i| i as f64 / (4 * PARTS) as f64)
            .collect();
        u.extend([1e-12, 1e-9, 1.0 - 1e-9, 1.0 - 1e-12]);
        for mean in [0.0, 0.01, 1.0, 7.5, 50.0, 255.0, 1000.0, 40_000.0] {
            let table = PoissonTable::new(mean);
            for &u in &u {
                assert_eq!(table.quantile(u), poisson_quantile(mean, u), "{mean}, {u}");
            }
        }
    }
}
