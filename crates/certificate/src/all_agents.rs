//! A profile of the all-agents game, in which the user observes every agent's signal, and what each
//! agent could gain by another scheme.
//!
//! **The claim.** Every agent sends a signal by its scheme. The user knows her type, observes all
//! signals, and acts by her plan, which may break ties in any way. The proof also states how much
//! she could gain by another plan (nothing, if the plan is a best response).
//!
//! **The regrets.** Agent `i` faces a user of many extended types: an extended type is her type
//! with the signals of the other agents. Whatever scheme `i` deviates to, its signals determine
//! what every extended type does, and each type does what is best for her. So the deviation is an
//! obedient experiment against these extended types. The bound of an
//! [`OptimumProof`](crate::OptimumProof), whose tree is the reply of `i`, therefore holds for every
//! deviation, however ties are broken. The regret is that bound less what `i` gets in the profile.
//! (Collina et al., arXiv 2509.15090, Theorem 1, with one message each.)
//!
//! The masses of extended types are products of probabilities. They are computed exactly, as sums
//! of binary64 numbers.

use crate::communication::experiment::{bound, disobedience, value};
use crate::communication::{Communication, Experiment, Quantal, Rational};
use crate::error::{Place, ProofError, check_index, check_nonnegative};
use crate::game::{Among, Estimates, check_signals};
use crate::profile::{AllAgentsProfile, ProfileClaims, assess_all_agents};
use crate::proof::{Exact, Proof, Sealed};
use crate::verdict::{TOLERANCE, Verdict};
use serde::{Deserialize, Serialize};
use suasion_exact::Sum;
use suasion_model::{ExperimentScheme, Instance, Message, SignalScheme};

/// The user's action, given her type and all signals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Her type; 0 if she observes nothing.
    #[serde(rename = "type")]
    pub user: usize,
    /// The signal of every agent, by agent.
    pub signals: Vec<usize>,
    /// The action.
    pub action: usize,
}

/// A profile of the all-agents game, and what bounds each agent's gain by another scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct AllAgentsProof<C: Simultaneous> {
    /// How agents communicate.
    pub communication: C,
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The slack: what an agent may gain by another scheme, at most, in the unit of utilities.
    pub slack: f64,
    /// The agents' schemes, by agent.
    pub schemes: Vec<SignalScheme>,
    /// A rational user's plan: one decision for everything that happens, in increasing order. A
    /// quantal user has no plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<Decision>,
    /// For each agent, the bound on its value under any scheme. The types of a tree are the
    /// extended types that have mass, in increasing order of type and of the other agents' signals.
    pub replies: Vec<C::Bound>,
}

/// Communication in which several agents can send their signals at once.
pub trait Simultaneous: Communication {}

impl Simultaneous for Experiment {}
impl Simultaneous for Quantal {}

impl<C: Simultaneous> Sealed for AllAgentsProof<C> {}
impl Proof for AllAgentsProof<Experiment> {
    type Game = Instance;
    type Claims = ProfileClaims<Exact>;

    fn order(&mut self) {
        self.replies.iter_mut().for_each(Experiment::sort_bound);
        self.plan.sort();
    }

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        self.check_lists(instance)?;
        let agents = instance.agents.len();
        let first = Among::new(instance, self.prior, 0, &self.schemes)?;
        self.check_plan(&first, instance.actions.len())?;
        let menus = self.menus(&first);
        let estimates = Estimates::gathered(&first.game.game);
        let disobedience = disobedience(&menus, &first.game, &estimates, TOLERANCE);
        let values: Vec<Sum> = (0..=agents).map(|party| value(&menus, &first.game, party)).collect();
        let profile =
            AllAgentsProfile { prior: self.prior, slack: self.slack, values: &values, disobedience: &disobedience };
        assess_all_agents(instance, &profile, |agent| {
            let among;
            let game = if agent == 0 {
                &first.game
            } else {
                among = Among::new(instance, self.prior, agent, &self.schemes)?;
                &among.game
            };
            bound(&self.replies[agent], 0.0, game, &Estimates::gathered(&game.game))
        })
    }
}

impl<C: Simultaneous> AllAgentsProof<C> {
    /// Refuses lists of the wrong length and schemes that are not valid.
    pub(crate) fn check_lists(&self, instance: &Instance) -> Result<(), ProofError> {
        let expected = instance.agents.len();
        for (list, claimed) in [("the schemes", self.schemes.len()), ("the replies", self.replies.len())] {
            if claimed != expected {
                return Err(ProofError::ClaimCount { list, claimed, expected });
            }
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        self.schemes.iter().try_for_each(|scheme| check_signals(scheme, instance.observations()))
    }
}

impl AllAgentsProof<Experiment> {
    /// Checks that there is one decision for everything that happens, in order, and no other
    /// decision.
    fn check_plan(&self, first: &Among<'_>, actions: usize) -> Result<(), ProofError> {
        let mut expected = Vec::with_capacity(self.plan.len());
        for (kind, (user, others)) in first.kinds.iter().enumerate() {
            for (signal, probabilities) in self.schemes[0].signals.iter().enumerate() {
                let heard = |&(x, _): &(usize, f64)| !first.game.game.cells(first.game.pair(kind, x)).is_empty();
                if probabilities.iter().any(heard) {
                    let signals: Vec<usize> = std::iter::once(signal).chain(others.iter().copied()).collect();
                    expected.push((*user, signals));
                }
            }
        }
        expected.sort_unstable();
        for (k, decision) in self.plan.iter().enumerate() {
            check_index(Place::item("decision", k), "action", decision.action, actions)?;
            if expected.get(k).is_none_or(|(user, signals)| (*user, signals) != (decision.user, &decision.signals)) {
                return Err(ProofError::Decisions(Place::item("decision", k)));
            }
        }
        if self.plan.len() < expected.len() {
            return Err(ProofError::Decisions(Place::item("decision", self.plan.len())));
        }
        Ok(())
    }

    /// Agent 0's scheme, with the action of every extended type upon its signals. Signals that
    /// never happen get an arbitrary action.
    fn menus(&self, first: &Among<'_>) -> ExperimentScheme {
        let message = |(signal, probabilities): (usize, &Vec<(usize, f64)>)| {
            let action = |(user, others): &(usize, Vec<usize>)| {
                let signals: Vec<usize> = std::iter::once(signal).chain(others.iter().copied()).collect();
                let found = self.plan.binary_search_by(|d| (d.user, &d.signals).cmp(&(*user, &signals)));
                found.map_or(0, |k| self.plan[k].action)
            };
            Message { menu: first.kinds.iter().map(action).collect(), probabilities: probabilities.clone() }
        };
        ExperimentScheme { messages: self.schemes[0].signals.iter().enumerate().map(message).collect() }
    }
}
