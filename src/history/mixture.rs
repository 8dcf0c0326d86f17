//! Causes as a mixture: each spell is bound for one cause, and each cause has its own law of time.

use super::latency::{Evidence, Family, Latency, When};
use super::survival::{Spell, follow_up};
use crate::math;

/// What spells are bound for, and how long each cause takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// `[cause]`: P(a spell ends by it); 0 for a cause that was never seen. With `never` they sum to 1.
    pub shares: Vec<f64>,
    /// P(a spell never ends).
    pub never: f64,
    /// `[cause]`: `None` for a cause that was never seen.
    pub laws: Vec<Option<Latency>>,
    /// `[cause]`: how many spells seen to their end would tell its share as well, the laws being known.
    pub effective_n: Vec<f64>,
    pub log_likelihood: f64,
    /// Whether the last step gained practically nothing.
    pub converged: bool,
}

/// Younger ends count as of this age \[days\]: an hour.
const YOUNGEST: f64 = 1.0 / 24.0;
/// An entry that so few spells reach tells nothing of those that do not.
const RAREST: f64 = 0.01;
/// More spells than these are grouped.
const MOST_SPELLS: usize = 20_000;
/// Groups of ages for a factor of e.
const PLACES: f64 = 200.0;
const MOST_STEPS: usize = 2_000;
/// Gain of log-likelihood per spell that ends the climb.
const LEAST_GAIN: f64 = 1e-9;

impl Mixture {
    /// The maximum-likelihood mixture of causes for spells with late entry and censoring, by expectation–maximisation.
    ///
    /// An end by cause j at age t adds `ln(w_j f_j(t))`, an open spell `ln Σ w_j S_j(a)`, and a late entry takes off `ln Σ w_j S_j(e)`. What an
    /// open spell is bound for is missing, as is when it will end; of late entries so are the spells that ended before they could be
    /// seen, and each seen one stands for a share of those. No step loses likelihood. `family` is that of all laws; of two fits the
    /// one with the larger likelihood is the better one, parameters being as many.
    ///
    /// - `None` if nothing ended
    /// - Spells that never end are looked for only if the follow-up [is long enough](super::survival::FollowUp::is_long_enough), for else
    ///   they cannot be told from late ends: then every spell ends at last, and shares lean on the laws' tails.
    /// - Ends younger than an hour count as of an hour; an entry that less than 1 % reach stands for 99 unseen spells.
    /// - A cause not below `n_causes` is passed over.
    /// - More than 20,000 spells are grouped by ages within 1/2 % of each other: half of that is off at most.
    /// - O(groups × causes) a step, 2,000 steps at most
    pub fn fit(spells: &[Spell], n_causes: usize, family: Family) -> Option<Mixture> {
        let groups = grouped(spells);
        let mut mixture = Self::start(&groups, n_causes, family)?;
        if follow_up(spells).is_some_and(|seen| seen.is_long_enough()) {
            mixture.let_some_never_end(&groups);
        }
        let mut before = f64::NEG_INFINITY;
        for _ in 0..MOST_STEPS {
            let step = mixture.expect(&groups);
            mixture.log_likelihood = step.log_likelihood;
            mixture.effective_n = step.effective_n(&mixture.shares);
            if step.log_likelihood - before <= LEAST_GAIN * spells.len() as f64 {
                mixture.converged = true;
                break;
            }
            before = step.log_likelihood;
            mixture.maximise(&step.evidence, step.never);
        }
        Some(mixture)
    }

    /// The ends alone; `None` if there are none.
    fn start(groups: &[Group], n_causes: usize, family: Family) -> Option<Mixture> {
        let mut ends = vec![Vec::new(); n_causes];
        for Group { spell, n } in groups {
            if let Some(ends) = spell.cause.and_then(|cause| ends.get_mut(cause)) {
                ends.push(evidence(spell.exit, When::Then, *n));
            }
        }
        let law = |ends: &Vec<Evidence>| (!ends.is_empty()).then(|| Latency::start(family, ends));
        let mut mixture = Mixture {
            shares: vec![0.0; n_causes],
            never: 0.0,
            laws: ends.iter().map(law).collect(),
            effective_n: Vec::new(),
            log_likelihood: f64::NEG_INFINITY,
            converged: false,
        };
        mixture.maximise(&ends, 0.0);
        ends.iter().any(|ends| !ends.is_empty()).then_some(mixture)
    }

    /// Half of what is open, to begin with.
    fn let_some_never_end(&mut self, groups: &[Group]) {
        let open = groups.iter().filter(|group| group.spell.cause.is_none());
        let open: f64 = open.map(|group| group.n).sum();
        let all: f64 = groups.iter().map(|group| group.n).sum();
        self.never = 0.5 * open / all;
        self.shares
            .iter_mut()
            .for_each(|share| *share *= 1.0 - self.never);
    }

    /// Sets shares and laws from the evidence of each cause, and how many never end; without evidence a cause stays.
    fn maximise(&mut self, evidence: &[Vec<Evidence>], never: f64) {
        let weight = |one: &Vec<Evidence>| -> f64 { one.iter().map(|one| one.weight).sum() };
        let weights: Vec<f64> = evidence.iter().map(weight).collect();
        let all = weights.iter().sum::<f64>() + never;
        if all > 0.0 {
            self.never = never / all;
        }
        for (cause, weight) in weights.into_iter().enumerate() {
            if weight > 0.0 {
                self.shares[cause] = weight / all;
                self.laws[cause] = self.laws[cause].map(|law| law.improved(&evidence[cause]));
            }
        }
    }

    fn expect(&self, groups: &[Group]) -> Expectation {
        let mut expected = Expectation {
            evidence: vec![Vec::new(); self.shares.len()],
            never: 0.0,
            information: vec![0.0; self.shares.len()],
            log_likelihood: 0.0,
        };
        for Group { spell, n } in groups {
            let bound = self.bound_for(spell.exit, spell.cause);
            let seen = self.bound_for(spell.entry, None);
            let (Some(bound), Some(seen)) = (bound, seen) else {
                continue;
            };
            expected.log_likelihood += n * (math::ln(bound.total) - math::ln(seen.total));
            expected.never += n * bound.never;
            for cause in 0..self.shares.len() {
                let Some(law) = self.laws[cause] else {
                    continue;
                };
                let share = bound.shares[cause];
                let told = share - seen.shares[cause];
                expected.information[cause] += n * told * told;
                let when = spell.cause.map_or(When::Later, |_| When::Then);
                let earlier = self.shares[cause] * law.cdf(spell.entry) / seen.total.max(RAREST);
                let evidence = [
                    evidence(spell.exit, when, n * share),
                    evidence(spell.entry, When::Earlier, n * earlier),
                ];
                let told = evidence.into_iter().filter(|one| one.weight > 0.0);
                expected.evidence[cause].extend(told);
            }
        }
        expected
    }

    /// What a spell of this age is bound for, open or ended by `cause`; `None` if the laws rule the age out.
    fn bound_for(&self, age: f64, cause: Option<usize>) -> Option<Bound> {
        let weight = |at: usize| match (self.laws[at], cause) {
            (Some(law), None) => self.shares[at] * law.sf(age),
            (Some(law), Some(cause)) if cause == at => self.shares[at] * law.density(age),
            _ => 0.0,
        };
        let mut shares: Vec<f64> = (0..self.shares.len()).map(weight).collect();
        let mut never = if cause.is_none() { self.never } else { 0.0 };
        let total = shares.iter().sum::<f64>() + never;
        shares.iter_mut().for_each(|share| *share /= total);
        never /= total;
        let bound = Bound {
            shares,
            never,
            total,
        };
        (total > 0.0 && total.is_finite()).then_some(bound)
    }

    /// P(ends by `cause` | open at `age`), age in days; 0 for a cause that was never seen.
    pub fn share_if_open(&self, cause: usize, age: f64) -> f64 {
        let bound = self.bound_for(age, None);
        bound
            .and_then(|bound| bound.shares.get(cause).copied())
            .unwrap_or(0.0)
    }

    /// P(ends by `cause` within `days` | open at `age`), both in days; 0 for a cause that was never seen.
    pub fn share_within(&self, cause: usize, age: f64, days: f64) -> f64 {
        let (Some(Some(law)), Some(bound)) = (self.laws.get(cause), self.bound_for(age, None))
        else {
            return 0.0;
        };
        let within = law.sf(age) - law.sf(age + days.max(0.0));
        self.shares[cause] * within / bound.total
    }
}

fn evidence(age: f64, when: When, weight: f64) -> Evidence {
    Evidence { age, when, weight }
}

/// Spells of practically the same ages.
#[derive(Debug, Clone, Copy)]
struct Group {
    spell: Spell,
    n: f64,
}

/// The valid spells, ends not younger than [`YOUNGEST`]; if they are many, by rounded logarithms of their ages.
fn grouped(spells: &[Spell]) -> Vec<Group> {
    let valid = spells.iter().filter(|spell| spell.is_valid());
    let valid = valid.map(|spell| Spell {
        exit: spell.exit.max(YOUNGEST),
        ..*spell
    });
    if spells.len() <= MOST_SPELLS {
        return valid.map(|spell| Group { spell, n: 1.0 }).collect();
    }
    let place = |age: f64| (math::ln(age.max(YOUNGEST)) * PLACES).round() as i32;
    let age = |place: i32| math::exp(f64::from(place) / PLACES);
    let keys = valid.map(|spell| {
        let entry = (spell.entry > YOUNGEST).then(|| place(spell.entry));
        (entry, place(spell.exit), spell.cause)
    });
    let mut keys: Vec<_> = keys.collect();
    keys.sort_unstable();
    let same = keys.chunk_by(|a, b| a == b);
    let groups = same.map(|same| {
        let (entry, exit, cause) = same[0];
        let (entry, exit) = (entry.map_or(0.0, age), age(exit));
        let spell = Spell { entry, exit, cause };
        Group {
            spell,
            n: same.len() as f64,
        }
    });
    groups.collect()
}

/// What spells of an age are bound for, and how likely the age is.
struct Bound {
    /// `[cause]`; with `never` they sum to 1.
    shares: Vec<f64>,
    never: f64,
    total: f64,
}

/// The expected complete data of a step.
struct Expectation {
    /// `[cause]`
    evidence: Vec<Vec<Evidence>>,
    /// Spells that never end.
    never: f64,
    /// `[cause]`: squared scores of its share, less their common factor.
    information: Vec<f64>,
    log_likelihood: f64,
}

impl Expectation {
    /// A spell seen to its end has the information `1 / (w (1 - w))` of a share on average.
    fn effective_n(&self, shares: &[f64]) -> Vec<f64> {
        let spells = self
            .information
            .iter()
            .zip(shares)
            .map(|(information, share)| {
                let one = share * (1.0 - share);
                if one > 0.0 { information / one } else { 0.0 }
            });
        spells.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::latency::{LogNormal, Weibull};
    use super::*;

    fn lognormal(law: Option<Latency>) -> LogNormal {
        let Some(Latency::LogNormal(law)) = law else {
            panic!("{law:?}");
        };
        law
    }

    fn wins_and_losses() -> Mixture {
        let law = |median, sigma| {
            let mu = math::ln(median);
            Some(Latency::LogNormal(LogNormal { mu, sigma }))
        };
        Mixture {
            shares: vec![0.22, 0.78],
            never: 0.0,
            laws: vec![law(45.0, 0.6), law(70.0, 0.8)],
            effective_n: vec![],
            log_likelihood: 0.0,
            converged: true,
        }
    }

    /// Exact values by Bayes' rule, computed apart.
    #[test]
    fn what_open_records_are_bound_for() {
        let mixture = wins_and_losses();
        for (age, share) in [
            (0.0, 0.22),
            (30.0, 0.198_385_30),
            (60.0, 0.133_848_67),
            (120.0, 0.054_414_07),
        ] {
            assert!((mixture.share_if_open(0, age) - share).abs() < 5e-9);
        }
        assert!((mixture.share_within(0, 60.0, 30.0) - 0.081_294_98).abs() < 5e-9);
        assert_eq!(mixture.share_if_open(2, 10.0), 0.0);
        assert_eq!(mixture.share_within(2, 10.0, 5.0), 0.0);
    }

    /// Without open spells: shares, means and standard deviations of the ends; effective n is their number.
    #[test]
    fn seen_to_the_end_it_is_moments() {
        let spell = |exit, cause| Spell {
            entry: 0.0,
            exit,
            cause: Some(cause),
        };
        let spells = [
            spell(1.0, 0),
            spell(4.0, 0),
            spell(2.0, 1),
            spell(8.0, 1),
            spell(4.0, 1),
        ];
        let fit = Mixture::fit(&spells, 2, Family::LogNormal).unwrap();
        let law = lognormal(fit.laws[1]);
        assert!((fit.shares[0] - 0.4).abs() < 1e-12 && fit.converged);
        assert!((law.mu - math::ln(4.0)).abs() < 1e-12);
        assert!((law.sigma - math::ln(2.0) * f64::sqrt(2.0 / 3.0)).abs() < 1e-12);
        assert!((fit.effective_n[0] - 5.0).abs() < 1e-9);
    }

    /// Open, ended and late spells: the likelihood is its formula, and no neighbour has a larger one.
    #[test]
    fn the_fit_has_the_largest_likelihood() {
        let luck = |nth: u64| crate::random::permutation_uniform(1, 1, nth);
        let spell = |nth: u64| {
            let cause = usize::from(luck(3 * nth) > 0.4);
            let days =
                [20.0, 60.0][cause] * math::exp(0.6 * math::normal_quantile(luck(3 * nth + 1)));
            let entry = (60.0 * luck(3 * nth + 2) - 30.0).max(0.0);
            let last = entry + 50.0;
            Spell {
                entry,
                exit: days.min(last),
                cause: (days < last).then_some(cause),
            }
        };
        let spells: Vec<Spell> = (0..400)
            .map(spell)
            .filter(|spell| spell.exit > spell.entry)
            .collect();
        let likelihood = |mixture: &Mixture| -> f64 {
            let [one, two] =
                [0, 1].map(|cause| (mixture.shares[cause], mixture.laws[cause].unwrap()));
            let open = |age: f64| one.0 * one.1.sf(age) + two.0 * two.1.sf(age);
            let of = |spell: &Spell| match spell.cause {
                None => open(spell.exit),
                Some(cause) => [one, two][cause].0 * [one, two][cause].1.density(spell.exit),
            };
            spells
                .iter()
                .map(|spell| math::ln(of(spell) / open(spell.entry)))
                .sum()
        };
        let moved = |law: Latency, by: [f64; 2]| match law {
            Latency::LogNormal(LogNormal { mu, sigma }) => Latency::LogNormal(LogNormal {
                mu: mu * by[0],
                sigma: sigma * by[1],
            }),
            Latency::Weibull(Weibull { scale, shape }) => Latency::Weibull(Weibull {
                scale: scale * by[0],
                shape: shape * by[1],
            }),
        };
        for family in [Family::LogNormal, Family::Weibull] {
            let fit = Mixture::fit(&spells, 2, family).unwrap();
            let largest = likelihood(&fit);
            assert!(fit.converged && (fit.log_likelihood - largest).abs() < 1e-9);
            for by in [0.97, 1.03] {
                let mut near = vec![fit.clone(); 5];
                near[0].shares = vec![fit.shares[0] * by, 1.0 - fit.shares[0] * by];
                for (nth, near) in near[1..].iter_mut().enumerate() {
                    let by = [[by, 1.0], [1.0, by]][nth / 2];
                    near.laws[nth % 2] = near.laws[nth % 2].map(|law| moved(law, by));
                }
                for near in near {
                    assert!(likelihood(&near) < largest, "{near:?} {fit:?}");
                }
            }
        }
    }

    /// 25,000 ends on 25 days: the groups' law is that of the ends, but for half a group.
    #[test]
    fn groups_are_near_their_spells() {
        let ends = (0..25_000).map(|nth| f64::from(nth % 25) + 1.3);
        let spells: Vec<Spell> = ends
            .map(|exit| Spell {
                entry: 0.0,
                exit,
                cause: Some(0),
            })
            .collect();
        assert_eq!(grouped(&spells).len(), 25);
        let (many, few) = (
            Mixture::fit(&spells, 1, Family::LogNormal).unwrap(),
            Mixture::fit(&spells[..2_500], 1, Family::LogNormal).unwrap(),
        );
        let (many, few) = (lognormal(many.laws[0]), lognormal(few.laws[0]));
        assert!((many.mu - few.mu).abs() < 0.0025 && (many.sigma - few.sigma).abs() < 0.0025);
    }

    #[test]
    fn odd_spells_do_no_harm() {
        let spell = |entry, exit, cause| Spell { entry, exit, cause };
        let open = [spell(0.0, 3.0, None)];
        assert_eq!(Mixture::fit(&open, 2, Family::LogNormal), None);
        let odd = [
            spell(0.0, 0.0, Some(0)),
            spell(1e9, 2e9, None),
            spell(5.0, f64::NAN, Some(1)),
            spell(0.0, f64::INFINITY, None),
            spell(0.0, 3.0, Some(9)),
        ];
        for family in [Family::LogNormal, Family::Weibull] {
            let fit = Mixture::fit(&odd, 2, family).unwrap();
            let mut shares = fit.shares.iter();
            assert!(shares.all(|share| (0.0..=1.0).contains(share)), "{fit:?}");
            assert!(fit.log_likelihood.is_finite(), "{fit:?}");
        }
    }
}
