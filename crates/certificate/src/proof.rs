//! The trait of every proof: a proof names its game and supports its claims.

use crate::error::{Place, ProofError};
use crate::verdict::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fmt::Debug;

pub(crate) use sealed::Sealed;

mod sealed {
    /// Restricts implementations to this crate.
    pub trait Sealed {}
}

/// A proof: it shows, given the game, how good a result is.
///
/// Multipliers, trees and prices come from a solver that may be wrong. The claims are computed from
/// the game and the proof alone, in exact arithmetic or in rigorous enclosures.
pub trait Proof: Sealed + Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The game that the proof is about.
    type Game;
    /// The claims that the proof supports.
    type Claims: Claims;

    /// Sorts lists that may be in any order into the order that [`Certificate::check`] requires.
    #[doc(hidden)]
    fn order(&mut self) {}

    /// Marks the proof as one whose computation ran out of time.
    #[doc(hidden)]
    fn hurry(&mut self) {}

    /// The claims that the proof supports, and whether they are within the tolerance. Work of
    /// unknown length continues only while `going` returns true.
    #[doc(hidden)]
    fn evaluate(&self, game: &Self::Game, going: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError>;

    /// Computes the claims that this proof supports. Multipliers may be in any order and may be
    /// zero.
    ///
    /// # Errors
    /// If this is not a valid proof for that game: an index is out of range or occurs twice, a
    /// number is not allowed, probabilities do not sum to one, or a tree is incomplete. The
    /// documentation of each proof lists more.
    fn certify(self, game: &Self::Game) -> Result<(Certificate<Self>, Verdict), ProofError> {
        self.certify_within(game, &|| true)
    }

    /// The same, while `going` returns true. If `going` stops the work, the proof is marked as
    /// hurried, and is checked as such.
    ///
    /// # Errors
    /// The same as [`Proof::certify`].
    fn certify_within(
        mut self,
        game: &Self::Game,
        going: &dyn Fn() -> bool,
    ) -> Result<(Certificate<Self>, Verdict), ProofError> {
        self.order();
        let ended = Cell::new(false);
        let going = || {
            ended.set(ended.get() || !going());
            !ended.get()
        };
        let (mut claims, mut verdict) = self.evaluate(game, &going)?;
        if ended.get() {
            self.hurry();
            (claims, verdict) = self.evaluate(game, &going)?;
        }
        Ok((Certificate { proof: self, claims }, verdict))
    }
}

/// A proof with its claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Certificate<P: Proof> {
    /// The proof.
    pub proof: P,
    /// The claims.
    pub claims: P::Claims,
}

impl<P: Proof> Certificate<P> {
    /// Computes everything again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is not valid (see [`Proof::certify`]; in addition, lists must be in order), or
    /// a claim is not exactly what follows.
    pub fn check(&self, game: &P::Game) -> Result<Verdict, ProofError> {
        let (found, verdict) = self.proof.evaluate(game, &|| true)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}

/// The claims of a proof.
pub trait Claims: Sealed + Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Refuses claims that differ from the computed ones.
    #[doc(hidden)]
    fn check(&self, found: &Self) -> Result<(), ProofError>;
}

/// One claimed number.
pub trait Claim: Sealed + Copy + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// Refuses a claim that differs from the computed number.
    #[doc(hidden)]
    fn check(self, found: Self, place: Place) -> Result<(), ProofError>;

    /// The number itself. The middle of an enclosure. Infinity if there is no number.
    #[must_use]
    fn number(self) -> f64;

    /// The same, but the lower end of an enclosure.
    #[must_use]
    fn least(self) -> f64 {
        self.number()
    }
}

/// A claimed bound, or the gap to one.
pub trait Limit: Claim {
    /// The number, if a bound is proved.
    #[must_use]
    fn proved(self) -> Option<f64>;
}

impl Limit for f64 {
    fn proved(self) -> Option<f64> {
        Some(self)
    }
}

impl Limit for Option<f64> {
    fn proved(self) -> Option<f64> {
        self
    }
}

impl Sealed for f64 {}
impl Claim for f64 {
    fn check(self, found: Self, place: Place) -> Result<(), ProofError> {
        if self == found { Ok(()) } else { Err(ProofError::FalseClaim { place, claimed: self, found }) }
    }

    fn number(self) -> f64 {
        self
    }
}

/// An optional bound. If it is missing, it counts as infinite.
impl Sealed for Option<f64> {}
impl Claim for Option<f64> {
    fn check(self, found: Self, place: Place) -> Result<(), ProofError> {
        self.number().check(found.number(), place)
    }

    fn number(self) -> f64 {
        self.unwrap_or(f64::INFINITY)
    }
}

/// Compares a list of claims with the computed numbers.
pub(crate) fn check_list<V: Claim>(
    (list, item): (&'static str, &'static str),
    claimed: &[V],
    found: &[V],
) -> Result<(), ProofError> {
    if claimed.len() != found.len() {
        return Err(ProofError::ClaimCount { list, claimed: claimed.len(), expected: found.len() });
    }
    let mut pairs = claimed.iter().zip(found).enumerate();
    pairs.try_for_each(|(k, (claimed, found))| claimed.check(*found, Place::item(item, k)))
}

/// How precisely values are known.
pub trait Precision: Sealed + Copy + Debug + PartialEq + Send + Sync + 'static {
    /// A value.
    type Value: Claim;
    /// A bound, or the gap to one.
    type Limit: Limit;
}

/// Values are exact but for one rounding to nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {}

impl Sealed for Exact {}
impl Precision for Exact {
    type Value = f64;
    type Limit = f64;
}
