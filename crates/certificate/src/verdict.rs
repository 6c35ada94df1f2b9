//! The verdict on a proof.

use crate::error::{Place, ProofError};
use std::cmp::Ordering;
use std::fmt;
use suasion_exact::Sum;

/// The tolerance of a certified result, as a fraction of the stake (a pure number). It limits the
/// gap between bound and value, relative to the objective's stake between the best and the worst of
/// three outcomes (the result, full information, no information). It limits the user's shortfall
/// from her floor, relative to her own stake. It limits what she could gain by one alternative to
/// one recommendation, relative to the stake between these two. An exact result has no violation at
/// all, and a gap of a few roundings.
pub const TOLERANCE: f64 = 1e-7;

/// The most profitable way to disobey one recommendation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The recommended action.
    pub recommended: usize,
    /// The action that the user prefers.
    pub alternative: usize,
    /// Her gain in expectation over the whole game, rounded to nearest, in the unit of her utility.
    pub gain: f64,
}

/// The verdict on a proof: how far the scheme is from the bound, and whether everything is within
/// tolerance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// The upper bound less the objective's value, rounded to nearest, in the unit of the
    /// objective. Negative if the scheme exceeds the bound because of disobedience or a shortfall.
    pub gap: f64,
    /// The total that the follower could gain by not following, rounded to nearest, in the unit of
    /// her utility.
    pub violation: f64,
    /// Where the user gains most by not following, if she gains anywhere.
    pub worst: Option<Deviation>,
    /// How far the user's value is below her floor, rounded to nearest, in the unit of her utility;
    /// 0 if it is not below.
    pub shortfall: f64,
    /// Why the result is not certified; empty if it is.
    pub failures: Vec<ToleranceViolation>,
}

impl Verdict {
    /// Whether the result contradicts itself, so that it is not a result.
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
        /// The gap.
        gap: f64,
        /// The allowed gap.
        allowed: f64,
    },
    /// The value exceeds its own upper bound: the result contradicts itself.
    AboveBound {
        /// The excess.
        by: f64,
        /// The allowed excess.
        allowed: f64,
    },
    /// A rational user gets less than under no information: the result contradicts itself.
    BelowNoInformation {
        /// The difference.
        by: f64,
        /// The allowed difference.
        allowed: f64,
    },
    /// The follower gains too much by not following.
    Violation {
        /// The gain.
        violation: f64,
        /// The allowed gain.
        allowed: f64,
    },
    /// An agent could gain too much by another offer.
    Regret {
        /// Which agent.
        agent: usize,
        /// The most that it could gain.
        regret: f64,
        /// The allowed gain.
        allowed: f64,
    },
    /// The user gets too little.
    Shortfall {
        /// The shortfall.
        shortfall: f64,
        /// The allowed shortfall.
        allowed: f64,
    },
    /// There is no bound: too many observations have mass.
    Unbounded {
        /// The number of observations with mass.
        observations: usize,
        /// The largest number for which there is a bound.
        most: usize,
    },
    /// The error is too far above its lower bound.
    Misalignment {
        /// The gap.
        gap: f64,
        /// The allowed gap.
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
                write!(f, "the gain of not following is {violation:e}, and {allowed:e} is allowed")
            }
            Self::Regret { agent, regret, allowed } => {
                write!(f, "agent {agent} may gain {regret:e} by another offer, and {allowed:e} is allowed")
            }
            Self::Shortfall { shortfall, allowed } => {
                write!(f, "the user gets {shortfall:e} less than her floor, and {allowed:e} is allowed")
            }
            Self::Unbounded { observations, most } => write!(
                f,
                "there is no bound against a quantal user with {observations} observations, only with up to {most}"
            ),
            Self::Misalignment { gap, allowed } => {
                write!(f, "the lower bound is {gap:e} below the error, and {allowed:e} is allowed")
            }
        }
    }
}

/// What is allowed of a utility with this range.
pub(crate) fn allowance(tolerance: f64, range: f64) -> f64 {
    // `max` also turns a NaN tolerance into zero.
    (tolerance.max(0.0) * range).min(f64::MAX)
}

/// Whether a sum exceeds what is allowed, exactly.
pub(crate) fn exceeds(sum: &Sum, allowed: f64) -> bool {
    let mut difference = sum.clone();
    difference.subtract([allowed]);
    difference.sign() == Ordering::Greater
}

/// The nearest number; an error if it overflows.
pub(crate) fn nearest(sum: &Sum, place: Place) -> Result<f64, ProofError> {
    let rounded = sum.round();
    if rounded.is_finite() { Ok(rounded) } else { Err(ProofError::Overflow(place)) }
}

/// The largest number that is at most the sum; an error if there is none.
pub(crate) fn round_down(sum: &Sum, place: Place) -> Result<f64, ProofError> {
    let rounded = nearest(sum, place)?;
    let mut difference = sum.clone();
    difference.subtract([rounded]);
    Ok(if difference.sign() == Ordering::Less { rounded.next_down() } else { rounded })
}

/// The sum as a number plus its remainder, rounded down, so that a large level costs no digits.
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
