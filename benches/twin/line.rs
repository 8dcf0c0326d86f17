//! The line in front of the sales reps: first come, first served, every rep alike.

/// Low bits of a time that give way to the number of a rep: 4e-12 days at most.
const ID: u64 = 255;

/// When each rep is next free, as a tournament: replacing the first to be free costs one
/// comparison per round, against a rival known beforehand, without a branch.
///
/// Times are the bits of a non-negative `f64`, which sort as integers.
pub struct Reps {
    /// `[node]`: the earliest below it; children of `i` are `2i`, `2i + 1`; leaves follow.
    tree: [u64; 512],
    n_rounds: u32,
}

impl Reps {
    /// All reps free at time 0.
    ///
    /// - `n_reps` \[1..=256\]
    pub fn new(n_reps: usize) -> Self {
        let n_leaves = n_reps.next_power_of_two();
        let mut tree = [u64::MAX; 512];
        for rep in 0..n_reps {
            tree[n_leaves + rep] = rep as u64;
        }
        for node in (1..n_leaves).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Self {
            tree,
            n_rounds: n_leaves.ilog2(),
        }
    }

    /// When the first rep is free.
    #[inline(always)]
    pub fn first_free(&self) -> f64 {
        f64::from_bits(self.tree[1] & !ID)
    }

    /// Holds that rep until `end`.
    #[inline(always)]
    pub fn hold_until(&mut self, end: f64) {
        let rep = self.tree[1] & ID;
        let mut first = end.to_bits() & !ID | rep;
        let mut node = (1 << self.n_rounds) + rep as usize;
        for _ in 0..self.n_rounds {
            self.tree[node % 512] = first;
            first = first.min(self.tree[(node ^ 1) % 512]);
            node /= 2;
        }
        self.tree[1] = first;
    }
}

/// Sorts the `times` of one day: into 256 cells of the day if there are many, then by insertion.
pub fn sort_day(times: &[f64], sorted: &mut Vec<f64>) {
    sorted.clear();
    sorted.extend_from_slice(times);
    if times.len() >= 48 {
        let cell = |t: f64| super::whole(t * 256.0) % 256;
        let mut next = [0_u32; 256];
        for &t in times {
            next[cell(t)] += 1;
        }
        let mut sum = 0;
        for slot in &mut next {
            sum += std::mem::replace(slot, sum);
        }
        for &t in times {
            let slot = &mut next[cell(t)];
            sorted[*slot as usize] = t;
            *slot += 1;
        }
    }
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

/// Compares the sort and the tournament with the plain rules.
///
/// # Panics
///
/// When they differ.
pub fn check(n_reps: usize) {
    let mut stream = super::Stream::new(n_reps as u64);
    let mut reps = Reps::new(n_reps);
    let mut free = vec![0.0_f64; n_reps];
    let mut line = Vec::new();
    for day in 0..100 {
        let times: Vec<f64> = (0..n_reps)
            .map(|_| f64::from(day) + stream.uniform() * 0.999)
            .collect();
        sort_day(&times, &mut line);
        let mut sorted = times;
        sorted.sort_by(f64::total_cmp);
        assert_eq!(line, sorted);
        for &joined in &line {
            let first = free.iter_mut().min_by(|a, b| a.total_cmp(b));
            let first = first.expect("there is a rep");
            assert!((*first - reps.first_free()).abs() < 1e-9);
            *first = joined.max(*first) + 1.9 * stream.uniform();
            reps.hold_until(*first);
        }
    }
}
