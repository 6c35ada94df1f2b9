//! Why there is no equilibrium to tell of.

use suasion_model::ViewError;
use suasion_persuasion::PersuadeError;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EquilibriumError {
    /// The kernel has no answer, or a limit ended it.
    #[error(transparent)]
    Persuade(#[from] PersuadeError),
    /// The game is not one that this can treat.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A prior or an agent that there is not, or numbers too large to be summed.
    #[error(transparent)]
    Typed(#[from] suasion_model::TypedViewError),
    /// There is more to look at than is reasonable.
    #[error("there are {found} {what}, and at most {most} are looked at")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A certificate was refused, which is a fault of this program.
    #[error("a certificate was refused, which is a fault of this program: {0}")]
    Refused(#[from] suasion_certificate::ProofError),
    /// The exact set needs agents of whom each can offer what another offers.
    #[error(
        "the agents observe different signals; the exact set of equilibria needs agents that share their information (dynamics do not)"
    )]
    DifferentSignals,
    /// A conversation rule is none of the protocol.
    #[error("the conversation rule of {agent:?}: {cause}")]
    Rule {
        /// Whose it is.
        agent: String,
        /// What is wrong.
        cause: suasion_model::RuleError,
    },
    /// A plan is none of the game, or does not say enough.
    #[error("the plan: {problem}")]
    Plan {
        /// What is wrong.
        problem: String,
    },
    /// A number is out of its range.
    #[error("{what}: found {found}, expected {expected}")]
    Number {
        /// What it is.
        what: &'static str,
        /// The number.
        found: f64,
        /// What is expected.
        expected: &'static str,
    },
}
