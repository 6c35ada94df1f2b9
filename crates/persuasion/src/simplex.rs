//! Row and column generation on one persistent linear program, finished at a vertex by the simplex method.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::pricing::{price, separate};
use suasion_lp::{BasisStatus, Model, Options, Sense, Sparse};

/// Below this (in scaled utility) a price or a temptation is rounding. `HiGHS` itself works to `1e-9`.
const NOISE: f64 = 2e-9;
/// How many columns of a state and rows of an action enter in a round.
const MOST: usize = 4;

/// What is maximised, in scaled utilities: `objective * v + user * u`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weights {
    pub objective: f64,
    pub user: f64,
}

/// The multipliers at an optimum, scaled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Duals {
    /// Of plausibility, `[n]`: the highest price of each state.
    pub lambda: Vec<f64>,
    /// Of obedience, by recommended action.
    pub rho: Vec<Vec<(usize, f64)>>,
    /// Of the floor.
    pub sigma: f64,
}

/// The restricted master and what is in it.
pub(crate) struct Simplex<'a> {
    kernel: &'a Kernel,
    model: Model,
    /// (action, state) of every column of the model.
    columns: Vec<(usize, usize)>,
    /// (recommended, alternative) of every obedience row; the first comes after plausibility and floor.
    rows: Vec<(usize, usize)>,
    columns_of: Vec<Vec<usize>>,
    rows_of: Vec<Vec<usize>>,
    has_column: Vec<bool>,
    has_row: Vec<bool>,
    first_row: usize,
    weights: Weights,
    pub rounds: usize,
    pub iterations: u64,
}

impl<'a> Simplex<'a> {
    /// A master with every state's best action for the user (so that it is feasible) and its `start` best for the objective.
    /// `floor` is on the scaled user value (a sum over scaled masses).
    pub(crate) fn new(
        kernel: &'a Kernel,
        weights: Weights,
        floor: Option<f64>,
        start: usize,
        options: Options,
    ) -> Result<Self, PersuadeError> {
        let (n, m) = (kernel.states(), kernel.actions());
        let mut model = Model::new("persuasion, restricted master", Sense::Maximise, options)?;
        model.add_rows(&kernel.mass, &kernel.mass, &Sparse::empty(n))?;
        if let Some(level) = floor {
            model.add_rows(&[level], &[f64::INFINITY], &Sparse::empty(1))?;
        }
        let mut simplex = Self {
            kernel,
            model,
            columns: vec![],
            rows: vec![],
            columns_of: vec![vec![]; m],
            rows_of: vec![vec![]; m],
            has_column: vec![false; m * n],
            has_row: vec![false; m * m],
            first_row: n + usize::from(floor.is_some()),
            weights,
            rounds: 0,
            iterations: 0,
        };
        let mut first = Vec::new();
        let mut order: Vec<usize> = (0..m).collect();
        for y in 0..n {
            let cost = |a: usize| weights.objective * kernel.objective[(a, y)] + weights.user * kernel.user[(a, y)];
            order.sort_by(|&a, &b| cost(b).total_cmp(&cost(a)).then(a.cmp(&b)));
            first.push((kernel.best_action[y], y));
            first.extend(order.iter().take(start).map(|&a| (a, y)));
        }
        simplex.add_columns(first)?;
        Ok(simplex)
    }

    fn add_columns(&mut self, wanted: impl IntoIterator<Item = (usize, usize)>) -> Result<usize, PersuadeError> {
        let (k, n) = (self.kernel, self.kernel.states());
        let (mut costs, mut entries) = (Vec::new(), Sparse::new());
        for (a, y) in wanted {
            if std::mem::replace(&mut self.has_column[a * n + y], true) {
                continue;
            }
            costs.push(self.weights.objective * k.objective[(a, y)] + self.weights.user * k.user[(a, y)]);
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
        let (k, m) = (self.kernel, self.kernel.actions());
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

    /// Generates until no column prices out and no recommendation tempts. Only columns that `allowed(action, state)` lets pass
    /// are considered. `None` when no obedient scheme reaches the floor.
    pub(crate) fn solve(
        &mut self,
        allowed: &(dyn Fn(usize, usize) -> bool + Sync),
    ) -> Result<Option<Duals>, PersuadeError> {
        let (k, n, m) = (self.kernel, self.kernel.states(), self.kernel.actions());
        let (mut primal, mut duals) = (Vec::new(), Vec::new());
        loop {
            self.rounds += 1;
            let outcome = self.model.solve()?;
            self.iterations += self.model.effort().simplex;
            if !outcome.is_optimal() {
                if outcome.stop == suasion_lp::Stop::Infeasible && self.first_row > n {
                    return Ok(None);
                }
                return Err(PersuadeError::Impossible(format!("{:?}", outcome.stop)));
            }
            self.model.read_primal(&mut primal)?;
            self.model.read_duals(&mut duals)?;
            let mut found = Duals { lambda: duals[..n].to_vec(), rho: vec![vec![]; m], sigma: 0.0 };
            if self.first_row > n {
                found.sigma = (-duals[n]).max(0.0);
            }
            for (row, &(a, b)) in self.rows.iter().enumerate() {
                let rho = -duals[self.first_row + row];
                if rho != 0.0 {
                    found.rho[a].push((b, rho));
                }
            }
            let threshold: Vec<f64> = found.lambda.iter().map(|l| l + NOISE).collect();
            let weights = Weights { user: self.weights.user + found.sigma, ..self.weights };
            let priced =
                price(k, weights, &found.rho, &threshold, MOST, |a, y| !self.has_column[a * n + y] && allowed(a, y));
            let mut rows = Vec::new();
            for a in 0..m {
                let masses =
                    self.columns_of[a].iter().map(|&c| (self.columns[c].1, primal[c])).filter(|(_, x)| *x > 0.0);
                let mut masses = masses.peekable();
                if masses.peek().is_some() {
                    let tempting = separate(k, a, masses, NOISE, MOST, |b| !self.has_row[a * m + b]);
                    rows.extend(tempting.into_iter().map(|(b, _)| (a, b)));
                }
            }
            let columns =
                priced.candidates.iter().enumerate().flat_map(|(y, list)| list.iter().map(move |&(a, _)| (a, y)));
            let columns: Vec<_> = columns.collect();
            let added = self.add_columns(columns)? + self.add_rows(rows)?;
            if added == 0 {
                found.lambda = priced.lambda;
                return Ok(Some(found));
            }
        }
    }

    /// Moves to the optimum that is best for the user among the optima whose multipliers are `duals`: columns with a negative
    /// reduced cost stay out, rows with a multiplier stay tight, and her utility is maximised over what is left.
    pub(crate) fn favour_user(&mut self, duals: &Duals) -> Result<(), PersuadeError> {
        if duals.sigma > NOISE {
            // A floor with a multiplier binds at every optimum: they all give her the floor.
            return Ok(());
        }
        let (k, n, m) = (self.kernel, self.kernel.states(), self.kernel.actions());
        let weights = Weights { user: self.weights.user + duals.sigma, ..self.weights };
        let least: Vec<f64> = duals.lambda.iter().map(|l| l - NOISE).collect();
        let face = price(k, weights, &duals.rho, &least, m, |_, _| true);
        let mut on_face = vec![false; m * n];
        let mut count = 0;
        for (y, list) in face.candidates.iter().enumerate() {
            for &(a, _) in list {
                on_face[a * n + y] = true;
                count += 1;
            }
        }
        let tight = |a: usize, b: usize| duals.rho[a].iter().any(|&(c, rho)| c == b && rho > NOISE);
        if let Some(basis) = self.model.basis() {
            let basic = basis.columns.iter().zip(&self.columns);
            let basic = basic.filter(|(status, (a, y))| **status == BasisStatus::Basic && on_face[a * n + y]).count();
            let loose = basis.rows[self.first_row..].iter().zip(&self.rows);
            let free = loose.filter(|(status, (a, b))| **status != BasisStatus::Basic && !tight(*a, *b)).count();
            // A floor that is tight and has no multiplier leaves a direction, too.
            let floor_free = basis.rows[n..self.first_row].iter().any(|status| *status != BasisStatus::Basic);
            if basic == count && free == 0 && !floor_free {
                return Ok(());
            }
        }
        self.weights = Weights { objective: 0.0, user: 1.0 };
        let costs: Vec<f64> = self.columns.iter().map(|&(a, y)| k.user[(a, y)]).collect();
        self.model.change_all_costs(&costs)?;
        let upper: Vec<f64> =
            self.columns.iter().map(|&(a, y)| if on_face[a * n + y] { f64::INFINITY } else { 0.0 }).collect();
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let rows: Vec<usize> = (0..self.rows.len())
            .filter(|&row| tight(self.rows[row].0, self.rows[row].1))
            .map(|row| self.first_row + row)
            .collect();
        self.model.change_row_bounds(&rows, &vec![0.0; rows.len()], &vec![0.0; rows.len()])?;
        self.solve(&|a, y| on_face[a * n + y])?;
        Ok(())
    }

    /// The masses of the last solve: (action, state, scaled mass), positive ones.
    pub(crate) fn masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        let primal = self.model.primal()?;
        let triples = self.columns.iter().zip(primal).map(|(&(a, y), x)| (a, y, x));
        Ok(triples.filter(|&(_, _, x)| x > 1e-12).collect())
    }
}
