//! Why a persuasion problem was not solved.

use suasion_lp::{Settings, Shortage, Stopped};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PersuadeError {
    /// The floor is above what any scheme leaves the user.
    #[error("infeasible: the user can get at most {most}, and the floor asks for {floor}")]
    Infeasible {
        /// The floor that was asked for.
        floor: f64,
        /// Her value under full information, the most that any scheme gives.
        most: f64,
    },
    /// The floor is no finite number.
    #[error("the floor must be a finite number, found {0}")]
    BadFloor(f64),
    /// Utilities are too far apart for binary64 numbers: a multiplier would not be one.
    #[error(
        "the user's utilities (of the order of {user:.0e}) and the agent's (of the order of {objective:.0e}) are too far apart, or too large, for \
         binary64 numbers to hold a multiplier between them; multiply the utilities of one of them by a positive number"
    )]
    TooFarApart {
        /// What is at stake for the user.
        user: f64,
        /// What is at stake for the objective.
        objective: f64,
    },
    /// No method for a game of this shape fits in memory.
    #[error("a game of {states} states and {actions} actions takes {shortage}")]
    TooLarge {
        /// States that have mass.
        states: usize,
        /// Actions that are not dominated.
        actions: usize,
        /// What the method would take that takes the least, and what it may take.
        shortage: Shortage,
    },
    /// A game of commitment does not fit in memory.
    #[error("a game of {leader} x {follower} actions with {types} types of the follower takes {shortage}")]
    CommitmentTooLarge {
        /// The leader's actions.
        leader: usize,
        /// The follower's actions.
        follower: usize,
        /// The types of the follower.
        types: usize,
        /// What it would take, and what it may take.
        shortage: Shortage,
    },
    /// The sensitivity of a quantal user is negative, or no finite number.
    #[error("the sensitivity eta must be a finite number of at least 0, found {0}")]
    BadSensitivity(f64),
    /// A floor is asked for against a quantal user, of which nothing can be proved.
    #[error("no floor can be kept against a quantal user, found a floor of {0}")]
    QuantalFloor(f64),
    /// What is to be maximized does not fit the game.
    #[error(transparent)]
    BadObjective(#[from] suasion_model::TypedViewError),
    /// A limit ended the computation.
    #[error("{0}")]
    Stopped(Stopped),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
    /// The solver claims what cannot be: full revelation is always feasible and values are bounded.
    #[error("the solver says that the program is {0}, which no persuasion program is; this is a fault of the solver")]
    Impossible(String),
}

impl PersuadeError {
    /// Refuses a game, of so many states and actions, that takes more bytes than there are.
    pub(crate) fn unless_it_fits(
        (states, actions): (usize, usize),
        needed: f64,
        settings: &Settings,
    ) -> Result<(), Self> {
        settings.check_memory(needed).map_err(|shortage| Self::TooLarge { states, actions, shortage })
    }

    /// Whether it is what was asked for that has no answer, or does not fit here, rather than the work
    /// that failed.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Infeasible { .. }
                | Self::BadFloor(_)
                | Self::BadSensitivity(_)
                | Self::QuantalFloor(_)
                | Self::TooFarApart { .. }
                | Self::TooLarge { .. }
                | Self::CommitmentTooLarge { .. }
        )
    }

    /// Whether rounding may be what is behind it.
    pub(crate) fn is_of_solver(&self) -> bool {
        matches!(self, Self::Solver(_) | Self::Impossible(_))
    }
}

/// What was solved; none where the solver failed at it, so that another method is to be asked.
pub(crate) fn unless_it_failed<T>(solved: Result<Option<T>, PersuadeError>) -> Result<Option<T>, PersuadeError> {
    match solved {
        Err(cause) if cause.is_of_solver() => Ok(None),
        other => other,
    }
}
