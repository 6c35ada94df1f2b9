//! Errors of reports.

use std::path::PathBuf;
use suasion_batch::BatchError;
use suasion_plot::PlotError;
use suasion_table::TableError;

/// Errors of reports.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The batch cannot be read.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// One of its tables cannot be read, or a page cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The batch has no tables yet.
    #[error("{}: is not merged yet; run `suasion batch merge` first (with --partial if units are left)", path.display())]
    NotMerged {
        /// The folder of its output.
        path: PathBuf,
    },
    /// A page cannot be written.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The path of the page is not a file name.
    #[error("{}: is not a file name, expected one such as report.html", path.display())]
    Name {
        /// The path that was given.
        path: PathBuf,
    },
}

impl ReportError {
    /// Whether the caller can fix it.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Batch(cause) => cause.is_usage(),
            Self::Table(cause) => cause.is_usage(),
            Self::Plot(_) => false,
            Self::NotMerged { .. } | Self::Write { .. } | Self::Name { .. } => true,
        }
    }
}
