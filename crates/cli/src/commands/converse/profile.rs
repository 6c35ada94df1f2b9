//! What `--profile` means.

use crate::arguments::Converse;
use crate::commands::Game;
use crate::failure::Failure;
use crate::result::Saved;
use std::path::Path;
use suasion_equilibrium::ConversationGame;
use suasion_model::{ConversationPlan, ConversationProfile, ConversationRule, Protocol};

/// A profile, as it is asked for.
pub enum Asked {
    Silence,
    Revelation,
    /// What a file says.
    Said(Box<ConversationProfile>),
}

impl Asked {
    /// Reads what there is to read.
    pub fn read(arguments: &Converse, game: &Game<'_>) -> Result<Self, Failure> {
        match arguments.profile.as_str() {
            "silence" => Ok(Self::Silence),
            "revelation" => Ok(Self::Revelation),
            file => of_file(Path::new(file), game).map(|profile| Self::Said(Box::new(profile))),
        }
    }

    /// How they talk: as the profile says, which has to be what flags and instance say, if they say anything.
    pub fn protocol(&self, arguments: &Converse, game: &Game<'_>) -> Result<Protocol, Failure> {
        let asked = game.protocol(&arguments.talking)?;
        match (self, asked) {
            (Self::Said(profile), Some(asked)) if !alike(&profile.protocol, &asked) => Err(Failure::Bad {
                file: arguments.profile.clone(),
                problem: format!(
                    "protocol: found {}, expected {}, as the instance and the flags say",
                    described(&profile.protocol),
                    described(&asked)
                ),
            }),
            (_, Some(asked)) => Ok(asked),
            (Self::Said(profile), None) => Ok(profile.protocol.clone()),
            (_, None) => Err(game.no_protocol()),
        }
    }

    /// The rules of all agents, and the user's plan, if there is one.
    pub fn profile(&self, talk: &ConversationGame<'_>) -> (Vec<ConversationRule>, Option<ConversationPlan>) {
        match self {
            Self::Silence => (talk.silence(), None),
            Self::Revelation => (talk.revelation(), None),
            Self::Said(profile) => (profile.rules.clone(), profile.plan.clone()),
        }
    }
}

/// The profile of a file: a document of its own, or a saved result that holds one.
fn of_file(file: &Path, game: &Game<'_>) -> Result<ConversationProfile, Failure> {
    let bad = |problem: String| Failure::Bad { file: file.display().to_string(), problem };
    let text = std::fs::read_to_string(file).map_err(|cause| {
        bad(format!("cannot be read: {cause}; expected silence, revelation, or the file of a profile"))
    })?;
    let record = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match serde_json::from_str::<Saved>(record) {
        Ok(saved) => Err(bad(format!(
            "found a result about {:?} that holds no conversation rules, expected a profile",
            saved.about().name
        ))),
        Err(_) => Ok(ConversationProfile::from_json(&text, file, &game.instance)?),
    }
}

/// Whether two protocols differ in names alone.
fn alike(left: &Protocol, right: &Protocol) -> bool {
    let shape = |protocol: &Protocol| {
        (protocol.rounds, protocol.user_messages.len(), protocol.agent_messages.len(), protocol.opening)
    };
    shape(left) == shape(right)
}

/// A protocol in words.
pub fn described(protocol: &Protocol) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    format!(
        "{}, {} of the user and {} of an agent, {} first",
        count(protocol.rounds, "round"),
        count(protocol.user_messages.len(), "message"),
        count(protocol.agent_messages.len(), "answer"),
        if protocol.opening == suasion_model::Opening::User { "the user" } else { "the agents" },
    )
}
