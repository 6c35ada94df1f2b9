//! The program of a best conversation rule in the form that `HiGHS` solves: its relaxations.

use crate::EquilibriumError;
use suasion_certificate::{ReplyColumn, ReplyProgram};
use suasion_lp::{Basis, Error, LpOptions, Model, Sense, Settings, Sparse};
use suasion_persuasion::{PersuadeError, solve_limited};

/// The solver's tolerance.
const TOLERANCE: f64 = 1e-9;
/// Numbers closer than this to 0 or 1 count as 0 or 1.
const INTEGER: f64 = 1e-7;
/// Smaller multipliers, relative to the largest, are dropped.
const SMALL: f64 = 1e-13;

/// A solved relaxation.
pub(super) struct Relaxed {
    /// The multipliers that prove the bound, in the units of the instance.
    pub multipliers: Vec<(usize, f64)>,
    /// The optimum; `None` if the relaxation is infeasible.
    pub optimum: Option<Optimum>,
}

/// The optimum of a relaxation.
pub(super) struct Optimum {
    /// The value, in the unit of the agent's utility.
    pub objective: f64,
    pub point: Vec<f64>,
    pub basis: Option<Basis>,
}

pub(super) struct Relaxation<'a> {
    pub program: &'a ReplyProgram,
    model: Model,
    settings: Settings,
    /// The factors of rows and objective for the solver.
    rows: Vec<f64>,
    objective: f64,
    upper: Vec<f64>,
}

fn failed(error: Error) -> EquilibriumError {
    PersuadeError::from(error).into()
}

impl<'a> Relaxation<'a> {
    pub(super) fn new(program: &'a ReplyProgram, range: f64, settings: &Settings) -> Result<Self, EquilibriumError> {
        let options = LpOptions::scaled(TOLERANCE, settings);
        let mut model = Model::new("best conversation rule", Sense::Maximise, options).map_err(failed)?;
        let columns = program.columns.len();
        let objective = 1.0 / range;
        let costs: Vec<f64> = (0..columns).map(|column| objective * program.cost(column)).collect();
        let upper: Vec<f64> = (0..columns).map(|column| program.upper(column)).collect();
        model.add_columns(&costs, &vec![0.0; columns], &upper, &Sparse::empty(columns)).map_err(failed)?;
        let (mut lower, mut above, mut entries) = (vec![], vec![], Sparse::new());
        let mut rows = Vec::with_capacity(program.rows());
        for row in 0..program.rows() {
            let largest = program.row(row).fold(0.0, |most: f64, (_, value)| most.max(value.abs()));
            // A power of two, so that multipliers are scaled back without rounding.
            let factor = if largest > 0.0 { (-largest.log2().round()).clamp(-60.0, 60.0).exp2() } else { 1.0 };
            let (low, high) = program.row_bounds(row);
            lower.push(low * factor);
            above.push(high * factor);
            entries.add(program.row(row).map(|(column, value)| (column, value * factor)));
            rows.push(factor);
        }
        model.add_rows(&lower, &above, &entries).map_err(failed)?;
        Ok(Self { program, model, settings: settings.clone(), rows, objective, upper })
    }

    /// Solves it with some binary columns fixed.
    pub(super) fn solve(
        &mut self,
        fixed: &[(usize, bool)],
        start: Option<&Basis>,
    ) -> Result<Relaxed, EquilibriumError> {
        let (mut lower, mut upper) = (vec![0.0; self.upper.len()], self.upper.clone());
        for &(column, one) in fixed {
            let value = if one { 1.0 } else { 0.0 };
            (lower[column], upper[column]) = (value, value);
        }
        self.model.change_all_column_bounds(&lower, &upper).map_err(failed)?;
        if let Some(start) = start {
            self.model.set_basis(start).map_err(failed)?;
        }
        if solve_limited(&mut self.model, &self.settings)?.is_none() {
            // If the program is infeasible, a ray of multipliers makes the bound as small as
            // needed.
            let ray = self.model.dual_ray().unwrap_or_default();
            return Ok(Relaxed { multipliers: self.ray(&ray, &lower, &upper), optimum: None });
        }
        let duals = self.model.duals().map_err(failed)?;
        let point = self.model.primal().map_err(failed)?;
        let objective = point.iter().enumerate().map(|(column, x)| x * self.program.cost(column)).sum::<f64>();
        let multipliers = self.multipliers(&duals, 1.0 / self.objective);
        Ok(Relaxed { multipliers, optimum: Some(Optimum { objective, point, basis: self.model.basis() }) })
    }

    /// Multipliers in the units of the instance, with the signs that they may have.
    fn multipliers(&self, duals: &[f64], factor: f64) -> Vec<(usize, f64)> {
        let most = duals.iter().fold(0.0, |most: f64, y| most.max(y.abs()));
        let scaled = duals.iter().enumerate().map(|(row, &y)| {
            let (lower, upper) = self.program.row_bounds(row);
            let side = if y > 0.0 { upper } else { lower };
            (row, if y.abs() > SMALL * most && side.is_finite() { y * self.rows[row] * factor } else { 0.0 })
        });
        scaled.filter(|(_, y)| *y != 0.0).collect()
    }

    /// A ray that is long enough to show that there is no solution here.
    fn ray(&self, ray: &[f64], lower: &[f64], upper: &[f64]) -> Vec<(usize, f64)> {
        let mut best = (f64::INFINITY, vec![]);
        for length in [1e2, -1e2, 1e5, -1e5, 1e8, -1e8] {
            let along: Vec<f64> = ray.iter().map(|y| y * f64::signum(length)).collect();
            let multipliers = self.multipliers(&along, length.abs() / self.objective);
            let bound = self.bound(&multipliers, lower, upper);
            if bound < best.0 {
                best = (bound, multipliers);
            }
        }
        best.1
    }

    /// The bound that multipliers prove, rounded.
    fn bound(&self, multipliers: &[(usize, f64)], lower: &[f64], upper: &[f64]) -> f64 {
        let mut left: Vec<f64> = (0..self.upper.len()).map(|column| self.program.cost(column)).collect();
        let mut total = 0.0;
        for &(row, y) in multipliers {
            let (low, high) = self.program.row_bounds(row);
            total += y * if y > 0.0 { high } else { low };
            for (column, value) in self.program.row(row) {
                left[column] -= y * value;
            }
        }
        total + left.iter().zip(lower.iter().zip(upper)).map(|(d, (l, u))| (d * l).max(d * u)).sum::<f64>()
    }

    /// The binary column to branch on: early questions before late ones, questions before
    /// assignments of actions, and of those the most fractional one; `None` if all are integral.
    pub(super) fn branch(&self, point: &[f64], fixed: &[(usize, bool)]) -> Option<usize> {
        let rank = |column: usize| match self.program.columns[column] {
            ReplyColumn::Ask { place, .. } => Some(self.program.places[place].round),
            ReplyColumn::Use { .. } => Some(usize::MAX),
            _ => None,
        };
        let unclear = (0..point.len()).filter_map(|column| {
            let doubt = point[column].min(1.0 - point[column]);
            let open = doubt > INTEGER && fixed.iter().all(|(known, _)| *known != column);
            rank(column).filter(|_| open).map(|rank| (rank, doubt, column))
        });
        unclear.min_by(|l, r| l.0.cmp(&r.0).then(r.1.total_cmp(&l.1)).then(l.2.cmp(&r.2))).map(|found| found.2)
    }
}
