//! An interior-point method for the restricted master.
//!
//! *Problem.* Over some columns `x[a][y]` (mass of state `y` on which action `a` is recommended) and some obedience rows:
//!
//! ```text
//! max  sum v[a][y] x[a][y]
//! s.t. sum_a x[a][y] = mass[y]                              dual lambda[y]
//!      sum_y x[a][y] (u[a][y] - u[b][y]) = s[a][b] >= 0     dual rho[a][b]
//!      sum u[a][y] x[a][y] - t = floor, t >= 0              dual sigma (only with a floor)
//! ```
//!
//! Obedience is elastic: a row may be broken by `w[a][b] >= 0` at a price `cap` each, which is to say that `rho <= cap`. An
//! action that the present columns cannot recommend strictly would otherwise send its multipliers to infinity, and the columns
//! priced from them would be worthless. The caller raises the cap until no row is broken.
//!
//! *Method.* Mehrotra's predictor-corrector (SIAM J. Optim. 2, 1992) on normal equations that are never formed as a whole: the
//! obedience rows of different actions share no column, so eliminating them action by action leaves one dense system of the size
//! of the plausibility rows. *Complexity* per iteration, for `r` rows and `c` columns an action: `m (r^2 c + r c^2) + n^3 / 3`,
//! small beside the thousands of simplex iterations that it replaces. *Guarantee:* none needed: its multipliers give a bound by
//! weak duality whatever they are, and its solution is finished by the simplex method.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Mat, MatMut, Par};
use rayon::prelude::*;

/// The columns and rows of one action in the restricted master, and where the iteration stands on them.
pub(crate) struct Block {
    /// The states of its columns, `[c]`.
    pub states: Vec<usize>,
    /// The alternatives of its obedience rows, `[r]`.
    pub alternatives: Vec<usize>,
    /// `u[a][y] - u[b][y]`, `r x c`.
    pub gain: Mat<f64>,
    /// The objective of each column, `[c]`.
    pub cost: Vec<f64>,
    /// The user's utility of each column, `[c]` (read only where there is a floor).
    pub user: Vec<f64>,
    /// Mass of each column and its reduced cost, `[c]` each, positive.
    pub x: Vec<f64>,
    pub z: Vec<f64>,
    /// Slack of each row and its multiplier, `[r]` each, positive.
    pub s: Vec<f64>,
    pub rho: Vec<f64>,
    /// How far each row is broken, `[r]`, positive; its multiplier is `cap - rho`.
    pub w: Vec<f64>,
    work: Work,
}

/// What one block needs within an iteration.
struct Work {
    /// `x / z`, `[c]`.
    theta: Vec<f64>,
    /// Cholesky factor of `gain theta gain' + diag(s / rho)`, `r x r`.
    factor: Mat<f64>,
    /// `factor^-1 gain theta [I, user]`, `r x (c + 1)`.
    half: Mat<f64>,
    /// What the block adds to the linking system, lower triangle, `(c + 1) x (c + 1)`.
    schur: Mat<f64>,
    dual_residual: Vec<f64>,
    row_residual: Vec<f64>,
    right: Vec<f64>,
    dx: Vec<f64>,
    dz: Vec<f64>,
    ds: Vec<f64>,
    drho: Vec<f64>,
    dw: Vec<f64>,
    rc: Vec<f64>,
    rs: Vec<f64>,
    rw: Vec<f64>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            theta: vec![],
            factor: Mat::new(),
            half: Mat::new(),
            schur: Mat::new(),
            dual_residual: vec![],
            row_residual: vec![],
            right: vec![],
            dx: vec![],
            dz: vec![],
            ds: vec![],
            drho: vec![],
            dw: vec![],
            rc: vec![],
            rs: vec![],
            rw: vec![],
        }
    }
}

/// The floor on the user's value: its level, slack and multiplier.
#[derive(Clone, Copy)]
pub(crate) struct Floor {
    pub level: f64,
    pub t: f64,
    pub sigma: f64,
}

/// The restricted master with its iterate.
pub(crate) struct Master {
    pub mass: Vec<f64>,
    pub blocks: Vec<Block>,
    pub floor: Option<Floor>,
    pub lambda: Vec<f64>,
    /// The price of a broken row: every multiplier of obedience stays below it.
    pub cap: f64,
}

/// How an interior-point solve ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub iterations: usize,
    pub primal: f64,
    pub dual: f64,
    /// The largest violation of a row, in units of mass times utility.
    pub infeasibility: f64,
    pub converged: bool,
}

impl Block {
    pub(crate) fn new(
        states: Vec<usize>,
        alternatives: Vec<usize>,
        gain: Mat<f64>,
        cost: Vec<f64>,
        user: Vec<f64>,
    ) -> Self {
        Self {
            states,
            alternatives,
            gain,
            cost,
            user,
            x: vec![],
            z: vec![],
            s: vec![],
            rho: vec![],
            w: vec![],
            work: Work::default(),
        }
    }

    fn rows(&self) -> usize {
        self.alternatives.len()
    }

    fn columns(&self) -> usize {
        self.states.len()
    }

    /// `gain x - s`.
    fn row_activity(&self, row: usize) -> f64 {
        (0..self.columns()).map(|j| self.gain[(row, j)] * self.x[j]).sum()
    }

    /// `cost + gain' rho + sigma user`.
    pub(crate) fn priced(&self, sigma: f64, out: &mut Vec<f64>) {
        out.clear();
        for j in 0..self.columns() {
            let column = self.gain.col_as_slice(j);
            let sum: f64 = column.iter().zip(&self.rho).map(|(g, r)| g * r).sum();
            out.push(self.cost[j] + sum + sigma * self.user[j]);
        }
    }

    /// Factorises the block and computes its part of the linking system.
    fn eliminate(&mut self, floor: bool, cap: f64) {
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
            w.factor[(i, i)] += self.s[i] / self.rho[i] + self.w[i] / (cap - self.rho[i]);
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

    /// Eliminates the block from the right-hand side; returns nothing, `work.right` keeps `factor^-1 h2` and `dx` keeps
    /// `theta g` for the way back.
    fn reduce_right(&mut self, cap: f64) {
        let (r, c) = (self.rows(), self.columns());
        let w = &mut self.work;
        w.dx.clear();
        w.dx.extend((0..c).map(|j| w.theta[j] * (w.rc[j] / self.x[j] - w.dual_residual[j])));
        w.right.clear();
        w.right.extend((0..r).map(|i| w.row_residual[i] + w.rs[i] / self.rho[i] - w.rw[i] / (cap - self.rho[i])));
        for j in 0..c {
            let theta_g = w.dx[j];
            for (h, g) in w.right.iter_mut().zip(self.gain.col_as_slice(j)) {
                *h -= g * theta_g;
            }
        }
        if r > 0 {
            let right = MatMut::from_column_major_slice_mut(&mut w.right, r, 1);
            solve_lower_triangular_in_place(w.factor.as_ref(), right, Par::Seq);
        }
    }

    /// From the linking solution back to the block's directions.
    fn expand(&mut self, link: &[f64], floor: bool, cap: f64) {
        let (r, c) = (self.rows(), self.columns());
        let w = &mut self.work;
        let n = link.len() - usize::from(floor);
        let sigma = if floor { link[n] } else { 0.0 };
        w.drho.clear();
        w.drho.extend_from_slice(&w.right);
        for j in 0..c {
            let value = link[self.states[j]];
            for (d, h) in w.drho.iter_mut().zip(w.half.col_as_slice(j)) {
                *d -= h * value;
            }
        }
        if r > 0 {
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
            // link holds -d lambda for states and d sigma for the floor.
            let back = sum + link[self.states[j]] + sigma * self.user[j];
            w.dx[j] += w.theta[j] * back;
            w.dz.push((w.rc[j] - self.z[j] * w.dx[j]) / self.x[j]);
        }
        w.ds.clear();
        w.ds.extend((0..r).map(|i| (w.rs[i] - self.s[i] * w.drho[i]) / self.rho[i]));
        w.dw.clear();
        w.dw.extend((0..r).map(|i| (w.rw[i] + self.w[i] * w.drho[i]) / (cap - self.rho[i])));
    }
}

fn cholesky(matrix: MatMut<'_, f64>) {
    let n = matrix.nrows();
    let largest = (0..n).map(|i| matrix[(i, i)]).fold(0.0, f64::max);
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, Par::Seq, Default::default()));
    // A pivot lost to rounding is replaced by a huge one: the direction leaves that row alone (Wright, "Primal-Dual
    // Interior-Point Methods", SIAM 1997, chapter 11).
    let regularization = LltRegularization {
        dynamic_regularization_delta: largest.max(1e-300) * 1e64,
        dynamic_regularization_epsilon: largest.max(1e-300) * 1e-30,
    };
    let _ = cholesky_in_place(matrix, regularization, Par::Seq, MemStack::new(&mut memory), Default::default());
}

fn max_step(values: &[f64], directions: &[f64], limit: f64) -> f64 {
    values.iter().zip(directions).fold(limit, |step, (&v, &d)| if d < 0.0 { step.min(-v / d) } else { step })
}

impl Master {
    /// Runs the method from the present iterate until the relative gap is at most `gap` and rows hold to `gap / 10`.
    pub(crate) fn solve(&mut self, gap: f64, limit: usize) -> Ended {
        let n = self.mass.len();
        let floor = self.floor.is_some();
        let size = n + usize::from(floor);
        let cap = self.cap;
        let pairs: usize = self.blocks.iter().map(|b| 2 * b.rows() + b.columns()).sum::<usize>() + usize::from(floor);
        let mut link_matrix = Mat::<f64>::zeros(size, size);
        let mut ended = Ended { iterations: 0, primal: 0.0, dual: 0.0, infeasibility: 0.0, converged: false };
        for iteration in 0..limit {
            // Residuals.
            let (lambda, sigma) = (&self.lambda, self.floor.map_or(0.0, |f| f.sigma));
            self.blocks.par_iter_mut().for_each(|block| {
                let mut residual = std::mem::take(&mut block.work.dual_residual);
                block.priced(sigma, &mut residual);
                for j in 0..block.columns() {
                    residual[j] = lambda[block.states[j]] - block.z[j] - residual[j];
                }
                block.work.dual_residual = residual;
                let mut rows = std::mem::take(&mut block.work.row_residual);
                rows.clear();
                rows.extend((0..block.rows()).map(|i| block.s[i] - block.w[i] - block.row_activity(i)));
                block.work.row_residual = rows;
            });
            let mut plausibility = self.mass.clone();
            let (mut primal, mut user_value, mut complementarity) = (0.0, 0.0, 0.0);
            let (mut infeasibility, mut dual_infeasibility) = (0.0_f64, 0.0_f64);
            for block in &self.blocks {
                for j in 0..block.columns() {
                    plausibility[block.states[j]] -= block.x[j];
                    primal += block.cost[j] * block.x[j];
                    user_value += block.user[j] * block.x[j];
                    complementarity += block.x[j] * block.z[j];
                    dual_infeasibility = dual_infeasibility.max(block.work.dual_residual[j].abs());
                }
                for i in 0..block.rows() {
                    complementarity += block.s[i] * block.rho[i] + block.w[i] * (cap - block.rho[i]);
                    primal -= cap * block.w[i];
                    infeasibility = infeasibility.max(block.work.row_residual[i].abs());
                }
            }
            let mut floor_residual = 0.0;
            let mut dual: f64 = self.lambda.iter().zip(&self.mass).map(|(l, m)| l * m).sum();
            if let Some(f) = self.floor {
                floor_residual = f.level + f.t - user_value;
                infeasibility = infeasibility.max(floor_residual.abs());
                complementarity += f.t * f.sigma;
                dual -= f.sigma * f.level;
            }
            infeasibility = plausibility.iter().fold(infeasibility, |worst, r| worst.max(r.abs()));
            let mu = complementarity / pairs as f64;
            let scale = 1.0 + primal.abs();
            ended = Ended { iterations: iteration, primal, dual, infeasibility, converged: false };
            if !complementarity.is_finite() {
                return ended;
            }
            if complementarity <= gap * scale && infeasibility <= gap * 0.1 && dual_infeasibility <= gap {
                ended.converged = true;
                return ended;
            }

            // The linking system.
            self.blocks.par_iter_mut().for_each(|block| block.eliminate(floor, cap));
            link_matrix.as_mut().fill(0.0);
            for block in &self.blocks {
                let c = block.columns();
                for j in 0..c {
                    let column = block.work.schur.col_as_slice(j);
                    let target = block.states[j];
                    for i in j..c {
                        // States are in increasing order, so the lower triangle goes to the lower triangle.
                        link_matrix[(block.states[i], target)] += column[i];
                    }
                    if floor {
                        link_matrix[(n, target)] += column[c];
                    }
                }
                if floor {
                    link_matrix[(n, n)] += block.work.schur[(c, c)];
                }
            }
            if let Some(f) = self.floor {
                link_matrix[(n, n)] += f.t / f.sigma;
            }
            cholesky(link_matrix.as_mut());

            // Predictor.
            for block in &mut self.blocks {
                let w = &mut block.work;
                w.rc.clear();
                w.rc.extend(block.x.iter().zip(&block.z).map(|(x, z)| -x * z));
                w.rs.clear();
                w.rs.extend(block.s.iter().zip(&block.rho).map(|(s, r)| -s * r));
                w.rw.clear();
                w.rw.extend(block.w.iter().zip(&block.rho).map(|(b, r)| -b * (cap - r)));
            }
            let mut rt = self.floor.map_or(0.0, |f| -f.t * f.sigma);
            let (_, dfloor) = self.direction(&link_matrix, &plausibility, floor_residual, rt);
            let (step_p, step_d) = self.steps(dfloor, 1.0);
            let mut affine = 0.0;
            for block in &self.blocks {
                let w = &block.work;
                for j in 0..block.columns() {
                    affine += (block.x[j] + step_p * w.dx[j]) * (block.z[j] + step_d * w.dz[j]);
                }
                for i in 0..block.rows() {
                    affine += (block.s[i] + step_p * w.ds[i]) * (block.rho[i] + step_d * w.drho[i]);
                    affine += (block.w[i] + step_p * w.dw[i]) * (cap - block.rho[i] - step_d * w.drho[i]);
                }
            }
            if let (Some(f), Some((dt, dsigma))) = (self.floor, dfloor) {
                affine += (f.t + step_p * dt) * (f.sigma + step_d * dsigma);
            }
            let ratio = (affine / complementarity).clamp(0.0, 1.0);
            let target = mu * (ratio * ratio * ratio).max(1e-6);

            // Corrector.
            for block in &mut self.blocks {
                let w = &mut block.work;
                for j in 0..w.rc.len() {
                    w.rc[j] = target - block.x[j] * block.z[j] - w.dx[j] * w.dz[j];
                }
                for i in 0..w.rs.len() {
                    w.rs[i] = target - block.s[i] * block.rho[i] - w.ds[i] * w.drho[i];
                    w.rw[i] = target - block.w[i] * (cap - block.rho[i]) + w.dw[i] * w.drho[i];
                }
            }
            if let (Some(f), Some((dt, dsigma))) = (self.floor, dfloor) {
                rt = target - f.t * f.sigma - dt * dsigma;
            }
            let (dlambda, dfloor) = self.direction(&link_matrix, &plausibility, floor_residual, rt);
            let (step_p, step_d) = self.steps(dfloor, 1.0 / 0.995);
            let (step_p, step_d) = ((0.995 * step_p).min(1.0), (0.995 * step_d).min(1.0));
            for block in &mut self.blocks {
                let w = &block.work;
                for j in 0..block.x.len() {
                    block.x[j] += step_p * w.dx[j];
                    block.z[j] += step_d * w.dz[j];
                }
                for i in 0..block.s.len() {
                    block.s[i] += step_p * w.ds[i];
                    block.w[i] += step_p * w.dw[i];
                    block.rho[i] += step_d * w.drho[i];
                }
            }
            for (l, d) in self.lambda.iter_mut().zip(&dlambda) {
                *l += step_d * d;
            }
            if let (Some(f), Some((dt, dsigma))) = (&mut self.floor, dfloor) {
                f.t += step_p * dt;
                f.sigma += step_d * dsigma;
            }
        }
        ended.iterations = limit;
        ended
    }

    fn direction(
        &mut self,
        factor: &Mat<f64>,
        plausibility: &[f64],
        floor_residual: f64,
        rt: f64,
    ) -> (Vec<f64>, Option<(f64, f64)>) {
        let n = self.mass.len();
        let (floor, cap) = (self.floor, self.cap);
        self.blocks.par_iter_mut().for_each(|block| block.reduce_right(cap));
        let mut link = plausibility.to_vec();
        if let Some(f) = floor {
            link.push(floor_residual + rt / f.sigma);
        }
        for block in &self.blocks {
            let w = &block.work;
            for j in 0..block.states.len() {
                let half: f64 = if w.right.is_empty() {
                    0.0
                } else {
                    w.half.col_as_slice(j).iter().zip(&w.right).map(|(h, r)| h * r).sum()
                };
                link[block.states[j]] -= w.dx[j] + half;
            }
            if floor.is_some() {
                let own: f64 = w.dx.iter().zip(&block.user).map(|(d, u)| d * u).sum();
                let c = block.states.len();
                let half: f64 = if w.right.is_empty() {
                    0.0
                } else {
                    w.half.col_as_slice(c).iter().zip(&w.right).map(|(h, r)| h * r).sum()
                };
                link[n] -= own + half;
            }
        }
        let size = link.len();
        let right = MatMut::from_column_major_slice_mut(&mut link, size, 1);
        solve_lower_triangular_in_place(factor.as_ref(), right, Par::Seq);
        let right = MatMut::from_column_major_slice_mut(&mut link, size, 1);
        solve_upper_triangular_in_place(factor.as_ref().transpose(), right, Par::Seq);
        self.blocks.par_iter_mut().for_each(|block| block.expand(&link, floor.is_some(), cap));
        let dfloor = floor.map(|f| {
            let dsigma = link[n];
            ((rt - f.t * dsigma) / f.sigma, dsigma)
        });
        link.truncate(n);
        for value in &mut link {
            *value = -*value;
        }
        (link, dfloor)
    }

    fn steps(&self, dfloor: Option<(f64, f64)>, limit: f64) -> (f64, f64) {
        let (mut primal, mut dual) = (limit, limit);
        for block in &self.blocks {
            let w = &block.work;
            primal = max_step(&block.w, &w.dw, max_step(&block.s, &w.ds, max_step(&block.x, &w.dx, primal)));
            dual = max_step(&block.rho, &w.drho, max_step(&block.z, &w.dz, dual));
            for (rho, drho) in block.rho.iter().zip(&w.drho) {
                if *drho > 0.0 {
                    dual = dual.min((self.cap - rho) / drho);
                }
            }
        }
        if let (Some(f), Some((dt, dsigma))) = (self.floor, dfloor) {
            primal = max_step(&[f.t], &[dt], primal);
            dual = max_step(&[f.sigma], &[dsigma], dual);
        }
        (primal, dual)
    }
}
