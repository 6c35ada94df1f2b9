//! A leader commits to a mixed strategy against a follower of several types.
//!
//! *Problem.* `max sum_t p_t x' R_t e_f(t)` over mixed strategies `x` and best responses `f(t)` of
//! every type `t` (ties in the leader's favor). *Sources:* Conitzer & Sandholm (EC 2006): one
//! program per response, and NP-hardness with types; Paruchuri et al. (AAMAS 2008) for the
//! mixed-integer program that the tests compare with; Jain, Kiekintveld & Tambe (AAMAS 2011) and
//! Yin & Tambe (AAMAS 2012) for trees that branch on a type's responses. *Method.* Irrelevant parts
//! are removed first (`reduce`). Against one type, a program per response is solved (`single`).
//! Against several, branch and bound searches the types' responses ([`crate::responses`]). If a
//! response is not obeyed exactly, or a bound is not tight enough, the rest is solved in whole
//! numbers (`finish`). *Guarantee:* the multipliers of every leaf bound it by weak duality
//! ([`suasion_certificate::StackelbergProof`]).

mod finish;
mod profile;
mod program;
mod reduce;
mod single;
mod whole;

use crate::PersuadeError;
use crate::responses::{Regions, Relaxation, pure, repaired, rescale, search_among};
use finish::{Finish, assessed};
use reduce::{Reduced, Scaled};
use single::single;
use suasion_certificate::{Node, Proof, StackelbergProof};
use suasion_lp::{Settings, Stopped};
use suasion_model::StackelbergGame;

/// Programs of more numbers than this are finished in whole numbers only if necessary.
const LARGE: usize = 4_000;
/// The memory in bytes per pair of utilities, in addition to the game itself.
const OF_UTILITY: f64 = 48.0;

/// An optimal commitment with the tree that proves it.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// The mixed strategy, the responses and the tree.
    pub proof: StackelbergProof,
    /// The number of nodes solved.
    pub nodes: usize,
    /// The limit that stopped the search early, if any. The commitment may then not be optimal.
    pub stopped: Option<Stopped>,
}

/// Finds the leader's optimal commitment.
///
/// # Errors
/// If the solver fails. Stopping at a limit of `settings` is not an error: see
/// [`Commitment::stopped`].
pub fn commit(game: &StackelbergGame, settings: &Settings) -> Result<Commitment, PersuadeError> {
    let shape = (game.leader_actions.len(), game.follower_actions.len());
    let needed = OF_UTILITY * (shape.0 * shape.1 * game.types.len()) as f64;
    settings.check_memory(needed).map_err(|shortage| PersuadeError::CommitmentTooLarge {
        leader: shape.0,
        follower: shape.1,
        types: game.types.len(),
        shortage,
    })?;
    let reduced = Reduced::new(game);
    let found = match reduced.scaled() {
        Some(scaled) => searched(&reduced, &scaled, settings)?,
        None => Commitment { proof: nothing(&reduced), nodes: 0, stopped: None },
    };
    let Commitment { mut proof, nodes, stopped } = found;
    let margin = reduced.rounding(&proof);
    let assessed = assessed(&mut proof, game, margin);
    if assessed.is_ok_and(|assessed| assessed.obeyed && assessed.open.is_empty()) {
        return Ok(Commitment { proof, nodes, stopped });
    }
    // Exact arithmetic is slow for large programs, so a result within the tolerance is good enough.
    if reduced.size() > LARGE && proof.clone().certify(game).is_ok_and(|(_, verdict)| verdict.certified()) {
        return Ok(Commitment { proof, nodes, stopped });
    }
    let mut finish = Finish::new(&reduced, settings);
    let proof = finish.finish(proof, stopped.is_none());
    Ok(Commitment { proof, nodes, stopped: stopped.or(finish.stopped) })
}

/// A proof without any information.
fn nothing(reduced: &Reduced) -> StackelbergProof {
    let responses = reduced.kept.iter().map(|kept| kept[0]).collect();
    StackelbergProof { strategy: vec![(0, 1.0)], responses, tree: vec![Node::Leaf(vec![])] }
}

/// The result in floating point.
fn searched(reduced: &Reduced, scaled: &Scaled, settings: &Settings) -> Result<Commitment, PersuadeError> {
    let responses = &scaled.responses;
    if let [t] = scaled.types[..]
        && let Some(found) = single(responses, &scaled.left[0], pure(responses), settings)
    {
        let mut all = reduced.answers(&found.strategy);
        all[t] = found.response;
        let mut tree = vec![Node::Leaf(found.multipliers)];
        rescale(&mut tree, |t| scaled.factor(t));
        let tree = reduced.translated(&tree, &scaled.types);
        let proof = StackelbergProof { strategy: found.strategy, responses: all, tree };
        return Ok(Commitment { proof, nodes: found.solved, stopped: found.stopped });
    }
    let mut relaxation = Relaxation::new(responses, settings)?;
    let mut regions = Regions::new(settings)?;
    let start = pure(responses);
    let left = scaled.left.clone();
    let mut found = search_among(responses, left, &mut relaxation, &mut regions, start, f64::INFINITY, settings)?;
    rescale(&mut found.tree, |t| scaled.factor(t));
    let strategy = repaired(responses, &found.best, &mut regions);
    let mut all = reduced.answers(&strategy);
    for (&t, &response) in scaled.types.iter().zip(&found.best.responses) {
        all[t] = response;
    }
    let tree = reduced.translated(&found.tree, &scaled.types);
    let proof = StackelbergProof { strategy, responses: all, tree };
    Ok(Commitment { proof, nodes: found.nodes, stopped: found.stopped })
}
