//! The fast evaluators of the kernel: a law's quantile from a table or a short formula.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::family::{Exponential, Lognormal, Normal, Uniform};
use super::gamma_beta::Gamma;
use super::table::QuantileTable;
use super::{Kind, Law};
use crate::math;

static NORMAL_TABLE: LazyLock<QuantileTable> = LazyLock::new(|| {
    QuantileTable::new(Law {
        kind: Kind::Normal(Normal { mean: 0.0, sd: 1.0 }),
    })
});

/// Tables kept by the process; the oldest goes when one more is needed. Results never depend on what is in here.
const MAX_TABLES_KEPT: usize = 64;
static TABLES: Mutex<VecDeque<Arc<QuantileTable>>> = Mutex::new(VecDeque::new());

/// A law made ready to be evaluated millions of times. Cheap to clone; shared between threads at will.
///
/// Agrees with [`Law::quantile`] to 1e-9 relative, gives the same bits on every platform, and never falls as `u` rises
/// (to rounding, in the tails beyond 2^-25 and around the jumps of a mixture, where the exact quantile stands in).
///
/// Equal ones give equal values.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampler {
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    Point(f64),
    Uniform {
        low: f64,
        width: f64,
    },
    Exponential {
        mean: f64,
    },
    Normal {
        table: &'static QuantileTable,
        mean: f64,
        sd: f64,
    },
    Lognormal {
        table: &'static QuantileTable,
        mu: f64,
        sigma: f64,
    },
    Table {
        table: Arc<QuantileTable>,
        scale: f64,
    },
    /// The table holds the logarithm: for laws that reach down to 0 over many powers of ten.
    LogTable {
        table: Arc<QuantileTable>,
        scale: f64,
    },
    Exact(Law),
}

impl Sampler {
    pub(super) fn tabled(law: &Law) -> Sampler {
        let scaled = |standard: Kind, scale: f64| {
            let table = kept_table(Law { kind: standard });
            if table.is_logarithmic() {
                Form::LogTable { table, scale }
            } else {
                Form::Table { table, scale }
            }
        };
        let form = match &law.kind {
            Kind::Gamma(law) => scaled(Kind::Gamma(Gamma::new(law.shape, 1.0)), law.scale),
            Kind::Weibull(law) => scaled(
                Kind::Weibull(super::family::Weibull {
                    shape: law.shape,
                    scale: 1.0,
                }),
                law.scale,
            ),
            Kind::Beta(_) | Kind::Mixture(_) | Kind::Truncated(_) => scaled(law.kind.clone(), 1.0),
            _ => return Sampler::exact(law),
        };
        Sampler { form }
    }

    pub(super) fn exact(law: &Law) -> Sampler {
        let form = match &law.kind {
            Kind::Point(law) => Form::Point(law.value),
            Kind::Uniform(Uniform { low, high }) => Form::Uniform {
                low: *low,
                width: high - low,
            },
            Kind::Exponential(Exponential { mean }) => Form::Exponential { mean: *mean },
            Kind::Normal(Normal { mean, sd }) => Form::Normal {
                table: &NORMAL_TABLE,
                mean: *mean,
                sd: *sd,
            },
            Kind::Lognormal(Lognormal { mu, sigma }) => Form::Lognormal {
                table: &NORMAL_TABLE,
                mu: *mu,
                sigma: *sigma,
            },
            _ => Form::Exact(law.clone()),
        };
        Sampler { form }
    }

    /// The quantile: the value below which the law lies with probability `u`. `u` \[inside (0, 1)\].
    ///
    /// At 0 and 1 the ends of the support, beyond them too; NaN for NaN.
    #[inline(always)]
    pub fn quantile(&self, u: f64) -> f64 {
        match &self.form {
            Form::Point(value) => *value,
            Form::Uniform { low, width } => low + width * u,
            Form::Exponential { mean } => mean * unit_exponential(u),
            Form::Normal { table, mean, sd } => mean + sd * table.quantile(u),
            Form::Lognormal { table, mu, sigma } => math::exp(mu + sigma * table.quantile(u)),
            Form::Table { table, scale } => scale * table.quantile(u),
            Form::LogTable { table, scale } => scale * math::exp(table.quantile(u)),
            Form::Exact(law) => law.quantile(u),
        }
    }
}

impl Sampler {
    /// Adds to each of `values` the quantile at its uniform number in `u`.
    pub fn add_quantiles(&self, u: &[f64], values: &mut [f64]) {
        fn add(values: &mut [f64], u: &[f64], quantile: impl Fn(f64) -> f64) {
            for (value, &u) in values.iter_mut().zip(u) {
                *value += quantile(u);
            }
        }
        match &self.form {
            Form::Exponential { mean } => add(values, u, |u| mean * unit_exponential(u)),
            Form::Lognormal { table, mu, sigma } => {
                add(values, u, |u| math::exp(mu + sigma * table.quantile(u)));
            }
            Form::Table { table, scale } => add(values, u, |u| scale * table.quantile(u)),
            _ => add(values, u, |u| self.quantile(u)),
        }
    }

    /// The quantile at the normal score `score`: that at its probability under the standard normal law.
    #[inline(always)]
    pub fn quantile_of_score(&self, score: f64) -> f64 {
        match &self.form {
            Form::Normal { mean, sd, .. } => mean + sd * score,
            Form::Lognormal { mu, sigma, .. } => math::exp(mu + sigma * score),
            _ => self.quantile(math::normal_cdf(score)),
        }
    }
}

/// The quantile of the exponential law of mean 1.
#[inline(always)]
fn unit_exponential(u: f64) -> f64 {
    /// Above it the complement is exact enough: to 1e-10 of `u`, and fully for the numbers that decisions draw.
    const SMALL: f64 = 1e-6;
    if u > SMALL {
        -math::ln(1.0 - u)
    } else {
        -math::ln_1p(-u)
    }
}

/// The table of a law, built now or found among those kept.
fn kept_table(law: Law) -> Arc<QuantileTable> {
    let find = |tables: &VecDeque<Arc<QuantileTable>>| {
        tables.iter().find(|table| *table.law() == law).cloned()
    };
    // A poisoned lock holds whole tables all the same.
    let lock = || TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(table) = find(&lock()) {
        return table;
    }
    // Built without the lock: two threads may build the same table, which costs time only.
    let table = Arc::new(QuantileTable::new(law.clone()));
    let mut tables = lock();
    if let Some(table) = find(&tables) {
        return table;
    }
    if tables.len() >= MAX_TABLES_KEPT {
        tables.pop_front();
    }
    tables.push_back(Arc::clone(&table));
    table
}

/// The standard normal quantile from its table: [`math::normal_quantile`] to 1e-11, in a fraction of the time.
#[inline(always)]
pub fn normal_quantile_fast(u: f64) -> f64 {
    NORMAL_TABLE.quantile(u)
}
