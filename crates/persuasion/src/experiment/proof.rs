//! Converts the tree of a search to the tree that proves the bound of the original game. The tree
//! of a search is in scaled units and omits what presolve removed.
//!
//! A leaf of the tree may contain actions that are dominated for a type.
//!
//! *Strictly:* there is an action `b` with `P_u[b] - P_u[a] = d_x > 0` wherever the type has mass.
//! So a multiplier of `a` against `b` lowers the price of `a` arbitrarily far. A large enough
//! multiplier puts it below the others at every observation; then the leaf's `G` is that of the
//! game without `a`. *Weakly:* the search treated `a` as a copy of `b`. With the multipliers of the
//! copy, the price of `a` is that of the copy plus `P_v[a] - P_v[b]` minus some multiple of `d_x`.
//! Where `d_x` is zero, this is no more than the price of the copy. A multiplier of
//! `max (P_v[a] - P_v[b]) / d_x` against `b` takes care of the rest.

use crate::typed::{Dominated, TypedKernel, clear, difference};
use suasion_certificate::{Node, ResponseMultiplier};

/// The additional amount, relative to its size, by which a price is lowered to allow for rounding.
const MORE: f64 = 1e-10;

/// Converts a tree to true units. `slope` is the true multiplier of the floor.
pub(super) fn true_tree(kernel: &TypedKernel<'_>, tree: Vec<Node>, slope: f64) -> Vec<Node> {
    let pricing = Pricing { kernel, slope };
    let all = Left { columns: vec![vec![true; kernel.actions()]; kernel.types()], free: vec![true; kernel.types()] };
    let mut waiting = vec![all];
    let translated = |node: Node| {
        let Some(left) = waiting.pop() else { return node };
        match node {
            Node::Split(t, a) => {
                let (mut chosen, mut excluded) = (left.clone(), left);
                chosen.columns[t].fill(false);
                chosen.columns[t][a] = true;
                chosen.free[t] = false;
                excluded.columns[t][a] = false;
                waiting.extend([excluded, chosen]);
                Node::Split(t, kernel.actions[a])
            }
            Node::Leaf(multipliers) => Node::Leaf(pricing.leaf(&left, &multipliers)),
        }
    };
    tree.into_iter().map(translated).collect()
}

/// The actions that remain at a leaf.
#[derive(Clone)]
struct Left {
    /// The columns of each type, `[types][m]`.
    columns: Vec<Vec<bool>>,
    /// Whether a type may still take actions that have no column.
    free: Vec<bool>,
}

struct Pricing<'a> {
    kernel: &'a TypedKernel<'a>,
    slope: f64,
}

impl Pricing<'_> {
    /// The multipliers of a leaf.
    fn leaf(&self, left: &Left, multipliers: &[ResponseMultiplier]) -> Vec<ResponseMultiplier> {
        let k = self.kernel;
        // Use the columns' twins, whose multipliers the search computed.
        let own = |t: usize| {
            let known = multipliers.iter().filter(move |m| m.0 == t);
            known.map(move |&(t, j, other, rho)| (t, j, k.twins[t][other], rho * k.per_type(t)))
        };
        let mut found: Vec<ResponseMultiplier> = Vec::with_capacity(multipliers.len());
        for t in 0..k.types() {
            for (t, j, other, rho) in own(t).filter(|m| self.keeps(m.0, m.1) && m.1 != m.2) {
                found.push((t, k.actions[j], k.actions[other], rho.min(f64::MAX)));
            }
        }
        found.sort_unstable_by_key(|&(t, j, other, _)| (t, j, other));
        found.dedup_by(|next, first| {
            let same = (next.0, next.1, next.2) == (first.0, first.1, first.2);
            if same {
                first.3 += next.3;
            }
            same
        });
        if !k.dominated.is_empty() {
            let highest: Vec<Option<Vec<f64>>> =
                (0..k.types()).map(|t| self.highest(t, &left.columns[t], &own(t).collect::<Vec<_>>())).collect();
            for dominated in &k.dominated {
                let Dominated { kind, action, .. } = *dominated;
                let here = match k.actions.binary_search(&action) {
                    Ok(column) => left.columns[kind][column],
                    Err(_) => left.free[kind],
                };
                if here {
                    let rho =
                        if dominated.strictly { self.lowering(dominated, &highest) } else { self.copied(dominated) };
                    match found.iter_mut().find(|m| (m.0, m.1, m.2) == (kind, action, dominated.by)) {
                        Some(multiplier) => multiplier.3 += rho,
                        None => found.extend((rho > 0.0).then_some((kind, action, dominated.by, rho))),
                    }
                }
            }
        }
        found
    }

    /// Whether a column keeps its multipliers: it is not a copy, or it is a copy of an action that
    /// dominates it weakly.
    fn keeps(&self, t: usize, a: usize) -> bool {
        let k = self.kernel;
        k.takes(t, a) || k.dominated.iter().any(|d| d.kind == t && d.action == k.actions[a] && !d.strictly)
    }

    /// The multiplier against its dominating action that puts an action's price below that of its
    /// copy.
    fn copied(&self, dominated: &Dominated) -> f64 {
        let k = self.kernel;
        let &Dominated { kind, action, by, .. } = dominated;
        let (user, worth) = (&k.view.reduced_user()[kind], &k.worth[kind]);
        let rho = |x: usize| {
            let margin = clear(user[(by, x)], user[(action, x)]);
            let (own, other) = (worth[(action, x)], worth[(by, x)]);
            let above = own - other + MORE * (own.abs() + other.abs());
            if margin > 0.0 && above > 0.0 { above * (1.0 + MORE) / margin } else { 0.0 }
        };
        let met = (0..k.view.observations()).filter(|&x| k.view.mass()[(kind, x)] > 0.0);
        met.map(rho).fold(0.0, f64::max).min(f64::MAX)
    }

    /// The value of an action to the objective plus the floor's multiplier times its value to the
    /// user.
    fn worth(&self, t: usize, action: usize, x: usize) -> f64 {
        self.kernel.worth[t][(action, x)] + self.slope * self.kernel.view.reduced_user()[t][(action, x)]
    }

    /// The highest price, at every observation, of the remaining columns that a type takes. If none
    /// of these remain, the highest price of the copies. Returns `None` if there are no columns.
    fn highest(&self, t: usize, left: &[bool], multipliers: &[ResponseMultiplier]) -> Option<Vec<f64>> {
        let k = self.kernel;
        // The columns that the search knows best come first: not every leaf has multipliers of
        // copies.
        let of = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
            (0..k.actions()).filter(|&a| left[a] && wanted(a)).collect()
        };
        let ways = [of(&|a| k.takes(t, a)), of(&|a| self.keeps(t, a)), of(&|a| !k.is_beaten(t, a))];
        let columns = ways.into_iter().find(|columns| !columns.is_empty()).unwrap_or_default();
        let user = &k.view.reduced_user()[t];
        let price = |a: usize, x: usize| {
            let action = k.actions[k.twins[t][a]];
            let gains = multipliers.iter().filter(|m| m.1 == a);
            let gains = gains.map(|&(_, _, b, rho)| rho * difference(user[(action, x)], user[(k.actions[b], x)]));
            self.worth(t, action, x) + gains.sum::<f64>()
        };
        let highest = |x: usize| columns.iter().map(|&a| price(a, x)).fold(f64::NEG_INFINITY, f64::max);
        (!columns.is_empty()).then(|| (0..k.view.observations()).map(highest).collect())
    }

    /// The multiplier against its dominating action that puts an action's price below those of the
    /// others at a leaf. If there are no others, it puts the leaf below the one with everyone's
    /// best actions.
    fn lowering(&self, dominated: &Dominated, highest: &[Option<Vec<f64>>]) -> f64 {
        let (k, t) = (self.kernel, dominated.kind);
        let user = &k.view.reduced_user()[t];
        let mut rho: f64 = 0.0;
        for x in (0..k.view.observations()).filter(|&x| k.view.mass()[(t, x)] > 0.0) {
            let most = highest[t].as_ref().map_or_else(|| self.alone(t, x, highest), |highest| highest[x]);
            let worth = self.worth(t, dominated.action, x);
            let margin = clear(user[(dominated.by, x)], user[(dominated.action, x)]);
            let above = worth - most;
            if above > -MORE * (worth.abs() + most.abs()) && margin > 0.0 {
                rho = rho.max((above + MORE * (worth.abs() + most.abs())) * (1.0 + MORE) / margin);
            }
        }
        rho.min(f64::MAX)
    }

    /// The highest price that a type may have at a leaf where she has no columns.
    fn alone(&self, t: usize, x: usize, highest: &[Option<Vec<f64>>]) -> f64 {
        let k = self.kernel;
        let best = |t: usize| {
            let user = &k.view.reduced_user()[t];
            let best = (0..user.rows()).reduce(|best, a| if user[(a, x)] > user[(best, x)] { a } else { best });
            self.worth(t, best.unwrap_or(0), x)
        };
        let more = |other: usize| highest[other].as_ref().map_or(0.0, |highest| (highest[x] - best(other)).max(0.0));
        best(t) - (0..k.types()).filter(|&other| other != t).map(more).sum::<f64>()
    }
}
