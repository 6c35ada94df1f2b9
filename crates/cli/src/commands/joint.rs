//! Games in which the user hears all agents.

use std::collections::BTreeMap;
use suasion_certificate::JointCertificate;
use suasion_equilibrium::{
    AllAgentsGame, AllAgentsSearch, ConversationGame, EquilibriumError, Found, StartKind, Switch,
};
use suasion_model::Protocol;

/// A game in which the user hears all agents: one message of each, or in conversations.
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum JointGame<'a> {
    Once(AllAgentsGame<'a>),
    Conversations(ConversationGame<'a>),
}

impl JointGame<'_> {
    pub fn no_information(&self) -> f64 {
        match self {
            Self::Once(game) => game.no_information(),
            Self::Conversations(game) => game.no_information(),
        }
    }

    pub fn full_information(&self) -> f64 {
        match self {
            Self::Once(game) => game.full_information(),
            Self::Conversations(game) => game.full_information(),
        }
    }

    /// The user's sensitivity, if she is quantal.
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::Once(game) => game.eta(),
            Self::Conversations(_) => None,
        }
    }

    /// How they converse, if they do.
    pub fn protocol(&self) -> Option<&Protocol> {
        match self {
            Self::Once(_) => None,
            Self::Conversations(game) => Some(game.protocol()),
        }
    }

    pub fn search(&self, search: &AllAgentsSearch, progress: &(dyn Fn() + Sync)) -> Result<Found, EquilibriumError> {
        match self {
            Self::Once(game) => game.search(search, progress),
            Self::Conversations(game) => game.search(search, progress),
        }
    }

    /// What happens if one agent alone switches to telling all.
    pub fn switches(&self, certificate: &JointCertificate) -> Result<Vec<Switch>, EquilibriumError> {
        match (self, certificate) {
            (Self::Conversations(game), JointCertificate::Conversations(certificate)) => {
                game.switches(&certificate.proof.rules)
            }
            (Self::Once(game), certificate) => Ok(game.switches(certificate.schemes())),
            (Self::Conversations(game), _) => game.switches(&game.silence()),
        }
    }
}

/// From how many starts of each kind dynamics led somewhere, by name.
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
