//! Alignment of marketing and sales: how far each lever is adopted over time, and which parameters of
//! the stages that moves.
//!
//! No lever multiplies revenue. Each moves what a stage reads at the time of its decision, by the
//! equations below, all of which are assumptions; effects of two levers on one parameter meet in its
//! equation (a product of what leaks past each, a sum of log-odds) and nowhere else. At adoption 0 every
//! factor is exactly 1 and every addition exactly 0.

use std::ops::Range;

use super::awareness::DAYS_PER_MONTH;
use super::clock::Clock;
use super::queue::DAYS_PER_YEAR;
use crate::distribution::normal_quantile_fast;
use crate::math;
use crate::random::{Decision, Entity, EventId, Key, Kind};
use crate::scenario::{self, Lever, Levers, Quantity, Timed};

/// All levers, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    own: Plan,
    /// What acts before day 0, where another scenario does.
    past: Option<Plan>,
}

/// The levers of one scenario, at one draw.
#[derive(Debug, Clone, PartialEq)]
struct Plan {
    /// `[Lever]`
    programmes: [Option<Programme>; Lever::N],
    effects: Effects,
}

/// How one practice is adopted; as [`scenario::Programme`].
#[derive(Debug, Clone, PartialEq)]
struct Programme {
    ceiling: f64,
    start_day: i32,
    midpoint: f64,
    width: f64,
    cost_once: f64,
    cost_per_month: f64,
    rep_time: f64,
    failure: f64,
    champion: Option<Champion>,
    dip: Option<Dip>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Champion {
    leaves_per_year: f64,
    keeps: f64,
    fades: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Dip {
    rep_hours: f64,
    days: f64,
}

/// What full adoption does; as [`scenario::Effects`].
#[derive(Debug, Clone, Copy, PartialEq)]
struct Effects {
    angle: f64,
    volume_bias: f64,
    learning_per_year: f64,
    quality_gain: f64,
    verdicts_per_day: Option<f64>,
    data_reliability: f64,
    crm_leak: f64,
    routing: f64,
    selling_share: f64,
    sla_leak: f64,
    expiry: f64,
    recycling: f64,
    score_order_above: f64,
    win: f64,
    opportunity: f64,
    cycle: f64,
    content_leads: f64,
    maturation: f64,
    deal_size: f64,
    tested_leads: f64,
    tests_per_month: f64,
    true_wins: f64,
    false_wins: f64,
    churn: f64,
    referrals: f64,
}

/// Adoption of the handoff's SLA from which on nothing more is cut off the longest wait.
const FULL_EXPIRY_AT: f64 = 0.8;
/// What data can tell at most, however well they are kept.
const MOST_RELIABLE: f64 = 0.97;
/// Share of the learning rate that is left without integrated data.
const LEARNING_WITHOUT_DATA: f64 = 0.3;
/// Time constant at which content brings leads \[days\].
const CONTENT_DAYS: f64 = 240.0;
/// Time constant at which what tests have gained wears off \[days\].
const TESTED_DAYS: f64 = 120.0;
/// Spread of the gain of tests that win, on the log scale.
const TEST_SIGMA: f64 = 0.8;
/// What a variant that won by luck loses in truth, as a share of what a better one gains.
const FALSE_WIN_HARM: f64 = 0.25;
/// So many days before the first one that is simulated, what was done then has no effect left to come.
const MOST_DAYS_BEFORE: i32 = 3_653;
/// Least share of tests that pays, all in all.
const MIN_NET_WINS: f64 = 0.01;

impl Parameters {
    pub fn new(levers: &Levers, past: Option<&Levers>, draw: &[f64]) -> Self {
        Self {
            own: Plan::new(levers, draw),
            past: past.map(|levers| Plan::new(levers, draw)),
        }
    }

    /// Whether what sales does changes what targeting learns.
    pub fn learn_from_verdicts(&self) -> bool {
        let plans = std::iter::once(&self.own).chain(&self.past);
        plans
            .filter(|plan| plan.programmes[Lever::FeedbackLoop as usize].is_some())
            .any(|plan| plan.effects.verdicts_per_day.is_some())
    }

    /// What a lever's programme costs on a day \[money\].
    pub fn cost_on(&self, lever: Lever, day: i32) -> f64 {
        let plan = match &self.past {
            Some(past) if day < 0 => past,
            _ => &self.own,
        };
        let programme = plan.programmes[lever as usize].as_ref();
        programme.map_or(0.0, |programme| programme.cost_on(day))
    }

    /// Whether both do the same before day 0.
    pub fn act_alike_before_day_0(&self, other: &Self) -> bool {
        self.before_day_0() == other.before_day_0()
    }

    fn before_day_0(&self) -> Option<(Vec<Option<&Programme>>, Effects)> {
        let plan = self.past.as_ref().unwrap_or(&self.own);
        let acts = |programme: &&Programme| programme.start_day < 0 && programme.acts();
        let programmes = plan.programmes.iter();
        let acting: Vec<Option<&Programme>> = programmes
            .map(|programme| programme.as_ref().filter(acts))
            .collect();
        let any = acting.iter().any(Option::is_some);
        any.then_some((acting, plan.effects))
    }

    /// What the levers do in one replication on `days`. O(days × levers).
    ///
    /// Were it not for the levers, nurturable leads would mature at `maturation_per_day`, and customers refer
    /// leads at `referrals_per_day`.
    pub fn practise(
        &self,
        days: Range<i32>,
        maturation_per_day: &Timed<f64>,
        referrals_per_day: &Timed<f64>,
        luck: &LeverLuck,
    ) -> Alignment {
        let past = self.past.as_ref();
        let past = past.map(|past| Practice::new(past, None, days.start..0, luck));
        let own = Practice::new(&self.own, past.as_ref(), days.clone(), luck);
        let alignment = Alignment {
            is_idle: std::iter::once(&own).chain(&past).all(Practice::is_idle),
            own,
            past,
            maturation: None,
            referrals: None,
        };
        let effect: fn(&Effects) -> f64 = |effects| effects.maturation;
        let maturation =
            alignment.changed(Lever::Nurture, effect, days.clone(), maturation_per_day);
        let effect: fn(&Effects) -> f64 = |effects| effects.referrals;
        let referrals = alignment.changed(Lever::CustomerJourney, effect, days, referrals_per_day);
        Alignment {
            maturation,
            referrals,
            ..alignment
        }
    }
}

impl Plan {
    fn new(levers: &Levers, draw: &[f64]) -> Self {
        let at = |quantity: Quantity| quantity.at(draw);
        let programme = |stated: &scenario::Programme| Programme {
            ceiling: at(stated.ceiling),
            start_day: stated.start_day,
            midpoint: at(stated.midpoint_days),
            width: at(stated.width_days),
            cost_once: at(stated.cost_once),
            cost_per_month: at(stated.cost_per_month),
            rep_time: at(stated.rep_time),
            failure: at(stated.failure),
            champion: stated.champion.map(|champion| Champion {
                leaves_per_year: at(champion.leaves_per_year),
                keeps: at(champion.keeps),
                fades: at(champion.fades_days),
            }),
            dip: stated.dip.map(|dip| Dip {
                rep_hours: at(dip.rep_hours),
                days: at(dip.days),
            }),
        };
        let effects = &levers.effects;
        Self {
            programmes: Lever::ALL.map(|lever| levers.programme(lever).map(programme)),
            effects: Effects {
                angle: at(effects.angle),
                volume_bias: at(effects.volume_bias),
                learning_per_year: at(effects.learning_per_year),
                quality_gain: at(effects.quality_gain),
                verdicts_per_day: effects.verdicts_per_day.map(at),
                data_reliability: at(effects.data_reliability),
                crm_leak: at(effects.crm_leak),
                routing: at(effects.routing),
                selling_share: at(effects.selling_share),
                sla_leak: at(effects.sla_leak),
                expiry: at(effects.expiry),
                recycling: at(effects.recycling),
                score_order_above: at(effects.score_order_above),
                win: at(effects.win),
                opportunity: at(effects.opportunity),
                cycle: at(effects.cycle),
                content_leads: at(effects.content_leads),
                maturation: at(effects.maturation),
                deal_size: at(effects.deal_size),
                tested_leads: at(effects.tested_leads),
                tests_per_month: at(effects.tests_per_month),
                true_wins: at(effects.true_wins),
                false_wins: at(effects.false_wins),
                churn: at(effects.churn),
                referrals: at(effects.referrals),
            },
        }
    }
}

impl Programme {
    fn acts(&self) -> bool {
        self.ceiling != 0.0
    }

    /// Practice that decays costs nothing, nor does one that is not taken up.
    fn cost_on(&self, day: i32) -> f64 {
        if self.ceiling <= 0.0 || day < self.start_day {
            return 0.0;
        }
        let once = if day == self.start_day {
            self.cost_once
        } else {
            0.0
        };
        once + self.cost_per_month / DAYS_PER_MONTH
    }

    /// Share of the ceiling reached `t` days after the start.
    fn share_reached(&self, t: f64) -> f64 {
        let at_start = math::logistic(-self.midpoint / self.width);
        let now = math::logistic((t - self.midpoint) / self.width);
        (now - at_start) / (1.0 - at_start)
    }

    /// Adoption at the midnights of `days` days from `first_day` on, with the luck of one replication.
    fn adoption(&self, first_day: i32, days: usize, key: Key) -> Vec<f64> {
        let never = EventId::new(0, 0);
        let is_taken_up = self.ceiling > 0.0;
        if is_taken_up
            && self.failure > 0.0
            && key.uniform(never, Decision::AdoptionFails) < self.failure
        {
            return vec![0.0; days];
        }
        let champion_leaves = match self.champion.filter(|_| is_taken_up) {
            Some(champion) => {
                let unit = -math::ln(key.uniform(never, Decision::ChampionLeaves));
                unit * DAYS_PER_YEAR / champion.leaves_per_year
            }
            None => f64::INFINITY,
        };
        let adoption = |day: usize| {
            let t = f64::from(first_day + day as i32 - self.start_day);
            let reached = self.ceiling * self.share_reached(t);
            match self.champion {
                Some(champion) if t > champion_leaves => {
                    let left = math::exp(-(t - champion_leaves) / champion.fades);
                    reached * (champion.keeps + (1.0 - champion.keeps) * left)
                }
                _ => reached,
            }
        };
        (0..days).map(adoption).collect()
    }
}

/// The keys of all levers, by name: adding one moves nobody else's luck.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeverLuck([Key; Lever::N]);

impl LeverLuck {
    /// The luck of `seed` and `replication`.
    pub fn new(seed: u64, replication: u64) -> Self {
        Self(
            Lever::ALL
                .map(|lever| Entity::new(Kind::Lever, &[lever.name()]).key(seed, replication)),
        )
    }
}

/// A quantity that is 0 up to a day and then goes from midnight to midnight in straight lines.
#[derive(Debug, Clone, PartialEq)]
struct Curve {
    start: f64,
    /// `[day]`, at midnight, from the start on.
    values: Vec<f64>,
}

impl Curve {
    /// The value at `t`; after the last day as on it. O(1).
    #[inline]
    fn at(&self, t: f64) -> f64 {
        let days = t - self.start;
        if days < 0.0 {
            return 0.0;
        }
        let day = (days as usize).min(self.values.len() - 2);
        let (now, next) = (self.values[day], self.values[day + 1]);
        now + (next - now) * (days - day as f64).min(1.0)
    }
}

/// What becomes of the two teams' definitions, and of data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Definition {
    /// Share of the angle between the definitions that is left.
    pub angle_left: f64,
    /// Added to the reliability of data.
    pub more_reliable: f64,
    /// Days since day 0 on which the teams did not talk: days, each times 1 less the adoption of the
    /// feedback loop.
    pub silent_days: f64,
}

impl Definition {
    /// As the scenario states it.
    pub const AS_STATED: Definition = Definition {
        angle_left: 1.0,
        more_reliable: 0.0,
        silent_days: 0.0,
    };
}

/// A hazard that a lever changes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChangedHazard {
    /// Up to here it is as the scenario states.
    pub as_stated_until: f64,
    pub clock: Clock,
}

impl ChangedHazard {
    /// When someone who waits from `since` on has used up `patience`, and would have done so at `as_stated`, were
    /// it not for the lever.
    #[inline]
    pub fn when_used_up(&self, since: f64, patience: f64, as_stated: f64) -> f64 {
        match as_stated > self.as_stated_until {
            true => self.clock.time_of(self.clock.used_by(since) + patience),
            false => as_stated,
        }
    }
}

/// What the levers do in one replication.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Alignment {
    maturation: Option<ChangedHazard>,
    referrals: Option<ChangedHazard>,
    own: Practice,
    /// Before day 0, where another scenario acts then.
    past: Option<Practice>,
    is_idle: bool,
}

/// What the levers of one scenario do in one replication.
#[derive(Debug, Clone, PartialEq)]
struct Practice {
    /// `[Lever]`; none where it never acts.
    adoption: [Option<Curve>; Lever::N],
    effects: Effects,
    /// Integral of the feedback loop's adoption from day 0 on \[days\].
    talks: Option<Curve>,
    /// Share by which content adds to inbound leads.
    content: Option<Curve>,
    /// Share by which what tests have gained adds to all leads.
    tested: Option<Curve>,
    /// Share of the reps' hours that programmes take, and from when to when.
    dips: Vec<(f64, f64, f64)>,
    /// `[Lever]`
    rep_time: [f64; Lever::N],
}

impl Practice {
    /// Stocks go on from what `past` left at day 0, where there is one.
    fn new(plan: &Plan, past: Option<&Practice>, days: Range<i32>, luck: &LeverLuck) -> Self {
        let (first_day, end_day) = (days.start, days.end);
        let adoption = Lever::ALL.map(|lever| {
            let programme = plan.programmes[lever as usize].as_ref()?;
            // What builds up does so from the start of the programme, simulated or not.
            let start = programme.start_day.max(first_day - MOST_DAYS_BEFORE);
            if !programme.acts() || start >= end_day {
                return None;
            }
            let days = (end_day - start) as usize + 1;
            let values = programme.adoption(start, days, luck.0[lever as usize]);
            values
                .iter()
                .any(|&adoption| adoption != 0.0)
                .then(|| Curve {
                    start: f64::from(start),
                    values,
                })
        });
        let dips = plan.programmes.iter().flatten().filter_map(|programme| {
            let (dip, start) = (programme.dip?, f64::from(programme.start_day));
            (programme.ceiling > 0.0).then_some((dip.rep_hours, start, start + dip.days))
        });
        let rep_time = plan.programmes.each_ref().map(|programme| {
            programme
                .as_ref()
                .map_or(0.0, |programme| programme.rep_time)
        });
        let effects = plan.effects;
        let of = |lever: Lever| adoption[lever as usize].as_ref();
        let at_day_0 = |curve: &Option<Curve>| curve.as_ref().map_or(0.0, |curve| curve.at(0.0));
        let inherited =
            |stock: fn(&Practice) -> &Option<Curve>| past.map(|past| at_day_0(stock(past)));
        Self {
            talks: of(Lever::FeedbackLoop).map(talks),
            content: build_up(
                of(Lever::Enablement),
                inherited(|past| &past.content),
                end_day,
                content(effects.content_leads),
            ),
            tested: build_up(
                of(Lever::AbTesting),
                inherited(|past| &past.tested),
                end_day,
                tested(&effects, luck.0[Lever::AbTesting as usize]),
            ),
            dips: dips.collect(),
            rep_time,
            effects,
            adoption,
        }
    }

    fn is_idle(&self) -> bool {
        self.adoption.iter().all(Option::is_none)
            && self.dips.is_empty()
            && self.content.is_none()
            && self.tested.is_none()
    }

    fn curve(&self, lever: Lever) -> Option<&Curve> {
        self.adoption[lever as usize].as_ref()
    }

    #[inline]
    fn of(&self, lever: Lever, t: f64) -> f64 {
        self.curve(lever).map_or(0.0, |curve| curve.at(t))
    }
}

/// The integral of positive adoption from day 0 on, by the trapezoidal rule.
fn talks(adoption: &Curve) -> Curve {
    let mut days = 0.0;
    let day_0 = (-adoption.start).max(0.0) as usize;
    let mut integral = vec![0.0; day_0.min(adoption.values.len() - 1) + 1];
    for pair in adoption.values[integral.len() - 1..].windows(2) {
        days += 0.5 * (pair[0].max(0.0) + pair[1].max(0.0));
        integral.push(days);
    }
    Curve {
        start: adoption.start,
        values: integral,
    }
}

/// A stock that builds up day by day, by `change` given the day, the adoption and the stock: from the start of
/// the practice on, or from day 0 on what another scenario left.
fn build_up(
    adoption: Option<&Curve>,
    inherited: Option<f64>,
    end_day: i32,
    change: impl Fn(i32, f64, f64) -> f64,
) -> Option<Curve> {
    let (start, mut stock) = match (adoption, inherited) {
        (None, None) => return None,
        (None, Some(0.0)) => return None,
        (_, Some(stock)) => (0, stock),
        (Some(adoption), None) => (adoption.start as i32, 0.0),
    };
    let values = (start..=end_day).map(|day| {
        let adopted = adoption.map_or(0.0, |curve| curve.at(f64::from(day)));
        stock += change(day, adopted, stock);
        stock
    });
    Some(Curve {
        start: f64::from(start),
        values: values.collect(),
    })
}

/// The change of the stock of content on a day: `dC/dt = (gain * adoption - C) / 240 days`.
fn content(gain: f64) -> impl Fn(i32, f64, f64) -> f64 {
    move |_, adoption, stock| (gain * adoption - stock) / CONTENT_DAYS
}

/// The change of what A/B tests have gained: steps where a variant is rolled out, which wear off within months.
///
/// A test ends on a day with probability `tests per month * adoption / 30.4`. One in five or so has found a
/// better variant; some of the others win by luck, look just as good, and lose a little in truth. Steps are
/// lognormal, of such a mean that on average `dG/dt = (gain * adoption - G) / 120 days`: the rarer a win, the
/// larger. Where practice decays, the mean itself is taken.
fn tested(effects: &Effects, key: Key) -> impl Fn(i32, f64, f64) -> f64 {
    let Effects {
        tested_leads,
        true_wins,
        ..
    } = *effects;
    let per_day = effects.tests_per_month / DAYS_PER_MONTH;
    let false_wins = (1.0 - true_wins) * effects.false_wins;
    let net_wins = true_wins - FALSE_WIN_HARM * false_wins;
    let mean_step = tested_leads / TESTED_DAYS / (per_day * net_wins.max(MIN_NET_WINS));
    let step = move |day: i32, adoption: f64| {
        if adoption <= 0.0 {
            return tested_leads * adoption / TESTED_DAYS;
        }
        let event = EventId::new(day, 0);
        if key.uniform(event, Decision::TestEnds) >= per_day * adoption {
            return 0.0;
        }
        let found = match key.uniform(event, Decision::TestWins) {
            u if u < true_wins => 1.0,
            u if u < true_wins + false_wins => -FALSE_WIN_HARM,
            _ => return 0.0,
        };
        let score = normal_quantile_fast(key.uniform(event, Decision::TestGain));
        found * mean_step * math::exp(TEST_SIGMA * score - 0.5 * TEST_SIGMA * TEST_SIGMA)
    };
    move |day, adoption, gain| step(day, adoption) - gain / TESTED_DAYS
}

impl Alignment {
    /// What acts at `t`, if any lever ever acts.
    #[inline(always)]
    fn practice(&self, t: f64) -> Option<&Practice> {
        match &self.past {
            _ if self.is_idle => None,
            Some(past) if t < 0.0 => Some(past),
            _ => Some(&self.own),
        }
    }

    /// Whether no lever ever acts.
    #[inline(always)]
    pub fn is_idle(&self) -> bool {
        self.is_idle
    }

    /// What becomes of definitions and data by `t`.
    #[inline]
    pub fn definition(&self, t: f64) -> Definition {
        let silent_days = t.max(0.0);
        let Some(practice) = self.practice(t) else {
            return Definition {
                silent_days,
                ..Definition::AS_STATED
            };
        };
        let effects = &practice.effects;
        let talks = practice.talks.as_ref().map_or(0.0, |talks| talks.at(t));
        Definition {
            angle_left: 1.0 - effects.angle * practice.of(Lever::SharedGoals, t),
            more_reliable: effects.data_reliability * practice.of(Lever::IntegratedCrm, t),
            silent_days: (silent_days - talks).max(0.0),
        }
    }

    /// Share of the threshold's volume bias that is left at `t`.
    #[inline]
    pub fn volume_bias_left(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        1.0 - practice.effects.volume_bias * practice.of(Lever::SharedGoals, t)
    }

    /// Share of the leak that is left at `t`.
    #[inline]
    pub fn leak_left(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        let effects = &practice.effects;
        (1.0 - effects.crm_leak * practice.of(Lever::IntegratedCrm, t))
            * (1.0 - effects.sla_leak * practice.of(Lever::HandoffSla, t))
    }

    /// Factor on the routing time of a lead handed over at `t`.
    #[inline]
    pub fn routing_factor(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        1.0 - practice.effects.routing * practice.of(Lever::IntegratedCrm, t)
    }

    /// Factor on the longest wait of a lead that reaches the queue at `t`.
    #[inline]
    pub fn expiry_factor(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        let adopted = (practice.of(Lever::HandoffSla, t) / FULL_EXPIRY_AT).clamp(0.0, 1.0);
        1.0 - practice.effects.expiry * adopted
    }

    /// Whether the queue is in order of score at `t` because the SLA says so.
    pub fn orders_by_score(&self, t: f64) -> bool {
        let Some(practice) = self.practice(t) else {
            return false;
        };
        practice.of(Lever::HandoffSla, t) > practice.effects.score_order_above
    }

    /// Added to the share of leads recycled at `t`: who comes back needs a nurture to come back to.
    #[inline]
    pub fn more_recycled(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 0.0;
        };
        let adopted = |lever| practice.of(lever, t).max(0.0);
        practice.effects.recycling * adopted(Lever::HandoffSla) * adopted(Lever::Nurture)
    }

    /// Added to the share of hours spent selling on a day.
    pub fn more_selling(&self, day: i32) -> f64 {
        let t = f64::from(day);
        let Some(practice) = self.practice(t) else {
            return 0.0;
        };
        practice.effects.selling_share * practice.of(Lever::IntegratedCrm, t)
    }

    /// Share of the reps' hours that the programmes leave on a day.
    pub fn rep_time_left(&self, day: i32) -> f64 {
        let t = f64::from(day);
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        let taken: f64 = Lever::ALL
            .iter()
            .map(|&lever| practice.rep_time[lever as usize] * practice.of(lever, t).max(0.0))
            .sum();
        let dips = practice.dips.iter();
        let dipped: f64 = dips
            .filter(|(_, start, end)| (*start..*end).contains(&t))
            .map(|(share, ..)| share)
            .sum();
        (1.0 - taken - dipped).max(0.0)
    }

    /// Added to the log-odds that a SAL becomes an opportunity at `t`.
    #[inline]
    pub fn opportunity_log_odds(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 0.0;
        };
        practice.effects.opportunity * practice.of(Lever::Enablement, t)
    }

    /// Added to the log-odds of winning an opportunity that enters its last stage at `t`.
    #[inline]
    pub fn win_log_odds(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 0.0;
        };
        practice.effects.win * practice.of(Lever::Enablement, t)
    }

    /// Factor on the time in a closing stage entered at `t`.
    #[inline]
    pub fn cycle_factor(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        1.0 - practice.effects.cycle * practice.of(Lever::Enablement, t)
    }

    /// Factor on the size of a deal won at `t`.
    #[inline]
    pub fn deal_factor(&self, t: f64) -> f64 {
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        1.0 + practice.effects.deal_size * practice.of(Lever::Nurture, t)
    }

    /// How nurturable leads mature, where levers ever change that.
    #[inline(always)]
    pub fn maturation(&self) -> Option<&ChangedHazard> {
        self.maturation.as_ref()
    }

    /// How customers refer leads, where levers ever change that.
    pub fn referrals(&self) -> Option<&ChangedHazard> {
        self.referrals.as_ref()
    }

    /// A hazard that full adoption of `lever` raises by `effect`, as a share of it; none if it is never changed.
    fn changed(
        &self,
        lever: Lever,
        effect: fn(&Effects) -> f64,
        days: Range<i32>,
        per_day: &Timed<f64>,
    ) -> Option<ChangedHazard> {
        if per_day.constant() == Some(&0.0) {
            return None;
        }
        let practices = std::iter::once(&self.own).chain(&self.past);
        let curves = practices.filter_map(|practice| practice.curve(lever));
        let as_stated_until = curves.map(|curve| curve.start).min_by(f64::total_cmp)?;
        let rates = days.clone().map(|day| {
            let midnight = f64::from(day);
            let rate = *per_day.at(midnight);
            let practice = self.practice(midnight).unwrap_or(&self.own);
            let factor = |t| 1.0 + effect(&practice.effects) * practice.of(lever, t);
            [midnight, midnight + 1.0].map(|t| rate * factor(t).max(0.0))
        });
        Some(ChangedHazard {
            as_stated_until,
            clock: Clock::new(days.start, rates),
        })
    }

    /// Factor on the mean number of leads of a day.
    pub fn leads_factor(&self, day: i32, is_inbound: bool) -> f64 {
        let t = f64::from(day);
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        let at = |curve: &Option<Curve>| curve.as_ref().map_or(0.0, |curve| curve.at(t));
        let content = if is_inbound {
            at(&practice.content)
        } else {
            0.0
        };
        ((1.0 + at(&practice.tested)) * (1.0 + content)).max(0.0)
    }

    /// Factor on the churn of existing customers on a day.
    pub fn churn_factor(&self, day: i32) -> f64 {
        let t = f64::from(day);
        let Some(practice) = self.practice(t) else {
            return 1.0;
        };
        1.0 - practice.effects.churn * practice.of(Lever::CustomerJourney, t)
    }

    /// What targeting has learned at the end of a day, in quality of new leads: the step of
    /// `dL/dt = rate * a2 * (0.3 + 0.7 a3) * (L_max - L)` from `learned` on, where `a2` is the adoption of
    /// the feedback loop and `a3` that of the integrated CRM.
    ///
    /// `verdicts_per_day` is how many leads sales touched lately: fewer than the loop needs teach less.
    pub fn learn(&self, learned: f64, day: i32, verdicts_per_day: impl FnOnce() -> f64) -> f64 {
        let t = f64::from(day);
        let Some(practice) = self.practice(t) else {
            return learned;
        };
        let talks = practice.of(Lever::FeedbackLoop, t);
        if talks == 0.0 {
            return learned;
        }
        let effects = &practice.effects;
        let data = practice.of(Lever::IntegratedCrm, t).max(0.0);
        let heard = effects
            .verdicts_per_day
            .map_or(1.0, |needed| (verdicts_per_day() / needed).min(1.0));
        let rate = effects.learning_per_year / 365.0
            * (LEARNING_WITHOUT_DATA + (1.0 - LEARNING_WITHOUT_DATA) * data)
            * talks
            * heard;
        (learned + rate.min(1.0) * (effects.quality_gain - learned)).max(-effects.quality_gain)
    }
}

/// The reliability of data, `added` to what is stated.
pub(super) fn reliability(stated: f64, added: f64) -> f64 {
    (stated + added).clamp(0.0, stated.max(MOST_RELIABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programme(midpoint: f64) -> Programme {
        Programme {
            ceiling: 1.0,
            start_day: 0,
            midpoint,
            width: 35.0,
            cost_once: 1000.0,
            cost_per_month: 304.375,
            rep_time: 0.0,
            failure: 0.0,
            champion: None,
            dip: None,
        }
    }

    fn key() -> Key {
        LeverLuck::new(1, 0).0[0]
    }

    fn straight(start: f64, slope: f64, days: usize) -> Curve {
        Curve {
            start,
            values: (0..=days).map(|day| slope * day as f64).collect(),
        }
    }

    /// Mean of the normalised logistic over 548 days, by integral: `w (softplus((T - m) / w) -
    /// softplus(-m / w))`, less what it is at the start. The trapezoidal rule on days errs by 1e-6.
    #[test]
    fn mean_adoption_over_18_months_is_exact() {
        for (midpoint, exact) in [(90.0, 0.818_151_61), (150.0, 0.721_625_56)] {
            let adoption = programme(midpoint).adoption(0, 549, key());
            let inner: f64 = adoption[1..548].iter().sum();
            let mean = (inner + 0.5 * (adoption[0] + adoption[548])) / 548.0;
            assert!((mean - exact).abs() < 2e-6, "{mean} is not {exact}");
        }
    }

    #[test]
    fn adoption_starts_at_0_and_ends_at_the_ceiling() {
        let adoption = programme(90.0).adoption(-5, 2_000, key());
        assert_eq!(adoption[5], 0.0);
        assert!((adoption[1_999] - 1.0).abs() < 1e-12);
        assert!(adoption.is_sorted());
    }

    #[test]
    fn a_programme_that_fails_is_not_adopted_and_one_without_its_champion_fades() {
        let fails = Programme {
            failure: 1.0,
            ..programme(90.0)
        };
        assert_eq!(fails.adoption(0, 400, key()), vec![0.0; 400]);
        let champion = Champion {
            leaves_per_year: 1e9,
            keeps: 0.4,
            fades: 30.0,
        };
        let fades = Programme {
            champion: Some(champion),
            ..programme(90.0)
        };
        let left = fades.adoption(0, 1_000, key())[999];
        assert!((left - 0.4).abs() < 1e-6, "{left}");
    }

    #[test]
    fn costs_fall_due_from_the_start_on_where_practice_is_taken_up() {
        let taken_up = programme(90.0);
        let costs = [-1, 0, 1].map(|day| taken_up.cost_on(day));
        assert_eq!(costs, [0.0, 1010.0, 10.0]);
        let decaying = Programme {
            ceiling: -0.5,
            ..programme(90.0)
        };
        assert_eq!(decaying.cost_on(0), 0.0);
    }

    #[test]
    fn a_curve_goes_in_straight_lines_and_stays_where_it_ends() {
        let curve = straight(10.0, 0.5, 4);
        let at = [9.9, 10.0, 10.5, 12.0, 13.75, 14.0, 99.0].map(|t| curve.at(t));
        assert_eq!(at, [0.0, 0.0, 0.25, 1.0, 1.875, 2.0, 2.0]);
    }

    /// Content of a gain of 10 % that is fully adopted at once builds up as 1 - (1 - 1/240)^n.
    #[test]
    fn content_builds_up_and_saturates() {
        let adoption = Curve {
            start: 0.0,
            values: vec![1.0; 3_000],
        };
        let stock = build_up(Some(&adoption), None, 2_999, content(0.1)).expect("it is adopted");
        let exact = 0.1 * (1.0 - (1.0f64 - 1.0 / 240.0).powi(240));
        assert!((stock.values[239] - exact).abs() < 1e-12);
        assert!((stock.values[2_999] - 0.1).abs() < 1e-6);
    }

    /// What another scenario left wears off where nobody goes on, and is where to go on from.
    #[test]
    fn stocks_go_on_from_what_the_past_left() {
        let left = build_up(None, Some(0.2), 240, content(0.1)).expect("something is left");
        assert!((left.at(240.0) - 0.2 * (1.0f64 - 1.0 / 240.0).powi(241)).abs() < 1e-12);
        assert_eq!(build_up(None, Some(0.0), 240, content(0.1)), None);
        let kept = build_up(Some(&straight(0.0, 0.0, 240)), Some(0.2), 240, content(0.1));
        assert_eq!(kept, Some(left));
    }

    /// Tests of full adoption gain 10 % in the long run, in steps.
    ///
    /// A step is on average 0.127 and comes every 152 days; G is a shot noise of mean 0.1 and standard
    /// deviation 0.127 * sqrt(E[X^2] * 120 / 2 / 152) = 0.11, correlated over 240 days. Over 400 streams of
    /// 3,000 days the standard error of the mean is 0.0016. Four of them.
    #[test]
    fn tests_gain_on_average_what_is_stated() {
        let adoption = Curve {
            start: 0.0,
            values: vec![1.0; 4_000],
        };
        let effects = Effects {
            tested_leads: 0.1,
            tests_per_month: 1.0,
            true_wins: 0.2,
            false_wins: 0.05,
            ..Plan::new(&no_levers(), &[]).effects
        };
        let late = |replication: u64| {
            let key = LeverLuck::new(3, replication).0[Lever::AbTesting as usize];
            let gain = build_up(Some(&adoption), None, 3_999, tested(&effects, key))
                .expect("it is adopted");
            gain.values[1_000..].iter().sum::<f64>() / 3_000.0
        };
        let mean = (0..400).map(late).sum::<f64>() / 400.0;
        assert!((mean - 0.1).abs() < 4.0 * 0.0016, "{mean}");
    }

    fn no_levers() -> Levers {
        let none = Quantity::Known(0.0);
        Levers {
            programmes: [const { None }; Lever::N],
            effects: scenario::Effects {
                angle: none,
                volume_bias: none,
                learning_per_year: none,
                quality_gain: none,
                verdicts_per_day: None,
                data_reliability: none,
                crm_leak: none,
                routing: none,
                selling_share: none,
                sla_leak: none,
                expiry: none,
                recycling: none,
                score_order_above: none,
                win: none,
                opportunity: none,
                cycle: none,
                content_leads: none,
                maturation: none,
                deal_size: none,
                tested_leads: none,
                tests_per_month: none,
                true_wins: none,
                false_wins: none,
                churn: none,
                referrals: none,
            },
        }
    }
}
