//! What is counted, by day: leads in = leads out + leads open.
//!
//! Counts and sums are whole numbers (times and amounts in small fixed units), so that the order in
//! which events are entered cannot change a byte of the result.

use std::ops::Range;

use super::lead::{Lead, Row};
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
    /// Deals won.
    bookings: Vec<i64>,
    /// Empty until a customer is followed.
    customers: Vec<CustomersDay>,
    /// `[Contract]`
    deferred: [Deferred; 2],
    cycle_days: Vec<i64>,
    wait_days: Vec<i64>,
    /// Rep-time within the first and last day of each hold, or hours of a pool.
    busy: Vec<i64>,
    /// Change, at the start of a day, in the number of reps held for whole days.
    held_all_day: Vec<i64>,
    /// \[money\]
    cost: Vec<f64>,
    available: Vec<f64>,
    quota: Vec<f64>,
    open: Vec<u32>,
    reasons: Vec<u32>,
    /// Stocks of a pipeline that stood open at day 0, `[Stock]`, and all its records.
    initial_stocks: [u32; Stock::N],
    initial_records: u32,
    sql_at_acceptance: bool,
}

/// What customers that are followed bring on a day, and what their contracts that end on it were worth
/// and become, in units of the quantum.
#[derive(Debug, Clone, Copy, Default)]
struct CustomersDay {
    /// Booked.
    revenue: i64,
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
    fn by_day(&self) -> Vec<i128> {
        let mut deferred = 0;
        let days = self.changes.iter().map(|change| {
            deferred += change;
            deferred
        });
        days.collect()
    }
}

impl Ledger {
    /// Empties the ledger for a replication of `days` days from `first_day` on.
    pub fn reset(
        &mut self,
        first_day: i32,
        days: usize,
        n_open_stages: usize,
        n_reasons: usize,
        sql_at_acceptance: bool,
    ) {
        fn clear<T: Clone>(column: &mut Vec<T>, zero: T, n: usize) {
            column.clear();
            column.resize(n, zero);
        }
        self.first_day = first_day;
        self.counts.resize(days + 1, [0; Count::N]);
        self.counts.as_flattened_mut().fill(0);
        for column in [
            &mut self.bookings,
            &mut self.cycle_days,
            &mut self.wait_days,
            &mut self.busy,
            &mut self.held_all_day,
        ] {
            clear(column, 0, days + 1);
        }
        for column in [&mut self.cost, &mut self.available, &mut self.quota] {
            clear(column, 0.0, days);
        }
        self.customers.clear();
        self.deferred.iter_mut().for_each(|of| of.changes.clear());
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

    /// Enters a deal won: `units` is its size in units of the deal law's quantum.
    #[inline(always)]
    pub fn won(&mut self, lead: &Lead, row: Row, units: i64, cycle_days: f64) {
        self.count(row, Count::Won);
        self.count(lead.opportunity, Count::OpportunitiesThatReachedWon);
        self.count(lead.arrival, Count::LeadsThatReachedWon);
        let bookings = &mut self.bookings[row as usize];
        *bookings = bookings.saturating_add(units);
        self.cycle_days[row as usize] += (cycle_days * DAY_UNITS) as i64;
    }

    /// A contract worth `units` that was booked in `row` is recognised a like part a day over `days`. What falls
    /// behind the horizon is left out.
    pub fn spread(&mut self, contract: Contract, row: Row, units: i64, days: u32) {
        let n_rows = self.counts.len();
        self.deferred[contract as usize].spread(n_rows, row, units, days);
    }

    /// What customers bring on a day.
    fn customers(&mut self, row: Row) -> &mut CustomersDay {
        self.customers
            .resize(self.counts.len(), CustomersDay::default());
        &mut self.customers[row as usize]
    }

    /// Enters what a customer buys beside its contract.
    pub fn upsold(&mut self, row: Row, units: i64) {
        let day = self.customers(row);
        day.revenue = day.revenue.saturating_add(units);
    }

    /// Enters a contract worth `units` that comes to its end.
    pub fn due(&mut self, row: Row, units: i64) {
        let day = self.customers(row);
        day.due = day.due.saturating_add(units);
    }

    /// Enters its renewal: what it was worth, what it is worth now, and what was bought beside the old one.
    pub fn renewed(&mut self, row: Row, old: i64, new: i64, beside: i64) {
        self.count(row, Count::Renewals);
        let day = self.customers(row);
        day.revenue = day.revenue.saturating_add(new);
        day.gross_retained = day.gross_retained.saturating_add(new.min(old));
        day.net_retained = day.net_retained.saturating_add(new.saturating_add(beside));
    }

    /// Enters the wait of a lead that reached the queue in row `queued`.
    #[inline(always)]
    pub fn waited(&mut self, queued: Row, days: f64) {
        self.wait_days[queued as usize] += (days * DAY_UNITS) as i64;
    }

    /// Enters one rep held from `start` to `end`, both before or at the horizon.
    #[inline]
    pub fn held(&mut self, start: f64, end: f64) {
        let (first, last) = (self.row(start) as usize, self.row(end) as usize);
        if first == last {
            self.busy[first] += ((end - start) * DAY_UNITS) as i64;
            return;
        }
        let day_after_first = f64::from(first as i32 + 1 + self.first_day);
        let last_day = f64::from(last as i32 + self.first_day);
        self.busy[first] += ((day_after_first - start) * DAY_UNITS) as i64;
        self.busy[last] += ((end - last_day) * DAY_UNITS) as i64;
        self.held_all_day[first + 1] += 1;
        self.held_all_day[last] -= 1;
    }

    /// Enters hours of a pool used on a day.
    pub fn used(&mut self, row: Row, hours: f64) {
        self.busy[row as usize] += (hours * DAY_UNITS) as i64;
    }

    /// Enters money spent on a day.
    pub fn spend(&mut self, row: Row, money: f64) {
        self.cost[row as usize] += money;
    }

    /// Enters what the team could do on a day, and its quota.
    pub fn team(&mut self, row: Row, available: f64, quota: f64) {
        self.available[row as usize] = available;
        self.quota[row as usize] = quota;
    }

    /// Enters a rejection for a reason.
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

    /// The record of the replication over `periods` and `windows`, of which one that has no day is
    /// empty; one unit of revenue is worth `quantum`, existing customers bring
    /// `existing_revenue`, `[day]` or nothing.
    ///
    /// O(days).
    pub fn record(
        &self,
        periods: &[Window],
        windows: &[Option<Window>],
        quantum: f64,
        existing_revenue: &[f64],
    ) -> Record {
        let busy = self.busy_by_day();
        let stocks = self.stocks_by_day();
        let deferred = [&self.deferred[0], &self.deferred[1]].map(Deferred::by_day);
        let tally = |window: Window| {
            let mut tally = self.tally(window, &busy, &stocks);
            self.tally_revenue(window, quantum, &deferred, &mut tally.sums);
            let days = existing_revenue.get(self.rows(window)).unwrap_or_default();
            let existing = days.iter().fold(0.0, |sum, day| sum + day);
            tally.sums[Sum::ExistingRevenue as usize] += existing;
            tally
        };
        Record {
            periods: periods.iter().map(|&period| tally(period)).collect(),
            windows: windows
                .iter()
                .map(|window| window.map_or(Tally::ZERO, &tally))
                .collect(),
            arrived: self.arrived(),
            opening: self.opening(),
            open: self.open.clone().into(),
            reasons: self.reasons.clone().into(),
            customers: Box::new([]),
            shares_scaled: false,
            is_cut_short: false,
        }
    }

    fn arrived(&self) -> [u32; 2] {
        let (before, after) = self.counts.split_at(-self.first_day as usize);
        [before, after].map(|days| days.iter().map(|day| day[Count::Leads as usize]).sum())
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

    /// `[day][Stock]`, at the end of each day.
    fn stocks_by_day(&self) -> Vec<[u32; Stock::N]> {
        let mut backlog = 0;
        let mut pipeline = 0;
        let mut customers = 0;
        let day_0 = -self.first_day as usize;
        let days = &self.counts[..self.counts.len() - 1];
        let by_day = days.iter().enumerate().map(|(row, counts)| {
            if row == day_0 {
                backlog += self.initial_stocks[Stock::Backlog as usize];
                pipeline += self.initial_stocks[Stock::Pipeline as usize];
            }
            let of = |count: Count| counts[count as usize];
            backlog = backlog + of(Count::Queued) - of(Count::LeftQueue);
            pipeline = pipeline + of(Count::Opportunities)
                - of(Count::Won)
                - of(Count::Lost)
                - of(Count::NoDecision);
            customers = customers + of(Count::NewCustomers) - of(Count::Churned);
            [backlog, pipeline, customers]
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

    fn tally(&self, window: Window, busy: &[i64], stocks: &[[u32; Stock::N]]) -> Tally {
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
        tally.sums[Sum::WaitDays as usize] = days_or_hours(whole(&self.wait_days));
        tally.sums[Sum::Busy as usize] = days_or_hours(whole(busy));
        tally.sums[Sum::Available as usize] = money(&self.available);
        tally.sums[Sum::Cost as usize] = money(&self.cost);
        tally.sums[Sum::Quota as usize] = money(&self.quota);
        tally
    }

    /// What is booked and recognised in a window, and what becomes of the contracts that end in it.
    fn tally_revenue(
        &self,
        window: Window,
        quantum: f64,
        deferred: &[Vec<i128>; 2],
        sums: &mut [f64; Sum::N],
    ) {
        let rows = self.rows(window);
        let bookings = self.bookings[rows.clone()]
            .iter()
            .fold(0i64, |sum, &day| sum.saturating_add(day));
        let customers = self.customers.get(rows.clone()).unwrap_or_default();
        let of_customers = |value: fn(&CustomersDay) -> i64| -> i64 {
            let days = customers.iter().map(value);
            days.fold(0, i64::saturating_add)
        };
        let recognised = |contract: Contract, booked: i64| -> f64 {
            let days = deferred[contract as usize].get(rows.clone());
            let deferred: i128 = days.unwrap_or_default().iter().sum();
            (i128::from(booked) + deferred) as f64 * quantum
        };
        let booked_by_customers = of_customers(|day| day.revenue);
        sums[Sum::NewRevenue as usize] = recognised(Contract::New, bookings);
        sums[Sum::ExistingRevenue as usize] = recognised(Contract::Renewed, booked_by_customers);
        sums[Sum::Bookings as usize] = bookings as f64 * quantum;
        sums[Sum::ContractsDue as usize] = of_customers(|day| day.due) as f64 * quantum;
        sums[Sum::GrossRetained as usize] = of_customers(|day| day.gross_retained) as f64 * quantum;
        sums[Sum::NetRetained as usize] = of_customers(|day| day.net_retained) as f64 * quantum;
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

/// Fills in the counts that follow from others: a lead is accepted, and opened, at most once.
fn derive(counts: &mut [u32; Count::N], sql_at_acceptance: bool) {
    let of = |count: Count| counts[count as usize];
    let (sals, opportunities) = (of(Count::Sals), of(Count::Opportunities));
    let first_mqls = of(Count::Mqls) - of(Count::RepeatedMqls);
    counts[Count::FirstMqls as usize] = first_mqls;
    counts[Count::FirstSals as usize] = sals;
    counts[Count::FirstOpportunities as usize] = opportunities;
    counts[Count::Sqls as usize] = if sql_at_acceptance {
        sals
    } else {
        opportunities
    };
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
