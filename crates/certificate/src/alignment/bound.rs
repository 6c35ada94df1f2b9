//! What a measure proves (see the [parent](super)).

use super::masses::Masses;
use super::{AlignmentProof, REACH};
use crate::error::ProofError;
use crate::verdict::{TOLERANCE, at_least};
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_model::Matrix;

/// The part of the tolerance that pays for the largest possible limit.
const SHARE: f64 = 0.25;

/// The lower bound on the objective of all weights, without the price of weights that sum to one.
pub(super) struct Bound {
    /// Rounded down.
    pub(super) value: f64,
    /// The bound is for weights with `sum_i w_i stake_i` at most this. `None` if it is for all
    /// weights.
    pub(super) limit: Option<f64>,
}

/// The bound that a measure proves, given the stakes of the user and of the agents.
pub(super) fn bound(
    proof: &AlignmentProof,
    user: &Matrix,
    agents: &[&Matrix],
    atoms: &[(usize, usize, f64)],
    (stake, stakes): (f64, &[f64]),
) -> Result<Bound, ProofError> {
    let masses = Masses::new(atoms.iter().map(|(_, _, mass)| mass))?;
    // Weights that sum to one all cost the same.
    let price = if proof.simplex { 0.0 } else { proof.slack };
    let nothing = Bound { value: 0.0, limit: None };
    if masses.is_zero() {
        return Ok(nothing);
    }
    let integral = |utility: &Matrix, price: f64| {
        let mut sum = Sum::new();
        for &(action, state, mass) in atoms {
            sum.add([mass, utility[(action, state)]]);
        }
        masses.subtract(&mut sum, [0.5, price]);
        sum
    };
    let mut value = integral(user, 0.0);
    let brackets = agents.iter().map(|agent| integral(agent, price));
    let mut limit = None;
    if proof.simplex {
        let worst = brackets.reduce(|worst, next| if at_least(&worst, &next) { worst } else { next });
        value.subtract_sum(&worst.unwrap_or_else(Sum::new));
    } else {
        let mut rate = 0.0_f64;
        for (mut bracket, &own) in brackets.zip(stakes) {
            if bracket.sign() == Ordering::Greater {
                rate = rate.max(masses.rate(&bracket, own));
            }
        }
        if rate > 0.0 {
            let weight: f64 = proof.weights.iter().zip(stakes).map(|(weight, stake)| weight * stake).sum();
            let required = (REACH * stake).max(10.0 * weight);
            let reached = required.max(SHARE * TOLERANCE * stake / rate).min(f64::MAX);
            masses.subtract(&mut value, [reached, rate.min(f64::MAX)]);
            limit = Some(reached).filter(|_| rate.is_finite());
            if limit.is_none() {
                return Ok(nothing);
            }
        }
    }
    match masses.quotient_down(&value) {
        Some(value) if value > 0.0 => Ok(Bound { value, limit }),
        _ => Ok(nothing),
    }
}
