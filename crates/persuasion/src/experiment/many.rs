//! Few menus and many observations: an interior-point method, then a vertex near its solution.
//!
//! *Problem.* The direct program over all menus (`blocks`), which has too many columns for the
//! simplex method. A menu acts like an action with its own obedience rows. So the problem has the
//! shape of `many_states`, and the method is the same. An interior-point method first eliminates
//! either plausibility or obedience, whichever leaves the smaller system ([`interior`],
//! [`system`]). Its solution decides nearly every observation. A small program over the undecided
//! ones finds a vertex, breaks ties, and prices all columns ([`finish`]). Unused menus keep the
//! interior point's multipliers, which lie in the middle of those that keep the menu's reduced
//! value at most zero.
//!
//! *Infeasible menus.* If the region of a menu has no interior, some sum of its rows is at most
//! zero at every observation. Multipliers along that sum keep the menu out wherever the sum is
//! negative, so these columns are left out. Otherwise there would be no interior point
//! ([`columns`]).
//!
//! *Work.* About thirty iterations of the smaller of `n K^2 + K^3 / 3` and `n^2 K + n^3 / 3` for
//! `K` rows. *Memory:* a dozen arrays over all columns.

mod columns;
mod finish;
mod interior;
mod system;

use super::ScaledMessage;
use super::blocks::Solved;
use crate::PersuadeError;
use crate::error::unless_it_failed;
use crate::typed::TypedKernel;
use columns::Columns;
use finish::{Finish, Leaning, MOST_OPEN};
use interior::Interior;
use suasion_lp::{Settings, Stopped};
use suasion_model::Matrix;

/// The minimum number of observations for this method.
const LEAST_STATES: usize = 40;
/// The maximum number of multiplications of an iteration, by a rough count.
const MOST_WORK: f64 = 4e10;
/// The target gap of the interior-point method, as a fraction of what is at stake, and the gap that
/// is acceptable if rounding stops the method earlier.
const GAP: f64 = 1e-11;
const FAIR_GAP: f64 = 1e-6;
/// Columns with a lower reduced cost may have mass at the optimum.
const NEAR: f64 = 1e-7;

/// Whether the method suits this number of menus.
pub(super) fn suits(kernel: &TypedKernel<'_>, menus: usize) -> bool {
    let (n, rows) = (kernel.states(), menus * kernel.types() * (kernel.actions().max(1) - 1));
    let (by_rows, by_observations) = system::work(n, rows);
    n >= LEAST_STATES && by_rows.min(by_observations) <= MOST_WORK
}

/// Finds the optimal way to send these menus. Ties are broken by `second` if there are not too many
/// of them; a floor applies to the same utility. Returns `None` if the method fails, or if a limit
/// stopped it before it found anything.
pub(super) fn solve(
    kernel: &TypedKernel<'_>,
    second: &[Matrix],
    floor: Option<f64>,
    menus: &[Vec<usize>],
    settings: &Settings,
) -> Result<Option<(Solved, Option<Stopped>)>, PersuadeError> {
    let columns = Columns::new(kernel, menus, floor.map(|level| (second, level)), settings);
    let Some(columns) = unless_it_ended(columns.map(Some))?.0 else { return Ok(None) };
    let stake = (1e9 * kernel.precision(full_value(kernel))).max(1e-3 * kernel.states() as f64);
    let mut interior = Interior::new(&columns, settings);
    let reached = match interior.solve(GAP, stake) {
        Ok(reached) => reached,
        // Any multipliers prove a bound.
        Err(stopped) => return Ok(Some((solved(&columns, &full_information(&columns), &interior.rho), Some(stopped)))),
    };
    if settings.verbose {
        eprintln!("interior point: {} iterations, gap {reached:.1e}", interior.iterations);
    }
    if reached.is_nan() || reached > FAIR_GAP {
        return Ok(None);
    }
    let (found, stopped) = unless_it_ended(vertex(&columns, second, &interior, settings))?;
    let (masses, rho) = found.unwrap_or_else(|| (cleaned(&columns, &interior), interior.multipliers()));
    Ok(Some((solved(&columns, &masses, &rho), stopped)))
}

/// Returns the result, or nothing if the solver failed or a limit stopped it, together with the
/// limit.
fn unless_it_ended<T>(found: Result<Option<T>, PersuadeError>) -> Result<(Option<T>, Option<Stopped>), PersuadeError> {
    match unless_it_failed(found) {
        Err(PersuadeError::Stopped(stopped)) => Ok((None, Some(stopped))),
        other => Ok((other?, None)),
    }
}

/// The masses under full information.
fn full_information(columns: &Columns<'_>) -> Vec<f64> {
    let mut masses = vec![0.0; columns.cost.len()];
    for (i, &mass) in columns.mass().iter().enumerate() {
        if let Some(f) = columns.best(i) {
            masses[f * columns.n + i] = mass;
        }
    }
    masses
}

fn solved(columns: &Columns<'_>, masses: &[f64], rho: &[f64]) -> Solved {
    let messages = columns.list.iter().zip(masses.chunks_exact(columns.n));
    let messages = messages.map(|(menu, masses)| ScaledMessage { menu: menu.clone(), masses: masses.to_vec() });
    Solved {
        messages: messages.filter(|message| message.masses.iter().any(|&x| x > 0.0)).collect(),
        multipliers: columns.multipliers(rho),
        slope: rho.get(columns.rows.len()).copied().unwrap_or(0.0),
    }
}

/// The objective's value of full information, as a sum over scaled masses.
fn full_value(kernel: &TypedKernel<'_>) -> f64 {
    let worth = |t: usize, i: usize| kernel.mass[i] * kernel.objective[t][(i, kernel.best_action(t, i))];
    (0..kernel.types()).map(|t| (0..kernel.states()).map(|i| worth(t, i)).sum::<f64>()).sum()
}

/// A vertex near the interior point: masses and multipliers. Returns `None` if too many
/// observations are undecided.
fn vertex(
    columns: &Columns<'_>,
    second: &[Matrix],
    interior: &Interior<'_>,
    settings: &Settings,
) -> Result<Option<(Vec<f64>, Vec<f64>)>, PersuadeError> {
    let leanings = leanings(columns, interior);
    let open: usize = leanings.iter().map(|leaning| leaning.open.len()).sum();
    if settings.verbose {
        eprintln!("{open} columns are open");
    }
    if open > MOST_OPEN {
        return Ok(None);
    }
    let binds: Vec<bool> = interior.rho.iter().zip(&interior.slack).map(|(rho, s)| rho > s).collect();
    let mut finish = Finish::new(columns, &interior.multipliers(), &leanings, &binds, settings)?;
    let Some(rho) = finish.solve()? else { return Ok(None) };
    let before = finish.masses()?;
    let after = if finish.break_ties(&rho, &columns.worth(second))? { Some(finish.masses()?) } else { None };
    let lost = |after: &[f64]| columns.value(&before) - columns.value(after);
    let kept = after.filter(|after| lost(after) <= finish::TOLERANCE * columns.n as f64);
    Ok(Some((kept.unwrap_or(before), rho)))
}

/// In each pair of complementary iterates, the larger one shows which is nonzero.
fn leanings(columns: &Columns<'_>, interior: &Interior<'_>) -> Vec<Leaning> {
    let (n, count) = (columns.n, columns.menus());
    let of_state = |i: usize| {
        let (x, z) = (|f: usize| interior.x[f * n + i], |f: usize| interior.z[f * n + i]);
        let menu = (1..count).fold(0, |best, f| if x(f) > x(best) { f } else { best });
        let near = |f: &usize| columns.alive[f * n + i] && (x(*f) > z(*f) || z(*f) < NEAR);
        let open: Vec<(usize, bool)> = (0..count).filter(near).map(|f| (f, x(f) > z(f))).collect();
        let settled = open.is_empty() || open.len() == 1 && open[0].0 == menu;
        Leaning { menu, open: if settled { vec![] } else { open } }
    };
    (0..n).map(of_state).collect()
}

/// The masses of an interior point without those that complementarity sets to zero, made plausible.
fn cleaned(columns: &Columns<'_>, interior: &Interior<'_>) -> Vec<f64> {
    let n = columns.n;
    let kept = |column: usize| interior.x[column] > interior.z[column];
    let mut masses: Vec<f64> =
        (0..interior.x.len()).map(|column| if kept(column) { interior.x[column] } else { 0.0 }).collect();
    for (i, &mass) in columns.mass().iter().enumerate() {
        let total: f64 = masses[i..].iter().step_by(n).sum();
        masses[i..].iter_mut().step_by(n).for_each(|x| *x *= mass / total);
    }
    masses
}
