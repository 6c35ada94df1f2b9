//! The columns and rows that the restricted master lacks.

use crate::kernel::Kernel;
use crate::weights::Weights;
use rayon::prelude::*;

/// Multipliers of obedience rows, by recommended action: `(alternative, rho)`, `[m]` lists.
pub(crate) type Obedience = [Vec<(usize, f64)>];

/// Columns of one state: (action, price).
type Candidates = Vec<(usize, f64)>;

/// The result of full pricing at given multipliers.
pub(crate) struct Priced {
    /// For each state the largest `weighted objective + sum_b rho_ab (u_a - u_b)` over all actions:
    /// a dual feasible lambda, `[n]`.
    pub lambda: Vec<f64>,
    /// For each state, (action, price), the highest first: those above the given threshold.
    pub candidates: Vec<Vec<(usize, f64)>>,
}

const CHUNK: usize = 64;

/// Prices all `m x n` columns. The candidates of state `y` are the `most` highest actions with a
/// price above `threshold[y]` for which `wanted(action, y)` is true.
pub(crate) fn price(
    kernel: &Kernel,
    weights: Weights,
    rho: &Obedience,
    threshold: &[f64],
    most: usize,
    wanted: impl Fn(usize, usize) -> bool + Sync,
) -> Priced {
    let n = kernel.states();
    let chunks: Vec<(Vec<f64>, Vec<Candidates>)> = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let (from, to) = (chunk * CHUNK, ((chunk + 1) * CHUNK).min(n));
            let mut lambda = vec![f64::NEG_INFINITY; to - from];
            let mut candidates = vec![Vec::with_capacity(most + 1); to - from];
            let mut prices = vec![0.0; to - from];
            for action in 0..kernel.actions() {
                let own = &kernel.user.row(action)[from..to];
                let total: f64 = weights.user + rho[action].iter().map(|&(_, r)| r).sum::<f64>();
                for ((p, v), u) in prices.iter_mut().zip(&kernel.objective.row(action)[from..to]).zip(own) {
                    *p = weights.objective * v + total * u;
                }
                for &(alternative, r) in &rho[action] {
                    for (p, u) in prices.iter_mut().zip(&kernel.user.row(alternative)[from..to]) {
                        *p -= r * u;
                    }
                }
                for (i, &p) in prices.iter().enumerate() {
                    lambda[i] = lambda[i].max(p);
                    if most > 0 && p > threshold[from + i] {
                        let list: &mut Vec<(usize, f64)> = &mut candidates[i];
                        if (list.len() < most || p > list[most - 1].1) && wanted(action, from + i) {
                            let place = list.partition_point(|&(_, other)| other >= p);
                            list.insert(place, (action, p));
                            list.truncate(most);
                        }
                    }
                }
            }
            (lambda, candidates)
        })
        .collect();
    let mut priced = Priced { lambda: Vec::with_capacity(n), candidates: Vec::with_capacity(n) };
    for (lambda, candidates) in chunks {
        priced.lambda.extend(lambda);
        priced.candidates.extend(candidates);
    }
    priced
}

/// The alternatives that the user prefers when `action` is recommended with the given masses:
/// `(alternative, gain)`, above `threshold`, and wanted. If there are more than `most`, the
/// strongest ones by gain relative to what is at stake between them and the action. If actions are
/// ordered on a line, the neighbors have small gains, and their rows rule out all actions beyond
/// them.
pub(crate) fn separate(
    kernel: &Kernel,
    action: usize,
    masses: impl Iterator<Item = (usize, f64)>,
    threshold: f64,
    most: usize,
    wanted: impl Fn(usize) -> bool,
) -> Vec<(usize, f64)> {
    let m = kernel.actions();
    let masses: Vec<(usize, f64)> = masses.collect();
    let mut values = vec![0.0; m];
    for &(state, mass) in &masses {
        for (value, u) in values.iter_mut().zip(kernel.user_by_state.row(state)) {
            *value += mass * u;
        }
    }
    let own = values[action];
    let found: Vec<(usize, f64)> = (0..m)
        .filter(|&b| b != action && values[b] - own > threshold && wanted(b))
        .map(|b| (b, values[b] - own))
        .collect();
    if found.len() <= most {
        return found;
    }
    let mut stakes = vec![0.0; found.len()];
    for &(state, mass) in &masses {
        let row = kernel.user_by_state.row(state);
        for (stake, &(b, _)) in stakes.iter_mut().zip(&found) {
            *stake += mass * (row[b] - row[action]).abs();
        }
    }
    let mut shares: Vec<(usize, f64)> =
        found.iter().zip(&stakes).map(|((_, gain), stake)| gain / stake).enumerate().collect();
    shares.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    shares.into_iter().take(most).map(|(place, _)| found[place]).collect()
}
