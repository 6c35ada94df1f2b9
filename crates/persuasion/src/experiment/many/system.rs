//! The linear system of an iteration, solved in one of two ways.
//!
//! With `D = x / z`, the coefficients `A_f` of the rows of menu `f` and `S = s / rho`, the
//! directions of the multipliers of plausibility (`l`) and of obedience (`r`) solve
//!
//! ```text
//! sum_f D_f l - sum_f D_f A_f' r_f = p
//! -A_f D_f l + (A_f D_f A_f' + S_f) r_f = q_f      for each menu
//! ```
//!
//! *By rows*, if there are few rows: `l` is diagonal and is eliminated first. The largest `D` of an
//! observation cancels except for the share of the others; the code subtracts it explicitly. *By
//! observations*, if there are few observations: the blocks of menus are eliminated first. *Work:*
//! with `K` rows, `n K^2 + K^3 / 3` and `n^2 K + n^3 / 3`.

use super::columns::Columns;
use crate::interior::{cholesky, solve};
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::{Accum, Mat, MatRef, Par};

/// The number of entries of the larger dimension that are multiplied at once.
const CHUNK: usize = 1024;

/// The data of a system. Arrays over columns are ordered menu by menu.
pub(super) struct Scaling<'i> {
    pub columns: &'i Columns<'i>,
    /// `D`; its sum at every observation, the menu with the largest value, and the sum of the
    /// others.
    pub ratio: &'i [f64],
    pub ratios: &'i [f64],
    pub key: &'i [usize],
    pub others: &'i [f64],
    pub slack: &'i [f64],
    pub rho: &'i [f64],
}

/// The direction in which no multiplier moves: of columns, their sums minus the plausibility
/// residual, the residual itself, and the rows' right-hand side without their own activities.
pub(super) struct Fixed<'i> {
    pub still: &'i [f64],
    pub stills: &'i [f64],
    pub missing: &'i [f64],
    pub right: &'i [f64],
}

/// The factor.
pub(super) enum System {
    ByRows(Mat<f64>),
    /// With the factor of each menu's block.
    ByObservations(Mat<f64>, Vec<Mat<f64>>),
}

/// The number of multiplications of a factorization, by rows and by observations.
pub(super) fn work(n: usize, rows: usize) -> (f64, f64) {
    let (n, k) = (n as f64, rows as f64);
    (k * k * (n + k / 3.0), n * n * (k + n / 3.0))
}

impl System {
    pub(super) fn new(scaling: &Scaling<'_>) -> Self {
        let (by_rows, by_observations) = work(scaling.columns.n, scaling.columns.rows.len());
        if by_rows <= by_observations { scaling.by_rows() } else { scaling.by_observations() }
    }

    /// The direction of the multipliers of all rows. The floor is eliminated last: the other
    /// multipliers move as they would without it, plus a multiple of its effect.
    pub(super) fn solve(&self, scaling: &Scaling<'_>, still: &Fixed<'_>) -> Vec<f64> {
        let mut rho = self.obedience(scaling, still);
        let Some(worth) = scaling.columns.floor() else { return rho };
        let (n, last) = (scaling.columns.n, rho.len());
        let moved: Vec<f64> = scaling.ratio.iter().zip(worth).map(|(d, w)| d * w).collect();
        let mut sums = vec![0.0; n];
        moved.chunks_exact(n).for_each(|moved| sums.iter_mut().zip(moved).for_each(|(sum, x)| *sum += x));
        let unit = Fixed { still: &moved, stills: &sums, missing: &vec![0.0; n], right: &vec![0.0; last] };
        let by_floor = self.obedience(scaling, &unit);
        let (without, with) = (scaling.along(worth, still, &rho), scaling.along(worth, &unit, &by_floor));
        let slope = (still.right[last] - without) / (with + scaling.slack[last] / scaling.rho[last]);
        rho.iter_mut().zip(by_floor).for_each(|(rho, more)| *rho += slope * more);
        rho.push(slope);
        rho
    }

    /// The direction of the obedience multipliers, without a floor.
    fn obedience(&self, scaling: &Scaling<'_>, still: &Fixed<'_>) -> Vec<f64> {
        match self {
            Self::ByRows(factor) => {
                let activities = scaling.columns.obedience(&scaling.moved(still));
                let mut right: Vec<f64> = still.right.iter().zip(activities).map(|(r, a)| r - a).collect();
                solve(factor.as_ref(), &mut right);
                right
            }
            Self::ByObservations(factor, blocks) => {
                let activities = scaling.columns.obedience(still.still);
                let mut right: Vec<f64> = still.right.iter().zip(activities).map(|(r, a)| r - a).collect();
                let mut of_blocks = right.clone();
                scaling.solve_blocks(blocks, &mut of_blocks);
                let mut lambda = still.stills.to_vec();
                let n = scaling.columns.n;
                for (c, price) in scaling.columns.priced(&of_blocks).into_iter().enumerate() {
                    lambda[c % n] += scaling.ratio[c] * price;
                }
                solve(factor.as_ref(), &mut lambda);
                let moved: Vec<f64> = scaling.ratio.iter().enumerate().map(|(c, d)| d * lambda[c % n]).collect();
                right.iter_mut().zip(scaling.columns.obedience(&moved)).for_each(|(r, a)| *r += a);
                scaling.solve_blocks(blocks, &mut right);
                right
            }
        }
    }
}

impl Scaling<'_> {
    fn range(&self, f: usize) -> std::ops::Range<usize> {
        self.columns.starts[f]..self.columns.starts[f + 1]
    }

    fn by_rows(&self) -> System {
        let (columns, n, k) = (self.columns, self.columns.n, self.columns.rows.len());
        let mut factor = Mat::<f64>::zeros(k, k);
        for from in (0..n).step_by(CHUNK) {
            let size = CHUNK.min(n - from);
            let weights: Vec<f64> = self.ratios[from..from + size].iter().map(|all| 1.0 / all.sqrt()).collect();
            let mut scaled = vec![0.0; k * size];
            for (row, target) in scaled.chunks_exact_mut(size).enumerate() {
                let first = columns.rows[row].menu * n + from;
                let (ratio, gain) = (&self.ratio[first..first + size], &columns.gain(row)[from..from + size]);
                for (i, target) in target.iter_mut().enumerate() {
                    *target = ratio[i] * weights[i] * gain[i];
                }
            }
            let part = MatRef::from_column_major_slice(&scaled, size, k);
            gram(&mut factor, part.transpose(), -1.0);
        }
        for f in 0..columns.menus() {
            let start = columns.starts[f];
            let weight = |i: usize| {
                let ratio = self.ratio[f * n + i];
                let rest = if self.key[i] == f { self.others[i] } else { self.ratios[i] - ratio };
                ratio * (rest / self.ratios[i])
            };
            let own = self.block(f, weight);
            for j in 0..own.ncols() {
                for i in j..own.nrows() {
                    factor[(start + i, start + j)] = own[(i, j)];
                }
            }
        }
        cholesky(factor.as_mut());
        System::ByRows(factor)
    }

    fn by_observations(&self) -> System {
        let (columns, n) = (self.columns, self.columns.n);
        let mut factor = Mat::<f64>::zeros(n, n);
        let mut blocks = Vec::with_capacity(columns.menus());
        let mut waiting: Vec<f64> = Vec::new();
        let flush = |waiting: &mut Vec<f64>, factor: &mut Mat<f64>| {
            gram(factor, MatRef::from_column_major_slice(waiting, n, waiting.len() / n), -1.0);
            waiting.clear();
        };
        for f in 0..columns.menus() {
            let ratio = &self.ratio[f * n..(f + 1) * n];
            let mut block = self.block(f, |i| ratio[i]);
            cholesky(block.as_mut());
            // Forward substitution, one row at a time, because rows are long.
            let from = waiting.len();
            for (k, row) in self.range(f).enumerate() {
                let mut next: Vec<f64> = ratio.iter().zip(columns.gain(row)).map(|(d, gain)| d * gain).collect();
                for j in 0..k {
                    let (by, known) = (block[(k, j)], &waiting[from + j * n..from + (j + 1) * n]);
                    next.iter_mut().zip(known).for_each(|(next, known)| *next -= by * known);
                }
                let inverse = 1.0 / block[(k, k)];
                waiting.extend(next.into_iter().map(|next| next * inverse));
            }
            blocks.push(block);
            if waiting.len() > CHUNK * n {
                flush(&mut waiting, &mut factor);
            }
        }
        flush(&mut waiting, &mut factor);
        for i in 0..n {
            factor[(i, i)] += self.ratios[i];
        }
        cholesky(factor.as_mut());
        System::ByObservations(factor, blocks)
    }

    /// `A_f W A_f' + S_f`, lower triangle.
    fn block(&self, f: usize, weight: impl Fn(usize) -> f64) -> Mat<f64> {
        let (columns, range) = (self.columns, self.range(f));
        let weights: Vec<f64> = (0..columns.n).map(|i| weight(i).sqrt()).collect();
        let mut scaled = Vec::with_capacity(range.len() * columns.n);
        for row in range.clone() {
            scaled.extend(columns.gain(row).iter().zip(&weights).map(|(gain, w)| w * gain));
        }
        let mut block = Mat::zeros(range.len(), range.len());
        gram(&mut block, MatRef::from_column_major_slice(&scaled, columns.n, range.len()).transpose(), 1.0);
        for (k, row) in range.enumerate() {
            block[(k, k)] += self.slack[row] / self.rho[row];
        }
        block
    }

    fn solve_blocks(&self, blocks: &[Mat<f64>], right: &mut [f64]) {
        blocks.iter().enumerate().for_each(|(f, block)| solve(block.as_ref(), &mut right[self.range(f)]));
    }

    /// The change of `worth` in the direction with these obedience multipliers. Columns are
    /// measured relative to the one with the largest `D`.
    fn along(&self, worth: &[f64], still: &Fixed<'_>, rho: &[f64]) -> f64 {
        let n = self.columns.n;
        let gain = self.columns.priced(rho);
        let mut lambda = still.stills.to_vec();
        for (c, gain) in gain.iter().enumerate() {
            lambda[c % n] += self.ratio[c] * gain;
        }
        lambda.iter_mut().zip(self.ratios).for_each(|(l, all)| *l /= all);
        let from = |i: usize| worth[self.key[i] * n + i];
        let of_column = |(c, gain): (usize, &f64)| {
            let i = c % n;
            let direction = still.still[c] - self.ratio[c] * (lambda[i] - gain);
            if self.key[i] == c / n { 0.0 } else { (worth[c] - from(i)) * direction }
        };
        let missing = still.missing.iter().enumerate().map(|(i, missing)| from(i) * missing);
        gain.iter().enumerate().map(of_column).sum::<f64>() + missing.sum::<f64>()
    }

    /// The direction of columns if no obedience multiplier moves.
    fn moved(&self, still: &Fixed<'_>) -> Vec<f64> {
        let n = self.columns.n;
        let mut rest: Vec<f64> = still.missing.iter().map(|missing| -missing).collect();
        for (f, own) in still.still.chunks_exact(n).enumerate() {
            for (i, rest) in rest.iter_mut().enumerate() {
                *rest += if self.key[i] == f { 0.0 } else { own[i] };
            }
        }
        let of_column = |(c, &own): (usize, &f64)| {
            let i = c % n;
            let inverse = 1.0 / self.ratios[i];
            let share = self.ratio[c] * inverse;
            // The key column's own part cancels.
            let is_key = self.key[i] == c / n;
            if is_key { own * (self.others[i] * inverse) - share * rest[i] } else { own - share * still.stills[i] }
        };
        still.still.iter().enumerate().map(of_column).collect()
    }
}

/// Adds `factor part part'` to the lower triangle of `target`.
fn gram(target: &mut Mat<f64>, part: MatRef<'_, f64>, factor: f64) {
    triangular_matmul(
        target.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Add,
        part,
        BlockStructure::Rectangular,
        part.transpose(),
        BlockStructure::Rectangular,
        factor,
        Par::Seq,
    );
}
