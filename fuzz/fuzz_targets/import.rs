//! Any bytes as an export of records and of changes of stage: no panic, and every row is accounted for.

#![no_main]

use std::io::Cursor;
use std::path::Path;

use funnelcast::history::{Input, Map, guess, import};
use libfuzzer_sys::fuzz_target;

const MAPS: [&str; 2] = [
    r#"
shape = "record"
[files.deals]
file = "deals"
key = "id"
[columns]
created = "deals.created"
closed = "deals.closed"
stage = "deals.stage"
channel = "deals.source"
value = "deals.amount"
[outcomes]
won = ["Won"]
lost = ["Lost"]
open = ["Open"]
"#,
    r#"
shape = "stage_change"
stages = ["Open"]
[files.deals]
file = "deals"
key = "id"
[columns]
entered = "deals.created"
left = "deals.closed"
stage = "deals.stage"
[outcomes]
won = ["Won"]
lost = ["Lost"]
"#,
];

const HEADER: &[u8] = b"id,created,closed,stage,source,amount\n";

fn input(content: Vec<u8>) -> Input {
    Input {
        name: "deals".into(),
        content: Box::new(Cursor::new(content)),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let _ = guess(vec![input(bytes.to_vec())]);
    for map in MAPS {
        let map = Map::parse(Path::new("map.toml"), map.into()).unwrap();
        for content in [bytes.to_vec(), [HEADER, bytes].concat()] {
            if let Ok(imported) = import(&map, vec![input(content)]) {
                let quality = imported.quality;
                for (index, file) in quality.files.iter().enumerate() {
                    assert_eq!(file.rows, file.used + quality.rejected(index));
                }
            }
        }
    }
});
