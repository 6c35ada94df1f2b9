//! Tables of typed rows: one list of columns, written as CSV and as Parquet.

use crate::TableError;
use crate::values::field;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use std::sync::Arc;

/// A column of a table whose rows come from values of `R`.
pub struct Column<R> {
    /// Its name.
    pub name: &'static str,
    /// The unit of its numbers; empty for names and counts.
    pub unit: &'static str,
    /// What its values mean.
    pub meaning: &'static str,
    /// How a row gets its value.
    pub get: Get<R>,
}

/// How a row gets its value in a column.
pub enum Get<R> {
    /// A count.
    Integer(fn(&R) -> u64),
    /// A number.
    Number(fn(&R) -> f64),
    /// An optional number: an empty field in CSV, null in Parquet.
    Maybe(fn(&R) -> Option<f64>),
    /// A text.
    Text(fn(&R) -> &str),
}

impl<R> Column<R> {
    fn field(&self) -> Field {
        let kind = match self.get {
            Get::Integer(_) => DataType::UInt64,
            Get::Number(_) | Get::Maybe(_) => DataType::Float64,
            Get::Text(_) => DataType::Utf8,
        };
        field(self.name, kind, matches!(self.get, Get::Maybe(_)), self.unit, self.meaning)
    }

    fn array(&self, rows: &[R]) -> ArrayRef {
        match self.get {
            Get::Integer(get) => Arc::new(rows.iter().map(get).collect::<UInt64Array>()),
            Get::Number(get) => Arc::new(rows.iter().map(|row| Some(get(row))).collect::<Float64Array>()),
            Get::Maybe(get) => Arc::new(rows.iter().map(get).collect::<Float64Array>()),
            Get::Text(get) => Arc::new(rows.iter().map(|row| Some(get(row))).collect::<StringArray>()),
        }
    }

    /// The shortest text that reads back as the same number.
    fn text(&self, row: &R) -> String {
        match self.get {
            Get::Integer(get) => get(row).to_string(),
            Get::Number(get) => format!("{:?}", get(row)),
            Get::Maybe(get) => get(row).map(|x| format!("{x:?}")).unwrap_or_default(),
            Get::Text(get) => get(row).into(),
        }
    }
}

/// The settings of the Parquet writer, with the file's metadata.
pub(crate) fn properties(about: &[(&str, String)]) -> WriterPropertiesBuilder {
    let about = about.iter().map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone())).collect();
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("suasion ", env!("CARGO_PKG_VERSION")).into())
        .set_key_value_metadata(Some(about))
}

fn failed(what: &'static str) -> impl Fn(String) -> TableError {
    move |problem| TableError::Output { what: what.into(), problem }
}

/// Writes the rows as CSV with a header (RFC 4180, except for line ends).
///
/// # Errors
/// None in practice, since it writes to memory.
pub fn csv<R>(columns: &[Column<R>], rows: &[R]) -> Result<Vec<u8>, TableError> {
    let failed = failed("CSV");
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(columns.iter().map(|column| column.name)).map_err(|cause| failed(cause.to_string()))?;
    for row in rows {
        let fields = columns.iter().map(|column| column.text(row));
        writer.write_record(fields).map_err(|cause| failed(cause.to_string()))?;
    }
    writer.into_inner().map_err(|cause| failed(cause.to_string()))
}

/// Writes the rows as Parquet. Units and meanings go into the metadata of the fields, and `about`
/// into the metadata of the file.
///
/// # Errors
/// If rows and columns do not form a table.
pub fn parquet<R>(columns: &[Column<R>], rows: &[R], about: &[(&str, String)]) -> Result<Vec<u8>, TableError> {
    let failed = failed("Parquet");
    let schema = Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()));
    let arrays = columns.iter().map(|column| column.array(rows)).collect();
    let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(|cause| failed(cause.to_string()))?;
    let mut content = vec![];
    let mut writer = ArrowWriter::try_new(&mut content, schema, Some(properties(about).build()))
        .map_err(|cause| failed(cause.to_string()))?;
    writer.write(&batch).map_err(|cause| failed(cause.to_string()))?;
    writer.close().map_err(|cause| failed(cause.to_string()))?;
    Ok(content)
}
