//! An agent with one form of communication, in one game.
//!
//! A frontier, a bid and an equilibrium need only a few operations of the underlying kernel:
//! finding the optimal scheme for a weighted sum of the parties' utilities, evaluating schemes, and
//! mixing them. [`Sender`] is this interface. It is implemented for each form of communication:
//! with a user of one type ([`View`]), with a user with private types in an experiment
//! ([`ExperimentSender`]) or a mechanism ([`MechanismSender`]), and with a user with quantal
//! response ([`QuantalSender`]). A sender also gives the search for its frontier
//! ([`FrontierSearch`]) and the set of its outcomes ([`Support`]).

mod direct;
mod general;
mod quantal;
mod typed;

use crate::PersuadeError;
use crate::frontier::vertices::Frontier;
use crate::optimum::Optimum;
use general::GeneralSupport;
use suasion_certificate::Communication;
use suasion_lp::Settings;
use suasion_model::{Instance, Objective, Seat};

pub use quantal::QuantalSender;
pub use typed::{ExperimentSender, MechanismSender};

#[cfg(doc)]
use suasion_certificate::Offer;
#[cfg(doc)]
use suasion_model::View;

/// The schemes of a sender.
pub type SchemeOf<S> = <<S as Sender>::Communication as Communication>::Scheme;
/// The bound on all of a sender's schemes.
pub type BoundOf<S> = <<S as Sender>::Communication as Communication>::Bound;

/// The values of a scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    /// The user's value.
    pub user: f64,
    /// The agents' values, in the order of the agents.
    pub agents: Vec<f64>,
}

impl Values {
    /// The value of a weighted sum of the parties.
    #[must_use]
    pub fn of(&self, objective: &Objective) -> f64 {
        let own = if objective.user == 0.0 { 0.0 } else { objective.user * self.user };
        own + objective.agents.iter().map(|&(agent, weight)| weight * self.agents[agent]).sum::<f64>()
    }
}

/// One agent's form of communication with the user, in one game.
///
/// Schemes are those that the user follows. They can be mixed, so the parties' feasible values form
/// a convex set, and frontiers are concave. No scheme leaves a rational user more than full
/// information.
pub trait Sender: Sized + Send + Sync {
    /// The form of communication.
    type Communication: Communication;
    /// The method that finds its frontiers.
    type Search: FrontierSearch<Self>;

    /// The form of communication.
    fn communication(&self) -> Self::Communication;

    /// The agent and the prior.
    fn seat(&self) -> Seat;

    /// The values of a scheme to all parties, if the user follows it.
    fn values(&self, scheme: &SchemeOf<Self>) -> Values;

    /// The same minus what every scheme gives to every party. That part may be so large that the
    /// values lose the digits of what is at stake.
    fn differences(&self, scheme: &SchemeOf<Self>) -> Values {
        self.values(scheme)
    }

    /// The largest possible differences between the values of two schemes, for the user and for the
    /// objective. They are the units in which values are compared.
    fn ranges(&self, objective: &Objective) -> (f64, f64);

    /// The scheme of no information.
    fn no_information(&self) -> SchemeOf<Self>;

    /// A scheme that leaves the user the most. For a rational user this is full information, under
    /// which she takes her best action. Ties are broken for the objective.
    fn full_information(&self, objective: &Objective) -> SchemeOf<Self>;

    /// Finds the scheme that maximizes the objective, in which the weight of the user may be
    /// negative, among those that leave the user at least `floor`, and a bound on all others. Ties
    /// are broken for the user, as far as the kernel can determine.
    ///
    /// # Errors
    /// If no scheme reaches the floor, or the solver fails. Stopping at a limit of `settings` is
    /// not an error: see [`Optimum::stopped`].
    fn persuade(
        &self,
        objective: &Objective,
        floor: Option<f64>,
        settings: &Settings,
    ) -> Result<Optimum<Self::Communication>, PersuadeError>;

    /// The same without a floor, with less care where that saves time. Frontiers call it often.
    ///
    /// # Errors
    /// As [`Sender::persuade`]; and if a limit stopped it ([`PersuadeError::Stopped`]).
    fn maximize(
        &self,
        objective: &Objective,
        settings: &Settings,
    ) -> Result<(SchemeOf<Self>, BoundOf<Self>), PersuadeError> {
        let optimum = self.persuade(objective, None, settings)?;
        optimum.stopped.map_or(Ok((optimum.scheme, optimum.bound)), |stopped| Err(PersuadeError::Stopped(stopped)))
    }

    /// The search for the frontier of an objective, with its first and last vertex.
    ///
    /// # Errors
    /// As [`Sender::maximize`].
    fn search(&self, objective: &Objective, settings: &Settings) -> Result<Self::Search, PersuadeError>;

    /// The same with all distinct vertices, slowly and reliably. Returns `None` if there is no such
    /// method, or if the game is too large for it.
    fn search_closely(&self, _: &Objective, _: &Settings) -> Option<Self::Search> {
        None
    }

    /// The outcomes of all schemes, for a sequence of objectives. If `closely`, uses a slow and
    /// reliable method if there is one.
    fn support<'s>(&'s self, _closely: bool, settings: &Settings) -> Box<dyn Support<Self> + 's> {
        Box::new(GeneralSupport { sender: self, settings: settings.clone() })
    }

    /// A point is on the line through two others if it is above it by no more than this, relative
    /// to the ranges of values.
    fn resolution(&self) -> f64 {
        1e-8
    }

    /// Mixes schemes, each with probability `share`; the probabilities sum to one. Values are mixed
    /// in the same way.
    fn mix(&self, parts: &[(f64, &SchemeOf<Self>)]) -> SchemeOf<Self>;

    /// The upper bound on `objective + multiplier * user's value` that `bound` proves. It is
    /// computed in floating point, so certificates may differ in the last digits.
    fn bounded(&self, objective: &Objective, multiplier: f64, bound: &BoundOf<Self>) -> f64;

    /// The same in exact arithmetic, if values are exact: `instance` is the game.
    fn bounded_exactly(&self, _: &Instance, objective: &Objective, multiplier: f64, bound: &BoundOf<Self>) -> f64 {
        self.bounded(objective, multiplier, bound)
    }

    /// The multiplier of the user's value, with its bound, that gives the best upper bound on the
    /// value of an agent with this frontier if the user gets at least `user_value`.
    fn reply(&self, frontier: &Frontier<Self::Communication>, agent: usize, user_value: f64) -> (f64, BoundOf<Self>) {
        let right = frontier.right(user_value);
        // At a vertex, the edges on both sides qualify if they are settled. The bound decides
        // between them.
        let candidates = frontier.vertices[right..].iter().take(if user_value.is_finite() { 2 } else { 1 });
        let bounded = candidates.map(|vertex| {
            let (multiplier, bound) = &vertex.bound;
            let at = self.bounded(&Objective::agent(agent), *multiplier, bound) - multiplier * user_value;
            (at, vertex)
        });
        let best = bounded.reduce(|best, next| if next.0 < best.0 { next } else { best });
        best.map_or_else(|| (0.0, self.unpriced()), |(_, vertex)| vertex.bound.clone())
    }

    /// The bound on all schemes without any multipliers: weak but valid.
    fn unpriced(&self) -> BoundOf<Self> {
        BoundOf::<Self>::default()
    }

    /// The same, with bounds compared and improved in exact arithmetic if values are exact:
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

    /// The sum of a bound's multipliers, if a more precise method can avoid the error of rounding
    /// them.
    fn total_multiplier(&self, _: &BoundOf<Self>) -> Option<f64> {
        None
    }

    /// The highest user value of any scheme.
    fn most(&self) -> f64;

    /// The offer that leaves the user the most, in the form of [`Offer::scheme`]: `None` is full
    /// information, which is that offer for a rational user.
    fn most_generous(&self) -> Option<SchemeOf<Self>> {
        None
    }
}

/// A search for a frontier that computes only the requested parts.
///
/// It begins with the first and the last vertex. The line between two known vertices is a lower
/// bound of the frontier; once it is settled, it is an edge. Every method takes the sender whose
/// frontier it is.
pub trait FrontierSearch<S: Sender>: Send {
    /// Settles all edges, or brings the frontier to within `error` of the lines that join points,
    /// in the unit of the objective.
    ///
    /// # Errors
    /// If the solver fails or a limit stops it. The results so far are kept.
    fn complete_within(&mut self, sender: &S, error: f64) -> Result<(), PersuadeError>;

    /// Settles the edge that contains `user_value`, and returns its ends. If `user_value` is to the
    /// left of the first vertex, the ends are minus infinity and that vertex.
    ///
    /// # Errors
    /// As [`FrontierSearch::complete_within`].
    fn settle(&mut self, sender: &S, user_value: f64) -> Result<(f64, f64), PersuadeError>;

    /// The known part of the frontier: the vertices, without points on the line between their
    /// neighbors. If the edge of a vertex is not settled, its bound holds at the vertex alone. The
    /// last vertex may lack a bound.
    fn frontier(&self, sender: &S) -> Frontier<S::Communication>;

    /// The known lines above the frontier: the multiplier of the user's value, and the bound that
    /// it gives on the objective.
    fn lines(&self) -> Vec<(f64, BoundOf<S>)>;

    /// The same lines as (height, slope): the frontier is at most `height - slope v`.
    fn heights(&self, sender: &S) -> Vec<(f64, f64)>;
}

/// The outcomes of a sender's schemes, by their support function: the optimal scheme for each
/// objective.
///
/// The outcomes of schemes, as points (user's value, agents' values), form a convex set. An
/// optimization over it asks for the best scheme in one direction after another.
pub trait Support<S: Sender> {
    /// Finds the scheme that maximizes `objective`, in which the weight of the user may be
    /// negative, and a bound on all others. Ties are broken for the user, as far as the kernel can
    /// determine.
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops the computation
    /// ([`PersuadeError::Stopped`]).
    fn maximize(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;

    /// The same, with ties broken against the user, as far as the kernel can determine.
    ///
    /// # Errors
    /// As [`Support::maximize`].
    fn maximize_against_user(&mut self, objective: &Objective) -> Result<(SchemeOf<S>, BoundOf<S>), PersuadeError>;
}
