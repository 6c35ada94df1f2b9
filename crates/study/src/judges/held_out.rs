//! Errors on items that were held out.

use super::method::{Fitted, Method};
use super::ranking::area;
use super::{Judges, Scores};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_hull::{Factor, HullError};

/// What is drawn, so that no two kinds of draws share numbers.
#[derive(Clone, Copy)]
enum Kind {
    Folds,
    Items,
}

fn draws(seed: u64, kind: Kind, number: usize) -> ChaCha8Rng {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    draws.set_stream(((number as u64) << 1) | kind as u64);
    draws
}

/// The items of each fold in one of the repeats. Where the human says yes or no, each fold has its share of either.
pub(super) fn folds(study: &Judges, scores: &Scores, repeat: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..scores.items.len()).collect();
    order.shuffle(&mut draws(study.seed, Kind::Folds, repeat));
    if scores.binary {
        order.sort_by(|&a, &b| scores.human[a].total_cmp(&scores.human[b]));
    }
    (0..study.folds).map(|fold| order.iter().copied().skip(fold).step_by(study.folds).collect()).collect()
}

/// As many items of each fold, drawn anew from it: what is held out is never trained on.
pub(super) fn resampled(study: &Judges, folds: &[Vec<usize>], draw: usize) -> Vec<Vec<usize>> {
    let mut draws = draws(study.seed, Kind::Items, draw);
    let mut again = |fold: &Vec<usize>| fold.iter().map(|_| fold[draws.random_range(0..fold.len())]).collect();
    folds.iter().map(&mut again).collect()
}

/// A fold that was held out.
pub(super) struct Fold {
    /// How many items.
    pub items: usize,
    /// The mean squared error of each method, in the order of [`Method::ALL`].
    pub held_out: Vec<f64>,
    /// The area under the ROC curve, where the human says yes or no, and says both here.
    pub area: Vec<Option<f64>>,
    /// What each method says of its items.
    pub predicted: Vec<Vec<f64>>,
}

/// All folds, each predicted by what was fitted to the others; and the factor of all.
pub(super) fn held_out(scores: &Scores, folds: &[Vec<usize>]) -> Result<(Vec<Fold>, Factor), HullError> {
    let factors = folds.iter().map(|items| scores.factor(items)).collect::<Result<Vec<_>, _>>()?;
    let one = |(fold, items): (usize, &Vec<usize>)| {
        let others = factors.iter().enumerate().filter(|(other, _)| *other != fold);
        let fitted = Fitted::new(&Factor::sum(others.map(|(_, factor)| (factor, 1.0)))?)?;
        let human = |place: usize| scores.human[items[place]];
        let predicted: Vec<Vec<f64>> = fitted.predictors.iter().map(|predictor| predictor.of(scores, items)).collect();
        let ranked = |said: &Vec<f64>| if scores.binary { area(said, |place| human(place) == 1.0) } else { None };
        Ok(Fold {
            items: items.len(),
            held_out: predicted.iter().map(|said| mse(said, human)).collect(),
            area: predicted.iter().map(ranked).collect(),
            predicted,
        })
    };
    let all = folds.iter().enumerate().map(one).collect::<Result<_, HullError>>()?;
    Ok((all, Factor::sum(factors.iter().map(|factor| (factor, 1.0)))?))
}

/// The mean squared error of predictions.
pub(super) fn mse(said: &[f64], human: impl Fn(usize) -> f64) -> f64 {
    said.iter().enumerate().map(|(place, said)| (said - human(place)).powi(2)).sum::<f64>() / said.len() as f64
}

/// The mean squared error over the items of all folds, of each method.
pub(super) fn pooled(folds: &[Fold]) -> Vec<f64> {
    let items: usize = folds.iter().map(|fold| fold.items).sum();
    let of = |method: usize| folds.iter().map(|fold| fold.held_out[method] * fold.items as f64).sum::<f64>();
    (0..Method::ALL.len()).map(|method| of(method) / items as f64).collect()
}
