//! Errors of persuasion problems.

use suasion_lp::{Settings, Shortage, Stopped};

/// Why a problem has no solution, or why the solver did not find one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PersuadeError {
    /// No scheme leaves the user as much as the floor.
    #[error("infeasible: the user can get at most {most}, and the floor asks for {floor}")]
    Infeasible {
        /// The requested floor.
        floor: f64,
        /// The user's value under full information, which is the most that any scheme gives.
        most: f64,
    },
    /// The floor is not a finite number.
    #[error("the floor must be a finite number, found {0}")]
    BadFloor(f64),
    /// The scales of the utilities differ too much for binary64 numbers: a multiplier would not be
    /// finite.
    #[error(
        "the user's utilities (about {user:.0e}) and the agent's (about {objective:.0e}) are too far apart \
         or too large for a multiplier in binary64 numbers; multiply the utilities of one party by a \
         positive number"
    )]
    TooFarApart {
        /// The scale of the user's utilities.
        user: f64,
        /// The scale of the objective.
        objective: f64,
    },
    /// No method for a game of this shape fits in memory.
    #[error("a game of {states} states and {actions} actions takes {shortage}")]
    TooLarge {
        /// The number of states that have mass.
        states: usize,
        /// The number of actions that are not dominated.
        actions: usize,
        /// The memory that the smallest method needs, and the limit.
        shortage: Shortage,
    },
    /// A commitment game does not fit in memory.
    #[error("a game of {leader} x {follower} actions with {types} types of the follower takes {shortage}")]
    CommitmentTooLarge {
        /// The number of the leader's actions.
        leader: usize,
        /// The number of the follower's actions.
        follower: usize,
        /// The number of the follower's types.
        types: usize,
        /// The memory that the game needs, and the limit.
        shortage: Shortage,
    },
    /// The sensitivity of a quantal user is negative or not a finite number.
    #[error("the sensitivity eta must be a finite number of at least 0, found {0}")]
    BadSensitivity(f64),
    /// The problem has a floor and a quantal user: no bound can be proved for it.
    #[error("a problem with a quantal user cannot have a floor, found a floor of {0}")]
    QuantalFloor(f64),
    /// The objective does not fit the game.
    #[error(transparent)]
    BadObjective(#[from] suasion_model::TypedViewError),
    /// A limit stopped the computation.
    #[error("{0}")]
    Stopped(Stopped),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
    /// The solver reports something impossible: full information is always feasible and values are
    /// bounded.
    #[error(
        "the solver reports that the program is {0}, which is impossible for a persuasion program; this is a defect of the solver"
    )]
    Impossible(String),
}

impl PersuadeError {
    /// Refuses a game with this many states and actions if it needs more bytes than the limit
    /// allows.
    pub(crate) fn unless_it_fits(
        (states, actions): (usize, usize),
        needed: f64,
        settings: &Settings,
    ) -> Result<(), Self> {
        settings.check_memory(needed).map_err(|shortage| Self::TooLarge { states, actions, shortage })
    }

    /// Whether the request itself has no answer or does not fit in memory. Otherwise the
    /// computation failed.
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

    /// Whether rounding may have caused the error.
    pub(crate) fn is_of_solver(&self) -> bool {
        matches!(self, Self::Solver(_) | Self::Impossible(_))
    }
}

/// Returns the solution, or `None` if the solver failed, so that the caller can try another method.
pub(crate) fn unless_it_failed<T>(solved: Result<Option<T>, PersuadeError>) -> Result<Option<T>, PersuadeError> {
    match solved {
        Err(cause) if cause.is_of_solver() => Ok(None),
        other => other,
    }
}
