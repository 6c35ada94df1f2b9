//! Solutions of linear programs with full relative precision.
//!
//! A solver satisfies rows and reduced costs up to an absolute tolerance. If little is at stake in
//! a part of a program, the tolerance may exceed it. *Method.* Iterative refinement (Gleixner,
//! Steffy & Wolter, INFORMS Journal on Computing 2016). The residuals of bounds and costs are
//! computed in double-double precision, scaled up, and solved from the same basis. The result
//! corrects the solution. Usually no pivot is needed.

use crate::PersuadeError;
use crate::limited::solve_limited;
use suasion_lp::{Model, Program, Settings};
use twofloat::TwoFloat;

/// The maximum factor by which a round scales residuals up.
const BLOWN: f64 = 1e8;
/// The maximum total factor: a solver treats much larger numbers as infinite.
const MOST: f64 = 1e12;
/// The maximum number of rounds.
const ROUNDS: usize = 4;
/// A solution with residuals below this is precise.
const RIGHT: f64 = 1e-18;
/// A refinement changes the objective by no more than a solver's tolerances.
const MOVED: f64 = 1e-8;
/// Residuals may grow by this much because of rounding.
const NOISE: f64 = 1e-16;

/// Refines a solution of a maximization program that the model holds. The model holds the program
/// again afterwards. If a round fails, the result is that of the previous round.
pub(crate) fn refine(
    model: &mut Model,
    program: &Program,
    primal: &mut Vec<f64>,
    duals: &mut Vec<f64>,
    settings: &Settings,
) -> Result<(), PersuadeError> {
    let (mut by_primal, mut by_dual) = (1.0_f64, 1.0_f64);
    for _ in 0..ROUNDS {
        let left = Left::new(program, primal, duals);
        let step = |violation: f64, by: f64| (1.0 / violation.max(1e-300)).min(by * BLOWN).clamp(1.0, MOST);
        if left.primal <= RIGHT && left.dual <= RIGHT {
            break;
        }
        by_primal = step(left.primal, by_primal);
        by_dual = step(left.dual, by_dual);
        let blown = |numbers: &[f64], by: f64| numbers.iter().map(|x| x * by).collect::<Vec<f64>>();
        let (lower, upper) = (blown(&left.row_lower, by_primal), blown(&left.row_upper, by_primal));
        model.change_all_row_bounds(&lower, &upper)?;
        let (lower, upper) = (blown(&left.column_lower, by_primal), blown(&left.column_upper, by_primal));
        model.change_all_column_bounds(&lower, &upper)?;
        model.change_all_costs(&blown(&left.costs, by_dual))?;
        let solved = solve_limited(model, settings);
        let (more, prices) = match solved {
            Ok(Some(_)) => (model.primal()?, model.duals()?),
            Ok(None) | Err(PersuadeError::Impossible(_) | PersuadeError::Solver(_)) => break,
            Err(other) => return Err(other),
        };
        let add = |numbers: &[f64], more: &[f64], by: f64| -> Vec<f64> {
            numbers.iter().zip(more).map(|(x, more)| x + more / by).collect()
        };
        let (better, dearer) = (add(primal, &more, by_primal), add(duals, &prices, by_dual));
        let after = Left::new(program, &better, &dearer);
        let (was, is) = (program.objective(primal), program.objective(&better));
        let moved = (was - is).abs() > MOVED * (1.0 + was.abs());
        if moved || after.primal > 2.0 * left.primal + NOISE || after.dual > 2.0 * left.dual + NOISE {
            break;
        }
        (*primal, *duals) = (better, dearer);
    }
    model.change_all_row_bounds(&program.row_lower, &program.row_upper)?;
    model.change_all_column_bounds(&program.column_lower, &program.column_upper)?;
    Ok(model.change_all_costs(&program.costs)?)
}

/// The residuals of a solution.
struct Left {
    row_lower: Vec<f64>,
    row_upper: Vec<f64>,
    column_lower: Vec<f64>,
    column_upper: Vec<f64>,
    costs: Vec<f64>,
    /// The largest violation of bounds.
    primal: f64,
    /// The largest reduced cost with the wrong sign, including those of columns that cannot move.
    dual: f64,
}

impl Left {
    fn new(program: &Program, primal: &[f64], duals: &[f64]) -> Self {
        let mut activities = vec![TwoFloat::default(); program.rows()];
        let mut costs: Vec<TwoFloat> = program.costs.iter().map(|&cost| cost.into()).collect();
        for row in 0..program.rows() {
            for (column, entry) in program.entries.vector(row) {
                activities[row] += TwoFloat::new_mul(entry, primal[column]);
                costs[column] -= TwoFloat::new_mul(entry, duals[row]);
            }
        }
        // Bounds may be infinite.
        let left = |(&bound, &activity): (&f64, &TwoFloat)| {
            if bound.is_finite() { (bound - activity).hi() } else { bound }
        };
        let rest = |bounds: &[f64]| -> Vec<f64> { bounds.iter().zip(&activities).map(left).collect() };
        let (row_lower, row_upper) = (rest(&program.row_lower), rest(&program.row_upper));
        let less = |bounds: &[f64]| -> Vec<f64> { bounds.iter().zip(primal).map(|(b, x)| b - x).collect() };
        let (column_lower, column_upper) = (less(&program.column_lower), less(&program.column_upper));
        let costs: Vec<f64> = costs.into_iter().map(|cost| cost.hi()).collect();
        let above = |lower: &[f64]| lower.iter().fold(0.0, |most: f64, &l| most.max(l));
        let below = |upper: &[f64]| upper.iter().fold(0.0, |most: f64, &u| most.max(-u));
        let broken = above(&row_lower).max(below(&row_upper)).max(above(&column_lower)).max(below(&column_upper));
        let mut dual: f64 = 0.0;
        for (column, &cost) in costs.iter().enumerate() {
            let (low, high) = (-column_lower[column], column_upper[column]);
            // A reduced cost counts where the column could move, by its possible gain.
            dual = dual.max(if cost > 0.0 { cost.min(cost * high.max(0.0)) } else { -cost * low.clamp(0.0, 1.0) });
        }
        // A row without an upper bound has no positive multiplier.
        for (&price, _) in duals.iter().zip(&program.row_upper).filter(|(_, upper)| **upper == f64::INFINITY) {
            dual = dual.max(price);
        }
        Self { row_lower, row_upper, column_lower, column_upper, costs, primal: broken, dual }
    }
}

/// Whether the residuals are large enough to refine: relative to the rows, or above `least` of the
/// objective.
pub(crate) fn is_rough(program: &Program, primal: &[f64], duals: &[f64], least: f64) -> bool {
    const RELATIVE: f64 = 1e-11;
    for row in 0..program.rows() {
        let (mut activity, mut size) = (0.0, 0.0);
        for (column, entry) in program.entries.vector(row) {
            activity += entry * primal[column];
            size += (entry * primal[column]).abs();
        }
        let broken = (program.row_lower[row] - activity).max(activity - program.row_upper[row]);
        if broken > RELATIVE * size && size > 0.0 {
            return true;
        }
    }
    let reduced = program.reduced_costs(duals);
    let mut gap = 0.0;
    for (column, &cost) in reduced.iter().enumerate() {
        let room = program.column_upper[column] - primal[column];
        gap += if cost > 0.0 { cost * room.clamp(0.0, 1.0) } else { -cost * primal[column].max(0.0) };
    }
    for (row, dual) in duals.iter().enumerate() {
        let slack = |bound: f64| {
            let activity: f64 = program.entries.vector(row).map(|(column, entry)| entry * primal[column]).sum();
            (activity - bound).abs()
        };
        if *dual < 0.0 && program.row_lower[row] > f64::NEG_INFINITY {
            gap += -dual * slack(program.row_lower[row]);
        }
    }
    gap > least
}
