//! Reads pages back: every number with its key, and what stands there without one.

use std::collections::BTreeMap;

use serde_json::Value;

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
    let mut text = unescaped(&text);
    for constant in ["95 %", "8 of 10", "P10", "P90", "day 0"] {
        text = text.replace(constant, "");
    }
    text
}

fn lookup(json: &Value, shown: &Shown) -> f64 {
    let found = json.pointer(&shown.key).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("{shown:?} is nowhere in the JSON"))
}

/// Checks every number of a page against the JSON of the same run, and that there is no other; texts by key.
pub fn check(page: &str, json: &Value) -> BTreeMap<String, String> {
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
