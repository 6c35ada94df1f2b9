//! Power laws of measurements.

use crate::student;
use serde::Serialize;

/// `factor * size^exponent`, fitted by least squares on logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerLaw {
    /// The number of measurements in the fit.
    pub points: usize,
    /// The smallest size among them.
    pub from: f64,
    /// The largest size among them.
    pub to: f64,
    /// The exponent.
    pub exponent: f64,
    /// The lower end of the 95 % interval of the exponent, by Student's t. The interval assumes
    /// independent errors and a true power law. If the law changes with the size, it says little,
    /// and [`Self::last_step`] says more.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The value of the law at size 1, in the unit of the measurements.
    pub factor: f64,
    /// The share of the variance of the logarithms that the law explains; `None` if they do not
    /// vary.
    pub r_squared: Option<f64>,
    /// The exponent between the last two measurements.
    pub last_step: f64,
}

/// The upper part of a series reaches down to this fraction of the largest size. Below it,
/// constants and other methods dominate.
const UPPER: f64 = 0.25;
/// The smallest number of sizes in the upper part.
const LEAST: usize = 5;
/// Any law fits two measurements.
const FEWEST: usize = 3;

impl PowerLaw {
    /// The law of (size, measurement), in increasing order of size, with positive measurements.
    /// `None` for fewer than three measurements, or if all have the same size.
    #[must_use]
    pub fn fit(measured: &[(f64, f64)]) -> Option<Self> {
        let count = measured.len() as f64;
        if measured.len() < FEWEST {
            return None;
        }
        let logs: Vec<(f64, f64)> = measured.iter().map(|(size, what)| (size.ln(), what.ln())).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / count;
        let (x, y) = (mean(|log| log.0), mean(|log| log.1));
        let sum = |of: &dyn Fn(f64, f64) -> f64| logs.iter().map(|log| of(log.0 - x, log.1 - y)).sum::<f64>();
        let (xx, xy, yy) = (sum(&|x, _| x * x), sum(&|x, y| x * y), sum(&|_, y| y * y));
        let exponent = xy / xx;
        let left = sum(&|x, y| (y - exponent * x).powi(2));
        let half = student::two_sided(0.95, measured.len() - 2) * (left / (count - 2.0) / xx).sqrt();
        let [.., (x0, y0), (x1, y1)] = logs[..] else { return None };
        let law = Self {
            points: measured.len(),
            from: measured.first()?.0,
            to: measured.last()?.0,
            exponent,
            low: exponent - half,
            high: exponent + half,
            factor: (y - exponent * x).exp(),
            r_squared: (yy > 0.0).then(|| 1.0 - left / yy),
            last_step: (y1 - y0) / (x1 - x0),
        };
        (law.exponent.is_finite() && half.is_finite() && law.last_step.is_finite()).then_some(law)
    }

    /// [`Self::fit`] to the upper part: sizes of at least a quarter of the largest, and in any case
    /// the five largest sizes.
    #[must_use]
    pub fn fit_upper(measured: &[(f64, f64)]) -> Option<Self> {
        let largest = measured.last()?.0;
        let below = measured.iter().take_while(|(size, _)| *size < UPPER * largest).count();
        Self::fit(&measured[below.min(measured.len().saturating_sub(LEAST))..])
    }

    /// The value of the law at a size.
    #[must_use]
    pub fn at(&self, size: f64) -> f64 {
        self.factor * size.powf(self.exponent)
    }
}
