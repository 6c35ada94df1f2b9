//! Solves a small game again, slowly and reliably, if its result is not convincing.

use super::{Stated, bound};
use crate::PersuadeError;
use crate::exact::doubt::menus_convince;
use crate::exact::experiment::{is_small, solve};
use crate::exact::follow::obeyed_menus;
use crate::exact::game::WholeGame;
use crate::typed::TypedKernel;
use suasion_certificate::Floor;
use suasion_lp::Settings;
use suasion_model::Objective;

/// Returns the floating-point result if it is convincing or the game is too large for exact
/// arithmetic. Otherwise solves the game in exact arithmetic.
pub(super) fn surely(
    kernel: &TypedKernel<'_>,
    objective: &Objective,
    floor: Option<f64>,
    fast: Result<Stated, PersuadeError>,
    settings: &Settings,
) -> Result<Stated, PersuadeError> {
    if matches!(&fast, Err(cause) if !cause.is_of_solver()) || matches!(&fast, Ok(stated) if stated.stopped.is_some()) {
        return fast;
    }
    let game = WholeGame::new(kernel.view, objective, floor).filter(is_small);
    let Some(game) = game else { return fast };
    if let Ok(stated) = &fast
        && let Some(scheme) = obeyed_menus(&game, &stated.scheme)
    {
        let slope = stated.floor.map(|floor| (kernel.view.user_level().below(floor.value), floor.multiplier));
        let bound = bound::estimate(kernel.view, &kernel.worth, &stated.tree, slope);
        if menus_convince(&game, &scheme, bound - scheme.value(&kernel.worth)) {
            return fast.map(|stated| Stated { scheme, ..stated });
        }
    }
    let Some(found) = solve(&game, settings) else { return fast };
    let nodes = fast.map_or(0, |stated| stated.nodes);
    let floor = floor.map(|value| Floor { value, multiplier: found.slope });
    Ok(Stated { scheme: found.scheme, tree: found.tree, floor, rounds: found.rounds, nodes, stopped: None })
}
