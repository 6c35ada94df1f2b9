//! The triangular factor of a table: all that a least-squares fit needs to know of any number of rows.

mod accumulator;
mod householder;

pub(crate) use accumulator::{Accumulator, Scratch};

use crate::HullError;
use crate::kernel::all_good;
use crate::kernel::dot;
use faer::{ColRef, Mat, MatRef};
use householder::{Shape, Workspace};
use rayon::prelude::*;

/// How many rows are one task. What is added up in which order depends on it, and on nothing else.
pub(crate) const PART: usize = 1 << 16;

/// The upper triangular factor of a table whose columns are an intercept (1), k agents and a target: the squared error of any weights is the
/// same on the factor as on the table. Rows with a weight count as `sqrt(weight)` times themselves.
///
/// It comes from a QR decomposition by blocks of rows (Demmel, Grigori, Hoemmen & Langou 2012, "Communication-optimal parallel and sequential QR
/// and LU factorizations", section 3), and factors add up: the factor of two tables is the factor of their factors.
#[derive(Clone, Debug)]
pub struct Factor {
    /// (k + 2) x (k + 2), 0 below the diagonal.
    triangle: Mat<f64>,
    rows: u64,
    weight: f64,
}

impl Factor {
    /// The factor of a table in memory, on all threads; the same on any number of them.
    ///
    /// `agents` is rows x k, of any strides; `target` has an entry for each row, and `weights` as well, all of them at least 0. Rows of weight 0
    /// count as rows, and for nothing else.
    ///
    /// # Errors
    /// If there are no agents or lengths differ, if a number is NaN, infinite, or 1e150 and more in magnitude, if the sum of squares overflows, if a
    /// weight is negative.
    pub fn of(agents: MatRef<'_, f64>, target: ColRef<'_, f64>, weights: Option<&[f64]>) -> Result<Self, HullError> {
        let (rows, k) = (agents.nrows(), agents.ncols());
        if k == 0 {
            return Err(HullError::NoAgents);
        }
        for (what, length) in [("the target", target.nrows()), ("the weights", weights.map_or(rows, <[f64]>::len))] {
            if length != rows {
                return Err(HullError::Length { what, found: length, expected: rows });
            }
        }
        // Equal parts, so that threads end together.
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
                            return Err(HullError::Weight { row: (from + i) as u64, found: weight });
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

    /// The factor of what was added up.
    ///
    /// # Errors
    /// If the sum of a column's squares, or of weights, is not finite.
    pub(crate) fn from_accumulator(sum: Accumulator, scratch: &mut Scratch) -> Result<Self, HullError> {
        let (rows, weight) = (sum.rows, sum.weight);
        let factor = Self { triangle: sum.finish(scratch), rows, weight };
        let finite = (0..factor.triangle.ncols()).all(|j| dot(factor.column(j), factor.column(j)).is_finite());
        if finite && weight.is_finite() { Ok(factor) } else { Err(HullError::Overflow) }
    }

    /// A factor from its parts: an upper triangle of (k + 2) x (k + 2) finite numbers, with the rows and the weight that it stands for.
    ///
    /// # Errors
    /// If it has not that shape.
    pub fn new(triangle: Mat<f64>, rows: u64, weight: f64) -> Result<Self, HullError> {
        let n = triangle.ncols();
        let upper = |(i, j)| if i <= j { triangle[(i, j)].is_finite() } else { triangle[(i, j)] == 0.0 };
        let good = n == triangle.nrows() && n > 2 && (0..n).all(|j| (0..n).all(|i| upper((i, j))));
        if !(good && weight >= 0.0 && weight.is_finite()) {
            return Err(HullError::NoFactor);
        }
        Ok(Self { triangle, rows, weight })
    }

    /// k.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.triangle.ncols() - 2
    }

    /// How many rows it stands for.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum of their weights; without weights, their number.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// The triangle: (k + 2) x (k + 2), 0 below the diagonal; columns: intercept, agents, target.
    #[must_use]
    pub fn triangle(&self) -> MatRef<'_, f64> {
        self.triangle.as_ref()
    }

    /// A column of the triangle.
    pub(crate) fn column(&self, column: usize) -> &[f64] {
        self.triangle.col(column).try_as_col_major().expect("columns of a matrix are contiguous").as_slice()
    }

    /// The factor of tables one below the other, each of them so often as it says (0 and fractions are fine). Cubic in k for each.
    ///
    /// # Errors
    /// If there is none, or their agents are not equally many.
    ///
    /// # Panics
    /// If it says a negative number of times.
    pub fn sum<'a>(factors: impl IntoIterator<Item = (&'a Self, f64)>) -> Result<Self, HullError> {
        let mut sum: Option<(Self, Workspace)> = None;
        for (factor, times) in factors {
            let (sum, space) = sum.get_or_insert_with(|| {
                let n = factor.triangle.ncols();
                (Self { triangle: Mat::zeros(n, n), rows: 0, weight: 0.0 }, Workspace::new(n))
            });
            if factor.agents() != sum.agents() {
                return Err(HullError::Length { what: "the agents", found: factor.agents(), expected: sum.agents() });
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
        sum.map(|(sum, _)| sum).ok_or(HullError::NoAgents)
    }

    /// The same with the agents in another order, or some of them: `agents[i]` is to come at place i.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn select(&self, agents: &[usize]) -> Self {
        self.arranged(agents, self.triangle.ncols() - 1)
    }

    /// The same with an agent as the target of others: `agents[i]` is to come at place i, and `target` is the agent that they are to explain.
    ///
    /// # Panics
    /// If there is no such agent.
    #[must_use]
    pub fn explaining(&self, agents: &[usize], target: usize) -> Self {
        self.arranged(agents, target + 1)
    }

    /// Some agents, and a column as the target.
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

    /// The mean squared error of a weighted sum of the agents with an intercept, in the square of the target's unit.
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

/// Adds neighbours up, pair by pair, so that rounding grows with the logarithm of their number.
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

/// Whether a number is one, and not too large.
pub(crate) fn is_good(x: f64) -> bool {
    all_good(&[x])
}

/// The first bad number of some rows.
fn bad_number(agents: MatRef<'_, f64>, target: ColRef<'_, f64>, first: usize) -> HullError {
    for i in 0..agents.nrows() {
        let row = agents.row(i).iter().copied().map(Some);
        let found = row.chain([Some(target[i])]).flatten().enumerate().find(|&(_, x)| !is_good(x));
        if let Some((column, found)) = found {
            let agent = (column < agents.ncols()).then_some(column);
            return HullError::Number { row: (first + i) as u64, agent, found };
        }
    }
    // Every number is fine, and so is every square.
    HullError::Overflow
}
