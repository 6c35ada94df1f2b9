//! An agent's best conversation rule against the others'.

use crate::verify::{Check, Provable};
use crate::{About, ResultScale};
use serde::{Deserialize, Serialize};
use suasion_certificate::{Certificate, ConversationRulesProof, ToleranceViolation, Verdict};
use suasion_model::{ConversationRule, Instance, Protocol};

/// The result of `persuade --rounds`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplyResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// The agent's name.
    pub agent: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The rules of the others: `silence`, `revelation`, or the file with the rules.
    pub against: String,
    /// The agent's value.
    pub agent_value: f64,
    /// The user's value.
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// An upper bound for all rules of the agent.
    pub upper_bound: f64,
    /// Whether the bound is relaxed: it allows the agent more messages than it has, so it may be
    /// too large.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relaxed: bool,
    /// Whether the rule comes from a heuristic alone. The bound is then the agent's value if the
    /// user did what is best for the agent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub heuristic: bool,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate<ConversationRulesProof>>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// What is known about a reply besides its certificate.
#[derive(Clone, Debug, PartialEq)]
pub struct Replied {
    /// The rules of the others.
    pub against: String,
    /// Whether its bound is relaxed.
    pub relaxed: bool,
    /// Whether it comes from a heuristic alone.
    pub heuristic: bool,
    /// Why the computation ended early, if it did.
    pub stopped: Option<String>,
}

impl ReplyResult {
    /// The result of a certificate, which is kept if `keep` is set, for an agent of the instance.
    #[must_use]
    pub fn new(
        about: About,
        instance: &Instance,
        agent: usize,
        (certificate, verdict): (Certificate<ConversationRulesProof>, &Verdict),
        replied: Replied,
        keep: bool,
    ) -> Self {
        let Replied { against, relaxed, heuristic, stopped } = replied;
        let claims = &certificate.claims;
        // The regrets of other agents do not matter here.
        let fails = |failure: &ToleranceViolation| !matches!(failure, ToleranceViolation::Regret { agent: other, .. } if *other != agent);
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

impl Provable for ReplyResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    /// Proves that the rule has this value, that no other rule exceeds the bound, and that the
    /// others follow the rules that the result names.
    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        let agent = check.agent(&self.agent)?;
        let certificate = self.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        if (proof.prior, proof.slack, &proof.protocol) != (check.prior, 0.0, &self.protocol) {
            return Err("its certificate is for another prior, slack or protocol".into());
        }
        let verdict = certificate.check(check.game).map_err(|refusal| refusal.to_string())?;
        others(check, agent, &self.against, proof)?;
        check.stopped(self.stopped.as_ref());
        if self.relaxed {
            check.leave("relaxed");
        }
        let replied = Replied {
            against: self.against.clone(),
            relaxed: self.relaxed,
            // Only a search leaves a tree that bounds all other rules.
            heuristic: proof.replies.get(agent).is_none_or(Vec::is_empty),
            stopped: self.stopped.clone(),
        };
        let rebuilt = Self::new(self.about.clone(), check.game, agent, (certificate, &verdict), replied, true);
        if rebuilt.certified {
            check.proved.gap = check.proved.gap.max(rebuilt.upper_bound - rebuilt.agent_value);
            check.proved.violation = check.proved.violation.max(verdict.violation);
        }
        Ok(rebuilt)
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        measure.optimum(&self.agent, (self.agent_value, self.upper_bound), self.user_value)
    }
}

/// Checks that the other agents are silent or reveal everything, as the result says. Rules from a
/// file are not checked.
fn others(
    check: &mut Check<'_, Instance>,
    agent: usize,
    against: &str,
    proof: &ConversationRulesProof,
) -> Result<(), String> {
    let (instance, protocol) = (check.game, &proof.protocol);
    let expected = |other: usize| match against {
        "silence" => Some(ConversationRule::silence(protocol, instance.observations())),
        "revelation" => Some(ConversationRule::of_full_information(protocol, instance, check.prior, other)),
        _ => None,
    };
    for (other, party) in instance.agents.iter().enumerate().filter(|(other, _)| *other != agent) {
        match expected(other) {
            Some(expected) if proof.rules.get(other) != Some(&expected) => {
                let name = &party.name;
                return Err(format!(
                    "against: found {against:?}, and the rule of {name} in the certificate is another"
                ));
            }
            _ => {}
        }
    }
    if against != "silence" && against != "revelation" {
        check.leave("against");
    }
    Ok(())
}
