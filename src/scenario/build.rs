//! A merged tree into a validated scenario, or everything that is wrong with it.

use std::path::Path;

use jiff::civil::Date;

use super::assemble::Assembler;
use super::fault::{Fault, Faults, Note};
use super::groups::check_named;
use super::idle;
use super::loader::Loader;
use super::past::{align, match_past, read_past};
use super::path::KeyPath;
use super::place::Place;
use super::plain::read_date;
use super::read::{Context, Item, Items, Span, days_between, read_items};
use super::tree::Tree;
use super::{MAX_DAYS, Scenario, check, correlate, pipeline, referral};
use crate::units::Window;

impl Scenario {
    /// Reads the scenario at `path`, changes it by `--set` arguments, and checks it.
    ///
    /// # Errors
    /// Everything that is wrong with its files, the arguments and the scenario they make.
    pub fn load(
        path: impl AsRef<Path>,
        sets: &[String],
        loader: &dyn Loader,
    ) -> Result<(Scenario, Tree, Vec<Note>), Faults> {
        let mut tree = Tree::load(path, loader)?;
        let refused: Vec<Faults> = sets.iter().filter_map(|set| tree.set(set).err()).collect();
        let scenario = Scenario::from_tree(&tree, loader);
        match (Faults::join(refused), scenario) {
            (None, Ok((scenario, notes))) => Ok((scenario, tree, notes)),
            (Some(refused), Ok(_)) => Err(refused),
            (None, Err(faults)) => Err(faults),
            (Some(refused), Err(faults)) => {
                Err(Faults::join([refused, faults.clone()]).unwrap_or(faults))
            }
        }
    }

    /// Checks a merged tree and turns it into plain values.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn from_tree(tree: &Tree, loader: &dyn Loader) -> Result<(Scenario, Vec<Note>), Faults> {
        let mut faults = tree.faults.clone();
        let (scenario, repeated) = build(tree, loader, &mut faults);
        let mut notes: Vec<Note> = Vec::new();
        for note in repeated {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        drop_echoes(&mut faults);
        match (Faults::from_all(faults), scenario) {
            (Some(faults), _) => Err(faults),
            (None, Some(scenario)) => Ok((scenario, notes)),
            (None, None) => {
                let message = "the scenario has no start date";
                Err(Faults::one(Fault::new(
                    &Place::top(&tree.file),
                    "start_date",
                    message,
                )))
            }
        }
    }
}

/// The scenario as far as it could be read; whole only if there are no faults.
fn build(
    tree: &Tree,
    loader: &dyn Loader,
    faults: &mut Vec<Fault>,
) -> (Option<Scenario>, Vec<Note>) {
    let start = tree
        .leaves
        .get(&KeyPath::from("start_date"))
        .and_then(read_date);
    let currency = currency(tree);
    let context = Context {
        loader,
        currency: currency.clone(),
        start,
        of_past: false,
        first_doubt: 0,
    };
    let Items {
        items,
        mut doubts,
        mut notes,
    } = read_items(tree, &context, faults);
    let present = Items {
        items,
        doubts: doubts.clone(),
        notes: Vec::new(),
    };
    let mut assembler = Assembler {
        tree,
        items: &present.items,
        start,
        faults,
        notes: &mut notes,
    };
    let mut process = assembler.process();
    let settings = Settings {
        tree,
        items: &present,
    };
    let mut correlations = correlate::groups(tree, &present, 0, faults, &mut notes);
    let mut past = None;
    if let Some(file) = settings.file("start.warm_up_under") {
        let first_doubt = doubts.len();
        let context = Context {
            of_past: true,
            first_doubt,
            currency: context.currency.clone(),
            ..context
        };
        past = read_past(tree, &file, &context, faults, &mut notes).map(
            |(past_tree, items, mut before)| {
                match_past(tree, &process, &past_tree, &before, faults);
                align(&mut process, &mut before);
                doubts.extend(items.doubts.iter().cloned());
                check::process(&past_tree, &before, &doubts, faults);
                correlations.extend(correlate::groups(
                    &past_tree,
                    &items,
                    first_doubt,
                    faults,
                    &mut notes,
                ));
                Box::new(before)
            },
        );
    }
    check::process(tree, &process, &doubts, faults);
    check_named(&present.items, faults);
    check::pool(tree, &process, &doubts, &mut notes);
    check::trust(tree, &process, &doubts, &mut notes);
    let warm_up_days = settings.count("warm_up", 0) as u32;
    check::start_state(tree, warm_up_days, faults, &mut notes);
    check::brand(tree, &process, past.as_deref(), warm_up_days, faults);
    let open = match settings.file("start.pipeline") {
        Some(file) => pipeline::read(tree, &file, &process, &context, faults),
        None => Vec::new(),
    };
    let Some(start) = start else {
        return (None, notes);
    };
    let horizon_days = settings.horizon(start, warm_up_days, faults);
    notes.extend(idle::notes(tree, &process, horizon_days, past.is_some()));
    let step = match settings.item("periods") {
        Some(Item::Periods(span)) => *span,
        _ => Span::Months(1),
    };
    let scenario = Scenario {
        name: settings.text("name").unwrap_or_else(|| stem(tree)),
        description: settings.text("description").unwrap_or_default(),
        start,
        horizon_days,
        periods: periods(start, step, horizon_days),
        warm_up_days,
        warm_up_periods: match settings.item("record_warm_up") {
            Some(Item::Flag(true)) => warm_up_periods(start, step, warm_up_days),
            _ => Vec::new(),
        },
        seed: settings.count("seed", 1),
        replications: settings.count("replications", 1000) as u32,
        currency: match currency.ends_with(char::is_alphanumeric) {
            true => format!("{currency} "),
            false => currency,
        },
        target_revenue: settings.known("target.revenue"),
        process,
        past,
        pipeline: open,
        doubts,
        correlations,
    };
    notes.extend(referral::notes(tree, &scenario));
    (Some(scenario), notes)
}

/// Faults of values on a line that is no TOML, where what was read is a guess.
fn drop_echoes(faults: &mut Vec<Fault>) {
    let line = |fault: &Fault| {
        let place = fault.place.as_ref()?;
        Some((place.file().to_string(), place.line_start()))
    };
    let of_syntax = |fault: &&Fault| fault.path.is_empty() && fault.place.is_some();
    let broken: Vec<_> = faults.iter().filter(of_syntax).map(line).collect();
    if !broken.is_empty() {
        faults.retain(|fault| fault.path.is_empty() || !broken.contains(&line(fault)));
    }
}

fn stem(tree: &Tree) -> String {
    let stem = Path::new(&tree.file.name).file_stem();
    stem.map_or("scenario".into(), |stem| {
        stem.to_string_lossy().into_owned()
    })
}

pub(super) fn currency(tree: &Tree) -> String {
    let stated = tree.leaves.get(&KeyPath::from("currency"));
    let stated = stated.and_then(|value| value.text()).map(str::trim);
    stated
        .filter(|text| !text.is_empty())
        .unwrap_or("$")
        .to_string()
}

/// Values outside the process.
struct Settings<'a> {
    tree: &'a Tree,
    items: &'a Items,
}

impl Settings<'_> {
    fn item(&self, path: &str) -> Option<&Item> {
        self.items.items.get(&KeyPath::from(path))
    }

    fn count(&self, path: &str, default: u64) -> u64 {
        match self.item(path) {
            Some(Item::Count(count)) => *count,
            _ => default,
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.item(path) {
            Some(Item::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn file(&self, path: &str) -> Option<std::path::PathBuf> {
        match self.item(path) {
            Some(Item::File(file)) => Some(file.clone()),
            _ => None,
        }
    }

    fn known(&self, path: &str) -> Option<f64> {
        match self.item(path) {
            Some(Item::Number(number)) => match number.at(0.0) {
                super::Quantity::Known(value) => Some(*value),
                super::Quantity::Doubt(_) => None,
            },
            _ => None,
        }
    }

    /// Days of the horizon; with the warm-up at most 100 years.
    fn horizon(&self, start: Date, warm_up_days: u32, faults: &mut Vec<Fault>) -> u32 {
        let days = match self.item("horizon") {
            Some(Item::Horizon(span)) => boundary(start, *span, 1),
            _ => return 1,
        };
        if f64::from(days) + f64::from(warm_up_days) > MAX_DAYS {
            let path = KeyPath::from("horizon");
            let place = self
                .tree
                .place_of(&path)
                .unwrap_or_else(|| Place::top(&self.tree.file));
            let message = format!(
                "horizon and warm-up are {} days together",
                i64::from(days) + i64::from(warm_up_days)
            );
            faults.push(Fault::new(&place, path, message).label("allowed: 100 years in all"));
        }
        days.max(1) as u32
    }
}

/// Day on which `n` spans counted from `start` have passed; `n` may be negative.
pub(super) fn boundary(start: Date, span: Span, n: i32) -> i32 {
    match span {
        Span::Days(days) => n.saturating_mul(i32::try_from(days).unwrap_or(i32::MAX)),
        Span::Months(months) => {
            let months = i64::from(n) * i64::from(months);
            let moved = jiff::Span::new().try_months(months).ok();
            let date = moved.and_then(|moved| start.checked_add(moved).ok());
            date.map_or(i32::MAX.saturating_mul(n.signum()), |date| {
                days_between(start, date) as i32
            })
        }
    }
}

/// Contiguous periods from day 0 to the horizon.
fn periods(start: Date, step: Span, horizon_days: u32) -> Vec<Window> {
    let end = horizon_days as i32;
    let mut periods = Vec::new();
    let mut start_day = 0;
    for n in 1.. {
        let end_day = boundary(start, step, n).min(end);
        periods.push(Window { start_day, end_day });
        start_day = end_day;
        if end_day == end {
            break;
        }
    }
    periods
}

/// Contiguous periods from the start of the warm-up to day 0.
fn warm_up_periods(start: Date, step: Span, warm_up_days: u32) -> Vec<Window> {
    let first = -(warm_up_days as i32);
    let mut periods = Vec::new();
    let mut end_day = 0;
    for n in 1.. {
        if end_day == first {
            break;
        }
        let start_day = boundary(start, step, -n).max(first);
        periods.push(Window { start_day, end_day });
        end_day = start_day;
    }
    periods.reverse();
    periods
}
