//! Levels subtracted and units chosen, so that what is left is of size one and absolute tolerances mean the same for every instance.

use super::AlignOptions;
use rayon::prelude::*;
use suasion_certificate::Offset;
use suasion_model::Matrix;

/// The highest price of a scaled unit of weight that the solver is told: at this one no more weight is bought than rounding is.
const DEAREST: f64 = 1e9;

/// The problem in scaled units. An offset makes levels free: of each utility the middle one of the entries is subtracted, of every state or of
/// all, rounded once. Units are powers of two, so that nothing else is rounded.
pub(super) struct Reduced {
    /// The user's utility.
    pub(super) user: Matrix,
    /// The agents'.
    pub(super) agents: Vec<Matrix>,
    /// What a scaled unit of every weight costs.
    pub(super) prices: Vec<f64>,
    /// The unit of the user's utility, and of the error.
    unit: f64,
    /// The unit of every agent's utility.
    units: Vec<f64>,
}

impl Reduced {
    /// The problem of these utilities.
    pub(super) fn new(user: &Matrix, agents: &[&Matrix], options: &AlignOptions) -> Self {
        let (user, own) = flat(user, options.offset);
        let (agents, sizes): (Vec<Matrix>, Vec<f64>) =
            agents.par_iter().map(|agent| flat(agent, options.offset)).unzip();
        let some = |size: f64, other: f64| if size > 0.0 { power_of_two(size) } else { other };
        // Weights that sum to one cannot bring a large agent down to a small user: the error is then of the size of the smallest agent. And they
        // cannot make a small agent larger than it is.
        let unit = if options.simplex {
            let least = sizes.iter().copied().filter(|&size| size > 0.0).fold(f64::INFINITY, f64::min);
            some(if least.is_finite() { own.max(least) } else { own }, 1.0)
        } else {
            some(own, 1.0)
        };
        let least = if options.simplex { unit } else { 0.0 };
        let units: Vec<f64> = sizes.iter().map(|&size| some(size, unit).max(least)).collect();
        let price = options.price();
        Self {
            user: divided(user, unit),
            agents: agents.into_iter().zip(&units).map(|(agent, &unit)| divided(agent, unit)).collect(),
            prices: units.iter().map(|unit| (price / unit).min(DEAREST)).collect(),
            unit,
            units,
        }
    }

    /// The same with weights that sum to one in the agents' own units, whatever these are: all agents count alike.
    pub(super) fn alike(user: &Matrix, agents: &[&Matrix], options: &AlignOptions) -> Self {
        let flat = Self::new(user, agents, &AlignOptions { simplex: false, ..*options });
        let agents: Vec<&Matrix> = flat.agents.iter().collect();
        Self::new(&flat.user, &agents, options)
    }

    /// For weights that sum to one: how much of one a scaled unit of each weight is. At most one.
    pub(super) fn shares(&self) -> impl Iterator<Item = f64> {
        self.units.iter().map(|unit| self.unit / unit)
    }

    /// Divides scaled weights by their sum.
    pub(super) fn sum_to_one(&self, weights: &mut [f64]) {
        let total: f64 = weights.iter().zip(self.shares()).map(|(weight, share)| weight * share).sum();
        if total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        } else {
            // Nothing is as good as anything.
            let count = weights.len() as f64;
            weights.iter_mut().zip(self.shares()).for_each(|(weight, share)| *weight = 1.0 / (share * count));
        }
    }

    /// Weights in their true units.
    pub(super) fn true_weights(&self, weights: &[f64], options: &AlignOptions) -> Vec<f64> {
        let own = |(&weight, unit): (&f64, &f64)| {
            let weight = weight * (self.unit / unit);
            if weight.is_finite() { weight } else { 0.0 }
        };
        let mut weights: Vec<f64> = weights.iter().zip(&self.units).map(own).collect();
        let total: f64 = weights.iter().sum();
        if options.simplex && total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        } else if options.simplex {
            let count = weights.len() as f64;
            weights.fill(1.0 / count);
        }
        weights
    }
}

/// A utility without its levels, and the largest magnitude that is left.
fn flat(utility: &Matrix, offset: Offset) -> (Matrix, f64) {
    let (low, high) = utility.range();
    // Halves of the largest numbers differ by a number.
    let factor = if (high - low).is_finite() { 1.0 } else { 0.25 };
    let (m, n) = (utility.rows(), utility.columns());
    let levels = match offset {
        Offset::None => vec![0.0; n],
        Offset::Constant => vec![middle(utility.as_slice().to_vec()); n],
        Offset::PerState => (0..n).map(|y| middle((0..m).map(|a| utility[(a, y)]).collect())).collect(),
    };
    let flat = Matrix::from_fn(m, n, |a, y| factor * utility[(a, y)] - factor * levels[y]);
    let largest = flat.as_slice().iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
    if factor == 1.0 {
        return (flat, largest);
    }
    // A level among the largest numbers: what is small beside it is none of the utility's.
    let largest = (largest / factor).min(f64::MAX);
    (Matrix::from_fn(m, n, |a, y| (flat[(a, y)] / factor).clamp(f64::MIN, f64::MAX)), largest)
}

/// One of the numbers, with as many above it as below.
fn middle(mut numbers: Vec<f64>) -> f64 {
    let half = numbers.len() / 2;
    if numbers.is_empty() { 0.0 } else { *numbers.select_nth_unstable_by(half, f64::total_cmp).1 }
}

fn divided(of: Matrix, unit: f64) -> Matrix {
    Matrix::from_fn(of.rows(), of.columns(), |a, y| of[(a, y)] / unit)
}

/// The largest power of two that is not above a positive number.
fn power_of_two(number: f64) -> f64 {
    let exponent = number.to_bits() & 0x7ff0_0000_0000_0000;
    if exponent > 0 {
        return f64::from_bits(exponent);
    }
    f64::from_bits(1 << (63 - number.to_bits().leading_zeros()))
}
