//! The best belief at which an action is optimal.
//!
//! *Problem.* For an action `a` and a gain `c[y]` in each state,
//!
//! ```text
//! max  sum_y c[y] q[y]
//! s.t. sum_y q[y] = 1,   sum_y (u[a][y] - u[b][y]) q[y] >= 0 for each b,   q >= 0
//! ```
//!
//! *Method.* The dual simplex method (Lemke 1954) with row generation. It starts at the best state.
//! While the user prefers some alternative at the current belief, her favorite alternative becomes
//! a row. The basis has one row per alternative found. It is dual feasible throughout: at every
//! step, `c[y] + sum_b rho_b (u[a][y] - u[b][y]) <= bound` in all states. So the method ends as
//! soon as the bound shows that no belief has a positive gain. *Complexity* of a pivot: `n r + r^2`
//! for `r` rows, and `m s` to look for an alternative at a belief of `s` states. There are few
//! pivots. A hash of the state, of the order of rounding, breaks ties.

use crate::kernel::Kernel;

/// An infeasibility or a violation of obedience below this is rounding error.
const FEASIBLE: f64 = 1e-11;
/// The smallest pivot.
const PIVOT: f64 = 1e-10;
/// The perturbation that breaks ties.
const TIE: f64 = 1e-13;
/// With more actions than this, the search for alternatives first checks those found before.
const MANY: usize = 1_000;

#[derive(Clone, Copy, PartialEq)]
enum Basic {
    State(usize),
    Slack(usize),
}

/// The result for an action.
pub(super) struct Found {
    /// An upper bound on the gain of any belief at which the action is optimal.
    pub bound: f64,
    /// The multipliers that prove the bound, `(alternative, rho)`.
    pub rho: Vec<(usize, f64)>,
    /// The best belief, `(state, probability)`, if there is one with a positive gain.
    pub belief: Option<Vec<(usize, f64)>>,
    /// The alternatives found.
    pub met: Vec<usize>,
}

/// The search for beliefs, with its working memory.
pub(super) struct Search {
    /// Actions that were best at some belief.
    envelope: Vec<usize>,
    on_envelope: Vec<bool>,
    rows: Vec<usize>,
    /// `u[a] - u[b]` of each row, `r x n`.
    gains: Vec<f64>,
    basis: Vec<Basic>,
    /// The inverse of the basis, `(r + 1) x (r + 1)`, row by row.
    inverse: Vec<f64>,
    /// The reduced costs of states, `[n]`, and of slacks, `[r]`: at most 0.
    states: Vec<f64>,
    slacks: Vec<f64>,
    pivots: Vec<f64>,
    values: Vec<f64>,
    pub iterations: u64,
}

impl Search {
    pub(super) fn new(kernel: &Kernel) -> Self {
        let mut envelope: Vec<usize> = kernel.best_action.clone();
        envelope.push(kernel.uninformed_action());
        envelope.sort_unstable();
        envelope.dedup();
        let mut on_envelope = vec![false; kernel.actions()];
        envelope.iter().for_each(|&a| on_envelope[a] = true);
        Self {
            envelope,
            on_envelope,
            rows: vec![],
            gains: vec![],
            basis: vec![],
            inverse: vec![],
            states: vec![],
            slacks: vec![],
            pivots: vec![],
            values: vec![0.0; kernel.actions()],
            iterations: 0,
        }
    }

    /// Finds the best belief for action `a` at gains `[n]`, if its gain exceeds `enough`. `known`
    /// are the initial rows.
    pub(super) fn best(&mut self, kernel: &Kernel, a: usize, gains: &[f64], known: &[usize], enough: f64) -> Found {
        let n = kernel.states();
        let tie = |y: usize| TIE * ((y.wrapping_mul(0x9E37_79B9) >> 7) % 1024) as f64 / 1024.0;
        let cost: Vec<f64> = gains.iter().enumerate().map(|(y, gain)| gain + tie(y)).collect();
        let start = (1..n).fold(0, |best, y| if cost[y] > cost[best] { y } else { best });
        self.rows.clear();
        self.gains.clear();
        self.slacks.clear();
        self.basis.clear();
        self.basis.push(Basic::State(start));
        self.inverse.clear();
        self.inverse.push(1.0);
        self.states.clear();
        self.states.extend(cost.iter().map(|c| c - cost[start]));
        let mut bound = cost[start];
        known.iter().filter(|&&b| b != a).for_each(|&b| self.add_row(kernel, a, b));
        let limit = 40 * (n + 20);
        for _ in 0..limit {
            if bound <= enough {
                return self.found(bound, None);
            }
            if let Some(leaving) = self.infeasible() {
                self.iterations += 1;
                if self.pivot(n, leaving).is_none() {
                    // The region is empty: the bound is unbounded below along this ray.
                    let size = self.rows.len() + 1;
                    let row = &self.inverse[leaving * size..(leaving + 1) * size];
                    let length = 1.01 * (bound - enough).max(0.0) / -row[0];
                    self.slacks.iter_mut().zip(&row[1..]).for_each(|(cost, r)| *cost += length * r);
                    return self.found(enough, None);
                }
                bound = self.value(&cost);
                continue;
            }
            let Some(alternative) = self.preferred(kernel, a) else {
                let belief = self.belief();
                return self.found(bound, Some(belief));
            };
            self.add_row(kernel, a, alternative);
        }
        self.found(bound, None)
    }

    fn found(&self, bound: f64, belief: Option<Vec<(usize, f64)>>) -> Found {
        let rho = self.rows.iter().zip(&self.slacks).filter(|(_, d)| **d < 0.0).map(|(&b, d)| (b, -d)).collect();
        Found { bound, rho, belief, met: self.rows.clone() }
    }

    /// The current belief, `(state, probability)`.
    fn belief(&self) -> Vec<(usize, f64)> {
        let size = self.basis.len();
        let shares = self.basis.iter().enumerate().filter_map(|(i, basic)| match basic {
            Basic::State(y) if self.inverse[i * size] > 0.0 => Some((*y, self.inverse[i * size])),
            _ => None,
        });
        shares.collect()
    }

    /// The current value.
    fn value(&self, cost: &[f64]) -> f64 {
        let size = self.basis.len();
        let value = |(i, basic): (usize, &Basic)| match basic {
            Basic::State(y) => cost[*y] * self.inverse[i * size],
            Basic::Slack(_) => 0.0,
        };
        self.basis.iter().enumerate().map(value).sum()
    }

    /// The most negative row of the basis.
    fn infeasible(&self) -> Option<usize> {
        let size = self.basis.len();
        let values = (0..size).map(|i| (i, self.inverse[i * size]));
        values.filter(|&(_, x)| x < -FEASIBLE).min_by(|l, r| l.1.total_cmp(&r.1)).map(|(i, _)| i)
    }

    /// The alternative that the user prefers most at the current belief.
    fn preferred(&mut self, kernel: &Kernel, a: usize) -> Option<usize> {
        let belief = self.belief();
        let value = |b: usize| belief.iter().map(|&(y, q)| q * kernel.user_by_state[(y, b)]).sum::<f64>();
        let own = value(a);
        if kernel.actions() > MANY {
            let met = self.envelope.iter().map(|&b| (b, value(b))).max_by(|l, r| l.1.total_cmp(&r.1));
            if let Some((b, value)) = met
                && value > own + FEASIBLE
                && !self.rows.contains(&b)
            {
                return Some(b);
            }
        }
        self.values.fill(0.0);
        for &(y, q) in &belief {
            for (value, u) in self.values.iter_mut().zip(kernel.user_by_state.row(y)) {
                *value += q * u;
            }
        }
        let mut best = 0;
        for (b, &value) in self.values.iter().enumerate() {
            if value > self.values[best] {
                best = b;
            }
        }
        if !std::mem::replace(&mut self.on_envelope[best], true) {
            self.envelope.push(best);
        }
        (self.values[best] > own + FEASIBLE && !self.rows.contains(&best)).then_some(best)
    }

    /// Adds a row whose slack is basic.
    fn add_row(&mut self, kernel: &Kernel, a: usize, b: usize) {
        let (n, size) = (kernel.states(), self.basis.len());
        let row = self.rows.len();
        let gains = kernel.user.row(a).iter().zip(kernel.user.row(b)).map(|(own, other)| own - other);
        self.gains.extend(gains);
        let gain = &self.gains[row * n..(row + 1) * n];
        let mut through = vec![0.0; size + 1];
        for (i, basic) in self.basis.iter().enumerate() {
            if let Basic::State(y) = basic {
                for (t, v) in through.iter_mut().zip(&self.inverse[i * size..(i + 1) * size]) {
                    *t += gain[*y] * v;
                }
            }
        }
        through[size] = -1.0;
        let mut inverse = Vec::with_capacity((size + 1) * (size + 1));
        for old in self.inverse.chunks_exact(size) {
            inverse.extend_from_slice(old);
            inverse.push(0.0);
        }
        inverse.extend_from_slice(&through);
        self.inverse = inverse;
        self.basis.push(Basic::Slack(row));
        self.rows.push(b);
        self.slacks.push(0.0);
    }

    /// Pivots at a row of the basis. Returns `None` if no column can enter.
    fn pivot(&mut self, n: usize, leaving: usize) -> Option<()> {
        let size = self.basis.len();
        let row = self.inverse[leaving * size..(leaving + 1) * size].to_vec();
        self.pivots.clear();
        self.pivots.resize(n, row[0]);
        for (gain, &weight) in self.gains.chunks_exact(n).zip(&row[1..]) {
            if weight != 0.0 {
                self.pivots.iter_mut().zip(gain).for_each(|(p, g)| *p += weight * g);
            }
        }
        let mut best: Option<(f64, f64, Basic)> = None;
        let mut consider = |cost: f64, pivot: f64, basic: Basic| {
            if pivot < -PIVOT {
                let ratio = cost.min(0.0) / pivot;
                let better = best.is_none_or(|(least, size, _)| ratio < least || ratio == least && pivot < size);
                if better {
                    best = Some((ratio, pivot, basic));
                }
            }
        };
        for (y, (&cost, &pivot)) in self.states.iter().zip(&self.pivots).enumerate() {
            consider(cost, pivot, Basic::State(y));
        }
        for (k, &cost) in self.slacks.iter().enumerate() {
            consider(cost, -row[1 + k], Basic::Slack(k));
        }
        let (ratio, pivot, entering) = best?;
        for (cost, p) in self.states.iter_mut().zip(&self.pivots) {
            *cost = (*cost - ratio * p).min(0.0);
        }
        for (cost, p) in self.slacks.iter_mut().zip(&row[1..]) {
            *cost = (*cost + ratio * p).min(0.0);
        }
        let column: Vec<f64> = self
            .inverse
            .chunks_exact(size)
            .map(|old| match entering {
                Basic::State(y) => {
                    old[0] + old[1..].iter().enumerate().map(|(k, v)| v * self.gains[k * n + y]).sum::<f64>()
                }
                Basic::Slack(k) => -old[1 + k],
            })
            .collect();
        let scaled: Vec<f64> = row.iter().map(|v| v / pivot).collect();
        for (i, old) in self.inverse.chunks_exact_mut(size).enumerate() {
            if i == leaving {
                old.copy_from_slice(&scaled);
            } else if column[i] != 0.0 {
                old.iter_mut().zip(&scaled).for_each(|(v, s)| *v -= column[i] * s);
            }
        }
        match self.basis[leaving] {
            Basic::State(y) => self.states[y] = -ratio,
            Basic::Slack(k) => self.slacks[k] = -ratio,
        }
        match entering {
            Basic::State(y) => self.states[y] = 0.0,
            Basic::Slack(k) => self.slacks[k] = 0.0,
        }
        self.basis[leaving] = entering;
        Some(())
    }
}
