//! The certificate of a profile in the all-agents game, in which the user observes every agent's
//! signal.

use crate::communication::{Experiment, Quantal};
use crate::proof::{Certificate, Claim};
use crate::{AllAgentsProof, ConversationRulesProof, Decision, ProofError, Verdict};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Protocol, SignalScheme};

/// The certificate of a profile of the all-agents game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AllAgentsCertificate {
    /// The user is rational: values are exact.
    Rational(Certificate<AllAgentsProof<Experiment>>),
    /// The user responds quantally: values are rigorous enclosures, and there is a bound for up to
    /// four observations.
    Quantal(Certificate<AllAgentsProof<Quantal>>),
    /// Agents and user converse in many rounds: values are exact.
    Conversations(Certificate<ConversationRulesProof>),
}

impl AllAgentsCertificate {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If it is not a valid proof, or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Rational(certificate) => certificate.check(instance),
            Self::Quantal(certificate) => certificate.check(instance),
            Self::Conversations(certificate) => certificate.check(instance),
        }
    }

    /// The number of the prior.
    #[must_use]
    pub fn prior(&self) -> usize {
        match self {
            Self::Rational(certificate) => certificate.proof.prior,
            Self::Quantal(certificate) => certificate.proof.prior,
            Self::Conversations(certificate) => certificate.proof.prior,
        }
    }

    /// The slack: what an agent may gain by another scheme.
    #[must_use]
    pub fn slack(&self) -> f64 {
        match self {
            Self::Rational(certificate) => certificate.proof.slack,
            Self::Quantal(certificate) => certificate.proof.slack,
            Self::Conversations(certificate) => certificate.proof.slack,
        }
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::Rational(_) | Self::Conversations(_) => None,
            Self::Quantal(certificate) => Some(certificate.proof.communication.eta),
        }
    }

    /// The protocol of the conversations, if there are any.
    #[must_use]
    pub fn protocol(&self) -> Option<&Protocol> {
        match self {
            Self::Rational(_) | Self::Quantal(_) => None,
            Self::Conversations(certificate) => Some(&certificate.proof.protocol),
        }
    }

    /// The agents' schemes; empty for conversations.
    #[must_use]
    pub fn schemes(&self) -> &[SignalScheme] {
        match self {
            Self::Rational(certificate) => &certificate.proof.schemes,
            Self::Quantal(certificate) => &certificate.proof.schemes,
            Self::Conversations(_) => &[],
        }
    }

    /// A rational user's plan upon one message of each agent; empty for a quantal user and for
    /// conversations.
    #[must_use]
    pub fn plan(&self) -> &[Decision] {
        match self {
            Self::Rational(certificate) => &certificate.proof.plan,
            Self::Quantal(_) | Self::Conversations(_) => &[],
        }
    }

    /// The user's value. If it is an enclosure, its middle.
    #[must_use]
    pub fn user_value(&self) -> f64 {
        match self {
            Self::Rational(certificate) => certificate.claims.user_value,
            Self::Quantal(certificate) => certificate.claims.user_value.number(),
            Self::Conversations(certificate) => certificate.claims.user_value,
        }
    }

    /// Each agent's value. If it is an enclosure, its middle.
    #[must_use]
    pub fn agent_values(&self) -> Vec<f64> {
        match self {
            Self::Rational(certificate) => certificate.claims.agent_values.clone(),
            Self::Conversations(certificate) => certificate.claims.agent_values.clone(),
            Self::Quantal(certificate) => certificate.claims.agent_values.iter().map(|value| value.number()).collect(),
        }
    }

    /// The most that each agent gains by another scheme; `None` if there is no bound.
    #[must_use]
    pub fn regrets(&self) -> Vec<Option<f64>> {
        match self {
            Self::Rational(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Conversations(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Quantal(certificate) => certificate.claims.regrets.clone(),
        }
    }
}
