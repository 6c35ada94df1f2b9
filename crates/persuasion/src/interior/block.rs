//! One action's part of the restricted master, and the linear algebra of an iteration on it.

use super::linear::cholesky;
use crate::kernel::Kernel;
use crate::weights::Weights;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Mat, MatMut, Par};

/// The `c` columns and `r` obedience rows of one action, and their iterates. All iterates are
/// positive.
pub(crate) struct Block {
    /// The recommended action.
    pub action: usize,
    /// The states of its columns, in increasing order, `[c]`.
    pub states: Vec<usize>,
    /// The alternatives of its rows, `[r]`.
    pub alternatives: Vec<usize>,
    /// `u[a][y] - u[b][y]`, `r x c`.
    gain: Mat<f64>,
    /// The objective of each column, `[c]`.
    pub cost: Vec<f64>,
    /// The user's utility of each column, `[c]`; read only where there is a floor.
    pub user: Vec<f64>,
    /// The mass of each column, `[c]`.
    pub x: Vec<f64>,
    /// The reduced cost of each column, `[c]`.
    pub z: Vec<f64>,
    /// The slack of each row, `[r]`.
    pub s: Vec<f64>,
    /// The multiplier of each row, `[r]`.
    pub rho: Vec<f64>,
    /// The violation of each row, `[r]`.
    pub w: Vec<f64>,
    /// `cap - rho`, the multiplier of `w >= 0`, `[r]`. It is stored separately, because the
    /// difference would lose its digits near the cap.
    pub q: Vec<f64>,
    pub(super) work: Work,
}

/// A block's contribution to the sums over an iterate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub primal: f64,
    pub user_value: f64,
    pub complementarity: f64,
    pub primal_infeasibility: f64,
    pub dual_infeasibility: f64,
}

/// The working memory of a block within an iteration.
pub(super) struct Work {
    /// `x / z`, `[c]`.
    theta: Vec<f64>,
    /// Cholesky factor of `gain theta gain' + diag(s / rho + w / q)`, `r x r`.
    factor: Mat<f64>,
    /// `factor^-1 gain theta [I, user]`, `r x (c + 1)`.
    half: Mat<f64>,
    /// The block's contribution to the linking system, lower triangle, `(c + 1) x (c + 1)`.
    pub schur: Mat<f64>,
    /// `lambda - z - (cost + gain' rho + sigma user)`, `[c]`.
    pub dual_residual: Vec<f64>,
    /// `s - w - gain x`, `[r]`.
    pub row_residual: Vec<f64>,
    /// `factor^-1` times the rows' right-hand side, `[r]`.
    right: Vec<f64>,
    /// The amount subtracted from the linking right-hand side, `[c]`, and for the floor.
    linked: Vec<f64>,
    pub dx: Vec<f64>,
    pub dz: Vec<f64>,
    pub ds: Vec<f64>,
    pub drho: Vec<f64>,
    pub dw: Vec<f64>,
    /// The target changes of the products `x z`, `s rho` and `w q`, to first order.
    pub target_x: Vec<f64>,
    pub target_s: Vec<f64>,
    pub target_w: Vec<f64>,
}

impl Work {
    fn new() -> Self {
        let none = Vec::new;
        Self {
            theta: none(),
            factor: Mat::new(),
            half: Mat::new(),
            schur: Mat::new(),
            dual_residual: none(),
            row_residual: none(),
            right: none(),
            linked: none(),
            dx: none(),
            dz: none(),
            ds: none(),
            drho: none(),
            dw: none(),
            target_x: none(),
            target_s: none(),
            target_w: none(),
        }
    }
}

/// Marks the values of new columns and rows in the middle of an iteration until they are set.
const UNSET: f64 = -1.0;

impl Block {
    pub(crate) fn new(action: usize) -> Self {
        Self {
            action,
            states: vec![],
            alternatives: vec![],
            gain: Mat::new(),
            cost: vec![],
            user: vec![],
            x: vec![],
            z: vec![],
            s: vec![],
            rho: vec![],
            w: vec![],
            q: vec![],
            work: Work::new(),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.alternatives.len()
    }

    pub(crate) fn columns(&self) -> usize {
        self.states.len()
    }

    /// Adds new columns and rows, with iterates that are not yet set.
    pub(crate) fn extend(&mut self, kernel: &Kernel, weights: Weights, states: &[usize], alternatives: &[usize]) {
        if states.is_empty() && alternatives.is_empty() {
            return;
        }
        let mut columns: Vec<(usize, f64, f64)> =
            self.states.iter().zip(&self.x).zip(&self.z).map(|((&y, &x), &z)| (y, x, z)).collect();
        columns.extend(states.iter().map(|&y| (y, UNSET, UNSET)));
        columns.sort_unstable_by_key(|column| column.0);
        self.states = columns.iter().map(|column| column.0).collect();
        self.x = columns.iter().map(|column| column.1).collect();
        self.z = columns.iter().map(|column| column.2).collect();
        self.alternatives.extend_from_slice(alternatives);
        for iterate in [&mut self.s, &mut self.rho, &mut self.w, &mut self.q] {
            iterate.resize(self.alternatives.len(), UNSET);
        }
        let own = kernel.user.row(self.action);
        self.gain = Mat::from_fn(self.alternatives.len(), self.states.len(), |i, j| {
            let y = self.states[j];
            own[y] - kernel.user[(self.alternatives[i], y)]
        });
        self.cost = self.states.iter().map(|&y| kernel.cost(weights, self.action, y)).collect();
        self.user = self.states.iter().map(|&y| own[y]).collect();
    }

    /// Resets all iterates.
    pub(crate) fn reset(&mut self) {
        for iterate in [&mut self.x, &mut self.z, &mut self.s, &mut self.rho, &mut self.w, &mut self.q] {
            iterate.fill(UNSET);
        }
    }

    /// Sets the iterates of new rows: near feasibility, with products of about `mu`.
    pub(crate) fn enter_rows(&mut self, mu: f64, least_slack: f64, cap: f64) {
        for i in 0..self.rows() {
            if self.s[i] >= 0.0 {
                continue;
            }
            let activity: f64 = (0..self.columns()).map(|j| self.gain[(i, j)] * self.x[j].max(0.0)).sum();
            self.s[i] = activity.max(least_slack);
            self.rho[i] = (mu / self.s[i]).min(0.5 * cap);
            self.q[i] = cap - self.rho[i];
            self.w[i] = mu / self.q[i] + (-activity).max(0.0);
        }
    }

    /// Sets the reduced costs, and the masses of new columns.
    pub(crate) fn enter_columns(&mut self, mu: f64, lambda: &[f64], sigma: f64) {
        let mut price = std::mem::take(&mut self.work.dual_residual);
        self.prices(sigma, &mut price);
        for j in 0..self.columns() {
            self.z[j] = lambda[self.states[j]] - price[j];
            if self.x[j] < 0.0 {
                self.x[j] = (mu / self.z[j]).min(0.05);
            }
        }
        self.work.dual_residual = price;
    }

    /// `cost + gain' rho + sigma user`, `[c]`.
    pub(crate) fn prices(&self, sigma: f64, out: &mut Vec<f64>) {
        out.clear();
        for j in 0..self.columns() {
            let column = self.gain.col_as_slice(j);
            let sum: f64 = column.iter().zip(&self.rho).map(|(g, r)| g * r).sum();
            out.push(self.cost[j] + sum + sigma * self.user[j]);
        }
    }

    /// Computes the residuals of dual constraints and rows. Returns the block's contribution to the
    /// sums over the iterate.
    pub(super) fn residuals(&mut self, lambda: &[f64], sigma: f64, cap: f64) -> Sums {
        let mut residual = std::mem::take(&mut self.work.dual_residual);
        self.prices(sigma, &mut residual);
        for (j, residual) in residual.iter_mut().enumerate() {
            *residual = lambda[self.states[j]] - self.z[j] - *residual;
        }
        self.work.dual_residual = residual;
        let mut rows = std::mem::take(&mut self.work.row_residual);
        rows.clear();
        rows.extend((0..self.rows()).map(|i| self.s[i] - self.w[i]));
        for (j, &x) in self.x.iter().enumerate() {
            for (row, g) in rows.iter_mut().zip(self.gain.col_as_slice(j)) {
                *row -= g * x;
            }
        }
        self.work.row_residual = rows;
        let mut sums = Sums::default();
        for j in 0..self.columns() {
            sums.primal += self.cost[j] * self.x[j];
            sums.user_value += self.user[j] * self.x[j];
            sums.complementarity += self.x[j] * self.z[j];
            sums.dual_infeasibility = sums.dual_infeasibility.max(self.work.dual_residual[j].abs());
        }
        for i in 0..self.rows() {
            sums.complementarity += self.s[i] * self.rho[i] + self.w[i] * self.q[i];
            sums.primal -= cap * self.w[i];
            sums.primal_infeasibility = sums.primal_infeasibility.max(self.work.row_residual[i].abs());
        }
        sums
    }

    /// Factorizes the block, and computes its part of the linking system.
    pub(super) fn eliminate(&mut self, floor: bool) {
        let (r, c) = (self.rows(), self.columns());
        let w = &mut self.work;
        w.theta.clear();
        w.theta.extend(self.x.iter().zip(&self.z).map(|(x, z)| x / z));
        let width = c + usize::from(floor);
        w.schur.resize_with(width, width, |_, _| 0.0);
        w.schur.as_mut().fill(0.0);
        for j in 0..c {
            w.schur[(j, j)] = w.theta[j];
        }
        if floor {
            let mut corner = 0.0;
            for j in 0..c {
                w.schur[(c, j)] = w.theta[j] * self.user[j];
                corner += w.theta[j] * self.user[j] * self.user[j];
            }
            w.schur[(c, c)] = corner;
        }
        w.half.resize_with(r, width, |_, _| 0.0);
        if r == 0 {
            return;
        }
        for j in 0..c {
            let theta = w.theta[j];
            for (h, g) in w.half.col_as_slice_mut(j).iter_mut().zip(self.gain.col_as_slice(j)) {
                *h = theta * g;
            }
        }
        if floor {
            for i in 0..r {
                w.half[(i, c)] = (0..c).map(|j| w.half[(i, j)] * self.user[j]).sum();
            }
        }
        w.factor.resize_with(r, r, |_, _| 0.0);
        triangular_matmul(
            w.factor.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Replace,
            w.half.as_ref().subcols(0, c),
            BlockStructure::Rectangular,
            self.gain.as_ref().transpose(),
            BlockStructure::Rectangular,
            1.0,
            Par::Seq,
        );
        for i in 0..r {
            w.factor[(i, i)] += self.s[i] / self.rho[i] + self.w[i] / self.q[i];
        }
        cholesky(w.factor.as_mut());
        solve_lower_triangular_in_place(w.factor.as_ref(), w.half.as_mut(), Par::Seq);
        triangular_matmul(
            w.schur.as_mut(),
            BlockStructure::TriangularLower,
            Accum::Add,
            w.half.as_ref().transpose(),
            BlockStructure::Rectangular,
            w.half.as_ref(),
            BlockStructure::Rectangular,
            -1.0,
            Par::Seq,
        );
    }

    /// The block's contribution to the floor's diagonal entry of the linking system.
    pub(super) fn corner(&self) -> f64 {
        self.work.schur[(self.columns(), self.columns())]
    }

    /// Eliminates the block from the right-hand side. For the way back, `right` keeps its rows, and
    /// `dx` keeps `theta` times its columns.
    pub(super) fn reduce(&mut self, floor: bool) {
        let (r, c) = (self.rows(), self.columns());
        let w = &mut self.work;
        w.dx.clear();
        w.dx.extend((0..c).map(|j| w.theta[j] * (w.target_x[j] / self.x[j] - w.dual_residual[j])));
        w.right.clear();
        w.right.extend((0..r).map(|i| w.row_residual[i] + w.target_s[i] / self.rho[i] - w.target_w[i] / self.q[i]));
        for j in 0..c {
            let step = w.dx[j];
            for (right, g) in w.right.iter_mut().zip(self.gain.col_as_slice(j)) {
                *right -= g * step;
            }
        }
        if r > 0 {
            let right = MatMut::from_column_major_slice_mut(&mut w.right, r, 1);
            solve_lower_triangular_in_place(w.factor.as_ref(), right, Par::Seq);
        }
        let half = |j: usize| -> f64 {
            if r == 0 {
                return 0.0;
            }
            w.half.col_as_slice(j).iter().zip(&w.right).map(|(h, r)| h * r).sum()
        };
        w.linked.clear();
        w.linked.extend((0..c).map(|j| w.dx[j] + half(j)));
        if floor {
            let own: f64 = w.dx.iter().zip(&self.user).map(|(d, u)| d * u).sum();
            w.linked.push(own + half(c));
        }
    }

    /// Subtracts the block's contribution from the linking right-hand side.
    pub(super) fn link(&self, link: &mut [f64]) {
        let (own, floor) = self.work.linked.split_at(self.columns());
        for (&y, value) in self.states.iter().zip(own) {
            link[y] -= value;
        }
        if let (Some(value), Some(last)) = (floor.first(), link.last_mut()) {
            *last -= value;
        }
    }

    /// Computes the block's directions from the linking solution (`-d lambda`, then `d sigma`).
    pub(super) fn expand(&mut self, link: &[f64], floor: bool) {
        let (r, c) = (self.rows(), self.columns());
        let w = &mut self.work;
        let sigma = if floor { link[link.len() - 1] } else { 0.0 };
        w.drho.clear();
        w.drho.extend_from_slice(&w.right);
        if r > 0 {
            for j in 0..c {
                let value = link[self.states[j]];
                for (d, h) in w.drho.iter_mut().zip(w.half.col_as_slice(j)) {
                    *d -= h * value;
                }
            }
            if floor {
                for (d, h) in w.drho.iter_mut().zip(w.half.col_as_slice(c)) {
                    *d -= h * sigma;
                }
            }
            let drho = MatMut::from_column_major_slice_mut(&mut w.drho, r, 1);
            solve_upper_triangular_in_place(w.factor.as_ref().transpose(), drho, Par::Seq);
        }
        w.dz.clear();
        for j in 0..c {
            let sum: f64 = self.gain.col_as_slice(j).iter().zip(&w.drho).map(|(g, d)| g * d).sum();
            w.dx[j] += w.theta[j] * (sum + link[self.states[j]] + sigma * self.user[j]);
            w.dz.push((w.target_x[j] - self.z[j] * w.dx[j]) / self.x[j]);
        }
        w.ds.clear();
        w.ds.extend((0..r).map(|i| (w.target_s[i] - self.s[i] * w.drho[i]) / self.rho[i]));
        w.dw.clear();
        w.dw.extend((0..r).map(|i| (w.target_w[i] + self.w[i] * w.drho[i]) / self.q[i]));
    }

    /// Sets the target of all products to zero.
    pub(super) fn aim_at_zero(&mut self) {
        let products = |out: &mut Vec<f64>, left: &[f64], right: &[f64]| {
            out.clear();
            out.extend(left.iter().zip(right).map(|(l, r)| -l * r));
        };
        products(&mut self.work.target_x, &self.x, &self.z);
        products(&mut self.work.target_s, &self.s, &self.rho);
        products(&mut self.work.target_w, &self.w, &self.q);
    }

    /// Sets the target of all products to `mu`, corrected for the second order of the last
    /// direction.
    pub(super) fn aim_at(&mut self, mu: f64) {
        let w = &mut self.work;
        for j in 0..w.target_x.len() {
            w.target_x[j] = mu - self.x[j] * self.z[j] - w.dx[j] * w.dz[j];
        }
        for i in 0..w.target_s.len() {
            w.target_s[i] = mu - self.s[i] * self.rho[i] - w.ds[i] * w.drho[i];
            w.target_w[i] = mu - self.w[i] * self.q[i] + w.dw[i] * w.drho[i];
        }
    }

    /// The sum of products after steps along the direction.
    pub(super) fn products(&self, primal: f64, dual: f64) -> f64 {
        let w = &self.work;
        let mut sum = 0.0;
        for j in 0..self.columns() {
            sum += (self.x[j] + primal * w.dx[j]) * (self.z[j] + dual * w.dz[j]);
        }
        for i in 0..self.rows() {
            sum += (self.s[i] + primal * w.ds[i]) * (self.rho[i] + dual * w.drho[i]);
            sum += (self.w[i] + primal * w.dw[i]) * (self.q[i] - dual * w.drho[i]);
        }
        sum
    }

    /// The longest primal and dual steps, at most those given, that keep the iterates from falling
    /// below zero.
    pub(super) fn longest(&self, (mut primal, mut dual): (f64, f64)) -> (f64, f64) {
        let w = &self.work;
        primal = longest(&self.x, &w.dx, primal);
        primal = longest(&self.s, &w.ds, primal);
        primal = longest(&self.w, &w.dw, primal);
        dual = longest(&self.z, &w.dz, dual);
        dual = longest(&self.rho, &w.drho, dual);
        for (q, drho) in self.q.iter().zip(&w.drho) {
            if *drho > 0.0 {
                dual = dual.min(q / drho);
            }
        }
        (primal, dual)
    }

    /// Steps along the direction.
    pub(super) fn step(&mut self, primal: f64, dual: f64) {
        let w = &self.work;
        let add = |iterate: &mut [f64], direction: &[f64], step: f64| {
            for (value, d) in iterate.iter_mut().zip(direction) {
                *value += step * d;
            }
        };
        add(&mut self.x, &w.dx, primal);
        add(&mut self.s, &w.ds, primal);
        add(&mut self.w, &w.dw, primal);
        add(&mut self.z, &w.dz, dual);
        add(&mut self.rho, &w.drho, dual);
        add(&mut self.q, &w.drho, -dual);
    }
}

pub(super) fn longest(values: &[f64], directions: &[f64], limit: f64) -> f64 {
    values.iter().zip(directions).fold(limit, |step, (&v, &d)| if d < 0.0 { step.min(-v / d) } else { step })
}
