//! How many records come in a day: the pace of all, each channel's part, and how a day varies.

use super::History;
use super::calendar::Rhythm;
use super::hazards::Hazard;
use super::pace::{Pace, Table};
use super::shrink::{Events, GammaPoisson};
use super::spells::{first_day, group, n_days};
use crate::math;

/// The arrivals of all channels.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    /// Day from which on arrivals count, from the first day of the history.
    pub from_day: usize,
    pub pace: Pace,
    /// `[channel]`, one more for none.
    pub channels: Vec<ChannelRate>,
    /// Shape of the Gamma factor by which a day varies beside its pace; infinity: Poisson.
    pub dispersion: f64,
    /// Days after which an arrival counts half for its channel's part; infinity: all count alike.
    pub half_life: f64,
    /// Days without any arrival at the end, where they are too many for chance: intake has stopped.
    pub stopped: Option<usize>,
    pub n_events: f64,
    /// `[day]`, from `from_day` on.
    pub by_day: Vec<f64>,
}

/// The rate of a channel: `events / days` at the average level of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelRate {
    /// Weighted by how recent they are.
    pub events: f64,
    /// \[days\]
    pub days: f64,
    /// How many have come, all told.
    pub all: f64,
}

/// Arrivals that should have come since the last one, where intake has stopped.
const TOO_MANY_TO_MISS: f64 = 12.0;
/// Days after which an arrival may count half \[days\].
const HALF_LIVES: [f64; 5] = [f64::INFINITY, 365.0, 182.0, 91.0, 45.0];

impl Arrivals {
    /// The arrivals of a history; those of before `from_day` do not count. O(records).
    pub(super) fn new(history: &History, from_day: usize) -> Arrivals {
        let n_channels = history.channels.len();
        let first = first_day(history);
        let n_days = n_days(history);
        let from_day = from_day.min(n_days.saturating_sub(1));
        let mut counts = vec![vec![0.0; n_days - from_day]; n_channels + 1];
        for record in &history.records {
            let entered = history.stays[record.first_stay as usize].entered;
            let day = (entered - f64::from(first)) as usize;
            if day >= from_day && day < n_days {
                counts[group(record.channel, n_channels)][day - from_day] += 1.0;
            }
        }
        let by_day: Vec<f64> = (0..n_days - from_day)
            .map(|day| counts.iter().map(|channel| channel[day]).sum())
            .collect();
        let n_events = by_day.iter().sum();
        let stopped = stopped(&by_day);
        let active = by_day.len() - stopped.unwrap_or(0);
        let table = Table {
            first_day: first + from_day as i32,
            events_of_piece: vec![n_events],
            events_of_day: by_day[..active].to_vec(),
            exposure: vec![vec![1.0; active]],
        };
        let pace = table.pace();
        let half_life = best_half_life(&counts, active);
        Arrivals {
            channels: channel_rates(&counts, &pace, half_life),
            dispersion: dispersion(&table.events_of_day, &pace),
            from_day,
            pace,
            half_life,
            stopped,
            n_events,
            by_day,
        }
    }

    /// The rhythms that arrivals have.
    pub fn rhythms(&self) -> &[(Rhythm, Vec<f64>)] {
        &self.pace.rhythms
    }
}

/// The days since the last arrival, where too many arrivals are missing for chance and for any gap of before.
fn stopped(by_day: &[f64]) -> Option<usize> {
    const RECENT: usize = 56;
    let last = by_day.iter().rposition(|count| *count > 0.0)?;
    let silent = by_day.len() - 1 - last;
    let recent = &by_day[(last + 1).saturating_sub(RECENT)..=last];
    let rate = recent.iter().sum::<f64>() / recent.len() as f64;
    let longest_gap = by_day[..=last]
        .split(|count| *count > 0.0)
        .map(<[f64]>::len)
        .max()
        .unwrap_or(0);
    (rate * silent as f64 > TOO_MANY_TO_MISS && silent > 3 * longest_gap).then_some(silent)
}

/// The half-life under which the channels' parts of past months told best those of the next.
///
/// Each block of 28 days is told by the weighted counts before it, with one arrival per channel added.
fn best_half_life(counts: &[Vec<f64>], active: usize) -> f64 {
    const BLOCK: usize = 28;
    let n_blocks = active / BLOCK;
    let start = |block: usize| active - (n_blocks - block) * BLOCK;
    let block_of = |channel: &[f64], block: usize| -> f64 {
        channel[start(block)..start(block) + BLOCK].iter().sum()
    };
    let blocks: Vec<Vec<f64>> = (0..n_blocks)
        .map(|block| {
            counts
                .iter()
                .map(|channel| block_of(channel, block))
                .collect()
        })
        .collect();
    let log_likelihood = |half_life: f64| {
        let keep = math::exp(-math::ln(2.0) * BLOCK as f64 / half_life);
        let mut before = vec![0.0; counts.len()];
        let mut log = 0.0;
        for (number, block) in blocks.iter().enumerate() {
            let total: f64 = before.iter().map(|n| n + 1.0).sum();
            if number > 0 {
                log += block
                    .iter()
                    .zip(&before)
                    .map(|(n, before)| n * math::ln((before + 1.0) / total))
                    .sum::<f64>();
            }
            for (before, n) in before.iter_mut().zip(block) {
                *before = keep * *before + n;
            }
        }
        log
    };
    // What all arrivals tell alike stands unless a shorter memory tells clearly more.
    let steady = log_likelihood(HALF_LIVES[0]);
    let others = HALF_LIVES[1..]
        .iter()
        .map(|&half_life| (half_life, log_likelihood(half_life)));
    let best = others.max_by(|a, b| a.1.total_cmp(&b.1));
    best.filter(|(_, log)| *log > steady + 2.0)
        .map_or(f64::INFINITY, |(half_life, _)| half_life)
}

fn channel_rates(counts: &[Vec<f64>], pace: &Pace, half_life: f64) -> Vec<ChannelRate> {
    let active = pace.by_day.len();
    let weight = |day: usize| math::exp(-math::ln(2.0) * (active - 1 - day) as f64 / half_life);
    let weighted = |values: &[f64]| -> f64 {
        values
            .iter()
            .take(active)
            .enumerate()
            .map(|(day, value)| weight(day) * value)
            .sum()
    };
    let sum = |values: &[f64]| -> f64 { values.iter().take(active).sum() };
    let days = weighted(&pace.by_day);
    let n: f64 = counts.iter().map(|channel| sum(channel)).sum();
    let recent: f64 = counts.iter().map(|channel| weighted(channel)).sum();
    // All channels together bring what they have brought.
    let scale = if recent > 0.0 && days > 0.0 {
        recent / days / (n / sum(&pace.by_day))
    } else {
        1.0
    };
    let rate = |channel: &Vec<f64>| ChannelRate {
        events: weighted(channel),
        days: days * scale,
        all: sum(channel),
    };
    counts.iter().map(rate).collect()
}

/// Shape of a day's Gamma factor by maximum likelihood; infinity if days vary no more than by chance.
fn dispersion(by_day: &[f64], pace: &Pace) -> f64 {
    let means = pace.expected_by_day.iter().zip(&pace.by_day);
    let days = by_day.iter().zip(means);
    let days: Vec<Events> = days
        .map(|(&observed, (e, pace))| Events {
            observed,
            expected: e * pace,
        })
        .collect();
    let law = GammaPoisson::fit(&days).unwrap_or(GammaPoisson::ALIKE);
    match law.gain(&days) > 2.0 {
        true => law.strength,
        false => f64::INFINITY,
    }
}

/// The day from which on arrivals are complete: where ends of before a day are missing, so may be the records.
pub(super) fn complete_from<'a>(hazards: impl Iterator<Item = &'a Hazard>) -> usize {
    let late = hazards.filter(|hazard| hazard.missing > 0.0);
    late.map(|hazard| hazard.from_day).min().unwrap_or(0)
}
