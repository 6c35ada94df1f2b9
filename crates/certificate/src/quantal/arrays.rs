//! The arrays of a game against a quantal user, in the units in which they are bounded.

use crate::refusal::{Place, Refusal, check_finite, check_nonnegative};
use suasion_model::Matrix;

/// The game as one agent plays it against a user of several types who responds quantally: all that is needed to bound what the agent can get.
/// A type may be anything that the user knows by herself and the agent's messages do not change, as what other agents told her.
#[derive(Clone, Copy, Debug)]
pub struct QuantalArrays<'a> {
    /// The probability of each pair of a type and an observation, `types x observations`.
    pub mass: &'a Matrix,
    /// The user's utility with probabilities folded in, one matrix per type, `actions x observations`.
    pub user: &'a [Matrix],
    /// The objective with probabilities folded in, likewise.
    pub objective: &'a [Matrix],
    /// What no utility of the user's exceeds in magnitude: no entry of `user` is larger than this times the mass.
    pub user_magnitude: f64,
    /// The same for the objective.
    pub objective_magnitude: f64,
    /// How far the entries may be from the true ones: those of `mass` relative to themselves, the others relative to the mass times the
    /// magnitude. For entries that are computed by `k` roundings, `k * f64::EPSILON` will do. At most `1e-3`.
    pub error: f64,
}

/// Below this, masses and a type's share of one are left alone: they come too near to where numbers lose their digits.
const SMALLEST_SHARE: f64 = 1e-200;
/// Magnitudes are raised to this, so that what underflow loses is small beside the errors that are reckoned with.
const SMALLEST_MAGNITUDE: f64 = 1e-80;

/// The game per unit of mass. A posterior `p` over the observations with mass gives type `t` the mass `m = sum_x p_x mass[t][x]` and, per unit of this,
/// the utilities `sum_x p_x user[t][x][a] / m`, and the same for the objective.
pub(super) struct Space {
    pub types: usize,
    pub actions: usize,
    /// The observations that have mass.
    pub observations: Vec<usize>,
    /// Their masses, `[n]`.
    pub masses: Vec<f64>,
    /// `[types][n]`.
    pub shares: Vec<f64>,
    /// `eta` times the user's utility, and the objective: `[types][n][actions]`.
    pub user: Vec<f64>,
    pub objective: Vec<f64>,
    /// `[n]`.
    pub prices: Vec<f64>,
    /// Bounds on the errors that the above and a few roundings lead to: relative for a type's mass at a posterior; absolute for the difference of two
    /// expected utilities, times `eta`, and for the objective per unit of mass.
    pub mass_error: f64,
    pub difference_error: f64,
    pub objective_error: f64,
}

impl Space {
    /// `None` where some type's mass at an observation, or its share of it, is positive but next to nothing.
    pub(super) fn new(arrays: &QuantalArrays<'_>, eta: f64, prices: &[f64]) -> Result<Option<Self>, Refusal> {
        let (types, columns) = (arrays.mass.rows(), arrays.mass.columns());
        let actions = arrays.user.first().map_or(0, Matrix::rows);
        check_arrays(arrays, types, columns, actions)?;
        check_nonnegative(Place::alone("the sensitivity eta"), eta)?;
        check_length("the prices", prices.len(), columns)?;
        for (x, &price) in prices.iter().enumerate() {
            check_finite(Place::item("the price of observation", x), price)?;
        }
        // Any positive numbers would do for units: that they are rounded is no error.
        let totals: Vec<f64> = (0..columns).map(|x| (0..types).map(|t| arrays.mass[(t, x)]).sum()).collect();
        let observations: Vec<usize> = (0..columns).filter(|&x| totals[x] > 0.0).collect();
        let magnitude = |given: f64| given.max(SMALLEST_MAGNITUDE);
        let mut space = Self {
            types,
            actions,
            masses: observations.iter().map(|&x| totals[x]).collect(),
            prices: observations.iter().map(|&x| prices[x]).collect(),
            shares: Vec::with_capacity(types * observations.len()),
            user: Vec::with_capacity(types * observations.len() * actions),
            objective: Vec::with_capacity(types * observations.len() * actions),
            observations,
            // Each of these sums has at most four parts, whose magnitudes sum up to that of the whole: with those of the quotients less than 16 roundings
            // (of half an epsilon each) for a sum or a mass. A quotient of two has both their errors, and a difference of two quotients four of them.
            mass_error: arrays.error + 8.0 * f64::EPSILON,
            difference_error: eta * magnitude(arrays.user_magnitude) * (4.1 * arrays.error + 32.0 * f64::EPSILON),
            // Mixtures are sums over actions as well, of numbers whose magnitudes sum up to no more than `2 m + 1` times the largest.
            objective_error: magnitude(arrays.objective_magnitude)
                * (3.0 * arrays.error + (64 + 4 * (actions + 2) * (actions + 2)) as f64 * f64::EPSILON),
        };
        for t in 0..types {
            for &x in &space.observations {
                let share = arrays.mass[(t, x)] / totals[x];
                let tangible = share.min(arrays.mass[(t, x)]) >= SMALLEST_SHARE;
                if arrays.mass[(t, x)] > 0.0 && !tangible {
                    return Ok(None);
                }
                space.shares.push(share);
                space.user.extend((0..actions).map(|a| eta * (arrays.user[t][(a, x)] / totals[x])));
                space.objective.extend((0..actions).map(|a| arrays.objective[t][(a, x)] / totals[x]));
            }
        }
        Ok(Some(space))
    }

    /// The number of observations that have mass.
    pub(super) fn dimension(&self) -> usize {
        self.observations.len()
    }
}

fn check_length(list: &'static str, found: usize, expected: usize) -> Result<(), Refusal> {
    if found == expected { Ok(()) } else { Err(Refusal::Length { list, found, expected }) }
}

fn check_arrays(arrays: &QuantalArrays<'_>, types: usize, columns: usize, actions: usize) -> Result<(), Refusal> {
    for (set, size) in [("types", types), ("observations", columns), ("actions", actions)] {
        if size == 0 {
            return Err(Refusal::Empty(set));
        }
    }
    if !(0.0..=1e-3).contains(&arrays.error) {
        let place = Place::alone("the error of the arrays");
        return Err(Refusal::BadNumber { place, value: arrays.error, expected: "between 0 and 1e-3" });
    }
    for &mass in arrays.mass.as_slice() {
        check_nonnegative(Place::alone("a mass"), mass)?;
    }
    for (list, place, matrices, magnitude) in [
        ("the user's utilities by type", "the user's folded utility of type", arrays.user, arrays.user_magnitude),
        ("the objective by type", "the folded objective of type", arrays.objective, arrays.objective_magnitude),
    ] {
        check_nonnegative(Place::alone("a magnitude"), magnitude)?;
        check_length(list, matrices.len(), types)?;
        for (t, matrix) in matrices.iter().enumerate() {
            let (rows, found) = (matrix.rows(), matrix.columns());
            if (rows, found) != (actions, columns) {
                let (expected_rows, expected_columns) = (actions, columns);
                return Err(Refusal::Shape {
                    place: Place::item(place, t),
                    rows,
                    columns: found,
                    expected_rows,
                    expected_columns,
                });
            }
            for a in 0..actions {
                for (x, &value) in matrix.row(a).iter().enumerate() {
                    let most = magnitude * arrays.mass[(t, x)] * (1.0 + 2.0 * arrays.error + 64.0 * f64::EPSILON);
                    let within = value.abs() <= most;
                    if !within {
                        let expected = "a finite number of at most the magnitude times the mass";
                        return Err(Refusal::BadNumber { place: Place::item(place, t), value, expected });
                    }
                }
            }
        }
    }
    Ok(())
}
