//! Mehrotra's predictor-corrector method on the restricted master.

use super::block::{Block, Sums, longest};
use super::linear::{cholesky, solve};
use faer::{MatMut, MatRef};
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
    /// The price of violating a row. Every obedience multiplier stays below it.
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

/// The distance of an iterate from feasibility and from optimality.
struct Residuals {
    plausibility: Vec<f64>,
    floor: f64,
    primal_infeasibility: f64,
    dual_infeasibility: f64,
    complementarity: f64,
    primal: f64,
    dual: f64,
}

/// The number of columns of the linking system that are summed at once.
const SPAN: usize = 32;
/// The share of the longest step that is taken.
const STEP: f64 = 0.995;

impl Master {
    /// Iterates from the current iterate until the relative gap is at most `gap` and rows hold to
    /// `gap / 10`, for at most `limit` iterations. The iterate remains finite and positive in every
    /// case.
    pub(crate) fn solve(&mut self, gap: f64, limit: usize, settings: &Settings) -> Result<Ended, Stopped> {
        let size = self.mass.len() + usize::from(self.floor.is_some());
        let rows_and_columns: usize = self.blocks.iter().map(|b| 2 * b.rows() + b.columns()).sum();
        let pairs = rows_and_columns + usize::from(self.floor.is_some());
        let mut system = vec![0.0; size * size];
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
            // Summed in order, so that the result does not depend on the number of cores.
            let products: Vec<f64> = self.blocks.par_iter().map(|block| block.products(primal, dual)).collect();
            let mut affine: f64 = products.iter().sum();
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
            // Rounding has destroyed the direction, or the direction leads nowhere: keep the
            // current iterate.
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
        let (lambda, sigma, cap) = (&self.lambda, self.floor.map_or(0.0, |f| f.sigma), self.cap);
        let sums: Vec<Sums> = self.blocks.par_iter_mut().map(|block| block.residuals(lambda, sigma, cap)).collect();
        let mut plausibility = self.mass.clone();
        for block in &self.blocks {
            for (&y, x) in block.states.iter().zip(&block.x) {
                plausibility[y] -= x;
            }
        }
        let total = |part: fn(&Sums) -> f64| sums.iter().map(part).sum::<f64>();
        let worst = |part: fn(&Sums) -> f64| sums.iter().map(part).fold(0.0, f64::max);
        let (mut primal_infeasibility, dual_infeasibility) =
            (worst(|sums| sums.primal_infeasibility), worst(|sums| sums.dual_infeasibility));
        let (primal, user_value) = (total(|sums| sums.primal), total(|sums| sums.user_value));
        let mut complementarity = total(|sums| sums.complementarity);
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

    /// Eliminates all blocks, and factorizes the linking system: one row per state, and one for the
    /// floor.
    fn factorise(&mut self, system: &mut [f64]) {
        let (n, floor) = (self.mass.len(), self.floor.is_some());
        self.blocks.par_iter_mut().for_each(|block| block.eliminate(floor));
        let (blocks, size) = (&self.blocks, n + usize::from(floor));
        // Each span of columns collects its part from all blocks.
        system.par_chunks_mut(SPAN * size).enumerate().for_each(|(k, span)| {
            let first = k * SPAN;
            let last = (first + SPAN).min(n);
            span.fill(0.0);
            for block in blocks {
                let c = block.columns();
                let from = block.states.partition_point(|&y| y < first);
                let to = block.states.partition_point(|&y| y < last);
                for j in from..to {
                    let column = block.work.schur.col_as_slice(j);
                    let target = &mut span[(block.states[j] - first) * size..][..size];
                    // States are in increasing order, so the lower triangle maps to the lower
                    // triangle.
                    for i in j..c {
                        target[block.states[i]] += column[i];
                    }
                    if floor {
                        target[n] += column[c];
                    }
                }
            }
        });
        if floor {
            system[n * size + n] = self.blocks.iter().map(Block::corner).sum();
        }
        if let Some(f) = self.floor {
            system[n * size + n] += f.t / f.sigma;
        }
        cholesky(MatMut::from_column_major_slice_mut(system, size, size));
    }

    /// Solves for the direction to the blocks' targets. Returns the directions of `lambda` and of
    /// the floor's `(t, sigma)`. The blocks store their own.
    fn direction(&mut self, system: &[f64], residuals: &Residuals, target_t: f64) -> (Vec<f64>, Option<(f64, f64)>) {
        let n = self.mass.len();
        let floor = self.floor;
        self.blocks.par_iter_mut().for_each(|block| block.reduce(floor.is_some()));
        let mut link = residuals.plausibility.clone();
        if let Some(f) = floor {
            link.push(residuals.floor + target_t / f.sigma);
        }
        for block in &self.blocks {
            block.link(&mut link);
        }
        let size = link.len();
        solve(MatRef::from_column_major_slice(system, size, size), &mut link);
        self.blocks.par_iter_mut().for_each(|block| block.expand(&link, floor.is_some()));
        let floor = floor.map(|f| ((target_t - f.t * link[n]) / f.sigma, link[n]));
        link.truncate(n);
        for value in &mut link {
            *value = -*value;
        }
        (link, floor)
    }

    fn longest_steps(&self, floor: Option<(f64, f64)>, limit: f64) -> (f64, f64) {
        let shorter = |l: (f64, f64), r: (f64, f64)| (l.0.min(r.0), l.1.min(r.1));
        let longest_of = |block: &Block| block.longest((limit, limit));
        let (mut primal, mut dual) = self.blocks.par_iter().map(longest_of).reduce(|| (limit, limit), shorter);
        if let (Some(f), Some((dt, dsigma))) = (self.floor, floor) {
            primal = longest(&[f.t], &[dt], primal);
            dual = longest(&[f.sigma], &[dsigma], dual);
        }
        (primal, dual)
    }
}
