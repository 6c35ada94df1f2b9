//! Student's t distribution, for a whole number of degrees of freedom.

use std::f64::consts::PI;

/// The probability that |T| is at most `t` (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
fn within(t: f64, freedom: usize) -> f64 {
    let theta = (t / (freedom as f64).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    // Each term is the last one times cos² (j - 1) / j, for every other j.
    let (mut term, mut sum, first) = if freedom % 2 == 1 { (cos, cos, 3) } else { (1.0, 1.0, 2) };
    for j in (first..freedom.saturating_sub(1)).step_by(2) {
        term *= cos * cos * (j - 1) as f64 / j as f64;
        sum += term;
    }
    match freedom {
        1 => 2.0 * theta / PI,
        _ if freedom % 2 == 1 => 2.0 / PI * (theta + sin * sum),
        _ => sin * sum,
    }
}

/// The number that |T| exceeds with probability `1 - confidence`. `freedom` is at least 1, and
/// `confidence` lies between 0 and 1.
pub(crate) fn two_sided(confidence: f64, freedom: usize) -> f64 {
    let freedom = freedom.max(1);
    let mut high = 1.0;
    while within(high, freedom) < confidence && high < 1e12 {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if within(middle, freedom) < confidence { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fisher & Yates (1938), table III; Abramowitz & Stegun (1964), table 26.10.
    #[test]
    fn published() {
        let rows = [
            (1, 12.706, 63.657),
            (2, 4.303, 9.925),
            (3, 3.182, 5.841),
            (4, 2.776, 4.604),
            (5, 2.571, 4.032),
            (6, 2.447, 3.707),
            (7, 2.365, 3.499),
            (8, 2.306, 3.355),
            (9, 2.262, 3.250),
            (10, 2.228, 3.169),
            (15, 2.131, 2.947),
            (20, 2.086, 2.845),
            (30, 2.042, 2.750),
            (60, 2.000, 2.660),
            (120, 1.980, 2.617),
        ];
        for (freedom, at_95, at_99) in rows {
            assert!((two_sided(0.95, freedom) - at_95).abs() < 6e-4, "{freedom}");
            assert!((two_sided(0.99, freedom) - at_99).abs() < 6e-4, "{freedom}");
        }
        // With the largest number of degrees, it is the normal distribution.
        assert!((two_sided(0.95, 1_000_000) - 1.959_966).abs() < 1e-5);
    }
}
