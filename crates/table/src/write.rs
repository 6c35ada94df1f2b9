//! Parquet files whose columns are named at run time.

use crate::TableError;
use crate::files::replace;
use crate::records::properties;
use crate::values::{self, NamedColumn};
use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::collections::HashSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// The rows that are turned into Arrow at once.
const CHUNK: usize = 1 << 16;
/// The rows of a row group: wide ones fit into memory, and parts of them are read apart.
const GROUP: usize = 1 << 17;
/// A row group ends before that, if it has so many bytes.
const GROUP_BYTES: usize = 32 << 20;

/// Writes columns as Parquet, in the place of what is at the path, whole or not at all. Units and meanings are in the metadata of the fields,
/// `about` in that of the file, from where [`Table::about`](crate::Table::about) reads it.
///
/// # Errors
/// If columns differ in length or have one name, or the file cannot be written.
pub fn write_parquet(
    path: impl AsRef<Path>,
    columns: &[NamedColumn],
    about: &[(&str, String)],
) -> Result<(), TableError> {
    let path = path.as_ref();
    let failed = |problem: String| TableError::Output { what: path.display().to_string(), problem };
    let rows = columns.first().map_or(0, |column| column.values.rows());
    let mut names = HashSet::new();
    for NamedColumn { name, values, .. } in columns {
        if values.rows() != rows {
            let (found, first) = (values.rows(), &columns[0].name);
            return Err(failed(format!("column {name}: found {found} rows, expected {rows} as in {first}")));
        }
        if !names.insert(name) {
            return Err(failed(format!("there are two columns of the name {name}")));
        }
    }
    let schema = values::schema(columns);
    replace(path, |file| {
        let mut writer = Writer::new(path, file, &schema, about, Compression::SNAPPY)?;
        for from in (0..rows).step_by(CHUNK) {
            writer.write(&values::batch(&schema, columns, from, rows.min(from + CHUNK)).map_err(failed)?)?;
        }
        writer.finish()
    })
}

/// Of long texts this leaves a fifth, at four times the time of what is usual here.
pub(crate) fn thorough() -> Compression {
    Compression::ZSTD(ZstdLevel::try_new(1).unwrap_or_default())
}

/// Writes batches into a file. The bytes depend on the batches alone.
pub(crate) struct Writer<'a> {
    path: &'a Path,
    writer: ArrowWriter<&'a File>,
}

impl<'a> Writer<'a> {
    pub fn new(
        path: &'a Path,
        file: &'a File,
        schema: &Arc<Schema>,
        about: &[(&str, String)],
        texts: Compression,
    ) -> Result<Self, TableError> {
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties_of(schema, about, texts)));
        Ok(Self { path, writer: writer.map_err(|cause| unwritten(path, cause))? })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        self.writer.write(batch).map_err(|cause| unwritten(self.path, cause))?;
        if self.writer.in_progress_size() >= GROUP_BYTES {
            self.writer.flush().map_err(|cause| unwritten(self.path, cause))?;
        }
        Ok(())
    }

    pub fn finish(self) -> Result<(), TableError> {
        let path = self.path;
        self.writer.close().map(drop).map_err(|cause| unwritten(path, cause))
    }
}

fn unwritten(path: &Path, cause: ParquetError) -> TableError {
    let failed = |problem: String| TableError::Output { what: path.display().to_string(), problem };
    match cause {
        ParquetError::External(cause) => match cause.downcast() {
            Ok(cause) => TableError::Write { path: path.into(), cause: *cause },
            Err(cause) => failed(cause.to_string()),
        },
        cause => failed(cause.to_string()),
    }
}

/// `texts` is how texts are compressed.
fn properties_of(schema: &Schema, about: &[(&str, String)], texts: Compression) -> WriterProperties {
    let mut properties = properties(about).set_max_row_group_row_count(Some(GROUP));
    for field in schema.fields() {
        let (path, kind) = leaf(field);
        // Numbers that are all different make dictionaries of no use.
        match kind {
            DataType::Float64 => properties = properties.set_column_dictionary_enabled(path, false),
            DataType::Utf8 => properties = properties.set_column_compression(path, texts),
            _ => {}
        }
    }
    properties.build()
}

/// Where Parquet has the values of a field, and of what type they are.
fn leaf(field: &Field) -> (ColumnPath, &DataType) {
    let name = field.name().clone();
    match field.data_type() {
        DataType::List(item) => (ColumnPath::from(vec![name, "list".into(), item.name().clone()]), item.data_type()),
        kind => (ColumnPath::from(vec![name]), kind),
    }
}
