//! `funnelcast sweep SCENARIO KEY=VALUES…`

use std::path::PathBuf;

use clap::Args;

use super::disk::{Disk, load, tell_of_notes};
use super::failure::{print, tell};
use super::options::{Json, LuckOptions, OutputOptions, applies, destination, named_metric};
use super::paper::paper;
use super::progress::Progress;
use super::simulate::{effort_of, interrupted};
use super::{Failure, Outcome};
use crate::decide::{self, Grid};
use crate::forecast::Metric;
use crate::report::{Charts, Destination, Swept, json, sweep, sweep_csv};
use crate::scenario::{Axis, Faults, Scenario};

/// Run many values of a key with the same luck: what each brings, and where the next stops paying
///
/// Values are a range A..B/STEP or a list, as --set takes them; keys joined by `+` move together. Two
/// axes make a grid. What pays is the margin. Seed and replications are the scenario's.
#[derive(Debug, Args)]
#[command(after_help = "\
Example: funnelcast sweep plan.toml sales.reps=4..16/2 --metric revenue,mean_wait_days
Example: funnelcast sweep plan.toml 'handoff.leak=0%..40%/10%' 'closing.win=20%,25%,18% to 26%'")]
pub(super) struct Sweep {
    /// The scenario's file
    scenario: PathBuf,

    /// A key and its values: `sales.reps=8..24/2`, `closing.win=20%,25%`
    #[arg(required = true, num_args = 1..=2, value_name = "KEY=VALUES")]
    axes: Vec<String>,

    /// What is told of each point: any metrics of the JSON of `run`
    #[arg(long, value_name = "METRIC", default_value = "revenue")]
    #[arg(value_delimiter = ',', value_parser = named_metric)]
    metric: Vec<&'static Metric>,

    /// Write the table as CSV: a row per point and metric
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    csv: Option<PathBuf>,

    #[command(flatten)]
    luck: LuckOptions,

    #[command(flatten)]
    output: OutputOptions,
}

impl Sweep {
    pub fn run(self) -> Result<Outcome, Failure> {
        let axes = axes(&self.axes)?;
        let loaded = load(&[self.scenario], &self.luck.set)?;
        if !self.output.quiet {
            tell_of_notes(&loaded);
        }
        let (scenario, tree) = (&loaded[0].scenario, &loaded[0].tree);
        let workers = self.luck.workers();
        let grid = Grid::build(tree, &scenario.name, axes, &Disk::default(), &workers)?;
        let points: Vec<&Scenario> = grid.scenarios().iter().collect();
        let metrics = distinct(&self.metric);
        for metric in &metrics {
            applies(metric, points.iter().copied())?;
        }
        // A window that the scenario lacks is said once and not for every point.
        self.luck.plan(&[scenario], None)?;
        let plan = self.luck.plan(&points, None)?;
        let csv = self.csv.as_deref();
        let csv = csv.map(|path| destination("--csv", path, &loaded));
        let results = Results {
            csv: csv.transpose()?,
            json: self.output.json(&loaded)?,
            charts: self.output.charts()?,
            quiet: self.output.quiet,
        };
        let progress = Progress::new(self.output.quiet);
        let sweep = decide::Sweep::new(&grid, &metrics, &plan, &workers, &progress)?;
        let (leads, time) = progress.finish();
        if sweep.range.is_empty() {
            return Err(Failure::Interrupted);
        }
        results.write(&Swept {
            scenario,
            grid: &grid,
            sweep: &sweep,
            plan: &plan,
        })?;
        if !self.output.quiet {
            let n = sweep.range.end - sweep.range.start;
            let runs = format!("{n} replications of {} points", points.len());
            tell(&effort_of(&runs, leads, time.as_secs_f64()));
        }
        match sweep.range == plan.range {
            true => Ok(Outcome::Done),
            false => Ok(interrupted(&sweep.range, &plan)),
        }
    }
}

/// Where the results go.
struct Results {
    csv: Option<Destination>,
    json: Option<Json>,
    charts: Option<Charts>,
    quiet: bool,
}

impl Results {
    fn write(&self, found: &Swept) -> Result<(), Failure> {
        if let Some(csv) = &self.csv {
            csv.write(&sweep_csv(found))?;
        }
        if let Some(charts) = &self.charts {
            charts.write_sweep(found)?;
        }
        if let Some(json) = &self.json {
            json.write(&json::sweep(found))?;
        }
        if !self.quiet && !matches!(self.json, Some(Json::Printed)) {
            print(&sweep::sweep(found, paper()))?;
        }
        Ok(())
    }
}

/// The axes as meant; what is wrong with each comes together.
fn axes(arguments: &[String]) -> Result<Vec<Axis>, Faults> {
    let (mut axes, mut faults) = (Vec::new(), Vec::new());
    for argument in arguments {
        Axis::parse(argument).map_or_else(|wrong| faults.push(wrong), |axis| axes.push(axis));
    }
    Faults::join(faults).map_or(Ok(axes), Err)
}

/// Each metric once, in order of first appearance.
fn distinct(metrics: &[&'static Metric]) -> Vec<&'static Metric> {
    let mut distinct: Vec<&'static Metric> = Vec::new();
    for &metric in metrics {
        if distinct.iter().all(|other| other.name != metric.name) {
            distinct.push(metric);
        }
    }
    distinct
}
