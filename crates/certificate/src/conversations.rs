//! Conversations of many rounds: a profile of conversation rules, and what each agent could gain by another one.
//!
//! **The claim.** Every agent answers by its rule. The user, who knows her type and hears all answers, asks and acts by her plan; and by how much she could do better
//! by any other (nothing, where the plan is a best response).
//!
//! **The regrets.** The best rule of an agent against the others' is the optimum of a mixed-integer program ([`ReplyProgram`]) in which the user breaks ties in its favour. A tree over its binary
//! columns, with multipliers at the leaves, bounds it by weak duality; the regret is that bound less what the agent gets. (Collina et al., arXiv 2509.15090, Theorem 1.)
//!
//! Probabilities of what is said are products. They are taken exactly, as sums of binary64 numbers.

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
use suasion_exact::Sum;
use suasion_model::{ConversationPlan, ConversationRule, Instance, Objective, Protocol};

pub use bound::ReplyNode;
pub use program::{Column, Place as ReplyPlace, ReplyProgram};

/// A profile of conversation rules, and what shows that nobody gains much by another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationRulesProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another rule, at most, in the unit of utilities.
    pub slack: f64,
    /// How they converse.
    pub protocol: Protocol,
    /// The agents' rules, in their order.
    pub rules: Vec<ConversationRule>,
    /// The user's plan: a step for everything that happens.
    pub plan: ConversationPlan,
    /// For each agent, the tree that bounds what it gets by any rule; an empty one says that in every world it gets its best action.
    pub replies: Vec<Vec<ReplyNode>>,
}

impl Sealed for ConversationRulesProof {}

/// Refused: a rule that is none of the protocol, a plan that lacks a step for what happens or has
/// one for what does not, a multiplier of the wrong sign, and too much of everything.
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
    /// What an agent gets at most by any rule.
    fn bound(&self, instance: &Instance, agent: usize) -> Result<Sum, ProofError> {
        if self.replies[agent].is_empty() {
            return Ok(unbounded(instance, self.prior, agent));
        }
        let program = ReplyProgram::new(instance, self.prior, &self.protocol, agent, &self.rules)?;
        bound::bound(&program, &self.replies[agent])
    }
}

/// What an agent gets at most by any conversation rule against the others', as a tree over their program proves it: exact but for one rounding to nearest.
///
/// # Errors
/// If the tree is empty or not whole, splits on a column that is not binary or was split on before, or a multiplier is none of the program or has the wrong sign.
pub fn reply_upper_bound(program: &ReplyProgram, tree: &[ReplyNode]) -> Result<f64, ProofError> {
    nearest(&bound::bound(program, tree)?, Place::alone("the upper bound"))
}

/// What an agent would get if the user did what is best for it in every world.
fn unbounded(instance: &Instance, prior: usize, agent: usize) -> Sum {
    let utility = &instance.agents[agent].utility;
    let mut sum = Sum::new();
    for world in instance.situations(prior) {
        let best = (0..utility.rows()).map(|a| utility[(a, world.state)]).fold(f64::NEG_INFINITY, f64::max);
        sum.add([world.probability, best]);
    }
    sum
}

/// Refuses a protocol that is none, or one with too much of everything.
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
    // Rounds first, since sizes are worked out round by round.
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
