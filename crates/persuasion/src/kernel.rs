//! The persuasion problem in the units in which it is solved.

use crate::repair::Inside;
use crate::weights::Weights;
use rayon::prelude::*;
use std::sync::OnceLock;
use suasion_model::Matrix;

/// One agent against one user, scaled: states of zero probability are left out, masses average one, and both utilities span
/// `[0, 1]`. Solvers' absolute tolerances then mean the same for every instance.
///
/// Multipliers relate to true ones by `rho = rho_scaled * objective_range / user_range`.
#[derive(Clone)]
pub(crate) struct Kernel {
    /// The states that have mass, as indices of the view.
    pub states: Vec<usize>,
    /// Their masses, `[n]`, averaging one.
    pub mass: Vec<f64>,
    /// The user's scaled utility, `m x n`.
    pub user: Matrix,
    /// The same, `n x m`: separation reads all actions of one state.
    pub user_by_state: Matrix,
    /// The objective's scaled utility, `m x n`.
    pub objective: Matrix,
    /// The user's best action in each state (of several, the one best for the objective), `[n]`.
    pub best_action: Vec<usize>,
    user_shift: f64,
    pub user_range: f64,
    pub objective_range: f64,
    /// The probability of all states together over `n`: what a scaled unit of mass is worth.
    pub unit: f64,
    /// A posterior strictly inside the region of each action, `[m]`, looked for once where repairs need it.
    pub inside: Vec<OnceLock<Option<Inside>>>,
}

fn scaled(utility: &Matrix, states: &[usize]) -> (Matrix, f64, f64) {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for action in 0..utility.rows() {
        let row = utility.row(action);
        for &state in states {
            low = low.min(row[state]);
            high = high.max(row[state]);
        }
    }
    // Halves first: the range of utilities near the largest float would overflow.
    let range = if high > low { high - low } else { 1.0 };
    (Matrix::from_fn(utility.rows(), states.len(), |a, y| (utility[(a, states[y])] - low) / range), low, range)
}

impl Kernel {
    /// The kernel of a prior.
    pub(crate) fn new(prior: &[f64], user: &Matrix, objective: &Matrix) -> Self {
        let states = (0..prior.len()).filter(|&state| prior[state] > 0.0).collect();
        let mut kernel = Self::over(states, user, objective);
        kernel.set_prior(prior);
        kernel
    }

    /// A kernel over some states, which waits for a prior.
    pub(crate) fn over(states: Vec<usize>, user: &Matrix, objective: &Matrix) -> Self {
        let (user, user_shift, user_range) = scaled(user, &states);
        let (objective, _, objective_range) = scaled(objective, &states);
        let user_by_state = Matrix::from_fn(states.len(), user.rows(), |y, a| user[(a, y)]);
        let best_action = (0..states.len())
            .map(|y| {
                (1..user.rows()).fold(0, |best, a| {
                    let better = (user[(a, y)], objective[(a, y)]) > (user[(best, y)], objective[(best, y)]);
                    if better { a } else { best }
                })
            })
            .collect();
        Self {
            mass: vec![0.0; states.len()],
            states,
            user,
            user_by_state,
            objective,
            best_action,
            user_shift,
            user_range,
            objective_range,
            unit: 0.0,
            inside: vec![],
        }
    }

    /// Changes the prior; only the states of the kernel may have mass.
    pub(crate) fn set_prior(&mut self, prior: &[f64]) {
        let total: f64 = self.states.iter().map(|&state| prior[state]).sum();
        self.unit = total / self.states.len() as f64;
        // Which posterior is best depends on where there is mass.
        self.inside = vec![OnceLock::new(); self.user.rows()];
        self.mass.clear();
        self.mass.extend(self.states.iter().map(|&state| prior[state] / self.unit));
    }

    /// Changes the objective (`actions x observations` of the view).
    pub(crate) fn set_objective(&mut self, objective: &Matrix) {
        (self.objective, _, self.objective_range) = scaled(objective, &self.states);
    }

    /// A value of the user, as a sum over scaled masses.
    pub(crate) fn scaled_user_value(&self, value: f64) -> f64 {
        (value / self.unit - self.user_shift * self.states() as f64) / self.user_range
    }

    /// The user's value that an average over states of `x` scaled units stands for is `unit * x + zero`: (unit, zero).
    pub(crate) fn true_user_value(&self) -> (f64, f64) {
        let total = self.unit * self.states() as f64;
        (total * self.user_range, total * self.user_shift)
    }

    /// The user's best action when she knows nothing but the prior.
    pub(crate) fn uninformed_action(&self) -> usize {
        let value = |a: usize| self.user.row(a).iter().zip(&self.mass).map(|(u, mass)| u * mass).sum::<f64>();
        let values = (0..self.actions()).map(|a| (a, value(a)));
        values.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(0, |(a, _)| a)
    }

    /// For each state the columns that a restricted master begins with: the user's best action, which makes it feasible (she is
    /// told all), her best action without information (she is told nothing), and the `most` actions that are worth most.
    pub(crate) fn best_columns(&self, weights: Weights, most: usize) -> Vec<Vec<usize>> {
        let most = most.min(self.actions());
        let uninformed = self.uninformed_action();
        let best = |y: usize| {
            let mut order: Vec<(f64, usize)> = (0..self.actions()).map(|a| (weights.cost(self, a, y), a)).collect();
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
