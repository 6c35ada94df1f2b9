//! Means with confidence intervals.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// The number of bootstrap draws for an interval.
pub const RESAMPLES: usize = 2000;

/// Summary of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanEstimate {
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub median: f64,
    /// The lower end of the 95 % interval of the mean.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl MeanEstimate {
    /// The estimate from a sample, or `None` for an empty one. The interval is the percentile
    /// bootstrap's (Efron & Tibshirani 1993, chapter 13). The seed and `stream` determine its
    /// draws.
    #[must_use]
    pub fn new(sample: &[f64], seed: u64, stream: u64) -> Option<Self> {
        if sample.is_empty() {
            return None;
        }
        let size = sample.len();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let mut resample = || (0..size).map(|_| sample[rng.random_range(0..size)]).sum::<f64>() / size as f64;
        let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resample()).collect();
        means.sort_by(f64::total_cmp);
        let mut sorted = sample.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            mean: sample.iter().sum::<f64>() / size as f64,
            median: quantile(&sorted, 0.5),
            low: quantile(&means, 0.025),
            high: quantile(&means, 0.975),
        })
    }
}

/// A quantile of sorted numbers, interpolated between neighbors (Hyndman & Fan 1996, type 7).
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (left, right) = (place.floor() as usize, place.ceil() as usize);
    sorted[left] + (place - left as f64) * (sorted[right] - sorted[left])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates() {
        assert_eq!(MeanEstimate::new(&[], 0, 0), None);
        let same = MeanEstimate::new(&[0.25; 7], 0, 0).unwrap();
        assert_eq!((same.mean, same.median, same.low, same.high), (0.25, 0.25, 0.25, 0.25));
        // The mean of n coins has a standard error of 1 / (2 sqrt n).
        let coins: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let found = MeanEstimate::new(&coins, 1, 0).unwrap();
        assert_eq!((found.mean, found.median), (0.5, 0.5));
        assert!((found.high - found.low - 2.0 * 1.96 * 0.025).abs() < 0.01, "{found:?}");
        assert_eq!(Some(found), MeanEstimate::new(&coins, 1, 0));
        assert_ne!(Some(found), MeanEstimate::new(&coins, 1, 1));
    }
}
