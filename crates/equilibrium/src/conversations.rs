//! Conversations of many rounds: in every round the user says something to every agent, and every agent answers; then she acts upon all that was said.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), section 2, with finite alphabets.

mod alternate;
mod dynamics;
mod heard;
mod others;
mod outcome;
mod program;
mod reply;
mod respond;
mod rule;
mod sample;
mod search;
mod transcript;
mod worth;

use crate::EquilibriumError;
use suasion_model::{ConversationRule, Instance, Protocol, Situation};
use suasion_persuasion::Settings;

pub use alternate::HeuristicReply;
pub use dynamics::{ConversationPlay, PlayedProfile};
pub use reply::ConversationReply;
pub use respond::Ties;
pub use sample::{Estimate, Sample, SampledConversation};
pub use search::{ConversationEquilibria, FoundConversations};
pub use transcript::{Transcript, TranscriptNode, TranscriptReply, TranscriptStep};
pub use worth::UserRule;

/// What a profile of conversation rules and a plan are worth.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationWorth {
    /// To the user.
    pub user: f64,
    /// To every agent, `[agents]`.
    pub agents: Vec<f64>,
}

/// An instance at a prior as a game of conversations.
pub struct ConversationGame<'a> {
    instance: &'a Instance,
    prior: usize,
    protocol: Protocol,
    settings: Settings,
    worlds: Vec<Situation>,
    /// How many observations an agent may make.
    observations: usize,
    /// The range of each agent's utility, or 1 for a constant one.
    ranges: Vec<f64>,
    /// The same for the user.
    user_range: f64,
}

impl<'a> ConversationGame<'a> {
    /// A tree of conversations with more nodes is refused, unless another limit is set.
    pub const MOST_NODES: usize = 20_000_000;

    /// The game at prior number `prior`, if its tree has at most `most` nodes.
    ///
    /// # Errors
    /// If there is no such prior, or the tree is too large.
    pub fn new(
        instance: &'a Instance,
        prior: usize,
        protocol: &Protocol,
        most: usize,
        settings: &Settings,
    ) -> Result<Self, EquilibriumError> {
        if prior >= instance.priors() {
            let size = instance.priors();
            return Err(suasion_model::TypedViewError::OutOfRange { what: "prior", index: prior, size }.into());
        }
        let size = protocol.size(instance.agents.len(), instance.types());
        let found = size.nodes.max(size.histories);
        if found > most as f64 {
            let found = found as usize;
            return Err(EquilibriumError::TooLarge { what: "nodes of the conversation tree", found, most });
        }
        let range = |utility: &suasion_model::Matrix| {
            let (low, high) = utility.range();
            if high > low { high - low } else { 1.0 }
        };
        Ok(Self {
            instance,
            prior,
            protocol: protocol.clone(),
            settings: settings.clone(),
            worlds: instance.situations(prior),
            observations: instance.observations(),
            ranges: instance.agents.iter().map(|agent| range(&agent.utility)).collect(),
            user_range: range(&instance.user.utility),
        })
    }

    /// How they converse.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.ranges.len()
    }

    /// The profile in which every agent tells nothing.
    #[must_use]
    pub fn silence(&self) -> Vec<ConversationRule> {
        vec![ConversationRule::silence(&self.protocol, self.observations); self.agents()]
    }

    /// The profile in which every agent tells all it can.
    #[must_use]
    pub fn revelation(&self) -> Vec<ConversationRule> {
        vec![ConversationRule::revelation(&self.protocol, self.observations); self.agents()]
    }
}
