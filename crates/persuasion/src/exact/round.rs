//! Fractions as binary64 numbers.

use dashu::base::Signed;
use dashu::integer::IBig;
use suasion_lp::exact::{last_bit, nearest, whole};

/// The largest number that is at most `numerator / denominator`. The fraction must not be negative.
pub(super) fn below(numerator: &IBig, denominator: &IBig) -> f64 {
    let number = nearest(numerator, denominator, 0);
    let unit = last_bit(number).unwrap_or(0).min(0);
    let (left, right) = (whole(number, unit) * denominator, numerator << unit.unsigned_abs() as usize);
    if left > right { number.next_down() } else { number }
}

/// The remainder of nonnegative shares of one, as numbers whose sum is exactly the remainder, the
/// largest first.
pub(super) fn rest(shares: &[f64]) -> Vec<f64> {
    let (mut left, unit) = left(shares);
    let one = IBig::ONE << unit;
    let mut parts = vec![];
    while left.is_positive() && !left.is_zero() {
        let part = below(&left, &one);
        left -= whole(part, -(unit as i32));
        parts.push(part);
    }
    parts
}

/// Lowers shares of one until their remainder is a single number, and returns it.
pub(super) fn lowered(shares: &mut [f64]) -> f64 {
    loop {
        let parts = rest(shares);
        let [first, _, ..] = parts[..] else { return parts.first().copied().unwrap_or(0.0) };
        // The largest part is a multiple of its last digit.
        let digit = 2.0 * (first.next_up() - first);
        shares.iter_mut().for_each(|share| *share = (*share / digit).floor() * digit);
    }
}

/// The remainder of shares of one, in units of one half to the returned power.
fn left(shares: &[f64]) -> (IBig, usize) {
    let unit = shares.iter().filter_map(|&share| last_bit(share)).min().unwrap_or(0).min(0);
    let power = unit.unsigned_abs() as usize;
    (shares.iter().fold(IBig::ONE << power, |left, &share| left - whole(share, unit)), power)
}

/// A number of about the size of a whole number times a power of two.
pub(super) fn size(number: &IBig, unit: i32) -> f64 {
    nearest(number, &IBig::ONE, unit).abs()
}

#[cfg(test)]
mod tests {
    use super::{below, lowered, rest};
    use dashu::integer::IBig;

    #[test]
    fn parts_of_one_sum_to_it() {
        assert_eq!(rest(&[]), [1.0]);
        assert_eq!(rest(&[0.25, 0.75]), [0.0; 0]);
        let tiny = 2.0_f64.powi(-100);
        let parts = rest(&[tiny]);
        assert_eq!((parts.len(), parts[0]), (2, 1.0 - f64::EPSILON / 2.0));
        assert_eq!(parts[1], f64::EPSILON / 2.0 - tiny);
        let mut shares = [tiny, 0.5];
        assert_eq!((lowered(&mut shares), shares), (0.5, [0.0, 0.5]));
    }

    #[test]
    fn what_is_below_is_not_above() {
        let third = below(&IBig::ONE, &IBig::from(3));
        assert!(3.0 * third <= 1.0 && third == 1.0 / 3.0);
        assert_eq!(below(&IBig::ONE, &IBig::from(10)), 0.1_f64.next_down());
        assert_eq!(below(&IBig::from(3), &IBig::from(4)), 0.75);
    }
}
