//! Single leads of one replication: how they are named, and their stories.

use super::{Plan, draw_of};
pub use crate::funnel::{Entry, Event, Reading, Story, Traced, Wanted, What};
use crate::funnel::{Funnel, Scratch};
pub use crate::random::Decision;
use crate::scenario::Scenario;
use crate::scenario::schema::nearest;

/// One replication, ready to be told of.
#[derive(Debug)]
pub struct Trace {
    funnel: Funnel,
    seed: u64,
    replication: u64,
    /// First day and last.
    days: [i64; 2],
}

/// Why there is no lead of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoSuchLead {
    /// The name has not the form of one.
    #[error("`{name}` is not the name of a lead; write {allowed}")]
    Form { name: String, allowed: String },
    /// It names no channel and segment.
    #[error("there is no lead `{name}`: no channel and segment is called `{source_name}`; there {allowed}{}", hint(.nearest))]
    Source {
        name: String,
        source_name: String,
        nearest: Option<String>,
        allowed: String,
    },
    /// It names no record of the pipeline.
    #[error("there is no lead `{name}`: no record of the pipeline has the id `{id}`{}", hint(.nearest))]
    Record {
        name: String,
        id: String,
        nearest: Option<String>,
    },
    /// Its day is not simulated.
    #[error("there is no lead `{name}`: day {day} is not simulated; days go from {} to {}", .days[0], .days[1])]
    Day {
        name: String,
        day: i32,
        days: [i64; 2],
    },
    /// Its source brings fewer leads on its day.
    #[error("there is no lead `{name}` in replication {replication}: on day {day}, {}", brought(.source_name, *.n))]
    Number {
        name: String,
        replication: u64,
        source_name: String,
        day: i32,
        n: u32,
    },
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn brought(source: &str, n: u32) -> String {
    match n {
        0 => format!("{source} brings none"),
        1 => format!("{source} brings one, number 0"),
        n => format!("{source} brings {n}, numbers 0 to {}", n - 1),
    }
}

/// Names in a row, the first few of many.
fn list<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    const MANY: usize = 12;
    let more = match names.len() {
        n if n > MANY => format!(" and {} more", n - MANY),
        _ => String::new(),
    };
    names.take(MANY).collect::<Vec<_>>().join(", ") + &more
}

impl Trace {
    /// Replication number `plan.range.start` of a scenario.
    pub fn new(scenario: &Scenario, plan: &Plan) -> Self {
        let replication = plan.range.start;
        let draw = draw_of(scenario, plan, replication);
        Self {
            funnel: Funnel::new(scenario, &draw),
            seed: plan.seed,
            replication,
            days: [
                -i64::from(scenario.warm_up_days),
                i64::from(scenario.horizon_days) - 1,
            ],
        }
    }

    /// The stories that are wanted, with the replication's record.
    pub fn tell(&self, wanted: Wanted) -> Traced {
        self.funnel
            .trace(self.seed, self.replication, &mut Scratch::default(), wanted)
    }

    /// The first `n` leads that arrive from day 0 on, in order of time; fewer if there are fewer.
    pub fn first(&self, n: usize) -> Vec<Story> {
        self.tell(Wanted::First(n)).stories
    }

    /// The lead of this name: `channel/segment/day/number`, or `pipeline/id`.
    ///
    /// # Errors
    /// If nothing is called that, or no such lead arrives in this replication.
    pub fn lead(&self, name: &str) -> Result<Story, NoSuchLead> {
        let wanted = self.wanted(name)?;
        let Traced {
            mut stories,
            n_that_day,
            ..
        } = self.tell(wanted.clone());
        match (stories.pop(), wanted) {
            (Some(story), _) => Ok(story),
            (None, Wanted::Lead { source, day, .. }) => Err(NoSuchLead::Number {
                name: name.to_owned(),
                replication: self.replication,
                source_name: self.source_name(source),
                day,
                n: n_that_day,
            }),
            (None, _) => Err(self.malformed(name)),
        }
    }

    /// What a name stands for, whether or not such a lead arrives.
    fn wanted(&self, name: &str) -> Result<Wanted, NoSuchLead> {
        let record = name.strip_prefix("pipeline/");
        if let Some(number) = self.funnel.record_ids().position(|id| Some(id) == record) {
            return Ok(Wanted::Record(number));
        }
        let mut parts = name.rsplitn(3, '/');
        let (ordinal, day, source) = (parts.next(), parts.next(), parts.next());
        let ordinal = ordinal.and_then(|ordinal| ordinal.parse().ok());
        let day = day.and_then(|day| day.parse::<i32>().ok());
        let (Some(ordinal), Some(day), Some(source)) = (ordinal, day, source) else {
            return Err(match record {
                Some(id) if self.funnel.record_ids().len() > 0 => self.unknown_record(name, id),
                _ => self.malformed(name),
            });
        };
        let Some(index) = self.funnel.source_names().position(|of| of == source) else {
            return Err(self.unknown_source(name, source));
        };
        if !(self.days[0]..=self.days[1]).contains(&i64::from(day)) {
            return Err(NoSuchLead::Day {
                name: name.to_owned(),
                day,
                days: self.days,
            });
        }
        Ok(Wanted::Lead {
            source: index,
            day,
            ordinal,
        })
    }

    fn source_name(&self, index: usize) -> String {
        self.funnel
            .source_names()
            .nth(index)
            .unwrap_or_default()
            .to_owned()
    }

    fn malformed(&self, name: &str) -> NoSuchLead {
        let mut allowed = format!(
            "channel/segment/day/number, such as {}/12/0",
            self.source_name(0)
        );
        if self.funnel.record_ids().len() > 0 {
            allowed += ", or pipeline/id";
        }
        NoSuchLead::Form {
            name: name.to_owned(),
            allowed,
        }
    }

    fn unknown_source(&self, name: &str, source: &str) -> NoSuchLead {
        let names = self.funnel.source_names();
        let is_or_are = if names.len() == 1 { "is" } else { "are" };
        NoSuchLead::Source {
            name: name.to_owned(),
            source_name: source.to_owned(),
            nearest: nearest(source, self.funnel.source_names()).map(str::to_owned),
            allowed: format!("{is_or_are} {}", list(names)),
        }
    }

    fn unknown_record(&self, name: &str, id: &str) -> NoSuchLead {
        NoSuchLead::Record {
            name: name.to_owned(),
            id: id.to_owned(),
            nearest: nearest(id, self.funnel.record_ids()).map(str::to_owned),
        }
    }
}
