//! Exact sums of products of binary64 numbers.

use std::cmp::Ordering;
use std::fmt;

/// The number of bits per limb; the other half of an `i64` holds the carries.
const DIGIT: u32 = 32;
const DIGIT_MASK: i64 = (1 << DIGIT) - 1;
/// The weight of bit 0 is `2^-BIAS`: the smallest product of four subnormals, rounded down to a
/// whole limb.
const BIAS: i32 = 135 * DIGIT as i32;
/// The number of limbs from `2^-BIAS` up to `2^62` products of four of the largest numbers.
const LIMBS: usize = 272;
/// Each product adds less than `2^32` to a limb, so this many products need no carry.
const PATIENCE: u64 = 1 << 29;

/// The exact sum of products of at most four finite binary64 numbers each.
///
/// A small superaccumulator (Neal 2015, "Fast exact summation using small and large
/// superaccumulators", arXiv 1505.05571, section 2), made wide enough for products: a fixed-point
/// number whose digits may overlap, so that adding a product touches a few limbs and never carries.
/// Only the limbs in use are read or cleared.
#[derive(Clone)]
pub struct Sum {
    limbs: [i64; LIMBS],
    /// The limbs in use; all others are zero.
    low: usize,
    high: usize,
    /// An upper bound on the number of products in a limb.
    load: u64,
}

impl Default for Sum {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Sum {
    /// The nearest binary64 number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sum").field(&self.round()).finish()
    }
}

impl Sum {
    /// The zero sum.
    #[must_use]
    pub fn new() -> Self {
        Self { limbs: [0; LIMBS], low: LIMBS, high: 0, load: 0 }
    }

    /// The sum of products, each given by its factors.
    #[must_use]
    pub fn of<const K: usize>(products: impl IntoIterator<Item = [f64; K]>) -> Self {
        let mut sum = Self::new();
        products.into_iter().for_each(|factors| sum.add(factors));
        sum
    }

    /// Resets the sum to zero.
    pub fn clear(&mut self) {
        if self.low < self.high {
            self.limbs[self.low..self.high].fill(0);
        }
        (self.low, self.high, self.load) = (LIMBS, 0, 0);
    }

    /// Adds the product of the factors, which must be finite.
    pub fn add<const K: usize>(&mut self, factors: [f64; K]) {
        self.accumulate(factors, false);
    }

    /// Subtracts the product of the factors, which must be finite.
    pub fn subtract<const K: usize>(&mut self, factors: [f64; K]) {
        self.accumulate(factors, true);
    }

    fn accumulate<const K: usize>(&mut self, factors: [f64; K], mut negative: bool) {
        const { assert!(1 <= K && K <= 4) };
        let mut shift = BIAS;
        let mut significands = [1u64; 4];
        for (k, factor) in factors.into_iter().enumerate() {
            debug_assert!(factor.is_finite());
            let (sign, significand, exponent) = decode(factor);
            if significand == 0 {
                return;
            }
            negative ^= sign;
            shift += exponent;
            significands[k] = significand;
        }
        let words = if K <= 2 {
            split(u128::from(significands[0]) * u128::from(significands[1]))
        } else {
            multiply(
                u128::from(significands[0]) * u128::from(significands[1]),
                u128::from(significands[2]) * u128::from(significands[3]),
            )
        };
        let first = (shift / DIGIT as i32) as usize;
        let offset = (shift % DIGIT as i32) as u32;
        // K significands of 53 bits, shifted up by less than one digit.
        let digits = (53 * K as u32 + DIGIT - 1).div_ceil(DIGIT) as usize;
        if self.load >= PATIENCE {
            self.carry();
        }
        self.load += 1;
        self.open(first, first + digits);
        let limbs = &mut self.limbs[first..first + digits];
        for (k, limb) in limbs.iter_mut().enumerate() {
            let digit = digit_of(&words, k, offset);
            *limb += if negative { -digit } else { digit };
        }
    }

    /// Adds another sum.
    pub fn add_sum(&mut self, other: &Self) {
        self.combine(other, 1);
    }

    /// Subtracts another sum.
    pub fn subtract_sum(&mut self, other: &Self) {
        self.combine(other, -1);
    }

    fn combine(&mut self, other: &Self, sign: i64) {
        if other.low >= other.high {
            return;
        }
        if self.load + other.load >= 2 * PATIENCE {
            self.carry();
        }
        self.load += other.load;
        self.open(other.low, other.high);
        for k in other.low..other.high {
            self.limbs[k] += sign * other.limbs[k];
        }
    }

    /// Whether the sum is negative, zero or positive.
    pub fn sign(&mut self) -> Ordering {
        self.carry();
        if self.low >= self.high {
            return Ordering::Equal;
        }
        // Below the top limb every digit is in [0, 2^32), so a nonzero top limb decides.
        match self.limbs[self.high - 1].cmp(&0) {
            Ordering::Equal if self.limbs[self.low..self.high].iter().any(|&digit| digit != 0) => Ordering::Greater,
            sign => sign,
        }
    }

    /// The nearest binary64 number, ties to even; infinite beyond the largest. Zero is `0.0`.
    #[must_use]
    pub fn round(&self) -> f64 {
        let mut magnitude = self.clone();
        let negative = magnitude.sign() == Ordering::Less;
        if negative {
            magnitude.limbs[magnitude.low..magnitude.high].iter_mut().for_each(|limb| *limb = -*limb);
            magnitude.carry();
        }
        let rounded = magnitude.round_positive();
        if negative { -rounded } else { rounded }
    }

    /// Rounds a nonnegative sum without pending carries.
    fn round_positive(&self) -> f64 {
        let Some(top) = (self.low..self.high).rev().find(|&k| self.limbs[k] != 0) else { return 0.0 };
        let length = DIGIT as i32 * (top as i32 + 1) - (self.limbs[top].leading_zeros() as i32 - DIGIT as i32);
        // The exponent of the last bit that binary64 keeps, and its position.
        let exponent = (length - 1 - BIAS - 52).max(-1074);
        if exponent > 971 {
            return f64::INFINITY;
        }
        let last = (exponent + BIAS) as usize;
        let bit = |position: usize| (self.limbs[position / DIGIT as usize] >> (position % DIGIT as usize)) & 1;
        let kept = (last..(length.max(0) as usize).max(last)).rev().fold(0u64, |bits, k| bits << 1 | bit(k) as u64);
        let half = bit(last - 1) == 1;
        let below = (last - 1) / DIGIT as usize;
        let sticky = || {
            self.limbs[..below].iter().any(|&digit| digit != 0)
                || self.limbs[below] & ((1 << ((last - 1) % DIGIT as usize)) - 1) != 0
        };
        let kept = kept + u64::from(half && (kept & 1 == 1 || sticky()));
        // Exact, or beyond the largest number: an integer of at most 53 bits (or 2^53) times a
        // power of two.
        kept as f64 * power_of_two(exponent)
    }

    /// Brings every digit below the top one into `[0, 2^32)`, and the top digit, which carries the
    /// sign, into `[-2^31, 2^31)`.
    fn carry(&mut self) {
        if self.low >= self.high {
            return;
        }
        let mut carry = 0;
        for limb in &mut self.limbs[self.low..self.high - 1] {
            let value = *limb + carry;
            *limb = value & DIGIT_MASK;
            carry = value >> DIGIT;
        }
        let mut top = self.limbs[self.high - 1] + carry;
        while !(-(1 << 31)..1 << 31).contains(&top) {
            self.limbs[self.high - 1] = top & DIGIT_MASK;
            top >>= DIGIT;
            self.high += 1;
        }
        self.limbs[self.high - 1] = top;
        self.load = 1;
    }

    /// Marks the limbs `low..high` as in use.
    fn open(&mut self, low: usize, high: usize) {
        self.low = self.low.min(low);
        self.high = self.high.max(high);
    }
}

/// Sign, significand and exponent of a finite number: `(-1)^sign * significand * 2^exponent`.
fn decode(number: f64) -> (bool, u64, i32) {
    let bits = number.to_bits();
    let field = (bits >> 52 & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let negative = bits >> 63 == 1;
    if field == 0 { (negative, fraction, -1074) } else { (negative, fraction | 1 << 52, field - 1075) }
}

/// `2^exponent`, for exponents from -1074 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    if exponent < -1022 {
        f64::from_bits(1 << (exponent + 1074))
    } else {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    }
}

/// The two words of a number, and two spare words.
fn split(number: u128) -> [u64; 4] {
    [number as u64, (number >> 64) as u64, 0, 0]
}

/// The product of two numbers below `2^106`, as four words.
fn multiply(a: u128, b: u128) -> [u64; 4] {
    let ([a0, a1, ..], [b0, b1, ..]) = (split(a).map(u128::from), split(b).map(u128::from));
    let low = a0 * b0;
    // a1 and b1 are below 2^42, so the cross terms do not overflow.
    let middle = a0 * b1 + a1 * b0 + (low >> 64);
    let high = a1 * b1 + (middle >> 64);
    [low as u64, middle as u64, high as u64, (high >> 64) as u64]
}

/// Digit `k` of the number `words * 2^offset`, for an offset below one digit.
fn digit_of(words: &[u64; 4], k: usize, offset: u32) -> i64 {
    let half = |k: usize| (words[k / 2] >> (32 * (k % 2) as u32)) & 0xffff_ffff;
    let own = if k < 8 { half(k) << offset } else { 0 };
    let below = if k > 0 { (half(k - 1) << offset) >> DIGIT } else { 0 };
    ((own & 0xffff_ffff) | below) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashu::rational::RBig;
    use proptest::prelude::*;

    fn rational(number: f64) -> RBig {
        RBig::try_from(number).expect("a finite number")
    }

    /// Any finite number: every exponent is about equally likely, and special values occur often.
    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite()),
            4 => -1.0..1.0f64,
            1 => prop_oneof![Just(0.0), Just(1.0), Just(f64::MAX), Just(f64::from_bits(1)), Just(f64::MIN_POSITIVE)],
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn agrees_with_rationals(products in prop::collection::vec(prop::array::uniform4(number()), 0..20)) {
            let mut sum = Sum::of(products.iter().copied());
            let mut expected = products.iter().fold(RBig::ZERO, |total, factors| {
                total + factors.iter().fold(RBig::ONE, |product, &factor| product * rational(factor))
            });
            prop_assert_eq!(sum.sign(), expected.cmp(&RBig::ZERO));
            let rounded = sum.round();
            prop_assert_eq!(rounded, expected.to_f64().value());
            if rounded.is_finite() {
                sum.subtract([rounded]);
                expected -= rational(rounded);
                prop_assert_eq!(sum.sign(), expected.cmp(&RBig::ZERO));
            }
        }

        #[test]
        fn every_arity_agrees((a, b, c) in (number(), number(), number())) {
            for (mut sum, product) in [
                (Sum::of([[a]]), [a, 1.0, 1.0, 1.0]),
                (Sum::of([[a, b]]), [a, b, 1.0, 1.0]),
                (Sum::of([[a, b, c]]), [a, b, c, 1.0]),
            ] {
                sum.subtract(product);
                prop_assert_eq!(sum.sign(), Ordering::Equal);
            }
            prop_assert_eq!(Sum::of([[a]]).round(), a);
            prop_assert_eq!(Sum::of([[a], [b]]).round(), a + b);
            prop_assert_eq!(Sum::of([[a, b]]).round(), a * b);
        }

        #[test]
        fn sums_of_sums_cancel(products in prop::collection::vec(prop::array::uniform3(number()), 0..20), cut in 0..20usize) {
            let (left, right) = products.split_at(cut.min(products.len()));
            let mut total = Sum::of(products.iter().copied());
            total.subtract_sum(&Sum::of(left.iter().copied()));
            let mut right = Sum::of(right.iter().copied());
            right.subtract_sum(&total);
            prop_assert_eq!(right.sign(), Ordering::Equal);
            right.add_sum(&total);
            prop_assert_eq!(right.round(), total.round());
        }
    }

    #[test]
    fn carries_do_not_lose_anything() {
        let mut sum = Sum::new();
        sum.load = PATIENCE - 2;
        for _ in 0..1000 {
            sum.add([f64::MAX, f64::MAX]);
            sum.subtract([f64::MAX, f64::MAX]);
            sum.subtract([f64::from_bits(1)]);
            sum.carry();
        }
        assert_eq!(sum.round(), -f64::from_bits(1000));
        sum.clear();
        assert_eq!((sum.round(), sum.sign()), (0.0, Ordering::Equal));
    }

    #[test]
    fn ties_go_to_even() {
        let half = f64::EPSILON / 2.0;
        assert_eq!(Sum::of([[1.0], [half]]).round(), 1.0);
        assert_eq!(Sum::of([[1.0], [half], [f64::from_bits(1)]]).round(), 1.0 + f64::EPSILON);
        assert_eq!(Sum::of([[1.0 + f64::EPSILON], [half]]).round(), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!(Sum::of([[f64::MAX], [f64::MAX]]).round(), f64::INFINITY);
        assert_eq!(Sum::of([[f64::from_bits(1), 0.5]]).round(), 0.0);
        assert_eq!(Sum::of([[f64::from_bits(3), 0.5]]).round(), f64::from_bits(2));
    }
}
