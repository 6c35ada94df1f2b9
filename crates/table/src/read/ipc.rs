//! Arrow IPC files, also known as Feather version 2.

use super::{Disk, Rows, Source, Wanted, arrays};
use crate::{Batch, ColumnInfo, TableError};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, read_footer_length};
use arrow_ipc::{Block, MessageHeader, convert};
use arrow_schema::SchemaRef;
use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The first bytes of a stream of messages.
pub const STREAM: &[u8] = &[0xff; 4];
/// The first bytes of Feather version 1.
pub const FEATHER_1: &[u8] = b"FEA1";
/// The first and last bytes of a file.
const MAGIC: &[u8] = b"ARROW1";

/// An open Arrow IPC file. Its record batches are read separately, each as a whole.
pub struct IpcFile {
    path: PathBuf,
    disk: Disk,
    columns: Vec<ColumnInfo>,
    about: HashMap<String, String>,
    decoder: FileDecoder,
    blocks: Vec<Block>,
    /// The first row of every record batch, then the number of all rows.
    starts: Vec<u64>,
    projection: Vec<usize>,
}

/// The content of a block of the file.
fn content(disk: &Disk, block: &Block, whole: bool) -> Result<Vec<u8>, String> {
    let place = u64::try_from(block.offset()).map_err(|_| "a block starts before the file")?;
    let header = u64::try_from(block.metaDataLength()).map_err(|_| "a block has a negative length")?;
    let body = u64::try_from(block.bodyLength()).map_err(|_| "a block has a negative length")?;
    if header < 8 {
        return Err("a block has no header".into());
    }
    let length = if whole { header.saturating_add(body) } else { header };
    let content = disk.bytes(place, length).map_err(|cause| cause.to_string())?;
    if whole {
        fits(&content, block.metaDataLength())?;
    }
    Ok(content)
}

/// Checks that there is memory for the decompressed buffers of a block. A damaged file may claim
/// any size. The decoder would trust it, and a failed allocation would end the program.
fn fits(content: &[u8], header: i32) -> Result<(), String> {
    let start = if content.starts_with(STREAM) { 8 } else { 4 };
    let message = arrow_ipc::root_as_message(&content[start..]).map_err(|cause| cause.to_string())?;
    let dictionary = message.header_as_dictionary_batch().and_then(|dictionary| dictionary.data());
    let Some(batch) = message.header_as_record_batch().or(dictionary) else { return Ok(()) };
    if batch.compression().is_none() {
        return Ok(());
    }
    let body = usize::try_from(header).ok().and_then(|header| content.get(header..)).unwrap_or_default();
    let mut total = 0usize;
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() > 0) {
        let start = usize::try_from(buffer.offset()).ok().and_then(|start| body.get(start..)).unwrap_or_default();
        let Some(length) = start.first_chunk::<8>() else { return Err("a buffer ends beyond its block".into()) };
        // A negative length means that a buffer is not compressed.
        total = total.saturating_add(usize::try_from(i64::from_le_bytes(*length)).unwrap_or_default());
    }
    Vec::<u8>::new()
        .try_reserve_exact(total)
        .map_err(|_| format!("a block declares {total} bytes, more than there is memory for"))
}

/// The number of rows of a record batch. Only its header is read.
fn rows(disk: &Disk, block: &Block) -> Result<u64, String> {
    let header = content(disk, block, false)?;
    let start = if header.starts_with(STREAM) { 8 } else { 4 };
    let message = arrow_ipc::root_as_message(&header[start..]).map_err(|cause| cause.to_string())?;
    if message.header_type() != MessageHeader::RecordBatch {
        return Err("a block is not a record batch".into());
    }
    let batch = message.header_as_record_batch().ok_or("a block is not a record batch")?;
    u64::try_from(batch.length()).map_err(|_| "a record batch has a negative length".into())
}

impl IpcFile {
    /// Reads the metadata at the end of the file, and the number of rows of every record batch.
    pub fn open(path: &Path, disk: &Disk) -> Result<Self, TableError> {
        let mut start = [0; 6];
        let known = disk.length().min(6) as usize;
        disk.read_at(&mut start[..known], 0).map_err(TableError::read(path))?;
        if start.starts_with(STREAM) {
            return Err(TableError::file(
                path,
                "is an Arrow IPC stream, expected the Arrow IPC file format (Feather 2)",
            ));
        }
        if start.starts_with(FEATHER_1) {
            return Err(TableError::file(path, "has Feather version 1, expected version 2"));
        }
        let damaged =
            |cause: &dyn Display| TableError::file(path, format!("is not an Arrow IPC file, or is damaged: {cause}"));
        if start != MAGIC {
            return Err(damaged(&"its first bytes are wrong"));
        }
        let mut end = [0; 10];
        let footer_end = disk.length().checked_sub(10).ok_or_else(|| damaged(&"it ends early"))?;
        disk.read_at(&mut end, footer_end).map_err(TableError::read(path))?;
        let length = read_footer_length(end).map_err(|cause| damaged(&cause))?;
        let place = footer_end.checked_sub(length as u64).ok_or_else(|| damaged(&"it ends early"))?;
        let footer = disk.bytes(place, length as u64).map_err(|cause| damaged(&cause))?;
        let footer = arrow_ipc::root_as_footer(&footer).map_err(|cause| damaged(&cause))?;
        let schema = footer.schema().ok_or_else(|| damaged(&"it has no schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(TableError::file(path, "has another byte order"));
        }
        let schema: SchemaRef = Arc::new(convert::try_fb_to_schema(schema).map_err(|cause| damaged(&cause))?);
        let mut decoder = FileDecoder::new(schema.clone(), footer.version());
        for block in footer.dictionaries().iter().flatten() {
            let content = content(disk, block, true).map_err(|cause| damaged(&cause))?;
            decoder.read_dictionary(block, &Buffer::from_vec(content)).map_err(|cause| damaged(&cause))?;
        }
        let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
        let mut starts = vec![0u64];
        for block in &blocks {
            let rows = rows(disk, block).map_err(|cause| damaged(&cause))?;
            let start = starts[starts.len() - 1].checked_add(rows);
            starts.push(start.ok_or_else(|| damaged(&"it has too many rows"))?);
        }
        let columns = schema.fields().iter().map(|field| arrays::column(field)).collect();
        Ok(Self {
            path: path.into(),
            disk: disk.clone(),
            columns,
            about: schema.metadata().clone().into(),
            decoder,
            blocks,
            starts,
            projection: vec![],
        })
    }

    /// A record batch.
    fn batch(&self, index: usize) -> Result<RecordBatch, TableError> {
        let damaged = |cause: &dyn Display| TableError::damaged(&self.path, cause);
        let block = &self.blocks[index];
        let content = content(&self.disk, block, true).map_err(|cause| damaged(&cause))?;
        let batch =
            self.decoder.read_record_batch(block, &Buffer::from_vec(content)).map_err(|cause| damaged(&cause))?;
        let rows = self.starts[index + 1] - self.starts[index];
        batch
            .filter(|batch| batch.num_rows() as u64 == rows)
            .ok_or_else(|| damaged(&"a record batch has the wrong number of rows"))
    }
}

impl Source for IpcFile {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    fn rows(&self) -> u64 {
        self.starts[self.starts.len() - 1]
    }

    fn about(&self, key: &str) -> Option<&str> {
        self.about.get(key).map(String::as_str)
    }

    fn prepare(&mut self, wanted: &Wanted) -> Result<(), TableError> {
        self.projection = arrays::projection(wanted);
        let none = FileDecoder::new(Arc::new(arrow_schema::Schema::empty()), arrow_ipc::MetadataVersion::V5);
        let decoder = std::mem::replace(&mut self.decoder, none);
        self.decoder = decoder.with_projection(self.projection.clone());
        Ok(())
    }

    /// Whole record batches.
    fn cuts(&self, rows: u64, _wanted: &Wanted) -> Vec<u64> {
        let mut cuts: Vec<u64> = vec![];
        for pair in self.starts.windows(2) {
            let more = pair[1] - pair[0];
            match cuts.last_mut() {
                Some(last) if *last + more <= rows => *last += more,
                _ if more > 0 => cuts.push(more),
                _ => (),
            }
        }
        cuts
    }

    fn read<'a>(&'a self, wanted: &'a Wanted, start: u64, _rows: u64) -> Result<Box<dyn Rows + 'a>, TableError> {
        let index = self.starts.partition_point(|&first| first <= start) - 1;
        let done = (start - self.starts[index]) as usize;
        Ok(Box::new(Reading { file: self, wanted, index, current: None, done }))
    }
}

struct Reading<'a> {
    file: &'a IpcFile,
    wanted: &'a Wanted,
    /// The current record batch, or the next one.
    index: usize,
    current: Option<RecordBatch>,
    /// The number of its rows that were read.
    done: usize,
}

impl Rows for Reading<'_> {
    fn next(&mut self, batch: &mut Batch, most: usize) -> Result<(), TableError> {
        loop {
            let read = match self.current.take() {
                Some(read) => read,
                None if self.index < self.file.blocks.len() => self.file.batch(self.index)?,
                None => return Ok(()),
            };
            if self.done == read.num_rows() {
                (self.index, self.done) = (self.index + 1, 0);
                continue;
            }
            let rows = most.min(read.num_rows() - self.done);
            if !arrays::fill(self.wanted, &self.file.projection, &read, self.done, rows, batch) {
                return Err(TableError::damaged(&self.file.path, &"a column does not have its declared type"));
            }
            self.done += rows;
            self.current = Some(read);
            return Ok(());
        }
    }
}
