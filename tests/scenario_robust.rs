//! No text makes the reader panic, hang or overflow.

use std::collections::BTreeMap;
use std::path::PathBuf;

use funnelcast::scenario::{MAX_SCENARIO_BYTES, Scenario};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> String {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    files.insert("plan.toml".into(), bytes.to_vec());
    match Scenario::load("plan.toml", &[], &files) {
        Ok(_) => String::new(),
        Err(faults) => {
            let handler = miette::NarratableReportHandler::new();
            let mut narrated = String::new();
            handler.render_report(&mut narrated, &faults).unwrap();
            faults.plain()
        }
    }
}

#[test]
fn deep_nesting_is_refused_in_a_word() {
    let n = 200_000;
    let texts = [
        format!("a = {}", "[".repeat(n)),
        format!("a = {}1{}", "[".repeat(n), "]".repeat(n)),
        format!("a = {}", "{a=".repeat(n)),
        format!("[{}a]", "a.".repeat(n)),
        format!("{}a = 1", "a.".repeat(n)),
        "[".repeat(n),
        format!("{}a = 1", "a .\n".repeat(n)),
        "[a.b.c.d.e.f.g.h.i.j.k]\nl.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c = 1".to_string(),
    ];
    for text in texts {
        let faults = read(text.as_bytes());
        assert!(faults.starts_with("error: "), "{}", &text[..20]);
        assert!(faults.len() < 200_000, "{}", faults.len());
    }
    assert!(read(format!("a = {}", "[".repeat(n)).as_bytes()).contains("nested more than 24 deep"));
}

#[test]
fn a_large_file_is_refused_with_its_size() {
    let faults = read(&vec![b'#'; 16 << 20]);
    assert!(
        faults.contains("cannot read plan.toml: it is 16.0 MB long"),
        "{faults}"
    );
}

#[test]
fn a_full_file_of_nonsense_is_read_in_time() {
    let limit = MAX_SCENARIO_BYTES as usize - 100;
    let lines = [
        "x = 1\n",
        "[channels.a]\n",
        "= ",
        "[[a]]\n",
        "a = 'b'\nc = 'd'\n",
        "\"",
        "'''",
        "a.b.c = {}\n",
    ];
    for line in lines {
        let t0 = std::time::Instant::now();
        let text = line.repeat(limit / line.len());
        assert!(!read(text.as_bytes()).is_empty());
        println!("{line:?} {:?}", t0.elapsed());
    }
    let channels: String = (0..40_000).map(|i| format!("[channels.c{i}]\n")).collect();
    assert!(!read(&channels.as_bytes()[..channels.len().min(limit)]).is_empty());
}

#[test]
fn what_is_not_utf8_is_refused_with_its_line() {
    assert!(
        read(b"a = 1\nb = '\xff'\n").contains("line 2 has a byte that belongs to no character")
    );
}

/// Pieces from which texts much like scenarios are made.
const PIECES: [&str; 51] = [
    "[channels.web]\n",
    "[handoff]\n",
    "[closing]\n",
    "[deal]\n",
    "[start]\n",
    "[sales.pool]\n",
    "[correlations.a]\n",
    "[segments.b]\n",
    "[closing.hazards.won.ages]\n",
    "start_date",
    "horizon",
    "leak",
    "win",
    "size",
    "cycle",
    "members",
    "leads_per_day",
    "0",
    "{ events = 3, days = 90 }",
    "pipeline",
    "warm_up_under",
    " = ",
    " = ",
    " = ",
    " = ",
    "\n",
    "\n",
    "\n",
    "\"22%\"",
    "\"18% to 26%\"",
    "0.3",
    "-1",
    "1e308",
    "nan",
    "2026-01-01",
    "\"18 months\"",
    "\"$1,2k\"",
    "{ wins = 3, of = 0 }",
    "{ initially = 1, 2026-01-01 = 2 }",
    "{ lognormal = { median = 3, sigma = 9e9 } }",
    "{ lognormal = { median = \"1 to 3\", sigma = \"0.1 to 99\" } }",
    "{ empirical = [] }",
    "\"none\"",
    "{ normal = { mean = \"-3 to 3\", sd = 1 } }",
    "[\"closing.win\", \"handoff.leak\"]",
    "[",
    "]",
    "{",
    "}",
    "é",
    "\"",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&bytes);
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        read(text.as_bytes());
    }

    #[test]
    fn text_much_like_a_scenario(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().map(|i| PIECES[i]).collect();
        read(text.as_bytes());
    }

    #[test]
    fn any_value_of_a_key(key in 0..6_usize, value in "[-0-9.,$%€kMB a-e{}\\[\\]=\"to]{0,24}") {
        let key = ["handoff.leak", "handoff.routing", "closing.cycle", "deal.size", "horizon", "sales.reps"][key];
        let text = format!("{key} = {value}\n");
        read(text.as_bytes());
        let quoted = format!("{key} = '{value}'\n");
        read(quoted.as_bytes());
    }
}
