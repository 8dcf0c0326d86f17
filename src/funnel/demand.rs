//! What makes the demand of a day beside stated rates: media that saturate and carry over, outreach, the
//! brand, promotions, the market.
//!
//! All of it is settled by day once per draw, so that no lead and no replication pays for it.

use super::pot;
use crate::math;
use crate::scenario::{
    Brand, CarryOver, Channel, Outreach, Process, Promotion, Response, Retention, Scenario,
};

/// Demand of every channel, at one draw.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    first_day: i32,
    /// In the order of the process's channels.
    channels: Vec<ChannelDemand>,
}

/// What acts on one channel, each `[day]` from the first day on; none: nothing does.
#[derive(Debug, Clone, Default)]
struct ChannelDemand {
    /// Multiplies the stated rate.
    brand: Option<Vec<f64>>,
    /// Leads per day that media and outreach bring.
    more: Option<Vec<f64>>,
    /// Multiplies all leads.
    factor: Option<Vec<f64>>,
    /// Added to the log-odds of winning.
    win_log_odds: Option<Vec<f64>>,
    /// Contacts of outreach per day.
    contacts: Option<Vec<f64>>,
}

impl Demand {
    /// Before day 0 the demand is that of the scenario which acts then. O(days × channels), times the
    /// length of the longest delayed effect.
    pub fn new(scenario: &Scenario, draw: &[f64]) -> Self {
        let plan = Plan {
            own: &scenario.process,
            past: scenario.past.as_deref(),
            draw,
            first_day: -(scenario.warm_up_days as i32),
            end_day: scenario.horizon_days as i32,
        };
        let brand = plan.brand();
        let bought = plan.bought();
        let contacts = plan.contacts();
        let channels = 0..plan.own.channels.len();
        let channel = |index: usize| ChannelDemand {
            brand: brand.as_ref().map(|brand| plan.lift(index, brand)),
            more: plan.more(index, bought.as_deref(), contacts.as_deref()),
            factor: plan.factor(index),
            win_log_odds: plan.win_log_odds(index, brand.as_deref()),
            contacts: contacts.as_ref().and_then(|all| all[index].clone()),
        };
        Self {
            first_day: plan.first_day,
            channels: channels.map(channel).collect(),
        }
    }

    /// Mean leads of a channel on a day, before rhythms, where the scenario states `rate` and a burst of
    /// `burst` \[per day\].
    pub fn leads(&self, channel: usize, day: i32, rate: f64, burst: f64) -> f64 {
        let row = (day - self.first_day) as usize;
        let of = &self.channels[channel];
        let at = |days: &Option<Vec<f64>>, else_is: f64| days.as_ref().map_or(else_is, |d| d[row]);
        (rate * at(&of.brand, 1.0) + burst + at(&of.more, 0.0)) * at(&of.factor, 1.0)
    }

    /// What is added to a channel's log-odds of winning, `[day]`; none if that is nothing on any day.
    pub fn win_log_odds(&self, channel: usize) -> Option<Vec<f64>> {
        let days = self.channels[channel].win_log_odds.as_ref()?;
        days.iter().any(|&shift| shift != 0.0).then(|| days.clone())
    }

    /// Contacts that a channel's outreach makes on a day.
    pub fn contacts(&self, channel: usize, day: i32) -> f64 {
        let row = (day - self.first_day) as usize;
        let contacts = self.channels[channel].contacts.as_ref();
        contacts.map_or(0.0, |contacts| contacts[row])
    }
}

/// Media of a channel on a day, promotions included \[money per month\].
pub(super) fn media_per_month(process: &Process, channel: &Channel, day: i32, draw: &[f64]) -> f64 {
    let scheduled = scheduled_media(process, channel, day, draw);
    let promotions = || promoted(process, &channel.name, day);
    let factor: f64 = promotions().map(|p| p.media_factor.at(draw)).product();
    let extra: f64 = promotions().map(|p| p.media_per_month.at(draw)).sum();
    scheduled * factor + extra
}

/// The same without promotions.
fn scheduled_media(process: &Process, channel: &Channel, day: i32, draw: &[f64]) -> f64 {
    let own = channel.media_per_month.at(f64::from(day)).at(draw);
    match &process.pot {
        Some(pot) if pot.channels.contains(&channel.name) => own + pot::media(pot, day, draw),
        _ => own,
    }
}

/// Promotions that act on a channel on a day.
fn promoted<'a>(
    process: &'a Process,
    channel: &'a str,
    day: i32,
) -> impl Iterator<Item = &'a Promotion> {
    let promotions = process.promotions.iter();
    promotions.filter(move |promotion| promotion.acts(channel, day))
}

/// Who acts when, at one draw. Both processes have the same channels in the same order.
#[derive(Debug, Clone, Copy)]
struct Plan<'a> {
    own: &'a Process,
    past: Option<&'a Process>,
    draw: &'a [f64],
    first_day: i32,
    end_day: i32,
}

impl<'a> Plan<'a> {
    /// The process that acts on a day.
    fn on(&self, day: i32) -> &'a Process {
        match self.past {
            Some(past) if day < 0 => past,
            _ => self.own,
        }
    }

    /// Whether any process that acts has something of a kind.
    fn any(&self, has: impl Fn(&Process) -> bool) -> bool {
        has(self.own) || self.past.is_some_and(has)
    }

    fn by_day<T>(&self, of: impl Fn(i32) -> T) -> Vec<T> {
        (self.first_day..self.end_day).map(of).collect()
    }

    fn row(&self, day: i32) -> usize {
        (day - self.first_day) as usize
    }

    /// The brand by its ratio to that of the first day, at the start of each day.
    ///
    /// Under media `x` the ratio goes towards `(x / x0)^exponent` with the time constant of forgetting, `x0`
    /// being the media of the first day. A past that knows no brand leaves what was spent on it to the
    /// scenario's own schedule.
    fn brand(&self) -> Option<Vec<f64>> {
        let own = self.own.brand.as_ref();
        let past = self.past.and_then(|past| past.brand.as_ref());
        let before = past.or(own)?;
        let media =
            |brand: &Brand, day: i32| brand.media_per_month.at(f64::from(day)).at(self.draw);
        let at_first = media(before, self.first_day);
        let mut ratio = 1.0;
        let mut ratios = Vec::with_capacity(self.row(self.end_day));
        for day in self.first_day..self.end_day {
            ratios.push(ratio);
            let brand = if day < 0 { Some(before) } else { own };
            if let (Some(brand), true) = (brand, at_first > 0.0) {
                let spent = media(brand, day) / at_first;
                let rest = math::pow(spent, brand.exponent.at(self.draw));
                let kept = math::exp(-1.0 / brand.memory_days.at(self.draw));
                // A ratio of 0 has no logarithm.
                ratio = (rest + (ratio - rest) * kept).max(f64::MIN_POSITIVE);
            }
        }
        Some(ratios)
    }

    /// By what the brand multiplies the stated rate of a channel.
    fn lift(&self, index: usize, brand: &[f64]) -> Vec<f64> {
        self.by_day(|day| {
            let process = self.on(day);
            process.brand.as_ref().map_or(1.0, |stated| {
                let channel = &process.channels[index];
                let elasticity = channel.brand_elasticity.unwrap_or(stated.lead_elasticity);
                math::pow(brand[self.row(day)], elasticity.at(self.draw))
            })
        })
    }

    /// Leads per day that the media of each channel bring, `[channel][day]`; overlaps are taken off.
    fn bought(&self) -> Option<Vec<Option<Vec<f64>>>> {
        let buys = |process: &Process| process.channels.iter().any(|c| c.response.is_some());
        if !self.any(buys) {
            return None;
        }
        let channels = 0..self.own.channels.len();
        let mut bought: Vec<_> = channels.map(|index| self.response_by_day(index)).collect();
        for day in self.first_day..self.end_day {
            for overlap in &self.on(day).overlaps {
                let (row, share) = (self.row(day), overlap.share.at(self.draw));
                let channels = self.own.channels.iter().zip(&mut bought);
                let mut leads: Vec<&mut f64> = channels
                    .filter(|(channel, _)| overlap.channels.contains(&channel.name))
                    .filter_map(|(_, days)| days.as_mut().map(|days| &mut days[row]))
                    .collect();
                let kept = unique_share(leads.iter().map(|leads| **leads), share);
                leads.iter_mut().for_each(|leads| **leads *= kept);
            }
        }
        Some(bought)
    }

    /// Leads per day that a channel's media bring by themselves.
    ///
    /// What was spent before day 0 is what the past spent, if it knows of a response; else it is left to the
    /// scenario's own schedule. Before the first day, media were what the schedule has for the first day.
    fn response_by_day(&self, index: usize) -> Option<Vec<f64>> {
        let response = |process: &'a Process| process.channels[index].response.as_ref();
        let own = response(self.own);
        let past = self.past.and_then(response);
        let history = match self.past {
            Some(process) if past.is_some() => process,
            _ => self.own,
        };
        if own.is_none() && past.is_none() {
            return None;
        }
        let media = self.by_day(|day| {
            let process = if day < 0 { history } else { self.own };
            media_per_month(process, &process.channels[index], day, self.draw)
        });
        let before = scheduled_media(history, &history.channels[index], self.first_day, self.draw);
        let leads = |response: &Response| -> Vec<f64> {
            let acting = carried_over(response.carry_over.as_ref(), &media, before, self.draw);
            let acting = acting.into_iter();
            acting.map(|a| hill(response, a, self.draw)).collect()
        };
        let none = || vec![0.0; media.len()];
        let mut days = own.map_or_else(none, leads);
        if self.past.is_some() {
            let before: Vec<f64> = past.map_or_else(none, leads);
            let day_0 = self.row(0);
            days[..day_0].copy_from_slice(&before[..day_0]);
        }
        Some(days)
    }

    /// People contacted on each day, `[channel][day]`; from day 0 on a list comes to its end.
    fn contacts(&self) -> Option<Vec<Option<Vec<f64>>>> {
        let calls = |process: &Process| process.channels.iter().any(|c| c.outreach.is_some());
        if !self.any(calls) {
            return None;
        }
        let channels = 0..self.own.channels.len();
        let contacts = channels.map(|index| {
            let outreach = |process: &'a Process| process.channels[index].outreach.as_ref();
            if !self.any(|process| process.channels[index].outreach.is_some()) {
                return None;
            }
            let list = outreach(self.own).and_then(|own| own.list_size);
            let mut left = list.map_or(f64::INFINITY, |size| size.at(self.draw));
            let mut by_day = Vec::with_capacity(self.row(self.end_day));
            for day in self.first_day..self.end_day {
                let wanted = |outreach: &Outreach| {
                    let contacts = outreach.contacts_per_day.at(f64::from(day));
                    contacts.at(self.draw)
                };
                let wanted = outreach(self.on(day)).map_or(0.0, wanted);
                let made = if day < 0 { wanted } else { wanted.min(left) };
                left -= if day < 0 { 0.0 } else { made };
                by_day.push(made);
            }
            Some(by_day)
        });
        Some(contacts.collect())
    }

    /// Leads per day that media and outreach bring to a channel.
    fn more(
        &self,
        index: usize,
        bought: Option<&[Option<Vec<f64>>]>,
        contacts: Option<&[Option<Vec<f64>>]>,
    ) -> Option<Vec<f64>> {
        let bought = bought.and_then(|bought| bought[index].as_ref());
        let contacts = contacts.and_then(|contacts| contacts[index].as_ref());
        if bought.is_none() && contacts.is_none() {
            return None;
        }
        Some(self.by_day(|day| {
            let row = self.row(day);
            let outreach = self.on(day).channels[index].outreach.as_ref();
            let replies = outreach.map_or(0.0, |outreach| {
                outreach.reply_rate.at(f64::from(day)).at(self.draw)
                    * contacts.map_or(0.0, |contacts| contacts[row])
            });
            bought.map_or(0.0, |bought| bought[row]) + replies
        }))
    }

    /// By what promotions and the market multiply a channel's leads.
    fn factor(&self, index: usize) -> Option<Vec<f64>> {
        if !self.any(|process| !(process.promotions.is_empty() && process.market.is_empty())) {
            return None;
        }
        Some(self.by_day(|day| {
            let process = self.on(day);
            let name = &process.channels[index].name;
            let promoted = promoted(process, name, day).map(|p| p.leads_factor.at(self.draw));
            let shifts = process.market.iter().filter(|shift| shift.lasts(day));
            promoted
                .chain(shifts.map(|shift| shift.demand.at(self.draw)))
                .product()
        }))
    }

    /// What promotions, the market and the brand add to the log-odds of winning a channel's opportunities.
    fn win_log_odds(&self, index: usize, brand: Option<&[f64]>) -> Option<Vec<f64>> {
        let moves = |process: &Process| {
            !(process.promotions.is_empty() && process.market.is_empty()) || process.brand.is_some()
        };
        self.any(moves).then(|| {
            self.by_day(|day| {
                let process = self.on(day);
                let name = &process.channels[index].name;
                let promoted = promoted(process, name, day).map(|p| p.win_log_odds.at(self.draw));
                let shifts = process.market.iter().filter(|shift| shift.lasts(day));
                let shifted: f64 = promoted
                    .chain(shifts.map(|shift| shift.win_log_odds.at(self.draw)))
                    .sum();
                let known = match (&process.brand, brand) {
                    (Some(stated), Some(ratios)) => {
                        stated.win_effect.at(self.draw) * math::ln(ratios[self.row(day)])
                    }
                    _ => 0.0,
                };
                shifted + known
            })
        })
    }
}

/// Spend that acts on each day \[money per month\], where it was `before` on every day before `media`.
///
/// Weights over the past sum to 1, so that constant spend acts as itself: geometric adstock `A` is told as
/// `(1 - r) A`. Both forms start from today's spend and add what is different, so that constant spend
/// is kept to the bit.
fn carried_over(
    carry_over: Option<&CarryOver>,
    media: &[f64],
    before: f64,
    draw: &[f64],
) -> Vec<f64> {
    let Some(carry_over) = carry_over else {
        return media.to_vec();
    };
    let per_day = match carry_over.retention {
        Retention::HalfLife(days) => math::pow(0.5, 1.0 / days.at(draw)),
        Retention::PerWeek(share) => math::pow(share.at(draw), 1.0 / 7.0),
    };
    let Some(delay) = carry_over.delay else {
        let mut acting = before;
        let days = media.iter().map(|&spent| {
            acting = spent + per_day * (acting - spent);
            acting
        });
        return days.collect();
    };
    // `r^(s^2)` in weeks, or the same by half-lives: 1/2 at one half-life from the peak.
    let (base, unit_days) = match carry_over.retention {
        Retention::HalfLife(days) => (0.5, days.at(draw)),
        Retention::PerWeek(share) => (share.at(draw), 7.0),
    };
    let weights = delayed_weights(
        base,
        unit_days,
        delay.peak_days.at(draw),
        delay.length_days as usize,
    );
    let day = |today: usize| {
        let spent = media[today];
        let earlier = weights.iter().enumerate().map(|(ago, weight)| {
            let then = today.checked_sub(ago).map_or(before, |day| media[day]);
            weight * (then - spent)
        });
        spent + earlier.sum::<f64>()
    };
    (0..media.len()).map(day).collect()
}

/// Weights `base^(s^2)` that sum to 1, `[days ago]`, `s` units of time from the peak (Jin et al. 2017).
fn delayed_weights(base: f64, unit_days: f64, peak_days: f64, length: usize) -> Vec<f64> {
    let from_peak = |ago: usize| {
        let days = ago as f64 - peak_days;
        days * days
    };
    // Relative to the day nearest the peak, which so keeps its weight however sharp the peak is.
    let nearest = (0..length).map(from_peak).fold(f64::INFINITY, f64::min);
    let weight = |ago: usize| {
        let beyond = from_peak(ago) - nearest;
        if beyond == 0.0 {
            1.0
        } else {
            math::pow(base, beyond / (unit_days * unit_days))
        }
    };
    let weights: Vec<f64> = (0..length).map(weight).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// Leads per day that this much acting spend per month brings.
fn hill(response: &Response, acting: f64, draw: &[f64]) -> f64 {
    let at_most = response.leads_per_day_at_most.at(draw);
    let half = response.half_at_per_month.at(draw);
    let shape = response.shape.at(draw);
    let share = if acting <= 0.0 {
        0.0
    } else if shape == 1.0 {
        acting / (half + acting)
    } else {
        1.0 / (1.0 + math::pow(half / acting, shape))
    };
    at_most * share
}

/// Share of the leads of overlapping channels that are not the same people: of all but the most, `share` are.
fn unique_share(leads: impl Iterator<Item = f64> + Clone, share: f64) -> f64 {
    let total: f64 = leads.clone().sum();
    let most = leads.fold(0.0, f64::max);
    if total > 0.0 {
        1.0 - share * (1.0 - most / total)
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Delay, Quantity};

    fn known(value: f64) -> Quantity {
        Quantity::Known(value)
    }

    fn geometric(per_day: f64) -> CarryOver {
        CarryOver {
            retention: Retention::HalfLife(known(0.5f64.ln() / per_day.ln())),
            delay: None,
        }
    }

    /// Retention .6, spend 10, 10, 10, 0, 0: adstock 10, 16, 19.6, 11.76, 7.056; at rest 25 under 10.
    #[test]
    fn geometric_adstock_is_that_of_the_textbook() {
        let media = [10.0, 10.0, 10.0, 0.0, 0.0];
        let acting = carried_over(Some(&geometric(0.6)), &media, 0.0, &[]);
        for (acting, adstock) in acting.iter().zip([10.0, 16.0, 19.6, 11.76, 7.056]) {
            assert!(
                (acting / 0.4 - adstock).abs() < 1e-12,
                "{acting} for {adstock}"
            );
        }
        assert!((0.6f64.powf(1.35691545) - 0.5).abs() < 1e-8);
        let at_rest = carried_over(Some(&geometric(0.6)), &[10.0; 5], 10.0, &[]);
        assert_eq!(at_rest, [10.0; 5]);
    }

    #[test]
    fn a_delayed_effect_peaks_later_and_ends() {
        let weekly = |peak, share| CarryOver {
            retention: Retention::PerWeek(known(share)),
            delay: Some(Delay {
                peak_days: known(peak),
                length_days: 60,
            }),
        };
        let mut pulse = [0.0; 100];
        pulse[0] = 1.0;
        let acting = carried_over(Some(&weekly(10.0, 0.7)), &pulse, 0.0, &[]);
        let total: f64 = acting.iter().sum();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
        let peak = (0..100).max_by(|&a, &b| acting[a].total_cmp(&acting[b]));
        assert_eq!(peak, Some(10));
        assert!((acting[17] / acting[10] - 0.7).abs() < 1e-12);
        assert!((acting[24] / acting[10] - 0.7f64.powi(4)).abs() < 1e-12);
        assert_eq!(acting[60..], [0.0; 40]);
        let constant = carried_over(Some(&weekly(10.0, 0.7)), &[3.7; 90], 3.7, &[]);
        assert_eq!(constant, [3.7; 90]);
        // Nothing is left a week from the peak: all of it acts on the day of the peak.
        let sharp = carried_over(Some(&weekly(10.0, 0.0)), &pulse, 0.0, &[]);
        assert_eq!((sharp[9], sharp[10], sharp[11]), (0.0, 1.0, 0.0));
    }

    #[test]
    fn what_overlaps_is_wasted_and_no_more() {
        assert_eq!(unique_share([6.0, 2.0].into_iter(), 0.5), 7.0 / 8.0);
        assert_eq!(unique_share([3.0; 4].into_iter(), 1.0), 0.25);
        assert_eq!(unique_share([6.0, 0.0].into_iter(), 1.0), 1.0);
        assert_eq!(unique_share([0.0, 0.0].into_iter(), 1.0), 1.0);
        assert_eq!(unique_share([6.0, 2.0].into_iter(), 0.0), 1.0);
    }
}
