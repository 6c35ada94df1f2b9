//! Why there is no alignment.

use suasion_certificate::ProofError;
use suasion_lp::Shortage;

/// Why an alignment could not be computed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AlignError {
    /// A set of actions, states, or agents is empty.
    #[error("there are no {0}, expected at least one")]
    Empty(&'static str),
    /// An agent's utility does not have the shape of the user's.
    #[error("the utility of agent {agent} is {rows} x {columns}, expected {expected_rows} x {expected_columns}")]
    Shape {
        /// The agent, from 0.
        agent: usize,
        /// The agent's number of rows.
        rows: usize,
        /// The agent's number of columns.
        columns: usize,
        /// The user's number of rows.
        expected_rows: usize,
        /// The user's number of columns.
        expected_columns: usize,
    },
    /// The slack is negative, infinite, or NaN.
    #[error("the slack must be a finite number, at least 0, found {0}")]
    BadSlack(f64),
    /// The game does not fit in memory.
    #[error("an alignment of {agents} agents over {states} states and {actions} actions takes {shortage}")]
    TooLarge {
        /// The number of agents.
        agents: usize,
        /// The number of states.
        states: usize,
        /// The number of actions.
        actions: usize,
        /// How much memory it needs, and how much it may use.
        shortage: Shortage,
    },
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
    /// The weights or the measure overflow binary64 numbers.
    #[error(transparent)]
    Refused(#[from] ProofError),
    /// The solver's answer cannot be true: all weights are feasible, and no error is negative.
    #[error("the solver reports {0}, which is impossible for an alignment; this is a bug in the solver")]
    Impossible(String),
}
