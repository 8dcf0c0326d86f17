//! Closing by hazards: how probable it is, day by day, that an opportunity of some age is won, lost or given up.

use super::assemble::{Assembler, Section};
use super::process::Rhythms;
use super::quantity::{Quantity, Timed};

/// The hazards of a stage's outcomes. Each draws a time of its own, and what comes first happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Hazards {
    /// Of moving on, or of being won in the last stage, at quality 0.
    pub advance: Hazard,
    /// None: never.
    pub lost: Option<Hazard>,
    pub no_decision: Option<Hazard>,
}

/// The hazard `level(day) * rhythm(day) * per_day(age)` \[per day\].
#[derive(Debug, Clone, PartialEq)]
pub struct Hazard {
    /// From which age in the stage on \[days\] it is how much \[per day, ≥ 0\]; never empty, ascending from 0.
    pub per_day: Vec<(f64, Quantity)>,
    /// Without a yearly wave.
    pub rhythm: Rhythms,
    /// Multiplier by calendar time \[≥ 0\].
    pub level: Timed<Quantity>,
}

impl Hazards {
    /// Those that there are, the one of advancing first.
    pub(super) fn each(&self) -> impl Iterator<Item = &Hazard> {
        let others = [self.lost.as_ref(), self.no_decision.as_ref()];
        std::iter::once(&self.advance).chain(others.into_iter().flatten())
    }
}

impl Hazard {
    /// At an age \[days\], without level and rhythm.
    pub(super) fn at(&self, age: f64) -> Quantity {
        let reached = |(from, _): &&(f64, Quantity)| *from <= age;
        let last = self.per_day.iter().rev().find(reached);
        last.map_or(Quantity::Known(0.0), |(_, per_day)| *per_day)
    }
}

impl Assembler<'_> {
    /// The hazards of a stage in whose place none of the keys in `shares` may stand; the first is called `advance`.
    pub(super) fn hazards(
        &mut self,
        stage: &Section<'_>,
        advance: &str,
        shares: [&str; 6],
    ) -> Hazards {
        for name in shares {
            self.either(stage, name, "hazards");
        }
        let section = stage.inner("hazards");
        let outcomes = [advance, "lost", "no_decision"];
        for (name, hazard) in section.each() {
            if !outcomes.contains(&name.as_str()) {
                let message = format!("`{}` is the hazard of no outcome", section.at(&name));
                let help = format!("outcomes are {advance}, lost and no_decision");
                self.fault(&section, &name, message, &help);
            } else if !hazard.has("ages") {
                self.no_ages(&hazard);
            }
        }
        if !section.has(advance) && !self.tree.incomplete {
            self.no_ages(&section.inner(advance));
        }
        let lost = section.stated("lost");
        let no_decision = section.stated("no_decision");
        Hazards {
            advance: self.hazard(&section.inner(advance)),
            lost: lost.map(|hazard| self.hazard(&hazard)),
            no_decision: no_decision.map(|hazard| self.hazard(&hazard)),
        }
    }

    /// Reports that nothing says how large a hazard is.
    fn no_ages(&mut self, hazard: &Section<'_>) {
        let path = hazard.at("ages");
        let message = format!("`{path}` is missing: nothing says how large the hazard is");
        let help = format!("add [{path}] with \"0\" = 0.01, the hazard per day from age 0 on");
        self.fault(hazard, "ages", message, &help);
    }

    fn hazard(&mut self, section: &Section<'_>) -> Hazard {
        Hazard {
            per_day: self.ages(&section.inner("ages")),
            rhythm: self.rhythms(&section.inner("rhythm")),
            level: section.number("level"),
        }
    }

    /// The hazard by age, in order of age; 0 where none is stated.
    fn ages(&mut self, ages: &Section<'_>) -> Vec<(f64, Quantity)> {
        let mut per_day: Vec<(f64, Quantity)> = Vec::new();
        for (name, _) in ages.each() {
            let age = name.parse::<f64>().ok();
            match age.filter(|age| *age >= 0.0 && age.is_finite()) {
                Some(age) if per_day.iter().any(|(other, _)| *other == age) => {
                    let message = format!("`{}` states the age {age} again", ages.at(&name));
                    self.fault(ages, &name, message, "leave one of them out");
                }
                Some(age) => per_day.push((age, ages.steady(&name))),
                None => {
                    let message = format!("`{}` is no age", ages.at(&name));
                    let help = "an age is a number of days, 0 or more, such as \"7\"";
                    self.fault(ages, &name, message, help);
                }
            }
        }
        per_day.sort_by(|a, b| a.0.total_cmp(&b.0));
        match per_day.first() {
            None => per_day.push((0.0, Quantity::Known(0.0))),
            Some((0.0, _)) => {}
            Some((first, _)) => {
                let message = format!("the ages of a hazard begin at {first}, not at 0");
                let help = "state the hazard from \"0\" on, even if it is 0";
                self.fault(ages, "", message, help);
            }
        }
        per_day
    }
}
