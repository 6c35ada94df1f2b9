//! Ways to communicate with a user of several types, as the commands use them.

use super::Game;
use crate::failure::Failure;
use suasion_certificate::{
    ConversationProof, Floor, MenuProof, ProofError, TypedExclusionProof, TypedProfileProof, Verdict,
};
use suasion_equilibrium::{Exclude, TalkGame};
use suasion_model::{Objective, TypedView};
use suasion_persuasion::{Conversations, Menus, PersuadeError, Settings, Stopped, converse, menu};
use suasion_results::{CommunicationName, OptimumCertificate, Reference};

/// What a kernel finds: the scheme, what bounds all others, and why there may be a better one, if it ended early.
type Found<T> = (<T as suasion_persuasion::Talk>::Scheme, <T as suasion_persuasion::Talk>::Bound, Option<Stopped>);

/// A certificate of an optimum with its verdict.
pub type Certified = (OptimumCertificate, Verdict);

/// A way to communicate.
pub trait Typed: Exclude<Proof = TypedProfileProof, Exclusion = TypedExclusionProof> + Send {
    fn new(view: TypedView) -> Self;

    /// The agent's optimum, or what is known of it when a limit ends the computation.
    fn optimum(&self, agent: usize, settings: &Settings) -> Result<Found<Self>, PersuadeError>;

    /// The certificate of an agent's scheme at a prior.
    fn certify(
        game: &Game<'_>,
        place: (usize, usize),
        floor: Option<Floor>,
        scheme: Self::Scheme,
        bound: Self::Bound,
    ) -> Result<Certified, ProofError>;
}

impl Typed for Menus {
    fn new(view: TypedView) -> Self {
        Self { view }
    }

    fn optimum(&self, agent: usize, settings: &Settings) -> Result<Found<Self>, PersuadeError> {
        let found = menu(&self.view, &Objective::agent(agent), None, settings)?;
        Ok((found.scheme, found.tree, found.stopped))
    }

    fn certify(
        game: &Game<'_>,
        (prior, agent): (usize, usize),
        floor: Option<Floor>,
        scheme: Self::Scheme,
        tree: Self::Bound,
    ) -> Result<Certified, ProofError> {
        let proof = MenuProof { prior, agent, objective: Objective::agent(agent), floor, scheme, tree };
        let (certificate, verdict) = proof.certify(&game.instance)?;
        Ok((OptimumCertificate::Experiment(certificate), verdict))
    }
}

impl Typed for Conversations {
    fn new(view: TypedView) -> Self {
        Self { view }
    }

    fn optimum(&self, agent: usize, settings: &Settings) -> Result<Found<Self>, PersuadeError> {
        let found = converse(&self.view, &Objective::agent(agent), None, settings)?;
        Ok((found.conversation, (found.truth, found.temptations), found.stopped))
    }

    fn certify(
        game: &Game<'_>,
        (prior, agent): (usize, usize),
        floor: Option<Floor>,
        conversation: Self::Scheme,
        (truth, temptations): Self::Bound,
    ) -> Result<Certified, ProofError> {
        let objective = Objective::agent(agent);
        let proof = ConversationProof { prior, agent, objective, floor, conversation, truth, temptations };
        let (certificate, verdict) = proof.certify(&game.instance)?;
        Ok((OptimumCertificate::Mechanism(certificate), verdict))
    }
}

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

    /// How an agent communicates.
    pub fn talk<T: Typed>(&self, prior: usize, agent: usize) -> Result<T, Failure> {
        let view = self.instance.typed_view(prior, agent);
        view.map(T::new).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The game among agents who communicate like that.
    pub fn talk_game<T: Typed>(
        &self,
        prior: usize,
        settings: &Settings,
    ) -> Result<TalkGame<'_, T>, suasion_equilibrium::EquilibriumError> {
        TalkGame::new(&self.instance, prior, T::new, settings)
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
