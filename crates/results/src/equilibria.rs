//! Equilibria among the agents.

use crate::columns::{FieldValue, Referenced, columns};
use crate::verify::{Check, Provable};
use crate::{
    About, AlignmentPart, AllAgentsEquilibria, BestAgentEquilibria, CommunicationName, Reference, ResultScale,
};
use serde::{Deserialize, Serialize};
use suasion_model::Instance;

/// The equilibria of either game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "game", rename_all = "kebab-case")]
pub enum GameEquilibria {
    /// The user evaluates every agent's scheme and then communicates with the best agent alone.
    BestAgent(Box<BestAgentEquilibria>),
    /// The user hears all agents.
    AllAgents(Box<AllAgentsEquilibria>),
}

impl GameEquilibria {
    /// The game's name in results.
    #[must_use]
    pub fn game(&self) -> &'static str {
        match self {
            Self::BestAgent(_) => "best-agent",
            Self::AllAgents(_) => "all-agents",
        }
    }

    /// Whether these are all equilibria; otherwise, a search found them.
    #[must_use]
    pub fn exact(&self) -> bool {
        match self {
            Self::BestAgent(found) => found.exact,
            Self::AllAgents(found) => found.exact,
        }
    }

    /// The user's sensitivity, if she is quantal.
    #[must_use]
    pub fn eta(&self) -> Option<f64> {
        match self {
            Self::BestAgent(found) => found.eta,
            Self::AllAgents(found) => found.eta,
        }
    }

    /// The slack: the most that an agent may gain by another offer or scheme.
    #[must_use]
    pub fn slack(&self) -> f64 {
        match self {
            Self::BestAgent(found) => found.slack,
            Self::AllAgents(found) => found.slack,
        }
    }

    /// An upper bound of any agent's regret in them; `None` if there is no bound.
    #[must_use]
    pub fn regret(&self) -> Option<f64> {
        match self {
            Self::BestAgent(found) => found.regret,
            Self::AllAgents(found) => found.regret,
        }
    }

    /// The user's values in the worst and the best of them, if there are any.
    #[must_use]
    pub fn user_values(&self) -> Option<(f64, f64)> {
        match self {
            Self::BestAgent(found) => Some((found.worst_user_value, found.best_user_value)),
            Self::AllAgents(found) => found.worst_user_value.zip(found.best_user_value),
        }
    }

    /// The value that the hull promises the user.
    #[must_use]
    pub fn bound(&self) -> Option<f64> {
        match self {
            Self::BestAgent(found) => found.bound,
            Self::AllAgents(found) => found.bound,
        }
    }

    /// The proved lower bound of her value in every equilibrium.
    #[must_use]
    pub fn lower_bound(&self) -> Option<f64> {
        match self {
            Self::BestAgent(found) => found.lower_bound,
            Self::AllAgents(_) => None,
        }
    }

    /// Whether everything is proved.
    #[must_use]
    pub fn certified(&self) -> bool {
        match self {
            Self::BestAgent(found) => found.certified,
            Self::AllAgents(found) => found.certified,
        }
    }

    /// Why the search ended early, if it did.
    #[must_use]
    pub fn stopped(&self) -> Option<&String> {
        match self {
            Self::BestAgent(_) => None,
            Self::AllAgents(found) => found.stopped.as_ref(),
        }
    }

    /// The number of profiles that a search met.
    fn profiles(&self) -> usize {
        match self {
            Self::BestAgent(_) => 0,
            Self::AllAgents(found) => found.profiles.len(),
        }
    }

    /// Checks that its numbers agree with each other.
    pub(crate) fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        match self {
            Self::BestAgent(found) => found.consistent(measure),
            Self::AllAgents(found) => found.consistent(measure),
        }
    }
}

impl Check<'_, Instance> {
    /// Rebuilds the equilibria of either game from their certificates.
    pub(crate) fn equilibria(
        &mut self,
        given: &GameEquilibria,
        alignment: &AlignmentPart,
    ) -> Result<GameEquilibria, String> {
        Ok(match given {
            GameEquilibria::BestAgent(given) => GameEquilibria::BestAgent(Box::new(self.best_agent(given, alignment)?)),
            GameEquilibria::AllAgents(given) => GameEquilibria::AllAgents(Box::new(self.all_agents(given, alignment)?)),
        })
    }
}

/// The result of `equilibria` for an instance at a prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EquilibriaResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// How agents communicate in the best-agent game.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub communication: Option<CommunicationName>,
    /// The user's reference values.
    pub user_value: Reference,
    /// Her alignment with the agents' hull.
    pub alignment: AlignmentPart,
    /// The equilibria.
    #[serde(flatten)]
    pub equilibrium: GameEquilibria,
}

impl Provable for EquilibriaResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.equilibrium.certified() && self.alignment.certified
    }

    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        let (eta, slack) = (self.equilibrium.eta(), self.equilibrium.slack());
        let (communication, slack) = match &self.equilibrium {
            GameEquilibria::BestAgent(_) => {
                let communication = self.communication.ok_or("communication: missing")?;
                check.expects(communication)?;
                // With a quantal user or different signals, nothing is promised within a slack.
                let exact = eta.is_none() && check.game.agents_share_information();
                (Some(communication), if exact { slack } else { 0.0 })
            }
            GameEquilibria::AllAgents(_) => (None, slack),
        };
        let alignment = check.alignment(&self.alignment, slack)?;
        let equilibrium = check.equilibria(&self.equilibrium, &alignment)?;
        let rational = eta.is_none() && communication.is_some();
        let user_value = if rational {
            Reference::rational(check.game, check.prior)
        } else {
            Reference::heard(check.game, check.prior, eta)
        };
        let user_value = user_value.map_err(|cause| cause.to_string())?;
        Ok(Self { about: self.about.clone(), communication, user_value, alignment, equilibrium })
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        if self.equilibrium.eta().is_none() {
            self.user_value.consistent(measure)?;
        }
        self.alignment.consistent()?;
        self.equilibrium.consistent(measure)
    }
}

impl Reference {
    /// Checks that full information is no worse for a rational user than no information.
    pub(crate) fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        let what = ("the user's value with no information", self.no_information);
        measure.ordered(0, what, ("with full information", self.full_information))
    }
}

/// The meanings of columns of equilibria.
pub(crate) const WORST: &str = "the user's value in the worst equilibrium; if not exact, in the lowest that was found";
pub(crate) const BEST: &str = "the user's value in the best equilibrium; if not exact, in the highest that was found";
pub(crate) const EXACT: &str = "whether these are all equilibria; otherwise, a search found them";

impl Referenced for EquilibriaResult {
    fn reference(&self) -> &Reference {
        &self.user_value
    }
}

columns! {
    /// The table of equilibria.
    EquilibriaResult {
        [INSTANCE, PRIOR, REFERENCE]
        "alignment_error" "utility" Number: "the distance of her utility from the agents' hull (eps)"
            => |r| r.alignment.alignment.error.into();
        "alignment_weights" "" Numbers: "the agents' weights in the hull"
            => |r| r.alignment.alignment.weights.clone().into();
        "game" "" Text: "the game among the agents" => |r| FieldValue::text(r.equilibrium.game());
        "eta" "1/utility" Number: "the user's sensitivity, if she is quantal" => |r| r.equilibrium.eta().into();
        "slack" "utility" Number: "the slack: the most that an agent may gain by another offer" => |r| r.equilibrium.slack().into();
        "exact" "" Flag: EXACT => |r| r.equilibrium.exact().into();
        "regret" "utility" Number: "the largest regret of an agent in them (proved)" => |r| r.equilibrium.regret().into();
        "worst_user_value" "utility" Number: WORST => |r| r.equilibrium.user_values().map(|(worst, _)| worst).into();
        "best_user_value" "utility" Number: BEST => |r| r.equilibrium.user_values().map(|(_, best)| best).into();
        "bound" "utility" Number: "the value that the hull promises her in every equilibrium" => |r| r.equilibrium.bound().into();
        "lower_bound" "utility" Number: "no equilibrium leaves her less (proved)"
            => |r| r.equilibrium.lower_bound().into();
        "profiles" "" Count: "the number of profiles that were found (all-agents)"
            => |r| (r.equilibrium.profiles() as u64).into();
        "certified" "" Flag: "whether everything in the row is proved in exact arithmetic"
            => |r| r.equilibrium.certified().into();
        "stopped" "" Text: "why the work ended early, if it did" => |r| r.equilibrium.stopped().cloned().into();
    }
}
