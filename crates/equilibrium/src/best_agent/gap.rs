//! The gap between the sum of the agents' frontiers and the frontier of their sum.
//!
//! Outcomes `pi` with `u(pi) = v` have `U_i(pi) <= V_i(v)`, so `sum_i U_i(pi) = sum_i V_i(v)` iff
//! `U_i(pi) = V_i(v)` for every `i`. Hence `v` is the user's value in an equilibrium iff the
//! frontier `V` of the sum meets the sum of the frontiers: iff `D(v) = sum_i V_i(v) - V(v)` is
//! zero. `D` is never negative and is piecewise linear. (Frontiers are of schemes that give the
//! user *at least* `v`. If all of them are flat, this does not determine `v` itself, and the lower
//! end of the set requires its own program.)
//!
//! Frontiers are computed only where they are needed. A few vertices of the agents' frontiers bound
//! the first sum from below, and a few lines bound the second from above. Where the first exceeds
//! the second there is no equilibrium. Everywhere else frontiers are settled, one edge after
//! another, so that `D` is known exactly.

use super::{ALLOWED, FrontierOf, Known, ROUNDED};
use crate::EquilibriumError;
use rayon::prelude::*;
use suasion_persuasion::{FrontierSearch, PersuadeError, Sender};

/// A range of user values on which all frontiers are settled and linear, and `D` at its two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settled {
    pub from: f64,
    pub to: f64,
    pub gap_from: f64,
    pub gap_to: f64,
}

impl<S: Sender> Known<'_, '_, S> {
    /// The largest `D` that counts as zero, if the value of a frontier may have an error of
    /// `error`.
    pub(super) fn zero(&self, error: f64) -> f64 {
        (error * (1 + self.agents()) as f64).min(ALLOWED)
    }

    /// The ranges of user values on which `D` may be at most `threshold`, from the lowest vertex of
    /// all upward, in increasing order.
    pub(super) fn settle(&mut self, threshold: f64) -> Result<Vec<Settled>, EquilibriumError> {
        if self.precise {
            return Ok(self.pieces());
        }
        let mut settled: Vec<Settled> = Vec::new();
        let (full, apart) = (self.full(), self.same());
        while let Some((v, left, right)) = self.unsettled(threshold, &settled, apart) {
            // Try the frontier of the sum first: its line may suffice.
            if self.settle_sum(v)? && self.gap(v) > threshold {
                continue;
            }
            let edges = self.settle_all(v)?;
            let (from, to) =
                edges.iter().fold((f64::NEG_INFINITY, full), |(from, to), edge| (from.max(edge.0), to.min(edge.1)));
            let (mut from, mut to) = (from.max(self.lowest()), to);
            // If roundings make an edge too narrow to identify from its ends, the whole range
            // counts as one edge.
            if to - from <= apart || v < from || to < v {
                (from, to) = (left, right);
            }
            let place = settled.partition_point(|other| other.from < from);
            settled.insert(place, Settled { from, to, gap_from: self.gap(from), gap_to: self.gap(to) });
        }
        // If all frontiers are flat, they are known from the start.
        let lowest = self.lowest();
        if settled.first().is_none_or(|first| first.from > lowest) {
            let gap = self.gap(lowest);
            settled.insert(0, Settled { from: lowest, to: lowest, gap_from: gap, gap_to: gap });
        }
        Ok(settled)
    }

    /// The same if all frontiers are known as a whole: all ranges on which every frontier is
    /// linear.
    fn pieces(&self) -> Vec<Settled> {
        let vertices = self.frontiers.iter().chain(&self.sum).flat_map(|frontier| &frontier.vertices);
        let mut bends: Vec<f64> = vertices.map(|vertex| vertex.user_value).collect();
        bends.sort_by(f64::total_cmp);
        // Values are differences to full information, and each has its own last digit.
        bends.dedup_by(|next, kept| *next - *kept <= ROUNDED * kept.abs());
        let piece = |from: f64, to: f64| Settled { from, to, gap_from: self.gap(from), gap_to: self.gap(to) };
        match bends[..] {
            [only] => vec![piece(only, only)],
            _ => bends.windows(2).map(|pair| piece(pair[0], pair[1])).collect(),
        }
    }

    /// Settles the edge of the sum's frontier that contains `v`; false if it was already settled.
    fn settle_sum(&mut self, v: f64) -> Result<bool, EquilibriumError> {
        let (mut sum, sender) = (self.game.search(self.agents()), &self.game.senders[0]);
        let before = self.sum.as_ref().map_or(0, |sum| sum.solves);
        sum.settle(sender, v)?;
        let frontier = sum.frontier(sender);
        let worked = frontier.solves > before;
        if worked {
            self.sum = Some(frontier);
        }
        Ok(worked)
    }

    /// Settles the edges of all frontiers that contain `v`, and returns their ends.
    fn settle_all(&mut self, v: f64) -> Result<Vec<(f64, f64)>, EquilibriumError> {
        let game = self.game;
        let all = (0..game.searches.len()).into_par_iter();
        let edges =
            all.map(|i| game.search(i).settle(&game.senders[0], v)).collect::<Result<Vec<_>, PersuadeError>>()?;
        *self = game.known();
        Ok(edges)
    }

    /// The lowest user value of a known vertex.
    pub(super) fn lowest(&self) -> f64 {
        let first = |frontier: &FrontierOf<S>| frontier.vertices[0].user_value;
        self.frontiers.iter().chain(&self.sum).map(first).fold(f64::INFINITY, f64::min)
    }

    /// `D` on the known parts of the frontiers.
    fn gap(&self, v: f64) -> f64 {
        self.apart(v) - self.sum.as_ref().map_or(f64::NEG_INFINITY, |sum| sum.value(v))
    }

    fn apart(&self, v: f64) -> f64 {
        self.frontiers.iter().zip(&self.weights).map(|(frontier, weight)| weight * frontier.value(v)).sum()
    }

    /// A user value that is neither settled nor shown to have a `D` above the threshold, with the
    /// range between known vertices that contains it.
    fn unsettled(&self, threshold: f64, settled: &[Settled], apart: f64) -> Option<(f64, f64, f64)> {
        let lines: Vec<(f64, f64)> = self.game.search(self.agents()).heights(&self.game.senders[0]);
        let vertices = self.frontiers.iter().chain(&self.sum).flat_map(|frontier| &frontier.vertices);
        let mut bends: Vec<f64> = vertices.map(|vertex| vertex.user_value).collect();
        bends.extend(settled.iter().flat_map(|piece| [piece.from, piece.to]));
        bends.sort_by(f64::total_cmp);
        bends.dedup_by(|next, kept| *next - *kept <= apart);
        for pair in bends.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let middle = 0.5 * (from + to);
            if settled.iter().any(|piece| piece.from <= middle && middle <= piece.to) {
                continue;
            }
            let ends = (self.apart(from) - threshold, self.apart(to) - threshold);
            let excess = |&(height, slope): &(f64, f64)| (ends.0 - height + slope * from, ends.1 - height + slope * to);
            if lines.iter().map(excess).any(|(left, right)| left > 0.0 && right > 0.0) {
                continue;
            }
            // The bound is weakest where the best line at one end meets the best line at the other.
            let left = lines.iter().max_by(|l, r| excess(l).0.total_cmp(&excess(r).0))?;
            let right = lines.iter().max_by(|l, r| excess(l).1.total_cmp(&excess(r).1))?;
            let crossing = (left.0 - right.0) / (left.1 - right.1);
            let margin = 0.05 * (to - from);
            let v = if crossing.is_finite() { crossing } else { middle };
            return Some((v.clamp(from + margin, to - margin), from, to));
        }
        None
    }
}

/// The user values at which `D` is zero, as intervals `(from, to)` in increasing order. `D` is
/// linear on each range and never negative, so it is zero inside a range iff it is zero at both
/// ends.
pub(super) fn zeros(settled: &[Settled], zero: f64, apart: f64) -> Vec<(f64, f64)> {
    let mut zeros: Vec<(f64, f64)> = Vec::new();
    for piece in settled {
        let range = match (piece.gap_from <= zero, piece.gap_to <= zero) {
            (true, true) => (piece.from, piece.to),
            (true, false) => (piece.from, piece.from),
            (false, true) => (piece.to, piece.to),
            (false, false) => continue,
        };
        match zeros.last_mut() {
            Some(last) if range.0 <= last.1 + apart => last.1 = last.1.max(range.1),
            _ => zeros.push(range),
        }
    }
    zeros
}
