//! What `persuade` says of a user who knows something by herself.

use super::{About, observation};
use serde::{Deserialize, Serialize};
use suasion_certificate::{Claims, ConversationCertificate, MenuCertificate, Verdict};
use suasion_model::{ExperimentScheme, Information, Instance, MechanismScheme};

/// What an optimum comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    pub agent_value: f64,
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    pub upper_bound: f64,
    pub certified: bool,
}

impl Worth {
    fn new(claims: &Claims, verdict: &Verdict) -> Self {
        Self {
            agent_value: claims.objective_value,
            user_value: claims.user_value,
            values: claims.agent_values.clone(),
            upper_bound: claims.upper_bound,
            certified: verdict.certified(),
        }
    }
}

/// What a type does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeAction {
    #[serde(rename = "type")]
    pub of: String,
    pub action: String,
}

/// How often a message is sent in a state, or upon a signal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sent {
    pub state: String,
    pub probability: f64,
}

/// A message by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    /// What each type does upon it.
    pub menu: Vec<TypeAction>,
    pub sent: Vec<Sent>,
}

/// What `persuade --menu` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MenuResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    pub messages: Vec<MessageRow>,
    #[serde(flatten)]
    pub worth: Worth,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<MenuCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// With which probability an action is recommended, upon a report, in a state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationRow {
    pub report: String,
    pub state: String,
    pub signal: String,
    pub probability: f64,
}

/// What `persuade --conversation` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConversationResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    pub scheme: Vec<ConversationRow>,
    #[serde(flatten)]
    pub worth: Worth,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ConversationCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// What the user knows, by name.
pub(super) fn type_name(instance: &Instance, index: usize) -> String {
    match &instance.information {
        Information::Priors(_) => "nothing".into(),
        Information::Worlds { types, .. } => types.get(index).cloned().unwrap_or_default(),
    }
}

/// A scheme of menus by names.
pub fn menu_rows(instance: &Instance, scheme: &ExperimentScheme) -> Vec<MessageRow> {
    let row = |message: &suasion_model::Message| MessageRow {
        menu: message
            .menu
            .iter()
            .enumerate()
            .map(|(t, &action)| TypeAction { of: type_name(instance, t), action: instance.actions.name(action) })
            .collect(),
        sent: message
            .probabilities
            .iter()
            .map(|&(x, probability)| Sent { state: observation(instance, x), probability })
            .collect(),
    };
    scheme.messages.iter().map(row).collect()
}

/// A conversation by names.
pub fn conversation_rows(instance: &Instance, conversation: &MechanismScheme) -> Vec<ConversationRow> {
    let row = |entry: &suasion_model::MechanismEntry| ConversationRow {
        report: type_name(instance, entry.report),
        state: observation(instance, entry.observation),
        signal: instance.actions.name(entry.action),
        probability: entry.probability,
    };
    conversation.entries.iter().map(row).collect()
}

impl MenuResult {
    pub fn new(
        (about, agent, floor): (About, String, Option<f64>),
        instance: &Instance,
        certificate: MenuCertificate,
        verdict: &Verdict,
        keep: bool,
    ) -> Self {
        Self {
            about,
            agent,
            floor,
            messages: menu_rows(instance, &certificate.proof.scheme),
            worth: Worth::new(&certificate.claims, verdict),
            certificate: keep.then_some(certificate),
            stopped: None,
        }
    }
}

impl ConversationResult {
    pub fn new(
        (about, agent, floor): (About, String, Option<f64>),
        instance: &Instance,
        certificate: ConversationCertificate,
        verdict: &Verdict,
        keep: bool,
    ) -> Self {
        Self {
            about,
            agent,
            floor,
            scheme: conversation_rows(instance, &certificate.proof.conversation),
            worth: Worth::new(&certificate.claims, verdict),
            certificate: keep.then_some(certificate),
            stopped: None,
        }
    }
}
