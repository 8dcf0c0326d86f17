//! A history as a file: Parquet to be read again, CSV for people.
//!
//! A row is a stay; times are those of the history's zone, to the microsecond.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::drafts::Labels;
use super::map::Field;
use super::moment;
use super::table::{Chunks, Content, Unreadable, guarded};
use super::{About, End, History, Known, NONE, Record, Stay};

const COLUMNS: [&str; 9] = [
    "id", "channel", "segment", "stage", "entered", "left", "outcome", "value", "owner",
];
const SCHEMA: &str = "message history {
    required binary id (STRING);
    optional binary channel (STRING);
    optional binary segment (STRING);
    required binary stage (STRING);
    required int64 entered (TIMESTAMP(MICROS, false));
    optional int64 left (TIMESTAMP(MICROS, false));
    required binary outcome (STRING);
    optional double value;
    optional binary owner (STRING);
}";
/// Stays in a row group: what is held in memory at once.
const GROUP: usize = 1 << 17;

/// Writes a history as Parquet, a row per stay, with what holds for all records in the file's metadata.
///
/// # Errors
/// If it cannot be written.
pub fn write_parquet(history: &History, file: impl Write + Send) -> std::io::Result<()> {
    write_groups(history, file).map_err(std::io::Error::other)
}

fn write_groups(history: &History, file: impl Write + Send) -> Result<(), ParquetError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_key_value_metadata(Some(metadata(history)))
        .build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    let mut owners = (0..history.records.len()).flat_map(|record| {
        let n_stays = history.stays_of(record).len();
        std::iter::repeat_n(record, n_stays)
    });
    for first in (0..history.stays.len()).step_by(GROUP) {
        let stays = &history.stays[first..history.stays.len().min(first + GROUP)];
        let records: Vec<usize> = owners.by_ref().take(stays.len()).collect();
        let mut group = writer.next_row_group()?;
        write_group(history, &records, stays, &mut group)?;
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn write_group<W: Write + Send>(
    history: &History,
    records: &[usize],
    stays: &[Stay],
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<(), ParquetError> {
    let names = |list: &[String], number: fn(&Record) -> u32| -> Vec<Option<ByteArray>> {
        let list: Vec<ByteArray> = list.iter().map(|name| ByteArray::from(&name[..])).collect();
        let of = |record: &usize| {
            let number = number(&history.records[*record]);
            list.get(number as usize).cloned()
        };
        records.iter().map(of).collect()
    };
    let ids = records
        .iter()
        .map(|record| Some(ByteArray::from(history.id(*record))));
    write_column::<ByteArrayType, W>(group, &ids.collect::<Vec<_>>(), true)?;
    let channels = names(&history.channels, |record| record.channel);
    write_column::<ByteArrayType, W>(group, &channels, false)?;
    let segments = names(&history.segments, |record| record.segment);
    write_column::<ByteArrayType, W>(group, &segments, false)?;
    let stages: Vec<ByteArray> = history
        .stages
        .iter()
        .map(|s| ByteArray::from(&s[..]))
        .collect();
    let stages = stays
        .iter()
        .map(|stay| stages.get(stay.stage as usize).cloned());
    let stages = stages.map(|stage| Some(stage.unwrap_or_default()));
    write_column::<ByteArrayType, W>(group, &stages.collect::<Vec<_>>(), true)?;
    let times = |time: fn(&Stay) -> f64| -> Vec<Option<i64>> {
        let times = stays.iter().map(time);
        times
            .map(|t| t.is_finite().then(|| moment::microseconds(t)))
            .collect()
    };
    write_column::<Int64Type, W>(group, &times(|stay| stay.entered), true)?;
    write_column::<Int64Type, W>(group, &times(|stay| stay.left), false)?;
    let ends = stays
        .iter()
        .map(|stay| Some(ByteArray::from(stay.end.name())));
    write_column::<ByteArrayType, W>(group, &ends.collect::<Vec<_>>(), true)?;
    let values = records.iter().map(|record| history.records[*record].value);
    let values = values.map(|value| (!value.is_nan()).then_some(value));
    write_column::<DoubleType, W>(group, &values.collect::<Vec<_>>(), false)?;
    let owners = names(&history.owners, |record| record.owner);
    write_column::<ByteArrayType, W>(group, &owners, false)
}

/// Writes the next column of a group; a required one has no empty cells.
fn write_column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &[Option<T::T>],
    is_required: bool,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General(
            "the schema has no such column".into(),
        ));
    };
    let values: Vec<T::T> = cells.iter().flatten().cloned().collect();
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let levels = (!is_required).then_some(&levels[..]);
    column.typed::<T>().write_batch(&values, levels, None)?;
    column.close()
}

const PREFIX: &str = "funnelcast.";

fn metadata(history: &History) -> Vec<KeyValue> {
    let about = &history.about;
    let date = moment::date(about.as_of).map_or(String::new(), |date| date.to_string());
    let known = |known| match known {
        Known::AtCreation => "creation",
        Known::AtClose => "close",
    };
    let mut pairs = vec![
        ("as_of".to_owned(), date),
        ("currency".to_owned(), about.currency.clone()),
        ("time_zone".to_owned(), about.time_zone.clone()),
        (
            "value_known".to_owned(),
            known(about.value_known).to_owned(),
        ),
        (
            "owner_known".to_owned(),
            known(about.owner_known).to_owned(),
        ),
    ];
    let stages = history.stages.iter().enumerate();
    pairs.extend(stages.map(|(index, stage)| (format!("stage.{index}"), stage.clone())));
    let pairs = pairs.into_iter();
    pairs
        .map(|(key, value)| KeyValue::new(format!("{PREFIX}{key}"), value))
        .collect()
}

/// Reads a history that [`write_parquet`] wrote.
///
/// # Errors
/// If it cannot be read or is no history.
pub fn read_parquet(content: Box<dyn Content>) -> Result<History, Unreadable> {
    guarded(|| read_groups(content))
}

fn read_groups(content: Box<dyn Content>) -> Result<History, Unreadable> {
    let reader = SerializedFileReader::new(Chunks::new(content)?)?;
    let metadata = reader.metadata().file_metadata();
    let pairs = metadata.key_value_metadata();
    let stated = |key: &str| {
        let key = format!("{PREFIX}{key}");
        let pair = pairs?.iter().find(|pair| pair.key == key)?;
        pair.value.clone()
    };
    let fields = metadata.schema().get_fields();
    let is_ours = fields == parse_message_type(SCHEMA)?.get_fields();
    let as_of = stated("as_of").and_then(|date| date.parse().ok());
    let (true, Some(as_of)) = (is_ours, as_of) else {
        return Err(Unreadable::new(
            "it is no history: `funnelcast history import` makes one",
        ));
    };
    let known = |key: &str| match stated(key).as_deref() {
        Some("creation") => Known::AtCreation,
        _ => Known::AtClose,
    };
    let about = About {
        as_of: moment::day(as_of),
        currency: stated("currency").unwrap_or_default(),
        time_zone: stated("time_zone").unwrap_or_default(),
        value_known: known("value_known"),
        owner_known: known("owner_known"),
    };
    let stages = (0..).map_while(|index| stated(&format!("stage.{index}")));
    let mut reading = Reading::new(History::new(about, stages.collect()));
    for group in 0..reader.num_row_groups() {
        reading.group(&*reader.get_row_group(group)?)?;
    }
    Ok(reading.finish())
}

/// A history under way from its file.
struct Reading {
    history: History,
    labels: Labels,
    id: String,
    record: Record,
    stays: Vec<Stay>,
}

impl Reading {
    fn new(history: History) -> Self {
        Reading {
            history,
            labels: Labels::default(),
            id: String::new(),
            record: Record {
                channel: NONE,
                segment: NONE,
                owner: NONE,
                first_stay: 0,
                value: f64::NAN,
            },
            stays: Vec::new(),
        }
    }

    /// Reads a row group.
    fn group(&mut self, group: &dyn RowGroupReader) -> Result<(), Unreadable> {
        let ids = column::<ByteArrayType>(group, 0)?;
        let channels = column::<ByteArrayType>(group, 1)?;
        let segments = column::<ByteArrayType>(group, 2)?;
        let stages = column::<ByteArrayType>(group, 3)?;
        let entered = column::<Int64Type>(group, 4)?;
        let left = column::<Int64Type>(group, 5)?;
        let ends = column::<ByteArrayType>(group, 6)?;
        let values = column::<DoubleType>(group, 7)?;
        let owners = column::<ByteArrayType>(group, 8)?;
        for row in 0..ids.len() {
            let stage = text(&stages, row)?;
            let stage = self.history.stages.iter().position(|other| other == stage);
            let end = text(&ends, row)?;
            let end = End::ALL.into_iter().find(|other| other.name() == end);
            let (Some(stage), Some(end)) = (stage, end) else {
                return Err(Unreadable::new(
                    "it has a stage or an outcome that no history has",
                ));
            };
            let id = text(&ids, row)?;
            if self.stays.is_empty() || id != self.id {
                self.push();
                id.clone_into(&mut self.id);
                self.record = Record {
                    channel: self.label(Field::Channel, text(&channels, row)?),
                    segment: self.label(Field::Segment, text(&segments, row)?),
                    owner: self.label(Field::Owner, text(&owners, row)?),
                    first_stay: 0,
                    value: values.get(row).copied().flatten().unwrap_or(f64::NAN),
                };
            }
            let days = |times: &[Option<i64>], default: f64| {
                let time = times.get(row).copied().flatten();
                time.map_or(default, moment::from_microseconds)
            };
            self.stays.push(Stay {
                entered: days(&entered, 0.0),
                left: days(&left, f64::INFINITY),
                stage: stage as u32,
                end,
            });
        }
        Ok(())
    }

    fn label(&mut self, field: Field, name: &str) -> u32 {
        match name {
            "" => NONE,
            name => self.labels.of(field).add(name).0,
        }
    }

    /// Adds the record whose stays were read.
    fn push(&mut self) {
        if !self.stays.is_empty() {
            self.history
                .push(&self.id, self.record, self.stays.drain(..));
        }
    }

    fn finish(mut self) -> History {
        self.push();
        self.labels.settle(&mut self.history);
        self.history
    }
}

/// The text of a cell; empty where there is none.
fn text(cells: &[Option<ByteArray>], row: usize) -> Result<&str, Unreadable> {
    match cells.get(row) {
        Some(Some(text)) => Ok(text.as_utf8()?),
        _ => Ok(""),
    }
}

/// The cells of a column of a group.
fn column<T: DataType>(
    group: &dyn RowGroupReader,
    column: usize,
) -> Result<Vec<Option<T::T>>, Unreadable> {
    let is_required = group
        .metadata()
        .column(column)
        .column_descr()
        .max_def_level()
        == 0;
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
    let n_rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    while values.len().max(levels.len()) < n_rows {
        let wanted = (n_rows - values.len().max(levels.len())).min(GROUP);
        let stated = (!is_required).then_some(&mut levels);
        let (n_read, _, _) = reader.read_records(wanted, stated, None, &mut values)?;
        if n_read == 0 {
            return Err(Unreadable::new("a column ends too early"));
        }
    }
    if is_required {
        return Ok(values.into_iter().map(Some).collect());
    }
    let mut values = values.into_iter();
    let cells = levels.into_iter().map(|level| match level {
        0 => None,
        _ => values.next(),
    });
    Ok(cells.collect())
}

/// Writes a history as CSV, a row per stay, with a header.
///
/// # Errors
/// If it cannot be written.
pub fn write_csv(history: &History, file: impl Write) -> std::io::Result<()> {
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(COLUMNS)?;
    let name =
        |list: &'_ [String], number: u32| list.get(number as usize).cloned().unwrap_or_default();
    for (index, record) in history.records.iter().enumerate() {
        let channel = name(&history.channels, record.channel);
        let segment = name(&history.segments, record.segment);
        let owner = name(&history.owners, record.owner);
        let value = match record.value.is_nan() {
            true => String::new(),
            false => record.value.to_string(),
        };
        for stay in history.stays_of(index) {
            let left = match stay.left.is_finite() {
                true => moment::text(stay.left),
                false => String::new(),
            };
            csv.write_record([
                history.id(index),
                &channel,
                &segment,
                &name(&history.stages, stay.stage),
                &moment::text(stay.entered),
                &left,
                stay.end.name(),
                &value,
                &owner,
            ])?;
        }
    }
    csv.flush()
}
