//! Profiles as `--profile` names them.

use crate::commands::Game;
use crate::failure::Failure;
use std::path::Path;
use suasion_certificate::{AllAgentsCertificate, Certificate, ConversationRulesProof};
use suasion_equilibrium::ConversationGame;
use suasion_model::{ConversationPlan, ConversationProfile, ConversationRule, Protocol};
use suasion_results::{AllAgentsEquilibria, GameEquilibria, ProtocolRequest, Record, RecordError, SavedResult};

/// A requested profile.
pub enum Asked {
    Silence,
    Revelation,
    /// The profile in a file.
    Said(Box<ConversationProfile>),
}

impl Asked {
    /// Reads the profile's file, if it has one.
    pub fn read(profile: &str, which: usize, game: &Game<'_>) -> Result<Self, Failure> {
        match profile {
            "silence" => Ok(Self::Silence),
            "revelation" => Ok(Self::Revelation),
            file => of_file(Path::new(file), which, game).map(|profile| Self::Said(Box::new(profile))),
        }
    }

    /// The protocol of the profile, which must agree with the flags and the instance if they have
    /// one.
    pub fn protocol(&self, profile: &str, talking: &ProtocolRequest, game: &Game<'_>) -> Result<Protocol, Failure> {
        let asked = game.protocol(talking)?;
        match (self, asked) {
            (Self::Said(said), Some(asked)) if !alike(&said.protocol, &asked) => Err(Failure::Bad {
                file: profile.to_owned(),
                problem: format!(
                    "protocol: found {}, expected {}, as the instance and the flags say",
                    described(&said.protocol),
                    described(&asked)
                ),
            }),
            (_, Some(asked)) => Ok(asked),
            (Self::Said(said), None) => Ok(said.protocol.clone()),
            (_, None) => Err(game.no_protocol()),
        }
    }

    /// The rules of all agents and the user's plan, if there is one.
    pub fn profile(&self, talk: &ConversationGame<'_>) -> (Vec<ConversationRule>, Option<ConversationPlan>) {
        match self {
            Self::Silence => (talk.silence(), None),
            Self::Revelation => (talk.revelation(), None),
            Self::Said(profile) => (profile.rules.clone(), profile.plan.clone()),
        }
    }
}

/// The profile in a file: a profile document, or a saved result with a profile.
fn of_file(file: &Path, which: usize, game: &Game<'_>) -> Result<ConversationProfile, Failure> {
    let bad = |problem: String| Failure::Bad { file: file.display().to_string(), problem };
    let text = std::fs::read_to_string(file).map_err(|cause| {
        bad(format!("cannot be read: {cause}; expected silence, revelation, or the file of a profile"))
    })?;
    let record = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let result = match Record::read(record) {
        Ok(record) => record.result,
        // A profile document, or another document without rules.
        Err(RecordError::Json(_) | RecordError::Other(_)) => {
            return Ok(ConversationProfile::from_json(&text, file, &game.instance)?);
        }
        Err(problem) => return Err(bad(problem.to_string())),
    };
    let about = result.about().clone();
    let certificates: Vec<Certificate<ConversationRulesProof>> = match result {
        SavedResult::Equilibria(result) => match result.equilibrium {
            GameEquilibria::AllAgents(found) => of_profiles(*found),
            GameEquilibria::BestAgent(_) => vec![],
        },
        SavedResult::Reply(result) => result.certificate.into_iter().collect(),
        _ => vec![],
    };
    let count = certificates.len();
    if count > 0 && about.digest != game.digest {
        return Err(bad(format!("found a result about another instance, {:?}", about.name)));
    }
    let found = which.checked_sub(1).and_then(|place| certificates.into_iter().nth(place));
    let Some(Certificate { proof, .. }) = found else {
        return Err(bad(match count {
            0 => format!("found a result about {:?} that holds no conversation rules, expected a profile", about.name),
            _ => format!("--which: found {which}, expected from 1 to {count}, the number of profiles in the file"),
        }));
    };
    Ok(ConversationProfile { protocol: proof.protocol, rules: proof.rules, plan: Some(proof.plan) })
}

/// The profiles of conversation rules in a result.
fn of_profiles(found: AllAgentsEquilibria) -> Vec<Certificate<ConversationRulesProof>> {
    let rules = |certificate| match certificate {
        AllAgentsCertificate::Conversations(certificate) => Some(certificate),
        AllAgentsCertificate::Rational(_) | AllAgentsCertificate::Quantal(_) => None,
    };
    found.profiles.into_iter().filter_map(|profile| profile.certificate.and_then(rules)).collect()
}

/// Whether two protocols differ only in names.
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
