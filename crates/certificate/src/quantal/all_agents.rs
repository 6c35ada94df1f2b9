//! A profile of the all-agents game with a quantal user, and what each agent could gain by another
//! scheme.
//!
//! Agent `i` faces a user of many extended types: her type with the signals of the other agents (as
//! in [`AllAgentsProof`] for a rational user). She responds to all that she observes as `exp(eta E
//! u(a, .))`, and has no plan. Whatever scheme `i` changes to, it is a scheme for a quantal user of
//! these extended types. So the bound of an [`OptimumProof`](crate::OptimumProof) from the prices
//! that are the reply of `i` holds for it. (Collina et al., arXiv 2509.15090, Theorem 2, with one
//! message each.)

use super::best_agent::CELLS;
use super::folded::Folded;
use super::scheme::outcome;
use super::stake::Benchmarks;
use super::{Enclosed, MOST_OBSERVATIONS, QuantalPrices, QuantalSearch, quantal_bound};
use crate::all_agents::AllAgentsProof;
use crate::communication::Quantal;
use crate::error::{Place, ProofError};
use crate::game::{Among, TypedGame};
use crate::profile::ProfileClaims;
use crate::proof::Proof;
use crate::verdict::{ToleranceViolation, Verdict};
use suasion_model::{Instance, Objective};

impl Proof for AllAgentsProof<Quantal> {
    type Game = Instance;
    type Claims = ProfileClaims<Enclosed>;

    fn order(&mut self) {
        self.plan.sort();
    }

    fn hurry(&mut self) {
        self.replies.iter_mut().for_each(|prices| prices.hurried = true);
    }

    fn evaluate(&self, instance: &Instance, going: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let (agents, eta) = (instance.agents.len(), self.communication.eta);
        self.check_lists(instance)?;
        self.communication.check()?;
        if !self.plan.is_empty() {
            return Err(ProofError::Decisions(Place::item("decision", 0)));
        }
        let first = Among::new(instance, self.prior, 0, &self.schemes)?;
        let parties = outcome(&self.schemes[0], &first.game, eta)?.parties;
        let mut values = parties.iter().map(|value| value.whole);
        let user_value = values.next().ok_or(ProofError::Empty("parties"))?;
        let agent_values = values.collect();
        let mut claims =
            ProfileClaims { user_value, agent_values, regrets: Vec::with_capacity(agents), violation: 0.0 };
        let mut verdict = Verdict::default();
        for agent in 0..agents {
            let among;
            let game = if agent == 0 {
                &first.game
            } else {
                among = Among::new(instance, self.prior, agent, &self.schemes)?;
                &among.game
            };
            let folded = Folded::new(game);
            let own = outcome(&self.schemes[agent], game, eta)?;
            // Bound as closely as without slack, so that regrets are accurate. The stake is between
            // full and no information, and does not depend on what the other agents reveal.
            let alone = TypedGame::new(instance, self.prior, agent, &Objective::agent(agent))?;
            let benchmarks = Benchmarks::new(&alone, eta)?;
            let near = benchmarks.of_party(&alone, agent + 1, &own.objective.sum(), None);
            let allowed = self.slack + near;
            let QuantalPrices { prices, hurried } = &self.replies[agent];
            self.replies[agent].check(game.observations, Some(agent))?;
            let cells = if *hurried { 0 } else { CELLS };
            let search = QuantalSearch { target: 0.25 * near, cells, enough: f64::INFINITY, going };
            let bound = quantal_bound(&folded.arrays(), eta, prices, &search)?;
            let net = own.objective.net();
            let regret = bound.map(|bound| (bound.value - net.low).next_up().max(0.0));
            claims.regrets.push(regret);
            verdict.gap = verdict.gap.max(regret.unwrap_or(f64::INFINITY));
            let observations = folded.observations();
            match regret {
                None => verdict.failures.push(ToleranceViolation::Unbounded { observations, most: MOST_OBSERVATIONS }),
                Some(regret) if regret <= allowed => {}
                Some(regret) => verdict.failures.push(ToleranceViolation::Regret { agent, regret, allowed }),
            }
        }
        Ok((claims, verdict))
    }
}
