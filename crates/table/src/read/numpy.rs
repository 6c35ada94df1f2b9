//! NumPy's npy and npz files.

use super::{Disk, Rows, Source, Wanted};
use crate::{Batch, ColumnInfo, Kind, TableError};
use npyz::{DType, Endianness, NpyHeader, Order, TypeChar, TypeStr};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// The most bytes before the data. NumPy itself refuses more than ten thousand.
const MOST_HEADER: u64 = 1 << 20;
/// The deepest nesting of brackets in a header.
const MOST_NESTING: usize = 16;
/// The most columns of an array.
const MOST_COLUMNS: u64 = 1 << 20;
/// The most bytes of rows in memory at once, except that it is at least one row.
const BLOCK: u64 = 1 << 20;
/// The bytes of rows that are converted to columns at once. They stay in a processor's first-level
/// cache.
const TILE: usize = 1 << 14;

/// The type of a number in NumPy.
#[derive(Clone, Copy)]
struct Scalar {
    kind: TypeChar,
    size: usize,
    big: bool,
}

impl Scalar {
    fn new(kind: &TypeStr) -> Option<Self> {
        let size = kind.num_bytes()?;
        let known = match kind.type_char() {
            TypeChar::Float => matches!(size, 2 | 4 | 8),
            TypeChar::Int | TypeChar::Uint => matches!(size, 1 | 2 | 4 | 8),
            TypeChar::Bool => size == 1,
            _ => false,
        };
        known.then_some(Self { kind: kind.type_char(), size, big: kind.endianness() == Endianness::Big })
    }

    /// Decodes the numbers at the start of every `pitch` bytes.
    fn gather(self, bytes: &[u8], pitch: usize, out: &mut [f64]) {
        fn each<const N: usize>(
            bytes: &[u8],
            pitch: usize,
            big: bool,
            out: &mut [f64],
            number: impl Fn([u8; N]) -> f64,
        ) {
            for (k, out) in out.iter_mut().enumerate() {
                let mut raw = [0; N];
                raw.copy_from_slice(&bytes[k * pitch..][..N]);
                if big {
                    raw.reverse();
                }
                *out = number(raw);
            }
        }
        let big = self.big;
        match (self.kind, self.size) {
            (TypeChar::Float, 8) if !big && pitch == 8 => {
                for (raw, out) in bytes.as_chunks::<8>().0.iter().zip(out) {
                    *out = f64::from_le_bytes(*raw);
                }
            }
            (TypeChar::Float, 8) => each(bytes, pitch, big, out, f64::from_le_bytes),
            (TypeChar::Float, 4) => each(bytes, pitch, big, out, |raw| f64::from(f32::from_le_bytes(raw))),
            (TypeChar::Float, _) => each(bytes, pitch, big, out, |raw| f64::from(half::f16::from_le_bytes(raw))),
            (TypeChar::Int, 8) => each(bytes, pitch, big, out, |raw| i64::from_le_bytes(raw) as f64),
            (TypeChar::Int, 4) => each(bytes, pitch, big, out, |raw| f64::from(i32::from_le_bytes(raw))),
            (TypeChar::Int, 2) => each(bytes, pitch, big, out, |raw| f64::from(i16::from_le_bytes(raw))),
            (TypeChar::Int, _) => each(bytes, pitch, big, out, |raw| f64::from(i8::from_le_bytes(raw))),
            (TypeChar::Uint, 8) => each(bytes, pitch, big, out, |raw| u64::from_le_bytes(raw) as f64),
            (TypeChar::Uint, 4) => each(bytes, pitch, big, out, |raw| f64::from(u32::from_le_bytes(raw))),
            (TypeChar::Uint, 2) => each(bytes, pitch, big, out, |raw| f64::from(u16::from_le_bytes(raw))),
            (TypeChar::Bool, _) => each(bytes, pitch, big, out, |[raw]: [u8; 1]| f64::from(u8::from(raw != 0))),
            (_, _) => each(bytes, pitch, big, out, |[raw]: [u8; 1]| f64::from(raw)),
        }
    }

    /// The text of the number at the start of some bytes, if it is an integer or a Boolean.
    fn text(self, bytes: &[u8]) -> Option<String> {
        let mut raw = [0; 8];
        raw[..self.size].copy_from_slice(&bytes[..self.size]);
        if self.big {
            raw[..self.size].reverse();
        }
        let value = u64::from_le_bytes(raw);
        let unused = 64 - 8 * self.size as u32;
        match self.kind {
            TypeChar::Int => Some(((value << unused).cast_signed() >> unused).to_string()),
            TypeChar::Uint => Some(value.to_string()),
            TypeChar::Bool => Some((value != 0).to_string()),
            _ => None,
        }
    }
}

/// A column: its array and its position within.
struct Column {
    array: usize,
    /// The bytes from the start of the array to the column's first entry.
    offset: u64,
    scalar: Option<Scalar>,
}

/// An array whose rows are rows of the table.
struct Array {
    store: Store,
    /// The position of its data within its store.
    start: u64,
    /// The bytes from one row to the next.
    pitch: u64,
}

/// Where an array is stored.
enum Store {
    /// In the file itself.
    File,
    /// In an uncompressed member of the archive whose checksum was not verified yet.
    Stored(usize),
    /// In a compressed member of the archive.
    Packed(usize),
    /// In an unnamed temporary file.
    Unpacked(Disk),
}

/// An npy or npz file.
pub struct NumpyFile {
    path: PathBuf,
    disk: Disk,
    columns: Vec<ColumnInfo>,
    places: Vec<Column>,
    arrays: Vec<Array>,
    rows: Option<u64>,
    /// The array that determines the number of rows.
    reference: String,
}

/// The header of an npy file, and the number of bytes before the data.
fn header(source: &mut dyn Read, length: u64) -> Result<(NpyHeader, u64), String> {
    let short = |cause: io::Error| format!("its header ends early ({cause})");
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(short)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err("its first bytes are wrong".into());
    }
    let mut size = [0; 4];
    let digits = match start[6] {
        1 => 2,
        2 | 3 => 4,
        version => return Err(format!("found npy version {version}, expected 1, 2, or 3")),
    };
    source.read_exact(&mut size[..digits]).map_err(short)?;
    let before = 8 + digits as u64;
    let size_of_text = u64::from(u32::from_le_bytes(size));
    if size_of_text > MOST_HEADER || size_of_text > length.saturating_sub(before) {
        return Err(format!("its header declares {size_of_text} bytes"));
    }
    let mut text = vec![0; size_of_text as usize];
    source.read_exact(&mut text).map_err(short)?;
    // The header's parser is recursive, and must not overflow the stack.
    let mut depth = 0usize;
    for byte in &text {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => (),
        }
        if depth > MOST_NESTING {
            return Err("its header is nested too deeply".into());
        }
    }
    let whole = [&start[..], &size[..digits], &text].concat();
    let header = NpyHeader::from_reader(whole.as_slice()).map_err(|cause| cause.to_string())?;
    Ok((header, before + size_of_text))
}

fn describe(kind: &DType) -> String {
    kind.descr().trim_matches('\'').to_owned()
}

impl NumpyFile {
    fn new(path: &Path, disk: Disk) -> Self {
        let (columns, places, arrays) = (vec![], vec![], vec![]);
        Self { path: path.into(), disk, columns, places, arrays, rows: None, reference: String::new() }
    }

    /// Opens an npy file.
    pub fn npy(path: &Path, disk: &Disk) -> Result<Self, TableError> {
        let damaged = |cause: String| TableError::file(path, format!("is not an npy file, or is damaged: {cause}"));
        let (header, start) = header(&mut io::BufReader::new(disk.from(0)), disk.length()).map_err(damaged)?;
        let mut file = Self::new(path, disk.clone());
        file.add(None, &header, Store::File, start, disk.length() - start)
            .map_err(|cause| TableError::file(path, cause))?;
        if file.rows.is_none() {
            let problem = format!("found shape {:?}, expected (rows) or (rows, columns)", header.shape());
            return Err(TableError::file(path, problem));
        }
        Ok(file)
    }

    /// Opens an npz file.
    pub fn npz(path: &Path, disk: Disk) -> Result<Self, TableError> {
        let damaged = |cause: &dyn std::fmt::Display| {
            TableError::file(path, format!("is not an npz file, or is damaged: {cause}"))
        };
        let mut archive = ZipArchive::new(io::BufReader::new(disk.from(0))).map_err(|cause| damaged(&cause))?;
        let mut file = Self::new(path, disk);
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).map_err(|cause| damaged(&cause))?;
            let name = member.name().map_err(|cause| damaged(&cause))?.into_owned();
            let Some(name) = name.strip_suffix(".npy") else { continue };
            let length = member.size();
            let place = member.data_start();
            let stored = member.compression() == CompressionMethod::Stored;
            let (header, before) =
                header(&mut member, length).map_err(|cause| damaged(&format_args!("array {name}: {cause}")))?;
            let left = length.checked_sub(before).ok_or_else(|| damaged(&format_args!("array {name} ends early")))?;
            let (store, start) = match place {
                Some(place) if stored => {
                    let end = place.checked_add(length);
                    if end.is_none_or(|end| end > file.disk.length()) {
                        return Err(damaged(&format_args!("array {name} ends beyond the file")));
                    }
                    (Store::Stored(index), place + before)
                }
                _ => (Store::Packed(index), before),
            };
            let problem = |cause| TableError::file(path, format!("array {name}: {cause}"));
            file.add(Some(name), &header, store, start, left).map_err(problem)?;
        }
        if file.rows.is_none() {
            return Err(TableError::file(path, "has no array of shape (rows) or (rows, columns)"));
        }
        Ok(file)
    }

    /// Adds the columns of an array whose data has `length` bytes.
    fn add(
        &mut self,
        name: Option<&str>,
        header: &NpyHeader,
        store: Store,
        start: u64,
        length: u64,
    ) -> Result<(), String> {
        let kind = header.dtype();
        let single = name.unwrap_or("column_0");
        let (rows, columns) = match *header.shape() {
            [rows] => (rows, None),
            [rows, columns] => (rows, Some(columns)),
            _ => {
                self.push(single.into(), &DType::clone(&kind), 0, true);
                return Ok(());
            }
        };
        if columns.is_some_and(|columns| columns > MOST_COLUMNS) {
            return Err(format!("found {} columns, expected at most {MOST_COLUMNS}", columns.unwrap_or_default()));
        }
        // Objects are pickled, so their positions are unknown. They contain no numbers.
        let size = if kind.uses_pickled_array() { None } else { kind.num_bytes().map(|size| size as u64) };
        let expected = size.map(|size| size.checked_mul(rows)?.checked_mul(columns.unwrap_or(1)));
        match expected {
            Some(None) => return Err("is damaged: its shape is too large".into()),
            Some(Some(expected)) if expected != length => {
                return Err(format!("is damaged: found {length} bytes of data, expected {expected}"));
            }
            _ => (),
        }
        let other = name.unwrap_or("column_0");
        match self.rows {
            Some(known) if known != rows => {
                return Err(format!("found {rows} rows, expected {known} as in array {}", self.reference));
            }
            Some(_) => (),
            None => (self.rows, self.reference) = (Some(rows), other.into()),
        }
        let size = size.unwrap_or_default();
        let by_column = header.order() == Order::Fortran || columns.is_none();
        self.arrays.push(Array { store, start, pitch: if by_column { size } else { size * columns.unwrap_or(1) } });
        let Some(columns) = columns else {
            let DType::Record(fields) = kind else {
                self.push(single.into(), &kind, 0, false);
                return Ok(());
            };
            let mut offset = 0;
            for field in fields {
                let length = field.dtype.num_bytes().unwrap_or_default() as u64;
                // Fields without a type are padding.
                if !matches!(&field.dtype, DType::Plain(kind) if kind.type_char() == TypeChar::RawData) {
                    let name = name.map_or_else(|| field.name.clone(), |name| format!("{name}_{}", field.name));
                    self.push(name, &field.dtype, offset, false);
                }
                offset += length;
            }
            return Ok(());
        };
        for column in 0..columns {
            let offset = if by_column { size * rows } else { size };
            self.push(format!("{}_{column}", name.unwrap_or("column")), &kind, column * offset, false);
        }
        Ok(())
    }

    /// Adds a column of the last array.
    fn push(&mut self, name: String, kind: &DType, offset: u64, shapeless: bool) {
        let scalar = match kind {
            DType::Plain(kind) if !shapeless => Scalar::new(kind),
            _ => None,
        };
        let stored = if shapeless { "an array that does not have one or two axes".into() } else { describe(kind) };
        self.columns.push(ColumnInfo {
            name,
            kind: if scalar.is_some() { Kind::Number } else { Kind::Other(stored.clone()) },
            stored,
            number: scalar.is_some(),
            label: scalar.is_some_and(|scalar| scalar.kind != TypeChar::Float),
        });
        self.places.push(Column { array: self.arrays.len().saturating_sub(1), offset, scalar });
    }
}

impl Source for NumpyFile {
    fn columns(&self) -> &[ColumnInfo] {
        &self.columns
    }

    fn rows(&self) -> u64 {
        self.rows.unwrap_or_default()
    }

    /// Verifies the checksums of uncompressed members, and unpacks compressed members to unnamed
    /// files, which verifies them, too.
    fn prepare(&mut self, wanted: &Wanted) -> Result<(), TableError> {
        let damaged = |cause: &dyn std::fmt::Display| TableError::damaged(&self.path, cause);
        let mut archive = None;
        for &column in wanted.numbers.iter().chain(&wanted.labels) {
            let array = &mut self.arrays[self.places[column].array];
            let (Store::Packed(index) | Store::Stored(index)) = array.store else { continue };
            let archive = match &mut archive {
                Some(archive) => archive,
                none => none
                    .insert(ZipArchive::new(io::BufReader::new(self.disk.from(0))).map_err(|cause| damaged(&cause))?),
            };
            let mut member = archive.by_index(index).map_err(|cause| damaged(&cause))?;
            if let Store::Stored(_) = array.store {
                io::copy(&mut member, &mut io::sink()).map_err(|cause| damaged(&cause))?;
                array.store = Store::File;
                continue;
            }
            let length = member.size();
            let temporary = std::env::temp_dir();
            let written = |cause| TableError::Write { path: temporary.clone(), cause };
            let mut unpacked = tempfile::tempfile().map_err(written)?;
            let copied = io::copy(&mut member.by_ref().take(length.saturating_add(1)), &mut unpacked)
                .map_err(|cause| damaged(&cause))?;
            if copied != length {
                return Err(damaged(&format_args!("found {copied} bytes in an archive member, expected {length}")));
            }
            array.store = Store::Unpacked(Disk::new(unpacked).map_err(written)?);
        }
        Ok(())
    }

    fn read<'a>(&'a self, wanted: &'a Wanted, start: u64, _rows: u64) -> Result<Box<dyn Rows + 'a>, TableError> {
        let mut blocks: Vec<Block> = vec![];
        let numbers = wanted.numbers.iter().enumerate().map(|(k, &column)| (Target::Numbers(k), column));
        let labels = wanted.labels.iter().enumerate().map(|(k, &column)| (Target::LabelValues(k), column));
        for (target, column) in numbers.chain(labels) {
            let Column { array, offset, scalar: Some(scalar) } = self.places[column] else {
                return Err(TableError::damaged(&self.path, &"a column does not have its declared type"));
            };
            let pitch = self.arrays[array].pitch;
            // Columns within a row are read together; other columns are read separately.
            let (place, offset) = if offset < pitch { (0, offset) } else { (offset, 0) };
            let column = InBlock { target, offset: offset as usize, scalar };
            match blocks.iter_mut().find(|block| (block.array, block.place) == (array, place)) {
                Some(block) => block.columns.push(column),
                None => blocks.push(Block { array, place, columns: vec![column] }),
            }
        }
        let widest = blocks.iter().map(|block| self.arrays[block.array].pitch).max().unwrap_or(1).max(1);
        let most = (BLOCK / widest).max(1) as usize;
        Ok(Box::new(Reading { file: self, blocks, most, start, buffer: vec![] }))
    }
}

/// The destination of a column's entries.
enum Target {
    Numbers(usize),
    LabelValues(usize),
}

/// A range of bytes that is read at once.
struct Block {
    array: usize,
    /// The bytes from the start of the array to its first row.
    place: u64,
    columns: Vec<InBlock>,
}

struct InBlock {
    target: Target,
    /// The bytes from the start of a row.
    offset: usize,
    scalar: Scalar,
}

struct Reading<'a> {
    file: &'a NumpyFile,
    blocks: Vec<Block>,
    /// The most rows that are read at once.
    most: usize,
    /// The next row.
    start: u64,
    buffer: Vec<u8>,
}

impl Rows for Reading<'_> {
    fn next(&mut self, batch: &mut Batch, most: usize) -> Result<(), TableError> {
        let rows = most.min(self.most);
        for block in &self.blocks {
            let array = &self.file.arrays[block.array];
            let disk = match &array.store {
                Store::Unpacked(disk) => disk,
                _ => &self.file.disk,
            };
            let pitch = array.pitch as usize;
            self.buffer.resize(rows * pitch, 0);
            let place = array.start + block.place + self.start * array.pitch;
            disk.read_at(&mut self.buffer, place).map_err(TableError::read(&self.file.path))?;
            let tile = (TILE / pitch.max(1)).max(8);
            for first in (0..rows).step_by(tile) {
                let tile = tile.min(rows - first);
                let bytes = &self.buffer[first * pitch..][..tile * pitch];
                for column in &block.columns {
                    if let Target::Numbers(k) = column.target {
                        let out = &mut batch.numbers_mut(k, rows)[first..first + tile];
                        column.scalar.gather(&bytes[column.offset..], pitch, out);
                    }
                }
            }
            for column in &block.columns {
                if let Target::LabelValues(k) = column.target {
                    let labels = batch.labels_mut(k);
                    for row in 0..rows {
                        labels.push(column.scalar.text(&self.buffer[row * pitch + column.offset..]).as_deref());
                    }
                }
            }
        }
        self.start += rows as u64;
        batch.rows = rows;
        Ok(())
    }
}
