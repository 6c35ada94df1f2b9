//! The relevant part of a game, in numbers of size one.
//!
//! For each type, responses that another one beats against every action of the leader are never
//! given. Functions of the leader's action alone do not matter. Nor does a type whose responses are
//! equivalent for the leader. The multipliers of the omitted responses are computed at the end: a
//! large enough multiplier prices out a response that another one beats everywhere.

use crate::responses::Responses;
use suasion_certificate::{Node, ResponseMultiplier, StackelbergProof};
use suasion_model::{FollowerType, Matrix, StackelbergGame};

/// A game and its relevant part.
pub(super) struct Reduced<'a> {
    pub game: &'a StackelbergGame,
    /// For each type, the responses that it may give, in order.
    pub kept: Vec<Vec<usize>>,
    /// The other responses, each with one that beats it everywhere.
    dropped: Vec<Vec<(usize, usize)>>,
    /// Whether the response of a type matters to the leader.
    pub matters: Vec<bool>,
}

/// A game in the units in which it is solved, with only the types that matter.
pub(super) struct Scaled {
    pub responses: Responses,
    /// The types that matter.
    pub types: Vec<usize>,
    /// The responses that they may give.
    pub left: Vec<Vec<bool>>,
    leader_unit: f64,
    follower_units: Vec<f64>,
}

impl Scaled {
    /// The factor from scaled to true multipliers of a type.
    pub(super) fn factor(&self, t: usize) -> f64 {
        self.leader_unit / self.follower_units[t]
    }
}

/// Each response that another one beats everywhere, with that other response.
fn beaten(follower: &Matrix) -> Vec<(usize, usize)> {
    let rows = || (0..follower.rows()).map(|i| follower.row(i));
    let beats = |b: usize, a: usize| rows().all(|row| row[b] > row[a]);
    let columns = follower.columns();
    let mut found = Vec::new();
    // A response that beats it may be beaten in turn, by one that beats both. Chains end at a
    // response that is kept.
    let beater = |a: usize| (0..columns).find(|&b| beats(b, a));
    for a in 0..columns {
        let Some(mut by) = beater(a) else { continue };
        while let Some(next) = beater(by) {
            by = next;
        }
        found.push((a, by));
    }
    found
}

impl<'a> Reduced<'a> {
    pub(super) fn new(game: &'a StackelbergGame) -> Self {
        let columns = game.follower_actions.len();
        let dropped: Vec<Vec<(usize, usize)>> = game.types.iter().map(|kind| beaten(&kind.follower)).collect();
        let kept: Vec<Vec<usize>> = dropped
            .iter()
            .map(|dropped| (0..columns).filter(|j| dropped.iter().all(|(other, _)| other != j)).collect())
            .collect();
        let cares = |(kind, kept): (&FollowerType, &Vec<usize>)| {
            let varies = |i: usize| kept.iter().any(|&j| kind.leader[(i, j)] != kind.leader[(i, kept[0])]);
            kind.probability > 0.0 && (0..kind.leader.rows()).any(varies)
        };
        let matters = game.types.iter().zip(&kept).map(cares).collect();
        Self { game, kept, dropped, matters }
    }

    /// Whether a type may give each of its responses.
    fn is_kept(&self, t: usize) -> Vec<bool> {
        let mut kept = vec![false; self.game.follower_actions.len()];
        self.kept[t].iter().for_each(|&j| kept[j] = true);
        kept
    }

    /// The game in numbers of size one. Returns `None` if floating point finds nothing at stake in
    /// it.
    pub(super) fn scaled(&self) -> Option<Scaled> {
        let types: Vec<usize> = (0..self.game.types.len()).filter(|&t| self.matters[t]).collect();
        let (rows, columns) = (self.game.leader_actions.len(), self.game.follower_actions.len());
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::NEG_INFINITY, f64::max);
        let mut leader = Vec::with_capacity(types.len());
        let mut prices = vec![0.0; rows];
        for (t, kind) in self.game.types.iter().enumerate() {
            let (kept, is_kept) = (&self.kept[t], self.is_kept(t));
            let of = |i: usize| kept.iter().map(move |&j| kind.leader[(i, j)]);
            let low = least(&mut (0..rows).flat_map(of));
            if self.matters[t] {
                let worth = |i: usize, j: usize| {
                    if is_kept[j] { kind.probability * (kind.leader[(i, j)] - low) } else { 0.0 }
                };
                leader.push(Matrix::from_fn(rows, columns, worth));
            } else {
                for (i, price) in prices.iter_mut().enumerate() {
                    *price -= kind.probability * (kind.leader[(i, kept[0])] - low);
                }
            }
        }
        let total =
            |i: usize| leader.iter().map(|worth| most(&mut worth.row(i).iter().copied())).sum::<f64>() - prices[i];
        let leader_unit = most(&mut (0..rows).map(total));
        let mut follower = Vec::with_capacity(types.len());
        let mut follower_units = Vec::with_capacity(types.len());
        for &t in &types {
            let (kept, is_kept, kind) = (&self.kept[t], self.is_kept(t), &self.game.types[t]);
            let best: Vec<f64> = (0..rows).map(|i| most(&mut kept.iter().map(|&j| kind.follower[(i, j)]))).collect();
            let below = |i: usize, j: usize| kind.follower[(i, j)] - best[i];
            let unit = most(&mut (0..rows).flat_map(|i| kept.iter().map(move |&j| -below(i, j))));
            let unit = if unit > 0.0 { unit } else { 1.0 };
            follower.push(Matrix::from_fn(rows, columns, |i, j| {
                // Omitted responses are bad enough to make no difference.
                if is_kept[j] { below(i, j) / unit } else { -2.0 }
            }));
            follower_units.push(unit);
        }
        // Multipliers between the two units must exist.
        let usable = |unit: &f64| unit.is_finite() && (1e-250..1e250).contains(&(leader_unit / unit));
        if types.is_empty() || !(leader_unit > 0.0 && leader_unit.is_finite()) || !follower_units.iter().all(usable) {
            return None;
        }
        for price in &mut prices {
            *price /= leader_unit;
        }
        let by_unit = |worth: &Matrix| Matrix::from_fn(rows, columns, |i, j| worth[(i, j)] / leader_unit);
        let left = types.iter().map(|&t| (0..columns).map(|j| self.kept[t].contains(&j)).collect()).collect();
        let leader = leader.iter().map(by_unit).collect();
        Some(Scaled { responses: Responses { leader, follower, prices }, types, left, leader_unit, follower_units })
    }

    /// The types' approximate best responses to a strategy.
    pub(super) fn answers(&self, strategy: &[(usize, f64)]) -> Vec<usize> {
        let worth = |utility: &Matrix, j: usize| strategy.iter().map(|&(i, x)| x * utility[(i, j)]).sum::<f64>();
        let answer = |(kind, kept): (&FollowerType, &Vec<usize>)| {
            let worths = kept.iter().map(|&j| (worth(&kind.follower, j), j));
            worths.reduce(|best, next| if next.0 > best.0 { next } else { best }).map_or(0, |best| best.1)
        };
        self.game.types.iter().zip(&self.kept).map(answer).collect()
    }

    /// Converts a tree of the types that matter to one of all types, with multipliers for the
    /// omitted responses.
    pub(super) fn translated(&self, tree: &[Node], types: &[usize]) -> Vec<Node> {
        let mut waiting = vec![(self.kept.clone(), vec![true; self.kept.len()])];
        let mut nodes = Vec::with_capacity(tree.len());
        for node in tree {
            let Some((mut kept, mut whole)) = waiting.pop() else { break };
            nodes.push(match node {
                &Node::Split(t, response) => {
                    let t = types[t];
                    let mut excluded = kept.clone();
                    excluded[t].retain(|&j| j != response);
                    waiting.push((excluded, whole.clone()));
                    kept[t].retain(|&j| j == response);
                    whole[t] = false;
                    waiting.push((kept, whole));
                    Node::Split(t, response)
                }
                Node::Leaf(multipliers) => {
                    let mut all = multipliers.iter().map(|&(t, j, k, rho)| (types[t], j, k, rho)).collect();
                    self.price_out(&kept, &whole, &mut all);
                    Node::Leaf(all)
                }
            });
        }
        nodes
    }

    /// The possible rounding error of a proof if nothing else is at stake: a few roundings of the
    /// leader's stakes where it has mass, over responses that are best somewhere.
    pub(super) fn rounding(&self, proof: &StackelbergProof) -> f64 {
        let mut sum = 0.0;
        for ((kind, kept), &response) in self.game.types.iter().zip(&self.kept).zip(&proof.responses) {
            let best = |i: usize| {
                let row = kind.follower.row(i);
                kept.iter().copied().reduce(|best, j| if row[j] > row[best] { j } else { best }).unwrap_or(0)
            };
            let mut given: Vec<usize> = (0..kind.leader.rows()).map(best).chain([response]).collect();
            given.sort_unstable();
            given.dedup();
            for &(i, x) in &proof.strategy {
                let worths = given.iter().map(|&j| kind.leader[(i, j)]);
                let (low, high) =
                    worths.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), u| (f64::min(l, u), f64::max(h, u)));
                sum += kind.probability * (x * (high - low));
            }
        }
        4.0 * f64::EPSILON * sum
    }

    /// The number of entries of a profile's program.
    pub(super) fn size(&self) -> usize {
        let alternatives = self.kept.iter().zip(&self.matters).filter(|(_, matters)| **matters);
        self.game.leader_actions.len() * alternatives.map(|(kept, _)| kept.len() - 1).sum::<usize>()
    }

    /// The multipliers that price out the omitted responses at a leaf with these multipliers.
    /// `sets[t]` are the other responses of the leaf, and `whole[t]` states whether the omitted
    /// ones remain.
    pub(super) fn price_out(&self, sets: &[Vec<usize>], whole: &[bool], multipliers: &mut Vec<ResponseMultiplier>) {
        let mut found = Vec::new();
        for (t, kind) in self.game.types.iter().enumerate() {
            if self.dropped[t].is_empty() || !whole[t] {
                continue;
            }
            let mut own: Vec<Vec<(usize, f64)>> = vec![vec![]; kind.follower.columns()];
            for &(_, response, k, rho) in multipliers.iter().filter(|multiplier| multiplier.0 == t) {
                own[response].push((k, rho));
            }
            let reached: Vec<(f64, f64)> = (0..kind.leader.rows())
                .map(|i| {
                    let row = kind.follower.row(i);
                    let priced = sets[t].iter().map(|&j| {
                        let worth = kind.probability * kind.leader[(i, j)];
                        own[j].iter().fold((worth, worth.abs()), |(price, magnitude), &(k, rho)| {
                            let term = rho * (row[j] - row[k]);
                            (price + term, magnitude + term.abs())
                        })
                    });
                    priced.reduce(|best, next| if next.0 > best.0 { next } else { best }).unwrap_or((0.0, 0.0))
                })
                .collect();
            for &(a, by) in &self.dropped[t] {
                let needed = (0..reached.len()).map(|i| {
                    let ((price, magnitude), worth) = (reached[i], kind.probability * kind.leader[(i, a)]);
                    let excess = worth - price + 1e-9 * (magnitude + worth.abs());
                    if excess > 0.0 { excess / (kind.follower[(i, by)] - kind.follower[(i, a)]) } else { 0.0 }
                });
                let most = needed.fold(0.0, f64::max);
                // Rounded up to a power of two.
                let rho = 2.0_f64.powf(most.log2().ceil());
                if most > 0.0 && rho.is_finite() {
                    found.push((t, a, by, rho.max(most)));
                }
            }
        }
        multipliers.extend(found);
    }
}
