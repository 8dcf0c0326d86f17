//! Firms that never were, none of the kind that a fit assumes, and the histories that their CRMs would have kept.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use funnelcast::forecast::Plan;
use funnelcast::history::{EarlyLosses, End, History, Of, Stay, simulate};
use funnelcast::random::parameter_uniform;
use funnelcast::scenario::Scenario;

/// A firm, drawn from a number.
pub struct Firm {
    pub name: String,
    pub history: History,
}

/// Numbers of one firm, each by a name.
struct Luck(u64);

impl Luck {
    fn unit(&self, name: &str) -> f64 {
        parameter_uniform(4711, self.0, name)
    }

    fn between(&self, name: &str, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit(name)
    }

    /// Between two positive numbers, evenly on the log scale.
    fn scale(&self, name: &str, low: f64, high: f64) -> f64 {
        low * (high / low).powf(self.unit(name))
    }

    fn happens(&self, name: &str, probability: f64) -> bool {
        self.unit(name) < probability
    }
}

impl Firm {
    /// Firm number `number`: a drift of arrivals and of the win rate by steps and by trend, closing times with two humps,
    /// rhythms, days that vary, and closings that somebody enters at the month's end.
    pub fn new(number: u64) -> Firm {
        let luck = Luck(number);
        let days = luck.between("days", 260.0, 760.0) as u32;
        let mut text =
            format!("start_date = 2023-01-02\nhorizon = {days}\nwarm_up = 200\nperiods = 30\n");
        let leads = luck.scale("leads", 2.5, 25.0);
        let channels = 1 + (3.0 * luck.unit("channels")) as usize;
        for channel in 0..channels {
            let name = |what: &str| format!("{what} {channel}");
            let part = leads * luck.between(&name("part"), 0.3, 1.0) / channels as f64;
            let trend = luck.between(&name("trend"), -0.03, 0.05);
            let leads = schedule(days, |day| {
                part * (1.0 + trend).powf(f64::from(day) / 30.0) * step(&luck, "jump", day, days)
            });
            let _ = writeln!(text, "[channels.c{channel}]\nleads_per_day = {leads}");
            if luck.happens("varied days", 0.5) {
                let _ = writeln!(text, "dispersion = {}", luck.scale("dispersion", 2.0, 20.0));
            }
        }
        text.push_str("[rhythms.weekday]\nsat = 0.2\nsun = 0.2\n");
        if luck.happens("quarters", 0.4) {
            let _ = writeln!(
                text,
                "[rhythms.month_of_quarter]\nfirst = 0.8\nthird = {}",
                luck.between("third", 1.1, 1.6)
            );
        }
        if luck.happens("year", 0.4) {
            let _ = writeln!(
                text,
                "[rhythms.annual]\namplitude = {}\npeak = \"10-15\"",
                luck.between("amplitude", 0.1, 0.4)
            );
        }
        let win = luck.scale("win", 0.06, 0.4);
        let win_trend = luck.between("win trend", -0.02, 0.02);
        let win = schedule(days, |day| {
            (win * (1.0 + win_trend).powf(f64::from(day) / 30.0)
                * step(&luck, "win jump", day, days))
            .min(0.7)
        });
        let (fast, slow) = (
            luck.scale("fast", 4.0, 20.0),
            luck.scale("slow", 40.0, 100.0),
        );
        let hump = |median: f64| format!("{{ lognormal = {{ median = {median}, sigma = 0.4 }} }}");
        let humps = |weight: f64| {
            format!(
                "{{ mixture = [{{ weight = {weight}, law = {} }}, {{ weight = {}, law = {} }}] }}",
                hump(fast),
                1.0 - weight,
                hump(slow)
            )
        };
        let _ = writeln!(
            text,
            "[closing]\nwin = {win}\nwon_cycle = {}",
            humps(luck.between("humps", 0.2, 0.8))
        );
        let _ = writeln!(
            text,
            "lost_cycle = {}",
            humps(luck.between("lost humps", 0.2, 0.8))
        );
        let size = luck.scale("deal", 500.0, 50_000.0);
        let _ = writeln!(
            text,
            "[deal]\nsize = {{ lognormal = {{ mean = {size}, sigma = {} }} }}",
            luck.between("sigma", 0.4, 1.3)
        );
        let mut history = history(&text, number, of(&luck));
        if luck.happens("batches", 0.3) {
            history = closed_in_batches(&history, luck.between("batched", 0.2, 0.9), number);
        }
        Firm {
            name: format!("firm {number}"),
            history,
        }
    }
}

/// What the CRM keeps of it.
fn of(luck: &Luck) -> Of {
    match luck.unit("kind") {
        u if u < 0.6 => Of::Opportunities,
        u if u < 0.8 => Of::Leads(EarlyLosses::Recorded),
        _ => Of::Leads(EarlyLosses::Unrecorded),
    }
}

/// A sudden change by up to a third on some day, in two firms of five.
fn step(luck: &Luck, name: &str, day: u32, days: u32) -> f64 {
    let happens = luck.happens(&format!("{name} happens"), 0.4);
    let from = luck.between(&format!("{name} day"), 0.3, 0.8) * f64::from(days);
    match happens && f64::from(day) >= from {
        true => luck.scale(name, 0.7, 1.4),
        false => 1.0,
    }
}

/// A schedule with a step every ten days.
fn schedule(days: u32, value: impl Fn(u32) -> f64) -> String {
    let start: jiff::civil::Date = "2023-01-02".parse().unwrap();
    let steps = (10..days).step_by(10).map(|day| {
        let date = start
            .checked_add(jiff::Span::new().days(i64::from(day)))
            .unwrap();
        format!("{date} = {:.5}", value(day))
    });
    format!(
        "{{ initially = {:.5}, {} }}",
        value(0),
        steps.collect::<Vec<_>>().join(", ")
    )
}

/// The history that a CRM keeps of a scenario's first replication.
pub fn history(text: &str, seed: u64, of: Of) -> History {
    let files: BTreeMap<PathBuf, Vec<u8>> = [("firm.toml".into(), text.as_bytes().to_vec())].into();
    let (scenario, ..) = Scenario::load("firm.toml", &[], &files)
        .unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
    let plan = Plan {
        seed,
        range: 0..1,
        ..Plan::default()
    };
    simulate(&scenario, &plan, of).unwrap()
}

/// The same history where a share of the closings is entered only on the last day of the month.
fn closed_in_batches(history: &History, share: f64, number: u64) -> History {
    let mut batched = History::new(history.about.clone(), history.stages.clone());
    batched.channels = history.channels.clone();
    batched.segments = history.segments.clone();
    for (index, record) in history.records.iter().enumerate() {
        let is_late = parameter_uniform(11, number, history.id(index)) < share;
        let late = |stay: &Stay| match stay.left.is_finite() && is_late {
            true => Stay {
                left: stay
                    .left
                    .max(f64::from(last_day_of_month(stay.left.floor() as i32)) + 0.7),
                ..*stay
            },
            false => *stay,
        };
        batched.push(
            history.id(index),
            *record,
            history.stays_of(index).iter().map(late),
        );
    }
    let end = history.about.as_of;
    for stay in &mut batched.stays {
        if stay.left > f64::from(end) + 1.0 {
            (stay.left, stay.end) = (f64::INFINITY, End::Open);
        }
    }
    batched.as_of(end)
}

fn last_day_of_month(day: i32) -> i32 {
    use funnelcast::history::calendar::{date_of, day_of};
    day_of(date_of(day).last_of_month())
}
