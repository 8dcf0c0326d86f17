//! Work on all cores with results in order; the only place that knows rayon (feature `parallel`).

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
    ///
    /// Once `cancelled` answers yes, no further index is begun; the result is then that of a
    /// shorter run: indices are handed out in order and finished, so nothing is missing between.
    pub fn map<S, T: Send>(
        &self,
        n: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) -> T + Sync,
    ) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let worker = || {
            let mut scratch = scratch();
            let mut done = Vec::new();
            while !cancelled() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= n {
                    break;
                }
                done.push((index, work(&mut scratch, index)));
            }
            done
        };
        let mut done = self.run(worker);
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Runs `worker` once on every thread and chains what they return.
    #[cfg(feature = "parallel")]
    fn run<T: Send>(&self, worker: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
        match &self.pool {
            Some(pool) => pool.broadcast(|_| worker()).into_iter().flatten().collect(),
            None => worker(),
        }
    }

    #[cfg(not(feature = "parallel"))]
    fn run<T: Send>(&self, worker: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
        worker()
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
            let got = Workers::new(Some(threads)).map(1000, &|| false, || (), |(), i| i * i);
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
            let got = Workers::new(Some(threads)).map(100_000, &cancelled, || (), work);
            assert!((100..100 + threads).contains(&got.len()));
            assert!(got.iter().copied().eq(0..got.len()));
        }
    }
}
