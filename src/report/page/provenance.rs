//! Where the numbers come from: assumptions with their sources, how to read them, how to make them again.

use super::Writer;
use super::parts::{Table, name, words};
use crate::report::html::escaped;
use crate::report::view;
use crate::scenario::{Assumption, Grade};

/// Every grade, the best first.
const GRADES: [Grade; 7] = [
    Grade::PeerReviewed,
    Grade::VendorLog,
    Grade::OwnRecords,
    Grade::Survey,
    Grade::Unsourced,
    Grade::Assumption,
    Grade::NotStated,
];

impl Writer<'_> {
    pub(super) fn assumptions(&mut self) {
        self.body.section("Assumptions");
        let names = GRADES.map(|grade| grade.words()).join(", ");
        self.body.note(&format!(
            "Every value that the scenarios state, with the comment its author wrote above it, and how good its source is by \
             the words of that comment: {names}. A range is a doubt that is drawn anew for each pair of futures."
        ));
        let trees = self.findings.trees;
        let Some(baseline) = trees.first() else {
            return;
        };
        let baseline = baseline.assumptions();
        let tables = trees.iter().enumerate().map(|(case, tree)| match case {
            0 => self.assumption_table(0, &baseline.iter().collect::<Vec<_>>()),
            case => {
                let own = tree.assumptions();
                let changed: Vec<&Assumption> =
                    own.iter().filter(|of| !stands_in(of, &baseline)).collect();
                self.assumption_table(case, &changed)
            }
        });
        let tables: Vec<Table> = tables.collect();
        for table in tables {
            self.body += &table.folded();
        }
    }

    fn assumption_table(&self, case: usize, of: &[&Assumption]) -> Table {
        let row = |of: &&Assumption| {
            vec![
                format!("<code>{}</code>", escaped(&of.path)),
                words(&of.value),
                words(of.grade.words()),
                words(&of.comment),
                words(&of.place.to_string()),
            ]
        };
        let caption = match case {
            0 => format!("what {} assumes", self.name(0)),
            case => format!("what {} changes", self.name(case)),
        };
        Table {
            id: format!("assumptions-{case}"),
            caption,
            head: ["key", "value", "grade", "source", "written at"]
                .map(str::to_owned)
                .to_vec(),
            rows: of.iter().map(row).collect(),
        }
    }

    pub(super) fn reading(&mut self) {
        self.body.section("How to read it");
        let mut items = vec![
            "<b>A future</b> is one run of every lead through the funnel, with its own luck. Numbers are means over all \
             futures unless they say otherwise; a ratio is the ratio of the sums."
                .to_owned(),
            "<b>8 of 10 futures</b> (P10 to P90) is a prediction interval: what may happen. More futures make it known \
             better, not narrower."
                .to_owned(),
            "<b>95 % confidence interval</b> is the Monte Carlo error of a mean: what this simulation does not know of its own \
             average. More futures make it narrower."
                .to_owned(),
            "<b>By luck alone</b> is where futures would lie if every doubtful number stood at its median: what is left of the \
             range if you knew all assumptions exactly."
                .to_owned(),
            "<b>What is not in it</b>: whether the model is like your firm. A back-test against your own history is the only \
             way to know."
                .to_owned(),
        ];
        if self.is_comparison() {
            items.push(
                "<b>Unproven</b> is a difference whose confidence interval spans zero. It may be nothing, or the futures may be \
                 too few."
                    .to_owned(),
            );
        }
        self.body.list(&items);
    }

    pub(super) fn provenance(&mut self) {
        self.body.section("Provenance");
        let seed = self.doc.text_of(&format!("{}/seed", self.result(0)));
        self.body.paragraph(&format!(
            "funnelcast <code>{}</code>, seed <code>{seed}</code>. The same command, typed where the same files lie, writes this page \
             again with this version, byte for byte:",
            env!("CARGO_PKG_VERSION")
        ));
        self.body += &format!("<pre>{}</pre>\n", escaped(&self.command()));
        let mut texts: Vec<(&str, &str)> = Vec::new();
        for tree in self.findings.trees {
            for text in tree.texts() {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        for (file, text) in texts {
            self.body += &format!(
                "<details><summary>Scenario text: {}</summary>\n<pre>{}</pre></details>\n",
                name(file),
                escaped_lines(text)
            );
        }
    }

    /// What to type to make the page again.
    fn command(&self) -> String {
        let findings = self.findings;
        let command = if self.is_comparison() {
            "compare"
        } else {
            "run"
        };
        let mut words: Vec<String> = vec!["funnelcast".to_owned(), command.to_owned()];
        let files = findings
            .trees
            .iter()
            .filter_map(|tree| tree.texts().first().map(|text| text.0.to_owned()));
        words.extend(files);
        let range = findings.cases[0].replications.range();
        let replications = match range.start {
            0 => range.end.to_string(),
            start => format!("{start}..{}", range.end),
        };
        words.extend(["--seed".to_owned(), findings.plan.seed.to_string()]);
        words.extend(["--replications".to_owned(), replications]);
        if findings.plan.certain {
            words.push("--certain".to_owned());
        }
        let views = findings.cases[0].replications.views();
        for (option, window) in [("--window", views.window), ("--against", views.against)] {
            if let Some(window) = window {
                words.extend([
                    option.to_owned(),
                    view::window_name(self.scenario(0).start, window),
                ]);
            }
        }
        for set in findings.sets {
            words.extend(["--set".to_owned(), set.clone()]);
        }
        words.extend(["--report", "report.html"].map(str::to_owned));
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }
}

/// Whether the baseline states the same.
fn stands_in(of: &Assumption, baseline: &[Assumption]) -> bool {
    let same = |other: &Assumption| other.path == of.path && other.value == of.value;
    baseline.iter().any(same)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./=%+:,@".contains(letter);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// Text of several lines in which no character means anything to HTML.
fn escaped_lines(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escaped).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_typed_again() {
        assert_eq!(quoted("a/b.toml"), "a/b.toml");
        assert_eq!(quoted("months 13-18"), "'months 13-18'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
