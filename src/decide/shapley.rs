//! What each of several changes is worth, from the values of coalitions of them.
//!
//! The Shapley value of a change is what it adds to those made before it, averaged over all orders in
//! which they could be made (L. S. Shapley, A value for n-person games, 1953). It is the one split that
//! sums to the total, treats equal changes equally, gives nothing to what adds nothing, and is linear
//! in the value.

use std::collections::BTreeMap;

use crate::random;
use crate::scenario::Coalition;

/// Most changes whose orders are all looked at.
pub(super) const MOST_EXACT: usize = 10;

/// Which coalitions of `n` changes are looked at, and what follows from their values.
#[derive(Debug, Clone)]
pub(super) struct Design {
    n: usize,
    coalitions: Vec<Coalition>,
    orders: Orders,
}

#[derive(Debug, Clone)]
enum Orders {
    /// All of them: coalition number `c` is the set of the bits of `c`.
    All,
    /// Some, each followed by its reverse; and where each coalition stands.
    Sampled {
        permutations: Vec<Vec<usize>>,
        places: BTreeMap<Coalition, usize>,
    },
}

/// What each change is worth; undefined values are not finite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Worth {
    /// Made first.
    pub alone: Vec<f64>,
    /// Made last.
    pub last_in: Vec<f64>,
    pub shapley: Vec<f64>,
    /// Of each pair: what both are worth beyond what each is alone, `[Design::pairs]`.
    pub pairs: Vec<f64>,
}

impl Design {
    /// All 2^n coalitions of up to [`MOST_EXACT`] changes; of more, those along `n_permutations`
    /// random orders, rounded up to an even number: every second one is the reverse of the one before,
    /// which cancels part of the sampling error. Alone, last in, and pairs are always looked at.
    pub fn new(n: usize, n_permutations: u32, seed: u64) -> Design {
        if n <= MOST_EXACT {
            let coalitions = Coalition::all(n).collect();
            return Design {
                n,
                coalitions,
                orders: Orders::All,
            };
        }
        let pairs = 0..u64::from(n_permutations.div_ceil(2).max(1));
        let permutations: Vec<Vec<usize>> = pairs
            .flat_map(|pair| {
                let order = permutation(n, seed, pair);
                let reverse = order.iter().rev().copied().collect();
                [order, reverse]
            })
            .collect();
        let mut places = BTreeMap::new();
        let mut coalitions = Vec::new();
        for coalition in coalitions_of(n, &permutations) {
            places.entry(coalition).or_insert_with(|| {
                coalitions.push(coalition);
                coalitions.len() - 1
            });
        }
        Design {
            n,
            coalitions,
            orders: Orders::Sampled {
                permutations,
                places,
            },
        }
    }

    /// The first is the baseline, with no change; values are asked for in this order.
    pub fn coalitions(&self) -> &[Coalition] {
        &self.coalitions
    }

    /// Pairs of changes, in order.
    pub fn pairs(&self) -> impl Iterator<Item = [usize; 2]> {
        let n = self.n;
        (0..n).flat_map(move |i| (i + 1..n).map(move |j| [i, j]))
    }

    /// Where the baseline and the alternative with all changes stand among the coalitions.
    pub fn ends(&self) -> [usize; 2] {
        [
            self.place(Coalition::NONE),
            self.place(Coalition::first(self.n)),
        ]
    }

    fn place(&self, coalition: Coalition) -> usize {
        match &self.orders {
            Orders::All => coalition.number(),
            Orders::Sampled { places, .. } => places[&coalition],
        }
    }

    /// What each change is worth by the values of the coalitions. O(n 2^n), or O(n) per permutation.
    pub fn worth(&self, values: &[f64]) -> Worth {
        let value = |coalition| values[self.place(coalition)];
        let none = Coalition::NONE;
        let all = Coalition::first(self.n);
        let alone = |i| value(none.toggled(i)) - value(none);
        Worth {
            alone: (0..self.n).map(alone).collect(),
            last_in: (0..self.n)
                .map(|i| value(all) - value(all.toggled(i)))
                .collect(),
            shapley: self.shapley(values),
            pairs: self
                .pairs()
                .map(|[i, j]| {
                    let both = value(none.toggled(i).toggled(j)) - value(none.toggled(j));
                    both - alone(i)
                })
                .collect(),
        }
    }

    fn shapley(&self, values: &[f64]) -> Vec<f64> {
        match &self.orders {
            Orders::All => (0..self.n).map(|i| self.exact(i, values)).collect(),
            Orders::Sampled { permutations, .. } => {
                let mut sums = vec![0.0; self.n];
                for permutation in permutations {
                    self.add_marginals(permutation, values, &mut sums);
                }
                let n = permutations.len() as f64;
                sums.iter().map(|sum| sum / n).collect()
            }
        }
    }

    /// The Shapley value of change `i`: what it adds to each coalition, averaged over those of a size,
    /// then over sizes.
    fn exact(&self, i: usize, values: &[f64]) -> f64 {
        let mut by_size = vec![(0.0, 0.0); self.n];
        for (place, coalition) in self.coalitions.iter().enumerate() {
            if !coalition.has(i) {
                let (sum, n) = &mut by_size[coalition.len()];
                *sum += values[coalition.toggled(i).number()] - values[place];
                *n += 1.0;
            }
        }
        let means = by_size.iter().map(|(sum, n)| sum / n);
        means.sum::<f64>() / self.n as f64
    }

    fn add_marginals(&self, permutation: &[usize], values: &[f64], sums: &mut [f64]) {
        let mut coalition = Coalition::NONE;
        for &i in permutation {
            let before = values[self.place(coalition)];
            coalition = coalition.toggled(i);
            sums[i] += values[self.place(coalition)] - before;
        }
    }

    /// Variance of each Shapley value that comes from the choice of permutations alone, and the number of
    /// antithetic pairs that it was estimated from. None where all orders are looked at.
    pub fn sampling_variance(&self, values: &[f64]) -> Option<(Vec<f64>, u32)> {
        let Orders::Sampled { permutations, .. } = &self.orders else {
            return None;
        };
        let means = self.shapley(values);
        let mut squares = vec![0.0; self.n];
        for pair in permutations.chunks(2) {
            let mut sums = vec![0.0; self.n];
            for permutation in pair {
                self.add_marginals(permutation, values, &mut sums);
            }
            for i in 0..self.n {
                let deviation = sums[i] / pair.len() as f64 - means[i];
                squares[i] += deviation * deviation;
            }
        }
        let n = (permutations.len() / 2) as f64;
        let variance = |square: &f64| square / (n - 1.0).max(1.0) / n;
        Some((squares.iter().map(variance).collect(), n as u32))
    }
}

/// Every coalition that a sampled design looks at, some more than once.
fn coalitions_of(n: usize, permutations: &[Vec<usize>]) -> impl Iterator<Item = Coalition> {
    let (none, all) = (Coalition::NONE, Coalition::first(n));
    let single = (0..n).flat_map(move |i| [none.toggled(i), all.toggled(i)]);
    let pairs = (0..n).flat_map(move |i| (i + 1..n).map(move |j| none.toggled(i).toggled(j)));
    let along = permutations.iter().flat_map(move |permutation| {
        permutation.iter().scan(none, |coalition, &i| {
            *coalition = coalition.toggled(i);
            Some(*coalition)
        })
    });
    [none, all]
        .into_iter()
        .chain(single)
        .chain(pairs)
        .chain(along)
}

/// A random order of `n` things (R. A. Fisher and F. Yates, 1938), a function of seed and number.
fn permutation(n: usize, seed: u64, number: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let u = random::permutation_uniform(seed, number, last as u64);
        let other = (u * (last + 1) as f64) as usize;
        order.swap(last, other.min(last));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(design: &Design, of: impl Fn(Coalition) -> f64) -> Vec<f64> {
        design
            .coalitions()
            .iter()
            .map(|&coalition| of(coalition))
            .collect()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// (1.05)(1.08)(1.03) - 1, whose Shapley values follow by hand from six orders.
    #[test]
    fn a_product_is_split_as_by_hand() {
        let factors = [1.05, 1.08, 1.03];
        let design = Design::new(3, 0, 0);
        let product = |coalition: Coalition| {
            let chosen = (0..3).filter(|&i| coalition.has(i));
            chosen.map(|i| factors[i]).product::<f64>()
        };
        let worth = design.worth(&values(&design, product));
        for (got, wanted) in worth.shapley.iter().zip([0.05279, 0.08324, 0.03199]) {
            assert!((got - wanted).abs() < 5e-6, "{got} {wanted}");
        }
        assert!(near(worth.shapley.iter().sum(), 1.05 * 1.08 * 1.03 - 1.0));
        assert!(near(worth.alone[0], 0.05));
        assert!(near(worth.last_in[0], 0.05 * 1.08 * 1.03));
        assert!(near(worth.pairs[0], 0.05 * 0.08));
    }

    /// 12 changes that interact in pairs; the Shapley value of each is its own worth and half of its
    /// interactions. Every antithetic pair of orders then gives it exactly.
    #[test]
    fn sampled_orders_are_exact_where_changes_interact_in_pairs() {
        let n = 12;
        let design = Design::new(n, 6, 3);
        let game = |coalition: Coalition| {
            let members: Vec<usize> = (0..n).filter(|&i| coalition.has(i)).collect();
            let own: f64 = members.iter().map(|&i| (i + 1) as f64).sum();
            let both = members.iter().filter(|&&i| i % 2 == 0).count() as f64;
            own + 0.5 * both * (both - 1.0) / 2.0
        };
        let values = values(&design, game);
        let worth = design.worth(&values);
        for (i, got) in worth.shapley.iter().enumerate() {
            let interactions = if i % 2 == 0 { 5.0 * 0.5 / 2.0 } else { 0.0 };
            assert!(near(*got, (i + 1) as f64 + interactions), "{i}: {got}");
        }
        let (variance, pairs) = design.sampling_variance(&values).unwrap();
        assert!(pairs == 3 && variance.iter().all(|variance| *variance < 1e-24));
    }

    /// A game of all twelve at once. 400 orders, seed 5: the worst of 12 stays within 4 standard
    /// errors; with 199 degrees of freedom a false alarm has probability 1e-3.
    #[test]
    fn sampled_orders_agree_with_all_orders_within_their_error() {
        let n = 12;
        let design = Design::new(n, 400, 5);
        let factors: Vec<f64> = (0..n).map(|i| 1.0 + 0.1 * (i + 1) as f64).collect();
        let product = |coalition: Coalition| {
            let chosen = (0..n).filter(|&i| coalition.has(i));
            chosen.map(|i| factors[i]).product::<f64>()
        };
        let values = values(&design, product);
        let all: Vec<f64> = Coalition::all(n).map(product).collect();
        let exact = Design {
            n,
            coalitions: Coalition::all(n).collect(),
            orders: Orders::All,
        };
        let exact = exact.worth(&all).shapley;
        let sampled = design.worth(&values).shapley;
        let (variance, _) = design.sampling_variance(&values).unwrap();
        for i in 0..n {
            let z = (sampled[i] - exact[i]) / variance[i].sqrt();
            assert!(z.abs() < 4.0, "{i}: {z}");
        }
        let total = all[all.len() - 1] - all[0];
        assert!((sampled.iter().sum::<f64>() / total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_permutation_has_everyone_once_and_follows_from_its_seed() {
        let of = |seed, number| permutation(20, seed, number);
        let mut sorted = of(1, 2);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..20));
        assert_eq!(of(1, 2), of(1, 2));
        assert_ne!(of(1, 2), of(1, 3));
        assert_ne!(of(1, 2), of(2, 2));
    }
}
