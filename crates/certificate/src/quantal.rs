//! A scheme for a user who responds quantally, with a proof that no other scheme has a much higher
//! value.
//!
//! **The claim.** With sensitivity `eta`, type `t` of the user plays action `a` upon a message with
//! probability proportional to `exp(eta E u(a, .))`. A message that is sent with probability `r_x`
//! at observation `x` has the value
//!
//! ```text
//! W(r) = sum_t sum_a s_ta(r) sum_x r_x P_v[t][x][a],
//! s_ta(r) ~ exp( eta sum_x r_x P_u[t][x][a] / sum_x r_x mass[t][x] )
//! ```
//!
//! to the objective. A scheme is a list of messages whose `r_x` sum to one for every `x`. A
//! rigorous exponential encloses its value.
//!
//! **The bound.** `W` is homogeneous of degree one. Take a price `lambda_x` per unit of mass for
//! every observation. Let `d` be the most that `W` exceeds the price of a message by, per unit of
//! mass: `W(r) <= sum_x mass_x r_x (lambda_x + d)` for all `r`. Summed over messages, the value of
//! a scheme is at most `sum_x mass_x (lambda_x + d)`. (This bounds the concave closure of `W` at
//! the prior, Kamenica & Gentzkow, American Economic Review 2011, Corollary 2, from above, by a
//! supporting hyperplane.) [`quantal_bound`] finds such a `d` by branch and bound over the simplex
//! of posteriors, for up to [`MOST_OBSERVATIONS`] observations with mass. Observations that are
//! equal up to their frequency count once. With more observations, the number of cells grows too
//! fast.

mod all_agents;
mod arrays;
mod best_agent;
mod bound;
mod cell;
mod copositive;
mod corner;
mod enclosure;
mod folded;
mod input;
mod level;
mod optimum;
mod played;
mod scheme;
mod stake;
mod twins;

use crate::communication::{Communication, Quantal};
use crate::error::{Place, ProofError, check_finite, check_nonnegative};
use serde::{Deserialize, Serialize};
use suasion_model::SignalScheme;

pub use arrays::quantal_units;
pub use bound::{QuantalBound, QuantalSearch, quantal_bound};
pub use enclosure::{Enclosed, Enclosure};
pub use input::QuantalArrays;

/// With more observations with mass than this, a result against a quantal user has no bound.
pub const MOST_OBSERVATIONS: usize = 4;

/// The largest number of corners of a simplex of posteriors.
const CORNERS: usize = MOST_OBSERVATIONS;

/// A posterior over the observations that have mass.
type Posterior = [f64; CORNERS];

impl Communication for Quantal {
    type Scheme = SignalScheme;
    type Bound = QuantalPrices;
    type Precision = Enclosed;
}

/// What bounds every scheme against a quantal user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalPrices {
    /// The price of every observation, in the unit of the objective per unit of mass, on top of the
    /// value of the user's best action in every state (ties go to the first action). Prices of
    /// observations without mass do not matter.
    pub prices: Vec<f64>,
    /// Whether there was no time for the branch and bound. The bound is then the initial one, which
    /// is valid but far from the optimum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hurried: bool,
}

impl QuantalPrices {
    /// Refuses prices that are not one finite number per observation. The prices belong to an
    /// agent's reply, or to a proof that has no other prices.
    fn check(&self, observations: usize, reply: Option<usize>) -> Result<(), ProofError> {
        let (found, expected) = (self.prices.len(), observations);
        if found != expected {
            return Err(ProofError::Length { list: "the prices of the observations", found, expected });
        }
        let place = |x| match reply {
            Some(agent) => Place::item("a price of reply", agent),
            None => Place::item("the price of observation", x),
        };
        self.prices.iter().enumerate().try_for_each(|(x, &price)| check_finite(place(x), price))
    }
}

impl Quantal {
    /// Refuses a sensitivity that is not allowed.
    fn check(self) -> Result<(), ProofError> {
        check_nonnegative(Place::alone("the sensitivity eta"), self.eta)
    }
}
