//! Charts of another size than was asked for, and sizes that cannot be.

#[path = "common/stage.rs"]
mod stage;

use std::fs;

use stage::Stage;

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "6 months"
replications = 16

[channels.website]
leads_per_day = "8 to 12"

[nurturing]
delay = { exponential = { mean = "5 days" } }
qualification = "40%"

[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }

[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

fn place() -> Stage {
    let better = |name: &str| {
        format!("name = '{name}'\nextends = 'base.toml'\n[closing]\nwin = '30% to 40%'\n")
    };
    let long = "計画 תוכנית 👩\u{200d}👧 Größe ".repeat(20);
    let place = Stage::new(&[("base.toml", BASE), ("better.toml", &better("better"))]);
    place.write("long.toml", better(&long));
    place
}

/// Width and height of a PNG, as its header says.
fn size_of_png(bytes: &[u8]) -> (u32, u32) {
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(bytes.starts_with(b"\x89PNG"));
    (side(16), side(20))
}

/// Names without extension and bytes of all files of a directory, each checked to have this size.
fn drawn(place: &Stage, directory: &str, size: Option<(u32, u32)>) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(place.path(directory)).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    for (name, bytes) in &files {
        let Some((width, height)) = size else {
            continue;
        };
        if name.ends_with(".png") {
            assert_eq!(size_of_png(bytes), (width, height), "{name}");
        } else {
            let text = String::from_utf8_lossy(bytes);
            let head = format!("<svg width=\"{width}\" height=\"{height}\"");
            assert!(text.starts_with(&head), "{name}: {}", &text[..80]);
        }
    }
    files
}

const COMMANDS: [(&str, &[&str]); 4] = [
    ("run base.toml", &["funnel", "revenue"]),
    (
        "compare base.toml better.toml long.toml",
        &["funnel", "lift", "payoff", "revenue"],
    ),
    (
        "explain base.toml better.toml --replications 4",
        &["explain_changes", "explain_funnel"],
    ),
    (
        "sweep long.toml closing.win=20%..40%/5% --replications 4 --metric won,cost",
        &["sweep"],
    ),
];

#[test]
fn charts_have_the_size_that_is_asked_for() {
    let place = place();
    for (width, height) in [(800, 600), (1080, 1080), (400, 1600)] {
        for (nth, (command, names)) in COMMANDS.iter().enumerate() {
            let directory = format!("{width}-{nth}");
            let size = format!("--chart-size {width}x{height}");
            place
                .run(&format!("{command} -q --charts {directory} {size}"))
                .code(0);
            let files = drawn(&place, &directory, Some((width, height)));
            let expected: Vec<String> = names
                .iter()
                .flat_map(|name| [format!("{name}.png"), format!("{name}.svg")])
                .collect();
            let found: Vec<&String> = files.iter().map(|(name, _)| name).collect();
            assert_eq!(found, expected.iter().collect::<Vec<_>>());
        }
    }
}

#[test]
fn equal_runs_draw_equal_bytes() {
    let place = place();
    for size in ["", "--chart-size 900x700"] {
        for (nth, threads) in [1, 3].iter().enumerate() {
            let line = format!("compare base.toml better.toml long.toml -q --threads {threads}");
            place
                .run(&format!("{line} --charts same{nth} {size}"))
                .code(0);
        }
        assert_eq!(drawn(&place, "same0", None), drawn(&place, "same1", None));
    }
}

/// Text may be cut but never leaves the chart.
#[test]
fn no_text_begins_outside() {
    let place = place();
    let line = "compare base.toml better.toml long.toml -q --charts charts --chart-size 640x480";
    place.run(line).code(0);
    for (name, bytes) in drawn(&place, "charts", Some((640, 480))) {
        if !name.ends_with(".svg") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        let places = text.split("<text ").skip(1).map(|text| {
            let side = |name: &str| {
                let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
                rest.split_once('"').unwrap().0.parse::<i32>().unwrap()
            };
            (side("x"), side("y"))
        });
        for (x, y) in places {
            assert!(
                (0..=640).contains(&x) && (0..=480).contains(&y),
                "{name}: {x}, {y}"
            );
        }
    }
}

#[test]
fn a_size_that_cannot_be_is_refused() {
    let place = place();
    for size in [
        "1600",
        "1600x",
        "10x10",
        "9000x900",
        "widexhigh",
        "1600:900",
    ] {
        let message = place.refusal(&format!(
            "run base.toml --charts charts --chart-size {size}"
        ));
        for words in ["--chart-size", size, "from 400 to 8000", "1600x900"] {
            assert!(message.contains(words), "{words}: {message}");
        }
    }
    let message = place.refusal("run base.toml --chart-size 1600x900");
    assert!(message.contains("--charts"), "{message}");
}
