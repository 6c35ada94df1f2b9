//! Tables in files: numbers by columns, read in parallel as one stream of rows, and written
//! completely or not at all.
//!
//! - [`expand`] finds files, [`Table::open`] examines their columns, and [`Table::select`] chooses
//!   the columns to read.
//! - A [`Reader`] is divided into [`Part`]s. Any number of threads read parts at once, in
//!   [`Batch`]es of a few thousand rows. Memory holds a batch, and a page or record batch per
//!   column and thread, but never a whole file.
//! - [`write_parquet`] writes columns named at run time, [`read_parquet`] reads them back, and
//!   [`merge_parquet`] merges many sorted files, a few rows of each at a time. [`csv()`] and
//!   [`parquet()`] write rows of a type that lists its [`Column`]s. A [`Folder`] gets all its files
//!   or none.
//!
//! The formats are Parquet, Arrow IPC files (Feather 2), CSV, and NumPy's npy and npz.
//!
//! # Example
//!
//! ```
//! use suasion_table::{Table, TableError, write_file};
//!
//! let folder = std::env::temp_dir().join(format!("suasion-table-{}", std::process::id()));
//! std::fs::create_dir_all(&folder)?;
//! let path = folder.join("scores.csv");
//! write_file(&path, b"item,human,agent\nfirst,0.5,0.25\nsecond,1,0.75\n")?;
//!
//! let table = Table::open(&[path])?;
//! let reader = table.select(&["human".into(), "agent".into()], &["item".into()])?;
//! for part in reader.parts(1000) {
//!     reader.read::<TableError>(&part, |batch| {
//!         assert_eq!(batch.numbers(1), [0.25, 0.75]);
//!         assert_eq!(batch.labels(0).values(), ["first", "second"]);
//!         Ok(())
//!     })?;
//! }
//! std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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

pub use batch::{BATCH, Batch, LabelValues, MISSING};
pub use columns::matching;
pub use error::TableError;
pub use files::{Folder, is_full, write_file};
pub use load::{ParquetFile, read_parquet, read_parquet_columns};
pub use lock::{Lock, Unlocked};
pub use merge::{Merged, merge_parquet};
pub use paths::expand;
pub use read::is_guarded;
pub use records::{Column, Get, csv, parquet};
pub use table::{ColumnInfo, Kind, Part, Reader, Table, TablePlace};
pub use texts::{is_parquet, visit_texts};
pub use values::{Cells, ColumnValues, NamedColumn};
pub use write::write_parquet;
