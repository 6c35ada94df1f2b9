//! A scheme for a quantal user with prices, and what they come to.

use super::scheme::{check, respond, values};
use super::{MOST_OBSERVATIONS, QuantalArrays, QuantalSearch, quantal_bound};
use crate::game::{TypedGame, USER};
use crate::interval::Interval;
use crate::refusal::{Place, Refusal, check_finite, check_nonnegative};
use crate::serial::{ObjectiveForm, signal_scheme_form};
use crate::verdict::{Failure, Verdict, allowance};
use serde::{Deserialize, Serialize};
use suasion_model::{Instance, Matrix, Objective, SignalScheme};

/// By how much the bound of a certified result against a quantal user may exceed its value, as a fraction of the range of the objective (or of a millionth of
/// its magnitude, where that is more).
pub const QUANTAL_TOLERANCE: f64 = 1e-6;

/// Work on the bound ends after so many cells, times types, times actions: ten or twenty seconds.
const CELLS: usize = 16_000_000;

/// A real number, known to lie between two others. Written as `[low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f64, f64)", into = "(f64, f64)")]
pub struct Enclosure {
    /// It is at least this.
    pub low: f64,
    /// It is at most this.
    pub high: f64,
}

impl Enclosure {
    /// The number in the middle.
    #[must_use]
    pub fn middle(&self) -> f64 {
        0.5 * self.low + 0.5 * self.high
    }
}

impl From<(f64, f64)> for Enclosure {
    fn from((low, high): (f64, f64)) -> Self {
        Self { low, high }
    }
}

impl From<Enclosure> for (f64, f64) {
    fn from(enclosure: Enclosure) -> Self {
        (enclosure.low, enclosure.high)
    }
}

/// A scheme for a user who responds quantally, and the prices that bound every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The agent whose scheme it is: with worlds, the observations are its signals.
    pub agent: usize,
    /// What the scheme maximises.
    #[serde(with = "ObjectiveForm")]
    pub objective: Objective,
    /// The user's sensitivity, at least 0: she plays an action with probability proportional to `exp(eta * its expected utility)`.
    pub eta: f64,
    /// The scheme, as a list of signals `[[observation, probability], ...]`.
    #[serde(with = "signal_scheme_form")]
    pub scheme: SignalScheme,
    /// The price of every observation, in the unit of the objective per unit of mass; those of observations without mass do not matter.
    pub prices: Vec<f64>,
}

/// What a proof comes to. The same on every machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalClaims {
    /// The scheme's value to the objective.
    pub objective_value: Enclosure,
    /// The scheme's value to the user.
    pub user_value: Enclosure,
    /// The scheme's value to each agent.
    pub agent_values: Vec<Enclosure>,
    /// What no scheme exceeds, in the unit of the objective; none with more than [`MOST_OBSERVATIONS`] observations.
    pub upper_bound: Option<f64>,
}

/// A proof with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantalCertificate {
    /// The proof.
    pub proof: QuantalProof,
    /// What it comes to.
    pub claims: QuantalClaims,
}

impl QuantalProof {
    /// Works out rigorously what this proof comes to. In the verdict, the gap is from the lower end of the value, and infinite without a bound.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range or comes twice, a number is not finite, a probability is not between 0 and 1, the sensitivity is
    /// negative, there is not one price for each observation, or the probabilities of an observation do not sum to one exactly.
    pub fn certify(self, instance: &Instance) -> Result<(QuantalCertificate, Verdict), Refusal> {
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((QuantalCertificate { proof: self, claims }, verdict))
    }

    /// With which probabilities each type of the user plays each action upon each signal, `[signals][types][actions]`; for a type that cannot receive a signal
    /// there is an empty list.
    ///
    /// # Errors
    /// As [`QuantalProof::certify`].
    pub fn responses(&self, instance: &Instance) -> Result<Vec<Vec<Vec<Enclosure>>>, Refusal> {
        let game = self.game(instance)?;
        let of_type = |signal: &[(usize, f64)], t: usize| {
            let played = respond(signal, &game, t, self.eta).map_or_else(Vec::new, |response| response.played);
            played.into_iter().map(|Interval { low, high }| Enclosure { low, high }).collect()
        };
        let of_signal = |signal: &Vec<(usize, f64)>| (0..game.types).map(|t| of_type(signal, t)).collect();
        Ok(self.scheme.signals.iter().map(of_signal).collect())
    }

    /// What the scheme is worth: to the objective, to the user, and to every agent. No bound is worked out.
    ///
    /// # Errors
    /// As [`QuantalProof::certify`].
    pub fn values(&self, instance: &Instance) -> Result<(Enclosure, Enclosure, Vec<Enclosure>), Refusal> {
        self.values_in(&self.game(instance)?)
    }

    fn values_in(&self, game: &TypedGame<'_>) -> Result<(Enclosure, Enclosure, Vec<Enclosure>), Refusal> {
        let mut values = values(&self.scheme, game, self.eta)?.into_iter();
        match (values.next(), values.next()) {
            (Some(objective), Some(user)) => Ok((objective, user, values.collect())),
            _ => Err(Refusal::Empty("parties")),
        }
    }

    /// The game, if this is a proof for it.
    fn game<'a>(&self, instance: &'a Instance) -> Result<TypedGame<'a>, Refusal> {
        let game = TypedGame::new(instance, self.prior, self.agent, &self.objective)?;
        check_nonnegative(Place::alone("the sensitivity eta"), self.eta)?;
        if self.prices.len() != game.observations {
            let (found, expected) = (self.prices.len(), game.observations);
            return Err(Refusal::Length { list: "the prices of the observations", found, expected });
        }
        for (x, &price) in self.prices.iter().enumerate() {
            check_finite(Place::item("the price of observation", x), price)?;
        }
        check(&self.scheme, game.observations)?;
        Ok(game)
    }

    fn evaluate(&self, instance: &Instance) -> Result<(QuantalClaims, Verdict), Refusal> {
        let game = self.game(instance)?;
        let (objective_value, user_value, agent_values) = self.values_in(&game)?;
        let folded = Folded::new(&game);
        let range = folded.objective_magnitude;
        let allowed = allowance(QUANTAL_TOLERANCE, range);
        // A quarter for the search, the rest for what the scheme lacks of the optimum.
        let search = QuantalSearch { target: 0.25 * allowed, cells: CELLS, enough: f64::INFINITY };
        let bound = quantal_bound(&folded.arrays(), self.eta, &self.prices, &search)?;
        let upper_bound = bound.map(|bound| bound.value);
        let gap = upper_bound.map_or(f64::INFINITY, |bound| (bound - objective_value.low).next_up());
        let mut verdict = Verdict { gap, violation: 0.0, worst: None, shortfall: 0.0, failures: vec![] };
        let observations = folded.observations();
        let near = gap <= allowed;
        if upper_bound.is_none() && observations > MOST_OBSERVATIONS {
            verdict.failures.push(Failure::Unbounded { observations, most: MOST_OBSERVATIONS });
        } else if !near {
            verdict.failures.push(Failure::Gap { gap, allowed });
        }
        Ok((QuantalClaims { objective_value, user_value, agent_values, upper_bound }, verdict))
    }
}

impl QuantalCertificate {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`QuantalProof::certify`]), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}

/// Refuses an enclosure that is not exactly what was found.
pub(super) fn enclosed(place: Place, claimed: Enclosure, found: Enclosure) -> Result<(), Refusal> {
    crate::verdict::check_claim(place, claimed.low, found.low)?;
    crate::verdict::check_claim(place, claimed.high, found.high)
}

impl QuantalClaims {
    /// Refuses claims that are not exactly what was found.
    fn check(&self, found: &Self) -> Result<(), Refusal> {
        let (claimed, expected) = (self.agent_values.len(), found.agent_values.len());
        if claimed != expected {
            return Err(Refusal::ClaimCount { list: "the values of the agents", claimed, expected });
        }
        enclosed(Place::alone("the objective's value"), self.objective_value, found.objective_value)?;
        enclosed(Place::alone("the user's value"), self.user_value, found.user_value)?;
        for (agent, (&claimed, &found)) in self.agent_values.iter().zip(&found.agent_values).enumerate() {
            enclosed(Place::item("the value of agent", agent), claimed, found)?;
        }
        // No bound is as good as one at infinity.
        let bound = |claims: &Self| claims.upper_bound.unwrap_or(f64::INFINITY);
        crate::verdict::check_claim(Place::alone("the upper bound"), bound(self), bound(found))
    }
}

/// The game's arrays in floating point.
pub(super) struct Folded {
    mass: Matrix,
    user: Vec<Matrix>,
    objective: Vec<Matrix>,
    user_magnitude: f64,
    objective_magnitude: f64,
    error: f64,
}

impl Folded {
    pub(super) fn new(game: &TypedGame<'_>) -> Self {
        let (types, m) = (game.types, game.actions());
        let cells = |t: usize, x: usize| game.game.cells(game.pair(t, x));
        let largest = |party: usize| {
            let utility = game.game.utilities[party];
            utility.as_slice().iter().fold(0.0, |most: f64, value| most.max(value.abs()))
        };
        let fold = |weights: &[(usize, f64)]| -> Vec<Matrix> {
            let value = |t: usize, a: usize, x: usize| {
                let of_cell = |cell: &crate::game::Cell| {
                    let sum = weights
                        .iter()
                        .map(|&(party, weight)| weight * game.game.utility(party, a, cell.state))
                        .sum::<f64>();
                    cell.mass * sum
                };
                cells(t, x).iter().map(of_cell).sum::<f64>()
            };
            (0..types).map(|t| Matrix::from_fn(m, game.observations, |a, x| value(t, a, x))).collect()
        };
        let magnitude = |weights: &[(usize, f64)]| {
            weights.iter().map(|&(party, weight)| weight.abs() * largest(party)).sum::<f64>()
                * (1.0 + 16.0 * f64::EPSILON)
        };
        let longest = (0..types * game.observations).map(|pair| game.game.cells(pair).len()).max().unwrap_or(0);
        let objective = &game.game.objective;
        Self {
            mass: Matrix::from_fn(types, game.observations, |t, x| cells(t, x).iter().map(|cell| cell.mass).sum()),
            user: fold(&[(USER, 1.0)]),
            objective: fold(objective),
            user_magnitude: magnitude(&[(USER, 1.0)]),
            objective_magnitude: magnitude(objective),
            // One rounding, of half an epsilon, for each part of the sum over cells, and of the sum over parties, and for their products.
            error: (longest + 2 * objective.len() + 2) as f64 * (0.5 * f64::EPSILON),
        }
    }

    pub(super) fn arrays(&self) -> QuantalArrays<'_> {
        QuantalArrays {
            mass: &self.mass,
            user: &self.user,
            objective: &self.objective,
            user_magnitude: self.user_magnitude,
            objective_magnitude: self.objective_magnitude,
            error: self.error,
        }
    }

    /// How many observations have mass.
    pub(super) fn observations(&self) -> usize {
        (0..self.mass.columns()).filter(|&x| (0..self.mass.rows()).any(|t| self.mass[(t, x)] > 0.0)).count()
    }
}
