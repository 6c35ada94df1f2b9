//! Which of many sums is the largest: floating point narrows the field, exact arithmetic decides.

use crate::Sum;
use std::cmp::Ordering;

/// Estimates are taken for sums of magnitudes below this, so that no part of them overflows.
const LARGEST_MAGNITUDE: f64 = 1e300;
/// Magnitudes are raised to this, so that what underflow loses is small beside what rounding may lose.
pub const SMALLEST_MAGNITUDE: f64 = 1e-280;

/// A bound on the error of a sum computed in floating point in any order: `operations` roundings, of terms whose magnitudes
/// sum up to `magnitude`. NaN, "unknown", where the sum may have overflowed. (Higham 2002, "Accuracy and Stability of Numerical
/// Algorithms", section 3.1; twice the unit roundoff takes care of the higher orders and of the errors of `magnitude` itself.)
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

/// Many contests at once: in each, the choices that may have the largest exact value, found from estimates in floating point
/// with error bounds (a static filter, as in exact geometric predicates: Shewchuk 1997, section 1).
pub struct Contests {
    /// For each contest, what the largest value is known to reach.
    reached: Vec<f64>,
    contenders: Vec<Contender>,
    keep_ties: bool,
}

#[derive(Clone, Copy)]
struct Contender {
    contest: u32,
    choice: u32,
    /// What its value cannot exceed; NaN if nothing is known.
    upper: f64,
}

impl Contests {
    /// So many contests, in which values up to `reached` do not matter.
    #[must_use]
    pub fn new(contests: usize, reached: f64) -> Self {
        Self { reached: vec![reached; contests], contenders: Vec::new(), keep_ties: false }
    }

    /// Contests that keep every choice that may equal the largest, not only one of them.
    #[must_use]
    pub fn with_ties(contests: usize) -> Self {
        Self { keep_ties: true, ..Self::new(contests, f64::NEG_INFINITY) }
    }

    /// Enters a choice whose exact value is within `error` of `estimate`; with a NaN, it may be anything.
    /// The choices of a contest are entered in increasing order.
    pub fn enter(&mut self, contest: usize, choice: usize, estimate: f64, error: f64) {
        let upper = estimate + error;
        let reached = &mut self.reached[contest];
        let beaten = if self.keep_ties { upper < *reached } else { upper <= *reached };
        if !beaten {
            self.contenders.push(Contender { contest: contest as u32, choice: choice as u32, upper });
            *reached = reached.max(estimate - error);
        }
    }

    /// Calls `decide(contest, choices)` for every contest that has a contender, both in increasing order. The largest value is
    /// that of one of the choices, or at most what was known to be reached from the start.
    pub fn decide(mut self, mut decide: impl FnMut(usize, &[usize])) {
        // One that was beaten after it entered has no part any more; that a NaN bound stays is why it is written so.
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

/// Room for the exact comparison of sums.
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
    /// Room for sums, all of them zero.
    #[must_use]
    pub fn new() -> Self {
        Self { best: Sum::new(), challenger: Sum::new(), difference: Sum::new() }
    }

    /// The first of the choices with the largest value, and that value. `evaluate` adds a choice's value to a cleared sum.
    /// None if there is no choice.
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

/// Compares two sums, with `difference` as room to work in.
pub fn compare(a: &Sum, b: &Sum, difference: &mut Sum) -> Ordering {
    difference.clear();
    difference.add_sum(a);
    difference.subtract_sum(b);
    difference.sign()
}
