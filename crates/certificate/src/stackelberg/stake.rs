//! The leader's stake between the relevant outcomes.

use super::StackelbergProof;
use crate::stake::Stake;
use crate::verdict::at_least;
use suasion_exact::Sum;
use suasion_model::{FollowerType, StackelbergGame};

/// How many roundings of the value are allowed if nobody's response decides anything.
const ROUNDINGS: f64 = 4.0 * f64::EPSILON;

/// The stake of the leader: see the [module above](super).
pub(super) struct LeaderStake {
    stake: Stake,
    local: f64,
    /// The best pure commitment.
    best: Option<Pure>,
}

impl LeaderStake {
    /// The stake of a commitment with this value.
    pub(super) fn new(proof: &StackelbergProof, game: &StackelbergGame, value: &Sum) -> Self {
        let played = proof.played();
        let mut responses: Vec<Vec<bool>> = vec![vec![false; game.follower_actions.len()]; game.types.len()];
        responses.iter_mut().zip(&proof.responses).for_each(|(given, &response)| given[response] = true);
        let mut stake = Stake::between(value, value);
        let mut enter = |pure: &Pure| {
            responses.iter_mut().zip(&pure.responses).for_each(|(given, &response)| given[response] = true);
            stake.enter(&pure.value);
        };
        let mut best: Option<Pure> = None;
        for i in 0..game.leader_actions.len() {
            let pure = Pure::new(game, i);
            if played.iter().any(|&(action, _)| action == i) {
                enter(&pure);
            }
            if best.as_ref().is_none_or(|best| !at_least(&best.value, &pure.value)) {
                best = Some(pure);
            }
        }
        best.iter().for_each(&mut enter);
        let mut local = 0.0;
        for (kind, given) in game.types.iter().zip(&responses) {
            for &(i, x) in &played {
                let range = kind.leader.row(i).iter().zip(given).filter(|(_, given)| **given);
                let (low, high) =
                    range.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (&u, _)| (f64::min(l, u), f64::max(h, u)));
                local += kind.probability * (x * (high - low).min(f64::MAX));
            }
        }
        Self { stake: stake.with_local(local, 0.0), local, best }
    }

    /// The spread, rounded to nearest.
    pub(super) fn spread(&self) -> f64 {
        self.stake.spread()
    }

    /// The best pure commitment, if its value is at least this: an action, and the responses.
    pub(super) fn pure(self, value: &Sum) -> Option<(usize, Vec<usize>)> {
        self.best.filter(|best| at_least(&best.value, value)).map(|best| (best.action, best.responses))
    }

    /// The stake by which gaps are measured.
    pub(super) fn measure(&self) -> f64 {
        self.stake.allowance(1.0)
    }

    /// What is allowed of the gap to a value.
    pub(super) fn allowance(&self, tolerance: f64, value: f64) -> f64 {
        let roundings = if self.local == 0.0 { ROUNDINGS * value.abs() } else { 0.0 };
        self.stake.allowance(tolerance).max(roundings)
    }
}

/// A pure commitment.
struct Pure {
    action: usize,
    value: Sum,
    /// Every type's best response; ties are broken in the leader's favor.
    responses: Vec<usize>,
}

impl Pure {
    fn new(game: &StackelbergGame, action: usize) -> Self {
        let mut value = Sum::new();
        let response = |kind: &FollowerType| {
            let worth = |j: usize| (kind.follower[(action, j)], kind.leader[(action, j)]);
            let best = (1..kind.follower.columns()).fold(0, |best, j| if worth(j) > worth(best) { j } else { best });
            value.add([kind.probability, kind.leader[(action, best)]]);
            best
        };
        let responses = game.types.iter().map(response).collect();
        Self { action, value, responses }
    }
}
