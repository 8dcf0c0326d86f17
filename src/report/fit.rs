//! The report of `fit` on a terminal: what was found in a history, and what no history can tell.

use super::outlook::WIDTH;
use super::paper::Paper;
use super::view::{self, Style, digits, grouped};
use crate::forecast::Unit;
use crate::history::calendar::date_of;
use crate::history::deals::DealSize;
use crate::history::hazards::Hazard;
use crate::history::level::Level;
use crate::history::pace::Pace;
use crate::history::{End, Fit};
use crate::math;

/// The report of `fit`.
pub fn fit(fit: &Fit, paper: Paper) -> String {
    let paper = paper.at_most(WIDTH);
    let mut text = paper.strong(&headline(fit));
    for finding in findings(fit) {
        text += &paper.indented("- ", &finding);
    }
    text + &paper.faint(UNKNOWN)
}

/// What no export can show.
pub(super) const UNKNOWN: &str = "No export shows nurture, scores, times of response, queues and capacity, or costs: they \
     are left neutral. Who is lost between the teams before anybody records it is an assumption of the scenario \
     (handoff.leak), offset in the arrivals.";

/// How much there is.
pub(super) fn headline(fit: &Fit) -> String {
    format!(
        "{} records over {} days, {} to {}; {} are open on the last day. {}, {}, {}.",
        grouped(fit.n_records as f64),
        grouped(fit.n_days as f64),
        date_of(fit.first_day),
        date_of(fit.about.as_of),
        grouped(fit.open.len() as f64),
        counted(fit.stages.len(), "stage"),
        counted(fit.channels.len(), "channel"),
        counted(fit.segments.len(), "segment"),
    )
}

/// `1 stage`, `3 stages`
fn counted(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// What was found, a sentence or two each.
pub(super) fn findings(fit: &Fit) -> Vec<String> {
    let mut all = vec![arrivals(fit)];
    all.extend(parts(fit));
    for stage in &fit.stages {
        let hazards = stage.hazards.iter();
        all.extend(hazards.map(|hazard| closing(fit, &stage.name, hazard)));
    }
    all.push(deals(fit));
    all
}

/// `Arrivals: 3,201, 4.1 a day at the last level, which …`
fn arrivals(fit: &Fit) -> String {
    let arrivals = &fit.arrivals;
    if let Some(days) = arrivals.stopped {
        return format!(
            "Arrivals have stopped: none for {}. The scenario has none to come; state leads_per_day if they start again.",
            counted(days, "day")
        );
    }
    let days = arrivals.by_day.len().max(1) as f64;
    let spread = match arrivals.dispersion.is_finite() {
        true => ", and vary from day to day more than by chance",
        false => "",
    };
    format!(
        "Arrivals: {}, {} a day on average{spread}; {}. {}",
        grouped(arrivals.n_events),
        digits(arrivals.n_events / days),
        level(&arrivals.pace.level),
        rhythms(&arrivals.pace)
    )
}

/// How the channels' parts have changed, if they have.
fn parts(fit: &Fit) -> Option<String> {
    let half_life = fit.arrivals.half_life;
    half_life.is_finite().then(|| {
        format!(
            "The channels' parts have changed: an arrival counts half after {} days.",
            digits(half_life)
        )
    })
}

/// What was found of a way to end.
fn closing(fit: &Fit, stage: &str, hazard: &Hazard) -> String {
    let late = match hazard.missing > 0.0 {
        true => format!(
            " None is recorded before {}, where {} were due: records count from then on.",
            date_of(fit.first_day + hazard.from_day as i32),
            grouped(hazard.missing)
        ),
        false => String::new(),
    };
    format!(
        "{}, {}: {}; {}.{late} {}{}",
        view::capitalised(stage),
        end_name(hazard.end),
        grouped(hazard.n_events()),
        level(&hazard.pace.level),
        rhythms(&hazard.pace),
        differences(hazard)
    )
}

/// Which groups differ in a hazard.
fn differences(hazard: &Hazard) -> String {
    let groups = [
        (&hazard.channels, "channels"),
        (&hazard.segments, "segments"),
    ];
    let differ = groups.iter().filter(|(ratios, _)| ratios.shape.is_finite());
    let names: Vec<&str> = differ.map(|(_, name)| *name).collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(" It differs by {}.", names.join(" and ")),
    }
}

/// `no decision`
pub(super) fn end_name(end: End) -> String {
    end.name().replace('_', " ")
}

/// `the level stands at 104 % of its average (± 6 %) and moves by 5 % in a month`
pub(super) fn level(level: &Level) -> String {
    format!(
        "the level stands at {:.0} % of its average (± {:.0} %) and moves by {:.0} % in a month",
        100.0 * math::exp(level.end.mean),
        100.0 * math::sqrt(level.end.variance),
        100.0 * level.walk_per_month(),
    )
}

/// Which rhythms there are.
pub(super) fn rhythms(pace: &Pace) -> String {
    let names: Vec<String> = pace
        .rhythms
        .iter()
        .map(|(rhythm, _)| rhythm.name().replace('_', " "))
        .collect();
    match names.is_empty() {
        true => "No rhythm.".to_owned(),
        false => format!("Rhythm: {}.", names.join(", ")),
    }
}

fn deals(fit: &Fit) -> String {
    let style = Style {
        currency: &fit.about.currency,
    };
    match &fit.deals.all {
        Some(size) => format!(
            "{} of {} wins have a value; {}.",
            grouped(fit.deals.known as f64),
            grouped(fit.deals.won as f64),
            deal_size(style, size)
        ),
        None => format!(
            "None of {} wins has a value: revenue counts wins.",
            grouped(fit.deals.won as f64)
        ),
    }
}

/// `mean $8.2k ± $210, one lognormal, tail index 2.8`
pub(super) fn deal_size(style: Style, size: &DealSize) -> String {
    let law = match size.parts.len() {
        1 => "one lognormal".to_owned(),
        n => format!("a mixture of {n} lognormals"),
    };
    let tail = size.tail_index.map_or(String::new(), |index| {
        let heavy = if index < 2.0 {
            ", so heavy that no variance exists"
        } else {
            ""
        };
        format!(", tail index {index:.1}{heavy}")
    });
    format!(
        "mean {} ± {}, {law}{tail}",
        style.value(Unit::Money, size.mean),
        style.value(Unit::Money, size.mean_error)
    )
}
