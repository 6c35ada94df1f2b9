//! Reports: a batch as HTML pages.
//!
//! [`report()`] reads a batch that [`suasion_batch`] merged, and writes a page about the whole
//! batch and a page for each of some instances: self-contained HTML with SVG pictures. Numbers come
//! from the tables. Frontiers are computed from the instances, if their files have not changed.
//!
//! # Example
//!
//! A batch must be merged before there is something to report.
//!
//! ```
//! use std::path::Path;
//! use suasion_report::{Options, Pages, report};
//!
//! let output = Path::new("report.html");
//! let options = Options { output, pages: Pages::Most(0), pictures: None, done: &|_, _| () };
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
