//! A leader's commitment with the proof that no other is worth more.
//!
//! **The claim.** A mixed strategy `x` of the leader, a response `f(t)` of every type `t`, and by how much some type could do better
//! (nothing, where the responses are best responses).
//!
//! **The bound.** A tree divides the profiles of responses: a split says that a type plays a response, or does not, and a leaf
//! is left with sets `J_t` of responses. There, with multipliers `rho >= 0`, no commitment `x` with best responses `f(t)` in `J_t` is worth
//! more than
//!
//! ```text
//! max_i sum_t max_{j in J_t} [ p_t R_t[i][j] + sum_k rho^t_jk (C_t[i][j] - C_t[i][k]) ]
//! ```
//!
//! (`R_t` and `C_t`: the utilities of leader and follower.) For `f(t)` is a best response, so that
//! `sum_i x_i (C_t[i][f(t)] - C_t[i][k]) >= 0` for every `k`; times `rho^t_{f(t) k}`, and added to the leader's value, it only grows;
//! now `f(t)` is one of `J_t`, and `x` is a mixture of the `i`. This is weak duality of the program in which types are told responses
//! (Conitzer & Sandholm, EC 2006, one program per profile of responses; Conitzer & Korzhyk, AAAI 2011, for commitment to
//! correlated strategies). It holds for ties broken in the leader's favour, as in a strong Stackelberg equilibrium.

use crate::Verdict;
use crate::contest::{Judge, compare, rounding_error};
use crate::exact::Sum;
use crate::refusal::{Place, Refusal, check_all_finite, check_index, check_mass, check_probability};
use crate::tree::{Node, ResponseMultiplier, of_response, of_type, sort_multipliers, visit_leaves};
use crate::verdict::{Failure, TOLERANCE, allowance, check_claim, exceeds, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_model::{FollowerType, Matrix, StackelbergGame};

/// A commitment, and the tree that bounds every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackelbergProof {
    /// The leader's mixed strategy, `(action, probability)` by action. What is missing to one goes to the first action listed.
    pub strategy: Vec<(usize, f64)>,
    /// The response of every type.
    pub responses: Vec<usize>,
    /// The tree, in preorder.
    pub tree: Vec<Node>,
}

/// What a proof comes to: each number is the exact one, rounded to nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackelbergClaims {
    /// The leader's value.
    pub leader_value: f64,
    /// Every type's value.
    pub follower_values: Vec<f64>,
    /// What no commitment exceeds.
    pub upper_bound: f64,
    /// The most that a type could gain by another response, in the unit of its utility.
    pub violation: f64,
}

/// A proof with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackelbergCertificate {
    /// The proof.
    pub proof: StackelbergProof,
    /// What it comes to.
    pub claims: StackelbergClaims,
}

impl StackelbergProof {
    /// Works out, in exact arithmetic, what this proof comes to. The strategy and the multipliers of a leaf may be in any order, and
    /// multipliers may be zero.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range or comes twice, a number is negative or not finite, the strategy's
    /// probabilities exceed one, or the tree is not whole.
    pub fn certify(mut self, game: &StackelbergGame) -> Result<(StackelbergCertificate, Verdict), Refusal> {
        self.strategy.sort_by_key(|&(action, _)| action);
        sort_multipliers(&mut self.tree);
        let (claims, verdict) = self.evaluate(game, TOLERANCE)?;
        Ok((StackelbergCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, game: &StackelbergGame, tolerance: f64) -> Result<(StackelbergClaims, Verdict), Refusal> {
        check_game(game)?;
        self.check_strategy(game)?;
        let mut leader = Sum::new();
        let mut follower_values = Vec::with_capacity(game.types.len());
        let (mut violation, mut difference) = (Sum::new(), Sum::new());
        let mut failures = Vec::new();
        for (t, (kind, &response)) in game.types.iter().zip(&self.responses).enumerate() {
            self.add(&mut leader, kind.probability, &kind.leader, response);
            let mut own = Sum::new();
            self.add(&mut own, 1.0, &kind.follower, response);
            let mut worst = Sum::new();
            for alternative in 0..game.follower_actions.len() {
                let mut gain = Sum::new();
                self.add(&mut gain, 1.0, &kind.follower, alternative);
                gain.subtract_sum(&own);
                if compare(&gain, &worst, &mut difference) == Ordering::Greater {
                    worst = gain;
                }
            }
            follower_values.push(nearest(&own, Place::item("the value of follower type", t))?);
            let (low, high) = kind.follower.range();
            let allowed = allowance(tolerance, high - low);
            if exceeds(&worst, allowed) {
                let violation = nearest(&worst, Place::item("the violation of follower type", t))?;
                failures.push(Failure::Violation { violation, allowed });
            }
            if compare(&worst, &violation, &mut difference) == Ordering::Greater {
                violation = worst;
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
        let ranges = game.types.iter().map(|kind| kind.leader.range());
        let (low, high) =
            ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (low, high)| (l.min(low), h.max(high)));
        let allowed = allowance(tolerance, high - low);
        let nearest_gap = nearest(&gap, Place::alone("the gap"))?;
        if exceeds(&gap, allowed) {
            failures.insert(0, Failure::Gap { gap: nearest_gap, allowed });
        }
        let verdict = Verdict { gap: nearest_gap, violation: claims.violation, worst: None, shortfall: 0.0, failures };
        Ok((claims, verdict))
    }

    fn check_strategy(&self, game: &StackelbergGame) -> Result<(), Refusal> {
        if self.strategy.is_empty() {
            return Err(Refusal::Empty("actions in the strategy"));
        }
        let mut excess = Sum::new();
        excess.subtract([1.0]);
        for (k, &(action, probability)) in self.strategy.iter().enumerate() {
            let place = Place::item("strategy entry", k);
            check_index(place, "action", action, game.leader_actions.len())?;
            check_probability(place, probability)?;
            if k > 0 && self.strategy[k - 1].0 >= action {
                return Err(Refusal::OutOfOrder { place });
            }
            excess.add([probability]);
        }
        if excess.sign() == Ordering::Greater {
            return Err(Refusal::Implausible { place: Place::alone("the strategy"), excess: excess.round() });
        }
        if self.responses.len() != game.types.len() {
            let (claimed, expected) = (self.responses.len(), game.types.len());
            return Err(Refusal::ClaimCount { list: "the responses", claimed, expected });
        }
        for (t, &response) in self.responses.iter().enumerate() {
            check_index(Place::item("response", t), "action", response, game.follower_actions.len())?;
        }
        Ok(())
    }

    /// Adds `weight` times the expectation of a response's column under the strategy.
    fn add(&self, sum: &mut Sum, weight: f64, utility: &Matrix, response: usize) {
        let first = utility[(self.strategy[0].0, response)];
        sum.add([weight, first]);
        for &(action, probability) in &self.strategy[1..] {
            sum.add([weight, probability, utility[(action, response)]]);
            sum.subtract([weight, probability, first]);
        }
    }

    /// The largest bound of a leaf.
    fn bound(&self, game: &StackelbergGame) -> Result<Sum, Refusal> {
        let mut leaves = Leaves { game, judge: Judge::new(), best: None };
        visit_leaves(&self.tree, game.types.len(), game.follower_actions.len(), |left, multipliers| {
            leaves.visit(left, multipliers);
        })?;
        leaves.best.ok_or(Refusal::Empty("leaves with responses"))
    }
}

impl StackelbergCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`StackelbergProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, game: &StackelbergGame) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(game, TOLERANCE)?;
        let claims = &self.claims;
        let (claimed, expected) = (claims.follower_values.len(), found.follower_values.len());
        if claimed != expected {
            return Err(Refusal::ClaimCount { list: "the values of the follower types", claimed, expected });
        }
        check_claim(Place::alone("the leader's value"), claims.leader_value, found.leader_value)?;
        for (t, (&claimed, &found)) in claims.follower_values.iter().zip(&found.follower_values).enumerate() {
            check_claim(Place::item("the value of follower type", t), claimed, found)?;
        }
        check_claim(Place::alone("the upper bound"), claims.upper_bound, found.upper_bound)?;
        check_claim(Place::alone("the violation"), claims.violation, found.violation)?;
        Ok(verdict)
    }
}

fn check_game(game: &StackelbergGame) -> Result<(), Refusal> {
    let (rows, columns) = (game.leader_actions.len(), game.follower_actions.len());
    if game.types.is_empty() {
        return Err(Refusal::Empty("follower types"));
    }
    for (t, FollowerType { probability, leader, follower, .. }) in game.types.iter().enumerate() {
        check_mass(Place::item("the probability of follower type", t), *probability)?;
        for (list, utility) in
            [("the leader's utility against type", leader), ("the utility of follower type", follower)]
        {
            let place = Place::item(list, t);
            if (utility.rows(), utility.columns()) != (rows, columns) || rows * columns == 0 {
                return Err(Refusal::Shape {
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

/// The leaves that were visited, and the largest bound among them.
struct Leaves<'a> {
    game: &'a StackelbergGame,
    judge: Judge,
    best: Option<Sum>,
}

impl Leaves<'_> {
    /// Floating point finds the actions of the leader, and the responses, that the maxima may be at; those are summed exactly.
    fn visit(&mut self, left: &[Vec<bool>], multipliers: &[ResponseMultiplier]) {
        let (rows, columns) = (self.game.leader_actions.len(), self.game.follower_actions.len());
        let mut estimates: Vec<Matrix> = Vec::with_capacity(left.len());
        let (mut operations, mut magnitude) = (left.len(), 0.0);
        for (t, kind) in self.game.types.iter().enumerate() {
            let own = of_type(multipliers, t);
            estimates.push(Matrix::from_fn(rows, columns, |i, j| {
                let follower = kind.follower.row(i);
                let priced: f64 =
                    of_response(own, j).iter().map(|&(_, _, k, rho)| rho * (follower[j] - follower[k])).sum();
                kind.probability * kind.leader[(i, j)] + priced
            }));
            let total: f64 = own.iter().map(|multiplier| multiplier.3).sum();
            let largest = |utility: &Matrix| utility.as_slice().iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            magnitude += largest(&kind.leader) + 2.0 * total * largest(&kind.follower);
            operations += 3 * own.len() + 2;
        }
        let error = rounding_error(operations, magnitude + f64::MIN_POSITIVE);
        let highest = |t: usize, i: usize| {
            let row = estimates[t].row(i).iter().zip(&left[t]);
            row.filter(|(_, left)| **left).fold(f64::NEG_INFINITY, |most, (&x, _)| most.max(x))
        };
        let totals: Vec<f64> = (0..rows).map(|i| (0..left.len()).map(|t| highest(t, i)).sum()).collect();
        let most = totals.iter().fold(f64::NEG_INFINITY, |most, &total| most.max(total));
        if self.best.as_ref().is_some_and(|best| most + error < best.round().next_down()) {
            return;
        }
        let mut difference = Sum::new();
        // With an error that is not a number nothing is beyond doubt.
        let is_less = |low: f64, high: f64| low + error < high - error;
        for i in (0..rows).filter(|&i| !is_less(totals[i], most)) {
            let mut total = Sum::new();
            for (t, kind) in self.game.types.iter().enumerate() {
                let own = of_type(multipliers, t);
                let high = highest(t, i);
                let near = (0..columns).filter(|&j| left[t][j] && !is_less(estimates[t][(i, j)], high));
                let price = |sum: &mut Sum, j: usize| {
                    let follower = kind.follower.row(i);
                    sum.add([kind.probability, kind.leader[(i, j)]]);
                    for &(_, _, k, rho) in of_response(own, j) {
                        sum.add([rho, follower[j]]);
                        sum.subtract([rho, follower[k]]);
                    }
                };
                if let Some((_, largest)) = self.judge.largest(near, price) {
                    total.add_sum(largest);
                }
            }
            if self.best.as_ref().is_none_or(|best| compare(&total, best, &mut difference) == Ordering::Greater) {
                self.best = Some(total);
            }
        }
    }
}
