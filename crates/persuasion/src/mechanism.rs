//! One agent runs a mechanism with a user who knows something by herself.
//!
//! *Problem.* They may converse for as many rounds as they like. By the revelation principle
//! (Myerson 1982), it is enough that the user reports her type and is then recommended an action: choose `pi(a|x,t) >= 0` with `sum_a pi(a|x,t) = 1` such
//! that no type `t` gains by reporting any `r` and doing what she likes upon each recommendation,
//!
//! ```text
//! sum_{x,a} pi(a|x,t) P_u[t][x][a]  >=  sum_a max_b sum_x pi(a|x,r) P_u[t][x][b]        for all t and r.
//! ```
//!
//! For `r = t` this is obedience. Polynomial, unlike the problem of the agent who speaks once;
//! never worth less to the agent, and worth the same where the user has one type. (Kolotilin,
//! Mylovanov, Zapechelnyuk & Li, Econometrica 2017, call this a persuasion mechanism, and what
//! speaks once an experiment; with two actions and their linear utilities the two are worth the
//! same.)
//!
//! *Method.* Row and column generation on one persistent model (`master`). Where the result of a
//! small game does not convince, it is solved again in exact arithmetic (`sure`). *Guarantee.* A
//! bound by weak duality, from the multipliers alone (`bound`). The conversation is exactly
//! plausible; what is missing of obedience and of truth is stated. Of several optima, it is the
//! best for the user.

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

/// The mechanism that maximizes `objective` among those in which the user reports her type and does
/// what is recommended, and which leave her at least `floor`; of several, one that is best for her.
///
/// # Errors
/// If no mechanism reaches the floor, the objective names an agent that there is not, or the
/// solver fails. That a limit of `settings` ended it is no error: see
/// [`Optimum::stopped`].
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

/// The optimum in floating point, for a floor and what it is in scaled units.
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

/// Full revelation, which is feasible whatever the floor.
fn revelation(kernel: &TypedKernel<'_>) -> Vec<Mass> {
    let pairs = (0..kernel.types()).flat_map(|t| (0..kernel.states()).map(move |i| (t, i)));
    pairs.map(|(t, i)| (t, i, kernel.best_action(t, i), kernel.mass[i])).collect()
}
