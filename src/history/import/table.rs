//! Rows of an export, from CSV or Parquet, one at a time.

use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use csv::ByteRecord;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;

use super::moment;

/// The content of a file.
pub trait Content: Read + Seek + Send {}

impl<T: Read + Seek + Send> Content for T {}

/// A file of an export: what to call it, and what is in it.
pub struct Input {
    pub name: String,
    pub content: Box<dyn Content>,
}

/// What keeps a file from being read, in words that continue "cannot read FILE:".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl Unreadable {
    pub(super) fn new(reason: &str) -> Unreadable {
        Unreadable(reason.to_owned())
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Unreadable(error.to_string())
    }
}

impl From<ParquetError> for Unreadable {
    fn from(error: ParquetError) -> Self {
        Unreadable(error.to_string())
    }
}

impl From<csv::Error> for Unreadable {
    fn from(error: csv::Error) -> Self {
        Unreadable(error.to_string())
    }
}

/// How much of a CSV file is looked at to tell its delimiter \[bytes\].
const SAMPLE: u64 = 1 << 16;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table that is read row by row.
pub(super) struct Table {
    /// Names of the columns, each once: a name that is taken gets a number, an empty one its place.
    pub header: Vec<String>,
    rows: Rows,
}

enum Rows {
    Csv(Box<csv::Reader<Box<dyn Read>>>),
    Parquet(Box<RowIter<'static>>),
}

/// A row of a table.
#[derive(Debug, Default)]
pub(super) struct Row {
    cells: ByteRecord,
    /// As a spreadsheet counts: the header is 1. A quoted line break begins no row.
    pub number: u32,
    /// Whether a cell was not UTF-8 and was read as Windows-1252.
    pub was_windows_1252: bool,
}

impl Row {
    /// The cell of a column without blanks around it; empty if the row ends before it.
    pub fn cell(&self, column: usize) -> &str {
        let cell = self.cells.get(column).unwrap_or_default();
        std::str::from_utf8(cell).unwrap_or_default().trim()
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Bytes of all cells.
    pub fn length(&self) -> usize {
        self.cells.as_slice().len()
    }

    /// Whether no cell holds anything.
    pub fn is_blank(&self) -> bool {
        (0..self.len()).all(|column| self.cell(column).is_empty())
    }

    /// Makes every cell UTF-8.
    fn decode(&mut self) {
        let is_utf8 = |cell: &[u8]| std::str::from_utf8(cell).is_ok();
        self.was_windows_1252 =
            !self.cells.as_slice().is_ascii() && !self.cells.iter().all(is_utf8);
        if !self.was_windows_1252 {
            return;
        }
        let mut decoded = ByteRecord::new();
        for cell in &self.cells {
            match is_utf8(cell) {
                true => decoded.push_field(cell),
                false => {
                    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell);
                    decoded.push_field(text.as_bytes());
                }
            }
        }
        self.cells = decoded;
    }
}

impl Table {
    /// Opens a file: Parquet if it begins as such, else CSV, of which delimiter and encoding are found.
    ///
    /// # Errors
    /// If it cannot be read or has no header.
    pub fn open(mut content: Box<dyn Content>) -> Result<Table, Unreadable> {
        let mut sample = Vec::new();
        content.by_ref().take(SAMPLE).read_to_end(&mut sample)?;
        match sample.starts_with(b"PAR1") {
            true => Self::parquet(content),
            false => Self::csv(sample, content),
        }
    }

    fn csv(sample: Vec<u8>, content: Box<dyn Content>) -> Result<Table, Unreadable> {
        let utf16 = match sample.get(..2) {
            Some([0xff, 0xfe]) => Some(encoding_rs::UTF_16LE),
            Some([0xfe, 0xff]) => Some(encoding_rs::UTF_16BE),
            _ => None,
        };
        let whole = BufReader::with_capacity(1 << 16, Cursor::new(sample).chain(content));
        let mut whole: Box<dyn Read> = match utf16 {
            Some(encoding) => Box::new(Decoded::new(whole, encoding)),
            None => Box::new(whole),
        };
        let mut sample = Vec::new();
        whole.by_ref().take(SAMPLE).read_to_end(&mut sample)?;
        let is_whole = (sample.len() as u64) < SAMPLE;
        let mut start = if sample.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let (stated, length) = stated_delimiter(&sample[start..]);
        start += length;
        let delimiter = stated.unwrap_or_else(|| delimiter(&sample[start..], is_whole));
        let mut begin = Cursor::new(sample);
        begin.set_position(start as u64);
        let rest: Box<dyn Read> = Box::new(begin.chain(whole));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(1 << 16)
            .from_reader(rest);
        let mut header = Row::default();
        if !reader.read_byte_record(&mut header.cells)? {
            return Err(Unreadable("it is empty".into()));
        }
        header.decode();
        let names = (0..header.len()).map(|column| header.cell(column).to_owned());
        Ok(Table {
            header: distinct(names),
            rows: Rows::Csv(Box::new(reader)),
        })
    }

    fn parquet(content: Box<dyn Content>) -> Result<Table, Unreadable> {
        guarded(|| Self::open_parquet(content))
    }

    fn open_parquet(content: Box<dyn Content>) -> Result<Table, Unreadable> {
        let reader = SerializedFileReader::new(Chunks::new(content)?)?;
        let schema = reader.metadata().file_metadata().schema();
        let names = schema.get_fields().iter().map(|f| f.name().to_owned());
        let header = distinct(names);
        Ok(Table {
            header,
            rows: Rows::Parquet(Box::new(RowIter::from_file_into(Box::new(reader)))),
        })
    }

    /// Reads the next row into `row`; false at the end.
    ///
    /// # Errors
    /// If the file cannot be read on.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, Unreadable> {
        // Rows are counted from the header on.
        row.number = row.number.max(1).saturating_add(1);
        match &mut self.rows {
            Rows::Csv(reader) => {
                if !reader.read_byte_record(&mut row.cells)? {
                    return Ok(false);
                }
                row.decode();
            }
            Rows::Parquet(rows) => {
                let Some(next) = guarded(|| Ok(rows.next().transpose()?))? else {
                    return Ok(false);
                };
                row.cells.clear();
                for (_, field) in next.get_column_iter() {
                    row.cells.push_field(text_of(field).as_bytes());
                }
            }
        }
        Ok(true)
    }
}

/// What `read` reads of Parquet: the crate panics on files that are damaged in some ways.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    let read = catch_unwind(AssertUnwindSafe(read));
    read.unwrap_or_else(|_| Err(Unreadable::new("it is damaged")))
}

/// A cell of Parquet as CSV would have it.
fn text_of(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Date(day) => moment::text(f64::from(*day)),
        Field::TimestampMillis(time) => moment::text(*time as f64 / 86_400e3),
        Field::TimestampMicros(time) => moment::text(moment::from_microseconds(*time)),
        Field::Double(number) => number.to_string(),
        Field::Float(number) => number.to_string(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        other => other.to_string(),
    }
}

/// The names of columns made distinct.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut header: Vec<String> = Vec::new();
    for (column, name) in names.enumerate() {
        let name = match name.is_empty() {
            true => format!("column {}", column + 1),
            false => name,
        };
        let mut own = name.clone();
        let mut number = 2;
        while header.contains(&own) {
            own = format!("{name} ({number})");
            number += 1;
        }
        header.push(own);
    }
    header
}

/// The delimiter that a first line `sep=;` states, as spreadsheets read it, and the length of that line.
fn stated_delimiter(sample: &[u8]) -> (Option<u8>, usize) {
    match sample {
        [b's', b'e', b'p', b'=', delimiter, b'\r', b'\n', ..] => (Some(*delimiter), 7),
        [b's', b'e', b'p', b'=', delimiter, b'\n', ..] => (Some(*delimiter), 6),
        _ => (None, 0),
    }
}

/// The delimiter under which the rows of `sample` have most cells in common with their header.
fn delimiter(sample: &[u8], is_whole: bool) -> u8 {
    let agreement = |delimiter: u8| {
        let reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(sample);
        let rows = reader.into_byte_records().map_while(Result::ok).take(100);
        let mut lengths: Vec<usize> = rows.map(|row| row.len()).collect();
        if !is_whole && lengths.len() > 1 {
            lengths.pop();
        }
        let width = lengths.first().copied().unwrap_or(0);
        let agreeing = lengths.iter().filter(|length| **length == width).count();
        (width > 1, agreeing * 2 > lengths.len(), width)
    };
    // The first of equals is the commonest.
    let best = DELIMITERS.into_iter().rev().max_by_key(|d| agreement(*d));
    best.unwrap_or(b',')
}

/// UTF-8 made of text in another encoding.
struct Decoded<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    encoded: Vec<u8>,
    /// Decoded and not yet handed out from `at` on.
    decoded: Vec<u8>,
    at: usize,
    is_done: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, encoding: &'static encoding_rs::Encoding) -> Self {
        Decoded {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            encoded: vec![0; 1 << 13],
            decoded: Vec::new(),
            at: 0,
            is_done: false,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.decoded.len() && !self.is_done {
            let n = self.inner.read(&mut self.encoded)?;
            self.is_done = n == 0;
            let longest = self.decoder.max_utf8_buffer_length(n).unwrap_or(4 * n + 16);
            self.decoded.resize(longest, 0);
            let (_, _, written, _) =
                self.decoder
                    .decode_to_utf8(&self.encoded[..n], &mut self.decoded, n == 0);
            self.decoded.truncate(written);
            self.at = 0;
        }
        let n = out.len().min(self.decoded.len() - self.at);
        out[..n].copy_from_slice(&self.decoded[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

/// A file as Parquet is read: from any place.
#[derive(Clone)]
pub(super) struct Chunks {
    content: Arc<Mutex<Box<dyn Content>>>,
    length: u64,
}

impl Chunks {
    pub fn new(mut content: Box<dyn Content>) -> io::Result<Chunks> {
        let length = content.seek(SeekFrom::End(0))?;
        Ok(Chunks {
            content: Arc::new(Mutex::new(content)),
            length,
        })
    }
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<Onward>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(Onward {
            chunks: self.clone(),
            at: start,
        }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.saturating_add(length as u64) > self.length {
            return Err(ParquetError::EOF("the file ends too early".into()));
        }
        let mut bytes = vec![0; length];
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        content.seek(SeekFrom::Start(start))?;
        content.read_exact(&mut bytes)?;
        Ok(bytes.into())
    }
}

/// A file from some place on.
pub(super) struct Onward {
    chunks: Chunks,
    at: u64,
}

impl Read for Onward {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let content = &self.chunks.content;
        let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
        content.seek(SeekFrom::Start(self.at))?;
        let n = content.read(out)?;
        self.at += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(content: &[u8]) -> Vec<Vec<String>> {
        let mut table = Table::open(Box::new(Cursor::new(content.to_vec()))).unwrap();
        let mut rows = vec![table.header.clone()];
        let mut row = Row::default();
        while table.read(&mut row).unwrap() {
            rows.push((0..row.len()).map(|c| row.cell(c).to_owned()).collect());
        }
        rows
    }

    #[test]
    fn every_delimiter_line_end_and_mark_of_order_is_read() {
        let plain = "id,näme\n1,\"a, b\"\n2,\"two\nlines\"\n";
        let expected = rows(plain.as_bytes());
        assert_eq!(expected[2], ["2", "two\nlines"]);
        for delimiter in [";", "\t", "|"] {
            let text = "id,näme\n1,\"a, b\"\n".replace("id,", &format!("id{delimiter}"));
            let text = text.replace("1,", &format!("1{delimiter}"));
            assert_eq!(rows(text.as_bytes()), expected[..2], "{delimiter}");
        }
        assert_eq!(rows(format!("\u{feff}{plain}").as_bytes()), expected);
        let crlf = plain.replace("\"\n", "\"\r\n");
        assert_eq!(rows(crlf.as_bytes()), expected);
        let stated = format!("sep=,\r\n{plain}");
        assert_eq!(rows(stated.as_bytes()), expected);
        let utf16: Vec<u8> = format!("\u{feff}{plain}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(rows(&utf16), expected);
        assert_eq!(rows(b"id,n\xe4me\n1,\"a, b\"\n"), expected[..2]);
    }

    #[test]
    fn columns_have_distinct_names() {
        assert_eq!(
            rows(b"a,a,,a (2)\n")[0],
            ["a", "a (2)", "column 3", "a (2) (2)"]
        );
    }

    #[test]
    fn an_empty_file_is_refused() {
        assert!(Table::open(Box::new(Cursor::new(Vec::new()))).is_err());
    }
}
