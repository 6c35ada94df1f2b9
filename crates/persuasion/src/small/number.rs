//! The number types of the simplex method for small games.
#![allow(clippy::inline_always, reason = "only inlined code uses the target features")]

use crate::kernel::Kernel;
use crate::weights::Weights;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use twofloat::TwoFloat;

/// A number with tolerances that suit its precision for quantities of size one.
pub(crate) trait Number:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + 'static
{
    /// A reduced cost below this counts as zero.
    const OPTIMAL: f64;
    /// A pivot below this counts as zero.
    const PIVOT: f64;
    /// Values within this of each other tie in the ratio test.
    const TIE: f64;
    /// If the masses miss the system by more than this, its inverse is recomputed.
    const RESIDUAL: f64;
    /// The most negative mass or slack at the end, and the most negative reduced cost on the face
    /// of optima, that count as zero.
    const FEASIBLE: f64;
    /// A mass below this counts as zero.
    const MASS: f64;
    /// The temporary perturbation of obedience rows.
    const ROOM: f64;

    /// A binary64 number.
    fn exactly(number: f64) -> Self;

    /// The user's scaled utility of action `a` minus that of `b` in state `y`.
    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self;

    /// The value of a unit of mass on which action `a` is recommended in state `y`.
    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self;

    /// Adds `mass` times the gain of `a` in state `y`, over every other action.
    #[inline(always)]
    fn add_gains_in(kernel: &Kernel, (a, y): (usize, usize), mass: Self, slacks: &mut [Self]) {
        slacks.iter_mut().enumerate().for_each(|(b, slack)| *slack += mass * Self::gain(kernel, a, b, y));
    }

    /// The value of a unit of mass on which action `a` is recommended, in every state.
    fn costs(kernel: &Kernel, weights: Weights, a: usize, costs: &mut [Self]) {
        costs.iter_mut().enumerate().for_each(|(y, cost)| *cost = Self::cost(kernel, weights, a, y));
    }

    /// Subtracts `dual` times the gain of `a` over `b`, in every state.
    #[inline(always)]
    fn subtract_gains(kernel: &Kernel, (a, b): (usize, usize), dual: Self, prices: &mut [Self]) {
        prices.iter_mut().enumerate().for_each(|(y, price)| *price -= dual * Self::gain(kernel, a, b, y));
    }

    /// The nearest binary64 number.
    fn to_f64(self) -> f64;

    /// The quotient, to the precision of the number.
    fn over(self, other: Self) -> Self;

    /// The magnitude.
    fn abs(self) -> Self {
        if self < Self::default() { -self } else { self }
    }
}

impl Number for f64 {
    const OPTIMAL: f64 = 1e-10;
    const PIVOT: f64 = 1e-9;
    const TIE: f64 = 1e-12;
    const RESIDUAL: f64 = 1e-12;
    const FEASIBLE: f64 = 2e-9;
    const MASS: f64 = 1e-12;
    const ROOM: f64 = 1e-6;

    fn exactly(number: f64) -> Self {
        number
    }

    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self {
        let row = kernel.user_by_state.row(y);
        row[a] - row[b]
    }

    #[inline(always)]
    fn add_gains_in(kernel: &Kernel, (a, y): (usize, usize), mass: Self, slacks: &mut [Self]) {
        let row = kernel.user_by_state.row(y);
        let own = row[a];
        slacks.iter_mut().zip(row).for_each(|(slack, other)| *slack += mass * (own - other));
    }

    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self {
        kernel.cost(weights, a, y)
    }

    fn costs(kernel: &Kernel, weights: Weights, a: usize, costs: &mut [Self]) {
        let utilities = kernel.objective.row(a).iter().zip(kernel.user.row(a));
        for (cost, (v, u)) in costs.iter_mut().zip(utilities) {
            *cost = weights.objective * v + weights.user * u;
        }
    }

    #[inline(always)]
    fn subtract_gains(kernel: &Kernel, (a, b): (usize, usize), dual: Self, prices: &mut [Self]) {
        let utilities = kernel.user.row(a).iter().zip(kernel.user.row(b));
        for (price, (own, other)) in prices.iter_mut().zip(utilities) {
            *price -= dual * (own - other);
        }
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    fn over(self, other: Self) -> Self {
        self / other
    }
}

/// Unevaluated sums of two binary64 numbers, with about 106 bits.
impl Number for TwoFloat {
    const OPTIMAL: f64 = 1e-22;
    const PIVOT: f64 = 1e-22;
    const TIE: f64 = 1e-26;
    const RESIDUAL: f64 = 1e-26;
    const FEASIBLE: f64 = 1e-20;
    const MASS: f64 = 1e-24;
    const ROOM: f64 = 1e-8;

    fn exactly(number: f64) -> Self {
        Self::from(number)
    }

    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self {
        kernel.exact_gain(a, b, y)
    }

    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self {
        let (objective, user) = kernel.exact_utilities(a, y);
        objective * weights.objective + user * weights.user
    }

    fn to_f64(self) -> f64 {
        self.hi()
    }

    /// The division of `twofloat` 0.8 computes its first remainder without a fused multiplication
    /// and is no more precise than binary64. One Newton step gives the rest.
    fn over(self, other: Self) -> Self {
        let first = self.hi() / other.hi();
        let rest = self - other * first;
        let second = rest.hi() / other.hi();
        let rest = rest - other * second;
        Self::new_add(first, second) + rest.hi() / other.hi()
    }
}

/// The sum of some numbers.
pub(crate) fn sum<T: Number>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::default(), |sum, term| sum + term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn quotients_are_twice_as_precise() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..10_000 {
            let mut number = || TwoFloat::new_add(rng.random::<f64>() + 0.5, rng.random::<f64>() * 1e-17);
            let (a, b) = (number(), number());
            let lost = (a.over(b) * b - a).hi().abs();
            assert!(lost < 1e-30, "{a:?} / {b:?}: {lost:e}");
        }
    }
}
