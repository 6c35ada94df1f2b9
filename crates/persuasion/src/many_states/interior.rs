//! An interior-point method that eliminates the plausibility rows first.
//!
//! *Problem.* Over all columns `x[a][y]` and the `K` obedience rows in use:
//!
//! ```text
//! max  sum cost[a][y] x[a][y]
//! s.t. sum_a x[a][y] = mass[y]                              dual lambda[y]
//!      sum_y x[a][y] (u[a][y] - u[b][y]) = s[a][b] >= 0     dual rho[a][b]
//! ```
//!
//! *Method.* Mehrotra's predictor-corrector (SIAM J. Optim. 2, 1992). With `D = x / z`, the
//! plausibility rows are diagonal in the normal equations, so they are eliminated first. The
//! remaining system has one row per obedience row:
//! `H = sum_a A_a D_a A_a' + S - G' diag(1 / sum_a D_a) G`, where `A_a` are the coefficients of
//! action `a`'s rows, `G` the columns `D_a A_a'` side by side, and `S = s / rho`. The largest `D`
//! of a state cancels in `H` except for the share of the others. The code subtracts it explicitly,
//! so that rounding loses nothing as `D` grows. *Complexity* of an iteration: `n K^2` for `H`,
//! `K^3 / 3` for its factor, and five products of `n m^2`. There are about twenty iterations.
//! *Memory:* seven arrays of `n m`, and `K^2` per span.

use super::block::{Aim, Block, Rows, STATES, Span, Sums};
use crate::interior::{cholesky, solve};
use crate::kernel::Kernel;
use crate::weights::Weights;
use faer::Mat;
use rayon::prelude::*;
use suasion_lp::{Settings, Stopped};

/// The share of the distance to the boundary that a step covers.
const STEP: f64 = 0.9995;
const MOST_ITERATIONS: usize = 80;
/// The maximum number of spans of blocks, which are processed in parallel. The number of spans
/// depends on the number of blocks alone.
const MOST_SPANS: usize = 16;
/// The reduced costs of the first iterate, in scaled utility.
const SLACK: f64 = 0.3;

/// The state of the method.
pub(super) struct Interior<'a> {
    kernel: &'a Kernel,
    weights: Weights,
    pub rows: Rows,
    pub blocks: Vec<Block>,
    /// The slack and the multiplier of each row, `[K]`.
    pub slack: Vec<f64>,
    pub rho: Vec<f64>,
    pub iterations: usize,
    settings: &'a Settings,
}

/// The result of a pass over all columns.
struct State {
    sums: Sums,
    /// The sum of all products.
    complementarity: f64,
    /// The largest residual, relative to `stake`.
    error: f64,
}

impl<'a> Interior<'a> {
    pub(super) fn new(
        kernel: &'a Kernel,
        weights: Weights,
        pairs: Vec<(usize, usize)>,
        settings: &'a Settings,
    ) -> Self {
        let (n, m) = (kernel.states(), kernel.actions());
        let rows = Rows::new(m, pairs);
        let blocks: Vec<Block> = (0..n.div_ceil(STATES))
            .into_par_iter()
            .map(|k| Block::new(kernel, weights, k * STATES, STATES.min(n - k * STATES), SLACK))
            .collect();
        let mut interior =
            Self { kernel, weights, blocks, slack: vec![], rho: vec![0.0; rows.len()], rows, iterations: 0, settings };
        let activity = interior.pass().1;
        let activities = interior.rows.activities(&activity);
        let products: f64 = interior.blocks.iter().map(|block| block.products(0.0, 0.0)).sum();
        let mu = products / (n * m) as f64;
        let least = 0.01 * n as f64 / m as f64;
        interior.slack = activities.iter().map(|&activity| activity.max(least)).collect();
        interior.rho = interior.slack.iter().map(|slack| (mu / slack).max(1e-3)).collect();
        interior
    }

    /// Iterates until the relative gap is at most `gap` of `stake`, and then returns true. Returns
    /// false if there is no progress.
    pub(super) fn solve(&mut self, gap: f64, stake: f64) -> Result<bool, Stopped> {
        let settings = self.settings;
        let pairs = (self.kernel.states() * self.kernel.actions() + self.rows.len()) as f64;
        for _ in 0..MOST_ITERATIONS {
            let state = self.state(stake);
            self.check()?;
            if settings.verbose {
                eprintln!(
                    "iteration {}: value {:.12}, bound {:.12}, complementarity {:.1e}, error {:.1e}",
                    self.iterations,
                    state.sums.primal,
                    state.sums.dual,
                    state.complementarity / stake,
                    state.error,
                );
            }
            if state.complementarity <= gap * stake && state.error <= gap {
                return Ok(true);
            }
            if !state.complementarity.is_finite() {
                return Ok(false);
            }
            let system = self.system();
            self.check()?;
            let mut row_targets: Vec<f64> = self.slack.iter().zip(&self.rho).map(|(s, rho)| -s * rho).collect();
            let (drho, dslack, (primal, dual)) = self.direction(&system, Aim::Zero, &row_targets, 1.0);
            let affine = self.products(primal, dual, &dslack, &drho);
            let ratio = (affine / state.complementarity).clamp(0.0, 1.0);
            let mu = state.complementarity / pairs * (ratio * ratio * ratio).max(1e-6);
            for (target, (ds, drho)) in row_targets.iter_mut().zip(dslack.iter().zip(&drho)) {
                *target += mu - ds * drho;
            }
            let (drho, dslack, (primal, dual)) = self.direction(&system, Aim::Center(mu), &row_targets, 1.0 / STEP);
            self.check()?;
            let (primal, dual) = (STEP * primal, STEP * dual);
            let finite = primal.is_finite() && dual.is_finite() && drho.iter().all(|d| d.is_finite());
            if !finite || primal.max(dual) < 1e-8 {
                return Ok(false);
            }
            self.blocks.par_iter_mut().for_each(|block| block.step(primal, dual));
            for (k, (ds, drho)) in dslack.iter().zip(&drho).enumerate() {
                self.slack[k] += primal * ds;
                self.rho[k] += dual * drho;
            }
            self.iterations += 1;
        }
        Ok(false)
    }

    /// The rows not in use that the masses violate by more than `share` of the mass of their
    /// action: the `most` worst ones of each action.
    pub(super) fn broken(&mut self, share: f64, most: usize) -> Vec<(usize, usize)> {
        let m = self.kernel.actions();
        let mut broken = Vec::new();
        if self.rows.len() == m * (m - 1) {
            return broken;
        }
        let activity = self.pass().1;
        for a in 0..m {
            let mass: f64 = self.blocks.iter().map(|block| block.mass_of(a)).sum();
            let in_use = &self.rows.pairs[self.rows.starts[a]..self.rows.starts[a + 1]];
            let gain = |b: usize| activity[(a, b)] - activity[(a, a)];
            let wanted = |b: &usize| *b != a && gain(*b) > share * mass && !in_use.contains(&(a, *b));
            let mut violated: Vec<usize> = (0..m).filter(wanted).collect();
            violated.sort_unstable_by(|&l, &r| gain(r).total_cmp(&gain(l)).then(l.cmp(&r)));
            broken.extend(violated.into_iter().take(most).map(|b| (a, b)));
        }
        broken
    }

    /// A pass ends early if a limit is reached. Its caller checks this here.
    fn check(&self) -> Result<(), Stopped> {
        self.settings.stopped().map_or(Ok(()), Err)
    }

    /// The blocks of each span.
    fn spans(&mut self) -> rayon::slice::ChunksMut<'_, Block> {
        let size = self.blocks.len().div_ceil(MOST_SPANS).max(4);
        self.blocks.par_chunks_mut(size)
    }

    /// One pass of residuals, and `sum_y x[a][y] u[b][y]`, `m x m`.
    fn pass(&mut self) -> (Sums, Mat<f64>) {
        let pricing = self.rows.pricing(&self.rho);
        let (kernel, weights, m, settings) = (self.kernel, self.weights, self.kernel.actions(), self.settings);
        let work = |blocks: &mut [Block]| {
            let mut activity = Mat::zeros(m, m);
            let sums = going(blocks, settings).map(|block| block.residuals(kernel, weights, &pricing, &mut activity));
            (sums.fold(Sums::default(), Sums::plus), activity)
        };
        let parts: Vec<(Sums, Mat<f64>)> = self.spans().map(work).collect();
        let mut activity = Mat::zeros(m, m);
        let mut sums = Sums::default();
        for (part, activities) in parts {
            sums = sums.plus(part);
            activity += activities;
        }
        (sums, activity)
    }

    fn state(&mut self, stake: f64) -> State {
        let (sums, activity) = self.pass();
        let activities = self.rows.activities(&activity);
        let rows: f64 = self.slack.iter().zip(&self.rho).map(|(s, rho)| s * rho).sum();
        let residuals = self.slack.iter().zip(&activities).map(|(s, activity)| (s - activity).abs());
        let broken: f64 = residuals.zip(&self.rho).map(|(residual, rho)| residual * (1.0 + rho)).sum();
        let error = (sums.missing + sums.dual_error + broken) / stake;
        State { complementarity: sums.products + rows, error, sums }
    }

    /// The factor of the system.
    fn system(&mut self) -> Mat<f64> {
        let (kernel, settings) = (self.kernel, self.settings);
        let rows = std::mem::replace(&mut self.rows, Rows { pairs: vec![], starts: vec![] });
        let work = |blocks: &mut [Block]| {
            let mut span = Span::new(&rows);
            going(blocks, settings).for_each(|block| block.assemble(kernel, &rows, &mut span));
            (span.cross, span.own)
        };
        let parts: Vec<(Mat<f64>, Vec<Mat<f64>>)> = self.spans().map(work).collect();
        let mut system = Mat::<f64>::zeros(rows.len(), rows.len());
        for (cross, _) in &parts {
            system -= cross;
        }
        for (a, &start) in rows.starts[..rows.starts.len() - 1].iter().enumerate() {
            let size = rows.starts[a + 1] - start;
            for j in 0..size {
                for i in j..size {
                    system[(start + i, start + j)] = parts.iter().map(|(_, own)| own[a][(i, j)]).sum();
                }
            }
        }
        for k in 0..rows.len() {
            system[(k, k)] += self.slack[k] / self.rho[k];
        }
        self.rows = rows;
        cholesky(system.as_mut());
        system
    }

    /// Computes the direction toward an aim. Returns those of the multipliers and of the slacks,
    /// and the longest steps. Blocks store theirs.
    fn direction(
        &mut self,
        system: &Mat<f64>,
        aim: Aim,
        row_targets: &[f64],
        limit: f64,
    ) -> (Vec<f64>, Vec<f64>, (f64, f64)) {
        let (kernel, settings) = (self.kernel, self.settings);
        let (m, k) = (kernel.actions(), self.rows.len());
        let work = |blocks: &mut [Block]| {
            let mut activity = Mat::zeros(m, m);
            going(blocks, settings).for_each(|block| block.reduce(kernel, aim, &mut activity));
            activity
        };
        let parts: Vec<Mat<f64>> = self.spans().map(work).collect();
        let mut activity = Mat::zeros(m, m);
        parts.into_iter().for_each(|part| activity += part);
        // The activities already include those of `x`.
        let mut drho: Vec<f64> = self.rows.activities(&activity);
        for i in 0..k {
            drho[i] = self.slack[i] + row_targets[i] / self.rho[i] - drho[i];
        }
        solve(system.as_ref(), &mut drho);
        let dslack: Vec<f64> = (0..k).map(|i| (row_targets[i] - self.slack[i] * drho[i]) / self.rho[i]).collect();
        let pricing = self.rows.pricing(&drho);
        let steps: Vec<(f64, f64)> = self
            .spans()
            .map(|blocks| {
                let steps = going(blocks, settings).map(|block| block.expand(kernel, aim, &pricing, limit));
                steps.fold((limit, limit), |l, r| (l.0.min(r.0), l.1.min(r.1)))
            })
            .collect();
        let (mut primal, mut dual) = steps.into_iter().fold((limit, limit), |l, r| (l.0.min(r.0), l.1.min(r.1)));
        for i in 0..k {
            if dslack[i] < 0.0 {
                primal = primal.min(-self.slack[i] / dslack[i]);
            }
            if drho[i] < 0.0 {
                dual = dual.min(-self.rho[i] / drho[i]);
            }
        }
        (drho, dslack, (primal, dual))
    }

    /// The sum of all products after these steps.
    fn products(&mut self, primal: f64, dual: f64, dslack: &[f64], drho: &[f64]) -> f64 {
        let work = |blocks: &mut [Block]| blocks.iter().map(|block| block.products(primal, dual)).sum::<f64>();
        let parts: Vec<f64> = self.spans().map(work).collect();
        let rows = (0..drho.len()).map(|k| (self.slack[k] + primal * dslack[k]) * (self.rho[k] + dual * drho[k]));
        parts.into_iter().sum::<f64>() + rows.sum::<f64>()
    }
}

/// The blocks, until a limit is reached.
fn going<'b>(blocks: &'b mut [Block], settings: &'b Settings) -> impl Iterator<Item = &'b mut Block> {
    blocks.iter_mut().take_while(|_| settings.stopped().is_none())
}
