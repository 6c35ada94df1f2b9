//! The best weighted sums of agents, computed on a factor.

use crate::nonnegative::{NonNegative, best, is_rounding};
use crate::{Factor, RegressionError};
use faer::{Col, ColRef, Mat, MatRef};
use serde::Serialize;

/// How far a fit is from the Karush-Kuhn-Tucker conditions. An exact optimum has 0.
///
/// Let r = h - A w - intercept be the residual. The error falls at the rate 2 a . r in the weight
/// of an agent with values a. These products are divided by the lengths of a and h (without their
/// means, if there is an intercept), so they have no unit. For convex fits, a - h takes the place
/// of a, and the lengths are its own and that of the shortest difference. Rounding leaves about
/// 1e-14 times the sum of the weighted lengths, divided by the length of h or of the shortest
/// difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Kkt {
    /// The largest |a . r| of an agent with positive weight. For convex fits: its largest
    /// difference from the weighted mean of all agents.
    pub stationarity: f64,
    /// The largest positive a . r of any agent. For convex fits: the largest excess over the
    /// weighted mean.
    pub dual: f64,
}

/// A weighted sum of agents, with its error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// The mean squared error, in the square of the target's unit.
    pub mse: f64,
    /// One weight per agent, at least 0.
    pub weights: Vec<f64>,
    /// The constant added to the sum; 0 without an intercept.
    pub intercept: f64,
    /// How far it is from the optimum.
    pub kkt: Kkt,
    /// The size of its parts (the sum of their root mean squares). The prediction is exact up to
    /// rounding errors of this size.
    #[serde(skip)]
    pub magnitude: f64,
}

impl Combination {
    /// The number of agents with positive weight.
    #[must_use]
    pub fn support(&self) -> usize {
        self.weights.iter().filter(|&&w| w > 0.0).count()
    }
}

/// A column matched to the target by a scale, at least 0, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// The mean squared error.
    pub mse: f64,
    /// The factor of the column.
    pub scale: f64,
    /// The constant added to the product.
    pub offset: f64,
}

/// The errors of one agent, or of the mean of all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Single {
    /// Its mean squared error as it is.
    pub mse: f64,
    /// Its error with its own best scale and offset.
    pub calibrated: Calibrated,
}

/// All fits of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetFit {
    /// The number of rows.
    pub rows: u64,
    /// The total weight of the rows.
    pub weight: f64,
    /// Whether [`Self::nnls`] and [`Self::simplex`] have an intercept.
    pub with_intercept: bool,
    /// The variance of the target, which is the error of the best constant.
    pub variance: f64,
    /// The mean of the target's square.
    pub mean_square: f64,
    /// The errors of each agent alone.
    pub singles: Vec<Single>,
    /// The error of the plain mean of all agents.
    pub mean: Single,
    /// The best non-negative combination.
    pub nnls: Combination,
    /// The best convex combination: weights that sum to 1.
    pub simplex: Combination,
}

impl TargetFit {
    /// The agent with the smallest error as it is; the first of several.
    #[must_use]
    pub fn best_single(&self) -> usize {
        least(self.singles.iter().map(|single| single.mse))
    }

    /// The agent with the smallest error after its own best scale and offset; the first of several.
    #[must_use]
    pub fn best_calibrated(&self) -> usize {
        least(self.singles.iter().map(|single| single.calibrated.mse))
    }
}

fn least(errors: impl Iterator<Item = f64>) -> usize {
    errors.enumerate().min_by(|x, y| x.1.total_cmp(&y.1)).map_or(0, |(agent, _)| agent)
}

/// Fits a target by its agents: by each agent alone, by their mean, by the best non-negative
/// combination, and by the best convex combination (Collina, Goel, Roth, Ryu & Shi, arXiv
/// 2509.15090, section on experiments). The cost is at most cubic in k, and does not depend on the
/// number of rows.
///
/// The predictions of the best non-negative and convex combinations are unique. Their weights may
/// not be, if the agents are linearly dependent.
///
/// # Errors
/// If there are fewer than 2 rows, if all weights are 0, or if the target is constant or varies too
/// little.
pub fn fit(factor: &Factor, with_intercept: bool) -> Result<TargetFit, RegressionError> {
    check(factor)?;
    let (k, n) = (factor.agents(), factor.agents() + 2);
    let triangle = factor.triangle();
    let columns = columns(factor, with_intercept);
    let sizes = sizes(factor);
    let target = triangle.col(n - 1);
    let centered_target = target.subrows(1, n - 1);
    let root = factor.weight().sqrt();
    let whole = |weights: Vec<f64>, kkt| {
        let intercept = if with_intercept { intercept(factor, &weights) } else { 0.0 };
        let parts: f64 = weights.iter().zip(&sizes).map(|(weight, size)| weight * size).sum();
        let magnitude = intercept.abs() + parts / root;
        Combination { mse: factor.mse(&weights, intercept), weights, intercept, kkt, magnitude }
    };
    let single = |column: ColRef<'_, f64>, size: f64| {
        let differences: f64 = column.iter().zip(target.iter()).map(|(a, h)| (a - h).powi(2)).sum();
        let centered = column.subrows(1, n - 1);
        let constant = is_rounding(centered.norm_l2(), size, n);
        // In this unit, the squares neither overflow nor underflow.
        let unit = power_of_two(size);
        let own = Col::from_fn(centered.nrows(), |i| centered[i] / unit);
        let scale = if constant {
            0.0
        } else {
            (own.transpose() * centered_target / own.squared_norm_l2() / unit).clamp(0.0, f64::MAX)
        };
        let rest: f64 = centered.iter().zip(centered_target.iter()).map(|(a, h)| (h - scale * a).powi(2)).sum();
        let calibrated = Calibrated {
            mse: rest / factor.weight(),
            scale,
            offset: (target[0] - scale * column[0]) / triangle[(0, 0)],
        };
        Single { mse: differences / factor.weight(), calibrated }
    };
    let mean = triangle.subcols(1, k) * Col::full(k, 1.0 / k as f64);
    let nnls = nonnegative(columns, &sizes);
    let nnls = whole(nnls.0, nnls.1);
    let (simplex, kkt) = simplex(columns, &sizes);
    Ok(TargetFit {
        rows: factor.rows(),
        weight: factor.weight(),
        with_intercept,
        variance: centered_target.squared_norm_l2() / factor.weight(),
        mean_square: target.squared_norm_l2() / factor.weight(),
        singles: (0..k).map(|j| single(triangle.col(j + 1), sizes[j])).collect(),
        // The agents may cancel each other. The rest is only as exact as they are.
        mean: single(mean.as_ref(), sizes[..k].iter().sum::<f64>() / k as f64),
        nnls,
        simplex: whole(simplex, kkt),
    })
}

/// The point of the agents' convex hull that is nearest to the target, which may be constant. Its
/// mean squared error is the square of the distance.
///
/// # Errors
/// If there are no rows, or if all weights are 0.
pub fn nearest(factor: &Factor) -> Result<Combination, RegressionError> {
    if factor.rows() < 1 {
        return Err(RegressionError::TooFewRows { found: 0, expected: 1 });
    }
    if factor.weight() <= 0.0 {
        return Err(RegressionError::NoWeight);
    }
    let (weights, kkt) = simplex(columns(factor, false), &sizes(factor));
    let parts: f64 = weights.iter().zip(sizes(factor)).map(|(weight, size)| weight * size).sum();
    let magnitude = parts / factor.weight().sqrt();
    Ok(Combination { mse: factor.mse(&weights, 0.0), weights, intercept: 0.0, kkt, magnitude })
}

/// The columns of the agents and of the target. An intercept absorbs the first row of the triangle,
/// which leaves centered columns.
pub(crate) fn columns(factor: &Factor, with_intercept: bool) -> MatRef<'_, f64> {
    let n = factor.agents() + 2;
    if with_intercept {
        factor.triangle().submatrix(1, 1, n - 1, n - 1)
    } else {
        factor.triangle().submatrix(0, 1, n, n - 1)
    }
}

/// The lengths of the columns of the agents and of the target, including their means. Centered
/// columns are exact up to rounding errors of these sizes.
pub(crate) fn sizes(factor: &Factor) -> Vec<f64> {
    (1..factor.agents() + 2).map(|column| factor.triangle().col(column).norm_l2()).collect()
}

/// The smallest standard deviation of a target.
const SMALLEST: f64 = 1e-150;

/// Checks the requirements of a fit.
pub(crate) fn check(factor: &Factor) -> Result<(), RegressionError> {
    if factor.rows() < 2 {
        return Err(RegressionError::TooFewRows { found: factor.rows(), expected: 2 });
    }
    if factor.weight() <= 0.0 {
        return Err(RegressionError::NoWeight);
    }
    let n = factor.agents() + 2;
    let target = factor.triangle().col(n - 1);
    if is_rounding(target.subrows(1, n - 1).norm_l2(), target.norm_l2(), n) {
        return Err(RegressionError::ConstantTarget {
            value: target[0] / factor.triangle()[(0, 0)],
            rows: factor.rows(),
        });
    }
    let size = target.subrows(1, n - 1).norm_l2() / factor.weight().sqrt();
    if size < SMALLEST {
        return Err(RegressionError::TinyTarget { size });
    }
    Ok(())
}

/// The best non-negative weights. A power of two scales every column to a length of about one, so
/// that no square overflows or underflows.
fn nonnegative(columns: MatRef<'_, f64>, sizes: &[f64]) -> (Vec<f64>, Kkt) {
    let units: Vec<f64> = sizes.iter().map(|&size| power_of_two(size)).collect();
    let scaled = Mat::from_fn(columns.nrows(), columns.ncols(), |i, j| columns[(i, j)] / units[j]);
    let own: Vec<f64> = sizes.iter().zip(&units).map(|(size, unit)| size / unit).collect();
    let mut weights = best(|| NonNegative::new(scaled.as_ref(), own.clone()));
    let kkt = nonnegative_kkt(scaled.as_ref(), &own, &weights);
    let target = units[weights.len()];
    for (weight, unit) in weights.iter_mut().zip(&units) {
        *weight = (*weight * (target / unit)).min(f64::MAX);
    }
    (weights, kkt)
}

/// The largest power of two that does not exceed a positive number; 1 for 0.
fn power_of_two(size: f64) -> f64 {
    let exponent = size.to_bits() & 0x7ff0_0000_0000_0000;
    if exponent > 0 {
        f64::from_bits(exponent)
    } else if size > 0.0 {
        f64::MIN_POSITIVE
    } else {
        1.0
    }
}

/// The best intercept for these weights: the mean of the residuals.
pub(crate) fn intercept(factor: &Factor, weights: &[f64]) -> f64 {
    let triangle = factor.triangle();
    let sum: f64 = weights.iter().enumerate().map(|(j, w)| w * triangle[(0, j + 1)]).sum();
    (triangle[(0, weights.len() + 1)] - sum) / triangle[(0, 0)]
}

fn nonnegative_kkt(columns: MatRef<'_, f64>, sizes: &[f64], weights: &[f64]) -> Kkt {
    let k = weights.len();
    let target = columns.col(k);
    let residual = target - columns.subcols(0, k) * ColRef::from_slice(weights);
    let mut kkt = Kkt::default();
    for (j, &w) in weights.iter().enumerate() {
        let lengths = sizes[j] * sizes[k];
        if lengths > 0.0 {
            let slope = columns.col(j).transpose() * &residual / lengths;
            kkt.dual = kkt.dual.max(slope);
            if w > 0.0 {
                kkt.stationarity = kkt.stationarity.max(slope.abs());
            }
        }
    }
    kkt
}

/// The differences between the agents and the target. The convex fit is the point of their convex
/// hull that is nearest to 0.
pub(crate) struct Differences {
    /// One column per agent, and a last row for [`Self::problem`].
    matrix: Mat<f64>,
    /// The problem with 0 in that row.
    problem: NonNegative,
    /// The length of each difference.
    pub(crate) lengths: Vec<f64>,
}

impl Differences {
    /// `columns` are those of the agents and the target; `sizes` are the lengths of the numbers
    /// that they were computed from. A column or a difference that is only rounding error becomes
    /// 0.
    pub(crate) fn new(columns: MatRef<'_, f64>, sizes: &[f64]) -> Self {
        let (rows, k) = (columns.nrows(), columns.ncols() - 1);
        let mut matrix = Mat::zeros(rows + 1, k + 1);
        let mut sizes = sizes.to_vec();
        let mut lengths = vec![0.0; k];
        for j in 0..k {
            let constant = is_rounding(columns.col(j).norm_l2(), sizes[j], rows);
            let own = |i| if constant { 0.0 } else { columns[(i, j)] };
            let difference = Col::from_fn(rows, |i| own(i) - columns[(i, k)]);
            sizes[j] = if constant { sizes[k] } else { sizes[j] + sizes[k] };
            let length = difference.norm_l2();
            if is_rounding(length, sizes[j], rows) {
                sizes[j] = 0.0;
            } else {
                matrix.col_mut(j).subrows_mut(0, rows).copy_from(&difference);
                lengths[j] = length;
            }
        }
        // A size of 0 means that the difference is exact.
        let problem = NonNegative::new(matrix.as_ref(), sizes);
        Self { matrix, problem, lengths }
    }

    /// The length of the shortest difference that is not 0; 1 if there is none.
    fn shortest(&self) -> f64 {
        self.lengths.iter().copied().filter(|&length| length > 0.0).reduce(f64::min).unwrap_or(1.0)
    }

    /// The convex fit as a non-negative problem, whose weights must then be normalized.
    ///
    /// For c > 0, the minimum of |D v|² + c² (1 - sum of v)² over v >= 0 is proportional to the
    /// weights w of the point of the hull that is nearest to 0: for given w, the best factor leaves
    /// c² |D w|² / (c² + |D w|²), which grows with |D w|. (The row of ones is an idea of Wolfe
    /// 1976, "Finding the nearest point in a polytope".) If c is at most a few times the length of
    /// the shortest difference, the factor lies between 1/2 and 1, and no digits are lost.
    pub(crate) fn problem(&self, c: f64) -> NonNegative {
        self.problem.with_last_row(c)
    }

    fn kkt(&self, weights: &[f64]) -> Kkt {
        let k = weights.len();
        let differences = self.matrix.as_ref().submatrix(0, 0, self.matrix.nrows() - 1, k);
        let shortest = self.shortest();
        let nearest = differences * ColRef::from_slice(weights);
        let mean = nearest.squared_norm_l2();
        let mut kkt = Kkt::default();
        for (j, &w) in weights.iter().enumerate() {
            let column = differences.col(j);
            let lengths = self.lengths[j] * shortest;
            if lengths > 0.0 {
                let excess = (mean - column.transpose() * &nearest) / lengths;
                kkt.dual = kkt.dual.max(excess);
                if w > 0.0 {
                    kkt.stationarity = kkt.stationarity.max(excess.abs());
                }
            }
        }
        kkt
    }
}

/// Divides weights by their sum.
pub(crate) fn normalized(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn simplex(columns: MatRef<'_, f64>, sizes: &[f64]) -> (Vec<f64>, Kkt) {
    let differences = Differences::new(columns, sizes);
    let weights = normalized(&best(|| differences.problem(differences.shortest())));
    let kkt = differences.kkt(&weights);
    (weights, kkt)
}
