//! The paper's studies (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090).
//!
//! - [`Competition`]: does competition among agents help the user, where the hull condition holds and where it fails?
//!
//! and what studies share: tables that are written as CSV and as Parquet ([`table`]), pictures as SVG and PNG (`suasion-plot`), means with bootstrap
//! intervals ([`stats`]), and folders that get all their files or none ([`files`]).

pub mod competition;
mod error;
pub mod files;
pub mod stats;
pub mod table;

pub use competition::{Competition, Findings};
pub use error::StudyError;
