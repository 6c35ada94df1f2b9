//! What the user could gain by not following a scheme.

use crate::verdict::{Deviation, ToleranceViolation, at_least};
use suasion_exact::Sum;

/// What the user could gain by disobeying.
#[derive(Clone)]
pub(crate) struct Disobedience {
    /// The total: for each recommendation, the gain of its best alternative, if it is positive.
    pub(crate) total: Sum,
    /// The recommendation with the largest gain; ties go to the first one.
    pub(crate) worst: Option<Deviation>,
    /// A gain that exceeds what is allowed for its stake.
    pub(crate) failure: Option<ToleranceViolation>,
}

impl Disobedience {
    /// No gain at all.
    pub(crate) fn none() -> Self {
        Self { total: Sum::new(), worst: None, failure: None }
    }

    /// Keeps the larger of the two totals, and a failure if there is one.
    pub(crate) fn enter(&mut self, other: Self) {
        if at_least(&other.total, &self.total) {
            (self.total, self.worst) = (other.total, other.worst);
        }
        self.failure = self.failure.or(other.failure);
    }

    /// Enters the gain of one way to disobey, and the stake between it and obedience. Gains that
    /// are not positive do not matter.
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
