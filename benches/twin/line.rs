//! The line in front of the sales reps: first come, first served, every rep alike.

/// Bits of a key that name the rep; the rest is the time the rep is next free.
const ID_BITS: u32 = 8;

/// Times are counted in 2⁻⁴³ days: what `512 + t` resolves to as a double.
const ZERO: u64 = 512.0_f64.to_bits();

/// Ticks of `t` \[days, 0 ≤ t < 512\].
#[inline(always)]
pub fn ticks(t: f64) -> u64 {
    (t + 512.0).to_bits() - ZERO
}

/// Days of `ticks`, for times below 512 days.
#[inline(always)]
pub fn days(ticks: u64) -> f64 {
    f64::from_bits(ticks + ZERO) - 512.0
}

/// Ticks in one day, as a power of two.
pub const DAY_BITS: u32 = 43;

/// When each rep is next free, as a tournament whose root is the first to be free.
///
/// Replacing the root costs `LEVELS` comparisons on a known path, without a branch.
pub struct Reps {
    /// `[node]`: the earliest key below it; children of `i` are `2i`, `2i + 1`; leaves follow.
    tree: [u64; 512],
    levels: u32,
}

impl Reps {
    /// All reps free at time 0.
    ///
    /// - `n_reps` \[1..=256\]
    pub fn new(n_reps: usize) -> Self {
        assert!((1..=256).contains(&n_reps), "a twin has 1 to 256 reps");
        let n_leaves = n_reps.next_power_of_two().max(2);
        let mut tree = [u64::MAX; 512];
        for rep in 0..n_reps {
            tree[n_leaves + rep] = rep as u64;
        }
        for node in (1..n_leaves).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Self {
            tree,
            levels: n_leaves.ilog2(),
        }
    }

    /// Serves `arrivals` in order, writes when each is done, and returns the sum of waits.
    ///
    /// Stops at the first lead that would start at or after `horizon`; all times in ticks.
    ///
    /// - Returns (leads started, sum of their waits)
    pub fn serve(
        &mut self,
        arrivals: &[u64],
        services: &[u64],
        horizon: u64,
        done: &mut [f64],
    ) -> (usize, u64) {
        match self.levels {
            4 => self.serve_at::<4>(arrivals, services, horizon, done),
            8 => self.serve_at::<8>(arrivals, services, horizon, done),
            1 => self.serve_at::<1>(arrivals, services, horizon, done),
            2 => self.serve_at::<2>(arrivals, services, horizon, done),
            3 => self.serve_at::<3>(arrivals, services, horizon, done),
            5 => self.serve_at::<5>(arrivals, services, horizon, done),
            6 => self.serve_at::<6>(arrivals, services, horizon, done),
            _ => self.serve_at::<7>(arrivals, services, horizon, done),
        }
    }

    #[inline(always)]
    fn serve_at<const LEVELS: u32>(
        &mut self,
        arrivals: &[u64],
        services: &[u64],
        horizon: u64,
        done: &mut [f64],
    ) -> (usize, u64) {
        let mut waits = 0;
        let mut n_started = 0;
        let mut root = self.tree[1];
        for ((&arrival, &service), done) in arrivals.iter().zip(services).zip(done) {
            let start = arrival.max(root >> ID_BITS);
            if start >= horizon {
                break;
            }
            let end = start + service;
            waits += start - arrival;
            *done = days(end);
            let rep = root & ((1 << ID_BITS) - 1);
            root = self.replace::<LEVELS>(rep as usize, end << ID_BITS | rep);
            n_started += 1;
        }
        (n_started, waits)
    }

    /// Gives `rep` the key `key` and returns the new root.
    #[inline(always)]
    fn replace<const LEVELS: u32>(&mut self, rep: usize, mut key: u64) -> u64 {
        let mut node = (1 << LEVELS) + rep;
        for _ in 0..LEVELS {
            self.tree[node & 511] = key;
            key = key.min(self.tree[(node ^ 1) & 511]);
            node >>= 1;
        }
        self.tree[1] = key;
        key
    }
}

/// Sorts one day's arrivals into `sorted`: 256 cells of the day first, then within them.
pub fn sort_day(arrivals: &[u64], sorted: &mut [u64]) {
    let sorted = &mut sorted[..arrivals.len()];
    if arrivals.len() < 48 {
        sorted.copy_from_slice(arrivals);
    } else {
        scatter(arrivals, sorted);
    }
    settle(sorted);
}

fn scatter(arrivals: &[u64], sorted: &mut [u64]) {
    let cell = |t: u64| (t >> (DAY_BITS - 8)) as usize & 255;
    let mut next = [0_u32; 257];
    for &t in arrivals {
        next[cell(t) + 1] += 1;
    }
    let mut sum = 0;
    for slot in &mut next {
        sum += *slot;
        *slot = sum;
    }
    for &t in arrivals {
        let slot = &mut next[cell(t)];
        sorted[*slot as usize] = t;
        *slot += 1;
    }
}

/// Insertion sort.
fn settle(sorted: &mut [u64]) {
    for i in 1..sorted.len() {
        let t = sorted[i];
        let mut j = i;
        while j > 0 && sorted[j - 1] > t {
            sorted[j] = sorted[j - 1];
            j -= 1;
        }
        sorted[j] = t;
    }
}
