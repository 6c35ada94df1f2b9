//! Certificates for every kind of communication, as parts of results. Nothing else in this crate
//! depends on which kinds there are.

use crate::{CommunicationName, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{
    Certificate, Claim, Communication, Direct, ExclusionClaims, ExclusionProof, Experiment, Floor, Limit, Mechanism,
    OptimumClaims, OptimumProof, Precision, ProfileProof, Proof, ProofError, Quantal, Rational, Verdict,
};
use suasion_model::{Instance, Objective, SignalScheme};

/// The subject of the certificate of an optimum.
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

/// The values of an optimum; of an enclosure, the lower end.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimumValues {
    /// The value of the objective.
    pub objective: f64,
    /// The user's value.
    pub user: f64,
    /// The values of all agents, in the order of the instance.
    pub agents: Vec<f64>,
    /// An upper bound for all schemes; `None` if nothing is proved.
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

/// A certificate of one of several proofs, one per kind of communication.
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

            /// Recomputes everything and compares it with the claims.
            ///
            /// # Errors
            /// If it is not a proof, or a claim does not follow exactly.
            pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
                match self {
                    $(Self::$way(certificate) => certificate.check(instance),)*
                }
            }
        }
    };
}

/// Calls the same for every kind of communication.
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
    /// The values of the optimum.
    #[must_use]
    pub fn values(&self) -> OptimumValues {
        all!(self, certificate => OptimumValues::of(&certificate.claims))
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        if let Self::Quantal(certificate) = self { Some(certificate.proof.communication.eta) } else { None }
    }

    /// Its subject.
    #[must_use]
    pub fn meant(&self) -> Meant<'_> {
        fn meant<C: Communication>(proof: &OptimumProof<C>) -> Meant<'_> {
            let &OptimumProof { prior, agent, ref objective, floor, .. } = proof;
            Meant { prior, agent, objective, floor }
        }
        all!(self, certificate => meant(&certificate.proof))
    }

    /// The upper bound that its multipliers prove at another floor; `None` with a quantal user.
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
    /// If it does not fit the instance.
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

    /// A quantal user's values with no information and with full information about the agent's
    /// observations; lower ends.
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
    /// The user's value; for a quantal user, a lower bound.
    #[must_use]
    pub fn user_value(&self) -> f64 {
        all!(self, certificate => certificate.claims.user_value.least())
    }

    /// The agents' values; with a quantal user, lower bounds.
    #[must_use]
    pub fn agent_values(&self) -> Vec<f64> {
        all!(self, certificate => certificate.claims.agent_values.iter().map(|value| value.least()).collect())
    }

    /// An upper bound of each agent's gain by another offer; `None` if nothing is proved.
    #[must_use]
    pub fn regrets(&self) -> Vec<Option<f64>> {
        all!(self, certificate => certificate.claims.regrets.iter().map(|regret| regret.proved()).collect())
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        if let Self::Quantal(certificate) = self { Some(certificate.proof.communication.eta) } else { None }
    }

    /// Its prior and its slack.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        all!(self, certificate => (certificate.proof.prior, certificate.proof.slack))
    }

    /// The agents who make the accepted offer.
    #[must_use]
    pub fn accepted(&self) -> &[usize] {
        all!(self, certificate => &certificate.proof.offers[certificate.proof.accepted].agents)
    }

    /// The accepted offer. Full information is written out in full.
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
                // A certificate that was computed has responses.
                let responses = proof.responses(instance).unwrap_or_default();
                let all = SignalScheme::full_information(instance.observations());
                SchemeRows::quantal(instance, accepted(proof).unwrap_or(&all), responses)
            }
        }
    }
}

one_of! {
    /// The certificate that no equilibrium leaves the user less than a bound.
    BelowCertificate of ExclusionProof { Direct, Experiment, Mechanism }
}

impl BelowCertificate {
    /// Its claims.
    #[must_use]
    pub fn claims(&self) -> &ExclusionClaims {
        match self {
            Self::Direct(certificate) => &certificate.claims,
            Self::Experiment(certificate) => &certificate.claims,
            Self::Mechanism(certificate) => &certificate.claims,
        }
    }

    /// Its prior and its slack.
    #[must_use]
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Direct(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Experiment(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Mechanism(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }
}

/// Communication whose certificates can be parts of results.
pub trait Recorded: Communication {
    /// The certificate of an optimum, with the verdict. Work of unknown length continues only while
    /// `going` returns true.
    ///
    /// # Errors
    /// If it is not a proof.
    fn optimum(
        proof: OptimumProof<Self>,
        instance: &Instance,
        going: &dyn Fn() -> bool,
    ) -> Result<(OptimumCertificate, Verdict), ProofError>;

    /// The certificate of a profile of offers, with the verdict.
    ///
    /// # Errors
    /// If it is not a proof.
    fn offers(proof: ProfileProof<Self>, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError>;
}

/// Communication for which it can also be proved that no equilibrium is worse.
pub trait RecordedBelow: Recorded + Rational {
    /// The certificate that no equilibrium leaves the user less than a bound.
    fn below(certificate: Certificate<ExclusionProof<Self>>) -> BelowCertificate;
}

/// Values are exact, so a proof is certified as it is.
macro_rules! recorded {
    ($($way:ident)*) => {$(
        impl Recorded for $way {
            fn optimum(
                proof: OptimumProof<Self>,
                instance: &Instance,
                going: &dyn Fn() -> bool,
            ) -> Result<(OptimumCertificate, Verdict), ProofError> {
                let (certificate, verdict) = proof.certify_within(instance, going)?;
                Ok((certificate.into(), verdict))
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
    fn optimum(
        proof: OptimumProof<Self>,
        instance: &Instance,
        going: &dyn Fn() -> bool,
    ) -> Result<(OptimumCertificate, Verdict), ProofError> {
        let (certificate, verdict) = proof.certify_within(instance, going)?;
        Ok((certificate.into(), verdict))
    }

    /// The regrets become the slack if they exceed the requested slack.
    fn offers(proof: ProfileProof<Self>, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = proof.certify_raised(instance)?;
        Ok((certificate.into(), verdict))
    }
}
