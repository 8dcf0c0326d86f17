//! An export or a map that nobody foresaw makes the import panic, or lose rows without a word.

use std::io::Cursor;
use std::path::Path;

use funnelcast::history::{Input, Map, guess, import, read_parquet, write_csv, write_parquet};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const MAP: &str = r#"
shape = "record"
stage = "opportunity"
[files.deals]
file = "deals.csv"
key = "id"
[files.wins]
file = "wins.csv"
key = "id"
[columns]
created = "deals.created"
closed = "wins.closed"
stage = "deals.stage"
channel = { column = "deals.source", missing = ["unknown"] }
value = { column = "wins.amount", sum = true }
[outcomes]
won = ["Won"]
lost = ["Lost"]
open = ["Demo"]
"#;

const CHANGES: &str = r#"
shape = "stage_change"
stages = ["Demo", "Offer"]
[files.deals]
file = "deals.csv"
key = "id"
[columns]
entered = "deals.created"
stage = "deals.stage"
channel = "deals.source"
[outcomes]
won = ["Won"]
lost = ["Lost"]
"#;

const DEALS: &str = "id,created,stage,source\n\
    d1,2026-01-01,Won,Web\n\
    d2,2026-01-02T10:00:00Z,Lost,\"Fair, \"\"big\"\"\"\n\
    d3,2026-01-03,Demo,unknown\n\
    d1,2026-01-04,Offer,\"two\nlines\"\n";
const WINS: &str = "id,closed,amount\nd1,2026-02-01,100\nd1,2026-02-03,50\nd2,2026-02-02 11:00,\n";

fn input(name: &str, content: &[u8]) -> Input {
    Input {
        name: name.into(),
        content: Box::new(Cursor::new(content.to_vec())),
    }
}

/// Imports, if the map can be read; the rows of every file are accounted for and what was made can be read again.
fn try_import(map: &str, deals: &[u8], wins: &[u8]) {
    let Ok(map) = Map::parse(Path::new("map.toml"), map.to_owned()) else {
        return;
    };
    let inputs = vec![input("deals.csv", deals), input("wins.csv", wins)];
    let Ok(imported) = import(&map, inputs) else {
        return;
    };
    let quality = &imported.quality;
    for (index, file) in quality.files.iter().enumerate() {
        assert_eq!(
            file.rows,
            file.used + quality.rejected(index),
            "{}",
            file.name
        );
    }
    let history = &imported.history;
    assert!(history.stays.iter().all(|stay| stay.left >= stay.entered));
    let known = history.as_of(history.about.as_of);
    assert_eq!(format!("{known:?}"), format!("{history:?}"));
    let mut parquet = Vec::new();
    write_parquet(history, &mut parquet).unwrap();
    let again = read_parquet(Box::new(Cursor::new(parquet))).unwrap();
    assert_eq!(format!("{again:?}"), format!("{history:?}"));
    write_csv(history, Vec::new()).unwrap();
}

/// Where a text is changed, and by what.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, Vec<u8>)>> {
    let bits = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            ",",
            ";",
            "\"",
            "\n",
            "\r\n",
            "\t",
            "",
            "d1",
            "2026-02-30",
            "1e308",
            "-",
            "Won",
            "\u{feff}",
            "[",
            "=",
            ".",
            "9999-12-31",
            "+14:00",
            "sum",
            "\u{0}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), bits), 0..6)
}

/// `text` with each change put in place of a few bytes.
fn changed(text: &str, changes: &[(prop::sample::Index, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (index, new) in changes {
        let start = index.index(bytes.len() + 1);
        let end = (start + new.len()).min(bytes.len());
        bytes.splice(start..end, new.iter().copied());
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::default() })]

    #[test]
    fn exports_with_slips_are_accounted_for(deals in changes(), wins in changes()) {
        let (deals, wins) = (changed(DEALS, &deals), changed(WINS, &wins));
        try_import(MAP, &deals, &wins);
        try_import(CHANGES, &deals, &wins);
    }

    #[test]
    fn maps_with_slips_are_read_or_refused(map in changes(), of_records in any::<bool>()) {
        let map = changed(if of_records { MAP } else { CHANGES }, &map);
        try_import(&String::from_utf8_lossy(&map), DEALS.as_bytes(), WINS.as_bytes());
    }

    #[test]
    fn a_guess_of_anything_is_toml(deals in changes(), wins in changes()) {
        let inputs = vec![input("deals.csv", &changed(DEALS, &deals)), input("wins.csv", &changed(WINS, &wins))];
        if let Ok(map) = guess(inputs) {
            prop_assert!(map.parse::<toml::Table>().is_ok(), "{}", map);
        }
    }

    #[test]
    fn bytes_that_mean_nothing_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        try_import(MAP, &bytes, WINS.as_bytes());
        let parquet = [b"PAR1", &bytes[..], b"PAR1"].concat();
        try_import(MAP, &parquet, WINS.as_bytes());
        prop_assert!(read_parquet(Box::new(Cursor::new(parquet))).is_err());
    }

    #[test]
    fn a_history_with_slips_is_read_or_refused(changes in changes()) {
        let map = Map::parse(Path::new("map.toml"), MAP.into()).unwrap();
        let inputs = vec![input("deals.csv", DEALS.as_bytes()), input("wins.csv", WINS.as_bytes())];
        let history = import(&map, inputs).unwrap().history;
        let mut parquet = Vec::new();
        write_parquet(&history, &mut parquet).unwrap();
        for (index, new) in &changes {
            let start = index.index(parquet.len());
            let end = (start + new.len()).min(parquet.len());
            parquet.splice(start..end, new.iter().copied().take(end - start));
        }
        let _ = read_parquet(Box::new(Cursor::new(parquet)));
    }
}
