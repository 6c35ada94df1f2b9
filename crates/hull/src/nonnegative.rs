//! Non-negative least squares by an active set.
//!
//! The method is that of Lawson & Hanson (1974, "Solving Least Squares Problems", chapter 23), on columns that are kept rotated: those with a
//! positive weight (the passive set) are upper triangular in the leading rows, so that what is below is what these leave of every other column
//! and of the target. A column enters by one reflection and leaves by plane rotations; nothing is factorised anew, no normal equations are formed,
//! and a column that depends on the passive ones shows, as nothing is left of it.

use crate::kernel::{add_multiple, dot};
use faer::MatRef;

/// min |A w - b| over w >= 0, where only the allowed columns of A may have a weight.
#[derive(Clone)]
pub(crate) struct NonNegative {
    /// The columns of A and b, rotated: rows x (k + 1), one after another.
    columns: Vec<f64>,
    rows: usize,
    /// For each column of A, and for b, the length of what it was computed from: it is exact up to rounding in numbers of that size.
    sizes: Vec<f64>,
    /// Columns with a positive weight, in the order of their rows in the triangle.
    passive: Vec<usize>,
    /// Which columns are not passive and may become so.
    candidates: Vec<usize>,
    /// One for each column of A.
    weights: Vec<f64>,
}

impl NonNegative {
    /// A problem whose weights are all 0 and in which no column is allowed yet. `matrix` has the columns of A, then b, and `sizes` the lengths of
    /// what they are differences of: what is left of a column that is nothing against that is rounding.
    pub(crate) fn new(matrix: MatRef<'_, f64>, sizes: Vec<f64>) -> Self {
        let (rows, k) = (matrix.nrows(), matrix.ncols() - 1);
        let columns: Vec<f64> = (0..=k).flat_map(|j| matrix.col(j).iter().copied()).collect();
        Self { columns, rows, sizes, passive: vec![], candidates: vec![], weights: vec![0.0; k] }
    }

    /// The same with another last row, c in all columns, before anything is allowed; c is also the size of b.
    pub(crate) fn with_last_row(&self, c: f64) -> Self {
        let mut other = self.clone();
        let k = self.weights.len();
        (0..=k).for_each(|j| other.columns[(j + 1) * self.rows - 1] = c);
        other.sizes[k] = c;
        other
    }

    /// Allows a column to have a weight.
    pub(crate) fn allow(&mut self, column: usize) {
        self.candidates.push(column);
    }

    /// The weights: optimal for the allowed columns after [`Self::solve`].
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    fn column(&self, j: usize) -> &[f64] {
        &self.columns[j * self.rows..(j + 1) * self.rows]
    }

    fn target(&self) -> &[f64] {
        self.column(self.weights.len())
    }

    /// Makes the weights optimal for the allowed columns, starting from those that they are.
    pub(crate) fn solve(&mut self) {
        let mut barred: Vec<usize> = vec![];
        // Every round lowers the error, so no passive set comes twice; rounding could only make it do so where nothing is left to gain.
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

    /// The candidate that lowers the error most for the length of what is left of it; none if all are optimal at 0.
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
            // Columns that leave much of each other are not made of large multiples of each other.
            if slope > rounding && slope > best.0 * own && (apart && self.is_much(own, j) || !self.depends(j)) {
                best = (slope / own, Some(j));
            }
        }
        best.1
    }

    fn is_much(&self, left: f64, column: usize) -> bool {
        left.abs() > 1e-4 * self.sizes[column]
    }

    /// Whether what is left of a column is but rounding: in its own numbers, and in those of the passive columns, so often as it takes them to
    /// make the rest of it.
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
        // I - tau v v', with v = (1, ...), turns what is left of the column into a multiple of the first unit vector.
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
        // Passive columns are 0 from row p on. Columns that are not allowed yet have to keep up.
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

    /// Takes the column at a place of the passive set out of it, with a weight of 0.
    fn leave(&mut self, place: usize) {
        let (rows, k) = (self.rows, self.weights.len());
        let leaving = self.passive.remove(place);
        self.weights[leaving] = 0.0;
        self.candidates.push(leaving);
        // The columns behind it have one entry below the diagonal each, which a rotation of two rows takes away.
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

    /// Goes to the optimum of the passive set, or, where that is not positive, as far towards it as weights are not negative, leaves out those
    /// that are 0 there, and goes on.
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

    /// How often the passive columns make a column, of which these are the leading rows.
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

    /// Takes over what is allowed, the weights and the passive set from a problem with as many columns.
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

/// Rounding in columns of so many rows that were rotated, relative to their sizes.
fn noise(rows: usize) -> f64 {
    4.0 * f64::EPSILON * (rows as f64).sqrt()
}

/// Whether a column of so many rows and that length is but rounding in numbers of a size.
pub(crate) fn is_rounding(length: f64, size: f64, rows: usize) -> bool {
    length <= 16.0 * noise(rows) * size
}

fn length(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// The weights of a problem with all columns allowed.
pub(crate) fn best(new: impl Fn() -> NonNegative) -> Vec<f64> {
    let mut problem = new();
    (0..problem.weights.len()).for_each(|j| problem.allow(j));
    problem.solve();
    // Rounding gathers with the moves. Once more from the columns as they were, with the passive set that was found.
    let mut polished = new();
    polished.resume(&problem);
    polished.solve();
    polished.weights
}
