//! What in an export tells the future, or looks like bookkeeping and not like the funnel.

use std::collections::BTreeMap;

use super::{End, History, NONE};

/// Fewest records of a kind from which a share is told.
const MIN_RECORDS: u64 = 10;
/// A difference of shares from which a column tells how a record ends.
const TELLING: f64 = 0.5;
/// Fewest closes of a day that are a mass, and how many times the median day they are.
const MASS: u64 = 20;
const TIMES_MEDIAN: u64 = 8;
/// Days without any date that set the last one apart.
const APART: f64 = 90.0;

/// Where an end stands in a [`Filled`].
pub(super) fn class(end: End) -> usize {
    match end {
        End::Open | End::Advanced => 0,
        End::Won => 1,
        End::Lost => 2,
        End::NoDecision => 3,
    }
}

/// In how many records something is known, by [`class`].
pub(super) type Filled = [u64; 4];

/// How a column tells the end of a record by being filled or empty; `all` counts the records.
pub(super) fn telling(filled: &Filled, all: &Filled) -> Option<String> {
    let [open, won, lost, undecided] = *filled;
    let closed = (won + lost + undecided, all[1] + all[2] + all[3]);
    let kinds = [
        (("closed", closed), ("open", (open, all[0]))),
        (
            ("won", (won, all[1])),
            ("lost", (lost + undecided, all[2] + all[3])),
        ),
    ];
    for (one, other) in kinds {
        let shares = [one.1, other.1].map(|(part, whole)| part as f64 / whole as f64);
        let enough = one.1.1 >= MIN_RECORDS && other.1.1 >= MIN_RECORDS;
        if enough && (shares[0] - shares[1]).abs() >= TELLING {
            let words = |(name, (part, whole)): (&str, (u64, u64))| {
                format!("{part} of {whole} {name} records")
            };
            return Some(format!("filled for {} and {}", words(one), words(other)));
        }
    }
    None
}

/// In how many records of a history a name is known, by class, and how many there are.
pub(super) fn known(history: &History, name: impl Fn(&super::Record) -> u32) -> (Filled, Filled) {
    let (mut filled, mut all) = ([0; 4], [0; 4]);
    for (index, record) in history.records.iter().enumerate() {
        let stays = history.stays_of(index);
        let class = class(stays[stays.len() - 1].end);
        all[class] += 1;
        filled[class] += u64::from(name(record) != NONE);
    }
    (filled, all)
}

/// Days on which conspicuously many records ended in the same way, with how many did.
pub(super) fn mass_closings(history: &History) -> Vec<(i32, End, u64)> {
    let mut by_end: BTreeMap<End, BTreeMap<i32, u64>> = BTreeMap::new();
    for stay in &history.stays {
        if !matches!(stay.end, End::Open | End::Advanced) {
            let days = by_end.entry(stay.end).or_default();
            *days.entry(stay.left as i32).or_default() += 1;
        }
    }
    let mut found = Vec::new();
    for (end, days) in by_end {
        let mut counts: Vec<u64> = days.values().copied().collect();
        counts.sort_unstable();
        let median = counts[counts.len() / 2];
        let is_alone = counts.len() == 1;
        let is_mass = |count: u64| count >= MASS && (is_alone || count >= TIMES_MEDIAN * median);
        found.extend(
            days.into_iter()
                .filter(|(_, count)| is_mass(*count))
                .map(|(day, count)| (day, end, count)),
        );
    }
    found
}

/// Closed records and those of them that end on the day on which they begin.
pub(super) fn zero_day_cycles(history: &History) -> (u64, u64) {
    let (mut n, mut zero) = (0, 0);
    for (entered, left) in closed(history) {
        n += 1;
        zero += u64::from(left.floor() == entered.floor());
    }
    (n, zero)
}

/// The last day with a date, if a long time without any stands before it, and the day before that time.
pub(super) fn last_day_apart(history: &History) -> Option<[i32; 2]> {
    let times = history
        .stays
        .iter()
        .flat_map(|stay| [stay.entered, stay.left]);
    let days = || {
        times
            .clone()
            .filter(|time| time.is_finite())
            .map(f64::floor)
    };
    let last = days().max_by(f64::total_cmp)?;
    let before = days().filter(|day| *day < last).max_by(f64::total_cmp)?;
    (last - before > APART).then_some([before as i32, last as i32])
}

/// The days of the first record and of the first close, if closes begin so late that earlier ones must be missing:
/// later than most records take.
pub(super) fn late_entry(history: &History) -> Option<[i32; 2]> {
    let first = history.stays.first()?.entered;
    let mut cycles = Vec::new();
    let mut first_close = f64::INFINITY;
    for (entered, left) in closed(history) {
        cycles.push(left - entered);
        first_close = first_close.min(left);
    }
    cycles.sort_by(f64::total_cmp);
    let median = cycles.get(cycles.len() / 2)?;
    let is_late =
        first_close - first > APART.max(2.0 * median) && cycles.len() >= MIN_RECORDS as usize;
    is_late.then_some([first as i32, first_close as i32])
}

/// How many open records are older than any record was when it was closed, how many are open, and that age; none if
/// too few are closed to tell.
pub(super) fn older_than_any_close(history: &History) -> Option<(u64, u64, f64)> {
    let (mut longest, mut n_closed) = (0.0_f64, 0);
    for (entered, left) in closed(history) {
        longest = longest.max(left - entered);
        n_closed += 1;
    }
    let (mut old, mut open) = (0, 0);
    for record in 0..history.records.len() {
        let stays = history.stays_of(record);
        if class(stays[stays.len() - 1].end) == 0 {
            open += 1;
            old += u64::from(history.end() - stays[0].entered > longest);
        }
    }
    (old > 0 && n_closed >= MIN_RECORDS).then_some((old, open, longest))
}

/// When each closed record began and ended.
fn closed(history: &History) -> impl Iterator<Item = (f64, f64)> {
    (0..history.records.len()).filter_map(|record| {
        let stays = history.stays_of(record);
        let (first, last) = (stays[0], stays[stays.len() - 1]);
        (class(last.end) > 0).then_some((first.entered, last.left))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_filled_for_one_end_only_tells_it() {
        let all = [100, 50, 50, 0];
        assert!(
            telling(&[0, 50, 50, 0], &all)
                .unwrap()
                .contains("0 of 100 open")
        );
        assert!(
            telling(&[60, 50, 0, 0], &all)
                .unwrap()
                .contains("50 of 50 won")
        );
        assert_eq!(telling(&[90, 50, 48, 0], &all), None);
        assert_eq!(telling(&[0, 5, 4, 0], &[100, 5, 4, 0]), None);
    }
}
