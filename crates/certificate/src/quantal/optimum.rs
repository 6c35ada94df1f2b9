//! An optimum against a quantal user: its enclosures, and the bound that prices give.

use super::folded::Folded;
use super::scheme::{Value, outcome, responses};
use super::stake::Benchmarks;
use super::{Enclosed, Enclosure, MOST_OBSERVATIONS, QuantalPrices, QuantalSearch, quantal_bound};
use crate::communication::Quantal;
use crate::error::ProofError;
use crate::game::{TypedGame, check_signals};
use crate::optimum::{OptimumClaims, OptimumProof};
use crate::proof::Proof;
use crate::verdict::{ToleranceViolation, Verdict};
use suasion_model::Instance;

/// The largest number of cells, times types, times actions, for the bound: ten or twenty seconds.
const CELLS: usize = 16_000_000;

impl OptimumProof<Quantal> {
    /// The probability of each action for each type of the user upon each signal,
    /// `[signals][types][actions]`. The list is empty for a type that cannot receive a signal.
    ///
    /// # Errors
    /// The same as [`Proof::certify`].
    pub fn responses(&self, instance: &Instance) -> Result<Vec<Vec<Vec<Enclosure>>>, ProofError> {
        Ok(responses(&self.scheme, &self.game(instance)?, self.communication.eta))
    }

    /// The scheme's value to the objective, to the user, and to every agent. The bound is not
    /// computed.
    ///
    /// # Errors
    /// The same as [`Proof::certify`].
    pub fn values(&self, instance: &Instance) -> Result<(Enclosure, Enclosure, Vec<Enclosure>), ProofError> {
        let outcome = outcome(&self.scheme, &self.game(instance)?, self.communication.eta)?;
        split(&outcome.parties).map(|(user, agents)| (outcome.objective.whole, user, agents))
    }

    /// The game. An error if this is not a proof for it.
    fn game<'a>(&self, instance: &'a Instance) -> Result<TypedGame<'a>, ProofError> {
        let game = TypedGame::new(instance, self.prior, self.agent, &self.objective)?;
        self.communication.check()?;
        if self.floor.is_some() {
            return Err(ProofError::Floor);
        }
        self.bound.check(game.observations, None)?;
        check_signals(&self.scheme, game.observations)?;
        Ok(game)
    }
}

/// In the verdict, the gap is measured from the lower end of the value. It is infinite if there is
/// no bound.
impl Proof for OptimumProof<Quantal> {
    type Game = Instance;
    type Claims = OptimumClaims<Enclosed>;

    fn hurry(&mut self) {
        self.bound.hurried = true;
    }

    fn evaluate(&self, instance: &Instance, going: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let (game, eta) = (self.game(instance)?, self.communication.eta);
        let QuantalPrices { prices, hurried } = &self.bound;
        let own = outcome(&self.scheme, &game, eta)?;
        let allowed = Benchmarks::new(&game, eta)?.of_objective(&game, &own);
        let folded = Folded::new(&game);
        // A quarter of the tolerance is for the search, the rest for the scheme's distance from the
        // optimum.
        let cells = if *hurried { 0 } else { CELLS };
        let search = QuantalSearch { target: 0.25 * allowed, cells, enough: f64::INFINITY, going };
        let bound = quantal_bound(&folded.arrays(), eta, prices, &search)?.map(|bound| bound.value);
        let net = own.objective.net();
        let gap = bound.map_or(f64::INFINITY, |bound| (bound - net.low).next_up());
        let mut verdict = Verdict { gap, ..Verdict::default() };
        let observations = folded.observations();
        let near = gap <= allowed;
        if bound.is_none() && observations > MOST_OBSERVATIONS {
            verdict.failures.push(ToleranceViolation::Unbounded { observations, most: MOST_OBSERVATIONS });
        } else if bound.is_some_and(|bound| bound < net.low) {
            verdict.failures.push(ToleranceViolation::AboveBound { by: -gap, allowed: 0.0 });
        } else if !near {
            verdict.failures.push(ToleranceViolation::Gap { gap, allowed });
        }
        let (user_value, agent_values) = split(&own.parties)?;
        let objective_value = own.objective.whole;
        let upper_bound = bound.map(|bound| folded.level.above(bound));
        Ok((OptimumClaims { objective_value, user_value, agent_values, upper_bound, violation: 0.0 }, verdict))
    }
}

/// The user's value and the agents'.
fn split(parties: &[Value]) -> Result<(Enclosure, Vec<Enclosure>), ProofError> {
    let (user, agents) = parties.split_first().ok_or(ProofError::Empty("parties"))?;
    Ok((user.whole, agents.iter().map(|agent| agent.whole).collect()))
}
