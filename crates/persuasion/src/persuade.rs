//! One agent's optimal scheme.

use crate::PersuadeError;
use crate::convincing::{is_convincing, keeps};
use crate::frontier::DirectSearch;
use crate::kernel::Kernel;
use crate::mix::mix;
use crate::multipliers::multipliers;
use crate::optimum::{Effort, Optimum};
use crate::regime::Regime;
use crate::repair::repaired;
use crate::sender::FrontierSearch;
use crate::simplex::{Duals, Simplex};
use crate::solver::{Solver, general};
use crate::weights::Weights;
use suasion_certificate::{Direct, Floor, Multiplier};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Objective, Scheme, Seat, TypedViewError, View};

/// The optimum of an objective that need not be a sum of the parties' utilities.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub scheme: Scheme,
    pub multipliers: Vec<Multiplier>,
    pub floor: Option<Floor>,
    pub unique: bool,
    pub effort: Effort,
    pub stopped: Option<Stopped>,
    pub doubtful: bool,
}

impl Solution {
    /// Converts the solution to the optimum of an objective.
    pub(crate) fn of(self, seat: Seat, objective: &Objective) -> Optimum<Direct> {
        Optimum {
            communication: Direct,
            seat,
            objective: objective.clone(),
            scheme: self.scheme,
            bound: self.multipliers,
            floor: self.floor,
            effort: self.effort,
            stopped: self.stopped,
            unique: self.unique,
        }
    }
}

/// Finds the scheme that maximizes `objective` among the obedient ones that leave the user at least
/// `floor`. Among several optima, it returns one that is best for the user. (Kamenica & Gentzkow
/// 2011; the linear program of Dughmi & Xu 2016, section 2, by row and column generation.)
///
/// # Errors
/// If no scheme reaches the floor, the objective names an agent that does not exist, or the solver
/// fails. Stopping at a limit of `settings` is not an error: see [`Optimum::stopped`]. The scheme
/// is then the better one of full and no information.
pub fn persuade(
    view: &View<'_>,
    objective: &Objective,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Optimum<Direct>, PersuadeError> {
    let utility = utility(view, objective)?;
    Ok(solve(view, &utility, floor, settings)?.of(view.seat, objective))
}

/// The objective as a matrix, `actions x observations`.
pub(crate) fn utility(view: &View<'_>, objective: &Objective) -> Result<Matrix, PersuadeError> {
    let size = view.agents.len();
    match objective.agents.iter().find(|&&(agent, _)| agent >= size) {
        Some(&(index, _)) => Err(TypedViewError::OutOfRange { what: "agent", index, size }.into()),
        None => Ok(objective.utility(view)),
    }
}

/// The same for any objective, `actions x observations`.
pub(crate) fn solve(
    view: &View<'_>,
    objective: &Matrix,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Solution, PersuadeError> {
    let kernel = Kernel::new(&view.prior, &view.user, objective);
    kernel.check_units()?;
    let level = floor.map(|floor| attainable(view, &kernel, floor)).transpose()?;
    let shaped = Regime::of(&kernel, Weights::OBJECTIVE, settings)?.is_shaped(&kernel);
    let solved = if level.is_none() {
        Solver::new(kernel, Weights::OBJECTIVE, settings)
            .and_then(|mut solver| unconstrained(&mut solver, Weights::USER))
            .map(Some)
    } else if let Some(floor) = floor.filter(|_| shaped) {
        at_floor(view, objective, floor, settings).map(Some)
    } else {
        general(kernel, Weights::OBJECTIVE, level, settings).and_then(|mut simplex| optimum(&mut simplex, floor))
    };
    or_fallback(surely(solved, view, objective, floor, settings), view, objective, floor)
}

/// If rounding affected a solve with a floor, returns the point of the frontier at the floor, by
/// the slow and reliable method. If that fails, returns the original solution.
pub(crate) fn surely(
    solved: Result<Option<Solution>, PersuadeError>,
    view: &View<'_>,
    objective: &Matrix,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Option<Solution>, PersuadeError> {
    let doubtful = match &solved {
        Ok(Some(optimum)) => optimum.doubtful,
        Ok(None) | Err(PersuadeError::Solver(_) | PersuadeError::Impossible(_)) => true,
        Err(_) => false,
    };
    let Some(floor) = floor.filter(|_| doubtful) else { return solved };
    let Some(search) = DirectSearch::precise(view, objective.clone(), settings) else { return solved };
    Ok(Some(point_at(view, &search, floor)))
}

/// The optimum with a floor if the game's shape requires a method that does not support floors: the
/// point of the frontier at the floor.
fn at_floor(view: &View<'_>, objective: &Matrix, floor: f64, settings: &Settings) -> Result<Solution, PersuadeError> {
    let mut search = DirectSearch::new(view, objective.clone(), settings)?;
    search.settle(view, floor)?;
    Ok(point_at(view, &search, floor))
}

/// The point of a frontier at a floor whose edge is settled.
fn point_at(view: &View<'_>, search: &DirectSearch, floor: f64) -> Solution {
    let (parts, (slope, multipliers)) = search.at_floor(floor);
    let parts: Vec<(f64, &Scheme)> = parts.iter().map(|(share, scheme)| (*share, scheme)).collect();
    Solution {
        scheme: mix(view, &parts),
        multipliers,
        floor: Some(Floor { value: floor, multiplier: slope }),
        unique: false,
        effort: Effort { rounds: search.solves(), ..Effort::default() },
        stopped: None,
        doubtful: false,
    }
}

/// If a limit stopped the computation, returns a result that needs no solver. If no scheme reaches
/// the floor, returns an error with the highest possible value.
pub(crate) fn or_fallback(
    solved: Result<Option<Solution>, PersuadeError>,
    view: &View<'_>,
    objective: &Matrix,
    floor: Option<f64>,
) -> Result<Solution, PersuadeError> {
    match solved {
        Ok(Some(optimum)) => Ok(optimum),
        Ok(None) => Err(PersuadeError::Infeasible { floor: floor.unwrap_or(f64::NAN), most: view.full_information() }),
        Err(PersuadeError::Stopped(stopped)) => Ok(fallback(view, objective, floor, stopped)),
        Err(other) => Err(other),
    }
}

/// The floor in scaled units. If it is full information, it is lowered by a rounding error.
pub(crate) fn attainable(view: &View<'_>, kernel: &Kernel, floor: f64) -> Result<f64, PersuadeError> {
    if !floor.is_finite() {
        return Err(PersuadeError::BadFloor(floor));
    }
    // Measured down from full information. A floor that is indistinguishable from it is feasible.
    let level = kernel.scaled_user_value(floor);
    let neighbour = floor.abs() * f64::EPSILON / kernel.true_user_value().0;
    let slack = 1e-12 * kernel.states() as f64;
    if level > slack + neighbour * kernel.states() as f64 {
        return Err(PersuadeError::Infeasible { floor, most: view.full_information() });
    }
    Ok(level.min(-slack))
}

/// The optimum of a master for the objective, with ties broken for the user. Returns `None` when no
/// scheme reaches the floor.
pub(crate) fn optimum(simplex: &mut Simplex, floor: Option<f64>) -> Result<Option<Solution>, PersuadeError> {
    simplex.restart(Weights::OBJECTIVE)?;
    let Some(duals) = simplex.solve(&|_, _| true)? else {
        return Ok(None);
    };
    let unique = simplex.break_ties(&duals, Weights::USER)?;
    let effort = simplex.take_effort();
    let (kernel, masses) = (&simplex.kernel, simplex.masses()?);
    let optimum = assembled(kernel, &masses, &duals, floor, unique, effort);
    let keeps_floor = floor.is_none_or(|floor| keeps(kernel, &masses, kernel.scaled_user_value(floor), duals.sigma));
    let doubtful = !keeps_floor || !is_convincing(kernel, &masses, &duals);
    Ok(Some(Solution { doubtful, ..optimum }))
}

/// The optimum of a game without a floor for the objective, with ties broken by `second`.
pub(crate) fn unconstrained(solver: &mut Solver, second: Weights) -> Result<Solution, PersuadeError> {
    solver.restart(Weights::OBJECTIVE)?;
    let duals = solver.solve()?;
    let unique = solver.break_ties(&duals, second)?;
    let effort = solver.take_effort();
    Ok(assembled(solver.kernel(), &solver.masses()?, &duals, None, unique, effort))
}

fn assembled(
    kernel: &Kernel,
    masses: &[(usize, usize, f64)],
    duals: &Duals,
    floor: Option<f64>,
    unique: bool,
    (rounds, iterations): (usize, u64),
) -> Solution {
    let per_user = kernel.objective_range / kernel.user_range;
    Solution {
        scheme: repaired(kernel, masses),
        multipliers: multipliers(kernel, duals, per_user),
        floor: floor.map(|value| Floor { value, multiplier: duals.sigma * per_user }),
        unique,
        effort: Effort { rounds, iterations, nodes: 0 },
        stopped: None,
        doubtful: false,
    }
}

/// A result that needs no solver: the better one of no and full information, and the bound without
/// multipliers.
fn fallback(view: &View<'_>, objective: &Matrix, floor: Option<f64>, stopped: Stopped) -> Solution {
    let (nothing, user_value) = (view.uninformative(), view.no_information().1);
    let revealed = |x: usize| {
        let worth = (0..view.actions()).map(|a| (view.user[(a, x)], objective[(a, x)]));
        worth.fold((f64::NEG_INFINITY, 0.0), |best, next| if next > best { next } else { best }).1
    };
    let all: f64 = (0..view.observations()).map(|x| view.prior[x] * revealed(x)).sum();
    let enough = floor.is_none_or(|floor| user_value >= floor);
    let reveals_nothing = enough && nothing.value(&view.prior, objective) > all;
    Solution {
        // A scheme without entries reveals every state.
        scheme: if reveals_nothing { nothing } else { Scheme::default() },
        multipliers: vec![],
        floor: floor.map(|value| Floor { value, multiplier: 0.0 }),
        unique: false,
        effort: Effort::default(),
        stopped: Some(stopped),
        doubtful: false,
    }
}
