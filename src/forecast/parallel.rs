//! Work on all cores with results in order; the only place that knows rayon (feature `parallel`).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How the caller follows a long run: progress is told, cancellation is asked. Both come from any thread.
pub trait Watch: Sync {
    /// This many replications are about to be run, beside those planned before.
    fn planned(&self, _replications: u64) {}

    /// Some replications are done; `leads` were simulated in them.
    fn advanced(&self, _replications: u64, _leads: u64) {}

    /// Whether no new work shall be begun. What was begun is finished.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Watches nothing and never cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// A team of threads. What it computes does not depend on how many there are.
#[derive(Debug)]
pub struct Workers {
    #[cfg(feature = "parallel")]
    pool: Option<rayon::ThreadPool>,
}

impl Workers {
    /// `threads` threads; `None` stands for one per core.
    ///
    /// One thread, or a system that grants no more, works on the caller's own thread, and so
    /// does a build without the feature `parallel`.
    pub fn new(threads: Option<usize>) -> Workers {
        #[cfg(feature = "parallel")]
        {
            let available = || std::thread::available_parallelism().map_or(1, usize::from);
            let threads = threads.unwrap_or_else(available);
            let build = || rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            Workers {
                pool: (threads > 1).then(build).and_then(Result::ok),
            }
        }
        #[cfg(not(feature = "parallel"))]
        {
            let _ = threads;
            Workers {}
        }
    }

    /// `work` on 0, 1, 2 … below `n`, in that order in the result, each thread with a scratch of its own.
    pub fn map<S, T: Send>(
        &self,
        n: usize,
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) -> T + Sync,
    ) -> Vec<T> {
        let mut results = Vec::new();
        self.each(n, &|| false, scratch, work, |result| results.push(result));
        results
    }

    /// `work` on 0, 1, 2 … below `n`, each thread with a scratch of its own; `keep` is given the
    /// results in that order, soon after they are there.
    ///
    /// Once `cancelled` answers yes, no further index is begun; `keep` is then given what it is in
    /// a shorter run: indices are handed out in order and finished, so nothing is missing between.
    pub fn each<S, T: Send>(
        &self,
        n: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) -> T + Sync,
        keep: impl FnMut(T) + Send,
    ) {
        let next = AtomicUsize::new(0);
        let order = Mutex::new(Order {
            next: 0,
            early: BTreeMap::new(),
            keep,
        });
        self.run(|| {
            let mut scratch = scratch();
            while !cancelled() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= n {
                    break;
                }
                let result = work(&mut scratch, index);
                let mut order = order.lock().expect("keeping a result does not panic");
                order.hand_in(index, result);
            }
        });
    }

    /// Runs `worker` once on every thread.
    #[cfg(feature = "parallel")]
    fn run(&self, worker: impl Fn() + Sync) {
        match &self.pool {
            Some(pool) => drop(pool.broadcast(|_| worker())),
            None => worker(),
        }
    }

    #[cfg(not(feature = "parallel"))]
    fn run(&self, worker: impl Fn() + Sync) {
        worker()
    }
}

/// Puts results in order.
struct Order<T, K> {
    /// Index of the result that is kept next.
    next: usize,
    /// Results that came before their turn.
    early: BTreeMap<usize, T>,
    keep: K,
}

impl<T, K: FnMut(T)> Order<T, K> {
    fn hand_in(&mut self, index: usize, result: T) {
        self.early.insert(index, result);
        while let Some(result) = self.early.remove(&self.next) {
            (self.keep)(result);
            self.next += 1;
        }
    }
}

impl Default for Workers {
    fn default() -> Self {
        Workers::new(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        let squares: Vec<usize> = (0..1000).map(|i| i * i).collect();
        for threads in [1, 2, 7] {
            let got = Workers::new(Some(threads)).map(1000, || (), |(), i| i * i);
            assert_eq!(got, squares);
        }
    }

    #[test]
    fn cancelling_keeps_a_prefix_without_gaps() {
        for threads in [1, 2, 7] {
            let begun = AtomicUsize::new(0);
            let cancelled = || begun.load(Ordering::Relaxed) >= 100;
            let work = |_: &mut (), i| {
                begun.fetch_add(1, Ordering::Relaxed);
                i
            };
            let mut got = Vec::new();
            let workers = Workers::new(Some(threads));
            workers.each(100_000, &cancelled, || (), work, |i| got.push(i));
            assert!((100..100 + threads).contains(&got.len()));
            assert!(got.iter().copied().eq(0..got.len()));
        }
    }
}
