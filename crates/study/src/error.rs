//! Why there is no study.

use suasion_alignment::AlignError;
use suasion_equilibrium::EquilibriumError;
use suasion_persuasion::Stopped;
use suasion_regression::RegressionError;
use suasion_table::TableError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A number is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Number {
        /// What it is.
        what: &'static str,
        /// The number.
        found: String,
        /// What is expected.
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
        /// Why.
        cause: Box<GameError>,
    },
    /// The computation was to end before there was anything to tell.
    #[error("{0} before the first seed was done")]
    Stopped(Stopped),
    /// The computation was to end before there was anything to tell.
    #[error("{0} before there was anything to tell")]
    Ended(Stopped),
    /// Data are not what they should be.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// All that a fold leaves is alike.
    #[error(
        "without one of the folds, the human utility is the same for all items that are left; expected one that varies in all: more items, or fewer folds"
    )]
    Flat,
    /// There is no fit.
    #[error(transparent)]
    Fit(Box<RegressionError>),
    /// A table, a file or a folder cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A work that is measured has no answer.
    #[error(transparent)]
    Work(#[from] crate::scaling::WorkError),
    /// A picture cannot be drawn.
    #[error(transparent)]
    Picture(#[from] suasion_plot::PlotError),
}

/// Why a game has no answer.
#[derive(Debug, thiserror::Error)]
pub enum GameError {
    /// The engine has none.
    #[error(transparent)]
    Equilibrium(#[from] EquilibriumError),
    /// The alignment with the agents has none.
    #[error("alignment: {0}")]
    Alignment(#[from] AlignError),
    /// The certificate of a result is refused.
    #[error("its own certificate is refused, which is a fault of this program: {0}")]
    Certificate(String),
    /// No profile that dynamics ended in is proved to be an equilibrium.
    #[error("no equilibrium was found from {starts} starts")]
    NoEquilibrium {
        /// How many starts there were.
        starts: usize,
    },
    /// A theorem is violated.
    #[error("{what} is {found}, and theory says at least {least}, which is a fault of this program")]
    Theory {
        /// What.
        what: &'static str,
        /// How much it is.
        found: f64,
        /// How much it has to be.
        least: f64,
    },
}

impl From<RegressionError> for StudyError {
    fn from(cause: RegressionError) -> Self {
        Self::Fit(Box::new(cause))
    }
}

impl StudyError {
    /// Whether it is the fault of who asked: bad numbers, a folder that cannot be written.
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
