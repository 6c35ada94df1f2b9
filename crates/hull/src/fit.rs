//! The best weighted sums of agents, on a factor.

use crate::nonnegative::{NonNegative, best, is_rounding};
use crate::{Factor, HullError};
use faer::{Col, ColRef, Mat, MatRef};
use serde::Serialize;

/// How far a fit is from satisfying the conditions of Karush, Kuhn and Tucker: 0 for a fit that is optimal without rounding.
///
/// With the residual r = h - A w - intercept, the error falls by 2 a . r for a unit more of the weight of an agent whose values are a. Products
/// are divided by the lengths of a and h, as they are without an intercept, so they have no unit. For simplex fits a - h stands for a, and the
/// lengths are its own and that of the shortest. Rounding leaves some 1e-14 times the sum of the weighted lengths over that of h, or over the
/// shortest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Kkt {
    /// The largest |a . r| of an agent with a positive weight (simplex: its difference from the weighted mean of all).
    pub stationarity: f64,
    /// The largest a . r, where it is positive, of any agent (simplex: by how much it exceeds the weighted mean).
    pub dual: f64,
}

/// A weighted sum of agents.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// The mean squared error, in the square of the target's unit.
    pub mse: f64,
    /// A weight for each agent, at least 0.
    pub weights: Vec<f64>,
    /// What is added to the sum; 0 where there is none.
    pub intercept: f64,
    /// How far it is from optimal.
    pub kkt: Kkt,
    /// How large its parts are (root mean squares, added up): it cannot be known to better than roundings of that.
    #[serde(skip)]
    pub magnitude: f64,
}

impl Combination {
    /// How many agents have a positive weight.
    #[must_use]
    pub fn support(&self) -> usize {
        self.weights.iter().filter(|&&w| w > 0.0).count()
    }
}

/// A column brought to the target by a scale, at least 0, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Calibrated {
    /// The mean squared error.
    pub mse: f64,
    /// What the column is multiplied by.
    pub scale: f64,
    /// What is added then.
    pub offset: f64,
}

/// How an agent does alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Single {
    /// Its mean squared error as it is.
    pub mse: f64,
    /// The same with its own best scale and offset.
    pub calibrated: Calibrated,
}

/// All fits of a target.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// How many rows.
    pub rows: u64,
    /// The sum of their weights.
    pub weight: f64,
    /// Whether [`Self::nnls`] and [`Self::simplex`] have an intercept.
    pub with_intercept: bool,
    /// The variance of the target: the error of the best constant.
    pub variance: f64,
    /// The mean of the target's square.
    pub mean_square: f64,
    /// Each agent alone.
    pub singles: Vec<Single>,
    /// The plain mean of all agents.
    pub mean: Single,
    /// The best non-negative combination.
    pub nnls: Combination,
    /// The best convex combination: weights that sum to 1.
    pub simplex: Combination,
}

impl Fit {
    /// The agent with the smallest error as it is; of several the first.
    #[must_use]
    pub fn best_single(&self) -> usize {
        least(self.singles.iter().map(|single| single.mse))
    }

    /// The agent with the smallest error after its own best scale and offset; of several the first.
    #[must_use]
    pub fn best_calibrated(&self) -> usize {
        least(self.singles.iter().map(|single| single.calibrated.mse))
    }
}

fn least(errors: impl Iterator<Item = f64>) -> usize {
    errors.enumerate().min_by(|x, y| x.1.total_cmp(&y.1)).map_or(0, |(agent, _)| agent)
}

/// Fits a target by its agents: each alone, their mean, the best non-negative and the best convex combination (Collina, Goel, Roth, Ryu & Shi,
/// arXiv 2509.15090, section on experiments). Cubic in k at most; the number of rows does not matter.
///
/// The optimum of a non-negative or convex fit is unique in what it predicts, not in its weights where agents depend on each other.
///
/// # Errors
/// If there are less than 2 rows, no weight, or if the target is constant.
pub fn fit(factor: &Factor, with_intercept: bool) -> Result<Fit, HullError> {
    check(factor)?;
    let (k, n) = (factor.agents(), factor.agents() + 2);
    let triangle = factor.triangle();
    let columns = columns(factor, with_intercept);
    let sizes = sizes(factor);
    let target = triangle.col(n - 1);
    let centred_target = target.subrows(1, n - 1);
    let root = factor.weight().sqrt();
    let whole = |weights: Vec<f64>, kkt| {
        let intercept = if with_intercept { intercept(factor, &weights) } else { 0.0 };
        let parts: f64 = weights.iter().zip(&sizes).map(|(weight, size)| weight * size).sum();
        let magnitude = intercept.abs() + parts / root;
        Combination { mse: factor.mse(&weights, intercept), weights, intercept, kkt, magnitude }
    };
    let single = |column: ColRef<'_, f64>, size: f64| {
        let differences: f64 = column.iter().zip(target.iter()).map(|(a, h)| (a - h).powi(2)).sum();
        let centred = column.subrows(1, n - 1);
        let constant = is_rounding(centred.norm_l2(), size, n);
        // In a unit in which its squares are numbers.
        let unit = power_of_two(size);
        let own = Col::from_fn(centred.nrows(), |i| centred[i] / unit);
        let scale = if constant {
            0.0
        } else {
            (own.transpose() * centred_target / own.squared_norm_l2() / unit).clamp(0.0, f64::MAX)
        };
        let rest: f64 = centred.iter().zip(centred_target.iter()).map(|(a, h)| (h - scale * a).powi(2)).sum();
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
    Ok(Fit {
        rows: factor.rows(),
        weight: factor.weight(),
        with_intercept,
        variance: centred_target.squared_norm_l2() / factor.weight(),
        mean_square: target.squared_norm_l2() / factor.weight(),
        singles: (0..k).map(|j| single(triangle.col(j + 1), sizes[j])).collect(),
        // Agents may cancel; what they leave then is as exact as they are.
        mean: single(mean.as_ref(), sizes[..k].iter().sum::<f64>() / k as f64),
        nnls,
        simplex: whole(simplex, kkt),
    })
}

/// The point of the agents' convex hull that is nearest to the target, which may be constant here: its mean squared error is the square of the
/// distance.
///
/// # Errors
/// If there are no rows, or none that counts.
pub fn nearest(factor: &Factor) -> Result<Combination, HullError> {
    if factor.rows() < 1 {
        return Err(HullError::TooFewRows { found: 0, expected: 1 });
    }
    if factor.weight() <= 0.0 {
        return Err(HullError::NoWeight);
    }
    let (weights, kkt) = simplex(columns(factor, false), &sizes(factor));
    let parts: f64 = weights.iter().zip(sizes(factor)).map(|(weight, size)| weight * size).sum();
    let magnitude = parts / factor.weight().sqrt();
    Ok(Combination { mse: factor.mse(&weights, 0.0), weights, intercept: 0.0, kkt, magnitude })
}

/// The agents' columns and the target's. The first row of the triangle is what an intercept takes up: without it, columns are centred.
pub(crate) fn columns(factor: &Factor, with_intercept: bool) -> MatRef<'_, f64> {
    let n = factor.agents() + 2;
    if with_intercept {
        factor.triangle().submatrix(1, 1, n - 1, n - 1)
    } else {
        factor.triangle().submatrix(0, 1, n, n - 1)
    }
}

/// The lengths of the agents' columns and of the target's, with their means. What is centred is as exact as numbers of that size.
pub(crate) fn sizes(factor: &Factor) -> Vec<f64> {
    (1..factor.agents() + 2).map(|column| factor.triangle().col(column).norm_l2()).collect()
}

/// The least that a target varies by.
const SMALLEST: f64 = 1e-150;

/// What a fit needs.
pub(crate) fn check(factor: &Factor) -> Result<(), HullError> {
    if factor.rows() < 2 {
        return Err(HullError::TooFewRows { found: factor.rows(), expected: 2 });
    }
    if factor.weight() <= 0.0 {
        return Err(HullError::NoWeight);
    }
    let n = factor.agents() + 2;
    let target = factor.triangle().col(n - 1);
    if is_rounding(target.subrows(1, n - 1).norm_l2(), target.norm_l2(), n) {
        return Err(HullError::ConstantTarget { value: target[0] / factor.triangle()[(0, 0)], rows: factor.rows() });
    }
    let size = target.subrows(1, n - 1).norm_l2() / factor.weight().sqrt();
    if size < SMALLEST {
        return Err(HullError::TinyTarget { size });
    }
    Ok(())
}

/// The best non-negative weights. Every column is brought to a length of about one by a power of two, so that all their squares are numbers.
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

/// The largest power of two that is not above a positive number; 1 for 0.
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

/// The best intercept for weights: the mean of what they leave.
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

/// The differences between agents and target, whose convex hull's point nearest to 0 is the simplex fit.
pub(crate) struct Differences {
    /// A column for each agent; below the differences a row for [`Self::problem`].
    matrix: Mat<f64>,
    /// With 0 in that row.
    problem: NonNegative,
    /// The length of each difference.
    pub(crate) lengths: Vec<f64>,
}

impl Differences {
    /// `columns` are the agents' and the target's, and `sizes` what they were computed from. A column that is but rounding is 0, and so is a
    /// difference.
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
        // Where a size is 0, the difference is exact.
        let problem = NonNegative::new(matrix.as_ref(), sizes);
        Self { matrix, problem, lengths }
    }

    /// The length of the shortest difference that is not 0; 1 if there is none.
    fn shortest(&self) -> f64 {
        self.lengths.iter().copied().filter(|&length| length > 0.0).reduce(f64::min).unwrap_or(1.0)
    }

    /// The simplex fit as a non-negative one, of which the weights are to be normalised.
    ///
    /// For c > 0, the least |D v|² + c² (1 - sum of v)² over v >= 0 is where v is proportional to the weights w of the point of the hull that is
    /// nearest to 0: for given w the best factor leaves c² |D w|² / (c² + |D w|²), which grows with |D w|. (The row of ones is an idea of Wolfe
    /// 1976, "Finding the nearest point in a polytope".) With c the length of the shortest difference, or a few times that, the factor is from 1/2
    /// to 1, and no digits are lost.
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

/// Divides by the sum.
pub(crate) fn normalised(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn simplex(columns: MatRef<'_, f64>, sizes: &[f64]) -> (Vec<f64>, Kkt) {
    let differences = Differences::new(columns, sizes);
    let weights = normalised(&best(|| differences.problem(differences.shortest())));
    let kkt = differences.kkt(&weights);
    (weights, kkt)
}
