//! A hazard that changes by the day: what it has used up by a time, and when it has used up so much.
//!
//! Who waits under it draws one unit exponential number, whatever becomes of the hazard meanwhile: a larger
//! hazard only ever uses that up earlier.

/// A hazard per day that goes in straight lines from midnight to midnight and may jump there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clock {
    first_day: f64,
    /// `[day]`, from the first day on; the last stands for all that follow.
    days: Vec<Day>,
    /// `[part]`: the day on which so many parts of the total are used up.
    guide: Vec<u32>,
    parts_per_unit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Day {
    /// Used up by midnight.
    used: f64,
    /// At midnight \[per day\].
    rate: f64,
    /// By how much the rate grows over the day.
    growth: f64,
}

impl Day {
    /// Used up `part` of the day after midnight.
    #[inline(always)]
    fn used_by(&self, part: f64) -> f64 {
        self.used + part * (self.rate + 0.5 * part * self.growth)
    }
}

impl Clock {
    /// The clock of a hazard that has `rates` just after the midnight of each day and just before the next,
    /// from `first_day` on; later it stays as it ends. At least one day. O(days).
    pub fn new(first_day: i32, rates: impl Iterator<Item = [f64; 2]>) -> Self {
        let mut used = 0.0;
        let mut last_rate = 0.0;
        let mut days: Vec<Day> = rates
            .map(|[rate, next]| {
                let growth = next - rate;
                let day = Day { used, rate, growth };
                used = day.used_by(1.0);
                last_rate = next;
                day
            })
            .collect();
        let parts_per_unit = if used > 0.0 {
            days.len() as f64 / used
        } else {
            0.0
        };
        let mut day = 0;
        let guide = (0..=days.len()).map(|part| {
            while day + 1 < days.len() && days[day + 1].used * parts_per_unit <= part as f64 {
                day += 1;
            }
            day as u32
        });
        let guide = guide.collect();
        days.push(Day {
            used,
            rate: last_rate,
            growth: 0.0,
        });
        Self {
            first_day: f64::from(first_day),
            days,
            guide,
            parts_per_unit,
        }
    }

    /// Used up from the first day to `t`; before it the hazard is that of its beginning. O(1).
    #[inline]
    pub fn used_by(&self, t: f64) -> f64 {
        let days = t - self.first_day;
        if days < 0.0 {
            return self.days[0].rate * days;
        }
        let day = (days as usize).min(self.days.len() - 1);
        self.days[day].used_by(days - day as f64)
    }

    /// When so much is used up; infinity if it never is. O(1) on average.
    #[inline]
    pub fn time_of(&self, used: f64) -> f64 {
        let part = ((used * self.parts_per_unit) as usize).min(self.guide.len() - 1);
        let mut day = self.guide[part] as usize;
        while day + 1 < self.days.len() && self.days[day + 1].used <= used {
            day += 1;
        }
        let Day {
            used: before,
            rate,
            growth,
        } = self.days[day];
        let left = used - before;
        // The root of rate * x + growth / 2 * x^2 = left that lies in the day.
        let root = (rate * rate + 2.0 * growth * left).max(0.0).sqrt();
        let days = match left {
            _ if left <= 0.0 && rate > 0.0 => left / rate,
            _ if left <= 0.0 => 0.0,
            _ => 2.0 * left / (rate + root),
        };
        let days = if day + 1 < self.days.len() {
            days.min(1.0)
        } else {
            days
        };
        self.first_day + day as f64 + days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hazard 1 + t for ten days has used up t + t^2 / 2; then it stays at 11.
    fn growing() -> Clock {
        Clock::new(
            5,
            (0..10).map(|day| [1.0 + f64::from(day), 2.0 + f64::from(day)]),
        )
    }

    #[test]
    fn what_is_used_up_and_when_agree() {
        let clock = growing();
        for days in [0.0, 0.3, 1.0, 4.5, 9.99, 10.0] {
            let used = clock.used_by(5.0 + days);
            assert!((used - (days + 0.5 * days * days)).abs() < 1e-12);
            assert!((clock.time_of(used) - (5.0 + days)).abs() < 1e-12);
        }
    }

    #[test]
    fn before_and_after_the_hazard_is_that_of_the_ends() {
        let clock = growing();
        assert_eq!(clock.used_by(3.0), -2.0);
        assert!((clock.time_of(-2.0) - 3.0).abs() < 1e-12);
        assert!((clock.used_by(16.0) - 71.0).abs() < 1e-12);
        assert!((clock.time_of(82.0) - 17.0).abs() < 1e-12);
    }

    #[test]
    fn a_hazard_may_jump_rest_and_end() {
        let clock = Clock::new(
            0,
            [[2.0, 2.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0]].into_iter(),
        );
        let used = [0.5, 1.0, 2.0, 3.0, 3.5, 4.0, 9.0].map(|t| clock.used_by(t));
        assert_eq!(used, [1.0, 2.0, 2.0, 2.0, 2.375, 2.5, 2.5]);
        assert_eq!(clock.time_of(1.0), 0.5);
        assert!((clock.time_of(2.375) - 3.5).abs() < 1e-12);
        assert_eq!(clock.time_of(2.6), f64::INFINITY);
        let never = Clock::new(0, [[0.0, 0.0]].into_iter());
        assert_eq!(never.time_of(0.1), f64::INFINITY);
    }
}
