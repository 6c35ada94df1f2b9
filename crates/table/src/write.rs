//! Writes Parquet files whose columns are named at run time.

use crate::files::replace;
use crate::records::properties;
use crate::{NamedColumn, TableError};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, ArrayRef, ListArray};
use arrow_schema::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;

/// The number of rows that are converted to Arrow at once, if all columns are numbers.
const CHUNK: usize = 1 << 12;
/// The number of rows that are converted to Arrow at once, if there are texts or lists, which may
/// be long.
const LONG_CHUNK: usize = 1 << 6;
/// The most rows in a row group. A row group of a wide table fits in memory, and its parts can be
/// read separately.
const GROUP: usize = 1 << 17;
/// A row group ends when its texts and lists reach this many bytes. Until then it is in memory.
const LONG_GROUP: usize = 1 << 24;
/// The most row groups that are encoded at a time, each on its own thread and in memory.
const ENCODED: usize = 4;
/// The bytes of a page, which is the memory of a column that is read row by row.
const PAGE: usize = 1 << 18;
/// Texts and counts are stored once each if, in the first chunk, each occurs this many times on
/// average.
const REPEATED: usize = 2;

/// Writes rows as Parquet. The bytes of the file depend only on the schema, the rows, and the
/// metadata. They depend neither on the machine nor on how the rows were divided among the calls.
pub(crate) struct Writer<'a> {
    path: &'a Path,
    file: &'a File,
    schema: SchemaRef,
    about: &'a [(&'a str, String)],
    /// None until the first chunk, which determines the columns with dictionaries.
    started: Option<Started<'a>>,
    /// The chunks of the current row group, with the number of rows, and the bytes of texts and
    /// lists.
    group: Vec<Vec<ArrayRef>>,
    rows: usize,
    bytes: usize,
}

/// A file with at least one row group.
struct Started<'a> {
    file: SerializedFileWriter<&'a File>,
    columns: ArrowRowGroupWriterFactory,
    /// The row groups that are being encoded, in order.
    encoding: VecDeque<JoinHandle<Result<Vec<ArrowColumnChunk>, ParquetError>>>,
    /// The number of row groups, including those.
    groups: usize,
}

impl Started<'_> {
    /// Adds a row group. Compression takes most of the time, so several row groups are encoded at
    /// once.
    fn add(&mut self, schema: &SchemaRef, chunks: Vec<Vec<ArrayRef>>) -> Result<(), ParquetError> {
        static THREADS: LazyLock<usize> =
            LazyLock::new(|| std::thread::available_parallelism().map_or(1, |threads| threads.get().min(ENCODED)));
        let (columns, schema) = (self.columns.create_column_writers(self.groups)?, schema.clone());
        self.groups += 1;
        if self.encoding.len() >= *THREADS {
            self.append()?;
        }
        self.encoding.push_back(std::thread::spawn(move || encode(&schema, columns, chunks)));
        Ok(())
    }

    /// Appends the first of the encoded row groups.
    fn append(&mut self) -> Result<(), ParquetError> {
        let Some(next) = self.encoding.pop_front() else { return Ok(()) };
        let columns = next.join().map_err(|_| ParquetError::General("its columns cannot be encoded".into()))??;
        let mut group = self.file.next_row_group()?;
        columns.into_iter().try_for_each(|column| column.append_to_row_group(&mut group))?;
        group.close()?;
        Ok(())
    }
}

/// Encodes a row group.
fn encode(
    schema: &Schema,
    mut columns: Vec<ArrowColumnWriter>,
    chunks: Vec<Vec<ArrayRef>>,
) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
    for chunk in chunks {
        let mut columns = columns.iter_mut();
        for (field, array) in schema.fields().iter().zip(&chunk) {
            for (leaf, column) in compute_leaves(field, array)?.iter().zip(&mut columns) {
                column.write(leaf)?;
            }
        }
    }
    columns.into_iter().map(ArrowColumnWriter::close).collect()
}

impl<'a> Writer<'a> {
    /// Starts a file. Errors name `path`.
    pub fn new(path: &'a Path, file: &'a File, schema: SchemaRef, about: &'a [(&'a str, String)]) -> Self {
        Self { path, file, schema, about, started: None, group: vec![], rows: 0, bytes: 0 }
    }

    /// The number of rows in every chunk but the last.
    pub fn chunk(schema: &Schema) -> usize {
        if schema.fields().iter().any(|field| is_long(field.data_type())) { LONG_CHUNK } else { CHUNK }
    }

    /// Writes the next chunk.
    pub fn write(&mut self, arrays: Vec<ArrayRef>) -> Result<(), TableError> {
        self.begin(&arrays)?;
        self.rows += arrays.first().map_or(0, Array::len);
        self.bytes += arrays.iter().map(|array| bytes(array)).sum::<usize>();
        self.group.push(arrays);
        if self.rows >= GROUP || self.bytes >= LONG_GROUP { self.flush() } else { Ok(()) }
    }

    /// Ends a row group.
    fn flush(&mut self) -> Result<(), TableError> {
        let chunks = std::mem::take(&mut self.group);
        let Some(started) = self.started.as_mut().filter(|_| self.rows > 0) else { return Ok(()) };
        (self.rows, self.bytes) = (0, 0);
        started.add(&self.schema, chunks).map_err(|cause| unwritten(self.path, cause))
    }

    /// Writes the remaining rows and the footer.
    pub fn close(mut self) -> Result<(), TableError> {
        self.begin(&[])?;
        self.flush()?;
        let Some(mut started) = self.started else { return Ok(()) };
        let mut close = || {
            while !started.encoding.is_empty() {
                started.append()?;
            }
            started.file.finish()
        };
        close().map_err(|cause| unwritten(self.path, cause))?;
        Ok(())
    }

    fn begin(&mut self, first: &[ArrayRef]) -> Result<(), TableError> {
        if self.started.is_none() {
            let properties = layout(&self.schema, self.about, first);
            let started = ArrowWriter::try_new(self.file, self.schema.clone(), Some(properties))
                .and_then(ArrowWriter::into_serialized_writer)
                .map_err(|cause| unwritten(self.path, cause))?;
            let (file, columns) = started;
            self.started = Some(Started { file, columns, encoding: VecDeque::new(), groups: 0 });
        }
        Ok(())
    }
}

/// How columns are stored, which the first chunk determines.
fn layout(schema: &Schema, about: &[(&str, String)], first: &[ArrayRef]) -> WriterProperties {
    let mut properties = properties(about).set_data_page_size_limit(PAGE);
    for (at, field) in schema.fields().iter().enumerate() {
        let mut leaf = vec![field.name().clone()];
        if let DataType::List(item) = field.data_type() {
            leaf.extend(["list".into(), item.name().clone()]);
        }
        let leaf = ColumnPath::from(leaf);
        if !first.get(at).is_some_and(|array| is_repeated(array)) {
            properties = properties.set_column_dictionary_enabled(leaf.clone(), false);
        }
        if is_text(field.data_type()) {
            // For JSON, the first level of Zstandard produces half the size of Snappy in less time,
            // and higher levels gain nothing.
            properties = properties.set_column_compression(leaf, Compression::ZSTD(ZstdLevel::default()));
        }
    }
    properties.build()
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) => is_text(item.data_type()),
        kind => *kind == DataType::Utf8,
    }
}

fn is_long(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::List(_))
}

/// The items of the lists of an array. If the array is a slice, the items outside of it are left
/// out.
fn items(lists: &ListArray) -> ArrayRef {
    let ends = lists.value_offsets();
    let (from, to) = (ends[0] as usize, ends[ends.len() - 1] as usize);
    lists.values().slice(from, to - from)
}

/// The bytes of texts and lists.
pub(crate) fn bytes(array: &dyn Array) -> usize {
    match array.data_type() {
        DataType::Utf8 => {
            let ends = array.as_string::<i32>().value_offsets();
            (ends[ends.len() - 1] - ends[0]) as usize
        }
        DataType::List(_) => {
            let items = items(array.as_list());
            8 * items.len() + bytes(&items)
        }
        _ => 0,
    }
}

/// Whether values occur often enough to store each of them once. Numbers rarely repeat, so
/// dictionaries do not help them.
fn is_repeated(array: &dyn Array) -> bool {
    fn often<T: Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> bool {
        let mut all = 0;
        let distinct: HashSet<T> = values.inspect(|_| all += 1).collect();
        REPEATED * distinct.len() <= all
    }
    match array.data_type() {
        DataType::UInt64 => often(array.as_primitive::<UInt64Type>().iter().flatten()),
        DataType::Utf8 => often(array.as_string::<i32>().iter().flatten()),
        DataType::List(_) => is_repeated(&items(array.as_list())),
        _ => false,
    }
}

fn unwritten(path: &Path, cause: ParquetError) -> TableError {
    match cause {
        ParquetError::External(cause) => match cause.downcast() {
            Ok(cause) => TableError::Write { path: path.into(), cause: *cause },
            Err(cause) => TableError::output(path, cause.to_string()),
        },
        cause => TableError::output(path, cause.to_string()),
    }
}

/// The schema of these columns.
pub(crate) fn schema(path: &Path, columns: &[NamedColumn]) -> Result<SchemaRef, TableError> {
    let rows = columns.first().map_or(0, |column| column.values.rows());
    let mut names = HashSet::new();
    for NamedColumn { name, values, .. } in columns {
        if values.rows() != rows {
            let (found, first) = (values.rows(), &columns[0].name);
            let problem = format!("column {name}: found {found} rows, expected {rows} as in {first}");
            return Err(TableError::output(path, problem));
        }
        if !names.insert(name) {
            return Err(TableError::output(path, format!("there are two columns named {name}")));
        }
    }
    Ok(Arc::new(Schema::new(columns.iter().map(NamedColumn::field).collect::<Vec<_>>())))
}

/// Writes columns as a Parquet file, completely or not at all, and replaces an existing file. Units
/// and meanings go into the metadata of the fields. `about` goes into the metadata of the file;
/// [`Table::about`](crate::Table::about) reads it. The same columns always produce the same bytes.
///
/// # Errors
/// If columns differ in length or share a name, or if the file cannot be written.
pub fn write_parquet(
    path: impl AsRef<Path>,
    columns: &[NamedColumn],
    about: &[(&str, String)],
) -> Result<(), TableError> {
    let path = path.as_ref();
    let schema = schema(path, columns)?;
    let rows = columns.first().map_or(0, |column| column.values.rows());
    let chunk = Writer::chunk(&schema);
    replace(path, |file| {
        let mut writer = Writer::new(path, file, schema.clone(), about);
        for from in (0..rows).step_by(chunk) {
            let array = |NamedColumn { name, values, .. }: &NamedColumn| {
                let array = values.array(from, rows.min(from + chunk));
                array.ok_or_else(|| TableError::output(path, format!("texts of column {name} are too long")))
            };
            writer.write(columns.iter().map(array).collect::<Result<_, _>>()?)?;
        }
        writer.close()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColumnValues;

    #[test]
    fn a_part_of_an_array_is_as_good_as_one_of_its_own() {
        let words = (0..40).map(|k| vec![if k < 20 { "same".to_owned() } else { k.to_string() }; k % 3]);
        let texts = ColumnValues::Texts(words.clone().map(|words| words.concat()).collect());
        for values in [ColumnValues::TextLists(words.collect()), texts] {
            let whole = values.array(0, 40).unwrap();
            for (from, to) in [(0, 20), (20, 40), (7, 7), (0, 40), (15, 25)] {
                let own = values.array(from, to).unwrap();
                let part = whole.slice(from, to - from);
                assert_eq!(bytes(&part), bytes(&own));
                assert_eq!(is_repeated(&part), is_repeated(&own));
            }
        }
    }
}
