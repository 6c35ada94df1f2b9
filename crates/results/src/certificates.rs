//! Certificates of every way to communicate, as parts of results. Nothing else in this crate knows
//! which ways there are.

use crate::{CommunicationName, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{
    Certificate, Claim, Communication, Direct, ExclusionClaims, ExclusionProof, Experiment, Floor, Limit, Mechanism,
    OptimumClaims, OptimumProof, Precision, ProfileProof, Proof, ProofError, Quantal, Rational, Verdict,
};
use suasion_model::{Instance, Objective, SignalScheme};

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

impl OptimumValues {
    fn of<P: Precision>(claims: &OptimumClaims<P>) -> Self {
        Self {
            objective: claims.objective_value.least(),
            user: claims.user_value.least(),
            agents: claims.agent_values.iter().map(|value| value.least()).collect(),
            upper_bound: claims.upper_bound.proved(),
        }
    }
}

/// A certificate of a proof that is one of several, by the way in which agents communicate.
macro_rules! one_of {
    ($(#[$meta:meta])* $name:ident of $proof:ident { $($way:ident),* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(untagged)]
        #[allow(missing_docs, reason = "a variant is called like the way to communicate")]
        pub enum $name {
            $($way(Certificate<$proof<$way>>),)*
        }

        $(impl From<Certificate<$proof<$way>>> for $name {
            fn from(certificate: Certificate<$proof<$way>>) -> Self {
                Self::$way(certificate)
            }
        })*

        impl $name {
            /// How agents communicate.
            #[must_use]
            pub fn communication(&self) -> CommunicationName {
                match self {
                    $(Self::$way(_) => CommunicationName::$way,)*
                }
            }

            /// Works everything out again and compares it with the claims.
            ///
            /// # Errors
            /// If it is no proof, or a claim is not exactly what follows.
            pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
                match self {
                    $(Self::$way(certificate) => certificate.check(instance),)*
                }
            }
        }
    };
}

/// What is the same for every way to communicate.
macro_rules! all {
    ($this:expr, $certificate:ident => $body:expr) => {
        match $this {
            Self::Direct($certificate) => $body,
            Self::Experiment($certificate) => $body,
            Self::Mechanism($certificate) => $body,
            Self::Quantal($certificate) => $body,
        }
    };
}

one_of! {
    /// The certificate of an optimum.
    OptimumCertificate of OptimumProof { Direct, Experiment, Mechanism, Quantal }
}

impl OptimumCertificate {
    /// What the optimum is worth.
    #[must_use]
    pub fn values(&self) -> OptimumValues {
        all!(self, certificate => OptimumValues::of(&certificate.claims))
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        if let Self::Quantal(certificate) = self { Some(certificate.proof.communication.eta) } else { None }
    }

    /// What it is about.
    #[must_use]
    pub fn meant(&self) -> Meant<'_> {
        fn meant<C: Communication>(proof: &OptimumProof<C>) -> Meant<'_> {
            let &OptimumProof { prior, agent, ref objective, floor, .. } = proof;
            Meant { prior, agent, objective, floor }
        }
        all!(self, certificate => meant(&certificate.proof))
    }

    /// What its multipliers prove at another floor; none against a quantal user.
    pub(crate) fn bound_at(&self, instance: &Instance, floor: f64) -> Result<Option<f64>, ProofError> {
        match self {
            Self::Direct(certificate) => certificate.proof.bound_at(instance, floor).map(Some),
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
            Self::Mechanism(certificate) => SchemeRows::mechanism(instance, &certificate.proof.scheme),
            Self::Quantal(Certificate { proof, .. }) => {
                SchemeRows::quantal(instance, &proof.scheme, proof.responses(instance)?)
            }
        })
    }

    /// A quantal user's values with no information, and with full information of what the agent
    /// observes: lower ends.
    pub(crate) fn quantal_reference(&self, instance: &Instance) -> Option<Result<(f64, f64), ProofError>> {
        let Self::Quantal(Certificate { proof, .. }) = self else { return None };
        let value = |scheme: SignalScheme| {
            let proof = OptimumProof { scheme, ..proof.clone() };
            proof.values(instance).map(|(_, user, _)| user.low)
        };
        let observations = proof.bound.prices.len();
        let none = value(SignalScheme::no_information(observations));
        Some(none.and_then(|none| Ok((none, value(SignalScheme::full_information(observations))?))))
    }
}

one_of! {
    /// The certificate of a profile of offers.
    OffersCertificate of ProfileProof { Direct, Experiment, Mechanism, Quantal }
}

impl OffersCertificate {
    /// What the user gets; against a quantal user, at least.
    #[must_use]
    pub fn user_value(&self) -> f64 {
        all!(self, certificate => certificate.claims.user_value.least())
    }

    /// What each agent gets; with a quantal user, at least.
    #[must_use]
    pub fn agent_values(&self) -> Vec<f64> {
        all!(self, certificate => certificate.claims.agent_values.iter().map(|value| value.least()).collect())
    }

    /// What each agent gains at most by another offer; none where nothing is proved.
    #[must_use]
    pub fn regrets(&self) -> Vec<Option<f64>> {
        all!(self, certificate => certificate.claims.regrets.iter().map(|regret| regret.proved()).collect())
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        if let Self::Quantal(certificate) = self { Some(certificate.proof.communication.eta) } else { None }
    }

    /// The prior and the slack that it is about.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        all!(self, certificate => (certificate.proof.prior, certificate.proof.slack))
    }

    /// The agents who make the accepted offer.
    #[must_use]
    pub fn accepted(&self) -> &[usize] {
        all!(self, certificate => &certificate.proof.offers[certificate.proof.accepted].agents)
    }

    /// The accepted offer; full information is written out in full.
    #[must_use]
    pub fn rows(&self, instance: &Instance) -> SchemeRows {
        fn accepted<C: Communication>(proof: &ProfileProof<C>) -> Option<&C::Scheme> {
            proof.offers[proof.accepted].scheme.as_ref()
        }
        let agent = self.accepted().first().copied().unwrap_or(0);
        let place = (self.meant().0, agent);
        let full = || SchemeRows::full_information(instance, self.communication(), place);
        match self {
            Self::Direct(Certificate { proof, .. }) => accepted(proof)
                .filter(|scheme| !scheme.entries.is_empty())
                .map_or_else(full, |scheme| SchemeRows::direct(instance, scheme)),
            Self::Experiment(Certificate { proof, .. }) => {
                accepted(proof).map_or_else(full, |scheme| SchemeRows::experiment(instance, scheme))
            }
            Self::Mechanism(Certificate { proof, .. }) => {
                accepted(proof).map_or_else(full, |scheme| SchemeRows::mechanism(instance, scheme))
            }
            Self::Quantal(Certificate { proof, .. }) => {
                // A certificate that was worked out has responses.
                let responses = proof.responses(instance).unwrap_or_default();
                let all = SignalScheme::full_information(instance.observations());
                SchemeRows::quantal(instance, accepted(proof).unwrap_or(&all), responses)
            }
        }
    }
}

one_of! {
    /// The certificate that no equilibrium leaves the user less than so much.
    BelowCertificate of ExclusionProof { Direct, Experiment, Mechanism }
}

impl BelowCertificate {
    /// What it comes to.
    #[must_use]
    pub fn claims(&self) -> &ExclusionClaims {
        match self {
            Self::Direct(certificate) => &certificate.claims,
            Self::Experiment(certificate) => &certificate.claims,
            Self::Mechanism(certificate) => &certificate.claims,
        }
    }

    /// The prior and the slack that it is about.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Direct(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Experiment(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Mechanism(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }
}

/// Communication whose certificates are parts of results.
pub trait Recorded: Communication {
    /// The certificate of an optimum.
    fn optimum(certificate: Certificate<OptimumProof<Self>>) -> OptimumCertificate;

    /// The certificate of what a profile of offers comes to, with the verdict.
    ///
    /// # Errors
    /// If it is no proof.
    fn offers(proof: ProfileProof<Self>, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError>;
}

/// The same, where it can be proved that no equilibrium is worse.
pub trait RecordedBelow: Recorded + Rational {
    /// The certificate that no equilibrium leaves the user less than so much.
    fn below(certificate: Certificate<ExclusionProof<Self>>) -> BelowCertificate;
}

/// Exact values: a proof is what it says it is.
macro_rules! recorded {
    ($($way:ident)*) => {$(
        impl Recorded for $way {
            fn optimum(certificate: Certificate<OptimumProof<Self>>) -> OptimumCertificate {
                certificate.into()
            }

            fn offers(
                proof: ProfileProof<Self>,
                instance: &Instance,
            ) -> Result<(OffersCertificate, Verdict), ProofError> {
                let (certificate, verdict) = proof.certify(instance)?;
                Ok((certificate.into(), verdict))
            }
        }

        impl RecordedBelow for $way {
            fn below(certificate: Certificate<ExclusionProof<Self>>) -> BelowCertificate {
                certificate.into()
            }
        }
    )*};
}

recorded! { Direct Experiment Mechanism }

impl Recorded for Quantal {
    fn optimum(certificate: Certificate<OptimumProof<Self>>) -> OptimumCertificate {
        certificate.into()
    }

    /// What agents could gain is the slack, where that is more than was asked for.
    fn offers(proof: ProfileProof<Self>, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = proof.certify_raised(instance)?;
        Ok((certificate.into(), verdict))
    }
}
