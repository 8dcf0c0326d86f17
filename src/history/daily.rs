//! A history as daily totals: what was won and closed on each day, and what stood open at its end.

use super::{End, History};

/// Totals of a history by day. One pass over its records, O(records + stays + days × stages).
#[derive(Debug, Clone, PartialEq)]
pub struct Daily {
    /// The day of index 0 \[days since 1970-01-01\].
    pub first_day: i32,
    /// Number of days; the last one is the history's own.
    pub days: usize,
    /// Index of the first day on which a record was closed; `None` before there is one.
    pub first_close: Option<usize>,
    pub won: Sums,
    /// Known values of won records; those without one add nothing.
    pub revenue: Sums,
    /// Won records whose value is known.
    pub valued: Sums,
    /// Squares of those values.
    pub squared_value: Sums,
    /// Won, lost and ended without a decision.
    pub closed: Sums,
    /// Days from first entry to close of won records.
    pub won_cycle: Sums,
    /// Records open at the end of the day.
    pub open: Sums,
    pub stages: Vec<StageDays>,
}

/// Totals of a stage by day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageDays {
    /// Records in it at the end of the day.
    pub open: Sums,
    /// Closed on the day, of those that have ever been in it.
    pub closed: Sums,
    /// Won on the day, of those that have ever been in it.
    pub won: Sums,
}

/// What is counted by day in a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Won records.
    Won,
    /// Their value.
    Revenue,
}

impl Target {
    pub const ALL: [Target; 2] = [Target::Won, Target::Revenue];

    /// As files and reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Target::Won => "won",
            Target::Revenue => "revenue",
        }
    }
}

/// A number for each day, kept as sums up to it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sums(Vec<f64>);

/// A day more than this before the last one counts as this day: two centuries.
const MOST_DAYS: i64 = 73_000;

impl Daily {
    pub fn new(history: &History) -> Self {
        let last = i64::from(history.about.as_of);
        let entries = history.stays.iter().map(|stay| stay.entered.floor() as i64);
        let first = entries.min().unwrap_or(last);
        let first = first.clamp(last - MOST_DAYS, last);
        let days = (last - first) as usize + 1;
        let mut daily = Self::empty(first as i32, days, history.stages.len());
        for record in 0..history.records.len() {
            daily.count(history, record);
        }
        daily.first_close = daily.closed.0.iter().position(|n| *n > 0.0);
        daily.add_up();
        daily
    }

    fn empty(first_day: i32, days: usize, n_stages: usize) -> Self {
        let zeros = || Sums(vec![0.0; days]);
        let stage = || StageDays {
            open: zeros(),
            closed: zeros(),
            won: zeros(),
        };
        Self {
            first_day,
            days,
            first_close: None,
            won: zeros(),
            revenue: zeros(),
            valued: zeros(),
            squared_value: zeros(),
            closed: zeros(),
            won_cycle: zeros(),
            open: zeros(),
            stages: (0..n_stages).map(|_| stage()).collect(),
        }
    }

    /// Adds a record to the numbers of its days; open counts are changes until [`Daily::add_up`].
    fn count(&mut self, history: &History, record: usize) {
        let stays = history.stays_of(record);
        let (Some(first), Some(last)) = (stays.first(), stays.last()) else {
            return;
        };
        for stay in stays {
            let (from, to) = (self.place(stay.entered), self.place(stay.left));
            if let Some(stage) = self.stages.get_mut(stay.stage as usize) {
                stage.open.add(from, 1.0);
                stage.open.add(to, -1.0);
            }
            self.open.add(from, 1.0);
            self.open.add(to, -1.0);
        }
        if matches!(last.end, End::Open | End::Advanced) {
            return;
        }
        let day = self.place(last.left);
        let won = f64::from(u8::from(last.end == End::Won));
        self.closed.add(day, 1.0);
        self.won.add(day, won);
        self.won_cycle.add(day, won * (last.left - first.entered));
        let value = history.records[record].value;
        if last.end == End::Won && value.is_finite() {
            self.revenue.add(day, value);
            self.valued.add(day, 1.0);
            self.squared_value.add(day, value * value);
        }
        for (at, stay) in stays.iter().enumerate() {
            let again = stays[..at]
                .iter()
                .any(|earlier| earlier.stage == stay.stage);
            if let Some(stage) = self.stages.get_mut(stay.stage as usize)
                && !again
            {
                stage.closed.add(day, 1.0);
                stage.won.add(day, won);
            }
        }
    }

    /// Index of the day of `time`; `days` if it is later than all.
    fn place(&self, time: f64) -> usize {
        let day = time.floor() - f64::from(self.first_day);
        (day.max(0.0) as usize).min(self.days)
    }

    fn add_up(&mut self) {
        let mut stocks = vec![&mut self.open];
        let mut all = vec![
            &mut self.won,
            &mut self.revenue,
            &mut self.valued,
            &mut self.squared_value,
            &mut self.closed,
            &mut self.won_cycle,
        ];
        for stage in &mut self.stages {
            stocks.push(&mut stage.open);
            all.extend([&mut stage.closed, &mut stage.won]);
        }
        for stock in stocks {
            stock.add_up();
            all.push(stock);
        }
        all.into_iter().for_each(Sums::add_up);
    }

    /// Sum of the target over the days `[from, to)`.
    pub fn total(&self, target: Target, from: usize, to: usize) -> f64 {
        match target {
            Target::Won => self.won.over(from, to),
            Target::Revenue => self.revenue.over(from, to),
        }
    }
}

impl Sums {
    /// While it still holds the numbers themselves; a day that is not there takes nothing.
    fn add(&mut self, day: usize, x: f64) {
        if let Some(there) = self.0.get_mut(day) {
            *there += x;
        }
    }

    fn add_up(&mut self) {
        let mut sum = 0.0;
        for x in &mut self.0 {
            sum += *x;
            *x = sum;
        }
    }

    /// Sum over the days before `day`.
    pub fn before(&self, day: usize) -> f64 {
        let days = day.min(self.0.len());
        days.checked_sub(1).map_or(0.0, |last| self.0[last])
    }

    /// Sum over the days `[from, to)`; 0 if that is empty.
    pub fn over(&self, from: usize, to: usize) -> f64 {
        if from >= to {
            return 0.0;
        }
        self.before(to) - self.before(from)
    }

    /// The number of the last day before `day`; 0 if there is none.
    pub fn last_before(&self, day: usize) -> f64 {
        self.over(day.saturating_sub(1), day)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{About, NONE, Record, Stay};
    use super::*;

    /// Stays as (entered, left, stage, end).
    type Stays<'a> = &'a [(f64, f64, u32, End)];

    fn history(as_of: i32, records: &[(f64, Stays<'_>)]) -> History {
        let about = About {
            as_of,
            ..About::default()
        };
        let mut history = History::new(about, vec!["a".into(), "b".into()]);
        for (value, stays) in records {
            let record = Record {
                channel: NONE,
                segment: NONE,
                owner: NONE,
                first_stay: 0,
                value: *value,
            };
            let stays = stays.iter().map(|&(entered, left, stage, end)| Stay {
                entered,
                left,
                stage,
                end,
            });
            history.push("x", record, stays);
        }
        history
    }

    #[test]
    fn days_add_up_by_hand() {
        let records: [(f64, Stays<'_>); 3] = [
            (
                7.0,
                &[(10.5, 12.0, 0, End::Advanced), (12.0, 14.9, 1, End::Won)],
            ),
            (5.0, &[(11.0, 14.0, 0, End::Lost)]),
            (f64::NAN, &[(13.0, f64::INFINITY, 1, End::Open)]),
        ];
        let daily = Daily::new(&history(15, &records));
        assert_eq!(
            (daily.first_day, daily.days, daily.first_close),
            (10, 6, Some(4))
        );
        let each = |sums: &Sums| -> Vec<f64> { (1..=6).map(|day| sums.last_before(day)).collect() };
        assert_eq!(each(&daily.open), [1.0, 2.0, 2.0, 3.0, 1.0, 1.0]);
        assert_eq!(each(&daily.stages[0].open), [1.0, 2.0, 1.0, 1.0, 0.0, 0.0]);
        assert_eq!(each(&daily.stages[1].open), [0.0, 0.0, 1.0, 2.0, 1.0, 1.0]);
        assert_eq!(each(&daily.closed), [0.0, 0.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!(daily.total(Target::Won, 0, 6), 1.0);
        assert_eq!(daily.total(Target::Revenue, 4, 5), 7.0);
        assert_eq!(daily.total(Target::Revenue, 5, 3), 0.0);
        assert_eq!(daily.stages[0].closed.before(6), 2.0);
        assert_eq!(daily.stages[1].won.before(6), 1.0);
        assert!((daily.won_cycle.before(6) - 4.4).abs() < 1e-12);
    }

    #[test]
    fn a_history_without_records_has_a_day() {
        let daily = Daily::new(&history(3, &[]));
        assert_eq!((daily.days, daily.first_close), (1, None));
        assert_eq!(daily.open.last_before(1), 0.0);
    }
}
