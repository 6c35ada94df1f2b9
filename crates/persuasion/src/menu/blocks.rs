//! The direct program over given menus: a block of columns and obedience rows for each.
//!
//! *Problem.* Choose the mass `q[f][x]` of observation `x` on which the message with menu `f` is sent; every observation's masses sum to its
//! mass, and no message tempts any type away from the menu. *Size:* with `F` menus, `F n` columns and `n + F T (m - 1)` rows. With all
//! `m^T` menus it is the whole problem; with those of an optimum it finds the one that is best for the user.

use super::Said;
use crate::PersuadeError;
use crate::typed::TypedKernel;
use suasion_certificate::ResponseMultiplier;
use suasion_lp::{Model, Options, Program, Sense, Settings};
use suasion_model::Matrix;

/// Below this (in scaled utility) a reduced cost or a multiplier is rounding: twice the tolerance of the solver.
const NOISE: f64 = 2e-9;
const TOLERANCE: f64 = 1e-9;

/// An optimum over given menus.
pub(super) struct Solved {
    pub said: Vec<Said>,
    /// `(type, action, alternative, multiplier)` for each menu, in scaled units.
    pub multipliers: Vec<Vec<ResponseMultiplier>>,
    /// The multiplier of the floor.
    pub slope: f64,
}

/// The best way to send these menus for the objective of a kernel; of several, one that is best by `second` (one matrix per type, `n x m`),
/// which is also what a floor is on. `None` if no way reaches the floor, or a limit ended it.
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
    let mut program = Program::new("menus, direct formulation", Sense::Maximise);
    for cost in worth(&kernel.objective) {
        program.add_column(cost, 0.0, f64::INFINITY);
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
                if let Some((row, unit)) = obedience.of(t, a, k) {
                    let entries = row.iter().enumerate().filter(|(_, entry)| **entry != 0.0);
                    program.add_row(0.0, f64::INFINITY, entries.map(|(i, &entry)| (f * n + i, entry)));
                    rows.push((f, t, a, k, *unit));
                }
            }
        }
    }
    let options = Options {
        scaling: false,
        primal_tolerance: TOLERANCE,
        dual_tolerance: TOLERANCE,
        interrupt: Some(settings.interrupt.clone()),
        ..Options::default()
    };
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
    let duals = model.duals()?;
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
    // A floor with a multiplier binds at every optimum: they all give her the floor.
    if slope <= NOISE {
        let upper: Vec<f64> = reduced.iter().map(|&d| if d < -NOISE { 0.0 } else { f64::INFINITY }).collect();
        model.change_all_column_bounds(&vec![0.0; upper.len()], &upper)?;
        let tight: Vec<usize> = (first_row..duals.len()).filter(|&row| -duals[row] > NOISE).collect();
        model.change_row_bounds(&tight, &vec![0.0; tight.len()], &vec![0.0; tight.len()])?;
        model.change_all_costs(&seconds)?;
        if solve(&mut model)?.is_optimal() {
            primal = model.primal()?;
        }
    }
    let said = menus.iter().enumerate().map(|(f, menu)| Said {
        menu: menu.clone(),
        masses: primal[f * n..(f + 1) * n].iter().map(|x| x.max(0.0)).collect(),
    });
    Ok(Some(Solved { said: said.filter(|said| said.masses.iter().any(|&x| x > 0.0)).collect(), multipliers, slope }))
}

/// The rows of obedience, each worked out once.
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
