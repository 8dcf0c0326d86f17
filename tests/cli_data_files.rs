//! What `--out` and `--xlsx` write: the same numbers in every format, the same bytes for every run, and texts of users that
//! stay texts.

#[path = "common/stage.rs"]
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};

use parquet::basic::{ConvertedType, Type};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use stage::{Stage, stdout};

const BASE: &str = r#"
start_date = 2026-01-01
horizon = "3 months"
replications = 12
warm_up = 31
record_warm_up = true

[target]
revenue = "$400k"

[channels.website]
leads_per_day = "8 to 12"

[nurturing]
delay = { exponential = { mean = "5 days" } }
qualification = "40%"

[handoff]
acceptance = "50%"
[handoff.reasons]
timing = "40%"
fit = "60%"

# Asked of the team; of ten deals one renews.
[customers]
term = "1 month"
churn = "10% to 20%"

[closing]
# From last year's deals.
win = "20% to 30%"
cycle = { exponential = { mean = "10 days" } }

[deal]
size = { lognormal = { mean = "$10k", sigma = 0.5 } }
"#;

const BETTER: &str = r#"
extends = "base.toml"
[handoff]
acceptance = "60%"
[closing]
win = "30% to 40%"
"#;

/// Every table in both formats, and the dictionary.
const FILES: [&str; 17] = [
    "accounts.csv",
    "accounts.parquet",
    "bridge.csv",
    "bridge.parquet",
    "customers.csv",
    "customers.parquet",
    "dictionary.csv",
    "periods.csv",
    "periods.parquet",
    "reasons.csv",
    "reasons.parquet",
    "replications.csv",
    "replications.parquet",
    "replications_median.csv",
    "replications_median.parquet",
    "traces.csv",
    "traces.parquet",
];

/// What begins a formula in a spreadsheet, as the README says.
const ACTIVE: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠',
];

fn place() -> Stage {
    Stage::new(&[("base.toml", BASE), ("better.toml", BETTER)])
}

/// Names of the files in a directory, in order.
fn files(place: &Stage, directory: &str) -> Vec<String> {
    let entries = fs::read_dir(place.path(directory)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = names.collect();
    names.into_iter().collect()
}

/// The rows of a CSV with its header.
fn csv_of(place: &Stage, file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_path(place.path(file))
        .unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| row.iter().map(str::to_owned).collect())
        .collect()
}

/// The rows of a CSV as objects by column.
fn objects(place: &Stage, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut rows = csv_of(place, file).into_iter();
    let header = rows.next().unwrap();
    rows.map(|row| header.iter().cloned().zip(row).collect())
        .collect()
}

/// What a text of a CSV was.
fn text(cell: &str) -> &str {
    cell.strip_prefix('\'').unwrap_or(cell)
}

/// A cell of Parquet as CSV has it.
fn in_csv(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) if text.starts_with(ACTIVE) => format!("'{text}"),
        Field::Str(text) => text.clone(),
        Field::Double(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::Bool(is) => is.to_string(),
        Field::Date(day) => jiff::civil::date(1970, 1, 1)
            .checked_add(jiff::Span::new().days(i64::from(*day)))
            .unwrap()
            .to_string(),
        other => panic!("no such type is written: {other:?}"),
    }
}

fn parquet_of(place: &Stage, file: &str) -> Vec<Vec<String>> {
    let reader = SerializedFileReader::new(File::open(place.path(file)).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema().clone();
    let header = schema.get_fields().iter().map(|of| of.name().to_owned());
    let mut rows = vec![header.collect()];
    for row in reader.get_row_iter(None).unwrap() {
        let row = row.unwrap();
        rows.push(
            row.get_column_iter()
                .map(|(_, field)| in_csv(field))
                .collect(),
        );
    }
    rows
}

#[test]
fn equal_runs_are_equal_files() {
    let place = place();
    for (threads, out) in [(1, "a"), (2, "b"), (2, "c")] {
        let line = format!(
            "compare base.toml better.toml --threads {threads} --out {out} --xlsx {out}.xlsx --trace-leads 7 --quiet"
        );
        place.run(&line).code(0);
        assert_eq!(files(&place, out), FILES);
    }
    let read = |path: String| fs::read(place.path(&path)).unwrap();
    assert!(read("a.xlsx".into()).starts_with(b"PK"));
    for out in ["b", "c"] {
        assert!(read("a.xlsx".into()) == read(format!("{out}.xlsx")));
        for file in FILES {
            assert!(
                read(format!("a/{file}")) == read(format!("{out}/{file}")),
                "{file}"
            );
        }
    }
}

#[test]
fn every_format_has_the_same_numbers() {
    let place = place();
    let line = "compare base.toml better.toml --out out --trace-leads 9 --json -";
    let result: Value = serde_json::from_str(&stdout(&place.run(line).code(0))).unwrap();
    for file in FILES
        .iter()
        .filter_map(|file| file.strip_suffix(".parquet"))
    {
        let (csv, parquet) = (
            csv_of(&place, &format!("out/{file}.csv")),
            parquet_of(&place, &format!("out/{file}.parquet")),
        );
        assert!(csv.len() > 1, "{file}");
        assert_eq!(csv, parquet, "{file}");
    }
    let results = [&result["baseline"], &result["alternatives"][0]["result"]];
    let same = |text: &str, value: &Value| match value.as_f64() {
        Some(number) => {
            // The JSON is read to the last bit but one.
            let found: f64 = text.parse().unwrap();
            assert!(
                (found - number).abs() <= f64::EPSILON * number.abs(),
                "{found} {number}"
            );
        }
        None => assert_eq!((text, value), ("", &Value::Null)),
    };
    let rows = objects(&place, "out/periods.csv");
    let n_metrics = funnelcast::forecast::METRICS.len();
    assert_eq!(
        rows.len(),
        2 * 4 * n_metrics,
        "three months and the one before"
    );
    for row in &rows {
        let result = results
            .iter()
            .find(|of| of["scenario"] == row["scenario"])
            .unwrap();
        let day: i64 = row["start_day"].parse().unwrap();
        let of = if day < 0 {
            "warm_up_periods"
        } else {
            "periods"
        };
        let mut periods = result[of].as_array().unwrap().iter();
        let period = periods.find(|of| of["start_day"] == day).unwrap();
        let metric = &period["metrics"][&row["metric"]];
        for name in [
            "mean",
            "standard_error",
            "sd",
            "p05",
            "p50",
            "p90",
            "process_share",
        ] {
            same(&row[name], &metric[name]);
        }
        same(&row["process_p95"], &metric["process"]["p95"]);
    }
    let bridge = &result["alternatives"][0]["bridge"];
    let rows = objects(&place, "out/bridge.csv");
    same(&rows[0]["value"], &bridge["total"]);
    let parts = [
        ("change", "terms", "shapley"),
        ("funnel", "along_the_funnel", "value"),
    ];
    for (split, of, value) in parts {
        let parts = bridge[of].as_array().unwrap();
        let told = rows.iter().filter(|row| row["split"] == split);
        assert_eq!(told.clone().count(), parts.len());
        for (row, part) in told.zip(parts) {
            assert_eq!(row["part"], part["name"].as_str().unwrap());
            same(&row["value"], &part[value]);
            same(&row["standard_error"], &part["standard_error"]);
        }
    }
}

#[test]
fn parquet_has_types() {
    let place = place();
    place
        .run("compare base.toml better.toml --out out --quiet")
        .code(0);
    let file = File::open(place.path("out/periods.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let schema = reader.metadata().file_metadata().schema().clone();
    let types: BTreeMap<String, (Type, ConvertedType)> = schema
        .get_fields()
        .iter()
        .map(|of| {
            let (physical, logical) =
                (of.get_physical_type(), of.get_basic_info().converted_type());
            (of.name().to_owned(), (physical, logical))
        })
        .collect();
    assert_eq!(types["scenario"], (Type::BYTE_ARRAY, ConvertedType::UTF8));
    assert_eq!(types["start_day"], (Type::INT64, ConvertedType::NONE));
    assert_eq!(types["start_date"], (Type::INT32, ConvertedType::DATE));
    assert_eq!(types["mean"], (Type::DOUBLE, ConvertedType::NONE));
    assert_eq!(types["immature"], (Type::BOOLEAN, ConvertedType::NONE));
}

#[test]
fn the_dictionary_lists_every_column_of_every_file() {
    let place = place();
    place
        .run("compare base.toml better.toml --out out --trace-leads 2 --quiet")
        .code(0);
    let entries = objects(&place, "out/dictionary.csv");
    let listed: Vec<(String, String)> = entries
        .iter()
        .map(|entry| (entry["file"].clone(), entry["column"].clone()))
        .collect();
    let found: Vec<(String, String)> = files(&place, "out")
        .iter()
        .flat_map(|file| {
            let path = format!("out/{file}");
            let rows = match file.ends_with(".csv") {
                true => csv_of(&place, &path),
                false => parquet_of(&place, &path),
            };
            let columns = rows.into_iter().next().unwrap().into_iter();
            columns
                .map(|column| (file.clone(), column))
                .collect::<Vec<_>>()
        })
        .collect();
    let sorted = |mut pairs: Vec<(String, String)>| {
        pairs.sort();
        pairs
    };
    assert_eq!(sorted(listed), sorted(found));
    for entry in &entries {
        assert!(
            !entry["type"].is_empty() && !entry["meaning"].is_empty(),
            "{entry:?}"
        );
    }
    let unit = |file: &str, column: &str| {
        let mut entries = entries.iter();
        let entry = entries.find(|of| of["file"] == file && of["column"] == column);
        entry.unwrap()["unit"].clone()
    };
    assert_eq!(unit("replications.csv", "won"), "count");
    assert_eq!(unit("replications.parquet", "won_cycle_days"), "days");
    assert_eq!(unit("replications.csv", "win_rate"), "share");
}

/// 200 letters that would be a formula, a script, a quote, text from right to left and more in one.
fn nasty_name() -> String {
    let begin =
        "=HYPERLINK(\"http://a.b\",'x')<script>alert(1)</script>, שלום \u{1f680} مرحبا \u{ff1d}";
    let fill = "é".repeat(200 - begin.chars().count());
    begin.to_owned() + &fill
}

#[test]
fn texts_of_users_stay_texts() {
    let place = place();
    let name = nasty_name();
    assert_eq!(name.chars().count(), 200);
    let stated = format!("extends = \"base.toml\"\nname = '''{name}'''\n");
    let channels = "[channels.\"=1+1\"]\nleads_per_day = 1\n[channels.\"@x\"]\nleads_per_day = 1\n\
                    [channels.\"-2\"]\nleads_per_day = 1\n[channels.\"'+y\"]\nleads_per_day = 1\n";
    place.write("nasty.toml", stated + channels);
    let line = "compare base.toml nasty.toml --out out --xlsx book.xlsx --trace-leads 200 --json -";
    let result: Value = serde_json::from_str(&stdout(&place.run(line).code(0))).unwrap();
    assert_eq!(result["alternatives"][0]["name"], name.as_str());
    let mut seen = BTreeSet::new();
    for file in files(&place, "out")
        .iter()
        .filter(|file| file.ends_with(".csv"))
    {
        for row in csv_of(&place, &format!("out/{file}")) {
            for cell in row {
                let is_number = cell.parse::<f64>().is_ok();
                assert!(
                    is_number || !cell.starts_with(&ACTIVE[..7]),
                    "{file}: {cell}"
                );
                if cell.starts_with('\'') {
                    seen.insert(text(&cell).to_owned());
                }
            }
        }
    }
    for expected in [&name[..], "=1+1", "@x", "-2", "'+y", "@x/all/1/0"] {
        assert!(seen.contains(expected), "{expected} in {seen:?}");
    }
    let names = parquet_of(&place, "out/periods.parquet");
    assert!(names.iter().any(|row| text(&row[0]) == name));
    assert!(
        fs::read(place.path("book.xlsx"))
            .unwrap()
            .starts_with(b"PK")
    );
}

#[test]
fn traces_are_the_stories_that_trace_tells() {
    let place = place();
    place
        .run("run base.toml --replications 3..5 --out out --trace-leads 4 --quiet")
        .code(0);
    let told = stdout(
        &place
            .run("trace base.toml --replication 3 --first 4")
            .code(0),
    );
    let rows = objects(&place, "out/traces.csv");
    let mut leads: Vec<&str> = rows.iter().map(|row| &row["lead"][..]).collect();
    leads.dedup();
    assert_eq!(leads.len(), 4);
    for lead in leads {
        assert!(
            told.contains(&format!("{lead}  arrived on day")),
            "{lead} in\n{told}"
        );
    }
    for row in &rows {
        assert_eq!(
            (&row["scenario"][..], &row["replication"][..]),
            ("base", "3")
        );
        assert_ne!(row["event"].is_empty(), row["decision"].is_empty());
        let number = |name: &str| row[name].parse::<f64>().ok();
        let Some(uniform) = number("uniform") else {
            continue;
        };
        assert!((0.0..1.0).contains(&uniform));
        match (&row["reading"][..], number("low"), number("threshold")) {
            ("below" | "gate", None, Some(p)) => {
                assert_eq!(row["outcome"], if uniform < p { "yes" } else { "no" });
            }
            ("choice", Some(low), Some(high)) => assert!(low <= uniform && uniform < high),
            ("above", None, Some(bar)) => {
                let yes = number("value").unwrap() > bar;
                assert_eq!(row["outcome"], if yes { "yes" } else { "no" });
            }
            (_, None, None) => {}
            other => panic!("{other:?} in {row:?}"),
        }
    }
    let mut outcomes = rows.iter().filter(|row| row["decision"] == "outcome");
    assert!(
        outcomes.all(|row| !row["stage"].is_empty()),
        "it is that of a closing stage"
    );
}

#[test]
fn nothing_stale_is_left() {
    let place = place();
    place
        .run("compare base.toml better.toml --out out --trace-leads 2 --quiet")
        .code(0);
    place
        .run("run base.toml --certain --out out --quiet")
        .code(0);
    let stale = ["bridge", "traces", "replications_median"];
    let expected = FILES.iter().filter(|file| {
        !stale
            .iter()
            .any(|name| file.starts_with(&format!("{name}.")))
    });
    assert_eq!(files(&place, "out"), expected.copied().collect::<Vec<_>>());
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let place = place();
    let refused = |line: &str, words: &[&str]| {
        let message = place.refusal(line);
        for word in words {
            assert!(message.contains(word), "{line}: no {word:?} in\n{message}");
        }
    };
    refused("run base.toml --trace-leads 5", &["--out"]);
    refused(
        "run base.toml --out out --trace-leads 0",
        &["--trace-leads", "1..=100000"],
    );
    refused(
        "run base.toml --out out --trace-leads 100001",
        &["--trace-leads"],
    );
    refused(
        "run base.toml --out out --trace-leads few",
        &["--trace-leads", "few"],
    );
    refused("run base.toml --xlsx .", &["it is a directory"]);
    refused(
        "run base.toml --xlsx nowhere/book.xlsx",
        &["cannot write nowhere/book.xlsx"],
    );
    refused(
        "run better.toml --xlsx base.toml",
        &["--xlsx base.toml", "would replace a file"],
    );
    assert_eq!(place.read("base.toml"), BASE);
}
