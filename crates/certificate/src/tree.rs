//! A tree that divides the profiles of responses of several types, with multipliers at its leaves.

use crate::error::{Place, ProofError, check_index, check_nonnegative};
use serde::{Deserialize, Serialize};

/// A multiplier at a leaf: `(type, response, alternative, value)`.
pub type ResponseMultiplier = (usize, usize, usize, f64);

/// A node of the tree. The tree is in preorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Node {
    /// `(type, response)`: in the subtree that follows, the type plays the response. In the subtree
    /// after that, it does not.
    Split(usize, usize),
    /// The nonzero multipliers, in increasing order.
    Leaf(Vec<ResponseMultiplier>),
}

/// Sorts the multipliers of every leaf, and removes zeros.
pub(crate) fn sort_multipliers(tree: &mut [Node]) {
    for node in tree {
        if let Node::Leaf(multipliers) = node {
            multipliers.retain(|multiplier| multiplier.3 != 0.0);
            multipliers.sort_by_key(|&(kind, response, alternative, _)| (kind, response, alternative));
        }
    }
}

/// Calls `visit(left, multipliers)` for every leaf that contains profiles of responses:
/// `left[t][j]` tells whether type `t` may respond with `j`. Every profile belongs to one leaf.
pub(crate) fn visit_leaves(
    tree: &[Node],
    types: usize,
    actions: usize,
    mut visit: impl FnMut(&[Vec<bool>], &[ResponseMultiplier]),
) -> Result<(), ProofError> {
    // The sets of the subtrees that are still to come.
    let mut waiting = vec![vec![vec![true; actions]; types]];
    for (k, node) in tree.iter().enumerate() {
        let left = waiting.pop().ok_or(ProofError::OvergrownTree(k))?;
        match node {
            &Node::Split(kind, response) => {
                let place = Place::item("tree node", k);
                check_index(place, "follower type", kind, types)?;
                check_index(place, "action", response, actions)?;
                if !left[kind][response] {
                    return Err(ProofError::BadBranch { node: k, follower: kind });
                }
                let (mut chosen, mut excluded) = (left.clone(), left);
                chosen[kind].fill(false);
                chosen[kind][response] = true;
                excluded[kind][response] = false;
                waiting.push(excluded);
                waiting.push(chosen);
            }
            Node::Leaf(multipliers) => {
                check_multipliers(multipliers, k, types, actions)?;
                if left.iter().all(|set| set.contains(&true)) {
                    visit(&left, multipliers);
                }
            }
        }
    }
    if waiting.is_empty() { Ok(()) } else { Err(ProofError::UnfinishedTree) }
}

fn check_multipliers(
    multipliers: &[ResponseMultiplier],
    node: usize,
    types: usize,
    actions: usize,
) -> Result<(), ProofError> {
    let place = Place::item("a multiplier of tree node", node);
    for (k, &(kind, response, alternative, value)) in multipliers.iter().enumerate() {
        check_index(place, "follower type", kind, types)?;
        check_index(place, "action", response, actions)?;
        check_index(place, "action", alternative, actions)?;
        check_nonnegative(place, value)?;
        if response == alternative {
            return Err(ProofError::SelfComparison { place, index: response });
        }
        if k > 0 {
            let (before, now) = (multipliers[k - 1], multipliers[k]);
            if (before.0, before.1, before.2) >= (now.0, now.1, now.2) {
                return Err(ProofError::OutOfOrder { place });
            }
        }
    }
    Ok(())
}

/// The multipliers of a type, from multipliers in order.
pub(crate) fn of_type(multipliers: &[ResponseMultiplier], kind: usize) -> &[ResponseMultiplier] {
    let from = multipliers.partition_point(|multiplier| multiplier.0 < kind);
    let to = multipliers.partition_point(|multiplier| multiplier.0 <= kind);
    &multipliers[from..to]
}

/// The multipliers of a response, from those of a type.
pub(crate) fn of_response(multipliers: &[ResponseMultiplier], response: usize) -> &[ResponseMultiplier] {
    let from = multipliers.partition_point(|multiplier| multiplier.1 < response);
    let to = multipliers.partition_point(|multiplier| multiplier.1 <= response);
    &multipliers[from..to]
}
