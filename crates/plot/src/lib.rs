//! A picture: panels of lines, bands, bars, histograms and points, as SVG and PNG, the same on every machine.
//!
//! - A [`Figure`] is a grid of [`Panel`]s above a legend of [`Style`]s.
//! - [`Lines`] are [`Series`] of [`Point`]s, each a value and an interval, between two [`Axis`]es, linear or logarithmic.
//! - [`Bars`] are named [`Row`]s of lengths, [`Stacks`] are bars that are cut into parts.
//! - [`Columns`] are a histogram, a [`Scatter`] is points, a [`Heat`] is a table as shades, a [`Triangle`] is shares of three.
//!
//! The text of an SVG is text. Everything in a PNG, its font included, comes from this crate. Whatever the numbers are, there is a picture:
//! what is not a number is left out, and what is too large or too small for its axis is cut off.

mod bars;
mod clip;
mod columns;
mod error;
mod figure;
mod frame;
mod heat;
mod lines;
mod pen;
mod pixels;
mod scale;
mod scatter;
mod stacks;
mod style;
mod triangle;

pub use bars::{Bars, MOST_ROWS, Row};
pub use columns::Columns;
pub use error::PlotError;
pub use figure::{Content, Figure, Panel};
pub use heat::{Heat, MOST_CELLS};
pub use lines::{Lines, Marks, Point, Series};
pub use scale::{Axis, Scale};
pub use scatter::{Dots, Scatter};
pub use stacks::{Stack, Stacks};
pub use style::Style;
pub use triangle::{Shares, Triangle};
