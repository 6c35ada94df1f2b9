//! A file that many readers read at their own positions.

use crate::TableError;
use bytes::Bytes;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// An open file. Every read names its position, so that readers do not disturb each other.
#[derive(Clone)]
pub struct Disk {
    #[cfg(unix)]
    file: Arc<File>,
    #[cfg(not(unix))]
    file: Arc<std::sync::Mutex<File>>,
    length: u64,
}

impl Disk {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let file = File::open(path).map_err(TableError::read(path))?;
        if file.metadata().map_err(TableError::read(path))?.is_dir() {
            return Err(TableError::file(path, "is a folder, expected a file"));
        }
        Self::new(file).map_err(TableError::read(path))
    }

    /// Reads from a file that is already open.
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        #[cfg(not(unix))]
        let file = std::sync::Mutex::new(file);
        Ok(Self { file: Arc::new(file), length })
    }

    /// The number of bytes when the file was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills a buffer from a position on.
    #[cfg(unix)]
    pub fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&*self.file, buffer, place)
    }

    /// Fills a buffer from a position on.
    #[cfg(not(unix))]
    pub fn read_at(&self, buffer: &mut [u8], place: u64) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(buffer)
    }

    /// The bytes at a position, if the file is long enough.
    pub fn bytes(&self, place: u64, length: u64) -> io::Result<Vec<u8>> {
        if place.checked_add(length).is_none_or(|end| end > self.length) {
            let problem = format!("{length} bytes at position {place} extend beyond its end at {}", self.length);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem));
        }
        let mut buffer = vec![0; length as usize];
        self.read_at(&mut buffer, place)?;
        Ok(buffer)
    }

    /// A reader that starts at a position.
    pub fn from(&self, place: u64) -> From {
        From { disk: self.clone(), place }
    }
}

/// Reads a file from a position on.
pub struct From {
    disk: Disk,
    place: u64,
}

impl Read for From {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.disk.length.saturating_sub(self.place);
        let length = left.min(buffer.len() as u64) as usize;
        self.disk.read_at(&mut buffer[..length], self.place)?;
        self.place += length as u64;
        Ok(length)
    }
}

impl Seek for From {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(offset) => self.disk.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.place.checked_add_signed(offset),
        };
        self.place =
            place.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the position is before the start"))?;
        Ok(self.place)
    }
}

impl Length for Disk {
    fn len(&self) -> u64 {
        self.length
    }
}

impl ChunkReader for Disk {
    type T = BufReader<From>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(BufReader::with_capacity(1 << 12, self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        Ok(self.bytes(start, length as u64)?.into())
    }
}
