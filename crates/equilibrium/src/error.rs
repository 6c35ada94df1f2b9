//! Errors of the search for equilibria.

use suasion_model::ViewError;
use suasion_persuasion::PersuadeError;

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EquilibriumError {
    /// The solver failed, or a limit stopped it.
    #[error(transparent)]
    Persuade(#[from] PersuadeError),
    /// The game is not supported.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A prior or an agent does not exist, or numbers are too large to be summed.
    #[error(transparent)]
    Typed(#[from] suasion_model::TypedViewError),
    /// Something is too large.
    #[error("there are {found} {what}, and at most {most} are allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are allowed.
        most: usize,
    },
    /// A certificate was refused, which is a bug in this program.
    #[error("a certificate was refused, which is a bug in this program: {0}")]
    Refused(#[from] suasion_certificate::ProofError),
    /// The exact set requires that agents can offer the same schemes.
    #[error(
        "the agents observe different signals; the exact set of equilibria needs agents that share their information (dynamics do not)"
    )]
    DifferentSignals,
    /// A conversation rule does not fit the protocol.
    #[error("the conversation rule of {agent:?}: {cause}")]
    Rule {
        /// The agent's name.
        agent: String,
        /// The problem.
        cause: suasion_model::RuleError,
    },
    /// A plan does not belong to the game, or is incomplete.
    #[error("the plan: {problem}")]
    Plan {
        /// The problem.
        problem: String,
    },
    /// A number is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Number {
        /// The name of the number.
        what: &'static str,
        /// The number.
        found: f64,
        /// The numbers that are allowed.
        expected: &'static str,
    },
}
