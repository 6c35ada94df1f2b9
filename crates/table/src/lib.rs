//! A table: numbers by columns, read from files as one stream of rows, in parallel; written whole or not at all.
//!
//! - [`expand`] finds the files, [`Table::open`] looks at what they have, [`Table::select`] says what is wanted of it.
//! - A [`Reader`] is cut into [`Part`]s, which any number of threads read at once, each in [`Batch`]es of a few thousand rows. What is in
//!   memory is a batch and a page or record batch per column and thread, never a file.
//! - [`write_parquet`] writes columns that are named at run time, [`read_parquet`] reads them back, and [`merge_parquet`] makes one sorted file
//!   of many, a few rows of each at a time. [`csv()`] and [`parquet()`] rows of a type that names its [`Column`]s, and a
//!   [`Folder`] gets all its files or none.
//!
//! Formats: Parquet, Arrow IPC files (Feather 2), CSV, NumPy's npy and npz.

mod batch;
mod columns;
mod error;
mod files;
mod load;
mod lock;
mod merge;
mod paths;
mod read;
mod records;
mod table;
mod texts;
mod values;
mod write;

pub use batch::{BATCH, Batch, Labels, MISSING};
pub use columns::matching;
pub use error::TableError;
pub use files::{Folder, is_full, write_file};
pub use load::{ParquetFile, read_parquet, read_parquet_columns};
pub use lock::{Lock, Unlocked};
pub use merge::{Merged, merge_parquet};
pub use paths::expand;
pub use read::is_guarded;
pub use records::{Column, Get, csv, parquet};
pub use table::{ColumnInfo, Kind, Part, Place, Reader, Table};
pub use texts::{is_parquet, visit_texts};
pub use values::{Cells, NamedColumn, Values};
pub use write::write_parquet;
