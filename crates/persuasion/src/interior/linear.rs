//! Dense factorisation that survives the last iterations.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltRegularization, cholesky_in_place, cholesky_in_place_scratch};
use faer::{MatMut, Par};

/// Replaces the lower triangle of a positive definite matrix by its Cholesky factor. A pivot that
/// is lost to rounding is replaced by a huge one, so that the direction leaves that row alone (S.
/// Wright, "Primal-Dual Interior-Point Methods", SIAM 1997, chapter 11).
pub(crate) fn cholesky(matrix: MatMut<'_, f64>) {
    let n = matrix.nrows();
    let largest = (0..n).map(|i| matrix[(i, i)]).fold(1e-300, f64::max);
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<f64>(n, Par::Seq, faer::Spec::default()));
    let regularization = LltRegularization {
        dynamic_regularization_delta: largest * 1e64,
        dynamic_regularization_epsilon: largest * 1e-30,
    };
    // An error is a pivot that is not a number; the direction is then none, either, and whoever
    // computes it looks.
    let _ = cholesky_in_place(matrix, regularization, Par::Seq, MemStack::new(&mut memory), faer::Spec::default());
}
