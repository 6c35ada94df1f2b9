//! A scheme for a user who responds quantally, with the proof that no other is worth much more.
//!
//! **The claim.** With sensitivity `eta`, type `t` of the user plays action `a` upon a message with
//! probability proportional to `exp(eta E u(a, .))`. A message that is sent with probability `r_x`
//! where `x` is observed is worth
//!
//! ```text
//! W(r) = sum_t sum_a s_ta(r) sum_x r_x P_v[t][x][a],     s_ta(r) ~ exp( eta sum_x r_x P_u[t][x][a] / sum_x r_x mass[t][x] )
//! ```
//!
//! to the objective. A scheme is a list of messages whose `r_x` sum to one for every `x`. What it
//! is worth is enclosed with a rigorous exponential.
//!
//! **The bound.** `W` is homogeneous of degree one. With a price `lambda_x` per unit of mass for
//! every observation, let `d` be the most that `W` exceeds the price of a message by, per unit of
//! mass: `W(r) <= sum_x mass_x r_x (lambda_x + d)` for all `r`. Summed over messages, no scheme is
//! worth more than `sum_x mass_x (lambda_x + d)`. (The concave closure of `W` at the prior,
//! Kamenica & Gentzkow, American Economic Review 2011, Corollary 2, from above: a supporting
//! hyperplane.) [`quantal_bound`] finds such a `d` by branch and bound over the simplex of
//! posteriors, for up to [`MOST_OBSERVATIONS`] observations with mass, where observations that
//! differ in nothing but how often they are made count once; its number of cells grows too fast
//! beyond.

mod arrays;
mod bound;
mod cell;
mod copositive;
mod corner;
mod level;
mod offers;
mod played;
mod profile;
mod proof;
mod scheme;
mod stake;
mod twins;

pub use arrays::{QuantalArrays, quantal_units};
pub use bound::{QuantalBound, QuantalSearch, quantal_bound};
pub use offers::{QuantalOffer, QuantalOffersCertificate, QuantalOffersClaims, QuantalOffersProof, QuantalReply};
pub use profile::{QuantalProfileCertificate, QuantalProfileClaims, QuantalProfileProof};
pub use proof::{Enclosure, QuantalCertificate, QuantalClaims, QuantalProof};
pub(crate) use scheme::check as check_signals;

/// With more observations that have mass than this, a result against a quantal user has no bound.
pub const MOST_OBSERVATIONS: usize = 4;

/// As many corners has a simplex of posteriors at most.
const CORNERS: usize = MOST_OBSERVATIONS;

/// A posterior over the observations that have mass.
type Posterior = [f64; CORNERS];
