//! What every proof is: it knows its game, and what it comes to.

use crate::error::{Place, ProofError};
use crate::quantal::Enclosure;
use crate::verdict::Verdict;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::fmt::Debug;

pub(crate) use sealed::Sealed;

mod sealed {
    /// What only this crate implements.
    pub trait Sealed {}
}

/// A proof: whatever shows, given the game, that a result is as good as it is said to be.
///
/// Multipliers, trees and prices come from a solver that may be wrong. What a proof comes to is
/// worked out from the game and the proof alone, in exact arithmetic or in rigorous enclosures.
pub trait Proof: Sealed + Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// The game that the proof is about.
    type Game;
    /// What the proof comes to.
    type Claims: Claims;

    /// Puts lists that may be in any order into the one that [`Certificate::check`] asks for.
    #[doc(hidden)]
    fn order(&mut self) {}

    /// Marks the proof as one for which there was no time.
    #[doc(hidden)]
    fn hurry(&mut self) {}

    /// The claims that the proof supports, and whether they are within the tolerance. Work of
    /// unknown length goes on only as long as `going` says.
    #[doc(hidden)]
    fn evaluate(&self, game: &Self::Game, going: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError>;

    /// Works out what this proof comes to. Multipliers may be in any order and may be zero.
    ///
    /// # Errors
    /// If this is no proof for that game: an index is out of range or comes twice, a number is not
    /// what it may be, probabilities do not sum to one, a tree is not whole. The documentation of
    /// each proof says more.
    fn certify(self, game: &Self::Game) -> Result<(Certificate<Self>, Verdict), ProofError> {
        self.certify_within(game, &|| true)
    }

    /// The same, as long as `going` says that there is time. A proof whose work it ends is marked
    /// as hurried, and is checked as such.
    ///
    /// # Errors
    /// As [`Proof::certify`].
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

/// A proof with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Certificate<P: Proof> {
    /// The proof.
    pub proof: P,
    /// What it comes to.
    pub claims: P::Claims,
}

impl<P: Proof> Certificate<P> {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`Proof::certify`]; here lists must be in order), or a claim is
    /// not exactly what follows.
    pub fn check(&self, game: &P::Game) -> Result<Verdict, ProofError> {
        let (found, verdict) = self.proof.evaluate(game, &|| true)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}

/// What a proof comes to.
pub trait Claims: Sealed + Clone + Debug + PartialEq + Serialize + DeserializeOwned {
    /// Refuses claims that are not exactly what was found.
    #[doc(hidden)]
    fn check(&self, found: &Self) -> Result<(), ProofError>;
}

/// One claimed number.
pub trait Claim: Sealed + Copy + Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync {
    /// Refuses a claim that is not exactly what was found.
    #[doc(hidden)]
    fn check(self, found: Self, place: Place) -> Result<(), ProofError>;

    /// The number itself; of an enclosure, its middle; where there is none, infinity.
    #[must_use]
    fn number(self) -> f64;

    /// The same; of an enclosure, its lower end.
    #[must_use]
    fn least(self) -> f64 {
        self.number()
    }
}

/// A claimed bound, or what a gap to one amounts to.
pub trait Limit: Claim {
    /// The number, if anything is proved.
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

/// A bound that there may not be, which is as good as one at infinity.
impl Sealed for Option<f64> {}
impl Claim for Option<f64> {
    fn check(self, found: Self, place: Place) -> Result<(), ProofError> {
        self.number().check(found.number(), place)
    }

    fn number(self) -> f64 {
        self.unwrap_or(f64::INFINITY)
    }
}

impl Sealed for Enclosure {}
impl Claim for Enclosure {
    fn check(self, found: Self, place: Place) -> Result<(), ProofError> {
        self.low.check(found.low, place)?;
        self.high.check(found.high, place)
    }

    fn number(self) -> f64 {
        self.middle()
    }

    fn least(self) -> f64 {
        self.low
    }
}

/// Compares a list of claims with what was found.
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
    /// A bound, or what a gap to one amounts to.
    type Limit: Limit;
}

/// Values are exact, but for one rounding to nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exact {}

/// Values are rigorous enclosures, the same on every machine, and there may be no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosed {}

impl Sealed for Exact {}
impl Precision for Exact {
    type Value = f64;
    type Limit = f64;
}

impl Sealed for Enclosed {}
impl Precision for Enclosed {
    type Value = Enclosure;
    type Limit = Option<f64>;
}
