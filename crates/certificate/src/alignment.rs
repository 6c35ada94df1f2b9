//! How near the user's utility is to the hull of the agents', with the proof that no weights bring it nearer.
//!
//! **The claim.** Weights `w >= 0` of the agents (which sum to one, where the hull is the convex one), an offset `c`, and the error
//!
//! ```text
//! max_{a,y} | sum_i w_i U_i(a,y) + c(y) - u(a,y) |
//! ```
//!
//! (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090.) With a slack `s >= 0`, what is small is `error + s/2 sum_i w_i`.
//!
//! **The bound.** A signed measure `lambda` over (action, state) whose total mass, of either sign, is at most one. Then, for all weights and
//! offsets, `error >= sum lambda (u - sum_i w_i U_i - c)`. If every offset has measure zero, so that `c` cancels, then
//!
//! ```text
//! error + s/2 sum_i w_i  >=  <lambda, u> - sum_i w_i (<lambda, U_i> - s/2)
//! ```
//!
//! - An offset cancels exactly because the measure is made of pairs of equal mass: one entry above, one below, of the same state where every
//!   state has an offset of its own.
//! - Weights that sum to one: the sum on the right is at most the largest of its brackets.
//! - Weights that are only non-negative: if no bracket is positive, the sum is at most zero. Rounding leaves some bracket above zero, by
//!   the *miss*, the largest of them; then the sum is at most the miss times the sum of the weights. So the bound holds for all weights that
//!   sum to at most `weight_limit`, a number that the proof names; where the miss is 0, for all weights whatever.
//!   (The objective is convex. So if weights that sum to `s` are within a gap `g` of the bound, then weights that sum to `t`, beyond the
//!   limit, are better than they by no more than `g (t - s) / (weight_limit - s)`.)
//!
//! This is weak duality of the linear program of Chebyshev approximation.

use crate::Verdict;
use crate::contest::{Judge, SMALLEST_MAGNITUDE, compare, rounding_error};
use crate::exact::Sum;
use crate::refusal::{Place, Refusal, check_all_finite, check_finite, check_index, check_nonnegative};
use crate::verdict::{Failure, TOLERANCE, allowance, check_claim, exceeds, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_model::{Instance, Matrix};

/// What may be added to the weighted sum of the agents' utilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offset {
    /// Nothing.
    None,
    /// One number.
    Constant,
    /// A number for every state: no agent's or user's conduct depends on it.
    #[default]
    PerState,
}

impl Offset {
    /// How many numbers that is, for so many states.
    #[must_use]
    pub fn len(self, states: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Constant => 1,
            Self::PerState => states,
        }
    }
}

/// Mass at two entries: as much above, where it counts positively, as below. Written as
/// `[[action, state], [action, state], mass]`.
pub type Pair = ((usize, usize), (usize, usize), f64);

/// A signed measure over entries (action, state).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// `[action, state, mass]`, of either sign: for no offset.
    Entries(Vec<(usize, usize, f64)>),
    /// Pairs of mass at least 0: the measure of everything is zero; where both entries of every pair are of one state, so is that of every
    /// state.
    Pairs(Vec<Pair>),
}

impl Measure {
    /// The measure that is zero, of the kind that an offset needs.
    #[must_use]
    pub fn zero(offset: Offset) -> Self {
        if offset == Offset::None { Self::Entries(vec![]) } else { Self::Pairs(vec![]) }
    }

    /// The entries with their signed masses, as (action, state, mass).
    fn atoms(&self) -> Vec<(usize, usize, f64)> {
        match self {
            Self::Entries(entries) => entries.clone(),
            Self::Pairs(pairs) => {
                pairs.iter().flat_map(|&((above, y), (below, z), mass)| [(above, y, mass), (below, z, -mass)]).collect()
            }
        }
    }
}

/// Weights, and the measure that bounds all others: all that is needed to prove an alignment optimal, given the instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentProof {
    /// Whether the weights sum to one, exactly; else they are only non-negative.
    pub simplex: bool,
    /// What kind of offset is added.
    pub offset_kind: Offset,
    /// The slack `s`: half of it is the price of weight. At least 0, in the unit of the agents' utilities.
    pub slack: f64,
    /// The weights, one per agent.
    pub weights: Vec<f64>,
    /// The offset: nothing, one number, or one per state.
    pub offset: Vec<f64>,
    /// The measure.
    pub measure: Measure,
    /// The sum of weights up to which the bound holds; of no account for weights that sum to one.
    pub weight_limit: f64,
}

/// What a proof of alignment comes to, rounded from the exact numbers so that every statement stays true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentClaims {
    /// The error, rounded up.
    pub error: f64,
    /// The error plus half the slack for every unit of weight, rounded up; the error itself, where there is no slack.
    pub objective: f64,
    /// What no weights (that sum to at most the limit) bring the objective below, rounded down.
    pub lower_bound: f64,
    /// By how much some agent is worth more than its weight costs, rounded up: what makes the limit on weights necessary. 0 where there is
    /// none.
    pub miss: f64,
}

/// A proof of alignment with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentCertificate {
    /// The proof.
    pub proof: AlignmentProof,
    /// What it comes to.
    pub claims: AlignmentClaims,
}

impl AlignmentProof {
    /// Works out, in exact arithmetic, what this proof comes to. In the verdict, the gap is the objective less the lower bound; it may be
    /// [`TOLERANCE`] times the range of the user's utility. (With no offset, zero counts to the range, since then a constant utility is
    /// something to be met. Of a user's utility without range, on the simplex, the smallest of the agents' ranges is taken.)
    ///
    /// # Errors
    /// If this is no proof: an index is out of range, a list has the wrong length, a number is not finite or may not be negative, weights do
    /// not sum to one where they should, the measure exceeds one, or does not suit the offset.
    pub fn certify(self, instance: &Instance) -> Result<(AlignmentCertificate, Verdict), Refusal> {
        let (claims, verdict) = self.evaluate(instance, TOLERANCE)?;
        Ok((AlignmentCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance, tolerance: f64) -> Result<(AlignmentClaims, Verdict), Refusal> {
        let (actions, states) = check_instance(instance)?;
        self.check_numbers(instance.agents.len(), states)?;
        let atoms = self.check_measure(actions, states)?;
        let largest = self.error(instance);
        let mut objective = largest.clone();
        for &weight in &self.weights {
            objective.add([0.5, self.slack, weight]);
        }
        let (bound, mut miss) = self.bound(instance, &atoms);
        let mut gap = objective.clone();
        gap.subtract_sum(&bound);
        if miss.sign() == Ordering::Less || self.simplex {
            miss.clear();
        }
        let claims = AlignmentClaims {
            error: upward(&largest, Place::alone("the error"))?,
            objective: upward(&objective, Place::alone("the objective"))?,
            lower_bound: downward(&bound, Place::alone("the lower bound"))?,
            miss: upward(&miss, Place::alone("the miss"))?,
        };
        let gap_claimed = nearest(&gap, Place::alone("the gap"))?;
        let mut verdict = Verdict { gap: gap_claimed, violation: 0.0, worst: None, shortfall: 0.0, failures: vec![] };
        let allowed = allowance(tolerance, self.scale(instance));
        if exceeds(&gap, allowed) {
            verdict.failures.push(Failure::Misalignment { gap: gap_claimed, allowed });
        }
        Ok((claims, verdict))
    }

    fn check_numbers(&self, agents: usize, states: usize) -> Result<(), Refusal> {
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        check_nonnegative(Place::alone("the limit on weights"), self.weight_limit)?;
        check_length("the weights", self.weights.len(), agents)?;
        check_length("the offset", self.offset.len(), self.offset_kind.len(states))?;
        for (i, &weight) in self.weights.iter().enumerate() {
            check_nonnegative(Place::item("the weight of agent", i), weight)?;
        }
        for (y, &offset) in self.offset.iter().enumerate() {
            check_finite(Place::item("offset", y), offset)?;
        }
        let mut excess = Sum::new();
        self.weights.iter().for_each(|&weight| excess.add([weight]));
        if self.simplex {
            excess.subtract([1.0]);
            if excess.sign() != Ordering::Equal {
                return Err(Refusal::OffSimplex { excess: excess.round() });
            }
        } else if exceeds(&excess, self.weight_limit) {
            return Err(Refusal::Overweight { limit: self.weight_limit });
        }
        Ok(())
    }

    /// The entries of the measure, if it is one, and cancels the offset.
    fn check_measure(&self, actions: usize, states: usize) -> Result<Vec<(usize, usize, f64)>, Refusal> {
        match &self.measure {
            Measure::Entries(_) if self.offset_kind != Offset::None => {
                return Err(Refusal::Uncancelled { place: Place::alone("the measure") });
            }
            Measure::Entries(entries) => {
                for (k, &(_, _, mass)) in entries.iter().enumerate() {
                    check_finite(Place::item("entry of the measure", k), mass)?;
                }
            }
            Measure::Pairs(pairs) => {
                for (k, &((_, y), (_, z), mass)) in pairs.iter().enumerate() {
                    let place = Place::item("pair of the measure", k);
                    check_nonnegative(place, mass)?;
                    if y != z && self.offset_kind == Offset::PerState {
                        return Err(Refusal::Uncancelled { place });
                    }
                }
            }
        }
        let atoms = self.measure.atoms();
        let mut excess = Sum::new();
        excess.subtract([1.0]);
        for (k, &(action, state, mass)) in atoms.iter().enumerate() {
            let place = match self.measure {
                Measure::Entries(_) => Place::item("entry of the measure", k),
                Measure::Pairs(_) => Place::item("pair of the measure", k / 2),
            };
            check_index(place, "action", action, actions)?;
            check_index(place, "state", state, states)?;
            excess.add([mass.abs()]);
        }
        if excess.sign() == Ordering::Greater {
            return Err(Refusal::OversizedMeasure { excess: excess.round() });
        }
        Ok(atoms)
    }

    fn offset_at(&self, state: usize) -> f64 {
        match self.offset_kind {
            Offset::None => 0.0,
            Offset::Constant => self.offset[0],
            Offset::PerState => self.offset[state],
        }
    }

    /// The largest residual in magnitude. Floating point finds the entries where it may be; those are summed exactly.
    fn error(&self, instance: &Instance) -> Sum {
        let user = &instance.user.utility;
        let (actions, states) = (user.rows(), user.columns());
        let weighted: Vec<(f64, &Matrix)> = (self.weights.iter().zip(&instance.agents))
            .filter(|&(&weight, _)| weight > 0.0)
            .map(|(&weight, agent)| (weight, &agent.utility))
            .collect();
        let offsets: Vec<f64> = (0..states).map(|y| self.offset_at(y)).collect();
        let operations = 2 * weighted.len() + 3;
        // What the largest magnitude is known to reach, and the entries that may exceed it, each with what it cannot exceed. A bound
        // that is not a number means that nothing is known, and stays.
        let (mut reached, mut contenders) = (f64::NEG_INFINITY, Vec::new());
        let (mut sums, mut magnitudes) = (vec![0.0; states], vec![0.0; states]);
        for action in 0..actions {
            for (y, (sum, magnitude)) in sums.iter_mut().zip(&mut magnitudes).enumerate() {
                let utility = user[(action, y)];
                *sum = offsets[y] - utility;
                *magnitude = offsets[y].abs() + utility.abs() + SMALLEST_MAGNITUDE;
            }
            for &(weight, utility) in &weighted {
                for ((sum, magnitude), &utility) in sums.iter_mut().zip(&mut magnitudes).zip(utility.row(action)) {
                    let part = weight * utility;
                    *sum += part;
                    *magnitude += part.abs();
                }
            }
            for (y, (&sum, &magnitude)) in sums.iter().zip(&magnitudes).enumerate() {
                let (estimate, error) = (sum.abs(), rounding_error(operations, magnitude));
                let beaten = estimate + error <= reached;
                if !beaten {
                    contenders.push((action, y, estimate + error));
                    reached = reached.max(estimate - error);
                }
            }
        }
        #[allow(clippy::neg_cmp_op_on_partial_ord, reason = "a bound that is not a number stays")]
        contenders.retain(|&(_, _, upper)| !(upper < reached));
        let residual = |sum: &mut Sum, entry: usize| {
            let (action, state, _) = contenders[entry];
            sum.add([offsets[state]]);
            sum.subtract([user[(action, state)]]);
            for &(weight, utility) in &weighted {
                sum.add([weight, utility[(action, state)]]);
            }
            if sum.sign() == Ordering::Less {
                let negative = sum.clone();
                sum.clear();
                sum.subtract_sum(&negative);
            }
        };
        let mut judge = Judge::new();
        judge.largest(0..contenders.len(), residual).map_or_else(Sum::new, |(_, largest)| largest.clone())
    }

    /// The lower bound, and the largest bracket (see the [module](self)).
    fn bound(&self, instance: &Instance, atoms: &[(usize, usize, f64)]) -> (Sum, Sum) {
        let bracket = |sum: &mut Sum, agent: usize, factor: f64| {
            for &(action, state, mass) in atoms {
                sum.add([factor, mass, instance.agents[agent].utility[(action, state)]]);
            }
            sum.subtract([factor, 0.5, self.slack]);
        };
        let (mut worst, mut next, mut difference) = ((0, Sum::new()), Sum::new(), Sum::new());
        bracket(&mut worst.1, 0, 1.0);
        for agent in 1..instance.agents.len() {
            next.clear();
            bracket(&mut next, agent, 1.0);
            if compare(&next, &worst.1, &mut difference) == Ordering::Greater {
                std::mem::swap(&mut worst.1, &mut next);
                worst.0 = agent;
            }
        }
        let (agent, mut miss) = worst;
        let mut bound = Sum::new();
        for &(action, state, mass) in atoms {
            bound.add([mass, instance.user.utility[(action, state)]]);
        }
        if self.simplex {
            bound.subtract_sum(&miss);
        } else if miss.sign() == Ordering::Greater {
            bracket(&mut bound, agent, -self.weight_limit);
        }
        (bound, miss)
    }

    /// What the gap is measured by.
    fn scale(&self, instance: &Instance) -> f64 {
        let range = |utility: &Matrix| {
            let (low, high) = utility.range();
            let (low, high) =
                if self.offset_kind == Offset::None { (low.min(0.0), high.max(0.0)) } else { (low, high) };
            (high - low).clamp(0.0, f64::MAX)
        };
        let user = range(&instance.user.utility);
        if user > 0.0 || !self.simplex {
            return user;
        }
        let agents = instance.agents.iter().map(|agent| range(&agent.utility));
        agents.filter(|&range| range > 0.0).fold(f64::INFINITY, f64::min).min(f64::MAX)
    }
}

impl AlignmentCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`AlignmentProof::certify`]), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance, TOLERANCE)?;
        let claims = &self.claims;
        check_claim(Place::alone("the error"), claims.error, found.error)?;
        check_claim(Place::alone("the objective"), claims.objective, found.objective)?;
        check_claim(Place::alone("the lower bound"), claims.lower_bound, found.lower_bound)?;
        check_claim(Place::alone("the miss"), claims.miss, found.miss)?;
        Ok(verdict)
    }
}

/// The numbers of actions and of states.
fn check_instance(instance: &Instance) -> Result<(usize, usize), Refusal> {
    let (actions, states) = (instance.actions.len(), instance.states.len());
    for (set, size) in [("actions", actions), ("states", states), ("agents", instance.agents.len())] {
        if size == 0 {
            return Err(Refusal::Empty(set));
        }
    }
    let check = |place, utility: &Matrix| {
        let (rows, columns) = (utility.rows(), utility.columns());
        if (rows, columns) != (actions, states) {
            return Err(Refusal::Shape { place, rows, columns, expected_rows: actions, expected_columns: states });
        }
        check_all_finite(place, utility.as_slice())
    };
    check(Place::alone("the user's utility"), &instance.user.utility)?;
    for (k, party) in instance.agents.iter().enumerate() {
        check(Place::item("the utility of agent", k), &party.utility)?;
    }
    Ok((actions, states))
}

fn check_length(list: &'static str, found: usize, expected: usize) -> Result<(), Refusal> {
    if found == expected { Ok(()) } else { Err(Refusal::Length { list, found, expected }) }
}

/// The least number that is not below the sum.
fn upward(sum: &Sum, place: Place) -> Result<f64, Refusal> {
    let rounded = nearest(sum, place)?;
    let up = if exceeds(sum, rounded) { rounded.next_up() } else { rounded };
    if up.is_finite() { Ok(up) } else { Err(Refusal::Overflow(place)) }
}

/// The largest number that is not above the sum.
fn downward(sum: &Sum, place: Place) -> Result<f64, Refusal> {
    let mut negative = Sum::new();
    negative.subtract_sum(sum);
    // Zero stays positive.
    upward(&negative, place).map(|up| if up == 0.0 { 0.0 } else { -up })
}
