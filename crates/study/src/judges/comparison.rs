//! Whether one method beats another out of sample.

use super::held_out::Fold;
use super::method::Method;
use super::{Band, Judges};
use crate::student::two_sided;
use serde::Serialize;

/// The combinations that are compared, the hull itself first.
const HULLS: [Method; 4] = [Method::Simplex, Method::SimplexIntercept, Method::Nnls, Method::NnlsIntercept];
/// What they are compared with.
const RIVALS: [Method; 4] = [Method::BestSingle, Method::BestCalibrated, Method::CalibratedMean, Method::Constant];

/// How a combination does against another method, fold by fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The combination.
    pub method: Method,
    /// The other method.
    pub rival: Method,
    /// By how much the held-out mean squared error of the combination is smaller: the mean over folds.
    pub gain: f64,
    /// The same as a share of the other's error.
    pub share: f64,
    /// The interval of the gain over paired folds.
    pub interval: Band,
    /// The bootstrap interval of the gain; none without draws.
    pub bootstrap: Option<Band>,
    /// In which share of the folds the combination is better.
    pub wins: f64,
}

/// What an interval says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The combination is better.
    Better,
    /// It is worse.
    Worse,
    /// Neither is beyond chance.
    Even,
}

impl Comparison {
    /// What the interval over paired folds says.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.interval.low > 0.0 {
            Verdict::Better
        } else if self.interval.high < 0.0 {
            Verdict::Worse
        } else {
            Verdict::Even
        }
    }
}

/// All pairs.
pub(super) fn pairs() -> impl Iterator<Item = (Method, Method)> {
    HULLS.into_iter().flat_map(|method| RIVALS.map(|rival| (method, rival)))
}

/// Compares two methods on the folds of all repeats.
///
/// Folds share their training, so the variance of their mean is not that of independent ones: it is corrected by the ratio of what is held out
/// to what is trained on (Nadeau & Bengio 2003, "Inference for the generalization error").
pub(super) fn compare(study: &Judges, folds: &[Fold], method: Method, rival: Method) -> Comparison {
    let gains: Vec<f64> =
        folds.iter().map(|fold| fold.held_out[rival as usize] - fold.held_out[method as usize]).collect();
    let count = gains.len() as f64;
    let gain = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|other| (other - gain).powi(2)).sum::<f64>() / (count - 1.0);
    let ratio = 1.0 / (study.folds - 1) as f64;
    let reach = two_sided(study.confidence, gains.len() - 1) * ((1.0 / count + ratio) * variance).sqrt();
    let error = folds.iter().map(|fold| fold.held_out[rival as usize]).sum::<f64>() / count;
    Comparison {
        method,
        rival,
        gain,
        share: if error > 0.0 { gain / error } else { 0.0 },
        interval: Band { low: gain - reach, high: gain + reach },
        bootstrap: None,
        wins: gains.iter().filter(|gain| **gain > 0.0).count() as f64 / count,
    }
}
