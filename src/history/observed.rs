//! How stays in a stage have ended, as they were observed: beside what is fitted, and beside what would be wrong.

use super::fit::StageFit;
use super::latency::Family;
use super::mixture::Mixture;
use super::spells::Spells;
use super::survival::{self, Incidence, Naive, aalen_johansen, naive};
use super::{End, History};

/// What was observed of the stays in a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Ways to end, in the order of the stage's hazards, which is that of all lists here.
    pub ways: Vec<End>,
    /// Aalen–Johansen.
    pub incidence: Incidence,
    /// The shares that one would count by hand.
    pub naive: Vec<Naive>,
    /// One law of time for each way, as good as such laws get.
    pub single_laws: Option<SingleLaws>,
}

/// A mixture cure model: each way has one law of time, and some stays may never end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SingleLaws {
    pub family: Family,
    /// Largest distance of an incidence from the observed one \[share\].
    pub distance: f64,
    /// Share of stays that never ends; 0 where the history is too short to tell.
    pub never: f64,
}

/// More stays than this change no picture: each so manieth is looked at.
const MOST_STAYS: usize = 100_000;
/// Ages are told apart by the hour \[per day\].
const HOURS: f64 = 24.0;

impl Observed {
    /// Of stage number `stage` of a history. At most 100,000 stays, evenly chosen, are looked at. O(records).
    pub fn new(history: &History, stage: usize, fit: &StageFit) -> Observed {
        let ways: Vec<End> = fit.hazards.iter().map(|hazard| hazard.end).collect();
        // Whoever's ends are recorded from a day on is watched from that day on.
        let from_day = fit.hazards.iter().map(|hazard| hazard.from_day).max();
        let from = from_day.unwrap_or(0) as f64;
        let stays = Spells::of(history, stage as u32).spells;
        let stride = stays.len().div_ceil(MOST_STAYS).max(1);
        let hour = |age: f64| (age * HOURS).ceil() / HOURS;
        let watched = stays.iter().filter(|stay| stay.left > from).step_by(stride);
        let spells: Vec<survival::Spell> = watched
            .map(|stay| survival::Spell {
                entry: hour((from - stay.entered).max(0.0)),
                exit: hour(stay.left - stay.entered),
                cause: ways.iter().position(|way| *way == stay.end),
            })
            .collect();
        let incidence = aalen_johansen(&spells, ways.len());
        Observed {
            naive: (0..ways.len()).map(|way| naive(&spells, way)).collect(),
            single_laws: SingleLaws::new(&spells, &incidence, ways.len()),
            incidence,
            ways,
        }
    }
}

impl SingleLaws {
    /// Those of the likelier family.
    fn new(spells: &[survival::Spell], observed: &Incidence, n_ways: usize) -> Option<SingleLaws> {
        let families = [Family::LogNormal, Family::Weibull].into_iter();
        let fits =
            families.filter_map(|family| Some((family, Mixture::fit(spells, n_ways, family)?)));
        let (family, best) =
            fits.max_by(|a, b| a.1.log_likelihood.total_cmp(&b.1.log_likelihood))?;
        let off = |way: usize, place: usize| {
            let law = best.laws[way].map_or(0.0, |law| law.cdf(observed.ages[place]));
            (best.shares[way] * law - observed.incidence[way][place]).abs()
        };
        let places = (0..n_ways).flat_map(|way| (0..observed.ages.len()).map(move |at| (way, at)));
        Some(SingleLaws {
            family,
            distance: places.map(|(way, at)| off(way, at)).fold(0.0, f64::max),
            never: best.never,
        })
    }
}
