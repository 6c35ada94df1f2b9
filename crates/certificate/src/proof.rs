//! A scheme with the multipliers that prove it optimal, and what they come to.

use crate::bound::bound;
use crate::claims::{Claims, Outcome};
use crate::contest::Judge;
use crate::exact::Sum;
use crate::game::{Estimates, Game, USER};
use crate::obedience::disobedience;
use crate::refusal::{Place, Refusal, check_finite};
use crate::serial::{ObjectiveForm, scheme_form};
use crate::values::Conduct;
use crate::verdict::{TOLERANCE, Verdict};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Objective, Scheme};

/// The multiplier of one obedience constraint: what the objective would gain per unit of the user's utility by which an agent
/// that recommends one action may leave her worse off than with the other. Written as `[recommended, alternative, value]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, f64)", into = "(usize, usize, f64)")]
pub struct Multiplier {
    /// The action that is recommended.
    pub recommended: usize,
    /// The action that the user takes instead.
    pub alternative: usize,
    /// The multiplier, at least 0.
    pub value: f64,
}

impl Multiplier {
    pub(crate) fn pair(&self) -> (usize, usize) {
        (self.recommended, self.alternative)
    }
}

/// The constraint that the user gets at least so much, and its multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// What the user is to get at least.
    pub value: f64,
    /// The multiplier, at least 0: what the objective would gain per unit by which the floor is lowered.
    pub multiplier: f64,
}

/// A scheme and the multipliers that bound every other: all that is needed to prove a scheme optimal, given the instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The agent whose scheme it is: with worlds, the observations are its signals.
    pub agent: usize,
    /// What the scheme maximises.
    #[serde(with = "ObjectiveForm")]
    pub objective: Objective,
    /// What the user is to get at least, if anything is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// The scheme, written as a list of `[observation, action, probability]`. What the probabilities of an observation leave
    /// over reveals the observation, upon which the user takes her best action; of several, the best for the objective; of
    /// several, the first.
    #[serde(with = "scheme_form")]
    pub scheme: Scheme,
    /// The multipliers of obedience that are not zero, ordered by (recommended, alternative).
    pub multipliers: Vec<Multiplier>,
}

/// A proof with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The proof.
    pub proof: Proof,
    /// What it comes to.
    pub claims: Claims,
}

impl Proof {
    /// Works out, in exact arithmetic, what this proof comes to. The scheme's entries and the multipliers may be in any order,
    /// and multipliers may be zero.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range, a pair comes twice, a number is not finite, a probability or a multiplier
    /// is negative, the scheme is not plausible, or the user has several types.
    pub fn certify(mut self, instance: &Instance) -> Result<(Certificate, Verdict), Refusal> {
        self.multipliers.retain(|multiplier| multiplier.value != 0.0);
        self.multipliers.sort_by_key(Multiplier::pair);
        self.scheme.entries.sort_by_key(|entry| (entry.state, entry.action));
        let (claims, verdict) = self.evaluate(instance, TOLERANCE)?;
        Ok((Certificate { proof: self, claims }, verdict))
    }

    /// The claims that this proof supports, and whether they are within the tolerance.
    fn evaluate(&self, instance: &Instance, tolerance: f64) -> Result<(Claims, Verdict), Refusal> {
        let game = Game::new(instance, self.prior, self.agent, &self.objective)?;
        let estimates = Estimates::new(&game, &instance.information);
        let judge = &mut Judge::new();
        let conduct = Conduct::new(&game, &estimates, &self.scheme.entries, judge)?;
        let floor = self.floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
        check_finite(Place::alone("the floor"), floor.value)?;
        let bound = bound(&game, &estimates, floor.multiplier, &self.multipliers, judge)?.exactly_at(floor.value);
        let disobedience = disobedience(&game, &estimates, &self.scheme.entries, tolerance, judge);

        let value = |party: usize| {
            let mut sum = Sum::new();
            conduct.add_value(&mut sum, party, 1.0);
            sum
        };
        let outcome = Outcome {
            objective: conduct.objective_value(),
            user: value(USER),
            agents: (1..=instance.agents.len()).map(value).collect(),
            bound,
            disobedience,
            played: conduct.played().collect(),
        };
        outcome.assess(&game, 1, &estimates, self.floor, tolerance)
    }
}

impl Certificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`Proof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        self.check_within(instance, TOLERANCE)
    }

    /// As [`Certificate::check`], with a tolerance other than [`TOLERANCE`], in the same unit.
    ///
    /// # Errors
    /// As [`Certificate::check`].
    pub fn check_within(&self, instance: &Instance, tolerance: f64) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance, tolerance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}
