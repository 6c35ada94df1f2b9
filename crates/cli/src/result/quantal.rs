//! What `persuade --quantal` says.

use super::typed::{Sent, type_name};
use super::{About, Reference, observation};
use serde::{Deserialize, Serialize};
use suasion_certificate::{Enclosure, ProofError, QuantalCertificate, QuantalProof, Verdict};
use suasion_model::{Instance, SignalScheme};

/// With which probability an action is played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Played {
    pub action: String,
    pub probability: f64,
}

/// What a type does upon a message; nothing, if she cannot receive it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypeResponse {
    #[serde(rename = "type")]
    pub of: String,
    pub actions: Vec<Played>,
}

/// A message by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRow {
    pub sent: Vec<Sent>,
    /// What each type does upon it.
    pub responses: Vec<TypeResponse>,
}

/// What `persuade --quantal` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantalResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    pub eta: f64,
    pub messages: Vec<SignalRow>,
    pub agent_value: f64,
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// `null` where nothing is proved: with more than four observations.
    pub upper_bound: Option<f64>,
    /// The user's value if she is told nothing, and if she is told everything, and responds as she does.
    pub reference: Reference,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<QuantalCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl QuantalResult {
    /// What follows from a certificate: values are the lower ends of what they are proved to lie between, probabilities the middles.
    pub fn new(
        (about, agent): (About, String),
        instance: &Instance,
        certificate: QuantalCertificate,
        verdict: &Verdict,
        keep: bool,
    ) -> Result<Self, ProofError> {
        let QuantalCertificate { proof, claims } = &certificate;
        let reference = |scheme: SignalScheme| {
            let proof = QuantalProof { scheme, ..proof.clone() };
            proof.values(instance).map(|(_, user, _)| user.low)
        };
        let responses = proof.responses(instance)?;
        let messages = signal_rows(instance, &proof.scheme, responses);
        Ok(Self {
            about,
            agent,
            eta: proof.eta,
            messages,
            agent_value: claims.objective_value.low,
            user_value: claims.user_value.low,
            values: claims.agent_values.iter().map(|value| value.low).collect(),
            upper_bound: claims.upper_bound,
            reference: Reference::told(
                reference(SignalScheme::no_information(proof.prices.len()))?,
                reference(SignalScheme::full_information(proof.prices.len()))?,
            ),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
            stopped: None,
        })
    }
}

/// Messages by names, with what each type does upon them: probabilities are the middles of what they are proved to lie between.
pub(super) fn signal_rows(
    instance: &Instance,
    scheme: &SignalScheme,
    responses: Vec<Vec<Vec<Enclosure>>>,
) -> Vec<SignalRow> {
    let rows = scheme.signals.iter().zip(responses).map(|(signal, responses)| SignalRow {
        sent: signal.iter().map(|&(x, probability)| Sent { state: observation(instance, x), probability }).collect(),
        responses: responses
            .into_iter()
            .enumerate()
            .map(|(t, played)| TypeResponse {
                of: type_name(instance, t),
                actions: played
                    .iter()
                    .enumerate()
                    .map(|(a, played)| Played { action: instance.actions.name(a), probability: played.middle() })
                    .collect(),
            })
            .collect(),
    });
    rows.collect()
}
