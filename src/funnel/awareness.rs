//! Where leads come from: channels and segments, rhythms, pulses, and the luck of each day.

use std::ops::Range;

use jiff::civil::Date;

use super::closing::SourceClosing;
use super::demand::Demand;
use super::lead::{Lead, Row};
use super::observe::Observer;
use super::parameters::{known, law, optional};
use super::plain::Crowd;
use super::run::Run;
use crate::distribution::{PoissonTable, normal_quantile_fast, poisson_quantile};
use crate::math;
use crate::random::{Decision, Entity, EventId, Key, Kind};
use crate::scenario::{self, Process, Quantity, Timed};

/// One channel and segment: what brings leads, and what its leads do otherwise than others.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub name: String,
    pub leads: Entity,
    day_counts: Entity,
    channel: usize,
    is_inbound: bool,
    /// Mean leads by day, `[day]` from the first day of the warm-up on.
    mean_leads: Vec<f64>,
    /// Of the mean of most days, where the days do not differ much.
    usual_count: Option<PoissonTable>,
    pub quality: Timed<f64>,
    pub qualification: Option<Timed<Option<f64>>>,
    pub closing: SourceClosing,
}

/// What a channel's segments share.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    day_factors: Entity,
    dispersion: Timed<Option<f64>>,
    /// Added to the log-odds of winning, `[day]` from the first day of the warm-up on; none: nothing.
    win_log_odds: Option<Vec<f64>>,
}

impl Channel {
    /// By what its rate is multiplied on a day; its day factors have this key.
    fn factor(&self, key: Key, day: i32) -> f64 {
        let shape = *self.dispersion.at(f64::from(day));
        shape.map_or(1.0, |shape| day_factor(key, day, shape))
    }

    /// Whether the days before day 0, the day in row `day_0`, vary alike and what they bring is won alike.
    pub fn acts_alike_before_day_0(&self, other: &Self, day_0: usize) -> bool {
        let wins_before = |channel: &Self| -> Option<Vec<f64>> {
            let days = &channel.win_log_odds.as_ref()?[..day_0];
            days.iter()
                .any(|&shift| shift != 0.0)
                .then(|| days.to_vec())
        };
        self.dispersion.is_same_before_day_0(&other.dispersion)
            && wins_before(self) == wins_before(other)
    }
}

/// Days in a month, for monthly costs.
pub(super) const DAYS_PER_MONTH: f64 = 365.25 / 12.0;

/// A span of days under one process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    pub process: &'a Process,
    pub demand: &'a Demand,
    pub draw: &'a [f64],
    pub start: Date,
    pub first_day: i32,
    pub end_day: i32,
}

/// Days from `first` until before `end`, counted from the date of day 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub start: Date,
    pub first: i32,
    pub end: i32,
}

/// The channels of a process.
pub(super) fn channels(
    process: &Process,
    past: Option<&Process>,
    demand: &Demand,
    draw: &[f64],
) -> Vec<Channel> {
    let dispersion = |process: &Process, name: &str| {
        let channel = process.channels.iter().find(|channel| channel.name == name);
        optional(
            channel.and_then(|channel| channel.dispersion.as_ref()),
            draw,
        )
    };
    let channel = |(index, channel): (usize, &scenario::Channel)| {
        let own = dispersion(process, &channel.name);
        Channel {
            day_factors: Entity::new(Kind::DayFactor, &[&channel.name]),
            dispersion: past.map_or(own.clone(), |past| {
                own.after(&dispersion(past, &channel.name))
            }),
            win_log_odds: demand.win_log_odds(index),
        }
    };
    process.channels.iter().enumerate().map(channel).collect()
}

/// The sources of one span, by channel, then segment.
pub(super) fn sources(span: Span) -> Vec<Source> {
    let Span { process, draw, .. } = span;
    let days = Days {
        start: span.start,
        first: span.first_day,
        end: span.end_day,
    };
    let rhythm = rhythm_by_day(&process.rhythms, days, draw);
    let shares = shares(&process.segments, draw);
    let mut sources = Vec::with_capacity(process.channels.len() * process.segments.len());
    for (index, channel) in process.channels.iter().enumerate() {
        let rate = rate_by_day(index, span, &rhythm);
        for (segment, share) in process.segments.iter().zip(&shares) {
            let names = [channel.name.as_str(), segment.name.as_str()];
            let day = |i: usize| f64::from(span.first_day + i as i32);
            sources.push(Source {
                name: names.join("/"),
                leads: Entity::new(Kind::Leads, &names),
                day_counts: Entity::new(Kind::DayCount, &names),
                channel: index,
                is_inbound: channel.is_inbound,
                mean_leads: rate
                    .iter()
                    .enumerate()
                    .map(|(i, rate)| rate * share.at(day(i)))
                    .collect(),
                usual_count: None,
                quality: super::parameters::zip(
                    &known(&channel.quality, draw),
                    &known(&segment.quality, draw),
                    |channel, segment| channel + segment,
                ),
                qualification: channel
                    .qualification
                    .as_ref()
                    .map(|rate| optional(Some(rate), draw)),
                closing: SourceClosing {
                    win: segment.win.as_ref().map(|win| known(win, draw)),
                    cycle: segment.cycle.as_ref().map(|cycle| law(cycle, draw)),
                    deal_size: segment.deal_size.as_ref().map(|size| law(size, draw)),
                    hazard_ratios: Timed::always(
                        [&channel.hazard_ratios, &segment.hazard_ratios]
                            .map(|ratios| [ratios.won, ratios.lost].map(|ratio| ratio.at(draw)))
                            .into_iter()
                            .fold([1.0; 2], |a, b| [a[0] * b[0], a[1] * b[1]]),
                    ),
                },
            });
        }
    }
    sources
}

impl Source {
    /// This source from day 0 on, `past` before.
    pub fn after(mut self, past: Self) -> Self {
        let mut mean_leads = past.mean_leads;
        mean_leads.extend(self.mean_leads);
        self.mean_leads = mean_leads;
        self.quality = self.quality.after(&past.quality);
        self.qualification = match (self.qualification, past.qualification) {
            (None, None) => None,
            (own, past) => {
                let none = Timed::always(None);
                Some(
                    own.as_ref()
                        .unwrap_or(&none)
                        .after(past.as_ref().unwrap_or(&none)),
                )
            }
        };
        self.closing = self.closing.after(past.closing);
        self
    }

    /// Whether both bring the same leads before day 0, the day in row `day_0`.
    pub fn acts_alike_before_day_0(&self, other: &Self, day_0: usize) -> bool {
        let qualify_alike = match (&self.qualification, &other.qualification) {
            (None, None) => true,
            (Some(own), Some(other)) => own.is_same_before_day_0(other),
            _ => false,
        };
        qualify_alike
            && self.name == other.name
            && self.is_inbound == other.is_inbound
            && self.mean_leads[..day_0] == other.mean_leads[..day_0]
            && self.quality.is_same_before_day_0(&other.quality)
            && self.closing.acts_alike_before_day_0(&other.closing)
    }

    /// Prepares the count of a mean that many days share. O(days).
    pub fn tabulate_usual_count(&mut self) {
        let usual = self.mean_leads[self.mean_leads.len() / 2];
        let n_usual = self
            .mean_leads
            .iter()
            .filter(|&&mean| mean == usual)
            .count();
        self.usual_count = (2 * n_usual > self.mean_leads.len()).then(|| PoissonTable::new(usual));
    }

    /// How many leads come on a day of this mean, at the uniform number `u`.
    fn count(&self, mean: f64, u: f64) -> u32 {
        let n = match &self.usual_count {
            Some(table) if table.mean() == mean => table.quantile(u),
            _ => poisson_quantile(mean, u),
        };
        n.min(u64::from(EventId::MAX_PER_DAY)) as u32
    }

    /// Leads expected per day on average. O(days).
    pub fn leads_per_day(&self) -> f64 {
        self.mean_leads.iter().sum::<f64>() / self.mean_leads.len() as f64
    }

    /// Leads expected on the day in a row.
    pub fn mean_leads(&self, row: usize) -> f64 {
        self.mean_leads[row]
    }
}

impl super::Funnel {
    /// What promotions, the market and the brand add at `t` to a source's log-odds of winning.
    #[inline]
    pub(super) fn market_log_odds(&self, source: u32, t: f64) -> f64 {
        let channel = self.sources[source as usize].channel;
        let Some(days) = &self.channels[channel].win_log_odds else {
            return 0.0;
        };
        let row = (t.floor() as i32 - self.first_day).max(0) as usize;
        days[row.min(days.len() - 1)]
    }

    /// Whether nothing but the scenario's rate and levers ever moves the odds of winning a source's opportunities.
    pub(super) fn market_is_idle(&self, source: usize) -> bool {
        self.channels[self.sources[source].channel]
            .win_log_odds
            .is_none()
    }
}

/// Shares of the segments by date, normalised to sum to 1.
fn shares(segments: &[scenario::Segment], draw: &[f64]) -> Vec<Timed<f64>> {
    let shares: Vec<Timed<f64>> = segments
        .iter()
        .map(|segment| known(&segment.share, draw))
        .collect();
    let total = shares.iter().fold(Timed::always(0.0), |total, share| {
        super::parameters::zip(&total, share, |total, share| total + share)
    });
    shares
        .iter()
        .map(|share| super::parameters::zip(share, &total, |share, total| share / total))
        .collect()
}

/// Multiplier of a rate, `[day]` of the days.
pub(super) fn rhythm_by_day(rhythms: &scenario::Rhythms, days: Days, draw: &[f64]) -> Vec<f64> {
    let weekday = normalised(&rhythms.weekday, &[1.0; 7], draw);
    let day_of_month = normalised(&rhythms.day_of_month, &DAYS_OF_MONTH_PER_YEAR, draw);
    let month_of_quarter = normalised(&rhythms.month_of_quarter, &[1.0; 3], draw);
    let annual = rhythms
        .annual
        .as_ref()
        .map(|annual| (annual.amplitude.at(draw), annual.peak_day));
    let mut date = days
        .start
        .saturating_add(jiff::Span::new().days(days.first));
    let day = |_| {
        let seasonal = annual.map_or(1.0, |(amplitude, peak_day)| {
            annual_multiplier(amplitude, f64::from(date.day_of_year() - 1) - peak_day)
        });
        let multiplier = seasonal
            * weekday[date.weekday().to_monday_zero_offset() as usize]
            * day_of_month[date.day() as usize - 1]
            * month_of_quarter[(date.month() as usize - 1) % 3];
        date = date.tomorrow().unwrap_or(date);
        multiplier
    };
    (days.first..days.end).map(day).collect()
}

/// How often each day of the month occurs in a mean year of 365.25 days.
const DAYS_OF_MONTH_PER_YEAR: [f64; 31] = {
    let mut days = [12.0; 31];
    days[28] = 11.25;
    days[29] = 11.0;
    days[30] = 7.0;
    days
};

/// A table of multipliers with mean 1 under the weights.
fn normalised(table: &[Quantity], weights: &[f64], draw: &[f64]) -> Vec<f64> {
    let values: Vec<f64> = table.iter().map(|quantity| quantity.at(draw)).collect();
    let total: f64 = values
        .iter()
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    let mean = total / weights.iter().sum::<f64>();
    if mean > 0.0 {
        values.iter().map(|value| value / mean).collect()
    } else {
        values
    }
}

/// Mean over one day of `1 + amplitude * cos(2 pi d / 365.25)`, the day starting `d` days after the peak.
fn annual_multiplier(amplitude: f64, d: f64) -> f64 {
    const OMEGA: f64 = std::f64::consts::TAU / 365.25;
    1.0 + amplitude * (math::sin(OMEGA * (d + 1.0)) - math::sin(OMEGA * d)) / OMEGA
}

/// Mean leads of a channel, `[day]` of the span.
fn rate_by_day(index: usize, span: Span, rhythm: &[f64]) -> Vec<f64> {
    let channel = &span.process.channels[index];
    let rate = known(&channel.leads_per_day, span.draw);
    let pulses: Vec<(&scenario::Pulse, Timed<f64>)> = channel
        .pulses
        .iter()
        .map(|pulse| (pulse, known(&pulse.leads_per_day, span.draw)))
        .collect();
    let on = |day: i32| {
        let running = pulses.iter().filter(|(pulse, _)| {
            (pulse.start_day..pulse.start_day + pulse.days as i32).contains(&day)
        });
        let extra: f64 = running.map(|(_, extra)| extra.at(f64::from(day))).sum();
        span.demand
            .leads(index, day, *rate.at(f64::from(day)), extra)
    };
    (span.first_day..span.end_day)
        .zip(rhythm)
        .map(|(day, rhythm)| on(day) * rhythm)
        .collect()
}

/// The Gamma factor of mean 1 and this shape for one channel and day.
///
/// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000, on the
/// day's own draws: what they reject touches nobody else.
fn day_factor(key: Key, day: i32, shape: f64) -> f64 {
    let event = EventId::new(day, 0);
    let boosted = if shape < 1.0 { shape + 1.0 } else { shape };
    let d = boosted - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    let mut factor = 1.0;
    for attempt in 0..60 {
        let z = normal_quantile_fast(key.uniform_draw(event, Decision::DayFactor, 2 * attempt));
        let v = 1.0 + c * z;
        let v = v * v * v;
        let u = key.uniform_draw(event, Decision::DayFactor, 2 * attempt + 1);
        if v > 0.0 && math::ln(u) < 0.5 * z * z + d - d * v + d * math::ln(v) {
            factor = d * v / shape;
            break;
        }
    }
    if shape < 1.0 {
        let u = key.uniform_draw(event, Decision::DayFactor, 127);
        factor *= math::pow(u, 1.0 / shape);
    }
    factor
}

/// The keys of one replication: of leads and day counts by source, of day factors by channel.
#[derive(Debug, Clone, Default)]
pub(super) struct ArrivalKeys {
    day_counts: Vec<Key>,
    day_factors: Vec<Key>,
}

impl ArrivalKeys {
    /// The keys of `seed` and `replication`.
    pub fn reset(&mut self, funnel: &super::Funnel, seed: u64, replication: u64) {
        self.day_counts.clear();
        self.day_counts.extend(
            funnel
                .sources
                .iter()
                .map(|source| source.day_counts.key(seed, replication)),
        );
        self.day_factors.clear();
        self.day_factors.extend(
            funnel
                .channels
                .iter()
                .map(|channel| channel.day_factors.key(seed, replication)),
        );
    }
}

impl<O: Observer> Run<'_, O> {
    /// The leads that arrive on `days` enter nurture, those of a source under plain rules together.
    pub fn arrive(&mut self, arrivals: &ArrivalKeys, days: Range<i32>) {
        let mut crowd = std::mem::take(self.crowd);
        let mut factors_of = usize::MAX;
        for (index, source) in self.funnel.sources.iter().enumerate() {
            if factors_of != source.channel {
                factors_of = source.channel;
                let channel = &self.funnel.channels[source.channel];
                let key = arrivals.day_factors[source.channel];
                let factors = days.clone().map(|day| channel.factor(key, day));
                crowd.day_factors.clear();
                crowd.day_factors.extend(factors);
            }
            crowd.ids.clear();
            crowd.t.clear();
            let rules = self.plain_rules(index);
            for (nth, day) in days.clone().enumerate() {
                let newcomers = self.newcomers(arrivals, index, day, crowd.day_factors[nth]);
                match rules {
                    Some(_) => crowd.join(newcomers),
                    None => self.nurture_each(newcomers, &mut crowd.u),
                }
            }
            if let Some(rules) = rules {
                self.nurture_plainly(index as u32, rules, &mut crowd);
            }
        }
        *self.crowd = crowd;
    }

    /// The leads that source number `index` brings on a day on which its channel's rate is multiplied by `factor`.
    fn newcomers(
        &mut self,
        arrivals: &ArrivalKeys,
        index: usize,
        day: i32,
        factor: f64,
    ) -> Newcomers {
        let source = &self.funnel.sources[index];
        let row = self.ledger.row_of_day(day);
        let aligned = self.alignment.leads_factor(day, source.is_inbound);
        let mean = source.mean_leads[row as usize] * aligned * factor;
        let u = arrivals.day_counts[index].uniform(EventId::new(day, 0), Decision::DayCount);
        let n = source.count(mean, u);
        self.ledger.arrived(row, index as u32, n);
        Newcomers {
            key: self.keys[index],
            source: index as u32,
            day,
            row,
            n,
        }
    }
}

impl Crowd {
    /// Takes in newcomers; those who are there are of the same source.
    fn join(&mut self, newcomers: Newcomers) {
        self.ids.extend(newcomers.ids());
        self.t.extend(newcomers.times());
    }
}

/// The leads that one source brings on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newcomers {
    key: Key,
    /// Also the index of the key.
    source: u32,
    day: i32,
    row: Row,
    n: u32,
}

impl Newcomers {
    /// What names each.
    #[inline(always)]
    pub fn ids(self) -> impl Iterator<Item = EventId> {
        (0..self.n).map(move |ordinal| EventId::new(self.day, ordinal))
    }

    /// When each arrives.
    #[inline(always)]
    pub fn times(self) -> impl Iterator<Item = f64> {
        let midnight = f64::from(self.day);
        let last_moment = (midnight + 1.0).next_down();
        self.ids().map(move |id| {
            let t = midnight + self.key.uniform(id, Decision::ArrivalTime);
            if t < last_moment { t } else { last_moment }
        })
    }

    /// The uniform number of each for a decision.
    #[inline(always)]
    pub fn luck(self, decision: Decision) -> impl Iterator<Item = f64> {
        self.ids().map(move |id| self.key.uniform(id, decision))
    }

    /// One of them, at its time `t`.
    #[inline(always)]
    pub fn lead(self, id: EventId, t: f64) -> Lead {
        Lead::arriving(id, t, self.source, self.source, self.row)
    }
}
