//! An upper bound on the program of a best conversation rule, by weak duality at the leaves of a
//! tree over its binary columns.

use super::program::ReplyProgram;
use crate::error::{Place, ProofError, check_finite, check_index};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::Sum;

/// A node of the tree. The tree is in preorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyNode {
    /// A binary column: it is 1 in the subtree that follows, and 0 in the subtree after that.
    Split(usize),
    /// The nonzero multipliers of rows, `(row, multiplier)`, in increasing order. The multiplier of
    /// a binding upper bound is positive, that of a binding lower bound is negative.
    Leaf(Vec<(usize, f64)>),
}

/// The bound of a tree on the agent's value under any rule. At a leaf, the objective is the sum of
/// multipliers times row activities, plus the sum of reduced costs times columns. Each activity is
/// within the bounds of its row, and each column is within its own bounds.
pub(crate) fn bound(program: &ReplyProgram, tree: &[ReplyNode]) -> Result<Sum, ProofError> {
    let mut most: Option<Sum> = None;
    let mut fixed: Vec<Option<bool>> = vec![None; program.columns.len()];
    let mut left = vec![Sum::new(); program.columns.len()];
    // What is still to be visited: a node, and the columns to be fixed and freed before it.
    let mut path: Vec<(usize, bool)> = Vec::new();
    for (k, node) in tree.iter().enumerate() {
        if k > 0 && path.is_empty() {
            return Err(ProofError::OvergrownTree(k));
        }
        match node {
            ReplyNode::Split(column) => {
                check_index(Place::item("node", k), "column", *column, program.columns.len())?;
                if !program.is_binary(*column) || fixed[*column].is_some() {
                    return Err(ProofError::OutOfOrder { place: Place::item("node", k) });
                }
                fixed[*column] = Some(true);
                path.push((*column, true));
            }
            ReplyNode::Leaf(multipliers) => {
                let here = leaf(program, multipliers, &fixed, &mut left)?;
                if most.as_ref().is_none_or(|most| crate::verdict::at_least(&here, most)) {
                    most = Some(here);
                }
                // Continue with the next subtree that was not visited.
                while let Some((column, first)) = path.pop() {
                    if first {
                        fixed[column] = Some(false);
                        path.push((column, false));
                        break;
                    }
                    fixed[column] = None;
                }
            }
        }
    }
    if !path.is_empty() {
        return Err(ProofError::UnfinishedTree);
    }
    most.ok_or(ProofError::Empty("nodes of the tree"))
}

fn leaf(
    program: &ReplyProgram,
    multipliers: &[(usize, f64)],
    fixed: &[Option<bool>],
    left: &mut [Sum],
) -> Result<Sum, ProofError> {
    for (sum, cost) in left.iter_mut().zip(&program.costs) {
        sum.clear();
        for &[mass, utility] in &program.terms[cost.clone()] {
            sum.add([mass, utility]);
        }
    }
    let mut total = Sum::new();
    for (k, &(row, multiplier)) in multipliers.iter().enumerate() {
        let place = Place::item("multiplier", k);
        check_index(place, "row", row, program.rows.len())?;
        check_finite(place, multiplier)?;
        if k > 0 && multipliers[k - 1].0 >= row {
            return Err(ProofError::OutOfOrder { place });
        }
        let bounds = &program.rows[row];
        let side = if multiplier > 0.0 { bounds.upper } else { bounds.lower };
        if multiplier != 0.0 && !side.is_finite() {
            let expected = if multiplier > 0.0 { "a number of at most 0" } else { "a number of at least 0" };
            return Err(ProofError::BadNumber { place, value: multiplier, expected });
        }
        if multiplier != 0.0 {
            total.add([multiplier, side]);
            for (column, terms) in &program.entries[bounds.entries.clone()] {
                for &[mass, utility] in &program.terms[terms.clone()] {
                    left[*column].subtract([multiplier, mass, utility]);
                }
            }
        }
    }
    for (column, sum) in left.iter_mut().enumerate() {
        let (lower, upper) = match fixed[column] {
            Some(true) => (1.0, 1.0),
            Some(false) => (0.0, 0.0),
            None => (0.0, program.upper[column]),
        };
        let side = if sum.sign() == Ordering::Greater { upper } else { lower };
        if side == 1.0 {
            total.add_sum(sum);
        } else if side != 0.0 {
            // Columns with other bounds are values. Their reduced cost is a rounding error, so the
            // nearest number away from zero suffices.
            let rounded = sum.round().next_up();
            if !rounded.is_finite() {
                return Err(ProofError::Overflow(Place::item("what is left of column", column)));
            }
            total.add([rounded, side]);
        }
    }
    Ok(total)
}
