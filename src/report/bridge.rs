//! The report of `explain` on a terminal: the difference, by change and along the funnel.

use anstyle::Style;

use super::Explained;
use super::paper::{FAINT, PLAIN, Paper, STRONG};
use super::table::Table;
use super::terminal::NAMED_WIDTH;
use super::view;
use crate::decide::{Interaction, Step, Term};
use crate::forecast::{Estimate, Unit};

/// Most interactions that are shown; the JSON has all.
const MAX_INTERACTIONS: usize = 5;
/// Most changes that the headline names.
const MAX_NAMED: usize = 3;
/// Metrics of which a difference is what a scenario is worth.
const WORTH: [&str; 2] = ["revenue", "new_revenue"];

/// The report of `explain`.
pub fn explain(explained: &Explained, paper: Paper) -> String {
    let page = Page::new(explained, paper);
    let mut text = paper.strong(&page.headline());
    text += "\n";
    text += &page.changes().text(paper);
    text += &paper.faint(
        "Alone: made first, with nothing else changed. Last in: made last, with all else changed. \
         Shapley: averaged over every order in which the changes could be made; it sums to the total, and \
         where it differs from alone, changes interact. ± is half the 95 % confidence interval, the Monte \
         Carlo error. Faint: not told apart from nothing.",
    );
    text += &page.sampled();
    text += &page.interactions();
    text + &page.along_the_funnel()
}

/// The terms of changes, the largest first; equals in their order.
pub(super) fn sorted<'a>(explained: &Explained<'a>) -> Vec<&'a Term> {
    let mut terms: Vec<&Term> = explained.attribution.terms.iter().collect();
    let size = |term: &Term| term.shapley.mean.unwrap_or(f64::NEG_INFINITY);
    terms.sort_by(|a, b| size(b).total_cmp(&size(a)));
    terms
}

struct Page<'a> {
    explained: &'a Explained<'a>,
    style: view::Style<'a>,
    unit: Unit,
    paper: Paper,
}

impl<'a> Page<'a> {
    fn new(explained: &'a Explained<'a>, paper: Paper) -> Self {
        Page {
            explained,
            style: view::Style {
                currency: &explained.baseline.currency,
            },
            unit: explained.attribution.metric.unit,
            paper,
        }
    }

    fn headline(&self) -> String {
        let Explained {
            baseline,
            alternative,
            attribution,
            ..
        } = self.explained;
        let metric = attribution.metric.name;
        let time = view::time_of(baseline, attribution.window);
        let named = |name: &str| self.paper.cut(name, NAMED_WIDTH);
        let (alternative, baseline) = (named(&alternative.name), named(&baseline.name));
        let name = view::capitalised(&alternative);
        let Some(total) = attribution.total.mean else {
            return format!("{name} against {baseline}: {metric} is undefined for one of them.");
        };
        let difference = self.style.difference(self.unit, total);
        let relative = view::relative(&attribution.relative);
        let relative = relative.map(|text| format!(", {text} of the {metric} of {baseline},"));
        let relative = relative.unwrap_or_default();
        match Proof::of(&attribution.total) {
            Proof::Nothing => {
                format!(
                    "Nothing to split: {alternative} and {baseline} have the same {metric} in {time}."
                )
            }
            Proof::Unproven => {
                let worth = self
                    .style
                    .difference_estimate(self.unit, &attribution.total);
                format!(
                    "Unproven: {alternative} against {baseline} changes {metric} by {worth} in {time}; more \
                     replications narrow the error."
                )
            }
            Proof::Proven if WORTH.contains(&metric) => {
                format!(
                    "{name} is worth {difference}{relative} in {time}: {}.",
                    self.leaders()
                )
            }
            Proof::Proven => {
                let leaders = self.leaders();
                format!("{name} changes {metric} by {difference}{relative} in {time}: {leaders}.")
            }
        }
    }

    /// `nurturing +$1.05M, closing +$0.52M and handoff -$0.11M`: the changes that do most.
    fn leaders(&self) -> String {
        let mut terms = sorted(self.explained);
        let size = |term: &&Term| term.shapley.mean.unwrap_or(0.0).abs();
        terms.sort_by(|a, b| size(b).total_cmp(&size(a)));
        let named = terms.iter().take(MAX_NAMED).map(|term| {
            let worth = term.shapley.mean.unwrap_or(0.0);
            format!("{} {}", term.name, self.style.difference(self.unit, worth))
        });
        let named: Vec<String> = named.collect();
        match named.split_last() {
            Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => named.concat(),
        }
    }

    fn changes(&self) -> Table {
        let mut table = Table::default();
        let head = ["", "alone", "last in", "Shapley ± 95 %", "of baseline"];
        table.row(STRONG, head.map(str::to_owned));
        let attribution = self.explained.attribution;
        self.end(
            &mut table,
            &self.explained.baseline.name,
            &attribution.baseline,
        );
        for term in sorted(self.explained) {
            let cells = [
                self.name(&term.name),
                self.difference(&term.alone),
                self.difference(&term.last_in),
                self.style.difference_estimate(self.unit, &term.shapley),
                percent(&term.relative),
            ];
            table.row(Proof::of(&term.shapley).style(), cells);
        }
        let sum = |of: fn(&Term) -> Option<f64>| {
            let values = attribution.terms.iter().map(of);
            let sum: Option<f64> = values.sum();
            self.style.maybe_difference(self.unit, sum)
        };
        let cells = [
            "sum".to_owned(),
            sum(|term| term.alone.mean),
            sum(|term| term.last_in.mean),
            self.style
                .difference_estimate(self.unit, &attribution.total),
            percent(&attribution.relative),
        ];
        table.row(STRONG, cells);
        self.end(
            &mut table,
            &self.explained.alternative.name,
            &attribution.alternative,
        );
        table
    }

    /// The row of one of the scenarios.
    fn end(&self, table: &mut Table, name: &str, value: &Estimate) {
        let value = self.style.estimate(self.unit, value);
        let blank = String::new();
        table.row(
            PLAIN,
            [self.name(name), blank.clone(), blank.clone(), value, blank],
        );
    }

    /// A name as a table has it.
    fn name(&self, name: &str) -> String {
        self.paper.cut(name, self.paper.name_width() * 3 / 2)
    }

    fn difference(&self, estimate: &Estimate) -> String {
        self.style.maybe_difference(self.unit, estimate.mean)
    }

    fn sampled(&self) -> String {
        match self.explained.exact {
            true => String::new(),
            false => self.paper.faint(
                "There are more than ten changes, so orders were sampled; ± is the error of that too. More \
                 --permutations narrow it, and [explain.groups] can join changes.",
            ),
        }
    }

    fn interactions(&self) -> String {
        let interactions = &self.explained.attribution.interactions;
        let told = |of: &&Interaction| Proof::of(&of.value) == Proof::Proven;
        let mut table = Table::default();
        let head = ["strongest interactions", "beyond both alone", "of baseline"];
        table.row(STRONG, head.map(str::to_owned));
        let mut any = false;
        for interaction in interactions.iter().filter(told).take(MAX_INTERACTIONS) {
            any = true;
            let names = interaction
                .groups
                .map(|group| &self.explained.attribution.terms[group].name);
            let names = names.map(|name| self.name(name));
            let cells = [
                names.join(" × "),
                self.style
                    .difference_estimate(self.unit, &interaction.value),
                self.share(&interaction.value),
            ];
            table.row(PLAIN, cells);
        }
        match any {
            true => format!("\n{}", table.text(self.paper)),
            false => String::new(),
        }
    }

    fn along_the_funnel(&self) -> String {
        let Some(steps) = &self.explained.attribution.along_the_funnel else {
            return String::new();
        };
        let mut table = Table::default();
        let head = ["along the funnel", "difference ± 95 %", "of baseline"];
        table.row(STRONG, head.map(str::to_owned));
        for Step { name, value } in steps {
            let cells = [
                (*name).to_owned(),
                self.style.difference_estimate(self.unit, value),
                self.share(value),
            ];
            table.row(Proof::of(value).style(), cells);
        }
        let attribution = self.explained.attribution;
        let cells = [
            "sum".to_owned(),
            self.style
                .difference_estimate(self.unit, &attribution.total),
            self.share(&attribution.total),
        ];
        table.row(STRONG, cells);
        format!("\n{}", table.text(self.paper))
            + &self.paper.faint(
                "New revenue by the leads that arrived within this time: how many leads, which share of those that left a \
             stage moved on, what a deal brings; timing is how many had left each stage by its end; opening \
             pipeline is what leads that arrived before brought.",
            )
    }

    /// A value in percent of the baseline's.
    fn share(&self, value: &Estimate) -> String {
        let baseline = self.explained.attribution.baseline.mean;
        let share = value
            .mean
            .zip(baseline)
            .map(|(value, baseline)| value / baseline);
        percent(&Estimate {
            mean: share.filter(|share| share.is_finite()),
            ..Estimate::default()
        })
    }
}

/// `+14.8 % ± 0.3`
fn percent(estimate: &Estimate) -> String {
    let text = view::relative(estimate).unwrap_or(view::NOTHING.to_owned());
    text.trim_end_matches(" points").to_owned()
}

/// What is known of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It is 0 and has no error.
    Nothing,
    /// The confidence interval spans zero, or is unknown.
    Unproven,
    Proven,
}

impl Proof {
    fn of(estimate: &Estimate) -> Proof {
        match estimate.ci95() {
            Some([low, high]) if low == 0.0 && high == 0.0 => Proof::Nothing,
            Some([low, high]) if low > 0.0 || high < 0.0 => Proof::Proven,
            _ => Proof::Unproven,
        }
    }

    fn style(self) -> Style {
        match self {
            Proof::Nothing | Proof::Unproven => FAINT,
            Proof::Proven => PLAIN,
        }
    }
}
