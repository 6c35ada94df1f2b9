//! The best-agent game: agents offer schemes, and the user communicates only with the agent whose
//! scheme has the highest value to her.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), the setting of Theorem 3.
//!
//! If the accepted offer gives the user `v`, agent `i` can outbid it and then gets `V_i(v)`, its
//! frontier. So `pi` is an equilibrium outcome iff `U_i(pi) >= V_i(u(pi))` for all `i` (everyone
//! offers `pi`; ties go to the incumbent), or if it gives the user her maximum, which nobody can
//! outbid. A monopolist has no rival: its equilibria are its optima.
//!
//! The game is the same for every way to communicate ([`Sender`]). Frontiers are computed only
//! where they are needed.

mod closely;
mod dynamics;
mod exclusion;
mod gap;
mod intervals;
mod quantal;
mod set;
mod simulated;
mod slack;

use crate::EquilibriumError;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use suasion_certificate::{Direct, Offer, OptimumProof, ProfileProof, Reply};
use suasion_model::{Instance, LeveledGame, Objective, TypedViewError, View};
use suasion_persuasion::{
    ExperimentSender, Frontier, FrontierSearch, MechanismSender, Optimum, PersuadeError, QuantalSender, SchemeOf,
    Sender, Settings, first_vertex,
};

pub use dynamics::{Dynamics, Ended, Move, Order, Payoffs, Run, Start};
pub use intervals::ValueInterval;
pub use quantal::QuantalEquilibria;
pub use set::{Equilibria, Equilibrium};
pub use simulated::SimulatedEnds;

/// The regret that proofs allow, relative to the range of an agent's utility, less a safety margin.
/// A larger gain counts, for any number of agents.
const ALLOWED: f64 = 9e-8;
/// Relative to the user's value of information: user values that differ by less than this part of a
/// sender's resolution count as equal.
const SAME: f64 = 0.1;
/// Relative to the user's stake: user values that differ by less than this also count as equal,
/// because they are not known more precisely.
const ROUNDED: f64 = 1e-14;

/// Makes a sender for an agent in the game that is solved.
type MakeSender<'a, S> = Arc<dyn Fn(&LeveledGame<'a>, usize) -> Result<S, EquilibriumError> + Send + Sync + 'a>;
/// A frontier of a sender's schemes.
type FrontierOf<S> = Frontier<<S as Sender>::Communication>;

/// An instance at a prior as the best-agent game, with the known parts of the agents' frontiers.
pub struct BestAgentGame<'a, S: Sender> {
    instance: &'a Instance,
    prior: usize,
    settings: Settings,
    /// The game that is solved. All values inside belong to it.
    level: LeveledGame<'a>,
    make: MakeSender<'a, S>,
    /// One per agent; a single one if the agents share their information.
    senders: Vec<S>,
    /// One over each agent's stake (1 if it is zero), `[agents]`. Agents are compared in these
    /// units.
    weights: Vec<f64>,
    /// The user's stake.
    unit: f64,
    /// Whether frontiers are computed as a whole, to twice the precision.
    precise: bool,
    /// The searches for the agents' frontiers, and last the search for the frontier of their
    /// weighted sum, unless agents observe different signals. Empty for a monopolist. (Locked,
    /// because a search continues where it stopped.)
    searches: Vec<Mutex<S::Search>>,
    /// The first vertex of a monopolist's frontier. The rest of the frontier is never needed.
    monopoly: Option<FrontierOf<S>>,
}

/// A game, and the known parts of its frontiers.
struct Known<'g, 'a, S: Sender> {
    game: &'g BestAgentGame<'a, S>,
    /// Each agent's frontier: its value against the user's value, `[agents]`.
    frontiers: Vec<FrontierOf<S>>,
    /// The frontier of the weighted sum; `None` if agents observe different signals.
    sum: Option<FrontierOf<S>>,
}

impl<'a, S: Sender> std::ops::Deref for Known<'_, 'a, S> {
    type Target = BestAgentGame<'a, S>;

    fn deref(&self) -> &BestAgentGame<'a, S> {
        self.game
    }
}

impl<'a> BestAgentGame<'a, View<'a>> {
    /// The game at prior number `prior` with a user of one type. This computes the first and the
    /// last vertex of every frontier, in parallel.
    ///
    /// # Errors
    /// If there is no such prior, the user has several types, the solver fails, or a limit of
    /// `settings` stops the computation.
    pub fn new(instance: &'a Instance, prior: usize, settings: &Settings) -> Result<Self, EquilibriumError> {
        Self::with(instance, prior, Arc::new(direct), settings, None)
    }

    /// The game of a monopolist whose optimum without a floor is known.
    ///
    /// # Errors
    /// The same as [`BestAgentGame::new`]. Also if a limit stopped the computation of the optimum.
    pub fn monopoly(
        instance: &'a Instance,
        prior: usize,
        optimum: &Optimum<Direct>,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        Self::with(instance, prior, Arc::new(direct), settings, Some(optimum))
    }
}

impl<'a> BestAgentGame<'a, ExperimentSender> {
    /// The game at prior number `prior` in which agents offer experiments.
    ///
    /// # Errors
    /// If there is no such prior, the solver fails, or a limit of `settings` stops the computation.
    pub fn experiments(instance: &'a Instance, prior: usize, settings: &Settings) -> Result<Self, EquilibriumError> {
        let make = |level: &LeveledGame<'a>, agent: usize| {
            Ok(ExperimentSender { view: level.instance.typed_view(level.prior(), agent)? })
        };
        Self::with(instance, prior, Arc::new(make), settings, None)
    }
}

impl<'a> BestAgentGame<'a, MechanismSender> {
    /// The game at prior number `prior` in which agents offer mechanisms.
    ///
    /// # Errors
    /// If there is no such prior, the solver fails, or a limit of `settings` stops the computation.
    pub fn mechanisms(instance: &'a Instance, prior: usize, settings: &Settings) -> Result<Self, EquilibriumError> {
        let make = |level: &LeveledGame<'a>, agent: usize| {
            Ok(MechanismSender { view: level.instance.typed_view(level.prior(), agent)? })
        };
        Self::with(instance, prior, Arc::new(make), settings, None)
    }
}

impl<'a> BestAgentGame<'a, QuantalSender> {
    /// The game at prior number `prior` with a user who responds by quantal response of sensitivity
    /// `eta`.
    ///
    /// # Errors
    /// If there is no such prior, `eta` is not a finite number of at least 0, the solver fails, or
    /// a limit of `settings` stops the computation.
    pub fn quantal(
        instance: &'a Instance,
        prior: usize,
        eta: f64,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        if !(eta.is_finite() && eta >= 0.0) {
            let expected = "a finite number of at least 0";
            return Err(EquilibriumError::Number { what: "eta", found: eta, expected });
        }
        let limits = settings.clone();
        let make = move |level: &LeveledGame<'a>, agent: usize| {
            Ok(QuantalSender::new(level.instance.typed_view(level.prior(), agent)?, eta, &limits)?)
        };
        Self::with(instance, prior, Arc::new(make), settings, None)
    }
}

/// An agent's view of the game that is solved, if the user has one type.
fn direct<'a>(level: &LeveledGame<'a>, agent: usize) -> Result<View<'a>, EquilibriumError> {
    Ok(match &level.instance {
        Cow::Borrowed(game) => game.view(level.prior(), agent)?,
        Cow::Owned(game) => owned(game.view(level.prior(), agent)?),
    })
}

/// A view that does not need an instance.
fn owned(view: View<'_>) -> View<'static> {
    View {
        seat: view.seat,
        prior: Cow::Owned(view.prior.into_owned()),
        user: Cow::Owned(view.user.into_owned()),
        agents: view.agents.into_iter().map(|utility| Cow::Owned(utility.into_owned())).collect(),
    }
}

impl<'a, S: Sender> BestAgentGame<'a, S> {
    /// The game in which agents are the senders that `make` makes. A monopolist's optimum may be
    /// known.
    fn with(
        instance: &'a Instance,
        prior: usize,
        make: MakeSender<'a, S>,
        settings: &Settings,
        optimum: Option<&Optimum<S::Communication>>,
    ) -> Result<Self, EquilibriumError> {
        if prior >= instance.priors() {
            let size = instance.priors();
            return Err(TypedViewError::OutOfRange { what: "prior", index: prior, size }.into());
        }
        let agents = instance.agents.len();
        let shared = instance.agents_share_information();
        let level = LeveledGame::new(instance, prior);
        let distinct = if shared { 1 } else { agents };
        let senders = (0..distinct).map(|agent| make(&level, agent)).collect::<Result<Vec<S>, EquilibriumError>>()?;
        let weights = level.agent_units().iter().map(|unit| 1.0 / unit).collect();
        let unit = level.user_unit();
        let settings = settings.clone();
        let (precise, searches, monopoly) = (false, vec![], None);
        let mut game =
            Self { instance, prior, settings, level, make, senders, weights, unit, precise, searches, monopoly };
        if agents == 1 {
            let optimum = match optimum {
                Some(optimum) => optimum.clone(),
                None => game.senders[0].persuade(&Objective::agent(0), None, &game.settings)?,
            };
            game.monopoly = Some(first_vertex(&game.senders[0], optimum)?);
            return Ok(game);
        }
        let search = |i: usize| {
            let objective = if i < agents { Objective::agent(i) } else { weighted_sum(&game.weights) };
            game.sender(i).search(&objective, &game.settings).map(Mutex::new)
        };
        let all = (0..agents + usize::from(shared)).into_par_iter();
        game.searches = all.map(search).collect::<Result<Vec<_>, PersuadeError>>()?;
        Ok(game)
    }

    /// A lock on a search while it is used.
    fn search(&self, i: usize) -> MutexGuard<'_, S::Search> {
        // A search that panicked is still valid.
        self.searches[i].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The frontiers as far as the searches have found them.
    fn known(&self) -> Known<'_, 'a, S> {
        if let Some(monopoly) = &self.monopoly {
            return Known { game: self, frontiers: vec![monopoly.clone()], sum: Some(monopoly.clone()) };
        }
        let look = |i: usize| self.search(i).frontier(self.sender(i));
        let mut frontiers: Vec<FrontierOf<S>> = (0..self.searches.len()).into_par_iter().map(look).collect();
        let sum = if frontiers.len() > self.agents() { frontiers.pop() } else { None };
        Known { game: self, frontiers, sum }
    }

    /// Computes all frontiers as a whole, in parallel. Dynamics need them; equilibria need only
    /// parts.
    fn complete(&self) -> Result<Known<'_, 'a, S>, EquilibriumError> {
        let searches = (0..self.searches.len()).into_par_iter();
        let complete = |i: usize| self.search(i).complete_within(self.sender(i), 0.0);
        searches.map(complete).collect::<Result<(), PersuadeError>>()?;
        Ok(self.known())
    }

    /// The proof that an agent's first vertex is its optimum as a monopolist.
    #[must_use]
    pub fn monopolist(&self, agent: usize) -> OptimumProof<S::Communication> {
        let sender = self.sender(agent);
        let frontier = match &self.monopoly {
            Some(monopoly) => monopoly.clone(),
            None => self.search(agent).frontier(sender),
        };
        let proof = frontier.vertices[0].proof(sender.communication(), sender.seat(), Objective::agent(agent));
        OptimumProof { floor: None, agent, ..proof }
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.weights.len()
    }

    /// An agent's whole frontier: its value against the user's value. (For a monopolist, only the
    /// first vertex.)
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings stops the computation.
    pub fn frontier(&self, agent: usize) -> Result<FrontierOf<S>, EquilibriumError> {
        let mut frontier = if let Some(monopoly) = &self.monopoly {
            monopoly.clone()
        } else {
            let mut search = self.search(agent);
            search.complete_within(self.sender(agent), 0.0)?;
            search.frontier(self.sender(agent))
        };
        for vertex in &mut frontier.vertices {
            vertex.user_value = self.level.user().plus(vertex.user_value);
            vertex.objective_value = self.level.agent(agent).plus(vertex.objective_value);
        }
        Ok(frontier)
    }

    /// The sender of an agent in the game that is solved. Any sender for the agents' sum.
    #[must_use]
    pub fn sender(&self, agent: usize) -> &S {
        &self.senders[if self.senders.len() == 1 { 0 } else { agent }]
    }

    /// The most that some agent can give a rational user: her value if she sees what that agent
    /// observes.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        let most = |agent: usize| self.instance.typed_view(self.prior, agent).map(|view| view.full_information());
        let all = (0..self.instance.agents.len()).filter_map(|agent| most(agent).ok());
        all.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The most that some agent can give this user, who may be quantal, according to the computed
    /// frontiers.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.level.user().plus(self.full())
    }

    /// The same in the game that is solved.
    fn full(&self) -> f64 {
        self.senders.iter().map(Sender::most).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The user's value under no information, in the game that is solved.
    fn none(&self) -> f64 {
        self.senders[0].values(&self.senders[0].no_information()).user
    }

    /// The possible error of a frontier's value between its vertices, relative to the stake.
    fn frontier_error(&self) -> f64 {
        2.0 * self.senders[0].resolution()
    }

    /// User values that differ by less than this count as equal.
    fn same(&self) -> f64 {
        let resolution = SAME * self.senders[0].resolution();
        let worth = if self.precise { 0.0 } else { resolution * (self.full() - self.none()) };
        worth.max(ROUNDED * self.unit).max(f64::MIN_POSITIVE)
    }
}

impl<S: Sender> Known<'_, '_, S> {
    /// A bound on an agent's value if it outbids `user_value`.
    fn reply(&self, agent: usize, user_value: f64) -> Reply<S::Communication> {
        let (sender, frontier) = (self.sender(agent), &self.frontiers[agent]);
        let (multiplier, bound) = if self.precise && user_value.is_finite() {
            sender.reply_closely(&self.level.instance, frontier, agent, user_value)
        } else {
            sender.reply(frontier, agent, user_value)
        };
        Reply { multiplier, bound }
    }

    /// The equilibrium, within `slack`, in which everyone offers `scheme`, or the scheme that gives
    /// the user the most if `scheme` is `None`.
    fn everyone(&self, scheme: Option<SchemeOf<S>>, slack: f64) -> Equilibrium<S::Communication> {
        let (agents, sender) = (self.agents(), &self.senders[0]);
        let user_value = scheme.as_ref().map_or_else(|| self.full(), |scheme| sender.values(scheme).user);
        // A monopolist has nobody to outbid.
        let floor = if agents == 1 { f64::NEG_INFINITY } else { user_value };
        let proof = ProfileProof {
            communication: sender.communication(),
            prior: self.prior,
            slack,
            offers: vec![Offer { agents: (0..agents).collect(), scheme: scheme.or_else(|| sender.most_generous()) }],
            accepted: 0,
            replies: (0..agents).map(|agent| self.reply(agent, floor)).collect(),
        };
        Equilibrium { user_value: self.level.user().plus(user_value), proof }
    }
}

/// The weighted sum of all agents' utilities.
fn weighted_sum(weights: &[f64]) -> Objective {
    Objective { user: 0.0, agents: weights.iter().copied().enumerate().collect() }
}
