//! What a proof amounts to.

use crate::error::{Place, ProofError};
use crate::obedience::Deviation;
use std::cmp::Ordering;
use std::fmt;
use suasion_exact::Sum;

/// By how much a certified result may fall short of perfection, as a fraction of what is at stake (a pure number): the gap between
/// bound and value, of what the objective gets between the best and the worst of the outcomes at hand (the result's own, full
/// information, no information); what the user lacks of her floor, of the same for her; what she could gain by one alternative to one
/// recommendation, of what is at stake between these two. An exact result violates nothing at all and leaves a gap of a few roundings.
pub const TOLERANCE: f64 = 1e-7;

/// What a proof amounts to: how far the scheme is from the bound, and whether everything is within tolerance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The upper bound less the objective's value, rounded to nearest, in the unit of the objective. Negative if disobedience,
    /// or less than the floor, lets the scheme exceed the bound.
    pub gap: f64,
    /// What the follower could gain in total by not following, rounded to nearest, in the unit of her utility.
    pub violation: f64,
    /// Where the user gains most by not following, if she gains anywhere.
    pub worst: Option<Deviation>,
    /// What the user lacks of her floor, rounded to nearest, in the unit of her utility; 0 where she lacks nothing.
    pub shortfall: f64,
    /// Why the result is not certified; empty if it is.
    pub failures: Vec<ToleranceViolation>,
}

impl Verdict {
    /// Whether the result contradicts itself, so that it is not one.
    #[must_use]
    pub fn contradictory(&self) -> bool {
        let contradicts = |failure: &ToleranceViolation| {
            matches!(failure, ToleranceViolation::AboveBound { .. } | ToleranceViolation::BelowNoInformation { .. })
        };
        self.failures.iter().any(contradicts)
    }

    /// Whether the result is proved to be optimal within the tolerance.
    #[must_use]
    pub fn certified(&self) -> bool {
        self.failures.is_empty()
    }
}

/// A way in which a result misses the tolerance. Numbers are in the unit of the utility concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToleranceViolation {
    /// The bound is too far above the value.
    Gap {
        /// How far it is.
        gap: f64,
        /// How far it may be.
        allowed: f64,
    },
    /// The value exceeds its own upper bound: the result contradicts itself.
    AboveBound {
        /// By how much.
        by: f64,
        /// By how much it may.
        allowed: f64,
    },
    /// A rational user gets less than with no information: the result contradicts itself.
    BelowNoInformation {
        /// How much less.
        by: f64,
        /// How much less it may be.
        allowed: f64,
    },
    /// The follower gains too much by not following.
    Violation {
        /// What she gains.
        violation: f64,
        /// What she may gain.
        allowed: f64,
    },
    /// An agent could gain too much by another offer.
    Regret {
        /// Which agent.
        agent: usize,
        /// What it could gain at most.
        regret: f64,
        /// What it may gain.
        allowed: f64,
    },
    /// The user gets too little.
    Shortfall {
        /// What she lacks.
        shortfall: f64,
        /// What she may lack.
        allowed: f64,
    },
    /// There is no bound: too many observations have mass.
    Unbounded {
        /// How many have.
        observations: usize,
        /// How many may have.
        most: usize,
    },
    /// The error is too far above its lower bound.
    Misalignment {
        /// How far it is.
        gap: f64,
        /// How far it may be.
        allowed: f64,
    },
}

impl fmt::Display for ToleranceViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { gap, allowed } => write!(f, "the bound is {gap:e} above the value, and {allowed:e} is allowed"),
            Self::AboveBound { by, allowed } => {
                write!(f, "the value is {by:e} above its own bound, and {allowed:e} is allowed")
            }
            Self::BelowNoInformation { by, allowed } => {
                write!(f, "the user gets {by:e} less than with no information, and {allowed:e} is allowed")
            }
            Self::Violation { violation, allowed } => {
                write!(f, "not following gains {violation:e}, and {allowed:e} is allowed")
            }
            Self::Regret { agent, regret, allowed } => {
                write!(f, "agent {agent} may gain {regret:e} by another offer, and {allowed:e} is allowed")
            }
            Self::Shortfall { shortfall, allowed } => {
                write!(f, "the user lacks {shortfall:e} of her floor, and {allowed:e} is allowed")
            }
            Self::Unbounded { observations, most } => write!(
                f,
                "there is no bound against a quantal user who is told of {observations} observations, only of up to {most}"
            ),
            Self::Misalignment { gap, allowed } => {
                write!(f, "the lower bound is {gap:e} below the error, and {allowed:e} is allowed")
            }
        }
    }
}

/// What is allowed of a utility with such a range.
pub(crate) fn allowance(tolerance: f64, range: f64) -> f64 {
    // `max` also turns a tolerance that is not a number into none.
    (tolerance.max(0.0) * range).min(f64::MAX)
}

/// Whether a sum exceeds what is allowed, exactly.
pub(crate) fn exceeds(sum: &Sum, allowed: f64) -> bool {
    let mut difference = sum.clone();
    difference.subtract([allowed]);
    difference.sign() == Ordering::Greater
}

/// The nearest number, unless there is none.
pub(crate) fn nearest(sum: &Sum, place: Place) -> Result<f64, ProofError> {
    let rounded = sum.round();
    if rounded.is_finite() { Ok(rounded) } else { Err(ProofError::Overflow(place)) }
}

/// The largest number that is not above the sum, unless there is none.
pub(crate) fn round_down(sum: &Sum, place: Place) -> Result<f64, ProofError> {
    let rounded = nearest(sum, place)?;
    let mut difference = sum.clone();
    difference.subtract([rounded]);
    Ok(if difference.sign() == Ordering::Less { rounded.next_down() } else { rounded })
}

/// The sum as a number and what is left of it, rounded down: a level does not cost it any digits.
pub(crate) fn split_down(sum: &Sum, place: Place) -> Result<[f64; 2], ProofError> {
    let first = nearest(sum, place)?;
    let mut rest = sum.clone();
    rest.subtract([first]);
    Ok([first, round_down(&rest, place)?])
}

/// Whether one sum is at least another.
pub(crate) fn at_least(sum: &Sum, other: &Sum) -> bool {
    let mut difference = sum.clone();
    difference.subtract_sum(other);
    difference.sign() != Ordering::Less
}
