//! Leads per CPU-second of the reference workloads, beside hand-written twins.
//!
//! ```text
//! cargo bench --bench reference              # about a second per measurement, median of 7
//! cargo bench --bench reference -- --quick   # a rough look in a few seconds
//! cargo bench --bench reference -- --check   # the twins against exact answers, then stop
//! ```

mod twin;

use cpu_time::ProcessTime;
use std::time::{Duration, Instant};
use twin::{Period, Scratch, Totals};

/// One reference workload; a replication is 365 days from an empty start.
struct Workload {
    name: &'static str,
    leads_per_day: f64,
    /// `None` when nobody has to wait.
    n_reps: Option<usize>,
    /// Deals won in a replication: bounds of the exact mean.
    won: (f64, f64),
}

const WORKLOADS: [Workload; 4] = [
    Workload {
        name: "open_funnel",
        leads_per_day: 1_000.0,
        n_reps: None,
        won: (12_678.536_6, 12_678.536_6),
    },
    Workload {
        name: "capacity_limited",
        leads_per_day: 1_000.0,
        n_reps: Some(180),
        won: (12_906.036, 12_906.175),
    },
    Workload {
        name: "open_funnel_small",
        leads_per_day: 50.0,
        n_reps: None,
        won: (633.926_828, 633.926_828),
    },
    Workload {
        name: "capacity_limited_small",
        leads_per_day: 50.0,
        n_reps: Some(9),
        won: (644.159, 645.309),
    },
];

/// What a measurement cost and what it got done.
struct Measurement {
    n_leads: u64,
    cpu_seconds: f64,
    wall_seconds: f64,
}

/// Something that can run a workload and be timed.
trait Contestant {
    fn name(&self) -> &'static str;

    /// Runs replications `0..n_replications` on `n_threads`, from `seed`.
    ///
    /// A contestant in its own process reports the CPU time of that process.
    fn run(
        &self,
        workload: &Workload,
        seed: u64,
        n_replications: u64,
        n_threads: u64,
    ) -> Measurement;
}

/// Whom to measure; the first is the reference that the others are divided by.
///
/// SEAM: the engine joins here, as `&Engine`; its columns and the ratio follow by themselves.
const CONTESTANTS: &[&dyn Contestant] = &[&Twin];

/// The hand-written twin, in this process.
struct Twin;

impl Contestant for Twin {
    fn name(&self) -> &'static str {
        "twin"
    }

    fn run(
        &self,
        workload: &Workload,
        seed: u64,
        n_replications: u64,
        n_threads: u64,
    ) -> Measurement {
        let (wall, cpu) = (Instant::now(), ProcessTime::now());
        let n_leads = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads)
                .map(|thread| {
                    let share = n_replications * thread / n_threads
                        ..n_replications * (thread + 1) / n_threads;
                    scope.spawn(move || replicate(workload, seed, share))
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a twin does not panic"))
                .sum()
        });
        Measurement {
            n_leads,
            cpu_seconds: cpu.elapsed().as_secs_f64(),
            wall_seconds: wall.elapsed().as_secs_f64(),
        }
    }
}

/// Runs some replications of the twin one after another and counts their leads.
fn replicate(workload: &Workload, seed: u64, replications: std::ops::Range<u64>) -> u64 {
    let mut scratch = Scratch::new(workload.leads_per_day);
    replications
        .map(|index| {
            let totals = std::hint::black_box(run_twin(workload, seed, index, &mut scratch));
            totals.sum().leads
        })
        .sum()
}

fn run_twin(workload: &Workload, seed: u64, index: u64, scratch: &mut Scratch) -> Totals {
    let seed = seed ^ (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    match workload.n_reps {
        None => twin::open_funnel(seed, workload.leads_per_day, scratch),
        Some(n_reps) => twin::capacity_limited(seed, workload.leads_per_day, n_reps, scratch),
    }
}

/// How long and how often to measure.
struct Plan {
    seconds: f64,
    n_rounds: usize,
}

const FULL: Plan = Plan {
    seconds: 1.0,
    n_rounds: 7,
};
const QUICK: Plan = Plan {
    seconds: 0.2,
    n_rounds: 3,
};
const THREADS: [u64; 2] = [1, 2];

fn main() {
    let has = |flag: &str| std::env::args().any(|arg| arg == flag);
    if has("--check") {
        check();
    } else {
        measure(if has("--quick") { &QUICK } else { &FULL });
    }
}

/// Measures every contestant on every workload, by turns, and prints the medians.
fn measure(plan: &Plan) {
    let cells: Vec<Cell> = WORKLOADS
        .iter()
        .flat_map(|workload| {
            CONTESTANTS.iter().flat_map(move |&contestant| {
                THREADS.map(|n_threads| Cell::new(workload, contestant, n_threads, plan))
            })
        })
        .collect();
    let mut rates = vec![Vec::new(); cells.len()];
    for round in 0..plan.n_rounds {
        for (cell, rates) in cells.iter().zip(&mut rates) {
            rates.push(cell.rates(round as u64));
        }
    }
    let medians: Vec<Rates> = rates.iter().map(|rates| Rates::median(rates)).collect();
    print_table(plan, &medians);
}

/// One contestant on one workload with a number of threads.
struct Cell {
    workload: &'static Workload,
    contestant: &'static dyn Contestant,
    n_threads: u64,
    n_replications: u64,
}

impl Cell {
    /// Finds how many replications last as long as the plan wants.
    fn new(
        workload: &'static Workload,
        contestant: &'static dyn Contestant,
        n_threads: u64,
        plan: &Plan,
    ) -> Self {
        let mut n_replications = 2;
        loop {
            let trial = contestant.run(workload, 0, n_replications, 1);
            if trial.wall_seconds > 0.05 {
                let per_second = n_replications as f64 / trial.wall_seconds;
                let wanted = (per_second * plan.seconds).ceil() as u64;
                return Self {
                    workload,
                    contestant,
                    n_threads,
                    n_replications: wanted.max(1) * n_threads,
                };
            }
            n_replications *= 2;
        }
    }

    fn rates(&self, seed: u64) -> Rates {
        let run = self
            .contestant
            .run(self.workload, seed, self.n_replications, self.n_threads);
        Rates {
            per_cpu_second: run.n_leads as f64 / run.cpu_seconds,
            per_wall_second: run.n_leads as f64 / run.wall_seconds,
        }
    }
}

/// Leads per second.
#[derive(Clone, Copy)]
struct Rates {
    per_cpu_second: f64,
    per_wall_second: f64,
}

impl Rates {
    fn median(rates: &[Rates]) -> Rates {
        let median_of = |value: fn(&Rates) -> f64| {
            let mut values: Vec<f64> = rates.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Rates {
            per_cpu_second: median_of(|rates| rates.per_cpu_second),
            per_wall_second: median_of(|rates| rates.per_wall_second),
        }
    }
}

/// Prints `medians`, in order `[workload][contestant][threads]`.
fn print_table(plan: &Plan, medians: &[Rates]) {
    println!(
        "Million leads per CPU-second, median of {} (speed-up by wall time)\n",
        plan.n_rounds
    );
    let mut header = format!("{:<22}", "workload");
    for (i, contestant) in CONTESTANTS.iter().enumerate() {
        let name = contestant.name();
        header += &format!(
            " | {:>16} | {:>18}",
            format!("{name} 1 thread"),
            format!("{name} 2 threads")
        );
        if i > 0 {
            header += &format!(" | {:>6}", "ratio");
        }
    }
    println!("{header}");
    println!("{}", "-".repeat(header.len()));
    let per_workload = medians.chunks(CONTESTANTS.len() * THREADS.len());
    for (workload, medians) in WORKLOADS.iter().zip(per_workload) {
        let mut row = format!("{:<22}", workload.name);
        for (i, pair) in medians.chunks(THREADS.len()).enumerate() {
            let (one, two) = (pair[0], pair[1]);
            let speed_up = two.per_wall_second / one.per_wall_second;
            row += &format!(
                " | {:>16.1} | {:>10.1} ({speed_up:.2}x)",
                one.per_cpu_second / 1e6,
                two.per_cpu_second / 1e6,
            );
            if i > 0 {
                let ratio = one.per_cpu_second / medians[0].per_cpu_second;
                row += &format!(" | {ratio:>6.2}");
            }
        }
        println!("{row}");
    }
}

/// Compares the twins with exact means over 200 replications.
///
/// A mean may miss by 4 standard errors: one false alarm in about 15,000 comparisons. The spread
/// of revenue may miss by 20 %, which is 4 standard errors of a standard deviation.
///
/// # Panics
///
/// When one is off.
fn check() {
    const N_REPLICATIONS: u64 = 200;
    let start = Instant::now();
    for n_reps in [1, 9, 180, 256] {
        twin::check_line(n_reps);
    }
    println!("line: the tournament serves as the plain rule does\n");
    let mut is_fine = true;
    for workload in &WORKLOADS {
        let mut scratch = Scratch::new(workload.leads_per_day);
        let runs: Vec<Totals> = (0..N_REPLICATIONS)
            .map(|index| run_twin(workload, 20_240_229, index, &mut scratch))
            .collect();
        println!("{}", workload.name);
        for answer in answers(workload) {
            is_fine &= answer.check(&runs);
        }
        println!();
    }
    println!("took {:.1} s", Duration::as_secs_f64(&start.elapsed()));
    assert!(is_fine, "a twin is off");
}

/// An exact answer: bounds of a mean, and where it is known the standard deviation.
struct Answer {
    name: &'static str,
    mean: (f64, f64),
    deviation: Option<f64>,
    of: fn(&Totals, &Period) -> f64,
}

impl Answer {
    fn check(&self, runs: &[Totals]) -> bool {
        let values: Vec<f64> = runs.iter().map(|run| (self.of)(run, &run.sum())).collect();
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let (deviation, error) = (variance.sqrt(), (variance / n).sqrt());
        let (low, high) = self.mean;
        let miss = ((mean - high).max(low - mean).max(0.0) / error).abs();
        let spread_is_fine = self
            .deviation
            .is_none_or(|exact| (deviation / exact - 1.0).abs() < 0.2);
        let is_fine = miss < 4.0 && spread_is_fine;
        println!(
            "  {:<14} {mean:>16.3} exact {low:>16.3} off by {miss:>4.1} SE, sd {deviation:>12.2} {}",
            self.name,
            if is_fine { "ok" } else { "OFF" }
        );
        is_fine
    }
}

/// What theory says of a workload; flows of a Poisson funnel are Poisson: variance = mean.
fn answers(workload: &Workload) -> Vec<Answer> {
    let scale = workload.leads_per_day / 1_000.0;
    let poisson = |name, mean: f64, of| Answer {
        name,
        mean: (mean * scale, mean * scale),
        deviation: Some((mean * scale).sqrt()),
        of,
    };
    let mut answers = vec![
        poisson("leads", 365_000.0, |_, sum| sum.leads as f64),
        poisson("unqualified", 258_000.0, |_, sum| sum.unqualified as f64),
        poisson("MQLs", 86_000.0, |_, sum| sum.mqls as f64),
        poisson("leaked", 17_200.0, |_, sum| sum.leaked as f64),
        poisson("SALs", 68_400.0, |_, sum| sum.sals as f64),
        Answer {
            name: "won",
            mean: workload.won,
            deviation: Some(workload.won.0.sqrt()),
            of: |_, sum| sum.won as f64,
        },
    ];
    let deal_second_moment = 25_000.0_f64.powi(2) * 0.64_f64.exp();
    answers.push(Answer {
        name: "revenue",
        mean: (workload.won.0 * 25_000.0, workload.won.1 * 25_000.0),
        deviation: Some((workload.won.0 * deal_second_moment).sqrt()),
        of: |_, sum| sum.revenue,
    });
    answers.push(Answer {
        name: "lost / won",
        mean: (0.78 / 0.22, 0.78 / 0.22),
        deviation: None,
        of: |_, sum| sum.lost as f64 / sum.won as f64,
    });
    if workload.n_reps.is_some() {
        // Nobody knows the mean wait from an empty start exactly; it is printed to be looked at.
        answers.push(Answer {
            name: "wait [days]",
            mean: (0.0, 1.0),
            deviation: None,
            of: |run, _| run.wait_days / run.n_taken_up as f64,
        });
    }
    answers
}
