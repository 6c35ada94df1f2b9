//! Why a table could not be read or written.

use crate::TablePlace;
use std::path::{Path, PathBuf};

/// The most column names in a message.
const MOST_NAMES: usize = 12;

/// Why a table cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file cannot be read.
    #[error("{}: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// A file or a folder cannot be written.
    #[error("{}: {cause}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
    /// A pattern of files is invalid or matches no file.
    #[error("{pattern}: {problem}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The problem.
        problem: String,
    },
    /// The content of a file is invalid.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A column has the wrong content.
    #[error("{}, column {column}: found {found}, expected {expected}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column's name.
        column: String,
        /// What the file has.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A row is invalid.
    #[error("{place}: found {found}, expected {expected}")]
    Row {
        /// The row.
        place: TablePlace,
        /// What the file has.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A field is invalid.
    #[error("{place}, column {column}: found {found}, expected {expected}")]
    Field {
        /// The row.
        place: TablePlace,
        /// The column's name.
        column: String,
        /// What the file has.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// Columns do not form a table.
    #[error("{what}: {problem}")]
    Output {
        /// The columns or the file.
        what: String,
        /// The problem.
        problem: String,
    },
}

impl TableError {
    /// Whether the user is at fault: for example, a file is invalid, or a folder is not writable.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Output { .. })
    }

    pub(crate) fn read(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |cause| Self::Read { path: path.into(), cause }
    }

    pub(crate) fn file(path: &Path, problem: impl Into<String>) -> Self {
        // Some libraries spread a message over several lines; these are joined.
        let problem = problem.into();
        let lines: Vec<&str> = problem.lines().map(str::trim).filter(|line| !line.is_empty()).take(2).collect();
        Self::File { path: path.into(), problem: lines.join(": ") }
    }

    /// The error for a file that lacks a column.
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
