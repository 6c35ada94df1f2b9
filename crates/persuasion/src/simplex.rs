//! Row and column generation on one incremental linear program, finished at a vertex by the simplex
//! method.
//!
//! *Method.* The master begins with the plausibility rows and a few columns per state. Columns with
//! a positive reduced value and violated obedience rows enter, and it is solved again from its last
//! basis. *Guarantee:* at the end, no column of the full program has a reduced value, and no
//! recommendation a violation, above [`NOISE`] in scaled utility.

use crate::PersuadeError;
use crate::interior::Generated;
use crate::kernel::Kernel;
use crate::limited::solve_limited;
use crate::pricing::{price, separate};
use crate::weights::Weights;
use suasion_lp::{Basis, BasisStatus, LpOptions, Model, Outcome, Sense, Settings, Sparse, Stop};
use suasion_model::Matrix;

/// Below this (in scaled utility), a price or a violation is rounding error: twice the tolerance of
/// the solver.
pub(crate) const NOISE: f64 = 2.0 * TOLERANCE;
/// Below this, a recommendation counts as obeyed. It is smaller than the tolerance of the solver,
/// because a vertex satisfies its tight rows up to rounding, and the repair of the scheme must pay
/// for the remaining violation.
const VIOLATION: f64 = 1e-12;
const TOLERANCE: f64 = 1e-9;
/// The maximum number of columns of a state and rows of an action that enter in a round.
const MOST: usize = 4;
/// After this many rounds, twice as many enter.
const IMPATIENCE: usize = 10;
/// The number of the best columns of a state in the first master.
const START: usize = 4;

/// The multipliers at an optimum, scaled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Duals {
    /// The multipliers of plausibility, `[n]`: the highest price of each state.
    pub lambda: Vec<f64>,
    /// The multipliers of obedience, by recommended action, `[m]` lists of (alternative, rho).
    pub rho: Vec<Vec<(usize, f64)>>,
    /// The multiplier of the floor.
    pub sigma: f64,
    /// The weights to which the multipliers belong, the floor included.
    pub weights: Weights,
}

/// The restricted master and its columns and rows.
pub(crate) struct Simplex {
    pub kernel: Kernel,
    model: Model,
    /// (action, state) of every column of the model.
    columns: Vec<(usize, usize)>,
    /// (recommended, alternative) of every obedience row. The first comes after plausibility and
    /// the floor.
    rows: Vec<(usize, usize)>,
    columns_of: Vec<Vec<usize>>,
    rows_of: Vec<Vec<usize>>,
    has_column: Vec<bool>,
    has_row: Vec<bool>,
    first_row: usize,
    /// Multipliers of actions that are not in use and have no rows in the model, `[m]`. They keep
    /// the reduced values of these actions from being positive.
    dormant: Vec<Vec<(usize, f64)>>,
    weights: Weights,
    /// Whether the bounds are those of a face, left over from breaking ties.
    on_face: bool,
    settings: Settings,
    rounds: usize,
    iterations: u64,
}

/// The result of a round of generation.
enum Round {
    /// Columns or rows were added.
    Open,
    /// The master is optimal for the whole problem.
    Optimal(Duals),
    /// No obedient scheme reaches the floor.
    Infeasible,
}

impl Simplex {
    /// A master with the best columns of every state. `floor` applies to the scaled user value (a
    /// sum over scaled masses).
    pub(crate) fn new(
        kernel: Kernel,
        weights: Weights,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Self, PersuadeError> {
        let mut simplex = Self::empty(kernel, weights, floor, settings)?;
        let best = simplex.kernel.best_columns(weights, START);
        let first = best.into_iter().enumerate().flat_map(|(y, list)| list.into_iter().map(move |a| (a, y)));
        simplex.add_columns(first)?;
        Ok(simplex)
    }

    /// A master with the relevant columns and rows at the end of interior-point generation, and the
    /// basis that it suggests.
    pub(crate) fn resume(
        kernel: Kernel,
        weights: Weights,
        floor: Option<f64>,
        generated: &Generated,
        settings: &Settings,
    ) -> Result<Self, PersuadeError> {
        let mut simplex = Self::empty(kernel, weights, floor, settings)?;
        let support = generated.support();
        simplex.dormant = support.dormant;
        simplex.add_columns(support.columns.iter().map(|&(pair, _)| pair))?;
        simplex.add_rows(support.rows.iter().map(|&(pair, _)| pair))?;
        let status = |basic: bool| if basic { BasisStatus::Basic } else { BasisStatus::Lower };
        let floor = floor.map(|_| status(!support.floor_binds));
        let plausibility = std::iter::repeat_n(BasisStatus::Lower, simplex.kernel.states());
        let basis = Basis {
            columns: support.columns.iter().map(|&(_, positive)| status(positive)).collect(),
            rows: plausibility.chain(floor).chain(support.rows.iter().map(|&(_, tight)| status(!tight))).collect(),
        };
        simplex.model.set_basis(&basis)?;
        simplex.rounds = generated.rounds;
        simplex.iterations = generated.iterations as u64;
        Ok(simplex)
    }

    fn empty(kernel: Kernel, weights: Weights, floor: Option<f64>, settings: &Settings) -> Result<Self, PersuadeError> {
        let (n, m) = (kernel.states(), kernel.actions());
        let options = LpOptions { verbose: settings.verbose, ..LpOptions::scaled(TOLERANCE, settings) };
        let mut model = Model::new("persuasion, restricted master", Sense::Maximise, options)?;
        model.add_rows(&kernel.mass, &kernel.mass, &Sparse::empty(n))?;
        if let Some(level) = floor {
            model.add_rows(&[level], &[f64::INFINITY], &Sparse::empty(1))?;
        }
        Ok(Self {
            model,
            columns: vec![],
            rows: vec![],
            columns_of: vec![vec![]; m],
            rows_of: vec![vec![]; m],
            has_column: vec![false; m * n],
            has_row: vec![false; m * m],
            first_row: n + usize::from(floor.is_some()),
            dormant: vec![vec![]; m],
            weights,
            on_face: false,
            settings: settings.clone(),
            rounds: 0,
            iterations: 0,
            kernel,
        })
    }

    fn add_columns(&mut self, wanted: impl IntoIterator<Item = (usize, usize)>) -> Result<usize, PersuadeError> {
        let (k, n) = (&self.kernel, self.kernel.states());
        let (mut costs, mut entries) = (Vec::new(), Sparse::new());
        for (a, y) in wanted {
            if std::mem::replace(&mut self.has_column[a * n + y], true) {
                continue;
            }
            costs.push(k.cost(self.weights, a, y));
            entries.push(y, 1.0);
            if self.first_row > n {
                entries.push(n, k.user[(a, y)]);
            }
            for &row in &self.rows_of[a] {
                let (_, b) = self.rows[row];
                entries.push(self.first_row + row, k.user[(a, y)] - k.user[(b, y)]);
            }
            entries.close();
            self.columns_of[a].push(self.columns.len());
            self.columns.push((a, y));
        }
        let added = costs.len();
        if added > 0 {
            self.model.add_columns(&costs, &vec![0.0; added], &vec![f64::INFINITY; added], &entries)?;
        }
        Ok(added)
    }

    fn add_rows(&mut self, wanted: impl IntoIterator<Item = (usize, usize)>) -> Result<usize, PersuadeError> {
        let (k, m) = (&self.kernel, self.kernel.actions());
        let mut entries = Sparse::new();
        for (a, b) in wanted {
            if std::mem::replace(&mut self.has_row[a * m + b], true) {
                continue;
            }
            entries.add(self.columns_of[a].iter().map(|&column| {
                let (_, y) = self.columns[column];
                (column, k.user[(a, y)] - k.user[(b, y)])
            }));
            self.rows_of[a].push(self.rows.len());
            self.rows.push((a, b));
        }
        let added = entries.len();
        if added > 0 {
            self.model.add_rows(&vec![0.0; added], &vec![f64::INFINITY; added], &entries)?;
        }
        Ok(added)
    }

    /// Adds actions to the model that were not in use: their rows, and the columns that reveal a
    /// state by them.
    fn wake(&mut self, actions: &[usize]) -> Result<(), PersuadeError> {
        let mut rows = Vec::new();
        for &a in actions {
            rows.extend(std::mem::take(&mut self.dormant[a]).into_iter().map(|(b, _)| (a, b)));
        }
        self.add_rows(rows)?;
        let best = &self.kernel.best_action;
        let reveals = (0..best.len()).filter(|&y| actions.contains(&best[y])).map(|y| (best[y], y));
        self.add_columns(reveals.collect::<Vec<_>>())?;
        Ok(())
    }

    fn sleepers(&self) -> Vec<usize> {
        (0..self.dormant.len()).filter(|&a| !self.dormant[a].is_empty()).collect()
    }

    /// Solves the current master. Returns false when no scheme in it reaches the floor.
    fn reoptimise(&mut self) -> Result<bool, PersuadeError> {
        let mut solved = self.run()?;
        // The rows of added actions may leave no scheme in the other columns. Full information
        // satisfies every row, and reaches every feasible floor.
        if solved.is_none() && !self.on_face && self.reveal()? > 0 {
            solved = self.run()?;
        }
        let may_fail = self.on_face || self.first_row > self.kernel.states() || !self.sleepers().is_empty();
        match solved {
            None if !may_fail => Err(PersuadeError::Impossible(format!("{:?}", Stop::Infeasible))),
            solved => Ok(solved.is_some()),
        }
    }

    fn run(&mut self) -> Result<Option<Outcome>, PersuadeError> {
        let solved = solve_limited(&mut self.model, &self.settings)?;
        self.rounds += 1;
        self.iterations += self.model.effort().simplex;
        Ok(solved)
    }

    /// Adds the columns of full information to the model. Returns their number.
    fn reveal(&mut self) -> Result<usize, PersuadeError> {
        let all: Vec<(usize, usize)> = self.kernel.best_action.iter().enumerate().map(|(y, &a)| (a, y)).collect();
        self.add_columns(all)
    }

    /// Generates until no column has a positive reduced value and every recommendation is obeyed.
    /// Considers only columns for which `allowed(action, state)` is true. Returns `None` when no
    /// obedient scheme reaches the floor.
    pub(crate) fn solve(
        &mut self,
        allowed: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Result<Option<Duals>, PersuadeError> {
        let (mut most, mut rounds) = (MOST, 0);
        loop {
            match self.round(allowed, most)? {
                Round::Open => rounds += 1,
                Round::Optimal(duals) => return Ok(Some(duals)),
                Round::Infeasible => return Ok(None),
            }
            if rounds % IMPATIENCE == 0 {
                most *= 2;
            }
        }
    }

    /// The same with all columns, for at most this many pivots. Returns whether it finished.
    pub(crate) fn is_solved_within(&mut self, pivots: u64) -> Result<bool, PersuadeError> {
        let last = self.iterations.saturating_add(pivots);
        while self.iterations < last {
            if !matches!(self.round(&|_, _| true, MOST)?, Round::Open) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Solves the master, and adds the columns and rows that it lacks: at most `most` for each
    /// state and each action.
    fn round(&mut self, allowed: &(dyn Fn(usize, usize) -> bool + Sync), most: usize) -> Result<Round, PersuadeError> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        if !self.reoptimise()? {
            let sleepers = self.sleepers();
            if sleepers.is_empty() {
                return Ok(Round::Infeasible);
            }
            self.wake(&sleepers)?;
            return Ok(Round::Open);
        }
        let (primal, duals) = (self.model.primal()?, self.model.duals()?);
        let mut found = self.duals(&duals);
        let threshold: Vec<f64> = found.lambda.iter().map(|lambda| lambda + NOISE).collect();
        let has_column = &self.has_column;
        let wanted = |a: usize, y: usize| !has_column[a * n + y] && allowed(a, y);
        let weights = self.weights.with_user(found.sigma);
        let priced = price(&self.kernel, weights, &found.rho, &threshold, most, wanted);
        let mut rows = Vec::new();
        for a in 0..m {
            let masses = self.columns_of[a].iter().map(|&c| (self.columns[c].1, primal[c]));
            let mut masses = masses.filter(|(_, x)| *x > 0.0).peekable();
            if masses.peek().is_some() {
                let violated = separate(&self.kernel, a, masses, VIOLATION, most, |b| !self.has_row[a * m + b]);
                rows.extend(violated.into_iter().map(|(b, _)| (a, b)));
            }
        }
        let columns: Vec<_> =
            priced.candidates.iter().enumerate().flat_map(|(y, list)| list.iter().map(move |&(a, _)| (a, y))).collect();
        let mut woken: Vec<usize> = columns.iter().map(|&(a, _)| a).filter(|&a| !self.dormant[a].is_empty()).collect();
        woken.sort_unstable();
        woken.dedup();
        self.wake(&woken)?;
        let (columns, rows) = (self.add_columns(columns)?, self.add_rows(rows)?);
        if self.settings.verbose {
            eprintln!(
                "round {}: simplex, value {:.9}; {} columns, {} rows, of which {} new",
                self.rounds,
                self.model.outcome().map_or(f64::NAN, |outcome| outcome.objective) / n as f64,
                self.columns.len(),
                self.rows.len(),
                columns + rows,
            );
        }
        if columns + rows + woken.len() == 0 {
            found.lambda = priced.lambda;
            return Ok(Round::Optimal(found));
        }
        Ok(Round::Open)
    }

    /// Converts the duals of the model's rows to multipliers.
    fn duals(&self, duals: &[f64]) -> Duals {
        let n = self.kernel.states();
        let mut found =
            Duals { lambda: duals[..n].to_vec(), rho: self.dormant.clone(), sigma: 0.0, weights: self.weights };
        if self.first_row > n {
            found.sigma = (-duals[n]).max(0.0);
            found.weights = self.weights.with_user(found.sigma);
        }
        for (row, &(a, b)) in self.rows.iter().enumerate() {
            let rho = -duals[self.first_row + row];
            if rho > 0.0 {
                found.rho[a].push((b, rho));
            }
        }
        found
    }

    /// Moves to the optimum that is best by `second` among the optima with the multipliers `duals`:
    /// columns with a negative reduced cost stay out, rows with a multiplier stay tight, and
    /// `second` is maximized over the rest. If the solver finds the rest empty, the point stays an
    /// optimum of the first objective. Returns true if the optimum was already unique.
    pub(crate) fn break_ties(&mut self, duals: &Duals, second: Weights) -> Result<bool, PersuadeError> {
        if duals.sigma > NOISE {
            // A floor with a positive multiplier binds at every optimum, so each optimum gives the
            // user exactly the floor.
            return Ok(false);
        }
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let weights = self.weights.with_user(duals.sigma);
        let least: Vec<f64> = duals.lambda.iter().map(|lambda| lambda - NOISE).collect();
        let face = price(&self.kernel, weights, &duals.rho, &least, m, |_, _| true);
        let mut on_face = vec![false; m * n];
        let mut size = 0;
        for (y, list) in face.candidates.iter().enumerate() {
            for &(a, _) in list {
                on_face[a * n + y] = true;
                size += 1;
            }
        }
        let asleep: Vec<bool> = self.dormant.iter().map(|list| !list.is_empty()).collect();
        let tight = |a: usize, b: usize| !asleep[a] && duals.rho[a].iter().any(|&(c, rho)| c == b && rho > NOISE);
        if self.is_only_optimum(&on_face, size, &tight) {
            return Ok(true);
        }
        if second == Weights::USER && self.user_has_all()? {
            return Ok(false);
        }
        // The multipliers of dormant actions belong to the first objective.
        self.wake(&self.sleepers())?;
        self.on_face = true;
        let first = std::mem::replace(&mut self.weights, second);
        self.write_costs()?;
        let upper: Vec<f64> =
            self.columns.iter().map(|&(a, y)| if on_face[a * n + y] { f64::INFINITY } else { 0.0 }).collect();
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let fixed: Vec<usize> = (0..self.rows.len())
            .filter(|&row| tight(self.rows[row].0, self.rows[row].1))
            .map(|row| self.first_row + row)
            .collect();
        self.model.change_row_bounds(&fixed, &vec![0.0; fixed.len()], &vec![0.0; fixed.len()])?;
        // Because of rounding, the face may be empty or unbounded.
        let best = match self.solve(&|a, y| on_face[a * n + y]) {
            Err(PersuadeError::Impossible(_) | PersuadeError::Solver(_)) => None,
            other => other?,
        };
        if best.is_none() {
            self.restart(first)?;
            self.solve(&|_, _| true)?.ok_or_else(|| PersuadeError::Impossible(format!("{:?}", Stop::Infeasible)))?;
        }
        Ok(false)
    }

    /// Switches to maximizing by `weights` over all columns, and not over a face on which ties were
    /// broken.
    pub(crate) fn restart(&mut self, weights: Weights) -> Result<(), PersuadeError> {
        if self.weights != weights {
            self.wake(&self.sleepers())?;
            self.weights = weights;
            self.write_costs()?;
        }
        if std::mem::take(&mut self.on_face) {
            let columns = self.columns.len();
            self.model.change_all_column_bounds(&vec![0.0; columns], &vec![f64::INFINITY; columns])?;
            let rows: Vec<usize> = (self.first_row..self.first_row + self.rows.len()).collect();
            self.model.change_row_bounds(&rows, &vec![0.0; rows.len()], &vec![f64::INFINITY; rows.len()])?;
        }
        Ok(())
    }

    /// The weights that are maximized.
    pub(crate) fn weights(&self) -> Weights {
        self.weights
    }

    /// Changes the objective, and maximizes it alone.
    pub(crate) fn set_objective(&mut self, objective: &Matrix) -> Result<(), PersuadeError> {
        self.wake(&self.sleepers())?;
        self.kernel.set_objective(objective);
        self.weights = Weights::OBJECTIVE;
        self.write_costs()?;
        self.restart(Weights::OBJECTIVE)
    }

    /// Changes the prior. Only states of the kernel may have mass.
    pub(crate) fn set_prior(&mut self, prior: &[f64]) -> Result<(), PersuadeError> {
        self.kernel.set_prior(prior);
        self.wake(&self.sleepers())?;
        let rows: Vec<usize> = (0..self.kernel.states()).collect();
        self.model.change_row_bounds(&rows, &self.kernel.mass, &self.kernel.mass)?;
        Ok(())
    }

    /// Changes the level of the floor, on the scaled user value, of a master that has one.
    pub(crate) fn set_floor(&mut self, level: f64) -> Result<(), PersuadeError> {
        self.model.change_row_bounds(&[self.kernel.states()], &[level], &[f64::INFINITY])?;
        Ok(())
    }

    fn write_costs(&mut self) -> Result<(), PersuadeError> {
        let costs: Vec<f64> = self.columns.iter().map(|&(a, y)| self.kernel.cost(self.weights, a, y)).collect();
        self.model.change_all_costs(&costs)?;
        Ok(())
    }

    /// Whether the user gets as much as under full information. Then there is no tie to break for
    /// her.
    fn user_has_all(&self) -> Result<bool, PersuadeError> {
        let (k, primal) = (&self.kernel, self.model.primal()?);
        let value: f64 = self.columns.iter().zip(primal).map(|(&(a, y), x)| x * k.user[(a, y)]).sum();
        let most: f64 = k.best_action.iter().enumerate().map(|(y, &a)| k.mass[y] * k.user[(a, y)]).sum();
        Ok(value >= most - NOISE * k.states() as f64)
    }

    /// Whether the basis rules out any other optimum: no column on the face is nonbasic, and no row
    /// without a multiplier is tight.
    fn is_only_optimum(&self, on_face: &[bool], size: usize, tight: &impl Fn(usize, usize) -> bool) -> bool {
        let n = self.kernel.states();
        let Some(basis) = self.model.basis() else {
            return false;
        };
        let is_basic = |status: &BasisStatus| *status == BasisStatus::Basic;
        let columns = basis.columns.iter().zip(&self.columns);
        let basic = columns.filter(|(status, (a, y))| is_basic(status) && on_face[a * n + y]).count();
        let mut rows = basis.rows[self.first_row..].iter().zip(&self.rows);
        let free = rows.any(|(status, &(a, b))| !is_basic(status) && !tight(a, b));
        // A floor that is tight and has no multiplier leaves a direction, too.
        let floor_free = basis.rows[n..self.first_row].iter().any(|status| !is_basic(status));
        basic == size && !free && !floor_free
    }

    /// Rounds and iterations since the last call.
    pub(crate) fn take_effort(&mut self) -> (usize, u64) {
        (std::mem::take(&mut self.rounds), std::mem::take(&mut self.iterations))
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        let primal = self.model.primal()?;
        let triples = self.columns.iter().zip(primal).map(|(&(a, y), x)| (a, y, x));
        Ok(triples.filter(|&(_, _, x)| x > 1e-12).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wrong multipliers exclude every column of a state from the face. The optimum is as good as
    /// before.
    #[test]
    fn an_empty_face_leaves_an_optimum() {
        let user = Matrix::from_fn(2, 2, |a, y| f64::from(u8::from(a == y)));
        let kernel = Kernel::new(&[0.5, 0.5], &user, &Matrix::from_fn(2, 2, |_, _| 0.0));
        let mut simplex = Simplex::new(kernel, Weights::OBJECTIVE, None, &Settings::default()).unwrap();
        let mut duals = simplex.solve(&|_, _| true).unwrap().unwrap();
        duals.lambda[0] += 1.0;
        assert!(!simplex.break_ties(&duals, Weights { objective: 0.0, user: -1.0 }).unwrap());
        assert_eq!((simplex.weights, simplex.on_face), (Weights::OBJECTIVE, false));
        let mass: f64 = simplex.masses().unwrap().iter().map(|(_, _, x)| x).sum();
        assert!((mass - 2.0).abs() < 1e-9, "{mass}");
    }
}
