//! The eight levers that align marketing and sales: how far each practice is adopted, when, at what
//! cost, and what it does in the funnel once it is fully adopted.

use super::assemble::{Assembler, Section};
use super::fault::Fault;
use super::quantity::Quantity;
use super::schema;
use super::tree::list;

/// A practice that aligns the two teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lever {
    /// Shared goals and one definition of a qualified lead.
    SharedGoals,
    /// Regular talks: sales tells marketing what became of leads.
    FeedbackLoop,
    /// One CRM and marketing automation, integrated.
    IntegratedCrm,
    /// A defined handoff with a service-level agreement.
    HandoffSla,
    /// Content made together, sales enabled to use it.
    Enablement,
    /// Nurture by segment.
    Nurture,
    /// A/B tests.
    AbTesting,
    /// The customer's journey mapped, expectations matched.
    CustomerJourney,
}

impl Lever {
    /// How many there are.
    pub const N: usize = 8;

    /// All, in the order in which a lead meets them least to most.
    pub const ALL: [Lever; Lever::N] = [
        Lever::SharedGoals,
        Lever::FeedbackLoop,
        Lever::IntegratedCrm,
        Lever::HandoffSla,
        Lever::Enablement,
        Lever::Nurture,
        Lever::AbTesting,
        Lever::CustomerJourney,
    ];

    /// Its name in files: the table `[levers.<name>]`.
    pub const fn name(self) -> &'static str {
        match self {
            Lever::SharedGoals => "shared_goals",
            Lever::FeedbackLoop => "feedback_loop",
            Lever::IntegratedCrm => "integrated_crm",
            Lever::HandoffSla => "handoff_sla",
            Lever::Enablement => "enablement",
            Lever::Nurture => "nurture",
            Lever::AbTesting => "ab_testing",
            Lever::CustomerJourney => "customer_journey",
        }
    }

    /// Days from its start to the steepest point of its adoption, unless stated. Assumption.
    const fn usual_midpoint_days(self) -> f64 {
        match self {
            Lever::HandoffSla => 75.0,
            Lever::SharedGoals => 90.0,
            Lever::FeedbackLoop => 120.0,
            Lever::IntegratedCrm | Lever::Enablement | Lever::Nurture => 150.0,
            Lever::AbTesting | Lever::CustomerJourney => 180.0,
        }
    }
}

/// All levers of a process: what is stated of each, and what full adoption does.
#[derive(Debug, Clone, PartialEq)]
pub struct Levers {
    /// `[Lever]`; none: the practice stays as it is.
    pub programmes: [Option<Programme>; Lever::N],
    pub effects: Effects,
}

/// How one practice is adopted and what that costs.
///
/// Adoption `t` days after the start is `ceiling * (S((t - m) / w) - S(-m / w)) / (1 - S(-m / w))` with
/// the logistic function `S`, midpoint `m` and width `w`: 0 at the start, the ceiling in the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Programme {
    /// Share of best practice that is reached in the end \[-1 to 1\]; below 0, practice decays.
    pub ceiling: Quantity,
    /// First day \[days from day 0\].
    pub start_day: i32,
    /// \[days\]
    pub midpoint_days: Quantity,
    /// \[days, > 0\]
    pub width_days: Quantity,
    /// \[money\], on the first day. Costs fall due where the ceiling is above 0.
    pub cost_once: Quantity,
    /// \[money per month of 365.25 / 12 days\], from the first day on.
    pub cost_per_month: Quantity,
    /// Share of the reps' hours that it takes at full adoption.
    pub rep_time: Quantity,
    /// Probability that the practice is not adopted at all, although it is paid for.
    pub failure: Quantity,
    pub champion: Option<Champion>,
    pub dip: Option<Dip>,
}

/// The person who carries a programme, and what is left when they leave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Champion {
    /// Hazard \[per year of 365.25 days\].
    pub leaves_per_year: Quantity,
    /// Share of the adoption that stays in the end.
    pub keeps: Quantity,
    /// Time constant of the fall \[days, > 0\].
    pub fades_days: Quantity,
}

/// Reps' hours lost while a programme is rolled out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dip {
    /// Share of the hours.
    pub rep_hours: Quantity,
    /// From the first day on \[days\].
    pub days: Quantity,
}

/// What full adoption does. Effects compose on the scale that each names.
#[derive(Debug, Clone, PartialEq)]
pub struct Effects {
    /// Shared goals: share of the angle between the definitions that closes.
    pub angle: Quantity,
    /// Shared goals: share of the threshold's volume bias that goes.
    pub volume_bias: Quantity,
    /// Feedback loop: rate at which targeting learns, with all data \[per year\].
    pub learning_per_year: Quantity,
    /// Feedback loop: most that the quality of new leads can gain \[standard deviations\].
    pub quality_gain: Quantity,
    /// Feedback loop: verdicts of sales a day that it needs for that rate \[> 0\]; none: any number does.
    pub verdicts_per_day: Option<Quantity>,
    /// Integrated CRM: added to the reliability of data.
    pub data_reliability: Quantity,
    /// Integrated CRM: share of the leak that closes.
    pub crm_leak: Quantity,
    /// Integrated CRM: share of the routing time that is saved.
    pub routing: Quantity,
    /// Integrated CRM: added to the share of hours spent selling.
    pub selling_share: Quantity,
    /// Handoff SLA: share of the leak that closes.
    pub sla_leak: Quantity,
    /// Handoff SLA: share of the longest wait that is cut from an adoption of 0.8 on.
    pub expiry: Quantity,
    /// Handoff SLA with nurture: added to the share recycled, at full adoption of both.
    pub recycling: Quantity,
    /// Handoff SLA: adoption above which the queue is in order of score.
    pub score_order_above: Quantity,
    /// Enablement: added to the log-odds of winning.
    pub win: Quantity,
    /// Enablement: added to the log-odds that a SAL becomes an opportunity.
    pub opportunity: Quantity,
    /// Enablement: share of the cycle that is saved.
    pub cycle: Quantity,
    /// Enablement: gain of inbound leads in the long run, as a share.
    pub content_leads: Quantity,
    /// Nurture: added to the maturation hazard, as a multiple of it.
    pub maturation: Quantity,
    /// Nurture: gain of the deal size, as a share.
    pub deal_size: Quantity,
    /// A/B testing: gain of all leads in the long run, as a share.
    pub tested_leads: Quantity,
    /// A/B testing: tests a month.
    pub tests_per_month: Quantity,
    /// A/B testing: share of tests whose variant is better indeed.
    pub true_wins: Quantity,
    /// A/B testing: share of the other tests whose variant wins by luck and is rolled out in vain.
    pub false_wins: Quantity,
    /// Customer journey: share of the churn of existing customers that is prevented.
    pub churn: Quantity,
    /// Customer journey: gain of the leads that customers refer \[≥ 0\].
    pub referrals: Quantity,
}

impl Levers {
    /// What is stated of one lever.
    pub fn programme(&self, lever: Lever) -> Option<&Programme> {
        self.programmes[lever as usize].as_ref()
    }
}

impl Assembler<'_> {
    /// The levers of a process.
    pub(super) fn levers(&mut self) -> Levers {
        let section = self.section("levers");
        self.known_levers(&section);
        let effect =
            |lever: Lever, name: &str| section.inner(lever.name()).inner("effects").steady(name);
        let verdicts = section.inner(Lever::FeedbackLoop.name()).inner("effects");
        let verdicts_per_day = verdicts.maybe_number("verdicts_per_day");
        Levers {
            programmes: Lever::ALL
                .map(|lever| section.stated(lever.name()).map(|s| programme(lever, &s))),
            effects: Effects {
                angle: effect(Lever::SharedGoals, "angle"),
                volume_bias: effect(Lever::SharedGoals, "volume_bias"),
                learning_per_year: effect(Lever::FeedbackLoop, "learning_per_year"),
                quality_gain: effect(Lever::FeedbackLoop, "quality_gain"),
                verdicts_per_day: verdicts_per_day.map(|number| *number.at(0.0)),
                data_reliability: effect(Lever::IntegratedCrm, "data_reliability"),
                crm_leak: effect(Lever::IntegratedCrm, "leak"),
                routing: effect(Lever::IntegratedCrm, "routing"),
                selling_share: effect(Lever::IntegratedCrm, "selling_share"),
                sla_leak: effect(Lever::HandoffSla, "leak"),
                expiry: effect(Lever::HandoffSla, "expiry"),
                recycling: effect(Lever::HandoffSla, "recycling"),
                score_order_above: effect(Lever::HandoffSla, "score_order_above"),
                win: effect(Lever::Enablement, "win"),
                opportunity: effect(Lever::Enablement, "opportunity"),
                cycle: effect(Lever::Enablement, "cycle"),
                content_leads: effect(Lever::Enablement, "leads"),
                maturation: effect(Lever::Nurture, "maturation"),
                deal_size: effect(Lever::Nurture, "deal_size"),
                tested_leads: effect(Lever::AbTesting, "leads"),
                tests_per_month: effect(Lever::AbTesting, "tests_per_month"),
                true_wins: effect(Lever::AbTesting, "true_wins"),
                false_wins: effect(Lever::AbTesting, "false_wins"),
                churn: effect(Lever::CustomerJourney, "churn"),
                referrals: effect(Lever::CustomerJourney, "referrals"),
            },
        }
    }

    /// Refuses a lever that there is not.
    fn known_levers(&mut self, section: &Section<'_>) {
        let names = Lever::ALL.map(Lever::name);
        for (name, lever) in section.each() {
            if names.contains(&name.as_str()) {
                continue;
            }
            let near = schema::nearest(&name, names);
            let near = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
            let message = format!("there is no lever `{name}`");
            let fault = Fault::new(&lever.place(""), section.at(&name), message);
            let help = format!("levers are {}", list(names.into_iter()));
            self.faults.push(fault.label(near).help(help));
        }
    }
}

fn programme(lever: Lever, section: &Section<'_>) -> Programme {
    let usual = Quantity::Known(lever.usual_midpoint_days());
    let midpoint = section.maybe_number("midpoint");
    Programme {
        ceiling: section.steady("adoption"),
        start_day: section.day("start"),
        midpoint_days: midpoint.map_or(usual, |days| *days.at(0.0)),
        width_days: section.steady("width"),
        cost_once: section.steady("cost_once"),
        cost_per_month: section.steady("cost_per_month"),
        rep_time: section.steady("rep_time"),
        failure: section.steady("failure"),
        champion: section.stated("champion").map(|champion| Champion {
            leaves_per_year: champion.steady("leaves_per_year"),
            keeps: champion.steady("keeps"),
            fades_days: champion.steady("fades"),
        }),
        dip: section.stated("dip").map(|dip| Dip {
            rep_hours: dip.steady("rep_hours"),
            days: dip.steady("days"),
        }),
    }
}
