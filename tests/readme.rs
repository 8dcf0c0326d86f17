//! The README promises what the programme does not do: its commands, its scenarios, its table, its output.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use funnelcast::forecast::markdown;
use funnelcast::scenario::Scenario;
use tempfile::TempDir;

/// How a command of ours begins in the README.
const PREFIXES: [&str; 2] = ["cargo run --release -- ", "funnelcast "];

/// Few enough for a test; no command depends on how many futures it looks at.
const REPLICATIONS: &str = "12";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("a README")
}

/// Blocks fenced as one of `languages`, without their fences.
fn blocks<'a>(text: &'a str, languages: &[&str]) -> Vec<&'a str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, body) = after.split_once('\n').expect("a fence ends its line");
        let (block, after) = body.split_once("\n```").expect("a fence is closed");
        if languages.contains(&language) {
            blocks.push(block);
        }
        rest = after;
    }
    blocks
}

/// Command lines of ours in `block`, without what they begin with.
fn commands(block: &str) -> impl Iterator<Item = &str> {
    block.lines().filter_map(arguments)
}

fn arguments(line: &str) -> Option<&str> {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    let line = line.split(" # ").next()?.trim();
    PREFIXES.iter().find_map(|prefix| line.strip_prefix(prefix))
}

/// The same command with few replications, and without a precision that would ask for more. `explain` runs each
/// of them many times over.
fn quick(arguments: &str) -> String {
    let command = arguments.split(' ').next().unwrap_or_default();
    let few = match command {
        "run" | "compare" | "sweep" => REPLICATIONS,
        "explain" => "2",
        _ => return arguments.to_owned(),
    };
    let arguments = arguments
        .replace("--precision '1% of lift'", "")
        .replace("--precision 1%", "");
    match arguments.split_once("--replications ") {
        None => format!("{arguments} --replications {few}"),
        Some((before, after)) => {
            let (given, after) = after.split_once(' ').unwrap_or((after, ""));
            let few = if given.contains("..") { "4..16" } else { few };
            format!("{before}--replications {few} {after}")
        }
    }
}

/// A place that looks like the repository to commands, and takes what they write.
fn place() -> TempDir {
    let place = TempDir::new().unwrap();
    symlink(root().join("scenarios"), place.path().join("scenarios")).unwrap();
    place
}

/// Runs `funnelcast` with `arguments` as a shell divides them.
fn run(place: &Path, arguments: &str) -> Output {
    let line = format!("\"$FUNNELCAST\" {arguments}");
    Command::new("sh")
        .args(["-c", &line])
        .env("FUNNELCAST", env!("CARGO_BIN_EXE_funnelcast"))
        .env_remove("COLUMNS")
        .env("LC_ALL", "C.UTF-8")
        .current_dir(place)
        .output()
        .expect("a shell")
}

#[test]
fn every_command_runs() {
    let place = place();
    let readme = readme();
    let mut n = 0;
    for block in blocks(&readme, &["sh", "console"]) {
        for arguments in commands(block) {
            let arguments = quick(arguments);
            let output = run(place.path(), &arguments);
            let complaint = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments}\n{complaint}");
            n += 1;
        }
    }
    assert!(n >= 5, "only {n} commands of the README were found");
}

/// The first is `plan.toml`, which later ones extend.
#[test]
fn every_scenario_is_read() {
    let readme = readme();
    let mut scenarios = blocks(&readme, &["toml"]);
    scenarios.retain(|block| !block.contains("[dependencies]"));
    assert!(scenarios.len() >= 2, "the README shows scenario files");
    let plan = ("plan.toml".into(), scenarios[0].into());
    for block in scenarios {
        let shown = ("shown.toml".into(), block.into());
        let files: BTreeMap<PathBuf, Vec<u8>> = [plan.clone(), shown].into();
        if let Err(faults) = Scenario::load("shown.toml", &[], &files) {
            panic!("{}\n{block}", faults.plain());
        }
    }
}

#[test]
fn the_table_of_metrics_is_that_of_the_code() {
    let readme = readme();
    let (_, rest) = readme.split_once("<!-- metrics -->\n").expect("a table");
    let (shown, _) = rest.split_once("<!-- /metrics -->").expect("its end");
    assert_eq!(shown.trim(), markdown().trim());
}

#[test]
fn links_lead_somewhere() {
    for file in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            let path = target.split('#').next().unwrap_or_default();
            assert!(root().join(path).exists(), "{file}: {target}");
        }
    }
}

/// Equal inputs give equal bytes on every machine, so the output shown must be the output got.
///
/// After a change that moves numbers: `README_UPDATE=1 cargo test --release --test readme -- --ignored`.
#[test]
#[ignore = "slow tier: runs the commands as they stand"]
fn the_output_shown_is_the_output_got() {
    let place = place();
    let shown = readme();
    let mut found = shown.clone();
    for block in blocks(&shown, &["console"]) {
        let (command, output) = block.split_once('\n').unwrap_or((block, ""));
        if let Some(arguments) = arguments(command) {
            let got = run(place.path(), arguments).stdout;
            let got = String::from_utf8(got).unwrap();
            let new = format!("{command}\n{}", without_trailing_blanks(&got));
            if !output.is_empty() {
                found = found.replace(block, &new);
            }
        }
    }
    if std::env::var_os("README_UPDATE").is_some() {
        let (before, rest) = found.split_once("<!-- metrics -->\n").expect("a table");
        let (_, after) = rest.split_once("<!-- /metrics -->").expect("its end");
        let found = format!(
            "{before}<!-- metrics -->\n{}<!-- /metrics -->{after}",
            markdown()
        );
        fs::write(root().join("README.md"), &found).unwrap();
        return;
    }
    assert_eq!(found, shown);
}

/// As an editor leaves it.
fn without_trailing_blanks(text: &str) -> String {
    let lines: Vec<&str> = text.trim_matches('\n').lines().map(str::trim_end).collect();
    lines.join("\n")
}
