//! Sums of products to twice the precision of a number: what decides may be a small part of what is
//! summed.

/// An unevaluated sum of two numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Twice {
    high: f64,
    low: f64,
}

/// The error of a sum of up to eight products is at most this part of the sum of their magnitudes:
/// `2^-98`, where each operation loses less than `2^-103`.
pub(super) const LOST: f64 = f64::EPSILON * f64::EPSILON * 64.0;

impl Twice {
    /// Adds a factor times a number that is itself such a sum.
    pub(super) fn add(&mut self, factor: f64, high: f64, low: f64) {
        let (product, lost) = product(factor, high);
        let (sum, rest) = sum(self.high, product);
        self.high = sum;
        self.low += rest + (lost + factor * low);
    }

    /// The difference, as a number.
    pub(super) fn minus(self, other: Self) -> f64 {
        let (difference, rest) = sum(self.high, -other.high);
        difference + (rest + (self.low - other.low))
    }
}

/// The sum of two numbers and what it loses (Knuth, The Art of Computer Programming, volume 2,
/// section 4.2.2).
fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The product of two numbers and what it loses, as long as nothing overflows or underflows
/// (Dekker, Numerische Mathematik 1971).
fn product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    (product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low))
}

/// A number as a sum of two with half as many digits each.
fn halves(number: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * number;
    let high = scaled - (scaled - number);
    (high, number - high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Sum;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Differences of two sums of products, whose large parts cancel, against exact sums.
        #[test]
        fn differences_are_nearly_exact(
            terms in prop::collection::vec((0.0..1.0f64, -1.0..1.0f64, -1.0..1.0f64), 1..5),
            scale in -10..20_i32,
            level in -1.0..1.0f64,
        ) {
            let scale = 10_f64.powi(scale);
            let (mut left, mut right, mut exact, mut size) = (Twice::default(), Twice::default(), Sum::new(), 0.0);
            for (factor, a, b) in terms {
                for (twice, sign, number) in [(&mut left, 1.0, a), (&mut right, -1.0, b)] {
                    for high in [level * scale, number] {
                        let low = 1e-17 * high;
                        twice.add(factor, high, low);
                        exact.add([sign * factor, high]);
                        exact.add([sign * factor, low]);
                        size += factor * high.abs();
                    }
                }
            }
            let found = left.minus(right);
            exact.subtract([found]);
            let off = exact.round().abs();
            prop_assert!(off <= LOST * size + f64::EPSILON * found.abs(), "{off:e} of {size:e}, {found:e}");
        }
    }
}
