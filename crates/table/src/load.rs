//! Reads whole Parquet files into memory.

use crate::read::{Disk, describe, guard};
use crate::{Cells, ColumnValues, NamedColumn, TableError};
use arrow_schema::Field;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::PageIndexPolicy;
use std::path::{Path, PathBuf};

/// The columns of a Parquet file, in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct ParquetFile {
    path: PathBuf,
    rows: usize,
    columns: Vec<NamedColumn>,
    about: Vec<(String, String)>,
}

impl ParquetFile {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns that were read and not taken, in the order of the file, or in the order of the
    /// request.
    #[must_use]
    pub fn columns(&self) -> &[NamedColumn] {
        &self.columns
    }

    /// The value of a key in the file's metadata.
    #[must_use]
    pub fn about(&self, key: &str) -> Option<&str> {
        self.about.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Takes a column out: `file.take::<Vec<u64>>("seed")`.
    ///
    /// # Errors
    /// If there is no such column, or if it has another type.
    pub fn take<T: Cells>(&mut self, name: &str) -> Result<T, TableError> {
        let mut names = self.columns.iter().map(|column| column.name.as_str());
        let Some(at) = names.position(|column| column == name) else {
            return Err(TableError::missing(&self.path, name, self.columns.iter().map(|column| column.name.as_str())));
        };
        let found = self.columns[at].values.kind();
        if found != T::KIND {
            return Err(unfit(&self.path, name, found, T::KIND));
        }
        let values = self.columns.remove(at).values;
        T::from_values(values).ok_or_else(|| unfit(&self.path, name, found, T::KIND))
    }
}

fn unfit(path: &Path, column: &str, found: &str, expected: &str) -> TableError {
    TableError::Column { path: path.into(), column: column.into(), found: found.into(), expected: expected.into() }
}

/// An empty column of the type of a field.
///
/// # Errors
/// If this type is not supported.
pub(crate) fn kind(path: &Path, field: &Field) -> Result<ColumnValues, TableError> {
    let nulls = if field.is_nullable() { " with nulls" } else { "" };
    let found = format!("{}{nulls}", field.data_type());
    ColumnValues::of(field).ok_or_else(|| unfit(path, field.name(), &found, "a type that this program writes"))
}

/// Reads all columns of a Parquet file that [`write_parquet`](crate::write_parquet) wrote.
///
/// # Errors
/// If the file cannot be read or is damaged, or if a column's type is not among [`ColumnValues`].
pub fn read_parquet(path: impl AsRef<Path>) -> Result<ParquetFile, TableError> {
    load(path.as_ref(), None)
}

/// Reads some columns of a Parquet file. The other columns are not read, and may have any type.
///
/// # Errors
/// If the file cannot be read or is damaged, or if one of these columns is missing or has a type
/// that is not among [`ColumnValues`].
pub fn read_parquet_columns(path: impl AsRef<Path>, columns: &[&str]) -> Result<ParquetFile, TableError> {
    load(path.as_ref(), Some(columns))
}

fn load(path: &Path, wanted: Option<&[&str]>) -> Result<ParquetFile, TableError> {
    let disk = Disk::open(path)?;
    guard(path, || {
        let metadata = describe(path, &disk, PageIndexPolicy::Skip)?;
        let fields = metadata.schema().fields();
        let find = |name: &&str| {
            let names = || fields.iter().map(|field| field.name().as_str());
            names().position(|field| field == *name).ok_or_else(|| TableError::missing(path, name, names()))
        };
        let places: Vec<usize> = match wanted {
            Some(names) => names.iter().map(find).collect::<Result<_, _>>()?,
            None => (0..fields.len()).collect(),
        };
        let column = |&at: &usize| {
            let field = &fields[at];
            let about = |key| field.metadata().get(key).map_or("", String::as_str);
            Ok(NamedColumn::from((field.name(), kind(path, field)?)).with(about("unit"), about("meaning")))
        };
        let mut columns = places.iter().map(column).collect::<Result<Vec<_>, TableError>>()?;
        let file = metadata.metadata().file_metadata();
        let entries = file.key_value_metadata().map_or(&[][..], Vec::as_slice);
        let about = entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.clone()?))).collect();
        let damaged = |cause: &dyn std::fmt::Display| TableError::damaged(path, cause);
        let rows = usize::try_from(file.num_rows()).map_err(|cause| damaged(&cause))?;
        let mut read = places.clone();
        read.sort_unstable();
        read.dedup();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), read.iter().copied());
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(disk.clone(), metadata.clone())
            .with_projection(mask)
            .build()
            .map_err(|cause| damaged(&cause))?;
        for batch in reader {
            let batch = batch.map_err(|cause| damaged(&cause))?;
            for (column, place) in columns.iter_mut().zip(&places) {
                let array = read.binary_search(place).ok().and_then(|at| batch.columns().get(at));
                if !array.is_some_and(|array| column.values.extend(array)) {
                    return Err(damaged(&format!("column {} does not have its declared type", column.name)));
                }
            }
        }
        if columns.iter().any(|column| column.values.rows() != rows) {
            return Err(damaged(&"it does not have its declared number of rows"));
        }
        Ok(ParquetFile { path: path.into(), rows, columns, about })
    })
}
