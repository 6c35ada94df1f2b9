//! The error of weights, and the offset that makes it smallest.

use super::Offset;
use super::masses::Masses;
use crate::verdict::at_least;
use suasion_exact::Sum;
use suasion_exact::{Judge, SMALLEST_MAGNITUDE, rounding_error};
use suasion_model::Matrix;

/// How many states are processed together.
const BLOCK: usize = 256;

/// The residuals of the weights, times the unit.
pub(super) struct Residuals {
    /// The error with the best offset.
    pub(super) error: Sum,
    /// The best offset: nothing, one number, or one per state.
    pub(super) offset: Vec<Sum>,
}

/// The error of the weighted sum of the agents' utilities, less the user's utility, up to the best
/// offset. The best offset is the middle of the range, over all entries or state by state. The
/// user's utility counts as often as the unit says, and all numbers are in that unit. Floating
/// point finds the entries where the range may end; those entries are summed exactly.
pub(super) fn error(
    user: &Matrix,
    agents: &[&Matrix],
    weights: &[f64],
    (unit, offset): (&Masses, Offset),
) -> Residuals {
    let weighted: Vec<(f64, &Matrix)> =
        weights.iter().zip(agents).filter(|&(&weight, _)| weight > 0.0).map(|(&w, &agent)| (w, agent)).collect();
    let terms = Terms { user, unit: unit.all(), weighted, factor: if offset == Offset::None { 1.0 } else { 0.5 } };
    let mut found = Residuals { error: Sum::new(), offset: Vec::new() };
    let mut judge = Judge::new();
    let states = user.columns();
    let mut all = Ends::default();
    for first in (0..states).step_by(BLOCK) {
        let width = BLOCK.min(states - first);
        if offset == Offset::PerState {
            let mut ends: Vec<Ends> = (0..width).map(|_| Ends::default()).collect();
            terms.enter(first, width, |state, action, estimate, error| {
                ends[state - first].enter((action, state), estimate, error);
            });
            for end in ends {
                let (high, low) = end.decide(&terms, &mut judge);
                found.take(&high, &low);
            }
        } else {
            terms.enter(first, width, |state, action, estimate, error| all.enter((action, state), estimate, error));
        }
    }
    if offset != Offset::PerState {
        let (high, low) = all.decide(&terms, &mut judge);
        if offset == Offset::None {
            found.error = if at_least(&high, &low) { high } else { low };
        } else {
            found.take(&high, &low);
        }
    }
    found
}

impl Residuals {
    /// Enters a state, or all states: the largest half residual, and the largest negative one.
    fn take(&mut self, high: &Sum, low: &Sum) {
        let mut half = high.clone();
        half.add_sum(low);
        let mut middle = low.clone();
        middle.subtract_sum(high);
        if at_least(&half, &self.error) {
            self.error = half;
        }
        self.offset.push(middle);
    }
}

/// The parts of the residuals.
struct Terms<'a> {
    user: &'a Matrix,
    /// How often the user's utility counts, as a sum.
    unit: &'a [f64],
    weighted: Vec<(f64, &'a Matrix)>,
    /// Residuals are multiplied by this.
    factor: f64,
}

impl Terms<'_> {
    /// Calls `enter(state, action, estimate, error)` for the residuals of some states.
    fn enter(&self, first: usize, width: usize, mut enter: impl FnMut(usize, usize, f64, f64)) {
        let operations = 2 * self.weighted.len() + self.unit.len() + 3;
        let unit: f64 = self.unit.iter().sum();
        let states = first..first + width;
        let (mut sums, mut magnitudes) = (vec![0.0; width], vec![0.0; width]);
        for action in 0..self.user.rows() {
            let user = &self.user.row(action)[states.clone()];
            for ((sum, magnitude), &utility) in sums.iter_mut().zip(&mut magnitudes).zip(user) {
                *sum = -unit * utility;
                *magnitude = (unit * utility).abs() + SMALLEST_MAGNITUDE;
            }
            for &(weight, utility) in &self.weighted {
                let row = &utility.row(action)[states.clone()];
                for ((sum, magnitude), &utility) in sums.iter_mut().zip(&mut magnitudes).zip(row) {
                    let part = weight * utility;
                    *sum += part;
                    *magnitude += part.abs();
                }
            }
            for (state, (&sum, &magnitude)) in states.clone().zip(sums.iter().zip(&magnitudes)) {
                enter(state, action, sum, rounding_error(operations, magnitude));
            }
        }
    }

    /// Adds a residual, or its negative.
    fn add(&self, sum: &mut Sum, (action, state): (usize, usize), positive: bool) {
        let factor = if positive { self.factor } else { -self.factor };
        for &part in self.unit {
            sum.subtract([factor, part, self.user[(action, state)]]);
        }
        for &(weight, utility) in &self.weighted {
            sum.add([factor, weight, utility[(action, state)]]);
        }
    }
}

/// The entries where a range may end: those with the largest residual, and those with the largest
/// negative residual.
#[derive(Default)]
struct Ends {
    high: Side,
    low: Side,
}

struct Side {
    /// A lower bound on the largest residual.
    reached: f64,
    /// Entries that may exceed it, each with its upper bound. A bound that is not a number means
    /// that nothing is known, and the entry stays.
    contenders: Vec<((usize, usize), f64)>,
}

impl Default for Side {
    fn default() -> Self {
        Self { reached: f64::NEG_INFINITY, contenders: Vec::new() }
    }
}

impl Ends {
    fn enter(&mut self, entry: (usize, usize), estimate: f64, error: f64) {
        self.high.enter(entry, estimate, error);
        self.low.enter(entry, -estimate, error);
    }

    /// The largest residual, and the largest negative one.
    fn decide(self, terms: &Terms<'_>, judge: &mut Judge) -> (Sum, Sum) {
        (self.high.decide(terms, true, judge), self.low.decide(terms, false, judge))
    }
}

impl Side {
    fn enter(&mut self, entry: (usize, usize), estimate: f64, error: f64) {
        let beaten = estimate + error <= self.reached;
        if !beaten {
            self.contenders.push((entry, estimate + error));
            self.reached = self.reached.max(estimate - error);
        }
    }

    #[allow(clippy::neg_cmp_op_on_partial_ord, reason = "a bound that is not a number stays")]
    fn decide(mut self, terms: &Terms<'_>, positive: bool, judge: &mut Judge) -> Sum {
        self.contenders.retain(|&(_, upper)| !(upper < self.reached));
        let residual = |sum: &mut Sum, k: usize| terms.add(sum, self.contenders[k].0, positive);
        let largest = judge.largest(0..self.contenders.len(), residual);
        largest.map_or_else(Sum::new, |(_, largest)| largest.clone())
    }
}
