//! Everything about an instance at a glance.

use crate::columns::{FieldValue, Referenced, columns};
use crate::equilibria::{BEST, EXACT, WORST};
use crate::verify::{Check, Provable};
use crate::{About, AlignmentPart, CommunicationName, GameEquilibria, Monopoly, Reference, ResultScale};
use serde::{Deserialize, Serialize};
use suasion_model::Instance;

/// An agent with its optimum as a monopolist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentResult {
    /// Its name.
    pub name: String,
    /// Its optimum as a monopolist.
    pub monopoly: Monopoly,
}

/// The result of `solve` for an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolveResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// How agents communicate.
    pub communication: CommunicationName,
    /// The user's reference values.
    pub user_value: Reference,
    /// The agents, in the order of the instance.
    pub agents: Vec<AgentResult>,
    /// The user's alignment with the agents' hull.
    pub alignment: AlignmentPart,
    /// The equilibria. They are missing if a limit ended their computation, or with `--game none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equilibrium: Option<GameEquilibria>,
    /// Whether everything is proved.
    pub certified: bool,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

impl SolveResult {
    /// Combines the parts of a result.
    #[must_use]
    pub fn new(
        (about, communication): (About, CommunicationName),
        user_value: Reference,
        agents: Vec<AgentResult>,
        alignment: AlignmentPart,
        equilibrium: Option<GameEquilibria>,
        stopped: Option<String>,
    ) -> Self {
        let certified = agents.iter().all(|agent| agent.monopoly.certified)
            && alignment.certified
            && equilibrium.as_ref().is_none_or(GameEquilibria::certified)
            // A result that a limit ended is not certified as a whole.
            && stopped.is_none();
        Self { about, communication, user_value, agents, alignment, equilibrium, certified, stopped }
    }
}

impl Provable for SolveResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        check.expects(self.communication)?;
        let instance = check.game;
        let expected = instance.agents.len();
        if self.agents.len() != expected {
            return Err(format!("agents: found {}, and the instance has {expected}", self.agents.len()));
        }
        let mut agents = Vec::with_capacity(expected);
        for (i, (given, agent)) in self.agents.iter().zip(&instance.agents).enumerate() {
            let place = format!("agents[{i}].monopoly");
            let (certificate, verdict) = check.optimum(&place, given.monopoly.certificate.as_ref(), i, None)?;
            agents.push(AgentResult { name: agent.name.clone(), monopoly: Monopoly::new(certificate, &verdict, true) });
        }
        let alignment = check.alignment(&self.alignment, 0.0)?;
        let equilibrium = match &self.equilibrium {
            Some(given) if given.eta().is_some() => {
                return Err(format!("equilibrium.eta: found {:?}, expected a rational user", given.eta()));
            }
            given => given.as_ref().map(|given| check.equilibria(given, &alignment)).transpose()?,
        };
        let reference = Reference::rational(instance, check.prior).map_err(|cause| cause.to_string())?;
        let about = (self.about.clone(), self.communication);
        Ok(Self::new(about, reference, agents, alignment, equilibrium, self.stopped.clone()))
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        self.user_value.consistent(measure)?;
        for (i, agent) in self.agents.iter().enumerate() {
            measure.rational(&format!("her value of the optimum of {}", agent.name), agent.monopoly.user_value)?;
            measure.bounded(i, agent.monopoly.agent_value, agent.monopoly.upper_bound)?;
        }
        self.alignment.consistent()?;
        self.equilibrium.as_ref().map_or(Ok(()), |found| found.consistent(measure))
    }
}

impl SolveResult {
    /// A number for every monopolist.
    fn monopolies(&self, number: impl Fn(&Monopoly) -> f64) -> FieldValue {
        self.agents.iter().map(|agent| number(&agent.monopoly)).collect::<Vec<f64>>().into()
    }

    /// A value of the equilibria, if there are any.
    fn found<T>(&self, value: impl Fn(&GameEquilibria) -> Option<T>) -> FieldValue
    where
        FieldValue: From<Option<T>>,
    {
        self.equilibrium.as_ref().and_then(value).into()
    }
}

impl Referenced for SolveResult {
    fn reference(&self) -> &Reference {
        &self.user_value
    }
}

columns! {
    /// The table of results of `solve`.
    SolveResult {
        [INSTANCE, PRIOR, REFERENCE]
        "agents" "" Texts: "the agents' names"
            => |r| r.agents.iter().map(|agent| agent.name.clone()).collect::<Vec<String>>().into();
        "monopoly_agent_values" "utility" Numbers: "each agent's value as a monopolist"
            => |r| r.monopolies(|monopoly| monopoly.agent_value);
        "monopoly_user_values" "utility" Numbers: "the user's value with each monopolist"
            => |r| r.monopolies(|monopoly| monopoly.user_value);
        "monopoly_upper_bounds" "utility" Numbers: "the proved upper bound of each agent's value as a monopolist"
            => |r| r.monopolies(|monopoly| monopoly.upper_bound);
        "alignment_error" "utility" Number: "the distance of her utility from the agents' hull (eps)"
            => |r| r.alignment.alignment.error.into();
        "alignment_weights" "" Numbers: "the agents' weights in the hull"
            => |r| r.alignment.alignment.weights.clone().into();
        "game" "" Text: "the game among the agents" => |r| r.found(|found| Some(found.game().to_owned()));
        "exact" "" Flag: EXACT => |r| r.equilibrium.as_ref().is_some_and(GameEquilibria::exact).into();
        "slack" "utility" Number: "the slack: the most that an agent may gain by another offer" => |r| r.found(|found| Some(found.slack()));
        "regret" "utility" Number: "the largest regret of an agent in them (proved)" => |r| r.found(GameEquilibria::regret);
        "worst_user_value" "utility" Number: WORST => |r| r.found(|found| found.user_values().map(|(worst, _)| worst));
        "best_user_value" "utility" Number: BEST => |r| r.found(|found| found.user_values().map(|(_, best)| best));
        "bound" "utility" Number: "the value that the hull promises her in every equilibrium" => |r| r.found(GameEquilibria::bound);
        "lower_bound" "utility" Number: "no equilibrium leaves her less (proved)"
            => |r| r.found(GameEquilibria::lower_bound);
        "certified" "" Flag: "whether everything in the row is proved in exact arithmetic" => |r| r.certified.into();
        "stopped" "" Text: "why the work ended early, if it did" => |r| r.stopped.clone().into();
    }
}
