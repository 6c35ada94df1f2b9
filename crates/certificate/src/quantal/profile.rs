//! A profile of the all-agents game with a quantal user, and what each agent could gain by another
//! scheme.
//!
//! To agent `i` the user is one of many kinds: a kind is her type and the signals of the others
//! ([`AllAgentsProof`](crate::AllAgentsProof) says the same of a rational one). She responds to
//! everything that she knows and hears as `exp(eta E u(a, .))`, and has no plan. Whatever scheme
//! `i` changes to, it is one for a quantal user of these kinds, so that the bound of a
//! [`QuantalProof`](crate::QuantalProof) from the prices that are the reply of `i` holds for it.
//! (Collina et al., arXiv 2509.15090, Theorem 2, with one message each.)

use super::proof::{Folded, enclosed};
use super::scheme::{check, outcome};
use super::stake::Benchmarks;
use super::{Enclosure, MOST_OBSERVATIONS, QuantalSearch, quantal_bound};
use crate::game::{Among, TypedGame};
use crate::refusal::{Place, Refusal, check_nonnegative};
use crate::serial::signal_scheme_forms;
use crate::verdict::{Failure, Verdict, check_claim};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Objective, SignalScheme};

/// Work on one bound ends after so many cells, times kinds.
const CELLS: usize = 3_000_000;

/// A profile of the all-agents game with a quantal user, and the prices that bound what each agent
/// gets by any scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalProfileProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another scheme, at most, in the unit of utilities.
    pub slack: f64,
    /// The user's sensitivity, at least 0.
    pub eta: f64,
    /// The agents' schemes, in their order: for each signal, `[[observation, probability], ...]`.
    #[serde(with = "signal_scheme_forms")]
    pub schemes: Vec<SignalScheme>,
    /// For each agent, the price of every observation, in the unit of its utility per unit of mass,
    /// beyond what the user's best action in every state (of several, the first) is worth to it.
    pub prices: Vec<Vec<f64>>,
}

/// What a profile comes to. The same on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalProfileClaims {
    /// What the user gets.
    pub user_value: Enclosure,
    /// What each agent gets.
    pub agent_values: Vec<Enclosure>,
    /// What each agent gains at most by another scheme, at least 0; none with more than
    /// [`MOST_OBSERVATIONS`] observations.
    pub regrets: Vec<Option<f64>>,
}

/// A profile with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalProfileCertificate {
    /// The proof.
    pub proof: QuantalProfileProof,
    /// What it comes to.
    pub claims: QuantalProfileClaims,
}

impl QuantalProfileProof {
    /// Works out rigorously what this profile comes to.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range or comes twice, a number is not
    /// finite, a probability is not between 0 and 1, the sensitivity or the slack is
    /// negative, there is not one scheme for each agent and one price for each observation,
    /// probabilities do not sum to one exactly, or there is too much of everything.
    pub fn certify(self, instance: &Instance) -> Result<(QuantalProfileCertificate, Verdict), Refusal> {
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((QuantalProfileCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(QuantalProfileClaims, Verdict), Refusal> {
        let agents = instance.agents.len();
        for (list, found) in [("the schemes", self.schemes.len()), ("the prices", self.prices.len())] {
            if found != agents {
                return Err(Refusal::ClaimCount { list, claimed: found, expected: agents });
            }
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        check_nonnegative(Place::alone("the sensitivity eta"), self.eta)?;
        for scheme in &self.schemes {
            check(scheme, instance.observations())?;
        }
        let first = Among::new(instance, self.prior, 0, &self.schemes)?;
        let parties = outcome(&self.schemes[0], &first.game, self.eta)?.parties;
        let mut worth = parties.iter().map(|value| value.whole);
        let user_value = worth.next().ok_or(Refusal::Empty("parties"))?;
        let mut claims =
            QuantalProfileClaims { user_value, agent_values: worth.collect(), regrets: Vec::with_capacity(agents) };
        let mut verdict = Verdict { gap: 0.0, violation: 0.0, worst: None, shortfall: 0.0, failures: vec![] };
        for agent in 0..agents {
            let among;
            let game = if agent == 0 {
                &first.game
            } else {
                among = Among::new(instance, self.prior, agent, &self.schemes)?;
                &among.game
            };
            let folded = Folded::new(game);
            let own = outcome(&self.schemes[agent], game, self.eta)?;
            // As near as without slack, so that regrets tell what they are. What is at stake is
            // between everything and nothing, not what others leave of it.
            let alone = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
            let benchmarks = Benchmarks::new(&alone, self.eta)?;
            let near = benchmarks.of_party(&alone, agent + 1, &own.objective.sum(), None);
            let allowed = self.slack + near;
            let search = QuantalSearch { target: 0.25 * near, cells: CELLS, enough: f64::INFINITY, going: &|| true };
            let bound = quantal_bound(&folded.arrays(), self.eta, &self.prices[agent], &search)?;
            let net = own.objective.net();
            let regret = bound.map(|bound| (bound.value - net.low).next_up().max(0.0));
            claims.regrets.push(regret);
            verdict.gap = verdict.gap.max(regret.unwrap_or(f64::INFINITY));
            let observations = folded.observations();
            match regret {
                None => verdict.failures.push(Failure::Unbounded { observations, most: MOST_OBSERVATIONS }),
                Some(regret) if regret <= allowed => {}
                Some(regret) => verdict.failures.push(Failure::Regret { agent, regret, allowed }),
            }
        }
        Ok((claims, verdict))
    }
}

impl QuantalProfileCertificate {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`QuantalProfileProof::certify`]), or a claim is not
    /// exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        let claims = &self.claims;
        enclosed(Place::alone("the user's value"), claims.user_value, found.user_value)?;
        for (list, claimed, expected) in [
            ("the values of the agents", claims.agent_values.len(), found.agent_values.len()),
            ("the regrets", claims.regrets.len(), found.regrets.len()),
        ] {
            if claimed != expected {
                return Err(Refusal::ClaimCount { list, claimed, expected });
            }
        }
        for (agent, (&claimed, &found)) in claims.agent_values.iter().zip(&found.agent_values).enumerate() {
            enclosed(Place::item("the value of agent", agent), claimed, found)?;
        }
        for (agent, (claimed, found)) in claims.regrets.iter().zip(&found.regrets).enumerate() {
            // No bound is as good as one at infinity.
            let [claimed, found] = [claimed, found].map(|regret| regret.unwrap_or(f64::INFINITY));
            check_claim(Place::item("the regret of agent", agent), claimed, found)?;
        }
        Ok(verdict)
    }
}
