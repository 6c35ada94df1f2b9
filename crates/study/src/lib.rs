//! The paper's studies (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090).
//!
//! - [`Competition`]: does competition among agents help the user if the hull condition holds, and
//!   if it fails?
//! - [`Judges`]: is a human closer to the hull of many language models' scores than to any one of
//!   them? ([`data`] holds the human judgments.)
//! - [`Scaling`]: how do the solvers scale with the sizes of games and tables?
//!
//! The studies share means with bootstrap intervals ([`stats`]). `suasion-table` writes tables, and
//! `suasion-plot` draws pictures.
//!
//! # Example
//!
//! ```
//! use suasion_study::stats::MeanEstimate;
//!
//! let estimate = MeanEstimate::new(&[1.0, 2.0, 3.0, 6.0], 7, 0).ok_or("an empty sample")?;
//! assert_eq!((estimate.mean, estimate.median), (3.0, 2.5));
//! assert!(estimate.low < estimate.mean && estimate.mean < estimate.high);
//! # Ok::<(), &str>(())
//! ```

pub mod competition;
pub mod data;
mod error;
pub mod judges;
pub mod scaling;
pub mod stats;
mod student;

pub use competition::{Competition, CompetitionFindings, Setting};
pub use error::StudyError;
pub use judges::Judges;
pub use scaling::Scaling;
