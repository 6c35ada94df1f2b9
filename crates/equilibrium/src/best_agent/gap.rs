//! By how much the agents' frontiers, summed, exceed the frontier of their sum.
//!
//! Outcomes `pi` with `u(pi) = v` have `U_i(pi) <= V_i(v)`, so `sum_i U_i(pi) = sum_i V_i(v)` iff `U_i(pi) = V_i(v)` for every `i`. Hence `v` is the
//! user's value in an equilibrium iff the frontier `V` of the sum reaches the sum of the frontiers: iff `D(v) = sum_i V_i(v) - V(v)`, which is
//! never negative and piecewise linear, is zero. (Frontiers are of schemes that leave the user *at least* `v`; where all of them are flat, that
//! tells nothing of `v` itself, and the set's lower end there takes a program of its own.)

use suasion_persuasion::Frontier;

/// The function `D`, by its values at the user values where it may bend.
pub(super) struct Gap {
    /// (user value, `D`), in increasing user value, from the first vertex of any frontier to full information.
    pub points: Vec<(f64, f64)>,
    /// What may be zero: the frontiers are exact to about this.
    pub zero: f64,
}

/// By how much, relative to the range of a utility, the value of a frontier between its vertices may be wrong.
const FRONTIER_ERROR: f64 = 5e-9;
/// Two breakpoints closer than this, relative to the range of the user's values, are one.
const SAME: f64 = 1e-10;

impl Gap {
    pub(super) fn new(frontiers: &[Frontier], weights: &[f64], sum: &Frontier) -> Self {
        let vertices = frontiers.iter().chain([sum]).flat_map(|frontier| &frontier.vertices);
        let mut values: Vec<f64> = vertices.map(|vertex| vertex.user_value).collect();
        values.sort_by(f64::total_cmp);
        let scale = values.last().map_or(0.0, |last| last - values[0]).max(f64::MIN_POSITIVE);
        // The highest of those that are one: full information stays as it is.
        values.reverse();
        values.dedup_by(|next, kept| *kept - *next <= SAME * scale);
        values.reverse();
        let at = |&v: &f64| {
            let apart: f64 = frontiers.iter().zip(weights).map(|(frontier, weight)| weight * frontier.value(v)).sum();
            (v, apart - sum.value(v))
        };
        Self { points: values.iter().map(at).collect(), zero: FRONTIER_ERROR * (1 + frontiers.len()) as f64 }
    }

    /// The user values at which `D` is zero, as intervals `(from, to)` in increasing order, from the first vertex on. `D` is linear between
    /// points and never negative, so it is zero between two of them iff it is at both.
    pub(super) fn zeros(&self) -> Vec<(f64, f64)> {
        let mut zeros: Vec<(f64, f64)> = Vec::new();
        let mut within = false;
        for &(v, gap) in &self.points {
            let zero = gap <= self.zero;
            match zeros.last_mut() {
                Some(last) if zero && within => last.1 = v,
                _ if zero => zeros.push((v, v)),
                _ => {}
            }
            within = zero;
        }
        zeros
    }
}
