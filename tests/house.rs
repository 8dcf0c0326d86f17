//! A room of the house uses what it must not know.
//!
//! Reads the paths in `src/**.rs`, tests of the modules included. What each room may use is the table of ARCHITECTURE.md.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The ground: open to everyone but bound by its own rows.
const GROUND: [&str; 4] = ["units", "math", "random", "distribution"];

/// What each room may use beside itself; rooms above the ground may use the ground too.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("main", &["cli"]),
    (
        "cli",
        &["report", "decide", "history", "forecast", "scenario"],
    ),
    ("report", &["decide", "history", "forecast", "scenario"]),
    ("decide", &["forecast", "scenario"]),
    ("history", &["forecast", "scenario"]),
    ("forecast", &["funnel", "scenario"]),
    ("funnel", &["scenario"]),
    ("scenario", &[]),
    ("distribution", &["random", "math", "units"]),
    ("random", &["math"]),
    ("math", &[]),
    ("units", &[]),
];

/// Crates and parts of the standard library with the only places that may use them.
const KEPT_IN: [(&str, &[&str]); 24] = [
    ("rayon", &["forecast/parallel.rs"]),
    ("clap", &["cli/", "main.rs"]),
    ("anstream", &["cli/"]),
    ("ctrlc", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("anstyle", &["report/"]),
    ("csv", &["report/", "history/import/"]),
    ("bytes", &["history/import/table.rs"]),
    ("encoding_rs", &["history/import/table.rs"]),
    ("parquet", &["history/import/", "report/data/"]),
    ("dejavu", &["report/chart.rs"]),
    ("plotters", &["report/chart.rs", "report/chart/"]),
    ("plotters_backend", &["report/chart/scaled.rs"]),
    ("rust_xlsxwriter", &["report/workbook/"]),
    ("serde_json", &["report/"]),
    ("terminal_size", &["cli/paper.rs"]),
    ("unicode_width", &["report/"]),
    ("miette", &["scenario/", "cli/"]),
    ("toml", &["scenario/"]),
    ("std::fs", &["report/", "cli/"]),
    ("std::env", &["cli/paper.rs"]),
    ("std::net", &[]),
    ("std::time", &["cli/"]),
    ("std::process", &["report/files.rs", "cli/", "main.rs"]),
];

/// Macros that print, with the same meaning: nobody prints but `cli`, which has its own way.
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// What stands in a file of `src/` that must not, with its line.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "src/{}:{}: {}", self.file, self.line, self.what)
    }
}

/// A word or a sign of a source text, with its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    line: usize,
}

/// Words and signs of `source` without comments, texts and characters; `::` is one sign.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => text_length(rest),
            '\'' => character_length(rest),
            'r' if raw_text_length(rest).is_some() => raw_text_length(rest).unwrap(),
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        if is_word(first) && !rest[..length].contains('"') || "{}:;,!*=".contains(first) {
            let line = 1 + source[..at].matches('\n').count();
            let text = &rest[..length];
            tokens.push(Token { text, line });
        }
        at += length;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Length of the text literal that `rest` begins with.
fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn raw_text_length(rest: &str) -> Option<usize> {
    let hashes = rest[1..].find(|c| c != '#')?;
    let body = rest[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(2 + hashes + body.find(&close)? + close.len())
}

/// Length of the character that `rest` begins with; 1 if it is a lifetime.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            let end = characters.skip(1).find(|(_, c)| *c == '\'');
            end.map_or(rest.len(), |(at, _)| at + 1)
        }
        _ => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
    }
}

/// Every path in `tokens`, written out: `use a::{b, c::d}` has `a::b` and `a::c::d`.
fn paths<'a>(tokens: &[Token<'a>]) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins = is_word(tokens[at].text.chars().next().unwrap_or(' '))
            && tokens.get(at + 1).is_some_and(|next| next.text == "::");
        if begins {
            at = spell_out(tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Spells out the path or tree of paths at `at`; the place after it.
fn spell_out<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    before: &[&'a str],
    found: &mut Vec<(usize, Vec<&'a str>)>,
) -> usize {
    let mut path = before.to_vec();
    let line = tokens[at].line;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token.text != "}") {
                    match tokens[at].text {
                        "," => at += 1,
                        _ => at = spell_out(tokens, at, &path, found),
                    }
                }
                return at + 1;
            }
            text => path.push(text),
        }
        at += 1;
        match tokens.get(at) {
            Some(next) if next.text == "::" => at += 1,
            _ => break,
        }
    }
    found.push((line, path));
    // In a tree, `as name` belongs to the branch.
    match tokens.get(at) {
        Some(next) if next.text == "as" => at + 2,
        _ => at,
    }
}

/// Names from the crate down to the module that `file` holds: `["funnel", "queue"]`.
fn module_of(file: &str) -> Vec<&str> {
    let names = file.trim_end_matches(".rs").split('/');
    names.filter(|name| *name != "mod").collect()
}

/// The name under the crate's root that `path` leads to from `module`, if it is one of ours.
///
/// Modules written inside a file are taken for the file itself: one `super` in a test module stays in it.
fn room_of<'a>(path: &[&'a str], depth: usize) -> Option<&'a str> {
    let (first, rest) = path.split_first()?;
    match *first {
        "crate" | "funnelcast" => rest.first().copied(),
        "super" => {
            let supers = path.iter().take_while(|name| **name == "super").count();
            (supers >= depth).then(|| path.get(supers).copied())?
        }
        _ => None,
    }
}

/// Everything in `source` that a file at this place must not hold.
fn violations(file: &str, source: &str) -> Vec<Violation> {
    let tokens = tokens(source);
    let room = module_of(file)[0];
    let mut found = Vec::new();
    let mut report = |line, what: String| {
        let file = file.to_owned();
        found.push(Violation { file, line, what });
    };
    for (line, path) in paths(&tokens) {
        let depth = module_of(file).len() + modules_around(&tokens, line);
        if let Some(used) = room_of(&path, depth)
            && !may_use(room, used)
        {
            report(line, format!("`{room}` must not know `{used}`"));
        }
        for (kept, places) in KEPT_IN {
            let names: Vec<&str> = kept.split("::").collect();
            if path.starts_with(&names) && !places.iter().any(|place| file.starts_with(place)) {
                report(line, format!("`{kept}` is kept in {places:?}"));
            }
        }
    }
    for pair in tokens.windows(2) {
        if PRINTING.contains(&pair[0].text) && pair[1].text == "!" {
            let what = format!("`{}!` prints past the command line", pair[0].text);
            report(pair[0].line, what);
        }
    }
    found
}

/// How many `mod name { … }` are open at the start of `line`.
fn modules_around(tokens: &[Token<'_>], line: usize) -> usize {
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.line >= line {
            break;
        }
        match token.text {
            "{" => open.push(at >= 2 && tokens[at - 2].text == "mod"),
            "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.iter().filter(|is_module| **is_module).count()
}

fn may_use(room: &str, used: &str) -> bool {
    let row = MAY_USE.iter().find(|(name, _)| *name == room);
    let allowed = row.map_or(&[][..], |(_, allowed)| allowed);
    let stands_on_ground = !GROUND.contains(&room);
    room == used || allowed.contains(&used) || stands_on_ground && GROUND.contains(&used)
}

/// Functions whose last bits are the platform's, wherever a result could depend on them.
const PLATFORM: [&str; 14] = [
    "exp", "exp_m1", "exp2", "ln", "ln_1p", "log10", "log2", "powf", "powi", "sin", "cos", "tan",
    "cbrt", "hypot",
];

/// Lines of `source`, up to its tests, that call one of [`PLATFORM`] as a method.
fn platform_calls(source: &str) -> Vec<usize> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let calls = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        PLATFORM
            .iter()
            .any(|name| code.contains(&format!(".{name}(")))
    };
    let lines = code.lines().enumerate();
    lines
        .filter(|(_, line)| calls(line))
        .map(|(at, _)| at + 1)
        .collect()
}

/// Every source file, named from `src/` on.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut directories = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                let source = fs::read_to_string(&path).unwrap();
                sources.push((name.replace('\\', "/"), source));
            }
        }
    }
    sources.sort();
    sources
}

#[test]
fn nobody_uses_what_lies_to_the_left() {
    let sources = sources();
    assert!(sources.len() > 50, "the sources were not found");
    let found: Vec<String> = sources
        .iter()
        .filter(|(file, _)| file != "lib.rs")
        .flat_map(|(file, source)| violations(file, source))
        .map(|violation| violation.to_string())
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_room_has_its_row() {
    for (file, _) in sources() {
        let room = module_of(&file)[0];
        let known = room == "lib" || MAY_USE.iter().any(|(name, _)| *name == room);
        assert!(known, "src/{file} belongs to no room of the house");
    }
}

/// The checker itself: each planted line is found, each harmless one is not.
#[test]
fn planted_violations_are_found() {
    let planted = [
        ("funnel/queue.rs", "use crate::forecast::Plan;", "forecast"),
        (
            "funnel/queue.rs",
            "use crate::{math, report::json};",
            "report",
        ),
        (
            "funnel/queue.rs",
            "use super::super::cli::Cli;",
            "must not know `cli`",
        ),
        ("random.rs", "use super::scenario::Process;", "scenario"),
        (
            "math/normal.rs",
            "fn f() { crate::random::midpoint(1) }",
            "random",
        ),
        (
            "scenario/law.rs",
            "use funnelcast::funnel::Funnel;",
            "funnel",
        ),
        (
            "funnel/mod.rs",
            "mod tests {\n use super::super::cli;\n}",
            "cli",
        ),
        ("forecast/study.rs", "use rayon::prelude::*;", "rayon"),
        (
            "funnel/run.rs",
            "let t = std::time::Instant::now();",
            "time",
        ),
        ("scenario/loader.rs", "use std::{fmt, fs};", "std::fs"),
        ("report/json.rs", "println!(\"{x}\");", "println"),
        ("cli/run.rs", "use crate::funnel::Funnel;", "funnel"),
        ("report/view.rs", "use crate::Study;", "Study"),
    ];
    for (file, source, word) in planted {
        let found = violations(file, source);
        assert_eq!(found.len(), 1, "{file}: {source}: {found:?}");
        assert!(found[0].what.contains(word), "{}", found[0]);
    }
    let harmless = [
        ("funnel/queue.rs", "// use crate::forecast::Plan;"),
        ("funnel/queue.rs", "let text = \"crate::forecast \\\" //\";"),
        ("funnel/queue.rs", "let text = r#\"crate::cli \" x\"#;"),
        (
            "funnel/queue.rs",
            "match c { '\"' => crate::math::exp(1.0), '\\'' => 0.0 }",
        ),
        ("funnel/queue.rs", "use super::lead::{Lead, Row as R};"),
        ("funnel/mod.rs", "mod tests {\n use super::run::Run;\n}"),
        ("forecast/parallel.rs", "rayon::join(a, b)"),
        ("distribution/table.rs", "use super::Law; use crate::math;"),
        ("main.rs", "use funnelcast::cli::{Cli, complain};"),
    ];
    for (file, source) in harmless {
        assert_eq!(violations(file, source), [], "{file}: {source}");
    }
}

#[test]
fn no_result_depends_on_the_platforms_functions() {
    assert_eq!(platform_calls("a();\nlet y = x.exp();\n// x.ln()"), [2]);
    assert_eq!(platform_calls("math::exp(x)"), [0; 0]);
    for (file, source) in sources() {
        // Charts and words are for eyes.
        if !file.starts_with("report/") {
            let calls = platform_calls(&source);
            assert!(
                calls.is_empty(),
                "src/{file}: lines {calls:?}: use `crate::math`"
            );
        }
    }
}
