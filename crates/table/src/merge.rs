//! Merges many sorted Parquet files into one.

use crate::files::replace;
use crate::load::kind;
use crate::read::{Disk, describe, guard};
use crate::write::{Writer, bytes, schema};
use crate::{NamedColumn, TableError};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use arrow_select::concat::concat;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::PageIndexPolicy;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// About how many bytes of an input's rows are decoded at once.
const DECODED: u64 = 1 << 16;
/// The most chunks between the reading and the writing thread.
const CHUNKS: usize = 4;
/// The most rows of an input that are decoded at once.
const MOST_DECODED: u64 = 1 << 10;

/// What a merge wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The number of rows.
    pub rows: u64,
    /// The number of distinct keys.
    pub keys: u64,
}

/// Merges Parquet files of one schema, each sorted by `key`, a column of counts, into one file
/// sorted by it. Rows with the same key stay together, in their order. If several files have the
/// same key, the rows of the last of them in `inputs` are used, and those of the others are
/// dropped. Keys that are not to be kept are dropped, too. The output replaces an existing file,
/// completely or not at all. It has the bytes that [`write_parquet`](crate::write_parquet) would
/// write for its rows.
///
/// Memory holds about a page per column of every file whose range of keys includes the current key,
/// and the row group that is being written. No other file is open.
///
/// `columns` describes the columns (their values do not matter), so that a merge of no files writes
/// a table without rows. Without it, the columns are those of the first file.
///
/// # Errors
/// If a file cannot be read, is damaged, has other columns, or is not sorted; if neither `columns`
/// nor a file describes the columns, or `key` is not among them; or if the output cannot be
/// written.
pub fn merge_parquet(
    inputs: &[PathBuf],
    columns: Option<&[NamedColumn]>,
    key: &str,
    output: impl AsRef<Path>,
    about: &[(&str, String)],
    keep: &dyn Fn(u64) -> bool,
) -> Result<Merged, TableError> {
    let output = output.as_ref();
    // The path to name in errors about the columns.
    let (from, schema) = match (columns, inputs.first()) {
        (Some(columns), _) => (output, schema(output, columns)?),
        (None, Some(first)) => (first.as_path(), of_file(first)?),
        (None, None) => {
            return Err(TableError::output(output, "there are no files to merge, and no columns are given".into()));
        }
    };
    let Some(place) = schema.fields().iter().position(|field| field.name() == key) else {
        return Err(TableError::missing(from, key, schema.fields().iter().map(|field| field.name().as_str())));
    };
    let field = schema.field(place);
    if field.data_type() != &DataType::UInt64 || field.is_nullable() {
        return Err(differs(from, key, stored(field), "counts".into()));
    }
    let mut heads = BinaryHeap::new();
    for (input, path) in inputs.iter().enumerate() {
        if let Some(first) = first_key(path, &schema, place)? {
            heads.push(Reverse((first, input)));
        }
    }
    let mut merged = Merged::default();
    replace(output, |file| {
        std::thread::scope(|scope| {
            // Compression takes about as long as reading, so it has its own thread.
            let (send, chunks) = sync_channel::<Vec<ArrayRef>>(CHUNKS);
            let schema = &schema;
            let writing = scope.spawn(move || {
                let mut writer = Writer::new(output, file, schema.clone(), about);
                chunks.into_iter().try_for_each(|chunk| writer.write(chunk))?;
                writer.close()
            });
            let read = || {
                let mut rows = Rows { output, send, chunk: Writer::chunk(schema), schema, waiting: vec![], count: 0 };
                let mut open: Vec<Option<Input>> = inputs.iter().map(|_| None).collect();
                while let Some(Reverse((key, first))) = heads.pop() {
                    let mut having = vec![first];
                    while let Some(&Reverse((other, input))) = heads.peek()
                        && other == key
                    {
                        heads.pop();
                        having.push(input);
                    }
                    // Inputs with the same key are in the order of `inputs`.
                    let last = having[having.len() - 1];
                    let is_kept = keep(key);
                    for input in having {
                        let mut reading = match open[input].take() {
                            Some(reading) => reading,
                            None => Input::open(&inputs[input], schema, place, key)?,
                        };
                        let next = reading.group(key, |group| {
                            if !is_kept || input != last {
                                return Ok(());
                            }
                            merged.rows += group.num_rows() as u64;
                            rows.push(group)
                        })?;
                        if let Some(next) = next {
                            heads.push(Reverse((next, input)));
                            open[input] = Some(reading);
                        }
                    }
                    merged.keys += u64::from(is_kept);
                }
                rows.finish()
            };
            let read = read();
            // If the reader failed only because the writer ended, the writer's error is the one to
            // return.
            let fault = || TableError::output(output, "its columns cannot be encoded".into());
            writing.join().unwrap_or_else(|_| Err(fault()))?;
            read
        })
    })?;
    Ok(merged)
}

fn stored(field: &Field) -> String {
    format!("{}{}", field.data_type(), if field.is_nullable() { " with nulls" } else { "" })
}

fn differs(path: &Path, column: &str, found: String, expected: String) -> TableError {
    TableError::Column { path: path.into(), column: column.into(), found, expected }
}

/// The schema of a file, if its column types are supported.
fn of_file(path: &Path) -> Result<SchemaRef, TableError> {
    let disk = Disk::open(path)?;
    guard(path, || {
        let metadata = describe(path, &disk, PageIndexPolicy::Skip)?;
        let fields = metadata.schema().fields();
        fields.iter().try_for_each(|field| kind(path, field).map(|_| ()))?;
        Ok(Arc::new(Schema::new(fields.clone())))
    })
}

/// Refuses other columns, or the same columns in another order.
fn check(path: &Path, found: &Fields, expected: &Fields) -> Result<(), TableError> {
    let none = || "no such column".to_owned();
    for at in 0..found.len().max(expected.len()) {
        match (found.get(at), expected.get(at)) {
            (Some(found), Some(expected)) if found.name() != expected.name() => {
                let there = format!("column {} in its place", found.name());
                return Err(differs(path, expected.name(), there, stored(expected)));
            }
            (Some(found), Some(expected)) if stored(found) != stored(expected) => {
                return Err(differs(path, found.name(), stored(found), stored(expected)));
            }
            (Some(found), None) => return Err(differs(path, found.name(), stored(found), none())),
            (None, Some(expected)) => return Err(differs(path, expected.name(), none(), stored(expected))),
            _ => (),
        }
    }
    Ok(())
}

/// The metadata of a file, if it has these columns.
fn examine(path: &Path, disk: &Disk, schema: &Schema) -> Result<ArrowReaderMetadata, TableError> {
    let metadata = describe(path, disk, PageIndexPolicy::Skip)?;
    check(path, metadata.schema().fields(), schema.fields())?;
    Ok(metadata)
}

/// The key of the first row of a file, if it has rows.
fn first_key(path: &Path, schema: &Schema, place: usize) -> Result<Option<u64>, TableError> {
    let disk = Disk::open(path)?;
    guard(path, || {
        let metadata = examine(path, &disk, schema)?;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), [place]);
        let damaged = |cause: &dyn std::fmt::Display| TableError::damaged(path, cause);
        let mut reader = ParquetRecordBatchReaderBuilder::new_with_metadata(disk.clone(), metadata)
            .with_projection(mask)
            .with_batch_size(1)
            .build()
            .map_err(|cause| damaged(&cause))?;
        let Some(batch) = reader.next() else { return Ok(None) };
        keys(path, &batch.map_err(|cause| damaged(&cause))?, 0).map(|keys| keys.first().copied())
    })
}

/// The keys of all rows.
fn keys<'a>(path: &Path, batch: &'a RecordBatch, place: usize) -> Result<&'a [u64], TableError> {
    let keys = batch.columns().get(place).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    match keys.filter(|keys| keys.null_count() == 0) {
        Some(keys) => Ok(keys.values()),
        None => Err(TableError::damaged(path, &"its keys do not have their declared type")),
    }
}

/// An open input file, with a few of its rows in memory.
struct Input<'a> {
    path: &'a Path,
    place: usize,
    reader: ParquetRecordBatchReader,
    /// Never empty.
    batch: RecordBatch,
    /// The first row that was not written yet.
    at: usize,
    done: u64,
    rows: u64,
}

impl<'a> Input<'a> {
    /// Opens a file whose first key is known.
    fn open(path: &'a Path, schema: &Schema, place: usize, first: u64) -> Result<Self, TableError> {
        let disk = Disk::open(path)?;
        let damaged = |cause: &dyn std::fmt::Display| TableError::damaged(path, cause);
        let mut input = guard(path, || {
            let metadata = examine(path, &disk, schema)?;
            let rows =
                u64::try_from(metadata.metadata().file_metadata().num_rows()).map_err(|cause| damaged(&cause))?;
            let size = |group: &parquet::file::metadata::RowGroupMetaData| u64::try_from(group.total_byte_size());
            let size = metadata.metadata().row_groups().iter().map(|group| size(group).unwrap_or(0));
            let width = size.fold(0, u64::saturating_add) / rows.max(1);
            let decoded = (DECODED / width.max(1)).clamp(1, MOST_DECODED) as usize;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(disk.clone(), metadata)
                .with_batch_size(decoded)
                .build()
                .map_err(|cause| damaged(&cause))?;
            let batch = RecordBatch::new_empty(Arc::new(schema.clone()));
            Ok(Self { path, place, reader, batch, at: 0, done: 0, rows })
        })?;
        match input.head()? {
            Some(key) if key == first => Ok(input),
            _ => Err(TableError::file(path, "was changed while it was read")),
        }
    }

    /// The key of the next row.
    fn head(&mut self) -> Result<Option<u64>, TableError> {
        while self.at == self.batch.num_rows() {
            self.done += self.at as u64;
            self.at = 0;
            let batch = guard(self.path, || {
                self.reader.next().transpose().map_err(|cause| TableError::damaged(self.path, &cause))
            })?;
            match batch {
                Some(batch) => self.batch = batch,
                None if self.done == self.rows => return Ok(None),
                None => return Err(TableError::damaged(self.path, &"it has fewer rows than it declares")),
            }
        }
        Ok(Some(keys(self.path, &self.batch, self.place)?[self.at]))
    }

    /// Visits all rows with the key of the next row, and returns the key after them.
    fn group(
        &mut self,
        key: u64,
        mut visit: impl FnMut(RecordBatch) -> Result<(), TableError>,
    ) -> Result<Option<u64>, TableError> {
        loop {
            let keys = keys(self.path, &self.batch, self.place)?;
            let rows = keys[self.at..].iter().take_while(|&&other| other == key).count();
            visit(self.batch.slice(self.at, rows))?;
            self.at += rows;
            match self.head()? {
                Some(next) if next == key => (),
                Some(next) if next < key => {
                    let row = self.done + self.at as u64 + 1;
                    let problem = format!("is not sorted: found key {next} in row {row}, expected {key} or more");
                    return Err(TableError::file(self.path, problem));
                }
                next => return Ok(next),
            }
        }
    }
}

/// Rows on their way to the output. They are combined into the output's chunks, however they
/// arrive.
struct Rows<'a> {
    output: &'a Path,
    send: SyncSender<Vec<ArrayRef>>,
    chunk: usize,
    schema: &'a SchemaRef,
    waiting: Vec<RecordBatch>,
    count: usize,
}

impl Rows<'_> {
    fn push(&mut self, mut rows: RecordBatch) -> Result<(), TableError> {
        while self.count + rows.num_rows() >= self.chunk {
            let fitting = self.chunk - self.count;
            self.waiting.push(rows.slice(0, fitting));
            rows = rows.slice(fitting, rows.num_rows() - fitting);
            self.write()?;
        }
        if rows.num_rows() > 0 {
            self.count += rows.num_rows();
            self.waiting.push(rows);
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), TableError> {
        let column = |at: usize| {
            let parts: Vec<&dyn Array> = self.waiting.iter().map(|rows| rows.column(at).as_ref()).collect();
            let name = self.schema.field(at).name();
            if parts.iter().map(|part| bytes(*part)).sum::<usize>() > i32::MAX as usize {
                return Err(TableError::output(self.output, format!("texts of column {name} are too long")));
            }
            concat(&parts).map_err(|cause| TableError::output(self.output, format!("column {name}: {cause}")))
        };
        let arrays = (0..self.schema.fields().len()).map(column).collect::<Result<_, _>>()?;
        self.waiting.clear();
        self.count = 0;
        self.send.send(arrays).map_err(|_| TableError::output(self.output, "its writer has ended".into()))
    }

    fn finish(mut self) -> Result<(), TableError> {
        if self.count > 0 { self.write() } else { Ok(()) }
    }
}
