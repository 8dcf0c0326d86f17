//! What acts before day 0, where another scenario says so.

use std::path::Path;

use super::assemble::{Assembler, always};
use super::build::currency;
use super::fault::{Fault, Note};
use super::path::KeyPath;
use super::process::{Capacity, Channel, ClosingStage, Process, Segment, StageEnds};
use super::read::{Context, Items, read_items};
use super::tree::Tree;

/// The process of the scenario that acts before day 0.
pub(super) fn read_past(
    tree: &Tree,
    file: &Path,
    context: &Context<'_>,
    faults: &mut Vec<Fault>,
    notes: &mut Vec<Note>,
) -> Option<(Tree, Items, Process)> {
    let mut past = match Tree::load(file, context.loader) {
        Ok(past) => past,
        Err(unread) => {
            let path = KeyPath::from("start.warm_up_under");
            let place = tree.place_of(&path)?;
            for fault in unread.iter() {
                let message = format!("`{path}`: {}", fault.message);
                faults.push(
                    Fault::new(&place, &path, message)
                        .help("paths in a file are relative to that file"),
                );
            }
            return None;
        }
    };
    let own_start = KeyPath::from("start");
    past.leaves.retain(|path, _| !path.is_in(&own_start));
    past.tables.retain(|path, _| !path.is_in(&own_start));
    faults.append(&mut past.faults);
    let mut items = read_items(&past, context, faults);
    notes.append(&mut items.notes);
    let mut assembler = Assembler {
        tree: &past,
        items: &items.items,
        start: context.start,
        faults,
        notes,
    };
    let process = assembler.process();
    Some((past, items, process))
}

/// Refuses a past that a scenario cannot carry on from.
pub(super) fn match_past(
    tree: &Tree,
    process: &Process,
    past: &Tree,
    before: &Process,
    faults: &mut Vec<Fault>,
) {
    let path = KeyPath::from("start.warm_up_under");
    let Some(place) = tree.place_of(&path) else {
        return;
    };
    let mut differ = |what: &str, here: String, there: String| {
        let message = format!(
            "{} and {} differ in {what}: {here} here, {there} before day 0",
            tree.file.name, past.file.name
        );
        let help = "leads that are under way at day 0 must find the same stages";
        faults.push(Fault::new(&place, &path, message).help(help));
    };
    let kind = |capacity: &Capacity| match capacity {
        Capacity::Unlimited => "unlimited",
        Capacity::Reps { .. } => "reps (`sales.hold`)",
        Capacity::Hours(_) => "hours (`sales.pool`)",
    };
    let (here, there) = (kind(&process.sales.capacity), kind(&before.sales.capacity));
    if here != there {
        differ("the capacity of sales", here.into(), there.into());
    }
    let sdrs = |capacity: &Capacity| match capacity {
        Capacity::Unlimited => "none",
        Capacity::Reps { .. } => "reps (`sdr.hold`)",
        Capacity::Hours(_) => "hours (`sdr.pool`)",
    };
    let (here, there) = (sdrs(&process.sdr.capacity), sdrs(&before.sdr.capacity));
    if here != there {
        differ("the capacity of SDRs", here.into(), there.into());
    }
    let names = |process: &Process| {
        let names: Vec<&str> = process
            .closing
            .stages
            .iter()
            .map(|s| s.name.as_str())
            .collect();
        names.join(", ")
    };
    let (here, there) = (names(process), names(before));
    if here != there && !here.is_empty() && !there.is_empty() {
        differ("the stages of closing", here, there);
    }
    let ends = |process: &Process| {
        let stages = process.closing.stages.iter();
        let ends: Vec<&str> = stages.map(how_it_ends).collect();
        ends.join(", ")
    };
    let n_stages = |process: &Process| process.closing.stages.len();
    let (here, there) = (ends(process), ends(before));
    if here != there && n_stages(process) == n_stages(before) {
        differ("what ends the stages of closing", here, there);
    }
    let (here, there) = (currency(tree), currency(past));
    if here != there {
        differ("currency", here, there);
    }
}

fn how_it_ends(stage: &ClosingStage) -> &'static str {
    match stage.ends {
        StageEnds::Shares(_) => "shares",
        StageEnds::Hazards(_) => "hazards",
    }
}

/// Gives both processes the channels and segments that only one of them has, without leads.
///
/// A channel keeps its response, without media: one that is new has carried nothing over, and what was
/// spent on one that is given up still acts for a while.
pub(super) fn align(process: &mut Process, past: &mut Process) {
    let lacking = |own: &[Channel], other: &[Channel]| -> Vec<Channel> {
        let lacks = |channel: &&Channel| !own.iter().any(|o| o.name == channel.name);
        let silent = |channel: &Channel| Channel {
            leads_per_day: always(0.0),
            media_per_month: always(0.0),
            pulses: Vec::new(),
            outreach: None,
            ..channel.clone()
        };
        other.iter().filter(lacks).map(silent).collect()
    };
    let (here, there) = (
        lacking(&process.channels, &past.channels),
        lacking(&past.channels, &process.channels),
    );
    process.channels.extend(here);
    past.channels.extend(there);
    let lacking = |own: &[Segment], other: &[Segment]| -> Vec<Segment> {
        let lacks = |segment: &&Segment| !own.iter().any(|o| o.name == segment.name);
        let empty = |segment: &Segment| Segment {
            share: always(0.0),
            ..segment.clone()
        };
        other.iter().filter(lacks).map(empty).collect()
    };
    let (here, there) = (
        lacking(&process.segments, &past.segments),
        lacking(&past.segments, &process.segments),
    );
    process.segments.extend(here);
    past.segments.extend(there);
    for side in [process, past] {
        side.channels.sort_by(|a, b| a.name.cmp(&b.name));
        side.segments.sort_by(|a, b| a.name.cmp(&b.name));
    }
}
