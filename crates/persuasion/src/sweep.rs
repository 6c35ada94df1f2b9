//! One game at many priors.
//!
//! The prior is only the right-hand side, so from one prior to the next the last basis stays dual
//! feasible, and the generated columns and rows stay. Priors are ordered such that neighbors are
//! close, and cut into blocks of a fixed size. The blocks are solved in parallel, so the result
//! does not depend on the number of threads.

use crate::PersuadeError;
use crate::kernel::Kernel;
use crate::optimum::Optimum;
use crate::persuade::{Solution, attainable, optimum, or_fallback, solve, surely, utility};
use crate::regime::Regime;
use crate::simplex::Simplex;
use crate::solver::general;
use crate::weights::Weights;
use rayon::prelude::*;
use std::borrow::Cow;
use suasion_certificate::Direct;
use suasion_lp::Settings;
use suasion_model::{Matrix, Objective, Seat, View};

/// The number of priors that share a warm start.
const BLOCK: usize = 128;

/// Solves [`persuade`](crate::persuade()) at every row of `priors` (`priors x observations`), with
/// `view`'s utilities. The rows replace the view's prior, and are numbered from its number on.
/// `done` is called with the number of finished priors whenever some finish.
///
/// # Errors
/// Each prior has its own result: see [`persuade`](crate::persuade()).
pub fn sweep(
    view: &View<'_>,
    objective: &Objective,
    priors: &Matrix,
    floor: Option<f64>,
    settings: &Settings,
    done: &(dyn Fn(usize) + Sync),
) -> Vec<Result<Optimum<Direct>, PersuadeError>> {
    let utility = match utility(view, objective) {
        Ok(utility) => utility,
        Err(cause) => return vec![Err(cause); priors.rows()],
    };
    let order = neighbourly(priors);
    let blocks: Vec<(usize, Result<Solution, PersuadeError>)> = order
        .par_chunks(BLOCK)
        .flat_map_iter(|block| {
            let solved = solve_block(view, &utility, priors, block, floor, settings);
            done(block.len());
            block.iter().copied().zip(solved)
        })
        .collect();
    let mut all: Vec<Option<Result<Optimum<Direct>, PersuadeError>>> = (0..priors.rows()).map(|_| None).collect();
    for (row, solved) in blocks {
        let seat = Seat { prior: view.seat.prior + row, ..view.seat };
        all[row] = Some(solved.map(|solution| solution.of(seat, objective)));
    }
    all.into_iter().flatten().collect()
}

fn solve_block(
    view: &View<'_>,
    objective: &Matrix,
    priors: &Matrix,
    block: &[usize],
    floor: Option<f64>,
    settings: &Settings,
) -> Vec<Result<Solution, PersuadeError>> {
    let states: Vec<usize> =
        (0..priors.columns()).filter(|&y| block.iter().any(|&row| priors[(row, y)] > 0.0)).collect();
    // The units are those of the block's average prior.
    let average: Vec<f64> = (0..priors.columns())
        .map(|y| block.iter().map(|&row| priors[(row, y)]).sum::<f64>() / block.len() as f64)
        .collect();
    let kernel = Kernel::over(states, &average, &view.user, objective);
    let shaped = match Regime::of(&kernel, Weights::OBJECTIVE, settings) {
        Ok(regime) => regime.is_shaped(&kernel),
        Err(cause) => return vec![Err(cause); block.len()],
    };
    let mut kernel = Some(kernel);
    let mut simplex: Option<Simplex> = None;
    let solve_row = |row: &usize| {
        let prior = priors.row(*row);
        let here =
            View { seat: view.seat, prior: Cow::Borrowed(prior), user: Cow::Borrowed(&view.user), agents: vec![] };
        if shaped {
            return solve(&here, objective, floor, settings);
        }
        let solved = (|| {
            if let Some(simplex) = &mut simplex {
                simplex.set_prior(prior)?;
                if let Some(floor) = floor {
                    simplex.set_floor(attainable(&here, &simplex.kernel, floor)?)?;
                }
                return optimum(simplex, floor);
            }
            let mut fresh = kernel.take().unwrap_or_else(|| Kernel::new(prior, &view.user, objective));
            fresh.set_prior(prior);
            fresh.check_units()?;
            let level = match floor.map(|floor| attainable(&here, &fresh, floor)).transpose() {
                Ok(level) => level,
                Err(infeasible) => {
                    kernel = Some(fresh);
                    return Err(infeasible);
                }
            };
            optimum(simplex.insert(general(fresh, Weights::OBJECTIVE, level, settings)?), floor)
        })();
        or_fallback(surely(solved, &here, objective, floor, settings), &here, objective, floor)
    };
    block.iter().map(solve_row).collect()
}

/// An order of the rows in which neighbors are close: the given order if that is already a short
/// path, otherwise by repeated halving at the median of the widest coordinate (the order of a k-d
/// tree; Bentley 1975).
fn neighbourly(points: &Matrix) -> Vec<usize> {
    let given: Vec<usize> = (0..points.rows()).collect();
    let mut halved = given.clone();
    halve(points, &mut halved);
    if length(points, &given) <= length(points, &halved) { given } else { halved }
}

fn halve(points: &Matrix, rows: &mut [usize]) {
    if rows.len() <= 2 {
        return;
    }
    let width = |column: usize| {
        let values = rows.iter().map(|&row| points[(row, column)]);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        high - low
    };
    let widest = (0..points.columns()).map(|column| (column, width(column)));
    let Some((widest, _)) = widest.max_by(|l, r| l.1.total_cmp(&r.1)) else {
        return;
    };
    let middle = rows.len() / 2;
    let by = |&l: &usize, &r: &usize| points[(l, widest)].total_cmp(&points[(r, widest)]).then(l.cmp(&r));
    rows.select_nth_unstable_by(middle, by);
    let (low, high) = rows.split_at_mut(middle);
    halve(points, low);
    halve(points, high);
}

fn length(points: &Matrix, order: &[usize]) -> f64 {
    let distance = |pair: &[usize]| {
        let (l, r) = (points.row(pair[0]), points.row(pair[1]));
        l.iter().zip(r).map(|(l, r)| (l - r).abs()).sum::<f64>()
    };
    order.windows(2).map(distance).sum()
}
