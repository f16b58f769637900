//! Tables as Parquet files, from the rows of their CSV files: built with the feature `parquet`.
//!
//! Memory does not grow with the number of rows: they are written in groups.

use nn::settings::{Allowed, SETTINGS};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a group.
const GROUP: usize = 100_000;

/// What a column holds. Every cell may be empty, and is null then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Number,
    Text,
}

/// The kind of a column by its name: a setting's own, or that of what is measured.
fn kind(column: &str) -> Kind {
    match column {
        "run" | "step" | "width" | "diverged_at" | "dead_units" | "elbows_outside" => Kind::Whole,
        name if name.ends_with("_loss") || name.ends_with("_accuracy") => Kind::Number,
        name => match SETTINGS.iter().find(|setting| setting.name == name).map(|setting| setting.allowed) {
            Some(Allowed::Whole(..)) => Kind::Whole,
            Some(Allowed::Number(..)) => Kind::Number,
            _ => Kind::Text,
        },
    }
}

/// The cells of a column in the rows of a group.
struct Column {
    kind: Kind,
    present: Vec<i16>,
    whole: Vec<i64>,
    numbers: Vec<f64>,
    texts: Vec<ByteArray>,
}

impl Column {
    fn new(kind: Kind) -> Self {
        Column { kind, present: Vec::new(), whole: Vec::new(), numbers: Vec::new(), texts: Vec::new() }
    }

    fn push(&mut self, cell: &str) -> io::Result<()> {
        self.present.push(i16::from(!cell.is_empty()));
        if cell.is_empty() {
            return Ok(());
        }
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{cell} is no number"));
        match self.kind {
            Kind::Whole => self.whole.push(cell.parse().map_err(|_| wrong())?),
            Kind::Number => self.numbers.push(cell.parse().map_err(|_| wrong())?),
            Kind::Text => self.texts.push(ByteArray::from(cell)),
        }
        Ok(())
    }

    fn clear(&mut self) {
        *self = Column::new(self.kind);
    }
}

/// What is written and not handed on yet: the writer needs one that may go to another thread, which a borrowed one may not.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Buffer {
    fn hand_on(&self, out: &mut dyn Write) -> io::Result<()> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        out.write_all(&bytes)
    }
}

/// Writes the rows of a CSV table with these column names, of which `all` tells in order, each without its end.
///
/// # Errors
/// If `out` or `all` does, or a cell is not of its column's kind.
pub fn write(
    columns: &str,
    all: &dyn Fn(&mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let names: Vec<&str> = columns.split(',').collect();
    let mut group: Vec<Column> = names.iter().map(|name| Column::new(kind(name))).collect();
    let buffer = Buffer::default();
    let properties = WriterProperties::builder().set_created_by(format!("elbow {}", env!("CARGO_PKG_VERSION"))).build();
    let schema = schema(&names).map_err(io::Error::other)?;
    let mut writer =
        SerializedFileWriter::new(buffer.clone(), Arc::new(schema), Arc::new(properties)).map_err(io::Error::other)?;
    let mut rows = 0;
    all(&mut |row| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
        let mut cells = csv::StringRecord::new();
        reader.read_record(&mut cells)?;
        for (column, cell) in group.iter_mut().zip(&cells) {
            column.push(cell)?;
        }
        rows += 1;
        if rows % GROUP == 0 {
            flush(&mut writer, &mut group).map_err(io::Error::other)?;
            buffer.hand_on(out)?;
        }
        Ok(())
    })?;
    if rows % GROUP > 0 {
        flush(&mut writer, &mut group).map_err(io::Error::other)?;
    }
    writer.close().map_err(io::Error::other)?;
    buffer.hand_on(out)
}

fn schema(names: &[&str]) -> Result<Type, ParquetError> {
    let field = |name: &&str| {
        let (physical, logical) = match kind(name) {
            Kind::Whole => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let field = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
        field.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = names.iter().map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("rows").with_fields(fields).build()
}

/// Writes a group of rows, and empties it.
fn flush(writer: &mut SerializedFileWriter<Buffer>, group: &mut [Column]) -> Result<(), ParquetError> {
    let mut rows = writer.next_row_group()?;
    for column in group {
        let Some(mut cells) = rows.next_column()? else { break };
        let present = Some(&column.present[..]);
        match column.kind {
            Kind::Whole => cells.typed::<Int64Type>().write_batch(&column.whole, present, None)?,
            Kind::Number => cells.typed::<DoubleType>().write_batch(&column.numbers, present, None)?,
            Kind::Text => cells.typed::<ByteArrayType>().write_batch(&column.texts, present, None)?,
        };
        cells.close()?;
        column.clear();
    }
    rows.close().map(|_| ())
}
