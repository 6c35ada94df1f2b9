//! A batch as pages.
//!
//! [`report()`] reads what [`suasion_batch`] merged, and writes one page about all of it and a page
//! for each of some instances: HTML that needs nothing but itself, with pictures as SVG. Numbers
//! are those of the tables; what is drawn beyond them (frontiers) is computed from the instances,
//! where their files are still what they were.

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
