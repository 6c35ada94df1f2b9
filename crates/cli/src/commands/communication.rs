//! Ways to communicate, as the commands use them.

use super::Game;
use crate::failure::Failure;
use suasion_certificate::{OptimumProof, Proof, Verdict};
use suasion_model::TypedView;
use suasion_results::{CommunicationName, OptimumCertificate, Recorded, Reference};

/// A certificate of an optimum with its verdict.
pub type Certified = (OptimumCertificate, Verdict);

impl Game<'_> {
    /// How agents communicate, where a mechanism is asked for or not, and the user may be quantal.
    pub fn communication(&self, mechanism: bool, eta: Option<f64>) -> CommunicationName {
        CommunicationName::of(&self.instance, mechanism, eta)
    }

    /// The user's reference values.
    pub fn reference(&self, prior: usize) -> Result<Reference, Failure> {
        Reference::rational(&self.instance, prior).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The same of a quantal user, or of a rational one who hears all agents.
    pub fn heard_reference(&self, prior: usize, eta: Option<f64>) -> Result<Reference, Failure> {
        Reference::heard(&self.instance, prior, eta).map_err(|cause| self.bad(cause.to_string()))
    }

    /// How an agent sees the game against a user of several types.
    pub fn typed_view(&self, prior: usize, agent: usize) -> Result<TypedView, Failure> {
        self.instance.typed_view(prior, agent).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The certificate of an optimum.
    pub fn optimum_certified<C: Recorded>(&self, proof: OptimumProof<C>) -> Result<Certified, Failure> {
        let (certificate, verdict) = self.proved(proof.certify(&self.instance))?;
        Ok((C::optimum(certificate), verdict))
    }
}

/// What is said of how agents communicate.
pub fn manner(communication: CommunicationName) -> &'static str {
    match communication {
        CommunicationName::Direct | CommunicationName::Quantal => "",
        CommunicationName::Experiment => ", agents speaking once",
        CommunicationName::Mechanism => ", in conversation",
    }
}
