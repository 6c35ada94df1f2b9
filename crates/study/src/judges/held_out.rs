//! Errors on items that were held out.

use super::draws::{Kind, draws};
use super::method::{Fitted, JudgeMethod};
use super::ranking::area;
use super::{Judges, Scores};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use suasion_regression::{Factor, RegressionError};

/// Deals groups to parts in random order. If the human says yes or no, each part has its share of
/// both.
pub(super) fn deal(scores: &Scores, parts: usize, mut draws: ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..scores.groups.len()).collect();
    order.shuffle(&mut draws);
    if scores.binary {
        let mean = |group: usize| {
            let items = &scores.groups[group];
            items.iter().map(|&item| scores.human[item]).sum::<f64>() / items.len() as f64
        };
        order.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
    }
    (0..parts).map(|part| order.iter().copied().skip(part).step_by(parts).collect()).collect()
}

/// The groups of each fold in one repeat.
pub(super) fn folds(study: &Judges, scores: &Scores, repeat: usize) -> Vec<Vec<usize>> {
    deal(scores, study.folds, draws(study.seed, Kind::Folds, repeat))
}

/// A bootstrap sample of the groups of each fold. Sampling within folds keeps held-out items out of
/// training.
pub(super) fn resampled(study: &Judges, folds: &[Vec<usize>], draw: usize) -> Vec<Vec<usize>> {
    let mut draws = draws(study.seed, Kind::Groups, draw);
    let mut again = |fold: &Vec<usize>| fold.iter().map(|_| fold[draws.random_range(0..fold.len())]).collect();
    folds.iter().map(&mut again).collect()
}

/// Results on a fold that was held out.
pub(super) struct Fold {
    /// Its items, by index.
    pub items: Vec<usize>,
    /// The mean squared error of each method on its training items, in the order of
    /// [`JudgeMethod::ALL`].
    pub training: Vec<f64>,
    /// The mean squared error of each method on the fold's items.
    pub held_out: Vec<f64>,
    /// The area under the ROC curve, if the human says yes or no and says both in this fold.
    pub area: Vec<Option<f64>>,
    /// The predictions of each method for the fold's items.
    pub predicted: Vec<Vec<f64>>,
}

/// The results on all folds of groups. Each fold is predicted by fits to the other folds. Also
/// returns the factor of all items.
pub(super) fn held_out(scores: &Scores, folds: &[Vec<usize>]) -> Result<(Vec<Fold>, Factor), RegressionError> {
    let folds: Vec<Vec<usize>> = folds.iter().map(|groups| scores.items_of(groups)).collect();
    let factors = folds.iter().map(|items| scores.factor(items)).collect::<Result<Vec<_>, _>>()?;
    let one = |fold: usize| {
        let others = || (0..folds.len()).filter(|&other| other != fold);
        let fitted = Fitted::new(&Factor::sum(others().map(|other| (&factors[other], 1.0)))?)?;
        let (items, trained): (&[usize], Vec<usize>) =
            (&folds[fold], others().flat_map(|other| folds[other].iter().copied()).collect());
        let error = |items: &[usize], predicted: &[f64]| mse(predicted, |place| scores.human[items[place]]);
        let predicted: Vec<Vec<f64>> = fitted.predictors.iter().map(|predictor| predictor.of(scores, items)).collect();
        let is_yes = |place: usize| scores.human[items[place]] == 1.0;
        let ranked = |predicted: &Vec<f64>| if scores.binary { area(predicted, is_yes) } else { None };
        Ok(Fold {
            training: fitted.predictors.iter().map(|own| error(&trained, &own.of(scores, &trained))).collect(),
            held_out: predicted.iter().map(|predicted| error(items, predicted)).collect(),
            area: predicted.iter().map(ranked).collect(),
            predicted,
            items: items.into(),
        })
    };
    let all = (0..folds.len()).map(one).collect::<Result<_, RegressionError>>()?;
    Ok((all, Factor::sum(factors.iter().map(|factor| (factor, 1.0)))?))
}

/// The mean squared error of predictions.
pub(super) fn mse(predicted: &[f64], human: impl Fn(usize) -> f64) -> f64 {
    predicted.iter().enumerate().map(|(i, own)| (own - human(i)).powi(2)).sum::<f64>() / predicted.len() as f64
}

/// The mean squared error of each method over the items of all folds.
pub(super) fn pooled(folds: &[Fold]) -> Vec<f64> {
    let items: usize = folds.iter().map(|fold| fold.items.len()).sum();
    let of = |method: usize| folds.iter().map(|fold| fold.held_out[method] * fold.items.len() as f64).sum::<f64>();
    (0..JudgeMethod::ALL.len()).map(|method| of(method) / items as f64).collect()
}
