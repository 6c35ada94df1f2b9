//! Ways to talk to a user who knows something by herself, as the commands use them.

use super::Game;
use super::joint::JointGame;
use crate::arguments::How;
use crate::failure::Failure;
use crate::result::{OptimumCertificate, Reference};
use suasion_certificate::{
    ConversationProof, Floor, MenuProof, ProofError, Rules, TypedExclusionProof, TypedProfileProof, Verdict,
};
use suasion_equilibrium::{Exclude, TalkGame};
use suasion_model::{Objective, TypedView};
use suasion_persuasion::{Conversations, Menus, PersuadeError, Settings, Stopped, converse, menu};

/// What a kernel finds: the scheme, what bounds all others, and why there may be a better one, if it ended early.
type Found<T> = (<T as suasion_persuasion::Talk>::Scheme, <T as suasion_persuasion::Talk>::Bound, Option<Stopped>);

/// A certificate of an optimum with its verdict.
pub type Certified = (OptimumCertificate, Verdict);

/// A way to talk.
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
        Ok((OptimumCertificate::Menu(certificate), verdict))
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
        Ok((OptimumCertificate::Conversation(certificate), verdict))
    }
}

impl Game<'_> {
    /// How agents talk, if the user knows something by herself. If she does not, all ways are one.
    pub fn rules(&self, how: &How) -> Option<Rules> {
        let rules = if how.conversation { Rules::Conversation } else { Rules::Menu };
        (self.instance.types() > 1).then_some(rules)
    }

    /// The user's reference values.
    pub fn reference(&self, prior: usize) -> Result<Reference, Failure> {
        if self.instance.types() > 1 || !self.instance.agents_share_information() {
            return Reference::typed(&self.instance, prior).map_err(|cause| self.bad(cause.to_string()));
        }
        Ok(Reference::new(&self.view(prior, 0)?))
    }

    /// The same where she hears all agents.
    pub fn joint_reference(&self, prior: usize, joint: &JointGame<'_>) -> Result<Reference, Failure> {
        let told = Reference::told(joint.no_information(), joint.full_information());
        match joint.eta() {
            Some(_) => Ok(told),
            None => told.with_best_agent(&self.instance, prior).map_err(|cause| self.bad(cause.to_string())),
        }
    }

    /// How an agent talks.
    pub fn talk<T: Typed>(&self, prior: usize, agent: usize) -> Result<T, Failure> {
        let view = self.instance.typed_view(prior, agent);
        view.map(T::new).map_err(|cause| self.bad(cause.to_string()))
    }

    /// The game among agents who talk like that.
    pub fn talk_game<T: Typed>(
        &self,
        prior: usize,
        settings: &Settings,
    ) -> Result<TalkGame<'_, T>, suasion_equilibrium::EquilibriumError> {
        TalkGame::new(&self.instance, prior, T::new, settings)
    }
}

/// What is said of how agents talk.
pub fn manner(rules: Option<Rules>) -> &'static str {
    match rules {
        None => "",
        Some(Rules::Menu) => ", agents speaking once",
        Some(Rules::Conversation) => ", in conversation",
    }
}
