//! A leader commits to a mixed strategy against a follower of several types.
//!
//! *Problem.* `max sum_t p_t x' R_t e_f(t)` over mixed strategies `x` and responses `f(t)` that are best for every type `t` (ties in the
//! leader's favour). *Sources:* Conitzer & Sandholm (EC 2006): one program per response, and NP-hardness with types; Paruchuri
//! et al. (AAMAS 2008) for the mixed-integer program that the tests compare with. *Method.* Branch and bound over the types' responses. The relaxation
//! at a node tells each type its response like a recommendation, `z^t_ij >= 0` with `sum_j z^t_ij = x_i` and obedience for every
//! recommended `j`; it is exact with one type, where it is the union of Conitzer and Sandholm's programs. *Guarantee:* the
//! multipliers of every leaf bound it by weak duality ([`suasion_certificate::StackelbergProof`]).

use crate::PersuadeError;
use crate::responses::{Regions, Relaxation, Responses, pure, repaired, rescale, search};
use suasion_certificate::StackelbergProof;
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, StackelbergGame};

/// An optimal commitment with the tree that proves it.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// The mixed strategy, the responses and the tree.
    pub proof: StackelbergProof,
    /// How many nodes were solved.
    pub nodes: usize,
    /// Why it may not be the optimum, if the search ended early.
    pub stopped: Option<Stopped>,
}

/// The game in the units in which it is solved, utilities within `[0, 1]`; and the ranges of the leader's utility and of the types'.
fn scaled(game: &StackelbergGame) -> (Responses, f64, Vec<f64>) {
    let ranges = game.types.iter().map(|kind| kind.leader.range());
    let (low, high) = ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (low, high)| (l.min(low), h.max(high)));
    let leader_range = if high > low { high - low } else { 1.0 };
    let (rows, columns) = (game.leader_actions.len(), game.follower_actions.len());
    let leader = game.types.iter().map(|kind| {
        Matrix::from_fn(rows, columns, |i, j| kind.probability * ((kind.leader[(i, j)] - low) / leader_range))
    });
    let mut follower_ranges = Vec::with_capacity(game.types.len());
    let mut follower = Vec::with_capacity(game.types.len());
    for kind in &game.types {
        let (low, high) = kind.follower.range();
        let range = if high > low { high - low } else { 1.0 };
        follower_ranges.push(range);
        follower.push(Matrix::from_fn(rows, columns, |i, j| (kind.follower[(i, j)] - low) / range));
    }
    (Responses { leader: leader.collect(), follower, prices: vec![0.0; rows] }, leader_range, follower_ranges)
}

/// The leader's best commitment.
///
/// # Errors
/// If the solver fails. That a limit of `settings` ended the search is no error: see [`Commitment::stopped`].
pub fn commit(game: &StackelbergGame, settings: &Settings) -> Result<Commitment, PersuadeError> {
    let (responses, leader_range, follower_ranges) = scaled(game);
    let mut relaxation = Relaxation::new(&responses, settings)?;
    let mut regions = Regions::new(settings)?;
    let mut found = search(&responses, &mut relaxation, &mut regions, pure(&responses), f64::INFINITY, settings)?;
    rescale(&mut found.tree, |t| leader_range / follower_ranges[t]);
    let proof = StackelbergProof {
        strategy: repaired(&responses, &found.best, &mut regions),
        responses: found.best.responses,
        tree: found.tree,
    };
    Ok(Commitment { proof, nodes: found.nodes, stopped: found.stopped })
}
