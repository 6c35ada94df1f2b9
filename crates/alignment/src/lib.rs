//! How near one utility is to the hull of others, by linear programming.
//!
//! [`align()`] finds non-negative weights of the agents' utilities, and an offset, that minimize
//! the largest difference from the user's utility. This distance is the premise of the theorems of
//! Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090): if it is small, competition among the agents
//! gives the user almost as much as one perfectly aligned agent. With weights that sum to one the
//! hull is the convex hull; with weights that are only non-negative it is a cone.
//!
//! Each [`Alignment`] carries a measure. From it, `suasion-certificate` proves in exact arithmetic
//! that no other weights come nearer.
//!
//! # Example
//!
//! The user's utility is half the first agent's plus half the second's, so the distance is zero.
//!
//! ```
//! use suasion_alignment::{AlignOptions, align};
//! use suasion_lp::Settings;
//! use suasion_model::Matrix;
//!
//! // Utilities are actions x states, row by row.
//! let user = Matrix::new(2, 2, vec![1.0, 1.0, 0.0, 2.0]);
//! let first = Matrix::new(2, 2, vec![2.0, 0.0, 0.0, 2.0]);
//! let second = Matrix::new(2, 2, vec![0.0, 2.0, 0.0, 2.0]);
//!
//! let options = AlignOptions { simplex: true, ..AlignOptions::default() };
//! let alignment = align(&user, &[&first, &second], &options, &Settings::default())?;
//! assert!(alignment.error < 1e-9);
//! assert!((alignment.weights[0] - 0.5).abs() < 1e-9);
//! # Ok::<(), suasion_alignment::AlignError>(())
//! ```

mod align;
mod error;
mod exact;
mod master;
mod measure;
mod options;
mod presolve;
mod repair;
mod residuals;
mod rounding;
mod search;
mod settle;

pub use align::{Alignment, align};
pub use error::AlignError;
pub use options::AlignOptions;
pub use suasion_certificate::Offset;
