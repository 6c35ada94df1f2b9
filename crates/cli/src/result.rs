//! What the commands print as JSON, and how it follows from certificates.
//!
//! Every number is one that a certificate claims, or a reference value; [`crate::commands::verify`] builds the same objects again
//! from the certificates alone and compares.

mod all_agents;
mod between;
mod certificates;
mod consistency;
mod converse;
mod quantal;
mod reply;
mod typed;

pub use all_agents::{JointEquilibria, JointProfile, JointResult};
pub use between::{Tangent, error};
pub use certificates::{BelowCertificate, Offers, OffersCertificate, OptimumCertificate, Rows};
pub use consistency::{Consistent, Measure};
pub use converse::{Conversation, ConverseResult, Drawn, Next, Node, Tree, Values, Words};
pub use quantal::QuantalResult;
pub use reply::{Replied, ReplyResult};
pub use typed::{ConversationResult, ConversationRow, MenuResult, Sent, Worth};

use serde::{Deserialize, Serialize};
use suasion_certificate::{AlignmentCertificate, Offset, Rules, StackelbergCertificate, Verdict};
use suasion_model::{Information, Instance, Scheme, StackelbergGame, TypedViewError, View};

/// Which instance and prior a result is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The instance's file, as it was given.
    pub instance: String,
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub digest: String,
    /// The number of the prior, from 0.
    pub prior: usize,
}

/// The user's reference values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "these are the field's names, in JSON as here")]
pub struct Reference {
    pub no_information: f64,
    /// What she gets if she knows all that any agent observes.
    pub full_information: f64,
    /// The most that one agent alone can leave her, where agents observe different signals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_agent_full_information: Option<f64>,
}

impl Reference {
    pub fn new(view: &View<'_>) -> Self {
        Self::told(view.no_information().1, view.full_information())
    }

    /// What there is to gain for her; where that is nothing, what she gets.
    pub fn stake(&self) -> f64 {
        let (none, full) = (self.no_information, self.full_information);
        let spread = full - none;
        if spread > 1e-9 * full.abs() { spread } else { full.abs() }
    }

    /// What she gets if she is told nothing, and if she knows all that any agent observes.
    pub fn told(no_information: f64, full_information: f64) -> Self {
        Self { no_information, full_information, best_agent_full_information: None }
    }

    /// With the most that one agent alone can leave a rational user, where agents observe different signals.
    pub fn with_best_agent(self, instance: &Instance, prior: usize) -> Result<Self, TypedViewError> {
        if instance.agents_share_information() {
            return Ok(self);
        }
        let alone = |agent: usize| Ok(instance.typed_view(prior, agent)?.full_information());
        let most = (0..instance.agents.len()).map(alone).collect::<Result<Vec<f64>, TypedViewError>>()?;
        Ok(Self { best_agent_full_information: most.into_iter().reduce(f64::max), ..self })
    }

    /// Of a user who knows something by herself: full information is all that any agent observes.
    pub fn typed(instance: &Instance, prior: usize) -> Result<Self, TypedViewError> {
        Self::told(instance.silent_value(prior)?, instance.joint_full_information(prior)?)
            .with_best_agent(instance, prior)
    }
}

/// By how much, relative to the numbers that it is made of, a value may fall short of a promise by rounding.
const ROUNDING: f64 = 1e-12;

/// Whether a profile leaves the user less than what the hull promises her, by more than roundings; `values` is what it gives the agents.
pub fn below(user_value: f64, promised: f64, values: &[f64], alignment: &AlignmentPart) -> bool {
    let AlignmentResult { error, weights, .. } = &alignment.alignment;
    let parts: f64 = values.iter().zip(weights).map(|(value, weight)| (weight * value).abs()).sum();
    promised - user_value > ROUNDING * (user_value.abs() + promised.abs() + error + parts)
}

/// An agent's optimum when it is alone with the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Monopoly {
    pub agent_value: f64,
    pub user_value: f64,
    pub upper_bound: f64,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
}

impl Monopoly {
    pub fn new(certificate: OptimumCertificate, verdict: &Verdict, keep: bool) -> Self {
        let claims = certificate.claims();
        Self {
            agent_value: claims.objective_value,
            user_value: claims.user_value,
            upper_bound: claims.upper_bound,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

/// Alignment as part of a larger result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentPart {
    #[serde(flatten)]
    pub alignment: AlignmentResult,
    /// What no weights bring the error, or with a slack the objective, below; rounded down.
    pub lower_bound: f64,
    /// The bound holds for weights under which the ranges of the agents' utilities sum to at most this; where there is none, for all weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AlignmentCertificate>,
}

impl AlignmentPart {
    pub fn new(certificate: AlignmentCertificate, verdict: &Verdict, keep: bool) -> Self {
        Self {
            alignment: AlignmentResult::new(&certificate),
            lower_bound: certificate.claims.lower_bound,
            limit: certificate.claims.limit,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

/// A profile of the best-agent game: what stands, and what each agent could gain at most by another offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileResult {
    pub user_value: f64,
    /// What the standing offer gives the agents, in the order of the instance.
    pub values: Vec<f64>,
    /// What each agent gains at most by another offer; none where that is not bounded, which is so of a quantal user and many observations.
    pub regrets: Vec<Option<f64>>,
    /// The standing offer.
    pub scheme: Rows,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OffersCertificate>,
}

impl ProfileResult {
    pub fn new(instance: &Instance, certificate: OffersCertificate, verdict: &Verdict, keep: bool) -> Self {
        Self {
            user_value: certificate.user_value(),
            values: certificate.agent_values(),
            regrets: certificate.regrets(),
            scheme: certificate.rows(instance),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

/// The equilibria of a game among the agents, by the worst and the best of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EquilibriumResult {
    /// Which game: `best-agent`.
    pub game: String,
    /// Whether these are all equilibria; else those that were found, and there may be others.
    pub exact: bool,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// By how much an agent may gain by another offer.
    pub slack: f64,
    /// What an agent gains at most by another offer, in the worst of them or in the best; none where that is not bounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    /// The user's value in the worst of them: of all equilibria if they are exact, else of those that were found.
    pub worst_user_value: f64,
    /// In the best.
    pub best_user_value: f64,
    /// What Theorem 3 promises the user in every equilibrium, given the alignment; it needs agents that share their information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// No equilibrium leaves the user less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<f64>,
    /// The user's values in equilibrium: computed, and proved at the two ends alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<(f64, f64)>>,
    pub worst: ProfileResult,
    pub best: ProfileResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<BelowCertificate>,
    pub certified: bool,
}

/// What `equilibria` says of an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EquilibriaResult {
    #[serde(flatten)]
    pub about: About,
    /// How agents talk, where the user knows something by herself: they speak once, or converse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    pub user_value: Reference,
    pub alignment: AlignmentPart,
    #[serde(flatten)]
    pub equilibrium: EquilibriumResult,
}

/// What `dynamics` says of one simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicsResult {
    #[serde(flatten)]
    pub about: About,
    /// How agents talk, where the user knows something by herself: they speak once, or converse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    pub order: String,
    pub start: String,
    pub increment: f64,
    pub seed: u64,
    /// Which of the simulations with this seed.
    pub run: u64,
    /// `converged`, `cycle` or `limit`.
    pub ended: String,
    /// In how many rounds a cycle comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<usize>,
    pub rounds: usize,
    pub moves: usize,
    /// Whose offer stands in the end.
    pub standing: String,
    #[serde(flatten)]
    pub profile: ProfileResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<MoveResult>>,
}

/// A move, and what stands after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveResult {
    pub round: usize,
    pub agent: String,
    /// What its offer leaves the user.
    pub bid: f64,
    pub standing: String,
    pub user_value: f64,
    pub values: Vec<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentResult {
    pub name: String,
    pub monopoly: Monopoly,
}

/// The equilibria of either game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum GameResult {
    BestAgent(Box<EquilibriumResult>),
    AllAgents(Box<JointEquilibria>),
}

/// What `solve` says of an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolveResult {
    #[serde(flatten)]
    pub about: About,
    /// How agents talk, where the user knows something by herself: they speak once, or converse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    pub user_value: Reference,
    pub agents: Vec<AgentResult>,
    pub alignment: AlignmentPart,
    /// Left out where a limit ended its computation, or by `--game none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<GameResult>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// With which probability a signal is sent in a state, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemeRow {
    pub state: String,
    pub signal: String,
    pub probability: f64,
}

/// What `persuade` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersuadeResult {
    #[serde(flatten)]
    pub about: About,
    pub agent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    pub scheme: Vec<SchemeRow>,
    #[serde(flatten)]
    pub optimum: Monopoly,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// A vertex of a frontier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VertexResult {
    pub user_value: f64,
    pub agent_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    pub upper_bound: f64,
    pub scheme: Rows,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
}

impl VertexResult {
    pub fn new(instance: &Instance, certificate: OptimumCertificate, verdict: &Verdict, keep: bool) -> Self {
        let claims = certificate.claims();
        Self {
            user_value: claims.user_value,
            agent_value: claims.objective_value,
            values: claims.agent_values.clone(),
            upper_bound: claims.upper_bound,
            scheme: certificate.rows(instance),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }
}

/// What `frontier` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontierResult {
    #[serde(flatten)]
    pub about: About,
    /// How agents talk, where the user knows something by herself: they speak once, or converse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    pub agent: String,
    pub vertices: Vec<VertexResult>,
    /// Where vertices may have been left out: how far the frontier is above the lines that join
    /// these, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// How near the user's utility is to the hull of the agents'.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignmentResult {
    /// The largest residual, rounded up.
    pub error: f64,
    /// The weights of the agents, in the order of the instance.
    pub weights: Vec<f64>,
    /// Nothing, one number, or one per state.
    pub offset: Vec<f64>,
}

impl AlignmentResult {
    pub fn new(certificate: &AlignmentCertificate) -> Self {
        Self {
            error: certificate.claims.error,
            weights: certificate.proof.weights.clone(),
            offset: certificate.claims.offset.clone(),
        }
    }
}

/// What `align` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlignResult {
    #[serde(flatten)]
    pub about: About,
    #[serde(flatten)]
    pub alignment: AlignmentResult,
    /// What no weights bring the error, or with a slack the objective, below; rounded down.
    pub lower_bound: f64,
    /// The bound holds for weights under which the ranges of the agents' utilities sum to at most this; where there is none, for all weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    pub simplex: bool,
    pub offset_kind: Offset,
    pub slack: f64,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<AlignmentCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl AlignResult {
    pub fn new(
        about: About,
        certificate: AlignmentCertificate,
        verdict: &Verdict,
        stopped: Option<String>,
        keep: bool,
    ) -> Self {
        Self {
            about,
            alignment: AlignmentResult::new(&certificate),
            lower_bound: certificate.claims.lower_bound,
            limit: certificate.claims.limit,
            simplex: certificate.proof.simplex,
            offset_kind: certificate.proof.offset_kind,
            slack: certificate.proof.slack,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
            stopped,
        }
    }
}

/// With which probability the leader plays an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrategyRow {
    pub action: String,
    pub probability: f64,
}

/// What a type of the follower does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResponseRow {
    #[serde(rename = "type")]
    pub kind: String,
    pub response: String,
    pub value: f64,
}

/// What `stackelberg` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StackelbergResult {
    #[serde(flatten)]
    pub about: About,
    pub leader_value: f64,
    pub upper_bound: f64,
    pub strategy: Vec<StrategyRow>,
    pub responses: Vec<ResponseRow>,
    pub certified: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<StackelbergCertificate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl StackelbergResult {
    pub fn new(
        about: About,
        game: &StackelbergGame,
        certificate: StackelbergCertificate,
        verdict: &Verdict,
        stopped: Option<String>,
        keep: bool,
    ) -> Self {
        let (proof, claims) = (&certificate.proof, &certificate.claims);
        let strategy = proof
            .strategy
            .iter()
            .map(|&(action, probability)| StrategyRow { action: game.leader_actions.name(action), probability });
        let responses = game.types.iter().zip(&proof.responses).zip(&claims.follower_values);
        let responses = responses.map(|((kind, &response), &value)| ResponseRow {
            kind: kind.name.clone(),
            response: game.follower_actions.name(response),
            value,
        });
        Self {
            about,
            leader_value: claims.leader_value,
            upper_bound: claims.upper_bound,
            strategy: strategy.collect(),
            responses: responses.collect(),
            certified: verdict.certified(),
            stopped,
            certificate: keep.then_some(certificate),
        }
    }
}

/// Any result, as it is printed and saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub enum Saved {
    Solve(SolveResult),
    Persuade(PersuadeResult),
    Menu(MenuResult),
    Conversation(ConversationResult),
    Quantal(QuantalResult),
    Reply(ReplyResult),
    Frontier(FrontierResult),
    Align(AlignResult),
    Equilibria(Box<EquilibriaResult>),
    #[serde(rename = "all-agents")]
    AllAgents(JointResult),
    Dynamics(DynamicsResult),
    Stackelberg(StackelbergResult),
}

impl Saved {
    pub fn about(&self) -> &About {
        match self {
            Self::Solve(result) => &result.about,
            Self::Persuade(result) => &result.about,
            Self::Menu(result) => &result.about,
            Self::Conversation(result) => &result.about,
            Self::Quantal(result) => &result.about,
            Self::Reply(result) => &result.about,
            Self::Frontier(result) => &result.about,
            Self::Align(result) => &result.about,
            Self::Equilibria(result) => &result.about,
            Self::AllAgents(result) => &result.about,
            Self::Dynamics(result) => &result.about,
            Self::Stackelberg(result) => &result.about,
        }
    }

    /// How agents talk, if the user knows something by herself, and the result depends on it; none of those that say so by their command.
    pub fn rules(&self) -> Option<Rules> {
        match self {
            Self::Solve(result) => result.rules,
            Self::Frontier(result) => result.rules,
            Self::Equilibria(result) => result.rules,
            Self::Dynamics(result) => result.rules,
            _ => None,
        }
    }

    pub fn certified(&self) -> bool {
        match self {
            Self::Solve(result) => result.certified,
            Self::Persuade(result) => result.optimum.certified,
            Self::Menu(result) => result.worth.certified,
            Self::Conversation(result) => result.worth.certified,
            Self::Quantal(result) => result.certified,
            Self::Reply(result) => result.certified,
            Self::Frontier(result) => result.certified,
            Self::Align(result) => result.certified,
            Self::Equilibria(result) => result.equilibrium.certified && result.alignment.certified,
            Self::AllAgents(result) => result.equilibria.certified && result.alignment.certified,
            Self::Dynamics(result) => result.profile.certified,
            Self::Stackelberg(result) => result.certified,
        }
    }
}

/// What agents observe, by name: states, or signals where there are worlds.
pub fn observation(instance: &Instance, index: usize) -> String {
    match &instance.information {
        Information::Priors(_) => instance.states.name(index),
        Information::Worlds { signals, .. } => signals[index].clone(),
    }
}

/// A scheme by names.
pub fn scheme_rows(instance: &Instance, scheme: &Scheme) -> Vec<SchemeRow> {
    let row = |entry: &suasion_model::SchemeEntry| SchemeRow {
        state: observation(instance, entry.state),
        signal: instance.actions.name(entry.action),
        probability: entry.probability,
    };
    scheme.entries.iter().map(row).collect()
}
