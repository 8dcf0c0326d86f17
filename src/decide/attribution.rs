//! Which change did it: the difference between two scenarios, split over what separates them.
//!
//! Every coalition of changes is run with the same luck, so that a split is as precise as a paired
//! difference. Memory holds a few sums per cluster of replications and coalition, and no record.

use std::ops::Range;

use super::along::{self, Step};
use super::shapley::{Design, Worth};
use crate::forecast::{
    Estimate, FailedReplication, Followed, Followers, Formula, Metric, Plan, Records, Watch,
    Workers, jackknife, replicate_reduced,
};
use crate::scenario::{Changes, Faults, Group, Loader, Scenario};
use crate::units::Window;

/// Metrics whose difference can be split along the funnel, and whether existing revenue is in them.
const ALONG_THE_FUNNEL: [(&str, bool); 2] = [("revenue", true), ("new_revenue", false)];

/// Coalitions of the changes that separate two scenarios, each a valid scenario.
#[derive(Debug, Clone)]
pub struct Coalitions {
    groups: Vec<Group>,
    design: Design,
    scenarios: Vec<Scenario>,
}

impl Coalitions {
    /// Most groups whose coalitions are all run.
    pub const MOST_EXACT: usize = super::shapley::MOST_EXACT;

    /// Builds every coalition that is to be run: all of up to [`Coalitions::MOST_EXACT`] groups, else
    /// those along `n_permutations` orders, which follow from `seed`.
    ///
    /// # Errors
    /// If some coalitions make no sense; see [`Changes::parted`].
    pub fn build(
        changes: &Changes,
        n_permutations: u32,
        seed: u64,
        loader: &(dyn Loader + Sync),
        workers: &Workers,
    ) -> Result<Coalitions, Faults> {
        let groups = changes.groups().to_vec();
        let design = Design::new(groups.len(), n_permutations, seed);
        let coalitions = design.coalitions();
        let build = |(): &mut (), place: usize| changes.scenario(coalitions[place], loader);
        let (mut scenarios, mut senseless) = (Vec::new(), Vec::new());
        let built = workers.map(coalitions.len(), || (), build);
        for (coalition, built) in coalitions.iter().zip(built) {
            match built {
                Ok(scenario) => scenarios.push(scenario),
                Err(faults) => senseless.push((*coalition, faults)),
            }
        }
        if let Some(faults) = changes.parted(&senseless, loader) {
            return Err(faults);
        }
        Ok(Coalitions {
            groups,
            design,
            scenarios,
        })
    }

    /// How many there are, baseline and alternative among them.
    pub fn len(&self) -> usize {
        self.scenarios.len()
    }

    /// Whether there is none: never.
    pub fn is_empty(&self) -> bool {
        self.scenarios.is_empty()
    }

    /// Whether all coalitions of the groups are there.
    pub fn is_exact(&self) -> bool {
        self.groups.len() <= Self::MOST_EXACT
    }

    /// The baseline and the alternative: no change, and all of them.
    pub fn ends(&self) -> [&Scenario; 2] {
        self.design.ends().map(|place| &self.scenarios[place])
    }
}

/// A difference with its parts; every error is a delete-one-cluster jackknife over parameter draws.
#[derive(Debug, Clone)]
pub struct Attribution {
    pub metric: &'static Metric,
    /// What the metric is of; along the funnel, the leads that arrived in it are followed to its end.
    pub window: Window,
    /// Numbers of the replications; empty if it was cancelled before the first pair was done.
    pub range: Range<u64>,
    pub baseline: Estimate,
    pub alternative: Estimate,
    /// Alternative less baseline.
    pub total: Estimate,
    /// The same over the baseline's value; undefined where that is 0.
    pub relative: Estimate,
    /// One per group of changes, in their order; the Shapley values sum to the total.
    pub terms: Vec<Term>,
    /// Pairs of groups, the strongest interaction first; undefined ones last.
    pub interactions: Vec<Interaction>,
    /// What sums to the total along the funnel; none for a metric that is no revenue.
    pub along_the_funnel: Option<Vec<Step>>,
}

/// What a group of changes is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub name: String,
    /// Its share of the total. Of sampled orders, the error is that of sampling too.
    pub shapley: Estimate,
    /// The same over the baseline's value; undefined where that is 0.
    pub relative: Estimate,
    /// Made first: against the baseline.
    pub alone: Estimate,
    /// Made last: what the alternative would lose without it.
    pub last_in: Estimate,
}

/// What two groups are worth together beyond what each is worth alone: `v(ij) - v(i) - v(j) + v(none)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Positions of the groups.
    pub groups: [usize; 2],
    pub value: Estimate,
}

impl Attribution {
    /// Runs `plan` for all coalitions with the same luck, pair of replications by pair, and splits the
    /// difference. Cancelled, it is that of the pairs done.
    ///
    /// Time grows with coalitions × replications, memory with coalitions × parameter draws.
    ///
    /// # Errors
    /// If a replication panics, which is a defect of the engine.
    pub fn new(
        coalitions: &Coalitions,
        metric: &'static Metric,
        plan: &Plan,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Attribution, FailedReplication> {
        let sums = Sums::run(coalitions, metric, plan, workers, watch)?;
        let left_out = |cluster| Answers::new(&coalitions.design, &sums.values(Some(cluster)));
        let left_out = workers.map(sums.clusters.len(), || (), |(), cluster| left_out(cluster));
        let whole = Answers::new(&coalitions.design, &sums.values(None));
        let estimate = |of: &dyn Fn(&Answers) -> f64| {
            let value = Some(of(&whole)).filter(|value| value.is_finite());
            jackknife(value, left_out.iter().map(of))
        };
        let existing = existing_revenue_along(coalitions, metric);
        let [baseline, _] = coalitions.ends();
        let mut attribution = Attribution {
            metric,
            window: plan.views.window_within(baseline.horizon_days),
            range: sums.range.clone(),
            baseline: estimate(&|answers| answers.ends[0]),
            alternative: estimate(&|answers| answers.ends[1]),
            total: estimate(&|answers| answers.ends[1] - answers.ends[0]),
            relative: estimate(&|answers| answers.relative(answers.ends[1] - answers.ends[0])),
            terms: terms(&coalitions.groups, &estimate),
            interactions: interactions(&coalitions.design, &estimate),
            along_the_funnel: existing.map(|existing| along::split(&sums.followed, existing)),
        };
        attribution.add_sampling_error(&coalitions.design, &sums);
        Ok(attribution)
    }

    /// Where orders were sampled, adds what that contributes to the error of the Shapley values.
    fn add_sampling_error(&mut self, design: &Design, sums: &Sums) {
        let Some((variances, n_pairs)) = design.sampling_variance(&sums.values(None)) else {
            return;
        };
        let with = |estimate: Estimate, variance: f64| {
            let sampled = Estimate::new(0.0, variance.sqrt(), n_pairs);
            let both = |of: fn(&Estimate) -> Option<f64>| {
                let (luck, sampling) = (of(&estimate)?, of(&sampled)?);
                Some((luck * luck + sampling * sampling).sqrt())
            };
            Estimate {
                mean: estimate.mean,
                standard_error: both(|estimate| estimate.standard_error),
                half_width: both(|estimate| estimate.half_width),
            }
        };
        let baseline = self.baseline.mean.unwrap_or(f64::NAN);
        for (term, variance) in self.terms.iter_mut().zip(variances) {
            term.shapley = with(term.shapley, variance);
            term.relative = with(term.relative, variance / (baseline * baseline));
        }
    }
}

type Of<'a> = dyn Fn(&dyn Fn(&Answers) -> f64) -> Estimate + 'a;

/// Whether existing revenue is in a metric whose difference can be split along the funnel. None cannot where
/// revenue is spread over terms: what leads bring in the window is then not what is recognised in it.
fn existing_revenue_along(coalitions: &Coalitions, metric: &Metric) -> Option<bool> {
    let mut splits = ALONG_THE_FUNNEL.iter();
    let (_, existing) = splits.find(|(name, _)| *name == metric.name)?;
    let is_spread = coalitions.ends().into_iter().any(Scenario::spreads_revenue);
    (!is_spread).then_some(*existing)
}

fn terms(groups: &[Group], estimate: &Of) -> Vec<Term> {
    let groups = groups.iter().enumerate();
    let term = |(group, Group { name, .. }): (usize, &Group)| Term {
        name: name.clone(),
        shapley: estimate(&|answers| answers.worth.shapley[group]),
        relative: estimate(&|answers| answers.relative(answers.worth.shapley[group])),
        alone: estimate(&|answers| answers.worth.alone[group]),
        last_in: estimate(&|answers| answers.worth.last_in[group]),
    };
    groups.map(term).collect()
}

/// Strongest first; equals in the order of the groups.
fn interactions(design: &Design, estimate: &Of) -> Vec<Interaction> {
    let pairs = design.pairs().enumerate();
    let interaction = |(pair, groups): (usize, [usize; 2])| Interaction {
        groups,
        value: estimate(&|answers| answers.worth.pairs[pair]),
    };
    let mut interactions: Vec<Interaction> = pairs.map(interaction).collect();
    let strength = |of: &Interaction| of.value.mean.map_or(-1.0, f64::abs);
    interactions.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    interactions
}

/// All that is asked of the values of coalitions.
struct Answers {
    ends: [f64; 2],
    worth: Worth,
}

impl Answers {
    fn new(design: &Design, values: &[f64]) -> Answers {
        Answers {
            ends: design.ends().map(|place| values[place]),
            worth: design.worth(values),
        }
    }

    /// A difference over the baseline's value.
    fn relative(&self, difference: f64) -> f64 {
        difference / self.ends[0]
    }
}

type Parts = [f64; Formula::PARTS];

/// What a metric needs of the replications: sums by cluster and coalition.
struct Sums {
    formula: Formula,
    n_coalitions: usize,
    range: Range<u64>,
    /// Replications of each cluster.
    clusters: Vec<f64>,
    /// `[cluster][coalition][part]`, of the formula's parts those that it has.
    parts: Vec<f64>,
    /// `[coalition]`, over all clusters.
    total: Vec<Parts>,
    /// `[cluster]`; none where nobody is followed along the funnel.
    followed: Vec<[Followed; 2]>,
}

impl Sums {
    fn run(
        coalitions: &Coalitions,
        metric: &'static Metric,
        plan: &Plan,
        workers: &Workers,
        watch: &dyn Watch,
    ) -> Result<Sums, FailedReplication> {
        let formula = metric.formula;
        let scenarios: Vec<&Scenario> = coalitions.scenarios.iter().collect();
        let in_doubt = !plan.certain && scenarios.iter().any(|scenario| scenario.has_doubts());
        let follows = existing_revenue_along(coalitions, metric).is_some();
        let followers = Followers::new(coalitions.ends(), plan);
        let mut sums = Sums {
            formula,
            n_coalitions: scenarios.len(),
            range: plan.range.start..plan.range.start,
            clusters: Vec::new(),
            parts: Vec::new(),
            total: vec![[0.0; Formula::PARTS]; scenarios.len()],
            followed: Vec::new(),
        };
        replicate_reduced(
            &scenarios,
            plan,
            workers,
            watch,
            |scenario, records| {
                let span = plan.span(scenarios[scenario]);
                let records = Records::from(records);
                let columns = records.columns(span);
                let rows = 0..records.len();
                let rows: Vec<Parts> = rows
                    .map(|row| formula.parts(&columns.amounts(row)))
                    .collect();
                clustered(rows, in_doubt, add)
            },
            |numbers, scratch| match follows {
                true => clustered(followers.run(numbers, scratch), in_doubt, |a, b| {
                    a[0] += b[0];
                    a[1] += b[1];
                }),
                false => Vec::new(),
            },
            |numbers, parts, followed| sums.keep(numbers, in_doubt, &parts, followed),
        )?;
        Ok(sums)
    }

    /// Takes what a pair of replications yields, `[scenario][cluster]`.
    fn keep(
        &mut self,
        numbers: Range<u64>,
        in_doubt: bool,
        parts: &[Vec<Parts>],
        followed: Vec<[Followed; 2]>,
    ) {
        let n = (numbers.end - numbers.start) as f64;
        let n_clusters = parts.first().map_or(0, Vec::len);
        for cluster in 0..n_clusters {
            self.clusters.push(if in_doubt { n } else { 1.0 });
            for (total, of_scenario) in self.total.iter_mut().zip(parts) {
                let parts = &of_scenario[cluster][..self.formula.n_parts()];
                self.parts.extend_from_slice(parts);
                add(total, of_scenario[cluster]);
            }
        }
        self.followed.extend(followed);
        self.range.end = numbers.end;
    }

    /// The metric of each coalition, over all clusters or all but one; not finite where undefined.
    fn values(&self, without: Option<usize>) -> Vec<f64> {
        let all: f64 = self.clusters.iter().sum();
        let n = all - without.map_or(0.0, |cluster| self.clusters[cluster]);
        let value = |(coalition, total): (usize, &Parts)| {
            let mut parts = *total;
            if let Some(cluster) = without {
                let first = (cluster * self.n_coalitions + coalition) * self.formula.n_parts();
                let left_out = parts.iter_mut().zip(&self.parts[first..]);
                left_out
                    .take(self.formula.n_parts())
                    .for_each(|(sum, part)| *sum -= part);
            }
            self.formula.of_parts(parts.map(|sum| sum / n))
        };
        self.total.iter().enumerate().map(value).collect()
    }
}

fn add(sum: &mut Parts, parts: Parts) {
    sum.iter_mut()
        .zip(parts)
        .for_each(|(sum, part)| *sum += part);
}

/// Rows of one parameter draw as one cluster where anything is in doubt, else each on its own.
fn clustered<T>(rows: Vec<T>, in_doubt: bool, add: impl Fn(&mut T, T)) -> Vec<T> {
    if !in_doubt {
        return rows;
    }
    let mut rows = rows.into_iter();
    let first = rows.next();
    let cluster = first.map(|mut cluster| {
        rows.for_each(|row| add(&mut cluster, row));
        cluster
    });
    cluster.into_iter().collect()
}
