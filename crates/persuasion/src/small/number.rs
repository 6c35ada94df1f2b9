//! The numbers that the simplex method for small games works in.

use crate::kernel::Kernel;
use crate::weights::Weights;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// A number with the tolerances that its precision allows for quantities of size one.
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
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + 'static
{
    /// A reduced cost below this is none.
    const OPTIMAL: f64;
    /// A pivot below this is none.
    const PIVOT: f64;
    /// Values within this of each other tie in the ratio test.
    const TIE: f64;
    /// By how much masses may miss the system before its inverse is computed anew.
    const RESIDUAL: f64;
    /// By how much masses and slacks may be negative at the end, and reduced costs on the face of optima.
    const FEASIBLE: f64;
    /// A mass below this is none.
    const MASS: f64;

    /// A binary64 number.
    fn from(number: f64) -> Self;

    /// The user's scaled utility of action `a` less that of `b` in state `y`.
    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self;

    /// What a unit of mass is worth on which action `a` is recommended in state `y`.
    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self;

    /// The same as [`Number::gain`], given the row of the state in the kernel's `user_by_state`.
    fn gain_in(kernel: &Kernel, row: &[f64], a: usize, b: usize, y: usize) -> Self;

    /// What a unit of mass is worth on which action `a` is recommended, in every state.
    fn costs(kernel: &Kernel, weights: Weights, a: usize, costs: &mut [Self]) {
        costs.iter_mut().enumerate().for_each(|(y, cost)| *cost = Self::cost(kernel, weights, a, y));
    }

    /// Subtracts `dual` times the gain of `a` over `b`, in every state.
    fn subtract_gains(kernel: &Kernel, (a, b): (usize, usize), dual: Self, prices: &mut [Self]) {
        prices.iter_mut().enumerate().for_each(|(y, price)| *price -= dual * Self::gain(kernel, a, b, y));
    }

    /// The nearest binary64 number.
    fn to_f64(self) -> f64;

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

    fn from(number: f64) -> Self {
        number
    }

    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self {
        kernel.user[(a, y)] - kernel.user[(b, y)]
    }

    fn gain_in(_: &Kernel, row: &[f64], a: usize, b: usize, _: usize) -> Self {
        row[a] - row[b]
    }

    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self {
        weights.cost(kernel, a, y)
    }

    fn costs(kernel: &Kernel, weights: Weights, a: usize, costs: &mut [Self]) {
        let utilities = kernel.objective.row(a).iter().zip(kernel.user.row(a));
        for (cost, (v, u)) in costs.iter_mut().zip(utilities) {
            *cost = weights.objective * v + weights.user * u;
        }
    }

    fn subtract_gains(kernel: &Kernel, (a, b): (usize, usize), dual: Self, prices: &mut [Self]) {
        let utilities = kernel.user.row(a).iter().zip(kernel.user.row(b));
        for (price, (own, other)) in prices.iter_mut().zip(utilities) {
            *price -= dual * (own - other);
        }
    }

    fn to_f64(self) -> f64 {
        self
    }
}

/// An unevaluated sum of two binary64 numbers, of which the second is at most half a unit in the last place of the first: some 106 bits
/// (Dekker, Numerische Mathematik 18, 1971; the sums and products are those of Joldes, Muller & Popescu, ACM TOMS 44, 2017).
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Double {
    high: f64,
    low: f64,
}

impl Double {
    const fn single(number: f64) -> Self {
        Self { high: number, low: 0.0 }
    }

    /// The difference of two binary64 numbers, without error.
    pub(crate) fn difference(a: f64, b: f64) -> Self {
        two_sum(a, -b)
    }

    /// The product of two binary64 numbers, without error.
    pub(crate) fn product(a: f64, b: f64) -> Self {
        two_product(a, b)
    }

    /// Times a power of two.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self { high: self.high * factor, low: self.low * factor }
    }
}

/// The sum of two numbers without error.
fn two_sum(a: f64, b: f64) -> Double {
    let high = a + b;
    let part = high - a;
    Double { high, low: (a - (high - part)) + (b - part) }
}

/// The same where the first is not smaller in magnitude.
fn quick_two_sum(a: f64, b: f64) -> Double {
    let high = a + b;
    Double { high, low: b - (high - a) }
}

/// The product of two numbers without error.
fn two_product(a: f64, b: f64) -> Double {
    let high = a * b;
    Double { high, low: a.mul_add(b, -high) }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (high, low) = (two_sum(self.high, other.high), two_sum(self.low, other.low));
        let sum = quick_two_sum(high.high, high.low + low.high);
        quick_two_sum(sum.high, sum.low + low.low)
    }
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = two_product(self.high, other.high);
        let cross = self.low.mul_add(other.high, self.high * other.low);
        quick_two_sum(product.high, product.low + cross)
    }
}

impl Div for Double {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::single(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::single(second);
        quick_two_sum(first, second) + Self::single(rest.high / other.high)
    }
}

impl AddAssign for Double {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Double {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Number for Double {
    const OPTIMAL: f64 = 1e-22;
    const PIVOT: f64 = 1e-22;
    const TIE: f64 = 1e-26;
    const RESIDUAL: f64 = 1e-26;
    const FEASIBLE: f64 = 1e-20;
    const MASS: f64 = 1e-24;

    fn from(number: f64) -> Self {
        Self::single(number)
    }

    fn gain(kernel: &Kernel, a: usize, b: usize, y: usize) -> Self {
        kernel.exact_gain(a, b, y)
    }

    fn gain_in(kernel: &Kernel, _: &[f64], a: usize, b: usize, y: usize) -> Self {
        kernel.exact_gain(a, b, y)
    }

    fn cost(kernel: &Kernel, weights: Weights, a: usize, y: usize) -> Self {
        let (objective, user) = kernel.exact_utilities(a, y);
        Self::single(weights.objective) * objective + Self::single(weights.user) * user
    }

    fn to_f64(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    /// What is lost in a sum, a product and a quotient is of the order of `2^-104`.
    #[test]
    fn twice_as_precise() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..10_000 {
            let mut number = || Double::difference(rng.random::<f64>() + 0.5, rng.random::<f64>() * 1e-17);
            let (a, b) = (number(), number());
            let near = |x: Double, y: Double| ((x - y) / y).to_f64().abs() < 1e-30;
            assert!(near(a / b * b, a), "{a:?} / {b:?}");
            assert!(near((a + b) - b, a), "{a:?} + {b:?}");
            // What cancels is lost from a product of size one.
            let lost = ((a + b) * (a - b) - (a * a - b * b)).to_f64().abs();
            assert!(lost < 1e-30, "{a:?} and {b:?}: {lost:e}");
        }
    }
}
