//! How stays in a stage end: a hazard for each outcome, constant in pieces of age, with the pace of the calendar
//! and a ratio for each channel and segment.
//!
//! Who is watched counts from when on until when, and no longer: a stay that still lasts has told that it lasted so
//! long, one that began before its ends were recorded counts from then on, and one that never ends makes late
//! hazards small. So neither young cohorts nor a late start of records bias what is found, and no law of time is
//! assumed. The likelihood of pieces is that of Poisson counts with exposure (Holford 1980, Laird and Olivier 1981).

use super::End;
use super::pace::{Pace, Table};
use super::ratios::Ratios;
use super::spells::{Spell, Spells, group};

/// The hazard of one outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Hazard {
    pub end: End,
    /// In order of age; the first begins at 0.
    pub pieces: Vec<Piece>,
    pub pace: Pace,
    /// `[channel]`, one more for none.
    pub channels: Ratios,
    /// `[segment]`, one more for none.
    pub segments: Ratios,
    /// Day from which on its events are recorded, from the first day of the history; earlier ones are missing.
    pub from_day: usize,
    /// Events that stays of before that day should have had; 0 if all were recorded.
    pub missing: f64,
}

/// A hazard between two ages: `events / days`, at the average level of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    /// \[days\]
    pub from_age: f64,
    pub events: f64,
    /// Record-days at risk, weighted by pace and ratios.
    pub days: f64,
    /// Record-days at risk.
    pub plain_days: f64,
}

/// More events than chance would leave out once in 3,000 histories.
const TOO_MANY_TO_MISS: f64 = 8.0;
/// Most pieces of one hazard.
const MOST_PIECES: f64 = 20.0;

impl Hazard {
    /// The hazard of ending as `end`, or none where nothing ever did. O(stays × pieces).
    pub(super) fn new(
        spells: &Spells,
        end: End,
        n_channels: usize,
        n_segments: usize,
    ) -> Option<Hazard> {
        let ends = || spells.spells.iter().filter(|spell| spell.end == end);
        let first = ends().map(|spell| spells.last_day(spell)).min()?;
        let edges = edges(ends().map(|spell| spell.left - spell.entered).collect());
        let fit = |from_day: usize| Fit {
            spells,
            end,
            edges: &edges,
            from_day,
        };
        let late = fit(first).hazard(n_channels, n_segments);
        let missing = fit(0).expected_before(first, &late);
        if missing > TOO_MANY_TO_MISS {
            return Some(Hazard { missing, ..late });
        }
        Some(fit(0).hazard(n_channels, n_segments))
    }

    /// How many stays ended so.
    pub fn n_events(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.events).sum()
    }
}

/// Ages at which pieces begin: about equally many events each, the last beyond all events.
fn edges(mut ages: Vec<f64>) -> Vec<f64> {
    ages.sort_by(f64::total_cmp);
    let n = ages.len() as f64;
    let n_pieces = (n.sqrt() / 1.5).round().clamp(1.0, MOST_PIECES) as usize;
    let mut edges = vec![0.0];
    for piece in 1..n_pieces {
        let age = ages[piece * ages.len() / n_pieces];
        // Whole days are what a calendar knows and a planner reads.
        let edge = age.round().max(1.0);
        if edge > edges[edges.len() - 1] {
            edges.push(edge);
        }
    }
    let beyond = ages.last().map_or(0.0, |last| (last + 1.0).ceil());
    if beyond > edges[edges.len() - 1] {
        edges.push(beyond);
    }
    edges
}

/// What is fitted to what.
struct Fit<'a> {
    spells: &'a Spells,
    end: End,
    edges: &'a [f64],
    from_day: usize,
}

impl Fit<'_> {
    fn hazard(&self, n_channels: usize, n_segments: usize) -> Hazard {
        const ROUNDS: usize = 3;
        let mut channels = Ratios::new(&vec![0.0; n_channels + 1], &vec![0.0; n_channels + 1]);
        let mut segments = Ratios::new(&vec![0.0; n_segments + 1], &vec![0.0; n_segments + 1]);
        let mut table = self.table(&channels, &segments);
        let mut pace = table.pace();
        let n_rounds = if n_channels + n_segments > 1 {
            ROUNDS
        } else {
            0
        };
        for _ in 0..n_rounds {
            let hazards = rates(&table, &pace);
            (channels, segments) = self.ratios(&hazards, &pace, &channels, &segments);
            table = self.table(&channels, &segments);
            pace = table.adjusted(pace);
        }
        let plain = self.table(&Ratios::new(&[], &[]), &Ratios::new(&[], &[]));
        let plain_days = plain.exposures(&vec![1.0; plain.events_of_day.len()]);
        let exposures = table.exposures(&pace.by_day);
        let piece = |i: usize| Piece {
            from_age: self.edges[i],
            events: table.events_of_piece[i],
            days: exposures[i],
            plain_days: plain_days[i],
        };
        let mut pieces: Vec<Piece> = (0..self.edges.len()).map(piece).collect();
        // Nobody has ever been so old: what the last piece says holds on.
        while pieces.len() > 1
            && pieces[pieces.len() - 1].plain_days < 1.0
            && pieces[pieces.len() - 1].events == 0.0
        {
            pieces.pop();
        }
        Hazard {
            end: self.end,
            pieces,
            pace,
            channels,
            segments,
            from_day: self.from_day,
            missing: 0.0,
        }
    }

    /// When a stay is at risk, in days of the history.
    fn at_risk(&self, spell: &Spell) -> (f64, f64) {
        (spell.entered.max(self.from_day as f64), spell.left)
    }

    /// The part of a stay that it spends at the ages of a piece.
    fn part(&self, spell: &Spell, piece: usize) -> Option<(f64, f64)> {
        let (start, end) = self.at_risk(spell);
        let from = spell.entered + self.edges[piece];
        let to = self
            .edges
            .get(piece + 1)
            .map_or(f64::INFINITY, |edge| spell.entered + edge);
        let (start, end) = (start.max(from), end.min(to));
        (start < end).then_some((start, end))
    }

    /// The piece of an age.
    fn piece_of(&self, age: f64) -> usize {
        self.edges
            .iter()
            .rposition(|edge| *edge <= age)
            .unwrap_or(0)
    }

    fn table(&self, channels: &Ratios, segments: &Ratios) -> Table {
        let n_days = self.spells.n_days;
        let mut exposure = vec![Exposure::new(n_days); self.edges.len()];
        let mut events_of_piece = vec![0.0; self.edges.len()];
        let mut events_of_day = vec![0.0; n_days];
        for spell in &self.spells.spells {
            let weight = ratio_of(channels, spell.channel) * ratio_of(segments, spell.segment);
            let (start, end) = self.at_risk(spell);
            let (first, last) = (
                self.piece_of(start - spell.entered),
                self.piece_of(end - spell.entered),
            );
            for (piece, exposure) in exposure.iter_mut().enumerate().take(last + 1).skip(first) {
                if let Some((start, end)) = self.part(spell, piece) {
                    exposure.add(start, end, weight);
                }
            }
            let day = self.spells.last_day(spell);
            if spell.end == self.end && day >= self.from_day {
                events_of_piece[self.piece_of(spell.left - spell.entered)] += 1.0;
                events_of_day[day] += 1.0;
            }
        }
        let mut table = Table {
            first_day: self.spells.first_day + self.from_day as i32,
            events_of_piece,
            events_of_day,
            exposure: exposure.into_iter().map(Exposure::by_day).collect(),
        };
        table.events_of_day.drain(..self.from_day);
        for days in &mut table.exposure {
            days.drain(..self.from_day);
        }
        table
    }

    /// Ratios of channels and segments, each given the other.
    fn ratios(
        &self,
        rates: &[f64],
        pace: &Pace,
        channels: &Ratios,
        segments: &Ratios,
    ) -> (Ratios, Ratios) {
        let (n_channels, n_segments) = (channels.groups.len(), segments.groups.len());
        let clock = cumulated(&pace.by_day);
        let mut events = [vec![0.0; n_channels], vec![0.0; n_segments]];
        let mut expected = events.clone();
        for spell in &self.spells.spells {
            let groups = [
                group(spell.channel, n_channels - 1),
                group(spell.segment, n_segments - 1),
            ];
            if spell.end == self.end && self.spells.last_day(spell) >= self.from_day {
                events[0][groups[0]] += 1.0;
                events[1][groups[1]] += 1.0;
            }
            let (start, end) = self.at_risk(spell);
            let (first, last) = (
                self.piece_of(start - spell.entered),
                self.piece_of(end - spell.entered),
            );
            let mut sum = 0.0;
            for (piece, rate) in rates.iter().enumerate().take(last + 1).skip(first) {
                if let Some((start, end)) = self.part(spell, piece) {
                    let day = |t: f64| t - self.from_day as f64;
                    sum += rate * (read(&clock, day(end)) - read(&clock, day(start)));
                }
            }
            expected[0][groups[0]] += sum * segments.groups[groups[1]].mean;
            expected[1][groups[1]] += sum * channels.groups[groups[0]].mean;
        }
        let scaled = |events: &[f64], expected: &[f64]| {
            let (n, e): (f64, f64) = (events.iter().sum(), expected.iter().sum());
            let scale = if e > 0.0 { n / e } else { 0.0 };
            Ratios::new(
                events,
                &expected.iter().map(|e| e * scale).collect::<Vec<_>>(),
            )
        };
        (
            scaled(&events[0], &expected[0]),
            scaled(&events[1], &expected[1]),
        )
    }

    /// Events before `day` that the hazard would have brought at ages past the first piece: within that, ends may well
    /// begin later than its average says, and a history that begins from nothing has no other ages at first.
    fn expected_before(&self, day: usize, hazard: &Hazard) -> f64 {
        let rates: Vec<f64> = hazard
            .pieces
            .iter()
            .map(|piece| {
                if piece.days > 0.0 {
                    piece.events / piece.days
                } else {
                    0.0
                }
            })
            .collect();
        let mut sum = 0.0;
        for spell in &self.spells.spells {
            for (piece, rate) in rates.iter().enumerate().skip(usize::from(rates.len() > 1)) {
                if let Some((start, end)) = self.part(spell, piece) {
                    sum += rate * (end.min(day as f64) - start).max(0.0);
                }
            }
        }
        sum
    }
}

/// A group's ratio, 1 where there are none.
fn ratio_of(ratios: &Ratios, index: u32) -> f64 {
    match ratios.groups.len() {
        0 => 1.0,
        n => ratios.groups[group(index, n - 1)].mean,
    }
}

/// The rate of each piece at a pace of 1.
fn rates(table: &Table, pace: &Pace) -> Vec<f64> {
    let exposures = table.exposures(&pace.by_day).into_iter();
    let rate = |(exposure, events): (f64, &f64)| {
        if exposure > 0.0 {
            events / exposure
        } else {
            0.0
        }
    };
    exposures.zip(&table.events_of_piece).map(rate).collect()
}

/// Sums of all days before each, and of all.
fn cumulated(by_day: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums = vec![0.0];
    for day in by_day {
        sum += day;
        sums.push(sum);
    }
    sums
}

/// A sum up to a time.
fn read(sums: &[f64], t: f64) -> f64 {
    let day = (t.max(0.0) as usize).min(sums.len() - 1);
    let next = sums.get(day + 1).unwrap_or(&sums[day]);
    sums[day] + (t - day as f64).clamp(0.0, 1.0) * (next - sums[day])
}

/// Record-days at risk by day, added up stay by stay.
#[derive(Clone)]
struct Exposure {
    /// What the first and last day of a stay have of it.
    ends: Vec<f64>,
    /// By how much the number of those there all day changes.
    change: Vec<f64>,
}

impl Exposure {
    fn new(n_days: usize) -> Exposure {
        Exposure {
            ends: vec![0.0; n_days + 1],
            change: vec![0.0; n_days + 2],
        }
    }

    fn add(&mut self, start: f64, end: f64, weight: f64) {
        let most = self.ends.len() - 1;
        let (first, last) = ((start as usize).min(most), (end as usize).min(most));
        if first == last {
            self.ends[first] += weight * (end - start);
            return;
        }
        self.ends[first] += weight * (first as f64 + 1.0 - start);
        self.ends[last] += weight * (end - last as f64);
        self.change[first + 1] += weight;
        self.change[last] -= weight;
    }

    fn by_day(self) -> Vec<f64> {
        let mut there = 0.0;
        let n_days = self.ends.len() - 1;
        let day = |(ends, change): (f64, f64)| {
            there += change;
            ends + there
        };
        self.ends
            .into_iter()
            .zip(self.change)
            .map(day)
            .take(n_days)
            .collect()
    }
}
