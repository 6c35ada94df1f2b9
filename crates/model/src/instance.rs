//! The game: its parties, what they want, and what they know.

use crate::{Matrix, Protocol};
use serde::{Deserialize, Serialize};

/// A finite set, given by its size alone or by a name for each element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    /// A set of this size; the name of element `i` is its index.
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

    /// The name of element `index`.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        match self {
            Self::Count(_) => index.to_string(),
            Self::Names(names) => names[index].clone(),
        }
    }

    /// The element with the name `name`, if there is one.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        match self {
            Self::Count(count) => name.parse().ok().filter(|index| index < count),
            Self::Names(names) => names.iter().position(|other| other == name),
        }
    }
}

/// A party, the user or an agent, and what it wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// Its name, which no other party has.
    pub name: String,
    /// Its utility, `actions x states`.
    pub utility: Matrix,
}

/// What the agents observe in a world.
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

/// One way the world may be: its probability, its state, and who observes what.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Its probability. The probabilities of all worlds sum to one.
    pub probability: f64,
    /// Its state (an index).
    pub state: usize,
    /// What the user observes privately: her type (an index into [`Information::Worlds::types`]).
    pub user: usize,
    /// What the agents observe.
    pub agents: AgentSignals,
}

/// A world as every party sees it, or a state that all agents observe.
#[derive(Clone, Debug, PartialEq)]
pub struct Situation {
    /// Its probability.
    pub probability: f64,
    /// Its state (an index).
    pub state: usize,
    /// The user's type (an index); 0 if she has no private information.
    pub user: usize,
    /// What each agent observes (an index into [`Instance::observations`]), `[agents]`.
    pub observations: Vec<usize>,
}

/// Who knows what about the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Information {
    /// The agents observe the state, and the user observes nothing. One row per prior, one column
    /// per state. A file may hold many priors.
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
    /// Its name.
    pub name: String,
    /// Where the instance comes from, if that is known.
    pub source: Option<String>,
    /// The states of the world.
    pub states: Labels,
    /// The user's actions.
    pub actions: Labels,
    /// Who knows what.
    pub information: Information,
    /// The user, who acts.
    pub user: Party,
    /// The agents, who advise her.
    pub agents: Vec<Party>,
    /// The protocol of their conversation, if the instance gives one.
    pub protocol: Option<Protocol>,
}

impl Instance {
    /// The number of priors; one for an instance with worlds.
    #[must_use]
    pub fn priors(&self) -> usize {
        match &self.information {
            Information::Priors(priors) => priors.rows(),
            Information::Worlds { .. } => 1,
        }
    }

    /// The number of the user's types; one if she has no private information.
    #[must_use]
    pub fn types(&self) -> usize {
        match &self.information {
            Information::Priors(_) => 1,
            Information::Worlds { types, .. } => types.len(),
        }
    }

    /// The number of observations that an agent may make.
    #[must_use]
    pub fn observations(&self) -> usize {
        match &self.information {
            Information::Priors(_) => self.states.len(),
            Information::Worlds { signals, .. } => signals.len(),
        }
    }

    /// Every possible case at prior number `prior`, with who observes what. Cases of probability
    /// zero are left out. If agents observe the state, there is one case per state.
    ///
    /// # Panics
    /// If there is no such prior, or a world has too few signals. A valid instance has enough.
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

    /// Whether all agents observe the same in every world, so that each can offer what any other
    /// can.
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

    /// The index of the agent with the name `name`.
    #[must_use]
    pub fn agent(&self, name: &str) -> Option<usize> {
        self.agents.iter().position(|agent| agent.name == name)
    }
}
