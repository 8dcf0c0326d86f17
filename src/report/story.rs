//! The stories of single leads as text: when, what, the uniform number, and what it was read as.

use std::fmt::Write;

use jiff::civil::Date;

use super::table::padded;
use super::view::grouped;
use crate::forecast::{Decision, Entry, Event, Reading, Story, What};
use crate::scenario::Scenario;

/// One story, a line an entry; ends with a newline.
pub fn story(story: &Story, scenario: &Scenario) -> String {
    let mut text = format!("{}\n", story.lead);
    let mut day = None;
    for entry in &story.entries {
        let date = date_of(scenario.start, entry.t);
        let shown = if day == Some(date) {
            String::new()
        } else {
            date.to_string()
        };
        day = Some(date);
        let pass = if entry.pass > 0 {
            format!(" (pass {})", entry.pass + 1)
        } else {
            String::new()
        };
        let (what, reading) = line(entry, scenario);
        let line = format!(
            "  {:>9.3}  {}  {}  {reading}",
            entry.t,
            padded(&shown, 10),
            padded(&(what + &pass), 28),
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The date of a time; far beyond the calendar its last day.
fn date_of(start: Date, t: f64) -> Date {
    start.saturating_add(jiff::Span::new().days(t.floor() as i32))
}

/// What an entry tells, and how a uniform number was read.
fn line(entry: &Entry, scenario: &Scenario) -> (String, String) {
    match entry.what {
        What::Event(event) => (event_name(event, scenario), String::new()),
        What::Read {
            decision,
            u,
            reading,
        } => (
            format!("  {}", decision_name(decision)),
            reading_text(u, reading, scenario),
        ),
    }
}

fn reading_text(u: f64, reading: Reading, scenario: &Scenario) -> String {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    match reading {
        Reading::Below(p) => {
            let sign = if u < p { '<' } else { '≥' };
            format!("u {u:.4} {sign} {p:.4}   {}", yes(u < p))
        }
        Reading::Above { value, threshold } => {
            let sign = if value > threshold { '>' } else { '≤' };
            format!(
                "u {u:.4} → {value:.3} {sign} {threshold:.3}   {}",
                yes(value > threshold)
            )
        }
        Reading::Days(days) => format!("u {u:.4} → {days:.3} days"),
        Reading::Quality(q) => format!("u {u:.4} → {q:+.3}"),
        Reading::Exponential(hazard) => format!("u {u:.4} → hazard of {hazard:.3}"),
        Reading::Money(amount) => format!("u {u:.4} → {}{}", scenario.currency, grouped(amount)),
        Reading::Reason(index) => format!("u {u:.4} → {}", reason(index, scenario)),
    }
}

fn reason(index: usize, scenario: &Scenario) -> String {
    let reason = scenario.process.handoff.reasons.get(index);
    reason.map_or_else(
        || format!("reason {}", index + 1),
        |reason| reason.name.clone(),
    )
}

fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::ArrivalTime => "time of day",
        Decision::Quality => "quality",
        Decision::Readiness => "ready?",
        Decision::NurturingDelay => "nurture",
        Decision::Maturation => "until it matures",
        Decision::Fading => "until it fades",
        Decision::Qualification => "qualifies?",
        Decision::Leak => "leaks?",
        Decision::Routing => "routing",
        Decision::Expiry => "expires after",
        Decision::Contact => "contacted?",
        Decision::Acceptance => "accepted?",
        Decision::Reason => "reason",
        Decision::Hold => "holds a rep for",
        Decision::Recycling => "recycled?",
        Decision::RecyclingDelay => "comes back after",
        Decision::Opportunity => "opportunity?",
        Decision::Outcome => "advances?",
        Decision::StageDays => "time in stage",
        Decision::DealSize => "deal size",
        Decision::Channel => "channel",
        Decision::Segment => "segment",
        Decision::Age => "age",
        Decision::DayCount => "leads of the day",
        Decision::DayFactor => "factor of the day",
        Decision::Parameter => "parameter",
    }
}

fn event_name(event: Event, scenario: &Scenario) -> String {
    let stage = |index: usize| {
        let stage = scenario.process.closing.stages.get(index);
        stage.map_or_else(String::new, |stage| stage.name.clone())
    };
    match event {
        Event::Arrived => "arrived".to_string(),
        Event::Unqualified => "unqualified".to_string(),
        Event::Faded => "faded".to_string(),
        Event::Mql => "MQL".to_string(),
        Event::Leaked => "leaked".to_string(),
        Event::Queued => "reached the queue".to_string(),
        Event::Expired => "expired".to_string(),
        Event::Touched => "first touch".to_string(),
        Event::Unreached => "unreached".to_string(),
        Event::Rejected(None) => "rejected".to_string(),
        Event::Rejected(Some(index)) => format!("rejected: {}", reason(index, scenario)),
        Event::Recycled => "recycled".to_string(),
        Event::Accepted => "SAL".to_string(),
        Event::Disqualified => "disqualified".to_string(),
        Event::Opportunity => "opportunity".to_string(),
        Event::Advanced(index) => format!("on to {}", stage(index)),
        Event::Won => "won".to_string(),
        Event::Lost => "lost".to_string(),
        Event::NoDecision => "no decision".to_string(),
        Event::Open(index) => format!(
            "open at the horizon: {}",
            crate::forecast::open_stage(scenario, index)
        ),
    }
}
