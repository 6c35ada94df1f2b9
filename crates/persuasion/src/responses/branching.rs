//! Chooses the type to branch on, and bounds its children.
//!
//! *Problem.* A node of the search has sets of responses, and multipliers bound it. If one more
//! type plays one of its responses, what is the new bound? *Method.* The multipliers of the
//! undecided types stay fixed. Then the contribution of each of these types to the leader's payoff,
//! for each action, is that of its best response at prices. The rest is a program over mixtures
//! alone, with rows for the decided types. It is a step of coordinate descent on the Lagrangian
//! dual of the relaxation, as in strong branching (Applegate, Bixby, Chvatal & Cook, Documenta
//! Mathematica ICM III, 1998). The method branches on a type for which many responses are excluded
//! (branching on a type, with a child per response: Jain, Kiekintveld & Tambe, AAMAS 2011; Yin &
//! Tambe, AAMAS 2012). *Guarantee.* A child's multipliers are those of the node and of the program,
//! and bound it by weak duality.

use super::{Candidate, End, Mixture, Region, Responses, respond};
use crate::PersuadeError;
use suasion_certificate::ResponseMultiplier;
use suasion_lp::Settings;

/// Bounds this close to the best mixture do not exceed it.
const CLOSE: f64 = 1e-10;

/// A child of a node, in which a type plays a response.
pub(super) struct Child {
    pub response: usize,
    /// An upper bound on the value of its mixtures.
    pub bound: f64,
    pub multipliers: Vec<ResponseMultiplier>,
}

/// A node to branch on.
pub(super) struct Branching<'a> {
    game: &'a Responses,
    pub left: Vec<Vec<bool>>,
    pub multipliers: &'a [ResponseMultiplier],
    bound: f64,
    /// The decided types, with their responses.
    given: Vec<(usize, usize)>,
    /// The contribution of each type to the leader's payoff by action. For undecided types, it is
    /// at prices.
    worth: Vec<Vec<f64>>,
}

impl<'a> Branching<'a> {
    pub(super) fn new(
        game: &'a Responses,
        left: Vec<Vec<bool>>,
        multipliers: &'a [ResponseMultiplier],
        bound: f64,
    ) -> Self {
        let given: Vec<(usize, usize)> = left.iter().enumerate().filter_map(|(t, set)| Some((t, only(set)?))).collect();
        let worth = (0..left.len()).map(|t| worth(game, &left[t], multipliers, t)).collect();
        Self { game, left, multipliers, bound, given, worth }
    }

    /// The types with more than one response left.
    pub(super) fn undecided(&self) -> Vec<usize> {
        (0..self.left.len()).filter(|&t| only(&self.left[t]).is_none()).collect()
    }

    /// Excludes a response of a type.
    pub(super) fn exclude(&mut self, kind: usize, response: usize) {
        self.left[kind][response] = false;
        if let Some(only) = only(&self.left[kind]) {
            self.given.push((kind, only));
        }
        self.worth[kind] = worth(self.game, &self.left[kind], self.multipliers, kind);
    }

    /// The children of a branch on a type, and the mixtures found on the way.
    ///
    /// # Errors
    /// If a limit of `settings` is reached.
    pub(super) fn children(
        &self,
        kind: usize,
        best: f64,
        settings: &Settings,
    ) -> Result<(Vec<Child>, Vec<Candidate>), PersuadeError> {
        let (game, mut best) = (self.game, best);
        let others = |i: usize| (0..self.worth.len()).filter(|&t| t != kind).map(|t| self.worth[t][i]).sum::<f64>();
        let base: Vec<f64> = (0..game.rows()).map(|i| others(i) - game.prices[i]).collect();
        let (mut children, mut candidates) = (vec![], vec![]);
        let mut given = self.given.clone();
        let choice = |t: usize| t != kind && self.given.iter().all(|given| given.0 != t);
        let kept = self.multipliers.iter().filter(|(t, j, ..)| choice(*t) && self.left[*t][*j]);
        let kept: Vec<ResponseMultiplier> = kept.copied().collect();
        for response in (0..game.columns()).filter(|&j| self.left[kind][j]) {
            if let Some(stopped) = settings.stopped() {
                return Err(PersuadeError::Stopped(stopped));
            }
            given.push((kind, response));
            let costs = base.iter().enumerate().map(|(i, base)| base + game.leader[kind][(i, response)]);
            let mut mixture = Mixture::new(costs.collect());
            let end = mixture.run(Region { game, given: &given }, best + CLOSE, settings);
            given.pop();
            if end == End::Optimal {
                let candidate = respond(game, &mixture.strategy());
                if candidate.value > best {
                    best = candidate.value;
                    candidates.push(candidate);
                }
            }
            // An empty region has arbitrarily low bounds, whatever the other types do.
            let alone = end == End::Empty && mixture.flee(&self.most(kind, response), best + CLOSE);
            let mut multipliers = if alone { vec![] } else { kept.clone() };
            let own = mixture.multipliers();
            multipliers.extend(own.map(|(label, rho)| (label.kind, label.response, label.alternative, rho)));
            children.push(Child { response, bound: mixture.bound(), multipliers });
        }
        Ok((children, candidates))
    }

    /// The highest contribution of the types to the leader's payoff, by action, if a type plays a
    /// response.
    fn most(&self, kind: usize, response: usize) -> Vec<f64> {
        let of_type = |t: usize, i: usize| {
            let row = self.game.leader[t].row(i);
            if t == kind {
                return row[response];
            }
            let left = row.iter().zip(&self.left[t]).filter(|(_, left)| **left);
            left.fold(f64::NEG_INFINITY, |most, (worth, _)| most.max(*worth))
        };
        let of_action = |i: usize| (0..self.left.len()).map(|t| of_type(t, i)).sum::<f64>() - self.game.prices[i];
        (0..self.game.rows()).map(of_action).collect()
    }

    /// The amount of remaining work in these children. Less is better.
    pub(super) fn weight(&self, children: &[Child], best: f64) -> f64 {
        let gap = (self.bound - best).max(f64::MIN_POSITIVE);
        let left = |child: &Child| ((child.bound - best).min(gap).max(0.0) / gap).powi(2);
        children.iter().map(left).sum()
    }
}

/// The only remaining response, if there is only one.
fn only(set: &[bool]) -> Option<usize> {
    let mut left = set.iter().enumerate().filter(|(_, left)| **left);
    let first = left.next()?.0;
    left.next().is_none().then_some(first)
}

/// The contribution of a type to the leader's payoff by action, at prices.
fn worth(game: &Responses, set: &[bool], multipliers: &[ResponseMultiplier], kind: usize) -> Vec<f64> {
    let own: Vec<&ResponseMultiplier> = multipliers.iter().filter(|rho| rho.0 == kind).collect();
    let single = only(set).is_some();
    let of_action = |i: usize| {
        let mut prices = game.leader[kind].row(i).to_vec();
        let follower = game.follower[kind].row(i);
        if !single {
            for &&(_, j, k, rho) in &own {
                prices[j] += rho * (follower[j] - follower[k]);
            }
        }
        (0..prices.len()).filter(|&j| set[j]).map(|j| prices[j]).fold(f64::NEG_INFINITY, f64::max)
    };
    (0..game.rows()).map(of_action).collect()
}
