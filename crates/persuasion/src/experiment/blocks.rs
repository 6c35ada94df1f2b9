//! The direct program over given menus: a block of columns and obedience rows for each menu.
//!
//! *Problem.* Choose the mass `q[f][x]` of observation `x` on which the message with menu `f` is
//! sent. The masses of each observation sum to its mass, and every type obeys the menu of every
//! message. *Size:* with `F` menus, `F n` columns and `n + F T (m - 1)` rows. With all `m^T` menus
//! this is the whole problem. With the menus of an optimum, it finds the optimum that is best for
//! the user.

use super::ScaledMessage;
use crate::PersuadeError;
use crate::refine::{is_rough, refine};
use crate::typed::{TypedKernel, relaxed};
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{LpOptions, Model, Program, Sense, Settings};
use suasion_model::Matrix;

/// Below this (in scaled utility), a reduced cost or a multiplier is rounding error: twice the
/// tolerance of the solver.
const NOISE: f64 = 2e-9;
/// The same after a refinement.
const LITTLE: f64 = 1e-14;
const TOLERANCE: f64 = 1e-9;

/// An optimum over given menus.
pub(super) struct Solved {
    pub messages: Vec<ScaledMessage>,
    /// `(type, action, alternative, multiplier)` for each menu, in scaled units.
    pub multipliers: Vec<Vec<ResponseMultiplier>>,
    /// The multiplier of the floor.
    pub slope: f64,
}

/// Finds the optimal way to send these menus for the objective of a kernel. Ties are broken by
/// `second` (one matrix per type, `n x m`); a floor applies to the same utility. Returns `None` if
/// no scheme reaches the floor or a limit stopped the computation.
#[expect(clippy::too_many_lines, reason = "one program in one place")]
pub(super) fn solve(
    kernel: &TypedKernel<'_>,
    second: &[Matrix],
    floor: Option<f64>,
    menus: &[Vec<usize>],
    settings: &Settings,
) -> Result<Option<Solved>, PersuadeError> {
    let n = kernel.states();
    let worth = |utility: &[Matrix]| -> Vec<f64> {
        let of_menu = |menu: &Vec<usize>| {
            let value = |i: usize| menu.iter().enumerate().map(|(t, &a)| utility[t][(i, a)]).sum::<f64>();
            (0..n).map(value).collect::<Vec<f64>>()
        };
        menus.iter().flat_map(of_menu).collect()
    };
    let mut program = Program::new("experiment, direct formulation", Sense::Maximise);
    let barred: Vec<Vec<Vec<Option<(usize, f64)>>>> =
        (0..kernel.types()).map(|t| (0..kernel.actions()).map(|a| kernel.barred(t, a)).collect()).collect();
    let bar = |f: usize, i: usize| {
        menus[f].iter().enumerate().find_map(|(t, &a)| barred[t][a][i].map(|(b, loss)| (t, a, b, loss)))
    };
    for (column, cost) in worth(&kernel.objective).into_iter().enumerate() {
        let upper = if bar(column / n, column % n).is_some() { 0.0 } else { f64::INFINITY };
        program.add_column(cost, 0.0, upper);
    }
    for (i, &mass) in kernel.mass.iter().enumerate() {
        program.add_row(mass, mass, (0..menus.len()).map(|f| (f * n + i, 1.0)));
    }
    let seconds = worth(second);
    if let Some(level) = floor {
        program.add_row(level, f64::INFINITY, seconds.iter().copied().enumerate());
    }
    let mut obedience = Obedience::new(kernel);
    let mut rows = Vec::new();
    for (f, menu) in menus.iter().enumerate() {
        for (t, &a) in menu.iter().enumerate() {
            for k in (0..kernel.actions()).filter(|&k| k != a && kernel.takes(t, k)) {
                if let Some((row, unit)) = obedience.of(t, a, k)
                    && row.iter().any(|&entry| entry > 0.0)
                {
                    let entries = row.iter().enumerate().filter(|(_, entry)| **entry != 0.0);
                    program.add_row(0.0, f64::INFINITY, entries.map(|(i, &entry)| (f * n + i, entry)));
                    rows.push((f, t, a, k, *unit));
                }
            }
        }
    }
    let options = LpOptions::scaled(TOLERANCE, settings);
    let mut model = Model::from_program(&program, options)?;
    let solve = |model: &mut Model| match settings.left() {
        Some(limit) => model.solve_within(limit),
        None => model.solve(),
    };
    let outcome = solve(&mut model)?;
    if !outcome.is_optimal() {
        return Ok(None);
    }
    let mut primal = model.primal()?;
    let mut duals = model.duals()?;
    let precision = kernel.precision(outcome.objective);
    let rough = is_rough(&program, &primal, &duals, precision);
    if rough {
        refine(&mut model, &program, &mut primal, &mut duals, settings)?;
    }
    let noise = if rough { LITTLE } else { NOISE };
    let reduced = program.reduced_costs(&duals);
    let first_row = n + usize::from(floor.is_some());
    let slope = floor.map_or(0.0, |_| (-duals[n]).max(0.0));
    let mut multipliers = vec![vec![]; menus.len()];
    for (row, &(f, t, a, k, unit)) in rows.iter().enumerate() {
        let rho = -duals[first_row + row];
        if rho > 0.0 {
            multipliers[f].push((t, a, k, rho / unit));
        }
    }
    for (f, multipliers) in multipliers.iter_mut().enumerate() {
        for i in 0..n {
            // If a column has a positive reduced value but must stay out, lower the multipliers
            // until it does not.
            let paid = reduced[f * n + i] + NOISE;
            if let Some((t, a, b, loss)) = bar(f, i).filter(|_| paid > 0.0) {
                match multipliers.iter_mut().find(|m: &&mut ResponseMultiplier| (m.0, m.1, m.2) == (t, a, b)) {
                    Some(multiplier) => multiplier.3 = multiplier.3.max(paid / loss),
                    None => multipliers.push((t, a, b, paid / loss)),
                }
            }
        }
    }
    let costs: Vec<f64> = program.costs.iter().zip(&seconds).map(|(cost, second)| cost + slope * second).collect();
    relax(kernel, menus, &mut multipliers, &costs, &primal);
    // A floor with a positive multiplier binds at every optimum, so each optimum gives the user
    // exactly the floor.
    if slope <= noise {
        let mut face = program.clone();
        for (column, upper) in face.column_upper.iter_mut().enumerate() {
            *upper = if reduced[column] >= -noise { *upper } else { 0.0 };
        }
        for row in (first_row..duals.len()).filter(|&row| -duals[row] > noise) {
            face.row_upper[row] = 0.0;
        }
        face.costs = seconds;
        model.change_all_column_bounds(&face.column_lower, &face.column_upper)?;
        model.change_all_row_bounds(&face.row_lower, &face.row_upper)?;
        model.change_all_costs(&face.costs)?;
        if solve(&mut model)?.is_optimal() {
            let (mut second, mut prices) = (model.primal()?, model.duals()?);
            if rough {
                refine(&mut model, &face, &mut second, &mut prices, settings)?;
            }
            let lost = program.objective(&primal) - program.objective(&second);
            let allowed = if rough { precision } else { TOLERANCE * n as f64 };
            if lost <= allowed && (!rough || !is_rough(&face, &second, &prices, f64::INFINITY)) {
                primal = second;
            }
        }
    }
    let messages = menus.iter().enumerate().map(|(f, menu)| ScaledMessage {
        menu: menu.clone(),
        masses: primal[f * n..(f + 1) * n].iter().map(|x| x.max(0.0)).collect(),
    });
    Ok(Some(Solved {
        messages: messages.filter(|message| message.masses.iter().any(|&x| x > 0.0)).collect(),
        multipliers,
        slope,
    }))
}

/// Moves the multipliers of unused menus away from the point where their reduced values are barely
/// zero, so that rounding does not raise the bound.
fn relax(
    kernel: &TypedKernel<'_>,
    menus: &[Vec<usize>],
    multipliers: &mut [Vec<ResponseMultiplier>],
    costs: &[f64],
    primal: &[f64],
) {
    let n = kernel.states();
    let mut prices = costs.to_vec();
    for (f, list) in multipliers.iter().enumerate() {
        for &(t, a, b, rho) in list {
            (0..n).for_each(|i| prices[f * n + i] += rho * kernel.preference(t, a, b, i));
        }
    }
    let sent = |f: usize, i: usize| primal[f * n + i] > 0.0;
    let most: Vec<f64> = (0..n)
        .map(|i| {
            let sent = (0..menus.len()).filter(|&f| sent(f, i));
            sent.map(|f| prices[f * n + i]).fold(f64::NEG_INFINITY, f64::max)
        })
        .collect();
    for (f, list) in multipliers.iter_mut().enumerate().filter(|(f, _)| !(0..n).any(|i| sent(*f, i))) {
        for (t, a, b, rho) in list.iter_mut() {
            let gains: Vec<f64> = (0..n).map(|i| kernel.preference(*t, *a, *b, i)).collect();
            let base = |i: usize| prices[f * n + i] - most[i] - *rho * gains[i];
            let new = relaxed(*rho, (0..n).map(|i| (base(i), gains[i])));
            (0..n).for_each(|i| prices[f * n + i] += (new - *rho) * gains[i]);
            *rho = new;
        }
        list.retain(|multiplier| multiplier.3 > 0.0);
    }
}

/// The obedience rows, each computed once.
struct Obedience<'a> {
    kernel: &'a TypedKernel<'a>,
    rows: Vec<Option<Option<(Vec<f64>, f64)>>>,
}

impl<'a> Obedience<'a> {
    fn new(kernel: &'a TypedKernel<'a>) -> Self {
        Self { kernel, rows: vec![None; kernel.types() * kernel.actions() * kernel.actions()] }
    }

    fn of(&mut self, t: usize, a: usize, b: usize) -> Option<&(Vec<f64>, f64)> {
        let m = self.kernel.actions();
        self.rows[(t * m + a) * m + b].get_or_insert_with(|| self.kernel.obedience(t, a, b)).as_ref()
    }
}
