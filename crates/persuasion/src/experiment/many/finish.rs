//! From an interior point to a vertex: most observations are decided, and a small program decides
//! the rest.
//!
//! *Method.* This is the method of `many_states`. An observation is settled where one menu has all
//! of its mass and every other menu has a positive reduced cost; it then adds a constant to the
//! rows. The other observations form a program for the simplex method, which starts from the basis
//! that the interior point suggests. Its multipliers, together with the interior point's
//! multipliers for menus without a column, price all columns. A column with a positive reduced
//! value reopens its observation. *Guarantee:* at the end, no column has a reduced value above
//! [`NOISE`].

use super::columns::Columns;
use crate::PersuadeError;
use crate::limited::solve_limited;
use suasion_lp::{Basis, BasisStatus, LpOptions, Model, Sense, Settings, Sparse};

/// The maximum number of open columns.
pub(super) const MOST_OPEN: usize = 8_000;
pub(super) const TOLERANCE: f64 = 1e-9;
/// Below this, a reduced cost or a multiplier is rounding error: twice the tolerance of the solver.
const NOISE: f64 = 2e-9;
/// The maximum number of columns of an observation that enter in a round.
const MOST: usize = 4;
/// The maximum number of rounds.
const ROUNDS: usize = 100;
/// Masses below this count as zero.
const NOTHING: f64 = 1e-13;
const SETTLED: usize = usize::MAX;

/// What an interior point suggests for an observation: the menu with the most mass, and all menus
/// that may have mass (including that one, each with whether it does) if the observation is open.
pub(super) struct Leaning {
    pub menu: usize,
    pub open: Vec<(usize, bool)>,
}

/// The open observations, in an incremental program.
pub(super) struct Finish<'a> {
    columns: &'a Columns<'a>,
    /// The multipliers of menus without a column.
    rho: Vec<f64>,
    model: Model,
    /// The columns of the model, as menu and observation.
    list: Vec<(usize, usize)>,
    has_column: Vec<bool>,
    /// The menu of each observation that is settled, `[n]`.
    menu: Vec<usize>,
    /// The row of each observation in the model, or [`SETTLED`], `[n]`.
    row_of: Vec<usize>,
    /// The number of rows of the model.
    size: usize,
    /// The contribution of settled observations to each row, `[K]`.
    settled: Vec<f64>,
    settings: &'a Settings,
}

impl<'a> Finish<'a> {
    /// Builds the program from what the interior point suggests. `binds` gives the rows that are
    /// tight there.
    pub(super) fn new(
        columns: &'a Columns<'a>,
        rho: &[f64],
        leanings: &[Leaning],
        binds: &[bool],
        settings: &'a Settings,
    ) -> Result<Self, PersuadeError> {
        let options = LpOptions::scaled(TOLERANCE, settings);
        let (n, k) = (columns.n, columns.size());
        let mut model = Model::new("experiment, open observations", Sense::Maximise, options)?;
        model.add_rows(&vec![0.0; k], &vec![f64::INFINITY; k], &Sparse::empty(k))?;
        let mut finish = Self {
            columns,
            rho: rho.to_vec(),
            model,
            list: vec![],
            has_column: vec![false; columns.cost.len()],
            menu: leanings.iter().map(|leaning| leaning.menu).collect(),
            row_of: vec![SETTLED; n],
            size: k,
            settled: vec![0.0; k],
            settings,
        };
        (0..n).for_each(|i| finish.settle(i, 1.0));
        let of_state = |(i, leaning): (usize, &Leaning)| leaning.open.iter().map(|&(f, _)| (f, i)).collect::<Vec<_>>();
        let open: Vec<(usize, usize)> = leanings.iter().enumerate().flat_map(of_state).collect();
        finish.open(&open)?;
        let basic = |yes: bool| if yes { BasisStatus::Basic } else { BasisStatus::Lower };
        let used = |&(f, i): &(usize, usize)| basic(leanings[i].open.contains(&(f, true)));
        let basis = Basis {
            columns: finish.list.iter().map(used).collect(),
            rows: binds.iter().map(|&binds| basic(!binds)).chain((k..finish.size).map(|_| basic(false))).collect(),
        };
        finish.model.set_basis(&basis)?;
        Ok(finish)
    }

    fn rows(&self, f: usize) -> std::ops::Range<usize> {
        self.columns.starts[f]..self.columns.starts[f + 1]
    }

    /// Adds the contribution of a settled observation's menu to the rows, times `sign`.
    fn settle(&mut self, i: usize, sign: f64) {
        for row in self.rows(self.menu[i]) {
            self.settled[row] += sign * self.columns.mass()[i] * self.columns.gain(row)[i];
        }
        if let (Some(worth), Some(sum)) = (self.columns.floor(), self.settled.get_mut(self.columns.rows.len())) {
            *sum += sign * self.columns.mass()[i] * worth[self.menu[i] * self.columns.n + i];
        }
    }

    /// Opens the observations of these columns and adds the columns.
    fn open(&mut self, wanted: &[(usize, usize)]) -> Result<(), PersuadeError> {
        let n = self.columns.n;
        let mut wanted = wanted.to_vec();
        let mut masses = Vec::new();
        for k in 0..wanted.len() {
            let i = wanted[k].1;
            if self.row_of[i] == SETTLED {
                self.settle(i, -1.0);
                wanted.push((self.menu[i], i));
                self.row_of[i] = self.size;
                self.size += 1;
                masses.push(self.columns.mass()[i]);
            }
        }
        self.model.add_rows(&masses, &masses, &Sparse::empty(masses.len()))?;
        let all: Vec<usize> = (0..self.columns.size()).collect();
        let lower = self.lower();
        self.model.change_row_bounds(&all, &lower, &vec![f64::INFINITY; all.len()])?;
        let (mut costs, mut entries) = (Vec::new(), Sparse::new());
        for (f, i) in wanted {
            if std::mem::replace(&mut self.has_column[f * n + i], true) {
                continue;
            }
            for row in self.rows(f) {
                entries.push(row, self.columns.gain(row)[i]);
            }
            if let Some(worth) = self.columns.floor() {
                entries.push(self.columns.rows.len(), worth[f * n + i]);
            }
            entries.push(self.row_of[i], 1.0);
            entries.close();
            costs.push(self.columns.cost[f * n + i]);
            self.list.push((f, i));
        }
        let added = costs.len();
        if added > 0 {
            self.model.add_columns(&costs, &vec![0.0; added], &vec![f64::INFINITY; added], &entries)?;
        }
        Ok(())
    }

    /// The lower bound of each row on the open observations' contribution.
    fn lower(&self) -> Vec<f64> {
        self.columns.levels().iter().zip(&self.settled).map(|(level, settled)| level - settled).collect()
    }

    /// The multipliers of an optimum, `[K]`. Returns `None` if the open observations cannot satisfy
    /// obedience or are too many.
    pub(super) fn solve(&mut self) -> Result<Option<Vec<f64>>, PersuadeError> {
        let n = self.columns.n;
        for round in 1..=ROUNDS {
            if self.list.len() > MOST_OPEN || solve_limited(&mut self.model, self.settings)?.is_none() {
                return Ok(None);
            }
            let duals = self.model.duals()?;
            let rho = self.combined(&duals);
            let prices = self.prices(&rho);
            let mut wanted = Vec::new();
            for i in 0..n {
                let row = self.row_of[i];
                let least = NOISE + if row == SETTLED { prices[self.menu[i] * n + i] } else { duals[row] };
                let pays = |f: &usize| {
                    let column = f * n + i;
                    self.columns.alive[column] && !self.has_column[column] && prices[column] > least
                };
                let mut found: Vec<usize> = (0..self.columns.menus()).filter(pays).collect();
                found.sort_by(|&l, &r| prices[r * n + i].total_cmp(&prices[l * n + i]).then(l.cmp(&r)));
                wanted.extend(found.into_iter().take(MOST).map(|f| (f, i)));
            }
            if self.settings.verbose {
                let (columns, pivots) = (self.list.len(), self.model.effort().simplex);
                eprintln!("round {round}: {columns} columns, {pivots} pivots, {} to enter", wanted.len());
            }
            if wanted.is_empty() {
                return Ok(Some(rho));
            }
            self.open(&wanted)?;
        }
        Ok(None)
    }

    /// Combines the model's multipliers of menus that have columns with the interior point's
    /// multipliers of the others.
    fn combined(&self, duals: &[f64]) -> Vec<f64> {
        let mut here = vec![false; self.columns.menus()];
        self.list.iter().for_each(|&(f, _)| here[f] = true);
        for (i, &f) in self.menu.iter().enumerate() {
            here[f] |= self.row_of[i] == SETTLED;
        }
        let used = |k: usize| self.columns.rows.get(k).is_none_or(|row| here[row.menu]);
        (0..self.columns.size()).map(|k| if used(k) { (-duals[k]).max(0.0) } else { self.rho[k] }).collect()
    }

    fn prices(&self, rho: &[f64]) -> Vec<f64> {
        let mut prices = self.columns.priced(rho);
        prices.iter_mut().zip(&self.columns.cost).for_each(|(price, cost)| *price += cost);
        prices
    }

    /// Moves to the optimum that is best by `second`, one number for each column, among those with
    /// the multipliers `rho`. Returns false if the optimum is unchanged.
    pub(super) fn break_ties(&mut self, rho: &[f64], second: &[f64]) -> Result<bool, PersuadeError> {
        let (n, count) = (self.columns.n, self.columns.menus());
        // A floor with a positive multiplier binds at every optimum, so each optimum gives the user
        // exactly the floor.
        if self.columns.floor().is_some() && rho.last().is_some_and(|&slope| slope > NOISE) {
            return Ok(false);
        }
        let prices = self.prices(rho);
        let mut on_face = vec![false; prices.len()];
        let mut open = Vec::new();
        for i in 0..n {
            let alive = |f: &usize| self.columns.alive[f * n + i];
            let most = (0..count).filter(alive).map(|f| prices[f * n + i]).fold(f64::NEG_INFINITY, f64::max);
            let list: Vec<usize> = (0..count).filter(alive).filter(|f| prices[f * n + i] >= most - NOISE).collect();
            list.iter().for_each(|f| on_face[f * n + i] = true);
            if list.len() > 1 {
                open.extend(list.into_iter().map(|f| (f, i)));
            }
        }
        if self.is_only_optimum(&on_face, open.len(), rho) || open.len() > MOST_OPEN {
            return Ok(false);
        }
        self.open(&open)?;
        let costs: Vec<f64> = self.list.iter().map(|&(f, i)| second[f * n + i]).collect();
        self.model.change_all_costs(&costs)?;
        let room = |&(f, i): &(usize, usize)| if on_face[f * n + i] { f64::INFINITY } else { 0.0 };
        let upper: Vec<f64> = self.list.iter().map(room).collect();
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let fixed: Vec<usize> = (0..rho.len()).filter(|&row| rho[row] > NOISE).collect();
        let lower = self.lower();
        let level: Vec<f64> = fixed.iter().map(|&row| lower[row]).collect();
        self.model.change_row_bounds(&fixed, &level, &level)?;
        match solve_limited(&mut self.model, self.settings) {
            Err(PersuadeError::Impossible(_) | PersuadeError::Solver(_)) => Ok(false),
            other => Ok(other?.is_some()),
        }
    }

    /// Whether the basis rules out any other optimum: no column on the face is nonbasic, and no row
    /// without a multiplier is tight. `open` is the number of columns on the face in observations
    /// that have several.
    fn is_only_optimum(&self, on_face: &[bool], open: usize, rho: &[f64]) -> bool {
        let n = self.columns.n;
        let Some(basis) = self.model.basis() else { return false };
        let is_basic = |status: &BasisStatus| *status == BasisStatus::Basic;
        let mut of_state = vec![0_usize; n];
        (0..on_face.len()).filter(|&column| on_face[column]).for_each(|column| of_state[column % n] += 1);
        let several = |&(f, i): &(usize, usize)| on_face[f * n + i] && of_state[i] > 1;
        let basic = basis.columns.iter().zip(&self.list).filter(|(status, column)| is_basic(status) && several(column));
        let mut rows = basis.rows[..rho.len()].iter().zip(rho);
        basic.count() == open && !rows.any(|(status, &rho)| !is_basic(status) && rho <= NOISE)
    }

    /// The masses of all columns.
    pub(super) fn masses(&self) -> Result<Vec<f64>, PersuadeError> {
        let n = self.columns.n;
        let mut masses = vec![0.0; self.columns.cost.len()];
        for i in (0..n).filter(|&i| self.row_of[i] == SETTLED) {
            masses[self.menu[i] * n + i] = self.columns.mass()[i];
        }
        for (&(f, i), x) in self.list.iter().zip(self.model.primal()?) {
            masses[f * n + i] = if x > NOTHING { x } else { 0.0 };
        }
        Ok(masses)
    }
}
