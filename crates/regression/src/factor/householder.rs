//! The triangular factor of `[R; B]` by Householder reflections.

use crate::kernel::{add_multiple, dot};
use faer::linalg::matmul::matmul;
use faer::reborrow::{Reborrow, ReborrowMut};
use faer::{Accum, Mat, MatMut, MatRef, Par};

/// Sums of squares below this have lost digits.
const SMALL: f64 = 1e-250;
/// The largest factor by which small numbers are scaled up.
const LARGEST_UNIT: f64 = 1e300;

/// The number of columns that are reduced one by one. The others then get all their reflections at
/// once, by matrix products.
const fn panel(columns: usize) -> usize {
    if columns <= 256 { 8 } else { 32 }
}

/// The nonzero rows of `B` in each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All rows.
    Dense,
    /// The first `j + 1` in column `j`.
    Upper,
}

/// Working memory for [`update`].
pub(crate) struct Workspace {
    /// The matrix T of the block reflector I - V T V'.
    t: Mat<f64>,
    /// V'V, then V'C.
    products: Mat<f64>,
    w: Mat<f64>,
}

impl Workspace {
    pub(crate) fn new(columns: usize) -> Self {
        let panel = panel(columns);
        Self {
            t: Mat::zeros(panel, panel),
            products: Mat::zeros(panel, columns.max(panel)),
            w: Mat::zeros(panel, columns),
        }
    }
}

/// Replaces the upper triangular `r` (n x n) by the factor of `r` on top of `b` (any number of rows
/// x n, with contiguous columns). The content of `b` is lost. Entries below the diagonal of `r` are
/// neither read nor written. The cost is 2 rows n² operations, or a third of that for an upper `b`.
pub(crate) fn update(mut r: MatMut<'_, f64>, mut b: MatMut<'_, f64>, shape: Shape, space: &mut Workspace) {
    let n = r.ncols();
    let mut from = 0;
    while from < n {
        let to = (from + panel(n)).min(n);
        let rows = if shape == Shape::Upper { b.nrows().min(to) } else { b.nrows() };
        let (left, right) = b.rb_mut().subrows_mut(0, rows).split_at_col_mut(to);
        let mut v = left.subcols_mut(from, to - from);
        let tau = reflect(r.rb_mut(), v.rb_mut(), from);
        if to < n {
            apply(r.rb_mut().submatrix_mut(from, to, to - from, n - to), v.rb(), right, &tau, space);
        }
        from = to;
    }
}

/// Reduces the columns of a panel; the first is column `from` of `r`. Leaves the vectors of the
/// reflections in `b`, without their leading 1, which belongs to the row of `r`. Returns their
/// factors.
fn reflect(mut r: MatMut<'_, f64>, mut b: MatMut<'_, f64>, from: usize) -> Vec<f64> {
    let columns = b.ncols();
    let mut tau = vec![0.0; columns];
    for j in 0..columns {
        let (left, mut rest) = b.rb_mut().split_at_col_mut(j + 1);
        let x = contiguous(left, j);
        let mut squares = dot(x, x);
        let diagonal = &mut r[(from + j, from + j)];
        let mut unit = 1.0;
        if squares < SMALL {
            // Numbers whose squares underflow are scaled up first.
            let largest = x.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            if largest == 0.0 || largest < f64::EPSILON.powi(4) * diagonal.abs() {
                continue;
            }
            unit = (1.0 / largest).min(LARGEST_UNIT);
            for x in &mut *x {
                *x *= unit;
            }
            squares = dot(x, x);
        }
        let alpha = unit * *diagonal;
        let beta = -(alpha * alpha + squares).sqrt().copysign(alpha);
        *diagonal = beta / unit;
        tau[j] = (beta - alpha) / beta;
        let scale = 1.0 / (alpha - beta);
        for x in &mut *x {
            *x *= scale;
        }
        for c in 0..rest.ncols() {
            let y = contiguous(rest.rb_mut(), c);
            let top = &mut r[(from + j, from + j + 1 + c)];
            let step = tau[j] * (*top + dot(x, y));
            *top -= step;
            add_multiple(-step, x, y);
        }
    }
    tau
}

/// Applies the reflections of a panel to the columns on its right: `top` is their rows in `r`,
/// `right` their rows in `b`.
fn apply(mut top: MatMut<'_, f64>, v: MatRef<'_, f64>, mut right: MatMut<'_, f64>, tau: &[f64], space: &mut Workspace) {
    let (p, m) = (v.ncols(), top.ncols());
    // T is computed by columns (Schreiber & Van Loan 1989). The leading 1s of two reflections are
    // in different rows, so V'V is that of `v`.
    let mut products = space.products.as_mut().submatrix_mut(0, 0, p, p);
    matmul(products.rb_mut(), Accum::Replace, v.transpose(), v, 1.0, Par::Seq);
    let t = &mut space.t;
    for i in 0..p {
        for a in 0..p {
            let sum: f64 = (a..i).map(|c| t[(a, c)] * products[(c, i)]).sum();
            t[(a, i)] = if a == i { tau[i] } else { -tau[i] * sum };
        }
    }
    let mut product = space.products.as_mut().submatrix_mut(0, 0, p, m);
    product.copy_from(top.rb());
    matmul(product.rb_mut(), Accum::Add, v.transpose(), right.rb(), 1.0, Par::Seq);
    let mut w = space.w.as_mut().submatrix_mut(0, 0, p, m);
    matmul(w.rb_mut(), Accum::Replace, t.as_ref().submatrix(0, 0, p, p).transpose(), product.rb(), 1.0, Par::Seq);
    top -= w.rb();
    matmul(right.rb_mut(), Accum::Add, v, w.rb(), -1.0, Par::Seq);
}

/// A column as a slice.
fn contiguous(matrix: MatMut<'_, f64>, column: usize) -> &mut [f64] {
    let column = matrix.col_mut(column).try_as_col_major_mut();
    column.expect("the columns of a block are contiguous").as_slice_mut()
}
