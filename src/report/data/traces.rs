//! Stories of single leads: a row per event, and per number drawn for a decision.

use std::fmt::Debug;

use super::super::story::Teller;
use super::super::{Findings, view};
use super::TRACES;
use super::table::{Column, Table};
use crate::forecast::{Case, Decision, Entry, Event, Reading, Story, What};
use crate::scenario::{OpenStage, ReasonKind};

/// An entry of a story.
struct Row<'a> {
    case: &'a Case<'a>,
    replication: u64,
    lead: &'a str,
    entry: Entry,
    /// Closing stage in which the lead is, if it is in one.
    stage: Option<usize>,
}

/// A number that was read for a decision.
type Read = (Decision, f64, Reading);

pub(super) fn table<'a>(findings: &'a Findings<'a>) -> Table<'a> {
    let replication = findings.plan.range.start;
    let cases = findings.cases.iter().zip(findings.stories);
    let rows = cases.flat_map(move |(case, stories)| {
        stories
            .iter()
            .flat_map(move |story| rows(case, replication, story))
    });
    Table::new(TRACES, columns(), rows)
}

fn rows<'a>(
    case: &'a Case<'a>,
    replication: u64,
    story: &'a Story,
) -> impl Iterator<Item = Row<'a>> {
    let mut stage = None;
    story.entries.iter().map(move |entry| {
        stage = stage_after(entry, stage);
        Row {
            case,
            replication,
            lead: &story.lead,
            entry: *entry,
            stage,
        }
    })
}

/// The closing stage of a lead to which `entry` happens while it is in `stage`.
fn stage_after(entry: &Entry, stage: Option<usize>) -> Option<usize> {
    match entry.what {
        What::Event(Event::Opportunity) => Some(0),
        What::Event(Event::Advanced(index)) => Some(index),
        What::Event(Event::Standing(OpenStage::Closing(index))) => Some(index),
        What::Event(Event::Recycled) => None,
        _ => stage,
    }
}

impl Row<'_> {
    fn teller(&self) -> Teller<'_> {
        Teller {
            scenario: self.case.scenario,
        }
    }

    fn event(&self) -> Option<Event> {
        match self.entry.what {
            What::Event(event) => Some(event),
            What::Read { .. } => None,
        }
    }

    fn read(&self) -> Option<Read> {
        match self.entry.what {
            What::Event(_) => None,
            What::Read {
                decision,
                u,
                reading,
            } => Some((decision, u, reading)),
        }
    }

    /// What came of a decision: yes or no, what was chosen; none where that is a value.
    fn outcome(&self) -> Option<String> {
        let (decision, u, reading) = self.read()?;
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        match reading {
            Reading::Below(p) | Reading::Gate { pass: p, .. } => Some(yes(u < p)),
            Reading::Above { value, threshold } => Some(yes(value > threshold)),
            Reading::Choice { choice, .. } => Some(match decision {
                Decision::Reason => self.reason(ReasonKind::Rejected, choice),
                Decision::LossReason => self.reason(ReasonKind::Lost, choice),
                _ => self
                    .teller()
                    .choice(decision, choice, self.stage.unwrap_or(0)),
            }),
            Reading::Days(days) if days.is_infinite() => Some("never".to_owned()),
            _ => None,
        }
    }

    /// The gate, reason or place that an event or a decision is about.
    fn detail(&self) -> Option<String> {
        if let Some((_, _, Reading::Gate { gate, .. })) = self.read() {
            return Some(self.reason(ReasonKind::Disqualified, gate));
        }
        match self.event()? {
            Event::Rejected(reason) => Some(self.reason(ReasonKind::Rejected, reason?)),
            Event::Disqualified(gate) => Some(self.reason(ReasonKind::Disqualified, gate?)),
            Event::Lost(reason) => Some(self.reason(ReasonKind::Lost, reason?)),
            Event::Standing(place) | Event::Open(place) => Some(self.teller().place(place)),
            _ => None,
        }
    }

    fn reason(&self, kind: ReasonKind, index: usize) -> String {
        self.teller().reason(kind, index, self.entry.t)
    }

    /// Where the uniform number had to lie from, and up to or below; the score, where that is compared.
    fn bounds(&self) -> [Option<f64>; 2] {
        match self.read() {
            Some((_, _, Reading::Below(p) | Reading::Gate { pass: p, .. })) => [None, Some(p)],
            Some((_, _, Reading::Choice { low, high, .. })) => [Some(low), Some(high)],
            Some((_, _, Reading::Above { threshold, .. })) => [None, Some(threshold)],
            _ => [None, None],
        }
    }

    /// The value that was drawn or made; of an event, its money.
    fn value(&self) -> Option<f64> {
        let value = match self.entry.what {
            What::Event(Event::Won(value) | Event::Renewed(value) | Event::Upsold(value)) => value,
            What::Event(_) => return None,
            What::Read { reading, .. } => match reading {
                Reading::Above { value, .. }
                | Reading::Days(value)
                | Reading::Quality(value)
                | Reading::Money(value)
                | Reading::Factor(value) => value,
                _ => return None,
            },
        };
        value.is_finite().then_some(value)
    }

    fn stage(&self) -> Option<String> {
        Some(self.teller().stage(self.stage?))
    }
}

fn columns<'a>() -> Vec<Column<'a, Row<'a>>> {
    let text = |name: &str, of: fn(&Row) -> Option<String>| {
        Column::text(name, move |row: &Row| of(row).map(Into::into))
    };
    vec![
        Column::text("scenario", |row: &Row<'a>| {
            Some(row.case.scenario.name[..].into())
        })
        .means("its name"),
        Column::integer("replication", |row: &Row| Some(row.replication as i64))
            .means("its number"),
        Column::text("lead", |row: &Row<'a>| Some(row.lead.into()))
            .means("channel/segment/day/number, as in `trace`"),
        Column::integer("pass", |row: &Row| Some(i64::from(row.entry.pass) + 1))
            .means("1, and one more each time the lead is recycled"),
        Column::number("day", |row: &Row| Some(row.entry.t))
            .in_unit("day")
            .means("when, with the time of the day as a fraction"),
        Column::date("date", |row: &Row| {
            let day = row.entry.t.floor() as i32;
            Some(view::date(row.case.scenario.start, day))
        })
        .means("calendar day of it"),
        text("event", |row| row.event().map(snake_case))
            .means("what happened; empty in the row of a decision"),
        text("decision", |row| row.read().map(|(decision, ..)| snake_case(decision)))
            .means("what a number was drawn for; empty in the row of an event"),
        Column::number("uniform", |row: &Row| row.read().map(|(_, u, _)| u))
            .means("the number drawn, from 0 to 1"),
        text("reading", |row| row.read().map(|(_, _, reading)| snake_case(reading))).means(
            "how it was read: below a probability, as a choice between shares, at a gate, as a score above a threshold, or as days, quality, money or a factor",
        ),
        Column::number("low", |row: &Row| row.bounds()[0])
            .means("of a choice: where the share of what was chosen begins"),
        Column::number("threshold", |row: &Row| row.bounds()[1])
            .means("what it was compared with: a probability, the end of the share of what was chosen, or the threshold of a score"),
        Column::number("value", |row: &Row| row.value())
            .in_unit("days, standard deviations, currency or a factor, by reading; currency for an event")
            .means("what the number became; of a win, a renewal or an upsell, its money"),
        text("outcome", |row| row.outcome()).means("what came of the decision"),
        text("stage", |row| row.stage()).means("closing stage in which the lead is, from its opportunity on"),
        text("detail", |row| row.detail()).means("reason, gate or place that it is about"),
    ]
}

/// The name of a variant as data have it: `NurturingDelay` is `nurturing_delay`.
fn snake_case(variant: impl Debug) -> String {
    let text = format!("{variant:?}");
    let name = text.split(|c: char| !c.is_alphanumeric()).next();
    let mut snake = String::new();
    for (at, letter) in name.unwrap_or_default().char_indices() {
        if at > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_data() {
        assert_eq!(snake_case(Decision::NurturingDelay), "nurturing_delay");
        assert_eq!(snake_case(Event::Lost(Some(3))), "lost");
        let choice = Reading::Choice {
            choice: 0,
            low: 0.0,
            high: 1.0,
        };
        assert_eq!(snake_case(choice), "choice");
    }
}
