//! Solves a small game again, slowly and reliably, if its result is not convincing.

use super::{Stated, bound};
use crate::PersuadeError;
use crate::exact::doubt::mechanism_convinces;
use crate::exact::follow::{Followed, followed_mechanism};
use crate::exact::game::WholeGame;
use crate::exact::mechanism::{confirms, is_small, solve};
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
    if let Ok(stated) = &fast {
        let view = kernel.view;
        let (scheme, is_followed) = followed_mechanism(&game, &stated.scheme);
        let reduced = stated.floor.map(|floor| Floor { value: view.user_level().below(floor.value), ..floor });
        let bound = bound::estimate(view, &kernel.worth, &stated.multipliers, reduced);
        let gap = bound - scheme.value(&kernel.worth);
        let convinces = mechanism_convinces(&game, &scheme, gap)
            && match is_followed {
                Followed::Exactly => true,
                Followed::ButForTies => confirms(&game, &scheme, settings),
                Followed::No => false,
            };
        if convinces {
            return fast.map(|stated| Stated { scheme, ..stated });
        }
    }
    let Some(found) = solve(&game, settings) else { return fast };
    let (rounds, iterations) = fast.map_or((0, 0), |stated| (stated.rounds, stated.iterations));
    Ok(Stated {
        scheme: found.scheme,
        multipliers: found.multipliers,
        floor: floor.map(|value| Floor { value, multiplier: found.slope }),
        rounds,
        iterations,
        stopped: None,
    })
}
