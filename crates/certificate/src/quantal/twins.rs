//! Observations that no message needs to distinguish.
//!
//! Two observations are *twins* if they have the same mass with every type and the same reduced
//! utilities and objectives, up to one common factor. Take a message that is sent with probability
//! `r` at one and `s` at the other. Its values do not change if it is sent with their mean, by
//! mass, at both. So twins can be merged into one observation, whose entries are the sums of
//! theirs: every scheme of the game is a scheme of the merged game, with the same value. If
//! observations are only nearly twins, their difference counts as an error of the entries.

use super::input::{LOST, QuantalArrays};
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// The relative tolerance within which masses and objectives of twins agree: a few roundings.
const AGREE: f64 = 8.0 * f64::EPSILON;
/// The same for the user's utilities.
const CLOSELY_AGREE: f64 = 4.0 * LOST;
/// Products below this have lost digits.
const SMALLEST_PRODUCT: f64 = 1e-250;

/// A game whose twins are merged.
pub(super) struct Merged {
    /// The observations that each observation of the merged game represents.
    pub groups: Vec<Vec<usize>>,
    mass: Matrix,
    user: Vec<Matrix>,
    user_rest: Vec<Matrix>,
    objective: Vec<Matrix>,
    error: f64,
    user_error: f64,
}

impl Merged {
    /// Merges twins among the observations with mass and leaves out the others; `None` if more than
    /// `most` remain. The arrays must fit together.
    pub(super) fn new(arrays: &QuantalArrays<'_>, most: usize) -> Option<Self> {
        let types = arrays.mass.rows();
        let mut groups: Vec<Vec<usize>> = vec![];
        let (mut off, mut user_off) = (0.0_f64, 0.0_f64);
        for x in (0..arrays.mass.columns()).filter(|&x| (0..types).any(|t| arrays.mass[(t, x)] > 0.0)) {
            let twin = groups.iter().enumerate().find_map(|(g, group)| Some((g, apart(arrays, group[0], x)?)));
            if let Some((g, apart)) = twin {
                groups[g].push(x);
                (off, user_off) = (off.max(apart.0), user_off.max(apart.1));
            } else if groups.len() < most {
                groups.push(vec![x]);
            } else {
                return None;
            }
        }
        let sum = |matrix: &Matrix| {
            let entry = |row: usize, g: usize| groups[g].iter().map(|&x| matrix[(row, x)]).sum::<f64>();
            Matrix::from_fn(matrix.rows(), groups.len(), entry)
        };
        let user = |t: usize, part: &dyn Fn(TwoFloat) -> f64| {
            let entry = |a: usize, g: usize| {
                let entries = groups[g].iter().map(|&x| utility(arrays, t, a, x));
                part(entries.fold(TwoFloat::default(), |sum, entry| sum + entry))
            };
            Matrix::from_fn(arrays.user[t].rows(), groups.len(), entry)
        };
        // A sum of numbers of one sign loses as many roundings as the group has members.
        let roundings = groups.iter().map(Vec::len).max().unwrap_or(1) as f64 - 1.0;
        Some(Self {
            mass: sum(arrays.mass),
            user: (0..types).map(|t| user(t, &|sum| sum.hi())).collect(),
            user_rest: (0..types).map(|t| user(t, &|sum| sum.lo())).collect(),
            objective: arrays.objective.iter().map(sum).collect(),
            error: arrays.error + 2.0 * off + roundings * f64::EPSILON,
            user_error: arrays.user_error + 2.0 * user_off + roundings * LOST,
            groups,
        })
    }

    pub(super) fn arrays(&self) -> QuantalArrays<'_> {
        QuantalArrays {
            mass: &self.mass,
            user: &self.user,
            user_rest: &self.user_rest,
            objective: &self.objective,
            error: self.error,
            user_error: self.user_error,
        }
    }
}

fn utility(arrays: &QuantalArrays<'_>, t: usize, a: usize, x: usize) -> TwoFloat {
    let value = arrays.user[t][(a, x)];
    arrays.user_rest.get(t).map_or(TwoFloat::from(value), |rest| TwoFloat::new_add(value, rest[(a, x)]))
}

/// The distance of two observations from being twins: by mass and objective, and by the user's
/// utility, relative to the entries. `None` if they are not twins.
fn apart(arrays: &QuantalArrays<'_>, x: usize, y: usize) -> Option<(f64, f64)> {
    let (types, m) = (arrays.mass.rows(), arrays.user.first().map_or(0, Matrix::rows));
    let places = || (0..types).flat_map(|t| (0..m).map(move |a| (t, a)));
    let user = |(t, a): (usize, usize)| (utility(arrays, t, a, x), utility(arrays, t, a, y));
    let exactly = |matrix: &Matrix, row: usize| (TwoFloat::from(matrix[(row, x)]), TwoFloat::from(matrix[(row, y)]));
    let masses = |t: usize| exactly(arrays.mass, t);
    // The factor comes from the largest of the user's utilities, which is known most precisely.
    let largest = places().map(user).max_by(|left, right| left.0.hi().abs().total_cmp(&right.0.hi().abs()))?;
    let factor = if largest.0.hi() == 0.0 { (0..types).map(masses).find(|mass| mass.0.hi() > 0.0)? } else { largest };
    if (factor.0.hi() > 0.0) != (factor.1.hi() > 0.0) {
        return None;
    }
    let mass = furthest((0..types).map(masses), factor, AGREE)?;
    let objective = furthest(places().map(|(t, a)| exactly(&arrays.objective[t], a)), factor, AGREE)?;
    let user = furthest(places().map(user), factor, CLOSELY_AGREE)?;
    Some((mass.max(objective), user))
}

/// The distance from a ratio of the pair that is furthest from it, if no pair is further than
/// `allowed`.
fn furthest(
    mut pairs: impl Iterator<Item = (TwoFloat, TwoFloat)>,
    ratio: (TwoFloat, TwoFloat),
    allowed: f64,
) -> Option<f64> {
    pairs.try_fold(0.0_f64, |furthest, pair| {
        let off = off(pair, ratio)?;
        (off <= allowed).then(|| furthest.max(off))
    })
}

/// The relative distance of one ratio from another, plus the loss in the comparison. `None` if
/// numbers are too small or too large to tell.
fn off(pair: (TwoFloat, TwoFloat), factor: (TwoFloat, TwoFloat)) -> Option<f64> {
    if pair.0.hi() == 0.0 && pair.1.hi() == 0.0 {
        return Some(0.0);
    }
    let (left, right) = (pair.0 * factor.1, pair.1 * factor.0);
    let size = left.hi().abs().min(right.hi().abs());
    let is_known = size > SMALLEST_PRODUCT && left.hi().is_finite() && right.hi().is_finite();
    is_known.then(|| (left - right).hi().abs() / size + 0.25 * LOST)
}
