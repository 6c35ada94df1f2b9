//! Certificates and schemes of every way to talk, as parts of results.

use super::quantal::{SignalRow, signal_rows};
use super::typed::{ConversationRow, MessageRow, conversation_rows, menu_rows};
use super::{SchemeRow, scheme_rows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{
    Certificate, Claims, ConversationCertificate, ExclusionCertificate, ExclusionClaims, Floor, MenuCertificate,
    ProfileCertificate, ProfileProof, ProofError, QuantalOffersCertificate, QuantalOffersProof, Rule, Rules,
    TypedExclusionCertificate, TypedProfileCertificate, TypedProfileProof, Verdict, upper_bound,
};
use suasion_model::{Instance, Objective};
use suasion_persuasion::{Conversations, Menus, Talk};

/// A scheme by names: messages with their menus, a conversation, messages with what a quantal user makes of them, or recommendations to a user of one
/// type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rows {
    // What has more fields goes first: the other kinds would read it, and drop some.
    Conversation(Vec<ConversationRow>),
    Menu(Vec<MessageRow>),
    Signal(Vec<SignalRow>),
    Plain(Vec<SchemeRow>),
}

/// The certificate of an optimum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptimumCertificate {
    Plain(Certificate),
    Menu(MenuCertificate),
    Conversation(ConversationCertificate),
}

impl OptimumCertificate {
    pub fn claims(&self) -> &Claims {
        match self {
            Self::Plain(certificate) => &certificate.claims,
            Self::Menu(certificate) => &certificate.claims,
            Self::Conversation(certificate) => &certificate.claims,
        }
    }

    /// Which rules it is about; none for a user of one type.
    pub fn rules(&self) -> Option<Rules> {
        match self {
            Self::Plain(_) => None,
            Self::Menu(_) => Some(Rules::Menu),
            Self::Conversation(_) => Some(Rules::Conversation),
        }
    }

    /// The prior, the agent, the objective and the floor that it is about.
    pub fn meant(&self) -> (usize, usize, &Objective, Option<Floor>) {
        match self {
            Self::Plain(Certificate { proof, .. }) => (proof.prior, proof.agent, &proof.objective, proof.floor),
            Self::Menu(MenuCertificate { proof, .. }) => (proof.prior, proof.agent, &proof.objective, proof.floor),
            Self::Conversation(ConversationCertificate { proof, .. }) => {
                (proof.prior, proof.agent, &proof.objective, proof.floor)
            }
        }
    }

    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Plain(certificate) => certificate.check(instance),
            Self::Menu(certificate) => certificate.check(instance),
            Self::Conversation(certificate) => certificate.check(instance),
        }
    }

    /// What its multipliers prove at another floor.
    pub fn bound_at(&self, instance: &Instance, floor: f64) -> Result<f64, ProofError> {
        match self {
            Self::Plain(Certificate { proof, .. }) => {
                let multiplier = proof.floor.map_or(0.0, |floor| floor.multiplier);
                let (prior, agent) = (proof.prior, proof.agent);
                let bound = upper_bound(instance, prior, agent, &proof.objective, multiplier, &proof.multipliers);
                Ok(bound?.at(floor))
            }
            Self::Menu(certificate) => certificate.proof.bound_at(instance, floor),
            Self::Conversation(certificate) => certificate.proof.bound_at(instance, floor),
        }
    }

    pub fn rows(&self, instance: &Instance) -> Rows {
        match self {
            Self::Plain(certificate) => Rows::Plain(scheme_rows(instance, &certificate.proof.scheme)),
            Self::Menu(certificate) => Rows::Menu(menu_rows(instance, &certificate.proof.scheme)),
            Self::Conversation(certificate) => {
                Rows::Conversation(conversation_rows(instance, &certificate.proof.conversation))
            }
        }
    }
}

/// The certificate of a profile of offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OffersCertificate {
    Plain(ProfileCertificate),
    Typed(TypedProfileCertificate),
    Quantal(QuantalOffersCertificate),
}

impl OffersCertificate {
    /// What the user gets; against a quantal user, at least.
    pub fn user_value(&self) -> f64 {
        match self {
            Self::Plain(certificate) => certificate.claims.user_value,
            Self::Typed(certificate) => certificate.claims.user_value,
            Self::Quantal(certificate) => certificate.claims.user_value.low,
        }
    }

    /// What each agent gets; with a quantal user, at least.
    pub fn agent_values(&self) -> Vec<f64> {
        match self {
            Self::Plain(certificate) => certificate.claims.agent_values.clone(),
            Self::Typed(certificate) => certificate.claims.agent_values.clone(),
            Self::Quantal(certificate) => certificate.claims.agent_values.iter().map(|value| value.low).collect(),
        }
    }

    /// What each agent gains at most by another offer; none where nothing is proved.
    pub fn regrets(&self) -> Vec<Option<f64>> {
        match self {
            Self::Plain(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Typed(certificate) => certificate.claims.regrets.iter().copied().map(Some).collect(),
            Self::Quantal(certificate) => certificate.claims.regrets.clone(),
        }
    }

    /// How sensitive a user it is about, if she is quantal.
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::Plain(_) | Self::Typed(_) => None,
            Self::Quantal(certificate) => Some(certificate.proof.eta),
        }
    }

    /// Which rules it is about; none for a user of one type, or a quantal one.
    pub fn rules(&self) -> Option<Rules> {
        match self {
            Self::Plain(_) | Self::Quantal(_) => None,
            Self::Typed(certificate) => Some(certificate.proof.rules),
        }
    }

    /// The prior and the slack that it is about.
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Plain(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Typed(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Quantal(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }

    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Plain(certificate) => certificate.check(instance),
            Self::Typed(certificate) => certificate.check(instance),
            Self::Quantal(certificate) => certificate.check(instance),
        }
    }

    /// Who makes the offer that stands.
    pub fn standing(&self) -> &[usize] {
        match self {
            Self::Plain(ProfileCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
            Self::Typed(TypedProfileCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
            Self::Quantal(QuantalOffersCertificate { proof, .. }) => &proof.offers[proof.standing].agents,
        }
    }

    /// The offer that stands. Of what tells all, all that is told.
    pub fn rows(&self, instance: &Instance) -> Rows {
        let agent = self.standing().first().copied().unwrap_or(0);
        match self {
            Self::Plain(ProfileCertificate { proof, .. }) => {
                let scheme = &proof.offers[proof.standing].scheme;
                Rows::Plain(match instance.view(proof.prior, agent) {
                    Ok(view) if scheme.entries.is_empty() => scheme_rows(instance, &view.full_revelation(Some(agent))),
                    _ => scheme_rows(instance, scheme),
                })
            }
            Self::Quantal(QuantalOffersCertificate { proof, .. }) => {
                // A certificate that was worked out has responses.
                let responses = proof.responses(instance).unwrap_or_default();
                Rows::Signal(signal_rows(instance, &proof.offers[proof.standing].scheme, responses))
            }
            Self::Typed(TypedProfileCertificate { proof, .. }) => {
                let objective = Objective::agent(agent);
                match (&proof.offers[proof.standing].rule, instance.typed_view(proof.prior, agent), proof.rules) {
                    (Rule::Menu(scheme), ..) => Rows::Menu(menu_rows(instance, scheme)),
                    (Rule::Conversation(conversation), ..) => {
                        Rows::Conversation(conversation_rows(instance, conversation))
                    }
                    (Rule::All, Ok(view), Rules::Menu) => {
                        Rows::Menu(menu_rows(instance, &Menus { view }.revelation(&objective)))
                    }
                    (Rule::All, Ok(view), Rules::Conversation) => {
                        let told = Conversations { view }.revelation(&objective);
                        Rows::Conversation(conversation_rows(instance, &told))
                    }
                    (Rule::All, Err(_), _) => Rows::Plain(vec![]),
                }
            }
        }
    }
}

/// The certificate that no equilibrium leaves the user less than so much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BelowCertificate {
    Plain(ExclusionCertificate),
    Typed(TypedExclusionCertificate),
}

impl BelowCertificate {
    pub fn claims(&self) -> &ExclusionClaims {
        match self {
            Self::Plain(certificate) => &certificate.claims,
            Self::Typed(certificate) => &certificate.claims,
        }
    }

    pub fn rules(&self) -> Option<Rules> {
        match self {
            Self::Plain(_) => None,
            Self::Typed(certificate) => Some(certificate.proof.rules),
        }
    }

    /// The prior and the slack that it is about.
    pub fn meant(&self) -> (usize, f64) {
        match self {
            Self::Plain(certificate) => (certificate.proof.prior, certificate.proof.slack),
            Self::Typed(certificate) => (certificate.proof.prior, certificate.proof.slack),
        }
    }

    pub fn check(&self, instance: &Instance) -> Result<Verdict, ProofError> {
        match self {
            Self::Plain(certificate) => certificate.check(instance),
            Self::Typed(certificate) => certificate.check(instance),
        }
    }
}

/// A proof of a profile, of any kind.
pub trait Offers {
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError>;
}

impl Offers for ProfileProof {
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify(instance)?;
        Ok((OffersCertificate::Plain(certificate), verdict))
    }
}

impl Offers for TypedProfileProof {
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify(instance)?;
        Ok((OffersCertificate::Typed(certificate), verdict))
    }
}

impl Offers for QuantalOffersProof {
    /// Of a profile that dynamics lead to it is said what agents could gain, and no slack is asked for that they do not keep.
    fn certified(self, instance: &Instance) -> Result<(OffersCertificate, Verdict), ProofError> {
        let (certificate, verdict) = self.certify_raised(instance)?;
        Ok((OffersCertificate::Quantal(certificate), verdict))
    }
}
