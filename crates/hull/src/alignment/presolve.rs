//! Levels subtracted and units chosen, so that what is left is of size one and absolute tolerances
//! mean the same for every instance.

use super::AlignOptions;
use rayon::prelude::*;
use std::borrow::Cow;
use suasion_certificate::Offset;
use suasion_model::Matrix;

/// The highest price of a scaled unit of weight that the solver is told: at this one no more weight
/// is bought than rounding is.
const DEAREST: f64 = 1e9;
/// Units up to this, and down to one over it, leave room for numbers in other units.
const ORDINARY: f64 = 1e250;

/// A utility without its levels in a unit, `(matrix - base) / unit`, with a base for every state.
pub(super) struct Flat<'a> {
    matrix: Cow<'a, Matrix>,
    base: Vec<f64>,
    unit: f64,
}

impl<'a> Flat<'a> {
    /// A utility in that unit, a power of two.
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
    pub(super) fn rows(&self) -> usize {
        self.matrix.rows()
    }

    /// The number of states.
    pub(super) fn columns(&self) -> usize {
        self.matrix.columns()
    }

    /// An entry.
    pub(super) fn at(&self, action: usize, state: usize) -> f64 {
        (self.matrix[(action, state)] - self.base[state]) / self.unit
    }

    /// The entries of an action, with their levels, not in the unit.
    pub(super) fn raw(&self, action: usize) -> &[f64] {
        self.matrix.row(action)
    }

    /// What is to be subtracted from these.
    pub(super) fn base(&self) -> &[f64] {
        &self.base
    }

    /// What is to be divided by then.
    pub(super) fn unit(&self) -> f64 {
        self.unit
    }
}

/// The problem in scaled units. An offset makes levels free: of each utility the first entry is
/// subtracted, of every state or of all, which rounds once. Units are powers of two, so that
/// nothing else is rounded.
pub(super) struct Reduced<'a> {
    /// The user's utility.
    pub(super) user: Flat<'a>,
    /// The agents'.
    pub(super) agents: Vec<Flat<'a>>,
    /// What a scaled unit of every weight costs.
    pub(super) prices: Vec<f64>,
    /// For weights that sum to one: how much of one a scaled unit of each weight is. At most one.
    pub(super) shares: Vec<f64>,
    /// What a scaled unit of each weight is.
    ratios: Vec<f64>,
}

impl<'a> Reduced<'a> {
    /// The problem of these utilities.
    pub(super) fn new(user: &'a Matrix, agents: &[&'a Matrix], options: &AlignOptions) -> Self {
        let (base, own) = level(user, options.offset);
        let (bases, sizes): (Vec<Vec<f64>>, Vec<f64>) =
            agents.par_iter().map(|agent| level(agent, options.offset)).unzip();
        let some = |size: f64, other: f64| if size > 0.0 { power_of_two(size) } else { other };
        // Weights that sum to one cannot bring a large agent down to a small user: the error is
        // then of the size of the smallest agent. And they cannot make a small agent larger than it
        // is.
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
            prices: units.iter().map(|unit| (price / unit).min(DEAREST)).collect(),
            shares: ratios.clone(),
            ratios,
        }
    }

    /// The same with weights that sum to one in the agents' own units: all agents count alike.
    pub(super) fn alike(user: &'a Matrix, agents: &[&'a Matrix], options: &AlignOptions) -> Self {
        let reduced = Self::new(user, agents, &AlignOptions { simplex: false, slack: 0.0, ..*options });
        Self { shares: vec![1.0; agents.len()], ..reduced }
    }

    /// Divides scaled weights by their sum.
    pub(super) fn sum_to_one(&self, weights: &mut [f64]) {
        let total: f64 = weights.iter().zip(&self.shares).map(|(weight, share)| weight * share).sum();
        if total > 0.0 {
            for weight in &mut *weights {
                *weight /= total;
            }
        } else {
            // Nothing is as good as anything.
            let count = weights.len() as f64;
            weights.iter_mut().zip(&self.shares).for_each(|(weight, share)| *weight = 1.0 / (share * count));
        }
    }

    /// Weights in their true units.
    pub(super) fn true_weights(&self, weights: &[f64], options: &AlignOptions) -> Vec<f64> {
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

/// What is subtracted at every state, and the largest magnitude that is left.
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

/// The largest power of two that is not above a positive number.
fn power_of_two(number: f64) -> f64 {
    let exponent = number.to_bits() & 0x7ff0_0000_0000_0000;
    if exponent > 0 {
        return f64::from_bits(exponent);
    }
    f64::from_bits(1 << number.to_bits().ilog2())
}
