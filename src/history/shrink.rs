//! How much groups differ, and what to believe of each: small groups lean on all of them.
//!
//! Empirical Bayes: the law of the groups is fitted to the groups themselves by maximum marginal likelihood. A strength of infinity
//! says that chance alone explains their differences.

use crate::math;

/// A group's trials and how many of them succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    pub hits: u64,
    /// \[≥ `hits`\]
    pub n: u64,
}

/// The law of the groups' probabilities: beta with parameters `mean × strength` and `(1 - mean) × strength`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    /// \[probability\]
    pub mean: f64,
    /// Trials that the law is worth \[> 0\]; infinity: all groups are alike.
    pub strength: f64,
    /// Negative log-likelihood without binomial coefficients.
    pub nll: f64,
}

/// Differences that so strong a law would allow cannot be told from none.
const STRONGEST: f64 = 1e5;
/// Where groups are nearly all or nothing.
const WEAKEST: f64 = 0.05;
/// Steps of the search over strength, evenly on a logarithmic scale, before it is refined.
const STEPS: u32 = 40;

impl BetaBinomial {
    /// The maximum-likelihood law of the groups; strength within \[0.05, 1e5\] or infinite.
    ///
    /// `None` without a trial. Groups with more hits than trials are passed over. O(groups).
    pub fn fit(groups: &[Trials]) -> Option<BetaBinomial> {
        let groups: Vec<Trials> = groups
            .iter()
            .copied()
            .filter(|group| group.hits <= group.n)
            .collect();
        let hits: u64 = groups.iter().map(|group| group.hits).sum();
        let n: u64 = groups.iter().map(|group| group.n).sum();
        if n == 0 {
            return None;
        }
        let mean = hits as f64 / n as f64;
        let alike = BetaBinomial {
            mean,
            strength: f64::INFINITY,
            nll: -entropy_term(hits, mean) - entropy_term(n - hits, 1.0 - mean),
        };
        if hits == 0 || hits == n {
            return Some(alike);
        }
        let strength = strongest_fit(
            |strength| Self::at(&groups, strength).nll,
            |strength| Self::at(&groups, strength).slope(&groups),
        );
        let apart = Self::at(&groups, strength);
        Some(if apart.nll < alike.nll - 1e-6 {
            apart
        } else {
            alike
        })
    }

    /// The best law of this strength. The likelihood is log-concave in the mean.
    fn at(groups: &[Trials], strength: f64) -> BetaBinomial {
        let slope = |mean: f64| -> f64 {
            let (a, b) = (mean * strength, (1.0 - mean) * strength);
            let terms = groups
                .iter()
                .map(|group| rise(a, group.hits as f64) - rise(b, (group.n - group.hits) as f64));
            terms.sum()
        };
        let mean = falling_root(0.0, 1.0, slope);
        let (a, b) = (mean * strength, (1.0 - mean) * strength);
        let terms = groups.iter().map(|group| {
            ln_rising(a, group.hits as f64) + ln_rising(b, (group.n - group.hits) as f64)
                - ln_rising(strength, group.n as f64)
        });
        BetaBinomial {
            mean,
            strength,
            nll: -terms.sum::<f64>(),
        }
    }

    /// Derivative of the log-likelihood by strength.
    fn slope(&self, groups: &[Trials]) -> f64 {
        let terms = groups.iter().map(|group| {
            let (hits, misses) = (group.hits as f64, (group.n - group.hits) as f64);
            self.mean * rise(self.a(), hits) + (1.0 - self.mean) * rise(self.b(), misses)
                - rise(self.strength, group.n as f64)
        });
        terms.sum()
    }

    /// First parameter of the beta law.
    pub fn a(&self) -> f64 {
        self.mean * self.strength
    }

    /// Second parameter of the beta law.
    pub fn b(&self) -> f64 {
        (1.0 - self.mean) * self.strength
    }

    /// Parameters of the beta law of a group's probability, given its trials; infinite where groups are alike.
    pub fn posterior(&self, group: Trials) -> (f64, f64) {
        let misses = group.n.saturating_sub(group.hits);
        (self.a() + group.hits as f64, self.b() + misses as f64)
    }

    /// Mean of a group's probability, given its trials.
    pub fn posterior_mean(&self, group: Trials) -> f64 {
        let own = group.n as f64 / (group.n as f64 + self.strength);
        if own == 0.0 {
            return self.mean;
        }
        self.mean + own * (group.hits as f64 / group.n as f64 - self.mean)
    }
}

/// A group's events, and how many were expected of it if all groups were alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Events {
    /// \[≥ 0\]
    pub observed: f64,
    /// \[> 0\]
    pub expected: f64,
}

/// The law of the groups' rate ratios: gamma with mean 1 and this shape. So counts are negative binomial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GammaPoisson {
    /// Events that the law is worth \[> 0\]; infinity: counts are Poisson. The variance of a count is `E + E² / strength`.
    pub strength: f64,
    /// Negative log-likelihood without the factorials of counts.
    pub nll: f64,
}

impl GammaPoisson {
    /// No differences but those of chance, of no groups.
    pub const ALIKE: GammaPoisson = GammaPoisson {
        strength: f64::INFINITY,
        nll: 0.0,
    };

    /// The maximum-likelihood law; strength within \[0.05, 1e5\] or infinite.
    ///
    /// The same is the dispersion of negative binomial counts (NB2) whose means are known. `None` if there is no group; those whose
    /// expectation is not above 0 and finite are passed over. O(groups).
    pub fn fit(groups: &[Events]) -> Option<GammaPoisson> {
        let tells = |group: &Events| group.expected > 0.0 && group.expected.is_finite();
        let groups: Vec<Events> = groups.iter().copied().filter(tells).collect();
        if groups.is_empty() {
            return None;
        }
        let alike = Self::poisson(&groups);
        // The likelihood's slope in 1 / strength at 0.
        let excess = |group: &Events| {
            let off = group.observed - group.expected;
            off * off - group.observed
        };
        if groups.iter().map(excess).sum::<f64>() <= 0.0 {
            return Some(alike);
        }
        let strength = strongest_fit(
            |strength| Self::nll(&groups, strength),
            |strength| Self::slope(&groups, strength),
        );
        let nll = Self::nll(&groups, strength);
        let apart = GammaPoisson { strength, nll };
        Some(if nll < alike.nll { apart } else { alike })
    }

    /// Log-likelihood that the groups' differences gain over none.
    pub fn gain(&self, groups: &[Events]) -> f64 {
        let tells = |group: &&Events| group.expected > 0.0 && group.expected.is_finite();
        let groups: Vec<Events> = groups.iter().filter(tells).copied().collect();
        Self::poisson(&groups).nll - self.nll
    }

    fn poisson(groups: &[Events]) -> GammaPoisson {
        let term = |group: &Events| group.observed * math::ln(group.expected) - group.expected;
        GammaPoisson {
            strength: f64::INFINITY,
            nll: -groups.iter().map(term).sum::<f64>(),
        }
    }

    fn nll(groups: &[Events], strength: f64) -> f64 {
        let term = |group: &Events| {
            let (o, e) = (group.observed, group.expected);
            ln_rising(strength, group.observed) - strength * math::ln_1p(e / strength)
                + o * math::ln(e / (strength + e))
        };
        -groups.iter().map(term).sum::<f64>()
    }

    /// Derivative of the log-likelihood by strength.
    fn slope(groups: &[Events], strength: f64) -> f64 {
        let term = |group: &Events| {
            let (o, e) = (group.observed, group.expected);
            rise(strength, o) - math::ln_1p(e / strength) + (e - o) / (strength + e)
        };
        groups.iter().map(term).sum()
    }

    /// Mean and variance of a group's rate ratio, given its events: of a gamma law with shape `strength + O` and rate `strength + E`.
    pub fn posterior(&self, group: Events) -> (f64, f64) {
        if self.strength == f64::INFINITY {
            return (1.0, 0.0);
        }
        let rate = self.strength + group.expected.max(0.0);
        let mean = (self.strength + group.observed) / rate;
        (mean, mean / rate)
    }
}

/// `ψ(x + n) - ψ(x)`.
fn rise(x: f64, n: f64) -> f64 {
    if n == 0.0 {
        0.0
    } else {
        math::digamma(x + n) - math::digamma(x)
    }
}

/// `ln Γ(x + n) - ln Γ(x)`.
fn ln_rising(x: f64, n: f64) -> f64 {
    if n == 0.0 {
        0.0
    } else {
        math::ln_gamma(x + n) - math::ln_gamma(x)
    }
}

/// `n ln p`, 0 for no trials.
fn entropy_term(n: u64, p: f64) -> f64 {
    if n == 0 { 0.0 } else { n as f64 * math::ln(p) }
}

/// The strength of least `nll`: the best of a grid, refined where `slope` (of the log-likelihood) falls through 0.
fn strongest_fit(nll: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> f64 {
    let (low, high) = (math::ln(WEAKEST), math::ln(STRONGEST));
    let at = |step: u32| math::exp(low + (high - low) * f64::from(step) / f64::from(STEPS));
    let values = (0..=STEPS).map(|step| (nll(at(step)), step));
    let best = values
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(STEPS, |(_, step)| step);
    let (from, to) = (at(best.saturating_sub(1)), at((best + 1).min(STEPS)));
    falling_root(from, to, slope)
}

/// Where a function that falls passes 0, by bisection; an end if it does not.
fn falling_root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups that differ no more than chance, less than chance, not at all, and nothing.
    #[test]
    fn alike_groups_have_infinite_strength() {
        let groups = |hits: &[u64]| -> Vec<Trials> {
            hits.iter()
                .map(|hits| Trials {
                    hits: *hits,
                    n: 100,
                })
                .collect()
        };
        let alike = BetaBinomial::fit(&groups(&[20, 20, 21, 19])).unwrap();
        assert_eq!((alike.mean, alike.strength), (0.2, f64::INFINITY));
        assert_eq!(alike.posterior_mean(Trials { hits: 9, n: 10 }), 0.2);
        let none = BetaBinomial::fit(&groups(&[0, 0])).unwrap();
        assert_eq!((none.mean, none.nll), (0.0, 0.0));
        assert_eq!(BetaBinomial::fit(&[Trials { hits: 2, n: 1 }]), None);
        assert_eq!(BetaBinomial::fit(&[]), None);
        let apart = BetaBinomial::fit(&groups(&[0, 100, 0, 100])).unwrap();
        assert!(
            (apart.mean - 0.5).abs() < 1e-9 && apart.strength < 0.2,
            "{apart:?}"
        );
    }

    #[test]
    fn counts_without_excess_are_poisson() {
        let events = |observed: u32, expected| Events {
            observed: f64::from(observed),
            expected,
        };
        let alike =
            GammaPoisson::fit(&[events(10, 10.0), events(12, 10.0), events(8, 10.0)]).unwrap();
        assert_eq!(alike.strength, f64::INFINITY);
        assert_eq!(alike.posterior(events(50, 10.0)), (1.0, 0.0));
        assert_eq!(
            GammaPoisson::fit(&[events(1, 0.0), events(1, f64::NAN)]),
            None
        );
        let apart = GammaPoisson::fit(&[events(0, 50.0), events(100, 50.0)]).unwrap();
        assert!(apart.strength < 5.0, "{apart:?}");
        let (mean, variance) = apart.posterior(events(100, 50.0));
        let k = apart.strength;
        assert!((mean - (k + 100.0) / (k + 50.0)).abs() < 1e-12);
        assert!((variance - mean / (k + 50.0)).abs() < 1e-15);
    }

    /// At the optimum neighbours are worse.
    #[test]
    fn fits_are_optima() {
        let groups = [(3, 9.0), (14, 8.0), (0, 2.5), (25, 12.0), (7, 7.5)];
        let groups = groups.map(|(observed, expected)| Events {
            observed: f64::from(observed),
            expected,
        });
        let best = GammaPoisson::fit(&groups).unwrap();
        for factor in [0.9, 0.99, 1.01, 1.1] {
            assert!(GammaPoisson::nll(&groups, best.strength * factor) > best.nll);
        }
    }
}
