//! An agent that may communicate with the user, in one game.
//!
//! A frontier, a bid and an equilibrium need little of the kernel that stands behind them: which
//! scheme is best for a weighted sum of the parties' utilities, what schemes are worth, and that
//! they can be mixed. [`Sender`] is this little. It is implemented for each way to communicate:
//! with a user of one type ([`View`]), with one who knows something by herself, in an experiment
//! ([`ExperimentSender`]) or a mechanism ([`MechanismSender`]), and with one who responds by
//! quantal response ([`QuantalSender`]).

mod direct;
mod quantal;
mod typed;

use crate::PersuadeError;
use crate::frontier::{Frontier, FrontierSearch};
use crate::optimum::Optimum;
use crate::support::{GeneralSupport, Support};
use suasion_certificate::Communication;
use suasion_lp::Settings;
use suasion_model::{Instance, Objective, Seat};

pub use quantal::QuantalSender;
pub use typed::{ExperimentSender, MechanismSender};

#[cfg(doc)]
use suasion_certificate::Offer;
#[cfg(doc)]
use suasion_model::View;

/// What a sender commits to.
pub type SchemeOf<S> = <<S as Sender>::Communication as Communication>::Scheme;
/// What bounds all of a sender's schemes.
pub type BoundOf<S> = <<S as Sender>::Communication as Communication>::Bound;

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

/// One agent's way to communicate with the user, in one game.
///
/// Schemes are those that the user follows. They can be mixed, so that what parties can get is a
/// convex set, and a frontier is concave. Nothing leaves a rational user more than full
/// information.
pub trait Sender: Sized + Send + Sync {
    /// How it communicates.
    type Communication: Communication;
    /// How its frontiers are found.
    type Search: FrontierSearch<Self>;

    /// How it communicates.
    fn communication(&self) -> Self::Communication;

    /// Which agent it is, and at which prior.
    fn seat(&self) -> Seat;

    /// What a scheme is worth to everyone, if the user follows it.
    fn values(&self, scheme: &SchemeOf<Self>) -> Values;

    /// The same less what every scheme gives everyone, which may be so much that what is at stake
    /// is lost in its last digits.
    fn differences(&self, scheme: &SchemeOf<Self>) -> Values {
        self.values(scheme)
    }

    /// By how much the values of two schemes can differ at most, to the user and to the objective:
    /// the units in which they are compared.
    fn ranges(&self, objective: &Objective) -> (f64, f64);

    /// The scheme of no information.
    fn no_information(&self) -> SchemeOf<Self>;

    /// A scheme that leaves the user the most. With a rational one this is full information, upon
    /// which she does what is best for her; of several actions, what is best for the objective.
    fn full_information(&self, objective: &Objective) -> SchemeOf<Self>;

    /// The scheme that maximizes the objective, in which the weight of the user may be negative,
    /// among those that leave the user at least `floor`, and what bounds all others. Of several
    /// schemes, one that is best for the user, as far as the kernel can tell.
    ///
    /// # Errors
    /// If no scheme reaches the floor, or the solver fails. That a limit of `settings` ended it is
    /// no error: see [`Optimum::stopped`].
    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Self::Communication>, PersuadeError>;

    /// The same without a floor, with less care where that saves time: for frontiers, which ask
    /// often.
    ///
    /// # Errors
    /// As [`Sender::persuade`]; and if a limit ended it ([`PersuadeError::Stopped`]).
    fn maximize(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(SchemeOf<Self>, BoundOf<Self>), PersuadeError> {
        let optimum = self.persuade(objective, None, settings)?;
        optimum.stopped.map_or(Ok((optimum.scheme, optimum.bound)), |stopped| Err(PersuadeError::Stopped(stopped)))
    }

    /// The search for the frontier of an objective, with its first and its last vertex.
    ///
    /// # Errors
    /// As [`Sender::maximize`].
    fn search(&self, objective: &Objective, settings: &Settings) -> Result<Self::Search, PersuadeError>;

    /// The same, slowly and surely, with all vertices that there are; none where there is no such
    /// method, or the game is too large for it.
    fn search_closely(&self, _: &Objective, _: &Settings) -> Option<Self::Search> {
        None
    }

    /// The outcomes of all schemes, for one objective after another; `closely`, by a slow and sure
    /// method, where there is one.
    fn support<'s>(&'s self, _closely: bool, settings: &Settings) -> Box<dyn Support<Self> + 's> {
        Box::new(GeneralSupport { sender: self, settings: settings.clone() })
    }

    /// Relative to the ranges of values: a point so little above the line through two others is on
    /// it.
    fn resolution(&self) -> f64 {
        1e-8
    }

    /// Schemes mixed: with probability `share` each, which sum to one. Values are mixed alike.
    fn mix(&self, parts: &[(f64, &SchemeOf<Self>)]) -> SchemeOf<Self>;

    /// What `objective + multiplier * user's value` does not exceed, as the bound proves; in
    /// floating point, so that certificates may differ in the last digits.
    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &BoundOf<Self>) -> f64;

    /// The same in exact arithmetic, where values are exact: `instance` is the game.
    fn bounded_exactly(&self, _: &Instance, objective: &Objective, multiplier: f64, bound: &BoundOf<Self>) -> f64 {
        self.bounded(objective, multiplier, bound)
    }

    /// The multiplier of the user's value, and the bound, that are best at proving what an agent
    /// with this frontier gets by a scheme that leaves the user at least `user_value`.
    fn reply(&self, frontier: &Frontier<Self::Communication>, agent: usize, user_value: f64) -> (f64, BoundOf<Self>) {
        let right = frontier.right(user_value);
        // At a vertex the edges on both sides do, if they are settled: the bound says which.
        let candidates = frontier.vertices[right..].iter().take(if user_value.is_finite() { 2 } else { 1 });
        let bounded = candidates.map(|vertex| {
            let (multiplier, bound) = &vertex.bound;
            let at = self.bounded(&Objective::agent(agent), *multiplier, bound) - multiplier * user_value;
            (at, vertex)
        });
        let best = bounded.reduce(|best, next| if next.0 < best.0 { next } else { best });
        best.map_or_else(|| (0.0, self.unpriced()), |(_, vertex)| vertex.bound.clone())
    }

    /// What bounds all schemes without any multiplier: by little, but truly.
    fn unpriced(&self) -> BoundOf<Self> {
        BoundOf::<Self>::default()
    }

    /// The same, with bounds compared and improved in exact arithmetic where values are exact:
    /// `instance` is the game.
    fn reply_closely(
        &self,
        _: &Instance,
        frontier: &Frontier<Self::Communication>,
        agent: usize,
        user_value: f64,
    ) -> (f64, BoundOf<Self>) {
        self.reply(frontier, agent, user_value)
    }

    /// What the multipliers of a bound add up to, where there is a closer look to be had at what
    /// they may round away.
    fn total_multiplier(&self, _: &BoundOf<Self>) -> Option<f64> {
        None
    }

    /// The most that any scheme leaves the user.
    fn most(&self) -> f64;

    /// The offer that leaves the user the most, as [`Offer::scheme`] states it: none is full
    /// information, which is that with a rational user.
    fn most_generous(&self) -> Option<SchemeOf<Self>> {
        None
    }
}
