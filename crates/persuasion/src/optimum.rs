//! The best scheme that was found, however the agent communicates.

use suasion_certificate::{Communication, Floor, OptimumProof};
use suasion_lp::Stopped;
use suasion_model::{Objective, Seat};

/// The best scheme that was found for an objective, exactly plausible, and what bounds all others.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Optimum<C: Communication> {
    /// How the agent communicates.
    pub communication: C,
    /// Which agent that is, and at which prior.
    pub seat: Seat,
    /// What was maximized.
    pub objective: Objective,
    /// The scheme; of several optimal ones, one that is best for the user, as far as its method
    /// tells.
    pub scheme: C::Scheme,
    /// What bounds all other schemes, in units of the objective per unit of the user's utility.
    pub bound: C::Bound,
    /// The floor with its multiplier, where one was asked for.
    pub floor: Option<Floor>,
    /// What it took.
    pub effort: Effort,
    /// Why it may not be the optimum, if the computation ended early.
    pub stopped: Option<Stopped>,
    /// Whether the last basis shows that there is no other optimal scheme.
    pub unique: bool,
}

/// What a computation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// How often a restricted program was solved.
    pub rounds: usize,
    /// Iterations in total, of the interior-point and of the simplex method.
    pub iterations: u64,
    /// How many nodes searches solved.
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
