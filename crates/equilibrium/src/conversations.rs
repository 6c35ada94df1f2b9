//! Conversations of many rounds: in every round the user sends a message to every agent, and every
//! agent answers. Then she acts on the whole history.
//!
//! *Source:* Collina, Goel, Roth, Ryu & Shi (arXiv 2509.15090), section 2, with finite alphabets.

mod alternate;
mod best;
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
mod starts;
mod transcript;
mod worth;

use crate::EquilibriumError;
use suasion_model::LeveledGame;
use suasion_model::{ConversationRule, Instance, Protocol, Situation};
use suasion_persuasion::Settings;

pub use alternate::HeuristicReply;
pub use best::BestReply;
pub use dynamics::{ConversationPlay, PlayedProfile};
pub use reply::ConversationReply;
pub use respond::Ties;
pub use sample::{Estimate, Sample, SampledConversation};
pub use transcript::{Transcript, TranscriptNode, TranscriptReply, TranscriptStep};
pub use worth::UserRule;

/// The values of a profile of conversation rules and a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationWorth {
    /// The user's value.
    pub user: f64,
    /// Every agent's value, `[agents]`.
    pub agents: Vec<f64>,
}

/// An instance at a prior as a game of conversations.
pub struct ConversationGame<'a> {
    instance: &'a Instance,
    prior: usize,
    protocol: Protocol,
    settings: Settings,
    worlds: Vec<Situation>,
    /// The number of observations that an agent may make.
    observations: usize,
    /// Each agent's stake, or 1 if it is zero.
    ranges: Vec<f64>,
    /// The user's stake, likewise.
    user_range: f64,
}

impl<'a> ConversationGame<'a> {
    /// The largest number of nodes in a tree of conversations, unless another limit is set.
    pub const MOST_NODES: usize = 20_000_000;

    /// Walks along conversations are recursive. Any thread's stack suffices for this many answers
    /// in one conversation, over all agents and rounds.
    const MOST_ANSWERS: usize = 2000;

    /// The game at prior number `prior`, if its tree has at most `most` nodes.
    ///
    /// # Errors
    /// If there is no such prior, the protocol is not valid, or the tree is too large.
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
        for (what, found, most) in [
            ("the number of rounds", protocol.rounds, Protocol::MOST_ROUNDS),
            ("the number of messages of the user", protocol.user_messages.len(), Protocol::MOST_MESSAGES),
            ("the number of answers of an agent", protocol.agent_messages.len(), Protocol::MOST_MESSAGES),
        ] {
            if !(1..=most).contains(&found) {
                let expected = "at least 1, and at most the protocol's limit";
                return Err(EquilibriumError::Number { what, found: found as f64, expected });
            }
        }
        let size = protocol.size(instance.agents.len(), instance.types());
        if size.nodes.max(size.histories) > most as f64 {
            let found = size.nodes.max(size.histories) as usize;
            return Err(EquilibriumError::TooLarge { what: "nodes of the conversation tree", found, most });
        }
        let answers = instance.agents.len().saturating_mul(protocol.rounds);
        if answers > Self::MOST_ANSWERS {
            let (what, found, most) = ("answers in a conversation", answers, Self::MOST_ANSWERS);
            return Err(EquilibriumError::TooLarge { what, found, most });
        }
        let level = LeveledGame::units_alone(instance, prior);
        Ok(Self {
            instance,
            prior,
            protocol: protocol.clone(),
            settings: settings.clone(),
            worlds: instance.situations(prior),
            observations: instance.observations(),
            ranges: level.agent_units().to_vec(),
            user_range: level.user_unit(),
        })
    }

    /// The protocol of the conversations.
    #[must_use]
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The number of agents.
    #[must_use]
    pub fn agents(&self) -> usize {
        self.ranges.len()
    }

    /// The profile in which every agent reveals no information.
    #[must_use]
    pub fn silence(&self) -> Vec<ConversationRule> {
        vec![ConversationRule::silence(&self.protocol, self.observations); self.agents()]
    }

    /// The profile in which every agent reveals full information.
    #[must_use]
    pub fn revelation(&self) -> Vec<ConversationRule> {
        (0..self.agents()).map(|agent| self.told_by(agent)).collect()
    }

    /// The rule by which an agent reveals its observation, as far as its alphabet allows.
    fn told_by(&self, agent: usize) -> ConversationRule {
        ConversationRule::of_full_information(&self.protocol, self.instance, self.prior, agent)
    }
}
