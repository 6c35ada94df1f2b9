//! An agent's optimal scheme.

use crate::verify::{Check, Provable};
use crate::{About, CommunicationName, OptimumCertificate, Reference, ResultScale, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Instance;

/// The result of `persuade`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersuadeResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// The agent's name.
    pub agent: String,
    /// How it communicates.
    pub communication: CommunicationName,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// The floor on the user's value, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// The scheme.
    pub scheme: SchemeRows,
    /// The agent's value; with a quantal user, a lower bound.
    pub agent_value: f64,
    /// The user's value; for a quantal user, a lower bound.
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// An upper bound for all schemes; `null` if nothing is proved, which happens with a quantal
    /// user and many observations.
    pub upper_bound: Option<f64>,
    /// A quantal user's values with no information and with full information. Information may make
    /// her worse off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl PersuadeResult {
    /// The result of a certificate, which is kept if `keep` is set, for the agent of this name.
    ///
    /// # Errors
    /// If the scheme does not fit the instance.
    pub fn new(
        (about, agent, floor): (About, String, Option<f64>),
        instance: &Instance,
        certificate: OptimumCertificate,
        verdict: &Verdict,
        (stopped, keep): (Option<String>, bool),
    ) -> Result<Self, ProofError> {
        let values = certificate.values();
        let reference = certificate.quantal_reference(instance).transpose()?;
        Ok(Self {
            about,
            agent,
            communication: certificate.communication(),
            eta: certificate.eta(),
            floor,
            scheme: certificate.rows(instance)?,
            agent_value: values.objective,
            user_value: values.user,
            values: values.agents,
            upper_bound: values.upper_bound,
            reference: reference.map(|(none, full)| Reference::new(none, full)),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
            stopped,
        })
    }
}

impl Provable for PersuadeResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        check.stopped(self.stopped.as_ref());
        let agent = check.agent(&self.agent)?;
        // With one type, options may still request an experiment or a mechanism.
        check.communication = Some(self.communication);
        let (certificate, verdict) = check.optimum("certificate", self.certificate.as_ref(), agent, self.floor)?;
        let about = (self.about.clone(), self.agent.clone(), self.floor);
        let rebuilt = Self::new(about, check.game, certificate, &verdict, (self.stopped.clone(), true));
        rebuilt.map_err(|refusal| format!("certificate: {refusal}"))
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        if self.eta.is_none() {
            measure.rational("the user's value", self.user_value)?;
        }
        self.upper_bound.map_or(Ok(()), |bound| measure.bounded_by_name(&self.agent, self.agent_value, bound))
    }
}
