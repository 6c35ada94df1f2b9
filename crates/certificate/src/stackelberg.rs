//! A leader's commitment with a proof that no other commitment has a higher value.
//!
//! **The claim.** The proof states a mixed strategy `x` of the leader, a response `f(t)` of every
//! type `t`, and how much a type could gain by another response (nothing, if the responses are best
//! responses).
//!
//! **The bound.** A tree divides the profiles of responses: a split says that a type plays a
//! response, or does not, and each leaf keeps sets `J_t` of responses. At a leaf, with multipliers
//! `rho >= 0`, the value of a commitment `x` with best responses `f(t)` in `J_t` is at most
//!
//! ```text
//! max_i sum_t max_{j in J_t} [ p_t R_t[i][j] + sum_k rho^t_jk (C_t[i][j] - C_t[i][k]) ]
//! ```
//!
//! (`R_t` and `C_t` are the utilities of leader and follower.) Proof: `f(t)` is a best response, so
//! `sum_i x_i (C_t[i][f(t)] - C_t[i][k]) >= 0` for every `k`. Multiply this by `rho^t_{f(t) k}` and
//! add it to the leader's value, which only grows. Then use that `f(t)` is in `J_t` and that `x` is
//! a mixture of the `i`. This is weak duality of the program that recommends responses to types
//! (Conitzer & Sandholm, EC 2006, one program per profile of responses; Conitzer & Korzhyk, AAAI
//! 2011, for commitment to correlated strategies). It holds for ties broken in the leader's favor,
//! as in a strong Stackelberg equilibrium.
//!
//! **What certified means.** Utilities have no absolute scale, so gaps are measured by the stake
//! between these outcomes: the commitment, the pure commitments to the actions that it plays, and
//! the best pure commitment. Each pure commitment has exact best responses, with ties broken in the
//! leader's favor.
//!
//! - The *spread* is the largest less the smallest of their values.
//! - The *local* stake is `sum_t p_t sum_i x_i range R_t[i][.]`, over the responses that type `t`
//!   gives in any of these outcomes.
//! - The gap may be `TOLERANCE * max(spread, 1e-5 * local)`. If `local` is zero, so that nobody's
//!   response decides anything, a few roundings of the value are also allowed. The value may exceed
//!   the bound by the same amount; beyond that the result contradicts itself.
//! - The gain of type `t` by `k` over its response `f(t)` may be `TOLERANCE * sum_i x_i
//!   |C_t[i][f(t)] - C_t[i][k]|`.
//!
//! None of these depends on levels of the leader's utility by type, levels of the follower's
//! utility by action of the leader, responses and actions that nobody plays, or types of
//! probability zero. All of them scale with the unit of the utility concerned.

mod leaves;
mod stake;

use crate::error::{Place, ProofError, check_all_finite, check_index, check_mass, check_probability};
use crate::proof::{Claim, Claims, Proof, Sealed, check_list};
use crate::tree::{Node, sort_multipliers, visit_leaves};
use crate::verdict::{TOLERANCE, ToleranceViolation, Verdict, allowance, exceeds, nearest};
use leaves::Leaves;
use serde::{Deserialize, Serialize};
use stake::LeaderStake;
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_exact::compare;
use suasion_model::{FollowerType, Matrix, StackelbergGame};

/// A commitment, and the tree that bounds every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackelbergProof {
    /// The leader's mixed strategy, `(action, probability)` by action. The most probable action
    /// (ties go to the first) gets the probability that is missing to one, so that small
    /// probabilities keep their relative precision.
    pub strategy: Vec<(usize, f64)>,
    /// The response of every type.
    pub responses: Vec<usize>,
    /// The tree, in preorder.
    pub tree: Vec<Node>,
}

/// The claims of a proof: each number is the exact one, rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackelbergClaims {
    /// The leader's value.
    pub leader_value: f64,
    /// Every type's value.
    pub follower_values: Vec<f64>,
    /// An upper bound on every commitment.
    pub upper_bound: f64,
    /// The most that a type could gain by another response, in the unit of its utility.
    pub violation: f64,
}

/// How far a proof is from its goal.
#[derive(Clone, Debug, PartialEq)]
pub struct StackelbergAssessment {
    /// The leader's value, rounded to nearest.
    pub value: f64,
    /// The leader's stake, by which gaps are measured: `max(spread, 1e-5 * local)`.
    pub stake: f64,
    /// The spread of the outcomes' values, which is a part of the stake.
    pub spread: f64,
    /// The best pure commitment and the responses to it, if its value is at least as high.
    pub pure: Option<(usize, Vec<usize>)>,
    /// Whether every response is a best response, exactly.
    pub obeyed: bool,
    /// The leaves whose bound is not tight enough, numbered in preorder among those that contain
    /// profiles of responses.
    pub open: Vec<usize>,
}

/// What a type gains by other responses.
struct Gain {
    /// The largest gain.
    most: Sum,
    /// The gain that is largest relative to the stake between the two responses, and that stake.
    worst: Option<(Sum, f64)>,
}

impl Sealed for StackelbergProof {}
impl Proof for StackelbergProof {
    type Game = StackelbergGame;
    type Claims = StackelbergClaims;

    fn order(&mut self) {
        self.strategy.sort_by_key(|&(action, _)| action);
        sort_multipliers(&mut self.tree);
    }

    fn evaluate(
        &self,
        game: &StackelbergGame,
        _: &dyn Fn() -> bool,
    ) -> Result<(StackelbergClaims, Verdict), ProofError> {
        check_game(game)?;
        self.check_strategy(game)?;
        let leader = self.value(game);
        let mut follower_values = Vec::with_capacity(game.types.len());
        for (t, (kind, &response)) in game.types.iter().zip(&self.responses).enumerate() {
            let mut own = Sum::new();
            self.add(&mut own, 1.0, &kind.follower, response);
            follower_values.push(nearest(&own, Place::item("the value of follower type", t))?);
        }
        let (mut violation, mut difference) = (Sum::new(), Sum::new());
        let mut failures = Vec::new();
        for (t, gain) in self.gains(game)?.into_iter().enumerate() {
            let Some(Gain { most, worst }) = gain else { continue };
            if let Some((gain, stake)) = worst {
                let allowed = allowance(TOLERANCE, stake);
                if exceeds(&gain, allowed) {
                    let violation = nearest(&gain, Place::item("the violation of follower type", t))?;
                    failures.push(ToleranceViolation::Violation { violation, allowed });
                }
            }
            if compare(&most, &violation, &mut difference) == Ordering::Greater {
                violation = most;
            }
        }
        let bound = self.bound(game)?;
        let mut gap = bound.clone();
        gap.subtract_sum(&leader);
        let claims = StackelbergClaims {
            leader_value: nearest(&leader, Place::alone("the leader's value"))?,
            follower_values,
            upper_bound: nearest(&bound, Place::alone("the upper bound"))?,
            violation: nearest(&violation, Place::alone("the violation"))?,
        };
        let allowed = LeaderStake::new(self, game, &leader).allowance(TOLERANCE, claims.leader_value);
        let nearest_gap = nearest(&gap, Place::alone("the gap"))?;
        let mut excess = leader;
        excess.subtract_sum(&bound);
        if exceeds(&gap, allowed) {
            failures.insert(0, ToleranceViolation::Gap { gap: nearest_gap, allowed });
        } else if exceeds(&excess, allowed) {
            failures.insert(0, ToleranceViolation::AboveBound { by: -nearest_gap, allowed });
        }
        let verdict = Verdict { gap: nearest_gap, violation: claims.violation, failures, ..Verdict::default() };
        Ok((claims, verdict))
    }
}

impl StackelbergProof {
    /// How far this proof is from a proof within `share` of the spread, or within `margin` (in the
    /// unit of the leader's utility) if there is no spread; and how far it is from a certified
    /// proof. A solver needs this to finish the proof.
    ///
    /// # Errors
    /// The same as [`Self::certify`].
    pub fn assess(&self, game: &StackelbergGame, share: f64, margin: f64) -> Result<StackelbergAssessment, ProofError> {
        let mut proof = self.clone();
        proof.order();
        check_game(game)?;
        proof.check_strategy(game)?;
        let value = proof.value(game);
        let value_rounded = nearest(&value, Place::alone("the leader's value"))?;
        let stake = LeaderStake::new(&proof, game, &value);
        let gains = proof.gains(game)?;
        let spread = stake.spread();
        let allowed = if spread > 0.0 { allowance(share, spread) } else { margin.clamp(0.0, f64::MAX) };
        let mut reached = value.clone();
        reached.add([allowed.min(stake.allowance(TOLERANCE, value_rounded))]);
        let mut leaves = Leaves::new(game, Some(reached));
        let (mut open, mut count) = (Vec::new(), 0);
        visit_leaves(&proof.tree, game.types.len(), game.follower_actions.len(), |left, multipliers| {
            if leaves.visit(left, multipliers) {
                open.push(count);
            }
            count += 1;
        })?;
        let obeyed = gains.iter().all(Option::is_none);
        let measure = stake.measure();
        let pure = stake.pure(&value);
        Ok(StackelbergAssessment { value: value_rounded, stake: measure, spread, pure, obeyed, open })
    }

    /// The leader's value.
    fn value(&self, game: &StackelbergGame) -> Sum {
        let mut value = Sum::new();
        for (kind, &response) in game.types.iter().zip(&self.responses) {
            self.add(&mut value, kind.probability, &kind.leader, response);
        }
        value
    }

    /// What every type gains by other responses; `None` if its response is a best response.
    fn gains(&self, game: &StackelbergGame) -> Result<Vec<Option<Gain>>, ProofError> {
        let played = self.played();
        let mut gains = Vec::with_capacity(game.types.len());
        let mut difference = Sum::new();
        for (t, (kind, &response)) in game.types.iter().zip(&self.responses).enumerate() {
            let mut found: Option<Gain> = None;
            for alternative in (0..game.follower_actions.len()).filter(|&k| k != response) {
                let mut gain = Sum::new();
                self.add(&mut gain, 1.0, &kind.follower, alternative);
                self.add(&mut gain, -1.0, &kind.follower, response);
                if gain.sign() != Ordering::Greater {
                    continue;
                }
                let apart =
                    |&(i, x): &(usize, f64)| x * (kind.follower[(i, alternative)] - kind.follower[(i, response)]).abs();
                let stake: f64 = played.iter().map(apart).sum();
                let rounded = nearest(&gain, Place::item("the violation of follower type", t))?;
                let so_far = found.get_or_insert_with(|| Gain { most: Sum::new(), worst: None });
                let ratio = |gain: f64, stake: f64| if stake > 0.0 { gain / stake } else { f64::INFINITY };
                let worse =
                    so_far.worst.as_ref().is_none_or(|(other, of)| ratio(other.round(), *of) < ratio(rounded, stake));
                if worse {
                    so_far.worst = Some((gain.clone(), stake));
                }
                if compare(&gain, &so_far.most, &mut difference) == Ordering::Greater {
                    so_far.most = gain;
                }
            }
            gains.push(found);
        }
        Ok(gains)
    }

    /// The position of the action that gets the probability that is missing to one.
    fn anchor(&self) -> usize {
        let better = |best: usize, k: usize| if self.strategy[k].1 > self.strategy[best].1 { k } else { best };
        (1..self.strategy.len()).fold(0, better)
    }

    /// The actions that are played, with their rounded probabilities.
    fn played(&self) -> Vec<(usize, f64)> {
        let anchor = self.anchor();
        let others: f64 = self.strategy.iter().enumerate().filter(|(k, _)| *k != anchor).map(|(_, (_, x))| x).sum();
        let own = |(k, &(action, x)): (usize, &(usize, f64))| (action, if k == anchor { 1.0 - others } else { x });
        self.strategy.iter().enumerate().map(own).filter(|(_, x)| *x > 0.0).collect()
    }

    fn check_strategy(&self, game: &StackelbergGame) -> Result<(), ProofError> {
        if self.strategy.is_empty() {
            return Err(ProofError::Empty("actions in the strategy"));
        }
        let mut excess = Sum::new();
        excess.subtract([1.0]);
        for (k, &(action, probability)) in self.strategy.iter().enumerate() {
            let place = Place::item("strategy entry", k);
            check_index(place, "action", action, game.leader_actions.len())?;
            check_probability(place, probability)?;
            if k > 0 && self.strategy[k - 1].0 >= action {
                return Err(ProofError::OutOfOrder { place });
            }
            excess.add([probability]);
        }
        if excess.sign() == Ordering::Greater {
            return Err(ProofError::Implausible { place: Place::alone("the strategy"), excess: excess.round() });
        }
        if self.responses.len() != game.types.len() {
            let (claimed, expected) = (self.responses.len(), game.types.len());
            return Err(ProofError::ClaimCount { list: "the responses", claimed, expected });
        }
        for (t, &response) in self.responses.iter().enumerate() {
            check_index(Place::item("response", t), "action", response, game.follower_actions.len())?;
        }
        Ok(())
    }

    /// Adds `weight` times the expectation of a response's column under the strategy.
    fn add(&self, sum: &mut Sum, weight: f64, utility: &Matrix, response: usize) {
        let anchor = self.anchor();
        let level = utility[(self.strategy[anchor].0, response)];
        sum.add([weight, level]);
        for (k, &(action, probability)) in self.strategy.iter().enumerate() {
            if k != anchor {
                sum.add([weight, probability, utility[(action, response)]]);
                sum.subtract([weight, probability, level]);
            }
        }
    }

    /// The largest bound of a leaf.
    fn bound(&self, game: &StackelbergGame) -> Result<Sum, ProofError> {
        let mut leaves = Leaves::new(game, None);
        visit_leaves(&self.tree, game.types.len(), game.follower_actions.len(), |left, multipliers| {
            leaves.visit(left, multipliers);
        })?;
        leaves.best().ok_or(ProofError::Empty("leaves with responses"))
    }
}

impl Sealed for StackelbergClaims {}
impl Claims for StackelbergClaims {
    fn check(&self, found: &Self) -> Result<(), ProofError> {
        self.leader_value.check(found.leader_value, Place::alone("the leader's value"))?;
        let types = ("the values of the follower types", "the value of follower type");
        check_list(types, &self.follower_values, &found.follower_values)?;
        self.upper_bound.check(found.upper_bound, Place::alone("the upper bound"))?;
        self.violation.check(found.violation, Place::alone("the violation"))
    }
}

fn check_game(game: &StackelbergGame) -> Result<(), ProofError> {
    let (rows, columns) = (game.leader_actions.len(), game.follower_actions.len());
    if game.types.is_empty() {
        return Err(ProofError::Empty("follower types"));
    }
    for (t, FollowerType { probability, leader, follower, .. }) in game.types.iter().enumerate() {
        check_mass(Place::item("the probability of follower type", t), *probability)?;
        for (list, utility) in
            [("the leader's utility against type", leader), ("the utility of follower type", follower)]
        {
            let place = Place::item(list, t);
            if (utility.rows(), utility.columns()) != (rows, columns) || rows * columns == 0 {
                return Err(ProofError::Shape {
                    place,
                    rows: utility.rows(),
                    columns: utility.columns(),
                    expected_rows: rows,
                    expected_columns: columns,
                });
            }
            check_all_finite(place, utility.as_slice())?;
        }
    }
    Ok(())
}
