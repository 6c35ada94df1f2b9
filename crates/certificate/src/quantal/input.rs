//! The arrays that a bound is worked out from, as they are given.

use suasion_model::Matrix;

/// The game as one agent plays it against a user of several types who responds quantally: all that
/// is needed to bound what the agent can get. A type may be anything that the user knows by herself
/// and the agent's messages do not change, as what other agents told her.
#[derive(Clone, Copy, Debug)]
pub struct QuantalArrays<'a> {
    /// The probability of each pair of a type and an observation, `types x observations`.
    pub mass: &'a Matrix,
    /// The user's utility with probabilities folded in, one matrix per type, `actions x
    /// observations`; less any function of type and observation.
    pub user: &'a [Matrix],
    /// What is to be added to `user` for twice the precision, in the same shape; or nothing.
    pub user_rest: &'a [Matrix],
    /// The objective with probabilities folded in, less any function of type and observation. What
    /// is bounded is what schemes are worth by this.
    pub objective: &'a [Matrix],
    /// How far the entries of `mass` and `objective` may be from the true ones, relative to
    /// themselves. At most `1e-3`.
    pub error: f64,
    /// The same for `user`, with its rest.
    pub user_error: f64,
}

/// The error of a sum of at most four products with numbers of twice the precision, relative to the
/// sum of their magnitudes: `2^-98`. A product loses at most two parts in `2^106`, and a sum three
/// (Joldes, Muller & Popescu, ACM Transactions on Mathematical Software 2017, table 1).
pub(super) const LOST: f64 = f64::EPSILON * f64::EPSILON * 64.0;
