//! Parquet files that are sorted by a key, as one.

use crate::TableError;
use crate::files::replace;
use crate::read::guard;
use crate::whole::{builder, reader};
use crate::write::{Writer, thorough};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch, UInt64Array};
use arrow_schema::Schema;
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

/// So many rows are written at once, whatever files they are from: else the bytes would depend on that.
const CHUNK: usize = 512;
/// Of each file about so many bytes are in memory.
const BYTES: u64 = 1 << 19;

/// What was merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedRows {
    /// The number of rows that were written.
    pub rows: u64,
    /// The number of different keys.
    pub keys: u64,
}

/// Merges Parquet files of one schema, each sorted by a column of counts, to one that is sorted by it, in the place of what is at `output`, whole or
/// not at all. Rows of one key stay together; if several files have a key, the rows are those of the last of them. Keys that `keep` refuses are left out.
///
/// A file is opened when its first key comes and closed after its last, and of each that is open some rows are in memory. The bytes that are written depend
/// on the rows alone.
///
/// # Errors
/// If there are no files; if one cannot be read, is damaged, is not sorted, or has another schema than the first; if the output cannot be written.
pub fn merge_parquet(
    inputs: &[PathBuf],
    key: &str,
    output: &Path,
    about: &[(&str, String)],
    keep: &dyn Fn(u64) -> bool,
) -> Result<MergedRows, TableError> {
    let Some(first) = inputs.first() else {
        return Err(TableError::Output {
            what: output.display().to_string(),
            problem: "there is nothing to merge".into(),
        });
    };
    let schema = guard(first, || Ok(builder(first)?.schema().clone()))?;
    let mut sources = vec![];
    // The next key of every file, the least first; of equal ones, in the order of the files.
    let mut next: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    for path in inputs {
        let source = Source { path, key, schema: &schema, rows: None, last: None };
        if let Some(least) = guard(path, || source.least())? {
            next.push(Reverse((least, sources.len())));
        }
        sources.push(source);
    }
    let each = |least: u64, places: &[usize], sources: &mut [Source<'_>], push: &mut Push<'_>| {
        let wanted = keep(least);
        let mut after = vec![];
        for (number, &place) in places.iter().enumerate() {
            let wins = wanted && number + 1 == places.len();
            let source = &mut sources[place];
            let path = source.path;
            let next =
                guard(path, || source.pass(least, &mut |batch, row| if wins { push(batch, row) } else { Ok(()) }))?;
            after.extend(next.map(|key| Reverse((key, place))));
        }
        Ok((after, wanted))
    };
    replace(output, |file| {
        let mut writer = Writer::new(output, file, &schema, about, thorough())?;
        std::thread::scope(|scope| {
            // Compressing takes as long as reading, so it has a thread of its own.
            let (send, chunks) = sync_channel::<RecordBatch>(2);
            let writing = scope.spawn(move || {
                chunks.iter().try_for_each(|chunk| writer.write(&chunk))?;
                drop(chunks);
                writer.finish()
            });
            let read = || -> Result<MergedRows, TableError> {
                let mut chunk = Chunk { rows: vec![], batches: vec![] };
                let mut merged = MergedRows::default();
                while let Some(Reverse((least, place))) = next.pop() {
                    let mut places = vec![place];
                    while let Some(&Reverse((other, place))) = next.peek()
                        && other == least
                    {
                        places.push(place);
                        next.pop();
                    }
                    let mut push = |batch: &Arc<RecordBatch>, row: usize| {
                        merged.rows += 1;
                        chunk.push(batch, row);
                        if chunk.rows.len() == CHUNK {
                            // If nobody takes it, writing has failed, which is told below.
                            let _ = send.send(chunk.take(output)?);
                        }
                        Ok(())
                    };
                    let (after, wanted) = each(least, &places, &mut sources, &mut push)?;
                    merged.keys += u64::from(wanted);
                    next.extend(after);
                }
                if !chunk.rows.is_empty() {
                    let _ = send.send(chunk.take(output)?);
                }
                drop(send);
                Ok(merged)
            };
            let merged = read();
            let written = writing.join().unwrap_or_else(|_| Err(TableError::damaged(output, &"it cannot be written")));
            let merged = merged?;
            written.map(|()| merged)
        })
    })
}

/// What takes a row of a batch.
type Push<'a> = dyn FnMut(&Arc<RecordBatch>, usize) -> Result<(), TableError> + 'a;

/// Rows that are to be written.
struct Chunk {
    batches: Vec<Arc<RecordBatch>>,
    /// Which row of which batch.
    rows: Vec<(usize, usize)>,
}

impl Chunk {
    fn push(&mut self, batch: &Arc<RecordBatch>, row: usize) {
        let known = self.batches.iter().rposition(|known| Arc::ptr_eq(known, batch));
        let place = known.unwrap_or_else(|| {
            self.batches.push(batch.clone());
            self.batches.len() - 1
        });
        self.rows.push((place, row));
    }

    fn take(&mut self, output: &Path) -> Result<RecordBatch, TableError> {
        let batches: Vec<&RecordBatch> = self.batches.iter().map(Arc::as_ref).collect();
        let taken = interleave_record_batch(&batches, &self.rows);
        self.rows.clear();
        self.batches.clear();
        taken.map_err(|cause| TableError::Output { what: output.display().to_string(), problem: cause.to_string() })
    }
}

/// One of the files.
struct Source<'a> {
    path: &'a Path,
    key: &'a str,
    schema: &'a Arc<Schema>,
    /// What is open of it.
    rows: Option<Rows>,
    /// The last key that was passed.
    last: Option<u64>,
}

struct Rows {
    reader: ParquetRecordBatchReader,
    batch: Arc<RecordBatch>,
    keys: UInt64Array,
    row: usize,
}

impl Source<'_> {
    /// The first key; none of a file without rows.
    fn least(&self) -> Result<Option<u64>, TableError> {
        let (_, mut reader) = reader(self.path, Some(&[self.key]), 1)?;
        let first = reader.next().transpose().map_err(|cause| TableError::damaged(self.path, &cause))?;
        let keys = first.map(|batch| self.keys(&batch)).transpose()?;
        if *builder(self.path)?.schema() != *self.schema {
            return Err(TableError::file(self.path, "has other columns than the first file, expected the same"));
        }
        Ok(keys.filter(|keys| !keys.is_empty()).map(|keys| keys.value(0)))
    }

    fn keys(&self, batch: &RecordBatch) -> Result<UInt64Array, TableError> {
        let column = batch.column_by_name(self.key).and_then(|column| column.as_primitive_opt::<UInt64Type>());
        column.filter(|keys| keys.null_count() == 0).cloned().ok_or_else(|| TableError::Column {
            path: self.path.into(),
            column: self.key.into(),
            found: "another kind".into(),
            expected: "counts".into(),
        })
    }

    /// Goes past the rows of a key, with which the next row begins, and says which key comes then.
    fn pass(&mut self, key: u64, each: &mut Push<'_>) -> Result<Option<u64>, TableError> {
        if self.last.is_some_and(|last| last >= key) {
            return Err(TableError::file(self.path, format!("is not sorted by {}", self.key)));
        }
        self.last = Some(key);
        loop {
            let Some(rows) = self.open()? else { return Ok(None) };
            let found = rows.keys.value(rows.row);
            if found != key {
                return Ok(Some(found));
            }
            each(&rows.batch, rows.row)?;
            rows.row += 1;
        }
    }

    /// What is open, at a row; none if there are no more rows.
    fn open(&mut self) -> Result<Option<&mut Rows>, TableError> {
        if self.rows.as_ref().is_some_and(|rows| rows.row < rows.keys.len()) {
            return Ok(self.rows.as_mut());
        }
        let mut reader = match self.rows.take() {
            Some(rows) => rows.reader,
            None => reader(self.path, None, self.batch_size()?)?.1,
        };
        let Some(batch) = reader.next().transpose().map_err(|cause| TableError::damaged(self.path, &cause))? else {
            return Ok(None);
        };
        let keys = self.keys(&batch)?;
        if keys.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.rows.insert(Rows { reader, batch: Arc::new(batch), keys, row: 0 })))
    }

    fn batch_size(&self) -> Result<usize, TableError> {
        let builder = builder(self.path)?;
        let groups = builder.metadata().row_groups();
        let rows: i64 = groups.iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).sum();
        let bytes: i64 = groups.iter().map(parquet::file::metadata::RowGroupMetaData::total_byte_size).sum();
        let row = (bytes.max(1) as u64).div_ceil(rows.max(1) as u64);
        Ok((BYTES / row).clamp(8, 1 << 13) as usize)
    }
}
