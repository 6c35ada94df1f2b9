//! The best-agent game: agents offer schemes, and the user talks with the agent alone whose scheme
//! is worth most to her.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), the setting of Theorem 3.
//!
//! Agent `i` can outbid a standing offer that is worth `v` to the user, and then gets `V_i(v)`, its
//! frontier. So an outcome `pi` is one of an equilibrium iff `U_i(pi) >= V_i(u(pi))` for all `i`
//! (everyone offers `pi`; ties go to the incumbent), or if it gives the user all that there is,
//! which nobody can outbid. A lone agent has no rival: its equilibria are its optima.

mod closely;
mod compete;
mod dynamics;
mod exclusion;
mod gap;
mod set;
mod simulated;
mod slack;
mod talk;

use crate::EquilibriumError;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use suasion_certificate::{Offer, ProfileProof, Proof, Reply};
use suasion_model::LeveledGame;
use suasion_model::{Instance, Objective, Scheme, View, ViewError};
use suasion_persuasion::{Frontier, FrontierSearch, Optimum, PersuadeError, Settings, persuade};

pub use compete::{Compete, Exclude, Profile};
pub use dynamics::{Dynamics, Ended, Move, Order, Payoffs, Run, Start};
pub use exclusion::Exclusion;
pub use set::{Equilibria, Equilibrium, Interval};
pub use simulated::SimulatedEnds;
pub use talk::{QuantalEquilibria, TalkEquilibria, TalkGame};

/// An instance at a prior as the best-agent game, with the agents' frontiers, as far as they are
/// known.
pub struct BestAgentGame<'a> {
    instance: &'a Instance,
    prior: usize,
    settings: Settings,
    /// The game that is solved: all values within are its.
    level: LeveledGame<'a>,
    /// One view per agent; one for all where they share their information.
    views: Vec<View<'a>>,
    /// One over what is at stake for each agent (1 where nothing is), `[agents]`: agents are
    /// compared in these units.
    weights: Vec<f64>,
    /// What is at stake for the user.
    unit: f64,
    /// Whether frontiers are found as a whole, to twice the precision.
    precise: bool,
    /// The searches for the agents' frontiers, and last the one for the frontier of their weighted
    /// sum, unless agents observe different signals. None for a lone agent. (Locked, since a search
    /// goes on from where it was.)
    searches: Vec<Mutex<FrontierSearch>>,
    /// The first vertex of a lone agent's frontier.
    lone: Option<Frontier>,
}

/// A game, and what is known of its frontiers.
struct Known<'g, 'a> {
    game: &'g BestAgentGame<'a>,
    /// Each agent's: what it can get against what it leaves the user, `[agents]`.
    frontiers: Vec<Frontier>,
    /// That of the weighted sum; none where agents observe different signals.
    sum: Option<Frontier>,
}

impl<'a> std::ops::Deref for Known<'_, 'a> {
    type Target = BestAgentGame<'a>;

    fn deref(&self) -> &BestAgentGame<'a> {
        self.game
    }
}

impl<'a> BestAgentGame<'a> {
    /// The game at prior number `prior`. The first and the last vertex of every frontier are
    /// computed here, in parallel.
    ///
    /// # Errors
    /// If the user has several types, the solver fails, or a limit of `settings` ends the
    /// computation.
    pub fn new(instance: &'a Instance, prior: usize, settings: &Settings) -> Result<Self, EquilibriumError> {
        let agents = instance.agents.len();
        let shared = instance.agents_share_information();
        let distinct = if shared { 1 } else { agents };
        let (level, views) = leveled(instance, prior, distinct)?;
        if agents == 1 {
            let optimum = persuade(&views[0], &views[0].agents[0], None, settings)?;
            return Self::alone(instance, prior, (level, views), &optimum, settings);
        }
        let view_of = |agent: usize| &views[if shared { 0 } else { agent }];
        let weights = weights_of(&level);
        let search = |i: usize| {
            let (view, objective) =
                if i < agents { (view_of(i), Objective::agent(i)) } else { (&views[0], weighted_sum(&weights)) };
            FrontierSearch::new(view, objective.utility(view), settings).map(Mutex::new)
        };
        let all = (0..agents + usize::from(shared)).into_par_iter();
        let searches = all.map(search).collect::<Result<Vec<_>, PersuadeError>>()?;
        let settings = settings.clone();
        let unit = level.user_unit();
        Ok(Self { instance, prior, settings, level, views, weights, unit, precise: false, searches, lone: None })
    }

    /// A search, for as long as it is used.
    fn search(&self, i: usize) -> MutexGuard<'_, FrontierSearch> {
        // One that panicked is as good as it was.
        self.searches[i].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the searches know.
    fn known(&self) -> Known<'_, 'a> {
        if let Some(lone) = &self.lone {
            return Known { game: self, frontiers: vec![lone.clone()], sum: Some(lone.clone()) };
        }
        let look = |i: usize| self.search(i).frontier(self.view(i));
        let mut frontiers: Vec<Frontier> = (0..self.searches.len()).into_par_iter().map(look).collect();
        let sum = if frontiers.len() > self.agents() { frontiers.pop() } else { None };
        Known { game: self, frontiers, sum }
    }

    /// All frontiers as a whole, found in parallel. Dynamics need them; equilibria only parts.
    fn complete(&self) -> Result<Known<'_, 'a>, EquilibriumError> {
        let searches = (0..self.agents().min(self.searches.len())).into_par_iter();
        searches.map(|i| self.search(i).complete()).collect::<Result<(), PersuadeError>>()?;
        Ok(self.known())
    }

    /// The game of a lone agent, whose optimum without a floor is known. A monopolist never looks
    /// at the rest of its frontier, and it is not computed.
    ///
    /// # Errors
    /// If the user has several types, or a limit ended the computation of the optimum.
    pub fn lone(
        instance: &'a Instance,
        prior: usize,
        optimum: &Optimum,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        Self::alone(instance, prior, leveled(instance, prior, 1)?, optimum, settings)
    }

    fn alone(
        instance: &'a Instance,
        prior: usize,
        (level, views): (LeveledGame<'a>, Vec<View<'a>>),
        optimum: &Optimum,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        if let Some(stopped) = optimum.stopped {
            return Err(PersuadeError::Stopped(stopped).into());
        }
        let frontier = Frontier::first(&views[0], &views[0].agents[0], optimum);
        Ok(Self {
            instance,
            prior,
            settings: settings.clone(),
            weights: weights_of(&level),
            unit: level.user_unit(),
            precise: false,
            level,
            views,
            searches: vec![],
            lone: Some(frontier),
        })
    }

    /// The proof that an agent's first vertex is its optimum as a monopolist.
    #[must_use]
    pub fn monopoly(&self, agent: usize) -> Proof {
        let first = match &self.lone {
            Some(lone) => lone.vertices[0].clone(),
            None => self.search(agent).first(self.view(agent)),
        };
        Proof { floor: None, ..first.proof(self.prior, agent, Objective::agent(agent)) }
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.weights.len()
    }

    /// An agent's whole frontier: what it can get against what it leaves the user. (A lone agent's
    /// first vertex.)
    ///
    /// # Errors
    /// If the solver fails, or a limit of the settings ends the computation.
    pub fn frontier(&self, agent: usize) -> Result<Frontier, EquilibriumError> {
        let mut frontier = if let Some(lone) = &self.lone {
            lone.clone()
        } else {
            let mut search = self.search(agent);
            search.complete()?;
            search.frontier(self.view(agent))
        };
        for vertex in &mut frontier.vertices {
            vertex.user_value = self.level.user().plus(vertex.user_value);
            vertex.objective_value = self.level.agent(agent).plus(vertex.objective_value);
        }
        Ok(frontier)
    }

    /// How an agent sees the game that is solved.
    fn view(&self, agent: usize) -> &View<'a> {
        &self.views[if self.views.len() == 1 { 0 } else { agent }]
    }

    /// The user's value under full information: the best that some agent can offer her.
    #[must_use]
    pub fn full_information(&self) -> f64 {
        let most = |agent: usize| self.instance.view(self.prior, agent).map(|view| view.full_information());
        let all = (0..self.instance.agents.len()).filter_map(|agent| most(agent).ok());
        all.fold(f64::NEG_INFINITY, f64::max)
    }

    /// The same in the game that is solved.
    fn full(&self) -> f64 {
        self.views.iter().map(View::full_information).fold(f64::NEG_INFINITY, f64::max)
    }
}

impl Known<'_, '_> {
    /// The multipliers that bound what an agent gets by outbidding `user_value`.
    fn reply(&self, agent: usize, user_value: f64) -> Reply {
        if self.precise && user_value.is_finite() {
            return self.closest_reply(agent, user_value);
        }
        let (multiplier, multipliers) = compete::reply(self.view(agent), &self.frontiers[agent], agent, user_value);
        Reply { multiplier, multipliers }
    }

    /// The proof that everyone's offering `scheme`, worth `user_value` to the user, is an
    /// equilibrium within `slack`.
    fn everyone(&self, scheme: Scheme, user_value: f64, slack: f64) -> ProfileProof {
        let agents = self.agents();
        let reply = |agent: usize| {
            // A lone agent outbids nobody.
            if agents == 1 { self.reply(0, f64::NEG_INFINITY) } else { self.reply(agent, user_value) }
        };
        ProfileProof {
            prior: self.prior,
            slack,
            offers: vec![Offer { agents: (0..agents).collect(), scheme }],
            standing: 0,
            replies: (0..agents).map(reply).collect(),
        }
    }
}

/// The game that is solved, and how its first agents see it.
fn leveled(instance: &Instance, prior: usize, agents: usize) -> Result<(LeveledGame<'_>, Vec<View<'_>>), ViewError> {
    leveled_by(LeveledGame::new, instance, prior, agents)
}

fn leveled_by<'a>(
    levelled: impl Fn(&'a Instance, usize) -> LeveledGame<'a>,
    instance: &'a Instance,
    prior: usize,
    agents: usize,
) -> Result<(LeveledGame<'a>, Vec<View<'a>>), ViewError> {
    let level = levelled(instance, prior);
    let views = match &level.instance {
        Cow::Borrowed(_) => (0..agents).map(|agent| instance.view(prior, agent)).collect::<Result<_, _>>()?,
        Cow::Owned(game) => (0..agents).map(|agent| game.view(prior, agent).map(owned)).collect::<Result<_, _>>()?,
    };
    Ok((level, views))
}

/// A view that needs no instance.
fn owned(view: View<'_>) -> View<'static> {
    View {
        prior: Cow::Owned(view.prior.into_owned()),
        user: Cow::Owned(view.user.into_owned()),
        agents: view.agents.into_iter().map(|utility| Cow::Owned(utility.into_owned())).collect(),
    }
}

fn weights_of(level: &LeveledGame<'_>) -> Vec<f64> {
    level.agent_units().iter().map(|unit| 1.0 / unit).collect()
}

/// The weighted sum of all agents' utilities.
fn weighted_sum(weights: &[f64]) -> Objective {
    Objective { user: 0.0, agents: weights.iter().copied().enumerate().collect() }
}
