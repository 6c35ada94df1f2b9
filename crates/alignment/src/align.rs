//! The alignment of a user's utility with the utilities of agents.

use crate::presolve::Reduced;
use crate::search::{Found, search};
use crate::settle::settle;
use suasion_certificate::{AlignmentProof, Measure, Offset, ProofError};
use suasion_lp::{Settings, Shortage, Stopped};
use suasion_model::Matrix;

/// Which weights and offsets are allowed, and what is minimized.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignOptions {
    /// Whether the weights must sum to one. If not, they must only be non-negative.
    pub simplex: bool,
    /// What may be added to the weighted sum. The default is one number per state, the premise of
    /// the theorems.
    pub offset: Offset,
    /// The slack `rho >= 0`, in the unit of the agents' utilities. The objective is `error + rho /
    /// 2 * (sum of the weights)`. Twice the objective bounds what the user loses in a profile in
    /// which no agent gains more than `rho` by deviating.
    pub slack: f64,
}

/// Bytes of working memory for each entry of an agent's utility, at most, beside the game itself.
const BYTES_PER_ENTRY: f64 = 8.0;

impl AlignOptions {
    /// The price of a unit of weight. Weights that sum to one always cost the same, so there the
    /// price is zero.
    pub(crate) fn price(&self) -> f64 {
        if self.simplex { 0.0 } else { 0.5 * self.slack }
    }
}

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

/// The weights that bring the hull nearest to the user's utility, and the measure that proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// The options of the call.
    pub options: AlignOptions,
    /// One weight per agent, at least 0.
    pub weights: Vec<f64>,
    /// The best offset for these weights, rounded: no number, one number, or one per state, in the
    /// unit of the user's utility.
    pub offset: Vec<f64>,
    /// The largest absolute residual of these weights with the best offset, in the unit of the
    /// user's utility, rounded up.
    pub error: f64,
    /// The measure that bounds the error of all other weights.
    pub measure: Measure,
    /// How many times the restricted program was solved.
    pub rounds: usize,
    /// The total number of simplex iterations.
    pub iterations: u64,
    /// Why the computation ended early, if it did. The weights are then the best that were found.
    pub stopped: Option<Stopped>,
}

impl Alignment {
    /// The proof of this alignment, which `suasion-certificate` checks in exact arithmetic.
    #[must_use]
    pub fn proof(self) -> AlignmentProof {
        AlignmentProof {
            simplex: self.options.simplex,
            offset_kind: self.options.offset,
            slack: self.options.slack,
            weights: self.weights,
            measure: self.measure,
        }
    }
}

/// Finds the weights and the offset that minimize the largest residual `|sum_i w_i U_i(a,y) + c(y)
/// - u(a,y)|`. Every utility is a matrix of actions x states.
///
/// The linear program has two rows per entry. Only the rows that matter are generated, by the
/// exchange method of Chebyshev approximation in its form for linear programming (Cheney &
/// Goldstein 1959, "Newton's method for convex programming and Tchebycheff approximation"). Exact
/// arithmetic then repairs what rounding left.
///
/// # Errors
/// If the shapes do not match, the slack is not a finite number of at least 0, the game does not
/// fit in memory, or the solver fails. A limit in `settings` is not an error: see
/// [`Alignment::stopped`].
pub fn align(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    settings: &Settings,
) -> Result<Alignment, AlignError> {
    check(user, agents, options)?;
    let (actions, states) = (user.rows(), user.columns());
    let needed = BYTES_PER_ENTRY * (actions * states * agents.len()) as f64;
    settings.check_memory(needed).map_err(|shortage| AlignError::TooLarge {
        agents: agents.len(),
        states,
        actions,
        shortage,
    })?;
    let reduced = Reduced::new(user, agents, options);
    let Found { weights, measure, rounds, iterations, stopped } = search(&reduced, options, settings)?;
    let weights = reduced.true_weights(&weights, options);
    let settled = settle(user, agents, options, (weights, measure), settings.stopped().or(stopped), settings)?;
    Ok(Alignment {
        options: *options,
        weights: settled.weights,
        offset: settled.claims.offset,
        error: settled.claims.error,
        measure: settled.measure,
        rounds,
        iterations,
        stopped,
    })
}

fn check(user: &Matrix, agents: &[&Matrix], options: &AlignOptions) -> Result<(), AlignError> {
    let (expected_rows, expected_columns) = (user.rows(), user.columns());
    for (set, size) in [("actions", expected_rows), ("states", expected_columns), ("agents", agents.len())] {
        if size == 0 {
            return Err(AlignError::Empty(set));
        }
    }
    for (agent, utility) in agents.iter().enumerate() {
        let (rows, columns) = (utility.rows(), utility.columns());
        if (rows, columns) != (expected_rows, expected_columns) {
            return Err(AlignError::Shape { agent, rows, columns, expected_rows, expected_columns });
        }
    }
    if options.slack >= 0.0 && options.slack.is_finite() { Ok(()) } else { Err(AlignError::BadSlack(options.slack)) }
}
