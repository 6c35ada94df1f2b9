//! A picture: panels of lines, bands and bars, as SVG and PNG, the same on every machine.
//!
//! - A [`Figure`] is a grid of [`Panel`]s above a legend of [`Style`]s.
//! - [`Lines`] are [`Series`] of [`Point`]s, each a value and an interval, between two [`Axis`]es, linear or logarithmic.
//! - [`Bars`] are named [`Row`]s of lengths.
//!
//! The text of an SVG is text. Everything in a PNG, its font included, comes from this crate. Whatever the numbers are, there is a picture:
//! what is not a number is left out, and what is too large or too small for its axis is cut off.

mod bars;
mod clip;
mod error;
mod figure;
mod lines;
mod pen;
mod pixels;
mod scale;
mod style;

pub use bars::{Bars, MOST_ROWS, Row};
pub use error::PlotError;
pub use figure::{Content, Figure, Panel};
pub use lines::{Lines, Marks, Point, Series};
pub use scale::{Axis, Scale};
pub use style::Style;
