//! The game: who there is, what they want, what they know.

use crate::{Matrix, Protocol};
use serde::{Deserialize, Serialize};

/// A finite set, by its size alone or with a name for each element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    /// So many elements; element `i` is called by its index.
    Count(usize),
    /// One distinct name per element.
    Names(Vec<String>),
}

impl Labels {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Count(count) => *count,
            Self::Names(names) => names.len(),
        }
    }

    /// Whether there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What element `index` is called.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        match self {
            Self::Count(_) => index.to_string(),
            Self::Names(names) => names[index].clone(),
        }
    }

    /// The element that is called `name`, if there is one.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        match self {
            Self::Count(count) => name.parse().ok().filter(|index| index < count),
            Self::Names(names) => names.iter().position(|other| other == name),
        }
    }
}

/// A player and what it wants: the user or an agent.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// Its name, distinct among the parties.
    pub name: String,
    /// Its utility, `actions x states`.
    pub utility: Matrix,
}

/// What a world shows to the agents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSignals {
    /// Every agent observes the same signal (an index into [`Information::Worlds::signals`]).
    Shared(usize),
    /// One signal per agent, in the order of the agents.
    PerAgent(Vec<usize>),
}

impl AgentSignals {
    /// The signal that agent `agent` observes.
    #[must_use]
    pub fn of(&self, agent: usize) -> usize {
        match self {
            Self::Shared(signal) => *signal,
            Self::PerAgent(signals) => signals[agent],
        }
    }
}

/// One way the world may be: how likely, which state, and who observes what.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// How likely it is; over all worlds they sum to one.
    pub probability: f64,
    /// Its state (an index).
    pub state: usize,
    /// What the user observes by herself: her type (an index into [`Information::Worlds::types`]).
    pub user: usize,
    /// What the agents observe.
    pub agents: AgentSignals,
}

/// A world, or a state that all agents observe, as everybody sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// How likely it is.
    pub probability: f64,
    /// Its state (an index).
    pub state: usize,
    /// The user's type (an index); 0 where she knows nothing by herself.
    pub user: usize,
    /// What each agent observes (an index of [`Instance::observations`]), `[agents]`.
    pub observations: Vec<usize>,
}

/// Who knows what about the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Information {
    /// The agents observe the state, the user nothing. One row per prior, one column per state; a file may hold many priors.
    Priors(Matrix),
    /// Private information: a distribution over worlds.
    Worlds {
        /// The user's types, by name, in order of first appearance.
        types: Vec<String>,
        /// The agents' signals, by name, in order of first appearance.
        signals: Vec<String>,
        /// The worlds.
        worlds: Vec<World>,
    },
}

/// A persuasion game (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090, section 2).
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// What it is called.
    pub name: String,
    /// Where it comes from, if that is known.
    pub source: Option<String>,
    /// The states of the world.
    pub states: Labels,
    /// The user's actions.
    pub actions: Labels,
    /// Who knows what.
    pub information: Information,
    /// The user, who acts.
    pub user: Party,
    /// The agents, who talk.
    pub agents: Vec<Party>,
    /// How they and the user converse, if the instance says so.
    pub protocol: Option<Protocol>,
}

impl Instance {
    /// The number of priors: one for an instance with worlds.
    #[must_use]
    pub fn priors(&self) -> usize {
        match &self.information {
            Information::Priors(priors) => priors.rows(),
            Information::Worlds { .. } => 1,
        }
    }

    /// The number of the user's types: one, where she knows nothing by herself.
    #[must_use]
    pub fn types(&self) -> usize {
        match &self.information {
            Information::Priors(_) => 1,
            Information::Worlds { types, .. } => types.len(),
        }
    }

    /// How many observations there are that an agent may make.
    #[must_use]
    pub fn observations(&self) -> usize {
        match &self.information {
            Information::Priors(_) => self.states.len(),
            Information::Worlds { signals, .. } => signals.len(),
        }
    }

    /// All that may be at prior number `prior`, with who observes what: what has no probability is left out. Where agents observe the state, one
    /// for each state.
    ///
    /// # Panics
    /// If there is no such prior, or a world has too few signals; a valid instance has them.
    #[must_use]
    pub fn situations(&self, prior: usize) -> Vec<Situation> {
        let agents = self.agents.len();
        let mut situations: Vec<Situation> = match &self.information {
            Information::Priors(priors) => {
                let of_state = |(state, &probability): (usize, &f64)| Situation {
                    probability,
                    state,
                    user: 0,
                    observations: vec![state; agents],
                };
                priors.row(prior).iter().enumerate().map(of_state).collect()
            }
            Information::Worlds { worlds, .. } => {
                let of_world = |world: &World| Situation {
                    probability: world.probability,
                    state: world.state,
                    user: world.user,
                    observations: (0..agents).map(|agent| world.agents.of(agent)).collect(),
                };
                worlds.iter().map(of_world).collect()
            }
        };
        situations.retain(|situation| situation.probability > 0.0);
        situations
    }

    /// Whether all agents observe the same in every world, so that each could offer what another offers.
    #[must_use]
    pub fn agents_share_information(&self) -> bool {
        match &self.information {
            Information::Priors(_) => true,
            Information::Worlds { worlds, .. } => worlds.iter().all(|world| match &world.agents {
                AgentSignals::Shared(_) => true,
                AgentSignals::PerAgent(signals) => signals.windows(2).all(|pair| pair[0] == pair[1]),
            }),
        }
    }

    /// The index of the agent called `name`.
    #[must_use]
    pub fn agent(&self, name: &str) -> Option<usize> {
        self.agents.iter().position(|agent| agent.name == name)
    }
}
