//! A fitted scenario as a file: the same keys that a planner writes by hand, each with what it was learned from.

use std::fmt::Write;

use super::End;
use super::calendar::{Rhythm, date_of};
use super::deals::DealSize;
use super::fit::{Fit, StageFit};
use super::hazards::Hazard;
use super::level::Level;
use super::pace::Pace;
use super::ratios::Ratios;
use super::text::{cell, quoted};

/// A scenario and the open pipeline that it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The scenario, in TOML.
    pub scenario: String,
    /// The records open at day 0, in CSV.
    pub pipeline: String,
}

/// Days after day 0 at which levels step on: months for as long as a forecast is asked for, then coarser.
const STEPS: [u16; 6] = [0, 30, 60, 90, 180, 365];
/// Assumption: of ten leads one is lost between the teams before anybody records it. Exports do not show who never
/// got into them; Oldroyd, McElheran and Elkington 2011 found 23 % of leads never answered.
const LEAK: f64 = 0.10;
/// Assumption: a level is known to a factor of e or so, however few have been counted.
const WIDEST: f64 = 1.0;
/// Assumption: however many have been counted, a rate is known to a third of a per cent or so, as 100,000 events tell it.
const MOST_EVENTS: f64 = 1e5;
/// What is left of a correlation, so that rounding leaves a matrix that numbers can have.
const APART: f64 = 0.999;
/// What records of no channel or segment are called.
const UNKNOWN: &str = "unknown";

impl Draft {
    /// Where the pipeline stands unless said otherwise, beside the scenario.
    pub const PIPELINE: &str = "fitted.open.csv";
}

impl Fit {
    /// The scenario behind this fit, whose open pipeline will stand in `pipeline_file`, relative to it.
    pub fn draft(&self, pipeline_file: &str) -> Draft {
        let mut writer = Writer {
            fit: self,
            text: String::new(),
            groups: Vec::new(),
        };
        writer.head(pipeline_file);
        writer.channels();
        writer.segments();
        writer.rhythms("rhythms", &self.arrivals.pace);
        writer.demand();
        writer.handoff();
        writer.closing();
        writer.deal();
        writer.correlations();
        Draft {
            scenario: writer.text,
            pipeline: self.pipeline(),
        }
    }

    /// Names of the channels as the scenario has them.
    fn channel_keys(&self) -> Vec<String> {
        keys(&self.channels, self.arrivals.channels.len())
    }

    /// Names of the segments as the scenario has them; none where records have none.
    fn segment_keys(&self) -> Vec<String> {
        match self.segments.is_empty() {
            true => Vec::new(),
            false => keys(&self.segments, self.segment_counts.len()),
        }
    }

    /// Names of the closing stages as the scenario has them.
    fn stage_keys(&self) -> Vec<String> {
        /// Stages that the funnel has before closing.
        const TAKEN: [&str; 6] = [
            "nurturing",
            "routing",
            "queue",
            "working",
            "recycled",
            "sal_queue",
        ];
        if self.stages.len() == 1 {
            return vec!["opportunity".into()];
        }
        let key = |stage: &StageFit| match TAKEN.contains(&stage.name.as_str()) {
            true => format!("{} stage", stage.name),
            // What a path of names cannot hold.
            false => stage
                .name
                .replace(['.', '"', '\'', '\\', '\n', '\r', '\t'], " "),
        };
        self.stages.iter().map(key).collect()
    }

    fn pipeline(&self) -> String {
        let (channels, segments, stages) =
            (self.channel_keys(), self.segment_keys(), self.stage_keys());
        let mut text = String::from("id,stage,age_days,channel,segment,value\n");
        for record in &self.open {
            let value = record.value.map_or(String::new(), number);
            let cells = [
                cell(&record.id),
                cell(&stages[record.stage]),
                format!("{:.4}", record.age_days),
                cell(&channels[record.channel]),
                cell(segments.get(record.segment).map_or("", |name| name)),
                value,
            ];
            text.push_str(&cells.join(","));
            text.push('\n');
        }
        text
    }
}

/// Names of groups, and of one more for those in none if there is one.
fn keys(names: &[String], n: usize) -> Vec<String> {
    let mut keys = names.to_vec();
    if n > keys.len() {
        let mut unknown = UNKNOWN.to_owned();
        while keys.contains(&unknown) {
            unknown.push('_');
        }
        keys.push(unknown);
    }
    keys
}

struct Writer<'a> {
    fit: &'a Fit,
    text: String,
    /// Groups of doubts that are drawn together: name, members, covariance.
    groups: Vec<Together>,
}

struct Together {
    name: String,
    members: Vec<String>,
    covariance: Vec<Vec<f64>>,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, comment: &str) {
        for line in comment.lines() {
            self.line(&format!("# {line}"));
        }
    }

    fn table(&mut self, path: &str) {
        self.line(&format!("\n[{path}]"));
    }

    fn date(&self, day: u16) -> String {
        date_of(self.fit.about.as_of + 1 + i32::from(day)).to_string()
    }

    fn head(&mut self, pipeline_file: &str) {
        let fit = self.fit;
        let (first, last) = (date_of(fit.first_day), date_of(fit.about.as_of));
        self.comment(&format!(
            "Fitted to {} records from {first} to {last}, of which {} are open on the last day.\n\
             Evidence `{{ events, days }}` is a posterior of a rate: so many events in so many record-days at risk.\n\
             Change what you know better; what no export can show is marked as an assumption.",
            fit.n_records,
            fit.open.len()
        ));
        self.line("");
        self.line(&format!("start_date = {}", self.date(0)));
        self.comment("assumption: a year is what plans are made for");
        self.line("horizon = \"12 months\"");
        self.line("periods = \"month\"");
        self.comment("assumption: any number will do; equal seeds give equal luck");
        self.line("seed = 1");
        self.line("replications = 1000");
        self.line(&format!("currency = {}", quoted(&fit.about.currency)));
        self.table("start");
        self.comment(
            "Every record that was open at the end of the last day, with its stage and age.",
        );
        self.line(&format!("pipeline = {}", quoted(pipeline_file)));
    }

    fn channels(&mut self) {
        let fit = self.fit;
        let keys = fit.channel_keys();
        let arrivals = &fit.arrivals;
        self.line("");
        if arrivals.half_life.is_finite() {
            self.comment(&format!(
                "Parts of the channels have changed: an arrival counts half after {} days.",
                arrivals.half_life
            ));
        }
        if let Some(days) = arrivals.stopped {
            self.comment(&format!("Intake has stopped: nothing has come for {days} days. State leads_per_day if it starts again."));
        }
        for (index, key) in keys.iter().enumerate() {
            let rate = arrivals.channels[index];
            if index == fit.channels.len()
                && rate.all == 0.0
                && !fit.open.iter().any(|record| record.channel == index)
            {
                continue;
            }
            self.table(&format!("channels.{}", quoted(key)));
            self.comment(&format!(
                "{} arrived; the days are scaled by the pace of the calendar, and by 1 - handoff.leak to what was there before it",
                rate.all
            ));
            match arrivals.stopped {
                Some(_) => self.line("leads_per_day = 0"),
                None => self.line(&format!(
                    "leads_per_day = {{ {}, prior = {{ events = {}, days = 0 }} }}",
                    evidence(rate.events, rate.days * (1.0 - LEAK)),
                    if rate.events > 0.0 { 0.0 } else { 0.5 }
                )),
            }
            if arrivals.dispersion.is_finite() {
                self.comment("Arrivals of a day vary more than by chance.");
                self.line(&format!("dispersion = {}", number(arrivals.dispersion)));
            }
            self.hazard_ratios(index, |hazard| &hazard.channels);
        }
    }

    /// The ratios of a channel or segment in the last stage.
    fn hazard_ratios(&mut self, index: usize, of: impl Fn(&Hazard) -> &Ratios) {
        let fit = self.fit;
        let Some(last) = fit.stages.last() else {
            return;
        };
        for (end, key) in [
            (End::Won, "win_hazard_ratio"),
            (End::Lost, "loss_hazard_ratio"),
        ] {
            let Some(ratios) = last.hazard(end).map(&of) else {
                continue;
            };
            let Some(ratio) = ratios
                .groups
                .get(index)
                .filter(|_| ratios.shape.is_finite())
            else {
                continue;
            };
            self.comment(&format!(
                "{} where {} were expected of all alike",
                ratio.events,
                number(ratio.expected)
            ));
            self.line(&format!(
                "{key} = {{ gamma = {{ mean = {}, sd = {} }} }}",
                number(ratio.mean),
                number(ratio.sd.max(ratio.mean / MOST_EVENTS.sqrt()))
            ));
        }
    }

    fn segments(&mut self) {
        let fit = self.fit;
        let keys = fit.segment_keys();
        let n_used = keys.len()
            - usize::from(!keys.is_empty() && fit.segment_counts[fit.segments.len()] == 0.0);
        let shares = shares(&fit.segment_counts[..n_used]);
        for (index, key) in keys.iter().enumerate().take(n_used) {
            self.table(&format!("segments.{}", quoted(key)));
            self.line(&format!("share = {}", shares[index]));
            if let Some(size) = fit.deals.segments.get(index).and_then(Option::as_ref) {
                self.deal_size("deal_size", size);
            }
            self.hazard_ratios(index, |hazard| &hazard.segments);
        }
    }

    fn rhythms(&mut self, path: &str, pace: &Pace) {
        for (rhythm, beats) in &pace.rhythms {
            self.table(&format!("{path}.{}", rhythm.name()));
            for (name, beat) in rhythm.beat_names().iter().zip(beats) {
                let name = if *rhythm == Rhythm::DayOfMonth {
                    quoted(name)
                } else {
                    name.clone()
                };
                self.line(&format!("{name} = {}", number(*beat)));
            }
        }
    }

    /// How the level of arrivals may go on.
    fn demand(&mut self) {
        let fit = self.fit;
        let level = &fit.arrivals.pace.level;
        self.line("");
        self.comment(&described("Arrivals", level));
        let mut members = Vec::new();
        for (step, &start) in STEPS.iter().enumerate() {
            let name = format!("level_{step}");
            self.table(&format!("market.{name}"));
            self.line(&format!("start = {}", self.date(start)));
            if let Some(&end) = STEPS.get(step + 1) {
                self.line(&format!("end = {}", self.date(end)));
            }
            self.line(&format!("demand = {}", factor(level, step)));
            members.push(format!("market.{name}.demand"));
        }
        self.together("arrival_level", members, level);
    }

    fn together(&mut self, name: &str, members: Vec<String>, level: &Level) {
        let covariance = (0..STEPS.len()).map(|a| {
            (0..STEPS.len())
                .map(|b| level.covariance(stretch(a), stretch(b)))
                .collect()
        });
        self.groups.push(Together {
            name: name.to_owned(),
            members,
            covariance: covariance.collect(),
        });
    }

    fn handoff(&mut self) {
        self.table("handoff");
        self.comment(
            "assumption: who is lost between the teams is in no export; arrivals are higher by as much, so that as many\n\
             come through as did. Oldroyd, McElheran and Elkington 2011 (audit): 23 % of leads are never answered",
        );
        self.line(&format!("leak = {LEAK}"));
    }

    fn closing(&mut self) {
        let fit = self.fit;
        let keys = fit.stage_keys();
        if fit.stages.len() > 1 {
            self.table("closing");
            let names: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
            self.line(&format!("sequence = [{}]", names.join(", ")));
        }
        for (stage, key) in fit.stages.iter().zip(&keys) {
            let path = match fit.stages.len() {
                1 => "closing.hazards".to_owned(),
                _ => format!("closing.stages.{}.hazards", quoted(key)),
            };
            for hazard in &stage.hazards {
                self.hazard(&path, key, hazard, fit.stages.len() > 1);
            }
        }
    }

    fn hazard(&mut self, path: &str, stage: &str, hazard: &Hazard, is_one_of_many: bool) {
        let name = match hazard.end {
            End::Advanced => "advance",
            End::Lost => "lost",
            End::NoDecision => "no_decision",
            End::Won if is_one_of_many => "advance",
            End::Won | End::Open => "won",
        };
        let path = format!("{path}.{name}");
        self.table(&path);
        if hazard.missing > 0.0 {
            let first = date_of(self.fit.first_day + hazard.from_day as i32);
            self.comment(&format!(
                "None is recorded before {first}, where {} were due: records count from then on, those begun earlier at their age.",
                number(hazard.missing.round())
            ));
        }
        let level = &hazard.pace.level;
        self.comment(&described(&format!("{stage}: {name}"), level));
        let steps: Vec<String> = (1..STEPS.len())
            .map(|step| format!("{} = {}", self.date(STEPS[step]), factor(level, step)))
            .collect();
        self.line(&format!(
            "level = {{ initially = {}, {} }}",
            factor(level, 0),
            steps.join(", ")
        ));
        let dates = (1..STEPS.len()).map(|step| self.date(STEPS[step]));
        let members = std::iter::once("initially".to_owned())
            .chain(dates)
            .map(|step| format!("{path}.level.{step}"));
        let group = match is_one_of_many {
            true => format!("{stage} {name} level"),
            false => format!("{name}_level"),
        };
        self.together(&group, members.collect(), level);
        self.line("");
        self.comment("By age in days.");
        self.line(&format!("[{path}.ages]"));
        let overall = hazard.n_events()
            / hazard
                .pieces
                .iter()
                .map(|piece| piece.days)
                .sum::<f64>()
                .max(f64::MIN_POSITIVE);
        for piece in &hazard.pieces {
            self.line(&format!(
                "{} = {{ {}, prior = {{ events = 0.5, days = {} }} }}",
                quoted(&number(piece.from_age)),
                evidence(piece.events, piece.days.max(0.5)),
                number(0.5 / overall)
            ));
        }
        self.rhythms(&format!("{path}.rhythm"), &hazard.pace);
    }

    fn deal(&mut self) {
        let fit = self.fit;
        self.table("deal");
        match &fit.deals.all {
            Some(size) => {
                self.comment(&format!(
                    "{} of {} wins have a value.",
                    fit.deals.known, fit.deals.won
                ));
                self.deal_size("size", size);
            }
            None => {
                self.comment("assumption: no win has a value, so that revenue counts wins");
                self.line("size = 1");
            }
        }
    }

    fn deal_size(&mut self, key: &str, size: &DealSize) {
        let mut evidence = format!(
            "{} deals, mean {} ± {}",
            size.n,
            number(size.mean),
            number(size.mean_error)
        );
        if let Some(bic) = size.evidence {
            let _ = write!(
                evidence,
                "; BIC of one lognormal less that of two: {bic:.0}"
            );
        }
        if let Some(index) = size.tail_index {
            let _ = write!(evidence, "; tail index {index:.1}");
        }
        self.comment(&evidence);
        let law = match size.parts.as_slice() {
            [one] => {
                let error = (size.mean_error / size.mean).max(1e-6);
                let mean = format!(
                    "{{ lognormal = {{ mean = {}, sigma = {} }} }}",
                    number(size.mean),
                    number(error)
                );
                format!(
                    "{{ lognormal = {{ mean = {mean}, sigma = {} }} }}",
                    number(one.sigma)
                )
            }
            parts => {
                let part = |part: &super::deals::Part| {
                    let law = format!(
                        "{{ lognormal = {{ median = {}, sigma = {} }} }}",
                        number(part.median),
                        number(part.sigma)
                    );
                    format!("{{ weight = {}, law = {law} }}", number(part.weight))
                };
                let parts: Vec<String> = parts.iter().map(part).collect();
                format!("{{ mixture = [{}] }}", parts.join(", "))
            }
        };
        self.line(&format!("{key} = {law}"));
    }

    fn correlations(&mut self) {
        self.line("");
        self.comment("Levels of months to come: a walk that goes on from month to month.");
        for together in std::mem::take(&mut self.groups) {
            self.table(&format!("correlations.{}", quoted(&together.name)));
            let members: Vec<String> = together
                .members
                .iter()
                .map(|member| quoted(member))
                .collect();
            self.line(&format!("members = [{}]", members.join(", ")));
            let sd: Vec<f64> = (0..members.len())
                .map(|i| together.covariance[i][i].sqrt().max(f64::MIN_POSITIVE))
                .collect();
            let rows = together.covariance.iter().enumerate().map(|(i, row)| {
                let cells = row.iter().enumerate().map(|(j, covariance)| match i == j {
                    true => "1".to_owned(),
                    false => format!("{:.5}", APART * covariance / (sd[i] * sd[j])),
                });
                format!("  [{}],", cells.collect::<Vec<_>>().join(", "))
            });
            let rows: Vec<String> = rows.collect();
            self.line(&format!("matrix = [\n{}\n]", rows.join("\n")));
        }
    }
}

/// What a level has done, in words.
fn described(what: &str, level: &Level) -> String {
    format!(
        "{what}: the level stands at {:.0} % of its average (± {:.0} %), moves by {:.0} % in a month, and a block of {} days is {:.0} % off by itself.",
        100.0 * crate::math::exp(level.end.mean),
        100.0 * level.end.variance.sqrt(),
        100.0 * level.walk_per_month(),
        level.block_days,
        100.0 * level.noise.sqrt(),
    )
}

/// The days of a step; the last goes on for a year.
fn stretch(step: usize) -> (f64, f64) {
    let start = f64::from(STEPS[step]);
    (
        start,
        STEPS
            .get(step + 1)
            .map_or(start + 365.0, |&end| f64::from(end)),
    )
}

/// The law of a level in a step, as a multiplier.
fn factor(level: &Level, step: usize) -> String {
    let days = stretch(step);
    let mean = crate::math::exp(level.mean(days.0, days.1));
    let sigma = level.covariance(days, days).sqrt().clamp(1e-4, WIDEST);
    format!(
        "{{ lognormal = {{ mean = {}, sigma = {} }} }}",
        number(mean),
        number(sigma)
    )
}

/// Events and days of evidence, so many at most that a law of the rate can be written.
fn evidence(events: f64, days: f64) -> String {
    let part = (MOST_EVENTS / events.max(1.0)).min(1.0);
    format!(
        "events = {}, days = {}",
        number(events * part),
        number(days * part)
    )
}

/// Shares that sum to 1 as written, to six digits.
fn shares(counts: &[f64]) -> Vec<String> {
    let total: f64 = counts.iter().sum();
    let mut millionths: Vec<u64> = counts
        .iter()
        .map(|count| (1e6 * count / total).round() as u64)
        .collect();
    let sum: u64 = millionths.iter().sum();
    if let Some(largest) = millionths.iter_mut().max() {
        *largest = (*largest + 1_000_000).saturating_sub(sum);
    }
    millionths
        .iter()
        .map(|share| format!("{}.{:06}", share / 1_000_000, share % 1_000_000))
        .collect()
}

/// A number to six digits, as TOML writes it.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let digits =
        5 - (crate::math::ln(value.abs()) / std::f64::consts::LN_10 + 1e-12).floor() as i32;
    let rounded = format!("{:.*}", digits.clamp(0, 17) as usize, value);
    match rounded.contains('.') {
        true => rounded
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        false => rounded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_never_known_too_well_to_be_written() {
        assert_eq!(evidence(412.0, 120.5), "events = 412, days = 120.5");
        assert_eq!(evidence(4e6, 1e6), "events = 100000, days = 25000");
    }

    #[test]
    fn shares_sum_to_one_as_written() {
        let written = shares(&[1.0, 1.0, 1.0]);
        let millionths = |share: &String| share.replace('.', "").parse::<u32>().unwrap();
        assert_eq!(written.iter().map(millionths).sum::<u32>(), 1_000_000);
    }

    #[test]
    fn numbers_have_six_digits() {
        let written = [0.0, 1234.5678, 0.000_123_456_78, 2.5e7, 1.0].map(number);
        assert_eq!(written, ["0", "1234.57", "0.000123457", "25000000", "1"]);
    }
}
