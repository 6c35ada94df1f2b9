//! The alignment of an instance.

mod exact;
mod master;
mod measure;
mod presolve;
mod repair;
mod residuals;
mod rounding;
mod search;
mod settle;

use presolve::Reduced;
use search::{Found, search};
use settle::settle;
use suasion_certificate::{AlignmentProof, Measure, Offset, ProofError};
use suasion_lp::{Settings, Shortage, Stopped};
use suasion_model::Matrix;

/// Which weights and offsets are considered, and what is to be small.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignOptions {
    /// Whether the weights sum to one; else they are only non-negative.
    pub simplex: bool,
    /// What is added to the weighted sum. Default: a number per state, the premise of the theorems.
    pub offset: Offset,
    /// The slack `rho >= 0`, in the unit of the agents' utilities: what is small is `error + rho /
    /// 2 * (sum of the weights)`. Twice that is what the user loses at most in a profile from which
    /// no agent gains more than `rho` by deviating.
    pub slack: f64,
}

/// How many bytes are held of each utility of an agent, at most, beside the game itself.
const OF_UTILITY: f64 = 8.0;

impl AlignOptions {
    /// What a unit of weight costs. On the simplex all weights cost the same, which is as good as
    /// nothing.
    fn price(&self) -> f64 {
        if self.simplex { 0.0 } else { 0.5 * self.slack }
    }
}

/// Why there is no alignment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AlignError {
    /// A set is empty.
    #[error("there are no {0}, expected at least one of them")]
    Empty(&'static str),
    /// An agent's utility has another shape than the user's.
    #[error("the utility of agent {agent} is {rows} x {columns}, expected {expected_rows} x {expected_columns}")]
    Shape {
        /// Which agent, from 0.
        agent: usize,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The user's rows.
        expected_rows: usize,
        /// The user's columns.
        expected_columns: usize,
    },
    /// The slack is negative or no finite number.
    #[error("the slack must be a finite number, at least 0, found {0}")]
    BadSlack(f64),
    /// The game does not fit in memory.
    #[error("an alignment of {agents} agents over {states} states and {actions} actions takes {shortage}")]
    TooLarge {
        /// Agents.
        agents: usize,
        /// States.
        states: usize,
        /// Actions.
        actions: usize,
        /// What it would take, and what it may take.
        shortage: Shortage,
    },
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
    /// What was found cannot be put into numbers.
    #[error(transparent)]
    Refused(#[from] ProofError),
    /// The solver claims what cannot be: any weights are feasible, and errors are not negative.
    #[error("the solver says that the program is {0}, which no alignment is; this is a fault of the solver")]
    Impossible(String),
}

/// Weights that bring the hull nearest to the user's utility, and the measure that proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// What was asked for.
    pub options: AlignOptions,
    /// One weight per agent, at least 0.
    pub weights: Vec<f64>,
    /// The best offset: nothing, one number, or one per state, in the unit of the user's utility,
    /// rounded.
    pub offset: Vec<f64>,
    /// The largest residual of these weights with the best offset in magnitude, in the unit of the
    /// user's utility, rounded up.
    pub error: f64,
    /// The measure that bounds the error of all other weights.
    pub measure: Measure,
    /// How often the restricted program was solved.
    pub rounds: usize,
    /// Iterations of the simplex method in total.
    pub iterations: u64,
    /// Why it is not the optimum, if the computation ended early: then it is the best that was met.
    pub stopped: Option<Stopped>,
}

impl Alignment {
    /// The proof of this alignment.
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

/// The weights, and the offset, for which the largest residual `|sum_i w_i U_i(a,y) + c(y) -
/// u(a,y)|` is smallest. Utilities are `actions x states`.
///
/// It is a linear program with two rows per entry, of which only those are generated that matter
/// (the exchange method of Chebyshev approximation in its form by linear programming: Cheney &
/// Goldstein 1959, "Newton's method for convex programming and Tchebycheff approximation"). What it
/// leaves to be desired is mended in exact arithmetic.
///
/// # Errors
/// If shapes do not fit, the slack is none, or the solver fails. That a limit of `settings` ended
/// it is no error: see [`Alignment::stopped`].
pub fn align(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    settings: &Settings,
) -> Result<Alignment, AlignError> {
    check(user, agents, options)?;
    let (actions, states) = (user.rows(), user.columns());
    let needed = OF_UTILITY * (actions * states * agents.len()) as f64;
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
