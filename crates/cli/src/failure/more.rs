//! Failures of the commands that a build of the game commands alone lacks.

use super::Failure;
use suasion_batch::BatchError;
use suasion_label::LabelError;
use suasion_plot::PlotError;
use suasion_regression::RegressionError;
use suasion_report::ReportError;
use suasion_study::StudyError;
use suasion_table::TableError;

/// The errors of the crates behind these commands, each of which is a [`Failure`].
macro_rules! failures {
    ($($variant:ident($error:ident)),*) => {
        /// Why, in one message.
        #[derive(Debug, thiserror::Error)]
        pub enum MoreFailure {
            $(#[error(transparent)] $variant(#[from] $error),)*
        }

        $(impl From<$error> for Failure {
            fn from(cause: $error) -> Self {
                Self::More(Box::new(cause.into()))
            }
        })*
    };
}

failures!(
    Regression(RegressionError),
    Table(TableError),
    Plot(PlotError),
    Study(StudyError),
    Batch(BatchError),
    Report(ReportError),
    Label(LabelError)
);

impl MoreFailure {
    /// Whether the input or the usage is bad; else the work failed.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Regression(cause) => cause.is_usage(),
            Self::Table(cause) => cause.is_usage(),
            Self::Plot(_) => false,
            Self::Study(cause) => cause.is_usage(),
            Self::Batch(cause) => cause.is_usage(),
            Self::Report(cause) => cause.is_usage(),
            Self::Label(cause) => cause.is_usage(),
        }
    }
}
