//! The arrays from which a bound is computed.

use suasion_model::Matrix;

/// The game as one agent plays it against a user of several types who responds quantally: all that
/// is needed to bound what the agent can get. A type may be anything that the user knows and the
/// agent's messages do not change, such as other agents' signals.
#[derive(Clone, Copy, Debug)]
pub struct QuantalArrays<'a> {
    /// The probability of each pair of a type and an observation, `types x observations`.
    pub mass: &'a Matrix,
    /// The user's utility times the probabilities, one matrix per type, `actions x observations`,
    /// less any function of type and observation.
    pub user: &'a [Matrix],
    /// The low-order part of `user`, for twice the precision, in the same shape; or empty.
    pub user_rest: &'a [Matrix],
    /// The objective times the probabilities, less any function of type and observation. The bound
    /// is on the value of schemes to this objective.
    pub objective: &'a [Matrix],
    /// The relative error of the entries of `mass` and `objective`. At most `1e-3`.
    pub error: f64,
    /// The same for `user` with its low-order part.
    pub user_error: f64,
}

/// The error of a sum of at most four products of double-double numbers, relative to the sum of
/// their magnitudes: `2^-98`. A product loses at most two parts in `2^106`, and a sum three
/// (Joldes, Muller & Popescu, ACM Transactions on Mathematical Software 2017, table 1).
pub(super) const LOST: f64 = f64::EPSILON * f64::EPSILON * 64.0;
