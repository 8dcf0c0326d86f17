//! What makes demand beyond a stated rate of leads: spend that saturates and carries over, outreach,
//! the brand, promotions, the market.

use super::assemble::{Assembler, Section};
use super::fault::Fault;
use super::process::{Channel, Pot};
use super::quantity::{Quantity, Timed};
use super::read::Item;
use super::schema;
use super::tree::list;

/// Leads that a channel's media bring: `at_most * a^n / (K^n + a^n)` a day, where `a` is the spend that
/// still acts, per month, `K` is `half_at_per_month` and `n` the shape (Hill).
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Leads per day that no spend exceeds \[≥ 0\], before rhythms.
    pub leads_per_day_at_most: Quantity,
    /// Spend that brings half of them, were it constant \[money per month, > 0\].
    pub half_at_per_month: Quantity,
    /// 1: each further amount brings less than the one before; above 1 small amounts are lost in the
    /// crowd \[> 0\].
    pub shape: Quantity,
    /// None: spend acts on its own day.
    pub carry_over: Option<CarryOver>,
}

/// How spend acts on later days. Weights sum to 1, so that constant spend acts as what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct CarryOver {
    pub retention: Retention,
    /// None: the effect is greatest at once and falls by the retention (geometric adstock).
    pub delay: Option<Delay>,
}

/// What is left of the effect some time after its peak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Retention {
    /// Time after which half is left \[days, ≥ 0\].
    HalfLife(Quantity),
    /// Share left a week later \[0 to 0.99\].
    PerWeek(Quantity),
}

/// A delayed effect: weight `r^(s^2)` on the day that lies `s` weeks from the peak, `r` left after one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delay {
    /// From the spend to the peak of its effect \[days\].
    pub peak_days: Quantity,
    /// Days on which it acts, that of the spend included \[≥ 1\].
    pub length_days: u32,
}

/// Leads from calls and mails to people who did not ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Outreach {
    /// \[≥ 0\], on any day of the week
    pub contacts_per_day: Timed<Quantity>,
    /// Share of contacts that become leads, before rhythms.
    pub reply_rate: Timed<Quantity>,
    /// \[money per contact\]
    pub cost_per_contact: Timed<Quantity>,
    /// People who can be contacted from day 0 on, each once; none: no end of them.
    pub list_size: Option<Quantity>,
}

/// The brand, a slow stock `B` with `dB/dt = build * media^exponent - B / memory`.
///
/// It acts by its ratio to `B0`, the stock at rest under the media of the first simulated day, so that
/// `build` cancels out and media that do not change change nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Brand {
    /// \[money per month\]
    pub media_per_month: Timed<Quantity>,
    /// \[> 0\]
    pub exponent: Quantity,
    /// Time constant of forgetting \[days, > 0\].
    pub memory_days: Quantity,
    /// Rates of leads that are stated are multiplied by `(B / B0)^elasticity` \[≥ 0\].
    pub lead_elasticity: Quantity,
    /// Added to the log-odds of winning, times `ln(B / B0)`.
    pub win_effect: Quantity,
}

/// Channels whose media reach the same people: of the leads that they would bring one by one, all but
/// those of the best one, times this share, are the same ones and count once.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    pub name: String,
    /// Names of two channels or more, each in no other overlap.
    pub channels: Vec<String>,
    pub share: Quantity,
}

/// An entry of the promotional calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Promotion {
    pub name: String,
    /// First day \[days from day 0\].
    pub start_day: i32,
    /// \[≥ 1\]
    pub days: u32,
    /// Names of the channels it acts on; none: all.
    pub channels: Option<Vec<String>>,
    /// Added to the media of each of its channels \[money per month\].
    pub media_per_month: Quantity,
    /// Multiplies their scheduled media \[≥ 0\].
    pub media_factor: Quantity,
    /// Multiplies their leads \[≥ 0\].
    pub leads_factor: Quantity,
    /// Added to the log-odds of winning of their opportunities.
    pub win_log_odds: Quantity,
    /// On the first day \[money\].
    pub cost_once: Quantity,
}

/// A time in which the market buys more or less.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketShift {
    pub name: String,
    /// First day \[days from day 0\].
    pub start_day: i32,
    /// First day on which it is over; none: it lasts.
    pub end_day: Option<i32>,
    /// Multiplies the leads of every channel \[≥ 0\].
    pub demand: Quantity,
    /// Added to the log-odds of winning.
    pub win_log_odds: Quantity,
}

impl Promotion {
    /// Whether it acts on a channel on a day.
    pub fn acts(&self, channel: &str, day: i32) -> bool {
        let end_day = i64::from(self.start_day) + i64::from(self.days);
        let concerns = |names: &Vec<String>| names.iter().any(|name| name == channel);
        day >= self.start_day
            && i64::from(day) < end_day
            && self.channels.as_ref().is_none_or(concerns)
    }
}

impl MarketShift {
    /// Whether it lasts on a day.
    pub fn lasts(&self, day: i32) -> bool {
        day >= self.start_day && self.end_day.is_none_or(|end| day < end)
    }
}

/// Ways to get leads of which a channel must state one.
const SOURCES: [&str; 3] = ["leads_per_day", "response", "outreach"];

impl Assembler<'_> {
    /// Refuses a channel that nothing brings leads to.
    pub(super) fn some_source(&mut self, channel: &Section<'_>) {
        if !self.tree.incomplete && !SOURCES.iter().any(|source| channel.has(source)) {
            let path = channel.at(SOURCES[0]);
            if let Some(key) = schema::key_at(&path) {
                self.faults
                    .push(super::assemble::missing(self.tree, &path, key));
            }
        }
    }

    pub(super) fn response(&mut self, channel: &Section<'_>) -> Option<Response> {
        let carry_over = channel
            .stated("carry_over")
            .map(|section| self.carry_over(&section));
        let Some(response) = channel.stated("response") else {
            if carry_over.is_some() {
                let message = format!(
                    "`{}` has no effect: the channel has no response to its media",
                    channel.at("carry_over")
                );
                let help =
                    "add response = { leads_per_day_at_most = .., half_at_per_month = .. } to it";
                self.fault(channel, "carry_over", message, help);
            }
            return None;
        };
        Some(Response {
            leads_per_day_at_most: response.steady("leads_per_day_at_most"),
            half_at_per_month: response.steady("half_at_per_month"),
            shape: response.steady("shape"),
            carry_over,
        })
    }

    fn carry_over(&mut self, section: &Section<'_>) -> CarryOver {
        self.either(section, "half_life", "retention_per_week");
        let has_retention = ["half_life", "retention_per_week"].map(|name| section.has(name));
        if has_retention == [false, false] && !self.tree.incomplete {
            let message = format!("`{}` is missing", section.at("half_life"));
            let help = "state half_life = \"2 weeks\", or retention_per_week = \"60%\"";
            self.fault(section, "half_life", message, help);
        }
        if section.has("length") && !section.has("peak") {
            let message = format!(
                "`{}` has no effect: only a delayed effect ends",
                section.at("length")
            );
            let help =
                "state `peak`, the time from the spend to the peak of its effect, or leave it out";
            self.fault(section, "length", message, help);
        }
        CarryOver {
            retention: match section.has("half_life") {
                true => Retention::HalfLife(section.steady("half_life")),
                false => Retention::PerWeek(section.steady("retention_per_week")),
            },
            delay: section.has("peak").then(|| Delay {
                peak_days: section.steady("peak"),
                length_days: section.count("length") as u32,
            }),
        }
    }

    pub(super) fn brand(&mut self) -> Option<Brand> {
        let section = self.section("brand");
        self.tree
            .has(&section.at("media_per_month"))
            .then(|| Brand {
                media_per_month: section.number("media_per_month"),
                exponent: section.steady("exponent"),
                memory_days: section.steady("memory"),
                lead_elasticity: section.steady("lead_elasticity"),
                win_effect: section.steady("win_effect"),
            })
    }

    /// The pot that marketing and sales share.
    pub(super) fn pot(&mut self, channels: &[Channel]) -> Option<Pot> {
        let section = self.section("pot");
        if !section.has("per_month") {
            return None;
        }
        let sales = self.section("sales");
        if sales.has("reps") {
            let message = "`sales.reps` is stated, but [pot] pays the reps".into();
            let help =
                "remove `reps`, or set it to \"none\" where it is inherited; or remove [pot]";
            self.fault(&sales, "reps", message, help);
        }
        if sales.has("attrition") {
            let message =
                "`sales.attrition` is of whole reps, but [pot] pays for part-time ones too".into();
            self.fault(&sales, "attrition", message, "remove one of them");
        }
        if !sales.has("pool") {
            let message = "[pot] pays for hours of reps, but [sales.pool] is not stated".into();
            let help = "state [sales.pool]: what a pot pays need not be whole reps";
            self.fault(&section, "per_month", message, help);
        }
        let costs = self.section("costs");
        let salary = costs.number("rep_salary_per_year");
        let missing = match costs.has("rep_salary_per_year") {
            false => Some("is not stated"),
            true => {
                let is_0 = |of: &Quantity| *of == Quantity::Known(0.0);
                salary.steps().any(|(_, of)| is_0(of)).then_some("is 0")
            }
        };
        if let Some(what) = missing {
            let message = format!("[pot] pays reps, but `costs.rep_salary_per_year` {what}");
            let help = "state what a rep costs in a year";
            self.fault(&section, "per_month", message, help);
        }
        let named = self.named_channels(&section, channels)?;
        for name in &named {
            let responds = |c: &Channel| c.name == *name && c.response.is_some();
            if !channels.iter().any(responds) {
                let message = format!("the channel `{name}` of `pot.channels` has no response");
                let help = "state what its media bring: response = { leads_per_day_at_most = .., half_at_per_month = .. }";
                self.fault(&section, "channels", message, help);
            }
        }
        Some(Pot {
            per_month: section.number("per_month"),
            marketing_share: section.number("marketing_share"),
            channels: named,
        })
    }

    pub(super) fn overlaps(&mut self, channels: &[Channel]) -> Vec<Overlap> {
        let overlaps = self.section("overlaps");
        let mut taken: Vec<(String, String)> = Vec::new();
        let mut found = Vec::new();
        for (name, section) in overlaps.each() {
            let Some(named) = self.named_channels(&section, channels) else {
                continue;
            };
            if named.len() < 2 {
                let message = format!("`{}` has fewer than two channels", section.at("channels"));
                let help = "an overlap is what two channels or more have in common";
                self.fault(&section, "channels", message, help);
            }
            for channel in &named {
                if let Some((_, other)) = taken.iter().find(|(taken, _)| taken == channel) {
                    let message =
                        format!("the channel `{channel}` is in `overlaps.{other}` as well");
                    let help = "join overlaps that share a channel in one table";
                    self.fault(&section, "channels", message, help);
                }
                let responds = |c: &Channel| c.name == *channel && c.response.is_some();
                if !channels.iter().any(responds) {
                    let message = format!(
                        "the channel `{channel}` of `{}` has no response, so that none of its leads are bought",
                        section.at("channels")
                    );
                    let help = "an overlap concerns leads that media bring: state `response`, or leave the channel out";
                    self.fault(&section, "channels", message, help);
                }
                taken.push((channel.clone(), name.clone()));
            }
            found.push(Overlap {
                share: section.steady("share"),
                channels: named,
                name,
            });
        }
        found
    }

    pub(super) fn promotions(&mut self, channels: &[Channel]) -> Vec<Promotion> {
        let promotions = self.section("promotions");
        let each: Vec<(String, Section<'_>)> = promotions.each().collect();
        let promotion = |(name, section): (String, Section<'_>)| Promotion {
            start_day: section.day("start"),
            days: section.count("days") as u32,
            channels: self.named_channels(&section, channels),
            media_per_month: section.steady("media_per_month"),
            media_factor: section.steady("media_factor"),
            leads_factor: section.steady("leads_factor"),
            win_log_odds: section.steady("win_log_odds"),
            cost_once: section.steady("cost_once"),
            name,
        };
        each.into_iter().map(promotion).collect()
    }

    pub(super) fn market(&mut self) -> Vec<MarketShift> {
        let market = self.section("market");
        let mut shifts = Vec::new();
        for (name, section) in market.each() {
            let start_day = section.day("start");
            let end_day = section.item("end").map(|_| section.day("end"));
            if section.has("start") && end_day.is_some_and(|end| end <= start_day) {
                let message = format!("`{}` is not after `start`", section.at("end"));
                let help = "`end` is the first day on which it is over";
                self.fault(&section, "end", message, help);
            }
            shifts.push(MarketShift {
                demand: section.steady("demand"),
                win_log_odds: section.steady("win_log_odds"),
                start_day,
                end_day,
                name,
            });
        }
        shifts
    }

    /// The channels that a table names, if it names any: each once, and each stated.
    fn named_channels(
        &mut self,
        section: &Section<'_>,
        channels: &[Channel],
    ) -> Option<Vec<String>> {
        let Some(Item::Names(named)) = section.item("channels") else {
            return None;
        };
        let stated = || channels.iter().map(|channel| channel.name.as_str());
        let mut found: Vec<String> = Vec::new();
        for (name, place) in named {
            let path = section.at("channels");
            if found.contains(name) {
                let message = format!("`{path}` has the channel {name:?} twice");
                self.faults.push(Fault::new(place, path, message));
            } else if stated().any(|channel| channel == name) {
                found.push(name.clone());
            } else {
                let near = schema::nearest(name, stated());
                let near = near.map_or(String::new(), |near| format!("did you mean {near:?}?"));
                let message = format!("`{path}` has a channel {name:?} that is not stated");
                let fault = Fault::new(place, path, message).label(near);
                let help = format!("channels are {}", list(stated()));
                self.faults.push(fault.help(help));
            }
        }
        Some(found)
    }
}

pub(super) fn outreach(channel: &Section<'_>) -> Option<Outreach> {
    channel.stated("outreach").map(|outreach| Outreach {
        contacts_per_day: outreach.number("contacts_per_day"),
        reply_rate: outreach.number("reply_rate"),
        cost_per_contact: outreach.number("cost_per_contact"),
        list_size: outreach.maybe_number("list_size").map(|size| *size.at(0.0)),
    })
}
