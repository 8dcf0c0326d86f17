//! Notes a loop of referrals that feeds on itself.

use super::Scenario;
use super::fault::Note;
use super::hazards::{Hazard, Hazards};
use super::path::KeyPath;
use super::process::{
    Acceptance, Customers, Opening, Process, Qualification, QualityRate, ScoreAccuracy, StageEnds,
};
use super::quantity::{Quantity, Timed};
use super::tree::Tree;
use crate::math::{cos, exp, normal_sf};

/// Notes that customers bring in at least as many customers as they are, each over the time for which it
/// stays up to the horizon: what starts as a trickle then grows as fast as it can.
pub(super) fn notes(tree: &Tree, scenario: &Scenario) -> Option<Note> {
    let customers = scenario.process.customers.as_ref()?;
    let expected = Expected {
        process: &scenario.process,
        draw: &scenario.median_draw(),
    };
    let days = expected.days_as_customer(customers, scenario.horizon_days);
    let referred = expected.of(customers.referrals_per_year) / 365.0 * days;
    let gain = referred * expected.share_won();
    (gain >= 1.0).then(|| {
        let path = KeyPath::from("customers.referrals.per_year");
        Note {
            path: path.to_string(),
            message: format!(
                "referrals can feed on themselves: while it stays, up to the horizon, a customer refers {} leads, \
                 which become about {} customers; from 1 on each brings in its successor",
                rounded(referred),
                rounded(gain)
            ),
            place: tree.place_of(&path),
        }
    })
}

/// What to expect of a process on day 0, every doubt at its median.
struct Expected<'a> {
    process: &'a Process,
    draw: &'a [f64],
}

impl Expected<'_> {
    fn of(&self, number: Quantity) -> f64 {
        number.at(self.draw)
    }

    fn on_day_0(&self, number: &Timed<Quantity>) -> f64 {
        self.of(*number.at(0.0))
    }

    /// Mean time for which a customer stays, if it is won `horizon_days` before the end.
    fn days_as_customer(&self, customers: &Customers, horizon_days: u32) -> f64 {
        const PARTS: u32 = 64;
        let churn = customers.churn.at(0.0).at(self.draw);
        let horizon = f64::from(horizon_days);
        let term = f64::from(customers.term_days);
        let stays = (0..PARTS).map(|part| {
            let churn = churn.quantile((f64::from(part) + 0.5) / f64::from(PARTS));
            let (mut stays, mut share, mut begun) = (0.0, 1.0, 0.0);
            while begun < horizon && share > 0.0 {
                stays += share * term.min(horizon - begun);
                share *= 1.0 - churn.clamp(0.0, 1.0);
                begun += term;
            }
            stays
        });
        stays.sum::<f64>() / f64::from(PARTS)
    }

    /// Share of referred leads that are won in the end, without recycling: by rates at their mean quality, and
    /// for a score or a judgement of leads by what passes it.
    fn share_won(&self) -> f64 {
        let channels = &self.process.channels;
        let channel = channels.iter().find(|c| c.name == Customers::CHANNEL);
        let quality = channel.map_or(0.0, |channel| self.on_day_0(&channel.quality));
        let own_rate = channel.and_then(|channel| channel.qualification.as_ref());
        let qualified = match own_rate {
            Some(rate) => self.on_day_0(rate),
            None => self.share_qualified(quality),
        };
        let handoff = &self.process.handoff;
        let reached = (1.0 - self.on_day_0(&handoff.leak)) * self.on_day_0(&handoff.contact);
        let accepted = match &handoff.acceptance {
            Acceptance::Rate(rate) => self.on_day_0(rate),
            Acceptance::Judgement {
                accuracy,
                threshold,
            } => passing(self.on_day_0(accuracy), quality, self.on_day_0(threshold)),
        };
        self.share_mature() * qualified * reached * accepted * self.share_closed(quality)
    }

    /// Share of leads that are ready, or mature before they fade.
    fn share_mature(&self) -> f64 {
        let nurturing = &self.process.nurturing;
        let (ready, never) = (
            self.on_day_0(&nurturing.ready),
            self.on_day_0(&nurturing.never),
        );
        let matures = self.on_day_0(&nurturing.maturation_per_day);
        let exits = matures + self.on_day_0(&nurturing.decay_per_day);
        let share = if exits > 0.0 { matures / exits } else { 0.0 };
        ready + (1.0 - ready - never).max(0.0) * share
    }

    fn share_qualified(&self, quality: f64) -> f64 {
        match &self.process.nurturing.qualification {
            Qualification::Rate(rate) => self.on_day_0(rate),
            Qualification::Score {
                accuracy,
                threshold,
                volume_bias,
            } => {
                let accuracy = match accuracy {
                    ScoreAccuracy::Stated(accuracy) => self.on_day_0(accuracy),
                    ScoreAccuracy::Emergent {
                        angle_degrees,
                        data_reliability,
                        ..
                    } => {
                        let angle = self.on_day_0(angle_degrees).to_radians();
                        cos(angle) * self.on_day_0(data_reliability)
                    }
                };
                let threshold = self.on_day_0(threshold) - self.on_day_0(volume_bias);
                passing(accuracy, quality, threshold)
            }
        }
    }

    /// Share of accepted leads of this quality that are won.
    fn share_closed(&self, quality: f64) -> f64 {
        let closing = &self.process.closing;
        let shifted = |rate: &Timed<Quantity>, effect: &Timed<Quantity>| {
            let rate = self.on_day_0(rate);
            let odds = rate * exp((self.on_day_0(effect) * quality).min(700.0));
            odds / (1.0 - rate + odds)
        };
        let passes = |rate: &QualityRate| shifted(&rate.rate, &rate.quality_effect);
        let opportunity: f64 = match &closing.opening {
            Opening::Rate(rate) => passes(rate),
            Opening::Gates(gates) => gates.iter().map(|gate| passes(&gate.pass)).product(),
        };
        let stages = closing.stages.iter();
        let won: f64 = stages
            .map(|stage| match &stage.ends {
                StageEnds::Shares(shares) => shifted(&shares.advance, &stage.quality_effect),
                StageEnds::Hazards(hazards) => {
                    let shift = self.on_day_0(&stage.quality_effect) * quality;
                    self.share_advanced(hazards, exp(shift.min(700.0)))
                }
            })
            .product();
        opportunity * won
    }

    /// Share of opportunities that hazards let advance, without rhythms, where the one of advancing is multiplied
    /// by `ratio`: the sum over ages of `S(a) * h_advance / h * (1 - exp(-h * days))`.
    fn share_advanced(&self, hazards: &Hazards, ratio: f64) -> f64 {
        let starts = hazards.each().flat_map(|hazard| &hazard.per_day);
        let mut starts: Vec<f64> = starts.map(|(from, _)| *from).collect();
        starts.sort_by(f64::total_cmp);
        starts.dedup();
        let ends = starts.iter().skip(1).copied().chain([f64::INFINITY]);
        let at = |hazard: &Hazard, age| self.of(hazard.at(age)) * self.on_day_0(&hazard.level);
        let (mut open, mut advanced) = (1.0, 0.0);
        for (from, end) in starts.iter().zip(ends) {
            let advance = ratio * at(&hazards.advance, *from);
            let others = hazards.each().skip(1).map(|hazard| at(hazard, *from));
            let total = advance + others.sum::<f64>();
            if total > 0.0 {
                let left = open * exp(-total * (end - from));
                advanced += (open - left) * (advance / total).min(1.0);
                open = left;
            }
        }
        advanced
    }
}

/// Share of leads of mean quality `quality` of which a noisy view passes `threshold`.
fn passing(accuracy: f64, quality: f64, threshold: f64) -> f64 {
    normal_sf(threshold - accuracy * quality)
}

fn rounded(number: f64) -> String {
    format!("{}", (number * 100.0).round() / 100.0)
}
