//! Intervals of binary64 numbers that contain the true value, and an exponential with a proven
//! error.
//!
//! The code uses only `+ - * /`, whose results IEEE 754 prescribes to the last bit. So results are
//! the same on every machine and with every math library.

/// The numbers between two ends, both included. Every operation rounds its ends outward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Zero only.
    pub const ZERO: Self = Self { low: 0.0, high: 0.0 };

    /// One number only.
    #[must_use]
    pub fn point(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// All numbers within `error` of a number.
    #[must_use]
    pub fn around(value: f64, error: f64) -> Self {
        Self { low: (value - error).next_down(), high: (value + error).next_up() }
    }

    /// All numbers within `error` of a number of this interval.
    #[must_use]
    pub fn widened(self, error: f64) -> Self {
        Self { low: (self.low - error).next_down(), high: (self.high + error).next_up() }
    }

    /// All sums of a number of this interval and one of another.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "ends are rounded outward, which an operator would hide")]
    pub fn add(self, other: Self) -> Self {
        Self { low: (self.low + other.low).next_down(), high: (self.high + other.high).next_up() }
    }

    /// All differences.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "ends are rounded outward, which an operator would hide")]
    pub fn sub(self, other: Self) -> Self {
        Self { low: (self.low - other.high).next_down(), high: (self.high - other.low).next_up() }
    }

    /// All products.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "ends are rounded outward, which an operator would hide")]
    pub fn mul(self, other: Self) -> Self {
        let (a, b) = (self.low * other.low, self.low * other.high);
        let (c, d) = (self.high * other.low, self.high * other.high);
        Self { low: a.min(b).min(c.min(d)).next_down(), high: a.max(b).max(c.max(d)).next_up() }
    }

    /// The square, never negative.
    #[must_use]
    pub fn square(self) -> Self {
        let most = self.low.abs().max(self.high.abs());
        let least = if self.low <= 0.0 && self.high >= 0.0 { 0.0 } else { self.low.abs().min(self.high.abs()) };
        Self { low: (least * least).next_down().max(0.0), high: (most * most).next_up() }
    }

    /// The quotient by an interval of positive numbers.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        let low = if self.low >= 0.0 { other.high } else { other.low };
        let high = if self.high >= 0.0 { other.low } else { other.high };
        Self { low: (self.low / low).next_down(), high: (self.high / high).next_up() }
    }

    /// The smallest interval that contains both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// A number in the middle, and the largest distance of a number of the interval from it.
    #[must_use]
    pub fn middle(self) -> (f64, f64) {
        let middle = 0.5 * (self.low + self.high);
        (middle, (self.high - middle).max(middle - self.low).next_up())
    }
}

/// Below this, [`exponential`] only bounds the result by zero and `e^-700`.
const LOWEST: f64 = -700.0;
/// Above this, the upper end of [`exponential`] is infinite. No caller comes close.
const HIGHEST: f64 = 700.0;
/// `ln 2` in two parts. The first has 32 significant bits, so that its product with an integer
/// below `2^20` is exact; the second is the rest, to within `2^-86` (fdlibm, `e_exp.c`).
const LN_2: (f64, f64) = (f64::from_bits(0x3fe6_2e42_fee0_0000), f64::from_bits(0x3dea_39ef_3579_3c76));
/// A bound on the relative error of the estimate.
const RELATIVE: f64 = 1.0 / (1_u64 << 48) as f64;

/// An interval that contains `e^x` for every `x` of an interval.
///
/// Let `k` be the integer nearest to `x / ln 2` and `r = x - k ln 2`, which is at most `0.35` in
/// magnitude. Then `e^x = 2^k e^r`. For `|x| <= 700`, `r` is computed to within `2^-52`: the
/// product `k LN_2.0` is exact, and so is its difference from `x`, but for one rounding of a number
/// below `0.36`. The term with `LN_2.1` is below `2^-22`, with roundings below `2^-74`, and the
/// last subtraction rounds once more. The Taylor polynomial of degree 14 leaves a remainder `r^15 /
/// 15! < 2^-62`, and Horner's rule evaluates it with an error below `2^-50`. The total is less than
/// `2^-49` of `e^r >= 0.7`, hence a relative error below `2^-48`. Scaling by `2^k` is exact, since
/// `|k| < 1022`.
#[must_use]
pub fn exponential(x: Interval) -> Interval {
    let low = if x.low < LOWEST || x.low.is_nan() {
        0.0
    } else {
        (estimate(x.low.min(HIGHEST)) * (1.0 - RELATIVE)).next_down()
    };
    let high = if x.high > HIGHEST || x.high.is_nan() {
        f64::INFINITY
    } else {
        (estimate(x.high.max(LOWEST)) * (1.0 + RELATIVE)).next_up()
    };
    Interval { low, high }
}

/// `e^x` for `|x| <= 700`, with a relative error of less than `RELATIVE`.
fn estimate(x: f64) -> f64 {
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = (x - k * LN_2.0) - k * LN_2.1;
    let mut sum = 1.0;
    for j in (1..=14_u8).rev() {
        sum = 1.0 + r / f64::from(j) * sum;
    }
    sum * f64::from_bits(((k as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashu::base::Abs;
    use dashu::float::FBig;
    use dashu::float::round::mode::HalfEven;
    use dashu::rational::RBig;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Compares with an exponential of 200 bits.
        #[test]
        fn the_exponential_is_enclosed(x in prop_oneof![-700.0..700.0f64, -1.0..1.0f64, -1e-9..1e-9f64]) {
            let number = |x: f64| FBig::<HalfEven>::try_from(x).unwrap();
            let true_value = number(x).with_precision(200).value().exp();
            let found = exponential(Interval::point(x));
            prop_assert!(number(found.low) < true_value && true_value < number(found.high), "{x}: {found:?}");
            prop_assert!(found.high - found.low < 1e-13 * found.high, "{x}: {found:?}");
        }

        #[test]
        fn operations_enclose((a, b, c, d) in (-9.0..9.0f64, -9.0..9.0f64, -9.0..9.0f64, -9.0..9.0f64), (s, t) in (0.0..1.0f64, 0.0..1.0f64)) {
            let (left, right) = (Interval { low: a.min(b), high: a.max(b) }, Interval { low: c.min(d), high: c.max(d) });
            let between = |of: Interval, s: f64| (of.low + s * (of.high - of.low)).clamp(of.low, of.high);
            let (x, y) = (between(left, s), between(right, t));
            let exact = |x: f64| RBig::try_from(x).unwrap();
            let holds = |of: Interval, value: &RBig| exact(of.low) <= *value && *value <= exact(of.high);
            prop_assert!(holds(left.add(right), &(exact(x) + exact(y))));
            prop_assert!(holds(left.sub(right), &(exact(x) - exact(y))));
            prop_assert!(holds(left.mul(right), &(exact(x) * exact(y))));
            if right.low > 0.0 {
                prop_assert!(holds(left.over(right), &(exact(x) / exact(y))));
            }
            prop_assert!(holds(left.square(), &(exact(x) * exact(x))));
            let (middle, radius) = left.middle();
            prop_assert!((exact(x) - exact(middle)).abs() <= exact(radius));
        }
    }

    #[test]
    fn ends_of_the_range() {
        let far = exponential(Interval { low: -1e300, high: -800.0 });
        assert!(far.low == 0.0 && far.high > 0.0 && far.high < 1e-300, "{far:?}");
        assert_eq!(exponential(Interval { low: 0.0, high: 701.0 }).high, f64::INFINITY);
        let one = exponential(Interval::ZERO);
        assert!(one.low < 1.0 && one.high > 1.0 && one.high - one.low < 1e-14, "{one:?}");
        let unknown = exponential(Interval::point(f64::NAN));
        assert_eq!((unknown.low, unknown.high), (0.0, f64::INFINITY));
    }
}
