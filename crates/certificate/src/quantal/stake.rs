//! The stake against a quantal user.
//!
//! As [everywhere](crate::stake), the stake is measured between three outcomes: the result, full
//! information and no information. The user responds quantally to each. The *local* stake is a sum
//! over all pairs of a type and an observation. Each term is the distance of each action's value
//! from that of the user's best action in the state, times the largest probability with which the
//! action is played there in these outcomes. She never stops playing an action, but an action that
//! she almost never plays hardly counts. No action counts with a weight below `1e-9`, which becomes
//! `1e-21` of its value in what is allowed. So a result that is surely right is not measured by
//! roundings. But no action has a larger weight than its greatest probability upon any message: a
//! penalty on an action that she never plays does not count.

use super::level::Level;
use super::scheme::{Outcome, Value, outcome};
use crate::error::ProofError;
use crate::game::{TypedGame, USER};
use crate::stake::Stake;
use crate::verdict::TOLERANCE;
use suasion_exact::Sum;
use suasion_exact::{Interval, exponential};
use suasion_model::SignalScheme;

/// The weight of an action that is played in none of these outcomes, but might be.
const NEVER: f64 = 1e-9;
/// The loss by underflow: this part of the largest number, or this number if there is none.
const UNDERFLOW: f64 = 1e-280;

/// The outcomes besides a result's own.
pub(super) struct Benchmarks {
    full: Outcome,
    none: Outcome,
    level: Level,
    /// The least weight of each action, `[types][actions]`: see [`least_parts`].
    least: Vec<f64>,
}

impl Benchmarks {
    pub(super) fn new(game: &TypedGame<'_>, eta: f64) -> Result<Self, ProofError> {
        Ok(Self {
            full: outcome(&SignalScheme::full_information(game.observations), game, eta)?,
            none: outcome(&SignalScheme::no_information(game.observations), game, eta)?,
            level: Level::new(game),
            least: least_parts(game, eta),
        })
    }

    /// What is allowed of a gap in the game's objective; the outcome belongs to this game.
    pub(super) fn of_objective(&self, game: &TypedGame<'_>, own: &Outcome) -> f64 {
        let parties = &game.game.objective;
        self.allowed(game, parties, &own.objective.sum(), Some(own), |outcome| &outcome.objective)
    }

    /// What is allowed of a gap in a party's utility if a result gives it this net value. `own` is
    /// the outcome, if it belongs to this game.
    pub(super) fn of_party(&self, game: &TypedGame<'_>, party: usize, value: &Sum, own: Option<&Outcome>) -> f64 {
        self.allowed(game, &[(party, 1.0)], value, own, |outcome| &outcome.parties[party])
    }

    fn allowed(
        &self,
        game: &TypedGame<'_>,
        parties: &[(usize, f64)],
        value: &Sum,
        own: Option<&Outcome>,
        of: impl Fn(&Outcome) -> &Value,
    ) -> f64 {
        let mut stake = Stake::between(value, &of(&self.full).sum());
        stake.enter(&of(&self.none).sum());
        let m = game.actions();
        let (mut local, mut largest) = (0.0, 0.0);
        for pair in 0..game.types * game.observations {
            for a in 0..m {
                let outcomes = own.into_iter().chain([&self.full, &self.none]);
                let least = self.least[pair / game.observations * m + a];
                let part = outcomes.map(|outcome| outcome.often[pair * m + a]).fold(least, f64::max);
                for cell in game.game.cells(pair) {
                    let base = self.level.action(cell.state);
                    let away = |&(party, weight): &(usize, f64)| {
                        weight * (game.game.utility(party, a, cell.state) - game.game.utility(party, base, cell.state))
                    };
                    let away = parties.iter().map(away).sum::<f64>().abs();
                    local += part * cell.mass * away;
                    largest = f64::max(largest, away);
                }
            }
        }
        let lost = UNDERFLOW * if largest > 0.0 { largest } else { 1.0 };
        stake.with_local(local, 0.0).allowance(TOLERANCE).max(lost)
    }
}

/// [`NEVER`], or less if each type plays an action less upon every message, `[types][actions]`. If
/// another action is ahead by at least `d` in every state, the action is played with probability at
/// most `exp(-eta d)`.
fn least_parts(game: &TypedGame<'_>, eta: f64) -> Vec<f64> {
    let (m, user) = (game.actions(), game.game.utilities[USER]);
    let mut parts = Vec::with_capacity(game.types * m);
    for t in 0..game.types {
        let mut states: Vec<usize> =
            (0..game.observations).flat_map(|x| game.game.cells(game.pair(t, x))).map(|cell| cell.state).collect();
        states.sort_unstable();
        states.dedup();
        for a in 0..m {
            let mut least = NEVER;
            for b in (0..m).filter(|&b| b != a) {
                let part = |&y: &usize| exponential(Interval::point(eta * (user[(a, y)] - user[(b, y)]))).high;
                // One state in which it may be played is enough.
                let most =
                    states.iter().map(part).try_fold(0.0, |most, part| (part < least).then(|| f64::max(most, part)));
                least = most.unwrap_or(least);
            }
            parts.push(least);
        }
    }
    parts
}
