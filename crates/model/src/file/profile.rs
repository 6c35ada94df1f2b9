//! Reads protocols and profiles of conversation rules.

use super::check::{LOOSE, labels};
use super::error::{Place, ReadError, Refusal, parse, read_text};
use super::form::{LabelsForm, ProfileForm, ProtocolForm};
use super::format::{PROFILE, check_format};
use crate::{ConversationPlan, ConversationRule, Instance, Labels, Protocol};
use std::path::Path;

/// The protocol that a document describes.
pub(super) fn protocol(form: ProtocolForm, place: &Place) -> Result<Protocol, Refusal> {
    if !(1..=Protocol::MOST_ROUNDS).contains(&form.rounds) {
        let problem = format!("found {} rounds, expected from 1 to {}", form.rounds, Protocol::MOST_ROUNDS);
        return Err(place.key("rounds").refuse(problem));
    }
    let messages = |form: LabelsForm, key: &str| -> Result<Labels, Refusal> {
        let place = place.key(key);
        let messages = labels(form, &place, "messages")?;
        if messages.len() > Protocol::MOST_MESSAGES {
            let problem = format!("found {} messages, expected at most {}", messages.len(), Protocol::MOST_MESSAGES);
            return Err(place.refuse(problem));
        }
        Ok(messages)
    };
    Ok(Protocol {
        rounds: form.rounds,
        user_messages: messages(form.user_messages, "user_messages")?,
        agent_messages: messages(form.agent_messages, "agent_messages")?,
        opening: form.opens.unwrap_or_default(),
    })
}

/// A profile of conversation rules, as a file gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationProfile {
    /// How agents and user communicate.
    pub protocol: Protocol,
    /// The rule of each agent, in the order of the instance.
    pub rules: Vec<ConversationRule>,
    /// The user's plan, if the file gives one.
    pub plan: Option<ConversationPlan>,
}

impl ConversationProfile {
    /// Reads a profile for an instance from a JSON file: `{"format": "suasion-profile/1",
    /// "protocol": {...}, "rules": {"agent": {"rounds": [...]}}, "plan": ...}`. Every agent needs a
    /// rule of the protocol, whose probabilities sum to one within single precision. This does not
    /// check that the plan fits the rules.
    ///
    /// # Errors
    /// If the file cannot be read, is not JSON, or is not a profile for the instance. The error
    /// names the file, the place, what was found and what was expected.
    pub fn read(file: &Path, instance: &Instance) -> Result<Self, ReadError> {
        let text = read_text(file)?;
        Self::from_json(&text, file, instance)
    }

    /// Reads a profile from text, like [`ConversationProfile::read`]. `file` is the name in error
    /// messages.
    ///
    /// # Errors
    /// As [`ConversationProfile::read`].
    pub fn from_json(text: &str, file: &Path, instance: &Instance) -> Result<Self, ReadError> {
        check_format(file, text, PROFILE)?;
        let form: ProfileForm = parse(file, text)?;
        build(form, instance).map_err(|refusal| refusal.locate(file, text))
    }
}

fn build(form: ProfileForm, instance: &Instance) -> Result<ConversationProfile, Refusal> {
    let root = Place::default();
    let protocol = protocol(form.protocol, &root.key("protocol"))?;
    let (place, mut named) = (root.key("rules"), form.rules);
    let mut rules = Vec::with_capacity(instance.agents.len());
    for agent in &instance.agents {
        let mut rule = named.remove(&agent.name).ok_or_else(|| {
            let problem = format!("found no rule for the agent {:?}, expected one for every agent", agent.name);
            place.clone().refuse(problem)
        })?;
        rule.settle(&protocol, LOOSE);
        let checked = rule.check(&protocol, instance.observations());
        checked.map_err(|cause| place.key(&agent.name).key("rounds").refuse(cause.to_string()))?;
        rules.push(rule);
    }
    match named.keys().next() {
        Some(unknown) => Err(place.key(unknown).refuse(format!("found {unknown:?}, which is no agent"))),
        None => Ok(ConversationProfile { protocol, rules, plan: form.plan }),
    }
}
