//! A leader commits to a mixed strategy against a follower of several types.
//!
//! *Problem.* `max sum_t p_t x' R_t e_f(t)` over mixed strategies `x` and responses `f(t)` that are best for every type `t` (ties in the
//! leader's favour). *Sources:* Conitzer & Sandholm (EC 2006): one program per response, and NP-hardness with types; Paruchuri
//! et al. (AAMAS 2008) for the mixed-integer program that the tests compare with. *Method.* Branch and bound over the types' responses. The relaxation
//! at a node tells each type its response like a recommendation, `z^t_ij >= 0` with `sum_j z^t_ij = x_i` and obedience for every
//! recommended `j`; it is exact with one type, where it is the union of Conitzer and Sandholm's programs. *Guarantee:* the
//! multipliers of every leaf bound it by weak duality ([`suasion_certificate::StackelbergProof`]).

mod region;
mod relaxation;

use crate::PersuadeError;
use region::{Candidate, fix_responses};
use relaxation::{Relaxation, Relaxed};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use suasion_certificate::{Node, ResponseMultiplier, StackelbergProof};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, StackelbergGame};

/// Relative to the range of the leader's utility, a leaf this close to the best commitment is not searched further.
const CLOSE: f64 = 1e-9;

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

/// The game in the units in which it is solved: utilities within `[0, 1]`.
struct Scaled<'a> {
    game: &'a StackelbergGame,
    /// `p_t R_t`, scaled by one factor for all types, `leader x follower` each.
    leader: Vec<Matrix>,
    follower: Vec<Matrix>,
    leader_range: f64,
    follower_ranges: Vec<f64>,
}

impl<'a> Scaled<'a> {
    fn new(game: &'a StackelbergGame) -> Self {
        let ranges = game.types.iter().map(|kind| kind.leader.range());
        let (low, high) =
            ranges.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (low, high)| (l.min(low), h.max(high)));
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
        Self { game, leader: leader.collect(), follower, leader_range, follower_ranges }
    }

    fn rows(&self) -> usize {
        self.game.leader_actions.len()
    }

    fn columns(&self) -> usize {
        self.game.follower_actions.len()
    }

    fn types(&self) -> usize {
        self.game.types.len()
    }

    /// Multipliers in true units.
    fn unscaled(&self, multipliers: &[ResponseMultiplier]) -> Vec<ResponseMultiplier> {
        let unscale =
            |&(t, j, k, rho): &ResponseMultiplier| (t, j, k, rho * self.leader_range / self.follower_ranges[t]);
        multipliers.iter().map(unscale).collect()
    }
}

/// A node that waits to be branched on.
struct Open {
    /// What no commitment in it exceeds, scaled.
    bound: f64,
    index: usize,
    relaxed: Relaxed,
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(other.index.cmp(&self.index))
    }
}

/// A node of the search tree: its children, or its multipliers.
enum Searched {
    Split { kind: usize, response: usize, chosen: usize, excluded: usize },
    Leaf(Vec<ResponseMultiplier>),
}

/// The leader's best commitment.
///
/// # Errors
/// If the solver fails. That a limit of `settings` ended the search is no error: see [`Commitment::stopped`].
pub fn commit(game: &StackelbergGame, settings: &Settings) -> Result<Commitment, PersuadeError> {
    let scaled = Scaled::new(game);
    let mut search = Search {
        best: region::pure(&scaled),
        scaled: &scaled,
        settings,
        tree: vec![Searched::Leaf(vec![])],
        open: BinaryHeap::new(),
        nodes: 0,
    };
    let stopped = match search.run() {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    let Search { best, tree, nodes, .. } = search;
    let proof = StackelbergProof {
        strategy: region::repaired(&scaled, &best, settings),
        responses: best.responses,
        tree: preorder(&scaled, &tree),
    };
    Ok(Commitment { proof, nodes, stopped })
}

struct Search<'a> {
    scaled: &'a Scaled<'a>,
    settings: &'a Settings,
    best: Candidate,
    tree: Vec<Searched>,
    open: BinaryHeap<Open>,
    nodes: usize,
}

impl Search<'_> {
    fn run(&mut self) -> Result<(), PersuadeError> {
        let mut relaxation = Relaxation::new(self.scaled, self.settings)?;
        let all = vec![vec![true; self.scaled.columns()]; self.scaled.types()];
        self.solve(&mut relaxation, 0, all)?;
        while let Some(node) = self.open.pop() {
            if node.bound <= self.best.value + CLOSE {
                // The rest is no better: best first.
                return Ok(());
            }
            let (kind, response) = node.relaxed.branch();
            let children = [self.tree.len(), self.tree.len() + 1];
            // Until they are solved, what bounds the node bounds its children.
            let inherited = node.relaxed.multipliers;
            self.tree.extend([Searched::Leaf(inherited.clone()), Searched::Leaf(inherited)]);
            self.tree[node.index] = Searched::Split { kind, response, chosen: children[0], excluded: children[1] };
            let (mut chosen, mut excluded) = (node.relaxed.left.clone(), node.relaxed.left);
            chosen[kind].fill(false);
            chosen[kind][response] = true;
            excluded[kind][response] = false;
            self.solve(&mut relaxation, children[0], chosen)?;
            self.solve(&mut relaxation, children[1], excluded)?;
            if self.settings.verbose && self.nodes % 100 < 2 {
                eprintln!("{} nodes: best {:.9}, bound {:.9}", self.nodes, self.best.value, node.bound);
            }
        }
        Ok(())
    }

    /// Solves a node: it becomes a leaf, and waits if it may hold a better commitment.
    fn solve(
        &mut self,
        relaxation: &mut Relaxation<'_>,
        index: usize,
        left: Vec<Vec<bool>>,
    ) -> Result<(), PersuadeError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        self.nodes += 1;
        if left.iter().any(|set| !set.contains(&true)) {
            self.tree[index] = Searched::Leaf(vec![]);
            return Ok(());
        }
        let relaxed = relaxation.solve(left, self.best.value)?;
        self.tree[index] = Searched::Leaf(relaxed.multipliers.clone());
        for candidate in
            [Some(region::respond(self.scaled, &relaxed.strategy)), self.dive(&relaxed)?].into_iter().flatten()
        {
            if candidate.value > self.best.value {
                self.best = candidate;
            }
        }
        if relaxed.bound > self.best.value + CLOSE && !relaxed.is_single() {
            self.open.push(Open { bound: relaxed.bound, index, relaxed });
        }
        Ok(())
    }

    /// The best commitment to which every type responds as it mostly does in the relaxation.
    fn dive(&self, relaxed: &Relaxed) -> Result<Option<Candidate>, PersuadeError> {
        if relaxed.bound <= self.best.value + CLOSE {
            return Ok(None);
        }
        fix_responses(self.scaled, &relaxed.responses(), self.settings)
    }
}

/// The tree as a certificate wants it.
fn preorder(scaled: &Scaled<'_>, tree: &[Searched]) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(tree.len());
    let mut waiting = vec![0];
    while let Some(index) = waiting.pop() {
        match &tree[index] {
            Searched::Split { kind, response, chosen, excluded } => {
                nodes.push(Node::Split(*kind, *response));
                waiting.extend([*excluded, *chosen]);
            }
            Searched::Leaf(multipliers) => nodes.push(Node::Leaf(scaled.unscaled(multipliers))),
        }
    }
    nodes
}
