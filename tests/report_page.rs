//! The page of `run` and `compare` says what the JSON of the same run does not, or leaves out what it must say.

#[path = "common/stage.rs"]
mod stage;

use std::collections::BTreeMap;

use serde_json::Value;
use stage::Stage;

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "5 months"
periods = "month"
replications = 200
[target]
revenue = "$1.2M"
[channels.website]
# source: our own log
leads_per_day = "8 to 12"
cost_per_lead = "$40"
[nurturing]
qualification = "40%"
[handoff]
# assumption: nobody has counted
leak = "15% to 25%"
[sales]
reps = 3
[sales.pool]
hours_per_day = 8
selling_share = "60%"
triage_hours = "1 hours"
acceptance_hours = "3 hours"
[closing]
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }
[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;
const BETTER: &str = r#"
extends = "base.toml"
[handoff]
leak = "5% to 15%"
[closing]
win = "30% to 40%"
"#;
const NAMELESS: &str = r#"
extends = "base.toml"
[deal]
size = { lognormal = { mean = "$10.1k", sigma = 0.5 } }
"#;

/// A number on a page: where it stands in the JSON, its full precision, and how it is written.
#[derive(Debug)]
struct Shown {
    key: String,
    value: f64,
    text: String,
}

/// Every element of `page` that carries a key.
fn shown(page: &str) -> Vec<Shown> {
    let elements = page
        .split("data-key=\"")
        .skip(1)
        .zip(page.match_indices("data-key=\""));
    elements
        .map(|(rest, (at, _))| {
            let opening = &page[page[..at].rfind('<').unwrap()..];
            let tag = &opening[..opening.find('>').unwrap()];
            let attribute = |name: &str| {
                let from = tag.find(name)? + name.len();
                Some(tag[from..].split('"').next().unwrap().to_owned())
            };
            let value = attribute("data-value=\"")
                .or_else(|| attribute(" value=\""))
                .unwrap();
            let text = &opening[tag.len() + 1..];
            Shown {
                key: unescaped(rest.split('"').next().unwrap()),
                value: value.parse().unwrap(),
                text: unescaped(text.split('<').next().unwrap()),
            }
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The number that people read in `text`, and half a unit of its last digit.
fn read(text: &str) -> (f64, f64) {
    let text = text.replace(['\u{a0}', ','], "");
    let text = text.replace(['$', '€'], "");
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let text = text.trim_start_matches(['+', '-']);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != 'e' && c != '-');
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let scale = match unit.chars().next() {
        Some('k') => 1e3,
        Some('M') if unit != "Mo" => 1e6,
        Some('B') => 1e9,
        Some('T') => 1e12,
        Some('%') => 0.01,
        Some('p') => 0.01,
        _ => 1.0,
    };
    let number: f64 = digits
        .parse()
        .unwrap_or_else(|_| panic!("no number: {text}"));
    let decimals = digits
        .split(['.'])
        .nth(1)
        .map_or(0, |tail| tail.split('e').next().unwrap().len());
    let exponent = digits
        .split('e')
        .nth(1)
        .map_or(0, |e| e.parse::<i32>().unwrap());
    let half = 0.5 * 10f64.powi(exponent - decimals as i32);
    (sign * number * scale, half * scale * 1.000_001 + 1e-12)
}

/// Whether `text` is a fair writing of `value`; a size alone may leave out the sign.
fn is_written(value: f64, text: &str) -> bool {
    let text_only = text.replace('\u{a0}', " ");
    match &text_only[..] {
        "under 1 %" => return value > 0.0 && value < 0.01,
        "over 99 %" => return value > 0.99 && value < 1.0,
        _ => {}
    }
    let (number, tolerance) = read(text);
    (number - value).abs() <= tolerance
        || (number.abs() - value.abs()).abs() <= tolerance && number >= 0.0
}

/// Text of `page` outside numbers with keys and outside what is quoted: names, dates, code, scripts, axes.
fn prose(page: &str) -> String {
    let mut page = page.to_owned();
    for quoted in [
        "style", "script", "data", "bdi", "time", "code", "pre", "svg", "title",
    ] {
        let (opening, closing) = (format!("<{quoted}"), format!("</{quoted}>"));
        while let Some(from) = page.find(&opening) {
            let to = page[from..]
                .find(&closing)
                .map_or(page.len(), |at| from + at + closing.len());
            page.replace_range(from..to, "");
        }
    }
    let words = page
        .split("<td class=\"text\">")
        .map(|part| part.split_once("</td>"));
    let words: String = words
        .map(|part| part.map_or("", |(_, rest)| rest))
        .collect();
    let head = page.split("<td class=\"text\">").next().unwrap().to_owned();
    let page = head + &words;
    let mut text = String::new();
    for part in page.split('<') {
        text += part.split_once('>').map_or(part, |(_, text)| text);
        text.push(' ');
    }
    for constant in ["95 %", "8 of 10", "P10", "P90", "day 0"] {
        text = text.replace(constant, "");
    }
    text
}

fn lookup(json: &Value, shown: &Shown) -> f64 {
    let found = json.pointer(&shown.key).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("{shown:?} is nowhere in the JSON"))
}

fn told(line: &str, files: &[(&str, &str)]) -> (String, Value) {
    let stage = Stage::new(files);
    stage
        .run(&format!("{line} --report r.html --json r.json --quiet"))
        .success();
    let json = serde_json::from_str(&stage.read("r.json")).unwrap();
    (stage.read("r.html"), json)
}

fn check(page: &str, json: &Value) -> BTreeMap<String, String> {
    let shown = shown(page);
    for number in &shown {
        let value = lookup(json, number);
        // Text of JSON is read back to the last bit but one.
        assert!(
            (value - number.value).abs() <= 1e-15 * value.abs(),
            "{number:?} is {value}"
        );
        assert!(is_written(value, &number.text), "{number:?}");
    }
    let digits = prose(page);
    let stray: Vec<&str> = digits
        .lines()
        .filter(|line| line.contains(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(stray.is_empty(), "numbers without a key: {stray:?}");
    shown.into_iter().map(|of| (of.key, of.text)).collect()
}

#[test]
fn every_number_of_a_comparison_is_that_of_its_key_and_headlines_are_there() {
    let files = [("base.toml", BASE), ("better.toml", BETTER)];
    let (page, json) = told("compare base.toml better.toml", &files);
    let found = check(&page, &json);
    let mut headlines = vec![
        "/baseline/target/revenue".to_owned(),
        "/baseline/target/gap/mean".to_owned(),
    ];
    for case in ["/baseline", "/alternatives/0/result"] {
        headlines.push(format!("{case}/target/probability"));
        for of in ["mean", "p10", "p90"] {
            headlines.push(format!("{case}/periods/0/metrics/revenue/{of}"));
        }
        for metric in ["revenue", "won", "leads", "cost", "margin", "cac"] {
            headlines.push(format!("{case}/metrics/{metric}/mean"));
        }
    }
    for of in [
        "mean",
        "ci95/0",
        "ci95/1",
        "p10",
        "p90",
        "probability_positive",
        "relative/mean",
    ] {
        headlines.push(format!("/alternatives/0/difference/revenue/{of}"));
    }
    headlines.extend(
        ["total", "ci95/0", "terms/0/shapley", "terms/1/alone"]
            .map(|of| format!("/alternatives/0/bridge/{of}")),
    );
    for headline in headlines {
        assert!(
            found.contains_key(&headline),
            "{headline} is not on the page"
        );
    }
}

#[test]
fn every_number_of_a_run_is_that_of_its_key() {
    let (page, json) = told("run base.toml", &[("base.toml", BASE)]);
    let found = check(&page, &json);
    for of in ["mean", "p10", "p90"] {
        assert!(
            found.contains_key(&format!("/metrics/revenue/{of}")),
            "{of}"
        );
    }
}

/// Two deal sizes that 200 futures cannot tell apart once each has its own luck of few deals.
#[test]
fn a_lift_whose_interval_spans_zero_is_called_unproven() {
    let same = NAMELESS
        .replace("$10.1k", "$10k")
        .replace("sigma = 0.5", "sigma = 0.52");
    let files = [("base.toml", BASE), ("same.toml", &same[..])];
    let (page, json) = told("compare base.toml same.toml --replications 40", &files);
    check(&page, &json);
    let interval = &json["alternatives"][0]["difference"]["revenue"]["ci95"];
    assert!(
        interval[0].as_f64() < Some(0.0) && interval[1].as_f64() > Some(0.0),
        "{interval}"
    );
    assert!(page.contains("Unproven: "), "no word of it");
    assert!(!page.contains(" beats "));
}

#[test]
fn names_are_shown_and_do_nothing() {
    let name = |of: &str| format!("name = '''{of}'''\n");
    let long = "<script>document.title='x'</script> \"&' مرحبا 🚀 ".repeat(6);
    let long: String = long.chars().take(200).collect();
    let base = name(&long) + BASE;
    let better = name("=SUM(A1) \u{202e}evil") + BETTER;
    let files = [("base.toml", &base[..]), ("better.toml", &better[..])];
    let (page, json) = told("compare base.toml better.toml", &files);
    check(&page, &json);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;script&gt;document"));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn a_page_is_the_same_for_any_number_of_threads_and_needs_nothing_from_outside() {
    let stage = Stage::new(&[("base.toml", BASE), ("better.toml", BETTER)]);
    for threads in [1, 2] {
        let line = format!(
            "compare base.toml better.toml --replications 20 --threads {threads} --report {threads}.html --quiet"
        );
        stage.run(&line).success();
    }
    let page = stage.read("1.html");
    assert_eq!(page, stage.read("2.html"));
    for outside in ["http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.len() < 5_000_000);
}

#[test]
fn a_report_that_cannot_be_written_is_refused_before_the_work() {
    let stage = Stage::new(&[("base.toml", BASE)]);
    let said = stage.refusal("run base.toml --report no/such/place.html");
    assert!(said.contains("place.html"), "{said}");
    let said = stage.refusal("run base.toml --report base.toml");
    assert!(said.contains("--report"), "{said}");
}
