//! Tables as Parquet: 64-bit integers, doubles, UTF-8, dates and booleans; null where there is nothing.

use std::io::{self, Write};
use std::mem;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::table::{About, Cell, Kind};
use crate::history::calendar::day_of;

/// Cells of a row group, or a few more: what is held in memory at once.
const GROUP: usize = 1 << 20;

/// A file that grows row by row.
pub(super) struct Parquet<'a, W: Write + Send> {
    writer: SerializedFileWriter<W>,
    kinds: Vec<Kind>,
    /// Of the row group under way. `[column]`
    columns: Vec<Vec<Cell<'a>>>,
}

impl<'a, W: Write + Send> Parquet<'a, W> {
    pub fn new(columns: &[About], to: W) -> io::Result<Self> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let schema = schema(columns)?;
        let writer = SerializedFileWriter::new(to, Arc::new(schema), Arc::new(properties))?;
        Ok(Parquet {
            writer,
            kinds: columns.iter().map(|column| column.kind).collect(),
            columns: columns.iter().map(|_| Vec::new()).collect(),
        })
    }

    pub fn row(&mut self, cells: Vec<Cell<'a>>) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        let n_rows = self.columns.first().map_or(0, Vec::len);
        match n_rows * self.columns.len() < GROUP {
            true => Ok(()),
            false => Ok(self.write_group()?),
        }
    }

    pub fn finish(mut self) -> io::Result<()> {
        if self.columns.iter().any(|column| !column.is_empty()) {
            self.write_group()?;
        }
        self.writer.close()?;
        Ok(())
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for (kind, column) in self.kinds.iter().zip(&mut self.columns) {
            let cells = mem::take(column);
            if let Some(mut writer) = group.next_column()? {
                write_column(*kind, &cells, &mut writer)?;
                writer.close()?;
            }
        }
        group.close()?;
        Ok(())
    }
}

fn schema(columns: &[About]) -> Result<Type, ParquetError> {
    let fields = columns.iter().map(|column| {
        let (physical, logical) = match column.kind {
            Kind::Integer => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
            Kind::Flag => (Physical::BOOLEAN, None),
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_logical_type(logical)
            .with_repetition(Repetition::OPTIONAL);
        Ok(Arc::new(field.build()?))
    });
    let fields: Result<Vec<_>, ParquetError> = fields.collect();
    Type::group_type_builder("funnelcast")
        .with_fields(fields?)
        .build()
}

fn write_column(
    kind: Kind,
    cells: &[Cell],
    to: &mut SerializedColumnWriter,
) -> Result<(), ParquetError> {
    match kind {
        Kind::Integer => write::<Int64Type>(cells, to, |cell| match cell {
            Cell::Integer(value) => Some(*value),
            _ => None,
        }),
        Kind::Number => write::<DoubleType>(cells, to, |cell| match cell {
            Cell::Number(value) => Some(*value),
            _ => None,
        }),
        Kind::Text => write::<ByteArrayType>(cells, to, |cell| match cell {
            Cell::Text(text) => Some(ByteArray::from(&text[..])),
            _ => None,
        }),
        Kind::Date => write::<Int32Type>(cells, to, |cell| match cell {
            Cell::Date(date) => Some(day_of(*date)),
            _ => None,
        }),
        Kind::Flag => write::<BoolType>(cells, to, |cell| match cell {
            Cell::Flag(is) => Some(*is),
            _ => None,
        }),
    }
}

fn write<T: DataType>(
    cells: &[Cell],
    to: &mut SerializedColumnWriter,
    value: impl Fn(&Cell) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let values: Vec<Option<T::T>> = cells.iter().map(value).collect();
    let levels: Vec<i16> = values.iter().map(|of| i16::from(of.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    to.typed::<T>().write_batch(&values, Some(&levels), None)?;
    Ok(())
}
