//! Where leads end: each lead counted once, by the part of the funnel in which it ended or stands at the horizon.

use super::study::States;

/// What went into a part of the funnel and what became of it, in leads per future from day 0 to the horizon.
///
/// `entered = left + open + passed`. A lead that recycling brought back counts where it ended; one that is open
/// at day 0 counts among those that entered every part before its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// `nurturing`, `handoff` or `closing`.
    pub part: &'static str,
    pub entered: f64,
    /// Final states other than won, by name.
    pub left: Vec<(&'static str, f64)>,
    /// Stages in which leads are open at the horizon, by name.
    pub open: Vec<(String, f64)>,
    /// On to the next part; of closing, won.
    pub passed: f64,
}

/// Final states of each part but the last way out of the funnel, which is won.
const PARTS: [(&str, &[&str]); 3] = [
    ("nurturing", &["unqualified", "faded"]),
    (
        "handoff",
        &["leaked", "expired", "unreached", "rejected", "disqualified"],
    ),
    ("closing", &["lost", "no_decision"]),
];
const OPEN_IN_NURTURING: [&str; 2] = ["nurturing", "recycled"];
const OPEN_IN_HANDOFF: [&str; 4] = ["routing", "queue", "sal_queue", "working"];

/// The flow through each part, from the states over `n` replications.
pub(super) fn flow(states: &States, n: usize) -> Vec<Flow> {
    let per_future = |count: f64| count / n.max(1) as f64;
    // Whole numbers far below 2^53: their sums and differences are exact.
    let mut entered = (states.opening + states.arrived) as f64;
    let parts = PARTS.iter().map(|&(part, ends)| {
        let left = states.closed.iter().filter(|(name, _)| ends.contains(name));
        let open = states.open.iter().filter(|(name, _)| part_of(name) == part);
        let left: Vec<_> = left.map(|&(name, n)| (name, n as f64)).collect();
        let open: Vec<_> = open.map(|(name, n)| (name.clone(), *n as f64)).collect();
        let gone: f64 = left.iter().map(|(_, n)| n).sum();
        let staying: f64 = open.iter().map(|(_, n)| n).sum();
        let passed = entered - gone - staying;
        let flow = Flow {
            part,
            entered: per_future(entered),
            left: left
                .into_iter()
                .map(|(name, n)| (name, per_future(n)))
                .collect(),
            open: open
                .into_iter()
                .map(|(name, n)| (name, per_future(n)))
                .collect(),
            passed: per_future(passed),
        };
        entered = passed;
        flow
    });
    parts.collect()
}

/// The part that a stage belongs to; no closing stage has the name of one before it.
fn part_of(stage: &str) -> &'static str {
    match stage {
        _ if OPEN_IN_NURTURING.contains(&stage) => "nurturing",
        _ if OPEN_IN_HANDOFF.contains(&stage) => "handoff",
        _ => "closing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lead_is_somewhere_once() {
        let states = States {
            opening: 5,
            arrived: 95,
            closed: [
                ("won", 3),
                ("lost", 7),
                ("no_decision", 5),
                ("disqualified", 4),
                ("rejected", 6),
                ("unreached", 1),
                ("expired", 2),
                ("leaked", 9),
                ("unqualified", 20),
                ("faded", 15),
            ],
            open: [
                ("nurturing", 10),
                ("queue", 8),
                ("recycled", 3),
                ("demo", 7),
            ]
            .map(|(name, n)| (name.to_owned(), n))
            .to_vec(),
        };
        let [nurturing, handoff, closing] = &flow(&states, 1)[..] else {
            panic!("three parts")
        };
        assert_eq!(nurturing.entered, 100.0);
        assert_eq!(nurturing.passed, 52.0);
        assert_eq!(handoff.passed, 22.0);
        assert_eq!(closing.open, [("demo".to_owned(), 7.0)]);
        assert_eq!(closing.passed, 3.0);
    }
}
