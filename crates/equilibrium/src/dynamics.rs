//! Best-response dynamics, whatever the game: agents in turn change to what is best for them, given
//! the others.

use crate::{Ended, EquilibriumError};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, VecDeque};

/// So many of the last profiles of dynamics that do not converge are looked at again.
const LAST: usize = 6;

/// How agents move.
pub(crate) trait Moves {
    type Profile;
    /// What a profile is worth to everybody.
    type Worth;

    fn agents(&self) -> usize;

    fn worth(&self, profile: &Self::Profile) -> Result<Self::Worth, EquilibriumError>;

    /// An agent's move from a profile that is worth so much, if it finds one that gains; and what
    /// it gains, in the unit of utilities.
    fn improved(
        &self,
        profile: &Self::Profile,
        worth: &Self::Worth,
        agent: usize,
    ) -> Result<Option<(Self::Profile, f64)>, EquilibriumError>;

    /// What tells a profile from others, up to roundings and names.
    fn fingerprint(&self, profile: &Self::Profile) -> Result<Vec<i64>, EquilibriumError>;

    /// Where dynamics do not end, a gain of the agent up to this is taken for none.
    fn negligible(&self, agent: usize) -> f64;
}

/// How dynamics went.
pub(crate) struct Run<P> {
    /// Where they ended: where nobody found anything better, or else, of the last profiles, that in
    /// which the largest gain is least.
    pub profile: P,
    /// What each agent gains by another move that was found there, in the unit of utilities; 0
    /// where it is nothing.
    pub gains: Vec<f64>,
    /// Why they ended.
    pub ended: Ended,
    /// After how many rounds.
    pub rounds: usize,
}

impl<P> Run<P> {
    /// The largest gain that was found at the end, in the unit of utilities; 0 where it is none.
    pub(crate) fn gain(&self) -> f64 {
        self.gains.iter().copied().fold(0.0, f64::max)
    }
}

/// From a profile until nobody finds anything better, or for `most` rounds; agents move in their
/// order, or in a new random one every round.
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
        // Where moves are in a fixed order, what comes again is a cycle.
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
