//! The paper's studies (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090).
//!
//! - [`Competition`]: does competition among agents help the user, where the hull condition holds and where it fails?
//!
//! and what studies share: pictures as SVG and PNG ([`plot`]), means with bootstrap intervals ([`stats`]).

pub mod competition;
mod error;
pub mod plot;
pub mod stats;

pub use competition::{Competition, Findings};
pub use error::StudyError;
