//! Rounds weights that nearly cancel each other so that the rounding errors cancel, too.

use crate::options::AlignOptions;
use std::ops::Range;
use suasion_certificate::Offset;
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// The two most influential weights move by up to this many units in the last place.
const MOVES: i32 = 40;
/// How many common factors are tried for weights that count relative to their sum, and the step
/// between them.
const FACTORS: i32 = 40_000;
const FACTOR_STEP: f64 = 2e-14;
/// How many roundings are returned.
const BEST: usize = 4;

/// The best roundings of weights that are known to more digits: those whose rounding errors change
/// the weighted sum of the utilities least, up to the offset.
pub(crate) fn roundings(weights: &[TwoFloat], agents: &[&Matrix], options: &AlignOptions) -> Vec<Vec<f64>> {
    let used: Vec<usize> = (0..weights.len()).filter(|&i| weights[i].hi() > 0.0).collect();
    let mut candidates = Vec::new();
    if options.simplex {
        for step in 1..=FACTORS {
            let factor = 1.0 + f64::from(step) * FACTOR_STEP;
            candidates.push((factor, weights.iter().map(|weight| factor * weight.hi()).collect::<Vec<f64>>()));
        }
    } else {
        let mut order = used.clone();
        let moved = |&i: &usize| weights[i].hi() * options.offset.stake(agents[i]);
        order.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
        let &[first, second, ..] = &order[..] else { return Vec::new() };
        let unit = |i: usize| weights[i].hi().next_up() - weights[i].hi();
        for near in -MOVES..=MOVES {
            for far in -MOVES..=MOVES {
                let mut other: Vec<f64> = weights.iter().map(TwoFloat::hi).collect();
                other[first] += f64::from(near) * unit(first);
                other[second] += f64::from(far) * unit(second);
                candidates.push((1.0, other));
            }
        }
    }
    candidates.retain(|(_, rounded)| rounded.iter().all(|weight| (0.0..=f64::MAX).contains(weight)));
    // The rounding error of a scaled weight, divided by the scale.
    let lost = |i: usize, rounded: f64, factor: f64| (rounded - weights[i] * factor).hi() / factor;
    let loss = |(factor, rounded): &(f64, Vec<f64>)| {
        let lost: Vec<(f64, &Matrix)> = used.iter().map(|&i| (lost(i, rounded[i], *factor), agents[i])).collect();
        size(&lost, options.offset)
    };
    let mut judged: Vec<(f64, usize)> = candidates.iter().map(loss).enumerate().map(|(k, loss)| (loss, k)).collect();
    judged.sort_by(|a, b| a.0.total_cmp(&b.0));
    judged.into_iter().take(BEST).map(|(_, k)| std::mem::take(&mut candidates[k].1)).collect()
}

/// The stake of a weighted sum of utilities, with weights of either sign.
fn size(weighted: &[(f64, &Matrix)], offset: Offset) -> f64 {
    let Some(&(_, first)) = weighted.first() else { return 0.0 };
    let range = |states: Range<usize>, base: Option<usize>| {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for y in states {
            for a in 0..first.rows() {
                let part = |&(weight, utility): &(f64, &Matrix)| {
                    weight * (utility[(a, y)] - base.map_or(0.0, |state| utility[(0, state)]))
                };
                let sum: f64 = weighted.iter().map(part).sum();
                (low, high) = (low.min(sum), high.max(sum));
            }
        }
        if base.is_some() { high - low } else { high.max(-low) }
    };
    match offset {
        Offset::None => range(0..first.columns(), None),
        Offset::Constant => range(0..first.columns(), Some(0)),
        Offset::PerState => (0..first.columns()).map(|y| range(y..y + 1, Some(y))).fold(0.0, f64::max),
    }
}
