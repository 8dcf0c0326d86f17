//! An open pipeline at day 0: outcomes and remaining times given the age of each record.
//!
//! A record that has been open for `a` days in a stage whose outcome `j` has share `w_j` and survival
//! `S_j` ends in `j` with probability `w_j S_j(a) / sum w S(a)` after a residual time drawn from the law
//! of `j` given that it exceeds `a`. Of unknown age, it ends in `j` with probability `w_j E[T_j] / sum`
//! after an equilibrium residual time. A record so old that no outcome has anything left of it ends at
//! once without a decision. Where hazards end the stage, they go on from the record's age (`hazards.rs`). Its
//! quality is that of leads that got as far.

use super::Funnel;
use super::closing::{ClosingStage, Outcome, outcome_of};
use super::lead::Lead;
use super::observe::{Event, Observer, Reading};
use super::parameters::LawAt;
use super::run::{Run, Stage};
use super::station::Station;
use super::tally::Stock;
use crate::distribution::normal_quantile_fast;
use crate::random::{Decision, Entity, EventId, Kind};
use crate::scenario::{OpenRecord, OpenStage, Scenario};

/// A record of the pipeline, ready to run.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub id: String,
    pub entity: Entity,
    stage: OpenStage,
    age: Option<f64>,
    /// Indices of the sources it may come from.
    channel: Option<usize>,
    segment: Option<usize>,
    value: Option<f64>,
    score: Option<f64>,
}

/// The records of a scenario's pipeline.
pub(super) fn records(scenario: &Scenario) -> Vec<Record> {
    let record = |record: &OpenRecord| Record {
        id: record.id.clone(),
        entity: Entity::new(Kind::OpenRecord, &[&record.id]),
        stage: record.stage,
        age: record.age_days,
        channel: record.channel,
        segment: record.segment,
        value: record.value,
        score: record.score,
    };
    scenario.pipeline.iter().map(record).collect()
}

/// The remaining time of a stay of this age under a law, at the uniform number `u`.
fn remaining(law: &LawAt, age: Option<f64>, u: f64) -> f64 {
    match age {
        Some(age) => law.law.residual(age, u),
        None => law.law.equilibrium_residual(u),
    }
}

/// The weight of an outcome of share `share` for a record of this age: what is still open of it.
fn still_open(law: &LawAt, age: Option<f64>, share: f64) -> f64 {
    match age {
        Some(age) => share * law.law.sf(age),
        None => share * law.law.mean(),
    }
}

impl Funnel {
    /// Whether a lead is a record of the pipeline.
    #[inline]
    pub(super) fn is_record(&self, lead: &Lead) -> bool {
        let records = self.sources.len()..self.sources.len() + self.pipeline.len();
        records.contains(&(lead.luck as usize))
    }

    /// The deal size that a pipeline record states.
    pub(super) fn stated_value(&self, lead: &Lead) -> Option<f64> {
        let record = (lead.luck as usize).checked_sub(self.sources.len())?;
        self.pipeline.get(record)?.value
    }
}

impl<O: Observer> Run<'_, O> {
    /// The records of the pipeline stand open at the start of day 0 and go on from there.
    pub fn start_with_pipeline(&mut self) {
        let funnel = self.funnel;
        for (index, record) in funnel.pipeline.iter().enumerate() {
            self.start_with(index, record);
        }
        for &station in self.funnel.stations() {
            self.queues[station].line_up();
        }
    }

    fn start_with(&mut self, index: usize, record: &Record) {
        let luck = (self.funnel.sources.len() + index) as u32;
        let before = self.ledger.row_before();
        let mut lead = Lead::arriving(EventId::new(0, 0), 0.0, 0, luck, before);
        lead.source = self.source_of(&lead, record);
        lead.since = -record.age.unwrap_or(0.0);
        self.observer
            .event(&lead, Event::Standing(record.stage), lead.t);
        self.settle_quality(&mut lead, record);
        match record.stage {
            OpenStage::Nurturing => {
                self.ledger.opened_with(None);
                self.stay_in_nurture(lead, record.age);
            }
            OpenStage::Recycled => {
                self.ledger.opened_with(None);
                lead.mql = before;
                lead.id = lead.id.next_pass();
                if let Some(recycling) = self.funnel.handoff.recycling.at(0.0) {
                    lead.t = self.time_left(
                        &lead,
                        &recycling.delay,
                        record.age,
                        Decision::RecyclingDelay,
                    );
                }
                self.pass_on(lead, Stage::Qualify);
            }
            OpenStage::Routing => {
                self.ledger.opened_with(None);
                lead.mql = before;
                if let Some(law) = self.funnel.handoff.routing.at(0.0) {
                    lead.t = self.time_left(&lead, law, record.age, Decision::Routing);
                }
                self.pass_on(lead, Stage::Queue);
            }
            OpenStage::Queue => {
                lead.mql = before;
                self.stand_in_queue(lead, self.funnel.first_station, record.age);
            }
            OpenStage::SalQueue => {
                lead.mql = before;
                lead.sal = before;
                self.stand_in_queue(lead, Station::Sales, record.age);
            }
            OpenStage::Working => {
                self.ledger.opened_with(None);
                lead.mql = before;
                lead.sal = before;
                self.stay_with_rep(lead, record.age);
            }
            OpenStage::Closing(stage) => {
                self.ledger.opened_with(Some(Stock::Pipeline));
                self.queues[Station::Sales].add_open_opportunity();
                lead.mql = before;
                lead.sal = before;
                lead.opportunity = before;
                self.stay_in_closing(lead, stage as u32, record.age);
            }
        }
    }

    /// The source a record comes from; what it does not state is drawn by the sources' leads.
    fn source_of(&mut self, lead: &Lead, record: &Record) -> u32 {
        let funnel = self.funnel;
        let n_segments = funnel.sources.len() / funnel.channels.len();
        let row = self.ledger.row_of_day(0) as usize;
        let weight = |index: usize| {
            let fits = record
                .channel
                .is_none_or(|channel| index / n_segments == channel)
                && record
                    .segment
                    .is_none_or(|segment| index % n_segments == segment);
            if fits {
                funnel.sources[index].mean_leads(row).max(f64::MIN_POSITIVE)
            } else {
                0.0
            }
        };
        let total: f64 = (0..funnel.sources.len()).map(weight).sum();
        let mut left = self.decide(lead, Decision::Channel) * total;
        for index in 0..funnel.sources.len() {
            left -= weight(index);
            if left < 0.0 {
                return index as u32;
            }
        }
        (0..funnel.sources.len())
            .rev()
            .find(|&index| weight(index) > 0.0)
            .unwrap_or(0) as u32
    }

    /// Quality of a lead that got as far as the record's stage: candidates are drawn until one passes.
    fn settle_quality(&mut self, lead: &mut Lead, record: &Record) {
        const CANDIDATES: u64 = 64;
        let funnel = self.funnel;
        let mean = funnel.sources[lead.source as usize].quality.at(0.0);
        let accuracy = funnel.nurturing.accuracy(0.0);
        let noise = super::nurturing::noise_of(accuracy);
        for candidate in 0..CANDIDATES {
            let luck = lead.lasting_uniform(self.keys, Decision::Quality, 2 * candidate % 128);
            let z = normal_quantile_fast(luck);
            let u = lead.lasting_uniform(self.keys, Decision::Quality, (2 * candidate + 1) % 128);
            let passes = match record.score {
                Some(score) => {
                    lead.score = score;
                    lead.quality = mean + accuracy * (score - accuracy * mean) + noise * z;
                    funnel.got_as_far(record.stage, lead.quality, false)
                }
                None => {
                    lead.quality = mean + z;
                    funnel.got_as_far(record.stage, lead.quality, true)
                }
            };
            if u < passes || candidate + 1 == CANDIDATES {
                let reading = Reading::Quality(lead.quality);
                self.observer
                    .read(lead, Decision::Quality, lead.t, luck, reading);
                break;
            }
        }
        if record.score.is_none() && accuracy > 0.0 {
            lead.score = self.score_above_threshold(lead, accuracy, noise);
        }
    }

    /// A score of a lead of this quality: of those that qualify, if it has qualified.
    fn score_above_threshold(&mut self, lead: &Lead, accuracy: f64, noise: f64) -> f64 {
        let passes = self
            .funnel
            .nurturing
            .pass_probability(0.0, lead.quality)
            .max(f64::MIN_POSITIVE);
        let u = self.decide(lead, Decision::Qualification);
        accuracy * lead.quality
            + noise * normal_quantile_fast((1.0 - passes * (1.0 - u)).clamp(1e-16, 1.0 - 1e-16))
    }

    /// What is left of a record's stay of this age, from day 0 on \[days\].
    fn time_left(&mut self, lead: &Lead, law: &LawAt, age: Option<f64>, decision: Decision) -> f64 {
        let u = self.decide(lead, decision);
        let days = remaining(law, age, u);
        self.observer
            .read(lead, decision, 0.0, u, Reading::Days(days));
        days
    }

    fn stay_in_nurture(&mut self, mut lead: Lead, age: Option<f64>) {
        let (ready, nurturable) = self.funnel.nurturing.still_there(age);
        let luck = self.decide(&lead, Decision::Readiness);
        let u = luck * (ready + nurturable);
        let is_nurturable = u >= ready && nurturable > 0.0;
        if nurturable > 0.0 {
            let share = ready / (ready + nurturable);
            let (choice, low, high) = match is_nurturable {
                true => (1, share, 1.0),
                false => (0, 0.0, share),
            };
            let reading = Reading::Choice { choice, low, high };
            self.observer
                .read(&lead, Decision::Readiness, lead.t, luck, reading);
        }
        if is_nurturable {
            return self.mature(lead);
        }
        if let Some(law) = self.funnel.nurturing.delay_at(0.0) {
            lead.t = self.time_left(&lead, law, age, Decision::NurturingDelay);
        }
        self.pass_on(lead, Stage::Qualify);
    }

    fn stay_with_rep(&mut self, mut lead: Lead, age: Option<f64>) {
        if let super::queue::Capacity::Reps { hold } = &self.funnel.teams[Station::Sales].capacity {
            lead.t = self.time_left(&lead, hold.at(0.0), age, Decision::Hold);
            self.queues[Station::Sales].occupy_rep(lead.t);
            let end = lead.t.min(self.horizon);
            self.ledger.held(Station::Sales, 0.0, end);
        }
        self.pass_on(lead, Stage::Open);
    }

    fn stay_in_closing(&mut self, mut lead: Lead, index: u32, age: Option<f64>) {
        let funnel = self.funnel;
        let shift = funnel.market_log_odds(lead.source, 0.0);
        let shares = match &funnel.closing.stages[index as usize] {
            ClosingStage::Shares(shares) => shares,
            ClosingStage::Hazards(hazards) => {
                let (t, outcome) = self.first_to_come_of(hazards, &lead, index, shift, age);
                lead.t = t;
                return self.leave_closing(lead, index, outcome);
            }
        };
        let (advance, no_decision) =
            funnel.outcome_shares(shares, lead.source, index, 0.0, lead.quality, shift);
        let lost = (1.0 - advance - no_decision).max(0.0);
        let law = |outcome| funnel.stage_days(shares, lead.source, 0.0, outcome);
        let advances = still_open(law(Outcome::Advance), age, advance);
        let undecided = still_open(law(Outcome::NoDecision), age, no_decision);
        let loses = still_open(law(Outcome::Lost), age, lost);
        let total = advances + undecided + loses;
        let key = self.keys[lead.luck as usize];
        let u = key.uniform_draw(lead.id, Decision::Outcome, u64::from(index));
        let outcome = if total > 0.0 {
            let outcome = outcome_of(u, advances / total, undecided / total);
            let reading = outcome.reading(advances / total, undecided / total);
            self.observer
                .read(&lead, Decision::Outcome, lead.t, u, reading);
            outcome
        } else {
            Outcome::NoDecision
        };
        let u = key.uniform_draw(lead.id, Decision::StageDays, u64::from(index));
        let days = remaining(law(outcome), age, u);
        self.observer
            .read(&lead, Decision::StageDays, lead.t, u, Reading::Days(days));
        lead.t = days;
        self.leave_closing(lead, index, outcome);
    }
}

impl Funnel {
    /// Probability that a lead of quality `q` gets as far as a stage; `scored` unless its score is given.
    fn got_as_far(&self, stage: OpenStage, q: f64, scored: bool) -> f64 {
        let score = if scored {
            self.nurturing.pass_probability(0.0, q)
        } else {
            1.0
        };
        match stage {
            OpenStage::Nurturing => 1.0,
            OpenStage::Recycled | OpenStage::Routing | OpenStage::Queue => score,
            OpenStage::SalQueue | OpenStage::Working => {
                score * self.handoff.accept_probability(0.0, q)
            }
            OpenStage::Closing(_) => {
                score
                    * self.handoff.accept_probability(0.0, q)
                    * self.closing.opportunity_probability(0.0, q)
            }
        }
    }
}
