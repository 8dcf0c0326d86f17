//! Reports that do not fit, names that steer the terminal, bars that lie.
#![cfg(feature = "cli")]

#[path = "common/stage.rs"]
mod stage;

use serde_json::Value;
use stage::{Stage, stdout};
use unicode_width::UnicodeWidthStr;

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "6 months"
replications = 24

[target]
revenue = "$400k"

[channels.website]
leads_per_day = "8 to 12"

[channels.events]
leads_per_day = 3
cost_per_lead = "$40"

[nurturing]
delay = { exponential = { mean = "5 days" } }
qualification = "40%"

[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }

[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

const WIDTHS: [usize; 5] = [60, 80, 100, 140, 200];

/// Wide letters, letters from right to left, signs of several parts, and far too many of them.
fn long_name() -> String {
    "計画 תוכנית מהירה 👩\u{200d}👧 e\u{301}te\u{301} ".repeat(12) + "end"
}

/// The same plan under a plain name and three others.
fn place() -> Stage {
    let place = Stage::new(&[("base.toml", BASE)]);
    let names = [
        ("long", long_name()),
        ("solid", "計".repeat(200)),
        ("sly", "sly \u{202e}esrever\u{2066} \u{200f}name".to_owned()),
    ];
    for (file, name) in names {
        let text =
            format!("name = '{name}'\nextends = 'base.toml'\n[closing]\nwin = '30% to 40%'\n");
        place.write(&format!("{file}.toml"), text);
    }
    place
}

fn report(place: &Stage, width: &str, locale: &str, line: &str) -> String {
    let environment = [("COLUMNS", width), ("LC_ALL", locale)];
    stdout(&place.run_with(&environment, line).code(0))
}

const UTF8: &str = "C.UTF-8";
const EVERY: &str =
    "compare base.toml long.toml solid.toml sly.toml --against days~0-30 --window days~60-150";

#[test]
fn no_line_is_wider_than_it_may_be() {
    let place = place();
    let lines = [
        "run base.toml",
        "run long.toml",
        EVERY,
        "explain base.toml long.toml --replications 4",
        "sweep long.toml closing.win=20%..40%/5% --replications 4 --metric won,cost",
        "sweep solid.toml closing.win=20%..40%/5% deal.size=$8k,$9k,$10k,$11k,$12k,$13k,$14k --replications 4",
    ];
    for line in lines {
        for width in WIDTHS {
            for locale in [UTF8, "C"] {
                let text = report(&place, &width.to_string(), locale, line);
                assert!(text.lines().count() > 8, "{line}: {text}");
                for shown in text.lines() {
                    let columns = shown.width();
                    assert!(columns <= width, "{line} at {width}: {columns}: {shown}");
                }
            }
        }
    }
}

#[test]
fn a_width_has_its_limits_and_a_file_its_own() {
    let place = place();
    let widest = |text: &str| text.lines().map(UnicodeWidthStr::width).max().unwrap();
    let line = "compare base.toml sly.toml";
    let plain = stdout(&place.run(line).code(0));
    let at = |width: &str| report(&place, width, UTF8, line);
    for same in ["100", "", "0", "wide", "-3"] {
        assert_eq!(at(same), plain, "COLUMNS={same}");
    }
    assert_eq!(at("7"), at("60"));
    assert_eq!(at("5000"), at("200"));
    assert!(widest(&plain) <= 100 && widest(&at("200")) > 180);
    assert!(at("60").contains("No room for") && !plain.contains("No room for"));
}

#[test]
fn a_plain_terminal_gets_plain_signs() {
    let place = place();
    for line in [
        "run base.toml",
        "explain base.toml sly.toml --replications 4",
    ] {
        let text = report(&place, "100", "C", line);
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains(" +- "), "{text}");
    }
    let text = report(&place, "100", "POSIX", "compare base.toml long.toml");
    let foreign = text.chars().filter(|letter| !letter.is_ascii());
    let name = long_name();
    let foreign: String = foreign.filter(|letter| !name.contains(*letter)).collect();
    assert_eq!(foreign, "", "{text}");
}

#[test]
fn no_name_moves_its_neighbours() {
    let place = place();
    for width in WIDTHS {
        let text = report(&place, &width.to_string(), UTF8, EVERY);
        let acts = |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{200f}')
        };
        for line in text.lines() {
            assert!(!line.chars().any(acts), "{line:?}");
            let count = |sign: char| line.chars().filter(|letter| *letter == sign).count();
            assert_eq!(count('\u{2067}'), count('\u{2069}'), "{line:?}");
        }
        assert!(text.contains("\u{2067}תוכנית"), "{text}");
        assert!(text.contains("sly \u{fffd}esrever"), "{text}");
    }
}

/// Columns of a bar, in eighths.
fn eighths(bar: &str) -> usize {
    let of = |sign: char| match sign {
        '█' | '#' => 8,
        '▉'..='▏' => '▏' as usize - sign as usize + 1,
        _ => panic!("{sign} is no part of a bar"),
    };
    bar.chars().map(of).sum()
}

#[test]
fn bars_are_as_long_as_their_counts() {
    let place = place();
    let json = stdout(&place.run("compare base.toml long.toml --json -").code(0));
    let json: Value = serde_json::from_str(&json).unwrap();
    let mean = |of: &Value, metric: &str| of["metrics"][metric]["mean"].as_f64().unwrap();
    let sides = [&json["baseline"], &json["alternatives"][0]["result"]];
    let largest = mean(sides[0], "leads").max(mean(sides[1], "leads"));
    for (locale, step) in [(UTF8, 1.0), ("C", 8.0)] {
        let text = report(&place, "140", locale, "compare base.toml long.toml");
        let lines = text.lines().skip_while(|line| !line.starts_with("funnel "));
        let bar = |line: &str| {
            let is_bar = |word: &&str| {
                word.chars()
                    .all(|sign| sign == '#' || ('▉'..='▏').contains(&sign) || sign == '█')
            };
            line.split_whitespace()
                .find(is_bar)
                .map(eighths)
                .unwrap_or(0) as f64
        };
        let bars: Vec<f64> = lines.skip(1).take(10).map(bar).collect();
        let longest = bars[0].max(bars[1]);
        for (nth, metric) in ["leads", "mqls", "sals", "opportunities", "won"]
            .iter()
            .enumerate()
        {
            for (side, of) in sides.iter().enumerate() {
                let expected = (longest * mean(of, metric) / largest).max(step);
                let found = bars[2 * nth + side];
                assert!(
                    (found - expected).abs() <= 0.5 * step + 1e-9,
                    "{metric}: {found} {expected}\n{text}"
                );
            }
        }
    }
}

#[test]
fn what_is_shown_is_what_the_files_hold() {
    let place = place();
    let json = stdout(&place.run("run base.toml --json -").code(0));
    let json: Value = serde_json::from_str(&json).unwrap();
    let text = report(&place, "200", UTF8, "run base.toml");
    let revenue = &json["metrics"]["revenue"];
    let money = |field: &str| {
        let value = revenue[field].as_f64().unwrap();
        match value {
            _ if value >= 1e6 => format!("${:.2}M", value / 1e6),
            _ if value >= 99_950.0 => format!("${:.0}k", value / 1e3),
            _ => format!("${:.1}k", value / 1e3),
        }
    };
    let row = text.lines().find(|line| line.starts_with("revenue "));
    let row = row.unwrap_or_default();
    for field in ["mean", "p10", "p25", "p50", "p75", "p90"] {
        assert!(
            row.contains(&money(field)),
            "{field} {}: {row}",
            money(field)
        );
    }
    assert!(
        text.starts_with(&format!("Base earns {}", money("mean"))),
        "{text}"
    );
}
