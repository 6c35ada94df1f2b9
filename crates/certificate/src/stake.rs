//! A party's stake, by which its gaps and shortfalls are measured.
//!
//! Utilities have no absolute scale, so a gap cannot be measured by the largest number in a file: a
//! penalty on an action that nobody takes would make every gap look small. It is measured by three
//! outcomes: the result, full information and no information.
//!
//! - The *spread* is the largest less the smallest value of these outcomes, in exact arithmetic.
//! - The *local* stake is the sum, over all pairs of a type and an observation, of the range of the
//!   utility over the actions that are taken there in these outcomes. The spread never exceeds it,
//!   and may be zero by chance when the local stake is not.
//!
//! A gap may be `tolerance * spread`. It may be `1e-5 * tolerance * local` if the outcomes almost
//! coincide. It may also be a few roundings of the stake between all actions that are taken
//! anywhere. If the outcomes coincide exactly, it may be a few roundings of the possible gain,
//! state by state, by actions that do not lose in every state to one of the actions taken. None of
//! these changes with a function of the state alone, an action that loses everywhere, or a state
//! without mass, and all of them scale with the unit of the utility. If one action is always taken,
//! nobody gains by obedience to another one, and a few roundings of the value are allowed.

use crate::game::{Cell, Estimate, Estimates, Game, USER};
use crate::verdict::at_least;
use std::cmp::Ordering;
use suasion_exact::Sum;
use suasion_exact::{Contests, Judge, rounding_error};

/// The part of the local stake that counts if the outcomes almost coincide.
pub(crate) const COINCIDENCE: f64 = 1e-5;
/// The part of the whole stake that counts as rounding.
const ROUNDINGS: f64 = 8.0 * f64::EPSILON;

/// What the user does under full and no information, against the agent of a game.
pub(crate) struct Benchmarks {
    /// Her action at each pair of a type and an observation, if she knows both, `[types *
    /// observations]`. Ties are broken in favor of the objective; any remaining tie goes to the
    /// first action. Meaningless for pairs without mass.
    pub(crate) full: Vec<usize>,
    /// Her action if she knows only her type, `[types]`; ties are broken in the same way.
    pub(crate) none: Vec<usize>,
}

impl Benchmarks {
    /// The benchmarks of a game in which the user has this many types.
    pub(crate) fn new(game: &Game<'_>, types: usize, estimates: &Estimates, judge: &mut Judge) -> Self {
        let observations = game.observations / types;
        let groups = |size: usize| move |k: usize| k * size..(k + 1) * size;
        Self {
            full: best_responses(game, estimates, game.observations, groups(1), judge),
            none: best_responses(game, estimates, types, groups(observations), judge),
        }
    }

    /// A party's value under full information.
    pub(crate) fn full_value(&self, game: &Game<'_>, parties: &[(usize, f64)]) -> Sum {
        value(game, parties, |pair| self.full[pair])
    }

    /// A party's value under no information.
    pub(crate) fn none_value(&self, game: &Game<'_>, parties: &[(usize, f64)]) -> Sum {
        let observations = game.observations / self.none.len();
        value(game, parties, |pair| self.none[pair / observations])
    }

    /// The action at a pair under no information.
    fn silent(&self, pair: usize) -> usize {
        self.none[pair / (self.full.len() / self.none.len())]
    }

    /// The stake of a weighted sum of parties, given its estimate. `own` is the result's value to
    /// them, and `played` are the pairs and actions that occur in the result.
    pub(crate) fn stake(
        &self,
        game: &Game<'_>,
        (parties, estimate): (&[(usize, f64)], &Estimate),
        estimates: &Estimates,
        own: &Sum,
        played: impl Iterator<Item = (usize, usize)>,
    ) -> Stake {
        let mut stake = Stake::between(own, &self.full_value(game, parties));
        stake.enter(&self.none_value(game, parties));
        let mut taken = vec![false; game.actions];
        let (values, user, weights) = (&estimate.values, &estimates.user.values, &estimates.weights);
        let mut ranges: Vec<(f64, f64)> = (0..game.observations)
            .map(|pair| {
                let (full, none) = (values[(self.full[pair], pair)], values[(self.silent(pair), pair)]);
                (full.min(none), full.max(none))
            })
            .collect();
        for pair in (0..game.observations).filter(|&pair| !game.cells(pair).is_empty()) {
            taken[self.full[pair]] = true;
        }
        self.none.iter().for_each(|&action| taken[action] = true);
        for (pair, action) in played {
            let value = values[(action, pair)];
            ranges[pair] = (ranges[pair].0.min(value), ranges[pair].1.max(value));
            taken[action] = true;
        }
        let occurs = |pair: &usize| !game.cells(*pair).is_empty();
        let pairs = || (0..game.observations).filter(occurs);
        stake.local = pairs().map(|pair| weights[pair] * (ranges[pair].1 - ranges[pair].0)).sum();
        let (mut low, mut high) = (vec![f64::INFINITY; game.observations], vec![f64::NEG_INFINITY; game.observations]);
        for action in (0..game.actions).filter(|&action| taken[action]) {
            for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(values.row(action)) {
                (*low, *high) = (low.min(value), high.max(value));
            }
        }
        stake.anywhere = pairs().map(|pair| weights[pair] * (high[pair] - low[pair])).sum();
        if stake.coincides() {
            // The only stake is the possible gain by actions that nobody takes.
            let takers: Vec<usize> = (0..game.actions).filter(|&action| taken[action]).collect();
            if takers.len() == 1 {
                let size = |cell: &Cell| {
                    let worth = |&(party, weight): &(usize, f64)| weight * game.utility(party, takers[0], cell.state);
                    parties.iter().map(|party| (cell.mass * worth(party)).abs()).sum::<f64>()
                };
                let sizes = pairs().map(|pair| game.cells(pair).iter().map(size).sum::<f64>());
                stake.anywhere = sizes.sum();
            }
            let loses = |action: usize, to: usize| pairs().all(|pair| user[(action, pair)] < user[(to, pair)]);
            let mut most: Vec<f64> = ranges.iter().map(|(low, _)| *low).collect();
            for action in (0..game.actions).filter(|&action| !takers.iter().any(|&taker| loses(action, taker))) {
                for (most, &value) in most.iter_mut().zip(values.row(action)) {
                    *most = most.max(value);
                }
            }
            stake.hope = pairs().map(|pair| weights[pair] * (most[pair] - ranges[pair].0)).sum();
        }
        stake
    }
}

/// The stake: see the [module](self).
#[derive(Clone)]
pub(crate) struct Stake {
    low: Sum,
    high: Sum,
    local: f64,
    anywhere: f64,
    /// The possible gain by actions that are not taken; 0 if the outcomes differ.
    hope: f64,
}

impl Stake {
    /// The stake between two outcomes, without a local part so far.
    pub(crate) fn between(a: &Sum, b: &Sum) -> Self {
        let (low, high) = if at_least(a, b) { (b, a) } else { (a, b) };
        Self { low: low.clone(), high: high.clone(), local: 0.0, anywhere: 0.0, hope: 0.0 }
    }

    /// Enters the value of another outcome.
    pub(crate) fn enter(&mut self, value: &Sum) {
        if !at_least(value, &self.low) {
            self.low = value.clone();
        } else if !at_least(&self.high, value) {
            self.high = value.clone();
        }
    }

    /// The same stake with a local part that was computed elsewhere.
    pub(crate) fn with_local(self, local: f64, anywhere: f64) -> Self {
        Self { local, anywhere, ..self }
    }

    /// Whether all outcomes have exactly the same value.
    fn coincides(&self) -> bool {
        at_least(&self.low, &self.high)
    }

    /// The spread, rounded to nearest.
    pub(crate) fn spread(&self) -> f64 {
        let mut spread = self.high.clone();
        spread.subtract_sum(&self.low);
        spread.round()
    }

    /// What is allowed of a gap or a shortfall, in the unit of the utility.
    pub(crate) fn allowance(&self, tolerance: f64) -> f64 {
        // `max` also turns NaN into zero.
        let tolerance = tolerance.max(0.0);
        let near = tolerance * COINCIDENCE * self.local;
        let allowed = (tolerance * self.spread()).max(near).max(ROUNDINGS * self.anywhere.max(self.hope));
        allowed.clamp(0.0, f64::MAX)
    }
}

/// The weighted sum of the parties' values, if the user takes these actions.
fn value(game: &Game<'_>, parties: &[(usize, f64)], action: impl Fn(usize) -> usize) -> Sum {
    let mut sum = Sum::new();
    for pair in 0..game.observations {
        for cell in game.cells(pair) {
            for &(party, weight) in parties {
                sum.add([cell.mass, weight, game.utility(party, action(pair), cell.state)]);
            }
        }
    }
    sum
}

/// The user's best response to each of `count` groups of pairs; group `k` is `pairs(k)`. Ties are
/// broken in favor of the objective; any remaining tie goes to the first action.
pub(crate) fn best_responses(
    game: &Game<'_>,
    estimates: &Estimates,
    count: usize,
    pairs: impl Fn(usize) -> std::ops::Range<usize>,
    judge: &mut Judge,
) -> Vec<usize> {
    let mut contests = Contests::with_ties(count);
    let user = &estimates.user;
    for action in 0..game.actions {
        let row = user.values.row(action);
        for k in 0..count {
            let (mut sum, mut magnitude) = (0.0, 0.0);
            for pair in pairs(k).filter(|&pair| !game.cells(pair).is_empty()) {
                sum += estimates.weights[pair] * row[pair];
                magnitude += estimates.weights[pair] * user.magnitude(action, pair);
            }
            let operations = pairs(k).len() + user.operations + 4;
            contests.enter(k, action, sum, rounding_error(operations, magnitude + f64::MIN_POSITIVE));
        }
    }
    let mut responses = vec![0; count];
    let mut difference = Sum::new();
    contests.decide(|k, actions| {
        let &[first, ..] = actions else { return };
        responses[k] = first;
        if actions.len() == 1 {
            return;
        }
        let add = |sum: &mut Sum, party: usize, weight: f64, action: usize| {
            for cell in pairs(k).flat_map(|pair| game.cells(pair)) {
                sum.add([cell.mass, weight, game.utility(party, action, cell.state)]);
            }
        };
        // Her best actions, exactly: those that tie with the best one.
        let Some((best, _)) = judge.largest(actions.iter().copied(), |sum, action| add(sum, USER, 1.0, action)) else {
            return;
        };
        let tied = actions.iter().copied().filter(|&action| {
            difference.clear();
            add(&mut difference, USER, 1.0, action);
            add(&mut difference, USER, -1.0, best);
            difference.sign() == Ordering::Equal
        });
        let favourite = judge.largest(tied, |sum, action| {
            game.objective.iter().for_each(|&(party, weight)| add(sum, party, weight, action));
        });
        if let Some((action, _)) = favourite {
            responses[k] = action;
        }
    });
    responses
}
