//! The values that a sweep gives to a key, one after the other: `8..24/2`, `18%,22%,"18% to 26%"`.

use std::ops::Range;
use std::sync::Arc;

use super::amount::{Amount, parse_amount, take_currency, take_number};
use super::build::currency;
use super::changes::ACTS_ON_NOBODY;
use super::fault::{Fault, Faults};
use super::path::KeyPath;
use super::place::{Place, Source};
use super::schema::{self, Domain, Kind, Need};
use super::tree::Tree;
use super::value::Value;

/// Most values of one axis.
const MOST_VALUES: usize = 400;
/// Most digits of a number of a range, so that every value is exact.
const MOST_DIGITS: usize = 18;

/// A key and the values that it takes in turn; or several keys that move together.
///
/// Values are kept as text in the words of the user, exactly as [`Tree::set`] would take them.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    keys: Vec<KeyPath>,
    /// `[value][key]`
    values: Vec<Vec<String>>,
    scale: Option<Scale>,
}

/// What the values of an axis count, where all of them are numbers written alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// As written: `15%` is 15. They rise strictly, or fall strictly. `[value]`
    pub numbers: Vec<f64>,
    /// What a marginal value is told per: 1, or the smallest step where that is less.
    pub unit: f64,
    /// The unit in words: `1`, `1%`, `$1k`, `0.25`, `1 day`.
    pub words: String,
}

impl Axis {
    /// Reads `key.path=VALUES`.
    ///
    /// Values are divided by commas; each is a range `A..B/STEP`, which holds A, every STEP from there
    /// on and B if it is hit, or whatever `--set` takes. A range falls where B is less than A; both
    /// ends and the step have the same unit. Commas and `+` inside quotes or brackets divide nothing.
    /// Keys joined by `+` move together, and their values stand in the same order, joined by `+`:
    /// `a+b=0..100/50+100..0/50` gives a 0, 50, 100 while b is 100, 50, 0.
    ///
    /// # Errors
    /// All that is wrong with its form. Whether the values make sense is found when they are set.
    pub fn parse(argument: &str) -> Result<Axis, Faults> {
        let source = Source::argument("sweep", argument);
        let Some(equals) = argument.find('=') else {
            let fault = fault(&source, 0..argument.len(), "has no `=`");
            return Err(Faults::one(fault.help(EXAMPLE)));
        };
        let keys = keys(&source, 0..equals)?;
        let values = equals + 1..argument.len();
        let lists = match keys.len() {
            1 => vec![values],
            _ => divided(argument, values, '+'),
        };
        let lists = lists.into_iter().map(|list| Values::read(&source, list));
        let mut columns = Vec::new();
        let mut faults = Vec::new();
        for list in lists {
            list.map_or_else(|wrong| faults.push(wrong), |list| columns.push(list));
        }
        if let Some(faults) = Faults::join(faults) {
            return Err(faults);
        }
        Axis::new(&source, keys, columns)
    }

    fn new(source: &Arc<Source>, keys: Vec<KeyPath>, columns: Vec<Values>) -> Result<Axis, Faults> {
        let whole = || 0..source.text.len();
        let refuse = |why: String| Err(Faults::one(fault(source, whole(), &why).help(EXAMPLE)));
        if columns.len() != keys.len() {
            let (keys, lists) = (keys.len(), columns.len());
            return refuse(format!(
                "joins {keys} keys by `+`, but {lists} lists of values"
            ));
        }
        let lengths: Vec<usize> = columns.iter().map(|values| values.texts.len()).collect();
        if lengths.iter().any(|length| *length != lengths[0]) {
            return refuse("joins keys that have not the same number of values".into());
        }
        if lengths[0] < 2 {
            return refuse("has only one value; --set gives a key one value".into());
        }
        let value = |index: usize| {
            columns
                .iter()
                .map(move |column| column.texts[index].clone())
        };
        let values: Vec<Vec<String>> = (0..lengths[0]).map(|i| value(i).collect()).collect();
        if let Some(twice) = (1..values.len()).find(|&i| values[..i].contains(&values[i])) {
            return refuse(format!(
                "has the value `{}` twice",
                values[twice].join(" + ")
            ));
        }
        Ok(Axis {
            keys,
            values,
            scale: columns[0].scale(),
        })
    }

    /// The key, or the keys that move together: `sales.reps`, `a.b + c.d`.
    pub fn name(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(KeyPath::to_string).collect();
        names.join(" + ")
    }

    /// A key that `other` moves too.
    pub fn key_shared_with(&self, other: &Axis) -> Option<String> {
        let shared = self.keys.iter().find(|key| other.keys.contains(key));
        shared.map(KeyPath::to_string)
    }

    /// How many values there are \[≥ 2\].
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none: never.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// A value as written: `16`, `15%`, `30k + 70k`.
    pub fn value(&self, index: usize) -> String {
        self.values[index].join(" + ")
    }

    /// What the values count: of keys that move together, those of the first. None where they are
    /// no numbers, or not in order.
    pub fn scale(&self) -> Option<&Scale> {
        self.scale.as_ref()
    }

    /// The arguments of `--set` that give the keys their values at a position.
    pub fn settings(&self, index: usize) -> impl Iterator<Item = String> {
        let pairs = self.keys.iter().zip(&self.values[index]);
        pairs.map(|(key, text)| format!("{key}={text}"))
    }

    /// Whether `point` says what `tree` says at the keys of this axis; what is not stated is the
    /// default of its key.
    pub fn agrees(&self, tree: &Tree, point: &Tree) -> bool {
        self.keys.iter().all(|key| {
            let [a, b] = [tree, point].map(|tree| tree.leaves.get(key));
            let currency = currency(tree);
            a == b
                || amount(key, a, &currency).is_some_and(|amount_a| {
                    amount(key, b, &currency).is_some_and(|amount_b| same(amount_a, amount_b))
                })
        })
    }
}

impl Scale {
    /// How many units lie between a value and the one before it; below 0 where values fall.
    pub fn units(&self, index: usize) -> f64 {
        (self.numbers[index] - self.numbers[index - 1]) / self.unit
    }
}

const EXAMPLE: &str = "write a key and its values, such as sales.reps=8..24/2, \
                       handoff.leak=0%..40%/10% or closing.win=20%,25%,\"20% to 30%\"";

fn fault(source: &Arc<Source>, part: Range<usize>, why: &str) -> Fault {
    let place = Place::new(source, part);
    let message = format!("`{}` {why}", place.text().trim());
    Fault::new(&place, "", message)
}

/// The keys that an axis moves.
fn keys(source: &Arc<Source>, names: Range<usize>) -> Result<Vec<KeyPath>, Faults> {
    let mut keys: Vec<KeyPath> = Vec::new();
    let mut faults = Vec::new();
    for part in divided(&source.text, names, '+') {
        match KeyPath::parse(&source.text[part.clone()]) {
            None => faults.push(fault(source, part, "is not the path of a key").help(EXAMPLE)),
            Some(key) if acts_on_nobody(&key) => {
                let why = "cannot be swept: it moves no lead, or every point must share it";
                faults.push(fault(source, part, why).help("use --set, which changes all points"));
            }
            Some(key) if keys.contains(&key) => faults.push(fault(source, part, "is named twice")),
            Some(key) => keys.push(key),
        }
    }
    Faults::from_all(faults).map_or(Ok(keys), Err)
}

fn acts_on_nobody(key: &KeyPath) -> bool {
    let of_the_file = ["name", "description", "extends", "explain"];
    let mut outer = ACTS_ON_NOBODY.iter().chain(&of_the_file);
    outer.any(|outer| key.is_in(&KeyPath::from(*outer)))
}

/// Parts of a text between those `mark`s that stand in no quotes and no brackets.
fn divided(text: &str, within: Range<usize>, mark: char) -> Vec<Range<usize>> {
    let (mut parts, mut start) = (Vec::new(), within.start);
    let (mut quote, mut depth) = (None, 0_i32);
    for (at, letter) in text[within.clone()].char_indices() {
        match letter {
            _ if quote == Some(letter) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(letter),
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            _ if letter == mark && depth == 0 => {
                parts.push(start..within.start + at);
                start = within.start + at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(start..within.end);
    parts
}

/// The values of one key, as written.
#[derive(Debug, Default)]
struct Values {
    texts: Vec<String>,
}

impl Values {
    /// Reads values divided by commas.
    fn read(source: &Arc<Source>, list: Range<usize>) -> Result<Values, Faults> {
        let mut values = Values::default();
        let mut faults = Vec::new();
        for part in divided(&source.text, list, ',') {
            match expanded(source, part) {
                Ok(texts) => values.texts.extend(texts),
                Err(fault) => faults.push(fault),
            }
        }
        Faults::from_all(faults).map_or(Ok(values), Err)
    }

    /// What they count, where all are numbers written alike and in order.
    fn scale(&self) -> Option<Scale> {
        let terms: Option<Vec<Term>> = self.texts.iter().map(|text| Term::read(text)).collect();
        let terms = terms?;
        let first = terms.first()?;
        let numbers: Vec<f64> = terms.iter().map(|term| term.number.value()).collect();
        let rises = |pair: &[f64]| pair[0] < pair[1];
        let falls = |pair: &[f64]| pair[0] > pair[1];
        let in_order = numbers.windows(2).all(rises) || numbers.windows(2).all(falls);
        if !in_order || !terms.iter().all(|term| term.is_like(first)) {
            return None;
        }
        let steps = numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let smallest = steps.fold(f64::INFINITY, f64::min);
        // What decimals leave when they are subtracted as binary numbers is rounded away.
        let unit = (smallest.min(1.0) * 1e12).round() / 1e12;
        let shortest = terms.iter().min_by_key(|term| term.after.len())?;
        Some(Scale {
            numbers,
            unit,
            words: format!("{}{unit}{}", shortest.before, shortest.after),
        })
    }
}

/// The values that one part of a list stands for: those of a range, or itself.
fn expanded(source: &Arc<Source>, part: Range<usize>) -> Result<Vec<String>, Fault> {
    let text = source.text[part.clone()].trim();
    if text.is_empty() {
        return Err(fault(source, part, "has no value here").help(EXAMPLE));
    }
    let range = text.split_once("..");
    let Some((first, rest)) = range.and_then(|(first, rest)| Some((Term::read(first)?, rest)))
    else {
        return Ok(vec![text.to_owned()]);
    };
    let refuse = |why: &str| Err(fault(source, part.clone(), why).help(EXAMPLE));
    let Some((last, step)) = rest.split_once('/') else {
        return refuse("has no step");
    };
    let (Some(last), Some(step)) = (Term::read(last), Term::read(step)) else {
        return refuse("is no range of numbers");
    };
    if !(first.is_like(&last) && first.is_like(&step)) {
        return refuse("has ends and a step that are not written in the same unit");
    }
    match first.steps(&last, &step) {
        Some(0) => refuse("has a step that leads nowhere"),
        Some(n) if n < MOST_VALUES => Ok(first.walk(&last, &step, n)),
        Some(n) => refuse(&format!(
            "has {} values; at most {MOST_VALUES} are run",
            n + 1
        )),
        None => refuse("needs a step above 0, and numbers of fewer digits than 18"),
    }
}

/// A number with what stands before and after it: `$`, `%`, ` days`.
#[derive(Debug, Clone)]
struct Term<'a> {
    whole: &'a str,
    before: &'a str,
    number: Decimal,
    after: &'a str,
}

impl<'a> Term<'a> {
    fn read(text: &'a str) -> Option<Term<'a>> {
        let whole = text.trim();
        let (_, rest) = take_currency(whole);
        let (digits, after) = take_number(rest);
        let before = &whole[..whole.len() - rest.len()];
        // "18% to 26%" is a number and more.
        let plain = !after.contains(|c: char| c.is_ascii_digit() || "\"'[]{}".contains(c));
        let number = Decimal::read(digits).filter(|_| plain)?;
        Some(Term {
            whole,
            before,
            number,
            after,
        })
    }

    /// Whether both count the same; one may be in the singular.
    fn is_like(&self, other: &Term) -> bool {
        let unit = |term: &Term<'a>| term.after.trim().trim_end_matches('s').to_owned();
        self.before.trim() == other.before.trim()
            && unit(self) == other.after.trim().trim_end_matches('s')
    }

    /// How many steps lead from here to `last` or to just before it; none if the step is not above 0
    /// or a number is too long.
    fn steps(&self, last: &Term, step: &Term) -> Option<usize> {
        let [first, last, step] = Decimal::alike([self.number, last.number, step.number])?;
        if step <= 0 {
            return None;
        }
        usize::try_from((last - first).abs() / step).ok()
    }

    /// This number, and `n` steps from here towards `last`; each end as it was written.
    fn walk(&self, last: &Term, step: &Term, n: usize) -> Vec<String> {
        let Some([from, to, by]) = Decimal::alike([self.number, last.number, step.number]) else {
            return Vec::new();
        };
        let decimals = self
            .number
            .decimals
            .max(last.number.decimals)
            .max(step.number.decimals);
        let longest = match self.after.len() > last.after.len() {
            true => self,
            false => last,
        };
        let text = |nth: i128| {
            let units = from + (to - from).signum() * by * nth;
            match units {
                _ if units == from => self.whole.to_owned(),
                _ if units == to => last.whole.to_owned(),
                _ => {
                    let number = Decimal { units, decimals };
                    format!("{}{number}{}", longest.before, longest.after)
                }
            }
        };
        (0..=n as i128).map(text).collect()
    }
}

/// An exact decimal number: `units / 10^decimals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    units: i128,
    decimals: u32,
}

impl Decimal {
    /// Reads digits with sign, thousands and decimals, but no exponent.
    fn read(digits: &str) -> Option<Decimal> {
        let plain: String = digits.chars().filter(|c| !matches!(c, ',' | '_')).collect();
        let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
        let text = format!("{whole}{decimals}");
        if text.len() > MOST_DIGITS {
            return None;
        }
        Some(Decimal {
            units: text.parse().ok()?,
            decimals: decimals.len() as u32,
        })
    }

    /// The units of all, counted in the same number of decimals.
    fn alike(numbers: [Decimal; 3]) -> Option<[i128; 3]> {
        let decimals = numbers.map(|number| number.decimals);
        let most = decimals.into_iter().max()?;
        let [a, b, c] = numbers.map(|number| {
            let factor = 10_i128.checked_pow(most - number.decimals)?;
            number.units.checked_mul(factor)
        });
        Some([a?, b?, c?])
    }

    fn value(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

/// Without zeros at the end: `0.1`, `15`.
impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let width = self.decimals as usize + 1;
        let digits = format!("{:0>width$}", self.units.unsigned_abs());
        let (whole, decimals) = digits.split_at(digits.len() - self.decimals as usize);
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            decimals => write!(f, "{sign}{whole}.{decimals}"),
        }
    }
}

/// The number or range that a key has: stated, or else its default.
fn amount(key: &KeyPath, value: Option<&Value>, currency: &str) -> Option<Amount> {
    let key = schema::key_at(key)?;
    let Some(value) = value else {
        return match key.need {
            Need::Default(number) => Some(Amount::One(number)),
            _ => None,
        };
    };
    let (Kind::Number(domain) | Kind::Steady(domain) | Kind::Certain(domain)) = key.kind else {
        return None;
    };
    let Domain { unit, .. } = domain;
    match (value.number(), value.text()) {
        (Some(number), _) => Some(Amount::One(number)),
        (_, Some(text)) => parse_amount(text, unit, currency).ok(),
        _ => None,
    }
}

/// Whether two amounts are the same but for rounding: 35 % is 0.35.
fn same(a: Amount, b: Amount) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * a.abs().max(b.abs());
    match (a, b) {
        (Amount::One(a), Amount::One(b)) => near(a, b),
        (Amount::Between(a, b), Amount::Between(c, d)) => near(a, c) && near(b, d),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(argument: &str) -> Vec<String> {
        let axis = Axis::parse(argument).unwrap_or_else(|faults| panic!("{}", faults.plain()));
        (0..axis.len()).map(|index| axis.value(index)).collect()
    }

    #[test]
    fn ranges_are_exact_and_keep_their_words() {
        let table = [
            ("sales.reps=8..24/8", "8|16|24"),
            ("sales.reps=8..23/8", "8|16"),
            ("sales.reps=24..8/8", "24|16|8"),
            ("a.b=-1..1/0.5", "-1|-0.5|0|0.5|1"),
            ("handoff.leak=10%..30%/10%", "10%|20%|30%"),
            ("handoff.leak=0%..1%/0.5%", "0%|0.5%|1%"),
            ("a.b=$1k..$5k/$2k", "$1k|$3k|$5k"),
            ("a.b=1 day..9 days/4 days", "1 day|5 days|9 days"),
            ("a.b=9 days..1 day/4 days", "9 days|5 days|1 day"),
            ("a.b=EUR 5..EUR 7/EUR 1", "EUR 5|EUR 6|EUR 7"),
            ("a.b=1..3/1,10", "1|2|3|10"),
            (
                "a.b=18% to 26%, \"1,200\" ,2026-07-01",
                "18% to 26%|\"1,200\"|2026-07-01",
            ),
            (
                "a.b={ wins = 1, of = 2 },[1, 2]",
                "{ wins = 1, of = 2 }|[1, 2]",
            ),
            ("a.b=../x.csv,../y.csv", "../x.csv|../y.csv"),
            ("a.b+c.d=0..2/1+20..10/5", "0 + 20|1 + 15|2 + 10"),
        ];
        for (argument, wanted) in table {
            assert_eq!(values(argument).join("|"), wanted, "{argument}");
        }
        let tenths = values("a.b=0..1/0.1");
        assert_eq!(tenths.len(), 11);
        assert_eq!(tenths[3], "0.3");
        assert_eq!(values("a.b=0..0.9/0.3").len(), 4);
        assert_eq!(values("a.b=1..400/1").len(), 400);
    }

    #[test]
    fn numbers_written_alike_have_a_scale() {
        let scale = |argument: &str| Axis::parse(argument).unwrap().scale().cloned();
        let of =
            |argument: &str| scale(argument).map(|scale| (scale.words.clone(), scale.units(1)));
        let some = |words: &str, units: f64| Some((words.to_owned(), units));
        assert_eq!(of("a.b=8..24/4"), some("1", 4.0));
        assert_eq!(of("a.b=24..8/4"), some("1", -4.0));
        assert_eq!(of("a.b=0%..40%/10%"), some("1%", 10.0));
        assert_eq!(of("a.b=$1k..$5k/$2k"), some("$1k", 2.0));
        assert_eq!(of("a.b=1 day..9 days/2 days"), some("1 day", 2.0));
        assert_eq!(of("a.b=0..1/0.25"), some("0.25", 1.0));
        assert_eq!(of("a.b=1,3,4"), some("1", 2.0));
        for none in ["a.b=1,3,2", "a.b=1,20%", "a.b=18% to 26%,30%", "a.b=x,y"] {
            assert_eq!(scale(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_sweep_is_refused() {
        let table = [
            ("sales.reps", "has no `=`"),
            ("sales reps=1,2", "is not the path of a key"),
            ("sales.reps=", "has no value here"),
            ("sales.reps=1,,2", "has no value here"),
            ("sales.reps=16", "has only one value"),
            ("sales.reps=16..16/1", "leads nowhere"),
            ("sales.reps=8..24", "has no step"),
            ("sales.reps=8..24/0", "a step above 0"),
            ("sales.reps=8..24/-2", "a step above 0"),
            ("sales.reps=8..24/40", "leads nowhere"),
            ("sales.reps=8..24/x", "is no range of numbers"),
            ("a.b=10%..30%/5", "not written in the same unit"),
            ("a.b=$500k..$1M/$100k", "not written in the same unit"),
            ("a.b=1..401/1", "has 401 values; at most 400"),
            ("a.b=0..1/0.00000000000001", "values; at most 400"),
            ("a.b=1,2,1", "has the value `1` twice"),
            ("horizon=6 months,12 months", "cannot be swept"),
            ("target.revenue=1,2", "cannot be swept"),
            ("a.b+c.d=1,2", "joins 2 keys by `+`, but 1 lists"),
            ("a.b+c.d=1,2+3", "not the same number of values"),
            ("a.b+a.b=1,2+3,4", "is named twice"),
        ];
        for (argument, words) in table {
            let faults = Axis::parse(argument).expect_err(argument);
            assert!(
                faults.plain().contains(words),
                "{argument}: {}",
                faults.plain()
            );
        }
    }
}
