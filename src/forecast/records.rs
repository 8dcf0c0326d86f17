//! The records of many replications, by column: small to keep, quick to compute with.

use std::borrow::Cow;
use std::ops::{Add, Div, Mul, Range, Sub};

use super::metric::{Amounts, Item, Span};
use crate::funnel::{Count, Record, Retained, Stock, Sum, Tally};
use crate::units::Window;

/// The records of consecutive replications of one scenario; a row is a replication.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    n: usize,
    /// `[period]`, as in [`Record::periods`].
    tallies: Vec<TallyColumns>,
    /// `[window]`, as in [`Record::windows`].
    windows: Vec<TallyColumns>,
    opening: Column<u32>,
    /// `[stage]`
    open: Vec<Column<u32>>,
    /// `[reason]`
    reasons: Vec<Column<u32>>,
    shares_scaled: Column<bool>,
    /// As in [`Record::customers`], of all replications together.
    customers: Vec<RetainedTotal>,
}

/// Customers of a cohort at the end of a period, summed in whole numbers: added in any order they are the same.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct RetainedTotal {
    customers: u64,
    /// \[millionths of the currency\]
    annual_value: i128,
}

impl RetainedTotal {
    const MILLION: f64 = 1e6;

    fn add(&mut self, other: RetainedTotal) {
        self.customers += other.customers;
        self.annual_value = self.annual_value.saturating_add(other.annual_value);
    }
}

impl From<&Retained> for RetainedTotal {
    fn from(of: &Retained) -> Self {
        Self {
            customers: u64::from(of.customers),
            annual_value: (of.annual_value * Self::MILLION).round() as i128,
        }
    }
}

/// Customers of a cohort at the end of a period, mean over replications.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanRetained {
    /// When they were won; none: before the first recorded period.
    pub won_in: Option<Window>,
    /// The period at whose end this holds.
    pub period: Window,
    pub customers: f64,
    /// Value of their contracts, per year of 365 days \[money\].
    pub annual_value: f64,
}

/// Adds totals place by place; what one lacks is nothing.
fn add_retained(
    totals: &mut Vec<RetainedTotal>,
    more: impl ExactSizeIterator<Item = RetainedTotal>,
) {
    lengthen(totals, more.len(), RetainedTotal::default());
    totals
        .iter_mut()
        .zip(more)
        .for_each(|(total, more)| total.add(more));
}

/// The tallies of one window.
#[derive(Debug, Clone, PartialEq, Default)]
struct TallyColumns {
    /// `[Count]`, of which an array is too long for a default.
    counts: Vec<Column<u32>>,
    /// `[Stock]`
    stocks: [Column<u32>; Stock::N],
    /// `[Sum]`
    sums: [Column<f64>; Sum::N],
    /// As in [`Tally::accounts`].
    accounts: Vec<Column<f64>>,
}

/// Stands in for a tally that a record lacks.
static NOTHING: Tally = Tally::ZERO;

/// One value per row. Most numbers of most windows are the same in every replication: no such
/// funnel stage, no such cost.
#[derive(Debug, Clone, PartialEq)]
enum Column<T> {
    Same(T),
    /// At least two of them differ.
    Each(Vec<T>),
}

impl<T: Default> Default for Column<T> {
    fn default() -> Self {
        Column::Same(T::default())
    }
}

impl<T: Copy + PartialEq> Column<T> {
    /// Appends to a column of `n` rows.
    #[inline]
    fn extend(&mut self, mut n: usize, mut values: impl Iterator<Item = T>) {
        while let Column::Same(same) = self {
            let Some(value) = values.next() else { return };
            if n == 0 {
                *same = value;
            } else if *same != value {
                let mut each = vec![*same; n];
                each.push(value);
                *self = Column::Each(each);
            }
            n += 1;
        }
        if let Column::Each(each) = self {
            each.extend(values);
        }
    }

    fn row(&self, row: usize) -> T {
        match self {
            Column::Same(value) => *value,
            Column::Each(values) => values[row],
        }
    }

    fn rows(&self, n: usize) -> impl Iterator<Item = T> {
        (0..n).map(|row| self.row(row))
    }
}

impl TallyColumns {
    /// Nothing happened.
    fn zero() -> Self {
        Self {
            counts: vec![Column::default(); Count::N],
            ..Self::default()
        }
    }

    /// Appends to columns of `n` rows.
    fn extend<'a>(&mut self, n: usize, tallies: impl Iterator<Item = &'a Tally> + Clone) {
        for (place, column) in self.counts.iter_mut().enumerate() {
            column.extend(n, tallies.clone().map(|tally| tally.counts[place]));
        }
        for (place, column) in self.stocks.iter_mut().enumerate() {
            column.extend(n, tallies.clone().map(|tally| tally.stocks[place]));
        }
        for (place, column) in self.sums.iter_mut().enumerate() {
            column.extend(n, tallies.clone().map(|tally| tally.sums[place]));
        }
        let n_accounts = tallies.clone().map(|tally| tally.accounts.len()).max();
        lengthen(
            &mut self.accounts,
            n_accounts.unwrap_or(0),
            Column::default(),
        );
        let balance = |tally: &Tally, place| tally.accounts.get(place).copied().unwrap_or(0.0);
        for (place, column) in self.accounts.iter_mut().enumerate() {
            column.extend(n, tallies.clone().map(|tally| balance(tally, place)));
        }
    }

    fn append(&mut self, n: usize, later: &Self, more: usize) {
        append_all(&mut self.counts, n, &later.counts, more);
        append_all(&mut self.stocks, n, &later.stocks, more);
        append_all(&mut self.sums, n, &later.sums, more);
        let n_accounts = self.accounts.len().max(later.accounts.len());
        lengthen(&mut self.accounts, n_accounts, Column::default());
        for (place, column) in self.accounts.iter_mut().enumerate() {
            match later.accounts.get(place) {
                Some(later) => column.extend(n, later.rows(more)),
                None => column.extend(n, std::iter::repeat_n(0.0, more)),
            }
        }
    }

    /// The column of the item at `place`.
    fn cells(&self, place: usize) -> Cells<'_> {
        let Range { start, end } = Item::STOCKS;
        if place < start {
            Cells::from(&self.counts[place])
        } else if place < end {
            Cells::from(&self.stocks[place - start])
        } else {
            Cells::from(&self.sums[place - end])
        }
    }
}

/// Appends the `more` rows of `later` to columns of `n` rows.
fn append_all<T: Copy + PartialEq>(
    columns: &mut [Column<T>],
    n: usize,
    later: &[Column<T>],
    more: usize,
) {
    for (column, later) in columns.iter_mut().zip(later) {
        column.extend(n, later.rows(more));
    }
}

/// Makes `columns` at least `len` long.
fn lengthen<T: Clone>(columns: &mut Vec<T>, len: usize, empty: T) {
    let len = len.max(columns.len());
    columns.resize(len, empty);
}

impl Records {
    /// How many replications there are.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Appends records. Periods, windows, stages or reasons that one lacks count as nothing.
    pub fn extend(&mut self, records: &[Record]) {
        for record in records {
            let Record {
                periods,
                windows,
                open,
                reasons,
                ..
            } = record;
            self.make_room([periods.len(), windows.len(), open.len(), reasons.len()]);
        }
        let n = self.n;
        for (period, columns) in self.tallies.iter_mut().enumerate() {
            let tallies = records.iter().map(|record| record.periods.get(period));
            columns.extend(n, tallies.map(|tally| tally.unwrap_or(&NOTHING)));
        }
        for (window, columns) in self.windows.iter_mut().enumerate() {
            let tallies = records.iter().map(|record| record.windows.get(window));
            columns.extend(n, tallies.map(|tally| tally.unwrap_or(&NOTHING)));
        }
        let or_0 = |values: &[u32], index: usize| values.get(index).copied().unwrap_or(0);
        for (stage, column) in self.open.iter_mut().enumerate() {
            column.extend(n, records.iter().map(|record| or_0(&record.open, stage)));
        }
        for (reason, column) in self.reasons.iter_mut().enumerate() {
            column.extend(
                n,
                records.iter().map(|record| or_0(&record.reasons, reason)),
            );
        }
        self.opening
            .extend(n, records.iter().map(|record| record.opening));
        let scaled = records.iter().map(|record| record.shares_scaled);
        self.shares_scaled.extend(n, scaled);
        for record in records {
            let customers = record.customers.iter().map(RetainedTotal::from);
            add_retained(&mut self.customers, customers);
        }
        self.n += records.len();
    }

    /// How many periods, windows, stages and reasons there are.
    fn size(&self) -> [usize; 4] {
        let [periods, windows] = [&self.tallies, &self.windows].map(Vec::len);
        [periods, windows, self.open.len(), self.reasons.len()]
    }

    /// Makes room for at least that many.
    fn make_room(&mut self, [n_periods, n_windows, n_stages, n_reasons]: [usize; 4]) {
        for (columns, n) in [
            (&mut self.tallies, n_periods),
            (&mut self.windows, n_windows),
        ] {
            if columns.len() < n {
                lengthen(columns, n, TallyColumns::zero());
            }
        }
        lengthen(&mut self.open, n_stages, Column::default());
        lengthen(&mut self.reasons, n_reasons, Column::default());
    }

    /// Appends all records of `later`.
    pub fn append(&mut self, mut later: Records) {
        self.make_room(later.size());
        later.make_room(self.size());
        let (n, more) = (self.n, later.n);
        let tallies = self.tallies.iter_mut().chain(&mut self.windows);
        let later_tallies = later.tallies.iter().chain(&later.windows);
        for (columns, later) in tallies.zip(later_tallies) {
            columns.append(n, later, more);
        }
        append_all(&mut self.open, n, &later.open, more);
        append_all(&mut self.reasons, n, &later.reasons, more);
        self.opening.extend(n, later.opening.rows(more));
        self.shares_scaled.extend(n, later.shares_scaled.rows(more));
        add_retained(&mut self.customers, later.customers.into_iter());
        self.n += more;
    }

    /// What happened in `span` in each replication: flows are summed over its tallies, stocks are
    /// those of the last.
    pub fn columns(&self, span: Span) -> Columns<'_> {
        let Some((first, rest)) = self.tallies_of(span).split_first() else {
            return Columns {
                n: self.n,
                items: vec![Cells::Same(0.0); Item::N],
            };
        };
        let last = rest.last().unwrap_or(first);
        let cells = |place: usize| {
            if Item::STOCKS.contains(&place) {
                return last.cells(place);
            }
            let rest = rest.iter().map(|columns| columns.cells(place));
            rest.fold(first.cells(place), |total, cells| {
                total.plus(&cells, self.n)
            })
        };
        Columns {
            n: self.n,
            items: (0..Item::N).map(cells).collect(),
        }
    }

    /// What account number `account` holds in a span, in each replication.
    pub fn account(&self, span: Span, account: usize) -> Vec<f64> {
        let mut balances = vec![0.0; self.n];
        for tally in self.tallies_of(span) {
            if let Some(column) = tally.accounts.get(account) {
                let pairs = balances.iter_mut().zip(column.rows(self.n));
                pairs.for_each(|(balance, value)| *balance += value);
            }
        }
        balances
    }

    fn tallies_of(&self, span: Span) -> &[TallyColumns] {
        let tallies = match span {
            Span::Tally(index) => self.tallies.get(index..=index),
            Span::Total(first) => self.tallies.get(first..),
            Span::Window(index) => self.windows.get(index..=index),
        };
        tallies.unwrap_or_default()
    }

    /// Leads open at day 0, in all replications together.
    pub(super) fn opening(&self) -> u64 {
        self.opening.rows(self.n).map(u64::from).sum()
    }

    /// Leads open at the horizon in stage number `stage`, in all replications together.
    pub(super) fn open(&self, stage: usize) -> u64 {
        let column = self.open.get(stage);
        column.map_or(0, |column| column.rows(self.n).map(u64::from).sum())
    }

    /// How often reason number `reason` was met in the replication of a row.
    pub fn reason(&self, reason: usize, row: usize) -> u32 {
        self.reasons.get(reason).map_or(0, |column| column.row(row))
    }

    /// Customers by period of winning at the end of each of the recorded `periods`, means over replications; empty
    /// where nobody is followed.
    pub fn customers(&self, periods: &[Window]) -> Vec<MeanRetained> {
        let n = self.n as f64;
        let order = Retained::order(periods).zip(&self.customers);
        let means = order.map(|((won_in, period), total)| MeanRetained {
            won_in,
            period,
            customers: total.customers as f64 / n,
            annual_value: total.annual_value as f64 / RetainedTotal::MILLION / n,
        });
        means.collect()
    }

    /// In how many replications outcome shares were scaled.
    pub(super) fn n_scaled(&self) -> usize {
        self.shares_scaled
            .rows(self.n)
            .filter(|scaled| *scaled)
            .count()
    }

    /// Leads in all periods of all replications.
    pub(super) fn leads(&self) -> u64 {
        let leads = |columns: &TallyColumns| -> u64 {
            let column = &columns.counts[Count::Leads as usize];
            column.rows(self.n).map(u64::from).sum()
        };
        self.tallies.iter().map(leads).sum()
    }
}

impl From<&[Record]> for Records {
    fn from(records: &[Record]) -> Self {
        let mut all = Records::default();
        all.extend(records);
        all
    }
}

/// All items of one window in every replication.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    n: usize,
    /// `[Item]`
    items: Vec<Cells<'a>>,
}

impl<'a> Columns<'a> {
    /// `n` rows of some items, each with its column; all other items are 0.
    pub(super) fn of(n: usize, columns: impl Iterator<Item = (Item, &'a [f64])>) -> Columns<'a> {
        let mut items = vec![Cells::Same(0.0); Item::N];
        for (item, values) in columns {
            items[item.place()] = Cells::Values(Cow::Borrowed(values));
        }
        Columns { n, items }
    }
}

impl Columns<'_> {
    /// What one replication has.
    pub fn amounts(&self, row: usize) -> Amounts {
        self.each(|cells| cells.lanes(row).0[0])
    }

    /// How many replications there are.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// Over all replications, added in their order.
    pub(super) fn sum(&self) -> Amounts {
        self.each(|cells| match cells {
            Cells::Same(value) => (0..self.n).fold(0.0, |sum, _| sum + value),
            Cells::Counts(values) => values.iter().map(|n| u64::from(*n)).sum::<u64>() as f64,
            Cells::Values(values) => values.iter().fold(0.0, |sum, value| sum + value),
        })
    }

    fn each(&self, amount: impl Fn(&Cells) -> f64) -> Amounts {
        Amounts(std::array::from_fn(|place| amount(&self.items[place])))
    }

    /// The item in the replications from `row` on; 0 past the last.
    #[inline(always)]
    pub(super) fn lanes(&self, item: Item, row: usize) -> Lanes {
        self.items[item.place()].lanes(row)
    }

    /// The sums over pairs of neighbours, the first of which has `lead` rows less than two.
    pub(super) fn pairs(&self, n_pairs: usize, lead: usize) -> Columns<'static> {
        let pairs = |cells: &Cells| {
            if let Cells::Same(0.0) = cells {
                return Cells::Same(0.0);
            }
            let mut sums = vec![0.0; n_pairs];
            let mut add = |row: usize, value: f64| sums[(row + lead) / 2] += value;
            match cells {
                Cells::Same(value) => (0..self.n).for_each(|row| add(row, *value)),
                Cells::Counts(values) => {
                    let values = values.iter().enumerate();
                    values.for_each(|(row, n)| add(row, f64::from(*n)));
                }
                Cells::Values(values) => {
                    let values = values.iter().enumerate();
                    values.for_each(|(row, value)| add(row, *value));
                }
            }
            Cells::Values(Cow::Owned(sums))
        };
        Columns {
            n: n_pairs,
            items: self.items.iter().map(pairs).collect(),
        }
    }
}

/// A column to compute with.
#[derive(Debug, Clone)]
enum Cells<'a> {
    Same(f64),
    Counts(&'a [u32]),
    Values(Cow<'a, [f64]>),
}

impl<'a> From<&'a Column<u32>> for Cells<'a> {
    fn from(column: &'a Column<u32>) -> Self {
        match column {
            Column::Same(value) => Cells::Same(f64::from(*value)),
            Column::Each(values) => Cells::Counts(values),
        }
    }
}

impl<'a> From<&'a Column<f64>> for Cells<'a> {
    fn from(column: &'a Column<f64>) -> Self {
        match column {
            Column::Same(value) => Cells::Same(*value),
            Column::Each(values) => Cells::Values(Cow::Borrowed(values)),
        }
    }
}

impl Cells<'_> {
    fn plus(self, other: &Cells, n: usize) -> Self {
        if let (Cells::Same(a), Cells::Same(b)) = (&self, other) {
            return Cells::Same(a + b);
        }
        let mut sums = match self {
            Cells::Same(value) => vec![value; n],
            Cells::Counts(values) => values.iter().map(|n| f64::from(*n)).collect(),
            Cells::Values(values) => values.into_owned(),
        };
        match other {
            Cells::Same(value) => sums.iter_mut().for_each(|sum| *sum += value),
            Cells::Counts(values) => {
                let pairs = sums.iter_mut().zip(*values);
                pairs.for_each(|(sum, n)| *sum += f64::from(*n));
            }
            Cells::Values(values) => {
                let pairs = sums.iter_mut().zip(values.iter());
                pairs.for_each(|(sum, value)| *sum += value);
            }
        }
        Cells::Values(Cow::Owned(sums))
    }

    #[inline(always)]
    fn lanes(&self, row: usize) -> Lanes {
        match self {
            Cells::Same(value) => Lanes([*value; Lanes::N]),
            Cells::Counts(values) => Lanes::load(values, row, f64::from),
            Cells::Values(values) => Lanes::load(values, row, |value| value),
        }
    }
}

/// Some numbers side by side, which one instruction can add.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes(pub [f64; Self::N]);

impl Lanes {
    pub const N: usize = 8;

    #[inline(always)]
    pub fn load<T: Copy>(values: &[T], row: usize, number: impl Fn(T) -> f64) -> Lanes {
        let mut lanes = [0.0; Self::N];
        let rest = &values[row..];
        match rest.first_chunk::<{ Self::N }>() {
            Some(chunk) => lanes = chunk.map(number),
            None => {
                for (lane, value) in lanes.iter_mut().zip(rest) {
                    *lane = number(*value);
                }
            }
        }
        Lanes(lanes)
    }

    #[inline(always)]
    fn with(self, other: Lanes, of: impl Fn(f64, f64) -> f64) -> Lanes {
        Lanes(std::array::from_fn(|lane| of(self.0[lane], other.0[lane])))
    }
}

impl From<f64> for Lanes {
    #[inline(always)]
    fn from(value: f64) -> Lanes {
        Lanes([value; Self::N])
    }
}

impl Add for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn add(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| a + b)
    }
}

impl Sub for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn sub(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| a - b)
    }
}

impl Mul for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn mul(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| a * b)
    }
}

impl Div for Lanes {
    type Output = Lanes;

    #[inline(always)]
    fn div(self, other: Lanes) -> Lanes {
        self.with(other, |a, b| a / b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(won: u32, revenue: f64, n_periods: usize) -> Record {
        let mut tally = Tally::ZERO;
        tally.counts[Count::Won as usize] = won;
        tally.sums[Sum::NewRevenue as usize] = revenue;
        tally.stocks[Stock::Pipeline as usize] = 7;
        Record {
            periods: vec![tally; n_periods].into(),
            windows: Box::new([]),
            arrived: [0, won],
            opening: won,
            open: Box::new([1, won]),
            reasons: Box::new([]),
            customers: Box::new([]),
            shares_scaled: won > 2,
            is_cut_short: false,
        }
    }

    #[test]
    fn totals_sum_flows_and_take_the_last_stock() {
        let mut tallies = vec![Tally::ZERO; 3];
        for (index, tally) in tallies.iter_mut().enumerate() {
            tally.counts[Count::Won as usize] = 1 + index as u32;
            tally.stocks[Stock::Pipeline as usize] = 10 * (1 + index as u32);
            tally.sums[Sum::Bookings as usize] = 100.0;
        }
        let mut records = Records::from(&[record(4, 1.0, 3)][..]);
        records.extend(&[Record {
            periods: tallies.into(),
            ..record(0, 0.0, 0)
        }]);
        let total = records.columns(Span::Total(1)).amounts(1);
        assert_eq!(total.get(Item::Count(Count::Won)), 5.0);
        assert_eq!(total.get(Item::Stock(Stock::Pipeline)), 30.0);
        let value = |name| {
            let metric = super::super::Metric::named(name).unwrap();
            metric.formula.value(&total)
        };
        assert_eq!(value("mean_deal"), Some(40.0));
        assert_eq!(value("pipeline_value"), Some(1200.0));
        assert_eq!(value("win_rate"), Some(1.0));
        assert_eq!(value("utilisation"), None);
    }

    #[test]
    fn joined_they_are_as_if_made_at_once() {
        let values = [3, 3, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
        let of = |values: &[u32]| -> Records {
            let records = values.iter().map(|&n| record(n, f64::from(n) / 3.0, 2));
            Records::from(&records.collect::<Vec<_>>()[..])
        };
        let all = of(&values);
        for cut in 0..values.len() {
            let mut joined = of(&values[..cut]);
            joined.append(of(&values[cut..]));
            assert_eq!(joined, all);
        }
        let columns = all.columns(Span::Tally(1));
        let won = |row| columns.amounts(row).get(Item::Count(Count::Won));
        assert!((0..values.len()).all(|row| won(row) == f64::from(values[row])));
        assert_eq!((all.open(0), all.opening()), (13, 50));
        assert_eq!(all.n_scaled(), 10);
    }

    #[test]
    fn what_a_record_lacks_is_nothing() {
        let records = [record(1, 1.0, 1), record(2, 2.0, 3), record(3, 3.0, 1)];
        let records = Records::from(&records[..]);
        let won = |span, row| {
            let amounts = records.columns(span).amounts(row);
            amounts.get(Item::Count(Count::Won))
        };
        assert_eq!(
            [0, 1, 2].map(|row| won(Span::Tally(2), row)),
            [0.0, 2.0, 0.0]
        );
        assert_eq!(
            [0, 1, 2].map(|row| won(Span::Total(0), row)),
            [1.0, 6.0, 3.0]
        );
        assert_eq!([0, 1, 2].map(|row| won(Span::Tally(9), row)), [0.0; 3]);
    }
}
