//! Leaves into checked values: what the schema says of a key is applied to what the file says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::Doubt;
use super::amount::{Amount, parse_amount};
use super::fault::{Fault, Note};
use super::loader::{Loader, resolve};
use super::path::KeyPath;
use super::place::Place;
use super::quantity::{LawForm, LawSpec, Quantity, Timed};
use super::schema::{self, Domain, Key, Kind, Unit};
use super::tree::{Tree, list};
use super::value::{Entry, Value};

/// Less of a law than this outside the domain is cut off without a word \[%\].
const LEAST_PERCENT_NOTED: f64 = 0.01;
use crate::distribution::Law;

/// A leaf as the rest of the scenario layer uses it.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Number(Timed<Quantity>),
    Law(Timed<LawSpec>),
    /// Counts and days.
    Count(u64),
    Flag(bool),
    Date(Date),
    DayOfYear(f64),
    Horizon(Span),
    Periods(Span),
    Text(String),
    /// Index into the words of the key.
    Choice(Timed<usize>),
    Choices(Vec<usize>),
    Names(Vec<(String, Place)>),
    Matrix(Vec<Vec<f64>>),
    File(PathBuf),
}

/// A length of calendar time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Months(u32),
    Days(u32),
}

/// All leaves of a tree that could be read, with the doubts found in them.
#[derive(Debug, Default)]
pub(crate) struct Items {
    pub items: BTreeMap<KeyPath, Item>,
    /// In order of path.
    pub doubts: Vec<Doubt>,
    pub notes: Vec<Note>,
}

/// Reads every leaf of the tree.
pub(crate) fn read_items(tree: &Tree, context: &Context<'_>, faults: &mut Vec<Fault>) -> Items {
    let mut reader = Reader {
        context,
        faults,
        notes: Vec::new(),
        found: Vec::new(),
    };
    let mut items = Items::default();
    for (path, value) in &tree.leaves {
        let Some(key) = schema::key_at(path) else {
            continue;
        };
        let item = reader.leaf(path, value, key);
        let mut found = std::mem::take(&mut reader.found);
        let Some(item) = item else {
            continue;
        };
        let order = sort_doubts(&mut found);
        let base = context.first_doubt + items.doubts.len();
        items
            .items
            .insert(path.clone(), item.renumbered(base, &order));
        items
            .doubts
            .extend(found.into_iter().map(|(_, doubt)| doubt));
    }
    items.notes = reader.notes;
    items
}

/// Sorts by path and says where each went: `[old position] -> new position`.
fn sort_doubts(found: &mut [(usize, Doubt)]) -> Vec<usize> {
    found.sort_by(|a, b| KeyPath::parse(&a.1.path).cmp(&KeyPath::parse(&b.1.path)));
    let mut order = vec![0; found.len()];
    for (new, (old, _)) in found.iter().enumerate() {
        order[*old] = new;
    }
    order
}

impl Item {
    /// With doubts numbered from `base` on, in the new order.
    fn renumbered(self, base: usize, order: &[usize]) -> Item {
        let number = |quantity: &Quantity| match quantity {
            Quantity::Doubt(old) => Quantity::Doubt(base + order[*old]),
            known => *known,
        };
        match self {
            Item::Number(timed) => Item::Number(timed.map(number)),
            Item::Law(timed) => Item::Law(timed.map(|law| match law {
                LawSpec::Doubtful {
                    form,
                    parameters,
                    domain,
                } => LawSpec::Doubtful {
                    form: *form,
                    parameters: parameters.iter().map(number).collect(),
                    domain: *domain,
                },
                known => known.clone(),
            })),
            other => other,
        }
    }
}

/// What the reading of a leaf depends on beside the leaf.
pub(crate) struct Context<'a> {
    pub loader: &'a dyn Loader,
    pub currency: String,
    /// Day 0; none if it could not be read.
    pub start: Option<Date>,
    pub of_past: bool,
    /// Number of the first doubt found.
    pub first_doubt: usize,
}

/// Reads leaves one by one.
pub(super) struct Reader<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) faults: &'a mut Vec<Fault>,
    pub(super) notes: Vec<Note>,
    /// Doubts of the leaf at hand, each with its position in order of discovery.
    pub(super) found: Vec<(usize, Doubt)>,
}

impl Reader<'_> {
    fn leaf(&mut self, path: &KeyPath, value: &Value, key: &Key) -> Option<Item> {
        Some(match key.kind {
            Kind::Number(domain) => {
                Item::Number(self.timed(path, value, |r, p, v| r.quantity(p, v, domain))?)
            }
            Kind::Steady(domain) => {
                if is_schedule(value) {
                    return self.fail(path, &value.place, "cannot change by date", "");
                }
                Item::Number(Timed::always(self.quantity(path, value, domain)?))
            }
            Kind::Certain(domain) => Item::Number(Timed::always(Quantity::Known(
                self.certain(path, value, domain)?,
            ))),
            Kind::Law(domain) => {
                Item::Law(self.timed(path, value, |r, p, v| r.law_spec(p, v, domain))?)
            }
            Kind::Count(low, high) => Item::Count(self.count(path, value, low, high)?),
            Kind::Days => Item::Count(self.whole_days(path, value, 0)?),
            Kind::DaysFrom1 => Item::Count(self.whole_days(path, value, 1)?),
            Kind::Horizon => Item::Horizon(self.span(path, value)?),
            Kind::Periods => Item::Periods(self.span(path, value)?),
            Kind::Date => Item::Date(self.date(path, value)?),
            Kind::DayOfYear => Item::DayOfYear(self.day_of_year(path, value)?),
            Kind::Text => Item::Text(self.text(path, value)?),
            Kind::Title => Item::Text(self.title(path, value)?),
            Kind::Flag => Item::Flag(self.flag(path, value)?),
            Kind::Choice(words) => {
                Item::Choice(self.timed(path, value, |r, p, v| r.choice(p, v, words))?)
            }
            Kind::Choices(words) => {
                let listed = self.values(path, value)?.iter();
                let chosen: Vec<_> = listed.map(|v| self.choice(path, v, words)).collect();
                Item::Choices(chosen.into_iter().collect::<Option<_>>()?)
            }
            Kind::Names => {
                let listed = self.values(path, value)?.iter();
                if listed.len() == 0 {
                    return self.fail(
                        path,
                        &value.place,
                        "is empty",
                        "name at least one, or leave it out",
                    );
                }
                let names: Vec<_> = listed
                    .map(|v| Some((self.text(path, v)?, v.place.clone())))
                    .collect();
                Item::Names(names.into_iter().collect::<Option<_>>()?)
            }
            Kind::Matrix => Item::Matrix(self.matrix(path, value)?),
            Kind::File => {
                let stated = self.text(path, value)?;
                Item::File(resolve(&value.place.source.directory, Path::new(&stated)))
            }
        })
    }

    /// Reports a fault of a value and yields nothing.
    pub(super) fn fail<T>(
        &mut self,
        path: &KeyPath,
        place: &Place,
        why: &str,
        help: &str,
    ) -> Option<T> {
        let fault = Fault::new(place, path, format!("`{path}` {why}"));
        self.faults.push(match help {
            "" => fault,
            help => fault.help(help),
        });
        None
    }

    /// Reports that a value is of another kind than its key.
    pub(super) fn wrong_kind<T>(
        &mut self,
        path: &KeyPath,
        value: &Value,
        wanted: &str,
    ) -> Option<T> {
        let why = format!("is {}, where {wanted} is wanted", value.words());
        self.fail(path, &value.place, &why, "")
    }

    // Numbers and laws

    /// A value that may be a schedule: `{ initially = .., 2026-07-01 = .. }`.
    fn timed<T>(
        &mut self,
        path: &KeyPath,
        value: &Value,
        mut one: impl FnMut(&mut Self, &KeyPath, &Value) -> Option<T>,
    ) -> Option<Timed<T>> {
        let Some(entries) = value.table().filter(|_| is_schedule(value)) else {
            return Some(Timed::always(one(self, path, value)?));
        };
        let (mut first, mut later, mut whole) = (None, Vec::new(), true);
        for entry in entries {
            let inner = path.child(&entry.name);
            let read = one(self, &inner, &entry.value);
            whole &= read.is_some();
            if entry.name == "initially" {
                first = read;
            } else if let Some(date) = self.schedule_date(path, entry, later.last()) {
                later.extend(read.map(|read| (date, read)));
            } else {
                whole = false;
            }
        }
        if !entries.iter().any(|entry| entry.name == "initially") {
            let help = "add `initially`, the value before the first date";
            return self.fail(
                path,
                &value.place,
                "is a schedule without a beginning",
                help,
            );
        }
        let first = first.filter(|_| whole)?;
        let start = self.context.start?;
        let later = later
            .into_iter()
            .map(|(date, value)| (days_between(start, date), value));
        Some(Timed::stepping(first, later.collect()))
    }

    /// The date of a step, later than the step before it.
    fn schedule_date<T>(
        &mut self,
        path: &KeyPath,
        entry: &Entry,
        before: Option<&(Date, T)>,
    ) -> Option<Date> {
        let Ok(date) = entry.name.parse::<Date>() else {
            let why = format!("has a step `{}`, which is no date", entry.name);
            let help = "a schedule has `initially` and dates such as 2026-07-01";
            return self.fail(path, &entry.place, &why, help);
        };
        if before.is_some_and(|(before, _)| *before >= date) {
            let why = format!("has the step {date} after a later one");
            return self.fail(path, &entry.place, &why, "write the dates in order");
        }
        Some(date)
    }

    /// A number: known, a range, evidence or a law.
    pub(super) fn quantity(
        &mut self,
        path: &KeyPath,
        value: &Value,
        domain: Domain,
    ) -> Option<Quantity> {
        if is_evidence(value) {
            let law = self.evidence(path, value, domain)?;
            return Some(self.doubt(path, law, domain));
        }
        if is_exposure(value) {
            let law = self.rate_evidence(path, value, domain)?;
            return Some(self.doubt(path, law, domain));
        }
        if value.table().is_some() {
            let law = self.certain_law(path, value, domain)?;
            return Some(self.doubt(path, law, domain));
        }
        match self.amount(path, value, domain)? {
            Amount::One(number) => Some(Quantity::Known(number)),
            Amount::Between(low, high) => {
                let law = self.range_law(path, &value.place, low, high, domain)?;
                Some(self.doubt(path, law, domain))
            }
        }
    }

    /// A number or a range whose values lie in the domain.
    pub(super) fn amount(
        &mut self,
        path: &KeyPath,
        value: &Value,
        domain: Domain,
    ) -> Option<Amount> {
        let amount = match (value.number(), value.text()) {
            (Some(number), _) => Amount::One(number),
            (_, Some(text)) => match parse_amount(text, domain.unit, &self.context.currency) {
                Ok(amount) => amount,
                Err(unreadable) => {
                    let place = inside_text(value, unreadable.part);
                    let why = format!("is {}: {}", value.to_toml(), unreadable.why);
                    let help = unreadable.help.unwrap_or_default();
                    return self.fail(path, &place, &why, &help);
                }
            },
            _ => return self.wrong_kind(path, value, domain.unit.words()),
        };
        let ends = match amount {
            Amount::One(number) => vec![number],
            Amount::Between(low, high) => vec![low, high],
        };
        for end in ends {
            let in_domain = match amount {
                Amount::One(_) => domain.contains(end),
                Amount::Between(..) => {
                    Domain {
                        whole: false,
                        ..domain
                    }
                    .contains(end)
                        || end == domain.low
                }
            };
            if !in_domain || !end.is_finite() {
                return self.outside(path, value, domain);
            }
        }
        Some(amount)
    }

    fn outside<T>(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<T> {
        let message = format!("`{path}` is {}, outside what it may be", value.to_toml());
        let what = match domain.unit {
            Unit::Plain => domain.words(),
            unit => format!("{}, {}", unit.words(), domain.words()),
        };
        let fault = Fault::new(&value.place, path, message).label(format!("allowed: {what}"));
        let percent = value
            .number()
            .filter(|n| domain.unit == Unit::Share && (1.0..=100.0).contains(n));
        let help = percent.map(|n| format!("if {n} percent is meant, write \"{n}%\""));
        self.faults.push(fault.help_if(help));
        None
    }

    /// The law that has `low` and `high` as its 5 and 95 % quantiles.
    fn range_law(
        &mut self,
        path: &KeyPath,
        place: &Place,
        low: f64,
        high: f64,
        domain: Domain,
    ) -> Option<Law> {
        let advice = "write evidence such as { wins = 3, of = 40 }, or a law";
        if low > high {
            return self.fail(
                path,
                place,
                "has a range that is reversed",
                "write the lower end first",
            );
        }
        if low == high {
            return self.fail(
                path,
                place,
                "has a range without width",
                "write the number alone, if it is certain",
            );
        }
        if low == domain.low || high == domain.high {
            let why = format!(
                "has a range that ends on the border of what it may be ({})",
                domain.words()
            );
            return self.fail(path, place, &why, advice);
        }
        let law = if domain.low == 0.0 && domain.high == 1.0 {
            Law::beta_from_quantiles(0.05, low, 0.95, high)
        } else if domain.low >= 0.0 {
            Law::lognormal_from_quantiles(0.05, low, 0.95, high)
        } else {
            Law::normal_from_quantiles(0.05, low, 0.95, high)
        };
        match law {
            Ok(law) => self.within(path, place, law, domain),
            Err(error) => self.fail(
                path,
                place,
                &format!("has a range that no law fits: {error}"),
                advice,
            ),
        }
    }

    /// The Beta posterior of wins among trials.
    fn evidence(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<Law> {
        if domain.unit != Unit::Share || domain.high != 1.0 {
            let help = "write a range or a law";
            return self.fail(
                path,
                &value.place,
                "has evidence, which is for shares only",
                help,
            );
        }
        let [wins, of] = self.trials(path, value, &["wins", "of", "prior"])?;
        let entries = value.table().unwrap_or_default();
        let prior = entries.iter().find(|entry| entry.name == "prior");
        let [prior_wins, prior_of] = match prior {
            Some(prior) => self.trials(&path.child("prior"), &prior.value, &["wins", "of"])?,
            None => [0.5, 1.0],
        };
        match Law::beta(prior_wins + wins, prior_of - prior_wins + of - wins) {
            Ok(law) => Some(law),
            Err(error) => {
                let why = format!("has evidence that makes no law: {error}");
                self.fail(path, &value.place, &why, "a prior needs 0 < wins < of")
            }
        }
    }

    /// The Gamma posterior of a rate by the events seen in some days: of shape `prior.events + events` and rate
    /// `prior.days + days`; without a prior Jeffreys', half an event in no time.
    ///
    /// Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, sections 2.6 and 2.8.
    fn rate_evidence(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<Law> {
        if domain.unit != Unit::PerDay {
            let why = "has evidence of events in time, which is for numbers per day only";
            return self.fail(path, &value.place, why, "write a range or a law");
        }
        let [events, days] = self.exposure(path, value, &["events", "days", "prior"])?;
        let entries = value.table().unwrap_or_default();
        let prior = entries.iter().find(|entry| entry.name == "prior");
        let [prior_events, prior_days] = match prior {
            Some(prior) => {
                self.exposure(&path.child("prior"), &prior.value, &["events", "days"])?
            }
            None => [0.5, 0.0],
        };
        if days == 0.0 {
            let help = "days are the time under observation, summed over all who were observed";
            return self.fail(path, &value.place, "has evidence of no time", help);
        }
        match Law::gamma(prior_events + events, 1.0 / (prior_days + days)) {
            Ok(law) => self.within(path, &value.place, law, domain),
            Err(error) => {
                let why = format!("has evidence that makes no law: {error}");
                let help = "without any event, a prior needs events above 0";
                self.fail(path, &value.place, &why, help)
            }
        }
    }

    /// The numbers `events` and `days`.
    fn exposure(&mut self, path: &KeyPath, value: &Value, names: &[&str]) -> Option<[f64; 2]> {
        let Some(entries) = value.table() else {
            return self.wrong_kind(path, value, "{ events = .., days = .. }");
        };
        let [count, time] = [Unit::Plain, Unit::Days].map(|unit| Domain::new(unit, 0.0, 1e15));
        let (mut events, mut days) = (None, None);
        for entry in entries {
            let inner = path.child(&entry.name);
            match entry.name.as_str() {
                "events" => events = Some(self.certain(&inner, &entry.value, count)?),
                "days" => days = Some(self.certain(&inner, &entry.value, time)?),
                name if names.contains(&name) => {}
                name => {
                    let why = format!("has evidence with `{name}`");
                    let help = format!("evidence has {}", list(names.iter().copied()));
                    return self.fail(path, &entry.place, &why, &help);
                }
            }
        }
        let stated = events.zip(days).map(|(events, days)| [events, days]);
        stated.or_else(|| {
            let why = "has evidence without `events` or `days`";
            let help = "write { events = 12, days = 900 }";
            self.fail(path, &value.place, why, help)
        })
    }

    /// The numbers `wins` and `of`, wins at most of.
    fn trials(&mut self, path: &KeyPath, value: &Value, names: &[&str]) -> Option<[f64; 2]> {
        let Some(entries) = value.table() else {
            return self.wrong_kind(path, value, "{ wins = .., of = .. }");
        };
        let count = Domain::new(Unit::Plain, 0.0, 1e15);
        let (mut wins, mut of) = (None, None);
        for entry in entries {
            let inner = path.child(&entry.name);
            match entry.name.as_str() {
                "wins" => wins = Some(self.certain(&inner, &entry.value, count)?),
                "of" => of = Some(self.certain(&inner, &entry.value, count)?),
                name if names.contains(&name) => {}
                name => {
                    let why = format!("has evidence with `{name}`");
                    let help = format!("evidence has {}", list(names.iter().copied()));
                    return self.fail(path, &entry.place, &why, &help);
                }
            }
        }
        match (wins, of) {
            (Some(wins), Some(of)) if wins <= of => Some([wins, of]),
            (Some(wins), Some(of)) => {
                let why = format!("has evidence of {wins} wins among {of}");
                self.fail(path, &value.place, &why, "wins can be at most `of`")
            }
            _ => {
                let help = "write { wins = 110, of = 500 }";
                self.fail(
                    path,
                    &value.place,
                    "has evidence without `wins` or `of`",
                    help,
                )
            }
        }
    }

    /// A number that must not be in doubt.
    pub(super) fn certain(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<f64> {
        let n_found = self.found.len();
        let quantity = self.quantity(path, value, domain)?;
        self.found.truncate(n_found);
        match quantity {
            Quantity::Known(number) => Some(number),
            Quantity::Doubt(_) => {
                let help = "write one number";
                self.fail(path, &value.place, "must be certain here", help)
            }
        }
    }

    fn doubt(&mut self, path: &KeyPath, law: Law, domain: Domain) -> Quantity {
        let doubt = Doubt {
            path: path.to_string(),
            of_past: self.context.of_past,
            law,
            whole: domain.whole,
        };
        let number = self.found.len();
        self.found.push((number, doubt));
        Quantity::Doubt(number)
    }

    /// A law of the process whose parameters may be in doubt.
    fn law_spec(&mut self, path: &KeyPath, value: &Value, domain: Domain) -> Option<LawSpec> {
        if is_evidence(value) {
            let help = "write a number, a range or a law";
            return self.fail(
                path,
                &value.place,
                "has evidence, which is for shares only",
                help,
            );
        }
        if is_exposure(value) {
            let why = "has evidence of events in time, which is for numbers per day only";
            return self.fail(path, &value.place, why, "write a number, a range or a law");
        }
        if value.table().is_some() {
            return self.law_table(path, value, domain, true);
        }
        let quantity = self.quantity(path, value, domain)?;
        self.point(path, &value.place, quantity, domain)
    }

    /// A law that has one value only.
    pub(super) fn point(
        &mut self,
        path: &KeyPath,
        place: &Place,
        quantity: Quantity,
        domain: Domain,
    ) -> Option<LawSpec> {
        match quantity {
            Quantity::Known(number) => match Law::point(number) {
                Ok(law) => Some(LawSpec::Known(law)),
                Err(error) => self.fail(path, place, &format!("is no law: {error}"), ""),
            },
            doubt => Some(LawSpec::Doubtful {
                form: LawForm::Point,
                parameters: vec![doubt],
                domain: (domain.low, domain.high),
            }),
        }
    }

    /// The law within the domain; what lies outside is cut off and noted.
    pub(super) fn within(
        &mut self,
        path: &KeyPath,
        place: &Place,
        law: Law,
        domain: Domain,
    ) -> Option<Law> {
        let (low, high) = law.support();
        if low >= domain.low && high <= domain.high {
            return Some(law);
        }
        let above = if high > domain.high {
            1.0 - law.cdf(domain.high)
        } else {
            0.0
        };
        let below = if low < domain.low {
            law.cdf(domain.low)
        } else {
            0.0
        };
        let words = domain.words();
        let text = law.to_string();
        match Law::truncated(law, domain.low, domain.high) {
            Ok(cut) => {
                let outside = 100.0 * (above + below);
                let message = format!(
                    "`{path}`: {text} is cut to what it may be ({words}); {} of it lies outside",
                    percent(outside)
                );
                if outside >= LEAST_PERCENT_NOTED {
                    self.note(path, place, message);
                }
                Some(cut)
            }
            Err(_) => {
                let why = format!("has a law, {text}, that lies outside what it may be ({words})");
                self.fail(path, place, &why, "")
            }
        }
    }

    pub(super) fn note(&mut self, path: &KeyPath, place: &Place, message: String) {
        self.notes.push(Note {
            path: path.to_string(),
            message,
            place: Some(place.clone()),
        });
    }
}

/// Days from `start` to `date`, negative before it.
pub(crate) fn days_between(start: Date, date: Date) -> f64 {
    start
        .until(date)
        .map_or(0.0, |span| f64::from(span.get_days()))
}

/// The place of a part of a text value, where the file has it letter by letter.
fn inside_text(value: &Value, part: std::ops::Range<usize>) -> Place {
    let written = value.place.text();
    let text = value.text().unwrap_or_default();
    match written.find(text) {
        Some(at) if !part.is_empty() => value.place.part(at + part.start..at + part.end),
        _ => value.place.clone(),
    }
}

/// `35.50 %`; what would be written as nothing is called little.
fn percent(percent: f64) -> String {
    match percent {
        0.0..0.005 => "under 0.01 %".to_string(),
        _ => format!("{percent:.2} %"),
    }
}

/// Whether a table is a schedule by date.
fn is_schedule(value: &Value) -> bool {
    let is_step = |entry: &Entry| entry.name == "initially" || entry.name.parse::<Date>().is_ok();
    value
        .table()
        .is_some_and(|entries| entries.iter().any(is_step))
}

/// Whether a table is evidence.
fn is_evidence(value: &Value) -> bool {
    let counts = |entry: &Entry| entry.name == "wins" || entry.name == "of";
    value
        .table()
        .is_some_and(|entries| entries.iter().any(counts))
}

/// Whether a table is evidence of a rate: events seen in some days.
fn is_exposure(value: &Value) -> bool {
    let counts = |entry: &Entry| entry.name == "events" || entry.name == "days";
    value
        .table()
        .is_some_and(|entries| entries.iter().any(counts))
}
