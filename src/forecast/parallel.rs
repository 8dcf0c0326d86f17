//! Work on all cores with results in order; the only place that knows rayon (feature `parallel`).

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::funnel::MOST_FOLLOWED;

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

/// A replication that could not be run to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("replication {replication} of {scenario} with seed {seed} failed: {reason}")]
pub struct FailedReplication {
    /// Name of the scenario.
    pub scenario: String,
    pub seed: u64,
    /// Its number: it fails alone as it does among others.
    pub replication: u64,
    /// What went wrong: the words of a panic, or what there was too much of.
    pub reason: String,
    /// Whether the engine is to blame, and not the scenario.
    pub is_defect: bool,
}

impl FailedReplication {
    /// A replication whose scenario lets customers, or leads that they refer, become too many.
    pub(super) fn too_many(scenario: String, seed: u64, replication: u64) -> FailedReplication {
        let reason = format!(
            "customers and the leads that they refer become more than {} million, the most that one replication follows",
            MOST_FOLLOWED / 1_000_000
        );
        FailedReplication {
            scenario,
            seed,
            replication,
            reason,
            is_defect: false,
        }
    }

    /// Ends the work on such a replication.
    pub(super) fn of_too_many(scenario: String, seed: u64, replication: u64) -> ! {
        resume_unwind(Box::new(Self::too_many(scenario, seed, replication)))
    }

    /// What `work` yields, which runs one replication; a panic of it goes on under the name of this one.
    pub(super) fn or_panic<T>(
        scenario: impl FnOnce() -> String,
        seed: u64,
        replication: u64,
        work: impl FnOnce() -> T,
    ) -> T {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            resume_unwind(Box::new(FailedReplication {
                scenario: scenario(),
                seed,
                replication,
                reason: words(&*panic),
                is_defect: true,
            }))
        })
    }
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no reason is known".to_owned())
}

/// Work that panicked.
#[derive(Debug)]
pub(super) struct Panicked {
    /// The least index whose work did, whatever the number of threads.
    pub index: usize,
    /// What it panicked with.
    pub panic: Box<dyn Any + Send>,
}

impl Panicked {
    /// The replication that failed, where one did; any other panic goes on.
    pub(super) fn failed(self) -> FailedReplication {
        match self.panic.downcast() {
            Ok(failed) => *failed,
            Err(panic) => resume_unwind(panic),
        }
    }
}

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
        let done = self.each(n, &|| false, scratch, work, |result| results.push(result));
        match done {
            Ok(()) => results,
            Err(Panicked { panic, .. }) => resume_unwind(panic),
        }
    }

    /// `work` on 0, 1, 2 … below `n`, each thread with a scratch of its own; `keep` is given the
    /// results in that order, soon after they are there.
    ///
    /// Once `cancelled` answers yes, no further index is begun; `keep` is then given what it is in
    /// a shorter run: indices are handed out in order and finished, so nothing is missing between.
    ///
    /// # Errors
    /// If `work` panics; no further index is begun, and `keep` may not have been given all before it.
    pub(super) fn each<S, T: Send>(
        &self,
        n: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize) -> T + Sync,
        keep: impl FnMut(T) + Send,
    ) -> Result<(), Panicked> {
        let failed = Failed::default();
        let next = AtomicUsize::new(0);
        let order = Mutex::new(Order {
            next: 0,
            early: BTreeMap::new(),
            keep,
        });
        self.run(|| {
            let mut scratch = scratch();
            while !failed.any() && !cancelled() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= n {
                    break;
                }
                match catch_unwind(AssertUnwindSafe(|| work(&mut scratch, index))) {
                    Ok(result) => {
                        let mut order = order.lock().expect("keeping a result does not panic");
                        order.hand_in(index, result);
                    }
                    // What the scratch holds now is not used again.
                    Err(panic) => failed.hand_in(Panicked { index, panic }),
                }
            }
        });
        failed.first()
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

/// The first failure, once there is one.
#[derive(Default)]
struct Failed {
    any: AtomicBool,
    first: Mutex<Option<Panicked>>,
}

impl Failed {
    fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    fn hand_in(&self, panicked: Panicked) {
        self.any.store(true, Ordering::Relaxed);
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if first
            .as_ref()
            .is_none_or(|first| panicked.index < first.index)
        {
            *first = Some(panicked);
        }
    }

    fn first(self) -> Result<(), Panicked> {
        let first = self.first.into_inner();
        let first = first.unwrap_or_else(PoisonError::into_inner);
        first.map_or(Ok(()), Err)
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
            let done = workers.each(100_000, &cancelled, || (), work, |i| got.push(i));
            assert!(done.is_ok());
            assert!((100..100 + threads).contains(&got.len()));
            assert!(got.iter().copied().eq(0..got.len()));
        }
    }

    #[test]
    fn the_first_of_many_panics_is_told_for_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let workers = Workers::new(Some(threads));
            let work = |_: &mut (), i: usize| {
                assert!(i < 30 || i.is_multiple_of(2), "{i} is odd");
            };
            let Err(failed) = workers.each(1000, &|| false, || (), work, drop) else {
                panic!("31 is odd");
            };
            assert_eq!(failed.index, 31);
            assert_eq!(words(&*failed.panic), "31 is odd");
        }
    }

    #[test]
    fn a_panic_goes_on_under_the_name_of_its_replication() {
        let run =
            || FailedReplication::or_panic(|| "plan".to_owned(), 3, 7, || panic!("no such day"));
        let panic = catch_unwind(run).map(|(): ()| ()).unwrap_err();
        let failed = panic.downcast::<FailedReplication>().unwrap();
        let words = "replication 7 of plan with seed 3 failed: no such day";
        assert_eq!(failed.to_string(), words);
    }
}
