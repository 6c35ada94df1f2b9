//! How an agent may talk to the user, and how she answers.
//!
//! A frontier, a bid and an equilibrium need little of the kernel that stands behind them: which scheme is best for a weighted sum of the
//! parties' utilities, what schemes are worth, and that they can be mixed. [`Talk`] is this little. It is implemented for a user of one type
//! ([`View`]), for one who knows something by herself, whom the agent tells something once ([`Menus`]) or with whom it converses
//! ([`Conversations`]), and for one who responds quantally ([`Quantal`]).

mod frontier;
mod plain;
mod quantal;
mod typed;

use crate::PersuadeError;
use std::fmt::Debug;
use suasion_lp::Settings;
use suasion_model::Objective;

pub use frontier::{talk_frontier, talk_frontier_within, talk_optimum, talk_scheme};
pub use quantal::Quantal;
pub use typed::{Conversations, Menus};

#[cfg(doc)]
use suasion_model::View;

/// What a scheme is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// To the user.
    pub user: f64,
    /// To every agent, in the order of the agents.
    pub agents: Vec<f64>,
}

impl Values {
    /// To a weighted sum of the parties.
    #[must_use]
    pub fn of(&self, objective: &Objective) -> f64 {
        let own = if objective.user == 0.0 { 0.0 } else { objective.user * self.user };
        own + objective.agents.iter().map(|&(agent, weight)| weight * self.agents[agent]).sum::<f64>()
    }
}

/// One agent's way to talk to the user, in one game.
///
/// Schemes are those that the user follows. They can be mixed, so that what parties can get is a convex set, and a frontier is concave; and
/// nothing leaves a rational user more than revealing all that the agent observes.
pub trait Talk: Sync {
    /// A scheme, a menu, a conversation: what the agent commits to.
    type Scheme: Clone + Debug + PartialEq + Send + Sync;
    /// What bounds an objective, together with a multiplier of the user's value.
    type Bound: Clone + Debug + Default + PartialEq + Send + Sync;

    /// What a scheme is worth to everyone, if the user follows it.
    fn values(&self, scheme: &Self::Scheme) -> Values;

    /// The same less what every scheme gives everyone, which may be so much that what is at stake is lost in its last digits.
    fn differences(&self, scheme: &Self::Scheme) -> Values {
        self.values(scheme)
    }

    /// By how much the values of two schemes can differ at most, to the user and to the objective: the units in which they are compared.
    fn ranges(&self, objective: &Objective) -> (f64, f64);

    /// The scheme that tells nothing.
    fn silence(&self) -> Self::Scheme;

    /// A scheme that leaves the user the most: it tells a rational one all that the agent observes, upon which she does what is best for her; of
    /// several actions, what is best for the objective.
    fn revelation(&self, objective: &Objective) -> Self::Scheme;

    /// The scheme that maximises the objective, in which the weight of the user may be negative, and what bounds all others. Of several
    /// schemes, one that is best for the user, as far as the kernel can tell.
    ///
    /// # Errors
    /// If the solver fails, or a limit of `settings` ends the computation ([`PersuadeError::Stopped`]).
    fn maximise(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(Self::Scheme, Self::Bound), PersuadeError>;

    /// The same with more care, where there is any more to take: for a result that stands alone.
    ///
    /// # Errors
    /// As [`Talk::maximise`].
    fn maximise_carefully(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(Self::Scheme, Self::Bound), PersuadeError> {
        self.maximise(objective, settings)
    }

    /// Relative to the ranges of values: a point so little above the line through two others is on it.
    fn resolution(&self) -> f64 {
        1e-8
    }

    /// Schemes mixed: with probability `share` each, which sum to one. Values are mixed alike.
    fn mix(&self, parts: &[(f64, &Self::Scheme)]) -> Self::Scheme;

    /// What `objective + multiplier * user's value` does not exceed, as the bound proves; in floating point, so that certificates may
    /// differ in the last digits.
    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &Self::Bound) -> f64;

    /// The most that any scheme leaves the user.
    fn most(&self) -> f64 {
        self.values(&self.revelation(&Objective { user: 0.0, agents: vec![] })).user
    }
}
