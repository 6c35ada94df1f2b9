//! Whether one method beats another out of sample.

use super::held_out::Fold;
use super::method::Method;
use super::{Band, Judges};
use crate::student::two_sided;
use serde::Serialize;

/// The combinations that are compared with others, the hull itself first.
const HULLS: [Method; 4] = [Method::Simplex, Method::SimplexIntercept, Method::Nnls, Method::NnlsIntercept];
/// What they are compared with.
const RIVALS: [Method; 4] = [Method::BestSingle, Method::BestCalibrated, Method::CalibratedMean, Method::Constant];

/// How a method does against another, fold by fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The method: a combination, or any where the other is the constant.
    pub method: Method,
    /// The other method.
    pub rival: Method,
    /// By how much the held-out mean squared error of the method is smaller: the mean over folds.
    pub gain: f64,
    /// The same as a share of the other's error.
    pub share: f64,
    /// The interval of the gain over paired folds.
    pub interval: Band,
    /// The bootstrap interval of the gain; none without draws.
    pub bootstrap: Option<Band>,
    /// In which share of the folds the method is better.
    pub wins: f64,
}

/// What intervals say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The method is better.
    Better,
    /// It is worse.
    Worse,
    /// Neither is beyond chance.
    Even,
}

impl Comparison {
    /// What the interval over paired folds and that of the bootstrap say, if they agree.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let all = |says: &dyn Fn(&Band) -> bool| says(&self.interval) && self.bootstrap.as_ref().is_none_or(says);
        if all(&|band| band.low > 0.0) {
            Verdict::Better
        } else if all(&|band| band.high < 0.0) {
            Verdict::Worse
        } else {
            Verdict::Even
        }
    }
}

/// All pairs: combinations with what they are to beat, then what else may be better than the mean of the human.
pub(super) fn pairs() -> impl Iterator<Item = (Method, Method)> {
    let others = RIVALS.into_iter().filter(|method| *method != Method::Constant);
    let hulls = HULLS.into_iter().flat_map(|method| RIVALS.map(|rival| (method, rival)));
    hulls.chain(others.map(|method| (method, Method::Constant)))
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
