//! A positive total that is known as a sum, and division by it.

use crate::error::{Place, ProofError};
use crate::verdict::nearest;
use std::cmp::Ordering;
use suasion_exact::Sum;

/// How many neighboring numbers are tried to round a quotient.
const NEIGHBOURS: usize = 8;

/// Numbers whose magnitudes are added.
pub(super) struct Masses {
    all: Vec<f64>,
    /// Their sum, rounded.
    total: f64,
}

impl Masses {
    pub(super) fn new<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> Result<Self, ProofError> {
        let all: Vec<f64> = numbers.into_iter().map(|number| number.abs()).filter(|&mass| mass > 0.0).collect();
        let mut total = Sum::new();
        for &mass in &all {
            total.add([mass]);
        }
        Ok(Self { total: nearest(&total, Place::alone("the mass of the measure"))?, all })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.all.is_empty()
    }

    /// The numbers in the total.
    pub(super) fn all(&self) -> &[f64] {
        &self.all
    }

    /// Subtracts the total times two factors.
    pub(super) fn subtract(&self, sum: &mut Sum, [a, b]: [f64; 2]) {
        if a != 0.0 && b != 0.0 {
            for &mass in &self.all {
                sum.subtract([a, b, mass]);
            }
        }
    }

    /// A number that is surely at least a positive sum divided by mass and stake, and not far above
    /// it; infinite if there is none.
    pub(super) fn rate(&self, sum: &Sum, stake: f64) -> f64 {
        let covers = |rate: f64| {
            let mut rest = sum.clone();
            self.subtract(&mut rest, [rate, stake]);
            rest.sign() != Ordering::Greater
        };
        let mut rate = (sum.round() / self.total / stake).max(f64::MIN_POSITIVE);
        let mut step = 4.0 * f64::EPSILON;
        while rate.is_finite() && !covers(rate) {
            rate *= 1.0 + step;
            step *= 2.0;
        }
        rate
    }

    /// A sum over the total, rounded twice.
    pub(super) fn ratio(&self, sum: &Sum, place: Place) -> Result<f64, ProofError> {
        let ratio = sum.round() / self.total;
        if ratio.is_finite() { Ok(ratio) } else { Err(ProofError::Overflow(place)) }
    }

    /// The largest number whose product with the total is at most the sum; `None` if it is not
    /// found near the floating-point quotient.
    pub(super) fn quotient_down(&self, sum: &Sum) -> Option<f64> {
        let fits = |quotient: f64| {
            let mut rest = sum.clone();
            self.subtract(&mut rest, [quotient, 1.0]);
            rest.sign() != Ordering::Less
        };
        let about = sum.round() / self.total;
        let neighbours = |next: fn(f64) -> f64| {
            let numbers = std::iter::successors(Some(about), move |&number| Some(next(number)));
            numbers.take(NEIGHBOURS).take_while(|number| number.is_finite())
        };
        let first = neighbours(f64::next_down).find(|&quotient| fits(quotient))?;
        if first < about { Some(first) } else { neighbours(f64::next_up).take_while(|&next| fits(next)).last() }
    }

    /// The smallest number whose product with the total is at least the sum; `None` as above.
    pub(super) fn quotient_up(&self, sum: &Sum) -> Option<f64> {
        let mut negative = Sum::new();
        negative.subtract_sum(sum);
        // A positive quotient must not become zero.
        self.quotient_down(&negative).map(|quotient| if quotient == 0.0 { 0.0 } else { -quotient })
    }
}
