//! The paper's studies (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090).
//!
//! - [`Competition`]: does competition among agents help the user, where the hull condition holds and where it fails?
//! - [`Scaling`]: how do the solvers scale with the sizes of games and tables?
//!
//! and what studies share: means with bootstrap intervals ([`stats`]). Tables are written by `suasion-table`, pictures by `suasion-plot`.

pub mod competition;
mod error;
pub mod scaling;
pub mod stats;

pub use competition::{Competition, Findings, Setting};
pub use error::StudyError;
pub use scaling::Scaling;
