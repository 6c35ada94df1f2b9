//! Parquet files.

use super::{Disk, Rows, Source, Wanted, arrays, even};
use crate::{Batch, ColumnInfo, TableError};
use arrow_array::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::PageIndexPolicy;
use std::path::{Path, PathBuf};

/// The metadata at the end of a file. It includes the positions of pages if `pages` asks for them,
/// but not their statistics.
pub fn describe(path: &Path, disk: &Disk, pages: PageIndexPolicy) -> Result<ArrowReaderMetadata, TableError> {
    let options =
        ArrowReaderOptions::new().with_column_index_policy(PageIndexPolicy::Skip).with_offset_index_policy(pages);
    ArrowReaderMetadata::load(disk, options).map_err(|cause| undescribed(path, &cause))
}

fn undescribed(path: &Path, cause: &dyn std::fmt::Display) -> TableError {
    TableError::file(path, format!("is not a Parquet file, or is damaged: {cause}"))
}

/// An open Parquet file. Row groups and their pages can be read separately.
pub struct ParquetFile {
    path: PathBuf,
    disk: Disk,
    metadata: ArrowReaderMetadata,
    columns: Vec<ColumnInfo>,
    /// The first row of every row group, then the number of all rows.
    starts: Vec<u64>,
}

impl ParquetFile {
    /// Reads the metadata at the end of the file.
    pub fn open(path: &Path, disk: Disk) -> Result<Self, TableError> {
        // Pages outside of a part are never read.
        let metadata = describe(path, &disk, PageIndexPolicy::Optional)?;
        let columns = metadata.schema().fields().iter().map(|field| arrays::column(field)).collect();
        let mut starts = vec![0u64];
        for group in metadata.metadata().row_groups() {
            let flat = group.columns().iter().filter(|column| column.column_descr().max_rep_level() == 0);
            let start =
                u64::try_from(group.num_rows()).ok().and_then(|rows| starts[starts.len() - 1].checked_add(rows));
            let agree = flat.into_iter().all(|column| column.num_values() == group.num_rows());
            starts.push(start.filter(|_| agree).ok_or_else(|| undescribed(path, &"lengths of columns differ"))?);
        }
        Ok(Self { path: path.into(), disk, metadata, columns, starts })
    }

    /// The first rows of the pages of the first wanted column in a row group, if the file records
    /// them.
    fn pages(&self, group: usize, wanted: &Wanted) -> Option<Vec<u64>> {
        let root = *wanted.numbers.first().or(wanted.labels.first())?;
        let schema = self.metadata.parquet_schema();
        let leaf = (0..schema.num_columns()).find(|&leaf| schema.get_column_root_idx(leaf) == root)?;
        let index = self.metadata.metadata().page_index_for_row_group(group);
        index.page_locations(leaf)?.iter().map(|page| u64::try_from(page.first_row_index).ok()).collect()
    }
}

/// The lengths of parts of about this many rows of a row group. If pages are small enough, parts
/// start and end at pages, so that no page is decoded twice.
fn cut(total: u64, rows: u64, pages: Option<Vec<u64>>) -> Vec<u64> {
    let Some(mut pages) = pages else { return even(total, rows) };
    pages.push(total);
    let rises = pages.first() == Some(&0) && pages.windows(2).all(|pair| pair[0] < pair[1]);
    if !rises || pages.windows(2).any(|pair| pair[1] - pair[0] > rows) {
        return even(total, rows);
    }
    let parts = total.div_ceil(rows);
    let mut cuts = vec![];
    let mut start = 0;
    for part in 1..=parts {
        // The page that begins nearest to the end of a part of equal length; pages are shorter than
        // parts.
        let ideal = (u128::from(total) * u128::from(part) / u128::from(parts)) as u64;
        let after = pages.partition_point(|&page| page < ideal).min(pages.len() - 1);
        let before = pages[after.saturating_sub(1)];
        let end = if ideal.saturating_sub(before) < pages[after] - ideal { before } else { pages[after] };
        if end > start {
            cuts.push(end - start);
            start = end;
        }
    }
    cuts
}

impl Source for ParquetFile {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    fn rows(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    fn about(&self, key: &str) -> Option<&str> {
        let about = self.metadata.metadata().file_metadata().key_value_metadata()?;
        about.iter().find(|entry| entry.key == key)?.value.as_deref()
    }

    fn cuts(&self, rows: u64, wanted: &Wanted) -> Vec<u64> {
        let group = |group: usize| match self.starts[group + 1] - self.starts[group] {
            0 => vec![],
            total => cut(total, rows, self.pages(group, wanted)),
        };
        (0..self.starts.len() - 1).flat_map(group).collect()
    }

    fn read<'a>(&'a self, wanted: &'a Wanted, start: u64, rows: u64) -> Result<Box<dyn Rows + 'a>, TableError> {
        let first = self.starts.partition_point(|&group| group <= start) - 1;
        let end = self.starts.partition_point(|&group| group < start + rows);
        let projection = arrays::projection(wanted);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), projection.iter().copied());
        let batch = Batch::new(wanted.numbers.len(), 0).capacity;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(self.disk.clone(), self.metadata.clone())
            .with_row_groups((first..end).collect())
            .with_projection(mask)
            .with_offset((start - self.starts[first]) as usize)
            .with_limit(rows as usize)
            .with_batch_size(batch)
            .build()
            .map_err(|cause| TableError::damaged(&self.path, &cause))?;
        Ok(Box::new(Reading { file: self, wanted, projection, reader, current: None, done: 0 }))
    }
}

struct Reading<'a> {
    file: &'a ParquetFile,
    wanted: &'a Wanted,
    projection: Vec<usize>,
    reader: ParquetRecordBatchReader,
    current: Option<RecordBatch>,
    /// The number of rows of the current batch that were read.
    done: usize,
}

impl Rows for Reading<'_> {
    fn next(&mut self, batch: &mut Batch, most: usize) -> Result<(), TableError> {
        let damaged = |cause: &dyn std::fmt::Display| TableError::damaged(&self.file.path, cause);
        let read = match self.current.take() {
            Some(read) => read,
            None => match self.reader.next() {
                Some(read) => read.map_err(|cause| damaged(&cause))?,
                None => return Ok(()),
            },
        };
        let rows = most.min(read.num_rows() - self.done);
        if !arrays::fill(self.wanted, &self.projection, &read, self.done, rows, batch) {
            return Err(damaged(&"a column does not have its declared type"));
        }
        self.done += rows;
        if self.done < read.num_rows() {
            self.current = Some(read);
        } else {
            self.done = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_with_pages() {
        assert_eq!(cut(10, 4, None), [4, 3, 3]);
        assert_eq!(cut(10, 4, Some(vec![0, 2, 4, 6, 8])), [4, 2, 4]);
        assert_eq!(cut(10, 5, Some(vec![0, 2, 4, 6, 8])), [6, 4]);
        assert_eq!(cut(131_072, 65_536, Some((0..7).map(|k| k * 20_000).collect())), [60_000, 71_072]);
        assert_eq!(cut(10, 4, Some(vec![0, 8])), [4, 3, 3]);
        assert_eq!(cut(10, 20, Some(vec![0, 8])), [10]);
        assert_eq!(cut(10, 4, Some(vec![0, 8, 3])), [4, 3, 3]);
    }
}
