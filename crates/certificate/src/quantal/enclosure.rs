//! A real number between two known bounds, as a claim.

use crate::error::{Place, ProofError};
use crate::proof::{Claim, Precision, Sealed};
use serde::{Deserialize, Serialize};

/// A real number between two known bounds. Written as `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Enclosure {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Enclosure {
    /// The number in the middle.
    #[must_use]
    pub fn middle(&self) -> f64 {
        0.5 * self.low + 0.5 * self.high
    }
}

impl From<(f64, f64)> for Enclosure {
    fn from((low, high): (f64, f64)) -> Self {
        Self { low, high }
    }
}

impl From<Enclosure> for (f64, f64) {
    fn from(enclosure: Enclosure) -> Self {
        (enclosure.low, enclosure.high)
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

/// Values are rigorous enclosures, the same on every machine, and a bound may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosed {}

impl Sealed for Enclosed {}
impl Precision for Enclosed {
    type Value = Enclosure;
    type Limit = Option<f64>;
}
