//! Readiness, maturing against fading, and the score that makes a mature lead an MQL.

use super::alignment::{self, Definition};
use super::awareness::Newcomers;
use super::lead::Lead;
use super::ledger::floor;
use super::observe::{Event, Observer, Reading};
use super::parameters::{ABOVE_ONE, LawAt, known, optional_law, zip};
use super::plain::{Crowd, PlainLead, PlainRules};
use super::queue::DAYS_PER_YEAR;
use super::run::{Run, Stage};
use super::tally::Count;
use crate::distribution::normal_quantile_fast;
use crate::random::{Decision, EventId};
use crate::scenario::{self, Timed};

/// How leads are nurtured, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    readiness: Timed<Readiness>,
    delay: Timed<Option<LawAt>>,
    pub maturation_per_day: Timed<f64>,
    decay_per_day: Timed<f64>,
    qualification: Timed<Qualification>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Readiness {
    ready: f64,
    never: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Qualification {
    Rate(f64),
    Score {
        accuracy: Accuracy,
        threshold: f64,
        volume_bias: f64,
    },
}

/// Correlation of the score with quality: stated, or what definitions and data make of it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Accuracy {
    Stated(f64),
    Emergent {
        angle: f64,
        /// Degrees a day on which the teams do not talk.
        drift: f64,
        reliability: f64,
        as_stated: f64,
    },
}

impl Accuracy {
    /// The correlation under what has become of definitions and data.
    #[inline]
    fn at(self, mut definition: Definition) -> f64 {
        match self {
            Accuracy::Stated(accuracy) => accuracy,
            Accuracy::Emergent {
                angle,
                drift,
                reliability,
                as_stated,
            } => {
                if drift == 0.0 {
                    definition.silent_days = 0.0;
                }
                if definition == Definition::AS_STATED {
                    return as_stated;
                }
                emergent_accuracy(angle, drift, reliability, definition)
            }
        }
    }
}

/// `cos(angle) * reliability`.
fn emergent_accuracy(angle: f64, drift: f64, reliability: f64, definition: Definition) -> f64 {
    let angle = (angle + drift * definition.silent_days) * definition.angle_left;
    let cosine = crate::math::cos(angle.clamp(0.0, RIGHT_ANGLE) * RADIANS_PER_DEGREE);
    cosine.max(0.0) * alignment::reliability(reliability, definition.more_reliable)
}

/// \[degrees\]
const RIGHT_ANGLE: f64 = 90.0;
const RADIANS_PER_DEGREE: f64 = std::f64::consts::PI / 180.0;

impl Readiness {
    fn total(self) -> f64 {
        self.ready + self.never
    }

    /// The shares as they are, or divided by their sum where it exceeds 1.
    fn scaled(self) -> Self {
        let total = self.total().max(1.0);
        Self {
            ready: self.ready / total,
            never: self.never / total,
        }
    }
}

/// A noisy view of quality, `accuracy * q + sqrt(1 - accuracy^2) * e`.
pub(super) fn noise_of(accuracy: f64) -> f64 {
    (1.0 - accuracy * accuracy).sqrt()
}

impl Parameters {
    /// The parameters, and whether the shares of readiness had to be scaled to sum to 1.
    pub fn new(nurturing: &scenario::Nurturing, draw: &[f64]) -> (Self, bool) {
        use scenario::Qualification as Stated;
        let ready = known(&nurturing.ready, draw);
        let never = known(&nurturing.never, draw);
        let stated = zip(&ready, &never, |&ready, &never| Readiness { ready, never });
        let scaled = stated
            .steps()
            .any(|(_, readiness)| readiness.total() > ABOVE_ONE);
        let parameters = Self {
            readiness: stated.map(|readiness| readiness.scaled()),
            delay: optional_law(nurturing.delay.as_ref(), draw),
            maturation_per_day: known(&nurturing.maturation_per_day, draw),
            decay_per_day: known(&nurturing.decay_per_day, draw),
            qualification: match &nurturing.qualification {
                Stated::Rate(rate) => known(rate, draw).map(|&rate| Qualification::Rate(rate)),
                Stated::Score {
                    accuracy,
                    threshold,
                    volume_bias,
                } => {
                    let bar = zip(
                        &known(threshold, draw),
                        &known(volume_bias, draw),
                        |&threshold, &bias| (threshold, bias),
                    );
                    zip(
                        &accuracy_of(accuracy, draw),
                        &bar,
                        |&accuracy, &(threshold, volume_bias)| Qualification::Score {
                            accuracy,
                            threshold,
                            volume_bias,
                        },
                    )
                }
            },
        };
        (parameters, scaled)
    }

    /// These from day 0 on, `past` before.
    pub fn after(&self, past: &Self) -> Self {
        Self {
            readiness: self.readiness.after(&past.readiness),
            delay: self.delay.after(&past.delay),
            maturation_per_day: self.maturation_per_day.after(&past.maturation_per_day),
            decay_per_day: self.decay_per_day.after(&past.decay_per_day),
            qualification: self.qualification.after(&past.qualification),
        }
    }

    /// Whether both are the same before day 0.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        self.after(self) == self.after(other)
    }

    /// Probability that a lead of quality `q` passes the score as stated at `t`; 1 for a plain rate.
    pub fn pass_probability(&self, t: f64, q: f64) -> f64 {
        match *self.qualification.at(t) {
            Qualification::Rate(_) => 1.0,
            Qualification::Score {
                threshold,
                volume_bias,
                ..
            } => {
                let accuracy = self.accuracy(t);
                above_threshold(accuracy * q, noise_of(accuracy), threshold - volume_bias)
            }
        }
    }

    /// Correlation of score and quality as stated at `t`; 0 where leads are not scored.
    pub fn accuracy(&self, t: f64) -> f64 {
        match *self.qualification.at(t) {
            Qualification::Rate(_) => 0.0,
            Qualification::Score { accuracy, .. } => accuracy.at(Definition::AS_STATED),
        }
    }

    /// Probabilities that a lead still in nurture at `age` is ready or nurturable, unnormalised;
    /// of any age where it is not known.
    pub fn still_there(&self, age: Option<f64>) -> (f64, f64) {
        let Readiness { ready, never } = *self.readiness.at(0.0);
        let (maturation, decay) = (
            *self.maturation_per_day.at(0.0),
            *self.decay_per_day.at(0.0),
        );
        let nurturable = 1.0 - ready - never;
        let exits = maturation + decay;
        match (age, self.delay.at(0.0)) {
            (Some(age), Some(delay)) => (
                ready * delay.law.sf(age),
                nurturable * crate::math::exp(-exits * age),
            ),
            (Some(age), None) => (0.0, nurturable * crate::math::exp(-exits * age)),
            (None, Some(delay)) => (ready * delay.law.mean(), nurturable / exits),
            (None, None) => (0.0, nurturable / exits),
        }
    }

    /// The delay of all leads at all times, where all are ready and one law holds; or that there is none.
    pub fn plain_delay(&self) -> Option<Option<&LawAt>> {
        let all_are_ready = self.readiness.constant()?.ready >= 1.0;
        let delay = self.delay.constant()?.as_ref();
        all_are_ready.then_some(delay)
    }

    /// The delay of a ready lead in force at `t`.
    pub fn delay_at(&self, t: f64) -> Option<&LawAt> {
        self.delay.at(t).as_ref()
    }
}

fn accuracy_of(accuracy: &scenario::ScoreAccuracy, draw: &[f64]) -> Timed<Accuracy> {
    match accuracy {
        scenario::ScoreAccuracy::Stated(accuracy) => {
            known(accuracy, draw).map(|&accuracy| Accuracy::Stated(accuracy))
        }
        scenario::ScoreAccuracy::Emergent {
            angle_degrees,
            drift_per_year,
            data_reliability,
        } => {
            let angle = zip(
                &known(angle_degrees, draw),
                &known(drift_per_year, draw),
                |&angle, &drift| (angle, drift / DAYS_PER_YEAR),
            );
            zip(
                &angle,
                &known(data_reliability, draw),
                |&(angle, drift), &reliability| Accuracy::Emergent {
                    angle,
                    drift,
                    reliability,
                    as_stated: emergent_accuracy(angle, drift, reliability, Definition::AS_STATED),
                },
            )
        }
    }
}

/// `P(mean + noise * e > threshold)` for standard normal `e`.
pub(super) fn above_threshold(mean: f64, noise: f64, threshold: f64) -> f64 {
    if noise > 0.0 {
        crate::math::normal_sf((threshold - mean) / noise)
    } else {
        f64::from(u8::from(mean > threshold))
    }
}

impl<O: Observer> Run<'_, O> {
    /// Newcomers enter nurture one by one. Their first numbers are drawn together, ahead of the branches that each takes.
    pub fn nurture_each(&mut self, newcomers: Newcomers, luck: &mut Vec<f64>) {
        luck.clear();
        luck.extend(newcomers.luck(Decision::Readiness));
        for ((id, t), &u) in newcomers.ids().zip(newcomers.times()).zip(&*luck) {
            let lead = newcomers.lead(id, t);
            self.observer.event(&lead, Event::Arrived, t);
            self.nurture(lead, u);
        }
    }

    /// A newcomer enters nurture: if it is ready it goes on after a delay, else it matures or never does, by its
    /// uniform number `u` for readiness.
    #[inline(always)]
    pub fn nurture(&mut self, mut lead: Lead, u: f64) {
        let midnight = f64::from(floor(lead.t));
        let Readiness { ready, never } = *self.funnel.nurturing.readiness.at(midnight);
        if ready < 1.0 {
            let (choice, low, high) = match u {
                _ if u < ready => (0, 0.0, ready),
                _ if u >= 1.0 - never => (2, 1.0 - never, 1.0),
                _ => (1, ready, 1.0 - never),
            };
            let reading = Reading::Choice { choice, low, high };
            self.observer
                .read(&lead, Decision::Readiness, lead.t, u, reading);
            match choice {
                0 => {}
                1 => return self.mature(lead),
                _ => return self.end(&lead, lead.t, Count::Unqualified, Event::Unqualified),
            }
        }
        if let Some(law) = self.funnel.nurturing.delay.at(midnight) {
            lead.t += self.time(&lead, law, Decision::NurturingDelay, lead.t, 1.0);
        }
        self.pass_on(lead, Stage::Qualify);
    }

    /// The newcomers of a source are nurtured and qualified under plain rules, and handed to sales.
    pub fn nurture_plainly(&mut self, source: u32, rules: &PlainRules, crowd: &mut Crowd) {
        let key = self.keys[source as usize];
        let Crowd {
            ids, t, u, mqls, ..
        } = crowd;
        if let Some(delay) = &rules.nurturing_delay {
            u.clear();
            u.extend(
                ids.iter()
                    .map(|&id| key.uniform(id, Decision::NurturingDelay)),
            );
            delay.add_quantiles(u, t);
        }
        mqls.resize(ids.len(), (EventId::new(0, 0), 0.0));
        let mut n_mqls = 0;
        for (&id, &t) in ids.iter().zip(&*t) {
            if t >= self.horizon {
                let lead = PlainLead::new(id, t, source);
                self.stay_open(&self.one_by_one(&lead), Stage::Qualify);
                continue;
            }
            let qualifies = key.uniform(id, Decision::Qualification) < rules.qualification;
            let counted = [Count::Unqualified, Count::Mqls][usize::from(qualifies)];
            self.ledger.count(self.ledger.row(t), counted);
            mqls[n_mqls] = (id, t);
            n_mqls += usize::from(qualifies);
        }
        mqls.truncate(n_mqls);
        for (id, _) in mqls {
            let arrival = self.ledger.row_of_day(id.day());
            self.ledger.count(arrival, Count::LeadsThatReachedMql);
        }
        self.hand_off_plainly(source, rules, crowd);
    }

    /// A nurturable lead either matures or fades, whichever hazard is used up first.
    pub fn mature(&mut self, mut lead: Lead) {
        let luck = [Decision::Maturation, Decision::Fading].map(|cause| self.decide(&lead, cause));
        let [of_maturing, of_fading] = luck.map(|u| -crate::math::ln(u));
        let nurturing = &self.funnel.nurturing;
        let fades = when_used_up(&nurturing.decay_per_day, lead.t, of_fading);
        let as_stated = when_used_up(&nurturing.maturation_per_day, lead.t, of_maturing);
        let matures = match self.alignment.maturation() {
            Some(maturation) if as_stated > maturation.as_stated_until => {
                let clock = &maturation.clock;
                let used = clock.used_by(lead.t) + of_maturing;
                let comes_too_late = clock.used_by(fades.min(self.horizon)) < used;
                match comes_too_late && !O::WATCHES {
                    true => f64::INFINITY,
                    false => clock.time_of(used),
                }
            }
            _ => as_stated,
        };
        if self.is_open_until_day_0(matures.min(fades)) {
            return self.calendar.put_on_day_0((Stage::Mature, lead));
        }
        let ends = [(Decision::Maturation, matures), (Decision::Fading, fades)];
        for ((cause, end), u) in ends.into_iter().zip(luck) {
            let reading = Reading::Days(end - lead.t);
            self.observer.read(&lead, cause, lead.t, u, reading);
        }
        if fades < matures {
            return match fades < self.horizon {
                true => self.end(&lead, fades, Count::Faded, Event::Faded),
                false => self.stay_open(&lead, Stage::Qualify),
            };
        }
        lead.t = matures;
        self.pass_on(lead, Stage::Qualify);
    }

    #[inline(always)]
    fn qualification_of(&self, source: u32, t: f64) -> Rule {
        if let Some(rate) = &self.funnel.sources[source as usize].qualification
            && let Some(rate) = *rate.at(t)
        {
            return Rule::Rate(rate);
        }
        match *self.funnel.nurturing.qualification.at(t) {
            Qualification::Rate(rate) => Rule::Rate(rate),
            Qualification::Score {
                accuracy,
                threshold,
                volume_bias,
            } => {
                let accuracy = accuracy.at(self.alignment.definition(t));
                Rule::Score {
                    accuracy,
                    noise: noise_of(accuracy),
                    threshold: threshold - volume_bias * self.alignment.volume_bias_left(t),
                }
            }
        }
    }

    /// Whether a lead of a source is qualified by its score, and not at a rate.
    #[inline(always)]
    fn is_scored(&self, source: u32, t: f64) -> bool {
        let of_source = &self.funnel.sources[source as usize].qualification;
        let has_rate = of_source.as_ref().is_some_and(|rate| rate.at(t).is_some());
        !has_rate
            && matches!(
                self.funnel.nurturing.qualification.at(t),
                Qualification::Score { .. }
            )
    }

    /// A mature lead is qualified or not.
    #[inline(always)]
    pub fn qualify(&mut self, mut lead: Lead) {
        let u = self.decide(&lead, Decision::Qualification);
        let rule = self.qualification_of(lead.source, lead.t);
        let (qualified, reading) = match rule {
            Rule::Rate(rate) => (u < rate, Reading::Below(rate)),
            Rule::Score {
                accuracy,
                noise,
                threshold,
            } => {
                lead.quality = self.quality(&lead);
                lead.score = accuracy * lead.quality + noise * normal_quantile_fast(u);
                let value = lead.score;
                (value > threshold, Reading::Above { value, threshold })
            }
        };
        self.observer
            .read(&lead, Decision::Qualification, lead.t, u, reading);
        if !qualified {
            return self.end(&lead, lead.t, Count::Unqualified, Event::Unqualified);
        }
        self.become_mql(lead);
    }

    /// A lead qualifies at its time and is handed to sales.
    #[inline(always)]
    fn become_mql(&mut self, mut lead: Lead) {
        if self.funnel.quality_matters_after_score && !self.is_scored(lead.source, lead.t) {
            lead.quality = self.quality(&lead);
        }
        let row = self.ledger.row(lead.t);
        self.ledger.count(row, Count::Mqls);
        if lead.mql == Lead::NOT_YET {
            self.ledger.count(lead.arrival, Count::LeadsThatReachedMql);
            lead.mql = row;
        } else {
            self.ledger.count(row, Count::RepeatedMqls);
        }
        self.observer.event(&lead, Event::Mql, lead.t);
        lead.since = lead.t;
        self.hand_off(lead);
    }
}

/// The rule of qualification that one source follows at one time.
pub(super) enum Rule {
    Rate(f64),
    Score {
        accuracy: f64,
        noise: f64,
        threshold: f64,
    },
}

impl super::Funnel {
    /// The rate at which all leads of a source qualify at all times, if there is one.
    pub(super) fn constant_rate(&self, source: usize) -> Option<f64> {
        let of_source = self.sources[source]
            .qualification
            .as_ref()
            .map(Timed::constant);
        match (of_source, self.nurturing.qualification.constant()) {
            (Some(Some(&Some(rate))), _) | (None, Some(&Qualification::Rate(rate))) => Some(rate),
            _ => None,
        }
    }
}

/// When a hazard that changes by date has used up the unit exponential `left`, from `t` on.
///
/// Infinity if it never does. O(steps).
pub(super) fn when_used_up(hazard: &Timed<f64>, t: f64, mut left: f64) -> f64 {
    let mut now = t;
    let mut rate = *hazard.at(t);
    for (day, &next_rate) in hazard.steps().filter(|(day, _)| *day > t) {
        let used = rate * (day - now);
        if used >= left {
            break;
        }
        left -= used;
        now = day;
        rate = next_rate;
    }
    if rate > 0.0 {
        now + left / rate
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_is_used_up_over_its_steps() {
        let hazard = Timed::stepping(0.1, vec![(10.0, 0.5), (20.0, 0.0)]);
        assert_eq!(when_used_up(&hazard, 0.0, 0.5), 5.0);
        assert_eq!(when_used_up(&hazard, 0.0, 1.0 + 2.0), 14.0);
        assert_eq!(when_used_up(&hazard, 12.0, 1.0), 14.0);
        assert_eq!(when_used_up(&hazard, 0.0, 7.0), f64::INFINITY);
        assert_eq!(when_used_up(&Timed::always(0.25), -8.0, 1.0), -4.0);
    }
}
