//! Loops over contiguous numbers that use the full width of the processor's registers.

use pulp::{Arch, Simd, WithSimd};

/// The square of a valid number times this is finite, which leaves room for sums over 1e8 rows.
const LARGE: f64 = 1e4;

/// The dot product of `x` and `y`, which have equal lengths.
pub(crate) fn dot(x: &[f64], y: &[f64]) -> f64 {
    struct Dot<'a>(&'a [f64], &'a [f64]);
    impl WithSimd for Dot<'_> {
        type Output = f64;
        #[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            let (x, x_rest) = S::as_simd_f64s(self.0);
            let (y, y_rest) = S::as_simd_f64s(self.1);
            // Four sums, so that additions do not wait for each other.
            let mut sums = [simd.splat_f64s(0.0); 4];
            let (x_fours, x_ones) = x.as_chunks::<4>();
            let (y_fours, y_ones) = y.as_chunks::<4>();
            for (x, y) in x_fours.iter().zip(y_fours) {
                for i in 0..4 {
                    sums[i] = simd.mul_add_f64s(x[i], y[i], sums[i]);
                }
            }
            for (&x, &y) in x_ones.iter().zip(y_ones) {
                sums[0] = simd.mul_add_f64s(x, y, sums[0]);
            }
            let sum = simd.add_f64s(simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]));
            let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
            simd.reduce_sum_f64s(sum) + rest
        }
    }
    debug_assert_eq!(x.len(), y.len());
    Arch::new().dispatch(Dot(x, y))
}

/// Computes `y += factor * x` for slices of equal length.
pub(crate) fn add_multiple(factor: f64, x: &[f64], y: &mut [f64]) {
    struct Add<'a>(f64, &'a [f64], &'a mut [f64]);
    impl WithSimd for Add<'_> {
        type Output = ();
        #[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (x, x_rest) = S::as_simd_f64s(self.1);
            let (y, y_rest) = S::as_mut_simd_f64s(self.2);
            let factor = simd.splat_f64s(self.0);
            for (&x, y) in x.iter().zip(y) {
                *y = simd.mul_add_f64s(factor, x, *y);
            }
            for (x, y) in x_rest.iter().zip(y_rest) {
                *y += self.0 * x;
            }
        }
    }
    debug_assert_eq!(x.len(), y.len());
    Arch::new().dispatch(Add(factor, x, y));
}

/// Whether all numbers are finite and below 1.3e150 in magnitude, so that the squares of a table of
/// such numbers have a finite sum.
pub(crate) fn all_good(x: &[f64]) -> bool {
    struct Finite<'a>(&'a [f64]);
    impl WithSimd for Finite<'_> {
        type Output = bool;
        #[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> bool {
            let (x, rest) = S::as_simd_f64s(self.0);
            // Zero times a finite number is zero; zero times infinity or NaN is NaN.
            let zero = simd.splat_f64s(0.0);
            let large = simd.splat_f64s(LARGE);
            let square = |x| {
                let x = simd.mul_f64s(x, large);
                simd.mul_f64s(x, x)
            };
            let mut sums = [zero; 4];
            let (fours, ones) = x.as_chunks::<4>();
            for x in fours {
                for i in 0..4 {
                    sums[i] = simd.mul_add_f64s(square(x[i]), zero, sums[i]);
                }
            }
            for &x in ones {
                sums[0] = simd.mul_add_f64s(square(x), zero, sums[0]);
            }
            let sum = simd.add_f64s(simd.add_f64s(sums[0], sums[1]), simd.add_f64s(sums[2], sums[3]));
            simd.reduce_sum_f64s(sum) == 0.0 && rest.iter().all(|x| (LARGE * x).powi(2).is_finite())
        }
    }
    Arch::new().dispatch(Finite(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_plain_loops() {
        for length in [0, 1, 3, 4, 7, 8, 15, 16, 31, 32, 33, 100] {
            let x: Vec<f64> = (0..length).map(|i| f64::from(i) - 7.0).collect();
            let mut y: Vec<f64> = (0..length).map(|i| f64::from(i * i % 11)).collect();
            assert_eq!(dot(&x, &y), x.iter().zip(&y).map(|(x, y)| x * y).sum::<f64>());
            let expected: Vec<f64> = x.iter().zip(&y).map(|(x, y)| y - 2.0 * x).collect();
            add_multiple(-2.0, &x, &mut y);
            assert_eq!(y, expected);
            assert!(all_good(&y));
            for i in 0..y.len() {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e151, -1e200] {
                    let mut y = y.clone();
                    y[i] = bad;
                    assert!(!all_good(&y));
                }
            }
        }
    }
}
