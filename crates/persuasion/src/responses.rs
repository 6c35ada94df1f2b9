//! A leader's optimal mixture against followers of several types with best responses, by branch and
//! bound.
//!
//! *Problem.* `max sum_i x_i [ sum_t L_t[i][f(t)] - c_i ]` over mixtures `x` and best responses
//! `f(t)` of every type `t` (ties in the leader's favor). A mixture is a commitment (Conitzer &
//! Sandholm, EC 2006), or a posterior at which the prices `c` of states are paid, which is the
//! pricing problem of optimal experiments. *Method.* The relaxation at a node recommends a response
//! to each type, `z^t_ij >= 0` with `sum_j z^t_ij = x_i` and obedience for every recommended `j`.
//! It is exact with one type. It is slow compared with programs over mixtures alone, so such
//! programs exclude as many responses as they can before and after (`branching`). They also choose
//! the type to branch on, with a child for each of its responses. *Guarantee:* the multipliers of
//! every leaf bound it by weak duality.

mod branching;
mod mixture;
mod region;
mod relaxation;

use crate::PersuadeError;
use branching::{Branching, Child};
use relaxation::Relaxed;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::rc::Rc;
use suasion_certificate::{Node, ResponseMultiplier};
use suasion_lp::{Basis, Settings, Stopped};
use suasion_model::Matrix;

pub(crate) use mixture::{End, Mixture, Region};
pub(crate) use region::{Candidate, Regions, listed, pure, repaired, respond};
pub(crate) use relaxation::Relaxation;
use relaxation::row_factor;

/// A leaf this close to the best mixture is not searched further. Utilities are within about
/// `[0, 1]`.
pub(crate) const CLOSE: f64 = 1e-9;

/// The maximum number of times that a node is probed. Probing stops when it excludes nothing.
const PASSES: usize = 4;

/// A game between a leader and followers, with utilities of size one.
#[derive(Clone)]
pub(crate) struct Responses {
    /// `L_t`, one matrix per type, `leader x follower`.
    pub leader: Vec<Matrix>,
    /// The types' utilities, one matrix per type, `leader x follower`.
    pub follower: Vec<Matrix>,
    /// The prices `c`, `[leader]`.
    pub prices: Vec<f64>,
}

impl Responses {
    pub(crate) fn rows(&self) -> usize {
        self.prices.len()
    }

    pub(crate) fn columns(&self) -> usize {
        self.leader.first().map_or(0, Matrix::columns)
    }

    pub(crate) fn types(&self) -> usize {
        self.leader.len()
    }

    /// The value of a mixture if the types give these responses, minus the prices.
    pub(crate) fn worth(&self, strategy: &[f64], responses: &[usize]) -> f64 {
        let worth = |i: usize| {
            let payoffs = self.leader.iter().zip(responses).map(|(leader, &j)| leader[(i, j)]);
            payoffs.sum::<f64>() - self.prices[i]
        };
        strategy.iter().enumerate().filter(|(_, x)| **x > 0.0).map(|(i, x)| x * worth(i)).sum()
    }
}

/// An open node: it waits to be solved or to be branched on.
struct Open {
    /// An upper bound on the value of its mixtures, scaled.
    bound: f64,
    index: usize,
    /// The responses that each type may have.
    left: Vec<Vec<bool>>,
    state: State,
}

/// The state of an open node.
enum State {
    /// The basis of its parent's relaxation.
    Waiting(Option<Rc<Basis>>),
    Solved(Relaxed),
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

/// The result of probing a node.
enum Probed {
    /// Nothing is left.
    Closed,
    /// One response profile is left.
    Single,
    /// A type to branch on is left.
    Choice(Choice),
}

/// A type to branch on.
struct Choice {
    /// The amount of remaining work.
    weight: f64,
    kind: usize,
    children: Vec<Child>,
}

/// A search: its working data and its results.
struct Search<'a> {
    game: &'a Responses,
    relaxation: &'a mut Relaxation,
    regions: &'a mut Regions,
    settings: &'a Settings,
    best: Candidate,
    tree: Vec<Searched>,
    open: BinaryHeap<Open>,
    nodes: usize,
}

/// The result of a search.
pub(crate) struct Found {
    /// The best mixture, or the initial one.
    pub best: Candidate,
    /// A tree whose leaves have multipliers in scaled units, in preorder.
    pub tree: Vec<Node>,
    /// The number of nodes solved.
    pub nodes: usize,
    /// The limit that stopped the search early, if any. The tree may then not prove that the best
    /// mixture is optimal.
    pub stopped: Option<Stopped>,
}

/// Searches for a mixture with a higher value than `best` among response profiles of the responses
/// that are `left` to each type. Ends as soon as a value exceeds `target`. The relaxation is one of
/// this game, except for the leader's utilities and the prices, which are set here.
///
/// # Errors
/// If the solver fails. Stopping at a limit of `settings` is not an error.
pub(crate) fn search_among(
    game: &Responses,
    left: Vec<Vec<bool>>,
    relaxation: &mut Relaxation,
    regions: &mut Regions,
    best: Candidate,
    target: f64,
    settings: &Settings,
) -> Result<Found, PersuadeError> {
    relaxation.reprice(game)?;
    let tree = vec![Searched::Leaf(vec![])];
    let open = BinaryHeap::new();
    let mut search = Search { game, relaxation, regions, settings, best, tree, open, nodes: 0 };
    let stopped = match search.run(left, target) {
        Ok(()) => None,
        Err(PersuadeError::Stopped(stopped)) => Some(stopped),
        Err(other) => return Err(other),
    };
    Ok(Found { tree: preorder(&search.tree), best: search.best, nodes: search.nodes, stopped })
}

impl Search<'_> {
    fn run(&mut self, left: Vec<Vec<bool>>, target: f64) -> Result<(), PersuadeError> {
        self.solve(0, left, None)?;
        while let Some(node) = self.open.pop() {
            if node.bound <= self.best.value + CLOSE || self.best.value > target {
                // Nodes are ordered best first, so the rest is no better; or the value is good
                // enough.
                return Ok(());
            }
            match node.state {
                State::Waiting(start) => {
                    let Searched::Leaf(multipliers) = &self.tree[node.index] else { continue };
                    let multipliers = multipliers.clone();
                    let mut branching = Branching::new(self.game, node.left, &multipliers, node.bound);
                    let (place, probed) = self.probe(node.index, &mut branching)?;
                    if !matches!(probed, Probed::Closed) {
                        self.solve(place, branching.left, start.as_deref())?;
                    }
                }
                State::Solved(relaxed) => self.divide(node.index, node.left, relaxed)?,
            }
            if self.settings.verbose && self.nodes.is_multiple_of(100) {
                eprintln!("{} nodes: best {:.9}, bound {:.9}", self.nodes, self.best.value, node.bound);
            }
        }
        Ok(())
    }

    fn stopped(&self) -> Result<(), PersuadeError> {
        if let Some(stopped) = self.settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        if self.settings.nodes.is_some_and(|most| self.nodes >= most) {
            return Err(PersuadeError::Stopped(Stopped::NodeLimit));
        }
        Ok(())
    }

    /// Solves a node. It becomes a leaf, and waits if it may contain a better mixture.
    fn solve(&mut self, index: usize, left: Vec<Vec<bool>>, start: Option<&Basis>) -> Result<(), PersuadeError> {
        self.stopped()?;
        self.nodes += 1;
        if left.iter().any(|set| !set.contains(&true)) {
            self.tree[index] = Searched::Leaf(vec![]);
            return Ok(());
        }
        let relaxed = self.relaxation.solve(self.game, &left, self.best.value, start)?;
        self.tree[index] = Searched::Leaf(relaxed.multipliers.clone());
        self.consider(respond(self.game, &relaxed.strategy));
        if relaxed.bound > self.best.value + CLOSE {
            let responses = relaxed.responses();
            if let Some(candidate) = self.regions.best(self.game, &responses)? {
                self.consider(candidate);
            }
        }
        if relaxed.bound > self.best.value + CLOSE && !is_single(&left) {
            self.open.push(Open { bound: relaxed.bound, index, left, state: State::Solved(relaxed) });
        }
        Ok(())
    }

    fn consider(&mut self, candidate: Candidate) {
        if candidate.value > self.best.value {
            self.best = candidate;
        }
    }

    /// Excludes responses that cannot improve the best mixture, type by type, at the multipliers of
    /// a node or of its parent (probing: Savelsbergh, ORSA Journal on Computing 6, 1994). Returns
    /// the index of the remaining node in the tree, and its state.
    fn probe(&mut self, index: usize, branching: &mut Branching) -> Result<(usize, Probed), PersuadeError> {
        let mut place = index;
        let probed = self.exclude(&mut place, branching);
        // Until the remaining node is solved, the bound of the original node applies to it.
        if place != index && !matches!(probed, Ok(Probed::Closed)) {
            self.tree[place] = Searched::Leaf(branching.multipliers.to_vec());
        }
        Ok((place, probed?))
    }

    /// The exclusions of [`Self::probe`]. They move the index of the remaining node.
    fn exclude(&mut self, place: &mut usize, branching: &mut Branching) -> Result<Probed, PersuadeError> {
        for pass in 1.. {
            let mut chosen: Option<Choice> = None;
            let mut excluded = false;
            for kind in branching.undecided() {
                let (children, candidates) = branching.children(kind, self.best.value, self.settings)?;
                candidates.into_iter().for_each(|candidate| self.consider(candidate));
                let enough = self.best.value + CLOSE;
                let weight = branching.weight(&children, self.best.value);
                let (open, closed): (Vec<Child>, Vec<Child>) =
                    children.into_iter().partition(|child| child.bound > enough);
                excluded |= !closed.is_empty();
                let last = closed.len();
                for (c, child) in closed.into_iter().enumerate() {
                    if open.is_empty() && c + 1 == last {
                        self.tree[*place] = Searched::Leaf(child.multipliers);
                        return Ok(Probed::Closed);
                    }
                    *place = self.split(*place, kind, child.response, child.multipliers).1;
                    branching.exclude(kind, child.response);
                }
                if open.len() > 1 && chosen.as_ref().is_none_or(|chosen| weight < chosen.weight) {
                    chosen = Some(Choice { weight, kind, children: open });
                }
            }
            if !excluded || pass == PASSES {
                return Ok(chosen.map_or(Probed::Single, Probed::Choice));
            }
        }
        Ok(Probed::Single)
    }

    /// Branches on a type: a child for each of its responses. Children that may contain a better
    /// mixture wait to be solved.
    fn divide(&mut self, index: usize, left: Vec<Vec<bool>>, relaxed: Relaxed) -> Result<(), PersuadeError> {
        let mut branching = Branching::new(self.game, left, &relaxed.multipliers, relaxed.bound);
        let (mut place, probed) = self.probe(index, &mut branching)?;
        let left = branching.left;
        let start = relaxed.basis.map(Rc::new);
        let (kind, children) = match probed {
            Probed::Closed => return Ok(()),
            Probed::Single => {
                self.open.push(Open { bound: relaxed.bound, index: place, left, state: State::Waiting(start) });
                return Ok(());
            }
            Probed::Choice(Choice { kind, children, .. }) => (kind, children),
        };
        let last = children.len() - 1;
        for (c, child) in children.into_iter().enumerate() {
            let leaf = if c == last {
                self.tree[place] = Searched::Leaf(child.multipliers);
                place
            } else {
                let (chosen, excluded) = self.split(place, kind, child.response, child.multipliers);
                place = excluded;
                chosen
            };
            if child.bound > self.best.value + CLOSE {
                let mut left = left.clone();
                left[kind].fill(false);
                left[kind][child.response] = true;
                let bound = child.bound.min(relaxed.bound);
                self.open.push(Open { bound, index: leaf, left, state: State::Waiting(start.clone()) });
            }
        }
        Ok(())
    }

    /// Splits a node. In one child, the type plays the response; this is a leaf with these
    /// multipliers. In the other child, it does not.
    fn split(
        &mut self,
        place: usize,
        kind: usize,
        response: usize,
        multipliers: Vec<ResponseMultiplier>,
    ) -> (usize, usize) {
        let (chosen, excluded) = (self.tree.len(), self.tree.len() + 1);
        self.tree.extend([Searched::Leaf(multipliers), Searched::Leaf(vec![])]);
        self.tree[place] = Searched::Split { kind, response, chosen, excluded };
        (chosen, excluded)
    }
}

/// Whether each type has a single response.
fn is_single(left: &[Vec<bool>]) -> bool {
    left.iter().all(|set| set.iter().filter(|left| **left).count() == 1)
}

/// The tree in the form of a certificate.
fn preorder(tree: &[Searched]) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(tree.len());
    let mut waiting = vec![0];
    while let Some(index) = waiting.pop() {
        match &tree[index] {
            Searched::Split { kind, response, chosen, excluded } => {
                nodes.push(Node::Split(*kind, *response));
                waiting.extend([*excluded, *chosen]);
            }
            Searched::Leaf(multipliers) => nodes.push(Node::Leaf(multipliers.clone())),
        }
    }
    nodes
}

/// Multiplies the multipliers of a tree's leaves by the `factor` of their type.
pub(crate) fn rescale(tree: &mut [Node], factor: impl Fn(usize) -> f64) {
    for node in tree {
        if let Node::Leaf(multipliers) = node {
            for multiplier in multipliers.iter_mut() {
                multiplier.3 *= factor(multiplier.0);
            }
        }
    }
}
