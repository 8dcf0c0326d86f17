//! What an import makes of an export: its history is not what the rows say, or something wrong goes unsaid.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::Output;

use funnelcast::history::{End, History, NONE, read_parquet};
use tempfile::TempDir;

/// A directory with the files of an export.
struct Export {
    directory: TempDir,
}

impl Export {
    fn new(files: &[(&str, &str)]) -> Export {
        let export = Export {
            directory: tempfile::tempdir().unwrap(),
        };
        for (name, text) in files {
            export.add(name, text);
        }
        export
    }

    fn add(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, arguments: &str) -> Output {
        let mut command = assert_cmd::Command::cargo_bin("funnelcast").unwrap();
        let command = command.current_dir(self.directory.path());
        command.args(arguments.split(' ')).output().unwrap()
    }

    /// Imports `files`, which must succeed.
    fn import(&self, files: &str) -> History {
        let output = self.run(&format!("history import --map map.toml {files} -o history"));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        self.history()
    }

    fn history(&self) -> History {
        let file = File::open(self.path("history.parquet")).unwrap();
        read_parquet(Box::new(file)).unwrap()
    }

    fn csv(&self) -> String {
        fs::read_to_string(self.path("history.csv")).unwrap()
    }

    /// Kind and row of everything found, as `kind row`; warnings as their kind.
    fn found(&self) -> BTreeSet<String> {
        let mut csv = csv::Reader::from_path(self.path("history.quality.csv")).unwrap();
        let rows = csv.records().map(Result::unwrap);
        let found = rows.filter(|row| &row[0] != "total");
        found
            .map(|row| format!("{} {}", &row[1], &row[5]).trim_end().to_owned())
            .collect()
    }

    /// Rows, used and rejected by file.
    fn totals(&self) -> Vec<(String, [u64; 3])> {
        let mut csv = csv::Reader::from_path(self.path("history.quality.csv")).unwrap();
        let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
        let totals: Vec<&csv::StringRecord> =
            rows.iter().filter(|row| &row[0] == "total").collect();
        totals
            .chunks(3)
            .map(|of| {
                let count = |at: usize| of[at][4].parse().unwrap();
                (of[0][2].to_owned(), [count(0), count(1), count(2)])
            })
            .collect()
    }

    /// Asserts that exactly this was found and that every row is accounted for.
    fn assert_found(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|kind| (*kind).to_owned()).collect();
        assert_eq!(self.found(), expected);
        for (file, [rows, used, rejected]) in self.totals() {
            assert_eq!(rows, used + rejected, "{file}");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A map of records in one file.
const DEALS: &str = r#"
shape = "record"
stage = "opportunity"
[files.deals]
file = "deals.csv"
key = "id"
[columns]
created = "deals.created"
closed = "deals.closed"
stage = "deals.stage"
channel = "deals.source"
value = "deals.amount"
owner = "deals.owner"
[outcomes]
won = ["Closed Won"]
lost = ["Closed Lost"]
no_decision = ["No Decision"]
open = ["Demo"]
"#;

const HEADER: &str = "id,created,closed,stage,source,amount,owner\n";

#[test]
fn records_become_a_history() {
    let rows = "d2,2026-01-10,2026-02-20,Closed Won,Web,1200,Ann\n\
                d1,2026-01-10,2026-02-01,Closed Lost,Fair,,Bob\n\
                d3,2026-01-05,,Demo,,500,Bob\n\
                d4,2026-02-01,2026-02-28,No Decision,Web,300,Ann\n";
    let export = Export::new(&[
        ("map.toml", DEALS),
        ("deals.csv", &(HEADER.to_owned() + rows)),
    ]);
    let history = export.import("deals.csv");
    let expected = "id,channel,segment,stage,entered,left,outcome,value,owner\n\
                    d3,,,opportunity,2026-01-05,,open,,\n\
                    d1,Fair,,opportunity,2026-01-10,2026-02-01,lost,,Bob\n\
                    d2,Web,,opportunity,2026-01-10,2026-02-20,won,1200,Ann\n\
                    d4,Web,,opportunity,2026-02-01,2026-02-28,no_decision,300,Ann\n";
    assert_eq!(export.csv(), expected);
    export.assert_found(&[]);
    // 2026-02-28 is 20512 days after 1970-01-01, and the last day with a date.
    assert_eq!(history.about.as_of, 20_512);
    assert_eq!(history.id(2), "d2");
    assert_eq!(history.channels, ["Fair", "Web"]);
    assert_eq!(history.owners, ["Ann", "Bob"]);
    assert_eq!(history.records[0].owner, NONE);
    assert!(history.records[0].value.is_nan());
    assert_eq!(history.stays_of(2)[0].end, End::Won);
    assert_known_then(&history);
}

/// The history holds nothing that was not known on its as-of day. Values that are not known are NaN, which equals
/// nothing; texts do.
fn assert_known_then(history: &History) {
    let known = history.as_of(history.about.as_of);
    assert_eq!(format!("{known:?}"), format!("{history:?}"));
}

#[test]
fn values_and_owners_known_from_the_creation_are_kept_for_open_records() {
    let map = DEALS
        .replace(
            "\"deals.amount\"",
            "{ column = \"deals.amount\", known = \"creation\" }",
        )
        .replace(
            "\"deals.owner\"",
            "{ column = \"deals.owner\", known = \"creation\" }",
        );
    let rows = "d3,2026-01-05,,Demo,,500,Bob\n";
    let export = Export::new(&[
        ("map.toml", &map),
        ("deals.csv", &(HEADER.to_owned() + rows)),
    ]);
    let history = export.import("deals.csv");
    assert_eq!(history.records[0].value, 500.0);
    assert_eq!(history.owners, ["Bob"]);
    assert_known_then(&history);
}

#[test]
fn every_fault_of_a_record_is_found_with_its_row() {
    let rows = [
        "d1,2026-01-10,2026-02-20,Closed Won,Web,1200,Ann", // 2: sound
        ",2026-01-10,,Demo,Web,1,Ann",                      // 3
        "d1,2026-01-11,,Demo,Web,1,Ann",                    // 4: d1 again
        "d5,2026-01-10,,Dreaming,Web,1,Ann",                // 5
        "d6,,,Demo,Web,1,Ann",                              // 6
        "d7,,2026-02-01,Closed Won,Web,1,Ann",              // 7
        "d8,2026-01-10,,Closed Lost,Web,1,Ann",             // 8
        "d9,10/01/2026,,Demo,Web,1,Ann",                    // 9
        "d10,2026-06-01,,Demo,Web,1,Ann",                   // 10: after as-of
        "d11,2026-01-10,2026-06-01,Closed Won,Web,1,Ann",   // 11: closed after as-of
        "d12,2026-01-10,2026-01-08,Closed Won,Web,1,Ann",   // 12: won before it came
        "d13,2026-01-10,2026-04-01,Demo,Web,1,Ann",         // 13: planned
        "d14,2026-01-10,2026-02-02,Closed Won,Web,-5,Ann",  // 14
        "d15,2026-01-10,2026-02-02,Closed Won,Web,0,Ann",   // 15
        "d16,2026-01-10,2026-02-02,Closed Won,Web,many,Ann", // 16
        "d17,2026-01-10,2026-02-02,Closed Won,Web,EUR 5,Ann", // 17
        "d18,2026-01-10,2026-02-02,closed-won,Web,5,Ann",   // 18
        "d19,2026-01-10T12:00,2026-01-10,Closed Won,Web,5,Ann", // 19
        "d20,2026-01-10T12:00+05:00,,Demo,Web,5,Ann",       // 20
        "d21,2026-01-10,,Demo",                             // 21
        "d22,2026-01-10,,Demo,Web,5,Ann,Smith",             // 22
        ",,,,,,",                                           // 23
        "d24,2026-01-10,,Demo,unknown,5,Ann",               // 24
    ];
    let map = DEALS.replace("stage = \"opp", "as_of = 2026-03-31\nstage = \"opp");
    let map = map.replace(
        "\"deals.source\"",
        "{ column = \"deals.source\", missing = [\"Unknown\"] }",
    );
    let export = Export::new(&[
        ("map.toml", &map),
        ("deals.csv", &(HEADER.to_owned() + &rows.join("\n"))),
    ]);
    let history = export.import("deals.csv");
    export.assert_found(&[
        "missing_key 3",
        "duplicate 4",
        "unknown_stage 5",
        "open_without_date 6",
        "closed_without_creation 7",
        "closed_without_close_date 8",
        "unreadable_date 9",
        "after_as_of 10",
        "close_after_as_of 11",
        "close_before_creation 12",
        "planned_date 13",
        "negative_value 14",
        "zero_value 15",
        "unreadable_value 16",
        "other_currency 17",
        "spelled_otherwise 18",
        "date_beside_time 19",
        "time_zone 20",
        "missing_cells 21",
        "surplus_cells 22",
        "blank_row 23",
        "said_missing 24",
        "zero_day_cycle",
        "dates_beside_times",
        "unknown_beside_empty",
    ]);
    assert_eq!(history.records.len(), 13);
    let csv = export.csv();
    for line in [
        "d11,Web,,opportunity,2026-01-10,,open,,\n",
        "d12,Web,,opportunity,2026-01-08,2026-01-08,won,1,Ann\n",
        "d13,Web,,opportunity,2026-01-10,,open,,\n",
        "d14,Web,,opportunity,2026-01-10,2026-02-02,won,,Ann\n",
        "d19,Web,,opportunity,2026-01-10T12:00:00,2026-01-10T12:00:00,won,5,Ann\n",
        "d20,Web,,opportunity,2026-01-10T07:00:00,,open,,\n",
        "d24,,,opportunity,2026-01-10,,open,,\n",
    ] {
        assert!(csv.contains(line), "{line}{csv}");
    }
    assert_known_then(&history);
}

#[test]
fn strict_refuses_and_writes_nothing() {
    let rows = "d1,2026-01-10,2026-02-20,Closed Won,Web,1200,Ann\nd2,,,Demo,Web,1,Ann\n";
    let export = Export::new(&[
        ("map.toml", DEALS),
        ("deals.csv", &(HEADER.to_owned() + rows)),
    ]);
    let import = "history import --map map.toml deals.csv -o history";
    let output = export.run(&format!("{import} --strict"));
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("open_without_date (1)"), "{told}");
    assert!(text(&output.stdout).contains("an open record without a date"));
    for name in ["history.parquet", "history.csv", "history.quality.csv"] {
        assert!(!export.path(name).exists(), "{name}");
    }
    export.add(
        "deals.csv",
        HEADER.to_owned() + &rows[..rows.find("d2").unwrap()],
    );
    let output = export.run(&format!("{import} --strict"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

const JOINED: &str = r#"
shape = "record"
stage = "lead"
currency = "R$"
[files.leads]
file = "leads*.csv"
key = "lead"
[files.wins]
file = "wins.csv"
key = "lead"
[files.orders]
file = "orders.csv"
key = "seller"
joins = "wins.seller"
[files.pages]
file = "pages.csv"
key = "page"
joins = "leads.page"
[columns]
created = "leads.came"
closed = { column = "wins.won", time_zone = "UTC" }
channel = "pages.channel"
value = { column = "orders.price", sum = true }
"#;

#[test]
fn files_are_joined_by_key_by_name_and_through_one_another() {
    let export = Export::new(&[
        (
            "map.toml",
            &JOINED.replace("currency", "time_zone = \"America/Sao_Paulo\"\ncurrency"),
        ),
        (
            "leads_1.csv",
            "lead,came,page\nl1,2026-01-01,Home Page\nl2,2026-01-02,homepage\n",
        ),
        (
            "leads_2.csv",
            "lead,came,page\nl3,2026-01-03,Nowhere\nl4,2026-01-04,\n",
        ),
        (
            "wins.csv",
            "lead,seller,won\nl1,s1,2026-02-01 01:30:00\nl9,s9,2026-02-01 12:00:00\nl1,s2,2026-02-02 12:00:00\n",
        ),
        (
            "orders.csv",
            "seller,price\ns1,10.5\ns1,R$ 20\ns7,5\ns1,$ 3\ns1,-4\n,1\n",
        ),
        ("pages.csv", "page,channel\nHome Page,Web\nFair,Fair\n"),
    ]);
    let history = export.import("leads_1.csv leads_2.csv wins.csv orders.csv pages.csv");
    // 01:30 in UTC is 22:30 of the day before in São Paulo.
    let expected = "id,channel,segment,stage,entered,left,outcome,value,owner\n\
                    l1,Web,,lead,2026-01-01,2026-01-31T22:30:00,won,30.5,\n\
                    l2,Web,,lead,2026-01-02,,open,,\n\
                    l3,,,lead,2026-01-03,,open,,\n\
                    l4,,,lead,2026-01-04,,open,,\n";
    assert_eq!(export.csv(), expected);
    export.assert_found(&[
        "spelled_otherwise 3", // leads_1: homepage
        "partner_missing 2",   // leads_2: Nowhere
        "no_partner 3",        // wins: l9; pages: Fair
        "duplicate 4",         // wins: l1 again
        "no_partner 4",        // orders: s7
        "other_currency 5",
        "negative_value 6",
        "missing_key 7",
        "time_zone 2",
        "dates_beside_times",
    ]);
    assert_eq!(history.about.currency, "R$");
    assert_eq!(history.about.time_zone, "America/Sao_Paulo");
    assert_known_then(&history);
}

/// `a b` could be `A-B` as well as `AB`.
#[test]
fn an_ambiguous_spelling_joins_nothing() {
    let export = Export::new(&[
        ("map.toml", JOINED),
        ("leads.csv", "lead,came,page\nl1,2026-01-01,a b\n"),
        ("wins.csv", "lead,seller,won\n"),
        ("orders.csv", "seller,price\n"),
        ("pages.csv", "page,channel\nA-B,Web\nAB,Fair\n"),
    ]);
    let history = export.import("leads.csv wins.csv orders.csv pages.csv");
    assert_eq!(history.records[0].channel, NONE);
    assert!(export.found().contains("partner_missing 2"));
}

const CHANGES: &str = r#"
shape = "stage_change"
stages = ["Lead", "Demo", "Offer"]
[files.log]
file = "log.csv"
key = "deal"
[columns]
stage = "log.stage"
entered = "log.at"
left = "log.until"
channel = "log.source"
value = "log.amount"
[outcomes]
won = ["Won"]
lost = ["Lost"]
"#;

const LOG: [&str; 16] = [
    "deal,stage,at,until,source,amount",
    "d1,Offer,2026-01-20,,,900", // 2
    "d1,Lead,2026-01-01,,Web,",
    "d1,Demo,2026-01-10,,,800",
    "d1,Won,2026-02-01,,,1000",
    "d1,Demo,2026-02-02,,,1",          // 6: after its close
    "d2,Offer,2026-01-05,,Fair,",      // 7: begins late
    "d2,Lead,2026-01-08,,Web,",        // 8: a step back, with another source
    "d2,Offer,2026-01-09,,,",          // 9: the same again
    "d3,Lost,2026-01-03,,,",           // 10: no stage before
    "d4,Lead,2026-01-04,2026-02-10,,", // 11: left for nothing
    "d5,Lead,,,,",                     // 12
    "d6,Dream,2026-01-04,,,",          // 13
    "d1,Demo,2026-01-10,,,",           // 14: row 4 again
    "d7,Demo,2026-01-06,,,",
    "d7,Lead,2026-01-06,,,", // 16: both on one day
];

#[test]
fn changes_of_stage_become_stays() {
    let export = Export::new(&[("map.toml", CHANGES), ("log.csv", &LOG.join("\n"))]);
    let history = export.import("log.csv");
    let expected = "id,channel,segment,stage,entered,left,outcome,value,owner\n\
                    d1,Web,,Lead,2026-01-01,2026-01-10,advanced,1000,\n\
                    d1,Web,,Demo,2026-01-10,2026-01-20,advanced,1000,\n\
                    d1,Web,,Offer,2026-01-20,2026-02-01,won,1000,\n\
                    d4,,,Lead,2026-01-04,,open,,\n\
                    d2,Fair,,Offer,2026-01-05,,open,,\n\
                    d7,,,Lead,2026-01-06,2026-01-06,advanced,,\n\
                    d7,,,Demo,2026-01-06,,open,,\n";
    assert_eq!(export.csv(), expected);
    export.assert_found(&[
        "change_after_close 6",
        "earlier_stage 8",
        "differs 8",
        "stage_again 9",
        "closed_without_stage 10",
        "left_without_next 11",
        "change_without_date 12",
        "unknown_stage 13",
        "duplicate 14",
    ]);
    assert_eq!(history.stages, ["Lead", "Demo", "Offer"]);
    assert_known_then(&history);
}

#[test]
fn the_order_of_rows_decides_nothing() {
    let deals = leaking();
    let deals: Vec<&str> = deals.lines().collect();
    for (map, file, rows) in [
        (CHANGES, "log.csv", &LOG[..]),
        (DEALS, "deals.csv", &deals[..]),
    ] {
        let mut rows = rows.to_vec();
        let export = Export::new(&[("map.toml", map), (file, &rows.join("\n"))]);
        export.import(file);
        let expected = fs::read(export.path("history.parquet")).unwrap();
        for turn in [1, 4, 9] {
            rows[1..].rotate_left(turn);
            rows[1..].reverse();
            export.add(file, rows.join("\n"));
            export.import(file);
            let again = fs::read(export.path("history.parquet")).unwrap();
            assert!(again == expected, "{file} turned by {turn}");
        }
    }
}

#[test]
fn every_encoding_delimiter_and_line_end_makes_the_same_history() {
    let rows = "d1,2026-01-10,2026-02-20,Closed Won,\"Käse, \"\"Brot\"\"\",1200,\"Zoë\nSmith\"\n\
                d2,2026-01-11,,Demo,Messe,5,Bob\n";
    let plain = HEADER.to_owned() + rows;
    let export = Export::new(&[("map.toml", DEALS), ("deals.csv", &plain)]);
    export.import("deals.csv");
    let expected = fs::read(export.path("history.parquet")).unwrap();
    assert!(
        export.csv().contains("\"Käse, \"\"Brot\"\"\""),
        "{}",
        export.csv()
    );
    // Every comma but the one inside quotes is a delimiter.
    let delimited = |delimiter: &str| {
        let kept = plain.replace("Käse, ", "Käse\u{1}");
        kept.replace(',', delimiter).replace('\u{1}', ", ")
    };
    let latin: Vec<u8> = plain.chars().map(|c| c as u8).collect();
    let utf16 = format!("\u{feff}{}", delimited("\t"));
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let crlf = plain.replace("\n", "\r\n").replace("Zoë\r\n", "Zoë\n");
    for (what, content) in [
        ("semicolons", delimited(";").into_bytes()),
        ("tabs", delimited("\t").into_bytes()),
        ("bars", delimited("|").into_bytes()),
        ("a byte order mark", format!("\u{feff}{plain}").into_bytes()),
        ("carriage returns", crlf.into_bytes()),
        ("no line end", plain.trim_end().as_bytes().to_vec()),
        ("UTF-16", utf16),
        ("Windows-1252", latin),
    ] {
        export.add("deals.csv", content);
        export.import("deals.csv");
        let again = fs::read(export.path("history.parquet")).unwrap();
        assert!(again == expected, "{what}");
        let found = export.found();
        let told = found.contains("windows_1252 2");
        assert_eq!(told, what == "Windows-1252", "{what}: {found:?}");
    }
}

#[test]
fn parquet_is_read_as_csv_is() {
    let rows = "d1,2026-01-10T08:00:00.25,2026-02-20,Closed Won,Web,1200.5,Ann\n\
                d2,2026-01-11,,Demo,Messe,5,Bob\n\
                d3,2026-01-12,2026-02-01,Closed Lost,,,\n";
    let export = Export::new(&[
        ("map.toml", DEALS),
        ("deals.csv", &(HEADER.to_owned() + rows)),
    ]);
    let before = export.import("deals.csv");
    let map = r#"
        shape = "record"
        stage = "opportunity"
        [files.past]
        file = "past.*"
        key = "id"
        [columns]
        created = "past.entered"
        closed = "past.left"
        stage = "past.outcome"
        channel = "past.channel"
        value = "past.value"
        owner = "past.owner"
        [outcomes]
        won = ["won"]
        lost = ["lost"]
        open = ["open"]
    "#;
    export.add("map.toml", map);
    for extension in ["parquet", "csv"] {
        let past = format!("past.{extension}");
        fs::rename(
            export.path(&format!("history.{extension}")),
            export.path(&past),
        )
        .unwrap();
    }
    for past in ["past.parquet", "past.csv"] {
        let again = export.import(past);
        assert_eq!(format!("{again:?}"), format!("{before:?}"), "{past}");
    }
}

#[test]
fn forms_of_dates_and_amounts_are_the_maps() {
    let map = DEALS.replace(
        "stage = \"opp",
        "dates = \"dmy\"\ndecimal = \",\"\ncurrency = \"€\"\nstage = \"opp",
    );
    let rows = "d1;03.04.2026;4.5.2026 14:30;Closed Won;Web;1.234,50 €;Ann\n";
    let header = HEADER.replace(',', ";");
    let export = Export::new(&[("map.toml", &map), ("deals.csv", &(header + rows))]);
    export.import("deals.csv");
    let expected = "d1,Web,,opportunity,2026-04-03,2026-05-04T14:30:00,won,1234.5,Ann";
    assert!(export.csv().contains(expected), "{}", export.csv());
}

/// Records of which those that are not closed have no segment, and forty were lost on one day.
fn leaking() -> String {
    let mut rows = String::from("id,created,closed,stage,source,amount,owner,industry\n");
    for n in 0..120 {
        let created = format!("2026-01-{:02}", 1 + n % 28);
        let (closed, stage, industry) = match n {
            0..40 => ("2026-03-31".to_owned(), "Closed Lost", "Food"),
            40..80 => (format!("2026-02-{:02}", 1 + n % 28), "Closed Won", "Steel"),
            _ => (String::new(), "Demo", ""),
        };
        let source = ["Web", "Fair"][n % 2];
        rows += &format!("d{n},{created},{closed},{stage},{source},1,A,{industry}\n");
    }
    rows
}

#[test]
fn what_tells_the_future_is_named_and_not_guessed() {
    let map = DEALS.replace("value =", "segment = \"deals.industry\"\nvalue =");
    let export = Export::new(&[("map.toml", &map), ("deals.csv", &leaking())]);
    export.import("deals.csv");
    let found = export.found();
    assert!(
        found.contains("leak") && found.contains("mass_closing"),
        "{found:?}"
    );
    let strict = export.run("history import --map map.toml deals.csv -o strict --strict");
    assert_eq!(strict.status.code(), Some(2));
    assert!(text(&strict.stderr).contains("leak"));
    let guess = text(&export.run("history guess deals.csv").stdout);
    assert!(guess.contains("\nchannel = \"deals.source\""), "{guess}");
    assert!(
        guess.contains("\n# segment = \"deals.industry\""),
        "{guess}"
    );
}

#[test]
fn oddities_of_an_export_are_told() {
    let mut rows = String::from(HEADER);
    for n in 0..40 {
        let source = ["Web", "Fair", "Web; Fair", ""][n % 4];
        rows += &format!(
            "d{n},2026-01-{:02},2026-09-{:02},Closed Won,{source},1,A\n",
            1 + n % 9,
            10 + n % 9
        );
    }
    rows += "e1,2025-01-01,,Demo,Web,1,A\nf1,2030-01-01,,Demo,Web,1,A\n";
    let export = Export::new(&[
        ("map.toml", DEALS),
        ("deals.csv", &rows),
        ("notes.csv", "a,b\n"),
    ]);
    export.import("deals.csv notes.csv");
    export.assert_found(&[
        "file_not_named",
        "two_values_in_a_cell",
        "late_entry",
        "last_day_apart",
        "old_open_records",
    ]);
}

#[test]
fn a_guess_is_a_map() {
    let export = Export::new(&[
        (
            "leads.csv",
            "Lead ID,Created Date,Lead Source,Lead Owner\nl1,2026-01-01,Web,Ann\nl2,2026-01-02,Fair,Bob\nl3,2026-01-03,Web,Ann\nl4,2026-01-09,Fair,Ann\n",
        ),
        (
            "deals.csv",
            "Lead ID,Close Date,Amount\nl1,2026-02-01 10:00:00,100\nl3,2026-02-03 11:00:00,300\nl4,2026-02-04 11:00:00,50\n",
        ),
    ]);
    let output = export.run("history guess leads.csv deals.csv -o map.toml");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let history = export.import("leads.csv deals.csv");
    assert_eq!(history.stages, ["lead"]);
    assert_eq!(history.channels, ["Fair", "Web"]);
    let values: f64 = history
        .records
        .iter()
        .map(|r| r.value)
        .filter(|v| !v.is_nan())
        .sum();
    assert_eq!(values, 450.0);
    let again = export.run("history guess leads.csv deals.csv -o map.toml");
    assert_eq!(
        again.status.code(),
        Some(2),
        "a map that may have been corrected is kept"
    );
}

/// Headers as these systems write them, and what must be guessed of them.
#[test]
fn exports_of_well_known_systems_are_recognised() {
    let systems = [
        (
            "Salesforce",
            "Opportunity ID,Opportunity Name,Stage,Amount,Created Date,Close Date,Lead Source,Opportunity Owner,Industry",
            "006A{n},Deal {n},{end},{amount},{created},{closed},{source},{owner},{segment}",
            [
                "Created Date",
                "Close Date",
                "Stage",
                "Lead Source",
                "Industry",
                "Opportunity Owner",
                "Amount",
            ],
        ),
        (
            "HubSpot",
            "Record ID,Deal Name,Deal Stage,Amount,Create Date,Close Date,Original Traffic Source,Deal owner,Deal Type",
            "90{n},Deal {n},{end},{amount},{created} 10:00,{closed},{source},{owner},{segment}",
            [
                "Create Date",
                "Close Date",
                "Deal Stage",
                "Original Traffic Source",
                "Deal Type",
                "Deal owner",
                "Amount",
            ],
        ),
        (
            "Pipedrive",
            "Deal - ID,Deal - Title,Deal - Status,Deal - Value,Deal - Deal created,Deal - Deal closed on,Deal - Source channel,Deal - Owner,Organization - Industry",
            "{n},Deal {n},{end},{amount},{created} 10:00:00,{closed},{source},{owner},{segment}",
            [
                "Deal - Deal created",
                "Deal - Deal closed on",
                "Deal - Status",
                "Deal - Source channel",
                "Organization - Industry",
                "Deal - Owner",
                "Deal - Value",
            ],
        ),
        (
            "Dynamics",
            "Opportunity Id,Topic,Status,Actual Revenue,Created On,Actual Close Date,Lead Source,Owner,Industry",
            "op{n},Deal {n},{end},{amount},{created},{closed},{source},{owner},{segment}",
            [
                "Created On",
                "Actual Close Date",
                "Status",
                "Lead Source",
                "Industry",
                "Owner",
                "Actual Revenue",
            ],
        ),
    ];
    let fields = [
        "created", "closed", "stage", "channel", "segment", "owner", "value",
    ];
    for (system, header, row, expected) in systems {
        let rows = (0..60).map(|n| {
            let (end, closed) = match n % 3 {
                0 => ("Closed Won", format!("2026-03-{:02}", 1 + n % 28)),
                1 => ("Closed Lost", format!("2026-03-{:02}", 1 + n % 28)),
                _ => ("Proposal", String::new()),
            };
            row.replace("{n}", &n.to_string())
                .replace("{end}", end)
                .replace("{closed}", &closed)
                .replace("{created}", &format!("2026-01-{:02}", 1 + n % 28))
                .replace("{amount}", &(1_000 + 10 * n).to_string())
                .replace("{source}", ["Web", "Fair", "Partner", "Web"][n % 4])
                .replace("{owner}", ["Ann", "Bob"][n / 3 % 2])
                .replace("{segment}", ["Food", "Steel"][n / 5 % 2])
        });
        let rows: Vec<String> = rows.collect();
        let export = Export::new(&[("deals.csv", &format!("{header}\n{}\n", rows.join("\n")))]);
        let guess = text(&export.run("history guess deals.csv").stdout);
        for (field, column) in fields.iter().zip(expected) {
            let columns = guess.split_once("[columns]").unwrap().1;
            let line = columns
                .lines()
                .find(|line| line.starts_with(&format!("{field} = ")));
            let line = line.unwrap_or_else(|| panic!("{system}: no {field} in\n{guess}"));
            assert!(
                line.contains(&format!("\"deals.{column}\"")),
                "{system}: {line}"
            );
        }
        export.add("map.toml", &guess);
        let history = export.import("deals.csv");
        assert_eq!(history.records.len(), 60, "{system}");
    }
}

#[test]
fn changes_of_stage_are_recognised() {
    let mut rows = String::from("Opportunity ID,Stage,Entered Date,Owner\n");
    for n in 0..40 {
        rows += &format!("o{n},Trial,2026-01-{:02},Ann\n", 1 + n % 28);
        rows += &format!("o{n},Offer,2026-02-{:02},Ann\n", 1 + n % 28);
        if n % 2 == 0 {
            rows += &format!("o{n},Closed Won,2026-03-{:02},Ann\n", 1 + n % 28);
        }
    }
    let export = Export::new(&[("log.csv", &rows)]);
    let guess = text(&export.run("history guess log.csv").stdout);
    assert!(guess.contains("shape = \"stage_change\""), "{guess}");
    export.add("map.toml", &guess);
    let history = export.import("log.csv");
    assert_eq!(history.stages, ["Trial", "Offer"]);
    let won = history
        .stays
        .iter()
        .filter(|stay| stay.end == End::Won)
        .count();
    assert_eq!((history.records.len(), won), (40, 20));
}

#[test]
fn a_date_that_can_be_read_in_two_ways_is_not_decided() {
    let rows: String = (1..12)
        .map(|n| format!("d{n},0{}/0{}/2026,Web\n", 1 + n % 9, 1 + n % 7))
        .collect();
    let export = Export::new(&[("leads.csv", &format!("id,created,source\n{rows}"))]);
    let guess = text(&export.run("history guess leads.csv").stdout);
    assert!(
        guess.contains("# dates = \"dmy\"") && guess.contains("# dates = \"mdy\""),
        "{guess}"
    );
    export.add(
        "leads.csv",
        format!("id,created,source\n{rows}d99,31/01/2026,Web\n"),
    );
    let guess = text(&export.run("history guess leads.csv").stdout);
    assert!(guess.contains("\ndates = \"dmy\""), "{guess}");
}

#[test]
fn faults_of_a_map_come_together_with_their_places() {
    let map = r#"shape = "records"
time_zone = "Mars/Olympus"
curency = "$"
[files.deals]
file = "deals.csv"
[columns]
created = "deal.created"
closed = 3
"#;
    let export = Export::new(&[("map.toml", map), ("deals.csv", HEADER)]);
    let output = export.run("history import --map map.toml deals.csv -o history");
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for part in [
        "map.toml:1:9",
        "did you mean \"record\"?",
        "\"Mars/Olympus\" is no time zone",
        "did you mean `currency`?",
        "`files.deals` has no `key`",
        "did you mean `deals`?",
        "`columns.closed` is a number, not a text",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn files_and_columns_that_are_not_there_are_named() {
    let map = DEALS
        .replace("deals.created", "deals.creatd")
        .replace("deals.amount", "deals.sum");
    let export = Export::new(&[("map.toml", &map), ("deals.csv", HEADER)]);
    let output = export.run("history import --map map.toml deals.csv -o history");
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("deals.csv has no column `creatd`"), "{told}");
    assert!(told.contains("did you mean `created`?"), "{told}");
    assert!(told.contains("deals.csv has no column `sum`"), "{told}");
    export.add("other.csv", HEADER);
    let output = export.run("history import --map map.toml other.csv -o history");
    assert!(text(&output.stderr).contains("no file given is \"deals.csv\""));
    let output = export.run("history import --map map.toml none.csv -o history");
    assert!(text(&output.stderr).contains("cannot read none.csv"));
}

#[test]
fn inputs_are_not_written_over() {
    let export = Export::new(&[("map.toml", DEALS), ("deals.csv", HEADER)]);
    let output = export.run("history import --map map.toml deals.csv -o deals");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        fs::read_to_string(export.path("deals.csv")).unwrap(),
        HEADER
    );
    assert!(!Path::new(&export.path("deals.parquet")).exists());
}

#[test]
fn a_file_that_is_no_history_is_refused() {
    let export = Export::new(&[("x.parquet", "PAR1 and nothing else")]);
    let file = File::open(export.path("x.parquet")).unwrap();
    assert!(read_parquet(Box::new(file)).is_err());
}

/// An export in order of creation: only its last rows, behind the 50,000 that a guess looks at, are still open.
#[test]
fn a_stage_that_only_late_rows_have_is_found() {
    let mut rows = HEADER.to_owned();
    for number in 0..50_020 {
        rows += &match number < 50_010 {
            true => format!("d{number},2026-01-10,2026-02-20,Closed Won,Web,1200,Ann\n"),
            false => format!("d{number},2026-03-01,,Demo,Web,,Ann\n"),
        };
    }
    let export = Export::new(&[("deals.csv", &rows)]);
    let guess = text(&export.run("history guess deals.csv").stdout);
    assert!(guess.contains("open = [\"Demo\"]"), "{guess}");
}
