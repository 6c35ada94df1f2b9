//! A profile's certificate, for a rational or a quantal user.

use super::{AllAgentsGame, Profile};
use suasion_certificate::{
    AllAgentsCertificate, AllAgentsProof, Decision, Experiment, Node, Proof, ProofError, Quantal, QuantalPrices,
    Verdict,
};

/// What bounds the agents' deviations.
pub enum Replies {
    /// A tree for each agent.
    Trees(Vec<Vec<Node>>),
    /// The prices of observations for each agent.
    Prices(Vec<QuantalPrices>),
}

impl AllAgentsGame<'_> {
    /// The certificate of a profile's values, and of the bounds that the replies give on the
    /// agents' gains.
    pub(super) fn certified(
        &self,
        profile: &Profile,
        replies: Replies,
        slack: f64,
    ) -> Result<(AllAgentsCertificate, Verdict), ProofError> {
        let (prior, schemes) = (self.prior, profile.schemes.clone());
        match replies {
            Replies::Trees(replies) => {
                let decision = |((user, signals), &action): (&(usize, Vec<usize>), &usize)| Decision {
                    user: *user,
                    signals: signals.clone(),
                    action,
                };
                let plan = profile.plan.iter().map(decision).collect();
                let proof = AllAgentsProof { communication: Experiment, prior, slack, schemes, plan, replies };
                let (certificate, verdict) = proof.certify(self.instance)?;
                Ok((AllAgentsCertificate::Rational(certificate), verdict))
            }
            Replies::Prices(replies) => {
                let communication = Quantal { eta: self.eta.unwrap_or(0.0) };
                let proof = AllAgentsProof { communication, prior, slack, schemes, plan: vec![], replies };
                let (certificate, verdict) = proof.certify(self.instance)?;
                Ok((AllAgentsCertificate::Quantal(certificate), verdict))
            }
        }
    }
}
