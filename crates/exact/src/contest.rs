//! Finds the largest of many sums: floating point leaves few candidates, and exact arithmetic
//! decides.

use crate::Sum;
use std::cmp::Ordering;

/// Estimates are valid for sums of magnitudes below this, so that no partial sum overflows.
const LARGEST_MAGNITUDE: f64 = 1e300;
/// Magnitudes are raised to this, so that the loss by underflow is small compared to rounding.
pub const SMALLEST_MAGNITUDE: f64 = 1e-280;

/// A bound on the error of a sum computed in floating point in any order: `operations` roundings,
/// of terms whose magnitudes sum up to `magnitude`. NaN, "unknown", if the sum may have overflowed.
/// (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1; twice the unit
/// roundoff covers the higher orders and the errors of `magnitude` itself.)
#[must_use]
pub fn rounding_error(operations: usize, magnitude: f64) -> f64 {
    if operations == 0 {
        0.0
    } else if magnitude < LARGEST_MAGNITUDE {
        (operations + 4) as f64 * f64::EPSILON * magnitude
    } else {
        f64::NAN
    }
}

/// Many contests at once: in each, the choices that may have the largest exact value.
/// Floating-point estimates with error bounds find them (a static filter, as in exact geometric
/// predicates: Shewchuk 1997, section 1).
pub struct Contests {
    /// For each contest, a lower bound on the largest value.
    reached: Vec<f64>,
    contenders: Vec<Contender>,
    keep_ties: bool,
}

#[derive(Clone, Copy)]
struct Contender {
    contest: u32,
    choice: u32,
    /// An upper bound on its value; NaN if nothing is known.
    upper: f64,
}

impl Contests {
    /// Creates `count` contests, in which values up to `reached` do not matter.
    #[must_use]
    pub fn new(contests: usize, reached: f64) -> Self {
        Self { reached: vec![reached; contests], contenders: Vec::new(), keep_ties: false }
    }

    /// Contests that keep every choice that may equal the largest, not only one of them.
    #[must_use]
    pub fn with_ties(contests: usize) -> Self {
        Self { keep_ties: true, ..Self::new(contests, f64::NEG_INFINITY) }
    }

    /// Enters a choice whose exact value is within `error` of `estimate`. If either is NaN, the
    /// value may be anything. Enter the choices of a contest in increasing order.
    pub fn enter(&mut self, contest: usize, choice: usize, estimate: f64, error: f64) {
        let upper = estimate + error;
        let reached = &mut self.reached[contest];
        let beaten = if self.keep_ties { upper < *reached } else { upper <= *reached };
        if !beaten {
            self.contenders.push(Contender { contest: contest as u32, choice: choice as u32, upper });
            *reached = reached.max(estimate - error);
        }
    }

    /// Calls `decide(contest, choices)` for every contest that has a contender, both in increasing
    /// order. The largest value is that of one of the choices, or at most the bound that was given
    /// at the start.
    pub fn decide(mut self, mut decide: impl FnMut(usize, &[usize])) {
        // A choice that was beaten after it entered is left out. The comparison is negated so that
        // a NaN bound stays.
        #[allow(clippy::neg_cmp_op_on_partial_ord)]
        self.contenders.retain(|contender| !(contender.upper < self.reached[contender.contest as usize]));
        self.contenders.sort_unstable_by_key(|contender| (contender.contest, contender.choice));
        let mut choices = Vec::new();
        for contest in self.contenders.chunk_by(|a, b| a.contest == b.contest) {
            choices.clear();
            choices.extend(contest.iter().map(|contender| contender.choice as usize));
            decide(contest[0].contest as usize, &choices);
        }
    }
}

/// Buffers for the exact comparison of sums.
pub struct Judge {
    best: Sum,
    challenger: Sum,
    difference: Sum,
}

impl Default for Judge {
    fn default() -> Self {
        Self::new()
    }
}

impl Judge {
    /// Buffers for sums, all of them zero.
    #[must_use]
    pub fn new() -> Self {
        Self { best: Sum::new(), challenger: Sum::new(), difference: Sum::new() }
    }

    /// The first of the choices with the largest value, and that value. `evaluate` adds a choice's
    /// value to a cleared sum. `None` if there is no choice.
    pub fn largest(
        &mut self,
        choices: impl IntoIterator<Item = usize>,
        mut evaluate: impl FnMut(&mut Sum, usize),
    ) -> Option<(usize, &mut Sum)> {
        let mut choices = choices.into_iter();
        let mut winner = choices.next()?;
        self.best.clear();
        evaluate(&mut self.best, winner);
        for choice in choices {
            self.challenger.clear();
            evaluate(&mut self.challenger, choice);
            if self.compare_challenger() == Ordering::Greater {
                std::mem::swap(&mut self.best, &mut self.challenger);
                winner = choice;
            }
        }
        Some((winner, &mut self.best))
    }

    fn compare_challenger(&mut self) -> Ordering {
        compare(&self.challenger, &self.best, &mut self.difference)
    }
}

/// Compares two sums, with `difference` as a buffer.
pub fn compare(a: &Sum, b: &Sum, difference: &mut Sum) -> Ordering {
    difference.clear();
    difference.add_sum(a);
    difference.subtract_sum(b);
    difference.sign()
}
