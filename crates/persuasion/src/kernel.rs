//! The persuasion problem in the units in which it is solved.

use suasion_model::Matrix;

/// One agent against one user, scaled: states of zero probability are left out, masses average one, and both utilities span
/// `[0, 1]`. Solvers' absolute tolerances then mean the same for every instance.
///
/// Multipliers relate to true ones by `rho = rho_scaled * objective_range / user_range`.
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
    pub user_shift: f64,
    pub user_range: f64,
    pub objective_range: f64,
    /// The probability of all states together over `n`: what a scaled unit of mass is worth.
    pub unit: f64,
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
    pub(crate) fn new(prior: &[f64], user: &Matrix, objective: &Matrix) -> Self {
        let states: Vec<usize> = (0..prior.len()).filter(|&state| prior[state] > 0.0).collect();
        let total: f64 = states.iter().map(|&state| prior[state]).sum();
        let unit = total / states.len() as f64;
        let mass = states.iter().map(|&state| prior[state] / unit).collect();
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
            states,
            mass,
            user,
            user_by_state,
            objective,
            best_action,
            user_shift,
            user_range,
            objective_range,
            unit,
        }
    }

    pub(crate) fn actions(&self) -> usize {
        self.user.rows()
    }

    pub(crate) fn states(&self) -> usize {
        self.mass.len()
    }
}
