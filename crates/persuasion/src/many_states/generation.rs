//! The obedience rows that the interior-point method needs.
//!
//! Few of the `m (m - 1)` rows bind, about as many as there are actions in use, and an iteration
//! costs `n K^2`. *Method.* If `m` is not small, rows are generated. The interior-point method runs
//! to a gap. The rows that its masses violate most enter, and it starts over, until no row is
//! violated at the last gap. Generation begins with a thinned game in which each state represents
//! several neighbors. The rows that bind there are nearly those that bind in the whole game.

use super::interior::Interior;
use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::pricing::separate;
use crate::weights::Weights;
use suasion_lp::Settings;

/// Up to this many rows, all rows are there from the start.
const ALL: usize = 132;
/// The number of states per action in a thinned game.
const THIN: usize = 40;
/// The gaps of the first and the last round in a thinned game, as fractions of what is at stake.
const FIRST_GAP: f64 = 1e-2;
const THIN_GAP: f64 = 1e-5;
/// The maximum number of rows of an action that enter in a round.
const MOST: usize = 4;
const MOST_ROUNDS: usize = 40;

/// An interior point, and the effort that it took.
pub(super) struct Generated<'a> {
    pub interior: Interior<'a>,
    pub rounds: usize,
    pub iterations: usize,
}

/// The first rows, sorted.
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
    // With opposed interests, the action under no information limits the agent. Also include the
    // user's preferred action where the objective's favorite is recommended.
    let uninformed = kernel.uninformed_action();
    let mut masses = vec![vec![]; m];
    for (y, list) in kernel.best_columns(weights, 4).into_iter().enumerate() {
        list.into_iter().for_each(|a| masses[a].push((y, kernel.mass[y])));
    }
    let mut pairs = Vec::new();
    for (a, list) in masses.into_iter().enumerate() {
        let violated = separate(kernel, a, list.into_iter(), 0.0, MOST, |b| b != uninformed);
        pairs.extend(violated.into_iter().map(|(b, _)| (a, b)));
        pairs.extend(Some((a, uninformed)).filter(|_| a != uninformed));
    }
    pairs.sort_unstable();
    Ok(pairs)
}

/// The interior point at the last of the gaps, with rows generated starting from `pairs`.
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
