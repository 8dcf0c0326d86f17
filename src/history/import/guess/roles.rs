//! Which column of an export is what, and how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::super::End;
use super::super::amount;
use super::super::leaks::{Filled, class, telling};
use super::super::moment::{self, DateOrder};
use super::sheet::{Column, Sheet};
use super::{Field, folded};

/// Names of columns as CRMs export them, the likeliest first.
const CREATED: [&str; 14] = [
    "created",
    "created date",
    "create date",
    "created on",
    "createdate",
    "deal created",
    "creation date",
    "first contact date",
    "first contact",
    "add time",
    "start date",
    "opened",
    "open date",
    "date entered",
];
const CLOSED: [&str; 13] = [
    "closed",
    "closed date",
    "close date",
    "closedate",
    "actual close date",
    "closed on",
    "deal closed on",
    "won time",
    "won date",
    "closed at",
    "date closed",
    "end date",
    "converted date",
];
const ENTERED: [&str; 9] = [
    "entered",
    "entered date",
    "change date",
    "changed on",
    "stage entered",
    "start date",
    "date",
    "timestamp",
    "created date",
];
const LEFT: [&str; 5] = ["left", "exited", "exit date", "stage exited", "end date"];
const STAGE: [&str; 13] = [
    "stage",
    "stage name",
    "deal stage",
    "opportunity stage",
    "pipeline stage",
    "status",
    "lead status",
    "deal status",
    "state",
    "status reason",
    "to stage",
    "outcome",
    "new value",
];
const CHANNEL: [&str; 12] = [
    "channel",
    "lead source",
    "original source",
    "original traffic source",
    "source",
    "origin",
    "utm source",
    "marketing channel",
    "source channel",
    "lead origin",
    "medium",
    "campaign",
];
const SEGMENT: [&str; 15] = [
    "segment",
    "customer segment",
    "business segment",
    "industry",
    "sector",
    "vertical",
    "customer type",
    "company size",
    "region",
    "country",
    "territory",
    "product line",
    "product",
    "lead type",
    "type",
];
const OWNER: [&str; 12] = [
    "owner",
    "deal owner",
    "opportunity owner",
    "lead owner",
    "owner id",
    "sales agent",
    "sales rep",
    "salesperson",
    "account executive",
    "assigned to",
    "rep",
    "agent",
];
const VALUE: [&str; 14] = [
    "value",
    "amount",
    "deal value",
    "deal amount",
    "close value",
    "closed value",
    "contract value",
    "acv",
    "arr",
    "actual revenue",
    "revenue",
    "total",
    "price",
    "est revenue",
];
const CURRENCY: [&str; 4] = [
    "currency",
    "currency iso code",
    "deal currency",
    "currency code",
];
const KEY: [&str; 8] = [
    "id",
    "lead id",
    "opportunity id",
    "deal id",
    "record id",
    "key",
    "number",
    "guid",
];

/// Parts of words that mean an end, folded.
const WON: [&str; 7] = [
    "won",
    "gewonnen",
    "ganad",
    "ganho",
    "gagn",
    "converted",
    "success",
];
const LOST: [&str; 9] = [
    "lost",
    "loss",
    "verloren",
    "perdid",
    "perdu",
    "disqualif",
    "unqualif",
    "rejected",
    "declined",
];
const NO_DECISION: [&str; 5] = ["nodecision", "abandon", "cancel", "expired", "noresponse"];

/// A value so many times the median casts doubt on its column.
const OUTLYING: f64 = 1_000.0;

/// A column, by its sheet and its place there.
pub(super) type At = (usize, usize);

/// How a sheet joins another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub sheet: usize,
    pub key: usize,
    /// The column that holds the key; it may be the key of the first sheet itself.
    pub to: At,
    /// Whether a key has several rows.
    pub repeats: bool,
    /// Of the different keys there, how many are found here.
    pub found: usize,
    pub of: usize,
}

/// A column for a field, with words on why and with doubts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub at: At,
    pub why: String,
    /// Why it is only a suggestion; empty for one that is taken.
    pub against: String,
    /// What else it could be.
    pub others: Vec<At>,
    /// Keys beside `column`.
    pub settings: Vec<(&'static str, String)>,
}

/// What was found out about an export.
#[derive(Debug, Default)]
pub(super) struct Roles {
    /// The sheet whose rows are records or changes, and its key.
    pub first: Option<At>,
    pub is_stage_change: bool,
    pub links: Vec<Link>,
    pub choices: BTreeMap<Field, Choice>,
    /// Columns that seem to be meant and had better not be used.
    pub suggestions: Vec<(Field, Choice)>,
    /// Values of the stage column and what they seem to mean.
    pub outcomes: Vec<(String, End)>,
    /// Orders in which every date can be read.
    pub date_orders: Vec<DateOrder>,
    pub has_decimal_comma: bool,
    /// A currency that stands in the data.
    pub currency: Option<String>,
    pub has_times: bool,
    pub states_zones: bool,
    /// The last day with a date \[days since 1970-01-01\].
    pub last_day: Option<i32>,
}

impl Roles {
    /// Finds out as much as names and values tell.
    pub fn find(sheets: &[Sheet]) -> Roles {
        let mut roles = Roles::default();
        let Some((first, is_stage_change)) = first_sheet(sheets) else {
            return roles;
        };
        roles.first = Some(first);
        roles.is_stage_change = is_stage_change;
        let links = links(sheets, first);
        Finder::new(sheets, first, &links).fill(&mut roles);
        roles.links = links;
        roles
    }
}

fn has(sheet: &Sheet, words: &[&str], is: fn(&Column) -> bool) -> bool {
    sheet
        .columns
        .iter()
        .any(|column| is(column) && column.fits(words) > 0)
}

/// The sheet with a record, or a change of stage, in each row; its key; whether it is the latter.
fn first_sheet(sheets: &[Sheet]) -> Option<(At, bool)> {
    let mut found = Vec::new();
    for (index, sheet) in sheets.iter().enumerate() {
        let has_stage = has(sheet, &STAGE, Column::is_category);
        let has_closed = has(sheet, &CLOSED, Column::is_date);
        let has_date = sheet.columns.iter().any(Column::is_date);
        let has_created = has(sheet, &CREATED, Column::is_date);
        let repeated = has_stage && has_date && !has_closed;
        let repeated = repeated.then(|| repeated_key(sheet)).flatten();
        let Some(key) = repeated.or_else(|| unique_key(sheet)).filter(|_| has_date) else {
            continue;
        };
        let points = 4 * usize::from(has_created || repeated.is_some())
            + 3 * usize::from(has_stage)
            + 2 * usize::from(has_closed)
            + usize::from(has(sheet, &CHANNEL, Column::is_category));
        found.push(((points, sheet.n_rows), ((index, key), repeated.is_some())));
    }
    // The first of equals.
    found
        .into_iter()
        .rev()
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, of)| of)
}

/// The column of a sheet that names each row.
fn unique_key(sheet: &Sheet) -> Option<usize> {
    let columns = 0..sheet.columns.len();
    let unique =
        columns.filter(|c| sheet.columns[*c].is_unique() && sheet.columns[*c].is_key_like());
    unique.rev().max_by_key(|c| sheet.columns[*c].fits(&KEY))
}

/// The column of a sheet whose values have several rows and hardly ever two in one stage: the record that changes.
fn repeated_key(sheet: &Sheet) -> Option<usize> {
    let stages = sheet.columns.iter().filter(|column| column.is_category());
    let stage = stages.max_by_key(|column| column.fits(&STAGE))?;
    let columns = 0..sheet.columns.len();
    let repeated = columns.filter(|c| {
        let column = &sheet.columns[*c];
        let repeats = 4 * column.n_filled >= 5 * column.distinct.len();
        let is_key = repeats && column.is_key_like() && column.fits(&KEY) > 0;
        let pairs = || column.cells.iter().zip(&stage.cells);
        is_key && 10 * pairs().collect::<BTreeSet<_>>().len() >= 9 * pairs().count()
    });
    repeated.rev().max_by_key(|c| sheet.columns[*c].fits(&KEY))
}

/// How the other sheets join the first one, directly or through one another.
fn links(sheets: &[Sheet], first: At) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let mut linked = vec![first.0];
    loop {
        let mut best: Option<((bool, bool, u64), Link)> = None;
        for sheet in (0..sheets.len()).filter(|sheet| !linked.contains(sheet)) {
            for link in linked.iter().flat_map(|to| candidates(sheets, sheet, *to)) {
                let share = 1_000 * link.found as u64 / link.of.max(1) as u64;
                let rank = (link.to == first, !link.repeats, share);
                if best.as_ref().is_none_or(|(other, _)| rank > *other) {
                    best = Some((rank, link));
                }
            }
        }
        let Some((_, link)) = best else { return links };
        linked.push(link.sheet);
        links.push(link);
    }
}

/// Ways in which a sheet may join another: columns that share most of their values.
fn candidates(sheets: &[Sheet], sheet: usize, to: usize) -> Vec<Link> {
    let mut found = Vec::new();
    for (key, own) in sheets[sheet].columns.iter().enumerate() {
        for (column, other) in sheets[to].columns.iter().enumerate() {
            if !own.is_key_like() || !other.is_key_like() {
                continue;
            }
            let n = shared(own, other);
            let fewest = own.distinct.len().min(other.distinct.len());
            if n >= 3 && 2 * n >= fewest {
                found.push(Link {
                    sheet,
                    key,
                    to: (to, column),
                    repeats: !own.is_unique(),
                    found: n,
                    of: other.distinct.len(),
                });
            }
        }
    }
    found
}

/// How many different values two columns share, spelling aside; 0 if the first hundreds share hardly any.
fn shared(a: &Column, b: &Column) -> usize {
    const FIRST: usize = 200;
    let (small, large) = match a.distinct.len() <= b.distinct.len() {
        true => (a, b),
        false => (b, a),
    };
    let names: BTreeSet<String> = match large.distinct.len() <= FIRST {
        true => large.distinct.iter().map(|name| folded(name)).collect(),
        false => BTreeSet::new(),
    };
    let is_shared =
        |name: &&String| large.distinct.contains(*name) || names.contains(&folded(name));
    let n_first = small.distinct.iter().take(FIRST).filter(is_shared).count();
    if 4 * n_first < small.distinct.len().min(FIRST) {
        return 0;
    }
    small.distinct.iter().filter(is_shared).count()
}

/// Finds the columns of an export whose sheets are joined.
struct Finder<'a> {
    sheets: &'a [Sheet],
    first: At,
    links: &'a [Link],
    /// `[sheet][row of the first sheet]`: the row of that sheet
    rows: Vec<Vec<Option<usize>>>,
    /// `[row of the first sheet]`
    classes: Vec<usize>,
}

impl<'a> Finder<'a> {
    fn new(sheets: &'a [Sheet], first: At, links: &'a [Link]) -> Self {
        let n_rows = sheets[first.0].n_rows;
        let mut finder = Finder {
            sheets,
            first,
            links,
            rows: vec![vec![None; n_rows]; sheets.len()],
            classes: Vec::new(),
        };
        finder.rows[first.0] = (0..n_rows).map(Some).collect();
        for link in links {
            let keys = &sheets[link.sheet].columns[link.key].cells;
            let mut by_key: BTreeMap<&str, usize> = BTreeMap::new();
            let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
            for (row, key) in keys.iter().enumerate() {
                by_key.entry(key).or_insert(row);
                by_name.entry(folded(key)).or_insert(row);
            }
            let find = |row: usize| {
                let key = finder.cell(link.to, row);
                let found = by_key.get(key).or_else(|| by_name.get(&folded(key)));
                found.copied().filter(|_| !key.is_empty())
            };
            finder.rows[link.sheet] = (0..n_rows).map(find).collect();
        }
        finder
    }

    fn n_rows(&self) -> usize {
        self.sheets[self.first.0].n_rows
    }

    fn column(&self, at: At) -> &'a Column {
        &self.sheets[at.0].columns[at.1]
    }

    /// What a column holds for a row of the first sheet.
    fn cell(&self, at: At, row: usize) -> &'a str {
        let row = self.rows[at.0][row];
        row.map_or("", |row| &self.column(at).cells[row])
    }

    /// Columns that may tell of a record: those of sheets with one row for it; the key is none.
    fn columns(&self) -> impl Iterator<Item = At> {
        let links = self.links.iter().filter(|link| !link.repeats);
        let keys: Vec<At> = links.clone().map(|link| (link.sheet, link.key)).collect();
        let sheets = std::iter::once(self.first.0).chain(links.map(|link| link.sheet));
        let all = sheets.flat_map(|sheet| {
            (0..self.sheets[sheet].columns.len()).map(move |column| (sheet, column))
        });
        let first = self.first;
        all.filter(move |at| *at != first && !keys.contains(at))
    }

    /// Columns of a kind whose names fit `words`, the likeliest first, the first sheet's before others'.
    fn named(&self, words: &[&str], is: impl Fn(&Column) -> bool) -> Vec<At> {
        let mut found: Vec<(usize, At)> = self
            .columns()
            .filter(|at| is(self.column(*at)))
            .map(|at| (self.column(at).fits(words), at))
            .filter(|(score, _)| *score > 0)
            .collect();
        found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        found.into_iter().map(|(_, at)| at).collect()
    }

    fn fill(mut self, roles: &mut Roles) {
        match roles.is_stage_change {
            true => self.find_changes(roles),
            false => self.find_times(roles),
        }
        self.classes = (0..self.n_rows())
            .map(|row| self.class(roles, row))
            .collect();
        self.find_label(roles, Field::Channel, &CHANNEL);
        self.find_label(roles, Field::Segment, &SEGMENT);
        self.find_label(roles, Field::Owner, &OWNER);
        self.find_value(roles);
        self.find_forms(roles);
    }

    fn choose(&self, roles: &mut Roles, field: Field, candidates: &[At], why: &str) {
        if let Some((at, others)) = candidates.split_first() {
            roles.choices.insert(field, Choice::new(*at, why, others));
        }
    }

    fn find_changes(&self, roles: &mut Roles) {
        let in_first = |at: &At| at.0 == self.first.0;
        let by_name = "by its name";
        let entered: Vec<At> = self
            .named(&ENTERED, Column::is_date)
            .into_iter()
            .filter(in_first)
            .collect();
        let dates = self
            .columns()
            .filter(|at| in_first(at) && self.column(*at).is_date());
        match entered.is_empty() {
            true => {
                let dates: Vec<At> = dates.collect();
                self.choose(roles, Field::Entered, &dates, "the first column of dates");
            }
            false => self.choose(roles, Field::Entered, &entered, by_name),
        }
        let left: Vec<At> = self
            .named(&LEFT, Column::is_date)
            .into_iter()
            .filter(in_first)
            .collect();
        self.choose(roles, Field::Left, &left, by_name);
        let stage: Vec<At> = self
            .named(&STAGE, Column::is_category)
            .into_iter()
            .filter(in_first)
            .collect();
        self.choose(roles, Field::Stage, &stage, by_name);
        self.find_outcomes(roles);
        self.order_stages(roles);
    }

    /// Puts stages in the order in which records enter them, on the mean over the time since a record's first change.
    fn order_stages(&self, roles: &mut Roles) {
        let at = |field| roles.choices.get(&field).map(|choice: &Choice| choice.at);
        let (Some(entered), Some(stage)) = (at(Field::Entered), at(Field::Stage)) else {
            return;
        };
        let order = self.column(entered).order();
        let read = |row: usize| {
            let cell = self.cell(entered, row);
            let moment = moment::read(cell, order, &TimeZone::UTC, &TimeZone::UTC)?;
            Some((
                self.cell(self.first, row),
                self.cell(stage, row),
                moment.days,
            ))
        };
        let changes = || (0..self.n_rows()).filter_map(read);
        let mut first: BTreeMap<&str, f64> = BTreeMap::new();
        for (key, _, days) in changes() {
            let first = first.entry(key).or_insert(days);
            *first = first.min(days);
        }
        let mut since: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (key, stage, days) in changes() {
            let (sum, n) = since.entry(stage).or_default();
            *sum += days - first[key];
            *n += 1.0;
        }
        let mean = |stage: &str| since.get(stage).map_or(f64::INFINITY, |(sum, n)| sum / n);
        roles
            .outcomes
            .sort_by(|a, b| mean(&a.0).total_cmp(&mean(&b.0)));
    }

    fn find_times(&self, roles: &mut Roles) {
        let by_name = "by its name";
        let stage = self.named(&STAGE, Column::is_category);
        let stage: Vec<At> = stage
            .into_iter()
            .filter(|at| self.names_ends(*at))
            .collect();
        self.choose(
            roles,
            Field::Stage,
            &stage,
            "by its name, and its values name ends",
        );
        let closed = self.named(&CLOSED, Column::is_date);
        self.choose(roles, Field::Closed, &closed, by_name);
        let in_first = |at: &At| at.0 == self.first.0;
        let created = self.named(&CREATED, Column::is_date);
        let created: Vec<At> = created
            .into_iter()
            .filter(|at| in_first(at) && Some(at) != closed.first())
            .collect();
        match created.is_empty() {
            false => self.choose(roles, Field::Created, &created, by_name),
            true => {
                let dates = self
                    .columns()
                    .filter(|at| in_first(at) && self.column(*at).is_date());
                let mut dates: Vec<At> = dates.filter(|at| Some(at) != closed.first()).collect();
                dates.sort_by_key(|at| std::cmp::Reverse(self.column(*at).n_filled));
                let why =
                    "of the columns of dates the one that is filled most; its name does not tell";
                self.choose(roles, Field::Created, &dates, why);
            }
        }
        self.find_outcomes(roles);
    }

    /// Whether a value of a column names a won or lost end.
    fn names_ends(&self, at: At) -> bool {
        self.column(at)
            .distinct
            .iter()
            .any(|value| end_of(value) != End::Open)
    }

    fn find_outcomes(&self, roles: &mut Roles) {
        if let Some(choice) = roles.choices.get(&Field::Stage) {
            let values = self.column(choice.at).distinct.iter();
            roles.outcomes = values.map(|value| (value.clone(), end_of(value))).collect();
        }
    }

    /// How the record of a row ends.
    fn class(&self, roles: &Roles, row: usize) -> usize {
        let stage = roles.choices.get(&Field::Stage);
        let closed = roles.choices.get(&Field::Closed);
        match (stage, closed) {
            (Some(stage), _) => class(end_of(self.cell(stage.at, row))),
            (None, Some(closed)) => usize::from(!self.cell(closed.at, row).is_empty()),
            (None, None) => 0,
        }
    }

    /// In how many records a column is filled, by class, and how many there are.
    fn filled(&self, at: At) -> (Filled, Filled) {
        let (mut filled, mut all) = ([0; 4], [0; 4]);
        for (row, class) in self.classes.iter().enumerate() {
            all[*class] += 1;
            filled[*class] += u64::from(!self.cell(at, row).is_empty());
        }
        (filled, all)
    }

    /// Chooses a column of names; those that tell how a record ends are only shown.
    fn find_label(&self, roles: &mut Roles, field: Field, words: &[&str]) {
        let is_taken = |at: &At| roles.choices.values().any(|choice| choice.at == *at);
        let named = self.named(words, Column::is_category);
        let named: Vec<At> = named.into_iter().filter(|at| !is_taken(at)).collect();
        let leak = |at: At| {
            let (filled, all) = self.filled(at);
            telling(&filled, &all).filter(|_| !roles.is_stage_change && field != Field::Owner)
        };
        let leaks: Vec<Option<String>> = named.iter().map(|at| leak(*at)).collect();
        let safe = named.iter().zip(&leaks).filter(|(_, leak)| leak.is_none());
        let safe: Vec<At> = safe.map(|(at, _)| *at).collect();
        for (at, how) in named.iter().zip(&leaks) {
            if let Some(how) = how {
                let mut choice = Choice::new(*at, "", &[]);
                choice.against = format!(
                    "it is {how}, so that it tells how a record ends and a forecast cannot know it"
                );
                roles.suggestions.push((field, choice));
            }
        }
        let Some((at, others)) = safe.split_first() else {
            return;
        };
        let mut choice = Choice::new(*at, "by its name", others);
        let (filled, all) = self.filled(*at);
        if field == Field::Owner && 10 * filled[0] >= 9 * all[0] && all[0] > 0 {
            choice.settings.push(("known", "\"creation\"".into()));
            choice.why +=
                "; open records have it too: known from the creation on, unless it changes";
        }
        roles.choices.insert(field, choice);
    }

    /// Chooses a column of amounts; those that can be no value are only shown.
    fn find_value(&self, roles: &mut Roles) {
        let named = self.named(&VALUE, Column::is_amount);
        let doubts: Vec<Option<String>> = named.iter().map(|at| self.doubt_of_value(*at)).collect();
        let sound = named
            .iter()
            .zip(&doubts)
            .filter(|(_, doubt)| doubt.is_none());
        let sound: Vec<At> = sound.map(|(at, _)| *at).collect();
        for (at, doubt) in named.iter().zip(doubts) {
            if let Some(doubt) = doubt {
                let mut choice = Choice::new(*at, "", &[]);
                choice.against = doubt;
                roles.suggestions.push((Field::Value, choice));
            }
        }
        match (sound.is_empty(), self.sum()) {
            (true, Some(sum)) if sum.against.is_empty() => {
                roles.choices.insert(Field::Value, sum);
            }
            (_, sum) => {
                roles.suggestions.extend(sum.map(|sum| (Field::Value, sum)));
                self.choose(roles, Field::Value, &sound, "by its name");
            }
        }
        if roles.choices.contains_key(&Field::Value) {
            let currency = self.named(&CURRENCY, |column| column.n_filled > 0);
            self.choose(roles, Field::Currency, &currency, "by its name");
        }
    }

    /// Why a column of amounts can hardly be the value of a won record.
    fn doubt_of_value(&self, at: At) -> Option<String> {
        let [point, comma] = self.column(at).amounts;
        let decimal = if comma > point { ',' } else { '.' };
        let won = || (0..self.n_rows()).filter(|row| self.classes[*row] == 1);
        let values = won().filter_map(|row| amount::read(self.cell(at, row), decimal));
        let mut values: Vec<f64> = values
            .map(|of| of.value)
            .filter(|value| *value > 0.0)
            .collect();
        values.sort_by(f64::total_cmp);
        let (n, n_won) = (values.len(), won().count());
        if 2 * n < n_won {
            return Some(format!("it is above 0 in only {n} of {n_won} won records"));
        }
        let (median, largest) = (values.get(n / 2)?, values.last()?);
        (*largest > OUTLYING * median).then(|| {
            format!(
                "its largest value, {largest}, is more than {OUTLYING} times its median, {median}"
            )
        })
    }

    /// A value that is the sum of the rows of a joined file.
    fn sum(&self) -> Option<Choice> {
        let repeating = self.links.iter().filter(|link| link.repeats);
        let sums = repeating.flat_map(|link| {
            let columns = self.sheets[link.sheet].columns.iter().enumerate();
            let named = columns.filter(|(_, column)| column.is_amount() && column.fits(&VALUE) > 0);
            named.map(move |(column, _)| (link.sheet, column))
        });
        let at = sums.max_by_key(|at| self.column(*at).fits(&VALUE))?;
        let mut choice = Choice::new(at, "the sum of the rows of a record", &[]);
        choice.settings.push(("sum", "true".into()));
        let won = || (0..self.n_rows()).filter(|row| self.classes[*row] == 1);
        let n_won = won().count();
        let n = won().filter(|row| self.rows[at.0][*row].is_some()).count();
        if 2 * n < n_won {
            choice.against = format!("only {n} of {n_won} won records have any such row");
        }
        Some(choice)
    }

    /// How dates and amounts are written, and where the data ends.
    fn find_forms(&self, roles: &mut Roles) {
        let times = [Field::Created, Field::Closed, Field::Entered, Field::Left];
        let columns: Vec<&Column> = times
            .iter()
            .filter_map(|field| Some(self.column(roles.choices.get(field)?.at)))
            .collect();
        let most: usize = columns
            .iter()
            .filter_map(|column| column.dates.iter().max())
            .sum();
        let reads_all =
            |order: usize| columns.iter().map(|c| c.dates[order]).sum::<usize>() == most;
        roles.date_orders = (0..3)
            .filter(|o| reads_all(*o))
            .map(|o| DateOrder::ALL[o])
            .collect();
        roles.has_times = columns.iter().any(|column| column.n_times > 0);
        roles.states_zones = columns.iter().any(|column| column.n_zoned > 0);
        let order = roles.date_orders.first().copied().unwrap_or(DateOrder::Ymd);
        let is_used =
            |field: &&Field| **field != Field::Closed || !roles.choices.contains_key(&Field::Stage);
        let read = times
            .iter()
            .filter(is_used)
            .filter_map(|field| roles.choices.get(field));
        let cells = read.flat_map(|choice| &self.column(choice.at).distinct);
        let days =
            cells.filter_map(|cell| moment::read(cell, order, &TimeZone::UTC, &TimeZone::UTC));
        roles.last_day = days.map(|moment| moment.days as i32).max();
        let Some(value) = roles.choices.get(&Field::Value) else {
            return;
        };
        let column = self.column(value.at);
        roles.has_decimal_comma = column.amounts[1] > column.amounts[0];
        let decimal = if roles.has_decimal_comma { ',' } else { '.' };
        let stated = column
            .distinct
            .iter()
            .filter_map(|cell| amount::read(cell, decimal));
        let stated = stated
            .map(|amount| amount.currency)
            .find(|sign| !sign.is_empty());
        let of_column = roles.choices.get(&Field::Currency).and_then(|choice| {
            let cells = &self.column(choice.at).cells;
            let n = |name: &String| cells.iter().filter(|cell| *cell == name).count();
            let names = self.column(choice.at).distinct.iter();
            names.max_by_key(|name| n(name)).map(|name| &name[..])
        });
        roles.currency = stated.or(of_column).map(str::to_owned);
    }
}

impl Choice {
    fn new(at: At, why: &str, others: &[At]) -> Choice {
        Choice {
            at,
            why: why.to_owned(),
            against: String::new(),
            others: others.to_vec(),
            settings: Vec::new(),
        }
    }
}

/// The end that a stage names; open if it names none.
fn end_of(stage: &str) -> End {
    let stage = folded(stage);
    let names = |words: &[&str]| words.iter().any(|word| stage.contains(word));
    if names(&NO_DECISION) {
        End::NoDecision
    } else if names(&LOST) {
        End::Lost
    } else if names(&WON) {
        End::Won
    } else {
        End::Open
    }
}
