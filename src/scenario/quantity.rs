//! Numbers of a scenario that may be in doubt, change by date, or be the parameters of a law.

use crate::distribution::Law;

/// One number of a scenario: known, or in doubt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// The value itself, in the unit of its key.
    Known(f64),
    /// The value that parameter draw `k` gives to `Scenario::doubts[index]`.
    Doubt(usize),
}

impl Quantity {
    /// The value under one draw of the doubts; `draw[i]` belongs to `Scenario::doubts[i]`.
    pub fn at(self, draw: &[f64]) -> f64 {
        match self {
            Quantity::Known(value) => value,
            Quantity::Doubt(index) => draw[index],
        }
    }
}

/// A value that may change by date: a step function of time, never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed<T> {
    first: T,
    /// Later steps: the day from which each holds \[days from day 0\], ascending.
    later: Vec<(f64, T)>,
}

impl<T> Timed<T> {
    /// A value that holds at all times.
    pub const fn always(value: T) -> Self {
        Self {
            first: value,
            later: Vec::new(),
        }
    }

    /// `first` until the day of the first of `later`, then each from its own day on.
    ///
    /// The days of `later` must ascend strictly.
    pub fn stepping(first: T, later: Vec<(f64, T)>) -> Self {
        debug_assert!(later.windows(2).all(|pair| pair[0].0 < pair[1].0));
        Self { first, later }
    }

    /// The value at time `t` \[days\]; a step holds from its day on. O(steps).
    #[inline]
    pub fn at(&self, t: f64) -> &T {
        if self.later.is_empty() {
            return &self.first;
        }
        self.step_at(t)
    }

    fn step_at(&self, t: f64) -> &T {
        match self.later.iter().rev().find(|(day, _)| *day <= t) {
            Some((_, value)) => value,
            None => &self.first,
        }
    }

    /// The value, if it never changes.
    pub fn constant(&self) -> Option<&T> {
        self.later.is_empty().then_some(&self.first)
    }

    /// The steps in order, the first from minus infinity.
    pub fn steps(&self) -> impl Iterator<Item = (f64, &T)> {
        std::iter::once((f64::NEG_INFINITY, &self.first))
            .chain(self.later.iter().map(|(day, value)| (*day, value)))
    }

    /// The same steps with another value each.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> Timed<U> {
        Timed {
            first: f(&self.first),
            later: self
                .later
                .iter()
                .map(|(day, value)| (*day, f(value)))
                .collect(),
        }
    }
}

impl<T: Clone + PartialEq> Timed<T> {
    /// Whether both take the same steps before day 0.
    pub fn is_same_before_day_0(&self, other: &Self) -> bool {
        self.after(self) == self.after(other)
    }

    /// `past` before day 0, `self` from day 0 on.
    pub fn after(&self, past: &Self) -> Self {
        if past.later.is_empty() && self.later.is_empty() && past.first == self.first {
            return self.clone();
        }
        let mut later: Vec<(f64, T)> = past
            .later
            .iter()
            .filter(|(day, _)| *day < 0.0)
            .cloned()
            .collect();
        let before = later.last().map_or(&past.first, |(_, value)| value);
        if *self.at(0.0) != *before {
            later.push((0.0, self.at(0.0).clone()));
        }
        later.extend(self.later.iter().filter(|(day, _)| *day > 0.0).cloned());
        Timed {
            first: past.first.clone(),
            later,
        }
    }
}

/// A law of the process whose parameters may be in doubt.
#[derive(Debug, Clone, PartialEq)]
pub enum LawSpec {
    /// No parameter is in doubt: the law itself, already truncated to its key's domain.
    Known(Law),
    /// Some parameter is in doubt: the law is built anew for each draw.
    Doubtful {
        /// How the parameters make a law.
        form: LawForm,
        /// The parameters, in the order of the form.
        parameters: Vec<Quantity>,
        /// The key's domain, to which the law is truncated \[lowest, highest\].
        domain: (f64, f64),
    },
}

/// How the parameters of a law whose parameters may be in doubt are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawForm {
    /// `value`
    Point,
    /// `mean`
    Exponential,
    /// `shape`, `scale`
    GammaShapeScale,
    /// `shape`, `mean`
    GammaShapeMean,
    /// `mean`, `sd`
    GammaMeanSd,
    /// `shape` (whole), `mean`
    ErlangShapeMean,
    /// `median`, `sigma`
    LognormalMedianSigma,
    /// `mean`, `sigma`
    LognormalMeanSigma,
    /// `mean`, `sd`
    LognormalMeanSd,
    /// `shape`, `scale`
    WeibullShapeScale,
    /// `mean`, `sd`
    NormalMeanSd,
}
