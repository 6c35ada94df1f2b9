//! What the tests of several crates share: the files that ship, and a language model's server.
//!
//! No crate depends on this one but for its tests.

pub mod llm;

use std::path::{Path, PathBuf};

/// The root of the repository.
///
/// # Panics
/// If this crate is not in `crates/testkit`.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate is two folders deep").into()
}

/// A file of `instances/`, by its name there.
#[must_use]
pub fn instance(name: &str) -> PathBuf {
    root().join("instances").join(name)
}
