//! The alignment of an instance.

mod master;
mod measure;
mod residuals;
mod scale;

use master::{Master, Point, Solved};
use measure::measure;
use residuals::{Extremes, Residuals};
use scale::Scale;
use suasion_certificate::{AlignmentProof, Measure, Offset};
use suasion_lp::{Settings, Stopped};
use suasion_model::Matrix;

/// Which weights and offsets are considered, and what is to be small.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignOptions {
    /// Whether the weights sum to one; else they are only non-negative.
    pub simplex: bool,
    /// What is added to the weighted sum. Default: a number per state, the premise of the theorems.
    pub offset: Offset,
    /// The slack `rho >= 0`, in the unit of the agents' utilities: what is small is `error + rho / 2 * (sum of the weights)`. Twice that is
    /// what the user loses at most in a profile from which no agent gains more than `rho` by deviating.
    pub slack: f64,
}

impl AlignOptions {
    /// What a unit of weight costs. On the simplex all weights cost the same, which is as good as nothing.
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
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] suasion_lp::Error),
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
    /// Nothing, one number, or one per state, in the unit of the user's utility.
    pub offset: Vec<f64>,
    /// The largest residual of these weights and this offset in magnitude, in the unit of the user's utility, up to rounding; its
    /// certificate has the exact one.
    pub error: f64,
    /// The measure that bounds the error of all other weights.
    pub measure: Measure,
    /// The sum of weights up to which the bound is to hold.
    pub weight_limit: f64,
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
            offset: self.offset,
            measure: self.measure,
            weight_limit: self.weight_limit,
        }
    }
}

/// A cut is new if it is violated by more, in scaled units.
const THRESHOLD: f64 = 1e-10;
/// The most cuts that a round adds, per agent. More make fewer rounds of longer solves.
const PER_AGENT: usize = 2;
/// What a round may add however few agents there are.
const AT_LEAST: usize = 64;

/// The weights, and the offset, for which the largest residual `|sum_i w_i U_i(a,y) + c(y) - u(a,y)|` is smallest. Utilities are
/// `actions x states`.
///
/// It is a linear program with two rows per entry, of which only those are generated that matter (the exchange method of Chebyshev
/// approximation in its form by linear programming: Cheney & Goldstein 1959, "Newton's method for convex programming and Tchebycheff
/// approximation").
///
/// # Errors
/// If shapes do not fit, the slack is none, or the solver fails. That a limit of `settings` ended it is no error: see
/// [`Alignment::stopped`].
pub fn align(
    user: &Matrix,
    agents: &[&Matrix],
    options: &AlignOptions,
    settings: &Settings,
) -> Result<Alignment, AlignError> {
    check(user, agents, options)?;
    let per_round = (PER_AGENT * agents.len()).max(AT_LEAST);
    let scale = Scale::new(user, agents, options);
    let residuals = Residuals::new(user, agents, 2 * per_round);
    let mut master = Master::new(user, agents, options, &scale, settings)?;
    let mut point = start(agents.len(), options);
    let mut best = Met { objective: f64::INFINITY, weights: Vec::new(), offset: Vec::new(), error: f64::INFINITY };
    let mut bound = Measure::zero(options.offset);
    let (mut rounds, mut stopped) = (0, None);
    loop {
        let survey = residuals.survey(&point.weights);
        let met = Met::new(&survey.states, &point.weights, options);
        if met.objective < best.objective {
            best = met;
        }
        let gap = best.objective / scale.user - point.objective;
        if rounds > 0 {
            master.drop_slack(point.objective, gap)?;
        }
        let found = master.add(&survey, &point, per_round, THRESHOLD)?;
        if settings.verbose {
            eprintln!(
                "align: round {rounds}, {} rows, {found} of them new, {} iterations, error {}, gap {gap:.1e}",
                master.cuts().len(),
                master.iterations,
                best.error
            );
        }
        if found == 0 {
            break;
        }
        stopped = settings.stopped();
        if stopped.is_some() {
            break;
        }
        match master.solve()? {
            Solved::Optimal(next) => point = next,
            Solved::Stuck => break,
            Solved::Stopped(why) => {
                stopped = Some(why);
                break;
            }
        }
        if options.simplex {
            sum_to_one(&mut point.weights);
        }
        bound = measure(options.offset, master.cuts(), &master.multipliers()?);
        rounds += 1;
    }
    // The limit is ten times the weights that were found, and at least ten times
    // what it takes to make an agent's range as wide as the user's.
    let total: f64 = best.weights.iter().sum();
    let unit = scale.user / scale.agents.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    Ok(Alignment {
        options: *options,
        weights: best.weights,
        offset: best.offset,
        error: best.error,
        measure: bound,
        weight_limit: (10.0 * total.max(unit)).min(f64::MAX),
        rounds,
        iterations: master.iterations,
        stopped,
    })
}

/// Where the search starts: nowhere, or in the middle.
fn start(agents: usize, options: &AlignOptions) -> Point {
    let mut weights = vec![0.0; agents];
    if options.simplex {
        weights.fill(1.0 / agents as f64);
        sum_to_one(&mut weights);
    }
    Point { weights, offset: 0.0, error: f64::NEG_INFINITY, objective: f64::NEG_INFINITY }
}

/// Makes non-negative weights whose sum is about one sum to one exactly: whole multiples of `2^-53`, of which the largest takes what
/// rounding leaves.
fn sum_to_one(weights: &mut [f64]) {
    const ONE: i64 = 1 << 53;
    let total: f64 = weights.iter().sum();
    let total = if total > 0.0 { total } else { 1.0 };
    let mut units: Vec<i64> = weights.iter().map(|weight| (weight / total * ONE as f64).round() as i64).collect();
    let rest = ONE - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += rest;
    }
    for (weight, unit) in weights.iter_mut().zip(units) {
        *weight = unit as f64 / ONE as f64;
    }
}

/// Weights that were met, with the best offset for them.
struct Met {
    /// In the unit of the user's utility.
    objective: f64,
    weights: Vec<f64>,
    offset: Vec<f64>,
    error: f64,
}

impl Met {
    /// What weights come to, given the extremes of their residuals at every state.
    fn new(states: &[Extremes], weights: &[f64], options: &AlignOptions) -> Self {
        // Subtracted from zero, so that it is never minus zero.
        let middle = |low: f64, high: f64| 0.0 - (0.5 * low + 0.5 * high);
        let low = states.iter().map(|state| state.low.value).fold(f64::INFINITY, f64::min);
        let high = states.iter().map(|state| state.high.value).fold(f64::NEG_INFINITY, f64::max);
        let distance = |low: f64, high: f64, offset: f64| (high + offset).abs().max((low + offset).abs());
        let (offset, error) = match options.offset {
            Offset::None => (vec![], distance(low, high, 0.0)),
            Offset::Constant => {
                let offset = middle(low, high);
                (vec![offset], distance(low, high, offset))
            }
            Offset::PerState => {
                let offset: Vec<f64> = states.iter().map(|state| middle(state.low.value, state.high.value)).collect();
                let errors = states.iter().zip(&offset);
                let error = errors
                    .map(|(state, &offset)| distance(state.low.value, state.high.value, offset))
                    .fold(0.0, f64::max);
                (offset, error)
            }
        };
        let objective = error + options.price() * weights.iter().sum::<f64>();
        Self { objective, weights: weights.to_vec(), offset, error }
    }
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
