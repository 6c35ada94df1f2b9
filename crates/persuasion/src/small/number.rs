//! The numbers that the simplex method for small games works in.

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

    /// The difference of two binary64 numbers.
    fn difference(a: f64, b: f64) -> Self;

    /// The product of two binary64 numbers.
    fn product(a: f64, b: f64) -> Self;

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

    fn difference(a: f64, b: f64) -> Self {
        a - b
    }

    fn product(a: f64, b: f64) -> Self {
        a * b
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

    fn difference(a: f64, b: f64) -> Self {
        two_sum(a, -b)
    }

    fn product(a: f64, b: f64) -> Self {
        two_product(a, b)
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
            assert!(near((a + b) * (a - b), a * a - b * b) || (a - b).to_f64().abs() < 1e-3);
        }
    }
}
