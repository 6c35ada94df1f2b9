//! A batch as pages.
//!
//! [`report()`] reads what [`suasion_batch`] merged, and writes one page about all of it and a page for each of some instances: HTML that needs
//! nothing but itself, with pictures as SVG. Numbers are those of the tables; what is drawn beyond them (frontiers) is computed from the
//! instances, where their files are still what they were.
//!
//! # Example
//!
//! A batch must be merged before there is something to report.
//!
//! ```
//! use std::path::Path;
//! use suasion_report::{Options, Pages, report};
//!
//! let options =
//!     Options { output: Path::new("report.html"), pages: Pages::Most(0), pictures: None, done: &|_, _| () };
//! let refused = report(Path::new("no-such-batch"), &options).unwrap_err();
//! assert!(refused.is_usage());
//! ```

mod cells;
mod error;
mod game;
mod instance;
mod markup;
mod number;
mod overview;
mod pictures;
mod schemes;
mod select;
mod tables;
mod write;

pub use error::ReportError;
pub use select::Pages;
pub use write::{Options, Written, report};
