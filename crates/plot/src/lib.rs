//! Pictures as SVG and PNG that are the same on every machine: lines with bands, bars, histograms,
//! points, and shades.
//!
//! - A [`Figure`] is a grid of [`Panel`]s above a legend of [`Style`]s.
//! - [`Lines`] are [`Series`] of [`Point`]s between two linear or logarithmic [`Axis`]es. Each
//!   point has a value and an interval.
//! - [`Bars`] are named [`Row`]s of lengths. [`Stacks`] are bars that are divided into parts.
//! - [`Columns`] are a histogram, a [`Scatter`] is a cloud of points, a [`Heat`] is a table of
//!   shades, and a [`Triangle`] shows shares of three.
//!
//! Text in an SVG is text. A PNG needs nothing of the system; even the font is part of this crate.
//! All numbers can be drawn: a number that is not finite is left out, and a number outside of its
//! axis is cut off.
//!
//! # Example
//!
//! ```
//! use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};
//!
//! let point = |x: f64| Point { x, y: 1.0 / x, low: 0.8 / x, high: 1.2 / x };
//! let points: Vec<Point> = (1..=10).map(|x| point(f64::from(x))).collect();
//! let lines = Lines {
//!     x: Axis { label: "agents".into(), scale: Scale::Whole, range: (1.0, 10.0) },
//!     y: Axis { label: "error".into(), scale: Scale::Log, range: (0.08, 1.2) },
//!     marks: Marks::Each,
//!     series: vec![Series { style: Style::Blue, points }],
//! };
//! let figure = Figure {
//!     panels: vec![Panel { title: "Held-out error".into(), content: Content::Lines(lines) }],
//!     legend: vec![(Style::Blue, "convex combination".into())],
//!     note: "band: 95 % interval".into(),
//! };
//! assert!(figure.svg()?.contains("Held-out error"));
//! # Ok::<(), suasion_plot::PlotError>(())
//! ```

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
