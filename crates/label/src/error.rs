//! Why nothing is labelled, or why it ends.

use std::path::{Path, PathBuf};
use suasion_table::TableError;

/// Why nothing is labelled, or why it ends. What is wrong with one label is none of these: that is a failure in the store's own table.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Bad {
        /// Which.
        path: PathBuf,
        /// Where in it and what is wrong.
        problem: String,
    },
    /// Another run writes the store.
    #[error("{}: is being written by {holder}; wait for it to end, or name another store", path.display())]
    Busy {
        /// The store.
        path: PathBuf,
        /// Who writes it.
        holder: String,
    },
    /// The database refuses.
    #[error("{}: {cause}", path.display())]
    Database {
        /// The store.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
    /// An option is not what it should be.
    #[error("{option}: found {found}, expected {expected}")]
    Option {
        /// Which.
        option: String,
        /// What was given.
        found: String,
        /// What would do.
        expected: String,
    },
    /// The endpoint refuses everything, or does not answer.
    #[error("{endpoint}: {problem}")]
    Endpoint {
        /// Its base address.
        endpoint: String,
        /// What is wrong.
        problem: String,
    },
}

impl LabelError {
    /// Whether it is the fault of who asked: bad input, bad usage, a store that cannot be written from the start.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Table(cause) => cause.is_usage(),
            Self::Read { .. } | Self::Bad { .. } | Self::Busy { .. } | Self::Option { .. } => true,
            Self::Write { cause, .. } => !suasion_table::is_full(cause),
            Self::Database { cause, .. } => !matches!(
                cause.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure)
            ),
            Self::Endpoint { .. } => false,
        }
    }

    pub(crate) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |cause| Self::Read { path: path.into(), cause }
    }

    pub(crate) fn bad(path: &Path, problem: impl Into<String>) -> Self {
        Self::Bad { path: path.into(), problem: problem.into() }
    }

    pub(crate) fn database(path: &Path) -> impl Fn(rusqlite::Error) -> Self {
        move |cause| Self::Database { path: path.into(), cause }
    }

    pub(crate) fn option(option: &str, found: &dyn std::fmt::Display, expected: impl Into<String>) -> Self {
        Self::Option { option: option.into(), found: found.to_string(), expected: expected.into() }
    }
}
