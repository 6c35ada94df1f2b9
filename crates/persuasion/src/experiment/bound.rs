//! An upper bound on the value of any experiment, from the multipliers at the leaves of a tree of
//! menus.
//!
//! A split of the tree fixes a type's action or rules it out. A leaf is left with sets `J_t` of
//! actions, and every menu belongs to one leaf. With multipliers `rho >= 0` at the leaf and
//! `s >= 0` of a floor on the user's value, let
//!
//! ```text
//! G_leaf(x) = sum_t max_{j in J_t} [ P_v[t][x][j] + s P_u[t][x][j]
//!                                    + sum_k rho^t_jk (P_u[t][x][j] - P_u[t][x][k]) ].
//! ```
//!
//! *Claim.* The value of an obedient scheme that leaves the user at least `floor` is at most
//! `sum_x max over leaves of G_leaf(x) - s floor`.
//!
//! *Proof.* Take a message with menu `f` and probabilities `q_x`. Obedience states that
//! `sum_x q_x (P_u[t][x][f(t)] - P_u[t][x][k]) >= 0` for all `t` and `k`. So the message's value to
//! the objective plus `s` times its value to the user is at most `sum_x q_x G_leaf(x)` for the leaf
//! of `f`, because the added terms are not negative and `f(t)` is in `J_t`. This is at most
//! `sum_x q_x max_leaf G_leaf(x)`. Over all messages, each `q_x` sums to one, and `s` times the
//! user's value is at least `s floor`. QED.
//!
//! The prices `lambda_x` of the restricted master and the pricing bound `delta` explain where the
//! multipliers come from. The search ends when every leaf has
//! `G_leaf(x) <= lambda_x + delta mass_x`, so the bound is at most
//! `sum_x lambda_x - s floor + delta`. The proof does not depend on that.

use suasion_certificate::Node;
use suasion_model::{Level, Matrix, TypedView};

/// The bound that a tree (in preorder, multipliers in true units) gives on a reduced objective, for
/// a floor on the user's reduced value. It is raised by the largest possible rounding error.
pub(crate) fn bound(view: &TypedView, objective: &[Matrix], tree: &[Node], floor: Option<(f64, f64)>) -> f64 {
    raised_by(view, objective, tree, floor, rounding)
}

/// The same bound without the allowance for rounding.
pub(crate) fn estimate(view: &TypedView, objective: &[Matrix], tree: &[Node], floor: Option<(f64, f64)>) -> f64 {
    raised_by(view, objective, tree, floor, |_, _| 0.0)
}

fn raised_by(
    view: &TypedView,
    objective: &[Matrix],
    tree: &[Node],
    floor: Option<(f64, f64)>,
    rounding: fn(usize, f64) -> f64,
) -> f64 {
    let (types, n, m) = (view.types(), view.observations(), view.actions());
    let (level, s) = floor.unwrap_or((0.0, 0.0));
    let mut most = vec![f64::NEG_INFINITY; n];
    let mut waiting = vec![vec![vec![true; m]; types]];
    let mut prices = vec![0.0; m];
    let mut sizes = vec![0.0; m];
    for node in tree {
        let Some(left) = waiting.pop() else { return f64::INFINITY };
        let multipliers = match node {
            &Node::Split(t, a) => {
                let (mut chosen, mut excluded) = (left.clone(), left);
                chosen[t].fill(false);
                chosen[t][a] = true;
                excluded[t][a] = false;
                waiting.extend([excluded, chosen]);
                continue;
            }
            Node::Leaf(multipliers) => multipliers,
        };
        if left.iter().any(|set| !set.contains(&true)) {
            // No menu belongs to this leaf.
            continue;
        }
        let operations = 3 * multipliers.len() + 4 * types + 4;
        for (x, most) in most.iter_mut().enumerate() {
            let (mut total, mut size) = (0.0, 0.0);
            for t in 0..types {
                let (own, worth) = (&view.reduced_user()[t], &objective[t]);
                for a in 0..m {
                    prices[a] = worth[(a, x)] + s * own[(a, x)];
                    sizes[a] = worth[(a, x)].abs() + (s * own[(a, x)]).abs();
                }
                for &(_, j, k, rho) in multipliers.iter().filter(|multiplier| multiplier.0 == t) {
                    prices[j] += rho * (own[(j, x)] - own[(k, x)]);
                    sizes[j] += rho * (own[(j, x)].abs() + own[(k, x)].abs());
                }
                // The price of an action far below the others may be less precise than theirs.
                let raised = |a: usize| prices[a] + rounding(operations, sizes[a]);
                let highest = (0..m).filter(|&a| left[t][a]).map(raised).fold(f64::NEG_INFINITY, f64::max);
                total += highest;
                size += highest.abs();
            }
            *most = most.max(total + rounding(operations, size));
        }
    }
    let size: f64 = most.iter().map(|value| value.abs()).sum::<f64>() + (s * level).abs();
    most.iter().sum::<f64>() - s * level + rounding(n + 2, size)
}

/// The largest error of this many roundings of terms whose absolute values sum to `size` (Higham
/// 2002, section 3.1).
pub(crate) fn rounding(operations: usize, size: f64) -> f64 {
    (operations + 4) as f64 * f64::EPSILON * size
}

/// The full bound, from its difference to a level.
pub(crate) fn raised(level: Level, bound: f64) -> f64 {
    level.plus(bound).next_up()
}
