//! Communication, as the commands use it.

use super::Game;
use crate::failure::Failure;
use suasion_certificate::{OptimumProof, Verdict};
use suasion_model::TypedView;
use suasion_results::{CommunicationName, OptimumCertificate, Recorded, Reference};

/// A certificate of an optimum with its verdict.
pub type Certified = (OptimumCertificate, Verdict);

impl Game<'_> {
    /// How agents communicate, given whether a mechanism is requested and whether the user is
    /// quantal.
    pub fn communication(&self, mechanism: bool, eta: Option<f64>) -> CommunicationName {
        CommunicationName::of(&self.instance, mechanism, eta)
    }

    /// The user's reference values.
    pub fn reference(&self, prior: usize) -> Result<Reference, Failure> {
        Reference::rational(&self.instance, prior).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The reference values of a quantal user, or of a rational user who hears all agents.
    pub fn heard_reference(&self, prior: usize, eta: Option<f64>) -> Result<Reference, Failure> {
        Reference::heard(&self.instance, prior, eta).map_err(|cause| self.bad(cause.to_string()))
    }

    /// An agent's view of the game with a user of several types.
    pub fn typed_view(&self, prior: usize, agent: usize) -> Result<TypedView, Failure> {
        self.instance.typed_view(prior, agent).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The certificate of an optimum.
    pub fn optimum_certified<C: Recorded>(&self, proof: OptimumProof<C>) -> Result<Certified, Failure> {
        self.proved(C::optimum(proof, &self.instance, &|| true))
    }
}

/// How agents communicate, in words for a heading.
pub fn manner(communication: CommunicationName) -> &'static str {
    match communication {
        CommunicationName::Direct | CommunicationName::Quantal => "",
        CommunicationName::Experiment => ", with experiments",
        CommunicationName::Mechanism => ", with mechanisms",
    }
}
