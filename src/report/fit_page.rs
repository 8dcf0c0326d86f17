//! The page of `fit`: each thing that was learned from a history, as a chart with its numbers.

use super::fit::{UNKNOWN, deal_size, end_name, findings, headline, level, rhythms};
use super::html::{Cell, Page};
use super::plot::{Axis, Plot, bar_in_row, dot_in_row};
use super::view::{Style, capitalised, counted, digits, grouped};
use crate::forecast::Unit;
use crate::history::calendar::date_of;
use crate::history::deals::DealSize;
use crate::history::fit::{OpenRecord, StageFit};
use crate::history::hazards::Hazard;
use crate::history::incidence::RateOfAge;
use crate::history::latency::Family;
use crate::history::level::Level;
use crate::history::observed::Observed;
use crate::history::pace::Pace;
use crate::history::ratios::Ratios;
use crate::history::{Fit, History};
use crate::math;

/// Standard deviations on either side of the middle of an 80 % interval.
const EIGHTY: f64 = 1.2816;
/// Months ahead that the level of arrivals is shown for, of 30 days.
const MONTHS_AHEAD: usize = 6;
/// Most groups of a table: those with most events.
const MOST_GROUPS: usize = 60;
/// Points of a line over age.
const POINTS: usize = 120;
/// Ages at which columns of the open pipeline begin \[days\].
const AGES: [f64; 6] = [0.0, 8.0, 31.0, 91.0, 181.0, 366.0];
const AGE_NAMES: [&str; 6] = [
    "0–7 d",
    "8–30 d",
    "31–90 d",
    "91–180 d",
    "181–365 d",
    "longer",
];

/// The page of the fit of a history.
pub fn fit_page(history: &History, fit: &Fit) -> String {
    let mut page = Page::new(&format!(
        "Fit of a history up to {}",
        date_of(fit.about.as_of)
    ));
    page.paragraph(&headline(fit));
    page.list(&findings(fit));
    page.note(UNKNOWN);
    let mut writer = Writer { fit, page };
    writer.arrivals();
    writer.channels();
    for (number, stage) in fit.stages.iter().enumerate() {
        writer.stage(stage, &Observed::new(history, number, stage));
    }
    writer.deals();
    writer.open();
    writer.page.text()
}

/// The share that ends in a way, beside the shares that one would count by hand.
fn by_hand(observed: &Observed, way: usize) -> String {
    let naive = observed.naive[way];
    let share = |share: Option<f64>| share.map_or("–".to_owned(), of_share);
    format!(
        "In the end {}. Counted by hand it would be {} of those that ended, which counts quick ends too much, and {} of \
         all, which takes open ones for lost.",
        of_share(observed.incidence.last(way).0),
        share(naive.of_ended),
        share(naive.of_all)
    )
}

/// What one law of time for each way would miss.
fn single_laws(observed: &Observed) -> Option<String> {
    let laws = observed.single_laws?;
    let family = match laws.family {
        Family::LogNormal => "lognormal",
        Family::Weibull => "Weibull",
    };
    let never = match laws.never > 0.0 {
        true => format!(" and {} that never end", of_share(laws.never)),
        false => String::new(),
    };
    Some(format!(
        "With a single {family} law of time for each way{never}, these shares would be off by up to {}; pieces of age \
         assume no law.",
        of_share(laws.distance)
    ))
}

struct Writer<'a> {
    fit: &'a Fit,
    page: Page,
}

/// A per cent of an average.
fn of_average(value: f64) -> String {
    format!("{:.0} %", 100.0 * value)
}

fn number(value: f64) -> String {
    counted(value.max(0.0))
}

impl Writer<'_> {
    /// The first day of counts that begin on `from_day` of the history \[days since 1970-01-01\].
    fn day(&self, from_day: usize) -> f64 {
        f64::from(self.fit.first_day) + from_day as f64
    }

    fn end(&self) -> f64 {
        f64::from(self.fit.about.as_of) + 1.0
    }

    fn style(&self) -> Style<'_> {
        Style {
            currency: &self.fit.about.currency,
        }
    }

    fn arrivals(&mut self) {
        let arrivals = &self.fit.arrivals;
        self.page.section("Arrivals");
        let first = self.day(arrivals.from_day);
        let pace = &arrivals.pace;
        let fitted = pace.expected_by_day.iter().zip(&pace.by_day);
        let fitted: Vec<f64> = fitted.map(|(expected, pace)| expected * pace).collect();
        let (seen, told) = (weeks(&arrivals.by_day, first), weeks(&fitted, first));
        let ahead = match arrivals.stopped {
            Some(_) => Vec::new(),
            None => self.ahead(),
        };
        let highest = seen.iter().chain(&told).map(|week| week.2);
        let highest = highest.chain(ahead.iter().map(|month| month.3));
        let highest = highest.fold(1.0, f64::max);
        let last = ahead.last().map_or(self.end(), |month| month.1);
        let mut plot = Plot::new(
            Axis::of_days(first, last),
            Axis::new("", 0.0, highest, number),
        );
        plot.band("band", &ahead);
        plot.dots(seen.iter().map(|week| (0.5 * (week.0 + week.1), week.2)));
        plot.steps("line", &told);
        let middle =
            |&(from, to, low, high): &(f64, f64, f64, f64)| (from, to, math::sqrt(low * high));
        plot.steps("other", &ahead.iter().map(middle).collect::<Vec<_>>());
        self.page.figure(
            &plot.svg("Arrivals per week, observed and fitted"),
            "Arrivals per week: dots as observed, line as fitted (rhythms and level); dashed the level of the months to \
             come without rhythms, with where it lies in 8 of 10 cases.",
        );
        self.level(pace, first);
        self.rhythms(pace);
    }

    /// Arrivals per week of months to come: from, to, and the 80 % interval of the level.
    fn ahead(&self) -> Vec<(f64, f64, f64, f64)> {
        let pace = &self.fit.arrivals.pace;
        let per_week = 7.0 * pace.expected_by_day.last().copied().unwrap_or(0.0);
        let month = |month: usize| {
            let days = (30.0 * month as f64, 30.0 * (month + 1) as f64);
            let half = EIGHTY * math::sqrt(pace.level.covariance(days, days));
            let mean = pace.level.mean(days.0, days.1);
            let at = |log: f64| per_week * math::exp(log);
            (
                self.end() + days.0,
                self.end() + days.1,
                at(mean - half),
                at(mean + half),
            )
        };
        (0..MONTHS_AHEAD).map(month).collect()
    }

    /// How a level has moved since `first` \[days since 1970-01-01\].
    fn level(&mut self, pace: &Pace, first: f64) {
        let of = &pace.level;
        self.page
            .paragraph(&format!("{}.", capitalised(&level(of))));
        if of.blocks.is_empty() {
            return;
        }
        let last = first + pace.by_day.len() as f64;
        let blocks = blocks(of, first, last);
        let highest = blocks.iter().map(|block| block.3).fold(1.0, f64::max);
        let y = Axis::new("", 0.0, highest, of_average);
        let mut plot = Plot::new(Axis::of_days(first, last), y);
        plot.band("band", &blocks);
        let middle =
            |&(from, to, low, high): &(f64, f64, f64, f64)| (from, to, math::sqrt(low * high));
        plot.steps("line", &blocks.iter().map(middle).collect::<Vec<_>>());
        self.page.figure(
            &plot.svg("Level over time"),
            "The level as a share of its average over the history, with its 80 % interval.",
        );
    }

    fn rhythms(&mut self, pace: &Pace) {
        if pace.rhythms.is_empty() {
            self.page.note(&rhythms(pace));
        }
        for (rhythm, beats) in &pace.rhythms {
            let names = rhythm.beat_names();
            let highest = beats.iter().copied().fold(1.0, f64::max);
            let x = Axis::of_names(&names);
            let mut plot = Plot::new(x, Axis::new("", 0.0, highest, of_average));
            for (index, beat) in beats.iter().enumerate() {
                plot.bar("bar", index as f64, (index + 1) as f64, *beat);
            }
            let name = rhythm.name().replace('_', " ");
            let caption = format!("Rhythm by {name}: the rate as a share of its average.");
            self.page.figure(&plot.svg(&caption), &caption);
        }
    }

    fn channels(&mut self) {
        let arrivals = &self.fit.arrivals;
        let rate = |index: usize| {
            let of = arrivals.channels[index];
            if of.days > 0.0 {
                of.events / of.days
            } else {
                0.0
            }
        };
        let mut order: Vec<usize> = (0..arrivals.channels.len())
            .filter(|&index| arrivals.channels[index].all > 0.0)
            .collect();
        order.sort_by(|&a, &b| rate(b).total_cmp(&rate(a)));
        let total: f64 = order.iter().map(|&index| rate(index)).sum();
        let highest = order.first().map_or(0.0, |&index| rate(index));
        self.page.section("Channels");
        let row = |&index: &usize| -> Vec<Cell> {
            let of = arrivals.channels[index];
            vec![
                name(&self.fit.channels, index).into(),
                grouped(of.all).into(),
                digits(of.events).into(),
                digits(rate(index)).into(),
                of_average(rate(index) / total.max(f64::MIN_POSITIVE)).into(),
                Cell::Svg(bar_in_row(rate(index), highest)),
            ]
        };
        let rows: Vec<Vec<Cell>> = order.iter().take(MOST_GROUPS).map(row).collect();
        let head = ["channel", "arrived", "weighted", "a day", "part", ""];
        self.page.table(&head, rows);
        self.more(order.len());
        let half_life = arrivals.half_life;
        self.page.note(&match half_life.is_finite() {
            true => format!(
                "Weighted: an arrival counts half after {} days, since the channels' parts have changed.",
                digits(half_life)
            ),
            false => "All arrivals count alike: no shorter memory tells the channels' parts better.".to_owned(),
        });
    }

    /// That a table leaves groups out, if it does.
    fn more(&mut self, n: usize) {
        if let Some(left @ 1..) = n.checked_sub(MOST_GROUPS) {
            self.page
                .note(&format!("{left} smaller ones are left out here."));
        }
    }

    fn stage(&mut self, stage: &StageFit, observed: &Observed) {
        let name = capitalised(&stage.name);
        self.page.section(&name);
        let stays = grouped(stage.n_stays as f64);
        self.page.paragraph(&format!("{stays} stays."));
        self.incidence(stage, observed);
        for hazard in &stage.hazards {
            self.hazard(hazard);
        }
    }

    /// Which share of stays has ended how by an age.
    fn incidence(&mut self, stage: &StageFit, observed: &Observed) {
        let oldest = stage.hazards.iter().map(oldest).fold(1.0, f64::max);
        let ages: Vec<f64> = (0..=POINTS)
            .map(|point| oldest * point as f64 / POINTS as f64)
            .collect();
        let fitted = stage.incidence(&ages);
        for (way, (end, fitted)) in observed.ways.iter().zip(&fitted).enumerate() {
            let seen = ages.iter().map(|age| observed.incidence.at(way, *age).0);
            let seen: Vec<f64> = seen.collect();
            let highest = seen.iter().chain(fitted).copied().fold(0.01, f64::max);
            let y = Axis::new("", 0.0, highest, of_share);
            let mut plot = Plot::new(Axis::new("age, days", 0.0, oldest, number), y);
            let points = |shares: &[f64]| {
                let shares = shares.iter().copied();
                ages.iter().copied().zip(shares).collect::<Vec<_>>()
            };
            plot.line("other", points(&seen));
            plot.line("line", points(fitted));
            let name = end_name(*end);
            self.page.figure(
                &plot.svg(&format!("Share {name} by age")),
                &format!(
                    "Share of stays {name} by age: dashed as observed (Aalen–Johansen), line as fitted, at the level of \
                     the last day. {}",
                    by_hand(observed, way)
                ),
            );
        }
        if let Some(sentence) = single_laws(observed) {
            self.page.paragraph(&sentence);
        }
    }

    fn hazard(&mut self, hazard: &Hazard) {
        let way = end_name(hazard.end);
        self.page.part(&capitalised(&way));
        let by_age = hazard.by_age();
        let oldest = oldest(hazard);
        let until = |of: &RateOfAge| of.to_age.min(oldest);
        let visible = || by_age.iter().filter(|of| of.from_age < oldest);
        let bands: Vec<_> = visible()
            .map(|of| (of.from_age, until(of), of.per_day.low, of.per_day.high))
            .collect();
        let steps: Vec<_> = visible()
            .map(|of| (of.from_age, until(of), of.per_day.mean))
            .collect();
        let highest = bands.iter().map(|band| band.3).fold(0.0, f64::max);
        let x = Axis::new("age, days", 0.0, oldest, number);
        let mut plot = Plot::new(x, Axis::new("", 0.0, highest.max(1e-6), of_share));
        plot.band("band", &bands);
        plot.steps("line", &steps);
        self.page.figure(
            &plot.svg(&format!("Hazard of {way} by age")),
            &format!(
                "Hazard of {way} by age: chance per day of a stay of that age, from {} events, with its 80 % interval.",
                grouped(hazard.n_events())
            ),
        );
        self.level(&hazard.pace, self.day(hazard.from_day));
        self.rhythms(&hazard.pace);
        self.ratios("channel", &hazard.channels, &self.fit.channels);
        self.ratios("segment", &hazard.segments, &self.fit.segments);
    }

    fn ratios(&mut self, what: &str, ratios: &Ratios, names: &[String]) {
        let mut order: Vec<usize> = (0..ratios.groups.len())
            .filter(|&index| ratios.groups[index].expected > 0.0)
            .collect();
        if order.len() < 2 {
            return;
        }
        let expected = |index: usize| ratios.groups[index].expected;
        order.sort_by(|&a, &b| expected(b).total_cmp(&expected(a)));
        order.truncate(MOST_GROUPS);
        let intervals = order
            .iter()
            .map(|&index| ratios.interval(&ratios.groups[index]).high);
        let highest = intervals.fold(1.5, f64::max);
        let rows: Vec<Vec<Cell>> = order
            .iter()
            .map(|&index| {
                let group = &ratios.groups[index];
                let of = ratios.interval(group);
                vec![
                    name(names, index).into(),
                    grouped(group.events).into(),
                    digits(group.expected).into(),
                    format!("{:.2}", of.mean).into(),
                    format!("{:.2} to {:.2}", of.low, of.high).into(),
                    Cell::Svg(dot_in_row(of.low, of.mean, of.high, 1.0, highest)),
                ]
            })
            .collect();
        let head = [what, "events", "expected", "ratio", "80 %", ""];
        self.page.table(&head, rows);
        self.more(ratios.groups.len());
        self.page.note(&match ratios.shape.is_finite() {
            true => format!(
                "Expected: of all alike, the effective size of the sample. Ratios lean on the average of all by as much \
                 as {} expected events.",
                digits(ratios.shape)
            ),
            false => format!("No {what} is told apart from the others."),
        });
    }

    fn deals(&mut self) {
        let fit = self.fit;
        self.page.section("Deals");
        let Some(all) = &fit.deals.all else {
            self.page.paragraph("No win has a value.");
            return;
        };
        self.page
            .paragraph(&format!("{}.", capitalised(&deal_size(self.style(), all))));
        self.quantiles(all);
        let sizes = fit.deals.segments.iter().enumerate();
        let rows: Vec<Vec<Cell>> = sizes
            .filter_map(|(index, size)| Some((index, size.as_ref()?)))
            .map(|(index, size)| {
                let money = |value| self.style().value(Unit::Money, value);
                vec![
                    name(&fit.segments, index).into(),
                    grouped(size.n as f64).into(),
                    money(size.mean).into(),
                    money(size.mean_error).into(),
                ]
            })
            .collect();
        if !rows.is_empty() {
            self.page.table(&["segment", "deals", "mean", "±"], rows);
        }
    }

    /// Quantiles observed against those of the law.
    fn quantiles(&mut self, size: &DealSize) {
        let Some(law) = size.law() else { return };
        let level = |index: usize| (index + 1) as f64 / 100.0;
        let observed = size.observed.iter().enumerate();
        let points: Vec<(f64, f64)> = observed
            .map(|(index, &value)| (law.quantile(level(index)), value))
            .collect();
        let both = || points.iter().flat_map(|&(x, y)| [x, y]);
        let (low, high) = (
            both().fold(f64::INFINITY, f64::min),
            both().fold(0.0, f64::max),
        );
        let money = |value: f64| self.style().value(Unit::Money, value);
        let x = Axis::of_logs("fitted", low, high, money);
        let y = Axis::of_logs("", low, high, money);
        let mut plot = Plot::new(x, y);
        plot.line(
            "other",
            [low, high].map(|value| (value.log10(), value.log10())),
        );
        plot.dots(points.iter().map(|(x, y)| (x.log10(), y.log10())));
        let svg = plot.svg("Quantiles of deals");
        self.page.figure(
            &svg,
            "Values of deals at 1, 2, …, 99 %: observed (upwards) against fitted; on the dashed line they agree.",
        );
    }

    fn open(&mut self) {
        let fit = self.fit;
        self.page.section("Open pipeline");
        let rows: Vec<Vec<Cell>> = (0..fit.stages.len())
            .map(|stage| {
                let of_stage = || fit.open.iter().filter(move |record| record.stage == stage);
                let aged = |column: usize| {
                    let n = of_stage()
                        .filter(|record| column_of(record) == column)
                        .count();
                    Cell::from(grouped(n as f64))
                };
                let value: f64 = of_stage().filter_map(|record| record.value).sum();
                let value = (value > 0.0).then_some(value);
                let mut row = vec![Cell::from(&fit.stages[stage].name[..])];
                row.extend((0..AGES.len()).map(aged));
                row.push(grouped(of_stage().count() as f64).into());
                row.push(self.style().maybe(Unit::Money, value).into());
                row
            })
            .collect();
        let mut head = vec!["stage"];
        head.extend(AGE_NAMES);
        head.extend(["all", "known value"]);
        self.page.table(&head, rows);
        let oldest = fit
            .open
            .iter()
            .map(|record| record.age_days)
            .fold(1.0, f64::max);
        let bins = 24;
        let width = oldest / f64::from(bins) + 1e-9;
        let in_bin = |bin: i32| {
            let of = fit.open.iter();
            of.filter(|record| (record.age_days / width) as i32 == bin)
                .count() as f64
        };
        let highest = (0..bins).map(in_bin).fold(1.0, f64::max);
        let x = Axis::new("age in the stage, days", 0.0, oldest, number);
        let mut plot = Plot::new(x, Axis::new("", 0.0, highest, number));
        for bin in 0..bins {
            plot.bar(
                "bar",
                f64::from(bin) * width,
                f64::from(bin + 1) * width,
                in_bin(bin),
            );
        }
        self.page.figure(
            &plot.svg("Open records by age"),
            "Open records by age in their stage.",
        );
    }
}

/// A share with as many digits as it needs.
fn of_share(value: f64) -> String {
    format!("{} %", digits((100.0 * value).max(0.0)))
}

/// The name of a group; the one behind all is that of none.
fn name(names: &[String], index: usize) -> String {
    names
        .get(index)
        .cloned()
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The column of a record's age.
fn column_of(record: &OpenRecord) -> usize {
    let column = AGES
        .iter()
        .rposition(|age| *age <= record.age_days.max(0.0).floor());
    column.unwrap_or(0)
}

/// The age up to which a hazard is drawn: a little beyond its last piece.
fn oldest(hazard: &Hazard) -> f64 {
    let last = hazard.pieces.last().map_or(0.0, |piece| piece.from_age);
    (1.1 * last).max(7.0)
}

/// Sums of weeks that end with the last day: from, to, sum; a first week that is not whole is left out.
fn weeks(by_day: &[f64], first: f64) -> Vec<(f64, f64, f64)> {
    let skipped = by_day.len() % 7;
    let weeks = by_day[skipped..].chunks(7).enumerate();
    weeks
        .map(|(week, days)| {
            let from = first + (skipped + 7 * week) as f64;
            (from, from + 7.0, days.iter().sum())
        })
        .collect()
}

/// Blocks of a level that end with the day `last`: from, to, and the 80 % interval.
fn blocks(level: &Level, first: f64, last: f64) -> Vec<(f64, f64, f64, f64)> {
    let n = level.blocks.len();
    let blocks = level.blocks.iter().enumerate();
    blocks
        .map(|(index, block)| {
            let to = last - ((n - 1 - index) * level.block_days as usize) as f64;
            let from = (to - f64::from(level.block_days)).max(first);
            let half = EIGHTY * math::sqrt(block.variance);
            (
                from,
                to,
                math::exp(block.mean - half),
                math::exp(block.mean + half),
            )
        })
        .collect()
}
