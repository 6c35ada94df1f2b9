//! From an interior point to a vertex: most states are decided, and a small program decides the
//! rest.
//!
//! *Method.* If the interior point gives a state one action, and every other action has a positive
//! reduced cost, the state is settled: its contribution to obedience is a constant. The other
//! states, about as many as there are binding rows, form a program. The simplex method solves it
//! from the basis that the interior point suggests. Its multipliers price all columns; a column
//! with a positive reduced value reopens its state. *Guarantee:* at the end, no column of the full
//! program has a reduced value above [`NOISE`]. *Complexity:* a few passes of `n K`, and a program
//! of `K` rows plus one per open state. If ties leave too many states open, there is no vertex, and
//! the interior point itself is the answer.

use super::block::Rows;
use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::limited::solve_limited;
use crate::pricing::price;
use crate::simplex::{Duals, NOISE};
use crate::weights::Weights;
use suasion_lp::{Basis, BasisStatus, LpOptions, Model, Sense, Settings, Sparse};

/// The maximum number of open columns.
pub(super) const MOST_OPEN: usize = 20_000;
const TOLERANCE: f64 = 1e-9;
/// The maximum number of columns of a state that enter in a round.
const MOST: usize = 4;
/// Masses below this count as zero.
const NOTHING: f64 = 1e-13;
const SETTLED: usize = usize::MAX;

/// What an interior point suggests for one state: the action with the most mass, and all actions
/// that may have mass (including that one) if the state is open.
pub(super) struct Leaning {
    pub action: usize,
    pub open: Vec<(usize, bool)>,
}

/// The open states, in an incremental program.
pub(super) struct Finish<'a> {
    kernel: &'a Kernel,
    weights: Weights,
    rows: &'a Rows,
    model: Model,
    /// (action, state) of every column of the model.
    columns: Vec<(usize, usize)>,
    has_column: Vec<bool>,
    /// The action of each state that is settled, `[n]`.
    action: Vec<usize>,
    /// The row of each state in the model, or [`SETTLED`], `[n]`.
    row_of: Vec<usize>,
    /// The number of rows of the model.
    size: usize,
    /// The contribution of settled states to each row, `[K]`.
    settled: Vec<f64>,
    settings: &'a Settings,
    pub iterations: u64,
    pub rounds: usize,
}

impl<'a> Finish<'a> {
    /// Builds the program from what the interior point suggests. `binds` gives the rows that are
    /// tight there.
    pub(super) fn new(
        kernel: &'a Kernel,
        weights: Weights,
        rows: &'a Rows,
        leanings: &[Leaning],
        binds: &[bool],
        settings: &'a Settings,
    ) -> Result<Self, PersuadeError> {
        let options = LpOptions::scaled(TOLERANCE, settings);
        let (n, m, k) = (kernel.states(), kernel.actions(), rows.len());
        let mut model = Model::new("persuasion, open states", Sense::Maximise, options)?;
        model.add_rows(&vec![0.0; k], &vec![f64::INFINITY; k], &Sparse::empty(k))?;
        let mut finish = Self {
            kernel,
            weights,
            rows,
            model,
            columns: vec![],
            has_column: vec![false; n * m],
            action: leanings.iter().map(|leaning| leaning.action).collect(),
            row_of: vec![SETTLED; n],
            size: k,
            settled: vec![0.0; k],
            settings,
            iterations: 0,
            rounds: 0,
        };
        for y in 0..n {
            finish.settle(y, 1.0);
        }
        let open: Vec<(usize, usize)> = leanings
            .iter()
            .enumerate()
            .flat_map(|(y, leaning)| leaning.open.iter().map(move |&(a, _)| (a, y)))
            .collect();
        finish.open(&open)?;
        let basic = |yes: bool| if yes { BasisStatus::Basic } else { BasisStatus::Lower };
        let used = |&(a, y): &(usize, usize)| basic(leanings[y].open.iter().any(|&(other, used)| other == a && used));
        let basis = Basis {
            columns: finish.columns.iter().map(used).collect(),
            rows: binds.iter().map(|&binds| basic(!binds)).chain((k..finish.size).map(|_| basic(false))).collect(),
        };
        finish.model.set_basis(&basis)?;
        Ok(finish)
    }

    /// Adds the contribution of a settled state's action to the rows, times `sign`.
    fn settle(&mut self, y: usize, sign: f64) {
        let a = self.action[y];
        for row in self.rows.starts[a]..self.rows.starts[a + 1] {
            let b = self.rows.pairs[row].1;
            self.settled[row] += sign * self.kernel.mass[y] * (self.kernel.user[(a, y)] - self.kernel.user[(b, y)]);
        }
    }

    /// Opens the states of these columns and adds the columns.
    fn open(&mut self, wanted: &[(usize, usize)]) -> Result<usize, PersuadeError> {
        let (kernel, n) = (self.kernel, self.kernel.states());
        let mut wanted = wanted.to_vec();
        let mut masses = Vec::new();
        for k in 0..wanted.len() {
            let y = wanted[k].1;
            if self.row_of[y] == SETTLED {
                self.settle(y, -1.0);
                wanted.push((self.action[y], y));
                self.row_of[y] = self.size;
                self.size += 1;
                masses.push(kernel.mass[y]);
            }
        }
        self.model.add_rows(&masses, &masses, &Sparse::empty(masses.len()))?;
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let lower: Vec<f64> = self.settled.iter().map(|settled| -settled).collect();
        self.model.change_row_bounds(&all, &lower, &vec![f64::INFINITY; all.len()])?;
        let (mut costs, mut entries) = (Vec::new(), Sparse::new());
        for (a, y) in wanted {
            if std::mem::replace(&mut self.has_column[a * n + y], true) {
                continue;
            }
            for row in self.rows.starts[a]..self.rows.starts[a + 1] {
                let b = self.rows.pairs[row].1;
                entries.push(row, kernel.user[(a, y)] - kernel.user[(b, y)]);
            }
            entries.push(self.row_of[y], 1.0);
            entries.close();
            costs.push(kernel.cost(self.weights, a, y));
            self.columns.push((a, y));
        }
        let added = costs.len();
        if added > 0 {
            self.model.add_columns(&costs, &vec![0.0; added], &vec![f64::INFINITY; added], &entries)?;
        }
        Ok(added)
    }

    /// The optimum. Returns `None` if the open states cannot satisfy obedience or are too many.
    pub(super) fn solve(&mut self) -> Result<Option<Duals>, PersuadeError> {
        self.optimise(&|_, _| true)
    }

    fn optimise(&mut self, allowed: &(dyn Fn(usize, usize) -> bool + Sync)) -> Result<Option<Duals>, PersuadeError> {
        let n = self.kernel.states();
        loop {
            if self.columns.len() > MOST_OPEN || solve_limited(&mut self.model, self.settings)?.is_none() {
                return Ok(None);
            }
            self.rounds += 1;
            self.iterations += self.model.effort().simplex;
            let duals = self.model.duals()?;
            let mut rho = vec![vec![]; self.kernel.actions()];
            for (row, &(a, b)) in self.rows.pairs.iter().enumerate() {
                if -duals[row] > 0.0 {
                    rho[a].push((b, -duals[row]));
                }
            }
            let least: Vec<f64> = (0..n)
                .map(|y| {
                    let row = self.row_of[y];
                    NOISE + if row == SETTLED { self.price(&rho, self.action[y], y) } else { duals[row] }
                })
                .collect();
            let has_column = &self.has_column;
            let wanted = |a: usize, y: usize| !has_column[a * n + y] && allowed(a, y);
            let priced = price(self.kernel, self.weights, &rho, &least, MOST, wanted);
            let columns: Vec<(usize, usize)> = priced
                .candidates
                .iter()
                .enumerate()
                .flat_map(|(y, list)| list.iter().map(move |&(a, _)| (a, y)))
                .collect();
            if self.settings.verbose {
                eprintln!(
                    "round {}: simplex, {} columns of {} open states, {} to enter",
                    self.rounds,
                    self.columns.len(),
                    self.size - self.rows.len(),
                    columns.len()
                );
            }
            if columns.is_empty() {
                return Ok(Some(Duals { lambda: priced.lambda, rho, sigma: 0.0, weights: self.weights }));
            }
            self.open(&columns)?;
        }
    }

    fn price(&self, rho: &[Vec<(usize, f64)>], a: usize, y: usize) -> f64 {
        let own = self.kernel.user[(a, y)];
        let gains = rho[a].iter().map(|&(b, rho)| rho * (own - self.kernel.user[(b, y)]));
        self.kernel.cost(self.weights, a, y) + gains.sum::<f64>()
    }

    /// Moves to the optimum that is best by `second` among those with the multipliers `duals`.
    /// Returns whether there was only one; or `None` if the program is too large or fails, and then
    /// the optimum stays as it was.
    pub(super) fn break_ties(&mut self, duals: &Duals, second: Weights) -> Result<Option<bool>, PersuadeError> {
        let (n, m) = (self.kernel.states(), self.kernel.actions());
        let least: Vec<f64> = duals.lambda.iter().map(|lambda| lambda - NOISE).collect();
        let face = price(self.kernel, self.weights, &duals.rho, &least, m, |_, _| true);
        let mut on_face = vec![false; n * m];
        let mut open = Vec::new();
        for (y, list) in face.candidates.iter().enumerate() {
            list.iter().for_each(|&(a, _)| on_face[a * n + y] = true);
            if list.len() > 1 {
                open.extend(list.iter().map(|&(a, _)| (a, y)));
            }
        }
        let tight = |a: usize, b: usize| duals.rho[a].iter().any(|&(c, rho)| c == b && rho > NOISE);
        if self.is_only_optimum(&on_face, open.len(), &tight) {
            return Ok(Some(true));
        }
        if open.len() > MOST_OPEN {
            return Ok(None);
        }
        self.open(&open)?;
        self.weights = second;
        let costs: Vec<f64> = self.columns.iter().map(|&(a, y)| self.kernel.cost(second, a, y)).collect();
        self.model.change_all_costs(&costs)?;
        let upper: Vec<f64> =
            self.columns.iter().map(|&(a, y)| if on_face[a * n + y] { f64::INFINITY } else { 0.0 }).collect();
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let fixed: Vec<usize> =
            (0..self.rows.len()).filter(|&k| tight(self.rows.pairs[k].0, self.rows.pairs[k].1)).collect();
        let level: Vec<f64> = fixed.iter().map(|&row| -self.settled[row]).collect();
        self.model.change_row_bounds(&fixed, &level, &level)?;
        let solved = match solve_limited(&mut self.model, self.settings) {
            Err(PersuadeError::Impossible(_) | PersuadeError::Solver(_)) => None,
            other => other?,
        };
        self.rounds += 1;
        self.iterations += self.model.effort().simplex;
        Ok(solved.map(|_| false))
    }

    /// Whether the basis rules out any other optimum: no column on the face is nonbasic, and no row
    /// without a multiplier is tight. `open` is the number of columns on the face in states that
    /// have several.
    fn is_only_optimum(&self, on_face: &[bool], open: usize, tight: &impl Fn(usize, usize) -> bool) -> bool {
        let n = self.kernel.states();
        let Some(basis) = self.model.basis() else { return false };
        let is_basic = |status: &BasisStatus| *status == BasisStatus::Basic;
        let mut of_state = std::collections::HashMap::new();
        for &(a, y) in &self.columns {
            *of_state.entry(y).or_insert(0) += usize::from(on_face[a * n + y]);
        }
        let columns = basis.columns.iter().zip(&self.columns);
        let several = columns.filter(|(status, (a, y))| is_basic(status) && on_face[a * n + y] && of_state[y] > 1);
        let mut rows = basis.rows[..self.rows.len()].iter().zip(&self.rows.pairs);
        several.count() == open && !rows.any(|(status, &(a, b))| !is_basic(status) && !tight(a, b))
    }

    /// The masses: (action, state, scaled mass), positive ones.
    pub(super) fn masses(&self) -> Result<Vec<(usize, usize, f64)>, PersuadeError> {
        let primal = self.model.primal()?;
        let settled = (0..self.kernel.states()).filter(|&y| self.row_of[y] == SETTLED);
        let settled = settled.map(|y| (self.action[y], y, self.kernel.mass[y]));
        let open = self.columns.iter().zip(primal).map(|(&(a, y), x)| (a, y, x));
        Ok(settled.chain(open).filter(|&(_, _, x)| x > NOTHING).collect())
    }
}
