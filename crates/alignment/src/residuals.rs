//! Computes the residuals of all entries in one pass over the utilities.

use crate::presolve::Flat;
use rayon::prelude::*;
use std::ops::Range;

/// The most states that a block spans.
const WIDTH: usize = 2048;
/// The number of entries in a block. Its residuals stay in the core's own cache while the agents
/// stream through it.
const ENTRIES: usize = 8192;

/// A smallest or largest residual, and the first action that attains it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extreme {
    pub(crate) value: f64,
    pub(crate) action: usize,
}

/// The smallest and the largest residual of one state, over some actions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    pub(crate) low: Extreme,
    pub(crate) high: Extreme,
}

impl Extremes {
    const NOTHING: Self = Self {
        low: Extreme { value: f64::INFINITY, action: 0 },
        high: Extreme { value: f64::NEG_INFINITY, action: 0 },
    };

    /// Includes an action that comes after all earlier ones.
    fn enter(&mut self, value: f64, action: usize) {
        if value > self.high.value {
            self.high = Extreme { value, action };
        }
        if value < self.low.value {
            self.low = Extreme { value, action };
        }
    }

    /// Includes the extremes over later actions.
    fn merge(&mut self, later: &Self) {
        self.enter(later.high.value, later.high.action);
        self.enter(later.low.value, later.low.action);
    }
}

/// A range of actions and a range of states.
struct Block {
    actions: Range<usize>,
    states: Range<usize>,
}

/// The utilities, divided into blocks in a way that does not depend on the number of threads.
pub(crate) struct Residuals<'a> {
    user: &'a Flat<'a>,
    agents: &'a [Flat<'a>],
    blocks: Vec<Block>,
}

/// The result of one pass.
pub(crate) struct Survey {
    /// The extremes of every state over all actions.
    pub(crate) states: Vec<Extremes>,
    /// The extremes of every state over the actions of each block, as (state, extremes).
    pub(crate) parts: Vec<(usize, Extremes)>,
}

impl<'a> Residuals<'a> {
    /// Divides the utilities so that a survey has at least `parts` parts, if there are enough
    /// entries.
    pub(crate) fn new(user: &'a Flat<'a>, agents: &'a [Flat<'a>], parts: usize) -> Self {
        let (m, n) = (user.rows(), user.columns());
        let width = n.min(WIDTH);
        let height = (ENTRIES / width).min(m / parts.div_ceil(n).max(1)).max(1);
        let cut = |size: usize, step: usize| (0..size).step_by(step).map(move |from| from..(from + step).min(size));
        let blocks = cut(n, width)
            .flat_map(|states| cut(m, height).map(move |actions| Block { actions, states: states.clone() }))
            .collect();
        Self { user, agents, blocks }
    }

    /// The extremes of `sum_i weights[i] U_i - u`.
    pub(crate) fn survey(&self, weights: &[f64]) -> Survey {
        let weighted: Vec<(f64, &Flat<'_>)> = (weights.iter().zip(self.agents))
            .filter(|&(&weight, _)| weight != 0.0)
            .map(|(&weight, agent)| (weight / agent.unit(), agent))
            .collect();
        let surveyed: Vec<Vec<Extremes>> =
            self.blocks.par_iter().map_init(Vec::new, |room, block| self.block(block, &weighted, room)).collect();
        let mut states = vec![Extremes::NOTHING; self.user.columns()];
        let mut parts = Vec::with_capacity(surveyed.iter().map(Vec::len).sum());
        for (block, found) in self.blocks.iter().zip(surveyed) {
            for (state, extremes) in block.states.clone().zip(found) {
                states[state].merge(&extremes);
                parts.push((state, extremes));
            }
        }
        Survey { states, parts }
    }

    fn block(&self, block: &Block, weighted: &[(f64, &Flat<'_>)], room: &mut Vec<f64>) -> Vec<Extremes> {
        let width = block.states.len();
        room.clear();
        let unit = self.user.unit();
        let base = &self.user.base()[block.states.clone()];
        for action in block.actions.clone() {
            let row = &self.user.raw(action)[block.states.clone()];
            room.extend(row.iter().zip(base).map(|(utility, base)| (base - utility) / unit));
        }
        // Four agents at a time, so that the sums are read and written a quarter as often.
        for four in weighted.chunks(4) {
            let base = |k: usize| &four[k].1.base()[block.states.clone()];
            for (action, sums) in block.actions.clone().zip(room.chunks_exact_mut(width)) {
                let part = |k: usize| &four[k].1.raw(action)[block.states.clone()];
                if let &[(a, _), (b, _), (c, _), (d, _)] = four {
                    let (p, q, r, s) = (part(0), part(1), part(2), part(3));
                    let (e, f, g, h) = (base(0), base(1), base(2), base(3));
                    for i in 0..width {
                        let left = a * (p[i] - e[i]) + b * (q[i] - f[i]);
                        sums[i] += left + (c * (r[i] - g[i]) + d * (s[i] - h[i]));
                    }
                } else {
                    for (k, &(weight, _)) in four.iter().enumerate() {
                        for ((sum, utility), base) in sums.iter_mut().zip(part(k)).zip(base(k)) {
                            *sum += weight * (utility - base);
                        }
                    }
                }
            }
        }
        let mut extremes = vec![Extremes::NOTHING; width];
        for (action, sums) in block.actions.clone().zip(room.chunks_exact(width)) {
            for (extreme, &sum) in extremes.iter_mut().zip(sums) {
                extreme.enter(sum, action);
            }
        }
        extremes
    }
}
