//! What is counted, by day: leads in = leads out + leads open.
//!
//! Counts and sums are whole numbers (times and amounts in small fixed units), so that the order in
//! which events are entered cannot change a byte of the result.

use std::ops::Range;

use super::lead::{Lead, Row};
use super::money::{Books, Brought};
use super::station::{PerStation, Station};
use super::tally::{Count, Record, Stock, Sum, Tally};
use crate::units::Window;

/// Units of one day in sums of times: 2^-30 day is 80 microseconds.
const DAY_UNITS: f64 = (1u64 << 30) as f64;

/// Counts and sums of one replication, `[day]`, from the first day of the warm-up on.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    first_day: i32,
    /// `[day][Count]`; one row more than there are days takes what happened before the first.
    counts: Vec<[u32; Count::N]>,
    /// `[day][source]`
    brought: Vec<Brought>,
    n_sources: usize,
    /// Empty until a customer is followed.
    customers: Vec<CustomersDay>,
    /// Of each source, `[Contract]`.
    deferred: Vec<[Deferred; 2]>,
    /// What is recognised, `[day][source][Contract]`; empty where that is what is booked.
    recognised: Vec<[i64; 2]>,
    /// Of the records of the pipeline alone, `[day]`, in units of the quantum; empty until one is won.
    from_pipeline: Vec<i64>,
    from_pipeline_deferred: Deferred,
    cycle_days: Vec<i64>,
    /// The stations that there are.
    stations: &'static [Station],
    columns: PerStation<StationColumns>,
    quota: Vec<f64>,
    open: Vec<u32>,
    reasons: Vec<u32>,
    /// Stocks of a pipeline that stood open at day 0, `[Stock]`, and all its records.
    initial_stocks: [u32; Stock::N],
    initial_records: u32,
    sql_at_acceptance: bool,
}

/// What is entered of a station, `[day]`.
#[derive(Debug, Clone, Default)]
struct StationColumns {
    wait_days: Vec<i64>,
    /// Rep-time within the first and last day of each hold, or hours of a pool.
    busy: Vec<i64>,
    /// Change, at the start of a day, in the number of reps held for whole days.
    held_all_day: Vec<i64>,
    /// On the team.
    reps: Vec<f64>,
    available: Vec<f64>,
}

/// Makes a column one of `n` zeros.
fn clear<T: Clone>(column: &mut Vec<T>, zero: T, n: usize) {
    column.clear();
    column.resize(n, zero);
}

impl StationColumns {
    fn reset(&mut self, days: usize) {
        for column in [&mut self.wait_days, &mut self.busy, &mut self.held_all_day] {
            clear(column, 0, days + 1);
        }
        for column in [&mut self.reps, &mut self.available] {
            clear(column, 0.0, days);
        }
    }

    fn busy_by_day(&self) -> Vec<i64> {
        let mut held = 0;
        let whole_days = self.held_all_day.iter().map(|change| {
            held += change;
            held
        });
        whole_days
            .zip(&self.busy)
            .map(|(held, busy)| (held << 30) + busy)
            .collect()
    }
}

/// What customers that are followed bring on a day, and what their contracts that end on it were worth
/// and become, in units of the quantum.
#[derive(Debug, Clone, Copy, Default)]
struct CustomersDay {
    due: i64,
    gross_retained: i64,
    net_retained: i64,
}

/// Whose revenue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contract {
    New,
    Renewed,
}

/// By how much revenue recognised differs from what is booked.
#[derive(Debug, Clone, Default)]
struct Deferred {
    /// Change from the day before, `[day]`; empty where all is recognised when it is booked.
    changes: Vec<i128>,
}

impl Deferred {
    /// Of `units` booked in `row`, a like part is recognised on each of `days` from then on, and on the first
    /// what is left over. O(1).
    fn spread(&mut self, n_rows: usize, row: Row, units: i64, days: u32) {
        self.changes.resize(n_rows, 0);
        let units = i128::from(units);
        let (each, left_over) = (units / i128::from(days), units % i128::from(days));
        let on_first = left_over - units;
        let changes = [(0, each + on_first), (1, -on_first), (days as usize, -each)];
        for (later, change) in changes {
            if let Some(day) = self.changes.get_mut(usize::from(row) + later) {
                *day += change;
            }
        }
    }

    /// `[day]`, or nothing.
    fn by_day(&self) -> impl Iterator<Item = i128> {
        let mut deferred = 0;
        self.changes.iter().map(move |change| {
            deferred += change;
            deferred
        })
    }
}

/// What there is to be counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub first_day: i32,
    /// From the first day to the horizon.
    pub days: usize,
    pub n_sources: usize,
    pub stations: &'static [Station],
    pub n_open_stages: usize,
    pub n_reasons: usize,
    pub sql_at_acceptance: bool,
}

impl Ledger {
    /// Empties the ledger for a replication.
    pub fn reset(&mut self, frame: &Frame) {
        let Frame {
            first_day,
            days,
            n_sources,
            stations,
            n_open_stages,
            n_reasons,
            sql_at_acceptance,
        } = *frame;
        self.first_day = first_day;
        self.counts.resize(days + 1, [0; Count::N]);
        self.counts.as_flattened_mut().fill(0);
        self.n_sources = n_sources;
        clear(
            &mut self.brought,
            Brought::default(),
            (days + 1) * n_sources,
        );
        clear(&mut self.cycle_days, 0, days + 1);
        self.stations = stations;
        for &station in stations {
            self.columns[station].reset(days);
        }
        clear(&mut self.quota, 0.0, days);
        self.customers.clear();
        self.recognised.clear();
        self.deferred.resize_with(n_sources, Default::default);
        let deferred = self.deferred.iter_mut().flatten();
        deferred.for_each(|of| of.changes.clear());
        self.from_pipeline.clear();
        self.from_pipeline_deferred.changes.clear();
        clear(&mut self.open, 0, n_open_stages);
        clear(&mut self.reasons, 0, n_reasons);
        self.initial_stocks = [0; Stock::N];
        self.initial_records = 0;
        self.sql_at_acceptance = sql_at_acceptance;
    }

    /// The row of the day that contains time `t`.
    #[inline(always)]
    pub fn row(&self, t: f64) -> Row {
        (floor(t) - self.first_day) as Row
    }

    /// The row of a whole day.
    pub fn row_of_day(&self, day: i32) -> Row {
        (day - self.first_day) as Row
    }

    /// The day of a row.
    #[inline]
    pub fn day(&self, row: Row) -> i32 {
        i32::from(row) + self.first_day
    }

    /// The row for what happened before the first day: it is in no window.
    pub fn row_before(&self) -> Row {
        (self.counts.len() - 1) as Row
    }

    #[inline(always)]
    pub fn count(&mut self, row: Row, count: Count) {
        self.counts[row as usize][count as usize] += 1;
    }

    /// Counts one if `happened`, without a branch.
    #[inline(always)]
    pub fn count_if(&mut self, row: Row, count: Count, happened: bool) {
        self.counts[row as usize][count as usize] += u32::from(happened);
    }

    pub fn count_many(&mut self, row: Row, count: Count, n: u32) {
        self.counts[row as usize][count as usize] += n;
    }

    /// Enters `n` leads that a source brings on a day.
    pub fn arrived(&mut self, row: Row, source: u32, n: u32) {
        self.count_many(row, Count::Leads, n);
        self.brought_by(row, source).leads += n;
    }

    #[inline(always)]
    fn brought_by(&mut self, row: Row, source: u32) -> &mut Brought {
        &mut self.brought[row as usize * self.n_sources + source as usize]
    }

    /// Enters a deal won: `units` is its size in units of the deal law's quantum.
    #[inline(always)]
    pub fn won(&mut self, lead: &Lead, row: Row, units: i64, cycle_days: f64) {
        self.count(row, Count::Won);
        self.count(lead.opportunity, Count::OpportunitiesThatReachedWon);
        self.count(lead.arrival, Count::LeadsThatReachedWon);
        let brought = self.brought_by(row, lead.source);
        brought.won += 1;
        brought.booked = brought.booked.saturating_add(units);
        self.cycle_days[row as usize] += (cycle_days * DAY_UNITS) as i64;
        if self.is_of_pipeline(lead) {
            self.won_from_pipeline(row, units);
        }
    }

    /// Nobody else arrived before the first day.
    #[inline(always)]
    fn is_of_pipeline(&self, lead: &Lead) -> bool {
        lead.arrival == self.row_before()
    }

    #[inline(never)]
    fn won_from_pipeline(&mut self, row: Row, units: i64) {
        self.count(row, Count::WonFromPipeline);
        self.from_pipeline.resize(self.counts.len(), 0);
        let day = &mut self.from_pipeline[row as usize];
        *day = day.saturating_add(units);
    }

    /// A contract worth `units` that was booked in `row` is recognised a like part a day over `days`. What falls
    /// behind the horizon is left out.
    pub fn spread(&mut self, contract: Contract, lead: &Lead, row: Row, units: i64, days: u32) {
        let n_rows = self.counts.len();
        let deferred = &mut self.deferred[lead.source as usize][contract as usize];
        deferred.spread(n_rows, row, units, days);
        if contract == Contract::New && self.is_of_pipeline(lead) {
            self.from_pipeline_deferred.spread(n_rows, row, units, days);
        }
    }

    /// What customers bring on a day.
    fn customers(&mut self, row: Row) -> &mut CustomersDay {
        self.customers
            .resize(self.counts.len(), CustomersDay::default());
        &mut self.customers[row as usize]
    }

    /// Enters what a customer buys beside its contract.
    pub fn upsold(&mut self, source: u32, row: Row, units: i64) {
        let brought = self.brought_by(row, source);
        brought.renewed = brought.renewed.saturating_add(units);
    }

    /// Enters a contract worth `units` that comes to its end.
    pub fn due(&mut self, row: Row, units: i64) {
        let day = self.customers(row);
        day.due = day.due.saturating_add(units);
    }

    /// Enters its renewal: what it was worth, what it is worth now, and what was bought beside the old one.
    pub fn renewed(&mut self, source: u32, row: Row, old: i64, new: i64, beside: i64) {
        self.count(row, Count::Renewals);
        let brought = self.brought_by(row, source);
        brought.renewed = brought.renewed.saturating_add(new);
        let day = self.customers(row);
        day.gross_retained = day.gross_retained.saturating_add(new.min(old));
        day.net_retained = day.net_retained.saturating_add(new.saturating_add(beside));
    }

    /// Enters the wait of a lead that reached the queue of a station in row `queued`.
    #[inline(always)]
    pub fn waited(&mut self, station: Station, queued: Row, days: f64) {
        self.columns[station].wait_days[queued as usize] += (days * DAY_UNITS) as i64;
    }

    /// Enters one rep held from `start` to `end`, both before or at the horizon. Whether that is on one day is
    /// anybody's guess, so there is no branch.
    #[inline(always)]
    pub fn held(&mut self, station: Station, start: f64, end: f64) {
        let (first, last) = (self.row(start), self.row(end));
        let day_after_first = f64::from(self.day(first) + 1);
        let last_day = f64::from(self.day(last));
        let over_night = i64::from(first != last);
        let units = |days: f64| (days * DAY_UNITS) as i64;
        let columns = &mut self.columns[station];
        columns.busy[first as usize] += units(end.min(day_after_first) - start);
        columns.busy[last as usize] += over_night * units(end - last_day);
        columns.held_all_day[first as usize + 1] += over_night;
        columns.held_all_day[last as usize] -= over_night;
    }

    /// Enters hours of a pool used on a day.
    pub fn used(&mut self, station: Station, row: Row, hours: f64) {
        self.columns[station].busy[row as usize] += (hours * DAY_UNITS) as i64;
    }

    /// Enters the team of a station on a day: its reps, and what they could do.
    pub fn team(&mut self, station: Station, row: Row, reps: f64, available: f64) {
        let columns = &mut self.columns[station];
        columns.reps[row as usize] = reps;
        columns.available[row as usize] = available;
    }

    /// Enters the quota of a day.
    pub fn quota(&mut self, row: Row, money: f64) {
        self.quota[row as usize] = money;
    }

    /// Enters a lead that came to nothing for reason number `reason`.
    pub fn reason(&mut self, row: Row, reason: usize) {
        if i32::from(row) >= -self.first_day {
            self.reasons[reason] += 1;
        }
    }

    /// Enters a lead that is open at the horizon, in open stage number `stage`.
    #[inline(always)]
    pub fn open(&mut self, lead: &Lead, stage: usize) {
        self.open[stage] += 1;
        self.count(lead.arrival, Count::LeadsOpenBeforeWon);
        if lead.mql == Lead::NOT_YET {
            self.count(lead.arrival, Count::LeadsOpenBeforeMql);
        } else if lead.sal == Lead::NOT_YET {
            self.count(lead.mql, Count::MqlsOpenBeforeSal);
        } else if lead.opportunity == Lead::NOT_YET {
            self.count(lead.sal, Count::SalsOpenBeforeOpportunity);
        } else {
            self.count(lead.opportunity, Count::OpportunitiesOpenBeforeWon);
        }
    }

    /// Enters a record of the pipeline that stands open at day 0.
    pub fn opened_with(&mut self, stock: Option<Stock>) {
        self.initial_records += 1;
        if let Some(stock) = stock {
            self.initial_stocks[stock as usize] += 1;
        }
    }

    /// Opportunities opened less closed on the days before `row`.
    pub fn opportunities_closed(&self, row: Row) -> u32 {
        let counts = &self.counts[row as usize];
        let ends = [Count::Won, Count::Lost, Count::NoDecision];
        ends.iter().map(|&end| counts[end as usize]).sum()
    }

    /// Events on a day so far.
    pub fn on(&self, row: Row, count: Count) -> u32 {
        self.counts[row as usize][count as usize]
    }

    /// Opportunities opened on a day.
    pub fn opportunities_opened(&self, row: Row) -> u32 {
        self.counts[row as usize][Count::Opportunities as usize]
    }

    /// What a source brought on each day of `rows`.
    pub fn brought(&self, source: usize, rows: Range<usize>) -> impl Iterator<Item = Brought> {
        let days = self.brought.chunks_exact(self.n_sources);
        days.skip(rows.start)
            .take(rows.len())
            .map(move |day| day[source])
    }

    /// Revenue recognised of a source on each day of `rows`, in units of the deal law's quantum: `[Contract]`.
    pub fn recognised(&self, source: usize, rows: Range<usize>) -> impl Iterator<Item = [i64; 2]> {
        rows.map(move |row| {
            let place = row * self.n_sources + source;
            let Brought {
                booked, renewed, ..
            } = self.brought[place];
            let recognised = self.recognised.get(place);
            recognised.copied().unwrap_or([booked, renewed])
        })
    }

    /// The same of all sources on one day.
    pub fn recognised_on(&self, row: usize) -> [i64; 2] {
        let sources = (0..self.n_sources).flat_map(|source| self.recognised(source, row..row + 1));
        sources.fold([0; 2], |[new, renewed], of| {
            [new.saturating_add(of[0]), renewed.saturating_add(of[1])]
        })
    }

    /// Deals won on a day, in the same units.
    pub fn booked_on(&self, row: usize) -> i64 {
        let sources = &self.brought[row * self.n_sources..][..self.n_sources];
        let booked = sources.iter().map(|source| source.booked);
        booked.fold(0, i64::saturating_add)
    }

    /// Recognises on each day what was booked on it, less what is deferred. To be done before the record is
    /// made. O(days × sources) where anything is deferred.
    pub fn recognise(&mut self) {
        let deferred = self.deferred.iter().flatten();
        if deferred.clone().all(|of| of.changes.is_empty()) {
            return;
        }
        let booked = |day: &Brought| [day.booked, day.renewed];
        self.recognised.extend(self.brought.iter().map(booked));
        for (source, deferred) in self.deferred.iter().enumerate() {
            for (contract, deferred) in deferred.iter().enumerate() {
                for (row, deferred) in deferred.by_day().enumerate() {
                    let units = &mut self.recognised[row * self.n_sources + source][contract];
                    *units = plus(*units, deferred);
                }
            }
        }
        let deferred = self.from_pipeline_deferred.by_day();
        for (units, deferred) in self.from_pipeline.iter_mut().zip(deferred) {
            *units = plus(*units, deferred);
        }
    }

    /// Reps on the team of a station on each day of `rows`; none where there is no such station.
    pub fn reps(&self, station: Station, rows: Range<usize>) -> impl Iterator<Item = f64> {
        let days = self.columns[station].reps.get(rows);
        days.unwrap_or_default().iter().copied()
    }

    /// The record of the replication over `periods` and `windows`, of which one that has no day is
    /// empty; existing customers bring `existing_revenue`, `[day]` or nothing.
    ///
    /// O(days × accounts).
    pub fn record(
        &self,
        periods: &[Window],
        windows: &[Option<Window>],
        books: &Books,
        existing_revenue: &[f64],
    ) -> Record {
        let busy = self.columns.map(StationColumns::busy_by_day);
        let stocks = self.stocks_by_day();
        let tally = |window: Window| {
            let mut tally = self.tally(window, &busy, &stocks);
            let rows = self.rows(window);
            self.tally_contracts(rows.clone(), books, &mut tally.sums);
            let of_pipeline = self.from_pipeline.get(rows.clone()).unwrap_or_default();
            let of_pipeline = of_pipeline.iter().copied().fold(0, i64::saturating_add);
            tally.sums[Sum::RevenueFromPipeline as usize] = books.money(of_pipeline);
            tally.accounts = books.balances(self, rows.clone(), existing_revenue);
            books.enter_totals(
                &tally.accounts,
                self,
                rows,
                existing_revenue,
                &mut tally.sums,
            );
            tally
        };
        Record {
            periods: periods.iter().map(|&period| tally(period)).collect(),
            windows: windows
                .iter()
                .map(|window| window.map_or(Tally::ZERO, &tally))
                .collect(),
            arrived: self.arrivals(),
            opening: self.opening(),
            open: self.open.clone().into(),
            reasons: self.reasons.clone().into(),
            customers: Box::new([]),
            shares_scaled: false,
            is_cut_short: false,
        }
    }

    fn arrivals(&self) -> [u32; 2] {
        let (before, after) = self.counts.split_at(-self.first_day as usize);
        [before, after].map(|days| days.iter().map(|day| day[Count::Leads as usize]).sum())
    }

    /// `[day][Stock]`, at the end of each day.
    fn stocks_by_day(&self) -> Vec<[u32; Stock::N]> {
        let mut stocks = [0; Stock::N];
        let day_0 = -self.first_day as usize;
        let days = &self.counts[..self.counts.len() - 1];
        let by_day = days.iter().enumerate().map(|(row, counts)| {
            if row == day_0 {
                for (stock, initial) in stocks.iter_mut().zip(self.initial_stocks) {
                    *stock += initial;
                }
            }
            let of = |count: Count| counts[count as usize];
            for &station in self.stations {
                let backlog = &mut stocks[station.backlog() as usize];
                *backlog = *backlog + of(station.queued()) - of(station.left_queue());
            }
            let pipeline = &mut stocks[Stock::Pipeline as usize];
            *pipeline = *pipeline + of(Count::Opportunities)
                - of(Count::Won)
                - of(Count::Lost)
                - of(Count::NoDecision);
            stocks[Stock::Customers as usize] += of(Count::NewCustomers);
            stocks[Stock::Customers as usize] -= of(Count::Churned);
            stocks
        });
        by_day.collect()
    }

    fn opening(&self) -> u32 {
        let before = &self.counts[..-self.first_day as usize];
        let open: i64 = before.iter().map(arrived_less_ended).sum();
        open as u32 + self.initial_records
    }

    /// The rows of a window's days.
    fn rows(&self, window: Window) -> Range<usize> {
        self.row_of_day(window.start_day) as usize..self.row_of_day(window.end_day) as usize
    }

    fn tally(
        &self,
        window: Window,
        busy: &PerStation<Vec<i64>>,
        stocks: &[[u32; Stock::N]],
    ) -> Tally {
        let rows = self.rows(window);
        let mut tally = Tally {
            stocks: stocks[rows.end - 1],
            ..Tally::ZERO
        };
        for day in &self.counts[rows.clone()] {
            for (total, n) in tally.counts.iter_mut().zip(day) {
                *total += n;
            }
        }
        derive(&mut tally.counts, self.sql_at_acceptance);
        let days_or_hours = |units: i64| units as f64 / DAY_UNITS;
        let whole = |column: &[i64]| {
            column[rows.clone()]
                .iter()
                .fold(0i64, |a, &b| a.saturating_add(b))
        };
        let money = |column: &[f64]| column[rows.clone()].iter().sum::<f64>();
        tally.sums[Sum::CycleDays as usize] = days_or_hours(whole(&self.cycle_days));
        for &station in self.stations {
            let columns = &self.columns[station];
            let [wait_days, busy_time, available] = station.sums();
            tally.sums[wait_days as usize] = days_or_hours(whole(&columns.wait_days));
            tally.sums[busy_time as usize] = days_or_hours(whole(&busy[station]));
            tally.sums[available as usize] = money(&columns.available);
        }
        tally.sums[Sum::Quota as usize] = money(&self.quota);
        tally
    }

    /// What is booked and recognised in a window, and what becomes of the contracts that end in it.
    fn tally_contracts(&self, rows: Range<usize>, books: &Books, sums: &mut [f64; Sum::N]) {
        let customers = self.customers.get(rows).unwrap_or_default();
        let money = |value: fn(&CustomersDay) -> i64| -> f64 {
            let days = customers.iter().map(value);
            books.money(days.fold(0, i64::saturating_add))
        };
        sums[Sum::ContractsDue as usize] = money(|day| day.due);
        sums[Sum::GrossRetained as usize] = money(|day| day.gross_retained);
        sums[Sum::NetRetained as usize] = money(|day| day.net_retained);
    }
}

/// The largest whole number at most `t`, for `t` within 2^31 of 0: adding 1.5 * 2^52 rounds to the nearest.
#[inline(always)]
pub(super) fn floor(t: f64) -> i32 {
    const NO_FRACTION: f64 = 1.5 * (1u64 << 52) as f64;
    let shifted = t + NO_FRACTION;
    let nearest = shifted.to_bits() as i32;
    nearest - i32::from(shifted - NO_FRACTION > t)
}

/// Fills in the counts that follow from others: a lead is opened at most once.
fn derive(counts: &mut [u32; Count::N], sql_at_acceptance: bool) {
    let of = |count: Count| counts[count as usize];
    let (sals, opportunities) = (of(Count::Sals), of(Count::Opportunities));
    let first_mqls = of(Count::Mqls) - of(Count::RepeatedMqls);
    let first_sals = sals - of(Count::RepeatedSals);
    counts[Count::FirstMqls as usize] = first_mqls;
    counts[Count::FirstSals as usize] = first_sals;
    counts[Count::FirstOpportunities as usize] = opportunities;
    counts[Count::Sqls as usize] = if sql_at_acceptance {
        sals
    } else {
        opportunities
    };
}

/// So many units more, as far as they can be told.
fn plus(units: i64, more: i128) -> i64 {
    (i128::from(units) + more).clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

/// Leads that came in on a day less those that came to an end.
fn arrived_less_ended(counts: &[u32; Count::N]) -> i64 {
    let ended: i64 = Count::ENDS
        .iter()
        .map(|&end| i64::from(counts[end as usize]))
        .sum();
    i64::from(counts[Count::Leads as usize]) - ended
}

#[cfg(test)]
mod tests {
    use super::floor;

    #[test]
    fn floor_is_exact() {
        for whole in [-900, -1, 0, 1, 2, 547, 36_500] {
            let t = f64::from(whole);
            assert_eq!(floor(t), whole);
            assert_eq!(floor(t.next_down()), whole - 1);
            assert_eq!(floor(t.next_up()), whole);
            assert_eq!(floor(t + 0.5), whole);
            assert_eq!(floor(t + 0.75), whole);
        }
    }
}
