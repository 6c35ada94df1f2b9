//! Why a batch is not planned, run or merged.

use std::path::{Path, PathBuf};
use suasion_table::TableError;

/// Why a batch is not planned, run or merged. What is wrong with an instance is none of these: that
/// is a failure in the batch's own table.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A table cannot be read or written, or there are no such files.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A file or a folder cannot be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or a folder cannot be written.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or a folder is not what it should be.
    #[error("{}: {problem}", path.display())]
    Bad {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another run has the shard.
    #[error("{}: is being written by {holder}; wait for it to end, or run another shard", path.display())]
    Busy {
        /// The shard's folder.
        path: PathBuf,
        /// Who writes it.
        holder: String,
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
    /// Units have no result.
    #[error("{}: {left} of {units} units have no result{who}; `suasion batch run` goes on with them, and --partial merges what there is", path.display())]
    Incomplete {
        /// The output.
        path: PathBuf,
        /// How many have none.
        left: usize,
        /// Of how many.
        units: usize,
        /// Whose they are, as far as that is known.
        who: String,
    },
    /// A scheduler of jobs refuses, or does not answer.
    #[error("{0}")]
    Scheduler(String),
    /// No process can be started to work in.
    #[error("no worker can be started: {0}")]
    Worker(String),
}

impl BatchError {
    /// Whether it is the fault of who asked: bad input, bad usage, an output that cannot be written
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
