//! A scheme with a proof that no other scheme has a higher value, and the claims of the proof.

use crate::communication::{Communication, Rational, SchemeOutcome};
use crate::error::{Place, ProofError, check_finite};
use crate::game::{Estimates, TypedGame, USER};
use crate::proof::{Claim, Claims, Exact, Precision, Proof, Sealed, check_list};
use crate::stake::Benchmarks;
use crate::verdict::{TOLERANCE, ToleranceViolation, Verdict, exceeds, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::{Judge, Sum};
use suasion_model::{Instance, Objective};

/// A lower bound on the user's value as a constraint, and its multiplier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// The lower bound on the user's value.
    pub value: f64,
    /// The multiplier, at least 0: the gain of the objective per unit by which the floor is
    /// lowered.
    pub multiplier: f64,
}

/// A scheme, and what bounds every other scheme: all that is needed to prove the scheme optimal,
/// given the instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct OptimumProof<C: Communication> {
    /// How the agent communicates.
    pub communication: C,
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The agent whose scheme it is. In an instance with worlds, the observations are this agent's
    /// signals.
    pub agent: usize,
    /// The objective that the scheme maximizes.
    pub objective: Objective,
    /// The floor on the user's value, if there is one.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// The scheme.
    pub scheme: C::Scheme,
    /// What bounds every other scheme, in units of the objective per unit of the user's utility.
    pub bound: C::Bound,
}

fn none() -> Option<Floor> {
    None
}

/// The claims of an optimum. Exact numbers are rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct OptimumClaims<P: Precision> {
    /// The scheme's value to the objective.
    pub objective_value: P::Value,
    /// The scheme's value to the user.
    pub user_value: P::Value,
    /// The scheme's value to each agent.
    pub agent_values: Vec<P::Value>,
    /// An upper bound on every obedient scheme that respects the floor, in the unit of the
    /// objective.
    pub upper_bound: P::Limit,
    /// The total that the user could gain by not following, in the unit of her utility. A quantal
    /// user does not follow recommendations, so the number is 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub violation: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &f64) -> bool {
    *number == 0.0 && number.is_sign_positive()
}

impl<C: Communication> Sealed for OptimumProof<C> {}

/// The optimum of one agent and one user. By weak duality alone, the bound holds however it was
/// found.
impl<C: Rational> Proof for OptimumProof<C> {
    type Game = Instance;
    type Claims = OptimumClaims<Exact>;

    fn order(&mut self) {
        C::sort_scheme(&mut self.scheme);
        C::sort_bound(&mut self.bound);
    }

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(Self::Claims, Verdict), ProofError> {
        let game = C::game(instance, self.prior, self.agent, &self.objective)?;
        let estimates = Estimates::new(&game.game, &instance.information);
        let outcome = C::outcome(&self.scheme, &game, &estimates)?;
        let floor = self.floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
        let bound = bound_with(self, &game, &estimates, floor)?;
        assess(&outcome, bound, &game, &estimates, self.floor)
    }
}

impl<C: Rational> OptimumProof<C> {
    /// An upper bound on every obedient scheme that gives the user at least `floor`, from the
    /// proof's bound and the multiplier of its floor: exact but for one rounding to nearest.
    ///
    /// # Errors
    /// The same as [`Proof::certify`]. In addition, multipliers must be in order.
    pub fn bound_at(&self, instance: &Instance, floor: f64) -> Result<f64, ProofError> {
        let game = C::game(instance, self.prior, self.agent, &self.objective)?;
        let estimates = Estimates::new(&game.game, &instance.information);
        let multiplier = self.floor.map_or(0.0, |floor| floor.multiplier);
        let bound = bound_with(self, &game, &estimates, Floor { value: floor, multiplier })?;
        nearest(&bound, Place::alone("the upper bound"))
    }
}

fn bound_with<C: Rational>(
    proof: &OptimumProof<C>,
    game: &TypedGame<'_>,
    estimates: &Estimates,
    floor: Floor,
) -> Result<Sum, ProofError> {
    check_finite(Place::alone("the floor"), floor.value)?;
    let mut bound = C::bound_exactly(&proof.bound, floor.multiplier, game, estimates)?;
    bound.subtract([floor.multiplier, floor.value]);
    Ok(bound)
}

/// The claims that an outcome and a bound support, and whether they are within the tolerance.
fn assess(
    outcome: &SchemeOutcome,
    bound: Sum,
    typed: &TypedGame<'_>,
    estimates: &Estimates,
    floor: Option<Floor>,
) -> Result<(OptimumClaims<Exact>, Verdict), ProofError> {
    let game = &typed.game;
    let benchmarks = Benchmarks::new(game, typed.types, estimates, &mut Judge::new());
    let played = || outcome.played.iter().copied();
    let parties = (&game.objective[..], &estimates.objective);
    let allowed_gap = benchmarks.stake(game, parties, estimates, &outcome.objective, played()).allowance(TOLERANCE);
    let user = (&[(USER, 1.0)][..], &estimates.user);
    let allowed_shortfall = benchmarks.stake(game, user, estimates, &outcome.user, played()).allowance(TOLERANCE);
    let user_value = nearest(&outcome.user, Place::alone("the user's value"))?;
    let mut agent_values = Vec::with_capacity(outcome.agents.len());
    for (agent, value) in outcome.agents.iter().enumerate() {
        agent_values.push(nearest(value, Place::item("the value of agent", agent))?);
    }
    let claims = OptimumClaims {
        objective_value: nearest(&outcome.objective, Place::alone("the objective's value"))?,
        user_value,
        agent_values,
        upper_bound: nearest(&bound, Place::alone("the upper bound"))?,
        violation: nearest(&outcome.disobedience.total, Place::alone("the violation"))?,
    };
    let mut gap = bound;
    gap.subtract_sum(&outcome.objective);
    let mut verdict = Verdict {
        gap: nearest(&gap, Place::alone("the gap"))?,
        violation: claims.violation,
        worst: outcome.disobedience.worst,
        ..Verdict::default()
    };
    if exceeds(&gap, allowed_gap) {
        verdict.failures.push(ToleranceViolation::Gap { gap: verdict.gap, allowed: allowed_gap });
    }
    let mut above = Sum::new();
    above.subtract_sum(&gap);
    if exceeds(&above, allowed_gap) {
        verdict.failures.push(ToleranceViolation::AboveBound { by: -verdict.gap, allowed: allowed_gap });
    }
    verdict.failures.extend(outcome.disobedience.failure);
    let mut below = benchmarks.none_value(game, &[(USER, 1.0)]);
    below.subtract_sum(&outcome.user);
    if exceeds(&below, allowed_shortfall) {
        let by = nearest(&below, Place::alone("the shortfall"))?;
        verdict.failures.push(ToleranceViolation::BelowNoInformation { by, allowed: allowed_shortfall });
    }
    if let Some(shortfall) = floor.and_then(|floor| shortfall(floor, &outcome.user)) {
        verdict.shortfall = nearest(&shortfall, Place::alone("the shortfall"))?;
        // A floor is a binary64 number, so the difference to a value cannot be smaller than the
        // spacing of numbers near the floor.
        let neighbor = floor.map_or(0.0, |floor| floor.value.abs() * f64::EPSILON);
        let allowed = allowed_shortfall.max(neighbor);
        if exceeds(&shortfall, allowed) {
            verdict.failures.push(ToleranceViolation::Shortfall { shortfall: verdict.shortfall, allowed });
        }
    }
    Ok((claims, verdict))
}

/// How far the user's value is below the floor, if it is.
fn shortfall(floor: Floor, user_value: &Sum) -> Option<Sum> {
    let mut shortfall = Sum::new();
    shortfall.add([floor.value]);
    shortfall.subtract_sum(user_value);
    (shortfall.sign() == Ordering::Greater).then_some(shortfall)
}

impl<P: Precision> Sealed for OptimumClaims<P> {}
impl<P: Precision> Claims for OptimumClaims<P> {
    fn check(&self, found: &Self) -> Result<(), ProofError> {
        let agents = ("the values of the agents", "the value of agent");
        check_list(agents, &self.agent_values, &found.agent_values)?;
        self.objective_value.check(found.objective_value, Place::alone("the objective's value"))?;
        self.user_value.check(found.user_value, Place::alone("the user's value"))?;
        self.upper_bound.check(found.upper_bound, Place::alone("the upper bound"))?;
        self.violation.check(found.violation, Place::alone("the violation"))
    }
}
