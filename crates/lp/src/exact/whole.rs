//! Converts binary64 numbers to whole multiples of powers of two, and back.

use dashu::base::{BitTest, FloatEncoding};
use dashu::integer::IBig;
use dashu::rational::RBig;

/// A number as an odd multiple of a power of two, `odd * 2^exponent`. `None` for 0 and for numbers
/// that are not finite.
fn odd(number: f64) -> Option<(i64, i32)> {
    let (significand, exponent) = number.decode().ok().filter(|&(significand, _)| significand != 0)?;
    let zeros = significand.trailing_zeros();
    Some((significand >> zeros, i32::from(exponent) + zeros as i32))
}

/// The exponent of the last bit of a number. `None` for 0 and for numbers that are not finite.
#[must_use]
pub fn last_bit(number: f64) -> Option<i32> {
    odd(number).map(|(_, exponent)| exponent)
}

/// A finite number in units of `2^unit`. The unit is at most the number's last bit.
#[must_use]
pub fn whole(number: f64, unit: i32) -> IBig {
    odd(number).map_or(IBig::ZERO, |(odd, exponent)| IBig::from(odd) << (exponent - unit).max(0) as usize)
}

/// `numerator / denominator * 2^exponent`, with a denominator above 0.
#[must_use]
pub fn ratio(numerator: &IBig, denominator: &IBig, exponent: i32) -> RBig {
    let (up, down) = (exponent.max(0) as usize, (-exponent).max(0) as usize);
    RBig::from_parts_signed(numerator << up, denominator << down)
}

/// `numerator / denominator * 2^exponent`, rounded to nearest, with a denominator above 0.
#[must_use]
pub fn nearest(numerator: &IBig, denominator: &IBig, exponent: i32) -> f64 {
    ratio(numerator, denominator, exponent).to_f64().value()
}

/// Approximately `a / b`, for numbers of any size. Beyond the range of binary64, it is just some
/// large or small number.
#[must_use]
pub fn about(a: &IBig, b: &IBig) -> f64 {
    let leading = |x: &IBig| {
        let by = x.bit_len().saturating_sub(64);
        ((x >> by).to_f64().value(), by as i32)
    };
    let ((a, up), (b, down)) = (leading(a), leading(b));
    a / b * 2.0_f64.powi((up - down).clamp(-900, 900))
}
