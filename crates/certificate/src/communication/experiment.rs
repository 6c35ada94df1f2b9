//! Experiments against a user of several types, and an upper bound on all experiments.
//!
//! **The claim.** The agent sends a signal once, and each message assigns an action to every type.
//!
//! **The bound.** A tree divides the profiles of the types' actions, in the same way as the tree of
//! a [`StackelbergProof`](crate::StackelbergProof): a split says that a type plays an action, or
//! does not, and each leaf keeps sets `J_t` of actions. With multipliers `rho >= 0` at every leaf
//! and `s >= 0` of the floor `f`, the value of an obedient scheme that gives the user at least `f`
//! is at most
//!
//! ```text
//! sum_x max over leaves of G_leaf(x)  -  s f,
//! G_leaf(x) = sum_t max_{j in J_t} [ P_v[t][x][j] + s P_u[t][x][j]
//!                                   + sum_k rho^t_jk (P_u[t][x][j] - P_u[t][x][k]) ].
//! ```
//!
//! Proof: take a message that assigns action `f(t)` to type `t` and is sent with probability `q_x`
//! at observation `x`. Type `t` obeys, so `sum_x q_x (P_u[t][x][f(t)] - P_u[t][x][k]) >= 0` for
//! every `k`. Multiply this by `rho^t_{f(t) k}` of the leaf of `f`, and add it to the value of the
//! message to the objective and the user. The value only grows, to at most `sum_x q_x G_leaf(x)`.
//! Over all messages the `q_x` sum to one at every `x`, and the user gets at least `f`. With one
//! type and a tree of one leaf, this is the bound of direct schemes.

use super::{Communication, Experiment, Rational, SchemeOutcome};
use crate::error::{Place, ProofError, check_index, check_nonnegative, check_probability};
use crate::game::{Estimates, TypedGame, USER};
use crate::obedience::Disobedience;
use crate::proof::Exact;
use crate::tree::{Node, ResponseMultiplier, of_response, of_type, sort_multipliers, visit_leaves};
use crate::verdict::TOLERANCE;
use std::cmp::Ordering;
use suasion_exact::{Judge, Sum, compare, rounding_error};
use suasion_model::ExperimentScheme;

impl Communication for Experiment {
    type Scheme = ExperimentScheme;
    type Bound = Vec<Node>;
    type Precision = Exact;
}

impl Rational for Experiment {
    fn sort_bound(tree: &mut Vec<Node>) {
        sort_multipliers(tree);
    }

    fn outcome(
        scheme: &ExperimentScheme,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<SchemeOutcome, ProofError> {
        check_scheme(scheme, game)?;
        let add = |sum: &mut Sum, party: usize, weight: f64| {
            visit(scheme, game, |p, action, place| game.add(sum, [p, weight], party, action, place));
        };
        Ok(SchemeOutcome::of(game, add, disobedience(scheme, game, estimates, TOLERANCE), played(scheme, game)))
    }

    fn bound_exactly(
        tree: &Vec<Node>,
        slope: f64,
        game: &TypedGame<'_>,
        estimates: &Estimates,
    ) -> Result<Sum, ProofError> {
        bound(tree, slope, game, estimates)
    }
}

/// Refuses a scheme that is not valid.
pub(crate) fn check_scheme(scheme: &ExperimentScheme, game: &TypedGame<'_>) -> Result<(), ProofError> {
    let mut excess = vec![Sum::new(); game.observations];
    for sum in &mut excess {
        sum.subtract([1.0]);
    }
    for (k, message) in scheme.messages.iter().enumerate() {
        let place = Place::item("message", k);
        if message.menu.len() != game.types {
            return Err(ProofError::Length {
                list: "the actions of a message",
                found: message.menu.len(),
                expected: game.types,
            });
        }
        for &action in &message.menu {
            check_index(place, "action", action, game.actions())?;
        }
        for (i, &(x, probability)) in message.probabilities.iter().enumerate() {
            check_index(place, "observation", x, game.observations)?;
            check_probability(place, probability)?;
            if i > 0 && message.probabilities[i - 1].0 >= x {
                return Err(ProofError::OutOfOrder { place });
            }
            excess[x].add([probability]);
        }
    }
    for (x, excess) in excess.iter_mut().enumerate() {
        if excess.sign() != Ordering::Equal {
            return Err(ProofError::NotOne { place: Place::item("observation", x), excess: excess.round() });
        }
    }
    Ok(())
}

/// Visits everything that happens: `(probability given the observation, action, (type,
/// observation))`.
pub(crate) fn visit(
    scheme: &ExperimentScheme,
    game: &TypedGame<'_>,
    mut visit: impl FnMut(f64, usize, (usize, usize)),
) {
    for message in &scheme.messages {
        for &(x, probability) in &message.probabilities {
            (0..game.types).for_each(|t| visit(probability, message.menu[t], (t, x)));
        }
    }
}

/// The value of a scheme to a party if every type plays the assigned actions.
pub(crate) fn value(scheme: &ExperimentScheme, game: &TypedGame<'_>, party: usize) -> Sum {
    let mut sum = Sum::new();
    visit(scheme, game, |p, action, place| game.add(&mut sum, [p, 1.0], party, action, place));
    sum
}

/// The pairs of a type and an observation, and what is done there.
pub(crate) fn played(scheme: &ExperimentScheme, game: &TypedGame<'_>) -> Vec<(usize, usize)> {
    let mut played = Vec::new();
    visit(scheme, game, |_, action, (t, x)| played.push((game.pair(t, x), action)));
    played
}

/// What the user could gain: for every message and type, the gain of her best action. The allowed
/// gain is `tolerance` times the stake between that action and the assigned one.
pub(crate) fn disobedience(
    scheme: &ExperimentScheme,
    game: &TypedGame<'_>,
    estimates: &Estimates,
    tolerance: f64,
) -> Disobedience {
    let (mut found, mut judge, mut gained) = (Disobedience::none(), Judge::new(), Sum::new());
    let user = &estimates.user.values;
    for message in &scheme.messages {
        for (t, &own) in message.menu.iter().enumerate() {
            let stake = |alternative: usize| -> f64 {
                let at = |&(x, p): &(usize, f64)| {
                    let pair = game.pair(t, x);
                    p * estimates.weights[pair] * (user[(alternative, pair)] - user[(own, pair)]).abs()
                };
                message.probabilities.iter().map(at).sum()
            };
            let gain = |sum: &mut Sum, alternative: usize| {
                gained.clear();
                for &(x, probability) in &message.probabilities {
                    game.add(&mut gained, [probability, 1.0], USER, alternative, (t, x));
                    game.add(&mut gained, [probability, -1.0], USER, own, (t, x));
                }
                if gained.sign() == Ordering::Greater {
                    found.weigh(&gained, stake(alternative), tolerance);
                }
                sum.add_sum(&gained);
            };
            // The assigned action is among them, and gains nothing.
            if let Some((_, gain)) = judge.largest(0..game.actions(), gain) {
                found.total.add_sum(gain);
            }
        }
    }
    found
}

/// The bound of a tree on the objective plus `slope` times the user's value.
pub(crate) fn bound(tree: &[Node], slope: f64, game: &TypedGame<'_>, estimates: &Estimates) -> Result<Sum, ProofError> {
    check_nonnegative(Place::alone("the multiplier of the floor"), slope)?;
    let mut leaves = Leaves { game, estimates, slope, judge: Judge::new(), best: vec![None; game.observations] };
    visit_leaves(tree, game.types, game.actions(), |left, multipliers| leaves.visit(left, multipliers))?;
    let mut total = Sum::new();
    for best in leaves.best {
        let (_, best) = best.ok_or(ProofError::Empty("leaves with action profiles"))?;
        total.add_sum(&best);
    }
    Ok(total)
}

/// The leaves that were visited. For every observation, the largest `G`: a lower bound from its
/// estimate, and its exact value.
struct Leaves<'a> {
    game: &'a TypedGame<'a>,
    estimates: &'a Estimates,
    slope: f64,
    judge: Judge,
    best: Vec<Option<(f64, Sum)>>,
}

impl Leaves<'_> {
    /// Floating point finds the observations at which the leaf may matter, and the actions that may
    /// attain the maxima. Those are summed exactly.
    fn visit(&mut self, left: &[Vec<bool>], multipliers: &[ResponseMultiplier]) {
        let (game, m) = (self.game, self.game.actions());
        let (user, objective) = (&self.estimates.user, &self.estimates.objective);
        let operations = 3 * multipliers.len() + user.operations + objective.operations + 2 * game.types + 8;
        let mut prices = vec![vec![f64::NEG_INFINITY; m]; game.types];
        let mut highest = vec![0.0; game.types];
        let mut difference = Sum::new();
        for x in 0..game.observations {
            let (mut total, mut magnitude) = (0.0, 0.0);
            for t in 0..game.types {
                let (pair, own) = (game.pair(t, x), of_type(multipliers, t));
                for j in (0..m).filter(|&j| left[t][j]) {
                    let value = user.values[(j, pair)];
                    let priced: f64 =
                        of_response(own, j).iter().map(|&(_, _, k, rho)| rho * (value - user.values[(k, pair)])).sum();
                    let price = objective.values[(j, pair)] + self.slope * value + priced;
                    prices[t][j] = self.estimates.weights[pair] * price;
                }
                let allowed = prices[t].iter().zip(&left[t]).filter(|(_, left)| **left);
                highest[t] = allowed.fold(f64::NEG_INFINITY, |most, (&price, _)| most.max(price));
                total += highest[t];
                let size = (0..m).filter(|&j| left[t][j]).map(|j| {
                    let alternatives = of_response(own, j).iter().map(|&(_, _, k, rho)| rho * user.magnitude(k, pair));
                    let total: f64 = of_response(own, j).iter().map(|multiplier| multiplier.3).sum();
                    objective.magnitude(j, pair)
                        + (self.slope + total) * user.magnitude(j, pair)
                        + alternatives.sum::<f64>()
                });
                magnitude += self.estimates.weights[pair] * size.fold(0.0, f64::max);
            }
            let error = rounding_error(operations, magnitude + f64::MIN_POSITIVE);
            if self.best[x].as_ref().is_some_and(|(reached, _)| total + error < *reached) {
                continue;
            }
            // If the error is not a number, nothing is certain.
            let is_less = |low: f64, high: f64| low + error < high - error;
            let mut exact = Sum::new();
            for t in 0..game.types {
                let own = of_type(multipliers, t);
                let near = (0..m).filter(|&j| left[t][j] && !is_less(prices[t][j], highest[t]));
                let price = |sum: &mut Sum, j: usize| {
                    game.add_objective(sum, 1.0, j, (t, x));
                    game.add(sum, [self.slope, 1.0], USER, j, (t, x));
                    for &(_, _, k, rho) in of_response(own, j) {
                        game.add(sum, [rho, 1.0], USER, j, (t, x));
                        game.add(sum, [rho, -1.0], USER, k, (t, x));
                    }
                };
                if let Some((_, largest)) = self.judge.largest(near, price) {
                    exact.add_sum(largest);
                }
            }
            let best = &mut self.best[x];
            let reached = best.as_ref().map_or(f64::NEG_INFINITY, |(reached, _)| *reached);
            if best.as_ref().is_none_or(|(_, best)| compare(&exact, best, &mut difference) == Ordering::Greater) {
                *best = Some((reached.max(total - error), exact));
            }
        }
    }
}
