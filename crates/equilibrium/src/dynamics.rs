//! Best-response dynamics for any game: agents take turns and change to their best choice, given
//! the others.

use crate::{Ended, EquilibriumError};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, VecDeque};

/// The number of last profiles that are examined again if dynamics do not converge.
const LAST: usize = 6;

/// How agents move.
pub(crate) trait Moves {
    type Profile;
    /// A profile's values to everybody.
    type Worth;

    fn agents(&self) -> usize;

    fn worth(&self, profile: &Self::Profile) -> Result<Self::Worth, EquilibriumError>;

    /// An agent's move from a profile with these values, if it finds one that gains, and its gain
    /// in the unit of utilities.
    fn improved(
        &self,
        profile: &Self::Profile,
        worth: &Self::Worth,
        agent: usize,
    ) -> Result<Option<(Self::Profile, f64)>, EquilibriumError>;

    /// A key that distinguishes profiles, up to roundings and names.
    fn fingerprint(&self, profile: &Self::Profile) -> Result<Vec<i64>, EquilibriumError>;

    /// If dynamics do not end, gains of the agent up to this do not count.
    fn negligible(&self, agent: usize) -> f64;
}

/// The result of dynamics.
pub(crate) struct Run<P> {
    /// The final profile: one in which nobody found a better move, or else the one of the last
    /// profiles with the smallest maximum gain.
    pub profile: P,
    /// Each agent's gain by the best move that was found there, in the unit of utilities; 0 if
    /// there is none.
    pub gains: Vec<f64>,
    /// Why the dynamics ended.
    pub ended: Ended,
    /// The number of rounds.
    pub rounds: usize,
}

impl<P> Run<P> {
    /// The largest gain that was found at the end, in the unit of utilities; 0 if there is none.
    pub(crate) fn gain(&self) -> f64 {
        self.gains.iter().copied().fold(0.0, f64::max)
    }
}

/// Runs dynamics from a profile until nobody finds a better move, or for `most` rounds. Agents move
/// in their order, or in a new random order every round.
pub(crate) fn run<M: Moves>(
    moves: &M,
    start: M::Profile,
    most: usize,
    shuffled: bool,
    rng: &mut ChaCha8Rng,
) -> Result<Run<M::Profile>, EquilibriumError> {
    let mut worth = moves.worth(&start)?;
    let mut profile = start;
    let mut order: Vec<usize> = (0..moves.agents()).collect();
    let mut seen = HashMap::new();
    let mut last = VecDeque::with_capacity(LAST);
    let (mut ended, mut rounds) = (Ended::Limit, 0);
    while rounds < most.max(1) {
        rounds += 1;
        if shuffled {
            order.shuffle(rng);
        }
        let mut moved = false;
        for &agent in &order {
            if let Some((better, _)) = moves.improved(&profile, &worth, agent)? {
                if last.len() == LAST {
                    last.pop_front();
                }
                last.push_back(std::mem::replace(&mut profile, better));
                worth = moves.worth(&profile)?;
                moved = true;
            }
        }
        if !moved {
            return Ok(Run { profile, gains: vec![0.0; moves.agents()], ended: Ended::Converged, rounds });
        }
        // If the order of moves is fixed, a repeated profile means a cycle.
        if !shuffled && let Some(before) = seen.insert(moves.fingerprint(&profile)?, rounds) {
            ended = Ended::Cycle { length: rounds - before };
            break;
        }
    }
    let looked_at = |profile| {
        let worth = moves.worth(&profile)?;
        let gain = |agent| {
            let found = moves.improved(&profile, &worth, agent)?.map_or(0.0, |(_, gain)| gain);
            Ok(if found <= moves.negligible(agent) { 0.0 } else { found })
        };
        let gains = (0..moves.agents()).map(gain).collect::<Result<Vec<f64>, EquilibriumError>>()?;
        Ok::<_, EquilibriumError>(Run { profile, gains, ended, rounds })
    };
    let mut best = None;
    for profile in last.into_iter().chain([profile]) {
        let run = looked_at(profile)?;
        if best.as_ref().is_none_or(|best: &Run<M::Profile>| run.gain() < best.gain()) {
            best = Some(run);
        }
    }
    best.ok_or(EquilibriumError::Number { what: "rounds", found: 0.0, expected: "at least 1" })
}
