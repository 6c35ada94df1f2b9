//! The paper's studies (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090).
//!
//! - [`Competition`]: does competition among agents help the user, where the hull condition holds and where it fails?
//! - [`Judges`]: is a human nearer to the hull of many language models' scores than to any one of them ([`data`]: what humans said)?
//! - [`Scaling`]: how do the solvers scale with the sizes of games and tables?
//!
//! and what studies share: means with bootstrap intervals ([`stats`]). Tables are written by `suasion-table`, pictures by `suasion-plot`.

pub mod competition;
pub mod data;
mod error;
pub mod judges;
pub mod scaling;
pub mod stats;
mod student;

pub use competition::{Competition, Findings, Setting};
pub use error::StudyError;
pub use judges::Judges;
pub use scaling::Scaling;
