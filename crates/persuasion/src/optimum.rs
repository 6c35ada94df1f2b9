//! The best scheme that was found, for any form of communication.

use suasion_certificate::{Communication, Floor, OptimumProof};
use suasion_lp::Stopped;
use suasion_model::{Objective, Seat};

/// The best scheme that was found for an objective, exactly plausible, with a bound on all others.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Optimum<C: Communication> {
    /// The form of communication.
    pub communication: C,
    /// The agent and the prior.
    pub seat: Seat,
    /// The objective that was maximized.
    pub objective: Objective,
    /// The scheme. Among several optimal ones, it is one that is best for the user, as far as its
    /// method can determine.
    pub scheme: C::Scheme,
    /// The bound on all other schemes, in units of the objective per unit of the user's utility.
    pub bound: C::Bound,
    /// The floor with its multiplier, if one was requested.
    pub floor: Option<Floor>,
    /// The computational effort.
    pub effort: Effort,
    /// The limit that stopped the computation early, if any. The scheme may then not be optimal.
    pub stopped: Option<Stopped>,
    /// Whether the last basis shows that the optimal scheme is unique.
    pub unique: bool,
}

/// The effort of a computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// The number of times that a restricted program was solved.
    pub rounds: usize,
    /// The total number of iterations of the interior-point and simplex methods.
    pub iterations: u64,
    /// The number of nodes that searches solved.
    pub nodes: usize,
}

impl<C: Communication> Optimum<C> {
    /// The proof of this optimum.
    #[must_use]
    pub fn proof(self) -> OptimumProof<C> {
        OptimumProof {
            communication: self.communication,
            prior: self.seat.prior,
            agent: self.seat.agent,
            objective: self.objective,
            floor: self.floor,
            scheme: self.scheme,
            bound: self.bound,
        }
    }
}
