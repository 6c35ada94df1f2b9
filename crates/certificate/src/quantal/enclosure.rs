//! A real number between two known bounds.

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
