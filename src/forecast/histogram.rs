//! How often a value falls where: a histogram whose bins have an edge at 0, so that gains and losses never mix.

use super::compare::paired_differences;
use super::metric::{METRICS, REVENUE};
use super::study::Case;
use crate::math;

/// Bins over the range of the values: more for more values.
const MAX_BINS: usize = 48;

/// Shares of values in bins of one width.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Left edge of the first bin.
    pub start: f64,
    /// \[> 0\]
    pub width: f64,
    /// Share of all values in each; sums to 1 unless there are none.
    pub shares: Vec<f64>,
}

impl Histogram {
    /// Of finite values. O(values).
    pub fn new(values: &[f64]) -> Histogram {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = high - low;
        let n_bins = ((1.5 * math::sqrt(values.len() as f64)) as usize).clamp(8, MAX_BINS);
        let width = match spread > 0.0 {
            true => spread / n_bins as f64,
            false => low.abs().max(1.0) / 8.0,
        };
        let first = (low / width).floor();
        if !first.is_finite() || !width.is_finite() {
            return Histogram {
                start: 0.0,
                width: 1.0,
                shares: Vec::new(),
            };
        }
        let mut counts = vec![0u64; n_bins + 2];
        for value in values {
            let bin = ((value / width).floor() - first) as usize;
            counts[bin.min(n_bins + 1)] += 1;
        }
        while counts.last() == Some(&0) {
            counts.pop();
        }
        let share = |count: u64| count as f64 / values.len() as f64;
        Histogram {
            start: first * width,
            width,
            shares: counts.into_iter().map(share).collect(),
        }
    }

    /// Of the revenue of each replication.
    pub fn of_revenue(case: Case) -> Histogram {
        let columns = case.replications.records().columns(case.span());
        let formula = &METRICS[REVENUE].formula;
        let rows = 0..case.replications.len();
        let values = rows.filter_map(|row| formula.value(&columns.amounts(row)));
        Histogram::new(&values.collect::<Vec<_>>())
    }

    /// Of the difference in revenue of each pair of replications.
    pub fn of_lift(baseline: Case, alternative: Case) -> Histogram {
        Histogram::new(&paired_differences(
            baseline,
            alternative,
            &METRICS[REVENUE],
        ))
    }

    /// Edges and share of each bin.
    pub fn bins(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.shares.iter().enumerate().map(|(bin, share)| {
            let from = self.start + bin as f64 * self.width;
            (from, from + self.width, *share)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_every_value_and_never_mix_signs() {
        for values in [
            vec![-1.0, 2.0, 5.0],
            vec![3.0; 4],
            vec![0.0],
            vec![-1e-9, 1e12],
            vec![],
        ] {
            let histogram = Histogram::new(&values);
            let total: f64 = histogram.shares.iter().sum();
            assert!((total - f64::from(u8::from(!values.is_empty()))).abs() < 1e-12);
            let filled = histogram.bins().filter(|bin| bin.2 > 0.0);
            for (from, to, _) in filled {
                assert!(from >= -1e-9 * histogram.width || to <= 1e-9 * histogram.width);
            }
        }
    }
}
