//! The arrays of a game against a quantal user, in the units in which they are bounded.
//!
//! Only differences between actions matter to the user, and to what the objective gains. So the
//! arrays are given *reduced*: less a function of the state alone, so that a level that decides
//! nothing costs no digits. Errors are tracked entry by entry: a large number at an action that the
//! user does not play does not affect the precision of the others.

use super::MOST_OBSERVATIONS;
use super::input::{LOST, QuantalArrays};
use super::twins::Merged;
use crate::error::{Place, ProofError, check_all_finite, check_finite, check_nonnegative};
use suasion_exact::Interval;
use suasion_model::Matrix;
use twofloat::TwoFloat;

/// Masses below this, and smaller shares of a type's mass, are not treated: they are too close to
/// underflow.
const SMALLEST_SHARE: f64 = 1e-100;
/// A sensitivity above this, in the unit of the user's utility, is not treated: her response jumps
/// between neighboring numbers.
const MOST_SENSITIVE: f64 = 1e150;
/// An action that is this far behind, times `eta`, is never played.
const FAR: f64 = 60.0;
/// The largest unit of an observation, as a multiple of its mass.
const MOST_STAKE: f64 = 1e60;
/// The loss by underflow, in units in which the largest number is between 1 and 2.
pub(super) const UNDERFLOW: f64 = 1e-290;
/// A unit for each observation with mass, `[observations]`, such that one unit of each makes about
/// the same difference to the user's behavior. The unit is the mass plus `eta` times the user's
/// stake. A rare observation with a large stake moves her as much as a frequent one with a small
/// stake. In these units, whatever decides is in the middle of the simplex of messages. Actions
/// that she plays nowhere, because another action is ahead everywhere, have no stake.
#[must_use]
pub fn quantal_units(mass: &Matrix, user: &[Matrix], eta: f64) -> Vec<f64> {
    let actions = user.first().map_or(0, Matrix::rows);
    let mut units = vec![0.0; mass.columns()];
    for (t, utility) in user.iter().enumerate() {
        let present: Vec<usize> = (0..mass.columns()).filter(|&x| mass[(t, x)] > 0.0).collect();
        let ahead = |b: usize, a: usize, x: usize| eta * ((utility[(b, x)] - utility[(a, x)]) / mass[(t, x)]);
        let beaten = |a: usize| (0..actions).any(|b| present.iter().all(|&x| ahead(b, a, x) > FAR));
        let played: Vec<usize> = (0..actions).filter(|&a| !beaten(a)).collect();
        for &x in &present {
            let values = || played.iter().map(|&a| utility[(a, x)]);
            let range = values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min);
            let stake = eta * (range / mass[(t, x)]);
            units[x] += mass[(t, x)] * (1.0 + stake.clamp(0.0, MOST_STAKE));
        }
    }
    units
}

/// The game per unit. A message is given by a point `c` of a simplex over the observations with
/// mass: it is sent with probability `c_x / units_x` at observation `x`, up to a factor. Units are
/// powers of two, near those of [`quantal_units`]. The message gives type `t` the mass `m = sum_x
/// c_x shares[t][x]` and the utilities `sum_x c_x user[t][x] / m` per unit of it. The same holds
/// for the objective.
pub(super) struct Space {
    pub types: usize,
    pub actions: usize,
    /// The observations with mass; twins are merged.
    pub observations: Vec<Vec<usize>>,
    /// `[n]`.
    pub units: Vec<f64>,
    /// The approximate masses of the observations, `[n]`.
    pub masses: Vec<f64>,
    /// `[types][n]`.
    pub shares: Vec<f64>,
    /// The user's utility and the objective, scaled: `[types][n][actions]`.
    pub user: Vec<TwoFloat>,
    pub objective: Vec<f64>,
    /// The sensitivity to the scaled utility.
    pub eta: Interval,
    /// The divisor of the objective: a power of two.
    pub scale: f64,
    /// Per unit, `[n]`.
    pub prices: Vec<f64>,
    /// A bound on the relative error of a type's mass at a point.
    pub mass_error: f64,
    /// The error of an expected utility or objective, relative to the sum of the magnitudes of its
    /// terms.
    pub user_error: f64,
    pub objective_error: f64,
}

impl Space {
    /// `None` if too many observations have mass, if some type's mass at an observation or its
    /// share of it is positive but tiny, or if the sensitivity is enormous.
    pub(super) fn new(arrays: &QuantalArrays<'_>, eta: f64, prices: &[f64]) -> Option<Self> {
        let (types, actions) = (arrays.mass.rows(), arrays.user.first().map_or(0, Matrix::rows));
        let merged = Merged::new(arrays, MOST_OBSERVATIONS)?;
        let arrays = merged.arrays();
        let columns = merged.groups.len();
        let totals: Vec<f64> = (0..columns).map(|x| (0..types).map(|t| arrays.mass[(t, x)]).sum()).collect();
        for (t, x) in (0..types).flat_map(|t| (0..columns).map(move |x| (t, x))) {
            let mass = arrays.mass[(t, x)];
            if mass > 0.0 && mass.min(mass / totals[x]) < SMALLEST_SHARE {
                return None;
            }
        }
        let mut units = quantal_units(arrays.mass, arrays.user, eta);
        units.iter_mut().for_each(|unit| *unit = power_below(*unit));
        let largest = |matrices: &[Matrix]| {
            let of_place =
                |matrix: &Matrix, x: usize| (0..actions).map(|a| (matrix[(a, x)] / units[x]).abs()).fold(0.0, f64::max);
            let of_matrix = |matrix: &Matrix| (0..columns).map(|x| of_place(matrix, x)).fold(0.0, f64::max);
            power_below(matrices.iter().map(of_matrix).fold(0.0, f64::max))
        };
        let (user_scale, scale) = (largest(arrays.user), largest(arrays.objective));
        let places = || (0..types).flat_map(|t| (0..columns).map(move |x| (t, x)));
        let scaled = |matrices: &[Matrix], scale: f64| -> Vec<f64> {
            let of_place = |(t, x): (usize, usize)| {
                let (matrix, unit) = (&matrices[t], units[x]);
                (0..actions).map(move |a| matrix[(a, x)] / unit / scale)
            };
            places().flat_map(of_place).collect()
        };
        let eta = exact_product(eta, user_scale);
        if eta.high > MOST_SENSITIVE {
            return None;
        }
        let user = scaled(arrays.user, user_scale).into_iter();
        let user = user.zip(scaled(arrays.user_rest, user_scale)).map(|(user, rest)| TwoFloat::new_add(user, rest));
        // A message would use the cheapest of twins.
        let price = |x: usize| merged.groups[x].iter().map(|&each| prices[each]).fold(f64::INFINITY, f64::min);
        Some(Self {
            types,
            actions,
            shares: places().map(|(t, x)| arrays.mass[(t, x)] / units[x]).collect(),
            user: user.collect(),
            objective: scaled(arrays.objective, scale),
            eta,
            scale,
            // Any numbers here give a valid proof.
            prices: (0..columns).map(|x| price(x) / scale * (totals[x] / units[x])).collect(),
            masses: totals,
            // Each of these sums has at most four terms, whose magnitudes add up to that of the
            // total.
            mass_error: arrays.error + 8.0 * f64::EPSILON,
            user_error: arrays.user_error + LOST,
            // The quotient of two sums has the errors of both.
            objective_error: 2.1 * arrays.error + 24.0 * f64::EPSILON,
            units,
            observations: merged.groups,
        })
    }

    /// The number of observations with mass, where twins count once.
    pub(super) fn dimension(&self) -> usize {
        self.observations.len()
    }
}

/// The product of a number of at least 0 and a power of two.
fn exact_product(number: f64, power: f64) -> Interval {
    let product = number * power;
    if product.is_normal() || number == 0.0 {
        Interval::point(product)
    } else {
        Interval { low: product.next_down().max(0.0), high: product.next_up() }
    }
}

/// The largest power of two that is at most a number; 1 for zero and for a number that is not
/// finite.
fn power_below(number: f64) -> f64 {
    let bits = number.to_bits();
    if !number.is_finite() || number <= 0.0 {
        1.0
    } else if number.is_normal() {
        f64::from_bits(bits & 0x7ff0_0000_0000_0000)
    } else {
        f64::from_bits(1 << bits.ilog2())
    }
}

/// Refuses arrays that do not fit together, and numbers that are not allowed.
pub(super) fn check_input(arrays: &QuantalArrays<'_>, eta: f64, prices: &[f64]) -> Result<(), ProofError> {
    let (types, columns) = (arrays.mass.rows(), arrays.mass.columns());
    let actions = arrays.user.first().map_or(0, Matrix::rows);
    check_arrays(arrays, types, columns, actions)?;
    check_nonnegative(Place::alone("the sensitivity eta"), eta)?;
    check_length("the prices", prices.len(), columns)?;
    for (x, &price) in prices.iter().enumerate() {
        check_finite(Place::item("the price of observation", x), price)?;
    }
    Ok(())
}

fn check_length(list: &'static str, found: usize, expected: usize) -> Result<(), ProofError> {
    if found == expected { Ok(()) } else { Err(ProofError::Length { list, found, expected }) }
}

fn check_arrays(arrays: &QuantalArrays<'_>, types: usize, columns: usize, actions: usize) -> Result<(), ProofError> {
    for (set, size) in [("types", types), ("observations", columns), ("actions", actions)] {
        if size == 0 {
            return Err(ProofError::Empty(set));
        }
    }
    for value in [arrays.error, arrays.user_error] {
        if !(0.0..=1e-3).contains(&value) {
            let place = Place::alone("the error of the arrays");
            return Err(ProofError::BadNumber { place, value, expected: "between 0 and 1e-3" });
        }
    }
    for &mass in arrays.mass.as_slice() {
        check_nonnegative(Place::alone("a mass"), mass)?;
    }
    let rests = if arrays.user_rest.is_empty() { 0 } else { types };
    for (list, place, matrices, expected) in [
        ("the user's utilities by type", "the user's folded utility of type", arrays.user, types),
        ("the rest of the user's utilities by type", "the rest of the user's utility of type", arrays.user_rest, rests),
        ("the objective by type", "the folded objective of type", arrays.objective, types),
    ] {
        check_length(list, matrices.len(), expected)?;
        for (t, matrix) in matrices.iter().enumerate() {
            let (rows, found) = (matrix.rows(), matrix.columns());
            if (rows, found) != (actions, columns) {
                let (expected_rows, expected_columns) = (actions, columns);
                return Err(ProofError::Shape {
                    place: Place::item(place, t),
                    rows,
                    columns: found,
                    expected_rows,
                    expected_columns,
                });
            }
            check_all_finite(Place::item(place, t), matrix.as_slice())?;
            for a in 0..actions {
                for (x, &value) in matrix.row(a).iter().enumerate() {
                    if arrays.mass[(t, x)] == 0.0 && value != 0.0 {
                        let expected = "0, as there is no mass";
                        return Err(ProofError::BadNumber { place: Place::item(place, t), value, expected });
                    }
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use suasion_exact::Sum;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        /// Compares differences of two sums of products, whose large terms cancel, with exact sums.
        #[test]
        fn differences_are_nearly_exact(
            terms in prop::collection::vec((0.0..1.0f64, -1.0..1.0f64, -1.0..1.0f64), 1..3),
            scale in -10..20_i32,
            level in -1.0..1.0f64,
        ) {
            let scale = 10_f64.powi(scale);
            let (mut left, mut right, mut exact, mut size) = (TwoFloat::default(), TwoFloat::default(), Sum::new(), 0.0);
            for (factor, a, b) in terms {
                for (sum, sign, number) in [(&mut left, 1.0, a), (&mut right, -1.0, b)] {
                    for high in [level * scale, number] {
                        let low = 1e-17 * high;
                        *sum += TwoFloat::new_add(high, low) * factor;
                        exact.add([sign * factor, high]);
                        exact.add([sign * factor, low]);
                        size += factor * high.abs();
                    }
                }
            }
            let found = (left - right).hi();
            exact.subtract([found]);
            let off = exact.round().abs();
            prop_assert!(off <= LOST * size + f64::EPSILON * found.abs(), "{off:e} of {size:e}, {found:e}");
        }
    }
}
