//! Accumulates rows into one triangular factor.
//!
//! Rows are processed in leaves. If a leaf is long and its columns are well separated, its factor
//! comes from its Gram matrix, with half the operations of reflections. The factor shows whether
//! that was safe; if not, the leaf is reduced by reflections.

use super::householder::{self, Shape, Workspace};
use crate::kernel::all_good;
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::triangular_inverse::invert_lower_triangular;
use faer::reborrow::{Reborrow, ReborrowMut};
use faer::{Accum, ColMut, ColRef, Mat, MatRef, Par, Side};

/// The Gram matrix is safe if the other columns of a leaf leave at least this share of the square
/// of every column. Rounding errors of about n epsilon in the Gram matrix become a relative error
/// of n epsilon over this in the square of any sum of columns that is not much shorter than its
/// largest term: 2e-10 at worst for n = 100, and about 1e-13 in practice.
///
/// A pivot is what only the earlier columns leave of a column. Even if all pivots are large, all
/// others together can leave as little as 4^-n.
const SAFE: f64 = 1e-4;

/// Squares below this have lost digits.
const SMALL: f64 = 1e-250;

/// The number of rows that are multiplied or reflected at once. With a hundred columns they fit in
/// the cache.
const BLOCK: usize = 512;

/// The number of rows in a leaf.
pub(crate) fn leaf_rows(columns: usize) -> usize {
    (32 * columns).max(8192)
}

/// The columns of a leaf beside the agents.
#[derive(Clone, Copy)]
enum Sides<'a> {
    /// The target; the intercept's column is 1.
    Target(ColRef<'a, f64>),
    /// The intercept's column and the target: rows x 2.
    Both(MatRef<'a, f64>),
}

impl Sides<'_> {
    /// Copies some rows of the intercept's column and of the target.
    fn copy(self, from: usize, mut intercept: ColMut<'_, f64>, mut target: ColMut<'_, f64>) {
        let rows = target.nrows();
        match self {
            Self::Target(all) => {
                intercept.fill(1.0);
                target.copy_from(all.subrows(from, rows));
            }
            Self::Both(all) => {
                intercept.copy_from(all.col(0).subrows(from, rows));
                target.copy_from(all.col(1).subrows(from, rows));
            }
        }
    }
}

/// The factor of the rows so far. The columns are agents, intercept, target while rows are pending,
/// and intercept, agents, target in the triangle.
pub(crate) struct Accumulator {
    agents: usize,
    /// The upper triangular (k + 2) x (k + 2) matrix, 0 below the diagonal. None before the first
    /// leaf.
    triangle: Option<Mat<f64>>,
    /// Rows that do not fill a leaf yet, one after another, each with its agents, intercept, and
    /// target.
    pending: Vec<f64>,
    /// The number of rows.
    pub(crate) rows: u64,
    /// Their total weight.
    pub(crate) weight: f64,
}

/// Memory that accumulators with equally many columns share.
pub(crate) struct Scratch {
    reflections: Workspace,
    /// BLOCK x (k + 2).
    block: Mat<f64>,
    /// BLOCK x 2.
    sides: Mat<f64>,
    gram: Mat<f64>,
    /// The inverse of the Gram matrix's triangular factor, after scaling.
    inverse: Mat<f64>,
    /// 2 x k.
    products: Mat<f64>,
}

impl Scratch {
    pub(crate) fn new(agents: usize) -> Self {
        let n = agents + 2;
        Self {
            reflections: Workspace::new(n),
            block: Mat::zeros(BLOCK.max(2 * n), n),
            sides: Mat::zeros(BLOCK, 2),
            gram: Mat::zeros(n, n),
            inverse: Mat::zeros(n, n),
            products: Mat::zeros(2, agents),
        }
    }
}

impl Accumulator {
    pub(crate) fn new(agents: usize) -> Self {
        Self { agents, triangle: None, pending: vec![], rows: 0, weight: 0.0 }
    }

    fn columns(&self) -> usize {
        self.agents + 2
    }

    /// Adds unweighted rows without copying them. Returns false if a number is NaN, infinite, or
    /// too large to square; the accumulator is then useless.
    #[must_use]
    pub(crate) fn push_block(
        &mut self,
        agents: MatRef<'_, f64>,
        target: ColRef<'_, f64>,
        scratch: &mut Scratch,
    ) -> bool {
        let rows = agents.nrows();
        self.rows += rows as u64;
        self.weight += rows as f64;
        let mut from = 0;
        while from < rows {
            let count = leaf_rows(self.columns()).min(rows - from);
            if !self.reduce(agents.subrows(from, count), Sides::Target(target.subrows(from, count)), scratch) {
                return false;
            }
            from += count;
        }
        true
    }

    /// Adds a finite row with positive weight: the agents' values and the target.
    pub(crate) fn push_row(
        &mut self,
        agents: impl Iterator<Item = f64>,
        target: f64,
        weight: f64,
        scratch: &mut Scratch,
    ) {
        self.rows += 1;
        self.weight += weight;
        let root = weight.sqrt();
        self.pending.extend(agents.map(|x| root * x));
        self.pending.extend([root, root * target]);
        self.reduce_long(scratch);
    }

    /// Adds some rows of valid columns: k agents, then the target. Rows of weight 0 are only
    /// counted.
    pub(crate) fn push_columns(
        &mut self,
        columns: &[&[f64]],
        rows: &[u32],
        weights: Option<&[f64]>,
        scratch: &mut Scratch,
    ) {
        let (n, k) = (self.columns(), self.agents);
        self.rows += rows.len() as u64;
        let start = self.pending.len();
        self.pending.resize(start + rows.len() * n, 0.0);
        let mut weighted = 0.0;
        // A few rows at a time, so that both sides stay in the cache.
        for (rows, out) in rows.chunks(8).zip(self.pending[start..].chunks_mut(8 * n)) {
            for (j, column) in columns[..k].iter().enumerate() {
                for (i, &row) in rows.iter().enumerate() {
                    out[i * n + j] = column[row as usize];
                }
            }
            for (&row, out) in rows.iter().zip(out.chunks_exact_mut(n)) {
                out[k] = 1.0;
                out[k + 1] = columns[k][row as usize];
                if let Some(weights) = weights {
                    let weight = weights[row as usize];
                    let root = weight.sqrt();
                    for x in out {
                        *x *= root;
                    }
                    weighted += weight;
                }
            }
        }
        self.weight += if weights.is_some() { weighted } else { rows.len() as f64 };
        self.reduce_long(scratch);
    }

    /// Adds the rows of another accumulator.
    pub(crate) fn merge(&mut self, mut other: Self, scratch: &mut Scratch) {
        self.rows += other.rows;
        self.weight += other.weight;
        match (&mut self.triangle, other.triangle.take()) {
            (None, triangle) => self.triangle = triangle,
            (Some(mine), Some(mut theirs)) => {
                householder::update(mine.as_mut(), theirs.as_mut(), Shape::Upper, &mut scratch.reflections);
            }
            (Some(_), None) => {}
        }
        if self.pending.is_empty() {
            self.pending = other.pending;
        } else {
            self.pending.append(&mut other.pending);
        }
        self.reduce_long(scratch);
    }

    /// The factor of all rows: upper triangular, (k + 2) x (k + 2). In every column, the squares of
    /// its entries sum to those of the rows; if that sum is not finite, neither are the entries.
    pub(crate) fn finish(mut self, scratch: &mut Scratch) -> Mat<f64> {
        self.reduce_pending(scratch);
        let n = self.columns();
        self.triangle.unwrap_or_else(|| Mat::zeros(n, n))
    }

    /// The number of pending numbers.
    pub(crate) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Reduces pending rows early if there are at least as many rows as columns, so that the
    /// triangle is no larger than they are.
    pub(crate) fn relieve(&mut self, scratch: &mut Scratch) {
        if self.pending.len() >= self.columns().pow(2) {
            self.reduce_pending(scratch);
            self.pending = vec![];
        }
    }

    fn reduce_long(&mut self, scratch: &mut Scratch) {
        // A quarter of a leaf is reduced as fast, and leaves memory for many accumulators.
        if self.pending.len() >= leaf_rows(self.columns()) / 4 * self.columns() {
            self.reduce_pending(scratch);
        }
    }

    fn reduce_pending(&mut self, scratch: &mut Scratch) {
        let n = self.columns();
        let pending = std::mem::take(&mut self.pending);
        let rows = pending.len() / n;
        if rows > 0 {
            let all = MatRef::from_row_major_slice(&pending, rows, n);
            let (agents, sides) = all.split_at_col(self.agents);
            if !self.reduce(agents, Sides::Both(sides), scratch) {
                self.triangle = Some(Mat::full(n, n, f64::NAN));
            }
        }
        self.pending = pending;
        self.pending.clear();
    }

    /// Reduces at most a leaf of rows into the triangle.
    fn reduce(&mut self, agents: MatRef<'_, f64>, sides: Sides<'_>, scratch: &mut Scratch) -> bool {
        let n = self.columns();
        let triangle = self.triangle.get_or_insert_with(|| Mat::zeros(n, n));
        // The Gram matrix does not pay off for shorter leaves.
        if agents.nrows() >= 8 * n {
            scratch.multiply(agents, sides);
            if !scratch.gram.diagonal().column_vector().iter().all(|square| square.is_finite()) {
                return false;
            }
            if scratch.factorize() {
                householder::update(triangle.as_mut(), scratch.gram.as_mut(), Shape::Upper, &mut scratch.reflections);
                return true;
            }
        }
        let mut from = 0;
        while from < agents.nrows() {
            let rows = scratch.block.nrows().min(agents.nrows() - from);
            let mut block = scratch.block.as_mut().subrows_mut(0, rows);
            block.rb_mut().subcols_mut(1, n - 2).copy_from(agents.subrows(from, rows));
            let (left, right) = block.rb_mut().split_at_col_mut(n - 1);
            sides.copy(from, left.col_mut(0), right.col_mut(0));
            let column =
                |j| block.rb().col(j).try_as_col_major().expect("the columns of a block are contiguous").as_slice();
            if !(0..n).all(|j| all_good(column(j))) {
                return false;
            }
            householder::update(triangle.as_mut(), block, Shape::Dense, &mut scratch.reflections);
            from += rows;
        }
        true
    }
}

impl Scratch {
    /// Computes the lower half of the Gram matrix of a leaf.
    fn multiply(&mut self, agents: MatRef<'_, f64>, sides: Sides<'_>) {
        let k = agents.ncols();
        self.gram.fill(0.0);
        self.products.fill(0.0);
        let mut from = 0;
        while from < agents.nrows() {
            let rows = BLOCK.min(agents.nrows() - from);
            let block = agents.subrows(from, rows);
            let (one, target) = self.sides.as_mut().subrows_mut(0, rows).split_at_col_mut(1);
            sides.copy(from, one.col_mut(0), target.col_mut(0));
            let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
            let inner = self.gram.as_mut().submatrix_mut(1, 1, k, k);
            triangular::matmul(inner, lower, Accum::Add, block.transpose(), full, block, full, 1.0, Par::Seq);
            let sides = self.sides.as_ref().subrows(0, rows);
            let (one, target) = (sides.col(0), sides.col(1));
            matmul(self.products.as_mut(), Accum::Add, sides.transpose(), block, 1.0, Par::Seq);
            self.gram[(0, 0)] += one.transpose() * one;
            self.gram[(k + 1, 0)] += target.transpose() * one;
            self.gram[(k + 1, k + 1)] += target.transpose() * target;
            from += rows;
        }
        for j in 0..k {
            self.gram[(j + 1, 0)] = self.products[(0, j)];
            self.gram[(k + 1, j + 1)] = self.products[(1, j)];
        }
    }

    /// Replaces the Gram matrix by its triangular factor. Returns false if that is not safe.
    fn factorize(&mut self) -> bool {
        let n = self.gram.ncols();
        if (0..n).any(|j| self.gram[(j, j)] < SMALL) {
            return false;
        }
        let Ok(cholesky) = self.gram.llt(Side::Lower) else { return false };
        // Rows are scaled to length 1, so that columns of the inverse have lengths of at least 1.
        // The share that the others leave of a column is 1 over the square of that length.
        let mut lower = cholesky.L().to_owned();
        let lengths: Vec<f64> = (0..n).map(|j| self.gram[(j, j)].sqrt()).collect();
        for j in 0..n {
            (j..n).for_each(|i| lower[(i, j)] /= lengths[i]);
        }
        invert_lower_triangular(self.inverse.as_mut(), lower.as_ref(), Par::Seq);
        if !(0..n).all(|j| self.inverse.col(j).subrows(j, n - j).squared_norm_l2() <= 1.0 / SAFE) {
            return false;
        }
        for j in 0..n {
            for i in 0..n {
                self.gram[(i, j)] = if i <= j { lower[(j, i)] * lengths[j] } else { 0.0 };
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const AGENTS: usize = 6;

    /// Whether a leaf whose agents are computed from independent columns uses the Gram matrix.
    fn is_safe(agent: impl Fn(usize, &[f64]) -> f64) -> bool {
        let mut draws = ChaCha8Rng::seed_from_u64(1);
        let own = Mat::from_fn(1000, AGENTS + 1, |_, _| draws.random_range(-1.0..1.0));
        let row = |i: usize| own.row(i).iter().copied().collect::<Vec<f64>>();
        let agents = Mat::from_fn(1000, AGENTS, |i, j| agent(j, &row(i)));
        let mut scratch = Scratch::new(AGENTS);
        scratch.multiply(agents.as_ref(), Sides::Target(own.col(AGENTS)));
        scratch.factorize()
    }

    #[test]
    fn gram_matrices_only_where_safe() {
        assert!(is_safe(|j, row| row[j]));
        assert!(is_safe(|j, row| 10.0 + 1e100 * row[j]));
        assert!(is_safe(|j, row| row[j - j % 2] + 0.05 * row[j]), "what is left is about 1/400");
        assert!(!is_safe(|j, row| row[j - j % 2] + 0.002 * row[j]));
        assert!(!is_safe(|j, row| row[j - j % 2]));
        assert!(!is_safe(|j, row| if j == 3 { 0.0 } else { row[j] }));
        assert!(!is_safe(|j, row| if j == 3 { 7.0 } else { row[j] }));
        assert!(!is_safe(|j, row| 1000.0 + row[j]));
        assert!(!is_safe(|j, row| row[j] + if j == 5 { 1e4 * row[AGENTS] } else { 0.0 }));
    }

    /// Agent j is its own column minus three times all earlier ones, which leave at least 1/46 of
    /// it.
    #[test]
    fn pivots_do_not_tell() {
        assert!(!is_safe(|j, row| row[j] - 3.0 * row[..j].iter().sum::<f64>()));
    }
}
