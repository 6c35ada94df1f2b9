//! How near one utility is to the hull of others.
//!
//! - [`align()`]: the smallest largest difference between a user's utility and a weighted sum of agents' utilities, with or without an
//!   offset (the premise of Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090, whose theorems say what it is good for). What is found comes with a
//!   measure, from which `suasion-certificate` proves in exact arithmetic that nothing is nearer.
//! - [`Factor`]: a table of any number of rows in which k agents and a target have scored items, reduced to one triangle; in memory by
//!   [`Factor::of`], from files by [`reduce()`], which gives a factor for each group and block of rows, a [`Reduction`], that is written to a
//!   file and merged with others.
//! - [`fit()`]: on it, each agent alone, their mean, the best non-negative and the best convex combination; [`confirm()`] takes
//!   their errors from the table itself. [`nearest()`]: the convex combination alone, also of a target that does not vary.
//! - [`curve()`]: how the errors of these fall with the number of agents, on rows that were held out.

mod alignment;
mod confirm;
mod curve;
mod error;
mod factor;
mod fit;
mod kernel;
mod nonnegative;
mod reduce;
mod store;

pub use alignment::{AlignError, AlignOptions, Alignment, align};
pub use confirm::{Sum, confirm};
pub use curve::{Band, Curve, CurveOptions, CurvePoint, Method, curve, steps};
pub use error::HullError;
pub use factor::Factor;
pub use fit::{Calibrated, Combination, Fit, Kkt, Single, fit, nearest};
pub use reduce::{Cell, Columns, Missing, Reduction, reduce};
pub use suasion_certificate::Offset;
