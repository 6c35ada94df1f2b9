//! A profile's certificate, whether the user is rational or quantal.

use super::{AllAgentsGame, Profile};
use suasion_certificate::{AllAgentsProof, Decision, JointCertificate, Node, ProofError, QuantalProfileProof, Verdict};

/// What bounds the agents' deviations.
pub enum Replies {
    /// A tree for each agent.
    Trees(Vec<Vec<Node>>),
    /// The prices of observations for each agent.
    Prices(Vec<Vec<f64>>),
}

impl AllAgentsGame<'_> {
    /// The certificate of what a profile is worth, and that no agent gains more than the replies bound.
    pub(super) fn certified(
        &self,
        profile: &Profile,
        replies: Replies,
        slack: f64,
    ) -> Result<(JointCertificate, Verdict), ProofError> {
        let (prior, schemes) = (self.prior, profile.schemes.clone());
        match replies {
            Replies::Trees(replies) => {
                let decision = |((user, signals), &action): (&(usize, Vec<usize>), &usize)| Decision {
                    user: *user,
                    signals: signals.clone(),
                    action,
                };
                let plan = profile.plan.iter().map(decision).collect();
                let proof = AllAgentsProof { prior, slack, schemes, plan, replies };
                let (certificate, verdict) = proof.certify(self.instance)?;
                Ok((JointCertificate::Rational(certificate), verdict))
            }
            Replies::Prices(prices) => {
                let proof = QuantalProfileProof { prior, slack, eta: self.eta.unwrap_or(0.0), schemes, prices };
                let (certificate, verdict) = proof.certify(self.instance)?;
                Ok((JointCertificate::Quantal(certificate), verdict))
            }
        }
    }
}
