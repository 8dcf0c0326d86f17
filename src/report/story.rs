//! The stories of single leads as text: when, what, the uniform number, and what came of it.

use anstyle::Style;
use jiff::civil::Date;

use super::paper::{PLAIN, Paper, STRONG};
use super::table::shown;
use super::view::{self, date, digits, grouped};
use crate::forecast::{Decision, Entry, Event, Reading, Story, What};
use crate::scenario::{OpenStage, ReasonKind, Scenario};

/// Stories below a title, a line an entry, divided by empty lines.
pub fn stories(title: &str, stories: &[Story], scenario: &Scenario, paper: Paper) -> String {
    let told = stories.iter().map(|of| tell(of, scenario));
    let told: Vec<(String, Vec<Line>)> = told.collect();
    let lines = || told.iter().flat_map(|(_, lines)| lines);
    let width = |column: usize| lines().map(|line| shown(&line.cells[column])).max();
    let widths: Vec<usize> = (0..COLUMNS).map(|i| width(i).unwrap_or(0)).collect();
    let texts = told.iter().map(|(head, lines)| {
        let lines: String = lines.iter().map(|line| line.text(&widths, paper)).collect();
        paper.strong(head) + &lines
    });
    paper.wrapped(title) + "\n" + &texts.collect::<Vec<_>>().join("\n")
}

/// Day, date and time, what, the uniform number, what came of it.
const COLUMNS: usize = 5;

struct Line {
    style: Style,
    cells: [String; COLUMNS],
}

impl Line {
    fn text(&self, widths: &[usize], paper: Paper) -> String {
        let cells = self.cells.iter().zip(widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column {
            0 => " ".repeat(width - shown(cell)) + cell,
            _ => paper.padded(cell, width),
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        let style = self.style;
        format!("  {style}{}{style:#}\n", line.trim_end())
    }
}

/// The first line of a story, and the others.
fn tell(story: &Story, scenario: &Scenario) -> (String, Vec<Line>) {
    let teller = Teller { scenario };
    let mut head = story.lead.clone();
    let mut lines = Vec::new();
    let (mut stage, mut pass) = (0, 0);
    for entry in &story.entries {
        match entry.what {
            What::Event(Event::Arrived) => {
                head += &format!(
                    "  arrived on day {:.3} ({})",
                    entry.t,
                    teller.clock(entry.t)
                );
                continue;
            }
            What::Event(Event::Standing(place)) => {
                let day = date(scenario.start, 0);
                head += &format!("  open on day 0 ({day}): {}", teller.place(place));
                if let OpenStage::Closing(index) = place {
                    stage = index;
                }
                pass = entry.pass;
                continue;
            }
            What::Event(Event::Opportunity) => stage = 0,
            What::Event(Event::Advanced(index)) => stage = index,
            What::Read {
                reading: Reading::Quality(q),
                ..
            } => head += &format!(", quality {q:+.2}"),
            _ => {}
        }
        if entry.pass != pass {
            pass = entry.pass;
            lines.push(Line {
                style: STRONG,
                cells: ["", "", &format!("pass {}", pass + 1), "", ""].map(str::to_owned),
            });
        }
        lines.push(teller.line(entry, stage));
    }
    (head, lines)
}

/// Knows the words of a scenario.
pub(super) struct Teller<'a> {
    pub scenario: &'a Scenario,
}

impl Teller<'_> {
    /// `2026-01-17 10:00`
    fn clock(&self, t: f64) -> String {
        let day = t.floor();
        let minute = ((t - day) * 1440.0) as u32;
        let date: Date = date(self.scenario.start, day as i32);
        format!("{date} {:02}:{:02}", minute / 60, minute % 60)
    }

    /// An entry while the lead is in closing stage number `stage`.
    fn line(&self, entry: &Entry, stage: usize) -> Line {
        let (style, [what, luck, outcome]) = match entry.what {
            What::Event(event) => (STRONG, self.event(event, entry.t)),
            What::Read {
                decision,
                u,
                reading,
            } => {
                let what = match reading {
                    Reading::Gate { gate, .. } => {
                        let gate = self.reason(ReasonKind::Disqualified, gate, entry.t);
                        format!("  {gate}: {}", self.decision(decision, stage))
                    }
                    _ => format!("  {}", self.decision(decision, stage)),
                };
                let [luck, outcome] = self.reading(decision, u, reading, stage);
                let outcome = match (decision, reading) {
                    (Decision::Reason, Reading::Choice { choice, .. }) => {
                        self.reason(ReasonKind::Rejected, choice, entry.t)
                    }
                    (Decision::LossReason, Reading::Choice { choice, .. }) => {
                        self.reason(ReasonKind::Lost, choice, entry.t)
                    }
                    _ => outcome,
                };
                (PLAIN, [what, luck, outcome])
            }
        };
        let day = format!("{:.3}", entry.t);
        Line {
            style,
            cells: [day, self.clock(entry.t), what, luck, outcome],
        }
    }

    fn event(&self, event: Event, t: f64) -> [String; 3] {
        let named = |what: &str, kind, reason: Option<usize>| match reason {
            Some(reason) => format!("{what}: {}", self.reason(kind, reason, t)),
            None => what.to_owned(),
        };
        let what = match event {
            Event::Arrived => "arrived",
            Event::Standing(place) => &format!("open: {}", self.place(place)),
            Event::Unqualified => "unqualified",
            Event::Faded => "faded",
            Event::Mql => "MQL",
            Event::Leaked => "leaked",
            Event::Queued => "reached the queue",
            Event::PutBack => "no hours left that day",
            Event::Expired => "expired",
            Event::Touched => "first touch",
            Event::Unreached => "unreached",
            Event::Rejected(reason) => &named("rejected", ReasonKind::Rejected, reason),
            Event::Recycled => "recycled",
            Event::Accepted => "SAL",
            Event::SalQueued => "waits for an account executive",
            Event::TakenOver => "an account executive takes over",
            Event::Disqualified(gate) => &named("disqualified", ReasonKind::Disqualified, gate),
            Event::Opportunity => "opportunity",
            Event::Advanced(stage) => &format!("on to {}", self.stage(stage)),
            Event::Won(_) => "won",
            Event::Lost(reason) => &named("lost", ReasonKind::Lost, reason),
            Event::NoDecision => "no decision",
            Event::Renewed(_) => "renewed",
            Event::Churned => "left at the end of the term",
            Event::Upsold(_) => "buys more",
            Event::Refers => "refers a lead",
            Event::Referred => "arrived, referred by a customer",
            Event::Open(place) => &format!("open at the horizon: {}", self.place(place)),
        };
        let outcome = match event {
            Event::Won(value) | Event::Renewed(value) | Event::Upsold(value) => self.money(value),
            _ => String::new(),
        };
        [what.to_owned(), String::new(), outcome]
    }

    fn decision(&self, decision: Decision, stage: usize) -> String {
        let advances = match self.has_next(stage) {
            true => "advance",
            false => "be won",
        };
        let stage = self.stage(stage);
        let name = match decision {
            Decision::ArrivalTime => "time of day",
            Decision::Quality => "quality",
            Decision::Readiness => "ready?",
            Decision::NurturingDelay => "nurture",
            Decision::Maturation => "would mature in",
            Decision::Fading => "would fade in",
            Decision::Qualification => "qualifies?",
            Decision::Leak => "leaks?",
            Decision::Routing => "routing",
            Decision::Expiry => "patience",
            Decision::Contact => "contacted?",
            Decision::Acceptance => "accepted?",
            Decision::Reason => "reason",
            Decision::Hold => "holds a rep for",
            Decision::SdrHold => "holds an SDR for",
            Decision::Recycling => "recycled?",
            Decision::RecyclingDelay => "comes back in",
            Decision::Opportunity => "opportunity?",
            Decision::Outcome => &format!("{stage}: outcome"),
            Decision::StageDays => &format!("{stage}: time"),
            Decision::DealSize => "deal size",
            Decision::Channel => "channel",
            Decision::Segment => "segment",
            Decision::Age => "has waited",
            Decision::DayCount => "leads of the day",
            Decision::DayFactor => "factor of the day",
            Decision::Parameter => "parameter",
            Decision::AdoptionFails => "adoption fails?",
            Decision::ChampionLeaves => "champion leaves in",
            Decision::TestEnds => "test ends?",
            Decision::TestWins => "test wins?",
            Decision::TestGain => "gain of the test",
            Decision::ChurnPropensity => "inclined to leave",
            Decision::Renewal => "leaves?",
            Decision::Expansion => "expansion",
            Decision::Referral => "refers a lead in",
            Decision::Upsell => "buys more in",
            Decision::Gate => "passes?",
            Decision::LossReason => "reason",
            Decision::Attrition => "leaves in",
            Decision::HiringTime => "hired in",
            Decision::AdvanceTime => &format!("{stage}: would {advances} in"),
            Decision::LossTime => &format!("{stage}: would be lost in"),
            Decision::NoDecisionTime => &format!("{stage}: would be given up in"),
        };
        name.to_owned()
    }

    /// The uniform number with what it was compared with, and what came of it.
    fn reading(&self, decision: Decision, u: f64, reading: Reading, stage: usize) -> [String; 2] {
        let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
        let plain = format!("u {u:.4}");
        match reading {
            Reading::Below(p) | Reading::Gate { pass: p, .. } => {
                let sign = if u < p { '<' } else { '≥' };
                let [shown_u, shown_p] = apart([u, p], 4);
                [format!("u {shown_u} {sign} {shown_p}"), yes(u < p)]
            }
            Reading::Choice { choice, low, high } => {
                let [shown_u, shown_low, shown_high] = apart([u, low, high], 4);
                let share = match (low > 0.0, high < 1.0) {
                    (true, true) => format!(" in {shown_low} to {shown_high}"),
                    (true, false) => format!(" ≥ {shown_low}"),
                    (false, true) => format!(" < {shown_high}"),
                    (false, false) => String::new(),
                };
                let text = format!("u {shown_u}{share}");
                [text, self.choice(decision, choice, stage)]
            }
            Reading::Above { value, threshold } => {
                let sign = if value > threshold { '>' } else { '≤' };
                let [shown, bar] = apart([value, threshold], 2);
                let text = format!("{plain}, score {shown} {sign} {bar}");
                [text, yes(value > threshold)]
            }
            Reading::Days(days) if days.is_infinite() => [plain, "never".to_owned()],
            Reading::Days(days) => [plain, format!("{} days", digits(days))],
            Reading::Quality(q) => [plain, format!("{q:+.2}")],
            Reading::Money(value) => [plain, self.money(value)],
            Reading::Factor(factor) => [plain, format!("{factor:.3}")],
        }
    }

    /// What was chosen while the lead is in closing stage number `stage`.
    pub fn choice(&self, decision: Decision, choice: usize, stage: usize) -> String {
        let names = match decision {
            Decision::Readiness => ["yes", "no, may mature", "never"],
            _ if self.has_next(stage) => ["advances", "lost", "no decision"],
            _ => ["won", "lost", "no decision"],
        };
        names.get(choice).copied().unwrap_or_default().to_owned()
    }

    fn money(&self, value: f64) -> String {
        let amount = match value {
            _ if value < 1000.0 => digits(value),
            _ => grouped(value),
        };
        format!("{}{amount}", self.scenario.currency)
    }

    pub fn place(&self, place: OpenStage) -> String {
        view::stage_name(self.scenario, place).to_owned()
    }

    fn has_next(&self, stage: usize) -> bool {
        stage + 1 < self.scenario.process.closing.stages.len()
    }

    /// The name of a closing stage.
    pub fn stage(&self, index: usize) -> String {
        let stage = self.scenario.process.closing.stages.get(index);
        stage.map_or_else(String::new, |stage| stage.name.clone())
    }

    /// Reason number `index` of a kind, of those that act at time `t`.
    pub fn reason(&self, kind: ReasonKind, index: usize, t: f64) -> String {
        let past = self.scenario.past.as_deref().filter(|_| t < 0.0);
        let process = past.unwrap_or(&self.scenario.process);
        let reasons = process.reasons_of(kind);
        reasons.get(index).copied().unwrap_or_default().to_owned()
    }
}

/// Numbers with as many decimals, at least so many, as tell the first from the others.
fn apart<const N: usize>(numbers: [f64; N], least: usize) -> [String; N] {
    let written = |decimals: usize| numbers.map(|number| format!("{number:.decimals$}"));
    let differ = |texts: &[String; N]| {
        let others = numbers[1..].iter().zip(&texts[1..]);
        let mut alike =
            others.filter(|(number, text)| **text == texts[0] && **number != numbers[0]);
        alike.next().is_none()
    };
    let enough = (least..17).map(written).find(differ);
    enough.unwrap_or_else(|| written(17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_decide_are_told_apart() {
        assert_eq!(apart([0.12, 0.26], 4), ["0.1200", "0.2600"]);
        assert_eq!(apart([0.26, 0.260_003], 4), ["0.260000", "0.260003"]);
        assert_eq!(apart([0.5, 0.5], 4), ["0.5000", "0.5000"]);
    }
}
