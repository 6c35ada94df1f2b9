//! Reading: the interface of all formats, and the detection of a file's format.

mod arrays;
mod disk;
mod ipc;
mod numpy;
mod parquet;
mod text;

use crate::{Batch, ColumnInfo, TableError};
pub use disk::Disk;
pub use parquet::describe;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The type of every column of CSV.
pub const TEXT: &str = "a field of CSV";

/// The columns to read, by their places in the file.
pub struct Wanted {
    pub numbers: Vec<usize>,
    pub labels: Vec<usize>,
}

/// An open file of some format.
pub trait Source: Send + Sync {
    /// The columns, in the order of the file.
    fn columns(&self) -> &[ColumnInfo];

    /// The number of rows.
    fn rows(&self) -> u64;

    /// The value of a key in the file's metadata.
    fn about(&self, _key: &str) -> Option<&str> {
        None
    }

    /// The line of a row, from 0, if it is known.
    fn line(&self, _row: u64) -> Option<u64> {
        None
    }

    /// Prepares to read these columns.
    fn prepare(&mut self, _wanted: &Wanted) -> Result<(), TableError> {
        Ok(())
    }

    /// The lengths of consecutive parts of about this many rows (at least one). No length is 0.
    fn cuts(&self, rows: u64, _wanted: &Wanted) -> Vec<u64> {
        even(self.rows(), rows)
    }

    /// Starts to read rows. The file has that many.
    fn read<'a>(&'a self, wanted: &'a Wanted, start: u64, rows: u64) -> Result<Box<dyn Rows + 'a>, TableError>;
}

/// An iterator over rows.
pub trait Rows {
    /// Puts the next rows into an empty batch: at least one, and at most this many.
    fn next(&mut self, batch: &mut Batch, most: usize) -> Result<(), TableError>;
}

/// Parts of about this many rows, whose lengths differ by at most one.
fn even(total: u64, rows: u64) -> Vec<u64> {
    let parts = total.div_ceil(rows);
    (0..parts).map(|part| total / parts + u64::from(part < total % parts)).collect()
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would come from a library that met a damaged file. Such a panic
/// becomes an error, so a panic hook need not report it.
#[must_use]
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Works on a file. Libraries that decode formats sometimes panic on a damaged file. Such a panic
/// becomes an error, and nothing of the library's state is used again.
pub fn guard<T>(path: &Path, act: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    let before = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(act));
    GUARDED.set(before);
    result.unwrap_or_else(|_| Err(TableError::damaged(path, &"its content cannot be decoded")))
}

/// Opens a file by its extension, or, if the extension is unknown, by its first bytes.
pub fn open(path: &Path) -> Result<Box<dyn Source>, TableError> {
    let disk = Disk::open(path)?;
    if disk.length() == 0 {
        return Err(TableError::file(path, "is empty"));
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let mut start = [0; 8];
    let known = disk.length().min(8) as usize;
    disk.read_at(&mut start[..known], 0).map_err(TableError::read(path))?;
    let format = match extension.as_str() {
        "parquet" | "pq" => "parquet",
        "arrow" | "feather" | "ipc" => "arrow",
        "csv" | "tsv" | "txt" => "csv",
        "npy" => "npy",
        "npz" => "npz",
        _ if start.starts_with(b"PAR1") => "parquet",
        _ if start.starts_with(b"ARROW1") || start.starts_with(ipc::STREAM) || start.starts_with(ipc::FEATHER_1) => {
            "arrow"
        }
        _ if start.starts_with(b"\x93NUMPY") => "npy",
        _ if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") => "npz",
        _ => {
            let problem = "has an unknown format, expected Parquet, Arrow IPC, CSV, npy, or npz";
            return Err(TableError::file(path, problem));
        }
    };
    guard(path, || match format {
        "parquet" => Ok(Box::new(parquet::ParquetFile::open(path, disk)?) as Box<dyn Source>),
        "arrow" => Ok(Box::new(ipc::IpcFile::open(path, &disk)?)),
        "csv" => Ok(Box::new(text::TextFile::open(path, &disk, extension == "tsv")?)),
        "npy" => Ok(Box::new(numpy::NumpyFile::npy(path, &disk)?)),
        _ => Ok(Box::new(numpy::NumpyFile::npz(path, disk)?)),
    })
}
