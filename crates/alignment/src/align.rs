//! The alignment of a user's utility with the utilities of agents.

use crate::error::AlignError;
use crate::options::AlignOptions;
use crate::presolve::Reduced;
use crate::search::{Found, search};
use crate::settle::settle;
use suasion_certificate::{AlignmentProof, Measure};
use suasion_lp::{Settings, Stopped};
use suasion_model::Matrix;

/// Bytes of working memory for each entry of an agent's utility, at most, beside the game itself.
const BYTES_PER_ENTRY: f64 = 8.0;

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

/// Finds the weights and the offset that minimize the largest residual
/// `|sum_i w_i U_i(a,y) + c(y) - u(a,y)|`. Every utility is a matrix of actions x states.
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
