//! Dense factorization that remains stable in the last iterations, on all cores if the matrix is
//! large.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{BlockStructure, matmul as triangular_matmul};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

/// The number of columns that are eliminated at once.
const PANEL: usize = 96;
/// Smaller matrices are factorized on one core.
const LARGE: usize = 3 * PANEL;

/// Replaces the lower triangle of a positive definite matrix by its Cholesky factor. If rounding
/// destroys a pivot, a huge one replaces it, so that the direction does not change that row (S.
/// Wright, "Primal-Dual Interior-Point Methods", SIAM 1997, chapter 11).
///
/// A large matrix is factorized panel by panel, from left to right. The partition depends on the
/// size alone, so the digits do not depend on the number of cores.
pub(crate) fn cholesky(matrix: MatMut<'_, f64>) {
    let n = matrix.nrows();
    let largest = (0..n).map(|i| matrix[(i, i)]).fold(1e-300, f64::max);
    let width = if n < LARGE { n } else { PANEL };
    let mut rest = matrix;
    while rest.nrows() > width {
        rest = eliminate(rest, width, largest);
    }
    factorise(rest, largest);
}

/// Solves the system of a Cholesky factor; `right` becomes the solution.
pub(crate) fn solve(factor: MatRef<'_, f64>, right: &mut [f64]) {
    let size = right.len();
    if size > 0 {
        let mut vector = MatMut::from_column_major_slice_mut(right, size, 1);
        solve_lower_triangular_in_place(factor, vector.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(factor.transpose(), vector, Par::Seq);
    }
}

/// Factorizes a block on the diagonal.
fn factorise(block: MatMut<'_, f64>, largest: f64) {
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(block.nrows(), Par::Seq, faer::Spec::default()));
    let regularization = LltRegularization {
        dynamic_regularization_delta: largest * 1e64,
        dynamic_regularization_epsilon: largest * 1e-30,
    };
    // An error means that a pivot is not a number. Then the direction is not a number either, which
    // the caller checks.
    let _ = cholesky_in_place(block, regularization, Par::Seq, MemStack::new(&mut memory), faer::Spec::default());
}

/// Factorizes the first columns, eliminates them from the others, and returns the remaining matrix.
fn eliminate(matrix: MatMut<'_, f64>, width: usize, largest: f64) -> MatMut<'_, f64> {
    let (left, right) = matrix.split_at_col_mut(width);
    let (mut corner, panel) = left.split_at_row_mut(width);
    let (_, mut rest) = right.split_at_row_mut(width);
    factorise(corner.as_mut(), largest);
    let corner = corner.as_ref();
    let mut panel = panel;
    rows(panel.as_mut()).into_par_iter().for_each(|part| {
        solve_lower_triangular_in_place(corner, part.transpose_mut(), Par::Seq);
    });
    let panel = panel.as_ref();
    columns(rest.as_mut()).into_par_iter().for_each(|(start, part)| {
        let (_, below) = part.split_at_row_mut(start);
        let size = below.ncols();
        let (mut own, below) = below.split_at_row_mut(size);
        let (upper, lower) = panel.split_at_row(start).1.split_at_row(size);
        let (rectangle, half) = (BlockStructure::Rectangular, BlockStructure::TriangularLower);
        let other = upper.transpose();
        triangular_matmul(own.as_mut(), half, Accum::Add, upper, rectangle, other, rectangle, -1.0, Par::Seq);
        matmul(below, Accum::Add, lower, other, -1.0, Par::Seq);
    });
    rest
}

/// Divides a matrix into bands of rows.
fn rows(matrix: MatMut<'_, f64>) -> Vec<MatMut<'_, f64>> {
    let (mut bands, mut rest) = (vec![], matrix);
    while rest.nrows() > PANEL {
        let (band, others) = rest.split_at_row_mut(PANEL);
        bands.push(band);
        rest = others;
    }
    bands.push(rest);
    bands
}

/// Divides a matrix into bands of columns, each with the number of its first column.
fn columns(matrix: MatMut<'_, f64>) -> Vec<(usize, MatMut<'_, f64>)> {
    let (mut bands, mut rest, mut start) = (vec![], matrix, 0);
    while rest.ncols() > PANEL {
        let (band, others) = rest.split_at_col_mut(PANEL);
        bands.push((start, band));
        (rest, start) = (others, start + PANEL);
    }
    bands.push((start, rest));
    bands
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::Mat;
    use rand::RngExt;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// The factor times its transpose is the matrix, for sizes on both sides of each threshold.
    #[test]
    fn factors() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in [1, 50, LARGE - 1, LARGE, LARGE + 7, 5 * PANEL] {
            let half = Mat::from_fn(n, n, |_, _| rng.random::<f64>() - 0.5);
            let matrix = &half * half.transpose() + Mat::<f64>::identity(n, n);
            let mut factor = matrix.clone();
            cholesky(factor.as_mut());
            let lower = Mat::from_fn(n, n, |i, j| if i >= j { factor[(i, j)] } else { 0.0 });
            let missed = &lower * lower.transpose() - &matrix;
            assert!(missed.norm_max() < 1e-11 * n as f64, "{n}: {}", missed.norm_max());
        }
    }
}
