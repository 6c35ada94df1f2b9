//! A block of consecutive states, and the passes of an iteration over it.

use crate::kernel::Kernel;
use crate::weights::Weights;
use crate::wide::wide;
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// The number of states in a block. Its arrays stay in the cache of a core.
pub(super) const STATES: usize = 256;

/// The obedience rows in use.
pub(super) struct Rows {
    /// (recommended, alternative), by recommended action, `[K]`.
    pub pairs: Vec<(usize, usize)>,
    /// The rows of action `a` are `starts[a]..starts[a + 1]`, `[m + 1]`.
    pub starts: Vec<usize>,
}

impl Rows {
    /// Rows from a sorted list of pairs.
    pub(super) fn new(actions: usize, pairs: Vec<(usize, usize)>) -> Self {
        let starts = (0..=actions).map(|a| pairs.partition_point(|pair| pair.0 < a)).collect();
        Self { pairs, starts }
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The matrix `R`, `m x m`, with which `(U R)[y][a] = sum_b rho_ab (u_a - u_b)[y]` for
    /// utilities `U`, `states x m`.
    pub(super) fn pricing(&self, rho: &[f64]) -> Mat<f64> {
        let m = self.starts.len() - 1;
        let mut matrix = Mat::zeros(m, m);
        for (&(a, b), &rho) in self.pairs.iter().zip(rho) {
            matrix[(a, a)] += rho;
            matrix[(b, a)] -= rho;
        }
        matrix
    }

    /// The activities of the rows, `[K]`, from `activity[(a, b)] = sum_y x[a][y] u[b][y]`.
    pub(super) fn activities(&self, activity: &Mat<f64>) -> Vec<f64> {
        self.pairs.iter().map(|&(a, b)| activity[(a, a)] - activity[(a, b)]).collect()
    }
}

/// The target of the products of complementary iterates.
#[derive(Clone, Copy)]
pub(super) enum Aim {
    /// Zero, to first order.
    Zero,
    /// This value, corrected for the second order of the last direction.
    Center(f64),
}

impl Aim {
    /// The target of the products, and the share of the last direction's second order that is
    /// corrected.
    fn numbers(self) -> (f64, f64) {
        match self {
            Self::Zero => (0.0, 0.0),
            Self::Center(mu) => (mu, 1.0),
        }
    }
}

/// The iterates of some states, all positive. Arrays over columns are ordered action by action,
/// `[m * states]`.
pub(super) struct Block {
    /// The first state.
    pub from: usize,
    /// The number of states.
    pub states: usize,
    /// The mass of each column.
    pub x: Vec<f64>,
    /// The reduced cost of each column.
    pub z: Vec<f64>,
    /// The multiplier of plausibility, `[states]`.
    pub lambda: Vec<f64>,
    dx: Vec<f64>,
    dz: Vec<f64>,
    /// `D = x / z` of each column.
    ratio: Vec<f64>,
    /// The column's direction if no multiplier moves.
    still: Vec<f64>,
    /// `lambda - z - price` of each column.
    dual_residual: Vec<f64>,
    /// `mass - sum_a x`, `[states]`.
    missing: Vec<f64>,
    /// `sum_a D`, and `sum_a still - missing`, `[states]`.
    ratios: Vec<f64>,
    stills: Vec<f64>,
    /// The column with the largest `D` of each state, `[states]`, and the sum of the others' `D`.
    key: Vec<usize>,
    others: Vec<f64>,
    dlambda: Vec<f64>,
}

/// Sums over columns.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    /// The sum of `x z`.
    pub products: f64,
    /// The sums of `cost x` and of `mass lambda`.
    pub primal: f64,
    pub dual: f64,
    /// The sums of `|mass - sum_a x|` and of `mass * max_a |dual residual|`.
    pub missing: f64,
    pub dual_error: f64,
}

impl Sums {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            products: self.products + other.products,
            primal: self.primal + other.primal,
            dual: self.dual + other.dual,
            missing: self.missing + other.missing,
            dual_error: self.dual_error + other.dual_error,
        }
    }
}

/// The sums over the blocks of a span, and working memory.
pub(super) struct Span {
    /// `sum_y (D g)(D g)' / sum_a D`, lower triangle, `K x K`; the blocks of one action are
    /// replaced by `own`.
    pub cross: Mat<f64>,
    /// For each action `sum_y D (1 - D / sum_a D) g g'`, lower triangle.
    pub own: Vec<Mat<f64>>,
    scaled: Vec<f64>,
    work: Vec<f64>,
}

impl Span {
    pub(super) fn new(rows: &Rows) -> Self {
        let k = rows.len();
        let own = rows.starts.windows(2).map(|ends| Mat::zeros(ends[1] - ends[0], ends[1] - ends[0]));
        Self { cross: Mat::zeros(k, k), own: own.collect(), scaled: vec![0.0; k * STATES], work: vec![0.0; STATES] }
    }
}

impl Block {
    /// The first iterate: most of a state's mass on the user's best action, so that recommendations
    /// are obeyed, and reduced costs of about `slack`.
    pub(super) fn new(kernel: &Kernel, weights: Weights, from: usize, states: usize, slack: f64) -> Self {
        let m = kernel.actions();
        let columns = || vec![0.0; m * states];
        let mut block = Self {
            from,
            states,
            x: columns(),
            z: columns(),
            lambda: vec![f64::NEG_INFINITY; states],
            dx: columns(),
            dz: columns(),
            ratio: columns(),
            still: columns(),
            dual_residual: columns(),
            missing: vec![0.0; states],
            ratios: vec![0.0; states],
            stills: vec![0.0; states],
            key: vec![0; states],
            others: vec![0.0; states],
            dlambda: vec![0.0; states],
        };
        for a in 0..m {
            for i in 0..states {
                let (y, best) = (from + i, kernel.best_action[from + i] == a);
                block.x[a * states + i] = kernel.mass[y] * (if best { 0.7 } else { 0.0 } + 0.3 / m as f64);
                block.z[a * states + i] = kernel.cost(weights, a, y);
                block.lambda[i] = block.lambda[i].max(block.z[a * states + i] + slack);
            }
        }
        for a in 0..m {
            for i in 0..states {
                block.z[a * states + i] = block.lambda[i] - block.z[a * states + i];
            }
        }
        block
    }

    /// The mass of an action.
    pub(super) fn mass_of(&self, action: usize) -> f64 {
        self.x[action * self.states..(action + 1) * self.states].iter().sum()
    }

    /// The user's utility in these states, `states x m`.
    fn user<'k>(&self, kernel: &'k Kernel) -> MatRef<'k, f64> {
        let slice = &kernel.user.as_slice()[self.from..];
        MatRef::from_column_major_slice_with_stride(slice, self.states, kernel.actions(), kernel.states())
    }

    /// Adds `sum_y column[a][y] u[b][y]` to `activity`, `m x m`.
    fn add_activity(&self, kernel: &Kernel, columns: &[f64], activity: &mut Mat<f64>) {
        let columns = MatRef::from_column_major_slice(columns, self.states, kernel.actions());
        matmul(activity.as_mut(), Accum::Add, columns.transpose(), self.user(kernel), 1.0, Par::Seq);
    }

    /// Computes residuals and sums over columns, and adds the activities of `x` to `activity`.
    /// `pricing` is the matrix of [`Rows::pricing`].
    pub(super) fn residuals(
        &mut self,
        kernel: &Kernel,
        weights: Weights,
        pricing: &Mat<f64>,
        activity: &mut Mat<f64>,
    ) -> Sums {
        let (n, m) = (self.states, kernel.actions());
        self.add_activity(kernel, &self.x, activity);
        let mut prices = std::mem::take(&mut self.dual_residual);
        let target = MatMut::from_column_major_slice_mut(&mut prices, n, m);
        matmul(target, Accum::Replace, self.user(kernel), pricing.as_ref(), 1.0, Par::Seq);
        let masses = &kernel.mass[self.from..self.from + n];
        self.missing.copy_from_slice(masses);
        let (mut errors, mut products, mut values) = (vec![0.0_f64; n], vec![0.0; n], vec![0.0; n]);
        for a in 0..m {
            let range = a * n..(a + 1) * n;
            let objective = &kernel.objective.row(a)[self.from..self.from + n];
            let user = &kernel.user.row(a)[self.from..self.from + n];
            let (x, z, price) = (&self.x[range.clone()], &self.z[range.clone()], &mut prices[range]);
            let (missing, lambda) = (&mut self.missing[..n], &self.lambda[..n]);
            for i in 0..n {
                let cost = weights.objective * objective[i] + weights.user * user[i];
                price[i] = lambda[i] - z[i] - price[i] - cost;
                missing[i] -= x[i];
                errors[i] = larger(price[i].abs(), errors[i]);
                products[i] += x[i] * z[i];
                values[i] += cost * x[i];
            }
        }
        self.dual_residual = prices;
        let mut sums = Sums { products: products.iter().sum(), primal: values.iter().sum(), ..Sums::default() };
        for (i, &mass) in masses.iter().enumerate() {
            sums.missing += self.missing[i].abs();
            sums.dual_error += mass * errors[i];
            sums.dual += mass * self.lambda[i];
        }
        sums
    }

    /// Computes `D` and its aggregates for each state.
    fn set_ratios(&mut self, m: usize) {
        let n = self.states;
        for ((ratio, x), z) in self.ratio.iter_mut().zip(&self.x).zip(&self.z) {
            *ratio = x / z;
        }
        self.key.fill(0);
        self.others.fill(0.0);
        let mut largest = self.ratio[..n].to_vec();
        wide(
            #[inline(always)]
            || {
                for a in 1..m {
                    let states = self.key.iter_mut().zip(&mut self.others).zip(&mut largest);
                    for (((key, others), largest), &ratio) in states.zip(&self.ratio[a * n..(a + 1) * n]) {
                        let beats = ratio > *largest;
                        *others += if beats { *largest } else { ratio };
                        *largest = if beats { ratio } else { *largest };
                        *key = if beats { a } else { *key };
                    }
                }
            },
        );
        for ((sum, largest), others) in self.ratios.iter_mut().zip(&largest).zip(&self.others) {
            *sum = largest + others;
        }
    }

    /// Adds the block's part of the system to a span.
    pub(super) fn assemble(&mut self, kernel: &Kernel, rows: &Rows, span: &mut Span) {
        let (n, m, k) = (self.states, kernel.actions(), rows.len());
        self.set_ratios(m);
        let roots: Vec<f64> = self.ratios.iter().map(|sum| sum.sqrt()).collect();
        for a in 0..m {
            let range = rows.starts[a]..rows.starts[a + 1];
            if range.is_empty() {
                continue;
            }
            let own = &kernel.user.row(a)[self.from..self.from + n];
            let others_of = |row: usize| &kernel.user.row(rows.pairs[row].1)[self.from..self.from + n];
            // The part of one action alone. The largest ratio of a state cancels except for the
            // share of the others.
            let (ratio, work) = (&self.ratio[a * n..(a + 1) * n], &mut span.work[..n]);
            let (key, others, sums) = (&self.key[..n], &self.others[..n], &self.ratios[..n]);
            wide(
                #[inline(always)]
                || {
                    for i in 0..n {
                        let rest = if key[i] == a { others[i] } else { sums[i] - ratio[i] };
                        work[i] = (ratio[i] * (rest / sums[i])).sqrt();
                    }
                },
            );
            for row in range.clone() {
                let target = &mut span.scaled[row * n..(row + 1) * n];
                for (((t, w), u), v) in target.iter_mut().zip(&span.work).zip(own).zip(others_of(row)) {
                    *t = w * (u - v);
                }
            }
            let part = &span.scaled[range.start * n..range.end * n];
            gram(&mut span.own[a], MatRef::from_column_major_slice(part, n, range.len()));
            for ((work, ratio), root) in span.work.iter_mut().zip(ratio).zip(&roots) {
                *work = ratio / root;
            }
            for row in range {
                let target = &mut span.scaled[row * n..(row + 1) * n];
                for (((t, w), u), v) in target.iter_mut().zip(&span.work).zip(own).zip(others_of(row)) {
                    *t = w * (u - v);
                }
            }
        }
        gram(&mut span.cross, MatRef::from_column_major_slice(&span.scaled[..k * n], n, k));
    }

    /// Computes the direction if no obedience multiplier moves. Adds its activities, and those of
    /// `x`, to `activity`.
    pub(super) fn reduce(&mut self, kernel: &Kernel, aim: Aim, activity: &mut Mat<f64>) {
        let (n, m) = (self.states, kernel.actions());
        let (mu, second) = aim.numbers();
        let all = n * m;
        let (x, z, ratio, residual) = (&self.x[..all], &self.z[..all], &self.ratio[..all], &self.dual_residual[..all]);
        let (dx, dz, still) = (&self.dx[..all], &self.dz[..all], &mut self.still[..all]);
        wide(
            #[inline(always)]
            || {
                for i in 0..all {
                    let target = mu - x[i] * z[i] - second * dx[i] * dz[i];
                    still[i] = target / z[i] - ratio[i] * residual[i];
                }
            },
        );
        let mut rest: Vec<f64> = self.missing.iter().map(|missing| -missing).collect();
        self.stills.copy_from_slice(&rest);
        let inverses: Vec<f64> = self.ratios.iter().map(|sum| 1.0 / sum).collect();
        let (key, others, inverses) = (&self.key[..n], &self.others[..n], &inverses[..n]);
        let (rest, stills) = (&mut rest[..n], &mut self.stills[..n]);
        let mut moved = self.x.clone();
        wide(
            #[inline(always)]
            || {
                for (a, still) in self.still.chunks_exact(n).enumerate() {
                    for i in 0..n {
                        rest[i] += if key[i] == a { 0.0 } else { still[i] };
                        stills[i] += still[i];
                    }
                }
                let columns = moved.chunks_exact_mut(n).zip(self.still.chunks_exact(n).zip(self.ratio.chunks_exact(n)));
                for (a, (moved, (still, ratio))) in columns.enumerate() {
                    for i in 0..n {
                        let share = ratio[i] * inverses[i];
                        // The key column's own part cancels.
                        let own = still[i] * (others[i] * inverses[i]) - share * rest[i];
                        moved[i] += if key[i] == a { own } else { still[i] - share * stills[i] };
                    }
                }
            },
        );
        self.add_activity(kernel, &moved, activity);
    }

    /// Computes the direction from the pricing matrix of the multipliers' direction. Returns the
    /// longest primal and dual steps, at most `limit`.
    pub(super) fn expand(&mut self, kernel: &Kernel, aim: Aim, pricing: &Mat<f64>, limit: f64) -> (f64, f64) {
        let (n, m) = (self.states, kernel.actions());
        let (mu, second) = aim.numbers();
        let mut gain = vec![0.0; n * m];
        let target = MatMut::from_column_major_slice_mut(&mut gain, n, m);
        matmul(target, Accum::Replace, self.user(kernel), pricing.as_ref(), 1.0, Par::Seq);
        self.dlambda.copy_from_slice(&self.stills);
        for (gain, ratio) in gain.chunks_exact(n).zip(self.ratio.chunks_exact(n)) {
            for i in 0..n {
                self.dlambda[i] += ratio[i] * gain[i];
            }
        }
        for (dlambda, ratios) in self.dlambda.iter_mut().zip(&self.ratios) {
            *dlambda /= ratios;
        }
        let mut left = self.missing.clone();
        for a in 0..m {
            let range = a * n..(a + 1) * n;
            let (x, z, gain) = (&self.x[range.clone()], &self.z[range.clone()], &gain[range.clone()]);
            let (still, ratio) = (&self.still[range.clone()], &self.ratio[range.clone()]);
            let (dx, dz) = (&mut self.dx[range.clone()], &mut self.dz[range]);
            for i in 0..n {
                dz[i] = mu - x[i] * z[i] - second * dx[i] * dz[i];
                dx[i] = still[i] - ratio[i] * (self.dlambda[i] - gain[i]);
                left[i] -= if self.key[i] == a { 0.0 } else { dx[i] };
            }
        }
        // The key column absorbs what the others leave, so plausibility holds up to rounding.
        for (i, &left) in left.iter().enumerate() {
            self.dx[self.key[i] * n + i] = left;
        }
        let (mut falls, mut drops) = (vec![1.0 / limit; n], vec![1.0 / limit; n]);
        for a in 0..m {
            let range = a * n..(a + 1) * n;
            let (x, z) = (&self.x[range.clone()], &self.z[range.clone()]);
            let (dx, dz) = (&self.dx[range.clone()], &mut self.dz[range]);
            for i in 0..n {
                let inverse = 1.0 / x[i];
                dz[i] = (dz[i] - z[i] * dx[i]) * inverse;
                falls[i] = larger(-dx[i] * inverse, falls[i]);
                drops[i] = larger(-dz[i] / z[i], drops[i]);
            }
        }
        let most = |rates: &[f64]| 1.0 / rates.iter().fold(0.0, |most, &rate| larger(rate, most));
        (most(&falls), most(&drops))
    }

    /// The sum of products after steps along the direction.
    pub(super) fn products(&self, primal: f64, dual: f64) -> f64 {
        let columns = self.x.iter().zip(&self.dx).zip(self.z.iter().zip(&self.dz));
        columns.map(|((x, dx), (z, dz))| (x + primal * dx) * (z + dual * dz)).sum()
    }

    /// Steps along the direction.
    pub(super) fn step(&mut self, primal: f64, dual: f64) {
        for (values, directions, step) in
            [(&mut self.x, &self.dx, primal), (&mut self.z, &self.dz, dual), (&mut self.lambda, &self.dlambda, dual)]
        {
            values.iter_mut().zip(directions).for_each(|(value, d)| *value += step * d);
        }
    }
}

/// The larger of two numbers. Ignores a first argument that is not a number.
fn larger(number: f64, most: f64) -> f64 {
    if number > most { number } else { most }
}

/// Adds `part' part` to the lower triangle of `target`.
fn gram(target: &mut Mat<f64>, part: MatRef<'_, f64>) {
    triangular_matmul(
        target.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Add,
        part.transpose(),
        BlockStructure::Rectangular,
        part,
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}
