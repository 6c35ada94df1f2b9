//! What a proof comes to, and whether that is good enough.

use crate::exact::Sum;
use crate::game::Estimates;
use crate::obedience::Deviation;
use crate::proof::Floor;
use crate::refusal::{Place, Refusal};
use crate::verdict::{Failure, Verdict, allowance, check_claim, exceeds, nearest};
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
    pub(crate) violation: Sum,
    pub(crate) worst: Option<Deviation>,
}

impl Outcome {
    /// The claims that these numbers support, and whether they are within the tolerance.
    pub(crate) fn assess(
        self,
        estimates: &Estimates<'_>,
        floor: Option<Floor>,
        tolerance: f64,
    ) -> Result<(Claims, Verdict), Refusal> {
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
            violation: nearest(&self.violation, Place::alone("the violation"))?,
        };
        let mut gap = self.bound;
        gap.subtract_sum(&self.objective);
        let mut verdict = Verdict {
            gap: nearest(&gap, Place::alone("the gap"))?,
            violation: claims.violation,
            worst: self.worst,
            shortfall: 0.0,
            failures: Vec::new(),
        };
        let allowed = allowance(tolerance, estimates.objective.range(&estimates.scale));
        if exceeds(&gap, allowed) {
            verdict.failures.push(Failure::Gap { gap: verdict.gap, allowed });
        }
        let allowed = allowance(tolerance, estimates.user.range(&estimates.scale));
        if exceeds(&self.violation, allowed) {
            verdict.failures.push(Failure::Violation { violation: verdict.violation, allowed });
        }
        if let Some(shortfall) = floor.and_then(|floor| shortfall(floor, &self.user)) {
            verdict.shortfall = nearest(&shortfall, Place::alone("the shortfall"))?;
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
