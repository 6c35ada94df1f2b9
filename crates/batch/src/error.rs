//! Errors of batches.

use std::path::{Path, PathBuf};
use suasion_table::TableError;

/// Errors that stop a batch from being planned, run or merged. A problem with a single instance is
/// not one of these: it is a row in the batch's table of failures.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A table cannot be read or written, or the files do not exist.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file or a folder cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or a folder cannot be written.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or a folder is not what it should be.
    #[error("{}: {problem}", path.display())]
    Bad {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another run holds the shard.
    #[error("{}: is being written by {holder}; wait for it to end, or run another shard", path.display())]
    Busy {
        /// The shard's folder.
        path: PathBuf,
        /// The process that writes it.
        holder: String,
    },
    /// An option is not what it should be.
    #[error("{option}: found {found}, expected {expected}")]
    Option {
        /// Its name.
        option: String,
        /// The value that was given.
        found: String,
        /// The values that are allowed.
        expected: String,
    },
    /// Some units have no result.
    #[error("{}: {left} of {units} units have no result{who}; `suasion batch run` resumes them, and --partial merges the others", path.display())]
    Incomplete {
        /// The output.
        path: PathBuf,
        /// The number of units without a result.
        left: usize,
        /// The number of all units.
        units: usize,
        /// The shards that they belong to, if known.
        who: String,
    },
    /// The job scheduler refuses a request or does not answer.
    #[error("{0}")]
    Scheduler(String),
    /// No worker process can be started.
    #[error("no worker can be started: {0}")]
    Worker(String),
}

impl BatchError {
    /// Whether the caller can fix it: bad input, bad usage, or an output that cannot be written
    /// from the start.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Table(cause) => cause.is_usage(),
            Self::Read { .. } | Self::Bad { .. } | Self::Busy { .. } | Self::Option { .. } | Self::Scheduler(_) => true,
            Self::Write { cause, .. } => !suasion_table::is_full(cause),
            Self::Incomplete { .. } | Self::Worker(_) => false,
        }
    }

    pub(crate) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |cause| Self::Read { path: path.into(), cause }
    }

    pub(crate) fn write(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |cause| Self::Write { path: path.into(), cause }
    }

    pub(crate) fn bad(path: &Path, problem: impl Into<String>) -> Self {
        Self::Bad { path: path.into(), problem: problem.into() }
    }

    pub(crate) fn option(option: &str, found: &dyn std::fmt::Display, expected: impl Into<String>) -> Self {
        Self::Option { option: option.into(), found: format!("{found}"), expected: expected.into() }
    }
}
