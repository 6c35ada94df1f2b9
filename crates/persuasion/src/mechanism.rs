//! Optimal mechanisms: a user with private types reports her type, and the agent recommends an
//! action.
//!
//! *Problem.* The agent and the user may exchange any number of messages. By the revelation
//! principle (Myerson 1982), it is enough that the user reports her type and is then recommended an
//! action. Choose `pi(a|x,t) >= 0` with `sum_a pi(a|x,t) = 1` such that no type `t` gains by
//! reporting any `r` and taking her favorite action after each recommendation,
//!
//! ```text
//! sum_{x,a} pi(a|x,t) P_u[t][x][a] >= sum_a max_b sum_x pi(a|x,r) P_u[t][x][b]   for all t, r.
//! ```
//!
//! For `r = t` this is obedience. The problem is polynomial, unlike that of an optimal experiment.
//! The optimal mechanism is never worse for the agent than the optimal experiment, and has the same
//! value if the user has one type. (Kolotilin, Mylovanov, Zapechelnyuk & Li, Econometrica 2017, use
//! the terms persuasion mechanism and experiment; with two actions and their linear utilities, the
//! two have the same value.)
//!
//! *Method.* Row and column generation on one incremental model (`master`). If the result of a
//! small game is not convincing, it is solved again in exact arithmetic (`sure`). *Guarantee.* A
//! bound by weak duality, from the multipliers alone (`bound`). The mechanism is exactly plausible;
//! the result states any remaining violation of obedience and truth-telling. Among several optima,
//! it is the best one for the user.

pub(crate) mod bound;
mod master;
mod proof;
mod repair;
mod sure;

use crate::PersuadeError;
use crate::optimum::{Effort, Optimum};
use crate::typed::TypedKernel;
use master::Master;
use suasion_certificate::{DoubleDeviationMultiplier, Floor, Mechanism, MechanismMultipliers, TruthMultiplier};
use suasion_lp::{Settings, Stopped};
use suasion_model::{MechanismScheme, Objective, TypedView};

/// Finds the mechanism that maximizes `objective` among those that are truthful and obedient and
/// leave the user at least `floor`. Among several optima, it returns one that is best for the user.
///
/// # Errors
/// If no mechanism reaches the floor, the objective names an agent that does not exist, or the
/// solver fails. Stopping at a limit of `settings` is not an error: see [`Optimum::stopped`].
pub fn mechanism(
    view: &TypedView,
    objective: &Objective,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<Optimum<Mechanism>, PersuadeError> {
    let kernel = TypedKernel::new(view, objective)?;
    let level = floor.map(|floor| kernel.floor(floor)).transpose()?;
    let stated = sure::surely(&kernel, objective, floor, fast(&kernel, floor.zip(level), settings), settings)?;
    let Stated { scheme, multipliers, floor, rounds, iterations, stopped } = stated;
    Ok(Optimum {
        communication: Mechanism,
        seat: view.seat(),
        objective: objective.clone(),
        scheme,
        bound: multipliers,
        floor,
        effort: Effort { rounds, iterations, nodes: 0 },
        stopped,
        unique: false,
    })
}

/// An optimum in terms of the view, and how it was found.
struct Stated {
    scheme: MechanismScheme,
    multipliers: MechanismMultipliers,
    floor: Option<Floor>,
    rounds: usize,
    iterations: u64,
    stopped: Option<Stopped>,
}

/// The optimum in floating point. The floor is given with its value in scaled units.
fn fast(kernel: &TypedKernel<'_>, floor: Option<(f64, f64)>, settings: &Settings) -> Result<Stated, PersuadeError> {
    let level = floor.map(|(_, level)| level);
    let mut master = Master::new(kernel, level.map(|level| kernel.asked(level)), settings)?;
    let (masses, duals, stopped) = match master.optimum() {
        Ok((masses, duals)) => (masses, duals, None),
        Err(PersuadeError::Stopped(stopped)) => (revelation(kernel), Duals::default(), Some(stopped)),
        Err(other) => return Err(other),
    };
    let (rounds, iterations) = master.effort();
    let scheme = repair::repaired(kernel, &masses, level, settings)?;
    let multiplier = duals.floor.max(0.0) * kernel.per_user();
    let multipliers = proof::true_multipliers(kernel, &duals);
    let floor = floor.map(|(value, _)| Floor { value, multiplier });
    Ok(Stated { scheme, multipliers, floor, rounds, iterations, stopped })
}

/// `(report, state, action, scaled mass)`.
type Mass = (usize, usize, usize, f64);

/// Multipliers in scaled units.
#[derive(Default)]
struct Duals {
    truth: Vec<TruthMultiplier>,
    double_deviations: Vec<DoubleDeviationMultiplier>,
    floor: f64,
}

/// Full information, which is feasible for any floor.
fn revelation(kernel: &TypedKernel<'_>) -> Vec<Mass> {
    let pairs = (0..kernel.types()).flat_map(|t| (0..kernel.states()).map(move |i| (t, i)));
    pairs.map(|(t, i)| (t, i, kernel.best_action(t, i), kernel.mass[i])).collect()
}
