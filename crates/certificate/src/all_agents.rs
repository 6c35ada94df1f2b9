//! A profile of the all-agents game, in which the user hears every agent, and what each agent could gain by another scheme.
//!
//! **The claim.** Every agent sends a signal by its scheme. The user, who knows her type and hears all signals, acts by her plan, which may break
//! ties as it likes; and by how much she could do better (nothing, where the plan is a best response).
//!
//! **The regrets.** To agent `i` she is a user of many kinds: a kind is her type and the signals of the others. Whatever scheme `i` deviates to, its
//! signals tell every kind what to do, and she does what is best for her: the deviation is an obedient scheme of menus against these
//! kinds. So the bound of a [`MenuProof`](crate::MenuProof), whose tree is the reply of `i`, holds for every deviation, however ties are broken then; and the
//! regret is that bound less what `i` gets in the profile. (Collina et al., arXiv 2509.15090, Theorem 1, with one message each.)
//!
//! The masses of kinds are products of probabilities. They are taken exactly, as sums of binary64 numbers.

use crate::ProfileClaims;
use crate::exact::Sum;
use crate::game::{Among, Estimates};
use crate::menu::{bound, disobedience, value};
use crate::profile::{Heard, heard};
use crate::quantal::check_signals;
use crate::refusal::{Place, Refusal, check_index, check_nonnegative};
use crate::serial::signal_scheme_forms;
use crate::tree::{Node, sort_multipliers};
use crate::verdict::{TOLERANCE, Verdict};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, MenuScheme, Message, SignalScheme};

/// What the user does upon all that she knows and hears.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Her type; 0 where she knows nothing by herself.
    #[serde(rename = "type")]
    pub user: usize,
    /// The signal of every agent, in their order.
    pub signals: Vec<usize>,
    /// The action.
    pub action: usize,
}

/// A profile of the all-agents game, and what shows that nobody gains much by another scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllAgentsProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another scheme, at most, in the unit of utilities.
    pub slack: f64,
    /// The agents' schemes, in their order: for each signal, `[[observation, probability], ...]`.
    #[serde(with = "signal_scheme_forms")]
    pub schemes: Vec<SignalScheme>,
    /// The user's plan: one decision on everything that happens, in increasing order.
    pub plan: Vec<Decision>,
    /// For each agent, the tree that bounds what it gets by any scheme. The types of the tree are the kinds that have mass, in increasing order of
    /// type and signals of the other agents; multipliers are in units of the agent's utility per unit of the user's.
    pub replies: Vec<Vec<Node>>,
}

/// A profile with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllAgentsCertificate {
    /// The proof.
    pub proof: AllAgentsProof,
    /// What it comes to.
    pub claims: ProfileClaims,
}

impl AllAgentsProof {
    /// Works out, in exact arithmetic, what this profile comes to. Multipliers and decisions may be in any order.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range or comes twice, a number is not finite, a probability or a multiplier is negative,
    /// probabilities do not sum to one exactly, a decision is missing, a tree is not whole, or there is too much of everything.
    pub fn certify(mut self, instance: &Instance) -> Result<(AllAgentsCertificate, Verdict), Refusal> {
        self.replies.iter_mut().for_each(|tree| sort_multipliers(tree));
        self.plan.sort();
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((AllAgentsCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(ProfileClaims, Verdict), Refusal> {
        let agents = instance.agents.len();
        for (list, found) in [("the schemes", self.schemes.len()), ("the replies", self.replies.len())] {
            if found != agents {
                return Err(Refusal::ClaimCount { list, claimed: found, expected: agents });
            }
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        for scheme in &self.schemes {
            check_signals(scheme, instance.observations())?;
        }
        let first = Among::new(instance, self.prior, 0, &self.schemes)?;
        self.check_plan(&first, instance.actions.len())?;
        let menus = self.menus(&first);
        let estimates = Estimates::gathered(&first.game.game);
        let disobedience = disobedience(&menus, &first.game, &estimates, TOLERANCE);
        let values: Vec<Sum> = (0..=agents).map(|party| value(&menus, &first.game, party)).collect();
        let profile = Heard { prior: self.prior, slack: self.slack, values: &values, disobedience: &disobedience };
        heard(instance, &profile, |agent| {
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

    /// Whether there is one decision on everything that happens, in order, and none on anything else.
    fn check_plan(&self, first: &Among<'_>, actions: usize) -> Result<(), Refusal> {
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
                return Err(Refusal::Decisions(Place::item("decision", k)));
            }
        }
        if self.plan.len() < expected.len() {
            return Err(Refusal::Decisions(Place::item("decision", self.plan.len())));
        }
        Ok(())
    }

    /// Agent 0's scheme with what every kind does upon its signals; upon what never happens, anything.
    fn menus(&self, first: &Among<'_>) -> MenuScheme {
        let message = |(signal, probabilities): (usize, &Vec<(usize, f64)>)| {
            let action = |(user, others): &(usize, Vec<usize>)| {
                let signals: Vec<usize> = std::iter::once(signal).chain(others.iter().copied()).collect();
                let found = self.plan.binary_search_by(|d| (d.user, &d.signals).cmp(&(*user, &signals)));
                found.map_or(0, |k| self.plan[k].action)
            };
            Message { menu: first.kinds.iter().map(action).collect(), probabilities: probabilities.clone() }
        };
        MenuScheme { messages: self.schemes[0].signals.iter().enumerate().map(message).collect() }
    }
}

impl AllAgentsCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`AllAgentsProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}
