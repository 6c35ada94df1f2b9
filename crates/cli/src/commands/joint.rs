//! Games in which the user hears all agents.

use std::collections::BTreeMap;
use suasion_certificate::AllAgentsCertificate;
use suasion_equilibrium::{
    AllAgentsGame, AllAgentsSearch, ConversationGame, EquilibriumError, Found, StartKind, Switch,
};
use suasion_model::Protocol;
use suasion_results::Switched;

/// A game in which the user hears all agents, at a prior.
pub struct JointGame<'a> {
    prior: usize,
    heard: Heard<'a>,
}

/// How she hears them: one message from each, or a conversation with each.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
enum Heard<'a> {
    Once(AllAgentsGame<'a>),
    Conversations(ConversationGame<'a>),
}

impl<'a> JointGame<'a> {
    /// The game with one message from each agent.
    pub fn once(prior: usize, game: AllAgentsGame<'a>) -> Self {
        Self { prior, heard: Heard::Once(game) }
    }

    /// The game with conversations.
    pub fn conversations(prior: usize, game: ConversationGame<'a>) -> Self {
        Self { prior, heard: Heard::Conversations(game) }
    }

    pub fn prior(&self) -> usize {
        self.prior
    }

    /// The game with conversations, if it is one.
    pub fn conversation(&self) -> Option<&ConversationGame<'a>> {
        match &self.heard {
            Heard::Once(_) => None,
            Heard::Conversations(game) => Some(game),
        }
    }

    /// The user's sensitivity, if she is quantal.
    pub fn eta(&self) -> Option<f64> {
        match &self.heard {
            Heard::Once(game) => game.eta(),
            Heard::Conversations(_) => None,
        }
    }

    /// The protocol of conversations, if there are any.
    pub fn protocol(&self) -> Option<&Protocol> {
        self.conversation().map(ConversationGame::protocol)
    }

    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        match &self.heard {
            Heard::Once(game) => game.search(search, progress),
            Heard::Conversations(game) => game.search(search, progress),
        }
    }

    /// For each agent, the outcome if it alone switches to full information.
    pub fn switched(&self, certificate: &AllAgentsCertificate) -> Result<Vec<Switched>, EquilibriumError> {
        let switches = match (&self.heard, certificate) {
            (Heard::Conversations(game), AllAgentsCertificate::Conversations(certificate)) => {
                game.switches(&certificate.proof.rules)?
            }
            (Heard::Once(game), certificate) => game.switches(certificate.schemes()),
            (Heard::Conversations(game), _) => game.switches(&game.silence())?,
        };
        let switched = |Switch { distance, identical }| Switched { distance, identical };
        Ok(switches.into_iter().map(switched).collect())
    }
}

/// The number of starts of each kind, by name.
pub fn starts(found: &BTreeMap<StartKind, usize>) -> BTreeMap<String, usize> {
    let name = |kind| match kind {
        StartKind::Uninformative => "uninformative",
        StartKind::Full => "full",
        StartKind::Monopoly => "monopoly",
        StartKind::Adversarial => "adversarial",
        StartKind::Random => "random",
    };
    found.iter().map(|(&kind, &count)| (name(kind).to_owned(), count)).collect()
}
