//! The relaxation of a node: each type is recommended its responses.
//!
//! Columns are `x_i`, then `z^t_ij` type by type. Rows are `sum_i x_i = 1`, `sum_j z^t_ij = x_i`,
//! and rows of obedience, which are generated. A node fixes the responses that it excludes at zero,
//! so one model serves all nodes.

use super::Responses;
use crate::PersuadeError;
use crate::limited::solve_limited;
use std::collections::HashSet;
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{Basis, BasisStatus, LpOptions, Model, Sense, Settings, Sparse};
use suasion_model::Matrix;

/// The tolerance of the solver.
const TOLERANCE: f64 = 1e-9;

/// Gains below this are rounding error, and get no row.
const SMALL: f64 = 1e-14;

/// The scaled solution of a relaxation.
pub(super) struct Relaxed {
    /// An upper bound on the value of any mixture with these responses.
    pub bound: f64,
    pub strategy: Vec<f64>,
    pub multipliers: Vec<ResponseMultiplier>,
    /// The probability with which each response is recommended to each type.
    recommended: Vec<Vec<f64>>,
    /// The final basis of the simplex method, from which children start.
    pub basis: Option<Basis>,
}

impl Relaxed {
    /// The response that is most often recommended to each type.
    pub(super) fn responses(&self) -> Vec<usize> {
        let most = |recommended: &Vec<f64>| {
            (0..recommended.len()).max_by(|&l, &r| recommended[l].total_cmp(&recommended[r])).unwrap_or(0)
        };
        self.recommended.iter().map(most).collect()
    }
}

pub(crate) struct Relaxation {
    settings: Settings,
    model: Model,
    /// `(type, response, alternative)` of every row of obedience, and its factor.
    rows: Vec<((usize, usize, usize), f64)>,
    present: HashSet<(usize, usize, usize)>,
    first_row: usize,
}

impl Relaxation {
    /// The relaxation of a game. The leader's utilities and the prices are set later.
    pub(crate) fn new(game: &Responses, settings: &Settings) -> Result<Self, PersuadeError> {
        let options = LpOptions::scaled(TOLERANCE, settings);
        let (rows, columns, types) = (game.rows(), game.columns(), game.types());
        let mut model = Model::new("mixture and responses, relaxation", Sense::Maximise, options)?;
        model.add_rows(&[1.0], &[1.0], &Sparse::empty(1))?;
        model.add_rows(&vec![0.0; rows * types], &vec![0.0; rows * types], &Sparse::empty(rows * types))?;
        let mut entries = Sparse::new();
        for i in 0..rows {
            entries.add(std::iter::once((0, 1.0)).chain((0..types).map(|t| (1 + t * rows + i, -1.0))));
        }
        for row in 0..types * rows {
            for _ in 0..columns {
                entries.add([(1 + row, 1.0)]);
            }
        }
        let zeros = vec![0.0; entries.len()];
        model.add_columns(&zeros, &zeros, &vec![f64::INFINITY; zeros.len()], &entries)?;
        Ok(Self {
            settings: settings.clone(),
            model,
            rows: vec![],
            present: HashSet::new(),
            first_row: 1 + rows * types,
        })
    }

    /// Sets the leader's utilities and the prices.
    pub(super) fn reprice(&mut self, game: &Responses) -> Result<(), PersuadeError> {
        let recommended = game.leader.iter().flat_map(Matrix::as_slice);
        let costs: Vec<f64> = game.prices.iter().map(|price| -price).chain(recommended.copied()).collect();
        Ok(self.model.change_all_costs(&costs)?)
    }

    /// Solves the relaxation with the remaining responses. If none of them are best responses to
    /// any strategy, the multipliers prove a bound of at most `enough`.
    pub(super) fn solve(
        &mut self,
        game: &Responses,
        left: &[Vec<bool>],
        enough: f64,
        start: Option<&Basis>,
    ) -> Result<Relaxed, PersuadeError> {
        let (rows, columns, types) = (game.rows(), game.columns(), game.types());
        let mut upper = vec![f64::INFINITY; rows];
        for set in left {
            for _ in 0..rows {
                upper.extend(set.iter().map(|&left| if left { f64::INFINITY } else { 0.0 }));
            }
        }
        self.model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        if let Some(start) = start {
            // Rows that are newer than the basis are slack in it.
            let mut start = start.clone();
            start.rows.resize(self.model.rows(), BasisStatus::Basic);
            self.model.set_basis(&start)?;
        }
        loop {
            if solve_limited(&mut self.model, &self.settings)?.is_none() {
                return Ok(self.infeasible(game, left, enough));
            }
            let primal = self.model.primal()?;
            if self.separate(game, &primal)? > 0 {
                continue;
            }
            let duals = self.model.duals()?;
            let multipliers = self.multipliers(|row| (-duals[row]).max(0.0));
            let recommended =
                |t: usize| (0..columns).map(|j| (0..rows).map(|i| primal[column(game, t, i, j)]).sum()).collect();
            return Ok(Relaxed {
                bound: bound(game, left, &multipliers),
                recommended: (0..types).map(recommended).collect(),
                strategy: primal[..rows].iter().map(|x| x.max(0.0)).collect(),
                multipliers,
                basis: self.model.basis(),
            });
        }
    }

    /// Adds the violated rows of obedience, relative to what is at stake in them.
    fn separate(&mut self, game: &Responses, primal: &[f64]) -> Result<usize, PersuadeError> {
        let (rows, columns) = (game.rows(), game.columns());
        let mut found = Vec::new();
        for t in 0..game.types() {
            for j in 0..columns {
                let mut values = vec![0.0; columns];
                for i in 0..rows {
                    let mass = primal[column(game, t, i, j)];
                    if mass > 0.0 {
                        values.iter_mut().zip(game.follower[t].row(i)).for_each(|(value, u)| *value += mass * u);
                    }
                }
                for k in (0..columns).filter(|&k| values[k] > values[j] + 2.0 * TOLERANCE * SMALL) {
                    let factor = row_factor(&game.follower[t], j, k);
                    let broken = factor * (values[k] - values[j]) > 2.0 * TOLERANCE;
                    if broken && !self.present.contains(&(t, j, k)) {
                        found.push(((t, j, k), factor));
                    }
                }
            }
        }
        let mut entries = Sparse::new();
        for &((t, j, k), factor) in &found {
            let utility = &game.follower[t];
            let gain = |i: usize| factor * (utility[(i, j)] - utility[(i, k)]);
            entries.add((0..rows).map(|i| (column(game, t, i, j), gain(i))));
        }
        self.model.add_rows(&vec![0.0; found.len()], &vec![f64::INFINITY; found.len()], &entries)?;
        self.present.extend(found.iter().map(|row| row.0));
        self.rows.extend(&found);
        Ok(found.len())
    }

    fn multipliers(&self, of_row: impl Fn(usize) -> f64) -> Vec<ResponseMultiplier> {
        let all = self.rows.iter().enumerate();
        let all = all.map(|(row, &((t, j, k), factor))| (t, j, k, factor * of_row(self.first_row + row)));
        all.filter(|multiplier| multiplier.3 > 0.0).collect()
    }

    /// A ray of multipliers, if it is long enough, proves an arbitrarily low bound on an empty set.
    fn infeasible(&self, game: &Responses, left: &[Vec<bool>], enough: f64) -> Relaxed {
        let mut multipliers = vec![];
        let mut least = bound(game, left, &multipliers);
        if let Some(ray) = self.model.dual_ray() {
            for sign in [1.0, -1.0] {
                let along = self.multipliers(|row| (sign * ray[row]).max(0.0));
                for length in [1.0, 1e2, 1e4, 1e6] {
                    let longer: Vec<_> = along.iter().map(|&(t, j, k, rho)| (t, j, k, length * rho)).collect();
                    let found = bound(game, left, &longer);
                    if found < least && least > enough {
                        (least, multipliers) = (found, longer);
                    }
                }
            }
        }
        let (rows, columns, types) = (game.rows(), game.columns(), game.types());
        let mut strategy = vec![0.0; rows];
        strategy[0] = 1.0;
        Relaxed { bound: least, strategy, multipliers, recommended: vec![vec![0.0; columns]; types], basis: None }
    }
}

/// A power of two that scales the largest gain of a response over an alternative to about one if
/// little is at stake between them; otherwise one, so that rows of about size one stay as they are.
pub(super) fn row_factor(utility: &Matrix, response: usize, alternative: usize) -> f64 {
    let gains = (0..utility.rows()).map(|i| (utility[(i, response)] - utility[(i, alternative)]).abs());
    let most = gains.fold(0.0, f64::max);
    if most < 1.0 / 1024.0 && most > SMALL { (-most.log2().floor()).exp2() } else { 1.0 }
}

fn column(game: &Responses, t: usize, i: usize, j: usize) -> usize {
    game.rows() + (t * game.rows() + i) * game.columns() + j
}

/// The bound that multipliers prove, prices included: see
/// [`suasion_certificate::StackelbergProof`].
fn bound(game: &Responses, left: &[Vec<bool>], multipliers: &[ResponseMultiplier]) -> f64 {
    let (rows, columns) = (game.rows(), game.columns());
    let mut most = f64::NEG_INFINITY;
    for i in 0..rows {
        let mut total = -game.prices[i];
        for (t, set) in left.iter().enumerate() {
            let mut prices = game.leader[t].row(i).to_vec();
            let own = game.follower[t].row(i);
            for &(_, j, k, rho) in multipliers.iter().filter(|multiplier| multiplier.0 == t) {
                prices[j] += rho * (own[j] - own[k]);
            }
            total += (0..columns).filter(|&j| set[j]).map(|j| prices[j]).fold(f64::NEG_INFINITY, f64::max);
        }
        most = most.max(total);
    }
    most
}
