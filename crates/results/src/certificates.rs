//! Certificates of every way to communicate, as parts of results. Nothing else in this crate knows
//! which proofs there are.

use crate::{CommunicationName, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{
    Certificate, Claims, ConversationCertificate, ExclusionCertificate, ExclusionClaims, Floor, MenuCertificate,
    ProfileCertificate, ProfileProof, QuantalCertificate, QuantalOffersCertificate, QuantalOffersProof, QuantalProof,
    ProofError, Rule, Rules, TypedExclusionCertificate, TypedProfileCertificate, TypedProfileProof, Verdict, upper_bound,
};
use suasion_model::{Instance, Objective, SignalScheme};

fn named(rules: Rules) -> CommunicationName {
    match rules {
        Rules::Menu => CommunicationName::Experiment,
        Rules::Conversation => CommunicationName::Mechanism,
    }
}

/// What the certificate of an optimum is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meant<'a> {
    /// The prior.
    pub prior: usize,
    /// The agent.
    pub agent: usize,
    /// The objective.
    pub objective: &'a Objective,
    /// The floor on the user's value, with its multiplier.
    pub floor: Option<Floor>,
}

/// What an optimum is worth; of an enclosure, the lower end.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimumValues {
    /// To the objective.
    pub objective: f64,
    /// To the user.
    pub user: f64,
    /// To all agents, in the order of the instance.
    pub agents: Vec<f64>,
    /// What no scheme exceeds; none where nothing is proved.
    pub upper_bound: Option<f64>,
}

/// The certificate of an optimum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptimumCertificate {
    /// Of a direct scheme.
    Direct(Certificate),
    /// Of an experiment.
    Experiment(MenuCertificate),
    /// Of a mechanism.
    Mechanism(ConversationCertificate),
    /// Of signals to a quantal user.
    Quantal(QuantalCertificate),
}

impl OptimumCertificate {
    /// What the optimum is worth.
    #[must_use]
    pub fn values(&self) -> OptimumValues {
        let exact = |claims: &Claims| OptimumValues {
            objective: claims.objective_value,
            user: claims.user_value,
            agents: claims.agent_values.clone(),
            upper_bound: Some(claims.upper_bound),
        };
        match self {
            Self::Direct(certificate) => exact(&certificate.claims),
            Self::Experiment(certificate) => exact(&certificate.claims),
            Self::Mechanism(certificate) => exact(&certificate.claims),
            Self::Quantal(QuantalCertificate { claims, .. }) => OptimumValues {
                objective: claims.objective_value.low,
                user: claims.user_value.low,
                agents: claims.agent_values.iter().map(|value| value.low).collect(),
                upper_bound: claims.upper_bound,
            },
        }
    }

    /// How the agent communicates.
    #[must_use]
    pub fn communication(&self) -> CommunicationName {
        match self {
            Self::Direct(_) => CommunicationName::Direct,
            Self::Experiment(_) => CommunicationName::Experiment,
            Self::Mechanism(_) => CommunicationName::Mechanism,
            Self::Quantal(_) => CommunicationName::Quantal,
        }
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::Quantal(certificate) => Some(certificate.proof.eta),
            Self::Direct(_) | Self::Experiment(_) | Self::Mechanism(_) => None,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn meant(&self) -> Meant<'_> {
        macro_rules! meant {
            ($proof:expr, $floor:expr) => {{
                let (prior, agent, objective) = ($proof.prior, $proof.agent, &$proof.objective);
                Meant { prior, agent, objective, floor: $floor }
            }};
        }
        match self {
            Self::Direct(Certificate { proof, .. }) => meant!(proof, proof.floor),
            Self::Experiment(MenuCertificate { proof, .. }) => meant!(proof, proof.floor),
            Self::Mechanism(ConversationCertificate { proof, .. }) => meant!(proof, proof.floor),
            Self::Quantal(QuantalCertificate { proof, .. }) => meant!(proof, None),
        }
    }

    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If it is no proof, or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Direct(certificate) => certificate.check(instance),
            Self::Experiment(certificate) => certificate.check(instance),
            Self::Mechanism(certificate) => certificate.check(instance),
            Self::Quantal(certificate) => certificate.check(instance),
        }
    }

    /// What its multipliers prove at another floor; none against a quantal user.
    pub(crate) fn bound_at(&self, instance: &Instance, floor: f64) -> Result<Option<f64>, ProofError> {
        match self {
            Self::Direct(Certificate { proof, .. }) => {
                let multiplier = proof.floor.map_or(0.0, |floor| floor.multiplier);
                let (prior, agent) = (proof.prior, proof.agent);
                let bound = upper_bound(instance, prior, agent, &proof.objective, multiplier, &proof.multipliers);
                bound.map(|bound| Some(bound.at(floor)))
            }
            Self::Experiment(certificate) => certificate.proof.bound_at(instance, floor).map(Some),
            Self::Mechanism(certificate) => certificate.proof.bound_at(instance, floor).map(Some),
            Self::Quantal(_) => Ok(None),
        }
    }

    /// The scheme.
    ///
    /// # Errors
    /// If it is none of the instance.
    pub fn rows(&self, instance: &Instance) -> Result<SchemeRows, ProofError> {
        Ok(match self {
            Self::Direct(certificate) => SchemeRows::direct(instance, &certificate.proof.scheme),
            Self::Experiment(certificate) => SchemeRows::experiment(instance, &certificate.proof.scheme),
            Self::Mechanism(certificate) => SchemeRows::mechanism(instance, &certificate.proof.conversation),
            Self::Quantal(QuantalCertificate { proof, .. }) => {
                SchemeRows::quantal(instance, &proof.scheme, proof.responses(instance)?)
            }
        })
    }

    /// A quantal user's values if she is told nothing, and if she is told all that the agent
    /// observes: lower ends.
    pub(crate) fn quantal_reference(&self, instance: &Instance) -> Option<Result<(f64, f64), ProofError>> {
        let Self::Quantal(QuantalCertificate { proof, .. }) = self else { return None };
        let value = |scheme: SignalScheme| {
            let proof = QuantalProof { scheme, ..proof.clone() };
            proof.values(instance).map(|(_, user, _)| user.low)
        };
        let observations = proof.prices.len();
        let none = value(SignalScheme::no_information(observations));
        Some(none.and_then(|none| Ok((none, value(SignalScheme::full_information(observations))?))))
    }
}

/// The certificate of a profile of offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OffersCertificate {
    /// Of direct schemes.
    Direct(ProfileCertificate),
    /// Of experiments, or of mechanisms.
    Typed(TypedProfileCertificate),
    /// Of signals to a quantal user.
    Quantal(QuantalOffersCertificate),
}

impl OffersCertificate {
    /// What the user gets; against a quantal user, at least.
    #[must_use]
    pub fn user_value(&self) -> f64 {
        match self {
            Self::Direct(certificate) => certificate.claims.user_value,
            Self::Typed(certificate) => certificate.claims.user_value,
            Self::Quantal(certificate) => certificate.claims.user_value.low,
        }
    }

    /// What each agent gets; with a quantal user, at least.
    #[must_use]
    pub fn agent_values(&self) -> Vec<f64> {
        match self {
            Self::Direct(certificate) => certificate.claims.agent_values.clone(),
            Self::Typed(certificate) => certificate.claims.agent_values.clone(),
            Self::Quantal(certificate) => certificate.claims.agent_values.iter().map(|value| value.low).collect(),
        }
    }

    /// What each agent gains at most by another offer; none where nothing is proved.
    #[must_use]
    pub fn regrets(&self) -> Vec<Option<f64>> {
        match self {
            Self::Direct(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Typed(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Quantal(certificate) => certificate.claims.regrets.clone(),
        }
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::Direct(_) | Self::Typed(_) => None,
            Self::Quantal(certificate) => Some(certificate.proof.eta),
        }
    }

    /// How agents communicate.
    #[must_use]
    pub fn communication(&self) -> CommunicationName {
        match self {
            Self::Direct(_) => CommunicationName::Direct,
            Self::Typed(certificate) => named(certificate.proof.rules),
            Self::Quantal(_) => CommunicationName::Quantal,
        }
    }

    /// The prior and the slack that it is about.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Direct(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Typed(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Quantal(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }

    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If it is no proof, or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Direct(certificate) => certificate.check(instance),
            Self::Typed(certificate) => certificate.check(instance),
            Self::Quantal(certificate) => certificate.check(instance),
        }
    }

    /// The agents who make the accepted offer.
    #[must_use]
    pub fn standing(&self) -> &[usize] {
        match self {
            Self::Direct(ProfileCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
            Self::Typed(TypedProfileCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
            Self::Quantal(QuantalOffersCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
        }
    }

    /// The accepted offer; full information is written out in full.
    #[must_use]
    pub fn rows(&self, instance: &Instance) -> SchemeRows {
        let agent = self.standing().first().copied().unwrap_or(0);
        let place = (self.meant().0, agent);
        let full = || SchemeRows::full_information(instance, self.communication(), place);
        match self {
            Self::Direct(ProfileCertificate { proof, .. }) => match &proof.offers[proof.standing].scheme {
                scheme if scheme.entries.is_empty() => full(),
                scheme => SchemeRows::direct(instance, scheme),
            },
            Self::Quantal(QuantalOffersCertificate { proof, .. }) => {
                // A certificate that was worked out has responses.
                let responses = proof.responses(instance).unwrap_or_default();
                SchemeRows::quantal(instance, &proof.offers[proof.standing].scheme, responses)
            }
            Self::Typed(TypedProfileCertificate { proof, .. }) => match &proof.offers[proof.standing].rule {
                Rule::Menu(scheme) => SchemeRows::experiment(instance, scheme),
                Rule::Conversation(scheme) => SchemeRows::mechanism(instance, scheme),
                Rule::All => full(),
            },
        }
    }
}

/// The certificate that no equilibrium leaves the user less than so much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BelowCertificate {
    /// By direct schemes.
    Direct(ExclusionCertificate),
    /// By experiments, or by mechanisms.
    Typed(TypedExclusionCertificate),
}

impl BelowCertificate {
    /// What it comes to.
    #[must_use]
    pub fn claims(&self) -> &ExclusionClaims {
        match self {
            Self::Direct(certificate) => &certificate.claims,
            Self::Typed(certificate) => &certificate.claims,
        }
    }

    /// How agents communicate.
    #[must_use]
    pub fn communication(&self) -> CommunicationName {
        match self {
            Self::Direct(_) => CommunicationName::Direct,
            Self::Typed(certificate) => named(certificate.proof.rules),
        }
    }

    /// The prior and the slack that it is about.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Direct(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Typed(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }

    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If it is no proof, or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Direct(certificate) => certificate.check(instance),
            Self::Typed(certificate) => certificate.check(instance),
        }
    }
}

/// A proof of a profile of offers, of any kind.
pub trait OffersProof {
    /// The certificate of what it comes to, with the verdict.
    ///
    /// # Errors
    /// If it is no proof.
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError>;
}

impl OffersProof for ProfileProof {
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify(instance)?;
        Ok((OffersCertificate::Direct(certificate), verdict))
    }
}

impl OffersProof for TypedProfileProof {
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify(instance)?;
        Ok((OffersCertificate::Typed(certificate), verdict))
    }
}

impl OffersProof for QuantalOffersProof {
    /// What agents could gain is the slack, where that is more than was asked for.
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify_raised(instance)?;
        Ok((OffersCertificate::Quantal(certificate), verdict))
    }
}
