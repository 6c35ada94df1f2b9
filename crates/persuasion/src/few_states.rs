//! Few states and many actions: an optimum uses few of the actions, and most actions are best at no
//! belief.
//!
//! *Problem.* A scheme splits the prior into beliefs `q`, each with an action that is optimal
//! there:
//!
//! ```text
//! max  sum_k w_k v[a_k] . q_k   s.t.   sum_k w_k q_k = mass,   w >= 0,   a_k optimal at q_k
//! ```
//!
//! *Method.* Column generation (Dantzig & Wolfe 1960). The master has one row per state, with
//! multipliers `lambda`. An action is ruled out if `max_y (v[a][y] - lambda[y]) <= 0`, or if the
//! multipliers that ruled it out before still do. For every other action, the method finds the best
//! belief in its region ([`region`]), which enters if it has a positive reduced value. *Guarantee:*
//! the method ends with obedience multipliers for every action such that no column is priced above
//! `lambda`, up to [`ENOUGH`]. *Work:* a round costs `n m` and a few pivots of `n r` for each
//! action that is not ruled out at once. *Memory:* `O(n m)`, and the columns found.
//!
//! Ties are broken for the user by a second solve with a tiny weight on her utility. Its result is
//! kept only if it costs the objective nothing.

mod region;

use crate::PersuadeError;
use crate::convincing::is_convincing;
use crate::kernel::Kernel;
use crate::limited::solve_feasible;
use crate::repair::sum_up;
use crate::simplex::Duals;
use crate::weights::Weights;
use region::{Found, Search};
use suasion_lp::{LpOptions, Model, Sense, Settings, Sparse};
use suasion_model::Matrix;

/// A belief with a smaller reduced value, in scaled utility, does not enter.
const ENOUGH: f64 = 1e-10;
const TOLERANCE: f64 = 1e-10;
/// The weight on the user's utility that breaks ties.
const TINY: f64 = 1e-6;
/// The maximum decrease of the objective when ties are broken, in the scaled utility of a state.
const SAME: f64 = 1e-12;
const MOST_ROUNDS: usize = 2_000;
/// The number of actions between checks of the limits.
const LOOK: usize = 16;

/// A belief and the action that is taken there.
struct Column {
    action: usize,
    belief: Vec<(usize, f64)>,
}

/// A game of few states and many actions, with the columns found so far.
pub(crate) struct FewStates {
    pub kernel: Kernel,
    weights: Weights,
    settings: Settings,
    model: Model,
    columns: Vec<Column>,
    search: Search,
    /// The multipliers that last ruled an action out, and the alternatives found, `[m]`.
    rho: Vec<Vec<(usize, f64)>>,
    met: Vec<Vec<usize>>,
    /// The action at which the next round begins.
    next: usize,
    masses: Vec<(usize, usize, f64)>,
    rounds: usize,
    iterations: u64,
}

impl FewStates {
    pub(crate) fn new(kernel: Kernel, weights: Weights, settings: &Settings) -> Result<Self, PersuadeError> {
        let options = LpOptions::scaled(TOLERANCE, settings);
        let (n, m) = (kernel.states(), kernel.actions());
        let mut model = Model::new("persuasion, beliefs", Sense::Maximise, options)?;
        model.add_rows(&kernel.mass, &kernel.mass, &Sparse::empty(n))?;
        let total: f64 = kernel.mass.iter().sum();
        let prior = kernel.mass.iter().enumerate().map(|(y, mass)| (y, mass / total)).collect();
        let mut columns: Vec<Column> = vec![Column { action: kernel.uninformed_action(), belief: prior }];
        columns.extend(
            kernel.best_action.iter().enumerate().map(|(y, &action)| Column { action, belief: vec![(y, 1.0)] }),
        );
        let mut few = Self {
            search: Search::new(&kernel),
            kernel,
            weights,
            settings: settings.clone(),
            model,
            columns: vec![],
            rho: vec![vec![]; m],
            met: vec![],
            next: 0,
            masses: vec![],
            rounds: 0,
            iterations: 0,
        };
        // With opposed interests, the action under no information limits the agent.
        few.met = vec![vec![few.kernel.uninformed_action()]; m];
        few.enter(columns)?;
        Ok(few)
    }

    /// Switches to maximizing by `weights`.
    pub(crate) fn restart(&mut self, weights: Weights) -> Result<(), PersuadeError> {
        if self.weights != weights {
            self.weights = weights;
            self.write_costs()?;
        }
        Ok(())
    }

    pub(crate) fn weights(&self) -> Weights {
        self.weights
    }

    /// Changes the objective, and maximizes it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) -> Result<(), PersuadeError> {
        self.kernel.set_objective(objective);
        self.weights = Weights::OBJECTIVE;
        self.write_costs()
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Vec<(usize, usize, f64)> {
        self.masses.clone()
    }

    /// Rounds and iterations since the last call.
    pub(crate) fn take_effort(&mut self) -> (usize, u64) {
        let pivots = std::mem::take(&mut self.search.iterations);
        (std::mem::take(&mut self.rounds), std::mem::take(&mut self.iterations) + pivots)
    }

    /// Finds an optimum, and whether it is certain. Returns `None` if the method fails.
    pub(crate) fn solve(&mut self) -> Result<Option<(Duals, bool)>, PersuadeError> {
        let Some(duals) = self.generate()? else { return Ok(None) };
        self.masses = self.read_masses()?;
        let convinces = is_convincing(&self.kernel, &self.masses, &duals);
        Ok(Some((duals, convinces)))
    }

    /// Moves to an optimum that is better by `second`, if a tiny weight on it finds one. It never
    /// reports that the optimum is unique.
    pub(crate) fn break_ties(&mut self, second: Weights) -> Result<bool, PersuadeError> {
        let (first, before) = (self.weights, self.value(&self.masses));
        self.restart(first.with_user(TINY * second.user))?;
        let solved = self.generate()?;
        let masses = self.read_masses()?;
        self.restart(first)?;
        if solved.is_some() && self.value(&masses) >= before - SAME * self.kernel.states() as f64 {
            self.masses = masses;
        }
        Ok(false)
    }

    fn value(&self, masses: &[(usize, usize, f64)]) -> f64 {
        masses.iter().map(|&(a, y, x)| x * self.kernel.cost(self.weights, a, y)).sum()
    }

    /// Whether full or no information is an optimum that its own multipliers prove. With opposed
    /// interests, the master would find it only slowly.
    fn is_plain(&mut self) -> Result<bool, PersuadeError> {
        let uninformed = self.kernel.uninformed_action();
        for full in [true, false] {
            let action = |y: usize| if full { self.kernel.best_action[y] } else { uninformed };
            let lambda: Vec<f64> =
                (0..self.kernel.states()).map(|y| self.kernel.cost(self.weights, action(y), y)).collect();
            if self.price(&lambda, 1)?.is_some_and(|(columns, _)| columns.is_empty()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Generates columns until no belief has a positive reduced value.
    fn generate(&mut self) -> Result<Option<Duals>, PersuadeError> {
        if self.is_plain()? {
            solve_feasible(&mut self.model, &self.settings)?;
            self.rounds += 1;
            return Ok(Some(self.duals()));
        }
        let most = 2 * self.kernel.states() + 20;
        for _ in 0..MOST_ROUNDS {
            solve_feasible(&mut self.model, &self.settings)?;
            self.rounds += 1;
            self.iterations += self.model.effort().simplex;
            let lambda = self.model.duals()?;
            let Some((columns, complete)) = self.price(&lambda, most)? else { return Ok(None) };
            if self.settings.verbose {
                let value = self.model.outcome().map_or(f64::NAN, |outcome| outcome.objective);
                let (met, pivots) = (self.columns.len(), self.search.iterations);
                let n = self.kernel.states() as f64;
                eprintln!(
                    "round {}: value {:.9}, {met} columns, {} to enter, {pivots} pivots",
                    self.rounds,
                    value / n,
                    columns.len(),
                );
            }
            if columns.is_empty() && complete {
                return Ok(Some(self.duals()));
            }
            self.enter(columns)?;
        }
        Ok(None)
    }

    /// The beliefs with a positive reduced value at the states' multipliers, at most `most` of
    /// them; and whether all actions were priced. Returns `None` if the search fails.
    fn price(&mut self, lambda: &[f64], most: usize) -> Result<Option<(Vec<Column>, bool)>, PersuadeError> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let mut entering = Vec::new();
        let mut gains = vec![0.0; n];
        for k in 0..m {
            if k % LOOK == 0
                && let Some(stopped) = self.settings.stopped()
            {
                return Err(PersuadeError::Stopped(stopped));
            }
            let a = (self.next + k) % m;
            let utilities = self.kernel.objective.row(a).iter().zip(self.kernel.user.row(a));
            for ((gain, (v, u)), lambda) in gains.iter_mut().zip(utilities).zip(lambda) {
                *gain = self.weights.objective * v + self.weights.user * u - lambda;
            }
            if self.is_out(a, &gains) {
                continue;
            }
            let Found { bound, rho, belief, met } =
                self.search.best(&self.kernel, a, &gains, &self.met[a], 0.5 * ENOUGH);
            self.rho[a] = rho;
            self.met[a] = met;
            match belief {
                Some(belief) if bound > ENOUGH => entering.push(Column { action: a, belief }),
                None if bound > ENOUGH => return Ok(None),
                _ => {}
            }
            if entering.len() >= most {
                self.next = (a + 1) % m;
                return Ok(Some((entering, false)));
            }
        }
        Ok(Some((entering, true)))
    }

    /// Whether the current multipliers rule an action out.
    fn is_out(&mut self, a: usize, gains: &[f64]) -> bool {
        if gains.iter().all(|&gain| gain <= ENOUGH) {
            self.rho[a].clear();
            return true;
        }
        let rho = &self.rho[a];
        let own = self.kernel.user.row(a);
        !rho.is_empty()
            && gains.iter().enumerate().all(|(y, gain)| {
                let user = self.kernel.user_by_state.row(y);
                gain + rho.iter().map(|&(b, rho)| rho * (own[y] - user[b])).sum::<f64>() <= ENOUGH
            })
    }

    fn enter(&mut self, columns: Vec<Column>) -> Result<(), PersuadeError> {
        let (mut costs, mut entries) = (Vec::new(), Sparse::new());
        for column in &columns {
            costs.push(self.cost(column));
            column.belief.iter().for_each(|&(y, q)| entries.push(y, q));
            entries.close();
        }
        let added = costs.len();
        if added > 0 {
            self.model.add_columns(&costs, &vec![0.0; added], &vec![f64::INFINITY; added], &entries)?;
        }
        self.columns.extend(columns);
        Ok(())
    }

    fn cost(&self, column: &Column) -> f64 {
        column.belief.iter().map(|&(y, q)| q * self.kernel.cost(self.weights, column.action, y)).sum()
    }

    fn write_costs(&mut self) -> Result<(), PersuadeError> {
        let costs: Vec<f64> = self.columns.iter().map(|column| self.cost(column)).collect();
        Ok(self.model.change_all_costs(&costs)?)
    }

    /// The current multipliers, with the highest price of each state.
    fn duals(&self) -> Duals {
        let lambda = crate::pricing::price(&self.kernel, self.weights, &self.rho, &[], 0, |_, _| false).lambda;
        Duals { lambda, rho: self.rho.clone(), sigma: 0.0, weights: self.weights }
    }

    fn read_masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        let primal = self.model.primal()?;
        let used = self.columns.iter().zip(primal).filter(|(_, weight)| *weight > 1e-13);
        let mut masses: Vec<(usize, usize, f64)> = used
            .flat_map(|(column, weight)| column.belief.iter().map(move |&(y, q)| (column.action, y, weight * q)))
            .collect();
        sum_up(&mut masses);
        Ok(masses)
    }
}
