//! Least-squares fits of tables of any length, by non-negative and convex combinations of columns.
//!
//! In a table, k agents and a target score the same items. How well do the agents explain the
//! target?
//!
//! - [`Factor`]: a table of any number of rows, reduced to one triangular matrix. [`Factor::of`]
//!   reduces a table in memory. [`reduce()`] reads files once and makes a [`Reduction`]: one factor
//!   for each group and block of rows. Reductions can be saved to a file and merged.
//! - [`fit()`] works on a factor. It evaluates each agent alone and their mean, and finds the best
//!   non-negative and the best convex combination. [`confirm()`] recomputes their errors from the
//!   table itself. [`nearest()`] finds the convex combination alone, even if the target is
//!   constant.
//! - [`curve()`] shows how the errors fall with the number of agents, on held-out rows.
//!
//! # Example
//!
//! The target is halfway between two of three agents.
//!
//! ```
//! use faer::{Col, Mat};
//! use suasion_regression::{Factor, fit};
//!
//! // Four items, scored by three agents.
//! let scores = [[0.0, 2.0, 5.0], [2.0, 0.0, 1.0], [4.0, 2.0, 0.0], [2.0, 4.0, 3.0]];
//! let agents = Mat::from_fn(4, 3, |item, agent| scores[item][agent]);
//! let target = Col::from_fn(4, |item| 0.5 * scores[item][0] + 0.5 * scores[item][1]);
//!
//! let factor = Factor::of(agents.as_ref(), target.as_ref(), None)?;
//! let found = fit(&factor, false)?;
//! assert!(found.simplex.mse < 1e-12);
//! assert!((found.simplex.weights[0] - 0.5).abs() < 1e-6);
//! assert!(found.singles[0].mse > 0.1);
//! # Ok::<(), suasion_regression::RegressionError>(())
//! ```

mod confirm;
mod curve;
mod error;
mod factor;
mod fit;
mod kernel;
mod monitor;
mod nonnegative;
mod reduce;
mod store;

pub use confirm::{WeightedSum, confirm};
pub use curve::{Band, CurveOptions, CurvePoint, ErrorCurve, FitMethod, curve, steps};
pub use error::RegressionError;
pub use factor::Factor;
pub use fit::{Calibrated, Combination, Kkt, Single, TargetFit, fit, nearest};
pub use monitor::Monitor;
pub use reduce::{ColumnRoles, FactorCell, Missing, Reduction, reduce};
