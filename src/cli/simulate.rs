//! What `run` and `compare` share: simulate, compute, write, report.

use std::ops::Range;

use super::Outcome;
use super::bridge::bridges;
use super::disk::Loaded;
use super::failure::{Failure, print, tell};
use super::options::Order;
use super::paper::paper;
use super::progress::Progress;
use crate::decide::Risks;
use crate::forecast::{
    Case, FailedReplication, Plan, Precision, Reached, Replications, Story, Study, Trace, Watch,
    Yardstick, replicate, replicate_until,
};
use crate::report::{Findings, Paper, page, write_workbook};
use crate::scenario::{Scenario, Tree};

/// How a command tells what was found.
pub(super) struct Telling {
    pub json: fn(&Findings) -> String,
    pub report: fn(&Findings, Paper) -> String,
}

/// Simulates the scenarios of `loaded`, the first of which is the baseline, as `order` says.
pub(super) fn simulate(
    loaded: &[Loaded],
    order: &Order,
    telling: &Telling,
) -> Result<Outcome, Failure> {
    let scenarios: Vec<&Scenario> = loaded.iter().map(|loaded| &loaded.scenario).collect();
    let progress = Progress::new(order.silent);
    let run = Run::new(&scenarios, order, &progress)?;
    if run.sets.iter().any(Replications::is_empty) {
        progress.finish();
        return Err(Failure::Interrupted);
    }
    let bridges = match order.wants_bridges() {
        true => bridges(loaded, order, &progress)?,
        false => Vec::new(),
    };
    let (leads, time) = progress.finish();
    let cases: Vec<Case> = scenarios
        .iter()
        .zip(&run.sets)
        .map(|(scenario, replications)| Case {
            scenario,
            replications,
        })
        .collect();
    let target_revenue = scenarios[0].target_revenue;
    let trees: Vec<&Tree> = loaded.iter().map(|loaded| &loaded.tree).collect();
    let risks = cases.iter().map(|case| Risks::new(*case, &order.plan));
    let risks: Vec<Option<Risks>> = risks.collect();
    let stories = stories(&scenarios, order);
    let study = Study::new(&cases, target_revenue, &order.workers);
    let findings = Findings {
        cases: &cases,
        study: &study,
        plan: &order.plan,
        target_revenue,
        bridges: &bridges,
        risks: &risks,
        trees: &trees,
        stories: &stories,
        sets: &order.sets,
    };
    write(&findings, order, telling)?;
    if !order.silent {
        tell(&effort(&run.sets, leads, time.as_secs_f64()));
    }
    match run.outcome(&order.plan) {
        Outcome::Done if progress.cancelled() => {
            tell("interrupted: the difference is split over its changes in the first futures only");
            Ok(Outcome::Partial)
        }
        outcome => Ok(outcome),
    }
}

/// The first leads of the first replication of each scenario; nothing where nobody asked.
fn stories(scenarios: &[&Scenario], order: &Order) -> Vec<Vec<Story>> {
    let Some(n) = order.trace_leads else {
        return Vec::new();
    };
    let first = |scenario: &&Scenario| Trace::new(scenario, &order.plan).first(n as usize);
    scenarios.iter().map(first).collect()
}

/// The replications of a run and how it ended.
struct Run {
    sets: Vec<Replications>,
    interrupted: bool,
    /// What was asked for, and the share that was reached in its place.
    missed: Option<(Precision, Option<f64>)>,
}

impl Run {
    fn new(
        scenarios: &[&Scenario],
        order: &Order,
        progress: &Progress,
    ) -> Result<Run, FailedReplication> {
        let (plan, workers) = (&order.plan, &order.workers);
        Ok(match order.precision {
            None => {
                let sets = replicate(scenarios, plan, workers, progress)?;
                let interrupted = sets.iter().any(|set| set.range() != plan.range);
                Run {
                    sets,
                    interrupted,
                    missed: None,
                }
            }
            Some((precision, max)) => {
                let (sets, reached) =
                    replicate_until(precision, max, scenarios, plan, workers, progress)?;
                let missed = match reached {
                    Reached::Yes => None,
                    Reached::No { share } => Some((precision, share)),
                };
                let interrupted = missed.is_some() && progress.cancelled();
                Run {
                    sets,
                    interrupted,
                    missed,
                }
            }
        })
    }

    /// Says what is missing, if anything is.
    fn outcome(&self, plan: &Plan) -> Outcome {
        let range = self.sets.first().map_or(0..0, Replications::range);
        if self.interrupted {
            return interrupted(&range, plan);
        }
        let Some((precision, share)) = self.missed else {
            return Outcome::Done;
        };
        let of = match precision.of {
            Yardstick::Baseline => "baseline revenue",
            Yardstick::Lift => "the lift",
        };
        let wanted = 100.0 * precision.share;
        let reached = match share {
            Some(share) => format!("± {:.2} % of {of}", 100.0 * share),
            None => "an unknown error".to_owned(),
        };
        let n = range.end;
        tell(&format!(
            "precision not reached: {reached} after {n} replications, not ± {wanted} %"
        ));
        Outcome::Partial
    }
}

/// Says what an interrupted run is the result of.
pub(super) fn interrupted(done: &Range<u64>, plan: &Plan) -> Outcome {
    let Range { start, end } = done;
    let option = match plan.range.start {
        0 => format!("{end}"),
        _ => format!("{start}..{end}"),
    };
    tell(&format!(
        "interrupted: this is the result of --replications {option}"
    ));
    Outcome::Partial
}

fn write(findings: &Findings, order: &Order, telling: &Telling) -> Result<(), Failure> {
    if let Some(data_files) = &order.data_files {
        data_files.write(findings)?;
    }
    if let Some(workbook) = &order.workbook {
        write_workbook(findings, workbook)?;
    }
    if let Some(charts) = &order.charts {
        charts.write(findings)?;
    }
    if let Some(report) = &order.report {
        report.write(page(findings).as_bytes())?;
    }
    if let Some(json) = &order.json {
        json.write(&(telling.json)(findings))?;
    }
    if !order.quiet {
        print(&(telling.report)(findings, paper()))?;
    }
    Ok(())
}

/// `1000 replications of 2 scenarios: 22.3M leads in 3.42 s, 6.5M leads/s`
fn effort(sets: &[Replications], leads: u64, seconds: f64) -> String {
    let n = sets.first().map_or(0, Replications::len);
    let replications = if n == 1 {
        "replication"
    } else {
        "replications"
    };
    let scenarios = match sets.len() {
        1 => String::new(),
        n => format!(" of {n} scenarios"),
    };
    effort_of(&format!("{n} {replications}{scenarios}"), leads, seconds)
}

/// What `runs` took.
pub(super) fn effort_of(runs: &str, leads: u64, seconds: f64) -> String {
    let millions = leads as f64 / 1e6;
    let rate = millions / seconds.max(1e-6);
    format!("{runs}: {millions:.2}M leads in {seconds:.2} s, {rate:.1}M leads/s")
}
