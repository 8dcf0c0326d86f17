//! `funnelcast explain BASELINE ALTERNATIVE`

use std::path::PathBuf;

use clap::Args;

use super::compare::{agree, tell_names_apart};
use super::disk::{Disk, Loaded, load, tell_of_notes};
use super::failure::{print, tell};
use super::options::{Json, LuckOptions, OutputOptions, applies, named_metric};
use super::paper::paper;
use super::progress::Progress;
use super::simulate::{effort_of, interrupted};
use super::{Failure, Outcome};
use crate::decide::{Attribution, Coalitions};
use crate::forecast::Metric;
use crate::report::{Explained, bridge, json};
use crate::scenario::{Changes, Fault, Faults};

/// Tell which change did it: the difference, split over what separates two scenarios
///
/// Every coalition of up to ten groups of changes is run with the same luck; of more, those along
/// sampled orders. Groups are levers, channels, and else tables, unless [explain.groups] of the
/// alternative names them. Seed and replications are the baseline's. Start date, horizon, periods and
/// currency must agree.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: funnelcast explain today.toml aligned.toml --replications 200 --charts charts"
)]
pub(super) struct Explain {
    /// The scenario without the changes
    baseline: PathBuf,

    /// The scenario with all of them
    alternative: PathBuf,

    /// What is explained: any metric of the JSON of `run`
    #[arg(long, value_name = "METRIC", default_value = "revenue")]
    #[arg(value_parser = named_metric)]
    metric: &'static Metric,

    /// Orders that are sampled where there are more than ten groups; they follow from the seed
    #[arg(
        long,
        value_name = "N",
        default_value_t = 64,
        help_heading = "Simulation"
    )]
    #[arg(value_parser = clap::value_parser!(u32).range(4..=100_000))]
    permutations: u32,

    #[command(flatten)]
    luck: LuckOptions,

    #[command(flatten)]
    output: OutputOptions,
}

impl Explain {
    pub fn run(self) -> Result<Outcome, Failure> {
        let mut loaded = load(&[self.baseline, self.alternative], &self.luck.set)?;
        agree(&loaded)?;
        applies(self.metric, loaded.iter().map(|loaded| &loaded.scenario))?;
        tell_names_apart(&mut loaded);
        if !self.output.quiet {
            tell_of_notes(&loaded);
        }
        let [baseline, alternative] = [&loaded[0], &loaded[1]];
        let plan = self
            .luck
            .plan(&[&baseline.scenario, &alternative.scenario], None)?;
        let changes = Changes::between(&baseline.tree, &alternative.tree, &Disk::default())?;
        if changes.groups().is_empty() {
            return Err(nothing_to_explain(&loaded).into());
        }
        let workers = self.luck.workers();
        let coalitions = Coalitions::build(
            &changes,
            self.permutations,
            plan.seed,
            &Disk::default(),
            &workers,
        )?;
        let (json_goes, charts) = (self.output.json(&loaded)?, self.output.charts()?);
        let progress = Progress::new(self.output.quiet);
        let attribution = Attribution::new(&coalitions, self.metric, &plan, &workers, &progress)?;
        let (leads, time) = progress.finish();
        if attribution.range.is_empty() {
            return Err(Failure::Interrupted);
        }
        let explained = Explained {
            baseline: &baseline.scenario,
            alternative: &alternative.scenario,
            attribution: &attribution,
            exact: coalitions.is_exact(),
            plan: &plan,
        };
        if let Some(charts) = &charts {
            charts.write_bridge(&explained)?;
        }
        if let Some(json_goes) = &json_goes {
            json_goes.write(&json::explain(&explained))?;
        }
        if !self.output.quiet {
            if !matches!(json_goes, Some(Json::Printed)) {
                print(&bridge::explain(&explained, paper()))?;
            }
            let n = attribution.range.end - attribution.range.start;
            let runs = format!("{n} replications of {} coalitions", coalitions.len());
            tell(&effort_of(&runs, leads, time.as_secs_f64()));
        }
        match attribution.range == plan.range {
            true => Ok(Outcome::Done),
            false => Ok(interrupted(&attribution.range, &plan)),
        }
    }
}

fn nothing_to_explain(loaded: &[Loaded]) -> Faults {
    let [baseline, alternative] = [0, 1].map(|index| &loaded[index].scenario.name);
    let message = format!(
        "there is nothing to explain: `{baseline}` and `{alternative}` differ in nothing that acts on leads"
    );
    let help = "name two scenarios that differ, such as one that extends the other";
    Faults::one(Fault::nowhere(message).help(help))
}
