//! What `persuade --rounds` says.

use super::About;
use serde::{Deserialize, Serialize};
use suasion_certificate::{ConversationRulesCertificate, Failure, Verdict};
use suasion_model::{Instance, Protocol};

/// An agent's best conversation rule against the others'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    pub protocol: Protocol,
    /// What the others do: silence, revelation, or the file that says it.
    pub against: String,
    pub agent_value: f64,
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// What no rule of the agent exceeds.
    pub upper_bound: f64,
    /// Whether the bound is one as if the agent could say more than it can, so that it may be too large.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relaxed: bool,
    /// Whether the rule comes from a heuristic alone, and the bound is what the agent would get if the user did what is best for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heuristic: bool,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ConversationRulesCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// What is known of a reply beside its certificate.
pub struct Replied {
    pub against: String,
    pub relaxed: bool,
    pub heuristic: bool,
    pub stopped: Option<String>,
}

impl ReplyResult {
    /// What follows from a certificate, for an agent of the instance.
    pub fn new(
        about: About,
        instance: &Instance,
        agent: usize,
        (certificate, verdict): (ConversationRulesCertificate, &Verdict),
        replied: Replied,
        keep: bool,
    ) -> Self {
        let Replied { against, relaxed, heuristic, stopped } = replied;
        let claims = &certificate.claims;
        // What the other agents could gain is no matter of this result.
        let fails = |failure: &Failure| !matches!(failure, Failure::Regret { agent: other, .. } if *other != agent);
        Self {
            about,
            agent: instance.agents[agent].name.clone(),
            protocol: certificate.proof.protocol.clone(),
            against,
            agent_value: claims.agent_values[agent],
            user_value: claims.user_value,
            values: claims.agent_values.clone(),
            upper_bound: claims.agent_values[agent] + claims.regrets[agent],
            relaxed,
            heuristic,
            certified: !verdict.failures.iter().any(fails),
            certificate: keep.then_some(certificate),
            stopped,
        }
    }
}
