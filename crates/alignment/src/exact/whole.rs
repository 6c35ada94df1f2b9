//! Converts binary64 numbers to integer multiples of one unit, and integers to sums of binary64
//! numbers.

use dashu::integer::IBig;
use dashu::rational::RBig;
use suasion_lp::exact::{last_bit, ratio, whole};
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// The most bits of the integers at the start.
const WIDEST: i32 = 2048;
/// The exponent of the smallest part of an integer that is kept.
const LOWEST: i64 = -1000;
/// The bits of a part.
const PART: usize = 53;

/// The exponent of the largest power of two that divides all numbers. None if they are too far
/// apart; 0 if all are 0.
pub(super) fn exponent<'a>(numbers: impl Iterator<Item = &'a f64>) -> Option<i32> {
    let (mut low, mut high) = (i32::MAX, i32::MIN);
    for exponent in numbers.filter_map(|&number| last_bit(number)) {
        low = low.min(exponent);
        high = high.max(exponent);
    }
    if low > high { Some(0) } else { (high - low < WIDEST).then_some(low) }
}

/// All entries of a utility, row by row, as multiples of `2^exponent`.
pub(super) fn wholes(utility: &Matrix, exponent: i32) -> Vec<IBig> {
    utility.as_slice().iter().map(|&number| whole(number, exponent)).collect()
}

/// `numerator / denominator * 2^exponent`, rounded to a double-double number.
pub(super) fn rounded(numerator: &IBig, denominator: &IBig, exponent: i32) -> TwoFloat {
    let exact = ratio(numerator, denominator, exponent);
    let high = exact.to_f64().value();
    let low = RBig::try_from(high).map_or(0.0, |high| (exact - high).to_f64().value());
    TwoFloat::new_add(high, low)
}

/// Positive integers as sums of binary64 numbers, all in one unit in which the largest is about
/// one.
pub(super) fn sums(numbers: &[IBig]) -> Vec<Vec<f64>> {
    let bits = |number: &IBig| dashu::base::BitTest::bit_len(number);
    let largest = numbers.iter().map(bits).max().unwrap_or(0) as i64;
    let mask: IBig = (IBig::ONE << PART) - IBig::ONE;
    let sum = |number: &IBig| {
        let mut parts = Vec::new();
        let (mut rest, mut exponent) = (number.clone(), -largest);
        // Parts end at the number's last bit, not at multiples of their length, so that a small
        // number is one part.
        let spare = rest.trailing_zeros().unwrap_or(0);
        rest >>= spare;
        exponent += spare as i64;
        while rest > IBig::ZERO {
            let part = i64::try_from(&rest & &mask).unwrap_or(0);
            if part > 0 && exponent >= LOWEST {
                parts.push(part as f64 * 2_f64.powi(exponent as i32));
            }
            rest >>= PART;
            exponent += PART as i64;
        }
        parts.reverse();
        parts
    };
    numbers.iter().map(sum).collect()
}
