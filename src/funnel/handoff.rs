//! From MQL to the first touch of sales and its verdict: leak, routing, contact, acceptance, recycling.

use super::feedback::Trust;
use super::lead::Lead;
use super::nurturing::{above_threshold, noise_of};
use super::observe::{Event, Observer, Reading};
use super::parameters::{LawAt, known, optional, optional_law, zip};
use super::plain::{Crowd, PlainLead, PlainRules, PlainTouch};
use super::reasons::ends_of_shares;
use super::run::{Run, Stage};
use super::station::Station;
use super::tally::Count;
use crate::distribution::{Sampler, normal_quantile_fast};
use crate::math;
use crate::random::{Decision, EventId, Key};
use crate::scenario::{self, ReasonKind, Timed};

/// How leads are handed over, at one draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    leak: Timed<f64>,
    pub routing: Timed<Option<LawAt>>,
    sla: Timed<Option<f64>>,
    pub expiry: Timed<Option<LawAt>>,
    contact: Timed<f64>,
    contact_decay: Timed<Option<ContactDecay>>,
    acceptance: Timed<Acceptance>,
    /// Upper ends of the reasons' shares on (0, 1).
    pub reasons: Timed<Vec<f64>>,
    pub recycling: Timed<Option<Recycling>>,
    /// Before day 0, and from then on.
    pub trust: [Option<Trust>; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct ContactDecay {
    floor: f64,
    days: f64,
    power: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Acceptance {
    Rate(f64),
    Judgement {
        accuracy: f64,
        noise: f64,
        threshold: f64,
    },
}

/// Who is recycled, and when they come back.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Recycling {
    share: f64,
    pub delay: LawAt,
    limit: u32,
    rejected: bool,
    expired: bool,
    unreached: bool,
}

/// What a touch comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Unreached,
    Rejected,
    Accepted,
}

impl Parameters {
    pub fn new(handoff: &scenario::Handoff, draw: &[f64]) -> Self {
        use scenario::Acceptance as Stated;
        Self {
            leak: known(&handoff.leak, draw),
            routing: optional_law(handoff.routing.as_ref(), draw),
            sla: optional(handoff.sla.as_ref(), draw),
            expiry: optional_law(handoff.expiry.as_ref(), draw),
            contact: known(&handoff.contact, draw),
            contact_decay: handoff
                .contact_decay
                .as_ref()
                .map_or(Timed::always(None), |decay| {
                    let curve = zip(
                        &known(&decay.floor, draw),
                        &known(&decay.days, draw),
                        |&f, &d| (f, d),
                    );
                    zip(
                        &curve,
                        &known(&decay.power, draw),
                        |&(floor, days), &power| Some(ContactDecay { floor, days, power }),
                    )
                }),
            acceptance: match &handoff.acceptance {
                Stated::Rate(rate) => known(rate, draw).map(|&rate| Acceptance::Rate(rate)),
                Stated::Judgement {
                    accuracy,
                    threshold,
                } => zip(
                    &known(accuracy, draw),
                    &known(threshold, draw),
                    |&accuracy, &threshold| Acceptance::Judgement {
                        accuracy,
                        noise: noise_of(accuracy),
                        threshold,
                    },
                ),
            },
            reasons: ends_of_shares(&handoff.reasons, draw),
            trust: [handoff.trust.as_ref().map(|trust| Trust::at(trust, draw)); 2],
            recycling: handoff
                .recycling
                .as_ref()
                .map_or(Timed::always(None), |recycling| {
                    let delay = super::parameters::law(&recycling.delay, draw);
                    zip(&known(&recycling.share, draw), &delay, |&share, delay| {
                        Some(Recycling {
                            share,
                            delay: delay.clone(),
                            limit: recycling.limit,
                            rejected: recycling.rejected,
                            expired: recycling.expired,
                            unreached: recycling.unreached,
                        })
                    })
                }),
        }
    }

    /// These from day 0 on, `past` before.
    pub fn after(&self, past: &Self) -> Self {
        Self {
            leak: self.leak.after(&past.leak),
            routing: self.routing.after(&past.routing),
            sla: self.sla.after(&past.sla),
            expiry: self.expiry.after(&past.expiry),
            contact: self.contact.after(&past.contact),
            contact_decay: self.contact_decay.after(&past.contact_decay),
            acceptance: self.acceptance.after(&past.acceptance),
            reasons: self.reasons.after(&past.reasons),
            recycling: self.recycling.after(&past.recycling),
            trust: [past.trust[0], self.trust[1]],
        }
    }

    /// Whether both are the same before day 0.
    pub fn acts_alike_before_day_0(&self, other: &Self) -> bool {
        self.after(self) == self.after(other) && self.trust == other.trust
    }

    /// Whether sales judges quality at some time.
    pub fn judges_quality(&self) -> bool {
        self.acceptance
            .steps()
            .any(|(_, rule)| matches!(rule, Acceptance::Judgement { .. }))
    }

    /// The leak and the law of routing that hold for all leads at all times, where feedback does not change them.
    pub fn plain_handoff(&self) -> Option<(f64, Option<&LawAt>)> {
        let (leak, routing) = (self.leak.constant()?, self.routing.constant()?);
        let trusts = self.trust.iter().any(Option::is_some);
        (!trusts).then_some((*leak, routing.as_ref()))
    }

    /// What all leads meet at the first touch at all times: no patience ends, no response comes too late.
    pub fn plain_touch(&self) -> Option<PlainTouch> {
        let Acceptance::Rate(acceptance) = *self.acceptance.constant()? else {
            return None;
        };
        let never_expire = self.expiry.steps().all(|(_, law)| law.is_none());
        let never_cool = self.contact_decay.steps().all(|(_, decay)| decay.is_none());
        (never_expire && never_cool && !self.recycles()).then_some(PlainTouch {
            contact: *self.contact.constant()?,
            acceptance,
            sla: *self.sla.constant()?,
        })
    }

    /// Whether leads come back at some time.
    pub fn recycles(&self) -> bool {
        self.recycling.steps().any(|(_, rule)| rule.is_some())
    }

    /// Probability that sales accepts a contacted lead of quality `q` at `t`; 1 for a plain rate.
    pub fn accept_probability(&self, t: f64, q: f64) -> f64 {
        match *self.acceptance.at(t) {
            Acceptance::Rate(_) => 1.0,
            Acceptance::Judgement {
                accuracy,
                noise,
                threshold,
            } => above_threshold(accuracy * q, noise, threshold),
        }
    }

    /// Probability of contact at time `t`, `response` days after the handoff.
    fn contact_probability(&self, t: f64, response: f64) -> f64 {
        let contact = *self.contact.at(t);
        match self.contact_decay.at(t) {
            None => contact,
            Some(ContactDecay { floor, days, power }) => {
                contact * (floor + (1.0 - floor) * math::pow(1.0 + response / days, -power))
            }
        }
    }
}

impl Crowd {
    /// Sets the time at which each MQL reaches sales.
    #[inline(always)]
    fn route(&mut self, key: Key, routing: Option<&Sampler>) {
        let Crowd { t, u, mqls, .. } = self;
        t.clear();
        t.extend(mqls.iter().map(|&(_, since)| since));
        if let Some(routing) = routing {
            let luck = |&(id, _): &(EventId, f64)| key.uniform(id, Decision::Routing);
            u.clear();
            u.extend(mqls.iter().map(luck));
            routing.add_quantiles(u, t);
        }
    }
}

impl<O: Observer> Run<'_, O> {
    /// A new MQL is handed to sales, or leaks.
    #[inline(always)]
    pub fn hand_off(&mut self, mut lead: Lead) {
        let handoff = &self.funnel.handoff;
        let leak = self.leak_probability(lead.t);
        if self.happens(&lead, Decision::Leak, lead.t, leak) {
            return self.end(&lead, lead.t, Count::Leaked, Event::Leaked);
        }
        if let Some(law) = handoff.routing.at(lead.t) {
            let factor = self.alignment.routing_factor(lead.t);
            lead.t += self.time(&lead, law, Decision::Routing, lead.t, factor);
        }
        self.pass_on(lead, Stage::Queue);
    }

    /// Probability that an MQL of time `t` leaks.
    #[inline(always)]
    fn leak_probability(&self, t: f64) -> f64 {
        let leak = self.funnel.handoff.leak.at(t) * self.alignment.leak_left(t);
        self.feedback.distrusted(leak)
    }

    /// New MQLs of a source are handed to sales under plain rules, or leak.
    pub fn hand_off_plainly(&mut self, source: u32, rules: &PlainRules, crowd: &mut Crowd) {
        let key = self.keys[source as usize];
        self.leak_plainly(key, rules.leak, &mut crowd.mqls);
        crowd.route(key, rules.routing.as_ref());
        let sales = self.plain_sales();
        for (&(id, since), &t) in crowd.mqls.iter().zip(&crowd.t) {
            let mql = self.ledger.row(since);
            let lead = PlainLead {
                since,
                mql,
                ..PlainLead::new(id, t, source)
            };
            match sales {
                Some(sales) if t < self.horizon => match sales.hold {
                    None => crowd.sals.extend(self.touch_plainly(lead, t, &sales.touch)),
                    Some(_) => self.wait_plainly(lead),
                },
                _ => self.pass_on(self.one_by_one(&lead), Stage::Queue),
            }
        }
        if let Some(sales) = sales {
            self.close_plainly(&sales.closing, crowd);
        }
    }

    /// Some of the new MQLs, which have this key, leak; the others are left.
    #[inline(always)]
    fn leak_plainly(&mut self, key: Key, leak: f64, mqls: &mut Vec<(EventId, f64)>) {
        let mut n_kept = 0;
        for i in 0..mqls.len() {
            let (id, since) = mqls[i];
            let leaks = key.uniform(id, Decision::Leak) < leak;
            self.ledger
                .count_if(self.ledger.row(since), Count::Leaked, leaks);
            mqls[n_kept] = (id, since);
            n_kept += usize::from(!leaks);
        }
        mqls.truncate(n_kept);
    }

    /// Sales touches a lead at `t` under plain rules; the lead, if it is accepted.
    #[inline(always)]
    pub fn touch_plainly(
        &mut self,
        mut lead: PlainLead,
        t: f64,
        rules: &PlainTouch,
    ) -> Option<PlainLead> {
        let row = self.ledger.row(t);
        self.ledger.count(row, Count::Touched);
        let within_sla = rules.sla.is_some_and(|sla| t - lead.since <= sla);
        self.ledger.count_if(row, Count::SlaMet, within_sla);
        if !lead.happens(self.keys, Decision::Contact, rules.contact) {
            self.ledger.count(row, Count::Unreached);
            return None;
        }
        if !lead.happens(self.keys, Decision::Acceptance, rules.acceptance) {
            self.ledger.count(row, Count::Rejected);
            return None;
        }
        self.ledger.count(row, Count::Sals);
        self.ledger.count(lead.mql, Count::MqlsThatReachedSal);
        lead.sal = row;
        Some(lead)
    }

    /// The verdict on a lead that is touched at `t`; nothing happens yet.
    #[inline(always)]
    pub fn verdict(&mut self, lead: &Lead, t: f64) -> Verdict {
        let handoff = &self.funnel.handoff;
        let contact = handoff.contact_probability(t, t - lead.since);
        if !self.happens(lead, Decision::Contact, t, contact) {
            return Verdict::Unreached;
        }
        let accepted = match *handoff.acceptance.at(t) {
            Acceptance::Rate(rate) => self.happens(lead, Decision::Acceptance, t, rate),
            Acceptance::Judgement {
                accuracy,
                noise,
                threshold,
            } => {
                let u = self.decide(lead, Decision::Acceptance);
                let judged = accuracy * lead.quality + noise * normal_quantile_fast(u);
                let reading = Reading::Above {
                    value: judged,
                    threshold,
                };
                self.observer
                    .read(lead, Decision::Acceptance, t, u, reading);
                judged > threshold
            }
        };
        if accepted {
            Verdict::Accepted
        } else {
            Verdict::Rejected
        }
    }

    /// Sales touches a lead at `t`; if accepted, the rep is done with it at `done`.
    #[inline(always)]
    pub fn touch(&mut self, mut lead: Lead, t: f64, verdict: Verdict, done: f64) {
        let row = self.ledger.row(t);
        self.ledger.count(row, Count::Touched);
        self.observer.event(&lead, Event::Touched, t);
        if let Some(sla) = *self.funnel.handoff.sla.at(t)
            && t - lead.since <= sla
        {
            self.ledger.count(row, Count::SlaMet);
        }
        match verdict {
            Verdict::Unreached => self.fail(lead, t, Count::Unreached, Event::Unreached),
            Verdict::Rejected => {
                let reason = self.reason(lead, t, ReasonKind::Rejected);
                self.fail(lead, t, Count::Rejected, Event::Rejected(reason));
            }
            Verdict::Accepted => {
                self.ledger.count(row, Count::Sals);
                self.observer.event(&lead, Event::Accepted, t);
                if lead.sal == Lead::NOT_YET {
                    self.ledger.count(lead.mql, Count::MqlsThatReachedSal);
                    lead.sal = row;
                } else {
                    self.ledger.count(row, Count::RepeatedSals);
                }
                lead.t = done;
                match self.funnel.first_station {
                    Station::Sdr => self.pass_on(lead, Stage::SalQueue),
                    Station::Sales => self.pass_on(lead, Stage::Open),
                }
            }
        }
    }

    /// A lead leaves the queue of a station at `t`.
    #[inline(always)]
    pub fn leave_queue(&mut self, lead: &Lead, station: Station, t: f64) {
        self.ledger.count(self.ledger.row(t), station.left_queue());
        self.ledger
            .waited(station, self.row_of_wait(lead), t - lead.queued);
    }

    /// A lead expires in the queue of a station at `t`.
    pub fn expire(&mut self, lead: Lead, station: Station, t: f64) {
        self.leave_queue(&lead, station, t);
        self.fail(lead, t, Count::Expired, Event::Expired);
    }

    /// Sales gives the lead up at `t`: it is recycled, or comes to an end.
    fn fail(&mut self, lead: Lead, t: f64, end: Count, event: Event) {
        let recycling = self.funnel.handoff.recycling.at(t).as_ref();
        let eligible = recycling.is_some_and(|recycling| match end {
            Count::Rejected => recycling.rejected,
            Count::Expired => recycling.expired,
            _ => recycling.unreached,
        });
        self.give_up(lead, t, end, event, eligible);
    }

    /// The lead is given up at `t`: it is recycled if it is eligible, or comes to an end.
    pub fn give_up(&mut self, mut lead: Lead, t: f64, end: Count, event: Event, eligible: bool) {
        self.observer.event(&lead, event, t);
        let Some(recycling) = self.funnel.handoff.recycling.at(t) else {
            return self.ledger.count(self.ledger.row(t), end);
        };
        let share = recycling.share + self.alignment.more_recycled(t);
        let comes_back = eligible
            && lead.id.pass() < recycling.limit
            && self.happens(&lead, Decision::Recycling, t, share);
        if !comes_back {
            return self.ledger.count(self.ledger.row(t), end);
        }
        self.observer.event(&lead, Event::Recycled, t);
        lead.t = t + self.time(&lead, &recycling.delay, Decision::RecyclingDelay, t, 1.0);
        lead.id = lead.id.next_pass();
        if lead.t < self.horizon && self.calendar.has_next() {
            self.calendar.put(lead.t, (Stage::Qualify, lead));
        } else {
            self.stay_open(&lead, Stage::Qualify);
        }
    }
}
