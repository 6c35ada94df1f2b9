//! Whether a result that floating point found convinces, in exact arithmetic.
//!
//! It does if it can be changed so that everybody obeys, exactly (`follow`), and the bound is above
//! the value then by next to nothing of what is at stake: how far the value is from those of full
//! and of no information; or, where they coincide, a rounding of all actions that are taken.

use super::game::WholeGame;
use super::round::size;
use super::told::Told;
use dashu::integer::IBig;
use suasion_lp::exact::nearest;
use suasion_model::{ExperimentScheme, MechanismScheme};

/// A gap that convinces, relative to what is at stake.
const CONVINCING: f64 = 1e-9;
/// The same, relative to all that actions which are taken may be worth.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// Whether a scheme of menus convinces that is obeyed, and whose bound is so far above its value.
pub(crate) fn menus_convince(game: &WholeGame, scheme: &ExperimentScheme, gap: f64) -> bool {
    let mut all = vec![];
    for message in &scheme.messages {
        for &(x, p) in &message.probabilities {
            if let Ok(i) = game.observed.binary_search(&x) {
                all.extend(message.menu.iter().enumerate().map(|(t, &a)| (t, i, a, p)));
            }
        }
    }
    is_close(game, &Told::new(game, &all), gap)
}

/// The same for a mechanism.
pub(crate) fn mechanism_convinces(game: &WholeGame, scheme: &MechanismScheme, gap: f64) -> bool {
    let entries = scheme.entries.iter();
    let told: Vec<_> = entries
        .filter_map(|e| Some((e.report, game.observed.binary_search(&e.observation).ok()?, e.action, e.probability)))
        .collect();
    is_close(game, &Told::new(game, &told), gap)
}

fn is_close(game: &WholeGame, told: &Told, gap: f64) -> bool {
    let own = told.all().fold(IBig::ZERO, |sum, (t, i, a, mass)| sum + mass * &game.worth[t][i][a]);
    let own = nearest(&own, &IBig::ONE, told.unit + game.worth_unit);
    let none = nearest(&game.uninformed(), &IBig::ONE, game.worth_unit);
    let spread = own.max(none).max(0.0) - own.min(none).min(0.0);
    if gap <= CONVINCING * spread {
        return true;
    }
    let mut taken = vec![false; game.actions()];
    let benchmarks = game.full.iter().flatten().chain(&game.none).copied();
    told.all().map(|told| told.2).chain(benchmarks).for_each(|action| taken[action] = true);
    let mut anywhere = 0.0;
    for row in game.worth.iter().flatten() {
        let values = || row.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(worth, _)| worth);
        if let (Some(high), Some(low)) = (values().max(), values().min()) {
            anywhere += size(&(high - low), game.worth_unit);
        }
    }
    gap <= ROUNDING * anywhere
}
