//! How long things last and how they end, from spells that are seen late or not to their end.
//!
//! All estimators take late entry and censoring as independent of what would have come.

use crate::math;

/// A stretch of time under observation, in ages: a record's days since it began.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Age from which on it was observed \[days, ≥ 0\]; what ended before would not have been seen. 0: from the beginning.
    pub entry: f64,
    /// Age at its end or when it was last seen \[days, ≥ `entry`\].
    pub exit: f64,
    /// What ended it; `None` if it was still open.
    pub cause: Option<usize>,
}

impl Spell {
    /// Others are passed over: ages that are not finite or not in order, or nothing seen after a late entry.
    pub(super) fn is_valid(&self) -> bool {
        let in_order = self.entry >= 0.0 && self.exit >= self.entry && self.exit.is_finite();
        in_order && (self.entry == 0.0 || self.exit > self.entry)
    }
}

/// How likely each cause is to have ended a spell by an age.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incidence {
    /// Ages at which something ended, ascending \[days\]; every other list goes along with it.
    pub ages: Vec<f64>,
    /// Spells under observation just before that age.
    pub at_risk: Vec<u64>,
    /// P(still open after that age): the Kaplan–Meier estimate.
    pub survival: Vec<f64>,
    /// `[cause][age]`: P(ended by this cause up to that age).
    pub incidence: Vec<Vec<f64>>,
    /// `[cause][age]`: variance of that estimate.
    pub variance: Vec<Vec<f64>>,
}

impl Incidence {
    /// P(ended by `cause` up to `age`) and the variance of that estimate; nothing before the first end.
    pub fn at(&self, cause: usize, age: f64) -> (f64, f64) {
        let place = self.ages.partition_point(|end| *end <= age).checked_sub(1);
        let found = place.and_then(|place| {
            let incidence = self.incidence.get(cause)?;
            Some((incidence[place], self.variance[cause][place]))
        });
        found.unwrap_or((0.0, 0.0))
    }

    /// P(ever ended by `cause`), as far as the spells tell; see [`follow_up`] for whether they do.
    pub fn last(&self, cause: usize) -> (f64, f64) {
        self.at(cause, f64::INFINITY)
    }
}

/// The Aalen–Johansen estimate of how likely each cause is to have ended a spell by an age.
///
/// `F_j(t) = Σ_{u ≤ t} S(u-) d_j(u) / n(u)`; at equal ages ends come before censorings, and a late entry counts from just after its
/// age. The variance is of Greenwood's type (delta method). O(spells log spells).
///
/// - Where all of a small early risk set ends, survival is 0 from there on, whatever comes later: late entries need some spells
///   seen from the beginning.
/// - A cause not below `n_causes` counts as a censoring.
/// - Source: E. Marubini and M. Valsecchi, Analysing Survival Data from Clinical Trials (1995), section 10.3.
pub fn aalen_johansen(spells: &[Spell], n_causes: usize) -> Incidence {
    let mut risk = RiskSet::new(spells, n_causes);
    let mut all = Incidence {
        incidence: vec![Vec::new(); n_causes],
        variance: vec![Vec::new(); n_causes],
        ..Incidence::default()
    };
    let mut survival = 1.0;
    let mut curves = vec![Curve::default(); n_causes];
    while let Some((age, n, ended)) = risk.next_end() {
        let (at_risk, d) = (n as f64, ended.iter().sum::<u64>() as f64);
        for (cause, curve) in curves.iter_mut().enumerate() {
            curve.step(survival, at_risk, d, ended[cause] as f64);
            all.incidence[cause].push(curve.value);
            all.variance[cause].push(curve.variance());
        }
        survival *= 1.0 - d / at_risk;
        all.ages.push(age);
        all.at_risk.push(n);
        all.survival.push(survival);
    }
    all
}

/// Who is under observation, from end to end.
struct RiskSet {
    /// Ascending.
    entries: Vec<f64>,
    /// By age, ends before censorings.
    exits: Vec<(f64, usize)>,
    n_causes: usize,
    entered: usize,
    left: usize,
}

impl RiskSet {
    fn new(spells: &[Spell], n_causes: usize) -> Self {
        let valid = || spells.iter().filter(|spell| spell.is_valid());
        // Who is there from the beginning is at risk at age 0 already.
        let entry = |spell: &Spell| if spell.entry > 0.0 { spell.entry } else { -1.0 };
        let mut entries: Vec<f64> = valid().map(entry).collect();
        let cause = |spell: &Spell| spell.cause.unwrap_or(n_causes).min(n_causes);
        let mut exits: Vec<(f64, usize)> =
            valid().map(|spell| (spell.exit, cause(spell))).collect();
        entries.sort_unstable_by(f64::total_cmp);
        exits.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Self {
            entries,
            exits,
            n_causes,
            entered: 0,
            left: 0,
        }
    }

    /// The next age at which something ended, how many were at risk, and how many ended by each cause.
    fn next_end(&mut self) -> Option<(f64, u64, Vec<u64>)> {
        while self.exits.get(self.left)?.1 == self.n_causes {
            self.left += 1;
        }
        let age = self.exits[self.left].0;
        while self
            .entries
            .get(self.entered)
            .is_some_and(|entry| *entry < age)
        {
            self.entered += 1;
        }
        let at_risk = (self.entered - self.left) as u64;
        let mut ended = vec![0; self.n_causes];
        while let Some((exit, cause)) = self.exits.get(self.left)
            && *exit == age
            && *cause < self.n_causes
        {
            ended[*cause] += 1;
            self.left += 1;
        }
        Some((age, at_risk, ended))
    }
}

/// The incidence of a cause up to an age, and the sums that its variance is made of.
///
/// `Var F(t) = Σ (F(t) - F(u))² g(u) + Σ S(u-)² d_j (n - d_j) / n³ - 2 Σ (F(t) - F(u)) S(u-) d_j / n²`, `g = d / (n (n - d))`.
#[derive(Debug, Clone, Copy, Default)]
struct Curve {
    value: f64,
    /// Sums of `g`, `F g` and `F² g`.
    all: [f64; 3],
    own: f64,
    /// Sums of `S d_j / n²` and `F S d_j / n²`.
    mixed: [f64; 2],
}

impl Curve {
    fn step(&mut self, survival: f64, n: f64, d: f64, own: f64) {
        self.value += survival * own / n;
        // Where all end, the curve rises no more and the term is 0 times infinity.
        let g = if n > d { d / (n * (n - d)) } else { 0.0 };
        let mixed = survival * own / (n * n);
        self.all[0] += g;
        self.all[1] += self.value * g;
        self.all[2] += self.value * self.value * g;
        self.own += survival * survival * own * (n - own) / (n * n * n);
        self.mixed[0] += mixed;
        self.mixed[1] += self.value * mixed;
    }

    fn variance(&self) -> f64 {
        let f = self.value;
        let all = f * f * self.all[0] - 2.0 * f * self.all[1] + self.all[2];
        let mixed = f * self.mixed[0] - self.mixed[1];
        (all + self.own - 2.0 * mixed).max(0.0)
    }
}

/// The Kaplan–Meier estimate of P(not ended after an age), as (age, probability); O(spells log spells).
///
/// `cause`: the only one that ends a spell, all others being censorings; `None`: any cause ends it.
pub fn kaplan_meier(spells: &[Spell], cause: Option<usize>) -> Vec<(f64, f64)> {
    let ends = |other: usize| cause.is_none_or(|cause| cause == other);
    let of_one_cause = |spell: &Spell| Spell {
        cause: spell.cause.filter(|other| ends(*other)).map(|_| 0),
        ..*spell
    };
    let spells: Vec<Spell> = spells.iter().map(of_one_cause).collect();
    let all = aalen_johansen(&spells, 1);
    all.ages.into_iter().zip(all.survival).collect()
}

/// Estimates of the share that a cause ends which are often seen and are wrong where spells are open.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Naive {
    /// Of those that ended: counts quick ends too much.
    pub of_ended: Option<f64>,
    /// Of all: counts open ones as ended otherwise.
    pub of_all: Option<f64>,
    /// One less Kaplan–Meier with other causes as censorings: what would be if there were no other causes.
    pub one_less_kaplan_meier: f64,
}

/// The wrong estimates, to show beside [`aalen_johansen`].
pub fn naive(spells: &[Spell], cause: usize) -> Naive {
    let count =
        |counts: &dyn Fn(&Spell) -> bool| spells.iter().filter(|spell| counts(spell)).count();
    let by_cause = count(&|spell| spell.cause == Some(cause)) as f64;
    let share = |n: usize| (n > 0).then(|| by_cause / n as f64);
    Naive {
        of_ended: share(count(&|spell| spell.cause.is_some())),
        of_all: share(spells.len()),
        one_less_kaplan_meier: kaplan_meier(spells, Some(cause))
            .last()
            .map_or(0.0, |(_, survival)| 1.0 - survival),
    }
}

/// Whether spells were followed for long enough to tell what never ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FollowUp {
    /// Largest age at which something ended \[days\].
    pub last_end: f64,
    /// Largest age seen \[days\].
    pub longest: f64,
    /// Chance of as few ends late in the follow-up if it were too short; small: the curve has levelled off.
    pub p: f64,
}

impl FollowUp {
    /// Whether what is still open may be taken as never ending: `p` is below 0.05, and spells were seen for half as long again as any
    /// that ended. The second is an assumption: with thousands of spells, few of them old, `p` alone is too easily small.
    pub fn is_long_enough(&self) -> bool {
        self.p < 0.05 && self.longest >= 1.5 * self.last_end
    }
}

/// The plateau test of follow-up: do ends stop well before observation does?
///
/// With `N` of `n` spells ended in `(2 t* - t, t*]`, `t*` the last end and `t` the longest age, `p = (1 - N / n)^n`.
///
/// - `None` if nothing ended
/// - Source: R. Maller and S. Zhou, Biometrics 50 (1994) 742.
pub fn follow_up(spells: &[Spell]) -> Option<FollowUp> {
    let valid = || spells.iter().filter(|spell| spell.is_valid());
    let ended = || valid().filter(|spell| spell.cause.is_some());
    let largest = |a: f64, spell: &Spell| a.max(spell.exit);
    ended().next()?;
    let (last_end, longest) = (ended().fold(0.0, largest), valid().fold(0.0, largest));
    let from = 2.0 * last_end - longest;
    let late = ended()
        .filter(|spell| spell.exit > from && longest > last_end)
        .count() as f64;
    let n = valid().count() as f64;
    Some(FollowUp {
        last_end,
        longest,
        p: math::exp(n * math::ln_1p(-late / n)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(entry: f64, exit: f64, cause: Option<usize>) -> Spell {
        Spell { entry, exit, cause }
    }

    /// Without censoring the incidence is a share of independent trials.
    #[test]
    fn variance_without_censoring_is_binomial() {
        let causes = [0, 1, 1, 0, 0, 1, 0, 0];
        let spells: Vec<Spell> = (0..8)
            .map(|i| {
                spell(
                    0.0,
                    [2.0, 3.0, 3.0, 5.0, 6.0, 6.0, 8.0, 9.0][i],
                    Some(causes[i]),
                )
            })
            .collect();
        let all = aalen_johansen(&spells, 2);
        for cause in 0..2 {
            for (share, variance) in all.incidence[cause].iter().zip(&all.variance[cause]) {
                let expected = share * (1.0 - share) / 8.0;
                assert!((variance - expected).abs() < 1e-14, "{variance} {expected}");
            }
        }
        assert_eq!(all.at(0, 1.0), (0.0, 0.0));
        assert_eq!(all.at(7, 9.0), (0.0, 0.0));
        assert!((all.last(0).0 - 0.625).abs() < 1e-15);
    }

    /// One cause with censoring: Greenwood's formula.
    #[test]
    fn variance_of_one_cause_is_greenwoods() {
        let spells = [
            (1.0, true),
            (2.0, false),
            (3.0, true),
            (4.0, true),
            (5.0, false),
        ];
        let spells = spells.map(|(exit, ends)| spell(0.0, exit, ends.then_some(0)));
        let all = aalen_johansen(&spells, 1);
        let (mut survival, mut sum) = (1.0, 0.0);
        for (place, n) in [5.0, 3.0, 2.0].into_iter().enumerate() {
            survival *= 1.0 - 1.0 / n;
            sum += 1.0 / (n * (n - 1.0));
            assert!((all.survival[place] - survival).abs() < 1e-15);
            let greenwood = survival * survival * sum;
            assert!((all.variance[0][place] - greenwood).abs() < 1e-14);
        }
    }

    /// Risk sets by hand: one enters at 2, at the very age of an end, and is not at risk of it.
    #[test]
    fn late_entries_are_at_risk_after_their_age() {
        let spells = [
            spell(0.0, 2.0, Some(0)),
            spell(2.0, 3.0, Some(0)),
            spell(0.0, 4.0, None),
            spell(1.0, 1.0, Some(0)),
            spell(f64::NAN, 1.0, Some(0)),
            spell(0.0, 0.0, Some(0)),
        ];
        let all = aalen_johansen(&spells, 1);
        assert_eq!(all.ages, [0.0, 2.0, 3.0]);
        assert_eq!(all.at_risk, [3, 2, 2]);
    }

    #[test]
    fn follow_up_is_sufficient_only_with_a_plateau() {
        let ends = |last: f64| -> Vec<Spell> {
            let ended = (1..=50).map(|i| spell(0.0, f64::from(i), Some(0)));
            let open = (1..=50).map(|i| spell(0.0, last * f64::from(i) / 50.0, None));
            ended.chain(open).collect()
        };
        let long = follow_up(&ends(90.0)).unwrap();
        assert_eq!((long.last_end, long.longest), (50.0, 90.0));
        assert!(long.is_long_enough() && !follow_up(&ends(70.0)).unwrap().is_long_enough());
        // 40 of 100 within (10, 50].
        assert!((long.p / f64::powi(0.6, 100) - 1.0).abs() < 1e-9);
        assert_eq!(follow_up(&ends(40.0)).unwrap().p, 1.0);
        assert_eq!(follow_up(&[spell(0.0, 3.0, None)]), None);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(aalen_johansen(&[], 2).last(0), (0.0, 0.0));
        assert_eq!(kaplan_meier(&[], None), []);
        assert_eq!(naive(&[], 0).of_all, None);
    }
}
