//! Opportunities: stage by stage to won, lost or no decision; and what a deal is worth.

use super::awareness::Days;
use super::hazards::Hazards;
use super::lead::Lead;
use super::observe::{Event, Observer, Reading};
use super::parameters::{ABOVE_ONE, LawAt, delay, known, law, zip};
use super::plain::{Crowd, PlainClosing, PlainLead};
use super::reasons::ends_of_shares;
use super::run::{Run, Stage};
use super::tally::Count;
use crate::distribution::normal_quantile_fast;
use crate::math;
use crate::random::{Decision, Entity, Key, Kind};
use crate::scenario::{self, Quantity, ReasonKind, SqlAt, StageEnds, Timed};

/// How opportunities close, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    opening: Timed<Opening>,
    pub sql_at_acceptance: bool,
    pub stages: Vec<ClosingStage>,
    /// Upper ends of the loss reasons' shares on (0, 1).
    pub loss_reasons: Timed<Vec<f64>>,
    deal_size: Timed<LawAt>,
    deal: DealCorrelation,
}

/// A rate at quality 0, and the change of its log-odds per standard deviation of quality.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct QualifiedRate {
    pub rate: f64,
    pub effect: f64,
}

/// What makes an opportunity of a SAL.
#[derive(Debug, Clone, PartialEq)]
enum Opening {
    Rate(QualifiedRate),
    /// In order; it must pass all.
    Gates(Vec<Gate>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Gate {
    /// Its part in the luck of whoever comes to it.
    luck: Key,
    pass: QualifiedRate,
    recycles: bool,
}

/// Whoever gains more is certain anyway; `exp` of it is still a number.
pub(super) const MOST_LOG_ODDS: f64 = 700.0;

impl QualifiedRate {
    fn timed(stated: &scenario::QualityRate, draw: &[f64]) -> Timed<Self> {
        zip(
            &known(&stated.rate, draw),
            &known(&stated.quality_effect, draw),
            |&rate, &effect| QualifiedRate { rate, effect },
        )
    }

    /// The rate at quality `q`, with `shift` added to its log-odds.
    #[inline(always)]
    pub fn at(self, q: f64, shift: f64) -> f64 {
        if self.effect == 0.0 && shift == 0.0 {
            return self.rate;
        }
        let odds = self.rate * math::exp((self.effect * q + shift).min(MOST_LOG_ODDS));
        odds / (1.0 - self.rate + odds)
    }
}

/// How and when opportunities leave a stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ClosingStage {
    Shares(Shares),
    Hazards(Hazards),
}

/// Shares at quality 0, and the time by outcome.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares {
    outcomes: Timed<Outcomes>,
    advance_days: Timed<LawAt>,
    lost_days: Timed<LawAt>,
    no_decision_days: Timed<LawAt>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcomes {
    advance: QualifiedRate,
    no_decision: f64,
}

/// How an opportunity leaves a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Advance,
    Lost,
    NoDecision,
}

/// Loadings of the deal's normal score on those of quality and cycle length, and the rest.
#[derive(Debug, Clone, Copy, PartialEq)]
struct DealCorrelation {
    quality: f64,
    cycle: f64,
    rest: f64,
}

/// What one source's leads do otherwise than the scenario says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceClosing {
    pub win: Option<Timed<f64>>,
    pub cycle: Option<Timed<LawAt>>,
    pub deal_size: Option<Timed<LawAt>>,
    /// Of won and lost, on the hazards of the last stage.
    pub hazard_ratios: Timed<[f64; 2]>,
}

impl Parameters {
    /// The parameters, and whether some shares had to be scaled to sum to 1.
    pub fn new(closing: &scenario::Closing, days: Days, draw: &[f64]) -> (Self, bool) {
        let mut scaled = false;
        let stages = closing
            .stages
            .iter()
            .map(|stage| ClosingStage::new(stage, days, draw, &mut scaled))
            .collect();
        let parameters = Self {
            opening: Opening::at(&closing.opening, draw),
            sql_at_acceptance: closing.sql_at == SqlAt::Acceptance,
            stages,
            loss_reasons: ends_of_shares(&closing.loss_reasons, draw),
            deal_size: law(&closing.deal_size, draw),
            deal: DealCorrelation::new(
                closing.deal_quality_correlation,
                closing.deal_cycle_correlation,
                draw,
            ),
        };
        (parameters, scaled)
    }

    /// These from day 0 on, `past` before.
    pub fn after(&self, past: &Self) -> Self {
        let stages = self.stages.iter().zip(&past.stages);
        Self {
            opening: self.opening.after(&past.opening),
            sql_at_acceptance: self.sql_at_acceptance,
            stages: stages.map(|(own, past)| own.after(past)).collect(),
            loss_reasons: self.loss_reasons.after(&past.loss_reasons),
            deal_size: self.deal_size.after(&past.deal_size),
            deal: self.deal,
        }
    }

    /// Whether both are the same before day 0. What is lost later is settled before it already, so that
    /// reasons must be the same after it too.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        self.stages.len() == other.stages.len()
            && self.after(self) == self.after(other)
            && self.loss_reasons == other.loss_reasons
            && self.deal == other.deal
            && self.sql_at_acceptance == other.sql_at_acceptance
    }

    /// What all accepted leads meet at all times, where that is one rate, one stage and the time by its outcome.
    pub fn plain(&self) -> Option<PlainClosing> {
        let Opening::Rate(opportunity) = self.opening.constant()? else {
            return None;
        };
        let [ClosingStage::Shares(shares)] = &self.stages[..] else {
            return None;
        };
        let outcomes = shares.outcomes.constant()?;
        let sampler = |law: &Timed<LawAt>| Some(law.constant()?.sampler.clone());
        let days = [
            sampler(&shares.advance_days)?,
            sampler(&shares.lost_days)?,
            sampler(&shares.no_decision_days)?,
        ];
        (!self.uses_quality()).then(|| PlainClosing {
            opportunity: opportunity.rate,
            advance: outcomes.advance.rate,
            no_decision: outcomes.no_decision,
            days_are_alike: days.iter().all(|sampler| *sampler == days[0]),
            days,
        })
    }

    /// Whether quality changes an outcome or a deal.
    pub fn uses_quality(&self) -> bool {
        self.opening
            .steps()
            .any(|(_, opening)| opening.uses_quality())
            || self.deal.quality != 0.0
            || self.stages.iter().any(ClosingStage::uses_quality)
    }

    /// Probability that an accepted lead of quality `q` becomes an opportunity at `t`.
    pub fn opportunity_probability(&self, t: f64, q: f64) -> f64 {
        match self.opening.at(t) {
            Opening::Rate(rate) => rate.at(q, 0.0),
            Opening::Gates(gates) => gates.iter().map(|gate| gate.pass.at(q, 0.0)).product(),
        }
    }

    /// The largest power of two that is at most a 2^-32 part of the mean deal.
    ///
    /// Sums of deals in whole units of it do not depend on their order, and scale with the currency.
    pub fn deal_quantum(&self) -> f64 {
        let mean = self.deal_size.at(0.0).law.mean();
        let mean = if mean.is_finite() && mean > 0.0 {
            mean
        } else {
            self.deal_size.at(0.0).law.median()
        };
        if mean.is_finite() && mean > f64::MIN_POSITIVE * (1u64 << 40) as f64 {
            f64::from_bits(mean.to_bits() & !((1 << 52) - 1)) / (1u64 << 32) as f64
        } else {
            1.0
        }
    }
}

impl Opening {
    fn at(opening: &scenario::Opening, draw: &[f64]) -> Timed<Opening> {
        let gates = match opening {
            scenario::Opening::Rate(rate) => {
                return QualifiedRate::timed(rate, draw).map(|&rate| Opening::Rate(rate));
            }
            scenario::Opening::Gates(gates) => gates.iter(),
        };
        let none = Timed::always(Vec::new());
        let gates = gates.fold(none, |before, gate| {
            let luck = Entity::new(Kind::Gate, &[&gate.name]).key(0, 0);
            let recycles = gate.recycles;
            let pass = QualifiedRate::timed(&gate.pass, draw);
            zip(&before, &pass, |before, &pass| {
                let gate = Gate {
                    luck,
                    pass,
                    recycles,
                };
                before.iter().copied().chain([gate]).collect()
            })
        });
        gates.map(|gates| Opening::Gates(gates.clone()))
    }

    fn uses_quality(&self) -> bool {
        match self {
            Opening::Rate(rate) => rate.effect != 0.0,
            Opening::Gates(gates) => gates.iter().any(|gate| gate.pass.effect != 0.0),
        }
    }
}

impl ClosingStage {
    fn new(stage: &scenario::ClosingStage, days: Days, draw: &[f64], scaled: &mut bool) -> Self {
        let effect = &stage.quality_effect;
        match &stage.ends {
            StageEnds::Shares(shares) => Self::Shares(Shares::new(shares, effect, draw, scaled)),
            StageEnds::Hazards(hazards) => Self::Hazards(Hazards::new(hazards, effect, days, draw)),
        }
    }

    /// Both end alike.
    fn after(&self, past: &Self) -> Self {
        match (self, past) {
            (Self::Shares(own), Self::Shares(past)) => Self::Shares(own.after(past)),
            (Self::Hazards(own), Self::Hazards(past)) => Self::Hazards(own.after(past)),
            _ => self.clone(),
        }
    }

    fn uses_quality(&self) -> bool {
        match self {
            Self::Shares(shares) => {
                let mut steps = shares.outcomes.steps();
                steps.any(|(_, outcomes)| outcomes.advance.effect != 0.0)
            }
            Self::Hazards(hazards) => hazards.uses_quality(),
        }
    }
}

impl Shares {
    fn new(
        stage: &scenario::Shares,
        quality_effect: &Timed<Quantity>,
        draw: &[f64],
        scaled: &mut bool,
    ) -> Self {
        let advance = zip(
            &known(&stage.advance, draw),
            &known(quality_effect, draw),
            |&rate, &effect| QualifiedRate { rate, effect },
        );
        let outcomes = zip(
            &advance,
            &known(&stage.no_decision, draw),
            |&advance, &no_decision| {
                let total = advance.rate + no_decision;
                (
                    Outcomes {
                        advance,
                        no_decision,
                    },
                    total,
                )
            },
        );
        *scaled |= outcomes.steps().any(|(_, (_, total))| *total > ABOVE_ONE);
        let outcomes = outcomes.map(|&(outcomes, total)| outcomes.divided_by(total.max(1.0)));
        Self {
            outcomes,
            advance_days: law(&stage.advance_days, draw),
            lost_days: law(&stage.lost_days, draw),
            no_decision_days: law(&stage.no_decision_days, draw),
        }
    }

    fn after(&self, past: &Self) -> Self {
        Self {
            outcomes: self.outcomes.after(&past.outcomes),
            advance_days: self.advance_days.after(&past.advance_days),
            lost_days: self.lost_days.after(&past.lost_days),
            no_decision_days: self.no_decision_days.after(&past.no_decision_days),
        }
    }
}

impl Outcomes {
    fn divided_by(self, total: f64) -> Self {
        let advance = QualifiedRate {
            rate: self.advance.rate / total,
            ..self.advance
        };
        Self {
            advance,
            no_decision: self.no_decision / total,
        }
    }

    /// Shares of advance and no decision at quality `q`, with `shift` added to the log-odds of
    /// advancing: the odds of advancing change, the split of the rest stays.
    #[inline(always)]
    fn at(self, q: f64, shift: f64) -> (f64, f64) {
        if self.advance.effect == 0.0 && shift == 0.0 {
            return (self.advance.rate, self.no_decision);
        }
        let advance = self.advance.at(q, shift);
        let rest = 1.0 - self.advance.rate;
        let no_decision = if rest > 0.0 {
            self.no_decision * (1.0 - advance) / rest
        } else {
            0.0
        };
        (advance, no_decision)
    }
}

impl DealCorrelation {
    fn new(quality: Quantity, cycle: Quantity, draw: &[f64]) -> Self {
        let (mut quality, mut cycle) = (quality.at(draw), cycle.at(draw));
        let squares = quality * quality + cycle * cycle;
        if squares > 1.0 {
            quality /= squares.sqrt();
            cycle /= squares.sqrt();
        }
        Self {
            quality,
            cycle,
            rest: (1.0 - squares).max(0.0).sqrt(),
        }
    }
}

impl super::Funnel {
    /// Whether a closing stage is the last one.
    #[inline(always)]
    pub(super) fn is_last(&self, index: u32) -> bool {
        index as usize + 1 == self.closing.stages.len()
    }

    /// Shares of advance and no decision of an opportunity of this source and quality in a stage, with
    /// `win_shift` added to the log-odds of winning.
    #[inline(always)]
    pub(super) fn outcome_shares(
        &self,
        shares: &Shares,
        source: u32,
        index: u32,
        t: f64,
        q: f64,
        win_shift: f64,
    ) -> (f64, f64) {
        let mut outcomes = *shares.outcomes.at(t);
        if !self.is_last(index) {
            return outcomes.at(q, 0.0);
        }
        if let Some(win) = &self.sources[source as usize].closing.win {
            outcomes.advance.rate = *win.at(t);
            outcomes.no_decision = outcomes.no_decision.min(1.0 - outcomes.advance.rate);
        }
        outcomes.at(q, win_shift)
    }

    /// The law of the time in a stage that ends in `outcome`.
    #[inline(always)]
    pub(super) fn stage_days<'a>(
        &'a self,
        shares: &'a Shares,
        source: u32,
        t: f64,
        outcome: Outcome,
    ) -> &'a LawAt {
        if let Some(cycle) = &self.sources[source as usize].closing.cycle {
            return cycle.at(t);
        }
        match outcome {
            Outcome::Advance => shares.advance_days.at(t),
            Outcome::Lost => shares.lost_days.at(t),
            Outcome::NoDecision => shares.no_decision_days.at(t),
        }
    }

    /// The size of the deal that a lead wins at its time, where its source's leads of its day are of
    /// quality `mean_quality` on average.
    fn deal_size(&self, keys: &[Key], lead: &Lead, mean_quality: f64) -> f64 {
        let source = &self.sources[lead.source as usize];
        let size = source
            .closing
            .deal_size
            .as_ref()
            .unwrap_or(&self.closing.deal_size)
            .at(lead.t);
        let u = lead.uniform(keys, Decision::DealSize);
        let DealCorrelation {
            quality,
            cycle,
            rest,
        } = self.closing.deal;
        if quality == 0.0 && cycle == 0.0 {
            return size.sampler.quantile(u);
        }
        let mut score = rest * normal_quantile_fast(u);
        if quality != 0.0 {
            score += quality * (lead.quality - mean_quality);
        }
        if cycle != 0.0 {
            score += cycle * self.cycle_score(keys, lead);
        }
        size.sampler.quantile_of_score(score)
    }

    /// Normal score of the length of a won lead's cycle: that of its stages, added up.
    fn cycle_score(&self, keys: &[Key], lead: &Lead) -> f64 {
        let n = self.closing.stages.len();
        let key = keys[lead.luck as usize];
        let scores = (0..n).map(|stage| {
            normal_quantile_fast(key.uniform_draw(lead.id, Decision::StageDays, stage as u64))
        });
        scores.sum::<f64>() / (n as f64).sqrt()
    }
}

impl PlainClosing {
    /// How an opportunity leaves its stage.
    #[inline(always)]
    fn outcome(&self, keys: &[Key], lead: &PlainLead) -> Outcome {
        let u = lead.uniform(keys, Decision::Outcome);
        outcome_of(u, self.advance, self.no_decision)
    }
}

impl Crowd {
    /// Sets the time at which each opportunity leaves its stage.
    #[inline(always)]
    fn add_closing_days(&mut self, keys: &[Key], rules: &PlainClosing) {
        let Crowd {
            t, u, sals: leads, ..
        } = self;
        let luck = |lead: &PlainLead| lead.uniform(keys, Decision::StageDays);
        u.clear();
        u.extend(leads.iter().map(luck));
        t.clear();
        t.extend(leads.iter().map(|lead| lead.t));
        if rules.days_are_alike {
            return rules.days[0].add_quantiles(u, t);
        }
        for ((lead, t), &u) in leads.iter().zip(t).zip(&*u) {
            *t += rules.days[rules.outcome(keys, lead) as usize].quantile(u);
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// Work on an accepted lead is done: it becomes an opportunity or is disqualified.
    #[inline(always)]
    pub fn open_opportunity(&mut self, mut lead: Lead) {
        let shift = self.alignment.opportunity_log_odds(lead.t);
        match self.funnel.closing.opening.at(lead.t) {
            Opening::Rate(rate) => {
                let rate = rate.at(lead.quality, shift);
                if !self.happens(&lead, Decision::Opportunity, lead.t, rate) {
                    let event = Event::Disqualified(None);
                    return self.end(&lead, lead.t, Count::Disqualified, event);
                }
            }
            Opening::Gates(gates) => {
                if !self.passes(lead, gates, shift) {
                    return;
                }
            }
        }
        let row = self.ledger.row(lead.t);
        self.ledger.count(row, Count::Opportunities);
        self.ledger
            .count(lead.sal, Count::SalsThatReachedOpportunity);
        lead.opportunity = row;
        self.observer.event(&lead, Event::Opportunity, lead.t);
        lead.since = lead.t;
        self.enter_closing(lead, 0);
    }

    /// Whether the lead passes all gates at its time, with `shift` added to the log-odds of each; if not, the
    /// first that it fails disqualifies it. Kept out of the way of those who have no gates; so is the lead, by a copy.
    #[inline(never)]
    fn passes(&mut self, lead: Lead, gates: &[Gate], shift: f64) -> bool {
        for (number, gate) in gates.iter().enumerate() {
            let pass = gate.pass.at(lead.quality, shift);
            let key = self.keys[lead.luck as usize];
            let u = key.uniform_with(lead.id, Decision::Gate, gate.luck);
            let reading = Reading::Gate { gate: number, pass };
            self.observer
                .read(&lead, Decision::Gate, lead.t, u, reading);
            if u >= pass {
                self.count_reason(lead.t, ReasonKind::Disqualified, number);
                let event = Event::Disqualified(Some(number));
                self.give_up(lead, lead.t, Count::Disqualified, event, gate.recycles);
                return false;
            }
        }
        true
    }

    /// An opportunity enters a closing stage at its time.
    #[inline(always)]
    pub fn enter_closing(&mut self, mut lead: Lead, index: u32) {
        let win_shift =
            self.alignment.win_log_odds(lead.t) + self.funnel.market_log_odds(lead.source, lead.t);
        let funnel = self.funnel;
        let shares = match &funnel.closing.stages[index as usize] {
            ClosingStage::Shares(shares) => shares,
            ClosingStage::Hazards(hazards) => {
                let factor = self.alignment.cycle_factor(lead.t);
                let (t, outcome) = self.first_to_come(hazards, &lead, index, win_shift, factor);
                if self.is_open_until_day_0(t) {
                    return self.calendar.put_on_day_0((Stage::Closing(index), lead));
                }
                lead.t = t;
                return self.leave_closing(lead, index, outcome);
            }
        };
        let (advance, no_decision) =
            funnel.outcome_shares(shares, lead.source, index, lead.t, lead.quality, win_shift);
        let key = self.keys[lead.luck as usize];
        let u = key.uniform_draw(lead.id, Decision::Outcome, u64::from(index));
        let outcome = outcome_of(u, advance, no_decision);
        let reading = outcome.reading(advance, no_decision);
        self.observer
            .read(&lead, Decision::Outcome, lead.t, u, reading);
        let law = funnel.stage_days(shares, lead.source, lead.t, outcome);
        let u = key.uniform_draw(lead.id, Decision::StageDays, u64::from(index));
        let days = delay(law, u) * self.alignment.cycle_factor(lead.t);
        self.observer
            .read(&lead, Decision::StageDays, lead.t, u, Reading::Days(days));
        lead.t += days;
        self.leave_closing(lead, index, outcome);
    }

    /// Accepted leads, work on whom is done at their times, close under plain rules; none is left.
    pub fn close_plainly(&mut self, rules: &PlainClosing, crowd: &mut Crowd) {
        crowd
            .sals
            .retain_mut(|lead| self.opens_plainly(lead, rules));
        crowd.add_closing_days(self.keys, rules);
        let Crowd { t, sals: leads, .. } = crowd;
        let mut n_won = 0;
        for (i, &t) in t.iter().enumerate() {
            let lead = PlainLead { t, ..leads[i] };
            if t >= self.horizon {
                let open = self.opportunity_one_by_one(&lead);
                self.be_open(&open, super::Funnel::OPEN_CLOSING);
                continue;
            }
            let outcome = rules.outcome(self.keys, &lead);
            let end = [Count::Lost, Count::NoDecision][usize::from(outcome == Outcome::NoDecision)];
            let is_won = outcome == Outcome::Advance;
            self.ledger.count_if(self.ledger.row(t), end, !is_won);
            leads[n_won] = lead;
            n_won += usize::from(is_won);
        }
        for lead in &leads[..n_won] {
            self.win(&self.opportunity_one_by_one(lead));
        }
        leads.clear();
    }

    /// An opportunity for stages that take leads one by one.
    fn opportunity_one_by_one(&self, lead: &PlainLead) -> Lead {
        Lead {
            opportunity: self.ledger.row(lead.since),
            ..self.one_by_one(lead)
        }
    }

    /// Whether an accepted lead becomes an opportunity under plain rules, at its time and before the horizon.
    #[inline(always)]
    fn opens_plainly(&mut self, lead: &mut PlainLead, rules: &PlainClosing) -> bool {
        if lead.t >= self.horizon {
            self.stay_open(&self.one_by_one(lead), Stage::Open);
            return false;
        }
        let row = self.ledger.row(lead.t);
        if !lead.happens(self.keys, Decision::Opportunity, rules.opportunity) {
            self.ledger.count(row, Count::Disqualified);
            return false;
        }
        self.ledger.count(row, Count::Opportunities);
        self.ledger
            .count(lead.sal, Count::SalsThatReachedOpportunity);
        lead.since = lead.t;
        true
    }

    /// An opportunity leaves a closing stage at its time.
    #[inline(always)]
    pub fn leave_closing(&mut self, lead: Lead, index: u32, outcome: Outcome) {
        let last = self.funnel.is_last(index);
        if lead.t >= self.horizon {
            return self.be_open(&lead, super::Funnel::OPEN_CLOSING + index as usize);
        }
        match outcome {
            Outcome::Advance if last && self.is_open_until_day_0(lead.t) => {
                self.calendar.put(lead.t, (Stage::Win, lead));
            }
            Outcome::Advance if last => self.win(&lead),
            Outcome::Advance => {
                self.observer
                    .event(&lead, Event::Advanced(index as usize + 1), lead.t);
                self.pass_on(lead, Stage::Closing(index + 1));
            }
            Outcome::Lost => {
                let reason = self.reason(lead, lead.t, ReasonKind::Lost);
                self.end(&lead, lead.t, Count::Lost, Event::Lost(reason));
            }
            Outcome::NoDecision => self.end(&lead, lead.t, Count::NoDecision, Event::NoDecision),
        }
    }

    /// Tells the observer of a deal of this size, and of its luck unless the pipeline states the size.
    fn tell_deal(&mut self, lead: &Lead, value: f64) {
        if self.funnel.stated_value(lead).is_none() {
            let u = self.decide(lead, Decision::DealSize);
            self.observer
                .read(lead, Decision::DealSize, lead.t, u, Reading::Money(value));
        }
        self.observer.event(lead, Event::Won(value), lead.t);
    }

    /// The deal is won at the lead's time; a pipeline record may state its size.
    pub fn win(&mut self, lead: &Lead) {
        let value = self.funnel.stated_value(lead).unwrap_or_else(|| {
            let size = self
                .funnel
                .deal_size(self.keys, lead, self.mean_quality(lead));
            size * self.alignment.deal_factor(lead.t)
        });
        if O::WATCHES {
            self.tell_deal(lead, value);
        }
        let units = self.funnel.units(value);
        self.ledger
            .won(lead, self.ledger.row(lead.t), units, lead.t - lead.since);
        if self.funnel.followed.is_stated() {
            self.begin_contract(lead, value);
        }
    }
}

impl Outcome {
    /// How many there are.
    pub const N: usize = 3;

    /// This outcome as a choice among the shares.
    #[inline(always)]
    pub fn reading(self, advance: f64, no_decision: f64) -> Reading {
        let decided = (1.0 - no_decision).max(advance);
        let (choice, low, high) = match self {
            Outcome::Advance => (0, 0.0, advance),
            Outcome::Lost => (1, advance, decided),
            Outcome::NoDecision => (2, decided, 1.0),
        };
        Reading::Choice { choice, low, high }
    }
}

/// The outcome at the uniform number `u`: raising `advance` never takes it from a lead.
#[inline(always)]
pub(super) fn outcome_of(u: f64, advance: f64, no_decision: f64) -> Outcome {
    if u < advance {
        Outcome::Advance
    } else if u < 1.0 - no_decision {
        Outcome::Lost
    } else {
        Outcome::NoDecision
    }
}

impl SourceClosing {
    /// Whether leads of the source close as the scenario says for all.
    pub fn is_as_stated(&self) -> bool {
        self.win.is_none() && self.cycle.is_none()
    }

    /// Whether both are the same before day 0.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        fn alike<T: Clone + PartialEq>(a: Option<&Timed<T>>, b: Option<&Timed<T>>) -> bool {
            match (a, b) {
                (None, None) => true,
                (Some(a), Some(b)) => a.is_same_before_day_0(b),
                _ => false,
            }
        }
        alike(self.win.as_ref(), other.win.as_ref())
            && alike(self.cycle.as_ref(), other.cycle.as_ref())
            && alike(self.deal_size.as_ref(), other.deal_size.as_ref())
            && self
                .hazard_ratios
                .is_same_before_day_0(&other.hazard_ratios)
    }

    /// This from day 0 on, `past` before. Both state the same.
    pub fn after(self, past: Self) -> Self {
        fn splice<T: Clone + PartialEq>(
            own: Option<Timed<T>>,
            past: Option<Timed<T>>,
        ) -> Option<Timed<T>> {
            match (own, past) {
                (Some(own), Some(past)) => Some(own.after(&past)),
                (own, _) => own,
            }
        }
        Self {
            win: splice(self.win, past.win),
            cycle: splice(self.cycle, past.cycle),
            deal_size: splice(self.deal_size, past.deal_size),
            hazard_ratios: self.hazard_ratios.after(&past.hazard_ratios),
        }
    }
}
