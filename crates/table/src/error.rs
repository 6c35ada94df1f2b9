//! Why there is no table.

use crate::Place;
use std::path::{Path, PathBuf};

/// The most columns' names in a message.
const MOST_NAMES: usize = 12;

/// Why a table cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file cannot be read.
    #[error("{}: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A file or a folder cannot be written.
    #[error("{}: {cause}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// A pattern of files is none, or there are no such files.
    #[error("{pattern}: {problem}")]
    Pattern {
        /// Which.
        pattern: String,
        /// What is wrong.
        problem: String,
    },
    /// A file is not what it should be.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A column is not what it should be.
    #[error("{}, column {column}: found {found}, expected {expected}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// What is there.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// A row is not what it should be.
    #[error("{place}: found {found}, expected {expected}")]
    Row {
        /// Where.
        place: Place,
        /// What is there.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// A field is not what it should be.
    #[error("{place}, column {column}: found {found}, expected {expected}")]
    Field {
        /// Where.
        place: Place,
        /// The column's name.
        column: String,
        /// What is there.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// Columns make no table.
    #[error("{what}: {problem}")]
    Output {
        /// Of what.
        what: String,
        /// Why.
        problem: String,
    },
}

impl TableError {
    /// Whether it is the fault of who asked: a file that is not as it should be, a folder that cannot be written.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Output { .. })
    }

    pub(crate) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |cause| Self::Read { path: path.into(), cause }
    }

    pub(crate) fn file(path: &Path, problem: impl Into<String>) -> Self {
        // Libraries tell in several lines what may as well stand in one.
        let problem = problem.into();
        let lines: Vec<&str> = problem.lines().map(str::trim).filter(|line| !line.is_empty()).take(2).collect();
        Self::File { path: path.into(), problem: lines.join(": ") }
    }

    /// A file lacks a column.
    pub(crate) fn missing<'a>(path: &Path, column: &str, columns: impl Iterator<Item = &'a str>) -> Self {
        let mut names: Vec<&str> = columns.take(MOST_NAMES + 1).collect();
        if names.len() > MOST_NAMES {
            names[MOST_NAMES] = "...";
        }
        let expected = format!("one of {}", names.join(", "));
        Self::Column { path: path.into(), column: column.into(), found: "no such column".into(), expected }
    }

    pub(crate) fn output(path: &Path, problem: String) -> Self {
        Self::Output { what: path.display().to_string(), problem }
    }

    pub(crate) fn damaged(path: &Path, cause: &dyn std::fmt::Display) -> Self {
        Self::file(path, format!("is damaged: {cause}"))
    }
}
