//! Parquet files whose columns are named at run time.

use crate::TableError;
use crate::files::replace;
use crate::records::properties;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::schema::types::ColumnPath;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

/// The rows that are turned into Arrow at once.
const CHUNK: usize = 1 << 16;
/// The rows of a row group: wide ones fit into memory, and parts of them are read apart.
const GROUP: usize = 1 << 17;

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Numbers that there may not be.
    Maybe(Vec<Option<f64>>),
    /// Counts.
    Integers(Vec<u64>),
    /// Texts.
    Texts(Vec<String>),
    /// Texts that there may not be.
    MaybeTexts(Vec<Option<String>>),
}

impl Values {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Maybe(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Texts(values) => values.len(),
            Self::MaybeTexts(values) => values.len(),
        }
    }

    fn field(&self, name: &str) -> Field {
        let kind = match self {
            Self::Numbers(_) | Self::Maybe(_) => DataType::Float64,
            Self::Integers(_) => DataType::UInt64,
            Self::Texts(_) | Self::MaybeTexts(_) => DataType::Utf8,
        };
        Field::new(name, kind, matches!(self, Self::Maybe(_) | Self::MaybeTexts(_)))
    }

    fn array(&self, from: usize, to: usize) -> ArrayRef {
        match self {
            Self::Numbers(values) => Arc::new(Float64Array::from_iter_values(values[from..to].iter().copied())),
            Self::Maybe(values) => Arc::new(values[from..to].iter().copied().collect::<Float64Array>()),
            Self::Integers(values) => Arc::new(UInt64Array::from_iter_values(values[from..to].iter().copied())),
            Self::Texts(values) => Arc::new(StringArray::from_iter_values(&values[from..to])),
            Self::MaybeTexts(values) => {
                Arc::new(values[from..to].iter().map(Option::as_deref).collect::<StringArray>())
            }
        }
    }
}

/// Writes columns as Parquet, in the place of what is at the path, whole or not at all. `about` goes into the metadata of the file, from
/// where [`Table::about`](crate::Table::about) reads it.
///
/// # Errors
/// If columns differ in length or have one name, or the file cannot be written.
pub fn write_parquet(
    path: impl AsRef<Path>,
    columns: &[(String, Values)],
    about: &[(&str, String)],
) -> Result<(), TableError> {
    let path = path.as_ref();
    let failed = |problem: String| TableError::Output { what: path.display().to_string(), problem };
    let rows = columns.first().map_or(0, |(_, values)| values.rows());
    let mut names = HashSet::new();
    for (name, values) in columns {
        if values.rows() != rows {
            let found = values.rows();
            return Err(failed(format!("column {name}: found {found} rows, expected {rows} as in {}", columns[0].0)));
        }
        if !names.insert(name) {
            return Err(failed(format!("there are two columns of the name {name}")));
        }
    }
    let mut properties = properties(about).set_max_row_group_row_count(Some(GROUP));
    for (name, values) in columns {
        // Numbers that are all different make dictionaries of no use.
        if matches!(values, Values::Numbers(_) | Values::Maybe(_)) {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(vec![name.clone()]), false);
        }
    }
    let fields: Vec<Field> = columns.iter().map(|(name, values)| values.field(name)).collect();
    let schema = Arc::new(Schema::new(fields));
    replace(path, |file| {
        let unwritten = |cause| match cause {
            parquet::errors::ParquetError::External(cause) => match cause.downcast() {
                Ok(cause) => TableError::Write { path: path.into(), cause: *cause },
                Err(cause) => failed(cause.to_string()),
            },
            cause => failed(cause.to_string()),
        };
        let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(properties.build())).map_err(unwritten)?;
        for from in (0..rows).step_by(CHUNK) {
            let arrays = columns.iter().map(|(_, values)| values.array(from, rows.min(from + CHUNK))).collect();
            let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(|cause| failed(cause.to_string()))?;
            writer.write(&batch).map_err(unwritten)?;
        }
        writer.close().map_err(unwritten)?;
        Ok(())
    })
}
