//! Whether one method beats another out of sample.

use super::held_out::Fold;
use super::method::JudgeMethod;
use super::{Band, Judges};
use crate::student::two_sided;
use serde::Serialize;

/// The combinations that are compared, starting with the hull itself.
const HULLS: [JudgeMethod; 4] =
    [JudgeMethod::Simplex, JudgeMethod::SimplexIntercept, JudgeMethod::Nnls, JudgeMethod::NnlsIntercept];
/// The methods that they are compared with.
const RIVALS: [JudgeMethod; 4] =
    [JudgeMethod::BestSingle, JudgeMethod::BestCalibrated, JudgeMethod::CalibratedMean, JudgeMethod::Constant];

/// The comparison of a method with another, over folds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The method: a combination, or any method if the other one is the constant.
    pub method: JudgeMethod,
    /// The other method.
    pub rival: JudgeMethod,
    /// How much smaller the method's held-out mean squared error is: the mean over folds.
    pub gain: f64,
    /// The gain as a share of the other method's error.
    pub share: f64,
    /// The interval of the gain over paired folds.
    pub interval: Band,
    /// The bootstrap interval of the gain; `None` without draws.
    pub bootstrap: Option<Band>,
    /// The share of folds in which the method is better.
    pub wins: f64,
}

/// The verdict of the intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JudgesVerdict {
    /// The method is better.
    Better,
    /// It is worse.
    Worse,
    /// The difference is not significant.
    Even,
}

impl Comparison {
    /// The verdict of the interval over paired folds and of the bootstrap interval, if they agree.
    #[must_use]
    pub fn verdict(&self) -> JudgesVerdict {
        let all = |says: &dyn Fn(&Band) -> bool| says(&self.interval) && self.bootstrap.as_ref().is_none_or(says);
        if all(&|band| band.low > 0.0) {
            JudgesVerdict::Better
        } else if all(&|band| band.high < 0.0) {
            JudgesVerdict::Worse
        } else {
            JudgesVerdict::Even
        }
    }
}

/// All pairs: combinations with the methods they should beat, then other methods that may beat the
/// mean of the human.
pub(super) fn pairs() -> impl Iterator<Item = (JudgeMethod, JudgeMethod)> {
    let others = RIVALS.into_iter().filter(|method| *method != JudgeMethod::Constant);
    let hulls = HULLS.into_iter().flat_map(|method| RIVALS.map(|rival| (method, rival)));
    hulls.chain(others.map(|method| (method, JudgeMethod::Constant)))
}

/// Compares two methods on the folds of all repeats.
///
/// Folds share their training items, so the variance of their mean is not that of independent
/// folds. It is corrected by the ratio of held-out items to training items (Nadeau & Bengio 2003,
/// "Inference for the generalization error").
pub(super) fn compare(study: &Judges, folds: &[Fold], method: JudgeMethod, rival: JudgeMethod) -> Comparison {
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
