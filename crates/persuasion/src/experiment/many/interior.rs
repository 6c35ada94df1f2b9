//! The interior-point method of `many_states`, for menus.
//!
//! *Method.* Mehrotra's predictor-corrector (SIAM J. Optim. 2, 1992), with shorter steps at first:
//! if what is at stake is small relative to the utilities, long steps end next to the boundary.

use super::columns::Columns;
use super::system::{Fixed, Scaling, System};
use suasion_lp::{Settings, Stopped};

/// The share of the distance to the boundary that a step covers. [`CAREFUL`] applies while the gap
/// exceeds [`FAR`] of what is at stake, so that iterates do not get stuck at the boundary.
const STEP: f64 = 0.9995;
const CAREFUL: f64 = 0.9;
const FAR: f64 = 1e-2;
/// An error this small may be rounding error. Where products are this small, so may any error.
const FINE: f64 = 1e-6;
const NOTHING: f64 = 1e-18;
const MOST_ITERATIONS: usize = 120;
/// The reduced costs of the first iterate, in scaled utility.
const SLACK: f64 = 0.3;

/// The state of the method. Arrays over columns are ordered menu by menu, `[F n]`. Columns that are
/// left out have no mass.
pub(super) struct Interior<'a> {
    columns: &'a Columns<'a>,
    pub x: Vec<f64>,
    pub z: Vec<f64>,
    lambda: Vec<f64>,
    pub slack: Vec<f64>,
    pub rho: Vec<f64>,
    dx: Vec<f64>,
    dz: Vec<f64>,
    dlambda: Vec<f64>,
    /// `D = x / z`; its sum at every observation, the menu with the largest value, and the sum of
    /// the others.
    ratio: Vec<f64>,
    ratios: Vec<f64>,
    key: Vec<usize>,
    others: Vec<f64>,
    /// The direction of each column if no multiplier moves, and its sums minus the plausibility
    /// residual.
    still: Vec<f64>,
    stills: Vec<f64>,
    /// `lambda - z - price`, and `mass - sum x`.
    dual_residual: Vec<f64>,
    missing: Vec<f64>,
    /// The activity of each row at `x`, minus its lower bound.
    activities: Vec<f64>,
    pub iterations: usize,
    settings: &'a Settings,
}

/// Whether a direction includes second-order terms, and its target product.
#[derive(Clone, Copy)]
struct Aim {
    mu: f64,
    second: f64,
}

impl<'a> Interior<'a> {
    pub(super) fn new(columns: &'a Columns<'a>, settings: &'a Settings) -> Self {
        let (n, count) = (columns.n, columns.menus());
        let all = || vec![0.0; n * count];
        let mut interior = Self {
            columns,
            x: all(),
            z: vec![1.0; n * count],
            lambda: vec![f64::NEG_INFINITY; n],
            slack: vec![],
            rho: vec![],
            dx: all(),
            dz: all(),
            dlambda: vec![0.0; n],
            ratio: all(),
            ratios: vec![0.0; n],
            key: vec![0; n],
            others: vec![0.0; n],
            still: all(),
            stills: vec![0.0; n],
            dual_residual: all(),
            missing: vec![0.0; n],
            activities: vec![],
            iterations: 0,
            settings,
        };
        let mut products = 0.0;
        for (i, &mass) in columns.mass().iter().enumerate() {
            let alive: Vec<usize> = (0..count).filter(|f| columns.alive[f * n + i]).collect();
            let spread = 0.3 / alive.len() as f64;
            let best = columns.best(i);
            let most = alive.iter().map(|f| columns.cost[f * n + i]).fold(f64::NEG_INFINITY, f64::max);
            interior.lambda[i] = most + SLACK;
            for f in alive {
                interior.x[f * n + i] = mass * (spread + if best == Some(f) { 0.7 } else { 0.0 });
                interior.z[f * n + i] = interior.lambda[i] - columns.cost[f * n + i];
                products += interior.x[f * n + i] * interior.z[f * n + i];
            }
        }
        let mu = products / (n * count) as f64;
        let least = 0.01 * n as f64 / count as f64;
        interior.set_activities();
        interior.slack = interior.activities.iter().map(|activity| activity.max(least)).collect();
        interior.rho = interior.slack.iter().map(|slack| (mu / slack).max(1e-3)).collect();
        interior
    }

    /// The multipliers without those that complementarity sets to zero.
    pub(super) fn multipliers(&self) -> Vec<f64> {
        self.rho.iter().zip(&self.slack).map(|(&rho, &s)| if rho > s { rho } else { 0.0 }).collect()
    }

    /// Iterates until the relative gap is at most `gap` of `stake`, or there is no progress.
    /// Returns the larger of the final gap and error.
    pub(super) fn solve(&mut self, gap: f64, stake: f64) -> Result<f64, Stopped> {
        let mut last = f64::INFINITY;
        let pairs = (self.x.iter().filter(|x| **x > 0.0).count() + self.rho.len()) as f64;
        loop {
            self.check()?;
            let (complementarity, error) = self.state(stake);
            if self.settings.verbose {
                let (number, share) = (self.iterations, complementarity / stake);
                eprintln!("iteration {number}: complementarity {share:.1e}, error {error:.1e}");
            }
            let reached = error.max(complementarity / stake);
            // Once products are negligible, an error that does not fall is rounding error.
            let is_rounding = error > 0.5 * last && (error <= FINE || complementarity <= NOTHING * stake);
            let ends = complementarity <= gap * stake && (error <= gap || is_rounding);
            if ends || !complementarity.is_finite() || self.iterations == MOST_ITERATIONS {
                return Ok(reached);
            }
            last = error;
            self.set_ratios();
            let system = System::new(&self.scaling());
            self.check()?;
            let mut targets: Vec<f64> = self.slack.iter().zip(&self.rho).map(|(s, rho)| -s * rho).collect();
            let zero = Aim { mu: 0.0, second: 0.0 };
            let (drho, dslack, (primal, dual)) = self.direction(&system, zero, &targets, 1.0);
            let affine = self.products(primal, dual, &dslack, &drho);
            let ratio = (affine / complementarity).clamp(0.0, 1.0);
            let mu = complementarity / pairs * (ratio * ratio * ratio).max(1e-6);
            for (target, (ds, drho)) in targets.iter_mut().zip(dslack.iter().zip(&drho)) {
                *target += mu - ds * drho;
            }
            let center = Aim { mu, second: 1.0 };
            let (drho, dslack, (primal, dual)) = self.direction(&system, center, &targets, 1.0 / STEP);
            let by = if complementarity > FAR * stake { CAREFUL } else { STEP };
            let (primal, dual) = (by * primal, by * dual);
            let finite = primal.is_finite() && dual.is_finite() && drho.iter().all(|d| d.is_finite());
            if !finite || primal.max(dual) < 1e-8 {
                return Ok(reached);
            }
            for (values, directions, step) in [
                (&mut self.x, &self.dx, primal),
                (&mut self.z, &self.dz, dual),
                (&mut self.lambda, &self.dlambda, dual),
                (&mut self.slack, &dslack, primal),
                (&mut self.rho, &drho, dual),
            ] {
                values.iter_mut().zip(directions).for_each(|(value, d)| *value += step * d);
            }
            self.iterations += 1;
        }
    }

    fn set_activities(&mut self) {
        let activities = self.columns.activities(&self.x).into_iter().zip(self.columns.levels());
        self.activities = activities.map(|(activity, level)| activity - level).collect();
    }

    fn check(&self) -> Result<(), Stopped> {
        self.settings.stopped().map_or(Ok(()), Err)
    }

    /// Computes residuals. Returns the sum of all products and the error relative to `stake`.
    fn state(&mut self, stake: f64) -> (f64, f64) {
        let (columns, n) = (self.columns, self.columns.n);
        self.dual_residual = columns.priced(&self.rho);
        self.missing.copy_from_slice(columns.mass());
        let (mut worst, mut products) = (vec![0.0_f64; n], 0.0);
        for f in 0..columns.menus() {
            for i in 0..n {
                let c = f * n + i;
                let (x, residual) = (self.x[c], &mut self.dual_residual[c]);
                *residual = if x > 0.0 { self.lambda[i] - self.z[c] - *residual - columns.cost[c] } else { 0.0 };
                self.missing[i] -= x;
                worst[i] = worst[i].max(residual.abs());
                products += x * self.z[c];
            }
        }
        self.set_activities();
        let masses = columns.mass().iter().zip(&self.missing).zip(&worst);
        let mut error: f64 = masses.map(|((mass, missing), worst)| missing.abs() + mass * worst).sum();
        for ((s, rho), activity) in self.slack.iter().zip(&self.rho).zip(&self.activities) {
            products += s * rho;
            error += (s - activity).abs() * (1.0 + rho);
        }
        (products, error / stake)
    }

    fn scaling(&self) -> Scaling<'_> {
        Scaling {
            columns: self.columns,
            ratio: &self.ratio,
            ratios: &self.ratios,
            key: &self.key,
            others: &self.others,
            slack: &self.slack,
            rho: &self.rho,
        }
    }

    /// Computes `D` and its aggregates for each observation.
    fn set_ratios(&mut self) {
        let n = self.columns.n;
        for ((ratio, x), z) in self.ratio.iter_mut().zip(&self.x).zip(&self.z) {
            *ratio = x / z;
        }
        self.key.fill(0);
        self.others.fill(0.0);
        let mut largest = self.ratio[..n].to_vec();
        for (f, ratios) in self.ratio.chunks_exact(n).enumerate().skip(1) {
            for (i, &ratio) in ratios.iter().enumerate() {
                if ratio > largest[i] {
                    self.others[i] += largest[i];
                    largest[i] = ratio;
                    self.key[i] = f;
                } else {
                    self.others[i] += ratio;
                }
            }
        }
        for i in 0..n {
            self.ratios[i] = largest[i] + self.others[i];
        }
    }

    /// The direction toward an aim: those of the multipliers and of the slacks, and the longest
    /// steps.
    fn direction(
        &mut self,
        system: &System,
        aim: Aim,
        targets: &[f64],
        limit: f64,
    ) -> (Vec<f64>, Vec<f64>, (f64, f64)) {
        self.stay(aim);
        let right: Vec<f64> =
            (0..targets.len()).map(|k| self.slack[k] + targets[k] / self.rho[k] - self.activities[k]).collect();
        let still = Fixed { still: &self.still, stills: &self.stills, missing: &self.missing, right: &right };
        let drho = system.solve(&self.scaling(), &still);
        let rows = drho.iter().zip(targets).zip(self.slack.iter().zip(&self.rho));
        let dslack: Vec<f64> = rows.map(|((drho, target), (s, rho))| (target - s * drho) / rho).collect();
        let (mut primal, mut dual) = self.expand(aim, &drho, limit);
        for i in 0..drho.len() {
            if dslack[i] < 0.0 {
                primal = primal.min(-self.slack[i] / dslack[i]);
            }
            if drho[i] < 0.0 {
                dual = dual.min(-self.rho[i] / drho[i]);
            }
        }
        (drho, dslack, (primal, dual))
    }

    /// Computes the direction in which no multiplier moves.
    fn stay(&mut self, aim: Aim) {
        let n = self.columns.n;
        self.stills.iter_mut().zip(&self.missing).for_each(|(sum, missing)| *sum = -missing);
        for c in 0..self.x.len() {
            let (x, z) = (self.x[c], self.z[c]);
            let target = aim.mu - x * z - aim.second * self.dx[c] * self.dz[c];
            self.still[c] = if x > 0.0 { target / z - self.ratio[c] * self.dual_residual[c] } else { 0.0 };
            self.stills[c % n] += self.still[c];
        }
    }

    /// Computes the direction of columns from that of the multipliers. Returns the longest primal
    /// and dual steps, at most `limit`.
    fn expand(&mut self, aim: Aim, drho: &[f64], limit: f64) -> (f64, f64) {
        let n = self.columns.n;
        let gain = self.columns.priced(drho);
        self.dlambda.copy_from_slice(&self.stills);
        for (gain, ratio) in gain.chunks_exact(n).zip(self.ratio.chunks_exact(n)) {
            for i in 0..n {
                self.dlambda[i] += ratio[i] * gain[i];
            }
        }
        self.dlambda.iter_mut().zip(&self.ratios).for_each(|(d, all)| *d /= all);
        let mut left = self.missing.clone();
        for f in 0..self.columns.menus() {
            for (i, left) in left.iter_mut().enumerate() {
                let c = f * n + i;
                self.dz[c] = aim.mu - self.x[c] * self.z[c] - aim.second * self.dx[c] * self.dz[c];
                self.dx[c] = self.still[c] - self.ratio[c] * (self.dlambda[i] - gain[c]);
                *left -= if self.key[i] == f { 0.0 } else { self.dx[c] };
            }
        }
        // The key column absorbs what the others leave, so plausibility holds up to rounding.
        for (i, &left) in left.iter().enumerate() {
            self.dx[self.key[i] * n + i] = left;
        }
        let (mut fall, mut drop) = (1.0 / limit, 1.0 / limit);
        for c in 0..self.x.len() {
            if self.x[c] == 0.0 {
                self.dz[c] = 0.0;
                continue;
            }
            let inverse = 1.0 / self.x[c];
            self.dz[c] = (self.dz[c] - self.z[c] * self.dx[c]) * inverse;
            fall = larger(-self.dx[c] * inverse, fall);
            drop = larger(-self.dz[c] / self.z[c], drop);
        }
        (1.0 / fall, 1.0 / drop)
    }

    /// The sum of all products after these steps.
    fn products(&self, primal: f64, dual: f64, dslack: &[f64], drho: &[f64]) -> f64 {
        let columns = self.x.iter().zip(&self.dx).zip(self.z.iter().zip(&self.dz));
        let columns = columns.map(|((x, dx), (z, dz))| (x + primal * dx) * (z + dual * dz));
        let rows = (0..drho.len()).map(|k| (self.slack[k] + primal * dslack[k]) * (self.rho[k] + dual * drho[k]));
        columns.sum::<f64>() + rows.sum::<f64>()
    }
}

/// The larger of two numbers. Ignores a first argument that is not a number.
fn larger(number: f64, most: f64) -> f64 {
    if number > most { number } else { most }
}
