//! Messages that are worth more than their price, by climbing from menu to menu.

use crate::PersuadeError;
use crate::responses::{Candidate, Regions, Responses, respond};
use std::collections::HashSet;
use suasion_lp::Settings;

/// From every start (a posterior): its menu, the best posterior of that menu, what the types do there if ties are broken in the agent's
/// favour, the best posterior of that menu, and so on while it is worth more. Each menu is looked at once. Returned are the messages whose
/// price is above `least`.
///
/// The best posterior of a menu mostly lies where some type is indifferent, so that breaking ties changes the action of a type or two: this
/// is a walk between neighbouring menus.
pub(super) fn climb(
    game: &Responses,
    starts: Vec<Vec<f64>>,
    least: f64,
    regions: &mut Regions,
    settings: &Settings,
) -> Result<Vec<Candidate>, PersuadeError> {
    let mut seen: HashSet<Vec<usize>> = HashSet::new();
    let mut found = Vec::new();
    for start in starts {
        if let Some(stopped) = settings.stopped() {
            return Err(PersuadeError::Stopped(stopped));
        }
        let mut menu = respond(game, &start).responses;
        while seen.insert(menu.clone()) {
            let Some(best) = regions.best(game, &menu)? else { break };
            let answer = respond(game, &best.strategy);
            let better = answer.value > best.value;
            if best.value > least {
                found.push(best);
            }
            if better {
                menu = answer.responses;
            }
        }
    }
    Ok(found)
}
