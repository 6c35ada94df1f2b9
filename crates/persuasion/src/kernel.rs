//! The persuasion problem in the units in which it is solved.

mod inside;

use crate::PersuadeError;
use crate::presolve::{Reduced, dominated, objective_stakes, power, price_out, reduce, uninformed, units};
use crate::weights::Weights;
pub(crate) use inside::Inside;
use rayon::prelude::*;
use std::sync::OnceLock;
use suasion_model::{Level, Matrix};
use twofloat::TwoFloat;

/// A game with at most this many columns, `n m`, is solved again in double-double precision if
/// rounding affects its result.
const PRECISE: usize = 2_500;

/// One agent against one user, presolved and scaled. It omits states of zero probability and
/// actions that no belief makes optimal, and it subtracts functions of the state alone. What is at
/// stake is about one, in each state and for each party. So solvers' absolute tolerances mean the
/// same for every instance.
///
/// The true multipliers satisfy `rho = rho_scaled * objective_range / user_range`.
#[derive(Clone)]
pub(crate) struct Kernel {
    /// The states that have mass, as indices of the view.
    pub states: Vec<usize>,
    /// Their masses in units of the states, `[n]`, with a mean of about one.
    pub mass: Vec<f64>,
    /// The remaining actions, `[m]`, as indices of the view.
    pub action_names: Vec<usize>,
    /// The user's scaled utility, at most 0, `m x n`.
    pub user: Matrix,
    /// The same, `n x m`: separation reads all actions of one state.
    pub user_by_state: Matrix,
    /// The objective's scaled utility, 0 at the user's best actions, `m x n`.
    pub objective: Matrix,
    /// The user's best action in each state, `[n]`. Ties are broken for the objective.
    pub best_action: Vec<usize>,
    pub user_range: f64,
    pub objective_range: f64,
    /// The user's utility of her best action in each state, in true units, `[n]`.
    level: Vec<f64>,
    /// The user's value of full information, in true units. A floor is measured from it, so it is
    /// stored in double-double precision.
    full: Level,
    /// The unit of each state, `[n]`.
    state_unit: Vec<f64>,
    /// The value of a scaled unit of mass, in units of the states.
    unit: f64,
    dropped: Vec<Dropped>,
    /// The unrounded utilities, if the game is small enough for the precise method.
    exact: Option<Exact>,
    /// A posterior strictly inside the region of each action, `[m]`, computed once when a repair
    /// needs it.
    pub inside: Vec<OnceLock<Option<Inside>>>,
}

/// The original utilities of the kernel's states and actions. Scaled differences of them are exact
/// in double-double precision.
#[derive(Clone)]
struct Exact {
    /// `m x n`.
    user: Matrix,
    objective: Matrix,
    /// The objective of the user's action under full information, `[n]`.
    base: Vec<f64>,
}

/// An action that is worse for the user than another one in every state.
#[derive(Clone)]
struct Dropped {
    /// The action, as an index of the view.
    action: usize,
    /// The other action, as an index of the kernel.
    by: usize,
    /// The scaled utilities of the user and of the objective, `[n]`.
    user: Vec<f64>,
    objective: Vec<f64>,
}

impl Kernel {
    /// The kernel of a prior.
    pub(crate) fn new(prior: &[f64], user: &Matrix, objective: &Matrix) -> Self {
        let states = (0..prior.len()).filter(|&state| prior[state] > 0.0).collect();
        Self::over(states, prior, user, objective)
    }

    /// A kernel over some states. `prior` should be typical of the priors that it will be used
    /// with.
    pub(crate) fn over(states: Vec<usize>, prior: &[f64], user: &Matrix, objective: &Matrix) -> Self {
        let true_mass: Vec<f64> = states.iter().map(|&state| prior[state]).collect();
        let (true_user, true_objective) = (user, objective);
        let Reduced { user, objective, level, best } = reduce(user, objective, &states);
        let losers = dominated(&user, &best, uninformed(&user, &true_mass));
        let action_names: Vec<usize> = (0..user.rows()).filter(|&a| losers[a].is_none()).collect();
        let kept =
            |utility: &Matrix| Matrix::from_fn(action_names.len(), states.len(), |a, y| utility[(action_names[a], y)]);
        let units = units(&kept(&user), &kept(&objective), &true_mass);
        let scale = |utility: &Matrix, unit: f64| {
            Matrix::from_fn(utility.rows(), states.len(), |a, y| utility[(a, y)] / units.state[y] / unit)
        };
        let (user, objective) = (scale(&user, units.user), scale(&objective, units.objective));
        let place = |a: usize| action_names.partition_point(|&other| other < a);
        let dropped = losers.iter().enumerate().filter_map(|(action, by)| {
            let by = place((*by)?);
            Some(Dropped { action, by, user: user.row(action).to_vec(), objective: objective.row(action).to_vec() })
        });
        let dropped = dropped.collect();
        let small = action_names.len() * states.len() <= PRECISE;
        let given = |utility: &Matrix| {
            Matrix::from_fn(action_names.len(), states.len(), |a, y| utility[(action_names[a], states[y])])
        };
        let exact = small.then(|| Exact {
            user: given(true_user),
            objective: given(true_objective),
            base: states.iter().zip(&best).map(|(&y, &a)| true_objective[(a, y)]).collect(),
        });
        let (user, objective) = (kept(&user), kept(&objective));
        let mut kernel = Self {
            mass: vec![0.0; states.len()],
            best_action: best.into_iter().map(place).collect(),
            user_by_state: Matrix::from_fn(states.len(), user.rows(), |y, a| user[(a, y)]),
            user,
            objective,
            user_range: units.user,
            objective_range: units.objective,
            state_unit: units.state,
            level,
            full: Level::default(),
            unit: 1.0,
            dropped,
            exact,
            inside: vec![],
            action_names,
            states,
        };
        kernel.set_prior(prior);
        kernel
    }

    /// Changes the prior. Only the states of the kernel may have mass.
    pub(crate) fn set_prior(&mut self, prior: &[f64]) {
        // The best posterior depends on which states have mass.
        self.inside = vec![OnceLock::new(); self.user.rows()];
        self.mass.clear();
        self.mass.extend(self.states.iter().zip(&self.state_unit).map(|(&state, unit)| prior[state] * unit));
        self.full = Level::default();
        self.states.iter().zip(&self.level).for_each(|(&state, &level)| self.full.add(prior[state], level));
        self.unit = power(self.mass.iter().sum::<f64>() / self.states.len().max(1) as f64);
        for mass in &mut self.mass {
            *mass /= self.unit;
        }
    }

    /// A thinned game in the same units that approximates this one: every `stride`-th state
    /// represents its neighbors.
    pub(crate) fn thinned(&self, stride: usize) -> Self {
        let kept: Vec<usize> = (0..self.states()).step_by(stride).collect();
        let columns = |utility: &Matrix| Matrix::from_fn(utility.rows(), kept.len(), |a, y| utility[(a, kept[y])]);
        let some = |numbers: &[f64]| kept.iter().map(|&y| numbers[y]).collect();
        Self {
            states: kept.iter().map(|&y| self.states[y]).collect(),
            mass: some(&self.mass),
            action_names: self.action_names.clone(),
            user: columns(&self.user),
            user_by_state: Matrix::from_fn(kept.len(), self.actions(), |y, a| self.user[(a, kept[y])]),
            objective: columns(&self.objective),
            best_action: kept.iter().map(|&y| self.best_action[y]).collect(),
            level: some(&self.level),
            state_unit: some(&self.state_unit),
            dropped: vec![],
            exact: None,
            inside: vec![OnceLock::new(); self.actions()],
            ..*self
        }
    }

    /// Changes the objective (`actions x observations` of the view).
    pub(crate) fn set_objective(&mut self, objective: &Matrix) {
        let base: Vec<f64> =
            self.states.iter().zip(&self.best_action).map(|(&y, &a)| objective[(self.action_names[a], y)]).collect();
        let reduced = |a: usize, y: usize| (objective[(a, self.states[y])] - base[y]) / self.state_unit[y];
        let (n, m) = (self.states(), self.actions());
        let values = Matrix::from_fn(m, n, |a, y| reduced(self.action_names[a], y));
        let highest = |sign: f64| -> Vec<f64> {
            let at = |y: usize| (0..m).map(|a| sign * values[(a, y)]).fold(0.0, f64::max) * self.mass[y] * self.unit;
            (0..n).map(at).collect()
        };
        let stake = objective_stakes(&highest(1.0), &highest(-1.0)).iter().sum();
        self.objective_range = if stake == 0.0 { self.user_range } else { power(stake) };
        self.objective = Matrix::from_fn(m, n, |a, y| values[(a, y)] / self.objective_range);
        let dropped: Vec<Vec<f64>> = self
            .dropped
            .iter()
            .map(|dropped| (0..n).map(|y| reduced(dropped.action, y) / self.objective_range).collect())
            .collect();
        for (dropped, objective) in self.dropped.iter_mut().zip(dropped) {
            dropped.objective = objective;
        }
        if let Some(exact) = &mut self.exact {
            exact.objective = Matrix::from_fn(m, n, |a, y| objective[(self.action_names[a], self.states[y])]);
            exact.base = base;
        }
        // The new objective breaks ties between the user's best actions.
        for y in 0..n {
            let worth = |a: usize| (self.user[(a, y)], self.objective[(a, y)]);
            self.best_action[y] = (1..m).fold(0, |best, a| if worth(a) > worth(best) { a } else { best });
        }
    }

    /// Refuses a game whose units differ too much for its multipliers to be finite.
    pub(crate) fn check_units(&self) -> Result<(), PersuadeError> {
        const FARTHEST: f64 = 1e250;
        let far = |ratio: f64| !(1.0 / FARTHEST..FARTHEST).contains(&ratio);
        let finite = |utility: &Matrix| utility.as_slice().iter().all(|value| value.is_finite());
        if far(self.objective_range / self.user_range) || !finite(&self.user) || !finite(&self.objective) {
            return Err(PersuadeError::TooFarApart { user: self.user_range, objective: self.objective_range });
        }
        Ok(())
    }

    /// Whether the game is small enough for the precise method.
    pub(crate) fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    /// The user's scaled utility of one action minus that of another, without rounding.
    pub(crate) fn exact_gain(&self, a: usize, b: usize, y: usize) -> TwoFloat {
        let Some(exact) = &self.exact else { return TwoFloat::new_sub(self.user[(a, y)], self.user[(b, y)]) };
        TwoFloat::new_sub(exact.user[(a, y)], exact.user[(b, y)]) * (1.0 / self.state_unit[y] / self.user_range)
    }

    /// The scaled utilities of the objective and of the user, without rounding.
    pub(crate) fn exact_utilities(&self, a: usize, y: usize) -> (TwoFloat, TwoFloat) {
        let Some(exact) = &self.exact else {
            return (self.objective[(a, y)].into(), self.user[(a, y)].into());
        };
        let objective = TwoFloat::new_sub(exact.objective[(a, y)], exact.base[y]);
        let user = TwoFloat::new_sub(exact.user[(a, y)], self.level[y]);
        let unit = 1.0 / self.state_unit[y];
        (objective * (unit / self.objective_range), user * (unit / self.user_range))
    }

    /// A value of the user, as a sum over scaled masses.
    pub(crate) fn scaled_user_value(&self, value: f64) -> f64 {
        self.full.below(value) / (self.unit * self.user_range)
    }

    /// Converts the user's value from an average over states of `x` scaled units to true units, as
    /// `unit * x + zero`. Returns (unit, zero).
    pub(crate) fn true_user_value(&self) -> (f64, f64) {
        (self.unit * self.states() as f64 * self.user_range, self.full.plus(0.0))
    }

    /// The change of the objective in true units if its average over states rises by one scaled
    /// unit.
    pub(crate) fn true_objective_unit(&self) -> f64 {
        self.unit * self.states() as f64 * self.objective_range
    }

    /// The index of an action of the view, unless it was dropped.
    pub(crate) fn place(&self, action: usize) -> Option<usize> {
        self.action_names.binary_search(&action).ok()
    }

    /// For each dropped action, by its index in the view: the kernel's action that dominates it,
    /// and the multiplier against that action with which no column is priced above `lambda` at
    /// these weights.
    pub(crate) fn priced_out(&self, weights: Weights, lambda: &[f64]) -> impl Iterator<Item = (usize, usize, f64)> {
        self.dropped.iter().map(move |dropped| {
            let costs = dropped.objective.iter().zip(&dropped.user);
            let costs = costs.map(|(v, u)| weights.objective * v + weights.user * u);
            let other = self.user.row(dropped.by);
            (dropped.action, dropped.by, price_out(costs, &dropped.user, other, lambda))
        })
    }

    /// The value of a unit of mass where `action` is recommended in `state`.
    pub(crate) fn cost(&self, weights: Weights, action: usize, state: usize) -> f64 {
        weights.objective * self.objective[(action, state)] + weights.user * self.user[(action, state)]
    }

    /// The user's best action under no information.
    pub(crate) fn uninformed_action(&self) -> usize {
        uninformed(&self.user, &self.mass)
    }

    /// The value of no information, as a sum over scaled masses.
    pub(crate) fn uninformed_value(&self, weights: Weights) -> f64 {
        let silent = self.uninformed_action();
        self.mass.iter().enumerate().map(|(y, mass)| mass * self.cost(weights, silent, y)).sum()
    }

    /// For each state, the first columns of a restricted master: the user's best action, which
    /// makes it feasible (full information), her best action at the prior (no information), and the
    /// `most` actions with the highest value.
    pub(crate) fn best_columns(&self, weights: Weights, most: usize) -> Vec<Vec<usize>> {
        let most = most.min(self.actions());
        let uninformed = self.uninformed_action();
        let best = |y: usize| {
            let mut order: Vec<(f64, usize)> = (0..self.actions()).map(|a| (self.cost(weights, a, y), a)).collect();
            let higher = |l: &(f64, usize), r: &(f64, usize)| r.0.total_cmp(&l.0).then(l.1.cmp(&r.1));
            if most < order.len() {
                order.select_nth_unstable_by(most, higher);
            }
            let mut actions: Vec<usize> = order[..most].iter().map(|&(_, a)| a).collect();
            actions.extend([self.best_action[y], uninformed]);
            actions.sort_unstable();
            actions.dedup();
            actions
        };
        (0..self.states()).into_par_iter().map(best).collect()
    }

    pub(crate) fn actions(&self) -> usize {
        self.user.rows()
    }

    pub(crate) fn states(&self) -> usize {
        self.mass.len()
    }
}
