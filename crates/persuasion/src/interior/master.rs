//! Mehrotra's predictor-corrector method on the restricted master.

use super::block::{Block, longest};
use super::linear::cholesky;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Mat, MatMut, Par};
use rayon::prelude::*;
use suasion_lp::{Settings, Stopped};

/// The floor on the user's scaled value: its level, slack and multiplier.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub level: f64,
    pub t: f64,
    pub sigma: f64,
}

/// The restricted master with its iterate.
pub(crate) struct Master {
    /// The mass of each state, `[n]`.
    pub mass: Vec<f64>,
    /// One block per action, `[m]`.
    pub blocks: Vec<Block>,
    pub floor: Option<Floor>,
    /// The multipliers of plausibility, `[n]`.
    pub lambda: Vec<f64>,
    /// The price of breaking a row: every multiplier of obedience stays below it.
    pub cap: f64,
}

/// How an interior-point solve ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub iterations: usize,
    pub primal: f64,
    pub dual: f64,
    pub converged: bool,
}

/// How far an iterate is from feasibility and from optimality.
struct Residuals {
    plausibility: Vec<f64>,
    floor: f64,
    primal_infeasibility: f64,
    dual_infeasibility: f64,
    complementarity: f64,
    primal: f64,
    dual: f64,
}

/// How much of the longest step is taken.
const STEP: f64 = 0.995;

impl Master {
    /// Runs the method from the present iterate until the relative gap is at most `gap` and rows hold to `gap / 10`, or for
    /// `limit` iterations. The iterate is left finite and positive however it ends.
    pub(crate) fn solve(&mut self, gap: f64, limit: usize, settings: &Settings) -> Result<Ended, Stopped> {
        let size = self.mass.len() + usize::from(self.floor.is_some());
        let rows_and_columns: usize = self.blocks.iter().map(|b| 2 * b.rows() + b.columns()).sum();
        let pairs = rows_and_columns + usize::from(self.floor.is_some());
        let mut system = Mat::<f64>::zeros(size, size);
        let mut ended = Ended { iterations: 0, primal: 0.0, dual: 0.0, converged: false };
        for iteration in 0..limit {
            if let Some(stopped) = settings.stopped() {
                return Err(stopped);
            }
            let residuals = self.residuals();
            ended = Ended { iterations: iteration, primal: residuals.primal, dual: residuals.dual, converged: false };
            let scale = 1.0 + residuals.primal.abs();
            if residuals.complementarity <= gap * scale
                && residuals.primal_infeasibility <= 0.1 * gap
                && residuals.dual_infeasibility <= gap
            {
                ended.converged = true;
                return Ok(ended);
            }
            self.factorise(&mut system);

            self.blocks.par_iter_mut().for_each(Block::aim_at_zero);
            let mut target_t = self.floor.map_or(0.0, |f| -f.t * f.sigma);
            let (_, floor) = self.direction(&system, &residuals, target_t);
            let (primal, dual) = self.longest_steps(floor, 1.0);
            let mut affine: f64 = self.blocks.iter().map(|block| block.products(primal, dual)).sum();
            if let (Some(f), Some((dt, dsigma))) = (self.floor, floor) {
                affine += (f.t + primal * dt) * (f.sigma + dual * dsigma);
                target_t -= dt * dsigma;
            }
            let mu = residuals.complementarity / pairs as f64;
            let ratio = (affine / residuals.complementarity).clamp(0.0, 1.0);
            let target = mu * (ratio * ratio * ratio).max(1e-6);

            self.blocks.par_iter_mut().for_each(|block| block.aim_at(target));
            let (lambda, floor) = self.direction(&system, &residuals, target_t + target);
            let (primal, dual) = self.longest_steps(floor, 1.0 / STEP);
            let (primal, dual) = (STEP * primal, STEP * dual);
            // Rounding has eaten the direction, or it leads nowhere: what there is must do.
            let finite = primal.is_finite() && dual.is_finite() && lambda.iter().all(|d| d.is_finite());
            if !finite || primal.max(dual) < 1e-8 {
                return Ok(ended);
            }
            self.blocks.par_iter_mut().for_each(|block| block.step(primal, dual));
            for (value, d) in self.lambda.iter_mut().zip(&lambda) {
                *value += dual * d;
            }
            if let (Some(f), Some((dt, dsigma))) = (&mut self.floor, floor) {
                f.t += primal * dt;
                f.sigma += dual * dsigma;
            }
        }
        ended.iterations = limit;
        Ok(ended)
    }

    fn residuals(&mut self) -> Residuals {
        let (lambda, sigma) = (&self.lambda, self.floor.map_or(0.0, |f| f.sigma));
        self.blocks.par_iter_mut().for_each(|block| block.residuals(lambda, sigma));
        let mut plausibility = self.mass.clone();
        let (mut primal, mut user_value, mut complementarity) = (0.0, 0.0, 0.0);
        let (mut primal_infeasibility, mut dual_infeasibility) = (0.0_f64, 0.0_f64);
        for block in &self.blocks {
            for j in 0..block.columns() {
                plausibility[block.states[j]] -= block.x[j];
                primal += block.cost[j] * block.x[j];
                user_value += block.user[j] * block.x[j];
                complementarity += block.x[j] * block.z[j];
                dual_infeasibility = dual_infeasibility.max(block.work.dual_residual[j].abs());
            }
            for i in 0..block.rows() {
                complementarity += block.s[i] * block.rho[i] + block.w[i] * block.q[i];
                primal -= self.cap * block.w[i];
                primal_infeasibility = primal_infeasibility.max(block.work.row_residual[i].abs());
            }
        }
        let mut floor = 0.0;
        let mut dual: f64 = self.lambda.iter().zip(&self.mass).map(|(l, m)| l * m).sum();
        if let Some(f) = self.floor {
            floor = f.level + f.t - user_value;
            primal_infeasibility = primal_infeasibility.max(floor.abs());
            complementarity += f.t * f.sigma;
            dual -= f.sigma * f.level;
        }
        primal_infeasibility = plausibility.iter().fold(primal_infeasibility, |worst, r| worst.max(r.abs()));
        Residuals { plausibility, floor, primal_infeasibility, dual_infeasibility, complementarity, primal, dual }
    }

    /// Eliminates all blocks, and factorises what links them: one row per state, and one for the floor.
    fn factorise(&mut self, system: &mut Mat<f64>) {
        let (n, floor) = (self.mass.len(), self.floor.is_some());
        self.blocks.par_iter_mut().for_each(|block| block.eliminate(floor));
        system.as_mut().fill(0.0);
        for block in &self.blocks {
            let c = block.columns();
            for j in 0..c {
                let column = block.work.schur.col_as_slice(j);
                let target = system.col_as_slice_mut(block.states[j]);
                // States are in increasing order: the lower triangle goes to the lower triangle.
                for i in j..c {
                    target[block.states[i]] += column[i];
                }
                if floor {
                    target[n] += column[c];
                }
            }
            if floor {
                system[(n, n)] += block.work.schur[(c, c)];
            }
        }
        if let Some(f) = self.floor {
            system[(n, n)] += f.t / f.sigma;
        }
        cholesky(system.as_mut());
    }

    /// Solves for the direction to the blocks' targets: those of `lambda` and of the floor's `(t, sigma)` are returned, the
    /// blocks keep theirs.
    fn direction(&mut self, system: &Mat<f64>, residuals: &Residuals, target_t: f64) -> (Vec<f64>, Option<(f64, f64)>) {
        let n = self.mass.len();
        let floor = self.floor;
        self.blocks.par_iter_mut().for_each(Block::reduce);
        let mut link = residuals.plausibility.clone();
        if let Some(f) = floor {
            link.push(residuals.floor + target_t / f.sigma);
        }
        for block in &self.blocks {
            block.link(&mut link, floor.is_some());
        }
        let size = link.len();
        let right = MatMut::from_column_major_slice_mut(&mut link, size, 1);
        solve_lower_triangular_in_place(system.as_ref(), right, Par::Seq);
        let right = MatMut::from_column_major_slice_mut(&mut link, size, 1);
        solve_upper_triangular_in_place(system.as_ref().transpose(), right, Par::Seq);
        self.blocks.par_iter_mut().for_each(|block| block.expand(&link, floor.is_some()));
        let floor = floor.map(|f| ((target_t - f.t * link[n]) / f.sigma, link[n]));
        link.truncate(n);
        for value in &mut link {
            *value = -*value;
        }
        (link, floor)
    }

    fn longest_steps(&self, floor: Option<(f64, f64)>, limit: f64) -> (f64, f64) {
        let (mut primal, mut dual) = self.blocks.iter().fold((limit, limit), |steps, block| block.longest(steps));
        if let (Some(f), Some((dt, dsigma))) = (self.floor, floor) {
            primal = longest(&[f.t], &[dt], primal);
            dual = longest(&[f.sigma], &[dsigma], dual);
        }
        (primal, dual)
    }
}
