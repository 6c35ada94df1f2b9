//! Which obedience rows the interior point needs.
//!
//! Of `m (m - 1)` rows few bind, about as many as actions are in use, and an iteration costs
//! `n K^2`. *Method.* Where `m` is not small, rows are generated: the interior point is solved to a
//! gap, the rows that its masses break most enter, and it is solved again, from nothing, until none
//! is broken at the last gap. It begins with a thinned game, in which every so many states one
//! stands for the others: the rows that bind there are nearly those that bind in the whole.

use super::interior::Interior;
use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::pricing::separate;
use crate::weights::Weights;
use suasion_lp::Settings;

/// Up to so many rows, all are there from the start.
const ALL: usize = 132;
/// A game is thinned to so many states per action.
const THIN: usize = 40;
/// The gaps of the first round and of the last one in a thinned game, as fractions of what is at
/// stake.
const FIRST_GAP: f64 = 1e-2;
const THIN_GAP: f64 = 1e-5;
/// How many rows of an action enter in a round.
const MOST: usize = 4;
const MOST_ROUNDS: usize = 40;

/// An interior point, and how it came about.
pub(super) struct Generated<'a> {
    pub interior: Interior<'a>,
    pub rounds: usize,
    pub iterations: usize,
}

/// The rows to begin with, sorted.
pub(super) fn first_rows(
    kernel: &Kernel,
    weights: Weights,
    stake: f64,
    settings: &Settings,
) -> Result<Vec<(usize, usize)>, PersuadeError> {
    let (n, m) = (kernel.states(), kernel.actions());
    if m * (m - 1) <= ALL {
        return Ok((0..m).flat_map(|a| (0..m).filter(move |&b| b != a).map(move |b| (a, b))).collect());
    }
    if n >= 2 * THIN * m {
        let stride = n / (THIN * m);
        let thin = kernel.thinned(stride);
        let stake = stake / stride as f64;
        let rows = first_rows(&thin, weights, stake, settings)?;
        let generated = generate(&thin, weights, rows, (FIRST_GAP, THIN_GAP), stake, settings)?;
        return Ok(generated.interior.rows.pairs);
    }
    // An agent with opposed interests is held off by the action that the user takes without it;
    // beside it, what she would rather do where she is told to do what the objective likes best.
    let uninformed = kernel.uninformed_action();
    let mut masses = vec![vec![]; m];
    for (y, list) in kernel.best_columns(weights, 4).into_iter().enumerate() {
        list.into_iter().for_each(|a| masses[a].push((y, kernel.mass[y])));
    }
    let mut pairs = Vec::new();
    for (a, list) in masses.into_iter().enumerate() {
        let tempting = separate(kernel, a, list.into_iter(), 0.0, MOST, |b| b != uninformed);
        pairs.extend(tempting.into_iter().map(|(b, _)| (a, b)));
        pairs.extend(Some((a, uninformed)).filter(|_| a != uninformed));
    }
    pairs.sort_unstable();
    Ok(pairs)
}

/// The interior point at the last of the gaps, with rows generated from `pairs` on.
pub(super) fn generate<'a>(
    kernel: &'a Kernel,
    weights: Weights,
    mut pairs: Vec<(usize, usize)>,
    (mut gap, last): (f64, f64),
    stake: f64,
    settings: &'a Settings,
) -> Result<Generated<'a>, PersuadeError> {
    let (mut rounds, mut iterations) = (0, 0);
    loop {
        rounds += 1;
        let mut interior = Interior::new(kernel, weights, pairs, settings);
        let converged = interior.solve(gap, stake).map_err(PersuadeError::Stopped)?;
        iterations += interior.iterations;
        let broken = interior.broken(10.0 * gap, MOST);
        if settings.verbose {
            let (rows, states) = (interior.rows.len(), kernel.states());
            eprintln!(
                "round {rounds}: interior point of {states} states, {} iterations to gap {gap:.0e}{}; {rows} rows, {} to enter",
                interior.iterations,
                if converged { "" } else { " (not reached)" },
                broken.len(),
            );
        }
        if broken.is_empty() && gap <= last || rounds == MOST_ROUNDS {
            return Ok(Generated { interior, rounds, iterations });
        }
        if broken.is_empty() {
            gap = (gap * 1e-3).max(last);
        }
        pairs = interior.rows.pairs;
        pairs.extend(broken);
        pairs.sort_unstable();
    }
}
