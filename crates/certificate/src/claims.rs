//! What a proof comes to, and whether that is good enough.

use crate::contest::Judge;
use crate::exact::Sum;
use crate::game::{Estimates, Game, USER};
use crate::obedience::Disobedience;
use crate::proof::Floor;
use crate::refusal::{Place, Refusal};
use crate::stake::Benchmarks;
use crate::verdict::{Failure, Verdict, check_claim, exceeds, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What a proof comes to: each number is the exact one, rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The scheme's value to the objective.
    pub objective_value: f64,
    /// The scheme's value to the user.
    pub user_value: f64,
    /// The scheme's value to each agent.
    pub agent_values: Vec<f64>,
    /// What no obedient scheme that respects the floor exceeds, in the unit of the objective.
    pub upper_bound: f64,
    /// What the user could gain in total by not following, in the unit of her utility.
    pub violation: f64,
}

/// The exact numbers.
pub(crate) struct Outcome {
    pub(crate) objective: Sum,
    pub(crate) user: Sum,
    pub(crate) agents: Vec<Sum>,
    pub(crate) bound: Sum,
    pub(crate) disobedience: Disobedience,
    /// The pairs of a type and an observation, and what is done there.
    pub(crate) played: Vec<(usize, usize)>,
}

impl Outcome {
    /// The claims that these numbers support in a game in which the user has so many types, and whether they are within the tolerance.
    pub(crate) fn assess(
        self,
        game: &Game<'_>,
        types: usize,
        estimates: &Estimates,
        floor: Option<Floor>,
        tolerance: f64,
    ) -> Result<(Claims, Verdict), Refusal> {
        let benchmarks = Benchmarks::new(game, types, estimates, &mut Judge::new());
        let played = || self.played.iter().copied();
        let parties = (&game.objective[..], &estimates.objective);
        let allowed_gap = benchmarks.stake(game, parties, estimates, &self.objective, played()).allowance(tolerance);
        let user = (&[(USER, 1.0)][..], &estimates.user);
        let allowed_shortfall = benchmarks.stake(game, user, estimates, &self.user, played()).allowance(tolerance);
        let user_value = nearest(&self.user, Place::alone("the user's value"))?;
        let mut agent_values = Vec::with_capacity(self.agents.len());
        for (agent, value) in self.agents.iter().enumerate() {
            agent_values.push(nearest(value, Place::item("the value of agent", agent))?);
        }
        let claims = Claims {
            objective_value: nearest(&self.objective, Place::alone("the objective's value"))?,
            user_value,
            agent_values,
            upper_bound: nearest(&self.bound, Place::alone("the upper bound"))?,
            violation: nearest(&self.disobedience.total, Place::alone("the violation"))?,
        };
        let mut gap = self.bound;
        gap.subtract_sum(&self.objective);
        let mut verdict = Verdict {
            gap: nearest(&gap, Place::alone("the gap"))?,
            violation: claims.violation,
            worst: self.disobedience.worst,
            shortfall: 0.0,
            failures: Vec::new(),
        };
        if exceeds(&gap, allowed_gap) {
            verdict.failures.push(Failure::Gap { gap: verdict.gap, allowed: allowed_gap });
        }
        let mut above = Sum::new();
        above.subtract_sum(&gap);
        if exceeds(&above, allowed_gap) {
            verdict.failures.push(Failure::AboveBound { by: -verdict.gap, allowed: allowed_gap });
        }
        verdict.failures.extend(self.disobedience.failure);
        let mut below = benchmarks.none_value(game, &[(USER, 1.0)]);
        below.subtract_sum(&self.user);
        if exceeds(&below, allowed_shortfall) {
            let by = nearest(&below, Place::alone("the shortfall"))?;
            verdict.failures.push(Failure::BelowNoInformation { by, allowed: allowed_shortfall });
        }
        if let Some(shortfall) = floor.and_then(|floor| shortfall(floor, &self.user)) {
            verdict.shortfall = nearest(&shortfall, Place::alone("the shortfall"))?;
            // A floor is a binary64 number, and no value can be told from it that is closer than its neighbours.
            let neighbour = floor.map_or(0.0, |floor| floor.value.abs() * f64::EPSILON);
            let allowed = allowed_shortfall.max(neighbour);
            if exceeds(&shortfall, allowed) {
                verdict.failures.push(Failure::Shortfall { shortfall: verdict.shortfall, allowed });
            }
        }
        Ok((claims, verdict))
    }
}

/// What the user lacks of the floor, if she does.
fn shortfall(floor: Floor, user_value: &Sum) -> Option<Sum> {
    let mut shortfall = Sum::new();
    shortfall.add([floor.value]);
    shortfall.subtract_sum(user_value);
    (shortfall.sign() == Ordering::Greater).then_some(shortfall)
}

impl Claims {
    /// Refuses claims that are not exactly what was found.
    pub(crate) fn check(&self, found: &Self) -> Result<(), Refusal> {
        let (claimed, expected) = (self.agent_values.len(), found.agent_values.len());
        if claimed != expected {
            return Err(Refusal::ClaimCount { list: "the values of the agents", claimed, expected });
        }
        check_claim(Place::alone("the objective's value"), self.objective_value, found.objective_value)?;
        check_claim(Place::alone("the user's value"), self.user_value, found.user_value)?;
        for (agent, (&claimed, &found)) in self.agent_values.iter().zip(&found.agent_values).enumerate() {
            check_claim(Place::item("the value of agent", agent), claimed, found)?;
        }
        check_claim(Place::alone("the upper bound"), self.upper_bound, found.upper_bound)?;
        check_claim(Place::alone("the violation"), self.violation, found.violation)
    }
}
