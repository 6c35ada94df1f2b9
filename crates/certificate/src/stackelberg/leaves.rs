//! The bounds of a tree's leaves. Floating point finds the actions and the responses that may
//! attain the maxima, and those are summed exactly.

use crate::tree::{ResponseMultiplier, of_response, of_type};
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_exact::{Judge, SMALLEST_MAGNITUDE, compare, rounding_error};
use suasion_model::{FollowerType, StackelbergGame};

/// The leaves that were visited, and the largest bound among them.
pub(super) struct Leaves<'a> {
    game: &'a StackelbergGame,
    judge: Judge,
    /// The largest bound so far, or the threshold that bounds must exceed to matter.
    reached: Option<Sum>,
    /// Whether to report only leaves above the given threshold, each by itself.
    fixed: bool,
    difference: Sum,
}

/// A number between two known bounds; NaN means "unknown".
#[derive(Clone, Copy)]
struct Between {
    low: f64,
    high: f64,
}

impl Between {
    fn around(estimate: f64, error: f64) -> Self {
        Self { low: estimate - error, high: estimate + error }
    }

    /// The larger of two.
    fn max(self, other: Self) -> Self {
        // Unlike `f64::max`: an unknown upper bound stays unknown, but a known lower bound counts.
        let high = if self.high.is_nan() || other.high.is_nan() { f64::NAN } else { self.high.max(other.high) };
        Self { low: self.low.max(other.low), high }
    }

    /// Whether this number is surely smaller.
    fn is_below(self, low: f64) -> bool {
        self.high < low
    }
}

const NOTHING: Between = Between { low: f64::NEG_INFINITY, high: f64::NEG_INFINITY };

impl<'a> Leaves<'a> {
    /// Leaves whose largest bound is needed; or, with a threshold, leaves that exceed it.
    pub(super) fn new(game: &'a StackelbergGame, reached: Option<Sum>) -> Self {
        Self { game, judge: Judge::new(), fixed: reached.is_some(), reached, difference: Sum::new() }
    }

    /// The largest bound.
    pub(super) fn best(self) -> Option<Sum> {
        self.reached
    }

    /// Enters the bound of a leaf if it exceeds the earlier ones or the threshold. Returns whether
    /// it does.
    pub(super) fn visit(&mut self, left: &[Vec<bool>], multipliers: &[ResponseMultiplier]) -> bool {
        let (rows, columns) = (self.game.leader_actions.len(), self.game.follower_actions.len());
        let own: Vec<&[ResponseMultiplier]> = (0..left.len()).map(|t| of_type(multipliers, t)).collect();
        let mut prices = vec![NOTHING; rows * left.len() * columns];
        let mut totals = Vec::with_capacity(rows);
        for i in 0..rows {
            let (mut total, mut magnitude) = (Between { low: 0.0, high: 0.0 }, 0.0);
            for (t, kind) in self.game.types.iter().enumerate() {
                let mut most = NOTHING;
                let row = &mut prices[(i * left.len() + t) * columns..][..columns];
                for (j, price) in row.iter_mut().enumerate().filter(|(j, _)| left[t][*j]) {
                    *price = estimate(kind, i, j, of_response(own[t], j));
                    most = most.max(*price);
                }
                total = Between { low: total.low + most.low, high: total.high + most.high };
                magnitude += most.low.abs().max(most.high.abs());
            }
            let error = rounding_error(left.len(), magnitude + SMALLEST_MAGNITUDE);
            totals.push(Between { low: total.low - error, high: total.high + error });
        }
        let most = totals.iter().fold(NOTHING, |most, &total| most.max(total));
        if self.reached.as_ref().is_some_and(|reached| most.is_below(reached.round().next_down())) {
            return false;
        }
        let mut exceeds = false;
        for i in (0..rows).filter(|&i| !totals[i].is_below(most.low)) {
            let mut total = Sum::new();
            for (t, kind) in self.game.types.iter().enumerate() {
                let row = &prices[(i * left.len() + t) * columns..][..columns];
                let reached = row.iter().fold(NOTHING, |most, &price| most.max(price)).low;
                let near = (0..columns).filter(|&j| left[t][j] && !row[j].is_below(reached));
                let price = |sum: &mut Sum, j: usize| {
                    let follower = kind.follower.row(i);
                    sum.add([kind.probability, kind.leader[(i, j)]]);
                    for &(_, _, k, rho) in of_response(own[t], j) {
                        sum.add([rho, follower[j]]);
                        sum.subtract([rho, follower[k]]);
                    }
                };
                if let Some((_, largest)) = self.judge.largest(near, price) {
                    total.add_sum(largest);
                }
            }
            let reached = &mut self.reached;
            let larger = |reached: &Sum| compare(&total, reached, &mut self.difference) == Ordering::Greater;
            if reached.as_ref().is_none_or(larger) {
                exceeds = true;
                if self.fixed {
                    return true;
                }
                *reached = Some(total);
            }
        }
        exceeds
    }
}

/// The value of a response at an action of the leader, including prices. Only differences count,
/// and so does only their error.
fn estimate(kind: &FollowerType, i: usize, j: usize, multipliers: &[ResponseMultiplier]) -> Between {
    let follower = kind.follower.row(i);
    let worth = kind.probability * kind.leader[(i, j)];
    let (mut price, mut magnitude) = (worth, worth.abs());
    for &(_, _, k, rho) in multipliers {
        let term = rho * (follower[j] - follower[k]);
        price += term;
        magnitude += term.abs();
    }
    Between::around(price, rounding_error(3 * multipliers.len() + 2, magnitude + SMALLEST_MAGNITUDE))
}
