//! Subtracts levels and chooses units, so that all numbers have a size of about one and an absolute
//! tolerance means the same for every instance.

use crate::options::AlignOptions;
use rayon::prelude::*;
use std::borrow::Cow;
use suasion_certificate::Offset;
use suasion_model::Matrix;

/// The highest price of a scaled unit of weight that the solver sees. At this price, the optimum
/// buys no more weight than rounding error.
const HIGHEST_PRICE: f64 = 1e9;
/// Units between the inverse of this and this leave enough range for numbers in other units.
const ORDINARY: f64 = 1e250;

/// A utility in a unit, without its levels: `(matrix - base) / unit`, with one base per state.
pub(crate) struct Flat<'a> {
    matrix: Cow<'a, Matrix>,
    base: Vec<f64>,
    unit: f64,
}

impl<'a> Flat<'a> {
    /// A utility in a unit, which must be a power of two.
    fn new(utility: &'a Matrix, base: Vec<f64>, unit: f64) -> Self {
        let (low, high) = utility.range();
        if (high - low).is_finite() && unit < ORDINARY && unit > 1.0 / ORDINARY {
            return Self { matrix: Cow::Borrowed(utility), base, unit };
        }
        let at = |a: usize, y: usize| (0.25 * utility[(a, y)] - 0.25 * base[y]) / unit * 4.0;
        let small = |a: usize, y: usize| (utility[(a, y)] - base[y]) / unit;
        let matrix = if (high - low).is_finite() {
            Matrix::from_fn(utility.rows(), utility.columns(), small)
        } else {
            Matrix::from_fn(utility.rows(), utility.columns(), at)
        };
        let base = vec![0.0; utility.columns()];
        Self { matrix: Cow::Owned(matrix), base, unit: 1.0 }
    }

    /// The number of actions.
    pub(crate) fn rows(&self) -> usize {
        self.matrix.rows()
    }

    /// The number of states.
    pub(crate) fn columns(&self) -> usize {
        self.matrix.columns()
    }

    /// One entry, shifted and scaled.
    pub(crate) fn at(&self, action: usize, state: usize) -> f64 {
        (self.matrix[(action, state)] - self.base[state]) / self.unit
    }

    /// The entries of an action as stored, neither shifted nor scaled.
    pub(crate) fn raw(&self, action: usize) -> &[f64] {
        self.matrix.row(action)
    }

    /// What to subtract from each stored entry, by state.
    pub(crate) fn base(&self) -> &[f64] {
        &self.base
    }

    /// What to divide the differences by.
    pub(crate) fn unit(&self) -> f64 {
        self.unit
    }
}

/// The problem in scaled units. An offset makes levels irrelevant, so the first entry of each
/// state, or of the whole utility, is subtracted, which rounds once. Units are powers of two, so
/// that nothing else is rounded.
pub(crate) struct Reduced<'a> {
    /// The user's utility.
    pub(crate) user: Flat<'a>,
    /// The agents' utilities.
    pub(crate) agents: Vec<Flat<'a>>,
    /// The price of a scaled unit of each weight.
    pub(crate) prices: Vec<f64>,
    /// For weights that sum to one: how much a scaled unit of each weight adds to that sum. At most
    /// one.
    pub(crate) shares: Vec<f64>,
    /// How much true weight a scaled unit of each weight is.
    ratios: Vec<f64>,
}

impl<'a> Reduced<'a> {
    /// Scales the problem of these utilities.
    pub(crate) fn new(user: &'a Matrix, agents: &[&'a Matrix], options: &AlignOptions) -> Self {
        let (base, own) = level(user, options.offset);
        let (bases, sizes): (Vec<Vec<f64>>, Vec<f64>) =
            agents.par_iter().map(|agent| level(agent, options.offset)).unzip();
        let some = |size: f64, other: f64| if size > 0.0 { power_of_two(size) } else { other };
        // Weights that sum to one cannot scale a large agent down to a small user: the error then
        // has the size of the smallest agent. Nor can they scale a small agent up.
        let unit = if options.simplex {
            let least = sizes.iter().copied().filter(|&size| size > 0.0).fold(f64::INFINITY, f64::min);
            some(if least.is_finite() { own.max(least) } else { own }, 1.0)
        } else {
            some(own, 1.0)
        };
        let least = if options.simplex { unit } else { 0.0 };
        let units: Vec<f64> = sizes.iter().map(|&size| some(size, unit).max(least)).collect();
        let price = options.price();
        let ratios: Vec<f64> = units.iter().map(|other| unit / other).collect();
        Self {
            user: Flat::new(user, base, unit),
            agents: agents
                .iter()
                .zip(bases)
                .zip(&units)
                .map(|((agent, base), &unit)| Flat::new(agent, base, unit))
                .collect(),
            prices: units.iter().map(|unit| (price / unit).min(HIGHEST_PRICE)).collect(),
            shares: ratios.clone(),
            ratios,
        }
    }

    /// Scales the problem so that weights sum to one in the agents' own units, where all agents
    /// count alike.
    pub(crate) fn alike(user: &'a Matrix, agents: &[&'a Matrix], options: &AlignOptions) -> Self {
        let reduced = Self::new(user, agents, &AlignOptions { simplex: false, slack: 0.0, ..*options });
        Self { shares: vec![1.0; agents.len()], ..reduced }
    }

    /// Divides scaled weights by their sum.
    pub(crate) fn sum_to_one(&self, weights: &mut [f64]) {
        let total: f64 = weights.iter().zip(&self.shares).map(|(weight, share)| weight * share).sum();
        if total > 0.0 {
            for weight in &mut *weights {
                *weight /= total;
            }
        } else {
            // Without any weight, all weights are equal.
            let count = weights.len() as f64;
            weights.iter_mut().zip(&self.shares).for_each(|(weight, share)| *weight = 1.0 / (share * count));
        }
    }

    /// Converts scaled weights to true weights.
    pub(crate) fn true_weights(&self, weights: &[f64], options: &AlignOptions) -> Vec<f64> {
        let own = |(&weight, ratio): (&f64, &f64)| {
            let weight = weight * ratio;
            if weight.is_finite() { weight } else { 0.0 }
        };
        let mut weights: Vec<f64> = weights.iter().zip(&self.ratios).map(own).collect();
        let total: f64 = weights.iter().sum();
        if options.simplex && total > 0.0 {
            for weight in &mut weights {
                *weight /= total;
            }
        } else if options.simplex {
            let count = weights.len() as f64;
            weights.fill(1.0 / count);
        }
        weights
    }
}

/// The level to subtract at every state, and the largest magnitude that remains.
fn level(utility: &Matrix, offset: Offset) -> (Vec<f64>, f64) {
    let base = match offset {
        Offset::None => vec![0.0; utility.columns()],
        Offset::Constant => vec![utility[(0, 0)]; utility.columns()],
        Offset::PerState => utility.row(0).to_vec(),
    };
    let rows = (0..utility.rows()).map(|a| utility.row(a).iter().zip(&base));
    let largest = rows.flatten().map(|(x, base)| (x - base).abs()).fold(0.0, f64::max);
    (base, largest.min(f64::MAX))
}

/// The largest power of two that does not exceed a positive number.
fn power_of_two(number: f64) -> f64 {
    let exponent = number.to_bits() & 0x7ff0_0000_0000_0000;
    if exponent > 0 {
        return f64::from_bits(exponent);
    }
    f64::from_bits(1 << number.to_bits().ilog2())
}
