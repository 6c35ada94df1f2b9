//! Tables of agents and a target, and results computed from their rows without a factor.
use faer::{Col, Mat};
use std::ops::Range;
use suasion_regression::{Factor, RegressionError, TargetFit, fit};

/// The generator `SplitMix64` (Steele, Lea & Flood 2014), which is a few lines in any language.
pub struct Draws(pub u64);

impl Draws {
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// An integer from `low` to `high`, both included.
    pub fn integer(&mut self, low: i64, high: i64) -> i64 {
        low + (self.word() % (high - low + 1) as u64) as i64
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.word() % end as u64) as usize
    }

    /// A number between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A normal number with mean 0 and variance 1.
    pub fn normal(&mut self) -> f64 {
        let (radius, angle) = (1.0 - self.uniform(), self.uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    pub fn shuffled(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        (1..n).rev().for_each(|i| order.swap(i, self.below(i + 1)));
        order
    }
}

/// The scores of k agents, and the target.
#[derive(Clone, Debug)]
pub struct Table {
    /// rows x k.
    pub agents: Mat<f64>,
    pub target: Col<f64>,
    pub weights: Option<Vec<f64>>,
}

impl Table {
    /// A table from functions of its indices.
    pub fn new(
        rows: usize,
        k: usize,
        agent: impl FnMut(usize, usize) -> f64,
        target: impl FnMut(usize) -> f64,
    ) -> Self {
        Self { agents: Mat::from_fn(rows, k, agent), target: Col::from_fn(rows, target), weights: None }
    }

    /// Normal agents around a common value, and a target that they partly explain.
    pub fn normal(rows: usize, k: usize, seed: u64) -> Self {
        let mut draws = Draws(seed);
        let common: Vec<f64> = (0..rows).map(|_| 0.5 + draws.normal()).collect();
        let agents = Mat::from_fn(rows, k, |i, _| common[i] + draws.normal());
        let target = Col::from_fn(rows, |i| 0.25 + common[i] + 0.5 * draws.normal());
        Self { agents, target, weights: None }
    }

    /// Adds weights. Some are 0, but not those of the first two rows.
    pub fn weighted(mut self, seed: u64) -> Self {
        let mut draws = Draws(seed);
        let mut weight =
            |i: usize| [0.0, 0.25, 1.0, 3.0][if i < 2 { 2 } else { draws.below(4) }] * (0.5 + draws.uniform());
        self.weights = Some((0..self.rows()).map(&mut weight).collect());
        self
    }

    pub fn rows(&self) -> usize {
        self.agents.nrows()
    }

    pub fn k(&self) -> usize {
        self.agents.ncols()
    }

    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[row])
    }

    pub fn total(&self) -> f64 {
        (0..self.rows()).map(|i| self.weight(i)).sum()
    }

    pub fn try_factor(&self) -> Result<Factor, RegressionError> {
        Factor::of(self.agents.as_ref(), self.target.as_ref(), self.weights.as_deref())
    }

    pub fn factor(&self) -> Factor {
        self.try_factor().expect("the table is good")
    }

    pub fn fit(&self, with_intercept: bool) -> TargetFit {
        fit(&self.factor(), with_intercept).expect("the table can be fitted")
    }

    /// Selects rows by number.
    pub fn pick(&self, rows: &[usize]) -> Self {
        Self {
            agents: Mat::from_fn(rows.len(), self.k(), |i, j| self.agents[(rows[i], j)]),
            target: Col::from_fn(rows.len(), |i| self.target[rows[i]]),
            weights: self.weights.as_ref().map(|weights| rows.iter().map(|&i| weights[i]).collect()),
        }
    }

    pub fn slice(&self, rows: Range<usize>) -> Self {
        self.pick(&rows.collect::<Vec<_>>())
    }

    /// Selects agents by number.
    pub fn choose(&self, agents: &[usize]) -> Self {
        Self { agents: Mat::from_fn(self.rows(), agents.len(), |i, j| self.agents[(i, agents[j])]), ..self.clone() }
    }

    /// The mean squared error of weights, computed row by row.
    pub fn mse(&self, weights: &[f64], intercept: f64) -> f64 {
        let squared = |i: usize| {
            let fitted: f64 = (0..self.k()).map(|j| weights[j] * self.agents[(i, j)]).sum();
            self.weight(i) * (self.target[i] - fitted - intercept).powi(2)
        };
        (0..self.rows()).map(squared).sum::<f64>() / self.total()
    }

    /// The mean square of the target.
    pub fn square(&self) -> f64 {
        self.mse(&vec![0.0; self.k()], 0.0)
    }

    /// The best intercept for weights: the mean residual.
    pub fn mean_rest(&self, weights: &[f64]) -> f64 {
        let rest =
            |i: usize| self.target[i] - weights.iter().enumerate().map(|(j, w)| w * self.agents[(i, j)]).sum::<f64>();
        (0..self.rows()).map(|i| self.weight(i) * rest(i)).sum::<f64>() / self.total()
    }

    /// The agents and the target, optionally centered, times the square roots of the rows' weights:
    /// rows x (k + 1).
    pub fn rooted(&self, centered: bool) -> Mat<f64> {
        let (rows, k) = (self.rows(), self.k());
        let entry = |i: usize, j: usize| if j < k { self.agents[(i, j)] } else { self.target[i] };
        let mean = |j: usize| (0..rows).map(|i| self.weight(i) * entry(i, j)).sum::<f64>() / self.total();
        let means: Vec<f64> = (0..=k).map(|j| if centered { mean(j) } else { 0.0 }).collect();
        Mat::from_fn(rows, k + 1, |i, j| self.weight(i).sqrt() * (entry(i, j) - means[j]))
    }
}

/// The error of `found` relative to `expected`, or to the square of a relative residual of 3e-6 if
/// that is larger.
///
/// Data with a relative accuracy of 1e-16 determine a residual only to about 1e-15 of the target's
/// length |h|, and so the squared residual r² to 2e-15 |r| |h|. That is 1e-9 of r² if |r| is above
/// 2e-6 |h|. Below, no method in double precision can do better.
pub fn miss(found: f64, expected: f64, square: f64) -> f64 {
    (found - expected).abs() / expected.max(1e-11 * square)
}
