//! Conversations of many rounds: a profile of conversation rules, and what each agent could gain by
//! another rule.
//!
//! **The claim.** Every agent answers by its rule. The user knows her type, receives all answers,
//! and asks and acts by her plan. The proof also states how much she could gain by another plan
//! (nothing, if the plan is a best response).
//!
//! **The regrets.** An agent's best rule against the other agents' rules is the optimum of a
//! mixed-integer program ([`ReplyProgram`]) in which the user breaks ties in the agent's favor. A
//! tree over its binary columns, with multipliers at the leaves, bounds the optimum by weak
//! duality. The regret is that bound less what the agent gets. (Collina et al., arXiv 2509.15090,
//! Theorem 1.)
//!
//! Probabilities of histories are products. They are computed exactly, as sums of binary64 numbers.

mod bound;
mod kinds;
mod path;
mod program;
mod sites;

use crate::error::{Place, ProofError, check_index, check_nonnegative};
use crate::game::USER;
use crate::obedience::Disobedience;
use crate::profile::{AllAgentsProfile, ProfileClaims, assess_all_agents, stakes};
use crate::proof::{Exact, Proof, Sealed};
use crate::verdict::{ToleranceViolation, Verdict, exceeds, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_model::{ConversationPlan, ConversationRule, Instance, Objective, Protocol};

pub use bound::ReplyNode;
pub use program::{ReplyColumn, ReplyPlace, ReplyProgram};

/// A profile of conversation rules, and what bounds each agent's gain by another rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationRulesProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The slack: what an agent may gain by another rule, at most, in the unit of utilities.
    pub slack: f64,
    /// The protocol of the conversations.
    pub protocol: Protocol,
    /// The agents' rules, by agent.
    pub rules: Vec<ConversationRule>,
    /// The user's plan: a step for everything that happens.
    pub plan: ConversationPlan,
    /// For each agent, the tree that bounds its value under any rule. With an empty tree, the bound
    /// is the agent's value if its best action were taken in every world.
    pub replies: Vec<Vec<ReplyNode>>,
}

impl Sealed for ConversationRulesProof {}

/// The check refuses a rule that does not fit the protocol, a plan that lacks a step for something
/// that happens or has a step for something that does not, a multiplier of the wrong sign, and a
/// game that is too large.
impl Proof for ConversationRulesProof {
    type Game = Instance;
    type Claims = ProfileClaims<Exact>;

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let agents = instance.agents.len();
        for (list, found) in [("the rules", self.rules.len()), ("the replies", self.replies.len())] {
            if found != agents {
                return Err(ProofError::ClaimCount { list, claimed: found, expected: agents });
            }
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        check_index(Place::alone("the certificate"), "prior", self.prior, instance.priors())?;
        check_protocol(&self.protocol, instance)?;
        for (agent, rule) in self.rules.iter().enumerate() {
            let refused = |cause| ProofError::Rule { agent, cause };
            rule.check(&self.protocol, instance.observations()).map_err(refused)?;
            check_sums(rule, &self.protocol)?;
        }
        let path = path::walk(instance, self.prior, &self.protocol, &self.rules, &self.plan)?;
        let hers = Objective { user: 1.0, agents: vec![] };
        let (allowed, _) = stakes(instance, self.prior, 0, &hers, &path.values[USER])?;
        let failure = exceeds(&path.violation, allowed)
            .then(|| ToleranceViolation::Violation { violation: path.violation.round(), allowed });
        let disobedience = Disobedience { total: path.violation, worst: None, failure };
        let profile = AllAgentsProfile {
            prior: self.prior,
            slack: self.slack,
            values: &path.values,
            disobedience: &disobedience,
        };
        assess_all_agents(instance, &profile, |agent| self.bound(instance, agent))
    }
}

impl ConversationRulesProof {
    /// An upper bound on what an agent gets by any rule.
    fn bound(&self, instance: &Instance, agent: usize) -> Result<Sum, ProofError> {
        if self.replies[agent].is_empty() {
            return Ok(unbounded(instance, self.prior, agent));
        }
        let program = ReplyProgram::new(instance, self.prior, &self.protocol, agent, &self.rules)?;
        bound::bound(&program, &self.replies[agent])
    }
}

/// An upper bound on what an agent gets by any conversation rule against the other agents' rules. A
/// tree over its program proves it. It is exact but for one rounding to nearest.
///
/// # Errors
/// If the tree is empty or incomplete, splits on a column that is not binary or was split on
/// before, or a multiplier does not belong to the program or has the wrong sign.
pub fn reply_upper_bound(program: &ReplyProgram, tree: &[ReplyNode]) -> Result<f64, ProofError> {
    nearest(&bound::bound(program, tree)?, Place::alone("the upper bound"))
}

/// What an agent would get if the user took the agent's best action in every world.
fn unbounded(instance: &Instance, prior: usize, agent: usize) -> Sum {
    let utility = &instance.agents[agent].utility;
    let mut sum = Sum::new();
    for world in instance.situations(prior) {
        let best = (0..utility.rows()).map(|a| utility[(a, world.state)]).fold(f64::NEG_INFINITY, f64::max);
        sum.add([world.probability, best]);
    }
    sum
}

/// Refuses a rule whose answers to some question have probabilities that do not sum to exactly one:
/// a sum in floating point may hide what is missing or too much.
fn check_sums(rule: &ConversationRule, protocol: &Protocol) -> Result<(), ProofError> {
    let mut excess = Sum::new();
    let questions = rule.rounds.iter().flat_map(|numbers| numbers.chunks(protocol.agent_alphabet()));
    for (question, answers) in questions.enumerate() {
        excess.clear();
        excess.subtract([1.0]);
        answers.iter().for_each(|&probability| excess.add([probability]));
        if excess.sign() != Ordering::Equal {
            return Err(ProofError::NotOne {
                place: Place::item("answers to question", question),
                excess: excess.round(),
            });
        }
    }
    Ok(())
}

/// Refuses a protocol that is not valid or too large.
fn check_protocol(protocol: &Protocol, instance: &Instance) -> Result<(), ProofError> {
    const MOST: usize = 20_000_000;
    for (set, size) in [
        ("rounds", protocol.rounds),
        ("messages of the user", protocol.user_messages.len()),
        ("messages of the agents", protocol.agent_messages.len()),
    ] {
        if size == 0 {
            return Err(ProofError::Empty(set));
        }
    }
    // Rounds come first, because sizes are computed round by round.
    if protocol.rounds > Protocol::MOST_ROUNDS {
        return Err(ProofError::TooLarge { what: "rounds", most: Protocol::MOST_ROUNDS });
    }
    let numbers = protocol
        .questions(protocol.rounds - 1)
        .saturating_mul(protocol.agent_alphabet())
        .saturating_mul(instance.observations());
    if numbers > MOST {
        return Err(ProofError::TooLarge { what: "numbers of a conversation rule", most: MOST });
    }
    Ok(())
}
