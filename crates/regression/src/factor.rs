//! The triangular factor of a table, from which least-squares fits of any number of rows are
//! computed.

mod accumulator;
mod householder;

pub(crate) use accumulator::{Accumulator, Scratch};

use crate::RegressionError;
use crate::kernel::all_good;
use crate::kernel::dot;
use faer::{ColRef, Mat, MatRef};
use householder::{Shape, Workspace};
use rayon::prelude::*;

/// The number of rows in a task. The order of all sums depends on it, and on nothing else.
pub(crate) const PART: usize = 1 << 16;

/// The upper triangular factor of a table whose columns are an intercept (1), k agents, and a
/// target. Any weights have the same squared error on the factor as on the table. A row with a
/// weight is multiplied by `sqrt(weight)`.
///
/// It comes from a QR decomposition by blocks of rows (Demmel, Grigori, Hoemmen & Langou 2012,
/// "Communication-optimal parallel and sequential QR and LU factorizations", section 3). Factors
/// add up: the factor of two tables is the factor of their factors.
#[derive(Clone, Debug)]
pub struct Factor {
    /// The (k + 2) x (k + 2) matrix, 0 below the diagonal.
    triangle: Mat<f64>,
    rows: u64,
    weight: f64,
}

impl Factor {
    /// The factor of a table in memory, computed on all threads. The result does not depend on
    /// their number.
    ///
    /// `agents` is rows x k, with any strides. `target` has one entry per row, and so has
    /// `weights`; all weights are at least 0. A row of weight 0 is counted as a row, but has no
    /// other effect.
    ///
    /// # Errors
    /// If there are no agents, if lengths differ, if a number is NaN, infinite, or at least 1e150
    /// in magnitude, if the sum of squares overflows, or if a weight is negative or not finite.
    pub fn of(
        agents: MatRef<'_, f64>,
        target: ColRef<'_, f64>,
        weights: Option<&[f64]>,
    ) -> Result<Self, RegressionError> {
        let (rows, k) = (agents.nrows(), agents.ncols());
        if k == 0 {
            return Err(RegressionError::NoAgents);
        }
        for (what, length) in
            [("entries of the target", target.nrows()), ("weights", weights.map_or(rows, <[f64]>::len))]
        {
            if length != rows {
                return Err(RegressionError::Length { what, found: length, expected: rows });
            }
        }
        // The parts are equal, so that all threads finish together.
        let count = rows.div_ceil(PART);
        let part = |number: usize| {
            let from = rows * number / count;
            let count = rows * (number + 1) / count - from;
            let (agents, target) = (agents.subrows(from, count), target.subrows(from, count));
            let mut scratch = Scratch::new(k);
            let mut sum = Accumulator::new(k);
            match weights {
                None => {
                    if !sum.push_block(agents, target, &mut scratch) {
                        return Err(bad_number(agents, target, from));
                    }
                }
                Some(weights) => {
                    for i in 0..count {
                        let (row, weight) = (agents.row(i), weights[from + i]);
                        if !(weight >= 0.0 && weight.is_finite()) {
                            return Err(RegressionError::Weight { row: (from + i) as u64, found: weight });
                        }
                        if !row.iter().chain([&target[i]]).all(|&x| is_good(x)) {
                            return Err(bad_number(agents.subrows(i, 1), target.subrows(i, 1), from + i));
                        }
                        sum.push_row(row.iter().copied(), target[i], weight, &mut scratch);
                    }
                }
            }
            Ok(sum)
        };
        let parts = (0..count).into_par_iter().map(part);
        let parts: Vec<Accumulator> = parts.collect::<Result<_, _>>()?;
        let sum = add_up(parts, k).unwrap_or_else(|| Accumulator::new(k));
        Self::from_accumulator(sum, &mut Scratch::new(k))
    }

    /// The factor of all accumulated rows.
    ///
    /// # Errors
    /// If the sum of a column's squares, or of the weights, is not finite.
    pub(crate) fn from_accumulator(sum: Accumulator, scratch: &mut Scratch) -> Result<Self, RegressionError> {
        let (rows, weight) = (sum.rows, sum.weight);
        let factor = Self { triangle: sum.finish(scratch), rows, weight };
        let finite = (0..factor.triangle.ncols()).all(|j| dot(factor.column(j), factor.column(j)).is_finite());
        if finite && weight.is_finite() { Ok(factor) } else { Err(RegressionError::Overflow) }
    }

    /// Makes a factor from its parts: an upper triangular (k + 2) x (k + 2) matrix of finite
    /// numbers, and the number and total weight of the rows behind it.
    ///
    /// # Errors
    /// If the matrix or the weight is not of this form.
    pub fn new(triangle: Mat<f64>, rows: u64, weight: f64) -> Result<Self, RegressionError> {
        let n = triangle.ncols();
        let upper = |(i, j)| if i <= j { triangle[(i, j)].is_finite() } else { triangle[(i, j)] == 0.0 };
        let good = n == triangle.nrows() && n > 2 && (0..n).all(|j| (0..n).all(|i| upper((i, j))));
        if !(good && weight >= 0.0 && weight.is_finite()) {
            return Err(RegressionError::NoFactor);
        }
        Ok(Self { triangle, rows, weight })
    }

    /// The number of agents, k.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.triangle.ncols() - 2
    }

    /// The number of rows behind this factor.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The total weight of the rows; without weights, their number.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The upper triangular (k + 2) x (k + 2) matrix. Its columns are the intercept, the agents,
    /// and the target.
    #[must_use]
    pub fn triangle(&self) -> MatRef<'_, f64> {
        self.triangle.as_ref()
    }

    /// A column of the triangle.
    pub(crate) fn column(&self, column: usize) -> &[f64] {
        self.triangle.col(column).try_as_col_major().expect("columns of a matrix are contiguous").as_slice()
    }

    /// The factor of several tables, one below the other. Each table counts as many times as its
    /// number says, which may be 0 or a fraction. The cost per table is cubic in k.
    ///
    /// # Errors
    /// If there are no factors, or if their numbers of agents differ.
    ///
    /// # Panics
    /// If a number of times is negative or NaN.
    pub fn sum<'a>(factors: impl IntoIterator<Item = (&'a Self, f64)>) -> Result<Self, RegressionError> {
        let mut sum: Option<(Self, Workspace)> = None;
        for (factor, times) in factors {
            let (sum, space) = sum.get_or_insert_with(|| {
                let n = factor.triangle.ncols();
                (Self { triangle: Mat::zeros(n, n), rows: 0, weight: 0.0 }, Workspace::new(n))
            });
            if factor.agents() != sum.agents() {
                return Err(RegressionError::Length { what: "agents", found: factor.agents(), expected: sum.agents() });
            }
            assert!(times >= 0.0, "a factor counts {times} times");
            if times == 0.0 {
                continue;
            }
            let mut scaled = factor.triangle.clone();
            if times != 1.0 {
                scaled *= faer::Scale(times.sqrt());
            }
            householder::update(sum.triangle.as_mut(), scaled.as_mut(), Shape::Upper, space);
            sum.rows += (factor.rows as f64 * times).round() as u64;
            sum.weight += factor.weight * times;
        }
        sum.map(|(sum, _)| sum).ok_or(RegressionError::NoAgents)
    }

    /// The factor with the agents in another order, or with some of them only: agent `agents[i]`
    /// moves to place i.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn select(&self, agents: &[usize]) -> Self {
        self.arranged(agents, self.triangle.ncols() - 1)
    }

    /// The factor with an agent as the target of others: agent `agents[i]` moves to place i, and
    /// agent `target` becomes the target.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn explaining(&self, agents: &[usize], target: usize) -> Self {
        self.arranged(agents, target + 1)
    }

    /// The factor with some of the agents, and with one column as the target.
    fn arranged(&self, agents: &[usize], target: usize) -> Self {
        let (n, k) = (self.triangle.ncols(), agents.len());
        let from = |j: usize| {
            if j == 0 {
                0
            } else if j == k + 1 {
                target
            } else {
                agents[j - 1] + 1
            }
        };
        let mut columns = Mat::from_fn(n, k + 2, |i, j| self.triangle[(i, from(j))]);
        let mut triangle = Mat::zeros(k + 2, k + 2);
        householder::update(triangle.as_mut(), columns.as_mut(), Shape::Dense, &mut Workspace::new(k + 2));
        Self { triangle, rows: self.rows, weight: self.weight }
    }

    /// The mean squared error of a weighted sum of the agents plus an intercept, in the square of
    /// the target's unit.
    ///
    /// # Panics
    /// If there are not k weights.
    #[must_use]
    pub fn mse(&self, weights: &[f64], intercept: f64) -> f64 {
        assert_eq!(weights.len(), self.agents(), "a weight for each agent");
        let n = self.triangle.ncols();
        let mut squares = 0.0;
        for i in 0..n {
            let first = if i == 0 { self.triangle[(0, 0)] * intercept } else { 0.0 };
            let sum: f64 = (i.max(1)..n - 1).map(|j| self.triangle[(i, j)] * weights[j - 1]).sum();
            squares += (self.triangle[(i, n - 1)] - first - sum).powi(2);
        }
        squares / self.weight
    }
}

/// Adds neighbors in pairs, so that rounding errors grow with the logarithm of their number.
fn add_up(mut parts: Vec<Accumulator>, agents: usize) -> Option<Accumulator> {
    while parts.len() > 1 {
        let pair = |mut pair: Vec<Accumulator>| {
            let second = pair.pop();
            let first = pair.pop();
            match (first, second) {
                (Some(mut first), Some(second)) => {
                    first.merge(second, &mut Scratch::new(agents));
                    Some(first)
                }
                (_, single) => single,
            }
        };
        parts = parts.into_par_iter().chunks(2).filter_map(pair).collect();
    }
    parts.pop()
}

/// Whether a number is finite and not too large.
pub(crate) fn is_good(x: f64) -> bool {
    all_good(&[x])
}

/// The first invalid number of some rows.
fn bad_number(agents: MatRef<'_, f64>, target: ColRef<'_, f64>, first: usize) -> RegressionError {
    for i in 0..agents.nrows() {
        let row = agents.row(i).iter().copied().map(Some);
        let found = row.chain([Some(target[i])]).flatten().enumerate().find(|&(_, x)| !is_good(x));
        if let Some((column, found)) = found {
            let agent = (column < agents.ncols()).then_some(column);
            return RegressionError::Number { row: (first + i) as u64, agent, found };
        }
    }
    // Every number is valid, and so is its square; only the sum overflows.
    RegressionError::Overflow
}
