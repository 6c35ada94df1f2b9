//! Errors of the studies.

use suasion_alignment::AlignError;
use suasion_equilibrium::EquilibriumError;
use suasion_persuasion::Stopped;
use suasion_regression::RegressionError;
use suasion_table::TableError;

/// Why a study failed.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A number is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Number {
        /// What the number is.
        what: &'static str,
        /// The number.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A game has no answer.
    #[error("seed {seed}, {condition}, {agents} agents: {cause}")]
    Game {
        /// The seed of the draw.
        seed: u64,
        /// The condition.
        condition: &'static str,
        /// The number of agents.
        agents: usize,
        /// The cause.
        cause: Box<GameError>,
    },
    /// The computation ended before the first seed was complete.
    #[error("{0} before the first seed was done")]
    Stopped(Stopped),
    /// The computation ended before there was any result.
    #[error("{0} before there was any result")]
    Ended(Stopped),
    /// The data are not valid.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// All items outside a fold have the same human utility.
    #[error(
        "without one of the folds, the human utility is the same for all remaining items; use more items or fewer folds"
    )]
    Flat,
    /// The fit failed.
    #[error(transparent)]
    Fit(Box<RegressionError>),
    /// A table, a file or a folder cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A workload that is measured has no answer.
    #[error(transparent)]
    Work(#[from] crate::scaling::WorkError),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Picture(#[from] suasion_plot::PlotError),
}

/// Why a game has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GameError {
    /// The engine failed.
    #[error(transparent)]
    Equilibrium(#[from] EquilibriumError),
    /// The alignment with the agents could not be computed.
    #[error("alignment: {0}")]
    Alignment(#[from] AlignError),
    /// The certificate of a result was refused.
    #[error("its own certificate is refused, which is a bug: {0}")]
    Certificate(String),
    /// No profile in which dynamics ended is proved to be an equilibrium.
    #[error("no equilibrium was found from {starts} starts")]
    NoEquilibrium {
        /// The number of starts.
        starts: usize,
    },
    /// A value violates a theorem.
    #[error("{what} is {found}, but theory says at least {least}, which is a bug")]
    Theory {
        /// What the value is.
        what: &'static str,
        /// The value found.
        found: f64,
        /// The smallest value that the theorem allows.
        least: f64,
    },
}

impl From<RegressionError> for StudyError {
    fn from(cause: RegressionError) -> Self {
        Self::Fit(Box::new(cause))
    }
}

impl StudyError {
    /// Whether the user is at fault: bad numbers, or a folder that cannot be written.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Number { .. } | Self::Data(_) | Self::Flat => true,
            Self::Table(cause) => cause.is_usage(),
            Self::Fit(cause) => cause.is_usage(),
            _ => false,
        }
    }
}
