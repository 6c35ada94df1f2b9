//! Errors of labeling.

use std::path::{Path, PathBuf};
use suasion_table::TableError;

/// Why labeling could not start, or why it ended. A problem with a single label is not an error: it
/// is a failure, which the store keeps in a table of its own.
#[derive(Debug, thiserror::Error)]
pub enum LabelError {
    /// A table cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// A file cannot be written.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {problem}", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// The place in the file, and what is wrong there.
        problem: String,
    },
    /// Another run is writing to the store.
    #[error("{}: is being written by {holder}; wait for it to end, or name another store", path.display())]
    Busy {
        /// The store.
        path: PathBuf,
        /// The process that is writing to it.
        holder: String,
    },
    /// The database returned an error.
    #[error("{}: {cause}", path.display())]
    Database {
        /// The store.
        path: PathBuf,
        /// The cause.
        cause: rusqlite::Error,
    },
    /// An option has a bad value.
    #[error("{option}: found {found}, expected {expected}")]
    Option {
        /// The option.
        option: String,
        /// The value given.
        found: String,
        /// The values that are allowed.
        expected: String,
    },
    /// The endpoint refuses every call, or does not answer.
    #[error("{endpoint}: {problem}")]
    Endpoint {
        /// Its base address.
        endpoint: String,
        /// What is wrong.
        problem: String,
    },
}

impl LabelError {
    /// Whether the user is at fault: bad input, bad usage, or a store that could not be written
    /// from the start.
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
