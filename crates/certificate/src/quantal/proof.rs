//! A scheme for a quantal user with prices, and what they come to.

use super::level::Level;
use super::scheme::{Value, check, outcome, respond, rounded};
use super::stake::Benchmarks;
use super::{MOST_OBSERVATIONS, QuantalArrays, QuantalSearch, quantal_bound};
use crate::exact::Sum;
use crate::game::{TypedGame, USER};
use crate::interval::Interval;
use crate::refusal::{Place, Refusal, check_finite, check_nonnegative};
use crate::serial::{ObjectiveForm, signal_scheme_form};
use crate::verdict::{Failure, Verdict};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use suasion_model::{Instance, Matrix, Objective, SignalScheme};

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
    /// The user's sensitivity, at least 0: she plays an action with probability proportional to
    /// `exp(eta * its expected utility)`.
    pub eta: f64,
    /// The scheme, as a list of signals `[[observation, probability], ...]`.
    #[serde(with = "signal_scheme_form")]
    pub scheme: SignalScheme,
    /// The price of every observation, in the unit of the objective per unit of mass, beyond what
    /// the user's best action in every state (of several, the first) is worth; those of
    /// observations without mass do not matter.
    pub prices: Vec<f64>,
    /// Whether there was no time for the branch and bound: the bound then is the one that it begins
    /// with, true, and far from the optimum.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hurried: bool,
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
    /// What no scheme exceeds, in the unit of the objective; none with more than
    /// [`MOST_OBSERVATIONS`] observations.
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
    /// Works out rigorously what this proof comes to. In the verdict, the gap is from the lower end
    /// of the value, and infinite without a bound.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range or comes twice, a number is not
    /// finite, a probability is not between 0 and 1, the sensitivity is
    /// negative, there is not one price for each observation, or the probabilities of an
    /// observation do not sum to one exactly.
    pub fn certify(self, instance: &Instance) -> Result<(QuantalCertificate, Verdict), Refusal> {
        self.certify_within(instance, &|| true)
    }

    /// The same, as long as `going` says that there is time; then the proof is a hurried one.
    ///
    /// # Errors
    /// As [`QuantalProof::certify`].
    pub fn certify_within(
        mut self,
        instance: &Instance,
        going: &dyn Fn() -> bool,
    ) -> Result<(QuantalCertificate, Verdict), Refusal> {
        let ended = Cell::new(false);
        let going = || {
            ended.set(ended.get() || !going());
            !ended.get()
        };
        let (mut claims, mut verdict) = self.evaluate(instance, &going)?;
        if ended.get() {
            self.hurried = true;
            (claims, verdict) = self.evaluate(instance, &going)?;
        }
        Ok((QuantalCertificate { proof: self, claims }, verdict))
    }

    /// With which probabilities each type of the user plays each action upon each signal,
    /// `[signals][types][actions]`; for a type that cannot receive a signal there is an empty list.
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

    /// What the scheme is worth: to the objective, to the user, and to every agent. No bound is
    /// worked out.
    ///
    /// # Errors
    /// As [`QuantalProof::certify`].
    pub fn values(&self, instance: &Instance) -> Result<(Enclosure, Enclosure, Vec<Enclosure>), Refusal> {
        let outcome = outcome(&self.scheme, &self.game(instance)?, self.eta)?;
        split(&outcome.parties).map(|(user, agents)| (outcome.objective.whole, user, agents))
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

    fn evaluate(&self, instance: &Instance, going: &dyn Fn() -> bool) -> Result<(QuantalClaims, Verdict), Refusal> {
        let game = self.game(instance)?;
        let own = outcome(&self.scheme, &game, self.eta)?;
        let allowed = Benchmarks::new(&game, self.eta)?.of_objective(&game, &own);
        let folded = Folded::new(&game);
        // A quarter for the search, the rest for what the scheme lacks of the optimum.
        let cells = if self.hurried { 0 } else { CELLS };
        let search = QuantalSearch { target: 0.25 * allowed, cells, enough: f64::INFINITY, going };
        let bound = quantal_bound(&folded.arrays(), self.eta, &self.prices, &search)?.map(|bound| bound.value);
        let net = own.objective.net();
        let gap = bound.map_or(f64::INFINITY, |bound| (bound - net.low).next_up());
        let mut verdict = Verdict { gap, violation: 0.0, worst: None, shortfall: 0.0, failures: vec![] };
        let observations = folded.observations();
        let near = gap <= allowed;
        if bound.is_none() && observations > MOST_OBSERVATIONS {
            verdict.failures.push(Failure::Unbounded { observations, most: MOST_OBSERVATIONS });
        } else if bound.is_some_and(|bound| bound < net.low) {
            verdict.failures.push(Failure::AboveBound { by: -gap, allowed: 0.0 });
        } else if !near {
            verdict.failures.push(Failure::Gap { gap, allowed });
        }
        let (user_value, agent_values) = split(&own.parties)?;
        let objective_value = own.objective.whole;
        let upper_bound = bound.map(|bound| folded.level.above(bound));
        Ok((QuantalClaims { objective_value, user_value, agent_values, upper_bound }, verdict))
    }
}

/// The user's value and the agents'.
fn split(parties: &[Value]) -> Result<(Enclosure, Vec<Enclosure>), Refusal> {
    let (user, agents) = parties.split_first().ok_or(Refusal::Empty("parties"))?;
    Ok((user.whole, agents.iter().map(|agent| agent.whole).collect()))
}

impl QuantalCertificate {
    /// Works everything out again and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`QuantalProof::certify`]), or a claim is not exactly
    /// what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance, &|| true)?;
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

/// The game's arrays in floating point, less what the user's best action in every state is worth.
pub(super) struct Folded {
    mass: Matrix,
    user: Vec<Matrix>,
    user_rest: Vec<Matrix>,
    objective: Vec<Matrix>,
    /// What the objective is reduced by.
    level: Taken,
}

/// What was taken off a value.
struct Taken(Sum);

impl Taken {
    /// No less than what a net value amounts to.
    fn above(&self, net: f64) -> f64 {
        let mut sum = self.0.clone();
        sum.add([net]);
        rounded(&sum).high
    }
}

impl Folded {
    pub(super) fn new(game: &TypedGame<'_>) -> Self {
        let (types, m) = (game.types, game.actions());
        let level = Level::new(game);
        let cells = |t: usize, x: usize| game.game.cells(game.pair(t, x));
        let folded = |weights: &[(usize, f64)], t: usize, a: usize, x: usize| {
            let mut sum = Sum::new();
            for cell in cells(t, x) {
                for &(party, weight) in weights {
                    let utility = |a: usize| game.game.utility(party, a, cell.state);
                    sum.add([weight, cell.mass, utility(a)]);
                    sum.subtract([weight, cell.mass, utility(level.action(cell.state))]);
                }
            }
            sum
        };
        let entry = |t: usize, a: usize, x: usize| {
            let mut sum = folded(&[(USER, 1.0)], t, a, x);
            let value = sum.round();
            if value.is_finite() {
                sum.subtract([value]);
            }
            (value, sum.round())
        };
        let user = |part: &dyn Fn((f64, f64)) -> f64| -> Vec<Matrix> {
            (0..types).map(|t| Matrix::from_fn(m, game.observations, |a, x| part(entry(t, a, x)))).collect()
        };
        let objective =
            |t: usize| Matrix::from_fn(m, game.observations, |a, x| folded(&game.game.objective, t, a, x).round());
        let mass = |t: usize, x: usize| {
            let mut sum = Sum::new();
            cells(t, x).iter().for_each(|cell| sum.add([cell.mass]));
            sum.round()
        };
        let mut taken = Sum::new();
        level.subtract(&mut taken, game, &game.game.objective);
        let mut level = Sum::new();
        level.subtract_sum(&taken);
        Self {
            mass: Matrix::from_fn(types, game.observations, mass),
            user: user(&|(value, _)| value),
            user_rest: user(&|(_, rest)| rest),
            objective: (0..types).map(objective).collect(),
            level: Taken(level),
        }
    }

    pub(super) fn arrays(&self) -> QuantalArrays<'_> {
        QuantalArrays {
            mass: &self.mass,
            user: &self.user,
            user_rest: &self.user_rest,
            objective: &self.objective,
            error: f64::EPSILON,
            user_error: f64::EPSILON * f64::EPSILON,
        }
    }

    /// How many observations have mass.
    pub(super) fn observations(&self) -> usize {
        (0..self.mass.columns()).filter(|&x| (0..self.mass.rows()).any(|t| self.mass[(t, x)] > 0.0)).count()
    }
}
