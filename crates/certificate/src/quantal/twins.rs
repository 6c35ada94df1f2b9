//! Observations that no message needs to tell apart.
//!
//! Two observations are *twins* if, but for one factor, they have the same mass with every type and
//! the same reduced utilities and objectives. A message that is sent with probability `r` at one
//! and `s` at the other gives what it would give if it were sent with their mean, by mass, at both.
//! So twins are one observation, whose entries are the sums of theirs: every scheme of the game is
//! one of the merged game, with the same worth. Twins that are only nearly so count with what they
//! are off by as an error of the entries.

use super::input::{LOST, QuantalArrays};
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// Masses and objectives of twins agree to within this, relative to themselves: a few roundings.
const AGREE: f64 = 8.0 * f64::EPSILON;
/// The user's utilities of twins do to within this.
const CLOSELY_AGREE: f64 = 4.0 * LOST;
/// Products below this have lost digits.
const SMALLEST_PRODUCT: f64 = 1e-250;

/// A game whose twins are merged.
pub(super) struct Merged {
    /// The observations that each of those of the merged game stands for.
    pub groups: Vec<Vec<usize>>,
    mass: Matrix,
    user: Vec<Matrix>,
    user_rest: Vec<Matrix>,
    objective: Vec<Matrix>,
    error: f64,
    user_error: f64,
}

impl Merged {
    /// Merges twins among the observations with mass and leaves out the others; nothing, if more than
    /// `most` are left. The arrays have to fit together.
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
        // A sum of as many numbers of one sign as a group has members loses so many roundings.
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

/// How far two observations are from being twins: by mass and objective, and by the user's utility,
/// relative to the entries. `None` if they are none.
fn apart(arrays: &QuantalArrays<'_>, x: usize, y: usize) -> Option<(f64, f64)> {
    let (types, m) = (arrays.mass.rows(), arrays.user.first().map_or(0, Matrix::rows));
    let places = || (0..types).flat_map(|t| (0..m).map(move |a| (t, a)));
    let user = |(t, a): (usize, usize)| (utility(arrays, t, a, x), utility(arrays, t, a, y));
    let exactly = |matrix: &Matrix, row: usize| (TwoFloat::from(matrix[(row, x)]), TwoFloat::from(matrix[(row, y)]));
    let masses = |t: usize| exactly(arrays.mass, t);
    // The factor is that of the largest of the user's utilities, which are known best.
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

/// How far the pair that is furthest from a ratio is from it, if no pair is further than `allowed`.
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

/// How far one ratio is from another, relative to itself, with what the comparison loses. `None`
/// where numbers are too small or too large to tell.
fn off(pair: (TwoFloat, TwoFloat), factor: (TwoFloat, TwoFloat)) -> Option<f64> {
    if pair.0.hi() == 0.0 && pair.1.hi() == 0.0 {
        return Some(0.0);
    }
    let (left, right) = (pair.0 * factor.1, pair.1 * factor.0);
    let size = left.hi().abs().min(right.hi().abs());
    let is_known = size > SMALLEST_PRODUCT && left.hi().is_finite() && right.hi().is_finite();
    is_known.then(|| (left - right).hi().abs() / size + 0.25 * LOST)
}
