//! Parquet files that this crate wrote, read back whole.

use crate::TableError;
use crate::read::guard;
use crate::values::Values;
use arrow_schema::Schema;
use arrow_select::filter::filter_record_batch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Parquet file in memory: its columns by name, and what it says of itself. Each column is taken out once.
pub struct ParquetTable {
    path: PathBuf,
    rows: usize,
    columns: HashMap<String, Values>,
    about: HashMap<String, String>,
}

/// Starts to read a file.
pub(crate) fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, TableError> {
    let file = File::open(path).map_err(TableError::read(path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|cause| TableError::damaged(path, &cause))
}

/// A reader of some columns, or of all.
pub(crate) fn reader(
    path: &Path,
    names: Option<&[&str]>,
    rows: usize,
) -> Result<(Arc<Schema>, ParquetRecordBatchReader), TableError> {
    let mut builder = builder(path)?;
    if let Some(names) = names {
        let schema = builder.schema().clone();
        let place = |name: &&str| {
            schema.index_of(name).map_err(|_| TableError::Column {
                path: path.into(),
                column: (*name).into(),
                found: "no such column".into(),
                expected: "one of this name".into(),
            })
        };
        let places = names.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        builder = builder.with_projection(mask);
    }
    let reader = builder.with_batch_size(rows).build().map_err(|cause| TableError::damaged(path, &cause))?;
    Ok((arrow_array::RecordBatchReader::schema(&reader), reader))
}

impl ParquetTable {
    /// Reads all columns.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or has a column of a kind that [`write_parquet`](crate::write_parquet) does not write.
    pub fn read(path: &Path) -> Result<Self, TableError> {
        guard(path, || Self::load(path, None, None))
    }

    /// Reads some columns.
    ///
    /// # Errors
    /// As [`ParquetTable::read`]; and if there is no such column.
    pub fn read_columns(path: &Path, names: &[&str]) -> Result<Self, TableError> {
        guard(path, || Self::load(path, Some(names), None))
    }

    /// Reads those rows whose number, from 0, is wanted. Of the others few are in memory at a time.
    ///
    /// # Errors
    /// As [`ParquetTable::read`].
    pub fn read_rows(path: &Path, wanted: &dyn Fn(usize) -> bool) -> Result<Self, TableError> {
        guard(path, || Self::load(path, None, Some(wanted)))
    }

    fn load(path: &Path, names: Option<&[&str]>, wanted: Option<&dyn Fn(usize) -> bool>) -> Result<Self, TableError> {
        const ROWS: usize = 1 << 13;
        const FEW: usize = 1 << 6;
        let metadata = builder(path)?.metadata().file_metadata().key_value_metadata().cloned();
        let about = metadata.into_iter().flatten().filter_map(|pair| Some((pair.key, pair.value?))).collect();
        let (schema, reader) = reader(path, names, if wanted.is_some() { FEW } else { ROWS })?;
        let unfit = |place: usize| TableError::Column {
            path: path.into(),
            column: schema.field(place).name().clone(),
            found: schema.field(place).data_type().to_string(),
            expected: "a column as this program writes them".into(),
        };
        let empty = |place: usize| Values::none_of(schema.field(place)).ok_or_else(|| unfit(place));
        let mut columns = (0..schema.fields().len()).map(empty).collect::<Result<Vec<Values>, _>>()?;
        let (mut seen, mut rows) = (0, 0);
        for batch in reader {
            let mut batch = batch.map_err(|cause| TableError::damaged(path, &cause))?;
            let before = seen;
            seen += batch.num_rows();
            if let Some(wanted) = wanted {
                let kept: Vec<bool> = (before..seen).map(wanted).collect();
                batch = filter_record_batch(&batch, &kept.into()).map_err(|cause| TableError::damaged(path, &cause))?;
            }
            rows += batch.num_rows();
            for (place, (values, array)) in columns.iter_mut().zip(batch.columns()).enumerate() {
                if !values.append(array) {
                    return Err(unfit(place));
                }
            }
        }
        let columns = schema.fields().iter().map(|field| field.name().clone()).zip(columns).collect();
        Ok(Self { path: path.into(), rows, columns, about })
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// What the file says of itself under a key.
    #[must_use]
    pub fn about(&self, key: &str) -> Option<&str> {
        self.about.get(key).map(String::as_str)
    }

    /// Takes a column out.
    ///
    /// # Errors
    /// If there is none of this name, or it was taken before.
    pub fn take(&mut self, name: &str) -> Result<Values, TableError> {
        self.columns.remove(name).ok_or_else(|| self.lacks(name, "no such column", "one of this name"))
    }

    fn lacks(&self, name: &str, found: &str, expected: &str) -> TableError {
        TableError::Column {
            path: self.path.clone(),
            column: name.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

macro_rules! takes {
    ($($(#[$doc:meta])* $name:ident, $kind:ident, $type:ty, $expected:literal;)*) => {
        impl ParquetTable {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// If there is none of this name, or it is of another kind.
                pub fn $name(&mut self, name: &str) -> Result<Vec<$type>, TableError> {
                    match self.take(name)? {
                        Values::$kind(values) => Ok(values),
                        _ => Err(self.lacks(name, "another kind", $expected)),
                    }
                }
            )*
        }
    };
}

takes! {
    /// Takes a column of numbers.
    numbers, Numbers, f64, "numbers";
    /// Takes a column of numbers that there may not be.
    maybe_numbers, Maybe, Option<f64>, "numbers that there may not be";
    /// Takes a column of counts.
    integers, Integers, u64, "counts";
    /// Takes a column of flags.
    flags, Flags, bool, "flags";
    /// Takes a column of texts.
    texts, Texts, String, "texts";
    /// Takes a column of texts that there may not be.
    maybe_texts, MaybeTexts, Option<String>, "texts that there may not be";
    /// Takes a column of lists of numbers.
    number_lists, NumberLists, Vec<f64>, "lists of numbers";
    /// Takes a column of lists of texts.
    text_lists, TextLists, Vec<String>, "lists of texts";
}
