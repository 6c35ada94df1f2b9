//! How close the user's utility is to the hull of the agents' utilities, with a proof that no
//! weights come closer.
//!
//! **The claim.** The proof states weights `w >= 0` of the agents and the error. In the convex hull
//! the weights sum to one. The error is
//!
//! ```text
//! min_c max_{a,y} | sum_i w_i U_i(a,y) + c(y) - u(a,y) |
//! ```
//!
//! (Collina, Goel, Roth, Ryu & Shi, arXiv 2509.15090.) The best offset `c` is the middle of the
//! residual range, so the proof does not state it. With a slack `s >= 0`, the weights minimize the
//! *objective*, `error + s/2 sum_i w_i`.
//!
//! **The bound.** Take a signed measure `lambda` over (action, state), in any unit. Let `M` be its
//! total variation. Then, for all weights and offsets, `M error >= sum lambda (u - sum_i w_i U_i -
//! c)`. If every offset has measure zero, so that `c` cancels, then
//!
//! ```text
//! M (error + s/2 sum_i w_i)  >=  <lambda, u> - sum_i w_i b_i
//! ```
//!
//! Here `b_i = <lambda, U_i> - M s/2` is the *bracket* of agent `i`.
//!
//! - An offset cancels exactly because the measure consists of pairs of equal mass: one entry has
//!   positive mass, one has negative mass. If every state has its own offset, both entries belong
//!   to one state.
//! - If the weights sum to one, the sum on the right is at most the largest bracket. Such weights
//!   are defined up to a common factor: each weight is divided by their sum, which equals one up to
//!   rounding.
//! - If the weights are only nonnegative and no bracket is positive, the sum is at most zero, and
//!   the bound holds for all weights. The prover makes this so wherever it can. An entry may occur
//!   more than once, so that a mass can have more digits than one number.
//! - If some bracket is positive, it can be that no measure of binary64 numbers suffices (agents
//!   may cancel each other up to rounding, and weights of `1e16` turn that rounding into anything).
//!   Then the bound holds for weights with `sum_i w_i stake_i <= limit`, where `stake_i` is the
//!   range of the agent's utility (see [`AlignmentClaims::limit`]): the sum is at most `limit`
//!   times the largest `b_i / stake_i`. The checker derives the limit from the instance and the
//!   weights. It is at least [`REACH`] times the user's stake, and as large as a quarter of the
//!   tolerance allows.
//! - An error is never negative, and neither is a bound.
//!
//! This is weak duality of the linear program of Chebyshev approximation.
//!
//! **What is allowed.** The gap is measured against the user's *stake*. With an offset per state,
//! the stake is the largest range of the user's utility over the actions of one state. With a
//! constant offset it is the range of the utility, and without an offset its largest magnitude.
//! Functions of the state alone do not matter, and neither do agents without weight. Weights that
//! sum to one cannot be scaled to the user. In that case the error itself counts too. If the user
//! has nothing at stake, a few roundings of the agent with the smallest stake are allowed.

mod bound;
mod error;
mod masses;

use crate::error::{Place, ProofError, check_all_finite, check_finite, check_index, check_nonnegative};
use crate::proof::{Claim, Claims, Proof, Sealed, check_list};
use crate::verdict::{TOLERANCE, ToleranceViolation, Verdict, allowance, exceeds, nearest, round_down};
use bound::{Bound, bound};
use error::{Residuals, error};
use masses::Masses;
use serde::{Deserialize, Serialize};
use suasion_exact::Sum;
use suasion_model::{Instance, Matrix};

/// A bound that does not hold for all weights holds at least for those under which the total range
/// of the agents' utilities is at most this multiple of the user's stake.
pub const REACH: f64 = 1e8;
/// A few roundings of weights that sum to one.
const ROUNDINGS: f64 = 8.0 * f64::EPSILON;
/// How far the sum of weights may be from one, if they should sum to one.
const OFF_SIMPLEX: f64 = 1e-9;
/// Smaller numbers are not distinguished.
const SMALLEST: f64 = 4.0 * f64::from_bits(1);

/// What may be added to the weighted sum of the agents' utilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Offset {
    /// Nothing.
    None,
    /// One number.
    Constant,
    /// A number for every state. It affects neither the agents' nor the user's behavior.
    #[default]
    PerState,
}

impl Offset {
    /// How many numbers the offset has with this many states.
    #[must_use]
    pub fn len(self, states: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Constant => 1,
            Self::PerState => states,
        }
    }

    /// The stake in a utility up to such an offset, rounded: the largest range over the actions of
    /// one state, the range, or the largest magnitude. At most the largest number.
    #[must_use]
    pub fn stake(self, utility: &Matrix) -> f64 {
        let stake = match self {
            Self::None => utility.as_slice().iter().fold(0.0, |largest: f64, x| largest.max(x.abs())),
            Self::Constant => {
                let (low, high) = utility.range();
                high - low
            }
            Self::PerState => {
                let nothing = (f64::INFINITY, f64::NEG_INFINITY);
                let mut ranges = vec![nothing; utility.columns()];
                for action in 0..utility.rows() {
                    for (range, &x) in ranges.iter_mut().zip(utility.row(action)) {
                        *range = (range.0.min(x), range.1.max(x));
                    }
                }
                ranges.into_iter().map(|(low, high)| high - low).fold(0.0, f64::max)
            }
        };
        stake.clamp(0.0, f64::MAX)
    }
}

/// Equal masses at two entries: positive at the first, negative at the second. Written as
/// `[[action, state], [action, state], mass]`.
pub type Pair = ((usize, usize), (usize, usize), f64);

/// A signed measure over entries (action, state).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// `[action, state, mass]`, of either sign. Use this form if there is no offset.
    Entries(Vec<(usize, usize, f64)>),
    /// Pairs with mass at least 0. The measure of the whole set is zero. If both entries of every
    /// pair belong to one state, every state has measure zero.
    Pairs(Vec<Pair>),
}

impl Measure {
    /// The zero measure, in the form that an offset needs.
    #[must_use]
    pub fn zero(offset: Offset) -> Self {
        if offset == Offset::None { Self::Entries(vec![]) } else { Self::Pairs(vec![]) }
    }

    /// The entries with their signed masses, as (action, state, mass). The two entries of a pair
    /// follow each other.
    #[must_use]
    pub fn atoms(&self) -> Vec<(usize, usize, f64)> {
        match self {
            Self::Entries(entries) => entries.clone(),
            Self::Pairs(pairs) => {
                pairs.iter().flat_map(|&((above, y), (below, z), mass)| [(above, y, mass), (below, z, -mass)]).collect()
            }
        }
    }
}

/// Weights, and the measure that bounds all other weights: all that is needed to prove an alignment
/// optimal, given the instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentProof {
    /// Whether the weights sum to one. Otherwise they are only nonnegative.
    pub simplex: bool,
    /// Which offset is added.
    pub offset_kind: Offset,
    /// The slack `s`. Half of it is the price of one unit of weight. At least 0, in the unit of the
    /// agents' utilities.
    pub slack: f64,
    /// The weights, one per agent. If they should sum to one, they do so up to rounding, and each
    /// weight is divided by their sum.
    pub weights: Vec<f64>,
    /// The measure, in any unit.
    pub measure: Measure,
}

/// The claims of an alignment proof. They are rounded from exact numbers in the direction that
/// keeps every statement true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentClaims {
    /// The error with the best offset, rounded up.
    pub error: f64,
    /// The error plus half the slack per unit of weight, rounded up. Without slack this is the
    /// error.
    pub objective: f64,
    /// A lower bound on the objective of all weights (up to the limit), rounded down; never
    /// negative.
    pub lower_bound: f64,
    /// The lower bound holds for weights with `sum_i w_i stake_i` up to this limit (see
    /// [`Offset::stake`]). `None` if it holds for all weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// The best offset, rounded to nearest: nothing, one number, or one per state.
    pub offset: Vec<f64>,
}

impl Sealed for AlignmentProof {}

/// In the verdict, the gap is the objective less the lower bound. If weights sum to one, the price
/// of weights is left out. The gap may be [`TOLERANCE`] times the stake. The check refuses lists of
/// the wrong length, weights that should sum to one and do not, and a measure that does not fit the
/// offset.
impl Proof for AlignmentProof {
    type Game = Instance;
    type Claims = AlignmentClaims;

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(AlignmentClaims, Verdict), ProofError> {
        let agents: Vec<&Matrix> = instance.agents.iter().map(|agent| &agent.utility).collect();
        let (actions, states) = (instance.actions.len(), instance.states.len());
        check_utilities(&instance.user.utility, &agents, actions, states)?;
        AlignmentJudge::new(&instance.user.utility, &agents, self.offset_kind)?.judge(self)
    }
}

impl AlignmentProof {
    /// The largest gap that is allowed, if the error is at least `bound`.
    fn allowed(&self, stake: f64, stakes: &[f64], bound: f64) -> f64 {
        if !self.simplex {
            return allowance(TOLERANCE, stake).max(SMALLEST);
        }
        let smallest = stakes.iter().copied().filter(|&stake| stake > 0.0).fold(f64::INFINITY, f64::min);
        let roundings = if stake == 0.0 && smallest.is_finite() { ROUNDINGS * smallest } else { 0.0 };
        allowance(TOLERANCE, stake.max(bound)).max(roundings).max(SMALLEST)
    }

    fn check_numbers(&self, agents: usize) -> Result<(), ProofError> {
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        check_length("the weights", self.weights.len(), agents)?;
        for (i, &weight) in self.weights.iter().enumerate() {
            check_nonnegative(Place::item("the weight of agent", i), weight)?;
        }
        if self.simplex {
            let mut excess = Sum::new();
            self.weights.iter().for_each(|&weight| excess.add([weight]));
            excess.subtract([1.0]);
            if excess.round().abs() > OFF_SIMPLEX {
                return Err(ProofError::OffSimplex { excess: excess.round() });
            }
        }
        Ok(())
    }

    /// The entries of the measure. An error if the measure does not cancel the offset.
    fn check_measure(&self, actions: usize, states: usize) -> Result<Vec<(usize, usize, f64)>, ProofError> {
        match &self.measure {
            Measure::Entries(_) if self.offset_kind != Offset::None => {
                return Err(ProofError::Uncancelled { place: Place::alone("the measure") });
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
                        return Err(ProofError::Uncancelled { place });
                    }
                }
            }
        }
        let atoms = self.measure.atoms();
        for (k, &(action, state, _)) in atoms.iter().enumerate() {
            let place = match self.measure {
                Measure::Entries(_) => Place::item("entry of the measure", k),
                Measure::Pairs(_) => Place::item("pair of the measure", k / 2),
            };
            check_index(place, "action", action, actions)?;
            check_index(place, "state", state, states)?;
        }
        Ok(atoms)
    }
}

/// Checks proofs for the same utilities one after another, and stores what they share.
pub struct AlignmentJudge<'a> {
    user: &'a Matrix,
    agents: Vec<&'a Matrix>,
    offset: Offset,
    /// The stakes of the user and of the agents.
    stake: f64,
    stakes: Vec<f64>,
    /// The last weights, with their error and price.
    last: Option<(AlignmentProof, Reached)>,
}

/// The error and the price of weights.
#[derive(Clone)]
struct Reached {
    error: f64,
    objective: f64,
    offset: Vec<f64>,
}

impl<'a> AlignmentJudge<'a> {
    /// Prepares to check proofs for these utilities, which are `actions x states`.
    ///
    /// # Errors
    /// If there are no utilities, their shapes differ, or a number is not finite.
    pub fn new(user: &'a Matrix, agents: &[&'a Matrix], offset: Offset) -> Result<Self, ProofError> {
        check_utilities(user, agents, user.rows(), user.columns())?;
        let stakes = agents.iter().map(|agent| offset.stake(agent)).collect();
        Ok(Self { user, agents: agents.to_vec(), offset, stake: offset.stake(user), stakes, last: None })
    }

    /// The user's stake.
    #[must_use]
    pub fn stake(&self) -> f64 {
        self.stake
    }

    /// Every agent's stake.
    #[must_use]
    pub fn stakes(&self) -> &[f64] {
        &self.stakes
    }

    /// The claims that a proof supports.
    ///
    /// # Errors
    /// The same errors as [`AlignmentProof::certify`].
    pub fn judge(&mut self, proof: &AlignmentProof) -> Result<(AlignmentClaims, Verdict), ProofError> {
        if proof.offset_kind != self.offset {
            *self = Self::new(self.user, &self.agents, proof.offset_kind)?;
        }
        proof.check_numbers(self.agents.len())?;
        let atoms = proof.check_measure(self.user.rows(), self.user.columns())?;
        let Reached { error, objective, offset } = self.reached(proof)?;
        let Bound { value: bound, limit } = bound(proof, self.user, &self.agents, &atoms, (self.stake, &self.stakes))?;
        // If weights sum to one, they all cost the same, so the price is not part of the gap.
        let (lower_bound, above) = if proof.simplex {
            let mut priced = Sum::new();
            priced.add([bound]);
            priced.add([0.5, proof.slack]);
            (round_down(&priced, Place::alone("the lower bound"))?, error)
        } else {
            (bound, objective)
        };
        let mut gap = Sum::new();
        gap.add([above]);
        gap.subtract([bound]);
        let claims = AlignmentClaims { error, objective, lower_bound, limit, offset };
        let gap_claimed = nearest(&gap, Place::alone("the gap"))?;
        let mut verdict = Verdict { gap: gap_claimed, ..Verdict::default() };
        let allowed = proof.allowed(self.stake, &self.stakes, bound);
        if exceeds(&gap, allowed) {
            verdict.failures.push(ToleranceViolation::Misalignment { gap: gap_claimed, allowed });
        }
        Ok((claims, verdict))
    }

    fn reached(&mut self, proof: &AlignmentProof) -> Result<Reached, ProofError> {
        if let Some((last, reached)) = &self.last
            && (last.simplex, last.slack, &last.weights) == (proof.simplex, proof.slack, &proof.weights)
        {
            return Ok(reached.clone());
        }
        let one = [1.0];
        let unit = Masses::new(if proof.simplex { proof.weights.iter() } else { one.iter() })?;
        let Residuals { error: largest, offset } = error(self.user, &self.agents, &proof.weights, (&unit, self.offset));
        let mut priced = largest.clone();
        for &weight in &proof.weights {
            priced.add([0.5, proof.slack, weight]);
        }
        let reached = Reached {
            error: unit.quotient_up(&largest).ok_or(ProofError::Overflow(Place::alone("the error")))?,
            objective: unit.quotient_up(&priced).ok_or(ProofError::Overflow(Place::alone("the objective")))?,
            offset: (offset.iter().enumerate())
                .map(|(y, middle)| unit.ratio(middle, Place::item("offset", y)))
                .collect::<Result<_, _>>()?,
        };
        let known = AlignmentProof { measure: Measure::zero(self.offset), ..proof.clone() };
        self.last = Some((known, reached.clone()));
        Ok(reached)
    }
}

impl Sealed for AlignmentClaims {}
impl Claims for AlignmentClaims {
    fn check(&self, found: &Self) -> Result<(), ProofError> {
        self.error.check(found.error, Place::alone("the error"))?;
        self.objective.check(found.objective, Place::alone("the objective"))?;
        self.lower_bound.check(found.lower_bound, Place::alone("the lower bound"))?;
        // A limit of `None` is one that no weights reach.
        self.limit.check(found.limit, Place::alone("the limit on weights"))?;
        check_length("the offset", self.offset.len(), found.offset.len())?;
        check_list(("the offset", "offset"), &self.offset, &found.offset)
    }
}

/// Checks that there are utilities, that all are finite, and that they have this shape.
fn check_utilities(user: &Matrix, agents: &[&Matrix], actions: usize, states: usize) -> Result<(), ProofError> {
    for (set, size) in [("actions", actions), ("states", states), ("agents", agents.len())] {
        if size == 0 {
            return Err(ProofError::Empty(set));
        }
    }
    let check = |place, utility: &Matrix| {
        let (rows, columns) = (utility.rows(), utility.columns());
        if (rows, columns) != (actions, states) {
            return Err(ProofError::Shape { place, rows, columns, expected_rows: actions, expected_columns: states });
        }
        check_all_finite(place, utility.as_slice())
    };
    check(Place::alone("the user's utility"), user)?;
    for (k, agent) in agents.iter().enumerate() {
        check(Place::item("the utility of agent", k), agent)?;
    }
    Ok(())
}

fn check_length(list: &'static str, found: usize, expected: usize) -> Result<(), ProofError> {
    if found == expected { Ok(()) } else { Err(ProofError::Length { list, found, expected }) }
}
