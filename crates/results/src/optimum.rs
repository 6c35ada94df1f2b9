//! Optima as parts of results.

use crate::OptimumCertificate;
use crate::verify::Check;
use serde::{Deserialize, Serialize};
use suasion_certificate::Verdict;
use suasion_model::{Instance, Objective};

/// A monopolist's optimum: an agent that is alone with the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monopoly {
    /// The agent's value.
    pub agent_value: f64,
    /// The user's value.
    pub user_value: f64,
    /// An upper bound for all schemes.
    pub upper_bound: f64,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
}

impl Monopoly {
    /// The optimum of a certificate, which is kept if `keep` is set.
    #[must_use]
    pub fn new(certificate: OptimumCertificate, verdict: &Verdict, keep: bool) -> Self {
        let values = certificate.values();
        Self {
            agent_value: values.objective,
            user_value: values.user,
            upper_bound: values.upper_bound.unwrap_or(f64::INFINITY),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

impl Check<'_, Instance> {
    /// The verdict on a certificate, which must be about this agent at this result's prior, with
    /// the result's communication.
    pub(crate) fn optimum(
        &mut self,
        place: &str,
        certificate: Option<&OptimumCertificate>,
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(OptimumCertificate, Verdict), String> {
        let certificate = certificate.ok_or_else(|| format!("{place}: it has no certificate"))?;
        let meant = certificate.meant();
        let found = (meant.prior, meant.agent, meant.objective, meant.floor.map(|floor| floor.value));
        if found != (self.prior, agent, &Objective::agent(agent), floor) {
            return Err(format!("{place}: its certificate is for another prior, agent, objective or floor"));
        }
        self.communicates(place, certificate.communication())?;
        let verdict = self.passed(place, certificate.check(self.game))?;
        Ok((certificate.clone(), verdict))
    }
}
