//! Why a proof or a certificate is refused.

use std::fmt;

/// A number of a certificate or of its instance: a list, and a position in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The list, in words: "scheme entry", "multiplier".
    pub list: &'static str,
    /// The position in the list, from 0; `None` for a number that is not in a list.
    pub index: Option<usize>,
}

impl Place {
    pub(crate) const fn alone(list: &'static str) -> Self {
        Self { list, index: None }
    }

    pub(crate) const fn item(list: &'static str, index: usize) -> Self {
        Self { list, index: Some(index) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            Some(index) => write!(f, "{} {index}", self.list),
            None => f.write_str(self.list),
        }
    }
}

/// Why a certificate is refused: it does not fit the instance, is not a valid proof, or makes a
/// false claim.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// An index is out of range.
    #[error("{place} names {set} {index}, but there are {size}")]
    OutOfRange {
        /// Where the index stands.
        place: Place,
        /// The set that it indexes.
        set: &'static str,
        /// The index.
        index: usize,
        /// The size of the set.
        size: usize,
    },
    /// A number is not allowed.
    #[error("{place} is {value}, not {expected}")]
    BadNumber {
        /// Where the number stands.
        place: Place,
        /// The number.
        value: f64,
        /// The numbers that are allowed.
        expected: &'static str,
    },
    /// A list is not in increasing order: an item is misplaced or occurs twice.
    #[error("{place} does not come after the one before it")]
    OutOfOrder {
        /// The first item that is out of order.
        place: Place,
    },
    /// A multiplier compares an action or a response with itself.
    #[error("{place} compares {index} with itself")]
    SelfComparison {
        /// Which multiplier.
        place: Place,
        /// The action or response.
        index: usize,
    },
    /// The probabilities of a distribution exceed one.
    #[error("the probabilities of {place} exceed one by {excess}")]
    Implausible {
        /// Which distribution.
        place: Place,
        /// By how much, rounded.
        excess: f64,
    },
    /// Probabilities that must sum to one exactly do not.
    #[error("the probabilities of {place} do not sum to one, but exceed it by {excess:e}")]
    NotOne {
        /// Which distribution.
        place: Place,
        /// How much they exceed one by, rounded; negative if they fall short.
        excess: f64,
    },
    /// Multipliers of double deviations exceed the truth-telling multiplier.
    #[error("the multipliers of one recommendation from {place} on exceed the truth-telling multiplier by {excess:e}")]
    Overspread {
        /// The first of them.
        place: Place,
        /// By how much, rounded.
        excess: f64,
    },
    /// The instance contradicts itself.
    #[error("{place} is {rows} x {columns}, not {expected_rows} x {expected_columns}")]
    Shape {
        /// Which table.
        place: Place,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The number of rows that it should have.
        expected_rows: usize,
        /// The number of columns that it should have.
        expected_columns: usize,
    },
    /// A set is empty that must not be.
    #[error("there are no {0}")]
    Empty(&'static str),
    /// The user has several types, and this certificate is for a user of one type.
    #[error("the user has {0} types, and this certificate is for a user of one type")]
    PrivatelyInformedUser(usize),
    /// Agents that observe different signals cannot offer the same scheme, and one scheme cannot
    /// compare them.
    #[error("the agents observe different signals, and this certificate is for agents that share their information")]
    DifferentSignals,
    /// An agent has no offer, or two.
    #[error("agent {agent} has {count}")]
    Offers {
        /// Which agent.
        agent: usize,
        /// How many offers it has.
        count: &'static str,
    },
    /// A floor is set, but the proof cannot have one.
    #[error("a proof against a quantal user has no floor")]
    Floor,
    /// A piece of an exclusion begins above the end of the piece before it, or ends before it
    /// begins.
    #[error("piece {0} leaves a gap: it must begin at or below the end of the piece before it, and end above it")]
    Uncovered(usize),
    /// A mixture of schemes gives the user less than it should.
    #[error("the mixture for agent {agent} at {at:?}, in piece {piece}, gives the user too little")]
    MixtureTooLow {
        /// In which piece.
        piece: usize,
        /// For which agent.
        agent: usize,
        /// What the user should get.
        at: f64,
    },
    /// An equilibrium is not shown to be impossible.
    #[error("piece {piece} does not exclude an equilibrium at {at:?}: the agents' deviations lack {lacking:e}")]
    NotExcluded {
        /// Which piece.
        piece: usize,
        /// Where.
        at: f64,
        /// By how much.
        lacking: f64,
    },
    /// The user's plan lacks a decision for something that happens, or has a decision for something
    /// that never happens.
    #[error(
        "the user's plan lacks a decision for something that happens, or has one for something that does not, at {0}"
    )]
    Decisions(Place),
    /// A conversation rule does not fit the protocol.
    #[error("the rule of agent {agent}: {cause}")]
    Rule {
        /// Whose rule.
        agent: usize,
        /// Why.
        cause: suasion_model::RuleError,
    },
    /// Something is too large.
    #[error("there are more than {most} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A probability is too small for binary64 numbers.
    #[error("a product of probabilities is too small for exact arithmetic")]
    TooSmall,
    /// A list of claims has the wrong length.
    #[error("{list} holds {claimed} claims, not {expected}")]
    ClaimCount {
        /// Which list.
        list: &'static str,
        /// How many it holds.
        claimed: usize,
        /// How many it should hold.
        expected: usize,
    },
    /// A list has the wrong length.
    #[error("{list}: found {found} numbers, expected {expected}")]
    Length {
        /// Which list.
        list: &'static str,
        /// How many it holds.
        found: usize,
        /// How many it should hold.
        expected: usize,
    },
    /// The weights of an alignment do not sum to one.
    #[error("the weights do not sum to one, but exceed it by {excess:e}")]
    OffSimplex {
        /// How much they exceed one by, rounded; negative if they fall short.
        excess: f64,
    },
    /// An offset may make a bound false, because the measure does not cancel it.
    #[error("{place} does not cancel the offset")]
    Uncancelled {
        /// The measure, or the pair.
        place: Place,
    },
    /// A claimed number differs from the true number after rounding.
    #[error("{place} is claimed to be {claimed:?}, but it is {found:?}")]
    FalseClaim {
        /// Which claim.
        place: Place,
        /// The claimed number.
        claimed: f64,
        /// The number that follows from the instance, rounded.
        found: f64,
    },
    /// A result exceeds the largest binary64 number.
    #[error("{0} exceeds the largest binary64 number")]
    Overflow(Place),
    /// The tree of leaves ends before every branch has its children.
    #[error("the tree ends before all its branches have their children")]
    UnfinishedTree,
    /// The tree goes on after it is complete.
    #[error("the tree is complete before node {0}")]
    OvergrownTree(usize),
    /// The groups of a branch do not partition the remaining responses of its follower type.
    #[error("node {node} does not partition the remaining responses of follower type {follower}")]
    BadBranch {
        /// Which node.
        node: usize,
        /// On which type it branches.
        follower: usize,
    },
}

/// Refuses an index that is out of range.
pub(crate) fn check_index(place: Place, set: &'static str, index: usize, size: usize) -> Result<(), ProofError> {
    if index < size { Ok(()) } else { Err(ProofError::OutOfRange { place, set, index, size }) }
}

/// Refuses a number that is negative, infinite or NaN.
pub(crate) fn check_nonnegative(place: Place, value: f64) -> Result<(), ProofError> {
    if value >= 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(ProofError::BadNumber { place, value, expected: "a finite number of at least 0" })
    }
}

/// Refuses a number outside of `(0, 1]`.
pub(crate) fn check_probability(place: Place, value: f64) -> Result<(), ProofError> {
    if value > 0.0 && value <= 1.0 {
        Ok(())
    } else {
        Err(ProofError::BadNumber { place, value, expected: "above 0 and at most 1" })
    }
}

/// Refuses a number outside of `[0, 1]`.
pub(crate) fn check_mass(place: Place, value: f64) -> Result<(), ProofError> {
    if (0.0..=1.0).contains(&value) {
        Ok(())
    } else {
        Err(ProofError::BadNumber { place, value, expected: "between 0 and 1" })
    }
}

/// Refuses an infinite number or NaN.
pub(crate) fn check_finite(place: Place, value: f64) -> Result<(), ProofError> {
    if value.is_finite() { Ok(()) } else { Err(ProofError::BadNumber { place, value, expected: "finite" }) }
}

/// Refuses a table with a number that is not finite.
pub(crate) fn check_all_finite(place: Place, values: &[f64]) -> Result<(), ProofError> {
    // Without an early exit the compiler can vectorize the loop.
    if values.iter().fold(false, |bad, value| bad | !value.is_finite()) {
        values.iter().try_for_each(|&value| check_finite(place, value))?;
    }
    Ok(())
}
