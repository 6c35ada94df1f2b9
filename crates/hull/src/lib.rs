//! How near one utility is to the hull of others.
//!
//! - [`align()`]: the smallest largest difference between a user's utility and a weighted sum of agents' utilities, with or without an
//!   offset (the premise of Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090, whose theorems say what it is good for).
//!
//! What is found comes with a measure, from which `suasion-certificate` proves in exact arithmetic that nothing is nearer.

mod alignment;

pub use alignment::{AlignError, AlignOptions, Alignment, align};
pub use suasion_certificate::Offset;
