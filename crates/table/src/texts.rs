//! Reads a column of long texts, row by row.

use crate::TableError;
use crate::read::{Disk, describe, guard};
use arrow_array::cast::AsArray;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::PageIndexPolicy;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The number of texts in memory at a time.
const ROWS: usize = 64;

/// Whether the first bytes of a file are those of Parquet.
#[must_use]
pub fn is_parquet(path: &Path) -> bool {
    let mut start = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok_and(|()| start == *b"PAR1")
}

/// Calls `visit` with the texts of a column of a Parquet file, row by row. Rows without a text are
/// skipped.
///
/// # Errors
/// If `visit` returns an error, if the file cannot be read or is damaged, or if it has no such
/// column of texts.
pub fn visit_texts<E: From<TableError>>(
    path: &Path,
    column: &str,
    mut visit: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let disk = Disk::open(path)?;
    let mut reader = guard(path, || {
        let metadata = describe(path, &disk, PageIndexPolicy::Skip)?;
        let names = || metadata.schema().fields().iter().map(|field| field.name().as_str());
        let place =
            names().position(|name| name == column).ok_or_else(|| TableError::missing(path, column, names()))?;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [place]);
        ParquetRecordBatchReaderBuilder::new_with_metadata(disk.clone(), metadata)
            .with_projection(mask)
            .with_batch_size(ROWS)
            .build()
            .map_err(|cause| TableError::damaged(path, &cause))
    })?;
    let mut next = || {
        guard(path, || {
            let batch = reader.next().transpose();
            batch.map_err(|cause| TableError::damaged(path, &cause))
        })
    };
    while let Some(batch) = next()? {
        let texts = batch.column(0).as_string_opt::<i32>().ok_or_else(|| TableError::Column {
            path: path.into(),
            column: column.into(),
            found: batch.column(0).data_type().to_string(),
            expected: "texts".into(),
        })?;
        texts.iter().flatten().try_for_each(&mut visit)?;
    }
    Ok(())
}
