//! What the user could gain by not following a scheme.

use crate::verdict::{ToleranceViolation, at_least};
use suasion_exact::Sum;

/// The most profitable way to disobey one recommendation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The action that is recommended.
    pub recommended: usize,
    /// The action that the user would rather take.
    pub alternative: usize,
    /// What she gains by it in expectation over the whole game, rounded to nearest, in the unit of
    /// her utility.
    pub gain: f64,
}

/// What the user could gain by disobeying.
#[derive(Clone)]
pub(crate) struct Disobedience {
    /// In total: for each recommendation, what its best alternative gains, if anything.
    pub(crate) total: Sum,
    /// The recommendation where she gains most; of several, the first.
    pub(crate) worst: Option<Deviation>,
    /// A gain that is more than is allowed of what is at stake there.
    pub(crate) failure: Option<ToleranceViolation>,
}

impl Disobedience {
    /// None at all.
    pub(crate) fn none() -> Self {
        Self { total: Sum::new(), worst: None, failure: None }
    }

    /// Keeps the larger of the totals, and a failure if there is one.
    pub(crate) fn enter(&mut self, other: Self) {
        if at_least(&other.total, &self.total) {
            (self.total, self.worst) = (other.total, other.worst);
        }
        self.failure = self.failure.or(other.failure);
    }

    /// Enters what one way to disobey gains, and what is at stake between it and obeying. Gains
    /// that are not positive do not matter.
    pub(crate) fn weigh(&mut self, gain: &Sum, stake: f64, tolerance: f64) {
        let gain = gain.round();
        let allowed = (tolerance.max(0.0) * stake).min(f64::MAX);
        let worse = |failure: &ToleranceViolation| match *failure {
            ToleranceViolation::Violation { violation, .. } => gain > violation,
            _ => true,
        };
        if gain > allowed && self.failure.as_ref().is_none_or(worse) {
            self.failure = Some(ToleranceViolation::Violation { violation: gain, allowed });
        }
    }
}
