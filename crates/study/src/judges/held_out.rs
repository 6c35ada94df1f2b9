//! Errors on items that were held out.

use super::draws::{Kind, draws};
use super::method::{Fitted, Method};
use super::ranking::area;
use super::{Judges, Scores};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use suasion_regression::{Factor, RegressionError};

/// Deals groups in random order. Where the human says yes or no, each part has its share of either.
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

/// The groups of each fold in one of the repeats.
pub(super) fn folds(study: &Judges, scores: &Scores, repeat: usize) -> Vec<Vec<usize>> {
    deal(scores, study.folds, draws(study.seed, Kind::Folds, repeat))
}

/// As many groups of each fold, drawn anew from it: what is held out is never trained on.
pub(super) fn resampled(study: &Judges, folds: &[Vec<usize>], draw: usize) -> Vec<Vec<usize>> {
    let mut draws = draws(study.seed, Kind::Groups, draw);
    let mut again = |fold: &Vec<usize>| fold.iter().map(|_| fold[draws.random_range(0..fold.len())]).collect();
    folds.iter().map(&mut again).collect()
}

/// A fold that was held out.
pub(super) struct Fold {
    /// Its items, by place.
    pub items: Vec<usize>,
    /// The mean squared error of each method on what it was fitted to, in the order of [`Method::ALL`].
    pub training: Vec<f64>,
    /// The same on its items.
    pub held_out: Vec<f64>,
    /// The area under the ROC curve, where the human says yes or no, and says both here.
    pub area: Vec<Option<f64>>,
    /// What each method says of its items.
    pub predicted: Vec<Vec<f64>>,
}

/// All folds of groups, each predicted by what was fitted to the others; and the factor of all.
pub(super) fn held_out(scores: &Scores, folds: &[Vec<usize>]) -> Result<(Vec<Fold>, Factor), RegressionError> {
    let folds: Vec<Vec<usize>> = folds.iter().map(|groups| scores.items_of(groups)).collect();
    let factors = folds.iter().map(|items| scores.factor(items)).collect::<Result<Vec<_>, _>>()?;
    let one = |fold: usize| {
        let others = || (0..folds.len()).filter(|&other| other != fold);
        let fitted = Fitted::new(&Factor::sum(others().map(|other| (&factors[other], 1.0)))?)?;
        let (items, trained): (&[usize], Vec<usize>) =
            (&folds[fold], others().flat_map(|other| folds[other].iter().copied()).collect());
        let error = |items: &[usize], said: &[f64]| mse(said, |place| scores.human[items[place]]);
        let predicted: Vec<Vec<f64>> = fitted.predictors.iter().map(|predictor| predictor.of(scores, items)).collect();
        let is_yes = |place: usize| scores.human[items[place]] == 1.0;
        let ranked = |said: &Vec<f64>| if scores.binary { area(said, is_yes) } else { None };
        Ok(Fold {
            training: fitted.predictors.iter().map(|own| error(&trained, &own.of(scores, &trained))).collect(),
            held_out: predicted.iter().map(|said| error(items, said)).collect(),
            area: predicted.iter().map(ranked).collect(),
            predicted,
            items: items.into(),
        })
    };
    let all = (0..folds.len()).map(one).collect::<Result<_, RegressionError>>()?;
    Ok((all, Factor::sum(factors.iter().map(|factor| (factor, 1.0)))?))
}

/// The mean squared error of predictions.
pub(super) fn mse(said: &[f64], human: impl Fn(usize) -> f64) -> f64 {
    said.iter().enumerate().map(|(place, said)| (said - human(place)).powi(2)).sum::<f64>() / said.len() as f64
}

/// The mean squared error over the items of all folds, of each method.
pub(super) fn pooled(folds: &[Fold]) -> Vec<f64> {
    let items: usize = folds.iter().map(|fold| fold.items.len()).sum();
    let of = |method: usize| folds.iter().map(|fold| fold.held_out[method] * fold.items.len() as f64).sum::<f64>();
    (0..Method::ALL.len()).map(|method| of(method) / items as f64).collect()
}
