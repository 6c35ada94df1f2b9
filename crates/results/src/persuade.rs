//! An agent's optimal scheme.

use crate::verify::{Check, Provable};
use crate::{About, CommunicationName, Measure, OptimumCertificate, Reference, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Instance;

/// What `persuade` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersuadeResult {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// The agent's name.
    pub agent: String,
    /// How it communicates.
    pub communication: CommunicationName,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// What the user is to get at least, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// The scheme.
    pub scheme: SchemeRows,
    /// What the agent gets; with a quantal user, at least.
    pub agent_value: f64,
    /// What the user gets; a quantal one, at least.
    pub user_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// What no scheme exceeds; `null` where nothing is proved, which is so of a quantal user and
    /// many observations.
    pub upper_bound: Option<f64>,
    /// A quantal user's values with no information and with full information: she may be worse off
    /// for what she is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl PersuadeResult {
    /// What follows from a certificate, which is kept where `keep` says so, for the agent of this
    /// name.
    ///
    /// # Errors
    /// If the scheme is none of the instance.
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
        // It may be asked for where the user has one type, too.
        check.communication = Some(self.communication);
        let (certificate, verdict) = check.optimum("certificate", self.certificate.as_ref(), agent, self.floor)?;
        let about = (self.about.clone(), self.agent.clone(), self.floor);
        let rebuilt = Self::new(about, check.game, certificate, &verdict, (self.stopped.clone(), true));
        rebuilt.map_err(|refusal| format!("certificate: {refusal}"))
    }

    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        if self.eta.is_none() {
            measure.rational("the user's value", self.user_value)?;
        }
        self.upper_bound.map_or(Ok(()), |bound| measure.bounded_by_name(&self.agent, self.agent_value, bound))
    }
}
