//! From a CRM's export to a history: what each column is, what each row says, and what is wrong with it.

mod amount;
mod changes;
mod drafts;
mod guess;
mod leaks;
mod map;
mod moment;
mod names;
mod partner;
mod profile;
pub mod quality;
mod records;
mod source;
mod store;
mod table;
mod warnings;

use super::{About, End, History, Known, NONE, Record, Stay};

pub use guess::guess;
pub use map::Map;
pub use quality::Quality;
pub use records::{Imported, import};
pub use store::{read_parquet, write_csv, write_parquet};
pub use table::{Content, Input, Unreadable};
