//! The direct linear program, written out in full.
//!
//! *Problem.* Choose the mass `x[a][y]` of state `y` on which action `a` is recommended. The masses
//! of each state sum to its prior (plausibility), and no other action is better for the user than
//! the recommended one (obedience). *Source:* Kamenica & Gentzkow (2011), proposition 1; Dughmi &
//! Xu (2016), section 2. *Size:* `n m` columns, `n + m (m - 1)` rows. It is the reference for all
//! faster methods.

use crate::PersuadeError;
use suasion_lp::{LpAnswer, Program, Sense};
use suasion_model::{Matrix, Scheme, SchemeEntry, View};

/// A scheme as the solver returned it.
#[derive(Clone, Debug)]
pub struct Solved {
    /// The objective's value.
    pub objective_value: f64,
    /// The user's value.
    pub user_value: f64,
    /// The scheme, plausible and obedient to the solver's tolerances.
    pub scheme: Scheme,
}

/// Solves the direct program for `objective` (`actions x observations`), with a floor on the user's
/// value if one is given. Returns `None` when no scheme reaches the floor. The scheme is as the
/// solver returned it: obedient and plausible to the solver's tolerances.
///
/// # Errors
/// If the solver fails.
pub fn solve_direct(view: &View<'_>, objective: &Matrix, floor: Option<f64>) -> Result<Option<Solved>, PersuadeError> {
    let (n, m) = (view.observations(), view.actions());
    let mut program = Program::new("persuasion, direct formulation", Sense::Maximise);
    for a in 0..m {
        for y in 0..n {
            program.add_column(objective[(a, y)], 0.0, f64::INFINITY);
        }
    }
    for y in 0..n {
        program.add_row(view.prior[y], view.prior[y], (0..m).map(|a| (a * n + y, 1.0)));
    }
    for a in 0..m {
        for b in (0..m).filter(|&b| b != a) {
            let gains = (0..n).map(|y| (a * n + y, view.user[(a, y)] - view.user[(b, y)]));
            program.add_row(0.0, f64::INFINITY, gains);
        }
    }
    if let Some(floor) = floor {
        let values = (0..m).flat_map(|a| (0..n).map(move |y| (a, y))).map(|(a, y)| (a * n + y, view.user[(a, y)]));
        program.add_row(floor, f64::INFINITY, values);
    }
    let solution = match program.solve_direct()? {
        LpAnswer::Optimal(solution) => solution,
        LpAnswer::Infeasible if floor.is_some() => return Ok(None),
        other => return Err(PersuadeError::Impossible(format!("{other:?}"))),
    };
    let mut entries = Vec::new();
    for y in (0..n).filter(|&y| view.prior[y] > 0.0) {
        for a in 0..m {
            let probability = (solution.primal[a * n + y] / view.prior[y]).min(1.0);
            if probability > 1e-12 {
                entries.push(SchemeEntry { state: y, action: a, probability });
            }
        }
    }
    let scheme = Scheme::new(entries);
    let user_value = scheme.value(&view.prior, &view.user);
    Ok(Some(Solved { objective_value: solution.objective, user_value, scheme }))
}
