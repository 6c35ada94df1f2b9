//! Non-negative least squares by an active set.
//!
//! The method is that of Lawson & Hanson (1974, "Solving Least Squares Problems", chapter 23). All
//! columns are kept rotated so that the passive columns, those with positive weight, are upper
//! triangular in the leading rows. The rows below hold what remains of the other columns and of the
//! target after projection. A column enters by one reflection and leaves by plane rotations. No
//! matrix is factored again, and no normal equations are formed. If a column depends on the passive
//! columns, nothing remains of it, so dependence is easy to detect.

use crate::kernel::{add_multiple, dot};
use faer::MatRef;

/// The problem min |A w - b| over w >= 0, where only the allowed columns of A may have weight.
#[derive(Clone)]
pub(crate) struct NonNegative {
    /// The rotated columns of A, then b: rows x (k + 1), one column after another.
    columns: Vec<f64>,
    rows: usize,
    /// For each column of A, and for b: the length of the numbers that it was computed from. It is
    /// exact up to rounding errors of that size.
    sizes: Vec<f64>,
    /// The columns with positive weight, in the order of their rows in the triangle.
    passive: Vec<usize>,
    /// The columns that are allowed, but not passive.
    candidates: Vec<usize>,
    /// One weight per column of A.
    weights: Vec<f64>,
}

impl NonNegative {
    /// A problem with all weights 0, in which no column is allowed yet. `matrix` has the columns of
    /// A, then b; `sizes` are the lengths of the numbers that they are differences of. A remainder
    /// that is tiny compared to its size is rounding error.
    pub(crate) fn new(matrix: MatRef<'_, f64>, sizes: Vec<f64>) -> Self {
        let (rows, k) = (matrix.nrows(), matrix.ncols() - 1);
        let columns: Vec<f64> = (0..=k).flat_map(|j| matrix.col(j).iter().copied()).collect();
        Self { columns, rows, sizes, passive: vec![], candidates: vec![], weights: vec![0.0; k] }
    }

    /// The problem with another last row, whose entries are all c, before any column is allowed.
    /// The size of b also becomes c.
    pub(crate) fn with_last_row(&self, c: f64) -> Self {
        let mut other = self.clone();
        let k = self.weights.len();
        (0..=k).for_each(|j| other.columns[(j + 1) * self.rows - 1] = c);
        other.sizes[k] = c;
        other
    }

    /// Allows a column to have weight.
    pub(crate) fn allow(&mut self, column: usize) {
        self.candidates.push(column);
    }

    /// The weights. After [`Self::solve`] they are optimal for the allowed columns.
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    fn column(&self, j: usize) -> &[f64] {
        &self.columns[j * self.rows..(j + 1) * self.rows]
    }

    fn target(&self) -> &[f64] {
        self.column(self.weights.len())
    }

    /// Optimizes the weights of the allowed columns, starting from their current values.
    pub(crate) fn solve(&mut self) {
        let mut barred: Vec<usize> = vec![];
        // Every round lowers the error, so no passive set repeats, unless rounding interferes where
        // nothing is left to gain.
        for _ in 0..50 * self.weights.len() + 100 {
            let Some(entering) = self.steepest(&barred) else { return };
            let before = length(&self.target()[self.passive.len()..]);
            self.enter(entering);
            self.descend();
            let after = length(&self.target()[self.passive.len()..]);
            if after < before {
                barred.clear();
            } else {
                barred.push(entering);
            }
        }
    }

    /// The candidate whose remainder has the steepest descent per length; none if the weights are
    /// optimal.
    fn steepest(&self, barred: &[usize]) -> Option<usize> {
        let p = self.passive.len();
        if p == self.rows {
            return None;
        }
        let k = self.weights.len();
        let residual = &self.target()[p..];
        let left = length(residual);
        let noise = noise(self.rows);
        let apart = self.passive.iter().enumerate().all(|(i, &j)| self.is_much(self.column(j)[i], j));
        let mut best = (0.0, None);
        for &j in &self.candidates {
            let rest = &self.column(j)[p..];
            let own = length(rest);
            if is_rounding(own, self.sizes[j], self.rows) || barred.contains(&j) {
                continue;
            }
            let slope = dot(rest, residual);
            let rounding = noise * (own * self.sizes[k] + self.sizes[j] * left);
            // Columns with large remainders are not built from large multiples of each other.
            if slope > rounding && slope > best.0 * own && (apart && self.is_much(own, j) || !self.depends(j)) {
                best = (slope / own, Some(j));
            }
        }
        best.1
    }

    fn is_much(&self, left: f64, column: usize) -> bool {
        left.abs() > 1e-4 * self.sizes[column]
    }

    /// Whether the remainder of a column is only rounding error, compared to its own size and to
    /// the sizes of the passive columns, times their coefficients in the rest of it.
    fn depends(&self, candidate: usize) -> bool {
        let p = self.passive.len();
        let (above, rest) = self.column(candidate).split_at(p);
        let taken = self.solve_triangle(above);
        let sizes: f64 = self.passive.iter().zip(&taken).map(|(&j, times)| self.sizes[j] * times.abs()).sum();
        is_rounding(length(rest), self.sizes[candidate] + sizes, self.rows)
    }

    /// Moves a candidate to the end of the passive set.
    fn enter(&mut self, entering: usize) {
        let (p, rows, k) = (self.passive.len(), self.rows, self.weights.len());
        self.candidates.retain(|&j| j != entering);
        // The reflection I - tau v v', with v = (1, ...), maps the remainder of the column to a
        // multiple of the first unit vector.
        let column = &mut self.columns[entering * rows + p..(entering + 1) * rows];
        let alpha = column[0];
        let beta = -length(column).copysign(alpha);
        let mut v = column.to_vec();
        for x in &mut v {
            *x /= alpha - beta;
        }
        v[0] = 1.0;
        let tau = (beta - alpha) / beta;
        column.fill(0.0);
        column[0] = beta;
        // Passive columns are 0 from row p on. All others are reflected, even those that are not
        // allowed yet.
        let mut reflected = vec![true; k + 1];
        reflected[entering] = false;
        self.passive.iter().for_each(|&j| reflected[j] = false);
        for j in (0..=k).filter(|&j| reflected[j]) {
            let rest = &mut self.columns[j * rows + p..(j + 1) * rows];
            let step = tau * dot(&v, rest);
            add_multiple(-step, &v, rest);
        }
        self.passive.push(entering);
    }

    /// Removes a column from the passive set, and sets its weight to 0.
    fn leave(&mut self, place: usize) {
        let (rows, k) = (self.rows, self.weights.len());
        let leaving = self.passive.remove(place);
        self.weights[leaving] = 0.0;
        self.candidates.push(leaving);
        // Each column behind it has one entry below the diagonal, which a rotation of two rows
        // removes.
        let p = self.passive.len();
        let mut rotations: Vec<(f64, f64)> = Vec::with_capacity(p - place);
        let rotate = |column: &mut [f64], rotations: &[(f64, f64)]| {
            let mut upper = column[place];
            for (i, &(c, s)) in rotations.iter().enumerate() {
                let lower = column[place + i + 1];
                column[place + i] = c * upper + s * lower;
                upper = c * lower - s * upper;
            }
            column[place + rotations.len()] = upper;
        };
        for i in place..p {
            let j = self.passive[i];
            let column = &mut self.columns[j * rows..(j + 1) * rows];
            rotate(column, &rotations);
            let (x, y) = (column[i], column[i + 1]);
            let both = x.hypot(y);
            let (c, s) = if both == 0.0 { (1.0, 0.0) } else { (x / both, y / both) };
            column[i] = both;
            column[i + 1] = 0.0;
            rotations.push((c, s));
        }
        let mut rotated = vec![true; k + 1];
        self.passive.iter().for_each(|&j| rotated[j] = false);
        if !rotations.is_empty() {
            for j in (0..=k).filter(|&j| rotated[j]) {
                rotate(&mut self.columns[j * rows..(j + 1) * rows], &rotations);
            }
        }
    }

    /// Moves to the optimum of the passive set. If some weights there are not positive, moves
    /// toward it as far as all weights stay non-negative, removes the columns whose weights reach
    /// 0, and repeats.
    fn descend(&mut self) {
        loop {
            let goal = self.unconstrained();
            let step = self.passive.iter().zip(&goal).filter(|&(_, &z)| z <= 0.0).map(|(&j, &z)| {
                let w = self.weights[j];
                if w > 0.0 { w / (w - z) } else { 0.0 }
            });
            let Some(step) = step.reduce(f64::min) else {
                for (&j, &z) in self.passive.iter().zip(&goal) {
                    self.weights[j] = z;
                }
                return;
            };
            let mut out = vec![];
            for (place, (&j, &z)) in self.passive.iter().zip(&goal).enumerate() {
                let w = self.weights[j];
                self.weights[j] = w + step * (z - w);
                let blocks = z <= 0.0 && (w <= 0.0 || w / (w - z) <= step);
                if blocks || self.weights[j] <= 0.0 {
                    out.push(place);
                }
            }
            out.into_iter().rev().for_each(|place| self.leave(place));
        }
    }

    /// The optimum of the passive set without bounds.
    fn unconstrained(&self) -> Vec<f64> {
        self.solve_triangle(&self.target()[..self.passive.len()])
    }

    /// The coefficients of the passive columns in a column with these leading rows.
    fn solve_triangle(&self, right: &[f64]) -> Vec<f64> {
        let mut z = right.to_vec();
        for i in (0..z.len()).rev() {
            let column = self.column(self.passive[i]);
            z[i] /= column[i];
            let (above, at) = z.split_at_mut(i);
            add_multiple(-at[0], &column[..i], above);
        }
        z
    }

    /// Copies the allowed columns, the weights, and the passive set of a problem with equally many
    /// columns.
    pub(crate) fn resume(&mut self, from: &Self) {
        self.candidates = from.candidates.iter().chain(&from.passive).copied().collect();
        for &j in &from.passive {
            if !self.depends(j) {
                self.weights[j] = from.weights[j];
                self.enter(j);
            }
        }
        self.descend();
    }
}

/// The relative rounding error in rotated columns with this many rows.
fn noise(rows: usize) -> f64 {
    4.0 * f64::EPSILON * (rows as f64).sqrt()
}

/// Whether a column with this length and this many rows is only rounding error, if it was computed
/// from numbers of a size.
pub(crate) fn is_rounding(length: f64, size: f64, rows: usize) -> bool {
    length <= 16.0 * noise(rows) * size
}

fn length(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The weights of a problem in which all columns are allowed.
pub(crate) fn best(new: impl Fn() -> NonNegative) -> Vec<f64> {
    let mut problem = new();
    (0..problem.weights.len()).for_each(|j| problem.allow(j));
    problem.solve();
    // Rounding errors accumulate with the moves. So the problem is solved once more from its
    // original columns, starting from the passive set that was found.
    let mut polished = new();
    polished.resume(&problem);
    polished.solve();
    polished.weights
}
